/* SPDX-License-Identifier: Apache-2.0
 *
 * What the answers of MySQL and MariaDB servers mean.
 */
#include "unit.h"

#include "base/text.h"
#include "check/mysql_answer.h"
#include "check/mysql_question.h"

static const struct {
    const char *value;
    enum conf_compare compare;
    const char *expected;
    bool holds;
} comparisons[] = {
    {"1", CONF_COMPARE_EQUAL, "1", true},
    {"1", CONF_COMPARE_EQUAL, "1.0", true},
    {"1e2", CONF_COMPARE_EQUAL, "100", true},
    {"ON", CONF_COMPARE_EQUAL, "ON", true},
    {"on", CONF_COMPARE_EQUAL, "ON", false},
    {"", CONF_COMPARE_EQUAL, "", true},
    {"0x10", CONF_COMPARE_EQUAL, "16", false},
    {"nan", CONF_COMPARE_EQUAL, "nan", true},
    {"2", CONF_COMPARE_DIFFERENT, "1", true},
    {"1", CONF_COMPARE_DIFFERENT, "1.0", false},
    {"a", CONF_COMPARE_DIFFERENT, "b", true},
    {"9", CONF_COMPARE_LESS, "10", true},
    {"10", CONF_COMPARE_LESS, "10", false},
    {"-1", CONF_COMPARE_LESS, "0", true},
    {"many", CONF_COMPARE_LESS, "10", false},
    {"many", CONF_COMPARE_MORE, "10", false},
    {"", CONF_COMPARE_LESS, "10", false},
    {"10", CONF_COMPARE_AT_MOST, "10", true},
    {"10.5", CONF_COMPARE_AT_MOST, "10", false},
    {"11", CONF_COMPARE_MORE, "10", true},
    {"10", CONF_COMPARE_MORE, "10", false},
    {"10", CONF_COMPARE_AT_LEAST, "10", true},
    {"9", CONF_COMPARE_AT_LEAST, "10", false},
    {"10.11.19-MariaDB", CONF_COMPARE_MATCH, "^10[.](11|12)[.]", true},
    {"8.0.36", CONF_COMPARE_MATCH, "^10", false},
};

static void test_values_are_compared_as_numbers_where_both_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(comparisons); i++) {
        const struct mysql_question question = {.compare = comparisons[i].compare,
                                                .expected = comparisons[i].expected};
        regex_t pattern;
        struct verdict verdict;

        assert_int_equal(regcomp(&pattern, comparisons[i].expected, REG_EXTENDED | REG_NOSUB), 0);
        verdict = mysql_answer_compare(&question, comparisons[i].value, &pattern);
        regfree(&pattern);
        assert_fact(verdict.class == (comparisons[i].holds ? VERDICT_OK : VERDICT_ANSWER),
                    "%zu: %s %s", i, comparisons[i].value, verdict.text);
        assert_fact(comparisons[i].holds == (verdict.text[0] == '\0'), "%s", verdict.text);
    }
}

static void test_a_difference_is_told(void **state)
{
    const struct mysql_question question = {.compare = CONF_COMPARE_AT_MOST, .expected = "10"};
    const struct mysql_question none = {.expected = NULL};

    (void)state;
    assert_string_equal(mysql_answer_compare(&question, "11\n", NULL).text,
                        "the answer is \"11?\", expected: <= 10");
    assert_string_equal(mysql_answer_compare(&question, NULL, NULL).text, "the answer is NULL");
    assert_int_equal(mysql_answer_compare(&none, NULL, NULL).class, VERDICT_OK);
}

static void test_replication_is_asked_for_in_the_servers_words(void **state)
{
    static const struct {
        const char *version;
        const char *statement;
    } versions[] = {
        {"10.11.19-MariaDB-0+deb12u1", "SHOW ALL SLAVES STATUS"},
        {"5.7.44-log", "SHOW SLAVE STATUS"},
        {"8.0.21", "SHOW SLAVE STATUS"},
        {"8.0.22", "SHOW REPLICA STATUS"},
        {"8.4.0", "SHOW REPLICA STATUS"},
        {"9.1.0-commercial", "SHOW REPLICA STATUS"},
        {"", "SHOW SLAVE STATUS"},
        {"8", "SHOW SLAVE STATUS"},
    };
    const struct mysql_question question = {.replication = true};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(versions); i++) {
        assert_string_equal(
            mysql_statement_text(&question, MYSQL_STATEMENT_REPLICATION, versions[i].version),
            versions[i].statement);
    }
}

/* ---- Replicas ---------------------------------------------------------------------------------- */

static const char *const replica_names[] = {"Master_Host",       "Slave_IO_Running",
                                            "Slave_SQL_Running", "Last_IO_Error",
                                            "Last_SQL_Error",    "Seconds_Behind_Master"};
static const char *const replica_names_8[] = {"Source_Host",         "Replica_IO_Running",
                                              "Replica_SQL_Running", "Last_IO_Error",
                                              "Last_SQL_Error",      "Seconds_Behind_Source"};

