/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP_CHECK: connects without blocking, looks how that ended, closes. Waiting too long is ended by
 * checker. Structures of runs that ended are used again: a check allocates nothing.
 */
#include "check/tcp.h"

#include "base/loop.h"
#include "base/memory.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tcp_engine {
    struct loop *loop;
    check_done_function done;
    void *context;        /* done's */
    struct tcp_run *idle; /* runs to be used again */
};

struct tcp_run {
    struct tcp_engine *engine;
    struct tcp_run *next; /* in engine->idle */
    struct event writable;
    const struct check_spec *spec;
    void *argument;
    int fd;
};

enum { TCP_FIRST_EPHEMERAL = 1024 }; /* ip_local_port_range begins here at the lowest */

static void *tcp_engine_new(struct loop *loop, check_done_function done, void *context)
{
    struct tcp_engine *engine = memory_new(1, sizeof(*engine));

    engine->loop = loop;
    engine->done = done;
    engine->context = context;
    return engine;
}

static void tcp_engine_free(void *object)
{
    struct tcp_engine *engine = object;

    while (engine->idle) {
        struct tcp_run *run = engine->idle;

        engine->idle = run->next;
        free(run);
    }
    free(engine);
}

static struct tcp_run *tcp_run_take(struct tcp_engine *engine)
{
    struct tcp_run *run = engine->idle;

    if (run) {
        engine->idle = run->next;
    } else {
        run = memory_new(1, sizeof(*run));
        run->engine = engine;
    }
    return run;
}

static void tcp_run_end(struct tcp_run *run)
{
    (void)event_del(&run->writable); /* before close(): epoll forgets a descriptor by its number */
    (void)close(run->fd);
    run->next = run->engine->idle;
    run->engine->idle = run;
}

static void tcp_stop(void *object)
{
    tcp_run_end(object);
}

/*
 * Whether we are connected to ourselves: a port of this host where nobody listens may be chosen as our
 * own, and TCP lets the two ends open at the same time (RFC 9293 3.5, simultaneous open).
 */
static bool tcp_is_own(int fd, const struct check_spec *spec)
{
    struct sockaddr_storage here = {0};
    struct sockaddr_storage there;
    socklen_t here_size = sizeof(here);
    socklen_t there_size = inet_to_sockaddr(&spec->connect_addr, spec->connect_port, &there);

    if (spec->connect_port < TCP_FIRST_EPHEMERAL && !spec->bind_port) {
        return false;
    }
    return getsockname(fd, (struct sockaddr *)&here, &here_size) == 0 && here_size == there_size &&
           memcmp(&here, &there, here_size) == 0;
}

static void tcp_ready(evutil_socket_t fd, short what, void *object)
{
    struct tcp_run *run = object;
    struct tcp_engine *engine = run->engine;
    void *argument = run->argument;
    struct verdict verdict;
    int error = 0;
    socklen_t size = sizeof(error);

    (void)what;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0) {
        verdict = verdict_of_connection(error);
    } else {
        verdict = verdict_of_local(errno);
    }
    if (verdict.class == VERDICT_OK && tcp_is_own(fd, run->spec)) {
        verdict = verdict_of_connection(ECONNREFUSED);
    }
    tcp_run_end(run);
    engine->done(engine->context, argument, &verdict);
}

/*
 * Where the check is to come from. A fixed source port is needed again at the next check, but where one
 * side has no TCP timestamps TIME_WAIT keeps it for a minute: such a connection is reset when it is
 * closed. All others close in an orderly way, since servers count a reset as an error of their client.
 */
static int tcp_bind(int fd, const struct check_spec *spec)
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
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) != 0) {
            return -errno;
        }
    } else {
        /* The port is chosen by connect(): one port then serves connections to many servers. */
        (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    }
    return bind(fd, (const struct sockaddr *)&source, size) == 0 ? 0 : -errno;
}

static int tcp_prepare(int fd, const struct check_spec *spec)
{
    socklen_t length = (socklen_t)strnlen(spec->bind_interface, sizeof(spec->bind_interface));

    if (spec->fwmark &&
        setsockopt(fd, SOL_SOCKET, SO_MARK, &spec->fwmark, sizeof(spec->fwmark)) != 0) {
        return -errno;
    }
    if (length && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, spec->bind_interface, length) != 0) {
        return -errno;
    }
    return tcp_bind(fd, spec);
}

/* What connect(2) itself refuses was refused here, except for what it knows of the network. */
static struct verdict tcp_verdict_at_once(int error)
{
    return error == EACCES ? verdict_of_local(error) : verdict_of_connection(error);
}

static void *tcp_start(void *object, const struct check_spec *spec, void *argument,
                       struct verdict *verdict)
{
    struct tcp_engine *engine = object;
    int fd = socket(spec->connect_addr.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_storage address;
    socklen_t size = inet_to_sockaddr(&spec->connect_addr, spec->connect_port, &address);
    struct tcp_run *run;
    int error;

    if (fd < 0) {
        *verdict = verdict_of_local(errno);
        return NULL;
    }
    error = tcp_prepare(fd, spec);
    if (error) {
        *verdict = verdict_of_local(-error);
        (void)close(fd);
        return NULL;
    }
    error = connect(fd, (const struct sockaddr *)&address, size) == 0 ? 0 : errno;
    if (error != EINPROGRESS) {
        *verdict = tcp_verdict_at_once(error);
        (void)close(fd);
        return NULL;
    }
    run = tcp_run_take(engine);
    run->argument = argument;
    run->fd = fd;
    run->spec = spec;
    (void)event_assign(&run->writable, loop_base(engine->loop), fd, EV_WRITE, tcp_ready, run);
    (void)event_priority_set(&run->writable, LOOP_PRIORITY_NORMAL);
    if (event_add(&run->writable, NULL) != 0) {
        *verdict = verdict_of_local(errno);
        tcp_run_end(run);
        return NULL;
    }
    return run;
}

const struct check_kind tcp_kind = {
    .name = "TCP_CHECK",
    .success = "connected",
    .engine_new = tcp_engine_new,
    .engine_free = tcp_engine_free,
    .start = tcp_start,
    .stop = tcp_stop,
};
