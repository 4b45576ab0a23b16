/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastd: the daemon's life from options to orderly stop, and the wiring between modules that do
 * not know each other. Nothing is decided here but who is told of what.
 */
#include "config.h"

#include "base/clock.h"
#include "base/command.h"
#include "base/helper.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/runner.h"
#include "base/runtime.h"
#include "base/sdnotify.h"
#include "base/text.h"
#include "bfd/bfd.h"
#include "check/checker.h"
#include "check/event_line.h"
#include "control/protocol.h"
#include "control/render.h"
#include "control/snapshot.h"
#include "events.h"
#include "ipvs/sync.h"
#include "load.h"
#include "mail/mail.h"
#include "mark.h"
#include "net/address.h"
#include "net/carrier.h"
#include "net/filter.h"
#include "net/igmp.h"
#include "net/link.h"
#include "net/neigh.h"
#include "net/route.h"
#include "net/rule.h"
#include "net/sysctl.h"
#include "net/vmac.h"
#include "once.h"
#include "options.h"
#include "parser/conf.h"
#include "parser/diag.h"
#include "parser/lint.h"
#include "parser/schema.h"
#include "place.h"
#include "planned.h"
#include "print.h"
#include "privileges.h"
#include "running.h"
#include "statefile.h"
#include "vrrp/owned.h"
#include "vrrp/vrrp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    EXIT_WARNINGS = 2, /* of -t --strict */
    EXIT_BUSY = 3,     /* another instance runs */
    EXIT_CONFIG = 78,  /* EX_CONFIG of sysexits.h: starting again does not help */
};

enum {
    DAEMON_COUNT_TEXT_SIZE = 96,
    DAEMON_DESCRIPTORS = 131072, /* LimitNOFILE= of the service unit */
};

enum { DAEMON_OWNER_SIZE = 128 };

/* Who owns static entries, for people; a track_group's name behind " of ". */
#define DAEMON_STATIC_OWNER "static entries"

/* Where keepalived has it, so that those who wait for it find it. */
#define DAEMON_RELOAD_FILE HOLDFAST_RUNSTATEDIR "/keepalived.reload"

#define DAEMON_HOUSEKEEPING (1 * CLOCK_SECOND)
#define DAEMON_MEMORY_PAUSE (10 * CLOCK_SECOND)
#define DAEMON_STOP_LIMIT   (1 * CLOCK_SECOND) /* for notify scripts: keepalived-reference.md 3.3 */
#define DAEMON_RENEWABLE                                                                           \
    (60 * CLOCK_SECOND) /* it has run so long: StartLimitIntervalSec= of the unit */

/* How the last reload went. */
struct daemon_reload {
    uint64_t count;
    const char *result; /* "none", "ok" or "failed" */
    int64_t at_wall;
    int64_t duration;
    char message[256];
    json_t *diagnostics;
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
    struct route_table *routes;
    struct rule_table *rules;
    struct sysctl_table *settings;
    struct igmp *igmp;
    struct vmac_table *vmacs;
    struct neigh *neigh;
    struct filter *filter;
    struct events *events;
    struct mail *mail;
    int realtime; /* the priority that the process raised itself to */
    struct bfd *bfd;
    struct vrrp *vrrp;
    struct checker *checker;
    struct sync *sync;
    struct control *control;
    struct snapshot *snapshot;
    struct loop_signal *signals[4];
    struct loop_timer *housekeeping;
    struct loop_timer *watchdog;
    struct loop_timer *links_changed;
    struct loop_timer *stopping; /* how long notify scripts are waited for */
    struct once *startup;        /* it runs: nothing has begun yet */
    struct loop_timer *leftover; /* meanwhile: when what a crash left can't be resumed any more */
    bool is_stopping;
    bool is_over; /* all has happened but the shutdown_script */
    bool has_left;
    bool scripts_had_time;
    bool memory_loose;                /* much was freed since it was returned */
    int64_t memory_returned;          /* clock_now(); 0: never */
    struct load *load;                /* under way */
    bool load_again;                  /* asked for while one was under way */
    struct control_request **waiting; /* `holdfastctl reload` */
    size_t waiting_count;
    struct daemon_reload reload;
    int64_t started; /* clock_now() */
    int64_t started_wall;
    char status_line[160];
};

/* ---- Wiring: VRRP and the network -------------------------------------------------------------- */

static bool daemon_find_link(void *argument, const char *name, uint8_t family,
                             struct vrrp_link *found)
{
    const struct daemon *daemon = argument;
    const struct link *link = link_find(daemon->links, name);
    const struct inet_addr *primary;
    struct carrier_state state;

    *found = (struct vrrp_link){0};
    if (!link) {
        return false;
    }
    primary = link_primary_address(link, family);
    found->index = link->info.index;
    state = carrier_state(daemon->carriers, link);
    found->running = state.up;
    found->awaited = state.awaited;
    found->mtu = link->info.mtu;
    if (primary) {
        found->primary = *primary;
    }
    if (family == AF_INET6) {
        primary = link_global_address(link);
        found->tentative = link_is_tentative(link);
        if (primary) {
            found->global = *primary;
        }
    }
    return true;
}

static bool daemon_is_ours(void *argument, const struct inet_addr *addr)
{
    const struct daemon *daemon = argument;

    for (const struct link *link = link_next(daemon->links, NULL); link;
         link = link_next(daemon->links, link)) {
        for (size_t i = 0; i < link->address_count; i++) {
            if (inet_equal(&link->addresses[i].prefix.addr, addr)) {
                return true;
            }
        }
    }
    return false;
}

static void daemon_claim(void *argument, const struct conf_instance *instance)
{
    struct daemon *daemon = argument;

    address_claim(daemon->addresses, instance->name, &instance->addresses);
    route_claim(daemon->routes, instance->name, &instance->routes);
    rule_claim(daemon->rules, instance->name, &instance->rules);
}

static void daemon_release(void *argument, const char *owner)
{
    struct daemon *daemon = argument;

    address_release(daemon->addresses, owner);
    route_release(daemon->routes, owner);
    rule_release(daemon->rules, owner);
}

/* What goes goes first, in the order opposite to what comes: keepalived-reference.md B13, B15. */
static void daemon_commit(void *argument)
{
    struct daemon *daemon = argument;

    rule_withdraw(daemon->rules);
    route_withdraw(daemon->routes);
    address_commit(daemon->addresses);
    route_commit(daemon->routes);
    rule_commit(daemon->rules);
}

/* ---- Static entries ---------------------------------------------------------------------------- */

/* @param group  NULL: entries of no group. @return `name` */
static const char *daemon_static_owner(char name[DAEMON_OWNER_SIZE],
                                       const struct conf_track_group *group)
{
    (void)snprintf(name, DAEMON_OWNER_SIZE, DAEMON_STATIC_OWNER "%s%s", group ? " of " : "",
                   group ? group->name : "");
    return name;
}

static void daemon_claim_entries(struct daemon *daemon, const struct conf_track_group *group,
                                 const struct conf_static *entries)
{
    char owner[DAEMON_OWNER_SIZE];

    daemon_static_owner(owner, group);
    address_claim(daemon->addresses, owner, &entries->addresses);
    route_claim(daemon->routes, owner, &entries->routes);
    rule_claim(daemon->rules, owner, &entries->rules);
}

/* Takes effect with daemon_commit(). */
static void daemon_claim_static(struct daemon *daemon, const struct conf *conf)
{
    const struct conf_track_group *group;

    daemon_claim_entries(daemon, NULL, &conf->entries);
    STAILQ_FOREACH(group, &conf->track_groups, next) {
        daemon_claim_entries(daemon, group, &group->entries);
    }
}

static void daemon_release_static(struct daemon *daemon, const struct conf *conf)
{
    const struct conf_track_group *group;
    char owner[DAEMON_OWNER_SIZE];

    daemon_release(daemon, daemon_static_owner(owner, NULL));
    STAILQ_FOREACH(group, &conf->track_groups, next) {
        daemon_release(daemon, daemon_static_owner(owner, group));
    }
}

/* ---- Wiring: what VRRP asks of the network ----------------------------------------------------- */

static struct vrrp_owned daemon_find_rule(void *argument, const struct conf_rule *rule)
{
    const struct daemon *daemon = argument;
    struct keeper_state state = rule_state(daemon->rules, rule);

    return (struct vrrp_owned){.present = state.present, .trouble = state.trouble};
}

static struct vrrp_owned daemon_find_route(void *argument, const struct conf_route *route)
{
    const struct daemon *daemon = argument;
    struct keeper_state state = route_state(daemon->routes, route);

