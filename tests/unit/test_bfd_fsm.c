/* SPDX-License-Identifier: Apache-2.0
 *
 * The state machine of a BFD session against RFC 5880 6.8. Intervals are worked out by hand; with
 * `random` at its largest there is no jitter.
 */
#include "unit.h"

#include "base/clock.h"
#include "bfd/fsm.h"

#define S  CLOCK_SECOND
#define MS CLOCK_MILLISECOND

#define NO_JITTER UINT32_MAX

static const struct bfd_fsm_config plain = {
    .min_tx = 50 * MS, .idle_tx = S, .min_rx = 40 * MS, .multiplier = 5};

static const int64_t now = 1000 * S;

/* What a neighbour of session 1 says, with intervals between which each side has to agree. */
static struct bfd_packet neighbour(enum bfd_role role)
{
    return (struct bfd_packet){.role = role,
                               .multiplier = 3,
                               .discriminator = 77,
                               .yours = role == BFD_INIT || role == BFD_UP ? 1 : 0,
                               .min_tx = 30 * MS,
                               .min_rx = 60 * MS};
}

static struct bfd_fsm_outcome hear(const struct bfd_fsm_config *config,
                                   const struct bfd_fsm_state *state,
                                   const struct bfd_packet *packet, int64_t at)
{
    const struct bfd_fsm_event event = {
        .kind = BFD_EVENT_PACKET, .packet = packet, .random = NO_JITTER};

    return bfd_fsm_step(config, state, &event, at);
}

static struct bfd_fsm_outcome happen(const struct bfd_fsm_config *config,
                                     const struct bfd_fsm_state *state,
                                     enum bfd_fsm_event_kind kind, int64_t at)
{
    const struct bfd_fsm_event event = {.kind = kind, .random = NO_JITTER};

    return bfd_fsm_step(config, state, &event, at);
}

/* A session that has become up at `now`, with its poll answered or not. */
static struct bfd_fsm_state risen(const struct bfd_fsm_config *config, bool agreed)
{
    struct bfd_fsm_state state = bfd_fsm_initial(config, 1, now - S);
    struct bfd_packet packet = neighbour(BFD_INIT);

    state = hear(config, &state, &packet, now).state;
    assert_int_equal(state.role, BFD_UP);
    if (agreed) {
        packet = neighbour(BFD_UP);
        packet.final = true;
        state = hear(config, &state, &packet, now).state;
        assert_false(state.polling);
    }
    return state;
}

/* ---- States: the table of RFC 5880 6.8.6 ------------------------------------------------------- */

static void test_every_state_follows_every_state_of_the_neighbour(void **unused)
{
    static const struct {
        enum bfd_role from;
        enum bfd_role heard;
        enum bfd_role to;
        enum bfd_diag diag;
    } rows[] = {
        {BFD_DOWN, BFD_ADMIN_DOWN, BFD_DOWN, BFD_DIAG_NONE},
        {BFD_DOWN, BFD_DOWN, BFD_INIT, BFD_DIAG_NONE},
        {BFD_DOWN, BFD_INIT, BFD_UP, BFD_DIAG_NONE},
        {BFD_DOWN, BFD_UP, BFD_DOWN, BFD_DIAG_NONE},
        {BFD_INIT, BFD_ADMIN_DOWN, BFD_DOWN, BFD_DIAG_SIGNALED},
        {BFD_INIT, BFD_DOWN, BFD_INIT, BFD_DIAG_NONE},
        {BFD_INIT, BFD_INIT, BFD_UP, BFD_DIAG_NONE},
        {BFD_INIT, BFD_UP, BFD_UP, BFD_DIAG_NONE},
        {BFD_UP, BFD_ADMIN_DOWN, BFD_DOWN, BFD_DIAG_SIGNALED},
        {BFD_UP, BFD_DOWN, BFD_DOWN, BFD_DIAG_SIGNALED},
        {BFD_UP, BFD_INIT, BFD_UP, BFD_DIAG_NONE},
        {BFD_UP, BFD_UP, BFD_UP, BFD_DIAG_NONE},
        {BFD_ADMIN_DOWN, BFD_ADMIN_DOWN, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN},
        {BFD_ADMIN_DOWN, BFD_DOWN, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN},
        {BFD_ADMIN_DOWN, BFD_INIT, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN},
        {BFD_ADMIN_DOWN, BFD_UP, BFD_ADMIN_DOWN, BFD_DIAG_ADMIN},
    };

    (void)unused;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct bfd_fsm_state state = bfd_fsm_initial(&plain, 1, now - S);
        struct bfd_packet packet = neighbour(rows[i].heard);
        struct bfd_fsm_outcome got;
        bool changes = rows[i].from != rows[i].to;

        state.role = rows[i].from;
        state.diag = rows[i].from == BFD_ADMIN_DOWN ? BFD_DIAG_ADMIN : BFD_DIAG_NONE;
        got = hear(&plain, &state, &packet, now);
        assert_fact(got.state.role == rows[i].to, "%s hears %s: %s", bfd_role_text(rows[i].from),
                    bfd_role_text(rows[i].heard), bfd_role_text(got.state.role));
        assert_fact(got.state.diag == rows[i].diag, "%s hears %s: diagnostic %d",
                    bfd_role_text(rows[i].from), bfd_role_text(rows[i].heard), got.state.diag);
        assert_fact(((got.actions & BFD_ACTION_CHANGED) != 0) == changes, "row %zu: changed", i);
        assert_fact(((got.actions & BFD_ACTION_SEND) != 0) == changes,
                    "row %zu: a change is told at once, and nothing else is", i);
    }
}

