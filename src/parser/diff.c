/* SPDX-License-Identifier: Apache-2.0
 *
 * The old configuration's objects are kept by their path, each with its facts as one piece of text;
 * the new one's are compared with them as they come. Only what differs is taken apart. Pure.
 */
#include "parser/diff.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/text.h"
#include "parser/lookup.h"

#include <stdlib.h>
#include <string.h>

enum { DIFF_DEPTH = 4 }; /* a url in a checker in a server in a service */

/* An object of the old configuration. */
struct diff_entry {
    STAILQ_ENTRY(diff_entry) next;
    enum facts_kind kind;
    const char *keyword;
    const char *name;
    const char *parent;
    const char *outer;
    const char *outermost;
    const char *facts; /* as in struct diff_level */
    size_t length;
    bool found;
};
STAILQ_HEAD(diff_entry_list, diff_entry);

/* An object that is open while a configuration is walked over. */
struct diff_level {
    struct facts_object object;
    char *name; /* the object's, copied */
    struct text_buffer
        facts; /* "list NUL keyword NUL value NUL" for each; a secret's list with '*' */
    bool done;
};

struct diff {
    struct arena *arena;   /* of what is told */
    struct arena *scratch; /* until it is told */
    struct lookup *entries;
    struct diff_entry_list order;
    struct diff_object_list objects;
    struct diff_level levels[DIFF_DEPTH];
    size_t depth;
    struct text_buffer path;
};

/* ---- Facts as text --------------------------------------------------------------------------- */

static void diff_value(void *argument, const struct facts_value *value)
{
    struct diff *diff = argument;
    struct text_buffer *facts = &diff->levels[diff->depth - 1].facts;

    if (!*value->keyword) {
        return; /* an empty list */
    }
    text_append(facts, value->secret ? "*" : "");
    text_append_n(facts, value->list ? value->list : "",
                  (value->list ? strlen(value->list) : 0) + 1);
    text_append_n(facts, value->keyword, strlen(value->keyword) + 1);
    text_append_n(facts, value->value, strlen(value->value) + 1);
}

/* One fact of a text. @return false at the end */
static bool diff_next(const char **at, const char *end, struct diff_value *value)
{
    if (*at >= end) {
        return false;
    }
    *value = (struct diff_value){0};
    value->secret = **at == '*';
    value->list = *at + value->secret;
    value->keyword = value->list + strlen(value->list) + 1;
    value->after = value->keyword + strlen(value->keyword) + 1;
    *at = value->after + strlen(value->after) + 1;
    value->list = *value->list ? value->list : NULL;
    return true;
}

/* The path of the object on top: names from the outermost on, each with a NUL. */
static void diff_write_path(struct diff *diff)
{
    diff->path.length = 0;
    for (size_t i = 0; i < diff->depth; i++) {
        const struct diff_level *level = &diff->levels[i];

        text_append_n(&diff->path, level->object.keyword, strlen(level->object.keyword) + 1);
        text_append_n(&diff->path, level->name, strlen(level->name) + 1);
    }
}

static const char *diff_outer_name(const struct diff *diff, size_t up)
{
    return diff->depth > up ? diff->levels[diff->depth - 1 - up].name : NULL;
}

static void diff_begin(void *argument, const struct facts_object *object)
{
    struct diff *diff = argument;
    struct diff_level *level = &diff->levels[diff->depth++];

    level->object = *object;
    level->name = arena_text(diff->scratch, object->name);
    level->facts.length = 0;
    level->done = false;
}

/* ---- The old configuration ------------------------------------------------------------------- */

static void diff_keep(struct diff *diff)
{
    struct diff_level *level = &diff->levels[diff->depth - 1];
    struct diff_entry *entry;

    if (level->done) {
        return;
    }
    level->done = true;
    diff_write_path(diff);
    entry = arena_alloc(diff->scratch, sizeof(*entry));
    entry->kind = level->object.kind;
    entry->keyword = level->object.keyword;
    entry->name = level->name;
    entry->parent = diff_outer_name(diff, 1);
    entry->outer = diff_outer_name(diff, 2);
    entry->outermost = diff_outer_name(diff, 3);
    entry->facts = arena_copy(diff->scratch, level->facts.length ? level->facts.data : "",
                              level->facts.length);
    entry->length = level->facts.length;
    (void)lookup_add(diff->entries, arena_copy(diff->scratch, diff->path.data, diff->path.length),
                     diff->path.length, entry);
    STAILQ_INSERT_TAIL(&diff->order, entry, next);
}

