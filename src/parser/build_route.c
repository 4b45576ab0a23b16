/* SPDX-License-Identifier: Apache-2.0
 *
 * virtual_routes and static_routes: a route a line, in the words of ip-route(8). Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* A route while its line is read. */
struct route_item {
    struct conf_route *route;
    struct conf_route_hop *hop; /* that words are about now; NULL: none yet */
    bool several;               /* it has "nexthop" or "or" */
    bool has_dest;
    bool is_static;
    bool scope_given;
    uint8_t family; /* inet, inet6; AF_UNSPEC: not said */
};

/* ---- Nexthops -------------------------------------------------------------------------------- */

static struct conf_route_hop *route_new_hop(struct build *build, struct build_item *item)
{
    struct route_item *read = item->object;

    if (read->route->hop_count == CONF_ROUTE_HOPS) {
        source_error(build->source, &item->option, "a route has at most %d nexthops",
                     CONF_ROUTE_HOPS);
        return read->hop;
    }
    read->hop = arena_alloc(build->arena, sizeof(*read->hop));
    read->hop->weight = 1;
    read->route->hop_count++;
    STAILQ_INSERT_TAIL(&read->route->hops, read->hop, next);
    return read->hop;
}

static struct conf_route_hop *route_hop(struct build *build, struct build_item *item)
{
    struct route_item *read = item->object;

    return read->hop ? read->hop : route_new_hop(build, item);
}

static void route_read_nexthop(struct build *build, struct build_item *item,
                               const struct schema_option *option)
{
    struct route_item *read = item->object;

    if (read->hop && !read->several) {
        source_error(build->source, &item->option,
                     "%s stands behind via or dev; put those behind a %s of their own",
                     option->name, option->name);
    }
    read->several = true;
    (void)route_new_hop(build, item);
}

static void route_read_via(struct build *build, struct build_item *item,
                           const struct schema_option *option)
{
    struct conf_route_hop *hop = route_hop(build, item);
    struct lexer_token token;
    int family = AF_UNSPEC;

    if (!build_option_argument(build, item, option, &token)) {
        return;
    }
    if (conf_name_find(conf_family_names, token.text, &family) &&
        !build_option_argument(build, item, option, &token)) {
        return;
    }
    (void)build_read_address(build, option->name, &token, (uint8_t)family, &hop->via);
}

static void route_read_or(struct build *build, struct build_item *item,
                          const struct schema_option *option)
{
    struct route_item *read = item->object;

    read->several = true;
    (void)route_new_hop(build, item);
    route_read_via(build, item, option);
}

static void route_read_device(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    struct conf_route_hop *hop = route_hop(build, item);
    struct lexer_token token;

    if (build_option_argument(build, item, option, &token)) {
        hop->device = build_read_interface(build, option->name, &token);
    }
}

static void route_read_onlink(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    (void)option;
    route_hop(build, item)->onlink = true;
}

static void route_read_weight(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    struct route_item *read = item->object;
    struct lexer_token token;
    int64_t weight;

    if (!build_option_argument(build, item, option, &token) ||
        !build_read_number(build, option->name, &token, 1, 256, &weight)) {
        return;
    }
    if (read->several) {
        read->hop->weight = (uint32_t)weight;
    } else {
        source_error(build->source, &item->option, "%s belongs behind a nexthop", option->name);
    }
}

bool build_read_realms(struct build *build, struct build_item *item,
                       const struct schema_option *option, uint32_t *realms)
{
    struct lexer_token token;
    struct lexer_token part;
    const char *slash;
    uint32_t from = 0;
    uint32_t to = 0;

    if (!build_option_argument(build, item, option, &token)) {
        return false;
    }
    part = token;
    slash = strchr(token.text, '/');
    if (slash) {
        part.text = arena_text_n(build->scratch, token.text, (size_t)(slash - token.text));
        part.length = (uint32_t)(slash - token.text);
        if (!build_read_named_number(build, option->name, &part, BUILD_NAMES_REALMS, UINT16_MAX,
                                     &from)) {
            return false;
        }
        part.text = slash + 1;
        part.length = (uint32_t)strlen(slash + 1);
    }
    if (!build_read_named_number(build, option->name, &part, BUILD_NAMES_REALMS, UINT16_MAX, &to)) {
        return false;
    }
    *realms = from << 16 | to;
    return true;
}

