/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of the web server.
 */
#include "control/web_reply.h"

#include "base/memory.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WEB_LINE_SIZE = 512 };

/* ---- Texts that are shared --------------------------------------------------------------------- */

/* libevent frees a connection's buffers, and what they hold, in a later turn of the loop. */
struct web_texts {
    size_t count;
    bool orphaned; /* the owner has gone: the last text takes this with it */
};

struct web_texts *web_texts_new(void)
{
    return memory_new(1, sizeof(struct web_texts));
}

void web_texts_free(struct web_texts *texts)
{
    if (texts && texts->count) {
        texts->orphaned = true;
    } else {
        free(texts);
    }
}

size_t web_texts_count(const struct web_texts *texts)
{
    return texts->count;
}

struct web_text *web_text_new(char *data, size_t size, struct web_texts *of)
{
    struct web_text *text = memory_new(1, sizeof(*text));

    *text = (struct web_text){.data = data, .size = size, .holders = 1, .of = of};
    of->count++;
    return text;
}

void web_text_release(struct web_text *text)
{
    struct web_texts *of;

    if (text && --text->holders == 0) {
        of = text->of;
        free(text->data);
        free(text);
        if (--of->count == 0 && of->orphaned) {
            free(of);
        }
    }
}

static void web_text_on_sent(const void *data, size_t size, void *text)
{
    (void)data;
    (void)size;
    web_text_release(text);
}

void web_text_add(struct web_text *text, size_t offset, struct evbuffer *to)
{
    text->holders++;
    if (evbuffer_add_reference(to, text->data + offset, text->size - offset, web_text_on_sent,
                               text) != 0) {
        memory_exhausted(sizeof(*text)); /* it fails for no other reason */
    }
}

/* ---- Answers ----------------------------------------------------------------------------------- */

void web_reply_headers(struct evhttp_request *request, const char *type)
{
    static const struct {
        const char *name;
        const char *value;
    } headers[] = {
        {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
    };
    struct evkeyvalq *output = evhttp_request_get_output_headers(request);

    (void)evhttp_add_header(output, "Content-Type", type);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        (void)evhttp_add_header(output, headers[i].name, headers[i].value);
    }
    if (!evhttp_find_header(output, "Content-Security-Policy")) {
        (void)evhttp_add_header(output, "Content-Security-Policy", "default-src 'none'");
    }
}

void web_reply_send(struct evhttp_request *request, int code, struct evbuffer *body)
{
    size_t length = evbuffer_get_length(body);
    char text[24];

    if (evhttp_request_get_command(request) == EVHTTP_REQ_HEAD) {
        (void)snprintf(text, sizeof(text), "%zu", length);
        (void)evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Length", text);
        (void)evbuffer_drain(body, length);
    }
    /* Only of the codes of RFC 2616 libevent knows the words. */
    evhttp_send_reply(request, code, code == WEB_MISDIRECTED ? "Misdirected Request" : NULL, body);
}

void web_reply_line(struct evhttp_request *request, int code, const char *format, ...)
{
    struct evbuffer *body = evbuffer_new();
    char line[WEB_LINE_SIZE];
    va_list arguments;

    if (!body) {
        memory_exhausted(sizeof(line)); /* it fails for no other reason */
    }
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    (void)evbuffer_add_printf(body, "%s\n", line);
    web_reply_headers(request, WEB_TYPE_TEXT);
    web_reply_send(request, code, body);
    evbuffer_free(body);
}
