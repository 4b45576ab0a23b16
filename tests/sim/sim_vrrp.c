/* SPDX-License-Identifier: Apache-2.0
 *
 * Two to five simulated routers share one virtual router: the real state machine and the real
 * packets, on a simulated network in virtual time. Each seed makes a group of routers and a story of
 * partitions, losses, crashes, restarts and pauses; when that is over, what must hold is checked.
 *
 *     sim_vrrp                       all seeds, and proof that the checks notice what is wrong
 *     sim_vrrp SEED                  the story of one
 *     sim_vrrp --runs N --seed S     N runs from seed S on, and how fast they were
 */
#include "unit.h"

#include "base/clock.h"
#include "base/text.h"
#include "vrrp/fsm.h"
#include "vrrp/packet.h"

#include <inttypes.h>
#include <stdlib.h>

#define SIM_MS         CLOCK_MILLISECOND
#define SIM_TROUBLE    (25 * CLOCK_SECOND) /* faults come in this time */
#define SIM_QUIET      (1 * CLOCK_SECOND)  /* before the end nothing may change any more */
#define SIM_LONG_PAUSE (8 * CLOCK_SECOND)

enum { SIM_ROUTERS = 5, SIM_MESSAGES = 4096, SIM_SEEDS = 20000, SIM_SABOTAGE_SEEDS = 300 };

/* What must hold at the end. */
enum sim_verdict {
    SIM_GOOD,
    SIM_NO_MASTER,
    SIM_TWO_MASTERS,
    SIM_WRONG_MASTER, /* a better one that may preempt is there */
    SIM_HOLDERS,      /* the addresses are not on the master alone */
    SIM_STALE,        /* neighbours may know the hardware address of one that gave up later */
    SIM_RESTLESS,     /* roles still change */
    SIM_DEPOSED,      /* a live master was deposed although nobody preempts */
    SIM_VERDICTS,
};

static const char *const sim_verdicts[SIM_VERDICTS] = {
    "good",    "no master",        "two masters", "a lesser master",
    "holders", "stale neighbours", "restless",    "deposed",
};

/* What the harness does wrong on purpose, to prove that it is noticed. */
enum sim_sabotage {
    SIM_HONEST,
    SIM_DEAF,           /* no advert is heard */
    SIM_SILENT_AGAIN,   /* a repeated announcement is not made */
    SIM_YIELD_SILENTLY, /* a master that yields does not say so */
    SIM_PATIENT,        /* routers that should preempt do not */
    SIM_EAGER,          /* routers that should not preempt do */
    SIM_KEEP_ADDRESSES, /* addresses are not taken off */
};

struct sim_router {
    struct fsm_config config;
    struct fsm_state state;
    bool alive;
    bool holds; /* the addresses */
    int64_t paused_until;
    unsigned side; /* of the partition */
    int64_t announced_at;
    int64_t yielded_at; /* when it last gave way to another master */
};

struct sim_message {
    int64_t at;
    unsigned to;
    struct packet_envelope envelope;
    uint8_t data[64];
    size_t size;
};

struct sim {
    uint64_t random;
    enum sim_sabotage sabotage;
    bool told;       /* print the story */
    uint64_t events; /* steps of state machines */
    int64_t now;
    int64_t last_change; /* of a role */
    int64_t whole_since; /* the network loses nothing from then on */
    unsigned count;
    unsigned loss; /* per cent */
    int64_t delay; /* at most */
    bool preempts;
    struct sim_router routers[SIM_ROUTERS];
    struct sim_message messages[SIM_MESSAGES];
    size_t message_count;
};

/* ---- Chance ------------------------------------------------------------------------------------ */

/* Marsaglia's xorshift64*. */
static uint64_t sim_random(struct sim *sim, uint64_t below)
{
    sim->random ^= sim->random >> 12;
    sim->random ^= sim->random << 25;
    sim->random ^= sim->random >> 27;
    return (sim->random * UINT64_C(2685821657736338717) >> 16) % below;
}

