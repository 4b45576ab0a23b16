/* SPDX-License-Identifier: Apache-2.0
 *
 * Rates of services and servers.
 */
#include "control/rates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATES_KEY_SIZE = 512 };

static const char *const rates_counters[] = {"connections", "packets_in", "packets_out", "bytes_in",
                                             "bytes_out"};

enum { RATES_COUNTERS = sizeof(rates_counters) / sizeof(rates_counters[0]) };

bool rates_is_key(const char *key)
{
    for (int i = 0; i < RATES_COUNTERS; i++) {
        if (strcmp(rates_counters[i], key) == 0) {
            return true;
        }
    }
    return strcmp(key, "active") == 0;
}

const char *rates_keys(void)
{
    return "connections, packets_in, packets_out, bytes_in, bytes_out, active";
}

/* A mark may have the same name for both families. */
static const char *rates_name(char key[RATES_KEY_SIZE], const json_t *object)
{
    const char *name = json_string_value(json_object_get(object, "name"));
    const char *family = json_string_value(json_object_get(object, "family"));

    (void)snprintf(key, RATES_KEY_SIZE, "%s%s", name ? name : "",
                   family && strchr(family, '6') ? " 6" : "");
    return key;
}

/* Objects by their names; borrowed. */
static json_t *rates_index(const json_t *objects)
{
    json_t *index = json_object();
    char key[RATES_KEY_SIZE];
    json_t *object;
    size_t i;

    json_array_foreach(objects, i, object) {
        json_object_set(index, rates_name(key, object), object);
    }
    return index;
}

/* Null where there is no difference that means something. */
static json_t *rates_of(const json_t *before, const json_t *after, double seconds)
{
    const json_t *old = json_object_get(before, "counters");
    const json_t *new = json_object_get(after, "counters");
    json_t *rates;

    if (!json_is_object(old) || !json_is_object(new) || seconds <= 0) {
        return json_null();
    }
    rates = json_object();
    for (int i = 0; i < RATES_COUNTERS; i++) {
        json_int_t from = json_integer_value(json_object_get(old, rates_counters[i]));
        json_int_t to = json_integer_value(json_object_get(new, rates_counters[i]));

        if (to < from) { /* the entry was made anew, or somebody set it to zero */
            json_decref(rates);
            return json_null();
        }
        json_object_set_new(rates, rates_counters[i], json_real((double)(to - from) / seconds));
    }
    return rates;
}

static double rates_weight(const json_t *row, const char *key)
{
    return strcmp(key, "active") == 0
               ? (double)json_integer_value(json_object_get(row, "active"))
               : json_real_value(json_object_get(json_object_get(row, "rates"), key));
}

struct rates_place {
    json_t *row;
    double weight;
    size_t place; /* rows of the same weight keep their order */
};

static int rates_compare(const void *a, const void *b)
{
    const struct rates_place *one = a;
    const struct rates_place *other = b;

    if (one->weight > other->weight || one->weight < other->weight) {
        return one->weight > other->weight ? -1 : 1;
    }
    return one->place < other->place ? -1 : 1;
}

/* The rows, the one with the most first; `rows` is used up. */
static json_t *rates_sort(json_t *rows, const char *key)
{
    size_t count = json_array_size(rows);
    struct rates_place *places = calloc(count + 1, sizeof(*places));
    json_t *sorted;

    if (!places) {
        return rows;
    }
    for (size_t i = 0; i < count; i++) {
        places[i].row = json_array_get(rows, i);
        places[i].weight = rates_weight(places[i].row, key);
        places[i].place = i;
    }
    qsort(places, count, sizeof(*places), rates_compare);
    sorted = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append(sorted, places[i].row);
    }
    free(places);
    json_decref(rows);
    return sorted;
}

static json_t *rates_row(const json_t *before, const json_t *after, double seconds)
{
    return json_pack("{s:O?, s:o}", "name", json_object_get(after, "name"), "rates",
                     rates_of(before, after, seconds));
}

/* Adds the servers of one list that are in the kernel. @return their active connections */
static json_int_t rates_add_servers(json_t *rows, const json_t *index, const json_t *servers,
                                    double seconds)
{
    json_int_t active = 0;
    char key[RATES_KEY_SIZE];
    json_t *server;
    size_t i;

    json_array_foreach(servers, i, server) {
        const json_t *connections = json_object_get(server, "connections");
        json_t *row;

        if (!json_is_object(connections)) {
            continue;
        }
        row = rates_row(json_object_get(index, rates_name(key, server)), server, seconds);
        json_object_set(row, "active", json_object_get(connections, "active"));
        json_object_set(row, "inactive", json_object_get(connections, "inactive"));
        json_array_append_new(rows, row);
        active += json_integer_value(json_object_get(connections, "active"));
    }
    return active;
}

/* All that are of a service: configured, sorry server, and what only the kernel has; new. */
static json_t *rates_servers(const json_t *service)
{
    json_t *all = json_array();
    json_t *sorry = json_object_get(service, "sorry_server");

    json_array_extend(all, json_object_get(service, "servers"));
    json_array_extend(all, json_object_get(service, "unconfigured"));
    if (json_is_object(sorry)) {
        json_array_append(all, sorry);
    }
    return all;
}

static json_t *rates_service(const json_t *before, const json_t *after, double seconds,
                             const char *key)
{
    json_t *row = rates_row(before, after, seconds);
    json_t *old = rates_servers(before);
    json_t *servers = rates_servers(after);
    json_t *index = rates_index(old);
    json_t *rows = json_array();
    json_int_t active = rates_add_servers(rows, index, servers, seconds);

    json_object_set(row, "foreign", json_object_get(after, "foreign"));
    json_object_set_new(row, "active", json_integer(active));
    json_object_set_new(row, "servers", rates_sort(rows, key));
    json_decref(index);
    json_decref(servers);
    json_decref(old);
    return row;
}

json_t *rates_between(const json_t *before, const json_t *after, const char *key)
{
    json_int_t passed = json_integer_value(json_object_get(after, "clock_us")) -
                        json_integer_value(json_object_get(before, "clock_us"));
    double seconds = before ? (double)passed / 1e6 : 0;
    json_t *index = rates_index(json_object_get(before, "services"));
    json_t *rows = json_array();
    char name[RATES_KEY_SIZE];
    json_t *service;
    size_t i;

    json_array_foreach(json_object_get(after, "services"), i, service) {
        json_array_append_new(rows, rates_service(json_object_get(index, rates_name(name, service)),
                                                  service, seconds, key));
    }
    json_decref(index);
    return json_pack("{s:o, s:o}", "seconds", seconds > 0 ? json_real(seconds) : json_null(),
                     "services", rates_sort(rows, key));
}
