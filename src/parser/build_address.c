/* SPDX-License-Identifier: Apache-2.0
 *
 * virtual_ipaddress and virtual_ipaddress_excluded: addresses with their options. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"

#include <linux/if_addr.h>
#include <string.h>

/* Whether the option is of the address's family; reported where it is not. */
static bool address_is_of(struct build *build, const struct build_item *item,
                          const struct schema_option *option, uint8_t family)
{
    const struct conf_address *address = item->object;
    bool is = address->prefix.addr.family == family;

    if (!is) {
        source_error(build->source, &item->option,
                     "%s is for %s addresses alone; remove it from this line", option->name,
                     family == AF_INET ? "IPv4" : "IPv6");
    }
    return is;
}

static void address_read_device(struct build *build, struct build_item *item,
                                const struct schema_option *option)
{
    struct conf_address *address = item->object;
    struct lexer_token token;
    const char *name;

    if (build_option_argument(build, item, option, &token)) {
        name = build_read_interface(build, option->name, &token);
        address->device = name ? name : address->device;
    }
}

/* The host bits of the address all set, or all clear. */
static struct inet_addr address_fill_host(const struct inet_prefix *prefix, bool set)
{
    struct inet_addr addr = prefix->addr;

    for (unsigned bit = prefix->length; bit < 32; bit++) {
        uint8_t mask = (uint8_t)(0x80U >> bit % 8);

        addr.bytes[bit / 8] =
            (uint8_t)(set ? addr.bytes[bit / 8] | mask : addr.bytes[bit / 8] & ~mask);
    }
    return addr;
}

static void address_read_broadcast(struct build *build, struct build_item *item,
                                   const struct schema_option *option)
{
    struct conf_address *address = item->object;
    struct lexer_token token;

    if (!build_option_argument(build, item, option, &token) ||
        !address_is_of(build, item, option, AF_INET)) {
        return;
    }
    if (strcmp(token.text, "+") == 0 || strcmp(token.text, "-") == 0) {
        address->broadcast = address_fill_host(&address->prefix, token.text[0] == '+');
    } else {
        (void)build_read_address(build, option->name, &token, AF_INET, &address->broadcast);
    }
}

static void address_read_scope(struct build *build, struct build_item *item,
                               const struct schema_option *option)
{
    struct conf_address *address = item->object;
    struct lexer_token token;
    int64_t scope;

    if (!build_option_argument(build, item, option, &token) ||
        !address_is_of(build, item, option, AF_INET)) {
        return;
    }
    if (token.text[0] >= '0' && token.text[0] <= '9'
            ? build_read_number(build, option->name, &token, 0, UINT8_MAX, &scope)
            : build_read_choice(build, option->name, &token, conf_scope_names, false, &scope)) {
        address->scope = (uint8_t)scope;
    }
}

static void address_read_label(struct build *build, struct build_item *item,
                               const struct schema_option *option)
{
    struct conf_address *address = item->object;
    struct lexer_token token;

    if (!build_option_argument(build, item, option, &token) ||
        !address_is_of(build, item, option, AF_INET)) {
        return;
    }
    if (!token.length || token.length >= CONF_INTERFACE_SIZE) {
        source_error(build->source, &token.place, "label \"%.*s\" must have 1 to 15 bytes",
                     BUILD_WORD(&token));
        return;
    }
    address->label = arena_text_n(build->arena, token.text, token.length);
}

static void address_read_peer(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    struct conf_address *address = item->object;
    struct lexer_token token;

    if (build_option_argument(build, item, option, &token) &&
        build_read_address(build, option->name, &token, address->prefix.addr.family,
                           &address->peer)) {
        address->prefix.length = inet_family_bits(address->prefix.addr.family);
    }
}

static void address_read_flag(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    static const struct {
        const char *name;
        uint32_t flag;
        uint8_t family; /* AF_UNSPEC: both */
    } flags[] = {
        {"home", IFA_F_HOMEADDRESS, AF_INET6},
        {"mngtmpaddr", IFA_F_MANAGETEMPADDR, AF_INET6},
        {"noprefixroute", IFA_F_NOPREFIXROUTE, AF_UNSPEC},
        {"autojoin", IFA_F_MCAUTOJOIN, AF_UNSPEC},
    };
    struct conf_address *address = item->object;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (strcmp(flags[i].name, option->name) == 0 &&
            (flags[i].family == AF_UNSPEC || address_is_of(build, item, option, flags[i].family))) {
            address->flags |= flags[i].flag;
        }
    }
}

static void address_read_dad(struct build *build, struct build_item *item,
                             const struct schema_option *option)
{
    struct conf_address *address = item->object;

    if (address_is_of(build, item, option, AF_INET6)) {
        address->flags &= ~(uint32_t)IFA_F_NODAD;
    }
}

static void address_read_preferred(struct build *build, struct build_item *item,
                                   const struct schema_option *option)
{
    struct conf_address *address = item->object;
    struct lexer_token token;
    int64_t seconds = CONF_FOREVER;

    if (build_option_argument(build, item, option, &token) &&
        (strcmp(token.text, "forever") == 0 ||
         build_read_number(build, option->name, &token, 0, UINT32_MAX, &seconds))) {
        address->preferred_lft = (uint32_t)seconds;
    }
}

static void address_read_use_vmac(struct build *build, struct build_item *item,
                                  const struct schema_option *option)
{
    struct conf_address *address = item->object;

    if (address->is_static) {
        source_error(build->source, &item->option,
                     "%s: a static address has no virtual router; remove it from this line",
                     option->name);
        return;
    }
    address->own_vmac = true;
}

