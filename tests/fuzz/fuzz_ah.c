/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what arrives for IP protocol 51, a raw IPv4 datagram. Nothing passes that was not sealed
 * with the password; the message in it, sealed by us, passes once.
 */
#include "base/clock.h"
#include "vrrp/ah.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t fuzz_password[CONF_AUTH_PASS_SIZE] = "s3cret";
static const int64_t fuzz_wall = 1000 * CLOCK_SECOND;

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

/* @return how a datagram is judged */
static enum ah_verdict fuzz_judge(struct ah_state *state, const uint8_t *data, size_t size)
{
    struct packet_envelope envelope;
    const uint8_t *payload;
    size_t length;

    fuzz_require(packet_open_ipv4(data, size, &envelope, &payload, &length) == PACKET_OK);
    return ah_verify(fuzz_password, state, &envelope, payload, length, fuzz_wall);
}

/* Whatever the message is: it passes with our seal, but not a second time, and not changed. */
static void fuzz_seal(const struct packet_envelope *envelope, const uint8_t *message, size_t size)
{
    uint8_t *sealed = malloc(AH_IP_SIZE + AH_SIZE + size);
    struct ah_state ours = {0};
    struct ah_state theirs = {0};
    size_t whole = ah_seal(fuzz_password, &theirs, envelope, message, size, fuzz_wall, sealed);

    fuzz_require(whole == AH_IP_SIZE + AH_SIZE + size);
    sealed[whole - 1] ^= 1;
    fuzz_require(fuzz_judge(&ours, sealed, whole) == AH_WRONG && ours.sequence == 0);
    sealed[whole - 1] ^= 1;
    fuzz_require(fuzz_judge(&ours, sealed, whole) == AH_OK);
    fuzz_require(fuzz_judge(&ours, sealed, whole) == AH_REPLAYED);
    free(sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct packet_envelope envelope = {0};
    struct ah_state state = {0};
    struct packet_advert advert;
    const uint8_t *payload;
    enum ah_verdict verdict;
    size_t message;
    size_t length;

    if (packet_open_ipv4(data, size, &envelope, &payload, &length) != PACKET_OK) {
        return 0;
    }
    message = ah_peel(payload, length);
    fuzz_require(message < length || !length);
    verdict = ah_verify(fuzz_password, &state, &envelope, payload, length, fuzz_wall);
    fuzz_require(*ah_word(verdict) && *ah_text(verdict));
    fuzz_require(message || verdict == AH_MALFORMED);
    if (message && length <= AH_MAX_SIZE) {
        (void)packet_decode(payload + AH_SIZE, message, &envelope, true, &advert);
        fuzz_seal(&envelope, payload + AH_SIZE, message);
    }
    return 0;
}
