/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "base/loop.h"
#include "vrrp/beat.h"
#include "vrrp/grid.h"

#define MS CLOCK_MILLISECOND

static void test_the_first_tick_is_within_the_interval_and_on_the_grid(void **state)
{
    static const struct {
        int64_t now;
        int64_t interval;
        int64_t first;
    } rows[] = {
        {1000 * MS, 1000 * MS, 2000 * MS}, {1001 * MS, 1000 * MS, 2000 * MS},
        {1124 * MS, 1000 * MS, 2000 * MS}, {1125 * MS, 1000 * MS, 2125 * MS},
        {1007 * MS, 100 * MS, 1100 * MS},  {5, 4, 9},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_int_equal(grid_first(rows[i].now, rows[i].interval), rows[i].first);
    }
}

/* Members of one table, and what they do in their beats. */
struct hall {
    struct loop *loop;
    struct beat_table *table;
    struct beat_member members[3];
    unsigned calls[3];
    unsigned ticks;
    unsigned last_tick;         /* the loop stops after so many */
    struct beat_member *leaves; /* with the first beat of any */
};

struct seat {
    struct hall *hall;
    size_t number;
};

static void on_beat(void *argument, int64_t now, int64_t late)
{
    struct seat *seat = argument;

    (void)now;
    assert_true(late >= 0);
    seat->hall->calls[seat->number]++;
    if (seat->hall->leaves) {
        beat_leave(seat->hall->leaves);
        seat->hall->leaves = NULL;
    }
}

static void on_done(void *argument)
{
    struct hall *hall = argument;

    if (++hall->ticks >= hall->last_tick) {
        loop_stop(hall->loop);
    }
}

static void run(struct hall *hall, unsigned ticks)
{
    hall->ticks = 0;
    hall->last_tick = ticks;
    assert_int_equal(loop_run(hall->loop), 0);
}

static void test_members_of_one_interval_share_a_tick_and_may_leave_in_it(void **state)
{
    struct hall hall = {.loop = loop_new()};
    struct seat seats[3];

    (void)state;
    hall.table = beat_table_new(hall.loop, on_done, &hall);
    for (size_t i = 0; i < 3; i++) {
        seats[i] = (struct seat){&hall, i};
        hall.members[i] = (struct beat_member){.function = on_beat, .argument = &seats[i]};
        /* An interval so long that all join within one step of its grid, or two. */
        beat_join(hall.table, &hall.members[i], 80 * MS);
    }
    run(&hall, 4);
    for (size_t i = 0; i < 3; i++) {
        assert_in_range(hall.calls[i], 1, 4);
    }
    beat_join(hall.table, &hall.members[0], 80 * MS); /* again: it goes on as it does */
    hall.leaves = &hall.members[2];
    run(&hall, 2);
    hall.calls[2] = 0;
    run(&hall, 4);
    assert_int_equal(hall.calls[2], 0);
    for (size_t i = 0; i < 3; i++) {
        beat_leave(&hall.members[i]);
    }
    run(&hall, 1); /* the ticks that are empty come once more, and go */
    beat_table_free(hall.table);
    loop_free(hall.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_tick_is_within_the_interval_and_on_the_grid),
        cmocka_unit_test(test_members_of_one_interval_share_a_tick_and_may_leave_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
