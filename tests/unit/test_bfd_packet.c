/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "bfd/packet.h"

#include <stdlib.h>

#define US CLOCK_MICROSECOND
#define MS CLOCK_MILLISECOND

/* ---- Packets with their bytes, made by hand from RFC 5880 4.1 ---------------------------------- */

static const struct {
    const char *name;
    struct bfd_packet packet;
    uint8_t bytes[BFD_PACKET_SIZE];
} samples[] = {
    {"the first of a session",
     {.role = BFD_DOWN,
      .multiplier = 5,
      .discriminator = 0x01020304,
      .min_tx = 1000 * MS,
      .min_rx = 10 * MS},
     {0x20, 0x40, 5,    24,   1, 2, 3,    4,    0, 0, 0, 0,
      0,    0x0f, 0x42, 0x40, 0, 0, 0x27, 0x10, 0, 0, 0, 0}},
    {"up, with a poll",
     {.role = BFD_UP,
      .poll = true,
      .multiplier = 3,
      .discriminator = 1,
      .yours = 0xfffffffe,
      .min_tx = 50 * MS,
      .min_rx = 300 * MS,
      .min_echo = 50 * MS},
     {0x20, 0xe0, 3,    24,   0, 0,    0,    1,    0xff, 0xff, 0xff, 0xfe,
      0,    0,    0xc3, 0x50, 0, 0x04, 0x93, 0xe0, 0,    0,    0xc3, 0x50}},
    {"administratively down, with an answer",
     {.role = BFD_ADMIN_DOWN,
      .diag = BFD_DIAG_ADMIN,
      .final = true,
      .multiplier = 255,
      .discriminator = 0x80000000,
      .yours = 7,
      .min_tx = INT64_C(4294967295) * US,
      .min_rx = 0},
     {0x27, 0x10, 255,  24,   0x80, 0, 0, 0, 0, 0, 0, 7,
      0xff, 0xff, 0xff, 0xff, 0,    0, 0, 0, 0, 0, 0, 0}},
    {"init, on demand, independent of its control plane, an unknown diagnostic",
     {.role = BFD_INIT,
      .diag = 31,
      .independent = true,
      .demand = true,
      .multiplier = 1,
      .discriminator = 9,
      .yours = 8,
      .min_tx = US,
      .min_rx = US},
     {0x3f, 0x8a, 1, 24, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0}},
};

static void assert_packet(const struct bfd_packet *got, const struct bfd_packet *want,
                          const char *name)
{
    assert_fact(got->diag == want->diag, "%s: diagnostic %d", name, got->diag);
    assert_fact(got->role == want->role, "%s: %s", name, bfd_role_text(got->role));
    assert_fact(got->poll == want->poll && got->final == want->final, "%s: poll or final", name);
    assert_fact(got->independent == want->independent, "%s: independence", name);
    assert_fact(got->demand == want->demand, "%s: demand", name);
    assert_fact(got->multiplier == want->multiplier, "%s: multiplier %d", name, got->multiplier);
    assert_fact(got->discriminator == want->discriminator, "%s: its discriminator", name);
    assert_fact(got->yours == want->yours, "%s: our discriminator", name);
    assert_fact(got->min_tx == want->min_tx, "%s: min_tx %lld", name, (long long)got->min_tx);
    assert_fact(got->min_rx == want->min_rx, "%s: min_rx %lld", name, (long long)got->min_rx);
    assert_fact(got->min_echo == want->min_echo, "%s: min_echo", name);
}

static void test_a_packet_encodes_to_the_bytes_made_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(samples); i++) {
        uint8_t data[BFD_PACKET_SIZE];

        bfd_packet_encode(&samples[i].packet, data);
        assert_memory_equal(data, samples[i].bytes, sizeof(data));
    }
}

static void test_the_bytes_made_by_hand_decode_to_the_packet(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(samples); i++) {
        struct bfd_packet got;

        assert_int_equal(bfd_packet_decode(samples[i].bytes, BFD_PACKET_SIZE, &got), BFD_PACKET_OK);
        assert_packet(&got, &samples[i].packet, samples[i].name);
    }
}

static void test_an_interval_beyond_the_field_is_cut_to_it(void **state)
{
    const struct bfd_packet packet = {.min_tx = INT64_C(5000) * CLOCK_SECOND, .min_rx = 1500};
    static const uint8_t want[] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1};
    uint8_t data[BFD_PACKET_SIZE];

    (void)state;
    bfd_packet_encode(&packet, data);
    assert_memory_equal(data + 12, want, sizeof(want));
}

/* ---- RFC 5880 6.8.6, rule by rule -------------------------------------------------------------- */

