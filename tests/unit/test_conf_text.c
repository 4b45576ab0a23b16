/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "parser/conf_text.h"

static struct inet_addr address(const char *text)
{
    struct inet_addr addr;

    assert_true(inet_parse(text, &addr));
    return addr;
}

static void test_services_and_servers_have_names_for_people(void **state)
{
    const struct {
        struct conf_service_key key;
        const char *text;
    } services[] = {
        {{.port = 3306, .protocol = IPPROTO_TCP, .addr = address("172.16.1.18")},
         "172.16.1.18:3306/tcp"},
        {{.port = 53, .protocol = IPPROTO_UDP, .addr = address("2001:db8::1")},
         "[2001:db8::1]:53/udp"},
        {{.port = 65535,
          .protocol = IPPROTO_SCTP,
          .addr = address("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")},
         "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535/sctp"},
        {{.protocol = IPPROTO_TCP, .addr = address("10.0.0.1")}, "10.0.0.1/tcp"},
        {{.fwmark = 7, .family = AF_INET}, "fwmark 7"},
        {{.fwmark = UINT32_MAX, .family = AF_INET6}, "fwmark 4294967295 (IPv6)"},
    };
    const struct {
        struct conf_server_key key;
        const char *text;
    } servers[] = {
        {{.port = 3306, .addr = address("172.16.1.7")}, "172.16.1.7:3306"},
        {{.port = 0, .addr = address("172.16.1.7")}, "172.16.1.7"},
        {{.port = 80, .addr = address("::1")}, "[::1]:80"},
    };
    char text[CONF_ENDPOINT_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(services); i++) {
        assert_string_equal(conf_service_text(text, &services[i].key), services[i].text);
    }
    for (size_t i = 0; i < UNIT_COUNT(servers); i++) {
        assert_string_equal(conf_server_text(text, &servers[i].key), servers[i].text);
    }
}

static void test_words_and_values_lead_to_each_other(void **state)
{
    static const struct conf_name *const tables[] = {
        conf_forward_names, conf_scheduler_names, conf_protocol_names,
        conf_auth_names,    conf_state_names,     conf_scope_names,
        conf_family_names,  conf_tunnel_names,    conf_check_names,
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(tables); i++) {
        for (const struct conf_name *name = tables[i]; name->name; name++) {
            int value = -1;

            assert_true(conf_name_find(tables[i], name->name, &value));
            assert_int_equal(value, name->value);
            assert_string_equal(conf_name_of(tables[i], value), name->name);
        }
    }
}

static void test_unknown_words_and_values_are_told_apart(void **state)
{
    int value = 42;

    (void)state;
    assert_null(conf_name_of(conf_forward_names, 77));
    assert_false(conf_name_find(conf_forward_names, "FULL", &value));
    assert_false(conf_name_find(conf_forward_names, "dr", &value));
    assert_false(conf_name_find(conf_forward_names, "", &value));
    assert_false(conf_name_find_any_case(conf_forward_names, "drx", &value));
    assert_int_equal(value, 42);
    assert_true(conf_name_find_any_case(conf_forward_names, "dR", &value));
    assert_int_equal(value, CONF_FORWARD_DR);
    assert_string_equal(conf_protocol_text(IPPROTO_TCP), "tcp");
    assert_string_equal(conf_protocol_text(0), "none");
}

static void test_all_schedulers_of_the_kernel_are_known(void **state)
{
    static const char *const names[] = {"rr", "wrr", "lc",  "wlc",   "lblc", "sh", "mh",
                                        "dh", "fo",  "ovf", "lblcr", "sed",  "nq", "twos"};
    int value;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        assert_fact(conf_name_find(conf_scheduler_names, names[i], &value), "%s", names[i]);
        assert_true(strlen(names[i]) < CONF_SCHEDULER_SIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_services_and_servers_have_names_for_people),
        cmocka_unit_test(test_words_and_values_lead_to_each_other),
        cmocka_unit_test(test_unknown_words_and_values_are_told_apart),
        cmocka_unit_test(test_all_schedulers_of_the_kernel_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
