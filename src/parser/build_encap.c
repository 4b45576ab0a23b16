/* SPDX-License-Identifier: Apache-2.0
 *
 * `encap` of a route, in the words of ip-route(8). Pure.
 */
#include "parser/build.h"

#include "base/arena.h"

#include <limits.h>
#include <linux/lwtunnel.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENCAP_LABEL_MAX = 0xfffff, /* 20 bits: RFC 3032 2.1 */
    ENCAP_MPLS = 1U << LWTUNNEL_ENCAP_MPLS,
    ENCAP_IP = 1U << LWTUNNEL_ENCAP_IP,
    ENCAP_IP6 = 1U << LWTUNNEL_ENCAP_IP6,
    ENCAP_ILA = 1U << LWTUNNEL_ENCAP_ILA,
};

/* What is being read. */
struct encap_read {
    struct build *build;
    struct build_item *item;
    const struct schema_option *option;
    struct conf_encap *encap;
};

/* A word that may follow the kind. */
struct encap_word {
    const char *name;
    unsigned kinds;
    bool (*read)(const struct encap_read *read, const struct encap_word *word);
    const struct conf_name *choices;
    uint16_t flag;
    uint16_t offset; /* of its field */
};

static bool encap_read_byte(const struct encap_read *read, const struct encap_word *word)
{
    struct lexer_token token;
    int64_t value;

    if (!build_option_argument(read->build, read->item, read->option, &token) ||
        !build_read_number(read->build, word->name, &token, 0, UINT8_MAX, &value)) {
        return false;
    }
    ((unsigned char *)read->encap)[word->offset] = (unsigned char)value;
    return true;
}

static bool encap_read_choice(const struct encap_read *read, const struct encap_word *word)
{
    struct lexer_token token;
    int64_t value;

    if (!build_option_argument(read->build, read->item, read->option, &token) ||
        !build_read_choice(read->build, word->name, &token, word->choices, false, &value)) {
        return false;
    }
    ((unsigned char *)read->encap)[word->offset] = (unsigned char)value;
    return true;
}

static bool encap_read_id(const struct encap_read *read, const struct encap_word *word)
{
    struct lexer_token token;
    int64_t value;

    if (!build_option_argument(read->build, read->item, read->option, &token) ||
        !build_read_number(read->build, word->name, &token, 0, INT64_MAX, &value)) {
        return false;
    }
    read->encap->id = (uint64_t)value;
    return true;
}

static bool encap_read_address(const struct encap_read *read, const struct encap_word *word)
{
    uint8_t family = read->encap->kind == LWTUNNEL_ENCAP_IP ? AF_INET : AF_INET6;
    struct lexer_token token;
    struct inet_addr addr;

    if (!build_option_argument(read->build, read->item, read->option, &token) ||
        !build_read_address(read->build, word->name, &token, family, &addr)) {
        return false;
    }
    memcpy((unsigned char *)read->encap + word->offset, &addr, sizeof(addr));
    return true;
}

static bool encap_read_flag(const struct encap_read *read, const struct encap_word *word)
{
    read->encap->flags |= word->flag;
    return true;
}

#define ENCAP_FIELD(field_) (uint16_t) offsetof(struct conf_encap, field_)

static const struct encap_word encap_words[] = {
    {"id", ENCAP_IP | ENCAP_IP6, encap_read_id, NULL, 0, 0},
    {"dst", ENCAP_IP | ENCAP_IP6, encap_read_address, NULL, 0, ENCAP_FIELD(dst)},
    {"src", ENCAP_IP | ENCAP_IP6, encap_read_address, NULL, 0, ENCAP_FIELD(src)},
    {"ttl", ENCAP_IP | ENCAP_MPLS, encap_read_byte, NULL, 0, ENCAP_FIELD(ttl)},
    {"tos", ENCAP_IP, encap_read_byte, NULL, 0, ENCAP_FIELD(tos)},
    {"hoplimit", ENCAP_IP6, encap_read_byte, NULL, 0, ENCAP_FIELD(ttl)},
    {"tc", ENCAP_IP6, encap_read_byte, NULL, 0, ENCAP_FIELD(tos)},
    {"key", ENCAP_IP | ENCAP_IP6, encap_read_flag, NULL, CONF_ENCAP_KEY, 0},
    {"csum", ENCAP_IP | ENCAP_IP6, encap_read_flag, NULL, CONF_ENCAP_CSUM, 0},
    {"seq", ENCAP_IP | ENCAP_IP6, encap_read_flag, NULL, CONF_ENCAP_SEQ, 0},
    {"csum-mode", ENCAP_ILA, encap_read_choice, conf_ila_csum_names, 0, ENCAP_FIELD(csum_mode)},
    {"ident-type", ENCAP_ILA, encap_read_choice, conf_ila_ident_names, 0, ENCAP_FIELD(ident_type)},
    {"hook-type", ENCAP_ILA, encap_read_choice, conf_ila_hook_names, 0, ENCAP_FIELD(hook_type)},
};

