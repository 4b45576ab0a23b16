/* SPDX-License-Identifier: Apache-2.0
 *
 * Routes and rules of rtnetlink(7): messages as a kernel (6.1) sent them, and what is written is read
 * again as the same.
 */
#include "unit.h"

#include "net/rtnetlink_encap.h"
#include "net/rtnetlink_rule.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/ila.h>
#include <linux/lwtunnel.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

/* A message from hexadecimal digits; blanks are for people. */
struct bytes {
    _Alignas(struct nlmsghdr) uint8_t data[512];
    size_t size;
};

static struct bytes bytes_of(const char *hex)
{
    struct bytes bytes = {.size = 0};
    char pair[3] = "";

    for (; *hex; hex++) {
        if (*hex == ' ') {
            continue;
        }
        pair[0] = *hex++;
        pair[1] = *hex;
        bytes.data[bytes.size++] = (uint8_t)strtoul(pair, NULL, 16);
    }
    assert_true(bytes.size < sizeof(bytes.data));
    return bytes;
}

static const struct nlmsghdr *message_of(const struct bytes *bytes)
{
    return (const struct nlmsghdr *)(const void *)bytes->data;
}

static struct inet_addr addr(const char *text)
{
    struct inet_addr read;

    assert_true(inet_parse(text, &read));
    return read;
}

static void expect_addr(const struct inet_addr *is, const char *should)
{
    char text[INET_ADDR_TEXT_SIZE];

    assert_string_equal(inet_text(text, is), should);
}

/* ip route add 10.50.0.0/16 via 10.9.0.1 dev eth1 (index 2) proto 112 metric 7 mtu lock 1400 */
#define ROUTE_HEX                                                                                  \
    "5c000000 18000000 00000000 00000000 02100000 fe700001 00000000 " /* header, struct rtmsg */   \
    "08000f00 fe000000 "                                              /* RTA_TABLE */              \
    "08000100 0a320000 "                                              /* RTA_DST */                \
    "08000600 07000000 "                                              /* RTA_PRIORITY */           \
    "14000800 08000100 04000000 08000200 78050000 "                   /* RTA_METRICS */            \
    "08000500 0a090001 "                                              /* RTA_GATEWAY */            \
    "08000400 02000000"                                               /* RTA_OIF */

static void test_a_route_is_read(void **state)
{
    struct bytes bytes = bytes_of(ROUTE_HEX);
    struct rtnetlink_route route;

    (void)state;
    assert_true(rtnetlink_decode_route(message_of(&bytes), &route));
    assert_int_equal(route.family, AF_INET);
    assert_int_equal(route.type, RTN_UNICAST);
    assert_int_equal(route.protocol, RTNETLINK_PROTOCOL_HOLDFAST);
    assert_int_equal(route.table, RT_TABLE_MAIN);
    assert_int_equal(route.metric, 7);
    assert_int_equal(route.dest.length, 16);
    expect_addr(&route.dest.addr, "10.50.0.0");
    assert_int_equal(route.metrics[RTAX_MTU], 1400);
    assert_int_equal(route.locked, 1U << RTAX_MTU);
    assert_int_equal(route.hop_count, 1);
    expect_addr(&route.hops[0].via, "10.9.0.1");
    assert_int_equal(route.hops[0].index, 2);
}

/* A default route by two ways: weights 2 and 1, the second by an IPv6 gateway. */
#define MULTIPATH_HEX                                                                              \
    "54000000 18000000 00000000 00000000 02000000 fe700001 00000000 "                              \
    "34000900 "                            /* RTA_MULTIPATH */                                     \
    "10000001 02000000 08000500 0a090001 " /* struct rtnexthop, RTA_GATEWAY */                     \
    "20000400 03000000 16001200 0a00 fe800000 00000000 00000000 00000001 0000" /* RTA_VIA */

