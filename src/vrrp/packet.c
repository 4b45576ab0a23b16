/* SPDX-License-Identifier: Apache-2.0
 *
 * VRRP advertisements on the wire: layout, limits and checksums, and no more than that. Whether an
 * advert belongs to an instance of ours is decided elsewhere.
 */
#include "vrrp/packet.h"

#include "base/clock.h"

#include <string.h>

enum {
    PACKET_TYPE_ADVERTISEMENT = 1, /* RFC 9568 5.2.2 */
    PACKET_CENTISECOND_MASK = 0x0fff,
    PACKET_IPV4_MIN_HEADER = 20,
    PACKET_IPV6_HEADER = 40, /* RFC 8200 3 */
};

#define PACKET_CENTISECOND (CLOCK_SECOND / 100)

/* Offsets in the message: RFC 9568 5.1, RFC 3768 5.1. */
enum {
    PACKET_AT_VERSION_TYPE = 0,
    PACKET_AT_VRID = 1,
    PACKET_AT_PRIORITY = 2,
    PACKET_AT_COUNT = 3,
    PACKET_AT_AUTH_TYPE = 4, /* version 2 */
    PACKET_AT_INTERVAL_V2 = 5,
    PACKET_AT_INTERVAL_V3 = 4, /* 4 reserved bits, 12 bits of hundredths */
    PACKET_AT_CHECKSUM = 6,
};

const char *packet_error_word(enum packet_error error)
{
    static const char *const words[PACKET_ERRORS] = {
        [PACKET_OK] = "ok",
        [PACKET_BAD_IP_HEADER] = "ip_header",
        [PACKET_BAD_TTL] = "ttl",
        [PACKET_TOO_SHORT] = "length",
        [PACKET_BAD_VERSION] = "version",
        [PACKET_BAD_TYPE] = "type",
        [PACKET_BAD_VRID] = "vrid",
        [PACKET_BAD_CHECKSUM] = "checksum",
        [PACKET_BAD_SEAL] = "seal",
    };

    return words[error];
}

const char *packet_error_text(enum packet_error error)
{
    static const char *const texts[PACKET_ERRORS] = {
        [PACKET_OK] = "no error",
        [PACKET_BAD_IP_HEADER] = "the IP header is malformed",
        [PACKET_BAD_TTL] = "the TTL is not 255, so it came through a router",
        [PACKET_TOO_SHORT] = "the message is shorter than its address count demands",
        [PACKET_BAD_VERSION] = "the version is neither 2 nor 3",
        [PACKET_BAD_TYPE] = "the type is not ADVERTISEMENT",
        [PACKET_BAD_VRID] = "the virtual router id is 0",
        [PACKET_BAD_CHECKSUM] = "the checksum is wrong",
        [PACKET_BAD_SEAL] = "its authentication header is not one of HMAC-MD5-96 in front of VRRP",
    };

    return texts[error];
}

static unsigned packet_read_16(const uint8_t *data)
{
    return (unsigned)data[0] << 8 | data[1];
}

static void packet_write_16(uint8_t *data, unsigned value)
{
    data[0] = (uint8_t)(value >> 8);
    data[1] = (uint8_t)value;
}

enum packet_error packet_open_ipv4(const uint8_t *data, size_t size,
                                   struct packet_envelope *envelope, const uint8_t **payload,
                                   size_t *length)
{
    size_t header;
    size_t total;

    if (size < PACKET_IPV4_MIN_HEADER || data[0] >> 4 != 4) {
        return PACKET_BAD_IP_HEADER;
    }
    header = (size_t)(data[0] & 0x0fU) * 4; /* RFC 791 3.1: IHL, total length, TTL, addresses */
    total = packet_read_16(data + 2);
    if (header < PACKET_IPV4_MIN_HEADER || header > total || total > size) {
        return PACKET_BAD_IP_HEADER;
    }
    envelope->ttl = data[8];
    envelope->identification = (uint16_t)packet_read_16(data + 4);
    envelope->has_options = header != PACKET_IPV4_MIN_HEADER;
    envelope->source = inet_from_bytes(AF_INET, data + 12);
    envelope->destination = inet_from_bytes(AF_INET, data + 16);
    *payload = data + header;
    *length = total - header;
    return PACKET_OK;
}

