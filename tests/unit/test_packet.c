/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "vrrp/packet.h"

#include <stdlib.h>

enum { V2_SIZE = 24, V3_SIZE = 16, IP_SIZE = 20 };

/* From 172.16.1.5 to 224.0.0.18. */
static const struct packet_envelope envelope = {
    .source = {.family = AF_INET, .bytes = {172, 16, 1, 5}},
    .destination = {.family = AF_INET, .bytes = {224, 0, 0, 18}},
    .ttl = 255,
};

/* RFC 3768 5.1: VRID 52, priority 150, two addresses, each second, password "1111" (RFC 2338 5.3.6,
 * type 1). The checksum was added up outside of this project. */
static const uint8_t version_2[V2_SIZE] = {0x21, 52, 150, 2,  1,   1,   0x8b, 0x1f, 172, 16, 1, 18,
                                           172,  16, 1,   19, '1', '1', '1',  '1',  0,   0,  0, 0};

/* RFC 9568 5.1: the same each 200 ms. The message alone sums up to the first checksum, with the
 * pseudo-header (172.16.1.5, 224.0.0.18, protocol 112, 16 bytes) to the second. */
static const uint8_t version_3[V3_SIZE] = {0x31, 52, 150, 2,  0,   20, 0, 0,
                                           172,  16, 1,   18, 172, 16, 1, 19};
static const uint8_t message_checksum[2] = {0xde, 0x6e};
static const uint8_t pseudo_checksum[2] = {0x50, 0xc6};

static const struct packet_advert advert_2 = {
    .version = 2,
    .family = AF_INET,
    .vrid = 52,
    .priority = 150,
    .auth_type = 1,
    .auth_data = "1111",
    .interval = CLOCK_SECOND,
    .address_count = 2,
    .addresses = version_2 + PACKET_HEADER_SIZE,
};
static const struct packet_advert advert_3 = {
    .version = 3,
    .family = AF_INET,
    .vrid = 52,
    .priority = 150,
    .interval = 200 * CLOCK_MILLISECOND,
    .checksum = PACKET_CHECKSUM_PSEUDO,
    .address_count = 2,
    .addresses = version_3 + PACKET_HEADER_SIZE,
};

/* The message of version 3 with a checksum. */
static void write_version_3(uint8_t data[V3_SIZE], const uint8_t checksum[2])
{
    memcpy(data, version_3, V3_SIZE);
    memcpy(data + 6, checksum, 2);
}

/* Decodes a copy that has no byte to spare, so that a sanitizer sees each that is read too far. */
static enum packet_error decode(const uint8_t *data, size_t size, struct packet_advert *advert)
{
    uint8_t *exact = malloc(size ? size : 1);
    enum packet_error error;

    assert_non_null(exact);
    memcpy(exact, data, size);
    error = packet_decode(exact, size, &envelope, true, advert);
    if (!error) { /* the addresses outlive the copy as an offset */
        advert->addresses = data + (advert->addresses - exact);
    }
    free(exact);
    return error;
}

static void expect_advert(const struct packet_advert *is, const struct packet_advert *should)
{
    assert_int_equal(is->version, should->version);
    assert_int_equal(is->family, should->family);
    assert_int_equal(is->vrid, should->vrid);
    assert_int_equal(is->priority, should->priority);
    assert_int_equal(is->auth_type, should->auth_type);
    assert_memory_equal(is->auth_data, should->auth_data, PACKET_AUTH_SIZE);
    assert_int_equal(is->interval, should->interval);
    assert_int_equal(is->checksum, should->checksum);
    assert_int_equal(is->address_count, should->address_count);
    if (is->address_count) {
        assert_memory_equal(is->addresses, should->addresses,
                            is->address_count * inet_family_size(is->family));
    }
}

/* ---- Known bytes ------------------------------------------------------------------------------- */

static void test_adverts_are_written_byte_for_byte(void **state)
{
    struct packet_advert advert = advert_3;
    uint8_t expected[V3_SIZE];
    uint8_t data[PACKET_MAX_SIZE];

    (void)state;
    assert_int_equal(packet_encode(&advert_2, &envelope, data), V2_SIZE);
    assert_memory_equal(data, version_2, V2_SIZE);

    assert_int_equal(packet_encode(&advert, &envelope, data), V3_SIZE);
    write_version_3(expected, pseudo_checksum);
    assert_memory_equal(data, expected, V3_SIZE);

    advert.checksum = PACKET_CHECKSUM_MESSAGE;
    assert_int_equal(packet_encode(&advert, &envelope, data), V3_SIZE);
    write_version_3(expected, message_checksum);
    assert_memory_equal(data, expected, V3_SIZE);
}