    return (struct vrrp_owned){.present = state.present, .trouble = state.trouble};
}

static bool daemon_is_present(void *argument, const struct conf_address *address)
{
    const struct daemon *daemon = argument;

    return address_is_present(daemon->addresses, address->device, &address->prefix);
}

/* Whether this host is an IPv6 router on an interface: what its advertisements must say of it. */
static bool daemon_forwards(const struct daemon *daemon, int index)
{
    const struct link *link = link_find_index(daemon->links, index);
    char path[64];
    char value = '0';
    int fd;

    (void)snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%.16s/forwarding",
                   link ? link->info.name : "all");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!read(fd, &value, 1);
        (void)close(fd);
    }
    return value != '0';
}

/* The virtual interface that an address of an instance is on; NULL: it is on a real one. */
static const struct conf_vmac *daemon_find_vmac(const struct conf_instance *instance,
                                                const struct conf_address *address)
{
    return address->vmac                                                          ? address->vmac
           : instance->vmac && strcmp(instance->vmac->name, address->device) == 0 ? instance->vmac
                                                                                  : NULL;
}

/* Whether no advert tells the switches where an address is; keepalived-reference.md, garp_extra_if. */
static bool daemon_is_elsewhere(const struct conf_instance *instance,
                                const struct conf_address *address)
{
    const char *mouth =
        instance->vmac && !instance->vmac_xmit_base ? instance->vmac->name : instance->interface;

    return strcmp(address->device, mouth) != 0 &&
           (instance->announce.extra_all || daemon_find_vmac(instance, address));
}

static bool daemon_neigh_target(const struct daemon *daemon, const struct conf_instance *instance,
                                const struct conf_address *address,
                                struct neigh_announcement *announcement)
{
    const struct link *link = link_find(daemon->links, address->device);
    const struct conf_vmac *vmac = daemon_find_vmac(instance, address);
    struct neigh_target *target = &announcement->target;

    if (!link || link->info.mac_size != NEIGH_MAC_SIZE) {
        return false;
    }
    announcement->base = vmac ? vmac->parent : address->device;
    target->index = link->info.index;
    target->addr = address->prefix.addr;
    memcpy(target->mac, link->info.mac, NEIGH_MAC_SIZE);
    return true;
}

/* Whether this host is a router there; those of one interface mostly stand together. */
static void daemon_find_routers(const struct daemon *daemon, struct neigh_announcement *all,
                                size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct neigh_target *target = &all[i].target;
        const struct neigh_target *last = i ? &all[i - 1].target : NULL;

        if (target->addr.family == AF_INET6) {
            target->router = last && last->index == target->index && last->addr.family == AF_INET6
                                 ? last->router
                                 : daemon_forwards(daemon, target->index);
        }
    }
}

static void daemon_announce(void *argument, const struct conf_instance *instance, uint32_t repeat,
                            bool elsewhere)
{
    struct daemon *daemon = argument;
    const struct conf_address *address;
    struct neigh_announcement *all;
    size_t count = 0;

    STAILQ_FOREACH(address, &instance->addresses, next) {
        count++;
    }
    all = memory_new(count + 1, sizeof(*all));
    count = 0;
    STAILQ_FOREACH(address, &instance->addresses, next) {
        if (!elsewhere || daemon_is_elsewhere(instance, address)) {
            count += daemon_neigh_target(daemon, instance, address, &all[count]);
        }
    }
    daemon_find_routers(daemon, all, count);
    neigh_announce(daemon->neigh, instance->name, all, count, repeat);
    free(all);
}

static bool daemon_hush(void *argument, const char *owner)
{
    const struct daemon *daemon = argument;

    return neigh_forget(daemon->neigh, owner);
}

/* The group whose static entries this owner has; NULL: it is an instance, or of no group. */
static const struct conf_track_group *daemon_find_track_group(const struct daemon *daemon,
                                                              const char *owner)
{
    const struct conf_track_group *group;
    char name[DAEMON_OWNER_SIZE];

    STAILQ_FOREACH(group, &daemon->conf->track_groups, next) {
        if (strcmp(owner, daemon_static_owner(name, group)) == 0) {
            return group;
        }
    }
    return NULL;
}

/* The instances of a track_group are in FAULT while one of its entries cannot be put back. */
static void daemon_on_put_back(void *argument, const char *owner)
{
    struct daemon *daemon = argument;
    const struct conf_track_group *group = daemon_find_track_group(daemon, owner);
    const struct conf_group_member *member;

    if (group) {
        STAILQ_FOREACH(member, &group->members, next) {
            vrrp_on_address_forgiven(daemon->vrrp, member->name);
        }
    }
}

static void daemon_on_restored(void *argument, const char *owner)
{
    struct daemon *daemon = argument;

    daemon_on_put_back(daemon, owner);
    vrrp_on_address_restored(daemon->vrrp, owner);
}

static void daemon_on_refused(void *argument, const char *owner, const char *text)
{
    struct daemon *daemon = argument;
    const struct conf_track_group *group = daemon_find_track_group(daemon, owner);
    const struct conf_group_member *member;

    if (!group) {
        vrrp_on_address_refused(daemon->vrrp, owner, text);
        return;
    }
    STAILQ_FOREACH(member, &group->members, next) {
        vrrp_on_address_refused(daemon->vrrp, member->name, text);
    }
}

_Static_assert((int)VRRP_PROBLEM_SIZE == (int)VMAC_TEXT_SIZE &&
                   (int)VMAC_TEXT_SIZE == (int)SYSCTL_PROBLEM_SIZE,
               "a problem is one text, whoever tells it");

static int daemon_obtain_virtual(void *argument, const char *owner, const struct conf_vmac *vmac,
                                 char problem[VRRP_PROBLEM_SIZE])
{
    struct daemon *daemon = argument;

    return vmac_obtain(daemon->vmacs, owner, vmac, problem);
}

static void daemon_raise_virtual(void *argument, const char *owner, const char *name, bool up)
{
    struct daemon *daemon = argument;

    vmac_set_up(daemon->vmacs, owner, name, up);
}

static void daemon_release_virtual(void *argument, const char *owner, const char *name)
{
    struct daemon *daemon = argument;

    vmac_release(daemon->vmacs, owner, name);
}

static void daemon_promote(void *argument, const char *interface, bool on)
{
    struct daemon *daemon = argument;
    char problem[SYSCTL_PROBLEM_SIZE];

    if (!on) {
        sysctl_release(daemon->settings, interface, "promote_secondaries");
    } else if (!sysctl_hold(daemon->settings, interface, "promote_secondaries", 1, problem)) {
        log_warning(daemon->log, interface, "%s", problem);
    }
}

/* Many changes of one loop turn make one evaluation. */
static void daemon_on_links_changed(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;

    (void)now;
    (void)late;
    bfd_on_link_change(daemon->bfd);
    vrrp_on_link_change(daemon->vrrp);
    if (!daemon->is_stopping) {
        sync_mark_daemon(daemon->sync);
    }
}

static void daemon_on_link_event(void *argument, const struct link_event *event)
{
    struct daemon *daemon = argument;
    bool our_own = event->address && event->address->protocol == RTNETLINK_PROTOCOL_HOLDFAST;

    if (daemon->carriers) {
        carrier_on_link_event(daemon->carriers, event);
    }
    if (daemon->vmacs) {
        vmac_on_link_event(daemon->vmacs, event);
    }
    if (daemon->addresses) {
        address_on_link_event(daemon->addresses, event);
    }
    if (daemon->routes) {
        route_on_link_event(daemon->routes);
    }
    if (!our_own && daemon->vrrp) {
        loop_timer_set(daemon->links_changed, clock_now());
    }
}

/* ---- Wiring: BFD ------------------------------------------------------------------------------- */

static enum track_status daemon_find_bfd(void *argument, const char *name)
{
    static const enum track_status statuses[] = {
        [BFD_STATUS_UNKNOWN] = TRACK_UNKNOWN,
        [BFD_STATUS_UP] = TRACK_GOOD,
        [BFD_STATUS_DOWN] = TRACK_BAD,
    };

    return statuses[bfd_status(((const struct daemon *)argument)->bfd, name)];
}

static void daemon_on_bfd_changed(void *argument, const struct conf_bfd *session,
                                  enum bfd_status status)
{
    struct daemon *daemon = argument;

    (void)status;
    if (session->vrrp) {
        vrrp_on_bfd_change(daemon->vrrp);
    }
}

/* ---- Wiring: checks and IPVS ------------------------------------------------------------------- */

