/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what holdfastctl shows of a reply, whatever daemon it came from: it always shows
 * something, and nothing in the reply reaches the terminal as a control character.
 */
#include "base/text.h"
#include "control/explain.h"
#include "control/look.h"
#include "control/render.h"
#include "control/wellness.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_shown(struct text_buffer *shown, bool colour)
{
    for (size_t i = 0; i < shown->length; i++) {
        unsigned char c = (unsigned char)shown->data[i];

        if (c != '\n' && (c < ' ' || c == 0x7f) && !(colour && c == 0x1b)) {
            abort();
        }
    }
    text_release(shown);
}

typedef void fuzz_render(const json_t *view, const struct render_options *options,
                         struct text_buffer *out);

/* @param view  its reference is taken; NULL: there is nothing to show */
static void fuzz_show(json_t *view, fuzz_render *render, const struct render_options *options)
{
    struct text_buffer shown = {0};

    if (view) {
        render(view, options, &shown);
    }
    fuzz_shown(&shown, options->colour);
    json_decref(view);
}

/* All that has a name is explained, or it is said why it is not. */
static void fuzz_explain(const json_t *value, const struct render_options *options)
{
    static const struct {
        const char *section;
        json_t *(*explain)(const json_t *status, const char *word, struct text_buffer *problem);
    } kinds[] = {{"instances", explain_instance}, {"services", explain_service}};
    struct text_buffer problem = {0};
    json_t *one;
    size_t i;

    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        json_array_foreach(json_object_get(value, kinds[k].section), i, one) {
            const char *name = json_string_value(json_object_get(one, "name"));

            fuzz_show(kinds[k].explain(value, name ? name : "", &problem), render_explanation,
                      options);
            problem.length = 0;
        }
    }
    fuzz_show(explain_server(value, "10.0.0.18/10.0.0.21", &problem), render_explanation, options);
    text_release(&problem);
    fuzz_show(json_incref((json_t *)value), render_explanation, options);
}

static void fuzz_looks(json_t *value, const struct render_options *options)
{
    struct text_buffer problem = {0};

    fuzz_show(look_checks(value, false), render_checks, options);
    fuzz_show(look_checks(value, true), render_checks, options);
    fuzz_show(look_vrrp(value, NULL, &problem), render_vrrp, options);
    fuzz_show(look_vrrp(value, "VI_1", &problem), render_vrrp, options);
    fuzz_show(look_loop(value), render_loop_view, options);
    fuzz_show(json_incref(value), render_services, options);
    fuzz_show(json_incref(value), render_connection_list, options);
    fuzz_show(json_incref(value), render_rates, options);
    fuzz_show(json_incref(value), render_events, options);
    fuzz_show(json_incref(value), render_event, options);
    fuzz_show(json_incref(value), render_config, options);
    text_release(&problem);
}

static void fuzz_status(json_t *value, bool colour, unsigned width)
{
    const struct render_options options = {
        .colour = colour, .now_wall = INT64_C(1795421100000000000), .width = width};
    struct text_buffer shown = {0};

    render_status(value, &options, &shown);
    if (!shown.length) {
        abort();
    }
    fuzz_shown(&shown, colour);
    render_checked(value, &options, &shown);
    fuzz_shown(&shown, colour);
    render_order(value, &shown);
    fuzz_shown(&shown, false);
    fuzz_looks(value, &options);
    fuzz_explain(value, &options);
}

static void fuzz_wellness(const json_t *value)
{
    struct wellness wellness = wellness_judge(value);
    struct text_buffer text = {0};

    wellness_write(&wellness, &text);
    if (!text.length || (wellness.count == 0) !=
                            (wellness.level == WELLNESS_OK || wellness.level == WELLNESS_UNKNOWN)) {
        abort();
    }
    text_release(&text);
    wellness_release(&wellness);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
    struct text_buffer shown = {0};
    struct text_buffer problems = {0};

    if (!value) {
        return 0;
    }
    fuzz_status(value, false, 0);
    fuzz_status(value, true, 40);
    fuzz_wellness(value);
    render_reload(value, &shown, &problems);
    fuzz_shown(&shown, false);
    fuzz_shown(&problems, false);
    render_version(value, &shown);
    fuzz_shown(&shown, false);
    json_decref(value);
    return 0;
}
