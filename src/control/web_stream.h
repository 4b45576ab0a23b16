/* SPDX-License-Identifier: Apache-2.0
 *
 * The live page: server-sent events (WHATWG HTML, 9.2) to whoever listens. While nobody does, nothing is
 * done. For web*.c only.
 *
 *     event: full     all that the page shows (control/web_view.h), to who comes and who was too slow
 *     event: change   what is not as it was, each second and soon after something happened
 */
#ifndef HOLDFAST_CONTROL_WEB_STREAM_H
#define HOLDFAST_CONTROL_WEB_STREAM_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct evhttp_request;
struct loop;
struct snapshot;
struct web_client;
struct web_streams;

enum { WEB_STREAMS = 32 }; /* who listens at the same time, at most */

/**
 * Tells what has happened.
 * @param since  the number of the last event that is known; set to that of the latest one
 * @return an array of those behind it, new; NULL: there is none
 */
typedef json_t *(*web_events)(void *argument, uint64_t *since);

/** Nobody listens. @param argument  given to `events` */
struct web_streams *web_streams_new(struct loop *loop, struct snapshot *snapshot, web_events events,
                                    void *argument);

/** Frees it, after the snapshot and the connections. NULL is allowed. */
void web_streams_free(struct web_streams *streams);

/** The name of the director. */
void web_streams_set_name(struct web_streams *streams, const char *name);

/** How long a client may take for what it was sent, before it is sent more. @param late  ns */
void web_streams_set_late(struct web_streams *streams, int64_t late);

/** Has a client listen until it goes. */
void web_streams_add(struct web_streams *streams, struct evhttp_request *request,
                     struct web_client *client);

/** Something has happened that should be seen soon. */
void web_streams_touch(struct web_streams *streams);

/** How many listen. */
size_t web_streams_count(const struct web_streams *streams);

#endif
