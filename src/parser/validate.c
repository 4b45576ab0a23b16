/* SPDX-License-Identifier: Apache-2.0
 *
 * What is right alone and wrong together. Pure.
 */
#include "parser/validate.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/text.h"
#include "parser/conf_find.h"
#include "parser/lookup.h"
#include "parser/parser.h"

#include <stdio.h>
#include <string.h>

/* ---- What is tracked ------------------------------------------------------------------------- */

static void validate_report_twice(struct build *build, const char *name,
                                  const struct conf_position *position,
                                  const struct conf_position *first)
{
    uint32_t length = (uint32_t)strlen(name);

    source_warning(build->source, &(struct source_place){*position, length, NULL},
                   "%s is tracked twice; the first line counts, remove this one", name);
    source_note(build->source, &(struct source_place){*first, length, NULL}, "the first is here");
}

static void validate_track_interfaces(struct build *build, const char *own,
                                      struct conf_track_interface_list *lines)
{
    struct lookup *known = lookup_new(build->scratch);
    struct conf_track_interface_list kept = STAILQ_HEAD_INITIALIZER(kept);
    struct conf_track_interface *line;

    while ((line = STAILQ_FIRST(lines))) {
        const struct conf_track_interface *first =
            lookup_add(known, line->interface, strlen(line->interface), line);

        STAILQ_REMOVE_HEAD(lines, next);
        if (first) {
            validate_report_twice(build, line->interface, &line->position, &first->position);
        } else if (own && strcmp(line->interface, own) == 0) {
            source_warning(build->source,
                           &(struct source_place){line->position, (uint32_t)strlen(own), NULL},
                           "%s is the instance's own interface, which it tracks anyway and without "
                           "a weight; remove it here",
                           own);
        } else {
            STAILQ_INSERT_TAIL(&kept, line, next);
        }
    }
    STAILQ_CONCAT(lines, &kept);
    lookup_free(known);
}

static void validate_track_scripts(struct build *build, struct conf_track_script_list *lines)
{
    struct lookup *known = lookup_new(build->scratch);
    struct conf_track_script_list kept = STAILQ_HEAD_INITIALIZER(kept);
    struct conf_track_script *line;

    while ((line = STAILQ_FIRST(lines))) {
        const struct conf_track_script *first =
            lookup_add(known, line->script->name, strlen(line->script->name), line);

        STAILQ_REMOVE_HEAD(lines, next);
        if (first) {
            validate_report_twice(build, line->script->name, &line->position, &first->position);
        } else {
            STAILQ_INSERT_TAIL(&kept, line, next);
        }
    }
    STAILQ_CONCAT(lines, &kept);
    lookup_free(known);
}

void validate_tracks(struct build *build, const char *own,
                     struct conf_track_interface_list *interfaces,
                     struct conf_track_script_list *scripts)
{
    validate_track_interfaces(build, own, interfaces);
    validate_track_scripts(build, scripts);
}

/* ---- Instances ------------------------------------------------------------------------------- */

struct source_place validate_address_place(const struct conf_address *address)
{
    char text[INET_ADDR_TEXT_SIZE];

    return source_at(address->position, (uint32_t)strlen(inet_text(text, &address->prefix.addr)));
}

/* What makes two virtual routers one on the wire. B38. */
struct validate_router_key {
    char interface[CONF_INTERFACE_SIZE]; /* or the VRF */
    struct inet_addr source;             /* of unicast, where it is named */
    struct inet_addr destination;        /* a group or a peer */
    uint8_t family;
    uint8_t vrid;
};

/* What can be set once: an address on an interface. */
struct validate_address_key {
    char device[CONF_INTERFACE_SIZE];
    struct inet_addr addr;
};

/* An address with the instance that it belongs to. */
struct validate_claim {
    struct validate_address_key key;
    const struct conf_instance *instance;
    const struct conf_address *address;
};

/* The same addresses in two VRFs are different ones. */
static const char *validate_vrf(const struct conf_instance *instance)
{
    return instance->vrf ? instance->vrf : "";
}

