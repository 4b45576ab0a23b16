/* SPDX-License-Identifier: Apache-2.0
 *
 * Servers that drain: a reload took them out, they have weight 0, and they stay until the kernel has no
 * connection of theirs any more or their time is over. They are in the list of the runtime directory,
 * so that a restart goes on with them.
 *
 * A persistence's template counts as a connection: its client comes back to this server, whatever the
 * weight (ip_vs_sched_persist() of the kernel's ip_vs_core.c).
 */
#include "base/text.h"
#include "ipvs/sync_state.h"
#include "parser/conf_find.h"

#include <stdlib.h>
#include <string.h>

#define DRAIN_INTERVAL CLOCK_SECOND

/* The most that the keyword takes: the list of another run says no more either. */
#define DRAIN_LONGEST (604800 * CLOCK_SECOND)

enum {
    DRAIN_SERVICES = 128, /* read in one job at the most */
    DRAIN_SHARE = 20,     /* looking takes one part of so many of the time at the most */
};

/* ---- Which ------------------------------------------------------------------------------------- */

static struct sync_drain *drain_find(const struct sync_service *service,
                                     const struct conf_server_key *server)
{
    struct sync_drain *drain;

    HASH_FIND(hh, service->drains, server, sizeof(*server), drain);
    return drain;
}

const struct sync_drain *sync_drain_find(const struct sync_service *service,
                                         const struct conf_server_key *server)
{
    return drain_find(service, server);
}

void sync_drain_put(struct sync *sync, struct sync_service *service, const struct conf_drain *whom,
                    int64_t until, bool told)
{
    const int64_t longest = clock_now() + DRAIN_LONGEST;
    struct sync_drain *drain = drain_find(service, &whom->server);

    if (drain) {
        return; /* its time has begun already */
    }
    drain = memory_new(1, sizeof(*drain));
    drain->whom = *whom;
    drain->whom.service = service->key;
    drain->until = until < longest ? until : longest;
    drain->judged = told;
    drain->busy = told;
    HASH_ADD(hh, service->drains, whom.server, sizeof(drain->whom.server), drain);
    sync->drain.count++;
    if (conf_is_nat(whom->forward)) {
        sync->drain.nat_count++;
        sync->drain.changed = true;
    }
    sync->owned_stale = true;
    if (loop_timer_deadline(sync->drain.timer) == CLOCK_NEVER && !sync->stopped) {
        loop_timer_set(sync->drain.timer, clock_now());
    }
}

/*
 * Tells that `fresh` servers of a service drain, when they turned out to have connections; of the first
 * few services of a configuration.
 */
static void drain_tell(struct sync *sync, const struct sync_service *service, size_t fresh)
{
    char name[TABLE_SERVICE_TEXT_SIZE];

    if (fresh && sync->drain.told < SYNC_LOG_LIMIT) {
        sync->drain.told++;
        log_event(sync->log, LOG_LEVEL_NOTICE, sync_service_name(service, name),
                  "%zu server%s no longer configured: weight 0 until no connection is left, or "
                  "drain_timeout is over",
                  fresh, text_plural(fresh));
    }
}

static void drain_remove(struct sync *sync, struct sync_service *service, struct sync_drain *drain)
{
    if (conf_is_nat(drain->whom.forward)) {
        sync->drain.nat_count--;
        sync->drain.changed = sync->drain.changed || !sync->drain.nat_count;
    }
    HASH_DEL(service->drains, drain);
    free(drain);
    sync->drain.count--;
    sync->owned_stale = true;
}

void sync_drain_forget(struct sync *sync, struct sync_service *service)
{
    struct sync_drain *drain;
    struct sync_drain *next;

    HASH_ITER(hh, service->drains, drain, next) {
        drain_remove(sync, service, drain);
    }
}

struct conf_drain *sync_drains(const struct sync *sync, size_t *count)
{
    struct conf_drain *list = NULL;

