/* SPDX-License-Identifier: Apache-2.0
 *
 * The state machine against RFC 9568 6.4 and the rules B1 to B10 of keepalived's behaviour. Times
 * are worked out by hand: of a router of priority 100 with an interval of one second, skew time is
 * 156/256 s = 609.375 ms and the down interval 3.609375 s.
 */
#include "unit.h"

#include "base/clock.h"
#include "vrrp/fsm.h"

#define S    CLOCK_SECOND
#define MS   CLOCK_MILLISECOND
#define SKEW INT64_C(609375000)
#define DOWN (3 * S + SKEW)

#define US                                                                                         \
    {                                                                                              \
        AF_INET,                                                                                   \
        {                                                                                          \
            192, 0, 2, 10                                                                          \
        }                                                                                          \
    }
#define LOW                                                                                        \
    {                                                                                              \
        AF_INET,                                                                                   \
        {                                                                                          \
            192, 0, 2, 9                                                                           \
        }                                                                                          \
    }
#define HIGH                                                                                       \
    {                                                                                              \
        AF_INET,                                                                                   \
        {                                                                                          \
            192, 0, 2, 11                                                                          \
        }                                                                                          \
    }

static const struct inet_addr us = US;

/* ---- Timers ------------------------------------------------------------------------------------ */

static void test_skew_and_down_interval_are_exact_to_the_nanosecond(void **state)
{
    static const struct {
        const char *name;
        uint8_t version;
        int64_t interval;
        uint8_t priority;
        uint32_t down_adverts;
        int64_t skew;
        int64_t down;
    } timers[] = {
        {"v2, 100", 2, S, 100, 3, 609375000, 3609375000},
        {"v2, the lowest priority", 2, S, 1, 3, 996093750, 3996093750},
        {"v2, the highest below an owner", 2, S, 254, 3, 7812500, 3007812500},
        {"v2, an owner", 2, S, 255, 3, 3906250, 3003906250},
        {"v2: skew does not depend on the interval", 2, 2 * S, 100, 3, 609375000, 6609375000},
        {"v2, the longest interval", 2, 255 * S, 1, 3, 996093750, 765996093750},
        {"v3, 100", 3, S, 100, 3, 609375000, 3609375000},
        {"v3, an owner", 3, S, 255, 3, 3906250, 3003906250},
        {"v3: skew grows with the interval", 3, 2 * S, 100, 3, 1218750000, 7218750000},
        {"v3, the shortest interval", 3, 10 * MS, 1, 3, 9960937, 39960937},
        {"v3, the longest interval", 3, 40950 * MS, 1, 3, 40790039062, 163640039062},
        {"B3: one advert missed is enough", 2, S, 100, 1, 609375000, 1609375000},
        {"B3: five adverts", 3, S, 100, 5, 609375000, 5609375000},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(timers); i++) {
        const struct fsm_config config = {.version = timers[i].version,
                                          .advert_interval = timers[i].interval,
                                          .down_adverts = timers[i].down_adverts};
        struct fsm_state router = fsm_initial(&config, timers[i].priority, &us);

        assert_fact(fsm_skew(&config, &router) == timers[i].skew, "%s: skew %lld", timers[i].name,
                    (long long)fsm_skew(&config, &router));
        assert_fact(fsm_down_interval(&config, &router) == timers[i].down, "%s: down %lld",
                    timers[i].name, (long long)fsm_down_interval(&config, &router));
    }
}

/* ---- Every state with every event -------------------------------------------------------------- */

static const struct fsm_config plain = {
    .version = 3, .preempt = true, .down_adverts = 3, .advert_interval = S};

/* A state's timer is due `now`, so that what becomes of it shows. */
#define NOW (1000 * S)
static const int64_t now = NOW;

#define NEVER INT64_C(-1) /* the timer is off */
#define KEEPS INT64_C(-2) /* the timer stays as it was */
/* After t, or later by less than a second: a recess is another one each time. */
#define RECESS(t) (-(t))

/* What becomes of a router in one step. */
struct becomes {
    enum fsm_role role;
    unsigned actions;
    enum fsm_reason reason;
    int64_t deadline; /* from now, or NEVER, KEEPS, RECESS */
};

static void assert_becomes(const struct fsm_outcome *got, const struct becomes *want,
                           int64_t before, int64_t at, const char *name)
{
    int64_t recess = want->deadline < KEEPS ? S - 1 : 0;
    int64_t deadline = want->deadline == NEVER   ? CLOCK_NEVER
                       : want->deadline == KEEPS ? before
                       : recess                  ? at - want->deadline
                                                 : at + want->deadline;
    int64_t behind = got->state.deadline - deadline;

    assert_fact(got->state.role == want->role, "%s: is %s", name, fsm_role_text(got->state.role));
    assert_fact(got->actions == want->actions, "%s: actions %#x, not %#x", name, got->actions,
                want->actions);
    assert_fact(got->reason == want->reason, "%s: reason %s", name, fsm_reason_word(got->reason));
    assert_fact(behind >= 0 && behind <= recess, "%s: timer is off by %lld ns", name,
                (long long)behind);
}

#define START                                                                                      \
    {                                                                                              \
        .kind = FSM_EVENT_START                                                                    \
    }
#define RESUME                                                                                     \
    {                                                                                              \
        .kind = FSM_EVENT_RESUME                                                                   \
    }
#define STOP                                                                                       \
    {                                                                                              \
        .kind = FSM_EVENT_STOP                                                                     \
    }
#define FAULT                                                                                      \
    {                                                                                              \
        .kind = FSM_EVENT_FAULT                                                                    \
    }
#define WAIT                                                                                       \
    {                                                                                              \
        .kind = FSM_EVENT_WAIT                                                                     \
    }
#define TIMER                                                                                      \
    {                                                                                              \
        .kind = FSM_EVENT_TIMER                                                                    \
    }
#define LATE(t)                                                                                    \
    {                                                                                              \
        .kind = FSM_EVENT_TIMER, .late = (t)                                                       \
    }
#define PRIORITY(p)                                                                                \
    {                                                                                              \
        .kind = FSM_EVENT_PRIORITY, .priority = (p)                                                \
    }
#define RECONFIGURED                                                                               \
    {                                                                                              \
        .kind = FSM_EVENT_RECONFIGURED                                                             \
    }
#define GROUP_UP                                                                                   \
    {                                                                                              \
        .kind = FSM_EVENT_GROUP_MASTER                                                             \
    }
#define GROUP_DOWN                                                                                 \
    {                                                                                              \
        .kind = FSM_EVENT_GROUP_BACKUP                                                             \
    }
/* NOLINTBEGIN(bugprone-macro-parentheses): `who` is an initializer */
#define ADVERT(p, who)                                                                             \
    {                                                                                              \
        .kind = FSM_EVENT_ADVERT, .priority = (p), .interval = S, .source = who                    \
    }