static bool daemon_server_view(void *argument, const struct conf_virtual_server *service,
                               const struct conf_real_server *server, uint32_t *weight)
{
    const struct daemon *daemon = argument;

    if (server == service->sorry_server) {
        return checker_sorry_view(daemon->checker, &service->key, weight);
    }
    return checker_server_view(daemon->checker, &service->key, &server->key, weight);
}

static bool daemon_is_master(void *argument, const char *instance)
{
    return vrrp_is_master(((const struct daemon *)argument)->vrrp, instance);
}

static int daemon_find_interface(void *argument, const char *name)
{
    const struct link *link = link_find(((const struct daemon *)argument)->links, name);

    return link ? link->info.index : 0;
}

/* At the stop the sync daemon does its work until the last address has gone. */
static void daemon_on_vrrp_changed(void *argument)
{
    struct daemon *daemon = argument;

    if (daemon->sync && !daemon->is_stopping) {
        sync_mark_daemon(daemon->sync);
    }
}

static void daemon_on_service_changed(void *argument, const struct conf_service_key *service)
{
    struct daemon *daemon = argument;

    sync_mark_dirty(daemon->sync, service);
}

static const struct conf_virtual_server *daemon_find_service(const struct conf *conf,
                                                             const struct conf_service_key *key)
{
    const struct conf_virtual_server *service;

    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        if (memcmp(&service->key, key, sizeof(*key)) == 0) {
            return service;
        }
    }
    return NULL;
}

static const struct conf_real_server *daemon_find_server(const struct conf_virtual_server *service,
                                                         const struct conf_server_key *key)
{
    const struct conf_real_server *server;

    STAILQ_FOREACH(server, &service->servers, next) {
        if (memcmp(&server->key, key, sizeof(*key)) == 0) {
            return server;
        }
    }
    return NULL;
}

static const struct conf_script *daemon_event_script(const struct conf *conf,
                                                     const struct checker_event *event)
{
    const struct conf_virtual_server *service = daemon_find_service(conf, event->service);
    const struct conf_real_server *server;

    if (!service) {
        return NULL;
    }
    if (!event->server) {
        return event->kind == CHECKER_QUORUM_UP ? &service->quorum_up : &service->quorum_down;
    }
    server = daemon_find_server(service, event->server);
    if (!server) {
        return NULL;
    }
    return event->kind == CHECKER_SERVER_UP ? &server->notify_up : &server->notify_down;
}

/* One that went out of the configuration is told of as it was in the former one. */
static bool daemon_mails(const struct conf *conf, const struct checker_event *event)
{
    const struct conf_virtual_server *service = daemon_find_service(conf, event->service);
    const struct conf_real_server *server =
        service && event->server ? daemon_find_server(service, event->server) : NULL;

    return event->server ? server && server->mail : service && service->mail;
}

static void daemon_mail_check_event(const struct daemon *daemon, const struct conf *conf,
                                    const struct checker_event *event)
{
    struct text_buffer subject = {0};

    if (conf && conf->global.mail.server && daemon_mails(conf, event)) {
        event_line_write_subject(event, &subject);
        mail_tell(daemon->mail, subject.data, event->reason ? event->reason : "");
        text_release(&subject);
    }
}

static void daemon_on_check_event(void *argument, const struct checker_event *event)
{
    struct daemon *daemon = argument;
    const struct conf *conf = event->removed ? daemon->conf_before : daemon->conf;
    const struct conf_script *script = conf ? daemon_event_script(conf, event) : NULL;
    struct text_buffer line = {0};
    struct command *command;
    int error;

    event_line_write(event, &line);
    events_tell_lvs(daemon->events, line.data);
    text_release(&line);
    daemon_mail_check_event(daemon, conf, event);
    if (!script || !script->argv) {
        return;
    }
    command =
        command_new(daemon->log, script->argv[0], script->argv, script->user, script->group,
                    &(struct command_policy){.user = conf->global.script_user,
                                             .group = conf->global.script_group,
                                             .secure = conf->global.script_security,
                                             .supplementary = conf->global.supplementary_groups});
    if (command && !command_run(command, daemon->runner, NULL, NULL, 0, NULL, NULL, &error)) {
        log_error(daemon->log, command_path(command), "cannot be started: %s",
                  runner_error_text(error));
    }
    command_free(command);
}

/* ---- Reload ------------------------------------------------------------------------------------ */

/* What a configuration has, for people. @return `text` */
static const char *daemon_count_text(char text[DAEMON_COUNT_TEXT_SIZE], const struct conf *conf)
{
    (void)snprintf(text, DAEMON_COUNT_TEXT_SIZE,
                   "%u instance%s, %u virtual server%s, %u real server%s", conf->instance_count,
                   text_plural(conf->instance_count), conf->virtual_server_count,
                   text_plural(conf->virtual_server_count), conf->real_server_count,
                   text_plural(conf->real_server_count));
    return text;
}

static void daemon_status_line(struct daemon *daemon)
{
    char line[sizeof(daemon->status_line)];
    char count[DAEMON_COUNT_TEXT_SIZE];

    (void)snprintf(line, sizeof(line), "%s; MASTER of %u%s", daemon_count_text(count, daemon->conf),
                   vrrp_masters(daemon->vrrp),
                   strcmp(daemon->reload.result, "failed") == 0 ? "; the last reload was refused"
                                                                : "");
    if (strcmp(line, daemon->status_line) != 0) {
        memcpy(daemon->status_line, line, sizeof(line));
        sdnotify_status(line);
    }
}

/* What the file says, or what the process raised itself to, as far as the file lets it. */
static int daemon_realtime(const struct daemon *daemon)
{
    const struct conf_process *process = &daemon->conf->global.process;
    int raised =
        daemon->realtime < process->realtime_most ? daemon->realtime : process->realtime_most;

    return raised > (int)process->realtime ? raised : (int)process->realtime;
}

static void daemon_schedule(struct daemon *daemon)
{
    const struct conf_process *process = &daemon->conf->global.process;
    /* What was given up takes a restart, as privileges_check() says: it is not tried. */
    bool may_raise = !privileges_lacks(daemon->privileges, CAP_SYS_NICE);
    int realtime =
        daemon->realtime > (int)process->realtime ? daemon->realtime : (int)process->realtime;
    const struct process_settings settings = {
        .has_nice = may_raise && process->nice != CONF_UNSET_NICE,
        .nice = process->nice,
        .realtime = may_raise ? realtime : 0,
        .realtime_us = process->realtime_us,
        .lock_memory = process->no_swap && !privileges_lacks(daemon->privileges, CAP_IPC_LOCK),
        .cpus = process->cpus,
    };

    process_apply(&settings, daemon->log);
}

/* max_auto_priority: a loop that runs late asks the kernel for more, one step a second. */
static void daemon_watch_lateness(struct daemon *daemon)
{
    const struct conf_process *process = &daemon->conf->global.process;
    int64_t worst = loop_worst_lag(daemon->loop);
    int now = daemon_realtime(daemon);
    int raised =
        process_raised(now, process->realtime_most, worst, process->late_us * CLOCK_MICROSECOND);

    if (raised != now) {
        daemon->realtime = raised;
        log_event(daemon->log, LOG_LEVEL_NOTICE, "process",
                  "the loop was late: real-time priority %d from now on", raised);
        daemon_schedule(daemon);
    }
}

/* Frees the configurations that nobody works by any more. */
static void daemon_retire(struct daemon *daemon)
{
    for (size_t i = 0; !vrrp_is_leaving(daemon->vrrp) && i < daemon->outlived_count; i++) {
        running_retire(daemon->running, daemon->outlived[i]);
        daemon->outlived[i] = NULL;
    }
    if (!vrrp_is_leaving(daemon->vrrp)) {
        daemon->outlived_count = 0;
    }
}

/* The file of reload_file; NULL: none. */
static const char *daemon_reload_mark(const struct daemon *daemon)
{
    const char *file = daemon->conf->global.reload_file;

    return file && !*file ? DAEMON_RELOAD_FILE : file;
}

/* One process has the sockets of keepalived's two: the larger buffer counts. */
static struct conf_buffer daemon_larger_buffer(const struct conf *conf, enum conf_buffer_kind one,
                                               enum conf_buffer_kind other)
{
    const struct conf_buffer *buffers = conf->global.buffers;

    return buffers[buffers[one].size >= buffers[other].size ? one : other];
}

static void daemon_check_buffer(const struct daemon *daemon, const char *keyword,
                                const struct conf_buffer *buffer, uint32_t size)
{
    if (size < buffer->size) {
        log_notice(daemon->log, keyword, "net.core.rmem_max allows %u bytes; %s_force does more",
                   size, keyword);
    }
}

