/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "vrrp/group.h"

/* A member by a letter: M master, b backup that waits, w backup that wants to be master, o backup
 * that obeys another router, k one that wants to be and still answers after it gave its place up, F in FAULT for its own reason, f in FAULT for the group's, x faulty and
 * not in FAULT yet, i not started. */
static struct group_member member_of(char letter)
{
    return (struct group_member){
        .role = letter == 'M'                    ? FSM_MASTER
                : letter == 'F' || letter == 'f' ? FSM_FAULT
                : letter == 'i'                  ? FSM_INIT
                                                 : FSM_BACKUP,
        .wants_master = letter == 'w' || letter == 'k',
        .keeps = letter == 'k',
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
        /* who gave up and still answers lets go when another member has a successor */
        {"ko", GROUP_BACKUP},
        {"kb", GROUP_NOTHING},
        {"kk", GROUP_MASTER},
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

/* As member_of(); r was master until a crash, R and waits for a tracker, n was none, q is r and faulty. */
static struct group_member starting_of(char letter)
{
    struct group_member member = member_of('i');

    if (letter == 'M' || letter == 'o') {
        return member_of(letter);
    }
    member.resumable = strchr("rRq", letter) != NULL;
    member.waiting = letter == 'R';
    member.faulty = letter == 'q';
    return member;
}

static void test_a_group_goes_on_after_a_crash_as_one_or_not_at_all(void **state)
{
    static const struct {
        const char *members;
        enum group_resumption resumption;
    } rows[] = {
        {"r", GROUP_RESUME}, {"rr", GROUP_RESUME}, {"Mr", GROUP_RESUME}, {"rM", GROUP_RESUME},
        {"rn", GROUP_START}, {"nr", GROUP_START},  {"ro", GROUP_START},  {"rq", GROUP_START},
        {"rR", GROUP_HOLD},  {"MR", GROUP_HOLD},   {"Rn", GROUP_START},  {"nR", GROUP_START},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct group_member members[8];
        size_t count = strlen(rows[i].members);

        for (size_t j = 0; j < count; j++) {
            members[j] = starting_of(rows[i].members[j]);
        }
        assert_fact(group_resume(members, count) == rows[i].resumption, "%s: %d", rows[i].members,
                    (int)group_resume(members, count));
    }
}

/* Members that do as they are told, and ask for a review as they do. */
struct choir {
    char letters[8];
    struct group_review review;
    struct group_calls calls;
    unsigned commands;
    size_t culprit;
};

static struct group_member choir_member(void *argument, size_t index)
{
    return member_of(((const struct choir *)argument)->letters[index]);
}

static void choir_command(void *argument, size_t index, enum group_command command, size_t culprit)
{
    static const char becomes[] = {
        [GROUP_MASTER] = 'M', [GROUP_BACKUP] = 'b', [GROUP_FAULT] = 'f', [GROUP_CLEAR] = 'b'};
    struct choir *choir = argument;
    char *letter = &choir->letters[index];

    choir->commands++;
    choir->culprit = culprit;
    if (*letter == 'x') {
        *letter = 'F';
    } else if (*letter != 'F' && !(command == GROUP_BACKUP && *letter == 'o')) {
        *letter = becomes[command];
    }
    assert_false(group_settle(&choir->review, &choir->calls, strlen(choir->letters)));
}

static void test_a_review_moves_all_members_and_looks_again_when_one_asks(void **state)
{
    static const struct {
        const char *before;
        const char *after;
        size_t culprit;
    } rows[] = {
        {"ww", "MM", 2}, {"Mxw", "fFf", 1}, {"MoM", "bob", 1}, {"ff", "bb", 2}, {"wb", "wb", 9},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct choir choir = {.calls = {choir_member, choir_command, &choir}, .culprit = 9};

        (void)snprintf(choir.letters, sizeof(choir.letters), "%s", rows[i].before);
        assert_true(group_settle(&choir.review, &choir.calls, strlen(choir.letters)));
        assert_string_equal(choir.letters, rows[i].after);
        assert_int_equal(choir.culprit, rows[i].culprit);
        assert_true(choir.commands < 16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_group_moves_as_one),
        cmocka_unit_test(test_a_group_goes_on_after_a_crash_as_one_or_not_at_all),
        cmocka_unit_test(test_a_review_moves_all_members_and_looks_again_when_one_asks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
