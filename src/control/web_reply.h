/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers of the web server: headers that every one has, and texts that many requests share. For
 * web*.c only.
 */
#ifndef HOLDFAST_CONTROL_WEB_REPLY_H
#define HOLDFAST_CONTROL_WEB_REPLY_H

#include <stddef.h>

struct evbuffer;
struct evhttp_request;

enum { WEB_MISDIRECTED = 421 }; /* RFC 9110 15.5.20 */

#define WEB_TYPE_TEXT   "text/plain; charset=utf-8"
#define WEB_TYPE_JSON   "application/json"
#define WEB_TYPE_HTML   "text/html; charset=utf-8"
#define WEB_TYPE_EVENTS "text/event-stream" /* WHATWG HTML, 9.2 */

struct web_texts;

/* A text that is sent to many and freed when the last one has it. */
struct web_text {
    char *data;
    size_t size;
    unsigned holders;
    struct web_texts *of;
};

/** What counts texts. Its owner frees it with web_texts_free(). */
struct web_texts *web_texts_new(void);

/** The owner needs the number no more; texts may still be on their way. NULL is allowed. */
void web_texts_free(struct web_texts *texts);

/** How many are still there. */
size_t web_texts_count(const struct web_texts *texts);

/** A text with one holder. @param data  from malloc(3), which is taken */
struct web_text *web_text_new(char *data, size_t size, struct web_texts *of);

/** A holder has no need of it any more. NULL is allowed. */
void web_text_release(struct web_text *text);

/** Adds it from an offset on, without copying; the buffer is a holder. */
void web_text_add(struct web_text *text, size_t offset, struct evbuffer *to);

/** Sets the headers that an answer of this type has. */
void web_reply_headers(struct evhttp_request *request, const char *type);

/** Answers, without the body where only its head was asked for. @param body  used up; its memory stays the caller's */
void web_reply_send(struct evhttp_request *request, int code, struct evbuffer *body);

/** Answers with a line for people. */
void web_reply_line(struct evhttp_request *request, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
