/* SPDX-License-Identifier: Apache-2.0
 *
 * The link monitor: one rtnetlink socket for dumps and notifications, and the table made from them.
 */
#include "net/link.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/receive_buffer.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINK_RECEIVE_BUFFER = 8 * 1024 * 1024, /* bytes: a burst of thousands of changes fits */
    LINK_READ_SIZE = 32 * 1024,            /* the largest part of a dump: linux/netlink.h */
    LINK_START_LIMIT_MS = 10000,
    LINK_READS_PER_TURN = 64,
};

/* An interface in the table. `link` comes first, so that a link is its entry. */
struct link_entry {
    struct link link;
    uint32_t *marks; /* of its addresses, in their order: a thousand are searched in no time */
    bool seen;       /* by the dump under way */
    UT_hash_handle hh;
};

enum link_dump {
    LINK_DUMP_NONE,
    LINK_DUMP_LINKS,
    LINK_DUMP_ADDRESSES,
};

struct link_table {
    struct log *log;
    struct loop_watch *watch;
    struct mnl_socket *socket;
    link_function function; /* NULL until the first state is complete */
    void *argument;
    struct link_entry *entries;
    enum link_dump dump;
    bool dump_again; /* a notification was lost while a dump was under way */
    bool reading;    /* what was read is being worked off */
    uint32_t sequence;
};

static void link_tell(const struct link_table *table, enum link_event_kind kind,
                      const struct link *link, const struct rtnetlink_address *address)
{
    const struct link_event event = {.kind = kind, .link = link, .address = address};

    if (table->function) {
        table->function(table->argument, &event);
    }
}

static struct link_entry *link_entry_find(const struct link_table *table, int index)
{
    struct link_entry *entry;

    HASH_FIND_INT(table->entries, &index, entry);
    return entry;
}

static uint32_t link_address_mark(const struct inet_prefix *prefix)
{
    return hash_of_bytes(prefix->addr.bytes, inet_family_size(prefix->addr.family)) +
           prefix->length;
}

static size_t link_address_find(const struct link_entry *entry, const struct inet_prefix *prefix)
{
    const struct link *link = &entry->link;
    uint32_t mark = link_address_mark(prefix);
    size_t at = 0;

    while (at < link->address_count &&
           (entry->marks[at] != mark || link->addresses[at].prefix.length != prefix->length ||
            !inet_equal(&link->addresses[at].prefix.addr, &prefix->addr))) {
        at++;
    }
    return at;
}

static void link_address_add(struct link_entry *entry, const struct rtnetlink_address *address)
{
    struct link *link = &entry->link;
    size_t at = link->address_count++;

    link->addresses = memory_resize(link->addresses, at + 1, sizeof(*address));
    link->addresses[at] = *address;
    entry->marks = memory_resize(entry->marks, at + 1, sizeof(*entry->marks));
    entry->marks[at] = link_address_mark(&address->prefix);
}

static void link_address_remove(struct link_table *table, struct link_entry *entry, size_t at)
{
    struct link *link = &entry->link;
    struct rtnetlink_address gone = link->addresses[at];
    size_t behind = --link->address_count - at;

    memmove(link->addresses + at, link->addresses + at + 1, behind * sizeof(gone));
    memmove(entry->marks + at, entry->marks + at + 1, behind * sizeof(*entry->marks));
    link_tell(table, LINK_ADDRESS_GONE, link, &gone);
}

static void link_forget(struct link_table *table, struct link_entry *entry)
{
    HASH_DEL(table->entries, entry); /* NOLINT(clang-analyzer-unix.Malloc): unlinks it */
    free(entry->link.addresses);
    free(entry->marks);
    free(entry);
}

static void link_remove(struct link_table *table, struct link_entry *entry)
{
    while (entry->link.address_count) {
        link_address_remove(table, entry, entry->link.address_count - 1);
    }
    link_tell(table, LINK_GONE, &entry->link, NULL);
    link_forget(table, entry);
}

/*
 * A name is another interface's now: who had it has gone, or has another name, and its notification
 * was lost. It goes first, or whoever waits for that name would hear of its end last; where it is
 * still there, the dump under way will show it.
 */
