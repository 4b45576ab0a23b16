/* SPDX-License-Identifier: Apache-2.0
 *
 * What the checker knows, as JSON. The fields are told in doc/status.md.
 */
#include "check/checker_private.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>

enum { CAPTURE_SERVERS = 128 }; /* that are copied between two looks at the clock: 0.1 ms or less */

struct checker_capture {
    const struct checker *checker; /* not for who renders it */
    uint64_t models;               /* the checker's, when it was begun */
    uint32_t services;             /* that are copied */
    uint32_t servers;              /* of the next one, that are */
    struct order_list orders;
    struct model *model;
    int64_t now;   /* when it was begun */
    int64_t *wait; /* of the model's checks: ns until it begins, CLOCK_NEVER where it runs */
};

static json_t *snapshot_wall(int64_t wall)
{
    char text[CLOCK_TEXT_SIZE];

    return json_string(clock_wall_text(text, wall));
}

static double snapshot_ms(int64_t duration)
{
    int64_t microseconds = duration / CLOCK_MICROSECOND; /* no digits below are of use */

    return (double)microseconds / 1000;
}

static json_t *snapshot_verdict(const struct model_check *check, const struct verdict *verdict,
                                int64_t wall)
{
    char text[VERDICT_TEXT_SIZE];

    verdict_text(text, verdict, check_kind(check->spec.kind)->success);
    return json_pack("{s:s, s:o, s:o}", "class", verdict_class_name(verdict->class), "text",
                     json_from_text(text), "at", snapshot_wall(wall));
}

json_t *checker_result_json(const struct model_check *check)
{
    struct verdict verdict = model_last_verdict(check);
    json_t *result;

    if (!history_count(&check->recent)) {
        return json_null();
    }
    result = snapshot_verdict(check, &verdict, check->ended_wall);
    json_object_set_new(result, "duration_ms", json_real(snapshot_ms(check->duration)));
    return result;
}

static json_t *snapshot_last_failure(const struct model_check *check)
{
    struct verdict verdict = model_last_failure(check);

    return check->failure_wall ? snapshot_verdict(check, &verdict, check->failure_wall)
                               : json_null();
}

/* Three lists of the same length: for tens of thousands of checks objects would be long. */
static void snapshot_recent(json_t *object, const struct model_check *check)
{
    json_t *recent = json_array();
    json_t *before = json_array();
    json_t *took = json_array();

    for (unsigned i = 0; i < history_count(&check->recent); i++) {
        struct history_result result = history_get(&check->recent, i);

        json_array_append_new(recent, json_string(verdict_class_name(result.class)));
        json_array_append_new(before, json_integer(result.at / CLOCK_MILLISECOND));
        json_array_append_new(took, json_integer(result.duration / CLOCK_MICROSECOND));
    }
    json_object_set_new(object, "recent", recent);
    json_object_set_new(object, "recent_ms_before", before);
    json_object_set_new(object, "recent_duration_us", took);
}

const char *checker_check_state(const struct model_check *check)
{
    if (check->paused) {
        return "paused";
    }
    if (!check->health.known) {
        return "checking";
    }
    return check->health.up ? "up" : "down";
}

static json_t *snapshot_check(const struct checker_capture *capture, const struct model_link *link)
{
    const struct model_check *check = link->check;
    char target[MODEL_TARGET_SIZE];
    int64_t wait = capture->wait[check->index];
    json_t *object;

    object = json_pack("{s:s, s:o, s:s?, s:s, s:o, s:o, s:I, s:I, s:i, s:o, s:I, s:i}", "kind",
                       check_kind(check->spec.kind)->name, "target",
                       json_from_text(model_check_target(target, check)), "host", check->host,
                       "state", checker_check_state(check), "last_result",
                       checker_result_json(check), "last_failure", snapshot_last_failure(check),
                       "fails_in_row", (json_int_t)check->health.fails, "successes_in_row",
                       (json_int_t)check->health.rises, "weight", (int)link->weight, "next_in_ms",
                       wait == CLOCK_NEVER ? json_null() : json_integer(wait / CLOCK_MILLISECOND),
                       "tries", (json_int_t)check->spec.rules.retry + 1, "rise",
                       check->spec.rules.rise > 1 ? check->spec.rules.rise : 1);
    json_object_set_new(object, "successes", json_integer(check->successes));
    json_object_set_new(object, "failures", json_integer(check->failures));
    snapshot_recent(object, check);
    return object;
}

