/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_parser.h"

#include "base/clock.h"
#include "vrrp/hmac.h"

#define S CLOCK_SECOND

/* The draft's example (protocol.md): key 00..1f, VRID 51, priority 200, no pseudo-header. */
static const uint8_t example[] = {0x31, 0x33, 0xc8, 0x01, 0x00, 0x64, 0x44, 0x02, 0xc0, 0x00,
                                  0x02, 0x64, 0x01, 0x01, 0x00, 0x00, 0x68, 0x00, 0x00, 0x00,
                                  0x80, 0x00, 0x00, 0x00, 0x1b, 0x84, 0xbc, 0x4e, 0x8e, 0x43,
                                  0x89, 0x2d, 0xc6, 0xd9, 0x84, 0x48, 0xf8, 0xee, 0x22, 0x65};
static const struct packet_envelope envelope = {
    .source = {AF_INET, {198, 51, 100, 10}}, .destination = {AF_INET, {224, 0, 0, 18}}, .ttl = 255};
static const int64_t wall = INT64_C(0x68000000) * CLOCK_SECOND + CLOCK_SECOND / 2;

enum { MESSAGE = sizeof(example) - HMAC_TRAILER_SIZE };

static const char *const keys =
    "vrrp_instance A { interface eth0\n virtual_router_id 51\n version 3\n auth_hmac {\n"
    " key 1 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
    " key 2 a-text-that-has-just-enough-bytes-\n active_key %d\n %s }\n"
    " virtual_ipaddress { 192.0.2.100 } }\n";

static struct unit_load load_with(int active, const char *words)
{
    char text[512];

    (void)snprintf(text, sizeof(text), keys, active, words);
    return unit_load_clean(text);
}

static void test_the_example_of_the_draft_is_what_we_send_and_admit(void **state)
{
    struct unit_load load = load_with(1, "");
    const struct conf_instance *conf = STAILQ_FIRST(&load.conf->instances);
    struct hmac_state ours = {0};
    struct hmac_state theirs = {0};
    uint8_t trailer[HMAC_TRAILER_SIZE];

    (void)state;
    hmac_sign(conf, &ours, &envelope, example, MESSAGE, wall, trailer);
    assert_memory_equal(trailer, example + MESSAGE, HMAC_TRAILER_SIZE);
    assert_int_equal(
        hmac_verify(conf, &theirs, &envelope, example, MESSAGE, HMAC_TRAILER_SIZE, wall), HMAC_OK);
    unit_unload(&load);
}

/* One byte of the example changed, or somebody else as its sender: none of it may pass. */
static void test_whatever_is_changed_is_noticed(void **state)
{
    struct unit_load load = load_with(1, "");
    const struct conf_instance *conf = STAILQ_FIRST(&load.conf->instances);
    struct packet_envelope other = envelope;

    (void)state;
    other.source.bytes[3] ^= 1;
    for (size_t i = 0; i < sizeof(example); i++) {
        struct hmac_state marks = {0};
        uint8_t changed[sizeof(example)];
        bool covered = i != 6 && i != 7; /* the checksum is counted as 0 */
        enum hmac_verdict verdict;

        memcpy(changed, example, sizeof(example));
        changed[i] ^= 0x40;
        verdict = hmac_verify(conf, &marks, &envelope, changed, MESSAGE, HMAC_TRAILER_SIZE, wall);
        assert_fact(hmac_passes(verdict) != covered, "byte %zu: %s", i, hmac_word(verdict));
    }
    for (size_t rest = 0; rest < HMAC_TRAILER_SIZE; rest++) {
        struct hmac_state marks = {0};

        assert_int_equal(hmac_verify(conf, &marks, &envelope, example, MESSAGE, rest, wall),
                         HMAC_UNSIGNED);
        assert_int_equal(
            hmac_verify(conf, &marks, &other, example, MESSAGE, HMAC_TRAILER_SIZE, wall),
            HMAC_WRONG);
    }
    unit_unload(&load);
}

/* A sender's clock against ours, after it was heard at 100 s. */
static const struct {
    const char *name;
    const char *words;
    int64_t sent;
    int64_t received;
    enum hmac_verdict verdict;
} replays[] = {
    {"later", "", 101 * S, 101 * S, HMAC_OK},
    {"the same again", "", 100 * S, 100 * S, HMAC_REPLAYED},
    {"an older one", "", 99 * S, 100 * S, HMAC_REPLAYED},
    {"within the window, ahead", "", 105 * S, 100 * S, HMAC_OK},
    {"beyond it, ahead", "", 106 * S, 100 * S, HMAC_OUTSIDE_WINDOW},
    {"beyond it, behind", "", 100 * S, 106 * S, HMAC_OUTSIDE_WINDOW},
    {"a mark out of the window is forgotten", "", 90 * S, 90 * S, HMAC_OK},
    {"a window of its own", "time_window 20", 120 * S, 101 * S, HMAC_OK},
    {"monotonic asks no clock", "anti_replay monotonic", 900 * S, 100 * S, HMAC_OK},
    {"monotonic forgets nothing", "anti_replay monotonic", 90 * S, 90 * S, HMAC_REPLAYED},
};

