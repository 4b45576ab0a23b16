/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what a raw ICMP socket gets, and what errors quote. The first bytes are the family and
 * the secret of the requests.
 */
#include "check/echo.h"

#include <netinet/in.h>
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
    unsigned char request[ECHO_SIZE];
    uint64_t secret;
    uint8_t family;
    uint32_t number;
    uint8_t *packet;

    if (size < 1 + sizeof(secret)) {
        return 0;
    }
    family = data[0] & 1 ? AF_INET6 : AF_INET;
    memcpy(&secret, data + 1, sizeof(secret));
    size -= 1 + sizeof(secret);
    packet = malloc(size ? size : 1); /* so that the sanitizer sees where it ends */
    memcpy(packet, data + 1 + sizeof(secret), size);
    if (echo_read_reply(packet, size, family, secret, &number)) {
        echo_write(request, family, secret, number);
        fuzz_require(memcmp(request + 4, packet + size - ECHO_SIZE + 4, ECHO_SIZE - 4) == 0);
    }
    if (echo_read_quoted(packet, size, family, secret, &number)) {
        echo_write(request, family, secret, number);
        fuzz_require(memcmp(request + 4, packet + 4, ECHO_HEADER_SIZE - 4) == 0);
    }
    free(packet);
    return 0;
}