static void daemon_set_buffers(struct daemon *daemon, const struct conf *conf)
{
    const struct conf_buffer monitor =
        daemon_larger_buffer(conf, CONF_BUFFER_VRRP_MONITOR, CONF_BUFFER_LVS_MONITOR);
    const struct conf_buffer command =
        daemon_larger_buffer(conf, CONF_BUFFER_VRRP_COMMAND, CONF_BUFFER_LVS_COMMAND);

    daemon_check_buffer(daemon, "vrrp_netlink_monitor_rcv_bufs", &monitor,
                        link_set_buffer(daemon->links, &monitor));
    daemon_check_buffer(daemon, "vrrp_netlink_cmd_rcv_bufs", &command,
                        address_set_buffer(daemon->addresses, &command));
    route_set_buffers(daemon->routes, &monitor, &command);
    rule_set_buffers(daemon->rules, &monitor, &command);
}

/* --umask, else what the configuration says; for our own files and for those of scripts. */
static void daemon_set_umask(struct daemon *daemon)
{
    mode_t mask = daemon->options.has_umask ? daemon->options.umask : daemon->conf->global.umask;

    (void)umask(mask);
    runner_set_umask(daemon->runner, mask);
}

/* The new configuration takes over; the old one is freed when nobody points to it any more. */
static void daemon_apply(struct daemon *daemon, struct conf *conf)
{
    struct conf *before = daemon->conf;

    daemon->conf_before = before;
    daemon->conf = conf;
    daemon->lacking = privileges_check(daemon->privileges, conf);
    daemon_set_umask(daemon);
    neigh_configure(daemon->neigh, conf);
    daemon_set_buffers(daemon, conf);
    carrier_configure(daemon->carriers, conf);
    events_configure(daemon->events, conf); /* first: what follows has something to tell */
    mail_configure(daemon->mail, &conf->global);
    daemon_release_static(daemon, before); /* what the new one claims again stays as it is */
    daemon_claim_static(daemon, conf);
    bfd_configure(daemon->bfd, conf); /* before those who track its sessions */
    igmp_silence(daemon->igmp, conf->global.no_local_igmp); /* before a group is joined */
    vrrp_configure(daemon->vrrp, conf);
    daemon_commit(daemon);
    checker_configure(daemon->checker, conf);
    sync_configure(daemon->sync, conf);
    daemon->conf_before = NULL;
    filter_configure(daemon->filter, conf);
    daemon_schedule(daemon);
    planned_configure(daemon->planned, conf->global.reload_time_file, conf->global.reload_repeat);
    running_set(daemon->running, conf);
    daemon->outlived =
        memory_resize(daemon->outlived, daemon->outlived_count + 1, sizeof(struct conf *));
    daemon->outlived[daemon->outlived_count++] = before;
    daemon_retire(daemon);
}

static json_t *daemon_reload_json(const struct daemon *daemon)
{
    const struct daemon_reload *reload = &daemon->reload;
    char at[CLOCK_TEXT_SIZE];

    return json_pack("{s:s, s:s?, s:f, s:o, s:O}", "result", reload->result, "at",
                     reload->at_wall ? clock_wall_text(at, reload->at_wall) : NULL, "duration_ms",
                     (double)reload->duration / (double)CLOCK_MILLISECOND, "message",
                     json_from_text(reload->message), "diagnostics", reload->diagnostics);
}

static void daemon_answer_reloads(struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->waiting_count; i++) {
        control_reply(daemon->waiting[i], daemon_reload_json(daemon));
    }
    daemon->waiting_count = 0;
}

static void daemon_reload_start(struct daemon *daemon);

/* The new configuration is in force. */
static void daemon_reloaded(struct daemon *daemon)
{
    struct daemon_reload *reload = &daemon->reload;
    char count[DAEMON_COUNT_TEXT_SIZE];

    reload->result = "ok";
    (void)snprintf(reload->message, sizeof(reload->message), "%s%s",
                   daemon_count_text(count, daemon->conf),
                   daemon->lacking ? "; a part takes effect at a restart (see the log)" : "");
}

static void daemon_on_loaded(void *argument, struct load_result result)
{
    struct daemon *daemon = argument;
    struct daemon_reload *reload = &daemon->reload;
    int64_t start = clock_now();
    char problem[PLACE_PROBLEM_SIZE];

    daemon->load = NULL;
    json_decref(reload->diagnostics);
    reload->diagnostics = load_diagnostics(&result);
    reload->count++;
    reload->at_wall = clock_wall();
    load_log(&result, daemon->log);
    if (result.mark_error) {
        log_warning(daemon->log, daemon_reload_mark(daemon), "cannot mark the reload: %s",
                    strerror(-result.mark_error));
    }
    if (result.conf && place_differs(daemon->place, &result.conf->place, problem)) {
        reload->result = "failed";
        (void)snprintf(reload->message, sizeof(reload->message), "%s", problem);
    } else if (result.conf) {
        daemon_apply(daemon, result.conf);
        result.conf = NULL;
        daemon_reloaded(daemon);
    } else {
        reload->result = "failed";
        (void)snprintf(reload->message, sizeof(reload->message),
                       "%.150s cannot be used: nothing was changed", daemon->options.config_file);
    }
    reload->duration = result.duration + clock_now() - start;
    log_event(daemon->log, LOG_LEVEL_NOTICE, "reload", "%s: %s", reload->result, reload->message);
    load_dispose(&result);
    daemon->memory_loose = true;
    daemon_status_line(daemon);
    sdnotify_ready(daemon->status_line);
    if (daemon->load_again) {
        daemon->load_again = false;
        daemon_reload_start(daemon);
        return;
    }
    daemon_answer_reloads(daemon);
}

static struct load_request daemon_load_request(const struct daemon *daemon)
{
    const struct options *options = &daemon->options;

    return (struct load_request){
        .file = options->config_file,
        .config_id = options->config_id,
        .silence = options->silence,
        .check_includes = options->check_includes,
        .inside = place_namespace(daemon->place) != NULL,
    };
}

static void daemon_reload_start(struct daemon *daemon)
{
    struct load_request request = daemon_load_request(daemon);

    request.mark = daemon_reload_mark(daemon);
    if (daemon->is_stopping) {
        return;
    }
    if (daemon->load || daemon->startup) {
        daemon->load_again = true; /* the file may have changed since it was read */
        return;
    }
    sdnotify_reloading(clock_now());
    daemon->load = load_start(daemon->loop, &request, daemon_on_loaded, daemon);
    if (!daemon->load) {
        daemon_on_loaded(daemon, load_now(&request));
    }
}

/* ---- Control ----------------------------------------------------------------------------------- */

static void daemon_command_status(void *argument, struct control_request *request)
{
    struct daemon *daemon = argument;

    daemon->memory_loose = true;
    snapshot_answer(daemon->snapshot, request);
}

static void daemon_command_reload(void *argument, struct control_request *request)
{
    struct daemon *daemon = argument;

    daemon->waiting =
        memory_resize(daemon->waiting, daemon->waiting_count + 1, sizeof(struct control_request *));
    daemon->waiting[daemon->waiting_count++] = request;
    daemon_reload_start(daemon);
}

static json_t *daemon_section_daemon(void *argument)
{
    const struct daemon *daemon = argument;
    const struct options *options = &daemon->options;
    char started[CLOCK_TEXT_SIZE];

    return json_pack("{s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o}", "version", PACKAGE_VERSION, "pid",
                     (int)getpid(), "started", clock_wall_text(started, daemon->started_wall),
                     "config_file", json_from_text(options->config_file), "config_id",
                     json_from_text(options->config_id), "namespace",
                     json_from_text(place_namespace(daemon->place)), "instance",
                     json_from_text(place_instance(daemon->place)), "runtime_directory",
                     json_from_text(runtime_directory(daemon->runtime)));
}

static json_t *daemon_section_instances(void *argument)
{
    return vrrp_snapshot_instances(((const struct daemon *)argument)->vrrp);
}

static json_t *daemon_section_groups(void *argument)
{
    return vrrp_snapshot_groups(((const struct daemon *)argument)->vrrp);
}

static json_t *daemon_section_scripts(void *argument)
{
    return vrrp_snapshot_scripts(((const struct daemon *)argument)->vrrp);
}