static void test_a_route_by_several_ways_is_read(void **state)
{
    struct bytes bytes = bytes_of(MULTIPATH_HEX);
    struct rtnetlink_route route;

    (void)state;
    bytes.data[0] = (uint8_t)bytes.size;
    assert_true(rtnetlink_decode_route(message_of(&bytes), &route));
    assert_int_equal(route.dest.length, 0);
    assert_int_equal(route.hop_count, 2);
    assert_int_equal(route.hops[0].weight, 2);
    expect_addr(&route.hops[0].via, "10.9.0.1");
    assert_int_equal(route.hops[1].weight, 1);
    assert_int_equal(route.hops[1].index, 3);
    assert_true(route.hops[1].onlink);
    expect_addr(&route.hops[1].via, "fe80::1");
}

static void test_a_message_cut_anywhere_does_no_harm(void **state)
{
    static const char *const texts[] = {ROUTE_HEX, MULTIPATH_HEX};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        struct bytes whole = bytes_of(texts[i]);

        for (uint32_t size = sizeof(struct nlmsghdr); size < whole.size; size++) {
            uint8_t *cut = malloc(size); /* a byte too far is seen by the sanitizer */
            struct rtnetlink_route route;
            struct rtnetlink_rule rule;

            memcpy(cut, whole.data, size);
            memcpy(cut, &size, sizeof(size));
            (void)rtnetlink_decode_route((const struct nlmsghdr *)(const void *)cut, &route);
            (void)rtnetlink_decode_rule((const struct nlmsghdr *)(const void *)cut, &rule);
            free(cut);
        }
    }
}

static const struct {
    const char *what;
    const char *hex;
} no_routes[] = {
    {"no header", "18000000 18000000 00000000 00000000 02100000 fe700001"},
    {"another family", "1c000000 18000000 00000000 00000000 07100000 fe700001 00000000"},
    {"more bits than there are", "1c000000 18000000 00000000 00000000 02210000 fe700001 00000000"},
    {"a cached route", "1c000000 18000000 00000000 00000000 02200000 fe700001 00020000"},
    {"an address of another size",
     "24000000 18000000 00000000 00000000 02100000 fe700001 00000000 06000100 0a320000"},
    {"a nexthop that is too short",
     "28000000 18000000 00000000 00000000 02100000 fe700001 00000000 0c000900 04000000 02000000"},
    {"a nexthop that is too long",
     "28000000 18000000 00000000 00000000 02100000 fe700001 00000000 0c000900 0c000000 02000000"},
};

static void test_what_is_no_route_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(no_routes); i++) {
        struct bytes bytes = bytes_of(no_routes[i].hex);
        struct rtnetlink_route route;

        assert_fact(!rtnetlink_decode_route(message_of(&bytes), &route), "%s", no_routes[i].what);
    }
}

/* A route of the largest size there can be. */
static struct rtnetlink_route largest_route(void)
{
    struct rtnetlink_route route;

    memset(&route, 0, sizeof(route));
    route.family = AF_INET6;
    route.type = RTN_UNICAST;
    route.protocol = RTNETLINK_PROTOCOL_HOLDFAST;
    route.preference = 1;
    route.propagate_ttl = 1;
    route.table = 1000;
    route.metric = 1024;
    route.expires_s = 60;
    route.dest = (struct inet_prefix){addr("2001:db8:1::"), 48};
    route.from = (struct inet_prefix){addr("2001:db8:2::"), 48};
    route.source = addr("2001:db8::9");
    route.locked = 1U << RTAX_MTU;
    memcpy(route.congestion, "abcdefghijklmno", 16);
    for (uint32_t i = RTAX_LOCK + 1; i < CONF_ROUTE_METRICS; i++) {
        route.metrics[i] = i == RTAX_CC_ALGO ? 0 : i;
    }
    for (route.hop_count = 0; route.hop_count < CONF_ROUTE_HOPS; route.hop_count++) {
        route.hops[route.hop_count] = (struct rtnetlink_hop){.via = addr("fe80::1"),
                                                             .index = (int)route.hop_count + 2,
                                                             .weight = route.hop_count + 1,
                                                             .realms = 7,
                                                             .onlink = true};
    }
    return route;
}

