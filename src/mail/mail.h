/* SPDX-License-Identifier: Apache-2.0
 *
 * Mails that tell of events (smtp_alert): what waits, when it is sent, and over which connection. One
 * mail at a time; nothing of it makes anybody wait.
 */
#ifndef HOLDFAST_MAIL_MAIL_H
#define HOLDFAST_MAIL_MAIL_H

#include "parser/conf.h"

#include <jansson.h>
#include <stdbool.h>

struct log;
struct loop;
struct mail;

/** Called when nothing waits any more, or a try has failed. */
typedef void (*mail_idle_function)(void *argument);

/** Sends nothing until it is configured. What is passed must outlive it. */
struct mail *mail_new(struct loop *loop, struct log *log);

/** What waits is lost. NULL is allowed. */
void mail_free(struct mail *mail);

/**
 * Takes server and recipients from a configuration; nothing in it is pointed to afterwards. What waits
 * goes to the new ones; with no server or no recipient it is dropped, and no event is kept.
 */
void mail_configure(struct mail *mail, const struct conf_global *global);

/**
 * An event, which is mailed soon, with others perhaps.
 * @param subject  "VRRP Instance VI_1 - Entering MASTER state"
 * @param reason   why; may be empty
 */
void mail_tell(struct mail *mail, const char *subject, const char *reason);

/** An orderly stop: what waits is sent at once, by one try. @param idle  called at its end */
void mail_hurry(struct mail *mail, mail_idle_function idle, void *argument);

/** Whether anything waits for the one try that mail_hurry() began. */
bool mail_is_busy(const struct mail *mail);

/** The `mail` section of the status document (doc/status.md); null where no mail is sent. */
json_t *mail_snapshot(const struct mail *mail);

#endif
