/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what arrives at the ports of BFD. The input is a story: pieces of a length, a time and
 * so many bytes of a datagram. What is decoded is the same after it is written and read again, and
 * whatever a session hears, its state and its deadlines stay what they may be.
 */
#include "base/clock.h"
#include "bfd/fsm.h"

#include <stdlib.h>
#include <string.h>

enum { FUZZ_STEP_HEADER = 2 };

#define FUZZ_LARGEST_INTERVAL (4295 * CLOCK_SECOND) /* 2^32 us */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void fuzz_again(const struct bfd_packet *packet)
{
    uint8_t written[BFD_PACKET_SIZE];
    struct bfd_packet again;
    uint8_t twice[BFD_PACKET_SIZE];

    bfd_packet_encode(packet, written);
    fuzz_require(bfd_packet_decode(written, sizeof(written), &again) == BFD_PACKET_OK);
    bfd_packet_encode(&again, twice);
    fuzz_require(memcmp(written, twice, sizeof(twice)) == 0);
    fuzz_require(again.min_tx == packet->min_tx && again.min_rx == packet->min_rx);
    fuzz_require(again.role == packet->role && again.discriminator == packet->discriminator);
    fuzz_require(*bfd_role_text(packet->role) && *bfd_diag_text(packet->diag));
}

static void fuzz_judge(const struct bfd_fsm_config *config, const struct bfd_fsm_outcome *outcome,
                       int64_t now)
{
    const struct bfd_fsm_state *state = &outcome->state;
    struct bfd_packet packet = bfd_fsm_packet(config, state, false);

    fuzz_again(&packet);
    fuzz_require(state->role < BFD_ROLES && state->discriminator == 1);
    fuzz_require(state->role == BFD_UP || (!state->polling && packet.min_tx >= CLOCK_SECOND));
    fuzz_require(state->detect_at == CLOCK_NEVER ||
                 state->detect_at <= now + 255 * FUZZ_LARGEST_INTERVAL);
    fuzz_require(state->send_at == CLOCK_NEVER || state->send_at <= now + FUZZ_LARGEST_INTERVAL);
    fuzz_require(!(outcome->actions & BFD_ACTION_SEND) || state->sent_at == now);
}

static struct bfd_fsm_state fuzz_hear(const struct bfd_fsm_config *config,
                                      const struct bfd_fsm_state *state, const uint8_t *datagram,
                                      size_t size, int64_t now)
{
    struct bfd_fsm_event event = {.kind = BFD_EVENT_TIMER, .random = (uint32_t)now};
    struct bfd_fsm_outcome outcome = bfd_fsm_step(config, state, &event, now);
    enum bfd_packet_error error;
    struct bfd_packet packet;

    fuzz_judge(config, &outcome, now);
    error = bfd_packet_decode(datagram, size, &packet);
    fuzz_require(*bfd_packet_error_text(error) && *bfd_packet_error_word(error));
    if (error == BFD_PACKET_OK) {
        fuzz_again(&packet);
        event.kind = BFD_EVENT_PACKET;
        event.packet = &packet;
        outcome = bfd_fsm_step(config, &outcome.state, &event, now);
        fuzz_judge(config, &outcome, now);
    }
    return outcome.state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bfd_fsm_config config = {.min_tx = 10 * CLOCK_MILLISECOND,
                                          .idle_tx = CLOCK_SECOND,
                                          .min_rx = 10 * CLOCK_MILLISECOND,
                                          .multiplier = 3,
                                          .passive = size % 2};
    int64_t now = CLOCK_SECOND;
    struct bfd_fsm_state state = bfd_fsm_initial(&config, 1, now);

    while (size >= FUZZ_STEP_HEADER) {
        size_t length = data[0];

        now += data[1] * CLOCK_MILLISECOND;
        data += FUZZ_STEP_HEADER;
        size -= FUZZ_STEP_HEADER;
        length = length > size ? size : length;
        state = fuzz_hear(&config, &state, data, length, now);
        data += length;
        size -= length;
    }
    return 0;
}
