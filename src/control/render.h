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
    unsigned width;   /* characters of a line of the terminal; 0: it is none */
};

/** `status`: a line of who, a line of what is wrong, then everything in tables. */
void render_status(const json_t *status, const struct render_options *options,
                   struct text_buffer *out);

/** `vrrp`: instances, sync groups, what is tracked, counters. @param view  of look_vrrp() */
void render_vrrp(const json_t *view, const struct render_options *options, struct text_buffer *out);

/** `loop`: how late it ran, as histograms. @param view  of look_loop() */
void render_loop_view(const json_t *view, const struct render_options *options,
                      struct text_buffer *out);

/** `config`: the text, in which control characters become question marks. */
void render_config(const json_t *result, const struct render_options *options,
                   struct text_buffer *out);

/** `events`. */
void render_events(const json_t *result, const struct render_options *options,
                   struct text_buffer *out);

/** A line that follows: an object with `event`, or with `lost`. */
void render_event(const json_t *line, const struct render_options *options,
                  struct text_buffer *out);

/** `explain instance|server|service`. @param view  of control/explain.h */
void render_explanation(const json_t *view, const struct render_options *options,
                        struct text_buffer *out);

/** `checks`: each check with its last results. @param view  of look_checks() */
void render_checks(const json_t *view, const struct render_options *options,
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
