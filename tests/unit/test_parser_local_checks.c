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

/* ---- FILE_CHECK -------------------------------------------------------------------------------- */

static void test_a_file_has_its_own_weight_unless_the_check_says_another(void **state)
{
    struct unit_load load = unit_load_clean(IN_SERVER(
        "FILE_CHECK { track_file load }\n FILE_CHECK { track_file load\n weight 2147483647 "
        "}\n FILE_CHECK { track_file load\n weight -2147483647 reverse\n alpha }\n"
        "FILE_CHECK { track_file other\n weight 0 noreverse\n log_all_failures\n }") "track_file load { file /run/load\n weight -20 reverse }\ntrack_file other { file /run/o }\n");
    const struct conf_check *check = first_check(&load);
    const struct conf_file_check *file = (const struct conf_file_check *)check;

    (void)state;
    assert_int_equal(check->kind, CONF_CHECK_FILE);
    assert_string_equal(file->file, "load");
    assert_true(file->weight == -20 && file->reverse && !check->alpha);
    file = (const struct conf_file_check *)STAILQ_NEXT(&file->check, next);
    assert_true(file->weight == 2147483647 && !file->reverse);
    file = (const struct conf_file_check *)STAILQ_NEXT(&file->check, next);
    assert_true(file->weight == -2147483647 && file->reverse && file->check.alpha);
    file = (const struct conf_file_check *)STAILQ_NEXT(&file->check, next);
    assert_true(file->weight == 0 && !file->reverse && file->check.log_all_failures);
    assert_true(STAILQ_FIRST(&load.conf->track_files)->tracked);
    unit_unload(&load);
}

static void test_a_file_is_dumped_with_the_weight_that_counts(void **state)
{
    static const char *const lines[] = {"FILE_CHECK {", "            track_file load\n",
                                        "            weight -20 reverse\n"};

    (void)state;
    expect_dumped(
        IN_SERVER(
            "FILE_CHECK { track_file load }") "track_file load { file /run/load\n weight -20 reverse }\n",
        lines, UNIT_COUNT(lines));
}

static void test_messages_of_file_check(void **state)
{
    static const struct unit_message_row rows[] = {
        {IN_SERVER("FILE_CHECK { }"),
         "t.conf:6:1: error: FILE_CHECK has no track_file; add: track_file TRACK_FILE\n"
         "    FILE_CHECK { }\n"
         "    ^~~~~~~~~~\n"},
        {IN_SERVER("FILE_CHECK { track_file laod }") "track_file load { file /run/load }\n",
         "t.conf:6:25: error: there is no track_file \"laod\"; did you mean \"load\"?\n"
         "    FILE_CHECK { track_file laod }\n"
         "                            ^~~~\n"},
        {IN_SERVER(
             "FILE_CHECK { track_file load\n weight 2147483648 }") "track_file load { file /run/load }\n",
         "t.conf:7:9: error: weight 2147483648 is outside -2147483647..2147483647\n"
         "     weight 2147483648 }\n"
         "            ^~~~~~~~~~\n"},
        {IN_SERVER(
             "FILE_CHECK { track_file load\n weight 1 backwards }") "track_file load { file /run/load }\n",
         "t.conf:7:11: warning: \"backwards\" is not used: weight takes no more words; remove it\n"
         "     weight 1 backwards }\n"
         "              ^~~~~~~~~\n"},
    };

    (void)state;
    unit_check_messages(rows, UNIT_COUNT(rows));
}

/* ---- BFD_CHECK --------------------------------------------------------------------------------- */

static void test_a_session_is_named(void **state)
{
    struct unit_load load = unit_load_clean(IN_SERVER(
        "retry 5\n BFD_CHECK { name peer\n alpha\n weight -3\n log_all_failures }") "bfd_instance peer { neighbor_ip 192.0.2.1\n checker }\n");
    const struct conf_check *check = first_check(&load);

    (void)state;
    assert_int_equal(check->kind, CONF_CHECK_BFD);
    assert_string_equal(((const struct conf_bfd_check *)check)->session, "peer");
    assert_true(check->alpha && check->weight == -3 && check->log_all_failures);
    assert_true(STAILQ_FIRST(&load.conf->bfds)->tracked);
    unit_unload(&load);
}

