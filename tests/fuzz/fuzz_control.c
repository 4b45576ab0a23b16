/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what clients send to the control socket. Each line of the input is a request.
 */
#include "control/request.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A reply is one line of JSON, whatever the message has in it. */
static void check_reply(json_t *reply)
{
    char *text = json_dumps(reply, JSON_COMPACT);
    json_t *again = text ? json_loads(text, 0, NULL) : NULL;

    if (!again || strchr(text, '\n') || !json_equal(reply, again)) {
        abort();
    }
    json_decref(again);
    json_decref(reply);
    free(text);
}

static void check_line(const char *line, size_t length)
{
    struct request request;
    struct request_error error = {0};

    if (request_parse(line, length, &request, &error)) {
        if (!request.command || (request.arguments && !json_is_object(request.arguments))) {
            abort();
        }
        check_reply(request_failure("unknown-command", request.command));
        check_reply(request_success(json_incref(request.root)));
        request_release(&request);
    } else {
        if (!error.code || strlen(error.message) >= sizeof(error.message)) {
            abort();
        }
        check_reply(request_failure(error.code, error.message));
    }
    if (request.root) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data;
    const char *end = at + size;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;

        check_line(at, (size_t)(stop - at));
        at = stop + 1;
    }
    return 0;
}
