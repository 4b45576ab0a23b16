/* SPDX-License-Identifier: Apache-2.0
 *
 * Raw sockets for adverts, IPv4 and IPv6, multicast and unicast. What the bytes mean is not known here.
 */
#include "vrrp/socket.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "vrrp/ah.h"
#include "vrrp/buffer.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

enum {
    SOCKET_BATCH = 32,           /* datagrams in one recvmmsg(2) */
    SOCKET_DATAGRAM_SIZE = 4608, /* an advert of 255 IPv6 addresses with all its headers fits */
    SOCKET_READS_PER_TURN = 8,
    SOCKET_QUEUED_SIZE = 256, /* an advert of fifty IPv4 addresses, or of fourteen IPv6 ones */
    SOCKET_TOS = 0xc0,        /* CS6: protocol.md */
    SOCKET_RECEIVE_BUFFER = 1024 * 1024,
    SOCKET_CONTROL_SIZE = CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)) +
                          CMSG_SPACE(sizeof(struct timespec)),
};

/* The kernel's stamps are of a clock that may be set: that makes no more difference than this, the
 * shortest advert interval. */
#define SOCKET_OLDEST (10 * CLOCK_MILLISECOND)

/* Space for one recvmmsg(2); the table's, since only one socket reads at a time. */
struct socket_inbox {
    uint8_t data[SOCKET_BATCH][SOCKET_DATAGRAM_SIZE];
    struct sockaddr_in6 from[SOCKET_BATCH];
    union {
        struct cmsghdr header; /* for its alignment */
        uint8_t space[SOCKET_CONTROL_SIZE];
    } control[SOCKET_BATCH];
    struct iovec parts[SOCKET_BATCH];
    struct mmsghdr messages[SOCKET_BATCH];
};

/* A datagram that waits to be sent, as sendmmsg(2) wants it. */
struct socket_outgoing {
    uint8_t data[SOCKET_QUEUED_SIZE];
    struct sockaddr_storage to;
    union {
        struct cmsghdr header;
        uint8_t space[SOCKET_CONTROL_SIZE];
    } control;
    struct iovec part;
    void *owner;
};

/* Those of one socket alone; another one's first are sent before. */
struct socket_outbox {
    struct socket_outgoing datagrams[SOCKET_BATCH];
    struct mmsghdr messages[SOCKET_BATCH];
    struct vrrp_socket *socket;
    unsigned count;
};

struct socket_receiver {
    void *receiver;
    uint32_t buffer; /* its part, bytes; 0: it asked for nothing */
    struct socket_receiver *next;
};

struct socket_table {
    struct loop *loop;
    struct log *log;
    socket_function function;
    void *argument;
    struct vrrp_socket *sockets;
    struct socket_inbox inbox;
    struct socket_outbox outbox;
    socket_error_function failed;
    bool reading; /* the inbox is in use: a drain within a drain does nothing */
};

struct vrrp_socket {
    struct socket_table *table;
    char interface[IF_NAMESIZE];
    char name[INET_ADDR_TEXT_SIZE];
    int index;
    bool unicast;
    bool sealed;
    struct inet_addr local;
    int fd;
    struct loop_watch *watch;
    unsigned users;
    struct socket_receiver *receivers[256]; /* by VRID; more than one with unicast alone */
    unsigned receiver_count;
    unsigned ample;  /* of them, those who asked for no size */
    uint64_t parts;  /* bytes that the others asked for, together */
    uint32_t buffer; /* bytes that were asked for */
    struct vrrp_socket *prev;
    struct vrrp_socket *next;
};

struct socket_table *socket_table_new(struct loop *loop, struct log *log, socket_function function,
                                      socket_error_function failed, void *argument)
{
    struct socket_table *table = memory_new(1, sizeof(*table));

    table->loop = loop;
    table->log = log;
    table->function = function;
    table->failed = failed;
    table->argument = argument;
    for (int i = 0; i < SOCKET_BATCH; i++) {
        table->inbox.parts[i] =
            (struct iovec){.iov_base = table->inbox.data[i], .iov_len = SOCKET_DATAGRAM_SIZE};
    }
    return table;
}

void socket_table_free(struct socket_table *table)
{
    free(table);
}

/* ---- Receiving --------------------------------------------------------------------------------- */