static void test_each_rule_refuses_a_packet_for_its_own_reason(void **state)
{
    static const struct {
        const char *name;
        size_t at; /* this byte of a good packet that is up is another */
        uint8_t value;
        size_t size; /* of the payload */
        enum bfd_packet_error error;
    } rules[] = {
        {"nothing is changed", 2, 3, 24, BFD_PACKET_OK},
        {"version 0", 0, 0x00, 24, BFD_PACKET_BAD_VERSION},
        {"version 2", 0, 0x40, 24, BFD_PACKET_BAD_VERSION},
        {"version 7 with every diagnostic bit", 0, 0xff, 24, BFD_PACKET_BAD_VERSION},
        {"length 0", 3, 0, 24, BFD_PACKET_BAD_LENGTH},
        {"length one below the least", 3, 23, 24, BFD_PACKET_BAD_LENGTH},
        {"length one above what came", 3, 25, 24, BFD_PACKET_TOO_SHORT},
        {"length 255", 3, 255, 24, BFD_PACKET_TOO_SHORT},
        {"a byte behind the packet", 3, 24, 25, BFD_PACKET_OK},
        {"a byte is missing", 3, 24, 23, BFD_PACKET_TOO_SHORT},
        {"no payload", 3, 24, 0, BFD_PACKET_TOO_SHORT},
        {"multiplier 0", 2, 0, 24, BFD_PACKET_BAD_MULTIPLIER},
        {"the multipoint bit", 1, 0xc1, 24, BFD_PACKET_MULTIPOINT},
        {"the authentication bit with the length of none", 1, 0xc4, 24, BFD_PACKET_BAD_LENGTH},
        {"its discriminator 0", 7, 0, 24, BFD_PACKET_NO_DISCRIMINATOR},
        {"up, and ours 0", 11, 0, 24, BFD_PACKET_NOT_ADDRESSED},
    };
    uint8_t data[BFD_PACKET_SIZE + 2];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rules); i++) {
        static const uint8_t good[BFD_PACKET_SIZE] = {0x20, 0xc0, 3, 24, 0, 0, 0, 1, 0, 0, 0, 2,
                                                      0,    0,    1, 0,  0, 0, 1, 0, 0, 0, 0, 0};
        struct bfd_packet packet;
        enum bfd_packet_error error;

        memset(data, 0, sizeof(data));
        memcpy(data, good, sizeof(good));
        data[rules[i].at] = rules[i].value;
        error = bfd_packet_decode(data, rules[i].size, &packet);
        assert_fact(error == rules[i].error, "%s: %s", rules[i].name, bfd_packet_error_text(error));
    }
}

static void test_who_knows_us_not_may_be_down_alone(void **state)
{
    static const enum bfd_packet_error want[BFD_ROLES] = {
        [BFD_ADMIN_DOWN] = BFD_PACKET_OK,
        [BFD_DOWN] = BFD_PACKET_OK,
        [BFD_INIT] = BFD_PACKET_NOT_ADDRESSED,
        [BFD_UP] = BFD_PACKET_NOT_ADDRESSED,
    };

    (void)state;
    for (int role = 0; role < BFD_ROLES; role++) {
        struct bfd_packet packet = {
            .role = (enum bfd_role)role, .multiplier = 1, .discriminator = 1};
        uint8_t data[BFD_PACKET_SIZE];

        bfd_packet_encode(&packet, data);
        assert_fact(bfd_packet_decode(data, sizeof(data), &packet) == want[role], "%s",
                    bfd_role_text((enum bfd_role)role));
    }
}

static void test_an_authenticated_packet_is_refused(void **state)
{
    /* RFC 5880 4.2: simple password, 26 bytes and one of password. */
    static const uint8_t data[27] = {0x20, 0xc4, 3, 27, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0,
                                     1,    0,    0, 0,  1, 0, 0, 0, 0, 0, 1, 3, 7};
    struct bfd_packet packet;

    (void)state;
    assert_int_equal(bfd_packet_decode(data, sizeof(data), &packet), BFD_PACKET_AUTHENTICATED);
    assert_int_equal(bfd_packet_decode(data, 26, &packet), BFD_PACKET_TOO_SHORT);
}

static void test_every_error_has_a_text_and_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < BFD_PACKET_ERRORS; i++) {
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(bfd_packet_error_text((enum bfd_packet_error)i),
                                    bfd_packet_error_text((enum bfd_packet_error)j));
            assert_string_not_equal(bfd_packet_error_word((enum bfd_packet_error)i),
                                    bfd_packet_error_word((enum bfd_packet_error)j));
        }
    }
}

static void test_every_diagnostic_that_fits_the_field_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(bfd_diag_text(1), "control detection time expired");
    assert_string_equal(bfd_diag_text(7), "administratively down");
    for (unsigned diag = BFD_DIAGS; diag < 32; diag++) {
        assert_string_equal(bfd_diag_text((uint8_t)diag), "reserved diagnostic");
    }
}

static void test_what_came_through_too_many_routers_is_told_by_its_ttl(void **state)
{
    static const struct {
        int ttl;
        uint8_t sent;
        int hops;
        bool near;
    } rows[] = {
        {255, 255, 0, true}, {254, 255, 0, false}, {254, 255, 1, true}, {253, 255, 1, false},
        {64, 64, 0, true},   {255, 64, 0, true},   {63, 64, 0, false},  {1, 255, -1, true},
        {0, 255, 255, true}, {-1, 255, 0, false},  {-1, 255, -1, true}, {-1, 255, 255, false},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_fact(bfd_packet_came_near(rows[i].ttl, rows[i].sent, rows[i].hops) == rows[i].near,
                    "row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_packet_encodes_to_the_bytes_made_by_hand),
        cmocka_unit_test(test_the_bytes_made_by_hand_decode_to_the_packet),
        cmocka_unit_test(test_an_interval_beyond_the_field_is_cut_to_it),
        cmocka_unit_test(test_each_rule_refuses_a_packet_for_its_own_reason),
        cmocka_unit_test(test_who_knows_us_not_may_be_down_alone),
        cmocka_unit_test(test_an_authenticated_packet_is_refused),
        cmocka_unit_test(test_every_error_has_a_text_and_a_word_of_its_own),
        cmocka_unit_test(test_every_diagnostic_that_fits_the_field_has_a_text),
        cmocka_unit_test(test_what_came_through_too_many_routers_is_told_by_its_ttl),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
