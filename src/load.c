/* SPDX-License-Identifier: Apache-2.0
 *
 * Loading a configuration, and telling what was found in it.
 */
#include "load.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/worker.h"
#include "inspect.h"
#include "mark.h"
#include "parser/conf.h"
#include "parser/diag.h"
#include "parser/diff.h"
#include "parser/parser.h"
#include "parser/patch.h"
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>

struct load {
    struct worker *worker;
    struct load_request request;
    char *file;                     /* the request's */
    char *config_id;                /* the request's */
    char *mark;                     /* the request's */
    struct override_list overrides; /* the request's */
    struct override_list in_force;  /* the request's */
    load_function function;
    void *argument;
};

/* Whether the file says something else than what is in force. */
static bool load_differs(const struct load_request *request, struct conf *conf)
{
    struct diff *diff;
    bool differs;

    patch_apply(conf, request->in_force);
    diff = diff_new(request->before, conf);
    differs = !STAILQ_EMPTY(diff_objects(diff));
    diff_free(diff);
    return differs;
}

/* Beside what the file says. */
static void load_finish(const struct load_request *request, struct load_result *result)
{
    struct diff *diff;

    if (result->conf && request->overrides) {
        patch_apply(result->conf, request->overrides);
    }
    if (result->conf && request->before) {
        diff = diff_new(request->before, result->conf);
        result->changes = plan_document(request->file, diff, NULL);
        diff_free(diff);
    }
}

struct load_result load_now(const struct load_request *request)
{
    struct parser_machine machine = {0};
    struct inspect_kernel *kernel = inspect_kernel_new(NULL); /* all namespaces have the same */
    struct parser_options options = {
        .config_id = request->config_id,
        .silence = request->silence,
        .check_includes = request->check_includes,
        .origins = request->origins,
        .keys = request->outside ? PARSER_KEYS_AT_HAND : PARSER_KEYS_ALL,
        .inside = request->inside,
        .inspect = inspect_program,
        .lacks = inspect_lacks_module,
        .lacks_argument = kernel,
        .kernel_version = inspect_kernel_version(),
    };
    struct load_result result = {0};
    int64_t start = clock_now();

    if (request->mark) {
        result.mark_error = mark_set(request->mark);
    }
    if (!request->elsewhere && inspect_machine(&machine) == 0) {
        options.machine = &machine;
    }
    result.conf = parser_load(request->file, &options, &result.diagnostics);
    if (result.conf && request->in_force) {
        result.differs = load_differs(request, result.conf);
        conf_free(result.conf); /* it has overrides now that it may be to lose */
        result.conf = NULL;
    }
    if (request->in_force && !result.differs && !diag_count(result.diagnostics, DIAG_ERROR)) {
        diag_free(result.diagnostics);
        result.conf = parser_load(request->file, &options, &result.diagnostics);
    }
    load_finish(request, &result);
    if (request->mark && !result.mark_error) {
        result.mark_error = mark_clear(request->mark);
    }
    result.duration = clock_now() - start;
    inspect_machine_free(&machine);
    inspect_kernel_free(kernel);
    return result;
}

static void load_free(struct load *load)
{
    free(load->file);
    free(load->config_id);
    free(load->mark);
    override_release(&load->overrides);
    override_release(&load->in_force);
    free(load);
}

static void *load_work(void *argument)
{
    const struct load *load = argument;
    struct load_result *result = memory_new(1, sizeof(*result));

    *result = load_now(&load->request);
    return result;
}

static void load_done(void *argument, void *result_pointer)
{
    struct load *load = argument;
    struct load_result result = *(struct load_result *)result_pointer;
    load_function function = load->function;
    void *function_argument = load->argument;

    free(result_pointer);
    load_free(load);
    function(function_argument, result);
}

