/* SPDX-License-Identifier: Apache-2.0
 *
 * What the checker knows, as JSON. The fields are told in doc/status.md.
 */
#include "check/checker_private.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>

struct checker_capture {
    struct model *model;
    int64_t now;   /* when it was made */
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

static json_t *snapshot_last_result(const struct model_check *check)
{
    char text[VERDICT_TEXT_SIZE];
    struct verdict verdict = model_last_verdict(check);

    if (!check->recent_count) {
        return json_null();
    }
    verdict_text(text, &verdict, check_kind(check->spec.kind)->success);
    return json_pack("{s:s, s:o, s:o, s:f}", "class", verdict_class_name(verdict.class), "text",
                     json_from_text(text), "at", snapshot_wall(check->ended_wall), "duration_ms",
                     snapshot_ms(check->duration));
}

static json_t *snapshot_recent(const struct model_check *check)
{
    json_t *recent = json_array();

    for (unsigned i = 0; i < check->recent_count; i++) {
        json_array_append_new(recent, json_string(verdict_class_name(check->recent[i])));
    }
    return recent;
}

static const char *snapshot_check_state(const struct model_check *check)
{
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

    return json_pack("{s:s, s:o, s:s?, s:s, s:o, s:I, s:I, s:i, s:o, s:o}", "kind",
                     check_kind(check->spec.kind)->name, "target",
                     json_from_text(model_check_target(target, check)), "host", check->host,
                     "state", snapshot_check_state(check), "last_result",
                     snapshot_last_result(check), "fails_in_row", (json_int_t)check->health.fails,
                     "successes_in_row", (json_int_t)check->health.rises, "weight",
                     (int)link->weight, "next_in_ms",
                     wait == CLOCK_NEVER ? json_null() : json_integer(wait / CLOCK_MILLISECOND),
                     "recent", snapshot_recent(check));
}

/* "checking": down only since not all checks that must succeed first have had an answer. */
static const char *snapshot_server_state(const struct model_server *server)
{
    if (server->health.up) {
        return "up";
    }
    for (uint32_t i = 0; i < server->link_count; i++) {
        const struct health_check *health = &server->links[i].check->health;

        if (health->known && !health->up && !server->links[i].weight) {
            return "down";
        }
    }
    return "checking";
}

static const char *snapshot_forward(uint8_t forward)
{
    static const char *const names[CONF_FORWARDS] = {
        [CONF_FORWARD_NAT] = "NAT",
        [CONF_FORWARD_DR] = "DR",
        [CONF_FORWARD_TUN] = "TUN",
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

static json_t *snapshot_ramp(const struct checker_capture *capture,
                             const struct model_server *server)
{
    int64_t left = server->ramp_start + server->slow_start - capture->now;

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
    json_object_set_new(object, "since", snapshot_wall(server->since_wall));
    json_object_set_new(object, "slow_start_left_ms", snapshot_ramp(capture, server));
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
        "{s:s, s:s, s:s?, s:s?, s:o, s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:I, s:I, s:I, s:b, "
        "s:o, s:o}",
        "name", service->name, "family", key->family == AF_INET6 ? "ipv6" : "ipv4", "protocol",
        snapshot_protocol(key), "address",
        inet_is_set(&key->addr) ? inet_text(address, &key->addr) : NULL, "port",
        key->fwmark ? json_null() : json_integer(key->port), "fwmark",
        key->fwmark ? json_integer(key->fwmark) : json_null(), "scheduler", service->scheduler,
        "forward", snapshot_forward(service->forward), "persistence_timeout_s",
        (json_int_t)service->persistence_timeout_s, "quorum", (json_int_t)service->quorum.quorum,
        "live_weight", (json_int_t)service->live, "live_weight_needed",
        (json_int_t)(service->quorum_met ? bounds.lose : bounds.gain), "quorum_met",
        service->quorum_met, "servers_ready", (json_int_t)service->ready, "servers_up",
        (json_int_t)service->up, "servers_needed",
        (json_int_t)health_floor_needed(service->floor, service->ready), "fail_open",
        service->mode == HEALTH_MODE_OPEN, "sorry_server", snapshot_sorry(service), "servers",
        servers);
}

struct checker_capture *checker_capture(const struct checker *checker)
{
    struct checker_capture *capture = memory_new(1, sizeof(*capture));
    const struct model *model = checker->model;
    int64_t now = clock_now();

    capture->now = now;
    capture->model = model_copy(model);
    capture->wait = memory_new(model->check_count + 1, sizeof(*capture->wait));
    for (uint32_t i = 0; i < model->check_count; i++) {
        const struct model_check *check = model->checks[i];
        int64_t due = schedule_deadline(checker->schedule, &check->entry);

        capture->wait[i] = check->run || due == CLOCK_NEVER ? CLOCK_NEVER
                           : due > now                      ? due - now
                                                            : 0;
    }
    return capture;
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
    model_free(capture->model);
    free(capture->wait);
    free(capture);
}

json_t *checker_snapshot(const struct checker *checker)
{
    struct checker_capture *capture = checker_capture(checker);
    json_t *services = checker_render(capture);

    checker_capture_free(capture);
    return services;
}

json_t *checker_summary(const struct checker *checker)
{
    json_t *results = json_object();
    json_int_t running = 0;

    for (uint32_t i = 0; i < checker->model->check_count; i++) {
        running += checker->model->checks[i]->run ? 1 : 0;
    }
    for (int class = 0; class < VERDICT_CLASSES; class ++) {
        json_object_set_new(results, verdict_class_name(class),
                            json_integer((json_int_t)checker->results[class]));
    }
    return json_pack("{s:I, s:I, s:o}", "count", (json_int_t)checker->model->check_count, "running",
                     running, "results", results);
}
