/* SPDX-License-Identifier: Apache-2.0
 *
 * What a virtual interface needs: what is done about whatever has its name, and which settings.
 */
#include "unit.h"

#include "net/vmac_plan.h"

#include <linux/if_arp.h>
#include <linux/if_link.h>

#define MARK "holdfast /run/holdfast"

static const struct rtnetlink_stacked parent = {
    .link = {.index = 5, .name = "eth0", .type = ARPHRD_ETHER, .mac_size = 6}, .group = 4};

static struct rtnetlink_stacked wanted_macvlan(void)
{
    const struct conf_vmac conf = {.kind = CONF_VMAC_MACVLAN,
                                   .name = "vrrp.51",
                                   .parent = "eth0",
                                   .mac = {0x00, 0x00, 0x5e, 0x00, 0x01, 0x33}};

    return vmac_plan_wanted(&conf, &parent, MARK);
}

static void test_wanted_is_a_private_macvlan_in_its_parents_group(void **state)
{
    struct rtnetlink_stacked wanted = wanted_macvlan();

    (void)state;
    assert_int_equal(wanted.kind, RTNETLINK_KIND_MACVLAN);
    assert_int_equal(wanted.mode, MACVLAN_MODE_PRIVATE);
    assert_int_equal(wanted.parent, 5);
    assert_int_equal(wanted.group, 4);
    assert_string_equal(wanted.alias, MARK);
    assert_memory_equal(wanted.link.mac, "\x00\x00\x5e\x00\x01\x33", 6);
}

static void test_it_is_in_the_vrf_of_its_parent(void **state)
{
    const struct conf_vmac conf = {.kind = CONF_VMAC_MACVLAN, .name = "vrrp.51", .parent = "eth0"};
    struct rtnetlink_stacked below = parent;
    struct rtnetlink_stacked wanted;
    struct rtnetlink_stacked there;
    char reason[VMAC_TEXT_SIZE];

    (void)state;
    below.link.vrf = 12;
    wanted = vmac_plan_wanted(&conf, &below, MARK);
    assert_int_equal(wanted.link.vrf, 12);
    there = wanted;
    assert_int_equal(vmac_plan_step(&wanted, &there, reason), VMAC_KEEP);
    there.link.vrf = 0;
    assert_int_equal(vmac_plan_step(&wanted, &there, reason), VMAC_REPLACE);
}

static void test_wanted_ipvlan_has_its_mode_and_no_mac(void **state)
{
    static const struct {
        enum conf_ipvlan_mode mode;
        uint32_t flags;
    } rows[] = {{CONF_IPVLAN_BRIDGE, 0},
                {CONF_IPVLAN_PRIVATE, IPVLAN_F_PRIVATE},
                {CONF_IPVLAN_VEPA, IPVLAN_F_VEPA}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct conf_vmac conf = {.kind = CONF_VMAC_IPVLAN,
                                       .name = "vrrp.51",
                                       .parent = "eth0",
                                       .mode = rows[i].mode,
                                       .has_group = true,
                                       .group = 0};
        struct rtnetlink_stacked wanted = vmac_plan_wanted(&conf, &parent, MARK);

        assert_int_equal(wanted.kind, RTNETLINK_KIND_IPVLAN);
        assert_int_equal(wanted.mode, IPVLAN_MODE_L2);
        assert_int_equal(wanted.mode_flags, rows[i].flags);
        assert_int_equal(wanted.link.mac_size, 0);
        assert_int_equal(wanted.group, 0); /* what was asked for, not the parent's */
    }
}

static void test_what_has_the_name_decides_the_step(void **state)
{
    static const struct {
        const char *what;
        enum rtnetlink_kind kind;
        uint32_t mode;
        int parent;
        uint8_t last_octet;
        const char *alias;
        enum vmac_step step;
    } rows[] = {
        {"our own", RTNETLINK_KIND_MACVLAN, MACVLAN_MODE_PRIVATE, 5, 0x33, MARK, VMAC_KEEP},
        {"without a mark", RTNETLINK_KIND_MACVLAN, MACVLAN_MODE_PRIVATE, 5, 0x33, "", VMAC_MARK},
        {"ours, another MAC", RTNETLINK_KIND_MACVLAN, MACVLAN_MODE_PRIVATE, 5, 0x34, MARK,
         VMAC_REPLACE},
        {"ours, another parent", RTNETLINK_KIND_MACVLAN, MACVLAN_MODE_PRIVATE, 6, 0x33, MARK,
         VMAC_REPLACE},
        {"ours, another mode", RTNETLINK_KIND_MACVLAN, MACVLAN_MODE_BRIDGE, 5, 0x33, MARK,
         VMAC_REPLACE},
        {"another MAC", RTNETLINK_KIND_MACVLAN, MACVLAN_MODE_PRIVATE, 5, 0x34, "", VMAC_FOREIGN},
        {"another parent", RTNETLINK_KIND_MACVLAN, MACVLAN_MODE_PRIVATE, 6, 0x33, "", VMAC_FOREIGN},
        {"a bridge", RTNETLINK_KIND_OTHER, 0, 0, 0x33, "", VMAC_FOREIGN},
        {"another daemon's", RTNETLINK_KIND_MACVLAN, MACVLAN_MODE_PRIVATE, 6, 0x33,
         "holdfast /run/other", VMAC_FOREIGN},
    };
    const struct rtnetlink_stacked wanted = wanted_macvlan();
    char reason[VMAC_TEXT_SIZE];

    (void)state;
    assert_int_equal(vmac_plan_step(&wanted, NULL, reason), VMAC_CREATE);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct rtnetlink_stacked there = wanted;

        there.kind = rows[i].kind;
        there.mode = rows[i].mode;
        there.parent = rows[i].parent;
        there.link.mac[5] = rows[i].last_octet;
        (void)snprintf(there.alias, sizeof(there.alias), "%s", rows[i].alias);
        reason[0] = '\0';
        assert_fact(vmac_plan_step(&wanted, &there, reason) == rows[i].step, "%s", rows[i].what);
        assert_int_equal(strstr(reason, "ip link del vrrp.51") != NULL,
                         rows[i].step == VMAC_FOREIGN);
    }
}

