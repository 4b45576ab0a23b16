/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon's one context, and what the files that tie the modules together share. For src/daemon and
 * holdfastd.c only: they alone know more than one module, each those that tests/layering/rules says.
 *
 *     vrrp.c       what VRRP and BFD ask of the network; announce.c: announcements to the neighbours
 *     network.c    interfaces, addresses, routes; static.c: static entries, and what cannot be had
 *     service.c    checks and IPVS; announced.c: addresses that are here while services say so; tracked.c: files and BFD sessions that checks follow
 *     apply.c      a configuration takes effect; reload.c: how a new one comes
 *     status.c     the status document; control.c: the commands of the control socket; steer.c: of these
 *                  those about checks and servers
 *     journal.c    the event log
 *     overrides.c  what operators ask for beside the configuration, and keep; steer_vrrp.c: the commands
 *                  about it; node.c: draining the whole director
 *     connections.c  the command about the kernel's connections
 *     process.c    priorities, limits, signals, the timer of every second
 *     web.c        the web page
 *     stop.c       the orderly stop
 */
#ifndef HOLDFAST_DAEMON_DAEMON_H
#define HOLDFAST_DAEMON_DAEMON_H

#include "base/override.h"
#include "options.h"
#include "vrrp/hooks.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct address_table;
struct announced;
struct bfd;
struct carrier_table;
struct carry;
struct checker;
struct conf;
struct connections;
struct conf_bfd;
struct conf_instance;
struct conf_service_key;
struct control;
struct control_request;
struct daemon_node;
struct daemon_overrides;
struct director;
struct events;
struct filter;
struct fullnat;
struct helper;
struct igmp;
struct link_event;
struct link_table;
struct load;
struct load_request;
struct journal;
struct journal_entry;
struct log;
struct loop;
struct loop_signal;
struct loop_timer;
struct mail;
struct neigh;
struct once;
struct override;
struct override_list;
struct place;
struct planned;
struct privileges;
struct route_table;
struct rule_table;
struct runner;
struct running;
struct runtime;
struct snapshot;
struct statefile;
struct sync;
struct sysctl_table;
struct vmac_table;
struct vrrp;
struct web;

enum { DAEMON_COUNT_TEXT_SIZE = 96, DAEMON_WHOM_SIZE = 224 };

/* How the last reload went. */
struct daemon_reload {
    uint64_t count;
    uint64_t refused;      /* of them */
    int64_t in_force_wall; /* since when the configuration is in force */
    const char *result;    /* "none", "ok" or "failed" */
    int64_t at_wall;
    int64_t duration;
    char message[256];
    char *diagnostics; /* load_diagnostics_text(); NULL: nothing was loaded */
    json_t *changes;   /* what it changed: plan_document(); NULL: nobody asked */
};

