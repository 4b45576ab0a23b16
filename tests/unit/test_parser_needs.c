/* SPDX-License-Identifier: Apache-2.0
 *
 * Which interfaces an instance needs besides its own, as its addresses and routes name them.
 */
#include "unit_parser.h"

#include "base/text.h"

static void write_needs(const struct conf *conf, struct text_buffer *out)
{
    const struct conf_instance *instance;
    const struct conf_interface *one;

    STAILQ_FOREACH(instance, &conf->instances, next) {
        text_appendf(out, "%s:", instance->name);
        STAILQ_FOREACH(one, &instance->needs, next) {
            text_appendf(out, " %s", one->name);
        }
        text_append(out, ";");
    }
}

static void test_each_interface_once_but_not_its_own_and_no_virtual_one(void **state)
{
    static const struct {
        const char *text; /* behind the head of an instance on eth0 */
        const char *needs;
    } rows[] = {
        {"virtual_ipaddress { 192.0.2.1 } }", "A:;"},
        {"virtual_ipaddress { 192.0.2.1 dev eth0\n192.0.2.2 dev eth2\n192.0.2.3 dev eth2\n"
         "192.0.2.4 dev eth3 } }",
         "A: eth2 eth3;"},
        {"virtual_ipaddress { 192.0.2.1 }\nvirtual_ipaddress_excluded { 192.0.2.2 dev eth2 } }",
         "A: eth2;"},
        {"virtual_ipaddress { 192.0.2.1 dev eth2 no_track\n192.0.2.2 dev eth3 } }", "A: eth3;"},
        {"virtual_ipaddress { 192.0.2.1 dev eth2 no_track\n192.0.2.2 dev eth2 } }", "A: eth2;"},
        {"virtual_ipaddress { 192.0.2.1 }\nvirtual_routes { 198.51.100.0/24 dev eth2 } }",
         "A: eth2;"},
        {"virtual_ipaddress { 192.0.2.1 }\n"
         "virtual_routes { 198.51.100.0/24 dev eth2 no_track } }",
         "A:;"},
        {"virtual_ipaddress { 192.0.2.1 }\nvirtual_routes {\n198.51.100.0/24 "
         "nexthop via 192.0.2.7 dev eth2 nexthop via 192.0.2.8 dev eth3\n} }",
         "A: eth2 eth3;"},
        {"dont_track_primary\nvirtual_ipaddress { 192.0.2.1 dev eth0\n192.0.2.2 dev eth2 } }",
         "A: eth2;"},
        {"track_interface { eth2 weight -5 }\nvirtual_ipaddress { 192.0.2.1 dev eth2 } }", "A:;"},
        {"use_vmac\nvirtual_ipaddress { 192.0.2.1 } }", "A:;"},
        {"use_vmac\nvirtual_ipaddress { 192.0.2.1\n192.0.2.2 dev eth2 use_vmac } }", "A: eth2;"},
        {"use_vmac web\nvirtual_ipaddress { 192.0.2.1 } }\n"
         "vrrp_instance B {\ninterface eth1\nvirtual_router_id 52\n"
         "virtual_ipaddress { 192.0.2.9 dev web } }",
         "A:;B:;"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text_buffer needs = {0};
        char text[512];
        struct unit_load load;

        (void)snprintf(text, sizeof(text),
                       "vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n%s\n",
                       rows[i].text);
        load = unit_load_clean(text);
        write_needs(load.conf, &needs);
        assert_string_equal(needs.data, rows[i].needs);
        text_release(&needs);
        unit_unload(&load);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_interface_once_but_not_its_own_and_no_virtual_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
