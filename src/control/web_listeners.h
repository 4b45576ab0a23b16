/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the web server listens: TCP and UNIX sockets, opened, kept and closed as the configuration
 * changes; one that cannot be opened is tried again. For web*.c only.
 */
#ifndef HOLDFAST_CONTROL_WEB_LISTENERS_H
#define HOLDFAST_CONTROL_WEB_LISTENERS_H

#include "base/inet.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evhttp;
struct log;
struct loop;
struct web_listeners;

/* Where to listen. */
struct web_endpoint {
    const char *path; /* of a UNIX socket; NULL: TCP at address and port */
    struct inet_addr addr;
    uint16_t port;
};

/** Nobody listens yet. */
struct web_listeners *web_listeners_new(struct loop *loop, struct log *log, struct evhttp *http);

/** Closes all, and removes the sockets that are ours. Before the evhttp is freed. NULL is allowed. */
void web_listeners_free(struct web_listeners *listeners);

/** Opens what is new, closes what is gone, and leaves alone what stays. What cannot be opened is logged. */
void web_listeners_configure(struct web_listeners *listeners, const struct web_endpoint *endpoints,
                             size_t count);

/** Accepts nobody until it is called with false. */
void web_listeners_pause(struct web_listeners *listeners, bool paused);

/** An array of `address`, `open` and `error` (why it is not, or null); new. */
json_t *web_listeners_json(const struct web_listeners *listeners);

/** How many there are, open or not. */
size_t web_listeners_count(const struct web_listeners *listeners);

#endif
