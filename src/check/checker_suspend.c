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

/* ---- What operators let pause ------------------------------------------------------------------ */

/* Whose checks it is about. @return false: neither is there now */
static bool suspend_find(const struct checker *checker, const struct checker_pause *pause,
                         struct model_service **service, struct model_server **server)
{
    char problem[CHECKER_PROBLEM_SIZE];

    *service = checker_find_service(checker, pause->service, problem);
    *server =
        *service && *pause->server ? checker_find_server(*service, pause->server, problem) : NULL;
    return *server || (*service && !*pause->server);
}

/* Counts a pause at whom it is about, or no more. A service of a group is known by two names. */
static void suspend_count(const struct checker *checker, const struct checker_pause *pause,
                          bool held)
{
    struct model_service *service;
    struct model_server *server;

    if (suspend_find(checker, pause, &service, &server)) {
        uint32_t *count = server ? &server->held : &service->held;

        *count = held ? *count + 1 : *count - 1;
    }
}

void checker_hold_all(struct checker *checker)
{
    for (size_t i = 0; i < checker->pause_count; i++) {
        suspend_count(checker, &checker->pauses[i], true);
    }
}

/* Its checks pause or go on, where a mark that it has says so. */
static void suspend_server(struct checker *checker, const struct model_server *server, int64_t now)
{
    for (uint32_t i = 0; i < server->link_count; i++) {
        suspend_check(checker, server->links[i].check, now);
    }
}

static void suspend_set(struct checker *checker, const struct checker_pause *pause, bool held)
{
    struct model_service *service;
    struct model_server *server;
    int64_t now = clock_now();

    suspend_count(checker, pause, held);
    if (!suspend_find(checker, pause, &service, &server)) {
        return;
    }
    for (uint32_t i = 0; i < service->server_count; i++) {
        if (!server || server == &service->servers[i]) {
            suspend_server(checker, &service->servers[i], now);
        }
    }
    checker_arm(checker);
}

/* @return pause_count: there is none such */
static size_t suspend_place(const struct checker *checker, const struct checker_pause *pause)
{
    size_t place = 0;

    while (place < checker->pause_count &&
           (strcmp(checker->pauses[place].server, pause->server) != 0 ||
            strcmp(checker->pauses[place].service, pause->service) != 0)) {
        place++;
    }
    return place;
}

static void suspend_free(const struct checker_pause *pause)
{
    free((void *)pause->service);
    free((void *)pause->server);
}

void checker_free_pauses(struct checker *checker)
{
    for (size_t i = 0; i < checker->pause_count; i++) {
        suspend_free(&checker->pauses[i]);
    }
    free(checker->pauses);
    checker->pauses = NULL;
    checker->pause_count = 0;
    checker->pause_room = 0;
}

void checker_add_pauses(struct checker *checker, const struct checker_pause *pauses, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (checker->pause_count == checker->pause_room) {
            checker->pause_room = 2 * checker->pause_room + 1;
            checker->pauses =
                memory_resize(checker->pauses, checker->pause_room, sizeof(*checker->pauses));
        }
        checker->pauses[checker->pause_count++] =
            (struct checker_pause){memory_text(pauses[i].service), memory_text(pauses[i].server)};
        suspend_set(checker, &pauses[i], true);
    }
}

void checker_end_pause(struct checker *checker, const struct checker_pause *pause)
{
    size_t place = suspend_place(checker, pause);

    if (place < checker->pause_count) {
        suspend_free(&checker->pauses[place]);
        checker->pauses[place] = checker->pauses[--checker->pause_count];
        suspend_set(checker, pause, false);
    }
}

/* ---- Both -------------------------------------------------------------------------------------- */

void checker_suspend(struct checker *checker)
{
    const struct model *model = checker->model;
    int64_t now = clock_now();

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
