/* SPDX-License-Identifier: Apache-2.0
 *
 * One virtual router of ours at work. The decisions are fsm's, track's, announce's and admit's; this
 * file gathers facts for them and carries out what they say.
 */
#include "vrrp/instance.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "vrrp/admit.h"
#include "vrrp/ah.h"
#include "vrrp/announce.h"
#include "vrrp/beat.h"
#include "vrrp/buffer.h"
#include "vrrp/decide.h"
#include "vrrp/file.h"
#include "vrrp/fsm.h"
#include "vrrp/hmac.h"
#include "vrrp/notify.h"
#include "vrrp/owned.h"
#include "vrrp/peers.h"
#include "vrrp/proc.h"
#include "vrrp/resume.h"
#include "vrrp/script.h"
#include "vrrp/socket.h"
#include "vrrp/track.h"
#include "vrrp/virtual.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INSTANCE_FAULTS = 8, /* reasons kept; more are counted */
    INSTANCE_TEXT_SIZE = 256,
    INSTANCE_NAME_SIZE = 64,
    /* An advert with whatever may be around it. */
    INSTANCE_DATAGRAM_SIZE = PACKET_MAX_SIZE + AH_IP_SIZE + AH_SIZE + HMAC_TRAILER_SIZE,
};

/* What was heard meanwhile is read first by a master that is later than this. */
#define INSTANCE_LATE (5 * CLOCK_MILLISECOND)

/* How long an address that the kernel refused keeps its instance in FAULT. */
#define INSTANCE_FIRST_REFUSAL (30 * CLOCK_SECOND)
#define INSTANCE_LAST_REFUSAL  (3600 * CLOCK_SECOND)

struct instance_counters {
    uint64_t sent;
    uint64_t send_errors;
    uint64_t zero_sent;
    uint64_t received; /* admitted ones */
    uint64_t zero_received;
    uint64_t hmac[HMAC_VERDICTS];
    uint64_t ah[AH_VERDICTS];
    uint64_t ignored;        /* owner_ignore_adverts */
    uint64_t lower_received; /* as master: a second one */
    uint64_t verdicts[ADMIT_VERDICTS];
    uint64_t became_master;
    uint64_t left_master;
    uint64_t announced; /* bursts */
    uint64_t late;      /* wake-ups after which somebody else may have been master */
};

/* Reasons for FAULT, as texts that say what is missing, and what would end each. */
struct instance_faults {
    unsigned count;
    char *text[INSTANCE_FAULTS];
    char *cure[INSTANCE_FAULTS];
};

/* What instance_observe() saw. */
struct instance_view {
    struct vrrp_link link;
    bool has_link;
    struct inet_addr source;
    struct track_output track;
    uint8_t room; /* addresses that an advert can name */
    struct instance_faults faults;
};

struct instance {
    const struct instance_context *context;
    const struct conf_instance *conf;
    char interface[INSTANCE_NAME_SIZE]; /* with vrid and family: who it is, whatever conf says */
    uint8_t vrid;
    uint8_t family;
    struct fsm_config config;
    struct fsm_state state;
    struct instance_view view;
    struct vrrp_socket *socket;
    bool hears_base;     /* that socket is listened to */
    uint32_t buffer;     /* its part of the receive buffer of what it listens to; 0: any */
    struct peers *peers; /* who was heard; NULL: nobody was */
    struct virtual *virtual;
    struct vrrp_socket *virtual_socket; /* on its virtual interface; NULL: none */
    struct vrrp_socket *plain;          /* with AH: hears who has forgotten it; NULL: nobody does */
    struct hmac_state *hmac;            /* NULL: never signed or verified */
    struct ah_state *ah;                /* NULL: never sealed or verified */
    struct loop_timer *timer;
    struct beat_member beat; /* of a master, in place of the timer */
    bool removed;            /* by a reload */
    bool stopped;            /* for good: it hands over, or is done */
    bool beating;            /* it is being served: its advert waits for the others' */
    bool holds;              /* it has claimed its addresses */
    uint32_t left_out;       /* addresses that its adverts have no room for; it was told */
    uint32_t announce_due;   /* packets for each address that are to be sent in this turn */
    struct announce_state announce;
    struct loop_timer *announce_timer;
    struct notify *notify;
    int resume_slot;
    char *group_reason;  /* why the sync group moves it; NULL: it never did */
    char *group_fault;   /* a member of the sync group that is faulty; NULL: none */
    char *address_fault; /* the kernel refuses an address; NULL: it does not */
    struct loop_timer *address_fault_timer;
    int64_t address_fault_wait; /* how long it stays in FAULT for that; 0: none since the reload */
    char *complaint;            /* what is wrong with another router's adverts; NULL: nothing was */
    int64_t complaint_at;
    int64_t sent_at;    /* the last advert but of priority 0 */
    int64_t since;      /* clock_now() of the last change of role */
    int64_t since_wall; /* clock_wall() of it */
    enum fsm_reason reason;
    char *reason_text; /* NULL: its role never changed */
    struct instance_counters counters;
};

/* ---- Facts ------------------------------------------------------------------------------------- */

static char *instance_format(const char *format, va_list arguments)
    __attribute__((format(printf, 1, 0)));
static char *instance_format(const char *format, va_list arguments)
{
    char text[INSTANCE_TEXT_SIZE];

    (void)vsnprintf(text, sizeof(text), format, arguments);
    return memory_text(text);
}

static void instance_set_text(char **to, const char *text)
{
    char *copy = memory_text(text);

    free(*to);
    *to = copy;
}

static void instance_add_fault(struct instance_faults *faults, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void instance_add_fault(struct instance_faults *faults, const char *format, ...)
{
    va_list arguments;

    if (faults->count < INSTANCE_FAULTS) {
        va_start(arguments, format);
        faults->text[faults->count] = instance_format(format, arguments);
        va_end(arguments);
    }
    faults->count++;
}

/* What would end the fault that was added last. */
static void instance_add_cure(struct instance_faults *faults, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void instance_add_cure(struct instance_faults *faults, const char *format, ...)
{
    va_list arguments;

    if (faults->count && faults->count <= INSTANCE_FAULTS) {
        va_start(arguments, format);
        faults->cure[faults->count - 1] = instance_format(format, arguments);
        va_end(arguments);
    }
}

static void instance_clear_faults(struct instance_faults *faults)
{
    for (unsigned i = 0; i < faults->count && i < INSTANCE_FAULTS; i++) {
        free(faults->text[i]);
        free(faults->cure[i]);
    }
    *faults = (struct instance_faults){0};
}

/* Without an interface of its own an instance stands on its VRF, or on whatever leads to its peers. */
static bool instance_find_link(const struct instance *instance, struct vrrp_link *link)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_instance *conf = instance->conf;

    if (*conf->interface || conf->vrf) {
        return hooks->find_link(hooks->argument, *conf->interface ? conf->interface : conf->vrf,
                                conf->family, link);
    }
    *link = (struct vrrp_link){.running = true};
    return true;
}

/* IPv6 peers beyond the link cannot answer a link-local address. */
static struct inet_addr instance_choose_source(const struct conf_instance *conf,
                                               const struct vrrp_link *link)
{
    const struct conf_peer *peer = STAILQ_FIRST(&conf->peers);

    if (inet_is_set(&conf->source)) {
        return conf->source;
    }
    return conf->family == AF_INET6 && peer && !inet_is_link_local(&peer->addr) ? link->global
                                                                                : link->primary;
}

static void instance_observe_source(struct instance *instance, struct instance_view *view)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_instance *conf = instance->conf;
    char text[INET_ADDR_TEXT_SIZE];

    view->source = instance_choose_source(conf, &view->link);
    if (!inet_is_set(&view->source) && view->link.tentative) {
        instance_add_fault(&view->faults,
                           "the link-local address of %s is tentative: the kernel still looks "
                           "whether somebody else has it",
                           conf->interface);
        instance_add_cure(&view->faults, "the kernel finds that nobody has it, within seconds");
    } else if (!inet_is_set(&view->source)) {
        instance_add_fault(&view->faults, "interface %s has no %s address to send adverts from",
                           conf->interface,
                           conf->family == AF_INET ? "IPv4"
                           : conf->peer_count      ? "global IPv6"
                                                   : "link-local IPv6");
        instance_add_cure(&view->faults, "it gets one, or %s names another",
                          conf->peer_count ? "unicast_src_ip" : "mcast_src_ip");
    } else if (conf->track_source && !hooks->is_ours(hooks->argument, &view->source)) {
        instance_add_fault(&view->faults, "the source address %s is on no interface",
                           inet_text(text, &view->source));
        instance_add_cure(&view->faults, "an interface gets %s (track_src_ip)", text);
    }
}

static void instance_observe_link(struct instance *instance, struct instance_view *view)
{
    const struct conf_instance *conf = instance->conf;
    const char *name = *conf->interface ? conf->interface : conf->vrf;

    view->has_link = instance_find_link(instance, &view->link);
    if (!view->has_link) {
        instance_add_fault(&view->faults, "interface %s does not exist", name);
        instance_add_cure(&view->faults, "an interface of that name appears");
        return;
    }
    if (conf->track_primary && !view->link.running && view->link.awaited) {
        instance_add_fault(&view->faults, "interface %s was down, and is not up for long enough",
                           name);
        instance_add_cure(&view->faults, "it stays up for its delay (interface_up_down_delays)");
    } else if (conf->track_primary && !view->link.running) {
        instance_add_fault(&view->faults, "interface %s is down", name);
        instance_add_cure(&view->faults, "it is up and has a carrier (ip link show %s)", name);
    }
    if (conf->fault_no_peer && !conf->peer_count) {
        instance_add_fault(&view->faults, "unicast_fault_no_peer: unicast_peer names nobody else");
        instance_add_cure(&view->faults, "a reload with a peer in unicast_peer");
    }
    instance_observe_source(instance, view);
}