static void test_adverts_are_read_and_the_peers_checksum_is_known(void **state)
{
    struct packet_advert expected = advert_3;
    struct packet_advert advert;
    uint8_t data[V3_SIZE];

    (void)state;
    assert_int_equal(decode(version_2, V2_SIZE, &advert), PACKET_OK);
    expect_advert(&advert, &advert_2);
    write_version_3(data, pseudo_checksum);
    assert_int_equal(decode(data, V3_SIZE, &advert), PACKET_OK);
    expect_advert(&advert, &expected);
    write_version_3(data, message_checksum);
    expected.checksum = PACKET_CHECKSUM_MESSAGE;
    assert_int_equal(decode(data, V3_SIZE, &advert), PACKET_OK);
    expect_advert(&advert, &expected);
}

static void test_bytes_behind_the_message_do_not_count(void **state)
{
    uint8_t data[V2_SIZE + 40] = {0};
    struct packet_advert advert;

    (void)state;
    memcpy(data, version_2, V2_SIZE);
    memset(data + V2_SIZE, 0xa5, sizeof(data) - V2_SIZE);
    assert_int_equal(decode(data, sizeof(data), &advert), PACKET_OK);
    expect_advert(&advert, &advert_2);
}

/* ---- What is refused --------------------------------------------------------------------------- */

static void test_what_is_wrong_is_refused_with_its_reason(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        uint8_t value;
        enum packet_error error;
    } rows[] = {
        {"version 1", 0, 0x11, PACKET_BAD_VERSION},
        {"version 4", 0, 0x41, PACKET_BAD_VERSION},
        {"version 0", 0, 0x01, PACKET_BAD_VERSION},
        {"type 0", 0, 0x20, PACKET_BAD_TYPE},
        {"type 2", 0, 0x22, PACKET_BAD_TYPE},
        {"virtual router 0", 1, 0, PACKET_BAD_VRID},
        {"an address more than there is", 3, 3, PACKET_TOO_SHORT},
        {"255 addresses", 3, 255, PACKET_TOO_SHORT},
        {"another priority", 2, 151, PACKET_BAD_CHECKSUM},
        {"an address less", 3, 1, PACKET_BAD_CHECKSUM},
        {"another password", 16, '2', PACKET_BAD_CHECKSUM},
        {"the last byte", V2_SIZE - 1, 1, PACKET_BAD_CHECKSUM},
    };
    struct packet_advert advert;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint8_t data[V2_SIZE];
        enum packet_error error;

        memcpy(data, version_2, V2_SIZE);
        data[rows[i].at] = rows[i].value;
        error = decode(data, V2_SIZE, &advert);
        assert_fact(error == rows[i].error, "%s: %s", rows[i].name, packet_error_text(error));
    }
}

static void test_every_flipped_bit_is_noticed(void **state)
{
    struct packet_advert advert;

    (void)state;
    for (size_t bit = 0; bit < (size_t)V2_SIZE * 8; bit++) {
        uint8_t data[V2_SIZE];

        memcpy(data, version_2, V2_SIZE);
        data[bit / 8] = (uint8_t)(data[bit / 8] ^ 1U << bit % 8);
        assert_fact(decode(data, V2_SIZE, &advert) != PACKET_OK, "bit %zu", bit);
    }
}

static void test_a_message_that_was_cut_is_refused_at_every_length(void **state)
{
    uint8_t data[V3_SIZE];
    struct packet_advert advert;

    (void)state;
    write_version_3(data, pseudo_checksum);
    for (size_t size = 0; size < V2_SIZE; size++) {
        assert_int_equal(decode(version_2, size, &advert), PACKET_TOO_SHORT);
    }
    for (size_t size = 0; size < V3_SIZE; size++) {
        assert_int_equal(decode(data, size, &advert), PACKET_TOO_SHORT);
    }
}

static void test_what_came_through_a_router_is_refused_where_it_is_multicast(void **state)
{
    struct packet_envelope routed = envelope;
    struct packet_advert advert;

    (void)state;
    for (unsigned ttl = 0; ttl < 255; ttl++) {
        routed.ttl = (uint8_t)ttl;
        assert_int_equal(packet_decode(version_2, V2_SIZE, &routed, true, &advert), PACKET_BAD_TTL);
        assert_int_equal(packet_decode(version_2, V2_SIZE, &routed, false, &advert), PACKET_OK);
    }
}

static void test_version_3_from_another_sender_has_another_pseudo_header(void **state)
{
    struct packet_envelope other = envelope;
    uint8_t data[V3_SIZE];
    struct packet_advert advert;

    (void)state;
    other.source.bytes[3] = 6;
    write_version_3(data, pseudo_checksum);
    assert_int_equal(packet_decode(data, V3_SIZE, &other, true, &advert), PACKET_BAD_CHECKSUM);
    write_version_3(data, message_checksum);
    assert_int_equal(packet_decode(data, V3_SIZE, &other, true, &advert), PACKET_OK);
}

static void test_every_error_has_a_text(void **state)
{
    (void)state;
    for (enum packet_error error = 0; error < PACKET_ERRORS; error++) {
        assert_non_null(packet_error_text(error));
    }
}

/* ---- There and back ---------------------------------------------------------------------------- */

