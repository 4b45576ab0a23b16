/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines that tell keepalived's FIFOs of virtual and real servers (keepalived-reference.md 3.4).
 * Pure.
 */
#ifndef HOLDFAST_CHECK_EVENT_LINE_H
#define HOLDFAST_CHECK_EVENT_LINE_H

#include "check/checker.h"

struct text_buffer;

/** Appends the line of an event, without its newline: "VS [192.0.2.1]:tcp:80 UP". */
void event_line_write(const struct checker_event *event, struct text_buffer *out);

#endif
