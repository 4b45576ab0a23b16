/* SPDX-License-Identifier: Apache-2.0
 *
 * What web requests ask for, and which hosts are ours.
 */
#include "unit.h"

#include "control/web_route.h"

static void test_every_path_leads_somewhere_and_no_other(void **state)
{
    static const struct {
        const char *path;
        enum web_route route;
    } rows[] = {
        {"/", WEB_ROUTE_PAGE},
        {"/events", WEB_ROUTE_EVENTS},
        {"/status.json", WEB_ROUTE_STATUS},
        {"/healthz", WEB_ROUTE_HEALTH},
        {"/metrics", WEB_ROUTE_METRICS},
        {"", WEB_ROUTE_NONE},
        {NULL, WEB_ROUTE_NONE},
        {"//", WEB_ROUTE_NONE},
        {"/Events", WEB_ROUTE_NONE},
        {"/events/", WEB_ROUTE_NONE},
        {"/../etc/passwd", WEB_ROUTE_NONE},
        {"/status.json%00", WEB_ROUTE_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_fact(web_route_find(rows[i].path) == rows[i].route, "%s",
                    rows[i].path ? rows[i].path : "none");
    }
    for (enum web_route route = WEB_ROUTE_PAGE; route < WEB_ROUTES; route++) {
        assert_int_equal(web_route_find(web_route_path(route)), route);
    }
}

static void test_a_name_that_is_not_ours_is_refused(void **state)
{
    static const char *const hosts[] = {"lb.example.com"};
    static const struct web_names names = {"lb1", hosts, 1};
    static const struct {
        const char *host;
        bool allowed;
    } rows[] = {
        {NULL, true},
        {"", true},
        {"127.0.0.1", true},
        {"192.0.2.1:9650", true},
        {"[::1]:9650", true},
        {"[2001:db8::1]", true},
        {"localhost", true},
        {"LocalHost:80", true},
        {"lb1", true},
        {"LB1:9650", true},
        {"lb1.", true},
        {"lb.example.com:9650", true},
        {"lb.example.com.", true},
        {"evil.example", false},
        {"lb1.evil.example", false},
        {"127.0.0.1.evil.example", false},
        {"lb.example.com.evil.example", false},
        {"[::1", false},
        {"[::1]x", false},
        {"127.0.0.1:80x", false},
        {":80", false},
        {"[]", false},
        {"::1", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_fact(web_route_allows(&names, rows[i].host) == rows[i].allowed, "%s",
                    rows[i].host ? rows[i].host : "none");
    }
}

static void test_a_name_without_end_is_refused(void **state)
{
    const struct web_names names = {"lb1", NULL, 0};
    char name[600];

    (void)state;
    memset(name, 'a', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_false(web_route_allows(&names, name));
}

static void test_any_name_where_that_is_wanted(void **state)
{
    static const char *const hosts[] = {"x", "*"};
    static const struct web_names names = {NULL, hosts, 2};

    (void)state;
    assert_true(web_route_allows(&names, "evil.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_path_leads_somewhere_and_no_other),
        cmocka_unit_test(test_a_name_that_is_not_ours_is_refused),
        cmocka_unit_test(test_a_name_without_end_is_refused),
        cmocka_unit_test(test_any_name_where_that_is_wanted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
