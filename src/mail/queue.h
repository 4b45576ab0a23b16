/* SPDX-License-Identifier: Apache-2.0
 *
 * Events that wait to be mailed: gathered for a moment, so that what belongs together is one mail;
 * told ever more seldom while they go on; kept while no server takes them. Pure: times are arguments.
 */
#ifndef HOLDFAST_MAIL_QUEUE_H
#define HOLDFAST_MAIL_QUEUE_H

#include "mail/message.h"

#include <stddef.h>
#include <stdint.h>

enum {
    QUEUE_EVENTS = 400,    /* kept at most; the oldest makes room */
    QUEUE_TEXT_SIZE = 512, /* bytes of a text with its NUL; what is longer is cut */
};

/* Each with its own copies of the texts. */
struct queue;

/** An empty one. The caller frees it with queue_free(). */
struct queue *queue_new(void);

/** NULL is allowed. */
void queue_free(struct queue *queue);

/** Puts an event behind the others. @param now  clock_now() */
void queue_add(struct queue *queue, const struct message_event *event, int64_t now);

/** When the next mail is to be sent; CLOCK_NEVER while nothing waits, or one is under way. */
int64_t queue_due(const struct queue *queue);

/** How many wait, those under way too. */
size_t queue_count(const struct queue *queue);

/**
 * Begins to send all that waits.
 * @param lost  set to how many could not be told since the last mail that arrived
 * @return them, oldest first: valid until the next call; queue_count() says how many
 */
const struct message_event *queue_begin(struct queue *queue, uint64_t *lost);

/** What was begun has arrived. */
void queue_sent(struct queue *queue, int64_t now);

/** It has not: it waits for the next try. */
void queue_failed(struct queue *queue, int64_t now);

/** No server will ever take what was begun: it is lost, and does not keep the others from being told. */
void queue_refused(struct queue *queue, int64_t now);

/** How many were lost in all. */
uint64_t queue_lost(const struct queue *queue);

/** Sends what waits at once: another server, or the last chance. */
void queue_hurry(struct queue *queue, int64_t now);

#endif
