/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "vrrp/decide.h"

#define S CLOCK_SECOND

enum { NOTHING = -1, ASKS = -2 };

static struct fsm_state state_in(enum fsm_role role)
{
    return (struct fsm_state){.role = role, .priority = 100, .deadline = CLOCK_NEVER};
}

static void test_facts_become_events(void **state)
{
    static const struct {
        const char *name;
        enum fsm_role role;
        struct decide_facts facts;
        int event;
    } rows[] = {
        {"it starts", FSM_INIT, {.priority = 100}, FSM_EVENT_START},
        {"it goes on", FSM_INIT, {.resumption = GROUP_RESUME}, FSM_EVENT_RESUME},
        {"its group may yet go on", FSM_INIT, {.resumption = GROUP_HOLD}, NOTHING},
        {"it is not to start yet", FSM_INIT, {.delayed = true}, NOTHING},
        {"one that goes on is not delayed",
         FSM_INIT,
         {.delayed = true, .resumption = GROUP_RESUME},
         FSM_EVENT_RESUME},
        {"it waits for a tracker", FSM_INIT, {.waiting = true}, NOTHING},
        {"it waits, though it could go on",
         FSM_INIT,
         {.waiting = true, .resumption = GROUP_RESUME},
         NOTHING},
        {"a master does not begin to wait", FSM_MASTER, {.waiting = true}, NOTHING},
        {"nor a backup", FSM_BACKUP, {.waiting = true}, NOTHING},
        {"a fault", FSM_MASTER, {.faulty = true}, FSM_EVENT_FAULT},
        {"a fault before the start", FSM_INIT, {.faulty = true, .waiting = true}, FSM_EVENT_FAULT},
        {"another member's fault", FSM_BACKUP, {.group_fault = true}, FSM_EVENT_FAULT},
        {"it is in FAULT already", FSM_FAULT, {.faulty = true}, NOTHING},
        {"the fault is over", FSM_FAULT, {.priority = 100}, FSM_EVENT_START},
        {"it is over, and a tracker is unknown", FSM_FAULT, {.waiting = true}, FSM_EVENT_WAIT},
        {"its group leaves FAULT together", FSM_FAULT, {.grouped = true}, ASKS},
        {"drained before it starts", FSM_INIT, {.drained = true}, NOTHING},
        {"drained, though it could go on",
         FSM_INIT,
         {.drained = true, .resumption = GROUP_RESUME},
         NOTHING},
        {"a master is drained", FSM_MASTER, {.drained = true}, FSM_EVENT_DRAIN},
        {"a backup is drained", FSM_BACKUP, {.drained = true}, FSM_EVENT_DRAIN},
        {"a fault counts more", FSM_MASTER, {.drained = true, .faulty = true}, FSM_EVENT_FAULT},
        {"drained when a fault is over", FSM_FAULT, {.drained = true}, FSM_EVENT_DRAIN},
        {"a master is content", FSM_MASTER, {.priority = 100}, NOTHING},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct fsm_state before = state_in(rows[i].role);
        struct fsm_event event;
        enum decide_step step = decide_role(&before, &rows[i].facts, &event);
        int got = step == DECIDE_EVENT ? (int)event.kind : step == DECIDE_STAY ? NOTHING : ASKS;

        assert_fact(got == rows[i].event, "%s: %d", rows[i].name, got);
    }
}

static void test_one_that_hands_over_is_told_whether_it_is_still_heard(void **state)
{
    const struct decide_facts facts = {.faulty = true, .unheard = true};
    struct fsm_state before = state_in(FSM_FAULT);
    struct fsm_event event;

    (void)state;
    before.handing_over = true;
    assert_int_equal(decide_role(&before, &facts, &event), DECIDE_EVENT);
    assert_int_equal(event.kind, FSM_EVENT_FAULT);
    assert_true(event.unheard);
}

static void test_the_word_of_a_group_becomes_an_event(void **state)
{
    static const struct {
        enum fsm_role role;
        enum group_command command;
        bool waiting;
        int event;
    } rows[] = {
        {FSM_BACKUP, GROUP_MASTER, false, FSM_EVENT_GROUP_MASTER},
        {FSM_MASTER, GROUP_BACKUP, false, FSM_EVENT_GROUP_BACKUP},
        {FSM_MASTER, GROUP_FAULT, false, FSM_EVENT_FAULT},
        {FSM_FAULT, GROUP_FAULT, false, NOTHING},
        {FSM_FAULT, GROUP_CLEAR, false, FSM_EVENT_START},
        {FSM_FAULT, GROUP_CLEAR, true, FSM_EVENT_WAIT},
        {FSM_BACKUP, GROUP_CLEAR, false, NOTHING},
        {FSM_MASTER, GROUP_NOTHING, false, NOTHING},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct decide_facts facts = {.waiting = rows[i].waiting, .grouped = true};
        const struct fsm_state before = state_in(rows[i].role);
        struct fsm_event event;
        bool told = decide_command(&before, &facts, rows[i].command, &event);

        assert_fact((told ? (int)event.kind : NOTHING) == rows[i].event, "row %zu", i);
    }
}