static void test_a_route_that_is_written_is_read_as_the_same(void **state)
{
    _Alignas(struct nlmsghdr) static uint8_t data[RTNETLINK_ROUTE_SIZE];
    struct rtnetlink_route route = largest_route();
    struct rtnetlink_route again;
    struct rtnetlink_datagram datagram = {data,
                                          rtnetlink_encode_route(data, 1, RTNETLINK_ADD, &route)};

    (void)state;
    assert_true(datagram.size <= sizeof(data));
    assert_true(rtnetlink_decode_route(rtnetlink_next(&datagram), &again));
    assert_int_equal(again.hop_count, CONF_ROUTE_HOPS);
    for (unsigned i = 0; i < again.hop_count; i++) {
        assert_true(inet_equal(&again.hops[i].via, &route.hops[i].via));
        assert_int_equal(again.hops[i].index, route.hops[i].index);
        assert_int_equal(again.hops[i].weight, route.hops[i].weight);
        assert_int_equal(again.hops[i].realms, 7);
        assert_true(again.hops[i].onlink);
    }
    assert_memory_equal(again.metrics, route.metrics, sizeof(route.metrics));
    assert_string_equal(again.congestion, route.congestion);
    assert_true(inet_equal(&again.dest.addr, &route.dest.addr) && again.dest.length == 48);
    assert_true(inet_equal(&again.from.addr, &route.from.addr) && again.from.length == 48);
    assert_true(inet_equal(&again.source, &route.source));
    assert_true(again.table == 1000 && again.metric == 1024 && again.expires_s == 60);
    assert_true(again.locked == route.locked && again.preference == 1 && again.propagate_ttl == 1);
}

/* What the kernel's headers say of each kind: RTA_ENCAP_TYPE, then RTA_ENCAP with its attributes. */
static const struct {
    struct conf_encap encap;
    const char *hex;
} encaps[] = {
    /* Labels 100 and 200: 20 bits each, the second with the bottom's bit (RFC 3032 2.1). */
    {{.kind = LWTUNNEL_ENCAP_MPLS,
      .label_count = 2,
      .ttl = 9,
      .labels = {100, 200},
      .csum_mode = CONF_ROUTE_UNSET,
      .ident_type = CONF_ROUTE_UNSET,
      .hook_type = CONF_ROUTE_UNSET},
     "06001500 01000000 18001680 0c000100 00064000 000c8100 05000200 09000000"},
    {{.kind = LWTUNNEL_ENCAP_IP,
      .id = 7,
      .dst = {AF_INET, {10, 0, 0, 2}},
      .src = {AF_INET, {10, 0, 0, 1}},
      .tos = 8,
      .ttl = 64,
      .flags = CONF_ENCAP_KEY | CONF_ENCAP_CSUM,
      .csum_mode = CONF_ROUTE_UNSET,
      .ident_type = CONF_ROUTE_UNSET,
      .hook_type = CONF_ROUTE_UNSET},
     "06001500 02000000 38001680 0c000100 00000000 00000007 08000200 0a000002 08000300 0a000001 "
     "05000500 08000000 05000400 40000000 06000600 00050000"},
    {{.kind = LWTUNNEL_ENCAP_IP6,
      .dst = {AF_INET6, {0x20, 0x01, 0x0d, 0xb8, [15] = 2}},
      .csum_mode = CONF_ROUTE_UNSET,
      .ident_type = CONF_ROUTE_UNSET,
      .hook_type = CONF_ROUTE_UNSET},
     "06001500 04000000 24001680 0c000100 00000000 00000000 14000200 20010db8 00000000 00000000 "
     "00000002"},
    {{.kind = LWTUNNEL_ENCAP_ILA,
      .locator = 0x20010db800000001,
      .csum_mode = ILA_CSUM_NO_ACTION,
      .ident_type = ILA_ATYPE_LUID,
      .hook_type = ILA_HOOK_ROUTE_INPUT},
     "06001500 03000000 28001680 0c000100 20010db8 00000001 05000700 02000000 05000800 01000000 "
     "05000900 01000000"},
};