static const struct {
    const char *values[2][6]; /* of up to two sources */
    unsigned sources;
    enum verdict_class class;
    const char *text;
} replicas[] = {
    {{{"h", "Yes", "Yes", "", "", "0"}}, 1, VERDICT_OK, "replica is 0 s behind"},
    {{{"h", "Yes", "Yes", "", "", "30"}}, 1, VERDICT_OK, "replica is 30 s behind"},
    {{{"h", "Yes", "Yes", "", "", "31"}},
     1,
     VERDICT_ANSWER,
     "replica is 31 s behind, 30 s allowed"},
    {{{"h", "Yes", "Yes", "", "", "5"}, {"i", "Yes", "Yes", "", "", "7"}},
     2,
     VERDICT_OK,
     "replica is 7 s behind"},
    {{{"h", "Yes", "Yes", "", "", "5"}, {"i", "Yes", "No", "", "", NULL}},
     2,
     VERDICT_ANSWER,
     "replication is broken: the SQL thread is stopped"},
    {{{"h", "Yes", "No", "", "Duplicate entry '1'", NULL}},
     1,
     VERDICT_ANSWER,
     "replication is broken: the SQL thread is stopped: Duplicate entry '1'"},
    {{{"h", "Connecting", "Yes", "error connecting", "", NULL}},
     1,
     VERDICT_ANSWER,
     "replication is broken: the IO thread is connecting: error connecting"},
    {{{"h", "No", "Yes", "", "", NULL}},
     1,
     VERDICT_ANSWER,
     "replication is broken: the IO thread is stopped"},
    {{{"h", "Yes", "Yes", "", "", NULL}}, 1, VERDICT_ANSWER, "the replica does not know its lag"},
    {{{"h", NULL, NULL, NULL, NULL, NULL}},
     1,
     VERDICT_ANSWER,
     "replication is broken: the SQL thread is stopped"},
    {{{NULL}}, 0, VERDICT_ANSWER, "it is no replica"},
};

static void test_a_replica_is_judged_by_its_threads_and_its_lag(void **state)
{
    const struct mysql_question question = {
        .level = CONF_MYSQL_QUERY, .replication = true, .max_lag_s = 30};

    (void)state;
    for (size_t i = 0; i < 2 * UNIT_COUNT(replicas); i++) {
        struct mysql_answer answer = {0};
        struct verdict verdict;

        for (unsigned j = 0; j < replicas[i / 2].sources; j++) {
            const struct mysql_row row = {6, i % 2 ? replica_names_8 : replica_names,
                                          replicas[i / 2].values[j]};

            mysql_answer_row(&answer, &question, MYSQL_STATEMENT_REPLICATION, &row, NULL);
        }
        verdict = mysql_answer_end(&answer, &question, MYSQL_STATEMENT_REPLICATION);
        assert_fact(verdict.class == replicas[i / 2].class, "%zu: %s", i, verdict.text);
        assert_string_equal(verdict.text, replicas[i / 2].text);
        assert_int_equal(verdict.change.kind, HEALTH_CHANGE_NONE);
    }
}

static void test_the_weight_falls_between_two_lags(void **state)
{
    static const struct {
        int64_t lag_s;
        int32_t percent;
    } lags[] = {{0, 100}, {5, 100}, {6, 95}, {10, 75}, {15, 50}, {24, 5}, {25, 0}, {9999, 0}};
    const struct mysql_question question = {.lag_full_s = 5, .lag_none_s = 25};
    const struct mysql_question narrow = {.lag_full_s = 0, .lag_none_s = 100};
    struct mysql_answer answer = {.rows = 1, .lag_s = 15};
    struct verdict verdict = mysql_answer_end(&answer, &question, MYSQL_STATEMENT_REPLICATION);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(lags); i++) {
        assert_int_equal(mysql_answer_lag_weight(&question, lags[i].lag_s), lags[i].percent);
    }
    assert_int_equal(mysql_answer_lag_weight(&narrow, 99), 5);
    assert_int_equal(verdict.change.kind, HEALTH_CHANGE_PERCENT);
    assert_int_equal(verdict.change.value, 50);
}

/* ---- Galera and read_only ---------------------------------------------------------------------- */

static const struct {
    const char *ready;
    const char *state;
    const char *comment;
    const char *cluster;
    enum conf_mysql_galera asked;
    const char *text; /* "": it is well */
} nodes[] = {
    {"ON", "4", "Synced", "Primary", CONF_MYSQL_GALERA_SYNCED, ""},
    {"ON", "2", "Donor/Desynced", "Primary", CONF_MYSQL_GALERA_SYNCED,
     "Galera: the node is Donor/Desynced, not Synced"},
    {"ON", "2", "Donor/Desynced", "Primary", CONF_MYSQL_GALERA_DONOR, ""},
    {"OFF", "1", "Joining", "Primary", CONF_MYSQL_GALERA_DONOR,
     "Galera: the node is Joining, not Synced or Donor"},
    {"OFF", "4", "Synced", "Primary", CONF_MYSQL_GALERA_SYNCED, "Galera: wsrep_ready is OFF"},
    {"OFF", "0", "Initialized", "non-Primary", CONF_MYSQL_GALERA_SYNCED,
     "Galera: the component is non-Primary, not Primary"},
    {"OFF", "0", "", "", CONF_MYSQL_GALERA_SYNCED,
     "Galera: the component is not known, not Primary"},
};

