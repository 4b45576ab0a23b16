/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "vrrp/packet.h"

#include <stdlib.h>

#define S CLOCK_SECOND

enum { IPV4_HEADER = 20 };

/* ---- Adverts with their bytes, made by hand ---------------------------------------------------- */

#define NET(n) 192, 0, 2, n /* 192.0.2.n */

static const struct packet_envelope over_ipv4 = {
    {AF_INET, {NET(10)}}, {AF_INET, {224, 0, 0, 18}}, PACKET_TTL, 0, false, 0};
static const struct packet_envelope over_ipv6 = {{AF_INET6, {0xfe, 0x80, [15] = 0x0a}},
                                                 {AF_INET6, {0xff, 0x02, [15] = 0x12}},
                                                 PACKET_TTL,
                                                 0,
                                                 false,
                                                 0};

static const uint8_t one_ipv4[] = {NET(1)};
static const uint8_t two_ipv4[] = {NET(1), NET(2)};
static const uint8_t two_ipv6[] = {0xfe, 0x80, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
                                   0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

struct sample {
    const char *name;
    const struct packet_envelope *envelope;
    struct packet_advert advert;
    size_t size;
    uint8_t bytes[48];
};

/* The checksums are sums on paper: 16-bit words, carries added again, all bits turned. */
static const struct sample samples[] = {
    /* 2133 + 6401 + 0001 + c000 + 0201 = 14736, with its carry 4737, turned b8c8. */
    {"version 2 without authentication",
     &over_ipv4,
     {2, AF_INET, 51, 100, 0, {0}, S, PACKET_CHECKSUM_MESSAGE, 1, one_ipv4, NULL, 0, 0, NULL},
     20,
     {0x21, 51, 100, 1, 0, 1, 0xb8, 0xc8, NET(1), 0, 0, 0, 0, 0, 0, 0, 0}},
    /* 2101 + ff02 + 01ff + c000 + 0201 + c000 + 0202 + 7365 + 6372 + 6574 = 3e250, e253, 1dac. */
    {"version 2 with a password, two addresses and the largest values",
     &over_ipv4,
     {2, AF_INET, 1, 255, 1, "secret", 255 * S, PACKET_CHECKSUM_MESSAGE, 2, two_ipv4, NULL, 0, 0,
      NULL},
     24,
     {0x21, 1, 255, 2, 1, 255, 0x1d, 0xac, NET(1), NET(2), 's', 'e', 'c', 'r', 'e', 't', 0, 0}},
    /* 3133 + 6401 + 0064 + c000 + 0201 = 15799, 579a, a865. */
    {"version 3 over IPv4, the message alone in its checksum",
     &over_ipv4,
     {3, AF_INET, 51, 100, 0, {0}, S, PACKET_CHECKSUM_MESSAGE, 1, one_ipv4, NULL, 0, 0, NULL},
     12,
     {0x31, 51, 100, 1, 0, 100, 0xa8, 0x65, NET(1)}},
    /* The same 579a; c000 + 020a + e000 + 0012 + 0070 + 000c = 1a298, a299; together fa33, 05cc. */
    {"version 3 over IPv4, with the pseudo-header in its checksum",
     &over_ipv4,
     {3, AF_INET, 51, 100, 0, {0}, S, PACKET_CHECKSUM_PSEUDO, 1, one_ipv4, NULL, 0, 0, NULL},
     12,
     {0x31, 51, 100, 1, 0, 100, 0x05, 0xcc, NET(1)}},
    /* 3107 + 0002 + 0fff + fe80 + 0001 + 2001 + 0db8 + 0001 = 16d43, 6d44; the pseudo-header
     * fe80 + 000a + ff02 + 0012 + 0028 + 0070 = 1fe36, fe37; together 16b7b, 6b7c, 9483. */
    {"version 3 over IPv6, two addresses, the longest interval, priority 0",
     &over_ipv6,
     {3,
      AF_INET6,
      7,
      0,
      0,
      {0},
      40950 * CLOCK_MILLISECOND,
      PACKET_CHECKSUM_PSEUDO,
      2,
      two_ipv6,
      NULL,
      0,
      0,
      NULL},
     40,
     {0x31, 7, 0, 2, 0x0f, 0xff, 0x94, 0x83, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
      0,    0, 0, 1, 0x20, 0x01, 0x0d, 0xb8, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
};

enum { V2, V2_PASS, V3_MESSAGE, V3_PSEUDO, V3_IPV6 };

/* Decodes a copy that ends where the heap block ends, so that ASan sees a read beyond. */
static enum packet_error decode_exact(const uint8_t *data, size_t size,
                                      const struct packet_envelope *envelope, bool multicast,
                                      struct packet_advert *advert)
{
    uint8_t *copy = malloc(size ? size : 1);
    enum packet_error error;

    assert_non_null(copy);
    memcpy(copy, data, size);
    error = packet_decode(copy, size, envelope, multicast, advert);
    if (!error && advert->address_count) {
        assert_ptr_equal(advert->addresses, copy + PACKET_HEADER_SIZE);
        advert->addresses = data + PACKET_HEADER_SIZE; /* the same bytes, which outlive the copy */
    }
    free(copy);
    return error;
}

static void assert_same_advert(const struct packet_advert *got, const struct packet_advert *want,
                               const char *name)
{
    assert_fact(got->version == want->version, "%s: version %u", name, got->version);
    assert_fact(got->family == want->family, "%s: family %u", name, got->family);
    assert_fact(got->vrid == want->vrid, "%s: VRID %u", name, got->vrid);
    assert_fact(got->priority == want->priority, "%s: priority %u", name, got->priority);
    assert_fact(got->auth_type == want->auth_type, "%s: auth type %u", name, got->auth_type);
    assert_fact(memcmp(got->auth_data, want->auth_data, PACKET_AUTH_SIZE) == 0,
                "%s: authentication data", name);
    assert_fact(got->interval == want->interval, "%s: interval %lld", name,
                (long long)got->interval);
    assert_fact(got->checksum == want->checksum, "%s: form %d", name, (int)got->checksum);
    assert_fact(got->address_count == want->address_count, "%s: %u addresses", name,
                got->address_count);
    if (want->address_count) {
        assert_fact(memcmp(got->addresses, want->addresses,
                           want->address_count * inet_family_size(want->family)) == 0,
                    "%s: addresses", name);
    }
}

static void test_an_advert_encodes_to_the_bytes_made_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(samples); i++) {
        const struct sample *sample = &samples[i];
        uint8_t data[PACKET_MAX_SIZE];
        size_t size;

        memset(data, 0xa5, sizeof(data)); /* nothing may rely on what lay there */
        size = packet_encode(&sample->advert, sample->envelope, data);
        assert_fact(size == sample->size, "%s: %zu bytes", sample->name, size);
        for (size_t at = 0; at < size; at++) {
            assert_fact(data[at] == sample->bytes[at], "%s: byte %zu is %02x", sample->name, at,
                        data[at]);
        }
        assert_fact(data[size] == 0xa5, "%s: a byte behind the message was written", sample->name);
    }
}

static void test_the_bytes_made_by_hand_decode_to_the_advert(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(samples); i++) {
        const struct sample *sample = &samples[i];
        struct packet_advert got;

        assert_int_equal(decode_exact(sample->bytes, sample->size, sample->envelope, true, &got),
                         PACKET_OK);
        assert_same_advert(&got, &sample->advert, sample->name);
    }
}

