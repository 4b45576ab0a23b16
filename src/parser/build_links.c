/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said of interfaces at the top level: interface_up_down_delays, linkbeat_interfaces and
 * linkbeat_use_polling. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

enum { LINKS_LONGEST_DELAY_S = 255 }; /* keepalived-reference.md 2.20.7 */

#define LINKS_SECOND UINT64_C(1000000000)

/* Lines begin with an interface, and any word may be one. */
static bool links_is_item(const struct schema_row *row, const struct lexer_token *word)
{
    (void)row;
    return word->first;
}

/* ---- interface_up_down_delays ---------------------------------------------------------------- */

/* A line while it is read. */
struct links_delays {
    struct conf_link_delay *delay;
    unsigned count; /* of the numbers that were read */
};

static bool links_read_seconds(struct build *build, const struct build_item *item,
                               const struct lexer_token *word, int64_t *value)
{
    uint64_t read;

    if (!text_parse_fraction(word->text, 9, &read) || read > LINKS_LONGEST_DELAY_S * LINKS_SECOND) {
        source_error(build->source, &word->place,
                     "%s takes 0..%d seconds, not \"%.*s\"; type: INTERFACE DOWN [UP], as in eth0 "
                     "0.5 3",
                     item->row->name, LINKS_LONGEST_DELAY_S, BUILD_WORD(word));
        return false;
    }
    *value = (int64_t)read;
    return true;
}

static bool links_delay_word(struct build *build, struct build_item *item,
                             const struct lexer_token *word)
{
    struct links_delays *line = item->object;
    int64_t *fields[] = {&line->delay->down, &line->delay->up};

    if (word->first) {
        return false;
    }
    if (line->count == sizeof(fields) / sizeof(fields[0])) {
        source_error(build->source, &word->place,
                     "an interface has two delays, DOWN and UP; remove \"%.*s\"", BUILD_WORD(word));
        return true;
    }
    (void)links_read_seconds(build, item, word, fields[line->count]);
    line->count++;
    return true;
}

static bool links_delay_begin(struct build *build, struct build_item *item,
                              const struct lexer_token *word)
{
    struct links_delays *line = arena_alloc(build->scratch, sizeof(*line));
    const char *name = build_read_interface(build, item->row->name, word);

    if (!name) {
        return false;
    }
    line->delay = arena_alloc(build->arena, sizeof(*line->delay));
    line->delay->interface = name;
    line->delay->position = word->place.position;
    item->object = line;
    item->word = links_delay_word;
    return true;
}

static void links_delay_end(struct build *build, struct build_item *item)
{
    const struct links_delays *line = item->object;
    const struct conf_link_delay *other;

    if (!line->count) {
        source_error(build->source, &item->place,
                     "%s lacks its delay in seconds; type: %s DOWN [UP], as in %s 0.5 3",
                     line->delay->interface, line->delay->interface, line->delay->interface);
        return;
    }
    STAILQ_FOREACH(other, &build->conf->link_delays, next) {
        if (strcmp(other->interface, line->delay->interface) == 0) {
            source_warning(build->source, &item->place,
                           "%s has its delays in line %u already, which count; remove this line",
                           other->interface, other->position.line);
            return;
        }
    }
    STAILQ_INSERT_TAIL(&build->conf->link_delays, line->delay, next);
}

const struct schema_option build_delay_options[] = {{.name = NULL}}; /* numbers alone */

void build_read_link_delays(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    static const struct build_item_type type = {links_delay_begin, links_is_item, links_delay_end};

    build_read_items(build, frame, row, &type, NULL);
}

/* ---- linkbeat_interfaces --------------------------------------------------------------------- */

static void links_read_kind(struct build *build, struct build_item *item,
                            const struct schema_option *option)
{
    struct conf_polled *polled = item->object;
    int kind = CONF_LINKBEAT_ANY;

    (void)build;
    (void)conf_name_find(conf_linkbeat_names, option->name, &kind);
    polled->kind = (enum conf_linkbeat)kind;
}

const struct schema_option build_linkbeat_options[] = {
    {.name = "MII",
     .help = "SIOCGMIIREG: the register of its transceiver.",
     .read = links_read_kind},
    {.name = "ETHTOOL", .help = "ETHTOOL_GLINK: what its driver says.", .read = links_read_kind},
    {.name = "IOCTL",
     .help = "SIOCGIFFLAGS: its flags, which say what netlink says.",
     .read = links_read_kind},
    {.name = NULL},
};

