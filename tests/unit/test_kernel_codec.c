/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "../ipvs_fixture.h"
#include "ipvs/kernel_codec.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>

enum { FAMILY = 0x25, SEQUENCE = 4711 };

/* ---- Attributes read and written without the codec's library ----------------------------------- */

struct bytes {
    _Alignas(8) uint8_t data[4096];
    size_t size;
};

static const struct nlattr *attribute_in(const uint8_t *data, size_t size, unsigned type)
{
    while (size >= NLA_HDRLEN) {
        const struct nlattr *attribute = (const struct nlattr *)data;
        size_t step = NLA_ALIGN(attribute->nla_len);

        assert_fact(attribute->nla_len >= NLA_HDRLEN && attribute->nla_len <= size,
                    "an attribute of %u bytes in %zu", (unsigned)attribute->nla_len, size);
        if ((attribute->nla_type & NLA_TYPE_MASK) == type) {
            return attribute;
        }
        step = step < size ? step : size;
        data += step;
        size -= step;
    }
    return NULL;
}

static const struct nlattr *top_attribute(const struct bytes *message, unsigned type)
{
    const size_t header = NLMSG_HDRLEN + GENL_HDRLEN;

    return attribute_in(message->data + header, message->size - header, type);
}

static const struct nlattr *nested_attribute(const struct bytes *message, unsigned nest,
                                             unsigned type)
{
    const struct nlattr *outer = top_attribute(message, nest);

    assert_fact(outer != NULL, "no nested attribute %u", nest);
    return attribute_in((const uint8_t *)outer + NLA_HDRLEN, outer->nla_len - NLA_HDRLEN, type);
}

static void assert_value(const struct nlattr *attribute, const void *value, size_t size,
                         const char *what)
{
    assert_fact(attribute != NULL, "%s is missing", what);
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the assertion before does not return */
    assert_fact(attribute->nla_len == NLA_HDRLEN + size, "%s has %u bytes", what,
                (unsigned)(attribute->nla_len - NLA_HDRLEN));
    assert_fact(memcmp((const uint8_t *)attribute + NLA_HDRLEN, value, size) == 0,
                "%s has another value", what);
}

