/* SPDX-License-Identifier: Apache-2.0
 *
 * How an instance's adverts travel: IPv4 or IPv6, a multicast group or unicast peers, and from which
 * address. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "parser/conf_text.h"
#include "parser/lookup.h"
#include "parser/origins.h"
#include "parser/validate.h"

#include <string.h>

/* ---- Multicast groups ------------------------------------------------------------------------ */

/* The family that a keyword's name says, or both. */
static uint8_t transport_group_family(const struct schema_row *row)
{
    size_t length = strlen(row->name);

    return row->name[length - 1] == '4'   ? AF_INET
           : row->name[length - 1] == '6' ? AF_INET6
                                          : AF_UNSPEC;
}

void build_read_mcast_group(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct lexer_token token;
    struct inet_addr addr;

    if (!build_argument(build, frame, row, &token) ||
        !build_read_address(build, row->name, &token, transport_group_family(row), &addr)) {
        return;
    }
    if (!inet_is_multicast(&addr)) {
        source_error(build->source, &token.place, "%s %s is no multicast address; type one in %s",
                     row->name, token.text,
                     addr.family == AF_INET ? "224.0.0.0..239.255.255.255" : "ff02::/16");
        return;
    }
    memcpy(build_field(frame, row), &addr, sizeof(addr));
}

/* ---- Unicast peers --------------------------------------------------------------------------- */

static void transport_read_ttl(struct build *build, struct build_item *item,
                               const struct schema_option *option)
{
    struct conf_peer *peer = item->object;
    struct lexer_token token;
    int64_t ttl;

    if (build_option_argument(build, item, option, &token) &&
        build_read_number(build, option->name, &token, 0, UINT8_MAX, &ttl)) {
        *(strcmp(option->name, "min_ttl") == 0 ? &peer->min_ttl : &peer->max_ttl) = (uint8_t)ttl;
    }
}

const struct schema_option build_peer_options[] = {
    {.name = "min_ttl",
     .argument = "0..255",
     .help = "Adverts of this peer with a lower TTL (hop limit) are dropped.",
     .read = transport_read_ttl},
    {.name = "max_ttl",
     .argument = "0..255",
     .help = "Adverts of this peer with a higher TTL (hop limit) are dropped.",
     .read = transport_read_ttl},
    {.name = NULL},
};

static bool transport_begin_peer(struct build *build, struct build_item *item,
                                 const struct lexer_token *word)
{
    struct conf_peer *peer;
    struct inet_addr addr;

    if (!build_read_address(build, item->row->name, word, AF_UNSPEC, &addr)) {
        return false;
    }
    if (inet_is_multicast(&addr)) {
        source_error(
            build->source, &word->place,
            "unicast_peer %s is a multicast address; type the address of another director, "
            "or use mcast_dst_ip",
            word->text);
        return false;
    }
    peer = arena_alloc(build->arena, sizeof(*peer));
    peer->addr = addr;
    peer->max_ttl = UINT8_MAX;
    peer->position = word->place.position;
    item->object = peer;
    return true;
}

static bool transport_is_peer(const struct schema_row *row, const struct lexer_token *word)
{
    struct inet_addr addr;

    (void)row;
    return inet_parse(word->text, &addr);
}

static void transport_end_peer(struct build *build, struct build_item *item)
{
    struct conf_instance *instance = item->argument;
    struct conf_peer *peer = item->object;

    if (peer->min_ttl > peer->max_ttl) {
        source_error(build->source, &item->place, "min_ttl %u is above max_ttl %u; exchange them",
                     peer->min_ttl, peer->max_ttl);
    }
    STAILQ_INSERT_TAIL(&instance->peers, peer, next);
    instance->peer_count++;
}

void build_read_peers(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    static const struct build_item_type type = {transport_begin_peer, transport_is_peer,
                                                transport_end_peer};
    const struct conf_instance *instance = frame->object;

    build_read_items(build, frame, row, &type, frame->object);
    if (STAILQ_EMPTY(&instance->peers) && !expand_left_out(build->expand)) {
        source_error(build->source, &frame->keyword,
                     "unicast_peer names no peer; type the addresses of the other directors, or "
                     "remove it to use multicast");
    }
}

static struct source_place transport_peer_place(const struct conf_peer *peer)
{
    char text[INET_ADDR_TEXT_SIZE];

    return source_at(peer->position, (uint32_t)strlen(inet_text(text, &peer->addr)));
}

