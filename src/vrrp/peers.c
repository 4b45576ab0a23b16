/* SPDX-License-Identifier: Apache-2.0
 *
 * What the adverts of other routers show of them.
 */
#include "vrrp/peers.h"

const struct peers_entry *peers_find(const struct peers *peers, const struct inet_addr *addr)
{
    for (int i = 0; i < PEERS_KEPT; i++) {
        if (inet_is_set(&peers->entries[i].addr) && inet_equal(&peers->entries[i].addr, addr)) {
            return &peers->entries[i];
        }
    }
    return NULL;
}

/* A free one, or the one that was heard least recently. */
static struct peers_entry *peers_make_room(struct peers *peers)
{
    struct peers_entry *oldest = peers->entries;

    for (struct peers_entry *entry = oldest; entry < peers->entries + PEERS_KEPT; entry++) {
        if (!inet_is_set(&entry->addr)) {
            return entry;
        }
        oldest = entry->heard_at < oldest->heard_at ? entry : oldest;
    }
    return oldest;
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
