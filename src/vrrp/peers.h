/* SPDX-License-Identifier: Apache-2.0
 *
 * The other routers of one virtual router, as their adverts show them: when each was last heard, and how
 * it sums its messages, in which implementations differ (protocol.md). Pure.
 */
#ifndef HOLDFAST_VRRP_PEERS_H
#define HOLDFAST_VRRP_PEERS_H

#include "vrrp/packet.h"

enum { PEERS_KEPT = 16 }; /* the one that was heard least recently makes room */

/* One of them. */
struct peers_entry {
    struct inet_addr addr;
    uint8_t version;
    uint8_t priority;
    enum packet_checksum checksum;
    int64_t heard_at; /* clock_now() */
};

/* All zero: nobody was heard. To be ended with peers_forget(). */
struct peers {
    struct peers_entry *entries; /* `count` of them */
    unsigned count;
};

/**
 * Notes an advert that was believed.
 * @return whether it is the first one of that router, or summed otherwise than the one before
 */
bool peers_hear(struct peers *peers, const struct inet_addr *from,
                const struct packet_advert *advert, int64_t now);

/** Nobody was heard. */
void peers_forget(struct peers *peers);

/** What is known of a router; NULL: it was not heard, or long ago. */
const struct peers_entry *peers_find(const struct peers *peers, const struct inet_addr *addr);

#endif
