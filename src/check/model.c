/* SPDX-License-Identifier: Apache-2.0
 *
 * Services, servers and checks of a configuration, and how states go over from one to the next. No
 * check is run here and nobody is told anything.
 */
#include "check/model.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "check/names.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Finds checks by what they ask while a model is built. */
struct model_index {
    struct model_check *check;
    struct inet_addr address; /* what its host's name stands for now, which is not what it asks */
    UT_hash_handle hh;
};

/* A model that is being built. */
struct model_builder {
    struct model *model;
    const struct model *old;
    const struct order_list *orders;
    const struct model_server **before; /* what servers[i] was in the old model, NULL: new */
    struct model_index *nodes;          /* memory of `checks` */
    struct model_index *checks;
    uint32_t node_count;
    uint32_t fresh_count;
    struct model_check **fresh;
    struct text_buffer identity; /* of the check that is looked for */
    size_t names_used;
    size_t addresses_used;
    int64_t wall;
    bool by_hand; /* what is new is an operator's */
};

struct model *model_new(void)
{
    return memory_new(1, sizeof(struct model));
}

void model_free(struct model *model)
{
    if (!model) {
        return;
    }
    HASH_CLEAR(hh, model->by_key);
    free(model->services);
    free(model->servers);
    free(model->order);
    free(model->links);
    free(model->checks);
    for (uint32_t i = 0; model->own_checks && i < model->check_count; i++) {
        free(model->own_checks[i].subject);
        free(model->own_checks[i].text);
        free(model->own_checks[i].host);
        free(model->own_checks[i].failure);
    }
    free(model->own_checks);
    free(model->names);
    free(model->addresses);
    free(model);
}

struct model_check *model_check_of(struct schedule_entry *entry)
{
    return (struct model_check *)((char *)entry - offsetof(struct model_check, entry));
}

struct verdict model_last_verdict(const struct model_check *check)
{
    struct verdict verdict = {.class = (enum verdict_class)check->class, .error = check->error};

    if (check->text) {
        (void)text_copy(verdict.text, sizeof(verdict.text), check->text);
    }
    return verdict;
}

struct verdict model_last_failure(const struct model_check *check)
{
    struct verdict verdict = {.class = (enum verdict_class)check->failure_class,
                              .error = check->failure_error};

    if (check->class != VERDICT_OK) {
        return model_last_verdict(check);
    }
    if (check->failure) {
        (void)text_copy(verdict.text, sizeof(verdict.text), check->failure);
    }
    return verdict;
}

/* The text of a failure is kept while good verdicts follow. */
static void model_keep_failure(struct model_check *check, const struct verdict *verdict)
{
    if (verdict->class != VERDICT_OK) {
        free(check->failure);
        check->failure = NULL;
    } else if (check->class != VERDICT_OK) {
        check->failure = check->text;
        check->text = NULL;
    }
}

void model_record(struct model_check *check, const struct verdict *verdict, int64_t wall,
                  int64_t duration)
{
    model_keep_failure(check, verdict);
    if (verdict->text[0] || check->text) {
        free(check->text);
        check->text = verdict->text[0] ? memory_text(verdict->text) : NULL;
    }
    check->ended_wall = wall;
    check->duration = duration;
    check->class = (uint8_t)verdict->class;
    check->error = (int16_t)verdict->error;
    check->successes += verdict->class == VERDICT_OK;
    check->failures += verdict->class != VERDICT_OK;
    if (verdict->class != VERDICT_OK) {
        check->failure_class = (uint8_t)verdict->class;
        check->failure_error = (int16_t)verdict->error;
        check->failure_wall = wall;
    }
    history_add(&check->recent, verdict->class, wall, duration);
}

/* The servers of a service follow each other in the list: it counts once. */
void model_count(const struct model_check *check, enum verdict_class class, int64_t duration)
{
    const struct model_service *counted = NULL;

    for (const struct model_link *link = check->links; link; link = link->next) {
        if (link->server->service != counted) {
            counted = link->server->service;
            tally_add(&link->server->service->tally, class, duration);
        }
    }
}