/* The daemon's one context. */
struct daemon {
    struct options options;
    struct place *place;
    struct log *log;
    struct loop *loop;
    struct runtime *runtime;
    struct helper *helper; /* until it is the runner's */
    uint64_t helper_kept;  /* its capabilities */
    pid_t helper_process;
    struct privileges *privileges;
    unsigned lacking; /* keywords that need what was given up */
    struct runner *runner;
    struct conf *conf;
    struct conf **outlived; /* replaced, but instances that leave still work by them */
    size_t outlived_count;
    struct running *running;
    struct planned *planned;
    struct statefile *statefile;
    const struct conf *conf_before; /* during a reload, else NULL */
    struct link_table *links;
    struct carrier_table *carriers;
    struct address_table *addresses;
    struct announced *announced;
    struct route_table *routes;
    struct rule_table *rules;
    struct sysctl_table *settings;
    struct igmp *igmp;
    struct vmac_table *vmacs;
    struct neigh *neigh;
    struct filter *filter;
    struct fullnat *fullnat;
    struct director *director;
    struct carry *carry;
    struct events *events;
    struct mail *mail;
    int realtime; /* the priority that the process raised itself to */
    struct bfd *bfd;
    struct vrrp *vrrp;
    struct checker *checker;
    struct sync *sync;
    struct control *control;
    struct daemon_overrides *overrides;
    struct snapshot *overrides_told; /* the answer to `overrides` */
    struct daemon_node *node;
    struct journal *journal;
    struct snapshot *snapshot;
    struct web *web;
    struct connections *connections;
    struct loop_signal *signals[4];
    struct loop_timer *housekeeping;
    struct loop_timer *watchdog;
    struct loop_timer *links_changed;
    struct loop_timer *addresses_changed;
    struct loop_timer *stopping; /* how long notify scripts are waited for */
    struct once *startup;        /* it runs: nothing has begun yet */
    struct loop_timer *leftover; /* meanwhile: when what a crash left can't be resumed any more */
    bool is_stopping;
    bool keep_asked; /* `holdfastctl stop --keep` */
    bool is_pausing; /* `holdfastctl stop --resume`: all stays, for the next process */
    bool is_over;    /* all has happened but the shutdown_script */
    bool has_left;
    bool scripts_had_time;
    bool memory_loose;                /* much was freed since it was returned */
    int64_t memory_returned;          /* clock_now(); 0: never */
    struct worker *trimming;          /* returns it now; NULL: nothing does */
    struct load *load;                /* under way */
    bool load_again;                  /* asked for while one was under way */
    struct control_request **waiting; /* `holdfastctl reload` */
    size_t waiting_count;
    struct daemon_reload reload;
    int64_t started; /* clock_now() */
    int64_t started_wall;
    char status_line[160];
};

/* ---- vrrp.c, announce.c ------------------------------------------------------------------------ */

/** Makes BFD and VRRP: daemon->bfd, daemon->vrrp. */
void daemon_wire_vrrp(struct daemon *daemon);

/**
 * Gives up what that owner has claimed: addresses, routes, rules. Takes effect with
 * daemon_commit().
 */
void daemon_release(void *argument, const char *owner);

/**
 * Makes the kernel have what is claimed, and no more of ours. What goes goes first, in the order
 * opposite to what comes: keepalived-reference.md B13, B15.
 */
void daemon_commit(void *argument);

/** The section `static` of the status document. @param argument  the daemon */
json_t *daemon_section_static(void *argument);

/**
 * Tells the neighbours the addresses of an instance, as hook `announce` of VRRP.
 * @param argument  the daemon
 * @param repeat  packets for each address
 * @param elsewhere  only those that no advert tells the switches of: garp_extra_if
 */
void daemon_announce(void *argument, const struct conf_instance *instance, uint32_t repeat,
                     bool elsewhere);

/**
 * Tells nothing any more of that owner's addresses, as hook `hush` of VRRP.
 * @param argument  the daemon
 * @return whether something was still to be told
 */
bool daemon_hush(void *argument, const char *owner);

/* ---- static.c ---------------------------------------------------------------------------------- */

/** Claims the static entries of a configuration. Takes effect with daemon_commit(). */
void daemon_claim_static(struct daemon *daemon, const struct conf *conf);

/** Gives up the static entries of a configuration. Takes effect with daemon_commit(). */
void daemon_release_static(struct daemon *daemon, const struct conf *conf);

/**
 * An entry of that owner, which the kernel had refused or somebody had removed, is there. The
 * instances of a track_group are in FAULT while one of its entries cannot be put back: that ends.
 * @param argument  the daemon
 */
void daemon_on_put_back(void *argument, const char *owner);

/**
 * The same for an address, which an instance then announces again.
 * @param argument  the daemon
 */
void daemon_on_restored(void *argument, const char *owner);

/**
 * The kernel refuses an entry of that owner: its instance, or those of its track_group, are told.
 * @param argument  the daemon
 * @param text  what is refused and why
 */
void daemon_on_refused(void *argument, const char *owner, const char *text);

/** Removes what an earlier run left and nobody has claimed. */
void daemon_sweep(struct daemon *daemon);

/**
 * The timer of what a crash left. Another director is master by now: what is static stays, all else
 * must not answer beside it.
 * @param argument  the daemon
 */
void daemon_on_leftover(void *argument, int64_t now, int64_t late);

/* ---- network.c --------------------------------------------------------------------------------- */

