/* SPDX-License-Identifier: Apache-2.0
 *
 * Which connection sync daemons are to run. A master tells, a backup hears. Pure.
 *
 * Where an instance says which, its new role begins at once and its old one goes on for a while: what
 * the kernel has gathered to tell would be lost if it stopped at once, and what the last master still
 * tells would not be heard. Both roles may run at the same time, with the same id: the kernel does not
 * hear itself (set_mcast_loop() of its ip_vs_sync.c).
 */
#ifndef HOLDFAST_IPVS_ROLE_H
#define HOLDFAST_IPVS_ROLE_H

#include "base/clock.h"
#include "ipvs/table.h"

/*
 * How long a role goes on: longer than a connection waits in the kernel until it is told, which is
 * IPVS_SYNC_FLUSH_TIME (2 s) and IPVS_SYNC_CHECK_PERIOD (1 s) of ip_vs_sync.c.
 */
#define ROLE_LINGER (4 * CLOCK_SECOND)

/* All zero: none is wanted. */
struct role_state {
    bool active[TABLE_DAEMON_ROLES];
    int64_t until[TABLE_DAEMON_ROLES]; /* of one that goes on; 0: it does not */
};

/* What is asked for now. */
struct role_facts {
    bool configured; /* else none is to run */
    bool both;       /* no instance says which */
    bool is_master;  /* the instance is */
};

/**
 * Works the facts in.
 * @return when to call it again, CLOCK_NEVER: when the facts have changed
 */
int64_t role_step(struct role_state *state, const struct role_facts *facts, int64_t now);

/** Whether a role is to run. */
bool role_is_wanted(const struct role_state *state, enum table_daemon_role role);

#endif
