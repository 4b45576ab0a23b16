/* SPDX-License-Identifier: Apache-2.0
 *
 * A mail that tells of events: RFC 5322, with RFC 2047 and 2045 where a text is not ASCII. Pure.
 */
#ifndef HOLDFAST_MAIL_MESSAGE_H
#define HOLDFAST_MAIL_MESSAGE_H

#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

/* Something that happened. */
struct message_event {
    const char *subject; /* "VRRP Instance VI_1 - Entering MASTER state" */
    const char *reason;  /* why; may be empty */
    int64_t wall;        /* clock_wall() */
};

/* What does not depend on the events. */
struct message_head {
    const char *router; /* stands in brackets before each subject */
    const char *host;   /* for Message-ID */
    const char *from;
    const char *const *to;
    size_t to_count;
    int64_t wall;    /* clock_wall() at which it is written */
    uint64_t number; /* of this mail: no two have the same within a second */
};

/**
 * Writes the mail, as it goes behind DATA: CRLF, dots doubled, the last line a dot (RFC 5321 4.5.2).
 * One event is its subject; of several the first one is, with how many more there are.
 * @param events  one or more, oldest first
 * @param lost    events that are not told any more
 */
void message_write(const struct message_head *head, const struct message_event *events,
                   size_t count, uint64_t lost, struct text_buffer *out);

#endif
