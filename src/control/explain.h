/* SPDX-License-Identifier: Apache-2.0
 *
 * Why something is in its state, and what would change that. Pure: a status document in (doc/status.md), an
 * explanation out (there too, "Explanations"), which render_explanation() makes a text of.
 */
#ifndef HOLDFAST_CONTROL_EXPLAIN_H
#define HOLDFAST_CONTROL_EXPLAIN_H

#include <jansson.h>

struct text_buffer;

/**
 * An instance: its priority with what each tracker adds to it and would add, who would win an election
 * among the routers that are known, its faults with what ends them, what would change its state.
 * @param problem  where there is none of that name: gets a line for people
 * @return new; NULL: `problem` says why
 */
json_t *explain_instance(const json_t *status, const char *name, struct text_buffer *problem);

/** A real server: its weight and its checks. @param word  SERVICE/SERVER as in control/target.h */
json_t *explain_server(const json_t *status, const char *word, struct text_buffer *problem);

/** A virtual server: its quorum, and what each server is to it. @param word  SERVICE as in control/target.h */
json_t *explain_service(const json_t *status, const char *word, struct text_buffer *problem);

#endif
