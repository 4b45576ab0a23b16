/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of connections, whatever is in them: what is taken is text that can be shown.
 */
#include "ipvs/connection.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_shown(const char *text)
{
    for (; *text; text++) {
        if (!isgraph((unsigned char)*text)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct connection connection;
    char *line = malloc(size + 1);

    memcpy(line, data, size);
    if (connection_parse(line, size, &connection)) {
        fuzz_shown(connection.protocol);
        fuzz_shown(connection.state);
        fuzz_shown(connection.engine);
        fuzz_shown(connection.data);
        if (!inet_is_set(&connection.client.addr) || !inet_is_set(&connection.virtual.addr) ||
            !inet_is_set(&connection.server.addr)) {
            abort();
        }
    }
    free(line);
    return 0;
}
