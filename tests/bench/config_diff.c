/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads two configurations and prints how long it took to compare them, as JSON. Loading is not
 * counted.
 */
#include "base/clock.h"
#include "parser/conf.h"
#include "parser/diag.h"
#include "parser/diff.h"
#include "parser/parser.h"

#include <stdio.h>
#include <stdlib.h>

static struct conf *config_diff_load(const char *path)
{
    struct diag_list *diagnostics;
    struct conf *conf = parser_load(path, NULL, &diagnostics);

    diag_free(diagnostics);
    if (!conf) {
        (void)fprintf(stderr, "config_diff: %s has errors\n", path);
    }
    return conf;
}

static void config_diff_measure(const struct conf *before, const struct conf *after)
{
    int64_t start = clock_now();
    struct diff *diff = diff_new(before, after);
    int64_t duration = clock_now() - start;
    const struct diff_object *object;
    size_t objects = 0;

    STAILQ_FOREACH(object, diff_objects(diff), next) {
        objects++;
    }
    (void)printf("{\"diff_s\": %.9f, \"objects\": %zu}\n", (double)duration / (double)CLOCK_SECOND,
                 objects);
    diff_free(diff);
}

int main(int argc, char *argv[])
{
    struct conf *before = argc == 3 ? config_diff_load(argv[1]) : NULL;
    struct conf *after = before ? config_diff_load(argv[2]) : NULL;
    int status = EXIT_FAILURE;

    if (argc != 3) {
        (void)fprintf(stderr, "usage: config_diff BEFORE AFTER\n");
    } else if (after) {
        config_diff_measure(before, after);
        status = EXIT_SUCCESS;
    }
    conf_free(before);
    conf_free(after);
    return status;
}
