/* SPDX-License-Identifier: Apache-2.0
 *
 * The web server of http_listen: the page with its live events, /status.json, /metrics, /healthz
 * (doc/status.md, "HTTP"). It only shows; nothing can be asked of the daemon by it. Whatever clients do,
 * the loop is not held up: documents are made off the loop, and what clients may cost is bounded.
 *
 *     web_route.c      paths and hosts
 *     web_clients.c    how many, and how slow they may be
 *     web_listeners.c  where it listens
 *     web_reply.c      what an answer looks like; web_answer.c: answers that are shared
 *     web_stream.c     the live page; web_view.c, web_view_rows.c: what it is sent
 *     page/            the page itself
 */
#ifndef HOLDFAST_CONTROL_WEB_H
#define HOLDFAST_CONTROL_WEB_H

#include "control/web_listeners.h"
#include "control/web_stream.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct log;
struct loop;
struct snapshot;
struct web;

enum {
    WEB_CLIENTS = 64,        /* at the same time, listeners to the live page among them */
    WEB_IDLE_LIMIT_S = 10,   /* for a client to send a whole request */
    WEB_LATE_LIMIT_S = 10,   /* for a listener to take what it was sent, before it is sent more */
    WEB_ANSWER_LIMIT_S = 30, /* for it to take a whole answer, from its request on */
    WEB_HEADERS_LIMIT = 8 * 1024, /* bytes of a request's head */
    WEB_BODY_LIMIT = 4096,        /* of its body, which nobody reads */
};

/* What http_listen and http_host say. */
struct web_settings {
    const struct web_endpoint *endpoints;
    size_t count;
    const char *const *hosts;
    size_t host_count;
    const char *name; /* of the director; NULL: that of the host */
};

/**
 * A server that listens nowhere. SIGPIPE is ignored from now on.
 * @param snapshot  where documents come from
 * @param events    tells what has happened
 */
struct web *web_new(struct loop *loop, struct log *log, struct snapshot *snapshot,
                    web_events events, void *argument);

/** Frees it with all connections, after the snapshot. NULL is allowed. */
void web_free(struct web *web);

/**
 * Other limits than WEB_IDLE_LIMIT_S, WEB_ANSWER_LIMIT_S and WEB_LATE_LIMIT_S, for clients that come from now on.
 * @param idle    ns
 * @param answer  ns
 * @param late    ns
 */
void web_set_limits(struct web *web, int64_t idle, int64_t answer, int64_t late);

/** Opens and closes what has changed; connections stay. Nothing of the settings is kept. */
void web_configure(struct web *web, const struct web_settings *settings);

/** Something has happened: whoever looks at the page sees it soon. */
void web_touch(struct web *web);

/** The section `web` of the status document, new. */
json_t *web_snapshot(const struct web *web);

#endif
