/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands: from one string to the arguments of execve(2).
 */
#ifndef HOLDFAST_PARSER_SCRIPT_H
#define HOLDFAST_PARSER_SCRIPT_H

#include <stddef.h>

struct arena;

enum script_error {
    SCRIPT_GOOD,
    SCRIPT_EMPTY,      /* there is no program in it */
    SCRIPT_OPEN_QUOTE, /* a quote has no partner */
    SCRIPT_NUL,        /* an escape stands for a NUL byte, which no argument can hold */
};

/**
 * Splits a command. Single and double quotes both quote, parts that touch belong together. A
 * backslash stands for: \a \b \E \f \n \r \t \v, \o \oo \ooo (octal), \xH \xHH, \cX (control X),
 * and before any other byte for that byte. A command that begins with '<' is for the shell, which
 * tests with it that a file can be opened.
 * @param arena  where the arguments are kept
 * @param argv   set on success: the arguments with a NULL behind them
 * @param error  what is wrong, where NULL is returned
 * @return argv, or NULL
 */
const char *const *script_split(struct arena *arena, const char *command, enum script_error *error);

/** What is wrong and what to do, for a message that begins with the keyword and the command. */
const char *script_error_text(enum script_error error);

#endif
