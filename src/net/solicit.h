/* SPDX-License-Identifier: Apache-2.0
 *
 * The question "who has this address?" and its answer, as Ethernet frames: ARP (RFC 826), neighbour
 * solicitation and advertisement (RFC 4861). Pure: bytes to values and back.
 */
#ifndef HOLDFAST_NET_SOLICIT_H
#define HOLDFAST_NET_SOLICIT_H

#include "base/inet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SOLICIT_MAC_SIZE = 6,
    SOLICIT_FRAME_SIZE = 86, /* a solicitation with one option; ARP has 60, as on the wire */
};

struct solicit_question {
    struct inet_addr about; /* whose hardware address is asked for; says the family */
    struct inet_addr from;  /* AF_UNSPEC: an ARP probe, which nobody learns from: RFC 5227 2.1.1 */
    uint8_t mac[SOLICIT_MAC_SIZE]; /* who asks, and where the answer goes */
    const uint8_t *to; /* who alone is asked, as by RFC 1122 2.3.2.1 (2); NULL: everybody */
};

/**
 * Writes the frame.
 * @param question  of IPv6 with `from`: answers to nobody would go to everybody
 * @return its bytes; 0 where the families do not go together
 */
size_t solicit_write(uint8_t frame[SOLICIT_FRAME_SIZE], const struct solicit_question *question);

struct solicit_answer {
    struct inet_addr about;
    uint8_t mac[SOLICIT_MAC_SIZE]; /* where that address is said to be */
    uint8_t to[SOLICIT_MAC_SIZE];  /* who was told */
};

/**
 * Reads a frame that left an interface.
 * @return false where it is no ARP reply and no neighbour advertisement that answers a question
 */
bool solicit_read(const uint8_t *frame, size_t size, struct solicit_answer *answer);

/**
 * A neighbour's address that nobody is known to have.
 * @param own    an IPv4 address of ours with the length of its network
 * @param taken  whether an address may not be used
 * @return false where the network has no room (/31, /32) or the upper 64 addresses are taken
 */
bool solicit_pick_neighbour(const struct inet_prefix *own,
                            bool (*taken)(const void *argument, const struct inet_addr *addr),
                            const void *argument, struct inet_addr *neighbour);

#endif