#define assert_u8(attribute, number)                                                               \
    assert_value(attribute, &(uint8_t){number}, sizeof(uint8_t), #attribute)
#define assert_u16(attribute, number)                                                              \
    assert_value(attribute, &(uint16_t){number}, sizeof(uint16_t), #attribute)
#define assert_u32(attribute, number)                                                              \
    assert_value(attribute, &(uint32_t){number}, sizeof(uint32_t), #attribute)

#define SERVICE(message, type) nested_attribute(message, IPVS_CMD_ATTR_SERVICE, type)
#define SERVER(message, type)  nested_attribute(message, IPVS_CMD_ATTR_DEST, type)
#define DAEMON(message, type)  nested_attribute(message, IPVS_CMD_ATTR_DAEMON, type)

static void assert_header(const struct bytes *message, uint8_t command, uint16_t flags)
{
    const struct nlmsghdr *header = (const struct nlmsghdr *)message->data;
    const struct genlmsghdr *general = NLMSG_DATA(header);

    assert_int_equal(header->nlmsg_len, message->size);
    assert_int_equal(header->nlmsg_type, FAMILY);
    assert_int_equal(header->nlmsg_seq, SEQUENCE);
    assert_int_equal(header->nlmsg_flags, NLM_F_REQUEST | flags);
    assert_int_equal(general->cmd, command);
    assert_int_equal(general->version, IPVS_GENL_VERSION);
}

static struct bytes encode(const struct plan_operation *operation)
{
    struct bytes message = {0};

    message.size = kernel_encode_operation(message.data, FAMILY, SEQUENCE, operation);
    assert_int_equal(message.size % 4, 0);
    assert_true(message.size <= KERNEL_CODEC_MESSAGE_SIZE);
    return message;
}

static void assert_key_attributes(const struct bytes *message)
{
    uint8_t addr[16] = {10, 0, 0, 1};

    assert_u16(SERVICE(message, IPVS_SVC_ATTR_AF), AF_INET);
    assert_u16(SERVICE(message, IPVS_SVC_ATTR_PROTOCOL), IPPROTO_TCP);
    assert_value(SERVICE(message, IPVS_SVC_ATTR_ADDR), addr, sizeof(addr), "address");
    assert_u16(SERVICE(message, IPVS_SVC_ATTR_PORT), htons(80));
    assert_null(SERVICE(message, IPVS_SVC_ATTR_FWMARK));
}

static struct plan_operation given_service(enum plan_kind kind)
{
    return (struct plan_operation){
        .kind = kind,
        .service = fixture_service_key("tcp 10.0.0.1 80"),
        .service_settings = {.scheduler = "wrr",
                             .engine = "sip",
                             .flags = IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_SCHED2,
                             .timeout_s = 50,
                             .netmask = htonl(0xffffff00)},
    };
}

static struct plan_operation given_server(enum plan_kind kind)
{
    return (struct plan_operation){
        .kind = kind,
        .service = fixture_service_key("tcp 10.0.0.1 80"),
        .server = fixture_server_key("2001:db8::7", 8080),
        .destination_settings = {.forward = IP_VS_CONN_F_TUNNEL,
                                 .weight = 3,
                                 .upper_threshold = 20,
                                 .lower_threshold = 10,
                                 .tunnel = {IP_VS_CONN_F_TUNNEL_TYPE_GUE, 6080,
                                            IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM}},
    };
}

/* ---- Requests ---------------------------------------------------------------------------------- */

static void test_a_service_is_added_and_edited_with_all_it_has(void **state)
{
    static const struct {
        enum plan_kind kind;
        uint8_t command;
    } rows[] = {{PLAN_ADD_SERVICE, IPVS_CMD_NEW_SERVICE},
                {PLAN_EDIT_SERVICE, IPVS_CMD_SET_SERVICE}};
    const struct ip_vs_flags flags = {IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_SCHED2,
                                      ~(uint32_t)IP_VS_SVC_F_HASHED};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct plan_operation operation = given_service(rows[i].kind);
        const struct bytes message = encode(&operation);

        assert_header(&message, rows[i].command, 0);
        assert_key_attributes(&message);
        assert_value(SERVICE(&message, IPVS_SVC_ATTR_SCHED_NAME), "wrr", 4, "scheduler");
        assert_value(SERVICE(&message, IPVS_SVC_ATTR_PE_NAME), "sip", 4, "engine");
        assert_value(SERVICE(&message, IPVS_SVC_ATTR_FLAGS), &flags, sizeof(flags), "flags");
        assert_u32(SERVICE(&message, IPVS_SVC_ATTR_TIMEOUT), 50);
        assert_u32(SERVICE(&message, IPVS_SVC_ATTR_NETMASK), htonl(0xffffff00));
        assert_null(top_attribute(&message, IPVS_CMD_ATTR_DEST));
    }
}

static void test_a_service_without_engine_names_none(void **state)
{
    struct plan_operation operation = given_service(PLAN_EDIT_SERVICE);
    struct bytes message;

    (void)state;
    operation.service_settings.engine[0] = '\0';
    message = encode(&operation);
    assert_null(SERVICE(&message, IPVS_SVC_ATTR_PE_NAME));
}

static void test_a_fwmark_service_is_known_by_its_mark_alone(void **state)
{
    const struct plan_operation operation = {.kind = PLAN_REMOVE_SERVICE,
                                             .service = fixture_service_key("fwmark 7 inet6")};
    const struct bytes message = encode(&operation);

    (void)state;
    assert_header(&message, IPVS_CMD_DEL_SERVICE, 0);
    assert_u16(SERVICE(&message, IPVS_SVC_ATTR_AF), AF_INET6);
    assert_u32(SERVICE(&message, IPVS_SVC_ATTR_FWMARK), 7);
    assert_null(SERVICE(&message, IPVS_SVC_ATTR_PROTOCOL));
    assert_null(SERVICE(&message, IPVS_SVC_ATTR_ADDR));
    assert_null(SERVICE(&message, IPVS_SVC_ATTR_PORT));
    assert_null(SERVICE(&message, IPVS_SVC_ATTR_SCHED_NAME));
}

static void test_a_server_is_added_and_edited_with_all_it_has(void **state)
{
    static const struct {
        enum plan_kind kind;
        uint8_t command;
    } rows[] = {{PLAN_ADD_DESTINATION, IPVS_CMD_NEW_DEST},
                {PLAN_EDIT_DESTINATION, IPVS_CMD_SET_DEST}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct plan_operation operation = given_server(rows[i].kind);
        const struct bytes message = encode(&operation);

        assert_header(&message, rows[i].command, 0);
        assert_key_attributes(&message);
        assert_null(SERVICE(&message, IPVS_SVC_ATTR_SCHED_NAME));
        assert_u16(SERVER(&message, IPVS_DEST_ATTR_ADDR_FAMILY), AF_INET6);
        assert_value(SERVER(&message, IPVS_DEST_ATTR_ADDR), operation.server.addr.bytes, 16,
                     "address");
        assert_u16(SERVER(&message, IPVS_DEST_ATTR_PORT), htons(8080));
        assert_u32(SERVER(&message, IPVS_DEST_ATTR_FWD_METHOD), IP_VS_CONN_F_TUNNEL);
        assert_u32(SERVER(&message, IPVS_DEST_ATTR_WEIGHT), 3);
        assert_u32(SERVER(&message, IPVS_DEST_ATTR_U_THRESH), 20);
        assert_u32(SERVER(&message, IPVS_DEST_ATTR_L_THRESH), 10);
        assert_u8(SERVER(&message, IPVS_DEST_ATTR_TUN_TYPE), IP_VS_CONN_F_TUNNEL_TYPE_GUE);
        assert_u16(SERVER(&message, IPVS_DEST_ATTR_TUN_PORT), htons(6080));
        assert_u16(SERVER(&message, IPVS_DEST_ATTR_TUN_FLAGS), IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM);
    }
}

static void test_tunnel_attributes_go_to_tunnels_alone(void **state)
{
    struct plan_operation operation = given_server(PLAN_ADD_DESTINATION);
    struct bytes message;

    (void)state;
    operation.destination_settings.forward = IP_VS_CONN_F_DROUTE;
    message = encode(&operation);
    assert_u32(SERVER(&message, IPVS_DEST_ATTR_FWD_METHOD), IP_VS_CONN_F_DROUTE);
    assert_null(SERVER(&message, IPVS_DEST_ATTR_TUN_TYPE));
    assert_null(SERVER(&message, IPVS_DEST_ATTR_TUN_PORT));
    assert_null(SERVER(&message, IPVS_DEST_ATTR_TUN_FLAGS));
}

static void test_a_server_is_removed_by_its_key(void **state)
{
    const struct plan_operation operation = given_server(PLAN_REMOVE_DESTINATION);
    const struct bytes message = encode(&operation);

    (void)state;
    assert_header(&message, IPVS_CMD_DEL_DEST, 0);
    assert_key_attributes(&message);
    assert_u16(SERVER(&message, IPVS_DEST_ATTR_ADDR_FAMILY), AF_INET6);
    assert_u16(SERVER(&message, IPVS_DEST_ATTR_PORT), htons(8080));
    assert_null(SERVER(&message, IPVS_DEST_ATTR_WEIGHT));
}

static void test_timeouts_that_are_zero_are_not_sent(void **state)
{
    const struct plan_operation operation = {.kind = PLAN_SET_TIMEOUTS,
                                             .timeouts = {.tcp_s = 100, .udp_s = 300}};
    const struct bytes message = encode(&operation);

    (void)state;
    assert_header(&message, IPVS_CMD_SET_CONFIG, 0);
    assert_u32(top_attribute(&message, IPVS_CMD_ATTR_TIMEOUT_TCP), 100);
    assert_null(top_attribute(&message, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN));
    assert_u32(top_attribute(&message, IPVS_CMD_ATTR_TIMEOUT_UDP), 300);
}

static void test_a_flush_names_nothing(void **state)
{
    const struct plan_operation operation = {.kind = PLAN_FLUSH};
    const struct bytes message = encode(&operation);

    (void)state;
    assert_header(&message, IPVS_CMD_FLUSH, 0);
    assert_int_equal(message.size, NLMSG_HDRLEN + GENL_HDRLEN);
}

static void test_the_longest_message_fits(void **state)
{
    struct plan_operation operation = given_service(PLAN_ADD_SERVICE);

    (void)state;
    operation.service = fixture_service_key("tcp 2001:db8::1 80");
    memset(operation.service_settings.scheduler, 'x',
           sizeof(operation.service_settings.scheduler) - 1);
    memset(operation.service_settings.engine, 'y', sizeof(operation.service_settings.engine) - 1);
    assert_true(encode(&operation).size * 2 <= KERNEL_CODEC_MESSAGE_SIZE);
    operation = given_server(PLAN_ADD_DESTINATION);
    assert_true(encode(&operation).size * 2 <= KERNEL_CODEC_MESSAGE_SIZE);
}

static void test_nothing_of_what_was_there_before_is_in_a_message(void **state)
{
    const struct plan_operation operation = given_server(PLAN_ADD_DESTINATION);
    struct bytes first = encode(&operation);
    struct bytes second;

    (void)state;
    memset(&second, 0xff, sizeof(second));
    second.size = kernel_encode_operation(second.data, FAMILY, SEQUENCE, &operation);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
}

static void test_an_answer_is_asked_for_by_a_flag(void **state)
{
    const struct plan_operation operation = given_server(PLAN_ADD_DESTINATION);
    struct bytes message = encode(&operation);

    (void)state;
    kernel_want_answer(message.data);
    assert_header(&message, IPVS_CMD_NEW_DEST, NLM_F_ACK);
}

static void test_information_is_asked_for(void **state)
{
    static const struct {
        enum kernel_request request;
        uint8_t command;
        uint16_t flags;
    } rows[] = {
        {KERNEL_REQUEST_SERVICES, IPVS_CMD_GET_SERVICE, NLM_F_DUMP},
        {KERNEL_REQUEST_DESTINATIONS, IPVS_CMD_GET_DEST, NLM_F_DUMP},
        {KERNEL_REQUEST_INFO, IPVS_CMD_GET_INFO, 0},
        {KERNEL_REQUEST_CONFIG, IPVS_CMD_GET_CONFIG, 0},
    };
    const struct conf_service_key key = fixture_service_key("tcp 10.0.0.1 80");

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        bool destinations = rows[i].request == KERNEL_REQUEST_DESTINATIONS;
        struct bytes message = {0};

        message.size = kernel_encode_request(message.data, FAMILY, SEQUENCE, rows[i].request,
                                             destinations ? &key : NULL);
        assert_header(&message, rows[i].command, rows[i].flags);
        if (destinations) {
            assert_key_attributes(&message);
        } else {
            assert_int_equal(message.size, NLMSG_HDRLEN + GENL_HDRLEN);
        }
    }
}

/* ---- Replies ----------------------------------------------------------------------------------- */

static size_t begin_message(struct bytes *bytes, uint16_t type, uint8_t command)
{
    size_t at = bytes->size;
    struct nlmsghdr *header = (struct nlmsghdr *)(bytes->data + at);
    struct genlmsghdr *general = NLMSG_DATA(header);

    *header =
        (struct nlmsghdr){.nlmsg_type = type, .nlmsg_flags = NLM_F_MULTI, .nlmsg_seq = SEQUENCE};
    general->cmd = command;
    general->version = 1;
    bytes->size += NLMSG_HDRLEN + GENL_HDRLEN;
    return at;
}

static void end_message(struct bytes *bytes, size_t at)
{
    ((struct nlmsghdr *)(bytes->data + at))->nlmsg_len = (uint32_t)(bytes->size - at);
}

static void put(struct bytes *bytes, uint16_t type, const void *value, size_t size)
{
    struct nlattr *attribute = (struct nlattr *)(bytes->data + bytes->size);

    attribute->nla_type = type;
    attribute->nla_len = (uint16_t)(NLA_HDRLEN + size);
    memcpy((uint8_t *)attribute + NLA_HDRLEN, value, size);
    bytes->size += NLA_ALIGN(attribute->nla_len);
}

static void put_u32(struct bytes *bytes, uint16_t type, uint32_t value)
{
    put(bytes, type, &value, sizeof(value));
}

static size_t begin_nest(struct bytes *bytes, uint16_t type)
{
    size_t at = bytes->size;

    put(bytes, type, "", 0);
    return at;
}

static void end_nest(struct bytes *bytes, size_t at)
{
    ((struct nlattr *)(bytes->data + at))->nla_len = (uint16_t)(bytes->size - at);
}

/* Counters 1000, 1001 ... of 8 or of 4 bytes. */
static void put_counters(struct bytes *bytes, uint16_t type, size_t width)
{
    size_t nest = begin_nest(bytes, type);

    for (unsigned i = 0; i < TABLE_COUNTERS; i++) {
        uint32_t narrow = 1000U + i;
        uint64_t wide = narrow;

        put(bytes, (uint16_t)(IPVS_STATS_ATTR_CONNS + i),
            width == 8 ? (const void *)&wide : (const void *)&narrow, width);
    }
    end_nest(bytes, nest);
}

/* One attribute can be left out, or be cut to so many bytes. */
struct change {
    unsigned omitted;
    unsigned cut;
    size_t cut_to;
};

static void put_unless(struct bytes *bytes, const struct change *change, uint16_t type,
                       const void *value, size_t size)
{
    if (type != change->omitted) {
        put(bytes, type, value, type == change->cut ? change->cut_to : size);
    }
}

static void put_service_reply(struct bytes *bytes, const struct change *change, bool wide)
{
    const uint8_t addr[16] = {10, 0, 0,
                              1,  9, 9}; /* what is behind an IPv4 address is no part of it */
    const struct ip_vs_flags flags = {
        IP_VS_SVC_F_HASHED | IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_SCHED1, UINT32_MAX};
    size_t message = begin_message(bytes, FAMILY, IPVS_CMD_NEW_SERVICE);
    size_t nest = begin_nest(bytes, IPVS_CMD_ATTR_SERVICE);

    put_unless(bytes, change, IPVS_SVC_ATTR_AF, &(uint16_t){AF_INET}, 2);
    put_unless(bytes, change, IPVS_SVC_ATTR_PROTOCOL, &(uint16_t){IPPROTO_UDP}, 2);
    put_unless(bytes, change, IPVS_SVC_ATTR_ADDR, addr, sizeof(addr));
    put_unless(bytes, change, IPVS_SVC_ATTR_PORT, &(uint16_t){htons(53)}, 2);
    put_unless(bytes, change, IPVS_SVC_ATTR_SCHED_NAME, "wlc", 4);
    put_unless(bytes, change, IPVS_SVC_ATTR_PE_NAME, "sip", 4);
    put_unless(bytes, change, IPVS_SVC_ATTR_FLAGS, &flags, sizeof(flags));
    put_unless(bytes, change, IPVS_SVC_ATTR_TIMEOUT, &(uint32_t){60}, 4);
    put_unless(bytes, change, IPVS_SVC_ATTR_NETMASK, &(uint32_t){htonl(0xffff0000)}, 4);
    if (wide) {
        put_u32(bytes, 99, 0); /* of a kernel that is newer than we are */
        put_counters(bytes, IPVS_SVC_ATTR_STATS64, 8);
    } else {
        put_counters(bytes, IPVS_SVC_ATTR_STATS, 4);
    }
    end_nest(bytes, nest);
    end_message(bytes, message);
}

static void put_destination_reply(struct bytes *bytes, const struct change *change)
{
    uint8_t addr[16] = {192, 0, 2, 7};
    size_t message = begin_message(bytes, FAMILY, IPVS_CMD_NEW_DEST);
    size_t nest = begin_nest(bytes, IPVS_CMD_ATTR_DEST);

    put_unless(bytes, change, IPVS_DEST_ATTR_ADDR, addr, sizeof(addr));
    put_unless(bytes, change, IPVS_DEST_ATTR_PORT, &(uint16_t){htons(8080)}, 2);
    put_unless(bytes, change, IPVS_DEST_ATTR_FWD_METHOD, &(uint32_t){IP_VS_CONN_F_TUNNEL | 0x100},
               4);
    put_unless(bytes, change, IPVS_DEST_ATTR_WEIGHT, &(uint32_t){5}, 4);
    put_unless(bytes, change, IPVS_DEST_ATTR_TUN_TYPE, &(uint8_t){IP_VS_CONN_F_TUNNEL_TYPE_GUE}, 1);
    put_unless(bytes, change, IPVS_DEST_ATTR_TUN_PORT, &(uint16_t){htons(6080)}, 2);
    put_unless(bytes, change, IPVS_DEST_ATTR_TUN_FLAGS, &(uint16_t){1}, 2);
    put_unless(bytes, change, IPVS_DEST_ATTR_U_THRESH, &(uint32_t){20}, 4);
    put_unless(bytes, change, IPVS_DEST_ATTR_L_THRESH, &(uint32_t){10}, 4);
    put_unless(bytes, change, IPVS_DEST_ATTR_ACTIVE_CONNS, &(uint32_t){1}, 4);
    put_unless(bytes, change, IPVS_DEST_ATTR_INACT_CONNS, &(uint32_t){2}, 4);
    put_unless(bytes, change, IPVS_DEST_ATTR_PERSIST_CONNS, &(uint32_t){3}, 4);
    put_unless(bytes, change, IPVS_DEST_ATTR_ADDR_FAMILY, &(uint16_t){AF_INET}, 2);
    put_counters(bytes, IPVS_DEST_ATTR_STATS64, 8);
    end_nest(bytes, nest);
    end_message(bytes, message);
}

static void put_result(struct bytes *bytes, uint16_t type, uint32_t sequence, int error)
{
    struct nlmsghdr *header = (struct nlmsghdr *)(bytes->data + bytes->size);
    struct nlmsgerr *result = NLMSG_DATA(header);

    *header = (struct nlmsghdr){
        .nlmsg_len = NLMSG_LENGTH(sizeof(*result)), .nlmsg_type = type, .nlmsg_seq = sequence};
    *result = (struct nlmsgerr){.error = error};
    bytes->size += NLMSG_ALIGN(header->nlmsg_len);
}

static struct kernel_decoder decoder_of(struct bytes *bytes)
{
    return (struct kernel_decoder){
        .data = bytes->data, .size = bytes->size, .family = FAMILY, .service_family = AF_INET};
}

static void test_a_service_is_read_with_all_it_has(void **state)
{
    static const struct change none = {0};
    const struct conf_service_key key = fixture_service_key("udp 10.0.0.1 53");

    (void)state;
    for (unsigned wide = 0; wide < 2; wide++) {
        struct bytes bytes = {0};
        struct kernel_decoder decoder;
        struct kernel_reply reply;

        put_service_reply(&bytes, &none, wide);
        decoder = decoder_of(&bytes);
        assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
        assert_int_equal(reply.kind, KERNEL_REPLY_SERVICE);
        assert_int_equal(reply.sequence, SEQUENCE);
        assert_memory_equal(&reply.service.key, &key, sizeof(key));
        assert_string_equal(reply.service.settings.scheduler, "wlc");
        assert_string_equal(reply.service.settings.engine, "sip");
        assert_int_equal(reply.service.settings.flags, IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_SCHED1);
        assert_int_equal(reply.service.settings.timeout_s, 60);
        assert_int_equal(reply.service.settings.netmask, htonl(0xffff0000));
        for (unsigned i = 0; i < TABLE_COUNTERS; i++) {
            assert_int_equal(reply.service.counters.value[i], 1000 + i);
        }
        assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_END);
    }
}

