/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of rtnetlink(7) about links that stand on another one: one small function for each
 * level of nested attributes.
 */
#include "net/rtnetlink_link.h"

#include "net/rtnetlink_inside.h"

#include <linux/rtnetlink.h>
#include <string.h>

enum { LINK_IFF_UP = 1 }; /* IFF_UP of linux/if.h, which declares what sys headers declare too */

/* The kinds that are made here, as the kernel calls them. */
static const char *const link_kind_names[] = {
    [RTNETLINK_KIND_MACVLAN] = "macvlan",
    [RTNETLINK_KIND_IPVLAN] = "ipvlan",
};

/* ---- Reading ----------------------------------------------------------------------------------- */

static void link_get_alias(char to[RTNETLINK_ALIAS_SIZE], const struct nlattr *attribute)
{
    size_t length = mnl_attr_get_payload_len(attribute);
    const char *text = mnl_attr_get_payload(attribute);

    length = strnlen(text, length < RTNETLINK_ALIAS_SIZE ? length : RTNETLINK_ALIAS_SIZE - 1);
    memcpy(to, text, length);
    to[length] = '\0';
}

/* @return 0 where it is none */
static int link_get_index(const struct nlattr *attribute)
{
    uint32_t index = 0;

    return rtnetlink_get_u32(attribute, &index) && index <= INT32_MAX ? (int)index : 0;
}

static int link_macvlan_attribute(const struct nlattr *attribute, void *argument)
{
    struct rtnetlink_stacked *stacked = argument;

    if (mnl_attr_get_type(attribute) == IFLA_MACVLAN_MODE) {
        (void)rtnetlink_get_u32(attribute, &stacked->mode);
    }
    return MNL_CB_OK;
}

static int link_ipvlan_attribute(const struct nlattr *attribute, void *argument)
{
    struct rtnetlink_stacked *stacked = argument;
    bool whole = mnl_attr_get_payload_len(attribute) == sizeof(uint16_t);

    if (mnl_attr_get_type(attribute) == IFLA_IPVLAN_MODE && whole) {
        stacked->mode = mnl_attr_get_u16(attribute);
    } else if (mnl_attr_get_type(attribute) == IFLA_IPVLAN_FLAGS && whole) {
        stacked->mode_flags = mnl_attr_get_u16(attribute);
    }
    return MNL_CB_OK;
}

/* What IFLA_LINKINFO holds; the data can be read when the kind is known. */
struct link_info {
    struct rtnetlink_stacked *stacked;
    const struct nlattr *data;
};

static int link_info_attribute(const struct nlattr *attribute, void *argument)
{
    struct link_info *info = argument;

    if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND) {
        rtnetlink_copy_text(info->stacked->kind_name, attribute);
    } else if (mnl_attr_get_type(attribute) == IFLA_INFO_DATA) {
        info->data = attribute;
    }
    return MNL_CB_OK;
}

static enum rtnetlink_kind link_find_kind(const char *name)
{
    for (int kind = RTNETLINK_KIND_MACVLAN; kind <= RTNETLINK_KIND_IPVLAN; kind++) {
        if (strcmp(name, link_kind_names[kind]) == 0) {
            return (enum rtnetlink_kind)kind;
        }
    }
    return RTNETLINK_KIND_OTHER;
}

static void link_decode_info(const struct nlattr *nest, struct rtnetlink_stacked *stacked)
{
    static const mnl_attr_cb_t functions[] = {
        [RTNETLINK_KIND_MACVLAN] = link_macvlan_attribute,
        [RTNETLINK_KIND_IPVLAN] = link_ipvlan_attribute,
    };
    struct link_info info = {.stacked = stacked};

    (void)rtnetlink_parse_nest(nest, link_info_attribute, &info);
    stacked->kind = link_find_kind(stacked->kind_name);
    if (info.data && stacked->kind != RTNETLINK_KIND_OTHER) {
        (void)rtnetlink_parse_nest(info.data, functions[stacked->kind], stacked);
    }
}