static void diff_keep_begin(void *argument, const struct facts_object *object)
{
    struct diff *diff = argument;

    if (diff->depth) {
        diff_keep(diff);
    }
    diff_begin(diff, object);
}

static void diff_keep_end(void *argument)
{
    struct diff *diff = argument;

    diff_keep(diff);
    diff->depth--;
}

/* ---- The new one ----------------------------------------------------------------------------- */

static const char *diff_copy(struct diff *diff, const char *text)
{
    return text ? arena_text(diff->arena, text) : NULL;
}

static void diff_tell(struct diff *diff, struct diff_object *object, const struct diff_value *value,
                      const char *before, const char *after)
{
    struct diff_value *told = arena_alloc(diff->arena, sizeof(*told));

    told->list = diff_copy(diff, value->list);
    told->keyword = diff_copy(diff, value->keyword);
    told->before = diff_copy(diff, before);
    told->after = diff_copy(diff, after);
    told->secret = value->secret;
    STAILQ_INSERT_TAIL(&object->values, told, next);
}

static struct diff_object *diff_add_object(struct diff *diff, enum diff_change change,
                                           enum facts_kind kind, const char *keyword,
                                           const char *name)
{
    struct diff_object *object = arena_alloc(diff->arena, sizeof(*object));

    object->change = change;
    object->kind = kind;
    object->keyword = keyword;
    object->name = diff_copy(diff, name);
    STAILQ_INIT(&object->values);
    STAILQ_INSERT_TAIL(&diff->objects, object, next);
    return object;
}

/* Tells the lines of an object that comes or goes as a whole. */
static void diff_tell_lines(struct diff *diff, struct diff_object *object, const char *facts,
                            size_t length)
{
    const char *end = facts + length;
    struct diff_value value;

    while (diff_next(&facts, end, &value)) {
        if (value.list && !value.secret) {
            diff_tell(diff, object, &value, object->change == DIFF_REMOVED ? value.after : NULL,
                      object->change == DIFF_ADDED ? value.after : NULL);
        }
    }
}

/* A password that one side does not show is not said to differ. */
static bool diff_is_same(const struct diff_value *value, const char *before)
{
    return strcmp(before, value->after) == 0 ||
           (value->secret &&
            (strcmp(before, FACTS_UNSHOWN) == 0 || strcmp(value->after, FACTS_UNSHOWN) == 0));
}

/* The key of a fact: its list and its keyword, which stand one behind the other. */
static const void *diff_key(const struct diff_value *value, size_t *size)
{
    const char *start = value->list ? value->list : value->keyword - 1;

    *size = (size_t)(value->after - start);
    return start;
}

/* Whether two texts differ in nothing but such passwords. */
static bool diff_only_unshown(const struct diff_entry *entry, const struct text_buffer *facts)
{
    const char *old_end = entry->facts + entry->length;
    const char *new_end = facts->data + facts->length;
    const char *old = entry->facts;
    const char *new = facts->data;
    struct diff_value before;
    struct diff_value after;

    while (diff_next(&old, old_end, &before)) {
        size_t before_size;
        size_t after_size;
        const void *before_key = diff_key(&before, &before_size);
        const void *after_key;

        if (!diff_next(&new, new_end, &after)) {
            return false;
        }
        after_key = diff_key(&after, &after_size);
        if (before_size != after_size || memcmp(before_key, after_key, before_size) != 0 ||
            !diff_is_same(&after, before.after)) {
            return false;
        }
    }
    return new == new_end;
}

