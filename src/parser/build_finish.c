/* SPDX-License-Identifier: Apache-2.0
 *
 * What only the whole text tells of VRRP: defaults from global_defs, scripts and members by their
 * names, what groups give to their members. Then everything is validated. Pure.
 */
#include "parser/build.h"
#include "parser/conf_find.h"

#include "base/arena.h"
#include "base/text.h"
#include "parser/lookup.h"
#include "parser/origins.h"
#include "parser/validate.h"

#include <string.h>

#define FINISH_SECOND INT64_C(1000000000)

enum {
    FINISH_ADVERTISED = 255, /* addresses in an advert: the count has 8 bits, RFC 9568 5.2.5 */
};

/* ---- Settings -------------------------------------------------------------------------------- */

/* vrrp_min_garp: where nothing was said, as little as possible. */
static void finish_min_garp(struct build *build)
{
    static const struct {
        const char *keyword;
        enum build_vrrp_setting setting;
        int64_t value;
    } rows[] = {
        {"vrrp_garp_master_delay", BUILD_GARP_DELAY, 0},
        {"vrrp_garp_master_repeat", BUILD_GARP_REPEAT, 1},
        {"vrrp_garp_master_refresh", BUILD_GARP_REFRESH, 0},
        {"vrrp_garp_master_refresh_repeat", BUILD_GARP_REFRESH_REPEAT, 1},
    };

    for (size_t i = 0; build->global->min_garp && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!build_mark(build, &build->global_marks, rows[i].keyword)) {
            build->global->vrrp[rows[i].setting] = rows[i].value;
        }
    }
}

/* More in one burst would keep the loop from everything else, and tell the neighbours nothing new. */
static void finish_limit_bursts(struct build *build, const struct conf_instance *instance,
                                int64_t settings[BUILD_VRRP_SETTINGS])
{
    static const struct {
        const char *name;
        int setting;
    } bursts[] = {
        {"garp_master_repeat", BUILD_GARP_REPEAT},
        {"garp_master_refresh_repeat", BUILD_GARP_REFRESH_REPEAT},
        {"garp_lower_prio_repeat", BUILD_GARP_LOWER_PRIO_REPEAT},
    };

    for (size_t i = 0; i < sizeof(bursts) / sizeof(bursts[0]); i++) {
        if (settings[bursts[i].setting] > BUILD_MOST_GARPS) {
            source_warning(
                build->source,
                &(struct source_place){instance->position, (uint32_t)strlen("vrrp_instance"), NULL},
                "%s: %s %lld is reduced to %d, the most that is sent at once", instance->name,
                bursts[i].name, (long long)settings[bursts[i].setting], BUILD_MOST_GARPS);
            settings[bursts[i].setting] = BUILD_MOST_GARPS;
        }
    }
}

static void finish_settings(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    int64_t *settings = extra->settings;

    build_inherit(build, settings, build->global->vrrp, BUILD_VRRP_SETTINGS);
    if (settings[BUILD_VRRP_MAIL] == BUILD_UNSET) {
        settings[BUILD_VRRP_MAIL] = build->global->mail;
        origins_copy(build->conf->origins, &settings[BUILD_VRRP_MAIL], &build->global->mail);
    }
    if (settings[BUILD_GARP_LOWER_PRIO_DELAY] == BUILD_UNSET) {
        settings[BUILD_GARP_LOWER_PRIO_DELAY] = settings[BUILD_GARP_DELAY];
        origins_copy(build->conf->origins, &settings[BUILD_GARP_LOWER_PRIO_DELAY],
                     &settings[BUILD_GARP_DELAY]);
    }
    if (settings[BUILD_GARP_LOWER_PRIO_REPEAT] == BUILD_UNSET) {
        settings[BUILD_GARP_LOWER_PRIO_REPEAT] = settings[BUILD_GARP_REPEAT];
        origins_copy(build->conf->origins, &settings[BUILD_GARP_LOWER_PRIO_REPEAT],
                     &settings[BUILD_GARP_REPEAT]);
    }
    instance->version = (uint8_t)settings[BUILD_VERSION];
    instance->down_timer_adverts = (uint32_t)settings[BUILD_DOWN_TIMER_ADVERTS];
    instance->lower_prio_no_advert = settings[BUILD_LOWER_PRIO_NO_ADVERT];
    instance->higher_prio_send_advert = settings[BUILD_HIGHER_PRIO_SEND_ADVERT];
    instance->handover = settings[BUILD_HANDOVER];
    instance->notify_priority_changes = settings[BUILD_NOTIFY_PRIORITY];
    instance->notify.mail = settings[BUILD_VRRP_MAIL] == 1;
    instance->strict = settings[BUILD_STRICT];
    instance->ignore_adverts = settings[BUILD_OWNER_IGNORE_ADVERTS];
    instance->skip_check_adv_addr = settings[BUILD_SKIP_CHECK_ADV_ADDR];
    instance->checksum_as_v2 = settings[BUILD_CHECKSUM_AS_V2];
    finish_limit_bursts(build, instance, settings);
    instance->announce = (struct conf_announce){
        .delay = settings[BUILD_GARP_DELAY],
        .repeat = (uint32_t)settings[BUILD_GARP_REPEAT],
        .refresh = settings[BUILD_GARP_REFRESH],
        .refresh_repeat = (uint32_t)settings[BUILD_GARP_REFRESH_REPEAT],
        .lower_prio_delay = settings[BUILD_GARP_LOWER_PRIO_DELAY],
        .lower_prio_repeat = (uint32_t)settings[BUILD_GARP_LOWER_PRIO_REPEAT],
        .extra = settings[BUILD_GARP_EXTRA] & ~(int64_t)BUILD_GARP_EXTRA_ALL,
        .extra_all = settings[BUILD_GARP_EXTRA] & BUILD_GARP_EXTRA_ALL,
    };
    build_settle_origins(build, SCHEMA_INSTANCE, instance, extra);
}