/* How long it has waited for us, by the kernel's stamp: socket(7), SO_TIMESTAMPNS. 0: it has none */
static int64_t socket_age(struct msghdr *message, int64_t wall)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec stamp;

            memcpy(&stamp, CMSG_DATA(part), sizeof(stamp));
            return clock_age(stamp.tv_sec * CLOCK_SECOND + stamp.tv_nsec, wall, SOCKET_OLDEST);
        }
    }
    return 0;
}

static void socket_deliver_4(struct vrrp_socket *socket, int64_t age, const uint8_t *data,
                             size_t size)
{
    struct packet_envelope envelope = {.age = age};
    const uint8_t *payload;
    size_t length;

    if (packet_open_ipv4(data, size, &envelope, &payload, &length) == PACKET_OK) {
        socket->table->function(socket->table->argument, socket, &envelope, payload, length);
    }
}

/* An IPv6 raw socket gives the payload alone; what was around it stands beside it: ipv6(7). */
static void socket_deliver_6(struct vrrp_socket *socket, struct msghdr *message, int64_t age,
                             const uint8_t *data, size_t size)
{
    const struct sockaddr_in6 *from = message->msg_name;
    struct packet_envelope envelope = {.source = inet_from_bytes(AF_INET6, &from->sin6_addr),
                                       .age = age};

    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;

            memcpy(&info, CMSG_DATA(part), sizeof(info));
            envelope.destination = inet_from_bytes(AF_INET6, &info.ipi6_addr);
        } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_HOPLIMIT) {
            int hops;

            memcpy(&hops, CMSG_DATA(part), sizeof(hops));
            envelope.ttl = (uint8_t)hops;
        }
    }
    socket->table->function(socket->table->argument, socket, &envelope, data, size);
}

static void socket_prepare_inbox(struct socket_inbox *inbox)
{
    for (int i = 0; i < SOCKET_BATCH; i++) {
        inbox->messages[i].msg_hdr = (struct msghdr){.msg_name = &inbox->from[i],
                                                     .msg_namelen = sizeof(inbox->from[i]),
                                                     .msg_iov = &inbox->parts[i],
                                                     .msg_iovlen = 1,
                                                     .msg_control = &inbox->control[i],
                                                     .msg_controllen = sizeof(inbox->control[i])};
    }
}

/* @return whether there may be more */
static bool socket_read(struct vrrp_socket *socket)
{
    struct socket_inbox *inbox = &socket->table->inbox;
    int64_t wall;
    int count;

    socket_prepare_inbox(inbox);
    count = recvmmsg(socket->fd, inbox->messages, SOCKET_BATCH, MSG_DONTWAIT, NULL);
    wall = clock_wall();
    for (int i = 0; i < count; i++) {
        struct msghdr *message = &inbox->messages[i].msg_hdr;

        int64_t age = socket_age(message, wall);

        if (message->msg_flags & MSG_TRUNC) {
            continue;
        }
        if (socket->local.family == AF_INET) {
            socket_deliver_4(socket, age, inbox->data[i], inbox->messages[i].msg_len);
        } else {
            socket_deliver_6(socket, message, age, inbox->data[i], inbox->messages[i].msg_len);
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

/* ---- Opening ----------------------------------------------------------------------------------- */

struct socket_option {
    int level;
    int option;
    int value;
    bool optional;
};

static const struct socket_option socket_options[] = {
    {SOL_SOCKET, SO_PRIORITY, TC_PRIO_CONTROL, true},
    {SOL_SOCKET, SO_TIMESTAMPNS, 1, true},
    {0, 0, 0, false},
};

/* The last two let it have an address that this host has not got, or not yet: ip(7). */
static const struct socket_option socket_options_4[] = {
    {IPPROTO_IP, IP_MULTICAST_LOOP, 0, false}, /* our own adverts are no news to us */
    {IPPROTO_IP, IP_MULTICAST_ALL, 0, false},  /* nor are groups that others joined */
    {IPPROTO_IP, IP_TOS, SOCKET_TOS, false},   {IPPROTO_IP, IP_FREEBIND, 1, true},
    {IPPROTO_IP, IP_TRANSPARENT, 1, true},     {0, 0, 0, false},
};

/* The Authentication Header covers the IP header, which therefore is ours: raw(7). */
static const struct socket_option socket_options_sealed[] = {
    {IPPROTO_IP, IP_HDRINCL, 1, false},
    {0, 0, 0, false},
};

static const struct socket_option socket_options_6[] = {
    {IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, false},  {IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, true},
    {IPPROTO_IPV6, IPV6_TCLASS, SOCKET_TOS, false}, {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, false},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, false},    {IPPROTO_IPV6, IPV6_FREEBIND, 1, true},
    {IPPROTO_IPV6, IPV6_TRANSPARENT, 1, true},      {0, 0, 0, false},
};

static int socket_set_options(int fd, const struct socket_option *options)
{
    for (; options->option; options++) { /* IPPROTO_IP is 0 */
        if (setsockopt(fd, options->level, options->option, &options->value,
                       sizeof(options->value)) != 0 &&
            !options->optional) {
            return -errno;
        }
    }
    return 0;
}

/* More than net.core.rmem_max where we may (CAP_NET_ADMIN): socket(7). */
static void socket_size_buffer(struct vrrp_socket *socket)
{
    uint32_t bytes = buffer_whole(socket->parts, socket->ample || !socket->receiver_count,
                                  SOCKET_RECEIVE_BUFFER);
    int value = (int)bytes;

    if (bytes != socket->buffer &&
        setsockopt(socket->fd, SOL_SOCKET, SO_RCVBUFFORCE, &value, sizeof(value)) != 0) {
        (void)setsockopt(socket->fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof(value));
    }
    socket->buffer = bytes;
}

/* Lets nothing in, or everything. What is not let in is not queued: socket(7), SO_ATTACH_FILTER. */
static void socket_stop_ears(struct vrrp_socket *socket, bool stop)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {.len = 1, .filter = &nothing};
    int ignored = 0;

    if (stop ? setsockopt(socket->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program))
             : setsockopt(socket->fd, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof(ignored))) {
        log_warning(socket->table->log, socket_name(socket), "the filter of a VRRP socket: %s",
                    strerror(errno));
    }
}

