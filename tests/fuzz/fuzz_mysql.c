/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what a MySQL server says first, and what it says to our farewell. However it is cut,
 * the first packet means the same; no text has a byte that is not printable.
 */
#include "check/mysql_farewell.h"
#include "check/mysql_greeting.h"

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
    fuzz_require(memchr(text, 0, size) != NULL);
    for (; *text; text++) {
        fuzz_require(*text >= ' ' && *text <= '~');
    }
}

/* In a block of its own size, so that a sanitizer sees what is read behind its end. */
static struct mysql_greeting fuzz_parse(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    struct mysql_greeting greeting;

    if (size) {
        memcpy(copy, data, size);
    }
    greeting = mysql_greeting_parse(copy, size);
    free(copy);
    fuzz_text(greeting.text, sizeof(greeting.text));
    fuzz_text(greeting.plugin, sizeof(greeting.plugin));
    return greeting;
}

static void fuzz_cut(const uint8_t *data, size_t size, const struct mysql_greeting *whole)
{
    for (size_t cut = 0; cut < size && cut < MYSQL_GREETING_SIZE; cut++) {
        struct mysql_greeting part = fuzz_parse(data, cut);

        fuzz_require(part.kind == MYSQL_GREETING_PART || part.kind == whole->kind);
        fuzz_require(part.kind == MYSQL_GREETING_PART || part.error == whole->error);
    }
}

static void fuzz_leave(const struct mysql_greeting *greeting, const uint8_t *data, size_t size)
{
    uint8_t out[MYSQL_FAREWELL_SIZE];
    size_t count = mysql_farewell_begin(greeting, out);
    enum mysql_farewell_step step;

    fuzz_require(count <= sizeof(out) && (count == 0 || out[0] + 4U == count));
    do {
        size_t taken;

        step = mysql_farewell_go(data, size, &taken, out, &count);
        fuzz_require(taken <= size && count <= sizeof(out));
        fuzz_require((step == MYSQL_FAREWELL_SAY) <= (taken > 0));
        data += taken;
        size -= taken;
    } while (step == MYSQL_FAREWELL_SAY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mysql_greeting greeting = fuzz_parse(data, size);

    fuzz_cut(data, size, &greeting);
    if (greeting.kind == MYSQL_GREETING_GOOD) {
        fuzz_leave(&greeting, data + greeting.size, size - greeting.size);
    }
    return 0;
}
