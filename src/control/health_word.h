/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a director is well, in a word: for /healthz. Pure.
 */
#ifndef HOLDFAST_CONTROL_HEALTH_WORD_H
#define HOLDFAST_CONTROL_HEALTH_WORD_H

#include <jansson.h>
#include <stdbool.h>

struct text_buffer;

/**
 * Whether it does its work: no instance is in FAULT. A server that is down is what a director is there for.
 * @param status  doc/status.md
 * @param why     gets what is wrong, for people; nothing where all is well
 */
bool health_word_of(const json_t *status, struct text_buffer *why);

#endif
