/* SPDX-License-Identifier: Apache-2.0
 *
 * Raw sockets for adverts: one for each interface and multicast group, or for each address of ours that
 * unicast comes to, shared by all instances that use it. Sends with the source address that the sender
 * names, receives in batches.
 */
#ifndef HOLDFAST_VRRP_SOCKET_H
#define HOLDFAST_VRRP_SOCKET_H

#include "vrrp/packet.h"

#include <stdbool.h>

struct log;
struct loop;
struct socket_table;
struct vrrp_socket;

/**
 * Called for each datagram.
 * @param socket    where it came in
 * @param envelope  from its IP header
 * @param data      the IP payload, `size` bytes
 */
typedef void (*socket_function)(void *argument, struct vrrp_socket *socket,
                                const struct packet_envelope *envelope, const uint8_t *data,
                                size_t size);

/**
 * Called for a queued datagram that could not be sent.
 * @param error  -errno
 */
typedef void (*socket_error_function)(void *owner, int error);

/**
 * An empty table. Freed by socket_table_free().
 * @param argument  of `function`; `failed` gets the datagram's owner
 */
struct socket_table *socket_table_new(struct loop *loop, struct log *log, socket_function function,
                                      socket_error_function failed, void *argument);

/** Frees the table; all its sockets must be released before. NULL is allowed. */
void socket_table_free(struct socket_table *table);

/* What a socket listens to. */
struct socket_route {
    const char
        *interface; /* the name of the interface, or of the VRF; "": none, for unicast alone */
    int index;      /* its index; 0: none */
    bool unicast;
    bool sealed; /* it is for adverts with an Authentication Header (ah.h); what is sent is a whole
                    IPv4 datagram */
    struct inet_addr local; /* the group to join; of unicast: our own address */
};

/**
 * A socket for a route; the one that is there already, if it is.
 * @param error  -errno where NULL is returned
 */
struct vrrp_socket *socket_acquire(struct socket_table *table, const struct socket_route *route,
                                   int *error);

/** Gives a socket back; the last one closes it. NULL is allowed. */
void socket_release(struct vrrp_socket *socket);

/** Whether it is the socket of a route. */
bool socket_is(const struct vrrp_socket *socket, const struct socket_route *route);

/**
 * Notes who receives the adverts of a VRID on this socket. One that nobody receives on queues nothing.
 * Of one that is noted already the part of the buffer changes.
 * @param buffer  bytes of its part of the receive buffer: buffer_part(); 0: it asks for nothing
 */
void socket_add_receiver(struct vrrp_socket *socket, uint8_t vrid, void *receiver, uint32_t buffer);

/** Forgets one that was noted; one that was not is ignored. */
void socket_remove_receiver(struct vrrp_socket *socket, uint8_t vrid, const void *receiver);

/** Who was noted for a VRID: the first one for 0, then the others; NULL where there is none. */
void *socket_receiver(const struct vrrp_socket *socket, uint8_t vrid, unsigned number);

/** What it is called in messages: the interface's name, or our address. */
const char *socket_name(const struct vrrp_socket *socket);

/** The bytes of its receive buffer that the kernel granted, as they are asked for: socket(7). */
uint32_t socket_receive_buffer(const struct vrrp_socket *socket);

/** Whether it hears unicast. */
bool socket_is_unicast(const struct vrrp_socket *socket);

/** Whether what it hears starts with an Authentication Header. */
bool socket_is_sealed(const struct vrrp_socket *socket);

/** The group that was joined, or our own address. */
const struct inet_addr *socket_local(const struct vrrp_socket *socket);

/**
 * Sends one datagram.
 * @param envelope  the source, which may be an address that this host does not have; the destination;
 *                  the TTL or hop limit
 * @return 0 or -errno
 */
int socket_send(struct vrrp_socket *socket, const struct packet_envelope *envelope,
                const uint8_t *data, size_t size);

/**
 * Sends one datagram together with others: with the next socket_flush(), or before anything else is
 * sent. One that is too long to wait is sent at once.
 * @param owner  who is told of an error; it must call socket_flush() before it goes
 */
void socket_queue(struct vrrp_socket *socket, const struct packet_envelope *envelope,
                  const uint8_t *data, size_t size, void *owner);

/** Sends what was queued. */
void socket_flush(struct socket_table *table);

/** Reads what is queued now, so that a timer that fired late acts on what was heard meanwhile. */
void socket_drain(struct vrrp_socket *socket);

#endif
