/* SPDX-License-Identifier: Apache-2.0
 *
 * Echo requests and replies.
 */
#include "unit.h"

#include "base/inet.h"
#include "check/echo.h"

#define SECRET UINT64_C(0x0123456789abcdef)
#define NUMBER UINT32_C(0xfffe8001)

enum { IP_SIZE = 20, IP_LONGEST = 60 };

/* What a server sends back: the request with another type, and in IPv4 an IP header before it. */
static size_t reply_write(unsigned char *packet, uint8_t family, size_t header)
{
    uint16_t checksum;

    memset(packet, 0, header);
    packet[0] = (unsigned char)(0x40 | header / 4);
    if (family == AF_INET6) {
        header = 0;
    }
    echo_write(packet + header, family, SECRET, NUMBER);
    packet[header] = family == AF_INET ? 0 : 129;
    if (family == AF_INET) {
        memset(packet + header + 2, 0, 2);
        checksum = inet_checksum_end(inet_checksum_add(0, packet + header, ECHO_SIZE));
        memcpy(packet + header + 2, &checksum, sizeof(checksum));
    }
    return header + ECHO_SIZE;
}

static const uint8_t families[] = {AF_INET, AF_INET6};

static void test_a_request_has_its_type_checksum_and_number(void **state)
{
    unsigned char packet[ECHO_SIZE];

    (void)state;
    echo_write(packet, AF_INET, SECRET, NUMBER);
    assert_memory_equal(packet, "\10\0", 2);
    assert_memory_equal(packet + 4, "\xff\xfe\x80\1", 4);
    assert_int_equal(inet_checksum_end(inet_checksum_add(0, packet, sizeof(packet))), 0);
    echo_write(packet, AF_INET6, SECRET, NUMBER);
    assert_memory_equal(packet, "\200\0\0\0\xff\xfe\x80\1", 8);
}

static void test_a_reply_tells_which_request_it_answers(void **state)
{
    static const size_t headers[] = {IP_SIZE, IP_SIZE + 4, IP_LONGEST};
    unsigned char packet[IP_LONGEST + ECHO_SIZE];
    uint32_t number;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(headers); i++) {
        for (size_t j = 0; j < UNIT_COUNT(families); j++) {
            size_t size = reply_write(packet, families[j], headers[i]);

            number = 0;
            assert_true(echo_read_reply(packet, size, families[j], SECRET, &number));
            assert_int_equal(number, NUMBER);
        }
    }
}

/* Whatever single bit is flipped, and wherever it is cut or lengthened. */
static void test_a_damaged_reply_is_none(void **state)
{
    unsigned char packet[IP_SIZE + ECHO_SIZE + 1] = {0};
    uint32_t number;

    (void)state;
    for (size_t j = 0; j < UNIT_COUNT(families); j++) {
        uint8_t family = families[j];
        size_t size = reply_write(packet, family, IP_SIZE);
        size_t first = family == AF_INET ? IP_SIZE : 0;

        for (size_t bit = first * 8; bit < size * 8; bit++) {
            bool checksum = bit / 8 == first + 2 || bit / 8 == first + 3;

            packet[bit / 8] ^= (unsigned char)(1U << bit % 8);
            /* The kernel itself sees to checksums of ICMPv6. */
            assert_fact(echo_read_reply(packet, size, family, SECRET, &number) ==
                            (family == AF_INET6 && checksum),
                        "family %u, bit %zu", family, bit);
            packet[bit / 8] ^= (unsigned char)(1U << bit % 8);
        }
        for (size_t cut = 0; cut <= sizeof(packet); cut++) {
            assert_fact(echo_read_reply(packet, cut, family, SECRET, &number) == (cut == size),
                        "family %u, %zu bytes", family, cut);
        }
        assert_false(echo_read_reply(packet, size, family, SECRET + 1, &number));
    }
}

static void test_a_header_of_ip_that_is_none_is_not_followed(void **state)
{
    unsigned char packet[IP_SIZE + ECHO_SIZE];
    size_t size = reply_write(packet, AF_INET, IP_SIZE);
    uint32_t number;

    (void)state;
    packet[0] = 0x44; /* 16 bytes */
    assert_false(echo_read_reply(packet, size, AF_INET, SECRET, &number));
    packet[0] = 0x4f; /* 60 bytes, of which 44 are there */
    assert_false(echo_read_reply(packet, size, AF_INET, SECRET, &number));
}

static void test_an_error_quotes_the_whole_request_or_its_header(void **state)
{
    unsigned char packet[ECHO_SIZE];
    uint32_t number;

    (void)state;
    for (size_t j = 0; j < UNIT_COUNT(families); j++) {
        echo_write(packet, families[j], SECRET, NUMBER);
        for (size_t size = 0; size <= ECHO_SIZE; size++) {
            number = 0;
            assert_int_equal(echo_read_quoted(packet, size, families[j], SECRET, &number),
                             size >= ECHO_HEADER_SIZE);
            assert_int_equal(number, size >= ECHO_HEADER_SIZE ? NUMBER : 0);
        }
        assert_false(echo_read_quoted(packet, ECHO_SIZE, families[j], SECRET + 1, &number));
        packet[0] ^= 1; /* somebody else's message */
        assert_false(echo_read_quoted(packet, ECHO_SIZE, families[j], SECRET, &number));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_has_its_type_checksum_and_number),
        cmocka_unit_test(test_a_reply_tells_which_request_it_answers),
        cmocka_unit_test(test_a_damaged_reply_is_none),
        cmocka_unit_test(test_a_header_of_ip_that_is_none_is_not_followed),
        cmocka_unit_test(test_an_error_quotes_the_whole_request_or_its_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
