/* SPDX-License-Identifier: Apache-2.0
 *
 * The reconciler: keeps the kernel's IPVS table equal to what the configuration and the servers'
 * health say. Start, reload, a server that went down, somebody else's changes and the end are all
 * the same thing here: what is wanted is compared with what the kernel has, and the difference is
 * sent.
 *
 * What is ours: the services of the configuration, and those in the list (OWNED_FILE_NAME in the
 * runtime directory) that the last run left. A service is in that list before it is in the kernel.
 * Any other service is foreign: it is shown and never touched. Services that the kernel has already
 * when we start are taken over as they are, and edited where they differ; none is removed to be added
 * again, so connections live through a crash and a restart.
 *
 * All of the kernel's work is done on a worker thread (see ipvs/kernel.h), one job at a time; what
 * needs the loop is cut into slices, so that a table of any size never holds the loop up.
 *
 * Where the kernel has no IPVS everything here still works and does nothing; it is tried again after
 * 10 s and then every 30 s.
 */
#ifndef HOLDFAST_IPVS_SYNC_H
#define HOLDFAST_IPVS_SYNC_H

#include "parser/conf.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct log;
struct loop;
struct runner;
struct runtime;
struct sync;
struct sync_waiter;

/* What the reconciler asks of the rest of the daemon. */
struct sync_hooks {
    void *argument;

    /**
     * Whether a server, or the sorry server, is to be in the table now. Called on the loop, for any
     * number of servers of the configuration given last, at any time between sync_configure() and
     * sync_stop().
     * @param weight  set where true is returned: 0..INT32_MAX
     */
    bool (*server_view)(void *argument, const struct conf_virtual_server *virtual_server,
                        const struct conf_real_server *real_server, uint32_t *weight);

    /**
     * Whether what server_view() says is not known yet but assumed. Asked of services of the last run
     * that the kernel still has: such a server stays as it is there. NULL: all is known.
     * @param real_server  NULL: whether that is so for any server of it; when it is so no more the
     *                     service is marked (sync_mark_dirty)
     */
    bool (*is_assumed)(void *argument, const struct conf_virtual_server *virtual_server,
                       const struct conf_real_server *real_server);

    /** Whether a VRRP instance is master now. Called only where lvs_sync_daemon names it. */
    bool (*is_master)(void *argument, const char *instance);

    /**
     * The index of an interface, 0: there is none of that name. For lvs_sync_daemon, too; not called
     * where the table of another namespace is meant.
     */
    int (*find_interface)(void *argument, const char *name);

    /**
     * What sync_drains() returns has become none, or has grown, by itself: sync_configure() changes it
     * too, and does not call this. The kernel's table is so already. NULL: nobody waits for it.
     */
    void (*drains_changed)(void *argument);

    /**
     * Something has happened that the event log is to have; the texts are valid during the call. NULL:
     * nobody hears of it.
     * @param daemon  it is about the connection sync daemons, else about the table
     * @param object  a service, or what the log calls all of it
     * @param state   "available", "unavailable", "repaired", "refused", "started", "stopped"
     */
    void (*news)(void *argument, bool daemon, const char *object, const char *state,
                 const char *reason);

    /** What sync_presence() says of some services may have changed. NULL: nobody wants to know. */
    void (*settled)(void *argument);

    /** IPVS is in the kernel now, before anything is asked of it. NULL: nobody waits for it. */
    void (*available)(void *argument);
};

/**
 * A reconciler without a configuration, which does nothing. All that is given is used until
 * sync_free().
 * @return never NULL; to be freed with sync_free()
 */
struct sync *sync_new(struct loop *loop, struct log *log, struct runner *runner,
                      struct runtime *runtime, const struct sync_hooks *hooks);

/**
 * The table of another network namespace is meant (net_namespace_ipvs). To be called before
 * sync_configure().
 * @param fd  of the namespace, open as long as the sync; -1: the daemon's own
 */
void sync_set_namespace(struct sync *sync, int fd);

/** Ends at once, leaves the kernel's table as it is, calls nobody, frees. NULL is allowed. */
void sync_free(struct sync *sync);

/**
 * The configuration that holds from now on: at the start and at each reload. Services that are no
 * longer in it are removed. The kernel's table is read again as well, so that a reload also puts back
 * what somebody else changed.
 * @param conf  used until the next call or sync_free(); the one before is not used any more when this
 *              returns. `lvs_flush` counts in the first one alone: services that are not ours go.
 */
void sync_configure(struct sync *sync, const struct conf *conf);

/**
 * The servers that drain behind NAT and FULLNAT, whose connections need more than the table. There may
 * be some among them that have ended, until all have.
 * @param count  set
 * @return to be freed with free(); NULL: none
 */
struct conf_drain *sync_drains(const struct sync *sync, size_t *count);

/**
 * What FULLNAT needs beside the table. To be called behind sync_configure(), in the same turn of the loop.
 * @param wait     services behind FULLNAT stay in the kernel's table as they are until this is called
 *                 with false; all others go on
 * @param problem  what is shown as the error of services behind FULLNAT; NULL: none
 */
