/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/inet.h"

#include <stdlib.h>

static struct inet_addr address(const char *text)
{
    struct inet_addr addr;

    assert_fact(inet_parse(text, &addr), "%s is no address", text);
    return addr;
}

static struct inet_prefix network(const char *text)
{
    struct inet_prefix prefix;

    assert_fact(inet_parse_prefix(text, &prefix), "%s is no prefix", text);
    return prefix;
}

/* ---- Text -------------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    const char *shown; /* as an address; NULL: it is none */
    int length;        /* as a prefix; -1: it is none */
} texts[] = {
    {"192.0.2.1", "192.0.2.1", 32},
    {"0.0.0.0", "0.0.0.0", 32},
    {"255.255.255.255", "255.255.255.255", 32},
    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1", 128},
    {"::", "::", 128},
    {"::ffff:192.0.2.1", "::ffff:192.0.2.1", 128},
    {"192.0.2.1/0", NULL, 0},
    {"192.0.2.1/24", NULL, 24},
    {"192.0.2.1/32", NULL, 32},
    {"2001:db8::1/64", NULL, 64},
    {"2001:db8::1/128", NULL, 128},
    {"", NULL, -1},
    {"192.0.2", NULL, -1},
    {"192.0.2.256", NULL, -1},
    {"192.0.2.1 ", NULL, -1},
    {" 192.0.2.1", NULL, -1},
    {"192.0.2.1.", NULL, -1},
    {"192.0.2.1/33", NULL, -1},
    {"192.0.2.1/", NULL, -1},
    {"192.0.2.1/-1", NULL, -1},
    {"192.0.2.1/24/24", NULL, -1},
    {"192.0.2.1/24x", NULL, -1},
    {"/24", NULL, -1},
    {"2001:db8::1/129", NULL, -1},
    {"2001:db8:::1", NULL, -1},
    {"fe80::1%eth0", NULL, -1},
    {"0000000000000000000000000000000000000000000001::1", NULL, -1},
    {"host", NULL, -1},
};

static void test_addresses_and_prefixes_are_read_strictly(void **state)
{
    const struct inet_addr mark = {0x55, {0xaa}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        struct inet_addr addr = mark;
        struct inet_prefix prefix = {mark, 200};
        char shown[INET_ADDR_TEXT_SIZE];

        if (inet_parse(texts[i].text, &addr)) {
            assert_fact(texts[i].shown != NULL, "\"%s\" is taken for an address", texts[i].text);
            assert_string_equal(inet_text(shown, &addr), texts[i].shown);
        } else {
            assert_fact(!texts[i].shown, "\"%s\" is refused", texts[i].text);
            assert_fact(memcmp(&addr, &mark, sizeof(mark)) == 0, "\"%s\" wrote", texts[i].text);
        }
        if (inet_parse_prefix(texts[i].text, &prefix)) {
            assert_fact(prefix.length == texts[i].length, "\"%s\": %u bits", texts[i].text,
                        (unsigned)prefix.length);
        } else {
            assert_fact(texts[i].length < 0, "prefix \"%s\" is refused", texts[i].text);
            assert_int_equal(prefix.length, 200);
        }
    }
}

static void test_prefixes_and_endpoints_are_written_as_people_write_them(void **state)
{
    static const struct {
        const char *prefix;
        uint16_t port;
        const char *endpoint;
    } rows[] = {
        {"192.0.2.1/24", 80, "192.0.2.1:80"},
        {"192.0.2.1/32", 0, "192.0.2.1"},
        {"2001:db8::1/64", 65535, "[2001:db8::1]:65535"},
        {"2001:db8::1/128", 0, "2001:db8::1"},
        {"1111:2222:3333:4444:5555:6666:7777:8888/128", 65535,
         "[1111:2222:3333:4444:5555:6666:7777:8888]:65535"},
    };
    static const char *const bad[] = {"",
                                      ":",
                                      ":80",
                                      "192.0.2.1:",
                                      "192.0.2.1:0",
                                      "192.0.2.1:65536",
                                      "192.0.2.1:80 ",
                                      "[]",
                                      "[:]",
                                      "[",
                                      "]:80",
                                      "[2001:db8::1]",
                                      "[2001:db8::1]:",
                                      "[2001:db8::1:80",
                                      "[1111:2222:3333:4444:5555:6666:7777:8888:9999]:65535"};
    const struct inet_addr none = {0};
    struct inet_addr addr;
    uint16_t port;
    char text[INET_ENDPOINT_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct inet_prefix prefix = network(rows[i].prefix);

        assert_string_equal(inet_prefix_text(text, &prefix), rows[i].prefix);
        assert_string_equal(inet_endpoint_text(text, &prefix.addr, rows[i].port), rows[i].endpoint);
        assert_true(inet_parse_endpoint(rows[i].endpoint, &addr, &port));
        assert_true(inet_equal(&addr, &prefix.addr));
        assert_int_equal(port, rows[i].port);
    }
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        assert_fact(!inet_parse_endpoint(bad[i], &addr, &port), "\"%s\" is taken", bad[i]);
    }
    assert_string_equal(inet_text(text, &none), "none");
    assert_string_equal(inet_endpoint_text(text, &none, 0), "none");
}