static void test_a_password_travels_as_eight_bytes(void **state)
{
    static const struct {
        const char *name;
        uint8_t data[PACKET_AUTH_SIZE];
    } passwords[] = {
        {"a short one is padded with zeros", {'a'}},
        {"one of eight bytes has no end mark", {'1', '2', '3', '4', '5', '6', '7', '8'}},
        {"bytes that are no text", {0xff, 0, 0xff, 0, 0x80, 1, 0, 0xfe}},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(passwords); i++) {
        struct packet_advert advert = samples[V2_PASS].advert;
        struct packet_advert got;
        uint8_t data[PACKET_MAX_SIZE];
        size_t size;

        memcpy(advert.auth_data, passwords[i].data, PACKET_AUTH_SIZE);
        size = packet_encode(&advert, &over_ipv4, data);
        assert_fact(memcmp(data + size - PACKET_AUTH_SIZE, passwords[i].data, PACKET_AUTH_SIZE) ==
                        0,
                    "%s: is not at the end", passwords[i].name);
        assert_int_equal(decode_exact(data, size, &over_ipv4, true, &got), PACKET_OK);
        assert_same_advert(&got, &advert, passwords[i].name);
    }
}

static void test_reserved_bits_before_the_interval_are_ignored(void **state)
{
    /* As the message-only sample, with f064 in place of 0064: 3133 + 6401 + f064 + c000 + 0201 =
     * 24799, 479b, b864. */
    static const uint8_t data[] = {0x31, 51, 100, 1, 0xf0, 100, 0xb8, 0x64, NET(1)};
    struct packet_advert got;

    (void)state;
    assert_int_equal(decode_exact(data, sizeof(data), &over_ipv4, true, &got), PACKET_OK);
    assert_same_advert(&got, &samples[V3_MESSAGE].advert, "reserved bits");
}

