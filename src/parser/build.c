/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements and blocks: which row a word belongs to, where a statement ends, what to do with words
 * that fit nowhere. What a keyword's arguments mean is in build_value.c and the build_*.c of its
 * block. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- Marks ----------------------------------------------------------------------------------- */

/* Notes where a keyword stands, and speaks of a second one. */
static void build_set_mark(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    size_t index = (size_t)(row - schema_block(frame->block).rows);

    frame->discard = false;
    if (!build_seen(&frame->marks, index)) {
        build_see(frame, index, &frame->keyword);
        return;
    }
    if (schema_has_braces(row) || row->flags & SCHEMA_REPEATS) {
        return; /* blocks of a kind are several things, or add up */
    }
    if (row->state == SCHEMA_IMPLEMENTED) {
        struct text_buffer subject = {0};

        build_write_subject(frame, &subject);
        source_warning(build->source, &frame->keyword,
                       "%s is given twice in %s; the %s one counts, remove the other", row->name,
                       subject.data, row->flags & SCHEMA_FIRST_COUNTS ? "first" : "last");
        source_note(build->source, &frame->places[index], "the first is here");
        text_release(&subject);
    }
    frame->discard = row->flags & SCHEMA_FIRST_COUNTS;
}

/* ---- Words that fit nowhere ------------------------------------------------------------------ */

/* How many blocks a message names at most. */
enum { BUILD_BLOCKS_SHOWN = 3 };

/* Appends the blocks that know a word, those around this one first. @return how many there are */
static unsigned build_write_blocks(const struct build *build, const struct build_frame *frame,
                                   const struct lexer_token *token, struct text_buffer *out)
{
    uint64_t named = 0;
    unsigned count = 0;

    for (const struct build_frame *outer = frame; outer; outer = outer->parent) {
        if (schema_find(build->schema, outer->block, token->text, token->length)) {
            named |= UINT64_C(1) << outer->block;
            text_appendf(out, "%s%s", count++ ? ", " : "", schema_block(outer->block).name);
        }
    }
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS && count < BUILD_BLOCKS_SHOWN;
         block++) {
        if (!(named >> block & 1) &&
            schema_find(build->schema, block, token->text, token->length)) {
            text_appendf(out, "%s%s", count++ ? ", " : "", schema_block(block).name);
        }
    }
    return count;
}

_Static_assert(SCHEMA_BLOCKS <= 64, "a set of blocks fits 64 bits");

/*
 * Appends the blocks that know the word, or `; did you mean "priority"?`, or nothing. What was
 * meant counts as given, so that nobody complains of its absence.
 */
static void build_write_hint(const struct build *build, struct build_frame *frame,
                             const struct lexer_token *token, struct text_buffer *out)
{
    struct schema_block_info info = schema_block(frame->block);
    struct build_nearest nearest = {.word = token->text};
    struct text_buffer blocks = {0};
    size_t meant = 0;

    if (build_write_blocks(build, frame, token, &blocks)) {
        text_appendf(out, "; it is a keyword of %s", blocks.data);
        text_release(&blocks);
        return;
    }
    for (size_t i = 0; i < info.count; i++) {
        if (build_nearest_try(&nearest, info.rows[i].name)) {
            meant = i;
        }
    }
    if (nearest.best) {
        text_appendf(out, "; did you mean \"%s\"?", nearest.best);
        build_see(frame, meant, &token->place);
    }
}

bool build_is_keyword(const struct build *build, const struct build_frame *frame,
                      const struct lexer_token *token)
{
    return token->kind == LEXER_WORD && !token->quoted && !token->bad &&
           schema_find(build->schema, frame->block, token->text, token->length);
}

void build_skip_block(struct build *build, const struct source_place *open)
{
    struct lexer_token token;
    size_t depth = 1;

    lexer_set_quiet(build->lexer, true);
    while (depth) {
        lexer_next(build->lexer, &token);
        if (token.kind == LEXER_OPEN) {
            depth++;
        } else if (token.kind == LEXER_CLOSE) {
            depth--;
        } else if (token.kind == LEXER_END) {
            source_error(build->source, open, "this { has no }; add it where the block ends");
            build->unwinding = true;
            break;
        }
    }
    lexer_set_quiet(build->lexer, false);
}

/* Reads over ends of lines. @return whether a '{' follows; anything else is left to be read */
static bool build_next_is_open(struct build *build, struct lexer_token *token)
{
    do {
        lexer_next(build->lexer, token);
    } while (token->kind == LEXER_LINE_END);
    if (token->kind == LEXER_OPEN) {
        return true;
    }
    lexer_unread(build->lexer, token);
    return false;
}