static void address_read_no_track(struct build *build, struct build_item *item,
                                  const struct schema_option *option)
{
    struct conf_address *address = item->object;

    (void)build;
    (void)option;
    address->track = false;
}

static void address_read_track_group(struct build *build, struct build_item *item,
                                     const struct schema_option *option)
{
    struct conf_address *address = item->object;
    struct lexer_token token;

    if (!build_option_argument(build, item, option, &token)) {
        return;
    }
    if (!address->is_static) {
        source_error(build->source, &item->option,
                     "%s belongs to static addresses; those of %s are the instance's own",
                     option->name, item->row->name);
        return;
    }
    address->track_group = arena_text_n(build->arena, token.text, token.length);
}

const struct schema_option build_address_options[] = {
    {.name = "dev",
     .argument = "INTERFACE",
     .help = "Where it is set; the instance's interface where none is named.",
     .read = address_read_device},
    {.name = "brd",
     .argument = "ADDRESS, + or -",
     .help = "Its broadcast address; + sets and - clears the host bits.",
     .read = address_read_broadcast},
    {.name = "broadcast",
     .argument = "ADDRESS, + or -",
     .help = "The same as brd.",
     .read = address_read_broadcast},
    {.name = "scope",
     .argument = "global, site, link, host, nowhere or 0..255",
     .help = "Its scope.",
     .read = address_read_scope},
    {.name = "label",
     .argument = "LABEL",
     .help = "Its label, up to 15 bytes.",
     .read = address_read_label},
    {.name = "peer",
     .argument = "ADDRESS",
     .help = "The address of the other end of a point-to-point link.",
     .read = address_read_peer},
    {.name = "no_track",
     .help = "The instance does without it while its interface is down or absent.",
     .read = address_read_no_track},
    {.name = "home",
     .help = "IPv6: the home address of mobile IP (RFC 6275).",
     .read = address_read_flag},
    {.name = "mngtmpaddr",
     .help = "IPv6: the kernel makes temporary addresses from its prefix (RFC 8981).",
     .read = address_read_flag},
    {.name = "noprefixroute",
     .help = "The kernel adds no route to the address's network.",
     .read = address_read_flag},
    {.name = "autojoin",
     .help = "The kernel joins the address, a multicast group, by itself.",
     .read = address_read_flag},
    {.name = "-nodad",
     .help = "IPv6: the kernel looks for duplicates before it uses the address.",
     .read = address_read_dad},
    {.name = "preferred_lft",
     .argument = "SECONDS or forever",
     .help = "How long it is preferred; 0, which an IPv6 address of /128 has: never, so that no "
             "connection begins from it. Else forever.",
     .read = address_read_preferred},
    {.name = "track_group",
     .argument = "NAME",
     .help = "In static_ipaddress: the instances that are in FAULT without it.",
     .read = address_read_track_group},
    {.name = "use_vmac",
     .help = "It is on a virtual interface with the virtual router's MAC, on that of dev.",
     .read = address_read_use_vmac},
    {.name = NULL},
};

static bool address_begin(struct build *build, struct build_item *item,
                          const struct lexer_token *word)
{
    struct conf_address *address;
    struct inet_prefix prefix;

    if (!inet_parse_prefix(word->text, &prefix)) {
        source_error(build->source, &word->place,
                     "%s \"%.*s\" is no address; type ADDRESS or ADDRESS/LENGTH, 0 to 32 for the "
                     "length of IPv4, 0 to 128 of IPv6",
                     item->row->name, BUILD_WORD(word));
        return false;
    }
    address = arena_alloc(build->arena, sizeof(*address));
    address->prefix = prefix;
    address->track = true;
    /* B16: no detection of duplicates, which would delay a takeover, and no source of connections. */
    address->flags = prefix.addr.family == AF_INET6 ? IFA_F_NODAD : 0;
    address->preferred_lft =
        prefix.addr.family == AF_INET6 && prefix.length == inet_family_bits(AF_INET6)
            ? 0
            : CONF_FOREVER;
    address->excluded = strcmp(item->row->name, "virtual_ipaddress_excluded") == 0;
    address->is_static = item->frame->block == SCHEMA_TOP;
    address->position = word->place.position;
    item->object = address;
    return true;
}

/* A word that reads as an address begins the next item, also on the same line. */
static bool address_is_item(const struct schema_row *row, const struct lexer_token *word)
{
    struct inet_prefix prefix;

    (void)row;
    return inet_parse_prefix(word->text, &prefix);
}

static void address_end(struct build *build, struct build_item *item)
{
    struct conf_address_list *list = item->argument;
    struct conf_address *address = item->object;

    if (inet_is_set(&address->peer) && inet_is_set(&address->broadcast)) {
        source_warning(build->source, &item->place,
                       "an address with a peer has no broadcast address; remove brd");
        address->broadcast = (struct inet_addr){0};
    }
    STAILQ_INSERT_TAIL(list, address, next);
}

void build_read_addresses(struct build *build, struct build_frame *frame,
                          const struct schema_row *row)
{
    static const struct build_item_type type = {address_begin, address_is_item, address_end};

    struct conf_instance *instance = frame->object;

    build_read_items(build, frame, row, &type,
                     frame->block == SCHEMA_TOP ? &build->conf->entries.addresses
                                                : &instance->addresses);
}
