/* SPDX-License-Identifier: Apache-2.0
 *
 * Gratuitous ARP through one packet socket, in batches.
 */
#include "net/neigh.h"

#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NEIGH_BATCH = 128 }; /* packets in one sendmmsg(2) */

struct neigh {
    struct log *log;
    int fd;
    uint64_t sent;
};

struct neigh *neigh_open(struct log *log, int *error)
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
    *error = 0;
    return neigh;
}

void neigh_close(struct neigh *neigh)
{
    if (!neigh) {
        return;
    }
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

struct neigh_batch {
    uint8_t frames[NEIGH_BATCH][NEIGH_ARP_SIZE];
    struct sockaddr_ll to[NEIGH_BATCH];
    struct iovec parts[NEIGH_BATCH];
    struct mmsghdr messages[NEIGH_BATCH];
    unsigned count;
};

static void neigh_batch_add(struct neigh_batch *batch, const struct neigh_target *target)
{
    unsigned i = batch->count++;

    neigh_encode_arp(batch->frames[i], target);
    batch->to[i] = (struct sockaddr_ll){.sll_family = AF_PACKET,
                                        .sll_protocol = htons(ETH_P_ARP),
                                        .sll_ifindex = target->index,
                                        .sll_halen = NEIGH_MAC_SIZE};
    memset(batch->to[i].sll_addr, 0xff, NEIGH_MAC_SIZE);
    batch->parts[i] = (struct iovec){.iov_base = batch->frames[i], .iov_len = NEIGH_ARP_SIZE};
    batch->messages[i].msg_hdr = (struct msghdr){.msg_name = &batch->to[i],
                                                 .msg_namelen = sizeof(batch->to[i]),
                                                 .msg_iov = &batch->parts[i],
                                                 .msg_iovlen = 1};
}

static size_t neigh_batch_send(struct neigh *neigh, struct neigh_batch *batch)
{
    unsigned done = 0;
    size_t taken = 0;

    while (done < batch->count) {
        int sent = sendmmsg(neigh->fd, batch->messages + done, batch->count - done, MSG_DONTWAIT);

        if (sent > 0) {
            done += (unsigned)sent;
            taken += (size_t)sent;
        } else if (errno != EINTR) {
            log_warning(neigh->log, "gratuitous ARP", "a packet cannot be sent: %s",
                        strerror(errno));
            done++; /* the others may go out by another interface */
        }
    }
    batch->count = 0;
    neigh->sent += taken;
    return taken;
}

size_t neigh_announce(struct neigh *neigh, const struct neigh_target *targets, size_t count,
                      uint32_t repeat)
{
    struct neigh_batch *batch = memory_new(1, sizeof(*batch));
    size_t taken = 0;

    for (uint32_t round = 0; round < repeat; round++) {
        for (size_t i = 0; i < count; i++) {
            neigh_batch_add(batch, &targets[i]);
            if (batch->count == NEIGH_BATCH) {
                taken += neigh_batch_send(neigh, batch);
            }
        }
    }
    taken += neigh_batch_send(neigh, batch);
    free(batch);
    return taken;
}

uint64_t neigh_sent(const struct neigh *neigh)
{
    return neigh->sent;
}
