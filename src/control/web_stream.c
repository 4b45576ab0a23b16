/* SPDX-License-Identifier: Apache-2.0
 *
 * Who listens to the live page, and what they are sent.
 */
#include "control/web_stream.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "control/snapshot.h"
#include "control/web_clients.h"
#include "control/web_reply.h"
#include "control/web_view.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <utlist.h>

#define WEB_STREAM_INTERVAL (1 * CLOCK_SECOND)
#define WEB_STREAM_SOON     (100 * CLOCK_MILLISECOND) /* between two documents, whatever happens */

enum { WEB_STREAM_SHARE = 4 }; /* so many times as a document took to make there is a pause */

struct web_stream {
    struct web_stream *next;
    struct web_stream *prev;
    struct web_streams *streams;
    struct evhttp_request *request;
    struct web_client *client;
    bool begun; /* it was sent something beside the head */
    bool whole; /* it has all, and needs changes alone */
    bool late;  /* it has not taken what it was sent; it has until its client's limit */
};

/* What the worker thread works with while a document is being made. */
struct web_feed {
    struct web_view *view;
    char *name;
    json_t *news;   /* events since the last time, or NULL */
    json_t *events; /* the latest ones, or NULL */
    bool wanted;    /* somebody needs all */
    bool other;     /* everybody does */
    struct text_buffer full;
    struct text_buffer change;
};

struct web_streams {
    struct loop *loop;
    struct snapshot *snapshot;
    web_events events;
    void *argument;
    struct web_stream *list;
    size_t count;
    char *name;
    uint64_t told; /* number of the last event that was told */
    struct web_feed feed;
    struct web_texts *texts;
    int64_t late; /* ns */
    bool asked;
    int64_t asked_at;
    int64_t free_at; /* before that no document is asked for */
    struct loop_timer *timer;
};

/* ---- What is sent ------------------------------------------------------------------------------ */

static struct bufferevent *web_stream_bufferevent(const struct web_stream *stream)
{
    return evhttp_connection_get_bufferevent(evhttp_request_get_connection(stream->request));
}

/* Whether a client has not taken all that it was sent: tcp(7), unix(7), SIOCOUTQ. */
static bool web_stream_owes(const struct web_stream *stream)
{
    struct bufferevent *bufferevent = web_stream_bufferevent(stream);
    int unsent = 0;

    if (evbuffer_get_length(bufferevent_get_output(bufferevent))) {
        return true;
    }
    return ioctl(bufferevent_getfd(bufferevent), SIOCOUTQ, &unsent) == 0 && unsent > 0;
}

static void web_stream_send(struct web_stream *stream, const char *event, struct web_text *text)
{
    struct evbuffer *chunk = evbuffer_new();

    if (!chunk) {
        memory_exhausted(sizeof(*stream)); /* it fails for no other reason */
    }
    (void)evbuffer_add_printf(chunk, "event: %s\ndata: ", event);
    web_text_add(text, 0, chunk);
    (void)evbuffer_add(chunk, "\n\n", 2);
    stream->begun = true;
    evhttp_send_reply_chunk(stream->request, chunk);
    evbuffer_free(chunk);
}

/* Takes the text of a buffer, which is empty then. */
static struct web_text *web_stream_text(struct web_streams *streams, struct text_buffer *buffer)
{
    struct web_text *text =
        buffer->data ? web_text_new(buffer->data, buffer->length, streams->texts) : NULL;

    *buffer = (struct text_buffer){0};
    return text;
}

/* Who has not taken the last one is sent none: it gets all at once when it has caught up. */
static void web_stream_tell(struct web_stream *stream, struct web_text *full,
                            struct web_text *change)
{
    if (stream->begun && web_stream_owes(stream)) {
        if (!stream->late) {
            web_client_limit(stream->client, clock_now() + stream->streams->late);
        }
        stream->late = true;
        stream->whole = false;
        return;
    }
    if (stream->late) {
        stream->late = false;
        web_client_limit(stream->client, CLOCK_NEVER);
    }
    if (full && (!stream->whole || !change)) {
        web_stream_send(stream, "full", full);
        stream->whole = true;
    } else if (stream->whole && change) {
        web_stream_send(stream, "change", change);
    }
}

/* ---- Documents --------------------------------------------------------------------------------- */

/* On a worker thread. */
static char *web_stream_view(const json_t *document, void *argument)
{
    struct web_streams *streams = argument;
    struct web_feed *feed = &streams->feed;

    feed->other = web_view_update(feed->view, document, feed->name, clock_wall(), feed->news);
    if (feed->wanted || feed->other) {
        web_view_write(feed->view, feed->events, &feed->full);
    }
    if (!feed->other) {
        web_view_write_change(feed->view, &feed->change);
    }
    return memory_text("");
}

static void web_streams_plan(struct web_streams *streams, int64_t at)
{
    if (streams->asked || !streams->list) {
        return;
    }
    if (at < streams->free_at) {
        at = streams->free_at;
    }
    if (at < loop_timer_deadline(streams->timer)) {
        loop_timer_set(streams->timer, at);
    }
}

