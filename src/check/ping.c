/* SPDX-License-Identifier: Apache-2.0
 *
 * PING_CHECK: one raw socket of each family serves all checks; where a request comes from, through
 * which interface and with which mark is said with each of them. Raw ones need CAP_NET_RAW, which the
 * daemon has for VRRP; the kernel's own sockets for echo requests (SOCK_DGRAM) would need a sysctl to
 * be changed, net.ipv4.ping_group_range, which lets others ping as well.
 *
 * A check allocates nothing: structures of runs that ended are used again.
 */
#include "check/ping.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/receive_buffer.h"
#include "check/connect.h"
#include "check/echo.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>

enum {
    PING_FAMILIES = 2,
    PING_TURN = 64, /* packets that are taken before others in the loop have their turn */
    PING_PACKET_SIZE = 60 + 512,   /* the longest IP header, and more than a reply of ours has */
    PING_RECEIVE_BUFFER = 1 << 20, /* bytes: replies of more than a thousand servers at once */
    PING_SEND_TRIES = 4,
};

struct ping_engine;

struct ping_socket {
    struct ping_engine *engine;
    struct loop_watch *watch; /* NULL: not open */
    uint8_t family;
    int fd;
};

struct ping_engine {
    struct loop *loop;
    check_done_function done;
    void *context; /* done's */
    struct ping_socket sockets[PING_FAMILIES];
    struct ping_run *running; /* by number */
    struct ping_run *idle;    /* runs to be used again */
    uint64_t secret;
    uint32_t number; /* of the last request */
};

struct ping_run {
    UT_hash_handle hh;
    struct ping_engine *engine;
    struct ping_run *next; /* in engine->idle */
    void *argument;
    struct inet_addr asked;
    uint32_t number;
};

/* ---- Sockets ----------------------------------------------------------------------------------- */

/*
 * Keeps the replies to other programs' requests away from us, which the kernel would give to every raw
 * socket: the data must begin with the first half of our secret. socket(7), SO_ATTACH_FILTER.
 */
static int ping_filter(int fd, uint8_t family, uint64_t secret)
{
    uint32_t word;
    struct sock_filter code[] = {
        {BPF_LDX | BPF_B | BPF_MSH, 0, 0, 0}, /* X: length of the IPv4 header */
        {BPF_LD | BPF_W | BPF_IND, 0, 0, ECHO_HEADER_SIZE},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0},
        {BPF_RET | BPF_K, 0, 0, UINT32_MAX},
        {BPF_RET | BPF_K, 0, 0, 0},
    };
    const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

    memcpy(&word, &secret, sizeof(word));
    code[2].k = ntohl(word);
    if (family == AF_INET6) { /* raw ICMPv6 sockets see no IP header: RFC 3542 3 */
        code[0] = (struct sock_filter){BPF_LDX | BPF_IMM, 0, 0, 0};
    }
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0 ? 0
                                                                                        : -errno;
}

/* ICMP errors are told with what they quote (IP_RECVERR in ip(7)); of the rest replies alone are. */
static int ping_prepare(const struct ping_socket *socket, int fd)
{
    const int on = 1;
    struct icmp6_filter replies;
    int error;

    if (socket->family == AF_INET6) {
        ICMP6_FILTER_SETBLOCKALL(&replies);
        ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &replies);
        if (setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on)) != 0 ||
            setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &replies, sizeof(replies)) != 0) {
            return -errno;
        }
    } else if (setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) != 0) {
        return -errno;
    }
    error = ping_filter(fd, socket->family, socket->engine->secret);
    if (error) {
        return error;
    }
    (void)receive_buffer_set(fd, PING_RECEIVE_BUFFER, true);
    return 0;
}

static void ping_ready(void *argument);

