/* SPDX-License-Identifier: Apache-2.0
 *
 * What a web request asks for, and whether its Host may be answered. Pure.
 */
#ifndef HOLDFAST_CONTROL_WEB_ROUTE_H
#define HOLDFAST_CONTROL_WEB_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

enum web_route {
    WEB_ROUTE_NONE,    /* there is nothing */
    WEB_ROUTE_PAGE,    /* / */
    WEB_ROUTE_EVENTS,  /* /events: what the page shows, live */
    WEB_ROUTE_STATUS,  /* /status.json */
    WEB_ROUTE_HEALTH,  /* /healthz */
    WEB_ROUTE_METRICS, /* /metrics */
    WEB_ROUTES,
};

/** What is at a path, which is compared byte by byte. @param path  without query; NULL: nothing */
enum web_route web_route_find(const char *path);

/** The path of a route. */
const char *web_route_path(enum web_route route);

/** By what names this host may be called. */
struct web_names {
    const char *own;          /* of the host; NULL: none */
    const char *const *hosts; /* further ones; "*": any */
    size_t host_count;
};

/**
 * Whether a request to this Host may be answered. A page of somebody else's can have a browser ask us
 * by a name of its own that it points here (DNS rebinding); that name is none of ours. So what is
 * allowed is an address, localhost, the host's own name, and what the configuration adds.
 * @param host  the header, with or without a port (RFC 9110 7.2); NULL or empty: a client without it is
 *              no browser
 */
bool web_route_allows(const struct web_names *names, const char *host);

#endif
