/* SPDX-License-Identifier: Apache-2.0
 *
 * The checker's own structure, for the files that it is made of.
 */
#ifndef HOLDFAST_CHECK_CHECKER_PRIVATE_H
#define HOLDFAST_CHECK_CHECKER_PRIVATE_H

#include "check/checker.h"
#include "check/model.h"

struct loop_timer;

struct checker {
    struct log *log;
    struct checker_hooks hooks;
    struct model *model;
    struct schedule *schedule;
    struct loop_timer *timer; /* when the next check is due */
    int64_t next_turn;        /* no check begins earlier */
    void *engines[CONF_CHECK_KINDS];
    uint64_t results[VERDICT_CLASSES]; /* how many checks ended so, since the start */
};

#endif
