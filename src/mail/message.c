/* SPDX-License-Identifier: Apache-2.0
 *
 * How a mail is written.
 */
#include "mail/message.h"

#include "base/clock.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

enum {
    MESSAGE_LINE_MAX = 900, /* of 998: RFC 5322 2.1.1 */
    MESSAGE_WORD_BYTES =
        39, /* that become 52 letters: an encoded word has 75 at most (RFC 2047 2) */
    MESSAGE_BODY_BYTES = 54, /* that become 72 letters: a line has 76 at most (RFC 2045 6.8) */
    MESSAGE_DATE_SIZE = 64,
};

/* ---- Headers ----------------------------------------------------------------------------------- */

static bool message_is_plain(const char *text)
{
    size_t line = 0;

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        line = byte == '\n' ? 0 : line + 1;
        if (byte >= 0x7f || (byte < ' ' && byte != '\n') || line > MESSAGE_LINE_MAX) {
            return false;
        }
    }
    return true;
}

/* How many of the next bytes, at most `most`, do not cut a UTF-8 character. */
static size_t message_whole(const char *text, size_t length, size_t most)
{
    size_t end = length < most ? length : most;

    while (end < length && end > 1 && ((unsigned char)text[end] & 0xc0U) == 0x80) {
        end--;
    }
    return end;
}

static void message_base64(struct text_buffer *out, const char *bytes, size_t count)
{
    unsigned char letters[MESSAGE_BODY_BYTES / 3 * 4 + 1];

    (void)EVP_EncodeBlock(letters, (const unsigned char *)bytes, (int)count);
    text_append(out, (const char *)letters);
}

/* Control characters are blanks: nothing in a text can begin another header. */
static void message_header(struct text_buffer *out, const char *name, const char *value)
{
    struct text_buffer clean = {0};
    size_t at = 0;

    text_append(&clean, "");
    for (const char *from = value; *from; from++) {
        bool control = (unsigned char)*from < ' ' || *from == 0x7f;

        text_append_n(&clean, control ? " " : from, 1);
    }
    text_appendf(out, "%s:", name);
    if (message_is_plain(clean.data)) {
        text_appendf(out, " %s", clean.data);
        at = clean.length;
    }
    while (at < clean.length) {
        size_t count = message_whole(clean.data + at, clean.length - at, MESSAGE_WORD_BYTES);

        text_append(out, at ? "\n =?utf-8?B?" : " =?utf-8?B?");
        message_base64(out, clean.data + at, count);
        text_append(out, "?=");
        at += count;
    }
    text_append(out, "\n");
    text_release(&clean);
}

/* RFC 5322 3.3, in UTC: strftime(3)'s names of days and months would be those of the locale. */
static void message_date(struct text_buffer *out, int64_t wall)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(wall / CLOCK_SECOND);
    struct tm at;

    if (gmtime_r(&seconds, &at)) {
        text_appendf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\n", days[at.tm_wday], at.tm_mday,
                     months[at.tm_mon], at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
    }
}

static void message_subject(struct text_buffer *out, const struct message_head *head,
                            const struct message_event *events, size_t count)
{
    struct text_buffer subject = {0};

    text_appendf(&subject, "[%s] %s", head->router, events[0].subject);
    if (count > 1) {
        text_appendf(&subject, " (and %zu more)", count - 1);
    }
    message_header(out, "Subject", subject.data);
    text_release(&subject);
}

static void message_headers(struct text_buffer *out, const struct message_head *head,
                            const struct message_event *events, size_t count, bool plain)
{
    struct text_buffer to = {0};

    for (size_t i = 0; i < head->to_count; i++) {
        text_appendf(&to, "%s%s", i ? ", " : "", head->to[i]);
    }
    message_date(out, head->wall);
    message_header(out, "From", head->from);
    message_header(out, "To", to.data ? to.data : "");
    message_subject(out, head, events, count);
    text_appendf(out, "Message-ID: <%lld.%llu@%s>\n", (long long)(head->wall / CLOCK_SECOND),
                 (unsigned long long)head->number, head->host);
    /* RFC 3834 5: nobody's holiday answers a machine. */
    text_append(out, "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
                     "Content-Type: text/plain; charset=utf-8\n");
    text_appendf(out, "Content-Transfer-Encoding: %s\n\n", plain ? "7bit" : "base64");
    text_release(&to);
}

/* ---- Body -------------------------------------------------------------------------------------- */

static void message_body(struct text_buffer *out, const struct message_event *events, size_t count,
                         uint64_t lost)
{
    for (size_t i = 0; i < count; i++) {
        char when[CLOCK_TEXT_SIZE];

        text_appendf(out, "%s  %s\n", clock_wall_text(when, events[i].wall), events[i].subject);
        if (*events[i].reason) {
            text_appendf(out, "    %s\n", events[i].reason);
        }
    }
    if (lost) {
        text_appendf(
            out,
            "\n%llu event%s before these could not be told: there were too many at once, or "
            "no mail server took them.\n",
            (unsigned long long)lost, text_plural(lost));
    }
}

static void message_encode_body(struct text_buffer *out, const struct text_buffer *body)
{
    for (size_t at = 0; at < body->length; at += MESSAGE_BODY_BYTES) {
        size_t left = body->length - at;

        message_base64(out, body->data + at, left < MESSAGE_BODY_BYTES ? left : MESSAGE_BODY_BYTES);
        text_append(out, "\n");
    }
}

/* Lines end with CRLF, and a dot that begins one is doubled: RFC 5321 4.5.2. */
static void message_wire(struct text_buffer *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");

        if (*text == '.') {
            text_append(out, ".");
        }
        text_append_n(out, text, length);
        text_append(out, "\r\n");
        text += length + (text[length] == '\n');
    }
    text_append(out, ".\r\n");
}

void message_write(const struct message_head *head, const struct message_event *events,
                   size_t count, uint64_t lost, struct text_buffer *out)
{
    struct text_buffer body = {0};
    struct text_buffer text = {0};
    bool plain;

    text_append(&body, "");
    message_body(&body, events, count, lost);
    plain = message_is_plain(body.data);
    message_headers(&text, head, events, count, plain);
    if (plain) {
        text_append(&text, body.data);
    } else {
        message_encode_body(&text, &body);
    }
    message_wire(out, text.data);
    text_release(&text);
    text_release(&body);
}
