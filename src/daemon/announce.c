/* SPDX-License-Identifier: Apache-2.0
 *
 * Wiring of VRRP's announcements: for each address of an instance what the neighbours are to learn.
 */
#include "daemon/daemon.h"

#include "base/memory.h"
#include "net/link.h"
#include "net/neigh.h"
#include "parser/conf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether this host is an IPv6 router on an interface: what its advertisements must say of it. */
static bool daemon_forwards(const struct daemon *daemon, int index)
{
    const struct link *link = link_find_index(daemon->links, index);
    char path[64];
    char value = '0';
    int fd;

    (void)snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%.16s/forwarding",
                   link ? link->info.name : "all");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!read(fd, &value, 1);
        (void)close(fd);
    }
    return value != '0';
}

/* The virtual interface that an address of an instance is on; NULL: it is on a real one. */
static const struct conf_vmac *daemon_find_vmac(const struct conf_instance *instance,
                                                const struct conf_address *address)
{
    return address->vmac                                                          ? address->vmac
           : instance->vmac && strcmp(instance->vmac->name, address->device) == 0 ? instance->vmac
                                                                                  : NULL;
}

/* Whether no advert tells the switches where an address is; keepalived-reference.md, garp_extra_if. */
static bool daemon_is_elsewhere(const struct conf_instance *instance,
                                const struct conf_address *address)
{
    const char *mouth =
        instance->vmac && !instance->vmac_xmit_base ? instance->vmac->name : instance->interface;

    return strcmp(address->device, mouth) != 0 &&
           (instance->announce.extra_all || daemon_find_vmac(instance, address));
}

static bool daemon_neigh_target(const struct daemon *daemon, const struct conf_instance *instance,
                                const struct conf_address *address,
                                struct neigh_announcement *announcement)
{
    const struct link *link = link_find(daemon->links, address->device);
    const struct conf_vmac *vmac = daemon_find_vmac(instance, address);
    struct neigh_target *target = &announcement->target;

    if (!link || link->info.mac_size != NEIGH_MAC_SIZE) {
        return false;
    }
    announcement->base = vmac ? vmac->parent : address->device;
    target->index = link->info.index;
    target->addr = address->prefix.addr;
    memcpy(target->mac, link->info.mac, NEIGH_MAC_SIZE);
    return true;
}

/* Whether this host is a router there; those of one interface mostly stand together. */
static void daemon_find_routers(const struct daemon *daemon, struct neigh_announcement *all,
                                size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct neigh_target *target = &all[i].target;
        const struct neigh_target *last = i ? &all[i - 1].target : NULL;

        if (target->addr.family == AF_INET6) {
            target->router = last && last->index == target->index && last->addr.family == AF_INET6
                                 ? last->router
                                 : daemon_forwards(daemon, target->index);
        }
    }
}

void daemon_announce(void *argument, const struct conf_instance *instance, uint32_t repeat,
                     bool elsewhere)
{
    struct daemon *daemon = argument;
    const struct conf_address *address;
    struct neigh_announcement *all;
    size_t count = 0;

    STAILQ_FOREACH(address, &instance->addresses, next) {
        count++;
    }
    all = memory_new(count + 1, sizeof(*all));
    count = 0;
    STAILQ_FOREACH(address, &instance->addresses, next) {
        if (!elsewhere || daemon_is_elsewhere(instance, address)) {
            count += daemon_neigh_target(daemon, instance, address, &all[count]);
        }
    }
    daemon_find_routers(daemon, all, count);
    neigh_announce(daemon->neigh, instance->name, all, count, repeat);
    free(all);
}

bool daemon_hush(void *argument, const char *owner)
{
    const struct daemon *daemon = argument;

    return neigh_forget(daemon->neigh, owner);
}