static const char *snapshot_server_state(const struct model_server *server)
{
    return server->health.up ? "up" : server->checking ? "checking" : "down";
}

static const char *snapshot_forward(uint8_t forward)
{
    static const char *const names[CONF_FORWARDS] = {
        [CONF_FORWARD_NAT] = "NAT",
        [CONF_FORWARD_DR] = "DR",
        [CONF_FORWARD_TUN] = "TUN",
        [CONF_FORWARD_FULLNAT] = "FULLNAT",
    };

    return names[forward];
}

/* What a server and a sorry server have in common. */
static json_t *snapshot_place(const struct model_server *server)
{
    char name[INET_ENDPOINT_TEXT_SIZE];
    char address[INET_ADDR_TEXT_SIZE];

    return json_pack("{s:s, s:s, s:i, s:s, s:I, s:I}", "name",
                     inet_endpoint_text(name, &server->key.addr, server->key.port), "address",
                     inet_text(address, &server->key.addr), "port", (int)server->key.port,
                     "forward", snapshot_forward(server->forward), "weight",
                     (json_int_t)model_view(server).weight, "weight_configured",
                     (json_int_t)server->weight_configured);
}

/* Who asked what of the server. */
static json_t *snapshot_order(const struct order_list *orders, const struct model_server *server)
{
    const struct order *order = order_find(orders, &server->service->key, &server->key);

    if (!order) {
        return json_null();
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "by", json_from_text(order->by), "since",
                     snapshot_wall(order->since_wall), "until",
                     order->until_wall ? snapshot_wall(order->until_wall) : json_null(), "weight",
                     order->weighed ? json_integer(order->weight) : json_null());
}

static json_t *snapshot_ramp(const struct checker_capture *capture,
                             const struct model_server *server)
{
    int64_t left = server->ramp_start + model_slow_start(server) - capture->now;

    return server->ramp_start ? json_integer(left > 0 ? left / CLOCK_MILLISECOND : 0) : json_null();
}

static json_t *snapshot_server(const struct checker_capture *capture,
                               const struct model_server *server)
{
    json_t *object = snapshot_place(server);
    json_t *checks = json_array();

    for (uint32_t i = 0; i < server->link_count; i++) {
        json_array_append_new(checks, snapshot_check(capture, &server->links[i]));
    }
    json_object_set_new(object, "state", json_string(snapshot_server_state(server)));
    json_object_set_new(object, "admin", json_string(health_admin_name(server->health.admin)));
    json_object_set_new(object, "operator", snapshot_order(&capture->orders, server));
    json_object_set_new(object, "since", snapshot_wall(server->since_wall));
    json_object_set_new(object, "slow_start_left_ms", snapshot_ramp(capture, server));
    json_object_set_new(object, "unasked", json_boolean(server->unasked));
    json_object_set_new(object, "checks", checks);
    return object;
}

static json_t *snapshot_sorry(const struct model_service *service)
{
    json_t *object;

    if (!service->sorry) {
        return json_null();
    }
    object = snapshot_place(service->sorry);
    json_object_set_new(object, "active", json_boolean(model_sorry(service)));
    return object;
}

/* NULL for a service by mark: it takes any. */
static const char *snapshot_protocol(const struct conf_service_key *key)
{
    static const struct {
        uint8_t protocol;
        const char *name;
    } names[] = {{IPPROTO_TCP, "tcp"}, {IPPROTO_UDP, "udp"}, {IPPROTO_SCTP, "sctp"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!key->fwmark && key->protocol == names[i].protocol) {
            return names[i].name;
        }
    }
    return NULL;
}

