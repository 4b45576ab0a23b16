/* SPDX-License-Identifier: Apache-2.0
 *
 * What an instance tracks: interfaces, scripts, files, processes and BFD sessions become its
 * priority, and its faults.
 */
#include "base/memory.h"
#include "vrrp/file.h"
#include "vrrp/instance_inside.h"
#include "vrrp/proc.h"
#include "vrrp/script.h"

#include <stdlib.h>

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

struct track_input instance_track_interface(const struct instance *instance,
                                            const struct conf_track_interface *one)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    struct vrrp_link link;
    bool there = hooks->find_link(hooks->argument, one->interface, instance->conf->family, &link);

    return (struct track_input){.status = there && link.running ? TRACK_GOOD : TRACK_BAD,
                                .weight = one->weight,
                                .reverse = one->reverse};
}

struct track_input instance_track_script(const struct instance *instance,
                                         const struct conf_track_script *one)
{
    return (struct track_input){.status =
                                    script_status(instance->context->scripts, one->script->name),
                                .weight = one->weight,
                                .reverse = one->reverse};
}

static void instance_track_interfaces(const struct instance *instance,
                                      const struct conf_track_interface_list *list,
                                      struct instance_trackers *trackers,
                                      struct instance_faults *faults)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
    const struct conf_track_interface *one;

    STAILQ_FOREACH(one, list, next) {
        struct track_input input = instance_track_interface(instance, one);

        if (track_demands_fault(&input)) {
            struct vrrp_link link;
            bool there =
                hooks->find_link(hooks->argument, one->interface, instance->conf->family, &link);

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
        struct track_input input = instance_track_script(instance, one);

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

struct track_input instance_track_one(const struct instance *instance, const struct conf_track *one)
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

void instance_observe_trackers(struct instance *instance, struct instance_view *view)
{
    const struct vrrp_hooks *hooks = instance->context->hooks;
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
    view->steering = hooks->find_steering(hooks->argument, conf);
    if (conf->priority == CONF_PRIORITY_OWNER) { /* it does not wait for others */
        view->steering.operator=(struct track_operator){0};
    }
    view->track.priority = track_operate(conf->priority, &view->track, &view->steering.operator);
    free(trackers.inputs);
}
