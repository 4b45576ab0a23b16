/* SPDX-License-Identifier: Apache-2.0
 *
 * Wiring of what is tracked to the checks of servers: FILE_CHECK follows the files that VRRP watches,
 * BFD_CHECK the sessions of BFD.
 */
#include "daemon/daemon.h"

#include "bfd/bfd.h"
#include "check/checker.h"
#include "parser/conf.h"
#include "vrrp/vrrp.h"

static void daemon_tell_file(void *argument, const char *name, int64_t value)
{
    const struct daemon *daemon = argument;

    checker_tell(daemon->checker, CONF_CHECK_FILE, name, value);
}

void daemon_on_files_changed(void *argument)
{
    struct daemon *daemon = argument;

    if (!daemon->is_stopping) {
        vrrp_each_file(daemon->vrrp, daemon_tell_file, daemon);
    }
}

void daemon_tell_session(struct daemon *daemon, const struct conf_bfd *session)
{
    enum bfd_status status = bfd_status(daemon->bfd, session->name);

    /* One that has not had the time to come up says nothing yet. */
    if (session->checker && status != BFD_STATUS_UNKNOWN && !daemon->is_stopping) {
        checker_tell(daemon->checker, CONF_CHECK_BFD, session->name, status == BFD_STATUS_UP);
    }
}

void daemon_tell_tracked(struct daemon *daemon)
{
    const struct conf_bfd *session;

    vrrp_each_file(daemon->vrrp, daemon_tell_file, daemon);
    STAILQ_FOREACH(session, &daemon->conf->bfds, next) {
        daemon_tell_session(daemon, session);
    }
}