/* @return the instance that has it already, or NULL */
static const struct build_instance *validate_add_router(struct build *build, struct lookup *routers,
                                                        struct build_instance *extra,
                                                        const struct inet_addr *destination)
{
    const struct conf_instance *instance = extra->instance;
    struct validate_router_key *key = arena_alloc(build->scratch, sizeof(*key));

    (void)text_copy(key->interface, sizeof(key->interface), instance->interface);
    if (instance->peer_count && inet_is_set(&instance->source)) {
        key->source = instance->source;
        memset(key->interface, 0, sizeof(key->interface));
        (void)text_copy(key->interface, sizeof(key->interface), validate_vrf(instance));
    }
    key->destination = *destination;
    key->family = instance->family;
    key->vrid = instance->vrid;
    return lookup_add(routers, key, sizeof(*key), extra);
}

static void validate_report_router(struct build *build, const struct build_instance *extra,
                                   const struct build_instance *other,
                                   const struct source_place *place)
{
    const struct conf_instance *instance = extra->instance;
    char text[INET_ADDR_TEXT_SIZE];

    source_error(build->source, place,
                 "%s and %s both are virtual router %u on %s; give one of them another "
                 "virtual_router_id, here and on all directors",
                 other->instance->name, instance->name, instance->vrid,
                 *instance->interface ? instance->interface : inet_text(text, &instance->source));
    source_note(build->source, build_mark(build, &other->marks, "virtual_router_id"),
                "%s has it here", other->instance->name);
}

static void validate_router(struct build *build, struct lookup *routers,
                            struct build_instance *extra)
{
    const struct conf_instance *instance = extra->instance;
    const struct source_place *place = build_mark(build, &extra->marks, "virtual_router_id");
    const struct build_instance *other = NULL;
    const struct conf_peer *peer;

    if (!place || !instance->vrid || (!*instance->interface && !instance->peer_count)) {
        return; /* reported */
    }
    if (!instance->peer_count) {
        other = validate_add_router(build, routers, extra, &instance->mcast_group);
    }
    STAILQ_FOREACH(peer, &instance->peers, next) {
        const struct build_instance *same = validate_add_router(build, routers, extra, &peer->addr);

        other = other ? other : same;
    }
    if (other) {
        validate_report_router(build, extra, other, place);
    }
}

static void validate_report_claim(struct build *build, const struct validate_claim *claim,
                                  const struct validate_claim *first)
{
    struct source_place place = validate_address_place(claim->address);
    struct source_place first_place = validate_address_place(first->address);
    char text[INET_ADDR_TEXT_SIZE];

    inet_text(text, &claim->address->prefix.addr);
    if (claim->instance == first->instance) {
        source_warning(build->source, &place,
                       "%s is there twice; the first line counts, remove this "
                       "one",
                       text);
    } else if (strcmp(claim->address->device, first->address->device) == 0) {
        source_error(build->source, &place,
                     "%s on %s belongs to the vrrp_instance %s already; remove it from one of them",
                     text, claim->address->device, first->instance->name);
    } else {
        source_warning(build->source, &place,
                       "%s is an address of the vrrp_instance %s too, on %s; both can be master on "
                       "different directors",
                       text, first->instance->name, first->address->device);
    }
    source_note(build->source, &first_place, "the first is here");
}

/* @return whether the address is the instance's only one of its kind */
static bool validate_claim(struct build *build, struct lookup *on_device, struct lookup *anywhere,
                           const struct conf_instance *instance, const struct conf_address *address)
{
    struct validate_claim *claim = arena_alloc(build->scratch, sizeof(*claim));
    const struct validate_claim *first;
    const struct validate_claim *elsewhere;

    (void)text_copy(claim->key.device, sizeof(claim->key.device), address->device);
    claim->key.addr = address->prefix.addr;
    claim->instance = instance;
    claim->address = address;
    first = lookup_add(on_device, &claim->key, sizeof(claim->key), claim);
    elsewhere = lookup_add(anywhere, &claim->key.addr, sizeof(claim->key.addr), claim);
    if (first) {
        validate_report_claim(build, claim, first);
        return first->instance != instance;
    }
    if (elsewhere && elsewhere->instance != instance &&
        strcmp(validate_vrf(elsewhere->instance), validate_vrf(instance)) == 0) {
        validate_report_claim(build, claim, elsewhere);
    }
    return true;
}

static void validate_addresses(struct build *build, struct lookup *on_device,
                               struct lookup *anywhere, struct conf_instance *instance)
{
    struct conf_address_list kept = STAILQ_HEAD_INITIALIZER(kept);
    struct conf_address *address;

    while ((address = STAILQ_FIRST(&instance->addresses))) {
        STAILQ_REMOVE_HEAD(&instance->addresses, next);
        if (validate_claim(build, on_device, anywhere, instance, address)) {
            STAILQ_INSERT_TAIL(&kept, address, next);
        } else {
            instance->address_count--;
            instance->advertised_count -= !address->excluded;
        }
    }
    STAILQ_CONCAT(&instance->addresses, &kept);
}

