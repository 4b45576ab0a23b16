/* SPDX-License-Identifier: Apache-2.0
 *
 * The line of an agent, and what it means.
 */
#include "check/agent_reply.h"

#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    enum agent_health health;
    enum agent_admin admin;
} agent_words[] = {
    {"up", AGENT_HEALTH_UP, AGENT_ADMIN_UNSAID},
    {"down", AGENT_HEALTH_DOWN, AGENT_ADMIN_UNSAID},
    {"fail", AGENT_HEALTH_DOWN, AGENT_ADMIN_UNSAID},
    {"failed", AGENT_HEALTH_DOWN, AGENT_ADMIN_UNSAID},
    {"stopped", AGENT_HEALTH_DOWN, AGENT_ADMIN_UNSAID},
    {"ready", AGENT_HEALTH_UNSAID, AGENT_ADMIN_READY},
    {"drain", AGENT_HEALTH_UNSAID, AGENT_ADMIN_DRAIN},
    {"maint", AGENT_HEALTH_UNSAID, AGENT_ADMIN_MAINT},
};

#define AGENT_MAXCONN "maxconn:"

int agent_line_length(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\r' || bytes[i] == '\n') {
            return (int)i;
        }
    }
    return -1;
}

/* Whether bytes begin with a text of small letters, in any letter case. */
static bool agent_begins(const char *bytes, size_t length, const char *text)
{
    size_t at = 0;

    while (at < length && text[at] && tolower((unsigned char)bytes[at]) == text[at]) {
        at++;
    }
    return !text[at];
}

static bool agent_is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == ',';
}

/* A copy that people can be shown: what is no printable ASCII is a '?'. */
static void agent_copy(char *to, size_t size, const char *from, size_t length)
{
    size_t used = length < size ? length : size - 1;

    for (size_t i = 0; i < used; i++) {
        to[i] = from[i];
        if (from[i] < ' ' || from[i] > '~') {
            to[i] = '?';
        }
    }
    to[used] = '\0';
}

/* The rest of a line, without the blanks around it. */
static void agent_read_reason(struct agent_reply *reply, const char *rest, const char *end)
{
    while (rest < end && agent_is_blank(*rest)) {
        rest++;
    }
    while (rest < end && agent_is_blank(end[-1])) {
        end--;
    }
    agent_copy(reply->reason, sizeof(reply->reason), rest, (size_t)(end - rest));
}

/* `N%` */
static bool agent_read_percent(const char *word, size_t length, int32_t *percent)
{
    int32_t value = 0;

    if (length < 2 || word[length - 1] != '%') {
        return false;
    }
    for (size_t i = 0; i < length - 1; i++) {
        if (word[i] < '0' || word[i] > '9') {
            return false;
        }
        value = value * 10 + (word[i] - '0');
        if (value > AGENT_PERCENT_MOST) {
            return false;
        }
    }
    *percent = value;
    return true;
}

/* @return whether it is a word of an agent */
static bool agent_read_word(struct agent_reply *reply, const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof(agent_words) / sizeof(agent_words[0]); i++) {
        const char *known = agent_words[i].word;

        if (strlen(known) != length || !agent_begins(word, length, known)) {
            continue;
        }
        if (agent_words[i].admin != AGENT_ADMIN_UNSAID) {
            reply->admin = agent_words[i].admin;
        } else {
            reply->health = agent_words[i].health;
            (void)text_copy(reply->word, sizeof(reply->word),
                            reply->health == AGENT_HEALTH_DOWN ? known : "");
        }
        return true;
    }
    return agent_read_percent(word, length, &reply->percent) ||
           agent_begins(word, length, AGENT_MAXCONN);
}

struct agent_reply agent_reply_read(const char *line, size_t length)
{
    struct agent_reply reply = {.percent = -1};
    const char *end = line + length;
    const char *at = line;

    while (at < end) {
        const char *word = at;

        if (agent_is_blank(*at)) {
            at++;
            continue;
        }
        if (*at == '#') {
            agent_read_reason(&reply, at + 1, end);
            break;
        }
        while (at < end && !agent_is_blank(*at)) {
            at++;
        }
        if (agent_read_word(&reply, word, (size_t)(at - word))) {
            continue;
        }
        if (reply.health == AGENT_HEALTH_DOWN) {
            agent_read_reason(&reply, word, end);
            break;
        }
        if (!reply.unknown[0]) {
            agent_copy(reply.unknown, sizeof(reply.unknown), word, (size_t)(at - word));
        }
    }
    return reply;
}

static void agent_status_learn(struct agent_status *status, const struct agent_reply *reply)
{
    if (reply->health != AGENT_HEALTH_UNSAID) {
        status->down = reply->health == AGENT_HEALTH_DOWN;
        memcpy(status->word, reply->word, sizeof(status->word));
        memcpy(status->reason, reply->reason, sizeof(status->reason));
    }
    if (reply->admin != AGENT_ADMIN_UNSAID) {
        status->admin = reply->admin;
    } else if (reply->health == AGENT_HEALTH_UP) {
        status->admin = AGENT_ADMIN_READY;
    }
    if (reply->percent >= 0) {
        status->percent = reply->percent;
    }
}

struct verdict agent_status_take(struct agent_status *status, const struct agent_reply *reply)
{
    bool drained;
    struct verdict verdict;

    if (reply->unknown[0]) {
        return verdict_of(VERDICT_PROTOCOL, "agent: unknown word \"%s\"", reply->unknown);
    }
    agent_status_learn(status, reply);
    if (status->admin == AGENT_ADMIN_MAINT) {
        return verdict_of(VERDICT_ANSWER, "agent: maint");
    }
    if (status->down) {
        return verdict_of(VERDICT_ANSWER, "agent: %s%s%s%s", status->word,
                          status->reason[0] ? " (" : "", status->reason,
                          status->reason[0] ? ")" : "");
    }
    drained = status->admin == AGENT_ADMIN_DRAIN;
    verdict = verdict_of(VERDICT_OK, "agent: %s, %" PRId32 "%%", drained ? "drain" : "up",
                         status->percent);
    if (drained || !status->percent) {
        verdict.change.kind = HEALTH_CHANGE_DRAIN;
    } else if (status->percent != 100) {
        verdict.change = (struct health_change){HEALTH_CHANGE_PERCENT, status->percent};
    }
    return verdict;
}
