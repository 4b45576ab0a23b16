/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "ipvs/role.h"

/* The roles that are to run: "m", "b", "mb" or "". */
static const char *roles(const struct role_state *state)
{
    bool master = role_is_wanted(state, TABLE_DAEMON_MASTER);
    bool backup = role_is_wanted(state, TABLE_DAEMON_BACKUP);

    return master && backup ? "mb" : master ? "m" : backup ? "b" : "";
}

static void test_the_old_role_goes_on_for_a_while(void **state)
{
    static const struct {
        struct role_facts facts;
        int64_t at; /* ms */
        const char *roles;
        int64_t next; /* ms; 0: never */
    } rows[] = {
        {{.configured = false}, 0, "", 0},
        {{.configured = true}, 1000, "b", 0},
        {{.configured = true, .is_master = true}, 2000, "mb", 6000},
        {{.configured = true, .is_master = true}, 5999, "mb", 6000},
        {{.configured = true, .is_master = true}, 6000, "m", 0},
        {{.configured = true}, 7000, "mb", 11000},
        {{.configured = true, .is_master = true}, 8000, "mb", 12000}, /* it flaps */
        {{.configured = true}, 9000, "mb", 13000},
        {{.configured = true}, 13000, "b", 0},
        {{.configured = true, .both = true}, 14000, "mb", 0},
        {{.configured = true, .both = true}, 99000, "mb", 0},
        {{.configured = true}, 100000, "mb", 104000},
        {{.configured = false}, 101000, "", 0}, /* at once */
        {{.configured = true, .is_master = true}, 101500, "m", 0},
    };
    struct role_state daemon = {{0}, {0}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int64_t next = role_step(&daemon, &rows[i].facts, rows[i].at * CLOCK_MILLISECOND);

        assert_fact(strcmp(roles(&daemon), rows[i].roles) == 0, "row %zu: \"%s\"", i,
                    roles(&daemon));
        assert_fact(next == (rows[i].next ? rows[i].next * CLOCK_MILLISECOND : CLOCK_NEVER),
                    "row %zu: next %lld", i, (long long)next);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_old_role_goes_on_for_a_while),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
