/* SPDX-License-Identifier: Apache-2.0
 *
 * Adverts on their way: real packets, which the network loses, delays, overtakes and copies.
 */
#include "sim.h"

#include "base/memory.h"

#include <string.h>

static unsigned network_new_packet(struct sim *sim)
{
    if (!sim->free_count) {
        size_t count = sim->packet_count ? sim->packet_count * 2 : 64;

        sim->packets = memory_resize(sim->packets, count, sizeof(*sim->packets));
        sim->free_packets = memory_resize(sim->free_packets, count, sizeof(*sim->free_packets));
        for (size_t i = sim->packet_count; i < count; i++) {
            sim->free_packets[sim->free_count++] = (unsigned)i;
        }
        sim->packet_count = count;
    }
    return sim->free_packets[--sim->free_count];
}

void network_release(struct sim *sim, unsigned packet)
{
    if (--sim->packets[packet].references == 0) {
        sim->free_packets[sim->free_count++] = packet;
    }
}

static void network_post(struct sim *sim, unsigned to, unsigned packet)
{
    int64_t delay = 1 + (int64_t)sim_random(sim, (uint64_t)sim->delay);
    const struct sim_event event = {.at = sim->now + (sim->steady ? sim->delay : delay),
                                    .kind = SIM_EVENT_PACKET,
                                    .router = to,
                                    .what = packet};

    sim->packets[packet].references++;
    sim_post(sim, &event);
}

static unsigned network_make(struct sim *sim, unsigned from, unsigned which, uint8_t priority,
                             const struct inet_addr *destination)
{
    const struct sim_virtual *virtual = &sim->virtuals[which];
    const struct sim_instance *instance = &sim->routers[from].instances[which];
    const struct packet_advert advert = {
        .version = virtual->version,
        .family = virtual->family,
        .vrid = virtual->vrid,
        .priority = priority,
        .interval = instance->conf.advert_interval,
        .checksum = PACKET_CHECKSUM_PSEUDO,
        .address_count = 1,
        .addresses = instance->address.prefix.addr.bytes,
    };
    uint8_t data[PACKET_MAX_SIZE];
    unsigned number = network_new_packet(sim);
    struct sim_packet *packet = &sim->packets[number];

    *packet = (struct sim_packet){
        .envelope = {.source = instance->state.address, .destination = *destination, .ttl = 255},
        .network = virtual->network};
    packet->size = packet_encode(&advert, &packet->envelope, data);
    memcpy(packet->data, data, packet->size);
    return number;
}

void network_send(struct sim *sim, unsigned router, unsigned which, uint8_t priority)
{
    const struct sim_virtual *virtual = &sim->virtuals[which];
    const struct sim_instance *instance = &sim->routers[router].instances[which];
    unsigned packet = 0;

    if (!sim->routers[router].links[virtual->network]) {
        return; /* nobody could hear it */
    }
    if (!virtual->unicast) {
        packet = network_make(sim, router, which, priority, &instance->conf.mcast_group);
        sim->packets[packet].references = 1; /* until it is sent to all */
    }
    for (unsigned to = 0; to < sim->count; to++) {
        if (to == router || sim->blocked[virtual->network][router][to] ||
            sim_chance(sim, sim->loss)) {
            continue;
        }
        if (virtual->unicast) {
            packet = network_make(sim, router, which, priority, &virtual->peers[to].addr);
        }
        network_post(sim, to, packet);
        if (sim->duplication && sim_chance(sim, sim->duplication)) {
            network_post(sim, to, packet);
        }
    }
    if (!virtual->unicast) {
        network_release(sim, packet);
    }
}

void network_part(struct sim *sim, unsigned network)
{
    bool side[SIM_ROUTERS];

    for (unsigned i = 0; i < sim->count; i++) {
        side[i] = sim_random(sim, 2) != 0;
        sim_tell(sim, "router %u is on side %d of network %u", i, side[i], network);
    }
    for (unsigned from = 0; from < sim->count; from++) {
        for (unsigned to = 0; to < sim->count; to++) {
            sim->blocked[network][from][to] = side[from] != side[to];
        }
    }
}

void network_deafen(struct sim *sim, unsigned network)
{
    unsigned pairs = 1 + (unsigned)sim_random(sim, sim->count);

    while (pairs--) {
        unsigned from = (unsigned)sim_random(sim, sim->count);
        unsigned to = (unsigned)sim_random(sim, sim->count);

        sim->blocked[network][from][to] = true;
        sim_tell(sim, "router %u does not hear router %u in network %u", to, from, network);
    }
}

void network_heal(struct sim *sim)
{
    memset(sim->blocked, 0, sizeof(sim->blocked));
    sim->loss = 0;
}
