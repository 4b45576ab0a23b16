/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon answers, as text for people. Pure: JSON in (doc/status.md), text out. Members that
 * are missing show as "-": a newer client can look at an older daemon.
 */
#ifndef HOLDFAST_CONTROL_RENDER_H
#define HOLDFAST_CONTROL_RENDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct text_buffer;

struct render_options {
    bool colour;      /* with the escape sequences of a terminal */
    int64_t now_wall; /* ns since 1970: ages are counted from here */
};

/** `status`: a line of who, a line of what is wrong, then everything in tables. */
void render_status(const json_t *status, const struct render_options *options,
                   struct text_buffer *out);

/** `checks`: of a status document, each check with its last results. */
void render_checks(const json_t *status, const struct render_options *options,
                   struct text_buffer *out);

/** `check`: the results that were asked for. */
void render_checked(const json_t *result, const struct render_options *options,
                    struct text_buffer *out);

/**
 * `services`: the IPVS table, service by service.
 * @param view  of view_services()
 */
void render_services(const json_t *view, const struct render_options *options,
                     struct text_buffer *out);

/** `connections`: the entries, and how many of each state a service has. */
void render_connection_list(const json_t *result, const struct render_options *options,
                            struct text_buffer *out);

/** `top`. @param rates  of rates_between() */
void render_rates(const json_t *rates, const struct render_options *options,
                  struct text_buffer *out);

/** `server`: what is now asked of it. */
void render_order(const json_t *result, struct text_buffer *out);

/**
 * `reload`.
 * @param out       how it went, where the new configuration is in force
 * @param problems  what was found in the files, a line each, and how it went where it is not
 */
void render_reload(const json_t *result, struct text_buffer *out, struct text_buffer *problems);

/** `version`. */
void render_version(const json_t *result, struct text_buffer *out);

#endif
