/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/loop.h"
#include "base/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/* The state of each test. */
struct work {
    struct loop *loop;
    pthread_t worker_thread;
    sigset_t blocked; /* in the worker's thread */
    atomic_bool ran;
    unsigned done; /* calls */
    pthread_t done_thread;
    void *result; /* as `done` got it */
};

static int work_begin(void **state)
{
    static struct work work;

    memset(&work, 0, sizeof(work));
    work.loop = loop_new();
    *state = &work;
    return work.loop ? 0 : -1;
}

static int work_end(void **state)
{
    const struct work *work = *state;

    loop_free(work->loop);
    return 0;
}

static void *work_run(void *argument)
{
    struct work *work = argument;

    work->worker_thread = pthread_self();
    (void)pthread_sigmask(SIG_SETMASK, NULL, &work->blocked);
    atomic_store(&work->ran, true);
    return &work->ran;
}

static void work_done(void *argument, void *result)
{
    struct work *work = argument;

    work->done++;
    work->done_thread = pthread_self();
    work->result = result;
    loop_stop(work->loop);
}

static void test_the_work_runs_on_a_thread_and_its_result_comes_to_the_loop_once(void **state)
{
    struct work *work = *state;

    assert_non_null(worker_start(work->loop, work_run, work_done, work));
    assert_int_equal(work->done, 0);
    assert_int_equal(loop_run(work->loop), 0);
    assert_int_equal(work->done, 1);
    assert_ptr_equal(work->result, &work->ran);
    assert_false(pthread_equal(work->worker_thread, pthread_self()));
    assert_true(pthread_equal(work->done_thread, pthread_self()));
}

static void test_signals_are_blocked_there_and_as_they_were_here(void **state)
{
    static const int signals[] = {SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGCHLD, SIGALRM};
    struct work *work = *state;
    sigset_t before;
    sigset_t after;

    (void)pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_non_null(worker_start(work->loop, work_run, work_done, work));
    (void)pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(loop_run(work->loop), 0);
    for (size_t i = 0; i < UNIT_COUNT(signals); i++) {
        assert_fact(sigismember(&work->blocked, signals[i]), "signal %d would come to the worker",
                    signals[i]);
        assert_int_equal(sigismember(&after, signals[i]), sigismember(&before, signals[i]));
    }
}

static void test_cancelled_work_gives_its_result_to_the_caller_alone(void **state)
{
    struct work *work = *state;
    struct worker *worker = worker_start(work->loop, work_run, work_done, work);

    assert_non_null(worker);
    assert_ptr_equal(worker_cancel(worker), &work->ran);
    assert_true(atomic_load(&work->ran));
    /* Another worker's end shows that the loop has nothing left of the first. */
    assert_non_null(worker_start(work->loop, work_run, work_done, work));
    assert_int_equal(loop_run(work->loop), 0);
    assert_int_equal(work->done, 1);
    assert_null(worker_cancel(NULL));
}

struct chain {
    struct work work;
    unsigned left;
};

static void *chain_run(void *argument)
{
    return argument;
}

static void chain_done(void *argument, void *result)
{
    struct chain *chain = argument;

    assert_ptr_equal(result, chain);
    if (--chain->left == 0) {
        loop_stop(chain->work.loop);
    } else {
        assert_non_null(worker_start(chain->work.loop, chain_run, chain_done, chain));
    }
}

static void test_the_end_of_one_may_start_the_next(void **state)
{
    const struct work *work = *state;
    struct chain chain = {.work.loop = work->loop, .left = 20};

    assert_non_null(worker_start(work->loop, chain_run, chain_done, &chain));
    assert_int_equal(loop_run(work->loop), 0);
    assert_int_equal(chain.left, 0);
}

#define WORK_TEST(function) cmocka_unit_test_setup_teardown(function, work_begin, work_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORK_TEST(test_the_work_runs_on_a_thread_and_its_result_comes_to_the_loop_once),
        WORK_TEST(test_signals_are_blocked_there_and_as_they_were_here),
        WORK_TEST(test_cancelled_work_gives_its_result_to_the_caller_alone),
        WORK_TEST(test_the_end_of_one_may_start_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
