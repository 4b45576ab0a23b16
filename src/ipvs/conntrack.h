/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of the kernel's connection tracking over netlink, as bytes: what IPVS would make of a
 * connection to a server behind FULLNAT at its next packet from the client. Attributes are those of
 * linux/netfilter/nfnetlink_conntrack.h; what they do is in ctnetlink_create_conntrack() of the
 * kernel's nf_conntrack_netlink.c. Pure.
 */
#ifndef HOLDFAST_IPVS_CONNTRACK_H
#define HOLDFAST_IPVS_CONNTRACK_H

#include "ipvs/connection.h"
#include "parser/conf.h"

enum { CONNTRACK_MESSAGE_SIZE = 320 }; /* bytes; no message is longer */

/**
 * Writes the request for an entry that is not there yet, which the kernel answers. It is as by
 * ip_vs_update_conntrack() of ip_vs_nfct.c: the client asks for the virtual address, the server answers
 * to the client. The source is chosen by the kernel as for a packet, so that it is the other director's
 * unless that had to take another port.
 * @param to          CONNTRACK_MESSAGE_SIZE bytes, aligned for a uint32_t
 * @param connection  of TCP; client and server are of one family
 * @param local       addresses to choose from
 * @return its bytes, a multiple of 4
 */
size_t conntrack_encode(void *to, uint32_t sequence, const struct connection *connection,
                        const struct conf_local *local);

/**
 * Reads the next answer of a datagram.
 * @param data, size  what is left of it; moved behind what was read
 * @param error       0 or -errno
 * @return false: no answer is left
 */
bool conntrack_decode(const void **data, size_t *size, int *error);

#endif
