/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables and dumps on standard output.
 */
#include "print.h"

#include "base/text.h"
#include "parser/dump.h"
#include "parser/dump_json.h"
#include "parser/lint.h"
#include "parser/schema.h"

#include <stdio.h>

void print_keywords(void)
{
    for (enum schema_block number = 0; number < SCHEMA_BLOCKS; number++) {
        struct schema_block_info block = schema_block(number);

        for (size_t i = 0; i < block.count; i++) {
            (void)printf("%-22s %-34s %s\n", block.name, block.rows[i].name,
                         schema_state_name(block.rows[i].state));
        }
    }
}

void print_lints(void)
{
    for (enum lint lint = 0; lint < LINTS; lint++) {
        (void)printf("%-30s %s\n", lint_row(lint)->name, lint_row(lint)->help);
    }
}

bool print_facts(const struct conf *conf)
{
    json_t *document = dump_json(conf);
    bool written = json_dumpf(document, stdout, JSON_INDENT(1)) == 0 && putchar('\n') != EOF &&
                   fflush(stdout) == 0;

    json_decref(document);
    if (!written) {
        perror("holdfastd: the configuration was not written");
    }
    return written;
}

bool print_configuration(const struct conf *conf)
{
    struct text_buffer text = {0};
    bool written;

    dump_write(conf, &text);
    written = fwrite(text.data, 1, text.length, stdout) == text.length && fflush(stdout) == 0;
    if (!written) {
        perror("holdfastd: the configuration was not written");
    }
    text_release(&text);
    return written;
}
