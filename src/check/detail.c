/* SPDX-License-Identifier: Apache-2.0
 *
 * Details of checks. They never leave the process: what is read is what was written, so that a
 * difference is a mistake of ours and ends the program.
 */
#include "check/detail.h"

#include "base/text.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* Before a text: whether there is one. */
enum { DETAIL_NO_TEXT, DETAIL_TEXT };

void detail_put_number(struct text_buffer *out, int64_t number)
{
    text_append_n(out, (const char *)&number, sizeof(number));
}

void detail_put_text(struct text_buffer *out, const char *text)
{
    const char mark = text ? DETAIL_TEXT : DETAIL_NO_TEXT;

    text_append_n(out, &mark, 1);
    if (text) {
        text_append_n(out, text, strlen(text) + 1);
    }
}

void detail_put_bytes(struct text_buffer *out, const void *bytes, size_t size)
{
    detail_put_number(out, (int64_t)size);
    if (size) {
        text_append_n(out, bytes, size);
    }
}

static const unsigned char *detail_take(struct detail_reader *reader, size_t size)
{
    const unsigned char *taken = reader->at;

    assert((size_t)(reader->end - reader->at) >= size);
    reader->at += size;
    return taken;
}

int64_t detail_number(struct detail_reader *reader)
{
    int64_t number;

    memcpy(&number, detail_take(reader, sizeof(number)), sizeof(number));
    return number;
}

const char *detail_text(struct detail_reader *reader)
{
    const char *text;

    if (*detail_take(reader, 1) == DETAIL_NO_TEXT) {
        return NULL;
    }
    text = (const char *)reader->at;
    (void)detail_take(reader, strnlen(text, (size_t)(reader->end - reader->at)) + 1);
    return text;
}

const void *detail_bytes(struct detail_reader *reader, size_t *size)
{
    *size = (size_t)detail_number(reader);
    return detail_take(reader, *size);
}
