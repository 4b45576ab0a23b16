/* SPDX-License-Identifier: Apache-2.0
 *
 * Joins the health of services with their state in the kernel.
 */
#include "control/join.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { JOIN_KEY_SIZE = 512 };

/*
 * A name that is the same on both sides and in the document only once. Of the family it counts only
 * whether it is the sixth: "ipv6" and "inet6" are the same.
 */
static const char *join_key(char key[JOIN_KEY_SIZE], const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    const char *family = json_string_value(json_object_get(object, "family"));

    (void)snprintf(key, JOIN_KEY_SIZE, "%s%s", text ? text : "",
                   family && strchr(family, '6') ? " 6" : "");
    return key;
}

/* Objects of an array by their keys; the objects are borrowed. */
static json_t *join_index(const json_t *array, const char *name)
{
    json_t *index = json_object();
    char key[JOIN_KEY_SIZE];
    json_t *object;
    size_t i;

    json_array_foreach(array, i, object) {
        json_object_set(index, join_key(key, object, name), object);
    }
    return index;
}

/* Copies a member, null where there is none. */
static void join_copy(json_t *to, const char *to_name, const json_t *from, const char *from_name)
{
    json_t *value = json_object_get(from, from_name);

    if (value) {
        json_object_set(to, to_name, value);
    } else {
        json_object_set_new(to, to_name, json_null());
    }
}

/* The settings that the kernel holds for an entry; null where it holds none. */
static json_t *join_settings(const json_t *kernel, const char *const *names, size_t count)
{
    json_t *settings;

    if (!json_is_object(kernel) || json_is_false(json_object_get(kernel, "in_kernel"))) {
        return json_null();
    }
    settings = json_object();
    for (size_t i = 0; i < count; i++) {
        join_copy(settings, names[i], kernel, names[i]);
    }
    return settings;
}

static json_t *join_server_settings(const json_t *kernel)
{
    static const char *const names[] = {"forward",         "tunnel", "tunnel_port",
                                        "tunnel_checksum", "weight", "upper_threshold",
                                        "lower_threshold"};

    return join_settings(kernel, names, sizeof(names) / sizeof(names[0]));
}

static json_t *join_service_settings(const json_t *kernel)
{
    static const char *const names[] = {"scheduler", "flags", "persistence_timeout_s",
                                        "persistence_netmask", "persistence_engine"};

    return join_settings(kernel, names, sizeof(names) / sizeof(names[0]));
}

static void join_server(json_t *server, const json_t *kernel)
{
    json_t *connections = json_null();

    if (json_is_true(json_object_get(kernel, "in_kernel"))) {
        connections = json_object();
        join_copy(connections, "active", kernel, "active");
        join_copy(connections, "inactive", kernel, "inactive");
        join_copy(connections, "persistent", kernel, "persistent");
        join_copy(server, "weight", kernel, "weight");
    }
    json_object_set_new(server, "connections", connections);
    join_copy(server, "counters", kernel, "counters");
    join_copy(server, "ipvs_error", kernel, "error");
    json_object_set_new(server, "kernel", join_server_settings(kernel));
}

/* A server that only the kernel knows; new. */
static json_t *join_unknown_server(const json_t *kernel)
{
    json_t *server = json_object();

    join_copy(server, "name", kernel, "server");
    join_copy(server, "address", kernel, "address");
    join_copy(server, "port", kernel, "port");
    join_copy(server, "drain_left_ms", kernel, "drain_left_ms");
    join_server(server, kernel);
    return server;
}

/* Those of the kernel that are not in an index of the configured ones. */
static json_t *join_unconfigured(const json_t *kernel, const json_t *configured)
{
    json_t *list = json_array();
    char key[JOIN_KEY_SIZE];
    json_t *server;
    size_t i;

    json_array_foreach(json_object_get(kernel, "servers"), i, server) {
        if (!json_object_get(configured, join_key(key, server, "server"))) {
            json_array_append_new(list, join_unknown_server(server));
        }
    }
    return list;
}

static void join_servers(json_t *service, const json_t *kernel)
{
    json_t *index = join_index(json_object_get(kernel, "servers"), "server");
    json_t *configured = join_index(json_object_get(service, "servers"), "name");
    json_t *sorry = json_object_get(service, "sorry_server");
    char key[JOIN_KEY_SIZE];
    json_t *server;
    size_t i;

    json_array_foreach(json_object_get(service, "servers"), i, server) {
        join_server(server, json_object_get(index, join_key(key, server, "name")));
    }
    if (json_is_object(sorry)) {
        join_server(sorry, json_object_get(index, join_key(key, sorry, "name")));
        json_object_set(configured, join_key(key, sorry, "name"), sorry);
    }
    json_object_set_new(service, "unconfigured", join_unconfigured(kernel, configured));
    json_decref(configured);
    json_decref(index);
}

/* ---- Groups ---------------------------------------------------------------------------------- */

/* Adds the numbers of one object to those of another. */
static void join_add(json_t *sums, json_t *more)
{
    const char *name;
    json_t *value;

    json_object_foreach(more, name, value) {
        json_int_t sum = json_integer_value(json_object_get(sums, name));

        json_object_set_new(sums, name, json_integer(sum + json_integer_value(value)));
    }
}

