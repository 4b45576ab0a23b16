/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtual interfaces at work: asks the kernel what is there, has vmac_plan say what is to be done,
 * does it, and undoes it where a part fails. The kernel works off a request within the call that
 * sends it, so that the answer is there when that returns and nothing waits.
 */
#include "net/vmac.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum {
    VMAC_ANSWER_SIZE = 32 * 1024, /* bytes: the largest answer about one link */
    VMAC_OWNER_SIZE = 64,
};

#define VMAC_FIRST_WAIT (1 * CLOCK_SECOND)
#define VMAC_LAST_WAIT  (60 * CLOCK_SECOND)

struct vmac_entry {
    char name[RTNETLINK_NAME_SIZE];
    char parent[RTNETLINK_NAME_SIZE];
    char owner[VMAC_OWNER_SIZE];
    struct conf_vmac conf; /* its texts are those above */
    int index;             /* 0: it is not there */
    int undone;            /* the index of the last one that we removed since it was not good */
    struct rtnetlink_stacked below;
    bool up;
    bool holds;                   /* the parent's arp_ignore */
    char problem[VMAC_TEXT_SIZE]; /* why it is not there */
    int64_t wait;                 /* back-off */
    int64_t not_before;
    struct vmac_entry *prev;
    struct vmac_entry *next;
};

struct vmac_table {
    struct log *log;
    struct link_table *links;
    struct sysctl_table *settings;
    struct vmac_hooks hooks;
    struct mnl_socket *socket;
    struct loop_timer *retry;
    struct vmac_entry *entries;
    struct vmac_counters counters;
    char mark[RTNETLINK_ALIAS_SIZE];
    uint32_t sequence;
};

/* ---- One request ------------------------------------------------------------------------------- */

/* @return 1: the answer was there, `error` is it; 0: not in this datagram */
static int vmac_read_answer(const struct vmac_table *table, struct rtnetlink_datagram datagram,
                            struct rtnetlink_stacked *link, int *error)
{
    const struct nlmsghdr *message;

    while ((message = rtnetlink_next(&datagram)) != NULL) {
        const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);

        if (message->nlmsg_seq != table->sequence) {
            continue;
        }
        if (message->nlmsg_type == NLMSG_ERROR &&
            mnl_nlmsg_get_payload_len(message) >= sizeof(*answer)) {
            *error = answer->error;
            return 1;
        }
        if (link && rtnetlink_decode_stacked(message, link)) {
            *error = 0;
            return 1;
        }
    }
    return 0;
}

/* Sends a request and reads its answer. @return 0 or -errno */
static int vmac_request(struct vmac_table *table, const uint8_t *data, size_t size,
                        struct rtnetlink_stacked *link)
{
    uint8_t answer[VMAC_ANSWER_SIZE] __attribute__((aligned(8)));
    int error = -EPROTO;

    if (mnl_socket_sendto(table->socket, data, size) < 0) {
        return -errno;
    }
    for (;;) {
        ssize_t got = mnl_socket_recvfrom(table->socket, answer, sizeof(answer));

        if (got < 0) {
            return errno == EINTR || errno == EAGAIN ? -EPROTO : -errno;
        }
        if (vmac_read_answer(table, (struct rtnetlink_datagram){answer, (size_t)got}, link,
                             &error)) {
            return error;
        }
    }
}

static int vmac_get(struct vmac_table *table, const char *name, struct rtnetlink_stacked *link)
{
    uint8_t data[RTNETLINK_LINK_SIZE];

    return vmac_request(table, data, rtnetlink_encode_get(data, ++table->sequence, name), link);
}

static int vmac_delete(struct vmac_table *table, int index)
{
    uint8_t data[RTNETLINK_LINK_SIZE];

    return vmac_request(table, data, rtnetlink_encode_delete(data, ++table->sequence, index), NULL);
}

static int vmac_mark(struct vmac_table *table, int index, const struct rtnetlink_stacked *wanted)
{
    uint8_t data[RTNETLINK_LINK_SIZE];

    return vmac_request(
        table, data,
        rtnetlink_encode_mark(data, ++table->sequence, index, wanted->alias, wanted->group), NULL);
}