/* NULL for a group's: it may have both. */
static const char *snapshot_family(const struct conf_service_key *key)
{
    return key->family == AF_INET6 ? "ipv6" : key->family == AF_INET ? "ipv4" : NULL;
}

/* Classes that have come. */
static json_t *snapshot_results(const struct tally *tally)
{
    json_t *results = json_object();

    for (int class = 0; class < VERDICT_CLASSES; class ++) {
        if (tally->results[class] || class == VERDICT_OK) {
            json_object_set_new(results, verdict_class_name(class),
                                json_integer((json_int_t)tally->results[class]));
        }
    }
    return results;
}

/* As the histograms of the section `loop` are told. */
static json_t *snapshot_durations(const struct tally *tally)
{
    json_t *buckets = json_array();

    for (unsigned i = 0; i < TALLY_BUCKETS; i++) {
        int64_t bound = tally_bound(i);

        if (tally->buckets[i]) {
            json_array_append_new(buckets, json_pack("{s:o, s:I}", "up_to_us",
                                                     bound == CLOCK_NEVER
                                                         ? json_null()
                                                         : json_integer(bound / CLOCK_MICROSECOND),
                                                     "count", (json_int_t)tally->buckets[i]));
        }
    }
    return json_pack("{s:I, s:o}", "sum_us", (json_int_t)(tally->sum / CLOCK_MICROSECOND),
                     "buckets", buckets);
}

static json_t *snapshot_service(const struct checker_capture *capture,
                                const struct model_service *service)
{
    const struct conf_service_key *key = &service->key;
    char address[INET_ADDR_TEXT_SIZE];
    json_t *servers = json_array();
    struct health_bounds bounds = health_quorum_bounds(&service->quorum);

    for (uint32_t i = 0; i < service->server_count; i++) {
        json_array_append_new(servers, snapshot_server(capture, &service->servers[i]));
    }
    return json_pack(
        "{s:s, s:s?, s:s?, s:s?, s:s?, s:o, s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:b, s:I, s:I, s:I, s:b, "
        "s:o, s:o, s:o, s:o}",
        "name", service->name, "group", service->group, "family", snapshot_family(key), "protocol",
        snapshot_protocol(key), "address",
        inet_is_set(&key->addr) ? inet_text(address, &key->addr) : NULL, "port",
        key->fwmark || service->group ? json_null() : json_integer(key->port), "fwmark",
        key->fwmark ? json_integer(key->fwmark) : json_null(), "scheduler", service->scheduler,
        "forward", snapshot_forward(service->forward), "persistence_timeout_s",
        (json_int_t)service->persistence_timeout_s, "quorum", (json_int_t)service->quorum.quorum,
        "live_weight", (json_int_t)service->live, "live_weight_needed",
        (json_int_t)(service->quorum_met ? bounds.lose : bounds.gain), "quorum_met",
        service->quorum_met, "suspended", service->suspended, "servers_ready",
        (json_int_t)service->ready, "servers_up", (json_int_t)service->up, "servers_needed",
        (json_int_t)health_floor_needed(service->floor, service->ready), "fail_open",
        service->mode == HEALTH_MODE_OPEN, "sorry_server", snapshot_sorry(service), "servers",
        servers, "check_results", snapshot_results(&service->tally), "check_duration",
        snapshot_durations(&service->tally));
}

/* Begins with the first service. */
static void capture_begin(struct checker_capture *capture)
{
    const struct checker *checker = capture->checker;

    capture->models = checker->models;
    capture->services = 0;
    capture->servers = 0;
    capture->now = clock_now();
    capture->orders = order_copy(&checker->orders);
    capture->model = model_copy_new(checker->model);
    capture->wait = memory_new(checker->model->check_count + 1, sizeof(*capture->wait));
}

static void capture_release(struct checker_capture *capture)
{
    model_free(capture->model);
    order_release(&capture->orders);
    free(capture->wait);
}

struct checker_capture *checker_capture_new(const struct checker *checker)
{
    struct checker_capture *capture = memory_new(1, sizeof(*capture));

    capture->checker = checker;
    capture_begin(capture);
    return capture;
}

