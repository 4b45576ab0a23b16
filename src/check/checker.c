/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs checks at their times and carries what they find through health's arithmetic to the log and to
 * whoever registered hooks. How a question is asked is the kinds' business, what the IPVS table looks
 * like is ipvs's.
 */
#include "check/checker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "check/checker_private.h"
#include "check/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Checks begin in turns, at least this long apart and at most so many: 64,000 a second. So whatever
 * else waits in the loop has its turn within a fraction of a millisecond, even when a pause of the
 * machine has made all checks overdue at once. A turn begins at an instant of a grid, so that those
 * that are due within a few milliseconds cost one wake-up.
 */
#define CHECKER_TURN (250 * CLOCK_MICROSECOND)
enum { CHECKER_TURN_STARTS = 16 };

/* ---- Telling ----------------------------------------------------------------------------------- */

const char *checker_subject(char text[CHECKER_SUBJECT_SIZE], const struct model_server *server)
{
    char endpoint[INET_ENDPOINT_TEXT_SIZE];

    (void)snprintf(text, CHECKER_SUBJECT_SIZE, "%.180s %s", server->service->name,
                   inet_endpoint_text(endpoint, &server->key.addr, server->key.port));
    return text;
}

static void checker_log_server(const struct checker *checker, const struct model_server *server,
                               enum log_level level, const char *word, const char *reason)
{
    char subject[CHECKER_SUBJECT_SIZE];

    log_event(checker->log, level, checker_subject(subject, server), "%s: %s", word, reason);
}

/* A server that is there went up or down. */
static void checker_log_moved(const struct checker *checker, const struct model_server *server,
                              const char *reason)
{
    if (server->health.up) {
        checker_log_server(checker, server, LOG_LEVEL_NOTICE, "UP", reason);
    } else {
        checker_log_server(checker, server, LOG_LEVEL_WARNING, "DOWN", reason);
    }
}

static void checker_tell_server(const struct checker *checker, const struct model_server *server,
                                bool up, const char *reason, bool removed)
{
    const struct checker_event event = {
        .kind = up ? CHECKER_SERVER_UP : CHECKER_SERVER_DOWN,
        .service = &server->service->key,
        .group = server->service->group,
        .group_use = server->service->group_use,
        .server = &server->key,
        .reason = reason,
        .removed = removed,
    };

    checker->hooks.event(checker->hooks.argument, &event);
}

static void checker_tell_service(const struct checker *checker, const struct model_service *service,
                                 enum checker_event_kind kind, const char *reason, bool removed)
{
    const struct checker_event event = {
        .kind = kind,
        .service = &service->key,
        .group = service->group,
        .group_use = service->group_use,
        .reason = reason,
        .removed = removed,
    };

    checker->hooks.event(checker->hooks.argument, &event);
}

static void checker_tell_quorum(const struct checker *checker, const struct model_service *service,
                                bool met, const char *reason, bool removed)
{
    checker_tell_service(checker, service, met ? CHECKER_QUORUM_UP : CHECKER_QUORUM_DOWN, reason,
                         removed);
}

static void checker_quorum_reason(char reason[CHECKER_REASON_SIZE],
                                  const struct model_service *service)
{
    struct health_bounds bounds = health_quorum_bounds(&service->quorum);
    char sorry[INET_ENDPOINT_TEXT_SIZE + 32] = "";

    if (service->sorry) {
        char endpoint[INET_ENDPOINT_TEXT_SIZE];

        (void)snprintf(
            sorry, sizeof(sorry), "; sorry server %s is %s",
            inet_endpoint_text(endpoint, &service->sorry->key.addr, service->sorry->key.port),
            service->quorum_met ? "out" : "in");
    }
    (void)snprintf(reason, CHECKER_REASON_SIZE,
                   "live weight %" PRIu64 " of %" PRIu64 ", needed %" PRIu64 "%s", service->live,
                   service->quorum.total, service->quorum_met ? bounds.gain : bounds.lose, sorry);
}