static void test_what_was_heard_before_or_is_far_from_the_clock_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(replays); i++) {
        struct unit_load load = load_with(2, replays[i].words);
        const struct conf_instance *conf = STAILQ_FIRST(&load.conf->instances);
        struct hmac_state before = {0};
        struct hmac_state sender = {0};
        struct hmac_state marks = {0};
        uint8_t packet[sizeof(example)];
        enum hmac_verdict verdict;

        memcpy(packet, example, sizeof(packet));
        hmac_sign(conf, &before, &envelope, packet, MESSAGE, 100 * S, packet + MESSAGE);
        assert_int_equal(
            hmac_verify(conf, &marks, &envelope, packet, MESSAGE, HMAC_TRAILER_SIZE, 100 * S),
            HMAC_OK);
        hmac_sign(conf, &sender, &envelope, packet, MESSAGE, replays[i].sent, packet + MESSAGE);
        verdict = hmac_verify(conf, &marks, &envelope, packet, MESSAGE, HMAC_TRAILER_SIZE,
                              replays[i].received);
        assert_fact(verdict == replays[i].verdict, "%s: %s", replays[i].name, hmac_word(verdict));
        unit_unload(&load);
    }
}

static void test_modes_decide_what_becomes_of_the_unsigned(void **state)
{
    static const struct {
        const char *words;
        enum hmac_verdict verdict;
        bool signs;
    } modes[] = {
        {"mode enforce", HMAC_UNSIGNED, true},
        {"mode permissive", HMAC_UNSIGNED_ADMITTED, true},
        {"mode receive-only", HMAC_UNSIGNED_ADMITTED, false},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(modes); i++) {
        struct unit_load load = load_with(1, modes[i].words);
        const struct conf_instance *conf = STAILQ_FIRST(&load.conf->instances);
        struct hmac_state marks = {0};

        assert_int_equal(hmac_verify(conf, &marks, &envelope, example, MESSAGE, 0, wall),
                         modes[i].verdict);
        assert_int_equal(hmac_signs(conf), modes[i].signs);
        unit_unload(&load);
    }
}

static void test_a_key_that_is_not_there_is_named(void **state)
{
    struct unit_load load = load_with(1, "");
    const struct conf_instance *conf = STAILQ_FIRST(&load.conf->instances);
    struct hmac_state marks = {0};
    uint8_t packet[sizeof(example)];

    (void)state;
    memcpy(packet, example, sizeof(packet));
    packet[MESSAGE + 1] = 9;
    assert_int_equal(hmac_verify(conf, &marks, &envelope, packet, MESSAGE, HMAC_TRAILER_SIZE, wall),
                     HMAC_UNKNOWN_KEY);
    unit_unload(&load);
}

static void test_sequence_numbers_grow_while_the_clock_stands_or_goes_back_a_little(void **state)
{
    struct unit_load load = load_with(1, "");
    const struct conf_instance *conf = STAILQ_FIRST(&load.conf->instances);
    struct hmac_state sender = {0};
    const int64_t clocks[] = {100 * S, 100 * S, 98 * S, 101 * S};
    uint8_t trailer[HMAC_TRAILER_SIZE];
    uint64_t last = 0;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(clocks); i++) {
        hmac_sign(conf, &sender, &envelope, example, MESSAGE, clocks[i], trailer);
        assert_true(sender.sequence > last);
        last = sender.sequence;
    }
    hmac_sign(conf, &sender, &envelope, example, MESSAGE, 50 * S, trailer); /* set back for good */
    assert_int_equal(sender.sequence >> 32, 50);
    unit_unload(&load);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_example_of_the_draft_is_what_we_send_and_admit),
        cmocka_unit_test(test_whatever_is_changed_is_noticed),
        cmocka_unit_test(test_what_was_heard_before_or_is_far_from_the_clock_is_refused),
        cmocka_unit_test(test_modes_decide_what_becomes_of_the_unsigned),
        cmocka_unit_test(test_a_key_that_is_not_there_is_named),
        cmocka_unit_test(test_sequence_numbers_grow_while_the_clock_stands_or_goes_back_a_little),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
