/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's settings of interfaces (sysctl(8), net.*): read, written and read back, and those of
 * other people's interfaces held for as long as somebody needs them and then put back.
 */
#ifndef HOLDFAST_NET_SYSCTL_H
#define HOLDFAST_NET_SYSCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log;
struct sysctl_table;

enum { SYSCTL_PROBLEM_SIZE = 192 };

/**
 * Reads a number.
 * @param path  below /proc/sys: "net/ipv4/conf/eth0/rp_filter"
 * @return 0 or -errno; -EINVAL where it is no number
 */
int sysctl_read(const char *path, uint32_t *value);

/**
 * Sets a number, unless it is set already, and reads it back.
 * @param problem  where it fails: the setting, why, and what would clear it
 * @return whether it is set now
 */
bool sysctl_set(const char *path, uint32_t value, char problem[SYSCTL_PROBLEM_SIZE]);

/** A table of settings that are held; empty. */
struct sysctl_table *sysctl_table_new(struct log *log);

/** Frees it; what is held stays as it is. NULL is allowed. */
void sysctl_table_free(struct sysctl_table *table);

/**
 * Holds a setting of an interface at a value or above, until as many sysctl_release().
 * @param key    "arp_ignore": of net.ipv4.conf.INTERFACE
 * @param value  the least that it must be
 * @return whether it is so now; it is held in any case, and tried again when the interface comes
 */
bool sysctl_hold(struct sysctl_table *table, const char *interface, const char *key, uint32_t value,
                 char problem[SYSCTL_PROBLEM_SIZE]);

/** Gives it up: when nobody holds it any more it gets the value back that it had. */
void sysctl_release(struct sysctl_table *table, const char *interface, const char *key);

/** An interface came: what is held of it is set anew. */
void sysctl_on_link_new(struct sysctl_table *table, const char *interface);

#endif
