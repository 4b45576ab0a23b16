/* SPDX-License-Identifier: Apache-2.0
 *
 * Wiring of VRRP and BFD: what they ask of the network, and who hears of them. Nothing is decided
 * here but who is told of what.
 */
#include "daemon/daemon.h"

#include "base/log.h"
#include "bfd/bfd.h"
#include "control/journal.h"
#include "events.h"
#include "mail/mail.h"
#include "net/address.h"
#include "net/carrier.h"
#include "net/link.h"
#include "net/route.h"
#include "net/rule.h"
#include "net/sysctl.h"
#include "net/vmac.h"
#include "parser/conf.h"
#include "vrrp/owned.h"
#include "vrrp/vrrp.h"

static bool daemon_find_link(void *argument, const char *name, uint8_t family,
                             struct vrrp_link *found)
{
    const struct daemon *daemon = argument;
    const struct link *link = link_find(daemon->links, name);
    const struct inet_addr *primary;
    struct carrier_state state;

    *found = (struct vrrp_link){0};
    if (!link) {
        return false;
    }
    primary = link_primary_address(link, family);
    found->index = link->info.index;
    state = carrier_state(daemon->carriers, link);
    found->running = state.up;
    found->awaited = state.awaited;
    found->mtu = link->info.mtu;
    if (primary) {
        found->primary = *primary;
    }
    if (family == AF_INET6) {
        primary = link_global_address(link);
        found->tentative = link_is_tentative(link);
        if (primary) {
            found->global = *primary;
        }
    }
    return true;
}

static bool daemon_is_ours(void *argument, const struct inet_addr *addr)
{
    const struct daemon *daemon = argument;

    for (const struct link *link = link_next(daemon->links, NULL); link;
         link = link_next(daemon->links, link)) {
        for (size_t i = 0; i < link->address_count; i++) {
            if (inet_equal(&link->addresses[i].prefix.addr, addr)) {
                return true;
            }
        }
    }
    return false;
}

static void daemon_claim(void *argument, const struct conf_instance *instance)
{
    struct daemon *daemon = argument;

    address_claim(daemon->addresses, instance->name, &instance->addresses);
    route_claim(daemon->routes, instance->name, &instance->routes);
    rule_claim(daemon->rules, instance->name, &instance->rules);
}

void daemon_release(void *argument, const char *owner)
{
    struct daemon *daemon = argument;

    address_release(daemon->addresses, owner);
    route_release(daemon->routes, owner);
    rule_release(daemon->rules, owner);
}

void daemon_commit(void *argument)
{
    struct daemon *daemon = argument;

    rule_withdraw(daemon->rules);
    route_withdraw(daemon->routes);
    address_commit(daemon->addresses);
    route_commit(daemon->routes);
    rule_commit(daemon->rules);
}

static struct vrrp_owned daemon_find_rule(void *argument, const struct conf_rule *rule)
{
    const struct daemon *daemon = argument;
    struct keeper_state state = rule_state(daemon->rules, rule);

    return (struct vrrp_owned){.present = state.present, .trouble = state.trouble};
}

static struct vrrp_owned daemon_find_route(void *argument, const struct conf_route *route)
{
    const struct daemon *daemon = argument;
    struct keeper_state state = route_state(daemon->routes, route);

    return (struct vrrp_owned){.present = state.present, .trouble = state.trouble};
}

static bool daemon_is_present(void *argument, const struct conf_address *address)
{
    const struct daemon *daemon = argument;

    return address_is_present(daemon->addresses, address->device, &address->prefix);
}

_Static_assert((int)VRRP_PROBLEM_SIZE == (int)VMAC_TEXT_SIZE &&
                   (int)VMAC_TEXT_SIZE == (int)SYSCTL_PROBLEM_SIZE,
               "a problem is one text, whoever tells it");

static int daemon_obtain_virtual(void *argument, const char *owner, const struct conf_vmac *vmac,
                                 char problem[VRRP_PROBLEM_SIZE])
{
    struct daemon *daemon = argument;

    return vmac_obtain(daemon->vmacs, owner, vmac, problem);
}

static void daemon_raise_virtual(void *argument, const char *owner, const char *name, bool up)
{
    struct daemon *daemon = argument;

    vmac_set_up(daemon->vmacs, owner, name, up);
}

static void daemon_release_virtual(void *argument, const char *owner, const char *name)
{
    struct daemon *daemon = argument;

    vmac_release(daemon->vmacs, owner, name);
}

