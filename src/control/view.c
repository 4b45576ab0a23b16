/* SPDX-License-Identifier: Apache-2.0
 *
 * The IPVS side of the status document.
 */
#include "control/view.h"

#include "control/target.h"

static void view_add(json_t *all, const json_t *services, bool foreign)
{
    json_t *service;
    size_t i;

    json_array_foreach(services, i, service) {
        json_t *copy = json_copy(service);

        json_object_set_new(copy, "foreign", json_boolean(foreign));
        json_array_append_new(all, copy);
    }
}

/* A service with this server alone. */
static json_t *view_narrow(const json_t *service, json_t *server)
{
    json_t *copy = json_copy((json_t *)service);
    bool sorry = json_object_get(service, "sorry_server") == server;

    json_object_set_new(copy, "servers", sorry ? json_array() : json_pack("[O]", server));
    if (!sorry) {
        json_object_set_new(copy, "sorry_server", json_null());
    }
    json_object_set_new(copy, "unconfigured", json_array());
    return copy;
}

static json_t *view_choose(json_t *all, const char *word, bool *narrowed,
                           struct text_buffer *problem)
{
    json_t *found = target_all(all, word, problem);
    json_t *chosen = found ? json_array() : NULL;
    json_t *pair;
    size_t i;

    json_array_foreach(found, i, pair) {
        json_t *service = json_object_get(pair, "service");
        json_t *server = json_object_get(pair, "server");

        *narrowed = json_is_object(server);
        if (*narrowed) {
            json_array_append_new(chosen, view_narrow(service, server));
        } else {
            json_array_append(chosen, service);
        }
    }
    json_decref(found);
    json_decref(all);
    return chosen;
}

json_t *view_services(const json_t *status, const char *word, struct text_buffer *problem)
{
    const json_t *ipvs = json_object_get(status, "ipvs");
    json_t *services = json_array();
    bool narrowed = false;

    view_add(services, json_object_get(status, "services"), false);
    view_add(services, json_object_get(ipvs, "leaving"), false);
    view_add(services, json_object_get(ipvs, "foreign"), true);
    if (word) {
        services = view_choose(services, word, &narrowed, problem);
    }
    return services ? json_pack("{s:i, s:b, s:O?, s:O?, s:O?, s:o}", "version", 1, "narrowed",
                                narrowed, "available", json_object_get(ipvs, "available"), "reason",
                                json_object_get(ipvs, "reason"), "clock_us",
                                json_object_get(ipvs, "clock_us"), "services", services)
                    : NULL;
}

/* ---- Connections ------------------------------------------------------------------------------- */

/* @param server  NULL: any */
static json_t *view_match(const json_t *service, const json_t *server)
{
    return json_pack("{s:O*, s:O*, s:O*, s:O*, s:O*}", "protocol",
                     json_object_get(service, "protocol"), "address",
                     json_object_get(service, "address"), "port", json_object_get(service, "port"),
                     "server", json_object_get(server, "address"), "server_port",
                     json_object_get(server, "port"));
}

/* Adds those of one service of the kernel. @param named  where its servers are */
static void view_add_matches(json_t *matches, const json_t *service, const json_t *named,
                             bool narrowed)
{
    static const char *const lists[] = {"servers", "unconfigured"};
    json_t *sorry = json_object_get(named, "sorry_server");
    json_t *server;
    size_t k;

    if (!narrowed && json_is_string(json_object_get(service, "address"))) {
        json_array_append_new(matches, view_match(service, NULL));
        return;
    }
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        json_array_foreach(json_object_get(named, lists[i]), k, server) {
            json_array_append_new(matches, view_match(service, server));
        }
    }
    if (json_is_object(sorry)) {
        json_array_append_new(matches, view_match(service, sorry));
    }
}

json_t *view_connections(const json_t *view)
{
    bool narrowed = json_is_true(json_object_get(view, "narrowed"));
    json_t *matches = json_array();
    json_t *service;
    json_t *member;
    size_t i;
    size_t k;

    json_array_foreach(json_object_get(view, "services"), i, service) {
        const json_t *members = json_object_get(service, "members");

        if (!json_is_array(members)) {
            view_add_matches(matches, service, service, narrowed);
        }
        json_array_foreach(members, k, member) {
            view_add_matches(matches, member, service, narrowed);
        }
    }
    return matches;
}