/* What is one route to the kernel, as memory without padding. */
struct validate_route_key {
    uint32_t table;
    uint32_t metric;
    struct inet_addr dest;
    struct inet_addr from;
    uint8_t dest_length;
    uint8_t from_length;
    uint8_t tos;
    uint8_t zero[3];
};

_Static_assert(sizeof(struct validate_route_key) == 48, "a route's key has no hidden padding");

void validate_routes(struct build *build, struct conf_route_list *routes)
{
    struct lookup *known = lookup_new(build->scratch);
    struct conf_route_list kept = STAILQ_HEAD_INITIALIZER(kept);
    struct conf_route *route;

    while ((route = STAILQ_FIRST(routes))) {
        struct validate_route_key *key = arena_alloc(build->scratch, sizeof(*key));
        const struct conf_route *first;

        *key = (struct validate_route_key){
            .table = route->table,
            .metric = route->metric,
            .dest = route->dest.addr,
            .from = route->from.addr,
            .dest_length = route->dest.length,
            .from_length = route->from.length,
            .tos = route->tos,
        };
        first = lookup_add(known, key, sizeof(*key), route);
        STAILQ_REMOVE_HEAD(routes, next);
        if (first) {
            struct source_place place = source_at(route->position, 1);
            struct source_place first_place = source_at(first->position, 1);

            source_warning(build->source, &place,
                           "there is a route to this network already; the first line counts: "
                           "remove this one, or give it another table, metric or tos");
            source_note(build->source, &first_place, "the first is here");
        } else {
            STAILQ_INSERT_TAIL(&kept, route, next);
        }
    }
    STAILQ_CONCAT(routes, &kept);
    lookup_free(known);
}

void validate_rules(struct build *build, struct conf_rule_list *rules)
{
    struct lookup *known = lookup_new(build->scratch);
    struct conf_rule_list kept = STAILQ_HEAD_INITIALIZER(kept);
    struct text_buffer key = {0};
    struct conf_rule *rule;

    while ((rule = STAILQ_FIRST(rules))) {
        const struct conf_rule *first;

        key.length = 0;
        conf_rule_write_key(rule, &key);
        first = lookup_add(known, arena_text(build->scratch, key.data), key.length, rule);
        STAILQ_REMOVE_HEAD(rules, next);
        if (first) {
            struct source_place place = source_at(rule->position, 1);
            struct source_place first_place = source_at(first->position, 1);

            source_warning(build->source, &place,
                           "this rule is there twice; the first line counts, remove this one");
            source_note(build->source, &first_place, "the first is here");
        } else {
            STAILQ_INSERT_TAIL(&kept, rule, next);
        }
    }
    STAILQ_CONCAT(rules, &kept);
    text_release(&key);
    lookup_free(known);
}

static void validate_static_addresses(struct build *build, const struct lookup *virtuals,
                                      const struct conf_address_list *addresses)
{
    const struct conf_address *address;

    STAILQ_FOREACH(address, addresses, next) {
        struct source_place place = validate_address_place(address);
        struct validate_address_key key = {.addr = address->prefix.addr};
        const struct conf_instance *instance;

        (void)text_copy(key.device, sizeof(key.device), address->device);
        instance = lookup_find(virtuals, &key, sizeof(key));
        if (instance) {
            source_error(build->source, &place,
                         "a static address cannot be one of the vrrp_instance %s too, which takes "
                         "it away as a backup; remove it here or there",
                         instance->name);
        }
    }
}

void validate_static(struct build *build)
{
    struct lookup *virtuals = lookup_new(build->scratch);
    const struct conf_track_group *group;
    struct conf_instance *instance;
    const struct conf_address *address;

    STAILQ_FOREACH(instance, &build->conf->instances, next) {
        STAILQ_FOREACH(address, &instance->addresses, next) {
            struct validate_address_key *key = arena_alloc(build->scratch, sizeof(*key));

            (void)text_copy(key->device, sizeof(key->device), address->device);
            key->addr = address->prefix.addr;
            (void)lookup_add(virtuals, key, sizeof(*key), instance);
        }
    }
    validate_static_addresses(build, virtuals, &build->conf->entries.addresses);
    STAILQ_FOREACH(group, &build->conf->track_groups, next) {
        validate_static_addresses(build, virtuals, &group->entries.addresses);
    }
    lookup_free(virtuals);
}