static void web_feed_clear(struct web_feed *feed)
{
    json_decref(feed->news);
    json_decref(feed->events);
    free(feed->name);
    text_release(&feed->full);
    text_release(&feed->change);
    *feed = (struct web_feed){.view = feed->view};
}

/* Back on the loop. */
static void web_stream_on_view(void *argument, char *text, size_t size)
{
    struct web_streams *streams = argument;
    int64_t now = clock_now();
    struct web_text *full = web_stream_text(streams, &streams->feed.full);
    struct web_text *change = web_stream_text(streams, &streams->feed.change);
    struct web_stream *stream;
    struct web_stream *next;

    (void)size;
    streams->asked = false;
    DL_FOREACH_SAFE(streams->list, stream, next) {
        web_stream_tell(stream, full, change);
    }
    web_text_release(full);
    web_text_release(change);
    web_feed_clear(&streams->feed);
    streams->free_at = now + (now - streams->asked_at) * WEB_STREAM_SHARE;
    if (!streams->list) { /* nobody listens: nothing is kept for them */
        web_view_free(streams->feed.view);
        streams->feed.view = web_view_new();
    }
    if (text) { /* else the daemon stops */
        free(text);
        web_streams_plan(streams, streams->asked_at + WEB_STREAM_INTERVAL);
    }
}

static bool web_streams_want_all(const struct web_streams *streams)
{
    const struct web_stream *stream;

    DL_FOREACH(streams->list, stream) {
        if (!stream->whole) {
            return true;
        }
    }
    return false;
}

static void web_streams_on_timer(void *argument, int64_t now, int64_t late)
{
    struct web_streams *streams = argument;
    struct web_feed *feed = &streams->feed;
    uint64_t all = 0;

    (void)late;
    if (!streams->list) {
        return;
    }
    streams->asked = true;
    streams->asked_at = now;
    feed->name = memory_text(streams->name);
    feed->wanted = web_streams_want_all(streams);
    feed->news = streams->events(streams->argument, &streams->told);
    feed->events = streams->events(streams->argument, &all);
    snapshot_ask_view(streams->snapshot, web_stream_view, web_stream_on_view, streams);
}

void web_streams_touch(struct web_streams *streams)
{
    web_streams_plan(streams, streams->asked_at + WEB_STREAM_SOON);
}

/* ---- Who listens ------------------------------------------------------------------------------- */

static void web_stream_on_gone(void *argument)
{
    struct web_stream *stream = argument;
    struct web_streams *streams = stream->streams;

    if (!evhttp_request_get_connection(stream->request)) { /* evhttp has left it to us */
        evhttp_request_free(stream->request);
    }
    DL_DELETE(streams->list, stream);
    streams->count--;
    free(stream);
}

void web_streams_add(struct web_streams *streams, struct evhttp_request *request,
                     struct web_client *client)
{
    struct web_stream *stream;

    if (streams->count == WEB_STREAMS) {
        (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Retry-After", "10");
        web_reply_line(request, HTTP_SERVUNAVAIL, "%d clients look at the page already: try again",
                       WEB_STREAMS);
        return;
    }
    stream = memory_new(1, sizeof(*stream));
    *stream = (struct web_stream){.streams = streams, .request = request, .client = client};
    DL_APPEND(streams->list, stream);
    streams->count++;
    web_client_watch(client, web_stream_on_gone, stream);
    web_client_limit(client, CLOCK_NEVER);
    web_reply_headers(request, WEB_TYPE_EVENTS);
    evhttp_send_reply_start(request, HTTP_OK, NULL);
    web_streams_plan(streams, clock_now());
}

size_t web_streams_count(const struct web_streams *streams)
{
    return streams->count;
}

void web_streams_set_name(struct web_streams *streams, const char *name)
{
    free(streams->name);
    streams->name = memory_text(name);
}

void web_streams_set_late(struct web_streams *streams, int64_t late)
{
    streams->late = late;
}

/* ---- Life -------------------------------------------------------------------------------------- */

struct web_streams *web_streams_new(struct loop *loop, struct snapshot *snapshot, web_events events,
                                    void *argument)
{
    struct web_streams *streams = memory_new(1, sizeof(*streams));

    streams->loop = loop;
    streams->snapshot = snapshot;
    streams->events = events;
    streams->argument = argument;
    streams->name = memory_text("");
    streams->texts = web_texts_new();
    streams->feed.view = web_view_new();
    streams->timer = loop_timer_new(loop, LOOP_PRIORITY_CONTROL, web_streams_on_timer, streams);
    return streams;
}

void web_streams_free(struct web_streams *streams)
{
    if (!streams) {
        return;
    }
    web_feed_clear(&streams->feed);
    web_view_free(streams->feed.view);
    web_texts_free(streams->texts);
    loop_timer_free(streams->timer);
    free(streams->name);
    free(streams);
}