static void test_a_destination_is_read_with_all_it_has(void **state)
{
    static const struct change none = {0};
    const struct conf_server_key key = fixture_server_key("192.0.2.7", 8080);
    struct bytes bytes = {0};
    struct kernel_decoder decoder;
    struct kernel_reply reply;

    (void)state;
    put_destination_reply(&bytes, &none);
    decoder = decoder_of(&bytes);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_int_equal(reply.kind, KERNEL_REPLY_DESTINATION);
    assert_memory_equal(&reply.destination.key, &key, sizeof(key));
    assert_int_equal(reply.destination.settings.forward, IP_VS_CONN_F_TUNNEL);
    assert_int_equal(reply.destination.settings.weight, 5);
    assert_int_equal(reply.destination.settings.upper_threshold, 20);
    assert_int_equal(reply.destination.settings.lower_threshold, 10);
    assert_int_equal(reply.destination.settings.tunnel.type, IP_VS_CONN_F_TUNNEL_TYPE_GUE);
    assert_int_equal(reply.destination.settings.tunnel.port, 6080);
    assert_int_equal(reply.destination.settings.tunnel.flags, 1);
    assert_int_equal(reply.destination.connections.active, 1);
    assert_int_equal(reply.destination.connections.inactive, 2);
    assert_int_equal(reply.destination.connections.persistent, 3);
    assert_int_equal(reply.destination.counters.value[TABLE_BYTE_OUT_RATE], 1009);
}

