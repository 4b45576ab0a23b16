/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reload would do, for people and programs. Pure: a difference and a status in, JSON or text
 * out.
 */
#ifndef HOLDFAST_PLAN_H
#define HOLDFAST_PLAN_H

#include <jansson.h>

struct diff;
struct text_buffer;

/**
 * Makes the document that holdfastctl(1) describes under plan.
 * @param file    that would be loaded
 * @param status  the daemon's (doc/status.md), for the live connections; NULL: not known
 * @return a new object
 */
json_t *plan_document(const char *file, const struct diff *diff, const json_t *status);

/** The same of a reload that has happened: what it changed. */
void plan_write_done(const json_t *document, struct text_buffer *out);

/** Writes the document for people. */
void plan_write(const json_t *document, struct text_buffer *out);

#endif