static void test_a_session_begins_down_and_speaks_at_once(void **unused)
{
    struct bfd_fsm_state state = bfd_fsm_initial(&plain, 9, now);
    struct bfd_packet packet = bfd_fsm_packet(&plain, &state, false);

    (void)unused;
    assert_int_equal(state.role, BFD_DOWN);
    assert_int_equal(bfd_fsm_deadline(&state), now);
    assert_true(packet.role == BFD_DOWN && packet.discriminator == 9 && packet.yours == 0);
    assert_true(packet.min_tx == S && packet.min_rx == 40 * MS && packet.multiplier == 5);
    assert_true(!packet.poll && !packet.final && packet.min_echo == 0);
}

static void test_what_the_neighbour_says_is_in_our_packets(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, true);
    struct bfd_packet packet = bfd_fsm_packet(&plain, &state, false);

    (void)unused;
    assert_true(packet.role == BFD_UP && packet.discriminator == 1 && packet.yours == 77);
    assert_true(packet.min_tx == 50 * MS && packet.min_rx == 40 * MS);
}

/* ---- Intervals --------------------------------------------------------------------------------- */

static void test_both_ends_agree_on_the_slower_of_two_wishes(void **unused)
{
    static const struct {
        const char *name;
        int64_t min_tx, min_rx;               /* ours */
        int64_t remote_min_tx, remote_min_rx; /* the neighbour's */
        uint8_t remote_multiplier;
        int64_t send, receive, detection;
    } rows[] = {
        {"the neighbour is the slower", 50 * MS, 40 * MS, 300 * MS, 300 * MS, 3, 300 * MS, 300 * MS,
         900 * MS},
        {"we are the slower", 500 * MS, 400 * MS, 10 * MS, 10 * MS, 3, 500 * MS, 400 * MS,
         1200 * MS},
        {"each in one direction", 50 * MS, 300 * MS, 20 * MS, 100 * MS, 5, 100 * MS, 300 * MS,
         1500 * MS},
        {"the shortest detection", 10 * MS, 10 * MS, 10 * MS, 10 * MS, 1, 10 * MS, 10 * MS,
         10 * MS},
        {"the longest", 4294967 * MS, 4294967 * MS, MS, MS, 255, 4294967 * MS, 4294967 * MS,
         INT64_C(255) * 4294967 * MS},
    };

    (void)unused;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct bfd_fsm_config config = {
            .min_tx = rows[i].min_tx, .idle_tx = S, .min_rx = rows[i].min_rx, .multiplier = 3};
        struct bfd_fsm_state state = risen(&config, true);
        struct bfd_packet packet = neighbour(BFD_UP);

        packet.min_tx = rows[i].remote_min_tx;
        packet.min_rx = rows[i].remote_min_rx;
        packet.multiplier = rows[i].remote_multiplier;
        state = hear(&config, &state, &packet, now).state;
        assert_fact(bfd_fsm_send_interval(&state) == rows[i].send, "%s: sends each %lld",
                    rows[i].name, (long long)bfd_fsm_send_interval(&state));
        assert_fact(bfd_fsm_receive_interval(&state) == rows[i].receive, "%s: receives each %lld",
                    rows[i].name, (long long)bfd_fsm_receive_interval(&state));
        assert_fact(state.detect_at == now + rows[i].detection, "%s: detects after %lld",
                    rows[i].name, (long long)(state.detect_at - now));
    }
}