/* keepalived-reference.md B27, B28: what is on them cannot be served while they are not there. */
static void instance_observe_needs(const struct instance *instance, struct instance_faults *faults)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_interface *one;

    STAILQ_FOREACH(one, &instance->conf->needs, next) {
        struct vrrp_link link;

        if (!hooks->find_link(hooks->argument, one->name, instance->conf->family, &link)) {
            instance_add_fault(faults, "interface %s does not exist", one->name);
            instance_add_cure(faults, "an interface of that name appears, or the addresses and "
                                      "routes on it have no_track");
        } else if (!link.running) {
            instance_add_fault(faults, "interface %s %s", one->name,
                               link.awaited ? "was down, and is not up for long enough"
                                            : "is down");
            instance_add_cure(faults,
                              "it %s (ip link show %s), or the addresses and routes on it have "
                              "no_track",
                              link.awaited ? "stays up for its delay" : "is up and has a carrier",
                              one->name);
        }
    }
}

struct instance_trackers {
    struct track_input *inputs;
    size_t count;
};

static void instance_add_tracker(struct instance_trackers *trackers, struct track_input input)
{
    trackers->inputs =
        memory_resize(trackers->inputs, trackers->count + 1, sizeof(*trackers->inputs));
    trackers->inputs[trackers->count++] = input;
}

static void instance_track_interfaces(const struct instance *instance,
                                      const struct conf_track_interface_list *list,
                                      struct instance_trackers *trackers,
                                      struct instance_faults *faults)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_track_interface *one;

    STAILQ_FOREACH(one, list, next) {
        struct vrrp_link link;
        bool there =
            hooks->find_link(hooks->argument, one->interface, instance->conf->family, &link);
        struct track_input input = {.status = there && link.running ? TRACK_GOOD : TRACK_BAD,
                                    .weight = one->weight,
                                    .reverse = one->reverse};

        if (track_demands_fault(&input)) {
            instance_add_fault(faults, "tracked interface %s %s", one->interface,
                               !there         ? "does not exist"
                               : one->reverse ? "is up"
                                              : "is down");
            instance_add_cure(faults, "it is %s%s", one->reverse ? "down" : "up and has a carrier",
                              there && link.awaited ? ", as now, for its delay" : "");
        }
        instance_add_tracker(trackers, input);
    }
}

static void instance_track_scripts(const struct instance *instance,
                                   const struct conf_track_script_list *list,
                                   struct instance_trackers *trackers,
                                   struct instance_faults *faults)
{
    const struct conf_track_script *one;

    STAILQ_FOREACH(one, list, next) {
        struct track_input input = {
            .status = script_status(instance->context->scripts, one->script->name),
            .weight = one->weight,
            .reverse = one->reverse};

        if (track_demands_fault(&input)) {
            instance_add_fault(faults, "tracked script %s %s", one->script->name,
                               one->reverse ? "succeeds" : "fails");
            instance_add_cure(faults, "%u runs in a row %s",
                              one->reverse ? one->script->fall : one->script->rise,
                              one->reverse ? "fail" : "succeed");
        }
        instance_add_tracker(trackers, input);
    }
}

/* One that has not had the time to come up lowers a priority, but makes no FAULT yet. */
static enum track_status instance_bfd_status(const struct instance *instance,
                                             const struct conf_track *one)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    enum track_status status = hooks->find_bfd(hooks->argument, one->name);

    return status == TRACK_UNKNOWN && one->weight ? TRACK_BAD : status;
}

static struct track_input instance_track_one(const struct instance *instance,
                                             const struct conf_track *one)
{
    const struct instance_context *context = instance->context;
    struct track_input input = {
        .status = TRACK_GOOD, .weight = one->weight, .reverse = one->reverse};

    switch (one->kind) {
    case CONF_TRACK_FILE:
        input.numeric = true;
        input.value = file_value(context->files, one->name);
        break;
    case CONF_TRACK_PROCESS:
        input.status = proc_status(context->procs, one->name);
        break;
    case CONF_TRACK_BFD:
        input.status = instance_bfd_status(instance, one);
        break;
    case CONF_TRACK_KINDS:
        break;
    }
    return input;
}

static void instance_add_track_fault(struct instance_faults *faults, const struct conf_track *one,
                                     const struct track_input *input)
{
    switch (one->kind) {
    case CONF_TRACK_FILE:
        instance_add_fault(faults, "tracked file %s says %lld", one->name, (long long)input->value);
        instance_add_cure(faults, "it says %s", input->weight ? "a smaller number" : "0");
        break;
    case CONF_TRACK_PROCESS:
        instance_add_fault(faults, "tracked process %s %s", one->name,
                           one->reverse ? "runs" : "does not run as it should");
        instance_add_cure(faults, "%s", one->reverse ? "it ends" : "as many run as quorum says");
        break;
    case CONF_TRACK_BFD:
        instance_add_fault(faults, "BFD session %s is %s", one->name,
                           one->reverse ? "up" : "not up");
        instance_add_cure(faults, "%s", one->reverse ? "it goes down" : "its neighbor answers");
        break;
    case CONF_TRACK_KINDS:
        break;
    }
}

static void instance_track_others(const struct instance *instance,
                                  struct instance_trackers *trackers,
                                  struct instance_faults *faults)
{
    const struct conf_track *one;

    STAILQ_FOREACH(one, &instance->conf->tracks, next) {
        struct track_input input = instance_track_one(instance, one);

        if (track_demands_fault(&input)) {
            instance_add_track_fault(faults, one, &input);
        }
        instance_add_tracker(trackers, input);
    }
}

static void instance_observe_trackers(struct instance *instance, struct instance_view *view)
{
    const struct conf_instance *conf = instance->conf;
    const struct conf_sync_group *group = conf->sync_group;
    struct instance_trackers trackers = {0};

    instance_track_interfaces(instance, &conf->track_interfaces, &trackers, &view->faults);
    instance_track_scripts(instance, &conf->track_scripts, &trackers, &view->faults);
    if (group) {
        instance_track_interfaces(instance, &group->track_interfaces, &trackers, &view->faults);
        instance_track_scripts(instance, &group->track_scripts, &trackers, &view->faults);
    }
    instance_track_others(instance, &trackers, &view->faults);
    view->track = track_evaluate(conf->priority, trackers.inputs, trackers.count);
    free(trackers.inputs);
}

/* After a crash, within the time that peers wait for us: DESIGN.md, "Restart is a diff". */
static bool instance_may_resume(const struct instance *instance)
{
    return decide_may_resume(&instance->config,
                             resume_last_beat(instance->context->resume, instance->resume_slot),
                             clock_now());
}

/* All but how its group starts, which is asked for only where that counts. */
static struct decide_facts instance_facts(const struct instance *instance)
{
    const struct instance_view *view = &instance->view;

    return (struct decide_facts){
        .priority = view->track.priority,
        .faulty = view->faults.count > 0,
        .group_fault = instance->group_fault != NULL,
        .unheard = !instance->socket || !view->link.running || !inet_is_set(&view->source),
        .waiting = view->track.waiting,
        .delayed = clock_now() < instance->context->start_at,
        .grouped = instance->conf->sync_group != NULL,
        .resumable = instance->state.role == FSM_INIT && instance_may_resume(instance),
    };
}

static enum group_resumption instance_resumption(const struct instance *instance)
{
    if (instance->state.role != FSM_INIT || !instance_may_resume(instance)) {
        return GROUP_START;
    }
    return instance->conf->sync_group
               ? instance->context->resumption(instance->context->argument, instance)
               : GROUP_RESUME;
}

/* Whether it answers for its addresses, or goes on doing so after a crash. */
static bool instance_answers(const struct instance *instance)
{
    return decide_holds(&instance->state) ||
           (instance->state.role == FSM_INIT && !instance->view.track.waiting &&
            instance_may_resume(instance));
}

static void instance_virtual_problem(void *argument, const char *text)
{
    struct instance_faults *faults = argument;

    for (unsigned i = 0; i < faults->count && i < INSTANCE_FAULTS; i++) {
        if (strcmp(faults->text[i], text) == 0) { /* an interface below is told of already */
            return;
        }
    }
    instance_add_fault(faults, "%s", text);
    instance_add_cure(faults,
                      "that is mended (modprobe macvlan or ipvlan, CAP_NET_ADMIN, a /proc/sys "
                      "that can be written); tried again by itself");
}

/* It cannot be there without what it stands on, whose absence is a fault already. */
static void instance_observe_virtual(struct instance *instance, struct instance_view *view)
{
    int before = virtual_index(instance->virtual);

    if (view->has_link) {
        virtual_observe(instance->virtual, instance->conf, instance_answers(instance),
                        instance_virtual_problem, &view->faults);
    }
    if (before && virtual_index(instance->virtual) != before) {
        instance_announce_again(instance); /* somebody removed it */
    }
}

