/* SPDX-License-Identifier: Apache-2.0
 *
 * Announced addresses: decided, claimed, told of; and local routes in their place when they leave.
 */
#include "net/announced.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/address.h"
#include "net/route.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANNOUNCED_TEXT_SIZE = 256,
    /* Behind the kernel's own local route of an address, which has 0: both are there for a moment. */
    ANNOUNCED_ROUTE_METRIC = 1,
};

/* Who owns the addresses and the routes in their place, for people. */
#define ANNOUNCED_OWNER "announced addresses"

struct announced_entry {
    struct inet_addr addr;
    const struct conf_announced *conf;
    bool on;
    bool adopted;                     /* it was on at the start, and nothing has been decided */
    bool told;                        /* `verdict` is in the log */
    struct announced_verdict verdict; /* the last one */
    int64_t since_wall;               /* it came or went; 0: not yet */
    UT_hash_handle hh;
};

struct announced {
    struct log *log;
    const struct link_table *links;
    struct address_table *addresses;
    struct route_table *routes;
    struct announced_hooks hooks;
    struct announced_entry *entries; /* in the order of the text */
    size_t count;
    struct announced_entry *by_address;
    int64_t grace; /* ns */
    bool drained;
    bool stopped;
    bool leaving;
    char *trouble;             /* what the kernel refused last; NULL: nothing */
    struct loop_timer *follow; /* decide again */
    struct loop_timer *leave;  /* the end of local routes */
};

static const char *announced_text(char text[INET_ADDR_TEXT_SIZE],
                                  const struct announced_entry *entry)
{
    return inet_text(text, &entry->conf->address.prefix.addr);
}

/* ---- Claims ------------------------------------------------------------------------------------ */

/* @param all  those that are not on, too. */
static void announced_claim(const struct announced *announced, bool all)
{
    struct conf_address_list list = STAILQ_HEAD_INITIALIZER(list);
    struct conf_address *copies = memory_new(announced->count + 1, sizeof(*copies));

    for (size_t i = 0; i < announced->count; i++) {
        if (all || announced->entries[i].on) {
            copies[i] = announced->entries[i].conf->address;
            STAILQ_INSERT_TAIL(&list, &copies[i], next);
        }
    }
    address_claim(announced->addresses, ANNOUNCED_OWNER, &list);
    free(copies);
}

/* A local route as the kernel has one for an address: fib_add_ifaddr() of net/ipv4/fib_frontend.c. */
static void announced_set_route(struct conf_route *route, struct conf_route_hop *hop,
                                const struct inet_prefix *prefix)
{
    *hop = (struct conf_route_hop){.device = "lo", .weight = 1};
    *route = (struct conf_route){.family = prefix->addr.family,
                                 .type = RTN_LOCAL,
                                 .scope = prefix->addr.family == AF_INET ? RT_SCOPE_HOST
                                                                         : RT_SCOPE_UNIVERSE,
                                 .propagate_ttl = CONF_ROUTE_UNSET,
                                 .dest = *prefix,
                                 .from = {.addr.family = prefix->addr.family},
                                 .table = RT_TABLE_LOCAL,
                                 .metric = ANNOUNCED_ROUTE_METRIC,
                                 .hop_count = 1};
    STAILQ_INIT(&route->hops);
    STAILQ_INSERT_TAIL(&route->hops, hop, next);
}

/* Packets that still come to what is on go to IPVS for a while: before the addresses go. */
static void announced_keep_local(struct announced *announced)
{
    struct conf_route_list list = STAILQ_HEAD_INITIALIZER(list);
    struct conf_route *routes = memory_new(announced->count + 1, sizeof(*routes));
    struct conf_route_hop *hops = memory_new(announced->count + 1, sizeof(*hops));

    for (size_t i = 0; i < announced->count; i++) {
        if (announced->entries[i].on) {
            announced_set_route(&routes[i], &hops[i], &announced->entries[i].conf->address.prefix);
            STAILQ_INSERT_TAIL(&list, &routes[i], next);
        }
    }
    if (!STAILQ_EMPTY(&list)) {
        route_claim(announced->routes, ANNOUNCED_OWNER, &list);
        route_commit(announced->routes);
        announced->leaving = true;
        loop_timer_set(announced->leave, clock_now() + announced->grace);
    }
    free(hops);
    free(routes);
}