/*
 * Reads over the rest of a statement that means nothing: words up to the next keyword or the end of
 * the line, or a block, which may begin on the next line.
 */
static void build_skip_statement(struct build *build, struct build_frame *frame, bool may_open)
{
    struct lexer_token token;

    lexer_set_quiet(build->lexer, true);
    do {
        lexer_next(build->lexer, &token);
    } while (token.kind == LEXER_WORD && !build_is_keyword(build, frame, &token));
    lexer_set_quiet(build->lexer, false);
    if (token.kind == LEXER_OPEN ||
        (token.kind == LEXER_LINE_END && may_open && build_next_is_open(build, &token))) {
        build_skip_block(build, &token.place);
    } else if (token.kind == LEXER_CLOSE || token.kind == LEXER_WORD) {
        lexer_unread(build->lexer, &token);
    }
}

/* Whether a word in an inner block is a block of the top level: then a '}' is missing before it. */
static bool build_begins_top(const struct build *build, const struct build_frame *frame,
                             const struct lexer_token *token)
{
    const struct schema_row *row =
        schema_find(build->schema, SCHEMA_TOP, token->text, token->length);

    return frame->parent && token->first && !token->quoted && row && schema_has_braces(row);
}

static void build_unwind(struct build *build, const struct build_frame *frame,
                         const struct lexer_token *token)
{
    struct text_buffer subject = {0};

    build_write_subject(frame, &subject);
    source_error(build->source, &token->place,
                 "\"%s\" cannot stand in %s; a } is missing before it", token->text, subject.data);
    source_note(build->source, &frame->place, "%s begins here", subject.data);
    text_release(&subject);
    lexer_unread(build->lexer, token);
    build->unwinding = true;
}

static void build_report_unknown(struct build *build, struct build_frame *frame,
                                 const struct lexer_token *token)
{
    struct text_buffer text = {0};

    if (expand_begins_line(token->text, token->length)) {
        source_error(build->source, &token->place,
                     "\"%.*s\" means nothing in the middle of a line; put it at the beginning of a "
                     "line of its own",
                     BUILD_WORD(token));
        return;
    }
    if (frame->parent) {
        text_append(&text, "in ");
        build_write_subject(frame, &text);
    } else {
        text_append(&text, "outside of all blocks");
    }
    if (source_has_room(build->source)) {
        build_write_hint(build, frame, token, &text);
    }
    source_error(build->source, &token->place, "unknown keyword \"%.*s\" %s", BUILD_WORD(token),
                 text.data);
    text_release(&text);
}

/* ---- The end of a statement ------------------------------------------------------------------ */

static const char *build_surplus_cure(const struct schema_row *row)
{
    if (row->kind == SCHEMA_KIND_COMMAND || row->kind == SCHEMA_KIND_SCRIPT) {
        return "; to give it to the program, put the whole command in double quotes";
    }
    return "; remove it";
}

/*
 * Reads to where the next statement begins: the end of the line, the end of the block, or a word
 * that is a keyword of the block. keepalived ignores all other words without saying so.
 */
static void build_end_statement(struct build *build, struct build_frame *frame,
                                const struct schema_row *row)
{
    struct lexer_token surplus = {.kind = LEXER_END};
    struct lexer_token token;

    for (lexer_next(build->lexer, &token); token.kind == LEXER_WORD;
         lexer_next(build->lexer, &token)) {
        if (build_is_keyword(build, frame, &token)) {
            break;
        }
        if (surplus.kind == LEXER_END) {
            surplus = token;
        }
    }
    if (token.kind == LEXER_OPEN) {
        if (surplus.kind == LEXER_END) {
            source_error(build->source, &token.place, "%s has no { ... }; remove it", row->name);
        } else if (!surplus.bad) {
            build_report_unknown(build, frame, &surplus);
        }
        build_skip_block(build, &token.place);
        return;
    }
    if (surplus.kind == LEXER_WORD && !surplus.bad) {
        source_warning(build->source, &surplus.place,
                       "\"%.*s\" is not used: %s takes no more words%s", BUILD_WORD(&surplus),
                       row->name, build_surplus_cure(row));
    }
    if (token.kind != LEXER_LINE_END) {
        lexer_unread(build->lexer, &token);
    }
}

/* ---- Arguments ------------------------------------------------------------------------------- */