static void test_a_session_that_is_not_up_sends_once_a_second_whatever_is_configured(void **unused)
{
    struct bfd_fsm_state state = bfd_fsm_initial(&plain, 1, now);
    struct bfd_fsm_outcome got = happen(&plain, &state, BFD_EVENT_TIMER, now);
    struct bfd_packet packet = neighbour(BFD_DOWN);

    (void)unused;
    assert_true(got.actions & BFD_ACTION_SEND);
    assert_int_equal(got.state.send_at, now + S);
    got = hear(&plain, &got.state, &packet, now + MS);
    assert_int_equal(got.state.role, BFD_INIT);
    assert_int_equal(got.state.send_at, now + MS + S);
    assert_int_equal(bfd_fsm_packet(&plain, &got.state, false).min_tx, S);
}

static void test_jitter_takes_up_to_a_quarter_and_at_least_a_tenth_of_one(void **unused)
{
    static const struct {
        uint8_t multiplier;
        uint32_t random;
        int64_t want;
    } rows[] = {{3, 0, 75 * MS},          {3, UINT32_MAX, 100 * MS}, {3, UINT32_MAX / 5, 80 * MS},
                {1, 0, 75 * MS},          {1, UINT32_MAX, 90 * MS},  {255, UINT32_MAX, 100 * MS},
                {2, UINT32_MAX, 100 * MS}};

    (void)unused;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int64_t got = bfd_fsm_jitter(100 * MS, rows[i].multiplier, rows[i].random);

        assert_fact(got == rows[i].want, "row %zu: %lld", i, (long long)got);
    }
    for (uint32_t random = 0; random < UINT32_MAX - 65537; random += 65537) {
        int64_t got = bfd_fsm_jitter(1000001, 1, random);

        assert_true(got >= 750000 && got <= 900001);
    }
}

static void test_a_shorter_interval_of_the_neighbour_counts_from_the_last_packet(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, true);
    struct bfd_packet packet = neighbour(BFD_UP);

    (void)unused;
    packet.min_rx = 500 * MS;
    state = hear(&plain, &state, &packet, now).state;
    state = happen(&plain, &state, BFD_EVENT_TIMER, now + 60 * MS).state;
    assert_int_equal(state.send_at, now + 560 * MS);
    packet.min_rx = 100 * MS;
    state = hear(&plain, &state, &packet, now + 300 * MS).state;
    assert_int_equal(state.send_at, now + 160 * MS); /* passed: as soon as practicable */
    state = happen(&plain, &state, BFD_EVENT_TIMER, now + 301 * MS).state;
    assert_int_equal(state.send_at, now + 401 * MS);
}

static void test_a_longer_interval_of_the_neighbour_counts_from_the_next_packet(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, true);
    struct bfd_packet packet = neighbour(BFD_UP);
    int64_t before = state.send_at;

    (void)unused;
    packet.min_rx = S;
    state = hear(&plain, &state, &packet, now + MS).state;
    assert_int_equal(state.send_at, before);
    state = happen(&plain, &state, BFD_EVENT_TIMER, before).state;
    assert_int_equal(state.send_at, before + S);
}

static void test_a_neighbour_that_wants_no_packets_gets_answers_alone(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, true);
    struct bfd_packet packet = neighbour(BFD_UP);
    struct bfd_fsm_outcome got;

    (void)unused;
    packet.min_rx = 0;
    packet.poll = true;
    got = hear(&plain, &state, &packet, now);
    assert_int_equal(got.state.send_at, CLOCK_NEVER);
    assert_int_equal(bfd_fsm_send_interval(&got.state), CLOCK_NEVER);
    assert_int_equal(got.actions, BFD_ACTION_ANSWER);
    packet = neighbour(BFD_UP);
    got = hear(&plain, &got.state, &packet, now + S);
    assert_true(got.state.send_at <= now + S);
}

