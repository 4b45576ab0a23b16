/* SPDX-License-Identifier: Apache-2.0
 *
 * Metrics of VRRP, of BFD, and of what instances track.
 */
#include "control/metrics_inside.h"

#include <string.h>

/* Each pair of state and reason that has happened. */
static void vrrp_transitions(struct metrics *metrics, const struct metrics_family *family,
                             const struct metrics_item *item)
{
    const json_t *transition;
    size_t i;

    json_array_foreach(metrics_member(item->json, family->path), i, transition) {
        metrics_begin(metrics, family, NULL, item);
        metrics_label(metrics, "from", metrics_text(transition, "from"));
        metrics_label(metrics, "to", metrics_text(transition, "to"));
        metrics_label(metrics, "reason", metrics_text(transition, "reason"));
        metrics_end(metrics, metrics_count(transition, "count"));
    }
}

/* What became of each advert that an instance was sent. */
static void vrrp_received(struct metrics *metrics, const struct metrics_family *family,
                          const struct metrics_item *item)
{
    static const struct {
        const char *object;
        const char *prefix;
        const char *passed[2]; /* not refusals: counted as admitted */
    } refusals[] = {
        {"malformed", "malformed_", {NULL, NULL}},
        {"ah", "ah_", {"ok", NULL}},
        {"hmac", "hmac_", {"ok", "unsigned_admitted"}},
        {"dropped", "", {NULL, NULL}},
    };
    const json_t *counters = json_object_get(item->json, "counters");
    const char *name;
    json_t *number;

    if (!json_is_integer(json_object_get(counters, "adverts_received"))) {
        return;
    }
    metrics_labelled(metrics, family, item, "outcome", "admitted",
                     metrics_count(counters, "adverts_received"));
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        json_t *object = json_object_get(counters, refusals[i].object);

        json_object_foreach(object, name, number) {
            char outcome[64];
            size_t room = sizeof(outcome) - strlen(refusals[i].prefix);

            if ((refusals[i].passed[0] && strcmp(name, refusals[i].passed[0]) == 0) ||
                (refusals[i].passed[1] && strcmp(name, refusals[i].passed[1]) == 0) ||
                !json_is_integer(number) || strlen(name) >= room) {
                continue;
            }
            (void)text_copy(outcome, sizeof(outcome), refusals[i].prefix);
            (void)text_copy(outcome + strlen(outcome), room, name);
            metrics_labelled(metrics, family, item, "outcome", outcome,
                             metrics_count(object, name));
        }
    }
}

/* How many instances are in each state, all four of them. */
static void vrrp_states(struct metrics *metrics, const struct metrics_family *family,
                        const struct metrics_item *item)
{
    static const char *const states[] = {"INIT", "BACKUP", "MASTER", "FAULT"};
    const json_t *instances = metrics_member(item->json, family->path);
    const json_t *instance;
    size_t k;

    for (size_t i = 0; json_is_array(instances) && i < sizeof(states) / sizeof(states[0]); i++) {
        int64_t count = 0;

        json_array_foreach(instances, k, instance) {
            count += strcmp(metrics_text(instance, "state"), states[i]) == 0;
        }
        metrics_labelled(metrics, family, item, "state", states[i], count);
    }
}

/* 1 where the member is `good` or `up`; nothing while that is not known. */
static void vrrp_status(struct metrics *metrics, const struct metrics_family *family,
                        const struct metrics_item *item)
{
    const char *status = json_string_value(metrics_member(item->json, family->path));

    if (status && strcmp(status, "unknown") != 0) {
        metrics_begin(metrics, family, NULL, item);
        metrics_end(metrics, strcmp(status, "good") == 0 || strcmp(status, "up") == 0);
    }
}

static void vrrp_bfd_dropped(struct metrics *metrics, const struct metrics_family *family,
                             const struct metrics_item *item)
{
    metrics_by_name(metrics, family, item, "reason", metrics_member(item->json, family->path));
}

