/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what an agent says, line after line. What people are shown is printable and short,
 * a weight stays in its range, and a line that is taken twice means the same twice.
 */
#include "check/agent_reply.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void fuzz_text(const char *text, size_t size)
{
    fuzz_require(memchr(text, '\0', size) != NULL);
    for (; *text; text++) {
        fuzz_require(*text >= ' ' && *text <= '~');
    }
}

static void fuzz_line(struct agent_status *status, const char *line, size_t length)
{
    const struct agent_reply reply = agent_reply_read(line, length);
    const struct verdict first = agent_status_take(status, &reply);
    const struct verdict again = agent_status_take(status, &reply);

    fuzz_text(first.text, sizeof(first.text));
    fuzz_text(reply.reason, sizeof(reply.reason));
    fuzz_text(reply.unknown, sizeof(reply.unknown));
    fuzz_require(status->percent >= 0 && status->percent <= AGENT_PERCENT_MOST);
    fuzz_require((first.class == VERDICT_PROTOCOL) == (reply.unknown[0] != '\0'));
    fuzz_require(first.class == again.class && first.change.kind == again.change.kind &&
                 first.change.value == again.change.value && strcmp(first.text, again.text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct agent_status status = {.percent = 100};
    const char *at = (const char *)data;
    const char *end = at + size;

    while (at < end) {
        int length = agent_line_length(at, (size_t)(end - at));

        if (length < 0) {
            break;
        }
        fuzz_require(length < end - at && memchr(at, '\n', (size_t)length) == NULL);
        fuzz_line(&status, at, (size_t)length);
        at += length + 1;
    }
    return 0;
}