static void test_a_neighbour_on_demand_gets_no_row_of_packets_while_both_are_up(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, true);
    struct bfd_packet packet = neighbour(BFD_UP);
    struct bfd_fsm_config other = plain;

    (void)unused;
    packet.demand = true;
    state = hear(&plain, &state, &packet, now).state;
    assert_int_equal(state.send_at, CLOCK_NEVER);
    assert_int_not_equal(state.detect_at, CLOCK_NEVER);
    other.min_tx = 70 * MS; /* a poll is sent all the same */
    state = happen(&other, &state, BFD_EVENT_RECONFIGURED, now + S).state;
    assert_true(state.polling && state.send_at <= now + S);
}

/* ---- Poll sequences ---------------------------------------------------------------------------- */

static void test_a_session_that_rises_polls_until_it_is_answered(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, false);
    struct bfd_packet packet = neighbour(BFD_UP);
    struct bfd_fsm_outcome got;

    (void)unused;
    assert_true(bfd_fsm_packet(&plain, &state, false).poll);
    got = hear(&plain, &state, &packet, now + MS);
    assert_true(got.state.polling);
    packet.final = true;
    got = hear(&plain, &got.state, &packet, now + 2 * MS);
    assert_false(got.state.polling);
    assert_int_equal(got.actions, BFD_ACTION_AGREED);
    got = hear(&plain, &got.state, &packet, now + 3 * MS); /* one that nobody asked for */
    assert_int_equal(got.actions, 0);
}

static void test_a_poll_is_answered_at_once_in_every_state(void **unused)
{
    static const enum bfd_role heard[] = {BFD_ADMIN_DOWN, BFD_DOWN, BFD_INIT, BFD_UP};

    (void)unused;
    for (size_t i = 0; i < UNIT_COUNT(heard); i++) {
        struct bfd_fsm_state state = bfd_fsm_initial(&plain, 1, now - S);
        struct bfd_packet packet = neighbour(heard[i]);
        struct bfd_fsm_outcome got;
        struct bfd_packet answer;

        packet.poll = true;
        got = hear(&plain, &state, &packet, now);
        assert_fact(got.actions & BFD_ACTION_ANSWER, "hears %s", bfd_role_text(heard[i]));
        assert_fact(!(got.actions & BFD_ACTION_SEND), "the answer tells the change already");
        answer = bfd_fsm_packet(&plain, &got.state, true);
        assert_true(answer.final && !answer.poll);
    }
}

static void test_a_poll_while_we_poll_is_answered_without_one(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, false);
    struct bfd_packet packet = neighbour(BFD_UP);
    struct bfd_fsm_outcome got;

    (void)unused;
    packet.poll = true;
    got = hear(&plain, &state, &packet, now);
    assert_true(got.state.polling && (got.actions & BFD_ACTION_ANSWER));
    assert_false(bfd_fsm_packet(&plain, &got.state, true).poll);
    assert_true(bfd_fsm_packet(&plain, &got.state, false).poll);
}

static void test_an_answer_does_not_put_the_row_off(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, true);
    struct bfd_packet packet = neighbour(BFD_UP);
    int64_t before = state.send_at;

    (void)unused;
    packet.poll = true;
    assert_int_equal(hear(&plain, &state, &packet, now + 10 * MS).state.send_at, before);
}