/* The appendix of draft-cassen-vrrp-auth-hmac (see protocol.md): somebody else's bytes. */
static void test_a_trailer_behind_the_message_is_left_alone(void **state)
{
    static const uint8_t data[] = {
        0x31, 0x33, 0xc8, 0x01, 0x00, 0x64, 0x44, 0x02, 0xc0, 0x00, 0x02, 0x64, 0x01, 0x01,
        0x00, 0x00, 0x68, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x1b, 0x84, 0xbc, 0x4e,
        0x8e, 0x43, 0x89, 0x2d, 0xc6, 0xd9, 0x84, 0x48, 0xf8, 0xee, 0x22, 0x65,
    };
    static const uint8_t address[] = {NET(100)};
    const struct packet_advert want = {3, AF_INET, 51,   200, 0, {0}, S, PACKET_CHECKSUM_MESSAGE,
                                       1, address, NULL, 0,   0, NULL};
    const struct packet_envelope envelope = {
        {AF_INET, {198, 51, 100, 10}}, {AF_INET, {224, 0, 0, 18}}, PACKET_TTL, 0, false, 0};
    struct packet_advert got;

    (void)state;
    assert_int_equal(decode_exact(data, sizeof(data), &envelope, true, &got), PACKET_OK);
    assert_same_advert(&got, &want, "the draft's vector");
}

/* ---- What is refused --------------------------------------------------------------------------- */

/* A whole IPv4 datagram around a message: no options, RFC 791 3.1. */
static size_t wrap_ipv4(uint8_t *datagram, const uint8_t *message, size_t size)
{
    const uint8_t header[IPV4_HEADER] = {0x45,       0xc0,
                                         0,          (uint8_t)(IPV4_HEADER + size),
                                         0,          0,
                                         0,          0,
                                         PACKET_TTL, PACKET_PROTOCOL,
                                         0,          0,
                                         192,        0,
                                         2,          10,
                                         224,        0,
                                         0,          18};

    memcpy(datagram, header, sizeof(header));
    memcpy(datagram + sizeof(header), message, size);
    return sizeof(header) + size;
}

/* As a raw socket's reader does: IPv4 arrives with its header, IPv6 without. */
static enum packet_error read_datagram(const uint8_t *data, size_t size,
                                       struct packet_envelope *envelope,
                                       struct packet_advert *advert)
{
    const uint8_t *message;
    size_t length;
    enum packet_error error = packet_open_ipv4(data, size, envelope, &message, &length);

    return error ? error : packet_decode(message, length, envelope, true, advert);
}

static enum packet_error read_datagram_exact(const uint8_t *data, size_t size,
                                             struct packet_envelope *envelope)
{
    uint8_t *copy = malloc(size ? size : 1);
    struct packet_advert advert;
    enum packet_error error;

    assert_non_null(copy);
    memcpy(copy, data, size);
    error = read_datagram(copy, size, envelope, &advert);
    free(copy);
    return error;
}

struct mutation {
    const char *name;
    int sample;
    int at; /* of the byte that changes, counted from the message; the IP header is below 0 */
    uint8_t value;
    size_t shorter; /* bytes cut off the end */
    enum packet_error error;
};