/* The service's quorum came or went. */
static void checker_quorum_moved(const struct checker *checker, const struct model_service *service)
{
    char reason[CHECKER_REASON_SIZE];

    checker_quorum_reason(reason, service);
    log_event(checker->log, service->quorum_met ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING,
              service->name, "quorum %s: %s", service->quorum_met ? "gained" : "lost", reason);
    checker_tell_quorum(checker, service, service->quorum_met, reason, false);
}

/* The service began to fail open, or ceased. */
static void checker_mode_moved(const struct checker *checker, const struct model_service *service,
                               enum health_mode before)
{
    bool open = service->mode == HEALTH_MODE_OPEN;
    char reason[CHECKER_REASON_SIZE];

    if (open == (before == HEALTH_MODE_OPEN)) {
        return;
    }
    (void)snprintf(reason, sizeof(reason),
                   "%" PRIu32 " of %" PRIu32 " servers up, min_healthy wants %" PRIu32 "%s",
                   service->up, service->ready, health_floor_needed(service->floor, service->ready),
                   open ? ": all are used, whatever their checks say"
                   : service->mode == HEALTH_MODE_SORRY ? "; the sorry server is in"
                                                        : "");
    log_event(checker->log, open ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE, service->name, "%s: %s",
              open ? "fails open" : "fails open no more", reason);
    checker_tell_service(checker, service, open ? CHECKER_OPEN_BEGAN : CHECKER_OPEN_ENDED, reason,
                         false);
}

/* ---- What results mean ------------------------------------------------------------------------- */

void checker_service_moved(struct checker *checker, struct model_service *service,
                           const struct model_server *server, const char *reason)
{
    bool met = service->quorum_met;
    uint8_t mode = service->mode;

    model_conclude(service);
    checker->hooks.service_changed(checker->hooks.argument, &service->key);
    if (server) {
        checker_log_moved(checker, server, reason);
        checker_tell_server(checker, server, server->health.up, reason, false);
    }
    if (service->quorum_met != met) {
        checker_quorum_moved(checker, service);
    }
    checker_mode_moved(checker, service, (enum health_mode)mode);
}

/* The server went down, or came back. */
static void checker_server_turned(struct checker *checker, struct model_server *server,
                                  bool recovered, int64_t now)
{
    server->ramp_start = server->health.up && recovered && server->slow_start_ms ? now : 0;
    checker_ramp(checker, server, now);
}

/* A check of the server went up or down. @return whether the server did */
static bool checker_server_step(struct model_server *server, bool check_up, int64_t wall)
{
    bool up = server->health.up;

    server->checks_down += check_up ? -1U : 1U;
    model_leave(server);
    server->health.up = server->checks_down == 0;
    server->checking = model_is_checking(server);
    model_join(server);
    if (server->health.up == up) {
        return false;
    }
    server->since_wall = wall;
    return true;
}

void checker_server_weighed(struct checker *checker, struct model_server *server,
                            const char *reason)
{
    uint32_t weight = model_weight(server);
    char subject[CHECKER_SUBJECT_SIZE];

    if (weight == server->health.weight) {
        return;
    }
    log_event(checker->log, LOG_LEVEL_NOTICE, checker_subject(subject, server),
              "weight %" PRIu32 " -> %" PRIu32 ": %s", server->health.weight, weight, reason);
    model_leave(server);
    server->health.weight = weight;
    model_join(server);
    checker_service_moved(checker, server->service, NULL, NULL);
}