/* What changes at once by a reload, and what not before the neighbour has heard of it. */
static void test_changed_intervals_take_effect_where_they_do_no_harm(void **unused)
{
    static const struct {
        const char *name;
        int64_t min_tx, min_rx;
        int64_t send, receive;             /* at once */
        int64_t send_after, receive_after; /* the poll */
        bool polls;
    } rows[] = {
        {"nothing", 200 * MS, 100 * MS, 200 * MS, 100 * MS, 200 * MS, 100 * MS, false},
        {"sends faster", 90 * MS, 100 * MS, 90 * MS, 100 * MS, 90 * MS, 100 * MS, true},
        {"sends more slowly", 900 * MS, 100 * MS, 200 * MS, 100 * MS, 900 * MS, 100 * MS, true},
        {"wants them faster", 200 * MS, 70 * MS, 200 * MS, 100 * MS, 200 * MS, 70 * MS, true},
        {"wants them more slowly", 200 * MS, 800 * MS, 200 * MS, 800 * MS, 200 * MS, 800 * MS,
         true},
        {"both more slowly", 900 * MS, 800 * MS, 200 * MS, 800 * MS, 900 * MS, 800 * MS, true},
    };
    const struct bfd_fsm_config before = {
        .min_tx = 200 * MS, .idle_tx = S, .min_rx = 100 * MS, .multiplier = 3};

    (void)unused;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct bfd_fsm_config config = before;
        struct bfd_fsm_state state = risen(&before, true);
        struct bfd_packet packet = neighbour(BFD_UP);
        struct bfd_fsm_outcome got;
        struct bfd_packet says;

        config.min_tx = rows[i].min_tx;
        config.min_rx = rows[i].min_rx;
        got = happen(&config, &state, BFD_EVENT_RECONFIGURED, now + MS);
        says = bfd_fsm_packet(&config, &got.state, false);
        assert_fact(!got.actions, "%s: no packet but those of the row", rows[i].name);
        assert_fact(says.poll == rows[i].polls, "%s: polls", rows[i].name);
        assert_fact(says.min_tx == rows[i].min_tx && says.min_rx == rows[i].min_rx,
                    "%s: packets say it at once", rows[i].name);
        assert_fact(got.state.role == BFD_UP, "%s: stays up", rows[i].name);
        assert_fact(bfd_fsm_send_interval(&got.state) == rows[i].send, "%s: sends each %lld",
                    rows[i].name, (long long)bfd_fsm_send_interval(&got.state));
        assert_fact(got.state.detect_at == now + 3 * rows[i].receive, "%s: detects after %lld",
                    rows[i].name, (long long)(got.state.detect_at - now));
        packet.final = true;
        got = hear(&config, &got.state, &packet, now + 2 * MS);
        assert_fact(bfd_fsm_send_interval(&got.state) == rows[i].send_after, "%s: then sends",
                    rows[i].name);
        assert_fact(bfd_fsm_receive_interval(&got.state) == rows[i].receive_after,
                    "%s: then receives", rows[i].name);
    }
}

static void test_a_change_while_a_poll_is_under_way_is_polled_for_again(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, true);
    struct bfd_packet packet = neighbour(BFD_UP);
    struct bfd_fsm_config config = plain;
    struct bfd_fsm_outcome got;

    (void)unused;
    packet.final = true;
    packet.min_rx = MS;
    config.min_tx = 400 * MS;
    state = happen(&config, &state, BFD_EVENT_RECONFIGURED, now).state;
    config.min_tx = 800 * MS;
    state = happen(&config, &state, BFD_EVENT_RECONFIGURED, now).state;
    got = hear(&config, &state, &packet, now + MS); /* may answer the first */
    assert_true(got.state.polling);
    assert_int_equal(bfd_fsm_send_interval(&got.state), 50 * MS);
    got = hear(&config, &got.state, &packet, now + 2 * MS);
    assert_false(got.state.polling);
    assert_int_equal(bfd_fsm_send_interval(&got.state), 800 * MS);
}

/* ---- Detection --------------------------------------------------------------------------------- */

static void test_silence_for_the_detection_time_takes_a_session_down(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, true);
    int64_t detection = 120 * MS; /* 3 times 40 ms: the neighbour's multiplier, our min_rx */
    struct bfd_fsm_outcome got;

    (void)unused;
    got = happen(&plain, &state, BFD_EVENT_TIMER, now + detection - 1);
    assert_int_equal(got.state.role, BFD_UP);
    got = happen(&plain, &got.state, BFD_EVENT_TIMER, now + detection);
    assert_int_equal(got.state.role, BFD_DOWN);
    assert_int_equal(got.state.diag, BFD_DIAG_EXPIRED);
    assert_int_equal(got.actions, BFD_ACTION_CHANGED | BFD_ACTION_SEND);
    assert_int_equal(got.state.remote_discriminator, 0);
    assert_int_equal(got.state.detect_at, CLOCK_NEVER);
    assert_int_equal(got.state.send_at, now + detection + S);
    assert_int_equal(bfd_fsm_packet(&plain, &got.state, false).min_tx, S);
}

