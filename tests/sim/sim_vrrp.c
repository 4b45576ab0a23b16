/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs the simulator.
 *
 *     sim_vrrp                       the runs of `make check`
 *     sim_vrrp SEED                  the story of one
 *     sim_vrrp --runs N --seed S     N runs from seed S on, and how fast they were
 */
#include "sim.h"

#include "unit.h"

#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>

enum { SIM_RUNS = 2000, SIM_ORDERS = 3 };

static enum sim_verdict sim_run(uint64_t seed, bool told, uint64_t *steps)
{
    struct sim *sim = sim_new(seed, told);
    unsigned orders = 1 + (unsigned)sim_random(sim, SIM_ORDERS);
    enum sim_verdict verdict;

    faults_trouble(sim);
    for (unsigned i = 0; i <= orders && sim->verdict == SIM_GOOD; i++) {
        int64_t settled;

        if (i > 0) {
            faults_order(sim);
        }
        settled = invariants_expect(sim);
        sim_run_until(sim, settled + 1);
        for (unsigned which = 0; which < sim->virtual_count; which++) {
            sim->virtuals[which].watched = false;
        }
        invariants_reconcile(sim, settled - sim->whole_since);
        invariants_judge(sim);
        sim_run_until(sim, sim->now + (settled - sim->whole_since) / 2);
        invariants_judge(sim);
    }
    verdict = sim->verdict;
    *steps += sim->steps;
    if (verdict != SIM_GOOD) {
        (void)printf("seed %" PRIu64 ": %s: %s\n", seed, sim_verdicts[verdict], sim->problem);
    }
    sim_free(sim);
    return verdict;
}

/* Many runs; the first that is not good ends them, and is named. */
static int sim_run_many(uint64_t runs, uint64_t first)
{
    int64_t start = clock_now();
    uint64_t steps = 0;
    double seconds;

    for (uint64_t i = 0; i < runs; i++) {
        if (sim_run(first + i, false, &steps) != SIM_GOOD) {
            return EXIT_FAILURE;
        }
    }
    seconds = (double)(clock_now() - start) / 1e9;
    (void)printf("%" PRIu64 " runs, %" PRIu64 " events, %.2f s, %.0f events/s\n", runs, steps,
                 seconds, seconds > 0 ? (double)steps / seconds : 0);
    return EXIT_SUCCESS;
}

static void test_after_any_trouble_all_agree_and_at_no_step_is_the_protocol_broken(void **state)
{
    uint64_t steps = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SIM_RUNS; seed++) {
        assert_fact(sim_run(seed, false, &steps) == SIM_GOOD, "see sim_vrrp %" PRIu64, seed);
    }
}

/* Beyond the runs above. */
static void test_what_was_wrong_once_is_not_again(void **state)
{
    static const struct {
        uint64_t seed;
        const char *what;
    } once[] = {
        {22019,
         "sync groups whose priorities contradict each other took each other's place for ever"},
        {10716, "so did four address owners by their addresses, two and two"},
        {13410, "and thirty at once"},
        {11714, "an advert overtook the priority 0 of a master that was demoted"},
        {36431, "a member left its sync group while it waited longer with that"},
    };
    uint64_t steps = 0;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(once); i++) {
        assert_fact(sim_run(once[i].seed, false, &steps) == SIM_GOOD, "%s", once[i].what);
    }
}

static void test_a_seed_replays_a_run_exactly(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        uint64_t once = 0;
        uint64_t again = 0;

        (void)sim_run(seed, false, &once);
        (void)sim_run(seed, false, &again);
        assert_true(once == again);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_after_any_trouble_all_agree_and_at_no_step_is_the_protocol_broken),
        cmocka_unit_test(test_what_was_wrong_once_is_not_again),
        cmocka_unit_test(test_a_seed_replays_a_run_exactly),
    };
    uint64_t steps = 0;
    uint64_t seed;
    uint64_t runs;

    if (argc == 2 && text_parse_unsigned(argv[1], UINT64_MAX, &seed)) {
        return sim_run(seed, true, &steps) == SIM_GOOD ? EXIT_SUCCESS : EXIT_FAILURE;
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