/* The pseudo-header's part of the sum: RFC 8200 8.1; for IPv4 as for TCP, RFC 9293 3.1. */
static uint32_t packet_sum_pseudo(const struct packet_envelope *envelope, size_t size)
{
    size_t address = inet_family_size(envelope->source.family);
    uint8_t rest[8] = {0};
    uint32_t sum;

    sum = inet_checksum_add(0, envelope->source.bytes, address);
    sum = inet_checksum_add(sum, envelope->destination.bytes, address);
    /* IPv4: zero, protocol, 16 bits of length; IPv6: 32 bits of length, 3 zeros, next header. The
     * words are the same, and their order does not change a sum. */
    packet_write_16(rest, (unsigned)size);
    rest[3] = PACKET_PROTOCOL;
    return inet_checksum_add(sum, rest, sizeof(rest));
}

static bool packet_checksum_holds(const uint8_t *data, size_t size,
                                  const struct packet_envelope *envelope,
                                  enum packet_checksum checksum)
{
    uint32_t sum = checksum == PACKET_CHECKSUM_MESSAGE ? 0 : packet_sum_pseudo(envelope, size);

    return inet_checksum_end(inet_checksum_add(sum, data, size)) == 0;
}

/* Sets the form that fits, so that each peer's way is known. IPv6 has one form only: RFC 9568 5.2.8. */
static enum packet_error packet_check_sum(const uint8_t *data, size_t size,
                                          const struct packet_envelope *envelope,
                                          struct packet_advert *advert)
{
    if (advert->family == AF_INET6) { /* the whole payload, with a trailer */
        size += advert->rest;
    }
    if (advert->version == 3) {
        advert->checksum = PACKET_CHECKSUM_PSEUDO;
        if (packet_checksum_holds(data, size, envelope, advert->checksum)) {
            return PACKET_OK;
        }
    }
    advert->checksum = PACKET_CHECKSUM_MESSAGE;
    if (advert->family == AF_INET6 ||
        !packet_checksum_holds(data, size, envelope, advert->checksum)) {
        return PACKET_BAD_CHECKSUM;
    }
    return PACKET_OK;
}

static size_t packet_message_size(const struct packet_advert *advert)
{
    return PACKET_HEADER_SIZE + (size_t)advert->address_count * inet_family_size(advert->family) +
           (advert->version == 2 ? PACKET_AUTH_SIZE : 0);
}

size_t packet_datagram_size(uint8_t family, uint8_t version, uint8_t addresses, size_t rest)
{
    const struct packet_advert advert = {
        .version = version, .family = family, .address_count = addresses};

    return (family == AF_INET6 ? PACKET_IPV6_HEADER : PACKET_IPV4_MIN_HEADER) + rest +
           packet_message_size(&advert);
}

uint8_t packet_room(uint32_t mtu, uint8_t family, uint8_t version, size_t rest)
{
    size_t other = packet_datagram_size(family, version, 0, rest);
    size_t whole = mtu ? mtu : PACKET_MTU;
    size_t room = whole > other ? (whole - other) / inet_family_size(family) : 0;

    return room < PACKET_MAX_ADDRESSES ? (uint8_t)room : PACKET_MAX_ADDRESSES;
}

static enum packet_error packet_decode_header(const uint8_t *data, size_t size,
                                              struct packet_advert *advert)
{
    if (size < PACKET_HEADER_SIZE) {
        return PACKET_TOO_SHORT;
    }
    advert->version = data[PACKET_AT_VERSION_TYPE] >> 4;
    if (advert->version != 3 && (advert->version != 2 || advert->family != AF_INET)) {
        return PACKET_BAD_VERSION;
    }
    if ((data[PACKET_AT_VERSION_TYPE] & 0x0fU) != PACKET_TYPE_ADVERTISEMENT) {
        return PACKET_BAD_TYPE;
    }
    advert->vrid = data[PACKET_AT_VRID];
    if (!advert->vrid) {
        return PACKET_BAD_VRID;
    }
    advert->priority = data[PACKET_AT_PRIORITY];
    advert->address_count = data[PACKET_AT_COUNT];
    if (size < packet_message_size(advert)) {
        return PACKET_TOO_SHORT;
    }
    return PACKET_OK;
}

enum packet_error packet_decode(const uint8_t *data, size_t size,
                                const struct packet_envelope *envelope, bool multicast,
                                struct packet_advert *advert)
{
    enum packet_error error;

