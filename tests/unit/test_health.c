/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "check/health.h"

#define S  CLOCK_SECOND
#define MS CLOCK_MILLISECOND

/* ---- One checker ------------------------------------------------------------------------------- */

/*
 * A checker's life in three strings, a letter for each result: what came (G good, B bad, - silent),
 * what it counts as afterwards (U up, D down), and when it looks again (L at its interval, R after
 * delay_before_retry, S within a second since the look could not be taken).
 */
struct life {
    const char *name;
    uint32_t retry;
    uint8_t alpha;
    bool starts_up;
    const char *results;
    const char *states;
    const char *looks;
    uint16_t rise;
    uint8_t patient;
};

static const struct life lives[] = {
    {"B40: counts as up before its first result", 1, 0, true, "", "", "", 0, 0},
    {"B40: the first failure takes it down without a retry", 3, 0, true, "B", "D", "L", 0, 0},
    {"B40: one success is enough to come up", 3, 0, true, "BG", "DU", "LL", 0, 0},
    {"B41: later, one failure is tried again", 1, 0, true, "GB", "UU", "LR", 0, 0},
    {"B41: later, it goes down after retry extra tries", 1, 0, true, "GBB", "UUD", "LRL", 0, 0},
    {"B41: three extra tries", 3, 0, true, "GBBBB", "UUUUD", "LRRRL", 0, 0},
    {"B41: without retries, later failures take it down at once too", 0, 0, true, "GB", "UD", "LL",
     0, 0},
    {"B41: a success resets the count", 2, 0, true, "GBBGBBB", "UUUUUUD", "LRRLRRL", 0, 0},
    {"B41: a down server is looked at every delay_loop", 2, 0, true, "BBBB", "DDDD", "LLLL", 0, 0},
    {"B41: after it came back it has its retries", 1, 0, true, "BGBB", "DUUD", "LLRL", 0, 0},
    {"B42: with alpha it starts down", 1, 1, false, "", "", "", 0, 0},
    {"B42: with alpha the first success brings it up", 1, 1, false, "G", "U", "L", 0, 0},
    {"B42: with alpha a first failure leaves it down", 1, 1, false, "BBG", "DDU", "LLL", 0, 0},
    {"B42: with alpha later failures have their retries", 1, 1, false, "GBB", "UUD", "LRL", 0, 0},
    {"a local error does not take it down", 0, 0, true, "---", "UUU", "SSS", 0, 0},
    {"a local error does not bring it up", 0, 1, false, "-G", "DU", "SL", 0, 0},
    {"a local error is no first result", 1, 0, true, "-B", "UD", "SL", 0, 0},
    {"a local error neither counts as a try nor resets the count", 1, 0, true, "GB-B", "UUUD",
     "LRSL", 0, 0},
    {"B43: one good url of several does not bring it up", 1, 0, true, "BPPG", "DDDU", "LLLL", 0, 0},
    {"B43: with alpha it takes all of them", 1, 1, false, "PPG", "DDU", "LLL", 0, 0},
    {"B43: while it is up one good url is a success", 1, 0, true, "PBPBB", "UUUUD", "LRLRL", 0, 0},
    {"fall: the first failure at the start has its tries too", 2, 0, true, "BBB", "UUD", "RRL", 0,
     1},
    {"fall 1: each failure takes it down", 0, 0, true, "GBGB", "UDUD", "LLLL", 0, 1},
    {"fall: with alpha it starts down and stays so", 2, 1, false, "BBG", "DDU", "LLL", 0, 1},
    {"rise 1 is one success", 0, 0, true, "BG", "DU", "LL", 1, 0},
    {"rise: so many successes in a row", 0, 0, true, "BGGG", "DDDU", "LLLL", 3, 0},
    {"rise: a failure between begins anew", 0, 0, true, "BGGBGGG", "DDDDDDU", "LLLLLLL", 3, 0},
    {"rise: a local error between does not", 0, 0, true, "BG-G", "DDDU", "LLSL", 2, 0},
    {"rise: with alpha at the start too", 1, 1, false, "GG", "DU", "LL", 2, 0},
    {"rise and fall: each counts its own", 1, 0, true, "GBGBBGBGG", "UUUUDDDDU", "LRLRLLLLL", 2, 1},
};

