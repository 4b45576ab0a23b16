/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl events: what has happened, and with --follow what happens.
 */
#include "ctl.h"

#include "base/text.h"
#include "control/client.h"
#include "control/render.h"

enum {
    EVENTS_BEFORE = 10
}; /* that are shown before those that are followed, unless --limit says so */

static json_t *events_arguments(const struct ctl_options *options)
{
    json_t *arguments = json_object();

    if (options->has_since) {
        json_object_set_new(arguments, "since_seq", json_integer((json_int_t)options->since));
    }
    if (options->has_limit) {
        json_object_set_new(arguments, "limit", json_integer((json_int_t)options->limit));
    } else if (options->follow && !options->has_since) {
        json_object_set_new(arguments, "limit", json_integer(EVENTS_BEFORE));
    }
    if (options->follow) {
        json_object_set_new(arguments, "follow", json_true());
    }
    return arguments;
}

static void events_show_line(const struct ctl_options *options, const json_t *line)
{
    const json_t *event = json_object_get(line, "event");
    const struct render_options render = ctl_render_options();
    struct text_buffer text = {0};

    if (options->json) {
        (void)json_dumpf(event ? event : line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
        (void)putchar('\n');
    } else {
        render_event(line, &render, &text);
        ctl_print(&text, stdout);
    }
    (void)fflush(stdout);
}

/* What was before: one line each, as those that follow. */
static void events_show_first(const struct ctl_options *options, const json_t *result)
{
    const json_t *lost = json_object_get(result, "lost");
    json_t *event;
    size_t i;

    if (json_integer_value(lost) > 0) {
        json_t *line = json_pack("{s:O}", "lost", lost);

        events_show_line(options, line);
        json_decref(line);
    }
    json_array_foreach(json_object_get(result, "events"), i, event) {
        json_t *line = json_pack("{s:O}", "event", event);

        events_show_line(options, line);
        json_decref(line);
    }
}

/* @return whether more is wanted */
static bool events_take(void *argument, const json_t *line)
{
    const struct ctl_options *options = argument;
    const json_t *result = json_object_get(line, "result");

    if (result) {
        events_show_first(options, result);
    } else {
        events_show_line(options, line);
    }
    return !ferror(stdout);
}

static int events_follow(const struct ctl_options *options)
{
    json_t *arguments = events_arguments(options);
    int code = EXIT_OK;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    ctl_follow(options, "events", arguments, events_take, &code);
    json_decref(arguments);
    return code;
}

static json_t *events_fetch(const struct ctl_options *options, char **words, int count, int *code)
{
    json_t *arguments = events_arguments(options);
    json_t *result = ctl_ask(options, "events", arguments, code);

    (void)words;
    (void)count;
    json_decref(arguments);
    return result;
}

int ctl_events(const struct ctl_options *options, char **words, int count)
{
    static const struct ctl_look look = {events_fetch, render_events};

    if (count || (options->follow && options->watch)) {
        return -1;
    }
    return options->follow ? events_follow(options) : ctl_look(options, &look, words, count);
}
