/* SPDX-License-Identifier: Apache-2.0
 *
 * Details: what a kind of check asks beyond where and how often, as a row of bytes. Two checks with
 * equal details ask the same. Numbers and texts are written one after the other and read in the same
 * order by the kind that wrote them. Pure.
 */
#ifndef HOLDFAST_CHECK_DETAIL_H
#define HOLDFAST_CHECK_DETAIL_H

#include <stddef.h>
#include <stdint.h>

struct text_buffer;

/** Appends a number. */
void detail_put_number(struct text_buffer *out, int64_t number);

/** Appends a text; NULL is kept apart from "". */
void detail_put_text(struct text_buffer *out, const char *text);

/** Appends bytes. */
void detail_put_bytes(struct text_buffer *out, const void *bytes, size_t size);

/* Where reading goes on. */
struct detail_reader {
    const unsigned char *at;
    const unsigned char *end;
};

/** Reads a number that detail_put_number() wrote. */
int64_t detail_number(struct detail_reader *reader);

/** Reads a text, which stays in the detail's memory; NULL where NULL was written. */
const char *detail_text(struct detail_reader *reader);

/** Reads bytes, which stay in the detail's memory. @param size  set to how many */
const void *detail_bytes(struct detail_reader *reader, size_t *size);

#endif
