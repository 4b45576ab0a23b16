/* SPDX-License-Identifier: Apache-2.0
 *
 * global_defs, and what its keywords have of their own grammar. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/filemode.h"
#include "base/text.h"

#include <string.h>

void build_read_global_defs(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct build_frame inner;

    build_enter(&inner, frame, row->opens);
    inner.object = &build->conf->global;
    inner.extra = build->global;
    /* A second global_defs goes on where the first one ended. */
    memcpy(inner.marks.seen, build->global_marks.seen, sizeof(inner.marks.seen));
    memcpy(inner.places, build->global_marks.places,
           schema_block(row->opens).count * sizeof(inner.places[0]));
    (void)build_read_block(build, &inner);
    memcpy(build->global_marks.seen, inner.marks.seen, sizeof(inner.marks.seen));
    memcpy(build->global_marks.places, inner.places,
           schema_block(row->opens).count * sizeof(inner.places[0]));
}

void build_read_nftables(struct build *build, struct build_frame *frame,
                         const struct schema_row *row)
{
    struct conf_global *global = frame->object;
    struct lexer_token token;

    (void)row;
    if (build_optional(build, frame, &token)) {
        global->nft_table = arena_text_n(build->arena, token.text, token.length);
    }
}

/* `max_auto_priority` alone stands for the highest one; -1 asks keepalived for silence. */
void build_read_auto_priority(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    struct conf_global *global = frame->object;
    struct lexer_token token;
    int64_t value = BUILD_HIGHEST_REALTIME;

    if (build_optional(build, frame, &token) &&
        !build_read_number(build, row->name, &token, -1, BUILD_HIGHEST_REALTIME, &value)) {
        return;
    }
    global->process.realtime_most = (int32_t)value;
}

/* keepalived takes one word; blanks around a '|' do no harm. */
void build_read_umask(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct conf_global *global = frame->object;
    struct text_buffer text = {0};
    struct lexer_token token;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    do {
        text_append_n(&text, token.text, token.length);
    } while (build_optional(build, frame, &token));
    if (!filemode_parse_umask(text.data, &global->umask)) {
        source_error(build->source, &frame->keyword,
                     "umask \"%.*s\" is neither a number up to 0777 nor bits such as IRWXG|IRWXO",
                     BUILD_WORD_SHOWN, text.data);
    }
    text_release(&text);
}

void build_read_cpus(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct conf_global *global = frame->object;
    struct text_buffer cpus = {0};
    struct lexer_token token;
    int64_t cpu;

    while (build_optional(build, frame, &token)) {
        if (!build_read_number(build, row->name, &token, 0, BUILD_HIGHEST_CPU, &cpu)) {
            text_release(&cpus);
            return;
        }
        text_appendf(&cpus, "%s%d", cpus.length ? " " : "", (int)cpu);
    }
    if (!cpus.length) {
        source_error(build->source, &frame->keyword, "%s needs a CPU; add: %s CPU...", row->name,
                     row->name);
        return;
    }
    global->process.cpus = arena_text_n(build->arena, cpus.data, cpus.length);
    text_release(&cpus);
}

/* `lvs_timeouts tcp 900 tcpfin 120 udp 300`, in any order, at least one of them. */
void build_read_lvs_timeouts(struct build *build, struct build_frame *frame,
                             const struct schema_row *row)
{
    static const char *const names[] = {"tcp", "tcpfin", "udp"};
    struct conf_ipvs_timeouts *timeouts = build_field(frame, row);
    uint32_t *fields[] = {&timeouts->tcp_s, &timeouts->tcp_fin_s, &timeouts->udp_s};
    struct lexer_token token;
    bool any = false;

    while (build_optional(build, frame, &token)) {
        struct lexer_token number;
        int64_t value;
        size_t which = 0;

        while (which < 3 && strcmp(token.text, names[which]) != 0) {
            which++;
        }
        if (which == 3) {
            lexer_unread(build->lexer, &token);
            break;
        }
        any = true;
        if (build_argument(build, frame, row, &number) &&
            build_read_number(build, row->name, &number, row->minimum, row->maximum, &value)) {
            *fields[which] = (uint32_t)value;
        }
    }
    if (!any) {
        build_report_missing(build, frame, row);
    }
}

/* One word of include_check without its sign. @return 0: reported */
static unsigned global_check(struct build *build, const struct lexer_token *token, const char *word)
{
    static const struct {
        const char *word;
        unsigned check;
    } rows[] = {
        {"read", EXPAND_CHECK_READ},
        {"readable", EXPAND_CHECK_READ}, /* so in keepalived's manual */
        {"match", EXPAND_CHECK_MATCH},
        {"wildcard_match", EXPAND_CHECK_WILDCARD},
        {"brace_match", EXPAND_CHECK_BRACE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(word, rows[i].word) == 0) {
            return rows[i].check;
        }
    }
    source_error(build->source, &token->place,
                 "include_check \"%.*s\" must be read, match, wildcard_match or brace_match",
                 BUILD_WORD(token));
    return 0;
}

/* S60: words with a sign change the set, the first word without one replaces it. */
void build_read_include_check(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    unsigned checks = expand_include_check(build->expand);
    struct lexer_token token;
    bool first = true;

    (void)row;
    while (build_optional(build, frame, &token)) {
        bool minus = *token.text == '-';
        bool sign = minus || *token.text == '+';
        unsigned check = global_check(build, &token, token.text + sign);

        if (!sign && !first) {
            source_error(build->source, &token.place,
                         "of several words of include_check only the first may be without a sign; "
                         "write +%.*s or -%.*s",
                         BUILD_WORD(&token), BUILD_WORD(&token));
            continue;
        }
        if (minus) {
            checks &= ~check;
        } else {
            checks = check | (sign ? checks : 0);
        }
        first = false;
    }
    expand_set_include_check(build->expand, first ? EXPAND_CHECK_ALL : checks);
}
