/* SPDX-License-Identifier: Apache-2.0
 *
 * BFD as a whole: which session a datagram belongs to, and which sessions there are.
 */
#include "bfd/bfd.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "bfd/session.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <utlist.h>

enum {
    BFD_EARS = 4,             /* one hop and several, IPv4 and IPv6 */
    BFD_FLOOD = 200,          /* datagrams in a second that come from too far for every session */
    BFD_KEEPALIVED_HOPS = 64, /* keepalived-reference.md 2.19, hoplimit */
};

/* How often a port that another program has is tried again. */
#define BFD_EAR_RETRY (5 * CLOCK_SECOND)

/* What is heard on one port, in one family. */
struct bfd_port {
    struct bfd_ear *ear; /* NULL: nothing is, or it is not needed */
    int error;           /* why not, -errno */
    int floor;           /* the lowest TTL that any session takes */
    bool guarded;        /* the kernel drops what is below that */
    int64_t second;      /* when `far` began to count */
    unsigned far;
};

struct bfd {
    struct loop *loop;
    struct log *log;
    struct bfd_hooks hooks;
    struct bfd_context context;
    struct bfd_port ports[BFD_EARS];
    struct loop_timer *retry;
    struct loop_timer *sweep;
    struct bfd_session *sessions; /* in the order of the file, then those that leave */
    struct bfd_session *by_discriminator;
    uint64_t strays; /* datagrams of no session */
    bool configuring;
    bool stopped;
};

/* ---- Floods ------------------------------------------------------------------------------------ */

static unsigned bfd_port_number(uint8_t family, bool multihop)
{
    return (family == AF_INET6 ? 1U : 0U) + (multihop ? 2U : 0U);
}

/*
 * Reading comes before all work that is less urgent, and the ports are open to the world: of what comes
 * from too far, which is for nobody here, only so much is looked at. Then the kernel drops it unseen, until
 * the next reload.
 */
static void bfd_watch_flood(struct bfd *bfd, const struct bfd_datagram *datagram)
{
    struct bfd_port *port = &bfd->ports[bfd_port_number(datagram->from.family, datagram->multihop)];
    int64_t now;

    if (datagram->ttl >= port->floor || port->guarded) {
        return;
    }
    now = clock_now();
    if (now - port->second >= CLOCK_SECOND) {
        port->second = now;
        port->far = 0;
    }
    if (++port->far == BFD_FLOOD && bfd_ear_set_floor(port->ear, port->floor) == 0) {
        port->guarded = true;
        log_warning(bfd->log, "bfd",
                    "more than %d packets a second come with a TTL below %d: the kernel drops them "
                    "unseen until the next reload",
                    BFD_FLOOD, port->floor);
    }
}

/* ---- Receiving --------------------------------------------------------------------------------- */

/* Whether a datagram is from a session's neighbor, by its addresses. */
static bool bfd_is_from(const struct bfd_session *session, const struct bfd_datagram *datagram)
{
    const struct conf_bfd *conf = &session->conf;

    return conf->multihop == datagram->multihop && inet_equal(&conf->neighbor, &datagram->from) &&
           (!conf->interface || session->index == datagram->index);
}

/* A packet that names no session: RFC 5880 6.3. One with our address is better than one with any. */
static struct bfd_session *bfd_find_neighbor(const struct bfd *bfd,
                                             const struct bfd_datagram *datagram)
{
    struct bfd_session *session;
    struct bfd_session *found = NULL;

    DL_FOREACH(bfd->sessions, session) {
        if (!bfd_is_from(session, datagram)) {
            continue;
        }
        if (inet_equal(&session->conf.source, &datagram->to)) {
            return session;
        }
        if (!inet_is_set(&session->conf.source)) {
            found = session;
        }
    }
    return found;
}

static struct bfd_session *bfd_find(const struct bfd *bfd, const struct bfd_datagram *datagram,
                                    const struct bfd_packet *packet)
{
    struct bfd_session *session;

    if (!packet->yours) {
        return bfd_find_neighbor(bfd, datagram);
    }
    HASH_FIND(hh, bfd->by_discriminator, &packet->yours, sizeof(packet->yours), session);
    return session;
}

