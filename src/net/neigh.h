/* SPDX-License-Identifier: Apache-2.0
 *
 * Telling the neighbours where an address is now: gratuitous ARP, unsolicited neighbour advertisements.
 */
#ifndef HOLDFAST_NET_NEIGH_H
#define HOLDFAST_NET_NEIGH_H

#include "base/inet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log;
struct neigh;

enum {
    NEIGH_MAC_SIZE = 6,
    NEIGH_ARP_SIZE = 42, /* Ethernet header and ARP for IPv4: RFC 826 */
    NEIGH_NA_SIZE = 86,  /* Ethernet, IPv6, advertisement with one option: RFC 4861 4.4, 4.6.1 */
};

/* One address on one interface. */
struct neigh_target {
    int index; /* of the interface */
    uint8_t mac[NEIGH_MAC_SIZE];
    bool router; /* IPv6: the host forwards on that interface */
    struct inet_addr addr;
};

/** @param error  -errno where NULL is returned */
struct neigh *neigh_open(struct log *log, int *error);

/** NULL is allowed. */
void neigh_close(struct neigh *neigh);

/**
 * Announces addresses, all of them once, then all again, in as few system calls as there are batches
 * of packets on one interface; targets of one interface should stand together.
 * @param repeat  packets for each address
 * @return packets that the kernel took
 */
size_t neigh_announce(struct neigh *neigh, const struct neigh_target *targets, size_t count,
                      uint32_t repeat);

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