static int socket_join_4(const struct vrrp_socket *socket)
{
    struct ip_mreqn membership = {.imr_ifindex = socket->index};

    memcpy(&membership.imr_multiaddr, socket->local.bytes, sizeof(membership.imr_multiaddr));
    return setsockopt(socket->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof(membership)) ||
                   setsockopt(socket->fd, IPPROTO_IP, IP_MULTICAST_IF, &membership,
                              sizeof(membership))
               ? -errno
               : 0;
}

static int socket_join_6(const struct vrrp_socket *socket)
{
    struct ipv6_mreq membership = {.ipv6mr_interface = (unsigned)socket->index};

    memcpy(&membership.ipv6mr_multiaddr, socket->local.bytes, sizeof(membership.ipv6mr_multiaddr));
    return setsockopt(socket->fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &membership, sizeof(membership)) ||
                   setsockopt(socket->fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &socket->index,
                              sizeof(socket->index))
               ? -errno
               : 0;
}

/* An address with its interface, which an IPv6 link-local one needs. */
static socklen_t socket_address(const struct inet_addr *addr, int index,
                                struct sockaddr_storage *storage)
{
    socklen_t size = inet_to_sockaddr(addr, 0, storage);

    if (addr->family == AF_INET6 && index) {
        ((struct sockaddr_in6 *)storage)->sin6_scope_id = (uint32_t)index;
    }
    return size;
}

/* Only what comes to this address is heard: raw(7). */
static int socket_bind(const struct vrrp_socket *socket)
{
    struct sockaddr_storage own;
    socklen_t size = socket_address(&socket->local, socket->index, &own);

    return bind(socket->fd, (const struct sockaddr *)&own, size) ? -errno : 0;
}

