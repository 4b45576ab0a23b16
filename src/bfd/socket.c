/* SPDX-License-Identifier: Apache-2.0
 *
 * The sockets of BFD. What the bytes mean, and whose they are, is not known here.
 */
#include "bfd/socket.h"

#include "base/loop.h"
#include "base/memory.h"
#include "bfd/packet.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/pkt_sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BFD_BATCH = 32,          /* datagrams in one recvmmsg(2) */
    BFD_DATAGRAM_SIZE = 128, /* an authenticated packet has up to 52 bytes: RFC 5880 4.4 */
    BFD_READS_PER_TURN = 8,
    BFD_RECEIVE_BUFFER = 1024 * 1024,
    BFD_TOS = 0xc0,         /* CS6, as adverts have */
    BFD_FIRST_PORT = 49152, /* RFC 5881 4 */
    BFD_PORTS = 65536 - BFD_FIRST_PORT,
    BFD_CONTROL_SIZE = CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)),
};

struct bfd_ear {
    int fd;
    uint8_t family;
    bool multihop;
    bool reading;
    bfd_ear_function function;
    void *argument;
    struct loop_watch *watch;
    uint8_t data[BFD_BATCH][BFD_DATAGRAM_SIZE];
    struct sockaddr_storage from[BFD_BATCH];
    union {
        struct cmsghdr header; /* for its alignment */
        uint8_t space[BFD_CONTROL_SIZE];
    } control[BFD_BATCH];
    struct iovec parts[BFD_BATCH];
    struct mmsghdr messages[BFD_BATCH];
};

struct bfd_mouth {
    int fd;
    uint8_t family;
    struct sockaddr_storage to;
    socklen_t to_size;
};

struct bfd_option {
    int level;
    int option;
    int value;
    bool optional;
};

static int bfd_set_options(int fd, const struct bfd_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (setsockopt(fd, options[i].level, options[i].option, &options[i].value,
                       sizeof(options[i].value)) != 0 &&
            !options[i].optional) {
            return -errno;
        }
    }
    return 0;
}

/* An address with its interface, which an IPv6 link-local one needs. */
static socklen_t bfd_address(const struct inet_addr *addr, uint16_t port, int index,
                             struct sockaddr_storage *storage)
{
    socklen_t size = inet_to_sockaddr(addr, port, storage);

    if (addr->family == AF_INET6) {
        ((struct sockaddr_in6 *)storage)->sin6_scope_id = (uint32_t)index;
    }
    return size;
}

/* ---- Hearing ----------------------------------------------------------------------------------- */

static void bfd_read_part(const struct cmsghdr *part, struct bfd_datagram *datagram)
{
    struct in_pktinfo info;
    struct in6_pktinfo info6;

    if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
        memcpy(&info, CMSG_DATA(part), sizeof(info));
        datagram->to = inet_from_bytes(AF_INET, &info.ipi_addr);
        datagram->index = info.ipi_ifindex;
    } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
        memcpy(&info6, CMSG_DATA(part), sizeof(info6));
        datagram->to = inet_from_bytes(AF_INET6, &info6.ipi6_addr);
        datagram->index = (int)info6.ipi6_ifindex;
    } else if ((part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_TTL) ||
               (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_HOPLIMIT)) {
        memcpy(&datagram->ttl, CMSG_DATA(part), sizeof(datagram->ttl)); /* ip(7): an int */
    }
}

static void bfd_deliver(const struct bfd_ear *ear, struct mmsghdr *received, const uint8_t *data)
{
    struct msghdr *message = &received->msg_hdr;
    const struct sockaddr_in *from = message->msg_name;
    const struct sockaddr_in6 *from6 = message->msg_name;
    struct bfd_datagram datagram = {
        .from = from->sin_family == AF_INET ? inet_from_bytes(AF_INET, &from->sin_addr)
                                            : inet_from_bytes(AF_INET6, &from6->sin6_addr),
        .ttl = -1,
        .multihop = ear->multihop,
        .data = data,
        .size = received->msg_len,
    };

    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        bfd_read_part(part, &datagram);
    }
    ear->function(ear->argument, &datagram);
}