static void link_vacate(struct link_table *table, const struct rtnetlink_link *info)
{
    struct link_entry *entry = table->entries;

    while (entry && (entry->link.info.index == info->index ||
                     strcmp(entry->link.info.name, info->name) != 0)) {
        entry = entry->hh.next;
    }
    if (entry) {
        link_tell(table, LINK_GONE, &entry->link, NULL);
        link_forget(table, entry);
    }
}

static bool link_info_equal(const struct rtnetlink_link *a, const struct rtnetlink_link *b)
{
    return a->flags == b->flags && a->mtu == b->mtu && a->vrf == b->vrf &&
           a->mac_size == b->mac_size && memcmp(a->mac, b->mac, a->mac_size) == 0 &&
           strcmp(a->name, b->name) == 0;
}

/* Everybody knows interfaces by name, so a new name is one that goes and one that comes. */
static void link_rename(struct link_table *table, struct link_entry *entry,
                        const struct rtnetlink_link *info)
{
    struct link *link = &entry->link;

    link_tell(table, LINK_GONE, link, NULL);
    link->info = *info;
    link_tell(table, LINK_NEW, link, NULL);
    for (size_t i = 0; i < link->address_count; i++) {
        link_tell(table, LINK_ADDRESS_NEW, link, &link->addresses[i]);
    }
}

static void link_on_new(struct link_table *table, const struct rtnetlink_link *info)
{
    struct link_entry *entry = link_entry_find(table, info->index);
    bool fresh = !entry;

    if (fresh || strcmp(entry->link.info.name, info->name) != 0) {
        link_vacate(table, info);
    }
    if (fresh) {
        entry = memory_new(1, sizeof(*entry));
        entry->link.info = *info;
        HASH_ADD_INT(table->entries, link.info.index, entry);
    }
    entry->seen = true;
    if (!fresh && strcmp(entry->link.info.name, info->name) != 0) {
        link_rename(table, entry, info);
        return;
    }
    if (fresh || !link_info_equal(&entry->link.info, info)) {
        entry->link.info = *info;
        link_tell(table, fresh ? LINK_NEW : LINK_CHANGED, &entry->link, NULL);
    }
}

static void link_on_address(struct link_table *table, const struct rtnetlink_address *address,
                            bool added)
{
    struct link_entry *entry = link_entry_find(table, address->index);
    struct link *link;
    uint32_t flags;
    size_t at;

    if (!entry) {
        return;
    }
    link = &entry->link;
    at = link_address_find(entry, &address->prefix);
    if (!added) {
        if (at < link->address_count) {
            link_address_remove(table, entry, at);
        }
        return;
    }
    if (at == link->address_count) {
        link_address_add(entry, address);
        link_tell(table, LINK_ADDRESS_NEW, link, address);
    }
    flags = link->addresses[at].flags;
    link->addresses[at] = *address;
    if (flags != address->flags) {
        link_tell(table, LINK_ADDRESS_CHANGED, link, address);
    }
}

/* A request that fails leaves what is known, and the next resync its turn. */
static int link_request_dump(struct link_table *table, enum link_dump dump)
{
    uint8_t data[RTNETLINK_MESSAGE_SIZE];
    uint16_t type = dump == LINK_DUMP_LINKS ? RTM_GETLINK : RTM_GETADDR;
    size_t size = rtnetlink_encode_dump(data, ++table->sequence, type);
    int error = 0;

    table->dump = dump;
    if (mnl_socket_sendto(table->socket, data, size) < 0) {
        error = -errno;
        table->dump = LINK_DUMP_NONE;
        log_error(table->log, "link monitor", "the kernel's interfaces cannot be read: %s",
                  strerror(-error));
    }
    return error;
}

/* Reads everything anew; what the dumps do not show is gone. */
static void link_resync(struct link_table *table)
{
    struct link_entry *entry;
    struct link_entry *next;

    if (table->dump != LINK_DUMP_NONE) {
        table->dump_again = true;
        return;
    }
    HASH_ITER(hh, table->entries, entry, next) {
        entry->seen = false;
    }
    (void)link_request_dump(table, LINK_DUMP_LINKS);
}

static void link_on_links_done(struct link_table *table)
{
    struct link_entry *entry;
    struct link_entry *next;

    HASH_ITER(hh, table->entries, entry, next) {
        if (!entry->seen) {
            link_remove(table, entry);
            continue;
        }
        for (size_t i = 0; i < entry->link.address_count; i++) {
            entry->link.addresses[i].index = 0; /* not seen yet */
        }
    }
    (void)link_request_dump(table, LINK_DUMP_ADDRESSES);
}

