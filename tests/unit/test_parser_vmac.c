/* SPDX-License-Identifier: Apache-2.0
 *
 * use_vmac, use_ipvlan and what belongs to them: names, MACs, and on which interface an address is.
 */
#include "unit_parser.h"

#include "parser/diff.h"
#include "parser/dump.h"

#define HEAD(name_, vrid_)                                                                         \
    "vrrp_instance " name_ " {\ninterface eth0\nvirtual_router_id " vrid_ "\n"

static const struct conf_instance *instance_of(const struct unit_load *load, unsigned number)
{
    const struct conf_instance *instance = STAILQ_FIRST(&load->conf->instances);

    while (number--) {
        instance = STAILQ_NEXT(instance, next);
    }
    assert_non_null(instance);
    return instance;
}

static void write_mac(char text[18], const struct conf_vmac *vmac)
{
    const uint8_t *mac = vmac->mac;

    (void)snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                   mac[4], mac[5]);
}

static void test_names_and_macs_are_the_virtual_routers(void **state)
{
    static const struct {
        const char *text; /* behind the head of an instance with VRID 51 on eth0 */
        const char *name;
        const char *mac;
    } rows[] = {
        {"use_vmac\nvirtual_ipaddress { 192.0.2.1 } }", "vrrp.51", "00:00:5e:00:01:33"},
        {"use_vmac\nvirtual_ipaddress { fe80::1 } }", "vrrp6.51", "00:00:5e:00:02:33"},
        {"use_vmac web\nvirtual_ipaddress { 192.0.2.1 } }", "web", "00:00:5e:00:01:33"},
        {"use_vmac name group\nvirtual_ipaddress { 192.0.2.1 } }", "group", "00:00:5e:00:01:33"},
        {"use_vmac 02:11:22:33:44:55 web group 7\nvirtual_ipaddress { 192.0.2.1 } }", "web",
         "02:11:22:33:44:55"},
        {"use_vmac 02:11:22:33:44\nvirtual_ipaddress { 192.0.2.1 } }", "vrrp.51",
         "02:11:22:33:44:33"},
        {"use_ipvlan 192.0.2.5/24 vepa\nvirtual_ipaddress { 192.0.2.1 } }", "vrrp.51",
         "00:00:00:00:00:00"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char text[256];
        char mac[18];
        const struct conf_instance *instance;
        struct unit_load load;

        (void)snprintf(text, sizeof(text), HEAD("A", "51") "%s\n", rows[i].text);
        load = unit_load_clean(text);
        instance = instance_of(&load, 0);
        assert_non_null(instance->vmac);
        assert_string_equal(instance->vmac->name, rows[i].name);
        assert_string_equal(instance->vmac->parent, "eth0");
        write_mac(mac, instance->vmac);
        assert_string_equal(mac, rows[i].mac);
        assert_string_equal(STAILQ_FIRST(&instance->addresses)->device, rows[i].name);
        unit_unload(&load);
    }
}

static void test_options_of_the_line_are_kept(void **state)
{
    struct unit_load load = unit_load_clean(
        HEAD("A", "51") "use_vmac netlink_notify_msg group 7 name web\n"
                        "promote_secondaries\nvmac_xmit_base\n"
                        "virtual_ipaddress { 192.0.2.1 } }\n" HEAD(
                            "B", "52") "use_ipvlan private 192.0.2.5/24 ipv group default\n"
                                       "virtual_ipaddress { 192.0.2.2 } }\n");
    const struct conf_instance *first = instance_of(&load, 0);
    const struct conf_instance *second = instance_of(&load, 1);

    (void)state;
    assert_true(first->vmac->notify && first->vmac->has_group && first->vmac->group == 7);
    assert_true(first->vmac_xmit_base && first->promote_secondaries);
    assert_false(first->vmac->ipv6);
    assert_int_equal(second->vmac->kind, CONF_VMAC_IPVLAN);
    assert_int_equal(second->vmac->mode, CONF_IPVLAN_PRIVATE);
    assert_true(second->vmac->has_group && second->vmac->group == 0);
    assert_true(inet_equal(&second->source, &second->vmac->address.addr));
    unit_unload(&load);
}

static void test_one_vrid_on_two_interfaces_gives_two_names(void **state)
{
    struct unit_load load = unit_load_clean(
        "global_defs { vmac_prefix vm }\n" HEAD("A", "51") "use_vmac\n"
                                                           "virtual_ipaddress { 192.0.2.1 } }\n"
                                                           "vrrp_instance B { interface eth1\n"
                                                           "virtual_router_id 51\nuse_vmac\n"
                                                           "virtual_ipaddress { 192.0.2.2 } }\n"
                                                           "vrrp_instance C { interface eth2\n"
                                                           "virtual_router_id 51\nuse_vmac vm.51\n"
                                                           "virtual_ipaddress { 192.0.2.3 } }\n");

    (void)state;
    assert_string_equal(instance_of(&load, 0)->vmac->name, "vm.51.2");
    assert_string_equal(instance_of(&load, 1)->vmac->name, "vm.51.3");
    assert_string_equal(instance_of(&load, 2)->vmac->name, "vm.51");
    unit_unload(&load);
}

static void test_addresses_elsewhere_have_interfaces_of_their_own(void **state)
{
    static const struct {
        const char *device;
        const char *parent; /* NULL: it is none of ours */
    } expected[] = {{"vrrp.51", NULL},    {"eth1", NULL},       {"extra.51", "eth1"},
                    {"vrrp.51", "eth0"},  {"extra.51", "eth1"}, {"vrrp.51", NULL},
                    {"extra6.51", "eth0"}};
    struct unit_load load = unit_load_clean(
        "global_defs { vmac_addr_prefix extra }\n" HEAD("A", "51") "use_vmac\n"
                                                                   "virtual_ipaddress {\n"
                                                                   " 192.0.2.1\n"
                                                                   " 192.0.2.2 dev eth1\n"
                                                                   " 192.0.2.3 dev eth1 use_vmac\n"
                                                                   " 192.0.2.4 dev eth0 use_vmac\n"
                                                                   " 192.0.2.5 use_vmac dev eth1\n"
                                                                   "}\n"
                                                                   "virtual_ipaddress_excluded {\n"
                                                                   " 2001:db8::1\n"
                                                                   " 2001:db8::2 use_vmac\n"
                                                                   "} }\n");
    const struct conf_instance *instance = instance_of(&load, 0);
    const struct conf_address *address = STAILQ_FIRST(&instance->addresses);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(expected); i++, address = STAILQ_NEXT(address, next)) {
        assert_string_equal(address->device, expected[i].device);
        assert_int_equal(address->vmac != NULL, expected[i].parent != NULL);
        if (address->vmac) {
            assert_string_equal(address->vmac->parent, expected[i].parent);
        }
    }
    assert_true(instance->vmac->ipv6); /* for the address that is on it */
    unit_unload(&load);
}

