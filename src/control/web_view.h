/* SPDX-License-Identifier: Apache-2.0
 *
 * What the web page shows, made of the status document: all of it for who comes, then only what has
 * changed. Pure; for a worker thread. The page (src/control/page) knows these members:
 *
 *     at, clock_us        when it was made, by the clock of the wall and by that of the counters
 *     head                the director, IPVS, the last reload, BFD, scripts, what else may be wrong
 *     troubles            what holdfastctl healthy says, as in control/wellness.h
 *     loop                lag and vrrp_lag as in doc/status.md
 *     instances           an array; of a change an object: those that changed, by their place in it
 *     services            the same; without counters
 *     numbers             an array, for each service null or connections, packets in and out, bytes in
 *                         and out since it is there, active and inactive connections, and, where there
 *                         are few servers, an array with active and inactive of each
 *     events              what has happened, the latest last
 *
 * A change lacks the members that are as they were.
 */
#ifndef HOLDFAST_CONTROL_WEB_VIEW_H
#define HOLDFAST_CONTROL_WEB_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct text_buffer;
struct web_view;

enum { WEB_VIEW_SERVERS = 1000 }; /* above so many, connections are not told of each server */

/** Nothing was told yet. The caller frees it with web_view_free(). */
struct web_view *web_view_new(void);

/** Frees it. NULL is allowed. */
void web_view_free(struct web_view *view);

/**
 * Takes the next document.
 * @param status  doc/status.md
 * @param name    of the director
 * @param now     ns since 1970
 * @param events  an array of those that happened since the last call; NULL: none
 * @return whether the lists are others than before, so that a change alone does not tell it
 */
bool web_view_update(struct web_view *view, const json_t *status, const char *name, int64_t now,
                     const json_t *events);

/** Writes all, as one line. @param events  an array of the latest events; NULL: none */
void web_view_write(const struct web_view *view, const json_t *events, struct text_buffer *out);

/** Writes what the last update changed, as one line. */
void web_view_write_change(const struct web_view *view, struct text_buffer *out);

#endif