static void route_read_realms(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    struct conf_route_hop *hop = route_hop(build, item);

    (void)build_read_realms(build, item, option, &hop->realms);
}

/* ---- What the route is ----------------------------------------------------------------------- */

bool build_read_prefix(struct build *build, const char *subject, const struct lexer_token *token,
                       struct inet_prefix *prefix)
{
    static const char *const any[] = {"default", "any", "all", "default6"};

    *prefix = (struct inet_prefix){0};
    for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++) {
        if (strcmp(token->text, any[i]) == 0) {
            prefix->addr.family = strcmp(any[i], "default6") == 0 ? AF_INET6 : AF_UNSPEC;
            return true;
        }
    }
    if (!inet_parse_prefix(token->text, prefix)) {
        source_error(build->source, &token->place,
                     "%s \"%.*s\" is no network; type ADDRESS, ADDRESS/LENGTH or default", subject,
                     BUILD_WORD(token));
        return false;
    }
    return true;
}

void build_clear_host_bits(struct build *build, struct inet_prefix *prefix,
                           const struct source_place *place)
{
    uint8_t bits = inet_family_bits(prefix->addr.family);
    struct inet_prefix before = *prefix;
    char text[INET_PREFIX_TEXT_SIZE];

    for (unsigned bit = prefix->length; bit < bits; bit++) {
        prefix->addr.bytes[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
    }
    if (!inet_equal(&before.addr, &prefix->addr)) {
        source_warning(build->source, place, "a network has no host bits: this becomes %s",
                       inet_prefix_text(text, prefix));
    }
}

static bool route_set_dest(struct build *build, struct build_item *item, const char *subject,
                           const struct lexer_token *word)
{
    struct route_item *read = item->object;
    struct inet_prefix dest;

    if (!build_read_prefix(build, subject, word, &dest)) {
        return false;
    }
    if (read->has_dest) {
        source_error(build->source, &word->place,
                     "a route has one destination; put each route on a line of its own");
        return false;
    }
    build_clear_host_bits(build, &dest, &word->place);
    read->has_dest = true;
    read->route->dest = dest;
    return true;
}

static void route_read_to(struct build *build, struct build_item *item,
                          const struct schema_option *option)
{
    struct route_item *read = item->object;
    struct lexer_token token;
    int type;

    if (!build_option_argument(build, item, option, &token)) {
        return;
    }
    if (conf_name_find(conf_route_type_names, token.text, &type)) {
        read->route->type = (uint8_t)type;
        if (!build_option_argument(build, item, option, &token)) {
            return;
        }
    }
    (void)route_set_dest(build, item, item->row->name, &token);
}

/* `as to ADDRESS` was for the kernel's own NAT, which is gone since Linux 2.6. */
static void route_read_as(struct build *build, struct build_item *item,
                          const struct schema_option *option)
{
    struct lexer_token token;

    if (build_option_argument(build, item, option, &token) && strcmp(token.text, "to") == 0) {
        (void)build_option_argument(build, item, option, &token);
    }
    source_warning(build->source, &item->option, "%s has no effect in this kernel; remove it",
                   option->name);
}

static void route_read_from(struct build *build, struct build_item *item,
                            const struct schema_option *option)
{
    struct route_item *read = item->object;
    struct lexer_token token;

    if (build_option_argument(build, item, option, &token) &&
        build_read_prefix(build, option->name, &token, &read->route->from)) {
        build_clear_host_bits(build, &read->route->from, &token.place);
    }
}

static void route_read_source(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    struct route_item *read = item->object;
    struct lexer_token token;

    if (build_option_argument(build, item, option, &token)) {
        (void)build_read_address(build, option->name, &token, AF_UNSPEC, &read->route->source);
    }
}

static void route_read_family(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    struct route_item *read = item->object;
    int family = AF_UNSPEC;

    (void)build;
    (void)conf_name_find(conf_family_names, option->name, &family);
    read->family = (uint8_t)family;
}

static void route_read_table(struct build *build, struct build_item *item,
                             const struct schema_option *option)
{
    struct route_item *read = item->object;
    struct lexer_token token;
    uint32_t table;

    if (!build_option_argument(build, item, option, &token) ||
        !build_read_named_number(build, option->name, &token, BUILD_NAMES_TABLES, UINT32_MAX,
                                 &table)) {
        return;
    }
    read->route->table = table ? table : RT_TABLE_MAIN; /* so does the kernel */
}

/* The options whose value is a number of 8 bits or a name for it. */
static void route_read_byte(struct build *build, struct build_item *item,
                            const struct schema_option *option)
{
    struct route_item *read = item->object;
    const struct {
        const char *name;
        enum build_names file;
        uint8_t *to;
    } rows[] = {
        {"scope", BUILD_NAMES_SCOPES, &read->route->scope},
        {"tos", BUILD_NAMES_TOS, &read->route->tos},
        {"dsfield", BUILD_NAMES_TOS, &read->route->tos},
        {"protocol", BUILD_NAMES_PROTOCOLS, &read->route->protocol},
    };
    struct lexer_token token;
    uint32_t value;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, option->name) == 0) {
            if (build_option_argument(build, item, option, &token) &&
                build_read_named_number(build, option->name, &token, rows[i].file, UINT8_MAX,
                                        &value)) {
                *rows[i].to = (uint8_t)value;
                read->scope_given |= rows[i].to == &read->route->scope;
            }
        }
    }
}

