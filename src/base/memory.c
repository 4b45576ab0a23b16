/* SPDX-License-Identifier: Apache-2.0
 *
 * Heap memory that is there or ends the process.
 */
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_OUT_OF_MEMORY = 204 };

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
