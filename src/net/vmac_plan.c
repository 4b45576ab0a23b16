/* SPDX-License-Identifier: Apache-2.0
 *
 * What a virtual interface needs. Decides; reads and changes nothing.
 */
#include "net/vmac_plan.h"

#include "base/text.h"

#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

struct rtnetlink_stacked vmac_plan_wanted(const struct conf_vmac *conf,
                                          const struct rtnetlink_stacked *parent, const char *mark)
{
    struct rtnetlink_stacked wanted = {.parent = parent->link.index};

    (void)text_copy(wanted.link.name, sizeof(wanted.link.name), conf->name);
    wanted.link.vrf = parent->link.vrf; /* its addresses belong to the parent's table */
    (void)text_copy(wanted.alias, sizeof(wanted.alias), mark);
    /* The parent's group, so that a firewall's rules for it hold as they did without. */
    wanted.group = conf->has_group ? conf->group : parent->group;
    if (conf->kind == CONF_VMAC_IPVLAN) {
        wanted.kind = RTNETLINK_KIND_IPVLAN;
        wanted.mode = IPVLAN_MODE_L2;
        wanted.mode_flags = conf->mode == CONF_IPVLAN_PRIVATE ? IPVLAN_F_PRIVATE
                            : conf->mode == CONF_IPVLAN_VEPA  ? IPVLAN_F_VEPA
                                                              : 0;
    } else {
        wanted.kind = RTNETLINK_KIND_MACVLAN;
        wanted.mode = MACVLAN_MODE_PRIVATE;
        wanted.link.mac_size = CONF_MAC_SIZE;
        memcpy(wanted.link.mac, conf->mac, CONF_MAC_SIZE);
    }
    return wanted;
}

bool vmac_plan_is_same(const struct rtnetlink_stacked *wanted,
                       const struct rtnetlink_stacked *there)
{
    return wanted->kind == there->kind && wanted->parent == there->parent &&
           wanted->link.vrf == there->link.vrf && wanted->mode == there->mode &&
           wanted->mode_flags == there->mode_flags &&
           strcmp(wanted->link.name, there->link.name) == 0 &&
           (!wanted->link.mac_size ||
            (wanted->link.mac_size == there->link.mac_size &&
             memcmp(wanted->link.mac, there->link.mac, wanted->link.mac_size) == 0));
}

enum vmac_step vmac_plan_step(const struct rtnetlink_stacked *wanted,
                              const struct rtnetlink_stacked *there, char reason[VMAC_TEXT_SIZE])
{
    if (!there) {
        return VMAC_CREATE;
    }
    if (vmac_plan_is_same(wanted, there)) {
        return strcmp(wanted->alias, there->alias) == 0 && wanted->group == there->group
                   ? VMAC_KEEP
                   : VMAC_MARK;
    }
    if (strcmp(wanted->alias, there->alias) == 0) {
        return VMAC_REPLACE;
    }
    (void)snprintf(reason, VMAC_TEXT_SIZE,
                   "there is an interface %s (%s) that is not ours: remove it (ip link del %s), or "
                   "give use_vmac another name",
                   there->link.name, there->kind_name[0] ? there->kind_name : "no virtual one",
                   there->link.name);
    return VMAC_FOREIGN;
}

bool vmac_plan_can_carry(const struct rtnetlink_stacked *parent, char reason[VMAC_TEXT_SIZE])
{
    if (parent->link.type == ARPHRD_ETHER) {
        return true;
    }
    (void)snprintf(reason, VMAC_TEXT_SIZE,
                   "interface %s is no Ethernet interface, and only those carry a virtual MAC: "
                   "remove use_vmac",
                   parent->link.name);
    return false;
}

bool vmac_plan_host_allows(const struct vmac_host *host, char reason[VMAC_TEXT_SIZE])
{
    if (!host->all_arp_filter) {
        return true;
    }
    (void)snprintf(reason, VMAC_TEXT_SIZE,
                   "net.ipv4.conf.all.arp_filter is %u, with which no virtual interface answers "
                   "ARP: set it to 0 (sysctl net.ipv4.conf.all.arp_filter=0)",
                   host->all_arp_filter);
    return false;
}

/*
 * What each value does (Documentation/networking/ip-sysctl.rst). The routes to the clients lead
 * through the parent: so a source is not checked against the interface that it came in by
 * (rp_filter), and whether the interface answers ARP does not depend on them (arp_filter). The larger
 * one of an interface's rp_filter and "all"'s holds: where "all" is strict, 2 makes it loose here.
 * addr_gen_mode 1 makes no link-local address.
 */
size_t vmac_plan_settings(const struct vmac_host *host, bool ipv6,
                          struct vmac_setting settings[VMAC_SETTINGS])
{
    const struct vmac_setting ipv4_rows[] = {
        {"ipv4", "arp_ignore", 1},
        {"ipv4", "arp_filter", 0},
        {"ipv4", "rp_filter", host->all_rp_filter ? 2 : 0},
        {"ipv4", "accept_local", 1}, /* what this host itself sends to it over the wire */
        {"ipv4", "promote_secondaries", 1},
    };
    const struct vmac_setting ipv6_rows[] = {
        {"ipv6", "addr_gen_mode", 1},
        {"ipv6", "autoconf", 0},
        {"ipv6", "accept_ra", 0},
        {"ipv6", "disable_ipv6", ipv6 ? 0 : 1},
    };
    size_t count = sizeof(ipv4_rows) / sizeof(ipv4_rows[0]);

    _Static_assert(sizeof(ipv4_rows) / sizeof(ipv4_rows[0]) +
                           sizeof(ipv6_rows) / sizeof(ipv6_rows[0]) <=
                       VMAC_SETTINGS,
                   "all settings have room");
    memcpy(settings, ipv4_rows, sizeof(ipv4_rows));
    if (host->has_ipv6) {
        memcpy(settings + count, ipv6_rows, sizeof(ipv6_rows));
        count += sizeof(ipv6_rows) / sizeof(ipv6_rows[0]);
    }
    return count;
}

/*
 * Answers to the clients leave by the parent. By arp_ignore it does not answer ARP for an address that
 * is on the virtual interface; by arp_announce it does not ask for a client in that address's name,
 * from which the client would learn the parent's own MAC. An ipvlan has that MAC as well, and takes what
 * comes for its addresses: the client's answer to such a question would never reach the parent.
 */
size_t vmac_plan_parent(struct vmac_setting settings[VMAC_SETTINGS])
{
    settings[0] = (struct vmac_setting){"ipv4", "arp_ignore", 1};
    settings[1] = (struct vmac_setting){"ipv4", "arp_announce", 2};
    return 2;
}

const char *vmac_plan_path(char path[VMAC_PATH_SIZE], const char *interface, const char *family,
                           const char *key)
{
    (void)snprintf(path, VMAC_PATH_SIZE, "net/%s/conf/%.15s/%s", family, interface, key);
    return path;
}
