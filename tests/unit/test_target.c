/* SPDX-License-Identifier: Apache-2.0
 *
 * Services and servers by what people type: what is found, and what is said of what is not.
 */
#include "unit.h"

#include "base/text.h"
#include "control/target.h"

static const char target_document[] =
    "[{\"name\":\"10.0.0.1:80/tcp\",\"protocol\":\"tcp\",\"address\":\"10.0.0.1\",\"port\":80,"
    "\"servers\":[{\"name\":\"10.0.1.1:8080\",\"address\":\"10.0.1.1\",\"port\":8080},"
    "{\"name\":\"10.0.1.1:8081\",\"address\":\"10.0.1.1\",\"port\":8081},"
    "{\"name\":\"10.0.1.2:80\",\"address\":\"10.0.1.2\",\"port\":80}],"
    "\"sorry_server\":{\"name\":\"10.0.1.9:80\",\"address\":\"10.0.1.9\",\"port\":80}},"
    "{\"name\":\"10.0.0.1:53/udp\",\"protocol\":\"udp\",\"address\":\"10.0.0.1\",\"port\":53,"
    "\"servers\":[{\"name\":\"10.0.1.3:53\",\"address\":\"10.0.1.3\",\"port\":53}]},"
    "{\"name\":\"[2001:db8::1]:80/tcp\",\"protocol\":\"tcp\",\"address\":\"2001:db8::1\","
    "\"port\":80,\"servers\":[{\"name\":\"[2001:db8::2]:80\",\"address\":\"2001:db8::2\","
    "\"port\":80},{\"name\":\"[2001:db8::2:80]:80\",\"address\":\"2001:db8::2:80\",\"port\":80}]},"
    "{\"name\":\"fwmark 7\",\"protocol\":null,\"address\":null,\"port\":null,"
    "\"servers\":[{\"name\":\"10.0.1.1\",\"address\":\"10.0.1.1\",\"port\":0}]},"
    "{\"name\":\"fwmark 7 (IPv6)\",\"protocol\":null,\"address\":null,\"port\":null,"
    "\"servers\":[{\"name\":\"10.0.1.1\",\"address\":\"10.0.1.1\",\"port\":0}]},"
    "{\"name\":\"fwmark 8 (IPv6)\",\"protocol\":null,\"address\":null,\"port\":null,"
    "\"servers\":[{\"name\":\"10.0.1.1\",\"address\":\"10.0.1.1\",\"port\":0}]}]";

static void test_a_server_is_found_by_any_form_of_its_name(void **state)
{
    static const struct {
        const char *word;
        const char *service;
        const char *server;
    } cases[] = {
        {"10.0.0.1:80/tcp/10.0.1.1:8080", "10.0.0.1:80/tcp", "10.0.1.1:8080"},
        {"10.0.0.1:80/10.0.1.1:8081", "10.0.0.1:80/tcp", "10.0.1.1:8081"},
        {"10.0.0.1:80/10.0.1.2", "10.0.0.1:80/tcp", "10.0.1.2:80"},
        {"10.0.0.1/10.0.1.2", "10.0.0.1:80/tcp", "10.0.1.2:80"},
        {"10.0.0.1/10.0.1.3", "10.0.0.1:53/udp", "10.0.1.3:53"},
        {"10.0.0.1/udp/10.0.1.3:53", "10.0.0.1:53/udp", "10.0.1.3:53"},
        {"10.0.0.1:80/10.0.1.9", "10.0.0.1:80/tcp", "10.0.1.9:80"},
        {"[2001:db8::1]:80/tcp/[2001:db8::2]:80", "[2001:db8::1]:80/tcp", "[2001:db8::2]:80"},
        {"2001:db8::1/2001:db8::2", "[2001:db8::1]:80/tcp", "[2001:db8::2]:80"},
        {"2001:db8::1/[2001:db8:0::2]", "[2001:db8::1]:80/tcp", "[2001:db8::2]:80"},
        {"2001:db8::1/2001:db8::2:80", "[2001:db8::1]:80/tcp", "[2001:db8::2:80]:80"},
        {"fwmark 7 (IPv4)/10.0.1.1", "fwmark 7", "10.0.1.1"},
        {"fwmark 7 (IPv6)/10.0.1.1", "fwmark 7 (IPv6)", "10.0.1.1"},
        {"fwmark 8/10.0.1.1", "fwmark 8 (IPv6)", "10.0.1.1"},
    };
    json_t *services = json_loads(target_document, 0, NULL);

    (void)state;
    assert_non_null(services);
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct text_buffer problem = {0};
        const json_t *service = NULL;
        const json_t *server = target_server(services, cases[i].word, &service, &problem);

        assert_fact(server != NULL, "%s: %s", cases[i].word, problem.data);
        assert_string_equal(json_string_value(json_object_get(service, "name")), cases[i].service);
        assert_string_equal(json_string_value(json_object_get(server, "name")), cases[i].server);
    }
    json_decref(services);
}

