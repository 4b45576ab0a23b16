/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of agents, and what they mean.
 */
#include "unit.h"

#include "check/agent_reply.h"

static struct verdict take(struct agent_status *status, const char *line)
{
    struct agent_reply reply = agent_reply_read(line, strlen(line));

    return agent_status_take(status, &reply);
}

static void test_a_line_ends_at_the_first_cr_or_lf(void **state)
{
    (void)state;
    assert_int_equal(agent_line_length("up\n", 3), 2);
    assert_int_equal(agent_line_length("up\r\n", 4), 2);
    assert_int_equal(agent_line_length("\nup\n", 4), 0);
    assert_int_equal(agent_line_length("up", 2), -1);
    assert_int_equal(agent_line_length("", 0), -1);
    assert_int_equal(agent_line_length("a\0b\n", 4), 3);
}

static void test_words_mean_what_haproxy_takes_them_for(void **state)
{
    static const struct {
        const char *line;
        enum verdict_class class;
        enum health_change_kind change;
        int32_t value;
        const char *text;
    } rows[] = {
        {"up", VERDICT_OK, HEALTH_CHANGE_NONE, 0, "agent: up, 100%"},
        {"UP", VERDICT_OK, HEALTH_CHANGE_NONE, 0, "agent: up, 100%"},
        {"ready", VERDICT_OK, HEALTH_CHANGE_NONE, 0, "agent: up, 100%"},
        {"", VERDICT_OK, HEALTH_CHANGE_NONE, 0, "agent: up, 100%"},
        {"75%", VERDICT_OK, HEALTH_CHANGE_PERCENT, 75, "agent: up, 75%"},
        {"0%", VERDICT_OK, HEALTH_CHANGE_DRAIN, 0, "agent: up, 0%"},
        {"25600%", VERDICT_OK, HEALTH_CHANGE_PERCENT, 25600, "agent: up, 25600%"},
        {"100%", VERDICT_OK, HEALTH_CHANGE_NONE, 0, "agent: up, 100%"},
        {"up,\t 50% ,maxconn:30", VERDICT_OK, HEALTH_CHANGE_PERCENT, 50, "agent: up, 50%"},
        {"MaxConn:", VERDICT_OK, HEALTH_CHANGE_NONE, 0, "agent: up, 100%"},
        {"10% 20%", VERDICT_OK, HEALTH_CHANGE_PERCENT, 20, "agent: up, 20%"},
        {"drain", VERDICT_OK, HEALTH_CHANGE_DRAIN, 0, "agent: drain, 100%"},
        {"drain up 50%", VERDICT_OK, HEALTH_CHANGE_DRAIN, 0, "agent: drain, 50%"},
        {"drain ready", VERDICT_OK, HEALTH_CHANGE_NONE, 0, "agent: up, 100%"},
        {"maint", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0, "agent: maint"},
        {"up maint", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0, "agent: maint"},
        {"maint down", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0, "agent: maint"},
        {"down", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0, "agent: down"},
        {"fail", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0, "agent: fail"},
        {"Failed", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0, "agent: failed"},
        {"stopped", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0, "agent: stopped"},
        {"down # the disk is full ", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0,
         "agent: down (the disk is full)"},
        {"down the disk is full", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0,
         "agent: down (the disk is full)"},
        {"down 50% too much", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0, "agent: down (too much)"},
        {"fail #\x01x\xff", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0, "agent: fail (?x?)"},
        {"down up", VERDICT_OK, HEALTH_CHANGE_NONE, 0, "agent: up, 100%"},
        {"up down", VERDICT_ANSWER, HEALTH_CHANGE_NONE, 0, "agent: down"},
        {"up # fine", VERDICT_OK, HEALTH_CHANGE_NONE, 0, "agent: up, 100%"},
        {"hello", VERDICT_PROTOCOL, HEALTH_CHANGE_NONE, 0, "agent: unknown word \"hello\""},
        {"up hello", VERDICT_PROTOCOL, HEALTH_CHANGE_NONE, 0, "agent: unknown word \"hello\""},
        {"75", VERDICT_PROTOCOL, HEALTH_CHANGE_NONE, 0, "agent: unknown word \"75\""},
        {"%", VERDICT_PROTOCOL, HEALTH_CHANGE_NONE, 0, "agent: unknown word \"%\""},
        {"-5%", VERDICT_PROTOCOL, HEALTH_CHANGE_NONE, 0, "agent: unknown word \"-5%\""},
        {"7.5%", VERDICT_PROTOCOL, HEALTH_CHANGE_NONE, 0, "agent: unknown word \"7.5%\""},
        {"25601%", VERDICT_PROTOCOL, HEALTH_CHANGE_NONE, 0, "agent: unknown word \"25601%\""},
        {"99999999999999999999%", VERDICT_PROTOCOL, HEALTH_CHANGE_NONE, 0,
         "agent: unknown word \"999999999999999\""},
        {"HTTP/1.1 200 OK", VERDICT_PROTOCOL, HEALTH_CHANGE_NONE, 0,
         "agent: unknown word \"HTTP/1.1\""},
        {"upp", VERDICT_PROTOCOL, HEALTH_CHANGE_NONE, 0, "agent: unknown word \"upp\""},
        {"maxconn", VERDICT_PROTOCOL, HEALTH_CHANGE_NONE, 0, "agent: unknown word \"maxconn\""},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct agent_status status = {.percent = 100};
        struct verdict verdict = take(&status, rows[i].line);

        assert_fact(verdict.class == rows[i].class, "\"%s\": %s", rows[i].line,
                    verdict_class_name(verdict.class));
        assert_fact(verdict.change.kind == rows[i].change && verdict.change.value == rows[i].value,
                    "\"%s\": %d %d", rows[i].line, (int)verdict.change.kind,
                    (int)verdict.change.value);
        assert_fact(strcmp(verdict.text, rows[i].text) == 0, "\"%s\": %s", rows[i].line,
                    verdict.text);
    }
}

