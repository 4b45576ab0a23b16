/* SPDX-License-Identifier: Apache-2.0
 *
 * An answer that is made of the status document, and that a crowd of clients shares: one is made at a
 * time, and none more often than its making allows. For web*.c only.
 */
#ifndef HOLDFAST_CONTROL_WEB_ANSWER_H
#define HOLDFAST_CONTROL_WEB_ANSWER_H

#include "control/snapshot.h"

#include <stddef.h>

struct evhttp_request;
struct web_answer;
struct web_client;

/* How an answer is made. */
struct web_answer_kind {
    const char *type; /* Content-Type */

    /** Asks for the text, as snapshot_ask() does. */
    void (*ask)(struct snapshot *snapshot, snapshot_done done, void *argument);
    size_t code_size; /* so many bytes of the text are its status code: 3, or 0 where it is 200 */
};

/** An answer that nobody has asked for. @param kind  must outlive it */
struct web_answer *web_answer_new(struct snapshot *snapshot, const struct web_answer_kind *kind);

/** Frees it, after the snapshot and before the connections. NULL is allowed. */
void web_answer_free(struct web_answer *answer);

/** Answers a request, at once or later. */
void web_answer_give(struct web_answer *answer, struct evhttp_request *request,
                     struct web_client *client);

#endif
