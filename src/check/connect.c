/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections of checks.
 */
#include "check/connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_FIRST_EPHEMERAL = 1024 }; /* ip_local_port_range begins here at the lowest */

/*
 * Where the check is to come from. A fixed source port is needed again at the next check, but where one
 * side has no TCP timestamps TIME_WAIT keeps it for a minute: such a connection is reset when it is
 * closed. All others close in an orderly way, since servers count a reset as an error of their client.
 */
static int connect_bind(int fd, int type, const struct check_spec *spec)
{
    const int on = 1;
    const struct linger reset = {.l_onoff = 1};
    struct inet_addr any = {.family = spec->connect_addr.family};
    struct sockaddr_storage source;
    socklen_t size;

    if (!inet_is_set(&spec->bind_addr) && !spec->bind_port) {
        return 0;
    }
    size = inet_to_sockaddr(inet_is_set(&spec->bind_addr) ? &spec->bind_addr : &any,
                            spec->bind_port, &source);
    if (spec->bind_port) {
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
            (type == SOCK_STREAM &&
             setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) != 0)) {
            return -errno;
        }
    } else {
        /* The port is chosen by connect(): one port then serves connections to many servers. */
        (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    }
    return bind(fd, (const struct sockaddr *)&source, size) == 0 ? 0 : -errno;
}

static int connect_prepare(int fd, int type, const struct check_spec *spec)
{
    socklen_t length = (socklen_t)strnlen(spec->bind_interface, sizeof(spec->bind_interface));

    if (spec->fwmark &&
        setsockopt(fd, SOL_SOCKET, SO_MARK, &spec->fwmark, sizeof(spec->fwmark)) != 0) {
        return -errno;
    }
    if (length && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, spec->bind_interface, length) != 0) {
        return -errno;
    }
    return connect_bind(fd, type, spec);
}

struct verdict connect_refusal(int error)
{
    return error == EACCES ? verdict_of_local(error) : verdict_of_connection(error);
}

int connect_socket(const struct check_spec *spec, int type, int protocol, struct verdict *verdict)
{
    int fd = socket(spec->connect_addr.family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    int error;

    if (fd < 0) {
        *verdict = verdict_of_local(errno);
        return -1;
    }
    error = connect_prepare(fd, type, spec);
    if (error) {
        *verdict = verdict_of_local(-error);
        (void)close(fd);
        return -1;
    }
    return fd;
}

int connect_begin(const struct check_spec *spec, struct verdict *verdict)
{
    int fd = connect_socket(spec, SOCK_STREAM, 0, verdict);
    struct sockaddr_storage address;
    socklen_t size = inet_to_sockaddr(&spec->connect_addr, spec->connect_port, &address);
    int error;

    if (fd < 0) {
        return -1;
    }
    error = connect(fd, (const struct sockaddr *)&address, size) == 0 ? 0 : errno;
    if (error != EINPROGRESS) {
        *verdict = connect_refusal(error);
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* ICMP errors are told; nothing is learnt of the path's MTU, so that each datagram gets through. */
static int connect_set_datagram(int fd, uint8_t family)
{
    const int on = 1;
    const int fragments = IP_PMTUDISC_DONT; /* of IPv6 it has the same value */
    bool v6 = family == AF_INET6;

    if (setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &on,
                   sizeof(on)) != 0 ||
        setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER,
                   &fragments, sizeof(fragments)) != 0) {
        return errno;
    }
    return 0;
}

int connect_datagram(const struct check_spec *spec, struct verdict *verdict)
{
    int fd = connect_socket(spec, SOCK_DGRAM, 0, verdict);
    struct sockaddr_storage address;
    socklen_t size = inet_to_sockaddr(&spec->connect_addr, spec->connect_port, &address);
    int error;

    if (fd < 0) {
        return -1;
    }
    error = connect_set_datagram(fd, spec->connect_addr.family);
    if (error) {
        *verdict = verdict_of_local(error);
    } else if (connect(fd, (const struct sockaddr *)&address, size) != 0) {
        *verdict = connect_refusal(errno);
    } else {
        return fd;
    }
    (void)close(fd);
    return -1;
}

/*
 * Whether we are connected to ourselves: a port of this host where nobody listens may be chosen as our
 * own, and TCP lets the two ends open at the same time (RFC 9293 3.5, simultaneous open).
 */
static bool connect_is_own(int fd, const struct check_spec *spec)
{
    struct sockaddr_storage here = {0};
    struct sockaddr_storage there;
    socklen_t here_size = sizeof(here);
    socklen_t there_size = inet_to_sockaddr(&spec->connect_addr, spec->connect_port, &there);

    if (spec->connect_port < CONNECT_FIRST_EPHEMERAL && !spec->bind_port) {
        return false;
    }
    return getsockname(fd, (struct sockaddr *)&here, &here_size) == 0 && here_size == there_size &&
           memcmp(&here, &there, here_size) == 0;
}

struct verdict connect_outcome(int fd, const struct check_spec *spec)
{
    struct verdict verdict;
    int error = 0;
    socklen_t size = sizeof(error);

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0) {
        verdict = verdict_of_connection(error);
    } else {
        verdict = verdict_of_local(errno);
    }
    if (verdict.class == VERDICT_OK && connect_is_own(fd, spec)) {
        verdict = verdict_of_connection(ECONNREFUSED);
    }
    return verdict;
}
