/* SPDX-License-Identifier: Apache-2.0
 *
 * The codec of IPVS's generic netlink messages: one small function for each nesting level, in both
 * directions. Byte order is converted here and nowhere else. It opens no socket.
 */
#include "ipvs/kernel_codec.h"

#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

/* ---- Requests ---------------------------------------------------------------------------------- */

static struct nlmsghdr *kernel_encode_begin(void *to, uint16_t family, uint32_t sequence,
                                            uint16_t flags, uint8_t command)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(to);
    struct genlmsghdr *general = mnl_nlmsg_put_extra_header(message, sizeof(*general));

    message->nlmsg_type = family;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = sequence;
    general->cmd = command;
    general->version = IPVS_GENL_VERSION;
    return message;
}

/* Every request fits KERNEL_CODEC_MESSAGE_SIZE: a unit test holds it for the longest one. */
static void kernel_put(struct nlmsghdr *message, uint16_t type, const void *data, size_t size)
{
    struct nlattr *attribute = mnl_nlmsg_get_payload_tail(message);
    size_t padded = MNL_ALIGN(MNL_ATTR_HDRLEN + size);

    assert(message->nlmsg_len + padded <= KERNEL_CODEC_MESSAGE_SIZE);
    /* Not mnl_attr_put(), which costs three calls each and leaves in the padding what was in the memory:
     * a start with 10,000 real servers puts 110,000 of them. The last word first: it has the padding. */
    *(uint32_t *)(void *)((uint8_t *)attribute + padded - sizeof(uint32_t)) = 0;
    attribute->nla_type = type;
    attribute->nla_len = (uint16_t)(MNL_ATTR_HDRLEN + size);
    memcpy((uint8_t *)attribute + MNL_ATTR_HDRLEN, data, size);
    message->nlmsg_len += (uint32_t)padded;
}

static void kernel_put_u8(struct nlmsghdr *message, uint16_t type, uint8_t value)
{
    kernel_put(message, type, &value, sizeof(value));
}

static void kernel_put_u16(struct nlmsghdr *message, uint16_t type, uint16_t value)
{
    kernel_put(message, type, &value, sizeof(value));
}

static void kernel_put_u32(struct nlmsghdr *message, uint16_t type, uint32_t value)
{
    kernel_put(message, type, &value, sizeof(value));
}

static void kernel_put_text(struct nlmsghdr *message, uint16_t type, const char *text)
{
    kernel_put(message, type, text, strlen(text) + 1);
}

static struct nlattr *kernel_put_nest(struct nlmsghdr *message, uint16_t type)
{
    struct nlattr *nest = mnl_attr_nest_start_check(message, KERNEL_CODEC_MESSAGE_SIZE, type);

    assert(nest);
    return nest;
}

/* The address is union nf_inet_addr: 16 bytes, of which IPv4 uses the first four. */
static void kernel_put_addr(struct nlmsghdr *message, uint16_t type, const struct inet_addr *addr)
{
    kernel_put(message, type, addr->bytes, sizeof(addr->bytes));
}

static void kernel_put_service_key(struct nlmsghdr *message, const struct conf_service_key *key)
{
    kernel_put_u16(message, IPVS_SVC_ATTR_AF, key->family);
    if (key->fwmark) {
        kernel_put_u32(message, IPVS_SVC_ATTR_FWMARK, key->fwmark);
    } else {
        kernel_put_u16(message, IPVS_SVC_ATTR_PROTOCOL, key->protocol);
        kernel_put_addr(message, IPVS_SVC_ATTR_ADDR, &key->addr);
        kernel_put_u16(message, IPVS_SVC_ATTR_PORT, htons(key->port));
    }
}

static void kernel_put_service_settings(struct nlmsghdr *message,
                                        const struct table_service_settings *settings)
{
    /* The mask spares _HASHED, which is the kernel's own. */
    const struct ip_vs_flags flags = {.flags = settings->flags,
                                      .mask = ~(uint32_t)IP_VS_SVC_F_HASHED};

    kernel_put_text(message, IPVS_SVC_ATTR_SCHED_NAME, settings->scheduler);
    if (*settings->engine) {
        kernel_put_text(message, IPVS_SVC_ATTR_PE_NAME, settings->engine);
    }
    kernel_put(message, IPVS_SVC_ATTR_FLAGS, &flags, sizeof(flags));
    kernel_put_u32(message, IPVS_SVC_ATTR_TIMEOUT, settings->timeout_s);
    kernel_put_u32(message, IPVS_SVC_ATTR_NETMASK, settings->netmask);
}

