/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "../ipvs_fixture.h"
#include "ipvs/drift.h"

static void test_changes_of_a_service_are_named_with_both_values(void **state)
{
    static const struct {
        struct table_service_settings before;
        struct table_service_settings now;
        const char *words;
    } rows[] = {
        {{.scheduler = "wrr"}, {.scheduler = "rr"}, "service scheduler wrr -> rr"},
        {{.engine = "sip"}, {.engine = ""}, "service persistence engine sip -> none"},
        {{.flags = 8, .timeout_s = 50},
         {.flags = 0, .timeout_s = 60},
         "service persistence timeout 50 -> 60 flags 0x8 -> 0x0"},
        {{.netmask = 128}, {.netmask = 64}, "service persistence netmask 0x80 -> 0x40"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text_buffer words = {0};

        assert_int_equal(drift_describe_service(&words, &rows[i].before, &rows[i].now), 1);
        assert_string_equal(words.data, rows[i].words);
        text_release(&words);
        assert_int_equal(drift_describe_service(&words, &rows[i].now, &rows[i].now), 0);
        assert_null(words.data);
    }
}

static struct table_destination *given(struct table_service *service, unsigned number)
{
    const struct conf_server_key key = {.addr = fixture_ipv4(0x0a000000 + number), .port = 80};
    struct table_destination *destination = table_put_destination(service, &key);

    destination->settings.weight = 1;
    destination->settings.forward = IP_VS_CONN_F_DROUTE;
    return destination;
}

static void test_changes_of_servers_are_named(void **state)
{
    struct table before = {0};
    struct table now = {0};
    const struct conf_service_key key = fixture_service_key("tcp 192.0.2.1 80");
    struct table_service *old = table_put_service(&before, &key);
    struct table_service *fresh = table_put_service(&now, &key);
    struct text_buffer words = {0};

    (void)state;
    (void)given(old, 1);
    given(fresh, 1)->connections.active = 3; /* nobody's change */
    assert_int_equal(drift_describe_destinations(&words, old, fresh, 5), 0);
    assert_null(words.data);

    (void)given(old, 2);
    given(fresh, 2)->settings.weight = 5;
    (void)given(old, 3);
    (void)given(fresh, 4);
    (void)given(old, 5);
    given(fresh, 5)->settings.forward = IP_VS_CONN_F_MASQ;
    (void)given(old, 6);
    given(fresh, 6)->settings.upper_threshold = 9;
    assert_int_equal(drift_describe_destinations(&words, old, fresh, 9), 5);
    assert_string_equal(words.data, "server 10.0.0.2:80 weight 1 -> 5, "
                                    "server 10.0.0.3:80 removed, "
                                    "server 10.0.0.5:80 forwarding DR -> NAT, "
                                    "server 10.0.0.6:80 upper threshold 0 -> 9, "
                                    "server 10.0.0.4:80 added");
    text_release(&words);
    assert_int_equal(drift_describe_destinations(&words, old, fresh, 1), 5);
    assert_string_equal(words.data, "server 10.0.0.2:80 weight 1 -> 5 and 4 more");
    text_release(&words);
    table_release(&before);
    table_release(&now);
}

static void test_changes_of_tunnels_are_named(void **state)
{
    struct table before = {0};
    struct table now = {0};
    const struct conf_service_key key = fixture_service_key("tcp 192.0.2.1 80");
    struct table_service *old = table_put_service(&before, &key);
    struct table_service *fresh = table_put_service(&now, &key);
    struct text_buffer words = {0};

    (void)state;
    given(old, 1)->settings = (struct table_destination_settings){
        .forward = IP_VS_CONN_F_TUNNEL, .tunnel = {IP_VS_CONN_F_TUNNEL_TYPE_GUE, 16, 1}};
    given(fresh, 1)->settings = (struct table_destination_settings){
        .forward = IP_VS_CONN_F_TUNNEL, .tunnel = {IP_VS_CONN_F_TUNNEL_TYPE_GRE, 0, 0}};
    assert_int_equal(drift_describe_destinations(&words, old, fresh, 5), 1);
    assert_string_equal(words.data, "server 10.0.0.1:80 tunnel gue -> gre tunnel port 16 -> 0 "
                                    "tunnel flags 0x1 -> 0x0");
    text_release(&words);
    table_release(&before);
    table_release(&now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_of_a_service_are_named_with_both_values),
        cmocka_unit_test(test_changes_of_servers_are_named),
        cmocka_unit_test(test_changes_of_tunnels_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