static void test_what_a_line_leaves_out_stays_as_it_was(void **state)
{
    static const struct {
        const char *line;
        const char *text;
    } rows[] = {
        {"75%", "agent: up, 75%"},
        {"", "agent: up, 75%"},
        {"up", "agent: up, 75%"},
        {"down # too hot", "agent: down (too hot)"},
        {"40%", "agent: down (too hot)"},
        {"ready", "agent: down (too hot)"},
        {"up", "agent: up, 40%"},
        {"drain", "agent: drain, 40%"},
        {"50%", "agent: drain, 50%"},
        {"down", "agent: down"},
        {"nonsense", "agent: unknown word \"nonsense\""},
        {"maint", "agent: maint"},
        {"60%", "agent: maint"},
        {"ready", "agent: down"},
        {"up", "agent: up, 60%"},
        {"maint", "agent: maint"},
        {"up", "agent: up, 60%"},
        {"drain", "agent: drain, 60%"},
        {"up 100%", "agent: up, 100%"},
    };
    struct agent_status status = {.percent = 100};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct verdict verdict = take(&status, rows[i].line);

        assert_fact(strcmp(verdict.text, rows[i].text) == 0, "row %zu, \"%s\": %s", i, rows[i].line,
                    verdict.text);
    }
}

static void test_long_words_and_reasons_are_cut(void **state)
{
    struct agent_status status = {.percent = 100};
    char line[AGENT_LINE_SIZE];
    struct agent_reply reply;

    (void)state;
    memset(line, 'x', sizeof(line));
    reply = agent_reply_read(line, sizeof(line));
    assert_int_equal(strlen(reply.unknown), AGENT_WORD_SIZE - 1);
    for (size_t i = 0; i < strlen("down "); i++) {
        line[i] = "down "[i];
    }
    reply = agent_reply_read(line, sizeof(line));
    assert_int_equal(strlen(reply.reason), AGENT_REASON_SIZE - 1);
    assert_int_equal(agent_status_take(&status, &reply).class, VERDICT_ANSWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_ends_at_the_first_cr_or_lf),
        cmocka_unit_test(test_words_mean_what_haproxy_takes_them_for),
        cmocka_unit_test(test_what_a_line_leaves_out_stays_as_it_was),
        cmocka_unit_test(test_long_words_and_reasons_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