static void route_read_metric(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    struct route_item *read = item->object;
    struct lexer_token token;
    int64_t value;

    if (build_option_argument(build, item, option, &token) &&
        build_read_number(build, option->name, &token, 0, UINT32_MAX, &value)) {
        read->route->metric = (uint32_t)value;
    }
}

static void route_read_expires(struct build *build, struct build_item *item,
                               const struct schema_option *option)
{
    struct route_item *read = item->object;
    struct lexer_token token;
    int64_t value;

    if (build_option_argument(build, item, option, &token) &&
        build_read_number(build, option->name, &token, 1, INT32_MAX, &value)) {
        read->route->expires_s = (uint32_t)value;
    }
}

static void route_read_preference(struct build *build, struct build_item *item,
                                  const struct schema_option *option)
{
    struct route_item *read = item->object;
    struct lexer_token token;
    int64_t value;

    if (build_option_argument(build, item, option, &token) &&
        build_read_choice(build, option->name, &token, conf_route_preference_names, false,
                          &value)) {
        read->route->preference = (uint8_t)value;
    }
}

static void route_read_propagate(struct build *build, struct build_item *item,
                                 const struct schema_option *option)
{
    static const struct conf_name choices[] = {{"enabled", 1}, {"disabled", 0}, {NULL, 0}};
    struct route_item *read = item->object;
    struct lexer_token token;
    int64_t value;

    if (build_option_argument(build, item, option, &token) &&
        build_read_choice(build, option->name, &token, choices, false, &value)) {
        read->route->propagate_ttl = (uint8_t)value;
    }
}

static void route_read_order(struct build *build, struct build_item *item,
                             const struct schema_option *option)
{
    static const struct conf_name orders[] = {{"prepend", CONF_ROUTE_PREPEND},
                                              {"append", CONF_ROUTE_APPEND},
                                              {"add", CONF_ROUTE_ADD},
                                              {NULL, 0}};
    struct route_item *read = item->object;
    int order = CONF_ROUTE_PREPEND;

    (void)build;
    (void)conf_name_find(orders, option->name, &order);
    read->route->order = (enum conf_route_order)order;
}

static void route_read_no_track(struct build *build, struct build_item *item,
                                const struct schema_option *option)
{
    struct route_item *read = item->object;

    (void)build;
    (void)option;
    read->route->track = false;
}

static void route_read_track_group(struct build *build, struct build_item *item,
                                   const struct schema_option *option)
{
    struct route_item *read = item->object;
    struct lexer_token token;

    if (!build_option_argument(build, item, option, &token)) {
        return;
    }
    if (!read->is_static) {
        source_error(build->source, &item->option,
                     "%s belongs to static routes; %s are the instance's own", option->name,
                     item->row->name);
        return;
    }
    read->route->track_group = arena_text_n(build->arena, token.text, token.length);
}

/* Its table is known when the interface is there. */
static void route_read_vrf(struct build *build, struct build_item *item,
                           const struct schema_option *option)
{
    struct route_item *read = item->object;
    struct lexer_token token;

    if (build_option_argument(build, item, option, &token)) {
        read->route->vrf = build_read_interface(build, option->name, &token);
    }
}

