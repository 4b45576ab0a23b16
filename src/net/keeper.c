/* SPDX-License-Identifier: Apache-2.0
 *
 * Desired entries in, a plan by comparison with what the kernel was seen to have, one rtnetlink
 * batch. What an entry is, who wants it and why is not known here.
 */
#include "net/keeper.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/receive_buffer.h"
#include "net/keeper_inside.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEEPER_BATCH_SIZE = 64 * 1024, /* bytes of one sendmsg */
    KEEPER_RECEIVE_BUFFER = 4 * 1024 * 1024,
    KEEPER_FIRST_DUMPS = 3, /* tries to read all at once while somebody changes it */
};

/* @param value  resolved; kept until the answer is there */
static void keeper_put(struct keeper *keeper, struct keeper_entry *entry,
                       enum rtnetlink_action action, const void *value)
{
    void *copy = NULL;

    if (keeper->batch_size + keeper->kind->message_size > KEEPER_BATCH_SIZE) {
        keeper_send(keeper);
    }
    if (!keeper->batch) {
        keeper->batch = memory_new(1, KEEPER_BATCH_SIZE);
    }
    keeper->batch_size +=
        keeper->kind->encode(keeper->batch + keeper->batch_size, keeper->sequence++, action, value);
    if (action != RTNETLINK_REMOVE) {
        copy = memory_new(1, keeper->kind->value_size);
        memcpy(copy, value, keeper->kind->value_size);
    }
    if (keeper->flight_count == keeper->flight_room) {
        keeper->flight_room = keeper->flight_room ? keeper->flight_room * 2 : 64;
        keeper->flights =
            memory_resize(keeper->flights, keeper->flight_room, sizeof(*keeper->flights));
    }
    keeper->flights[keeper->flight_count++] = (struct keeper_flight){entry, copy};
}

void keeper_withdraw(struct keeper *keeper)
{
    for (struct keeper_entry *entry = keeper->entries; entry; entry = entry->hh.next) {
        if (STAILQ_EMPTY(&entry->claims) && entry->present && (!entry->leftover || keeper->swept)) {
            keeper_put(keeper, entry, RTNETLINK_REMOVE, entry->is);
        }
    }
    keeper_send(keeper);
    keeper_forget_finished(keeper);
}

/* Adds, or makes right, what the first claim of an entry wants. */
static void keeper_provide(struct keeper *keeper, struct keeper_entry *entry, void *value,
                           int64_t now)
{
    const struct keeper_kind *kind = keeper->kind;

    memcpy(value, STAILQ_FIRST(&entry->claims)->value, kind->value_size);
    entry->waits = !kind->resolve(keeper->links, value);
    if (entry->waits || now < entry->not_before) { /* a new link brings us back here */
        return;
    }
    if (!entry->present) {
        keeper_put(keeper, entry, RTNETLINK_ADD, value);
    } else if (entry->torn || !kind->is_as_wanted(value, entry->is)) {
        if (kind->is_replaceable(value)) {
            keeper_put(keeper, entry, RTNETLINK_REPLACE, value);
        } else {
            keeper_put(keeper, entry, RTNETLINK_REMOVE, entry->is);
            keeper_put(keeper, entry, RTNETLINK_ADD, value);
        }
    }
}

/* What is to be tried again, and when. */
static void keeper_set_retry(struct keeper *keeper)
{
    int64_t next = CLOCK_NEVER;

    for (const struct keeper_entry *entry = keeper->entries; entry; entry = entry->hh.next) {
        if (!STAILQ_EMPTY(&entry->claims) && (!entry->present || entry->torn) && !entry->waits &&
            entry->not_before < next) {
            next = entry->not_before;
        }
    }
    loop_timer_set(keeper->retry, next);
}

/* Tells an owner of what cannot be put back, or is; he may change the table meanwhile. */
static bool keeper_tell_one(struct keeper *keeper)
{
    for (struct keeper_entry *entry = keeper->entries; entry; entry = entry->hh.next) {
        const struct keeper_claim *claim = STAILQ_FIRST(&entry->claims);
        bool trouble = entry->tell_trouble;
        char *owner;
        char *text;

        if (!entry->tell_trouble && !entry->tell_restored) {
            continue;
        }
        entry->tell_trouble = false;
        entry->tell_restored = false;
        if (!claim || !claim->track) {
            continue;
        }
        text = memory_text(trouble ? entry->trouble : "");
        owner = memory_text(claim->owner);
        if (trouble) {
            keeper->hooks.trouble(keeper->hooks.argument, owner, text);
        } else {
            keeper->hooks.restored(keeper->hooks.argument, owner);
        }
        free(owner);
        free(text);
        return true;
    }
    return false;
}

