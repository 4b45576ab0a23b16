/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has an address: questions as their RFCs have them, answers, and who asks.
 */
#include "unit.h"

#include "net/solicit.h"

#include <netinet/in.h>

#define ASKER "\x02HF\1\2\0"
#define HOST  "\x52\x54\0\1\2\3"

static struct inet_addr address(const char *text)
{
    struct inet_addr addr = {0};

    assert_fact(*text == '\0' || inet_parse(text, &addr), "%s is an address", text);
    return addr;
}

static size_t ask(uint8_t *frame, const char *about, const char *from, bool everybody)
{
    struct solicit_question question = {.about = address(about),
                                        .from = address(from),
                                        .to = everybody ? NULL : (const uint8_t *)HOST};

    memcpy(question.mac, ASKER, SOLICIT_MAC_SIZE);
    return solicit_write(frame, &question);
}

static void test_an_arp_request_has_the_bytes_of_rfc_826(void **state)
{
    static const uint8_t expected[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,  'H', 'F', 1,  2, 0, 0x08, 0x06, /* Ethernet */
        0,    1,    8,    0,    6,    4,    0,  1,                              /* a request */
        2,    'H',  'F',  1,    2,    0,    10, 9,   9,   7,                    /* who asks */
        0,    0,    0,    0,    0,    0,    10, 9,   9,   18,                   /* what for */
    };
    uint8_t frame[SOLICIT_FRAME_SIZE];

    (void)state;
    assert_int_equal(ask(frame, "10.9.9.18", "10.9.9.7", true), 60);
    assert_memory_equal(frame, expected, sizeof(expected));
    assert_int_equal(ask(frame, "10.9.9.18", "", false), 60); /* a probe, of one host */
    assert_memory_equal(frame, HOST, 6);
    assert_memory_equal(frame + 28, "\0\0\0\0", 4);
}

static void test_a_solicitation_goes_to_the_group_of_its_address(void **state)
{
    uint8_t frame[SOLICIT_FRAME_SIZE];
    const uint8_t rest[8] = {0, 0, 0, 32, 0, 0, 0, IPPROTO_ICMPV6};
    uint32_t sum;

    (void)state;
    assert_int_equal(ask(frame, "2001:db8::12:3456", "fe80::7", true), SOLICIT_FRAME_SIZE);
    assert_memory_equal(frame, "\x33\x33\xff\x12\x34\x56", 6);
    assert_memory_equal(frame + 38, "\xff\2\0\0\0\0\0\0\0\0\0\1\xff\x12\x34\x56", 16);
    assert_int_equal(frame[21], 255); /* hops left */
    assert_int_equal(frame[54], 135);
    assert_memory_equal(frame + 78, "\1\1" ASKER, 8);
    sum = inet_checksum_add(inet_checksum_add(0, frame + 22, 32), rest, sizeof(rest));
    assert_int_equal(inet_checksum_end(inet_checksum_add(sum, frame + 54, 32)), 0);
    assert_int_equal(ask(frame, "2001:db8::12:3456", "fe80::7", false), SOLICIT_FRAME_SIZE);
    assert_memory_equal(frame, HOST, 6);
    assert_memory_equal(frame + 38, address("2001:db8::12:3456").bytes, 16);
}

static void test_what_cannot_be_asked_is_not_written(void **state)
{
    uint8_t frame[SOLICIT_FRAME_SIZE];

    (void)state;
    assert_int_equal(ask(frame, "10.9.9.18", "fe80::7", true), 0);
    assert_int_equal(ask(frame, "2001:db8::18", "10.9.9.7", true), 0);
    assert_int_equal(ask(frame, "2001:db8::18", "", true), 0); /* everybody would hear the answer */
    assert_int_equal(ask(frame, "", "", true), 0);
}

/* A reply as a host sends it. */
static const uint8_t reply[] = {
    2,    'H',  'F', 1, 2, 0, 0x52, 0x54, 0, 1,  2, 3, 0x08, 0x06, /* Ethernet */
    0,    1,    8,   0, 6, 4, 0,    2,                             /* a reply */
    0x52, 0x54, 0,   1, 2, 4, 10,   9,    9, 18,                   /* who has it */
    2,    'H',  'F', 1, 2, 0, 10,   9,    9, 7,
};

static void test_an_arp_reply_is_read(void **state)
{
    struct solicit_answer answer;
    struct inet_addr expected = address("10.9.9.18");
    uint8_t changed[sizeof(reply)];

    (void)state;
    assert_true(solicit_read(reply, sizeof(reply), &answer));
    assert_true(inet_equal(&answer.about, &expected));
    assert_memory_equal(answer.mac, "\x52\x54\0\1\2\4", 6);
    assert_memory_equal(answer.to, ASKER, 6);
    for (size_t size = 0; size < sizeof(reply); size++) {
        assert_fact(!solicit_read(reply, size, &answer), "%zu bytes are no reply", size);
    }
    memcpy(changed, reply, sizeof(reply));
    changed[21] = 1; /* a request */
    assert_false(solicit_read(changed, sizeof(changed), &answer));
}