static void sim_tell(const struct sim *sim, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void sim_tell(const struct sim *sim, const char *format, ...)
{
    va_list arguments;

    if (sim->told) {
        (void)printf("%9.3f  ", (double)sim->now / 1e9);
        va_start(arguments, format);
        (void)vprintf(format, arguments);
        va_end(arguments);
        (void)putchar('\n');
    }
}

/* ---- The network ------------------------------------------------------------------------------- */

static struct inet_addr sim_address(unsigned router)
{
    return (struct inet_addr){.family = AF_INET, .bytes = {10, 0, 0, (uint8_t)(router + 1)}};
}

static void sim_send_to(struct sim *sim, unsigned to, const struct sim_message *message)
{
    struct sim_message *copy;

    if (sim_random(sim, 100) < sim->loss) {
        return;
    }
    assert_true(sim->message_count < SIM_MESSAGES);
    copy = &sim->messages[sim->message_count++];
    *copy = *message;
    copy->to = to;
    copy->at = sim->now + 1 + (int64_t)sim_random(sim, (uint64_t)sim->delay);
}

static void sim_send(struct sim *sim, unsigned from, uint8_t priority)
{
    static const uint8_t virtual[4] = {10, 0, 0, 100};
    const struct sim_router *router = &sim->routers[from];
    const struct packet_advert advert = {.version = router->config.version,
                                         .family = AF_INET,
                                         .vrid = 51,
                                         .priority = priority,
                                         .interval = router->config.advert_interval,
                                         .checksum = PACKET_CHECKSUM_PSEUDO,
                                         .address_count = 1,
                                         .addresses = virtual};
    struct sim_message message = {.envelope = {.source = sim_address(from), .ttl = PACKET_TTL}};
    uint8_t data[PACKET_MAX_SIZE];

    message.envelope.destination = (struct inet_addr){.family = AF_INET, .bytes = {224, 0, 0, 18}};
    message.size = packet_encode(&advert, &message.envelope, data);
    memcpy(message.data, data, message.size);
    for (unsigned to = 0; to < sim->count; to++) {
        if (to != from && sim->routers[to].side == router->side) {
            sim_send_to(sim, to, &message);
        }
    }
}

/* ---- A router ---------------------------------------------------------------------------------- */

static void sim_carry_out(struct sim *sim, unsigned number, unsigned actions)
{
    struct sim_router *router = &sim->routers[number];

    if (actions & FSM_SEND_ZERO) {
        sim_send(sim, number, 0);
    }
    if (actions & FSM_SEND_ADVERT) {
        sim_send(sim, number, router->state.priority);
    }
    if (actions & FSM_CLAIM) {
        router->holds = true;
    }
    if (actions & FSM_RELEASE && sim->sabotage != SIM_KEEP_ADDRESSES) {
        router->holds = false;
        router->yielded_at = router->state.role == FSM_BACKUP ? sim->now : router->yielded_at;
    }
    if (actions & FSM_ANNOUNCE ||
        (actions & FSM_ANNOUNCE_AGAIN && sim->sabotage != SIM_SILENT_AGAIN)) {
        router->announced_at = sim->now;
    }
}

static void sim_step(struct sim *sim, unsigned number, const struct fsm_event *event)
{
    struct sim_router *router = &sim->routers[number];
    enum fsm_role before = router->state.role;
    struct fsm_outcome out = fsm_step(&router->config, &router->state, event, sim->now);

    sim->events++;
    router->state = out.state;
    if (out.state.role != before) {
        sim->last_change = sim->now;
        sim_tell(sim, "router %u (%u): %s -> %s: %s", number, router->state.priority,
                 fsm_role_text(before), fsm_role_text(out.state.role), fsm_reason_word(out.reason));
    }
    sim_carry_out(sim, number, out.actions);
}

static void sim_simple_event(struct sim *sim, unsigned number, enum fsm_event_kind kind)
{
    const struct fsm_event event = {.kind = kind};

    sim_step(sim, number, &event);
}

static void sim_receive(struct sim *sim, const struct sim_message *message)
{
    struct sim_router *router = &sim->routers[message->to];
    struct packet_advert advert;
    struct fsm_event event;

    if (!router->alive || sim->sabotage == SIM_DEAF) {
        return;
    }
    assert_int_equal(packet_decode(message->data, message->size, &message->envelope, true, &advert),
                     PACKET_OK);
    event = (struct fsm_event){.kind = FSM_EVENT_ADVERT,
                               .priority = advert.priority,
                               .interval = advert.interval,
                               .source = message->envelope.source};
    sim_step(sim, message->to, &event);
}

/* ---- Time -------------------------------------------------------------------------------------- */

/* A router that is paused hears and does everything when it wakes up. */
static int64_t sim_awake(const struct sim_router *router, int64_t at)
{
    return at < router->paused_until ? router->paused_until : at;
}

static struct sim_message *sim_next_message(struct sim *sim, int64_t *at)
{
    struct sim_message *first = NULL;

    for (size_t i = 0; i < sim->message_count; i++) {
        struct sim_message *message = &sim->messages[i];
        int64_t when = sim_awake(&sim->routers[message->to], message->at);

        if (!first || when < *at || (when == *at && message->at < first->at)) {
            first = message;
            *at = when;
        }
    }
    return first;
}

static struct sim_router *sim_next_timer(struct sim *sim, int64_t *at)
{
    struct sim_router *first = NULL;

    for (unsigned i = 0; i < sim->count; i++) {
        struct sim_router *router = &sim->routers[i];
        int64_t when;

        if (!router->alive || router->state.deadline == CLOCK_NEVER) {
            continue;
        }
        when = sim_awake(router, router->state.deadline);
        if (!first || when < *at) {
            first = router;
            *at = when;
        }
    }
    return first;
}

/* What was received is heard before the timer is believed, as in the instance. */
static void sim_run_until(struct sim *sim, int64_t end)
{
    for (;;) {
        int64_t message_at = CLOCK_NEVER;
        int64_t timer_at = CLOCK_NEVER;
        struct sim_message *message = sim_next_message(sim, &message_at);
        struct sim_router *router = sim_next_timer(sim, &timer_at);

        if ((!message || message_at > end) && (!router || timer_at > end)) {
            sim->now = end;
            return;
        }
        if (message && (!router || message_at <= timer_at)) {
            struct sim_message taken = *message;

            *message = sim->messages[--sim->message_count];
            sim->now = message_at;
            sim_receive(sim, &taken);
        } else {
            const struct fsm_event event = {.kind = FSM_EVENT_TIMER,
                                            .late = timer_at - router->state.deadline};

            sim->now = timer_at;
            sim_step(sim, (unsigned)(router - sim->routers), &event);
        }
    }
}

/* ---- Faults ------------------------------------------------------------------------------------ */

static void sim_start(struct sim *sim, unsigned number)
{
    struct sim_router *router = &sim->routers[number];
    const struct inet_addr address = sim_address(number);

    router->state = fsm_initial(&router->config, router->state.priority, &address);
    router->alive = true;
    router->paused_until = 0;
    sim_tell(sim, "router %u starts", number);
    sim_simple_event(sim, number, FSM_EVENT_START);
}

static void sim_crash(struct sim *sim, unsigned number)
{
    struct sim_router *router = &sim->routers[number];

    sim_tell(sim, "router %u loses its power", number);
    router->alive = false;
    router->holds = false;
}

static void sim_part(struct sim *sim)
{
    for (unsigned i = 0; i < sim->count; i++) {
        sim->routers[i].side = (unsigned)sim_random(sim, 2);
        sim_tell(sim, "router %u is on side %u", i, sim->routers[i].side);
    }
}

static void sim_fault(struct sim *sim)
{
    unsigned number = (unsigned)sim_random(sim, sim->count);
    struct sim_router *router = &sim->routers[number];

    switch (sim_random(sim, 5)) {
    case 0:
        sim_part(sim);
        break;
    case 1:
        if (router->alive) {
            sim_crash(sim, number);
        } else {
            sim_start(sim, number);
        }
        break;
    case 2:
        if (router->alive) {
            sim_tell(sim, "router %u stops in order", number);
            sim_simple_event(sim, number, FSM_EVENT_STOP);
            router->alive = false;
        }
        break;
    default:
        if (router->alive) {
            router->paused_until = sim->now + (int64_t)sim_random(sim, (uint64_t)SIM_LONG_PAUSE);
            sim_tell(sim, "router %u stands still for %.3f s", number,
                     (double)(router->paused_until - sim->now) / 1e9);
        }
        break;
    }
}

static void sim_make_routers(struct sim *sim)
{
    uint8_t version = sim_random(sim, 2) ? 3 : 2;
    int64_t interval =
        version == 2 ? CLOCK_SECOND : (int64_t)(sim_random(sim, 10) + 1) * 100 * SIM_MS;

    sim->preempts = sim_random(sim, 3) != 0;
    sim->count = (unsigned)sim_random(sim, SIM_ROUTERS - 1) + 2;
    for (unsigned i = 0; i < sim->count; i++) {
        struct sim_router *router = &sim->routers[i];

        router->config = (struct fsm_config){
            .version = version,
            .preempt =
                sim->sabotage == SIM_EAGER || (sim->preempts && sim->sabotage != SIM_PATIENT),
            .higher_prio_send_advert = sim->sabotage != SIM_YIELD_SILENTLY,
            .down_adverts = 3,
            .advert_interval = interval,
        };
        /* few different ones, so that there are ties */
        router->state.priority = (uint8_t)(50 + 50 * sim_random(sim, 5));
    }
}

/* ---- What must hold ---------------------------------------------------------------------------- */

static enum sim_verdict sim_judge_holders(const struct sim *sim, unsigned master)
{
    for (unsigned i = 0; i < sim->count; i++) {
        if (sim->routers[i].holds != (i == master)) {
            return SIM_HOLDERS;
        }
        /* Who yields in a whole network is heard; of what went on elsewhere nobody can know. */
        if (i != master && sim->routers[i].yielded_at > sim->whole_since &&
            sim->routers[i].yielded_at > sim->routers[master].announced_at) {
            return SIM_STALE;
        }
    }
    return SIM_GOOD;
}

static enum sim_verdict sim_judge(const struct sim *sim)
{
    unsigned masters = 0;
    unsigned master = 0;
    unsigned alive = 0;
    uint8_t best = 0;

    for (unsigned i = 0; i < sim->count; i++) {
        const struct sim_router *router = &sim->routers[i];

        if (router->alive) {
            alive++;
            best = router->state.priority > best ? router->state.priority : best;
            if (router->state.role == FSM_MASTER) {
                masters++;
                master = i;
            }
        }
    }
    if (alive == 0) {
        return SIM_GOOD;
    }
    if (masters != 1) {
        return masters ? SIM_TWO_MASTERS : SIM_NO_MASTER;
    }
    if (sim->preempts && sim->routers[master].state.priority != best) {
        return SIM_WRONG_MASTER;
    }
    if (sim->now - sim->last_change < SIM_QUIET) {
        return SIM_RESTLESS;
    }
    return sim_judge_holders(sim, master);
}

/* A better router comes where nobody preempts: the master stays. */
static enum sim_verdict sim_judge_newcomer(struct sim *sim, int64_t settled)
{
    unsigned master = 0;

    while (master < sim->count &&
           !(sim->routers[master].alive && sim->routers[master].state.role == FSM_MASTER)) {
        master++;
    }
    if (sim->preempts || master == sim->count) {
        return SIM_GOOD;
    }
    for (unsigned i = 0; i < sim->count; i++) {
        if (i != master) {
            if (sim->routers[i].alive) {
                sim_crash(sim, i);
            }
            sim_start(sim, i);
        }
    }
    sim_run_until(sim, sim->now + settled);
    return sim->routers[master].state.role == FSM_MASTER ? SIM_GOOD : SIM_DEPOSED;
}

/* Adds the steps it took to `events`, if that is given. */
static enum sim_verdict sim_run_counted(uint64_t seed, enum sim_sabotage sabotage, bool told,
                                        uint64_t *events)
{
    struct sim *sim = calloc(1, sizeof(*sim));
    enum sim_verdict verdict;
    int64_t settled;

    assert_non_null(sim);
    sim->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    sim->sabotage = sabotage;
    sim->told = told;
    sim->now = CLOCK_SECOND;
    sim->delay = 20 * SIM_MS;
    sim_make_routers(sim);
    for (unsigned i = 0; i < sim->count; i++) {
        sim_start(sim, i);
    }
    while (sim->now < SIM_TROUBLE) {
        sim->loss = (unsigned)sim_random(sim, 30);
        sim_run_until(sim, sim->now + (int64_t)sim_random(sim, 6) * CLOCK_SECOND + SIM_MS);
        sim_fault(sim);
    }
    sim_tell(sim, "the network is whole and loses nothing");
    sim->loss = 0;
    sim->whole_since = sim->now;
    for (unsigned i = 0; i < sim->count; i++) {
        sim->routers[i].side = 0;
    }
    /* Wake up, miss three adverts, give way, and be given way to: each less than this. */
    settled = SIM_LONG_PAUSE + 4 * (3 * sim->routers[0].config.advert_interval + CLOCK_SECOND) +
              SIM_QUIET;
    sim_run_until(sim, sim->now + settled);
    verdict = sim_judge(sim);
    if (verdict == SIM_GOOD) {
        verdict = sim_judge_newcomer(sim, settled);
    }
    sim_tell(sim, "%s", sim_verdicts[verdict]);
    if (events) {
        *events += sim->events;
    }
    free(sim);
    return verdict;
}

static enum sim_verdict sim_run(uint64_t seed, enum sim_sabotage sabotage, bool told)
{
    return sim_run_counted(seed, sabotage, told, NULL);
}

/* Many runs; the first that is not good ends them, and is named. */
static int sim_run_many(uint64_t runs, uint64_t first)
{
    int64_t start = clock_now();
    uint64_t events = 0;
    double seconds;

    for (uint64_t i = 0; i < runs; i++) {
        enum sim_verdict verdict = sim_run_counted(first + i, SIM_HONEST, false, &events);

        if (verdict != SIM_GOOD) {
            (void)printf("seed %" PRIu64 ": %s: see sim_vrrp %" PRIu64 "\n", first + i,
                         sim_verdicts[verdict], first + i);
            return EXIT_FAILURE;
        }
    }
    seconds = (double)(clock_now() - start) / 1e9;
    (void)printf("%" PRIu64 " runs, %" PRIu64 " events, %.2f s, %.0f events/s\n", runs, events,
                 seconds, seconds > 0 ? (double)events / seconds : 0);
    return EXIT_SUCCESS;
}

/* ---- Tests ------------------------------------------------------------------------------------- */

static void test_after_any_trouble_one_router_is_master_and_everybody_knows(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SIM_SEEDS; seed++) {
        enum sim_verdict verdict = sim_run(seed, SIM_HONEST, false);

        assert_fact(verdict == SIM_GOOD, "seed %" PRIu64 ": %s: see sim_vrrp %" PRIu64, seed,
                    sim_verdicts[verdict], seed);
    }
}

