/* SPDX-License-Identifier: Apache-2.0
 *
 * Raw sockets for adverts: one for each interface and multicast group, shared by all instances that
 * use it. Sends with the source address that the sender names, receives in batches.
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

struct socket_table *socket_table_new(struct loop *loop, struct log *log, socket_function function,
                                      void *argument);

/** Frees the table; all its sockets must be released before. NULL is allowed. */
void socket_table_free(struct socket_table *table);

/**
 * A socket that receives the group's datagrams on one interface; the one that is there already, if
 * it is.
 * @param interface  name
 * @param index      its index now
 * @param group      IPv4 multicast address
 * @param error      -errno where NULL is returned
 */
struct vrrp_socket *socket_acquire(struct socket_table *table, const char *interface, int index,
                                   const struct inet_addr *group, int *error);

/** Gives a socket back; the last one closes it. NULL is allowed. */
void socket_release(struct vrrp_socket *socket);

/** Notes who receives the adverts of a VRID on this socket; NULL: nobody any more. */
void socket_set_receiver(struct vrrp_socket *socket, uint8_t vrid, void *receiver);

/** Who was noted for a VRID, or NULL. */
void *socket_receiver(const struct vrrp_socket *socket, uint8_t vrid);

/** The interface's name. */
const char *socket_interface(const struct vrrp_socket *socket);

/** The interface's index when the socket was opened. */
int socket_index(const struct vrrp_socket *socket);

/**
 * Sends one datagram to the socket's group, with TTL 255.
 * @param source  the address it carries, which must be one of this host's
 * @return 0 or -errno
 */
int socket_send(struct vrrp_socket *socket, const struct inet_addr *source, const uint8_t *data,
                size_t size);

/** Reads what is queued now, so that a timer that fired late acts on what was heard meanwhile. */
void socket_drain(struct vrrp_socket *socket);

/** Where the socket's datagrams go. */
const struct inet_addr *socket_group(const struct vrrp_socket *socket);

#endif
