/* SPDX-License-Identifier: Apache-2.0
 *
 * An instance's part of the status document: doc/status.md.
 */
#include "base/clock.h"
#include "base/json.h"
#include "vrrp/instance_inside.h"
#include "vrrp/owned.h"
#include "vrrp/peers.h"
#include "vrrp/socket.h"

#include <stdio.h>

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
        json_array_append_new(list, json_from_text(faults->kept[i].text));
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
        const char *cure = faults->kept[i].cure;

        json_array_append_new(list, json_from_text(cure ? cure : ""));
    }
    if (instance->group_fault) {
        json_array_append_new(list, json_string("that instance leaves FAULT"));
    }
    return list;
}

static json_t *instance_snapshot_transitions(const struct instance *instance)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < instance->transition_count; i++) {
        const struct instance_transition *transition = &instance->transitions[i];

        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:I}", "from",
                                        fsm_role_text((enum fsm_role)transition->from), "to",
                                        fsm_role_text((enum fsm_role)transition->to), "reason",
                                        fsm_reason_word((enum fsm_reason)transition->reason),
                                        "count", (json_int_t)transition->count));
    }
    return list;
}

/* Packets that are no adverts. */
static json_t *instance_snapshot_malformed(const struct instance_counters *counters)
{
    json_t *malformed = json_object();

    for (int i = PACKET_OK + 1; i < PACKET_ERRORS; i++) {
        json_object_set_new(malformed, packet_error_word((enum packet_error)i),
                            json_integer((json_int_t)counters->malformed[i]));
    }
    return malformed;
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
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:I, s:I, s:o, s:o}",
        "adverts_sent", (json_int_t)counters->sent, "send_errors",
        (json_int_t)counters->send_errors, "priority_zero_sent", (json_int_t)counters->zero_sent,
        "adverts_received", (json_int_t)counters->received, "priority_zero_received",
        (json_int_t)counters->zero_received, "lower_priority_received",
        (json_int_t)counters->lower_received, "addresses_differ",
        (json_int_t)counters->verdicts[ADMIT_ADDRESSES_DIFFER], "became_master",
        (json_int_t)counters->became_master, "left_master", (json_int_t)counters->left_master,
        "announcements", (json_int_t)counters->announced, "late_wakeups",
        (json_int_t)counters->late, "dropped", dropped, "hmac", hmac, "ah", ah, "unknown_auth_type",
        (json_int_t)counters->unknown_auth_type, "dual_masters", (json_int_t)counters->dual_masters,
        "malformed", instance_snapshot_malformed(counters), "transitions",
        instance_snapshot_transitions(instance));
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
    const struct peers *peers = &instance->peers;
    const struct conf_peer *peer;
    json_t *list = json_array();

    STAILQ_FOREACH(peer, &instance->conf->peers, next) {
        json_array_append_new(
            list, instance_snapshot_peer(peers_find(peers, &peer->addr), &peer->addr, true));
    }
    for (unsigned i = 0; i < peers->count; i++) {
        const struct peers_entry *entry = &peers->entries[i];

        if (!instance_has_peer(instance, &entry->addr)) {
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

static json_t *instance_snapshot_state(const struct instance *instance)
{
    const struct conf_instance *conf = instance->conf;
    char since[CLOCK_TEXT_SIZE];

    return json_pack(
        "{s:o, s:o, s:o, s:o, s:i, s:i, s:s, s:s, s:b, s:s?, s:o, s:s, s:i, s:i, s:o, s:f, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:f}",
        "name", json_from_text(conf->name), "interface", json_from_text(conf->interface), "vrf",
        json_from_text(conf->vrf), "virtual_interface",
        json_from_text(conf->vmac ? conf->vmac->name : NULL), "vrid", conf->vrid, "version",
        conf->version, "family", conf->family == AF_INET ? "ipv4" : "ipv6", "state",
        fsm_role_text(instance->state.role), "handing_over", instance->state.handing_over, "since",
        instance->since_wall ? clock_wall_text(since, instance->since_wall) : NULL, "reason",
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
        instance_snapshot_counters(instance), "dual_master",
        instance_has_second_master(instance, clock_now()), "announce_delay_ms",
        (double)conf->announce.delay / (double)CLOCK_MILLISECOND);
}

static json_t *instance_ms(int64_t duration)
{
    return json_real((double)duration / (double)CLOCK_MILLISECOND);
}

/* What an election depends on beside the priority. */
static void instance_snapshot_election(const struct instance *instance, json_t *object)
{
    const struct fsm_state *state = &instance->state;
    bool waits = state->role == FSM_BACKUP && state->preempt_at != CLOCK_NEVER;
    int64_t left = waits ? state->preempt_at - clock_now() : 0;
    char text[INET_ADDR_TEXT_SIZE];

    json_object_set_new(object, "source",
                        inet_is_set(&state->address) ? json_string(inet_text(text, &state->address))
                                                     : json_null());
    json_object_set_new(object, "preempt", json_boolean(instance->config.preempt));
    json_object_set_new(object, "preempt_delay_ms", instance_ms(instance->config.preempt_delay));
    json_object_set_new(object, "preempts_in_ms",
                        waits ? instance_ms(left > 0 ? left : 0) : json_null());
    json_object_set_new(object, "down_interval_ms",
                        instance_ms(fsm_down_interval(&instance->config, state)));
    json_object_set_new(object, "skew_ms", instance_ms(fsm_skew(&instance->config, state)));
}

json_t *instance_snapshot(const struct instance *instance)
{
    json_t *object = instance_snapshot_state(instance);

    json_object_set_new(object, "trackers", instance_snapshot_trackers(instance));
    instance_snapshot_election(instance, object);
    return object;
}
