/* SPDX-License-Identifier: Apache-2.0
 *
 * What the answers of a MySQL or MariaDB server mean.
 */
#include "check/mysql_answer.h"

#include "base/text.h"
#include "check/mysql_greeting.h"
#include "parser/conf_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_SHOWN = VERDICT_TEXT_SIZE - 16, /* bytes of a server's text: room for its number */
    ANSWER_VALUE_SHOWN = 40,
    ANSWER_STEP = 5,   /* per cent */
    ANSWER_SYNCED = 4, /* wsrep_local_state: "Node states" of Galera's documentation */
    ANSWER_DONOR = 2,
};

static struct verdict answer_good(void)
{
    return (struct verdict){.class = VERDICT_OK};
}

struct verdict mysql_answer_error(unsigned number, const char *text)
{
    /* Its texts are sentences; "Access denied" becomes ours, "SSL is needed" stays. */
    bool sentence = isupper((unsigned char)text[0]) && islower((unsigned char)text[1]);
    int first = sentence ? tolower((unsigned char)text[0]) : (unsigned char)text[0];

    if (!*text) {
        return verdict_of(VERDICT_ANSWER, "error %u", number);
    }
    return verdict_of(VERDICT_ANSWER, "%c%.*s (%u)", first, ANSWER_SHOWN, text + 1, number);
}

/* ---- Statements -------------------------------------------------------------------------------- */

bool mysql_statement_asked(const struct mysql_question *question, enum mysql_statement statement)
{
    const bool asked[MYSQL_STATEMENTS] = {
        [MYSQL_STATEMENT_READ_ONLY] = question->read_only >= 0,
        [MYSQL_STATEMENT_REPLICATION] = question->replication,
        [MYSQL_STATEMENT_GALERA] = question->galera != CONF_MYSQL_GALERA_NONE,
        [MYSQL_STATEMENT_QUERY] = question->query != NULL,
    };

    return question->level == CONF_MYSQL_QUERY && asked[statement];
}

/* Whether it is a MySQL that calls replicas so: since 8.0.22, and since 8.4 no other word will do. */
static bool answer_says_replica(const char *version)
{
    unsigned long numbers[3] = {0};
    char *end = (char *)version;

    for (int i = 0; i < 3 && isdigit((unsigned char)*end); i++) {
        numbers[i] = strtoul(end, &end, 10);
        end += *end == '.';
    }
    return numbers[0] > 8 ||
           (numbers[0] == 8 && (numbers[1] > 0 || (numbers[1] == 0 && numbers[2] >= 22)));
}

const char *mysql_statement_text(const struct mysql_question *question,
                                 enum mysql_statement statement, const char *version)
{
    switch (statement) {
    case MYSQL_STATEMENT_READ_ONLY:
        return "SELECT @@global.read_only";
    case MYSQL_STATEMENT_REPLICATION:
        return strstr(version, "MariaDB")     ? "SHOW ALL SLAVES STATUS"
               : answer_says_replica(version) ? "SHOW REPLICA STATUS"
                                              : "SHOW SLAVE STATUS";
    case MYSQL_STATEMENT_GALERA:
        return "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_local_state', "
               "'wsrep_local_state_comment', 'wsrep_cluster_status')";
    default:
        return question->query;
    }
}

/* ---- Expectations ------------------------------------------------------------------------------ */

/* A decimal number, with a sign, a fraction and an exponent or without. */
static bool answer_number(const char *text, double *number)
{
    char *end;

    if (!*text || text[strspn(text, "+-.0123456789eE")] != '\0') {
        return false; /* no hexadecimal one, no "inf" */
    }
    *number = strtod(text, &end);
    return *end == '\0';
}

/* @return below, at or above 0, as the value is to what is expected */
static int answer_order(double value, double expected)
{
    return (value > expected) - (value < expected);
}

static bool answer_holds(enum conf_compare compare, int order)
{
    const bool holds[CONF_COMPARES] = {
        [CONF_COMPARE_EQUAL] = order == 0,
        [CONF_COMPARE_DIFFERENT] = order != 0,
        [CONF_COMPARE_LESS] =
            order<0, [CONF_COMPARE_AT_MOST] = order <= 0, [CONF_COMPARE_MORE] = order> 0,
        [CONF_COMPARE_AT_LEAST] = order >= 0,
    };

    return holds[compare];
}