static void announced_end_local(void *argument, int64_t now, int64_t late)
{
    struct announced *announced = argument;

    (void)now;
    (void)late;
    announced->leaving = false;
    route_release(announced->routes, ANNOUNCED_OWNER);
    route_commit(announced->routes);
    if (announced->stopped) {
        announced->hooks.left(announced->hooks.argument);
    }
}

/* ---- Decisions --------------------------------------------------------------------------------- */

/* Why an address is not on. @return `text` */
static const char *announced_reason(char text[ANNOUNCED_TEXT_SIZE],
                                    const struct announced *announced,
                                    const struct announced_entry *entry)
{
    const char *name = entry->verdict.service ? entry->verdict.service->name : "";

    if (announced->stopped || announced->drained) {
        (void)snprintf(text, ANNOUNCED_TEXT_SIZE, "%s",
                       announced->stopped ? "the daemon stops" : "this director is drained");
        return text;
    }
    switch (entry->verdict.view) {
    case ANNOUNCED_DOWN:
        (void)snprintf(text, ANNOUNCED_TEXT_SIZE, "%.200s has no quorum", name);
        break;
    case ANNOUNCED_ABSENT:
        (void)snprintf(text, ANNOUNCED_TEXT_SIZE, "%.200s is not in the kernel's IPVS table", name);
        break;
    case ANNOUNCED_SERVED:
        (void)snprintf(text, ANNOUNCED_TEXT_SIZE, "%.200s is served", name);
        break;
    case ANNOUNCED_ASSUMED:
    case ANNOUNCED_AWAITED:
        (void)snprintf(text, ANNOUNCED_TEXT_SIZE, "the checks of %.200s have not spoken yet", name);
        break;
    }
    return text;
}

static void announced_tell(const struct announced *announced, const struct announced_entry *entry,
                           bool changed)
{
    const struct conf_address *address = &entry->conf->address;
    char text[INET_ADDR_TEXT_SIZE];
    char reason[ANNOUNCED_TEXT_SIZE];

    announced_reason(reason, announced, entry);
    if (entry->on) {
        log_event(announced->log, LOG_LEVEL_NOTICE, announced_text(text, entry),
                  "announced on %s: %s", address->device, reason);
    } else {
        log_event(announced->log, LOG_LEVEL_NOTICE, announced_text(text, entry), "%s: %s",
                  changed ? "withdrawn" : "not announced", reason);
    }
    if (changed && announced->hooks.changed) {
        announced->hooks.changed(announced->hooks.argument, address, entry->on, reason);
    }
}

/* Whether it is known: else more is to come, and nothing is worth telling. */
static bool announced_is_known(enum announced_view view)
{
    return view != ANNOUNCED_ASSUMED && view != ANNOUNCED_AWAITED;
}

/* @return whether it came or went */
static bool announced_turn(const struct announced *announced, struct announced_entry *entry,
                           struct announced_verdict verdict)
{
    bool known = announced_is_known(verdict.view);
    bool changed = verdict.on != entry->on;
    bool news = changed || (known && (!entry->told || verdict.view != entry->verdict.view));

    entry->on = verdict.on;
    entry->adopted = entry->adopted && !known;
    entry->verdict = verdict;
    entry->told = entry->told || known;
    if (changed) {
        entry->since_wall = clock_wall();
    }
    if (news) {
        announced_tell(announced, entry, changed);
    }
    return changed;
}