static void test_a_master_goes_on_after_a_crash_while_its_peers_wait(void **state)
{
    static const struct {
        int64_t beat;
        int64_t grace;
        int64_t now;
        bool may;
    } rows[] = {
        {0, 0, 5 * S, false},        /* it was none */
        {0, 2 * S, 1 * S, false},    /* whatever else is there */
        {5 * S, 0, 5 * S, true},     /* at once */
        {5 * S, 0, 8 * S - 1, true}, /* its peers wait three intervals and a skew time */
        {5 * S, 0, 8 * S, false},
        {5 * S, 2 * S, 10 * S - 1, true}, /* they were told to wait longer */
        {5 * S, 2 * S, 10 * S, false},
        {9 * S, 0, 5 * S, false}, /* of another boot */
    };
    static const struct fsm_config config = {.down_adverts = 3, .advert_interval = S};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int64_t until = decide_resumable_until(&config, rows[i].beat, rows[i].grace, rows[i].now);

        assert_fact(decide_may_resume(&config, rows[i].beat, rows[i].grace, rows[i].now) ==
                        rows[i].may,
                    "row %zu", i);
        assert_fact((until > rows[i].now) == rows[i].may, "row %zu", i);
        assert_false(until && decide_may_resume(&config, rows[i].beat, rows[i].grace, until));
        assert_true(!until || decide_may_resume(&config, rows[i].beat, rows[i].grace, until - 1));
    }
}

static void test_a_master_that_pauses_tells_its_peers_to_wait_a_second_each_advert(void **state)
{
    static const struct {
        uint8_t version;
        int64_t configured;
        int64_t told;
    } rows[] = {
        {3, S / 100, S}, /* three adverts of it are 30 ms: no time to start a process */
        {3, S, S},
        {3, 4 * S, 4 * S},
        {2, S, S}, /* all have to agree: RFC 3768 7.1 */
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct fsm_config config = {
            .version = rows[i].version, .down_adverts = 3, .advert_interval = rows[i].configured};
        int64_t grace;
        int64_t told = decide_pause(&config, &grace);

        assert_fact(told == rows[i].told, "row %zu", i);
        assert_fact(grace == 3 * (told - rows[i].configured), "row %zu", i);
    }
}

static void test_a_changed_setting_that_a_timer_depends_on_is_told_to_the_machine(void **state)
{
    const struct fsm_config before = {
        .version = 3, .preempt = true, .down_adverts = 3, .advert_interval = S};
    const struct fsm_config changed[] = {
        {.version = 2, .preempt = true, .down_adverts = 3, .advert_interval = S},
        {.version = 3, .down_adverts = 3, .advert_interval = S},
        {.version = 3, .preempt = true, .down_adverts = 4, .advert_interval = S},
        {.version = 3, .preempt = true, .down_adverts = 3, .advert_interval = 2 * S},
        {.version = 3,
         .preempt = true,
         .down_adverts = 3,
         .advert_interval = S,
         .preempt_delay = S},
        {.version = 3, .preempt = true, .grouped = true, .down_adverts = 3, .advert_interval = S},
    };
    const struct fsm_config other = {.version = 3,
                                     .preempt = true,
                                     .handover = true,
                                     .lower_prio_no_advert = true,
                                     .down_adverts = 3,
                                     .advert_interval = S};

    (void)state;
    assert_false(decide_reconfigures(&before, &other));
    for (size_t i = 0; i < UNIT_COUNT(changed); i++) {
        assert_fact(decide_reconfigures(&before, &changed[i]), "change %zu", i);
    }
}

static void test_a_late_wakeup_is_one_that_begins_to_listen_or_steps_down(void **state)
{
    struct fsm_state before = state_in(FSM_MASTER);
    struct fsm_outcome outcome = {.state = before};

    (void)state;
    assert_false(decide_woke_late(&before, &outcome));
    outcome.state.listening = true;
    assert_true(decide_woke_late(&before, &outcome));
    before.listening = true;
    assert_false(decide_woke_late(&before, &outcome));
    outcome = (struct fsm_outcome){.state = state_in(FSM_BACKUP), .reason = FSM_REASON_LATE};
    assert_true(decide_woke_late(&before, &outcome));
}

static void test_a_master_answers_once_in_a_millisecond(void **state)
{
    const struct fsm_event lower = {.kind = FSM_EVENT_ADVERT, .priority = 50};
    const struct fsm_event timer = {.kind = FSM_EVENT_TIMER};
    struct fsm_outcome outcome = {.state = state_in(FSM_MASTER),
                                  .actions = FSM_SEND_ADVERT | FSM_ANNOUNCE_AGAIN};

    (void)state;
    assert_int_equal(decide_actions(&lower, &outcome, S, S + 999999), FSM_ANNOUNCE_AGAIN);
    assert_int_equal(decide_actions(&lower, &outcome, S, S + 1000000), outcome.actions);
    assert_int_equal(decide_actions(&timer, &outcome, S, S + 5), outcome.actions);
    outcome.state.role = FSM_BACKUP; /* the last word of one that yields */
    assert_int_equal(decide_actions(&lower, &outcome, S, S + 5), outcome.actions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_become_events),
        cmocka_unit_test(test_one_that_hands_over_is_told_whether_it_is_still_heard),
        cmocka_unit_test(test_the_word_of_a_group_becomes_an_event),
        cmocka_unit_test(test_a_master_goes_on_after_a_crash_while_its_peers_wait),
        cmocka_unit_test(test_a_master_that_pauses_tells_its_peers_to_wait_a_second_each_advert),
        cmocka_unit_test(test_a_changed_setting_that_a_timer_depends_on_is_told_to_the_machine),
        cmocka_unit_test(test_a_master_answers_once_in_a_millisecond),
        cmocka_unit_test(test_a_late_wakeup_is_one_that_begins_to_listen_or_steps_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
