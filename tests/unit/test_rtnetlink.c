/* SPDX-License-Identifier: Apache-2.0
 *
 * rtnetlink(7) messages, written here byte by byte as linux/netlink.h and linux/rtnetlink.h lay them
 * out, and what the codec makes of them.
 */
#include "unit.h"

#include "net/rtnetlink.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

enum { HEADER_SIZE = 16, BYTES_SIZE = 512 };

/* A message that grows. */
struct bytes {
    _Alignas(struct nlmsghdr) uint8_t data[BYTES_SIZE];
    size_t size;
};

static void put(struct bytes *bytes, const void *data, size_t size)
{
    uint32_t length;

    assert_true(bytes->size + size + 3 < sizeof(bytes->data));
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += (size + 3) & ~(size_t)3; /* NLMSG_ALIGNTO and NLA_ALIGNTO: 4 */
    length = (uint32_t)bytes->size;
    memcpy(bytes->data, &length, sizeof(length));
}

static void put_header(struct bytes *bytes, uint16_t type)
{
    const uint16_t type_flags[2] = {type, 0};
    const uint32_t header[4] = {0, 0, 0, 0};

    *bytes = (struct bytes){.size = 0};
    put(bytes, header, sizeof(header));
    memcpy(bytes->data + 4, type_flags, sizeof(type_flags));
}

static void put_attribute(struct bytes *bytes, uint16_t type, const void *data, size_t size)
{
    uint8_t attribute[4 + 64] = {0};
    const uint16_t header[2] = {(uint16_t)(4 + size), type};

    assert_true(size <= 64);
    memcpy(attribute, header, sizeof(header));
    memcpy(attribute + 4, data, size);
    put(bytes, attribute, 4 + size);
}

static void put_inet(struct bytes *bytes, uint16_t type, const char *text)
{
    uint8_t addr[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(inet_pton(family, text, addr), 1);
    put_attribute(bytes, type, addr, family == AF_INET ? 4 : 16);
}

static void put_u32(struct bytes *bytes, uint16_t type, uint32_t value)
{
    put_attribute(bytes, type, &value, sizeof(value));
}

/* struct ifinfomsg */
static void put_link(struct bytes *bytes, uint8_t family, uint16_t arphrd, int32_t index,
                     uint32_t flags)
{
    uint8_t info[16] = {family};

    put_header(bytes, RTM_NEWLINK);
    memcpy(info + 2, &arphrd, sizeof(arphrd));
    memcpy(info + 4, &index, sizeof(index));
    memcpy(info + 8, &flags, sizeof(flags));
    put(bytes, info, sizeof(info));
}

/* struct ifaddrmsg */
static void put_address(struct bytes *bytes, uint8_t family, uint8_t length, uint8_t flags,
                        uint8_t scope, uint32_t index)
{
    uint8_t info[8] = {family, length, flags, scope};

    put_header(bytes, RTM_NEWADDR);
    memcpy(info + 4, &index, sizeof(index));
    put(bytes, info, sizeof(info));
}

static const struct nlmsghdr *message_of(const struct bytes *bytes)
{
    return (const struct nlmsghdr *)(const void *)bytes->data;
}

static struct inet_addr address(const char *text)
{
    struct inet_addr addr;

    assert_true(inet_parse(text, &addr));
    return addr;
}

static void expect_address(const struct inet_addr *is, const char *should)
{
    char text[INET_ADDR_TEXT_SIZE];

    assert_string_equal(inet_text(text, is), should);
}

static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, 0x0a};

static void put_good_link(struct bytes *bytes)
{
    put_link(bytes, AF_UNSPEC, 1, 7, 0x11043);
    put_attribute(bytes, IFLA_IFNAME, "eth0", 5);
    put_u32(bytes, IFLA_MTU, 9000);
    put_attribute(bytes, IFLA_QDISC, "noqueue", 8);
    put_attribute(bytes, IFLA_ADDRESS, mac, sizeof(mac));
}