static void route_read_encap(struct build *build, struct build_item *item,
                             const struct schema_option *option)
{
    struct conf_route_hop *hop = route_hop(build, item);

    hop->encap = build_read_encap(build, item, option);
}

/* ---- Metrics --------------------------------------------------------------------------------- */

/* Reads what follows the name of a metric, and `lock` before it. */
static bool route_metric_argument(struct build *build, struct build_item *item,
                                  const struct schema_option *option, uint16_t type, bool lockable,
                                  struct lexer_token *token)
{
    struct route_item *read = item->object;

    if (!build_option_argument(build, item, option, token)) {
        return false;
    }
    if (!lockable || strcmp(token->text, "lock") != 0) {
        return true;
    }
    read->route->locked |= UINT32_C(1) << type;
    return build_option_argument(build, item, option, token);
}

/* "300", "300ms" or "0.3s": in ms. */
static bool route_read_time(struct build *build, const struct schema_option *option,
                            const struct lexer_token *token, uint32_t maximum, uint32_t *value)
{
    size_t digits = strspn(token->text, "0123456789.");
    const char *unit = token->text + digits;
    char number[32] = "";
    uint64_t read;

    if (digits < sizeof(number)) {
        memcpy(number, token->text, digits);
    }
    if ((!*unit || strcmp(unit, "ms") == 0
             ? text_parse_fraction(number, 0, &read)
             : strcmp(unit, "s") == 0 && text_parse_fraction(number, 3, &read)) &&
        read && read <= maximum) {
        *value = (uint32_t)read;
        return true;
    }
    source_error(build->source, &token->place,
                 "%s takes a time of up to %u ms, not \"%.*s\"; type %s 200ms or 0.2s",
                 option->name, maximum, BUILD_WORD(token), option->name);
    return false;
}

static void route_read_tcp(struct build *build, struct build_item *item,
                           const struct schema_option *option)
{
    struct route_item *read = item->object;
    const struct conf_metric *metric = conf_metrics;
    struct lexer_token token;
    uint32_t time;
    int64_t value;

    while (strcmp(metric->name, option->name) != 0) {
        metric++;
    }
    if (!route_metric_argument(build, item, option, metric->type, metric->lockable, &token)) {
        return;
    }
    if (metric->scale) {
        if (route_read_time(build, option, &token, metric->maximum, &time)) {
            read->route->metrics[metric->type] = time * metric->scale;
        }
    } else if (build_read_number(build, option->name, &token, 0, metric->maximum, &value)) {
        read->route->metrics[metric->type] = (uint32_t)value;
    }
}

static void route_read_features(struct build *build, struct build_item *item,
                                const struct schema_option *option)
{
    static const struct conf_name choices[] = {{"ecn", RTAX_FEATURE_ECN}, {NULL, 0}};
    struct route_item *read = item->object;
    struct lexer_token token;
    int64_t value;

    if (build_option_argument(build, item, option, &token) &&
        build_read_choice(build, option->name, &token, choices, false, &value)) {
        read->route->metrics[RTAX_FEATURES] |= (uint32_t)value;
    }
}

static void route_read_congestion(struct build *build, struct build_item *item,
                                  const struct schema_option *option)
{
    struct route_item *read = item->object;
    struct lexer_token token;

    if (!route_metric_argument(build, item, option, RTAX_CC_ALGO, true, &token)) {
        return;
    }
    if (!token.length || token.length >= CONF_INTERFACE_SIZE) { /* TCP_CA_NAME_MAX is the same */
        source_error(build->source, &token.place, "%s \"%.*s\" must have 1 to 15 bytes",
                     option->name, BUILD_WORD(&token));
        return;
    }
    read->route->congestion = arena_text_n(build->arena, token.text, token.length);
}

#define ROUTE_NUMBER(name_, argument_, help_)                                                      \
    {                                                                                              \
        .name = (name_), .argument = (argument_), .help = (help_), .read = route_read_tcp          \
    }

