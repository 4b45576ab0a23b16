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
    MESSAGE_OUTCOMES = 16,   /* that a summary counts; there are seven */
};

/* ---- Clean text -------------------------------------------------------------------------------- */

/* RFC 3629 4: bytes of the character that begins there, 0 where none does. */
static size_t message_character(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    unsigned char low = *at == 0xe0 ? 0xa0 : *at == 0xf0 ? 0x90 : 0x80;
    unsigned char high = *at == 0xed ? 0x9f : *at == 0xf4 ? 0x8f : 0xbf;
    size_t size = *at < 0x80                  ? 1
                  : *at >= 0xc2 && *at < 0xe0 ? 2
                  : *at >= 0xe0 && *at < 0xf0 ? 3
                  : *at >= 0xf0 && *at < 0xf5 ? 4
                                              : 0;

    for (size_t i = 1; i < size; i++) {
        if (at[i] < (i == 1 ? low : 0x80) || at[i] > (i == 1 ? high : 0xbf)) {
            return 0; /* a NUL ends it here */
        }
    }
    return size;
}

/* Control characters are blanks, what is no UTF-8 becomes "?": nothing in a text can begin another line,
 * and the character set that the mail names is true. */
static void message_clean(struct text_buffer *out, const char *text, size_t length)
{
    text_append(out, "");
    for (size_t at = 0; at < length && text[at];) {
        size_t size = message_character(text + at);
        bool control = size == 1 && ((unsigned char)text[at] < ' ' || text[at] == 0x7f);

        if (!size || size > length - at) {
            text_append(out, "?");
        } else {
            text_append_n(out, control ? " " : text + at, size);
        }
        at += size ? size : 1;
    }
}

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

/* Encoded words, each on a line of its own, of a text that is clean: RFC 2047 2 and 5. */
static void message_words(struct text_buffer *out, const char *text)
{
    size_t length = strlen(text);
    size_t at = 0;

    while (at < length) {
        size_t count = message_whole(text + at, length - at, MESSAGE_WORD_BYTES);

        text_append(out, at ? "\n =?utf-8?B?" : "=?utf-8?B?");
        message_base64(out, text + at, count);
        text_append(out, "?=");
        at += count;
    }
}

/* Whether a clean text needs no encoding: who reads it would take "=?" for the beginning of one. */
static bool message_goes_as_it_is(const char *text)
{
    return message_is_plain(text) && !strstr(text, "=?");
}

static void message_header(struct text_buffer *out, const char *name, const char *value)
{
    struct text_buffer clean = {0};

    message_clean(&clean, value, strlen(value));
    text_appendf(out, "%s: ", name);
    if (message_goes_as_it_is(clean.data)) {
        text_append(out, clean.data);
    } else {
        message_words(out, clean.data);
    }
    text_append(out, "\n");
    text_release(&clean);
}

/* A display name: what is ASCII as a quoted string (RFC 5322 3.2.4). */
static void message_name(struct text_buffer *out, const char *name, size_t length)
{
    struct text_buffer clean = {0};

    message_clean(&clean, name, length);
    if (message_goes_as_it_is(clean.data)) {
        text_append(out, "\"");
        for (const char *at = clean.data; *at; at++) {
            text_append(out, *at == '"' || *at == '\\' ? "\\" : "");
            text_append_n(out, at, 1);
        }
        text_append(out, "\"");
    } else {
        message_words(out, clean.data);
    }
    text_release(&clean);
}

/* The address itself is never encoded (RFC 2047 5 (3)), and is ASCII: mailbox_find() took it. */
static void message_mailbox(struct text_buffer *out, const char *text)
{
    const char *open = strrchr(text, '<');
    size_t length = open ? (size_t)(open - text) : 0;

    while (length && text[length - 1] == ' ') {
        length--;
    }
    while (length && *text == ' ') {
        text++;
        length--;
    }
    if (length >= 2 && *text == '"' && text[length - 1] == '"') {
        text++;
        length -= 2;
    }
    if (length) {
        message_name(out, text, length);
        text_append(out, "\n ");
    }
    text_append(out, open ? open : text);
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
    message_date(out, head->wall);
    text_append(out, "From: ");
    message_mailbox(out, head->from);
    text_append(out, "\nTo: ");
    for (size_t i = 0; i < head->to_count; i++) {
        text_append(out, i ? ",\n " : "");
        message_mailbox(out, head->to[i]);
    }
    text_append(out, "\n");
    message_subject(out, head, events, count);
    text_appendf(out, "Message-ID: <%lld.%llu@%s>\n", (long long)(head->wall / CLOCK_SECOND),
                 (unsigned long long)head->number, head->host);
    /* RFC 3834 5: nobody's holiday answers a machine. */
    text_append(out, "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
                     "Content-Type: text/plain; charset=utf-8\n");
    text_appendf(out, "Content-Transfer-Encoding: %s\n\n", plain ? "7bit" : "base64");
}

/* ---- Body -------------------------------------------------------------------------------------- */

/* What became of it: keepalived's subjects have it behind the last " - ". */
static const char *message_outcome(const char *subject)
{
    const char *outcome = subject;

    for (const char *dash = strstr(subject, " - "); dash; dash = strstr(outcome, " - ")) {
        outcome = dash + strlen(" - ");
    }
    return outcome;
}

/* Of several events: how many of what. */
static void message_summary(struct text_buffer *out, const struct message_event *events,
                            size_t count)
{
    struct {
        const char *outcome;
        size_t count;
    } rows[MESSAGE_OUTCOMES];
    size_t known = 0;

    for (size_t i = 0; i < count; i++) {
        const char *outcome = message_outcome(events[i].subject);
        size_t at = 0;

        while (at < known && strcmp(rows[at].outcome, outcome) != 0) {
            at++;
        }
        if (at < known) {
            rows[at].count++;
        } else if (known < MESSAGE_OUTCOMES) {
            rows[known].outcome = outcome;
            rows[known++].count = 1;
        }
    }
    text_appendf(out, "%zu events:", count);
    for (size_t at = 0; at < known; at++) {
        text_appendf(out, "%s %zu ", at ? "," : "", rows[at].count);
        message_clean(out, rows[at].outcome, strlen(rows[at].outcome));
    }
    text_append(out, "\n\n");
}

static void message_body(struct text_buffer *out, const struct message_event *events, size_t count,
                         uint64_t lost)
{
    if (count > 1) {
        message_summary(out, events, count);
    }
    for (size_t i = 0; i < count; i++) {
        char when[CLOCK_TEXT_SIZE];

        text_appendf(out, "%s  ", clock_wall_text(when, events[i].wall));
        message_clean(out, events[i].subject, strlen(events[i].subject));
        if (*events[i].reason) {
            text_append(out, "\n    ");
            message_clean(out, events[i].reason, strlen(events[i].reason));
        }
        text_append(out, "\n");
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