static void checker_check_moved(struct checker *checker, const struct model_check *check,
                                bool recovered, int64_t now)
{
    const struct check_kind *kind = check_kind(check->spec.kind);
    char reason[CHECKER_REASON_SIZE];
    char text[VERDICT_TEXT_SIZE];
    char took[CLOCK_TEXT_SIZE];
    struct verdict verdict = model_last_verdict(check);

    verdict_text(text, &verdict, kind->success);
    if (check->health.up) {
        (void)snprintf(reason, sizeof(reason), "%s: %s in %s", kind->name, text,
                       clock_duration_text(took, check->duration));
    } else {
        (void)snprintf(reason, sizeof(reason), "%s: %s (%" PRIu32 " %s)", kind->name, text,
                       check->health.fails, check->health.fails == 1 ? "try" : "tries");
    }
    for (struct model_link *link = check->links; link; link = link->next) {
        if (link->weight) {
            checker_server_weighed(checker, link->server, reason);
        } else if (checker_server_step(link->server, check->health.up, check->ended_wall)) {
            checker_server_turned(checker, link->server, recovered, now);
            checker_service_moved(checker, link->server->service, link->server, reason);
        }
    }
}

/* The check has its first answer, and it leaves its servers down: they are so by more than a start. */
static void checker_check_known(struct checker *checker, const struct model_check *check)
{
    for (struct model_link *link = check->links; link; link = link->next) {
        struct model_server *server = link->server;

        if (server->checking && !model_is_checking(server)) {
            model_leave(server);
            server->checking = false;
            model_join(server);
            checker_service_moved(checker, server->service, NULL, NULL);
        }
    }
}

/* The check has settled: its servers are what it says, as soon as it is the last one. */
static void checker_check_settled(struct checker *checker, const struct model_check *check)
{
    for (struct model_link *link = check->links; link; link = link->next) {
        struct model_server *server = link->server;

        if (server->unasked && !model_is_unasked(server)) {
            server->unasked = false;
            if (--server->service->unasked == 0) {
                checker->hooks.service_changed(checker->hooks.argument, &server->service->key);
            }
            if (checker->hooks.server_asked) {
                checker->hooks.server_asked(checker->hooks.argument, &server->service->key);
            }
        }
    }
}

/* The check has changed the weights of its servers. */
static void checker_weight_moved(struct checker *checker, const struct model_check *check)
{
    for (struct model_link *link = check->links; link; link = link->next) {
        checker_server_weighed(checker, link->server, check_kind(check->spec.kind)->name);
    }
}

/* Keeps count of the checks that cannot be made here. */
static void checker_count_local(struct checker *checker, const struct model_check *check,
                                const struct verdict *verdict)
{
    struct checker_local *local = &checker->local;

    local->checks -= check->class == VERDICT_LOCAL;
    if (verdict->class != VERDICT_LOCAL) {
        return;
    }
    local->at_wall = clock_wall();
    if (!local->checks) {
        local->since_wall = local->at_wall;
    }
    local->checks++;
    local->kind = check_kind(check->spec.kind);
    local->last = *verdict;
}

static void checker_record(struct checker *checker, struct model_check *check,
                           const struct verdict *verdict, int64_t now)
{
    checker->results[verdict->class]++;
    checker->running -= check->run != NULL;
    check->run = NULL;
    checker_count_local(checker, check, verdict);
    model_record(check, verdict, clock_wall(),
                 verdict->took ? verdict->took : now - check->started);
    model_count(check, verdict->class, check->duration);
}

/* When it begins next, unless nobody wants it now. */
static void checker_plan(struct checker *checker, struct model_check *check, int64_t next)
{
    const struct check_kind *kind = check_kind(check->spec.kind);

    if (kind->waits && health_check_is_open(&check->health)) {
        kind->repeat(check->prepared);
    } else if (kind->waits) {
        next = clock_now();
    }
    if (check->paused) {
        schedule_clear(checker->schedule, &check->entry);
    } else {
        schedule_set(checker->schedule, &check->entry, next);
    }
}

/* Transitions alone are logged; a failed try only where that was asked for. */
static void checker_log_try(const struct checker *checker, const struct model_check *check,
                            const struct verdict *verdict)
{
    const struct check_kind *kind = check_kind(check->spec.kind);
    char subject[MODEL_TARGET_SIZE + 32];
    char target[MODEL_TARGET_SIZE];
    char text[VERDICT_TEXT_SIZE];

    verdict_text(text, verdict, kind->success);
    if (verdict->class == VERDICT_LOCAL) {
        /* The same words for every check that it hits, so that the log tells them once. */
        log_warning(checker->log, kind->name, "cannot check: %s; servers keep their state", text);
    } else if (check->log_all_failures && verdict->class != VERDICT_OK) {
        (void)snprintf(subject, sizeof(subject), "%s %s", kind->name,
                       model_check_target(target, check));
        log_info(checker->log, subject, "%s (try %" PRIu32 ")", text, check->health.fails);
    }
}

