/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines that tell keepalived's FIFOs of virtual and real servers (keepalived-reference.md 3.4), and
 * the subjects of mails about them (3.5).
 * Pure.
 */
#ifndef HOLDFAST_CHECK_EVENT_LINE_H
#define HOLDFAST_CHECK_EVENT_LINE_H

#include "check/checker.h"

struct text_buffer;

/**
 * Appends the line of an event, without its newline: "VS [192.0.2.1]:tcp:80 UP". A service that fails open
 * has words that keepalived does not know: FAIL_OPEN, FAIL_OPEN_ENDED.
 */
void event_line_write(const struct checker_event *event, struct text_buffer *out);

/** Appends the subject of its mail (3.5): "Realserver [10.0.0.7]:tcp:80 of virtual server ... - UP". */
void event_line_write_subject(const struct checker_event *event, struct text_buffer *out);

#endif