void validate_instances(struct build *build)
{
    struct lookup *routers = lookup_new(build->scratch);
    struct lookup *on_device = lookup_new(build->scratch);
    struct lookup *anywhere = lookup_new(build->scratch);
    struct build_instance *extra;

    STAILQ_FOREACH(extra, &build->instances, next) {
        const struct source_place *interface = build_mark(build, &extra->marks, "interface");

        if (interface && strcmp(extra->instance->interface, "lo") == 0) {
            source_error(build->source, interface,
                         "interface lo carries no adverts; name the interface that leads to the "
                         "other directors");
        }
        validate_router(build, routers, extra);
        validate_addresses(build, on_device, anywhere, extra->instance);
        validate_routes(build, &extra->instance->routes);
        validate_rules(build, &extra->instance->rules);
    }
    lookup_free(routers);
    lookup_free(on_device);
    lookup_free(anywhere);
}

/* ---- Virtual servers ------------------------------------------------------------------------- */

enum { VALIDATE_ENGINE_LENGTH = 15 }; /* IP_VS_PENAME_MAXLEN of linux/ip_vs.h, without the NUL */

/* A service where it is first defined. */
struct validate_service_entry {
    struct conf_service_key key;
    struct source_place place;
};

/* @return whether it is the first of its key */
static bool validate_service_once(struct build *build, const struct conf_service_key *key,
                                  const struct source_place *place, const char *cure)
{
    struct validate_service_entry *entry = arena_alloc(build->scratch, sizeof(*entry));
    const struct validate_service_entry *first;
    char text[CONF_ENDPOINT_TEXT_SIZE];

    entry->key = *key;
    entry->place = *place;
    first = lookup_add(build->services, &entry->key, sizeof(entry->key), entry);
    if (first) {
        source_error(build->source, place, "there is a virtual_server %s already; %s",
                     conf_service_text(text, &entry->key), cure);
        source_note(build->source, &first->place, "the first is here");
    }
    return !first;
}

/* Each service of a group; of a line that overlaps the first one is told. */
static void validate_service_twice(struct build *build, const struct build_virtual_server *extra)
{
    const struct conf_virtual_server *service = extra->service;
    const struct conf_service_key *member = service->members;
    const struct conf_group_entry *line;

    if (!service->group) {
        (void)validate_service_once(build, member, &extra->place,
                                    "put all real servers into one of them");
        return;
    }
    STAILQ_FOREACH(line, &service->group->entries, next) {
        struct source_place place = source_at(line->position, 1);
        bool good = true;

        for (uint32_t i = 0; i < line->count && good; i++) {
            good = validate_service_once(build, &member[i], &place,
                                         "it can be in one virtual_server, and there once");
        }
        member += line->count;
    }
}

/* IPVS joins families by tunnels alone. */
static void validate_server_family(struct build *build, const struct conf_virtual_server *service,
                                   const struct conf_real_server *server, const char *keyword,
                                   const struct source_place *place)
{
    uint8_t other = server->key.addr.family == AF_INET ? AF_INET6 : AF_INET;

    if (build_has_family(service, other) && server->forward != CONF_FORWARD_TUN) {
        source_error(
            build->source, place,
            "this %s is an %s address and the service is %s; only lvs_method TUN joins the "
            "two",
            keyword, other == AF_INET ? "IPv6" : "IPv4",
            !build_has_family(service, server->key.addr.family) ? other == AF_INET ? "IPv4" : "IPv6"
                                                                : "of both families");
    } else if (build_has_family(service, other) && !build->joined_families) {
        build->joined_families = keyword; /* it matters when lvs_sync_daemon is known */
        build->joined_place = *place;
    }
}

/* A service's servers by their keys. Their number is known, so the slots of a table are enough. */
struct validate_servers {
    const struct build_server_entry **slots;
    size_t mask; /* their number, a power of two and twice that of the servers or more, less 1 */
};

static struct validate_servers validate_new_servers(struct build *build,
                                                    const struct build_virtual_server *extra)
{
    const struct build_server_entry *server;
    struct validate_servers known;
    size_t count = 0;
    size_t slots = 1;

    STAILQ_FOREACH(server, &extra->servers, next) {
        count++;
    }
    while (slots < count * 2) {
        slots *= 2;
    }
    known.slots = arena_alloc(build->service, slots * sizeof(void *));
    known.mask = slots - 1;
    return known;
}

