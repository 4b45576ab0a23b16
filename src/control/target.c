/* SPDX-License-Identifier: Apache-2.0
 *
 * Services and servers by what people type.
 */
#include "control/target.h"

#include "base/inet.h"
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What conf_service_text() puts behind a mark of IPv6, and what people type where it puts nothing. */
#define TARGET_IPV6 " (IPv6)"
#define TARGET_IPV4 " (IPv4)"

enum {
    TARGET_LISTED = 8, /* of what there is, in a message */
    TARGET_WORD_SIZE = 160,
};

struct target_endpoint {
    struct inet_addr addr;
    uint64_t port; /* 0: any */
};

static const char *target_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

/* "ADDRESS", "IPV4:PORT", "[ADDRESS]" or "[ADDRESS]:PORT". */
static bool target_read_endpoint(const char *text, struct target_endpoint *endpoint)
{
    char copy[TARGET_WORD_SIZE];
    char *port;

    *endpoint = (struct target_endpoint){0};
    if (inet_parse(text, &endpoint->addr)) {
        return true;
    }
    if (!text_copy(copy, sizeof(copy), text)) {
        return false;
    }
    port = strrchr(copy, copy[0] == '[' ? ']' : ':');
    if (!port) {
        return false;
    }
    *port++ = '\0';
    if (copy[0] == '[' && *port == '\0') {
        return inet_parse(copy + 1, &endpoint->addr);
    }
    if (copy[0] == '[' && *port++ != ':') {
        return false;
    }
    /* Without brackets what is before a colon can only be an IPv4 address: "1::2:80" was read above. */
    return inet_parse(copy[0] == '[' ? copy + 1 : copy, &endpoint->addr) &&
           (copy[0] == '[' || endpoint->addr.family == AF_INET) &&
           text_parse_unsigned(port, UINT16_MAX, &endpoint->port) && endpoint->port;
}

static bool target_is_at(const json_t *object, const struct target_endpoint *endpoint)
{
    struct inet_addr addr;

    return inet_parse(target_text(object, "address"), &addr) &&
           inet_equal(&addr, &endpoint->addr) &&
           (!endpoint->port ||
            json_integer_value(json_object_get(object, "port")) == (json_int_t)endpoint->port);
}

static bool target_is_server(const json_t *server, const char *word)
{
    struct target_endpoint endpoint;

    return strcmp(target_text(server, "name"), word) == 0 ||
           (target_read_endpoint(word, &endpoint) && target_is_at(server, &endpoint));
}

/* "fwmark 7" is the mark in either family, "fwmark 7 (IPv4)" that whose name says none. */
static bool target_is_mark(const json_t *service, const char *word)
{
    const char *name = target_text(service, "name");
    size_t length = strlen(word);

    if (strncmp(name, "fwmark ", strlen("fwmark ")) != 0) {
        return false;
    }
    if (strncmp(name, word, length) == 0) {
        return name[length] == '\0' || strcmp(name + length, TARGET_IPV6) == 0;
    }
    length = strlen(name);
    return strncmp(word, name, length) == 0 && strcmp(word + length, TARGET_IPV4) == 0;
}

static bool target_is_service(const json_t *service, const char *word)
{
    char copy[TARGET_WORD_SIZE];
    struct target_endpoint endpoint;
    char *protocol;

    if (strcmp(target_text(service, "name"), word) == 0 || target_is_mark(service, word)) {
        return true;
    }
    if (!text_copy(copy, sizeof(copy), word)) {
        return false;
    }
    protocol = strchr(copy, '/');
    if (protocol) {
        *protocol++ = '\0';
        if (strcmp(target_text(service, "protocol"), protocol) != 0) {
            return false;
        }
    }
    return target_read_endpoint(copy, &endpoint) && target_is_at(service, &endpoint);
}

static void target_add(json_t *found, json_t *service, json_t *server)
{
    json_array_append_new(found, json_pack("{s:O, s:O?}", "service", service, "server", server));
}

static void target_add_servers(json_t *found, json_t *service, const char *word)
{
    json_t *sorry = json_object_get(service, "sorry_server");
    json_t *server;
    size_t i;

    json_array_foreach(json_object_get(service, "servers"), i, server) {
        if (target_is_server(server, word)) {
            target_add(found, service, server);
        }
    }
    if (json_is_object(sorry) && target_is_server(sorry, word)) {
        target_add(found, service, sorry);
    }
}