static void kernel_put_service(struct nlmsghdr *message, const struct conf_service_key *key,
                               const struct table_service_settings *settings)
{
    struct nlattr *nest = kernel_put_nest(message, IPVS_CMD_ATTR_SERVICE);

    kernel_put_service_key(message, key);
    if (settings) {
        kernel_put_service_settings(message, settings);
    }
    mnl_attr_nest_end(message, nest);
}

static void kernel_put_destination_settings(struct nlmsghdr *message,
                                            const struct table_destination_settings *settings)
{
    kernel_put_u32(message, IPVS_DEST_ATTR_FWD_METHOD, settings->forward);
    kernel_put_u32(message, IPVS_DEST_ATTR_WEIGHT, settings->weight);
    kernel_put_u32(message, IPVS_DEST_ATTR_U_THRESH, settings->upper_threshold);
    kernel_put_u32(message, IPVS_DEST_ATTR_L_THRESH, settings->lower_threshold);
    if (settings->forward == IP_VS_CONN_F_TUNNEL) {
        kernel_put_u8(message, IPVS_DEST_ATTR_TUN_TYPE, settings->tunnel.type);
        kernel_put_u16(message, IPVS_DEST_ATTR_TUN_PORT, htons(settings->tunnel.port));
        kernel_put_u16(message, IPVS_DEST_ATTR_TUN_FLAGS, settings->tunnel.flags);
    }
}

static void kernel_put_destination(struct nlmsghdr *message, const struct conf_server_key *key,
                                   const struct table_destination_settings *settings)
{
    struct nlattr *nest = kernel_put_nest(message, IPVS_CMD_ATTR_DEST);

    kernel_put_u16(message, IPVS_DEST_ATTR_ADDR_FAMILY, key->addr.family);
    kernel_put_addr(message, IPVS_DEST_ATTR_ADDR, &key->addr);
    kernel_put_u16(message, IPVS_DEST_ATTR_PORT, htons(key->port));
    if (settings) {
        kernel_put_destination_settings(message, settings);
    }
    mnl_attr_nest_end(message, nest);
}

size_t kernel_encode_request(void *to, uint16_t family, uint32_t sequence,
                             enum kernel_request request, const struct conf_service_key *service)
{
    static const struct {
        uint8_t command;
        uint16_t flags;
    } requests[KERNEL_REQUESTS] = {
        [KERNEL_REQUEST_SERVICES] = {IPVS_CMD_GET_SERVICE, NLM_F_DUMP},
        [KERNEL_REQUEST_DESTINATIONS] = {IPVS_CMD_GET_DEST, NLM_F_DUMP},
        [KERNEL_REQUEST_INFO] = {IPVS_CMD_GET_INFO, 0},
        [KERNEL_REQUEST_CONFIG] = {IPVS_CMD_GET_CONFIG, 0},
        [KERNEL_REQUEST_DAEMONS] = {IPVS_CMD_GET_DAEMON, NLM_F_DUMP},
    };
    struct nlmsghdr *message = kernel_encode_begin(to, family, sequence, requests[request].flags,
                                                   requests[request].command);

    if (service) {
        kernel_put_service(message, service, NULL);
    }
    return message->nlmsg_len;
}

static void kernel_put_nothing(struct nlmsghdr *message, const struct plan_operation *operation)
{
    (void)message;
    (void)operation;
}

static void kernel_put_timeout(struct nlmsghdr *message, uint16_t type, uint32_t seconds)
{
    if (seconds) {
        kernel_put_u32(message, type, seconds);
    }
}

static void kernel_put_timeouts(struct nlmsghdr *message, const struct plan_operation *operation)
{
    const struct conf_ipvs_timeouts *timeouts = &operation->timeouts;

    kernel_put_timeout(message, IPVS_CMD_ATTR_TIMEOUT_TCP, timeouts->tcp_s);
    kernel_put_timeout(message, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, timeouts->tcp_fin_s);
    kernel_put_timeout(message, IPVS_CMD_ATTR_TIMEOUT_UDP, timeouts->udp_s);
}

static void kernel_put_whole_service(struct nlmsghdr *message,
                                     const struct plan_operation *operation)
{
    kernel_put_service(message, &operation->service, &operation->service_settings);
}

static void kernel_put_removed_service(struct nlmsghdr *message,
                                       const struct plan_operation *operation)
{
    kernel_put_service(message, &operation->service, NULL);
}

static void kernel_put_whole_destination(struct nlmsghdr *message,
                                         const struct plan_operation *operation)
{
    kernel_put_service(message, &operation->service, NULL);
    kernel_put_destination(message, &operation->server, &operation->destination_settings);
}

static void kernel_put_removed_destination(struct nlmsghdr *message,
                                           const struct plan_operation *operation)
{
    kernel_put_service(message, &operation->service, NULL);
    kernel_put_destination(message, &operation->server, NULL);
}

