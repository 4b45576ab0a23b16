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

static void fuzz_key(const struct conf_service_key *key)
{
    struct text_buffer line = {0};
    struct conf_service_key again;
    const char *rest;
    bool good = false;

    owned_append(&line, key);
    rest = line.data;
    if (!owned_next(&rest, &again, &good) || !good || *rest ||
        memcmp(key, &again, sizeof(again)) != 0) {
        abort();
    }
    text_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    const char *rest = text;
    struct conf_service_key key;
    bool good;

    memcpy(text, data, size);
    text[size] = '\0';
    while (owned_next(&rest, &key, &good)) {
        if (good) {
            fuzz_key(&key);
        }
    }
    free(text);
    return 0;
}