static int vmac_command_up(struct vmac_table *table, int index, bool up)
{
    uint8_t data[RTNETLINK_LINK_SIZE];

    return vmac_request(table, data, rtnetlink_encode_up(data, ++table->sequence, index, up), NULL);
}

/* ---- Settings ---------------------------------------------------------------------------------- */

static struct vmac_host vmac_read_host(void)
{
    struct vmac_host host = {.has_ipv6 = true};
    uint32_t value;

    (void)sysctl_read("net/ipv4/conf/all/rp_filter", &host.all_rp_filter);
    (void)sysctl_read("net/ipv4/conf/all/arp_filter", &host.all_arp_filter);
    host.has_ipv6 = sysctl_read("net/ipv6/conf/all/disable_ipv6", &value) == 0;
    return host;
}

/* Sets and reads back all that the interface needs. */
static bool vmac_settle(const struct vmac_entry *entry, char problem[VMAC_TEXT_SIZE])
{
    struct vmac_host host = vmac_read_host();
    struct vmac_setting settings[VMAC_SETTINGS];
    size_t count = vmac_plan_settings(&host, entry->conf.ipv6, settings);

    if (!vmac_plan_host_allows(&host, problem)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        char path[VMAC_PATH_SIZE];

        vmac_plan_path(path, entry->name, settings[i].family, settings[i].key);
        if (!sysctl_set(path, settings[i].value, problem)) {
            return false;
        }
    }
    return true;
}

/* What answers to the clients need, which leave by the parent: vmac_plan_parent(). */
static bool vmac_hold_parent(struct vmac_table *table, struct vmac_entry *entry,
                             char problem[VMAC_TEXT_SIZE])
{
    struct vmac_setting settings[VMAC_SETTINGS];
    size_t count = vmac_plan_parent(settings);
    bool good = true;

    if (entry->holds) {
        return true;
    }
    entry->holds = true;
    for (size_t i = 0; i < count; i++) { /* all, since all are released */
        char text[VMAC_TEXT_SIZE];

        if (!sysctl_hold(table->settings, entry->parent, settings[i].key, settings[i].value,
                         text)) {
            (void)text_copy(problem, VMAC_TEXT_SIZE, text);
            good = false;
        }
    }
    return good;
}

static void vmac_release_parent(struct vmac_table *table, struct vmac_entry *entry)
{
    struct vmac_setting settings[VMAC_SETTINGS];
    size_t count = vmac_plan_parent(settings);

    for (size_t i = 0; entry->holds && i < count; i++) {
        sysctl_release(table->settings, entry->parent, settings[i].key);
    }
    entry->holds = false;
}

/* ---- Making one -------------------------------------------------------------------------------- */

static void vmac_explain(const struct vmac_entry *entry, const char *what, int error,
                         char problem[VMAC_TEXT_SIZE])
{
    const char *advice = "";

    if (error == -EPERM) {
        advice = ": CAP_NET_ADMIN is needed";
    } else if (error == -EOPNOTSUPP) {
        advice = entry->conf.kind == CONF_VMAC_MACVLAN
                     ? ": the kernel lacks macvlan (modprobe macvlan)"
                     : ": the kernel lacks ipvlan (modprobe ipvlan)";
    } else if (error == -EBUSY) {
        advice = ": its parent carries another kind of virtual interface, or belongs to a bridge";
    }
    (void)snprintf(problem, VMAC_TEXT_SIZE, "interface %s cannot be %s on %s: %s%s", entry->name,
                   what, entry->parent, strerror(-error), advice);
}

