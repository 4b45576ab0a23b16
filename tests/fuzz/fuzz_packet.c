/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what arrives for IP protocol 112. The first byte says how: even is a raw IPv4
 * datagram, odd is IPv6 (source, destination and hop limit, then the message). A message that is
 * decoded is the same after it is written and read again.
 */
#include "base/clock.h"
#include "vrrp/admit.h"
#include "vrrp/hmac.h"
#include "vrrp/packet.h"

#include <stdlib.h>
#include <string.h>

enum {
    FUZZ_AT_CHECKSUM = 6, /* RFC 9568 5.1 */
    FUZZ_IPV6_ENVELOPE = 16 + 16 + 1,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void fuzz_equal(const struct packet_advert *a, const struct packet_advert *b)
{
    fuzz_require(a->version == b->version && a->family == b->family && a->vrid == b->vrid);
    fuzz_require(a->priority == b->priority && a->interval == b->interval);
    fuzz_require(a->auth_type == b->auth_type && a->checksum == b->checksum);
    fuzz_require(memcmp(a->auth_data, b->auth_data, sizeof(a->auth_data)) == 0);
    fuzz_require(a->address_count == b->address_count);
    fuzz_require(
        memcmp(a->addresses, b->addresses, a->address_count * inet_family_size(a->family)) == 0);
}

static void fuzz_admit(const struct packet_envelope *envelope, const struct packet_advert *advert)
{
    struct conf_address address = {.prefix = {{AF_INET, {192, 0, 2, 1}}, 24}};
    struct conf_instance conf = {.version = advert->version, .advertised_count = 1};
    const struct inet_addr own = {AF_INET, {192, 0, 2, 7}};
    enum admit_verdict verdict;

    STAILQ_INIT(&conf.addresses);
    STAILQ_INSERT_TAIL(&conf.addresses, &address, next);
    verdict = admit_advert(&conf, &own, PACKET_MAX_ADDRESSES, envelope, advert);
    fuzz_require(*admit_word(verdict) && *admit_text(verdict));
}

static void fuzz_good(const struct packet_envelope *envelope, const struct packet_advert *advert)
{
    uint8_t written[PACKET_MAX_SIZE];
    struct packet_advert again;
    size_t size = packet_encode(advert, envelope, written);

    fuzz_require(size >= PACKET_HEADER_SIZE && size <= PACKET_MAX_SIZE);
    fuzz_require(packet_decode(written, size, envelope, false, &again) == PACKET_OK);
    fuzz_equal(advert, &again);
    fuzz_require(packet_decode(written, size - 1, envelope, false, &again) == PACKET_TOO_SHORT);
    fuzz_admit(envelope, advert);
}

/* The same message with the checksum that it should have: no search finds that by chance. */
static void fuzz_mend(const uint8_t *message, size_t size, const struct packet_envelope *envelope,
                      const struct packet_advert *wrong)
{
    uint8_t *mended = malloc(size);
    uint8_t written[PACKET_MAX_SIZE];
    struct packet_advert advert;

    (void)packet_encode(wrong, envelope, written);
    memcpy(mended, message, size);
    memcpy(mended + FUZZ_AT_CHECKSUM, written + FUZZ_AT_CHECKSUM, 2);
    if (wrong->version == 3) { /* its four reserved bits are ignored but summed: RFC 9568 5.2.6 */
        mended[4] &= 0x0f;
    }
    packet_cover_trailer(mended, wrong->size, wrong->rest, envelope);
    fuzz_require(packet_decode(mended, size, envelope, false, &advert) == PACKET_OK);
    fuzz_good(envelope, &advert);
    free(mended);
}

/* What is behind an advert is judged; signed by us, the same advert is admitted, once. */
static void fuzz_trailer(const struct packet_envelope *envelope, const struct packet_advert *advert)
{
    struct conf_hmac_key key = {.id = 1, .size = 32};
    struct conf_instance conf = {.hmac_active = 1, .hmac_window = 5 * CLOCK_SECOND};
    struct hmac_state state = {0};
    uint8_t copy[PACKET_MAX_SIZE + HMAC_TRAILER_SIZE];
    const int64_t wall = 1000 * CLOCK_SECOND;

    STAILQ_INIT(&conf.hmac_keys);
    STAILQ_INSERT_TAIL(&conf.hmac_keys, &key, next);
    fuzz_require(!hmac_passes(
        hmac_verify(&conf, &state, envelope, advert->message, advert->size, advert->rest, wall)));
    memcpy(copy, advert->message, advert->size);
    hmac_sign(&conf, &state, envelope, copy, advert->size, wall, copy + advert->size);
    fuzz_require(hmac_verify(&conf, &state, envelope, copy, advert->size, HMAC_TRAILER_SIZE,
                             wall) == HMAC_OK);
    fuzz_require(hmac_verify(&conf, &state, envelope, copy, advert->size, HMAC_TRAILER_SIZE,
                             wall) == HMAC_REPLAYED);
}

/* The sum of an old keepalived is one of version 3 over IPv4, and what is written with it has it. */
static void fuzz_old_sum(const struct packet_envelope *envelope, struct packet_advert *advert)
{
    const struct inet_addr group = {AF_INET, {224, 0, 0, 18}};
    struct packet_envelope to_group = *envelope;
    uint8_t written[PACKET_MAX_SIZE];
    struct packet_advert again;
    bool old = packet_has_group_sum(advert, envelope, &group);

    fuzz_require(!old || (advert->version == 3 && advert->family == AF_INET));
    if (advert->version == 3 && advert->family == AF_INET &&
        !inet_equal(&envelope->destination, &group)) {
        advert->checksum = PACKET_CHECKSUM_GROUP;
        to_group.destination = group;
        (void)packet_encode(advert, &to_group, written);
        fuzz_require(packet_decode(written, advert->size, envelope, false, &again) ==
                         PACKET_BAD_CHECKSUM ||
                     again.checksum != PACKET_CHECKSUM_GROUP);
        fuzz_require(packet_has_group_sum(&again, envelope, &group));
    }
}

static void fuzz_message(const uint8_t *message, size_t size,
                         const struct packet_envelope *envelope)
{
    struct packet_advert advert;
    enum packet_error strict = packet_decode(message, size, envelope, true, &advert);
    enum packet_error error = packet_decode(message, size, envelope, false, &advert);

    fuzz_require(*packet_error_text(strict) && *packet_error_text(error));
    fuzz_require(strict == (envelope->ttl == PACKET_TTL ? error : PACKET_BAD_TTL));
    if (error == PACKET_OK) {
        fuzz_good(envelope, &advert);
        fuzz_trailer(envelope, &advert);
    } else if (error == PACKET_BAD_CHECKSUM) {
        fuzz_mend(message, size, envelope, &advert);
        fuzz_old_sum(envelope, &advert);
    }
}

static void fuzz_ipv4(const uint8_t *data, size_t size)
{
    struct packet_envelope envelope;
    const uint8_t *message;
    size_t length;

    if (packet_open_ipv4(data, size, &envelope, &message, &length) == PACKET_OK) {
        fuzz_require(message >= data && message + length <= data + size);
        fuzz_message(message, length, &envelope);
    }
}

static void fuzz_ipv6(const uint8_t *data, size_t size)
{
    struct packet_envelope envelope;

    if (size >= FUZZ_IPV6_ENVELOPE) {
        envelope.source = inet_from_bytes(AF_INET6, data);
        envelope.destination = inet_from_bytes(AF_INET6, data + 16);
        envelope.ttl = data[32];
        fuzz_message(data + FUZZ_IPV6_ENVELOPE, size - FUZZ_IPV6_ENVELOPE, &envelope);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size) {
        (data[0] % 2 ? fuzz_ipv6 : fuzz_ipv4)(data + 1, size - 1);
    }
    return 0;
}
