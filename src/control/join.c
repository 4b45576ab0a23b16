/* SPDX-License-Identifier: Apache-2.0
 *
 * Joins the health of services with their state in the kernel.
 */
#include "control/join.h"

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
}

static void join_servers(json_t *service, const json_t *kernel)
{
    json_t *index = join_index(json_object_get(kernel, "servers"), "server");
    json_t *sorry = json_object_get(service, "sorry_server");
    char key[JOIN_KEY_SIZE];
    json_t *server;
    size_t i;

    json_array_foreach(json_object_get(service, "servers"), i, server) {
        join_server(server, json_object_get(index, join_key(key, server, "name")));
    }
    if (json_is_object(sorry)) {
        join_server(sorry, json_object_get(index, join_key(key, sorry, "name")));
    }
    json_decref(index);
}

void join_services(json_t *services, const json_t *kernel)
{
    json_t *index = join_index(kernel, "service");
    char key[JOIN_KEY_SIZE];
    json_t *service;
    size_t i;

    json_array_foreach(services, i, service) {
        const json_t *known = json_object_get(index, join_key(key, service, "name"));

        join_copy(service, "counters", known, "counters");
        join_copy(service, "ipvs_error", known, "error");
        join_servers(service, known);
    }
    json_decref(index);
}