static void put_good_address(struct bytes *bytes)
{
    put_address(bytes, AF_INET, 24, IFA_F_PERMANENT, RT_SCOPE_LINK, 7);
    put_inet(bytes, IFA_ADDRESS, "192.0.2.1");
    put_inet(bytes, IFA_LOCAL, "192.0.2.1");
    put_inet(bytes, IFA_BROADCAST, "192.0.2.255");
    put_attribute(bytes, IFA_LABEL, "eth0:vip", 9);
    put_u32(bytes, IFA_FLAGS, IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE);
    put_attribute(bytes, IFA_PROTO, "\160", 1);
}

/* ---- Datagrams --------------------------------------------------------------------------------- */

static void test_a_datagram_gives_its_messages_one_by_one(void **state)
{
    _Alignas(struct nlmsghdr) uint8_t data[2 * BYTES_SIZE];
    struct bytes link;
    struct bytes addr;
    struct rtnetlink_datagram datagram = {.data = data};

    (void)state;
    put_good_link(&link);
    put_good_address(&addr);
    memcpy(data, link.data, link.size);
    memcpy(data + link.size, addr.data, addr.size);
    datagram.size = link.size + addr.size;
    assert_ptr_equal(rtnetlink_next(&datagram), data);
    assert_ptr_equal(rtnetlink_next(&datagram), data + link.size);
    assert_int_equal(datagram.size, 0);
    assert_null(rtnetlink_next(&datagram));
}

static void test_a_length_that_cannot_be_ends_the_datagram(void **state)
{
    static const uint32_t lengths[] = {0,          1,          HEADER_SIZE - 1, HEADER_SIZE + 1,
                                       0x7fffffff, 0x80000000, UINT32_MAX};
    struct bytes bytes;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(lengths); i++) {
        struct rtnetlink_datagram datagram = {bytes.data, HEADER_SIZE};

        put_header(&bytes, RTM_NEWLINK);
        memcpy(bytes.data, &lengths[i], sizeof(lengths[i]));
        assert_fact(!rtnetlink_next(&datagram), "length %u", lengths[i]);
    }
}

static void test_a_last_message_may_lack_its_padding(void **state)
{
    struct bytes bytes;
    struct rtnetlink_datagram datagram = {bytes.data, HEADER_SIZE + 1};
    const uint32_t length = HEADER_SIZE + 1;

    (void)state;
    put_header(&bytes, RTM_NEWLINK);
    memcpy(bytes.data, &length, sizeof(length));
    assert_non_null(rtnetlink_next(&datagram));
    assert_int_equal(datagram.size, 0);
}

/* ---- Links ------------------------------------------------------------------------------------- */

static void test_a_link_is_read(void **state)
{
    struct rtnetlink_link link;
    struct bytes bytes;

    (void)state;
    put_good_link(&bytes);
    assert_true(rtnetlink_decode_link(message_of(&bytes), &link));
    assert_int_equal(link.index, 7);
    assert_string_equal(link.name, "eth0");
    assert_int_equal(link.flags, 0x11043);
    assert_int_equal(link.type, 1);
    assert_int_equal(link.mtu, 9000);
    assert_int_equal(link.mac_size, sizeof(mac));
    assert_memory_equal(link.mac, mac, sizeof(mac));
}

static void test_odd_attributes_of_a_link_do_no_harm(void **state)
{
    const uint8_t large[33] = {0};
    struct rtnetlink_link link;
    struct bytes bytes;

    (void)state;
    put_link(&bytes, AF_UNSPEC, 1, 7, 0);
    put_attribute(&bytes, IFLA_IFNAME, "a-name-of-twenty-let", 20); /* without a NUL */
    put_attribute(&bytes, IFLA_MTU, "\1\2", 2);
    put_attribute(&bytes, IFLA_ADDRESS, large, sizeof(large));
    assert_true(rtnetlink_decode_link(message_of(&bytes), &link));
    assert_string_equal(link.name, "a-name-of-twent");
    assert_int_equal(link.mtu, 0);
    assert_int_equal(link.mac_size, 0);
}

static void test_what_is_no_link_is_refused(void **state)
{
    static const struct {
        uint8_t family;
        int32_t index;
        const char *name;
    } rows[] = {{AF_BRIDGE, 7, "eth0"},
                {AF_UNSPEC, 0, "eth0"},
                {AF_UNSPEC, -1, "eth0"},
                {AF_UNSPEC, 7, ""}};
    struct rtnetlink_link link;
    struct bytes bytes;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        put_link(&bytes, rows[i].family, 1, rows[i].index, 0);
        put_attribute(&bytes, IFLA_IFNAME, rows[i].name, strlen(rows[i].name) + 1);
        assert_fact(!rtnetlink_decode_link(message_of(&bytes), &link), "row %zu", i);
    }
    put_link(&bytes, AF_UNSPEC, 1, 7, 0);
    assert_false(rtnetlink_decode_link(message_of(&bytes), &link)); /* no name at all */
}