static void test_the_checks_notice_each_way_to_be_wrong(void **state)
{
    static const struct {
        enum sim_sabotage sabotage;
        enum sim_verdict verdict;
    } rows[] = {
        {SIM_DEAF, SIM_TWO_MASTERS},     {SIM_SILENT_AGAIN, SIM_STALE},
        {SIM_YIELD_SILENTLY, SIM_STALE}, {SIM_PATIENT, SIM_WRONG_MASTER},
        {SIM_EAGER, SIM_DEPOSED},        {SIM_KEEP_ADDRESSES, SIM_HOLDERS},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        unsigned noticed = 0;

        for (uint64_t seed = 0; seed < SIM_SABOTAGE_SEEDS; seed++) {
            noticed += sim_run(seed, rows[i].sabotage, false) == rows[i].verdict;
        }
        assert_fact(noticed > 0, "sabotage %d: \"%s\" is not noticed", (int)rows[i].sabotage,
                    sim_verdicts[rows[i].verdict]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_any_trouble_one_router_is_master_and_everybody_knows),
        cmocka_unit_test(test_the_checks_notice_each_way_to_be_wrong),
    };
    uint64_t seed;
    uint64_t runs;

    if (argc == 2 && text_parse_unsigned(argv[1], UINT64_MAX, &seed)) {
        return sim_run(seed, SIM_HONEST, true) == SIM_GOOD ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (argc == 5 && strcmp(argv[1], "--runs") == 0 && strcmp(argv[3], "--seed") == 0 &&
        text_parse_unsigned(argv[2], UINT64_MAX, &runs) &&
        text_parse_unsigned(argv[4], UINT64_MAX, &seed)) {
        return sim_run_many(runs, seed);
    }
    if (argc > 1) {
        (void)fputs("usage: sim_vrrp [SEED | --runs N --seed S]\n", stderr);
        return EXIT_FAILURE;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