/**
 * The timer of changed interfaces: many changes of one loop turn make one evaluation.
 * @param argument  the daemon
 */
void daemon_on_links_changed(void *argument, int64_t now, int64_t late);

/** Sets the receive buffers of the netlink sockets as the configuration says. */
void daemon_set_buffers(struct daemon *daemon, const struct conf *conf);

/** Opens all that looks at the network or changes it. @return 0 or -errno, which was logged */
int daemon_open_network(struct daemon *daemon);

/* ---- service.c --------------------------------------------------------------------------------- */

/** Checks stay as they are; IPVS, and what it needs beside its table, follow a configuration. */
void daemon_configure_services(struct daemon *daemon, const struct conf *conf);

/** Makes the checks and IPVS: daemon->checker, daemon->sync. */
void daemon_wire_services(struct daemon *daemon);

/**
 * A role changed, as hook `changed` of VRRP: the sync daemon may have to change its own. At the
 * stop it does its work until the last address has gone.
 * @param argument  the daemon
 */
void daemon_on_vrrp_changed(void *argument);

/**
 * Tells the checks which addresses are on this host, where a configuration wants it (ha_suspend).
 * @param conf  that is in force, or is about to be
 */
void daemon_tell_addresses(struct daemon *daemon, const struct conf *conf);

/** The timer of changed addresses. @param argument  the daemon */
void daemon_on_addresses_changed(void *argument, int64_t now, int64_t late);

/* ---- announced.c ------------------------------------------------------------------------------- */

/** Makes what announces addresses: daemon->announced. When checks and IPVS are there. */
void daemon_wire_announced(struct daemon *daemon);

/** `node drain` is in force, or no more: the addresses go, or come again. */
void daemon_steer_announced(struct daemon *daemon);

/** The addresses of a configuration: announced_configure(). */
void daemon_configure_announced(struct daemon *daemon, const struct conf *conf);

/** A service has changed, or the kernel's table: whoever announces its address looks again. */
void daemon_touch_announced(struct daemon *daemon, const struct conf_service_key *key);

/** The section `announced` of the status document. @param argument  the daemon */
json_t *daemon_section_announced(void *argument);

/* ---- tracked.c --------------------------------------------------------------------------------- */

/** The number in a tracked file changed, as hook `files_changed` of VRRP. @param argument  the daemon */
void daemon_on_files_changed(void *argument);

/** Tells the checks how a session is. */
void daemon_tell_session(struct daemon *daemon, const struct conf_bfd *session);

/** Tells the checks of all files and sessions: before checker_configure(). */
void daemon_tell_tracked(struct daemon *daemon);

/* ---- apply.c ----------------------------------------------------------------------------------- */

/** Frees the configurations that nobody works by any more. */
void daemon_retire(struct daemon *daemon);

/**
 * The new configuration takes over, and is the daemon's; the old one is freed when nobody points to
 * it any more.
 * @param by_hand  what differs is what an operator added, or took out
 */
void daemon_apply(struct daemon *daemon, struct conf *conf, bool by_hand);

/** Everything is there; the first configuration takes effect. */
void daemon_begin(struct daemon *daemon);

/* ---- reload.c ---------------------------------------------------------------------------------- */

/** Writes what a configuration has, for people. @return `text` */
const char *daemon_count_text(char text[DAEMON_COUNT_TEXT_SIZE], const struct conf *conf);

/** Tells the service manager in a line what we do, if that has changed. */
void daemon_status_line(struct daemon *daemon);

/** The file of reload_file; NULL: none. */
const char *daemon_reload_mark(const struct daemon *daemon);

/** How the last reload went: doc/status.md. */
json_t *daemon_reload_json(const struct daemon *daemon);

/** Answers everybody who waits for a reload. */
void daemon_answer_reloads(struct daemon *daemon);

/** What loading needs to know of the command line and of where we are. */
struct load_request daemon_load_request(const struct daemon *daemon);

/** Reads the configuration again; afterwards once more, if a reload is under way already. */
void daemon_reload_start(struct daemon *daemon);

/* ---- process.c --------------------------------------------------------------------------------- */

/** Sets the priorities that the configuration asks for, or that the process raised itself to. */
void daemon_schedule(struct daemon *daemon);

