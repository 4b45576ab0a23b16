/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what holdfastctl shows of a reply, whatever daemon it came from: it always shows
 * something, and nothing in the reply reaches the terminal as a control character.
 */
#include "base/text.h"
#include "control/render.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_shown(struct text_buffer *shown, bool colour)
{
    for (size_t i = 0; i < shown->length; i++) {
        unsigned char c = (unsigned char)shown->data[i];

        if (c != '\n' && (c < ' ' || c == 0x7f) && !(colour && c == 0x1b)) {
            abort();
        }
    }
    text_release(shown);
}

static void fuzz_status(const json_t *value, bool colour)
{
    const struct render_options options = {colour, INT64_C(1795421100000000000)};
    struct text_buffer shown = {0};

    render_status(value, &options, &shown);
    if (!shown.length) {
        abort();
    }
    fuzz_shown(&shown, colour);
    render_checks(value, &options, &shown);
    fuzz_shown(&shown, colour);
    render_checked(value, &options, &shown);
    fuzz_shown(&shown, colour);
    render_order(value, &shown);
    fuzz_shown(&shown, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
    struct text_buffer shown = {0};
    struct text_buffer problems = {0};

    if (!value) {
        return 0;
    }
    fuzz_status(value, false);
    fuzz_status(value, true);
    render_reload(value, &shown, &problems);
    fuzz_shown(&shown, false);
    fuzz_shown(&problems, false);
    render_version(value, &shown);
    fuzz_shown(&shown, false);
    json_decref(value);
    return 0;
}
