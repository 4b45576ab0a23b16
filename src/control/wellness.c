/* SPDX-License-Identifier: Apache-2.0
 *
 * What is wrong: the first thing that an administrator and a monitoring system look for.
 */
#include "control/wellness.h"

#include "base/memory.h"
#include "base/text.h"
#include "control/render_inside.h"

#include <stdlib.h>

const char *wellness_word(enum wellness_level level)
{
    static const char *const words[WELLNESS_LEVELS] = {"ok", "warning", "critical", "unknown"};

    return words[level];
}

/* What is critical stands before what is not; else in the order in which it is found. */
static void wellness_add(struct wellness *wellness, enum wellness_level level, const char *text)
{
    size_t at = wellness->count;

    wellness->troubles =
        memory_resize(wellness->troubles, wellness->count + 1, sizeof(*wellness->troubles));
    wellness->count++;
    for (; at > 0 && wellness->troubles[at - 1].level < level; at--) {
        wellness->troubles[at] = wellness->troubles[at - 1];
    }
    wellness->troubles[at] = (struct wellness_trouble){level, memory_text(text)};
    wellness->level = level > wellness->level ? level : wellness->level;
}

/* Adds a number of things, such as "2 servers down". */
static void wellness_add_count(struct wellness *wellness, enum wellness_level level, unsigned count,
                               const char *one, const char *many)
{
    struct text_buffer text = {0};

    if (count) {
        text_appendf(&text, "%u %s", count, count == 1 ? one : many);
        wellness_add(wellness, level, text.data);
        text_release(&text);
    }
}

/* How many of a master's addresses or routes the kernel does not have. */
static unsigned wellness_missing(const json_t *instance, const char *list)
{
    unsigned missing = 0;
    json_t *one;
    size_t i;

    if (!render_is(instance, "state", "MASTER")) {
        return 0;
    }
    json_array_foreach(json_object_get(instance, list), i, one) {
        missing += json_is_false(json_object_get(one, "present"));
    }
    return missing;
}

static void wellness_judge_instances(const json_t *status, struct wellness *wellness)
{
    unsigned faults = 0;
    unsigned addresses = 0;
    unsigned routes = 0;
    unsigned rules = 0;
    unsigned second = 0;
    unsigned complaints = 0;
    json_t *instance;
    size_t i;

    json_array_foreach(json_object_get(status, "instances"), i, instance) {
        faults += render_is(instance, "state", "FAULT");
        addresses += wellness_missing(instance, "addresses");
        routes += wellness_missing(instance, "routes");
        rules += wellness_missing(instance, "rules");
        second += render_true(instance, "dual_master");
        complaints += render_complains(instance) && !render_true(instance, "dual_master");
    }
    wellness_add_count(wellness, WELLNESS_CRITICAL, faults, "instance in FAULT",
                       "instances in FAULT");
    wellness_add_count(wellness, WELLNESS_CRITICAL, addresses, "address missing",
                       "addresses missing");
    wellness_add_count(wellness, WELLNESS_CRITICAL, routes, "route missing", "routes missing");
    wellness_add_count(wellness, WELLNESS_CRITICAL, rules, "rule missing", "rules missing");
    wellness_add_count(wellness, WELLNESS_CRITICAL, second, "instance beside a second master",
                       "instances beside a second master");
    wellness_add_count(wellness, WELLNESS_WARNING, complaints,
                       "instance disagrees with another router",
                       "instances disagree with another router");
}

static void wellness_judge_static(const json_t *groups, struct wellness *wellness)
{
    static const char *const lists[] = {"addresses", "routes", "rules"};
    unsigned missing = 0;
    json_t *group;
    json_t *one;
    size_t i;
    size_t k;

    json_array_foreach(groups, i, group) {
        for (size_t list = 0; list < sizeof(lists) / sizeof(lists[0]); list++) {
            json_array_foreach(json_object_get(group, lists[list]), k, one) {
                missing += json_is_false(json_object_get(one, "present"));
            }
        }
    }
    wellness_add_count(wellness, WELLNESS_WARNING, missing, "static entry missing",
                       "static entries missing");
}

static void wellness_judge_bfd(const json_t *bfd, struct wellness *wellness)
{
    unsigned down = 0;
    json_t *session;
    size_t i;

    json_array_foreach(json_object_get(bfd, "sessions"), i, session) {
        down += render_is(session, "status", "down");
    }
    wellness_add_count(wellness, WELLNESS_WARNING, down, "BFD session down", "BFD sessions down");
}

static void wellness_judge_announced(const json_t *announced, struct wellness *wellness)
{
    unsigned missing = 0;
    json_t *address;
    size_t i;

    json_array_foreach(json_object_get(announced, "addresses"), i, address) {
        missing += render_true(address, "wanted") && !render_true(address, "announced");
    }
    wellness_add_count(wellness, WELLNESS_CRITICAL, missing, "announced address missing",
                       "announced addresses missing");
}

struct wellness_services {
    unsigned down;
    unsigned unchecked;
    unsigned refused_servers;
    unsigned refused_services;
    unsigned without_quorum;
    unsigned open;
};

static void wellness_count_service(const json_t *service, struct wellness_services *count)
{
    json_t *server;
    size_t i;

    count->without_quorum += json_is_false(json_object_get(service, "quorum_met"));
    count->refused_services += render_has_text(service, "ipvs_error");
    count->open += render_true(service, "fail_open");
    json_array_foreach(json_object_get(service, "servers"), i, server) {
        /* Who takes a server into maintenance knows that it is not there. */
        count->down += render_is(server, "state", "down") && !render_is(server, "admin", "maint");
        count->unchecked += render_is_unchecked(server);
        count->refused_servers += render_has_text(server, "ipvs_error");
    }
}