/* ---- Addresses --------------------------------------------------------------------------------- */

static void test_an_address_is_read(void **state)
{
    struct rtnetlink_address addr;
    struct bytes bytes;

    (void)state;
    put_good_address(&bytes);
    assert_true(rtnetlink_decode_address(message_of(&bytes), &addr));
    assert_int_equal(addr.index, 7);
    expect_address(&addr.prefix.addr, "192.0.2.1");
    assert_int_equal(addr.prefix.length, 24);
    expect_address(&addr.peer, "none");
    expect_address(&addr.broadcast, "192.0.2.255");
    assert_int_equal(addr.scope, RT_SCOPE_LINK);
    assert_int_equal(addr.protocol, RTNETLINK_PROTOCOL_HOLDFAST);
    assert_int_equal(addr.flags, IFA_F_PERMANENT | IFA_F_NOPREFIXROUTE);
    assert_string_equal(addr.label, "eth0:vip");
}

static void test_whose_end_an_address_is(void **state)
{
    static const struct {
        const char *local;
        const char *remote;
        const char *own;
        const char *peer;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", "192.0.2.1", "none"},
        {"192.0.2.1", "192.0.2.9", "192.0.2.1", "192.0.2.9"},
        {"192.0.2.1", NULL, "192.0.2.1", "none"},
        {NULL, "2001:db8::1", "2001:db8::1", "none"}, /* what IPv6 says of an ordinary address */
        {"2001:db8::1", "2001:db8::9", "2001:db8::1", "2001:db8::9"},
    };
    struct rtnetlink_address addr;
    struct bytes bytes;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        put_address(&bytes, strchr(rows[i].own, ':') ? AF_INET6 : AF_INET, 32, 0, 0, 7);
        if (rows[i].local) {
            put_inet(&bytes, IFA_LOCAL, rows[i].local);
        }
        if (rows[i].remote) {
            put_inet(&bytes, IFA_ADDRESS, rows[i].remote);
        }
        assert_fact(rtnetlink_decode_address(message_of(&bytes), &addr), "row %zu", i);
        expect_address(&addr.prefix.addr, rows[i].own);
        expect_address(&addr.peer, rows[i].peer);
    }
}

static void test_old_kernels_have_eight_flags_and_no_protocol(void **state)
{
    struct rtnetlink_address addr;
    struct bytes bytes;

    (void)state;
    put_address(&bytes, AF_INET, 24, IFA_F_SECONDARY, 0, 7);
    put_inet(&bytes, IFA_LOCAL, "192.0.2.1");
    assert_true(rtnetlink_decode_address(message_of(&bytes), &addr));
    assert_int_equal(addr.flags, IFA_F_SECONDARY);
    assert_int_equal(addr.protocol, 0);
}

static void test_what_is_no_address_is_refused(void **state)
{
    static const struct {
        const char *name;
        uint8_t family;
        uint8_t length;
        uint32_t index;
        size_t size; /* of IFA_LOCAL */
    } rows[] = {
        {"no interface", AF_INET, 24, 0, 4},
        {"a prefix too long", AF_INET, 33, 7, 4},
        {"the same for IPv6", AF_INET6, 129, 7, 16},
        {"half an address", AF_INET, 24, 7, 2},
        {"one of the other family", AF_INET, 24, 7, 16},
        {"no family", AF_UNSPEC, 0, 7, 0},
        {"another family", AF_BRIDGE, 0, 7, 0},
    };
    const uint8_t zeros[16] = {0};
    struct rtnetlink_address addr;
    struct bytes bytes;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        put_address(&bytes, rows[i].family, rows[i].length, 0, 0, rows[i].index);
        put_attribute(&bytes, IFA_LOCAL, zeros, rows[i].size);
        assert_fact(!rtnetlink_decode_address(message_of(&bytes), &addr), "%s", rows[i].name);
    }
    put_address(&bytes, AF_INET, 24, 0, 0, 7);
    assert_false(rtnetlink_decode_address(message_of(&bytes), &addr)); /* none at all */
}