/* @return whether there may be more */
static bool bfd_read(struct bfd_ear *ear)
{
    int count;

    for (int i = 0; i < BFD_BATCH; i++) {
        ear->messages[i].msg_hdr = (struct msghdr){.msg_name = &ear->from[i],
                                                   .msg_namelen = sizeof(ear->from[i]),
                                                   .msg_iov = &ear->parts[i],
                                                   .msg_iovlen = 1,
                                                   .msg_control = &ear->control[i],
                                                   .msg_controllen = sizeof(ear->control[i])};
    }
    count = recvmmsg(ear->fd, ear->messages, BFD_BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        bfd_deliver(ear, &ear->messages[i], ear->data[i]);
    }
    return count == BFD_BATCH;
}

void bfd_ear_drain(struct bfd_ear *ear)
{
    if (ear->reading) {
        return;
    }
    ear->reading = true;
    for (int i = 0; i < BFD_READS_PER_TURN && bfd_read(ear); i++) {
    }
    ear->reading = false;
}

static void bfd_readable(void *argument)
{
    bfd_ear_drain(argument);
}

static int bfd_ear_open(struct bfd_ear *ear, uint8_t family)
{
    static const struct bfd_option options_4[] = {
        {IPPROTO_IP, IP_RECVTTL, 1, false},
        {IPPROTO_IP, IP_PKTINFO, 1, false},
        {SOL_SOCKET, SO_RCVBUFFORCE, BFD_RECEIVE_BUFFER, true},
    };
    static const struct bfd_option options_6[] = {
        {IPPROTO_IPV6, IPV6_V6ONLY, 1, false},
        {IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, false},
        {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, false},
        {SOL_SOCKET, SO_RCVBUFFORCE, BFD_RECEIVE_BUFFER, true},
    };
    const struct inet_addr any = {.family = family};
    struct sockaddr_storage own;
    socklen_t size =
        bfd_address(&any, ear->multihop ? BFD_PACKET_PORT_HOPS : BFD_PACKET_PORT, 0, &own);
    int error;

    ear->fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (ear->fd < 0) {
        return -errno;
    }
    error = family == AF_INET
                ? bfd_set_options(ear->fd, options_4, sizeof(options_4) / sizeof(options_4[0]))
                : bfd_set_options(ear->fd, options_6, sizeof(options_6) / sizeof(options_6[0]));
    if (error) {
        return error;
    }
    return bind(ear->fd, (const struct sockaddr *)&own, size) ? -errno : 0;
}

int bfd_ear_set_floor(struct bfd_ear *ear, int floor)
{
    /* SKF_NET_OFF: from the start of the IP header (linux/filter.h). TTL: RFC 791 3.1; hop limit: RFC
     * 8200 3. */
    const uint32_t at = (uint32_t)SKF_NET_OFF + (ear->family == AF_INET ? 8U : 7U);
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, at),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)floor, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

    return setsockopt(ear->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno
                                                                                        : 0;
}

struct bfd_ear *bfd_ear_new(struct loop *loop, uint8_t family, bool multihop,
                            bfd_ear_function function, void *argument, int *error)
{
    struct bfd_ear *ear = memory_new(1, sizeof(*ear));

    ear->family = family;
    ear->multihop = multihop;
    ear->function = function;
    ear->argument = argument;
    for (int i = 0; i < BFD_BATCH; i++) {
        ear->parts[i] = (struct iovec){.iov_base = ear->data[i], .iov_len = BFD_DATAGRAM_SIZE};
    }
    *error = bfd_ear_open(ear, family);
    if (*error) {
        bfd_ear_free(ear);
        return NULL;
    }
    ear->watch = loop_watch_new(loop, LOOP_PRIORITY_VRRP, ear->fd, false, bfd_readable, ear);
    return ear;
}