static void test_a_session_in_init_goes_down_by_silence_too(void **unused)
{
    struct bfd_fsm_state state = bfd_fsm_initial(&plain, 1, now);
    struct bfd_packet packet = neighbour(BFD_DOWN);

    (void)unused;
    state = hear(&plain, &state, &packet, now).state;
    state = happen(&plain, &state, BFD_EVENT_TIMER, state.detect_at).state;
    assert_int_equal(state.role, BFD_DOWN);
    assert_int_equal(state.diag, BFD_DIAG_EXPIRED);
}

static void test_a_neighbour_that_is_silent_while_we_are_down_is_forgotten(void **unused)
{
    struct bfd_fsm_state state = bfd_fsm_initial(&plain, 1, now);
    struct bfd_packet packet = neighbour(BFD_ADMIN_DOWN);
    struct bfd_fsm_outcome got;

    (void)unused;
    packet.min_rx = 0;
    got = hear(&plain, &state, &packet, now);
    assert_int_equal(got.state.remote_discriminator, 77);
    got = happen(&plain, &got.state, BFD_EVENT_TIMER, got.state.detect_at);
    assert_int_equal(got.state.remote_discriminator, 0);
    assert_false(got.actions & BFD_ACTION_CHANGED);
    assert_true(got.state.send_at < CLOCK_NEVER); /* it wanted no packets: another may */
}

static void test_each_packet_puts_detection_off(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, true);
    struct bfd_packet packet = neighbour(BFD_UP);

    (void)unused;
    for (int64_t at = now; at < now + S; at += 40 * MS) {
        state = hear(&plain, &state, &packet, at).state;
        assert_int_equal(state.detect_at, at + 120 * MS);
    }
}

/* ---- Passive ----------------------------------------------------------------------------------- */

static void test_a_passive_session_is_silent_until_it_hears_its_neighbour(void **unused)
{
    struct bfd_fsm_config config = plain;
    struct bfd_packet packet = neighbour(BFD_DOWN);
    struct bfd_fsm_state state;
    struct bfd_fsm_outcome got;

    (void)unused;
    config.passive = true;
    state = bfd_fsm_initial(&config, 1, now);
    assert_int_equal(bfd_fsm_deadline(&state), CLOCK_NEVER);
    got = hear(&config, &state, &packet, now);
    assert_int_equal(got.state.role, BFD_INIT);
    assert_true(got.actions & BFD_ACTION_SEND);
    assert_int_equal(got.state.send_at, now + S);
}

static void test_a_passive_session_falls_silent_again_after_it_told_its_end(void **unused)
{
    struct bfd_fsm_config config = plain;
    struct bfd_fsm_state state;
    struct bfd_fsm_outcome got;

    (void)unused;
    config.passive = true;
    state = risen(&config, true);
    got = happen(&config, &state, BFD_EVENT_TIMER, state.detect_at);
    assert_int_equal(got.state.role, BFD_DOWN);
    assert_true(got.actions & BFD_ACTION_SEND);
    assert_int_equal(bfd_fsm_deadline(&got.state), CLOCK_NEVER);
}

static void test_a_passive_session_that_becomes_active_speaks(void **unused)
{
    struct bfd_fsm_config config = plain;
    struct bfd_fsm_state state;

    (void)unused;
    config.passive = true;
    state = bfd_fsm_initial(&config, 1, now);
    state = happen(&plain, &state, BFD_EVENT_RECONFIGURED, now + 10 * S).state;
    assert_true(state.send_at <= now + 10 * S);
}

/* ---- Switched off ------------------------------------------------------------------------------ */

static void test_a_session_that_is_stopped_says_so_and_hears_nothing(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, true);
    struct bfd_packet packet = neighbour(BFD_UP);
    struct bfd_fsm_outcome got = happen(&plain, &state, BFD_EVENT_STOP, now + MS);
    struct bfd_packet says = bfd_fsm_packet(&plain, &got.state, false);

    (void)unused;
    assert_true(got.actions & BFD_ACTION_SEND);
    assert_true(says.role == BFD_ADMIN_DOWN && says.diag == BFD_DIAG_ADMIN && says.yours == 77);
    packet.poll = true;
    got = hear(&plain, &got.state, &packet, now + 2 * MS);
    assert_int_equal(got.actions, 0);
    assert_int_equal(got.state.detect_at, now + 120 * MS); /* as long as it is told */
    got = happen(&plain, &got.state, BFD_EVENT_STOP, now + 3 * MS);
    assert_int_equal(got.actions, 0);
    got = happen(&plain, &got.state, BFD_EVENT_TIMER, now + 120 * MS);
    assert_int_equal(got.state.role, BFD_ADMIN_DOWN);
    assert_int_equal(got.state.detect_at, CLOCK_NEVER);
}