/* A difference that people read. */
static struct verdict answer_differs(const struct mysql_question *question, const char *value)
{
    char shown[ANSWER_VALUE_SHOWN + 1];
    char expected[ANSWER_VALUE_SHOWN + 1];

    mysql_text(shown, sizeof(shown), value, strlen(value));
    mysql_text(expected, sizeof(expected), question->expected, strlen(question->expected));
    return verdict_of(VERDICT_ANSWER, "the answer is \"%s\", expected: %s %s", shown,
                      conf_name_of(conf_compare_names, (int)question->compare), expected);
}

struct verdict mysql_answer_compare(const struct mysql_question *question, const char *value,
                                    const regex_t *pattern)
{
    double number;
    double expected;
    bool holds;

    if (!question->expected) {
        return answer_good();
    }
    if (!value) {
        return verdict_of(VERDICT_ANSWER, "the answer is NULL");
    }
    if (question->compare == CONF_COMPARE_MATCH) {
        holds = pattern && regexec(pattern, value, 0, NULL, 0) == 0;
    } else if (answer_number(value, &number) && answer_number(question->expected, &expected)) {
        holds = answer_holds(question->compare, answer_order(number, expected));
    } else if (question->compare == CONF_COMPARE_EQUAL ||
               question->compare == CONF_COMPARE_DIFFERENT) {
        holds = answer_holds(question->compare, strcmp(value, question->expected));
    } else {
        holds = false; /* what is no number is neither more nor less than one */
    }
    return holds ? answer_good() : answer_differs(question, value);
}

/* ---- Rows -------------------------------------------------------------------------------------- */

/* The value of a column that has one of two names; NULL: it has none, or NULL. */
static const char *answer_column(const struct mysql_row *row, const char *name, const char *other)
{
    for (unsigned i = 0; i < row->count; i++) {
        if (strcmp(row->names[i], name) == 0 || strcmp(row->names[i], other) == 0) {
            return row->values[i];
        }
    }
    return NULL;
}

/* One of the replica's two threads does not run: its last error says why, or it was stopped. */
static struct verdict answer_broken(const char *thread, const char *state, const char *error)
{
    char shown[ANSWER_VALUE_SHOWN * 2 + 1];

    mysql_text(shown, sizeof(shown), error ? error : "", error ? strlen(error) : 0);
    return verdict_of(VERDICT_ANSWER, "replication is broken: the %s thread %s%s%s", thread,
                      state && strcmp(state, "Connecting") == 0 ? "is connecting" : "is stopped",
                      *shown ? ": " : "", shown);
}

static void answer_replica(struct mysql_answer *answer, const struct mysql_row *row)
{
    const char *io = answer_column(row, "Slave_IO_Running", "Replica_IO_Running");
    const char *sql = answer_column(row, "Slave_SQL_Running", "Replica_SQL_Running");
    const char *lag = answer_column(row, "Seconds_Behind_Master", "Seconds_Behind_Source");
    int64_t lag_s = 0;

    if (answer->broken.class != VERDICT_OK) {
        return;
    }
    if (!sql || strcmp(sql, "Yes") != 0) {
        answer->broken =
            answer_broken("SQL", sql, answer_column(row, "Last_SQL_Error", "Last_SQL_Error"));
    } else if (!io || strcmp(io, "Yes") != 0) {
        answer->broken =
            answer_broken("IO", io, answer_column(row, "Last_IO_Error", "Last_IO_Error"));
    } else if (!lag || !text_parse_signed(lag, 0, INT64_MAX, &lag_s)) {
        answer->broken = verdict_of(VERDICT_ANSWER, "the replica does not know its lag");
    } else if (lag_s > answer->lag_s) {
        answer->lag_s = lag_s;
    }
}

static void answer_galera(struct mysql_answer *answer, const struct mysql_row *row)
{
    const char *name = row->count > 1 && row->values[0] ? row->values[0] : "";
    const char *value = row->count > 1 && row->values[1] ? row->values[1] : "";

    if (strcmp(name, "wsrep_ready") == 0) {
        answer->ready = strcmp(value, "ON") == 0;
    } else if (strcmp(name, "wsrep_cluster_status") == 0) {
        answer->primary = strcmp(value, "Primary") == 0;
        mysql_text(answer->cluster_text, sizeof(answer->cluster_text), value, strlen(value));
    } else if (strcmp(name, "wsrep_local_state") == 0) {
        (void)text_parse_signed(value, 0, INT64_MAX, &answer->state);
    } else if (strcmp(name, "wsrep_local_state_comment") == 0) {
        mysql_text(answer->state_text, sizeof(answer->state_text), value, strlen(value));
    }
}