/* ---- Truncation -------------------------------------------------------------------------------- */

/*
 * The message cut to `size` bytes, in memory of just that size: the sanitizers see a byte too far.
 * Below a header there is no message to be decoded.
 */
static uint8_t *cut(const struct bytes *bytes, size_t size)
{
    const uint32_t length = (uint32_t)size;
    uint8_t *data = malloc(size ? size : 1);

    memcpy(data, bytes->data, size);
    memcpy(data, &length, size < sizeof(length) ? size : sizeof(length));
    return data;
}

static void test_a_message_cut_anywhere_is_read_up_to_there(void **state)
{
    struct bytes link_bytes;
    struct bytes address_bytes;

    (void)state;
    put_good_link(&link_bytes);
    put_good_address(&address_bytes);
    for (size_t size = 0; size <= link_bytes.size; size++) {
        uint8_t *data = cut(&link_bytes, size);
        struct rtnetlink_datagram datagram = {data, size};
        const struct nlmsghdr *message = rtnetlink_next(&datagram);
        struct rtnetlink_link link;

        assert_true((message != NULL) == (size >= HEADER_SIZE));
        if (message && rtnetlink_decode_link(message, &link)) {
            /* header, ifinfomsg, and the name with its attribute's header */
            assert_fact(size >= HEADER_SIZE + 16 + 4 + 5, "a link of %zu bytes", size);
            assert_string_equal(link.name, "eth0");
            assert_true(link.mac_size == (size >= link_bytes.size - 2 ? sizeof(mac) : 0));
        } else {
            assert_fact(size < HEADER_SIZE + 16 + 4 + 5, "no link of %zu bytes", size);
        }
        free(data);
    }
    for (size_t size = 0; size <= address_bytes.size; size++) {
        uint8_t *data = cut(&address_bytes, size);
        struct rtnetlink_datagram datagram = {data, size};
        const struct nlmsghdr *message = rtnetlink_next(&datagram);
        struct rtnetlink_address addr;

        if (message && rtnetlink_decode_address(message, &addr)) {
            assert_fact(size >= HEADER_SIZE + 8 + 8, "an address of %zu bytes", size);
            expect_address(&addr.prefix.addr, "192.0.2.1");
            assert_true(addr.protocol == (size >= address_bytes.size - 3 ? 112 : 0));
        } else {
            assert_fact(size < HEADER_SIZE + 8 + 8, "no address of %zu bytes", size);
        }
        free(data);
    }
}

/* ---- Writing ----------------------------------------------------------------------------------- */

static void expect_message(struct bytes *should, uint16_t flags, uint32_t sequence,
                           const uint8_t *is, size_t size)
{
    memcpy(should->data + 6, &flags, sizeof(flags));
    memcpy(should->data + 8, &sequence, sizeof(sequence));
    assert_int_equal(size, should->size);
    assert_memory_equal(is, should->data, size);
}

static void test_an_address_to_add_is_written_with_all_it_has(void **state)
{
    const struct rtnetlink_address addr = {.index = 7,
                                           .prefix = {address("192.0.2.1"), 24},
                                           .peer = address("192.0.2.9"),
                                           .broadcast = address("192.0.2.255"),
                                           .scope = RT_SCOPE_LINK,
                                           .protocol = RTNETLINK_PROTOCOL_HOLDFAST,
                                           .flags = IFA_F_NOPREFIXROUTE,
                                           .label = "eth0:vip"};
    _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_MESSAGE_SIZE];
    struct bytes should;

    (void)state;
    put_address(&should, AF_INET, 24, 0, RT_SCOPE_LINK, 7);
    put_inet(&should, IFA_LOCAL, "192.0.2.1");
    put_inet(&should, IFA_ADDRESS, "192.0.2.9");
    put_inet(&should, IFA_BROADCAST, "192.0.2.255");
    put_attribute(&should, IFA_LABEL, "eth0:vip", 9);
    put_u32(&should, IFA_FLAGS, IFA_F_NOPREFIXROUTE);
    put_attribute(&should, IFA_PROTO, "\160", 1);
    memset(data, 0xff, sizeof(data));
    expect_message(&should, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, 42, data,
                   rtnetlink_encode_address(data, 42, true, &addr));
}

