/* SPDX-License-Identifier: Apache-2.0
 *
 * Gratuitous ARP and neighbour advertisements through one packet socket, in batches, at once or at
 * the pace of their interface.
 */
#include "net/neigh.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "net/neigh_burst.h"
#include "parser/conf.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    NEIGH_BATCH = 128, /* packets in one sendmmsg(2) */
    NEIGH_IPV6_HEADER = 40,
    NEIGH_LANE_SIZE = 80,
};

#define NEIGH_TURN CLOCK_MILLISECOND /* a tenth of the shortest advert interval */

struct neigh_batch {
    uint8_t frames[NEIGH_BATCH][NEIGH_NA_SIZE];
    struct sockaddr_ll to[NEIGH_BATCH];
    struct iovec parts[NEIGH_BATCH];
    struct mmsghdr messages[NEIGH_BATCH];
    unsigned count;
};

struct neigh {
    struct log *log;
    int fd;
    uint64_t sent;
    const struct conf *conf; /* NULL: no pace */
    struct neigh_queue *queue;
    struct loop_timer *next; /* when something of the queue is due */
    struct neigh_bursts *bursts;
    struct loop_timer *turn; /* set while this turn of the loop has sent its part of the bursts */
    struct neigh_batch batch;
};

static void neigh_due(void *argument, int64_t now, int64_t late);
static void neigh_turn(void *argument, int64_t now, int64_t late);

struct neigh *neigh_open(struct loop *loop, struct log *log, int *error)
{
    struct neigh *neigh = memory_new(1, sizeof(*neigh));
    const int size = 4 * 1024 * 1024; /* a takeover of a thousand addresses goes out at once */

    neigh->log = log;
    /* Protocol 0: the socket sends alone and never queues a packet for reading. */
    neigh->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (neigh->fd < 0) {
        *error = -errno;
        free(neigh);
        return NULL;
    }
    (void)setsockopt(neigh->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
    neigh->queue = neigh_queue_new();
    neigh->next = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, neigh_due, neigh);
    neigh->bursts = neigh_bursts_new();
    neigh->turn = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, neigh_turn, neigh);
    *error = 0;
    return neigh;
}

void neigh_close(struct neigh *neigh)
{
    if (!neigh) {
        return;
    }
    loop_timer_free(neigh->next);
    neigh_queue_free(neigh->queue);
    loop_timer_free(neigh->turn);
    neigh_bursts_free(neigh->bursts);
    (void)close(neigh->fd);
    free(neigh);
}

void neigh_encode_arp(uint8_t frame[NEIGH_ARP_SIZE], const struct neigh_target *target)
{
    static const uint8_t head[] = {
        0x08,           0x06,         /* Ethernet type: ARP */
        0x00,           ARPHRD_ETHER, /* hardware type */
        0x08,           0x00,         /* protocol type: IPv4 */
        NEIGH_MAC_SIZE, 4,            /* sizes of both addresses */
        0x00,           ARPOP_REQUEST,
    };
    uint8_t *at = frame;

    memset(at, 0xff, NEIGH_MAC_SIZE); /* to everybody */
    at += NEIGH_MAC_SIZE;
    memcpy(at, target->mac, NEIGH_MAC_SIZE);
    at += NEIGH_MAC_SIZE;
    memcpy(at, head, sizeof(head));
    at += sizeof(head);
    memcpy(at, target->mac, NEIGH_MAC_SIZE); /* sender */
    at += NEIGH_MAC_SIZE;
    memcpy(at, target->addr.bytes, 4);
    at += 4;
    memset(at, 0, NEIGH_MAC_SIZE); /* target: unknown, as in a probe's question */
    at += NEIGH_MAC_SIZE;
    memcpy(at, target->addr.bytes, 4);
}

/* Where Ethernet takes what goes to ff02::1: RFC 2464 7. */
static void neigh_put_all_nodes(uint8_t *mac)
{
    static const uint8_t all_nodes[NEIGH_MAC_SIZE] = {0x33, 0x33, 0, 0, 0, 1};

    memcpy(mac, all_nodes, NEIGH_MAC_SIZE);
}

/* The checksum of ICMPv6 over its pseudo-header: RFC 4443 2.3, RFC 8200 8.1. */
static void neigh_sum_na(uint8_t *icmp, size_t size, const uint8_t *source, const uint8_t *to)
{
    const uint8_t rest[8] = {0, 0, 0, (uint8_t)size, 0, 0, 0, IPPROTO_ICMPV6};
    uint32_t sum = inet_checksum_add(0, source, 16);
    uint16_t checksum;

    sum = inet_checksum_add(sum, to, 16);
    sum = inet_checksum_add(sum, rest, sizeof(rest));
    checksum = inet_checksum_end(inet_checksum_add(sum, icmp, size));
    memcpy(icmp + 2, &checksum, sizeof(checksum));
}