bool model_is_paused(const struct model_check *check)
{
    for (const struct model_link *link = check->links; link; link = link->next) {
        const struct model_server *server = link->server;

        if (!server->held && !server->service->held && !server->service->suspended) {
            return false;
        }
    }
    return true;
}

uint32_t model_weight(const struct model_server *server)
{
    int64_t delta = 0;

    for (uint32_t i = 0; i < server->link_count; i++) {
        const struct model_link *link = &server->links[i];

        delta += health_change_delta(link->check->change, server->weight_base);
        delta += health_check_delta(link->weight, link->check->health.up);
    }
    return health_weight(server->weight_base, delta);
}

void model_order(struct model_server *server, const struct order *order)
{
    server->health.admin = (uint8_t)(order ? order->admin : HEALTH_ADMIN_READY);
    server->weight_base = order && order->weighed ? order->weight : server->weight_configured;
    server->health.open_weight = server->weight_base;
    server->health.weight = model_weight(server);
}

bool model_is_checking(const struct model_server *server)
{
    for (uint32_t i = 0; i < server->link_count; i++) {
        const struct health_check *health = &server->links[i].check->health;

        if (health->known && !health->up && !server->links[i].weight) {
            return false;
        }
    }
    return !server->health.up;
}

bool model_is_settled(const struct model_check *check)
{
    return check->health.known && !health_check_is_open(&check->health);
}

bool model_is_unasked(const struct model_server *server)
{
    bool unasked = false;

    for (uint32_t i = 0; i < server->link_count; i++) {
        const struct model_check *check = server->links[i].check;

        if (check->settled && !check->health.up && !server->links[i].weight) {
            return false;
        }
        unasked = unasked || (!check->settled && !check->paused);
    }
    return unasked;
}

void model_leave(const struct model_server *server)
{
    struct model_service *service = server->service;
    bool ready = server->health.admin == HEALTH_ADMIN_READY && !server->checking;

    service->quorum.total -= server->weight_base;
    service->live -= health_server_live_weight(&server->health);
    service->ready -= ready;
    service->up -= ready && server->health.up;
}

void model_join(const struct model_server *server)
{
    struct model_service *service = server->service;
    bool ready = server->health.admin == HEALTH_ADMIN_READY && !server->checking;

    service->quorum.total += server->weight_base;
    service->live += health_server_live_weight(&server->health);
    service->ready += ready;
    service->up += ready && server->health.up;
}

uint64_t model_asked_weight(const struct model_service *service)
{
    uint64_t weight = 0;

    for (uint32_t i = 0; i < service->server_count; i++) {
        const struct model_server *server = &service->servers[i];

        weight += server->unasked ? 0 : health_server_live_weight(&server->health);
    }
    return weight;
}

void model_conclude(struct model_service *service)
{
    service->quorum_met = health_quorum_step(&service->quorum, service->quorum_met, service->live);
    service->mode = (uint8_t)health_service_mode(service->floor, model_sorry(service),
                                                 service->ready, service->up);
}

int64_t model_slow_start(const struct model_server *server)
{
    return server->slow_start_ms * CLOCK_MILLISECOND;
}

void model_ramp(struct model_server *server, int64_t now)
{
    uint32_t step = HEALTH_RAMP_STEPS;

    if (server->ramp_start) {
        step = health_ramp_step(server->ramp_start, model_slow_start(server), now);
    }
    server->health.steps = (uint8_t)(HEALTH_RAMP_STEPS - step);
    if (step >= HEALTH_RAMP_STEPS) {
        server->ramp_start = 0;
    }
}

struct model_service *model_service(const struct model *model, const struct conf_service_key *key)
{
    struct model_service *service = NULL;

    HASH_FIND(hh, model->by_key, key, sizeof(*key), service);
    return service;
}