#define ADVERT_EVERY(t, p, who)                                                                    \
    {                                                                                              \
        .kind = FSM_EVENT_ADVERT, .priority = (p), .interval = (t), .source = who                  \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

#define TAKES  (FSM_SEND_ADVERT | FSM_CLAIM | FSM_ANNOUNCE)
#define LEAVES (FSM_SEND_ZERO | FSM_RELEASE)
#define AGAIN  (FSM_ANNOUNCE_AGAIN | FSM_NOTIFY_LOWER)
#define NONE   FSM_REASON_NONE

static const struct {
    const char *name;
    enum fsm_role from;
    struct fsm_event event;
    struct becomes to;
} cells[] = {
    {"INIT: started, it listens first", FSM_INIT, START, {FSM_BACKUP, 0, FSM_REASON_STARTED, DOWN}},
    {"INIT: resumed", FSM_INIT, RESUME, {FSM_MASTER, TAKES, FSM_REASON_RESUMED, S}},
    {"INIT: stopped", FSM_INIT, STOP, {FSM_INIT, 0, NONE, NEVER}},
    {"INIT: fault", FSM_INIT, FAULT, {FSM_FAULT, 0, FSM_REASON_FAULT, NEVER}},
    {"INIT: waits", FSM_INIT, WAIT, {FSM_INIT, 0, NONE, NEVER}},
    {"INIT: timer", FSM_INIT, TIMER, {FSM_INIT, 0, NONE, KEEPS}},
    {"INIT: priority 0", FSM_INIT, ADVERT(0, LOW), {FSM_INIT, 0, NONE, KEEPS}},
    {"INIT: lower priority", FSM_INIT, ADVERT(99, HIGH), {FSM_INIT, 0, NONE, KEEPS}},
    {"INIT: higher priority", FSM_INIT, ADVERT(101, LOW), {FSM_INIT, 0, NONE, KEEPS}},
    {"INIT: own priority", FSM_INIT, PRIORITY(50), {FSM_INIT, 0, NONE, KEEPS}},
    {"INIT: group up", FSM_INIT, GROUP_UP, {FSM_INIT, 0, NONE, KEEPS}},
    {"INIT: group down", FSM_INIT, GROUP_DOWN, {FSM_INIT, 0, NONE, KEEPS}},

    {"BACKUP: started again", FSM_BACKUP, START, {FSM_BACKUP, 0, NONE, KEEPS}},
    {"BACKUP: resumed", FSM_BACKUP, RESUME, {FSM_BACKUP, 0, NONE, KEEPS}},
    {"BACKUP: stopped, silently", FSM_BACKUP, STOP, {FSM_INIT, 0, FSM_REASON_STOPPED, NEVER}},
    {"BACKUP: fault, silently", FSM_BACKUP, FAULT, {FSM_FAULT, 0, FSM_REASON_FAULT, NEVER}},
    {"BACKUP: waits", FSM_BACKUP, WAIT, {FSM_INIT, 0, FSM_REASON_WAITING, NEVER}},
    {"BACKUP: timer", FSM_BACKUP, TIMER, {FSM_MASTER, TAKES, FSM_REASON_NO_ADVERT, S}},
    {"BACKUP: priority 0", FSM_BACKUP, ADVERT(0, LOW), {FSM_BACKUP, 0, NONE, SKEW}},
    {"BACKUP: lower priority", FSM_BACKUP, ADVERT(99, HIGH), {FSM_BACKUP, 0, NONE, KEEPS}},
    {"BACKUP: equal priority", FSM_BACKUP, ADVERT(100, LOW), {FSM_BACKUP, 0, NONE, DOWN}},
    {"BACKUP: higher priority", FSM_BACKUP, ADVERT(101, LOW), {FSM_BACKUP, 0, NONE, DOWN}},
    {"BACKUP: own priority", FSM_BACKUP, PRIORITY(36), {FSM_BACKUP, 0, NONE, S / 4}},
    {"BACKUP: group up", FSM_BACKUP, GROUP_UP, {FSM_MASTER, TAKES, FSM_REASON_GROUP, S}},
    {"BACKUP: group down", FSM_BACKUP, GROUP_DOWN, {FSM_BACKUP, 0, NONE, KEEPS}},

    {"MASTER: started again", FSM_MASTER, START, {FSM_MASTER, 0, NONE, KEEPS}},
    {"MASTER: resumed", FSM_MASTER, RESUME, {FSM_MASTER, 0, NONE, KEEPS}},
    {"MASTER: stop says 0", FSM_MASTER, STOP, {FSM_INIT, LEAVES, FSM_REASON_STOPPED, NEVER}},
    {"MASTER: fault says 0", FSM_MASTER, FAULT, {FSM_FAULT, LEAVES, FSM_REASON_FAULT, NEVER}},
    {"MASTER: waiting says 0", FSM_MASTER, WAIT, {FSM_INIT, LEAVES, FSM_REASON_WAITING, NEVER}},
    {"MASTER: timer", FSM_MASTER, TIMER, {FSM_MASTER, FSM_SEND_ADVERT, NONE, S}},
    {"MASTER: priority 0", FSM_MASTER, ADVERT(0, HIGH), {FSM_MASTER, FSM_SEND_ADVERT, NONE, S}},
    {"MASTER: lower priority",
     FSM_MASTER,
     ADVERT(99, HIGH),
     {FSM_MASTER, FSM_SEND_ADVERT | AGAIN, NONE, S}},
    {"MASTER: equal priority, lower address",
     FSM_MASTER,
     ADVERT(100, LOW),
     {FSM_MASTER, FSM_SEND_ADVERT | AGAIN, NONE, S}},
    {"MASTER: equal priority, same address",
     FSM_MASTER,
     ADVERT(100, US),
     {FSM_MASTER, FSM_SEND_ADVERT | AGAIN, NONE, S}},
    {"MASTER: equal priority, higher address",
     FSM_MASTER,
     ADVERT(100, HIGH),
     {FSM_BACKUP, FSM_RELEASE, FSM_REASON_TIE, DOWN}},
    {"MASTER: higher priority",
     FSM_MASTER,
     ADVERT(101, LOW),
     {FSM_BACKUP, FSM_RELEASE, FSM_REASON_HIGHER, DOWN}},
    {"MASTER: own priority", FSM_MASTER, PRIORITY(50), {FSM_MASTER, 0, NONE, KEEPS}},
    {"MASTER: group up", FSM_MASTER, GROUP_UP, {FSM_MASTER, 0, NONE, KEEPS}},
    {"MASTER: group down",
     FSM_MASTER,
     GROUP_DOWN,
     {FSM_BACKUP, FSM_RELEASE, FSM_REASON_GROUP, RECESS(DOWN)}},

    {"FAULT: cleared", FSM_FAULT, START, {FSM_BACKUP, 0, FSM_REASON_CLEARED, DOWN}},
    {"FAULT: not resumed", FSM_FAULT, RESUME, {FSM_FAULT, 0, NONE, KEEPS}},
    {"FAULT: stopped", FSM_FAULT, STOP, {FSM_INIT, 0, FSM_REASON_STOPPED, NEVER}},
    {"FAULT: another fault", FSM_FAULT, FAULT, {FSM_FAULT, 0, NONE, NEVER}},
    {"FAULT: waits", FSM_FAULT, WAIT, {FSM_INIT, 0, FSM_REASON_WAITING, NEVER}},
    {"FAULT: timer", FSM_FAULT, TIMER, {FSM_FAULT, 0, NONE, KEEPS}},
    {"FAULT: priority 0", FSM_FAULT, ADVERT(0, LOW), {FSM_FAULT, 0, NONE, KEEPS}},
    {"FAULT: lower priority", FSM_FAULT, ADVERT(99, HIGH), {FSM_FAULT, 0, NONE, KEEPS}},
    {"FAULT: higher priority", FSM_FAULT, ADVERT(101, LOW), {FSM_FAULT, 0, NONE, KEEPS}},
    {"FAULT: own priority", FSM_FAULT, PRIORITY(50), {FSM_FAULT, 0, NONE, KEEPS}},
    {"FAULT: group up", FSM_FAULT, GROUP_UP, {FSM_FAULT, 0, NONE, KEEPS}},
    {"FAULT: group down", FSM_FAULT, GROUP_DOWN, {FSM_FAULT, 0, NONE, KEEPS}},
};

static void test_every_state_answers_every_event(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cells); i++) {
        struct fsm_state before = fsm_initial(&plain, 100, &us);
        struct fsm_outcome got;

        before.role = cells[i].from;
        if (before.role == FSM_BACKUP || before.role == FSM_MASTER) {
            before.deadline = now;
        }
        got = fsm_step(&plain, &before, &cells[i].event, now);
        assert_becomes(&got, &cells[i].to, before.deadline, now, cells[i].name);
        assert_int_equal(got.state.priority,
                         cells[i].event.kind == FSM_EVENT_PRIORITY ? cells[i].event.priority : 100);
    }
}

/* ---- Courses of events ------------------------------------------------------------------------- */

struct step {
    int64_t at; /* after `now` */
    struct fsm_event event;
    struct becomes to;
};

struct course {
    const char *name;
    struct fsm_config config;
    uint8_t priority;
    struct step steps[8]; /* up to the first without a `to.role` */
};

#define V2(...)                                                                                    \
    {                                                                                              \
        .version = 2, .down_adverts = 3, .advert_interval = S, __VA_ARGS__                         \
    }
#define V3(...)                                                                                    \
    {                                                                                              \
        .version = 3, .down_adverts = 3, .advert_interval = S, __VA_ARGS__                         \
    }
#define PREEMPT  .preempt = true
#define DELAY(t) .preempt = true, .preempt_delay = (t)
#define GROUPED  .preempt = true, .grouped = true
#define BACKUP(...)                                                                                \
    {                                                                                              \
        FSM_BACKUP, __VA_ARGS__                                                                    \
    }
#define MASTER(...)                                                                                \
    {                                                                                              \
        FSM_MASTER, __VA_ARGS__                                                                    \
    }
#define STARTS                                                                                     \
    {                                                                                              \
        0, START, BACKUP(0, FSM_REASON_STARTED, DOWN)                                              \
    }
#define BEGINS(r)                                                                                  \
    {                                                                                              \
        FSM_MASTER, TAKES, FSM_REASON_##r, S                                                       \
    }

