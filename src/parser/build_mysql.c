/* SPDX-License-Identifier: Apache-2.0
 *
 * MYSQL_CHECK: its own keywords, and what they mean together. Pure, but for what the parser's world
 * reads.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "parser/parser.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum {
    MYSQL_MOST_TEXT = 1024,  /* bytes of a word */
    MYSQL_MOST_QUERY = 8192, /* all of them fit the detail of a check (CHECK_DETAIL_MOST) */
};

/* ---- The password ------------------------------------------------------------------------------ */

/* @return NULL, or what is wrong */
static const char *mysql_take_password(struct build *build, const struct build_secret *secret,
                                       struct conf_mysql_check *check)
{
    if (!secret->text) {
        check->password = "";
    } else if (secret->size > MYSQL_MOST_TEXT || strlen(secret->text) != secret->size) {
        return "is longer than 1024 bytes, or no text";
    } else {
        check->password = arena_text_n(build->arena, secret->text, secret->size);
    }
    return NULL;
}

void build_read_mysql_password(struct build *build, struct build_frame *frame,
                               const struct schema_row *row)
{
    struct conf_mysql_check *check = frame->object;
    struct build_secret secret;
    struct lexer_token token;
    const char *complaint;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    check->password_from = NULL;
    if (build_open_secret(build, token.text, &secret, &complaint)) {
        check->password_from = arena_text_n(build->arena, token.text, token.length);
        complaint = complaint ? complaint : mysql_take_password(build, &secret, check);
        build_close_secret(&secret);
    } else {
        check->password = arena_text_n(build->arena, token.text, token.length);
    }
    if (complaint) { /* the password itself is not shown */
        source_error(build->source, &token.place,
                     "password %s; type the password, file:PATH or credential:NAME", complaint);
    }
}

/* ---- Other words ------------------------------------------------------------------------------- */

/* A pattern that cannot be compiled is said here, where somebody reads it. */
static bool mysql_check_pattern(struct build *build, const struct lexer_token *token)
{
    char text[128];
    regex_t pattern;
    int error = regcomp(&pattern, token->text, REG_EXTENDED | REG_NOSUB);

    if (error) {
        (void)regerror(error, &pattern, text, sizeof(text));
        source_error(build->source, &token->place,
                     "expect match \"%.*s\" is no regular expression: %s; see regex(7)",
                     BUILD_WORD(token), text);
        return false;
    }
    regfree(&pattern);
    return true;
}

void build_read_mysql_expect(struct build *build, struct build_frame *frame,
                             const struct schema_row *row)
{
    struct conf_mysql_check *check = frame->object;
    int compare = CONF_COMPARE_EQUAL;
    struct lexer_token token;
    double number;
    char *end;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (!token.quoted && conf_name_find(conf_compare_names, token.text, &compare) &&
        !build_argument(build, frame, row, &token)) {
        return;
    }
    if (compare == CONF_COMPARE_MATCH && !mysql_check_pattern(build, &token)) {
        return;
    }
    number = strtod(token.text, &end);
    (void)number;
    if (compare >= CONF_COMPARE_LESS && compare <= CONF_COMPARE_AT_LEAST &&
        (!token.length || *end)) {
        source_error(build->source, &token.place,
                     "expect %s \"%.*s\" compares numbers; type one, as in: expect %s 10",
                     conf_name_of(conf_compare_names, compare), BUILD_WORD(&token),
                     conf_name_of(conf_compare_names, compare));
        return;
    }
    check->compare = (enum conf_compare)compare;
    check->expected = arena_text_n(build->arena, token.text, token.length);
}

void build_read_mysql_lag_weight(struct build *build, struct build_frame *frame,
                                 const struct schema_row *row)
{
    struct conf_mysql_check *check = frame->object;
    struct lexer_token token;
    int64_t full;
    int64_t none;

    if (!build_argument(build, frame, row, &token) ||
        !build_read_number(build, row->name, &token, row->minimum, row->maximum, &full) ||
        !build_argument(build, frame, row, &token) ||
        !build_read_number(build, row->name, &token, row->minimum, row->maximum, &none)) {
        return;
    }
    if (none <= full) {
        source_error(build->source, &token.place,
                     "lag_weight %lld %lld: the second number, from which on the weight is 0, must "
                     "be larger than the first",
                     (long long)full, (long long)none);
        return;
    }
    check->lag_full_s = (uint32_t)full;
    check->lag_none_s = (uint32_t)none;
}