/*
 * While its macvlan is up, that alone hears what another director sends from the same MAC, and all
 * else too; while it is down only the interface below hears anything.
 */
static void instance_choose_ear(struct instance *instance)
{
    bool base = !instance->virtual_socket || !virtual_is_up(instance->virtual);

    if (instance->socket && base != instance->hears_base) {
        if (base) {
            socket_add_receiver(instance->socket, instance->vrid, instance, instance->buffer);
        } else {
            socket_remove_receiver(instance->socket, instance->vrid, instance);
        }
        instance->hears_base = base;
    }
}

static void instance_leave_socket(struct instance *instance)
{
    if (instance->socket) {
        socket_remove_receiver(instance->socket, instance->vrid, instance);
        socket_release(instance->socket);
        instance->socket = NULL;
        instance->hears_base = false;
    }
}

static void instance_leave_plain_socket(struct instance *instance)
{
    if (instance->plain) {
        socket_remove_receiver(instance->plain, instance->vrid, instance);
        socket_release(instance->plain);
        instance->plain = NULL;
    }
}

static void instance_leave_virtual_socket(struct instance *instance)
{
    if (instance->virtual_socket) {
        socket_remove_receiver(instance->virtual_socket, instance->vrid, instance);
        socket_release(instance->virtual_socket);
        instance->virtual_socket = NULL;
    }
}

/* @param error  negative, of socket(7), ip(7), ipv6(7) */
static const char *instance_socket_cure(int error)
{
    switch (-error) {
    case EPERM:
    case EACCES:
        return "the daemon has CAP_NET_RAW (systemd: CapabilityBoundingSet)";
    case EMFILE:
    case ENFILE:
        return "more files may be open (systemd: LimitNOFILE; sysctl fs.file-max)";
    case ENOBUFS:
        return "more groups may be joined (sysctl net.ipv4.igmp_max_memberships)";
    case ENOMEM:
        return "there is memory for it (sysctl net.core.optmem_max)";
    case EADDRNOTAVAIL:
        return "an interface has that address, and it is not tentative";
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
        return "the kernel has that family (IPv6: ipv6.disable=0 on its command line)";
    default:
        return "the interface is up and can do multicast (ip link set DEVICE multicast on)";
    }
}

static void instance_socket_fault(struct instance_faults *faults, const struct socket_route *route,
                                  int error)
{
    char text[INET_ADDR_TEXT_SIZE];

    instance_add_fault(faults, "no socket for VRRP on %s: %s%s",
                       *route->interface ? route->interface : inet_text(text, &route->local),
                       strerror(-error), error == -EPERM ? " (CAP_NET_RAW is needed)" : "");
    instance_add_cure(faults, "%s; tried again when an interface changes, and by a reload",
                      instance_socket_cure(error));
}

/* Adverts without AH come by another protocol; who sends them would be a second master unheard. */
static void instance_observe_plain_socket(struct instance *instance,
                                          const struct instance_view *view,
                                          const struct socket_route *sealed)
{
    struct socket_route route = *sealed;
    bool wanted = sealed->sealed && view->has_link && inet_is_set(&sealed->local);
    int error;

    route.sealed = false;
    if (instance->plain && wanted && socket_is(instance->plain, &route)) {
        return;
    }
    instance_leave_plain_socket(instance);
    if (wanted) {
        instance->plain = socket_acquire(instance->context->sockets, &route, &error);
    }
    if (instance->plain) {
        socket_add_receiver(instance->plain, instance->vrid, instance, instance->buffer);
    }
}

/* One socket for as long as the interface keeps its index, and unicast its address. */
static void instance_observe_socket(struct instance *instance, struct instance_view *view)
{
    const struct conf_instance *conf = instance->conf;
    const struct socket_route route = {
        .interface = conf->vrf && !*conf->interface ? conf->vrf : conf->interface,
        .index = view->link.index,
        .unicast = conf->peer_count > 0,
        .sealed = conf->auth == CONF_AUTH_AH,
        .local = conf->peer_count ? view->source : conf->mcast_group,
    };
    int error = 0;

    instance_observe_plain_socket(instance, view, &route);

    if (instance->socket && view->has_link && socket_is(instance->socket, &route)) {
        return;
    }
    instance_leave_socket(instance);
    if (view->has_link && inet_is_set(&route.local)) {
        instance->socket = socket_acquire(instance->context->sockets, &route, &error);
    }
    if (error) {
        instance_socket_fault(&view->faults, &route, error);
    }
}

/* Unicast comes to the MAC of the interface below. */
static void instance_observe_virtual_socket(struct instance *instance, struct instance_view *view)
{
    const struct conf_instance *conf = instance->conf;
    const struct socket_route route = {
        .interface = conf->vmac ? conf->vmac->name : "",
        .index = virtual_index(instance->virtual),
        .sealed = conf->auth == CONF_AUTH_AH,
        .local = conf->mcast_group,
    };
    bool wanted = route.index && view->has_link && !conf->peer_count;
    int error = 0;

    if (!instance->virtual_socket || !wanted || !socket_is(instance->virtual_socket, &route)) {
        instance_leave_virtual_socket(instance);
        if (wanted) {
            instance->virtual_socket = socket_acquire(instance->context->sockets, &route, &error);
        }
        if (instance->virtual_socket) {
            socket_add_receiver(instance->virtual_socket, instance->vrid, instance,
                                instance->buffer);
        } else if (error) {
            instance_socket_fault(&view->faults, &route, error);
        }
    }
    instance_choose_ear(instance);
}

/* Up before anything is said by it; down as soon as nothing is any more. */
static void instance_raise_virtual(struct instance *instance, bool up)
{
    if (up != virtual_is_up(instance->virtual)) {
        if (virtual_has_any(instance->virtual)) { /* what was queued is for it as it was */
            socket_flush(instance->context->sockets);
        }
        virtual_set_up(instance->virtual, up);
        instance_choose_ear(instance);
    }
}

/* Where adverts leave: with the virtual MAC, if it has one and nothing else was asked for. */
static struct vrrp_socket *instance_mouth(const struct instance *instance)
{
    return instance->virtual_socket && !instance->conf->vmac_xmit_base ? instance->virtual_socket
                                                                       : instance->socket;
}

/* Of the interface that adverts leave by; 0: that is not known. A VRF is none. */
static uint32_t instance_mtu(const struct instance *instance, const struct instance_view *view)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_instance *conf = instance->conf;
    uint32_t mtu = *conf->interface ? view->link.mtu : 0;
    struct vrrp_link link;

    if (instance_mouth(instance) == instance->virtual_socket && instance->virtual_socket &&
        hooks->find_link(hooks->argument, conf->vmac->name, conf->family, &link) && link.mtu) {
        return link.mtu;
    }
    return mtu;
}

/* Wherever it listens. */
static void instance_ask_for_buffer(struct instance *instance, uint32_t mtu, size_t rest)
{
    const struct conf_instance *conf = instance->conf;
    uint8_t room = instance->view.room;
    uint8_t named = conf->advertised_count < room ? (uint8_t)conf->advertised_count : room;
    uint32_t buffer = buffer_part(&instance->context->receive_buffers, conf->receive_buffer,
                                  mtu ? mtu : PACKET_MTU,
                                  packet_datagram_size(conf->family, conf->version, named, rest));

    if (buffer == instance->buffer) {
        return;
    }
    instance->buffer = buffer;
    if (instance->socket && instance->hears_base) {
        socket_add_receiver(instance->socket, instance->vrid, instance, buffer);
    }
    if (instance->virtual_socket) {
        socket_add_receiver(instance->virtual_socket, instance->vrid, instance, buffer);
    }
    if (instance->plain) {
        socket_add_receiver(instance->plain, instance->vrid, instance, buffer);
    }
}

/* keepalived-reference.md B17. Whoever has keys leaves room for a trailer, so that all name the same. */
static void instance_observe_room(struct instance *instance, struct instance_view *view)
{
    const struct conf_instance *conf = instance->conf;
    uint32_t mtu = instance_mtu(instance, view);
    size_t rest = (conf->auth == CONF_AUTH_AH ? AH_SIZE : 0) +
                  (STAILQ_EMPTY(&conf->hmac_keys) ? 0 : HMAC_TRAILER_SIZE);
    uint32_t left_out;

    view->room = packet_room(mtu, conf->family, conf->version, rest);
    instance_ask_for_buffer(instance, mtu, rest);
    left_out = conf->advertised_count > view->room ? conf->advertised_count - view->room : 0;
    if (left_out != instance->left_out && left_out) {
        log_warning(
            instance->context->log, conf->name,
            "an advert has room for %u of its %u addresses where the MTU is %u: the last %u "
            "are held without being advertised; move them to virtual_ipaddress_excluded",
            view->room, conf->advertised_count, mtu ? mtu : PACKET_MTU, left_out);
    }
    instance->left_out = left_out;
}

void instance_observe(struct instance *instance)
{
    struct instance_view *view = &instance->view;

    instance_clear_faults(&view->faults);
    *view = (struct instance_view){0};
    instance_observe_link(instance, view);
    instance_observe_needs(instance, &view->faults);
    instance_observe_trackers(instance, view);
    instance_observe_virtual(instance, view); /* it is not up while a tracker is waited for */
    instance_observe_socket(instance, view);
    instance_observe_virtual_socket(instance, view);
    instance_observe_room(instance, view);
    if (instance->address_fault) {
        instance_add_fault(&view->faults, "%s", instance->address_fault);
        instance_add_cure(&view->faults, "the kernel takes it; tried again by itself");
    }
}

