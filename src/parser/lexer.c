/* SPDX-License-Identifier: Apache-2.0
 *
 * From lines to tokens. Pure. The rules are those of keepalived, but that a comment begins only
 * where a word could begin.
 */
#include "parser/lexer.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct lexer {
    struct expand *expand;
    struct source *source;
    struct expand_line line;
    bool has_line; /* `line` is not wholly read: at least its end is still to be returned */
    bool begun;    /* a token of the line was returned */
    bool quiet;
    uint32_t at;       /* the next byte of the line */
    uint32_t reported; /* what stands before this byte of the line was reported already */
    char *words;       /* the line's words, each with a NUL: at most twice its bytes */
    size_t capacity;
    uint32_t used;
};

enum { LEXER_LONG_LINE = 64 * 1024 }; /* from here on the space for words grows no further ahead */

/* What a byte may end or begin. */
enum {
    LEXER_BLANK = 1U << 0,
    LEXER_BRACE = 1U << 1,
    LEXER_QUOTE = 1U << 2,                                 /* " */
    LEXER_LOOK = 1U << 3,                                  /* \ # !: more than itself, perhaps */
    LEXER_SINGLE = 1U << 4,                                /* ' : a quote in commands only */
    LEXER_STOPS = LEXER_BLANK | LEXER_BRACE | LEXER_QUOTE, /* they end an unquoted word */
};

static const uint8_t lexer_classes[256] = {
    [' '] = LEXER_BLANK,   ['\t'] = LEXER_BLANK, ['\n'] = LEXER_BLANK, ['\v'] = LEXER_BLANK,
    ['\f'] = LEXER_BLANK,  ['\r'] = LEXER_BLANK, ['{'] = LEXER_BRACE,  ['}'] = LEXER_BRACE,
    ['"'] = LEXER_QUOTE,   ['\\'] = LEXER_LOOK,  ['#'] = LEXER_LOOK,   ['!'] = LEXER_LOOK,
    ['\''] = LEXER_SINGLE,
};

static unsigned lexer_class(char c)
{
    return lexer_classes[(unsigned char)c];
}

struct lexer *lexer_new(struct expand *expand, struct source *source)
{
    struct lexer *lexer = memory_new(1, sizeof(*lexer));

    lexer->expand = expand;
    lexer->source = source;
    return lexer;
}

void lexer_free(struct lexer *lexer)
{
    if (lexer) {
        free(lexer->words);
        free(lexer);
    }
}

void lexer_set_quiet(struct lexer *lexer, bool quiet)
{
    lexer->quiet = quiet;
}

void lexer_unread(struct lexer *lexer, const struct lexer_token *token)
{
    lexer->at = token->offset;
    lexer->used = token->used;
    lexer->begun = !token->first;
    lexer->has_line = token->kind != LEXER_END;
}

static bool lexer_fetch(struct lexer *lexer)
{
    size_t wanted;

    if (!expand_next(lexer->expand, &lexer->line)) {
        return false;
    }
    wanted = lexer->line.length * 2 + 2;
    if (wanted > lexer->capacity) {
        free(lexer->words);
        lexer->capacity = wanted < LEXER_LONG_LINE ? wanted * 2 : wanted;
        lexer->words = memory_new(lexer->capacity, 1);
    }
    lexer->at = 0;
    lexer->used = 0;
    lexer->reported = 0;
    lexer->begun = false;
    lexer->has_line = true;
    return true;
}

/* Whether what is wrong at this byte is still to be told: a word may be read more than once. */
static bool lexer_tells(struct lexer *lexer, uint32_t offset)
{
    if (lexer->quiet || offset < lexer->reported) {
        return false;
    }
    lexer->reported = offset + 1;
    return true;
}

/* Field by field: a place that is put together first and then copied stalls on its own stores. */
static void lexer_set_place(const struct lexer *lexer, struct lexer_token *token, uint32_t offset,
                            uint32_t length)
{
    const struct expand_line *line = &lexer->line;

    if (line->segments) {
        token->place = expand_place_composed(line, offset, length);
        return;
    }
    token->place.position.file = line->file;
    token->place.position.line = line->number;
    token->place.position.column = line->column + offset;
    token->place.length = length;
    token->place.origin = line->origin;
}

