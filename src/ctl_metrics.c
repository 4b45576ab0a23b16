/* SPDX-License-Identifier: Apache-2.0
 *
 * `holdfastctl metrics`: the status as a collector takes it.
 */
#include "ctl.h"

#include "base/text.h"
#include "control/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ctl_metrics(const struct ctl_options *options, char **words, int count)
{
    bool open = count == 1 && strcmp(words[0], "openmetrics") == 0;
    struct text_buffer text = {0};
    int code = EXIT_REFUSED;
    struct metrics_options how;
    json_t *status;

    if (count > 1 || (count == 1 && !open && strcmp(words[0], "text") != 0)) {
        return -1;
    }
    status = ctl_ask(options, "status", NULL, &code);
    if (!status) {
        return code;
    }
    how = metrics_options_of(status, open ? METRICS_OPEN : METRICS_TEXT);
    metrics_write(status, &how, &text);
    ctl_print(&text, stdout);
    json_decref(status);
    return EXIT_OK;
}