/* @return whether it is to be kept: of our family, named once, and not we ourselves */
static bool transport_check_peer(struct build *build, const struct conf_instance *instance,
                                 struct lookup *known, const struct conf_peer *peer)
{
    struct source_place place = transport_peer_place(peer);
    char text[INET_ADDR_TEXT_SIZE];
    const struct conf_peer *first;

    if (peer->addr.family != instance->family) {
        source_error(build->source, &place,
                     "the peer %s is an %s address and the instance is %s; type the peer's %s "
                     "address",
                     inet_text(text, &peer->addr), peer->addr.family == AF_INET ? "IPv4" : "IPv6",
                     instance->family == AF_INET ? "IPv4" : "IPv6",
                     instance->family == AF_INET ? "IPv4" : "IPv6");
        return false;
    }
    first = lookup_add(known, &peer->addr, sizeof(peer->addr), (void *)peer);
    if (first) {
        struct source_place first_place = transport_peer_place(first);

        source_warning(build->source, &place, "the peer %s is there twice; remove one",
                       inet_text(text, &peer->addr));
        source_note(build->source, &first_place, "the first is here");
        return false;
    }
    /* One list for all directors is a common file. */
    return !inet_equal(&peer->addr, &instance->source);
}

static void transport_check_peers(struct build *build, struct conf_instance *instance)
{
    struct lookup *known = lookup_new(build->scratch);
    struct conf_peer_list kept = STAILQ_HEAD_INITIALIZER(kept);
    struct conf_peer *peer;

    instance->peer_count = 0;
    while ((peer = STAILQ_FIRST(&instance->peers))) {
        STAILQ_REMOVE_HEAD(&instance->peers, next);
        if (transport_check_peer(build, instance, known, peer)) {
            STAILQ_INSERT_TAIL(&kept, peer, next);
            instance->peer_count++;
        }
    }
    STAILQ_CONCAT(&instance->peers, &kept);
    lookup_free(known);
}

/* What is for unicast without a peer: B36, but never multicast without a word. */
static void transport_without_peers(struct build *build, struct build_instance *extra)
{
    static const char *const words[] = {"unicast_src_ip", "unicast_ttl", "check_unicast_src"};
    struct conf_instance *instance = extra->instance;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const struct source_place *place = build_mark(build, &extra->marks, words[i]);

        if (place && !instance->fault_no_peer && !expand_left_out(build->expand) &&
            !build_mark(build, &extra->marks, "unicast_peer")) {
            source_warning(build->source, place,
                           "%s without unicast_peer: the adverts of %s go to a multicast group; "
                           "add: unicast_peer { ADDRESS... }",
                           words[i], instance->name);
        }
    }
}

/* ---- Old checksums and receive buffers ------------------------------------------------------- */

void build_read_old_checksum(struct build *build, struct build_frame *frame,
                             const struct schema_row *row)
{
    struct lexer_token token;

    if (!build_optional(build, frame, &token)) {
        build_store(frame, row, CONF_OLD_CHECKSUM_ALWAYS);
    } else if (strcmp(token.text, "never") == 0) {
        build_store(frame, row, CONF_OLD_CHECKSUM_NEVER);
    } else {
        source_error(build->source, &token.place,
                     "%s \"%.*s\" must be never, or nothing to send that checksum", row->name,
                     BUILD_WORD(&token));
    }
}

void build_read_receive_policy(struct build *build, struct build_frame *frame,
                               const struct schema_row *row)
{
    struct conf_receive_buffers *buffers = &build->conf->global.receive_buffers;
    struct lexer_token token;
    int64_t bytes = 0;
    int policy;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (!conf_name_find_any_case(conf_receive_policy_names, token.text, &policy)) {
        policy = CONF_RECEIVE_BYTES;
        if (!*token.text || strspn(token.text, "0123456789") != strlen(token.text)) {
            source_error(build->source, &token.place,
                         "%s takes MTU, ADVERT or a number of bytes, not \"%.*s\"", row->name,
                         BUILD_WORD(&token));
            return;
        }
        if (!build_read_number(build, row->name, &token, 1, UINT32_MAX, &bytes)) {
            return;
        }
    }
    if (!frame->discard) {
        buffers->policy = (uint8_t)policy;
        buffers->bytes = (uint32_t)bytes;
    }
}

/* ---- Interface ------------------------------------------------------------------------------- */

static void transport_check_interface(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    const struct source_place *vrf = build_mark(build, &extra->marks, "vrf");

    if (!instance->interface) {
        instance->interface = ""; /* reported, unless it needs none */
    }
    if (vrf && *instance->interface) {
        source_warning(build->source, vrf,
                       "vrf has no effect beside interface, whose VRF counts; remove it");
        instance->vrf = NULL;
    }
}

