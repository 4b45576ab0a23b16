/* SPDX-License-Identifier: Apache-2.0
 *
 * The text views of what the daemon answers, as a whole, and of the daemon itself. Where anything
 * is not well they say why. Pure.
 */
#include "control/render.h"

#include "base/text.h"
#include "control/render_inside.h"

#include <stdio.h>
#include <string.h>

enum { RENDER_PROBLEMS = 5 }; /* of the last reload, in the status */

static void render_daemon(const struct render *render, const json_t *daemon)
{
    char age[CLOCK_TEXT_SIZE];
    char pid[RENDER_TEXT_SIZE];

    render_line(render, 0, TABLE_PLAIN, "holdfastd %s, pid %s, up %s, %s%s%s%s%s",
                render_string(daemon, "version"), render_count(pid, daemon, "pid"),
                render_age(age, render, daemon, "started"), render_string(daemon, "config_file"),
                render_has_text(daemon, "config_id") ? ", id " : "",
                render_has_text(daemon, "config_id") ? render_string(daemon, "config_id") : "",
                render_has_text(daemon, "namespace") ? ", namespace " : "",
                render_has_text(daemon, "namespace") ? render_string(daemon, "namespace") : "");
}

static void render_diagnostic(const json_t *diagnostic, char *text, size_t size)
{
    if (render_has_text(diagnostic, "file")) {
        (void)snprintf(text, size, "%s:%" JSON_INTEGER_FORMAT ":%" JSON_INTEGER_FORMAT ": %s: %s",
                       render_string(diagnostic, "file"), render_number(diagnostic, "line"),
                       render_number(diagnostic, "column"), render_string(diagnostic, "severity"),
                       render_string(diagnostic, "message"));
    } else {
        (void)snprintf(text, size, "%s: %s", render_string(diagnostic, "severity"),
                       render_string(diagnostic, "message"));
    }
}

static void render_planned_reload(const struct render *render, const json_t *reload)
{
    if (render_has_text(reload, "planned")) {
        render_line(render, 0, TABLE_ODD, "reload: planned for %s",
                    render_string(reload, "planned"));
    }
}

static void render_reload_state(const struct render *render, const json_t *reload)
{
    const json_t *last = json_object_get(reload, "last");
    bool failed = render_is(last, "result", "failed");
    char age[CLOCK_TEXT_SIZE];
    char took[CLOCK_TEXT_SIZE];
    json_t *diagnostic;
    size_t i;

    if (!json_is_object(last) || render_is(last, "result", "none")) {
        render_line(render, 0, TABLE_PLAIN, "reload: none since the start");
        return;
    }
    render_line(render, 0, failed ? TABLE_BAD : TABLE_PLAIN,
                "reload: %s %s ago, took %s: %s (number %" JSON_INTEGER_FORMAT ")",
                failed ? "REFUSED" : "ok", render_age(age, render, last, "at"),
                render_ms(took, last, "duration_ms"), render_string(last, "message"),
                render_number(reload, "count"));
    json_array_foreach(json_object_get(last, "diagnostics"), i, diagnostic) {
        char text[512];

        if (i == RENDER_PROBLEMS) {
            render_line(render, 2, TABLE_FAINT, "... and %zu more",
                        json_array_size(json_object_get(last, "diagnostics")) - i);
            break;
        }
        render_diagnostic(diagnostic, text, sizeof(text));
        render_line(render, 2, TABLE_PLAIN, "%s", text);
    }
}

static void render_loop(const struct render *render, const json_t *loop)
{
    const json_t *lag = json_object_get(loop, "lag");
    char p50[CLOCK_TEXT_SIZE];
    char p99[CLOCK_TEXT_SIZE];
    char max[CLOCK_TEXT_SIZE];

    render_line(render, 0, TABLE_PLAIN,
                "loop: timers late by %s (half of them), %s (99 %%), %s at most",
                render_us(p50, lag, "p50_us"), render_us(p99, lag, "p99_us"),
                render_us(max, lag, "max_us"));
}

static void render_mail(const struct render *render, const json_t *mail)
{
    const json_t *error = json_object_get(mail, "last_error");
    char sent[RENDER_TEXT_SIZE];
    char waiting[RENDER_TEXT_SIZE];
    char lost[RENDER_TEXT_SIZE];

    if (!json_is_object(mail)) {
        return;
    }
    render_line(render, 0, TABLE_PLAIN, "mail by %s: %s sent, %s event%s waiting, %s lost",
                render_string(mail, "server"), render_count(sent, mail, "sent"),
                render_count(waiting, mail, "waiting"),
                text_plural((uint64_t)render_number(mail, "waiting")),
                render_count(lost, mail, "lost"));
    if (json_is_object(error)) {
        char age[CLOCK_TEXT_SIZE];

        render_line(render, 2, TABLE_ODD, "%s (%s ago)", render_string(error, "text"),
                    render_ms(age, error, "ms_ago"));
    }
}

