/* SPDX-License-Identifier: Apache-2.0
 *
 * Explains keywords from the schema: finds what a path means, and writes syntax, range, default,
 * state and example. It knows no keyword of its own. Pure.
 */
#include "parser/explain.h"

#include "base/json.h"
#include "base/text.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

enum {
    EXPLAIN_PARTS = 6,      /* no block stands deeper */
    EXPLAIN_PATH = 256,     /* bytes; the longest path has 53 */
    EXPLAIN_COLUMN = 10,    /* where a fact begins, behind its name */
    EXPLAIN_WIDEST = 34,    /* the longest name that help is aligned behind */
    EXPLAIN_DEEPEST = 1000, /* more parts than any path has: all of them */
};

/* ---- Paths ----------------------------------------------------------------------------------- */

struct explain_path {
    char text[EXPLAIN_PATH];
    const char *parts[EXPLAIN_PARTS];
    size_t count; /* 0: it can fit nothing */
};

static void explain_split(const char *text, struct explain_path *path)
{
    char *rest = path->text;
    char *part;

    path->count = 0;
    if (!text_copy(path->text, sizeof(path->text), text)) {
        return;
    }
    while ((part = strsep(&rest, "."))) {
        if (path->count == EXPLAIN_PARTS) {
            path->count = 0;
            return;
        }
        path->parts[path->count++] = part;
    }
}

/* Calls a function for each row of the schema, until it returns false. */
static void explain_each(bool (*function)(void *argument, struct explain_place place),
                         void *argument)
{
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        struct schema_block_info info = schema_block(block);

        for (size_t i = 0; i < info.count; i++) {
            if (!function(argument, (struct explain_place){block, &info.rows[i]})) {
                return;
            }
        }
    }
}

struct explain_search {
    enum schema_block opened;
    struct explain_place opener;
};

static bool explain_is_not_opener(void *argument, struct explain_place place)
{
    struct explain_search *search = argument;

    if (place.row->kind != SCHEMA_KIND_BLOCK || place.row->opens != search->opened) {
        return true;
    }
    search->opener = place;
    return false;
}

/* The keyword that opens a block below the top level. */
static struct explain_place explain_opener(enum schema_block block)
{
    struct explain_search search = {.opened = block};

    explain_each(explain_is_not_opener, &search);
    return search.opener;
}

