/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP_GET, SSL_GET, their urls, and SSL: what they have of their own grammar. Pure, but for what the
 * parser's world reads.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/regex.h"
#include "base/text.h"
#include "parser/origins.h"
#include "parser/parser.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- The checkers ---------------------------------------------------------------------------- */

void build_begin_http(struct conf_check *check)
{
    struct conf_check_http *http = (struct conf_check_http *)check;

    STAILQ_INIT(&http->urls);
}

/* What a check asks is at most 64 KiB (check/kind.h), and no sane one comes near it. */
enum { HTTP_TEXT_MOST = 32768 };

static size_t http_text_size(const struct conf_check_http *http)
{
    const char *const outer[] = {http->virtualhost, http->sni_name, http->server_virtualhost,
                                 http->service_virtualhost};
    size_t names = 0;
    size_t size = 0;
    const struct conf_url *url;
    const struct conf_status *status;

    for (size_t i = 0; i < sizeof(outer) / sizeof(outer[0]); i++) {
        names += outer[i] ? strlen(outer[i]) : 0;
    }
    STAILQ_FOREACH(url, &http->urls, next) {
        size += 128 + strlen(url->path ? url->path : "") + 2 * names; /* numbers, and each name */
        size += url->virtualhost ? 2 * strlen(url->virtualhost) : 0;
        size += url->regex ? strlen(url->regex) : 0;
        STAILQ_FOREACH(status, &url->statuses, next) {
            size += sizeof(int64_t);
        }
    }
    return size;
}

void build_inherit_http(struct build *build, const struct conf_virtual_server *service,
                        const struct conf_real_server *server, struct conf_check *check)
{
    struct conf_check_http *http = (struct conf_check_http *)check;

    if (check->kind != CONF_CHECK_HTTP && check->kind != CONF_CHECK_SSL) {
        return;
    }
    http->service_virtualhost = service->virtualhost;
    http->server_virtualhost = server->virtualhost;
    http->tls = check->kind == CONF_CHECK_SSL ? &build->conf->tls : NULL;
    if (http_text_size(http) > HTTP_TEXT_MOST) {
        source_error(build->source, &(struct source_place){check->position, 0, NULL},
                     "the urls of this %s are more than %d bytes together; use fewer or shorter "
                     "ones, or several checks",
                     conf_name_of(conf_check_names, (int)check->kind), HTTP_TEXT_MOST);
    }
}

void build_read_sni_name(struct build *build, struct build_frame *frame,
                         const struct schema_row *row)
{
    struct conf_check_http *http = frame->object;
    struct lexer_token token;

    (void)row;
    if (build_optional(build, frame, &token)) {
        if (token.bad) {
            return;
        }
        http->sni_name = token.length ? arena_text_n(build->arena, token.text, token.length) : NULL;
    }
    http->sni_given = true;
}

/* ---- url ------------------------------------------------------------------------------------- */

/* A request line ends at a blank, and a header at the end of a line: RFC 9112 3 and 5. */
static void http_check_words(struct build *build, const struct build_frame *inner,
                             const struct conf_url *url)
{
    for (const char *at = url->path; at && *at; at++) {
        if ((unsigned char)*at <= ' ' || *at == 0x7f) {
            source_error(build->source, build_mark(build, &inner->marks, "path"),
                         "path has a blank or a control character in it, which no request can "
                         "have; type %%20 for a blank");
            return;
        }
    }
}

/* What makes no sense without a pattern, and a pattern that is none. */
static void http_check_regex(struct build *build, const struct build_frame *inner,
                             const struct conf_url *url)
{
    static const char *const keywords[] = {"regex_no_match", "regex_options", "regex_min_offset",
                                           "regex_max_offset", "regex_stack"};
    struct regex_error error;
    struct regex *regex;

    for (size_t i = 0; !url->regex && i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        const struct source_place *place = build_mark(build, &inner->marks, keywords[i]);

        if (place && !build_mark(build, &inner->marks, "regex")) {
            source_warning(build->source, place,
                           "%s has no effect without a regex; add one, or remove it", keywords[i]);
        }
    }
    if (!url->regex) {
        return;
    }
    regex = regex_new(url->regex, url->regex_options, &error);
    if (!regex) {
        source_error(build->source, build_mark(build, &inner->marks, "regex"),
                     "the regex \"%.64s\" cannot be used: %s, at its offset %zu", url->regex,
                     error.text, error.offset);
    }
    regex_free(regex);
    if (url->regex_max_offset >= 0 && url->regex_max_offset < url->regex_min_offset) {
        source_error(build->source, build_mark(build, &inner->marks, "regex_max_offset"),
                     "regex_max_offset %lld is below regex_min_offset %lld, so that nothing can "
                     "match; make it larger",
                     (long long)url->regex_max_offset, (long long)url->regex_min_offset);
    }
}

