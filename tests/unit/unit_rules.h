/* SPDX-License-Identifier: Apache-2.0
 *
 * What tests of rules for nft(8) share: a configuration, and the file that is written for it.
 */
#ifndef HOLDFAST_UNIT_RULES_H
#define HOLDFAST_UNIT_RULES_H

#include "unit_parser.h"

struct unit_rules {
    const char *name;
    const char *file;  /* the configuration */
    const char *rules; /* of the table "t" */
};

static inline void unit_check_rules(const struct unit_rules *rows, size_t count,
                                    void (*write)(const struct conf *conf, const char *table,
                                                  struct text_buffer *out))
{
    for (size_t i = 0; i < count; i++) {
        struct unit_load load = unit_load(rows[i].file);
        struct text_buffer rules = {0};

        assert_fact(load.conf != NULL, "%s: %s", rows[i].name, load.shown.data);
        text_append(&rules, "");
        write(load.conf, "t", &rules);
        assert_fact(strcmp(rules.data, rows[i].rules) == 0, "%s:\n%s", rows[i].name, rules.data);
        text_release(&rules);
        unit_unload(&load);
    }
}

#endif