static const struct course courses[] = {
    {"6.4.1, B1: without another router it takes over after one down interval",
     V3(PREEMPT),
     100,
     {STARTS,
      {DOWN, TIMER, BEGINS(NO_ADVERT)},
      {DOWN + S, TIMER, MASTER(FSM_SEND_ADVERT, NONE, S)}}},
    {"6.4.1 (330): an owner does not wait",
     V3(PREEMPT, .owner = true),
     255,
     {{0, START, BEGINS(OWNER)}}},
    {"6.4.3: an owner stays against the highest priority below it",
     V3(PREEMPT, .owner = true),
     255,
     {{0, START, BEGINS(OWNER)},
      {100, ADVERT(254, HIGH), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)}}},
    {"B12: of two owners the lower address yields, and comes back when the other is silent",
     V3(PREEMPT, .owner = true),
     255,
     {{0, START, BEGINS(OWNER)},
      {100, ADVERT(255, HIGH), BACKUP(FSM_RELEASE, FSM_REASON_TIE, 3003906250)},
      {S, ADVERT(255, HIGH), BACKUP(0, NONE, 3003906250)},
      {S + 3003906250, TIMER, BEGINS(NO_ADVERT)}}},
    {"B12: of two owners the higher address stays",
     V3(PREEMPT, .owner = true),
     255,
     {{0, START, BEGINS(OWNER)},
      {100, ADVERT(255, LOW), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)}}},
    {"B12: unless the other one speaks on for a down interval, until that one is silent",
     V3(PREEMPT, .owner = true),
     255,
     {{0, START, BEGINS(OWNER)},
      {100, ADVERT(255, LOW), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)},
      {S, ADVERT(255, LOW), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)},
      {2 * S, ADVERT(255, LOW), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)},
      {3 * S, ADVERT(255, LOW), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)},
      {4 * S, ADVERT(255, LOW), BACKUP(FSM_RELEASE, FSM_REASON_SECOND_OWNER, 3003906250)},
      {5 * S, ADVERT(255, LOW), BACKUP(0, NONE, 3003906250)},
      {5 * S + 3003906250, TIMER, BEGINS(NO_ADVERT)}}},
    {"B12: a second owner that was silent for a down interval is a new one",
     V3(PREEMPT, .owner = true),
     255,
     {{0, START, BEGINS(OWNER)},
      {100, ADVERT(255, LOW), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)},
      {4 * S, ADVERT(255, LOW), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)},
      {5 * S, ADVERT(255, LOW), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)}}},
    {"timer_expired_backup: a master that nobody can have replaced yet sends at once",
     V3(.preempt = false, .late_priority = 100),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {3 * S + SKEW, LATE(2 * S + SKEW), MASTER(FSM_SEND_ADVERT, NONE, S)}}},
    {"timer_expired_backup: one later than that leaves its place to who has it",
     V3(.preempt = false, .late_priority = 100),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {3 * S + SKEW + 1, LATE(2 * S + SKEW + 1), BACKUP(FSM_RELEASE, FSM_REASON_LATE, DOWN)},
      {4 * S, ADVERT(50, LOW), BACKUP(0, NONE, DOWN)}}},
    {"timer_expired_backup: so does one that hears the other before its own timer is served",
     V3(.preempt = false, .late_priority = 100),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {3 * S + SKEW, ADVERT(50, LOW), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)},
      {8 * S, ADVERT(50, LOW), BACKUP(FSM_RELEASE, FSM_REASON_LATE, DOWN)}}},
    {"timer_expired_backup: with preempt it listens first, as any other",
     V3(PREEMPT, .late_priority = 100),
     100,
     {{0, RESUME, BEGINS(RESUMED)}, {9 * S, LATE(8 * S), MASTER(0, NONE, SKEW)}}},
    {"an owner that was at fault takes its addresses back at once",
     V3(PREEMPT, .owner = true),
     255,
     {{0, START, BEGINS(OWNER)},
      {S, FAULT, {FSM_FAULT, LEAVES, FSM_REASON_FAULT, NEVER}},
      {2 * S, START, BEGINS(OWNER)}}},

    {"6.4.2: adverts of a better master put the takeover off",
     V3(PREEMPT),
     100,
     {STARTS,
      {S, ADVERT(150, LOW), BACKUP(0, NONE, DOWN)},
      {2 * S, ADVERT(150, LOW), BACKUP(0, NONE, DOWN)},
      {2 * S + DOWN, TIMER, BEGINS(NO_ADVERT)}}},
    {"B4: version 3 takes over the master's interval, and its own when it is master",
     V3(PREEMPT),
     100,
     {STARTS,
      {S, ADVERT_EVERY(2 * S, 150, LOW), BACKUP(0, NONE, 7218750000)},
      {2 * S, ADVERT(0, LOW), BACKUP(0, NONE, 1218750000)},
      {2 * S + 1218750000, TIMER, BEGINS(PRIORITY_ZERO)},
      {4 * S, ADVERT_EVERY(4 * S, 0, LOW), MASTER(FSM_SEND_ADVERT, NONE, S)}}},
    {"B4: a yielding master takes over the other's interval at once",
     V3(PREEMPT),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, ADVERT_EVERY(2 * S, 150, LOW), BACKUP(FSM_RELEASE, FSM_REASON_HIGHER, 7218750000)}}},
    {"B4: a fault makes it forget the master's interval",
     V3(PREEMPT),
     100,
     {STARTS,
      {S, ADVERT_EVERY(2 * S, 150, LOW), BACKUP(0, NONE, 7218750000)},
      {2 * S, FAULT, {FSM_FAULT, 0, FSM_REASON_FAULT, NEVER}},
      {3 * S, START, BACKUP(0, FSM_REASON_CLEARED, DOWN)}}},
    {"B4: a master listens by its own interval, not by its predecessor's",
     V3(PREEMPT),
     100,
     {STARTS,
      {S, ADVERT_EVERY(2 * S, 150, LOW), BACKUP(0, NONE, 7218750000)},
      {S + 7218750000, TIMER, BEGINS(NO_ADVERT)},
      {20 * S, LATE(11 * S), MASTER(0, NONE, SKEW)}}},
    {"version 3 does not take over an interval of 0",
     V3(PREEMPT),
     100,
     {STARTS, {S, ADVERT_EVERY(0, 150, LOW), BACKUP(0, NONE, DOWN)}}},
    {"version 2 keeps its own interval",
     V2(PREEMPT),
     100,
     {STARTS, {S, ADVERT_EVERY(2 * S, 150, LOW), BACKUP(0, NONE, DOWN)}}},

    {"B5: after priority 0 a backup takes over in one skew time",
     V2(PREEMPT),
     100,
     {STARTS,
      {S, ADVERT(150, LOW), BACKUP(0, NONE, DOWN)},
      {2 * S, ADVERT(0, LOW), BACKUP(0, NONE, SKEW)},
      {2 * S + SKEW, TIMER, BEGINS(PRIORITY_ZERO)}}},
    {"B5: unless a better backup is faster",
     V3(PREEMPT),
     100,
     {STARTS,
      {S, ADVERT(0, LOW), BACKUP(0, NONE, SKEW)},
      {S + 100 * MS, ADVERT(120, HIGH), BACKUP(0, NONE, DOWN)},
      {S + 100 * MS + DOWN, TIMER, BEGINS(NO_ADVERT)}}},
    {"B5: priority 0 of a router that is not the master changes nothing",
     V3(PREEMPT),
     100,
     {STARTS,
      {S, ADVERT(150, LOW), BACKUP(0, NONE, DOWN)},
      {2 * S, ADVERT(0, HIGH), BACKUP(0, NONE, KEEPS)},
      {S + DOWN, TIMER, BEGINS(NO_ADVERT)}}},
    {"B5: nor does it end preempt_delay, until the lower master says it itself",
     V3(DELAY(5 * S)),
     100,
     {STARTS,
      {S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)},
      {3 * S, ADVERT(50, HIGH), BACKUP(0, NONE, 3 * S)},
      {4 * S, ADVERT(0, LOW), BACKUP(0, NONE, KEEPS)},
      {5 * S, ADVERT(50, HIGH), BACKUP(0, NONE, S)},
      {5 * S + 1, ADVERT(0, HIGH), BACKUP(0, NONE, SKEW)}}},
    {"B7: adverts of a lower master let the down timer run",
     V3(PREEMPT),
     100,
     {STARTS,
      {S, ADVERT(50, HIGH), BACKUP(0, NONE, KEEPS)},
      {2 * S, ADVERT(50, HIGH), BACKUP(0, NONE, KEEPS)},
      {3 * S, ADVERT(50, HIGH), BACKUP(0, NONE, KEEPS)},
      {DOWN, TIMER, BEGINS(PREEMPT)}}},
    {"B9: nopreempt keeps a lower master",
     V3(.preempt = false),
     100,
     {STARTS,
      {3 * S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)},
      {6 * S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)},
      {6 * S + DOWN, TIMER, BEGINS(NO_ADVERT)}}},
    {"B9: nopreempt does not refuse the place of one that gives up",
     V3(.preempt = false),
     100,
     {STARTS,
      {S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)},
      {2 * S, ADVERT(0, HIGH), BACKUP(0, NONE, SKEW)},
      {2 * S + SKEW, TIMER, BEGINS(PRIORITY_ZERO)}}},
    {"B9: a master with nopreempt yields to a better one all the same",
     V3(.preempt = false),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, ADVERT(101, LOW), BACKUP(FSM_RELEASE, FSM_REASON_HIGHER, DOWN)}}},
    {"B10: a lower master is obeyed until preempt_delay, from its first advert, is over",
     V3(DELAY(5 * S)),
     100,
     {STARTS,
      {S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)},
      {2 * S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)},
      {3 * S, ADVERT(50, HIGH), BACKUP(0, NONE, 3 * S)},
      {5 * S, ADVERT(50, HIGH), BACKUP(0, NONE, S)},
      {6 * S, TIMER, BEGINS(PREEMPT)}}},
    {"B10: silence does not wait for the end of preempt_delay",
     V3(DELAY(60 * S)),
     100,
     {STARTS, {S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)}, {S + DOWN, TIMER, BEGINS(NO_ADVERT)}}},
    {"B10: nor does priority 0",
     V3(DELAY(60 * S)),
     100,
     {STARTS,
      {S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)},
      {2 * S, ADVERT(0, HIGH), BACKUP(0, NONE, SKEW)},
      {2 * S + SKEW, TIMER, BEGINS(PRIORITY_ZERO)}}},
    {"B10: a better master in between begins preempt_delay anew",
     V3(DELAY(5 * S)),
     100,
     {STARTS,
      {S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)},
      {2 * S, ADVERT(150, LOW), BACKUP(0, NONE, DOWN)},
      {4 * S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)},
      {6 * S, ADVERT(50, HIGH), BACKUP(0, NONE, 3 * S)},
      {8 * S, ADVERT(50, HIGH), BACKUP(0, NONE, S)},
      {9 * S, TIMER, BEGINS(PREEMPT)}}},
    {"B10: so does one that gives up",
     V3(DELAY(5 * S)),
     100,
     {STARTS,
      {S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)},
      {2 * S, ADVERT(0, HIGH), BACKUP(0, NONE, SKEW)},
      {2 * S + 500 * MS, ADVERT(40, LOW), BACKUP(0, NONE, DOWN)},
      {5 * S, ADVERT(40, LOW), BACKUP(0, NONE, 2 * S + 500 * MS)}}},
    {"B10: a fault begins preempt_delay anew",
     V3(DELAY(2 * S)),
     100,
     {STARTS,
      {S, ADVERT(50, HIGH), BACKUP(0, NONE, 2 * S)},
      {2 * S, FAULT, {FSM_FAULT, 0, FSM_REASON_FAULT, NEVER}},
      {8 * S, START, BACKUP(0, FSM_REASON_CLEARED, DOWN)},
      {9 * S, ADVERT(50, HIGH), BACKUP(0, NONE, 2 * S)}}},

    {"B8: with lower_prio_no_advert it keeps its beat, and tells the neighbours all the same",
     V3(PREEMPT, .lower_prio_no_advert = true),
     100,
     {{0, RESUME, BEGINS(RESUMED)}, {9, ADVERT(99, HIGH), MASTER(AGAIN, NONE, KEEPS)}}},
    {"higher_prio_send_advert: the last word comes before yielding",
     V3(PREEMPT, .higher_prio_send_advert = true),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, ADVERT(101, LOW), BACKUP(FSM_SEND_ADVERT | FSM_RELEASE, FSM_REASON_HIGHER, DOWN)}}},
    {"higher_prio_send_advert speaks to an equal of higher address too",
     V3(PREEMPT, .higher_prio_send_advert = true),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, ADVERT(100, HIGH), BACKUP(FSM_SEND_ADVERT | FSM_RELEASE, FSM_REASON_TIE, DOWN)}}},
    {"a master whose priority fell yields to the better one's next advert",
     V3(PREEMPT),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, PRIORITY(40), MASTER(0, NONE, KEEPS)},
      {10, ADVERT(50, LOW), BACKUP(FSM_RELEASE, FSM_REASON_HIGHER, 3 * S + 216 * S / 256)}}},
    {"a priority that changes moves a running down timer by the difference of skew",
     V3(PREEMPT),
     100,
     {STARTS,
      {S, PRIORITY(228), BACKUP(0, NONE, 2 * S + 28 * S / 256)},
      {S, PRIORITY(1), BACKUP(0, NONE, 2 * S + 255 * S / 256)}}},
    {"B10: a priority that changes leaves the end of preempt_delay where it is",
     V3(DELAY(5 * S)),
     100,
     {STARTS,
      {S, ADVERT(50, HIGH), BACKUP(0, NONE, DOWN)},
      {3 * S, ADVERT(50, HIGH), BACKUP(0, NONE, 3 * S)},
      {5 * S, ADVERT(50, HIGH), BACKUP(0, NONE, S)},
      {5 * S, PRIORITY(254), BACKUP(0, NONE, S)},
      {5 * S, PRIORITY(60), BACKUP(0, NONE, S)},
      {6 * S, TIMER, BEGINS(PREEMPT)}}},
    {"B10: a priority that falls to the master's ends preempt_delay: it obeys",
     V3(DELAY(5 * S)),
     100,
     {STARTS,
      {S, ADVERT(60, HIGH), BACKUP(0, NONE, DOWN)},
      {4 * S, ADVERT(60, HIGH), BACKUP(0, NONE, 2 * S)},
      {5 * S, PRIORITY(60), BACKUP(0, NONE, 2 * S + 196 * S / 256)},
      {6 * S, ADVERT(60, HIGH), BACKUP(0, NONE, 3 * S + 196 * S / 256)}}},
    {"B7: a priority that falls below the master's stops a takeover that was near",
     V3(PREEMPT),
     100,
     {STARTS,
      {3 * S, ADVERT(50, HIGH), BACKUP(0, NONE, KEEPS)},
      {3 * S, PRIORITY(40), BACKUP(0, NONE, 3 * S + 216 * S / 256)},
      {4 * S, ADVERT(50, HIGH), BACKUP(0, NONE, 3 * S + 216 * S / 256)}}},
    {"a later backup whose priority falls below a silent master's listens to the end",
     V3(PREEMPT),
     100,
     {STARTS,
      {S, ADVERT(50, HIGH), BACKUP(0, NONE, KEEPS)},
      {9 * S, LATE(9 * S - DOWN), BACKUP(0, NONE, SKEW)},
      {9 * S, PRIORITY(40), BACKUP(0, NONE, 216 * S / 256)},
      {9 * S + 216 * S / 256, TIMER, BEGINS(NO_ADVERT)}}},
    {"a priority that rises late takes over at once, not before",
     V3(PREEMPT),
     100,
     {STARTS, {DOWN - 100, PRIORITY(254), BACKUP(0, NONE, 0)}, {DOWN, TIMER, BEGINS(NO_ADVERT)}}},

    {"a master late by less than the backups' patience sends, in step with its old beat",
     V3(PREEMPT),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {S + 300 * MS, LATE(300 * MS), MASTER(FSM_SEND_ADVERT, NONE, 700 * MS)},
      {3 * S + 900 * MS, LATE(1900 * MS), MASTER(FSM_SEND_ADVERT, NONE, S)}}},
    {"a master late by two intervals still sends",
     V3(PREEMPT),
     100,
     {{0, RESUME, BEGINS(RESUMED)}, {3 * S, LATE(2 * S), MASTER(FSM_SEND_ADVERT, NONE, S)}}},
    {"a later master listens for a skew time before it speaks, and tells the neighbours again",
     V3(PREEMPT),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {3 * S + 1, LATE(2 * S + 1), MASTER(0, NONE, SKEW)},
      {3 * S + 1 + SKEW, TIMER, MASTER(FSM_SEND_ADVERT | FSM_ANNOUNCE_AGAIN, NONE, S)},
      {4 * S + 1 + SKEW, TIMER, MASTER(FSM_SEND_ADVERT, NONE, S)}}},
    {"a later master that is late again does not listen for ever",
     V3(PREEMPT),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9 * S, LATE(8 * S), MASTER(0, NONE, SKEW)},
      {19 * S, LATE(10 * S - SKEW), MASTER(FSM_SEND_ADVERT | FSM_ANNOUNCE_AGAIN, NONE, S)}}},
    {"a later master that hears its successor yields without a word",
     V3(PREEMPT),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9 * S, LATE(8 * S), MASTER(0, NONE, SKEW)},
      {9 * S + 1, ADVERT(101, LOW), BACKUP(FSM_RELEASE, FSM_REASON_HIGHER, DOWN)}}},
    {"a later master that hears a lower one speaks at once",
     V3(PREEMPT),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9 * S, LATE(8 * S), MASTER(0, NONE, SKEW)},
      {9 * S + 1, ADVERT(50, HIGH), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)},
      {10 * S + 1, TIMER, MASTER(FSM_SEND_ADVERT, NONE, S)}}},
    {"a backup late by no more than its skew time takes over",
     V3(PREEMPT),
     100,
     {STARTS, {DOWN + SKEW, LATE(SKEW), BEGINS(NO_ADVERT)}}},
    {"a later backup listens for a skew time first",
     V3(PREEMPT),
     100,
     {STARTS,
      {DOWN + SKEW + 1, LATE(SKEW + 1), BACKUP(0, NONE, SKEW)},
      {DOWN + 2 * SKEW + 1, TIMER, BEGINS(NO_ADVERT)}}},
    {"a later backup that hears a better master meanwhile stays",
     V3(PREEMPT),
     100,
     {STARTS,
      {9 * S, LATE(9 * S - DOWN), BACKUP(0, NONE, SKEW)},
      {9 * S + 1, ADVERT(150, LOW), BACKUP(0, NONE, DOWN)},
      {9 * S + 1 + DOWN, TIMER, BEGINS(NO_ADVERT)}}},
    {"a backup that is late again after it heard its master listens again",
     V3(PREEMPT),
     100,
     {STARTS,
      {9 * S, LATE(9 * S - DOWN), BACKUP(0, NONE, SKEW)},
      {9 * S + 1, ADVERT(150, LOW), BACKUP(0, NONE, DOWN)},
      {19 * S, LATE(6 * S), BACKUP(0, NONE, SKEW)}}},
};

