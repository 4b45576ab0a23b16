/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl's commands about the services of IPVS.
 */
#include "ctl.h"

#include "base/clock.h"
#include "base/text.h"
#include "control/render.h"
#include "control/target.h"
#include "control/view.h"

int ctl_say_problem(struct text_buffer *problem)
{
    (void)fprintf(stderr, "holdfastctl: %s\n", problem->data);
    text_release(problem);
    return EXIT_REFUSED;
}

/* ---- Services ---------------------------------------------------------------------------------- */

json_t *ctl_view(const struct ctl_options *options, const char *word, int *code)
{
    json_t *status = ctl_ask(options, "status", NULL, code);
    struct text_buffer problem = {0};
    json_t *view = status ? view_services(status, word, &problem) : NULL;

    if (status && !view) {
        *code = ctl_say_problem(&problem);
    }
    json_decref(status);
    return view;
}

int ctl_services(const struct ctl_options *options, char **words, int count)
{
    const struct render_options render = {ctl_wants_colour(), clock_wall()};
    struct text_buffer text = {0};
    int code = EXIT_OK;
    json_t *view;

    if (count > 1) {
        return -1;
    }
    view = ctl_view(options, count ? words[0] : NULL, &code);
    if (view && options->json) {
        ctl_print_json(view);
    } else if (view) {
        render_services(view, &render, &text);
        ctl_print(&text, stdout);
    }
    json_decref(view);
    return code;
}

/* ---- Connections ------------------------------------------------------------------------------- */

/* What the entries of a service, and of one of its servers where that is given, have. */
static json_t *ctl_match(const json_t *service, const json_t *server)
{
    return json_pack("{s:O*, s:O*, s:O*, s:O*, s:O*}", "protocol",
                     json_object_get(service, "protocol"), "address",
                     json_object_get(service, "address"), "port", json_object_get(service, "port"),
                     "server", json_object_get(server, "address"), "server_port",
                     json_object_get(server, "port"));
}

/* Of services as view_services() narrowed them. An entry does not tell its mark, so it is known by the servers. */
static json_t *ctl_matches(const json_t *services, bool narrow)
{
    json_t *matches = json_array();
    json_t *service;
    json_t *server;
    size_t i;
    size_t k;

    json_array_foreach(services, i, service) {
        json_t *sorry = json_object_get(service, "sorry_server");

        if (!narrow && !json_is_integer(json_object_get(service, "fwmark"))) {
            json_array_append_new(matches, ctl_match(service, NULL));
            continue;
        }
        json_array_foreach(json_object_get(service, "servers"), k, server) {
            json_array_append_new(matches, ctl_match(service, server));
        }
        if (json_is_object(sorry)) {
            json_array_append_new(matches, ctl_match(service, sorry));
        }
    }
    return matches;
}

/* Whether a word names servers rather than a whole service. */
static bool ctl_names_server(const json_t *view)
{
    return json_is_true(json_object_get(view, "narrowed"));
}

int ctl_connections(const struct ctl_options *options, char **words, int count)
{
    const struct render_options render = {ctl_wants_colour(), clock_wall()};
    json_t *arguments = json_pack("{s:I}", "limit", (json_int_t)options->limit);
    struct text_buffer text = {0};
    json_t *result = NULL;
    int code = EXIT_OK;

    if (count > 1) {
        code = -1;
        goto out;
    }
    if (count) {
        json_t *view = ctl_view(options, words[0], &code);

        if (!view) {
            goto out;
        }
        json_object_set_new(arguments, "only",
                            ctl_matches(json_object_get(view, "services"), ctl_names_server(view)));
        json_decref(view);
    }
    result = ctl_ask(options, "connections", arguments, &code);
    if (result && options->json) {
        ctl_print_json(result);
    } else if (result) {
        render_connection_list(result, &render, &text);
        ctl_print(&text, stdout);
    }
out:
    json_decref(result);
    json_decref(arguments);
    return code;
}

/* ---- Steering ---------------------------------------------------------------------------------- */

static int ctl_order(const struct ctl_options *options, json_t *arguments)
{
    int code = EXIT_OK;
    json_t *result = ctl_ask(options, "server", arguments, &code);
    struct text_buffer text = {0};

    if (result && options->json) {
        ctl_print_json(result);
    } else if (result) {
        render_order(result, &text);
        ctl_print(&text, stdout);
    }
    json_decref(result);
    return code;
}

/* @param weight  NULL: the action takes none; its reference is taken */
static int ctl_steer(const struct ctl_options *options, const char *action, const char *word,
                     json_t *weight)
{
    int code = EXIT_OK;
    json_t *status = ctl_ask(options, "status", NULL, &code);
    struct text_buffer problem = {0};
    const json_t *service = NULL;
    const json_t *server =
        status ? target_server(json_object_get(status, "services"), word, &service, &problem)
               : NULL;

    if (status && !server) {
        code = ctl_say_problem(&problem);
    }
    if (server) {
        json_t *arguments =
            json_pack("{s:s, s:O, s:O}", "action", action, "service",
                      json_object_get(service, "name"), "server", json_object_get(server, "name"));

        if (weight) {
            json_object_set(arguments, "weight", weight);
        }
        if (options->span) {
            json_object_set_new(arguments, "for_ms",
                                json_integer(options->span / CLOCK_MILLISECOND));
        }
        code = ctl_order(options, arguments);
        json_decref(arguments);
    }
    json_decref(weight);
    json_decref(status);
    return code;
}

int ctl_drain(const struct ctl_options *options, char **words, int count)
{
    return count == 1 ? ctl_steer(options, "drain", words[0], NULL) : -1;
}

int ctl_undrain(const struct ctl_options *options, char **words, int count)
{
    return count == 1 && !options->span ? ctl_steer(options, "ready", words[0], NULL) : -1;
}

int ctl_maint(const struct ctl_options *options, char **words, int count)
{
    return count == 1 ? ctl_steer(options, "maint", words[0], NULL) : -1;
}

int ctl_weight(const struct ctl_options *options, char **words, int count)
{
    uint64_t weight;

    if (count != 2 || !text_parse_unsigned(words[1], INT32_MAX, &weight)) {
        return -1;
    }
    return ctl_steer(options, "weight", words[0], json_integer((json_int_t)weight));
}
