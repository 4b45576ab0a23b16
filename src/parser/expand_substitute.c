/* SPDX-License-Identifier: Apache-2.0
 *
 * The use of definitions: `$NAME`, `${NAME}` and the predefined ones. A line is put together from
 * pieces, each with the place that it came from. Pure but for what parser_world answers.
 */
#include "base/arena.h"
#include "base/memory.h"
#include "parser/expand_inside.h"
#include "parser/lookup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SUBSTITUTE_SHOWN = 40,         /* bytes of a value that a note shows */
    SUBSTITUTE_RANDOM_MAX = 32767, /* S48 */
};

/* A line that is being put together. */
struct substitute {
    struct expand *expand;
    const struct expand_line *line;
    bool quoted;
    bool ended;                              /* nothing more is replaced */
    const struct expand_definition *several; /* what the line ends with */
    struct source_place several_place;       /* its use */
    size_t rest;                             /* of the line, behind it */
};

/* ---- What was found -------------------------------------------------------------------------- */

const struct source_origin *expand_origin(struct expand *expand, enum source_origin_kind kind,
                                          const char *name, const char *value, size_t length,
                                          const struct source_place *place,
                                          const struct source_origin *next)
{
    struct source_origin *origin = arena_alloc(expand->arena, sizeof(*origin));
    bool cut = length > SUBSTITUTE_SHOWN;

    origin->next = next;
    origin->kind = kind;
    origin->name = name;
    origin->value = cut ? arena_format(expand->arena, "%.*s...", SUBSTITUTE_SHOWN, value)
                        : arena_text_n(expand->arena, value, length);
    origin->position = place->position;
    origin->length = place->length;
    return origin;
}

bool expand_read_use(const char *text, size_t length, struct expand_use *use)
{
    size_t at;

    use->braced = length > 1 && text[1] == '{';
    use->name = text + 1 + use->braced;
    at = 1U + use->braced;
    use->name_length = at < length ? expand_name_length(text + at, length - at) : 0;
    at += use->name_length;
    use->parameters = text + at;
    use->parameter_length = 0;
    use->length = at;
    if (!use->name_length) {
        return false;
    }
    if (!use->braced) { /* S42 */
        return at == length || expand_is_blank(text[at]) || text[at] == ',' || text[at] == ')';
    }
    while (at < length &&
           (expand_is_blank(text[at]) || text[at] == '-' || (text[at] >= '0' && text[at] <= '9') ||
            expand_name_length(text + at, 1))) {
        at++;
    }
    use->parameter_length = (size_t)(text + at - use->parameters);
    use->length = at + 1;
    return at < length && text[at] == '}';
}

/* The definition that is used; NULL: there is none. The name of a sequence may be without a value. */
static struct expand_definition *substitute_find(const struct expand *expand,
                                                 const struct expand_use *use)
{
    struct expand_definition *definition =
        lookup_find(expand->definitions, use->name, use->name_length);

    return definition && definition->count ? definition : NULL;
}

/* ---- Putting together ------------------------------------------------------------------------ */

static struct expand_piece substitute_piece(const struct expand_line *line, size_t index)
{
    const struct expand_segment *part;
    const char *text;
    uint32_t start;
    uint32_t end;
    struct expand_piece piece;

    if (!line->segments) {
        return (struct expand_piece){line->text, line->length, false,
                                     expand_place(line, 0, line->length)};
    }
    part = line->segments + index;
    text = line->text - line->base;
    start = part->start > line->base ? part->start : line->base;
    end = index + 1 < line->segment_count ? part[1].start : line->base + (uint32_t)line->length;
    if (end > line->base + line->length) {
        end = line->base + (uint32_t)line->length;
    }
    piece = (struct expand_piece){text + start, end > start ? end - start : 0, part->fixed,
                                  part->place};
    if (!part->fixed) {
        piece.place.position.column += start - part->start;
    }
    return piece;
}

static size_t substitute_pieces(const struct expand_line *line)
{
    return line->segments ? line->segment_count : 1;
}

static void substitute_append(struct substitute *state, const char *text, size_t length,
                              struct source_place place, bool fixed, bool bad)
{
    struct expand *expand = state->expand;

    if (!length) {
        return;
    }
    if (expand->part_count == expand->part_capacity) {
        expand->part_capacity = expand->part_capacity ? expand->part_capacity * 2 : 16;
        expand->parts = memory_resize(expand->parts, expand->part_capacity, sizeof(*expand->parts));
    }
    expand->parts[expand->part_count++] =
        (struct expand_segment){(uint32_t)expand->text.length, fixed, bad, place};
    text_append_n(&expand->text, text, length);
}