/* ---- What the state machine asks for ----------------------------------------------------------- */

void instance_on_send_error(void *owner, int error)
{
    struct instance *instance = owner;

    instance->counters.sent--; /* it was counted when it was queued */
    instance->counters.send_errors++;
    if (instance->view.link.running) { /* else the fault has said it all */
        log_warning(instance->context->log, instance->conf->name, "an advert cannot be sent: %s",
                    strerror(-error));
    }
}

static uint8_t instance_list_addresses(const struct conf_instance *conf, uint8_t room,
                                       uint8_t bytes[PACKET_MAX_ADDRESSES * 16])
{
    size_t size = inet_family_size(conf->family);
    const struct conf_address *address;
    unsigned count = 0;
    uint8_t listed = 0;

    STAILQ_FOREACH(address, &conf->addresses, next) {
        if (admit_is_advertised(address, room, &count)) {
            memcpy(bytes + listed++ * size, address->prefix.addr.bytes, size);
        }
    }
    return listed;
}

static struct ah_state *instance_ah_state(struct instance *instance)
{
    if (!instance->ah) {
        instance->ah = memory_new(1, sizeof(*instance->ah));
    }
    return instance->ah;
}

static struct hmac_state *instance_hmac_state(struct instance *instance)
{
    if (!instance->hmac) {
        instance->hmac = memory_new(1, sizeof(*instance->hmac));
    }
    return instance->hmac;
}

/* Puts in front of an advert, or behind it, what proves that it is ours. @return its bytes */
static size_t instance_authenticate(struct instance *instance,
                                    const struct packet_envelope *envelope,
                                    uint8_t data[INSTANCE_DATAGRAM_SIZE], size_t size)
{
    const struct conf_instance *conf = instance->conf;

    if (conf->auth == CONF_AUTH_AH) {
        uint8_t message[AH_MAX_SIZE];

        memcpy(message, data, size);
        return ah_seal(conf->auth_pass, instance_ah_state(instance), envelope, message, size,
                       clock_wall(), data);
    }
    if (hmac_signs(conf)) {
        hmac_sign(conf, instance_hmac_state(instance), envelope, data, size, clock_wall(),
                  data + size);
        packet_cover_trailer(data, size, HMAC_TRAILER_SIZE, envelope);
        size += HMAC_TRAILER_SIZE;
    }
    return size;
}

/* How an advert is summed: as it is configured, or as the peer that it goes to does it. */
static enum packet_checksum instance_checksum(const struct instance *instance,
                                              const struct inet_addr *destination)
{
    const struct conf_instance *conf = instance->conf;
    const struct peers_entry *peer;

    if (conf->checksum_as_v2) {
        return PACKET_CHECKSUM_MESSAGE;
    }
    if (!conf->peer_count || conf->family != AF_INET || conf->version != 3) {
        return PACKET_CHECKSUM_PSEUDO;
    }
    peer = instance->peers ? peers_find(instance->peers, destination) : NULL;
    return conf->old_checksum == CONF_OLD_CHECKSUM_ALWAYS ||
                   (conf->old_checksum == CONF_OLD_CHECKSUM_DETECT && peer &&
                    peer->checksum == PACKET_CHECKSUM_GROUP)
               ? PACKET_CHECKSUM_GROUP
               : PACKET_CHECKSUM_PSEUDO;
}

/* IPv6 and version 3 have the destination in the checksum. @return the message's bytes */
static size_t instance_encode(const struct instance *instance, struct packet_advert advert,
                              struct packet_envelope envelope, uint8_t data[INSTANCE_DATAGRAM_SIZE])
{
    advert.checksum = instance_checksum(instance, &envelope.destination);
    if (advert.checksum == PACKET_CHECKSUM_GROUP) {
        envelope.destination = instance->conf->mcast_group;
    }
    return packet_encode(&advert, &envelope, data);
}

static void instance_send_to(struct instance *instance, const struct packet_advert *advert,
                             const struct inet_addr *destination, uint8_t ttl)
{
    const struct packet_envelope envelope = {
        .source = instance->state.address, .destination = *destination, .ttl = ttl};
    uint8_t data[INSTANCE_DATAGRAM_SIZE];
    size_t size = instance_authenticate(instance, &envelope, data,
                                        instance_encode(instance, *advert, envelope, data));
    int error = 0;

    instance->counters.sent++;
    instance->counters.zero_sent += advert->priority == 0;
    if (instance->beating) {
        socket_queue(instance_mouth(instance), &envelope, data, size, instance);
    } else {
        error = socket_send(instance_mouth(instance), &envelope, data, size);
    }
    if (error) {
        instance_on_send_error(instance, error);
    }
}

static void instance_send(struct instance *instance, uint8_t priority)
{
    const struct conf_instance *conf = instance->conf;
    uint8_t addresses[PACKET_MAX_ADDRESSES * 16];
    struct packet_advert advert = {
        .version = conf->version,
        .family = conf->family,
        .vrid = conf->vrid,
        .priority = priority,
        .auth_type = (uint8_t)conf->auth,
        .interval = conf->advert_interval,
        .address_count = instance_list_addresses(conf, instance->view.room, addresses),
        .addresses = addresses,
    };
    const struct conf_peer *peer;

    if (!instance->socket || !inet_is_set(&instance->state.address)) {
        return; /* its interface is gone: nobody could hear it */
    }
    if (conf->auth == CONF_AUTH_PASS) { /* it is the key of AH: that must not be sent */
        memcpy(advert.auth_data, conf->auth_pass, sizeof(advert.auth_data));
    }
    if (!conf->peer_count) {
        instance_send_to(instance, &advert, &conf->mcast_group, PACKET_TTL);
    }
    STAILQ_FOREACH(peer, &conf->peers, next) {
        instance_send_to(instance, &advert, &peer->addr, conf->unicast_ttl);
    }
    if (priority) {
        instance->sent_at = clock_now();
        resume_beat(instance->context->resume, instance->resume_slot, instance->sent_at);
    }
}

static void instance_announce(struct instance *instance, uint32_t repeat)
{
    if (repeat > instance->announce_due) {
        instance->announce_due = repeat;
        instance->context->unsettled(instance->context->argument);
    }
    loop_timer_set(instance->announce_timer, announce_deadline(&instance->announce));
}

void instance_settle_announcements(struct instance *instance)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;

    if (instance->announce_due && instance->state.role == FSM_MASTER && !instance->holds) {
        return; /* not before its addresses are there, in a later turn */
    }
    if (instance->announce_due && instance->state.role == FSM_MASTER) {
        hooks->announce(hooks->argument, instance->conf, instance->announce_due, false);
        instance->counters.announced++;
    }
    instance->announce_due = 0;
}

static void instance_announce_due(void *argument, int64_t now, int64_t late)
{
    struct instance *instance = argument;
    const struct vrrp_hooks *hooks = instance->context->hooks;
    uint32_t repeat;

    (void)late;
    instance->announce = announce_step(instance->announce, &instance->conf->announce, now, &repeat);
    if (instance->announce.extra_due && instance->state.role == FSM_MASTER) {
        hooks->announce(hooks->argument, instance->conf, 1, true);
    }
    instance_announce(instance, repeat);
}

void instance_announce_again(struct instance *instance)
{
    uint32_t repeat;

    if (instance->state.role == FSM_MASTER) {
        instance->announce =
            announce_again(instance->announce, &instance->conf->announce, clock_now(), &repeat);
        instance_announce(instance, repeat);
    }
}

size_t instance_settle(struct instance *instance)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    bool holds = decide_holds(&instance->state);

    if (holds == instance->holds) {
        return 0;
    }
    instance->holds = holds;
    if (holds) {
        hooks->claim(hooks->argument, instance->conf);
    } else {
        hooks->release(hooks->argument, instance->conf->name);
    }
    return instance->conf->address_count + 1;
}

void instance_release(struct instance *instance)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;

    instance->holds = false;
    hooks->release(hooks->argument, instance->conf->name);
    hooks->commit(hooks->argument);
}

/* Not master any more: it tells the neighbours nothing, even while it still has the addresses. */
static void instance_fall_silent(struct instance *instance)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;

    (void)hooks->hush(hooks->argument, instance->conf->name);
    resume_clear(instance->context->resume, instance->resume_slot);
    instance->announce = announce_idle();
    instance_announce(instance, 0);
}

/* In the order of keepalived-reference.md B13 and B15: the advert first. */
static void instance_carry_out(struct instance *instance, unsigned actions, int64_t now)
{
    bool answers = decide_holds(&instance->state);
    uint32_t repeat;

    if (answers) {
        instance_raise_virtual(instance, true);
    }
    if (actions & FSM_SEND_ZERO) {
        instance_send(instance, 0);
        instance_fall_silent(instance);
    }
    if (actions & FSM_SEND_ADVERT) {
        instance_send(instance, instance->state.priority);
    }
    if (!answers) {
        instance_raise_virtual(instance, false);
    }
    if (actions & (FSM_CLAIM | FSM_RELEASE)) {
        instance->context->unsettled(instance->context->argument);
    }
    if (actions & FSM_RELEASE) {
        instance_fall_silent(instance);
    }
    if (actions & FSM_ANNOUNCE) {
        instance->announce = announce_takeover(&instance->conf->announce, now, &repeat);
        instance_announce(instance, repeat);
    }
    if (actions & FSM_ANNOUNCE_AGAIN) {
        instance_announce_again(instance);
        if (instance->conf->sync_group) {
            instance->context->announce_others(instance->context->argument, instance);
        }
    }
    instance->counters.lower_received += (actions & FSM_NOTIFY_LOWER) != 0;
}

