/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the status document that holdfastctl's commands show: doc/status.md, "Views". Pure.
 */
#ifndef HOLDFAST_CONTROL_LOOK_H
#define HOLDFAST_CONTROL_LOOK_H

#include <jansson.h>
#include <stdbool.h>

struct text_buffer;

enum { LOOK_VERSION = 1 }; /* of the views: new members do not change it */

/**
 * VRRP and what it tracks.
 * @param word     the name of an instance or of a sync group; NULL: all
 * @param problem  where nothing has the name: gets a line for people
 * @return new; NULL: `problem` says why
 */
json_t *look_vrrp(const json_t *status, const char *word, struct text_buffer *problem);

/** Each check, with `service` and `server`. @param failing  only those whose last result was not ok */
json_t *look_checks(const json_t *status, bool failing);

/** How late the loop ran. */
json_t *look_loop(const json_t *status);

/** The names of objects in an array, for a message: "a, b, c"; "none". */
void look_append_names(const json_t *array, struct text_buffer *out);

#endif
