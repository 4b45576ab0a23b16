/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "vrrp/announce.h"

#define S CLOCK_SECOND

enum { LOG_SIZE = 512 };

/* What a master sends from its takeover at 0 s until `end`, as "SECOND:REPEAT ...". */
static const char *story(const struct conf_announce *conf, int64_t lower_at, int64_t end)
{
    static char text[LOG_SIZE];
    uint32_t repeat;
    struct announce_state state = announce_takeover(conf, 0, &repeat);
    size_t length = (size_t)snprintf(text, LOG_SIZE, "0:%u", repeat);

    for (;;) {
        int64_t now = announce_deadline(&state);

        if (lower_at && lower_at < now) {
            now = lower_at;
            lower_at = 0;
            state = announce_again(state, conf, now, &repeat);
        } else {
            state = announce_step(state, conf, now, &repeat);
        }
        if (now > end) {
            return text;
        }
        length += (size_t)snprintf(text + length, LOG_SIZE - length, " %d:%u",
                                   (int)(now / CLOCK_SECOND), repeat);
    }
}

static void test_bursts_and_refreshes_come_when_they_are_due(void **state)
{
    static const struct {
        struct conf_announce conf;
        int64_t lower_at; /* an advert of lower priority; 0: none */
        const char *sent;
    } rows[] = {
        /* the defaults: five, five more after 5 s, one each minute from then on */
        {{.repeat = 5,
          .delay = 5 * S,
          .refresh = 60 * S,
          .refresh_repeat = 1,
          .lower_prio_repeat = 5,
          .lower_prio_delay = 5 * S},
         0,
         "0:5 5:5 65:1 125:1 185:1"},
        {{.repeat = 5,
          .delay = 5 * S,
          .refresh = 60 * S,
          .refresh_repeat = 1,
          .lower_prio_repeat = 4,
          .lower_prio_delay = 3 * S},
         20 * S,
         "0:5 5:5 20:4 23:4 65:1 125:1 185:1"},
        /* a sign before the second burst moves it on */
        {{.repeat = 5, .delay = 5 * S, .lower_prio_repeat = 4, .lower_prio_delay = 3 * S},
         4 * S,
         "0:5 4:4 7:4"},
        {{.repeat = 1}, 0, "0:1"},
        {{.repeat = 1, .lower_prio_repeat = 2}, 9 * S, "0:1 9:2"},
        {{.repeat = 2, .refresh = 100 * S, .refresh_repeat = 3}, 0, "0:2 100:3"},
        /* both due at once: the larger one */
        {{.repeat = 2,
          .delay = 5 * S,
          .refresh = 60 * S,
          .refresh_repeat = 3,
          .lower_prio_repeat = 2,
          .lower_prio_delay = 5 * S},
         60 * S,
         "0:2 5:2 60:2 65:3 125:3 185:3"},
        {{.repeat = 0, .delay = 5 * S}, 0, "0:0 5:0"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const char *sent = story(&rows[i].conf, rows[i].lower_at, 199 * S);

        assert_fact(strcmp(sent, rows[i].sent) == 0, "row %zu: %s", i, sent);
    }
}

static void test_a_reload_tells_new_addresses_and_moves_refreshes(void **state)
{
    static const struct conf_announce often = {.repeat = 4, .refresh = 10 * S, .refresh_repeat = 1};
    static const struct conf_announce never = {.repeat = 4};
    static const struct announce_state waiting = {.second_at = CLOCK_NEVER, .refresh_at = 100 * S};
    struct announce_state again;
    uint32_t repeat;

    (void)state;
    again = announce_reconfigure(waiting, &often, false, 50 * S);
    assert_int_equal(announce_deadline(&again), 60 * S);
    again = announce_reconfigure(waiting, &often, false, 95 * S);
    assert_int_equal(announce_deadline(&again), 100 * S);
    again = announce_reconfigure(waiting, &never, false, 50 * S);
    assert_true(announce_deadline(&again) == CLOCK_NEVER);
    again = announce_reconfigure(announce_idle(), &often, false, 50 * S);
    assert_int_equal(announce_deadline(&again), 60 * S);
    again = announce_reconfigure(waiting, &often, true, 50 * S);
    assert_int_equal(announce_deadline(&again), 50 * S);
    again = announce_step(again, &often, 50 * S, &repeat);
    assert_int_equal(repeat, 4);
    assert_int_equal(announce_deadline(&again), 60 * S);
}

static void test_other_interfaces_are_told_in_between(void **state)
{
    static const struct conf_announce conf = {
        .repeat = 1, .refresh = 30 * S, .refresh_repeat = 1, .extra = 20 * S};
    struct announce_state announce;
    uint32_t repeat;

    (void)state;
    announce = announce_takeover(&conf, 0, &repeat);
    assert_int_equal(announce_deadline(&announce), 20 * S);
    announce = announce_step(announce, &conf, 20 * S, &repeat);
    assert_int_equal(repeat, 0);
    assert_true(announce.extra_due);
    announce = announce_step(announce, &conf, 30 * S, &repeat);
    assert_int_equal(repeat, 1);
    assert_false(announce.extra_due);
    announce = announce_step(announce, &conf, 40 * S, &repeat);
    assert_true(announce.extra_due);
    announce = announce_step(announce, &conf, 60 * S, &repeat); /* both are due: all are told */
    assert_int_equal(repeat, 1);
    assert_false(announce.extra_due);
    assert_int_equal(announce_deadline(&announce), 80 * S);
}

static void test_who_is_not_master_has_nothing_due(void **state)
{
    const struct announce_state idle = announce_idle();

    (void)state;
    assert_true(announce_deadline(&idle) == CLOCK_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bursts_and_refreshes_come_when_they_are_due),
        cmocka_unit_test(test_a_reload_tells_new_addresses_and_moves_refreshes),
        cmocka_unit_test(test_other_interfaces_are_told_in_between),
        cmocka_unit_test(test_who_is_not_master_has_nothing_due),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
