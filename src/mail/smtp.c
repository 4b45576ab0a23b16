/* SPDX-License-Identifier: Apache-2.0
 *
 * The SMTP dialogue.
 */
#include "mail/smtp.h"

#include <stdio.h>
#include <string.h>

static const char *const smtp_step_texts[SMTP_STEPS] = {
    [SMTP_GREETING] = "its greeting",
    [SMTP_EHLO] = "the answer to EHLO",
    [SMTP_HELO] = "the answer to HELO",
    [SMTP_FROM] = "the answer to MAIL FROM",
    [SMTP_RECIPIENT] = "the answer to RCPT TO",
    [SMTP_DATA] = "the answer to DATA",
    [SMTP_MESSAGE] = "the answer to the message",
};

const char *smtp_step_text(enum smtp_step step)
{
    return smtp_step_texts[step];
}

void smtp_begin(struct smtp *smtp, const struct smtp_mail *mail)
{
    *smtp = (struct smtp){.mail = mail};
}

static void smtp_fail(struct smtp *smtp, const char *text)
{
    smtp->result = SMTP_FAILED;
    (void)snprintf(smtp->error, sizeof(smtp->error), "%s: %s", smtp_step_text(smtp->step), text);
}

/* The server's own words, as far as they can be printed. */
static void smtp_refused(struct smtp *smtp)
{
    char text[SMTP_ERROR_SIZE / 2];

    (void)smtp_reply_text(&smtp->reply, text, sizeof(text));
    if (smtp->step == SMTP_RECIPIENT) {
        (void)snprintf(smtp->error, sizeof(smtp->error), "%.100s was refused: %s",
                       smtp->mail->to[smtp->recipient], text);
    } else {
        smtp_fail(smtp, text);
    }
}

static void smtp_say(struct smtp *smtp, enum smtp_step step, struct text_buffer *out)
{
    const struct smtp_mail *mail = smtp->mail;

    smtp->step = step;
    switch (step) {
    case SMTP_EHLO:
        text_appendf(out, "EHLO %s\r\n", mail->helo);
        break;
    case SMTP_HELO:
        text_appendf(out, "HELO %s\r\n", mail->helo);
        break;
    case SMTP_FROM:
        text_appendf(out, "MAIL FROM:<%s>\r\n", mail->from);
        break;
    case SMTP_RECIPIENT:
        text_appendf(out, "RCPT TO:<%s>\r\n", mail->to[smtp->recipient]);
        break;
    case SMTP_DATA:
        text_append(out, "DATA\r\n");
        break;
    case SMTP_MESSAGE:
        text_append(out, mail->message);
        break;
    default:
        break;
    }
}

/* One that is refused does not keep the others from being told. */
static void smtp_next_recipient(struct smtp *smtp, bool accepted, struct text_buffer *out)
{
    smtp->accepted += accepted;
    if (!accepted) {
        smtp_refused(smtp);
    }
    if (++smtp->recipient < smtp->mail->to_count) {
        smtp_say(smtp, SMTP_RECIPIENT, out);
    } else if (smtp->accepted) {
        smtp_say(smtp, SMTP_DATA, out);
    } else {
        smtp->result = SMTP_FAILED;
    }
}

static void smtp_answer(struct smtp *smtp, char class, struct text_buffer *out)
{
    static const struct {
        char class; /* the first digit of the code that lets it go on: RFC 5321 4.2.1 */
        enum smtp_step next;
    } steps[SMTP_STEPS] = {
        [SMTP_GREETING] = {'2', SMTP_EHLO}, [SMTP_EHLO] = {'2', SMTP_FROM},
        [SMTP_HELO] = {'2', SMTP_FROM},     [SMTP_FROM] = {'2', SMTP_RECIPIENT},
        [SMTP_DATA] = {'3', SMTP_MESSAGE},  [SMTP_MESSAGE] = {'2', SMTP_STEPS},
    };

    if (smtp->step == SMTP_RECIPIENT) {
        smtp_next_recipient(smtp, class == '2', out);
    } else if (smtp->step == SMTP_EHLO && class == '5') { /* RFC 5321 3.2 */
        smtp_say(smtp, SMTP_HELO, out);
    } else if (class != steps[smtp->step].class) {
        /* RFC 5321 4.2.1. Who says so of server, sender or recipients may be told of others by a reload. */
        smtp->for_good = class == '5' && (smtp->step == SMTP_DATA || smtp->step == SMTP_MESSAGE);
        smtp_refused(smtp);
    } else if (smtp->step == SMTP_MESSAGE) {
        smtp->result = SMTP_SENT;
    } else {
        smtp_say(smtp, steps[smtp->step].next, out);
    }
    if (smtp->result != SMTP_RUNNING) {
        text_append(out, "QUIT\r\n");
    }
}

bool smtp_feed(struct smtp *smtp, const char *data, size_t size, struct text_buffer *out)
{
    bool moved = false;

    for (size_t i = 0; i < size && smtp->result == SMTP_RUNNING; i++) {
        enum smtp_reply_state state = smtp_reply_feed(&smtp->reply, data[i]);

        if (state == SMTP_REPLY_WHOLE) {
            smtp_answer(smtp, smtp->reply.line[0], out);
            moved = true;
        } else if (state != SMTP_REPLY_MORE) {
            smtp_fail(smtp, smtp_reply_error(state));
        }
    }
    return moved || smtp->result != SMTP_RUNNING;
}
