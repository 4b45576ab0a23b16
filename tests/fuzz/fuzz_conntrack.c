/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of connection tracking over netlink, whatever is in them: none is read beyond its end, and
 * reading comes to an end.
 */
#include "ipvs/conntrack.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    const void *left = copy;
    size_t before = size;
    int error;

    memcpy(copy, data, size);
    while (conntrack_decode(&left, &size, &error)) {
        if (size >= before) {
            abort();
        }
        before = size;
    }
    free(copy);
    return 0;
}
