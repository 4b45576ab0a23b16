/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl's commands that steer instances, the whole director and the log, and that list what was
 * asked for.
 */
#include "ctl.h"

#include "base/clock.h"
#include "base/text.h"
#include "control/render.h"
#include "control/target.h"
#include "plan.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    STEER_MOST_PRIORITY = 253,
    STEER_COLUMN = 14,
};

#define STEER_GLANCE_NS (100 * CLOCK_MILLISECOND) /* how often a drain is looked at */

static const char *steer_word(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static void steer_add_span(const struct ctl_options *options, json_t *arguments)
{
    if (options->span) {
        json_object_set_new(arguments, "for_ms", json_integer(options->span / CLOCK_MILLISECOND));
    }
}

/* ---- Instances --------------------------------------------------------------------------------- */

/* "priority +200: 254 (it stays in 1..254, the sum is 350)" */
static void steer_show_priority(const json_t *operator, const json_t * priority)
{
    json_int_t effective = json_integer_value(json_object_get(priority, "effective"));
    json_int_t sum = json_integer_value(json_object_get(priority, "sum"));

    (void)printf("priority %+lld",
                 (long long)json_integer_value(json_object_get(operator, "priority")));
    if (json_is_true(json_object_get(operator, "demoted")) || !json_is_object(priority)) {
        return;
    }
    (void)printf(": %lld", (long long)effective);
    if (sum != effective) {
        (void)printf(" (it stays in 1..254, the sum is %lld)", (long long)sum);
    }
}

/* "VI_1: demoted, priority -5, until 2026-11-28 12:00:00, with VI_2 of its sync group" */
static void steer_show_instance(const json_t *result)
{
    const json_t *operator= json_object_get(result, "operator");
    const json_t *together = json_object_get(result, "together");
    bool demoted = json_is_true(json_object_get(operator, "demoted"));
    bool moved = json_integer_value(json_object_get(operator, "priority")) != 0;
    const char *until = steer_word(operator, "until");
    const json_t *other;
    size_t i;

    (void)printf("%s: %s%s", steer_word(result, "instance"),
                 demoted ? "demoted"
                 : moved ? ""
                         : "as configured",
                 demoted && moved ? ", " : "");
    if (moved) {
        steer_show_priority(operator, json_object_get(result, "priority"));
    }
    (void)printf("%s%s", *until ? ", until " : "", until);
    json_array_foreach(together, i, other) {
        (void)printf("%s%s", i ? ", " : "; its sync group with it: ", json_string_value(other));
    }
    (void)printf("\n");
}

static int steer_instance(const struct ctl_options *options, json_t *arguments)
{
    int code = EXIT_OK;
    json_t *result = ctl_ask(options, "instance", arguments, &code);

    if (result && options->json) {
        ctl_print_json(result);
    } else if (result) {
        steer_show_instance(result);
    }
    json_decref(result);
    json_decref(arguments);
    return code;
}

int ctl_demote(const struct ctl_options *options, char **words, int count)
{
    json_t *arguments;

    if (count != 1) {
        return -1;
    }
    arguments = json_pack("{s:s, s:s}", "action", "demote", "instance", words[0]);
    steer_add_span(options, arguments);
    return steer_instance(options, arguments);
}

int ctl_release(const struct ctl_options *options, char **words, int count)
{
    return count == 1 && !options->span
               ? steer_instance(options,
                                json_pack("{s:s, s:s}", "action", "release", "instance", words[0]))
               : -1;
}

/* "-20" has been taken for options: --minus. */
int ctl_prio(const struct ctl_options *options, char **words, int count)
{
    int64_t number = -(int64_t)options->minus;
    const char *name = count ? words[count - 1] : NULL;
    json_t *arguments;

    if (count != (number ? 1 : 2) ||
        (!number &&
         !text_parse_signed(words[0], -STEER_MOST_PRIORITY, STEER_MOST_PRIORITY, &number)) ||
        !number || number < -STEER_MOST_PRIORITY) {
        return -1;
    }
    arguments = json_pack("{s:s, s:s, s:I}", "action", "priority", "instance", name, "number",
                          (json_int_t)number);
    steer_add_span(options, arguments);
    return steer_instance(options, arguments);
}

/* ---- Servers and peers ------------------------------------------------------------------------- */

/* Asks for what changes the configuration, and shows what it changed. The arguments' reference is taken. */
static int steer_patch(const struct ctl_options *options, const char *command, json_t *arguments)
{
    struct text_buffer text = {0};
    int code = EXIT_OK;
    json_t *result;

    steer_add_span(options, arguments);
    result = ctl_ask(options, command, arguments, &code);
    if (result && options->json) {
        ctl_print_json(result);
    } else if (result) {
        plan_write_done(json_object_get(result, "changes"), &text);
        ctl_print(&text, stdout);
    }
    json_decref(result);
    json_decref(arguments);
    return code;
}

/* The one service that a word names, as the status has it, new; NULL: `code` is set. */
static json_t *steer_service(const struct ctl_options *options, const char *word, int *code)
{
    json_t *status = ctl_ask(options, "status", NULL, code);
    struct text_buffer problem = {0};
    json_t *found = status ? target_all(json_object_get(status, "services"), word, &problem) : NULL;
    json_t *service = NULL;

    if (status && !found) {
        *code = ctl_say_problem(&problem);
    } else if (found && (json_array_size(found) != 1 ||
                         !json_is_null(json_object_get(json_array_get(found, 0), "server")))) {
        text_appendf(&problem, "\"%s\" is not one virtual server", word);
        *code = ctl_say_problem(&problem);
    } else if (found) {
        service = json_incref(json_object_get(json_array_get(found, 0), "service"));
    }
    json_decref(found);
    json_decref(status);
    return service;
}

/* SERVICE ADDRESS:PORT [weight NUMBER] [like SERVER] */
static int steer_add(const struct ctl_options *options, char **words, int count)
{
    json_t *arguments;
    json_t *service;
    int code = EXIT_OK;

    if (count < 2 || count % 2) {
        return -1;
    }
    arguments = json_pack("{s:s, s:s}", "action", "add", "server", words[1]);
    for (int i = 2; i < count; i += 2) {
        uint64_t weight;

        if (strcmp(words[i], "weight") == 0 &&
            text_parse_unsigned(words[i + 1], INT32_MAX, &weight)) {
            json_object_set_new(arguments, "weight", json_integer((json_int_t)weight));
        } else if (strcmp(words[i], "like") == 0) {
            json_object_set_new(arguments, "like", json_string(words[i + 1]));
        } else {
            json_decref(arguments);
            return -1;
        }
    }
    service = steer_service(options, words[0], &code);
    if (!service) {
        json_decref(arguments);
        return code;
    }
    json_object_set(arguments, "service", json_object_get(service, "name"));
    json_decref(service);
    return steer_patch(options, "server", arguments);
}

/* SERVICE/SERVER. One whose service has gone can be named as it was. */
static int steer_del(const struct ctl_options *options, const char *word)
{
    int code = EXIT_OK;
    const char *service;
    const char *server;
    json_t *status = ctl_find_server(options, word, &service, &server, &code);

    if (status) {
        code = steer_patch(
            options, "server",
            json_pack("{s:s, s:s, s:s}", "action", "del", "service", service, "server", server));
    }
    json_decref(status);
    return code;
}

/*
 * ready|drain|maint|weight of SERVICE/SERVER in any form of its name, or of SERVICE SERVER as the status has
 * them; weight has a number behind that.
 */
static int steer_order(const struct ctl_options *options, char **words, int count)
{
    bool weighs = strcmp(words[0], "weight") == 0;
    int names = count - 1 - (weighs ? 1 : 0);
    json_t *number = NULL;
    uint64_t weight = 0;

    if (names < 1 || names > 2 || (names == 1 && !strchr(words[1], '/')) ||
        (weighs && !text_parse_unsigned(words[count - 1], INT32_MAX, &weight))) {
        return -1;
    }
    number = weighs ? json_integer((json_int_t)weight) : NULL;
    return names == 1 ? ctl_order_server(options, words[0], words[1], number)
                      : ctl_order_named(options, words[0], words[1], words[2], number);
}

int ctl_server(const struct ctl_options *options, char **words, int count)
{
    if (count < 2) {
        return -1;
    }
    if (strcmp(words[0], "add") == 0) {
        return steer_add(options, words + 1, count - 1);
    }
    if (strcmp(words[0], "del") == 0) {
        return count == 2 ? steer_del(options, words[1]) : -1;
    }
    return steer_order(options, words, count);
}

int ctl_peer(const struct ctl_options *options, char **words, int count)
{
    if (count != 3) {
        return -1;
    }
    return steer_patch(options, "peer",
                       json_pack("{s:s, s:s, s:s}", "action", words[0], "instance", words[1],
                                 "address", words[2]));
}

/* ---- The director ------------------------------------------------------------------------------ */

static json_t *steer_node_ask(const struct ctl_options *options, const char *action, int *code)
{
    json_t *arguments = json_pack("{s:s}", "action", action);
    json_t *result;

    if (strcmp(action, "drain") == 0) {
        steer_add_span(options, arguments);
        json_object_set_new(arguments, "force", json_boolean(options->force));
    }
    result = ctl_ask(options, "node", arguments, code);
    json_decref(arguments);
    return result;
}

/* "handed over to 10.0.0.2", or what else became of it. */
static void steer_tell_drained(const json_t *one)
{
    bool was_master = json_is_true(json_object_get(one, "was_master"));
    const char *successor = steer_word(one, "successor");

    (void)printf("%s: ", steer_word(one, "name"));
    if (was_master) {
        (void)printf("%s%s\n",
                     *successor ? "handed over to " : "gives up, no other router was heard",
                     successor);
    } else {
        (void)printf("was not master%s%s%s\n", *successor ? "; " : "", successor,
                     *successor ? " is" : "");
    }
}

/* Tells of those that are done since `told`, in their order. @return how many are told now */
static size_t steer_tell_progress(const json_t *result, size_t told)
{
    const json_t *instances = json_object_get(result, "instances");

    for (; told < json_array_size(instances); told++) {
        const json_t *one = json_array_get(instances, told);
        const char *state = steer_word(one, "state");

        if (strcmp(state, "drained") == 0) {
            steer_tell_drained(one);
        } else if (strcmp(state, "no-successor") == 0) {
            (void)printf("%s: no other router takes its place\n", steer_word(one, "name"));
        } else {
            break;
        }
    }
    (void)fflush(stdout);
    return told;
}

/* Follows a drain to its end. @return its last state; NULL: `code` is set */
static json_t *steer_follow(const struct ctl_options *options, json_t *result, int *code)
{
    const struct timespec pause = {.tv_nsec = STEER_GLANCE_NS};
    const int64_t started = clock_now();
    size_t told = 0;

    while (result) {
        if (!options->json) {
            told = steer_tell_progress(result, told);
        }
        if (!json_is_true(json_object_get(result, "running"))) {
            return result;
        }
        if (clock_now() - started > options->timeout * (int64_t)(told + 1)) {
            (void)fprintf(stderr, "holdfastctl: it takes too long (--timeout); it goes on: "
                                  "holdfastctl node status tells\n");
            *code = EXIT_UNREACHABLE;
            return result;
        }
        json_decref(result);
        (void)nanosleep(&pause, NULL);
        result = steer_node_ask(options, "status", code);
    }
    return NULL;
}

static void steer_show_node(const json_t *result, bool drains)
{
    const char *until = steer_word(result, "until");

    if (json_is_true(json_object_get(result, "running"))) {
        (void)printf("it is being drained\n");
    } else if (json_is_true(json_object_get(result, "drained"))) {
        (void)printf("drained: it takes no part until %s%s\"holdfastctl node resume\"\n", until,
                     *until ? ", or " : "");
    } else if (json_is_true(json_object_get(result, "failed")) && drains) {
        (void)printf("not drained, all instances go on as before; --force drains all the same\n");
    } else {
        (void)printf("takes part\n");
    }
}

int ctl_node(const struct ctl_options *options, char **words, int count)
{
    static const char *const actions[] = {"drain", "resume", "status"};
    const char *action = NULL;
    int code = EXIT_OK;
    json_t *result;
    bool drains;

    for (size_t i = 0; count == 1 && i < sizeof(actions) / sizeof(actions[0]); i++) {
        action = strcmp(words[0], actions[i]) == 0 ? actions[i] : action;
    }
    drains = action && strcmp(action, "drain") == 0;
    if (!action || ((options->span || options->force) && !drains)) {
        return -1;
    }
    result = steer_node_ask(options, action, &code);
    if (result && drains) {
        result = steer_follow(options, result, &code);
    }
    if (!result) {
        return code;
    }
    if (options->json) {
        ctl_print_json(result);
    } else if (code == EXIT_OK) {
        steer_show_node(result, drains);
    }
    if (code == EXIT_OK && drains && !json_is_true(json_object_get(result, "drained"))) {
        code = EXIT_REFUSED;
    }
    json_decref(result);
    return code;
}

/* ---- The log, and the list --------------------------------------------------------------------- */

int ctl_log(const struct ctl_options *options, char **words, int count)
{
    json_t *arguments;
    json_t *result;
    int code = EXIT_OK;

    if (count != 1) {
        return -1;
    }
    arguments = json_pack("{s:s}", "level", words[0]);
    steer_add_span(options, arguments);
    result = ctl_ask(options, "log", arguments, &code);
    if (result && options->json) {
        ctl_print_json(result);
    } else if (result) {
        (void)printf("log level %s%s\n", steer_word(result, "level"),
                     options->span ? " for that time" : "");
    }
    json_decref(result);
    json_decref(arguments);
    return code;
}

static void steer_show_override(const json_t *one)
{
    const char *object = steer_word(one, "object");
    const char *part = steer_word(one, "part");
    const char *until = steer_word(one, "until");

    (void)printf("%s%s%s: %s%s\n", *object ? object : "this director", *part ? "/" : "", part,
                 steer_word(one, "text"),
                 json_is_true(json_object_get(one, "effect"))
                     ? ""
                     : " (without effect: it is not in the configuration, or cannot follow)");
    (void)printf("%*s%s, since %s, until %s\n", 4, "", steer_word(one, "by"),
                 steer_word(one, "since"), *until ? until : "it is undone");
}

int ctl_overrides(const struct ctl_options *options, char **words, int count)
{
    int code = EXIT_OK;
    json_t *result;
    const json_t *one;
    size_t i;

    (void)words;
    if (count != 0) {
        return -1;
    }
    result = ctl_ask(options, "overrides", NULL, &code);
    if (result && options->json) {
        ctl_print_json(result);
    } else if (result) {
        json_array_foreach(json_object_get(result, "overrides"), i, one) {
            steer_show_override(one);
        }
        if (!json_array_size(json_object_get(result, "overrides"))) {
            (void)printf("nothing is overridden: all is as configured\n");
        }
    }
    json_decref(result);
    return code;
}