static const uint32_t kernel_daemon_states[TABLE_DAEMON_ROLES] = {
    [TABLE_DAEMON_MASTER] = IP_VS_STATE_MASTER,
    [TABLE_DAEMON_BACKUP] = IP_VS_STATE_BACKUP,
};

/* Numbers are in the host's order, as ip_vs_genl_new_daemon() reads them; a group is not one. */
static void kernel_put_daemon_settings(struct nlmsghdr *message, const struct table_daemon *daemon)
{
    kernel_put_text(message, IPVS_DAEMON_ATTR_MCAST_IFN, daemon->interface);
    kernel_put_u32(message, IPVS_DAEMON_ATTR_SYNC_ID, daemon->id);
    if (daemon->maxlen) {
        kernel_put_u16(message, IPVS_DAEMON_ATTR_SYNC_MAXLEN, daemon->maxlen);
    }
    if (inet_is_set(&daemon->group)) {
        bool ipv6 = daemon->group.family == AF_INET6;

        kernel_put(message, ipv6 ? IPVS_DAEMON_ATTR_MCAST_GROUP6 : IPVS_DAEMON_ATTR_MCAST_GROUP,
                   daemon->group.bytes, inet_family_size(daemon->group.family));
    }
    if (daemon->port) {
        kernel_put_u16(message, IPVS_DAEMON_ATTR_MCAST_PORT, daemon->port);
    }
    if (daemon->ttl) {
        kernel_put_u8(message, IPVS_DAEMON_ATTR_MCAST_TTL, daemon->ttl);
    }
}

static void kernel_put_daemon(struct nlmsghdr *message, const struct plan_operation *operation)
{
    struct nlattr *nest = kernel_put_nest(message, IPVS_CMD_ATTR_DAEMON);

    kernel_put_u32(message, IPVS_DAEMON_ATTR_STATE, kernel_daemon_states[operation->role]);
    if (operation->kind == PLAN_START_DAEMON) {
        kernel_put_daemon_settings(message, &operation->daemon);
    }
    mnl_attr_nest_end(message, nest);
}

size_t kernel_encode_operation(void *to, uint16_t family, uint32_t sequence,
                               const struct plan_operation *operation)
{
    static const struct {
        uint8_t command;
        void (*put)(struct nlmsghdr *, const struct plan_operation *);
    } kinds[PLAN_KINDS] = {
        [PLAN_FLUSH] = {IPVS_CMD_FLUSH, kernel_put_nothing},
        [PLAN_SET_TIMEOUTS] = {IPVS_CMD_SET_CONFIG, kernel_put_timeouts},
        [PLAN_STOP_DAEMON] = {IPVS_CMD_DEL_DAEMON, kernel_put_daemon},
        [PLAN_ADD_SERVICE] = {IPVS_CMD_NEW_SERVICE, kernel_put_whole_service},
        [PLAN_ADD_DESTINATION] = {IPVS_CMD_NEW_DEST, kernel_put_whole_destination},
        [PLAN_EDIT_SERVICE] = {IPVS_CMD_SET_SERVICE, kernel_put_whole_service},
        [PLAN_EDIT_DESTINATION] = {IPVS_CMD_SET_DEST, kernel_put_whole_destination},
        [PLAN_REMOVE_DESTINATION] = {IPVS_CMD_DEL_DEST, kernel_put_removed_destination},
        [PLAN_REMOVE_SERVICE] = {IPVS_CMD_DEL_SERVICE, kernel_put_removed_service},
        [PLAN_START_DAEMON] = {IPVS_CMD_NEW_DAEMON, kernel_put_daemon},
    };

    struct nlmsghdr *message =
        kernel_encode_begin(to, family, sequence, 0, kinds[operation->kind].command);

    kinds[operation->kind].put(message, operation);
    return message->nlmsg_len;
}

void kernel_want_answer(void *message)
{
    struct nlmsghdr *header = message;

    header->nlmsg_flags |= NLM_F_ACK;
}

/* ---- Replies ----------------------------------------------------------------------------------- */

const char *kernel_decode_text(enum kernel_decode_error error)
{
    static const char *const texts[KERNEL_DECODE_ERRORS] = {
        [KERNEL_DECODE_OK] = "understood",
        [KERNEL_DECODE_END] = "no message is left",
        [KERNEL_DECODE_TRUNCATED] = "a message is longer than what was received",
        [KERNEL_DECODE_FAMILY] = "a message of another family",
        [KERNEL_DECODE_ATTRIBUTE] = "an attribute of a wrong size",
        [KERNEL_DECODE_MISSING] = "a part that is always there is missing",
    };

    return texts[error];
}

