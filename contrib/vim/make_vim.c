/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints a syntax file for Vim, made from the table that the parser reads by. A keyword is
 * highlighted in its block alone, by its state. A keyword with braces is followed by a head (what
 * stands before the brace) and a body, which contains what may stand in that block.
 */
#include "base/text.h"
#include "parser/schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VIM_WIDTH = 96 }; /* a line of keywords is not longer */

/* The part of a group's name that stands for a state. */
static const char *const vim_states[SCHEMA_STATES] = {
    [SCHEMA_IMPLEMENTED] = "Keyword",
    [SCHEMA_ACCEPTED] = "NoEffect",
    [SCHEMA_NOT_SUPPORTED] = "Unsupported",
};

/* What does not depend on the table. */
static const char vim_head[] =
    "\" SPDX-License-Identifier: Apache-2.0\n"
    "\" Made by make_vim from Holdfast's table of keywords; not to be edited.\n"
    "\" Language: holdfast.conf(5), keepalived.conf\n"
    "\n"
    "if exists('b:current_syntax')\n"
    "  finish\n"
    "endif\n"
    "let s:cpo = &cpo\n"
    "set cpo&vim\n"
    "\n"
    "syn case match\n"
    "syn iskeyword @,48-57,_,-,192-255\n"
    "syn sync fromstart\n"
    "\n"
    "\" A comment begins where a word could begin.\n"
    "syn keyword holdfastTodo TODO FIXME XXX contained\n"
    "syn match holdfastComment /\\%(^\\|[[:blank:]{}\"]\\)\\@1<=[#!].*$/ contains=holdfastTodo,@Spell\n"
    "syn match holdfastVariable /\\${[^{}]*}/\n"
    "syn match holdfastVariable /\\$\\h\\w*\\>/\n"
    "syn region holdfastString start=/\"/ end=/\"/ oneline contains=holdfastVariable\n"
    "syn match holdfastNumber /\\<-\\=\\d\\+\\%(\\.\\d\\+\\)\\=\\>/\n"
    "syn match holdfastAddress /\\<\\d\\{1,3}\\%(\\.\\d\\{1,3}\\)\\{3}\\%(\\/\\d\\+\\)\\=\\>/\n"
    "syn match holdfastAddress "
    "/\\%(^\\|[[:blank:]{]\\)\\@1<=\\%(\\x\\{0,4}:\\)\\{2,7}\\x*\\%(\\/\\d\\+\\)\\=\\>/\n"
    "syn match holdfastAddress /\\%(^\\|[[:blank:]{]\\)\\@1<=\\%(\\x\\{0,4}:\\)\\{2,7}\\ze\\%(\\/\\|\\s\\|$\\)/\n"
    "syn keyword holdfastBoolean on off true false yes no contained\n"
    "\n"
    "\" Lines: @id, definitions, sequences, includes.\n"
    "syn match holdfastCondition /^\\s*@\\^\\=\\S\\+/\n"
    "syn match holdfastDefinition /\\%(^\\s*\\%(@\\S\\+\\s\\+\\)\\=\\)\\@<=\\$\\h\\w*=/\n"
    "syn match holdfastSequence /\\~\\%(SEQx\\=\\|LST\\)\\ze\\s*(/\n"
    "syn match holdfastInclude /\\%(^\\s*\\%(@\\S\\+\\s\\+\\)\\=\\)\\@<=include[rmwba]\\=\\ze\\s/\n"
    "\n"
    "\" Braces that no keyword of the table owns, so that they do not close what is around them.\n"
    "syn region holdfastBraces matchgroup=holdfastBrace start=/{/ end=/}/ contained transparent "
    "contains=@holdfastCommon,holdfastBraces\n"
    "syn cluster holdfastCommon contains=holdfastComment,holdfastVariable,holdfastString,"
    "holdfastNumber,holdfastAddress,holdfastCondition,holdfastDefinition,holdfastSequence,"
    "holdfastInclude,holdfastBoolean,holdfastChoice\n"
    "\n";