/**
 * Sets the umask, of --umask or else of the configuration, for our own files and for those of
 * scripts.
 */
void daemon_set_umask(struct daemon *daemon);

/** Says what becomes of each signal that somebody may send us. */
void daemon_catch_signals(struct daemon *daemon);

/** Makes the daemon's timers, and starts those of every second and of the watchdog. */
void daemon_set_timers(struct daemon *daemon);

/**
 * Lets more files be open: each check holds a descriptor while it runs, and the soft limit is as
 * low as 1024 (getrlimit(2)).
 */
void daemon_raise_descriptor_limit(void);

/**
 * The helper process has died. Without it no script runs, and a new one could not change to other
 * users any more. Where a service manager watches us it starts us again, and we go on as master
 * (holdfastd(8), RESUMING); elsewhere our addresses would be nobody's, so we go on without scripts.
 * Not again and again: the manager gives up on what it has to start too often.
 * @param argument  the daemon
 */
void daemon_on_helper_lost(void *argument);

/* ---- status.c, control.c ----------------------------------------------------------------------- */

/**
 * Makes the status document and what answers for the configuration: daemon->snapshot,
 * daemon->running.
 */
void daemon_describe(struct daemon *daemon);

/**
 * Writes the status to its file, or to the log: each line as one of the log, since syslog takes no
 * more at once.
 * @param argument  the daemon
 */
void daemon_on_dump(void *argument);

/** Opens the control socket. Without it nobody can look in, but the director directs. */
void daemon_listen(struct daemon *daemon);

/** The group of the socket for readers follows the configuration. */
void daemon_follow_readers(struct daemon *daemon);

/** Makes what reads the kernel's connections, daemon->connections, and adds its command. */
void daemon_add_connections(struct daemon *daemon);

/** Makes the event log, daemon->journal: before all that may have something to tell. */
void daemon_open_journal(struct daemon *daemon);

/** Adds an event to the log: control/journal.h. */
void daemon_note(struct daemon *daemon, const struct journal_entry *entry);

/**
 * Adds what somebody asks for: `object`, `server`, `to` (what is asked) and `reason` of the entry count.
 * Before the request is answered.
 */
void daemon_note_operator(struct daemon *daemon, const struct control_request *request,
                          const struct journal_entry *entry);

/** Who asks, for people: "root (uid 0), holdfastctl (process 4711)". @return `text` */
const char *daemon_whom(char text[DAEMON_WHOM_SIZE], const struct control_request *request);

/** Adds the command that tells the event log. */
void daemon_add_events(struct daemon *daemon);

/* ---- overrides.c ------------------------------------------------------------------------------- */

/** Makes daemon->overrides, empty: before VRRP looks for them. */
void daemon_make_overrides(struct daemon *daemon);

/** Takes those that an earlier run left, and keeps all from now on: after the checker is there. */
void daemon_open_overrides(struct daemon *daemon);

/** Writes what is still to be kept, and frees. */
void daemon_free_overrides(struct daemon *daemon);

/** All of them but servers' orders. */
const struct override_list *daemon_overrides(const struct daemon *daemon);

/** They, or servers' orders, have changed: the next run is to have them. @param argument  the daemon */
void daemon_keep_overrides(void *argument);

/** Answers when all that was asked so far is kept. @param reply  its reference is taken */
void daemon_answer_when_kept(struct daemon *daemon, struct control_request *request, json_t *reply);

/**
 * Does what somebody asks, and tells the log and the event log who.
 * @param span  ns that it lasts; 0: until it is undone
 */
void daemon_override(struct daemon *daemon, const struct control_request *request,
                     const struct override *asked, int64_t span);

/** The same where `by` of it is set already. */
void daemon_note_override(struct daemon *daemon, const struct override *asked, int64_t span);

/** Undoes one, and tells. @return false: there is none */
bool daemon_end_override(struct daemon *daemon, const struct control_request *request,
                         enum override_kind kind, const char *object, const char *part);

/**
 * Asks for an override that changes the configuration, or for the end of one (`ends`), and answers when it is
 * in force and kept, or why it is not. What the file says must be what is in force.
 */