/* ---- Telling why ------------------------------------------------------------------------------- */

static void instance_explain_silence(const struct instance *instance,
                                     const struct fsm_state *before, int64_t now, char *text)
{
    char waited[CLOCK_TEXT_SIZE];
    char limit[CLOCK_TEXT_SIZE];
    int64_t from = before->heard_at > instance->since ? before->heard_at : instance->since;

    (void)snprintf(text, INSTANCE_TEXT_SIZE, "no advert for %s (limit %s)",
                   clock_duration_text(waited, now - from),
                   clock_duration_text(limit, fsm_down_interval(&instance->config, before)));
}

static void instance_explain_fault(const struct instance *instance, char *text)
{
    const struct instance_faults *faults = &instance->view.faults;

    if (faults->count) {
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "%s", faults->text[0]);
    } else if (instance->group_fault) {
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "%.100s of its sync group is in FAULT",
                       instance->group_fault);
    }
}

/* Why the state machine did what it did, with the numbers that decided it. */
static void instance_explain(const struct instance *instance, const struct fsm_state *before,
                             enum fsm_reason reason, const struct fsm_event *event, int64_t now,
                             char text[INSTANCE_TEXT_SIZE])
{
    const struct inet_addr *master =
        reason == FSM_REASON_HIGHER || reason == FSM_REASON_TIE || reason == FSM_REASON_SECOND_OWNER
            ? &event->source
            : &before->master;
    char who[INET_ADDR_TEXT_SIZE];
    char waited[CLOCK_TEXT_SIZE];

    inet_text(who, master);
    switch (reason) {
    case FSM_REASON_NO_ADVERT:
        instance_explain_silence(instance, before, now, text);
        break;
    case FSM_REASON_PRIORITY_ZERO:
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "%s gave up (priority 0)", who);
        break;
    case FSM_REASON_PREEMPT:
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "master %s has priority %u, ours is %u", who,
                       before->master_priority, before->priority);
        break;
    case FSM_REASON_HIGHER:
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "%s is master with priority %u, ours is %u", who,
                       event->priority, before->priority);
        break;
    case FSM_REASON_TIE:
        (void)snprintf(text, INSTANCE_TEXT_SIZE,
                       "%s is master with our priority %u and a higher address", who,
                       before->priority);
        break;
    case FSM_REASON_SECOND_OWNER:
        (void)snprintf(text, INSTANCE_TEXT_SIZE,
                       "%s owns the addresses too (priority 255) and does not yield: give one "
                       "director alone that priority",
                       who);
        break;
    case FSM_REASON_LATE:
        (void)snprintf(text, INSTANCE_TEXT_SIZE,
                       "its advert was %s late: another router is master by now "
                       "(timer_expired_backup)",
                       clock_duration_text(waited, now - before->deadline));
        break;
    case FSM_REASON_GROUP:
        (void)text_copy(text, INSTANCE_TEXT_SIZE,
                        instance->group_reason ? instance->group_reason : "");
        break;
    case FSM_REASON_FAULT:
        instance_explain_fault(instance, text);
        break;
    case FSM_REASON_RESUMED:
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "restarted %s after its last advert as master",
                       clock_duration_text(waited, now - resume_last_beat(instance->context->resume,
                                                                          instance->resume_slot)));
        break;
    default:
        (void)snprintf(text, INSTANCE_TEXT_SIZE, "%s",
                       reason == FSM_REASON_STARTED   ? "started"
                       : reason == FSM_REASON_OWNER   ? "address owner (priority 255)"
                       : reason == FSM_REASON_CLEARED ? "the last fault is gone"
                       : reason == FSM_REASON_STOPPED ? "stopped"
                                                      : "waits for the first result of a tracker");
        break;
    }
}

/* The words of a role for scripts; NOTIFY_STATES: they have none for it. */
static enum notify_state instance_notify_state(enum fsm_role role)
{
    static const enum notify_state states[FSM_ROLES] = {[FSM_INIT] = NOTIFY_STATES,
                                                        [FSM_BACKUP] = NOTIFY_BACKUP,
                                                        [FSM_MASTER] = NOTIFY_MASTER,
                                                        [FSM_FAULT] = NOTIFY_FAULT};

    return states[role];
}

static void instance_notify(const struct instance *instance, const struct fsm_state *before)
{
    const struct fsm_state *state = &instance->state;
    const struct inet_addr *peer = inet_is_set(&state->master) ? &state->master : &before->master;
    struct notify_news news = {
        .state = instance_notify_state(state->role),
        .previous = instance_notify_state(before->role),
        .priority = state->priority,
    };

    if (instance->reason == FSM_REASON_STOPPED) { /* keepalived-reference.md B20, B57 */
        news.state = !instance->removed               ? NOTIFY_STOP
                     : instance->conf->notify_deleted ? NOTIFY_DELETED
                                                      : NOTIFY_FAULT;
    }
    (void)text_copy(news.reason, sizeof(news.reason), instance->reason_text);
    if (inet_is_set(peer)) {
        inet_text(news.peer, peer);
    }
    if (news.state != NOTIFY_STATES) {
        notify_send(instance->notify, &news);
    }
}

static void instance_changed_role(struct instance *instance, const struct fsm_state *before,
                                  int64_t now)
{
    log_event(instance->context->log, LOG_LEVEL_NOTICE, instance->conf->name, "%s -> %s: %s",
              fsm_role_text(before->role), fsm_role_text(instance->state.role),
              instance->reason_text);
    instance->since = now;
    instance->since_wall = clock_wall();
    instance->counters.became_master += instance->state.role == FSM_MASTER;
    instance->counters.left_master += before->role == FSM_MASTER;
    instance_notify(instance, before);
    instance->context->hooks->changed(instance->context->hooks->argument);
}

/* ---- Events ------------------------------------------------------------------------------------ */

