/* SPDX-License-Identifier: Apache-2.0
 *
 * Raw sockets for adverts over IPv4 multicast. What the bytes mean is not known here.
 */
#include "vrrp/socket.h"

#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

enum {
    SOCKET_BATCH = 32,           /* datagrams in one recvmmsg(2) */
    SOCKET_DATAGRAM_SIZE = 2048, /* an advert of 255 addresses with all its headers fits */
    SOCKET_READS_PER_TURN = 8,
    SOCKET_TOS = 0xc0, /* CS6: protocol.md */
    SOCKET_RECEIVE_BUFFER = 1024 * 1024,
};

/* Space for one recvmmsg(2); the table's, since only one socket reads at a time. */
struct socket_inbox {
    uint8_t data[SOCKET_BATCH][SOCKET_DATAGRAM_SIZE];
    struct iovec parts[SOCKET_BATCH];
    struct mmsghdr messages[SOCKET_BATCH];
};

struct socket_table {
    struct loop *loop;
    struct log *log;
    socket_function function;
    void *argument;
    struct vrrp_socket *sockets;
    struct socket_inbox inbox;
    bool reading; /* the inbox is in use: a drain within a drain does nothing */
};

struct vrrp_socket {
    struct socket_table *table;
    char interface[IF_NAMESIZE];
    int index;
    struct inet_addr group;
    int fd;
    struct loop_watch *watch;
    unsigned users;
    void *receivers[256]; /* by VRID */
    struct vrrp_socket *prev;
    struct vrrp_socket *next;
};

struct socket_table *socket_table_new(struct loop *loop, struct log *log, socket_function function,
                                      void *argument)
{
    struct socket_table *table = memory_new(1, sizeof(*table));

    table->loop = loop;
    table->log = log;
    table->function = function;
    table->argument = argument;
    for (int i = 0; i < SOCKET_BATCH; i++) {
        table->inbox.parts[i] =
            (struct iovec){.iov_base = table->inbox.data[i], .iov_len = SOCKET_DATAGRAM_SIZE};
        table->inbox.messages[i].msg_hdr =
            (struct msghdr){.msg_iov = &table->inbox.parts[i], .msg_iovlen = 1};
    }
    return table;
}

void socket_table_free(struct socket_table *table)
{
    free(table);
}

static void socket_deliver(struct vrrp_socket *socket, const uint8_t *data, size_t size)
{
    struct packet_envelope envelope;
    const uint8_t *payload;
    size_t length;

    if (packet_open_ipv4(data, size, &envelope, &payload, &length) == PACKET_OK) {
        socket->table->function(socket->table->argument, socket, &envelope, payload, length);
    }
}

/* @return whether there may be more */
static bool socket_read(struct vrrp_socket *socket)
{
    struct socket_inbox *inbox = &socket->table->inbox;
    int count = recvmmsg(socket->fd, inbox->messages, SOCKET_BATCH, MSG_DONTWAIT, NULL);

    for (int i = 0; i < count; i++) {
        if (!(inbox->messages[i].msg_hdr.msg_flags & MSG_TRUNC)) {
            socket_deliver(socket, inbox->data[i], inbox->messages[i].msg_len);
        }
    }
    return count == SOCKET_BATCH;
}

void socket_drain(struct vrrp_socket *socket)
{
    struct socket_table *table = socket->table;

    if (table->reading) {
        return;
    }
    table->reading = true;
    socket->users++; /* what is delivered may make its last user let go of it */
    for (int i = 0; i < SOCKET_READS_PER_TURN && socket_read(socket); i++) {
    }
    table->reading = false;
    socket_release(socket);
}

static void socket_readable(void *argument)
{
    socket_drain(argument);
}

/* @return the descriptor or -errno */
static int socket_open(void)
{
    int fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, PACKET_PROTOCOL);

    return fd < 0 ? -errno : fd;
}

static int socket_set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0 ? 0 : -errno;
}

static int socket_join(const struct vrrp_socket *socket)
{
    struct ip_mreqn membership = {.imr_ifindex = socket->index};

    memcpy(&membership.imr_multiaddr, socket->group.bytes, sizeof(membership.imr_multiaddr));
    if (setsockopt(socket->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof(membership))) {
        return -errno;
    }
    return setsockopt(socket->fd, IPPROTO_IP, IP_MULTICAST_IF, &membership, sizeof(membership))
               ? -errno
               : 0;
}

