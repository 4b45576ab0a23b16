/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of overrides, and its JSON:
 *
 *     [{"kind":"demote","object":"VI_1","since_ms":1795421100000,"by":"root (uid 0), process 7"}]
 *
 * `part`, `like`, `number` and `until_ms` may stand there.
 */
#include "base/override.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a kind has, so that what is read makes sense. */
static const struct {
    const char *word;
    const char *text; /* for people; the number stands behind it */
    bool has_object;
    bool has_part;
    int64_t least; /* of the number */
    int64_t most;
} override_kinds[OVERRIDE_KINDS] = {
    [OVERRIDE_DEMOTE] = {"demote", "demoted", true, false, 0, 0},
    [OVERRIDE_PRIORITY] = {"priority", "priority", true, false, -253, 253},
    [OVERRIDE_DRAIN] = {"node-drain", "drained", false, false, 0, 0},
    [OVERRIDE_PEER_ADD] = {"peer-add", "peer added", true, true, 0, 0},
    [OVERRIDE_PEER_DEL] = {"peer-del", "peer removed", true, true, 0, 0},
    [OVERRIDE_SERVER_ADD] = {"server-add", "server added, weight", true, true, -1, INT32_MAX},
    [OVERRIDE_SERVER_DEL] = {"server-del", "server removed", true, true, 0, 0},
    [OVERRIDE_PAUSE] = {"check-pause", "checks paused", true, false, 0, 0},
    [OVERRIDE_LOG] = {"log", "log level", false, false, 3, 7},
};

/* ---- The list ---------------------------------------------------------------------------------- */

/* It does not change while lists share it. The texts follow it. */
struct override_item {
    atomic_uint lists;
    unsigned hash;
    struct override override;
};

static unsigned override_hash(enum override_kind kind, const char *object, const char *part)
{
    unsigned hash = hash_of_bytes(object, strlen(object));

    return hash_of_bytes(part, strlen(part)) + 31 * hash + (unsigned)kind;
}

static void override_drop(struct override_item *item)
{
    if (atomic_fetch_sub(&item->lists, 1) == 1) {
        free(item);
    }
}

static struct override_item *override_own(const struct override *override)
{
    const char *const texts[] = {override->object, override->part, override->like};
    const char *own[sizeof(texts) / sizeof(texts[0])];
    size_t size = strlen(texts[0]) + strlen(texts[1]) + strlen(texts[2]) + 3;
    struct override_item *item = memory_new(1, sizeof(*item) + size);
    char *at = (char *)(item + 1);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        own[i] = at;
        at = stpcpy(at, texts[i]) + 1;
    }
    atomic_init(&item->lists, 1);
    item->hash = override_hash(override->kind, override->object, override->part);
    item->override = *override;
    item->override.object = own[0];
    item->override.part = own[1];
    item->override.like = own[2];
    return item;
}

void override_release(struct override_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        override_drop(list->items[i]);
    }
    free(list->items);
    slots_release(&list->slots);
    *list = (struct override_list){0};
}

const struct override *override_at(const struct override_list *list, size_t place)
{
    return &list->items[place]->override;
}

struct override_list override_copy(const struct override_list *list)
{
    struct override_list copy = {.items =
                                     memory_new(list->count + 1, sizeof(struct override_item *)),
                                 .count = list->count,
                                 .room = list->count + 1,
                                 .slots = slots_copy(&list->slots)};

    for (size_t i = 0; i < list->count; i++) {
        copy.items[i] = list->items[i];
        atomic_fetch_add(&copy.items[i]->lists, 1);
    }
    return copy;
}

/* @return the count where there is none */
static size_t override_place(const struct override_list *list, enum override_kind kind,
                             const char *object, const char *part)
{
    unsigned hash = override_hash(kind, object, part);
    uint32_t cursor = 0;
    uint32_t place;

    while ((place = slots_next(&list->slots, hash, &cursor)) != SLOTS_NONE) {
        const struct override *one = override_at(list, place);

        if (one->kind == kind && strcmp(one->object, object) == 0 && strcmp(one->part, part) == 0) {
            return place;
        }
    }
    return list->count;
}

