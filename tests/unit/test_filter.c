/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_rules.h"

#include "base/process.h"
#include "net/filter.h"

#define INSTANCE(name, vrid, words, addresses)                                                     \
    "vrrp_instance " name " {\n interface eth0\n virtual_router_id " vrid "\n " words              \
    "\n virtual_ipaddress { " addresses " }\n}\n"

static const struct unit_rules rows[] = {
    {"nobody refuses packets", INSTANCE("A", "1", "", "192.0.2.1"), ""},
    {"an owner takes its own", INSTANCE("A", "1", "priority 255 no_accept", "192.0.2.1"), ""},
    {"one of two refuses",
     INSTANCE("A", "1", "no_accept", "192.0.2.1\n192.0.2.2/24 dev eth1")
         INSTANCE("B", "2", "", "192.0.2.9"),
     "add table inet t\n"
     "delete table inet t\n"
     "table inet t {\n"
     "    chain input {\n"
     "        type filter hook input priority -1; policy accept;\n"
     "        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n"
     "        ip daddr { 192.0.2.1, 192.0.2.2 } drop\n"
     "    }\n"
     "}\n"},
    {"both families, counted, at a priority",
     "global_defs { nftables x\n nftables_priority 7\n nftables_counters }\n" INSTANCE(
         "A", "1", "no_accept", "192.0.2.1 }\n virtual_ipaddress_excluded { 2001:db8::1/64"),
     "add table inet t\n"
     "delete table inet t\n"
     "table inet t {\n"
     "    chain input {\n"
     "        type filter hook input priority 7; policy accept;\n"
     "        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n"
     "        ip daddr { 192.0.2.1 } counter drop\n"
     "        ip6 daddr { 2001:db8::1 } counter drop\n"
     "    }\n"
     "}\n"},
    {"strict version 3 refuses unless accept says otherwise",
     "global_defs { vrrp_strict\n vrrp_version 3 }\n" INSTANCE("A", "1", "", "192.0.2.1")
         INSTANCE("B", "2", "accept", "192.0.2.2"),
     "add table inet t\n"
     "delete table inet t\n"
     "table inet t {\n"
     "    chain input {\n"
     "        type filter hook input priority -1; policy accept;\n"
     "        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n"
     "        ip daddr { 192.0.2.1 } drop\n"
     "    }\n"
     "}\n"},
};

static void test_rules_are_those_of_the_instances_that_refuse(void **state)
{
    (void)state;
    unit_check_rules(rows, UNIT_COUNT(rows), filter_write);
}

static void test_a_late_loop_asks_for_more_up_to_its_limit(void **state)
{
    (void)state;
    assert_int_equal(process_raised(0, 3, 9, 10), 0);
    assert_int_equal(process_raised(0, 3, 10, 10), 1);
    assert_int_equal(process_raised(2, 3, 10, 10), 3);
    assert_int_equal(process_raised(3, 3, 99, 10), 3);
    assert_int_equal(process_raised(0, 0, 99, 10), 0);
    assert_int_equal(process_raised(0, -1, 99, 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_are_those_of_the_instances_that_refuse),
        cmocka_unit_test(test_a_late_loop_asks_for_more_up_to_its_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