void build_report_missing(struct build *build, struct build_frame *frame,
                          const struct schema_row *row)
{
    struct text_buffer syntax = {0};

    schema_write_syntax(row, &syntax);
    source_error(build->source, &frame->keyword, "%s needs an argument: %s %s", row->name,
                 row->name, syntax.data ? syntax.data : "");
    text_release(&syntax);
}

bool build_argument(struct build *build, struct build_frame *frame, const struct schema_row *row,
                    struct lexer_token *token)
{
    lexer_next(build->lexer, token);
    if (token->kind != LEXER_WORD) {
        lexer_unread(build->lexer, token);
        build_report_missing(build, frame, row);
        if (token->comment) {
            source_note(build->source, &token->place,
                        "what follows is a comment; if it is meant, put it in double quotes");
        }
        return false;
    }
    return !token->bad;
}

bool build_optional(struct build *build, struct build_frame *frame, struct lexer_token *token)
{
    lexer_next(build->lexer, token);
    if (token->kind != LEXER_WORD || build_is_keyword(build, frame, token)) {
        lexer_unread(build->lexer, token);
        return false;
    }
    return true;
}

bool build_is_missing(struct build *build, struct build_frame *frame, const struct schema_row *row,
                      const struct lexer_token *token)
{
    if (!build_is_keyword(build, frame, token)) {
        return false;
    }
    lexer_unread(build->lexer, token);
    build_report_missing(build, frame, row);
    return true;
}

/* ---- Keywords without effect ----------------------------------------------------------------- */

/* The reason of a row, with the name of the block's thing in it. */
static void build_write_reason(const struct build_frame *frame, const char *reason,
                               struct text_buffer *out)
{
    const char *place = strchr(reason, '%');

    if (!place) {
        text_append(out, reason);
        return;
    }
    text_append_n(out, reason, (size_t)(place - reason));
    build_write_name(frame, out);
    text_append(out, place + 1);
}

static bool build_was_told(struct build *build, const struct schema_row *row)
{
    for (size_t i = 0; i < build->told_count; i++) {
        if (build->told[i] == row) {
            return true;
        }
    }
    build->told = memory_resize(build->told, build->told_count + 1, sizeof(const void *));
    build->told[build->told_count++] = row;
    return false;
}

static void build_read_over(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct text_buffer reason = {0};
    struct lexer_token token;

    build_write_reason(frame, row->reason, &reason);
    if (row->state == SCHEMA_NOT_SUPPORTED) {
        source_report(build->source, row->flags & SCHEMA_FATAL ? DIAG_ERROR : DIAG_WARNING,
                      &frame->keyword, "%s is not supported by this version: %s", row->name,
                      reason.data);
    } else if (!build_was_told(build, row)) {
        source_remark(build->source, &frame->keyword, "%s has no effect: %s", row->name,
                      reason.data);
    }
    text_release(&reason);
    if (row->kind == SCHEMA_KIND_SCRIPT || row->kind == SCHEMA_KIND_COMMAND) {
        lexer_next_command(build->lexer, &token);
        if (token.kind != LEXER_WORD) {
            lexer_unread(build->lexer, &token);
        }
    }
    build_skip_statement(build, frame, schema_has_braces(row));
}

/* ---- Statements and blocks ------------------------------------------------------------------- */

static void build_read_statement(struct build *build, struct build_frame *frame,
                                 const struct lexer_token *token)
{
    const struct schema_row *row;
    schema_reader reader;

    if (token->bad) {
        build_skip_statement(build, frame, true);
        return;
    }
    row = schema_find(build->schema, frame->block, token->text, token->length);
    if (!row && build_begins_top(build, frame, token)) {
        build_unwind(build, frame, token);
        return;
    }
    if (!row) {
        build_report_unknown(build, frame, token);
        build_skip_statement(build, frame, true);
        return;
    }
    frame->keyword = token->place;
    build_set_mark(build, frame, row);
    if (row->state != SCHEMA_IMPLEMENTED) {
        build_read_over(build, frame, row);
        return;
    }
    reader = row->read ? row->read : build_value_reader(row->kind);
    reader(build, frame, row);
    if (build->conf->origins) {
        build_note_origin(build, frame, row);
    }
    if (!schema_has_braces(row)) {
        build_end_statement(build, frame, row);
    }
}

