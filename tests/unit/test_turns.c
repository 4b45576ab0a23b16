/* SPDX-License-Identifier: Apache-2.0
 *
 * Work in short turns: each job once and in its order, and what is more urgent between them.
 */
#include "check/turns.h"

#include "unit.h"

#include "base/clock.h"
#include "base/loop.h"

#include <time.h>

enum { JOBS = 200, JOB_US = 150 };

struct work {
    struct loop *loop;
    struct turns *turns;
    struct turns_job jobs[JOBS];
    unsigned done;
    struct loop_timer *urgent;
    unsigned urgent_count;
    int64_t worst; /* ns late of the urgent timer, in CPU time of this thread */
    int64_t set;
};

static int64_t work_cpu(void)
{
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return (int64_t)now.tv_sec * CLOCK_SECOND + now.tv_nsec;
}

/* Eats CPU, as a step of a handshake does. */
static void work_job(void *argument)
{
    struct work *work = argument;
    int64_t end = work_cpu() + JOB_US * CLOCK_MICROSECOND;

    while (work_cpu() < end) {
    }
    if (++work->done == JOBS) {
        loop_stop(work->loop);
    }
}

static void work_urgent(void *argument, int64_t now, int64_t late)
{
    struct work *work = argument;
    int64_t took = work_cpu() - work->set;

    (void)late;
    work->urgent_count++;
    work->worst = took > work->worst ? took : work->worst;
    work->set = work_cpu();
    loop_timer_set(work->urgent,
                   now + 20 * CLOCK_MICROSECOND); /* not at once: others have a turn, too */
}

static void test_what_is_urgent_is_served_between_jobs(void **state)
{
    static struct work work;

    (void)state;
    work.loop = loop_new();
    work.turns = turns_new(work.loop);
    work.urgent = loop_timer_new(work.loop, LOOP_PRIORITY_VRRP, work_urgent, &work);
    for (int i = 0; i < JOBS; i++) {
        work.jobs[i].function = work_job;
        work.jobs[i].argument = &work;
        turns_add(work.turns, &work.jobs[i]);
        turns_add(work.turns, &work.jobs[i]); /* it waits already */
    }
    work.set = work_cpu();
    loop_timer_set(work.urgent, clock_now());
    assert_int_equal(loop_run(work.loop), 0);
    assert_int_equal(work.done, JOBS);
    assert_fact(work.urgent_count > JOBS / 3, "%u times", work.urgent_count);
    assert_fact(work.worst < CLOCK_MILLISECOND, "%lld ns of CPU between", (long long)work.worst);
    loop_timer_free(work.urgent);
    turns_free(work.turns);
    loop_free(work.loop);
}

static void note(void *argument)
{
    (*(unsigned *)argument)++;
}

static void stop(void *argument)
{
    loop_stop(argument);
}

static void test_a_job_that_was_taken_back_is_not_done(void **state)
{
    struct loop *loop = loop_new();
    struct turns *turns = turns_new(loop);
    unsigned count = 0;
    struct turns_job kept = {.function = note, .argument = &count};
    struct turns_job taken = {.function = note, .argument = &count};
    struct turns_job last = {.function = stop, .argument = loop};

    (void)state;
    turns_add(turns, &kept);
    turns_add(turns, &taken);
    turns_add(turns, &last);
    turns_remove(turns, &taken);
    turns_remove(turns, &taken);
    assert_int_equal(loop_run(loop), 0);
    assert_int_equal(count, 1);
    turns_free(turns);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_urgent_is_served_between_jobs),
        cmocka_unit_test(test_a_job_that_was_taken_back_is_not_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
