/* SPDX-License-Identifier: Apache-2.0
 *
 * The trailer that signs an advert.
 */
#include "vrrp/hmac.h"

#include "base/clock.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

enum {
    HMAC_TYPE_SHA256_128 = 1,
    HMAC_HEAD_SIZE = 12, /* of the trailer: all but the HMAC itself */
    HMAC_SIZE = 16,
    HMAC_PSEUDO_SIZE = 20,
    HMAC_AT_CHECKSUM = 6, /* in the advert: RFC 9568 5.2.8 */
    HMAC_INPUT_SIZE = HMAC_PSEUDO_SIZE + PACKET_MAX_SIZE + HMAC_TRAILER_SIZE,
};

static const struct {
    const char *word;
    const char *text;
} hmac_verdicts[HMAC_VERDICTS] = {
    [HMAC_OK] = {"ok", "is signed"},
    [HMAC_UNSIGNED_ADMITTED] = {"unsigned_admitted", "is not signed"},
    [HMAC_UNSIGNED] = {"unsigned", "is not signed: give that router auth_hmac, or use mode "
                                   "permissive until it has it"},
    [HMAC_UNKNOWN_KEY] = {"unknown_key", "is signed with a key that is not there: give all routers "
                                         "the same keys"},
    [HMAC_WRONG] = {"wrong_hmac", "has a wrong signature: make the key of that id the same on all "
                                  "routers"},
    [HMAC_OUTSIDE_WINDOW] = {"outside_window", "is too old or too new: set the clocks of both "
                                               "routers, or widen time_window"},
    [HMAC_REPLAYED] = {"replayed", "was heard before: somebody sends recorded packets"},
};

bool hmac_passes(enum hmac_verdict verdict)
{
    return verdict == HMAC_OK || verdict == HMAC_UNSIGNED_ADMITTED;
}

const char *hmac_word(enum hmac_verdict verdict)
{
    return hmac_verdicts[verdict].word;
}

const char *hmac_text(enum hmac_verdict verdict)
{
    return hmac_verdicts[verdict].text;
}

static const struct conf_hmac_key *hmac_find_key(const struct conf_instance *conf, uint8_t id)
{
    const struct conf_hmac_key *key;

    STAILQ_FOREACH(key, &conf->hmac_keys, next) {
        if (key->id == id) {
            return key;
        }
    }
    return NULL;
}

bool hmac_signs(const struct conf_instance *conf)
{
    return !STAILQ_EMPTY(&conf->hmac_keys) && conf->hmac_mode != CONF_HMAC_RECEIVE_ONLY;
}

/* The HMAC over pseudo-header, advert without its checksum, head of the trailer, and 16 zeros. */
static void hmac_compute(const struct conf_hmac_key *key, const struct packet_envelope *envelope,
                         const uint8_t *message, size_t size, const uint8_t *head,
                         uint8_t mac[HMAC_SIZE])
{
    uint8_t input[HMAC_INPUT_SIZE] = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    input[0] = envelope->source.family == AF_INET ? 4 : 6;
    input[1] = message[0] >> 4;
    input[2] = message[1];
    memcpy(input + 4, envelope->source.bytes, inet_family_size(envelope->source.family));
    memcpy(input + HMAC_PSEUDO_SIZE, message, size);
    memset(input + HMAC_PSEUDO_SIZE + HMAC_AT_CHECKSUM, 0, 2);
    memcpy(input + HMAC_PSEUDO_SIZE + size, head, HMAC_HEAD_SIZE);
    (void)HMAC(EVP_sha256(), key->bytes, key->size, input,
               HMAC_PSEUDO_SIZE + size + HMAC_TRAILER_SIZE, digest, &length);
    memcpy(mac, digest, HMAC_SIZE);
}

/* 32 bits of seconds, 16 of their fraction, 16 to count within that. */
static uint64_t hmac_sequence_of(int64_t wall)
{
    uint64_t seconds = (uint64_t)(wall / CLOCK_SECOND) & UINT32_MAX;
    uint64_t fraction = (uint64_t)(wall % CLOCK_SECOND) * 65536 / CLOCK_SECOND;

    return seconds << 32 | fraction << 16;
}

/* RFC 1982 3.2: whether a comes after b. */
static bool hmac_is_after(uint64_t a, uint64_t b)
{
    return (int64_t)(a - b) > 0;
}