static const char vim_tail[] = "hi def link holdfastComment Comment\n"
                               "hi def link holdfastTodo Todo\n"
                               "hi def link holdfastString String\n"
                               "hi def link holdfastVariable Identifier\n"
                               "hi def link holdfastDefinition Define\n"
                               "hi def link holdfastSequence Macro\n"
                               "hi def link holdfastCondition PreCondit\n"
                               "hi def link holdfastInclude Include\n"
                               "hi def link holdfastNumber Number\n"
                               "hi def link holdfastAddress Constant\n"
                               "hi def link holdfastBoolean Boolean\n"
                               "hi def link holdfastChoice Constant\n"
                               "hi def link holdfastOption Type\n"
                               "hi def link holdfastBrace Delimiter\n"
                               "hi def link holdfastKeyword Statement\n"
                               "hi def link holdfastNoEffect NonText\n"
                               "hi def link holdfastUnsupported WarningMsg\n"
                               "\n"
                               "let b:current_syntax = 'holdfast'\n"
                               "let &cpo = s:cpo\n"
                               "unlet s:cpo\n";

/* ---- Words ----------------------------------------------------------------------------------- */

/* A set of words, each printed once. */
struct vim_words {
    const char *words[256];
    size_t count;
};

static void vim_add(struct vim_words *set, const char *word)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->words[i], word) == 0) {
            return;
        }
    }
    if (set->count == sizeof(set->words) / sizeof(set->words[0])) {
        (void)fputs("make_vim: too many words\n", stderr);
        exit(EXIT_FAILURE);
    }
    set->words[set->count++] = word;
}

/* `syn keyword GROUP WORD...` and what ends each such line, on as many lines as it takes. */
static void vim_print_words(const char *group, const struct vim_words *set, const char *ending)
{
    size_t column = 0;

    for (size_t i = 0; i < set->count; i++) {
        if (column && column + 1 + strlen(set->words[i]) > VIM_WIDTH) {
            (void)printf("%s\n", ending);
            column = 0;
        }
        if (!column) {
            column = (size_t)printf("syn keyword %s", group);
        }
        column += (size_t)printf(" %s", set->words[i]);
    }
    if (column) {
        (void)printf("%s\n", ending);
    }
}

/* ---- Blocks ---------------------------------------------------------------------------------- */

/* The name of a block as part of a group's name: "virtual_server", "HTTP_GET_url", "top". */
static void vim_write_block(enum schema_block block, struct text_buffer *out)
{
    struct schema_block_info info = schema_block(block);

    if (block == SCHEMA_TOP) {
        text_append(out, "top");
    } else if (info.parent) {
        text_appendf(out, "%s_%s", info.parent, info.name);
    } else {
        text_append(out, info.name);
    }
}

/* The name of what a keyword with braces has in them: its block's, or a list's own. */
static void vim_write_body(enum schema_block block, const struct schema_row *row,
                           struct text_buffer *out)
{
    if (row->kind == SCHEMA_KIND_BLOCK) {
        vim_write_block(row->opens, out);
    } else {
        vim_write_block(block, out);
        text_appendf(out, "_%s", row->name);
    }
}

/* The head and the body of what has braces; `inside`: groups that stand in it beside the common. */
static void vim_print_braces(const char *body, const char *inside)
{
    (void)printf("syn match holdfast_%s_head /\\%%(\\${[^{}]*}\\|\\_[^{}]\\)*{\\@=/ contained "
                 "transparent contains=@holdfastCommon nextgroup=holdfast_%s_body\n",
                 body, body);
    (void)printf("syn region holdfast_%s_body matchgroup=holdfastBrace start=/{/ end=/}/ contained "
                 "transparent contains=@holdfastCommon,holdfastBraces%s\n",
                 body, inside);
}