static void daemon_promote(void *argument, const char *interface, bool on)
{
    struct daemon *daemon = argument;
    char problem[SYSCTL_PROBLEM_SIZE];

    if (!on) {
        sysctl_release(daemon->settings, interface, "promote_secondaries");
    } else if (!sysctl_hold(daemon->settings, interface, "promote_secondaries", 1, problem)) {
        log_warning(daemon->log, interface, "%s", problem);
    }
}

static enum track_status daemon_find_bfd(void *argument, const char *name)
{
    static const enum track_status statuses[] = {
        [BFD_STATUS_UNKNOWN] = TRACK_UNKNOWN,
        [BFD_STATUS_UP] = TRACK_GOOD,
        [BFD_STATUS_DOWN] = TRACK_BAD,
    };

    return statuses[bfd_status(((const struct daemon *)argument)->bfd, name)];
}

static void daemon_on_bfd_changed(void *argument, const struct conf_bfd *session,
                                  enum bfd_status status)
{
    struct daemon *daemon = argument;

    daemon_note(daemon, &(struct journal_entry){.kind = JOURNAL_BFD,
                                                .object = session->name,
                                                .to = status == BFD_STATUS_UP     ? "up"
                                                      : status == BFD_STATUS_DOWN ? "down"
                                                                                  : "unknown"});
    if (session->vrrp) {
        vrrp_on_bfd_change(daemon->vrrp);
    }
    daemon_tell_session(daemon, session);
}

json_t *daemon_section_static(void *argument)
{
    struct daemon *daemon = argument;
    const struct vrrp_hooks hooks = {
        .argument = daemon,
        .is_present = daemon_is_present,
        .find_route = daemon_find_route,
        .find_rule = daemon_find_rule,
    };

    return owned_static(&hooks, daemon->conf);
}

static void daemon_tell(void *argument, const char *line)
{
    const struct daemon *daemon = argument;

    events_tell_vrrp(daemon->events, line);
}

static void daemon_on_vrrp_news(void *argument, const struct vrrp_news *news)
{
    static const enum journal_kind kinds[] = {
        [VRRP_NEWS_INSTANCE] = JOURNAL_INSTANCE,
        [VRRP_NEWS_GROUP] = JOURNAL_SYNC_GROUP,
        [VRRP_NEWS_PRIORITY] = JOURNAL_PRIORITY,
    };

    daemon_note(argument, &(struct journal_entry){.kind = kinds[news->kind],
                                                  .object = news->name,
                                                  .from = news->from,
                                                  .to = news->to,
                                                  .code = news->code,
                                                  .reason = news->reason});
}

static void daemon_mail(void *argument, const char *subject, const char *reason)
{
    const struct daemon *daemon = argument;

    mail_tell(daemon->mail, subject, reason);
}

static void daemon_on_left(void *argument)
{
    struct daemon *daemon = argument;

    daemon_retire(daemon);
    daemon_try_stop(daemon);
}

static void daemon_on_told(void *argument)
{
    daemon_try_stop(argument);
}

void daemon_wire_vrrp(struct daemon *daemon)
{
    const struct vrrp_hooks vrrp_hooks = {
        .argument = daemon,
        .find_link = daemon_find_link,
        .claim = daemon_claim,
        .release = daemon_release,
        .commit = daemon_commit,
        .announce = daemon_announce,
        .hush = daemon_hush,
        .left = daemon_on_left,
        .told = daemon_on_told,
        .changed = daemon_on_vrrp_changed,
        .news = daemon_on_vrrp_news,
        .tell = daemon_tell,
        .mail = daemon_mail,
        .is_present = daemon_is_present,
        .is_ours = daemon_is_ours,
        .files_changed = daemon_on_files_changed,
        .find_bfd = daemon_find_bfd,
        .find_steering = daemon_find_steering,
        .find_route = daemon_find_route,
        .find_rule = daemon_find_rule,
        .obtain_virtual = daemon_obtain_virtual,
        .raise_virtual = daemon_raise_virtual,
        .release_virtual = daemon_release_virtual,
        .promote = daemon_promote,
    };
    const struct bfd_hooks bfd_hooks = {.argument = daemon, .changed = daemon_on_bfd_changed};

    daemon->bfd = bfd_new(daemon->loop, daemon->log, &bfd_hooks);
    daemon->vrrp =
        vrrp_new(daemon->loop, daemon->log, daemon->runner, daemon->runtime, &vrrp_hooks);
}