static const struct mutation mutations[] = {
    {"nothing changed, version 2", V2, 0, 0x21, 0, PACKET_OK},
    {"nothing changed, version 3", V3_PSEUDO, 0, 0x31, 0, PACKET_OK},
    {"IP version 6 in an IPv4 header", V2, -20, 0x65, 0, PACKET_BAD_IP_HEADER},
    {"IP header of 16 bytes", V2, -20, 0x44, 0, PACKET_BAD_IP_HEADER},
    {"IP header longer than the datagram", V2, -20, 0x4f, 0, PACKET_BAD_IP_HEADER},
    {"total length below the header's", V2, -17, 19, 0, PACKET_BAD_IP_HEADER},
    {"total length of 0", V2, -17, 0, 0, PACKET_BAD_IP_HEADER},
    {"total length one above what came", V2, -17, 41, 0, PACKET_BAD_IP_HEADER},
    {"total length far above what came", V2, -18, 0xff, 0, PACKET_BAD_IP_HEADER},
    {"a datagram of one byte", V2, 0, 0x21, 39, PACKET_BAD_IP_HEADER},
    {"no datagram at all", V2, 0, 0x21, 40, PACKET_BAD_IP_HEADER},
    {"one router between", V3_PSEUDO, -12, 254, 0, PACKET_BAD_TTL},
    {"TTL 0", V3_PSEUDO, -12, 0, 0, PACKET_BAD_TTL},
    {"total length that leaves no message", V2, -17, 20, 0, PACKET_TOO_SHORT},
    {"total length that cuts the header", V2, -17, 27, 0, PACKET_TOO_SHORT},
    {"total length that cuts the authentication data", V2, -17, 39, 0, PACKET_TOO_SHORT},
    {"total length that cuts the address", V3_PSEUDO, -17, 31, 0, PACKET_TOO_SHORT},
    {"one address more than there is, version 2", V2, 3, 2, 0, PACKET_TOO_SHORT},
    {"one address more than there is, version 3", V3_PSEUDO, 3, 2, 0, PACKET_TOO_SHORT},
    {"255 addresses announced, one there", V3_PSEUDO, 3, 255, 0, PACKET_TOO_SHORT},
    {"version 3 called 2: its authentication data is missing", V3_PSEUDO, 0, 0x21, 0,
     PACKET_TOO_SHORT},
    {"version 0", V2, 0, 0x01, 0, PACKET_BAD_VERSION},
    {"version 1", V2, 0, 0x11, 0, PACKET_BAD_VERSION},
    {"version 4", V3_PSEUDO, 0, 0x41, 0, PACKET_BAD_VERSION},
    {"version 15", V3_PSEUDO, 0, 0xf1, 0, PACKET_BAD_VERSION},
    {"type 0", V2, 0, 0x20, 0, PACKET_BAD_TYPE},
    {"type 2", V3_PSEUDO, 0, 0x32, 0, PACKET_BAD_TYPE},
    {"type 15", V3_PSEUDO, 0, 0x3f, 0, PACKET_BAD_TYPE},
    {"VRID 0, version 2", V2, 1, 0, 0, PACKET_BAD_VRID},
    {"VRID 0, version 3", V3_PSEUDO, 1, 0, 0, PACKET_BAD_VRID},
    {"another priority", V2, 2, 101, 0, PACKET_BAD_CHECKSUM},
    {"another authentication type", V2_PASS, 4, 0, 0, PACKET_BAD_CHECKSUM},
    {"another byte of the password", V2_PASS, 16, 'S', 0, PACKET_BAD_CHECKSUM},
    {"fewer addresses than there are", V2_PASS, 3, 1, 0, PACKET_BAD_CHECKSUM},
    {"another checksum", V3_MESSAGE, 6, 0xa9, 0, PACKET_BAD_CHECKSUM},
    {"version 2 called 3", V2, 0, 0x31, 0, PACKET_BAD_CHECKSUM},
    {"another source than the pseudo-header's", V3_PSEUDO, -5, 11, 0, PACKET_BAD_CHECKSUM},
    {"another destination than the pseudo-header's", V3_PSEUDO, -1, 19, 0, PACKET_BAD_CHECKSUM},
    {"another source, which the message's own checksum leaves out", V3_MESSAGE, -5, 11, 0,
     PACKET_OK},
};

