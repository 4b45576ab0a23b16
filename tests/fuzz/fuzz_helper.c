/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what the daemon and its helper write to each other. What is taken for a message is
 * written again to the same bytes.
 */
#include "base/helper_codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct helper_words words;
    struct helper_start start = {0};
    struct text_buffer again = {0};
    struct helper_message message = helper_decode((const char *)data, size, &start, &words);

    if (message.kind == HELPER_NOTHING) {
        return 0;
    }
    if (message.kind != HELPER_START) {
        helper_encode(&message, &again);
    } else if (!start.argv[0] || !helper_encode_start(message.id, &start, &again)) {
        abort();
    }
    /* The head of a HELPER_START carries neither error nor value, and all have four unused bytes. */
    if (again.length != size || memcmp(again.data, data, 8) != 0 ||
        memcmp(again.data + 24, data + 24, size - 24) != 0) {
        abort();
    }
    text_release(&again);
    return 0;
}