/* ---- Election -------------------------------------------------------------------------------- */

/* B2: `state MASTER` alone means priority 255; no state means MASTER with 255, else BACKUP. */
static void finish_priority(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    const struct source_place *state = build_mark(build, &extra->marks, "state");
    const struct source_place *priority = build_mark(build, &extra->marks, "priority");

    if (!state) {
        instance->state_master = instance->priority == CONF_PRIORITY_OWNER;
    } else if (instance->state_master && !priority) {
        instance->priority = CONF_PRIORITY_OWNER;
        (void)source_lint(build->source, LINT_NEVER_YIELDS, state,
                          "state MASTER without priority means priority 255, the owner of the "
                          "addresses, who never yields; add: priority 1..254");
    }
}

/* B9, B10: what excludes what. */
static void finish_preempt(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    const struct source_place *nopreempt = build_mark(build, &extra->marks, "nopreempt");
    const struct source_place *delay = build_mark(build, &extra->marks, "preempt_delay");
    const struct source_place *late = build_mark(build, &extra->marks, "timer_expired_backup");
    const char *why = instance->priority == CONF_PRIORITY_OWNER ? "priority 255" : "state MASTER";

    if (!instance->preempt &&
        (instance->state_master || instance->priority == CONF_PRIORITY_OWNER)) {
        instance->preempt = true;
        (void)source_lint(build->source, LINT_NOPREEMPT_MASTER,
                          nopreempt ? nopreempt : &extra->place,
                          "nopreempt has no effect with %s; use state BACKUP and a priority below "
                          "255, or remove nopreempt",
                          why);
    }
    if (instance->preempt_delay && (!instance->preempt || instance->state_master)) {
        instance->preempt_delay = 0;
        source_warning(build->source, delay ? delay : &extra->place,
                       "preempt_delay has no effect with %s; remove one of them",
                       instance->preempt ? why : "nopreempt");
    }
    if (instance->late_priority && instance->preempt) {
        instance->late_priority = 0;
        source_warning(build->source, late ? late : &extra->place,
                       "timer_expired_backup has no effect without nopreempt; add nopreempt on all "
                       "directors, or remove it");
    }
}

/* B4: whole seconds for version 2; steps of 10 ms up to 40.95 s for version 3, RFC 9568 5.2.7. */
static void finish_advert_interval(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    const struct source_place *place = build_mark(build, &extra->marks, "advert_int");
    int64_t step = instance->version == 2 ? FINISH_SECOND : FINISH_SECOND / 100;
    int64_t most = instance->version == 2 ? 255 * FINISH_SECOND : 4095 * (FINISH_SECOND / 100);
    int64_t interval = (instance->advert_interval + step / 2) / step * step;
    struct text_buffer text = {0};

    interval = interval < step ? step : interval > most ? most : interval;
    if (interval != instance->advert_interval) {
        instance->advert_interval = interval;
        schema_write_seconds(interval, &text);
        source_warning(build->source, place ? place : &extra->place,
                       "VRRPv%d sends adverts every %s; advert_int becomes %s, as in keepalived",
                       instance->version,
                       instance->version == 2 ? "1..255 whole seconds"
                                              : "0.01..40.95 seconds in steps of 0.01",
                       text.data);
        text_release(&text);
    }
}