static json_t *daemon_section_static(void *argument)
{
    struct daemon *daemon = argument;
    const struct vrrp_hooks hooks = {
        .argument = daemon,
        .is_present = daemon_is_present,
        .find_route = daemon_find_route,
        .find_rule = daemon_find_rule,
    };

    return owned_static(&hooks, daemon->conf);
}

static json_t *daemon_keeper_json(const struct keeper_counters *counters)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "added", (json_int_t)counters->added, "removed",
                     (json_int_t)counters->removed, "restored", (json_int_t)counters->restored,
                     "errors", (json_int_t)counters->errors);
}

static json_t *daemon_section_mail(void *argument)
{
    return mail_snapshot(((const struct daemon *)argument)->mail);
}

static json_t *daemon_section_fifos(void *argument)
{
    return events_snapshot(((const struct daemon *)argument)->events);
}

static json_t *daemon_section_files(void *argument)
{
    return vrrp_snapshot_files(((const struct daemon *)argument)->vrrp);
}

static json_t *daemon_section_processes(void *argument)
{
    return vrrp_snapshot_processes(((const struct daemon *)argument)->vrrp);
}

static json_t *daemon_section_bfd(void *argument)
{
    return bfd_snapshot(((const struct daemon *)argument)->bfd);
}

static json_t *daemon_virtual_json(const struct daemon *daemon)
{
    const struct vmac_counters *counters = vmac_counters(daemon->vmacs);

    return json_pack("{s:I, s:I, s:I, s:I}", "created", (json_int_t)counters->created, "adopted",
                     (json_int_t)counters->adopted, "removed", (json_int_t)counters->removed,
                     "refused", (json_int_t)counters->refused);
}

static json_t *daemon_section_network(void *argument)
{
    const struct daemon *daemon = argument;
    const struct address_counters *counters = address_counters(daemon->addresses);

    json_t *section = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "addresses_added", (json_int_t)counters->added,
        "addresses_removed", (json_int_t)counters->removed, "addresses_restored",
        (json_int_t)counters->restored, "address_errors", (json_int_t)counters->errors,
        "gratuitous_arps_sent", (json_int_t)neigh_sent(daemon->neigh), "announcements_waiting",
        (json_int_t)neigh_waiting(daemon->neigh), "routes",
        daemon_keeper_json(route_counters(daemon->routes)), "rules",
        daemon_keeper_json(rule_counters(daemon->rules)));

    json_object_set_new(section, "virtual_interfaces", daemon_virtual_json(daemon));
    json_object_set_new(section, "links", carrier_snapshot(daemon->carriers));
    return section;
}

static json_t *daemon_section_checks(void *argument)
{
    return checker_summary(((const struct daemon *)argument)->checker);
}

static json_t *daemon_section_reload(void *argument)
{
    const struct daemon *daemon = argument;

    int64_t planned = planned_at(daemon->planned);
    char at[CLOCK_TEXT_SIZE];

    return json_pack("{s:I, s:s?, s:o}", "count", (json_int_t)daemon->reload.count, "planned",
                     planned ? clock_wall_text(at, planned) : NULL, "last",
                     daemon_reload_json(daemon));
}

static json_t *daemon_section_loop(void *argument)
{
    const struct daemon *daemon = argument;
    json_t *section = snapshot_loop(daemon->loop);

    json_object_set_new(section, "late_wakeups",
                        json_integer((json_int_t)vrrp_late_wakeups(daemon->vrrp)));
    return section;
}

static json_t *daemon_section_privileges(void *argument)
{
    const struct daemon *daemon = argument;
    json_t *section = privileges_snapshot(daemon->privileges);

    json_object_set_new(section, "helper",
                        json_pack("{s:i, s:b, s:i, s:o}", "pid", (int)daemon->helper_process,
                                  "alive", runner_is_alive(daemon->runner), "programs",
                                  (int)runner_jobs(daemon->runner), "capabilities",
                                  privileges_names(daemon->helper_kept)));
    return section;
}

static void *daemon_capture_services(void *argument)
{
    return checker_capture(((const struct daemon *)argument)->checker);
}

static json_t *daemon_render_services(const void *capture)
{
    return checker_render(capture);
}

static void daemon_release_services(void *capture)
{
    checker_capture_free(capture);
}

static const struct snapshot_large daemon_services = {.capture = daemon_capture_services,
                                                      .render = daemon_render_services,
                                                      .release = daemon_release_services};

static json_t *daemon_section_ipvs(void *argument)
{
    return sync_snapshot(((const struct daemon *)argument)->sync);
}

/* The kernel's counters are read before each document. */
static void daemon_refresh(void *argument, void (*done)(void *done_argument), void *done_argument)
{
    struct daemon *daemon = argument;

    (void)sync_refresh(daemon->sync, done, done_argument);
}

static void daemon_describe(struct daemon *daemon)
{
    static const struct {
        const char *name;
        snapshot_function function;
    } sections[] = {
        {"daemon", daemon_section_daemon},
        {"instances", daemon_section_instances},
        {"sync_groups", daemon_section_groups},
        {"scripts", daemon_section_scripts},
        {"track_files", daemon_section_files},
        {"fifos", daemon_section_fifos},
        {"mail", daemon_section_mail},
        {"track_processes", daemon_section_processes},
        {"bfd", daemon_section_bfd},
        {"checks", daemon_section_checks},
        {"network", daemon_section_network},
        {"ipvs", daemon_section_ipvs},
        {"reload", daemon_section_reload},
        {"loop", daemon_section_loop},
        {"static", daemon_section_static},
        {"privileges", daemon_section_privileges},
    };

    daemon->running = running_new(daemon->loop);
    running_set(daemon->running, daemon->conf);
    daemon->snapshot = snapshot_new(daemon->loop);
    snapshot_set_refresh(daemon->snapshot, daemon_refresh, daemon);
    snapshot_add_large(daemon->snapshot, "services", &daemon_services, daemon);
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        snapshot_add(daemon->snapshot, sections[i].name, sections[i].function, daemon);
    }
}

/* Without it nobody can look in, but the director directs. */
static void daemon_listen(struct daemon *daemon)
{
    char *own = runtime_path(daemon->runtime, "control.sock");
    const char *path = daemon->options.socket_path ? daemon->options.socket_path : own;
    int error;

    daemon->control = control_new(daemon->loop, daemon->log, path, &error);
    if (daemon->control) {
        control_add_command(daemon->control, "status", "everything that is known",
                            daemon_command_status, daemon);
        control_add_command(daemon->control, "config", "the configuration that is in force",
                            running_answer, daemon->running);
        control_add_command(daemon->control, "reload", "read the configuration again",
                            daemon_command_reload, daemon);
    } else {
        log_error(daemon->log, path,
                  "no control socket: %s: holdfastctl cannot be used, everything else goes on%s",
                  strerror(-error), error == -EEXIST ? "; remove what lies there" : "");
    }
    free(own);
}

/* ---- Signals and timers ------------------------------------------------------------------------ */

static void daemon_on_hangup(void *argument)
{
    daemon_reload_start(argument);
}

/* Each line of the status as one of the log, since syslog takes no more at once. */
static void daemon_on_dump(void *argument)
{
    struct daemon *daemon = argument;
    json_t *document = snapshot_now(daemon->snapshot);
    const struct render_options options = {.now_wall = clock_wall()};
    struct text_buffer text = {0};
    char *line;
    char *rest;

    render_status(document, &options, &text);
    json_decref(document);
    if (daemon->conf->global.state_dump_file) {
        statefile_write(daemon->statefile, daemon->conf->global.state_dump_file, &text);
        return;
    }
    rest = text.data;
    while ((line = strsep(&rest, "\n"))) {
        if (*line) {
            log_event(daemon->log, LOG_LEVEL_NOTICE, "state", "%s", line);
        }
    }
    text_release(&text);
}

static void daemon_on_planned(void *argument)
{
    daemon_reload_start(argument);
}

static void daemon_on_idle(void *argument);

/* Stops when the notify scripts have ended, or had their time, and no address waits for its successor. */
static void daemon_try_stop(struct daemon *daemon)
{
    if (!daemon->is_stopping || daemon->is_over || vrrp_is_leaving(daemon->vrrp)) {
        return;
    }
    if (!daemon->has_left) { /* no address of ours is left, and nothing more is told */
        daemon->has_left = true;
        events_end(daemon->events);
        mail_hurry(daemon->mail, daemon_on_idle, daemon);
        if (mail_is_busy(daemon->mail)) {
            daemon->scripts_had_time = false;
            loop_timer_set(daemon->stopping, clock_now() + DAEMON_STOP_LIMIT);
        }
        if (filter_remove(daemon->filter)) {
            daemon->scripts_had_time = false;
            loop_timer_set(daemon->stopping, clock_now() + DAEMON_STOP_LIMIT);
        }
    }
    if (daemon->scripts_had_time || (!runner_jobs(daemon->runner) && !mail_is_busy(daemon->mail))) {
        loop_stop(daemon->loop);
    }
}

