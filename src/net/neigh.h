/* SPDX-License-Identifier: Apache-2.0
 *
 * Telling the neighbours where an address is now: gratuitous ARP, unsolicited neighbour advertisements.
 */
#ifndef HOLDFAST_NET_NEIGH_H
#define HOLDFAST_NET_NEIGH_H

#include "net/neigh_queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct log;
struct loop;
struct neigh;

enum {
    NEIGH_ARP_SIZE = 42, /* Ethernet header and ARP for IPv4: RFC 826 */
    NEIGH_NA_SIZE = 86,  /* Ethernet, IPv6, advertisement with one option: RFC 4861 4.4, 4.6.1 */
};

/* What is to be told. */
struct neigh_announcement {
    const char *base; /* the interface whose pace counts: what a virtual one stands on */
    struct neigh_target target;
};

/** @param error  -errno where NULL is returned */
struct neigh *neigh_open(struct loop *loop, struct log *log, int *error);

/** NULL is allowed. */
void neigh_close(struct neigh *neigh);

/** The paces from now on; `conf` must live until another one is given. */
void neigh_configure(struct neigh *neigh, const struct conf *conf);

/**
 * Announces addresses, all of them once, then all again: the first batch of a turn of the loop at once,
 * the next ones in further turns, so that no advert waits for them. Where a pace is kept
 * (vrrp_garp_interval, garp_group) they wait for their turn.
 * @param owner   for neigh_forget()
 * @param repeat  packets for each address
 */
void neigh_announce(struct neigh *neigh, const char *owner,
                    const struct neigh_announcement *announcements, size_t count, uint32_t repeat);

/** What an owner has waiting is not to be told any more. @return whether there was anything */
bool neigh_forget(struct neigh *neigh, const char *owner);

/** Packets that wait for their turn. */
uint64_t neigh_waiting(const struct neigh *neigh);

/**
 * Writes a gratuitous ARP: the request form of an announcement (RFC 5227 3: sender and target
 * address are the same), to the broadcast address.
 */
void neigh_encode_arp(uint8_t frame[NEIGH_ARP_SIZE], const struct neigh_target *target);

/**
 * Writes an unsolicited neighbour advertisement: RFC 4861 7.2.6, from the address itself to all nodes,
 * with the override flag.
 */
void neigh_encode_na(uint8_t frame[NEIGH_NA_SIZE], const struct neigh_target *target);

/** Gratuitous ARPs and neighbour advertisements sent so far. */
uint64_t neigh_sent(const struct neigh *neigh);

#endif