struct load *load_start(struct loop *loop, const struct load_request *request,
                        load_function function, void *argument)
{
    struct load *load = memory_new(1, sizeof(*load));

    load->file = memory_text(request->file);
    load->config_id = request->config_id ? memory_text(request->config_id) : NULL;
    load->mark = request->mark ? memory_text(request->mark) : NULL;
    load->request = *request;
    if (request->overrides) {
        load->overrides = override_copy(request->overrides);
        load->request.overrides = &load->overrides;
    }
    if (request->in_force) {
        load->in_force = override_copy(request->in_force);
        load->request.in_force = &load->in_force;
    }
    load->request.mark = load->mark;
    load->request.file = load->file;
    load->request.config_id = load->config_id;
    load->function = function;
    load->argument = argument;
    load->worker = worker_start(loop, load_work, load_done, load);
    if (!load->worker) {
        load_free(load);
        return NULL;
    }
    return load;
}

void load_cancel(struct load *load)
{
    struct load_result *result;

    if (!load) {
        return;
    }
    result = worker_cancel(load->worker);
    load_dispose(result);
    free(result);
    load_free(load);
}

void load_dispose(struct load_result *result)
{
    conf_free(result->conf);
    diag_free(result->diagnostics);
    json_decref(result->changes);
    *result = (struct load_result){0};
}

void load_print(const struct load_result *result)
{
    struct text_buffer text = {0};

    diag_write_all(result->diagnostics, &text);
    if (text.data) {
        (void)fputs(text.data, stderr);
    }
    text_release(&text);
}

/* The log itself puts "error" and "warning" before a message. */
static const struct {
    enum log_level level;
    const char *prefix;
    const char *word;
} load_severities[DIAG_SEVERITIES] = {
    [DIAG_ERROR] = {LOG_LEVEL_ERROR, "", "error"},
    [DIAG_WARNING] = {LOG_LEVEL_WARNING, "", "warning"},
    [DIAG_REMARK] = {LOG_LEVEL_NOTICE, "note: ", "note"},
    [DIAG_NOTE] = {LOG_LEVEL_NOTICE, "note: ", "note"},
};

void load_log(const struct load_result *result, struct log *log)
{
    const struct diag *diag;

    for (size_t i = 0; (diag = diag_at(result->diagnostics, i)); i++) {
        struct text_buffer where = {0};

        text_append(&where, diag->position.file ? diag->position.file : "");
        if (diag->position.line) {
            text_appendf(&where, ":%u:%u", diag->position.line, diag->position.column);
        }
        log_event(log, load_severities[diag->severity].level, where.data, "%s%s",
                  load_severities[diag->severity].prefix, diag->message);
        text_release(&where);
    }
}

json_t *load_diagnostics(const struct load_result *result)
{
    json_t *list = json_array();
    const struct diag *diag;

    for (size_t i = 0; (diag = diag_at(result->diagnostics, i)); i++) {
        json_t *item = json_pack(
            "{s:s, s:o, s:i, s:i, s:o}", "severity", load_severities[diag->severity].word, "file",
            json_from_text(diag->position.file), "line", (int)diag->position.line, "column",
            (int)diag->position.column, "message", json_from_text(diag->message));

        if (diag->lint) {
            json_object_set_new(item, "lint", json_string(diag->lint));
        }
        json_array_append_new(list, item);
    }
    return list;
}

char *load_diagnostics_text(const struct load_result *result)
{
    json_t *list = load_diagnostics(result);
    char *text = json_dumps(list, JSON_COMPACT);

    json_decref(list);
    return text;
}

void load_print_json(const struct load_result *result, const char *file)
{
    json_t *json = json_pack("{s:o, s:b, s:I, s:I, s:f, s:o}", "file", json_from_text(file),
                             "usable", result->conf != NULL, "errors",
                             (json_int_t)diag_count(result->diagnostics, DIAG_ERROR), "warnings",
                             (json_int_t)diag_count(result->diagnostics, DIAG_WARNING),
                             "duration_ms", (double)result->duration / (double)CLOCK_MILLISECOND,
                             "diagnostics", load_diagnostics(result));

    (void)json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    (void)putchar('\n');
    json_decref(json);
}
