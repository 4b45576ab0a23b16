/* SPDX-License-Identifier: Apache-2.0
 *
 * Bounds for an evhttp's clients.
 */
#include "control/web_clients.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdlib.h>
#include <utlist.h>

/* How often it is looked who is late. */
#define WEB_SWEEP (1 * CLOCK_SECOND)

enum {
    WEB_READ_AHEAD = 16 * 1024
}; /* bytes that a client may send beyond what is being answered */

struct web_client {
    struct web_client *next;
    struct web_client *prev;
    struct web_clients *clients;
    struct bufferevent *stream;           /* evhttp's */
    struct evhttp_connection *connection; /* evhttp's; NULL: it was accepted a moment ago */
    int64_t deadline;
    bool rests; /* it has its answer, and has asked for nothing more */
    web_client_gone gone;
    void *argument;
};

struct web_clients {
    struct evhttp *http;
    struct web_client *list;
    size_t count;
    size_t most;
    int64_t idle;
    uint64_t dropped;
    web_clients_full full;
    void *argument;
    struct event *adopt;
    struct loop_timer *sweep;
};

static void web_client_on_close(struct evhttp_connection *connection, void *argument)
{
    struct web_client *client = argument;
    struct web_clients *clients = client->clients;

    (void)connection;
    if (client->gone) {
        client->gone(client->argument);
    }
    DL_DELETE(clients->list, client);
    free(client);
    if (clients->count-- == clients->most) {
        clients->full(clients->argument, false);
    }
}

/*
 * Learns which connections were made of the streams that it was asked for. evhttp gives no other way to
 * a connection before its first request; the argument of its stream's callbacks is the connection (http.c
 * of libevent 2.1, evhttp_start_read_()). This comes before the loop looks at the sockets again, so none
 * of them can have gone.
 */
static void web_clients_on_adopt(evutil_socket_t fd, short what, void *argument)
{
    struct web_clients *clients = argument;
    struct web_client *client;

    (void)fd;
    (void)what;
    DL_FOREACH(clients->list, client) {
        if (!client->connection) {
            void *connection = NULL;

            bufferevent_getcb(client->stream, NULL, NULL, NULL, &connection);
            client->connection = connection;
            evhttp_connection_set_closecb(client->connection, web_client_on_close, client);
        }
    }
}

/* evhttp has accepted a client and asks for its stream. */
static struct bufferevent *web_clients_on_accept(struct event_base *base, void *argument)
{
    struct web_clients *clients = argument;
    struct web_client *client = memory_new(1, sizeof(*client));

    client->clients = clients;
    client->deadline = clock_now() + clients->idle;
    client->stream = bufferevent_socket_new(base, -1, 0);
    if (!client->stream) {
        memory_exhausted(sizeof(*client)); /* it fails for no other reason */
    }
    (void)bufferevent_priority_set(client->stream, LOOP_PRIORITY_CONTROL);
    bufferevent_setwatermark(client->stream, EV_READ, 0, WEB_READ_AHEAD);
    DL_APPEND(clients->list, client);
    event_active(clients->adopt, EV_TIMEOUT, 0);
    if (++clients->count == clients->most) {
        clients->full(clients->argument, true);
    }
    if (loop_timer_deadline(clients->sweep) == CLOCK_NEVER) {
        loop_timer_set(clients->sweep, clock_now() + WEB_SWEEP);
    }
    return client->stream;
}

static void web_clients_on_sweep(void *argument, int64_t now, int64_t late)
{
    struct web_clients *clients = argument;
    struct web_client *client;
    struct web_client *next;

    (void)late;
    DL_FOREACH_SAFE(clients->list, client, next) {
        if (!client->connection || client->deadline > now) {
            continue;
        }
        if (client->rests) { /* a collector that comes again each quarter of a minute is not slow */
            evhttp_connection_free(client->connection);
        } else {
            web_client_drop(client);
        }
    }
    if (clients->list) {
        loop_timer_set(clients->sweep, now + WEB_SWEEP);
    }
}

struct web_client *web_clients_find(struct web_clients *clients,
                                    const struct evhttp_connection *connection)
{
    struct web_client *client;

    DL_FOREACH(clients->list, client) {
        if (client->connection == connection) {
            break;
        }
    }
    return client;
}

void web_client_limit(struct web_client *client, int64_t deadline)
{
    client->deadline = deadline;
    client->rests = false;
}

void web_client_rests(struct web_client *client)
{
    client->deadline = clock_now() + client->clients->idle;
    client->rests = true;
    web_client_watch(client, NULL, NULL);
}

void web_client_watch(struct web_client *client, web_client_gone gone, void *argument)
{
    client->gone = gone;
    client->argument = argument;
}

void web_client_drop(struct web_client *client)
{
    client->clients->dropped++;
    evhttp_connection_free(client->connection);
}

size_t web_clients_count(const struct web_clients *clients)
{
    return clients->count;
}

uint64_t web_clients_dropped(const struct web_clients *clients)
{
    return clients->dropped;
}

void web_clients_set_idle(struct web_clients *clients, int64_t idle)
{
    clients->idle = idle;
}

struct web_clients *web_clients_new(struct loop *loop, struct evhttp *http, size_t most,
                                    web_clients_full full, void *argument)
{
    struct web_clients *clients = memory_new(1, sizeof(*clients));

    clients->http = http;
    clients->most = most;
    clients->full = full;
    clients->argument = argument;
    clients->sweep = loop_timer_new(loop, LOOP_PRIORITY_CONTROL, web_clients_on_sweep, clients);
    clients->adopt = event_new(loop_base(loop), -1, 0, web_clients_on_adopt, clients);
    if (!clients->adopt) {
        memory_exhausted(sizeof(*clients)); /* it fails for no other reason */
    }
    /* Of the highest priority: before the stream of any client is looked at. */
    (void)event_priority_set(clients->adopt, LOOP_PRIORITY_VRRP);
    evhttp_set_bevcb(http, web_clients_on_accept, clients);
    return clients;
}

void web_clients_free(struct web_clients *clients)
{
    struct web_client *client;
    struct web_client *next;

    if (!clients) {
        return;
    }
    DL_FOREACH_SAFE(clients->list, client, next) /* those that were accepted a moment before */
    {
        free(client);
    }
    loop_timer_free(clients->sweep);
    event_free(clients->adopt);
    free(clients);
}