static void bfd_drop_malformed(struct bfd *bfd, const struct bfd_datagram *datagram,
                               enum bfd_packet_error error)
{
    struct bfd_session *session = bfd_find_neighbor(bfd, datagram);

    if (!session) {
        bfd->strays++;
    } else if (bfd_session_drop(session, BFD_DROP_MALFORMED)) {
        bfd_session_complain(session, bfd_packet_error_text(error));
    }
}

static void bfd_drop_elsewhere(struct bfd_session *session, const struct bfd_datagram *datagram)
{
    char text[BFD_COMPLAINT_SIZE];
    char from[INET_ADDR_TEXT_SIZE];

    if (bfd_session_drop(session, BFD_DROP_ELSEWHERE)) {
        (void)snprintf(text, sizeof(text), "they name this session and come from %s",
                       inet_text(from, &datagram->from));
        bfd_session_complain(session, text);
    }
}

static void bfd_drop_far(struct bfd_session *session, const struct bfd_datagram *datagram)
{
    const struct conf_bfd *conf = &session->conf;
    char text[BFD_COMPLAINT_SIZE];

    if (bfd_session_drop(session, BFD_DROP_FAR)) {
        (void)snprintf(text, sizeof(text),
                       "they come with a TTL of %d, where %d is expected%s; see ttl and max_hops",
                       datagram->ttl, conf->ttl - (int)conf->max_hops,
                       datagram->from.family == AF_INET6 && datagram->ttl == BFD_KEEPALIVED_HOPS
                           ? " (keepalived sends 64 unless hoplimit says otherwise)"
                           : "");
        bfd_session_complain(session, text);
    }
}

static void bfd_on_datagram(void *argument, const struct bfd_datagram *datagram)
{
    struct bfd *bfd = argument;
    struct bfd_packet packet;
    enum bfd_packet_error error = bfd_packet_decode(datagram->data, datagram->size, &packet);
    struct bfd_session *session;

    bfd_watch_flood(bfd, datagram);
    if (error) {
        bfd_drop_malformed(bfd, datagram, error);
        return;
    }
    session = bfd_find(bfd, datagram, &packet);
    if (!session) {
        bfd->strays++;
    } else if (!bfd_is_from(session, datagram)) {
        bfd_drop_elsewhere(session, datagram);
    } else if (!bfd_packet_came_near(datagram->ttl, session->conf.ttl,
                                     (int)session->conf.max_hops)) {
        bfd_drop_far(session, datagram);
    } else {
        bfd_session_receive(session, &packet);
    }
}

/* ---- Sockets ----------------------------------------------------------------------------------- */

static void bfd_open_port(struct bfd *bfd, unsigned number)
{
    struct bfd_port *port = &bfd->ports[number];
    int before = port->error;
    bool multihop = number >= 2;

    port->ear = bfd_ear_new(bfd->loop, number % 2 ? AF_INET6 : AF_INET, multihop, bfd_on_datagram,
                            bfd, &port->error);
    if (port->error && port->error != before) {
        log_error(bfd->log, "bfd", "UDP port %d of %s cannot be listened to: %s%s",
                  multihop ? BFD_PACKET_PORT_HOPS : BFD_PACKET_PORT, number % 2 ? "IPv6" : "IPv4",
                  strerror(-port->error),
                  port->error == -EADDRINUSE
                      ? " by another program, such as bfdd: stop that; it is tried again until then"
                      : "");
    }
    if (port->error) {
        loop_timer_set(bfd->retry, clock_now() + BFD_EAR_RETRY);
    }
}

