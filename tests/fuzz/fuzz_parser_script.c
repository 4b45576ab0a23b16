/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands: any string splits into arguments or is refused with a reason; no argument is lost.
 */
#include "base/arena.h"
#include "base/memory.h"
#include "parser/script.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    char *command = memory_new(size + 1, 1);
    enum script_error error;
    const char *const *argv;
    size_t total = 0;

    if (size) {
        memcpy(command, data, size);
    }
    argv = script_split(arena, command, &error);
    if ((argv == NULL) != (error != SCRIPT_GOOD) || !*script_error_text(error)) {
        abort();
    }
    for (size_t i = 0; argv && argv[i]; i++) {
        total += strlen(argv[i]);
    }
    /* "</path" gets a shell; nothing else grows. */
    if (argv && (!total || total > strlen(command) + strlen("/bin/sh-c"))) {
        abort();
    }
    free(command);
    arena_free(arena);
    return 0;
}