static void test_messages_of_bfd_check(void **state)
{
    static const struct unit_message_row rows[] = {
        {IN_SERVER("BFD_CHECK { alpha }"),
         "t.conf:6:1: error: BFD_CHECK has no name; add: name BFD_INSTANCE\n"
         "    BFD_CHECK { alpha }\n"
         "    ^~~~~~~~~\n"},
        {IN_SERVER("BFD_CHECK { name peer }"),
         "t.conf:6:18: error: there is no bfd_instance \"peer\"; add: bfd_instance peer { ... }\n"
         "    BFD_CHECK { name peer }\n"
         "                     ^~~~\n"},
        {IN_SERVER(
             "BFD_CHECK { name peer }") "bfd_instance peer { neighbor_ip 192.0.2.1\n vrrp }\n",
         "t.conf:6:18: error: bfd_instance peer has vrrp without checker, so that no checker may follow it; add checker there\n"
         "    BFD_CHECK { name peer }\n"
         "                     ^~~~\n"},
        {IN_SERVER(
             "BFD_CHECK { name peer }\n BFD_CHECK { name peer }") "bfd_instance peer { neighbor_ip 192.0.2.1 }\n",
         "t.conf:7:19: warning: there is a BFD_CHECK of peer in this real_server already; remove one\n"
         "     BFD_CHECK { name peer }\n"
         "                      ^~~~\n"},
        {IN_SERVER(
             "BFD_CHECK { name peer\n retry 3 }") "bfd_instance peer { neighbor_ip 192.0.2.1 }\n",
         "t.conf:7:2: error: unknown keyword \"retry\" in BFD_CHECK; it is a keyword of real_server, virtual_server, TCP_CHECK\n"
         "     retry 3 }\n"
         "     ^~~~~\n"},
    };

    (void)state;
    unit_check_messages(rows, UNIT_COUNT(rows));
}

/* ---- AGENT_CHECK ------------------------------------------------------------------------------- */

static void test_an_agent_has_a_port_and_is_told_what_is_configured(void **state)
{
    static const char *const lines[] = {"AGENT_CHECK {", "            agent_send \"a b\\n\\\\\"\n",
                                        "            connect_port 9777\n"};
    static const char text[] =
        IN_SERVER("AGENT_CHECK { connect_port 9777\n agent_send \"a b\\n\\\\\" }");
    struct unit_load load = unit_load_clean(text);
    const struct conf_check *check = first_check(&load);

    (void)state;
    assert_int_equal(check->kind, CONF_CHECK_AGENT);
    assert_int_equal(check->connect_port, 9777);
    assert_string_equal(((const struct conf_agent_check *)check)->send, "a b\n\\");
    assert_int_equal(check->retry, 1);
    unit_unload(&load);
    expect_dumped(text, lines, UNIT_COUNT(lines));
}

static void test_messages_of_agent_check(void **state)
{
    static const struct unit_message_row rows[] = {
        {IN_SERVER("AGENT_CHECK { }"),
         "t.conf:6:1: error: AGENT_CHECK needs the port of the agent; add: connect_port PORT\n"
         "    AGENT_CHECK { }\n"
         "    ^~~~~~~~~~~\n"},
        {IN_SERVER("AGENT_CHECK { connect_port 9\n agent_send \"a\\q\" }"),
         "t.conf:7:13: error: agent_send \"a\\q\" has an unknown escape; those that there are: \\n \\r \\t \\\\\n"
         "     agent_send \"a\\q\" }\n"
         "                ^~~~~\n"},
        {IN_SERVER("AGENT_CHECK { connect_port 9\n agent_send \"a\\\" }"),
         "t.conf:7:13: error: agent_send \"a\\\" has an unknown escape; those that there are: \\n \\r \\t \\\\\n"
         "     agent_send \"a\\\" }\n"
         "                ^~~~\n"},
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
        cmocka_unit_test(test_a_file_has_its_own_weight_unless_the_check_says_another),
        cmocka_unit_test(test_a_file_is_dumped_with_the_weight_that_counts),
        cmocka_unit_test(test_messages_of_file_check),
        cmocka_unit_test(test_a_session_is_named),
        cmocka_unit_test(test_messages_of_bfd_check),
        cmocka_unit_test(test_an_agent_has_a_port_and_is_told_what_is_configured),
        cmocka_unit_test(test_messages_of_agent_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