/* Makes it, marks it, and looks whether the kernel has made what was asked for. */
static bool vmac_create(struct vmac_table *table, const struct vmac_entry *entry,
                        const struct rtnetlink_stacked *wanted, struct rtnetlink_stacked *made,
                        char problem[VMAC_TEXT_SIZE])
{
    uint8_t data[RTNETLINK_LINK_SIZE];
    int error =
        vmac_request(table, data, rtnetlink_encode_stacked(data, ++table->sequence, wanted), NULL);

    made->link.index = 0;
    if (!error) {
        error = vmac_get(table, wanted->link.name, made);
    }
    if (error) {
        vmac_explain(entry, "made", error, problem);
        return false;
    }
    error = vmac_mark(table, made->link.index, wanted);
    if (error) {
        vmac_explain(entry, "marked", error, problem);
        return false;
    }
    if (!vmac_plan_is_same(wanted, made)) {
        (void)snprintf(problem, VMAC_TEXT_SIZE,
                       "interface %s was changed while it was made: find out who does that (udev "
                       "and systemd-networkd can)",
                       entry->name);
        return false;
    }
    table->counters.created++;
    return true;
}

/* Brings about what the plan says. @return whether there is one with our mark now: `there` */
static bool vmac_carry_out(struct vmac_table *table, const struct vmac_entry *entry,
                           const struct rtnetlink_stacked *wanted, enum vmac_step step,
                           struct rtnetlink_stacked *there, char problem[VMAC_TEXT_SIZE])
{
    int error;

    switch (step) {
    case VMAC_FOREIGN:
        return false;
    case VMAC_KEEP:
        return true;
    case VMAC_MARK:
        error = vmac_mark(table, there->link.index, wanted);
        if (error) {
            vmac_explain(entry, "marked", error, problem);
        } else {
            log_notice(table->log, entry->owner, "adopted interface %s on %s", entry->name,
                       entry->parent);
        }
        return !error;
    case VMAC_REPLACE:
        error = vmac_delete(table, there->link.index);
        if (error) {
            vmac_explain(entry, "replaced", error, problem);
            return false;
        }
        break;
    case VMAC_CREATE:
        break;
    }
    return vmac_create(table, entry, wanted, there, problem);
}

/* The whole transaction. @return whether the interface is there with all that it needs */
static bool vmac_establish(struct vmac_table *table, struct vmac_entry *entry,
                           char problem[VMAC_TEXT_SIZE])
{
    struct rtnetlink_stacked wanted;
    struct rtnetlink_stacked there = {.parent = 0};
    enum vmac_step step;
    bool good;

    if (vmac_get(table, entry->parent, &entry->below) != 0) {
        (void)snprintf(problem, VMAC_TEXT_SIZE, "interface %s does not exist", entry->parent);
        return false;
    }
    if (!vmac_plan_can_carry(&entry->below, problem)) {
        return false;
    }
    wanted = vmac_plan_wanted(&entry->conf, &entry->below, table->mark);
    step =
        vmac_plan_step(&wanted, vmac_get(table, entry->name, &there) == 0 ? &there : NULL, problem);
    good = vmac_carry_out(table, entry, &wanted, step, &there, problem);
    if (good) {
        good = vmac_hold_parent(table, entry, problem) && vmac_settle(entry, problem);
        table->counters.adopted += good && (step == VMAC_KEEP || step == VMAC_MARK);
    }
    if (!good) { /* nothing of it stays */
        vmac_release_parent(table, entry);
        if (step != VMAC_FOREIGN && there.link.index) {
            entry->undone = there.link.index;
            (void)vmac_delete(table, there.link.index);
        }
        return false;
    }
    entry->index = there.link.index;
    entry->up = there.link.flags & IFF_UP;
    return true;
}

/* ---- Who owns which ---------------------------------------------------------------------------- */

static struct vmac_entry *vmac_find(const struct vmac_table *table, const char *name)
{
    struct vmac_entry *entry;

    DL_FOREACH(table->entries, entry) {
        if (strcmp(entry->name, name) == 0) {
            return entry;
        }
    }
    return NULL;
}

static bool vmac_is_as_configured(const struct vmac_entry *entry, const struct conf_vmac *conf)
{
    return entry->conf.kind == conf->kind && strcmp(entry->parent, conf->parent) == 0 &&
           memcmp(entry->conf.mac, conf->mac, sizeof(conf->mac)) == 0 &&
           entry->conf.mode == conf->mode && entry->conf.has_group == conf->has_group &&
           entry->conf.group == conf->group && entry->conf.ipv6 == conf->ipv6 &&
           entry->conf.notify == conf->notify &&
           inet_equal(&entry->conf.address.addr, &conf->address.addr) &&
           entry->conf.address.length == conf->address.length;
}

