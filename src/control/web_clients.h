/* SPDX-License-Identifier: Apache-2.0
 *
 * The clients of the web server: how many there are at most, and by when each must have done what is
 * waited for. libevent 2.1 knows neither: its time limit begins anew with each byte. For web*.c only.
 */
#ifndef HOLDFAST_CONTROL_WEB_CLIENTS_H
#define HOLDFAST_CONTROL_WEB_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evhttp;
struct evhttp_connection;
struct loop;
struct web_client;
struct web_clients;

/**
 * Hears that there is no room for another client, or room again.
 * @param full  nobody may be accepted from now on
 */
typedef void (*web_clients_full)(void *argument, bool full);

/** Hears that a client has gone, or was dropped. */
typedef void (*web_client_gone)(void *argument);

/**
 * Watches over the clients that an evhttp accepts.
 * @param most  clients at the same time
 */
struct web_clients *web_clients_new(struct loop *loop, struct evhttp *http, size_t most,
                                    web_clients_full full, void *argument);

/** How long a client may take to send a whole request. @param idle  ns */
void web_clients_set_idle(struct web_clients *clients, int64_t idle);

/** Frees it; the evhttp, and so all clients, are freed before. NULL is allowed. */
void web_clients_free(struct web_clients *clients);

/** How many there are. */
size_t web_clients_count(const struct web_clients *clients);

/** How many were dropped since they were too slow. */
uint64_t web_clients_dropped(const struct web_clients *clients);

/** The client of a connection; never NULL for one that has sent a request. */
struct web_client *web_clients_find(struct web_clients *clients,
                                    const struct evhttp_connection *connection);

/** Sets by when the client must be done with what it does now. CLOCK_NEVER: it has all the time. */
void web_client_limit(struct web_client *client, int64_t deadline);

/** The request is answered: the next one has its time. */
void web_client_rests(struct web_client *client);

/** Whom to tell when it has gone, with one answer at a time; NULL: nobody. */
void web_client_watch(struct web_client *client, web_client_gone gone, void *argument);

/** Drops a client that is too slow; whom to tell is told. */
void web_client_drop(struct web_client *client);

#endif