void sync_set_fullnat(struct sync *sync, bool wait, const char *problem);

/**
 * Something that server_view() answers about a service has changed. Planned and sent after this turn
 * of the loop, together with all others that are marked in it. One that is not configured is ignored.
 * @param key  of the virtual server; all services of its group are meant
 */
void sync_mark_dirty(struct sync *sync, const struct conf_service_key *key);

/**
 * Something that is_master() or find_interface() answers has changed. The connection sync daemons
 * follow after this turn of the loop.
 */
void sync_mark_daemon(struct sync *sync);

/** Reads the kernel's table again and puts back what differs: now rather than in up to 30 s. */
void sync_reconcile(struct sync *sync);

/**
 * Reads the kernel's counters, in steps, then calls back on the loop (at the next turn where there is
 * no IPVS).
 * @return a handle for sync_refresh_cancel(), gone when `done` is called
 */
struct sync_waiter *sync_refresh(struct sync *sync, void (*done)(void *argument), void *argument);

/** Does not call back after all. NULL is allowed. */
void sync_refresh_cancel(struct sync *sync, struct sync_waiter *waiter);

/**
 * Ends for good: nothing but sync_snapshot() and sync_free() may follow. Waits for a job that is
 * under way, and for the removals. `lvs_flush_on_stop` removes everybody's services.
 * @param keep  leave our services in the kernel, for the next run to take over, whatever
 *              `lvs_flush_on_stop` says; the connection sync daemons go on too, and one hears the other
 *              directors from now on, since none of our instances is master. Else remove them, and
 *              nobody else's
 */
void sync_stop(struct sync *sync, bool keep);

/** Whether the kernel's IPVS is there and was read. */
bool sync_is_available(const struct sync *sync);

/** Whether we know what the kernel has of ours: the table was read, or cannot be. */
bool sync_is_settled(const struct sync *sync);

/** Why it is not; NULL: it is. Valid until something is asked of the sync. */
const char *sync_reason(const struct sync *sync);

enum sync_presence {
    SYNC_PRESENCE_UNKNOWN, /* it is being read, planned or sent */
    SYNC_PRESENT,
    SYNC_ABSENT, /* the kernel refused it, or has no IPVS */
};

/** Whether the kernel's table has a service. @param key  one of the kernel's: of a group a member */
enum sync_presence sync_presence(const struct sync *sync, const struct conf_service_key *key);

/** How many services of ours the kernel's table has, as far as we know. */
size_t sync_count_there(const struct sync *sync);

/**
 * The state for people and programs, from what was read last:
 *     available      bool; `reason`: string or null, why it is not
 *     version        "1.2.1"; connection_table_size: entries; timeouts: {tcp_s, tcp_fin_s, udp_s}
 *     operations     changes that the kernel carried out; errors: that it refused;
 *     drift_repaired entries that somebody else had changed and that were put back
 *     system_calls   of the present connection to the kernel; writes: its messages that changed
 *                    something; overruns: lost answers
 *     sync_daemon    null, or {interface, instance, id, role, reason, master, backup}: the last two
 *                    are {wanted, running, error, interface, id, maxlen, port, ttl, group}
 *     services       ours: [{service, group (the virtual server of a group, or null), family, protocol, address, port, fwmark, in_kernel, scheduler,
 *                    flags, persistence_timeout_s, persistence_engine, counters {...}, error,
 *                    servers: [{server, address, port, in_kernel, forward, tunnel, weight,
 *                    upper_threshold, lower_threshold, active, inactive, persistent, counters {...},
 *                    drain_left_ms (null: it does not drain), error}]}]
 *     leaving        those of them that are not configured any more and whose servers drain
 *     foreign        [{service, family, protocol, address, port, fwmark, scheduler, counters {...}}]
 * Takes about 3 us for each server, so that a table of thousands is better told in parts.
 * @return a new reference
 */
json_t *sync_snapshot(const struct sync *sync);

/* The same in parts. */
struct sync_capture;

/** All but the services. The caller frees it with sync_capture_free(). */
struct sync_capture *sync_capture_new(const struct sync *sync);

/**
 * Adds services, each as it is then. A list begins again where the service that was added last has gone.
 * @param until  clock_now() when it stops, behind the service that it is at; CLOCK_NEVER: when all is
 *               there
 * @return whether something is left
 */
bool sync_capture_more(struct sync_capture *capture, int64_t until);

/** What sync_snapshot() returns: complete where nothing is left. @return a new reference */
json_t *sync_capture_json(const struct sync_capture *capture);

/** Frees it, on any thread that no other shares its JSON with. NULL is allowed. */
void sync_capture_free(struct sync_capture *capture);

/** One entry of `services` above: of the kernel's. @return a new reference; NULL: it is not ours */
json_t *sync_snapshot_service(const struct sync *sync, const struct conf_service_key *key);

#endif