static const struct nla_policy kernel_command_policy[IPVS_CMD_ATTR_MAX + 1] = {
    [IPVS_CMD_ATTR_SERVICE] = {.type = NLA_NESTED},
    [IPVS_CMD_ATTR_DEST] = {.type = NLA_NESTED},
    [IPVS_CMD_ATTR_DAEMON] = {.type = NLA_NESTED},
    [IPVS_CMD_ATTR_TIMEOUT_TCP] = {.type = NLA_U32},
    [IPVS_CMD_ATTR_TIMEOUT_TCP_FIN] = {.type = NLA_U32},
    [IPVS_CMD_ATTR_TIMEOUT_UDP] = {.type = NLA_U32},
};

static const struct nla_policy kernel_info_policy[IPVS_INFO_ATTR_MAX + 1] = {
    [IPVS_INFO_ATTR_VERSION] = {.type = NLA_U32},
    [IPVS_INFO_ATTR_CONN_TAB_SIZE] = {.type = NLA_U32},
};

/* Names carry no guarantee of a NUL; an address is always a whole union nf_inet_addr. */
static const struct nla_policy kernel_service_policy[IPVS_SVC_ATTR_MAX + 1] = {
    [IPVS_SVC_ATTR_AF] = {.type = NLA_U16},
    [IPVS_SVC_ATTR_PROTOCOL] = {.type = NLA_U16},
    [IPVS_SVC_ATTR_ADDR] = {.minlen = 16, .maxlen = 16},
    [IPVS_SVC_ATTR_PORT] = {.type = NLA_U16},
    [IPVS_SVC_ATTR_FWMARK] = {.type = NLA_U32},
    [IPVS_SVC_ATTR_SCHED_NAME] = {.maxlen = IP_VS_SCHEDNAME_MAXLEN},
    [IPVS_SVC_ATTR_FLAGS] = {.minlen = sizeof(struct ip_vs_flags)},
    [IPVS_SVC_ATTR_TIMEOUT] = {.type = NLA_U32},
    [IPVS_SVC_ATTR_NETMASK] = {.type = NLA_U32},
    [IPVS_SVC_ATTR_STATS] = {.type = NLA_NESTED},
    [IPVS_SVC_ATTR_PE_NAME] = {.maxlen = TABLE_ENGINE_SIZE},
    [IPVS_SVC_ATTR_STATS64] = {.type = NLA_NESTED},
};

static const struct nla_policy kernel_destination_policy[IPVS_DEST_ATTR_MAX + 1] = {
    [IPVS_DEST_ATTR_ADDR] = {.minlen = 16, .maxlen = 16},
    [IPVS_DEST_ATTR_PORT] = {.type = NLA_U16},
    [IPVS_DEST_ATTR_FWD_METHOD] = {.type = NLA_U32},
    [IPVS_DEST_ATTR_WEIGHT] = {.type = NLA_U32},
    [IPVS_DEST_ATTR_U_THRESH] = {.type = NLA_U32},
    [IPVS_DEST_ATTR_L_THRESH] = {.type = NLA_U32},
    [IPVS_DEST_ATTR_ACTIVE_CONNS] = {.type = NLA_U32},
    [IPVS_DEST_ATTR_INACT_CONNS] = {.type = NLA_U32},
    [IPVS_DEST_ATTR_PERSIST_CONNS] = {.type = NLA_U32},
    [IPVS_DEST_ATTR_STATS] = {.type = NLA_NESTED},
    [IPVS_DEST_ATTR_ADDR_FAMILY] = {.type = NLA_U16},
    [IPVS_DEST_ATTR_STATS64] = {.type = NLA_NESTED},
    [IPVS_DEST_ATTR_TUN_TYPE] = {.type = NLA_U8},
    [IPVS_DEST_ATTR_TUN_PORT] = {.type = NLA_U16},
    [IPVS_DEST_ATTR_TUN_FLAGS] = {.type = NLA_U16},
};

static const struct nla_policy kernel_daemon_policy[IPVS_DAEMON_ATTR_MAX + 1] = {
    [IPVS_DAEMON_ATTR_STATE] = {.type = NLA_U32},
    [IPVS_DAEMON_ATTR_MCAST_IFN] = {.maxlen = IP_VS_IFNAME_MAXLEN},
    [IPVS_DAEMON_ATTR_SYNC_ID] = {.type = NLA_U32},
    [IPVS_DAEMON_ATTR_SYNC_MAXLEN] = {.type = NLA_U16},
    [IPVS_DAEMON_ATTR_MCAST_GROUP] = {.type = NLA_U32},
    [IPVS_DAEMON_ATTR_MCAST_GROUP6] = {.minlen = 16, .maxlen = 16},
    [IPVS_DAEMON_ATTR_MCAST_PORT] = {.type = NLA_U16},
    [IPVS_DAEMON_ATTR_MCAST_TTL] = {.type = NLA_U8},
};