/* Before what follows names its own `socket`. @return the descriptor, or -1 with errno */
static int socket_open(uint8_t family, int protocol)
{
    return socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

static int socket_configure(struct vrrp_socket *socket)
{
    bool ipv4 = socket->local.family == AF_INET;
    int error;

    socket->fd =
        socket_open(socket->local.family, socket->sealed ? AH_PROTOCOL : (int)PACKET_PROTOCOL);
    if (socket->fd < 0) {
        return -errno;
    }
    if (*socket->interface && setsockopt(socket->fd, SOL_SOCKET, SO_BINDTODEVICE, socket->interface,
                                         (socklen_t)strlen(socket->interface)) != 0) {
        return -errno;
    }
    error = socket_set_options(socket->fd, socket_options);
    if (!error) {
        error = socket_set_options(socket->fd, ipv4 ? socket_options_4 : socket_options_6);
    }
    if (!error && socket->sealed) {
        error = socket_set_options(socket->fd, socket_options_sealed);
    }
    if (error) {
        return error;
    }
    socket_size_buffer(socket);
    socket_stop_ears(socket, true); /* until somebody receives on it */
    return socket->unicast ? socket_bind(socket)
           : ipv4          ? socket_join_4(socket)
                           : socket_join_6(socket);
}

bool socket_is(const struct vrrp_socket *socket, const struct socket_route *route)
{
    return socket->index == route->index && socket->unicast == route->unicast &&
           socket->sealed == route->sealed && inet_equal(&socket->local, &route->local) &&
           strcmp(socket->interface, route->interface) == 0;
}

struct vrrp_socket *socket_acquire(struct socket_table *table, const struct socket_route *route,
                                   int *error)
{
    struct vrrp_socket *socket;

    *error = 0;
    DL_FOREACH(table->sockets, socket) {
        if (socket_is(socket, route)) {
            socket->users++;
            return socket;
        }
    }
    socket = memory_new(1, sizeof(*socket));
    socket->table = table;
    socket->index = route->index;
    socket->unicast = route->unicast;
    socket->sealed = route->sealed;
    socket->local = route->local;
    (void)text_copy(socket->interface, sizeof(socket->interface), route->interface);
    inet_text(socket->name, &route->local);
    socket->users = 1;
    DL_APPEND(table->sockets, socket);
    *error = socket_configure(socket);
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
    if (socket->table->outbox.socket == socket) {
        socket_flush(socket->table);
    }
    DL_DELETE(socket->table->sockets, socket); /* NOLINT(clang-analyzer-core.NullDereference) */
    loop_watch_free(socket->watch);
    if (socket->fd >= 0) {
        (void)close(socket->fd);
    }
    for (int vrid = 0; vrid < 256; vrid++) {
        struct socket_receiver *entry = socket->receivers[vrid];

        while (entry) {
            struct socket_receiver *next = entry->next;

            free(entry);
            entry = next;
        }
    }
    free(socket);
}

/* ---- Who receives ------------------------------------------------------------------------------ */

const char *socket_name(const struct vrrp_socket *socket)
{
    return *socket->interface ? socket->interface : socket->name;
}

uint32_t socket_receive_buffer(const struct vrrp_socket *socket)
{
    int bytes = 0;
    socklen_t size = sizeof(bytes);

    (void)getsockopt(socket->fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size);
    return (uint32_t)bytes / 2; /* the kernel doubles what it is asked for */
}

bool socket_is_unicast(const struct vrrp_socket *socket)
{
    return socket->unicast;
}

bool socket_is_sealed(const struct vrrp_socket *socket)
{
    return socket->sealed;
}

const struct inet_addr *socket_local(const struct vrrp_socket *socket)
{
    return &socket->local;
}

/* Counts one, or no more. */
static void socket_count_receiver(struct vrrp_socket *socket, const struct socket_receiver *entry,
                                  bool more)
{
    if (more) {
        socket->receiver_count++;
        socket->ample += !entry->buffer;
        socket->parts += entry->buffer;
    } else {
        socket->receiver_count--;
        socket->ample -= !entry->buffer;
        socket->parts -= entry->buffer;
    }
}

void socket_add_receiver(struct vrrp_socket *socket, uint8_t vrid, void *receiver, uint32_t buffer)
{
    struct socket_receiver **at = &socket->receivers[vrid];
    bool first = !socket->receiver_count;

    while (*at && (*at)->receiver != receiver) {
        at = &(*at)->next;
    }
    if (*at) {
        socket_count_receiver(socket, *at, false);
    } else {
        *at = memory_new(1, sizeof(**at));
        (*at)->receiver = receiver;
    }
    (*at)->buffer = buffer;
    socket_count_receiver(socket, *at, true);
    socket_size_buffer(socket);
    if (first) {
        socket_stop_ears(socket, false);
    }
}

void socket_remove_receiver(struct vrrp_socket *socket, uint8_t vrid, const void *receiver)
{
    struct socket_receiver **at = &socket->receivers[vrid];

    while (*at && (*at)->receiver != receiver) {
        at = &(*at)->next;
    }
    if (*at) {
        struct socket_receiver *entry = *at;

        *at = entry->next;
        socket_count_receiver(socket, entry, false);
        free(entry);
        socket_size_buffer(socket);
        if (!socket->receiver_count) {
            socket_stop_ears(socket, true);
        }
    }
}

void *socket_receiver(const struct vrrp_socket *socket, uint8_t vrid, unsigned number)
{
    const struct socket_receiver *entry = socket->receivers[vrid];

    while (entry && number--) {
        entry = entry->next;
    }
    return entry ? entry->receiver : NULL;
}

/* ---- Sending ----------------------------------------------------------------------------------- */

static void socket_put_control(struct cmsghdr *part, int level, int type, const void *data,
                               size_t size)
{
    part->cmsg_level = level;
    part->cmsg_type = type;
    part->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(part), data, size);
}

