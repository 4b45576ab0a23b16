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
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OVERRIDE_MOST = 100000 }; /* that a file may have */

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

static void override_drop(struct override *override)
{
    free((void *) override->object);
    free((void *) override->part);
    free((void *) override->like);
}

static struct override override_own(const struct override *override)
{
    struct override own = *override;

    own.object = memory_text(override->object);
    own.part = memory_text(override->part);
    own.like = memory_text(override->like);
    return own;
}

void override_release(struct override_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        override_drop(&list->overrides[i]);
    }
    free(list->overrides);
    *list = (struct override_list){0};
}

struct override_list override_copy(const struct override_list *list)
{
    struct override_list copy = {memory_new(list->count + 1, sizeof(struct override)), list->count};

    for (size_t i = 0; i < list->count; i++) {
        copy.overrides[i] = override_own(&list->overrides[i]);
    }
    return copy;
}

/* @return the count where there is none */
static size_t override_place(const struct override_list *list, enum override_kind kind,
                             const char *object, const char *part)
{
    size_t i = 0;

    while (i < list->count &&
           (list->overrides[i].kind != kind || strcmp(list->overrides[i].object, object) != 0 ||
            strcmp(list->overrides[i].part, part) != 0)) {
        i++;
    }
    return i;
}

const struct override *override_find(const struct override_list *list, enum override_kind kind,
                                     const char *object, const char *part)
{
    size_t place = override_place(list, kind, object, part);

    return place < list->count ? &list->overrides[place] : NULL;
}

void override_put(struct override_list *list, const struct override *override)
{
    size_t place = override_place(list, override->kind, override->object, override->part);
    const struct override own = override_own(override);

    if (place < list->count) {
        override_drop(&list->overrides[place]);
    } else {
        list->overrides = memory_resize(list->overrides, list->count + 1, sizeof(struct override));
        list->count++;
    }
    list->overrides[place] = own;
}

bool override_remove(struct override_list *list, enum override_kind kind, const char *object,
                     const char *part)
{
    size_t place = override_place(list, kind, object, part);

    if (place == list->count) {
        return false;
    }
    override_drop(&list->overrides[place]);
    list->count--;
    memmove(&list->overrides[place], &list->overrides[place + 1],
            (list->count - place) * sizeof(struct override));
    return true;
}

const struct override *override_ended(const struct override_list *list, int64_t wall)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->overrides[i].until_wall && list->overrides[i].until_wall <= wall) {
            return &list->overrides[i];
        }
    }
    return NULL;
}

int64_t override_next_end(const struct override_list *list)
{
    int64_t next = CLOCK_NEVER;

    for (size_t i = 0; i < list->count; i++) {
        int64_t end = list->overrides[i].until_wall;

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
        json_array_append_new(array, override_json_one(&list->overrides[i]));
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

    if (!json_is_array(array) || json_array_size(array) > OVERRIDE_MOST) {
        (void)snprintf(problem, OVERRIDE_PROBLEM_SIZE, "it has no list of up to %d overrides",
                       (int)OVERRIDE_MOST);
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
