/* SPDX-License-Identifier: Apache-2.0
 *
 * The reading of replies. Lines are gathered by their first bytes, which is enough for what is looked
 * at; the body is handed on where it lies.
 */
#include "check/http_reply.h"

#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum http_reply_state {
    REPLY_STATUS_LINE,
    REPLY_HEADER_LINE,
    REPLY_BODY_LENGTH, /* `left` bytes */
    REPLY_BODY_CLOSE,  /* all that comes */
    REPLY_CHUNK_SIZE,
    REPLY_CHUNK_DATA,
    REPLY_CHUNK_END, /* the line end behind a chunk */
    REPLY_TRAILER,
    REPLY_DONE,
};

enum {
    REPLY_BEGIN = 7,     /* "HTTP/1." */
    REPLY_SHOWN = 24,    /* bytes of a line that an error shows */
    REPLY_HEX_MOST = 15, /* digits of a chunk's size: below 2^60 */
};

void http_reply_begin(struct http_reply *reply)
{
    /* Not the texts: they are set before they are read. */
    memset(reply, 0, offsetof(struct http_reply, line));
    reply->error[0] = '\0';
}

static enum http_reply_event reply_bad(struct http_reply *reply, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum http_reply_event reply_bad(struct http_reply *reply, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reply->error, sizeof(reply->error), format, arguments);
    va_end(arguments);
    return HTTP_REPLY_BAD;
}

/* The beginning of a line for people: what is not printable is a '?'. */
static const char *reply_show(const struct http_reply *reply, char shown[REPLY_SHOWN + 1])
{
    size_t length = reply->line_length < REPLY_SHOWN ? reply->line_length : REPLY_SHOWN;

    for (size_t i = 0; i < length; i++) {
        char byte = reply->line[i];

        shown[i] = '?';
        if (byte >= ' ' && byte < 0x7f) {
            shown[i] = byte;
        }
    }
    shown[length] = '\0';
    return shown;
}