static void test_what_an_old_kernel_does_not_tell_is_taken_as_it_was(void **state)
{
    static const struct change no_family = {.omitted = IPVS_DEST_ATTR_ADDR_FAMILY};
    static const struct change no_tunnel = {.omitted = IPVS_DEST_ATTR_TUN_TYPE};
    struct bytes bytes = {0};
    struct kernel_decoder decoder;
    struct kernel_reply reply;

    (void)state;
    put_destination_reply(&bytes, &no_family); /* before 3.18 it is the service's */
    put_destination_reply(&bytes, &no_tunnel); /* before 5.2 there is ipip alone */
    decoder = decoder_of(&bytes);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_int_equal(reply.destination.key.addr.family, AF_INET);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_int_equal(reply.destination.settings.tunnel.type, IP_VS_CONN_F_TUNNEL_TYPE_IPIP);
    assert_int_equal(reply.destination.settings.tunnel.port, 0);
}

static void test_what_we_write_of_a_service_is_what_we_read(void **state)
{
    static const char *const keys[] = {"tcp 10.0.0.1 80", "sctp 2001:db8::1 0", "fwmark 9 inet6"};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(keys); i++) {
        struct plan_operation operation = given_service(PLAN_ADD_SERVICE);
        struct bytes bytes;
        struct kernel_decoder decoder;
        struct kernel_reply reply;

        operation.service = fixture_service_key(keys[i]);
        bytes = encode(&operation);
        decoder = decoder_of(&bytes);
        assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
        assert_memory_equal(&reply.service.key, &operation.service, sizeof(operation.service));
        assert_true(
            table_service_settings_equal(&reply.service.settings, &operation.service_settings));
    }
}

