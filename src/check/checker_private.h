/* SPDX-License-Identifier: Apache-2.0
 *
 * The checker's own structure, for the files that it is made of.
 */
#ifndef HOLDFAST_CHECK_CHECKER_PRIVATE_H
#define HOLDFAST_CHECK_CHECKER_PRIVATE_H

#include "check/checker.h"
#include "check/model.h"

struct loop_timer;
struct names;

struct checker {
    struct log *log;
    struct checker_hooks hooks;
    struct model *model;
    struct schedule *schedule;
    struct loop_timer *timer; /* when the next check is due */
    int64_t next_turn;        /* no check begins earlier */
    struct schedule *ramps;   /* servers in a slow start */
    struct loop_timer *ramp_timer;
    struct names *names;
    void *engines[CONF_CHECK_KINDS];
    uint64_t results[VERDICT_CLASSES]; /* how many checks ended so, since the start */
};

enum {
    CHECKER_SUBJECT_SIZE = 256,
    CHECKER_REASON_SIZE = VERDICT_TEXT_SIZE + 96,
};

/** A server of a service, as the log names it. @return `text` */
const char *checker_subject(char text[CHECKER_SUBJECT_SIZE], const struct model_server *server);

/**
 * What a service counts has changed: model_leave(), model_join(). Draws the conclusions, and tells.
 * @param server  that went up or down; NULL: none did
 * @param reason  of this
 */
void checker_service_moved(struct checker *checker, struct model_service *service,
                           const struct model_server *server, const char *reason);

/** What its checks leave of a server's weight may have changed. @param reason  why */
void checker_server_weighed(struct checker *checker, struct model_server *server,
                            const char *reason);

/** A server's slow start has begun or ended: its ramp_start is set. */
void checker_ramp(struct checker *checker, struct model_server *server, int64_t now);

/** The servers are those of another model. */
void checker_ramp_all(struct checker *checker);

/** A step of a slow start is due. @param argument  the checker */
void checker_ramp_turn(void *argument, int64_t now, int64_t late);

#endif
