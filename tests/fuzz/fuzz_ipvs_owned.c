/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of owned services, whatever is in the file: what is taken is the same after it is written
 * and read again.
 */
#include "ipvs/owned.h"
#include "ipvs/table.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_line(const struct owned_line *line)
{
    struct text_buffer text = {0};
    struct owned_line again;
    const char *rest;

    if (line->kind == OWNED_DRAIN) {
        owned_append_drain(&text, &line->drain, line->until);
    } else {
        owned_append(&text, &line->service);
    }
    rest = text.data;
    if (!owned_next(&rest, &again) || *rest || again.kind != line->kind ||
        again.until != line->until ||
        memcmp(&line->service, &again.service, sizeof(again.service)) != 0 ||
        memcmp(&line->drain.server, &again.drain.server, sizeof(again.drain.server)) != 0 ||
        line->drain.forward != again.drain.forward ||
        !inet_equal(&line->drain.local.first, &again.drain.local.first) ||
        !inet_equal(&line->drain.local.last, &again.drain.local.last)) {
        abort();
    }
    text_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    const char *rest = text;
    struct owned_line line;

    memcpy(text, data, size);
    text[size] = '\0';
    while (owned_next(&rest, &line)) {
        if (line.kind != OWNED_BAD) {
            fuzz_line(&line);
        }
    }
    free(text);
    return 0;
}
