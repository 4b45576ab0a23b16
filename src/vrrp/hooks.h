/* SPDX-License-Identifier: Apache-2.0
 *
 * What the VRRP module needs of others: interfaces, addresses, announcements. holdfastd.c fills it in;
 * a test may fill it with its own.
 */
#ifndef HOLDFAST_VRRP_HOOKS_H
#define HOLDFAST_VRRP_HOOKS_H

#include "parser/conf.h"

#include <stdbool.h>
#include <stdint.h>

/* An interface as a virtual router sees it. */
struct vrrp_link {
    int index;
    bool running;             /* up, with a carrier */
    uint32_t mtu;             /* bytes */
    struct inet_addr primary; /* AF_UNSPEC: it has no address of the family asked for */
};

struct vrrp_hooks {
    void *argument;
    /* Looks an interface up. @return false where there is none of that name */
    bool (*find_link)(void *argument, const char *name, uint8_t family, struct vrrp_link *link);
    /* The owner holds these addresses, or none, from now on; both take effect with commit. */
    void (*claim)(void *argument, const char *owner, const struct conf_address_list *addresses);
    void (*release)(void *argument, const char *owner);
    void (*commit)(void *argument);
    /* Tells the neighbours of these addresses, `repeat` packets each. */
    void (*announce)(void *argument, const struct conf_address_list *addresses, uint32_t repeat);
    /* The last instance that had left let go of its addresses: vrrp_is_leaving() is false now. */
    void (*left)(void *argument);
    /* Whether the kernel has this address. */
    bool (*is_present)(void *argument, const struct conf_address *address);
};

#endif
