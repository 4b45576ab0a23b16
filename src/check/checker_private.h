/* SPDX-License-Identifier: Apache-2.0
 *
 * The checker's own structure, for the files that it is made of.
 */
#ifndef HOLDFAST_CHECK_CHECKER_PRIVATE_H
#define HOLDFAST_CHECK_CHECKER_PRIVATE_H

#include "base/slots.h"
#include "check/checker.h"
#include "check/model.h"
#include "check/order.h"

struct checker_ask;
struct loop_timer;
struct names;

/* Checks that cannot be made here. */
struct checker_local {
    uint32_t checks;               /* whose last verdict was that */
    int64_t since_wall;            /* since when there were some */
    int64_t at_wall;               /* when the last verdict came; 0: none did */
    struct verdict last;           /* it */
    const struct check_kind *kind; /* of its check */
};

struct checker {
    struct loop *loop;
    struct log *log;
    struct checker_hooks hooks;
    struct model *model;
    bool tell_new;    /* rs_init_notifies */
    uint64_t models;  /* how many it has had: which one this is */
    uint32_t running; /* of the model's checks */
    uint32_t paused;
    struct schedule *schedule;
    struct loop_timer *timer; /* when the next check is due */
    int64_t next_turn;        /* no check begins earlier */
    struct schedule *ramps;   /* servers in a slow start */
    struct loop_timer *ramp_timer;
    struct names *names;
    void *engines[CONF_CHECK_KINDS];
    struct checker_local local;
    struct order_list orders;
    struct loop_timer *order_timer; /* when one may have ended */
    struct checker_ask *asks;       /* who waits for results */
    struct inet_addr *addresses;    /* of this host, in order: checker_set_addresses() */
    size_t address_count;
    struct checker_pause *pauses; /* checker_add_pauses(); the texts are its own */
    size_t pause_count;
    size_t pause_room;
    struct slots
        *service_names; /* of the model's services and of their groups; empty: to be made */
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

/** Sets the timer for the check that is due first. */
void checker_arm(struct checker *checker);

/** Ends a check that runs. */
void checker_end_run(struct checker *checker, struct model_check *check);

/** A service by its name. @param problem  set where NULL is returned */
struct model_service *checker_find_service(const struct checker *checker, const char *name,
                                           char problem[CHECKER_PROBLEM_SIZE]);

/** A server of a service by its name. @param problem  set where NULL is returned */
struct model_server *checker_find_server(const struct model_service *service, const char *name,
                                         char problem[CHECKER_PROBLEM_SIZE]);

/** Who asked for it hears of the check's new result. */
void checker_ask_heard(struct checker *checker, const struct model_check *check);

/** A check goes out of the configuration. */
void checker_ask_gone(struct checker *checker, const struct model_check *check);

/** Answers everybody with what is there. */
void checker_ask_end(struct checker *checker);

/** The services are those of another model: their names, too. */
void checker_forget_names(struct checker *checker);

/** Forgets what operators let pause. */
void checker_free_pauses(struct checker *checker);

/** The servers are those of another model: what operators let pause is told to those that it is about. */
void checker_hold_all(struct checker *checker);

/** Lets checks pause and resume as the addresses of this host, and operators, say. */
void checker_suspend(struct checker *checker);

/** The last result of a check as `last_result` of the status document has it. */
json_t *checker_result_json(const struct model_check *check);

/** "up", "down", "checking" or "paused". */
const char *checker_check_state(const struct model_check *check);

/** A server's slow start has begun or ended: its ramp_start is set. */
void checker_ramp(struct checker *checker, struct model_server *server, int64_t now);

/** The servers are those of another model. */
void checker_ramp_all(struct checker *checker);

/** An order may have ended. @param argument  the checker */
void checker_order_turn(void *argument, int64_t now, int64_t late);

/** A step of a slow start is due. @param argument  the checker */
void checker_ramp_turn(void *argument, int64_t now, int64_t late);

#endif