static const int64_t test_phase = 1000 * S;

static char look_of(const struct health_rules *rules, const struct health_step *step, int64_t now)
{
    if (step->next == health_next_look(test_phase, rules->delay_loop, now)) {
        return 'L';
    }
    if (step->next == now + rules->delay_before_retry) {
        return 'R';
    }
    return step->next == now + S ? 'S' : '?';
}

static void test_checkers_follow_b40_to_b42(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(lives); i++) {
        const struct life *life = &lives[i];
        const struct health_rules rules = {.delay_loop = 60 * S,
                                           .delay_before_retry = 3 * S,
                                           .retry = life->retry,
                                           .alpha = life->alpha,
                                           .rise = life->rise,
                                           .patient = life->patient};
        struct health_step step = {health_check_start(&rules), 0};
        int64_t now = test_phase + 7 * S;

        assert_fact(step.state.up == life->starts_up, "%s: wrong at the start", life->name);
        assert_fact(!step.state.known, "%s: known before any result", life->name);
        for (size_t j = 0; life->results[j]; j++) {
            enum health_result result = life->results[j] == 'G'   ? HEALTH_GOOD
                                        : life->results[j] == 'B' ? HEALTH_BAD
                                        : life->results[j] == 'P' ? HEALTH_PARTLY
                                                                  : HEALTH_SILENT;

            step = health_check_step(&rules, step.state, result, test_phase, now);
            assert_fact(step.state.up == (life->states[j] == 'U'), "%s: result %zu: is %s",
                        life->name, j, step.state.up ? "up" : "down");
            assert_fact(look_of(&rules, &step, now) == life->looks[j], "%s: result %zu: looks %c",
                        life->name, j, look_of(&rules, &step, now));
            now += 5 * S;
        }
    }
}

static void test_failures_in_a_row_are_counted_while_down_and_do_not_wrap(void **state)
{
    const struct health_rules rules = {.delay_loop = S, .retry = 1};
    struct health_check check = {.up = false, .known = true, .fails = 41};

    (void)state;
    check = health_check_step(&rules, check, HEALTH_BAD, 0, 0).state;
    assert_int_equal(check.fails, 42);
    check.fails = UINT32_MAX;
    check = health_check_step(&rules, check, HEALTH_BAD, 0, 0).state;
    assert_int_equal(check.fails, UINT32_MAX);
    assert_false(check.up);
    check = health_check_step(&rules, check, HEALTH_GOOD, 0, 0).state;
    assert_int_equal(check.fails, 0);
}