void bfd_ear_free(struct bfd_ear *ear)
{
    if (!ear) {
        return;
    }
    loop_watch_free(ear->watch);
    if (ear->fd >= 0) {
        (void)close(ear->fd);
    }
    free(ear);
}

/* ---- Sending ----------------------------------------------------------------------------------- */

void bfd_mouth_set_ttl(struct bfd_mouth *mouth, uint8_t ttl)
{
    const int value = ttl;

    if (mouth->family == AF_INET) {
        (void)setsockopt(mouth->fd, IPPROTO_IP, IP_TTL, &value, sizeof(value));
    } else {
        (void)setsockopt(mouth->fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &value, sizeof(value));
    }
}

/* The kernel gives ports of its own choice from another range: ip_local_port_range, ip(7). */
static int bfd_mouth_bind(const struct bfd_mouth *mouth, const struct bfd_route *route,
                          uint32_t random)
{
    const struct inet_addr any = {.family = route->to.family};
    const struct inet_addr *own = inet_is_set(&route->source) ? &route->source : &any;
    int index = inet_is_link_local(own) ? route->index : 0;

    for (uint32_t i = 0; i < BFD_PORTS; i++) {
        struct sockaddr_storage storage;
        uint16_t port = (uint16_t)(BFD_FIRST_PORT + (random + i) % BFD_PORTS);
        socklen_t size = bfd_address(own, port, index, &storage);

        if (bind(mouth->fd, (const struct sockaddr *)&storage, size) == 0) {
            return 0;
        }
        if (errno != EADDRINUSE) {
            return -errno;
        }
    }
    return -EADDRINUSE;
}

static int bfd_mouth_open(struct bfd_mouth *mouth, const struct bfd_route *route, uint32_t random)
{
    /* The last of each lets it have an address that is not there, or not yet: ip(7). */
    static const struct bfd_option options_4[] = {
        {SOL_SOCKET, SO_PRIORITY, TC_PRIO_CONTROL, true},
        {IPPROTO_IP, IP_TOS, BFD_TOS, true},
        {IPPROTO_IP, IP_FREEBIND, 1, true},
    };
    static const struct bfd_option options_6[] = {
        {SOL_SOCKET, SO_PRIORITY, TC_PRIO_CONTROL, true},
        {IPPROTO_IPV6, IPV6_TCLASS, BFD_TOS, true},
        {IPPROTO_IPV6, IPV6_FREEBIND, 1, true},
    };
    const char *interface = route->interface;

    mouth->fd = socket(mouth->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (mouth->fd < 0) {
        return -errno;
    }
    if (interface && setsockopt(mouth->fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
                                (socklen_t)strlen(interface)) != 0) {
        return -errno;
    }
    if (mouth->family == AF_INET) {
        (void)bfd_set_options(mouth->fd, options_4, sizeof(options_4) / sizeof(options_4[0]));
    } else {
        (void)bfd_set_options(mouth->fd, options_6, sizeof(options_6) / sizeof(options_6[0]));
    }
    bfd_mouth_set_ttl(mouth, route->ttl);
    return bfd_mouth_bind(mouth, route, random);
}

struct bfd_mouth *bfd_mouth_new(const struct bfd_route *route, uint32_t random, int *error)
{
    struct bfd_mouth *mouth = memory_new(1, sizeof(*mouth));

    mouth->family = route->to.family;
    mouth->to_size = bfd_address(&route->to, route->port, route->index, &mouth->to);
    *error = bfd_mouth_open(mouth, route, random);
    if (*error) {
        bfd_mouth_free(mouth);
        return NULL;
    }
    return mouth;
}

void bfd_mouth_free(struct bfd_mouth *mouth)
{
    if (!mouth) {
        return;
    }
    if (mouth->fd >= 0) {
        (void)close(mouth->fd);
    }
    free(mouth);
}

int bfd_mouth_send(struct bfd_mouth *mouth, const uint8_t *data, size_t size)
{
    return sendto(mouth->fd, data, size, 0, (const struct sockaddr *)&mouth->to, mouth->to_size) < 0
               ? -errno
               : 0;
}