static void test_a_node_of_galera_is_judged_by_its_state(void **state)
{
    static const char *const names[] = {"Variable_name", "Value"};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(nodes); i++) {
        const struct mysql_question question = {.galera = nodes[i].asked};
        const char *const values[][2] = {{"wsrep_cluster_status", nodes[i].cluster},
                                         {"wsrep_local_state", nodes[i].state},
                                         {"wsrep_local_state_comment", nodes[i].comment},
                                         {"wsrep_ready", nodes[i].ready}};
        struct mysql_answer answer = {0};
        struct verdict verdict;

        for (size_t j = 0; j < UNIT_COUNT(values); j++) {
            const struct mysql_row row = {2, names, values[j]};

            mysql_answer_row(&answer, &question, MYSQL_STATEMENT_GALERA, &row, NULL);
        }
        verdict = mysql_answer_end(&answer, &question, MYSQL_STATEMENT_GALERA);
        assert_string_equal(verdict.text, nodes[i].text);
        assert_int_equal(verdict.class, *nodes[i].text ? VERDICT_ANSWER : VERDICT_OK);
    }
}

static void test_a_server_without_galera_is_no_node(void **state)
{
    const struct mysql_question question = {.galera = CONF_MYSQL_GALERA_DONOR};
    const struct mysql_answer answer = {0};

    (void)state;
    assert_string_equal(mysql_answer_end(&answer, &question, MYSQL_STATEMENT_GALERA).text,
                        "it has no Galera");
}

static void test_read_only_is_a_number_or_a_word(void **state)
{
    static const struct {
        const char *value;
        bool on;
    } values[] = {{"0", false}, {"1", true},       {"OFF", false},
                  {"ON", true}, {"NO_LOCK", true}, {NULL, false}};
    static const char *const names[] = {"@@global.read_only"};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(values); i++) {
        for (int wanted = 0; wanted < 2; wanted++) {
            const struct mysql_question question = {.read_only = (int8_t)wanted};
            const struct mysql_row row = {1, names, &values[i].value};
            struct mysql_answer answer = {0};
            struct verdict verdict;

            mysql_answer_row(&answer, &question, MYSQL_STATEMENT_READ_ONLY, &row, NULL);
            verdict = mysql_answer_end(&answer, &question, MYSQL_STATEMENT_READ_ONLY);
            assert_fact((verdict.class == VERDICT_OK) == (values[i].on == (wanted > 0)), "%zu: %s",
                        i, verdict.text);
        }
    }
}

/* ---- The question ------------------------------------------------------------------------------ */

static void test_a_question_is_read_as_it_was_written(void **state)
{
    struct conf_mysql_check check = {.level = CONF_MYSQL_QUERY,
                                     .user = "u",
                                     .password = "p",
                                     .query = "SELECT 1",
                                     .compare = CONF_COMPARE_MATCH,
                                     .expected = "x",
                                     .read_only = -1,
                                     .replication = true,
                                     .max_lag_s = 9,
                                     .lag_full_s = 1,
                                     .lag_none_s = 2,
                                     .galera = CONF_MYSQL_GALERA_DONOR,
                                     .tls = true,
                                     .tls_ca = "ca",
                                     .tls_name = "n"};
    struct text_buffer detail = {0};
    struct text_buffer other = {0};
    struct mysql_question question;

    (void)state;
    mysql_question_pack(&check.check, &detail);
    question = mysql_question_read((const unsigned char *)detail.data, detail.length);
    assert_string_equal(question.user, "u");
    assert_string_equal(question.password, "p");
    assert_null(question.database);
    assert_string_equal(question.query, "SELECT 1");
    assert_int_equal(question.read_only, -1);
    assert_int_equal(question.max_lag_s, 9);
    assert_int_equal(question.galera, CONF_MYSQL_GALERA_DONOR);
    assert_true(question.tls && !question.tls_verify);
    assert_string_equal(question.tls_name, "n");
    assert_int_equal(mysql_question_count(&question), 3);
    check.password = "q"; /* another question, so that a reload takes it */
    mysql_question_pack(&check.check, &other);
    assert_int_equal(detail.length, other.length);
    assert_memory_not_equal(detail.data, other.data, detail.length);
    text_release(&detail);
    text_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_compared_as_numbers_where_both_are),
        cmocka_unit_test(test_a_difference_is_told),
        cmocka_unit_test(test_replication_is_asked_for_in_the_servers_words),
        cmocka_unit_test(test_a_replica_is_judged_by_its_threads_and_its_lag),
        cmocka_unit_test(test_the_weight_falls_between_two_lags),
        cmocka_unit_test(test_a_node_of_galera_is_judged_by_its_state),
        cmocka_unit_test(test_a_server_without_galera_is_no_node),
        cmocka_unit_test(test_read_only_is_a_number_or_a_word),
        cmocka_unit_test(test_a_question_is_read_as_it_was_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