/* @return 0 or -errno */
static int ping_open(struct ping_socket *ping)
{
    int protocol = ping->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    int error;
    int fd;

    if (ping->watch) {
        return 0;
    }
    fd = socket(ping->family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (fd < 0) {
        return -errno;
    }
    error = ping_prepare(ping, fd);
    if (error) {
        (void)close(fd);
        return error;
    }
    ping->fd = fd;
    ping->watch =
        loop_watch_new(ping->engine->loop, LOOP_PRIORITY_NORMAL, fd, false, ping_ready, ping);
    return 0;
}

static void ping_close(struct ping_socket *ping)
{
    if (ping->watch) {
        loop_watch_free(ping->watch);
        (void)close(ping->fd);
    }
}

static struct ping_socket *ping_socket_of(struct ping_engine *engine, const struct check_spec *spec)
{
    return &engine->sockets[spec->connect_addr.family == AF_INET6];
}

/* ---- Runs -------------------------------------------------------------------------------------- */

static void ping_run_end(struct ping_run *run)
{
    struct ping_engine *engine = run->engine;

    HASH_DEL(engine->running, run);
    run->next = engine->idle;
    engine->idle = run;
}

static void ping_finish(struct ping_run *run, const struct verdict *verdict)
{
    struct ping_engine *engine = run->engine;
    void *argument = run->argument;

    ping_run_end(run);
    engine->done(engine->context, argument, verdict);
}

/* The run that asked this server with this number; NULL: none does any more. */
static struct ping_run *ping_find(struct ping_engine *engine, uint32_t number,
                                  const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    struct ping_run *run = NULL;
    struct inet_addr from;

    HASH_FIND(hh, engine->running, &number, sizeof(number), run);
    if (!run) {
        return NULL;
    }
    from = address->ss_family == AF_INET ? inet_from_bytes(AF_INET, &v4->sin_addr)
                                         : inet_from_bytes(AF_INET6, &v6->sin6_addr);
    return inet_equal(&from, &run->asked) ? run : NULL;
}

/* ---- What comes -------------------------------------------------------------------------------- */

/* @return whether there may be more */
static bool ping_take_reply(struct ping_socket *ping)
{
    static const struct verdict good = {.class = VERDICT_OK};
    struct sockaddr_storage from = {0};
    socklen_t from_size = sizeof(from);
    unsigned char packet[PING_PACKET_SIZE];
    struct ping_run *run;
    uint32_t number;
    ssize_t size =
        recvfrom(ping->fd, packet, sizeof(packet), MSG_TRUNC, (struct sockaddr *)&from, &from_size);

    if (size < 0) {
        return errno != EAGAIN; /* others are errors of requests: the error queue tells whose */
    }
    if ((size_t)size <= sizeof(packet) &&
        echo_read_reply(packet, (size_t)size, ping->family, ping->engine->secret, &number)) {
        run = ping_find(ping->engine, number, &from);
        if (run) {
            ping_finish(run, &good);
        }
    }
    return true;
}

/* The error that comes with a message of the error queue; 0: none that a server is down for. */
static int ping_error_of(struct msghdr *message)
{
    struct sock_extended_err extended;

    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if ((part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) ||
            (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR)) {
            memcpy(&extended, CMSG_DATA(part), sizeof(extended));
            return (int)extended.ee_errno;
        }
    }
    return 0;
}

/* @return whether there may be more */
static bool ping_take_error(struct ping_socket *ping)
{
    unsigned char packet[PING_PACKET_SIZE];
    unsigned char control[256];
    struct sockaddr_storage asked = {0};
    struct iovec part = {packet, sizeof(packet)};
    struct msghdr message = {
        .msg_name = &asked,
        .msg_namelen = sizeof(asked),
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof(control),
    };
    ssize_t size = recvmsg(ping->fd, &message, MSG_ERRQUEUE);
    struct verdict verdict;
    struct ping_run *run;
    uint32_t number;

    if (size < 0) {
        return false;
    }
    verdict = verdict_of_connection(ping_error_of(&message));
    if (verdict.class != VERDICT_OK && verdict.class != VERDICT_LOCAL &&
        echo_read_quoted(packet, (size_t)size, ping->family, ping->engine->secret, &number)) {
        run = ping_find(ping->engine, number, &asked);
        if (run) {
            ping_finish(run, &verdict);
        }
    }
    return true;
}

static void ping_ready(void *argument)
{
    struct ping_socket *ping = argument;

    for (int taken = 0; taken < PING_TURN && ping_take_reply(ping); taken++) {
    }
    for (int taken = 0; taken < PING_TURN && ping_take_error(ping); taken++) {
    }
}

/* ---- Requests ---------------------------------------------------------------------------------- */

/* Room for the packet's source and its mark. */
union ping_control {
    struct cmsghdr align;
    unsigned char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint32_t))];
};

static void ping_add_control(struct msghdr *message, int level, int type, const void *data,
                             size_t size)
{
    struct cmsghdr *part =
        (struct cmsghdr *)((unsigned char *)message->msg_control + message->msg_controllen);

    part->cmsg_level = level;
    part->cmsg_type = type;
    part->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(part), data, size);
    message->msg_controllen += CMSG_SPACE(size);
}

/* Says where a request comes from, through which interface, and its mark: ip(7), IP_PKTINFO; RFC 3542 6. */
static void ping_add_origin(struct msghdr *message, const struct check_spec *spec,
                            unsigned interface)
{
    const struct in_pktinfo info = {.ipi_ifindex = (int)interface};
    const struct in6_pktinfo info6 = {.ipi6_ifindex = interface};

    if (!interface && !inet_is_set(&spec->bind_addr)) {
        /* The kernel chooses. */
    } else if (spec->connect_addr.family == AF_INET) {
        struct in_pktinfo from = info;

        memcpy(&from.ipi_spec_dst, spec->bind_addr.bytes, sizeof(from.ipi_spec_dst));
        ping_add_control(message, IPPROTO_IP, IP_PKTINFO, &from, sizeof(from));
    } else {
        struct in6_pktinfo from = info6;

        memcpy(&from.ipi6_addr, spec->bind_addr.bytes, sizeof(from.ipi6_addr));
        ping_add_control(message, IPPROTO_IPV6, IPV6_PKTINFO, &from, sizeof(from));
    }
    if (spec->fwmark) {
        ping_add_control(message, SOL_SOCKET, SO_MARK, &spec->fwmark, sizeof(spec->fwmark));
    }
}