/* Those that are not what they count as. */
static void render_links(const struct render *render, const json_t *links)
{
    json_t *link;
    size_t i;

    json_array_foreach(links, i, link) {
        char left[CLOCK_TEXT_SIZE];

        if (json_is_number(json_object_get(link, "changes_in_ms"))) {
            render_line(
                render, 0, TABLE_ODD, "%s is %s, and counts as %s for another %s",
                render_string(link, "interface"), render_true(link, "seen_up") ? "up" : "down",
                render_true(link, "up") ? "up" : "down", render_ms(left, link, "changes_in_ms"));
        }
    }
}

/* Each capability once, with the keywords that it is kept for. */
static void render_capabilities(const json_t *list, struct text_buffer *out)
{
    const char *last = "";
    const json_t *one;
    bool open = false;
    size_t i;

    json_array_foreach(list, i, one) {
        bool same = strcmp(render_string(one, "name"), last) == 0;
        const char *keyword =
            render_has_text(one, "keyword") ? render_string(one, "keyword") : NULL;

        if (!same) {
            text_appendf(out, "%s%s%s", open ? ")" : "", i ? ", " : "", render_string(one, "name"));
            open = false;
        }
        if (keyword) {
            text_appendf(out, "%s%s", open ? ", " : " (", keyword);
            open = true;
        }
        last = render_string(one, "name");
    }
    text_append(out, open ? ")" : list && i ? "" : "none");
}

static void render_privileges(const struct render *render, const json_t *privileges)
{
    const json_t *helper = json_object_get(privileges, "helper");
    struct text_buffer kept = {0};
    char pid[RENDER_TEXT_SIZE];
    char programs[RENDER_TEXT_SIZE];
    const json_t *lacking;
    size_t i;

    render_capabilities(json_object_get(privileges, "capabilities"), &kept);
    render_line(render, 0, TABLE_PLAIN, "privileges: %s", kept.data);
    text_release(&kept);
    json_array_foreach(json_object_get(privileges, "lacking"), i, lacking) {
        render_line(render, 2, TABLE_BAD, "%s has no effect before a restart: it needs %s",
                    render_string(lacking, "keyword"), render_string(lacking, "capability"));
    }
    if (render_true(helper, "alive")) {
        render_line(render, 0, TABLE_PLAIN, "helper: pid %s, runs %s program%s",
                    render_count(pid, helper, "pid"), render_count(programs, helper, "programs"),
                    text_plural((uint64_t)render_number(helper, "programs")));
    } else {
        render_line(render, 0, TABLE_BAD,
                    "helper: it has died, and no script is run: restart holdfastd");
    }
}

void render_status(const json_t *status, const struct render_options *options,
                   struct text_buffer *out)
{
    const struct render render = {options, out};
    json_t *services = render_by_rank(json_object_get(status, "services"), render_rank_service);
    json_t *service;
    size_t i;

    render_daemon(&render, json_object_get(status, "daemon"));
    render_troubles(&render, status);
    render_by_hand(&render, json_object_get(status, "overrides"));
    render_instances(&render, json_object_get(status, "instances"));
    render_bfd(&render, json_object_get(status, "bfd"));
    render_links(&render, json_object_get(json_object_get(status, "network"), "links"));
    render_static(&render, json_object_get(status, "static"));
    render_announced(&render, json_object_get(status, "announced"));
    json_array_foreach(services, i, service) {
        render_service(&render, service);
    }
    text_append(out, "\n");
    render_local_errors(&render, json_object_get(status, "checks"));
    if (json_is_object(json_object_get(status, "ipvs"))) {
        render_ipvs(&render, json_object_get(status, "ipvs"), json_array_size(services) > 0);
    }
    render_mail(&render, json_object_get(status, "mail"));
    render_reload_state(&render, json_object_get(status, "reload"));
    render_planned_reload(&render, json_object_get(status, "reload"));
    render_loop(&render, json_object_get(status, "loop"));
    if (json_is_object(json_object_get(status, "privileges"))) {
        render_privileges(&render, json_object_get(status, "privileges"));
    }
    json_decref(services);
}

void render_reload(const json_t *result, struct text_buffer *out, struct text_buffer *problems)
{
    bool good = render_is(result, "result", "ok");
    char took[CLOCK_TEXT_SIZE];
    json_t *diagnostic;
    size_t i;

    json_array_foreach(json_object_get(result, "diagnostics"), i, diagnostic) {
        char text[1024];

        render_diagnostic(diagnostic, text, sizeof(text));
        text_appendf(problems, "%s\n", text);
    }
    text_appendf(good ? out : problems, "reload %s in %s: %s\n", good ? "done" : "refused",
                 render_ms(took, result, "duration_ms"), render_string(result, "message"));
}

void render_version(const json_t *result, struct text_buffer *out)
{
    text_appendf(out, "holdfastd %s, protocol %" JSON_INTEGER_FORMAT "\n",
                 render_string(result, "version"), render_number(result, "protocol"));
}