static void test_use_vmac_addr_is_for_other_interfaces(void **state)
{
    struct unit_load load = unit_load_clean(HEAD("A", "51") "use_vmac_addr\n"
                                                            "virtual_ipaddress {\n"
                                                            " 192.0.2.1\n"
                                                            " 192.0.2.2 dev eth1\n"
                                                            "} }\n");
    const struct conf_instance *instance = instance_of(&load, 0);
    const struct conf_address *address = STAILQ_FIRST(&instance->addresses);

    (void)state;
    assert_null(instance->vmac);
    assert_string_equal(address->device, "eth0");
    assert_string_equal(STAILQ_NEXT(address, next)->device, "vrrp.51");
    unit_unload(&load);
}

static void test_a_dump_loads_to_the_same(void **state)
{
    struct unit_load load = unit_load_clean(
        HEAD("A", "51") "use_vmac 02:11:22:33:44 netlink_notify_msg group 7\nvmac_xmit_base\n"
                        "promote_secondaries\nuse_vmac_addr\n"
                        "virtual_ipaddress {\n192.0.2.1\n192.0.2.2 dev eth1\n"
                        "192.0.2.3 use_vmac\n} }\n" HEAD(
                            "B", "52") "use_ipvlan 192.0.2.5/24 vepa group 9\n"
                                       "virtual_ipaddress { 192.0.2.4 } }\n");
    struct text_buffer first = {0};
    struct text_buffer second = {0};
    struct unit_load again;
    struct diff *diff;

    (void)state;
    dump_write(load.conf, &first);
    again = unit_load(first.data);
    assert_fact(again.conf != NULL, "%s\n%s", first.data, again.shown.data);
    dump_write(again.conf, &second);
    assert_string_equal(first.data, second.data);
    diff = diff_new(load.conf, again.conf);
    assert_true(STAILQ_EMPTY(diff_objects(diff)));
    assert_memory_equal(instance_of(&load, 0)->vmac->mac, instance_of(&again, 0)->vmac->mac,
                        CONF_MAC_SIZE);
    diff_free(diff);
    text_release(&first);
    text_release(&second);
    unit_unload(&again);
    unit_unload(&load);
}

