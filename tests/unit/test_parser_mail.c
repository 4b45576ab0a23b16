/* SPDX-License-Identifier: Apache-2.0
 *
 * Mail: what its keywords mean, whose word counts, what is wrong with it.
 */
#include "unit_parser.h"

static void test_all_keywords(void **state)
{
    struct unit_load load = unit_load("global_defs {\n"
                                      " notification_email {\n"
                                      "  ops@example.com \"On Call <oncall@example.com>\"\n"
                                      "  root\n"
                                      " }\n"
                                      " notification_email_from \"Holdfast <lb1@example.com>\"\n"
                                      " smtp_server mx.example.com 2525\n"
                                      " smtp_helo_name lb1.example.com\n"
                                      " smtp_connect_timeout 7\n"
                                      " no_email_faults\n"
                                      "}\n");
    const struct conf_mail *mail;

    (void)state;
    assert_fact(load.conf != NULL, "%s", load.shown.data);
    assert_string_equal(load.shown.data, "");
    mail = &load.conf->global.mail;
    assert_string_equal(mail->server, "mx.example.com");
    assert_int_equal(mail->port, 2525);
    assert_string_equal(mail->helo, "lb1.example.com");
    assert_int_equal(mail->timeout, INT64_C(7000000000));
    assert_string_equal(mail->from, "Holdfast <lb1@example.com>");
    assert_true(mail->no_faults);
    assert_int_equal(mail->to_count, 3);
    assert_string_equal(mail->to[0], "ops@example.com");
    assert_string_equal(mail->to[1], "On Call <oncall@example.com>");
    assert_string_equal(mail->to[2], "root");
    unit_unload(&load);
}

static void test_defaults(void **state)
{
    struct unit_load load = unit_load("global_defs {\n"
                                      " notification_email { a@b }\n"
                                      " smtp_server 2001:db8::25\n"
                                      "}\n");
    const struct conf_mail *mail = &load.conf->global.mail;

    (void)state;
    assert_string_equal(mail->server, "2001:db8::25");
    assert_int_equal(mail->port, 25);
    assert_null(mail->helo);
    assert_null(mail->from);
    assert_int_equal(mail->timeout, INT64_C(30000000000));
    assert_false(mail->no_faults);
    unit_unload(&load);
}

#define OBJECTS(own)                                                                               \
    "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n " own                              \
    "\n virtual_ipaddress { 10.0.0.9 }\n}\n"                                                       \
    "vrrp_sync_group G { group { A }\n " own "\n}\n"                                               \
    "virtual_server 10.0.0.9 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n " own                \
    "\n real_server 10.0.0.1 80 {\n  " own "\n }\n}\n"

static void test_one_s_own_word_then_that_of_its_kind_then_that_for_all(void **state)
{
    static const struct {
        const char *text;
        bool vrrp;
        bool service;
        bool server;
    } rows[] = {
        {OBJECTS(""), false, false, true},
        {OBJECTS("smtp_alert"), true, true, true},
        {OBJECTS("smtp_alert off"), false, false, false},
        {OBJECTS("") "global_defs { smtp_alert }\n", true, true, true},
        {"global_defs { smtp_alert no }\n" OBJECTS(""), false, false, false},
        {"global_defs { smtp_alert\n smtp_alert_vrrp off }\n" OBJECTS(""), false, true, true},
        {"global_defs { smtp_alert\n smtp_alert_checker off }\n" OBJECTS(""), true, false, false},
        {"global_defs { smtp_alert off\n smtp_alert_vrrp on }\n" OBJECTS(""), true, false, false},
        {"global_defs { smtp_alert_checker on }\n" OBJECTS(""), false, true, true},
        {"global_defs { smtp_alert on\n smtp_alert_vrrp on\n smtp_alert_checker on }\n" OBJECTS(
             "smtp_alert false"),
         false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct unit_load load = unit_load(rows[i].text);
        const struct conf_virtual_server *service;

        assert_fact(load.conf != NULL, "row %zu: %s", i, load.shown.data);
        service = STAILQ_FIRST(&load.conf->virtual_servers);
        assert_fact(STAILQ_FIRST(&load.conf->instances)->notify.mail == rows[i].vrrp,
                    "row %zu: instance", i);
        assert_fact(STAILQ_FIRST(&load.conf->sync_groups)->notify.mail == rows[i].vrrp,
                    "row %zu: group", i);
        assert_fact(service->mail == rows[i].service, "row %zu: service", i);
        assert_fact(STAILQ_FIRST(&service->servers)->mail == rows[i].server, "row %zu: server", i);
        unit_unload(&load);
    }
}

static void test_what_is_wrong_with_mail(void **state)
{
    static const struct unit_message_row rows[] = {
        {"global_defs { notification_email_from a@ }\n",
         "t.conf:1:39: error: notification_email_from \"a@\" is no mail address; type one like "
         "ops@example.com, or \"On call <ops@example.com>\" in double quotes\n"
         "    global_defs { notification_email_from a@ }\n"
         "                                          ^~\n"},
        {"global_defs { smtp_server 10.0.0.1 0\n notification_email { a } }\n",
         "t.conf:1:36: error: smtp_server 0 is outside 1..65535\n"
         "    global_defs { smtp_server 10.0.0.1 0\n"
         "                                       ^\n"},
        {"global_defs { smtp_server \"a b\" }\n",
         "t.conf:1:27: error: smtp_server \"a b\" is neither the name of a host nor an address\n"
         "    global_defs { smtp_server \"a b\" }\n"
         "                              ^~~~~\n"},
        {"global_defs { smtp_helo_name \"a b\" }\n",
         "t.conf:1:30: error: smtp_helo_name \"a b\" is neither the name of a host nor an "
         "address\n"
         "    global_defs { smtp_helo_name \"a b\" }\n"
         "                                 ^~~~~\n"},
        {"global_defs { smtp_server x\n notification_email { a@b \"Al <a@b>\" } }\n",
         "t.conf:2:27: warning: notification_email has a@b already; remove one of them\n"
         "     notification_email { a@b \"Al <a@b>\" } }\n"
         "                              ^~~~~~~~~~\n"},
        {"global_defs { no_checker_emails }\n",
         "t.conf:1:15: note: no_checker_emails has no effect: a mail tells of the server, however "
         "many checks it has\n"
         "    global_defs { no_checker_emails }\n"
         "                  ^~~~~~~~~~~~~~~~~\n"},
    };

    (void)state;
    unit_check_messages(rows, UNIT_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_keywords),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_one_s_own_word_then_that_of_its_kind_then_that_for_all),
        cmocka_unit_test(test_what_is_wrong_with_mail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
