/* SPDX-License-Identifier: Apache-2.0
 *
 * The notify scripts of an instance or a sync group: made ready at load, run on transitions with
 * keepalived's arguments (keepalived-reference.md 3.3).
 */
#ifndef HOLDFAST_VRRP_NOTIFY_H
#define HOLDFAST_VRRP_NOTIFY_H

#include "base/command.h"
#include "parser/conf.h"

struct log;
struct notify;
struct runner;

/* keepalived's words for what is told. */
enum notify_state {
    NOTIFY_MASTER,
    NOTIFY_BACKUP,
    NOTIFY_FAULT,
    NOTIFY_STOP,
    NOTIFY_STATES,
};

/**
 * Makes the scripts ready.
 * @param kind  "INSTANCE" or "GROUP", as `notify` scripts get it
 * @param name  of the instance or group
 */
struct notify *notify_new(struct log *log, struct runner *runner, const char *kind,
                          const char *name, const struct conf_notify *conf,
                          const struct command_policy *policy);

/** NULL is allowed; scripts that run go on. */
void notify_free(struct notify *notify);

/**
 * Runs the script for a state, then the `notify` script; neither is waited for.
 * @param priority  effective priority, for the `notify` script; 0 for a group
 */
void notify_send(const struct notify *notify, enum notify_state state, uint8_t priority);

/** Runs notify_master_rx_lower_pri: a master heard another one of lower priority. */
void notify_send_lower(const struct notify *notify);

#endif
