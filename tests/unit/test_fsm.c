/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "vrrp/fsm.h"

#define NOW        (1000 * CLOCK_SECOND)
#define MS         CLOCK_MILLISECOND
#define SKEW_100   INT64_C(609375000) /* (256 - 100) / 256 s: RFC 3768 6.1 */
#define DOWN_100   (3 * CLOCK_SECOND + SKEW_100)
#define BECOMES    (FSM_SEND_ADVERT | FSM_CLAIM | FSM_ANNOUNCE)
#define TIMERS     .down_adverts = 3, .advert_interval = CLOCK_SECOND
#define V2         .version = 2, .preempt = true, TIMERS
#define V2_PATIENT .version = 2, TIMERS /* nopreempt */
#define V3         .version = 3, .preempt = true, TIMERS
#define OUR        .priority = 100, .address = ADDRESS(5), .master_interval = CLOCK_SECOND
#define EVENT(kind_)                                                                               \
    {                                                                                              \
        .kind = (kind_)                                                                            \
    }
#define ADDRESS(n)                                                                                 \
    {                                                                                              \
        .family = AF_INET, .bytes = { 10, 0, 0, (n) }                                              \
    }
#define ADVERT(priority_, host_)                                                                   \
    {                                                                                              \
        .kind = FSM_EVENT_ADVERT, .priority = (priority_), .interval = CLOCK_SECOND,               \
        .source = ADDRESS(host_)                                                                   \
    }

/* A backup that obeys a master of priority 150, heard 400 ms ago. */
#define BACKUP                                                                                     \
    {                                                                                              \
        .role = FSM_BACKUP, OUR, .master = ADDRESS(9), .master_priority = 150, .obeys = true,      \
        .heard_at = NOW - 400 * MS, .preempt_at = CLOCK_NEVER,                                     \
        .deadline = NOW - 400 * MS + DOWN_100                                                      \
    }
/* The same when its patience has just ended. */
#define WAITED                                                                                     \
    {                                                                                              \
        .role = FSM_BACKUP, OUR, .master = ADDRESS(9), .master_priority = 150, .obeys = true,      \
        .heard_at = NOW - DOWN_100, .preempt_at = CLOCK_NEVER, .deadline = NOW                     \
    }
#define MASTER                                                                                     \
    {                                                                                              \
        .role = FSM_MASTER, OUR, .preempt_at = CLOCK_NEVER, .deadline = NOW                        \
    }
#define INIT                                                                                       \
    {                                                                                              \
        .role = FSM_INIT, OUR, .preempt_at = CLOCK_NEVER, .deadline = CLOCK_NEVER                  \
    }
#define FAULT                                                                                      \
    {                                                                                              \
        .role = FSM_FAULT, OUR, .preempt_at = CLOCK_NEVER, .deadline = CLOCK_NEVER                 \
    }

struct row {
    const char *name;
    struct fsm_config config;
    struct fsm_state state;
    struct fsm_event event;
    enum fsm_role role;
    unsigned actions;
    enum fsm_reason reason;
    int64_t deadline;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        struct fsm_outcome out = fsm_step(&row->config, &row->state, &row->event, NOW);

        assert_fact(out.state.role == row->role, "%s: is %s", row->name,
                    fsm_role_text(out.state.role));
        assert_fact(out.actions == row->actions, "%s: actions are %#x, not %#x", row->name,
                    out.actions, row->actions);
        assert_fact(out.reason == row->reason, "%s: because of %s", row->name,
                    fsm_reason_word(out.reason));
        assert_fact(out.state.deadline == row->deadline, "%s: the timer is due in %.6f s, not %.6f",
                    row->name, (double)(out.state.deadline - NOW) / 1e9,
                    (double)(row->deadline - NOW) / 1e9);
    }
}

static void test_skew_and_down_interval_follow_the_rfcs(void **state)
{
    static const struct {
        uint8_t version;
        uint8_t priority;
        uint32_t down_adverts;
        int64_t interval;
        int64_t skew;
        int64_t down;
    } rows[] = {
        {2, 100, 3, CLOCK_SECOND, SKEW_100, DOWN_100},
        {2, 100, 3, 5 * CLOCK_SECOND, SKEW_100, 15 * CLOCK_SECOND + SKEW_100},
        {2, 1, 3, CLOCK_SECOND, 996093750, 3996093750},
        {2, 254, 3, CLOCK_SECOND, 7812500, 3007812500},
        {2, 255, 3, CLOCK_SECOND, 3906250, 3003906250},
        {3, 100, 3, CLOCK_SECOND, SKEW_100, DOWN_100}, /* RFC 9568 6.1: of the master's interval */
        {3, 100, 3, 100 * MS, 60937500, 360937500},
        {3, 1, 3, 40950 * MS, 40790039062, 163640039062},
        {3, 100, 7, 100 * MS, 60937500, 760937500},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct fsm_config config = {.version = rows[i].version,
                                          .down_adverts = rows[i].down_adverts,
                                          .advert_interval = rows[i].interval};
        const struct inet_addr address = ADDRESS(5);
        struct fsm_state router = fsm_initial(&config, rows[i].priority, &address);

        assert_int_equal(fsm_skew(&config, &router), rows[i].skew);
        assert_int_equal(fsm_down_interval(&config, &router), rows[i].down);
    }
}

