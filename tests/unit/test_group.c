/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "vrrp/group.h"

/* A member by a letter: M master, b backup that waits, w backup that wants to be master, o backup
 * that obeys another router, F in FAULT for its own reason, f in FAULT for the group's, x faulty and
 * not in FAULT yet, i not started. */
static struct group_member member_of(char letter)
{
    return (struct group_member){
        .role = letter == 'M'                    ? FSM_MASTER
                : letter == 'F' || letter == 'f' ? FSM_FAULT
                : letter == 'i'                  ? FSM_INIT
                                                 : FSM_BACKUP,
        .wants_master = letter == 'w',
        .obeys = letter == 'o',
        .faulty = letter == 'F' || letter == 'x',
    };
}

static void test_a_group_moves_as_one(void **state)
{
    static const struct {
        const char *members;
        enum group_command command;
    } rows[] = {
        /* all want to, or are there already */
        {"w", GROUP_MASTER},
        {"ww", GROUP_MASTER},
        {"wM", GROUP_MASTER},
        {"wwM", GROUP_MASTER},
        {"MM", GROUP_NOTHING},
        /* one still waits: nobody goes ahead */
        {"wb", GROUP_NOTHING},
        {"wo", GROUP_NOTHING},
        {"wi", GROUP_NOTHING},
        {"bb", GROUP_NOTHING},
        {"oo", GROUP_NOTHING},
        /* one yields: all do; one that merely waits (a reload has just added it) is no reason */
        {"Mo", GROUP_BACKUP},
        {"oMM", GROUP_BACKUP},
        {"Mb", GROUP_NOTHING},
        {"Mwo", GROUP_BACKUP},
        /* one is faulty: all are */
        {"xM", GROUP_FAULT},
        {"Mx", GROUP_FAULT},
        {"FM", GROUP_FAULT},
        {"Fb", GROUP_FAULT},
        {"FF", GROUP_NOTHING},
        {"Ff", GROUP_NOTHING},
        /* none is any more: all leave it */
        {"ff", GROUP_CLEAR},
        {"f", GROUP_CLEAR},
        {"fb", GROUP_CLEAR},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct group_member members[8];
        size_t count = strlen(rows[i].members);
        enum group_command command;

        for (size_t j = 0; j < count; j++) {
            members[j] = member_of(rows[i].members[j]);
        }
        command = group_decide(members, count);
        assert_fact(command == rows[i].command, "%s: command %d", rows[i].members, (int)command);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_group_moves_as_one)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