/* Whether it has failed since it last came up, after each result; Y or N. */
static void test_to_come_up_is_a_recovery_after_a_failure_alone(void **state)
{
    static const struct {
        const char *name;
        uint8_t alpha;
        uint16_t rise;
        const char *results;
        const char *failed;
    } rows[] = {
        {"the first success with alpha is none", 1, 1, "GG", "NN"},
        {"nor where it takes several", 1, 3, "GGG", "NNN"},
        {"with alpha a failure before it makes it one", 1, 1, "BG", "YN"},
        {"a failure that the tries forgave is forgotten", 0, 1, "GBG", "NYN"},
        {"it is one until it is up", 0, 2, "BGG", "YYN"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct health_rules rules = {
            .delay_loop = S, .retry = 1, .alpha = rows[i].alpha, .rise = rows[i].rise};
        struct health_check check = health_check_start(&rules);

        for (size_t j = 0; rows[i].results[j]; j++) {
            enum health_result result = rows[i].results[j] == 'G' ? HEALTH_GOOD : HEALTH_BAD;

            check = health_check_step(&rules, check, result, 0, 0).state;
            assert_fact(check.failed == (rows[i].failed[j] == 'Y'), "%s: result %zu", rows[i].name,
                        j);
        }
    }
}

static void test_a_local_error_is_tried_again_within_the_interval(void **state)
{
    const struct health_rules rules = {.delay_loop = S / 100};
    struct health_check check = {.up = true, .known = true};

    (void)state;
    assert_int_equal(health_check_step(&rules, check, HEALTH_SILENT, 0, S / 1000).next, S / 100);
}

/* ---- When to look ------------------------------------------------------------------------------ */

static void test_looks_stay_on_their_grid(void **state)
{
    static const struct {
        int64_t phase, interval, now, next;
    } rows[] = {
        {100, 10, 0, 100},   {100, 10, 99, 100},  {100, 10, 100, 110}, {100, 10, 109, 110},
        {100, 10, 110, 120}, {100, 10, 135, 140}, {100, 1, 100, 101},  {0, 60 * S, 1, 60 * S},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int64_t next = health_next_look(rows[i].phase, rows[i].interval, rows[i].now);

        assert_fact(next == rows[i].next, "row %zu: %lld", i, (long long)next);
    }
}

static const uint64_t hashes[] = {0, 1, UINT64_C(0x0123456789abcdef), UINT64_C(1) << 63,
                                  UINT64_MAX};

static void test_spread_fills_the_span_evenly_and_never_reaches_its_end(void **state)
{
    unsigned buckets[10] = {0};

    (void)state;
    assert_int_equal(health_spread(UINT64_MAX, 0), 0);
    assert_int_equal(health_spread(0, S), 0);
    for (uint64_t i = 0; i < 1000; i++) {
        buckets[health_spread(i * UINT64_C(0x9e3779b97f4a7c15), 10)]++;
    }
    for (size_t i = 0; i < UNIT_COUNT(hashes); i++) {
        int64_t part = health_spread(hashes[i], S);

        assert_fact(part >= 0 && part < S, "hash %zu: %lld", i, (long long)part);
    }
    for (size_t i = 0; i < 10; i++) {
        assert_fact(buckets[i] > 70 && buckets[i] < 130, "bucket %zu has %u", i, buckets[i]);
    }
}

static void test_a_new_checker_begins_after_a_second_and_within_its_warmup(void **state)
{
    static const struct {
        int64_t delay_loop, warmup;
    } rows[] = {{6 * S, 6 * S}, {6 * S, 0}, {6 * S, 2 * S}, {6 * S, 100 * S}, {1000, 0}};
    const int64_t start = 50 * S;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct health_rules rules = {.delay_loop = rows[i].delay_loop,
                                           .warmup = rows[i].warmup};
        int64_t spread = rows[i].warmup > rows[i].delay_loop ? rows[i].warmup : rows[i].delay_loop;

        for (size_t j = 0; j < UNIT_COUNT(hashes); j++) {
            struct health_plan plan = health_plan_start(&rules, hashes[j], start);

            assert_fact(plan.first >= start + S && plan.first <= start + S + rows[i].warmup,
                        "row %zu, hash %zu: first look out of its range", i, j);
            assert_fact(plan.phase >= plan.first && plan.phase < start + S + spread,
                        "row %zu, hash %zu: grid out of its range", i, j);
            assert_fact(rows[i].warmup < rows[i].delay_loop || plan.phase == plan.first,
                        "row %zu, hash %zu: the first look is not of the grid", i, j);
        }
    }
}

static void test_a_changed_checker_looks_soon_and_returns_to_an_even_grid(void **state)
{
    static const struct {
        int64_t delay_loop, soon;
    } rows[] = {{60 * S, 3 * S}, {2 * S, 2 * S}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct health_rules rules = {.delay_loop = rows[i].delay_loop, .warmup = 1000 * S};

        for (size_t j = 0; j < UNIT_COUNT(hashes); j++) {
            struct health_plan plan = health_plan_soon(&rules, hashes[j], 70 * S);

            assert_fact(plan.first >= 70 * S && plan.first < 70 * S + rows[i].soon,
                        "row %zu, hash %zu: not soon", i, j);
            assert_fact(plan.phase >= 70 * S && plan.phase < 70 * S + rows[i].delay_loop,
                        "row %zu, hash %zu: grid out of its range", i, j);
        }
    }
}

/* ---- A server ---------------------------------------------------------------------------------- */