static bool step_is_there(const struct course *course, size_t i)
{
    return i < UNIT_COUNT(course->steps) && course->steps[i].to.role != FSM_INIT;
}

static void run_course(const struct course *course)
{
    struct fsm_state router = fsm_initial(&course->config, course->priority, &us);

    assert_fact(router.role == FSM_INIT && router.deadline == CLOCK_NEVER, "%s: not initial",
                course->name);
    for (size_t i = 0; step_is_there(course, i); i++) {
        const struct step *step = &course->steps[i];
        struct fsm_outcome got = fsm_step(&course->config, &router, &step->event, now + step->at);
        char name[200];

        (void)snprintf(name, sizeof(name), "%s: step %zu", course->name, i);
        assert_becomes(&got, &step->to, router.deadline, now + step->at, name);
        router = got.state;
    }
}

static void test_routers_keep_their_course(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(courses); i++) {
        run_course(&courses[i]);
    }
}

static const struct course reloads[] = {
    {"a backup waits on for its silent master through a storm of reloads",
     V3(PREEMPT),
     100,
     {STARTS,
      {S, ADVERT(150, LOW), BACKUP(0, NONE, DOWN)},
      {2 * S, RECONFIGURED, BACKUP(0, NONE, DOWN - S)},
      {3 * S, RECONFIGURED, BACKUP(0, NONE, DOWN - 2 * S)},
      {4 * S, RECONFIGURED, BACKUP(0, NONE, DOWN - 3 * S)},
      {S + DOWN, TIMER, BEGINS(NO_ADVERT)}}},
    {"one that heard nobody counts from when it began to wait",
     V3(PREEMPT),
     100,
     {STARTS,
      {2 * S, RECONFIGURED, BACKUP(0, NONE, DOWN - 2 * S)},
      {3 * S, RECONFIGURED, BACKUP(0, NONE, DOWN - 3 * S)},
      {DOWN, TIMER, BEGINS(NO_ADVERT)}}},
    {"a reload does not spare a lower master that speaks on",
     V3(PREEMPT),
     100,
     {STARTS,
      {2 * S, ADVERT(50, HIGH), BACKUP(0, NONE, KEEPS)},
      {3 * S, RECONFIGURED, BACKUP(0, NONE, DOWN - 3 * S)},
      {DOWN, TIMER, BEGINS(PREEMPT)}}},
    {"after priority 0 it stays with the skew time",
     V3(PREEMPT),
     100,
     {STARTS,
      {S, ADVERT(150, LOW), BACKUP(0, NONE, DOWN)},
      {2 * S, ADVERT(0, LOW), BACKUP(0, NONE, SKEW)},
      {2 * S + 5, RECONFIGURED, BACKUP(0, NONE, SKEW - 5)}}},
    {"one that woke up late listens to the end of its skew time",
     V3(PREEMPT),
     100,
     {STARTS,
      {9 * S, LATE(9 * S - DOWN), BACKUP(0, NONE, SKEW)},
      {9 * S + 5, RECONFIGURED, BACKUP(0, NONE, SKEW - 5)}}},
    {"a reload after the end takes over now, not before",
     V3(PREEMPT),
     100,
     {STARTS, {9 * S, RECONFIGURED, BACKUP(0, NONE, 0)}}},
};