/* Appends some bytes of a piece as they stand. */
static void substitute_copy(struct substitute *state, const struct expand_piece *piece, size_t from,
                            size_t to)
{
    struct source_place place = piece->place;

    if (!piece->fixed) {
        place.position.column += (uint32_t)from;
        place.length = (uint32_t)(to - from);
    }
    substitute_append(state, piece->text + from, to - from, place, piece->fixed, false);
}

/* ---- Predefined names ------------------------------------------------------------------------ */

/* What a predefined name stands for, in the load's arena. S48 */
typedef const char *(*substitute_predefined)(struct substitute *state,
                                             const struct expand_use *use);

static const char *substitute_pwd(struct substitute *state, const struct expand_use *use)
{
    const struct parser_world *world = source_world(state->expand->source);
    const struct expand_input *file = expand_file(state->expand);
    const char *path = file ? file->file->path : "";
    size_t length = expand_directory_length(path);
    char directory[4096] = ".";

    (void)use;
    length -= length > 1; /* the '/' at its end */
    if (*path == '/') {
        return arena_text_n(state->expand->arena, path, length);
    }
    if (world->working_directory &&
        !world->working_directory(world->argument, directory, sizeof(directory))) {
        (void)text_copy(directory, sizeof(directory), ".");
    }
    return length ? arena_format(state->expand->arena, "%s/%.*s", directory, (int)length, path)
                  : arena_text(state->expand->arena, directory);
}

static const char *substitute_instance(struct substitute *state, const struct expand_use *use)
{
    (void)use;
    return state->expand->config_id;
}

static const char *substitute_environment(struct substitute *state, const struct expand_use *use)
{
    const struct parser_world *world = source_world(state->expand->source);
    const char *name = use->parameters;
    size_t length = use->parameter_length;
    const char *value;

    for (; length && expand_is_blank(*name); length--) {
        name++;
    }
    while (length && expand_is_blank(name[length - 1])) {
        length--;
    }
    name = arena_text_n(state->expand->arena, name, length);
    value = world->environment && length ? world->environment(world->argument, name) : NULL;
    return value ? value : "";
}

static const char *substitute_random(struct substitute *state, const struct expand_use *use)
{
    const struct parser_world *world = source_world(state->expand->source);
    char *parameters = arena_text_n(state->expand->arena, use->parameters, use->parameter_length);
    char *end = parameters;
    long low = strtol(parameters, &end, 10);
    char *more = end;
    long high = strtol(more, &end, 10);
    uint32_t number = world->random ? world->random(world->argument) : 0;

    if (more == parameters) {
        low = 0;
    }
    if (end == more) {
        high = SUBSTITUTE_RANDOM_MAX;
    }
    if (low < INT32_MIN || high > UINT32_MAX || high < low || high - low >= UINT32_MAX) {
        return NULL;
    }
    return arena_format(state->expand->arena, "%ld", low + (long)(number % (high - low + 1)));
}

/* Outside of quotes it must not begin a comment, which keepalived lets it do: S49. */
static const char *substitute_hash(struct substitute *state, const struct expand_use *use)
{
    (void)use;
    return state->quoted ? "#" : "\\#";
}

static const char *substitute_bang(struct substitute *state, const struct expand_use *use)
{
    (void)use;
    return state->quoted ? "!" : "\\!";
}

static const struct substitute_name {
    const char *name;
    substitute_predefined function;
    bool parameters;
} substitute_names[] = {
    {"_PWD", substitute_pwd, false},        {"_INSTANCE", substitute_instance, false},
    {"_ENV", substitute_environment, true}, {"_RANDOM", substitute_random, true},
    {"_HASH", substitute_hash, false},      {"_BANG", substitute_bang, false},
};

enum { SUBSTITUTE_NAMES = sizeof(substitute_names) / sizeof(substitute_names[0]) };

static const struct substitute_name *substitute_find_name(const struct expand_use *use)
{
    for (size_t i = 0; i < SUBSTITUTE_NAMES; i++) {
        const struct substitute_name *row = &substitute_names[i];

        if (strlen(row->name) == use->name_length &&
            memcmp(row->name, use->name, use->name_length) == 0 &&
            (row->parameters || !use->parameter_length)) {
            return row;
        }
    }
    return NULL;
}

/* ---- Names that mean nothing ----------------------------------------------------------------- */

struct substitute_nearest {
    char word[64];
    const char *best;
    unsigned distance;
};