static bool kernel_parse_nest(struct nlattr **attributes, int max, const struct nlattr *nest,
                              const struct nla_policy *policy)
{
    return nla_parse(attributes, max, nla_data(nest), nla_len(nest), policy) == 0;
}

static bool kernel_have(struct nlattr *const *attributes, const int *types, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!attributes[types[i]]) {
            return false;
        }
    }
    return true;
}

static uint32_t kernel_get_u32(const struct nlattr *attribute)
{
    return attribute ? nla_get_u32(attribute) : 0;
}

static uint16_t kernel_get_u16(const struct nlattr *attribute)
{
    return attribute ? nla_get_u16(attribute) : 0;
}

static uint16_t kernel_get_port(const struct nlattr *attribute)
{
    return ntohs(kernel_get_u16(attribute));
}

static bool kernel_is_family(uint16_t family)
{
    return inet_family_size((uint8_t)family) != 0 && family <= UINT8_MAX;
}

/* A counter of 4 or 8 bytes: the attributes of _STATS and _STATS64 have the same numbers. */
static uint64_t kernel_get_counter(const struct nlattr *attribute)
{
    if (!attribute) {
        return 0;
    }
    return (size_t)nla_len(attribute) >= sizeof(uint64_t)   ? nla_get_u64(attribute)
           : (size_t)nla_len(attribute) >= sizeof(uint32_t) ? nla_get_u32(attribute)
                                                            : 0;
}

static bool kernel_parse_counters(const struct nlattr *nest, struct table_counters *counters)
{
    struct nlattr *attributes[IPVS_STATS_ATTR_MAX + 1];

    memset(counters, 0, sizeof(*counters));
    if (!nest) {
        return true;
    }
    if (!kernel_parse_nest(attributes, IPVS_STATS_ATTR_MAX, nest, NULL)) {
        return false;
    }
    for (unsigned i = 0; i < TABLE_COUNTERS; i++) {
        counters->value[i] = kernel_get_counter(attributes[IPVS_STATS_ATTR_CONNS + i]);
    }
    return true;
}

static enum kernel_decode_error kernel_parse_service_key(struct nlattr *const *attributes,
                                                         struct conf_service_key *key)
{
    static const int needed[] = {IPVS_SVC_ATTR_PROTOCOL, IPVS_SVC_ATTR_ADDR, IPVS_SVC_ATTR_PORT};
    uint16_t family = kernel_get_u16(attributes[IPVS_SVC_ATTR_AF]);
    struct inet_addr addr;

    if (!kernel_is_family(family)) {
        return KERNEL_DECODE_ATTRIBUTE;
    }
    if (attributes[IPVS_SVC_ATTR_FWMARK]) {
        *key = table_key_of_fwmark(nla_get_u32(attributes[IPVS_SVC_ATTR_FWMARK]), (uint8_t)family);
        return key->fwmark ? KERNEL_DECODE_OK : KERNEL_DECODE_ATTRIBUTE;
    }
    if (!kernel_have(attributes, needed, sizeof(needed) / sizeof(needed[0]))) {
        return KERNEL_DECODE_MISSING;
    }
    addr = inet_from_bytes((uint8_t)family, nla_data(attributes[IPVS_SVC_ATTR_ADDR]));
    *key = table_key_of_address((uint8_t)nla_get_u16(attributes[IPVS_SVC_ATTR_PROTOCOL]), &addr,
                                kernel_get_port(attributes[IPVS_SVC_ATTR_PORT]));
    return KERNEL_DECODE_OK;
}

static void kernel_parse_service_settings(struct nlattr *const *attributes, uint8_t family,
                                          struct table_service_settings *settings)
{
    struct ip_vs_flags flags;

    memset(settings, 0, sizeof(*settings));
    (void)nla_strlcpy(settings->scheduler, attributes[IPVS_SVC_ATTR_SCHED_NAME],
                      sizeof(settings->scheduler));
    if (attributes[IPVS_SVC_ATTR_PE_NAME]) {
        (void)nla_strlcpy(settings->engine, attributes[IPVS_SVC_ATTR_PE_NAME],
                          sizeof(settings->engine));
    }
    memcpy(&flags, nla_data(attributes[IPVS_SVC_ATTR_FLAGS]), sizeof(flags));
    settings->flags = flags.flags;
    settings->timeout_s = nla_get_u32(attributes[IPVS_SVC_ATTR_TIMEOUT]);
    settings->netmask = nla_get_u32(attributes[IPVS_SVC_ATTR_NETMASK]);
    table_service_settings_normalise(settings, family);
}