static void test_a_session_that_is_started_again_is_down(void **unused)
{
    struct bfd_fsm_state state = risen(&plain, true);
    struct bfd_fsm_outcome got;

    (void)unused;
    state = happen(&plain, &state, BFD_EVENT_STOP, now).state;
    got = happen(&plain, &state, BFD_EVENT_START, now + MS);
    assert_int_equal(got.state.role, BFD_DOWN);
    assert_int_equal(got.state.diag, BFD_DIAG_NONE);
    assert_true(got.actions & BFD_ACTION_SEND);
    got = happen(&plain, &got.state, BFD_EVENT_START, now + 2 * MS);
    assert_int_equal(got.actions, 0);
}

/* ---- Two of them ------------------------------------------------------------------------------- */

struct end {
    struct bfd_fsm_config config;
    struct bfd_fsm_state state;
};

/* Lets one step, and the other hear what it sends; nothing is lost and nothing takes time. */
static void exchange(struct end *from, struct end *to, const struct bfd_fsm_event *event,
                     int64_t at)
{
    struct bfd_fsm_outcome got = bfd_fsm_step(&from->config, &from->state, event, at);

    from->state = got.state;
    if (got.actions & (BFD_ACTION_SEND | BFD_ACTION_ANSWER)) {
        struct bfd_packet packet =
            bfd_fsm_packet(&from->config, &from->state, (got.actions & BFD_ACTION_ANSWER) != 0);
        const struct bfd_fsm_event heard = {
            .kind = BFD_EVENT_PACKET, .packet = &packet, .random = event->random};

        exchange(to, from, &heard, at);
    }
}

/* One after the other, each in its time. @return the time */
static int64_t run_until(struct end ends[2], int64_t at, int64_t end)
{
    const struct bfd_fsm_event timer = {.kind = BFD_EVENT_TIMER, .random = UINT32_MAX / 2};

    for (;;) {
        int first = bfd_fsm_deadline(&ends[1].state) < bfd_fsm_deadline(&ends[0].state) ? 1 : 0;
        int64_t next = bfd_fsm_deadline(&ends[first].state);

        if (next >= end) {
            return end;
        }
        at = next > at ? next : at;
        exchange(&ends[first], &ends[!first], &timer, at);
    }
}

static void test_two_sessions_rise_together_and_fall_with_the_silence_of_one(void **unused)
{
    static const bool passive[][2] = {{false, false}, {true, false}, {false, true}};

    (void)unused;
    for (size_t i = 0; i < UNIT_COUNT(passive); i++) {
        struct end ends[2];
        int64_t at;

        for (int j = 0; j < 2; j++) {
            ends[j].config = plain;
            ends[j].config.passive = passive[i][j];
            ends[j].state = bfd_fsm_initial(&ends[j].config, 1 + (uint32_t)j, now);
        }
        at = run_until(ends, now, now + 3 * S);
        assert_fact(ends[0].state.role == BFD_UP && ends[1].state.role == BFD_UP, "row %zu", i);
        assert_true(!ends[0].state.polling && !ends[1].state.polling);
        assert_int_equal(bfd_fsm_detection_time(&ends[0].state), 250 * MS);
        assert_true(ends[0].state.detect_at > at + 150 * MS);
        /* One is switched off. */
        exchange(&ends[0], &ends[1], &(struct bfd_fsm_event){.kind = BFD_EVENT_STOP}, at);
        assert_int_equal(ends[1].state.role, BFD_DOWN);
        assert_int_equal(ends[1].state.diag, BFD_DIAG_SIGNALED);
    }
}

