/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "vrrp/track.h"

#define GOOD(weight_)                                                                              \
    {                                                                                              \
        .status = TRACK_GOOD, .weight = (weight_)                                                  \
    }
#define BAD(weight_)                                                                               \
    {                                                                                              \
        .status = TRACK_BAD, .weight = (weight_)                                                   \
    }
#define UNKNOWN(weight_)                                                                           \
    {                                                                                              \
        .status = TRACK_UNKNOWN, .weight = (weight_)                                               \
    }
#define GOOD_REV(weight_)                                                                          \
    {                                                                                              \
        .status = TRACK_GOOD, .weight = (weight_), .reverse = true                                 \
    }
#define BAD_REV(weight_)                                                                           \
    {                                                                                              \
        .status = TRACK_BAD, .weight = (weight_), .reverse = true                                  \
    }

static void test_a_tracker_adds_takes_or_faults(void **state)
{
    static const struct {
        struct track_input input;
        int contribution;
        bool fault;
    } rows[] = {
        /* a positive weight counts while it is well, a negative one while it is not */
        {GOOD(20), 20, false},
        {BAD(20), 0, false},
        {GOOD(-20), 0, false},
        {BAD(-20), -20, false},
        {UNKNOWN(20), 0, false},
        {UNKNOWN(-20), 0, false},
        /* reversed: the other sign */
        {GOOD_REV(20), -20, false},
        {BAD_REV(20), 0, false},
        {BAD_REV(-20), 20, false},
        {GOOD_REV(-20), 0, false},
        /* without a weight it is a condition */
        {GOOD(0), 0, false},
        {BAD(0), 0, true},
        {UNKNOWN(0), 0, false},
        {GOOD_REV(0), 0, true},
        {BAD_REV(0), 0, false},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_fact(track_contribution(&rows[i].input) == rows[i].contribution, "row %zu: adds %d",
                    i, track_contribution(&rows[i].input));
        assert_fact(track_demands_fault(&rows[i].input) == rows[i].fault, "row %zu: fault", i);
    }
}

/* B26: what is in a file counts with its weight. */
static void test_a_number_is_multiplied_by_its_weight(void **state)
{
    static const struct {
        int64_t value;
        int weight;
        bool reverse;
        int contribution;
        bool fault;
    } rows[] = {
        {7, 1, false, 7, false},
        {7, -2, false, -14, false},
        {7, 2, true, -14, false},
        {-3, -5, false, 15, false},
        {0, 9, false, 0, false},
        {253, -1, false, -253, false},
        {254, -1, false, -254, true},
        {-254, 1, false, -254, true},
        {127, -2, false, -254, true},
        {1000, 1, false, 254, false},
        {INT64_MAX, 254, false, 254, false},
        {INT64_MIN, 254, false, -254, true},
        {INT64_MIN, -254, false, 254, false},
        /* without a weight any number but 0 is a fault, or 0 where it is reversed */
        {0, 0, false, 0, false},
        {1, 0, false, 0, true},
        {-1, 0, false, 0, true},
        {0, 0, true, 0, true},
        {1, 0, true, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct track_input input = {.status = TRACK_GOOD,
                                          .numeric = true,
                                          .value = rows[i].value,
                                          .weight = rows[i].weight,
                                          .reverse = rows[i].reverse};

        assert_fact(track_contribution(&input) == rows[i].contribution, "row %zu: adds %d", i,
                    track_contribution(&input));
        assert_fact(track_demands_fault(&input) == rows[i].fault, "row %zu: fault", i);
    }
}

static void test_the_priority_is_the_sum_within_its_limits(void **state)
{
    static const struct {
        uint8_t base;
        struct track_input inputs[3];
        size_t count;
        struct track_output output;
    } rows[] = {
        {100, {GOOD(0)}, 0, {.priority = 100}},
        {100, {GOOD(20), BAD(-30)}, 2, {.priority = 90, .sum = -10}},
        {100, {GOOD(20), GOOD(30), GOOD(40)}, 3, {.priority = 190, .sum = 90}},
        {200, {GOOD(100)}, 1, {.priority = 254, .sum = 100}},
        {10, {BAD(-100)}, 1, {.priority = 1, .sum = -100}},
        {10, {BAD(-10)}, 1, {.priority = 1, .sum = -10}},
        {255, {BAD(-100)}, 1, {.priority = 255, .sum = -100}}, /* an owner stays one */
        {254, {GOOD(1)}, 1, {.priority = 254, .sum = 1}},
        {100, {BAD(0), GOOD(20)}, 2, {.priority = 120, .sum = 20, .fault = true}},
        {100, {UNKNOWN(0)}, 1, {.priority = 100, .waiting = true}},
        {100, {UNKNOWN(0), BAD(0)}, 2, {.priority = 100, .fault = true, .waiting = true}},
        {100, {UNKNOWN(-50)}, 1, {.priority = 100}}, /* nothing is known against it */
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct track_output *should = &rows[i].output;
        struct track_output is = track_evaluate(rows[i].base, rows[i].inputs, rows[i].count);

        assert_fact(is.priority == should->priority, "row %zu: priority %u", i, is.priority);
        assert_fact(is.sum == should->sum, "row %zu: sum %d", i, is.sum);
        assert_fact(is.fault == should->fault, "row %zu: fault", i);
        assert_fact(is.waiting == should->waiting, "row %zu: waiting", i);
    }
}

static void test_an_operator_counts_beside_trackers(void **state)
{
    static const struct {
        const char *name;
        uint8_t base;
        int sum;
        struct track_operator operator;
        uint8_t priority;
    } rows[] = {
        {"nothing is asked", 100, -10, {0}, 90},
        {"it adds", 100, -10, {.adjustment = 30}, 120},
        {"it takes", 100, 0, {.adjustment = -30}, 70},
        {"never above what is no owner's", 200, 0, {.adjustment = 253}, 254},
        {"never 0, which means giving up", 10, 0, {.adjustment = -253}, 1},
        {"demoted: the lowest, whatever else counts",
         200,
         50,
         {.adjustment = 50, .demoted = true},
         1},
        {"an owner is none of its business", 255, 0, {.adjustment = -50, .demoted = true}, 255},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct track_output output = {.sum = rows[i].sum};
        uint8_t is = track_operate(rows[i].base, &output, &rows[i].operator);

        assert_fact(is == rows[i].priority, "%s: %u", rows[i].name, is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tracker_adds_takes_or_faults),
        cmocka_unit_test(test_a_number_is_multiplied_by_its_weight),
        cmocka_unit_test(test_the_priority_is_the_sum_within_its_limits),
        cmocka_unit_test(test_an_operator_counts_beside_trackers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
