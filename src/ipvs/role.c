/* SPDX-License-Identifier: Apache-2.0
 *
 * The roles of the connection sync daemon over time. How one is started is the plan's.
 */
#include "ipvs/role.h"

static bool role_is_asked_for(const struct role_facts *facts, enum table_daemon_role role)
{
    return facts->configured && (facts->both || facts->is_master == (role == TABLE_DAEMON_MASTER));
}

int64_t role_step(struct role_state *state, const struct role_facts *facts, int64_t now)
{
    int64_t next = CLOCK_NEVER;

    for (unsigned role = 0; role < TABLE_DAEMON_ROLES; role++) {
        bool active = role_is_asked_for(facts, (enum table_daemon_role)role);

        if (state->active[role]) {
            state->until[role] = now + ROLE_LINGER; /* unless it is asked for still */
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

bool role_is_wanted(const struct role_state *state, enum table_daemon_role role)
{
    return state->active[role] || state->until[role];
}