/* Source, interface and TTL of one datagram: ip(7), ipv6(7). */
static void socket_put_envelope(const struct vrrp_socket *socket,
                                const struct packet_envelope *envelope, struct msghdr *message)
{
    struct cmsghdr *part = CMSG_FIRSTHDR(message);
    bool ipv4 = envelope->source.family == AF_INET;
    struct in_pktinfo info = {.ipi_ifindex = socket->index};
    struct in6_pktinfo info6 = {.ipi6_ifindex = (unsigned)socket->index};
    int ttl = envelope->ttl;

    if (ipv4) {
        memcpy(&info.ipi_spec_dst, envelope->source.bytes, sizeof(info.ipi_spec_dst));
        socket_put_control(part, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    } else {
        memcpy(&info6.ipi6_addr, envelope->source.bytes, sizeof(info6.ipi6_addr));
        socket_put_control(part, IPPROTO_IPV6, IPV6_PKTINFO, &info6, sizeof(info6));
    }
    part = CMSG_NXTHDR(message, part);
    socket_put_control(part, ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_TTL : IPV6_HOPLIMIT, &ttl,
                       sizeof(ttl));
    message->msg_controllen =
        CMSG_SPACE(ipv4 ? sizeof(info) : sizeof(info6)) + CMSG_SPACE(sizeof(ttl));
}

static struct msghdr socket_message(struct sockaddr_storage *to, struct iovec *part, void *control,
                                    const struct vrrp_socket *socket,
                                    const struct packet_envelope *envelope)
{
    struct msghdr message = {
        .msg_name = to,
        .msg_namelen = socket_address(&envelope->destination, socket->index, to),
        .msg_iov = part,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = SOCKET_CONTROL_SIZE,
    };

    memset(control, 0, SOCKET_CONTROL_SIZE);
    socket_put_envelope(socket, envelope, &message);
    return message;
}

int socket_send(struct vrrp_socket *socket, const struct packet_envelope *envelope,
                const uint8_t *data, size_t size)
{
    struct sockaddr_storage to;
    struct iovec part = {.iov_base = (void *)data, .iov_len = size};
    union {
        struct cmsghdr header; /* for its alignment */
        uint8_t space[SOCKET_CONTROL_SIZE];
    } control;
    struct msghdr message = socket_message(&to, &part, &control, socket, envelope);

    socket_flush(socket->table); /* nothing may overtake what was said before */
    return sendmsg(socket->fd, &message, MSG_DONTWAIT) < 0 ? -errno : 0;
}

void socket_queue(struct vrrp_socket *socket, const struct packet_envelope *envelope,
                  const uint8_t *data, size_t size, void *owner)
{
    struct socket_outbox *outbox = &socket->table->outbox;
    struct socket_outgoing *datagram;

    if (size > SOCKET_QUEUED_SIZE) {
        int error = socket_send(socket, envelope, data, size);

        if (error) {
            socket->table->failed(owner, error);
        }
        return;
    }
    if (outbox->socket != socket || outbox->count == SOCKET_BATCH) {
        socket_flush(socket->table);
    }
    outbox->socket = socket;
    datagram = &outbox->datagrams[outbox->count];
    memcpy(datagram->data, data, size);
    datagram->part = (struct iovec){.iov_base = datagram->data, .iov_len = size};
    datagram->owner = owner;
    outbox->messages[outbox->count++].msg_hdr =
        socket_message(&datagram->to, &datagram->part, &datagram->control, socket, envelope);
}

void socket_flush(struct socket_table *table)
{
    struct socket_outbox *outbox = &table->outbox;
    unsigned done = 0;

    while (done < outbox->count) {
        int sent = sendmmsg(outbox->socket->fd, outbox->messages + done, outbox->count - done,
                            MSG_DONTWAIT);

        if (sent > 0) {
            done += (unsigned)sent;
        } else if (errno != EINTR) {
            table->failed(outbox->datagrams[done++].owner, -errno);
        }
    }
    outbox->count = 0;
    outbox->socket = NULL;
}