static void test_a_start_listens_first_but_for_an_owner(void **state)
{
    static const struct row rows[] = {
        {"start",
         {V2},
         INIT,
         EVENT(FSM_EVENT_START),
         FSM_BACKUP,
         0,
         FSM_REASON_STARTED,
         NOW + DOWN_100},
        {"start of an owner",
         {V2, .owner = true},
         INIT,
         EVENT(FSM_EVENT_START),
         FSM_MASTER,
         BECOMES,
         FSM_REASON_OWNER,
         NOW + CLOCK_SECOND},
        {"start of an owner in a group",
         {V2, .owner = true, .grouped = true},
         INIT,
         EVENT(FSM_EVENT_START),
         FSM_BACKUP,
         FSM_ASK_GROUP,
         FSM_REASON_OWNER,
         CLOCK_NEVER},
        {"start after a fault",
         {V2},
         FAULT,
         EVENT(FSM_EVENT_START),
         FSM_BACKUP,
         0,
         FSM_REASON_CLEARED,
         NOW + DOWN_100},
        {"a second start",
         {V2},
         BACKUP,
         EVENT(FSM_EVENT_START),
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW - 400 * MS + DOWN_100},
        {"resumed",
         {V2},
         INIT,
         EVENT(FSM_EVENT_RESUME),
         FSM_MASTER,
         BECOMES,
         FSM_REASON_RESUMED,
         NOW + CLOCK_SECOND},
        {"resumed too late",
         {V2},
         FAULT,
         EVENT(FSM_EVENT_RESUME),
         FSM_FAULT,
         0,
         FSM_REASON_NONE,
         CLOCK_NEVER},
    };

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
}

static void test_a_backup_takes_over_when_its_master_is_silent_or_leaves(void **state)
{
    static const struct row rows[] = {
        {"patience ended",
         {V2},
         WAITED,
         EVENT(FSM_EVENT_TIMER),
         FSM_MASTER,
         BECOMES,
         FSM_REASON_NO_ADVERT,
         NOW + CLOCK_SECOND},
        {"patience ended in a group",
         {V2, .grouped = true},
         WAITED,
         EVENT(FSM_EVENT_TIMER),
         FSM_BACKUP,
         FSM_ASK_GROUP,
         FSM_REASON_NO_ADVERT,
         CLOCK_NEVER},
        {"the group agrees",
         {V2, .grouped = true},
         WAITED,
         EVENT(FSM_EVENT_GROUP_MASTER),
         FSM_MASTER,
         BECOMES,
         FSM_REASON_GROUP,
         NOW + CLOCK_SECOND},
        {"a little late",
         {V2},
         WAITED,
         {.kind = FSM_EVENT_TIMER, .late = SKEW_100},
         FSM_MASTER,
         BECOMES,
         FSM_REASON_NO_ADVERT,
         NOW + CLOCK_SECOND},
        {"woken up late",
         {V2},
         WAITED,
         {.kind = FSM_EVENT_TIMER, .late = SKEW_100 + 1},
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW + SKEW_100},
        {"priority 0", {V2}, BACKUP, ADVERT(0, 9), FSM_BACKUP, 0, FSM_REASON_NONE, NOW + SKEW_100},
    };
    static const struct row after_zero = {"the skew time after priority 0",
                                          {V2},
                                          {.role = FSM_BACKUP,
                                           OUR,
                                           .master = ADDRESS(9),
                                           .heard_at = NOW - SKEW_100,
                                           .preempt_at = CLOCK_NEVER,
                                           .deadline = NOW},
                                          EVENT(FSM_EVENT_TIMER),
                                          FSM_MASTER,
                                          BECOMES,
                                          FSM_REASON_PRIORITY_ZERO,
                                          NOW + CLOCK_SECOND};

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
    check_rows(&after_zero, 1);
}