    *count = 0;
    if (!sync->drain.nat_count) {
        return NULL;
    }
    list = memory_new(sync->drain.nat_count, sizeof(*list));
    for (struct sync_service *service = sync->services; service; service = service->hh.next) {
        for (struct sync_drain *drain = service->drains; drain; drain = drain->hh.next) {
            if (conf_is_nat(drain->whom.forward)) {
                list[(*count)++] = drain->whom;
            }
        }
    }
    return list;
}

void sync_drain_report(struct sync *sync)
{
    if (sync->drain.changed && sync->hooks.drains_changed) {
        sync->drain.changed = false;
        sync->hooks.drains_changed(sync->hooks.argument);
    }
}

/* ---- A new configuration ----------------------------------------------------------------------- */

/* Whether two virtual servers are, for this service, the same servers in the same order. */
static bool drain_same_servers(const struct conf_service_key *service,
                               const struct conf_virtual_server *a,
                               const struct conf_virtual_server *b)
{
    const struct conf_real_server *one = STAILQ_FIRST(&a->servers);
    const struct conf_real_server *other = STAILQ_FIRST(&b->servers);

    while (one && other) {
        const struct conf_server_key key = conf_member_server(service, one);
        const struct conf_server_key other_key = conf_member_server(service, other);

        if (memcmp(&key, &other_key, sizeof(key)) != 0) {
            return false;
        }
        one = STAILQ_NEXT(one, next);
        other = STAILQ_NEXT(other, next);
    }
    return !one && !other;
}

/* The real servers of the service as a set: their keys count alone. */
static void drain_collect(const struct sync_service *service, struct table_service *set)
{
    const struct conf_real_server *server;

    if (service->conf) {
        STAILQ_FOREACH(server, &service->conf->servers, next) {
            const struct conf_server_key key = conf_member_server(&service->key, server);

            (void)table_put_destination(set, &key);
        }
    }
}

static void drain_release(struct table_service *set)
{
    struct table_destination *destination;
    struct table_destination *next;

    HASH_ITER(hh, set->destinations, destination, next) {
        table_remove_destination(set, destination);
    }
}

/* What its connections need: its range of local_address, too. */
static struct conf_drain drain_of(const struct sync_service *service,
                                  const struct conf_virtual_server *conf,
                                  const struct conf_server_key *key, enum conf_forward forward)
{
    struct conf_drain whom = {.service = service->key, .server = *key, .forward = forward};

    if (forward == CONF_FORWARD_FULLNAT) {
        whom.local = conf->local[key->addr.family == AF_INET6 ? CONF_LOCAL_IPV6 : CONF_LOCAL_IPV4];
    }
    return whom;
}

/* Whether the kernel has it, as far as we know: what it is being told now may be that. */
static bool drain_is_there(const struct sync *sync, const struct sync_service *service,
                           const struct conf_server_key *key)
{
    const struct table_service *actual = table_find_service(&sync->actual, &service->key);

    return !sync->known || service->unread || sync->round.phase == SYNC_ROUND_APPLYING ||
           sync->round.phase == SYNC_ROUND_MERGING ||
           (actual && table_find_destination(actual, key));
}

/* Those that the former configuration has and `set` has not. */
static void drain_leave(struct sync *sync, struct sync_service *service,
                        const struct table_service *set)
{
    const struct conf_real_server *server;
    const int64_t now = clock_now();

    STAILQ_FOREACH(server, &service->former->servers, next) {
        const struct conf_server_key key = conf_member_server(&service->key, server);

        if (server->drain_timeout && !table_find_destination(set, &key) &&
            drain_is_there(sync, service, &key)) {
            const struct conf_drain whom =
                drain_of(service, service->former, &key, server->forward);

            sync_drain_put(sync, service, &whom, now + server->drain_timeout, false);
        }
    }
}

/* Those that are configured again have their weight back. */
static void drain_return(struct sync *sync, struct sync_service *service,
                         const struct table_service *set)
{
    struct sync_drain *drain;
    struct sync_drain *next;

    HASH_ITER(hh, service->drains, drain, next) {
        if (table_find_destination(set, &drain->whom.server)) {
            drain_remove(sync, service, drain);
        }
    }
}

