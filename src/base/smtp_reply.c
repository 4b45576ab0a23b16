/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies of mail servers.
 */
#include "base/smtp_reply.h"

#include "base/text.h"

#include <stdbool.h>

/* RFC 5321 4.2: three digits, then the end, a blank, or a hyphen where another line follows. */
static bool smtp_reply_is_line(const char *line)
{
    for (int i = 0; i < 3; i++) {
        if (line[i] < '0' || line[i] > '9') {
            return false;
        }
    }
    return line[3] == '\0' || line[3] == ' ' || line[3] == '-';
}

static enum smtp_reply_state smtp_reply_end_line(struct smtp_reply *reply)
{
    if (reply->length && reply->line[reply->length - 1] == '\r') {
        reply->length--;
    }
    reply->line[reply->length] = '\0';
    reply->length = 0;
    if (!smtp_reply_is_line(reply->line)) {
        return SMTP_REPLY_NONSENSE;
    }
    if (reply->line[3] == '-') {
        return ++reply->lines < SMTP_LINES_MAX ? SMTP_REPLY_MORE : SMTP_REPLY_LONG;
    }
    reply->lines = 0;
    return SMTP_REPLY_WHOLE;
}

enum smtp_reply_state smtp_reply_feed(struct smtp_reply *reply, char byte)
{
    if (byte == '\n') {
        return smtp_reply_end_line(reply);
    }
    if (reply->length == sizeof(reply->line) - 1) {
        return SMTP_REPLY_LONG_LINE;
    }
    reply->line[reply->length++] = byte;
    return SMTP_REPLY_MORE;
}

int smtp_reply_code(const struct smtp_reply *reply)
{
    return (reply->line[0] - '0') * 100 + (reply->line[1] - '0') * 10 + reply->line[2] - '0';
}

const char *smtp_reply_error(enum smtp_reply_state state)
{
    switch (state) {
    case SMTP_REPLY_LONG_LINE:
        return "the server's line has no end";
    case SMTP_REPLY_LONG:
        return "the server's answer has no end";
    default:
        return "the server does not speak SMTP";
    }
}

const char *smtp_reply_text(const struct smtp_reply *reply, char *text, size_t size)
{
    (void)text_copy(text, size, reply->line);
    for (char *at = text; *at; at++) {
        if ((unsigned char)*at < ' ' || (unsigned char)*at >= 0x7f) {
            *at = '?';
        }
    }
    return text;
}