static void test_a_backup_judges_adverts_by_priority_and_preemption(void **state)
{
    static const struct row rows[] = {
        {"a better one",
         {V2},
         BACKUP,
         ADVERT(150, 9),
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW + DOWN_100},
        {"an equal one, whatever its address",
         {V2},
         BACKUP,
         ADVERT(100, 1),
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW + DOWN_100},
        /* RFC 9568 6.4.2 (470): discarded: the timer goes on */
        {"a lesser one",
         {V2},
         BACKUP,
         ADVERT(99, 9),
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW - 400 * MS + DOWN_100},
        {"a lesser one without preemption",
         {V2_PATIENT},
         BACKUP,
         ADVERT(99, 9),
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW + DOWN_100},
        {"a lesser one with a delay",
         {V2, .preempt_delay = 60 * CLOCK_SECOND},
         BACKUP,
         ADVERT(99, 9),
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW + DOWN_100},
        {"a lesser one with a short delay",
         {V2, .preempt_delay = 2 * CLOCK_SECOND},
         BACKUP,
         ADVERT(99, 9),
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW + 2 * CLOCK_SECOND},
        {"its interval counts in version 3",
         {V3},
         BACKUP,
         {.kind = FSM_EVENT_ADVERT, .priority = 150, .interval = 100 * MS, .source = ADDRESS(9)},
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW + 360937500},
        {"and not in version 2",
         {V2},
         BACKUP,
         {.kind = FSM_EVENT_ADVERT, .priority = 150, .interval = 100 * MS, .source = ADDRESS(9)},
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW + DOWN_100},
        {"interval 0 does not count",
         {V3},
         BACKUP,
         {.kind = FSM_EVENT_ADVERT, .priority = 150, .interval = 0, .source = ADDRESS(9)},
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW + DOWN_100},
    };

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
}

static void test_a_master_asserts_itself_or_yields(void **state)
{
    static const struct row rows[] = {
        {"time for an advert",
         {V2},
         MASTER,
         EVENT(FSM_EVENT_TIMER),
         FSM_MASTER,
         FSM_SEND_ADVERT,
         FSM_REASON_NONE,
         NOW + CLOCK_SECOND},
        {"lateness does not add up",
         {V2},
         {.role = FSM_MASTER, OUR, .preempt_at = CLOCK_NEVER, .deadline = NOW - 30 * MS},
         {.kind = FSM_EVENT_TIMER, .late = 30 * MS},
         FSM_MASTER,
         FSM_SEND_ADVERT,
         FSM_REASON_NONE,
         NOW - 30 * MS + CLOCK_SECOND},
        {"late, but nobody lost patience",
         {V2},
         {.role = FSM_MASTER, OUR, .preempt_at = CLOCK_NEVER, .deadline = NOW - 2 * CLOCK_SECOND},
         {.kind = FSM_EVENT_TIMER, .late = 2 * CLOCK_SECOND},
         FSM_MASTER,
         FSM_SEND_ADVERT,
         FSM_REASON_NONE,
         NOW + CLOCK_SECOND},
        {"so late that it must listen",
         {V2},
         {.role = FSM_MASTER, OUR, .preempt_at = CLOCK_NEVER, .deadline = NOW - 3 * CLOCK_SECOND},
         {.kind = FSM_EVENT_TIMER, .late = 3 * CLOCK_SECOND},
         FSM_MASTER,
         0,
         FSM_REASON_NONE,
         NOW + SKEW_100},
        {"it listened, and nobody spoke",
         {V2},
         {.role = FSM_MASTER, OUR, .preempt_at = CLOCK_NEVER, .deadline = NOW, .listening = true},
         EVENT(FSM_EVENT_TIMER),
         FSM_MASTER,
         FSM_SEND_ADVERT | FSM_ANNOUNCE_AGAIN,
         FSM_REASON_NONE,
         NOW + CLOCK_SECOND},
        {"priority 0 is answered",
         {V2},
         MASTER,
         ADVERT(0, 9),
         FSM_MASTER,
         FSM_SEND_ADVERT,
         FSM_REASON_NONE,
         NOW + CLOCK_SECOND},
        {"a lesser one",
         {V2},
         MASTER,
         ADVERT(99, 9),
         FSM_MASTER,
         FSM_SEND_ADVERT | FSM_ANNOUNCE_AGAIN | FSM_NOTIFY_LOWER,
         FSM_REASON_NONE,
         NOW + CLOCK_SECOND},
        {"a lesser one, unanswered",
         {V2, .lower_prio_no_advert = true},
         MASTER,
         ADVERT(99, 9),
         FSM_MASTER,
         FSM_ANNOUNCE_AGAIN | FSM_NOTIFY_LOWER,
         FSM_REASON_NONE,
         NOW},
        {"an equal one with a lower address",
         {V2},
         MASTER,
         ADVERT(100, 4),
         FSM_MASTER,
         FSM_SEND_ADVERT | FSM_ANNOUNCE_AGAIN | FSM_NOTIFY_LOWER,
         FSM_REASON_NONE,
         NOW + CLOCK_SECOND},
        {"an equal one with a higher address",
         {V2},
         MASTER,
         ADVERT(100, 6),
         FSM_BACKUP,
         FSM_RELEASE,
         FSM_REASON_TIE,
         NOW + DOWN_100},
        {"a better one",
         {V2},
         MASTER,
         ADVERT(101, 4),
         FSM_BACKUP,
         FSM_RELEASE,
         FSM_REASON_HIGHER,
         NOW + DOWN_100},
        {"a better one, told who was there",
         {V2, .higher_prio_send_advert = true},
         MASTER,
         ADVERT(101, 4),
         FSM_BACKUP,
         FSM_SEND_ADVERT | FSM_RELEASE,
         FSM_REASON_HIGHER,
         NOW + DOWN_100},
        {"a better one for one of a group",
         {V2, .grouped = true},
         MASTER,
         ADVERT(101, 4),
         FSM_BACKUP,
         FSM_RELEASE | FSM_ASK_GROUP,
         FSM_REASON_HIGHER,
         NOW + DOWN_100},
        {"its group yields",
         {V2, .grouped = true},
         MASTER,
         EVENT(FSM_EVENT_GROUP_BACKUP),
         FSM_BACKUP,
         FSM_RELEASE,
         FSM_REASON_GROUP,
         NOW + DOWN_100},
    };

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
}

