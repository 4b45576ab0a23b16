/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths and hosts of web requests. Who answers them is web's.
 */
#include "control/web_route.h"

#include "base/inet.h"

#include <string.h>

enum { WEB_HOST_SIZE = 256 }; /* RFC 1035 2.3.4: a name has 255 octets at most */

static const char *const web_paths[WEB_ROUTES] = {
    [WEB_ROUTE_PAGE] = "/",
    [WEB_ROUTE_EVENTS] = "/events",
    [WEB_ROUTE_STATUS] = "/status.json",
    [WEB_ROUTE_HEALTH] = "/healthz",
    [WEB_ROUTE_METRICS] = "/metrics",
};

enum web_route web_route_find(const char *path)
{
    for (enum web_route route = WEB_ROUTE_PAGE; path && route < WEB_ROUTES; route++) {
        if (strcmp(path, web_paths[route]) == 0) {
            return route;
        }
    }
    return WEB_ROUTE_NONE;
}

const char *web_route_path(enum web_route route)
{
    return web_paths[route];
}

/* Copies the name or the address without brackets and port. @return false where it is neither */
static bool web_host_name(char name[WEB_HOST_SIZE], const char *host)
{
    bool bracketed = *host == '[';
    size_t length = strcspn(host + bracketed, bracketed ? "]" : ":");
    const char *rest = host + bracketed + length;

    if (bracketed && *rest++ != ']') {
        return false;
    }
    if (length >= WEB_HOST_SIZE || (*rest && *rest != ':') ||
        (*rest && strspn(rest + 1, "0123456789") != strlen(rest + 1))) {
        return false;
    }
    memcpy(name, host + bracketed, length);
    name[length] = '\0';
    if (length && !bracketed && name[length - 1] == '.') { /* the root: RFC 1034 3.1 */
        name[length - 1] = '\0';
    }
    return *name;
}

bool web_route_allows(const struct web_names *names, const char *host)
{
    struct inet_addr addr;
    char name[WEB_HOST_SIZE];

    for (size_t i = 0; i < names->host_count; i++) {
        if (strcmp(names->hosts[i], "*") == 0) {
            return true;
        }
    }
    if (!host || !*host) {
        return true;
    }
    if (!web_host_name(name, host)) {
        return false;
    }
    for (size_t i = 0; i < names->host_count; i++) {
        if (strcasecmp(names->hosts[i], name) == 0) {
            return true;
        }
    }
    return inet_parse(name, &addr) || strcasecmp(name, "localhost") == 0 ||
           (names->own && strcasecmp(names->own, name) == 0);
}