/* MariaDB since 12 and MySQL say words, others 0 or 1. */
static struct verdict answer_read_only(const struct mysql_question *question, const char *value)
{
    bool on = value && strcmp(value, "0") != 0 && strcmp(value, "OFF") != 0;

    return on == (question->read_only > 0)
               ? answer_good()
               : verdict_of(VERDICT_ANSWER, "read_only is %s, expected: %s", on ? "on" : "off",
                            on ? "off" : "on");
}

void mysql_answer_row(struct mysql_answer *answer, const struct mysql_question *question,
                      enum mysql_statement statement, const struct mysql_row *row,
                      const regex_t *pattern)
{
    const char *first = row->count ? row->values[0] : NULL;

    if (statement == MYSQL_STATEMENT_REPLICATION) {
        answer_replica(answer, row);
    } else if (statement == MYSQL_STATEMENT_GALERA) {
        answer_galera(answer, row);
    } else if (!answer->rows) {
        answer->value = statement == MYSQL_STATEMENT_READ_ONLY
                            ? answer_read_only(question, first)
                            : mysql_answer_compare(question, first, pattern);
    }
    answer->rows++;
}

/* ---- Ends -------------------------------------------------------------------------------------- */

int32_t mysql_answer_lag_weight(const struct mysql_question *question, int64_t lag_s)
{
    int64_t span = (int64_t)question->lag_none_s - question->lag_full_s;
    int64_t left = (int64_t)question->lag_none_s - lag_s;
    int64_t percent;

    if (lag_s <= question->lag_full_s) {
        return 100;
    }
    if (left <= 0) {
        return 0;
    }
    percent = left * 100 / span;
    percent -= percent % ANSWER_STEP;
    return percent ? (int32_t)percent : ANSWER_STEP;
}

static struct verdict answer_replication_end(const struct mysql_answer *answer,
                                             const struct mysql_question *question)
{
    struct verdict verdict;

    if (!answer->rows) {
        return verdict_of(VERDICT_ANSWER, "it is no replica");
    }
    if (answer->broken.class != VERDICT_OK) {
        return answer->broken;
    }
    if (question->max_lag_s && answer->lag_s > question->max_lag_s) {
        return verdict_of(VERDICT_ANSWER, "replica is %" PRId64 " s behind, %" PRIu32 " s allowed",
                          answer->lag_s, question->max_lag_s);
    }
    verdict = verdict_of(VERDICT_OK, "replica is %" PRId64 " s behind", answer->lag_s);
    if (question->lag_none_s) {
        verdict.change.kind = HEALTH_CHANGE_PERCENT;
        verdict.change.value = mysql_answer_lag_weight(question, answer->lag_s);
    }
    return verdict;
}

static struct verdict answer_galera_end(const struct mysql_answer *answer,
                                        const struct mysql_question *question)
{
    bool in = answer->state == ANSWER_SYNCED ||
              (answer->state == ANSWER_DONOR && question->galera == CONF_MYSQL_GALERA_DONOR);

    if (!answer->rows) {
        return verdict_of(VERDICT_ANSWER, "it has no Galera");
    }
    if (!answer->primary) {
        return verdict_of(VERDICT_ANSWER, "Galera: the component is %s, not Primary",
                          *answer->cluster_text ? answer->cluster_text : "not known");
    }
    if (!in) {
        return verdict_of(VERDICT_ANSWER, "Galera: the node is %s, not Synced%s",
                          *answer->state_text ? answer->state_text : "in no known state",
                          question->galera == CONF_MYSQL_GALERA_DONOR ? " or Donor" : "");
    }
    if (!answer->ready) {
        return verdict_of(VERDICT_ANSWER, "Galera: wsrep_ready is OFF");
    }
    return answer_good();
}

struct verdict mysql_answer_end(const struct mysql_answer *answer,
                                const struct mysql_question *question,
                                enum mysql_statement statement)
{
    switch (statement) {
    case MYSQL_STATEMENT_REPLICATION:
        return answer_replication_end(answer, question);
    case MYSQL_STATEMENT_GALERA:
        return answer_galera_end(answer, question);
    default:
        if (!answer->rows && (statement == MYSQL_STATEMENT_READ_ONLY || question->expected)) {
            return verdict_of(VERDICT_ANSWER, "the answer has no row");
        }
        return answer->value;
    }
}