static void test_each_mutated_packet_is_refused_for_its_own_reason(void **state)
{
    bool reached[PACKET_ERRORS] = {[PACKET_BAD_SEAL] = true}; /* what ah_peel() refuses */

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(mutations); i++) {
        const struct mutation *mutation = &mutations[i];
        const struct sample *sample = &samples[mutation->sample];
        uint8_t datagram[IPV4_HEADER + sizeof(sample->bytes)];
        size_t size = wrap_ipv4(datagram, sample->bytes, sample->size);
        struct packet_envelope envelope;
        enum packet_error error;

        datagram[IPV4_HEADER + mutation->at] = mutation->value;
        error = read_datagram_exact(datagram, size - mutation->shorter, &envelope);
        assert_fact(error == mutation->error, "%s: %s", mutation->name, packet_error_text(error));
        reached[error] = true;
    }
    for (size_t i = 0; i < PACKET_ERRORS; i++) {
        assert_fact(reached[i], "no row for: %s", packet_error_text((enum packet_error)i));
    }
}

static void test_every_error_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < PACKET_ERRORS; i++) {
        const char *text = packet_error_text((enum packet_error)i);

        assert_non_null(text);
        assert_true(text[0]);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(text, packet_error_text((enum packet_error)j));
        }
    }
}

static void test_ipv6_knows_version_3_and_the_pseudo_header_alone(void **state)
{
    const struct sample *sample = &samples[V3_IPV6];
    struct packet_advert got;
    uint8_t data[sizeof(sample->bytes)];

    (void)state;
    memcpy(data, sample->bytes, sample->size);
    data[0] = 0x21;
    assert_int_equal(decode_exact(data, sample->size, &over_ipv6, true, &got), PACKET_BAD_VERSION);
    data[0] = 0x31;
    data[6] = 0x92; /* 6d44 turned: the message alone */
    data[7] = 0xbb;
    assert_int_equal(decode_exact(data, sample->size, &over_ipv6, true, &got), PACKET_BAD_CHECKSUM);
}

static void test_a_hop_count_below_255_is_refused_from_a_group_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(samples); i++) {
        const struct sample *sample = &samples[i];
        struct packet_envelope envelope = *sample->envelope;
        struct packet_advert got;

        envelope.ttl = 64;
        assert_int_equal(decode_exact(sample->bytes, sample->size, &envelope, true, &got),
                         PACKET_BAD_TTL);
        assert_int_equal(decode_exact(sample->bytes, sample->size, &envelope, false, &got),
                         PACKET_OK);
    }
}

static void test_a_message_cut_anywhere_is_too_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(samples); i++) {
        const struct sample *sample = &samples[i];
        struct packet_advert got;

        for (size_t size = 0; size < sample->size; size++) {
            enum packet_error error =
                decode_exact(sample->bytes, size, sample->envelope, true, &got);

            assert_fact(error == PACKET_TOO_SHORT, "%s: %zu bytes: %s", sample->name, size,
                        packet_error_text(error));
        }
    }
}

static void test_a_datagram_cut_anywhere_has_a_bad_header(void **state)
{
    uint8_t datagram[IPV4_HEADER + sizeof(samples[0].bytes)];
    size_t whole = wrap_ipv4(datagram, samples[V2].bytes, samples[V2].size);
    struct packet_envelope envelope;

    (void)state;
    for (size_t size = 0; size < whole; size++) {
        assert_fact(read_datagram_exact(datagram, size, &envelope) == PACKET_BAD_IP_HEADER,
                    "%zu bytes", size);
    }
    assert_int_equal(read_datagram_exact(datagram, whole, &envelope), PACKET_OK);
}