static void test_leaving_says_good_bye_as_a_master_alone(void **state)
{
    static const struct row rows[] = {
        {"a master stops",
         {V2},
         MASTER,
         EVENT(FSM_EVENT_STOP),
         FSM_INIT,
         FSM_SEND_ZERO | FSM_RELEASE,
         FSM_REASON_STOPPED,
         CLOCK_NEVER},
        {"a backup stops",
         {V2},
         BACKUP,
         EVENT(FSM_EVENT_STOP),
         FSM_INIT,
         0,
         FSM_REASON_STOPPED,
         CLOCK_NEVER},
        {"a master breaks",
         {V2},
         MASTER,
         EVENT(FSM_EVENT_FAULT),
         FSM_FAULT,
         FSM_SEND_ZERO | FSM_RELEASE,
         FSM_REASON_FAULT,
         CLOCK_NEVER},
        {"a backup breaks",
         {V2},
         BACKUP,
         EVENT(FSM_EVENT_FAULT),
         FSM_FAULT,
         0,
         FSM_REASON_FAULT,
         CLOCK_NEVER},
        {"broken already",
         {V2},
         FAULT,
         EVENT(FSM_EVENT_FAULT),
         FSM_FAULT,
         0,
         FSM_REASON_NONE,
         CLOCK_NEVER},
        {"cannot know yet",
         {V2},
         FAULT,
         EVENT(FSM_EVENT_WAIT),
         FSM_INIT,
         0,
         FSM_REASON_WAITING,
         CLOCK_NEVER},
        {"a broken one is deaf",
         {V2},
         FAULT,
         ADVERT(1, 9),
         FSM_FAULT,
         0,
         FSM_REASON_NONE,
         CLOCK_NEVER},
        {"and so is a stopped one",
         {V2},
         INIT,
         ADVERT(1, 9),
         FSM_INIT,
         0,
         FSM_REASON_NONE,
         CLOCK_NEVER},
        {"whom the group cannot move",
         {V2, .grouped = true},
         FAULT,
         EVENT(FSM_EVENT_GROUP_MASTER),
         FSM_FAULT,
         0,
         FSM_REASON_NONE,
         CLOCK_NEVER},
    };

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
}

static void test_a_new_priority_moves_the_running_timer_by_its_skew(void **state)
{
    static const struct row rows[] = {
        /* (256 - 228) / 256 s is half a second less than (256 - 100) / 256 s */
        {"higher",
         {V2},
         BACKUP,
         {.kind = FSM_EVENT_PRIORITY, .priority = 228},
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW - 400 * MS + DOWN_100 - 500 * MS},
        {"lower",
         {V2},
         BACKUP,
         {.kind = FSM_EVENT_PRIORITY, .priority = 36},
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW - 400 * MS + DOWN_100 + 250 * MS},
        {"never into the past",
         {V2},
         WAITED,
         {.kind = FSM_EVENT_PRIORITY, .priority = 228},
         FSM_BACKUP,
         0,
         FSM_REASON_NONE,
         NOW},
        {"not a master's",
         {V2},
         MASTER,
         {.kind = FSM_EVENT_PRIORITY, .priority = 228},
         FSM_MASTER,
         0,
         FSM_REASON_NONE,
         NOW},
    };

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
}

