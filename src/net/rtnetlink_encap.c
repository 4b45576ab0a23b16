/* SPDX-License-Identifier: Apache-2.0
 *
 * Encapsulations of routes on the wire of rtnetlink(7): linux/lwtunnel.h, mpls_iptunnel.h, ila.h.
 */
#include "net/rtnetlink_encap.h"

#include "net/rtnetlink_inside.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/ila.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* A label stack entry: 20 bits of label, 3 of class, the bottom's bit, 8 of TTL (RFC 3032 2.1). */
enum {
    ENCAP_LABEL_SHIFT = 12,
    ENCAP_LABEL_BOTTOM = 1 << 8,
};

_Static_assert((int)LWTUNNEL_IP_ID == (int)LWTUNNEL_IP6_ID &&
                   (int)LWTUNNEL_IP_DST == (int)LWTUNNEL_IP6_DST &&
                   (int)LWTUNNEL_IP_SRC == (int)LWTUNNEL_IP6_SRC &&
                   (int)LWTUNNEL_IP_TTL == (int)LWTUNNEL_IP6_HOPLIMIT &&
                   (int)LWTUNNEL_IP_TOS == (int)LWTUNNEL_IP6_TC &&
                   (int)LWTUNNEL_IP_FLAGS == (int)LWTUNNEL_IP6_FLAGS,
               "the attributes of both families have the same numbers");

/* ---- Reading ----------------------------------------------------------------------------------- */

static uint64_t encap_u64(const struct nlattr *attribute)
{
    uint64_t value = 0;

    if (mnl_attr_get_payload_len(attribute) == sizeof(value)) {
        memcpy(&value, mnl_attr_get_payload(attribute), sizeof(value));
    }
    return value;
}

static void encap_read_flags(const struct nlattr *attribute, struct conf_encap *encap)
{
    uint16_t flags;

    if (mnl_attr_get_payload_len(attribute) == sizeof(flags)) {
        memcpy(&flags, mnl_attr_get_payload(attribute), sizeof(flags));
        encap->flags = ntohs(flags) & (CONF_ENCAP_CSUM | CONF_ENCAP_KEY | CONF_ENCAP_SEQ);
    }
}

