/* SPDX-License-Identifier: Apache-2.0
 *
 * Heap memory that is there or ends the process.
 */
#include "base/memory.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_OUT_OF_MEMORY = 204 };

enum {
    MEMORY_LARGE = 128 * 1024, /* bytes: what glibc begins with, mallopt(3) */
    /* That the heap grows by, and keeps when it shrinks: with glibc's 128 KiB the heap of a thread that
     * has ended would never be given back. */
    MEMORY_STEP = 16 * 1024,
};

void memory_exhausted(size_t bytes)
{
    /* The log may itself need memory, so this goes to standard error alone. */
    (void)fprintf(stderr, "holdfast: out of memory (%zu bytes wanted)\n", bytes);
    exit(EXIT_OUT_OF_MEMORY);
}

void *memory_new(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (!memory) {
        memory_exhausted(count * size);
    }
    return memory;
}

void *memory_resize(void *old, size_t count, size_t size)
{
    void *memory = reallocarray(old, count, size);

    if (!memory) {
        memory_exhausted(count * size);
    }
    return memory;
}

char *memory_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memory_new(size, 1);

    memcpy(copy, text, size);
    return copy;
}

void memory_set_limits(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, MEMORY_LARGE);
    (void)mallopt(M_TRIM_THRESHOLD, MEMORY_LARGE);
    (void)mallopt(M_TOP_PAD, MEMORY_STEP);
}

void memory_return(void)
{
    (void)malloc_trim(0);
}
