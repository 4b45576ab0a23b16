/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "net/neigh_queue.h"

#include <string.h>

#define MS CLOCK_MILLISECOND

static struct neigh_target target(const char *text)
{
    struct neigh_target result = {.index = 3};

    assert_true(inet_parse(text, &result.addr));
    return result;
}

static void add(struct neigh_queue *queue, const char *lane, const char *owner, int64_t gap,
                const char *addr, uint32_t repeat)
{
    struct neigh_target one = target(addr);

    neigh_queue_add(queue, lane, owner, gap, &one, repeat);
}

/* Takes all that is due, as the last bytes of the addresses: "1 2 3". */
static const char *take(struct neigh_queue *queue, int64_t now)
{
    static char text[256];
    struct neigh_target targets[32];
    size_t count = neigh_queue_take(queue, now, targets, 32);

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        bool ipv4 = targets[i].addr.family == AF_INET;
        size_t used = strlen(text);

        (void)snprintf(text + used, sizeof(text) - used, "%s%u", i ? " " : "",
                       targets[i].addr.bytes[ipv4 ? 3 : 15]);
    }
    return text;
}

static void test_each_address_is_told_once_before_any_is_told_again(void **state)
{
    struct neigh_queue *queue = neigh_queue_new();
    const char *const expected[] = {"1", "2", "3", "1", "2", "3", ""};
    int64_t now = 1000 * MS;

    (void)state;
    assert_int_equal(neigh_queue_deadline(queue), CLOCK_NEVER);
    add(queue, "eth0", "A", 10 * MS, "192.0.2.1", 2);
    add(queue, "eth0", "A", 10 * MS, "192.0.2.2", 2);
    add(queue, "eth0", "A", 10 * MS, "192.0.2.3", 2);
    assert_int_equal(neigh_queue_waiting(queue), 6);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(take(queue, now), expected[i]);
        assert_string_equal(take(queue, now + 10 * MS - 1), "");
        now += 10 * MS;
    }
    assert_int_equal(neigh_queue_waiting(queue), 0);
    neigh_queue_free(queue);
}

static void test_a_late_loop_does_not_undercut_the_gap(void **state)
{
    struct neigh_queue *queue = neigh_queue_new();

    (void)state;
    add(queue, "eth0", "A", 10 * MS, "192.0.2.1", 5);
    assert_string_equal(take(queue, 1000 * MS), "1");
    assert_int_equal(neigh_queue_deadline(queue), 1010 * MS);
    assert_string_equal(take(queue, 1055 * MS), "1");
    assert_string_equal(take(queue, 1064 * MS), "");
    assert_string_equal(take(queue, 1065 * MS), "1");
    neigh_queue_free(queue);
}

static void test_the_gap_counts_from_when_a_packet_has_left(void **state)
{
    struct neigh_queue *queue = neigh_queue_new();

    (void)state;
    add(queue, "eth0", "A", 10 * MS, "192.0.2.1", 3);
    add(queue, "eth1", "A", 10 * MS, "192.0.2.2", 1);
    assert_string_equal(take(queue, 1000 * MS), "2 1");
    neigh_queue_sent(queue, 1007 * MS); /* somebody else had the processor meanwhile */
    assert_int_equal(neigh_queue_deadline(queue), 1017 * MS);
    neigh_queue_sent(queue, 1012 * MS); /* nothing was taken since */
    assert_string_equal(take(queue, 1017 * MS - 1), "");
    assert_string_equal(take(queue, 1017 * MS), "1");
    neigh_queue_sent(queue, 1017 * MS);
    assert_int_equal(neigh_queue_deadline(queue), 1027 * MS);
    neigh_queue_free(queue);
}

static void test_gaps_shorter_than_timers_are_kept_on_average(void **state)
{
    struct neigh_queue *queue = neigh_queue_new();
    int64_t now = 1000 * MS;
    size_t taken = 0;
    size_t calls = 0;
    struct neigh_target targets[32];

    (void)state;
    add(queue, "eth0", "A", MS / 4, "192.0.2.1", 400);
    while (neigh_queue_waiting(queue)) {
        taken += neigh_queue_take(queue, now, targets, 32);
        calls++;
        now = neigh_queue_waiting(queue) ? neigh_queue_deadline(queue) : now;
    }
    assert_int_equal(taken, 400);
    assert_in_range(now - 1000 * MS, 98 * MS, 100 * MS);
    assert_in_range(calls, 98, 102); /* not once for each packet */
    neigh_queue_free(queue);
}

