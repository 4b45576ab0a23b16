/* SPDX-License-Identifier: Apache-2.0
 *
 * MISC_CHECK. Pure.
 */
#include "parser/build.h"

#include <string.h>

/* Bytes of a command with its arguments: it is part of what identifies a check. */
enum { MISC_COMMAND_MOST = 32 * 1024 };

void build_end_misc_check(struct build *build, const struct build_frame *inner,
                          struct conf_check *check)
{
    struct conf_misc_check *misc = (struct conf_misc_check *)check;
    size_t size = 0;

    misc->global = &build->conf->global;
    for (size_t i = 0; misc->script.argv && misc->script.argv[i]; i++) {
        size += strlen(misc->script.argv[i]) + 2; /* with what stands around each */
    }
    if (size > MISC_COMMAND_MOST) {
        source_error(build->source, build_mark(build, &inner->marks, "misc_path"),
                     "the command of misc_path is longer than %d bytes; put its arguments into a "
                     "script",
                     MISC_COMMAND_MOST);
    }
}