static void test_reloads_do_not_put_a_takeover_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(reloads); i++) {
        run_course(&reloads[i]);
    }
}

static const struct course grouped[] = {
    {"a grouped backup asks instead of taking over, and waits for the word",
     V3(GROUPED),
     100,
     {STARTS,
      {DOWN, TIMER, BACKUP(FSM_ASK_GROUP, FSM_REASON_NO_ADVERT, DOWN)},
      {DOWN + 5, GROUP_UP, BEGINS(GROUP)}}},
    {"a grouped owner asks too",
     V3(GROUPED, .owner = true),
     255,
     {{0, START, BACKUP(FSM_ASK_GROUP, FSM_REASON_OWNER, 3003906250)},
      {5, GROUP_UP, BEGINS(GROUP)}}},
    {"a grouped backup that hears a better master takes its wish back and says so",
     V3(GROUPED),
     100,
     {STARTS,
      {DOWN, TIMER, BACKUP(FSM_ASK_GROUP, FSM_REASON_NO_ADVERT, DOWN)},
      {DOWN + 5, ADVERT(150, LOW), BACKUP(FSM_ASK_GROUP, NONE, DOWN)},
      {DOWN + 6, ADVERT(150, LOW), BACKUP(0, NONE, DOWN)}}},
    {"a grouped backup that wants to be master is not moved by a lower one",
     V3(GROUPED),
     100,
     {STARTS,
      {DOWN, TIMER, BACKUP(FSM_ASK_GROUP, FSM_REASON_NO_ADVERT, DOWN)},
      {DOWN + 5, ADVERT(50, HIGH), BACKUP(0, NONE, KEEPS)},
      {DOWN + 6, ADVERT(0, HIGH), BACKUP(0, NONE, KEEPS)},
      {DOWN + 7, PRIORITY(120), BACKUP(0, NONE, DOWN - 7 - S * 20 / 256)}}},
    {"a grouped backup whose preempt_delay is over waits for its group, not for another delay",
     V3(GROUPED, .preempt_delay = 2 * S),
     100,
     {STARTS,
      {S, ADVERT(50, HIGH), BACKUP(0, NONE, 2 * S)},
      {2 * S, ADVERT(50, HIGH), BACKUP(0, NONE, S)},
      {3 * S, TIMER, BACKUP(FSM_ASK_GROUP, FSM_REASON_PREEMPT, DOWN)},
      {3 * S + 5, ADVERT(50, HIGH), BACKUP(0, NONE, KEEPS)},
      {4 * S + 5, ADVERT(150, LOW), BACKUP(FSM_ASK_GROUP, NONE, DOWN)},
      {5 * S, ADVERT(50, HIGH), BACKUP(0, NONE, 2 * S)}}},
    {"a grouped backup that asked after silence obeys a new lower master for preempt_delay",
     V3(GROUPED, .preempt_delay = 60 * S),
     100,
     {STARTS,
      {DOWN, TIMER, BACKUP(FSM_ASK_GROUP, FSM_REASON_NO_ADVERT, DOWN)},
      {DOWN + 5, ADVERT(50, HIGH), BACKUP(FSM_ASK_GROUP, NONE, DOWN)}}},
    {"a grouped master that yields asks, so that its group follows",
     V3(GROUPED),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, ADVERT(101, LOW), BACKUP(FSM_RELEASE | FSM_ASK_GROUP, FSM_REASON_HIGHER, RECESS(DOWN))}}},
    {"a grouped master that follows its group listens for a whole down interval, and a recess",
     V3(GROUPED),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, GROUP_DOWN, BACKUP(FSM_RELEASE, FSM_REASON_GROUP, RECESS(DOWN))}}},
    {"a recess outlasts what was on its way, and ends with a master that goes on",
     V3(GROUPED),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, ADVERT(150, LOW), BACKUP(FSM_RELEASE | FSM_ASK_GROUP, FSM_REASON_HIGHER, RECESS(DOWN))},
      {20 * MS, ADVERT(150, LOW), BACKUP(0, NONE, RECESS(DOWN))},
      {S, ADVERT(150, LOW), BACKUP(0, NONE, DOWN)}}},
    {"a recess outlasts the first word of a third router, not its second one",
     V3(GROUPED),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, ADVERT(150, LOW), BACKUP(FSM_RELEASE | FSM_ASK_GROUP, FSM_REASON_HIGHER, RECESS(DOWN))},
      {S, ADVERT(150, HIGH), BACKUP(0, NONE, RECESS(DOWN))},
      {2 * S, ADVERT(150, HIGH), BACKUP(0, NONE, DOWN)}}},
    {"a recess does not put off what a master leaves",
     V3(GROUPED),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, ADVERT(150, LOW), BACKUP(FSM_RELEASE | FSM_ASK_GROUP, FSM_REASON_HIGHER, RECESS(DOWN))},
      {20 * MS, ADVERT(0, LOW), BACKUP(0, NONE, SKEW)}}},
    {"after a recess it wants to be master as ever",
     V3(GROUPED),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, GROUP_DOWN, BACKUP(FSM_RELEASE, FSM_REASON_GROUP, RECESS(DOWN))},
      {5 * S, TIMER, BACKUP(FSM_ASK_GROUP, FSM_REASON_NO_ADVERT, DOWN)}}},
    {"a reload within a recess does not end it",
     V3(GROUPED),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {0, GROUP_DOWN, BACKUP(FSM_RELEASE, FSM_REASON_GROUP, RECESS(DOWN))},
      {0, RECONFIGURED, BACKUP(0, NONE, RECESS(DOWN))}}},
    {"one without a group waits the protocol's time, no more",
     V3(PREEMPT),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9, ADVERT(150, LOW), BACKUP(FSM_RELEASE, FSM_REASON_HIGHER, DOWN)}}},
    {"a grouped master does not ask before it sends, answers or leaves",
     V3(GROUPED),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {S, TIMER, MASTER(FSM_SEND_ADVERT, NONE, S)},
      {S + 5, ADVERT(0, LOW), MASTER(FSM_SEND_ADVERT, NONE, S)},
      {S + 6, ADVERT(50, LOW), MASTER(FSM_SEND_ADVERT | AGAIN, NONE, S)},
      {S + 7, FAULT, {FSM_FAULT, LEAVES, FSM_REASON_FAULT, NEVER}}}},
    {"a wish is told again after a down interval",
     V3(GROUPED),
     100,
     {STARTS,
      {DOWN, TIMER, BACKUP(FSM_ASK_GROUP, FSM_REASON_NO_ADVERT, DOWN)},
      {2 * DOWN, TIMER, BACKUP(FSM_ASK_GROUP, FSM_REASON_NO_ADVERT, DOWN)},
      {2 * DOWN + 5, GROUP_UP, BEGINS(GROUP)}}},
    {"a wish of one that woke up late is taken back until it has listened",
     V3(GROUPED),
     100,
     {STARTS,
      {DOWN, TIMER, BACKUP(FSM_ASK_GROUP, FSM_REASON_NO_ADVERT, DOWN)},
      {3 * DOWN, LATE(DOWN), BACKUP(0, NONE, SKEW)},
      {3 * DOWN + SKEW, TIMER, BACKUP(FSM_ASK_GROUP, FSM_REASON_NO_ADVERT, DOWN)}}},
    {"a wish against a lower master ends when the priority falls to that one's",
     V3(GROUPED),
     100,
     {STARTS,
      {DOWN, TIMER, BACKUP(FSM_ASK_GROUP, FSM_REASON_NO_ADVERT, DOWN)},
      {DOWN + 5, ADVERT(50, HIGH), BACKUP(0, NONE, KEEPS)},
      {DOWN + 5, PRIORITY(50), BACKUP(0, NONE, 3 * S + INT64_C(804687500))}}},
    {"a grouped master that steps down because it was late asks, so that its group follows",
     V3(.preempt = false, .grouped = true, .late_priority = 100),
     100,
     {{0, RESUME, BEGINS(RESUMED)},
      {9 * S, LATE(8 * S), BACKUP(FSM_RELEASE | FSM_ASK_GROUP, FSM_REASON_LATE, DOWN)}}},
};