static void test_lanes_and_kinds_keep_their_own_pace(void **state)
{
    struct neigh_queue *queue = neigh_queue_new();

    (void)state;
    add(queue, "eth0", "A", 10 * MS, "192.0.2.1", 2);
    add(queue, "eth0", "A", 20 * MS, "2001:db8::2", 2);
    add(queue, "eth1", "B", 30 * MS, "192.0.2.3", 2);
    assert_string_equal(take(queue, 1000 * MS), "3 1 2");
    assert_string_equal(take(queue, 1010 * MS), "1");
    assert_string_equal(take(queue, 1020 * MS), "2");
    assert_string_equal(take(queue, 1030 * MS), "3");
    neigh_queue_free(queue);
}

static void test_what_is_announced_again_waits_once(void **state)
{
    struct neigh_queue *queue = neigh_queue_new();

    (void)state;
    add(queue, "eth0", "A", 10 * MS, "192.0.2.1", 2);
    add(queue, "eth0", "A", 10 * MS, "192.0.2.1", 5);
    assert_int_equal(neigh_queue_waiting(queue), 5);
    add(queue, "eth0", "A", 10 * MS, "192.0.2.1", 1);
    assert_int_equal(neigh_queue_waiting(queue), 5);
    neigh_queue_free(queue);
}

static void test_who_is_announced_again_and_again_keeps_nobody_waiting(void **state)
{
    struct neigh_queue *queue = neigh_queue_new();
    const char *const expected[] = {"1", "2", "3", "1", "2", "3"};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        add(queue, "eth0", "A", 10 * MS, "192.0.2.1", 5);
        add(queue, "eth0", "A", 10 * MS, "192.0.2.2", 5);
        add(queue, "eth0", "A", 10 * MS, "192.0.2.3", 5);
        assert_string_equal(take(queue, 1000 * MS + (int64_t)i * 10 * MS), expected[i]);
    }
    neigh_queue_free(queue);
}

static void test_a_new_pace_or_owner_takes_its_own_turn(void **state)
{
    struct neigh_queue *queue = neigh_queue_new();

    (void)state;
    add(queue, "eth0", "A", 10 * MS, "192.0.2.1", 5);
    add(queue, "group of eth0", "A", 10 * MS, "192.0.2.1", 2);
    assert_int_equal(neigh_queue_waiting(queue), 2);
    add(queue, "group of eth0", "B", 10 * MS, "192.0.2.1", 1);
    assert_int_equal(neigh_queue_waiting(queue), 1);
    assert_int_equal(neigh_queue_drop(queue, "A"), 0);
    assert_int_equal(neigh_queue_drop(queue, "B"), 1);
    neigh_queue_free(queue);
}

static void test_what_an_owner_lost_is_not_announced(void **state)
{
    struct neigh_queue *queue = neigh_queue_new();

    (void)state;
    add(queue, "eth0", "A", 10 * MS, "192.0.2.1", 5);
    add(queue, "eth0", "B", 10 * MS, "192.0.2.2", 1);
    add(queue, "eth0", "A", 10 * MS, "192.0.2.3", 5);
    assert_int_equal(neigh_queue_drop(queue, "A"), 2);
    assert_int_equal(neigh_queue_drop(queue, "A"), 0);
    assert_string_equal(take(queue, 1000 * MS), "2");
    assert_int_equal(neigh_queue_waiting(queue), 0);
    neigh_queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_address_is_told_once_before_any_is_told_again),
        cmocka_unit_test(test_a_late_loop_does_not_undercut_the_gap),
        cmocka_unit_test(test_the_gap_counts_from_when_a_packet_has_left),
        cmocka_unit_test(test_gaps_shorter_than_timers_are_kept_on_average),
        cmocka_unit_test(test_lanes_and_kinds_keep_their_own_pace),
        cmocka_unit_test(test_what_is_announced_again_waits_once),
        cmocka_unit_test(test_who_is_announced_again_and_again_keeps_nobody_waiting),
        cmocka_unit_test(test_a_new_pace_or_owner_takes_its_own_turn),
        cmocka_unit_test(test_what_an_owner_lost_is_not_announced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