/* Reads statements up to the end of the block. @return whether it was a '}' */
static bool build_read_statements(struct build *build, struct build_frame *frame)
{
    struct lexer_token token;

    while (!build->unwinding) {
        lexer_next(build->lexer, &token);
        switch (token.kind) {
        case LEXER_WORD:
            build_read_statement(build, frame, &token);
            break;
        case LEXER_OPEN:
            source_error(build->source, &token.place,
                         "this { begins no block; put a keyword before it, or remove it and its }");
            build_skip_block(build, &token.place);
            break;
        case LEXER_CLOSE:
            if (frame->parent) {
                return true;
            }
            source_error(build->source, &token.place, "this } closes nothing; remove it");
            break;
        case LEXER_LINE_END:
            break;
        case LEXER_END:
            return false;
        }
    }
    return false;
}

/* Unicast that knows its own address needs no interface: B36. */
static bool build_can_lack(const struct build *build, const struct build_frame *frame,
                           const struct schema_row *row)
{
    return frame->block == SCHEMA_INSTANCE && strcmp(row->name, "interface") == 0 &&
           build_mark(build, &frame->marks, "unicast_peer") &&
           build_mark(build, &frame->marks, "unicast_src_ip");
}

static void build_require_keywords(struct build *build, struct build_frame *frame)
{
    struct schema_block_info info = schema_block(frame->block);

    if (expand_left_out(build->expand)) {
        return; /* it may stand in what was not read */
    }
    for (size_t i = 0; i < info.count; i++) {
        if (info.rows[i].flags & SCHEMA_REQUIRED && !build_seen(&frame->marks, i) &&
            !build_can_lack(build, frame, &info.rows[i])) {
            struct text_buffer subject = {0};
            struct text_buffer syntax = {0};

            build_write_subject(frame, &subject);
            schema_write_syntax(&info.rows[i], &syntax);
            source_error(build->source, &frame->place, "%s has no %s; add: %s %s", subject.data,
                         info.rows[i].name, info.rows[i].name, syntax.data);
            text_release(&subject);
            text_release(&syntax);
        }
    }
}

bool build_find_open(struct build *build, struct lexer_token *token)
{
    struct lexer_token surplus = {.kind = LEXER_END};
    char shown[BUILD_WORD_SHOWN + 1] = "";

    for (lexer_next(build->lexer, token); token->kind == LEXER_WORD;
         lexer_next(build->lexer, token)) {
        if (surplus.kind == LEXER_END) {
            surplus = *token;
            (void)text_copy(shown, sizeof(shown), token->text); /* the line may be gone below */
        }
    }
    if (token->kind != LEXER_OPEN && token->kind != LEXER_LINE_END) {
        lexer_unread(build->lexer, token);
    }
    if (token->kind != LEXER_OPEN && !build_next_is_open(build, token)) {
        return false;
    }
    if (surplus.kind == LEXER_WORD && !surplus.bad) {
        source_error(build->source, &surplus.place,
                     "\"%s\" does not belong before the {; remove it", shown);
    }
    return true;
}

/* Reports something about the block as a whole. */
static void build_report_block(struct build *build, const struct build_frame *frame,
                               const char *what)
{
    struct text_buffer subject = {0};

    build_write_subject(frame, &subject);
    source_error(build->source, &frame->place, "%s %s", subject.data, what);
    text_release(&subject);
}

/*
 * Reads the '{' of a block. Where it is missing it is reported, and then taken for granted if what
 * follows looks like the inside of the block. @return whether there is something to read
 */
static bool build_open(struct build *build, const struct build_frame *frame)
{
    struct lexer_token token;

    if (build_find_open(build, &token)) {
        return true;
    }
    build_report_block(build, frame, "needs a { ... }; add the { after it");
    return token.kind == LEXER_WORD &&
           schema_find(build->schema, frame->block, token.text, token.length);
}

bool build_read_block(struct build *build, struct build_frame *frame)
{
    bool closed;

    if (!build_open(build, frame)) {
        return false;
    }
    closed = build_read_statements(build, frame);
    if (!closed && !build->unwinding) {
        if (!expand_stopped(build->expand)) {
            build_report_block(build, frame, "has no }; add it where the block ends");
        }
        build->unwinding = true;
    }
    if (closed) {
        build_require_keywords(build, frame);
    }
    return closed;
}

void build_read_all(struct build *build)
{
    struct build_frame frame;

    build_enter(&frame, NULL, SCHEMA_TOP);
    frame.object = build->conf;
    do {
        build->unwinding = false;
        (void)build_read_statements(build, &frame);
    } while (build->unwinding);
}
