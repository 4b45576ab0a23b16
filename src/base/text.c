/* SPDX-License-Identifier: Apache-2.0
 *
 * Text: numbers read strictly, the nearest of several words, a string that grows.
 */
#include "base/text.h"

#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool text_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool text_parse_unsigned(const char *text, uint64_t max, uint64_t *value)
{
    uint64_t number = 0;

    if (!*text) {
        return false;
    }
    for (; *text; text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (!text_is_digit(*text) || number > (UINT64_MAX - digit) / 10) {
            return false;
        }
        number = number * 10 + digit;
    }
    if (number > max) {
        return false;
    }
    *value = number;
    return true;
}

bool text_parse_signed(const char *text, int64_t min, int64_t max, int64_t *value)
{
    bool negative = *text == '-';
    uint64_t magnitude;
    int64_t number;

    if (!text_parse_unsigned(text + (negative || *text == '+'), INT64_MAX, &magnitude)) {
        return false;
    }
    number = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    if (number < min || number > max) {
        return false;
    }
    *value = number;
    return true;
}

bool text_parse_fraction(const char *text, unsigned places, uint64_t *value)
{
    uint64_t number = 0;
    unsigned digits = 0;
    unsigned behind = 0;
    bool point = false;

    for (; *text; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (!text_is_digit(*text)) {
            return false;
        }
        digits++;
        if (point && behind == places) {
            if (*text != '0') {
                return false;
            }
            continue;
        }
        behind += point;
        if (number > (INT64_MAX - 9) / 10) {
            return false;
        }
        number = number * 10 + (uint64_t)(*text - '0');
    }
    for (; behind < places; behind++) {
        if (number > INT64_MAX / 10) {
            return false;
        }
        number *= 10;
    }
    if (!digits) {
        return false;
    }
    *value = number;
    return true;
}

enum { TEXT_WORD_LIMIT = 63 };

static unsigned text_min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned text_distance(const char *a, const char *b)
{
    /* Three rows of the optimal string alignment table are enough: a swap looks two rows back. */
    unsigned rows[3][TEXT_WORD_LIMIT + 1];
    size_t a_length = strnlen(a, TEXT_WORD_LIMIT);
    size_t b_length = strnlen(b, TEXT_WORD_LIMIT);
    size_t i;
    size_t j;

    for (j = 0; j <= b_length; j++) {
        rows[0][j] = (unsigned)j;
    }
    for (i = 1; i <= a_length; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i - 1) % 3];
        const unsigned *two_above = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (j = 1; j <= b_length; j++) {
            unsigned replace = above[j - 1] + (a[i - 1] != b[j - 1]);

            row[j] = text_min(replace, text_min(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = text_min(row[j], two_above[j - 2] + 1);
            }
        }
    }
    return rows[a_length % 3][b_length];
}

bool text_is_near(const char *word, const char *candidate, unsigned distance)
{
    size_t longer = strlen(word);

    if (strlen(candidate) > longer) {
        longer = strlen(candidate);
    }
    return distance <= (longer + 2) / 3 && distance < longer;
}

static void text_reserve(struct text_buffer *buffer, size_t more)
{
    size_t wanted = buffer->length + more + 1;

    if (wanted > buffer->capacity) {
        buffer->capacity = wanted < 128 ? 128 : wanted * 2;
        buffer->data = memory_resize(buffer->data, buffer->capacity, 1);
    }
}

void text_append_n(struct text_buffer *buffer, const char *text, size_t length)
{
    text_reserve(buffer, length);
    if (length) {
        memcpy(buffer->data + buffer->length, text, length);
    }
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void text_append(struct text_buffer *buffer, const char *text)
{
    text_append_n(buffer, text, strlen(text));
}

void text_append_v(struct text_buffer *buffer, const char *format, va_list arguments)
{
    va_list again;
    int length;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length <= 0) {
        return;
    }
    text_reserve(buffer, (size_t)length);
    (void)vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, arguments);
    buffer->length += (size_t)length;
}

void text_appendf(struct text_buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_append_v(buffer, format, arguments);
    va_end(arguments);
}

void text_release(struct text_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct text_buffer){0};
}

const char *text_plural(uint64_t number)
{
    return number == 1 ? "" : "s";
}

bool text_copy(char *to, size_t size, const char *from)
{
    size_t length = strlen(from);
    bool whole = length < size;

    if (!whole) {
        length = size - 1;
    }
    memcpy(to, from, length);
    to[length] = '\0';
    return whole;
}

bool text_parse_any_base(const char *text, int64_t *value)
{
    long long number;
    char *end;

    errno = 0;
    number = strtoll(text, &end, 0);
    if (end == text || errno) {
        return false;
    }
    end += strspn(end, " \t\r\n");
    *value = number;
    return *end == '\0';
}