static void test_grouped_routers_ask_their_group(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(grouped); i++) {
        run_course(&grouped[i]);
    }
}

/* How long a group that gives up waits beyond the down interval. */
static int64_t recess_of(const struct fsm_config *config, const struct inet_addr *address,
                         int64_t at)
{
    const struct fsm_event resume = RESUME;
    const struct fsm_event down = GROUP_DOWN;
    struct fsm_state router = fsm_initial(config, 100, address);

    router = fsm_step(config, &router, &resume, at - S).state;
    router = fsm_step(config, &router, &down, at).state;
    return router.deadline - at - fsm_down_interval(config, &router);
}

static void test_a_recess_is_shorter_than_the_unit_of_the_skew_time(void **state)
{
    static const struct {
        struct fsm_config config;
        int64_t unit;
    } rows[] = {
        {V3(GROUPED), S},
        {{.version = 3, .grouped = true, .down_adverts = 3, .advert_interval = 10 * MS}, 10 * MS},
        {{.version = 3, .grouped = true, .down_adverts = 3, .advert_interval = 40950 * MS},
         40950 * MS},
        {{.version = 2, .grouped = true, .down_adverts = 3, .advert_interval = 5 * S}, S},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int64_t longest = 0;

        for (int64_t k = 0; k < 1000; k++) {
            int64_t recess = recess_of(&rows[i].config, &us, now + k * 4 * S);

            assert_fact(recess >= 0 && recess < rows[i].unit, "row %zu: %lld ns", i,
                        (long long)recess);
            longest = recess > longest ? recess : longest;
        }
        assert_fact(longest > rows[i].unit / 10 * 9, "row %zu: at most %lld ns", i,
                    (long long)longest);
    }
}

static void test_groups_that_give_up_at_once_part(void **state)
{
    static const struct {
        const char *name;
        struct inet_addr first;
        struct inet_addr second;
        int64_t apart; /* when the second gives up */
    } rows[] = {
        {"at the same nanosecond, by their addresses", US, HIGH, 0},
        {"of one address, by the nanosecond", US, US, 1},
        {"a network's delay apart", US, LOW, 200000},
        {"IPv6", {AF_INET6, {0xfe, 0x80, [15] = 1}}, {AF_INET6, {0xfe, 0x80, [15] = 2}}, 0},
    };
    static const struct fsm_config config = V3(GROUPED);
    enum { TIMES = 1000 };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        unsigned close = 0;

        for (int64_t k = 0; k < TIMES; k++) {
            int64_t at = now + k * 4 * S;
            int64_t one = recess_of(&config, &rows[i].first, at);
            int64_t two = recess_of(&config, &rows[i].second, at + rows[i].apart);
            int64_t apart = two + rows[i].apart - one;

            close += apart < S / 100 && apart > -S / 100;
        }
        assert_fact(close < TIMES / 20, "%s: within 10 ms %u times", rows[i].name, close);
    }
}

/* ---- Handover ---------------------------------------------------------------------------------- */

/* 1.5 x 255/256 s */
#define HANDOVER INT64_C(1494140625)
#define UNHEARD                                                                                    \
    {                                                                                              \
        .kind = FSM_EVENT_FAULT, .unheard = true                                                   \
    }

/* What follows when a master of priority 200 leaves. */
static const struct {
    const char *name;
    struct fsm_config config;
    size_t count;
    struct step steps[4];
} handovers[] = {
    {"the successor's advert ends it",
     V3(PREEMPT, .handover = true),
     2,
     {{0, STOP, {FSM_INIT, FSM_SEND_ZERO, FSM_REASON_STOPPED, HANDOVER}},
      {5, ADVERT(100, LOW), {FSM_INIT, FSM_RELEASE, NONE, NEVER}}}},
    {"another one that gives up is no successor",
     V3(PREEMPT, .handover = true),
     3,
     {{0, STOP, {FSM_INIT, FSM_SEND_ZERO, FSM_REASON_STOPPED, HANDOVER}},
      {5, ADVERT(0, LOW), {FSM_INIT, 0, NONE, KEEPS}},
      {6, ADVERT(1, LOW), {FSM_INIT, FSM_RELEASE, NONE, NEVER}}}},
    {"without a successor it ends by time, once",
     V2(PREEMPT, .handover = true),
     3,
     {{0, STOP, {FSM_INIT, FSM_SEND_ZERO, FSM_REASON_STOPPED, HANDOVER}},
      {HANDOVER, TIMER, {FSM_INIT, FSM_RELEASE, NONE, NEVER}},
      {HANDOVER + 1, ADVERT(100, LOW), {FSM_INIT, 0, NONE, NEVER}}}},
    {"a fault hands over too, and a stop meanwhile goes on with it",
     V3(PREEMPT, .handover = true),
     3,
     {{0, FAULT, {FSM_FAULT, FSM_SEND_ZERO, FSM_REASON_FAULT, HANDOVER}},
      {5, STOP, {FSM_INIT, 0, FSM_REASON_STOPPED, KEEPS}},
      {6, ADVERT(100, LOW), {FSM_INIT, FSM_RELEASE, NONE, NEVER}}}},
    {"where nobody can hear it, it lets go at once",
     V3(PREEMPT, .handover = true),
     1,
     {{0, UNHEARD, {FSM_FAULT, LEAVES, FSM_REASON_FAULT, NEVER}}}},
    {"a link that goes down meanwhile ends it",
     V3(PREEMPT, .handover = true),
     2,
     {{0, FAULT, {FSM_FAULT, FSM_SEND_ZERO, FSM_REASON_FAULT, HANDOVER}},
      {5, UNHEARD, {FSM_FAULT, FSM_RELEASE, NONE, NEVER}}}},
    {"a fault that is cleared meanwhile ends it",
     V3(PREEMPT, .handover = true),
     2,
     {{0, FAULT, {FSM_FAULT, FSM_SEND_ZERO, FSM_REASON_FAULT, HANDOVER}},
      {5, START, {FSM_BACKUP, FSM_RELEASE, FSM_REASON_CLEARED, 3 * S + 56 * S / 256}}}},
    {"handover off: at once",
     V3(PREEMPT),
     1,
     {{0, STOP, {FSM_INIT, LEAVES, FSM_REASON_STOPPED, NEVER}}}},
};

