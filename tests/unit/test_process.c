/* SPDX-License-Identifier: Apache-2.0
 *
 * The limit of real-time CPU time: each test sets it in a process of its own.
 */
#include "unit.h"

#include "base/log.h"
#include "base/process.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    NOBODY = 65534,
    HARD_US = 900000,
    NO_PERMISSION = 77, /* exit status */
};

static void apply(uint32_t realtime_us, int realtime)
{
    const struct log_options options = {.lowest = LOG_LEVEL_ERROR};
    const struct process_settings settings = {.realtime = realtime, .realtime_us = realtime_us};
    struct log *log = log_new(&options);

    process_apply(&settings, log);
    log_free(log);
}

/* @return how the process ended that ran this */
static int status_of(void (*run)(void))
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        run();
        _exit(EXIT_SUCCESS);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Applies each in turn, without a privilege but for the first. The exit status is the row that failed. */
static void reload_limits(void)
{
    static const struct {
        uint32_t realtime_us;
        rlim_t soft;
    } rows[] = {
        {200000, 200000},       {400000, 400000}, /* raised */
        {0, HARD_US},                             /* removed */
        {1000, 1000},           {HARD_US, HARD_US},
        {HARD_US + 1, HARD_US}, /* more than may be: it stays as it was */
        {0, HARD_US},
    };
    struct rlimit limit = {.rlim_cur = HARD_US, .rlim_max = HARD_US};

    (void)setrlimit(RLIMIT_RTTIME, &limit);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        apply(rows[i].realtime_us, 0);
        if (getrlimit(RLIMIT_RTTIME, &limit) != 0 || limit.rlim_cur != rows[i].soft ||
            limit.rlim_max != HARD_US) {
            _exit((int)i + 1);
        }
        if (geteuid() == 0 && setuid(NOBODY) != 0) {
            _exit(EXIT_FAILURE);
        }
    }
}

static void test_a_limit_can_be_raised_and_removed_without_privileges(void **state)
{
    (void)state;
    assert_int_equal(status_of(reload_limits), 0);
}

/* Ended by SIGALRM where nothing else ends it. */
static void spin_in_real_time(void)
{
    (void)signal(SIGXCPU, SIG_IGN);
    apply(10000, 1);
    if (sched_getscheduler(0) != (SCHED_RR | SCHED_RESET_ON_FORK)) {
        _exit(NO_PERMISSION);
    }
    (void)alarm(5);
    for (volatile unsigned long turns = 0;;) {
        turns = turns + 1;
    }
}

static void test_who_exceeds_it_is_ended(void **state)
{
    int status = status_of(spin_in_real_time);

    (void)state;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_PERMISSION) {
        skip();
    }
    assert_fact(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU, "status %d", status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_limit_can_be_raised_and_removed_without_privileges),
        cmocka_unit_test(test_who_exceeds_it_is_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