/* The distance of a sequence number from the clock, ns. */
static int64_t hmac_distance(uint64_t sequence, int64_t wall)
{
    int64_t seconds = (int32_t)((uint32_t)(sequence >> 32) - (uint32_t)(wall / CLOCK_SECOND));

    return (seconds < 0 ? -seconds : seconds) * CLOCK_SECOND;
}

void hmac_sign(const struct conf_instance *conf, struct hmac_state *state,
               const struct packet_envelope *envelope, const uint8_t *message, size_t size,
               int64_t wall, uint8_t trailer[HMAC_TRAILER_SIZE])
{
    const struct conf_hmac_key *key = hmac_find_key(conf, conf->hmac_active);
    uint64_t sequence = hmac_sequence_of(wall);
    uint64_t ahead = state->sequence + 1;

    /* Clocks are set back; but not so far that nobody would believe us: then they win. */
    if (hmac_is_after(ahead, sequence) && hmac_distance(ahead, wall) <= conf->hmac_window) {
        sequence = ahead;
    }
    state->sequence = sequence;
    memset(trailer, 0, HMAC_TRAILER_SIZE);
    trailer[0] = HMAC_TYPE_SHA256_128;
    trailer[1] = conf->hmac_active;
    for (int i = 0; i < 8; i++) {
        trailer[4 + i] = (uint8_t)(sequence >> (56 - 8 * i));
    }
    hmac_compute(key, envelope, message, size, trailer, trailer + HMAC_HEAD_SIZE);
}

/* The sender's mark, or a free one, or that of whom nobody has heard for the longest time. */
static struct hmac_mark *hmac_find_mark(struct hmac_state *state, const struct inet_addr *sender)
{
    struct hmac_mark *oldest = &state->marks[0];

    for (int i = 0; i < HMAC_SENDERS; i++) {
        struct hmac_mark *mark = &state->marks[i];

        if (inet_equal(&mark->sender, sender)) {
            return mark;
        }
        if (mark->heard_at < oldest->heard_at) {
            oldest = mark;
        }
    }
    return oldest;
}

static enum hmac_verdict hmac_check_replay(const struct conf_instance *conf,
                                           struct hmac_state *state, const struct inet_addr *sender,
                                           uint64_t sequence, int64_t wall)
{
    struct hmac_mark *mark = hmac_find_mark(state, sender);
    bool known = inet_equal(&mark->sender, sender);

    if (conf->hmac_anti_replay == CONF_HMAC_TIME) {
        if (hmac_distance(sequence, wall) > conf->hmac_window) {
            return HMAC_OUTSIDE_WINDOW;
        }
        /* A mark that fell out of the window is forgotten: its sender's clock was set back. */
        known = known && hmac_distance(mark->sequence, wall) <= conf->hmac_window;
    }
    if (known && !hmac_is_after(sequence, mark->sequence)) {
        return HMAC_REPLAYED;
    }
    *mark = (struct hmac_mark){.sender = *sender, .sequence = sequence, .heard_at = wall};
    return HMAC_OK;
}

enum hmac_verdict hmac_verify(const struct conf_instance *conf, struct hmac_state *state,
                              const struct packet_envelope *envelope, const uint8_t *message,
                              size_t size, size_t rest, int64_t wall)
{
    const uint8_t *trailer = message + size;
    const struct conf_hmac_key *key;
    uint8_t mac[HMAC_SIZE];
    uint64_t sequence = 0;

    if (rest < HMAC_TRAILER_SIZE) {
        return conf->hmac_mode == CONF_HMAC_ENFORCE ? HMAC_UNSIGNED : HMAC_UNSIGNED_ADMITTED;
    }
    key = hmac_find_key(conf, trailer[1]);
    if (trailer[0] != HMAC_TYPE_SHA256_128 || !key || size > PACKET_MAX_SIZE) {
        return HMAC_UNKNOWN_KEY;
    }
    hmac_compute(key, envelope, message, size, trailer, mac);
    if (CRYPTO_memcmp(mac, trailer + HMAC_HEAD_SIZE, HMAC_SIZE) != 0) {
        return HMAC_WRONG;
    }
    for (int i = 0; i < 8; i++) {
        sequence = sequence << 8 | trailer[4 + i];
    }
    return hmac_check_replay(conf, state, &envelope->source, sequence, wall);
}
