/* SPDX-License-Identifier: Apache-2.0
 *
 * What the answers of a MySQL or MariaDB server mean. Pure.
 */
#ifndef HOLDFAST_CHECK_MYSQL_ANSWER_H
#define HOLDFAST_CHECK_MYSQL_ANSWER_H

#include "check/mysql_question.h"
#include "check/verdict.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * The verdict on an error that the server tells: "too many connections (1040)".
 * @param number  the server's
 * @param text    the server's, in printable ASCII
 */
struct verdict mysql_answer_error(unsigned number, const char *text);

/* Statements, in the order in which they are made. */
enum mysql_statement {
    MYSQL_STATEMENT_READ_ONLY,
    MYSQL_STATEMENT_REPLICATION,
    MYSQL_STATEMENT_GALERA,
    MYSQL_STATEMENT_QUERY,
    MYSQL_STATEMENTS,
};

/**
 * The text of a statement.
 * @param version  the server's, as it greeted: the words for replication depend on it
 */
const char *mysql_statement_text(const struct mysql_question *question,
                                 enum mysql_statement statement, const char *version);

/** Whether a question makes a statement. */
bool mysql_statement_asked(const struct mysql_question *question, enum mysql_statement statement);

/* A row of an answer. */
struct mysql_row {
    unsigned count;
    const char *const *names;  /* of the columns */
    const char *const *values; /* NULL: NULL */
};

/* What an answer has said so far; all zero at its beginning. */
struct mysql_answer {
    unsigned rows;
    int64_t lag_s;         /* of the replica's worst source */
    struct verdict broken; /* of the first source that is not followed; VERDICT_OK: none */
    struct verdict value;  /* on the first row's first column */
    bool ready;            /* of Galera: wsrep_ready, */
    bool primary;          /* wsrep_cluster_status, */
    int64_t state;         /* wsrep_local_state, */
    char state_text[32];   /* wsrep_local_state_comment */
    char cluster_text[32];
};

/**
 * Takes a row of an answer.
 * @param pattern  of an expectation that matches; NULL: there is none, or it could not be compiled
 */
void mysql_answer_row(struct mysql_answer *answer, const struct mysql_question *question,
                      enum mysql_statement statement, const struct mysql_row *row,
                      const regex_t *pattern);

/** All rows are there: what they mean. */
struct verdict mysql_answer_end(const struct mysql_answer *answer,
                                const struct mysql_question *question,
                                enum mysql_statement statement);

/** Compares a value with what is expected; VERDICT_OK or VERDICT_ANSWER, which says the difference. */
struct verdict mysql_answer_compare(const struct mysql_question *question, const char *value,
                                    const regex_t *pattern);

/** The percentage of the weight that is left with a lag: 100 down to 0, in steps of 5. */
int32_t mysql_answer_lag_weight(const struct mysql_question *question, int64_t lag_s);

#endif
