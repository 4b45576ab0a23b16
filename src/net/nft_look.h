/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the kernel has a table of nftables: somebody may have flushed all of them.
 */
#ifndef HOLDFAST_NET_NFT_LOOK_H
#define HOLDFAST_NET_NFT_LOOK_H

#include <stdbool.h>
#include <stddef.h>

/**
 * Asks for an inet table of this network namespace (linux/netfilter/nf_tables.h, NFT_MSG_GETTABLE). The
 * kernel answers within the call, without waiting for a transaction of others.
 * @return false: the kernel says that there is none; true also where it cannot be asked
 */
bool nft_look(const char *table);

/**
 * Whether an answer says that there is no such table.
 * @param data  what came from the kernel, aligned as malloc(3) does
 */
bool nft_look_says_none(const void *data, size_t size);

#endif