static int encap_tunnel_attribute(const struct nlattr *attribute, void *argument)
{
    struct conf_encap *encap = argument;
    uint8_t family = encap->kind == LWTUNNEL_ENCAP_IP ? AF_INET : AF_INET6;
    static const uint8_t any[sizeof(encap->src.bytes)] = {0};

    switch (mnl_attr_get_type(attribute)) {
    case LWTUNNEL_IP_ID:
        encap->id = be64toh(encap_u64(attribute));
        break;
    case LWTUNNEL_IP_DST:
        (void)rtnetlink_get_inet(attribute, family, &encap->dst);
        break;
    case LWTUNNEL_IP_SRC:
        (void)rtnetlink_get_inet(attribute, family, &encap->src);
        if (memcmp(encap->src.bytes, any, sizeof(any)) == 0) { /* the kernel chooses */
            encap->src = (struct inet_addr){0};
        }
        break;
    case LWTUNNEL_IP_TTL:
        (void)rtnetlink_get_u8(attribute, &encap->ttl);
        break;
    case LWTUNNEL_IP_TOS:
        (void)rtnetlink_get_u8(attribute, &encap->tos);
        break;
    case LWTUNNEL_IP_FLAGS:
        encap_read_flags(attribute, encap);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static int encap_mpls_attribute(const struct nlattr *attribute, void *argument)
{
    struct conf_encap *encap = argument;
    const uint8_t *data = mnl_attr_get_payload(attribute);
    size_t count = mnl_attr_get_payload_len(attribute) / sizeof(uint32_t);
    uint32_t entry;

    if (mnl_attr_get_type(attribute) == MPLS_IPTUNNEL_TTL) {
        (void)rtnetlink_get_u8(attribute, &encap->ttl);
    }
    if (mnl_attr_get_type(attribute) != MPLS_IPTUNNEL_DST || count > CONF_ENCAP_LABELS) {
        return MNL_CB_OK;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(&entry, data + i * sizeof(entry), sizeof(entry));
        encap->labels[i] = ntohl(entry) >> ENCAP_LABEL_SHIFT;
    }
    encap->label_count = (uint8_t)count;
    return MNL_CB_OK;
}

static int encap_ila_attribute(const struct nlattr *attribute, void *argument)
{
    struct conf_encap *encap = argument;

    switch (mnl_attr_get_type(attribute)) {
    case ILA_ATTR_LOCATOR:
        encap->locator = be64toh(encap_u64(attribute));
        break;
    case ILA_ATTR_CSUM_MODE:
        (void)rtnetlink_get_u8(attribute, &encap->csum_mode);
        break;
    case ILA_ATTR_IDENT_TYPE:
        (void)rtnetlink_get_u8(attribute, &encap->ident_type);
        break;
    case ILA_ATTR_HOOK_TYPE:
        (void)rtnetlink_get_u8(attribute, &encap->hook_type);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

void rtnetlink_decode_encap(uint16_t type, const struct nlattr *nest, struct conf_encap *encap)
{
    static const mnl_attr_cb_t readers[] = {
        [LWTUNNEL_ENCAP_MPLS] = encap_mpls_attribute,
        [LWTUNNEL_ENCAP_IP] = encap_tunnel_attribute,
        [LWTUNNEL_ENCAP_ILA] = encap_ila_attribute,
        [LWTUNNEL_ENCAP_IP6] = encap_tunnel_attribute,
    };

    memset(encap, 0, sizeof(*encap));
    if (nest && type < sizeof(readers) / sizeof(readers[0]) && readers[type]) {
        encap->kind = (uint8_t)type;
        encap->csum_mode = CONF_ROUTE_UNSET;
        encap->ident_type = CONF_ROUTE_UNSET;
        encap->hook_type = CONF_ROUTE_UNSET;
        if (rtnetlink_parse_nest(nest, readers[type], encap) < 0) {
            memset(encap, 0, sizeof(*encap));
        }
    }
}

/* What was not asked for the kernel chose. */
static bool encap_choice_equal(uint8_t a, uint8_t b)
{
    return a == b || a == CONF_ROUTE_UNSET || b == CONF_ROUTE_UNSET;
}

bool rtnetlink_encap_equal(const struct conf_encap *a, const struct conf_encap *b)
{
    return a->kind == b->kind && a->label_count == b->label_count && a->ttl == b->ttl &&
           a->tos == b->tos && a->flags == b->flags && a->id == b->id && a->locator == b->locator &&
           inet_equal(&a->dst, &b->dst) && inet_equal(&a->src, &b->src) &&
           memcmp(a->labels, b->labels, sizeof(a->labels)) == 0 &&
           encap_choice_equal(a->csum_mode, b->csum_mode) &&
           encap_choice_equal(a->ident_type, b->ident_type) &&
           encap_choice_equal(a->hook_type, b->hook_type);
}

/* ---- Writing ----------------------------------------------------------------------------------- */

static void encap_put_u64(struct nlmsghdr *message, uint16_t type, uint64_t value)
{
    uint64_t wire = htobe64(value);

    mnl_attr_put(message, type, sizeof(wire), &wire);
}

static void encap_put_tunnel(struct nlmsghdr *message, const struct conf_encap *encap)
{
    encap_put_u64(message, LWTUNNEL_IP_ID, encap->id);
    if (inet_is_set(&encap->dst)) {
        rtnetlink_put_inet(message, LWTUNNEL_IP_DST, &encap->dst);
    }
    if (inet_is_set(&encap->src)) {
        rtnetlink_put_inet(message, LWTUNNEL_IP_SRC, &encap->src);
    }
    if (encap->tos) {
        mnl_attr_put_u8(message, LWTUNNEL_IP_TOS, encap->tos);
    }
    if (encap->ttl) {
        mnl_attr_put_u8(message, LWTUNNEL_IP_TTL, encap->ttl);
    }
    if (encap->flags) {
        mnl_attr_put_u16(message, LWTUNNEL_IP_FLAGS, htons(encap->flags));
    }
}

static void encap_put_labels(struct nlmsghdr *message, const struct conf_encap *encap)
{
    uint32_t entries[CONF_ENCAP_LABELS];

    for (int i = 0; i < encap->label_count; i++) {
        bool bottom = i == encap->label_count - 1;

        entries[i] =
            htonl(encap->labels[i] << ENCAP_LABEL_SHIFT | (bottom ? ENCAP_LABEL_BOTTOM : 0));
    }
    mnl_attr_put(message, MPLS_IPTUNNEL_DST, encap->label_count * sizeof(entries[0]), entries);
    if (encap->ttl) {
        mnl_attr_put_u8(message, MPLS_IPTUNNEL_TTL, encap->ttl);
    }
}

static void encap_put_ila(struct nlmsghdr *message, const struct conf_encap *encap)
{
    encap_put_u64(message, ILA_ATTR_LOCATOR, encap->locator);
    if (encap->csum_mode != CONF_ROUTE_UNSET) {
        mnl_attr_put_u8(message, ILA_ATTR_CSUM_MODE, encap->csum_mode);
    }
    if (encap->ident_type != CONF_ROUTE_UNSET) {
        mnl_attr_put_u8(message, ILA_ATTR_IDENT_TYPE, encap->ident_type);
    }
    if (encap->hook_type != CONF_ROUTE_UNSET) {
        mnl_attr_put_u8(message, ILA_ATTR_HOOK_TYPE, encap->hook_type);
    }
}

void rtnetlink_put_encap(struct nlmsghdr *message, const struct conf_encap *encap)
{
    struct nlattr *nest;

    if (!encap->kind) {
        return;
    }
    mnl_attr_put_u16(message, RTA_ENCAP_TYPE, encap->kind);
    nest = mnl_attr_nest_start(message, RTA_ENCAP);
    if (encap->kind == LWTUNNEL_ENCAP_MPLS) {
        encap_put_labels(message, encap);
    } else if (encap->kind == LWTUNNEL_ENCAP_ILA) {
        encap_put_ila(message, encap);
    } else {
        encap_put_tunnel(message, encap);
    }
    mnl_attr_nest_end(message, nest);
}