/* How far two words are from each other in whatever case; UINT_MAX: too far to be meant. */
static unsigned explain_word_distance(const char *asked, const char *name)
{
    char lower_asked[EXPLAIN_PATH];
    char lower_name[EXPLAIN_PATH];
    unsigned distance;

    (void)text_copy(lower_asked, sizeof(lower_asked), asked);
    (void)text_copy(lower_name, sizeof(lower_name), name);
    for (char *c = lower_asked; *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    for (char *c = lower_name; *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    distance = text_distance(lower_asked, lower_name);
    return distance == 0 || text_is_near(lower_asked, lower_name, distance) ? distance : UINT_MAX;
}

static unsigned explain_exact_distance(const char *asked, const char *name)
{
    return strcmp(asked, name) == 0 ? 0 : UINT_MAX;
}

/* How far a path is from a place, all its parts together; UINT_MAX: it cannot be meant. */
static unsigned explain_distance(const struct explain_path *path, struct explain_place place,
                                 unsigned (*distance)(const char *asked, const char *name))
{
    unsigned total = 0;

    for (size_t i = path->count; i-- > 0;) {
        unsigned part = distance(path->parts[i], place.row->name);

        if (part == UINT_MAX) {
            return UINT_MAX;
        }
        total += part;
        if (i > 0 && place.block == SCHEMA_TOP) {
            return UINT_MAX;
        }
        if (i > 0) {
            place = explain_opener(place.block);
        }
    }
    return total;
}

/* Appends the path of a place: its keyword and at most so many parts before it. */
static void explain_write_path(struct explain_place place, size_t parts, struct text_buffer *out)
{
    if (parts > 1 && place.block != SCHEMA_TOP) {
        explain_write_path(explain_opener(place.block), parts - 1, out);
        text_append(out, ".");
    }
    text_append(out, place.row->name);
}

/* Appends the shortest path that fits this place alone. */
static void explain_write_short_path(struct explain_place place, struct text_buffer *out)
{
    for (size_t parts = 1; parts < EXPLAIN_PARTS; parts++) {
        struct text_buffer path = {0};
        struct explain found;
        bool meant;

        explain_write_path(place, parts, &path);
        meant = explain_find(path.data, &found) && found.chosen && found.chosen->row == place.row &&
                found.chosen->block == place.block;
        if (meant) {
            text_append(out, path.data);
        }
        text_release(&path);
        if (meant) {
            return;
        }
    }
}

/* ---- Finding --------------------------------------------------------------------------------- */

struct explain_finder {
    struct explain_path path;
    struct explain *found;
};

static bool explain_try(void *argument, struct explain_place place)
{
    struct explain_finder *finder = argument;

    if (explain_distance(&finder->path, place, explain_exact_distance) == 0) {
        finder->found->places[finder->found->count++] = place;
    }
    return true;
}

bool explain_find(const char *path, struct explain *found)
{
    struct explain_finder finder = {.found = found};

    *found = (struct explain){.count = 0};
    explain_split(path, &finder.path);
    if (finder.path.count) {
        explain_each(explain_try, &finder);
    }
    /* Blocks are in order, and the top level is the first. */
    if (found->count == 1 || (found->count && found->places[0].block == SCHEMA_TOP)) {
        found->chosen = &found->places[0];
    }
    return found->count > 0;
}

struct explain_guess {
    struct explain_path path;
    struct explain_place best;
    unsigned distance;
};

static bool explain_guess(void *argument, struct explain_place place)
{
    struct explain_guess *guess = argument;
    unsigned distance = explain_distance(&guess->path, place, explain_word_distance);

    if (distance < guess->distance) {
        guess->best = place;
        guess->distance = distance;
    }
    return true;
}

/* The keyword alone, in a block that has it. */
static bool explain_elsewhere(const struct explain_path *path, struct text_buffer *out)
{
    struct explain found;

    if (!explain_find(path->parts[path->count - 1], &found)) {
        return false;
    }
    explain_write_short_path(found.places[0], out);
    return true;
}

bool explain_suggest(const char *path, struct text_buffer *out)
{
    struct explain_guess guess = {.distance = UINT_MAX};

    explain_split(path, &guess.path);
    if (!guess.path.count) {
        return false;
    }
    explain_each(explain_guess, &guess);
    if (guess.distance == UINT_MAX) {
        return explain_elsewhere(&guess.path, out);
    }
    explain_write_path(guess.best, guess.path.count, out);
    return true;
}

/* ---- As text --------------------------------------------------------------------------------- */

/* "  name      text"; further lines of the text are put below its first one. */
static void explain_write_fact(const char *name, const char *text, struct text_buffer *out)
{
    text_appendf(out, "  %-*s", EXPLAIN_COLUMN, name);
    for (; *text; text++) {
        text_append_n(out, text, 1);
        if (*text == '\n') {
            text_appendf(out, "  %*s", EXPLAIN_COLUMN, "");
        }
    }
    text_append(out, "\n");
}

static void explain_write_state(struct explain_place place, struct text_buffer *out)
{
    text_append(out, schema_state_name(place.row->state));
    if (place.row->state == SCHEMA_IMPLEMENTED) {
        text_appendf(out, " since %s%s", place.row->since,
                     place.row->flags & SCHEMA_OURS ? "; keepalived does not know it" : "");
        return;
    }
    text_append(out, place.row->flags & SCHEMA_FATAL            ? ", an error: "
                     : place.row->state == SCHEMA_NOT_SUPPORTED ? ", a warning: "
                                                                : ", without effect: ");
    schema_write_reason(schema_block(place.block).name, place.row, out);
}

static void explain_write_syntax(const struct schema_row *row, struct text_buffer *out)
{
    struct text_buffer arguments = {0};

    schema_write_syntax(row, &arguments);
    text_append(out, row->name);
    if (arguments.length) {
        text_appendf(out, " %s", arguments.data);
    }
    text_release(&arguments);
}

static bool explain_has_range(const struct schema_row *row)
{
    return row->minimum < row->maximum;
}

/* What else there is to know of the value. */
static void explain_write_remarks(const struct schema_row *row, struct text_buffer *out)
{
    static const struct {
        enum schema_flag flag;
        const char *text;
    } remarks[] = {
        {SCHEMA_ZERO_IS_ONE, "0 is read as 1"},
        {SCHEMA_ANY_CASE, "in capital or small letters"},
        {SCHEMA_FIRST_COUNTS, "of several the first one counts"},
    };

    if (row->kind == SCHEMA_KIND_SECONDS && row->places) {
        struct text_buffer text = {0};

        text_appendf(&text, "up to %u decimals", row->places);
        explain_write_fact("", text.data, out);
        text_release(&text);
    } else if (row->kind == SCHEMA_KIND_SECONDS) {
        explain_write_fact("", "whole seconds", out);
    }
    for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
        if (row->flags & remarks[i].flag) {
            explain_write_fact("", remarks[i].text, out);
        }
    }
}

static void explain_write_value(const struct schema_row *row, struct text_buffer *out)
{
    struct text_buffer text = {0};

    if (explain_has_range(row)) {
        schema_write_range(row, &text);
        explain_write_fact("range", text.data, out);
        text_release(&text);
    }
    if (row->kind == SCHEMA_KIND_NUMBER) {
        explain_write_fact("unit", schema_unit(row), out);
    }
    explain_write_remarks(row, out);
    if (row->flags & SCHEMA_REQUIRED) {
        explain_write_fact("default", "none; it is required", out);
    } else if (!schema_has_braces(row)) {
        schema_write_default(row, &text);
        if (row->kind == SCHEMA_KIND_SECONDS && !row->fallback && row->has_initial) {
            text_append(&text, " s");
        }
        explain_write_fact("default", text.data, out);
        text_release(&text);
    }
}

/* "    name  help", help aligned where the name is not too long for that. */
static void explain_write_line(const char *name, size_t width, const char *help,
                               struct text_buffer *out)
{
    text_appendf(out, "    %-*s  %s\n", (int)width, name, help);
}

static size_t explain_wider(size_t width, size_t length)
{
    return length > width && length <= EXPLAIN_WIDEST ? length : width;
}

static void explain_write_option(const struct schema_option *option, struct text_buffer *out)
{
    text_append(out, option->name);
    if (option->argument) {
        text_appendf(out, " %s", option->argument);
    }
}

static void explain_write_options(const struct schema_row *row, struct text_buffer *out)
{
    size_t width = 0;

    if (!row->options) {
        return;
    }
    for (const struct schema_option *option = row->options; option->name; option++) {
        width = explain_wider(width, strlen(option->name) +
                                         (option->argument ? 1 + strlen(option->argument) : 0));
    }
    text_append(out, "\n  options of an item\n");
    for (const struct schema_option *option = row->options; option->name; option++) {
        struct text_buffer name = {0};
        struct text_buffer help = {0};

        explain_write_option(option, &name);
        text_append(&help, option->help);
        if (option->reason) {
            text_appendf(&help, " Not supported: %s.", option->reason);
        }
        explain_write_line(name.data, width, help.data, out);
        text_release(&name);
        text_release(&help);
    }
}

static void explain_write_keywords(const struct schema_row *row, struct text_buffer *out)
{
    static const char *const titles[SCHEMA_STATES] = {
        [SCHEMA_IMPLEMENTED] = "keywords",
        [SCHEMA_ACCEPTED] = "keywords without effect",
        [SCHEMA_NOT_SUPPORTED] = "keywords that are not supported",
    };
    struct schema_block_info info = schema_block(row->opens);
    size_t width = 0;

    for (size_t i = 0; i < info.count; i++) {
        width = explain_wider(width, strlen(info.rows[i].name));
    }
    for (enum schema_state state = 0; state < SCHEMA_STATES; state++) {
        bool any = false;

        for (size_t i = 0; i < info.count; i++) {
            if (info.rows[i].state != state) {
                continue;
            }
            if (!any) {
                text_appendf(out, "\n  %s\n", titles[state]);
            }
            any = true;
            explain_write_line(info.rows[i].name, width, info.rows[i].help, out);
        }
    }
}

/* Where else a keyword stands that was chosen since it is at the top level too. */
static void explain_write_also(const struct explain *found, struct text_buffer *out)
{
    struct text_buffer paths = {0};

    for (size_t i = 1; i < found->count; i++) {
        text_append(&paths, i > 1 ? ", " : "");
        explain_write_short_path(found->places[i], &paths);
    }
    if (paths.data) {
        explain_write_fact("also", paths.data, out);
    }
    text_release(&paths);
}

static void explain_write_chosen(const struct explain *found, struct text_buffer *out)
{
    struct explain_place place = *found->chosen;
    struct text_buffer text = {0};

    explain_write_path(place, EXPLAIN_DEEPEST, out);
    text_appendf(out, "\n  %s\n\n", place.row->help);
    explain_write_syntax(place.row, &text);
    explain_write_fact("syntax", text.data, out);
    text_release(&text);
    explain_write_fact("type", schema_kind_name(place.row->kind), out);
    explain_write_value(place.row, out);
    explain_write_state(place, &text);
    explain_write_fact("state", text.data, out);
    text_release(&text);
    schema_write_example(place.row, &text);
    explain_write_fact("example", text.data, out);
    text_release(&text);
    explain_write_also(found, out);
    explain_write_options(place.row, out);
    if (place.row->kind == SCHEMA_KIND_BLOCK) {
        explain_write_keywords(place.row, out);
    }
}

/* Each place with the path to ask for. */
static void explain_write_all(const struct explain *found, struct text_buffer *out)
{
    struct text_buffer paths[SCHEMA_BLOCKS] = {{0}};
    size_t width = 0;

    for (size_t i = 0; i < found->count; i++) {
        explain_write_short_path(found->places[i], &paths[i]);
        width = explain_wider(width, paths[i].length);
    }
    text_appendf(out, "%s stands in %zu blocks; ask for one of\n", found->places[0].row->name,
                 found->count);
    for (size_t i = 0; i < found->count; i++) {
        const struct schema_row *row = found->places[i].row;
        struct text_buffer help = {0};

        text_append(&help, row->help);
        if (row->state != SCHEMA_IMPLEMENTED) {
            text_appendf(&help, " (%s)", schema_state_name(row->state));
        }
        explain_write_line(paths[i].data, width, help.data, out);
        text_release(&help);
        text_release(&paths[i]);
    }
}

void explain_write(const struct explain *found, struct text_buffer *out)
{
    if (found->chosen) {
        explain_write_chosen(found, out);
    } else if (found->count) {
        explain_write_all(found, out);
    }
}

/* ---- As JSON --------------------------------------------------------------------------------- */

/* Takes what a buffer holds as a string. */
static json_t *explain_take(struct text_buffer *text)
{
    json_t *string = json_from_text(text->data ? text->data : "");

    text_release(text);
    return string;
}

static json_t *explain_optional(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *explain_limit(const struct schema_row *row, int64_t value)
{
    if (!explain_has_range(row)) {
        return json_null();
    }
    return row->kind == SCHEMA_KIND_SECONDS ? json_real((double)value / 1e9) : json_integer(value);
}

static json_t *explain_json_options(const struct schema_row *row)
{
    json_t *list = json_array();

    for (const struct schema_option *option = row->options; option && option->name; option++) {
        json_array_append_new(list, json_pack("{s:s, s:o, s:s, s:b, s:o}", "option", option->name,
                                              "argument", explain_optional(option->argument),
                                              "help", option->help, "supported", !option->reason,
                                              "reason", explain_optional(option->reason)));
    }
    return list;
}

static json_t *explain_json_keywords(const struct schema_row *row)
{
    json_t *list = json_array();
    struct schema_block_info info = {0};

    if (row->kind == SCHEMA_KIND_BLOCK) {
        info = schema_block(row->opens);
    }
    for (size_t i = 0; i < info.count; i++) {
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "keyword", info.rows[i].name,
                                              "state", schema_state_name(info.rows[i].state),
                                              "help", info.rows[i].help));
    }
    return list;
}

