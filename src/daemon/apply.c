/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration takes effect: the first one when everything is there, each later one in place of
 * the one before. Every module that has something to configure stands in both.
 */
#include "config.h"

#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/sdnotify.h"
#include "bfd/bfd.h"
#include "check/checker.h"
#include "control/journal.h"
#include "events.h"
#include "mail/mail.h"
#include "mark.h"
#include "net/announced.h"
#include "net/carrier.h"
#include "net/filter.h"
#include "net/igmp.h"
#include "net/neigh.h"
#include "parser/conf.h"
#include "planned.h"
#include "privileges.h"
#include "running.h"
#include "vrrp/vrrp.h"

void daemon_retire(struct daemon *daemon)
{
    for (size_t i = 0; !vrrp_is_leaving(daemon->vrrp) && i < daemon->outlived_count; i++) {
        running_retire(daemon->running, daemon->outlived[i]);
        daemon->outlived[i] = NULL;
    }
    if (!vrrp_is_leaving(daemon->vrrp)) {
        daemon->outlived_count = 0;
    }
}

void daemon_apply(struct daemon *daemon, struct conf *conf, bool by_hand)
{
    struct conf *before = daemon->conf;

    daemon->conf_before = before;
    daemon->conf = conf;
    daemon->lacking = privileges_check(daemon->privileges, conf);
    daemon_set_umask(daemon);
    neigh_configure(daemon->neigh, conf);
    daemon_set_buffers(daemon, conf);
    carrier_configure(daemon->carriers, conf);
    events_configure(daemon->events, conf); /* first: what follows has something to tell */
    mail_configure(daemon->mail, &conf->global);
    daemon_release_static(daemon, before); /* what the new one claims again stays as it is */
    daemon_claim_static(daemon, conf);
    bfd_configure(daemon->bfd, conf); /* before those who track its sessions */
    igmp_silence(daemon->igmp, conf->global.no_local_igmp); /* before a group is joined */
    vrrp_configure(daemon->vrrp, conf);
    daemon_configure_announced(daemon, conf);
    daemon_commit(daemon);
    daemon_tell_addresses(daemon, conf);
    daemon_tell_tracked(daemon);
    if (by_hand) {
        checker_configure_by_hand(daemon->checker, conf);
    } else {
        checker_configure(daemon->checker, conf);
    }
    daemon_configure_services(daemon, conf);
    daemon->conf_before = NULL;
    filter_configure(daemon->filter, conf);
    daemon_schedule(daemon);
    planned_configure(daemon->planned, conf->global.reload_time_file, conf->global.reload_repeat);
    daemon_configure_web(daemon, conf);
    running_set(daemon->running, conf);
    daemon_follow_readers(daemon);
    daemon->outlived =
        memory_resize(daemon->outlived, daemon->outlived_count + 1, sizeof(struct conf *));
    daemon->outlived[daemon->outlived_count++] = before;
    daemon_retire(daemon);
}

void daemon_begin(struct daemon *daemon)
{
    char duration[CLOCK_TEXT_SIZE];
    char count[DAEMON_COUNT_TEXT_SIZE];

    neigh_configure(daemon->neigh, daemon->conf);
    daemon_set_buffers(daemon, daemon->conf);
    carrier_configure(daemon->carriers, daemon->conf);
    daemon_claim_static(daemon, daemon->conf);
    daemon_commit(daemon); /* before those who resume need them */
    events_configure(daemon->events, daemon->conf);
    bfd_configure(daemon->bfd, daemon->conf);
    mail_configure(daemon->mail, &daemon->conf->global);
    igmp_silence(daemon->igmp, daemon->conf->global.no_local_igmp);
    vrrp_configure(daemon->vrrp, daemon->conf);
    daemon_configure_announced(daemon, daemon->conf);
    daemon_sweep(daemon);
    daemon_tell_addresses(daemon, daemon->conf);
    daemon_tell_tracked(daemon);
    checker_configure(daemon->checker, daemon->conf);
    daemon_configure_services(daemon, daemon->conf);
    filter_configure(daemon->filter, daemon->conf);
    planned_configure(daemon->planned, daemon->conf->global.reload_time_file,
                      daemon->conf->global.reload_repeat);
    daemon_configure_web(daemon, daemon->conf);
    if (daemon_reload_mark(daemon)) { /* somebody may wait for it to go */
        (void)mark_clear(daemon_reload_mark(daemon));
    }
    daemon_schedule(daemon);
    daemon->memory_loose = true;
    daemon->reload.in_force_wall = clock_wall();
    log_event(daemon->log, LOG_LEVEL_NOTICE, NULL, "holdfast %s: %s loaded in %s: %s",
              PACKAGE_VERSION, daemon->options.config_file,
              clock_duration_text(duration, daemon->reload.duration),
              daemon_count_text(count, daemon->conf));
    daemon_note(daemon,
                &(struct journal_entry){
                    .kind = JOURNAL_DAEMON, .object = "daemon", .to = "started", .reason = count});
    daemon_status_line(daemon);
    sdnotify_ready(daemon->status_line);
}
