/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl's looks: each asks for the status document and shows a part of it, once or again and again
 * (--watch).
 */
#include "ctl.h"

#include "base/text.h"
#include "control/look.h"
#include "control/render.h"

#include <stddef.h>

static json_t *look_fetch_status(const struct ctl_options *options, char **words, int count,
                                 int *code)
{
    (void)words;
    if (count) {
        *code = -1;
        return NULL;
    }
    return ctl_ask(options, "status", NULL, code);
}

static json_t *look_fetch_vrrp(const struct ctl_options *options, char **words, int count,
                               int *code)
{
    struct text_buffer problem = {0};
    json_t *status = NULL;
    json_t *view = NULL;

    if (count > 1) {
        *code = -1;
        return NULL;
    }
    status = ctl_ask(options, "status", NULL, code);
    view = status ? look_vrrp(status, count ? words[0] : NULL, &problem) : NULL;
    if (status && !view) {
        *code = ctl_say_problem(&problem);
    }
    json_decref(status);
    return view;
}

static json_t *look_fetch_checks(const struct ctl_options *options, char **words, int count,
                                 int *code)
{
    json_t *status = look_fetch_status(options, words, count, code);
    json_t *view = status ? look_checks(status, options->failing) : NULL;

    json_decref(status);
    return view;
}

static json_t *look_fetch_loop(const struct ctl_options *options, char **words, int count,
                               int *code)
{
    json_t *status = look_fetch_status(options, words, count, code);
    json_t *view = status ? look_loop(status) : NULL;

    json_decref(status);
    return view;
}

static json_t *look_fetch_config(const struct ctl_options *options, char **words, int count,
                                 int *code)
{
    (void)words;
    if (count) {
        *code = -1;
        return NULL;
    }
    return ctl_ask(options, "config", NULL, code);
}

static json_t *look_fetch_services(const struct ctl_options *options, char **words, int count,
                                   int *code)
{
    if (count > 1) {
        *code = -1;
        return NULL;
    }
    return ctl_view(options, count ? words[0] : NULL, code);
}

int ctl_status(const struct ctl_options *options, char **words, int count)
{
    static const struct ctl_look look = {look_fetch_status, render_status};

    return ctl_look(options, &look, words, count);
}

int ctl_vrrp(const struct ctl_options *options, char **words, int count)
{
    static const struct ctl_look look = {look_fetch_vrrp, render_vrrp};

    return ctl_look(options, &look, words, count);
}

int ctl_services(const struct ctl_options *options, char **words, int count)
{
    static const struct ctl_look look = {look_fetch_services, render_services};

    return ctl_look(options, &look, words, count);
}

int ctl_checks(const struct ctl_options *options, char **words, int count)
{
    static const struct ctl_look look = {look_fetch_checks, render_checks};

    return ctl_look(options, &look, words, count);
}

int ctl_loop(const struct ctl_options *options, char **words, int count)
{
    static const struct ctl_look look = {look_fetch_loop, render_loop_view};

    return ctl_look(options, &look, words, count);
}

int ctl_config(const struct ctl_options *options, char **words, int count)
{
    static const struct ctl_look look = {look_fetch_config, render_config};

    return ctl_look(options, &look, words, count);
}