static void vmac_set_conf(struct vmac_table *table, struct vmac_entry *entry,
                          const struct conf_vmac *conf)
{
    vmac_release_parent(table, entry); /* which may be another one now */
    (void)text_copy(entry->name, sizeof(entry->name), conf->name);
    (void)text_copy(entry->parent, sizeof(entry->parent), conf->parent);
    entry->conf = *conf;
    entry->conf.name = entry->name;
    entry->conf.parent = entry->parent;
    entry->index = 0;
    entry->not_before = 0;
    entry->wait = 0;
}

static struct vmac_entry *vmac_new(struct vmac_table *table, const struct conf_vmac *conf)
{
    struct vmac_entry *entry = memory_new(1, sizeof(*entry));

    vmac_set_conf(table, entry, conf);
    DL_APPEND(table->entries, entry);
    return entry;
}

static void vmac_set_retry(struct vmac_table *table)
{
    const struct vmac_entry *entry;
    int64_t next = CLOCK_NEVER;

    DL_FOREACH(table->entries, entry) {
        if (!entry->index && entry->not_before && entry->not_before < next) {
            next = entry->not_before;
        }
    }
    loop_timer_set(table->retry, next);
}

static void vmac_on_retry(void *argument, int64_t now, int64_t late)
{
    struct vmac_table *table = argument;
    struct vmac_entry *entry;

    (void)late;
    DL_FOREACH(table->entries, entry) {
        if (entry->not_before <= now) {
            entry->not_before = 0; /* whoever wants it tries again; nobody may */
        }
    }
    table->hooks.changed(table->hooks.argument);
    vmac_set_retry(table);
}

static void vmac_refuse(struct vmac_table *table, struct vmac_entry *entry)
{
    entry->wait = entry->wait ? entry->wait * 2 : VMAC_FIRST_WAIT;
    if (entry->wait > VMAC_LAST_WAIT) {
        entry->wait = VMAC_LAST_WAIT;
    }
    entry->not_before = clock_now() + entry->wait;
    entry->index = 0;
    table->counters.refused++;
    log_error(table->log, entry->owner, "%s", entry->problem);
    vmac_set_retry(table);
}

int vmac_obtain(struct vmac_table *table, const char *owner, const struct conf_vmac *conf,
                char problem[VMAC_TEXT_SIZE])
{
    struct vmac_entry *entry = vmac_find(table, conf->name);

    if (!entry) {
        entry = vmac_new(table, conf);
    } else if (!vmac_is_as_configured(entry, conf)) {
        if (strcmp(entry->owner, owner) != 0) {
            (void)snprintf(problem, VMAC_TEXT_SIZE,
                           "interface %s still belongs to %s, which hands over", entry->name,
                           entry->owner);
            return 0;
        }
        vmac_set_conf(table, entry, conf);
    }
    (void)text_copy(entry->owner, sizeof(entry->owner), owner);
    if (!entry->index && clock_now() >= entry->not_before) {
        if (vmac_establish(table, entry, entry->problem)) {
            entry->not_before = 0;
            link_read_queued(table->links); /* who puts addresses on it must know it */
        } else {
            vmac_refuse(table, entry);
        }
    }
    if (!entry->index) {
        (void)text_copy(problem, VMAC_TEXT_SIZE, entry->problem);
    }
    return entry->index;
}

/* An ipvlan has an address of its own, which IPv6 drops when the interface goes down. */
static int vmac_put_address(struct vmac_table *table, const struct vmac_entry *entry)
{
    const struct rtnetlink_address address = {.index = entry->index, .prefix = entry->conf.address};
    uint8_t data[RTNETLINK_MESSAGE_SIZE];

    if (!inet_is_set(&address.prefix.addr)) {
        return 0;
    }
    return vmac_request(table, data,
                        rtnetlink_encode_address(data, ++table->sequence, true, &address), NULL);
}

