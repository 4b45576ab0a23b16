/* SPDX-License-Identifier: Apache-2.0
 *
 * The network: opening of all that looks at it or changes it, and who is told when it changes.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/runtime.h"
#include "base/text.h"
#include "bfd/bfd.h"
#include "ipvs/sync.h"
#include "net/address.h"
#include "net/carrier.h"
#include "net/igmp.h"
#include "net/link.h"
#include "net/neigh.h"
#include "net/route.h"
#include "net/rule.h"
#include "net/sysctl.h"
#include "net/vmac.h"
#include "parser/conf.h"
#include "vrrp/vrrp.h"

#include <errno.h>
#include <string.h>

void daemon_on_links_changed(void *argument, int64_t now, int64_t late)
{
    struct daemon *daemon = argument;

    (void)now;
    (void)late;
    bfd_on_link_change(daemon->bfd);
    vrrp_on_link_change(daemon->vrrp);
    if (!daemon->is_stopping) {
        sync_mark_daemon(daemon->sync);
    }
}

static void daemon_on_link_event(void *argument, const struct link_event *event)
{
    struct daemon *daemon = argument;
    bool our_own = event->address && event->address->protocol == RTNETLINK_PROTOCOL_HOLDFAST;

    if (daemon->carriers) {
        carrier_on_link_event(daemon->carriers, event);
    }
    if (daemon->vmacs) {
        vmac_on_link_event(daemon->vmacs, event);
    }
    if (daemon->addresses) {
        address_on_link_event(daemon->addresses, event);
    }
    if (daemon->routes) {
        route_on_link_event(daemon->routes);
    }
    if (daemon->checker && (event->address || event->kind == LINK_GONE)) {
        loop_timer_set(daemon->addresses_changed, clock_now());
    }
    if (!our_own && daemon->vrrp) {
        loop_timer_set(daemon->links_changed, clock_now());
    }
}

/* One process has the sockets of keepalived's two: the larger buffer counts. */
static struct conf_buffer daemon_larger_buffer(const struct conf *conf, enum conf_buffer_kind one,
                                               enum conf_buffer_kind other)
{
    const struct conf_buffer *buffers = conf->global.buffers;

    return buffers[buffers[one].size >= buffers[other].size ? one : other];
}

static void daemon_check_buffer(const struct daemon *daemon, const char *keyword,
                                const struct conf_buffer *buffer, uint32_t size)
{
    if (size < buffer->size) {
        log_notice(daemon->log, keyword, "net.core.rmem_max allows %u bytes; %s_force does more",
                   size, keyword);
    }
}

void daemon_set_buffers(struct daemon *daemon, const struct conf *conf)
{
    const struct conf_buffer monitor =
        daemon_larger_buffer(conf, CONF_BUFFER_VRRP_MONITOR, CONF_BUFFER_LVS_MONITOR);
    const struct conf_buffer command =
        daemon_larger_buffer(conf, CONF_BUFFER_VRRP_COMMAND, CONF_BUFFER_LVS_COMMAND);

    daemon_check_buffer(daemon, "vrrp_netlink_monitor_rcv_bufs", &monitor,
                        link_set_buffer(daemon->links, &monitor));
    daemon_check_buffer(daemon, "vrrp_netlink_cmd_rcv_bufs", &command,
                        address_set_buffer(daemon->addresses, &command));
    route_set_buffers(daemon->routes, &monitor, &command);
    rule_set_buffers(daemon->rules, &monitor, &command);
}

/* What became of an interface, or of a setting, is looked at by all who need it. */
static void daemon_on_vmac_changed(void *argument)
{
    struct daemon *daemon = argument;

    loop_timer_set(daemon->links_changed, clock_now());
}

/* The mark says which daemon's they are: two may run with a runtime directory each. */
static int daemon_open_virtual(struct daemon *daemon)
{
    const struct vmac_hooks hooks = {.argument = daemon, .changed = daemon_on_vmac_changed};
    struct text_buffer mark = {0};
    int error;

    text_appendf(&mark, "holdfast %s", runtime_directory(daemon->runtime));
    daemon->settings = sysctl_table_new(daemon->log);
    daemon->igmp = igmp_new(daemon->log);
    daemon->vmacs = vmac_open(daemon->loop, daemon->log, daemon->links, daemon->settings, mark.data,
                              &hooks, &error);
    text_release(&mark);
    if (!daemon->vmacs) {
        log_error(daemon->log, NULL, "no netlink socket for virtual interfaces: %s",
                  strerror(-error));
    }
    return error;
}

int daemon_open_network(struct daemon *daemon)
{
    const struct address_hooks hooks = {
        .argument = daemon, .restored = daemon_on_restored, .trouble = daemon_on_refused};
    const struct keeper_hooks keeper_hooks = {
        .argument = daemon, .trouble = daemon_on_refused, .restored = daemon_on_put_back};
    int error;

    daemon->links = link_open(daemon->loop, daemon->log, daemon_on_link_event, daemon, &error);
    if (!daemon->links) {
        log_error(daemon->log, NULL, "the kernel's interfaces cannot be watched: %s",
                  strerror(-error));
        return error;
    }
    daemon->carriers =
        carrier_new(daemon->loop, daemon->log, daemon->links, daemon_on_vmac_changed, daemon);
    daemon->addresses = address_open(daemon->loop, daemon->log, daemon->links, &hooks, &error);
    if (!daemon->addresses) {
        log_error(daemon->log, NULL, "no netlink socket for addresses: %s", strerror(-error));
        return error;
    }
    daemon->routes = route_open(daemon->loop, daemon->log, daemon->links, &keeper_hooks, &error);
    if (!daemon->routes) {
        log_error(daemon->log, NULL, "no netlink socket for routes: %s", strerror(-error));
        return error;
    }
    daemon->rules = rule_open(daemon->loop, daemon->log, daemon->links, &keeper_hooks, &error);
    if (!daemon->rules) {
        log_error(daemon->log, NULL, "no netlink socket for rules: %s", strerror(-error));
        return error;
    }
    error = daemon_open_virtual(daemon);
    if (error) {
        return error;
    }
    daemon->neigh = neigh_open(daemon->loop, daemon->log, &error);
    if (!daemon->neigh) {
        log_error(daemon->log, NULL, "no socket for gratuitous ARP: %s%s", strerror(-error),
                  error == -EPERM ? " (CAP_NET_RAW is needed: run as root or as the service)" : "");
        return error;
    }
    return 0;
}
