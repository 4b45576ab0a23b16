/* SPDX-License-Identifier: Apache-2.0
 *
 * Text: numbers read strictly, the nearest of several words, a string that grows.
 */
#ifndef HOLDFAST_BASE_TEXT_H
#define HOLDFAST_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Reads a decimal number that fills the whole text (no sign, no blank, no unit).
 * @param text   what to read
 * @param max    the largest number allowed
 * @param value  set only on success
 * @return false where it is no number or exceeds `max`
 */
bool text_parse_unsigned(const char *text, uint64_t max, uint64_t *value);

/** A number as C writes it: decimal, 0x... or 0...; with blanks around it. @return false for anything else */
bool text_parse_any_base(const char *text, int64_t *value);

/** Like text_parse_unsigned(), with an optional '-' or '+' and a range. */
bool text_parse_signed(const char *text, int64_t min, int64_t max, int64_t *value);

/**
 * Reads a decimal fraction, such as "1", "0.25" or ".5", as a whole number of its smallest unit:
 * with 9 places "0.25" is 250000000. More digits than `places` are refused unless they are zeros.
 * @param text    what to read, wholly
 * @param places  digits kept behind the point, 0..9
 * @param value   set only on success
 * @return false where it is no such number or does not fit 63 bits
 */
bool text_parse_fraction(const char *text, unsigned places, uint64_t *value);

/**
 * How many single-character edits (insert, delete, replace, swap neighbours) turn one word into the
 * other; words longer than 63 bytes compare by their first 63.
 */
unsigned text_distance(const char *a, const char *b);

/**
 * Whether a word is close enough to another for "did you mean": at most a third of its letters
 * differ.
 */
bool text_is_near(const char *word, const char *candidate, unsigned distance);

/* A string that grows; all zero is an empty one. `data` is NULL or ends with a NUL. */
struct text_buffer {
    char *data;
    size_t length;
    size_t capacity;
};

/** Appends `length` bytes. */
void text_append_n(struct text_buffer *buffer, const char *text, size_t length);

/** Appends a string. */
void text_append(struct text_buffer *buffer, const char *text);

/** Appends as printf(3) writes. */
void text_appendf(struct text_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Like text_appendf(), for callers with their own variable arguments. */
void text_append_v(struct text_buffer *buffer, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/** Frees the buffer's memory and makes it empty. */
void text_release(struct text_buffer *buffer);

/**
 * Copies a string into a fixed place, cut where it does not fit, always with a NUL at its end.
 * @return whether the whole of it fitted
 */
bool text_copy(char *to, size_t size, const char *from);

/** What a noun ends with behind a number: "" for 1, else "s". */
const char *text_plural(uint64_t number);

#endif
