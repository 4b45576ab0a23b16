/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan of a reload as text and as JSON.
 */
#include "unit_parser.h"

#include "parser/diff.h"
#include "plan.h"

#define SERVICE(rest_)                                                                             \
    "virtual_server 10.0.0.1 80 { lb_algo rr\n lb_kind NAT\n protocol TCP\n" rest_ "}\n"
#define SERVER(host_, rest_) "real_server 10.0.1." host_ " 80 { " rest_ " }\n"

static const char status[] =
    "{\"services\": [{\"name\": \"10.0.0.1:80/tcp\", \"servers\": ["
    "{\"name\": \"10.0.1.1:80\", \"connections\": {\"active\": 3, \"inactive\": 4}},"
    "{\"name\": \"10.0.1.2:80\", \"connections\": {\"active\": 1, \"inactive\": 0}},"
    "{\"name\": \"10.0.1.3:80\", \"connections\": null}]}]}";

static json_t *document(const char *before, const char *after, bool with_status)
{
    struct unit_load old = unit_load(before);
    struct unit_load new = unit_load(after);
    json_t *said = with_status ? json_loads(status, 0, NULL) : NULL;
    struct diff *diff;
    json_t *json;

    assert_fact(old.conf && new.conf, "%s%s", old.shown.data, new.shown.data);
    diff = diff_new(old.conf, new.conf);
    json = plan_document("new.conf", diff, said);
    assert_non_null(json);
    diff_free(diff);
    json_decref(said);
    unit_unload(&old);
    unit_unload(&new);
    return json;
}

static const struct {
    const char *before;
    const char *after;
    bool with_status;
    const char *text;
} changes_for_people[] = {
    {"", "", true, "new.conf: a reload would change nothing\n"},
    {SERVICE(SERVER("1", "weight 1") SERVER("2", "")),
     SERVICE(SERVER("1", "weight 5") SERVER("3", "")), true,
     "new.conf: a reload would do this:\n"
     "~ real_server 10.0.1.1:80 of 10.0.0.1:80/tcp (7 connections)\n"
     "    ~ weight: 1 -> 5\n"
     "+ real_server 10.0.1.3:80 of 10.0.0.1:80/tcp\n"
     "- real_server 10.0.1.2:80 of 10.0.0.1:80/tcp (1 connection)\n"
     "\n"
     "real_server 1 added, 1 changed, 1 removed\n"
     "live connections: 1 on what is removed, 7 on what changes\n"},
    {SERVICE(SERVER("1", "") SERVER("2", "")), "", true,
     "new.conf: a reload would do this:\n"
     "- virtual_server 10.0.0.1:80/tcp (8 connections)\n"
     "- real_server 10.0.1.1:80 of 10.0.0.1:80/tcp (7 connections)\n"
     "- real_server 10.0.1.2:80 of 10.0.0.1:80/tcp (1 connection)\n"
     "\n"
     "virtual_server 1 removed, real_server 2 removed\n"
     "live connections: 8 on what is removed, 0 on what changes\n"},
    {SERVICE(SERVER("1", "weight 2")), SERVICE("persistence_timeout 50\n" SERVER("1", "weight 3")),
     true,
     "new.conf: a reload would do this:\n"
     "~ virtual_server 10.0.0.1:80/tcp (8 connections)\n"
     "    + persistence_timeout 50\n"
     "~ real_server 10.0.1.1:80 of 10.0.0.1:80/tcp (7 connections)\n"
     "    ~ weight: 2 -> 3\n"
     "\n"
     "virtual_server 1 changed, real_server 1 changed\n"
     "live connections: 0 on what is removed, 8 on what changes\n"},
    {SERVICE("delay_loop 5\n" SERVER("1", "TCP_CHECK { }") SERVER("2", "TCP_CHECK { }")
                 SERVER("3", "TCP_CHECK { }")),
     SERVICE("delay_loop 6\n" SERVER("1", "TCP_CHECK { }") SERVER("2", "TCP_CHECK { }")
                 SERVER("3", "TCP_CHECK { }")),
     true,
     "new.conf: a reload would do this:\n"
     "~ TCP_CHECK 1 of 10.0.1.1:80 of 10.0.0.1:80/tcp\n"
     "    ~ warmup: 5 -> 6\n"
     "    ~ delay_loop: 5 -> 6\n"
     "    ... and the same for 2 more\n"
     "\n"
     "TCP_CHECK 3 changed\n"
     "live connections: 0 on what is removed, 0 on what changes\n"},
    {"vrrp_instance A { interface eth0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1 }\n"
     " authentication { auth_type PASS auth_pass a } }",
     "vrrp_instance A { interface eth0 virtual_router_id 1 virtual_ipaddress { 10.0.0.2 }\n"
     " authentication { auth_type PASS auth_pass b } }",
     false,
     "new.conf: a reload would do this:\n"
     "~ vrrp_instance A\n"
     "    ~ authentication auth_pass: (not shown) -> (not shown)\n"
     "    + virtual_ipaddress 10.0.0.2/32 dev eth0\n"
     "    - virtual_ipaddress 10.0.0.1/32 dev eth0\n"
     "\n"
     "vrrp_instance 1 changed, address 1 added, 1 removed\n"},
};

static void test_people_read_what_changes_and_whom_it_touches(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(changes_for_people); i++) {
        json_t *json = document(changes_for_people[i].before, changes_for_people[i].after,
                                changes_for_people[i].with_status);
        struct text_buffer text = {0};

        plan_write(json, &text);
        assert_fact(strcmp(text.data, changes_for_people[i].text) == 0,
                    "row %zu gives\n%sshould give\n%s", i, text.data, changes_for_people[i].text);
        text_release(&text);
        json_decref(json);
    }
}

static void test_programs_get_old_and_new_values(void **state)
{
    json_t *json =
        document(SERVICE(SERVER("1", "weight 1")), SERVICE(SERVER("1", "weight 5")), true);
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

    (void)state;
    assert_string_equal(
        text,
        "{\"changes\":[{\"change\":\"changed\",\"connections\":7,\"in\":[\"10.0.0.1:80/tcp\"],"
        "\"kind\":\"real_server\",\"name\":\"10.0.1.1:80\",\"settings\":[{\"after\":\"5\","
        "\"before\":\"1\",\"keyword\":\"weight\",\"list\":null}]}],\"connections\":{\"changed\":7,"
        "\"removed\":0},\"file\":\"new.conf\",\"summary\":{\"real_server\":{\"added\":0,\"changed\":"
        "1,\"removed\":0}}}");
    free(text);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_people_read_what_changes_and_whom_it_touches),
        cmocka_unit_test(test_programs_get_old_and_new_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
