/* SPDX-License-Identifier: Apache-2.0
 *
 * What a virtual interface needs: from how it should be and what is there under its name to what has
 * to be done, and which settings it and its parent must have so that the right one answers for an
 * address. Pure: who does it is vmac.h.
 */
#ifndef HOLDFAST_NET_VMAC_PLAN_H
#define HOLDFAST_NET_VMAC_PLAN_H

#include "net/rtnetlink_link.h"
#include "parser/conf.h"

enum {
    VMAC_TEXT_SIZE = 192,
    VMAC_SETTINGS = 12, /* the most that vmac_plan_settings() lists */
    VMAC_PATH_SIZE = 96,
};

/* What is to be done about a virtual interface. */
enum vmac_step {
    VMAC_CREATE,  /* nothing has its name */
    VMAC_KEEP,    /* it is there as it should be, with our mark */
    VMAC_MARK,    /* it is there as it should be: adopted, and marked as ours */
    VMAC_REPLACE, /* it is ours and not as it should be: to be removed, then created */
    VMAC_FOREIGN, /* somebody else's interface has its name: nothing may be done to it */
};

/**
 * How an interface should be.
 * @param conf    as configured
 * @param parent  the interface that it stands on
 * @param mark    the alias that says that it is ours
 */
struct rtnetlink_stacked vmac_plan_wanted(const struct conf_vmac *conf,
                                          const struct rtnetlink_stacked *parent, const char *mark);

/**
 * Compares how it should be with what has its name.
 * @param there   NULL: nothing has
 * @param reason  for VMAC_FOREIGN: what is in the way, and what clears it
 */
enum vmac_step vmac_plan_step(const struct rtnetlink_stacked *wanted,
                              const struct rtnetlink_stacked *there, char reason[VMAC_TEXT_SIZE]);

/** Whether it is the interface that was wanted, but for mark, group and being up. */
bool vmac_plan_is_same(const struct rtnetlink_stacked *wanted,
                       const struct rtnetlink_stacked *there);

/**
 * Whether an interface can carry a virtual one (keepalived-reference.md B37: Ethernet alone).
 * @param reason  set where it cannot
 */
bool vmac_plan_can_carry(const struct rtnetlink_stacked *parent, char reason[VMAC_TEXT_SIZE]);

/* What the settings depend on. */
struct vmac_host {
    uint32_t all_rp_filter;  /* net.ipv4.conf.all.rp_filter */
    uint32_t all_arp_filter; /* net.ipv4.conf.all.arp_filter */
    bool has_ipv6;           /* the kernel has IPv6 */
};

/* A setting: /proc/sys/net/FAMILY/conf/INTERFACE/KEY. */
struct vmac_setting {
    const char *family; /* "ipv4", "ipv6" */
    const char *key;
    uint32_t value;
};

/**
 * The settings that a virtual interface must have, in the order in which they are written.
 * @param ipv6  it carries IPv6; otherwise IPv6 is switched off on it
 * @return how many
 */
size_t vmac_plan_settings(const struct vmac_host *host, bool ipv6,
                          struct vmac_setting settings[VMAC_SETTINGS]);

/**
 * The settings that a virtual interface's parent must have, at these values or above, while it is
 * there.
 * @return how many
 */
size_t vmac_plan_parent(struct vmac_setting settings[VMAC_SETTINGS]);

/**
 * Whether the host as a whole lets virtual interfaces answer.
 * @param reason  set where it does not: which setting, and what to set it to
 */
bool vmac_plan_host_allows(const struct vmac_host *host, char reason[VMAC_TEXT_SIZE]);

/** Writes where a setting of an interface is, below /proc/sys. @return `path` */
const char *vmac_plan_path(char path[VMAC_PATH_SIZE], const char *interface, const char *family,
                           const char *key);

#endif