static void instance_complain(struct instance *instance, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void instance_complain(struct instance *instance, const char *format, ...)
{
    va_list arguments;

    free(instance->complaint);
    va_start(arguments, format);
    instance->complaint = instance_format(format, arguments);
    va_end(arguments);
    instance->complaint_at = clock_now();
    log_warning(instance->context->log, instance->conf->name, "%s", instance->complaint);
}

static void instance_tell_second_master(struct instance *instance, const struct fsm_event *event)
{
    char who[INET_ADDR_TEXT_SIZE];

    instance_complain(instance,
                      "%s is a second master with priority %u, ours is %u: it should yield; the "
                      "neighbours are told again",
                      inet_text(who, &event->source), event->priority, instance->state.priority);
}

/* A master beats with all others of its interval; everything else has a time of its own. */
static void instance_arm(struct instance *instance)
{
    bool beats = decide_beats(&instance->state);

    if (beats) {
        beat_join(instance->context->beats, &instance->beat, instance->config.advert_interval);
    } else {
        beat_leave(&instance->beat);
    }
    loop_timer_set(instance->timer, beats ? CLOCK_NEVER : instance->state.deadline);
}

static void instance_tell_handover(const struct instance *instance, const struct fsm_event *event,
                                   int64_t now)
{
    char who[INET_ADDR_TEXT_SIZE];
    char waited[CLOCK_TEXT_SIZE];

    (void)clock_duration_text(waited, now - instance->since);
    if (event->kind == FSM_EVENT_ADVERT) {
        log_event(instance->context->log, LOG_LEVEL_NOTICE, instance->conf->name,
                  "handed over to %s after %s", inet_text(who, &event->source), waited);
    } else {
        log_event(instance->context->log, LOG_LEVEL_NOTICE, instance->conf->name,
                  "let go of its addresses after %s: no successor was heard", waited);
    }
}

/* A pause of the host, or no turn on its processor: somebody else may have taken over meanwhile. */
static void instance_note_lateness(struct instance *instance, const struct fsm_state *before,
                                   const struct fsm_event *event, bool listens)
{
    char late[CLOCK_TEXT_SIZE];

    instance->counters.late++;
    instance->context->woke_late(instance->context->argument);
    if (!listens) {
        return; /* the change of its role says it all */
    }
    log_warning(instance->context->log, instance->conf->name,
                "woke up %s late as %s: listens before it %s",
                clock_duration_text(late, event->late), fsm_role_text(before->role),
                before->role == FSM_MASTER ? "goes on" : "takes over");
}

static void instance_event(struct instance *instance, const struct fsm_event *event)
{
    int64_t now = clock_now();
    struct fsm_state before = instance->state;
    struct fsm_outcome outcome = fsm_step(&instance->config, &before, event, now);
    char text[INSTANCE_TEXT_SIZE] = "";

    if (outcome.reason != FSM_REASON_NONE) { /* before a beat says that it is master again */
        instance_explain(instance, &before, outcome.reason, event, now, text);
    }
    if (outcome.actions & FSM_ASK_GROUP && outcome.state.wants_master) {
        instance_set_text(&instance->group_reason, text);
    }
    if (decide_woke_late(&before, &outcome)) {
        instance_note_lateness(instance, &before, event, outcome.state.listening);
    }
    instance->state = outcome.state;
    outcome.actions = decide_actions(event, &outcome, instance->sent_at, now);
    instance_carry_out(instance, outcome.actions, now);
    /* The one that we have just replaced says a last word (higher_prio_send_advert). */
    if (outcome.actions & FSM_NOTIFY_LOWER &&
        now - instance->since > instance->config.advert_interval) {
        instance_tell_second_master(instance, event);
        notify_send_lower(instance->notify, instance->state.priority);
    }
    instance_arm(instance);
    if (before.role != instance->state.role) {
        instance->reason = outcome.reason;
        instance_set_text(&instance->reason_text, text);
        instance_changed_role(instance, &before, now);
    }
    if (instance->conf->sync_group &&
        ((outcome.actions & FSM_ASK_GROUP) || before.role != instance->state.role)) {
        instance->context->review(instance->context->argument, instance);
    }
    if (before.handing_over && !instance->state.handing_over) {
        instance_tell_handover(instance, event, now);
        instance->context->handed_over(instance->context->argument);
    }
}

static void instance_simple_event(struct instance *instance, enum fsm_event_kind kind)
{
    const struct fsm_event event = {.kind = kind};

    instance_event(instance, &event);
}

static void instance_drain(struct instance *instance)
{
    if (instance->socket) {
        socket_drain(instance->socket);
    }
    if (instance->virtual_socket) {
        socket_drain(instance->virtual_socket);
    }
}

static void instance_timer(void *argument, int64_t now, int64_t late)
{
    struct instance *instance = argument;
    const struct fsm_event event = {.kind = FSM_EVENT_TIMER, .late = late};

    /* What was queued while we were late is heard before the timer's silence is believed. */
    instance_drain(instance);
    if (instance->state.deadline > now) {
        loop_timer_set(instance->timer, instance->state.deadline);
        return;
    }
    instance->beating = instance->context->joins(instance->context->argument);
    instance_event(instance, &event);
    instance->beating = false;
}

static void instance_beat(void *argument, int64_t now, int64_t late)
{
    struct instance *instance = argument;
    const struct fsm_event event = {.kind = FSM_EVENT_TIMER, .late = late};

    (void)now;
    if (late > INSTANCE_LATE) {
        instance_drain(instance);
    }
    if (decide_beats(&instance->state)) { /* still */
        instance->beating = true;
        instance_event(instance, &event);
        instance->beating = false;
    }
}

/* The Authentication Header. @return whether what follows is to be believed */
static bool instance_verify_seal(struct instance *instance, const struct packet_envelope *envelope,
                                 const struct packet_advert *advert)
{
    enum ah_verdict verdict;
    char who[INET_ADDR_TEXT_SIZE];

    if (instance->conf->auth != CONF_AUTH_AH) {
        return true;
    }
    verdict = ah_verify(instance->conf->auth_pass, instance_ah_state(instance), envelope,
                        advert->seal, AH_SIZE + advert->size + advert->rest, clock_wall());
    instance->counters.ah[verdict]++;
    if (verdict != AH_OK) {
        instance_complain(instance, "an advert from %s %s (dropped)",
                          inet_text(who, &envelope->source), ah_text(verdict));
    }
    return verdict == AH_OK;
}

/* The trailer. Before anything else is believed. @return whether it is to be */
static bool instance_verify_trailer(struct instance *instance,
                                    const struct packet_envelope *envelope,
                                    const struct packet_advert *advert)
{
    enum hmac_verdict verdict;
    char who[INET_ADDR_TEXT_SIZE];

    if (STAILQ_EMPTY(&instance->conf->hmac_keys)) {
        return true;
    }
    verdict = hmac_verify(instance->conf, instance_hmac_state(instance), envelope, advert->message,
                          advert->size, advert->rest, clock_wall());
    instance->counters.hmac[verdict]++;
    if (!hmac_passes(verdict)) {
        instance_complain(instance, "an advert from %s %s (dropped)",
                          inet_text(who, &envelope->source), hmac_text(verdict));
    }
    return hmac_passes(verdict);
}

bool instance_knows_sum(const struct instance *instance, const struct packet_envelope *envelope,
                        struct packet_advert *advert)
{
    const struct conf_instance *conf = instance->conf;

    return conf->old_checksum != CONF_OLD_CHECKSUM_NEVER &&
           packet_has_group_sum(advert, envelope, &conf->mcast_group);
}

/* Whoever refuses a form of the checksum does so without a word. */
static void instance_tell_checksum(const struct instance *instance, const struct inet_addr *source,
                                   const struct packet_advert *advert)
{
    enum packet_checksum ours = instance_checksum(instance, source);
    char who[INET_ADDR_TEXT_SIZE];

    if (advert->version != 3 || advert->family != AF_INET || advert->checksum == ours) {
        return;
    }
    log_notice(instance->context->log, instance->conf->name,
               "%s computes the checksum otherwise than we do (%s, ours is %s): if it refuses our "
               "adverts, set %s",
               inet_text(who, source), packet_checksum_word(advert->checksum),
               packet_checksum_word(ours),
               advert->checksum == PACKET_CHECKSUM_MESSAGE ? "v3_checksum_as_v2 on"
               : advert->checksum == PACKET_CHECKSUM_GROUP ? "old_unicast_checksum"
                                                           : "v3_checksum_as_v2 off");
}

static void instance_note_peer(struct instance *instance, const struct inet_addr *source,
                               const struct packet_advert *advert)
{
    if (!instance->peers) {
        instance->peers = memory_new(1, sizeof(*instance->peers));
    }
    if (peers_hear(instance->peers, source, advert, clock_now())) {
        instance_tell_checksum(instance, source, advert);
    }
}

static void instance_admit(struct instance *instance, const struct packet_envelope *envelope,
                           const struct packet_advert *advert)
{
    enum admit_verdict verdict =
        admit_advert(instance->conf, &instance->view.source, instance->view.room, envelope, advert);
    const struct fsm_event event = {.kind = FSM_EVENT_ADVERT,
                                    .priority = advert->priority,
                                    .interval = advert->interval,
                                    .source = envelope->source};

    instance->counters.verdicts[verdict]++;
    if (instance->conf->ignore_adverts && !instance->state.handing_over) {
        instance->counters.ignored++;
        return;
    }
    if (instance->config.owner && advert->priority == CONF_PRIORITY_OWNER &&
        admit_passes(verdict)) {
        char who[INET_ADDR_TEXT_SIZE];

        instance_complain(instance,
                          "%s says too that it owns the addresses (priority 255): let one director "
                          "alone have that priority",
                          inet_text(who, &envelope->source));
    }
    if (verdict != ADMIT_OK) {
        char who[INET_ADDR_TEXT_SIZE];

        instance_complain(instance, "an advert from %s %s%s", inet_text(who, &envelope->source),
                          admit_text(verdict), admit_passes(verdict) ? "" : " (dropped)");
    }
    if (!admit_passes(verdict)) {
        return;
    }
    instance_note_peer(instance, &envelope->source, advert);
    instance->counters.received++;
    instance->counters.zero_received += advert->priority == 0;
    instance_event(instance, &event);
}

void instance_receive(struct instance *instance, const struct packet_envelope *envelope,
                      const struct packet_advert *advert)
{
    if (instance_verify_seal(instance, envelope, advert) &&
        instance_verify_trailer(instance, envelope, advert)) {
        instance_admit(instance, envelope, advert);
    }
}

/* One that was master a moment ago has nothing to wait for. */
static bool instance_is_delayed(const struct instance *instance)
{
    return clock_now() < instance->context->start_at && !instance_may_resume(instance);
}

static void instance_act_on_priority(struct instance *instance, const struct decide_facts *facts)
{
    enum fsm_role role = instance->state.role;
    struct fsm_event event;

    if (!decide_priority(&instance->state, facts, &event)) {
        return;
    }
    log_event(instance->context->log, LOG_LEVEL_NOTICE, instance->conf->name,
              "effective priority %u -> %u: %u configured, trackers add %+d",
              instance->state.priority, facts->priority, instance->conf->priority,
              instance->view.track.sum);
    instance_event(instance, &event);
    if (instance->conf->notify_priority_changes && (role == FSM_MASTER || role == FSM_BACKUP)) {
        notify_send_priority(instance->notify, instance_notify_state(role),
                             instance->state.priority);
    }
}

/* What starts as any other router was no master before. */
static void instance_act_on_event(struct instance *instance, const struct fsm_event *event)
{
    instance_event(instance, event);
    if (event->kind == FSM_EVENT_START && instance->state.role != FSM_MASTER) {
        resume_clear(instance->context->resume, instance->resume_slot);
    }
}

void instance_act(struct instance *instance)
{
    struct decide_facts facts = instance_facts(instance);
    struct fsm_event event;

    if (instance->stopped) { /* nothing that is learned now may start it again */
        return;
    }
    if (inet_is_set(&instance->view.source)) {
        instance->state.address = instance->view.source;
    }
    instance_act_on_priority(instance, &facts);
    facts.resumption = instance_resumption(instance);
    switch (decide_role(&instance->state, &facts, &event)) {
    case DECIDE_EVENT:
        instance_act_on_event(instance, &event);
        break;
    case DECIDE_ASK_GROUP:
        instance->context->review(instance->context->argument, instance);
        break;
    case DECIDE_STAY:
        break;
    }
}

static void instance_explain_yielding(struct instance *instance, const char *culprit)
{
    char text[INSTANCE_TEXT_SIZE];

    (void)snprintf(text, sizeof(text), "%.100s of its sync group yields to another router",
                   culprit);
    instance_set_text(&instance->group_reason, text);
}

void instance_command(struct instance *instance, enum group_command command, const char *culprit)
{
    struct decide_facts facts;
    struct fsm_event event;

    if (command == GROUP_BACKUP) {
        instance_explain_yielding(instance, culprit);
    } else if (command == GROUP_CLEAR) {
        free(instance->group_fault);
        instance->group_fault = NULL;
    } else if (command == GROUP_FAULT && !instance->view.faults.count && !instance->group_fault) {
        instance->group_fault = memory_text(culprit);
    }
    facts = instance_facts(instance);
    if (decide_command(&instance->state, &facts, command, &event)) {
        instance_act_on_event(instance, &event);
    }
}

struct group_member instance_member(const struct instance *instance)
{
    const struct decide_facts facts = instance_facts(instance);

    return decide_member(&instance->state, &facts);
}

/* How long it stays in FAULT: longer each time, for each try costs the other director the address. */
static int64_t instance_refusal_wait(int64_t before)
{
    if (!before) {
        return INSTANCE_FIRST_REFUSAL;
    }
    return before * 2 < INSTANCE_LAST_REFUSAL ? before * 2 : INSTANCE_LAST_REFUSAL;
}

static void instance_address_fault_over(void *argument, int64_t now, int64_t late)
{
    struct instance *instance = argument;

    (void)now;
    (void)late;
    free(instance->address_fault);
    instance->address_fault = NULL;
    instance_observe(instance);
    instance_act(instance);
}

void instance_refuse_address(struct instance *instance, const char *text)
{
    if (instance->stopped) {
        return;
    }
    free(instance->address_fault);
    instance->address_fault = memory_text(text);
    instance->address_fault_wait = instance_refusal_wait(instance->address_fault_wait);
    loop_timer_set(instance->address_fault_timer, clock_now() + instance->address_fault_wait);
    instance_observe(instance);
    instance_act(instance);
}

void instance_forgive_address(struct instance *instance)
{
    instance->address_fault_wait = 0;
    if (instance->address_fault && !instance->stopped) {
        loop_timer_set(instance->address_fault_timer, clock_now());
    }
}

/* ---- Life -------------------------------------------------------------------------------------- */

static bool instance_shares_peer(const struct conf_instance *one, const struct conf_instance *other)
{
    const struct conf_peer *a;
    const struct conf_peer *b;

    STAILQ_FOREACH(a, &one->peers, next) {
        STAILQ_FOREACH(b, &other->peers, next) {
            if (inet_equal(&a->addr, &b->addr)) {
                return true;
            }
        }
    }
    return false;
}

bool instance_is(const struct instance *instance, const struct conf_instance *conf, bool exactly)
{
    const struct conf_instance *own = instance->conf;

    if (instance->vrid != conf->vrid || instance->family != conf->family ||
        strcmp(instance->interface, conf->interface) != 0) {
        return false;
    }
    if (!exactly || !own) {
        return !exactly;
    }
    return own->peer_count && conf->peer_count
               ? inet_equal(&own->source, &conf->source) && instance_shares_peer(own, conf)
               : !own->peer_count && !conf->peer_count &&
                     inet_equal(&own->mcast_group, &conf->mcast_group);
}

bool instance_has_peer(const struct instance *instance, const struct inet_addr *addr)
{
    const struct conf_peer *peer;

    STAILQ_FOREACH(peer, &instance->conf->peers, next) {
        if (inet_equal(&peer->addr, addr)) {
            return true;
        }
    }
    return false;
}

/* What its beats are kept by: who it is on the wire. */
static void instance_write_key(const struct conf_instance *conf, char key[RESUME_NAME_SIZE])
{
    const struct conf_peer *peer = STAILQ_FIRST(&conf->peers);
    const struct inet_addr *local = peer ? &conf->source : &conf->mcast_group;
    unsigned hash = hash_of_bytes(local, sizeof(*local));

    if (peer) {
        hash ^= hash_of_bytes(&peer->addr, sizeof(peer->addr)) * 3;
    }
    (void)snprintf(key, RESUME_NAME_SIZE, "%.16s/%u/%s/%08x", conf->interface, conf->vrid,
                   conf->family == AF_INET ? "ipv4" : "ipv6", hash);
}

int64_t instance_resumable_until(const struct instance_context *context,
                                 const struct conf_instance *conf)
{
    const struct fsm_config config = decide_config(conf);
    char key[RESUME_NAME_SIZE];

    instance_write_key(conf, key);
    return decide_resumable_until(
        &config, resume_last_beat(context->resume, resume_slot(context->resume, key)), clock_now());
}

struct instance *instance_new(const struct instance_context *context,
                              const struct conf_instance *conf)
{
    const struct inet_addr none = {0};
    struct instance *instance = memory_new(1, sizeof(*instance));
    char key[RESUME_NAME_SIZE];

    instance->context = context;
    (void)text_copy(instance->interface, sizeof(instance->interface), conf->interface);
    instance->vrid = conf->vrid;
    instance->family = conf->family;
    instance->config = decide_config(conf);
    instance->state = fsm_initial(&instance->config, conf->priority, &none);
    instance->announce = announce_idle();
    instance->virtual = virtual_new(context->hooks);
    instance->timer = loop_timer_new(context->loop, LOOP_PRIORITY_VRRP, instance_timer, instance);
    instance->notify = notify_new(context->notifies, "INSTANCE");
    instance->beat = (struct beat_member){.function = instance_beat, .argument = instance};
    instance->announce_timer =
        loop_timer_new(context->loop, LOOP_PRIORITY_NETWORK, instance_announce_due, instance);
    instance->address_fault_timer =
        loop_timer_new(context->loop, LOOP_PRIORITY_NETWORK, instance_address_fault_over, instance);
    instance_write_key(conf, key);
    instance->resume_slot = resume_slot(context->resume, key);
    return instance;
}

void instance_free(struct instance *instance)
{
    if (!instance) {
        return;
    }
    beat_leave(&instance->beat);
    socket_flush(instance->context->sockets);
    virtual_free(instance->virtual); /* before its socket: no IGMP says that it leaves */
    instance_leave_virtual_socket(instance);
    instance_leave_socket(instance);
    instance_leave_plain_socket(instance);
    loop_timer_free(instance->timer);
    loop_timer_free(instance->announce_timer);
    loop_timer_free(instance->address_fault_timer);
    notify_release(instance->notify);
    free(instance->group_fault);
    free(instance->address_fault);
    free(instance->group_reason);
    free(instance->complaint);
    free(instance->reason_text);
    free(instance->hmac);
    free(instance->ah);
    free(instance->peers);
    instance_clear_faults(&instance->view.faults);
    free(instance);
}

static bool instance_has_address(const struct conf_instance *conf,
                                 const struct conf_address *address)
{
    const struct conf_address *own;

    STAILQ_FOREACH(own, &conf->addresses, next) {
        if (inet_equal(&own->prefix.addr, &address->prefix.addr) &&
            strcmp(own->device, address->device) == 0) {
            return true;
        }
    }
    return false;
}

/* A master goes on with the new configuration: its addresses come and go, the new ones are told. */
static void instance_reconfigure_master(struct instance *instance,
                                        const struct conf_instance *before)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_instance *conf = instance->conf;
    const struct conf_address *address;
    bool more = false;

    if (strcmp(before->name, conf->name) != 0) {
        hooks->release(hooks->argument, before->name);
    }
    STAILQ_FOREACH(address, &conf->addresses, next) {
        more |= !instance_has_address(before, address);
    }
    more |= hooks->hush(hooks->argument, before->name); /* some of them may be gone */
    hooks->claim(hooks->argument, conf);                /* committed with all others */
    instance->announce =
        announce_reconfigure(instance->announce, &conf->announce, more, clock_now());
    loop_timer_set(instance->announce_timer, announce_deadline(&instance->announce));
}

