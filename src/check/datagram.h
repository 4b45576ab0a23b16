/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions over UDP: a datagram is sent from a socket of its own, and what comes back, data or an ICMP
 * error, is judged. For the kinds of checks that ask so.
 */
#ifndef HOLDFAST_CHECK_DATAGRAM_H
#define HOLDFAST_CHECK_DATAGRAM_H

#include "check/pool.h"

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>

enum { DATAGRAM_SEEN = 4096 }; /* bytes of an answer that are looked at */

/* A question. */
struct datagram_run {
    struct pool_run base;
    void *prepared;
    uint16_t id;
    bool strange;          /* something came that is no answer to it */
    struct event readable; /* datagram's */
};

/**
 * Judges what came.
 * @param data  the first bytes of it, at most DATAGRAM_SEEN
 * @param size  of the whole
 * @param verdict  to be set where it is an answer
 * @return whether it is one; else the run goes on
 */
typedef bool (*datagram_judge)(struct datagram_run *run, const unsigned char *data, size_t size,
                               struct verdict *verdict);

/** An engine for a struct check_kind. The caller frees it with datagram_engine_free(). */
void *datagram_engine_new(const struct check_means *means, check_done_function done, void *context,
                          datagram_judge judge);

/** Frees an engine without runs. */
void datagram_engine_free(void *engine);

/**
 * A run, with its socket, that has not asked yet.
 * @param verdict  set where NULL is returned
 */
struct datagram_run *datagram_open(void *engine, const struct check_spec *spec, void *prepared,
                                   void *argument, struct verdict *verdict);

/**
 * Asks. @return the run; NULL: it has ended, and `verdict` is set
 */
void *datagram_ask(struct datagram_run *run, const void *data, size_t size,
                   struct verdict *verdict);

/** Ends a run before its answer. */
void datagram_stop(void *run);

#endif