void build_read_url(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct conf_check_http *http = frame->object;
    struct conf_url *url = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);
    struct build_frame inner;

    build_enter(&inner, frame, row->opens);
    url->position = frame->keyword.position;
    STAILQ_INIT(&url->statuses);
    inner.object = url;
    if (build_read_block(build, &inner)) {
        http_check_words(build, &inner, url);
        http_check_regex(build, &inner, url);
    }
    STAILQ_INSERT_TAIL(&http->urls, url, next);
}

static int http_hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

void build_read_digest(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct conf_url *url = frame->object;
    struct lexer_token token;
    bool good;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    good = token.length == 2 * CONF_DIGEST_SIZE;
    for (size_t i = 0; good && i < CONF_DIGEST_SIZE; i++) {
        int high = http_hex_digit(token.text[2 * i]);
        int low = http_hex_digit(token.text[2 * i + 1]);

        good = high >= 0 && low >= 0;
        url->digest[i] = (uint8_t)(high << 4 | low);
    }
    url->has_digest = good;
    if (!good) {
        source_error(
            build->source, &token.place,
            "digest takes the MD5 of a body, 32 hexadecimal digits, not \"%.*s\"; genhash(1) "
            "and md5sum(1) tell it",
            BUILD_WORD(&token));
    }
}

/* One word of status_code: N or N-M. */
static bool http_read_status(struct build *build, const struct schema_row *row,
                             const struct lexer_token *token, struct conf_status *status)
{
    const char *dash = strchr(token->text, '-');
    char first[8];
    int64_t low;
    int64_t high;
    size_t length = dash ? (size_t)(dash - token->text) : token->length;

    if (length >= sizeof(first)) {
        length = sizeof(first) - 1;
    }
    memcpy(first, token->text, length);
    first[length] = '\0';
    if (!text_parse_signed(first, row->minimum, row->maximum, &low) ||
        !text_parse_signed(dash ? dash + 1 : first, row->minimum, row->maximum, &high)) {
        source_error(build->source, &token->place,
                     "status_code takes codes from 100 to 599 and ranges of them, such as 200-299, "
                     "not \"%.*s\"",
                     BUILD_WORD(token));
        return false;
    }
    if (low > high) {
        source_error(build->source, &token->place,
                     "status_code %.*s ends before it begins; type %lld-%lld", BUILD_WORD(token),
                     (long long)high, (long long)low);
        return false;
    }
    status->low = (uint16_t)low;
    status->high = (uint16_t)high;
    return true;
}

void build_read_statuses(struct build *build, struct build_frame *frame,
                         const struct schema_row *row)
{
    struct conf_url *url = frame->object;
    struct lexer_token token;
    bool first = true;

    while (first ? build_argument(build, frame, row, &token)
                 : build_optional(build, frame, &token)) {
        struct conf_status *status = arena_alloc(build->arena, sizeof(*status));

        first = false;
        if (token.bad || !http_read_status(build, row, &token, status)) {
            return;
        }
        STAILQ_INSERT_TAIL(&url->statuses, status, next);
    }
}

/* ---- Regular expressions --------------------------------------------------------------------- */

/* An escape of at most so many digits of a base. @return the bytes that were used */
static size_t http_read_code(const char *text, int base, size_t most, unsigned char *value)
{
    size_t used = 0;
    int code = 0;

    while (used < most && http_hex_digit(text[used]) >= 0 && http_hex_digit(text[used]) < base) {
        code = code * base + http_hex_digit(text[used++]);
    }
    *value = (unsigned char)code;
    return used;
}

/*
 * One escape, as keepalived decodes it before PCRE2 sees the pattern: what it does not know is the
 * character alone. @return the bytes behind the backslash that were used
 */
static size_t http_read_escape(const char *text, unsigned char *value)
{
    static const char letters[] = "abEfnrtv";
    static const char values[] = "\a\b\033\f\n\r\t\v";
    const char *known = *text ? strchr(letters, *text) : NULL;

    if (known) {
        *value = (unsigned char)values[known - letters];
        return 1;
    }
    if (*text == 'x' && isxdigit((unsigned char)text[1])) {
        return 1 + http_read_code(text + 1, 16, 2, value);
    }
    if (*text >= '0' && *text <= '7') {
        return http_read_code(text, 8, 3, value);
    }
    *value = (unsigned char)*text;
    return 1;
}

/* A class such as \d that lost its backslash is seldom what was meant. */
static void http_warn_escape(struct build *build, const struct lexer_token *token, char c)
{
    if (isalnum((unsigned char)c) || strchr(".^$*+?()[]{}|", c)) {
        source_warning(build->source, &token->place,
                       "\"\\%c\" in regex is read as \"%c\", as keepalived does, which decodes "
                       "escapes before PCRE2 does; type \"\\\\%c\" for PCRE2's own",
                       c, c, c);
    }
}