void neigh_encode_na(uint8_t frame[NEIGH_NA_SIZE], const struct neigh_target *target)
{
    static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 0x01};
    uint8_t *ip = frame + ETH_HLEN;
    uint8_t *icmp = ip + NEIGH_IPV6_HEADER;

    memset(frame, 0, NEIGH_NA_SIZE);
    neigh_put_all_nodes(frame);
    memcpy(frame + NEIGH_MAC_SIZE, target->mac, NEIGH_MAC_SIZE);
    frame[12] = ETH_P_IPV6 >> 8;
    frame[13] = ETH_P_IPV6 & 0xff;
    ip[0] = 0x60; /* version 6 */
    ip[5] = NEIGH_NA_SIZE - ETH_HLEN - NEIGH_IPV6_HEADER;
    ip[6] = IPPROTO_ICMPV6;
    ip[7] = 255; /* RFC 4861 7.1.2: neighbours drop anything else */
    memcpy(ip + 8, target->addr.bytes, 16);
    memcpy(ip + 24, all_nodes, 16);
    icmp[0] = 136;                                           /* neighbour advertisement */
    icmp[4] = (uint8_t)(0x20 | (target->router ? 0x80 : 0)); /* override, router */
    memcpy(icmp + 8, target->addr.bytes, 16);
    icmp[24] = 2; /* target link-layer address, in units of 8 bytes */
    icmp[25] = 1;
    memcpy(icmp + 26, target->mac, NEIGH_MAC_SIZE);
    neigh_sum_na(icmp, ip[5], ip + 8, ip + 24);
}

static void neigh_batch_send(struct neigh *neigh)
{
    struct neigh_batch *batch = &neigh->batch;
    unsigned done = 0;

    while (done < batch->count) {
        int sent = sendmmsg(neigh->fd, batch->messages + done, batch->count - done, MSG_DONTWAIT);

        if (sent > 0) {
            done += (unsigned)sent;
            neigh->sent += (uint64_t)sent;
        } else if (errno != EINTR) {
            log_warning(neigh->log, "announcement", "a packet cannot be sent: %s", strerror(errno));
            done++; /* the others may go out by another interface */
        }
    }
    batch->count = 0;
}

static void neigh_batch_add(struct neigh *neigh, const struct neigh_target *target)
{
    struct neigh_batch *batch = &neigh->batch;
    bool ipv4 = target->addr.family == AF_INET;
    unsigned i;

    if (batch->count == NEIGH_BATCH) {
        neigh_batch_send(neigh);
    }
    i = batch->count++;
    if (ipv4) {
        neigh_encode_arp(batch->frames[i], target);
    } else {
        neigh_encode_na(batch->frames[i], target);
    }
    batch->to[i] = (struct sockaddr_ll){.sll_family = AF_PACKET,
                                        .sll_protocol = htons(ipv4 ? ETH_P_ARP : ETH_P_IPV6),
                                        .sll_ifindex = target->index,
                                        .sll_halen = NEIGH_MAC_SIZE};
    memcpy(batch->to[i].sll_addr, batch->frames[i], NEIGH_MAC_SIZE);
    batch->parts[i] = (struct iovec){.iov_base = batch->frames[i],
                                     .iov_len = ipv4 ? NEIGH_ARP_SIZE : NEIGH_NA_SIZE};
    batch->messages[i].msg_hdr = (struct msghdr){.msg_name = &batch->to[i],
                                                 .msg_namelen = sizeof(batch->to[i]),
                                                 .msg_iov = &batch->parts[i],
                                                 .msg_iovlen = 1};
}

/* ---- Pace -------------------------------------------------------------------------------------- */

void neigh_configure(struct neigh *neigh, const struct conf *conf)
{
    neigh->conf = conf;
}

static const struct conf_garp_group *neigh_find_group(const struct conf *conf, const char *name)
{
    const struct conf_garp_group *group;
    const struct conf_interface *interface;

    STAILQ_FOREACH(group, &conf->garp_groups, next) {
        STAILQ_FOREACH(interface, &group->interfaces, next) {
            if (strcmp(interface->name, name) == 0) {
                return group;
            }
        }
    }
    return NULL;
}

