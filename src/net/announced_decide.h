/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether an announced address (announce_when) is to be on this host, by what is known of the virtual
 * servers that say so. Pure.
 */
#ifndef HOLDFAST_NET_ANNOUNCED_DECIDE_H
#define HOLDFAST_NET_ANNOUNCED_DECIDE_H

#include "parser/conf.h"

#include <stdbool.h>

/* What is known of a virtual server, from the best to the worst: of several the worst counts. */
enum announced_view {
    ANNOUNCED_SERVED,  /* it is up, by what its checks have said, and the kernel has it */
    ANNOUNCED_ASSUMED, /* it is up, but that is where its servers begin: no check has said so */
    ANNOUNCED_AWAITED, /* it may be up: nothing is known since the start */
    ANNOUNCED_ABSENT,  /* the kernel's IPVS table does not have it */
    ANNOUNCED_DOWN,    /* it has no quorum */
};

struct announced_verdict {
    bool on;
    enum announced_view view;
    const struct conf_virtual_server *service; /* the first of those whose view that is */
};

/** Asked of each service that says when an address is here. */
typedef enum announced_view (*announced_view_function)(void *argument,
                                                       const struct conf_announcer *announcer);

/**
 * Decides.
 * @param is_on    whether it is on now: what is not known yet leaves it so
 * @param adopted  it was on when the daemon started, and nothing has been decided since
 */
struct announced_verdict announced_decide(const struct conf_announced *announced,
                                          announced_view_function view, void *argument, bool is_on,
                                          bool adopted);

#endif
