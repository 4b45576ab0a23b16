/* SPDX-License-Identifier: Apache-2.0
 *
 * ha_suspend: checks pause while no address of their service is on this host. Whose results they
 * are for is then another director's business; servers keep the state that they had.
 */
#include "check/checker_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static int suspend_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct inet_addr));
}

static bool suspend_has(const struct checker *checker, const struct inet_addr *address)
{
    return checker->address_count && bsearch(address, checker->addresses, checker->address_count,
                                             sizeof(*address), suspend_compare);
}

static void suspend_service(const struct checker *checker, struct model_service *service)
{
    bool suspended = service->ha_suspend;

    for (uint32_t i = 0; i < service->address_count && suspended; i++) {
        suspended = !suspend_has(checker, &service->addresses[i]);
    }

    if (suspended != service->suspended) {
        service->suspended = suspended;
        log_event(checker->log, LOG_LEVEL_NOTICE, service->name,
                  suspended ? "checks pause: its address is not on this host (ha_suspend)"
                            : "checks resume");
    }
}

static void suspend_check(struct checker *checker, struct model_check *check, int64_t now)
{
    bool paused = model_is_paused(check);

    if (paused == check->paused) {
        return;
    }
    check->paused = paused;
    if (paused) {
        checker->paused++;
        checker_end_run(checker, check);
        schedule_clear(checker->schedule, &check->entry);
    } else {
        checker->paused--;
        if (!check->run) { /* else somebody has asked for it: checker_ask() */
            schedule_set(checker->schedule, &check->entry, now);
        }
    }
}

/* What operators let pause, of the servers that there are now. */
static void suspend_hold(const struct checker *checker)
{
    const struct model *model = checker->model;

    for (uint32_t i = 0; i < model->service_count; i++) {
        model->services[i].held = false;
    }
    for (uint32_t i = 0; i < model->server_count; i++) {
        model->servers[i].held = false;
    }
    for (size_t i = 0; i < checker->pause_count; i++) {
        const struct checker_pause *pause = &checker->pauses[i];
        char problem[CHECKER_PROBLEM_SIZE];
        struct model_service *service = checker_find_service(checker, pause->service, problem);
        struct model_server *server =
            service && *pause->server ? checker_find_server(service, pause->server, problem) : NULL;

        if (server) {
            server->held = true;
        } else if (service && !*pause->server) {
            service->held = true;
        }
    }
}

void checker_free_pauses(struct checker *checker)
{
    for (size_t i = 0; i < checker->pause_count; i++) {
        free((void *)checker->pauses[i].service);
        free((void *)checker->pauses[i].server);
    }
    free(checker->pauses);
    checker->pauses = NULL;
    checker->pause_count = 0;
}

void checker_set_pauses(struct checker *checker, const struct checker_pause *pauses, size_t count)
{
    checker_free_pauses(checker);
    checker->pauses = memory_new(count + 1, sizeof(*pauses));
    for (; checker->pause_count < count; checker->pause_count++) {
        checker->pauses[checker->pause_count] =
            (struct checker_pause){memory_text(pauses[checker->pause_count].service),
                                   memory_text(pauses[checker->pause_count].server)};
    }
    checker_suspend(checker);
    checker_arm(checker);
}

void checker_suspend(struct checker *checker)
{
    const struct model *model = checker->model;
    int64_t now = clock_now();

    suspend_hold(checker);
    for (uint32_t i = 0; i < model->service_count; i++) {
        suspend_service(checker, &model->services[i]);
    }
    for (uint32_t i = 0; i < model->check_count; i++) {
        suspend_check(checker, model->checks[i], now);
    }
}

bool checker_wants_addresses(const struct checker *checker)
{
    for (uint32_t i = 0; i < checker->model->service_count; i++) {
        if (checker->model->services[i].ha_suspend) {
            return true;
        }
    }
    return false;
}

void checker_set_addresses(struct checker *checker, const struct inet_addr *addresses, size_t count)
{
    free(checker->addresses);
    checker->addresses = memory_new(count + 1, sizeof(*addresses));
    checker->address_count = count;
    if (count) {
        memcpy(checker->addresses, addresses, count * sizeof(*addresses));
        qsort(checker->addresses, count, sizeof(*addresses), suspend_compare);
    }
    checker_suspend(checker);
    checker_arm(checker);
}