#define READY HEALTH_ADMIN_READY
#define DRAIN HEALTH_ADMIN_DRAIN
#define MAINT HEALTH_ADMIN_MAINT

/* Its weight is 5, or the row's; 8 while its service fails open. */
static const struct {
    const char *name;
    enum health_mode mode;
    bool up;
    bool inhibit;
    enum health_admin admin;
    uint32_t weight_given;
    uint8_t steps;
    bool present;
    uint32_t weight;
    uint32_t live;
} places[] = {
    {"up", HEALTH_MODE_CHECKED, true, false, READY, 5, 0, true, 5, 5},
    {"up with weight 0", HEALTH_MODE_CHECKED, true, false, READY, 0, 0, true, 0, 0},
    {"down is removed", HEALTH_MODE_CHECKED, false, false, READY, 5, 0, false, 0, 0},
    {"B50: down with inhibit has weight 0", HEALTH_MODE_CHECKED, false, true, READY, 5, 0, true, 0,
     0},
    {"B49: up is removed while the sorry server is in", HEALTH_MODE_SORRY, true, false, READY, 5, 0,
     false, 0, 5},
    {"B49, B50: with inhibit it stays with weight 0", HEALTH_MODE_SORRY, true, true, READY, 5, 0,
     true, 0, 5},
    {"drained keeps its connections", HEALTH_MODE_CHECKED, true, false, DRAIN, 5, 0, true, 0, 0},
    {"drained keeps them under a sorry server too", HEALTH_MODE_SORRY, true, false, DRAIN, 5, 0,
     true, 0, 0},
    {"drained and down is removed", HEALTH_MODE_CHECKED, false, false, DRAIN, 5, 0, false, 0, 0},
    {"in maintenance is removed", HEALTH_MODE_CHECKED, true, false, MAINT, 5, 0, false, 0, 0},
    {"in maintenance with inhibit has weight 0", HEALTH_MODE_CHECKED, true, true, MAINT, 5, 0, true,
     0, 0},
    {"fail open: down is used", HEALTH_MODE_OPEN, false, false, READY, 5, 0, true, 8, 0},
    {"fail open: up has its configured weight too", HEALTH_MODE_OPEN, true, false, READY, 5, 0,
     true, 8, 5},
    {"fail open: down with inhibit is used", HEALTH_MODE_OPEN, false, true, READY, 5, 0, true, 8,
     0},
    {"fail open: a slow start is over", HEALTH_MODE_OPEN, true, false, READY, 5, 20, true, 8, 5},
    {"fail open: in maintenance is out", HEALTH_MODE_OPEN, true, false, MAINT, 5, 0, false, 0, 0},
    {"fail open: drained stays drained, down too", HEALTH_MODE_OPEN, false, false, DRAIN, 5, 0,
     true, 0, 0},
    {"slow start: its begin is 1; quorum counts all", HEALTH_MODE_CHECKED, true, false, READY, 100,
     20, true, 1, 100},
    {"slow start: half", HEALTH_MODE_CHECKED, true, false, READY, 100, 10, true, 50, 100},
    {"slow start: the last step", HEALTH_MODE_CHECKED, true, false, READY, 100, 1, true, 95, 100},
    {"slow start: of weight 0", HEALTH_MODE_CHECKED, true, false, READY, 0, 10, true, 0, 0},
};

static void test_servers_have_their_place_in_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(places); i++) {
        const struct health_server server = {.weight = places[i].weight_given,
                                             .up = places[i].up,
                                             .inhibit = places[i].inhibit,
                                             .admin = places[i].admin,
                                             .steps = places[i].steps,
                                             .open_weight = 8};
        struct health_view view = health_server_view(&server, places[i].mode);

        assert_fact(view.present == places[i].present, "%s: present %d", places[i].name,
                    view.present);
        assert_fact(view.weight == places[i].weight, "%s: weight %u", places[i].name, view.weight);
        assert_fact(health_server_live_weight(&server) == places[i].live, "%s: live weight",
                    places[i].name);
    }
}

/* ---- Slow start -------------------------------------------------------------------------------- */

