/* SPDX-License-Identifier: Apache-2.0
 *
 * The block bfd_instance. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

enum {
    BFD_WEIGHT = 253,
    BFD_PLACES = 3, /* decimals of milliseconds: the wire has microseconds */
    BFD_MICROSECOND = 1000,
    BFD_MILLISECOND = 1000000,
};

/* ---- Keywords ---------------------------------------------------------------------------------- */

void build_read_milliseconds(struct build *build, struct build_frame *frame,
                             const struct schema_row *row)
{
    struct lexer_token token;
    uint64_t us;
    int64_t value;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (!text_parse_fraction(token.text, BFD_PLACES, &us)) {
        if (!build_is_missing(build, frame, row, &token)) {
            source_error(build->source, &token.place,
                         "%s takes milliseconds with up to %d decimals, without a unit, not "
                         "\"%.*s\"",
                         row->name, BFD_PLACES, BUILD_WORD(&token));
        }
        return;
    }
    value = us > INT64_MAX / BFD_MICROSECOND ? INT64_MAX : (int64_t)us * BFD_MICROSECOND;
    if (value < row->minimum * BFD_MILLISECOND || value > row->maximum * BFD_MILLISECOND) {
        source_error(build->source, &token.place,
                     "%s %.*s is outside %" PRId64 "..%" PRId64 " milliseconds", row->name,
                     BUILD_WORD(&token), row->minimum, row->maximum);
        return;
    }
    build_store(frame, row, value);
}

/* What stands behind the '%' of a word is cut off it. @return whether it is right */
static bool bfd_read_zone(struct build *build, const struct schema_row *row,
                          struct lexer_token *token, const char **interface)
{
    const char *percent = strchr(token->text, '%');
    struct lexer_token zone = *token;

    *interface = NULL;
    if (!percent) {
        return true;
    }
    zone.text = percent + 1;
    zone.length = token->length - (uint32_t)(percent + 1 - token->text);
    *interface = build_read_interface(build, row->name, &zone);
    token->length = (uint32_t)(percent - token->text);
    token->text = arena_text_n(build->scratch, token->text, token->length);
    return *interface != NULL;
}

void build_read_bfd_neighbor(struct build *build, struct build_frame *frame,
                             const struct schema_row *row)
{
    struct conf_bfd *bfd = frame->object;
    struct lexer_token token;
    struct inet_addr addr;
    const char *interface;

    if (!build_argument(build, frame, row, &token) ||
        !bfd_read_zone(build, row, &token, &interface) ||
        !build_read_address(build, row->name, &token, AF_UNSPEC, &addr)) {
        return;
    }
    if (inet_is_multicast(&addr)) {
        source_error(build->source, &token.place, "%s takes the address of one host, not %s",
                     row->name, token.text);
    } else if (interface && !inet_is_link_local(&addr)) {
        source_error(build->source, &token.place,
                     "%s %s is not link-local, so that no interface belongs behind it; type %s",
                     row->name, token.text, token.text);
    } else if (!interface && inet_is_link_local(&addr)) {
        source_error(build->source, &token.place,
                     "%s %s is link-local: type %s%%INTERFACE, with the interface that it is on",
                     row->name, token.text, token.text);
    } else if (!frame->discard) {
        bfd->neighbor = addr;
        bfd->interface = interface;
    }
}

/* `weight N [reverse]`. */
void build_read_bfd_weight(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    struct conf_bfd *bfd = frame->object;
    struct lexer_token token;
    int64_t weight;

    if (!build_argument(build, frame, row, &token) ||
        !build_read_number(build, row->name, &token, -BFD_WEIGHT, BFD_WEIGHT, &weight)) {
        return;
    }
    bfd->weight = (int)weight;
    bfd->reverse = false;
    if (build_optional(build, frame, &token)) {
        bfd->reverse = strcmp(token.text, "reverse") == 0;
        if (!bfd->reverse) {
            lexer_unread(build->lexer, &token);
        }
    }
}

/* ---- The block --------------------------------------------------------------------------------- */

static const struct source_place *bfd_place(const struct build *build,
                                            const struct build_frame *inner, const char *keyword)
{
    const struct source_place *place = build_mark(build, &inner->marks, keyword);

    return place ? place : &inner->place;
}

static void bfd_check_addresses(struct build *build, const struct build_frame *inner,
                                const struct conf_bfd *bfd)
{
    if (!inet_is_set(&bfd->neighbor)) {
        if (!build_mark(build, &inner->marks, "neighbor_ip") &&
            !build_mark(build, &inner->marks, "neighbour_ip")) {
            source_error(build->source, &inner->place,
                         "bfd_instance %s has no neighbor; add: neighbor_ip ADDRESS", inner->name);
        }
        return;
    }
    if (inet_is_set(&bfd->source) && bfd->source.family != bfd->neighbor.family) {
        source_error(build->source, bfd_place(build, inner, "source_ip"),
                     "source_ip must be an %s address, as the neighbor's is",
                     bfd->neighbor.family == AF_INET ? "IPv4" : "IPv6");
    }
    if (bfd->multihop && bfd->interface) {
        source_error(build->source, bfd_place(build, inner, "multihop"),
                     "a link-local neighbor is one hop away; remove multihop");
    }
}

/* Two that no packet could be told apart by. */
static void bfd_check_others(struct build *build, const struct build_frame *inner,
                             const struct conf_bfd *bfd)
{
    const struct conf_bfd *other;

    STAILQ_FOREACH(other, &build->conf->bfds, next) {
        if (inet_equal(&other->neighbor, &bfd->neighbor) &&
            inet_equal(&other->source, &bfd->source) && other->multihop == bfd->multihop &&
            (!bfd->interface || strcmp(bfd->interface, other->interface) == 0)) {
            source_error(build->source, bfd_place(build, inner, "neighbor_ip"),
                         "bfd_instance %s has this neighbor already; one session is enough for all "
                         "that track it",
                         other->name);
            return;
        }
    }
}

static void bfd_check(struct build *build, const struct build_frame *inner,
                      const struct conf_bfd *bfd)
{
    bfd_check_addresses(build, inner, bfd);
    if (inet_is_set(&bfd->neighbor)) {
        bfd_check_others(build, inner, bfd);
    }
    if (bfd->max_hops > bfd->ttl) {
        source_error(build->source, bfd_place(build, inner, "max_hops"),
                     "max_hops %d is above ttl %u: type -1 if packets may come from anywhere",
                     (int)bfd->max_hops, bfd->ttl);
    }
}

void build_read_bfd(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct conf_bfd *bfd = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);
    struct build_frame inner;

    build_enter(&inner, frame, row->opens);
    bfd->name = build_read_name(build, frame, row);
    bfd->position = frame->keyword.position;
    inner.object = bfd;
    inner.name = bfd->name;
    (void)build_read_block(build, &inner);
    if (!bfd->vrrp && !bfd->checker) {
        bfd->vrrp = true;
        bfd->checker = true;
    }
    if (bfd->name && build_add_name(build, build->track_names[CONF_TRACK_BFD], row, bfd->name,
                                    &inner.place, bfd)) {
        bfd_check(build, &inner, bfd);
        STAILQ_INSERT_TAIL(&build->conf->bfds, bfd, next);
    }
}