static json_t *explain_json_place(struct explain_place place)
{
    const struct schema_row *row = place.row;
    struct text_buffer path = {0};
    struct text_buffer syntax = {0};
    struct text_buffer fallback = {0};
    struct text_buffer reason = {0};
    struct text_buffer example = {0};

    explain_write_path(place, EXPLAIN_DEEPEST, &path);
    explain_write_syntax(row, &syntax);
    schema_write_default(row, &fallback);
    schema_write_example(row, &example);
    if (row->reason) {
        schema_write_reason(schema_block(place.block).name, row, &reason);
    }
    return json_pack(
        "{s:o, s:s, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:b, s:s, s:o, s:o, s:o, s:o, s:o}",
        "path", explain_take(&path), "keyword", row->name, "block", schema_block(place.block).name,
        "help", row->help, "syntax", explain_take(&syntax), "type", schema_kind_name(row->kind),
        "minimum", explain_limit(row, row->minimum), "maximum", explain_limit(row, row->maximum),
        "unit", explain_optional(schema_unit(row)), "default", explain_take(&fallback), "required",
        (row->flags & SCHEMA_REQUIRED) != 0, "state", schema_state_name(row->state), "since",
        explain_optional(row->since), "reason", row->reason ? explain_take(&reason) : json_null(),
        "example", explain_take(&example), "options", explain_json_options(row), "keywords",
        explain_json_keywords(row));
}

json_t *explain_json(const char *path, const struct explain *found)
{
    json_t *shown = json_array();
    json_t *also = json_array();
    json_t *suggestion = json_null();
    struct text_buffer text = {0};

    for (size_t i = 0; i < found->count; i++) {
        if (!found->chosen || found->chosen == &found->places[i]) {
            json_array_append_new(shown, explain_json_place(found->places[i]));
        } else {
            explain_write_short_path(found->places[i], &text);
            json_array_append_new(also, explain_take(&text));
        }
    }
    if (!found->count && explain_suggest(path, &text)) {
        suggestion = explain_take(&text);
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "asked", json_from_text(path), "found", shown, "also",
                     also, "suggestion", suggestion);
}