/* Listens where a session needs it, and nowhere else. */
static void bfd_open_ports(struct bfd *bfd)
{
    bool needed[BFD_EARS] = {false};
    const struct bfd_session *session;

    DL_FOREACH(bfd->sessions, session) {
        needed[bfd_port_number(session->conf.neighbor.family, session->conf.multihop)] = true;
    }
    for (unsigned i = 0; i < BFD_EARS; i++) {
        if (needed[i] && !bfd->ports[i].ear) {
            bfd_open_port(bfd, i);
        } else if (!needed[i]) {
            bfd_ear_free(bfd->ports[i].ear);
            bfd->ports[i] = (struct bfd_port){.ear = NULL};
        }
    }
}

/* The lowest TTL that each port must let through; a new one ends the guard. */
static void bfd_set_floors(struct bfd *bfd)
{
    const struct bfd_session *session;

    for (unsigned i = 0; i < BFD_EARS; i++) {
        struct bfd_port *port = &bfd->ports[i];

        port->floor = BFD_PACKET_TTL + 1;
        if (port->guarded) {
            (void)bfd_ear_set_floor(port->ear, 0);
            port->guarded = false;
        }
    }
    DL_FOREACH(bfd->sessions, session) {
        const struct conf_bfd *conf = &session->conf;
        struct bfd_port *port = &bfd->ports[bfd_port_number(conf->neighbor.family, conf->multihop)];
        int floor = conf->max_hops < 0 ? 0 : conf->ttl - (int)conf->max_hops;

        port->floor = floor < port->floor ? floor : port->floor;
    }
}

static void bfd_retry(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    bfd_open_ports(argument);
}

static void bfd_drain(void *argument)
{
    struct bfd *bfd = argument;

    for (unsigned i = 0; i < BFD_EARS; i++) {
        if (bfd->ports[i].ear) {
            bfd_ear_drain(bfd->ports[i].ear);
        }
    }
}

void bfd_on_link_change(struct bfd *bfd)
{
    struct bfd_session *session;

    DL_FOREACH(bfd->sessions, session) {
        const char *interface = session->conf.interface;

        bfd_session_connect(session, interface ? (int)if_nametoindex(interface) : 0);
    }
}

/* ---- Sessions ---------------------------------------------------------------------------------- */

static void bfd_session_changed(void *argument, const struct bfd_session *session)
{
    const struct bfd *bfd = argument;

    if (!bfd->configuring && !bfd->stopped) {
        bfd->hooks.changed(bfd->hooks.argument, &session->conf, bfd_session_status(session));
    }
}

/* Random, so that a packet for what ran here before names nobody: RFC 5880 10. */
static uint32_t bfd_new_discriminator(const struct bfd *bfd)
{
    struct bfd_session *taken;
    uint32_t discriminator;

    do {
        discriminator = 0;
        if (getrandom(&discriminator, sizeof(discriminator), GRND_NONBLOCK) < 0) {
            discriminator = (uint32_t)clock_now();
        }
        HASH_FIND(hh, bfd->by_discriminator, &discriminator, sizeof(discriminator), taken);
    } while (!discriminator || taken);
    return discriminator;
}

static struct bfd_session *bfd_add(struct bfd *bfd, const struct conf_bfd *conf)
{
    uint32_t discriminator = bfd_new_discriminator(bfd);
    uint64_t random = (uint64_t)clock_now() << 32 | discriminator;
    struct bfd_session *session = bfd_session_new(&bfd->context, conf, discriminator, random);

    HASH_ADD(hh, bfd->by_discriminator, state.discriminator, sizeof(discriminator), session);
    return session;
}

static struct bfd_session *bfd_take(struct bfd_session **sessions, const struct conf_bfd *conf)
{
    struct bfd_session *session;

    DL_FOREACH(*sessions, session) {
        if (bfd_session_is(session, conf)) {
            DL_DELETE(*sessions, session);
            return session;
        }
    }
    return NULL;
}

