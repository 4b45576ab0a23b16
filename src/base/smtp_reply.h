/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies of mail servers (RFC 5321 4.2), read byte by byte as they come. Pure.
 */
#ifndef HOLDFAST_BASE_SMTP_REPLY_H
#define HOLDFAST_BASE_SMTP_REPLY_H

#include <stddef.h>

enum {
    SMTP_LINE_MAX = 1000, /* bytes of a line: RFC 5321 4.5.3.1.5 says 512 */
    SMTP_LINES_MAX = 100,
};

enum smtp_reply_state {
    SMTP_REPLY_MORE,      /* it goes on */
    SMTP_REPLY_WHOLE,     /* that was its last byte; the next one begins another reply */
    SMTP_REPLY_NONSENSE,  /* a line that is none of a reply */
    SMTP_REPLY_LONG_LINE, /* longer than SMTP_LINE_MAX */
    SMTP_REPLY_LONG,      /* more lines than SMTP_LINES_MAX */
};

/* All zero is one of which nothing has come. */
struct smtp_reply {
    char line[SMTP_LINE_MAX]; /* the last one that was whole, without its end; a string */
    size_t length;            /* of the line that is being read */
    unsigned lines;           /* so far */
};

/** Takes a byte. What is neither MORE nor WHOLE is the end. */
enum smtp_reply_state smtp_reply_feed(struct smtp_reply *reply, char byte);

/** The code of a whole reply: 220. */
int smtp_reply_code(const struct smtp_reply *reply);

/** What is wrong with a reply, as the mail server's fault: "the server's line has no end". */
const char *smtp_reply_error(enum smtp_reply_state state);

/** The last whole line, cut to the size, for people: what cannot be printed is a '?'. @return `text` */
const char *smtp_reply_text(const struct smtp_reply *reply, char *text, size_t size);

#endif