static void test_an_encapsulation_is_what_the_kernel_calls_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(encaps); i++) {
        _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_ROUTE_SIZE];
        struct rtnetlink_route route = largest_route();
        struct rtnetlink_datagram datagram = {.data = data};
        struct rtnetlink_route again;
        struct bytes bytes = bytes_of(encaps[i].hex);

        route.hop_count = 1;
        route.hops[0].encap = encaps[i].encap;
        datagram.size = rtnetlink_encode_route(data, 1, RTNETLINK_ADD, &route);
        assert_fact(memmem(data, datagram.size, bytes.data, bytes.size), "row %zu", i);
        assert_true(rtnetlink_decode_route(rtnetlink_next(&datagram), &again));
        assert_fact(rtnetlink_encap_equal(&again.hops[0].encap, &encaps[i].encap), "row %zu", i);
        again.hops[0].encap.kind = 0;
        assert_false(rtnetlink_encap_equal(&again.hops[0].encap, &encaps[i].encap));
    }
}

/* One that we do not know is nothing that we asked for, and no reason to overlook the route. */
static void test_another_kind_of_encapsulation_is_read_over(void **state)
{
    struct bytes bytes = bytes_of(ROUTE_HEX "06001500 05000000 0c001680 08000100 00000000");
    struct rtnetlink_route route;

    (void)state;
    bytes.data[0] = (uint8_t)bytes.size;
    assert_true(rtnetlink_decode_route(message_of(&bytes), &route));
    assert_int_equal(route.hop_count, 1);
    assert_int_equal(route.hops[0].encap.kind, 0);
}

/* ip link add red type vrf table 100 */
static void test_a_vrf_is_known_by_its_table(void **state)
{
    struct bytes bytes = bytes_of("48000000 10000000 00000000 00000000 00000100 07000000 00000000 "
                                  "00000000 08000300 72656400 20001200 08000100 76726600 "
                                  "0c000200 08000100 64000000 08000900 01000000");
    struct rtnetlink_link link;

    (void)state;
    bytes.data[0] = (uint8_t)bytes.size;
    assert_true(rtnetlink_decode_link(message_of(&bytes), &link));
    assert_string_equal(link.name, "red");
    assert_int_equal(link.vrf_table, 100);
}

static const struct {
    enum rtnetlink_action action;
    uint8_t family;
    enum conf_route_order order;
    uint16_t type;
    uint16_t flags;
} flags[] = {
    {RTNETLINK_ADD, AF_INET, CONF_ROUTE_PREPEND, RTM_NEWROUTE, NLM_F_CREATE},
    {RTNETLINK_ADD, AF_INET, CONF_ROUTE_APPEND, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND},
    {RTNETLINK_ADD, AF_INET, CONF_ROUTE_ADD, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL},
    {RTNETLINK_ADD, AF_INET6, CONF_ROUTE_PREPEND, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL},
    {RTNETLINK_ADD, AF_INET6, CONF_ROUTE_APPEND, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND},
    {RTNETLINK_REPLACE, AF_INET6, CONF_ROUTE_PREPEND, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE},
    {RTNETLINK_REMOVE, AF_INET, CONF_ROUTE_PREPEND, RTM_DELROUTE, 0},
};