/* ---- The whole --------------------------------------------------------------------------------- */

/* Whether it asks the server something. */
static bool mysql_asks(const struct conf_mysql_check *check)
{
    return check->query || check->read_only >= 0 || check->replication ||
           check->galera != CONF_MYSQL_GALERA_NONE;
}

/* A keyword that must have another one beside it. */
struct mysql_need {
    const char *keyword;
    bool met;
    const char *advice;
};

static void mysql_check_needs(struct build *build, const struct build_frame *inner,
                              const struct conf_mysql_check *check)
{
    const bool in = check->level != CONF_MYSQL_HANDSHAKE;
    const bool asks = check->level == CONF_MYSQL_QUERY;
    const struct mysql_need needs[] = {
        {"user", in, "level handshake logs nobody in; remove one of both"},
        {"password", check->user, "it needs a user; add: user NAME"},
        {"database", check->user, "it needs a user; add: user NAME"},
        {"query", asks, "only level query asks; type: level query"},
        {"read_only", asks, "only level query asks; type: level query"},
        {"replication", asks, "only level query asks; type: level query"},
        {"galera", asks, "only level query asks; type: level query"},
        {"expect", check->query, "it is about a query; add: query \"SELECT ...\""},
        {"max_lag", check->replication, "it is about a replica; add: replication"},
        {"lag_weight", check->replication, "it is about a replica; add: replication"},
        {"tls", in || !check->tls, "level handshake ends before TLS begins; add: user NAME"},
        {"tls_ca", check->tls, "it is about TLS; add: tls"},
        {"tls_certificate", check->tls && check->tls_key, "add: tls, and tls_key PATH"},
        {"tls_key", check->tls && check->tls_certificate, "add: tls, and tls_certificate PATH"},
        {"tls_name", check->tls, "it is about TLS; add: tls"},
    };

    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        const struct source_place *place = build_mark(build, &inner->marks, needs[i].keyword);

        if (place && !needs[i].met) {
            source_error(build->source, place, "%s: %s", needs[i].keyword, needs[i].advice);
            return; /* the others mostly follow from it */
        }
    }
    if (in && !check->user) {
        source_error(build->source, &inner->place, "level %s logs in; add: user NAME",
                     conf_name_of(conf_mysql_level_names, (int)check->level));
    } else if (asks && !mysql_asks(check)) {
        source_error(build->source, &inner->place,
                     "level query asks nothing; add: query \"SELECT 1\", read_only, replication or "
                     "galera");
    } else if (check->tls && check->tls_verify && !check->tls_ca) {
        source_error(build->source, build_mark(build, &inner->marks, "tls"),
                     "tls has nobody to trust; add: tls_ca PATH, or tls_verify off");
    }
}

/* Texts are as long as a detail has room for. */
static void mysql_check_lengths(struct build *build, const struct build_frame *inner,
                                const struct conf_mysql_check *check)
{
    const struct {
        const char *keyword;
        const char *text;
        size_t most;
    } texts[] = {
        {"user", check->user, MYSQL_MOST_TEXT},
        {"password", check->password, MYSQL_MOST_TEXT},
        {"database", check->database, MYSQL_MOST_TEXT},
        {"query", check->query, MYSQL_MOST_QUERY},
        {"expect", check->expected, MYSQL_MOST_TEXT},
        {"tls_ca", check->tls_ca, MYSQL_MOST_TEXT},
        {"tls_certificate", check->tls_certificate, MYSQL_MOST_TEXT},
        {"tls_key", check->tls_key, MYSQL_MOST_TEXT},
        {"tls_name", check->tls_name, MYSQL_MOST_TEXT},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].text && strlen(texts[i].text) > texts[i].most) {
            source_error(build->source, build_mark(build, &inner->marks, texts[i].keyword),
                         "%s has more than %zu bytes", texts[i].keyword, texts[i].most);
        }
    }
}

void build_end_mysql_check(struct build *build, const struct build_frame *inner,
                           struct conf_check *conf)
{
    struct conf_mysql_check *check = (struct conf_mysql_check *)conf;

    if (check->level == CONF_MYSQL_LEVELS) {
        check->level = mysql_asks(check) ? CONF_MYSQL_QUERY
                       : check->user     ? CONF_MYSQL_PING
                                         : CONF_MYSQL_HANDSHAKE;
    }
    if (!expand_left_out(build->expand)) {
        mysql_check_needs(build, inner, check);
        mysql_check_lengths(build, inner, check);
    }
}