static void checker_verdict(struct checker *checker, struct model_check *check,
                            const struct verdict *verdict)
{
    int64_t now = clock_now();
    struct health_check before = check->health;
    struct health_step step = health_check_step(
        &check->spec.rules, check->health,
        verdict->partial ? HEALTH_PARTLY : verdict_health(verdict->class), check->phase, now);
    struct health_change change = check->change;

    checker_record(checker, check, verdict, now);
    check->health = step.state;
    checker_plan(checker, check, step.next);
    checker_log_try(checker, check, verdict);
    if (check->health.up != before.up) {
        checker_check_moved(checker, check, before.failed, now);
    } else if (check->health.known && !before.known) {
        checker_check_known(checker, check);
    }
    if (verdict->class == VERDICT_OK &&
        (change.kind != verdict->change.kind || change.value != verdict->change.value)) {
        check->change = verdict->change;
        checker_weight_moved(checker, check);
    }
    if (!check->settled && model_is_settled(check)) {
        check->settled = true;
        checker_check_settled(checker, check);
    }
    checker_ask_heard(checker, check);
}

/* ---- When checks run --------------------------------------------------------------------------- */

/* Lets the timer fire when the first check is due, or when the next turn may begin. */
void checker_arm(struct checker *checker)
{
    const struct schedule_entry *first = schedule_first(checker->schedule);
    int64_t deadline = first ? schedule_deadline(checker->schedule, first) : CLOCK_NEVER;

    if (deadline <= checker->next_turn) {
        deadline = checker->next_turn;
    } else if (deadline != CLOCK_NEVER) {
        deadline = health_next_look(0, CHECK_GRID, deadline - 1);
    }
    if (deadline < loop_timer_deadline(checker->timer)) {
        loop_timer_set(checker->timer, deadline);
    }
}

/* A run has ended by itself. */
static void checker_run_done(void *context, void *argument, const struct verdict *verdict)
{
    struct checker *checker = context;

    checker_verdict(checker, argument, verdict);
    checker_arm(checker);
}

/* Sets the address of a host that has a name. @return whether it is known; else the verdict is set */
static bool checker_find_host(struct model_check *check, struct verdict *verdict)
{
    const struct inet_addr *address;
    const char *error = NULL;

    if (!check->host) {
        return true;
    }
    address = names_address(check->name, &error);
    if (address) {
        check->spec.connect_addr = *address;
    } else {
        *verdict = verdict_of(VERDICT_LOCAL, "%.60s: %s", check->host, error);
    }
    return address != NULL;
}

static void checker_start(struct checker *checker, struct model_check *check, int64_t now)
{
    const struct check_kind *kind = check_kind(check->spec.kind);
    void *engine = checker->engines[check->spec.kind];
    struct verdict verdict = {.class = VERDICT_OK};
    int64_t limit = kind->limit ? kind->limit(&check->spec) : check->spec.connect_timeout;

    if (kind->prepare && !check->prepared) {
        check->prepared = kind->prepare(engine, &check->spec);
    }
    check->started = now;
    check->spared = false;
    if (checker_find_host(check, &verdict)) {
        check->run = kind->start(engine, &check->spec, check->prepared, check, &verdict);
        checker->running += check->run != NULL;
    }
    if (check->run && (kind->waits || limit == CLOCK_NEVER)) {
        schedule_clear(checker->schedule, &check->entry);
    } else if (check->run) {
        schedule_set(checker->schedule, &check->entry, now + limit);
    } else {
        checker_verdict(checker, check, &verdict);
    }
}