static void test_a_slow_start_has_equal_steps_and_an_end(void **state)
{
    static const struct {
        int64_t start, span, now;
        uint32_t step;
        int64_t next;
    } rows[] = {
        {100 * S, 20 * S, 100 * S, 0, 101 * S},
        {100 * S, 20 * S, 99 * S, 0, 101 * S}, /* a clock that was read earlier */
        {100 * S, 20 * S, 100 * S + 999 * MS, 0, 101 * S},
        {100 * S, 20 * S, 101 * S, 1, 102 * S},
        {100 * S, 20 * S, 119 * S, 19, 120 * S},
        {100 * S, 20 * S, 120 * S, 20, CLOCK_NEVER},
        {100 * S, 20 * S, 500 * S, 20, CLOCK_NEVER},
        {100 * S, 0, 100 * S, 20, CLOCK_NEVER},
        {0, 1000, 49, 0, 50},
        {0, 7, 19, 19, 20}, /* shorter than its steps */
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint32_t step = health_ramp_step(rows[i].start, rows[i].span, rows[i].now);
        int64_t next = health_ramp_next(rows[i].start, rows[i].span, rows[i].now);

        assert_fact(step == rows[i].step, "row %zu: step %u", i, step);
        assert_fact(next == rows[i].next, "row %zu: next %lld", i, (long long)next);
    }
}

/* Each step is later than the one before, whatever the span: the timer cannot spin. */
static void test_a_slow_start_comes_to_its_end_in_twenty_steps(void **state)
{
    static const int64_t spans[] = {1000, 1001, 999999999, S, 30 * S, 4294967295 * S};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(spans); i++) {
        int64_t now = 77 * S;
        unsigned steps = 0;

        for (int64_t next; (next = health_ramp_next(77 * S, spans[i], now)) != CLOCK_NEVER;
             now = next) {
            assert_fact(next > now && ++steps <= HEALTH_RAMP_STEPS, "span %zu: step %u", i, steps);
        }
        assert_fact(steps == HEALTH_RAMP_STEPS, "span %zu: %u steps", i, steps);
    }
}

static void test_a_slow_start_gives_shares_of_the_weight(void **state)
{
    static const struct {
        uint32_t weight, step, share;
    } rows[] = {{100, 0, 1},
                {100, 1, 5},
                {100, 10, 50},
                {100, 20, 100},
                {3, 6, 1},
                {3, 7, 1},
                {3, 14, 2},
                {3, 20, 3},
                {1, 0, 1},
                {0, 5, 0},
                {INT32_MAX, 20, INT32_MAX},
                {INT32_MAX, 19, 2040109464}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint32_t share = health_ramp_weight(rows[i].weight, rows[i].step);

        assert_fact(share == rows[i].share, "row %zu: %u", i, share);
    }
}

/* ---- A service that fails open ----------------------------------------------------------------- */

static void test_a_service_fails_open_below_its_floor(void **state)
{
    static const struct {
        const char *name;
        struct health_floor floor;
        bool sorry;
        uint32_t ready, up;
        enum health_mode mode;
    } rows[] = {
        {"no floor", {0, false}, false, 4, 0, HEALTH_MODE_CHECKED},
        {"all up", {50, true}, false, 4, 4, HEALTH_MODE_CHECKED},
        {"at the share", {50, true}, false, 4, 2, HEALTH_MODE_CHECKED},
        {"below the share", {50, true}, false, 4, 1, HEALTH_MODE_OPEN},
        {"a share is rounded up", {50, true}, false, 3, 1, HEALTH_MODE_OPEN},
        {"a small share wants one", {1, true}, false, 3, 0, HEALTH_MODE_OPEN},
        {"all of them", {100, true}, false, 3, 2, HEALTH_MODE_OPEN},
        {"a number", {2, false}, false, 9, 1, HEALTH_MODE_OPEN},
        {"a number that is reached", {2, false}, false, 9, 2, HEALTH_MODE_CHECKED},
        {"more than there are is all", {9, false}, false, 3, 3, HEALTH_MODE_CHECKED},
        {"more than there are is all, and one is down", {9, false}, false, 3, 2, HEALTH_MODE_OPEN},
        {"no server is left to the checks", {50, true}, false, 0, 0, HEALTH_MODE_CHECKED},
        {"the sorry server comes first", {50, true}, true, 4, 0, HEALTH_MODE_SORRY},
        {"a sorry server without a floor", {0, false}, true, 4, 0, HEALTH_MODE_SORRY},
        {"large", {100, true}, false, UINT32_MAX, UINT32_MAX - 1, HEALTH_MODE_OPEN},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        enum health_mode mode =
            health_service_mode(rows[i].floor, rows[i].sorry, rows[i].ready, rows[i].up);

        assert_fact(mode == rows[i].mode, "%s: %d", rows[i].name, (int)mode);
    }
}

