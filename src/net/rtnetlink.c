/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of rtnetlink(7) that Holdfast reads and writes: one small function per attribute set.
 */
#include "net/rtnetlink_inside.h"

#include "base/text.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* libmnl's own mnl_nlmsg_ok() takes a length of 2 GiB and more for a negative one, which is small. */
const struct nlmsghdr *rtnetlink_next(struct rtnetlink_datagram *datagram)
{
    const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)datagram->data;
    size_t whole;

    if (datagram->size < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
        message->nlmsg_len > datagram->size) {
        return NULL;
    }
    whole = NLMSG_ALIGN((size_t)message->nlmsg_len); /* the last one may lack its padding */
    whole = whole < datagram->size ? whole : datagram->size;
    datagram->data += whole;
    datagram->size -= whole;
    return message;
}

/* Not mnl_attr_parse(): that rounds the message's length up, and so reads beyond an odd one. */
int rtnetlink_parse(const struct nlmsghdr *message, size_t header, mnl_attr_cb_t function,
                    void *argument)
{
    return mnl_attr_parse_payload(mnl_nlmsg_get_payload_offset(message, header),
                                  mnl_nlmsg_get_payload_len(message) - header, function, argument);
}

int rtnetlink_parse_nest(const struct nlattr *nest, mnl_attr_cb_t function, void *argument)
{
    return mnl_attr_parse_payload(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest),
                                  function, argument);
}

bool rtnetlink_get_u32(const struct nlattr *attribute, uint32_t *value)
{
    bool good = mnl_attr_get_payload_len(attribute) == sizeof(*value);

    *value = good ? mnl_attr_get_u32(attribute) : *value;
    return good;
}

bool rtnetlink_get_u8(const struct nlattr *attribute, uint8_t *value)
{
    bool good = mnl_attr_get_payload_len(attribute) == sizeof(*value);

    *value = good ? mnl_attr_get_u8(attribute) : *value;
    return good;
}

void rtnetlink_copy_text(char to[RTNETLINK_NAME_SIZE], const struct nlattr *attribute)
{
    size_t size = mnl_attr_get_payload_len(attribute);
    const char *text = mnl_attr_get_payload(attribute);

    size = strnlen(text, size < RTNETLINK_NAME_SIZE ? size : RTNETLINK_NAME_SIZE - 1);
    memcpy(to, text, size);
    to[size] = '\0';
}

/* What IFLA_LINKINFO says of the kind of an interface. */
struct rtnetlink_info_parse {
    char kind[RTNETLINK_NAME_SIZE];
    char slave_kind[RTNETLINK_NAME_SIZE]; /* of what it is a port of */
    const struct nlattr *data;            /* NULL: none */
};

static int rtnetlink_info_attribute(const struct nlattr *attribute, void *argument)
{
    struct rtnetlink_info_parse *parse = argument;

    if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND) {
        rtnetlink_copy_text(parse->kind, attribute);
    } else if (mnl_attr_get_type(attribute) == IFLA_INFO_SLAVE_KIND) {
        rtnetlink_copy_text(parse->slave_kind, attribute);
    } else if (mnl_attr_get_type(attribute) == IFLA_INFO_DATA) {
        parse->data = attribute;
    }
    return MNL_CB_OK;
}

static int rtnetlink_vrf_attribute(const struct nlattr *attribute, void *argument)
{
    struct rtnetlink_link *link = argument;

    if (mnl_attr_get_type(attribute) == IFLA_VRF_TABLE) {
        (void)rtnetlink_get_u32(attribute, &link->vrf_table);
    }
    return MNL_CB_OK;
}

/* A link while it is read. */
struct rtnetlink_link_parse {
    struct rtnetlink_link *link;
    uint32_t master; /* an interface's index; 0: none */
    bool in_vrf;     /* the master is one */
};

static void rtnetlink_read_info(const struct nlattr *attribute, struct rtnetlink_link_parse *whole)
{
    struct rtnetlink_info_parse parse = {.data = NULL};

    (void)rtnetlink_parse_nest(attribute, rtnetlink_info_attribute, &parse);
    if (parse.data && strcmp(parse.kind, "vrf") == 0) {
        (void)rtnetlink_parse_nest(parse.data, rtnetlink_vrf_attribute, whole->link);
    }
    whole->in_vrf = strcmp(parse.slave_kind, "vrf") == 0;
}