/*
 * Whether two servers would be one in one of the services: they have the same address, and the same
 * port, or ports that one of the services of a group replaces (conf_member_server()).
 */
static bool validate_is_same_server(const struct conf_virtual_server *service,
                                    const struct conf_real_server *a,
                                    const struct conf_real_server *b)
{
    if (!inet_equal(&a->key.addr, &b->key.addr)) {
        return false;
    }
    for (uint32_t i = 0; i < service->member_count; i++) {
        if (conf_member_server(&service->members[i], a).port ==
            conf_member_server(&service->members[i], b).port) {
            return true;
        }
    }
    return false;
}

/* Adds a server. @return NULL, or the one that is the same already */
static const struct build_server_entry *validate_add_server(
    struct validate_servers *known, const struct conf_virtual_server *service,
    const struct build_server_entry *server)
{
    const struct conf_server_key *key = &server->server->key;
    size_t slot = (service->group ? hash_of_bytes(&key->addr, sizeof(key->addr))
                                  : hash_of_bytes(key, sizeof(*key))) &
                  known->mask;

    while (known->slots[slot]) {
        if (validate_is_same_server(service, known->slots[slot]->server, server->server)) {
            return known->slots[slot];
        }
        slot = (slot + 1) & known->mask;
    }
    known->slots[slot] = server;
    return NULL;
}

/* @return the sum of the weights */
static uint64_t validate_servers(struct build *build, const struct build_virtual_server *extra)
{
    struct validate_servers known = validate_new_servers(build, extra);
    const struct build_server_entry *server;
    uint64_t weight = 0;

    STAILQ_FOREACH(server, &extra->servers, next) {
        const struct build_server_entry *first =
            validate_add_server(&known, extra->service, server);
        struct source_place place = build_server_place(server);
        char text[CONF_ENDPOINT_TEXT_SIZE];

        validate_server_family(build, extra->service, server->server, "real_server", &place);
        weight += server->server->weight;
        if (first) {
            struct source_place first_place = build_server_place(first);

            source_error(build->source, &place,
                         "there is a real_server %s in this virtual_server already; remove one of "
                         "them",
                         conf_server_text(text, &server->server->key));
            source_note(build->source, &first_place, "the first is here");
        }
    }
    return weight;
}

/* B48: what cannot be reached is reduced to what can. */
static void validate_quorum(struct build *build, struct conf_virtual_server *service,
                            const struct build_marks *marks, uint64_t weight)
{
    const struct source_place *quorum = build_mark(build, marks, "quorum");
    const struct source_place *hysteresis = build_mark(build, marks, "hysteresis");

    if (quorum && service->quorum > weight && !expand_left_out(build->expand)) {
        (void)source_lint(build->source, LINT_QUORUM_UNREACHABLE, quorum,
                          "quorum %u is above the weight of all real servers, %llu; it becomes "
                          "%llu, as in keepalived: lower it, or give the servers more weight",
                          service->quorum, (unsigned long long)weight,
                          (unsigned long long)(weight ? weight : 1));
        service->quorum = weight ? (uint32_t)weight : 1;
    }
    if (hysteresis && service->hysteresis >= service->quorum) {
        source_warning(build->source, hysteresis,
                       "hysteresis %u must be below the quorum %u; it becomes %u, as in keepalived",
                       service->hysteresis, service->quorum, service->quorum - 1);
        service->hysteresis = service->quorum - 1;
    }
}

/* The mask of clients that count as one, for the service's family. */
static void validate_granularity(struct build *build, struct build_virtual_server *extra,
                                 const struct build_marks *marks)
{
    struct conf_virtual_server *service = extra->service;
    const struct source_place *place = build_mark(build, marks, "persistence_granularity");
    bool ipv6 = build_has_family(service, AF_INET6);

    if (ipv6 && build_has_family(service, AF_INET)) {
        if (place) {
            source_error(build->source, place,
                         "persistence_granularity cannot be given for IPv4 and IPv6 at once; make "
                         "two groups of this virtual_server_group");
        }
        return; /* the whole addresses of both */
    }
    service->persistence_netmask = ipv6 ? 128 : UINT32_MAX;
    if (inet_is_set(&extra->netmask) && ipv6) {
        source_error(build->source, place,
                     "persistence_granularity of an IPv6 service takes 1..128 bits, no netmask");
    } else if (extra->ipv6_granularity && !ipv6) {
        source_error(build->source, place,
                     "persistence_granularity of an IPv4 service takes a netmask, such as "
                     "255.255.255.0");
    } else if (extra->ipv6_granularity) {
        service->persistence_netmask = extra->ipv6_granularity;
    } else if (inet_is_set(&extra->netmask)) {
        memcpy(&service->persistence_netmask, extra->netmask.bytes, sizeof(uint32_t));
    }
}