static void test_two_passive_sessions_wait_for_each_other(void **unused)
{
    struct end ends[2];

    (void)unused;
    for (int j = 0; j < 2; j++) {
        ends[j].config = plain;
        ends[j].config.passive = true;
        ends[j].state = bfd_fsm_initial(&ends[j].config, 1 + (uint32_t)j, now);
    }
    (void)run_until(ends, now, now + 10 * S);
    assert_true(ends[0].state.role == BFD_DOWN && ends[1].state.role == BFD_DOWN);
}

static void test_no_reconfiguration_makes_a_session_flap(void **unused)
{
    static const int64_t intervals[] = {10 * MS, 400 * MS, 30 * MS, 999 * MS, 10 * MS};
    const struct bfd_fsm_event changed = {.kind = BFD_EVENT_RECONFIGURED};
    struct end ends[2];
    int64_t at = now;

    (void)unused;
    for (int j = 0; j < 2; j++) {
        ends[j].config = plain;
        ends[j].state = bfd_fsm_initial(&ends[j].config, 1 + (uint32_t)j, now);
    }
    at = run_until(ends, at, at + 3 * S);
    for (size_t i = 0; i < UNIT_COUNT(intervals); i++) {
        int64_t slower;

        ends[0].config.min_tx = intervals[i];
        ends[0].config.min_rx = intervals[i];
        exchange(&ends[0], &ends[1], &changed, at);
        for (int64_t end = at + 4 * S; at < end;) {
            at = run_until(ends, at, at + 5 * MS);
            assert_fact(ends[0].state.role == BFD_UP && ends[1].state.role == BFD_UP,
                        "at interval %zu", i);
        }
        slower = intervals[i] > 50 * MS ? intervals[i] : 50 * MS;
        assert_fact(bfd_fsm_detection_time(&ends[0].state) == 5 * slower, "interval %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_state_follows_every_state_of_the_neighbour),
        cmocka_unit_test(test_a_session_begins_down_and_speaks_at_once),
        cmocka_unit_test(test_what_the_neighbour_says_is_in_our_packets),
        cmocka_unit_test(test_both_ends_agree_on_the_slower_of_two_wishes),
        cmocka_unit_test(test_a_session_that_is_not_up_sends_once_a_second_whatever_is_configured),
        cmocka_unit_test(test_jitter_takes_up_to_a_quarter_and_at_least_a_tenth_of_one),
        cmocka_unit_test(test_a_shorter_interval_of_the_neighbour_counts_from_the_last_packet),
        cmocka_unit_test(test_a_longer_interval_of_the_neighbour_counts_from_the_next_packet),
        cmocka_unit_test(test_a_neighbour_that_wants_no_packets_gets_answers_alone),
        cmocka_unit_test(test_a_neighbour_on_demand_gets_no_row_of_packets_while_both_are_up),
        cmocka_unit_test(test_a_session_that_rises_polls_until_it_is_answered),
        cmocka_unit_test(test_a_poll_is_answered_at_once_in_every_state),
        cmocka_unit_test(test_a_poll_while_we_poll_is_answered_without_one),
        cmocka_unit_test(test_an_answer_does_not_put_the_row_off),
        cmocka_unit_test(test_changed_intervals_take_effect_where_they_do_no_harm),
        cmocka_unit_test(test_a_change_while_a_poll_is_under_way_is_polled_for_again),
        cmocka_unit_test(test_silence_for_the_detection_time_takes_a_session_down),
        cmocka_unit_test(test_a_session_in_init_goes_down_by_silence_too),
        cmocka_unit_test(test_a_neighbour_that_is_silent_while_we_are_down_is_forgotten),
        cmocka_unit_test(test_each_packet_puts_detection_off),
        cmocka_unit_test(test_a_passive_session_is_silent_until_it_hears_its_neighbour),
        cmocka_unit_test(test_a_passive_session_falls_silent_again_after_it_told_its_end),
        cmocka_unit_test(test_a_passive_session_that_becomes_active_speaks),
        cmocka_unit_test(test_a_session_that_is_stopped_says_so_and_hears_nothing),
        cmocka_unit_test(test_a_session_that_is_started_again_is_down),
        cmocka_unit_test(test_two_sessions_rise_together_and_fall_with_the_silence_of_one),
        cmocka_unit_test(test_two_passive_sessions_wait_for_each_other),
        cmocka_unit_test(test_no_reconfiguration_makes_a_session_flap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