static void daemon_on_stop_limit(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;

    (void)now;
    (void)late;
    daemon->scripts_had_time = true;
    daemon_try_stop(daemon);
}

static void daemon_on_idle(void *argument)
{
    daemon_try_stop(argument);
}

static void daemon_tell(void *argument, const char *line)
{
    const struct daemon *daemon = argument;

    events_tell_vrrp(daemon->events, line);
}

static void daemon_mail(void *argument, const char *subject, const char *reason)
{
    const struct daemon *daemon = argument;

    mail_tell(daemon->mail, subject, reason);
}

static void daemon_on_left(void *argument)
{
    struct daemon *daemon = argument;

    daemon_retire(daemon);
    daemon_try_stop(daemon);
}

/* Removes what an earlier run left and nobody has claimed. */
static void daemon_sweep(struct daemon *daemon)
{
    rule_sweep(daemon->rules, daemon->conf);
    vmac_sweep(daemon->vmacs);
    route_sweep(daemon->routes, daemon->conf); /* those who resumed have claimed theirs */
    address_sweep(daemon->addresses, daemon->conf);
}

/* Another director is master by now: what is static stays, all else must not answer beside it. */
static void daemon_on_leftover(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;

    (void)now;
    (void)late;
    daemon_claim_static(daemon, daemon->conf);
    daemon_sweep(daemon);
}

static void daemon_on_terminate(void *argument)
{
    struct daemon *daemon = argument;

    if (daemon->is_stopping) {
        return;
    }
    daemon->is_stopping = true;
    log_event(daemon->log, LOG_LEVEL_NOTICE, NULL, "stopping");
    sdnotify_stopping();
    if (daemon->startup) {
        once_abandon(daemon->startup);
        daemon->startup = NULL;
        loop_timer_set(daemon->leftover, CLOCK_NEVER);
        daemon_sweep(daemon); /* nobody else will */
    }
    vrrp_stop(daemon->vrrp);   /* first: another director takes the addresses */
    load_cancel(daemon->load); /* it may have to wait for what is being read */
    daemon->load = NULL;
    bfd_stop(daemon->bfd);
    checker_stop(daemon->checker);
    runner_on_idle(daemon->runner, daemon_on_idle, daemon);
    loop_timer_set(daemon->stopping, clock_now() + DAEMON_STOP_LIMIT);
    daemon_try_stop(daemon);
}

/* Loading and status take much memory, for a moment. */
static void daemon_return_memory(struct daemon *daemon, int64_t now)
{
    if (daemon->memory_loose && now >= daemon->memory_returned + DAEMON_MEMORY_PAUSE) {
        memory_return();
        daemon->memory_loose = false;
        daemon->memory_returned = now;
    }
}

static void daemon_on_housekeeping(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;

    (void)late;
    log_flush_repeats(daemon->log, now);
    daemon_watch_lateness(daemon);
    daemon_status_line(daemon);
    daemon_return_memory(daemon, now);
    loop_timer_set(daemon->housekeeping, now + DAEMON_HOUSEKEEPING);
}

static void daemon_on_watchdog(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;

    (void)late;
    sdnotify_watchdog();
    loop_timer_set(daemon->watchdog, now + sdnotify_watchdog_interval());
}

static void daemon_catch_signals(struct daemon *daemon)
{
    static const struct {
        int number;
        loop_signal_function function;
    } rows[] = {{SIGHUP, daemon_on_hangup},
                {SIGTERM, daemon_on_terminate},
                {SIGINT, daemon_on_terminate},
                {SIGUSR1, daemon_on_dump}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        daemon->signals[i] =
            loop_signal_new(daemon->loop, rows[i].number, rows[i].function, daemon);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    /* keepalived writes its statistics or its JSON then: who asks for them must not end us. */
    (void)signal(SIGUSR2, SIG_IGN);
    (void)signal(SIGRTMIN + 2, SIG_IGN);
    (void)signal(SIGRTMAX - 1, SIG_IGN);
    (void)signal(SIGRTMAX, SIG_IGN);
}

static void daemon_set_timers(struct daemon *daemon)
{
    daemon->links_changed =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_VRRP, daemon_on_links_changed, daemon);
    daemon->stopping =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_NORMAL, daemon_on_stop_limit, daemon);
    daemon->leftover =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_NETWORK, daemon_on_leftover, daemon);
    daemon->housekeeping =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_CONTROL, daemon_on_housekeeping, daemon);
    daemon->watchdog =
        loop_timer_new(daemon->loop, LOOP_PRIORITY_CONTROL, daemon_on_watchdog, daemon);
    loop_timer_set(daemon->housekeeping, clock_now() + DAEMON_HOUSEKEEPING);
    if (sdnotify_watchdog_interval()) {
        loop_timer_set(daemon->watchdog, clock_now());
    }
}

/* ---- Life -------------------------------------------------------------------------------------- */

/* What became of an interface, or of a setting, is looked at by all who need it. */
static void daemon_on_vmac_changed(void *argument)
{
    struct daemon *daemon = argument;

    loop_timer_set(daemon->links_changed, clock_now());
}

/* The mark says which daemon's they are: two may run with a runtime directory each. */
static int daemon_open_virtual(struct daemon *daemon)
{
    const struct vmac_hooks hooks = {.argument = daemon, .changed = daemon_on_vmac_changed};
    struct text_buffer mark = {0};
    int error;

    text_appendf(&mark, "holdfast %s", runtime_directory(daemon->runtime));
    daemon->settings = sysctl_table_new(daemon->log);
    daemon->igmp = igmp_new(daemon->log);
    daemon->vmacs = vmac_open(daemon->loop, daemon->log, daemon->links, daemon->settings, mark.data,
                              &hooks, &error);
    text_release(&mark);
    if (!daemon->vmacs) {
        log_error(daemon->log, NULL, "no netlink socket for virtual interfaces: %s",
                  strerror(-error));
    }
    return error;
}

static int daemon_open_network(struct daemon *daemon)
{
    const struct address_hooks hooks = {
        .argument = daemon, .restored = daemon_on_restored, .trouble = daemon_on_refused};
    const struct keeper_hooks keeper_hooks = {
        .argument = daemon, .trouble = daemon_on_refused, .restored = daemon_on_put_back};
    int error;

    daemon->links = link_open(daemon->loop, daemon->log, daemon_on_link_event, daemon, &error);
    if (!daemon->links) {
        log_error(daemon->log, NULL, "the kernel's interfaces cannot be watched: %s",
                  strerror(-error));
        return error;
    }
    daemon->carriers =
        carrier_new(daemon->loop, daemon->log, daemon->links, daemon_on_vmac_changed, daemon);
    daemon->addresses = address_open(daemon->loop, daemon->log, daemon->links, &hooks, &error);
    if (!daemon->addresses) {
        log_error(daemon->log, NULL, "no netlink socket for addresses: %s", strerror(-error));
        return error;
    }
    daemon->routes = route_open(daemon->loop, daemon->log, daemon->links, &keeper_hooks, &error);
    if (!daemon->routes) {
        log_error(daemon->log, NULL, "no netlink socket for routes: %s", strerror(-error));
        return error;
    }
    daemon->rules = rule_open(daemon->loop, daemon->log, daemon->links, &keeper_hooks, &error);
    if (!daemon->rules) {
        log_error(daemon->log, NULL, "no netlink socket for rules: %s", strerror(-error));
        return error;
    }
    error = daemon_open_virtual(daemon);
    if (error) {
        return error;
    }
    daemon->neigh = neigh_open(daemon->loop, daemon->log, &error);
    if (!daemon->neigh) {
        log_error(daemon->log, NULL, "no socket for gratuitous ARP: %s%s", strerror(-error),
                  error == -EPERM ? " (CAP_NET_RAW is needed: run as root or as the service)" : "");
        return error;
    }
    return 0;
}