static void test_what_we_write_of_a_server_is_what_we_read(void **state)
{
    const struct plan_operation operation = given_server(PLAN_ADD_DESTINATION);
    struct bytes bytes = encode(&operation);
    struct kernel_decoder decoder = decoder_of(&bytes);
    struct kernel_reply reply;

    (void)state;
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_memory_equal(&reply.destination.key, &operation.server, sizeof(operation.server));
    assert_true(table_destination_settings_equal(&reply.destination.settings,
                                                 &operation.destination_settings));
}

static void test_answers_carry_their_sequence_and_error(void **state)
{
    struct bytes bytes = {0};
    struct kernel_decoder decoder;
    struct kernel_reply reply;

    (void)state;
    put_result(&bytes, NLMSG_ERROR, 7, -EEXIST);
    put_result(&bytes, NLMSG_ERROR, 8, 0);
    put_result(&bytes, NLMSG_DONE, 9, -ENOENT);
    decoder = decoder_of(&bytes);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_int_equal(reply.kind, KERNEL_REPLY_ANSWER);
    assert_int_equal(reply.sequence, 7);
    assert_int_equal(reply.error, -EEXIST);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_int_equal(reply.sequence, 8);
    assert_int_equal(reply.error, 0);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_int_equal(reply.kind, KERNEL_REPLY_DONE);
    assert_int_equal(reply.error, -ENOENT);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_END);
}

static void test_info_and_timeouts_are_read(void **state)
{
    struct bytes bytes = {0};
    struct kernel_decoder decoder;
    struct kernel_reply reply;
    size_t message = begin_message(&bytes, FAMILY, IPVS_CMD_SET_INFO);

    (void)state;
    put_u32(&bytes, IPVS_INFO_ATTR_VERSION, 0x010201);
    put_u32(&bytes, IPVS_INFO_ATTR_CONN_TAB_SIZE, 4096);
    end_message(&bytes, message);
    message = begin_message(&bytes, FAMILY, IPVS_CMD_SET_CONFIG);
    put_u32(&bytes, IPVS_CMD_ATTR_TIMEOUT_TCP, 900);
    put_u32(&bytes, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, 120); /* no UDP in this kernel */
    end_message(&bytes, message);
    decoder = decoder_of(&bytes);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_int_equal(reply.kind, KERNEL_REPLY_INFO);
    assert_int_equal(reply.info.version, 0x010201);
    assert_int_equal(reply.info.connection_table_size, 4096);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_int_equal(reply.kind, KERNEL_REPLY_CONFIG);
    assert_int_equal(reply.timeouts.tcp_s, 900);
    assert_int_equal(reply.timeouts.tcp_fin_s, 120);
    assert_int_equal(reply.timeouts.udp_s, 0);
}

static void test_a_reply_that_lacks_something_is_refused_and_the_next_one_read(void **state)
{
    static const struct {
        const char *what;
        bool destination;
        struct change change;
        enum kernel_decode_error error;
    } rows[] = {
        {"service family", false, {.omitted = IPVS_SVC_ATTR_AF}, KERNEL_DECODE_MISSING},
        {"service protocol", false, {.omitted = IPVS_SVC_ATTR_PROTOCOL}, KERNEL_DECODE_MISSING},
        {"service address", false, {.omitted = IPVS_SVC_ATTR_ADDR}, KERNEL_DECODE_MISSING},
        {"service port", false, {.omitted = IPVS_SVC_ATTR_PORT}, KERNEL_DECODE_MISSING},
        {"scheduler", false, {.omitted = IPVS_SVC_ATTR_SCHED_NAME}, KERNEL_DECODE_MISSING},
        {"flags", false, {.omitted = IPVS_SVC_ATTR_FLAGS}, KERNEL_DECODE_MISSING},
        {"timeout", false, {.omitted = IPVS_SVC_ATTR_TIMEOUT}, KERNEL_DECODE_MISSING},
        {"netmask", false, {.omitted = IPVS_SVC_ATTR_NETMASK}, KERNEL_DECODE_MISSING},
        {"short address", false, {.cut = IPVS_SVC_ATTR_ADDR, .cut_to = 4}, KERNEL_DECODE_ATTRIBUTE},
        {"short flags", false, {.cut = IPVS_SVC_ATTR_FLAGS, .cut_to = 4}, KERNEL_DECODE_ATTRIBUTE},
        {"short family", false, {.cut = IPVS_SVC_ATTR_AF, .cut_to = 1}, KERNEL_DECODE_ATTRIBUTE},
        {"server address", true, {.omitted = IPVS_DEST_ATTR_ADDR}, KERNEL_DECODE_MISSING},
        {"server port", true, {.omitted = IPVS_DEST_ATTR_PORT}, KERNEL_DECODE_MISSING},
        {"forwarding", true, {.omitted = IPVS_DEST_ATTR_FWD_METHOD}, KERNEL_DECODE_MISSING},
        {"weight", true, {.omitted = IPVS_DEST_ATTR_WEIGHT}, KERNEL_DECODE_MISSING},
        {"short weight",
         true,
         {.cut = IPVS_DEST_ATTR_WEIGHT, .cut_to = 3},
         KERNEL_DECODE_ATTRIBUTE},
        {"short port", true, {.cut = IPVS_DEST_ATTR_PORT, .cut_to = 0}, KERNEL_DECODE_ATTRIBUTE},
    };
    static const struct change none = {0};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct bytes bytes = {0};
        struct kernel_decoder decoder;
        struct kernel_reply reply;
        enum kernel_decode_error error;

        if (rows[i].destination) {
            put_destination_reply(&bytes, &rows[i].change);
        } else {
            put_service_reply(&bytes, &rows[i].change, true);
        }
        put_service_reply(&bytes, &none, true);
        decoder = decoder_of(&bytes);
        error = kernel_decode_next(&decoder, &reply);
        assert_fact(error == rows[i].error, "%s: %s", rows[i].what, kernel_decode_text(error));
        assert_fact(kernel_decode_next(&decoder, &reply) == KERNEL_DECODE_OK,
                    "%s: not read on behind it", rows[i].what);
    }
}