static bool validate_lacks_port(const struct conf_virtual_server *service)
{
    for (uint32_t i = 0; i < service->member_count; i++) {
        if (!service->members[i].fwmark && !service->members[i].port) {
            return true;
        }
    }
    return false;
}

/*
 * What ip_vs_sip_fill_param() of net/netfilter/ipvs/ip_vs_pe_sip.c does not take for a call is
 * dropped: all that is not UDP, and datagrams without a Call-ID.
 */
static void validate_engine(struct build *build, const struct conf_virtual_server *service,
                            const struct source_place *engine)
{
    uint8_t protocol = service->member_count ? service->members[0].protocol : 0;

    if (strlen(service->persistence_engine) > VALIDATE_ENGINE_LENGTH) {
        source_error(build->source, engine, "persistence_engine \"%.*s\" is longer than %d bytes",
                     BUILD_WORD_SHOWN, service->persistence_engine, VALIDATE_ENGINE_LENGTH);
    } else if (!service->persistence_timeout_s) {
        source_warning(build->source, engine,
                       "persistence_engine has no effect without persistence; add "
                       "persistence_timeout, or remove it");
    } else if (strcmp(service->persistence_engine, "sip") == 0 && protocol &&
               protocol != IPPROTO_UDP) {
        source_warning(
            build->source, engine,
            "persistence_engine sip is for UDP, and the kernel drops every connection of "
            "%s; use protocol UDP, or remove it",
            conf_name_of(conf_protocol_names, protocol));
    }
}

static void validate_persistence(struct build *build, struct build_virtual_server *extra,
                                 const struct build_marks *marks)
{
    struct conf_virtual_server *service = extra->service;
    const struct source_place *engine = build_mark(build, marks, "persistence_engine");

    validate_granularity(build, extra, marks);
    if (validate_lacks_port(service) && !service->persistence_timeout_s) {
        service->persistence_timeout_s = BUILD_PERSISTENCE_S;
        source_warning(build->source, &extra->place,
                       "a service without a port must be persistent; it gets persistence_timeout "
                       "%d, add that or a port",
                       BUILD_PERSISTENCE_S);
    }
    if (engine && service->persistence_engine) {
        validate_engine(build, service, engine);
    }
}

/* A part of IPVS that is a module of its own: without it the kernel would refuse the service. */
static void validate_part(struct build *build, const char *what, const char *prefix,
                          const char *name, const struct source_place *place)
{
    const struct parser_options *options = build->options;
    char module[sizeof("ip_vs_pe_") + CONF_SCHEDULER_SIZE];

    (void)snprintf(module, sizeof(module), "%s%s", prefix, name);
    if (options->lacks && options->lacks(options->lacks_argument, module)) {
        source_error(build->source, place,
                     "the %s \"%s\" is not in this kernel, which has no module %s; choose another "
                     "one, or install the module",
                     what, name, module);
    }
}

static void validate_parts(struct build *build, const struct build_virtual_server *extra,
                           const struct build_marks *marks)
{
    const struct conf_virtual_server *service = extra->service;
    const struct source_place *scheduler = build_mark(build, marks, "lvs_sched");

    scheduler = scheduler ? scheduler : build_mark(build, marks, "lb_algo");
    validate_part(build, "scheduler", "ip_vs_", service->scheduler,
                  scheduler ? scheduler : &extra->place);
    if (service->persistence_engine && service->persistence_timeout_s) {
        validate_part(build, "persistence engine", "ip_vs_pe_", service->persistence_engine,
                      build_mark(build, marks, "persistence_engine"));
    }
}

void validate_service(struct build *build, struct build_virtual_server *extra,
                      const struct build_marks *marks)
{
    uint64_t weight = validate_servers(build, extra);

    validate_service_twice(build, extra);
    validate_quorum(build, extra->service, marks, weight);
    validate_persistence(build, extra, marks);
    validate_parts(build, extra, marks);
    if (extra->service->sorry_server) {
        validate_server_family(build, extra->service, extra->service->sorry_server, "sorry_server",
                               &extra->sorry_place);
    }
}
