/* SPDX-License-Identifier: Apache-2.0
 *
 * An arena: blocks from the heap in a list, filled from the front. Strings need no alignment, so
 * they are packed from the block's end towards its objects; that keeps a table of 40,000 servers
 * free of padding.
 */
#include "base/arena.h"

#include "base/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_FIRST_BLOCK = 4096,
    ARENA_LARGEST_BLOCK = 1024 * 1024,
};

struct arena_block {
    struct arena_block *next;
    size_t size;  /* of `data` */
    size_t front; /* objects fill data[0 .. front) */
    size_t back;  /* strings fill data[back .. size) */
    alignas(max_align_t) unsigned char data[];
};

struct arena {
    struct arena_block *blocks; /* the newest first; allocations come from it */
    size_t next_size;
    size_t held;
};

struct arena *arena_new(void)
{
    struct arena *arena = memory_new(1, sizeof(*arena));

    arena->next_size = ARENA_FIRST_BLOCK;
    arena->held = sizeof(*arena);
    return arena;
}

void arena_free(struct arena *arena)
{
    if (!arena) {
        return;
    }
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;

        arena->blocks = block->next;
        free(block);
    }
    free(arena);
}

/* Makes sure that the newest block has `size` bytes free, alignment included. */
static struct arena_block *arena_reserve(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->blocks;
    size_t wanted;

    if (size > SIZE_MAX / 2) {
        memory_exhausted(size);
    }
    if (block && block->back - block->front >= size) {
        return block;
    }
    wanted = size > arena->next_size ? size : arena->next_size;
    block = memory_resize(NULL, 1,
                          sizeof(*block) + wanted); /* what is allocated of it is zeroed then */
    block->size = wanted;
    block->front = 0;
    block->back = wanted;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->held += sizeof(*block) + wanted;
    if (arena->next_size < ARENA_LARGEST_BLOCK) {
        arena->next_size *= 2;
    }
    return block;
}

static void *arena_take(struct arena *arena, size_t size)
{
    const size_t mask = alignof(max_align_t) / 2 - 1; /* 8: nothing here needs 16 */
    size_t rounded = (size + mask) & ~mask;
    struct arena_block *block = arena_reserve(arena, rounded < size ? size : rounded);
    void *memory = block->data + block->front;

    block->front += rounded;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(arena_take(arena, size), 0, size);
}

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
    void *copy = arena_take(arena, size);

    if (size) {
        memcpy(copy, data, size);
    }
    return copy;
}

char *arena_text_n(struct arena *arena, const char *text, size_t length)
{
    struct arena_block *block = arena_reserve(arena, length + 1);
    char *copy;

    block->back -= length + 1;
    copy = (char *)block->data + block->back;
    if (length) {
        memcpy(copy, text, length);
    }
    copy[length] = '\0';
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return arena_text_n(arena, text, strlen(text));
}

char *arena_vformat(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    int length;
    struct arena_block *block;
    char *text;

    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        return arena_text(arena, "");
    }
    block = arena_reserve(arena, (size_t)length + 1);
    block->back -= (size_t)length + 1;
    text = (char *)block->data + block->back;
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = arena_vformat(arena, format, arguments);
    va_end(arguments);
    return text;
}

size_t arena_size(const struct arena *arena)
{
    return arena->held;
}