/*
 * Sends a message. An error that an earlier request brought is told by whatever the socket is asked
 * next (ip(7), IP_RECVERR), so one alone is no refusal.
 * @return 0 or an errno
 */
static int ping_send_message(int fd, const struct msghdr *message)
{
    for (int tries = 1; sendmsg(fd, message, 0) < 0; tries++) {
        if (tries == PING_SEND_TRIES || errno == EAGAIN || errno == ENOBUFS) {
            return errno;
        }
    }
    return 0;
}

static int ping_send(const struct ping_socket *ping, const struct check_spec *spec, uint32_t number)
{
    unsigned interface = spec->bind_interface[0] ? if_nametoindex(spec->bind_interface) : 0;
    unsigned char packet[ECHO_SIZE];
    union ping_control control = {0};
    struct sockaddr_storage address;
    struct iovec part = {packet, sizeof(packet)};
    struct msghdr message = {
        .msg_name = &address,
        .msg_namelen = inet_to_sockaddr(&spec->connect_addr, 0, &address),
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
    };

    if (spec->bind_interface[0] && !interface) {
        return ENODEV;
    }
    if (inet_is_link_local(&spec->connect_addr)) {
        ((struct sockaddr_in6 *)&address)->sin6_scope_id = interface;
    }
    echo_write(packet, ping->family, ping->engine->secret, number);
    ping_add_origin(&message, spec, interface);
    return ping_send_message(ping->fd, &message);
}

/*
 * What is not one of our addresses is not routed either (ip_route_output_key_hash_rcu() of the kernel):
 * whether the network or our own configuration is to blame, bind(2) tells.
 */
static struct verdict ping_refusal(const struct check_spec *spec, int error)
{
    struct verdict verdict = connect_refusal(error);
    int fd;

    if (inet_is_set(&spec->bind_addr)) {
        fd = connect_socket(spec, SOCK_DGRAM, 0, &verdict);
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    return verdict;
}

/* ---- The kind ---------------------------------------------------------------------------------- */

static struct ping_run *ping_run_take(struct ping_engine *engine)
{
    struct ping_run *run = engine->idle;

    if (run) {
        engine->idle = run->next;
    } else {
        run = memory_new(1, sizeof(*run));
        run->engine = engine;
    }
    return run;
}

static void *ping_start(void *object, const struct check_spec *spec, void *prepared, void *argument,
                        struct verdict *verdict)
{
    struct ping_engine *engine = object;
    struct ping_socket *ping = ping_socket_of(engine, spec);
    uint32_t number = ++engine->number;
    struct ping_run *run;
    int error = -ping_open(ping);

    (void)prepared;
    if (error) {
        *verdict = verdict_of_local(error);
        return NULL;
    }
    error = ping_send(ping, spec, number);
    if (error) {
        *verdict = ping_refusal(spec, error);
        return NULL;
    }
    run = ping_run_take(engine);
    run->argument = argument;
    run->asked = spec->connect_addr;
    run->number = number;
    HASH_ADD(hh, engine->running, number, sizeof(run->number), run);
    return run;
}

static void ping_stop(void *object)
{
    ping_run_end(object);
}

static const char *ping_missing(const void *run)
{
    (void)run;
    return "no echo reply";
}

static void *ping_engine_new(const struct check_means *means, check_done_function done,
                             void *context)
{
    static const uint8_t families[PING_FAMILIES] = {AF_INET, AF_INET6};
    struct ping_engine *engine = memory_new(1, sizeof(*engine));

    engine->loop = means->loop;
    engine->done = done;
    engine->context = context;
    for (int i = 0; i < PING_FAMILIES; i++) {
        engine->sockets[i].engine = engine;
        engine->sockets[i].family = families[i];
    }
    if (getrandom(&engine->secret, sizeof(engine->secret), GRND_NONBLOCK) !=
        (ssize_t)sizeof(engine->secret)) {
        engine->secret = (uint64_t)clock_now(); /* a host that has just been booted */
    }
    engine->number = (uint32_t)(engine->secret >> 32);
    return engine;
}

static void ping_engine_free(void *object)
{
    struct ping_engine *engine = object;

    for (int i = 0; i < PING_FAMILIES; i++) {
        ping_close(&engine->sockets[i]);
    }
    while (engine->idle) {
        struct ping_run *run = engine->idle;

        engine->idle = run->next;
        free(run);
    }
    free(engine);
}

const struct check_kind ping_kind = {
    .name = "PING_CHECK",
    .success = "echo reply",
    .engine_new = ping_engine_new,
    .engine_free = ping_engine_free,
    .start = ping_start,
    .missing = ping_missing,
    .stop = ping_stop,
};
