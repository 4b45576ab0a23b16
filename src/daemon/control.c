/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of the control socket.
 */
#include "daemon/daemon.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/runtime.h"
#include "control/journal.h"
#include "control/protocol.h"
#include "control/snapshot.h"
#include "parser/conf.h"
#include "readers.h"
#include "running.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void daemon_command_status(void *argument, struct control_request *request)
{
    struct daemon *daemon = argument;

    daemon->memory_loose = true;
    snapshot_answer(daemon->snapshot, request);
}

static void daemon_command_reload(void *argument, struct control_request *request)
{
    struct daemon *daemon = argument;

    daemon_note_operator(daemon, request,
                         &(struct journal_entry){.object = "configuration", .to = "reload"});
    daemon->waiting =
        memory_resize(daemon->waiting, daemon->waiting_count + 1, sizeof(struct control_request *));
    daemon->waiting[daemon->waiting_count++] = request;
    daemon_reload_start(daemon);
}

static gid_t daemon_readers(const struct daemon *daemon)
{
    gid_t group;

    if (!readers_find(daemon->conf, &group)) {
        log_warning(daemon->log, "status_socket_group",
                    "there is no group \"%s\" in /etc/group: the socket for readers stays as it is",
                    daemon->conf->global.status_socket_group);
    }
    return group;
}

static void daemon_open_readers(struct daemon *daemon)
{
    char *path = runtime_path(daemon->runtime, "status.sock");
    int error = control_open_for_readers(daemon->control, path, daemon_readers(daemon));

    if (error) {
        log_error(daemon->log, path, "no socket for readers: %s: everything else goes on",
                  strerror(-error));
    }
    free(path);
}

void daemon_follow_readers(struct daemon *daemon)
{
    gid_t group = daemon->control ? daemon_readers(daemon) : (gid_t)-1;
    int error = 0;

    if (daemon->control) {
        error = control_set_readers(daemon->control, group == (gid_t)-1 ? getegid() : group);
    }
    if (error && error != -ENOENT) {
        log_warning(daemon->log, "status_socket_group", "it cannot be set: %s", strerror(-error));
    }
}

void daemon_listen(struct daemon *daemon)
{
    char *own = runtime_path(daemon->runtime, "control.sock");
    const char *path = daemon->options.socket_path ? daemon->options.socket_path : own;
    int error;

    daemon->control = control_new(daemon->loop, daemon->log, path, &error);
    if (daemon->control) {
        control_add_look(daemon->control, "status", "everything that is known",
                         daemon_command_status, daemon);
        control_add_look(daemon->control, "config", "the configuration that is in force",
                         running_answer, daemon->running);
        control_add_command(daemon->control, "reload", "read the configuration again",
                            daemon_command_reload, daemon);
        daemon_open_readers(daemon);
        daemon_add_events(daemon);
        daemon_add_steering(daemon);
        daemon_add_vrrp_steering(daemon);
        daemon_tell_overrides(daemon);
        daemon_add_node(daemon);
        daemon_add_connections(daemon);
        daemon_add_stop(daemon);
    } else {
        log_error(daemon->log, path,
                  "no control socket: %s: holdfastctl cannot be used, everything else goes on%s",
                  strerror(-error), error == -EEXIST ? "; remove what lies there" : "");
    }
    free(own);
}