static void test_what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text;
        const char *message; /* a part of what is said */
    } rows[] = {
        {HEAD("A", "51") "use_vmac a b\nvirtual_ipaddress { 192.0.2.1 } }",
         "error: use_vmac has the name a already; \"b\" is one too many"},
        {HEAD("A", "51") "use_vmac abcdefghijklmnop\nvirtual_ipaddress { 192.0.2.1 } }",
         "error: use_vmac \"abcdefghijklmnop\" cannot be the name of an interface"},
        {HEAD("A", "51") "use_vmac eth0\nvirtual_ipaddress { 192.0.2.1 } }",
         "error: eth0 is the interface of A itself"},
        {HEAD("A", "51") "use_vmac 00:11:22\nvirtual_ipaddress { 192.0.2.1 } }",
         "error: use_vmac \"00:11:22\" is no MAC address"},
        {HEAD("A", "51") "use_vmac 00:11:22:33:44:55:66\nvirtual_ipaddress { 192.0.2.1 } }",
         "error: use_vmac \"00:11:22:33:44:55:66\" is no MAC address"},
        {HEAD("A", "51") "use_vmac 01:11:22:33:44:55\nvirtual_ipaddress { 192.0.2.1 } }",
         "error: 01:11:22:33:44:55 is a multicast address"},
        {HEAD("A", "51") "use_vmac 00:00:5e:00:01:09\nvirtual_ipaddress { 192.0.2.1 } }",
         "warning: 00:00:5e:00:01:09 belongs to the virtual routers of RFC 9568"},
        {HEAD("A", "51") "use_vmac group\nvirtual_ipaddress { 192.0.2.1 } }",
         "error: use_vmac: group needs a number"},
        {HEAD("A", "51") "use_vmac name\nvirtual_ipaddress { 192.0.2.1 } }",
         "error: use_vmac: a name must follow the word name"},
        {HEAD("A", "51") "use_vmac\nuse_ipvlan 192.0.2.5\nvirtual_ipaddress { 192.0.2.1 } }",
         "error: use_ipvlan: an instance has one virtual interface"},
        {"static_ipaddress { 192.0.2.7/24 dev eth0 use_vmac }",
         "error: use_vmac: a static address has no virtual router"},
        {HEAD("A", "51") "use_ipvlan\nvirtual_ipaddress { 192.0.2.1 } }",
         "error: use_ipvlan of an IPv4 instance needs an IPv4 address of its own"},
        {HEAD("A", "51") "vmac_xmit_base\nvirtual_ipaddress { 192.0.2.1 } }",
         "warning: vmac_xmit_base has no effect without use_vmac"},
        {HEAD("A", "51") "use_vmac\nunicast_peer { 192.0.2.7 }\nvirtual_ipaddress { 192.0.2.1 } }",
         "warning: unicast adverts leave by the interface itself: vmac_xmit_base is on"},
        {HEAD("A", "51") "use_vmac x\nvirtual_ipaddress { 192.0.2.1 } }\n" HEAD(
             "B", "52") "use_vmac x\nvirtual_ipaddress { 192.0.2.2 } }",
         "error: x is the virtual interface of A already; give B one of another name"},
        {"global_defs { vmac_prefix abcdefghijk }\n" HEAD(
             "A", "51") "use_vmac\nvirtual_ipaddress { 192.0.2.1 } }",
         "error: vmac_prefix \"abcdefghijk\" is longer than 10 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct unit_load load = unit_load(rows[i].text);

        assert_fact(strstr(load.shown.data, rows[i].message) != NULL, "%s\nshows:\n%s",
                    rows[i].text, load.shown.data);
        assert_int_equal(load.conf == NULL, strncmp(rows[i].message, "error", 5) == 0);
        unit_unload(&load);
    }
}

static void test_strict_mode_has_the_mac_of_the_virtual_router(void **state)
{
    struct unit_load load =
        unit_load(HEAD("A", "51") "strict_mode on\nuse_vmac 02:11:22:33:44:55\nvmac_xmit_base\n"
                                  "virtual_ipaddress { 192.0.2.1 } }\n");
    const struct conf_instance *instance = instance_of(&load, 0);
    char mac[18];

    (void)state;
    write_mac(mac, instance->vmac);
    assert_string_equal(mac, "00:00:5e:00:01:33");
    assert_false(instance->vmac_xmit_base);
    assert_non_null(strstr(load.shown.data, "strict VRRP has the MAC of the virtual router alone"));
    assert_non_null(strstr(load.shown.data, "strict VRRP has no such vmac_xmit_base"));
    unit_unload(&load);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_macs_are_the_virtual_routers),
        cmocka_unit_test(test_options_of_the_line_are_kept),
        cmocka_unit_test(test_one_vrid_on_two_interfaces_gives_two_names),
        cmocka_unit_test(test_addresses_elsewhere_have_interfaces_of_their_own),
        cmocka_unit_test(test_use_vmac_addr_is_for_other_interfaces),
        cmocka_unit_test(test_a_dump_loads_to_the_same),
        cmocka_unit_test(test_strict_mode_has_the_mac_of_the_virtual_router),
        cmocka_unit_test(test_what_is_wrong_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