static void test_how_a_route_goes_among_others(void **state)
{
    _Alignas(struct nlmsghdr) static uint8_t data[RTNETLINK_ROUTE_SIZE];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(flags); i++) {
        struct rtnetlink_route route = {.family = flags[i].family,
                                        .order = (uint8_t)flags[i].order};
        const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)data;

        (void)rtnetlink_encode_route(data, 9, flags[i].action, &route);
        assert_int_equal(message->nlmsg_type, flags[i].type);
        assert_int_equal(message->nlmsg_seq, 9);
        assert_int_equal(message->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | flags[i].flags);
    }
}

/* Only then is it ours that goes, and not another one to the same network. */
static void test_a_removal_names_the_protocol_and_no_nexthop(void **state)
{
    _Alignas(struct nlmsghdr) static uint8_t data[RTNETLINK_ROUTE_SIZE];
    struct rtnetlink_route route = largest_route();
    struct rtnetlink_route again;
    struct rtnetlink_datagram datagram = {
        data, rtnetlink_encode_route(data, 1, RTNETLINK_REMOVE, &route)};

    (void)state;
    assert_true(rtnetlink_decode_route(rtnetlink_next(&datagram), &again));
    assert_int_equal(again.protocol, RTNETLINK_PROTOCOL_HOLDFAST);
    assert_int_equal(again.metric, 1024);
    assert_int_equal(again.hop_count, 0);
}

/* ---- Rules ------------------------------------------------------------------------------------- */

/* ip rule add not from 10.0.0.0/8 fwmark 5/0xff lookup 300 preference 101 protocol 112 */
#define RULE_HEX                                                                                   \
    "58000000 20000000 00000000 00000000 02000800 fc000001 02000000 " /* struct fib_rule_hdr */    \
    "08000f00 2c010000 "                                              /* FRA_TABLE */              \
    "08000e00 ffffffff "                                              /* FRA_SUPPRESS_PREFIXLEN */ \
    "05001500 70000000 "                                              /* FRA_PROTOCOL */           \
    "08000600 65000000 "                                              /* FRA_PRIORITY */           \
    "08000a00 05000000 08001000 ff000000 "                            /* FRA_FWMARK, FRA_FWMASK */ \
    "08000200 0a000000 "                                              /* FRA_SRC */

static void test_a_rule_is_read(void **state)
{
    struct bytes bytes = bytes_of(RULE_HEX);
    struct rtnetlink_rule rule;

    (void)state;
    bytes.data[0] = (uint8_t)bytes.size;
    assert_true(rtnetlink_decode_rule(message_of(&bytes), &rule));
    assert_int_equal(rule.family, AF_INET);
    assert_int_equal(rule.action, FR_ACT_TO_TBL);
    assert_int_equal(rule.invert, 1);
    assert_int_equal(rule.table, 300);
    assert_int_equal(rule.preference, 101);
    assert_int_equal(rule.mark, 5);
    assert_int_equal(rule.mask, 0xff);
    assert_int_equal(rule.protocol, RTNETLINK_PROTOCOL_HOLDFAST);
    assert_int_equal(rule.suppress_length, -1);
    assert_int_equal(rule.from.length, 8);
    expect_addr(&rule.from.addr, "10.0.0.0");
}