static void test_odd_values_are_refused(void **state)
{
    struct bytes bytes = {0};
    struct kernel_decoder decoder;
    struct kernel_reply reply;
    size_t message = begin_message(&bytes, FAMILY, IPVS_CMD_NEW_SERVICE);

    (void)state;
    end_message(&bytes, message); /* no service in it */
    message = begin_message(&bytes, FAMILY, IPVS_CMD_NEW_DEST);
    end_message(&bytes, message); /* no server in it */
    message = begin_message(&bytes, FAMILY + 1, IPVS_CMD_NEW_DEST);
    end_message(&bytes, message); /* another family's */
    put_result(&bytes, NLMSG_ERROR, 7, 5);
    put_result(&bytes, NLMSG_ERROR, 7, -4096);
    message = begin_message(&bytes, FAMILY, IPVS_CMD_ZERO);
    end_message(&bytes, message); /* nothing that is asked for, and nothing wrong */
    decoder = decoder_of(&bytes);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_MISSING);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_MISSING);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_FAMILY);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_ATTRIBUTE);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_ATTRIBUTE);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_int_equal(reply.kind, KERNEL_REPLY_OTHER);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_END);
}

static void test_names_without_an_end_are_cut(void **state)
{
    static const struct change no_scheduler = {.omitted = IPVS_SVC_ATTR_SCHED_NAME};
    struct bytes bytes = {0};
    struct kernel_decoder decoder;
    struct kernel_reply reply;
    struct nlmsghdr *header = (struct nlmsghdr *)bytes.data;
    struct nlattr *nest = (struct nlattr *)(bytes.data + NLMSG_HDRLEN + GENL_HDRLEN);

    (void)state;
    put_service_reply(&bytes, &no_scheduler, true);
    put(&bytes, IPVS_SVC_ATTR_SCHED_NAME, "0123456789abcdef", 16); /* at the nest's end */
    nest->nla_len = (uint16_t)(nest->nla_len + NLA_HDRLEN + 16);
    header->nlmsg_len = (uint32_t)bytes.size;
    decoder = decoder_of(&bytes);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_string_equal(reply.service.settings.scheduler, "0123456789abcde");
}

/* Any cut of a datagram ends with a reason; nothing behind it is read (the sanitizers hold that). */
static void test_a_cut_datagram_is_never_read_beyond(void **state)
{
    static const struct change none = {0};
    struct bytes whole = {0};

    (void)state;
    put_service_reply(&whole, &none, true);
    put_destination_reply(&whole, &none);
    put_result(&whole, NLMSG_ERROR, 7, -EEXIST);
    for (size_t size = 0; size <= whole.size; size++) {
        uint8_t *cut = malloc(size + 1);
        struct kernel_decoder decoder = {.data = cut, .size = size, .family = FAMILY};
        struct kernel_reply reply;
        enum kernel_decode_error error;
        unsigned good = 0;

        memcpy(cut, whole.data, size);
        do {
            error = kernel_decode_next(&decoder, &reply);
            good += error == KERNEL_DECODE_OK;
        } while (error != KERNEL_DECODE_END && error != KERNEL_DECODE_TRUNCATED);
        assert_fact((good == 3) == (size == whole.size), "%u messages in %zu of %zu bytes", good,
                    size, whole.size);
        free(cut);
    }
}

/* ---- Sync daemons ------------------------------------------------------------------------------ */

static struct plan_operation given_daemon(enum plan_kind kind, enum table_daemon_role role,
                                          const char *group)
{
    struct plan_operation operation = {
        .kind = kind,
        .role = role,
        .daemon = {.running = true,
                   .interface = "eth0.123456789",
                   .id = 51,
                   .maxlen = 1200,
                   .port = 9000,
                   .ttl = 3},
    };

    assert_true(inet_parse(group, &operation.daemon.group));
    return operation;
}

static void test_a_daemon_is_started_with_all_it_has(void **state)
{
    const struct plan_operation operation =
        given_daemon(PLAN_START_DAEMON, TABLE_DAEMON_BACKUP, "224.0.0.99");
    const struct bytes message = encode(&operation);
    const uint8_t group[] = {224, 0, 0, 99};

    (void)state;
    assert_header(&message, IPVS_CMD_NEW_DAEMON, 0);
    assert_u32(DAEMON(&message, IPVS_DAEMON_ATTR_STATE), IP_VS_STATE_BACKUP);
    assert_value(DAEMON(&message, IPVS_DAEMON_ATTR_MCAST_IFN), "eth0.123456789", 15, "interface");
    assert_u32(DAEMON(&message, IPVS_DAEMON_ATTR_SYNC_ID), 51);
    assert_u16(DAEMON(&message, IPVS_DAEMON_ATTR_SYNC_MAXLEN), 1200);
    assert_u16(DAEMON(&message, IPVS_DAEMON_ATTR_MCAST_PORT), 9000); /* in the host's order */
    assert_u8(DAEMON(&message, IPVS_DAEMON_ATTR_MCAST_TTL), 3);
    assert_value(DAEMON(&message, IPVS_DAEMON_ATTR_MCAST_GROUP), group, sizeof(group), "group");
    assert_null(DAEMON(&message, IPVS_DAEMON_ATTR_MCAST_GROUP6));
}