static void test_an_address_to_remove_is_written_with_what_names_it(void **state)
{
    const struct rtnetlink_address addr = {.index = 7,
                                           .prefix = {address("2001:db8::1"), 64},
                                           .scope = RT_SCOPE_UNIVERSE,
                                           .protocol = RTNETLINK_PROTOCOL_HOLDFAST,
                                           .flags = IFA_F_NODAD,
                                           .label = "eth0:vip"};
    const uint16_t type = RTM_DELADDR;
    _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_MESSAGE_SIZE];
    struct bytes should;

    (void)state;
    put_address(&should, AF_INET6, 64, 0, 0, 7);
    memcpy(should.data + 4, &type, sizeof(type));
    put_inet(&should, IFA_LOCAL, "2001:db8::1");
    put_inet(&should, IFA_ADDRESS, "2001:db8::1");
    expect_message(&should, NLM_F_REQUEST | NLM_F_ACK, UINT32_MAX, data,
                   rtnetlink_encode_address(data, UINT32_MAX, false, &addr));
}

static void test_the_largest_address_fits_the_message(void **state)
{
    const struct rtnetlink_address addr = {
        .index = INT32_MAX,
        .prefix = {address("1111:2222:3333:4444:5555:6666:7777:8888"), 128},
        .peer = address("8888:7777:6666:5555:4444:3333:2222:1111"),
        .broadcast = address("ff02::1"),
        .scope = 255,
        .protocol = 255,
        .flags = UINT32_MAX,
        .label = "fifteen-letters"};
    _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_MESSAGE_SIZE];
    struct rtnetlink_address again;
    struct rtnetlink_datagram datagram = {data, rtnetlink_encode_address(data, 1, true, &addr)};

    (void)state;
    assert_true(datagram.size <= sizeof(data));
    assert_true(rtnetlink_decode_address(rtnetlink_next(&datagram), &again));
    assert_true(again.index == addr.index && again.prefix.length == addr.prefix.length);
    assert_true(inet_equal(&again.prefix.addr, &addr.prefix.addr));
    assert_true(inet_equal(&again.peer, &addr.peer));
    assert_true(inet_equal(&again.broadcast, &addr.broadcast));
    assert_true(again.scope == addr.scope && again.protocol == addr.protocol);
    assert_true(again.flags == addr.flags);
    assert_string_equal(again.label, addr.label);
}

static void test_dumps_are_asked_for_all_families(void **state)
{
    static const uint16_t types[] = {RTM_GETLINK, RTM_GETADDR};
    const uint8_t general[4] = {AF_UNSPEC};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(types); i++) {
        _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_MESSAGE_SIZE];
        struct bytes should;

        put_header(&should, types[i]);
        put(&should, general, 1); /* struct rtgenmsg, padded */
        memset(data, 0xff, sizeof(data));
        expect_message(&should, NLM_F_REQUEST | NLM_F_DUMP, 9, data,
                       rtnetlink_encode_dump(data, 9, types[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_datagram_gives_its_messages_one_by_one),
        cmocka_unit_test(test_a_length_that_cannot_be_ends_the_datagram),
        cmocka_unit_test(test_a_last_message_may_lack_its_padding),
        cmocka_unit_test(test_a_link_is_read),
        cmocka_unit_test(test_odd_attributes_of_a_link_do_no_harm),
        cmocka_unit_test(test_what_is_no_link_is_refused),
        cmocka_unit_test(test_an_address_is_read),
        cmocka_unit_test(test_whose_end_an_address_is),
        cmocka_unit_test(test_old_kernels_have_eight_flags_and_no_protocol),
        cmocka_unit_test(test_what_is_no_address_is_refused),
        cmocka_unit_test(test_a_message_cut_anywhere_is_read_up_to_there),
        cmocka_unit_test(test_an_address_to_add_is_written_with_all_it_has),
        cmocka_unit_test(test_an_address_to_remove_is_written_with_what_names_it),
        cmocka_unit_test(test_the_largest_address_fits_the_message),
        cmocka_unit_test(test_dumps_are_asked_for_all_families),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
