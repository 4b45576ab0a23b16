/* SPDX-License-Identifier: Apache-2.0
 *
 * Which services are ours, the list of them in the runtime directory, which of them are to be
 * planned, and what the kernel refused of them.
 */
#include "base/runtime.h"
#include "ipvs/owned.h"
#include "ipvs/sync_state.h"

#include <stdlib.h>
#include <string.h>

/* ---- Services ---------------------------------------------------------------------------------- */

struct sync_service *sync_service_find(const struct sync *sync, const struct conf_service_key *key)
{
    struct sync_service *service;

    HASH_FIND(hh, sync->services, key, sizeof(*key), service);
    return service;
}

struct sync_service *sync_service_put(struct sync *sync, const struct conf_service_key *key)
{
    struct sync_service *service = sync_service_find(sync, key);

    if (!service) {
        service = memory_new(1, sizeof(*service));
        service->key = *key;
        service->unread = table_find_service(&sync->actual, key) != NULL; /* foreign until now */
        HASH_ADD(hh, sync->services, key, sizeof(service->key), service);
        sync->owned_stale = true;
    }
    return service;
}

static void sync_fault_free(struct sync *sync, struct sync_fault *fault)
{
    sync->faults--;
    free(fault->text);
    free(fault);
}

void sync_service_forget(struct sync *sync, struct sync_service *service)
{
    struct sync_fault *fault = service->faults;

    HASH_CLEAR(hh, service->faults);
    while (fault) {
        struct sync_fault *next = fault->hh.next;

        sync_fault_free(sync, fault);
        fault = next;
    }
    if (service->dirty) { /* in one of these: none is forgotten while others are being planned */
        struct sync_service_list *list = service->parked ? &sync->parked : &sync->dirty;

        TAILQ_REMOVE(list, service, next);
    }
    sync_drain_forget(sync, service);
    HASH_DEL(sync->services, service);
    free(service);
    sync->owned_stale = true;
}

void sync_service_mark(struct sync *sync, struct sync_service *service)
{
    if (!service->dirty) {
        service->dirty = true;
        service->parked = sync->held && service->conf && service->conf->fullnat;
        if (service->parked) {
            TAILQ_INSERT_TAIL(&sync->parked, service, next);
        } else {
            TAILQ_INSERT_TAIL(&sync->dirty, service, next);
        }
    }
}

void sync_service_park(struct sync *sync)
{
    struct sync_service *service = TAILQ_FIRST(&sync->dirty);

    sync->held = true;
    while (service) {
        struct sync_service *next = TAILQ_NEXT(service, next);

        if (service->conf && service->conf->fullnat) {
            TAILQ_REMOVE(&sync->dirty, service, next);
            TAILQ_INSERT_TAIL(&sync->parked, service, next);
            service->parked = true;
        }
        service = next;
    }
}

void sync_service_release(struct sync *sync)
{
    struct sync_service *service;

    sync->held = false;
    TAILQ_FOREACH(service, &sync->parked, next) {
        service->parked = false;
    }
    TAILQ_CONCAT(&sync->dirty, &sync->parked, next);
}

void sync_service_mark_all(struct sync *sync)
{
    for (struct sync_service *service = sync->services; service; service = service->hh.next) {
        sync_service_mark(sync, service);
    }
}

void sync_service_mark_faulty(struct sync *sync)
{
    if (sync->faults == 0) {
        return;
    }
    for (struct sync_service *service = sync->services; service; service = service->hh.next) {
        if (service->faults) {
            sync_service_mark(sync, service);
        }
    }
}

const char *sync_service_name(const struct sync_service *service,
                              char text[TABLE_SERVICE_TEXT_SIZE])
{
    return service->conf && service->conf->name && !service->conf->group
               ? service->conf->name
               : table_service_text(text, &service->key);
}

/* ---- The list in the runtime directory --------------------------------------------------------- */

void sync_owned_read(struct sync *sync)
{
    char *text = runtime_read(sync->runtime, OWNED_FILE_NAME, NULL);
    const char *rest = text;
    struct sync_service *service = NULL;
    struct owned_line line;
    unsigned bad = 0;

    while (owned_next(&rest, &line)) {
        if (line.kind == OWNED_SERVICE) {
            service = sync_service_put(sync, &line.service);
            service->adopted = true;
            service->kept = true;
        } else if (line.kind == OWNED_DRAIN && service) {
            sync_drain_put(sync, service, &line.drain, line.until, true);
        } else {
            service = line.kind == OWNED_BAD ? NULL : service;
            bad++;
        }
    }
    if (bad) {
        log_warning(sync->log, SYNC_SUBJECT,
                    "%u lines of %s/%s are not understood: services of the last run that are no "
                    "longer configured may stay in the kernel",
                    bad, runtime_directory(sync->runtime), OWNED_FILE_NAME);
    }
    sync->owned_stale = !text || bad; /* else it says what we know */
    free(text);
}

