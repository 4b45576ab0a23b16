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

/* ---- Connections ------------------------------------------------------------------------------- */

/* Adds what the entries of the named services have. */
static int ctl_choose_connections(const struct ctl_options *options, const char *word,
                                  json_t *arguments)
{
    int code = EXIT_OK;
    json_t *view = ctl_view(options, word, &code);
    json_t *only = view ? view_connections(view) : NULL;

    if (json_array_size(only) > VIEW_CONNECTIONS_LIMIT) {
        (void)fprintf(
            stderr,
            "holdfastctl: %s is known by %zu servers, and connections are looked for by up "
            "to %d: name one, as %s/SERVER\n",
            word, json_array_size(only), VIEW_CONNECTIONS_LIMIT, word);
        code = EXIT_REFUSED;
    }
    if (only) {
        json_object_set(arguments, "only", only);
    }
    json_decref(only);
    json_decref(view);
    return code;
}

int ctl_connections(const struct ctl_options *options, char **words, int count)
{
    const struct render_options render = ctl_render_options();
    json_t *arguments = json_pack("{s:I}", "limit", (json_int_t)options->limit);
    struct text_buffer text = {0};
    json_t *result = NULL;
    int code = EXIT_OK;

    if (count > 1) {
        code = -1;
        goto out;
    }
    if (count) {
        code = ctl_choose_connections(options, words[0], arguments);
        if (code != EXIT_OK) {
            goto out;
        }
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

int ctl_order_named(const struct ctl_options *options, const char *action, const char *service,
                    const char *server, json_t *weight)
{
    json_t *arguments =
        json_pack("{s:s, s:s, s:s}", "action", action, "service", service, "server", server);
    int code;

    if (weight) {
        json_object_set_new(arguments, "weight", weight);
    }
    if (options->span) {
        json_object_set_new(arguments, "for_ms", json_integer(options->span / CLOCK_MILLISECOND));
    }
    code = ctl_order(options, arguments);
    json_decref(arguments);
    return code;
}

json_t *ctl_find_server(const struct ctl_options *options, const char *word, const char **service,
                        const char **server, int *code)
{
    json_t *status = ctl_ask(options, "status", NULL, code);
    struct text_buffer problem = {0};
    const json_t *of = NULL;
    const json_t *found =
        status ? target_server(json_object_get(status, "services"), word, &of, &problem) : NULL;

    if (found) {
        *service = json_string_value(json_object_get(of, "name"));
        *server = json_string_value(json_object_get(found, "name"));
        return status;
    }
    if (status) {
        *code = ctl_say_problem(&problem);
        json_decref(status);
    }
    return NULL;
}

int ctl_order_server(const struct ctl_options *options, const char *action, const char *word,
                     json_t *weight)
{
    int code = EXIT_OK;
    const char *service;
    const char *server;
    json_t *status = ctl_find_server(options, word, &service, &server, &code);

    if (status) {
        code = ctl_order_named(options, action, service, server, json_incref(weight));
    }
    json_decref(weight);
    json_decref(status);
    return code;
}

int ctl_drain(const struct ctl_options *options, char **words, int count)
{
    return count == 1 ? ctl_order_server(options, "drain", words[0], NULL) : -1;
}

int ctl_undrain(const struct ctl_options *options, char **words, int count)
{
    return count == 1 && !options->span ? ctl_order_server(options, "ready", words[0], NULL) : -1;
}

int ctl_maint(const struct ctl_options *options, char **words, int count)
{
    return count == 1 ? ctl_order_server(options, "maint", words[0], NULL) : -1;
}

int ctl_weight(const struct ctl_options *options, char **words, int count)
{
    uint64_t weight;

    if (count != 2 || !text_parse_unsigned(words[1], INT32_MAX, &weight)) {
        return -1;
    }
    return ctl_order_server(options, "weight", words[0], json_integer((json_int_t)weight));
}
