/* SPDX-License-Identifier: Apache-2.0
 *
 * An arena: memory for things that live and die together, such as one loaded configuration.
 * Allocation moves a pointer; nothing is freed alone; arena_free() frees everything at once.
 */
#ifndef HOLDFAST_BASE_ARENA_H
#define HOLDFAST_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/** An empty arena. The caller frees it with arena_free(). */
struct arena *arena_new(void) __attribute__((returns_nonnull));

/** Frees the arena and all that was allocated from it. NULL is allowed. */
void arena_free(struct arena *arena);

/** Zeroed memory of `size` bytes, aligned for any object, valid until arena_free(). Never NULL. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));

/** A copy of `size` bytes at `data`. */
void *arena_copy(struct arena *arena, const void *data, size_t size)
    __attribute__((returns_nonnull));

/** A copy of a string. */
char *arena_text(struct arena *arena, const char *text) __attribute__((returns_nonnull));

/** A copy of the first `length` bytes at `text`, with a NUL behind them. */
char *arena_text_n(struct arena *arena, const char *text, size_t length)
    __attribute__((returns_nonnull));

/** A string made as by printf(3). */
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((returns_nonnull, format(printf, 2, 3)));

/** Like arena_format(), for callers with their own variable arguments. */
char *arena_vformat(struct arena *arena, const char *format, va_list arguments)
    __attribute__((returns_nonnull, format(printf, 2, 0)));

/** Bytes that the arena holds from the heap, its own bookkeeping included. */
size_t arena_size(const struct arena *arena);

#endif
