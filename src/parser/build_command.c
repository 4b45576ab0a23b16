/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands with the user that runs them. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "parser/script.h"

#include <stddef.h>
#include <string.h>

/* ---- Commands and users ---------------------------------------------------------------------- */

/* Whether a word can be the name of a user or a group: useradd(8). */
static bool command_is_account(const char *word)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char later[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.-$@\\";

    return *word && strchr(first, *word) && strspn(word, later) == strlen(word);
}

/* Words that are arguments of notify scripts far more often than names of users. S26. */
static bool command_is_state(const char *word)
{
    static const struct conf_name states[] = {{"MASTER", 0}, {"BACKUP", 0}, {"FAULT", 0},
                                              {"STOP", 0},   {"START", 0},  {"UP", 0},
                                              {"DOWN", 0},   {NULL, 0}};
    int value;

    return conf_name_find_any_case(states, word, &value);
}

/* Reads `USER [GROUP]`. The group ":NAME" or ":" asks for supplementary groups as well. */
static void command_read_account(struct build *build, struct build_frame *frame,
                                 const char *subject, const struct lexer_token *user,
                                 const char **names)
{
    struct lexer_token group;
    const char *name = NULL;

    if (build_optional(build, frame, &group) && !group.bad) {
        name = group.text;
        if (name[0] == ':' ? name[1] && !command_is_account(name + 1) : !command_is_account(name)) {
            source_error(build->source, &group.place,
                         "%s: \"%.*s\" is no name of a group; to give it to the program, put the "
                         "whole command in double quotes",
                         subject, BUILD_WORD_SHOWN, name);
            return;
        }
    }
    if (!frame->discard) {
        names[0] = arena_text(build->arena, user->text);
        names[1] = name && *name ? arena_text(build->arena, name) : NULL;
    }
}

_Static_assert(offsetof(struct conf_script, group) ==
                   offsetof(struct conf_script, user) + sizeof(const char *),
               "a user and its group are read as one");
_Static_assert(offsetof(struct conf_global, script_group) ==
                   offsetof(struct conf_global, script_user) + sizeof(const char *),
               "a user and its group are read as one");

void build_read_user_row(struct build *build, struct build_frame *frame,
                         const struct schema_row *row)
{
    struct lexer_token token;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (!command_is_account(token.text)) {
        source_error(build->source, &token.place, "%s \"%.*s\" is no name of a user", row->name,
                     BUILD_WORD(&token));
        return;
    }
    command_read_account(build, frame, row->name, &token, build_field(frame, row));
}

/* Reads the user behind a command, and warns of words that look like arguments of the program. */
static void command_read_script_user(struct build *build, struct build_frame *frame,
                                     const struct schema_row *row, bool quoted,
                                     struct conf_script *script)
{
    struct lexer_token token;

    if (!build_optional(build, frame, &token) || token.bad) {
        return;
    }
    if (!command_is_account(token.text)) {
        source_error(build->source, &token.place,
                     "%s: \"%.*s\" is no name of a user; to give it to the program, put the whole "
                     "command in double quotes",
                     row->name, BUILD_WORD(&token));
        return;
    }
    if (!quoted && command_is_state(token.text)) {
        source_warning(build->source, &token.place,
                       "%s runs the program as the user \"%.*s\"; to give it to the program, put "
                       "the whole command in double quotes",
                       row->name, BUILD_WORD(&token));
    }
    command_read_account(build, frame, row->name, &token, &script->user);
}

/* A command with its arguments: one word for the lexer, several for execve(2). @return if it is there */
static bool command_read(struct build *build, const struct schema_row *row,
                         struct conf_script *script, bool *quoted)
{
    struct lexer_token token;
    enum script_error error;

    lexer_next_command(build->lexer, &token);
    if (token.kind != LEXER_WORD) {
        lexer_unread(build->lexer, &token);
        return false;
    }
    *quoted = token.quoted;
    if (!token.bad) {
        const char *const *argv = script_split(build->arena, token.text, &error);

        if (!argv) {
            source_error(build->source, &token.place, "%s \"%.*s\" %s", row->name,
                         BUILD_WORD(&token), script_error_text(error));
        }
        script->argv = argv;
        script->position = token.place.position;
    }
    return true;
}

void build_read_command_row(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct conf_script discarded = {0};
    struct conf_script *script = frame->discard ? &discarded : build_field(frame, row);
    bool quoted;

    if (!command_read(build, row, script, &quoted)) {
        build_report_missing(build, frame, row);
    } else if (row->kind == SCHEMA_KIND_SCRIPT) {
        command_read_script_user(build, frame, row, quoted, script);
    }
}

/* `notify_deleted` may stand alone. */
void build_read_notify_deleted(struct build *build, struct build_frame *frame,
                               const struct schema_row *row)
{
    struct conf_script discarded = {0};
    struct conf_instance *instance = frame->object;
    struct conf_script *script = frame->discard ? &discarded : &instance->notify.deleted;
    bool quoted;

    instance->notify_deleted = true;
    if (command_read(build, row, script, &quoted)) {
        command_read_script_user(build, frame, row, quoted, script);
    }
}

_Static_assert(offsetof(struct conf_fifo, user) ==
                       offsetof(struct conf_fifo, path) + sizeof(const char *) &&
                   offsetof(struct conf_fifo, group) ==
                       offsetof(struct conf_fifo, user) + sizeof(const char *),
               "a user and its group are read as one");

/* `notify_fifo PATH [USER [GROUP]]` */
void build_read_fifo(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct conf_fifo discarded = {0};
    struct conf_fifo *fifo = frame->discard ? &discarded : build_field(frame, row);
    struct lexer_token token;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (token.text[0] != '/') {
        source_error(build->source, &token.place,
                     "%s \"%.*s\" must begin with a \"/\"; type the whole path", row->name,
                     BUILD_WORD(&token));
        return;
    }
    fifo->path = arena_text_n(build->arena, token.text, token.length);
    if (!build_optional(build, frame, &token)) {
        return;
    }
    if (!command_is_account(token.text)) {
        source_error(build->source, &token.place, "%s: \"%.*s\" is no name of a user", row->name,
                     BUILD_WORD(&token));
        return;
    }
    command_read_account(build, frame, row->name, &token, &fifo->user);
}