static void test_no_turned_bit_gets_through(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(samples); i++) {
        const struct sample *sample = &samples[i];
        uint8_t data[sizeof(sample->bytes)];
        struct packet_advert got;

        memcpy(data, sample->bytes, sample->size);
        for (size_t bit = 0; bit < sample->size * 8; bit++) {
            data[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_fact(decode_exact(data, sample->size, sample->envelope, true, &got) != PACKET_OK,
                        "%s: bit %zu", sample->name, bit);
            data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
    }
}

/* ---- The IPv4 header --------------------------------------------------------------------------- */

static void test_the_ip_header_gives_envelope_and_payload(void **state)
{
    static const struct {
        const char *name;
        size_t options; /* bytes of IP options */
        size_t padding; /* bytes of Ethernet padding */
    } headers[] = {
        {"a plain header", 0, 0},
        {"the shortest Ethernet frame is padded", 0, 14},
        {"router alert, an option of 4 bytes", 4, 0},
        {"as many options as a header holds, and padding", 40, 6},
    };
    const struct sample *sample = &samples[V3_PSEUDO];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(headers); i++) {
        size_t header = IPV4_HEADER + headers[i].options;
        size_t total = header + sample->size;
        uint8_t datagram[128];
        struct packet_envelope envelope = {0};
        struct packet_advert advert;
        const uint8_t *payload;
        size_t length;

        memset(datagram, 1, sizeof(datagram)); /* options and padding: anything */
        wrap_ipv4(datagram, sample->bytes, 0);
        datagram[0] = (uint8_t)(0x40 | header / 4);
        datagram[3] = (uint8_t)total;
        datagram[8] = 77;
        memcpy(datagram + header, sample->bytes, sample->size);
        assert_int_equal(
            packet_open_ipv4(datagram, total + headers[i].padding, &envelope, &payload, &length),
            PACKET_OK);
        assert_fact(payload == datagram + header, "%s: payload", headers[i].name);
        assert_fact(length == sample->size, "%s: length %zu", headers[i].name, length);
        assert_fact(envelope.ttl == 77, "%s: TTL %u", headers[i].name, envelope.ttl);
        assert_fact(inet_equal(&envelope.source, &over_ipv4.source), "%s: source", headers[i].name);
        assert_fact(inet_equal(&envelope.destination, &over_ipv4.destination), "%s: destination",
                    headers[i].name);
        assert_int_equal(packet_decode(payload, length, &envelope, false, &advert), PACKET_OK);
        assert_int_equal(advert.checksum, PACKET_CHECKSUM_PSEUDO);
    }
}

/* ---- There and back ---------------------------------------------------------------------------- */

/* Version, family and checksum: all that there is. */
static const struct {
    const char *name;
    const struct packet_envelope *envelope;
    uint8_t version;
    uint8_t family;
    enum packet_checksum checksum;
    int64_t unit; /* of intervals */
    int longest;  /* interval in units */
} forms[] = {
    {"version 2", &over_ipv4, 2, AF_INET, PACKET_CHECKSUM_MESSAGE, S, 255},
    {"version 3, message alone", &over_ipv4, 3, AF_INET, PACKET_CHECKSUM_MESSAGE, S / 100, 4095},
    {"version 3, pseudo-header", &over_ipv4, 3, AF_INET, PACKET_CHECKSUM_PSEUDO, S / 100, 4095},
    {"version 3, IPv6", &over_ipv6, 3, AF_INET6, PACKET_CHECKSUM_PSEUDO, S / 100, 4095},
};

static struct packet_advert make_form(size_t form, const uint8_t *addresses, unsigned count)
{
    return (struct packet_advert){.version = forms[form].version,
                                  .family = forms[form].family,
                                  .vrid = 1,
                                  .priority = 100,
                                  .interval = forms[form].unit,
                                  .checksum = forms[form].checksum,
                                  .address_count = (uint8_t)count,
                                  .addresses = addresses};
}

static void assert_comes_back(size_t form, const struct packet_advert *advert)
{
    uint8_t data[PACKET_MAX_SIZE];
    struct packet_advert got;
    size_t size = packet_encode(advert, forms[form].envelope, data);
    enum packet_error error = decode_exact(data, size, forms[form].envelope, true, &got);

    assert_fact(error == PACKET_OK, "%s: %s", forms[form].name, packet_error_text(error));
    assert_same_advert(&got, advert, forms[form].name);
}