static void test_what_is_not_found_is_told_with_what_there_is(void **state)
{
    static const struct {
        const char *word;
        const char *problem;
    } cases[] = {
        {"10.0.0.2/10.0.1.1",
         "there is no virtual server \"10.0.0.2\"; there are: "
         "10.0.0.1:80/tcp, 10.0.0.1:53/udp, [2001:db8::1]:80/tcp, fwmark 7, fwmark 7 (IPv6), "
         "fwmark 8 (IPv6)"},
        {"10.0.0.1:80/udp/10.0.1.1",
         "there is no virtual server \"10.0.0.1:80/udp\"; there are: "
         "10.0.0.1:80/tcp, 10.0.0.1:53/udp, [2001:db8::1]:80/tcp, fwmark 7, fwmark 7 (IPv6), "
         "fwmark 8 (IPv6)"},
        {"10.0.0.1:53/10.0.1.1", "10.0.0.1:53/udp has no real server \"10.0.1.1\"; it has: "
                                 "10.0.1.3:53"},
        {"10.0.0.1:53", "\"10.0.0.1:53\" names no real server; type SERVICE/SERVER; "
                        "10.0.0.1:53/udp has: 10.0.1.3:53"},
        {"10.0.0.1/10.0.1.1", "\"10.0.0.1/10.0.1.1\" could be 10.0.0.1:80/tcp/10.0.1.1:8080, "
                              "10.0.0.1:80/tcp/10.0.1.1:8081: say which"},
        {"fwmark 7/10.0.1.1", "\"fwmark 7/10.0.1.1\" could be fwmark 7 (IPv4)/10.0.1.1, "
                              "fwmark 7 (IPv6)/10.0.1.1: say which"},
        {"fwmark 8 (IPv4)/10.0.1.1",
         "there is no virtual server \"fwmark 8 (IPv4)\"; there are: "
         "10.0.0.1:80/tcp, 10.0.0.1:53/udp, [2001:db8::1]:80/tcp, fwmark 7, fwmark 7 (IPv6), "
         "fwmark 8 (IPv6)"},
        {"2001:db8::1:80/2001:db8::2",
         "there is no virtual server \"2001:db8::1:80\"; there are: "
         "10.0.0.1:80/tcp, 10.0.0.1:53/udp, [2001:db8::1]:80/tcp, fwmark 7, fwmark 7 (IPv6), "
         "fwmark 8 (IPv6)"},
        {"", "there is no virtual server \"\"; there are: 10.0.0.1:80/tcp, 10.0.0.1:53/udp, "
             "[2001:db8::1]:80/tcp, fwmark 7, fwmark 7 (IPv6), "
             "fwmark 8 (IPv6)"},
        {"10.0.0.1:53/[10.0.1.3", "10.0.0.1:53/udp has no real server \"[10.0.1.3\"; it has: "
                                  "10.0.1.3:53"},
        {"10.0.0.1:53/10.0.1.3:0", "10.0.0.1:53/udp has no real server \"10.0.1.3:0\"; it has: "
                                   "10.0.1.3:53"},
    };
    json_t *services = json_loads(target_document, 0, NULL);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct text_buffer problem = {0};
        const json_t *service = NULL;

        assert_null(target_server(services, cases[i].word, &service, &problem));
        assert_string_equal(problem.data, cases[i].problem);
        text_release(&problem);
    }
    json_decref(services);
}

static void test_an_address_alone_names_all_its_services(void **state)
{
    json_t *services = json_loads(target_document, 0, NULL);
    struct text_buffer problem = {0};
    json_t *found = target_all(services, "10.0.0.1", &problem);

    (void)state;
    assert_int_equal(json_array_size(found), 2);
    assert_true(json_is_null(json_object_get(json_array_get(found, 0), "server")));
    json_decref(found);
    json_decref(services);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_is_found_by_any_form_of_its_name),
        cmocka_unit_test(test_what_is_not_found_is_told_with_what_there_is),
        cmocka_unit_test(test_an_address_alone_names_all_its_services),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
