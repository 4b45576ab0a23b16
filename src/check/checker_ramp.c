/* SPDX-License-Identifier: Apache-2.0
 *
 * Slow starts: servers that came back get their weight in steps. The curve is health's.
 */
#include "check/checker_private.h"

#include "base/clock.h"
#include "base/loop.h"

#include <stddef.h>

static struct model_server *ramp_server(struct schedule_entry *entry)
{
    return (struct model_server *)((char *)entry - offsetof(struct model_server, ramp));
}

static void ramp_arm(struct checker *checker)
{
    const struct schedule_entry *first = schedule_first(checker->ramps);

    loop_timer_set(checker->ramp_timer,
                   first ? schedule_deadline(checker->ramps, first) : CLOCK_NEVER);
}

static void ramp_step(struct checker *checker, struct model_server *server, int64_t now)
{
    model_ramp(server, now);
    if (server->ramp_start) {
        schedule_set(checker->ramps, &server->ramp,
                     health_ramp_next(server->ramp_start, model_slow_start(server), now));
    } else {
        schedule_clear(checker->ramps, &server->ramp);
    }
}

void checker_ramp(struct checker *checker, struct model_server *server, int64_t now)
{
    ramp_step(checker, server, now);
    ramp_arm(checker);
}

void checker_ramp_all(struct checker *checker)
{
    int64_t now = clock_now();

    schedule_free(checker->ramps); /* its entries went with the former model */
    checker->ramps = schedule_new();
    for (uint32_t i = 0; i < checker->model->server_count; i++) {
        if (checker->model->servers[i].ramp_start) {
            ramp_step(checker, &checker->model->servers[i], now);
        }
    }
    ramp_arm(checker);
}

void checker_ramp_turn(void *argument, int64_t now, int64_t late)
{
    struct checker *checker = argument;
    struct schedule_entry *first;

    (void)late;
    while ((first = schedule_first(checker->ramps)) &&
           schedule_deadline(checker->ramps, first) <= now) {
        struct model_server *server = ramp_server(first);
        uint32_t weight = model_view(server).weight;

        ramp_step(checker, server, now);
        if (model_view(server).weight != weight) {
            checker->hooks.service_changed(checker->hooks.argument, &server->service->key);
        }
    }
    ramp_arm(checker);
}
