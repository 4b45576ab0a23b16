/* SPDX-License-Identifier: Apache-2.0
 *
 * The dialogue of SMTP_CHECK.
 */
#include "check/smtp_talk.h"

static const struct {
    int code; /* that lets it go on; 0: any */
    const char *missing;
} smtp_talk_steps[SMTP_TALK_STEPS] = {
    [SMTP_TALK_GREETING] = {220, "no greeting"},
    [SMTP_TALK_HELO] = {250, "no answer to HELO"},
    [SMTP_TALK_QUIT] = {0, "no answer to QUIT"},
};

const char *smtp_talk_missing(enum smtp_talk_step step)
{
    return smtp_talk_steps[step].missing;
}

void smtp_talk_begin(struct smtp_talk *talk)
{
    talk->step = SMTP_TALK_GREETING;
    talk->reply.length = 0;
    talk->reply.lines = 0;
}

struct verdict smtp_talk_broken(const struct smtp_talk *talk, const struct verdict *bad)
{
    static const struct verdict good = {.class = VERDICT_OK};

    return talk->step == SMTP_TALK_QUIT ? good : *bad;
}

/* A reply is whole, or will never be. */
static enum smtp_talk_result smtp_talk_judge(struct smtp_talk *talk, enum smtp_reply_state state,
                                             struct verdict *verdict)
{
    char text[VERDICT_TEXT_SIZE / 2];
    int code = smtp_talk_steps[talk->step].code;
    struct verdict bad;

    if (state != SMTP_REPLY_WHOLE) {
        bad = verdict_of(VERDICT_PROTOCOL, "%s", smtp_reply_error(state));
        *verdict = smtp_talk_broken(talk, &bad);
        return SMTP_TALK_END;
    }
    if (!code) {
        *verdict = (struct verdict){.class = VERDICT_OK};
        return SMTP_TALK_END;
    }
    if (smtp_reply_code(&talk->reply) != code) {
        *verdict = verdict_of(VERDICT_ANSWER, "%s, not %d",
                              smtp_reply_text(&talk->reply, text, sizeof(text)), code);
        return SMTP_TALK_END;
    }
    talk->step++;
    return SMTP_TALK_SAY;
}

enum smtp_talk_result smtp_talk_feed(struct smtp_talk *talk, const char *data, size_t size,
                                     size_t *taken, struct verdict *verdict)
{
    for (size_t i = 0; i < size; i++) {
        enum smtp_reply_state state = smtp_reply_feed(&talk->reply, data[i]);

        if (state != SMTP_REPLY_MORE) {
            *taken = i + 1;
            return smtp_talk_judge(talk, state, verdict);
        }
    }
    *taken = size;
    return SMTP_TALK_MORE;
}