/* ---- What there is ----------------------------------------------------------------------------- */

static void target_list(const json_t *objects, struct text_buffer *out)
{
    json_t *object;
    size_t i;

    json_array_foreach(objects, i, object) {
        if (i == TARGET_LISTED) {
            text_appendf(out, " and %zu more", json_array_size(objects) - i);
            break;
        }
        text_appendf(out, "%s%s", i ? ", " : "", target_text(object, "name"));
    }
    if (json_array_size(objects) == 0) {
        text_append(out, "none");
    }
}

static void target_say_unknown(const json_t *services, const json_t *of, const char *service,
                               const char *server, struct text_buffer *problem)
{
    json_t *entry;
    size_t i;

    if (json_array_size(of) == 0) {
        text_appendf(problem, "there is no virtual server \"%s\"; there are: ", service);
        target_list(services, problem);
        return;
    }
    json_array_foreach(of, i, entry) {
        text_appendf(problem, "%s%s has no real server \"%s\"; it has: ", i ? "; " : "",
                     target_text(entry, "name"), server);
        target_list(json_object_get(entry, "servers"), problem);
        if (i + 1 == TARGET_LISTED) {
            break;
        }
    }
}

/* ---- Finding ----------------------------------------------------------------------------------- */

/* The services that a word names; new. */
static json_t *target_services(const json_t *services, const char *word)
{
    json_t *found = json_array();
    json_t *service;
    size_t i;

    json_array_foreach(services, i, service) {
        if (target_is_service(service, word)) {
            json_array_append(found, service);
        }
    }
    return found;
}

/* Where the server's part begins: behind the last slash, unless only a protocol is there. */
static char *target_split(char *word)
{
    char *slash = strrchr(word, '/');

    if (!slash || strcmp(slash, "/tcp") == 0 || strcmp(slash, "/udp") == 0 ||
        strcmp(slash, "/sctp") == 0) {
        return NULL;
    }
    *slash = '\0';
    return slash + 1;
}

json_t *target_all(const json_t *services, const char *word, struct text_buffer *problem)
{
    json_t *found = json_array();
    json_t *of = target_services(services, word);
    char *copy = strdup(word);
    char *part = NULL;
    json_t *service;
    size_t i;

    if (copy && json_array_size(of) == 0 && (part = target_split(copy))) {
        json_decref(of);
        of = target_services(services, copy);
    }
    json_array_foreach(of, i, service) {
        if (part) {
            target_add_servers(found, service, part);
        } else {
            target_add(found, service, NULL);
        }
    }
    if (json_array_size(found) == 0) {
        target_say_unknown(services, of, copy ? copy : word, part ? part : "", problem);
        json_decref(found);
        found = NULL;
    }
    free(copy);
    json_decref(of);
    return found;
}

/* What a service is called where the names of others begin with its own. */
static const char *target_family(const char *name)
{
    return strncmp(name, "fwmark ", strlen("fwmark ")) == 0 && !strchr(name, '(') ? TARGET_IPV4
                                                                                  : "";
}

static void target_say_several(const json_t *found, const char *word, struct text_buffer *problem)
{
    const char *name;
    json_t *pair;
    size_t i;

    text_appendf(problem, "\"%s\" could be ", word);
    json_array_foreach(found, i, pair) {
        if (i == TARGET_LISTED) {
            text_appendf(problem, " and %zu more", json_array_size(found) - i);
            break;
        }
        name = target_text(json_object_get(pair, "service"), "name");
        text_appendf(problem, "%s%s%s/%s", i ? ", " : "", name, target_family(name),
                     target_text(json_object_get(pair, "server"), "name"));
    }
    text_append(problem, ": say which");
}

const json_t *target_server(const json_t *services, const char *word, const json_t **service,
                            struct text_buffer *problem)
{
    json_t *found = target_all(services, word, problem);
    const json_t *server = NULL;

    if (!found) {
        return NULL;
    }
    *service = json_object_get(json_array_get(found, 0), "service");
    server = json_object_get(json_array_get(found, 0), "server");
    if (json_is_null(server)) {
        text_appendf(problem, "\"%s\" names no real server; type SERVICE/SERVER; %s has: ", word,
                     target_text(*service, "name"));
        target_list(json_object_get(*service, "servers"), problem);
        server = NULL;
    } else if (json_array_size(found) > 1) {
        target_say_several(found, word, problem);
        server = NULL;
    }
    json_decref(found);
    return server;
}
