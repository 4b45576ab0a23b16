/* SPDX-License-Identifier: Apache-2.0
 *
 * The Authentication Header of an advert.
 */
#include "vrrp/ah.h"

#include "base/clock.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

/* Offsets in the header: RFC 4302 2. */
enum {
    AH_AT_NEXT = 0,
    AH_AT_LENGTH = 1,
    AH_AT_SPI = 4,
    AH_AT_SEQUENCE = 8,
    AH_AT_ICV = 12,
    AH_ICV_SIZE = 12,            /* RFC 2403 2: 96 bits of the HMAC */
    AH_LENGTH = AH_SIZE / 4 - 2, /* RFC 4302 2.2 */
    AH_INPUT_SIZE = AH_IP_SIZE + AH_MAX_SIZE,
};

/* Offsets in the IP header: RFC 791 3.1. */
enum {
    AH_IP_AT_TOS = 1,
    AH_IP_AT_LENGTH = 2,
    AH_IP_AT_ID = 4,
    AH_IP_AT_FRAGMENT = 6,
    AH_IP_AT_TTL = 8,
    AH_IP_AT_PROTOCOL = 9,
    AH_IP_AT_SOURCE = 12,
    AH_IP_AT_DESTINATION = 16,
    AH_IP_VERSION = 0x45, /* 4, and five words of header */
    AH_IP_TOS = 0xc0,     /* CS6: protocol.md */
    AH_IP_DONT_FRAGMENT = 0x40,
};

static const struct {
    const char *word;
    const char *text;
} ah_verdicts[AH_VERDICTS] = {
    [AH_OK] = {"ok", "is authenticated"},
    [AH_MISSING] = {"missing", "has no authentication header: make auth_type AH on all routers"},
    [AH_MALFORMED] = {"malformed",
                      "has IP options, or more behind its authentication header than an "
                      "advert can have"},
    [AH_WRONG] = {"wrong_icv", "has a wrong authentication header: make auth_pass the same on all "
                               "routers"},
    [AH_REPLAYED] = {"replayed", "was heard before: somebody sends recorded packets"},
};

const char *ah_word(enum ah_verdict verdict)
{
    return ah_verdicts[verdict].word;
}

const char *ah_text(enum ah_verdict verdict)
{
    return ah_verdicts[verdict].text;
}

static void ah_write_16(uint8_t *data, size_t value)
{
    data[0] = (uint8_t)(value >> 8);
    data[1] = (uint8_t)value;
}

static void ah_write_32(uint8_t *data, uint32_t value)
{
    ah_write_16(data, value >> 16);
    ah_write_16(data + 2, value & UINT16_MAX);
}