static void link_on_addresses_done(struct link_table *table)
{
    struct link_entry *entry;
    struct link_entry *next;

    table->dump = LINK_DUMP_NONE;
    HASH_ITER(hh, table->entries, entry, next) {
        for (size_t i = entry->link.address_count; i-- > 0;) {
            if (!entry->link.addresses[i].index) {
                entry->link.addresses[i].index = entry->link.info.index;
                link_address_remove(table, entry, i);
            }
        }
    }
    if (table->dump_again) {
        table->dump_again = false;
        link_resync(table);
    }
}

static void link_on_done(struct link_table *table, const struct nlmsghdr *message)
{
    if (message->nlmsg_seq != table->sequence) {
        return;
    }
    if (message->nlmsg_flags & NLM_F_DUMP_INTR) { /* something changed under the dump's feet */
        table->dump_again = true;
    }
    if (table->dump == LINK_DUMP_LINKS) {
        link_on_links_done(table);
    } else if (table->dump == LINK_DUMP_ADDRESSES) {
        link_on_addresses_done(table);
    }
}

static void link_on_message(struct link_table *table, const struct nlmsghdr *message)
{
    struct rtnetlink_link info;
    struct rtnetlink_address address;

    switch (message->nlmsg_type) {
    case RTM_NEWLINK:
        if (rtnetlink_decode_link(message, &info)) {
            link_on_new(table, &info);
        }
        break;
    case RTM_DELLINK:
        if (rtnetlink_decode_link(message, &info) && link_entry_find(table, info.index)) {
            link_remove(table, link_entry_find(table, info.index));
        }
        break;
    case RTM_NEWADDR:
    case RTM_DELADDR:
        if (rtnetlink_decode_address(message, &address)) {
            link_on_address(table, &address, message->nlmsg_type == RTM_NEWADDR);
        }
        break;
    case NLMSG_DONE:
        link_on_done(table, message);
        break;
    default:
        break;
    }
}

/* Reads one datagram. @return 0, -EAGAIN when there is none */
static int link_read(struct link_table *table)
{
    uint8_t data[LINK_READ_SIZE] __attribute__((aligned(8)));
    ssize_t size = mnl_socket_recvfrom(table->socket, data, sizeof(data));
    struct rtnetlink_datagram datagram = {data, (size_t)size};
    const struct nlmsghdr *message;

    if (size < 0) {
        if (errno == ENOBUFS) {
            log_notice(table->log, "link monitor",
                       "the kernel dropped notifications: reading everything again");
            link_resync(table);
            return 0;
        }
        return -errno;
    }
    while ((message = rtnetlink_next(&datagram)) != NULL) {
        link_on_message(table, message);
    }
    return 0;
}

void link_read_queued(struct link_table *table)
{
    if (table->reading) {
        return;
    }
    table->reading = true;
    /* Bounded, so that a storm of changes cannot keep the loop from its timers. */
    for (int i = 0; i < LINK_READS_PER_TURN && link_read(table) == 0; i++) {
    }
    table->reading = false;
}

static void link_readable(void *argument)
{
    link_read_queued(argument);
}

static int link_subscribe(struct link_table *table)
{
    int fd;

    table->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (!table->socket) {
        return -errno;
    }
    fd = mnl_socket_get_fd(table->socket);
    (void)receive_buffer_set(fd, LINK_RECEIVE_BUFFER, true);
    if (mnl_socket_bind(table->socket, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
                        MNL_SOCKET_AUTOPID) != 0) {
        return -errno;
    }
    return 0;
}

/* The first state is waited for: nothing else runs yet, and the kernel answers at once. */
static int link_read_first(struct link_table *table)
{
    struct pollfd ready = {.fd = mnl_socket_get_fd(table->socket), .events = POLLIN};
    int64_t limit = clock_now() + LINK_START_LIMIT_MS * CLOCK_MILLISECOND;
    int error = link_request_dump(table, LINK_DUMP_LINKS);

    while (!error && table->dump != LINK_DUMP_NONE) {
        if (clock_now() > limit) {
            return -ETIMEDOUT;
        }
        (void)poll(&ready, 1, 100);
        error = link_read(table);
        if (error == -EAGAIN || error == -EINTR) {
            error = 0;
        }
    }
    return error;
}

