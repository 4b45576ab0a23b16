/* SPDX-License-Identifier: Apache-2.0
 *
 * The roles of the connection sync daemon over time. How one is started is the plan's.
 */
#include "ipvs/daemon.h"

static bool daemon_is_asked_for(const struct daemon_facts *facts, enum table_daemon_role role)
{
    return facts->configured && (facts->both || facts->is_master == (role == TABLE_DAEMON_MASTER));
}

int64_t daemon_step(struct daemon_state *state, const struct daemon_facts *facts, int64_t now)
{
    int64_t next = CLOCK_NEVER;

    for (unsigned role = 0; role < TABLE_DAEMON_ROLES; role++) {
        bool active = daemon_is_asked_for(facts, (enum table_daemon_role)role);

        if (state->active[role]) {
            state->until[role] = now + DAEMON_LINGER; /* unless it is asked for still */
        }
        if (active || !facts->configured || state->until[role] <= now) {
            state->until[role] = 0;
        }
        state->active[role] = active;
        if (state->until[role] && state->until[role] < next) {
            next = state->until[role];
        }
    }
    return next;
}

bool daemon_is_wanted(const struct daemon_state *state, enum table_daemon_role role)
{
    return state->active[role] || state->until[role];
}