static void test_every_vrid_priority_and_interval_comes_back(void **state)
{
    (void)state;
    for (size_t form = 0; form < UNIT_COUNT(forms); form++) {
        struct packet_advert advert = make_form(form, two_ipv6, 2); /* enough bytes for all */

        for (int value = 0; value <= 255; value++) {
            advert.priority = (uint8_t)value;
            advert.vrid = (uint8_t)(value ? 256 - value : 1);
            assert_comes_back(form, &advert);
        }
        for (int value = 0; value <= forms[form].longest; value++) {
            advert.interval = value * forms[form].unit;
            assert_comes_back(form, &advert);
        }
    }
}

static void test_every_address_count_comes_back_and_one_address_less_does_not(void **state)
{
    static uint8_t addresses[PACKET_MAX_ADDRESSES * 16];

    (void)state;
    for (size_t i = 0; i < sizeof(addresses); i++) {
        addresses[i] = (uint8_t)(i * 7 + i / 255);
    }
    for (size_t form = 0; form < UNIT_COUNT(forms); form++) {
        size_t each = inet_family_size(forms[form].family);
        size_t tail = forms[form].version == 2 ? PACKET_AUTH_SIZE : 0;

        for (unsigned count = 0; count <= PACKET_MAX_ADDRESSES; count++) {
            struct packet_advert advert = make_form(form, count ? addresses : NULL, count);
            uint8_t data[PACKET_MAX_SIZE];
            size_t size = packet_encode(&advert, forms[form].envelope, data);
            struct packet_advert got;

            assert_fact(size == PACKET_HEADER_SIZE + count * each + tail, "%s: %u addresses: %zu",
                        forms[form].name, count, size);
            assert_comes_back(form, &advert);
            assert_fact(decode_exact(data, size - 1, forms[form].envelope, true, &got) ==
                            PACKET_TOO_SHORT,
                        "%s: %u addresses, a byte short", forms[form].name, count);
        }
    }
}

static void test_sending_over_ipv6_always_sums_the_pseudo_header(void **state)
{
    struct packet_advert advert = samples[V3_IPV6].advert;
    uint8_t data[PACKET_MAX_SIZE];

    (void)state;
    advert.checksum = PACKET_CHECKSUM_MESSAGE; /* v3_checksum_as_v2 concerns IPv4 */
    packet_encode(&advert, &over_ipv6, data);
    assert_memory_equal(data, samples[V3_IPV6].bytes, samples[V3_IPV6].size);
}

/* What keepalived 2.2.7 sent with old_unicast_checksum and vrrp_mcast_group4 224.0.0.19. */
static void test_the_sum_of_an_old_keepalived_is_known_and_made(void **state)
{
    static const uint8_t seen[] = {0x31, 0x34, 0x96, 0x01, 0x00, 0x14,
                                   0x44, 0x01, 0x0a, 0x09, 0x00, 0x12};
    static const struct inet_addr group = {AF_INET, {224, 0, 0, 19}};
    static const struct inet_addr usual = {AF_INET, {224, 0, 0, 18}};
    static const struct inet_addr other = {AF_INET6, {0xff, 0x02, [15] = 0x12}};
    struct packet_envelope envelope = {
        {AF_INET, {10, 9, 0, 1}}, {AF_INET, {10, 9, 0, 2}}, PACKET_TTL, 0, false, 0};
    uint8_t made[PACKET_MAX_SIZE];
    struct packet_advert advert;

    (void)state;
    assert_int_equal(packet_decode(seen, sizeof(seen), &envelope, false, &advert),
                     PACKET_BAD_CHECKSUM);
    assert_false(packet_has_group_sum(&advert, &envelope, &usual));
    assert_false(packet_has_group_sum(&advert, &envelope, &other));
    assert_int_not_equal(advert.checksum, PACKET_CHECKSUM_GROUP);
    assert_true(packet_has_group_sum(&advert, &envelope, &group));
    assert_int_equal(advert.checksum, PACKET_CHECKSUM_GROUP);
    assert_string_equal(packet_checksum_word(advert.checksum), "old_unicast");
    envelope.destination = group;
    assert_int_equal(packet_encode(&advert, &envelope, made), sizeof(seen));
    assert_memory_equal(made, seen, sizeof(seen));
}