static enum kernel_decode_error kernel_parse_service(const struct nlattr *nest,
                                                     struct kernel_reply *reply)
{
    static const int needed[] = {IPVS_SVC_ATTR_AF, IPVS_SVC_ATTR_SCHED_NAME, IPVS_SVC_ATTR_FLAGS,
                                 IPVS_SVC_ATTR_TIMEOUT, IPVS_SVC_ATTR_NETMASK};
    struct nlattr *attributes[IPVS_SVC_ATTR_MAX + 1];
    enum kernel_decode_error error;

    if (!kernel_parse_nest(attributes, IPVS_SVC_ATTR_MAX, nest, kernel_service_policy)) {
        return KERNEL_DECODE_ATTRIBUTE;
    }
    if (!kernel_have(attributes, needed, sizeof(needed) / sizeof(needed[0]))) {
        return KERNEL_DECODE_MISSING;
    }
    error = kernel_parse_service_key(attributes, &reply->service.key);
    if (error != KERNEL_DECODE_OK) {
        return error;
    }
    kernel_parse_service_settings(attributes, reply->service.key.family, &reply->service.settings);
    return kernel_parse_counters(attributes[IPVS_SVC_ATTR_STATS64]
                                     ? attributes[IPVS_SVC_ATTR_STATS64]
                                     : attributes[IPVS_SVC_ATTR_STATS],
                                 &reply->service.counters)
               ? KERNEL_DECODE_OK
               : KERNEL_DECODE_ATTRIBUTE;
}

static void kernel_parse_destination_settings(struct nlattr *const *attributes,
                                              struct table_destination_settings *settings)
{
    const struct nlattr *type = attributes[IPVS_DEST_ATTR_TUN_TYPE];

    *settings = (struct table_destination_settings){
        .forward =
            nla_get_u32(attributes[IPVS_DEST_ATTR_FWD_METHOD]) & (uint32_t)IP_VS_CONN_F_FWD_MASK,
        .weight = nla_get_u32(attributes[IPVS_DEST_ATTR_WEIGHT]),
        .upper_threshold = kernel_get_u32(attributes[IPVS_DEST_ATTR_U_THRESH]),
        .lower_threshold = kernel_get_u32(attributes[IPVS_DEST_ATTR_L_THRESH]),
        .tunnel = {.type = type ? nla_get_u8(type) : IP_VS_CONN_F_TUNNEL_TYPE_IPIP,
                   .port = kernel_get_port(attributes[IPVS_DEST_ATTR_TUN_PORT]),
                   .flags = kernel_get_u16(attributes[IPVS_DEST_ATTR_TUN_FLAGS])},
    };
    table_destination_settings_normalise(settings);
}

static bool kernel_parse_server_key(struct nlattr *const *attributes, uint8_t service_family,
                                    struct conf_server_key *key)
{
    const struct nlattr *told = attributes[IPVS_DEST_ATTR_ADDR_FAMILY];
    uint16_t family = told ? nla_get_u16(told) : service_family;

    if (!kernel_is_family(family)) {
        return false;
    }
    *key = (struct conf_server_key){
        .addr = inet_from_bytes((uint8_t)family, nla_data(attributes[IPVS_DEST_ATTR_ADDR])),
        .port = kernel_get_port(attributes[IPVS_DEST_ATTR_PORT]),
    };
    return true;
}

static enum kernel_decode_error kernel_parse_destination(const struct nlattr *nest,
                                                         uint8_t service_family,
                                                         struct kernel_reply *reply)
{
    static const int needed[] = {IPVS_DEST_ATTR_ADDR, IPVS_DEST_ATTR_PORT,
                                 IPVS_DEST_ATTR_FWD_METHOD, IPVS_DEST_ATTR_WEIGHT};
    struct nlattr *attributes[IPVS_DEST_ATTR_MAX + 1];

    if (!kernel_parse_nest(attributes, IPVS_DEST_ATTR_MAX, nest, kernel_destination_policy)) {
        return KERNEL_DECODE_ATTRIBUTE;
    }
    if (!kernel_have(attributes, needed, sizeof(needed) / sizeof(needed[0]))) {
        return KERNEL_DECODE_MISSING;
    }
    if (!kernel_parse_server_key(attributes, service_family, &reply->destination.key)) {
        return KERNEL_DECODE_ATTRIBUTE;
    }
    kernel_parse_destination_settings(attributes, &reply->destination.settings);
    reply->destination.connections = (struct table_connections){
        .active = kernel_get_u32(attributes[IPVS_DEST_ATTR_ACTIVE_CONNS]),
        .inactive = kernel_get_u32(attributes[IPVS_DEST_ATTR_INACT_CONNS]),
        .persistent = kernel_get_u32(attributes[IPVS_DEST_ATTR_PERSIST_CONNS]),
    };
    return kernel_parse_counters(attributes[IPVS_DEST_ATTR_STATS64]
                                     ? attributes[IPVS_DEST_ATTR_STATS64]
                                     : attributes[IPVS_DEST_ATTR_STATS],
                                 &reply->destination.counters)
               ? KERNEL_DECODE_OK
               : KERNEL_DECODE_ATTRIBUTE;
}