void bfd_configure(struct bfd *bfd, const struct conf *conf)
{
    struct bfd_session *before = bfd->sessions;
    struct bfd_session *session;
    const struct conf_bfd *one;

    bfd->configuring = true;
    bfd->sessions = NULL;
    STAILQ_FOREACH(one, &conf->bfds, next) {
        session = bfd_take(&before, one);
        if (session) {
            bfd_session_configure(session, one);
        } else {
            session = bfd_add(bfd, one);
        }
        DL_APPEND(bfd->sessions, session);
    }
    DL_CONCAT(bfd->sessions, before);
    DL_FOREACH(before, session) {
        bfd_session_stop(session);
    }
    bfd_open_ports(bfd);
    bfd_set_floors(bfd);
    bfd_on_link_change(bfd);
    bfd->configuring = false;
    loop_timer_set(bfd->sweep, before ? clock_now() : CLOCK_NEVER);
}

/* Frees those that have told their neighbors that they leave. */
static void bfd_sweep(void *argument, int64_t now, int64_t late)
{
    struct bfd *bfd = argument;
    struct bfd_session *session;
    struct bfd_session *next;
    bool more = false;

    (void)late;
    DL_FOREACH_SAFE(bfd->sessions, session, next) {
        if (!session->leaving) {
            continue;
        }
        if (bfd_session_is_telling(session)) {
            more = true;
            continue;
        }
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): each session is in the hash */
        HASH_DELETE(hh, bfd->by_discriminator, session);
        DL_DELETE(bfd->sessions, session); /* NOLINT(clang-analyzer-core.NullDereference) */
        bfd_session_free(session);
    }
    bfd_open_ports(bfd);
    if (more) {
        loop_timer_set(bfd->sweep, now + CLOCK_SECOND);
    }
}

void bfd_stop(struct bfd *bfd)
{
    struct bfd_session *session;

    bfd->stopped = true;
    DL_FOREACH(bfd->sessions, session) {
        bfd_session_stop(session);
    }
}

enum bfd_status bfd_status(const struct bfd *bfd, const char *name)
{
    const struct bfd_session *session;

    DL_FOREACH(bfd->sessions, session) {
        if (!session->leaving && strcmp(session->conf.name, name) == 0) {
            return bfd_session_status(session);
        }
    }
    return BFD_STATUS_DOWN;
}

/* ---- Life -------------------------------------------------------------------------------------- */

struct bfd *bfd_new(struct loop *loop, struct log *log, const struct bfd_hooks *hooks)
{
    struct bfd *bfd = memory_new(1, sizeof(*bfd));

    bfd->loop = loop;
    bfd->log = log;
    bfd->hooks = *hooks;
    bfd->context = (struct bfd_context){
        .loop = loop,
        .log = log,
        .drain = bfd_drain,
        .changed = bfd_session_changed,
        .argument = bfd,
    };
    bfd->retry = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, bfd_retry, bfd);
    bfd->sweep = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, bfd_sweep, bfd);
    return bfd;
}

void bfd_free(struct bfd *bfd)
{
    struct bfd_session *session;
    struct bfd_session *next;

    if (!bfd) {
        return;
    }
    HASH_CLEAR(hh, bfd->by_discriminator);
    DL_FOREACH_SAFE(bfd->sessions, session, next) {
        DL_DELETE(bfd->sessions, session);
        bfd_session_free(session);
    }
    for (unsigned i = 0; i < BFD_EARS; i++) {
        bfd_ear_free(bfd->ports[i].ear);
    }
    loop_timer_free(bfd->retry);
    loop_timer_free(bfd->sweep);
    free(bfd);
}

/* ---- Status ------------------------------------------------------------------------------------ */

static const char *bfd_port_trouble(const struct bfd *bfd)
{
    for (unsigned i = 0; i < BFD_EARS; i++) {
        if (bfd->ports[i].error) {
            return strerror(-bfd->ports[i].error);
        }
    }
    return NULL;
}

json_t *bfd_snapshot(const struct bfd *bfd)
{
    const struct bfd_session *session;
    json_t *list = json_array();

    DL_FOREACH(bfd->sessions, session) {
        if (!session->leaving) {
            json_array_append_new(list, bfd_session_snapshot(session));
        }
    }
    return json_pack("{s:o, s:I, s:s?}", "sessions", list, "strays", (json_int_t)bfd->strays,
                     "trouble", bfd_port_trouble(bfd));
}
