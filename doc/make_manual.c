/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints what the manual says about keywords, made from the table that the parser reads by:
 *     make_manual           the sections of holdfast.conf(5), lints too, as man(7)
 *     make_manual --names   state, keyword and heading of each row, tab-separated, for tests
 */
#include "base/text.h"
#include "parser/lint.h"
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

/* ---- Blocks ---------------------------------------------------------------------------------- */

static unsigned manual_count(const struct schema_block_info *block, enum schema_state state)
{
    unsigned count = 0;

    for (size_t i = 0; i < block->count; i++) {
        count += block->rows[i].state == state;
    }
    return count;
}

/* A block's heading; one name may stand for several blocks, told apart by where they stand. */
static void manual_write_title(const struct schema_block_info *block)
{
    manual_write(block->name);
    if (block->parent) {
        (void)fputs(", in ", stdout);
        manual_write(block->parent);
    }
}

static void manual_print_title(const struct schema_block_info *block)
{
    (void)fputs(".SS \"", stdout);
    manual_write_title(block);
    (void)fputs("\"\n", stdout);
}

/* ---- Implemented keywords -------------------------------------------------------------------- */

static void manual_print_option(const struct schema_option *option)
{
    (void)fputs(".TP\n\\fB", stdout);
    manual_write(option->name);
    (void)fputs("\\fR ", stdout);
    manual_write(option->argument ? option->argument : "");
    (void)putchar('\n');
    manual_write(option->help);
    (void)putchar('\n');
    if (option->reason) {
        (void)fputs("Not supported by this version: ", stdout);
        manual_write(option->reason);
        (void)fputs(".\n", stdout);
    }
}

static void manual_print_options(const struct schema_row *row)
{
    struct schema_block_info where;
    const struct schema_row *first;

    if (!row->options) {
        return;
    }
    first = schema_first_with_options(row->options, &where);
    if (first != row) {
        (void)fputs("Options of an item: see\n.B ", stdout);
        manual_write(first->name);
        (void)fputs("\nof\n.BR ", stdout);
        manual_write(where.name);
        (void)fputs(" .\n", stdout);
        return;
    }
    (void)fputs("Options of an item:\n", stdout);
    for (const struct schema_option *option = row->options; option->name; option++) {
        manual_print_option(option);
    }
}

static void manual_print_default(const struct schema_row *row)
{
    struct text_buffer text = {0};

    schema_write_default(row, &text);
    if (row->flags & SCHEMA_REQUIRED) {
        (void)fputs("Required.\n", stdout);
    } else if (!schema_has_braces(row) && text.data && strcmp(text.data, "none") != 0) {
        (void)fputs("Default: ", stdout);
        manual_write(text.data);
        (void)puts(row->kind == SCHEMA_KIND_SECONDS && !row->fallback ? " s." : ".");
    }
    text_release(&text);
}

/* What else the row says about the value. */
static void manual_print_facts(const struct schema_row *row)
{
    if (row->kind == SCHEMA_KIND_SECONDS && row->places) {
        (void)printf("Up to %u decimals.\n", row->places);
    } else if (row->kind == SCHEMA_KIND_SECONDS) {
        (void)puts("Whole seconds.");
    }
    manual_print_default(row);
    if (row->flags & SCHEMA_ZERO_IS_ONE) {
        (void)puts("0 is read as 1.");
    }
    if (row->flags & SCHEMA_ANY_CASE) {
        (void)puts("In capital or small letters.");
    }
    if (row->flags & SCHEMA_FIRST_COUNTS) {
        (void)puts("Of several the first one counts.");
    }
    if (row->flags & SCHEMA_OURS) {
        (void)puts("keepalived does not know this keyword.");
    }
}

static void manual_print_keyword(const struct schema_row *row)
{
    struct text_buffer syntax = {0};

    schema_write_syntax(row, &syntax);
    (void)fputs(".PP\n\\fB", stdout);
    manual_write(row->name);
    (void)fputs("\\fR ", stdout);
    manual_write(syntax.data ? syntax.data : "");
    (void)fputs("\n.RS 4\n", stdout);
    manual_write(row->help);
    (void)putchar('\n');
    manual_print_facts(row);
    manual_print_options(row);
    (void)fputs(".RE\n", stdout);
    text_release(&syntax);
}

static void manual_print_block(const struct schema_block_info *block, enum schema_state state)
{
    if (manual_count(block, state) == 0) {
        return;
    }
    manual_print_title(block);
    for (size_t i = 0; i < block->count; i++) {
        if (block->rows[i].state == state) {
            manual_print_keyword(&block->rows[i]);
        }
    }
}