static void daemon_wire(struct daemon *daemon)
{
    const struct vrrp_hooks vrrp_hooks = {
        .argument = daemon,
        .find_link = daemon_find_link,
        .claim = daemon_claim,
        .release = daemon_release,
        .commit = daemon_commit,
        .announce = daemon_announce,
        .hush = daemon_hush,
        .left = daemon_on_left,
        .changed = daemon_on_vrrp_changed,
        .tell = daemon_tell,
        .mail = daemon_mail,
        .is_present = daemon_is_present,
        .is_ours = daemon_is_ours,
        .find_bfd = daemon_find_bfd,
        .find_route = daemon_find_route,
        .find_rule = daemon_find_rule,
        .obtain_virtual = daemon_obtain_virtual,
        .raise_virtual = daemon_raise_virtual,
        .release_virtual = daemon_release_virtual,
        .promote = daemon_promote,
    };
    const struct bfd_hooks bfd_hooks = {.argument = daemon, .changed = daemon_on_bfd_changed};
    const struct checker_hooks checker_hooks = {.argument = daemon,
                                                .service_changed = daemon_on_service_changed,
                                                .event = daemon_on_check_event};
    const struct sync_hooks sync_hooks = {.argument = daemon,
                                          .server_view = daemon_server_view,
                                          .is_master = daemon_is_master,
                                          .find_interface = daemon_find_interface};

    daemon->bfd = bfd_new(daemon->loop, daemon->log, &bfd_hooks);
    daemon->vrrp =
        vrrp_new(daemon->loop, daemon->log, daemon->runner, daemon->runtime, &vrrp_hooks);
    daemon->events = events_new(daemon->log, daemon->runner);
    daemon->mail = mail_new(daemon->loop, daemon->log);
    daemon->filter = filter_new(daemon->log, daemon->runner, daemon->runtime);
    daemon->planned = planned_new(daemon->loop, daemon->log, daemon_on_planned, daemon);
    daemon->statefile = statefile_new(daemon->loop, daemon->log);
    daemon->checker = checker_new(daemon->loop, daemon->runner, daemon->log, &checker_hooks);
    daemon->sync =
        sync_new(daemon->loop, daemon->log, daemon->runner, daemon->runtime, &sync_hooks);
    sync_set_namespace(daemon->sync, place_ipvs(daemon->place));
}

/* Why the runtime directory cannot be used. @return the exit status */
static int daemon_refuse_runtime(const struct daemon *daemon, const char *directory, pid_t holder,
                                 int error)
{
    if (error == -EBUSY) {
        log_error(daemon->log, directory,
                  "another holdfastd runs here (process %ld): stop it, or give this one a "
                  "--runtime-dir of its own",
                  (long)holder);
        return EXIT_BUSY;
    }
    log_error(daemon->log, directory, "the runtime directory cannot be used: %s", strerror(-error));
    return EXIT_FAILURE;
}

/* @return an exit status, 0 to go on */
static int daemon_open_runtime(struct daemon *daemon)
{
    const char *named = daemon->options.runtime_directory;
    char *directory = named ? memory_text(named)
                            : runtime_default_directory(place_namespace(daemon->place),
                                                        place_instance(daemon->place));
    int status = 0;
    pid_t holder;
    int error;

    daemon->runtime = runtime_open(directory, &holder, &error);
    if (!daemon->runtime) {
        status = daemon_refuse_runtime(daemon, directory, holder, error);
    }
    free(directory);
    return status;
}

/* Each check holds a descriptor while it runs, and the soft limit is as low as 1024: getrlimit(2). */
static void daemon_raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DAEMON_DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < DAEMON_DESCRIPTORS ? limit.rlim_max : DAEMON_DESCRIPTORS;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/*
 * Without its helper no script runs, and a new one could not change to other users any more. Where a
 * service manager watches us it starts us again, and we go on as master (holdfastd(8), RESUMING);
 * elsewhere our addresses would be nobody's, so we go on without scripts. Not again and again: the
 * manager gives up on what it has to start too often.
 */
static void daemon_on_helper_lost(void *argument)
{
    struct daemon *daemon = argument;
    bool renewable = sdnotify_watchdog_interval() && !daemon->is_stopping &&
                     clock_now() >= daemon->started + DAEMON_RENEWABLE;

    log_error(daemon->log, "helper", "the helper process has died: %s",
              renewable ? "holdfastd ends, to be started again and go on where it was"
                        : "no script is run any more, everything else goes on; restart holdfastd");
    if (renewable) {
        log_free(daemon->log);
        _exit(EXIT_FAILURE); /* as a crash: addresses and IPVS stay as they are */
    }
}

/* Everything is there; the configuration takes effect. */
static void daemon_begin(struct daemon *daemon)
{
    char duration[CLOCK_TEXT_SIZE];
    char count[DAEMON_COUNT_TEXT_SIZE];

    neigh_configure(daemon->neigh, daemon->conf);
    daemon_set_buffers(daemon, daemon->conf);
    carrier_configure(daemon->carriers, daemon->conf);
    daemon_claim_static(daemon, daemon->conf);
    daemon_commit(daemon); /* before those who resume need them */
    events_configure(daemon->events, daemon->conf);
    bfd_configure(daemon->bfd, daemon->conf);
    mail_configure(daemon->mail, &daemon->conf->global);
    igmp_silence(daemon->igmp, daemon->conf->global.no_local_igmp);
    vrrp_configure(daemon->vrrp, daemon->conf);
    daemon_sweep(daemon);
    checker_configure(daemon->checker, daemon->conf);
    sync_configure(daemon->sync, daemon->conf);
    filter_configure(daemon->filter, daemon->conf);
    planned_configure(daemon->planned, daemon->conf->global.reload_time_file,
                      daemon->conf->global.reload_repeat);
    if (daemon_reload_mark(daemon)) { /* somebody may wait for it to go */
        (void)mark_clear(daemon_reload_mark(daemon));
    }
    daemon_schedule(daemon);
    daemon->memory_loose = true;
    log_event(daemon->log, LOG_LEVEL_NOTICE, NULL, "holdfast %s: %s loaded in %s: %s",
              PACKAGE_VERSION, daemon->options.config_file,
              clock_duration_text(duration, daemon->reload.duration),
              daemon_count_text(count, daemon->conf));
    daemon_status_line(daemon);
    sdnotify_ready(daemon->status_line);
}

static void daemon_on_started_up(void *argument)
{
    struct daemon *daemon = argument;

    daemon->startup = NULL;
    loop_timer_set(daemon->leftover, CLOCK_NEVER);
    daemon_begin(daemon);
    if (daemon->load_again) {
        daemon->load_again = false;
        daemon_reload_start(daemon);
    }
}

/* Begins when the startup_script has ended, at once where there is none. */
static void daemon_start_up(struct daemon *daemon)
{
    const struct conf_global *global = &daemon->conf->global;
    int64_t until;

    daemon->startup = once_start(daemon->log, daemon->runner, "startup_script", &global->startup,
                                 global, daemon_on_started_up, daemon);
    if (!daemon->startup) {
        daemon_begin(daemon);
    } else if (vrrp_was_master(daemon->vrrp, daemon->conf, &until)) {
        loop_timer_set(daemon->leftover, until);
    }
}

static void daemon_on_shut_down(void *argument)
{
    struct daemon *daemon = argument;

    loop_stop(daemon->loop);
}

/* Nothing of ours is left: the shutdown_script has the last word, and the loop turns for it alone. */
static void daemon_shut_down(struct daemon *daemon)
{
    const struct conf_global *global = &daemon->conf->global;

    daemon_answer_reloads(daemon);
    control_free(daemon->control);
    daemon->control = NULL;
    daemon->is_over = true;
    if (once_start(daemon->log, daemon->runner, "shutdown_script", &global->shutdown, global,
                   daemon_on_shut_down, daemon)) {
        (void)loop_run(daemon->loop);
    }
}

/* @return an exit status, 0 to go on */
static int daemon_start(struct daemon *daemon)
{
    int status = daemon_open_runtime(daemon);

    if (status) {
        return status;
    }
    daemon_raise_descriptor_limit();
    daemon->loop = loop_new();
    if (!daemon->loop) {
        log_error(daemon->log, NULL, "libevent gives no event loop");
        return EXIT_FAILURE;
    }
    daemon->runner = runner_new(daemon->loop, daemon->helper);
    daemon->helper = NULL;
    runner_on_lost(daemon->runner, daemon_on_helper_lost, daemon);
    daemon_set_umask(daemon);
    daemon_set_timers(daemon);
    if (daemon_open_network(daemon) != 0) {
        return EXIT_FAILURE;
    }
    daemon_wire(daemon);
    daemon_describe(daemon);
    daemon_listen(daemon);
    daemon_catch_signals(daemon);
    daemon_start_up(daemon);
    return 0;
}