static void test_a_master_that_leaves_keeps_its_addresses_for_its_successor(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(handovers); i++) {
        struct fsm_state router = fsm_initial(&handovers[i].config, 200, &us);

        router.role = FSM_MASTER;
        router.deadline = now + S;
        for (size_t j = 0; j < handovers[i].count; j++) {
            const struct step *step = &handovers[i].steps[j];
            struct fsm_outcome got =
                fsm_step(&handovers[i].config, &router, &step->event, now + step->at);

            assert_becomes(&got, &step->to, router.deadline, now + step->at, handovers[i].name);
            router = got.state;
        }
        assert_fact(!router.handing_over, "%s: goes on", handovers[i].name);
    }
}

static void test_a_successor_on_a_busy_host_has_its_turn_before_a_handover_ends(void **state)
{
    static const struct {
        uint8_t version;
        int64_t interval;
        int64_t limit;
    } rows[] = {
        {3, S / 100, S / 20}, /* 15 ms would be a hole as soon as a processor is busy for as long */
        {3, S / 10, S / 10 * 255 / 256 * 3 / 2},
        {3, S, HANDOVER},
        {2, S / 100, HANDOVER}, /* its skew is a part of a second */
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct fsm_config config = {.version = rows[i].version,
                                          .advert_interval = rows[i].interval};

        assert_fact(fsm_handover_limit(&config) == rows[i].limit, "row %zu: %lld ns", i,
                    (long long)fsm_handover_limit(&config));
    }
}

/* ---- What it remembers, and its words ---------------------------------------------------------- */

static void test_a_backup_knows_whom_it_heard_and_whether_it_obeys(void **state)
{
    static const struct {
        const char *name;
        struct fsm_config config;
        uint8_t priority;
        bool obeys;
    } heard[] = {
        {"a better master", V3(PREEMPT), 150, true},
        {"an equal master", V3(PREEMPT), 100, true},
        {"a lower master", V3(PREEMPT), 50, false},
        {"a lower master, with nopreempt", V3(.preempt = false), 50, true},
        {"a lower master, within preempt_delay", V3(DELAY(S)), 50, true},
        {"one that gives up", V3(PREEMPT), 0, false},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(heard); i++) {
        const struct fsm_event advert = ADVERT(heard[i].priority, HIGH);
        const struct fsm_event start = START;
        const struct fsm_event stop = STOP;
        struct fsm_state router = fsm_initial(&heard[i].config, 100, &us);

        router = fsm_step(&heard[i].config, &router, &start, now).state;
        assert_fact(!inet_is_set(&router.master) && !router.obeys, "%s: before", heard[i].name);
        router = fsm_step(&heard[i].config, &router, &advert, now + 5).state;
        assert_fact(inet_equal(&router.master, &advert.source), "%s: who", heard[i].name);
        assert_fact(router.master_priority == heard[i].priority, "%s: priority", heard[i].name);
        assert_fact(router.heard_at == now + 5, "%s: when", heard[i].name);
        assert_fact(router.obeys == heard[i].obeys, "%s: obeys", heard[i].name);
        router = fsm_step(&heard[i].config, &router, &stop, now + 6).state;
        assert_fact(!inet_is_set(&router.master) && !router.obeys && !router.master_priority,
                    "%s: not forgotten", heard[i].name);
    }
}

static void test_a_backup_whose_priority_falls_to_the_masters_obeys_it(void **state)
{
    const struct fsm_event events[] = {START, ADVERT(50, HIGH), PRIORITY(51), PRIORITY(50)};
    const bool obeys[] = {false, false, false, true};
    struct fsm_state router = fsm_initial(&plain, 100, &us);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(events); i++) {
        router = fsm_step(&plain, &router, &events[i], now).state;
        assert_fact(router.obeys == obeys[i], "event %zu", i);
    }
}

static void test_a_tie_of_ipv6_routers_goes_by_all_sixteen_bytes(void **state)
{
    static const struct {
        const char *name;
        struct inet_addr other;
        enum fsm_role role;
    } ties[] = {
        {"lower in the last byte", {AF_INET6, {0xfe, 0x80, [15] = 9}}, FSM_MASTER},
        {"higher in the last byte", {AF_INET6, {0xfe, 0x80, [15] = 11}}, FSM_BACKUP},
        {"higher in an early byte", {AF_INET6, {0xfe, 0x80, [8] = 0x80}}, FSM_BACKUP},
    };
    const struct inet_addr own = {AF_INET6, {0xfe, 0x80, [15] = 10}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(ties); i++) {
        const struct fsm_event resume = RESUME;
        const struct fsm_event advert = ADVERT(100, ties[i].other);
        struct fsm_state router = fsm_initial(&plain, 100, &own);

        router = fsm_step(&plain, &router, &resume, now).state;
        router = fsm_step(&plain, &router, &advert, now).state;
        assert_fact(router.role == ties[i].role, "%s: is %s", ties[i].name,
                    fsm_role_text(router.role));
    }
}

static void test_roles_have_the_words_that_scripts_parse(void **state)
{
    (void)state;
    assert_string_equal(fsm_role_text(FSM_INIT), "INIT");
    assert_string_equal(fsm_role_text(FSM_BACKUP), "BACKUP");
    assert_string_equal(fsm_role_text(FSM_MASTER), "MASTER");
    assert_string_equal(fsm_role_text(FSM_FAULT), "FAULT");
}

static void test_every_reason_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < FSM_REASONS; i++) {
        const char *word = fsm_reason_word((enum fsm_reason)i);

        assert_non_null(word);
        assert_fact(word[0] && strspn(word, "abcdefghijklmnopqrstuvwxyz-") == strlen(word),
                    "reason %zu: %s", i, word);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(word, fsm_reason_word((enum fsm_reason)j));
        }
    }
}

/* ---- Reload ------------------------------------------------------------------------------------ */

static const struct fsm_config slow_2 = {
    .version = 2, .preempt = true, .down_adverts = 3, .advert_interval = 5 * S};
static const struct fsm_config slow_3 = {
    .version = 3, .preempt = true, .down_adverts = 3, .advert_interval = 5 * S};
static const struct fsm_config delayed = {.version = 2,
                                          .preempt = true,
                                          .down_adverts = 3,
                                          .advert_interval = 5 * S,
                                          .preempt_delay = 60 * S};
static const struct fsm_config patient = {.version = 3, .down_adverts = 3, .advert_interval = S};
static const struct fsm_config sooner = {
    .version = 3, .preempt = true, .down_adverts = 3, .advert_interval = S, .preempt_delay = 2 * S};
static const struct fsm_config grouped_now = {
    .version = 2, .preempt = true, .grouped = true, .down_adverts = 3, .advert_interval = S};

static const struct {
    const char *name;
    const struct fsm_config *config;
    struct fsm_state from;
    struct becomes to;
} retimed[] = {
    {"a backup waits by the new interval",
     &slow_2,
     {.role = FSM_BACKUP,
      .priority = 100,
      .address = US,
      .master = HIGH,
      .master_interval = S,
      .deadline = NOW + S,
      .waits_from = NOW,
      .preempt_at = CLOCK_NEVER,
      .obeys = true},
     {FSM_BACKUP, 0, NONE, 15 * S + 609375000}},
    {"in version 3 its master's interval counts",
     &slow_3,
     {.role = FSM_BACKUP,
      .priority = 100,
      .address = US,
      .master = HIGH,
      .master_interval = S,
      .deadline = NOW + S,
      .waits_from = NOW,
      .preempt_at = CLOCK_NEVER,
      .obeys = true},
     {FSM_BACKUP, 0, NONE, 3 * S + 609375000}},
    {"and ours while none was heard",
     &slow_3,
     {.role = FSM_BACKUP,
      .priority = 100,
      .address = US,
      .master_interval = S,
      .deadline = NOW + S,
      .waits_from = NOW,
      .preempt_at = CLOCK_NEVER},
     {FSM_BACKUP, 0, NONE, 15 * S + 3046875000}},
    {"preempt_delay goes on",
     &delayed,
     {.role = FSM_BACKUP,
      .priority = 100,
      .address = US,
      .master = HIGH,
      .master_interval = S,
      .deadline = NOW + 2 * S,
      .waits_from = NOW,
      .preempt_at = NOW + 2 * S,
      .obeys = true},
     {FSM_BACKUP, 0, NONE, 2 * S}},
    {"a master with a shorter interval speaks sooner",
     &plain,
     {.role = FSM_MASTER,
      .priority = 100,
      .address = US,
      .master_interval = 5 * S,
      .deadline = NOW + 4 * S,
      .preempt_at = CLOCK_NEVER},
     {FSM_MASTER, 0, NONE, S}},
    {"a master with a longer interval speaks when it was due",
     &slow_2,
     {.role = FSM_MASTER,
      .priority = 100,
      .address = US,
      .master_interval = S,
      .deadline = NOW + S / 2,
      .preempt_at = CLOCK_NEVER},
     {FSM_MASTER, 0, NONE, S / 2}},
    {"who waits for a group that is no more goes ahead",
     &plain,
     {.role = FSM_BACKUP,
      .priority = 100,
      .address = US,
      .master_interval = S,
      .deadline = CLOCK_NEVER,
      .preempt_at = CLOCK_NEVER,
      .wants_master = true},
     {FSM_MASTER, TAKES, FSM_REASON_GROUP, S}},
    {"who waits for its group waits on",
     &grouped_now,
     {.role = FSM_BACKUP,
      .priority = 100,
      .address = US,
      .master_interval = S,
      .deadline = NOW + S,
      .waits_from = NOW - 2 * S,
      .preempt_at = CLOCK_NEVER,
      .wants_master = true},
     {FSM_BACKUP, 0, NONE, DOWN - 2 * S}},
    {"nopreempt obeys the lower master from its last advert on",
     &patient,
     {.role = FSM_BACKUP,
      .priority = 100,
      .address = US,
      .master = HIGH,
      .master_priority = 50,
      .master_interval = S,
      .heard_at = NOW - S / 2,
      .deadline = NOW + 1,
      .waits_from = NOW - DOWN + 1,
      .preempt_at = NOW - 3 * S},
     {FSM_BACKUP, 0, NONE, DOWN - S / 2}},
    {"a shorter preempt_delay is over sooner",
     &sooner,
     {.role = FSM_BACKUP,
      .priority = 100,
      .address = US,
      .master = HIGH,
      .master_priority = 50,
      .master_interval = S,
      .heard_at = NOW,
      .deadline = NOW + DOWN,
      .waits_from = NOW,
      .preempt_at = NOW + 60 * S,
      .obeys = true},
     {FSM_BACKUP, 0, NONE, 2 * S}},
    {"who does not run does not begin to",
     &slow_2,
     {.role = FSM_FAULT,
      .priority = 100,
      .address = US,
      .master_interval = S,
      .deadline = CLOCK_NEVER,
      .preempt_at = CLOCK_NEVER},
     {FSM_FAULT, 0, NONE, NEVER}},
};