/* ---- Family ---------------------------------------------------------------------------------- */

static uint8_t transport_address_family(const struct conf_instance *instance)
{
    const struct conf_address *address;

    STAILQ_FOREACH(address, &instance->addresses, next) {
        if (!address->excluded) {
            return address->prefix.addr.family;
        }
    }
    return AF_UNSPEC;
}

/* What the adverts name decides, then who sends and hears them. */
static uint8_t transport_family(const struct build_instance *extra)
{
    const struct conf_instance *instance = extra->instance;
    const struct conf_peer *peer = STAILQ_FIRST(&instance->peers);
    uint8_t family = transport_address_family(instance);

    if (family == AF_UNSPEC && extra->native_ipv6) {
        family = AF_INET6;
    }
    if (family == AF_UNSPEC && peer) {
        family = peer->addr.family;
    }
    if (family == AF_UNSPEC) {
        family = instance->source.family;
    }
    return family == AF_UNSPEC ? AF_INET : family;
}

static void transport_check_address(struct build *build, const struct conf_instance *instance,
                                    const struct conf_address *address)
{
    struct source_place place = validate_address_place(address);
    char text[INET_ADDR_TEXT_SIZE];

    if (!address->excluded && address->prefix.addr.family != instance->family) {
        source_error(build->source, &place,
                     "%s is an %s address and the adverts of %s name %s addresses; move it to "
                     "virtual_ipaddress_excluded, or to an instance of its own",
                     inet_text(text, &address->prefix.addr),
                     address->prefix.addr.family == AF_INET ? "IPv4" : "IPv6", instance->name,
                     instance->family == AF_INET ? "IPv4" : "IPv6");
    }
}

/* B34: IPv6 is version 3, whatever was said. */
static void transport_check_version(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    const struct source_place *version = build_mark(build, &extra->marks, "version");

    if (instance->family == AF_INET6 && instance->version == 2) {
        instance->version = 3;
        if (version) {
            source_warning(build->source, version,
                           "VRRPv2 has no IPv6; %s uses version 3: write version 3",
                           instance->name);
        }
    }
}

/* An address that belongs to the transport must be of the instance's family. */
static void transport_check_family(struct build *build, const struct build_instance *extra,
                                   const char *keyword, const struct inet_addr *addr)
{
    const struct source_place *place = build_mark(build, &extra->marks, keyword);

    if (place && inet_is_set(addr) && addr->family != extra->instance->family) {
        source_error(build->source, place,
                     "%s is an %s address and the instance is %s; type one of that family", keyword,
                     addr->family == AF_INET ? "IPv4" : "IPv6",
                     extra->instance->family == AF_INET ? "IPv4" : "IPv6");
    }
}

static void transport_choose_group(struct build *build, struct conf_instance *instance)
{
    const struct inet_addr *global =
        instance->family == AF_INET6 ? &build->global->mcast_group6 : &build->global->mcast_group;

    if (!inet_is_set(&instance->mcast_group)) {
        instance->mcast_group = *global;
        origins_copy(build->conf->origins, &instance->mcast_group, global);
    }
}

/* ---- Everything ------------------------------------------------------------------------------ */

void build_finish_groups(struct build *build)
{
    static const uint8_t group[] = {224, 0, 0, 18};              /* RFC 9568 5.1.1.2 */
    static const uint8_t group6[16] = {0xff, 0x02, [15] = 0x12}; /* RFC 9568 5.1.2.2 */

    if (!inet_is_set(&build->global->mcast_group)) {
        build->global->mcast_group = inet_from_bytes(AF_INET, group);
    }
    if (!inet_is_set(&build->global->mcast_group6)) {
        build->global->mcast_group6 = inet_from_bytes(AF_INET6, group6);
    }
}

void build_finish_transport(struct build *build, struct build_instance *extra)
{
    struct conf_instance *instance = extra->instance;
    const struct conf_address *address;

    instance->family = transport_family(extra);
    transport_check_version(build, extra);
    STAILQ_FOREACH(address, &instance->addresses, next) {
        transport_check_address(build, instance, address);
    }
    transport_check_peers(build, instance);
    transport_without_peers(build, extra);
    transport_check_interface(build, extra);
    transport_check_family(build, extra, "mcast_dst_ip", &instance->mcast_group);
    transport_check_family(build, extra, "mcast_src_ip", &instance->source);
    transport_check_family(build, extra, "unicast_src_ip", &instance->source);
    transport_choose_group(build, instance);
}