static int socket_configure(struct vrrp_socket *socket)
{
    static const struct {
        int level;
        int option;
        int value;
        bool optional;
    } options[] = {
        {IPPROTO_IP, IP_MULTICAST_TTL, PACKET_TTL, false},
        {IPPROTO_IP, IP_MULTICAST_LOOP, 0, false}, /* our own adverts are no news to us */
        {IPPROTO_IP, IP_MULTICAST_ALL, 0, false},  /* nor are groups that others joined */
        {IPPROTO_IP, IP_TOS, SOCKET_TOS, false},
        {SOL_SOCKET, SO_PRIORITY, TC_PRIO_CONTROL, true},
        {SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_RECEIVE_BUFFER, true},
    };
    int error = 0;

    if (setsockopt(socket->fd, SOL_SOCKET, SO_BINDTODEVICE, socket->interface,
                   (socklen_t)strlen(socket->interface))) {
        return -errno;
    }
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && !error; i++) {
        error = socket_set(socket->fd, options[i].level, options[i].option, options[i].value);
        if (options[i].optional) {
            error = 0;
        }
    }
    return error ? error : socket_join(socket);
}

static struct vrrp_socket *socket_find(const struct socket_table *table, const char *interface,
                                       int index, const struct inet_addr *group)
{
    struct vrrp_socket *socket;

    DL_FOREACH(table->sockets, socket) {
        if (socket->index == index && strcmp(socket->interface, interface) == 0 &&
            inet_equal(&socket->group, group)) {
            return socket;
        }
    }
    return NULL;
}

struct vrrp_socket *socket_acquire(struct socket_table *table, const char *interface, int index,
                                   const struct inet_addr *group, int *error)
{
    struct vrrp_socket *socket = socket_find(table, interface, index, group);

    *error = 0;
    if (socket) {
        socket->users++;
        return socket;
    }
    socket = memory_new(1, sizeof(*socket));
    socket->table = table;
    socket->index = index;
    socket->group = *group;
    (void)text_copy(socket->interface, sizeof(socket->interface), interface);
    socket->users = 1;
    DL_APPEND(table->sockets, socket);
    socket->fd = socket_open();
    *error = socket->fd < 0 ? socket->fd : socket_configure(socket);
    if (*error) {
        socket_release(socket);
        return NULL;
    }
    socket->watch =
        loop_watch_new(table->loop, LOOP_PRIORITY_VRRP, socket->fd, false, socket_readable, socket);
    return socket;
}

void socket_release(struct vrrp_socket *socket)
{
    if (!socket || --socket->users) {
        return;
    }
    DL_DELETE(socket->table->sockets, socket); /* NOLINT(clang-analyzer-core.NullDereference) */
    loop_watch_free(socket->watch);
    if (socket->fd >= 0) {
        (void)close(socket->fd);
    }
    free(socket);
}

const char *socket_interface(const struct vrrp_socket *socket)
{
    return socket->interface;
}

int socket_index(const struct vrrp_socket *socket)
{
    return socket->index;
}

void socket_set_receiver(struct vrrp_socket *socket, uint8_t vrid, void *receiver)
{
    socket->receivers[vrid] = receiver;
}

void *socket_receiver(const struct vrrp_socket *socket, uint8_t vrid)
{
    return socket->receivers[vrid];
}

const struct inet_addr *socket_group(const struct vrrp_socket *socket)
{
    return &socket->group;
}

int socket_send(struct vrrp_socket *socket, const struct inet_addr *source, const uint8_t *data,
                size_t size)
{
    struct sockaddr_storage to;
    struct iovec part = {.iov_base = (void *)data, .iov_len = size};
    union {
        struct cmsghdr header; /* for its alignment */
        uint8_t space[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control = {0};
    struct msghdr message = {
        .msg_name = &to,
        .msg_namelen = inet_to_sockaddr(&socket->group, 0, &to),
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control),
    };
    struct in_pktinfo info = {.ipi_ifindex = socket->index};

    memcpy(&info.ipi_spec_dst, source->bytes, sizeof(info.ipi_spec_dst)); /* ip(7): the source */
    control.header.cmsg_level = IPPROTO_IP;
    control.header.cmsg_type = IP_PKTINFO;
    control.header.cmsg_len = CMSG_LEN(sizeof(info));
    memcpy(CMSG_DATA(&control.header), &info, sizeof(info));
    return sendmsg(socket->fd, &message, MSG_DONTWAIT) < 0 ? -errno : 0;
}