/* ---- The rest ---------------------------------------------------------------------------------- */

static void test_the_sorry_server_is_in_while_quorum_is_lost(void **state)
{
    struct health_view view = health_sorry_view(1, false, true);

    (void)state;
    assert_true(view.present && view.weight == 1);
    view = health_sorry_view(1, false, false);
    assert_true(!view.present && view.weight == 0);
    view = health_sorry_view(1, true, false);
    assert_true(view.present && view.weight == 0);
    view = health_sorry_view(1, true, true);
    assert_true(view.present && view.weight == 1);
}

static void test_admin_states_have_names(void **state)
{
    (void)state;
    assert_string_equal(health_admin_name(HEALTH_ADMIN_READY), "ready");
    assert_string_equal(health_admin_name(HEALTH_ADMIN_DRAIN), "drain");
    assert_string_equal(health_admin_name(HEALTH_ADMIN_MAINT), "maint");
}

/* ---- A service --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    struct health_quorum quorum;
    uint64_t gain;
    uint64_t lose;
} bounds_rows[] = {
    {"default: one of two", {1, 0, 2}, 1, 1},
    {"B48: quorum 3 with hysteresis 1 of 5", {3, 1, 5}, 4, 2},
    {"B48: a quorum above the total is the total", {9, 0, 4}, 4, 4},
    {"B48: a hysteresis not below the quorum is quorum - 1", {3, 3, 9}, 5, 1},
    {"B48: a huge hysteresis too", {3, UINT32_MAX, 9}, 5, 1},
    {"all alive is always enough", {3, 2, 4}, 4, 1},
    {"quorum 0 counts as 1", {0, 0, 4}, 1, 1},
    {"no weight at all cannot have quorum", {2, 1, 0}, 3, 1},
    {"large weights", {UINT32_MAX, 1, UINT64_C(1) << 40}, UINT64_C(0x100000000), 0xfffffffe},
};

static void test_quorum_has_two_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bounds_rows); i++) {
        struct health_bounds bounds = health_quorum_bounds(&bounds_rows[i].quorum);

        assert_fact(bounds.gain == bounds_rows[i].gain, "%s: gained at %llu", bounds_rows[i].name,
                    (unsigned long long)bounds.gain);
        assert_fact(bounds.lose == bounds_rows[i].lose, "%s: lost below %llu", bounds_rows[i].name,
                    (unsigned long long)bounds.lose);
    }
}

static const struct {
    const char *name;
    struct health_quorum quorum;
    const char *live; /* a digit for each step */
    const char *met;  /* Y or N after it */
} courses[] = {
    {"default", {1, 0, 2}, "21012", "YYNYY"},
    {"not before it is gained", {3, 1, 5}, "0234", "NNNY"},
    {"hysteresis keeps it between the bounds", {3, 1, 5}, "4321234", "YYYNNNY"},
    {"lost at 0 whatever the bounds", {1, 0, 2}, "10", "YN"},
    {"servers of weight 0 alone have none", {1, 0, 0}, "0", "N"},
};

