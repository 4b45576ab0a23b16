/* SPDX-License-Identifier: Apache-2.0
 *
 * A login to a MySQL or MariaDB server that has greeted, by libmariadb, which runs on a stack of its own
 * that is there from the greeting on until the session ends.
 */
#ifndef HOLDFAST_CHECK_MYSQL_SESSION_H
#define HOLDFAST_CHECK_MYSQL_SESSION_H

#include "check/mysql_question.h"
#include "check/verdict.h"

#include <regex.h>
#include <stddef.h>
#include <stdint.h>

struct mysql_session;

/* What a session is made of; all of it outlives the session, but for the greeting's bytes. */
struct mysql_session_plan {
    const struct mysql_question *question;
    const regex_t *pattern; /* NULL: see mysql_answer_row() */
    const char *host;       /* that the certificate is for, if the question names none */
    int fd;                 /* connected, does not block; stays the caller's */
    const uint8_t *bytes;   /* that the server has said so far */
    size_t size;
    const char *version; /* as the server greeted */
};

/**
 * A session that has not begun: mysql_session_go() begins it.
 * @param verdict  set where NULL is returned
 * @return to be freed with mysql_session_free()
 */
struct mysql_session *mysql_session_new(const struct mysql_session_plan *plan,
                                        struct verdict *verdict);

/**
 * Goes on as far as it can without waiting.
 * @param verdict  set where 0 is returned: it is over
 * @return EV_READ or EV_WRITE: what it waits for; to be called again when the connection is ready
 */
short mysql_session_go(struct mysql_session *session, struct verdict *verdict);

/** Which of its steps it is at: a number that grows. */
unsigned mysql_session_step(const struct mysql_session *session);

/** What it waits for, as "no login". */
const char *mysql_session_missing(const struct mysql_session *session);

/** Ends it where it is not over, and frees it. NULL is allowed. */
void mysql_session_free(struct mysql_session *session);

#endif
