/* SPDX-License-Identifier: Apache-2.0
 *
 * Value blocks: items with options, and single words. What an item is comes from the caller, which
 * options it may have from the schema. Pure.
 */
#include "parser/build.h"

#include "base/text.h"

#include <string.h>

/* Reads the '{' of a value block. @return whether it is there */
static bool items_open(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct lexer_token token;

    if (build_find_open(build, &token)) {
        return true;
    }
    source_error(build->source, &frame->keyword, "%s needs a { ... }; add the { after it",
                 row->name);
    return false;
}

/* Whether a '{' follows on the line of a word that was just read. Nothing is used up. */
static bool items_open_follows(struct build *build, const struct lexer_token *word)
{
    struct lexer_token again;
    struct lexer_token token;

    do {
        lexer_next(build->lexer, &token);
    } while (token.kind == LEXER_WORD);
    lexer_unread(build->lexer, word);
    lexer_next(build->lexer, &again);
    return token.kind == LEXER_OPEN;
}

/*
 * Whether the first word of a line shows that the '}' of the value block is missing: a keyword of
 * the block around it that can be no item, or one with a block of its own. The word is left to be
 * read.
 */
static bool items_lack_close(struct build *build, struct build_frame *frame,
                             const struct schema_row *row, const struct build_item_type *type,
                             const struct lexer_token *word)
{
    const struct schema_row *outer =
        schema_find(build->schema, frame->block, word->text, word->length);

    if (!word->first || word->quoted) {
        return false;
    }
    if (!outer) {
        outer = schema_find(build->schema, SCHEMA_TOP, word->text, word->length);
    }
    if (!outer) {
        return false;
    }
    if (schema_has_braces(outer) ? !items_open_follows(build, word)
                                 : !type || type->is_item(row, word)) {
        return false;
    }
    source_error(build->source, &word->place, "\"%s\" cannot stand in %s; a } is missing before it",
                 outer->name, row->name);
    source_note(build->source, &frame->keyword, "%s begins here", row->name);
    lexer_unread(build->lexer, word);
    return true;
}

/* Reads the next word of the value block. @return false at its end */
static bool items_next(struct build *build, struct build_frame *frame, const struct schema_row *row,
                       const struct build_item_type *type, struct lexer_token *token)
{
    for (;;) {
        lexer_next(build->lexer, token);
        switch (token->kind) {
        case LEXER_WORD:
            return !items_lack_close(build, frame, row, type, token);
        case LEXER_OPEN:
            source_error(build->source, &token->place, "%s has no blocks in it; remove this {",
                         row->name);
            build_skip_block(build, &token->place);
            break;
        case LEXER_CLOSE:
            return false;
        case LEXER_LINE_END:
            break;
        case LEXER_END:
            source_error(build->source, &frame->keyword, "%s has no }; add it where it ends",
                         row->name);
            build->unwinding = true;
            return false;
        }
        if (build->unwinding) {
            return false;
        }
    }
}

/* ---- Items with options ---------------------------------------------------------------------- */

const struct schema_option *build_find_option(const struct schema_row *row,
                                              const struct lexer_token *word)
{
    for (const struct schema_option *option = row->options; option->name; option++) {
        if (!word->quoted && strcmp(option->name, word->text) == 0) {
            return option;
        }
    }
    return NULL;
}

bool build_option_argument(struct build *build, struct build_item *item,
                           const struct schema_option *option, struct lexer_token *token)
{
    lexer_next(build->lexer, token);
    if (token->kind != LEXER_WORD) {
        lexer_unread(build->lexer, token);
        source_error(build->source, &item->option, "%s needs an argument: %s %s", option->name,
                     option->name, option->argument);
        return false;
    }
    return !token->bad;
}

static void items_read_option(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    struct lexer_token token;

    if (option->read) {
        option->read(build, item, option);
        return;
    }
    source_warning(build->source, &item->option, "%s is not supported by this version: %s",
                   option->name, option->reason);
    if (option->argument) {
        (void)build_option_argument(build, item, option, &token);
    }
}

static void items_report_option(struct build *build, const struct build_item *item,
                                const struct lexer_token *word)
{
    struct build_nearest nearest = {.word = word->text};
    struct text_buffer all = {0};

    for (const struct schema_option *option = item->row->options; option->name; option++) {
        build_nearest_try(&nearest, option->name);
        text_appendf(&all, "%s%s", option == item->row->options ? "" : ", ", option->name);
    }
    if (nearest.best) {
        source_error(build->source, &word->place,
                     "unknown option \"%.*s\" in %s; did you mean \"%s\"?", BUILD_WORD(word),
                     item->row->name, nearest.best);
    } else {
        source_error(build->source, &word->place, "unknown option \"%.*s\" in %s; it knows %s",
                     BUILD_WORD(word), item->row->name, all.data);
    }
    text_release(&all);
}

/* Reads over the rest of a line, up to a brace. */
static void items_skip_line(struct build *build)
{
    struct lexer_token token;

    do {
        lexer_next(build->lexer, &token);
    } while (token.kind == LEXER_WORD);
    lexer_unread(build->lexer, &token);
}

/* Reads the options of an item, up to the end of its line or to the next item. */
static void items_read_options(struct build *build, struct build_item *item,
                               const struct build_item_type *type)
{
    struct lexer_token token;

    for (;;) {
        const struct schema_option *option;

        lexer_next(build->lexer, &token);
        option = token.kind == LEXER_WORD ? build_find_option(item->row, &token) : NULL;
        item->option = token.place;
        if (option) {
            items_read_option(build, item, option);
        } else if (token.kind == LEXER_WORD && item->word && item->word(build, item, &token)) {
            continue;
        } else if (token.kind != LEXER_WORD || type->is_item(item->row, &token)) {
            lexer_unread(build->lexer, &token);
            return;
        } else {
            if (!token.bad) {
                items_report_option(build, item, &token);
            }
            items_skip_line(build); /* what follows may be its argument */
            return;
        }
    }
}

void build_read_items(struct build *build, struct build_frame *frame, const struct schema_row *row,
                      const struct build_item_type *type, void *argument)
{
    struct lexer_token token;

    if (!items_open(build, frame, row)) {
        return;
    }
    while (items_next(build, frame, row, type, &token)) {
        struct build_item item = {
            .frame = frame, .row = row, .argument = argument, .place = token.place};

        if (token.bad || !type->begin(build, &item, &token)) {
            items_skip_line(build);
            continue;
        }
        items_read_options(build, &item, type);
        type->end(build, &item);
    }
}

void build_read_words(struct build *build, struct build_frame *frame, const struct schema_row *row,
                      void (*word)(struct build *build, struct build_frame *frame,
                                   const struct lexer_token *token))
{
    struct lexer_token token;

    if (!items_open(build, frame, row)) {
        return;
    }
    while (items_next(build, frame, row, NULL, &token)) {
        if (!token.bad) {
            word(build, frame, &token);
        }
    }
}