static void test_what_is_written_is_read_again(void **state)
{
    static const int64_t intervals_2[] = {CLOCK_SECOND, 2 * CLOCK_SECOND, 255 * CLOCK_SECOND};
    static const int64_t intervals_3[] = {10 * CLOCK_MILLISECOND, CLOCK_SECOND,
                                          40950 * CLOCK_MILLISECOND};
    static const uint8_t counts[] = {0, 1, 2, 20, 254, 255};
    uint8_t many[PACKET_MAX_ADDRESSES * 4];
    uint8_t data[PACKET_MAX_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(many); i++) {
        many[i] = (uint8_t)(i * 37 + 11);
    }
    for (unsigned i = 0; i < 6 * 3 * 256; i++) {
        uint8_t version = i & 1 ? 2 : 3;
        struct packet_advert advert = version == 2 ? advert_2 : advert_3;
        struct packet_advert again;
        size_t size;

        advert.priority = (uint8_t)i;
        advert.vrid = (uint8_t)(i % 255 + 1);
        advert.interval = (version == 2 ? intervals_2 : intervals_3)[i % 3];
        advert.address_count = counts[i % 6];
        advert.addresses = many;
        size = packet_encode(&advert, &envelope, data);
        assert_int_equal(decode(data, size, &again), PACKET_OK);
        expect_advert(&again, &advert);
    }
}

/* ---- The IP header ----------------------------------------------------------------------------- */

static const uint8_t ip_header[IP_SIZE] = {
    0x45, 0xc0, 0, IP_SIZE + V2_SIZE, 0, 1, 0, 0, 255, 112, 0, 0, 172, 16, 1, 5, 224, 0, 0, 18};

static void test_the_ip_header_is_taken_off_and_its_length_counts(void **state)
{
    uint8_t data[IP_SIZE + V2_SIZE + 18]; /* an Ethernet frame is padded to 60 bytes */
    struct packet_envelope found;
    const uint8_t *payload;
    size_t length;

    (void)state;
    memset(data, 0xa5, sizeof(data));
    memcpy(data, ip_header, IP_SIZE);
    memcpy(data + IP_SIZE, version_2, V2_SIZE);
    assert_int_equal(packet_open_ipv4(data, sizeof(data), &found, &payload, &length), PACKET_OK);
    assert_true(inet_equal(&found.source, &envelope.source));
    assert_true(inet_equal(&found.destination, &envelope.destination));
    assert_int_equal(found.ttl, 255);
    assert_ptr_equal(payload, data + IP_SIZE);
    assert_int_equal(length, V2_SIZE);
}

static void test_a_malformed_ip_header_is_refused(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        uint8_t value;
        size_t size;
    } rows[] = {
        {"nothing", 0, 0x45, 0},
        {"less than a header", 0, 0x45, IP_SIZE - 1},
        {"IPv6", 0, 0x65, IP_SIZE + V2_SIZE},
        {"a header of 16 bytes", 0, 0x44, IP_SIZE + V2_SIZE},
        {"a header longer than the packet", 0, 0x4f, IP_SIZE + V2_SIZE},
        {"a length below the header's", 3, IP_SIZE - 1, IP_SIZE + V2_SIZE},
        {"a length beyond what came", 3, IP_SIZE + V2_SIZE + 1, IP_SIZE + V2_SIZE},
        {"a huge length", 2, 0xff, IP_SIZE + V2_SIZE},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint8_t *data = malloc(rows[i].size ? rows[i].size : 1);
        uint8_t whole[IP_SIZE + V2_SIZE];
        struct packet_envelope found;
        const uint8_t *payload;
        size_t length;

        assert_non_null(data);
        memcpy(whole, ip_header, IP_SIZE);
        memcpy(whole + IP_SIZE, version_2, V2_SIZE);
        whole[rows[i].at] = rows[i].value;
        memcpy(data, whole, rows[i].size);
        assert_fact(packet_open_ipv4(data, rows[i].size, &found, &payload, &length) ==
                        PACKET_BAD_IP_HEADER,
                    "%s", rows[i].name);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adverts_are_written_byte_for_byte),
        cmocka_unit_test(test_adverts_are_read_and_the_peers_checksum_is_known),
        cmocka_unit_test(test_bytes_behind_the_message_do_not_count),
        cmocka_unit_test(test_what_is_wrong_is_refused_with_its_reason),
        cmocka_unit_test(test_every_flipped_bit_is_noticed),
        cmocka_unit_test(test_a_message_that_was_cut_is_refused_at_every_length),
        cmocka_unit_test(test_what_came_through_a_router_is_refused_where_it_is_multicast),
        cmocka_unit_test(test_version_3_from_another_sender_has_another_pseudo_header),
        cmocka_unit_test(test_every_error_has_a_text),
        cmocka_unit_test(test_what_is_written_is_read_again),
        cmocka_unit_test(test_the_ip_header_is_taken_off_and_its_length_counts),
        cmocka_unit_test(test_a_malformed_ip_header_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