static struct inet_addr kernel_parse_group(struct nlattr *const *attributes)
{
    struct inet_addr none = {0};

    if (attributes[IPVS_DAEMON_ATTR_MCAST_GROUP]) {
        return inet_from_bytes(AF_INET, nla_data(attributes[IPVS_DAEMON_ATTR_MCAST_GROUP]));
    }
    if (attributes[IPVS_DAEMON_ATTR_MCAST_GROUP6]) {
        return inet_from_bytes(AF_INET6, nla_data(attributes[IPVS_DAEMON_ATTR_MCAST_GROUP6]));
    }
    return none;
}

/* @return false where it is none of the two that there are */
static bool kernel_parse_role(const struct nlattr *state, enum table_daemon_role *role)
{
    for (unsigned i = 0; i < TABLE_DAEMON_ROLES; i++) {
        if (nla_get_u32(state) == kernel_daemon_states[i]) {
            *role = (enum table_daemon_role)i;
            return true;
        }
    }
    return false;
}

static enum kernel_decode_error kernel_parse_daemon(const struct nlattr *nest,
                                                    struct kernel_reply *reply)
{
    static const int needed[] = {IPVS_DAEMON_ATTR_STATE, IPVS_DAEMON_ATTR_MCAST_IFN,
                                 IPVS_DAEMON_ATTR_SYNC_ID};
    struct nlattr *attributes[IPVS_DAEMON_ATTR_MAX + 1];
    struct table_daemon *daemon = &reply->daemon;
    const struct nlattr *ttl;

    if (!kernel_parse_nest(attributes, IPVS_DAEMON_ATTR_MAX, nest, kernel_daemon_policy)) {
        return KERNEL_DECODE_ATTRIBUTE;
    }
    if (!kernel_have(attributes, needed, sizeof(needed) / sizeof(needed[0]))) {
        return KERNEL_DECODE_MISSING;
    }
    if (!kernel_parse_role(attributes[IPVS_DAEMON_ATTR_STATE], &reply->role)) {
        return KERNEL_DECODE_ATTRIBUTE;
    }
    ttl = attributes[IPVS_DAEMON_ATTR_MCAST_TTL];
    *daemon = (struct table_daemon){
        .running = true,
        .id = nla_get_u32(attributes[IPVS_DAEMON_ATTR_SYNC_ID]),
        .maxlen = kernel_get_u16(attributes[IPVS_DAEMON_ATTR_SYNC_MAXLEN]),
        .port = kernel_get_u16(attributes[IPVS_DAEMON_ATTR_MCAST_PORT]),
        .ttl = ttl ? nla_get_u8(ttl) : 0,
        .group = kernel_parse_group(attributes),
    };
    (void)nla_strlcpy(daemon->interface, attributes[IPVS_DAEMON_ATTR_MCAST_IFN],
                      sizeof(daemon->interface));
    return KERNEL_DECODE_OK;
}

static enum kernel_decode_error kernel_parse_info(struct nlmsghdr *header,
                                                  struct kernel_reply *reply)
{
    struct nlattr *attributes[IPVS_INFO_ATTR_MAX + 1];

    if (genlmsg_parse(header, 0, attributes, IPVS_INFO_ATTR_MAX, kernel_info_policy) != 0) {
        return KERNEL_DECODE_ATTRIBUTE;
    }
    reply->kind = KERNEL_REPLY_INFO;
    reply->info = (struct kernel_info){
        .version = kernel_get_u32(attributes[IPVS_INFO_ATTR_VERSION]),
        .connection_table_size = kernel_get_u32(attributes[IPVS_INFO_ATTR_CONN_TAB_SIZE]),
    };
    return KERNEL_DECODE_OK;
}

/* A message of the IPVS family: its command says what is in it. */
static enum kernel_decode_error kernel_parse_command(const struct kernel_decoder *decoder,
                                                     struct nlmsghdr *header,
                                                     struct kernel_reply *reply)
{
    struct nlattr *attributes[IPVS_CMD_ATTR_MAX + 1];
    const struct genlmsghdr *command;

