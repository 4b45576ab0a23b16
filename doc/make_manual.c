/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints what the manual says about keywords, made from the table that the parser reads by:
 *     make_manual           the sections of holdfast.conf(5), as man(7)
 *     make_manual --names   KEYWORD, BLOCK and STATE of each row, tab-separated, for tests
 */
#include "base/text.h"
#include "parser/schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes a character as troff wants it, whether it is text or an argument of a macro. */
static void manual_put(char character)
{
    switch (character) {
    case '\\':
        (void)fputs("\\e", stdout);
        break;
    case '-':
        (void)fputs("\\-", stdout);
        break;
    case '"':
        (void)fputs("\\(dq", stdout);
        break;
    default:
        (void)putchar(character);
        break;
    }
}

/* Writes text, which may be where a line begins. */
static void manual_write(const char *text)
{
    if (*text == '.' || *text == '\'') {
        (void)fputs("\\&", stdout);
    }
    for (; *text; text++) {
        manual_put(*text);
    }
}

static unsigned manual_count(const struct schema_block_info *block, enum schema_state state)
{
    unsigned count = 0;

    for (size_t i = 0; i < block->count; i++) {
        count += block->rows[i].state == state;
    }
    return count;
}

static void manual_print_options(const struct schema_option *options)
{
    const char *separator = "Options of an item: ";

    for (const struct schema_option *option = options; option && option->name; option++) {
        if (option->read) {
            (void)fputs(separator, stdout);
            (void)fputs("\\fB", stdout);
            manual_write(option->name);
            (void)fputs("\\fR", stdout);
            if (option->argument) {
                (void)putchar(' ');
                manual_write(option->argument);
            }
            separator = ", ";
        }
    }
    if (*separator == ',') {
        (void)fputs(".\n", stdout);
    }
}

static void manual_print_keyword(const struct schema_row *row)
{
    struct text_buffer syntax = {0};
    struct text_buffer standard = {0};

    schema_write_syntax(row, &syntax);
    schema_write_default(row, &standard);
    (void)fputs(".TP\n.BR \"", stdout);
    manual_write(row->name);
    (void)fputs("\" \" ", stdout);
    manual_write(syntax.data ? syntax.data : "");
    (void)fputs("\"\n", stdout);
    manual_write(row->help);
    (void)putchar('\n');
    if (row->flags & SCHEMA_REQUIRED) {
        (void)fputs("Required.\n", stdout);
    } else if (!schema_has_braces(row) && standard.data && strcmp(standard.data, "none") != 0) {
        (void)fputs("Default: ", stdout);
        manual_write(standard.data);
        (void)fputs(".\n", stdout);
    }
    manual_print_options(row->options);
    text_release(&syntax);
    text_release(&standard);
}

static void manual_print_block(const struct schema_block_info *block, enum schema_state state)
{
    if (manual_count(block, state) == 0) {
        return;
    }
    (void)fputs(".SS \"", stdout);
    manual_write(block->name);
    (void)fputs("\"\n", stdout);
    if (block->parent) {
        (void)fputs("In\n.BR ", stdout);
        manual_write(block->parent);
        (void)fputs(" .\n", stdout);
    }
    for (size_t i = 0; i < block->count; i++) {
        if (block->rows[i].state == state) {
            manual_print_keyword(&block->rows[i]);
        }
    }
}

/* A reason, in which '%' stands for the block's subject. */
static void manual_write_reason(const struct schema_block_info *block, const char *reason)
{
    const char *place = strchr(reason, '%');
    struct text_buffer text = {0};

    if (place) {
        text_append_n(&text, reason, (size_t)(place - reason));
        text_appendf(&text, "the %s%s", block->name, place + 1);
    } else {
        text_append(&text, reason);
    }
    manual_write(text.data);
    text_release(&text);
}

static bool manual_is_alike(const struct schema_row *row, const struct schema_row *other)
{
    return row->state == other->state && strcmp(row->reason, other->reason) == 0;
}

/* Rows of a state; neighbours with the same reason stand together. */
static void manual_print_others(const struct schema_block_info *block, enum schema_state state)
{
    if (manual_count(block, state) == 0) {
        return;
    }
    (void)fputs(".SS \"", stdout);
    manual_write(block->name);
    (void)fputs("\"\n", stdout);
    for (size_t i = 0; i < block->count; i++) {
        const struct schema_row *row = &block->rows[i];

        if (row->state != state) {
            continue;
        }
        if (i == 0 || !manual_is_alike(row, row - 1)) {
            (void)fputs(".PP\n", stdout);
        }
        (void)fputs("\\fB", stdout);
        manual_write(row->name);
        (void)fputs("\\fR", stdout);
        if (i + 1 < block->count && manual_is_alike(row, row + 1)) {
            (void)fputs(",\n", stdout);
        } else {
            (void)fputs(":\n", stdout);
            manual_write_reason(block, row->reason);
            (void)fputs(".\n", stdout);
        }
    }
}

static void manual_print(void)
{
    static const struct {
        const char *title;
        const char *text;
        void (*print)(const struct schema_block_info *block, enum schema_state state);
        enum schema_state state;
    } sections[] = {
        {"KEYWORDS", "Blocks, and what may stand in each.\nTimes are in seconds.\n",
         manual_print_block, SCHEMA_IMPLEMENTED},
        {"KEYWORDS WITHOUT EFFECT",
         "These are read and change nothing, since what they ask for has no place here.\n",
         manual_print_others, SCHEMA_ACCEPTED},
        {"KEYWORDS THAT ARE NOT SUPPORTED",
         "This version reads over these, with a warning that says what does not happen; where the\n"
         "rest would do harm without it, the file cannot be used.\n",
         manual_print_others, SCHEMA_NOT_SUPPORTED},
    };

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        (void)printf(".SH %s\n%s", sections[i].title, sections[i].text);
        for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
            struct schema_block_info info = schema_block(block);

            sections[i].print(&info, sections[i].state);
        }
    }
}

static void manual_print_names(void)
{
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        struct schema_block_info info = schema_block(block);

        for (size_t i = 0; i < info.count; i++) {
            (void)printf("%s\t%s\t%s\n", info.rows[i].name, info.name,
                         schema_state_name(info.rows[i].state));
        }
    }
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        manual_print();
    } else if (argc == 2 && strcmp(argv[1], "--names") == 0) {
        manual_print_names();
    } else {
        (void)fputs("usage: make_manual [--names]\n", stderr);
        return 2;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
