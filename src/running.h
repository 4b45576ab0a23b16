/* SPDX-License-Identifier: Apache-2.0
 *
 * Tells the configuration that is in force (the control command `config`). It is written on a thread,
 * since it may be large; a configuration that is replaced meanwhile lives until it has been told.
 */
#ifndef HOLDFAST_RUNNING_H
#define HOLDFAST_RUNNING_H

struct conf;
struct control_request;
struct loop;
struct running;

/** Nothing is told yet. The caller frees it with running_free(). */
struct running *running_new(struct loop *loop);

/** Waits for what is being told and frees everything. NULL is allowed. */
void running_free(struct running *running);

/** This configuration is in force now; it stays the caller's until running_retire(). */
void running_set(struct running *running, const struct conf *conf);

/** Frees a configuration that is not in force any more, at once or when it has been told. */
void running_retire(struct running *running, struct conf *conf);

/** The handler of `config` (a control_handler); the argument is the struct running. */
void running_answer(void *argument, struct control_request *request);

#endif
