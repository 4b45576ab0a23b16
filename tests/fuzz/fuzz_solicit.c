/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what leaves an interface while holdfast-arpcheck listens. What is read as an answer has
 * the address and the hardware address in its bytes.
 */
#include "net/solicit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct solicit_answer answer;
    uint8_t *frame = malloc(size ? size : 1); /* so that the sanitizer sees where it ends */

    memcpy(frame, data, size);
    if (solicit_read(frame, size, &answer)) {
        size_t length = inet_family_size(answer.about.family);

        fuzz_require(length != 0);
        fuzz_require(memmem(frame, size, answer.about.bytes, length) != NULL);
        fuzz_require(memmem(frame, size, answer.mac, SOLICIT_MAC_SIZE) != NULL);
        fuzz_require(memcmp(frame, answer.to, SOLICIT_MAC_SIZE) == 0);
    }
    free(frame);
    return 0;
}
