/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies of HTTP/1.0 and HTTP/1.1 (RFC 9112), read as they come and however they are cut: the status,
 * where the body begins and ends, and its bytes. Bounded in memory and in what it accepts; nothing is
 * sent again, no redirect is followed, no connection is kept. Pure.
 */
#ifndef HOLDFAST_CHECK_HTTP_REPLY_H
#define HOLDFAST_CHECK_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_REPLY_HEADER_MOST =
        32768,                  /* bytes of all header lines; common servers send at most 8 KiB */
    HTTP_REPLY_LINE_KEPT = 256, /* bytes of a line that are looked at */
    HTTP_REPLY_ERROR_SIZE = 96,
};

enum http_reply_event {
    HTTP_REPLY_MORE,   /* all bytes were used; it goes on */
    HTTP_REPLY_HEADER, /* the header has ended: the status is known */
    HTTP_REPLY_BODY,   /* bytes of the body */
    HTTP_REPLY_END,    /* the reply is complete; what follows is not part of it */
    HTTP_REPLY_BAD,    /* it is not HTTP, or was cut off: `error` says why */
};

/* Of enum http_reply_state. */
struct http_reply {
    uint8_t state;
    bool chunked;
    bool has_length;
    uint16_t status; /* of the final reply */
    uint16_t minor;  /* of HTTP/1 */
    uint16_t line_length;
    uint32_t header_size; /* bytes so far */
    uint64_t left;        /* of the body, or of the chunk */
    uint64_t body_size;   /* bytes so far */
    char line[HTTP_REPLY_LINE_KEPT];
    char error[HTTP_REPLY_ERROR_SIZE];
};

/* A piece of what was fed. */
struct http_reply_piece {
    size_t used;      /* bytes that were taken */
    const char *body; /* of HTTP_REPLY_BODY: among these */
    size_t body_size;
};

/** Begins a reply to GET. */
void http_reply_begin(struct http_reply *reply);

/**
 * Reads on: to be called again with the bytes that were not used until HTTP_REPLY_MORE, _END or _BAD.
 * @param piece  set, whatever is returned
 */
enum http_reply_event http_reply_feed(struct http_reply *reply, const char *data, size_t size,
                                      struct http_reply_piece *piece);

/** The server has closed the connection. @return HTTP_REPLY_END or HTTP_REPLY_BAD */
enum http_reply_event http_reply_close(struct http_reply *reply);

#endif