struct model_server *model_server(const struct model_service *service,
                                  const struct conf_server_key *key)
{
    uint32_t low = 0;
    uint32_t high = service->server_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct model_server *server = &service->servers[service->by_key[middle]];
        int order = memcmp(key, &server->key, sizeof(*key));

        if (order == 0) {
            return server;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

bool model_sorry(const struct model_service *service)
{
    return service->sorry && !service->quorum_met;
}

struct health_view model_view(const struct model_server *server)
{
    const struct model_service *service = server->service;

    if (server == service->sorry) {
        return health_sorry_view(server->health.weight, service->sorry_inhibit,
                                 model_sorry(service));
    }
    return health_server_view(&server->health, (enum health_mode)service->mode);
}

/* ---- Checks ------------------------------------------------------------------------------------ */

size_t model_identity_size(const struct check_spec *spec)
{
    return sizeof(*spec) + spec->detail_size;
}

void model_check_free(struct model_check *check)
{
    if (check->prepared) {
        check_kind(check->spec.kind)->forget(check->prepared);
    }
    names_drop(check->name);
    free(check->subject);
    free(check->text);
    free(check->failure);
    free(check);
}

const char *model_check_target(char text[MODEL_TARGET_SIZE], const struct model_check *check)
{
    char endpoint[INET_ENDPOINT_TEXT_SIZE];

    (void)text_copy(text, MODEL_TARGET_SIZE,
                    check->subject ? check->subject
                                   : inet_endpoint_text(endpoint, &check->spec.connect_addr,
                                                        check->spec.connect_port));
    return text;
}

/*
 * A kind whose answers come by themselves knows no times but those between looks at an answer that has
 * to last: what else is set for others is not of its identity.
 */
static void model_drop_times(const struct conf_check *check, struct check_spec *spec)
{
    struct health_rules rules = {.delay_loop = CLOCK_SECOND, .alpha = spec->rules.alpha};

    if (check->fall > 1) {
        rules.retry = check->fall - 1;
        rules.patient = 1;
        rules.delay_before_retry = check->delay_before_retry;
    }
    if (check->rise > 1) {
        rules.rise = check->rise;
        rules.delay_loop = check->delay_loop;
    }
    spec->rules = rules;
    spec->connect_timeout = 0;
}

/* The bytes of a spec. */
static void model_write_identity(const struct conf_check *check, struct text_buffer *out)
{
    const struct check_kind *kind = check_kind(check->kind);
    struct check_spec spec;

    memset(&spec, 0, sizeof(spec));
    spec.rules.delay_loop = check->delay_loop;
    spec.rules.delay_before_retry = check->delay_before_retry;
    spec.rules.warmup = check->warmup;
    spec.rules.retry = check->retry;
    spec.rules.alpha = check->alpha;
    spec.rules.rise = check->rise;
    spec.rules.patient = check->fall > 0 || kind->patient;
    spec.connect_timeout = check->connect_timeout;
    spec.fwmark = check->fwmark;
    spec.connect_port = check->connect_port;
    spec.bind_port = check->bind_port;
    spec.connect_addr = check->connect_addr;
    spec.bind_addr = check->bind_addr;
    if (check->bind_interface) {
        (void)text_copy(spec.bind_interface, sizeof(spec.bind_interface), check->bind_interface);
    }
    spec.kind = (uint8_t)check->kind;
    if (kind->waits) {
        model_drop_times(check, &spec);
    }
    out->length = 0;
    text_append_n(out, (const char *)&spec, sizeof(spec));
    if (kind->pack) {
        kind->pack(check, out);
    }
    if (check->connect_host) {
        spec.host_at = (uint16_t)(out->length - sizeof(spec) + 1);
        text_append_n(out, check->connect_host, strlen(check->connect_host) + 1);
    }
    spec.detail_size = (uint16_t)(out->length - sizeof(spec));
    memcpy(out->data, &spec, sizeof(spec));
}

/* FNV-1a, and the last step of MurmurHash3 to let every bit of it count. */
static uint64_t model_hash(const struct check_spec *spec)
{
    const unsigned char *bytes = (const unsigned char *)spec;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < model_identity_size(spec); i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 33;
}

static void model_index_add(struct model_builder *builder, struct model_check *check)
{
    struct model_index *node = &builder->nodes[builder->node_count++];

    node->address = check->spec.connect_addr;
    if (check->spec.host_at) {
        check->spec.connect_addr = (struct inet_addr){.family = check->spec.connect_addr.family};
    }
    node->check = check;
    HASH_ADD_KEYPTR(hh, builder->checks, &check->spec, model_identity_size(&check->spec), node);
}

/* The check that asks this: one of the old model, one that another server has, or a new one. */
static struct model_check *model_check_for(struct model_builder *builder,
                                           const struct conf_check *conf)
{
    const struct check_kind *kind = check_kind(conf->kind);
    struct model_index *node = NULL;
    struct model_check *check;

    model_write_identity(conf, &builder->identity);
    HASH_FIND(hh, builder->checks, builder->identity.data, builder->identity.length, node);
    if (node) {
        return node->check;
    }
    check = memory_new(1, offsetof(struct model_check, spec) + builder->identity.length);
    memcpy(&check->spec, builder->identity.data, builder->identity.length);
    check->host = check->spec.host_at ? (char *)check->spec.detail + check->spec.host_at - 1 : NULL;
    if (kind->subject) {
        check->subject = kind->subject(&check->spec);
    }
    model_index_add(builder, check);
    builder->fresh[builder->fresh_count++] = check;
    return check;
}

/* Takes over what was known of a server that was in service before. */
static void model_check_inherit(struct model_check *check, const struct model_server *before)
{
    check->health.up = check->health.up && before->health.up;
    for (uint32_t i = 0; i < before->link_count; i++) {
        const struct model_check *old = before->links[i].check;

        check->health.known = check->health.known || old->health.known;
        check->health.failed = check->health.failed || old->health.failed;
        if (old->spec.kind == check->spec.kind && old->change.kind != HEALTH_CHANGE_NONE) {
            check->change = old->change; /* until it says something else */
        }
    }
}

/*
 * A new check begins as at a start, unless its servers were in service before: then it takes over what
 * was known of them, and looks soon. That of a server which comes by hand looks soon too, and counts as
 * failed until then: nobody waits for such a server, so that it has time to show that it is alive.
 */
static void model_check_begin(const struct model_builder *builder, struct model_check *check,
                              struct schedule *schedule, int64_t now)
{
    const struct health_rules *rules = &check->spec.rules;
    uint64_t hash = model_hash(&check->spec);
    struct health_plan plan;
    bool in_service = false;

    check->health = (struct health_check){.up = true};
    for (const struct model_link *link = check->links; link; link = link->next) {
        const struct model_server *before = builder->before[link->server - builder->model->servers];

        if (before) {
            in_service = true;
            model_check_inherit(check, before);
        }
    }
    if (in_service) {
        plan = health_plan_soon(rules, hash, now);
    } else {
        plan = builder->by_hand ? health_plan_soon(rules, hash, now)
                                : health_plan_start(rules, hash, now);
        check->health = health_check_start(rules);
        check->health.up = check->health.up && !builder->by_hand;
    }
    check->phase = plan.phase;
    schedule_set(schedule, &check->entry, check_kind(check->spec.kind)->waits ? now : plan.first);
}

/* ---- Servers and services ---------------------------------------------------------------------- */

static struct model_server *model_add_server(struct model_builder *builder,
                                             struct model_service *service,
                                             const struct conf_real_server *conf)
{
    const struct model_service *old = model_service(builder->old, &service->key);
    const struct model_server *before = old ? model_server(old, &conf->key) : NULL;
    uint32_t index = builder->model->server_count++;
    struct model_server *server = &builder->model->servers[index];

    builder->before[index] = before;
    server->key = conf->key;
    server->service = service;
    server->forward = (uint8_t)conf->forward;
    server->health.up = true;
    server->weight_configured = conf->weight;
    server->health.inhibit = conf->inhibit_on_failure;
    server->since_wall = before ? before->since_wall : builder->wall;
    model_order(server, NULL);
    server->slow_start_ms = (uint32_t)(conf->slow_start / CLOCK_MILLISECOND);
    server->ramp_start = before ? before->ramp_start : 0;
    return server;
}

static void model_add_links(struct model_builder *builder, struct model_server *server,
                            const struct conf_check_list *checks)
{
    const struct conf_check *check;

    server->links = &builder->model->links[builder->model->link_count];
    STAILQ_FOREACH(check, checks, next) {
        struct model_link *link = &server->links[server->link_count++];

        link->check = model_check_for(builder, check);
        link->check->log_all_failures = link->check->log_all_failures || check->log_all_failures;
        link->server = server;
        link->weight = check->weight;
        link->next = link->check->links;
        link->check->links = link;
    }
    builder->model->link_count += server->link_count;
}

static int model_compare(const void *a, const void *b, void *servers)
{
    const struct model_server *list = servers;

    return memcmp(&list[*(const uint32_t *)a].key, &list[*(const uint32_t *)b].key,
                  sizeof(list->key));
}

static const char *model_add_name(struct model_builder *builder, const char *name)
{
    char *copy = builder->model->names + builder->names_used;
    size_t size = strlen(name) + 1;

    memcpy(copy, name, size);
    builder->names_used += size;
    return copy;
}

/* Its own addresses, where ha_suspend looks for them. A mark has none. */
static void model_add_addresses(struct model_builder *builder, struct model_service *service,
                                const struct conf_virtual_server *conf)
{
    struct inet_addr *addresses = builder->model->addresses + builder->addresses_used;

    for (uint32_t i = 0; conf->ha_suspend && i < conf->member_count; i++) {
        if (!conf->members[i].fwmark) {
            addresses[service->address_count++] = conf->members[i].addr;
        }
    }
    service->addresses = addresses;
    builder->addresses_used += service->address_count;
}

static void model_index_service(struct model *model, struct model_service *service)
{
    HASH_ADD(hh, model->by_key, key, sizeof(service->key), service);
}

static void model_add_service(struct model_builder *builder, const struct conf_virtual_server *conf)
{
    struct model *model = builder->model;
    struct model_service *service = &model->services[model->service_count++];
    const struct model_service *before = model_service(builder->old, &conf->key);
    const struct conf_real_server *server;

    service->key = conf->key;
    service->name = model_add_name(builder, conf->name);
    if (conf->group) {
        service->group = model_add_name(builder, conf->group->name);
        service->group_use = conf->group_use;
    }
    model_add_addresses(builder, service, conf);
    service->quorum.quorum = conf->quorum;
    service->quorum.hysteresis = conf->hysteresis;
    service->quorum_met = before && before->quorum_met;
    if (before) {
        service->tally = before->tally;
    }
    service->ha_suspend = service->address_count > 0;
    service->suspended = before && before->suspended;
    service->floor.needed = conf->min_healthy;
    service->floor.percent = conf->min_healthy_percent;
    service->omega = conf->omega;
    service->sorry_inhibit = conf->sorry_server_inhibit;
    service->forward = (uint8_t)conf->forward;
    service->persistence_timeout_s = conf->persistence_timeout_s;
    memcpy(service->scheduler, conf->scheduler, sizeof(service->scheduler));
    service->servers = &model->servers[builder->model->server_count];
    service->by_key = &model->order[builder->model->server_count];
    STAILQ_FOREACH(server, &conf->servers, next) {
        service->by_key[service->server_count] = service->server_count;
        service->server_count++;
        model_add_links(builder, model_add_server(builder, service, server), &server->checks);
        model_order(&service->servers[service->server_count - 1],
                    order_find(builder->orders, &service->key, &server->key));
    }
    qsort_r(service->by_key, service->server_count, sizeof(*service->by_key), model_compare,
            service->servers);
    if (conf->sorry_server) {
        service->sorry = model_add_server(builder, service, conf->sorry_server);
    }
    model_index_service(model, service);
}

/* What the states of all checks mean, once these are there. */
static void model_settle(const struct model_builder *builder, struct model_service *service,
                         int64_t now)
{
    for (uint32_t i = 0; i < service->server_count; i++) {
        struct model_server *server = &service->servers[i];
        const struct model_server *before = builder->before[server - builder->model->servers];

        for (uint32_t j = 0; j < server->link_count; j++) {
            server->checks_down += !server->links[j].weight && !server->links[j].check->health.up;
        }
        server->health.up = server->checks_down == 0;
        server->checking = model_is_checking(server);
        server->unasked = model_is_unasked(server);
        service->unasked += server->unasked;
        server->health.weight = model_weight(server);
        server->ramp_start = server->health.up ? server->ramp_start : 0;
        model_ramp(server, now);
        if (before && before->health.up != server->health.up) {
            server->since_wall = builder->wall;
        }
        model_join(server);
    }
    model_conclude(service);
}

/* ---- The whole --------------------------------------------------------------------------------- */

static void model_builder_open(struct model_builder *builder, const struct conf *conf)
{
    const struct conf_virtual_server *service;
    const struct conf_real_server *server;
    const struct conf_check *check;
    size_t services = 1; /* one more of each: no block of 0 bytes */
    size_t servers = 1;
    size_t links = 1;
    size_t names = 1;
    size_t addresses = 1;

    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        services++;
        names += strlen(service->name) + 1;
        names += service->group ? strlen(service->group->name) + 1 : 0;
        addresses += service->ha_suspend ? service->member_count : 0;
        servers += service->sorry_server ? 1 : 0;
        STAILQ_FOREACH(server, &service->servers, next) {
            servers++;
            STAILQ_FOREACH(check, &server->checks, next) {
                links++;
            }
        }
    }
    builder->model = model_new();
    builder->model->services = memory_new(services, sizeof(*builder->model->services));
    builder->model->servers = memory_new(servers, sizeof(*builder->model->servers));
    builder->model->order = memory_new(servers, sizeof(*builder->model->order));
    builder->model->links = memory_new(links, sizeof(*builder->model->links));
    builder->model->addresses = memory_new(addresses, sizeof(*builder->model->addresses));
    builder->model->names = memory_new(names, 1);
    builder->model->names_size = names;
    builder->before = memory_new(servers, sizeof(void *));
    builder->fresh = memory_new(links, sizeof(void *));
    builder->nodes = memory_new(links + builder->old->check_count, sizeof(*builder->nodes));
    for (uint32_t i = 0; i < builder->old->check_count; i++) {
        builder->old->checks[i]->links = NULL;
        builder->old->checks[i]->log_all_failures = false;
        model_index_add(builder, builder->old->checks[i]);
    }
}

static void model_builder_close(struct model_builder *builder)
{
    struct model *model = builder->model;

    model->checks = memory_new(builder->node_count + 1, sizeof(void *));
    HASH_CLEAR(hh, builder->checks);
    for (uint32_t i = 0; i < builder->node_count; i++) {
        builder->nodes[i].check->spec.connect_addr =
            builder->nodes[i].address; /* a run may need it */
        if (builder->nodes[i].check->links) {
            builder->nodes[i].check->index = model->check_count;
            model->checks[model->check_count++] = builder->nodes[i].check;
        }
    }
    free(builder->nodes);
    free(builder->fresh);
    free(builder->before);
    text_release(&builder->identity);
}

struct model *model_build(const struct conf *conf, const struct model *old,
                          const struct order_list *orders, struct schedule *schedule, int64_t now,
                          int64_t wall, bool by_hand)
{
    struct model_builder builder = {.old = old, .orders = orders, .wall = wall, .by_hand = by_hand};
    const struct conf_virtual_server *service;

    model_builder_open(&builder, conf);
    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        model_add_service(&builder, service);
    }
    for (uint32_t i = 0; i < builder.fresh_count; i++) {
        model_check_begin(&builder, builder.fresh[i], schedule, now);
    }
    for (uint32_t i = 0; i < builder.model->service_count; i++) {
        model_settle(&builder, &builder.model->services[i], now);
    }
    model_builder_close(&builder);
    return builder.model;
}