static void announced_commit(struct announced *announced)
{
    announced_claim(announced, false);
    address_commit(announced->addresses);
}

static void announced_follow(void *argument, int64_t now, int64_t late)
{
    struct announced *announced = argument;
    bool changed = false;

    (void)now;
    (void)late;
    if (announced->stopped || announced->drained) {
        return;
    }
    for (size_t i = 0; i < announced->count; i++) {
        struct announced_entry *entry = &announced->entries[i];
        struct announced_verdict verdict =
            announced_decide(entry->conf, announced->hooks.view, announced->hooks.argument,
                             entry->on, entry->adopted);

        changed |= announced_turn(announced, entry, verdict);
    }
    if (changed) {
        announced_commit(announced);
    }
}

void announced_touch(struct announced *announced)
{
    if (announced->count) {
        loop_timer_set(announced->follow, clock_now());
    }
}

/* All go. @param wait  whether services go on for a while */
static void announced_withdraw(struct announced *announced)
{
    if (announced->grace) {
        announced_keep_local(announced);
    }
    for (size_t i = 0; i < announced->count; i++) {
        struct announced_entry *entry = &announced->entries[i];

        (void)announced_turn(announced, entry,
                             (struct announced_verdict){.view = entry->verdict.view,
                                                        .service = entry->verdict.service});
        entry->told = false;
    }
    announced_commit(announced);
}

void announced_set_drained(struct announced *announced, bool drained)
{
    if (announced->drained == drained) {
        return;
    }
    announced->drained = drained;
    if (drained) {
        announced_withdraw(announced);
    } else {
        announced_touch(announced);
    }
}

bool announced_is_drained(const struct announced *announced)
{
    return announced->drained;
}

void announced_stop(struct announced *announced)
{
    if (!announced->stopped) {
        announced->stopped = true;
        announced_withdraw(announced);
    }
}

bool announced_is_leaving(const struct announced *announced)
{
    return announced->leaving;
}

bool announced_on_refused(struct announced *announced, const char *owner, const char *text)
{
    if (strcmp(owner, ANNOUNCED_OWNER) != 0) {
        return false;
    }
    if (!announced->trouble || strcmp(announced->trouble, text) != 0) {
        log_error(announced->log, ANNOUNCED_OWNER, "%s", text);
        free(announced->trouble);
        announced->trouble = memory_text(text);
    }
    return true;
}

/* ---- Configurations ---------------------------------------------------------------------------- */

static void announced_free_entries(struct announced *announced)
{
    HASH_CLEAR(hh, announced->by_address);
    free(announced->entries);
    announced->entries = NULL;
    announced->count = 0;
}

/* What it was before, or what an earlier run, or somebody else, has left. */
static void announced_begin(const struct announced *announced, struct announced_entry *entry,
                            const struct conf_announced *conf, const struct announced_entry *before)
{
    const struct conf_address *address = &conf->address;

    if (before && strcmp(before->conf->address.device, address->device) == 0) {
        *entry = *before;
    } else {
        entry->adopted =
            address_is_present(announced->addresses, address->device, &address->prefix);
        entry->on = entry->adopted && !announced->drained;
        entry->verdict.view = ANNOUNCED_AWAITED;
    }
    entry->verdict.service = STAILQ_FIRST(&conf->announcers)->service; /* the former one goes */
    entry->conf = conf;
    entry->addr = address->prefix.addr;
}

static struct announced_entry *announced_find(struct announced_entry *by_address,
                                              const struct inet_addr *addr)
{
    struct announced_entry *entry;

    HASH_FIND(hh, by_address, addr, sizeof(*addr), entry);
    return entry;
}

