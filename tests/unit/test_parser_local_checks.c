/* SPDX-License-Identifier: Apache-2.0
 *
 * The checkers that ask something of this host or of an agent: MISC_CHECK, FILE_CHECK, BFD_CHECK,
 * AGENT_CHECK. What they make, and whole messages where they are wrong.
 */
#include "unit_parser.h"

#include "base/clock.h"
#include "parser/dump.h"

#define S CLOCK_SECOND

#define IN_SERVER(text_)                                                                           \
    "virtual_server 192.0.2.9 80 { lb_algo rr\n lb_kind NAT\n protocol TCP\n delay_loop 7\n"       \
    "real_server 192.0.2.21 80 {\n" text_ "\n} }\n"

static const struct conf_check *first_check(const struct unit_load *load)
{
    const struct conf_virtual_server *service = STAILQ_FIRST(&load->conf->virtual_servers);

    return STAILQ_FIRST(&STAILQ_FIRST(&service->servers)->checks);
}

/* What a dump has to say of a text must hold, line for line. */
static void expect_dumped(const char *text, const char *const *lines, size_t count)
{
    struct unit_load load = unit_load_clean(text);
    struct text_buffer out = {0};

    dump_write(load.conf, &out);
    for (size_t i = 0; i < count; i++) {
        assert_fact(strstr(out.data, lines[i]) != NULL, "%s is not in\n%s", lines[i], out.data);
    }
    text_release(&out);
    unit_unload(&load);
}

/* ---- MISC_CHECK -------------------------------------------------------------------------------- */

static void test_a_program_has_its_defaults(void **state)
{
    struct unit_load load = unit_load_clean(IN_SERVER(
        "MISC_CHECK { misc_path \"/bin/check 'a b' c\" }") "global_defs { script_user u g }\n");
    const struct conf_check *check = first_check(&load);
    const struct conf_misc_check *misc = (const struct conf_misc_check *)check;

    (void)state;
    assert_int_equal(check->kind, CONF_CHECK_MISC);
    assert_string_equal(misc->script.argv[0], "/bin/check");
    assert_string_equal(misc->script.argv[1], "a b");
    assert_string_equal(misc->script.argv[2], "c");
    assert_null(misc->script.argv[3]);
    assert_null(misc->script.user);
    assert_true(misc->timeout == 0 && !misc->dynamic && !misc->serial);
    assert_ptr_equal(misc->global, &load.conf->global);
    assert_int_equal(load.conf->global.misc_programs, 32);
    assert_int_equal(check->retry, 0);
    assert_true(check->delay_loop == 7 * S && check->delay_before_retry == 1 * S);
    assert_true(check->warmup == 7 * S && !check->alpha);
    assert_false(inet_is_set(&check->connect_addr));
    unit_unload(&load);
}

static void test_every_keyword_of_a_program_is_stored(void **state)
{
    struct unit_load load = unit_load_clean("global_defs { misc_check_programs 3 }\n" IN_SERVER(
        "MISC_CHECK {\n misc_path /bin/check\n misc_timeout 2.5\n misc_dynamic\n misc_serial\n"
        " user nobody nogroup\n retry 4\n delay_before_retry 3\n warmup 2\n delay_loop 9\n"
        " alpha\n log_all_failures }"));
    const struct conf_check *check = first_check(&load);
    const struct conf_misc_check *misc = (const struct conf_misc_check *)check;

    (void)state;
    assert_true(misc->timeout == 2500 * CLOCK_MILLISECOND && misc->dynamic && misc->serial);
    assert_string_equal(misc->script.user, "nobody");
    assert_string_equal(misc->script.group, "nogroup");
    assert_int_equal(check->retry, 4);
    assert_true(check->delay_loop == 9 * S && check->delay_before_retry == 3 * S);
    assert_true(check->warmup == 2 * S && check->alpha && check->log_all_failures);
    assert_int_equal(load.conf->global.misc_programs, 3);
    unit_unload(&load);
}

static void test_a_program_is_dumped_with_the_time_that_it_has(void **state)
{
    static const char *const lines[] = {
        "misc_path \"/bin/check a\"",
        "misc_timeout 7",
        "misc_dynamic",
        "user nobody",
    };

    (void)state;
    expect_dumped(
        IN_SERVER("MISC_CHECK { misc_path \"/bin/check a\"\n misc_dynamic\n user nobody }"), lines,
        UNIT_COUNT(lines));
}

static void test_messages_of_misc_check(void **state)
{
    static const struct unit_message_row rows[] = {
        {IN_SERVER("MISC_CHECK { misc_path /bin/true a }"),
         "t.conf:6:34: warning: \"a\" is not used: misc_path takes no more words; to give it to the program, put the whole command in double quotes\n"
         "    MISC_CHECK { misc_path /bin/true a }\n"
         "                                     ^\n"},
        {IN_SERVER("MISC_CHECK { }"),
         "t.conf:6:1: error: MISC_CHECK has no misc_path; add: misc_path \"COMMAND ARGUMENT...\"\n"
         "    MISC_CHECK { }\n"
         "    ^~~~~~~~~~\n"},
        {IN_SERVER("MISC_CHECK { misc_path /bin/x\nmisc_timeout 5000 }"),
         "t.conf:7:14: error: misc_timeout 5000 is outside 0..4294 seconds\n"
         "    misc_timeout 5000 }\n"
         "                 ^~~~\n"},
        {IN_SERVER("MISC_CHECK { misc_path /bin/x\nconnect_port 80\n}"),
         "t.conf:7:1: error: unknown keyword \"connect_port\" in MISC_CHECK; it is a keyword of TCP_CHECK, HTTP_GET, SSL_GET\n"
         "    connect_port 80\n"
         "    ^~~~~~~~~~~~\n"},
    };

    (void)state;
    unit_check_messages(rows, UNIT_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_program_has_its_defaults),
        cmocka_unit_test(test_every_keyword_of_a_program_is_stored),
        cmocka_unit_test(test_a_program_is_dumped_with_the_time_that_it_has),
        cmocka_unit_test(test_messages_of_misc_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