const struct override *override_find(const struct override_list *list, enum override_kind kind,
                                     const char *object, const char *part)
{
    size_t place = override_place(list, kind, object, part);

    return place < list->count ? override_at(list, place) : NULL;
}

static void override_append(struct override_list *list, struct override_item *item)
{
    if (list->count == list->room) {
        list->room = 2 * list->room + 1;
        list->items = memory_resize(list->items, list->room, sizeof(struct override_item *));
    }
    slots_add(&list->slots, item->hash, (uint32_t)list->count);
    list->items[list->count++] = item;
}

void override_put(struct override_list *list, const struct override *override)
{
    size_t place = override_place(list, override->kind, override->object, override->part);
    struct override_item *own = override_own(override);

    if (place < list->count) {
        override_drop(list->items[place]);
        list->items[place] = own;
    } else {
        override_append(list, own);
    }
}

/* Those behind one that has gone stand elsewhere now. */
static void override_index(struct override_list *list)
{
    slots_release(&list->slots);
    for (size_t i = 0; i < list->count; i++) {
        slots_add(&list->slots, list->items[i]->hash, (uint32_t)i);
    }
}

bool override_remove(struct override_list *list, enum override_kind kind, const char *object,
                     const char *part)
{
    size_t place = override_place(list, kind, object, part);

    if (place == list->count) {
        return false;
    }
    override_drop(list->items[place]);
    list->count--;
    memmove(&list->items[place], &list->items[place + 1],
            (list->count - place) * sizeof(struct override_item *));
    override_index(list);
    return true;
}

struct override_list override_take_ended(struct override_list *list, int64_t wall, size_t most)
{
    struct override_list ended = {0};
    size_t left = 0;

    for (size_t i = 0; i < list->count; i++) {
        int64_t end = override_at(list, i)->until_wall;

        if (end && end <= wall && ended.count < most) {
            override_append(&ended, list->items[i]);
        } else {
            list->items[left++] = list->items[i];
        }
    }
    if (ended.count) {
        list->count = left;
        override_index(list);
    }
    return ended;
}

int64_t override_next_end(const struct override_list *list)
{
    int64_t next = CLOCK_NEVER;

    for (size_t i = 0; i < list->count; i++) {
        int64_t end = override_at(list, i)->until_wall;

        next = end && end < next ? end : next;
    }
    return next;
}

/* ---- Words ------------------------------------------------------------------------------------- */

const char *override_word(enum override_kind kind)
{
    return override_kinds[kind].word;
}

const char *override_text(char text[OVERRIDE_TEXT_SIZE], const struct override *override)
{
    static const char *const levels[] = {
        [3] = "error", [4] = "warning", [5] = "notice", [6] = "info", [7] = "debug"};
    const char *words = override_kinds[override->kind].text;

    switch (override->kind) {
    case OVERRIDE_PRIORITY:
        (void)snprintf(text, OVERRIDE_TEXT_SIZE, "%s %+" PRId64, words, override->number);
        break;
    case OVERRIDE_SERVER_ADD:
        if (override->number < 0) {
            (void)snprintf(text, OVERRIDE_TEXT_SIZE, "server added");
        } else {
            (void)snprintf(text, OVERRIDE_TEXT_SIZE, "%s %" PRId64, words, override->number);
        }
        break;
    case OVERRIDE_LOG:
        (void)snprintf(text, OVERRIDE_TEXT_SIZE, "%s %s", words, levels[override->number]);
        break;
    default:
        (void)text_copy(text, OVERRIDE_TEXT_SIZE, words);
        break;
    }
    return text;
}

/* ---- JSON -------------------------------------------------------------------------------------- */