static void wellness_judge_services(const json_t *services, struct wellness *wellness)
{
    struct wellness_services count = {0};
    json_t *service;
    size_t i;

    json_array_foreach(services, i, service) {
        wellness_count_service(service, &count);
    }
    wellness_add_count(wellness, WELLNESS_CRITICAL, count.without_quorum, "service without quorum",
                       "services without quorum");
    wellness_add_count(wellness, WELLNESS_WARNING, count.open, "service fails open",
                       "services fail open");
    wellness_add_count(wellness, WELLNESS_WARNING, count.down, "server down", "servers down");
    wellness_add_count(wellness, WELLNESS_WARNING, count.unchecked, "server cannot be checked",
                       "servers cannot be checked");
    wellness_add_count(wellness, count.refused_services ? WELLNESS_CRITICAL : WELLNESS_WARNING,
                       count.refused_services + count.refused_servers,
                       "IPVS entry refused by the kernel", "IPVS entries refused by the kernel");
}

/* Whether the sync daemon does not run as it should. */
static bool wellness_is_not_synchronised(const json_t *daemon)
{
    return render_has_text(daemon, "reason") ||
           render_has_text(json_object_get(daemon, "master"), "error") ||
           render_has_text(json_object_get(daemon, "backup"), "error");
}

static void wellness_judge_ipvs(const json_t *status, struct wellness *wellness)
{
    const json_t *ipvs = json_object_get(status, "ipvs");

    if (json_is_false(json_object_get(ipvs, "available")) &&
        json_array_size(json_object_get(status, "services"))) {
        wellness_add(wellness, WELLNESS_CRITICAL, "no IPVS");
    }
    if (json_array_size(json_object_get(ipvs, "missing"))) {
        wellness_add(wellness, WELLNESS_WARNING, "a setting of the kernel is missing");
    }
    if (wellness_is_not_synchronised(json_object_get(ipvs, "sync_daemon"))) {
        wellness_add(wellness, WELLNESS_WARNING, "connections are not synchronised");
    }
}

static void wellness_judge_daemon(const json_t *status, struct wellness *wellness)
{
    const json_t *reload = json_object_get(json_object_get(status, "reload"), "last");
    const json_t *privileges = json_object_get(status, "privileges");

    if (json_is_false(json_object_get(json_object_get(privileges, "helper"), "alive"))) {
        wellness_add(wellness, WELLNESS_WARNING, "no script can be run");
    }
    if (json_array_size(json_object_get(privileges, "lacking"))) {
        wellness_add(wellness, WELLNESS_WARNING, "a setting waits for a restart");
    }
    if (render_is(reload, "result", "failed")) {
        wellness_add(wellness, WELLNESS_WARNING, "the last reload was refused");
    }
}

/* What somebody has put out of service, and may have forgotten. */
static void wellness_judge_by_hand(const json_t *overrides, struct wellness *wellness)
{
    unsigned pauses = 0;
    unsigned drained = 0;
    json_t *override;
    size_t i;

    json_array_foreach(overrides, i, override) {
        pauses += render_is(override, "kind", "check-pause") && render_true(override, "effect");
        drained += render_is(override, "kind", "node-drain");
    }
    wellness_add_count(wellness, WELLNESS_WARNING, pauses, "pause of checks by hand",
                       "pauses of checks by hand");
    if (drained) {
        wellness_add(wellness, WELLNESS_WARNING, "this director is drained by hand");
    }
}

struct wellness wellness_judge(const json_t *status)
{
    struct wellness wellness = {0};

    wellness_judge_instances(status, &wellness);
    wellness_judge_announced(json_object_get(status, "announced"), &wellness);
    wellness_judge_static(json_object_get(status, "static"), &wellness);
    wellness_judge_bfd(json_object_get(status, "bfd"), &wellness);
    wellness_judge_services(json_object_get(status, "services"), &wellness);
    wellness_judge_ipvs(status, &wellness);
    wellness_judge_daemon(status, &wellness);
    wellness_judge_by_hand(json_object_get(status, "overrides"), &wellness);
    if (!wellness.count && !json_is_object(json_object_get(status, "daemon"))) {
        wellness.level = WELLNESS_UNKNOWN;
    }
    return wellness;
}

void wellness_release(struct wellness *wellness)
{
    for (size_t i = 0; i < wellness->count; i++) {
        free(wellness->troubles[i].text);
    }
    free(wellness->troubles);
    *wellness = (struct wellness){0};
}

void wellness_write(const struct wellness *wellness, struct text_buffer *out)
{
    if (wellness->level == WELLNESS_OK) {
        text_append(out, "all well");
    } else if (wellness->level == WELLNESS_UNKNOWN) {
        text_append(out, "nothing is known");
    }
    for (size_t i = 0; i < wellness->count; i++) {
        text_appendf(out, "%s%s", i ? ", " : "", wellness->troubles[i].text);
    }
}

json_t *wellness_json(const struct wellness *wellness)
{
    json_t *troubles = json_array();

    for (size_t i = 0; i < wellness->count; i++) {
        json_array_append_new(troubles, json_pack("{s:s, s:s}", "level",
                                                  wellness_word(wellness->troubles[i].level),
                                                  "text", wellness->troubles[i].text));
    }
    return json_pack("{s:i, s:s, s:i, s:o}", "version", 1, "level", wellness_word(wellness->level),
                     "code", (int)wellness->level, "troubles", troubles);
}
