/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "base/loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

enum { CROWD = 500 };

struct crowd {
    struct loop *loop;
    int urgent_fd;
    unsigned served; /* of the crowd */
    unsigned served_before_urgent;
    struct loop_watch *watches[CROWD];
    int fds[CROWD];
};

static void one_of_the_crowd(void *argument)
{
    struct crowd *crowd = argument;

    if (crowd->served++ == 0) {
        assert_int_equal(eventfd_write(crowd->urgent_fd, 1), 0);
    }
    if (crowd->served > 2 * CROWD) {
        loop_stop(crowd->loop); /* the urgent one never came */
    }
}

static void urgent(void *argument)
{
    struct crowd *crowd = argument;

    crowd->served_before_urgent = crowd->served;
    loop_stop(crowd->loop);
}

static void test_a_crowd_of_ready_events_does_not_hold_up_an_urgent_one(void **state)
{
    static struct crowd crowd;
    struct loop_watch *watch;

    (void)state;
    crowd.loop = loop_new();
    crowd.urgent_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    watch = loop_watch_new(crowd.loop, LOOP_PRIORITY_VRRP, crowd.urgent_fd, false, urgent, &crowd);
    for (int i = 0; i < CROWD; i++) {
        crowd.fds[i] = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
        crowd.watches[i] = loop_watch_new(crowd.loop, LOOP_PRIORITY_NORMAL, crowd.fds[i], false,
                                          one_of_the_crowd, &crowd);
    }
    assert_int_equal(loop_run(crowd.loop), 0);
    /* Batches of 8, and a few of them while libevent's list of what epoll tells grows to the crowd. */
    assert_true(crowd.served_before_urgent > 0);
    assert_fact(crowd.served_before_urgent <= 64, "%u others went first",
                crowd.served_before_urgent);
    for (int i = 0; i < CROWD; i++) {
        loop_watch_free(crowd.watches[i]);
        (void)close(crowd.fds[i]);
    }
    loop_watch_free(watch);
    (void)close(crowd.urgent_fd);
    loop_free(crowd.loop);
}

static void test_others_get_as_much_more_time_as_we_were_late(void **state)
{
    static const struct {
        int64_t late;
        int64_t grace;
    } rows[] = {
        {-1, 0},
        {0, 0},
        {49 * CLOCK_MILLISECOND, 0},
        {50 * CLOCK_MILLISECOND, 50 * CLOCK_MILLISECOND},
        {700 * CLOCK_MILLISECOND, 700 * CLOCK_MILLISECOND},
        {60 * CLOCK_SECOND, CLOCK_SECOND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(loop_grace(rows[i].late), rows[i].grace);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_crowd_of_ready_events_does_not_hold_up_an_urgent_one),
        cmocka_unit_test(test_others_get_as_much_more_time_as_we_were_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