static int rtnetlink_link_attribute(const struct nlattr *attribute, void *argument)
{
    struct rtnetlink_link_parse *whole = argument;
    struct rtnetlink_link *link = whole->link;
    size_t size = mnl_attr_get_payload_len(attribute);

    switch (mnl_attr_get_type(attribute)) {
    case IFLA_IFNAME:
        rtnetlink_copy_text(link->name, attribute);
        break;
    case IFLA_LINKINFO:
        rtnetlink_read_info(attribute, whole);
        break;
    case IFLA_MASTER:
        (void)rtnetlink_get_u32(attribute, &whole->master);
        break;
    case IFLA_MTU:
        if (size == sizeof(uint32_t)) {
            link->mtu = mnl_attr_get_u32(attribute);
        }
        break;
    case IFLA_ADDRESS:
        if (size <= RTNETLINK_MAC_SIZE) {
            memcpy(link->mac, mnl_attr_get_payload(attribute), size);
            link->mac_size = (uint8_t)size;
        }
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

bool rtnetlink_decode_link(const struct nlmsghdr *message, struct rtnetlink_link *link)
{
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
    struct rtnetlink_link_parse whole = {.link = link};

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*info) || info->ifi_family != AF_UNSPEC) {
        return false;
    }
    *link = (struct rtnetlink_link){
        .index = info->ifi_index, .flags = info->ifi_flags, .type = info->ifi_type};
    (void)rtnetlink_parse(message, sizeof(*info), rtnetlink_link_attribute, &whole);
    link->vrf = whole.in_vrf ? (int)whole.master : 0;
    return link->index > 0 && link->name[0];
}

bool rtnetlink_get_inet(const struct nlattr *attribute, uint8_t family, struct inet_addr *addr)
{
    if (mnl_attr_get_payload_len(attribute) != inet_family_size(family)) {
        return false;
    }
    *addr = inet_from_bytes(family, mnl_attr_get_payload(attribute));
    return true;
}

/* What the attributes of one address message add up to. */
struct rtnetlink_address_parse {
    struct rtnetlink_address *address;
    uint8_t family;
    struct inet_addr local; /* IFA_LOCAL is our own end; IFA_ADDRESS the peer's, or ours again */
    struct inet_addr remote;
};

static int rtnetlink_address_attribute(const struct nlattr *attribute, void *argument)
{
    struct rtnetlink_address_parse *parse = argument;
    struct rtnetlink_address *address = parse->address;
    size_t size = mnl_attr_get_payload_len(attribute);
    bool good = true;

    switch (mnl_attr_get_type(attribute)) {
    case IFA_LOCAL:
        good = rtnetlink_get_inet(attribute, parse->family, &parse->local);
        break;
    case IFA_ADDRESS:
        good = rtnetlink_get_inet(attribute, parse->family, &parse->remote);
        break;
    case IFA_BROADCAST:
        good = rtnetlink_get_inet(attribute, parse->family, &address->broadcast);
        break;
    case IFA_LABEL:
        rtnetlink_copy_text(address->label, attribute);
        break;
    case IFA_FLAGS:
        address->flags = size == sizeof(uint32_t) ? mnl_attr_get_u32(attribute) : address->flags;
        break;
    case IFA_PROTO:
        address->protocol = size == sizeof(uint8_t) ? mnl_attr_get_u8(attribute) : 0;
        break;
    default:
        break;
    }
    return good ? MNL_CB_OK : MNL_CB_ERROR;
}

bool rtnetlink_decode_address(const struct nlmsghdr *message, struct rtnetlink_address *address)
{
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(message);
    struct rtnetlink_address_parse parse = {.address = address};

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*info) || !inet_family_size(info->ifa_family) ||
        info->ifa_prefixlen > inet_family_bits(info->ifa_family)) {
        return false;
    }
    *address = (struct rtnetlink_address){.index = (int)info->ifa_index,
                                          .prefix.length = info->ifa_prefixlen,
                                          .scope = info->ifa_scope,
                                          .flags = info->ifa_flags};
    parse.family = info->ifa_family;
    if (rtnetlink_parse(message, sizeof(*info), rtnetlink_address_attribute, &parse) < 0) {
        return false;
    }
    address->prefix.addr = inet_is_set(&parse.local) ? parse.local : parse.remote;
    if (inet_is_set(&parse.local) && inet_is_set(&parse.remote) &&
        !inet_equal(&parse.local, &parse.remote)) {
        address->peer = parse.remote;
    }
    return address->index > 0 && inet_is_set(&address->prefix.addr);
}

