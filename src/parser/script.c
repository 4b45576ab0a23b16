/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands: from one string to the arguments of execve(2). Pure.
 */
#include "parser/script.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

/* A command while it is split. The arguments lie one after the other, each with a NUL. */
struct script_split_state {
    const char *at;
    struct text_buffer arguments;
    size_t count;
    enum script_error error;
};

static bool script_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int script_digit(char c, int base)
{
    int value = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : base;

    return value < base ? value : -1;
}

/* Reads up to `most` digits. */
static char script_number(struct script_split_state *state, int base, int most)
{
    int number = 0;

    for (int digit; most && (digit = script_digit(*state->at, base)) >= 0; most--) {
        number = number * base + digit;
        state->at++;
    }
    return (char)(unsigned char)number;
}

/* Reads what follows a backslash; there is at least one byte. */
static char script_escape(struct script_split_state *state)
{
    static const char letters[] = "abEfnrtv";
    static const char bytes[] = "\a\b\x1b\f\n\r\t\v";
    char c = *state->at;
    const char *known = strchr(letters, c);

    if (script_digit(c, 8) >= 0) {
        return script_number(state, 8, 3);
    }
    state->at++;
    if (known) {
        return bytes[known - letters];
    }
    if (c == 'x' && script_digit(*state->at, 16) >= 0) {
        return script_number(state, 16, 2);
    }
    if (c == 'c' && *state->at) {
        return (char)(*state->at++ & 0x1f);
    }
    return c;
}

static void script_add(struct script_split_state *state, char c)
{
    if (!c) {
        state->error = SCRIPT_NUL;
    }
    text_append_n(&state->arguments, &c, 1);
}

/* Reads one argument, which begins here. */
static void script_argument(struct script_split_state *state)
{
    char quote = '\0';

    for (; *state->at && (quote || !script_is_blank(*state->at));) {
        char c = *state->at++;

        if (c == quote) {
            quote = '\0';
        } else if (!quote && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == '\\' && *state->at) {
            script_add(state, script_escape(state));
        } else {
            script_add(state, c);
        }
    }
    if (quote) {
        state->error = SCRIPT_OPEN_QUOTE;
    }
    text_append_n(&state->arguments, "", 1);
    state->count++;
}

/* keepalived runs "</path" by system(3), so that the shell tells whether the file can be opened. */
static const char *const *script_for_shell(struct arena *arena, const char *command)
{
    const char **argv = arena_alloc(arena, 4 * sizeof(*argv));

    argv[0] = "/bin/sh";
    argv[1] = "-c";
    argv[2] = arena_text(arena, command);
    return argv;
}

const char *const *script_split(struct arena *arena, const char *command, enum script_error *error)
{
    struct script_split_state state = {.at = command};
    const char **argv = NULL;
    const char *text;

    *error = SCRIPT_GOOD;
    for (;;) {
        while (script_is_blank(*state.at)) {
            state.at++;
        }
        if (!state.count && *state.at == '<') {
            text_release(&state.arguments);
            return script_for_shell(arena, state.at);
        }
        if (!*state.at) {
            break;
        }
        script_argument(&state);
    }
    if (!state.error && (!state.count || !*state.arguments.data)) {
        state.error = SCRIPT_EMPTY;
    }
    *error = state.error;
    if (!state.error) {
        argv = arena_alloc(arena, (state.count + 1) * sizeof(*argv));
        text = arena_text_n(arena, state.arguments.data, state.arguments.length);
        for (size_t i = 0; i < state.count; i++) {
            argv[i] = text;
            text += strlen(text) + 1;
        }
    }
    text_release(&state.arguments);
    return argv;
}

const char *script_error_text(enum script_error error)
{
    static const char *const texts[] = {
        [SCRIPT_GOOD] = "nothing is wrong",
        [SCRIPT_EMPTY] = "names no program; give its path and its arguments in double quotes",
        [SCRIPT_OPEN_QUOTE] = "has a quote without its partner; add the closing quote",
        [SCRIPT_NUL] = "holds an escape for a NUL byte, which no argument can hold; remove it",
    };

    return texts[error];
}