void build_read_regex(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct conf_url *url = frame->object;
    struct text_buffer pattern = {0};
    struct lexer_token token;
    const char *at;

    lexer_next_command(build->lexer, &token);
    if (token.kind != LEXER_WORD) {
        lexer_unread(build->lexer, &token);
        build_report_missing(build, frame, row);
        return;
    }
    if (token.bad) {
        return;
    }
    for (at = token.text; at < token.text + token.length; at++) {
        unsigned char byte = (unsigned char)*at;

        if (*at == '\\' && at[1]) {
            char letter = at[1];

            at += http_read_escape(at + 1, &byte);
            if (byte == (unsigned char)letter) {
                http_warn_escape(build, &token, letter);
            }
        }
        if (!byte) {
            source_error(build->source, &token.place, "regex has a NUL in it; type \\\\0 for it");
            break;
        }
        text_append_n(&pattern, (const char *)&byte, 1);
    }
    if (pattern.length) {
        url->regex = arena_text_n(build->arena, pattern.data, pattern.length);
    } else {
        source_error(build->source, &token.place, "regex is empty; type a pattern, or remove it");
    }
    text_release(&pattern);
}

void build_read_regex_options(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    struct conf_url *url = frame->object;
    struct lexer_token token;
    bool first = true;

    while (first ? build_argument(build, frame, row, &token)
                 : build_optional(build, frame, &token)) {
        struct build_nearest nearest = {.word = token.text};
        int value;

        first = false;
        if (token.bad) {
            return;
        }
        if (conf_name_find(conf_regex_names, token.text, &value)) {
            url->regex_options |= (uint32_t)value;
            continue;
        }
        for (const struct conf_name *name = conf_regex_names; name->name; name++) {
            (void)build_nearest_try(&nearest, name->name);
        }
        source_error(build->source, &token.place, "regex_options knows no \"%.*s\"%s%s%s",
                     BUILD_WORD(&token), nearest.best ? "; did you mean \"" : "",
                     nearest.best ? nearest.best : "", nearest.best ? "\"?" : "");
    }
}

void build_read_regex_stack(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct conf_url *url = frame->object;
    struct lexer_token token;
    int64_t start;
    int64_t most;

    if (!build_argument(build, frame, row, &token) ||
        !build_read_number(build, row->name, &token, row->minimum, row->maximum, &start) ||
        !build_argument(build, frame, row, &token) ||
        !build_read_number(build, row->name, &token, row->minimum, row->maximum, &most)) {
        return;
    }
    if (most < start) {
        source_error(
            build->source, &token.place,
            "regex_stack starts with %lld bytes and ends with %lld; make the second number "
            "the larger one",
            (long long)start, (long long)most);
        return;
    }
    url->regex_stack_start = (uint32_t)start;
    url->regex_stack_most = (uint32_t)most;
}

/* ---- SSL ------------------------------------------------------------------------------------- */

/* FNV-1a of what a file holds, so that a reload notices another certificate under an old name. */
static void http_stamp_file(struct build *build, const struct build_frame *inner,
                            const char *keyword, const char *path, uint64_t *stamp)
{
    struct parser_world world = *source_world(build->source);
    char *text = NULL;
    size_t size = 0;
    int error;

    if (!path) {
        return;
    }
    error = world.read(world.argument, path, &text, &size);
    if (error < 0) {
        source_warning(build->source, build_mark(build, &inner->marks, keyword),
                       "%s \"%s\" cannot be used: %s; SSL_GET cannot check servers without it",
                       keyword, path, source_why(error));
        return;
    }
    for (size_t i = 0; i < size; i++) {
        *stamp = (*stamp ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    }
    explicit_bzero(text, size);
    free(text);
}

void build_read_ssl(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct conf_tls *tls = &build->conf->tls;
    struct build_frame inner;

    build_enter(&inner, frame, row->opens);
    inner.object = tls;
    tls->position = frame->keyword.position;
    tls->stamp = UINT64_C(0xcbf29ce484222325);
    if (!build_read_block(build, &inner)) {
        return;
    }
    http_stamp_file(build, &inner, "ca", tls->ca, &tls->stamp);
    http_stamp_file(build, &inner, "certificate", tls->certificate, &tls->stamp);
    http_stamp_file(build, &inner, "key", tls->key, &tls->stamp);
    if (tls->key && !tls->certificate) {
        source_error(build->source, build_mark(build, &inner.marks, "key"),
                     "SSL has a key and no certificate that it belongs to; add: certificate PATH");
    }
}