static uint32_t ah_read_32(const uint8_t *data)
{
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

size_t ah_peel(const uint8_t *data, size_t size)
{
    return size > AH_SIZE && data[AH_AT_NEXT] == PACKET_PROTOCOL && data[AH_AT_LENGTH] == AH_LENGTH
               ? size - AH_SIZE
               : 0;
}

/*
 * The IP header with what routers may change as 0: RFC 4302 3.3.3.1.1. That should be the TTL too, but
 * keepalived (2.2.7 was seen) leaves it in what it sends to the group, where it is always 255.
 * @param ttl  as it counts
 */
static void ah_write_ip(const struct packet_envelope *envelope, size_t size, uint8_t ttl,
                        uint8_t header[AH_IP_SIZE])
{
    memset(header, 0, AH_IP_SIZE);
    header[0] = AH_IP_VERSION;
    ah_write_16(header + AH_IP_AT_LENGTH, AH_IP_SIZE + size);
    ah_write_16(header + AH_IP_AT_ID, envelope->identification);
    header[AH_IP_AT_TTL] = ttl;
    header[AH_IP_AT_PROTOCOL] = AH_PROTOCOL;
    memcpy(header + AH_IP_AT_SOURCE, envelope->source.bytes, 4);
    memcpy(header + AH_IP_AT_DESTINATION, envelope->destination.bytes, 4);
}

/* @param input  IP header and all behind it, as RFC 4302 3.3.3.1 has it: with zeros for the value */
static void ah_compute(const uint8_t password[CONF_AUTH_PASS_SIZE], const uint8_t *input,
                       size_t size, uint8_t icv[AH_ICV_SIZE])
{
    uint8_t digest[EVP_MAX_MD_SIZE] = {0};
    unsigned length = 0;

    (void)HMAC(EVP_md5(), password, CONF_AUTH_PASS_SIZE, input, size, digest, &length);
    memcpy(icv, digest, AH_ICV_SIZE);
}

/* What keepalived counts as the TTL. */
static uint8_t ah_ttl_of(const struct packet_envelope *envelope)
{
    return inet_is_multicast(&envelope->destination) ? envelope->ttl : 0;
}

/* Whether the value fits, with the TTL counted as `ttl`. @param input  AH_IP_SIZE + `size` bytes */
static bool ah_fits(const uint8_t password[CONF_AUTH_PASS_SIZE], uint8_t *input, size_t size,
                    uint8_t ttl, const uint8_t *data)
{
    uint8_t icv[AH_ICV_SIZE];

    input[AH_IP_AT_TTL] = ttl;
    ah_compute(password, input, AH_IP_SIZE + size, icv);
    return CRYPTO_memcmp(icv, data + AH_AT_ICV, AH_ICV_SIZE) == 0;
}

/* One after the last, but never behind the clock: who starts again goes on where he was. */
static uint32_t ah_next_sequence(const struct ah_state *state, int64_t wall)
{
    uint32_t seconds = (uint32_t)(wall / CLOCK_SECOND);

    return state->sequence + 1 > seconds ? state->sequence + 1 : seconds;
}

size_t ah_seal(const uint8_t password[CONF_AUTH_PASS_SIZE], struct ah_state *state,
               const struct packet_envelope *envelope, const uint8_t *message, size_t size,
               int64_t wall, uint8_t *datagram)
{
    struct packet_envelope numbered = *envelope;
    uint8_t *header = datagram + AH_IP_SIZE;
    size_t whole = AH_IP_SIZE + AH_SIZE + size;

    state->sequence = ah_next_sequence(state, wall);
    /* It is authenticated, so it must be ours: the kernel replaces 0 (raw(7)). */
    numbered.identification = (uint16_t)(state->sequence % UINT16_MAX + 1);
    ah_write_ip(&numbered, AH_SIZE + size, ah_ttl_of(envelope), datagram);
    memset(header, 0, AH_SIZE);
    header[AH_AT_NEXT] = PACKET_PROTOCOL;
    header[AH_AT_LENGTH] = AH_LENGTH;
    memcpy(header + AH_AT_SPI, envelope->source.bytes, 4); /* keepalived demands it: protocol.md */
    ah_write_32(header + AH_AT_SEQUENCE, state->sequence);
    memcpy(header + AH_SIZE, message, size);
    ah_compute(password, datagram, whole, header + AH_AT_ICV);
    datagram[AH_IP_AT_TOS] = AH_IP_TOS;
    datagram[AH_IP_AT_FRAGMENT] = AH_IP_DONT_FRAGMENT;
    datagram[AH_IP_AT_TTL] = envelope->ttl;
    return whole;
}

/* The sender's mark, or a free one, or that of whom nobody has heard for the longest time. */
static struct ah_mark *ah_find_mark(struct ah_state *state, const struct inet_addr *sender)
{
    struct ah_mark *oldest = &state->marks[0];

    for (int i = 0; i < AH_SENDERS; i++) {
        struct ah_mark *mark = &state->marks[i];

        if (inet_equal(&mark->sender, sender)) {
            return mark;
        }
        if (mark->heard_at < oldest->heard_at) {
            oldest = mark;
        }
    }
    return oldest;
}

/* A sender of keepalived's starts at 1 and goes on from the highest that it heard: so do we. */
static enum ah_verdict ah_check_replay(struct ah_state *state, const struct inet_addr *sender,
                                       uint32_t sequence, int64_t wall)
{
    struct ah_mark *mark = ah_find_mark(state, sender);

    if (inet_equal(&mark->sender, sender) && sequence <= mark->sequence) {
        return AH_REPLAYED;
    }
    *mark = (struct ah_mark){.sender = *sender, .sequence = sequence, .heard_at = wall};
    if (sequence > state->sequence) {
        state->sequence = sequence;
    }
    return AH_OK;
}

enum ah_verdict ah_verify(const uint8_t password[CONF_AUTH_PASS_SIZE], struct ah_state *state,
                          const struct packet_envelope *envelope, const uint8_t *data, size_t size,
                          int64_t wall)
{
    uint8_t input[AH_INPUT_SIZE];

    if (!data) {
        return AH_MISSING;
    }
    if (envelope->has_options || !ah_peel(data, size) || size > AH_MAX_SIZE) {
        return AH_MALFORMED;
    }
    ah_write_ip(envelope, size, 0, input);
    memcpy(input + AH_IP_SIZE, data, size);
    memset(input + AH_IP_SIZE + AH_AT_ICV, 0, AH_ICV_SIZE);
    if (!ah_fits(password, input, size, ah_ttl_of(envelope), data) &&
        !ah_fits(password, input, size, 0, data)) {
        return AH_WRONG;
    }
    return ah_check_replay(state, &envelope->source, ah_read_32(data + AH_AT_SEQUENCE), wall);
}
