/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: signed adverts (auth_hmac) with several keys, in each mode. The first eight bytes choose
 * mode, protection from recordings, keys and clock; the rest is an advert of version 3 over IPv4 with
 * what is behind it. Nothing unsigned or signed with a key that we have not got passes for signed.
 */
#include "base/clock.h"
#include "vrrp/hmac.h"

#include <stdlib.h>
#include <string.h>

enum {
    FUZZ_SETTINGS = 8,
    FUZZ_KEYS = 3,
    FUZZ_MODES = 3,
    FUZZ_KEY_AT = 1, /* in the trailer: protocol.md */
    FUZZ_HMAC_AT = 12,
    FUZZ_LONGEST = 4096,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

static const struct packet_envelope fuzz_envelope = {
    .source = {AF_INET, {192, 0, 2, 7}}, .destination = {AF_INET, {224, 0, 0, 18}}, .ttl = 255};

/* Keys with the ids and sizes that the input names; equal ids are made different. */
static void fuzz_keys(const uint8_t *settings, struct conf_instance *conf,
                      struct conf_hmac_key keys[FUZZ_KEYS])
{
    STAILQ_INIT(&conf->hmac_keys);
    for (unsigned i = 0; i < FUZZ_KEYS; i++) {
        keys[i] = (struct conf_hmac_key){
            .id = (uint8_t)((settings[2] + i) % UINT8_MAX + 1),
            .size = (uint8_t)(16 + (settings[3] >> i) % (CONF_HMAC_KEY_SIZE - 15))};
        memset(keys[i].bytes, (int)(settings[4] + i), keys[i].size);
        STAILQ_INSERT_TAIL(&conf->hmac_keys, &keys[i], next);
    }
    conf->hmac_active = keys[settings[5] % FUZZ_KEYS].id;
}

/* What came: judged without a surprise, and not twice. */
static void fuzz_judge(const struct conf_instance *conf, const uint8_t *message, size_t size,
                       size_t rest, int64_t wall)
{
    struct hmac_state state = {0};
    enum hmac_verdict verdict =
        hmac_verify(conf, &state, &fuzz_envelope, message, size, rest, wall);
    bool admits = conf->hmac_mode != CONF_HMAC_ENFORCE;

    fuzz_require(verdict < HMAC_VERDICTS && *hmac_word(verdict) && *hmac_text(verdict));
    fuzz_require(verdict != HMAC_UNSIGNED_ADMITTED || admits);
    fuzz_require(verdict != HMAC_UNSIGNED || !admits);
    fuzz_require(verdict != HMAC_REPLAYED); /* nothing was heard before */
    fuzz_require(verdict != HMAC_OK || rest >= HMAC_TRAILER_SIZE);
    if (verdict == HMAC_OK) {
        fuzz_require(hmac_verify(conf, &state, &fuzz_envelope, message, size, rest, wall) ==
                     HMAC_REPLAYED);
    }
}

/* What we sign passes here once with each of our keys; changed, or with another's, it does not. */
static void fuzz_sign(struct conf_instance *conf, const uint8_t *message, size_t size,
                      const uint8_t *settings, int64_t wall)
{
    uint8_t *copy = malloc(size + HMAC_TRAILER_SIZE);
    struct hmac_state theirs = {0};
    struct hmac_state ours = {0};
    const struct conf_hmac_key *key;
    uint8_t *turned;

    memcpy(copy, message, size);
    STAILQ_FOREACH(key, &conf->hmac_keys, next) {
        conf->hmac_active = key->id;
        hmac_sign(conf, &theirs, &fuzz_envelope, copy, size, wall, copy + size);
        fuzz_require(copy[size + FUZZ_KEY_AT] == key->id);
        turned = copy + size + FUZZ_HMAC_AT + settings[6] % (HMAC_TRAILER_SIZE - FUZZ_HMAC_AT);
        *turned ^= (uint8_t)(1 + settings[7] % UINT8_MAX);
        fuzz_require(hmac_verify(conf, &ours, &fuzz_envelope, copy, size, HMAC_TRAILER_SIZE,
                                 wall) == HMAC_WRONG);
        *turned ^= (uint8_t)(1 + settings[7] % UINT8_MAX);
        copy[size + FUZZ_KEY_AT] = (uint8_t)((settings[2] + FUZZ_KEYS) % UINT8_MAX + 1);
        fuzz_require(hmac_verify(conf, &ours, &fuzz_envelope, copy, size, HMAC_TRAILER_SIZE,
                                 wall) == HMAC_UNKNOWN_KEY);
        copy[size + FUZZ_KEY_AT] = key->id;
        fuzz_require(hmac_verify(conf, &ours, &fuzz_envelope, copy, size, HMAC_TRAILER_SIZE,
                                 wall) == HMAC_OK);
        fuzz_require(hmac_verify(conf, &ours, &fuzz_envelope, copy, size, HMAC_TRAILER_SIZE,
                                 wall) == HMAC_REPLAYED);
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conf_instance conf = {.version = 3, .hmac_window = 5 * CLOCK_SECOND};
    struct conf_hmac_key keys[FUZZ_KEYS];
    struct packet_advert advert;
    enum packet_error error;
    int64_t wall;

    if (size < FUZZ_SETTINGS || size > FUZZ_LONGEST) {
        return 0;
    }
    conf.hmac_mode = (enum conf_hmac_mode)(data[0] % FUZZ_MODES);
    conf.hmac_anti_replay = data[1] % 2 ? CONF_HMAC_MONOTONIC : CONF_HMAC_TIME;
    wall = (INT64_C(0x68000000) + data[1]) * CLOCK_SECOND;
    fuzz_keys(data, &conf, keys);
    error =
        packet_decode(data + FUZZ_SETTINGS, size - FUZZ_SETTINGS, &fuzz_envelope, true, &advert);
    if (error == PACKET_OK || error == PACKET_BAD_CHECKSUM) { /* the HMAC does not cover that sum */
        fuzz_judge(&conf, advert.message, advert.size, advert.rest, wall);
        fuzz_sign(&conf, advert.message, advert.size, data, wall);
    }
    return 0;
}
