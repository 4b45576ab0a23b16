/* SPDX-License-Identifier: Apache-2.0
 *
 * What an instance tracks, in the status document: how each is, what it adds to the priority, and what it
 * would add if it were otherwise.
 */
#include "base/json.h"
#include "vrrp/instance_inside.h"
#include "vrrp/script.h"

static json_t *trackers_json(const char *kind, const char *name, bool of_group,
                             const struct track_input *input)
{
    static const char *const words[] = {
        [TRACK_UNKNOWN] = "unknown", [TRACK_GOOD] = "good", [TRACK_BAD] = "bad"};
    struct track_input other = *input;

    other.status = input->status == TRACK_GOOD ? TRACK_BAD : TRACK_GOOD;
    return json_pack("{s:s, s:o, s:b, s:i, s:b, s:s?, s:o, s:i, s:o, s:b}", "kind", kind, "name",
                     json_from_text(name), "of_group", (int)of_group, "weight", input->weight,
                     "reverse", (int)input->reverse, "status",
                     input->numeric ? NULL : words[input->status], "value",
                     input->numeric ? json_integer(input->value) : json_null(), "adds",
                     track_contribution(input), "adds_otherwise",
                     input->numeric ? json_null() : json_integer(track_contribution(&other)),
                     "fault", (int)track_demands_fault(input));
}

static void trackers_add_interfaces(const struct instance *instance,
                                    const struct conf_track_interface_list *list, bool of_group,
                                    json_t *all)
{
    const struct conf_track_interface *one;

    STAILQ_FOREACH(one, list, next) {
        struct track_input input = instance_track_interface(instance, one);

        json_array_append_new(all, trackers_json("interface", one->interface, of_group, &input));
    }
}

static void trackers_add_scripts(const struct instance *instance,
                                 const struct conf_track_script_list *list, bool of_group,
                                 json_t *all)
{
    const struct conf_track_script *one;

    STAILQ_FOREACH(one, list, next) {
        struct track_input input = instance_track_script(instance, one);

        json_array_append_new(all, trackers_json("script", one->script->name, of_group, &input));
    }
}

json_t *instance_snapshot_trackers(const struct instance *instance)
{
    static const char *const kinds[CONF_TRACK_KINDS] = {
        [CONF_TRACK_FILE] = "file", [CONF_TRACK_PROCESS] = "process", [CONF_TRACK_BFD] = "bfd"};
    const struct conf_instance *conf = instance->conf;
    const struct conf_sync_group *group = conf->sync_group;
    const struct conf_track *one;
    json_t *all = json_array();

    trackers_add_interfaces(instance, &conf->track_interfaces, false, all);
    trackers_add_scripts(instance, &conf->track_scripts, false, all);
    if (group) {
        trackers_add_interfaces(instance, &group->track_interfaces, true, all);
        trackers_add_scripts(instance, &group->track_scripts, true, all);
    }
    STAILQ_FOREACH(one, &conf->tracks, next) {
        struct track_input input = instance_track_one(instance, one);

        json_array_append_new(all, trackers_json(kinds[one->kind], one->name, false, &input));
    }
    return all;
}
