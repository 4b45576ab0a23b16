/* SPDX-License-Identifier: Apache-2.0
 *
 * The notify scripts of instances and sync groups, with keepalived's arguments
 * (keepalived-reference.md 3.3), and the lines that go to its FIFOs (3.4). The scripts of one run one
 * after the other; those of different ones side by side.
 */
#ifndef HOLDFAST_VRRP_NOTIFY_H
#define HOLDFAST_VRRP_NOTIFY_H

#include "base/command.h"
#include "parser/conf.h"
#include "vrrp/notify_queue.h"

struct log;
struct loop;
struct notify;
struct notify_table;
struct runner;

/** Called with each line of 3.4, without its newline. */
typedef void (*notify_line_function)(void *argument, const char *line);

/** Called for a change that a mail tells of (smtp_alert). @param kind  "INSTANCE" or "GROUP" */
typedef void (*notify_mail_function)(void *argument, const char *kind, const char *name,
                                     const struct notify_news *news);

/** Called on the loop each time that one has told all, or its next script runs. */
typedef void (*notify_told_function)(void *argument);

/** What is passed must outlive it. */
struct notify_table *notify_table_new(struct loop *loop, struct log *log, struct runner *runner,
                                      notify_line_function line, notify_mail_function mail,
                                      notify_told_function told, void *argument);

/** Whether a script of a change runs, or is still to run: also one that waits for the loop's next turn. */
bool notify_table_is_telling(const struct notify_table *table);

/** Writes the lines that wait now: there may be no further turn of the loop. */
void notify_table_flush(struct notify_table *table);

/** Frees it with everything that is in it. NULL is allowed. */
void notify_table_free(struct notify_table *table);

/** @param timeout  ns that a script may run; 0: as long as it likes */
void notify_table_configure(struct notify_table *table, const struct command_policy *policy,
                            int64_t timeout);

/** One without scripts yet. @param kind  "INSTANCE" or "GROUP", as scripts get it */
struct notify *notify_new(struct notify_table *table, const char *kind);

/** Lets go of it: what it still has to tell is told, then it is gone. NULL is allowed. */
void notify_release(struct notify *notify);

/** Makes the scripts of a configuration ready; what waits is told by them. */
void notify_configure(struct notify *notify, const char *name, const struct conf_notify *conf);

/**
 * Tells a change when the loop has done what is more urgent, so that a new master has its addresses
 * by then (keepalived-reference.md B13): the line; the script for the state, then the `notify` script
 * when those of the last change have ended.
 */
void notify_send(struct notify *notify, const struct notify_news *news);

/** A master heard another one of lower priority: notify_master_rx_lower_pri. */
void notify_send_lower(struct notify *notify, uint8_t priority);

/** Tells by a line alone that the priority changed. @param state  NOTIFY_MASTER or NOTIFY_BACKUP */
void notify_send_priority(struct notify *notify, enum notify_state state, uint8_t priority);

/** Repeats the line of a state that did not change: after a reload. */
void notify_send_line(struct notify *notify, enum notify_state state, uint8_t priority);

#endif
