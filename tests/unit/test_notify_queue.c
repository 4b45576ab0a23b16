/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "check/event_line.h"
#include "vrrp/notify_queue.h"

#include <netinet/in.h>

static struct notify_news news(enum notify_state state)
{
    return (struct notify_news){.state = state, .previous = NOTIFY_STATES, .priority = 100};
}

static void test_changes_are_told_in_order_and_the_newest_of_those_that_wait(void **state)
{
    const struct notify_news backup = news(NOTIFY_BACKUP);
    const struct notify_news master = news(NOTIFY_MASTER);
    const struct notify_news fault = news(NOTIFY_FAULT);
    struct notify_queue queue = {0};

    (void)state;
    assert_true(notify_queue_push(&queue, &backup));
    assert_int_equal(queue.now.state, NOTIFY_BACKUP);
    assert_false(notify_queue_push(&queue, &master));
    assert_int_equal(queue.now.state, NOTIFY_BACKUP);
    assert_false(notify_queue_push(&queue, &fault));
    assert_int_equal(queue.skipped, 1);
    assert_true(notify_queue_done(&queue));
    assert_int_equal(queue.now.state, NOTIFY_FAULT);
    assert_false(notify_queue_push(&queue, &backup));
    assert_int_equal(queue.skipped, 1);
    assert_true(notify_queue_done(&queue));
    assert_int_equal(queue.now.state, NOTIFY_BACKUP);
    assert_false(notify_queue_done(&queue));
    assert_true(notify_queue_push(&queue, &master));
    assert_int_equal(queue.now.state, NOTIFY_MASTER);
}

#define IPV4                                                                                       \
    {                                                                                              \
        AF_INET,                                                                                   \
        {                                                                                          \
            192, 0, 2, 1                                                                           \
        }                                                                                          \
    }
#define IPV6                                                                                       \
    {                                                                                              \
        AF_INET6,                                                                                  \
        {                                                                                          \
            0x20, 1, 0xd, 0xb8, [15] = 9                                                           \
        }                                                                                          \
    }

static const struct {
    enum checker_event_kind kind;
    struct conf_service_key service;
    struct conf_server_key server;
    const char *line;
} lines[] = {
    {CHECKER_QUORUM_UP,
     {.family = AF_INET, .protocol = IPPROTO_TCP, .port = 80, .addr = IPV4},
     {.port = 0},
     "VS [192.0.2.1]:tcp:80 UP"},
    {CHECKER_QUORUM_DOWN, {.fwmark = 7, .family = AF_INET}, {.port = 0}, "VS FWM 7 DOWN"},
    {CHECKER_OPEN_BEGAN, {.fwmark = 7, .family = AF_INET}, {.port = 0}, "VS FWM 7 FAIL_OPEN"},
    {CHECKER_OPEN_ENDED, {.fwmark = 7, .family = AF_INET}, {.port = 0}, "VS FWM 7 FAIL_OPEN_ENDED"},
    {CHECKER_SERVER_DOWN,
     {.family = AF_INET6, .protocol = IPPROTO_UDP, .port = 53, .addr = IPV6},
     {.addr = IPV6, .port = 5353},
     "RS [2001:db8::9]:udp:5353 [2001:db8::9]:udp:53 DOWN"},
    {CHECKER_SERVER_UP,
     {.fwmark = 7, .family = AF_INET},
     {.addr = IPV4, .port = 0},
     "RS [192.0.2.1]:none:0 FWM 7 UP"},
};

static void test_lines_are_those_that_keepalived_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(lines); i++) {
        bool about_server =
            lines[i].kind == CHECKER_SERVER_UP || lines[i].kind == CHECKER_SERVER_DOWN;
        const struct checker_event event = {.kind = lines[i].kind,
                                            .service = &lines[i].service,
                                            .server = about_server ? &lines[i].server : NULL};
        struct text_buffer line = {0};

        event_line_write(&event, &line);
        assert_string_equal(line.data, lines[i].line);
        text_release(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_are_told_in_order_and_the_newest_of_those_that_wait),
        cmocka_unit_test(test_lines_are_those_that_keepalived_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