void checker_end_run(struct checker *checker, struct model_check *check)
{
    if (check->run) {
        checker->running--;
        check_kind(check->spec.kind)->stop(check->run);
        check->run = NULL;
    }
}

/* The time of a run is over. @param duration  of it, ns */
static struct verdict checker_silence(const struct model_check *check, int64_t duration)
{
    const struct check_kind *kind = check_kind(check->spec.kind);
    struct verdict verdict;

    if (kind->silence && kind->silence(check->run, duration, &verdict)) {
        return verdict;
    }
    return verdict_of_timeout(kind->missing ? kind->missing(check->run) : NULL, duration);
}

/* The check is due: to begin, or to be given up. */
static void checker_serve(struct checker *checker, struct model_check *check, int64_t now)
{
    int64_t late = now - schedule_deadline(checker->schedule, &check->entry);
    int64_t grace = check->run && !check->spared ? loop_grace(late) : 0;

    if (grace) {
        check->spared = true;
        schedule_set(checker->schedule, &check->entry, now + grace);
    } else if (check->run) {
        const struct verdict verdict = checker_silence(check, clock_now() - check->started);

        checker_end_run(checker, check);
        checker_verdict(checker, check, &verdict);
    } else {
        checker_start(checker, check, clock_now());
    }
}

static void checker_turn(void *argument, int64_t now, int64_t late)
{
    struct checker *checker = argument;

    (void)late;
    for (unsigned served = 0; served < CHECKER_TURN_STARTS; served++) {
        struct schedule_entry *first = schedule_first(checker->schedule);

        if (!first || schedule_deadline(checker->schedule, first) > now) {
            break;
        }
        checker_serve(checker, model_check_of(first), now);
    }
    checker->next_turn = now + CHECKER_TURN;
    checker_arm(checker);
}

/* ---- Configurations ---------------------------------------------------------------------------- */

/* What went out of the configuration is told of: B58. */
static void checker_tell_removed(const struct checker *checker, const struct model *old)
{
    static const char reason[] = "removed from the configuration";

    for (uint32_t i = 0; i < old->service_count; i++) {
        const struct model_service *service = &old->services[i];
        const struct model_service *kept = model_service(checker->model, &service->key);

        for (uint32_t j = 0; j < service->server_count; j++) {
            const struct model_server *server = &service->servers[j];

            if (server->health.up && !(kept && model_server(kept, &server->key))) {
                checker_log_server(checker, server, LOG_LEVEL_NOTICE, "DOWN", reason);
                checker_tell_server(checker, server, false, reason, true);
            }
        }
        if (service->quorum_met && !kept) {
            checker_tell_quorum(checker, service, false, reason, true);
        }
    }
}

static const char checker_from_start[] = "there from the start";

/* A server that is new, and up without a check having said so. */
static void checker_tell_new(const struct checker *checker, const struct model_server *server)
{
    const struct checker_event event = {
        .kind = CHECKER_SERVER_UP,
        .service = &server->service->key,
        .group = server->service->group,
        .group_use = server->service->group_use,
        .server = &server->key,
        .reason = checker_from_start,
        .quiet = true,
    };

    if (checker->tell_new && server->health.up) {
        checker->hooks.event(checker->hooks.argument, &event);
    }
}

/* Changed checks may have moved servers that stayed. @param before  NULL: the service is new */
static void checker_tell_servers(const struct checker *checker, const struct model_service *service,
                                 const struct model_service *before)
{
    static const char reason[] = "the configuration changed";

    for (uint32_t i = 0; i < service->server_count; i++) {
        const struct model_server *server = &service->servers[i];
        const struct model_server *was = before ? model_server(before, &server->key) : NULL;

        if (!was) {
            checker_tell_new(checker, server);
        } else if (was->health.up != server->health.up) {
            checker_log_moved(checker, server, reason);
            checker_tell_server(checker, server, server->health.up, reason, false);
        }
    }
}

