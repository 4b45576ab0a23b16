/* SPDX-License-Identifier: Apache-2.0
 *
 * What the notify scripts of one instance or sync group are still to be told.
 */
#include "vrrp/notify_queue.h"

bool notify_queue_push(struct notify_queue *queue, const struct notify_news *news)
{
    if (!queue->busy) {
        queue->busy = true;
        queue->now = *news;
        return true;
    }
    queue->skipped += queue->waiting;
    queue->waiting = true;
    queue->next = *news;
    return false;
}

bool notify_queue_done(struct notify_queue *queue)
{
    queue->busy = queue->waiting;
    if (queue->waiting) {
        queue->now = queue->next;
        queue->waiting = false;
    }
    return queue->busy;
}