/* An advertisement whose options are the given bytes. @return its size */
static size_t advertise(uint8_t *frame, const char *options, size_t size)
{
    (void)ask(frame, "2001:db8::18", "fe80::7", true);
    memcpy(frame, ASKER, SOLICIT_MAC_SIZE);
    memcpy(frame + SOLICIT_MAC_SIZE, HOST, SOLICIT_MAC_SIZE);
    frame[54] = 136;
    frame[19] = (uint8_t)(24 + size);
    memcpy(frame + 78, options, size);
    return 78 + size;
}

static void test_an_advertisement_is_read(void **state)
{
    static const struct {
        const char *options;
        size_t size;
        const char *mac;
    } rows[] = {
        {"\2\1\x52\x54\0\1\2\4", 8, "\x52\x54\0\1\2\4"},
        {"\x0e\1______\2\1\x52\x54\0\1\2\5", 16, "\x52\x54\0\1\2\5"}, /* behind another one */
        {"", 0, HOST},                                                /* who has sent it */
        {"\2\0______", 8, HOST},                                      /* an option of no length */
        {"\2\2______", 8, HOST}, /* that ends behind the frame */
        {"\2\1___", 5, HOST},
    };
    uint8_t frame[SOLICIT_FRAME_SIZE + 16];
    struct solicit_answer answer;
    struct inet_addr expected = address("2001:db8::18");

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        size_t size = advertise(frame, rows[i].options, rows[i].size);

        assert_fact(solicit_read(frame, size, &answer), "row %zu is read", i);
        assert_fact(inet_equal(&answer.about, &expected), "row %zu: the address", i);
        assert_fact(memcmp(answer.mac, rows[i].mac, 6) == 0, "row %zu: the MAC", i);
        assert_fact(memcmp(answer.to, ASKER, 6) == 0, "row %zu: who is told", i);
        assert_fact(!solicit_read(frame, size - 1, &answer), "row %zu: not cut", i);
    }
    frame[54] = 135; /* a solicitation */
    assert_false(solicit_read(frame, 78, &answer));
}

struct taken {
    unsigned first; /* last bytes that are taken */
    unsigned last;
};

static bool is_taken(const void *argument, const struct inet_addr *addr)
{
    const struct taken *taken = argument;

    return addr->bytes[3] >= taken->first && addr->bytes[3] <= taken->last;
}

static void test_who_asks_is_a_neighbour_that_nobody_is(void **state)
{
    static const struct {
        const char *own;
        struct taken taken;
        const char *expected; /* "": there is no room */
    } rows[] = {
        {"10.9.9.18/24", {0, 0}, "10.9.9.254"},
        {"10.9.9.18/24", {250, 255}, "10.9.9.249"},
        {"10.9.9.18/24", {100, 255}, ""},
        {"10.9.9.254/24", {0, 0}, "10.9.9.253"},
        {"10.9.9.18/16", {0, 0}, "10.9.255.254"},
        {"10.9.9.5/30", {0, 0}, "10.9.9.6"},
        {"10.9.9.6/30", {0, 0}, "10.9.9.5"},
        {"10.9.9.6/30", {5, 5}, ""},
        {"10.9.9.6/31", {0, 0}, ""},
        {"10.9.9.6/32", {0, 0}, ""},
        {"10.9.9.6/0", {0, 0}, ""},
        {"fd00::7/64", {0, 0}, ""},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct inet_prefix own;
        struct inet_addr chosen = {0};
        bool found;

        assert_true(inet_parse_prefix(rows[i].own, &own));
        found = solicit_pick_neighbour(&own, is_taken, &rows[i].taken, &chosen);
        assert_fact(found == (*rows[i].expected != '\0'), "row %zu: %s", i, rows[i].own);
        if (found) {
            struct inet_addr expected = address(rows[i].expected);

            assert_fact(inet_equal(&chosen, &expected), "row %zu: %s", i, rows[i].own);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_arp_request_has_the_bytes_of_rfc_826),
        cmocka_unit_test(test_a_solicitation_goes_to_the_group_of_its_address),
        cmocka_unit_test(test_what_cannot_be_asked_is_not_written),
        cmocka_unit_test(test_an_arp_reply_is_read),
        cmocka_unit_test(test_an_advertisement_is_read),
        cmocka_unit_test(test_who_asks_is_a_neighbour_that_nobody_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
