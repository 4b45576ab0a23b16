/* SPDX-License-Identifier: Apache-2.0
 *
 * What packets by a route get around them, in the words of the configuration language. Pure.
 */
#include "parser/conf_text.h"

#include "base/text.h"

#include <inttypes.h>
#include <linux/ila.h>
#include <linux/lwtunnel.h>

const struct conf_name conf_encap_names[] = {
    {"mpls", LWTUNNEL_ENCAP_MPLS},
    {"ip", LWTUNNEL_ENCAP_IP},
    {"ip6", LWTUNNEL_ENCAP_IP6},
    {"ila", LWTUNNEL_ENCAP_ILA},
    {NULL, 0},
};

/* ip-route(8), ip-ila(8). */
const struct conf_name conf_ila_csum_names[] = {
    {"adj-transport", ILA_CSUM_ADJUST_TRANSPORT},
    {"neutral-map", ILA_CSUM_NEUTRAL_MAP},
    {"no-action", ILA_CSUM_NO_ACTION},
    {"neutral-map-auto", ILA_CSUM_NEUTRAL_MAP_AUTO},
    {NULL, 0},
};

const struct conf_name conf_ila_ident_names[] = {
    {"luid", ILA_ATYPE_LUID},
    {"use-format", ILA_ATYPE_USE_FORMAT},
    {NULL, 0},
};

const struct conf_name conf_ila_hook_names[] = {
    {"output", ILA_HOOK_ROUTE_OUTPUT},
    {"input", ILA_HOOK_ROUTE_INPUT},
    {NULL, 0},
};

static void encap_write_number(struct text_buffer *out, const char *word, uint64_t number)
{
    if (number) {
        text_appendf(out, " %s %" PRIu64, word, number);
    }
}

static void encap_write_address(struct text_buffer *out, const char *word,
                                const struct inet_addr *addr)
{
    char text[INET_ADDR_TEXT_SIZE];

    if (inet_is_set(addr)) {
        text_appendf(out, " %s %s", word, inet_text(text, addr));
    }
}

static void encap_write_choice(struct text_buffer *out, const char *word,
                               const struct conf_name *names, uint8_t value)
{
    if (value != CONF_ROUTE_UNSET) {
        text_appendf(out, " %s %s", word, conf_name_of(names, value));
    }
}

static void encap_write_tunnel(const struct conf_encap *encap, struct text_buffer *out)
{
    bool ipv4 = encap->kind == LWTUNNEL_ENCAP_IP;

    encap_write_number(out, "id", encap->id);
    encap_write_address(out, "dst", &encap->dst);
    encap_write_address(out, "src", &encap->src);
    encap_write_number(out, ipv4 ? "tos" : "tc", encap->tos);
    encap_write_number(out, ipv4 ? "ttl" : "hoplimit", encap->ttl);
    text_append(out, encap->flags & CONF_ENCAP_KEY ? " key" : "");
    text_append(out, encap->flags & CONF_ENCAP_CSUM ? " csum" : "");
    text_append(out, encap->flags & CONF_ENCAP_SEQ ? " seq" : "");
}

void conf_encap_write(const struct conf_encap *encap, struct text_buffer *out)
{
    text_append(out, conf_name_of(conf_encap_names, encap->kind));
    switch (encap->kind) {
    case LWTUNNEL_ENCAP_MPLS:
        for (int i = 0; i < encap->label_count; i++) {
            text_appendf(out, "%c%u", i ? '/' : ' ', encap->labels[i]);
        }
        encap_write_number(out, "ttl", encap->ttl);
        break;
    case LWTUNNEL_ENCAP_ILA:
        text_appendf(out, " %x:%x:%x:%x", (unsigned)(encap->locator >> 48),
                     (unsigned)(encap->locator >> 32 & 0xffff),
                     (unsigned)(encap->locator >> 16 & 0xffff),
                     (unsigned)(encap->locator & 0xffff));
        encap_write_choice(out, "csum-mode", conf_ila_csum_names, encap->csum_mode);
        encap_write_choice(out, "ident-type", conf_ila_ident_names, encap->ident_type);
        encap_write_choice(out, "hook-type", conf_ila_hook_names, encap->hook_type);
        break;
    default:
        encap_write_tunnel(encap, out);
        break;
    }
}