/* A value block: its options are what is known in it. */
static void vim_print_list(const char *body, const struct schema_row *row)
{
    struct vim_words good = {.count = 0};
    struct vim_words bad = {.count = 0};
    struct text_buffer group = {0};
    struct text_buffer inside = {0};

    for (const struct schema_option *option = row->options; option && option->name; option++) {
        vim_add(option->reason ? &bad : &good, option->name);
    }
    text_appendf(&inside, ",holdfast_%s_option,holdfast_%s_optionUnsupported", body, body);
    vim_print_braces(body, row->options ? inside.data : "");
    text_appendf(&group, "holdfast_%s_option", body);
    vim_print_words(group.data, &good, " contained");
    if (good.count) {
        (void)printf("hi def link %s holdfastOption\n", group.data);
    }
    text_append(&group, "Unsupported");
    vim_print_words(group.data, &bad, " contained");
    if (bad.count) {
        (void)printf("hi def link %s holdfastUnsupported\n", group.data);
    }
    text_release(&group);
    text_release(&inside);
}

/* A keyword with braces: what follows it, and a list's body; a block's own is printed with it. */
static void vim_print_opener(enum schema_block block, const struct schema_row *row,
                             const char *group, const char *contained)
{
    struct text_buffer body = {0};

    vim_write_body(block, row, &body);
    (void)printf("syn keyword %s %s%s nextgroup=holdfast_%s_head,holdfast_%s_body skipwhite "
                 "skipempty\n",
                 group, row->name, contained, body.data, body.data);
    if (row->kind != SCHEMA_KIND_BLOCK) {
        vim_print_list(body.data, row);
    }
    text_release(&body);
}

/* All keywords of a block that have one state. */
static void vim_print_state(enum schema_block block, const char *name, enum schema_state state)
{
    const char *contained = block == SCHEMA_TOP ? "" : " contained";
    struct schema_block_info info = schema_block(block);
    struct vim_words plain = {.count = 0};
    struct text_buffer group = {0};
    bool any = false;

    text_appendf(&group, "holdfast_%s_%s", name, vim_states[state]);
    for (size_t i = 0; i < info.count; i++) {
        const struct schema_row *row = &info.rows[i];

        if (row->state != state) {
            continue;
        }
        any = true;
        if (schema_has_braces(row)) {
            vim_print_opener(block, row, group.data, contained);
        } else {
            vim_add(&plain, row->name);
        }
    }
    vim_print_words(group.data, &plain, contained);
    if (any) {
        (void)printf("hi def link %s holdfast%s\n", group.data, vim_states[state]);
    }
    text_release(&group);
}

static void vim_print_block(enum schema_block block)
{
    struct text_buffer name = {0};
    struct text_buffer inside = {0};

    vim_write_block(block, &name);
    (void)printf("\" %s\n", name.data);
    for (enum schema_state state = 0; state < SCHEMA_STATES; state++) {
        text_appendf(&inside, ",holdfast_%s_%s", name.data, vim_states[state]);
    }
    if (block != SCHEMA_TOP) {
        vim_print_braces(name.data, inside.data);
    }
    for (enum schema_state state = 0; state < SCHEMA_STATES; state++) {
        vim_print_state(block, name.data, state);
    }
    (void)putchar('\n');
    text_release(&name);
    text_release(&inside);
}

static void vim_print_choices(void)
{
    struct vim_words words = {.count = 0};

    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        struct schema_block_info info = schema_block(block);

        for (size_t i = 0; i < info.count; i++) {
            for (const struct conf_name *choice = info.rows[i].choices; choice && choice->name;
                 choice++) {
                vim_add(&words, choice->name);
            }
        }
    }
    for (const struct conf_name *choice = conf_forward_names; choice->name; choice++) {
        vim_add(&words, choice->name);
    }
    vim_print_words("holdfastChoice", &words, " contained");
    (void)putchar('\n');
}

int main(void)
{
    (void)fputs(vim_head, stdout);
    vim_print_choices();
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        vim_print_block(block);
    }
    (void)fputs(vim_tail, stdout);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