void keeper_commit(struct keeper *keeper)
{
    void *value = memory_new(1, keeper->kind->value_size);
    int64_t now = clock_now();

    keeper_withdraw(keeper);
    for (struct keeper_entry *entry = keeper->entries; entry; entry = entry->hh.next) {
        if (!STAILQ_EMPTY(&entry->claims)) {
            keeper_provide(keeper, entry, value, now);
        }
    }
    free(value);
    keeper_send(keeper);
    keeper_set_retry(keeper);
    while (keeper_tell_one(keeper)) {
    }
}

static void keeper_retry(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    keeper_commit(argument);
}

struct keeper_state keeper_state(const struct keeper *keeper, const void *value)
{
    void *placed = keeper_place(keeper, value);
    const struct keeper_entry *entry = keeper_find(keeper, placed);

    free(placed);
    if (!entry) {
        return (struct keeper_state){0};
    }
    return (struct keeper_state){
        .present = entry->present && !STAILQ_EMPTY(&entry->claims),
        .trouble = entry->waits ? "an interface is not there" : entry->trouble,
    };
}

const struct keeper_counters *keeper_counters(const struct keeper *keeper)
{
    return &keeper->counters;
}

static struct mnl_socket *keeper_connect(unsigned groups, int *error)
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const int one = 1;
    int fd;

    if (!socket) {
        *error = -errno;
        return NULL;
    }
    fd = mnl_socket_get_fd(socket);
    (void)receive_buffer_set(fd, KEEPER_RECEIVE_BUFFER, true);
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)); /* short answers */
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)); /* that say why */
    /* Dumps of what is asked for alone: Linux 4.20; before that of everything. */
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
    if (mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) != 0) {
        *error = -errno;
        (void)mnl_socket_close(socket);
        return NULL;
    }
    *error = 0;
    return socket;
}

struct keeper *keeper_open(struct loop *loop, struct log *log, const struct link_table *links,
                           const struct keeper_kind *kind, const struct keeper_hooks *hooks,
                           int *error)
{
    struct keeper *keeper = memory_new(1, sizeof(*keeper));

    keeper->log = log;
    keeper->links = links;
    keeper->kind = kind;
    keeper->hooks = *hooks;
    keeper->sequence = 1;
    keeper->socket = keeper_connect(0, error);
    if (!*error) {
        keeper->monitor = keeper_connect(kind->groups, error);
    }
    if (*error) {
        keeper_close(keeper);
        return NULL;
    }
    if (kind->filter) { /* without it all is read, and what is not wanted is dropped */
        (void)setsockopt(mnl_socket_get_fd(keeper->monitor), SOL_SOCKET, SO_ATTACH_FILTER,
                         kind->filter, sizeof(*kind->filter));
    }
    keeper->watch = loop_watch_new(loop, LOOP_PRIORITY_NETWORK, mnl_socket_get_fd(keeper->monitor),
                                   false, keeper_readable, keeper);
    keeper->retry = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, keeper_retry, keeper);
    keeper->audit = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, keeper_audit, keeper);
    for (int i = 0; i < KEEPER_FIRST_DUMPS && !keeper_dump(keeper, true); i++) {
    }
    return keeper;
}

void keeper_set_buffers(struct keeper *keeper, const struct conf_buffer *monitor,
                        const struct conf_buffer *command)
{
    int fd = mnl_socket_get_fd(keeper->monitor);

    if (monitor->size) {
        (void)receive_buffer_set(fd, monitor->size, monitor->force);
    } else {
        (void)receive_buffer_set(fd, KEEPER_RECEIVE_BUFFER, true);
    }
    fd = mnl_socket_get_fd(keeper->socket);
    (void)receive_buffer_set(fd, KEEPER_RECEIVE_BUFFER,
                             true); /* a batch has room for its answers */
    if (command->size > KEEPER_RECEIVE_BUFFER) {
        (void)receive_buffer_set(fd, command->size, command->force);
    }
}

void keeper_close(struct keeper *keeper)
{
    struct keeper_entry *entry;
    struct keeper_entry *next;

    if (!keeper) {
        return;
    }
    HASH_ITER(hh, keeper->entries, entry, next) {
        keeper_forget(keeper, entry);
    }
    loop_watch_free(keeper->watch);
    loop_timer_free(keeper->retry);
    loop_timer_free(keeper->audit);
    if (keeper->socket) {
        (void)mnl_socket_close(keeper->socket);
    }
    if (keeper->monitor) {
        (void)mnl_socket_close(keeper->monitor);
    }
    free(keeper->flights);
    free(keeper->batch);
    free(keeper);
}