static void test_running_timers_follow_a_new_configuration(void **state)
{
    const struct fsm_event reconfigured = RECONFIGURED;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(retimed); i++) {
        struct fsm_outcome got = fsm_step(retimed[i].config, &retimed[i].from, &reconfigured, now);

        assert_becomes(&got, &retimed[i].to, retimed[i].from.deadline, now, retimed[i].name);
    }
}

/* @return the state after a PRIORITY event */
static struct fsm_outcome operate(const struct fsm_config *config, const struct fsm_state *from,
                                  uint8_t priority, bool demoted, int64_t at)
{
    const struct fsm_event event = {
        .kind = FSM_EVENT_PRIORITY, .priority = priority, .demoted = demoted};

    return fsm_step(config, from, &event, at);
}

static struct fsm_state master_of(uint8_t priority)
{
    return (struct fsm_state){.role = FSM_MASTER,
                              .priority = priority,
                              .address = us,
                              .master_interval = S,
                              .deadline = now + S,
                              .preempt_at = CLOCK_NEVER};
}

static void test_a_demoted_master_answers_until_its_successor_is_heard(void **state)
{
    struct fsm_config config = plain;
    const struct fsm_state master = master_of(150);
    const struct fsm_event successor = {
        .kind = FSM_EVENT_ADVERT, .priority = 100, .interval = S, .source = HIGH};
    struct fsm_outcome got;

    (void)state;
    config.handover = true;
    got = operate(&config, &master, 1, true, now);
    assert_int_equal(got.state.role, FSM_BACKUP);
    assert_int_equal(got.reason, FSM_REASON_DEMOTED);
    assert_int_equal(got.actions, FSM_SEND_ZERO);
    assert_true(got.state.handing_over);
    assert_int_equal(got.state.deadline, now + fsm_handover_limit(&config));
    got = fsm_step(&config, &got.state, &successor, now + S / 2);
    assert_int_equal(got.state.role, FSM_BACKUP);
    assert_int_equal(got.actions, FSM_RELEASE);
    assert_true(got.state.obeys && !got.state.handing_over);
    got = operate(&config, &got.state, 1, true, now + S); /* once is enough */
    assert_int_equal(got.actions, 0);
}

static void test_a_demoted_master_is_master_again_where_nobody_else_is(void **state)
{
    static const struct fsm_event due = {.kind = FSM_EVENT_TIMER};
    struct fsm_config config = plain;
    const struct fsm_state master = master_of(150);
    struct fsm_outcome got;

    (void)state;
    config.handover = true;
    got = operate(&config, &master, 1, true, now);
    got = fsm_step(&config, &got.state, &due, got.state.deadline);
    assert_int_equal(got.state.role, FSM_MASTER);
    assert_int_equal(got.reason, FSM_REASON_NOBODY);
    assert_false(got.actions & FSM_RELEASE);
    assert_true(got.state.demoted && !got.state.handing_over);
    got = operate(&config, &got.state, 1, true, now + 9 * S); /* it does not give up again */
    assert_int_equal(got.state.role, FSM_MASTER);
    got = operate(&config, &got.state, 150, false, now + 10 * S);
    assert_int_equal(got.state.role, FSM_MASTER);
    assert_false(got.state.demoted);
}

static void test_without_a_handover_a_demoted_master_lets_go_at_once(void **state)
{
    struct fsm_config config = plain;
    const struct fsm_state master = master_of(150);
    struct fsm_outcome got;

    (void)state;
    config.handover = false;
    got = operate(&config, &master, 1, true, now);
    assert_int_equal(got.actions, FSM_SEND_ZERO | FSM_RELEASE);
    assert_false(got.state.handing_over);
}

static void test_a_demoted_member_waits_for_its_group_and_lets_go_at_its_word(void **state)
{
    static const struct fsm_event due = {.kind = FSM_EVENT_TIMER};
    static const struct fsm_event yields = {.kind = FSM_EVENT_GROUP_BACKUP};
    static const struct fsm_event leads = {.kind = FSM_EVENT_GROUP_MASTER};
    struct fsm_config config = plain;
    const struct fsm_state master = master_of(150);
    struct fsm_outcome wish;
    struct fsm_outcome got;

    (void)state;
    config.handover = true;
    config.grouped = true;
    wish = operate(&config, &master, 1, true, now);
    wish = fsm_step(&config, &wish.state, &due, wish.state.deadline);
    assert_true(wish.state.wants_master && wish.state.handing_over);
    got = fsm_step(&config, &wish.state, &yields, now + 2 * S);
    assert_int_equal(got.actions, FSM_RELEASE);
    assert_false(got.state.handing_over);
    got = fsm_step(&config, &wish.state, &leads, now + 2 * S);
    assert_int_equal(got.state.role, FSM_MASTER);
    assert_false(got.actions & FSM_RELEASE || got.state.handing_over);
}

static void test_a_drained_master_leaves_as_one_that_stops(void **state)
{
    static const struct fsm_event drain = {.kind = FSM_EVENT_DRAIN};
    struct fsm_config config = plain;
    const struct fsm_state master = master_of(150);
    struct fsm_outcome got;

    (void)state;
    config.handover = true;
    got = fsm_step(&config, &master, &drain, now);
    assert_int_equal(got.state.role, FSM_INIT);
    assert_int_equal(got.reason, FSM_REASON_DRAINED);
    assert_int_equal(got.actions, FSM_SEND_ZERO);
    assert_true(got.state.handing_over);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_skew_and_down_interval_are_exact_to_the_nanosecond),
        cmocka_unit_test(test_every_state_answers_every_event),
        cmocka_unit_test(test_a_demoted_master_answers_until_its_successor_is_heard),
        cmocka_unit_test(test_a_demoted_master_is_master_again_where_nobody_else_is),
        cmocka_unit_test(test_without_a_handover_a_demoted_master_lets_go_at_once),
        cmocka_unit_test(test_a_demoted_member_waits_for_its_group_and_lets_go_at_its_word),
        cmocka_unit_test(test_a_drained_master_leaves_as_one_that_stops),
        cmocka_unit_test(test_routers_keep_their_course),
        cmocka_unit_test(test_reloads_do_not_put_a_takeover_off),
        cmocka_unit_test(test_grouped_routers_ask_their_group),
        cmocka_unit_test(test_a_recess_is_shorter_than_the_unit_of_the_skew_time),
        cmocka_unit_test(test_groups_that_give_up_at_once_part),
        cmocka_unit_test(test_a_master_that_leaves_keeps_its_addresses_for_its_successor),
        cmocka_unit_test(test_a_successor_on_a_busy_host_has_its_turn_before_a_handover_ends),
        cmocka_unit_test(test_a_backup_knows_whom_it_heard_and_whether_it_obeys),
        cmocka_unit_test(test_a_backup_whose_priority_falls_to_the_masters_obeys_it),
        cmocka_unit_test(test_a_tie_of_ipv6_routers_goes_by_all_sixteen_bytes),
        cmocka_unit_test(test_roles_have_the_words_that_scripts_parse),
        cmocka_unit_test(test_every_reason_has_a_word_of_its_own),
        cmocka_unit_test(test_running_timers_follow_a_new_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