/* ---- Values ------------------------------------------------------------------------------------ */

static void test_a_family_has_a_size_and_bits_or_neither(void **state)
{
    (void)state;
    assert_int_equal(inet_family_size(AF_INET), 4);
    assert_int_equal(inet_family_bits(AF_INET), 32);
    assert_int_equal(inet_family_size(AF_INET6), 16);
    assert_int_equal(inet_family_bits(AF_INET6), 128);
    assert_int_equal(inet_family_size(AF_UNSPEC), 0);
    assert_int_equal(inet_family_bits(AF_BRIDGE), 0);
}

static void test_addresses_order_as_unsigned_numbers_families_first(void **state)
{
    static const char *const ascending[] = {
        "0.0.0.0",         "10.0.0.255", "10.0.1.0", "127.255.255.255", "128.0.0.0",
        "255.255.255.255", "::",         "::1",      "7fff::",          "8000::"};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(ascending); i++) {
        for (size_t j = 0; j < UNIT_COUNT(ascending); j++) {
            struct inet_addr a = address(ascending[i]);
            struct inet_addr b = address(ascending[j]);
            int order = inet_compare(&a, &b);

            assert_fact((order < 0) == (i < j) && (order > 0) == (i > j), "%s and %s: %d",
                        ascending[i], ascending[j], order);
            assert_true(inet_equal(&a, &b) == (i == j));
        }
    }
}

static void test_ipv4_addresses_are_equal_whatever_lies_behind_their_four_bytes(void **state)
{
    struct inet_addr a = address("192.0.2.1");
    struct inet_addr b = a;

    (void)state;
    b.bytes[4] = 1;
    assert_true(inet_equal(&a, &b));
    b.bytes[3] = 2;
    assert_false(inet_equal(&a, &b));
}

static void test_a_network_contains_what_shares_its_leading_bits(void **state)
{
    static const struct {
        const char *network;
        const char *address;
        bool contained;
    } rows[] = {
        {"192.0.2.99/24", "192.0.2.1", true},     {"192.0.2.0/24", "192.0.3.1", false},
        {"192.0.2.0/23", "192.0.3.1", true},      {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.255", true},  {"0.0.0.0/0", "203.0.113.9", true},
        {"192.0.2.1/32", "192.0.2.1", true},      {"192.0.2.1/32", "192.0.2.0", false},
        {"192.0.2.1/31", "192.0.2.0", true},      {"0.0.0.0/0", "2001:db8::1", false},
        {"2001:db8::/32", "2001:db8:1::1", true}, {"2001:db8::/33", "2001:db8:8000::", false},
        {"2001:db8::1/128", "2001:db8::1", true}, {"2001:db8::1/128", "2001:db8::2", false},
        {"2001:db8::1/127", "2001:db8::0", true}, {"::/0", "192.0.2.1", false},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct inet_prefix prefix = network(rows[i].network);
        struct inet_addr addr = address(rows[i].address);

        assert_fact(inet_prefix_contains(&prefix, &addr) == rows[i].contained, "%s and %s",
                    rows[i].network, rows[i].address);
    }
}

static void test_multicast_is_224_4_and_ff00_8(void **state)
{
    static const struct {
        const char *address;
        bool multicast;
    } rows[] = {
        {"223.255.255.255", false}, {"224.0.0.0", true},  {"224.0.0.18", true},
        {"239.255.255.255", true},  {"240.0.0.0", false}, {"ff02::12", true},
        {"feff::1", false},         {"::ff00", false},
    };
    const struct inet_addr none = {0};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct inet_addr addr = address(rows[i].address);

        assert_fact(inet_is_multicast(&addr) == rows[i].multicast, "%s", rows[i].address);
    }
    assert_false(inet_is_multicast(&none));
}

