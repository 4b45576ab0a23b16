/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts of the status document.
 */
#include "control/look.h"

#include "base/text.h"

#include <string.h>

enum { LOOK_LISTED = 10 }; /* names in a message */

static bool look_is_named(const json_t *object, const char *member, const char *word)
{
    const char *text = json_string_value(json_object_get(object, member));

    return text && strcmp(text, word) == 0;
}

void look_append_names(const json_t *array, struct text_buffer *out)
{
    json_t *one;
    size_t i;

    json_array_foreach(array, i, one) {
        const char *name = json_string_value(json_object_get(one, "name"));

        if (i == LOOK_LISTED) {
            text_appendf(out, " and %zu more", json_array_size(array) - i);
            break;
        }
        text_appendf(out, "%s%s", i ? ", " : "", name ? name : "-");
    }
    if (json_array_size(array) == 0) {
        text_append(out, "none");
    }
}

/* Those of an array whose member is the word; all without one. New. */
static json_t *look_choose(const json_t *array, const char *member, const char *word)
{
    json_t *chosen = json_array();
    json_t *one;
    size_t i;

    json_array_foreach(array, i, one) {
        if (!word || look_is_named(one, member, word)) {
            json_array_append(chosen, one);
        }
    }
    return chosen;
}

json_t *look_vrrp(const json_t *status, const char *word, struct text_buffer *problem)
{
    static const char *const sections[] = {"scripts", "track_files", "track_processes", "bfd"};
    const json_t *all = json_object_get(status, "instances");
    json_t *instances = look_choose(all, "name", word);
    json_t *view;

    if (word && json_array_size(instances) == 0) {
        json_decref(instances);
        instances = look_choose(all, "sync_group", word);
    }
    if (word && json_array_size(instances) == 0) {
        text_appendf(problem, "there is no instance and no sync group \"%s\"; instances: ", word);
        look_append_names(all, problem);
        json_decref(instances);
        return NULL;
    }
    view = json_pack("{s:i, s:b, s:o, s:o}", "version", LOOK_VERSION, "narrowed", word != NULL,
                     "instances", instances, "sync_groups",
                     look_choose(json_object_get(status, "sync_groups"), "name", word));
    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        json_t *section = json_object_get(status, sections[i]);

        json_object_set(view, sections[i], section ? section : json_null());
    }
    return view;
}

static bool look_fails(const json_t *check)
{
    const json_t *last = json_object_get(check, "last_result");

    return json_is_object(last) && !look_is_named(last, "class", "ok");
}

json_t *look_checks(const json_t *status, bool failing)
{
    json_t *list = json_array();
    json_t *summary = json_object_get(status, "checks");
    json_t *service;
    json_t *server;
    json_t *check;
    size_t i;
    size_t j;
    size_t k;

    json_array_foreach(json_object_get(status, "services"), i, service) {
        json_array_foreach(json_object_get(service, "servers"), j, server) {
            json_array_foreach(json_object_get(server, "checks"), k, check) {
                if (!failing || look_fails(check)) {
                    json_t *copy = json_copy(check);

                    json_object_set(copy, "service", json_object_get(service, "name"));
                    json_object_set(copy, "server", json_object_get(server, "name"));
                    json_array_append_new(list, copy);
                }
            }
        }
    }
    return json_pack("{s:i, s:b, s:o, s:O}", "version", LOOK_VERSION, "failing", failing, "checks",
                     list, "summary", summary ? summary : json_null());
}

json_t *look_loop(const json_t *status)
{
    const json_t *loop = json_object_get(status, "loop");
    json_t *view = json_is_object(loop) ? json_copy((json_t *)loop) : json_object();

    json_object_set_new(view, "version", json_integer(LOOK_VERSION));
    return view;
}
