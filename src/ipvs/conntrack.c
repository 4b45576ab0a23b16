/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of connection tracking as messages of netlink.
 */
#include "ipvs/conntrack.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

static void conntrack_put_addr(struct nlmsghdr *message, uint16_t type,
                               const struct inet_addr *addr)
{
    mnl_attr_put(message, type, inet_family_size(addr->family), addr->bytes);
}

static void conntrack_put_tuple(struct nlmsghdr *message, uint16_t type,
                                const struct connection_end *from, const struct connection_end *to)
{
    bool is_ipv6 = from->addr.family == AF_INET6;
    struct nlattr *tuple = mnl_attr_nest_start(message, type);
    struct nlattr *part = mnl_attr_nest_start(message, CTA_TUPLE_IP);

    conntrack_put_addr(message, is_ipv6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, &from->addr);
    conntrack_put_addr(message, is_ipv6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, &to->addr);
    mnl_attr_nest_end(message, part);
    part = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
    mnl_attr_put_u8(message, CTA_PROTO_NUM, IPPROTO_TCP);
    mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(from->port));
    mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(to->port));
    mnl_attr_nest_end(message, part);
    mnl_attr_nest_end(message, tuple);
}

/*
 * In the midst of a connection whose windows are not known, so that they are not looked at: as
 * tcp_new() of nf_conntrack_proto_tcp.c has it.
 */
static void conntrack_put_state(struct nlmsghdr *message)
{
    const uint8_t bits = IP_CT_TCP_FLAG_SACK_PERM | IP_CT_TCP_FLAG_BE_LIBERAL;
    const struct nf_ct_tcp_flags flags = {.flags = bits, .mask = bits};
    struct nlattr *info = mnl_attr_nest_start(message, CTA_PROTOINFO);
    struct nlattr *tcp = mnl_attr_nest_start(message, CTA_PROTOINFO_TCP);

    mnl_attr_put_u8(message, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
    mnl_attr_put(message, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, sizeof(flags), &flags);
    mnl_attr_put(message, CTA_PROTOINFO_TCP_FLAGS_REPLY, sizeof(flags), &flags);
    mnl_attr_nest_end(message, tcp);
    mnl_attr_nest_end(message, info);
}

static void conntrack_put_source(struct nlmsghdr *message, const struct conf_local *local)
{
    bool is_ipv6 = local->first.family == AF_INET6;
    struct nlattr *nat = mnl_attr_nest_start(message, CTA_NAT_SRC);

    conntrack_put_addr(message, is_ipv6 ? CTA_NAT_V6_MINIP : CTA_NAT_V4_MINIP, &local->first);
    conntrack_put_addr(message, is_ipv6 ? CTA_NAT_V6_MAXIP : CTA_NAT_V4_MAXIP, &local->last);
    mnl_attr_nest_end(message, nat);
}

size_t conntrack_encode(void *to, uint32_t sequence, const struct connection *connection,
                        const struct conf_local *local)
{
    struct nlmsghdr *message;
    struct nfgenmsg *general;

    memset(to, 0, CONNTRACK_MESSAGE_SIZE); /* libmnl leaves padding as it is */
    message = mnl_nlmsg_put_header(to);
    message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
    message->nlmsg_seq = sequence;
    general = mnl_nlmsg_put_extra_header(message, sizeof(*general));
    general->nfgen_family = connection->client.addr.family;
    general->version = NFNETLINK_V0;
    conntrack_put_tuple(message, CTA_TUPLE_ORIG, &connection->client, &connection->virtual);
    conntrack_put_tuple(message, CTA_TUPLE_REPLY, &connection->server, &connection->client);
    mnl_attr_put_u32(message, CTA_STATUS, htonl(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED));
    conntrack_put_state(message);
    conntrack_put_source(message, local);
    mnl_attr_put_u32(message, CTA_TIMEOUT, htonl(connection->expires_s + 1));
    return MNL_ALIGN(message->nlmsg_len);
}

/* mnl_nlmsg_ok() takes a length beyond INT_MAX for a good one. */
static bool conntrack_has_message(const void *data, size_t size)
{
    const struct nlmsghdr *message = data;

    return size >= sizeof(*message) && message->nlmsg_len >= sizeof(*message) &&
           message->nlmsg_len <= size;
}

bool conntrack_decode(const void **data, size_t *size, int *error)
{
    while (conntrack_has_message(*data, *size)) {
        const struct nlmsghdr *message = *data;
        size_t padding = -(size_t)message->nlmsg_len % MNL_ALIGNTO;
        size_t left = *size - message->nlmsg_len;
        size_t used = message->nlmsg_len + (padding < left ? padding : left);

        *data = (const uint8_t *)*data + used;
        *size -= used;
        if (message->nlmsg_type == NLMSG_ERROR &&
            message->nlmsg_len >= NLMSG_HDRLEN + sizeof(struct nlmsgerr)) {
            *error = ((const struct nlmsgerr *)mnl_nlmsg_get_payload(message))->error;
            return true;
        }
    }
    return false;
}