/* B39: version 3 has no authentication. */
static void finish_authentication(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    const struct source_place *place = build_mark(build, &extra->marks, "authentication");

    if (instance->auth != CONF_AUTH_NONE && instance->version == 3) {
        instance->auth = CONF_AUTH_NONE;
        memset(instance->auth_pass, 0, sizeof(instance->auth_pass));
        source_warning(build->source, place,
                       "VRRPv3 has no authentication; remove it, or use version 2");
    }
}

/* ---- Addresses ------------------------------------------------------------------------------- */

/* B17: what no advert can name is held without being advertised. The MTU is not known yet. */
static void finish_exclude(struct build *build, struct conf_address *address, bool first)
{
    struct source_place place = validate_address_place(address);

    address->excluded = true;
    if (first) {
        source_warning(build->source, &place,
                       "an advert has room for %d addresses; this one and those behind it are held "
                       "without being advertised: move them to virtual_ipaddress_excluded",
                       FINISH_ADVERTISED);
    }
}

/* Where an address goes that names no interface. */
static void finish_device(struct build *build, const struct conf_instance *instance,
                          struct conf_address *address)
{
    struct source_place place = validate_address_place(address);

    address->device = instance->interface;
    if (!*instance->interface && instance->peer_count) {
        source_error(build->source, &place,
                     "the instance has no interface for this address; add: dev INTERFACE");
    }
}

static void finish_addresses(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    struct conf_address *address;
    bool full = false;

    STAILQ_FOREACH(address, &instance->addresses, next) {
        if (!address->device) {
            finish_device(build, instance, address);
        }
        if (!address->excluded && instance->advertised_count == FINISH_ADVERTISED) {
            finish_exclude(build, address, !full);
            full = true;
        }
        instance->address_count++;
        instance->advertised_count += !address->excluded;
    }
    if (instance->version == 3 && !instance->advertised_count && !instance->without_addresses &&
        !expand_left_out(build->expand)) {
        source_error(build->source, &extra->place,
                     "vrrp_instance %s has no address, and VRRPv3 needs one; add: "
                     "virtual_ipaddress { ADDRESS/LENGTH }",
                     instance->name);
    }
}

/* ---- Scripts --------------------------------------------------------------------------------- */

static void finish_try_name(void *argument, void *thing)
{
    const struct build_named *named = thing;

    build_nearest_try(argument, named->name);
}

void *build_find_name(struct build *build, const struct lookup *lookup, const char *keyword,
                      const char *name, const struct source_place *place)
{
    const struct build_named *named = lookup_find(lookup, name, strlen(name));
    struct build_nearest nearest = {.word = name};

    if (named) {
        return named->thing;
    }
    if (expand_left_out(build->expand)) {
        return NULL;
    }
    if (source_has_room(build->source)) {
        lookup_each(lookup, finish_try_name, &nearest);
    }
    if (nearest.best) {
        source_error(build->source, place, "there is no %s \"%.*s\"; did you mean \"%s\"?", keyword,
                     BUILD_WORD_SHOWN, name, nearest.best);
    } else {
        source_error(build->source, place, "there is no %s \"%.*s\"; add: %s %.*s { ... }", keyword,
                     BUILD_WORD_SHOWN, name, keyword, BUILD_WORD_SHOWN, name);
    }
    return NULL;
}

static void finish_track_scripts(struct build *build, const struct build_track_script_list *from,
                                 struct conf_track_script_list *to)
{
    const struct build_track_script *line;

    STAILQ_FOREACH(line, from, next) {
        struct conf_vrrp_script *script =
            build_find_name(build, build->script_names, "vrrp_script", line->name, &line->place);
        struct conf_track_script *track;

        if (!script) {
            continue;
        }
        script->tracked = true;
        track = arena_alloc(build->arena, sizeof(*track));
        track->script = script;
        track->weight = line->weight_given ? line->weight : script->weight;
        track->reverse = line->weight_given ? line->reverse : script->reverse;
        track->position = line->place.position;
        STAILQ_INSERT_TAIL(to, track, next);
    }
}