void sync_owned_write(struct sync *sync)
{
    struct text_buffer text = {0};
    const struct sync_service *service;
    int error;

    if (!sync->owned_stale) {
        return;
    }
    owned_append_heading(&text);
    for (service = sync->services; service; service = service->hh.next) {
        owned_append(&text, &service->key);
        for (const struct sync_drain *drain = service->drains; drain; drain = drain->hh.next) {
            owned_append_drain(&text, &drain->whom, drain->until);
        }
    }
    error = runtime_write(sync->runtime, OWNED_FILE_NAME, text.data, text.length);
    sync->owned_stale = error != 0;
    if (error) {
        log_error(sync->log, SYNC_SUBJECT,
                  "cannot write %s/%s: %s: after a crash, services that are taken out of the "
                  "configuration would stay in the kernel",
                  runtime_directory(sync->runtime), OWNED_FILE_NAME, strerror(-error));
    }
    text_release(&text);
}

/* ---- Refusals ---------------------------------------------------------------------------------- */

static struct sync_fault *sync_fault_get(const struct sync_service *service,
                                         const struct conf_server_key *server)
{
    static const struct conf_server_key itself;
    struct sync_fault *fault;

    server = server ? server : &itself;
    HASH_FIND(hh, service->faults, server, sizeof(*server), fault);
    return fault;
}

const struct sync_fault *sync_fault_find(const struct sync_service *service,
                                         const struct conf_server_key *server)
{
    return sync_fault_get(service, server);
}

static void sync_fault_tell(struct sync *sync, const struct sync_service *service,
                            const struct sync_fault *fault)
{
    char name[TABLE_SERVICE_TEXT_SIZE];
    char server[INET_ENDPOINT_TEXT_SIZE];

    if (sync->round.told >= SYNC_LOG_LIMIT) {
        return;
    }
    sync->round.told++;
    if (inet_is_set(&fault->server.addr)) {
        log_error(sync->log, sync_service_name(service, name), "server %s refused: %s",
                  table_server_text(server, &fault->server), fault->text);
        sync_tell(sync, sync_service_name(service, name), "refused", "server %s: %s", server,
                  fault->text);
    } else {
        log_error(sync->log, sync_service_name(service, name), "refused: %s", fault->text);
        sync_tell(sync, sync_service_name(service, name), "refused", "%s", fault->text);
    }
}

void sync_fault_set(struct sync *sync, struct sync_service *service,
                    const struct plan_operation *operation, int error, bool quiet)
{
    const struct conf_server_key *server =
        plan_kind_is_of_destination(operation->kind) ? &operation->server : NULL;
    struct sync_fault *fault = sync_fault_get(service, server);
    char text[KERNEL_ERROR_TEXT_SIZE];

    (void)kernel_error_text(text, operation, error);
    if (!fault) {
        fault = memory_new(1, sizeof(*fault));
        if (server) {
            fault->server = *server;
        }
        HASH_ADD(hh, service->faults, server, sizeof(fault->server), fault);
        sync->faults++;
    }
    fault->round = sync->round.number;
    if (!fault->text || strcmp(fault->text, text) != 0) {
        free(fault->text);
        fault->text = memory_text(text);
        fault->told = false;
    }
    if (!quiet && !fault->told) {
        fault->told = true;
        sync_fault_tell(sync, service, fault);
    }
}

static void sync_fault_settle_service(struct sync *sync, struct sync_service *service)
{
    struct sync_fault *fault;
    struct sync_fault *next;

    if (service->round != sync->round.number) {
        return;
    }
    HASH_ITER(hh, service->faults, fault, next) {
        /* Servers of a service that was refused itself were not tried. */
        if (fault->round != sync->round.number && !service->refused) {
            HASH_DEL(service->faults, fault); /* NOLINT(clang-analyzer-unix.Malloc): unlinks it */
            sync_fault_free(sync, fault);
        }
    }
}

void sync_fault_settle(struct sync *sync)
{
    struct sync_service *service;
    struct sync_service *next;

    if (sync->faults == 0) {
        return;
    }
    HASH_ITER(hh, sync->services, service, next) {
        sync_fault_settle_service(sync, service);
    }
}
