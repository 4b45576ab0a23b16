/* SPDX-License-Identifier: Apache-2.0
 *
 * The trailer that signs an advert: draft-cassen-vrrp-auth-hmac, as keepalived 2.4.2 and later have it
 * (auth_hmac). HMAC-SHA256, cut to 128 bits, over the advert, who sent it, and a sequence number that
 * is the time. Pure: bytes, keys and clocks in, bytes and verdicts out.
 */
#ifndef HOLDFAST_VRRP_HMAC_H
#define HOLDFAST_VRRP_HMAC_H

#include "parser/conf.h"
#include "vrrp/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HMAC_TRAILER_SIZE = 28,
    HMAC_SENDERS = 16, /* marks kept; the one that was heard least recently makes room */
};

enum hmac_verdict {
    HMAC_OK,
    HMAC_UNSIGNED_ADMITTED, /* there is no trailer, and the mode lets that pass */
    HMAC_UNSIGNED,
    HMAC_UNKNOWN_KEY, /* a type or a key that we have not got */
    HMAC_WRONG,
    HMAC_OUTSIDE_WINDOW, /* the clocks are too far apart */
    HMAC_REPLAYED,
    HMAC_VERDICTS,
};

/* The highest sequence number of one sender. */
struct hmac_mark {
    struct inet_addr sender; /* AF_UNSPEC: free */
    uint64_t sequence;
    int64_t heard_at; /* clock_wall() */
};

struct hmac_state {
    uint64_t sequence; /* the last one sent */
    struct hmac_mark marks[HMAC_SENDERS];
};

/** Whether an instance signs its adverts. */
bool hmac_signs(const struct conf_instance *conf);

/**
 * Writes the trailer of an advert.
 * @param message  the advert, `size` bytes; its checksum counts as 0
 * @param wall     clock_wall(); the sequence number is this or one more than the last one
 */
void hmac_sign(const struct conf_instance *conf, struct hmac_state *state,
               const struct packet_envelope *envelope, const uint8_t *message, size_t size,
               int64_t wall, uint8_t trailer[HMAC_TRAILER_SIZE]);

/**
 * Judges what is behind an advert, and keeps the sender's mark where that is good.
 * @param message  the advert, `size` bytes, with `rest` bytes behind it
 */
enum hmac_verdict hmac_verify(const struct conf_instance *conf, struct hmac_state *state,
                              const struct packet_envelope *envelope, const uint8_t *message,
                              size_t size, size_t rest, int64_t wall);

/** Whether an advert of that verdict is to be acted on. */
bool hmac_passes(enum hmac_verdict verdict);

/** A word for machines, such as "replayed". */
const char *hmac_word(enum hmac_verdict verdict);

/** A text for people: what is wrong, and what to do. */
const char *hmac_text(enum hmac_verdict verdict);

#endif