static bool links_polled_begin(struct build *build, struct build_item *item,
                               const struct lexer_token *word)
{
    struct conf_polled *polled;
    const char *name = build_read_interface(build, item->row->name, word);

    if (!name) {
        return false;
    }
    polled = arena_alloc(build->arena, sizeof(*polled));
    polled->interface = name;
    polled->position = word->place.position;
    item->object = polled;
    return true;
}

static const struct conf_polled *links_find_polled(const struct conf *conf, const char *interface)
{
    const struct conf_polled *polled;

    STAILQ_FOREACH(polled, &conf->polled, next) {
        if (strcmp(polled->interface, interface) == 0) {
            return polled;
        }
    }
    return NULL;
}

static void links_polled_end(struct build *build, struct build_item *item)
{
    struct conf_polled *polled = item->object;
    const struct conf_polled *other = links_find_polled(build->conf, polled->interface);

    if (other) {
        source_warning(build->source, &item->place,
                       "%s is polled by line %u already, which counts; remove this line",
                       polled->interface, other->position.line);
        return;
    }
    STAILQ_INSERT_TAIL(&build->conf->polled, polled, next);
}

void build_read_linkbeat(struct build *build, struct build_frame *frame,
                         const struct schema_row *row)
{
    static const struct build_item_type type = {links_polled_begin, links_is_item,
                                                links_polled_end};

    build_read_items(build, frame, row, &type, NULL);
}

/* ---- linkbeat_use_polling -------------------------------------------------------------------- */

void build_read_polling(struct build *build, struct build_frame *frame,
                        const struct schema_row *row)
{
    (void)frame;
    (void)row;
    build->conf->linkbeat_polling = true;
}

void build_read_instance_polling(struct build *build, struct build_frame *frame,
                                 const struct schema_row *row)
{
    struct conf_instance *instance = frame->object;

    source_warning(build->source, &frame->keyword,
                   "%s of an instance is deprecated; name its interface in linkbeat_interfaces",
                   row->name);
    instance->linkbeat_polling = true;
}

static void links_poll(struct build *build, const char *interface)
{
    struct conf_polled *polled;

    if (!*interface || links_find_polled(build->conf, interface)) {
        return;
    }
    polled = arena_alloc(build->arena, sizeof(*polled));
    polled->interface = interface;
    STAILQ_INSERT_TAIL(&build->conf->polled, polled, next);
}

void build_finish_links(struct build *build)
{
    const struct conf_instance *instance;
    const struct conf_track_interface *tracked;

    STAILQ_FOREACH(instance, &build->conf->instances, next) {
        if (build->conf->linkbeat_polling || instance->linkbeat_polling) {
            links_poll(build, instance->interface);
        }
        if (build->conf->linkbeat_polling) {
            STAILQ_FOREACH(tracked, &instance->track_interfaces, next) {
                links_poll(build, tracked->interface);
            }
        }
    }
}

/* ---- Where the daemon is --------------------------------------------------------------------- */

enum { LINKS_LONGEST_NAME = 64 }; /* of a namespace or an instance: it becomes part of a path */

/* A name that is a file's: ip-netns(8) keeps namespaces as files of /run/netns. */
static const char *links_read_name(struct build *build, const struct schema_row *row,
                                   const struct lexer_token *token)
{
    if (!token->length || token->length > LINKS_LONGEST_NAME || *token->text == '.' ||
        strchr(token->text, '/')) {
        source_error(build->source, &token->place,
                     "%s \"%.*s\" must have 1 to %d bytes, no '/' and no '.' at its beginning",
                     row->name, BUILD_WORD(token), LINKS_LONGEST_NAME);
        return NULL;
    }
    return arena_text_n(build->arena, token->text, token->length);
}

void build_read_place(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct conf_place *place = &build->conf->place;
    struct lexer_token token;
    const char *name;

    if (build_argument(build, frame, row, &token)) {
        name = links_read_name(build, row, &token);
        if (frame->discard) {
            return;
        }
        *(strcmp(row->name, "instance") == 0 ? &place->instance : &place->network_namespace) = name;
    }
}

/* Without a name it is where the daemon was started: keepalived-reference.md 2.1. */
void build_read_ipvs_namespace(struct build *build, struct build_frame *frame,
                               const struct schema_row *row)
{
    struct lexer_token token;
    const char *name =
        build_optional(build, frame, &token) ? links_read_name(build, row, &token) : "";

    if (!frame->discard) {
        build->conf->place.ipvs_namespace = name;
    }
}