void announced_configure(struct announced *announced, const struct conf *conf)
{
    struct announced_entry *by_address = NULL;
    const struct conf_announced *one;
    struct announced_entry *entries;
    size_t count = 0;

    STAILQ_FOREACH(one, &conf->announced, next) {
        count++;
    }
    entries = memory_new(count + 1, sizeof(*entries));
    count = 0;
    STAILQ_FOREACH(one, &conf->announced, next) {
        struct announced_entry *entry = &entries[count++];

        announced_begin(announced, entry, one,
                        announced_find(announced->by_address, &one->address.prefix.addr));
        HASH_ADD(hh, by_address, addr, sizeof(entry->addr), entry);
    }
    announced_free_entries(announced);
    announced->by_address = by_address;
    announced->entries = entries;
    announced->count = count;
    announced->grace = conf->global.announce_grace;
    announced_claim(announced, true); /* what is there and is not to be is ours to remove */
    announced_claim(announced, false);
}

struct announced *announced_new(struct loop *loop, struct log *log, const struct link_table *links,
                                struct address_table *addresses, struct route_table *routes,
                                const struct announced_hooks *hooks)
{
    struct announced *announced = memory_new(1, sizeof(*announced));

    announced->log = log;
    announced->links = links;
    announced->addresses = addresses;
    announced->routes = routes;
    announced->hooks = *hooks;
    announced->follow = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, announced_follow, announced);
    announced->leave = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, announced_end_local, announced);
    return announced;
}

void announced_free(struct announced *announced)
{
    if (announced) {
        loop_timer_free(announced->follow);
        loop_timer_free(announced->leave);
        announced_free_entries(announced);
        free(announced->trouble);
        free(announced);
    }
}

/* ---- Questions --------------------------------------------------------------------------------- */

/* Why the kernel does not have what is wanted. */
static const char *announced_problem(char text[ANNOUNCED_TEXT_SIZE],
                                     const struct announced *announced, const char *device)
{
    const struct link *link = link_find(announced->links, device);

    if (link && announced->trouble) {
        (void)snprintf(text, ANNOUNCED_TEXT_SIZE, "%s", announced->trouble);
    } else {
        (void)snprintf(text, ANNOUNCED_TEXT_SIZE,
                       link ? "it is being put on %s" : "there is no interface %s", device);
    }
    return text;
}

/* The names of virtual servers, each once: those of one group stand behind each other. */
static json_t *announced_services(const struct conf_announced *conf)
{
    json_t *names = json_array();
    const struct conf_virtual_server *last = NULL;
    const struct conf_announcer *announcer;

    STAILQ_FOREACH(announcer, &conf->announcers, next) {
        if (announcer->service != last) {
            json_array_append_new(names, json_string(announcer->service->name));
        }
        last = announcer->service;
    }
    return names;
}

static json_t *announced_entry_json(const struct announced *announced,
                                    const struct announced_entry *entry)
{
    const struct conf_address *address = &entry->conf->address;
    bool present = address_is_present(announced->addresses, address->device, &address->prefix);
    char text[INET_ADDR_TEXT_SIZE];
    char reason[ANNOUNCED_TEXT_SIZE];
    char since[CLOCK_TEXT_SIZE];
    bool well = entry->on && present;

    if (!well && entry->on) {
        announced_problem(reason, announced, address->device);
    } else if (!well) {
        announced_reason(reason, announced, entry);
    }
    return json_pack("{s:s, s:s, s:b, s:b, s:s?, s:s?, s:o}", "address",
                     announced_text(text, entry), "device", address->device, "announced", present,
                     "wanted", entry->on, "since",
                     entry->since_wall ? clock_wall_text(since, entry->since_wall) : NULL, "reason",
                     well ? NULL : reason, "services", announced_services(entry->conf));
}

json_t *announced_snapshot(const struct announced *announced)
{
    json_t *addresses = json_array();

    for (size_t i = 0; i < announced->count; i++) {
        json_array_append_new(addresses, announced_entry_json(announced, &announced->entries[i]));
    }
    return json_pack("{s:b, s:b, s:o}", "drained", announced->drained, "leaving",
                     announced->leaving, "addresses", addresses);
}
