/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the text views share. For render*.c only.
 *
 *     render.c           the whole, and the daemon itself
 *     render_trouble.c   what is wrong, and what is shown first
 *     render_vrrp.c      VRRP, BFD, static entries
 *     render_announced.c  announced addresses
 *     render_service.c   services, servers, IPVS
 *     render_services.c  the IPVS table
 *     render_connections.c  the kernel's connections; render_rates.c: rates
 *     render_check.c     checks, what operators ask
 *     render_look.c      VRRP by itself, the loop, the configuration, events
 *     render_explain.c   why something is as it is
 *     render_hand.c      what operators asked for, of whatever it is
 *     render_read.c      reading of the document
 */
#ifndef HOLDFAST_CONTROL_RENDER_INSIDE_H
#define HOLDFAST_CONTROL_RENDER_INSIDE_H

#include "base/clock.h"
#include "control/render.h"
#include "control/table.h"

enum { RENDER_TEXT_SIZE = 160 };

struct render {
    const struct render_options *options;
    struct text_buffer *out;
};

/* ---- render_read.c ----------------------------------------------------------------------------- */

/** A member that is a text; "-" where there is none. */
const char *render_string(const json_t *object, const char *name);

/** A member that is a whole number; 0 where there is none. */
json_int_t render_number(const json_t *object, const char *name);

/** Whether a member is this text. */
bool render_is(const json_t *object, const char *name, const char *word);

/** Whether a member is true. */
bool render_true(const json_t *object, const char *name);

/** Whether a member is a text that says something. */
bool render_has_text(const json_t *object, const char *name);

/** A number for a column; "-" where there is none. @return `text` */
const char *render_count(char text[RENDER_TEXT_SIZE], const json_t *object, const char *name);

/** So many of a unit in nanoseconds; what is beyond all clocks is as far as a clock goes. */
int64_t render_scale(int64_t number, int64_t unit);

/**
 * The time since an instant in RFC 3339 form, UTC, such as "3.61 s"; "-" where it is none.
 * @return `text`
 */
const char *render_age(char text[CLOCK_TEXT_SIZE], const struct render *render,
                       const json_t *object, const char *name);

/** A member in milliseconds, as a duration. @return `text` */
const char *render_ms(char text[CLOCK_TEXT_SIZE], const json_t *object, const char *name);

/** A member in microseconds, as a duration. @return `text` */
const char *render_us(char text[CLOCK_TEXT_SIZE], const json_t *object, const char *name);

/** Writes a line (printf), cut off at 1023 bytes. */
void render_line(const struct render *render, unsigned indent, enum table_style style,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* ---- render_trouble.c -------------------------------------------------------------------------- */

/** Whether another router's adverts were wrong within the last minute. */
bool render_complains(const json_t *instance);

/** Whether one of the server's checks could not be made here the last time. */
bool render_is_unchecked(const json_t *server);

/** Writes what is wrong, in one line, or that nothing is. */
void render_troubles(const struct render *render, const json_t *status);

enum { RENDER_RANKS = 4 };

/** How much something wants to be seen: from 0, which is shown first, to RENDER_RANKS - 1, where all is well. */
unsigned render_rank_instance(const json_t *instance);
unsigned render_rank_session(const json_t *session);
unsigned render_rank_server(const json_t *server);
unsigned render_rank_service(const json_t *service);
unsigned render_rank_check(const json_t *check);

/** What an array has, what is in trouble first, else in its order; new. */
json_t *render_by_rank(const json_t *array, unsigned (*rank)(const json_t *));

/* ---- render_vrrp.c ----------------------------------------------------------------------------- */

/** Writes the table of announced addresses. @param announced  the section of that name */
void render_announced(const struct render *render, const json_t *announced);

/** Writes the table of VRRP instances. @param instances  the section of that name */
void render_instances(const struct render *render, const json_t *instances);

/** Writes the table of BFD sessions. @param bfd  the section of that name */
void render_bfd(const struct render *render, const json_t *bfd);

/** Writes the tables of static entries. @param groups  the section `static` */
void render_static(const struct render *render, const json_t *groups);

/* ---- render_service.c -------------------------------------------------------------------------- */

/** Writes a virtual service with its servers. @param service  one of the section `services` */
void render_service(const struct render *render, const json_t *service);

/** Writes which services a virtual server of a group is, and which of these the kernel does not have. */
void render_members(const struct render *render, const json_t *service);

/** Adds to a server's row the notes of what an operator asked, why checks fail, and what IPVS refused. */
void render_why(const struct render *render, const json_t *server, struct table *table);

/**
 * Writes what is to be known of IPVS: what others have put there, the sync daemon.
 * @param ipvs  the section of that name
 * @param wanted  there are services that need it
 */
void render_ipvs(const struct render *render, const json_t *ipvs, bool wanted);

/* ---- render_hand.c ----------------------------------------------------------------------------- */

/** Whether one of the section `overrides` is shown in a place of its own, not at what it is about. */
bool render_is_by_hand(const json_t *override);

/** Adds what one asks for: "10.0.0.17:80/tcp 10.0.0.7:80 server removed". */
void render_hand_words(const json_t *override, struct text_buffer *out);

/** Writes those of the section `overrides`, a line each, as many as a terminal has room for. */
void render_by_hand(const struct render *render, const json_t *overrides);

/* ---- render_check.c ---------------------------------------------------------------------------- */

/** A letter for each of a check's last results, the latest first. @return `text` */
const char *render_recent(char text[RENDER_TEXT_SIZE], const json_t *check);

/** Writes what keeps checks from being made here, if anything does. @param checks  the section */
void render_local_errors(const struct render *render, const json_t *checks);

#endif
