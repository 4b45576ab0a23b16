/* SPDX-License-Identifier: Apache-2.0
 *
 * The compact document of the web page, and its differences.
 */
#include "control/web_view.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "control/web_view_rows.h"

#include <stdlib.h>
#include <string.h>

enum { WEB_VIEW_BY_HAND = 50 }; /* rows that anybody reads */

enum { WEB_VIEW_DUMP = JSON_COMPACT | JSON_REAL_PRECISION(12) };

/* A member as text, and whether it is another one than before. */
struct web_view_part {
    char *text; /* NULL: there is none yet */
    bool changed;
};

/* A list whose rows are told one by one. */
struct web_view_list {
    const char *name;
    struct web_view_part *rows;
    size_t count;
};

enum { WEB_VIEW_LISTS = 2 };

struct web_view {
    char at[CLOCK_TEXT_SIZE];
    json_int_t clock_us;
    struct web_view_part head;
    struct web_view_part troubles;
    struct web_view_part by_hand;
    struct web_view_part loop;
    struct web_view_part numbers;
    struct web_view_list lists[WEB_VIEW_LISTS];
    char *events; /* of the last update; NULL: none */
};

/* ---- Parts ------------------------------------------------------------------------------------- */

/* Takes a value's reference. @return its text */
static char *web_view_text(json_t *value)
{
    char *text = json_dumps(value, WEB_VIEW_DUMP | JSON_ENCODE_ANY);

    json_decref(value);
    return text ? text : memory_text("null"); /* jansson gives none of what it did not make */
}

static void web_view_set(struct web_view_part *part, json_t *value)
{
    char *text = web_view_text(value);

    part->changed = !part->text || strcmp(part->text, text) != 0;
    free(part->text);
    part->text = text;
}

static void web_view_resize(struct web_view_list *list, size_t count)
{
    for (size_t i = count; i < list->count; i++) {
        free(list->rows[i].text);
    }
    list->rows = memory_resize(list->rows, count + 1, sizeof(*list->rows));
    for (size_t i = list->count; i < count; i++) {
        list->rows[i] = (struct web_view_part){0};
    }
    list->count = count;
}

/* What a row is about: its text up to the first member behind its name and family. */
static bool web_view_is_same_row(const char *before, const json_t *row)
{
    char *key = web_view_text(web_row_key(row));
    size_t length = strlen(key) - 1; /* without the closing brace */
    bool same = before && strncmp(before, key, length) == 0;

    free(key);
    return same;
}

/* @return whether its rows are of others than before */
static bool web_view_set_list(struct web_view_list *list, const json_t *from,
                              json_t *(*make)(const json_t *object))
{
    bool other = json_array_size(from) != list->count;
    json_t *object;
    size_t i;

    web_view_resize(list, json_array_size(from));
    json_array_foreach(from, i, object) {
        json_t *row = make(object);

        other |= !web_view_is_same_row(list->rows[i].text, row);
        web_view_set(&list->rows[i], row);
    }
    return other;
}

/* ---- The view ---------------------------------------------------------------------------------- */

bool web_view_update(struct web_view *view, const json_t *status, const char *name, int64_t now,
                     const json_t *events)
{
    const json_t *services = json_object_get(status, "services");
    bool first = !view->head.text;
    bool other;

    (void)clock_wall_text(view->at, now);
    view->clock_us =
        json_integer_value(json_object_get(json_object_get(status, "ipvs"), "clock_us"));
    web_view_set(&view->head, web_row_head(status, name));
    web_view_set(&view->troubles, web_row_troubles(status));
    web_view_set(&view->by_hand, web_row_by_hand(status, WEB_VIEW_BY_HAND));
    web_view_set(&view->loop, json_deep_copy(json_object_get(status, "loop")));
    web_view_set(&view->numbers, web_row_numbers(services, WEB_VIEW_SERVERS));
    other =
        web_view_set_list(&view->lists[0], json_object_get(status, "instances"), web_row_instance);
    other |= web_view_set_list(&view->lists[1], services, web_row_service);
    free(view->events);
    view->events = json_array_size(events) ? json_dumps(events, WEB_VIEW_DUMP) : NULL;
    return first || other;
}

static void web_view_begin(const struct web_view *view, struct text_buffer *out)
{
    text_appendf(out, "{\"at\":\"%s\",\"clock_us\":%lld", view->at, (long long)view->clock_us);
}

static void web_view_member(const struct web_view_part *part, const char *name, bool all,
                            struct text_buffer *out)
{
    if (part->text && (all || part->changed)) {
        text_appendf(out, ",\"%s\":", name);
        text_append(out, part->text);
    }
}

static void web_view_members(const struct web_view *view, bool all, struct text_buffer *out)
{
    web_view_begin(view, out);
    web_view_member(&view->head, "head", all, out);
    web_view_member(&view->troubles, "troubles", all, out);
    web_view_member(&view->by_hand, "by_hand", all, out);
    web_view_member(&view->loop, "loop", all, out);
    web_view_member(&view->numbers, "numbers", all, out);
}

void web_view_write(const struct web_view *view, const json_t *events, struct text_buffer *out)
{
    web_view_members(view, true, out);
    for (size_t i = 0; i < WEB_VIEW_LISTS; i++) {
        const struct web_view_list *list = &view->lists[i];

        text_appendf(out, ",\"%s\":[", list->name);
        for (size_t k = 0; k < list->count; k++) {
            text_append(out, k ? "," : "");
            text_append(out, list->rows[k].text);
        }
        text_append(out, "]");
    }
    text_append(out, ",\"events\":");
    if (json_array_size(events)) {
        char *text = json_dumps(events, WEB_VIEW_DUMP);

        text_append(out, text ? text : "[]");
        free(text);
    } else {
        text_append(out, "[]");
    }
    text_append(out, "}");
}

void web_view_write_change(const struct web_view *view, struct text_buffer *out)
{
    web_view_members(view, false, out);
    for (size_t i = 0; i < WEB_VIEW_LISTS; i++) {
        const struct web_view_list *list = &view->lists[i];
        bool any = false;

        for (size_t k = 0; k < list->count; k++) {
            if (list->rows[k].changed) {
                if (!any) {
                    text_appendf(out, ",\"%s\":{", list->name);
                }
                text_appendf(out, "%s\"%zu\":", any ? "," : "", k);
                text_append(out, list->rows[k].text);
                any = true;
            }
        }
        text_append(out, any ? "}" : "");
    }
    if (view->events) {
        text_append(out, ",\"events\":");
        text_append(out, view->events);
    }
    text_append(out, "}");
}

struct web_view *web_view_new(void)
{
    struct web_view *view = memory_new(1, sizeof(*view));

    view->lists[0].name = "instances";
    view->lists[1].name = "services";
    return view;
}

void web_view_free(struct web_view *view)
{
    if (!view) {
        return;
    }
    for (size_t i = 0; i < WEB_VIEW_LISTS; i++) {
        web_view_resize(&view->lists[i], 0);
        free(view->lists[i].rows);
    }
    free(view->head.text);
    free(view->troubles.text);
    free(view->by_hand.text);
    free(view->loop.text);
    free(view->numbers.text);
    free(view->events);
    free(view);
}