struct link_table *link_open(struct loop *loop, struct log *log, link_function function,
                             void *argument, int *error)
{
    struct link_table *table = memory_new(1, sizeof(*table));

    table->log = log;
    table->argument = argument;
    *error = link_subscribe(table);
    if (!*error) {
        *error = link_read_first(table);
    }
    if (*error) {
        link_close(table);
        return NULL;
    }
    table->function = function;
    table->watch = loop_watch_new(loop, LOOP_PRIORITY_NETWORK, mnl_socket_get_fd(table->socket),
                                  false, link_readable, table);
    return table;
}

uint32_t link_set_buffer(struct link_table *table, const struct conf_buffer *buffer)
{
    int fd = mnl_socket_get_fd(table->socket);

    return buffer->size ? receive_buffer_set(fd, buffer->size, buffer->force)
                        : receive_buffer_set(fd, LINK_RECEIVE_BUFFER, true);
}

void link_close(struct link_table *table)
{
    struct link_entry *entry;
    struct link_entry *next;

    if (!table) {
        return;
    }
    loop_watch_free(table->watch);
    if (table->socket) {
        (void)mnl_socket_close(table->socket);
    }
    table->function = NULL;
    HASH_ITER(hh, table->entries, entry, next) {
        link_remove(table, entry);
    }
    free(table);
}

const struct link *link_find_index(const struct link_table *table, int index)
{
    const struct link_entry *entry = link_entry_find(table, index);

    return entry ? &entry->link : NULL;
}

const struct link *link_find(const struct link_table *table, const char *name)
{
    for (const struct link *link = link_next(table, NULL); link; link = link_next(table, link)) {
        if (strcmp(link->info.name, name) == 0) {
            return link;
        }
    }
    return NULL;
}

const struct link *link_next(const struct link_table *table, const struct link *link)
{
    const struct link_entry *entry = (const struct link_entry *)link;
    const struct link_entry *next = entry ? entry->hh.next : table->entries;

    return next ? &next->link : NULL;
}

bool link_is_running(const struct link *link)
{
    /* IFF_RUNNING follows the operational state (RFC 2863), so it is off without a carrier. */
    return (link->info.flags & IFF_UP) && (link->info.flags & IFF_RUNNING);
}

const struct inet_addr *link_primary_address(const struct link *link, uint8_t family)
{
    for (size_t i = 0; i < link->address_count; i++) {
        const struct rtnetlink_address *address = &link->addresses[i];
        bool usable = family == AF_INET6
                          ? address->scope == RT_SCOPE_LINK &&
                                !(address->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
                          : !(address->flags & IFA_F_SECONDARY) && address->scope < RT_SCOPE_HOST;

        if (address->prefix.addr.family == family && usable &&
            address->protocol != RTNETLINK_PROTOCOL_HOLDFAST) {
            return &address->prefix.addr;
        }
    }
    return NULL;
}

const struct inet_addr *link_global_address(const struct link *link)
{
    const uint32_t unfit = IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED | IFA_F_TEMPORARY;

    for (size_t i = 0; i < link->address_count; i++) {
        const struct rtnetlink_address *address = &link->addresses[i];

        if (address->prefix.addr.family == AF_INET6 && address->scope == RT_SCOPE_UNIVERSE &&
            !(address->flags & unfit) && address->protocol != RTNETLINK_PROTOCOL_HOLDFAST) {
            return &address->prefix.addr;
        }
    }
    return NULL;
}

bool link_is_tentative(const struct link *link)
{
    for (size_t i = 0; i < link->address_count; i++) {
        const struct rtnetlink_address *address = &link->addresses[i];

        if (address->prefix.addr.family == AF_INET6 && address->scope == RT_SCOPE_LINK &&
            (address->flags & IFA_F_TENTATIVE) && !(address->flags & IFA_F_DADFAILED)) {
            return true;
        }
    }
    return false;
}

const struct rtnetlink_address *link_find_address(const struct link *link,
                                                  const struct inet_prefix *prefix)
{
    size_t at = link_address_find((const struct link_entry *)link, prefix); /* it is its entry */

    return at < link->address_count ? &link->addresses[at] : NULL;
}