static void test_socket_addresses_carry_family_address_and_port(void **state)
{
    const struct inet_addr v4 = address("192.0.2.1");
    const struct inet_addr v6 = address("2001:db8::1");
    const struct inet_addr none = {0};
    struct sockaddr_storage storage;
    const struct sockaddr_in *in = (const struct sockaddr_in *)&storage;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&storage;

    (void)state;
    memset(&storage, 0xff, sizeof(storage));
    assert_int_equal(inet_to_sockaddr(&v4, 80, &storage), sizeof(*in));
    assert_int_equal(in->sin_family, AF_INET);
    assert_int_equal(in->sin_port, htons(80));
    assert_memory_equal(&in->sin_addr, v4.bytes, 4);
    memset(&storage, 0xff, sizeof(storage));
    assert_int_equal(inet_to_sockaddr(&v6, 443, &storage), sizeof(*in6));
    assert_int_equal(in6->sin6_family, AF_INET6);
    assert_int_equal(in6->sin6_port, htons(443));
    assert_memory_equal(&in6->sin6_addr, v6.bytes, 16);
    assert_int_equal(in6->sin6_scope_id, 0);
    assert_int_equal(in6->sin6_flowinfo, 0);
    assert_int_equal(inet_to_sockaddr(&none, 80, &storage), 0);
}

/* ---- Checksum ---------------------------------------------------------------------------------- */

/* RFC 1071 3: 00 01 f2 03 f4 f5 f6 f7 add up to ddf2. */
static const uint8_t rfc_1071[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

static void expect_checksum(uint32_t sum, uint8_t first, uint8_t second)
{
    uint16_t checksum = inet_checksum_end(sum);
    uint8_t bytes[2];

    memcpy(bytes, &checksum, sizeof(bytes));
    assert_int_equal(bytes[0], first);
    assert_int_equal(bytes[1], second);
}

static void test_the_checksum_is_that_of_rfc_1071(void **state)
{
    (void)state;
    expect_checksum(inet_checksum_add(0, rfc_1071, sizeof(rfc_1071)), 0x22, 0x0d);
    expect_checksum(inet_checksum_add(0, rfc_1071, 3), 0x0d, 0xfe); /* 0001 + f200 */
    expect_checksum(0, 0xff, 0xff);
}

static void test_a_sum_may_be_made_of_parts(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= sizeof(rfc_1071); cut += 2) {
        uint32_t sum = inet_checksum_add(0, rfc_1071, cut);

        expect_checksum(inet_checksum_add(sum, rfc_1071 + cut, sizeof(rfc_1071) - cut), 0x22, 0x0d);
    }
}

static void test_a_message_with_its_checksum_sums_to_0(void **state)
{
    uint8_t message[64];

    (void)state;
    for (size_t size = 2; size <= sizeof(message); size++) {
        uint16_t checksum;

        for (size_t i = 0; i < size; i++) {
            message[i] = (uint8_t)(i * 151 + size);
        }
        memset(message, 0, 2);
        checksum = inet_checksum_end(inet_checksum_add(0, message, size));
        memcpy(message, &checksum, sizeof(checksum));
        assert_int_equal(inet_checksum_end(inet_checksum_add(0, message, size)), 0);
    }
}

static void test_a_large_sum_loses_no_carry(void **state)
{
    enum { LARGE = 1024 * 1024 };
    uint8_t *ones = malloc(LARGE);

    (void)state;
    memset(ones, 0xff, LARGE); /* in one's complement that is 0 over and over */
    assert_int_equal(inet_checksum_end(inet_checksum_add(UINT32_MAX, ones, LARGE)), 0);
    free(ones);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_and_prefixes_are_read_strictly),
        cmocka_unit_test(test_prefixes_and_endpoints_are_written_as_people_write_them),
        cmocka_unit_test(test_a_family_has_a_size_and_bits_or_neither),
        cmocka_unit_test(test_addresses_order_as_unsigned_numbers_families_first),
        cmocka_unit_test(test_ipv4_addresses_are_equal_whatever_lies_behind_their_four_bytes),
        cmocka_unit_test(test_a_network_contains_what_shares_its_leading_bits),
        cmocka_unit_test(test_multicast_is_224_4_and_ff00_8),
        cmocka_unit_test(test_socket_addresses_carry_family_address_and_port),
        cmocka_unit_test(test_the_checksum_is_that_of_rfc_1071),
        cmocka_unit_test(test_a_sum_may_be_made_of_parts),
        cmocka_unit_test(test_a_message_with_its_checksum_sums_to_0),
        cmocka_unit_test(test_a_large_sum_loses_no_carry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