/* Whether a server in the kernel is this one: its port may be that of the group's service, or none. */
static bool join_is_server(const json_t *server, const json_t *kernel)
{
    json_int_t port = json_integer_value(json_object_get(server, "port"));
    json_int_t there = json_integer_value(json_object_get(kernel, "port"));

    return json_equal(json_object_get(server, "address"), json_object_get(kernel, "address")) &&
           (port == there || !port || !there);
}

/* What one of the group's services counts for a server, and the first that the kernel refuses. */
static void join_group_server(json_t *server, const json_t *kernel)
{
    static const char *const counts[] = {"active", "inactive", "persistent"};
    json_t *connections = json_object_get(server, "connections");

    if (json_is_null(json_object_get(server, "ipvs_error"))) {
        join_copy(server, "ipvs_error", kernel, "error");
    }
    if (!json_is_true(json_object_get(kernel, "in_kernel"))) {
        return;
    }
    if (!json_is_object(connections)) {
        connections = json_object();
        json_object_set_new(server, "connections", connections);
        json_object_set_new(server, "counters", json_object());
        json_object_set_new(server, "kernel", join_server_settings(kernel));
        join_copy(server, "weight", kernel, "weight");
    }
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        json_int_t sum = json_integer_value(json_object_get(connections, counts[i])) +
                         json_integer_value(json_object_get(kernel, counts[i]));

        json_object_set_new(connections, counts[i], json_integer(sum));
    }
    join_add(json_object_get(server, "counters"), json_object_get(kernel, "counters"));
}

static void join_group_servers(json_t *service, const json_t *kernel)
{
    json_t *sorry = json_object_get(service, "sorry_server");
    json_t *server;
    json_t *there;
    size_t i;
    size_t j;

    json_array_foreach(json_object_get(kernel, "servers"), i, there) {
        bool found = false;

        json_array_foreach(json_object_get(service, "servers"), j, server) {
            if (!found && join_is_server(server, there)) {
                join_group_server(server, there);
                found = true;
            }
        }
        if (!found && json_is_object(sorry) && join_is_server(sorry, there)) {
            join_group_server(sorry, there);
            found = true;
        }
        if (!found && json_is_integer(json_object_get(there, "drain_left_ms"))) {
            json_array_append_new(json_object_get(service, "unconfigured"),
                                  join_unknown_server(there));
        }
    }
}

static json_t *join_member(const json_t *kernel)
{
    static const char *const names[] = {"service", "family", "protocol",  "address",
                                        "port",    "fwmark", "in_kernel", "counters"};
    json_t *member = json_object();

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        join_copy(member, names[i], kernel, names[i]);
    }
    join_copy(member, "ipvs_error", kernel, "error");
    return member;
}

/* What one of the group's services says of all of it: the first error, and the first one's settings. */
static void join_group_head(json_t *service, const json_t *kernel)
{
    if (json_is_null(json_object_get(service, "ipvs_error"))) {
        join_copy(service, "ipvs_error", kernel, "error");
    }
    if (!json_is_true(json_object_get(kernel, "in_kernel"))) {
        return;
    }
    if (json_is_null(json_object_get(service, "kernel"))) {
        json_object_set_new(service, "kernel", join_service_settings(kernel));
        json_object_set_new(service, "counters", json_object());
    }
    join_add(json_object_get(service, "counters"), json_object_get(kernel, "counters"));
}

/* A virtual server of a group: its services are its members, and what they count is added up. */
static void join_group(json_t *service, const json_t *kernel)
{
    static const char *const unknown[] = {"ipvs_error", "kernel", "counters"};
    const json_t *name = json_object_get(service, "name");
    json_t *members = json_array();
    json_t *entry;
    size_t i;

    join_servers(service, NULL); /* nothing is known yet */
    for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        json_object_set_new(service, unknown[i], json_null());
    }
    json_array_foreach(kernel, i, entry) {
        if (json_equal(json_object_get(entry, "group"), name)) {
            json_array_append_new(members, join_member(entry));
            join_group_head(service, entry);
            join_group_servers(service, entry);
        }
    }
    json_object_set_new(service, "members", members);
}

void join_services(json_t *services, const json_t *kernel)
{
    json_t *index = join_index(kernel, "service");
    char key[JOIN_KEY_SIZE];
    json_t *service;
    size_t i;

    json_array_foreach(services, i, service) {
        const json_t *known = json_object_get(index, join_key(key, service, "name"));

        if (json_is_string(json_object_get(service, "group"))) {
            join_group(service, kernel);
            continue;
        }
        join_copy(service, "counters", known, "counters");
        join_copy(service, "ipvs_error", known, "error");
        json_object_set_new(service, "kernel", join_service_settings(known));
        join_servers(service, known);
    }
    json_decref(index);
}

/*
 * Services that only the kernel knows get the members that those of the configuration have.
 * @param list  where their servers are told
 */
static void join_unknown(json_t *services, const char *list)
{
    json_t *none = json_object();
    json_t *service;
    size_t i;

    json_array_foreach(services, i, service) {
        json_t *servers = join_unconfigured(service, none);

        join_copy(service, "name", service, "service");
        join_copy(service, "ipvs_error", service, "error");
        json_object_set_new(service, "kernel", join_service_settings(service));
        json_object_set_new(service, "servers", json_array());
        json_object_set_new(service, list, servers);
    }
    json_decref(none);
}

void join_foreign(json_t *foreign)
{
    join_unknown(foreign, "servers");
}

void join_leaving(json_t *leaving)
{
    join_unknown(leaving, "unconfigured");
}
