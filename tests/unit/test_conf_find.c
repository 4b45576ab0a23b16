/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_parser.h"

#include "parser/conf_find.h"

#define SERVERS                                                                                    \
    " lb_algo rr\n lb_kind NAT\n real_server 10.0.0.9 80 { }\n real_server 10.0.0.1 81 { }\n"      \
    " real_server 10.0.0.1 80 { }\n sorry_server 10.0.0.7 80\n"

static void test_each_service_and_server_is_found_by_its_key(void **state)
{
    struct unit_load load = unit_load_clean(
        "virtual_server 192.0.2.9 80 {\n protocol TCP\n" SERVERS "}\n"
        "virtual_server fwmark 7 {\n lb_algo rr\n lb_kind NAT\n real_server 10.0.0.2 { }\n"
        " real_server 10.0.0.1 { }\n}\n"
        "virtual_server 192.0.2.1 80 {\n protocol UDP\n" SERVERS "}\n"
        "virtual_server 192.0.2.1 80 {\n protocol TCP\n" SERVERS "}\n");
    const struct conf_virtual_server *service;
    const struct conf_real_server *server;
    struct conf_service_key key;

    (void)state;
    STAILQ_FOREACH(service, &load.conf->virtual_servers, next) {
        assert_ptr_equal(conf_find_service(load.conf, &service->key), service);
        STAILQ_FOREACH(server, &service->servers, next) {
            assert_ptr_equal(conf_find_server(service, &server->key), server);
        }
    }
    service = STAILQ_FIRST(&load.conf->virtual_servers);
    assert_null(conf_find_server(service, &service->sorry_server->key));
    key = service->key;
    key.port = 81;
    assert_null(conf_find_service(load.conf, &key));
    unit_unload(&load);
}

static void test_nothing_is_found_where_nothing_is(void **state)
{
    struct unit_load load = unit_load_clean("vrrp_instance A {\n"
                                            " interface eth0\n virtual_router_id 1\n priority 100\n"
                                            " virtual_ipaddress {\n  10.0.0.1\n }\n}\n");
    const struct conf_service_key key = {.fwmark = 1};

    (void)state;
    assert_null(conf_find_service(load.conf, &key));
    unit_unload(&load);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_service_and_server_is_found_by_its_key),
        cmocka_unit_test(test_nothing_is_found_where_nothing_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