void daemon_patch(struct daemon *daemon, struct control_request *request,
                  const struct override *override, int64_t span, bool ends);

/** Lets the overrides that an earlier run left change the first configuration. */
void daemon_patch_first(struct daemon *daemon);

/** The instance itself or a member of its sync group that owns its addresses; NULL: none does. */
const struct conf_instance *daemon_find_owner(const struct conf_instance *instance);

/** Hook `find_steering` of VRRP. @param argument  the daemon */
struct vrrp_steering daemon_find_steering(void *argument, const struct conf_instance *instance);

/** `operator` of an instance in the status document: doc/status.md. */
json_t *daemon_operator_json(const struct daemon *daemon, const struct conf_instance *instance);

/* ---- overrides_told.c -------------------------------------------------------------------------- */

/** The section `overrides` of the status document; its argument is the daemon. */
extern const struct snapshot_large daemon_section_overrides;

/** Adds the command that lists them. */
void daemon_tell_overrides(struct daemon *daemon);

/* ---- steer_vrrp.c ------------------------------------------------------------------------------ */

/** Answers that there are too many overrides for another one. */
void daemon_refuse_more(struct control_request *request);

/** Reads `for_ms` of a request. @return NULL, or what is wrong with it @param span  ns; 0: none */
const char *daemon_read_span(const struct control_request *request, int64_t *span);

/** The configured instance of that name, NULL: none. */
const struct conf_instance *daemon_find_instance(const struct daemon *daemon, const char *name);

/** The command `server` with the action add or del. */
void daemon_patch_server(struct daemon *daemon, struct control_request *request);

/** Adds the commands about instances, the log's level and overrides. */
void daemon_add_vrrp_steering(struct daemon *daemon);

/* ---- node.c ------------------------------------------------------------------------------------ */

/** Makes daemon->node: before VRRP asks for it. */
void daemon_make_node(struct daemon *daemon);

/** Frees it; who waits for a drain is told that the daemon stops. */
void daemon_free_node(struct daemon *daemon);

/** Whether a drain that is under way has come past that instance. */
bool daemon_node_is_drained(const struct daemon *daemon, const char *instance);

/** Whether a drain that is under way hands that instance over. */
bool daemon_node_hands_over(const struct daemon *daemon, const char *instance);

/** Adds the command. */
void daemon_add_node(struct daemon *daemon);

/** Adds the commands about checks and servers. */
void daemon_add_steering(struct daemon *daemon);

/* ---- web.c ------------------------------------------------------------------------------------- */

/** Makes the web server, which listens nowhere yet: daemon->web. After daemon_describe(). */
void daemon_make_web(struct daemon *daemon);

/** The web server listens where a configuration says. */
void daemon_configure_web(struct daemon *daemon, const struct conf *conf);

/* ---- stop.c ------------------------------------------------------------------------------------ */

/**
 * Stops the loop if the daemon is stopping, the notify scripts have ended, or had their time, and
 * no address waits for its successor.
 */
void daemon_try_stop(struct daemon *daemon);

/** The timer of the stop: scripts and mails had their time. @param argument  the daemon */
void daemon_on_stop_limit(void *argument, int64_t now, int64_t late);

/**
 * Whether what the kernel has for IPVS is left there at a stop that comes now, for the next process to
 * take over: lvs_keep_on_stop, or `holdfastctl stop --keep`. Whatever belongs to the table stays with
 * it, and nothing else does.
 */
bool daemon_keeps_table(const struct daemon *daemon);

/**
 * The loop has ended for a pause: masters send their last advert, and the process ends as it stands, as by
 * a crash, so that everything in the kernel stays for the next one. Does not return.
 */
void daemon_end_pause(struct daemon *daemon) __attribute__((noreturn));

/** Adds the command that stops the daemon. */
void daemon_add_stop(struct daemon *daemon);

/** Begins the orderly stop. @param argument  the daemon */
void daemon_on_terminate(void *argument);

/**
 * Nothing of ours is left: the shutdown_script has the last word, and the loop turns for it alone.
 */
void daemon_shut_down(struct daemon *daemon);

#endif
