/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the lints: what they look at, and the functions that the table names.
 */
#ifndef HOLDFAST_PARSER_LINT_VIEW_H
#define HOLDFAST_PARSER_LINT_VIEW_H

#include "parser/build.h"
#include "parser/lint.h"

struct lookup;

struct lint_view {
    struct build *build;
    const struct conf *conf;
    const struct parser_machine *machine; /* NULL: nothing is known of it */
    struct lookup
        *held; /* struct conf_address of all instances, and announced ones, by the address */
    struct lookup *local;      /* struct parser_subnet of the machine, by the address */
    struct lookup *interfaces; /* those of the machine, by their names */
    struct lookup *programs;   /* what is known of programs: lint_program.c */
};

/** A place of `text`'s length at a position that the configuration keeps. */
struct source_place lint_place(const struct conf_position *position, const char *text);

/** Appends a duration in ns: "0.5 s". */
void lint_write_seconds(int64_t duration, struct text_buffer *out);

/* lint_vrrp.c */
void lint_never_takes_over(struct lint_view *view, enum lint lint);
void lint_never_yields(struct lint_view *view, enum lint lint);
void lint_vip_not_local(struct lint_view *view, enum lint lint);
void lint_group_advert_interval(struct lint_view *view, enum lint lint);

/* lint_service.c */
void lint_service_address_unheld(struct lint_view *view, enum lint lint);
void lint_announced_scheduler(struct lint_view *view, enum lint lint);
void lint_check_timeout(struct lint_view *view, enum lint lint);
void lint_server_is_vip(struct lint_view *view, enum lint lint);

/* lint_bfd.c */
void lint_bfd_no_hops(struct lint_view *view, enum lint lint);

/* lint_program.c: one function for three lints */
void lint_programs(struct lint_view *view, enum lint lint);

#endif
