/* SPDX-License-Identifier: Apache-2.0
 *
 * The IPVS side of the status document: all services, ours and those of others, in one form. Pure.
 */
#ifndef HOLDFAST_CONTROL_VIEW_H
#define HOLDFAST_CONTROL_VIEW_H

#include <jansson.h>
#include <stdbool.h>

struct text_buffer;

/**
 * The services that a word names.
 * @param status   a status document
 * @param word     SERVICE or SERVICE/SERVER as in control/target.h; NULL: all
 * @param problem  where nothing has the name: gets a line for people
 * @return new: an object with `version` (1), `available`, `reason` and `clock_us` of the section ipvs, and `narrowed` (the word names
 *         servers), and `services`: those of the status, then those of others, each with `foreign`; NULL: `problem` says why
 */
json_t *view_services(const json_t *status, const char *word, struct text_buffer *problem);

enum { VIEW_CONNECTIONS_LIMIT = 1024 }; /* doc/status.md, command `connections` */

/**
 * What the kernel's connections through the services of a view have: `only` of the command `connections`.
 * A connection does not tell its mark, so it is known by the servers, also of those that drain.
 * @param view  of view_services()
 * @return new: an array, empty where there is nothing, which may be longer than is allowed
 */
json_t *view_connections(const json_t *view);

#endif
