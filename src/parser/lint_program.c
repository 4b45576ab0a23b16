/* SPDX-License-Identifier: Apache-2.0
 *
 * Lints over the programs of a configuration. What they are like on this machine is answered by the
 * one who loads. Pure.
 */
#include "parser/lint_view.h"

#include "base/arena.h"
#include "base/text.h"
#include "parser/lookup.h"

#include <string.h>

enum { LINT_REASON_SIZE = 1024 };

/* A program and its user, asked about once for all three lints. */
struct lint_program {
    enum parser_program verdict;
    const char *reason;
    bool told;
};

static struct lint_program *lint_inspect(const struct lint_view *view,
                                         const struct conf_script *script, const char *user,
                                         const char *group)
{
    const struct parser_options *options = view->build->options;
    struct lint_program *program = arena_alloc(view->build->scratch, sizeof(*program));
    char reason[LINT_REASON_SIZE] = "";

    program->verdict = options->inspect(options->inspect_argument, script->argv[0], user, group,
                                        reason, sizeof(reason));
    program->reason = arena_text(view->build->scratch, reason);
    return program;
}

static struct lint_program *lint_find_program(const struct lint_view *view,
                                              const struct conf_script *script)
{
    const struct conf_global *global = &view->conf->global;
    const char *user = script->user ? script->user : global->script_user;
    const char *group = script->user ? script->group : global->script_group;
    struct text_buffer key = {0};
    struct lint_program *known;

    text_append(&key, script->argv[0]);
    text_append(&key, "\n");
    text_append(&key, user ? user : "");
    text_append(&key, "\n");
    text_append(&key, group ? group : "");
    known = lookup_find(view->programs, key.data, key.length);
    if (!known) {
        known = lint_inspect(view, script, user, group);
        (void)lookup_add(view->programs, arena_copy(view->build->scratch, key.data, key.length),
                         key.length, known);
    }
    text_release(&key);
    return known;
}

static void lint_judge_script(const struct lint_view *view, enum lint lint,
                              const struct conf_script *script)
{
    static const enum parser_program verdicts[LINTS] = {
        [LINT_SCRIPT_MISSING] = PARSER_PROGRAM_MISSING,
        [LINT_SCRIPT_NOT_EXECUTABLE] = PARSER_PROGRAM_NOT_EXECUTABLE,
        [LINT_SCRIPT_WRITABLE] = PARSER_PROGRAM_WRITABLE,
    };
    struct lint_program *program;

    if (!script->argv || !script->argv[0]) {
        return;
    }
    program = lint_find_program(view, script);
    if (program->verdict == verdicts[lint] && !program->told) {
        struct source_place place = lint_place(&script->position, script->argv[0]);

        program->told = source_lint(view->build->source, lint, &place, "%s%s", program->reason,
                                    lint == LINT_SCRIPT_WRITABLE ? "" : " (it is not run)");
    }
}

static void lint_judge_notify(const struct lint_view *view, enum lint lint,
                              const struct conf_notify *notify)
{
    const struct conf_script *const scripts[] = {&notify->master, &notify->backup, &notify->fault,
                                                 &notify->stop,   &notify->lower,  &notify->any};

    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        lint_judge_script(view, lint, scripts[i]);
    }
}

static void lint_judge_checks(const struct lint_view *view, enum lint lint,
                              const struct conf_real_server *server)
{
    const struct conf_check *check;

    STAILQ_FOREACH(check, &server->checks, next) {
        if (check->kind == CONF_CHECK_MISC) {
            lint_judge_script(view, lint, &((const struct conf_misc_check *)check)->script);
        }
    }
}

static void lint_judge_service(const struct lint_view *view, enum lint lint,
                               const struct conf_virtual_server *service)
{
    const struct conf_real_server *server;

    lint_judge_script(view, lint, &service->quorum_up);
    lint_judge_script(view, lint, &service->quorum_down);
    STAILQ_FOREACH(server, &service->servers, next) {
        lint_judge_script(view, lint, &server->notify_up);
        lint_judge_script(view, lint, &server->notify_down);
        lint_judge_checks(view, lint, server);
    }
}

void lint_programs(struct lint_view *view, enum lint lint)
{
    const struct conf_vrrp_script *script;
    const struct conf_instance *instance;
    const struct conf_sync_group *group;
    const struct conf_virtual_server *service;

    if (!view->build->options->inspect) {
        return;
    }
    STAILQ_FOREACH(script, &view->conf->scripts, next) {
        lint_judge_script(view, lint, &script->script);
    }
    STAILQ_FOREACH(instance, &view->conf->instances, next) {
        lint_judge_notify(view, lint, &instance->notify);
    }
    STAILQ_FOREACH(group, &view->conf->sync_groups, next) {
        lint_judge_notify(view, lint, &group->notify);
    }
    STAILQ_FOREACH(service, &view->conf->virtual_servers, next) {
        lint_judge_service(view, lint, service);
    }
}