static void substitute_try(void *argument, void *thing)
{
    struct substitute_nearest *nearest = argument;
    const struct expand_definition *definition = thing;
    unsigned distance = text_distance(nearest->word, definition->name);

    if (text_is_near(nearest->word, definition->name, distance) &&
        (!nearest->best || distance < nearest->distance)) {
        nearest->best = definition->name;
        nearest->distance = distance;
    }
}

/*
 * S44: keepalived leaves it as it is. In quotes it may be meant so, for a shell perhaps; outside of
 * them the braces would tear the line apart.
 */
static void substitute_unknown(struct substitute *state, const struct expand_use *use,
                               const struct source_place *place)
{
    struct substitute_nearest nearest = {0};
    char hint[160] = "";

    (void)snprintf(nearest.word, sizeof(nearest.word), "%.*s", (int)use->name_length, use->name);
    if (source_has_room(state->expand->source)) {
        lookup_each(state->expand->definitions, substitute_try, &nearest);
    }
    if (nearest.best) {
        (void)snprintf(hint, sizeof(hint), "did you mean $%.60s?", nearest.best);
    } else {
        (void)snprintf(hint, sizeof(hint), "add a line above: $%s=TEXT", nearest.word);
    }
    if (use->braced && !state->quoted) {
        source_error(state->expand->source, place, "there is no definition of %s up to here; %s",
                     nearest.word, hint);
    } else if (!state->quoted || nearest.best) {
        source_warning(state->expand->source, place,
                       "there is no definition of %s up to here, and this stays as it is; %s",
                       nearest.word, hint);
    }
}

/* ---- Replacing ------------------------------------------------------------------------------- */

static void substitute_text(struct substitute *state, const struct expand_piece *piece);

/* The text of a definition of one line, at the place of its use. */
static void substitute_definition(struct substitute *state, struct expand_definition *definition,
                                  const struct source_place *place)
{
    struct expand *expand = state->expand;
    const struct expand_line *line = &definition->lines[0];
    struct source_place origin = *place;

    if (definition->busy || expand->depth >= EXPAND_DEPTH_LIMIT) {
        source_error(expand->source, place,
                     definition->busy ? "the definition of %s uses itself; write its text out"
                                      : "definitions are more than 64 deep in each other here, "
                                        "down to %s",
                     definition->name);
        substitute_append(state, definition->name, strlen(definition->name), *place, true, true);
        return;
    }
    if (!expand_take(expand, 0, line->length, place)) {
        return;
    }
    origin.origin = expand_origin(expand, SOURCE_DEFINED, definition->name, line->text,
                                  line->length, &definition->place, place->origin);
    definition->busy = true;
    expand->depth++;
    substitute_text(state, &(struct expand_piece){line->text, line->length, true, origin});
    expand->depth--;
    definition->busy = false;
}

/* A definition of several lines: what stands before it is put before its first line. S43 */
static void substitute_several(struct substitute *state, const struct expand_definition *definition,
                               const struct source_place *place, size_t rest)
{
    if (state->expand->depth || state->quoted) {
        source_error(state->expand->source, place,
                     "$%s is a definition of several lines, which can be used %s", definition->name,
                     state->quoted ? "outside of quotes only"
                                   : "in a line, but not in the text of another definition");
        substitute_append(state, definition->name, strlen(definition->name), *place, true, true);
        return;
    }
    state->several = definition;
    state->several_place = *place;
    state->rest = rest;
    state->ended = true;
}

/* The place of a use in a piece. */
static struct source_place substitute_place(const struct expand_piece *piece, size_t at,
                                            size_t length)
{
    struct source_place place = piece->place;

    if (!piece->fixed) {
        place.position.column += (uint32_t)at;
        place.length = (uint32_t)length;
    }
    return place;
}

/* Replaces one use. @return the bytes of the piece that were used; 0: the '$' is plain text */
static size_t substitute_use(struct substitute *state, const struct expand_piece *piece, size_t at)
{
    struct expand *expand = state->expand;
    struct expand_use use;
    bool is_use = expand_read_use(piece->text + at, piece->length - at, &use);
    struct source_place place = substitute_place(piece, at, use.length);
    struct expand_definition *definition;
    const struct substitute_name *predefined;
    const char *value;

    if (!use.name_length) {
        return 0;
    }
    definition = substitute_find(expand, &use);
    if (!is_use) {
        if (definition && !use.braced && !state->quoted) {
            source_warning(expand->source, &place,
                           "$%s is not replaced where a word goes on behind it; write ${%s}",
                           definition->name, definition->name);
        }
        return 0;
    }
    if (definition && !use.parameter_length && definition->several) {
        substitute_several(state, definition, &place,
                           (size_t)(piece->text + at + use.length - state->line->text));
        return use.length;
    }
    if (definition && !use.parameter_length) {
        substitute_definition(state, definition, &place);
        return use.length;
    }
    predefined = substitute_find_name(&use);
    if (!predefined) {
        substitute_unknown(state, &use, &place);
        if (use.braced && !state->quoted) {
            substitute_append(state, use.name, use.name_length, place, true, true);
            return use.length;
        }
        return 0;
    }
    value = predefined->function(state, &use);
    if (!value) {
        source_error(expand->source, &place,
                     "the smallest number of ${_RANDOM MINIMUM MAXIMUM} comes first, and both have "
                     "32 bits");
        value = "0";
    }
    substitute_append(state, value, strlen(value), place, true, false);
    return use.length;
}