    if (multicast && envelope->ttl != PACKET_TTL) {
        return PACKET_BAD_TTL;
    }
    *advert = (struct packet_advert){.family = envelope->source.family};
    error = packet_decode_header(data, size, advert);
    if (error) {
        return error;
    }
    advert->message = data;
    advert->rest = size - packet_message_size(advert);
    size = packet_message_size(advert);
    advert->size = size;
    advert->addresses = data + PACKET_HEADER_SIZE;
    if (advert->version == 2) {
        advert->auth_type = data[PACKET_AT_AUTH_TYPE];
        advert->interval = data[PACKET_AT_INTERVAL_V2] * CLOCK_SECOND;
        memcpy(advert->auth_data, data + size - PACKET_AUTH_SIZE, PACKET_AUTH_SIZE);
    } else {
        advert->interval =
            (packet_read_16(data + PACKET_AT_INTERVAL_V3) & PACKET_CENTISECOND_MASK) *
            PACKET_CENTISECOND;
    }
    return packet_check_sum(data, size, envelope, advert);
}

bool packet_has_group_sum(struct packet_advert *advert, const struct packet_envelope *envelope,
                          const struct inet_addr *group)
{
    struct packet_envelope to_group = *envelope;

    to_group.destination = *group;
    if (advert->version != 3 || advert->family != AF_INET || group->family != AF_INET ||
        !packet_checksum_holds(advert->message, advert->size, &to_group, PACKET_CHECKSUM_GROUP)) {
        return false;
    }
    advert->checksum = PACKET_CHECKSUM_GROUP;
    return true;
}

const char *packet_checksum_word(enum packet_checksum checksum)
{
    static const char *const words[PACKET_CHECKSUMS] = {
        [PACKET_CHECKSUM_MESSAGE] = "message",
        [PACKET_CHECKSUM_PSEUDO] = "pseudo_header",
        [PACKET_CHECKSUM_GROUP] = "old_unicast",
    };

    return words[checksum];
}

size_t packet_encode(const struct packet_advert *advert, const struct packet_envelope *envelope,
                     uint8_t data[PACKET_MAX_SIZE])
{
    size_t size = packet_message_size(advert);
    size_t addresses = (size_t)advert->address_count * inet_family_size(advert->family);
    bool pseudo = advert->version == 3 &&
                  (advert->family == AF_INET6 || advert->checksum != PACKET_CHECKSUM_MESSAGE);
    uint16_t checksum;

    memset(data, 0, PACKET_HEADER_SIZE);
    data[PACKET_AT_VERSION_TYPE] = (uint8_t)(advert->version << 4 | PACKET_TYPE_ADVERTISEMENT);
    data[PACKET_AT_VRID] = advert->vrid;
    data[PACKET_AT_PRIORITY] = advert->priority;
    data[PACKET_AT_COUNT] = advert->address_count;
    if (addresses) {
        memcpy(data + PACKET_HEADER_SIZE, advert->addresses, addresses);
    }
    if (advert->version == 2) {
        data[PACKET_AT_AUTH_TYPE] = advert->auth_type;
        data[PACKET_AT_INTERVAL_V2] = (uint8_t)(advert->interval / CLOCK_SECOND);
        memcpy(data + size - PACKET_AUTH_SIZE, advert->auth_data, PACKET_AUTH_SIZE);
    } else {
        packet_write_16(data + PACKET_AT_INTERVAL_V3,
                        (unsigned)(advert->interval / PACKET_CENTISECOND) &
                            PACKET_CENTISECOND_MASK);
    }
    checksum = inet_checksum_end(
        inet_checksum_add(pseudo ? packet_sum_pseudo(envelope, size) : 0, data, size));
    memcpy(data + PACKET_AT_CHECKSUM, &checksum, sizeof(checksum));
    return size;
}

void packet_cover_trailer(uint8_t *data, size_t size, size_t rest,
                          const struct packet_envelope *envelope)
{
    uint16_t checksum;

    if (envelope->source.family != AF_INET6) {
        return;
    }
    memset(data + PACKET_AT_CHECKSUM, 0, sizeof(checksum));
    checksum = inet_checksum_end(
        inet_checksum_add(packet_sum_pseudo(envelope, size + rest), data, size + rest));
    memcpy(data + PACKET_AT_CHECKSUM, &checksum, sizeof(checksum));
}