void instance_configure(struct instance *instance, const struct conf_instance *conf)
{
    const struct conf_instance *conf_before = instance->conf;
    struct fsm_config before = instance->config;

    instance->conf = conf;
    instance->config = decide_config(conf);
    instance_forgive_address(instance); /* it may be what was changed */
    if (conf_before && conf_before->old_checksum != conf->old_checksum) {
        free(instance->peers); /* else two that go by each other would never change */
        instance->peers = NULL;
    }
    notify_configure(instance->notify, conf->name, &conf->notify);
    if (!conf->sync_group) {
        free(instance->group_fault);
        instance->group_fault = NULL;
    }
    if (decide_reconfigures(&before, &instance->config)) {
        instance_simple_event(instance, FSM_EVENT_RECONFIGURED);
    }
    if ((instance->state.role == FSM_MASTER || instance->holds) && conf_before) {
        instance_reconfigure_master(instance, conf_before);
    }
}

void instance_repeat_line(const struct instance *instance)
{
    enum notify_state state = instance_notify_state(instance->state.role);

    if (state != NOTIFY_STATES) {
        notify_send_line(instance->notify, state, instance->state.priority);
    }
}

void instance_remove(struct instance *instance)
{
    instance->removed = true;
    instance_stop(instance);
}

void instance_stop(struct instance *instance)
{
    instance->stopped = true;
    loop_timer_set(instance->address_fault_timer, CLOCK_NEVER);
    instance_simple_event(instance, FSM_EVENT_STOP);
    resume_drop(instance->context->resume, instance->resume_slot);
}