static const struct {
    const char *name;
    struct health_change changes[3];
    uint32_t configured;
    uint32_t weight;
} weights[] = {
    {"none", {{HEALTH_CHANGE_NONE, 9}}, 5, 5},
    {"added", {{HEALTH_CHANGE_ADD, 3}}, 5, 8},
    {"taken off, not below 0", {{HEALTH_CHANGE_ADD, -9}}, 5, 0},
    {"set", {{HEALTH_CHANGE_SET, 20}}, 5, 20},
    {"set to 0", {{HEALTH_CHANGE_SET, 0}}, 5, 0},
    {"a part", {{HEALTH_CHANGE_PERCENT, 75}}, 100, 75},
    {"more than all", {{HEALTH_CHANGE_PERCENT, 250}}, 4, 10},
    {"summed by B47", {{HEALTH_CHANGE_SET, 20}, {HEALTH_CHANGE_SET, 3}}, 5, 18},
    {"of each kind",
     {{HEALTH_CHANGE_SET, 20}, {HEALTH_CHANGE_ADD, 1}, {HEALTH_CHANGE_PERCENT, 50}},
     10,
     16},
    {"drained, whatever others add",
     {{HEALTH_CHANGE_ADD, INT32_MAX}, {HEALTH_CHANGE_DRAIN, 0}, {HEALTH_CHANGE_SET, INT32_MAX}},
     INT32_MAX,
     0},
    {"not above the highest", {{HEALTH_CHANGE_ADD, INT32_MAX}}, INT32_MAX, INT32_MAX},
};

static void test_weights_change_by_the_sum_of_their_checks(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(weights); i++) {
        int64_t delta = 0;

        for (size_t j = 0; j < UNIT_COUNT(weights[i].changes); j++) {
            delta += health_change_delta(weights[i].changes[j], weights[i].configured);
        }
        assert_fact(health_weight(weights[i].configured, delta) == weights[i].weight, "%s: %u",
                    weights[i].name, health_weight(weights[i].configured, delta));
    }
}

static void test_a_check_with_a_weight_adds_it_as_a_script_does(void **state)
{
    static const struct {
        int32_t weight;
        bool up;
        int64_t delta;
    } rows[] = {{5, true, 5},
                {5, false, 0},
                {-5, true, 0},
                {-5, false, -5},
                {0, true, 0},
                {0, false, 0},
                {INT32_MAX, true, INT32_MAX},
                {-INT32_MAX, false, -INT32_MAX}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_fact(health_check_delta(rows[i].weight, rows[i].up) == rows[i].delta, "row %zu", i);
    }
}

static void test_quorum_is_gained_and_lost_by_b48(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(courses); i++) {
        bool met = false;

        for (size_t j = 0; courses[i].live[j]; j++) {
            met = health_quorum_step(&courses[i].quorum, met, (uint64_t)(courses[i].live[j] - '0'));
            assert_fact(met == (courses[i].met[j] == 'Y'), "%s: step %zu", courses[i].name, j);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checkers_follow_b40_to_b42),
        cmocka_unit_test(test_failures_in_a_row_are_counted_while_down_and_do_not_wrap),
        cmocka_unit_test(test_to_come_up_is_a_recovery_after_a_failure_alone),
        cmocka_unit_test(test_a_slow_start_has_equal_steps_and_an_end),
        cmocka_unit_test(test_a_slow_start_comes_to_its_end_in_twenty_steps),
        cmocka_unit_test(test_a_slow_start_gives_shares_of_the_weight),
        cmocka_unit_test(test_a_service_fails_open_below_its_floor),
        cmocka_unit_test(test_a_check_with_a_weight_adds_it_as_a_script_does),
        cmocka_unit_test(test_a_local_error_is_tried_again_within_the_interval),
        cmocka_unit_test(test_looks_stay_on_their_grid),
        cmocka_unit_test(test_spread_fills_the_span_evenly_and_never_reaches_its_end),
        cmocka_unit_test(test_a_new_checker_begins_after_a_second_and_within_its_warmup),
        cmocka_unit_test(test_a_changed_checker_looks_soon_and_returns_to_an_even_grid),
        cmocka_unit_test(test_servers_have_their_place_in_the_table),
        cmocka_unit_test(test_the_sorry_server_is_in_while_quorum_is_lost),
        cmocka_unit_test(test_admin_states_have_names),
        cmocka_unit_test(test_weights_change_by_the_sum_of_their_checks),
        cmocka_unit_test(test_quorum_has_two_bounds),
        cmocka_unit_test(test_quorum_is_gained_and_lost_by_b48),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