void sync_drain_configure(struct sync *sync, struct sync_service *service)
{
    const struct conf_virtual_server *former = service->former;
    struct table_service set = {0};

    if (!service->drains &&
        (!former || (service->conf && drain_same_servers(&service->key, former, service->conf)))) {
        return;
    }
    drain_collect(service, &set);
    drain_return(sync, service, &set);
    if (former) {
        drain_leave(sync, service, &set);
    }
    drain_release(&set);
}

/* ---- Planning ---------------------------------------------------------------------------------- */

/*
 * How the last run forwarded to a server. For the kernel FULLNAT is NAT: it is what the service's are.
 */
static enum conf_forward drain_forward(const struct conf_virtual_server *conf,
                                       const struct table_destination *destination)
{
    return destination->settings.forward != IP_VS_CONN_F_MASQ ? CONF_FORWARD_DR
           : conf->fullnat                                    ? CONF_FORWARD_FULLNAT
                                                              : CONF_FORWARD_NAT;
}

/*
 * What the last run left in a service that is configured still, and that no server of the configuration
 * is: it was taken out while no process ran.
 */
static void drain_adopt(struct sync *sync, struct sync_service *service,
                        const struct table_service *actual)
{
    const struct conf_virtual_server *conf = service->conf;
    struct table_service set = {0};
    struct table_destination *destination;
    struct table_destination *next;

    service->adopted = false;
    if (!conf || !conf->drain_timeout || !actual) {
        return;
    }
    drain_collect(service, &set);
    if (conf->sorry_server) {
        const struct conf_server_key sorry = conf_member_server(&service->key, conf->sorry_server);

        (void)table_put_destination(&set, &sorry);
    }
    HASH_ITER(hh, actual->destinations, destination, next) {
        if (!table_find_destination(&set, &destination->key)) {
            const struct conf_drain whom =
                drain_of(service, conf, &destination->key, drain_forward(conf, destination));

            sync_drain_put(sync, service, &whom, clock_now() + conf->drain_timeout, false);
        }
    }
    drain_release(&set);
}

/* A drain ends: told with what is cut off. */
static void drain_end(struct sync *sync, struct sync_service *service, struct sync_drain *drain,
                      const struct table_destination *destination)
{
    const struct table_connections *connections = &destination->connections;
    size_t left = (size_t)connections->active + connections->inactive + connections->persistent;
    char server[INET_ENDPOINT_TEXT_SIZE];
    char name[TABLE_SERVICE_TEXT_SIZE];

    if (drain->empty && drain->busy) {
        log_info(sync->log, sync_service_name(service, name), "server %s has drained",
                 table_server_text(server, &drain->whom.server));
    } else if (!drain->empty) {
        log_warning(sync->log, sync_service_name(service, name),
                    "server %s: its drain_timeout is over, with %zu connection%s left",
                    table_server_text(server, &drain->whom.server), left, text_plural(left));
    }
    drain_remove(sync, service, drain);
}

/* Drops what is over. */
static void drain_prune(struct sync *sync, struct sync_service *service,
                        const struct table_service *actual)
{
    struct sync_drain *drain;
    struct sync_drain *next;

    HASH_ITER(hh, service->drains, drain, next) {
        const struct table_destination *destination =
            actual ? table_find_destination(actual, &drain->whom.server) : NULL;

        if (!destination) {
            drain_remove(sync, service, drain); /* it had failed, or somebody removed it */
        } else if (drain->empty || clock_now() >= drain->until) {
            drain_end(sync, service, drain, destination);
        }
    }
}

bool sync_drain_settle(struct sync *sync, struct sync_service *service)
{
    const struct table_service *actual = table_find_service(&sync->actual, &service->key);

    if (service->adopted) {
        drain_adopt(sync, service, actual);
    }
    drain_prune(sync, service, actual);
    return service->drains;
}