/* Changed checks and weights may have moved what stayed; new services may have quorum from the start. */
static void checker_tell_changed(const struct checker *checker, const struct model *old)
{
    for (uint32_t i = 0; i < checker->model->service_count; i++) {
        const struct model_service *service = &checker->model->services[i];
        const struct model_service *before = model_service(old, &service->key);

        checker->hooks.service_changed(checker->hooks.argument, &service->key);
        checker_tell_servers(checker, service, before);
        if (before && before->quorum_met != service->quorum_met) {
            checker_quorum_moved(checker, service);
        } else if (!before && service->quorum_met) {
            checker_tell_quorum(checker, service, true, checker_from_start, false);
        }
        checker_mode_moved(checker, service,
                           before ? (enum health_mode)before->mode : HEALTH_MODE_CHECKED);
    }
}

/* Hosts are looked up from now on, so that they are known when their checks begin. */
static void checker_look_up(struct checker *checker)
{
    for (uint32_t i = 0; i < checker->model->check_count; i++) {
        struct model_check *check = checker->model->checks[i];

        if (check->host && !check->name) {
            check->name = names_use(checker->names, check->host, check->spec.connect_addr.family);
        }
    }
}

static void checker_retire(struct checker *checker, struct model_check *check)
{
    checker_end_run(checker, check);
    schedule_clear(checker->schedule, &check->entry);
    checker_ask_gone(checker, check);
    checker->local.checks -= check->class == VERDICT_LOCAL;
    checker->paused -= check->paused;
    model_check_free(check);
}

static void checker_take(struct checker *checker, const struct conf *conf, bool by_hand)
{
    struct model *old = checker->model;

    checker->tell_new = conf->global.tell_new_servers;
    names_set_interval(checker->names, conf->global.resolve_interval);
    for (int kind = 0; kind < CONF_CHECK_KINDS; kind++) {
        if (check_kind(kind) && check_kind(kind)->configure) {
            check_kind(kind)->configure(checker->engines[kind], conf);
        }
    }
    checker->model = model_build(conf, old, &checker->orders, checker->schedule, clock_now(),
                                 clock_wall(), by_hand);
    checker->models++;
    checker_forget_names(checker);
    checker_look_up(checker);
    checker_ramp_all(checker); /* before a check that ends may move a server */
    checker_tell_removed(checker, old);
    checker_tell_changed(checker, old);
    for (uint32_t i = 0; i < old->check_count; i++) {
        if (!old->checks[i]->links) {
            checker_retire(checker, old->checks[i]);
        }
    }
    model_free(old);
    checker_hold_all(checker);
    checker_suspend(checker);
    checker_arm(checker);
}

void checker_configure(struct checker *checker, const struct conf *conf)
{
    checker_take(checker, conf, false);
}

void checker_configure_by_hand(struct checker *checker, const struct conf *conf)
{
    checker_take(checker, conf, true);
}

void checker_tell(struct checker *checker, enum conf_check_kind kind, const char *name,
                  int64_t value)
{
    check_kind(kind)->tell(checker->engines[kind], name, value);
}

/* ---- Life -------------------------------------------------------------------------------------- */

struct checker *checker_new(struct loop *loop, struct runner *runner, struct log *log,
                            const struct checker_hooks *hooks)
{
    struct checker *checker = memory_new(1, sizeof(*checker));
    const struct check_means means = {.loop = loop, .runner = runner, .log = log};

    checker->loop = loop;
    checker->log = log;
    checker->hooks = *hooks;
    checker->model = model_new();
    checker->schedule = schedule_new();
    checker->names = names_new(loop, log);
    checker->service_names = memory_new(1, sizeof(*checker->service_names));
    checker->timer = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, checker_turn, checker);
    checker->order_timer = loop_timer_new(loop, LOOP_PRIORITY_CONTROL, checker_order_turn, checker);
    checker->ramps = schedule_new();
    checker->ramp_timer = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, checker_ramp_turn, checker);
    for (int kind = 0; kind < CONF_CHECK_KINDS; kind++) {
        if (check_kind(kind)) {
            checker->engines[kind] =
                check_kind(kind)->engine_new(&means, checker_run_done, checker);
        }
    }
    return checker;
}

