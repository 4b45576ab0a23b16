/* SPDX-License-Identifier: Apache-2.0
 *
 * http_listen and http_host: what they mean, what is wrong with them, how they are told.
 */
#include "unit_parser.h"

#include "parser/dump.h"

static void test_every_form_and_several_lines_add_up(void **state)
{
    struct unit_load load = unit_load("global_defs {\n"
                                      " http_listen 127.0.0.1:9650 [::1]:80\n"
                                      " http_listen /run/holdfast/web.sock\n"
                                      " http_host lb.example.com Status\n"
                                      " http_host *\n"
                                      " router_id lb1\n"
                                      "}\n");
    const struct conf_web *web;
    char text[INET_ENDPOINT_TEXT_SIZE];

    (void)state;
    assert_fact(load.conf != NULL, "%s", load.shown.data);
    assert_string_equal(load.shown.data, "");
    web = &load.conf->global.web;
    assert_int_equal(web->listen_count, 3);
    assert_string_equal(inet_endpoint_text(text, &web->listens[0].addr, web->listens[0].port),
                        "127.0.0.1:9650");
    assert_string_equal(inet_endpoint_text(text, &web->listens[1].addr, web->listens[1].port),
                        "[::1]:80");
    assert_string_equal(web->listens[2].path, "/run/holdfast/web.sock");
    assert_null(web->listens[0].path);
    assert_int_equal(web->host_count, 3);
    assert_string_equal(web->hosts[1], "Status");
    assert_string_equal(web->hosts[2], "*");
    assert_string_equal(load.conf->global.router_id, "lb1");
    unit_unload(&load);
}

static void test_nobody_listens_by_default(void **state)
{
    struct unit_load load = unit_load("global_defs {\n router_id a\n}\n");

    (void)state;
    assert_int_equal(load.conf->global.web.listen_count, 0);
    assert_int_equal(load.conf->global.web.host_count, 0);
    unit_unload(&load);
}

static void test_what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *line;
        const char *said;
    } rows[] = {
        {"http_listen nonsense", "is neither ADDRESS:PORT nor the path of a socket"},
        {"http_listen 9650", "is neither ADDRESS:PORT nor the path of a socket"},
        {"http_listen lb1:80", "has no IPv4 or IPv6 address before its port"},
        {"http_listen :80", "has no IPv4 or IPv6 address before its port"},
        {"http_listen []:80", "has no IPv4 or IPv6 address before its port"},
        {"http_listen ::1:80", "needs brackets around its IPv6 address"},
        {"http_listen [127.0.0.1]:80", "has an IPv4 address in brackets"},
        {"http_listen 127.0.0.1:", "has no port of 1..65535"},
        {"http_listen 127.0.0.1:0", "has no port of 1..65535"},
        {"http_listen 127.0.0.1:65536", "has no port of 1..65535"},
        {"http_listen 127.0.0.1:8x", "has no port of 1..65535"},
        {"http_listen [::1]", "has no IPv4 or IPv6 address before its port"},
        {"http_listen 127.0.0.1:80 127.0.0.1:80", "has 127.0.0.1:80 already"},
        {"http_listen /a /a", "has /a already"},
        {"http_host lb.example.com:80", "is no name of a host"},
        {"http_host a,b", "is no name of a host"},
        {"http_host a A", "has A already"},
        {"http_listen /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "is too long"},
        {"http_listen 127.0.0.1:1 127.0.0.1:2 127.0.0.1:3 127.0.0.1:4 127.0.0.1:5 127.0.0.1:6 "
         "127.0.0.1:7 127.0.0.1:8 127.0.0.1:9 127.0.0.1:10 127.0.0.1:11 127.0.0.1:12 127.0.0.1:13 "
         "127.0.0.1:14 127.0.0.1:15 127.0.0.1:16 127.0.0.1:17",
         "is one too many"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct unit_load load;
        char text[1024];

        (void)snprintf(text, sizeof(text), "global_defs {\n %s\n}\n", rows[i].line);
        load = unit_load(text);
        assert_fact(strstr(load.shown.data, rows[i].said) != NULL, "%s: %s", rows[i].line,
                    load.shown.data);
        unit_unload(&load);
    }
}

static void test_a_dump_is_read_as_the_same(void **state)
{
    struct unit_load load = unit_load("global_defs {\n"
                                      " http_listen 0.0.0.0:80\n http_listen [::]:80 /run/w\n"
                                      " http_host a b\n"
                                      "}\n");
    struct text_buffer once = {0};
    struct text_buffer again = {0};
    struct unit_load second;

    (void)state;
    dump_write(load.conf, &once);
    assert_fact(strstr(once.data, "http_listen 0.0.0.0:80 \"[::]:80\" /run/w") != NULL, "%s",
                once.data);
    second = unit_load(once.data);
    assert_fact(second.conf != NULL, "%s", second.shown.data);
    assert_int_equal(second.conf->global.web.listen_count, 3);
    dump_write(second.conf, &again);
    assert_non_null(strstr(again.data, "http_host a b"));
    text_release(&once);
    text_release(&again);
    unit_unload(&load);
    unit_unload(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_and_several_lines_add_up),
        cmocka_unit_test(test_nobody_listens_by_default),
        cmocka_unit_test(test_what_is_wrong_is_said),
        cmocka_unit_test(test_a_dump_is_read_as_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
