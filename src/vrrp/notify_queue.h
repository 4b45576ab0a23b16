/* SPDX-License-Identifier: Apache-2.0
 *
 * What the notify scripts of one instance or sync group are still to be told: one change at a time, in
 * order; of those that come while one is being told the newest alone is kept. Pure.
 */
#ifndef HOLDFAST_VRRP_NOTIFY_QUEUE_H
#define HOLDFAST_VRRP_NOTIFY_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/* keepalived's words for what is told. */
enum notify_state {
    NOTIFY_MASTER,
    NOTIFY_BACKUP,
    NOTIFY_FAULT,
    NOTIFY_STOP,
    NOTIFY_DELETED,
    NOTIFY_STATES,
};

enum {
    NOTIFY_REASON_SIZE = 256,
    NOTIFY_PEER_SIZE = 46, /* INET_ADDR_TEXT_SIZE */
};

/* A change, with what scripts get to know of it. */
struct notify_news {
    enum notify_state state;
    enum notify_state previous; /* NOTIFY_STATES: none */
    uint8_t priority;           /* effective; 0 for a group */
    char reason[NOTIFY_REASON_SIZE];
    char peer[NOTIFY_PEER_SIZE]; /* the other router concerned; empty: none */
};

struct notify_queue {
    bool busy;    /* `now` is being told */
    bool waiting; /* `next` is to be told afterwards */
    struct notify_news now;
    struct notify_news next;
    uint64_t skipped; /* changes that a newer one made pointless */
};

/** A change happened. @return whether it is to be told at once: it is `now` then */
bool notify_queue_push(struct notify_queue *queue, const struct notify_news *news);

/** `now` has been told. @return whether there is another one: it is `now` then */
bool notify_queue_done(struct notify_queue *queue);

#endif
