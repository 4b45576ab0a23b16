/* SPDX-License-Identifier: Apache-2.0
 *
 * The dialogue of SMTP_CHECK: a greeting with 220, an answer to HELO with 250, and whatever is said to
 * QUIT (RFC 5321 3.1, 4.1.1.1, 4.1.1.10). Pure.
 */
#ifndef HOLDFAST_CHECK_SMTP_TALK_H
#define HOLDFAST_CHECK_SMTP_TALK_H

#include "base/smtp_reply.h"
#include "check/verdict.h"

#include <stddef.h>

/* What is waited for. */
enum smtp_talk_step {
    SMTP_TALK_GREETING,
    SMTP_TALK_HELO,
    SMTP_TALK_QUIT,
    SMTP_TALK_STEPS,
};

enum smtp_talk_result {
    SMTP_TALK_MORE, /* the reply goes on */
    SMTP_TALK_SAY,  /* the command that `step` now waits for the answer of is to be said */
    SMTP_TALK_END,  /* the verdict is there */
};

struct smtp_talk {
    enum smtp_talk_step step;
    struct smtp_reply reply;
};

/** Begins; the server speaks first. */
void smtp_talk_begin(struct smtp_talk *talk);

/**
 * Takes bytes of the server's, up to the end of a reply.
 * @param taken    set to how many; the others are of the next reply
 * @param verdict  set with SMTP_TALK_END
 */
enum smtp_talk_result smtp_talk_feed(struct smtp_talk *talk, const char *data, size_t size,
                                     size_t *taken, struct verdict *verdict);

/**
 * The verdict where the server says nothing more: a server that was good before QUIT stays so.
 * @param bad  what it is otherwise
 */
struct verdict smtp_talk_broken(const struct smtp_talk *talk, const struct verdict *bad);

/** What a step waits for and does not get: "no greeting". */
const char *smtp_talk_missing(enum smtp_talk_step step);

#endif
