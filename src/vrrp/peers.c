/* SPDX-License-Identifier: Apache-2.0
 *
 * What the adverts of other routers show of them.
 */
#include "vrrp/peers.h"

#include "base/memory.h"

#include <stdlib.h>

const struct peers_entry *peers_find(const struct peers *peers, const struct inet_addr *addr)
{
    for (unsigned i = 0; i < peers->count; i++) {
        if (inet_equal(&peers->entries[i].addr, addr)) {
            return &peers->entries[i];
        }
    }
    return NULL;
}

/* A new one, as long as there are not too many; else the one that was heard least recently. */
static struct peers_entry *peers_make_room(struct peers *peers)
{
    struct peers_entry *oldest;

    if (peers->count < PEERS_KEPT) {
        peers->entries = memory_resize(peers->entries, peers->count + 1, sizeof(*peers->entries));
        return &peers->entries[peers->count++];
    }
    oldest = peers->entries;
    for (struct peers_entry *entry = oldest; entry < peers->entries + PEERS_KEPT; entry++) {
        oldest = entry->heard_at < oldest->heard_at ? entry : oldest;
    }
    return oldest;
}

void peers_forget(struct peers *peers)
{
    free(peers->entries);
    *peers = (struct peers){0};
}

bool peers_hear(struct peers *peers, const struct inet_addr *from,
                const struct packet_advert *advert, int64_t now)
{
    struct peers_entry *entry = (struct peers_entry *)peers_find(peers, from);
    bool news = !entry || entry->checksum != advert->checksum;

    if (!entry) {
        entry = peers_make_room(peers);
    }
    *entry = (struct peers_entry){.addr = *from,
                                  .version = advert->version,
                                  .priority = advert->priority,
                                  .checksum = advert->checksum,
                                  .heard_at = now};
    return news;
}