/* Runs a router until its timer would be due after `end`. */
static struct fsm_outcome run_adverts(const struct fsm_config *config, struct fsm_state router,
                                      uint8_t priority, int64_t from, int64_t end)
{
    struct fsm_outcome out = {.state = router};

    for (int64_t now = from; now <= end; now += CLOCK_SECOND) {
        const struct fsm_event advert = ADVERT(priority, 9);
        const struct fsm_event timer = {.kind = FSM_EVENT_TIMER};

        if (out.state.deadline <= now) {
            out = fsm_step(config, &out.state, &timer, out.state.deadline);
        }
        if (out.state.role == FSM_MASTER) {
            break;
        }
        out = fsm_step(config, &out.state, &advert, now);
    }
    return out;
}

static void test_preemption_comes_after_the_down_interval_or_its_delay_and_says_so(void **state)
{
    static const struct {
        struct fsm_config config;
        int64_t after; /* from the start; CLOCK_NEVER: never */
    } rows[] = {
        {{V2}, DOWN_100},
        {{V2, .preempt_delay = 10 * CLOCK_SECOND}, 10 * CLOCK_SECOND},
        {{V2_PATIENT}, CLOCK_NEVER},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct fsm_state idle = INIT;
        const struct fsm_event start = {.kind = FSM_EVENT_START};
        struct fsm_outcome out = fsm_step(&rows[i].config, &idle, &start, NOW);

        out = run_adverts(&rows[i].config, out.state, 50, NOW, NOW + 60 * CLOCK_SECOND);
        if (rows[i].after == CLOCK_NEVER) {
            assert_fact(out.state.role == FSM_BACKUP, "row %zu: it took over", i);
            continue;
        }
        assert_fact(out.state.role == FSM_MASTER, "row %zu: it did not take over", i);
        assert_fact(out.reason == FSM_REASON_PREEMPT, "row %zu: %s", i,
                    fsm_reason_word(out.reason));
        assert_fact(out.state.deadline == NOW + rows[i].after + CLOCK_SECOND,
                    "row %zu: it took over after %.3f s", i,
                    (double)(out.state.deadline - CLOCK_SECOND - NOW) / 1e9);
    }
}

static void test_a_member_that_hears_a_master_again_takes_its_wish_back(void **state)
{
    const struct fsm_config config = {V2, .grouped = true};
    const struct fsm_state waited = WAITED;
    const struct fsm_event timer = {.kind = FSM_EVENT_TIMER};
    const struct fsm_event advert = ADVERT(150, 9);
    struct fsm_outcome out = fsm_step(&config, &waited, &timer, NOW);

    (void)state;
    assert_true(out.state.wants_master);
    out = fsm_step(&config, &out.state, &advert, NOW + CLOCK_SECOND);
    assert_false(out.state.wants_master);
    assert_true(out.state.obeys);
    assert_int_equal(out.actions, FSM_ASK_GROUP);
    assert_int_equal(out.state.deadline, NOW + CLOCK_SECOND + DOWN_100);
}

static void test_every_role_and_reason_has_a_word(void **state)
{
    (void)state;
    for (enum fsm_role role = 0; role < FSM_ROLES; role++) {
        assert_non_null(fsm_role_text(role));
    }
    for (enum fsm_reason reason = 0; reason < FSM_REASONS; reason++) {
        assert_non_null(fsm_reason_word(reason));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_skew_and_down_interval_follow_the_rfcs),
        cmocka_unit_test(test_a_start_listens_first_but_for_an_owner),
        cmocka_unit_test(test_a_backup_takes_over_when_its_master_is_silent_or_leaves),
        cmocka_unit_test(test_a_backup_judges_adverts_by_priority_and_preemption),
        cmocka_unit_test(test_a_master_asserts_itself_or_yields),
        cmocka_unit_test(test_leaving_says_good_bye_as_a_master_alone),
        cmocka_unit_test(test_a_new_priority_moves_the_running_timer_by_its_skew),
        cmocka_unit_test(test_preemption_comes_after_the_down_interval_or_its_delay_and_says_so),
        cmocka_unit_test(test_a_member_that_hears_a_master_again_takes_its_wish_back),
        cmocka_unit_test(test_every_role_and_reason_has_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