    if (!genlmsg_valid_hdr(header, 0)) {
        return KERNEL_DECODE_MISSING;
    }
    command = genlmsg_hdr(header);
    if (command->cmd == IPVS_CMD_SET_INFO) { /* its attributes have numbers of their own */
        return kernel_parse_info(header, reply);
    }
    if (genlmsg_parse(header, 0, attributes, IPVS_CMD_ATTR_MAX, kernel_command_policy) != 0) {
        return KERNEL_DECODE_ATTRIBUTE;
    }
    switch (command->cmd) {
    case IPVS_CMD_NEW_SERVICE:
        reply->kind = KERNEL_REPLY_SERVICE;
        return attributes[IPVS_CMD_ATTR_SERVICE]
                   ? kernel_parse_service(attributes[IPVS_CMD_ATTR_SERVICE], reply)
                   : KERNEL_DECODE_MISSING;
    case IPVS_CMD_NEW_DEST:
        reply->kind = KERNEL_REPLY_DESTINATION;
        return attributes[IPVS_CMD_ATTR_DEST]
                   ? kernel_parse_destination(attributes[IPVS_CMD_ATTR_DEST],
                                              decoder->service_family, reply)
                   : KERNEL_DECODE_MISSING;
    case IPVS_CMD_NEW_DAEMON:
        reply->kind = KERNEL_REPLY_DAEMON;
        return attributes[IPVS_CMD_ATTR_DAEMON]
                   ? kernel_parse_daemon(attributes[IPVS_CMD_ATTR_DAEMON], reply)
                   : KERNEL_DECODE_MISSING;
    case IPVS_CMD_SET_CONFIG:
        reply->kind = KERNEL_REPLY_CONFIG;
        reply->timeouts = (struct conf_ipvs_timeouts){
            .tcp_s = kernel_get_u32(attributes[IPVS_CMD_ATTR_TIMEOUT_TCP]),
            .tcp_fin_s = kernel_get_u32(attributes[IPVS_CMD_ATTR_TIMEOUT_TCP_FIN]),
            .udp_s = kernel_get_u32(attributes[IPVS_CMD_ATTR_TIMEOUT_UDP]),
        };
        return KERNEL_DECODE_OK;
    default:
        reply->kind = KERNEL_REPLY_OTHER;
        return KERNEL_DECODE_OK;
    }
}

/* NLMSG_ERROR, and NLMSG_DONE where a dump failed, begin with an int: netlink(7). */
static enum kernel_decode_error kernel_parse_result(const struct nlmsghdr *header,
                                                    enum kernel_reply_kind kind,
                                                    struct kernel_reply *reply)
{
    reply->kind = kind;
    reply->error = 0;
    if (nlmsg_datalen(header) >= (int)sizeof(reply->error)) {
        memcpy(&reply->error, nlmsg_data(header), sizeof(reply->error));
    } else if (kind == KERNEL_REPLY_ANSWER) {
        return KERNEL_DECODE_MISSING;
    }
    /* -errno, whatever nonsense the bytes hold */
    return reply->error > 0 || reply->error < -4095 ? KERNEL_DECODE_ATTRIBUTE : KERNEL_DECODE_OK;
}

static enum kernel_decode_error kernel_parse_message(const struct kernel_decoder *decoder,
                                                     struct nlmsghdr *header,
                                                     struct kernel_reply *reply)
{
    reply->sequence = header->nlmsg_seq;
    switch (header->nlmsg_type) {
    case NLMSG_ERROR:
        return kernel_parse_result(header, KERNEL_REPLY_ANSWER, reply);
    case NLMSG_DONE:
        return kernel_parse_result(header, KERNEL_REPLY_DONE, reply);
    case NLMSG_NOOP:
        reply->kind = KERNEL_REPLY_OTHER;
        return KERNEL_DECODE_OK;
    default:
        return header->nlmsg_type == decoder->family ? kernel_parse_command(decoder, header, reply)
                                                     : KERNEL_DECODE_FAMILY;
    }
}

enum kernel_decode_error kernel_decode_next(struct kernel_decoder *decoder,
                                            struct kernel_reply *reply)
{
    struct nlmsghdr *header = decoder->data;
    size_t size;

    if (decoder->size == 0) {
        return KERNEL_DECODE_END;
    }
    if (decoder->size > INT32_MAX || !nlmsg_ok(header, (int)decoder->size)) {
        decoder->size = 0;
        return KERNEL_DECODE_TRUNCATED;
    }
    size = NLMSG_ALIGN(header->nlmsg_len);
    size = size < decoder->size ? size : decoder->size; /* the last one may lack its padding */
    decoder->data = (uint8_t *)decoder->data + size;
    decoder->size -= size;
    memset(reply, 0, sizeof(*reply));
    return kernel_parse_message(decoder, header, reply);
}
