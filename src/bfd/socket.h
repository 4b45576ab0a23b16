/* SPDX-License-Identifier: Apache-2.0
 *
 * The sockets of BFD: one to hear on for each port and family, shared by all sessions, and one to send
 * from for each session, whose port stays its own (RFC 5881 4).
 */
#ifndef HOLDFAST_BFD_SOCKET_H
#define HOLDFAST_BFD_SOCKET_H

#include "base/inet.h"

struct bfd_ear;
struct bfd_mouth;
struct loop;

/* A datagram as it came in. */
struct bfd_datagram {
    struct inet_addr from;
    struct inet_addr to; /* our address */
    int index;           /* the interface that it came in by */
    int ttl;             /* or hop limit; -1: not known */
    bool multihop;
    const uint8_t *data;
    size_t size;
};

typedef void (*bfd_ear_function)(void *argument, const struct bfd_datagram *datagram);

/**
 * Listens to the port of one hop or of several, on all addresses of a family.
 * @param error  -errno where NULL is returned; -EADDRINUSE: another program has the port
 */
struct bfd_ear *bfd_ear_new(struct loop *loop, uint8_t family, bool multihop,
                            bfd_ear_function function, void *argument, int *error);

/** Stops listening. NULL is allowed. */
void bfd_ear_free(struct bfd_ear *ear);

/**
 * Lets the kernel drop what comes with a lower TTL or hop limit, unseen.
 * @param floor  0: nothing is dropped
 * @return 0 or -errno
 */
int bfd_ear_set_floor(struct bfd_ear *ear, int floor);

/** Reads what is queued now. Within its own function it does nothing. */
void bfd_ear_drain(struct bfd_ear *ear);

/* Where a session sends from and to. */
struct bfd_route {
    struct inet_addr source; /* AF_UNSPEC: as the kernel routes */
    struct inet_addr to;
    uint16_t port;
    const char *interface; /* it must leave by this one; NULL: as the kernel routes */
    int index;             /* of it */
    uint8_t ttl;
};

/**
 * A socket to send from, with a port of its own within 49152..65535.
 * @param random  any: where the search for a port begins
 * @param error   -errno where NULL is returned
 */
struct bfd_mouth *bfd_mouth_new(const struct bfd_route *route, uint32_t random, int *error);

/** Closes it. NULL is allowed. */
void bfd_mouth_free(struct bfd_mouth *mouth);

/** Sends from now on with another TTL. */
void bfd_mouth_set_ttl(struct bfd_mouth *mouth, uint8_t ttl);

/** Sends one datagram. @return 0 or -errno */
int bfd_mouth_send(struct bfd_mouth *mouth, const uint8_t *data, size_t size);

#endif
