/* SPDX-License-Identifier: Apache-2.0
 *
 * What an agent says: one line of words, as HAProxy's agent-check has it (its configuration manual,
 * 5.2 "agent-check"), and what it means for a server. An agent need not say everything each time:
 * what it leaves out stays as it said before. Pure.
 */
#ifndef HOLDFAST_CHECK_AGENT_REPLY_H
#define HOLDFAST_CHECK_AGENT_REPLY_H

#include "check/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    AGENT_LINE_SIZE = 1024, /* bytes of the longest line, its end included */
    AGENT_WORD_SIZE = 16,
    AGENT_REASON_SIZE = 96,
    AGENT_PERCENT_MOST = 25600, /* HAProxy's: 100 times the weight of 256 */
};

enum agent_health {
    AGENT_HEALTH_UNSAID,
    AGENT_HEALTH_UP,
    AGENT_HEALTH_DOWN,
};

enum agent_admin {
    AGENT_ADMIN_UNSAID,
    AGENT_ADMIN_READY,
    AGENT_ADMIN_DRAIN,
    AGENT_ADMIN_MAINT,
};

/* One line. */
struct agent_reply {
    enum agent_health health;
    enum agent_admin admin;
    int32_t percent;                /* -1: unsaid */
    char word[AGENT_WORD_SIZE];     /* of AGENT_HEALTH_DOWN: "down", "stopped" ...; else "" */
    char reason[AGENT_REASON_SIZE]; /* why; "": it says nothing of it */
    char unknown[AGENT_WORD_SIZE];  /* the first word that is none of an agent; "": there is none */
};

/* All that it has said so far. At first: all 0, but percent 100. */
struct agent_status {
    bool down;
    enum agent_admin admin;
    int32_t percent;
    char word[AGENT_WORD_SIZE];
    char reason[AGENT_REASON_SIZE];
};

/**
 * Where a line ends: at the first CR or LF.
 * @return its length without that; -1 where it goes on
 */
int agent_line_length(const char *bytes, size_t size);

/**
 * Reads a line: words with blanks, tabs or commas between them, in any letter case; of several that say
 * the same kind of thing the last one counts.
 *
 *   up                            it works
 *   down, fail, failed, stopped   it does not; other words behind it are the reason
 *   ready, drain, maint           what the agent's administrator wants
 *   N%                            the weight, of that in the configuration; 0..25600, 0 as drain
 *   maxconn:N                     is for HAProxy
 *   # TEXT                        the reason
 *
 * @param length  up to AGENT_LINE_SIZE; any bytes
 */
struct agent_reply agent_reply_read(const char *line, size_t length);

/**
 * Takes what a line says into the status. `up` also ends drain and maint, unless the same line says
 * one of them. A line with an unknown word changes nothing.
 * @return what is now known of the server: drain is good without any weight, maint and down are not good,
 *         an unknown word is VERDICT_PROTOCOL
 */
struct verdict agent_status_take(struct agent_status *status, const struct agent_reply *reply);

#endif
