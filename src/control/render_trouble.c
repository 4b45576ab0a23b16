/* SPDX-License-Identifier: Apache-2.0
 *
 * What is wrong, in a line: the first thing that an administrator sees. Pure.
 */
#include "base/text.h"
#include "control/render_inside.h"

#include <stdio.h>
#include <string.h>

enum { RENDER_COMPLAINT_MS = 60000 }; /* how long what was wrong with an advert counts as trouble */

/* Adds a trouble to the list, such as "2 servers down". */
static void render_trouble(struct text_buffer *list, unsigned count, const char *one,
                           const char *many)
{
    if (count) {
        text_appendf(list, "%s%u %s", list->length ? ", " : "", count, count == 1 ? one : many);
    }
}

/* How many of a master's addresses or routes the kernel does not have. */
static unsigned render_missing(const json_t *instance, const char *list)
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

bool render_complains(const json_t *instance)
{
    const json_t *complaint = json_object_get(instance, "complaint");

    return json_is_object(complaint) &&
           json_number_value(json_object_get(complaint, "ms_ago")) < RENDER_COMPLAINT_MS;
}

static void render_instance_troubles(const json_t *status, struct text_buffer *list)
{
    unsigned faults = 0;
    unsigned addresses = 0;
    unsigned routes = 0;
    unsigned rules = 0;
    unsigned complaints = 0;
    json_t *instance;
    size_t i;

    json_array_foreach(json_object_get(status, "instances"), i, instance) {
        faults += render_is(instance, "state", "FAULT");
        addresses += render_missing(instance, "addresses");
        routes += render_missing(instance, "routes");
        rules += render_missing(instance, "rules");
        complaints += render_complains(instance);
    }
    render_trouble(list, faults, "instance in FAULT", "instances in FAULT");
    render_trouble(list, addresses, "address missing", "addresses missing");
    render_trouble(list, routes, "route missing", "routes missing");
    render_trouble(list, rules, "rule missing", "rules missing");
    render_trouble(list, complaints, "instance disagrees with another router",
                   "instances disagree with another router");
}

static void render_bfd_troubles(const json_t *bfd, struct text_buffer *list)
{
    unsigned down = 0;
    json_t *session;
    size_t i;

    json_array_foreach(json_object_get(bfd, "sessions"), i, session) {
        down += render_is(session, "status", "down");
    }
    render_trouble(list, down, "BFD session down", "BFD sessions down");
}

/* Whether one of the server's checks could not be made here the last time. */
static bool render_is_unchecked(const json_t *server)
{
    json_t *check;
    size_t i;

    json_array_foreach(json_object_get(server, "checks"), i, check) {
        if (render_is(json_object_get(check, "last_result"), "class", "local")) {
            return true;
        }
    }
    return false;
}

static void render_service_troubles(const json_t *status, struct text_buffer *list)
{
    unsigned down = 0;
    unsigned unchecked = 0;
    unsigned refused = 0;
    unsigned without_quorum = 0;
    unsigned open = 0;
    json_t *service;
    json_t *server;
    size_t i;
    size_t j;

    json_array_foreach(json_object_get(status, "services"), i, service) {
        without_quorum += json_is_false(json_object_get(service, "quorum_met"));
        refused += render_has_text(service, "ipvs_error");
        open += render_true(service, "fail_open");
        json_array_foreach(json_object_get(service, "servers"), j, server) {
            down += render_is(server, "state", "down");
            unchecked += render_is_unchecked(server);
            refused += render_has_text(server, "ipvs_error");
        }
    }
    render_trouble(list, without_quorum, "service without quorum", "services without quorum");
    render_trouble(list, open, "service fails open", "services fail open");
    render_trouble(list, down, "server down", "servers down");
    render_trouble(list, unchecked, "server cannot be checked", "servers cannot be checked");
    render_trouble(list, refused, "IPVS entry refused by the kernel",
                   "IPVS entries refused by the kernel");
}

/* Whether the sync daemon does not run as it should. */
static bool render_is_not_synchronised(const json_t *daemon)
{
    return render_has_text(daemon, "reason") ||
           render_has_text(json_object_get(daemon, "master"), "error") ||
           render_has_text(json_object_get(daemon, "backup"), "error");
}

void render_troubles(const struct render *render, const json_t *status)
{
    const json_t *reload = json_object_get(json_object_get(status, "reload"), "last");
    const json_t *ipvs = json_object_get(status, "ipvs");
    const json_t *privileges = json_object_get(status, "privileges");
    struct text_buffer list = {0};

    render_instance_troubles(status, &list);
    render_bfd_troubles(json_object_get(status, "bfd"), &list);
    render_service_troubles(status, &list);
    if (json_is_false(json_object_get(ipvs, "available")) &&
        json_array_size(json_object_get(status, "services"))) {
        text_appendf(&list, "%sno IPVS", list.length ? ", " : "");
    }
    if (json_array_size(json_object_get(ipvs, "missing"))) {
        text_appendf(&list, "%sa setting of the kernel is missing", list.length ? ", " : "");
    }
    if (render_is_not_synchronised(json_object_get(ipvs, "sync_daemon"))) {
        text_appendf(&list, "%sconnections are not synchronised", list.length ? ", " : "");
    }
    if (json_is_false(json_object_get(json_object_get(privileges, "helper"), "alive"))) {
        text_appendf(&list, "%sno script can be run", list.length ? ", " : "");
    }
    if (json_array_size(json_object_get(privileges, "lacking"))) {
        text_appendf(&list, "%sa setting waits for a restart", list.length ? ", " : "");
    }
    if (render_is(reload, "result", "failed")) {
        text_appendf(&list, "%sthe last reload was refused", list.length ? ", " : "");
    }
    if (list.length) {
        render_line(render, 0, TABLE_BAD, "TROUBLE: %s", list.data);
    } else if (json_is_object(json_object_get(status, "daemon"))) {
        render_line(render, 0, TABLE_GOOD, "all well");
    } else {
        render_line(render, 0, TABLE_ODD, "nothing is known");
    }
    text_release(&list);
}