const struct schema_option build_route_options[] = {
    {.name = "to",
     .argument = "[TYPE] NETWORK",
     .help = "Its destination; the word may be left out.",
     .read = route_read_to},
    {.name = "via",
     .argument = "[inet|inet6] ADDRESS",
     .help = "The gateway; an IPv4 route may have an IPv6 one.",
     .read = route_read_via},
    {.name = "gw", .argument = "ADDRESS", .help = "The same as via.", .read = route_read_via},
    {.name = "or",
     .argument = "ADDRESS",
     .help = "A further gateway; nexthop says it better.",
     .read = route_read_or},
    {.name = "dev",
     .argument = "INTERFACE",
     .help = "Where it leads out.",
     .read = route_read_device},
    {.name = "oif", .argument = "INTERFACE", .help = "The same as dev.", .read = route_read_device},
    {.name = "src",
     .argument = "ADDRESS",
     .help = "The source address of what this machine sends by it.",
     .read = route_read_source},
    {.name = "from",
     .argument = "NETWORK",
     .help = "IPv6: the sources that it is for.",
     .read = route_read_from},
    {.name = "table",
     .argument = "NAME or NUMBER",
     .help = "The routing table; main where none is named.",
     .read = route_read_table},
    {.name = "vrf",
     .argument = "INTERFACE",
     .help = "The table of this VRF.",
     .read = route_read_vrf},
    {.name = "scope", .argument = "NAME or 0..255", .help = "Its scope.", .read = route_read_byte},
    {.name = "tos",
     .argument = "NAME or 0..255",
     .help = "The type of service that it is for.",
     .read = route_read_byte},
    {.name = "dsfield",
     .argument = "NAME or 0..255",
     .help = "The same as tos.",
     .read = route_read_byte},
    {.name = "protocol",
     .argument = "NAME or 0..255",
     .help = "Its mark; with no_track alone, since Holdfast knows its own routes by theirs.",
     .read = route_read_byte},
    {.name = "metric",
     .argument = "0..4294967295",
     .help = "The lowest of several counts.",
     .read = route_read_metric},
    {.name = "priority",
     .argument = "0..4294967295",
     .help = "The same as metric.",
     .read = route_read_metric},
    {.name = "preference",
     .argument = "0..4294967295",
     .help = "The same as metric.",
     .read = route_read_metric},
    {.name = "onlink",
     .help = "The gateway is reachable on the interface, whatever its address.",
     .read = route_read_onlink},
    {.name = "nexthop",
     .help = "One of several ways, with via, dev, weight, onlink and realms behind it.",
     .read = route_read_nexthop},
    {.name = "weight",
     .argument = "1..256",
     .help = "The share of a nexthop.",
     .read = route_read_weight},
    {.name = "realms",
     .argument = "[FROM/]TO",
     .help = "IPv4: its realms.",
     .read = route_read_realms},
    {.name = "encap",
     .argument =
         "mpls LABEL[/LABEL...] [ttl N] or ip|ip6 [id N] dst ADDRESS [src ADDRESS] [tos|tc N] "
         "[ttl|hoplimit N] [csum] [key] [seq] or ila LOCATOR [csum-mode MODE] [ident-type "
         "TYPE] [hook-type TYPE]",
     .help = "What packets get around them, as ip-route(8) has it.",
     .read = route_read_encap},
    ROUTE_NUMBER("mtu", "[lock] 0..65520", "The largest packet on its way, in bytes."),
    ROUTE_NUMBER("advmss", "[lock] 0..65495", "The MSS that TCP tells its peers, in bytes."),
    ROUTE_NUMBER("rtt", "[lock] TIME", "TCP's first estimate of the round-trip time."),
    ROUTE_NUMBER("rttvar", "[lock] TIME", "TCP's first estimate of its variance."),
    ROUTE_NUMBER("reordering", "[lock] NUMBER", "How far TCP lets packets be out of order."),
    ROUTE_NUMBER("window", "BYTES", "The largest TCP window."),
    ROUTE_NUMBER("cwnd", "[lock] PACKETS", "The largest congestion window."),
    ROUTE_NUMBER("ssthresh", "[lock] PACKETS", "The first slow-start threshold."),
    ROUTE_NUMBER("rto_min", "[lock] TIME", "The shortest wait before TCP sends again."),
    ROUTE_NUMBER("hoplimit", "0..255", "The hop limit or TTL of packets."),
    ROUTE_NUMBER("initcwnd", "PACKETS", "TCP's first congestion window."),
    ROUTE_NUMBER("initrwnd", "PACKETS", "TCP's first receive window."),
    ROUTE_NUMBER("quickack", "0 or 1", "TCP acknowledges at once."),
    ROUTE_NUMBER("fastopen_no_cookie", "0 or 1", "TCP Fast Open without a cookie."),
    {.name = "features", .argument = "ecn", .help = "What TCP does.", .read = route_read_features},
    {.name = "congctl",
     .argument = "[lock] NAME",
     .help = "TCP's congestion control.",
     .read = route_read_congestion},
    {.name = "pref",
     .argument = "low, medium or high",
     .help = "IPv6: its preference (RFC 4191).",
     .read = route_read_preference},
    {.name = "expires",
     .argument = "SECONDS",
     .help = "IPv6: the kernel removes it after that; it is not put back then.",
     .read = route_read_expires},
    {.name = "ttl-propagate",
     .argument = "enabled or disabled",
     .help = "Whether MPLS labels carry the TTL on.",
     .read = route_read_propagate},
    {.name = "inet", .help = "It is an IPv4 route.", .read = route_read_family},
    {.name = "inet6", .help = "It is an IPv6 route.", .read = route_read_family},
    {.name = "prepend",
     .help = "It goes before others of its kind, which is the default.",
     .read = route_read_order},
    {.name = "append", .help = "It goes behind others of its kind.", .read = route_read_order},
    {.name = "add", .help = "There must be no other of its kind.", .read = route_read_order},
    {.name = "as",
     .argument = "[to] ADDRESS",
     .help = "It is read and has no effect, as in keepalived.",
     .read = route_read_as},
    {.name = "no_track",
     .help = "Its loss, or its interface's, is no fault; it may have a protocol of its own.",
     .read = route_read_no_track},
    {.name = "track_group",
     .argument = "NAME",
     .help = "In static_routes: the instances that are in FAULT without it.",
     .read = route_read_track_group},
    {.name = NULL},
};