/* netlink_notify_msg: who listens to the kernel hears of the parent, whose filter of MACs changed. */
static void vmac_notify(struct vmac_table *table, const struct vmac_entry *entry)
{
    uint8_t data[RTNETLINK_LINK_SIZE];

    if (entry->conf.notify) {
        (void)vmac_request(table, data,
                           rtnetlink_encode_group(data, ++table->sequence, entry->below.link.index,
                                                  entry->below.group),
                           NULL);
    }
}

static bool vmac_raise(struct vmac_table *table, struct vmac_entry *entry)
{
    int error;

    /* Once more: udev applies the settings of /etc/sysctl.d to every new interface. */
    if (!vmac_settle(entry, entry->problem)) {
        return false;
    }
    error = vmac_command_up(table, entry->index, true);
    if (!error) {
        error = vmac_put_address(table, entry);
    }
    if (error) {
        vmac_explain(entry, "set up", error, entry->problem);
    }
    return !error;
}

void vmac_set_up(struct vmac_table *table, const char *owner, const char *name, bool up)
{
    struct vmac_entry *entry = vmac_find(table, name);
    int error;

    if (!entry || !entry->index || entry->up == up || strcmp(entry->owner, owner) != 0) {
        return;
    }
    if (up && !vmac_raise(table, entry)) {
        entry->undone = entry->index;
        (void)vmac_delete(table, entry->index);
        vmac_refuse(table, entry);
        loop_timer_set(table->retry, clock_now()); /* its owner hears of it when this is over */
        return;
    }
    if (up) {
        entry->wait = 0;
    } else {
        error = vmac_command_up(table, entry->index, false);
        if (error && error != -ENODEV) {
            log_error(table->log, owner, "interface %s cannot be set down: %s", name,
                      strerror(-error));
        }
    }
    entry->up = up;
    vmac_notify(table, entry);
}

static void vmac_remove(struct vmac_table *table, struct vmac_entry *entry)
{
    int error;

    vmac_release_parent(table, entry);
    if (entry->index) {
        vmac_set_up(table, entry->owner, entry->name, false); /* first: nothing of it is told */
        error = vmac_delete(table, entry->index);
        if (!error) {
            table->counters.removed++;
        } else if (error != -ENODEV) {
            log_error(table->log, entry->owner, "interface %s cannot be removed: %s", entry->name,
                      strerror(-error));
        }
    }
    DL_DELETE(table->entries, entry);
    free(entry);
}

void vmac_release(struct vmac_table *table, const char *owner, const char *name)
{
    struct vmac_entry *entry = vmac_find(table, name);

    if (entry && strcmp(entry->owner, owner) == 0) {
        vmac_remove(table, entry);
        vmac_set_retry(table);
    }
}

/* ---- What others do ---------------------------------------------------------------------------- */

/* The kernel has no word for a move that its addresses would survive: it is made in the other VRF. */
static void vmac_on_parent_changed(struct vmac_table *table, struct vmac_entry *entry,
                                   const struct rtnetlink_link *parent)
{
    if (entry->index && entry->below.link.index == parent->index &&
        entry->below.link.vrf != parent->vrf) {
        log_notice(table->log, entry->owner, "interface %s is in %s now: %s is made anew there",
                   entry->parent, parent->vrf ? "another VRF" : "no VRF", entry->name);
        (void)vmac_delete(table, entry->index);
        entry->index = 0;
        entry->up = false;
        entry->not_before = 0;
    }
}