/* When the checks of a server begin. */
static void capture_waits(struct checker_capture *capture, const struct model_server *server,
                          int64_t now)
{
    const struct schedule *schedule = capture->checker->schedule;

    for (uint32_t i = 0; i < server->link_count; i++) {
        const struct model_check *check = server->links[i].check;
        int64_t due = schedule_deadline(schedule, &check->entry);

        capture->wait[check->index] = check->run || due == CLOCK_NEVER ? CLOCK_NEVER
                                      : due > now                      ? due - now
                                                                       : 0;
    }
}

/* The next servers of the next service. */
static void capture_part(struct checker_capture *capture, const struct model *model, int64_t now)
{
    const struct model_service *service = &model->services[capture->services];
    uint32_t end = model_copy_part(capture->model, model, capture->services, capture->servers,
                                   CAPTURE_SERVERS);

    for (uint32_t i = capture->servers; i < end; i++) {
        capture_waits(capture, &service->servers[i], now);
    }
    capture->servers = end;
    if (end == service->server_count) {
        capture->services++;
        capture->servers = 0;
    }
}

bool checker_capture_more(struct checker_capture *capture, int64_t until)
{
    const struct model *model = capture->checker->model;
    int64_t now;

    if (capture->models != capture->checker->models) { /* what was copied is of the past */
        capture_release(capture);
        capture_begin(capture);
    }
    do {
        if (capture->services == model->service_count) {
            return false;
        }
        now = clock_now();
        capture_part(capture, model, now);
    } while (now < until);
    return capture->services < model->service_count;
}

json_t *checker_render(const struct checker_capture *capture)
{
    json_t *services = json_array();

    for (uint32_t i = 0; i < capture->model->service_count; i++) {
        json_array_append_new(services, snapshot_service(capture, &capture->model->services[i]));
    }
    return services;
}

void checker_capture_free(struct checker_capture *capture)
{
    if (!capture) {
        return;
    }
    capture_release(capture);
    free(capture);
}

json_t *checker_snapshot(const struct checker *checker)
{
    struct checker_capture *capture = checker_capture_new(checker);
    json_t *services;

    (void)checker_capture_more(capture, CLOCK_NEVER);
    services = checker_render(capture);
    checker_capture_free(capture);
    return services;
}

/* What keeps checks from being made here. */
static json_t *snapshot_local(const struct checker_local *local)
{
    char text[VERDICT_TEXT_SIZE];

    if (!local->at_wall) {
        return json_pack("{s:i, s:n, s:n, s:n, s:n}", "checks", 0, "since", "kind", "text", "at");
    }
    verdict_text(text, &local->last, "");
    return json_pack("{s:i, s:o, s:s, s:o, s:o}", "checks", (int)local->checks, "since",
                     local->checks ? snapshot_wall(local->since_wall) : json_null(), "kind",
                     local->kind->name, "text", json_from_text(text), "at",
                     snapshot_wall(local->at_wall));
}

json_t *checker_summary(const struct checker *checker)
{
    json_t *results = json_object();

    for (int class = 0; class < VERDICT_CLASSES; class ++) {
        json_object_set_new(results, verdict_class_name(class),
                            json_integer((json_int_t)checker->results[class]));
    }
    return json_pack("{s:I, s:I, s:I, s:o, s:o}", "count", (json_int_t)checker->model->check_count,
                     "running", (json_int_t)checker->running, "paused", (json_int_t)checker->paused,
                     "results", results, "local_errors", snapshot_local(&checker->local));
}

json_t *checker_order_json(const struct checker *checker, const char *service, const char *server)
{
    char problem[CHECKER_PROBLEM_SIZE];
    const struct model_service *there = checker_find_service(checker, service, problem);
    const struct model_server *found = there ? checker_find_server(there, server, problem) : NULL;

    if (!found) {
        return json_null();
    }
    return json_pack("{s:s, s:o, s:s, s:I, s:o}", "service", there->name, "server",
                     json_from_text(server), "admin", health_admin_name(found->health.admin),
                     "weight", (json_int_t)model_view(found).weight, "operator",
                     snapshot_order(&checker->orders, found));
}
