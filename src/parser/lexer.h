/* SPDX-License-Identifier: Apache-2.0
 *
 * From lines to tokens: words, braces, ends of lines. One token at a time, since the keyword before
 * decides how the next word is read: a command's quotes and backslashes follow other rules.
 */
#ifndef HOLDFAST_PARSER_LEXER_H
#define HOLDFAST_PARSER_LEXER_H

#include "parser/expand.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lexer;

enum lexer_kind {
    LEXER_WORD,
    LEXER_OPEN,     /* { */
    LEXER_CLOSE,    /* } */
    LEXER_LINE_END, /* after the last token of each line, also of an empty one */
    LEXER_END,      /* after the last line */
};

struct lexer_token {
    enum lexer_kind kind;
    bool quoted;  /* a word that began with a quote */
    bool first;   /* nothing stood before it on its line */
    bool comment; /* the end of a line: a comment stands there */
    bool bad;     /* a word about which an error was reported: its text means nothing */
    const char
        *text;       /* of a word: without quotes and escapes, NUL-terminated; valid for its line */
    uint32_t length; /* bytes of the text */
    uint32_t offset; /* in the line, for lexer_unread() */
    uint32_t used;   /* of the lexer's space for text, for lexer_unread() */
    struct source_place place;
};

/** The tokens of what `expand` gives; it must outlive the lexer, which is freed by lexer_free(). */
struct lexer *lexer_new(struct expand *expand, struct source *source);

/** Frees it. NULL is allowed. */
void lexer_free(struct lexer *lexer);

/**
 * Reads the next token by the rules for ordinary words: blanks separate, double quotes keep blanks
 * and braces, a '#' or '!' at the beginning of a word starts a comment, "\#" and "\!" are these
 * characters.
 */
void lexer_next(struct lexer *lexer, struct lexer_token *token);

/**
 * Reads the next token by the rules for commands: single and double quotes both quote, parts that
 * touch belong together, and a backslash keeps the next character from being a quote. Quotes around
 * parts are removed, except where single ones stand in double ones or the reverse; backslashes
 * stay, for script_split().
 */
void lexer_next_command(struct lexer *lexer, struct lexer_token *token);

/** Goes back to before a token of the line that was read last, so that it is read again. */
void lexer_unread(struct lexer *lexer, const struct lexer_token *token);

/** Makes the lexer keep what is wrong with words to itself (true), or report it again (false). */
void lexer_set_quiet(struct lexer *lexer, bool quiet);

#endif