static void test_a_daemon_over_ipv6_has_the_other_group(void **state)
{
    const struct plan_operation operation =
        given_daemon(PLAN_START_DAEMON, TABLE_DAEMON_MASTER, "ff02::99");
    const struct bytes message = encode(&operation);

    (void)state;
    assert_u32(DAEMON(&message, IPVS_DAEMON_ATTR_STATE), IP_VS_STATE_MASTER);
    assert_value(DAEMON(&message, IPVS_DAEMON_ATTR_MCAST_GROUP6), operation.daemon.group.bytes, 16,
                 "group");
    assert_null(DAEMON(&message, IPVS_DAEMON_ATTR_MCAST_GROUP));
}

static void test_a_daemon_is_stopped_by_its_role(void **state)
{
    const struct plan_operation operation =
        given_daemon(PLAN_STOP_DAEMON, TABLE_DAEMON_MASTER, "224.0.0.81");
    const struct bytes message = encode(&operation);

    (void)state;
    assert_header(&message, IPVS_CMD_DEL_DAEMON, 0);
    assert_u32(DAEMON(&message, IPVS_DAEMON_ATTR_STATE), IP_VS_STATE_MASTER);
    assert_null(DAEMON(&message, IPVS_DAEMON_ATTR_MCAST_IFN));
    assert_null(DAEMON(&message, IPVS_DAEMON_ATTR_SYNC_MAXLEN));
}

static void test_what_we_write_of_a_daemon_is_what_we_read(void **state)
{
    static const char *const groups[] = {"224.0.0.99", "ff02::99"};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(groups); i++) {
        const struct plan_operation operation =
            given_daemon(PLAN_START_DAEMON, TABLE_DAEMON_BACKUP, groups[i]);
        struct bytes bytes = encode(&operation);
        struct kernel_decoder decoder = decoder_of(&bytes);
        struct kernel_reply reply;

        assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
        assert_int_equal(reply.kind, KERNEL_REPLY_DAEMON);
        assert_int_equal(reply.role, TABLE_DAEMON_BACKUP);
        assert_string_equal(reply.daemon.interface, "eth0.123456789");
        assert_true(table_daemon_fits(&reply.daemon, &operation.daemon));
        assert_int_equal(reply.daemon.maxlen, 1200);
        assert_true(inet_equal(&reply.daemon.group, &operation.daemon.group));
    }
}

static void test_an_odd_daemon_is_refused(void **state)
{
    static const struct {
        const char *what;
        int omitted;
        int cut;
        uint32_t daemon_state;
        enum kernel_decode_error error;
    } rows[] = {
        {"all there", 0, 0, IP_VS_STATE_MASTER, KERNEL_DECODE_OK},
        {"no state", IPVS_DAEMON_ATTR_STATE, 0, IP_VS_STATE_MASTER, KERNEL_DECODE_MISSING},
        {"no interface", IPVS_DAEMON_ATTR_MCAST_IFN, 0, IP_VS_STATE_MASTER, KERNEL_DECODE_MISSING},
        {"no id", IPVS_DAEMON_ATTR_SYNC_ID, 0, IP_VS_STATE_MASTER, KERNEL_DECODE_MISSING},
        {"neither role", 0, 0, IP_VS_STATE_NONE, KERNEL_DECODE_ATTRIBUTE},
        {"both roles", 0, 0, IP_VS_STATE_MASTER | IP_VS_STATE_BACKUP, KERNEL_DECODE_ATTRIBUTE},
        {"a short group", 0, IPVS_DAEMON_ATTR_MCAST_GROUP6, IP_VS_STATE_MASTER,
         KERNEL_DECODE_ATTRIBUTE},
        {"a short port", 0, IPVS_DAEMON_ATTR_MCAST_PORT, IP_VS_STATE_MASTER,
         KERNEL_DECODE_ATTRIBUTE},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct bytes bytes = {0};
        struct kernel_decoder decoder;
        struct kernel_reply reply;
        enum kernel_decode_error error;
        size_t message = begin_message(&bytes, FAMILY, IPVS_CMD_NEW_DAEMON);
        size_t nest = bytes.size;

        put(&bytes, IPVS_CMD_ATTR_DAEMON, "", 0);
        if (rows[i].omitted != IPVS_DAEMON_ATTR_STATE) {
            put_u32(&bytes, IPVS_DAEMON_ATTR_STATE, rows[i].daemon_state);
        }
        if (rows[i].omitted != IPVS_DAEMON_ATTR_MCAST_IFN) {
            put(&bytes, IPVS_DAEMON_ATTR_MCAST_IFN, "eth1", 5);
        }
        if (rows[i].omitted != IPVS_DAEMON_ATTR_SYNC_ID) {
            put_u32(&bytes, IPVS_DAEMON_ATTR_SYNC_ID, 7);
        }
        if (rows[i].cut) {
            put(&bytes, (uint16_t)rows[i].cut, "x", 1);
        }
        ((struct nlattr *)(bytes.data + nest))->nla_len = (uint16_t)(bytes.size - nest);
        end_message(&bytes, message);
        decoder = decoder_of(&bytes);
        error = kernel_decode_next(&decoder, &reply);
        assert_fact(error == rows[i].error, "%s: %s", rows[i].what, kernel_decode_text(error));
    }
}

/* What Linux 6.1 answered when ipvsadm had filled its table: the fuzzer's seeds. */
static struct bytes captured(const char *name)
{
    const char *srcdir = getenv("srcdir");
    struct bytes bytes = {0};
    char path[512];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/ipvs_reply/%s", srcdir ? srcdir : "..",
                   name);
    file = fopen(path, "rb");
    assert_fact(file != NULL, "cannot open %s", path);
    bytes.size = fread(bytes.data, 1, sizeof(bytes.data), file);
    (void)fclose(file);
    return bytes;
}

