/* SPDX-License-Identifier: Apache-2.0
 *
 * What the end of a program says about a server.
 */
#include "check/misc_verdict.h"

struct verdict misc_verdict_of_status(int status, bool dynamic)
{
    struct verdict verdict;

    if (status && (!dynamic || status == MISC_EXIT_FAILED)) {
        return verdict_of(VERDICT_ANSWER, "exit status %d", status);
    }
    verdict = verdict_of(VERDICT_OK, "exit status %d", status);
    if (status) {
        verdict.change =
            (struct health_change){HEALTH_CHANGE_SET, (int32_t)status - MISC_EXIT_FIRST_WEIGHT};
    }
    return verdict;
}

struct verdict misc_verdict_of_signal(int number)
{
    return verdict_of(VERDICT_ANSWER, "ended by signal %d", number);
}
