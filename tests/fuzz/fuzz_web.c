/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what comes from outside into the web server beside what libevent reads: paths and hosts;
 * and what the page is sent of any document: a line of JSON each.
 */
#include "base/text.h"
#include "control/web_route.h"
#include "control/web_view.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_route(const char *text)
{
    static const char *const hosts[] = {"lb.example.com"};
    const struct web_names names = {"lb1", hosts, 1};
    enum web_route route = web_route_find(text);

    if (route != WEB_ROUTE_NONE && strcmp(web_route_path(route), text) != 0) {
        abort();
    }
    /* A name that somebody else may own has a dot and letters. */
    if (web_route_allows(&names, text) && strstr(text, "evil.example")) {
        abort();
    }
}

/* Whatever was written is one line of JSON. */
static void fuzz_line(struct text_buffer *text)
{
    json_t *value = json_loads(text->data, 0, NULL);

    if (!value || strchr(text->data, '\n')) {
        abort();
    }
    json_decref(value);
    text_release(text);
}

static void fuzz_view(const json_t *document)
{
    struct web_view *view = web_view_new();
    struct text_buffer text = {0};

    (void)web_view_update(view, document, "lb1", 0, NULL);
    web_view_write(view, NULL, &text);
    fuzz_line(&text);
    if (web_view_update(view, document, "lb1", 0, document)) {
        abort(); /* the same document has the same rows */
    }
    web_view_write_change(view, &text);
    fuzz_line(&text);
    web_view_free(view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    json_t *value = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);

    if (!text) {
        abort();
    }
    memcpy(text, data, size);
    text[size] = '\0';
    fuzz_route(text);
    free(text);
    if (value) {
        fuzz_view(value);
        json_decref(value);
    }
    return 0;
}