/* What is in one text and not, or otherwise, in the other. */
static void diff_tell_changes(struct diff *diff, struct diff_object *object,
                              const struct diff_entry *entry, const struct text_buffer *facts)
{
    struct lookup *old = lookup_new(diff->scratch);
    struct lookup *new = lookup_new(diff->scratch);
    const char *at = entry->facts;
    struct diff_value value;
    const void *key;
    size_t size;

    while (diff_next(&at, entry->facts + entry->length, &value)) {
        key = diff_key(&value, &size);
        (void)lookup_add(old, key, size, (void *)value.after);
    }
    for (at = facts->data; diff_next(&at, facts->data + facts->length, &value);) {
        const char *before;

        key = diff_key(&value, &size);
        before = lookup_find(old, key, size);
        (void)lookup_add(new, key, size, (void *)value.after);
        if (!before || !diff_is_same(&value, before)) {
            diff_tell(diff, object, &value, before, value.after);
        }
    }
    for (at = entry->facts; diff_next(&at, entry->facts + entry->length, &value);) {
        key = diff_key(&value, &size);
        if (!lookup_find(new, key, size)) {
            diff_tell(diff, object, &value, value.after, NULL);
        }
    }
    lookup_free(old);
    lookup_free(new);
}

static void diff_compare(struct diff *diff)
{
    struct diff_level *level = &diff->levels[diff->depth - 1];
    const struct text_buffer *facts = &level->facts;
    struct diff_object *object;
    struct diff_entry *entry;

    if (level->done) {
        return;
    }
    level->done = true;
    diff_write_path(diff);
    entry = lookup_find(diff->entries, diff->path.data, diff->path.length);
    if (entry) {
        entry->found = true;
        if (entry->length == facts->length &&
            (!facts->length || memcmp(entry->facts, facts->data, facts->length) == 0)) {
            return;
        }
        if (diff_only_unshown(entry, facts)) {
            return;
        }
    }
    object = diff_add_object(diff, entry ? DIFF_CHANGED : DIFF_ADDED, level->object.kind,
                             level->object.keyword, level->name);
    object->parent = diff_copy(diff, diff_outer_name(diff, 1));
    object->outer = diff_copy(diff, diff_outer_name(diff, 2));
    object->outermost = diff_copy(diff, diff_outer_name(diff, 3));
    if (entry) {
        diff_tell_changes(diff, object, entry, facts);
    } else if (facts->length) {
        diff_tell_lines(diff, object, facts->data, facts->length);
    }
}

static void diff_compare_begin(void *argument, const struct facts_object *object)
{
    struct diff *diff = argument;

    if (diff->depth) {
        diff_compare(diff);
    }
    diff_begin(diff, object);
}

static void diff_compare_end(void *argument)
{
    struct diff *diff = argument;

    diff_compare(diff);
    diff->depth--;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void diff_tell_removed(struct diff *diff)
{
    const struct diff_entry *entry;

    STAILQ_FOREACH(entry, &diff->order, next) {
        if (!entry->found) {
            struct diff_object *object =
                diff_add_object(diff, DIFF_REMOVED, entry->kind, entry->keyword, entry->name);

            object->parent = diff_copy(diff, entry->parent);
            object->outer = diff_copy(diff, entry->outer);
            object->outermost = diff_copy(diff, entry->outermost);
            diff_tell_lines(diff, object, entry->facts, entry->length);
        }
    }
}

struct diff *diff_new(const struct conf *before, const struct conf *after)
{
    static const struct facts_visitor keep = {diff_keep_begin, diff_value, diff_keep_end};
    static const struct facts_visitor compare = {diff_compare_begin, diff_value, diff_compare_end};
    struct diff *diff = memory_new(1, sizeof(*diff));

    diff->arena = arena_new();
    diff->scratch = arena_new();
    diff->entries = lookup_new(diff->scratch);
    STAILQ_INIT(&diff->order);
    STAILQ_INIT(&diff->objects);
    facts_visit(before, &keep, diff);
    facts_visit(after, &compare, diff);
    diff_tell_removed(diff);
    for (size_t i = 0; i < DIFF_DEPTH; i++) {
        text_release(&diff->levels[i].facts);
    }
    text_release(&diff->path);
    lookup_free(diff->entries);
    arena_free(diff->scratch);
    return diff;
}

void diff_free(struct diff *diff)
{
    if (diff) {
        arena_free(diff->arena);
        free(diff);
    }
}

const struct diff_object_list *diff_objects(const struct diff *diff)
{
    return &diff->objects;
}
