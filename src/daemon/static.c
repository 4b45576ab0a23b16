/* SPDX-License-Identifier: Apache-2.0
 *
 * Static entries, and what an earlier run left: claimed, released, swept away. What the kernel
 * refuses of them, or of an instance's, is told to the instances concerned.
 */
#include "daemon/daemon.h"

#include "control/journal.h"
#include "net/address.h"
#include "net/announced.h"
#include "net/route.h"
#include "net/rule.h"
#include "net/vmac.h"
#include "parser/conf.h"
#include "vrrp/vrrp.h"

#include <stdio.h>
#include <string.h>

enum { DAEMON_OWNER_SIZE = 128 };

/* Who owns static entries, for people; a track_group's name behind " of ". */
#define DAEMON_STATIC_OWNER "static entries"

/* @param group  NULL: entries of no group. @return `name` */
static const char *daemon_static_owner(char name[DAEMON_OWNER_SIZE],
                                       const struct conf_track_group *group)
{
    (void)snprintf(name, DAEMON_OWNER_SIZE, DAEMON_STATIC_OWNER "%s%s", group ? " of " : "",
                   group ? group->name : "");
    return name;
}

static void daemon_claim_entries(struct daemon *daemon, const struct conf_track_group *group,
                                 const struct conf_static *entries)
{
    char owner[DAEMON_OWNER_SIZE];

    daemon_static_owner(owner, group);
    address_claim(daemon->addresses, owner, &entries->addresses);
    route_claim(daemon->routes, owner, &entries->routes);
    rule_claim(daemon->rules, owner, &entries->rules);
}

void daemon_claim_static(struct daemon *daemon, const struct conf *conf)
{
    const struct conf_track_group *group;

    daemon_claim_entries(daemon, NULL, &conf->entries);
    STAILQ_FOREACH(group, &conf->track_groups, next) {
        daemon_claim_entries(daemon, group, &group->entries);
    }
}

void daemon_release_static(struct daemon *daemon, const struct conf *conf)
{
    const struct conf_track_group *group;
    char owner[DAEMON_OWNER_SIZE];

    daemon_release(daemon, daemon_static_owner(owner, NULL));
    STAILQ_FOREACH(group, &conf->track_groups, next) {
        daemon_release(daemon, daemon_static_owner(owner, group));
    }
}

/* The group whose static entries this owner has; NULL: it is an instance, or of no group. */
static const struct conf_track_group *daemon_find_track_group(const struct daemon *daemon,
                                                              const char *owner)
{
    const struct conf_track_group *group;
    char name[DAEMON_OWNER_SIZE];

    STAILQ_FOREACH(group, &daemon->conf->track_groups, next) {
        if (strcmp(owner, daemon_static_owner(name, group)) == 0) {
            return group;
        }
    }
    return NULL;
}

void daemon_on_put_back(void *argument, const char *owner)
{
    struct daemon *daemon = argument;
    const struct conf_track_group *group = daemon_find_track_group(daemon, owner);
    const struct conf_group_member *member;

    if (group) {
        STAILQ_FOREACH(member, &group->members, next) {
            vrrp_on_address_forgiven(daemon->vrrp, member->name);
        }
    }
}

void daemon_on_restored(void *argument, const char *owner)
{
    struct daemon *daemon = argument;

    daemon_note(daemon, &(struct journal_entry){.kind = JOURNAL_ADDRESS,
                                                .object = owner,
                                                .to = "restored",
                                                .reason = "an address that was gone is back"});
    daemon_on_put_back(daemon, owner);
    vrrp_on_address_restored(daemon->vrrp, owner);
}

void daemon_on_refused(void *argument, const char *owner, const char *text)
{
    struct daemon *daemon = argument;
    const struct conf_track_group *group = daemon_find_track_group(daemon, owner);
    const struct conf_group_member *member;

    daemon_note(daemon,
                &(struct journal_entry){
                    .kind = JOURNAL_ADDRESS, .object = owner, .to = "refused", .reason = text});
    if (announced_on_refused(daemon->announced, owner, text)) {
        return;
    }
    if (!group) {
        vrrp_on_address_refused(daemon->vrrp, owner, text);
        return;
    }
    STAILQ_FOREACH(member, &group->members, next) {
        vrrp_on_address_refused(daemon->vrrp, member->name, text);
    }
}

void daemon_sweep(struct daemon *daemon)
{
    rule_sweep(daemon->rules, daemon->conf);
    vmac_sweep(daemon->vmacs);
    route_sweep(daemon->routes, daemon->conf); /* those who resumed have claimed theirs */
    address_sweep(daemon->addresses, daemon->conf);
}

void daemon_on_leftover(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;

    (void)now;
    (void)late;
    daemon_claim_static(daemon, daemon->conf);
    daemon_configure_announced(daemon, daemon->conf);
    daemon_sweep(daemon);
}