static void test_a_rule_that_is_written_is_read_as_the_same(void **state)
{
    _Alignas(struct nlmsghdr) static uint8_t data[RTNETLINK_RULE_SIZE];
    struct rtnetlink_rule rule;
    struct rtnetlink_rule again;
    struct rtnetlink_datagram datagram = {.data = data};

    (void)state;
    memset(&rule, 0, sizeof(rule));
    rule.tunnel = UINT64_C(0x1122334455667788);
    rule.preference = 100;
    rule.table = 70000;
    rule.target = 200;
    rule.mark = 5;
    rule.mask = 0xff;
    rule.uid_first = 1;
    rule.uid_last = 9;
    rule.realms = 3 << 16 | 4;
    rule.suppress_length = 8;
    rule.suppress_group = 3;
    rule.source_port_first = 1;
    rule.source_port_last = 2;
    rule.dest_port_first = 80;
    rule.dest_port_last = 81;
    rule.family = AF_INET6;
    rule.action = FR_ACT_TO_TBL;
    rule.tos = 0x10;
    rule.ip_protocol = IPPROTO_TCP;
    rule.protocol = RTNETLINK_PROTOCOL_HOLDFAST;
    rule.l3mdev = 1;
    rule.invert = 1;
    rule.has_uids = 1;
    rule.from = (struct inet_prefix){addr("2001:db8:1::"), 48};
    rule.to = (struct inet_prefix){addr("2001:db8:2::"), 48};
    memcpy(rule.in_device, "abcdefghijklmno", 16);
    memcpy(rule.out_device, "ponmlkjihgfedcb", 16);
    datagram.size = rtnetlink_encode_rule(data, 1, RTNETLINK_ADD, &rule);
    assert_true(datagram.size <= sizeof(data));
    assert_true(rtnetlink_decode_rule(rtnetlink_next(&datagram), &again));
    assert_memory_equal(&again, &rule, sizeof(rule));
}

/* ---- Answers ----------------------------------------------------------------------------------- */

/* NLMSG_ERROR: -EINVAL for a request of 28 bytes, with NLMSGERR_ATTR_MSG "no way". */

static const struct {
    const char *what;
    const char *hex;
    int error;
    const char *text;
} answers[] = {
    {"capped",
     "30000000 02000003 01000000 00000000 eaffffff 1c000000 18000506 01000000 00000000 "
     "0b000100 6e6f2077 61790000",
     -EINVAL, "no way"},
    {"with the request",
     "3c000000 02000002 01000000 00000000 eaffffff 1c000000 18000506 01000000 00000000 "
     "02100000 fe700001 00000000 0b000100 6e6f2077 61790000",
     -EINVAL, "no way"},
    {"without a text",
     "24000000 02000001 01000000 00000000 eaffffff 1c000000 18000506 01000000 "
     "00000000",
     -EINVAL, ""},
    {"good", "24000000 02000001 01000000 00000000 00000000 1c000000 18000506 01000000 00000000", 0,
     ""},
    {"a request that claims to be longer than the answer",
     "24000000 02000002 01000000 00000000 eaffffff ffffffff 18000506 01000000 00000000", -EINVAL,
     ""},
};

static void test_an_answer_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(answers); i++) {
        struct bytes bytes = bytes_of(answers[i].hex);
        struct rtnetlink_answer answer;

        bytes.data[0] = (uint8_t)bytes.size;
        assert_fact(rtnetlink_decode_answer(message_of(&bytes), &answer), "%s", answers[i].what);
        assert_fact(answer.error == answers[i].error, "%s: %d", answers[i].what, answer.error);
        assert_fact(strcmp(answer.text, answers[i].text) == 0, "%s: \"%s\"", answers[i].what,
                    answer.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_route_is_read),
        cmocka_unit_test(test_a_route_by_several_ways_is_read),
        cmocka_unit_test(test_a_message_cut_anywhere_does_no_harm),
        cmocka_unit_test(test_what_is_no_route_is_refused),
        cmocka_unit_test(test_a_route_that_is_written_is_read_as_the_same),
        cmocka_unit_test(test_an_encapsulation_is_what_the_kernel_calls_it),
        cmocka_unit_test(test_another_kind_of_encapsulation_is_read_over),
        cmocka_unit_test(test_a_vrf_is_known_by_its_table),
        cmocka_unit_test(test_how_a_route_goes_among_others),
        cmocka_unit_test(test_a_removal_names_the_protocol_and_no_nexthop),
        cmocka_unit_test(test_a_rule_is_read),
        cmocka_unit_test(test_a_rule_that_is_written_is_read_as_the_same),
        cmocka_unit_test(test_an_answer_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