void sync_drain_want(const struct sync *sync, const struct sync_service *service,
                     struct table_service *wanted)
{
    const struct table_service *actual = table_find_service(&sync->actual, &service->key);

    for (const struct sync_drain *drain = service->drains; drain; drain = drain->hh.next) {
        const struct table_destination *old = table_find_destination(actual, &drain->whom.server);

        if (!table_find_destination(wanted,
                                    &drain->whom.server)) { /* else a sorry server that is in */
            struct table_destination *destination =
                table_put_destination(wanted, &drain->whom.server);

            destination->settings = old->settings;
            destination->settings.weight = 0;
        }
    }
}

/* ---- Looking ----------------------------------------------------------------------------------- */

static void drain_timed(void *argument, int64_t now, int64_t late)
{
    struct sync *sync = argument;

    (void)now;
    (void)late;
    sync->drain.due = sync->drain.count > 0;
    sync->drain.number++;
    sync->drain.cost = 0;
    sync_wake(sync);
}

void sync_drain_init(struct sync *sync)
{
    sync->drain.timer = loop_timer_new(sync->loop, LOOP_PRIORITY_NORMAL, drain_timed, sync);
}

bool sync_drain_is_due(const struct sync *sync)
{
    return sync->drain.due && sync->known && sync->link.state == SYNC_LINK_UP;
}

/*
 * Judges what was read. A server is empty where it had no connection when its weight was 0 already:
 * before that a new one may have come meanwhile.
 */
static void drain_judge(struct sync *sync, struct sync_service *service)
{
    const struct table_service *actual = table_find_service(&sync->actual, &service->key);
    bool over = false;
    size_t fresh = 0;

    for (struct sync_drain *drain = service->drains; drain; drain = drain->hh.next) {
        const struct table_destination *destination =
            actual ? table_find_destination(actual, &drain->whom.server) : NULL;
        const struct table_connections *connections =
            destination ? &destination->connections : NULL;

        if (connections && destination->settings.weight == 0) {
            drain->empty =
                !connections->active && !connections->inactive && !connections->persistent;
            drain->busy = drain->busy || !drain->empty;
            fresh += !drain->judged && drain->busy;
            drain->judged = true;
        } else {
            drain->empty = false;
        }
        over = over || !destination || drain->empty || clock_now() >= drain->until;
    }
    drain_tell(sync, service, fresh);
    if (over) {
        sync_service_mark(sync, service);
    }
}

static void drain_looked(struct sync *sync, struct sync_job *job)
{
    struct table_service *read;
    struct table_service *next;

    if (job->error) {
        sync_pass_failed(sync, job->error);
        return;
    }
    sync->drain.cost += clock_now() - sync->drain.started;
    HASH_ITER(hh, job->table.services, read, next) {
        struct sync_service *service = sync_service_find(sync, &read->key);

        sync_pass_merge_destinations(sync, read);
        if (service) {
            drain_judge(sync, service);
        }
    }
}

/* All were looked at. */
static void drain_pause(struct sync *sync)
{
    int64_t pause = sync->drain.cost * DRAIN_SHARE;

    sync->drain.due = false;
    loop_timer_set(sync->drain.timer,
                   sync->drain.count && !sync->stopped
                       ? clock_now() + (pause > DRAIN_INTERVAL ? pause : DRAIN_INTERVAL)
                       : CLOCK_NEVER);
}

void sync_drain_look(struct sync *sync)
{
    struct table wanted = {0};
    struct sync_job *job;
    size_t count = 0;

    for (struct sync_service *service = sync->services; service && count < DRAIN_SERVICES;
         service = service->hh.next) {
        if (service->drains && service->looked != sync->drain.number &&
            table_find_service(&sync->actual, &service->key)) {
            service->looked = sync->drain.number;
            (void)table_put_service(&wanted, &service->key);
            count++;
        }
    }
    if (!count) {
        drain_pause(sync);
        return;
    }
    sync->drain.started = clock_now();
    job = sync_job_new(sync, sync_pass_read_run, drain_looked);
    job->table.services = wanted.services;
    sync_job_start(job);
}