/* ---- A line ---------------------------------------------------------------------------------- */

static bool route_is_any(const char *word)
{
    return strcmp(word, "default") == 0 || strcmp(word, "any") == 0 || strcmp(word, "all") == 0 ||
           strcmp(word, "default6") == 0;
}

/* A destination or a type, which may stand anywhere in the line. */
static bool route_word(struct build *build, struct build_item *item, const struct lexer_token *word)
{
    struct route_item *read = item->object;
    struct inet_prefix prefix;
    int type;

    if (conf_name_find(conf_route_type_names, word->text, &type)) {
        read->route->type = (uint8_t)type;
        return true;
    }
    if (!route_is_any(word->text) && !inet_parse_prefix(word->text, &prefix)) {
        return false;
    }
    (void)route_set_dest(build, item, item->row->name, word);
    return true;
}

static bool route_begin(struct build *build, struct build_item *item,
                        const struct lexer_token *word)
{
    struct route_item *read = arena_alloc(build->scratch, sizeof(*read));

    read->route = arena_alloc(build->arena, sizeof(*read->route));
    read->route->type = RTN_UNICAST;
    read->route->table = RT_TABLE_MAIN;
    read->route->propagate_ttl = CONF_ROUTE_UNSET;
    read->route->track = true;
    read->route->position = word->place.position;
    read->is_static = item->frame->block == SCHEMA_TOP;
    STAILQ_INIT(&read->route->hops);
    item->object = read;
    item->word = route_word;
    if (build_find_option(item->row, word)) {
        lexer_unread(build->lexer, word);
        return true;
    }
    if (route_word(build, item, word)) {
        return true;
    }
    source_error(build->source, &word->place,
                 "%s \"%.*s\" is no network; type ADDRESS, ADDRESS/LENGTH or default, and its "
                 "options behind it",
                 item->row->name, BUILD_WORD(word));
    return false;
}

/* A line is a route; nothing on it begins another one. */
static bool route_is_item(const struct schema_row *row, const struct lexer_token *word)
{
    struct inet_prefix prefix;
    int type;

    return word->first && (build_find_option(row, word) || route_is_any(word->text) ||
                           conf_name_find(conf_route_type_names, word->text, &type) ||
                           inet_parse_prefix(word->text, &prefix));
}

/* The family that the line is about: what it says, its addresses, IPv4. */
static uint8_t route_find_family(const struct route_item *read)
{
    const struct conf_route *route = read->route;
    const struct conf_route_hop *hop = STAILQ_FIRST(&route->hops);
    const uint8_t found[] = {read->family, route->dest.addr.family, route->from.addr.family,
                             route->source.family, hop ? hop->via.family : (uint8_t)AF_UNSPEC};

    for (size_t i = 0; i < sizeof(found); i++) {
        if (found[i] != AF_UNSPEC) {
            return found[i];
        }
    }
    return AF_INET;
}

