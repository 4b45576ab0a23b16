/* SPDX-License-Identifier: Apache-2.0
 *
 * The notify scripts of an instance or a sync group.
 */
#include "vrrp/notify.h"

#include "base/log.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct notify {
    struct log *log;
    struct runner *runner;
    const char *kind;
    char *name;
    struct command *specific[NOTIFY_STATES];
    struct command *lower;
    struct command *any;
};

static const char *notify_state_text(enum notify_state state)
{
    static const char *const texts[NOTIFY_STATES] = {[NOTIFY_MASTER] = "MASTER",
                                                     [NOTIFY_BACKUP] = "BACKUP",
                                                     [NOTIFY_FAULT] = "FAULT",
                                                     [NOTIFY_STOP] = "STOP"};

    return texts[state];
}

struct notify *notify_new(struct log *log, struct runner *runner, const char *kind,
                          const char *name, const struct conf_notify *conf,
                          const struct command_policy *policy)
{
    const struct conf_script *const scripts[NOTIFY_STATES] = {[NOTIFY_MASTER] = &conf->master,
                                                              [NOTIFY_BACKUP] = &conf->backup,
                                                              [NOTIFY_FAULT] = &conf->fault,
                                                              [NOTIFY_STOP] = &conf->stop};
    struct notify *notify = memory_new(1, sizeof(*notify));

    notify->log = log;
    notify->runner = runner;
    notify->kind = kind;
    notify->name = memory_text(name);
    for (int i = 0; i < NOTIFY_STATES; i++) {
        notify->specific[i] =
            command_new(log, name, scripts[i]->argv, scripts[i]->user, scripts[i]->group, policy);
    }
    notify->lower =
        command_new(log, name, conf->lower.argv, conf->lower.user, conf->lower.group, policy);
    notify->any = command_new(log, name, conf->any.argv, conf->any.user, conf->any.group, policy);
    return notify;
}

void notify_free(struct notify *notify)
{
    if (!notify) {
        return;
    }
    for (int i = 0; i < NOTIFY_STATES; i++) {
        command_free(notify->specific[i]);
    }
    command_free(notify->lower);
    command_free(notify->any);
    free(notify->name);
    free(notify);
}

static void notify_run(const struct notify *notify, const struct command *command,
                       const char *const *arguments)
{
    int error;

    if (command && !command_run(command, notify->runner, arguments, NULL, 0, NULL, NULL, &error)) {
        log_error(notify->log, notify->name, "notify script %s cannot be started: %s",
                  command_path(command), strerror(-error));
    }
}

void notify_send(const struct notify *notify, enum notify_state state, uint8_t priority)
{
    char number[4];
    const char *const arguments[] = {notify->kind, notify->name, notify_state_text(state), number,
                                     NULL};

    (void)snprintf(number, sizeof(number), "%u", (unsigned)priority);
    notify_run(notify, notify->specific[state], NULL);
    notify_run(notify, notify->any, arguments);
}

void notify_send_lower(const struct notify *notify)
{
    notify_run(notify, notify->lower, NULL);
}
