/* SPDX-License-Identifier: Apache-2.0
 *
 * static_ipaddress, static_routes, static_rules and track_group: which group has what, and what is
 * wrong with them.
 */
#include "unit_parser.h"

#define INSTANCE                                                                                   \
    "vrrp_instance A { interface eth0 virtual_router_id 1 virtual_ipaddress { 10.0.0.1/24 } }\n"
#define GROUP "track_group G { group { A } }\n"

static unsigned count_addresses(const struct conf_static *entries)
{
    const struct conf_address *address;
    unsigned count = 0;

    STAILQ_FOREACH(address, &entries->addresses, next) {
        assert_true(address->is_static);
        count++;
    }
    return count;
}

static void test_entries_go_to_the_group_that_they_name(void **state)
{
    struct unit_load load = unit_load("static_ipaddress {\n 10.7.0.1/16 dev eth1 track_group G\n"
                                      " 10.8.0.1/16\n 2001:db8::1/64 dev eth2\n}\n"
                                      "static_routes {\n 10.9.0.0/16 dev eth1\n"
                                      " track_group G 10.10.0.0/16 dev eth1\n}\n"
                                      "static_rules {\n table 7 preference 1 track_group G\n"
                                      " table 8 preference 2\n}\n" GROUP INSTANCE);
    const struct conf_track_group *group;
    const struct conf_address *address;

    (void)state;
    assert_non_null(load.conf);
    group = STAILQ_FIRST(&load.conf->track_groups);
    assert_string_equal(group->name, "G");
    assert_ptr_equal(STAILQ_FIRST(&group->members)->instance, STAILQ_FIRST(&load.conf->instances));
    assert_int_equal(count_addresses(&group->entries), 1);
    assert_int_equal(count_addresses(&load.conf->entries), 2);
    address = STAILQ_FIRST(&load.conf->entries.addresses);
    assert_string_equal(address->device, "eth0"); /* keepalived's default */
    assert_int_equal(STAILQ_FIRST(&group->entries.routes)->dest.addr.bytes[1], 10);
    assert_int_equal(STAILQ_FIRST(&load.conf->entries.routes)->dest.addr.bytes[1], 9);
    assert_int_equal(STAILQ_FIRST(&group->entries.rules)->table, 7);
    assert_int_equal(STAILQ_FIRST(&load.conf->entries.rules)->table, 8);
    unit_unload(&load);
}

static void test_default_interface_counts_wherever_it_stands(void **state)
{
    struct unit_load load = unit_load("static_ipaddress {\n 10.8.0.1/16\n}\n"
                                      "global_defs { default_interface eth7 }\n");

    (void)state;
    assert_non_null(load.conf);
    assert_string_equal(STAILQ_FIRST(&load.conf->entries.addresses)->device, "eth7");
    unit_unload(&load);
}

static const struct {
    const char *text;
    const char *told;
} bad[] = {
    {"static_ipaddress { 10.7.0.1/16 track_group G }\n", "there is no track_group \"G\""},
    {"static_routes { 10.7.0.0/16 dev eth0 track_group GG }\n" GROUP INSTANCE,
     "there is no track_group \"GG\""},
    {"static_rules { table 7 preference 1 track_group X }\n", "there is no track_group \"X\""},
    {"track_group G { group { B } }\n" INSTANCE, "there is no vrrp_instance \"B\""},
    {"track_group G { }\n", "track_group G has no group"},
    {GROUP GROUP INSTANCE, "there is a track_group G already"},
    {"static_ipaddress { 10.0.0.1/24 dev eth0 }\n" INSTANCE,
     "a static address cannot be one of the vrrp_instance A too"},
    {"static_ipaddress { 10.0.0.1/24 dev eth0 track_group G }\n" GROUP INSTANCE,
     "a static address cannot be one of the vrrp_instance A too"},
    {"vrrp_instance A { interface eth0 virtual_router_id 1\n"
     "virtual_ipaddress { 10.0.0.1/24 track_group G } }\n" GROUP,
     "track_group belongs to static addresses"},
};

static void test_what_is_wrong_with_static_entries_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        struct unit_load load = unit_load(bad[i].text);

        if (load.conf || !strstr(load.shown.data, bad[i].told)) {
            fail_msg("%s: should say \"%s\", says: %s", bad[i].text, bad[i].told, load.shown.data);
        }
        unit_unload(&load);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_go_to_the_group_that_they_name),
        cmocka_unit_test(test_default_interface_counts_wherever_it_stands),
        cmocka_unit_test(test_what_is_wrong_with_static_entries_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