/* "100/200/300": a stack of labels, the outermost first. */
static bool encap_read_labels(const struct encap_read *read)
{
    struct lexer_token token;
    const char *at;

    if (!build_option_argument(read->build, read->item, read->option, &token)) {
        return false;
    }
    at = token.text;
    for (;;) {
        char *end;
        unsigned long label = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : ULONG_MAX;

        if (label > ENCAP_LABEL_MAX || (*end && *end != '/') ||
            read->encap->label_count == CONF_ENCAP_LABELS) {
            source_error(read->build->source, &token.place,
                         "encap mpls \"%.*s\" must be 1 to %d labels of 0..%d with / between them",
                         BUILD_WORD(&token), CONF_ENCAP_LABELS, ENCAP_LABEL_MAX);
            return false;
        }
        read->encap->labels[read->encap->label_count++] = (uint32_t)label;
        if (!*end) {
            return true;
        }
        at = end + 1;
    }
}

/* "2001:db8:0:1": the upper half of an IPv6 address. */
static bool encap_read_locator(const struct encap_read *read)
{
    struct lexer_token token;
    const char *at;
    uint64_t locator = 0;

    if (!build_option_argument(read->build, read->item, read->option, &token)) {
        return false;
    }
    at = token.text;
    for (int group = 0; group < 4; group++) {
        size_t digits = strspn(at, "0123456789abcdefABCDEF");

        if (!digits || digits > 4 || at[digits] != (group < 3 ? ':' : '\0')) {
            source_error(read->build->source, &token.place,
                         "encap ila \"%.*s\" must be the upper half of an IPv6 address: "
                         "2001:db8:0:1",
                         BUILD_WORD(&token));
            return false;
        }
        locator = locator << 16 | strtoul(at, NULL, 16);
        at += digits + 1;
    }
    read->encap->locator = locator;
    return true;
}

static const struct encap_word *encap_find_word(const struct conf_encap *encap,
                                                const struct lexer_token *token)
{
    for (size_t i = 0; i < sizeof(encap_words) / sizeof(encap_words[0]); i++) {
        if (encap_words[i].kinds >> encap->kind & 1 && !token->quoted && !token->first &&
            strcmp(encap_words[i].name, token->text) == 0) {
            return &encap_words[i];
        }
    }
    return NULL;
}

/* As ip(8) does: all that fits is the encapsulation's, also where the route has a word like it. */
static bool encap_read_words(const struct encap_read *read)
{
    const struct encap_word *word;
    struct lexer_token token;

    for (;;) {
        lexer_next(read->build->lexer, &token);
        word = token.kind == LEXER_WORD ? encap_find_word(read->encap, &token) : NULL;
        if (!word) {
            lexer_unread(read->build->lexer, &token);
            return true;
        }
        if (!word->read(read, word)) {
            return false;
        }
    }
}

const struct conf_encap *build_read_encap(struct build *build, struct build_item *item,
                                          const struct schema_option *option)
{
    struct encap_read read = {build, item, option, arena_alloc(build->arena, sizeof(*read.encap))};
    struct lexer_token token;
    int64_t kind;
    bool good;

    if (!build_option_argument(build, item, option, &token) ||
        !build_read_choice(build, option->name, &token, conf_encap_names, false, &kind)) {
        return NULL;
    }
    read.encap->kind = (uint8_t)kind;
    read.encap->csum_mode = CONF_ROUTE_UNSET;
    read.encap->ident_type = CONF_ROUTE_UNSET;
    read.encap->hook_type = CONF_ROUTE_UNSET;
    good = kind == LWTUNNEL_ENCAP_MPLS  ? encap_read_labels(&read)
           : kind == LWTUNNEL_ENCAP_ILA ? encap_read_locator(&read)
                                        : true;
    good = good && encap_read_words(&read);
    if (good && (kind == LWTUNNEL_ENCAP_IP || kind == LWTUNNEL_ENCAP_IP6) &&
        !inet_is_set(&read.encap->dst)) {
        source_error(build->source, &item->option,
                     "encap needs the other end of the tunnel; add: dst ADDRESS");
        return NULL;
    }
    return good ? read.encap : NULL;
}
