/* SPDX-License-Identifier: Apache-2.0
 *
 * Our side of an SMTP dialogue (RFC 5321): what the server says goes in, what we say comes out. Pure.
 */
#ifndef HOLDFAST_MAIL_SMTP_H
#define HOLDFAST_MAIL_SMTP_H

#include "base/smtp_reply.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { SMTP_ERROR_SIZE = 256 };

/* What the next reply answers. */
enum smtp_step {
    SMTP_GREETING,
    SMTP_EHLO,
    SMTP_HELO,
    SMTP_FROM,
    SMTP_RECIPIENT,
    SMTP_DATA,
    SMTP_MESSAGE,
    SMTP_STEPS,
};

enum smtp_result {
    SMTP_RUNNING,
    SMTP_SENT,   /* the server has taken it, for one recipient at least */
    SMTP_FAILED, /* `error` says why */
};

/* What is to be sent; it must outlive the dialogue. */
struct smtp_mail {
    const char *helo;
    const char *from; /* mailboxes, of mailbox_find() */
    const char *const *to;
    size_t to_count;
    const char *message; /* message_write()'s */
};

struct smtp {
    const struct smtp_mail *mail;
    enum smtp_step step;
    enum smtp_result result;
    size_t recipient; /* that was named last */
    size_t accepted;
    bool for_good; /* with SMTP_FAILED: it will never take this mail */
    struct smtp_reply reply;
    char error[SMTP_ERROR_SIZE]; /* with SMTP_SENT: who was refused; empty: nobody */
};

/** Begins; the server speaks first. */
void smtp_begin(struct smtp *smtp, const struct smtp_mail *mail);

/**
 * Takes bytes of the server's.
 * @param out  what is to be said is appended
 * @return whether a whole reply was in it: something has moved
 */
bool smtp_feed(struct smtp *smtp, const char *data, size_t size, struct text_buffer *out);

/** What is being waited for, for people: "the answer to MAIL FROM". */
const char *smtp_step_text(enum smtp_step step);

#endif
