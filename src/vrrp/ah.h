/* SPDX-License-Identifier: Apache-2.0
 *
 * The IP Authentication Header in front of an advert of version 2 (auth_type AH): RFC 4302 with
 * HMAC-MD5-96 (RFC 2403), as RFC 2338 5.3.6.3 wants it and keepalived has it. Pure: bytes, keys and
 * clocks in, bytes and verdicts out.
 */
#ifndef HOLDFAST_VRRP_AH_H
#define HOLDFAST_VRRP_AH_H

#include "parser/conf.h"
#include "vrrp/packet.h"

#include <stddef.h>
#include <stdint.h>

enum {
    AH_PROTOCOL = 51, /* IP protocol number: RFC 4302 2 */
    AH_SIZE = 24,     /* RFC 4302 2.2: 12 bytes, and 12 of HMAC-MD5-96 */
    AH_IP_SIZE = 20,  /* an IPv4 header without options: RFC 791 3.1 */
    /* Of what is behind the IP header: an advert of version 2 with all the addresses it can have. */
    AH_MAX_SIZE = AH_SIZE + PACKET_HEADER_SIZE + PACKET_MAX_ADDRESSES * 4 + PACKET_AUTH_SIZE,
    AH_SENDERS = 16, /* marks kept; the one that was heard least recently makes room */
};

enum ah_verdict {
    AH_OK,
    AH_MISSING,   /* the advert came without the header */
    AH_MALFORMED, /* IP options, or longer than an advert */
    AH_WRONG,     /* the integrity check value: another password, or changed on its way */
    AH_REPLAYED,
    AH_VERDICTS,
};

/* The highest sequence number of one sender. */
struct ah_mark {
    struct inet_addr sender; /* AF_UNSPEC: free */
    uint32_t sequence;
    int64_t heard_at; /* clock_wall() */
};

/* One for each virtual router. */
struct ah_state {
    uint32_t sequence; /* the highest one that was sent or believed */
    struct ah_mark marks[AH_SENDERS];
};

/**
 * Finds the message behind the header.
 * @param data  the IP payload, `size` bytes
 * @return the bytes of the message, which starts AH_SIZE behind `data`; 0: that is no such header
 */
size_t ah_peel(const uint8_t *data, size_t size);

/**
 * Puts IP header and Authentication Header in front of an advert.
 * @param password  the key: RFC 2403 takes any, keepalived these bytes
 * @param state     its sequence number grows; it follows the seconds of the clock, so that a restarted
 *                  sender is not taken for a recording of itself
 * @param wall      clock_wall()
 * @param datagram  gets the whole, AH_IP_SIZE + AH_SIZE + `size` bytes
 * @return its bytes
 */
size_t ah_seal(const uint8_t password[CONF_AUTH_PASS_SIZE], struct ah_state *state,
               const struct packet_envelope *envelope, const uint8_t *message, size_t size,
               int64_t wall, uint8_t *datagram);

/**
 * Judges the header, and keeps the sender's mark where that is good.
 * @param data  the IP payload, `size` bytes: what ah_peel() found to be one; NULL: there was no header
 * @param wall  clock_wall(), for which mark is the oldest
 */
enum ah_verdict ah_verify(const uint8_t password[CONF_AUTH_PASS_SIZE], struct ah_state *state,
                          const struct packet_envelope *envelope, const uint8_t *data, size_t size,
                          int64_t wall);

/** A word for machines, such as "replayed". */
const char *ah_word(enum ah_verdict verdict);

/** A text for people: what is wrong, and what to do. */
const char *ah_text(enum ah_verdict verdict);

#endif