static void daemon_free(struct daemon *daemon)
{
    daemon_answer_reloads(daemon);
    control_free(daemon->control);
    load_cancel(daemon->load);
    sync_free(daemon->sync);
    snapshot_free(daemon->snapshot);
    running_free(daemon->running);
    checker_free(daemon->checker);
    vrrp_free(daemon->vrrp);
    bfd_free(daemon->bfd);
    filter_free(daemon->filter);
    planned_free(daemon->planned);
    statefile_free(daemon->statefile);
    mail_free(daemon->mail);
    events_free(daemon->events);
    vmac_close(daemon->vmacs);
    sysctl_table_free(daemon->settings);
    igmp_free(daemon->igmp);
    neigh_close(daemon->neigh);
    rule_close(daemon->rules);
    route_close(daemon->routes);
    address_close(daemon->addresses);
    carrier_free(daemon->carriers);
    link_close(daemon->links);
    for (size_t i = 0; i < sizeof(daemon->signals) / sizeof(daemon->signals[0]); i++) {
        loop_signal_free(daemon->signals[i]);
    }
    loop_timer_free(daemon->links_changed);
    loop_timer_free(daemon->stopping);
    loop_timer_free(daemon->leftover);
    loop_timer_free(daemon->housekeeping);
    loop_timer_free(daemon->watchdog);
    runner_free(daemon->runner);
    helper_stop(daemon->helper);
    loop_free(daemon->loop);
    runtime_close(daemon->runtime);
    for (size_t i = 0; i < daemon->outlived_count; i++) {
        conf_free(daemon->outlived[i]);
    }
    free(daemon->outlived);
    conf_free(daemon->conf);
    json_decref(daemon->reload.diagnostics);
    free(daemon->waiting);
    place_free(daemon->place);
    privileges_free(daemon->privileges);
    log_free(daemon->log);
}

static void daemon_write_pid(const struct daemon *daemon)
{
    FILE *file = daemon->options.pid_file ? fopen(daemon->options.pid_file, "we") : NULL;

    if (file) {
        (void)fprintf(file, "%ld\n", (long)getpid());
        (void)fclose(file);
    } else if (daemon->options.pid_file) {
        log_warning(daemon->log, daemon->options.pid_file, "cannot be written: %s",
                    strerror(errno));
    }
}

/* From the loaded configuration to the end. @return the exit status */
static int daemon_run(struct daemon *daemon)
{
    int status = daemon_start(daemon);

    if (!status) {
        daemon_write_pid(daemon);
        if (loop_run(daemon->loop) != 0) {
            log_error(daemon->log, NULL, "the event loop failed");
            status = EXIT_FAILURE;
        }
        daemon_release_static(daemon, daemon->conf);
        daemon_commit(daemon);
        sync_stop(daemon->sync, false);
        daemon_shut_down(daemon);
        if (daemon->options.pid_file) {
            (void)unlink(daemon->options.pid_file);
        }
        log_event(daemon->log, LOG_LEVEL_NOTICE, NULL, "stopped");
    }
    daemon_free(daemon);
    return status;
}

static int daemon_test(const struct options *options)
{
    const struct daemon daemon = {.options = *options};
    struct load_request request = daemon_load_request(&daemon);
    struct load_result result;
    int status;

    request.elsewhere = options->network_namespace != NULL; /* a test enters none */
    result = load_now(&request);
    status = result.conf ? EXIT_SUCCESS : EXIT_FAILURE;
    if (result.conf && options->strict && diag_count(result.diagnostics, DIAG_WARNING)) {
        status = EXIT_WARNINGS;
    }
    if (options->json) {
        load_print_json(&result, options->config_file);
    } else {
        load_print(&result);
    }
    load_dispose(&result);
    return status;
}

/* Prints the effective configuration. @return the exit status */
static int daemon_dump(const struct options *options)
{
    const struct daemon daemon = {.options = *options};
    struct load_request request = daemon_load_request(&daemon);
    struct load_result result;
    int status = EXIT_FAILURE;

    request.elsewhere = options->network_namespace != NULL;
    request.origins = true;
    result = load_now(&request);
    load_print(&result);
    if (result.conf) {
        status = print_configuration(result.conf) ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    load_dispose(&result);
    return status;
}

/* The helper is where it stays, with what it keeps. @return an exit status, 0 to go on */
static int daemon_settle_helper(struct daemon *daemon)
{
    int error = helper_settle(daemon->helper, &daemon->helper_kept);

    if (error) {
        log_error(daemon->log, "helper", "the helper process is not ready: %s", strerror(-error));
        return EXIT_FAILURE;
    }
    daemon->helper_process = helper_pid(daemon->helper);
    return 0;
}

/* Goes where the configuration says. @return an exit status, 0: it is there, or stays where it was */
static int daemon_go(struct daemon *daemon, const struct conf_place *place)
{
    char problem[PLACE_PROBLEM_SIZE];

    if (!place_enter(daemon->place, place, problem)) {
        log_error(daemon->log, NULL, "%s", problem);
        return EXIT_FAILURE;
    }
    log_set_name(daemon->log, place_namespace(daemon->place), place_instance(daemon->place));
    return 0;
}

/* Loads, and goes where the file says. @return an exit status, 0 to go on with the result's conf */
static int daemon_load_first(struct daemon *daemon, struct load_result *result)
{
    const struct options *options = &daemon->options;
    struct load_request request = daemon_load_request(daemon);
    int status;

    *result = load_now(&request);
    status = result->conf ? daemon_go(daemon, &result->conf->place) : 0;
    if (!status && !request.inside && place_namespace(daemon->place)) {
        load_dispose(result); /* what was looked at is not there */
        request = daemon_load_request(daemon);
        *result = load_now(&request);
    }
    load_log(result, daemon->log);
    if (!result->conf) {
        log_error(daemon->log, options->config_file,
                  "cannot be used: correct it (holdfastd -t -f %s shows where) and start again",
                  options->config_file);
        return EXIT_CONFIG;
    }
    return status;
}

/* @return an exit status, 0 to go on with daemon->conf */
static int daemon_load(struct daemon *daemon)
{
    struct load_result result;
    int status = daemon_load_first(daemon, &result);

    if (!status) {
        daemon->conf = result.conf;
        result.conf = NULL;
        daemon->reload = (struct daemon_reload){.result = "none",
                                                .duration = result.duration,
                                                .diagnostics = load_diagnostics(&result)};
    }
    load_dispose(&result);
    return status;
}

static int daemon_main(const struct options *options)
{
    struct daemon daemon = {
        .options = *options, .started = clock_now(), .started_wall = clock_wall()};
    char problem[PLACE_PROBLEM_SIZE];
    int status;
    int error;

    daemon.helper = helper_start(&error); /* first, while this is a small process */
    if (!daemon.helper) {
        (void)fprintf(stderr, "holdfastd: no helper process: %s\n", strerror(-error));
        return EXIT_FAILURE;
    }
    memory_set_limits();
    (void)signal(SIGHUP, SIG_IGN); /* what it asks for is under way until the loop hears it */
    daemon.place = place_new(options->network_namespace);
    if (!place_enter(daemon.place, NULL, problem)) {
        (void)fprintf(stderr, "holdfastd: %s\n", problem);
        return EXIT_FAILURE;
    }
    daemon.log = log_new(
        &(struct log_options){.console = options->log_console,
                              .lowest = options->log_detail ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO});
    status = daemon_load(&daemon);
    if (!status) {
        status = daemon_settle_helper(&daemon);
    }
    if (status) {
        helper_stop(daemon.helper);
        conf_free(daemon.conf);
        json_decref(daemon.reload.diagnostics);
        place_free(daemon.place);
        log_free(daemon.log);
        return status;
    }
    daemon.privileges = privileges_give_up(daemon.conf, options->config_file, daemon.log);
    return daemon_run(&daemon);
}

int main(int argc, char **argv)
{
    struct options options = options_parse(argc, argv);

    switch (options.action) {
    case OPTIONS_HELP:
        options_help(stdout);
        return EXIT_SUCCESS;
    case OPTIONS_VERSION:
        (void)printf("holdfastd %s\n", PACKAGE_VERSION);
        return EXIT_SUCCESS;
    case OPTIONS_TEST:
        return daemon_test(&options);
    case OPTIONS_KEYWORDS:
        print_keywords();
        return EXIT_SUCCESS;
    case OPTIONS_LINTS:
        print_lints();
        return EXIT_SUCCESS;
    case OPTIONS_DUMP:
        return daemon_dump(&options);
    case OPTIONS_RUN:
        return daemon_main(&options);
    case OPTIONS_INVALID:
        break;
    }
    return EXIT_USAGE;
}