/* ---- Groups ---------------------------------------------------------------------------------- */

static void finish_drop_tracks(struct build *build, struct conf_instance *instance)
{
    struct conf_track_list kept = STAILQ_HEAD_INITIALIZER(kept);
    struct conf_track *track;

    while ((track = STAILQ_FIRST(&instance->tracks))) {
        STAILQ_REMOVE_HEAD(&instance->tracks, next);
        if (track->weight) {
            source_warning(
                build->source,
                &(struct source_place){track->position, (uint32_t)strlen(track->name), NULL},
                "%s is in the vrrp_sync_group %s, so it does not track %s, which has a weight; add "
                "sync_group_tracking_weight to the group, or track it there",
                instance->name, instance->sync_group->name, track->name);
        } else {
            STAILQ_INSERT_TAIL(&kept, track, next);
        }
    }
    STAILQ_CONCAT(&instance->tracks, &kept);
}

/* B30: in a group without sync_group_tracking_weight members have no weights of their own. */
static void finish_drop_weights(struct build *build, struct conf_instance *instance)
{
    struct conf_track_interface *interface;
    struct conf_track_script *script;
    struct conf_track_script_list kept = STAILQ_HEAD_INITIALIZER(kept);

    STAILQ_FOREACH(interface, &instance->track_interfaces, next) {
        if (interface->weight) {
            interface->weight = 0;
            source_warning(
                build->source,
                &(struct source_place){interface->position, (uint32_t)strlen(interface->interface),
                                       NULL},
                "%s is in the vrrp_sync_group %s, so its weight does not count: it is in "
                "FAULT while %s is down; add sync_group_tracking_weight to the group, or "
                "track it there",
                instance->name, instance->sync_group->name, interface->interface);
        }
    }
    while ((script = STAILQ_FIRST(&instance->track_scripts))) {
        STAILQ_REMOVE_HEAD(&instance->track_scripts, next);
        if (script->weight) {
            (void)source_lint(
                build->source, LINT_NEVER_YIELDS,
                &(struct source_place){script->position, (uint32_t)strlen(script->script->name),
                                       NULL},
                "%s is in the vrrp_sync_group %s, so it does not track %s, which has a "
                "weight; add sync_group_tracking_weight to the group, or track it there",
                instance->name, instance->sync_group->name, script->script->name);
        } else {
            STAILQ_INSERT_TAIL(&kept, script, next);
        }
    }
    STAILQ_CONCAT(&instance->track_scripts, &kept);
    finish_drop_tracks(build, instance);
}

/* What the group tracks, every member tracks; the group's weight wins. */
static void finish_share_interfaces(struct build *build, const struct conf_sync_group *group,
                                    struct conf_instance *instance)
{
    struct lookup *own = lookup_new(build->scratch);
    struct conf_track_interface *line;

    STAILQ_FOREACH(line, &instance->track_interfaces, next) {
        lookup_add(own, line->interface, strlen(line->interface), line);
    }
    STAILQ_FOREACH(line, &group->track_interfaces, next) {
        struct conf_track_interface *mine =
            lookup_find(own, line->interface, strlen(line->interface));

        if (mine) {
            mine->weight = line->weight;
            mine->reverse = line->reverse;
        } else if (strcmp(line->interface, instance->interface) != 0) {
            mine = arena_copy(build->arena, line, sizeof(*line));
            STAILQ_INSERT_TAIL(&instance->track_interfaces, mine, next);
        }
    }
    lookup_free(own);
}

static void finish_share_scripts(struct build *build, const struct conf_sync_group *group,
                                 struct conf_instance *instance)
{
    struct lookup *own = lookup_new(build->scratch);
    struct conf_track_script *line;

    STAILQ_FOREACH(line, &instance->track_scripts, next) {
        lookup_add(own, line->script->name, strlen(line->script->name), line);
    }
    STAILQ_FOREACH(line, &group->track_scripts, next) {
        struct conf_track_script *mine =
            lookup_find(own, line->script->name, strlen(line->script->name));

        if (mine) {
            mine->weight = line->weight;
            mine->reverse = line->reverse;
        } else {
            mine = arena_copy(build->arena, line, sizeof(*line));
            STAILQ_INSERT_TAIL(&instance->track_scripts, mine, next);
        }
    }
    lookup_free(own);
}