/*
 * Begins a token: skips blanks, sets everything but the text. @return whether a word begins here
 */
static bool lexer_begin(struct lexer *lexer, struct lexer_token *token)
{
    const char *text;
    uint32_t length;
    uint32_t at;

    token->quoted = false;
    token->bad = false;
    token->comment = false;
    token->text = "";
    token->length = 0;
    if (!lexer->has_line && !lexer_fetch(lexer)) {
        token->kind = LEXER_END;
        token->first = true;
        token->offset = 0;
        token->used = 0;
        token->place = expand_end(lexer->expand);
        return false;
    }
    text = lexer->line.text;
    length = (uint32_t)lexer->line.length;
    for (at = lexer->at; at + 4 <= length && memcmp(text + at, "    ", 4) == 0; at += 4) {
        /* indentation: one comparison for four blanks */
    }
    for (; at < length && lexer_class(text[at]) & LEXER_BLANK; at++) {
    }
    token->first = !lexer->begun;
    token->offset = at;
    token->used = lexer->used;
    lexer->begun = true;
    if (at == length || text[at] == '#' || text[at] == '!') {
        token->kind = LEXER_LINE_END;
        token->comment = at < length;
        lexer_set_place(lexer, token, at, 1);
        lexer->at = length;
        lexer->has_line = false;
        return false;
    }
    if (lexer_class(text[at]) & LEXER_BRACE) {
        token->kind = text[at] == '{' ? LEXER_OPEN : LEXER_CLOSE;
        lexer_set_place(lexer, token, at, 1);
        lexer->at = at + 1;
        return false;
    }
    token->kind = LEXER_WORD;
    token->text = lexer->words + lexer->used;
    return true;
}

/* Ends a word: `out` is behind its text, `at` behind it in the line. */
static void lexer_end(struct lexer *lexer, struct lexer_token *token, char *out, uint32_t at)
{
    token->length = (uint32_t)(out - token->text);
    *out = '\0';
    lexer->used += token->length + 1;
    lexer->at = at;
    lexer_set_place(lexer, token, token->offset, at - token->offset);
    if (lexer->line.segments) {
        token->bad |= expand_is_bad(&lexer->line, token->offset, at - token->offset);
    }
}

static void lexer_report_quote(struct lexer *lexer, struct lexer_token *token, uint32_t at,
                               char quote)
{
    if (lexer_tells(lexer, at)) {
        struct source_place place = expand_place(&lexer->line, at, lexer->line.length - at);

        source_error(lexer->source, &place,
                     "this %c has no partner on its line; add the closing %c", quote, quote);
    }
    token->bad = true;
}

/* Where keepalived ends the line, we do not: `auth_pass ab!cd` is ab!cd here. */
static void lexer_warn_comment(struct lexer *lexer, uint32_t at)
{
    const char *text = lexer->line.text;
    struct source_place place;

    if (!lexer_tells(lexer, at)) {
        return;
    }
    place = expand_place(&lexer->line, at, 1);
    source_warning(lexer->source, &place,
                   "\"%c\" inside a word belongs to the word here, but keepalived begins a comment "
                   "with it: put the word in double quotes if it is meant, a blank before the "
                   "\"%c\" if not",
                   text[at], text[at]);
}

/* A word that begins with a double quote: all up to the next one. S13, S16, S17. */
static void lexer_read_quoted(struct lexer *lexer, struct lexer_token *token)
{
    const char *text = lexer->line.text;
    uint32_t length = (uint32_t)lexer->line.length;
    uint32_t start = token->offset + 1;
    const char *close = memchr(text + start, '"', length - start);
    uint32_t end = close ? (uint32_t)(close - text) : length;
    char *out = lexer->words + lexer->used;

    token->quoted = true;
    memcpy(out, text + start, end - start);
    if (!close) {
        lexer_report_quote(lexer, token, token->offset, '"');
    }
    lexer_end(lexer, token, out + (end - start), close ? end + 1 : end);
}