static json_t *override_json_one(const struct override *override)
{
    json_t *json = json_pack("{s:s, s:I, s:o}", "kind", override_word(override->kind), "since_ms",
                             (json_int_t)(override->since_wall / CLOCK_MILLISECOND), "by",
                             json_from_text(override->by));
    const struct {
        const char *name;
        const char *text;
    } texts[] = {{"object", override->object}, {"part", override->part}, {"like", override->like}};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (*texts[i].text) {
            json_object_set_new(json, texts[i].name, json_from_text(texts[i].text));
        }
    }
    if (override->number) {
        json_object_set_new(json, "number", json_integer(override->number));
    }
    if (override->until_wall) {
        json_object_set_new(json, "until_ms",
                            json_integer(override->until_wall / CLOCK_MILLISECOND));
    }
    return json;
}

json_t *override_json(const struct override_list *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++) {
        json_array_append_new(array, override_json_one(override_at(list, i)));
    }
    return array;
}

static bool override_read_kind(const json_t *json, enum override_kind *kind)
{
    const char *word = json_string_value(json_object_get(json, "kind"));

    for (int i = 0; word && i < OVERRIDE_KINDS; i++) {
        if (strcmp(word, override_kinds[i].word) == 0) {
            *kind = (enum override_kind)i;
            return true;
        }
    }
    return false;
}

/* A text that may be missing; "" then. @return false where something else is there */
static bool override_read_text(const json_t *json, const char *name, const char **text)
{
    const json_t *member = json_object_get(json, name);

    *text = member ? json_string_value(member) : "";
    return *text;
}

/* A time in ms that may be missing. */
static bool override_read_time(const json_t *json, const char *name, int64_t *wall)
{
    const json_t *member = json_object_get(json, name);
    int64_t ms = json_integer_value(member);

    *wall = ms * (ms <= INT64_MAX / CLOCK_MILLISECOND && ms >= 0 ? CLOCK_MILLISECOND : 0);
    return !member || (json_is_integer(member) && ms >= 0 && ms <= INT64_MAX / CLOCK_MILLISECOND);
}

/* What of it is not there or cannot be; NULL: all is well. The texts are the JSON's. */
static const char *override_read_one(const json_t *json, struct override *override)
{
    const json_t *number = json_object_get(json, "number");
    const char *by = json_string_value(json_object_get(json, "by"));

    memset(override, 0, sizeof(*override));
    if (!override_read_kind(json, &override->kind)) {
        return "kind";
    }
    if (!override_read_text(json, "object", &override->object) ||
        override_kinds[override->kind].has_object != (*override->object != '\0')) {
        return "object";
    }
    if (!override_read_text(json, "part", &override->part) ||
        (override_kinds[override->kind].has_part && !*override->part)) {
        return "part";
    }
    if (!override_read_text(json, "like", &override->like)) {
        return "like";
    }
    override->number = json_integer_value(number);
    if ((number && !json_is_integer(number)) ||
        override->number < override_kinds[override->kind].least ||
        override->number > override_kinds[override->kind].most) {
        return "number";
    }
    if (!override_read_time(json, "since_ms", &override->since_wall)) {
        return "since_ms";
    }
    if (!override_read_time(json, "until_ms", &override->until_wall)) {
        return "until_ms";
    }
    (void)text_copy(override->by, sizeof(override->by), by ? by : "");
    return NULL;
}

bool override_read(const json_t *array, struct override_list *list,
                   char problem[OVERRIDE_PROBLEM_SIZE])
{
    struct override override;
    const json_t *json;
    size_t i;

    if (!json_is_array(array) || json_array_size(array) > OVERRIDE_READ_MOST) {
        (void)snprintf(problem, OVERRIDE_PROBLEM_SIZE, "it has no list of up to %d overrides",
                       (int)OVERRIDE_READ_MOST);
        return false;
    }
    json_array_foreach(array, i, json) {
        const char *wrong = override_read_one(json, &override);

        if (wrong) {
            (void)snprintf(problem, OVERRIDE_PROBLEM_SIZE, "the %s of override %zu is wrong", wrong,
                           i + 1);
            override_release(list);
            return false;
        }
        override_put(list, &override);
    }
    return true;
}
