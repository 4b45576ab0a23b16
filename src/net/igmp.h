/* SPDX-License-Identifier: Apache-2.0
 *
 * disable_local_igmp: the kernel's reports of link-local multicast groups (IGMP), off while somebody wants
 * that and then as they were.
 */
#ifndef HOLDFAST_NET_IGMP_H
#define HOLDFAST_NET_IGMP_H

#include <stdbool.h>

struct igmp;
struct log;

/** Reports as they are. */
struct igmp *igmp_new(struct log *log);

/** Puts back what was there, and frees. NULL is allowed. */
void igmp_free(struct igmp *igmp);

/**
 * Switches reports of 224.0.0.0/24 off (net.ipv4.igmp_link_local_mcast_reports, of the network
 * namespace: ip-sysctl), or puts back what was there. What somebody else has set meanwhile is his.
 */
void igmp_silence(struct igmp *igmp, bool on);

#endif