/* Binds a member to its group. @return whether it belongs to this group and no other */
static bool finish_member(struct build *build, struct conf_sync_group *group,
                          struct conf_group_member *member)
{
    struct source_place place = {member->position, (uint32_t)strlen(member->name), NULL};
    struct build_instance *extra =
        build_find_name(build, build->instance_names, "vrrp_instance", member->name, &place);

    if (!extra) {
        return false;
    }
    member->instance = extra->instance;
    if (extra->instance->sync_group == group) {
        source_warning(build->source, &place, "%s is in the group twice; remove one", member->name);
        return false;
    }
    if (extra->instance->sync_group) {
        source_error(build->source, &place,
                     "%s is in the vrrp_sync_group %s already; an instance can be in one group",
                     member->name, extra->instance->sync_group->name);
        source_note(build->source,
                    &(struct source_place){extra->instance->sync_group->position,
                                           (uint32_t)strlen("vrrp_sync_group"), NULL},
                    "the other group is here");
        return false;
    }
    extra->instance->sync_group = group;
    return true;
}

/* notify_priority_changes: the instance's own word, else its group's, else that of global_defs. */
static void finish_share_notify(struct build *build, const struct build_sync_group *extra,
                                const struct conf_group_member *member)
{
    const struct build_named *named =
        lookup_find(build->instance_names, member->name, strlen(member->name));
    const struct build_instance *instance = named ? named->thing : NULL;

    if (instance && extra->notify_priority != BUILD_UNSET &&
        !build_mark(build, &instance->marks, "notify_priority_changes")) {
        instance->instance->notify_priority_changes = extra->notify_priority;
    }
}

static void finish_group(struct build *build, struct build_sync_group *extra)
{
    struct conf_sync_group *group = extra->group;
    struct conf_group_member_list kept = STAILQ_HEAD_INITIALIZER(kept);
    struct conf_group_member *member;

    finish_track_scripts(build, &extra->track_scripts, &group->track_scripts);
    build_finish_tracks(build, &extra->tracks, &group->tracks);
    validate_tracks(build, NULL, &group->track_interfaces, &group->track_scripts);
    while ((member = STAILQ_FIRST(&group->members))) {
        STAILQ_REMOVE_HEAD(&group->members, next);
        if (!finish_member(build, group, member)) {
            continue;
        }
        STAILQ_INSERT_TAIL(&kept, member, next);
        group->member_count++;
        if (!group->tracking_weight) {
            finish_drop_weights(build, member->instance);
        }
        finish_share_interfaces(build, group, member->instance);
        finish_share_scripts(build, group, member->instance);
        build_share_tracks(build, group, member->instance);
        finish_share_notify(build, extra, member);
    }
    STAILQ_CONCAT(&group->members, &kept);
}

/* ---- Everything ------------------------------------------------------------------------------ */

void build_finish(struct build *build)
{
    struct build_instance *instance;
    struct build_sync_group *group;

    build_finish_groups(build);
    finish_min_garp(build);
    STAILQ_FOREACH(instance, &build->instances, next) {
        finish_settings(build, instance);
        build_finish_transport(build, instance);
    }
    build_finish_sync_daemon(build);
    build_finish_vmacs(build); /* it knows the interfaces and families now */
    STAILQ_FOREACH(instance, &build->instances, next) {
        finish_priority(build, instance);
        build_finish_strict(build, instance);
        finish_preempt(build, instance);
        finish_advert_interval(build, instance);
        build_finish_hmac(build, instance);
        finish_authentication(build, instance);
        finish_addresses(build, instance);
        finish_track_scripts(build, &instance->track_scripts, &instance->instance->track_scripts);
        build_finish_tracks(build, &instance->tracks, &instance->instance->tracks);
        validate_tracks(build, instance->instance->interface, &instance->instance->track_interfaces,
                        &instance->instance->track_scripts);
    }
    STAILQ_FOREACH(group, &build->sync_groups, next) {
        finish_group(build, group);
    }
    build_finish_grouped(build);
    build_check_sync_families(build);
    for (size_t i = 0; i < build->late_count; i++) {
        *build->late[i] = build->global->log_all_failures;
        origins_copy(build->conf->origins, build->late[i], &build->global->log_all_failures);
    }
    build_finish_references(build);
    conf_index(build->conf);
    build_finish_mail(build);
    validate_instances(build);
    build_finish_links(build);
    build_finish_static(build);
    build_finish_announced(build);
    build_finish_needs(build);
    build_check_names(build);
}
