/* SPDX-License-Identifier: Apache-2.0
 *
 * Lints of BFD sessions. Pure.
 */
#include "parser/build.h"
#include "parser/lint.h"
#include "parser/lint_view.h"

void lint_bfd_no_hops(struct lint_view *view, enum lint lint)
{
    const struct conf_bfd *bfd;

    STAILQ_FOREACH(bfd, &view->conf->bfds, next) {
        struct source_place place = lint_place(&bfd->position, "bfd_instance");

        if (bfd->multihop && bfd->max_hops == 0 && bfd->ttl == UINT8_MAX) {
            (void)source_lint(
                view->build->source, lint, &place,
                "%s is multihop, but with max_hops 0 every packet that passed a router "
                "is dropped; add max_hops HOPS, or -1 for any",
                bfd->name);
        }
    }
}