/* No check is run any more. */
static void checker_halt(struct checker *checker)
{
    loop_timer_set(checker->timer, CLOCK_NEVER);
    loop_timer_set(checker->ramp_timer, CLOCK_NEVER);
    loop_timer_set(checker->order_timer, CLOCK_NEVER);
    for (uint32_t i = 0; i < checker->model->check_count; i++) {
        checker_end_run(checker, checker->model->checks[i]);
        schedule_clear(checker->schedule, &checker->model->checks[i]->entry);
    }
}

void checker_stop(struct checker *checker)
{
    static const char reason[] = "stopping";

    checker_halt(checker);
    for (uint32_t i = 0; i < checker->model->service_count; i++) {
        const struct model_service *service = &checker->model->services[i];

        if (!service->omega) {
            continue;
        }
        for (uint32_t j = 0; j < service->server_count; j++) {
            if (service->servers[j].health.up) {
                checker_tell_server(checker, &service->servers[j], false, reason, false);
            }
        }
        if (service->quorum_met) {
            checker_tell_quorum(checker, service, false, reason, false);
        }
    }
}

void checker_free(struct checker *checker)
{
    if (!checker) {
        return;
    }
    checker_halt(checker);
    checker_ask_end(checker);
    for (uint32_t i = 0; i < checker->model->check_count; i++) {
        model_check_free(checker->model->checks[i]);
    }
    model_free(checker->model);
    for (int kind = 0; kind < CONF_CHECK_KINDS; kind++) {
        if (check_kind(kind)) {
            check_kind(kind)->engine_free(checker->engines[kind]);
        }
    }
    names_free(checker->names);
    schedule_free(checker->schedule);
    schedule_free(checker->ramps);
    loop_timer_free(checker->timer);
    loop_timer_free(checker->ramp_timer);
    loop_timer_free(checker->order_timer);
    order_release(&checker->orders);
    checker_free_pauses(checker);
    slots_release(checker->service_names);
    free(checker->service_names);
    free(checker->addresses);
    free(checker);
}

/* ---- Asking ------------------------------------------------------------------------------------ */

static bool checker_view(const struct model_server *server, uint32_t *weight)
{
    struct health_view view = {false, 0};

    if (server) {
        view = model_view(server);
    }
    *weight = view.weight;
    return view.present;
}

bool checker_server_view(const struct checker *checker, const struct conf_service_key *service,
                         const struct conf_server_key *server, uint32_t *weight)
{
    const struct model_service *found = model_service(checker->model, service);

    return checker_view(found ? model_server(found, server) : NULL, weight);
}

bool checker_is_unasked(const struct checker *checker, const struct conf_service_key *service,
                        const struct conf_server_key *server)
{
    const struct model_service *found = model_service(checker->model, service);
    const struct model_server *one = found && server ? model_server(found, server) : NULL;

    if (!server) {
        return found && found->unasked > 0;
    }
    return one && one->unasked && one->health.admin == HEALTH_ADMIN_READY &&
           one->weight_base == one->weight_configured; /* else an operator has said it */
}

enum checker_standing checker_standing(const struct checker *checker,
                                       const struct conf_service_key *service)
{
    const struct model_service *found = model_service(checker->model, service);

    if (!found || (!found->quorum_met && !found->unasked)) {
        return CHECKER_FALLEN;
    }
    if (!found->quorum_met) {
        return CHECKER_STANDING_AWAITED;
    }
    return !found->unasked || health_quorum_step(&found->quorum, false, model_asked_weight(found))
               ? CHECKER_STANDS
               : CHECKER_STANDING_ASSUMED;
}

bool checker_sorry_view(const struct checker *checker, const struct conf_service_key *service,
                        uint32_t *weight)
{
    const struct model_service *found = model_service(checker->model, service);

    return checker_view(found ? found->sorry : NULL, weight);
}
