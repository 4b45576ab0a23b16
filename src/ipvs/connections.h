/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's connection entries as JSON, read on a worker thread in the namespace of the IPVS table.
 */
#ifndef HOLDFAST_IPVS_CONNECTIONS_H
#define HOLDFAST_IPVS_CONNECTIONS_H

#include "ipvs/connection.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct connections;
struct loop;

enum {
    CONNECTIONS_VERSION =
        1, /* of the document: it rises when a member goes or means something else */
    CONNECTIONS_LIMIT = 100000,  /* that are told at once, at the most */
    CONNECTIONS_READERS = 4,     /* at the same time */
    CONNECTIONS_SERVICES = 4096, /* that are counted apart; the rest is counted together */
};

/* What an entry must match. */
struct connections_match {
    char protocol[CONNECTION_PROTOCOL_SIZE]; /* "": any */
    struct connection_end virtual;           /* AF_UNSPEC: any */
    struct connection_end server;            /* AF_UNSPEC: any */
};

/**
 * Gets the entries (doc/status.md, command `connections`).
 * @param text  one line of JSON from malloc(3), owned by who is called; NULL: it failed
 * @param error  0 or -errno of why; -ENOENT: the kernel has no IPVS; -ECANCELED: the daemon stops
 */
typedef void (*connections_done)(void *argument, char *text, int error);

/** Nothing is read until it is asked for. @param namespace_fd  of the IPVS table; -1: the daemon's own */
struct connections *connections_new(struct loop *loop, int namespace_fd);

/** Ends it; who waits is called. NULL is allowed. */
void connections_free(struct connections *connections);

/**
 * Reads all entries and tells of the first ones that match.
 * @param matches  of which one must fit; copied; NULL: all fit
 * @param limit    how many are told; all are counted
 * @return false: as many are read as may be at a time; nothing is called
 */
bool connections_ask(struct connections *connections, const struct connections_match *matches,
                     size_t count, size_t limit, connections_done done, void *argument);

#endif