/* Somebody may have set it up, or given it another MAC: the kernel is asked how it is now. */
static void vmac_on_changed(struct vmac_table *table, struct vmac_entry *entry)
{
    struct rtnetlink_stacked wanted = vmac_plan_wanted(&entry->conf, &entry->below, table->mark);
    struct rtnetlink_stacked is;

    if (vmac_get(table, entry->name, &is) != 0) {
        return;
    }
    if (!vmac_plan_is_same(&wanted, &is)) {
        log_warning(table->log, entry->owner,
                    "interface %s was changed by somebody else: made anew", entry->name);
        (void)vmac_delete(table, entry->index);
        entry->index = 0;
        entry->up = false;
        entry->not_before = 0;
    } else if (((is.link.flags & IFF_UP) != 0) != entry->up) {
        log_warning(table->log, entry->owner, "interface %s was set %s by somebody else: set back",
                    entry->name, entry->up ? "down" : "up");
        entry->up = !entry->up;
        vmac_set_up(table, entry->owner, entry->name, !entry->up);
    }
}

static void vmac_on_entry_event(struct vmac_table *table, struct vmac_entry *entry,
                                const struct link_event *event)
{
    const struct rtnetlink_link *info = &event->link->info;

    if (entry->index && entry->index == info->index) {
        if (event->kind == LINK_GONE) {
            (void)vmac_delete(table, entry->index); /* it may have been renamed */
            entry->index = 0;
            entry->up = false;
        } else if (event->kind == LINK_CHANGED) {
            vmac_on_changed(table, entry);
        }
        return;
    }
    if (event->kind == LINK_CHANGED) {
        vmac_on_parent_changed(table, entry, info);
    }
    /* What was lacking is there, or what was in the way is gone; but not what we have removed. */
    if ((event->kind == LINK_NEW && strcmp(entry->parent, info->name) == 0) ||
        (event->kind == LINK_GONE && strcmp(entry->name, info->name) == 0 &&
         entry->undone != info->index)) {
        entry->not_before = 0;
    }
}

void vmac_on_link_event(struct vmac_table *table, const struct link_event *event)
{
    struct vmac_entry *entry;
    struct vmac_entry *next;

    if (event->address) {
        return;
    }
    if (event->kind == LINK_NEW) {
        sysctl_on_link_new(table->settings, event->link->info.name);
    }
    DL_FOREACH_SAFE(table->entries, entry, next) {
        vmac_on_entry_event(table, entry, event);
    }
}

/* ---- Start, stop, questions -------------------------------------------------------------------- */

static void vmac_sweep_one(struct vmac_table *table, const char *name)
{
    struct rtnetlink_stacked there = {.parent = 0};

    if (vmac_find(table, name) || vmac_get(table, name, &there) != 0 ||
        there.kind == RTNETLINK_KIND_OTHER || strcmp(there.alias, table->mark) != 0) {
        return;
    }
    if (vmac_delete(table, there.link.index) == 0) {
        table->counters.removed++;
        log_notice(table->log, name, "was left by an earlier run: removed");
    }
}

void vmac_sweep(struct vmac_table *table)
{
    const struct link *link;

    for (link = link_next(table->links, NULL); link; link = link_next(table->links, link)) {
        vmac_sweep_one(table, link->info.name);
    }
}

struct vmac_table *vmac_open(struct loop *loop, struct log *log, struct link_table *links,
                             struct sysctl_table *settings, const char *mark,
                             const struct vmac_hooks *hooks, int *error)
{
    struct vmac_table *table = memory_new(1, sizeof(*table));

    table->log = log;
    table->links = links;
    table->settings = settings;
    table->hooks = *hooks;
    (void)text_copy(table->mark, sizeof(table->mark), mark);
    table->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
    *error = !table->socket || mnl_socket_bind(table->socket, 0, MNL_SOCKET_AUTOPID) ? -errno : 0;
    if (*error) {
        vmac_close(table);
        return NULL;
    }
    table->retry = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, vmac_on_retry, table);
    return table;
}

void vmac_close(struct vmac_table *table)
{
    struct vmac_entry *entry;
    struct vmac_entry *next;

    if (!table) {
        return;
    }
    DL_FOREACH_SAFE(table->entries, entry, next) {
        DL_DELETE(table->entries, entry);
        free(entry);
    }
    loop_timer_free(table->retry);
    if (table->socket) {
        (void)mnl_socket_close(table->socket);
    }
    free(table);
}

const struct vmac_counters *vmac_counters(const struct vmac_table *table)
{
    return &table->counters;
}
