/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints the reference of all keywords as Markdown, made from the table that the parser reads by: of each
 * block what may stand in it, with syntax, default, options and an example, and what is read without effect
 * or not supported, with the reason.
 */
#include "base/text.h"
#include "parser/lint.h"
#include "parser/schema.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Text ------------------------------------------------------------------------------------ */

/* Writes text so that no character of it is Markdown's. */
static void reference_write(const char *text)
{
    for (; *text; text++) {
        if (strchr("\\`*<>[]|", *text)) {
            (void)putchar('\\');
        }
        (void)putchar(*text);
    }
}

/* A block's name as its heading has it: `real_server`, in `virtual_server`. */
static void reference_write_title(const struct schema_block_info *block)
{
    (void)printf("`%s`", block->name);
    if (block->parent) {
        (void)printf(", in `%s`", block->parent);
    }
}

/* A part of a heading's anchor, as GitHub makes it: in small letters, blanks become -. */
static void reference_write_slug(const char *text)
{
    for (; *text; text++) {
        (void)putchar(*text == ' ' ? '-' : tolower((unsigned char)*text));
    }
}

/* The anchor of a block's heading. */
static void reference_write_anchor(const struct schema_block_info *block)
{
    reference_write_slug(block->name);
    if (block->parent) {
        (void)fputs("-in-", stdout);
        reference_write_slug(block->parent);
    }
}

/* ---- Keywords -------------------------------------------------------------------------------- */

static void reference_print_options(const struct schema_row *row)
{
    struct schema_block_info where;
    const struct schema_row *first;

    if (!row->options) {
        return;
    }
    first = schema_first_with_options(row->options, &where);
    if (first != row) {
        (void)printf("Options of an item are those of `%s` of `%s`.\n\n", first->name, where.name);
        return;
    }
    (void)puts("| option of an item | |\n| --- | --- |");
    for (const struct schema_option *option = row->options; option->name; option++) {
        (void)printf("| `%s%s%s` | ", option->name, option->argument ? " " : "",
                     option->argument ? option->argument : "");
        reference_write(option->help);
        if (option->reason) {
            (void)fputs(" Not supported by this version: ", stdout);
            reference_write(option->reason);
            (void)putchar('.');
        }
        (void)puts(" |");
    }
    (void)putchar('\n');
}

static void reference_print_default(const struct schema_row *row)
{
    struct text_buffer text = {0};

    schema_write_default(row, &text);
    if (row->flags & SCHEMA_REQUIRED) {
        (void)fputs(" Required.", stdout);
    } else if (!schema_has_braces(row) && text.data && strcmp(text.data, "none") != 0) {
        (void)fputs(" Default: ", stdout);
        reference_write(text.data);
        (void)fputs(row->kind == SCHEMA_KIND_SECONDS && !row->fallback ? " s." : ".", stdout);
    }
    text_release(&text);
}

/* What the row says about the value, behind its help. */
static void reference_print_facts(const struct schema_row *row)
{
    static const struct {
        unsigned flag;
        const char *text;
    } facts[] = {
        {SCHEMA_ZERO_IS_ONE, " 0 is read as 1."},
        {SCHEMA_ANY_CASE, " In capital or small letters."},
        {SCHEMA_FIRST_COUNTS, " Of several the first one counts."},
        {SCHEMA_OURS, " keepalived does not know this keyword."},
    };

    if (row->kind == SCHEMA_KIND_SECONDS && row->places) {
        (void)printf(" Seconds, with up to %u decimals.", row->places);
    } else if (row->kind == SCHEMA_KIND_SECONDS) {
        (void)fputs(" Whole seconds.", stdout);
    }
    reference_print_default(row);
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        if (row->flags & facts[i].flag) {
            (void)fputs(facts[i].text, stdout);
        }
    }
    (void)printf(" Since %s.\n\n", row->since);
}

static void reference_print_keyword(const struct schema_row *row)
{
    struct text_buffer syntax = {0};
    struct text_buffer example = {0};

    schema_write_syntax(row, &syntax);
    schema_write_example(row, &example);
    (void)printf("#### `%s%s%s`\n", row->name, syntax.data && *syntax.data ? " " : "",
                 syntax.data ? syntax.data : "");
    reference_write(row->help);
    reference_print_facts(row);
    reference_print_options(row);
    if (example.data) {
        (void)printf("```\n%s\n```\n\n", example.data);
    }
    text_release(&example);
    text_release(&syntax);
}

/* ---- Those without effect -------------------------------------------------------------------- */

static void reference_print_other(const struct schema_block_info *block,
                                  const struct schema_row *row)
{
    struct text_buffer reason = {0};

    schema_write_reason(block->name, row, &reason);
    (void)printf("- `%s`: ", row->name);
    reference_write(reason.data ? reason.data : "");
    (void)puts(row->flags & SCHEMA_FATAL ? " (an error)" : "");
    text_release(&reason);
}

static void reference_print_others(const struct schema_block_info *block, enum schema_state state,
                                   const char *title)
{
    bool told = false;

    for (size_t i = 0; i < block->count; i++) {
        if (block->rows[i].state == state) {
            (void)printf("%s", told ? "" : title);
            told = true;
            reference_print_other(block, &block->rows[i]);
        }
    }
    (void)printf("%s", told ? "\n" : "");
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void reference_print_block(const struct schema_block_info *block)
{
    (void)fputs("## ", stdout);
    reference_write_title(block);
    (void)fputs("\n\n", stdout);
    for (size_t i = 0; i < block->count; i++) {
        if (block->rows[i].state == SCHEMA_IMPLEMENTED) {
            reference_print_keyword(&block->rows[i]);
        }
    }
    reference_print_others(block, SCHEMA_ACCEPTED, "Read, and without effect:\n\n");
    reference_print_others(block, SCHEMA_NOT_SUPPORTED,
                           "Not supported; a warning says what does not happen:\n\n");
}

static void reference_print_contents(void)
{
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        struct schema_block_info info = schema_block(block);

        if (info.count > 0) {
            (void)fputs("- [", stdout);
            reference_write_title(&info);
            (void)fputs("](#", stdout);
            reference_write_anchor(&info);
            (void)fputs(")\n", stdout);
        }
    }
    (void)fputs("- [Lints](#lints)\n\n", stdout);
}

static void reference_print_lints(void)
{
    (void)fputs(
        "## Lints\n\nWarnings about the whole, each with a name by which it can be silenced: "
        "`# holdfast: silence NAME`.\n\n| name | what it finds |\n| --- | --- |\n",
        stdout);
    for (enum lint lint = 0; lint < LINTS; lint++) {
        (void)printf("| `%s` | ", lint_row(lint)->name);
        reference_write(lint_row(lint)->help);
        (void)puts(" |");
    }
}

int main(void)
{
    (void)fputs("# Reference of all keywords\n\n"
                "Made from the table that the parser reads by, so it says what this version does. "
                "A range is part of the syntax: where it says `1..255`, write a number of it. "
                "`holdfastctl explain KEYWORD` tells the same of one; holdfast.conf(5) explains "
                "what belongs together.\n\n",
                stdout);
    reference_print_contents();
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        struct schema_block_info info = schema_block(block);

        if (info.count > 0) {
            reference_print_block(&info);
        }
    }
    reference_print_lints();
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