static void substitute_text(struct substitute *state, const struct expand_piece *piece)
{
    bool begins = true; /* a word could begin here, and with it a comment */
    bool outer = state->expand->depth == 0;
    size_t from = 0;
    size_t at = 0;

    while (at < piece->length && !state->ended) {
        char c = piece->text[at];
        size_t used = 0;

        if (outer && !state->quoted && begins && (c == '#' || c == '!')) {
            state->ended = true;
            break;
        }
        if (c == '"') {
            state->quoted = !state->quoted;
        } else if (c == '$') {
            size_t length = state->expand->text.length;
            size_t parts = state->expand->part_count;

            substitute_copy(state, piece, from, at);
            used = substitute_use(state, piece, at);
            if (used) {
                at += used;
                from = at;
                begins = false;
                continue;
            }
            /* Plain text: what was copied comes with the rest. */
            state->expand->text.length = length;
            state->expand->part_count = parts;
        }
        begins = expand_is_blank(c) || c == '{' || c == '}' || c == '"';
        at++;
    }
    if (!state->several) {
        substitute_copy(state, piece, from, piece->length);
    }
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* The definition whose use a line begins with; NULL: none. */
static struct expand_definition *substitute_leader(struct expand *expand,
                                                   const struct expand_line *line,
                                                   struct expand_use *use)
{
    if (*line->text != '$' || !expand_read_use(line->text, line->length, use) ||
        use->parameter_length) {
        return NULL;
    }
    return substitute_find(expand, use);
}

/*
 * The way of a text that a definition of several lines gives: it is used there.
 * @return NULL where it is used in its own lines (reported)
 */
static const struct source_origin *substitute_used(struct expand *expand,
                                                   const struct expand_definition *definition,
                                                   const struct source_place *place)
{
    for (const struct source_origin *origin = place->origin; origin; origin = origin->next) {
        if (origin->kind == SOURCE_USED && origin->name == definition->name) {
            expand_error(expand, place, "the definition of %s uses itself; remove it from there",
                         definition->name);
            return NULL;
        }
    }
    return expand_origin(expand, SOURCE_USED, definition->name, "", 0, place, place->origin);
}

/* Makes the lines of a definition the next input, and what follows its use the one after it. */
static void substitute_push(struct expand *expand, const struct expand_line *line, size_t rest,
                            const struct expand_definition *definition, size_t first,
                            const struct source_origin *origin, const struct source_place *place)
{
    struct expand_line *suffix;

    if (expand_code_length(line->text + rest, line->length - rest)) {
        suffix = arena_alloc(expand->arena, sizeof(*suffix));
        *suffix = *line;
        expand_cut(suffix, rest);
        *suffix = expand_keep(expand, suffix);
        expand_push_lines(expand, suffix, 1, NULL, place);
    }
    if (origin && first < definition->count &&
        expand_take(expand, definition->count - first, 0, place)) {
        expand_push_lines(expand, definition->lines + first, definition->count - first, origin,
                          place);
    }
}

static void substitute_begin(struct substitute *state, struct expand *expand,
                             const struct expand_line *line)
{
    *state = (struct substitute){.expand = expand, .line = line};
    expand->text.length = 0;
    expand->part_count = 0;
    text_append(&expand->text, "");
}

/* What was put together takes the place of the line. */
static void substitute_end(struct substitute *state, struct expand_line *line)
{
    struct expand *expand = state->expand;

    if (!expand->part_count) { /* an empty line still has a place */
        expand->text.length = 0;
        substitute_append(state, " ", 1, expand_place(line, 0, 1), false, false);
    }
    line->text = expand->text.data;
    line->length = expand->text.length;
    line->base = 0;
    line->segments = expand->parts;
    line->segment_count = (uint32_t)expand->part_count;
}

/* Puts the text of the definition that a line begins with in the place of its use, unchanged. */
static void substitute_lead(struct expand *expand, struct expand_line *line,
                            const struct expand_definition *definition, size_t length)
{
    const struct expand_line *text = &definition->lines[0];
    struct expand_line original = expand_keep(expand, line);
    struct source_place place = expand_place(line, 0, length);
    struct expand_line rest = original;
    struct substitute state;

    substitute_begin(&state, expand, &original);
    place.origin = expand_origin(expand, SOURCE_DEFINED, definition->name, text->text, text->length,
                                 &definition->place, place.origin);
    substitute_append(&state, text->text, text->length, place, true, false);
    expand_cut(&rest, length);
    for (size_t i = 0; i < substitute_pieces(&rest); i++) {
        struct expand_piece piece = substitute_piece(&rest, i);

        substitute_copy(&state, &piece, 0, piece.length);
    }
    substitute_end(&state, line);
    line->rounds++;
}

/* S37, S47: what a line begins with may come from a definition. @return whether that is so */
static bool substitute_is_leading(const struct expand_definition *definition)
{
    const struct expand_line *line = &definition->lines[0];

    return line->length &&
           (*line->text == '@' || *line->text == '~' || *line->text == '$' || *line->text == 'i');
}

/* Goes on with the first line of a definition of several lines, which may end with another one. */
static void substitute_first_lines(struct substitute *state)
{
    struct expand *expand = state->expand;

    while (state->several && !expand->stopped) {
        const struct expand_definition *definition = state->several;
        const struct expand_line *first = &definition->lines[0];
        const struct source_origin *origin =
            substitute_used(expand, definition, &state->several_place);

        substitute_push(expand, state->line, state->rest, definition, 1, origin,
                        &state->several_place);
        state->line = first;
        state->several = NULL;
        state->ended = false;
        if (origin && expand_take(expand, 1, first->length, &state->several_place)) {
            struct expand_piece piece = {first->text, first->length, false,
                                         expand_place(first, 0, first->length)};

            piece.place.origin = origin;
            substitute_text(state, &piece);
        }
    }
}

bool expand_substitute(struct expand *expand, struct expand_line *line)
{
    struct expand_use use;
    struct expand_definition *leader = substitute_leader(expand, line, &use);
    struct expand_line original;
    struct substitute state;

    if (leader && leader->several) {
        struct source_place place = expand_place(line, 0, use.length);

        substitute_push(expand, line, use.length, leader, 0,
                        substitute_used(expand, leader, &place), &place);
        return false;
    }
    if (leader && substitute_is_leading(leader) && line->rounds < EXPAND_DEPTH_LIMIT) {
        substitute_lead(expand, line, leader, use.length);
        return true;
    }
    original = expand_keep(expand, line);
    substitute_begin(&state, expand, &original);
    for (size_t i = 0; i < substitute_pieces(&original); i++) {
        struct expand_piece piece = substitute_piece(&original, i);

        if (state.ended && !state.several) {
            substitute_copy(&state, &piece, 0, piece.length);
        } else if (!state.ended) {
            substitute_text(&state, &piece);
        }
    }
    substitute_first_lines(&state);
    substitute_end(&state, line);
    line->substituted = true;
    return true;
}

/* Replaces the definitions in a line whose result is text alone. */
static void substitute_plain(struct expand *expand, struct expand_line *line)
{
    struct expand_line original = expand_keep(expand, line);
    struct substitute state;

    substitute_begin(&state, expand, &original);
    for (size_t i = 0; i < substitute_pieces(&original) && !state.ended; i++) {
        struct expand_piece piece = substitute_piece(&original, i);

        substitute_text(&state, &piece);
    }
    if (state.several) {
        expand_error(expand, &state.several_place,
                     "$%s is a definition of several lines, which can stand for lines only",
                     state.several->name);
    }
    substitute_end(&state, line);
}

const char *expand_plain(struct expand *expand, const struct expand_line *line, size_t *length)
{
    struct expand_line copy = *line;
    /* What was put together may be the very line that this is a part of. */
    struct text_buffer text = expand->text;
    struct expand_segment *parts = expand->parts;
    size_t part_capacity = expand->part_capacity;
    size_t part_count = expand->part_count;
    const char *result;

    expand->text = (struct text_buffer){0};
    expand->parts = NULL;
    expand->part_capacity = 0;
    if (!line->substituted && memchr(line->text, '$', line->length)) {
        substitute_plain(expand, &copy);
    }
    *length = copy.length;
    result = arena_text_n(expand->arena, copy.text, copy.length);
    text_release(&expand->text);
    free(expand->parts);
    expand->text = text;
    expand->parts = parts;
    expand->part_capacity = part_capacity;
    expand->part_count = part_count;
    return result;
}
