/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether an announced address is to be on this host.
 */
#include "net/announced_decide.h"

struct announced_verdict announced_decide(const struct conf_announced *announced,
                                          announced_view_function view, void *argument, bool is_on,
                                          bool adopted)
{
    const struct conf_announcer *first = STAILQ_FIRST(&announced->announcers);
    struct announced_verdict verdict = {.view = ANNOUNCED_SERVED, .service = first->service};
    const struct conf_announcer *announcer;

    STAILQ_FOREACH(announcer, &announced->announcers, next) {
        enum announced_view one = view(argument, announcer);

        if (one > verdict.view) {
            verdict.view = one;
            verdict.service = announcer->service;
        }
    }
    verdict.on = verdict.view == ANNOUNCED_SERVED || (verdict.view == ANNOUNCED_ASSUMED && is_on) ||
                 (verdict.view == ANNOUNCED_AWAITED && is_on && adopted);
    return verdict;
}