/* S7: a backslash at the end of a line continues nothing. @return whether this one stands there */
static bool lexer_skip_continuation(struct lexer *lexer, uint32_t at)
{
    uint32_t length = (uint32_t)lexer->line.length;
    uint32_t end = at + 1;
    struct source_place place;

    while (end < length && lexer_class(lexer->line.text[end]) & LEXER_BLANK) {
        end++;
    }
    if (end < length) {
        return false;
    }
    if (lexer_tells(lexer, at)) {
        place = expand_place(&lexer->line, at, 1);
        source_warning(
            lexer->source, &place,
            "a line is not continued by \"\\\" and the next one stands alone; remove the "
            "\"\\\", or put it in double quotes if it is meant");
    }
    return true;
}

/* The special bytes of an unquoted word. @return the bytes of the line that were used */
static uint32_t lexer_read_special(struct lexer *lexer, uint32_t at, char **out)
{
    const char *text = lexer->line.text + at;
    uint32_t rest = (uint32_t)lexer->line.length - at;

    if (*text == '\\' && rest > 1 && (text[1] == '#' || text[1] == '!')) {
        *(*out)++ = text[1]; /* S5 */
        return 2;
    }
    if (*text == '#' || *text == '!') {
        lexer_warn_comment(lexer, at);
    }
    *(*out)++ = *text;
    return 1;
}

static void lexer_read_plain(struct lexer *lexer, struct lexer_token *token)
{
    const char *text = lexer->line.text;
    uint32_t length = (uint32_t)lexer->line.length;
    uint32_t at = token->offset;
    char *out = lexer->words + lexer->used;

    for (;;) {
        uint32_t start = at;

        while (at < length && !(lexer_class(text[at]) & (LEXER_STOPS | LEXER_LOOK))) {
            at++;
        }
        memcpy(out, text + start, at - start);
        out += at - start;
        if (at == length || lexer_class(text[at]) & LEXER_STOPS) {
            break; /* S14: a quote ends a word and begins a new one */
        }
        at += lexer_read_special(lexer, at, &out);
    }
    lexer_end(lexer, token, out, at);
}

void lexer_next(struct lexer *lexer, struct lexer_token *token)
{
    while (lexer_begin(lexer, token)) {
        const char *first = lexer->line.text + token->offset;

        if (*first == '"') {
            lexer_read_quoted(lexer, token);
            return;
        }
        if (*first == '\\' && lexer_skip_continuation(lexer, token->offset)) {
            lexer->at = (uint32_t)lexer->line.length;
            continue;
        }
        lexer_read_plain(lexer, token);
        return;
    }
}

/*
 * A quoted part of a command: from behind its quote to behind the closing one. A quote that a
 * backslash protects stays, with the backslash. S24.
 */
static uint32_t lexer_read_command_part(struct lexer *lexer, struct lexer_token *token, uint32_t at,
                                        char **out)
{
    const char *text = lexer->line.text;
    uint32_t length = (uint32_t)lexer->line.length;
    uint32_t start = at;
    char quote = text[at++];

    while (at < length && text[at] != quote) {
        uint32_t size = text[at] == '\\' && at + 1 < length ? 2 : 1;

        memcpy(*out, text + at, size);
        *out += size;
        at += size;
    }
    if (at == length) {
        lexer_report_quote(lexer, token, start, quote);
        return at;
    }
    return at + 1;
}

void lexer_next_command(struct lexer *lexer, struct lexer_token *token)
{
    const char *text;
    uint32_t length;
    uint32_t at;
    char *out;

    if (!lexer_begin(lexer, token)) {
        return;
    }
    text = lexer->line.text;
    length = (uint32_t)lexer->line.length;
    at = token->offset;
    out = lexer->words + lexer->used;
    token->quoted = lexer_class(text[at]) & (LEXER_QUOTE | LEXER_SINGLE);
    while (at < length) {
        unsigned class = lexer_class(text[at]);

        if (class & (LEXER_BLANK | LEXER_BRACE)) {
            break;
        }
        if (class & (LEXER_QUOTE | LEXER_SINGLE)) {
            at = lexer_read_command_part(lexer, token, at, &out);
        } else if (text[at] == '\\' && at + 1 < length &&
                   lexer_class(text[at + 1]) & (LEXER_QUOTE | LEXER_SINGLE)) {
            memcpy(out, text + at, 2);
            out += 2;
            at += 2;
        } else if (class & LEXER_LOOK) {
            at += lexer_read_special(lexer, at, &out);
        } else {
            *out++ = text[at++];
        }
    }
    lexer_end(lexer, token, out, at);
}