static void test_services_of_a_real_kernel_are_read(void **state)
{
    static const struct {
        const char *key;
        struct table_service_settings settings;
    } rows[] = {
        {"tcp 172.16.1.18 3306",
         {.scheduler = "wrr",
          .flags = IP_VS_SVC_F_PERSISTENT,
          .timeout_s = 50,
          .netmask = UINT32_MAX}},
        {"udp 2001:db8::2 5060",
         {.scheduler = "rr",
          .engine = "sip",
          .flags = IP_VS_SVC_F_PERSISTENT | IP_VS_SVC_F_ONEPACKET,
          .timeout_s = 60,
          .netmask = 128}},
        {"fwmark 7 inet6", {.scheduler = "sh", .flags = IP_VS_SVC_F_SCHED_SH_PORT, .netmask = 128}},
    };
    struct bytes bytes = captured("services");
    struct kernel_decoder decoder = decoder_of(&bytes);
    struct kernel_reply reply;
    unsigned found = 0;

    (void)state;
    decoder.family = ((const struct nlmsghdr *)bytes.data)->nlmsg_type;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
        assert_int_equal(reply.kind, KERNEL_REPLY_SERVICE);
        for (size_t j = 0; j < UNIT_COUNT(rows); j++) { /* in the kernel's order */
            const struct conf_service_key key = fixture_service_key(rows[j].key);

            found += memcmp(&reply.service.key, &key, sizeof(key)) == 0 &&
                     table_service_settings_equal(&reply.service.settings, &rows[j].settings);
        }
    }
    assert_int_equal(found, UNIT_COUNT(rows));
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
    assert_int_equal(reply.kind, KERNEL_REPLY_DONE);
    assert_int_equal(reply.error, 0);
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_END);
}

static void test_destinations_of_a_real_kernel_are_read(void **state)
{
    static const struct {
        const char *addr;
        struct table_destination_settings settings;
    } rows[] = {
        {"172.16.1.14",
         {.forward = IP_VS_CONN_F_TUNNEL,
          .weight = 1,
          .upper_threshold = 20,
          .lower_threshold = 10,
          .tunnel = {IP_VS_CONN_F_TUNNEL_TYPE_GUE, 6080, IP_VS_TUNNEL_ENCAP_FLAG_CSUM}}},
        {"172.16.1.13", {.forward = IP_VS_CONN_F_DROUTE, .weight = 3}},
    };
    struct bytes bytes = captured("destinations");
    struct kernel_decoder decoder = decoder_of(&bytes);
    struct kernel_reply reply;

    (void)state;
    decoder.family = ((const struct nlmsghdr *)bytes.data)->nlmsg_type;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct conf_server_key key = fixture_server_key(rows[i].addr, 3306);

        assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
        assert_int_equal(reply.kind, KERNEL_REPLY_DESTINATION);
        assert_memory_equal(&reply.destination.key, &key, sizeof(key));
        assert_true(
            table_destination_settings_equal(&reply.destination.settings, &rows[i].settings));
    }
    assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_END);
}

static void test_daemons_of_a_real_kernel_are_read(void **state)
{
    static const struct {
        enum table_daemon_role role;
        struct table_daemon daemon;
        const char *group;
    } rows[] = {
        {TABLE_DAEMON_MASTER,
         {.running = true, .interface = "lo", .id = 51, .maxlen = 1472, .port = 8848, .ttl = 1},
         "224.0.0.81"},
        {TABLE_DAEMON_BACKUP,
         {.running = true, .interface = "lo", .id = 7, .maxlen = 1200, .port = 9000, .ttl = 3},
         "ff02::99"},
    };
    struct bytes bytes = captured("daemons");
    struct kernel_decoder decoder = decoder_of(&bytes);
    struct kernel_reply reply;

    (void)state;
    decoder.family = ((const struct nlmsghdr *)bytes.data)->nlmsg_type;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct table_daemon daemon = rows[i].daemon;

        assert_true(inet_parse(rows[i].group, &daemon.group));
        assert_int_equal(kernel_decode_next(&decoder, &reply), KERNEL_DECODE_OK);
        assert_int_equal(reply.kind, KERNEL_REPLY_DAEMON);
        assert_int_equal(reply.role, rows[i].role);
        assert_string_equal(reply.daemon.interface, daemon.interface);
        assert_true(table_daemon_fits(&reply.daemon, &daemon));
        assert_int_equal(reply.daemon.maxlen, daemon.maxlen);
        assert_true(inet_equal(&reply.daemon.group, &daemon.group));
    }
}

static void test_every_reason_has_words(void **state)
{
    (void)state;
    for (unsigned error = 0; error < KERNEL_DECODE_ERRORS; error++) {
        assert_non_null(kernel_decode_text((enum kernel_decode_error)error));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_service_is_added_and_edited_with_all_it_has),
        cmocka_unit_test(test_a_service_without_engine_names_none),
        cmocka_unit_test(test_a_fwmark_service_is_known_by_its_mark_alone),
        cmocka_unit_test(test_a_server_is_added_and_edited_with_all_it_has),
        cmocka_unit_test(test_tunnel_attributes_go_to_tunnels_alone),
        cmocka_unit_test(test_a_server_is_removed_by_its_key),
        cmocka_unit_test(test_timeouts_that_are_zero_are_not_sent),
        cmocka_unit_test(test_a_flush_names_nothing),
        cmocka_unit_test(test_the_longest_message_fits),
        cmocka_unit_test(test_nothing_of_what_was_there_before_is_in_a_message),
        cmocka_unit_test(test_an_answer_is_asked_for_by_a_flag),
        cmocka_unit_test(test_information_is_asked_for),
        cmocka_unit_test(test_a_service_is_read_with_all_it_has),
        cmocka_unit_test(test_a_destination_is_read_with_all_it_has),
        cmocka_unit_test(test_what_an_old_kernel_does_not_tell_is_taken_as_it_was),
        cmocka_unit_test(test_what_we_write_of_a_service_is_what_we_read),
        cmocka_unit_test(test_what_we_write_of_a_server_is_what_we_read),
        cmocka_unit_test(test_answers_carry_their_sequence_and_error),
        cmocka_unit_test(test_info_and_timeouts_are_read),
        cmocka_unit_test(test_a_reply_that_lacks_something_is_refused_and_the_next_one_read),
        cmocka_unit_test(test_odd_values_are_refused),
        cmocka_unit_test(test_names_without_an_end_are_cut),
        cmocka_unit_test(test_a_cut_datagram_is_never_read_beyond),
        cmocka_unit_test(test_services_of_a_real_kernel_are_read),
        cmocka_unit_test(test_destinations_of_a_real_kernel_are_read),
        cmocka_unit_test(test_a_daemon_is_started_with_all_it_has),
        cmocka_unit_test(test_a_daemon_over_ipv6_has_the_other_group),
        cmocka_unit_test(test_a_daemon_is_stopped_by_its_role),
        cmocka_unit_test(test_what_we_write_of_a_daemon_is_what_we_read),
        cmocka_unit_test(test_an_odd_daemon_is_refused),
        cmocka_unit_test(test_daemons_of_a_real_kernel_are_read),
        cmocka_unit_test(test_every_reason_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