/* ---- The others ------------------------------------------------------------------------------ */

static void manual_write_reason(const struct schema_block_info *block, const struct schema_row *row)
{
    struct text_buffer text = {0};

    schema_write_reason(block->name, row, &text);
    manual_write(text.data);
    text_release(&text);
}

static bool manual_is_alike(const struct schema_row *row, const struct schema_row *other)
{
    return row->state == other->state && strcmp(row->reason, other->reason) == 0 &&
           (row->flags & SCHEMA_FATAL) == (other->flags & SCHEMA_FATAL);
}

/* Whether a row that comes before this one has told its reason, and this one's name with it. */
static bool manual_is_told(const struct schema_block_info *block, const struct schema_row *row)
{
    for (const struct schema_row *other = block->rows; other < row; other++) {
        if (manual_is_alike(row, other)) {
            return true;
        }
    }
    return false;
}

/* All keywords of the block that have this one's reason, and the reason. */
static void manual_print_alike(const struct schema_block_info *block, const struct schema_row *row)
{
    const char *separator = "";

    (void)fputs(".IP \\(bu 2\n", stdout);
    for (size_t i = 0; i < block->count; i++) {
        if (manual_is_alike(row, &block->rows[i])) {
            (void)fputs(separator, stdout);
            (void)fputs("\\fB", stdout);
            manual_write(block->rows[i].name);
            (void)fputs("\\fR", stdout);
            separator = ",\n";
        }
    }
    (void)fputs(":\n", stdout);
    manual_write_reason(block, row);
    (void)fputs(row->flags & SCHEMA_FATAL ? " (an error).\n" : ".\n", stdout);
}

static void manual_print_others(const struct schema_block_info *block, enum schema_state state)
{
    if (manual_count(block, state) == 0) {
        return;
    }
    manual_print_title(block);
    for (size_t i = 0; i < block->count; i++) {
        if (block->rows[i].state == state && !manual_is_told(block, &block->rows[i])) {
            manual_print_alike(block, &block->rows[i]);
        }
    }
}

/* ---- Lints ----------------------------------------------------------------------------------- */

static void manual_print_lints(void)
{
    (void)puts(
        ".SH LINTS\n"
        "Some warnings are about the whole: each line may be right, and together they will\n"
        "probably not do what was meant.\n"
        "Each of these has a name, which stands behind it in brackets, and can be silenced by\n"
        "it: by\n"
        ".BI \\-\\-silence= NAME\n"
        "of\n"
        ".BR holdfastd (8),\n"
        "by a comment on a line of its own in the whole load, or by one behind a statement on\n"
        "that line:\n"
        ".PP\n.in +4n\n.EX\n"
        "# holdfast: silence script\\-missing check\\-timeout\\-exceeds\\-interval\n"
        "virtual_ipaddress {\n"
        "    192.0.2.9    # holdfast: silence vip\\-not\\-local\n"
        "}\n"
        ".EE\n.in");
    for (enum lint lint = 0; lint < LINTS; lint++) {
        (void)fputs(".TP\n.B ", stdout);
        manual_write(lint_row(lint)->name);
        (void)putchar('\n');
        manual_write(lint_row(lint)->help);
        (void)putchar('\n');
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void manual_print(void)
{
    static const struct {
        const char *title;
        const char *text;
        void (*print)(const struct schema_block_info *block, enum schema_state state);
        enum schema_state state;
    } sections[] = {
        {"KEYWORDS",
         "Blocks, and what may stand in each.\n"
         "A range is part of the syntax: where it says 1..255, write a number of it.\n",
         manual_print_block, SCHEMA_IMPLEMENTED},
        {"KEYWORDS WITHOUT EFFECT",
         "These are read and change nothing, since what they ask for has no place here.\n",
         manual_print_others, SCHEMA_ACCEPTED},
        {"KEYWORDS THAT ARE NOT SUPPORTED",
         "This version reads over these, a block with all that is in it, and warns of what does not\n"
         "happen.\n"
         "Where the rest would do harm without it, that is an error and the file cannot be used.\n",
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
            (void)printf("%s\t%s\t", schema_state_name(info.rows[i].state), info.rows[i].name);
            manual_write_title(&info);
            (void)putchar('\n');
        }
    }
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        manual_print();
        manual_print_lints();
    } else if (argc == 2 && strcmp(argv[1], "--names") == 0) {
        manual_print_names();
    } else {
        (void)fputs("usage: make_manual [--names]\n", stderr);
        return 2;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