static bool route_is_mixed(const struct conf_route *route)
{
    const struct conf_route_hop *hop;

    if (route->dest.addr.family != route->family ||
        (route->from.length && route->from.addr.family != route->family) ||
        (inet_is_set(&route->source) && route->source.family != route->family)) {
        return true;
    }
    STAILQ_FOREACH(hop, &route->hops, next) {
        if (hop->via.family == AF_INET && route->family == AF_INET6) {
            return true;
        }
    }
    return false;
}

/* What one family alone has. @return NULL, or the word */
static const char *route_misplaced(const struct conf_route *route)
{
    const struct conf_route_hop *hop;

    if (route->family == AF_INET6) {
        STAILQ_FOREACH(hop, &route->hops, next) {
            if (hop->realms) {
                return "realms";
            }
        }
        return NULL;
    }
    return route->from.length  ? "from"
           : route->expires_s  ? "expires"
           : route->preference ? "pref"
                               : NULL;
}

static bool route_check(struct build *build, const struct build_item *item,
                        const struct route_item *read)
{
    struct conf_route *route = read->route;
    const char *misplaced;

    if (!read->has_dest) {
        source_error(build->source, &item->place,
                     "a route needs a destination; add a network, or default");
        return false;
    }
    route->family = route_find_family(read);
    if (!inet_is_set(&route->dest.addr)) {
        route->dest.addr.family = route->family;
    }
    route->from.addr.family = route->family;
    if (route_is_mixed(route)) {
        source_error(build->source, &item->place,
                     "IPv4 and IPv6 do not mix in a route, but for an IPv6 gateway of an IPv4 one");
        return false;
    }
    if (route->vrf && route->table != RT_TABLE_MAIN) {
        source_error(build->source, &item->place,
                     "the table of a route is either vrf's or table's; remove one of them");
        return false;
    }
    misplaced = route_misplaced(route);
    if (misplaced) {
        source_error(build->source, &item->place, "%s is for %s routes alone; remove it", misplaced,
                     route->family == AF_INET6 ? "IPv4" : "IPv6");
        return false;
    }
    return true;
}

/* Who routes packets has somewhere to route them to. */
static void route_check_hops(struct build *build, const struct build_item *item,
                             const struct conf_route *route)
{
    const struct conf_route_hop *hop;

    if (route->type == RTN_UNICAST && !route->hop_count) {
        source_error(build->source, &item->place,
                     "a route needs via ADDRESS, dev INTERFACE, or both; to drop packets type "
                     "blackhole before the destination");
    }
    STAILQ_FOREACH(hop, &route->hops, next) {
        if (!inet_is_set(&hop->via) && !hop->device) {
            source_error(build->source, &item->place,
                         "a nexthop needs via ADDRESS, dev INTERFACE, or both");
        } else if (hop->onlink && !hop->device) {
            source_error(build->source, &item->place,
                         "onlink needs dev: the interface on which the gateway is reachable");
        }
    }
}

static void route_end(struct build *build, struct build_item *item)
{
    struct conf_route_list *list = item->argument;
    const struct route_item *read = item->object;
    struct conf_route *route = read->route;

    if (!route_check(build, item, read)) {
        return;
    }
    route_check_hops(build, item, route);
    if (!read->scope_given || route->family == AF_INET6) {
        route->scope = conf_route_scope(route);
    }
    if (route->family == AF_INET6) {
        route->tos = 0; /* the kernel's IPv6 routes have none */
        route->metric = route->metric ? route->metric : 1024; /* IP6_RT_PRIO_USER */
    }
    if (route->track && route->protocol) {
        source_warning(build->source, &item->place,
                       "protocol counts with no_track alone: Holdfast marks its routes with 112, "
                       "by which it knows them");
        route->protocol = 0;
    }
    STAILQ_INSERT_TAIL(list, route, next);
}

void build_read_routes(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    static const struct build_item_type type = {route_begin, route_is_item, route_end};
    struct conf_instance *instance = frame->object;

    build_read_items(build, frame, row, &type,
                     frame->block == SCHEMA_TOP ? &build->conf->entries.routes : &instance->routes);
}