bool instance_is_handing_over(const struct instance *instance)
{
    return instance->state.handing_over;
}

const struct conf_instance *instance_conf(const struct instance *instance)
{
    return instance->conf;
}

bool instance_is_waiting(const struct instance *instance)
{
    return instance->state.role == FSM_INIT && instance->view.track.waiting;
}

/* ---- Status ------------------------------------------------------------------------------------ */

static json_t *instance_snapshot_addresses(const struct instance *instance)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_address *address;
    json_t *list = json_array();
    unsigned count = 0;

    STAILQ_FOREACH(address, &instance->conf->addresses, next) {
        char text[INET_PREFIX_TEXT_SIZE];

        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:o, s:b, s:b}", "address",
                                        inet_prefix_text(text, &address->prefix), "device",
                                        json_from_text(address->device), "label",
                                        json_from_text(address->label), "advertised",
                                        admit_is_advertised(address, instance->view.room, &count),
                                        "present", hooks->is_present(hooks->argument, address)));
    }
    return list;
}

static json_t *instance_snapshot_master(const struct instance *instance)
{
    const struct fsm_state *state = &instance->state;
    bool ourselves = state->role == FSM_MASTER;
    const struct inet_addr *address = ourselves ? &state->address : &state->master;
    char text[INET_ADDR_TEXT_SIZE];

    if (!inet_is_set(address) || state->role == FSM_FAULT || state->role == FSM_INIT) {
        return json_null();
    }
    return json_pack(
        "{s:s, s:i, s:b, s:f}", "address", inet_text(text, address), "priority",
        ourselves ? state->priority : state->master_priority, "self", ourselves, "heard_ms_ago",
        ourselves ? 0.0 : (double)(clock_now() - state->heard_at) / (double)CLOCK_MILLISECOND);
}

static json_t *instance_snapshot_faults(const struct instance *instance)
{
    const struct instance_faults *faults = &instance->view.faults;
    json_t *list = json_array();

    for (unsigned i = 0; i < faults->count && i < INSTANCE_FAULTS; i++) {
        json_array_append_new(list, json_from_text(faults->text[i]));
    }
    if (instance->group_fault) {
        char text[INSTANCE_TEXT_SIZE];

        (void)snprintf(text, sizeof(text), "%.100s of its sync group is faulty",
                       instance->group_fault);
        json_array_append_new(list, json_from_text(text));
    }
    return list;
}

/* As many as there are faults, in their order; empty where nothing can be said. */
static json_t *instance_snapshot_cures(const struct instance *instance)
{
    const struct instance_faults *faults = &instance->view.faults;
    json_t *list = json_array();

    for (unsigned i = 0; i < faults->count && i < INSTANCE_FAULTS; i++) {
        json_array_append_new(list, json_from_text(faults->cure[i] ? faults->cure[i] : ""));
    }
    if (instance->group_fault) {
        json_array_append_new(list, json_string("that instance leaves FAULT"));
    }
    return list;
}

static json_t *instance_snapshot_counters(const struct instance *instance)
{
    const struct instance_counters *counters = &instance->counters;
    json_t *dropped = json_pack("{s:I}", "ignored", (json_int_t)counters->ignored);
    json_t *hmac = json_object();
    json_t *ah = json_object();

    for (int i = 0; i < AH_VERDICTS; i++) {
        json_object_set_new(ah, ah_word((enum ah_verdict)i),
                            json_integer((json_int_t)counters->ah[i]));
    }
    for (int i = 0; i < HMAC_VERDICTS; i++) {
        json_object_set_new(hmac, hmac_word((enum hmac_verdict)i),
                            json_integer((json_int_t)counters->hmac[i]));
    }

    for (int i = 0; i < ADMIT_VERDICTS; i++) {
        if (!admit_passes((enum admit_verdict)i)) {
            json_object_set_new(dropped, admit_word((enum admit_verdict)i),
                                json_integer((json_int_t)counters->verdicts[i]));
        }
    }
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "adverts_sent",
        (json_int_t)counters->sent, "send_errors", (json_int_t)counters->send_errors,
        "priority_zero_sent", (json_int_t)counters->zero_sent, "adverts_received",
        (json_int_t)counters->received, "priority_zero_received",
        (json_int_t)counters->zero_received, "lower_priority_received",
        (json_int_t)counters->lower_received, "addresses_differ",
        (json_int_t)counters->verdicts[ADMIT_ADDRESSES_DIFFER], "became_master",
        (json_int_t)counters->became_master, "left_master", (json_int_t)counters->left_master,
        "announcements", (json_int_t)counters->announced, "late_wakeups",
        (json_int_t)counters->late, "dropped", dropped, "hmac", hmac, "ah", ah);
}

static json_t *instance_snapshot_complaint(const struct instance *instance)
{
    if (!instance->complaint) {
        return json_null();
    }
    return json_pack("{s:o, s:I}", "text", json_from_text(instance->complaint), "ms_ago",
                     (json_int_t)((clock_now() - instance->complaint_at) / CLOCK_MILLISECOND));
}

static json_t *instance_snapshot_peer(const struct peers_entry *entry, const struct inet_addr *addr,
                                      bool configured)
{
    char text[INET_ADDR_TEXT_SIZE];

    if (!entry) {
        return json_pack("{s:s, s:b, s:n, s:n, s:n, s:n}", "address", inet_text(text, addr),
                         "configured", configured, "version", "priority", "checksum",
                         "heard_ms_ago");
    }
    return json_pack("{s:s, s:b, s:i, s:i, s:s, s:f}", "address", inet_text(text, addr),
                     "configured", configured, "version", entry->version, "priority",
                     entry->priority, "checksum", packet_checksum_word(entry->checksum),
                     "heard_ms_ago",
                     (double)(clock_now() - entry->heard_at) / (double)CLOCK_MILLISECOND);
}

/* Those that are configured, then others that were heard. */
static json_t *instance_snapshot_peers(const struct instance *instance)
{
    static const struct peers nobody = {0};
    const struct peers *peers = instance->peers ? instance->peers : &nobody;
    const struct conf_peer *peer;
    json_t *list = json_array();

    STAILQ_FOREACH(peer, &instance->conf->peers, next) {
        json_array_append_new(
            list, instance_snapshot_peer(peers_find(peers, &peer->addr), &peer->addr, true));
    }
    for (int i = 0; i < PEERS_KEPT; i++) {
        const struct peers_entry *entry = &peers->entries[i];

        if (inet_is_set(&entry->addr) && !instance_has_peer(instance, &entry->addr)) {
            json_array_append_new(list, instance_snapshot_peer(entry, &entry->addr, false));
        }
    }
    return list;
}

/* Of the socket that it listens to. */
static json_t *instance_snapshot_buffer(const struct instance *instance)
{
    const struct vrrp_socket *ear =
        instance->hears_base ? instance->socket : instance->virtual_socket;

    return ear ? json_integer(socket_receive_buffer(ear)) : json_null();
}

json_t *instance_snapshot(const struct instance *instance)
{
    const struct conf_instance *conf = instance->conf;
    char since[CLOCK_TEXT_SIZE];

    return json_pack(
        "{s:o, s:o, s:o, s:i, s:i, s:s, s:s, s:b, s:s?, s:o, s:s, s:i, s:i, s:o, s:f, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o, s:o, s:o, s:o}",
        "name", json_from_text(conf->name), "interface", json_from_text(conf->interface),
        "virtual_interface", json_from_text(conf->vmac ? conf->vmac->name : NULL), "vrid",
        conf->vrid, "version", conf->version, "family", conf->family == AF_INET ? "ipv4" : "ipv6",
        "state", fsm_role_text(instance->state.role), "handing_over", instance->state.handing_over,
        "since", instance->since_wall ? clock_wall_text(since, instance->since_wall) : NULL,
        "reason",
        json_from_text(instance_is_waiting(instance) ? "waits for the first result of a tracker"
                       : instance->state.role == FSM_INIT && instance_is_delayed(instance)
                           ? "waits: vrrp_startup_delay or vrrp_delay_after_boot"
                       : instance->reason_text ? instance->reason_text
                                               : ""),
        "reason_code", fsm_reason_word(instance->reason), "priority_base", conf->priority,
        "priority_effective", instance->state.priority, "master",
        instance_snapshot_master(instance), "advert_interval_ms",
        (double)conf->advert_interval / (double)CLOCK_MILLISECOND, "addresses",
        instance_snapshot_addresses(instance), "routes",
        owned_routes(instance->context->hooks, &conf->routes), "rules",
        owned_rules(instance->context->hooks, &conf->rules), "sync_group",
        json_from_text(conf->sync_group ? conf->sync_group->name : NULL), "faults",
        instance_snapshot_faults(instance), "cures", instance_snapshot_cures(instance), "complaint",
        instance_snapshot_complaint(instance), "peers", instance_snapshot_peers(instance),
        "receive_buffer", instance_snapshot_buffer(instance), "counters",
        instance_snapshot_counters(instance));
}
