/* SPDX-License-Identifier: Apache-2.0
 *
 * What arrives at the socket that systemd would listen on.
 */
#include "unit.h"

#include "base/clock.h"
#include "base/sdnotify.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The state of each test: our end of the socket. */
static int manager_begin(void **state)
{
    static int fd;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64];
    int length = snprintf(name, sizeof(name), "@holdfast-test-sdnotify-%ld", (long)getpid());

    memcpy(address.sun_path + 1, name + 1, (size_t)length - 1); /* abstract: unix(7) */
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *state = &fd;
    return bind(fd, (const struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)) != 0 ||
           setenv("NOTIFY_SOCKET", name, 1) != 0;
}

static int manager_end(void **state)
{
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("WATCHDOG_USEC");
    (void)unsetenv("WATCHDOG_PID");
    return close(*(const int *)*state);
}

static void expect_told(const int *fd, const char *message)
{
    char text[256] = "";

    assert_true(recv(*fd, text, sizeof(text) - 1, 0) >= 0);
    assert_string_equal(text, message);
    assert_int_equal(recv(*fd, text, sizeof(text), 0), -1); /* and no more */
}

static void test_the_manager_is_told_what_happens(void **state)
{
    const int *fd = *state;

    sdnotify_ready("2 instances, 1 virtual server");
    expect_told(fd, "READY=1\nSTATUS=2 instances, 1 virtual server");
    sdnotify_reloading(INT64_C(1234567890) * CLOCK_MICROSECOND + 999);
    expect_told(fd, "RELOADING=1\nMONOTONIC_USEC=1234567890");
    sdnotify_status("100 % fine");
    expect_told(fd, "STATUS=100 % fine");
    sdnotify_watchdog();
    expect_told(fd, "WATCHDOG=1");
    sdnotify_stopping();
    expect_told(fd, "STOPPING=1");
}

static void test_without_a_manager_nothing_happens(void **state)
{
    char byte;

    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    sdnotify_ready("x");
    sdnotify_watchdog();
    assert_int_equal(recv(*(const int *)*state, &byte, 1, 0), -1);
}

static void test_the_watchdog_is_fed_twice_in_its_time(void **state)
{
    static const struct {
        const char *limit; /* NULL: the unit has none */
        bool ours;         /* meant for this process */
        int64_t interval;
    } rows[] = {
        {NULL, true, 0},
        {"10000000", true, 5 * CLOCK_SECOND},
        {"3", true, CLOCK_MICROSECOND},
        {"10000000", false, 0},
        {"0", true, 0},
        {"what", true, 0},
    };
    char pid[24];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        (void)snprintf(pid, sizeof(pid), "%ld", (long)getpid() + !rows[i].ours);
        assert_int_equal(setenv("WATCHDOG_PID", pid, 1), 0);
        assert_int_equal(rows[i].limit ? setenv("WATCHDOG_USEC", rows[i].limit, 1)
                                       : unsetenv("WATCHDOG_USEC"),
                         0);
        assert_fact(sdnotify_watchdog_interval() == rows[i].interval, "row %zu: %lld ns", i,
                    (long long)sdnotify_watchdog_interval());
    }
}

#define MANAGER_TEST(function) cmocka_unit_test_setup_teardown(function, manager_begin, manager_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MANAGER_TEST(test_the_manager_is_told_what_happens),
        MANAGER_TEST(test_without_a_manager_nothing_happens),
        MANAGER_TEST(test_the_watchdog_is_fed_twice_in_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