/*
 * The pace of an interface: its group's, else that of all.
 * @param lane  set to what keeps that pace together, if there is one
 * @return ns between two packets; 0: none is kept
 */
static int64_t neigh_pace(const struct neigh *neigh, const char *base, uint8_t family,
                          char lane[NEIGH_LANE_SIZE])
{
    const struct conf *conf = neigh->conf;
    const struct conf_garp_group *group = conf ? neigh_find_group(conf, base) : NULL;
    bool ipv4 = family == AF_INET;
    int64_t gap = !group ? 0 : ipv4 ? group->garp_interval : group->gna_interval;

    if (gap) {
        (void)snprintf(lane, NEIGH_LANE_SIZE, "group of %s",
                       STAILQ_FIRST(&group->interfaces)->name);
        return gap;
    }
    gap = !conf ? 0 : ipv4 ? conf->global.garp_interval : conf->global.gna_interval;
    if (gap) {
        (void)snprintf(lane, NEIGH_LANE_SIZE, "%s", base);
    }
    return gap;
}

/* Sends what is due of the queue. */
static void neigh_pump(struct neigh *neigh)
{
    struct neigh_target targets[NEIGH_BATCH];
    size_t count;

    if (!neigh_queue_waiting(neigh->queue)) {
        return;
    }
    do {
        count = neigh_queue_take(neigh->queue, clock_now(), targets, NEIGH_BATCH);
        for (size_t i = 0; i < count; i++) {
            neigh_batch_add(neigh, &targets[i]);
        }
        neigh_batch_send(neigh);
        neigh_queue_sent(neigh->queue, clock_now());
    } while (count == NEIGH_BATCH);
    loop_timer_set(neigh->next, neigh_queue_deadline(neigh->queue));
}

static void neigh_due(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    neigh_pump(argument);
}

/* ---- Bursts ------------------------------------------------------------------------------------ */

/* So much in a turn of the loop, so that adverts which are due meanwhile leave in between. */
static void neigh_send_some(struct neigh *neigh)
{
    int64_t end = clock_now() + NEIGH_TURN;
    struct neigh_target targets[NEIGH_BATCH];
    size_t count;

    if (!neigh_bursts_waiting(neigh->bursts) || loop_timer_deadline(neigh->turn) != CLOCK_NEVER) {
        return;
    }
    do {
        count = neigh_bursts_take(neigh->bursts, targets, NEIGH_BATCH);
        for (size_t i = 0; i < count; i++) {
            neigh_batch_add(neigh, &targets[i]);
        }
        neigh_batch_send(neigh);
    } while (neigh_bursts_waiting(neigh->bursts) && clock_now() < end);
    loop_timer_set(neigh->turn, clock_now());
}

static void neigh_turn(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    neigh_send_some(argument);
}

/* ---- Announcing -------------------------------------------------------------------------------- */

/* @return whether it waits for its turn now */
static bool neigh_enqueue(struct neigh *neigh, const char *owner,
                          const struct neigh_announcement *announcement, uint32_t repeat)
{
    char lane[NEIGH_LANE_SIZE];
    int64_t gap = neigh_pace(neigh, announcement->base, announcement->target.addr.family, lane);

    if (gap) {
        neigh_queue_add(neigh->queue, lane, owner, gap, &announcement->target, repeat);
    }
    return gap != 0;
}

void neigh_announce(struct neigh *neigh, const char *owner,
                    const struct neigh_announcement *announcements, size_t count, uint32_t repeat)
{
    struct neigh_target *targets = memory_new(count + 1, sizeof(*targets));
    size_t unpaced = 0;

    for (size_t i = 0; i < count; i++) {
        if (!neigh_enqueue(neigh, owner, &announcements[i], repeat)) {
            targets[unpaced++] = announcements[i].target;
        }
    }
    neigh_bursts_add(neigh->bursts, owner, targets, unpaced, repeat);
    free(targets);
    neigh_send_some(neigh);
    neigh_pump(neigh);
}

bool neigh_forget(struct neigh *neigh, const char *owner)
{
    bool paced = neigh_queue_drop(neigh->queue, owner) > 0;

    return neigh_bursts_drop(neigh->bursts, owner) > 0 || paced;
}

uint64_t neigh_waiting(const struct neigh *neigh)
{
    return neigh_queue_waiting(neigh->queue) + neigh_bursts_waiting(neigh->bursts);
}

uint64_t neigh_sent(const struct neigh *neigh)
{
    return neigh->sent;
}
