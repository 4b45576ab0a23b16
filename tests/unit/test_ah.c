/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "vrrp/ah.h"

#include <string.h>

/* As keepalived 2.2.7 sent it: VRID 51, priority 100, 10.0.0.9, password "s3cret", sequence 1. */
static const uint8_t captured[] = {
    0x45, 0xc0, 0x00, 0x40, 0x00, 0x01, 0x00, 0x00, 0xff, 0x33, 0xd0, 0xb6, 0x0a, 0x00, 0x00, 0x01,
    0xe0, 0x00, 0x00, 0x12, 0x70, 0x04, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
    0xde, 0xcd, 0x32, 0xc1, 0xa0, 0x13, 0x49, 0xcd, 0x20, 0xba, 0x28, 0xd0, 0x21, 0x33, 0x64, 0x01,
    0x02, 0x01, 0x6e, 0xc1, 0x0a, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
static const uint8_t password[CONF_AUTH_PASS_SIZE] = "s3cret";
static const int64_t wall = 1000 * CLOCK_SECOND;

enum { PAYLOAD = sizeof(captured) - AH_IP_SIZE, MESSAGE = PAYLOAD - AH_SIZE };

struct opened {
    struct packet_envelope envelope;
    const uint8_t *payload;
    size_t size;
};

static struct opened open_datagram(const uint8_t *datagram, size_t size)
{
    struct opened opened = {0};

    assert_int_equal(
        packet_open_ipv4(datagram, size, &opened.envelope, &opened.payload, &opened.size),
        PACKET_OK);
    return opened;
}

static enum ah_verdict verify(struct ah_state *state, const uint8_t *datagram, size_t size)
{
    struct opened opened = open_datagram(datagram, size);

    return ah_verify(password, state, &opened.envelope, opened.payload, opened.size, wall);
}

static void test_what_keepalived_sends_is_admitted(void **state)
{
    struct ah_state ours = {0};

    (void)state;
    assert_int_equal(ah_peel(captured + AH_IP_SIZE, PAYLOAD), MESSAGE);
    assert_int_equal(verify(&ours, captured, sizeof(captured)), AH_OK);
    assert_int_equal(ours.sequence, 1);
}

/* All of it is covered but what routers may change: RFC 4302 3.3.3.1.1.1. */
static void test_whatever_is_changed_is_noticed(void **state)
{
    static const uint8_t may_change[] = {1, 6, 7, 10,
                                         11}; /* to a group keepalived covers the TTL */

    (void)state;
    for (size_t i = 1; i < sizeof(captured); i++) {
        bool mutable = i < AH_IP_SIZE && memchr(may_change, (int)i, sizeof(may_change));
        uint8_t changed[sizeof(captured)];
        struct ah_state ours = {0};
        enum ah_verdict verdict;

        if (i == 2 || i == 3 || i == 9) {
            continue; /* lengths and protocol: another socket's, or another size */
        }
        memcpy(changed, captured, sizeof(changed));
        changed[i] ^= 1;
        verdict = verify(&ours, changed, sizeof(changed));
        if ((verdict == AH_OK) != mutable) {
            fail_msg("byte %zu changed: %s", i, ah_text(verdict));
        }
    }
}

/* A sender that follows RFC 4302 to the letter, and each form in unicast, where only that is known. */
static void test_the_ttl_may_count_as_nothing(void **state)
{
    static const struct inet_addr group = {AF_INET, {224, 0, 0, 18}};
    static const struct inet_addr host = {AF_INET, {10, 0, 0, 2}};
    struct opened opened = open_datagram(captured, sizeof(captured));
    uint8_t datagram[sizeof(captured)];
    struct ah_state ours = {0};
    struct ah_state theirs = {0};
    size_t size;

    (void)state;
    opened.envelope.ttl = 0; /* as it counts */
    opened.envelope.destination = group;
    size = ah_seal(password, &theirs, &opened.envelope, captured + AH_IP_SIZE + AH_SIZE, MESSAGE, 0,
                   datagram);
    datagram[8] = 255;
    assert_int_equal(verify(&ours, datagram, size), AH_OK);
    opened.envelope.ttl = 255;
    opened.envelope.destination = host;
    size = ah_seal(password, &theirs, &opened.envelope, captured + AH_IP_SIZE + AH_SIZE, MESSAGE, 0,
                   datagram);
    datagram[8] = 64; /* it came over routers */
    assert_int_equal(verify(&ours, datagram, size), AH_OK);
}

static void test_another_password_is_wrong(void **state)
{
    static const uint8_t other[CONF_AUTH_PASS_SIZE] = "s3creT";
    struct opened opened = open_datagram(captured, sizeof(captured));
    struct ah_state ours = {0};

    (void)state;
    assert_int_equal(ah_verify(other, &ours, &opened.envelope, opened.payload, opened.size, wall),
                     AH_WRONG);
    assert_int_equal(ours.sequence, 0); /* and it taught us nothing */
}

static size_t seal(struct ah_state *theirs, uint32_t seconds, uint8_t *datagram)
{
    struct opened opened = open_datagram(captured, sizeof(captured));

    opened.envelope.identification = 0;
    return ah_seal(password, theirs, &opened.envelope, captured + AH_IP_SIZE + AH_SIZE, MESSAGE,
                   seconds * CLOCK_SECOND, datagram);
}

static void test_what_we_seal_is_what_keepalived_seals(void **state)
{
    struct ah_state theirs = {0};
    uint8_t datagram[sizeof(captured)];

    (void)state;
    assert_int_equal(seal(&theirs, 1, datagram), sizeof(captured));
    assert_memory_equal(datagram + AH_IP_SIZE, captured + AH_IP_SIZE, 12); /* up to the value */
    assert_memory_equal(datagram + AH_IP_SIZE + AH_SIZE, captured + AH_IP_SIZE + AH_SIZE, MESSAGE);
    assert_int_equal(datagram[1], 0xc0);
    assert_int_equal(datagram[8], 255);
    assert_true(datagram[4] || datagram[5]); /* the kernel would choose another for 0 */
}

static void test_each_is_admitted_once(void **state)
{
    struct ah_state ours = {0};
    struct ah_state theirs = {0};
    uint8_t first[sizeof(captured)];
    uint8_t second[sizeof(captured)];

    (void)state;
    (void)seal(&theirs, 1, first);
    (void)seal(&theirs, 1, second);
    assert_int_equal(verify(&ours, first, sizeof(first)), AH_OK);
    assert_int_equal(verify(&ours, first, sizeof(first)), AH_REPLAYED);
    assert_int_equal(verify(&ours, second, sizeof(second)), AH_OK);
    assert_int_equal(verify(&ours, first, sizeof(first)), AH_REPLAYED);
    assert_int_equal(ours.sequence, 2);
}

/* Its peers remember the last number; the clock gives it a higher one. */
static void test_who_starts_again_is_believed(void **state)
{
    struct ah_state ours = {0};
    struct ah_state before = {0};
    struct ah_state after = {0};
    uint8_t datagram[sizeof(captured)];

    (void)state;
    (void)seal(&before, 1000, datagram);
    assert_int_equal(verify(&ours, datagram, sizeof(datagram)), AH_OK);
    (void)seal(&after, 1002, datagram);
    assert_int_equal(verify(&ours, datagram, sizeof(datagram)), AH_OK);
}

/* keepalived's number is one for what it sends and hears: ours must be above any that it believed. */
static void test_our_number_is_above_all_that_we_believed(void **state)
{
    struct ah_state ours = {0};
    struct ah_state theirs = {.sequence = 70000};
    uint8_t datagram[sizeof(captured)];

    (void)state;
    (void)seal(&theirs, 1, datagram);
    assert_int_equal(verify(&ours, datagram, sizeof(datagram)), AH_OK);
    (void)seal(&ours, 1, datagram);
    assert_int_equal(ours.sequence, 70002);
}

static void test_marks_are_one_for_each_sender(void **state)
{
    struct opened opened = open_datagram(captured, sizeof(captured));
    struct ah_state ours = {0};
    uint8_t datagram[sizeof(captured)];

    (void)state;
    for (unsigned i = 0; i < 2 * AH_SENDERS; i++) {
        struct ah_state theirs = {0};

        opened.envelope.source.bytes[3] = (uint8_t)(i + 1);
        (void)ah_seal(password, &theirs, &opened.envelope, captured + AH_IP_SIZE + AH_SIZE, MESSAGE,
                      CLOCK_SECOND, datagram);
        assert_int_equal(verify(&ours, datagram, sizeof(datagram)), AH_OK);
        assert_int_equal(verify(&ours, datagram, sizeof(datagram)), AH_REPLAYED);
    }
}

static void test_what_is_not_such_a_header_is_refused(void **state)
{
    struct opened opened = open_datagram(captured, sizeof(captured));
    struct ah_state ours = {0};
    uint8_t payload[PAYLOAD];
    uint8_t large[AH_MAX_SIZE + 1] = {PACKET_PROTOCOL, 4};

    (void)state;
    memcpy(payload, captured + AH_IP_SIZE, PAYLOAD);
    for (size_t size = 0; size <= AH_SIZE; size++) {
        assert_int_equal(ah_peel(payload, size), 0);
    }
    payload[0] = 6; /* TCP behind it */
    assert_int_equal(ah_peel(payload, PAYLOAD), 0);
    payload[0] = PACKET_PROTOCOL;
    payload[1] = 5; /* 128 bits of something else */
    assert_int_equal(ah_peel(payload, PAYLOAD), 0);
    assert_int_equal(ah_verify(password, &ours, &opened.envelope, NULL, PAYLOAD, wall), AH_MISSING);
    assert_int_equal(ah_verify(password, &ours, &opened.envelope, large, sizeof(large), wall),
                     AH_MALFORMED);
    opened.envelope.has_options = true;
    assert_int_equal(
        ah_verify(password, &ours, &opened.envelope, opened.payload, opened.size, wall),
        AH_MALFORMED);
}

static void test_each_verdict_has_its_words(void **state)
{
    (void)state;
    for (int i = 0; i < AH_VERDICTS; i++) {
        assert_true(*ah_word((enum ah_verdict)i) && *ah_text((enum ah_verdict)i));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_keepalived_sends_is_admitted),
        cmocka_unit_test(test_whatever_is_changed_is_noticed),
        cmocka_unit_test(test_the_ttl_may_count_as_nothing),
        cmocka_unit_test(test_another_password_is_wrong),
        cmocka_unit_test(test_what_we_seal_is_what_keepalived_seals),
        cmocka_unit_test(test_each_is_admitted_once),
        cmocka_unit_test(test_who_starts_again_is_believed),
        cmocka_unit_test(test_our_number_is_above_all_that_we_believed),
        cmocka_unit_test(test_marks_are_one_for_each_sender),
        cmocka_unit_test(test_what_is_not_such_a_header_is_refused),
        cmocka_unit_test(test_each_verdict_has_its_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
