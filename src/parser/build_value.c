/* SPDX-License-Identifier: Apache-2.0
 *
 * The arguments of each kind but numbers and commands, and the table of all kinds. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

/* ---- Flags, truths, choices ------------------------------------------------------------------ */

static void value_read_flag(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    (void)build;
    build_store(frame, row, !row->clears);
}

static void value_read_bool(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    static const struct conf_name words[] = {{"on", 1},    {"true", 1}, {"yes", 1}, {"off", 0},
                                             {"false", 0}, {"no", 0},   {NULL, 0}};
    struct lexer_token token;
    int value = 1;

    if (build_optional(build, frame, &token) &&
        (token.bad || !conf_name_find(words, token.text, &value))) {
        if (!token.bad) {
            source_error(build->source, &token.place,
                         "%s takes on, true or yes, or off, false or no, not \"%.*s\"", row->name,
                         BUILD_WORD(&token));
        }
        return;
    }
    build_store(frame, row, value);
}

bool build_read_choice(struct build *build, const char *subject, const struct lexer_token *token,
                       const struct conf_name *choices, bool any_case, int64_t *value)
{
    struct text_buffer words = {0};
    int found = 0;

    if (any_case ? conf_name_find_any_case(choices, token->text, &found)
                 : conf_name_find(choices, token->text, &found)) {
        *value = found;
        return true;
    }
    schema_write_choices(choices, &words);
    if (conf_name_find_any_case(choices, token->text, &found)) {
        source_error(build->source, &token->place, "%s takes %s, not \"%.*s\"; type %s", subject,
                     words.data, BUILD_WORD(token), conf_name_of(choices, found));
    } else {
        source_error(build->source, &token->place, "%s takes %s, not \"%.*s\"", subject, words.data,
                     BUILD_WORD(token));
    }
    text_release(&words);
    return false;
}

static void value_read_choice(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    struct lexer_token token;
    int64_t value;
    int found;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (!conf_name_find_any_case(row->choices, token.text, &found) &&
        build_is_missing(build, frame, row, &token)) {
        return;
    }
    if (build_read_choice(build, row->name, &token, row->choices, row->flags & SCHEMA_ANY_CASE,
                          &value)) {
        build_store(frame, row, value);
    }
}

/* ---- Words ----------------------------------------------------------------------------------- */

static void value_store_text(struct build_frame *frame, const struct schema_row *row,
                             const char *text)
{
    if (!frame->discard) {
        memcpy(build_field(frame, row), &text, sizeof(text));
    }
}

static void value_read_text(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct lexer_token token;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (!token.length) {
        source_error(build->source, &token.place, "%s is empty; type a name, or remove it",
                     row->name);
        return;
    }
    value_store_text(frame, row, arena_text_n(build->arena, token.text, token.length));
}

const char *build_read_interface(struct build *build, const char *subject,
                                 const struct lexer_token *token)
{
    /* The kernel's rule: dev_valid_name() in net/core/dev.c. */
    bool good = token->length && token->length < CONF_INTERFACE_SIZE &&
                strcmp(token->text, ".") != 0 && strcmp(token->text, "..") != 0 &&
                !strpbrk(token->text, "/: \t\n\v\f\r");

    if (!good) {
        source_error(build->source, &token->place,
                     "%s \"%.*s\" cannot be the name of an interface: 1 to 15 bytes, no blank, no "
                     "\"/\", no \":\"",
                     subject, BUILD_WORD(token));
        return NULL;
    }
    return arena_text_n(build->arena, token->text, token->length);
}

static void value_read_interface(struct build *build, struct build_frame *frame,
                                 const struct schema_row *row)
{
    struct lexer_token token;
    const char *name;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    name = build_read_interface(build, row->name, &token);
    if (name) {
        value_store_text(frame, row, name);
    }
}

/* ---- Addresses ------------------------------------------------------------------------------- */

static void value_report_address(struct build *build, const char *subject,
                                 const struct lexer_token *token)
{
    size_t length = strcspn(token->text, "/");
    const char *colon = strrchr(token->text, ':');
    struct inet_prefix prefix;
    struct inet_addr addr;
    char copy[INET_ADDR_TEXT_SIZE];

    if (inet_parse_prefix(token->text, &prefix)) {
        source_error(build->source, &token->place,
                     "%s takes an address without a length, not \"%.*s\"; type %.*s", subject,
                     BUILD_WORD(token), (int)length, token->text);
        return;
    }
    if (colon && (size_t)(colon - token->text) < sizeof(copy)) {
        memcpy(copy, token->text, (size_t)(colon - token->text));
        copy[colon - token->text] = '\0';
        if (inet_parse(copy, &addr) && addr.family == AF_INET) {
            source_error(build->source, &token->place,
                         "%s takes an address, then a blank, then the port, not \"%.*s\"; type %s "
                         "%.*s",
                         subject, BUILD_WORD(token), copy, BUILD_WORD_SHOWN, colon + 1);
            return;
        }
    }
    source_error(build->source, &token->place,
                 "%s \"%.*s\" is no IPv4 or IPv6 address; names are not looked up", subject,
                 BUILD_WORD(token));
}

bool build_read_address(struct build *build, const char *subject, const struct lexer_token *token,
                        uint8_t family, struct inet_addr *addr)
{
    struct inet_addr read;

    if (!inet_parse(token->text, &read)) {
        value_report_address(build, subject, token);
        return false;
    }
    if (family != AF_UNSPEC && read.family != family) {
        source_error(build->source, &token->place, "%s takes an %s address here, not \"%.*s\"",
                     subject, family == AF_INET ? "IPv4" : "IPv6", BUILD_WORD(token));
        return false;
    }
    *addr = read;
    return true;
}

static void value_read_address(struct build *build, struct build_frame *frame,
                               const struct schema_row *row)
{
    struct lexer_token token;
    struct inet_addr addr;

    if (build_argument(build, frame, row, &token) &&
        build_read_address(build, row->name, &token, AF_UNSPEC, &addr)) {
        memcpy(build_field(frame, row), &addr, sizeof(addr));
    }
}

schema_reader build_value_reader(enum schema_kind kind)
{
    static const schema_reader readers[SCHEMA_KINDS] = {
        [SCHEMA_KIND_FLAG] = value_read_flag,
        [SCHEMA_KIND_BOOL] = value_read_bool,
        [SCHEMA_KIND_NUMBER] = build_read_number_row,
        [SCHEMA_KIND_SECONDS] = build_read_seconds_row,
        [SCHEMA_KIND_TEXT] = value_read_text,
        [SCHEMA_KIND_INTERFACE] = value_read_interface,
        [SCHEMA_KIND_ADDRESS] = value_read_address,
        [SCHEMA_KIND_CHOICE] = value_read_choice,
        [SCHEMA_KIND_SCRIPT] = build_read_command_row,
        [SCHEMA_KIND_COMMAND] = build_read_command_row,
        [SCHEMA_KIND_USER] = build_read_user_row,
    };

    return readers[kind];
}