static void test_no_other_version_or_family_has_the_sum_of_an_old_keepalived(void **state)
{
    static const struct inet_addr group = {AF_INET, {224, 0, 0, 18}};
    uint8_t data[PACKET_MAX_SIZE];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(samples); i++) {
        struct packet_envelope envelope = *samples[i].envelope;
        struct packet_advert advert;

        memcpy(data, samples[i].bytes, samples[i].size);
        data[6] ^= 0x55;
        assert_int_equal(packet_decode(data, samples[i].size, &envelope, false, &advert),
                         PACKET_BAD_CHECKSUM);
        assert_false(packet_has_group_sum(&advert, &envelope, &group));
    }
}

static void test_an_advert_names_what_the_mtu_has_room_for(void **state)
{
    static const struct {
        uint32_t mtu;
        uint8_t family;
        uint8_t version;
        size_t rest;
        uint8_t room;
    } rows[] =
        {
            {1500, AF_INET6, 3, 0, 90},  /* (1500 - 40 - 8) / 16 */
            {1500, AF_INET6, 3, 28, 89}, /* less a trailer of auth_hmac */
            {1280, AF_INET6, 3, 0, 77},  /* the least that IPv6 lives with */
            {9000, AF_INET6, 3, 0, 255}, /* the count has eight bits */
            {0, AF_INET6, 3, 0, 90},     /* nobody knows */
            {1500, AF_INET, 3, 0, 255},
            {1047, AF_INET, 3, 0, 254}, /* 20 + 8 + 255 * 4 is one more */
            {1048, AF_INET, 3, 0, 255},
            {1055, AF_INET, 2, 0, 254}, /* with 8 bytes of authentication */
            {1056, AF_INET, 2, 0, 255},
            {1079, AF_INET, 2, 24, 254}, /* and with AH */
            {1080, AF_INET, 2, 24, 255},
            {68, AF_INET, 3, 0, 10}, /* the least that IPv4 lives with: RFC 791 3.2 */
            {28, AF_INET, 3, 0, 0},
            {1, AF_INET6, 3, 0, 0},
            {UINT32_MAX, AF_INET, 2, 24, 255},
        };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint8_t room = packet_room(rows[i].mtu, rows[i].family, rows[i].version, rows[i].rest);

        assert_fact(room == rows[i].room, "MTU %u, row %zu: %u", rows[i].mtu, i, room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_advert_encodes_to_the_bytes_made_by_hand),
        cmocka_unit_test(test_the_bytes_made_by_hand_decode_to_the_advert),
        cmocka_unit_test(test_a_password_travels_as_eight_bytes),
        cmocka_unit_test(test_reserved_bits_before_the_interval_are_ignored),
        cmocka_unit_test(test_a_trailer_behind_the_message_is_left_alone),
        cmocka_unit_test(test_each_mutated_packet_is_refused_for_its_own_reason),
        cmocka_unit_test(test_every_error_has_a_text_of_its_own),
        cmocka_unit_test(test_ipv6_knows_version_3_and_the_pseudo_header_alone),
        cmocka_unit_test(test_a_hop_count_below_255_is_refused_from_a_group_alone),
        cmocka_unit_test(test_a_message_cut_anywhere_is_too_short),
        cmocka_unit_test(test_a_datagram_cut_anywhere_has_a_bad_header),
        cmocka_unit_test(test_no_turned_bit_gets_through),
        cmocka_unit_test(test_the_ip_header_gives_envelope_and_payload),
        cmocka_unit_test(test_every_vrid_priority_and_interval_comes_back),
        cmocka_unit_test(test_every_address_count_comes_back_and_one_address_less_does_not),
        cmocka_unit_test(test_sending_over_ipv6_always_sums_the_pseudo_header),
        cmocka_unit_test(test_the_sum_of_an_old_keepalived_is_known_and_made),
        cmocka_unit_test(test_no_other_version_or_family_has_the_sum_of_an_old_keepalived),
        cmocka_unit_test(test_an_advert_names_what_the_mtu_has_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