static const struct metrics_family vrrp_families[] = {
    {"holdfast_vrrp_instances", METRICS_GAUGE, METRICS_DOCUMENT,
     "VRRP instances that are in each state.", .path = {"instances"}, .write = vrrp_states,
     .labels = "`state`"},
    {"holdfast_vrrp_state", METRICS_GAUGE, METRICS_INSTANCES,
     "State of the instance: 0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT.", .path = {"state"},
     .write = metrics_role},
    {"holdfast_vrrp_state_change_timestamp_seconds", METRICS_GAUGE, METRICS_INSTANCES,
     "When the state last changed.", .path = {"since"}, .value = METRICS_INSTANT},
    {"holdfast_vrrp_priority_base", METRICS_GAUGE, METRICS_INSTANCES, "Configured priority.",
     .path = {"priority_base"}},
    {"holdfast_vrrp_priority_effective", METRICS_GAUGE, METRICS_INSTANCES,
     "Priority in force: the configured one with what trackers add and take.",
     .path = {"priority_effective"}},
    {"holdfast_vrrp_faults", METRICS_GAUGE, METRICS_INSTANCES,
     "Reasons why the instance is in FAULT.", .path = {"faults"}, .value = METRICS_LENGTH},
    {"holdfast_vrrp_handing_over", METRICS_GAUGE, METRICS_INSTANCES,
     "1 while it has left and still answers for its addresses.", .path = {"handing_over"},
     .value = METRICS_TRUTH},
    {"holdfast_vrrp_transitions", METRICS_COUNTER, METRICS_INSTANCES,
     "Changes of state by reason; a pair that never happened is absent.",
     .path = {"counters", "transitions"}, .write = vrrp_transitions,
     .labels = "`from` `to` `reason`"},
    {"holdfast_vrrp_became_master", METRICS_COUNTER, METRICS_INSTANCES,
     "Times that it became MASTER.", .path = {"counters", "became_master"}},
    {"holdfast_vrrp_left_master", METRICS_COUNTER, METRICS_INSTANCES,
     "Times that it was MASTER no more.", .path = {"counters", "left_master"}},
    {"holdfast_vrrp_adverts_sent", METRICS_COUNTER, METRICS_INSTANCES, "Adverts sent.",
     .path = {"counters", "adverts_sent"}},
    {"holdfast_vrrp_advert_send_errors", METRICS_COUNTER, METRICS_INSTANCES,
     "Adverts that could not be sent.", .path = {"counters", "send_errors"}},
    {"holdfast_vrrp_adverts_received", METRICS_COUNTER, METRICS_INSTANCES,
     "Adverts that came, by what became of them.", .path = {"counters"}, .write = vrrp_received,
     .labels = "`outcome`"},
    {"holdfast_vrrp_priority_zero_sent", METRICS_COUNTER, METRICS_INSTANCES,
     "Adverts sent as a master that leaves.", .path = {"counters", "priority_zero_sent"}},
    {"holdfast_vrrp_priority_zero_received", METRICS_COUNTER, METRICS_INSTANCES,
     "Adverts of a master that leaves.", .path = {"counters", "priority_zero_received"}},
    {"holdfast_vrrp_adverts_addresses_differ", METRICS_COUNTER, METRICS_INSTANCES,
     "Adverts admitted that name other addresses than ours.",
     .path = {"counters", "addresses_differ"}},
    {"holdfast_vrrp_master_advert_age_seconds", METRICS_GAUGE, METRICS_INSTANCES,
     "Since the master's last advert; 0 on the master itself.", .path = {"master", "heard_ms_ago"},
     .value = METRICS_MS},
    {"holdfast_vrrp_master_priority", METRICS_GAUGE, METRICS_INSTANCES,
     "Priority of the master that it knows.", .path = {"master", "priority"}},
    {"holdfast_vrrp_advert_interval_seconds", METRICS_GAUGE, METRICS_INSTANCES,
     "Interval between its adverts.", .path = {"advert_interval_ms"}, .value = METRICS_MS},
    {"holdfast_vrrp_announcements", METRICS_COUNTER, METRICS_INSTANCES,
     "Bursts of gratuitous ARP or neighbour advertisements.",
     .path = {"counters", "announcements"}},
    {"holdfast_vrrp_dual_master", METRICS_GAUGE, METRICS_INSTANCES,
     "1 while a second master is heard beside this one.", .path = {"dual_master"},
     .value = METRICS_TRUTH},
    {"holdfast_vrrp_dual_masters", METRICS_COUNTER, METRICS_INSTANCES,
     "Times that a second master was there.", .path = {"counters", "dual_masters"}},
    {"holdfast_vrrp_second_master_adverts", METRICS_COUNTER, METRICS_INSTANCES,
     "Adverts of a lower priority while it was MASTER.",
     .path = {"counters", "lower_priority_received"}},
    {"holdfast_vrrp_late_wakeups", METRICS_COUNTER, METRICS_INSTANCES,
     "Times that it woke up so late that another may have taken over.",
     .path = {"counters", "late_wakeups"}},
    {"holdfast_vrrp_address_present", METRICS_GAUGE, METRICS_ADDRESSES,
     "1 while the address is on the interface.", .path = {"present"}, .value = METRICS_TRUTH},
    {"holdfast_vrrp_peer_advert_age_seconds", METRICS_GAUGE, METRICS_PEERS,
     "Since the last advert of a unicast peer; absent where it was never heard.",
     .path = {"heard_ms_ago"}, .value = METRICS_MS},
    {"holdfast_vrrp_group_state", METRICS_GAUGE, METRICS_GROUPS,
     "State of the sync group: 0 INIT, 1 BACKUP, 2 MASTER, 3 FAULT.", .path = {"state"},
     .write = metrics_role},
    {"holdfast_script_good", METRICS_GAUGE, METRICS_SCRIPTS,
     "1 while the tracked script succeeds, 0 while it fails; absent before it has run.",
     .path = {"status"}, .write = vrrp_status},
    {"holdfast_script_runs", METRICS_COUNTER, METRICS_SCRIPTS, "Runs of the tracked script.",
     .path = {"runs"}},
    {"holdfast_script_timeouts", METRICS_COUNTER, METRICS_SCRIPTS,
     "Runs that took too long and were ended.", .path = {"timeouts"}},
    {"holdfast_script_duration_seconds", METRICS_GAUGE, METRICS_SCRIPTS,
     "How long its last run took.", .path = {"duration_ms"}, .value = METRICS_MS},
    {"holdfast_track_file_value", METRICS_GAUGE, METRICS_FILES, "The number in the tracked file.",
     .path = {"value"}},
    {"holdfast_track_file_trouble", METRICS_GAUGE, METRICS_FILES,
     "1 while the tracked file cannot be used and counts as 0.", .path = {"trouble"},
     .value = METRICS_THERE},
    {"holdfast_track_process_running", METRICS_GAUGE, METRICS_PROCESSES,
     "Processes of the tracked program that run.", .path = {"running"}},
    {"holdfast_track_process_good", METRICS_GAUGE, METRICS_PROCESSES,
     "1 while as many run as are wanted; absent while that is not known.", .path = {"status"},
     .write = vrrp_status},
    {"holdfast_fifo_lost_lines", METRICS_COUNTER, METRICS_FIFOS, "Lines that nobody read in time.",
     .path = {"lost"}},
    {"holdfast_bfd_up", METRICS_GAUGE, METRICS_SESSIONS,
     "1 while the BFD session is up; absent in the first three seconds.", .path = {"status"},
     .write = vrrp_status},
    {"holdfast_bfd_state_change_timestamp_seconds", METRICS_GAUGE, METRICS_SESSIONS,
     "When the session's state last changed.", .path = {"since"}, .value = METRICS_INSTANT},
    {"holdfast_bfd_falls", METRICS_COUNTER, METRICS_SESSIONS, "Times that the session went down.",
     .path = {"counters", "left_up"}},
    {"holdfast_bfd_packets_sent", METRICS_COUNTER, METRICS_SESSIONS, "BFD packets sent.",
     .path = {"counters", "packets_sent"}},
    {"holdfast_bfd_send_errors", METRICS_COUNTER, METRICS_SESSIONS,
     "BFD packets that could not be sent.", .path = {"counters", "send_errors"}},
    {"holdfast_bfd_packets_received", METRICS_COUNTER, METRICS_SESSIONS, "BFD packets that count.",
     .path = {"counters", "packets_received"}},
    {"holdfast_bfd_packets_dropped", METRICS_COUNTER, METRICS_SESSIONS,
     "BFD packets that do not count, by reason.", .path = {"counters", "dropped"},
     .write = vrrp_bfd_dropped, .labels = "`reason`"},
};

const struct metrics_table metrics_vrrp_table = METRICS_TABLE(vrrp_families, false);