struct nlmsghdr *rtnetlink_begin(uint8_t *data, size_t size)
{
    memset(data, 0, size); /* the kernel gets no stack of ours */
    return mnl_nlmsg_put_header(data);
}

void rtnetlink_put_inet(struct nlmsghdr *message, uint16_t type, const struct inet_addr *addr)
{
    mnl_attr_put(message, type, inet_family_size(addr->family), addr->bytes);
}

size_t rtnetlink_encode_address(uint8_t data[RTNETLINK_MESSAGE_SIZE], uint32_t sequence, bool add,
                                const struct rtnetlink_address *address)
{
    const struct inet_addr *own = &address->prefix.addr;
    struct nlmsghdr *message = rtnetlink_begin(data, RTNETLINK_MESSAGE_SIZE);
    struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));

    message->nlmsg_type = add ? RTM_NEWADDR : RTM_DELADDR;
    message->nlmsg_flags =
        (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | (add ? NLM_F_CREATE | NLM_F_REPLACE : 0));
    message->nlmsg_seq = sequence;
    info->ifa_family = own->family;
    info->ifa_prefixlen = address->prefix.length;
    info->ifa_scope = address->scope;
    info->ifa_index = (uint32_t)address->index;
    rtnetlink_put_inet(message, IFA_LOCAL, own);
    rtnetlink_put_inet(message, IFA_ADDRESS, inet_is_set(&address->peer) ? &address->peer : own);
    if (add) {
        if (inet_is_set(&address->broadcast)) {
            rtnetlink_put_inet(message, IFA_BROADCAST, &address->broadcast);
        }
        if (address->label[0]) {
            mnl_attr_put_strz(message, IFA_LABEL, address->label);
        }
        if (address->flags) {
            mnl_attr_put_u32(message, IFA_FLAGS, address->flags);
        }
        if (address->never_preferred || address->preferred_lft) {
            const struct ifa_cacheinfo lives = {.ifa_prefered = address->preferred_lft,
                                                .ifa_valid = UINT32_MAX};

            mnl_attr_put(message, IFA_CACHEINFO, sizeof(lives), &lives);
        }
        mnl_attr_put_u8(message, IFA_PROTO, address->protocol); /* older kernels skip it */
    }
    return MNL_ALIGN(message->nlmsg_len);
}

static int rtnetlink_answer_attribute(const struct nlattr *attribute, void *argument)
{
    struct rtnetlink_answer *answer = argument;
    const char *text = mnl_attr_get_payload(attribute);
    size_t size = mnl_attr_get_payload_len(attribute);

    if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG) {
        size = strnlen(text, size < sizeof(answer->text) ? size : sizeof(answer->text) - 1);
        memcpy(answer->text, text, size);
        answer->text[size] = '\0';
    }
    return MNL_CB_OK;
}

bool rtnetlink_decode_answer(const struct nlmsghdr *message, struct rtnetlink_answer *answer)
{
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
    size_t size = mnl_nlmsg_get_payload_len(message);
    size_t header = sizeof(*error);

    if (message->nlmsg_type != NLMSG_ERROR || size < sizeof(*error)) {
        return false;
    }
    *answer = (struct rtnetlink_answer){.error = error->error};
    if (!(message->nlmsg_flags & NLM_F_ACK_TLVS)) {
        return true;
    }
    if (!(message->nlmsg_flags & NLM_F_CAPPED)) { /* the request as a whole is in between */
        header += error->msg.nlmsg_len > sizeof(error->msg)
                      ? NLMSG_ALIGN((size_t)error->msg.nlmsg_len) - sizeof(error->msg)
                      : 0;
    }
    if (header < size) {
        (void)rtnetlink_parse(message, header, rtnetlink_answer_attribute, answer);
    }
    return true;
}

size_t rtnetlink_encode_dump(uint8_t data[RTNETLINK_MESSAGE_SIZE], uint32_t sequence, uint16_t type)
{
    struct nlmsghdr *message = rtnetlink_begin(data, RTNETLINK_MESSAGE_SIZE);
    struct rtgenmsg *general = mnl_nlmsg_put_extra_header(message, sizeof(*general));

    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = sequence;
    general->rtgen_family = AF_UNSPEC;
    return MNL_ALIGN(message->nlmsg_len);
}