static void test_only_ethernet_carries_one(void **state)
{
    struct rtnetlink_stacked tunnel = parent;
    char reason[VMAC_TEXT_SIZE] = "";

    (void)state;
    assert_true(vmac_plan_can_carry(&parent, reason));
    assert_string_equal(reason, "");
    tunnel.link.type = ARPHRD_TUNNEL;
    assert_false(vmac_plan_can_carry(&tunnel, reason));
    assert_non_null(strstr(reason, "eth0 is no Ethernet interface"));
}

static uint32_t setting(const struct vmac_host *host, bool ipv6, const char *family,
                        const char *key)
{
    struct vmac_setting settings[VMAC_SETTINGS];
    size_t count = vmac_plan_settings(host, ipv6, settings);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(settings[i].key, key) == 0 && strcmp(settings[i].family, family) == 0) {
            return settings[i].value;
        }
    }
    return UINT32_MAX;
}

static void test_settings_fit_the_host(void **state)
{
    static const struct vmac_host plain = {.has_ipv6 = true};
    static const struct vmac_host strict = {.all_rp_filter = 1, .has_ipv6 = true};
    static const struct vmac_host without = {.has_ipv6 = false};

    (void)state;
    assert_int_equal(setting(&plain, false, "ipv4", "arp_ignore"), 1);
    assert_int_equal(setting(&plain, false, "ipv4", "arp_filter"), 0);
    assert_int_equal(setting(&plain, false, "ipv4", "accept_local"), 1);
    assert_int_equal(setting(&plain, false, "ipv4", "promote_secondaries"), 1);
    assert_int_equal(setting(&plain, false, "ipv4", "rp_filter"), 0);
    assert_int_equal(setting(&strict, false, "ipv4", "rp_filter"), 2); /* the larger one holds */
    assert_int_equal(setting(&plain, true, "ipv6", "addr_gen_mode"), 1);
    assert_int_equal(setting(&plain, true, "ipv6", "accept_ra"), 0);
    assert_int_equal(setting(&plain, true, "ipv6", "autoconf"), 0);
    assert_int_equal(setting(&plain, true, "ipv6", "disable_ipv6"), 0);
    assert_int_equal(setting(&plain, false, "ipv6", "disable_ipv6"), 1);
    assert_int_equal(setting(&without, true, "ipv6", "disable_ipv6"), UINT32_MAX);
}

static void test_parent_is_kept_out_of_the_clients_tables(void **state)
{
    struct vmac_setting settings[VMAC_SETTINGS];

    (void)state;
    assert_int_equal(vmac_plan_parent(settings), 2);
    assert_string_equal(settings[0].key, "arp_ignore");
    assert_int_equal(settings[0].value, 1);
    assert_string_equal(settings[1].key, "arp_announce");
    assert_int_equal(settings[1].value, 2);
}

static void test_host_with_arp_filter_is_refused_by_that_name(void **state)
{
    const struct vmac_host plain = {.has_ipv6 = true};
    const struct vmac_host filter = {.all_arp_filter = 1};
    char reason[VMAC_TEXT_SIZE];

    (void)state;
    assert_true(vmac_plan_host_allows(&plain, reason));
    assert_false(vmac_plan_host_allows(&filter, reason));
    assert_non_null(strstr(reason, "sysctl net.ipv4.conf.all.arp_filter=0"));
}

static void test_paths_hold_names_with_dots(void **state)
{
    char path[VMAC_PATH_SIZE];

    (void)state;
    assert_string_equal(vmac_plan_path(path, "vrrp.51", "ipv6", "autoconf"),
                        "net/ipv6/conf/vrrp.51/autoconf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wanted_is_a_private_macvlan_in_its_parents_group),
        cmocka_unit_test(test_it_is_in_the_vrf_of_its_parent),
        cmocka_unit_test(test_wanted_ipvlan_has_its_mode_and_no_mac),
        cmocka_unit_test(test_what_has_the_name_decides_the_step),
        cmocka_unit_test(test_only_ethernet_carries_one),
        cmocka_unit_test(test_settings_fit_the_host),
        cmocka_unit_test(test_parent_is_kept_out_of_the_clients_tables),
        cmocka_unit_test(test_host_with_arp_filter_is_refused_by_that_name),
        cmocka_unit_test(test_paths_hold_names_with_dots),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
