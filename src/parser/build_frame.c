/* SPDX-License-Identifier: Apache-2.0
 *
 * What a block carries while it is read: its structures, what it is called in messages, and where
 * its keywords stand. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"
#include "parser/origins.h"

#include <assert.h>
#include <string.h>

/* ---- Frames ---------------------------------------------------------------------------------- */

void build_enter(struct build_frame *frame, const struct build_frame *parent,
                 enum schema_block block)
{
    frame->parent = parent;
    frame->block = block;
    frame->object = parent ? parent->object : NULL;
    frame->extra = parent ? parent->extra : NULL;
    frame->name = NULL;
    frame->write_name = NULL;
    frame->place = parent ? parent->keyword : (struct source_place){0};
    frame->keyword = frame->place;
    frame->discard = false;
    frame->marks.block = block;
    frame->marks.places = frame->places;
    frame->marks.packed = false;
    memset(frame->marks.seen, 0, sizeof(frame->marks.seen));
}

/* The name of a block's thing: "VI_1", "10.0.0.7:80", or "this real_server". */
void build_write_name(const struct build_frame *frame, struct text_buffer *out)
{
    if (frame->write_name) {
        frame->write_name(frame, out);
    } else if (frame->name) {
        text_append(out, frame->name);
    } else {
        text_appendf(out, "this %s", schema_block(frame->block).name);
    }
}

void build_write_subject(const struct build_frame *frame, struct text_buffer *out)
{
    text_append(out, schema_block(frame->block).name);
    if (frame->name || frame->write_name) {
        text_append(out, " ");
        build_write_name(frame, out);
    }
}

void *build_new(struct build *build, struct arena *arena, enum schema_block block,
                enum schema_base base)
{
    struct schema_block_info info = schema_block(block);
    size_t size = base == SCHEMA_OBJECT ? info.object_size : info.extra_size;

    return arena_copy(arena, schema_template(build->schema, block, base), size);
}

void *build_field(struct build_frame *frame, const struct schema_row *row)
{
    void *base = row->target.base == SCHEMA_OBJECT ? frame->object : frame->extra;

    return (unsigned char *)base + row->target.offset;
}

void build_store(struct build_frame *frame, const struct schema_row *row, int64_t value)
{
    if (!frame->discard) {
        schema_store(row->target.base == SCHEMA_OBJECT ? frame->object : frame->extra, &row->target,
                     value);
    }
}

void build_inherit(struct build *build, int64_t *settings, const int64_t *outer, size_t count)
{
    for (size_t i = 0; build->conf->origins && i < count; i++) {
        if (settings[i] == BUILD_UNSET) {
            origins_copy(build->conf->origins, &settings[i], &outer[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        settings[i] = settings[i] == BUILD_UNSET ? outer[i] : settings[i];
    }
}

/* ---- Origins --------------------------------------------------------------------------------- */

void build_note_origin(struct build *build, const struct build_frame *frame,
                       const struct schema_row *row)
{
    struct schema_target target = row->target.base == SCHEMA_NOWHERE ? row->effective : row->target;
    const unsigned char *base = target.base == SCHEMA_EXTRA ? frame->extra : frame->object;

    if (target.base != SCHEMA_NOWHERE && base && !frame->discard) {
        origins_note(build->conf->origins, base + target.offset, &frame->keyword.position);
    }
}

void build_settle_origins(struct build *build, enum schema_block block, const void *object,
                          const void *extra)
{
    struct schema_block_info info;

    if (!build->conf->origins) {
        return;
    }
    info = schema_block(block);
    for (size_t i = 0; i < info.count; i++) {
        const struct schema_row *row = &info.rows[i];

        if (row->target.base == SCHEMA_EXTRA && row->effective.base == SCHEMA_OBJECT) {
            origins_copy(build->conf->origins,
                         (const unsigned char *)object + row->effective.offset,
                         (const unsigned char *)extra + row->target.offset);
        }
    }
}

/* ---- Marks ----------------------------------------------------------------------------------- */

bool build_seen(const struct build_marks *marks, size_t index)
{
    return marks->seen[index / 64] >> index % 64 & 1;
}

/* How many rows before this one were given. */
static size_t build_rank(const struct build_marks *marks, size_t index)
{
    size_t word = index / 64;
    size_t rank =
        (size_t)__builtin_popcountll(marks->seen[word] & ((UINT64_C(1) << index % 64) - 1));

    while (word--) {
        rank += (size_t)__builtin_popcountll(marks->seen[word]);
    }
    return rank;
}

const struct source_place *build_mark(const struct build *build, const struct build_marks *marks,
                                      const char *keyword)
{
    const struct schema_row *row =
        schema_find(build->schema, marks->block, keyword, strlen(keyword));
    size_t index;

    assert(row);
    index = (size_t)(row - schema_block(marks->block).rows);
    if (!build_seen(marks, index)) {
        return NULL;
    }
    return &marks->places[marks->packed ? build_rank(marks, index) : index];
}

struct build_marks build_keep_marks(struct arena *arena, const struct build_marks *marks)
{
    struct build_marks kept = *marks;
    size_t rows = schema_block(marks->block).count;
    size_t count = build_rank(marks, rows);

    kept.places = arena_alloc(arena, count * sizeof(*kept.places));
    kept.packed = true;
    for (size_t i = 0, next = 0; next < count; i++) {
        if (build_seen(marks, i)) {
            kept.places[next++] = marks->places[i];
        }
    }
    return kept;
}

/* Notes where a keyword first stands. */
void build_see(struct build_frame *frame, size_t index, const struct source_place *place)
{
    if (!build_seen(&frame->marks, index)) {
        frame->marks.seen[index / 64] |= UINT64_C(1) << index % 64;
        frame->places[index] = *place;
    }
}

/* ---- Did you mean ---------------------------------------------------------------------------- */

bool build_nearest_try(struct build_nearest *nearest, const char *candidate)
{
    unsigned distance = text_distance(nearest->word, candidate);
    bool better = text_is_near(nearest->word, candidate, distance) &&
                  (!nearest->best || distance < nearest->distance);

    if (better) {
        nearest->best = candidate;
        nearest->distance = distance;
    }
    return better;
}
