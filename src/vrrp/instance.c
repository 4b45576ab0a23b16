/* SPDX-License-Identifier: Apache-2.0
 *
 * One virtual router of ours at work: its life from the first configuration to the stop. What it
 * looks at, sends, hears, holds and tells is in the files beside this one: see instance_inside.h.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "vrrp/decide.h"
#include "vrrp/instance_inside.h"
#include "vrrp/notify.h"
#include "vrrp/resume.h"
#include "vrrp/socket.h"
#include "vrrp/virtual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

const char *instance_place(const struct conf_instance *conf)
{
    return *conf->interface || !conf->vrf ? conf->interface : conf->vrf;
}

bool instance_is(const struct instance *instance, const struct conf_instance *conf, bool exactly)
{
    const struct conf_instance *own = instance->conf;

    if (instance->vrid != conf->vrid || instance->family != conf->family ||
        strcmp(instance->place, instance_place(conf)) != 0) {
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
    (void)snprintf(key, RESUME_NAME_SIZE, "%.16s/%u/%s/%08x", instance_place(conf), conf->vrid,
                   conf->family == AF_INET ? "ipv4" : "ipv6", hash);
}

int64_t instance_resumable_until(const struct instance_context *context,
                                 const struct conf_instance *conf)
{
    const struct fsm_config config = decide_config(conf);
    char key[RESUME_NAME_SIZE];
    int slot;

    instance_write_key(conf, key);
    slot = resume_slot(context->resume, key);
    return decide_resumable_until(&config, resume_last_beat(context->resume, slot),
                                  resume_grace(context->resume, slot), clock_now());
}

struct instance *instance_new(const struct instance_context *context,
                              const struct conf_instance *conf)
{
    const struct inet_addr none = {0};
    struct instance *instance = memory_new(1, sizeof(*instance));
    char key[RESUME_NAME_SIZE];

    instance->context = context;
    (void)text_copy(instance->place, sizeof(instance->place), instance_place(conf));
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
    free(instance->transitions);
    free(instance->hmac);
    free(instance->ah);
    peers_forget(&instance->peers);
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
        peers_forget(&instance->peers); /* else two that go by each other would never change */
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

bool instance_pause(struct instance *instance)
{
    int64_t grace;
    int64_t interval = decide_pause(&instance->config, &grace);

    instance->stopped = true;
    if (!decide_beats(&instance->state)) {
        return false;
    }
    instance_send_by(instance, instance->state.priority, interval);
    resume_pause(instance->context->resume, instance->resume_slot, clock_now(), grace);
    return true;
}

struct inet_addr instance_leader(const struct instance *instance)
{
    return instance->state.role == FSM_BACKUP ? instance->state.master : (struct inet_addr){0};
}

uint8_t instance_priority(const struct instance *instance, int *sum)
{
    const struct instance_view *view = &instance->view;

    *sum = instance->conf->priority + view->track.sum + view->steering.operator.adjustment;
    return view->track.priority;
}

const struct conf_instance *instance_conf(const struct instance *instance)
{
    return instance->conf;
}
