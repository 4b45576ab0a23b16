/* SPDX-License-Identifier: Apache-2.0
 *
 * announce_when: which addresses are on this host while services say so, and what that cannot be
 * joined with. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "parser/conf_text.h"
#include "parser/lookup.h"
#include "parser/validate.h"

#include <linux/if_addr.h>
#include <string.h>

#define ANNOUNCED_DEVICE "lo"

static const char announced_keyword[] = "virtual_server";

void build_read_announce_when(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    struct conf_virtual_server *service = frame->object;
    const char *device = ANNOUNCED_DEVICE;
    struct lexer_token token;
    int64_t when;

    if (!build_argument(build, frame, row, &token) ||
        !build_read_choice(build, row->name, &token, conf_announce_names, false, &when)) {
        return;
    }
    if (build_optional(build, frame, &token)) {
        if (strcmp(token.text, "dev") != 0) {
            source_error(build->source, &token.place,
                         "%s has no word \"%.*s\"; it takes dev INTERFACE behind %s", row->name,
                         BUILD_WORD(&token), conf_name_of(conf_announce_names, (int)when));
            return;
        }
        if (!build_argument(build, frame, row, &token)) {
            return;
        }
        device = build_read_interface(build, row->name, &token);
    }
    if (device) {
        service->announce = (uint8_t)when;
        service->announce_device = device;
    }
}

void build_check_announced(struct build *build, const struct build_virtual_server *extra,
                           const struct build_marks *marks)
{
    const struct conf_virtual_server *service = extra->service;
    const struct source_place *place = build_mark(build, marks, "announce_when");

    if (service->announce == CONF_ANNOUNCE_NONE || !place) {
        return;
    }
    if (build_is_marked(service)) {
        source_error(
            build->source, place,
            "announce_when needs an address, and a fwmark service has none; remove it, and "
            "announce the addresses that the firewall marks");
    }
    if (service->announce == CONF_ANNOUNCE_UP && service->ha_suspend) {
        source_error(
            build->source, place,
            "announce_when up waits for the checks, and with ha_suspend these wait for the "
            "address; remove ha_suspend");
    }
    if (build->conf->place.ipvs_namespace) {
        source_error(
            build->source, place,
            "announce_when puts addresses where the daemon runs, and net_namespace_ipvs has "
            "the services elsewhere; remove one of them");
    }
}

/* ---- The addresses --------------------------------------------------------------------------- */

static struct source_place announced_place(const struct conf_virtual_server *service)
{
    return source_at(service->position, (uint32_t)(sizeof(announced_keyword) - 1));
}

/* What holds an address that is not announced: an instance, or a static entry. */
struct announced_other {
    const struct conf_instance *instance; /* NULL: static */
    const struct conf_address *address;
};

static void announced_add_others(struct build *build, struct lookup *others,
                                 const struct conf_address_list *addresses,
                                 const struct conf_instance *instance)
{
    const struct conf_address *address;

    STAILQ_FOREACH(address, addresses, next) {
        struct announced_other *other = arena_alloc(build->scratch, sizeof(*other));

        *other = (struct announced_other){.instance = instance, .address = address};
        (void)lookup_add(others, &address->prefix.addr, sizeof(address->prefix.addr), other);
    }
}

static struct lookup *announced_find_others(struct build *build)
{
    struct lookup *others = lookup_new(build->scratch);
    const struct conf_instance *instance;
    const struct conf_track_group *group;

    STAILQ_FOREACH(instance, &build->conf->instances, next) {
        announced_add_others(build, others, &instance->addresses, instance);
    }
    announced_add_others(build, others, &build->conf->entries.addresses, NULL);
    STAILQ_FOREACH(group, &build->conf->track_groups, next) {
        announced_add_others(build, others, &group->entries.addresses, NULL);
    }
    return others;
}

static void announced_tell_other(struct build *build, const struct conf_virtual_server *service,
                                 const struct announced_other *other)
{
    struct source_place place = announced_place(service);
    struct source_place first = validate_address_place(other->address);
    char text[INET_ADDR_TEXT_SIZE];

    source_error(build->source, &place,
                 "%s is %s%s, too, and announce_when would take it away while %s has no quorum; "
                 "remove it there, or remove announce_when",
                 inet_text(text, &other->address->prefix.addr),
                 other->instance ? "an address of the vrrp_instance " : "a static address",
                 other->instance ? other->instance->name : "", service->name);
    source_note(build->source, &first, "it is here");
}

static struct conf_announced *announced_new(struct build *build,
                                            const struct conf_virtual_server *service,
                                            const struct inet_addr *addr)
{
    struct conf_announced *announced = arena_alloc(build->arena, sizeof(*announced));
    struct conf_address *address = &announced->address;

    STAILQ_INIT(&announced->announcers);
    address->prefix = (struct inet_prefix){.addr = *addr, .length = inet_family_bits(addr->family)};
    address->device = service->announce_device;
    /* Several hosts have it: it must not be looked for on a link (RFC 4862 5.4: anycast). */
    address->flags = addr->family == AF_INET6 ? IFA_F_NODAD : 0;
    address->preferred_lft = CONF_FOREVER;
    address->position = service->position;
    return announced;
}

static void announced_add(struct build *build, struct lookup *known, const struct lookup *others,
                          const struct conf_virtual_server *service,
                          const struct conf_service_key *member)
{
    struct conf_announced *announced = lookup_find(known, &member->addr, sizeof(member->addr));
    const struct announced_other *other = lookup_find(others, &member->addr, sizeof(member->addr));
    struct conf_announcer *announcer;
    char text[INET_ADDR_TEXT_SIZE];

    if (other) {
        announced_tell_other(build, service, other);
        return;
    }
    if (!announced) {
        announced = announced_new(build, service, &member->addr);
        (void)lookup_add(known, &announced->address.prefix.addr, sizeof(struct inet_addr),
                         announced);
        STAILQ_INSERT_TAIL(&build->conf->announced, announced, next);
    } else if (strcmp(announced->address.device, service->announce_device) != 0) {
        struct source_place place = announced_place(service);
        struct source_place first = announced_place(STAILQ_FIRST(&announced->announcers)->service);

        source_error(build->source, &place,
                     "announce_when puts %s on %s here and on %s elsewhere; name one interface",
                     inet_text(text, &member->addr), service->announce_device,
                     announced->address.device);
        source_note(build->source, &first, "the first is here");
        return;
    }
    announcer = arena_alloc(build->arena, sizeof(*announcer));
    *announcer = (struct conf_announcer){.service = service, .member = member};
    STAILQ_INSERT_TAIL(&announced->announcers, announcer, next);
}

void build_finish_announced(struct build *build)
{
    struct lookup *known = lookup_new(build->scratch);
    struct lookup *others = announced_find_others(build);
    const struct conf_virtual_server *service;

    STAILQ_FOREACH(service, &build->conf->virtual_servers, next) {
        for (uint32_t i = 0; service->announce && i < service->member_count; i++) {
            if (!service->members[i].fwmark) {
                announced_add(build, known, others, service, &service->members[i]);
            }
        }
    }
    lookup_free(known);
    lookup_free(others);
}