/* RFC 9112 4: HTTP/1.x, a blank, three digits, and a blank before any reason. */
static bool reply_read_status(struct http_reply *reply)
{
    const char *line = reply->line;

    if (reply->line_length < 12 || strncmp(line, "HTTP/1.", 7) != 0 ||
        !isdigit((unsigned char)line[7]) || line[8] != ' ') {
        return false;
    }
    for (size_t i = 9; i < 12; i++) {
        if (!isdigit((unsigned char)line[i])) {
            return false;
        }
    }
    if (reply->line_length > 12 && line[12] != ' ') {
        return false;
    }
    reply->minor = (uint16_t)(line[7] - '0');
    reply->status = (uint16_t)((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
    return reply->status >= 100;
}

/* The value of a header line with this name (its colon included), without blanks around it; NULL: another. */
static const char *reply_value(struct http_reply *reply, const char *name)
{
    size_t length = strlen(name);
    size_t end = reply->line_length;

    if (end < length || strncasecmp(reply->line, name, length) != 0) {
        return NULL;
    }
    while (end > length && (reply->line[end - 1] == ' ' || reply->line[end - 1] == '\t')) {
        end--;
    }
    reply->line[end] = '\0'; /* a line is kept shorter than its place */
    return reply->line + length + strspn(reply->line + length, " \t");
}

/* Whether the last coding of a Transfer-Encoding is "chunked": RFC 9112 6.1. */
static bool reply_ends_chunked(const char *value)
{
    size_t length = strlen(value);
    size_t word = strlen("chunked");

    return length >= word && strcasecmp(value + length - word, "chunked") == 0 &&
           (length == word || strchr(", \t", value[length - word - 1]));
}

static enum http_reply_event reply_header_line(struct http_reply *reply)
{
    const char *length = reply_value(reply, "Content-Length:");
    const char *coding = reply_value(reply, "Transfer-Encoding:");
    uint64_t value;

    if (coding && reply->minor > 0) { /* HTTP/1.0 has no codings: RFC 9112 6.1 */
        reply->chunked = reply_ends_chunked(coding);
    }
    if (length) {
        if (!text_parse_unsigned(length, INT64_MAX, &value)) {
            return reply_bad(reply, "Content-Length is \"%.24s\", which is no number", length);
        }
        if (reply->has_length && reply->left != value) {
            return reply_bad(reply, "Content-Length is %" PRIu64 " and %" PRIu64, reply->left,
                             value);
        }
        reply->has_length = true;
        reply->left = value;
    }
    return HTTP_REPLY_MORE;
}

/* What follows the header: RFC 9112 6.3. */
static enum http_reply_event reply_header_end(struct http_reply *reply)
{
    if (reply->status < 200 && reply->status != 101) { /* another header follows: RFC 9110 15.2 */
        reply->state = REPLY_STATUS_LINE;
        reply->chunked = reply->has_length = false;
        reply->left = 0;
        return HTTP_REPLY_MORE;
    }
    if (reply->status == 204 || reply->status == 304) {
        reply->state = REPLY_DONE;
    } else if (reply->chunked) {
        reply->state = REPLY_CHUNK_SIZE;
        reply->left = 0;
    } else if (reply->has_length) {
        reply->state = reply->left ? REPLY_BODY_LENGTH : REPLY_DONE;
    } else {
        reply->state = REPLY_BODY_CLOSE;
    }
    return HTTP_REPLY_HEADER;
}

static enum http_reply_event reply_chunk_size(struct http_reply *reply)
{
    size_t digits = 0;
    char shown[REPLY_SHOWN + 1];

    reply->left = 0;
    while (digits < reply->line_length && isxdigit((unsigned char)reply->line[digits]) &&
           digits <= REPLY_HEX_MOST) {
        char c = reply->line[digits++];

        reply->left = reply->left * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    if (!digits || digits > REPLY_HEX_MOST ||
        (digits < reply->line_length && !strchr("; \t", reply->line[digits]))) {
        return reply_bad(reply, "a chunk's size is \"%s\"", reply_show(reply, shown));
    }
    reply->state = reply->left ? REPLY_CHUNK_DATA : REPLY_TRAILER;
    return HTTP_REPLY_MORE;
}

/* A whole line. */
static enum http_reply_event reply_line(struct http_reply *reply)
{
    char shown[REPLY_SHOWN + 1];

    switch (reply->state) {
    case REPLY_STATUS_LINE:
        if (!reply_read_status(reply)) {
            return reply_bad(reply, "not HTTP/1: it begins with \"%s\"", reply_show(reply, shown));
        }
        reply->state = REPLY_HEADER_LINE;
        return HTTP_REPLY_MORE;
    case REPLY_HEADER_LINE:
        return reply->line_length ? reply_header_line(reply) : reply_header_end(reply);
    case REPLY_CHUNK_SIZE:
        return reply_chunk_size(reply);
    case REPLY_CHUNK_END:
        reply->state = REPLY_CHUNK_SIZE;
        return reply->line_length ? reply_bad(reply, "a chunk is longer than its size")
                                  : HTTP_REPLY_MORE;
    default: /* REPLY_TRAILER */
        reply->state = reply->line_length ? REPLY_TRAILER : REPLY_DONE;
        return reply->state == REPLY_DONE ? HTTP_REPLY_END : HTTP_REPLY_MORE;
    }
}

/* What is no HTTP is told by its first bytes, since its first line may never end. */
static bool reply_is_foreign(const struct http_reply *reply)
{
    static const char begin[] = "HTTP/1.";

    return reply->state == REPLY_STATUS_LINE && reply->line_length >= REPLY_BEGIN &&
           memcmp(reply->line, begin, REPLY_BEGIN) != 0;
}

/* Bytes of a line: up to its end, or all. RFC 9112 2.2: a bare LF ends a line, too. */
static enum http_reply_event reply_feed_line(struct http_reply *reply, const char *data,
                                             size_t size, struct http_reply_piece *piece)
{
    const char *end = memchr(data, '\n', size);
    size_t taken = end ? (size_t)(end - data) : size;
    size_t room = HTTP_REPLY_LINE_KEPT - 1 - (size_t)reply->line_length;
    size_t kept = taken < room ? taken : room;
    enum http_reply_event event;
    char shown[REPLY_SHOWN + 1];

    memcpy(reply->line + reply->line_length, data, kept);
    reply->line_length = (uint16_t)(reply->line_length + kept);
    piece->used = taken + (end != NULL);
    if (piece->used > HTTP_REPLY_HEADER_MOST - reply->header_size) {
        return reply_bad(reply, "its header is longer than %d bytes", HTTP_REPLY_HEADER_MOST);
    }
    reply->header_size += (uint32_t)piece->used;
    if (reply_is_foreign(reply)) {
        reply->line_length = REPLY_BEGIN; /* however much came with it */
        return reply_bad(reply, "not HTTP/1: it begins with \"%s\"", reply_show(reply, shown));
    }
    if (!end) {
        return HTTP_REPLY_MORE;
    }
    if (reply->line_length && reply->line[reply->line_length - 1] == '\r') {
        reply->line_length--;
    }
    event = reply_line(reply);
    reply->line_length = 0;
    return event;
}

/* Bytes of the body, or of a chunk. */
static enum http_reply_event reply_feed_body(struct http_reply *reply, const char *data,
                                             size_t size, struct http_reply_piece *piece)
{
    bool counted = reply->state != REPLY_BODY_CLOSE;

    piece->body = data;
    piece->body_size = counted && size > reply->left ? (size_t)reply->left : size;
    piece->used = piece->body_size;
    reply->body_size += piece->body_size;
    if (counted) {
        reply->left -= piece->body_size;
    }
    if (counted && !reply->left) {
        reply->state = reply->state == REPLY_CHUNK_DATA ? REPLY_CHUNK_END : REPLY_DONE;
        reply->header_size = 0; /* lines of chunks are bounded one by one */
    }
    return HTTP_REPLY_BODY;
}

enum http_reply_event http_reply_feed(struct http_reply *reply, const char *data, size_t size,
                                      struct http_reply_piece *piece)
{
    size_t used = 0;

    *piece = (struct http_reply_piece){0};
    while (reply->state != REPLY_DONE && used < size) {
        struct http_reply_piece part = {0};
        enum http_reply_event event;

        if (reply->state == REPLY_BODY_LENGTH || reply->state == REPLY_BODY_CLOSE ||
            reply->state == REPLY_CHUNK_DATA) {
            event = reply_feed_body(reply, data + used, size - used, &part);
        } else {
            event = reply_feed_line(reply, data + used, size - used, &part);
        }
        used += part.used;
        if (event != HTTP_REPLY_MORE) {
            piece->body = part.body;
            piece->body_size = part.body_size;
            piece->used = used;
            return event;
        }
    }
    piece->used = used;
    return reply->state == REPLY_DONE ? HTTP_REPLY_END : HTTP_REPLY_MORE;
}

enum http_reply_event http_reply_close(struct http_reply *reply)
{
    switch (reply->state) {
    case REPLY_STATUS_LINE:
        return reply_bad(reply, reply->header_size ? "it was closed in its status line"
                                                   : "it was closed without a reply");
    case REPLY_HEADER_LINE:
        return reply_bad(reply, "it was closed in the header");
    case REPLY_BODY_LENGTH:
        return reply_bad(reply, "its body ends after %" PRIu64 " of %" PRIu64 " bytes",
                         reply->body_size, reply->body_size + reply->left);
    case REPLY_BODY_CLOSE:
        reply->state = REPLY_DONE;
        return HTTP_REPLY_END;
    case REPLY_DONE:
        return HTTP_REPLY_END;
    default:
        return reply_bad(reply, "its chunked body has no end");
    }
}