static int link_attribute(const struct nlattr *attribute, void *argument)
{
    struct rtnetlink_stacked *stacked = argument;

    switch (mnl_attr_get_type(attribute)) {
    case IFLA_LINK:
        stacked->parent = link_get_index(attribute);
        break;
    case IFLA_GROUP:
        (void)rtnetlink_get_u32(attribute, &stacked->group);
        break;
    case IFLA_IFALIAS:
        link_get_alias(stacked->alias, attribute);
        break;
    case IFLA_LINKINFO:
        link_decode_info(attribute, stacked);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

bool rtnetlink_decode_stacked(const struct nlmsghdr *message, struct rtnetlink_stacked *stacked)
{
    *stacked = (struct rtnetlink_stacked){.parent = 0};
    if (message->nlmsg_type != RTM_NEWLINK || !rtnetlink_decode_link(message, &stacked->link)) {
        return false;
    }
    (void)rtnetlink_parse(message, sizeof(struct ifinfomsg), link_attribute, stacked);
    return true;
}

/* ---- Writing ----------------------------------------------------------------------------------- */

static struct nlmsghdr *link_begin(uint8_t data[RTNETLINK_LINK_SIZE], uint16_t type, uint16_t flags,
                                   uint32_t sequence, int index)
{
    struct nlmsghdr *message = rtnetlink_begin(data, RTNETLINK_LINK_SIZE);
    struct ifinfomsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));

    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = sequence;
    info->ifi_family = AF_UNSPEC;
    info->ifi_index = index;
    return message;
}

/* rtnetlink(7), IFLA_LINKINFO: the kind, and what is the kind's own. */
static void link_put_info(struct nlmsghdr *message, const struct rtnetlink_stacked *stacked)
{
    struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    struct nlattr *data;

    mnl_attr_put_strz(message, IFLA_INFO_KIND, link_kind_names[stacked->kind]);
    data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
    if (stacked->kind == RTNETLINK_KIND_MACVLAN) {
        mnl_attr_put_u32(message, IFLA_MACVLAN_MODE, stacked->mode);
    } else {
        mnl_attr_put_u16(message, IFLA_IPVLAN_MODE, (uint16_t)stacked->mode);
        mnl_attr_put_u16(message, IFLA_IPVLAN_FLAGS, (uint16_t)stacked->mode_flags);
    }
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, info);
}

size_t rtnetlink_encode_stacked(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence,
                                const struct rtnetlink_stacked *stacked)
{
    struct nlmsghdr *message =
        link_begin(data, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sequence, 0);

    mnl_attr_put_strz(message, IFLA_IFNAME, stacked->link.name);
    mnl_attr_put_u32(message, IFLA_LINK, (uint32_t)stacked->parent);
    mnl_attr_put_u32(message, IFLA_GROUP, stacked->group);
    if (stacked->link.vrf) {
        mnl_attr_put_u32(message, IFLA_MASTER, (uint32_t)stacked->link.vrf);
    }
    if (stacked->link.mac_size) {
        mnl_attr_put(message, IFLA_ADDRESS, stacked->link.mac_size, stacked->link.mac);
    }
    link_put_info(message, stacked);
    return MNL_ALIGN(message->nlmsg_len);
}

size_t rtnetlink_encode_mark(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, int index,
                             const char *alias, uint32_t group)
{
    struct nlmsghdr *message = link_begin(data, RTM_NEWLINK, NLM_F_ACK, sequence, index);
    size_t length = strnlen(alias, RTNETLINK_ALIAS_SIZE - 1);

    mnl_attr_put(message, IFLA_IFALIAS, length, alias);
    mnl_attr_put_u32(message, IFLA_GROUP, group);
    return MNL_ALIGN(message->nlmsg_len);
}

size_t rtnetlink_encode_group(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, int index,
                              uint32_t group)
{
    struct nlmsghdr *message = link_begin(data, RTM_NEWLINK, NLM_F_ACK, sequence, index);

    mnl_attr_put_u32(message, IFLA_GROUP, group);
    return MNL_ALIGN(message->nlmsg_len);
}

size_t rtnetlink_encode_up(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, int index, bool up)
{
    struct nlmsghdr *message = link_begin(data, RTM_NEWLINK, NLM_F_ACK, sequence, index);
    struct ifinfomsg *info = mnl_nlmsg_get_payload(message);

    info->ifi_flags = up ? LINK_IFF_UP : 0;
    info->ifi_change = LINK_IFF_UP;
    return MNL_ALIGN(message->nlmsg_len);
}

size_t rtnetlink_encode_delete(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, int index)
{
    struct nlmsghdr *message = link_begin(data, RTM_DELLINK, NLM_F_ACK, sequence, index);

    return MNL_ALIGN(message->nlmsg_len);
}

size_t rtnetlink_encode_get(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, const char *name)
{
    struct nlmsghdr *message = link_begin(data, RTM_GETLINK, 0, sequence, 0);

    mnl_attr_put_strz(message, IFLA_IFNAME, name);
    return MNL_ALIGN(message->nlmsg_len);
}

size_t rtnetlink_encode_get_index(uint8_t data[RTNETLINK_LINK_SIZE], uint32_t sequence, int index)
{
    struct nlmsghdr *message = link_begin(data, RTM_GETLINK, 0, sequence, index);

    return MNL_ALIGN(message->nlmsg_len);
}
