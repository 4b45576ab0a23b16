/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl explain instance|server|service NAME: why something is as it is. `explain KEYWORD` is
 * holdfastctl.c's.
 */
#include "ctl.h"

#include "base/text.h"
#include "control/explain.h"
#include "control/render.h"

#include <stddef.h>
#include <string.h>

typedef json_t *explain_function(const json_t *status, const char *word,
                                 struct text_buffer *problem);

static const struct {
    const char *word;
    explain_function *explain;
} explain_kinds[] = {
    {"instance", explain_instance},
    {"server", explain_server},
    {"service", explain_service},
};

enum { EXPLAIN_KINDS = sizeof(explain_kinds) / sizeof(explain_kinds[0]) };

static json_t *explain_fetch(const struct ctl_options *options, char **words, int count, int *code)
{
    struct text_buffer problem = {0};
    json_t *status = ctl_ask(options, "status", NULL, code);
    json_t *view = NULL;

    (void)count;
    for (int i = 0; status && i < EXPLAIN_KINDS; i++) {
        if (strcmp(words[0], explain_kinds[i].word) == 0) {
            view = explain_kinds[i].explain(status, words[1], &problem);
        }
    }
    if (status && !view) {
        *code = ctl_say_problem(&problem);
    }
    json_decref(status);
    return view;
}

bool ctl_explains(const char *word)
{
    for (int i = 0; i < EXPLAIN_KINDS; i++) {
        if (strcmp(word, explain_kinds[i].word) == 0) {
            return true;
        }
    }
    return false;
}

int ctl_explain_state(const struct ctl_options *options, char **words, int count)
{
    static const struct ctl_look look = {explain_fetch, render_explanation};

    return ctl_look(options, &look, words, count);
}
