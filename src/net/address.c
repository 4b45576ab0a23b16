/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual addresses: desired state in, a plan by comparison with what the link monitor knows,
 * and one rtnetlink batch. Who holds an address and why is not known here.
 */
#include "net/address.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/receive_buffer.h"
#include "base/text.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum {
    ADDRESS_BATCH_SIZE = 64 * 1024, /* bytes of one sendmsg */
    ADDRESS_RECEIVE_BUFFER = 4 * 1024 * 1024,
    ADDRESS_TROUBLE_SIZE = 192,
    ADDRESS_TROUBLE_AFTER = 3, /* refusals in a row until the owner is told */
};

#define ADDRESS_FIRST_WAIT (50 * CLOCK_MILLISECOND)
#define ADDRESS_LAST_WAIT  (5 * CLOCK_SECOND)
#define ADDRESS_CALM       (10 * CLOCK_SECOND) /* without a removal: the back-off starts anew */

/* Where an address is, as memory without padding. */
struct address_key {
    char device[RTNETLINK_NAME_SIZE];
    struct inet_addr addr;
    uint8_t length;
};

struct address_entry {
    struct address_key key;
    const char *owner; /* NULL: nobody; to be removed */
    LIST_ENTRY(address_entry) next_held;
    struct rtnetlink_address wanted;
    bool claimed;       /* by the list that address_claim() is working through */
    bool present;       /* the kernel has it, as far as we know */
    bool differs;       /* with another label, scope, broadcast or peer than wanted */
    bool lost;          /* somebody else removed it */
    bool moved;         /* its interface went: another one of the name may have another MAC */
    bool skipped;       /* its interface is not there: no message was sent */
    bool flying;        /* a message about it is under way */
    int taken_from;     /* index of what had the name when we took it off, as that was renamed */
    bool tell_restored; /* hooks are called when the table is at rest */
    char *trouble;      /* to be told likewise; NULL: nothing is */
    unsigned removing;  /* our own removals whose notification has not come yet */
    unsigned refusals;  /* in a row */
    int64_t wait;       /* back-off: how long the next one is put off */
    int64_t not_before;
    int64_t lost_at;
    UT_hash_handle hh;
};

LIST_HEAD(address_entries, address_entry);

/* A message under way. */
struct address_flight {
    struct address_entry *entry; /* NULL: answered */
    bool adding;
};

/* Who holds something, so that one of many claims without a look at what all others hold. */
struct address_owner {
    char *name;
    struct address_entries held;
    UT_hash_handle hh;
};

struct address_table {
    struct log *log;
    const struct link_table *links;
    struct address_hooks hooks;
    struct mnl_socket *socket;
    struct loop_watch *watch;
    struct loop_timer *retry;
    struct address_entry *entries;
    struct address_owner *owners;
    struct address_counters counters;
    /* ADDRESS_BATCH_SIZE bytes, there before they are needed: to get them from the system, and to clear
     * them, would come before the announcement. Most batches touch one page of them. */
    uint8_t *batch;
    /* Messages under way: flight[i] has number first_sequence + i; those before flight_done are answered.
     * The kernel answers in their order, and only the last one of a batch where nothing is wrong. */
    struct address_flight *flight;
    size_t flight_size;
    size_t flight_count;
    size_t flight_done;
    uint32_t first_sequence;
};

_Static_assert(sizeof(struct address_key) == RTNETLINK_NAME_SIZE + sizeof(struct inet_addr) + 1,
               "an address key has no hidden padding");

static const char *address_entry_text(char text[INET_PREFIX_TEXT_SIZE],
                                      const struct address_entry *entry)
{
    return inet_prefix_text(text, &entry->wanted.prefix);
}

static struct address_key address_key(const char *device, const struct inet_prefix *prefix)
{
    struct address_key key;

    memset(&key, 0, sizeof(key));
    (void)text_copy(key.device, sizeof(key.device), device);
    key.addr = prefix->addr;
    key.length = prefix->length;
    return key;
}

static struct address_entry *address_find(const struct address_table *table, const char *device,
                                          const struct inet_prefix *prefix)
{
    struct address_key key = address_key(device, prefix);
    struct address_entry *entry;

    HASH_FIND(hh, table->entries, &key, sizeof(key), entry);
    return entry;
}

static struct address_entry *address_obtain(struct address_table *table, const char *device,
                                            const struct inet_prefix *prefix)
{
    struct address_entry *entry = address_find(table, device, prefix);
    const struct link *link = link_find(table->links, device);

    if (!entry) {
        entry = memory_new(1, sizeof(*entry));
        entry->key = address_key(device, prefix);
        entry->wanted.prefix = *prefix;
        entry->present = link && link_find_address(link, prefix);
        HASH_ADD(hh, table->entries, key, sizeof(entry->key), entry);
    }
    return entry;
}

static struct address_owner *address_find_owner(const struct address_table *table, const char *name)
{
    struct address_owner *owner;

    HASH_FIND_STR(table->owners, name, owner);
    return owner;
}

static struct address_owner *address_obtain_owner(struct address_table *table, const char *name)
{
    struct address_owner *owner = address_find_owner(table, name);

    if (!owner) {
        owner = memory_new(1, sizeof(*owner));
        owner->name = memory_text(name);
        LIST_INIT(&owner->held);
        HASH_ADD_KEYPTR(hh, table->owners, owner->name, strlen(owner->name), owner);
    }
    return owner;
}

static void address_forget_owner(struct address_table *table, struct address_owner *owner)
{
    HASH_DEL(table->owners, owner); /* NOLINT(clang-analyzer-unix.Malloc): unlinks it */
    free(owner->name);
    free(owner);
}

/* The last one that it held takes its owner with it. */
static void address_disown(struct address_table *table, struct address_entry *entry)
{
    struct address_owner *owner = entry->owner ? address_find_owner(table, entry->owner) : NULL;

    if (owner) {
        LIST_REMOVE(entry, next_held);
        entry->owner = NULL;
        if (LIST_EMPTY(&owner->held)) {
            address_forget_owner(table, owner);
        }
    }
}

static void address_forget(struct address_table *table, struct address_entry *entry)
{
    address_disown(table, entry);
    HASH_DEL(table->entries, entry); /* NOLINT(clang-analyzer-unix.Malloc): unlinks it */
    free(entry->trouble);
    free(entry);
}

/* @param name  NULL: nobody holds it any more */
static void address_set_owner(struct address_table *table, struct address_entry *entry,
                              const char *name)
{
    if (entry->owner && name && strcmp(entry->owner, name) == 0) {
        return;
    }
    address_disown(table, entry);
    if (name) {
        struct address_owner *owner = address_obtain_owner(table, name);

        entry->owner = owner->name;
        LIST_INSERT_HEAD(&owner->held, entry, next_held);
    }
    entry->lost = false;
    entry->moved = false;
    entry->refusals = 0;
    entry->wait = 0;
    entry->not_before = 0;
}

/* `label` as the kernel tells it: the interface's name where there is none of its own. */
static const char *address_label(const struct address_entry *entry, const char *label)
{
    return *label ? label : entry->key.device;
}

static bool address_is_as_wanted(const struct address_entry *entry,
                                 const struct rtnetlink_address *is)
{
    const struct rtnetlink_address *wanted = &entry->wanted;

    if (wanted->prefix.addr.family == AF_INET6) { /* it has no label, and the kernel's scope */
        return inet_equal(&is->peer, &wanted->peer) &&
               ((is->flags & IFA_F_DEPRECATED) != 0) == wanted->never_preferred;
    }
    return is->scope == wanted->scope && inet_equal(&is->peer, &wanted->peer) &&
           inet_equal(&is->broadcast, &wanted->broadcast) &&
           strcmp(address_label(entry, is->label), address_label(entry, wanted->label)) == 0;
}

/* Whether it is one that we put on, now or in an earlier run. */
static bool address_is_marked(const struct rtnetlink_address *address)
{
    return address->protocol == RTNETLINK_PROTOCOL_HOLDFAST ||
           address->protocol == RTNETLINK_PROTOCOL_STATIC;
}

static void address_set_wanted(const struct address_table *table, struct address_entry *entry,
                               const struct conf_address *address)
{
    const struct link *link = link_find(table->links, entry->key.device);
    const struct rtnetlink_address *is = link ? link_find_address(link, &address->prefix) : NULL;
    struct rtnetlink_address *wanted = &entry->wanted;

    wanted->prefix = address->prefix;
    wanted->peer = address->peer;
    wanted->broadcast = address->broadcast;
    wanted->scope = address->scope;
    wanted->protocol = address->is_static ? RTNETLINK_PROTOCOL_STATIC : RTNETLINK_PROTOCOL_HOLDFAST;
    wanted->flags = address->flags;
    wanted->never_preferred = address->preferred_lft == 0;
    wanted->preferred_lft = address->preferred_lft == CONF_FOREVER ? 0 : address->preferred_lft;
    (void)text_copy(wanted->label, sizeof(wanted->label), address->label ? address->label : "");
    /* One that is somebody else's is taken as it is. */
    entry->differs = entry->present && is && (entry->owner || address_is_marked(is)) &&
                     !address_is_as_wanted(entry, is);
}

/* Nobody holds any more what an owner has and did not claim. */
static void address_drop_unclaimed(struct address_table *table, const char *name)
{
    struct address_owner *owner = address_find_owner(table, name);
    struct address_entry *entry = owner ? LIST_FIRST(&owner->held) : NULL;

    while (entry) {
        struct address_entry *next = LIST_NEXT(entry, next_held);

        if (!entry->claimed) {
            address_set_owner(table, entry, NULL); /* the last one frees the owner */
        }
        entry->claimed = false;
        entry = next;
    }
}

void address_claim(struct address_table *table, const char *owner,
                   const struct conf_address_list *list)
{
    const struct conf_address *address;

    STAILQ_FOREACH(address, list, next) {
        struct address_entry *entry = address_obtain(table, address->device, &address->prefix);

        address_set_wanted(table, entry, address);
        address_set_owner(table, entry, owner);
        entry->claimed = true;
    }
    address_drop_unclaimed(table, owner);
}

void address_release(struct address_table *table, const char *owner)
{
    address_drop_unclaimed(table, owner);
}

/* ---- The kernel's answers ---------------------------------------------------------------------- */

static void address_fly(struct address_table *table, struct address_entry *entry, bool adding)
{
    if (table->flight_count == table->flight_size) {
        table->flight_size = table->flight_size ? table->flight_size * 2 : 64;
        table->flight =
            memory_resize(table->flight, table->flight_size, sizeof(struct address_flight));
    }
    table->flight[table->flight_count++] =
        (struct address_flight){.entry = entry, .adding = adding};
    entry->flying = true;
}

/* The next one that is not answered yet is, by that. */
static struct address_flight address_land(struct address_table *table)
{
    struct address_flight flight = table->flight[table->flight_done++];

    flight.entry->flying = false;
    if (table->flight_done == table->flight_count) {
        table->first_sequence += (uint32_t)table->flight_count;
        table->flight_count = 0;
        table->flight_done = 0;
    }
    return flight;
}

static void address_back_off(struct address_entry *entry, int64_t now)
{
    entry->wait = entry->wait ? entry->wait * 2 : ADDRESS_FIRST_WAIT;
    if (entry->wait > ADDRESS_LAST_WAIT) {
        entry->wait = ADDRESS_LAST_WAIT;
    }
    entry->not_before = now + entry->wait;
}

static void address_on_added(struct address_table *table, struct address_entry *entry)
{
    char text[INET_PREFIX_TEXT_SIZE];

    entry->present = true;
    table->counters.added++;
    entry->refusals = 0;
    entry->tell_restored = entry->tell_restored || (entry->moved && entry->owner);
    entry->moved = false;
    if (entry->lost && entry->owner) {
        entry->lost = false;
        table->counters.restored++;
        log_warning(table->log, entry->owner,
                    "%s on %s was removed by somebody else: put back (find out who: DHCP clients, "
                    "systemd-networkd and NetworkManager do that)",
                    address_entry_text(text, entry), entry->key.device);
        entry->tell_restored = true;
    }
}

static void address_on_refused(struct address_table *table, struct address_entry *entry, int error)
{
    char text[INET_PREFIX_TEXT_SIZE];
    char trouble[ADDRESS_TROUBLE_SIZE];

    address_back_off(entry, clock_now());
    if (error == -ENODEV) { /* its interface is going; the link monitor will tell */
        return;
    }
    table->counters.errors++;
    (void)snprintf(trouble, sizeof(trouble), "%s cannot be put on %s: %s%s",
                   address_entry_text(text, entry), entry->key.device, strerror(-error),
                   error == -EPERM ? " (CAP_NET_ADMIN is needed)" : "");
    log_error(table->log, entry->owner, "%s", trouble);
    free(entry->trouble);
    entry->trouble = ++entry->refusals >= ADDRESS_TROUBLE_AFTER ? memory_text(trouble) : NULL;
}

/* `adding` is what the message said; the owner may have changed his mind since. */
static void address_on_answer(struct address_table *table, struct address_entry *entry, bool adding,
                              int error)
{
    if (adding) {
        if (error == 0 || error == -EEXIST) {
            address_on_added(table, entry);
        } else {
            address_on_refused(table, entry, error);
        }
        return;
    }
    if (error == 0) {
        entry->removing++;
        table->counters.removed++;
    }
    entry->differs = false;
    entry->present = false; /* any other answer means that it is not there either */
}

/* What went before the number that is answered, and was not answered itself, was done. */
static void address_on_message(struct address_table *table, const struct nlmsghdr *message)
{
    const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);
    size_t before = message->nlmsg_seq - table->first_sequence - table->flight_done;

    if (message->nlmsg_type != NLMSG_ERROR ||
        mnl_nlmsg_get_payload_len(message) < sizeof(*answer) ||
        before >= table->flight_count - table->flight_done) {
        return;
    }
    for (;;) {
        struct address_flight flight = address_land(table);

        address_on_answer(table, flight.entry, flight.adding, before ? 0 : answer->error);
        if (!before--) {
            break;
        }
    }
}

static void address_read_answers(struct address_table *table)
{
    uint8_t data[8192] __attribute__((aligned(8)));

    for (;;) {
        ssize_t size = mnl_socket_recvfrom(table->socket, data, sizeof(data));
        struct rtnetlink_datagram datagram = {data, (size_t)size};
        const struct nlmsghdr *message;

        if (size < 0) {
            break;
        }
        while ((message = rtnetlink_next(&datagram)) != NULL) {
            address_on_message(table, message);
        }
    }
}

static void address_drop_finished(struct address_table *table)
{
    struct address_entry *entry;
    struct address_entry *next;

    HASH_ITER(hh, table->entries, entry, next) {
        if (!entry->owner && !entry->present && !entry->flying && !entry->removing) {
            address_forget(table, entry);
        }
    }
}

/* Calls the hooks for one entry that has something to tell; they may change the table. */
static bool address_tell_one(struct address_table *table)
{
    for (struct address_entry *entry = table->entries; entry; entry = entry->hh.next) {
        bool restored = entry->tell_restored;
        char *trouble = entry->trouble;

        if (!restored && !trouble) {
            continue;
        }
        entry->tell_restored = false;
        entry->trouble = NULL;
        if (entry->owner) {
            char *owner = memory_text(entry->owner);

            if (restored) {
                table->hooks.restored(table->hooks.argument, owner);
            }
            if (trouble) {
                table->hooks.trouble(table->hooks.argument, owner, trouble);
            }
            free(owner);
        }
        free(trouble);
        return true;
    }
    return false;
}

static void address_settle(struct address_table *table)
{
    address_drop_finished(table);
    while (address_tell_one(table)) {
    }
}

static void address_answered(void *argument)
{
    struct address_table *table = argument;

    address_read_answers(table);
    address_settle(table);
}

/* ---- Plan and apply ---------------------------------------------------------------------------- */

struct address_batch {
    uint8_t *data;
    size_t size;
    struct nlmsghdr *last;
};

static void address_send(struct address_table *table, struct address_batch *batch)
{
    if (!batch->size) {
        return;
    }
    /* The kernel works a batch off within the call, so the answers are there when it returns. */
    if (mnl_socket_sendto(table->socket, batch->data, batch->size) < 0) {
        log_error(table->log, NULL, "addresses cannot be changed: %s", strerror(errno));
        while (table->flight_count) {
            address_back_off(address_land(table).entry, clock_now());
        }
    }
    batch->size = 0;
    batch->last = NULL;
    address_read_answers(table);
}

/* What this entry needs: +1 to be added, -1 to be removed, 0 nothing (now). */
static int address_need(struct address_entry *entry, int64_t now)
{
    if (entry->flying) {
        return 0;
    }
    if (!entry->owner || entry->differs) { /* the kernel changes none of that in place */
        return entry->present ? -1 : 0;
    }
    return !entry->present && now >= entry->not_before ? 1 : 0;
}

static void address_put(struct address_table *table, struct address_batch *batch,
                        struct address_entry *entry, bool add)
{
    const struct link *link = link_find(table->links, entry->key.device);
    uint8_t *message = batch->data + batch->size;

    entry->skipped = !link;
    if (!link) { /* LINK_NEW will bring us back here */
        entry->present = false;
        return;
    }
    entry->wanted.index = link->info.index;
    batch->size += rtnetlink_encode_address(
        message, table->first_sequence + (uint32_t)table->flight_count, add, &entry->wanted);
    if (batch
            ->last) { /* a refusal is told unasked; the last answer says of the others that all is well */
        batch->last->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
    }
    batch->last = (struct nlmsghdr *)(void *)message;
    address_fly(table, entry, add);
    if (batch->size + RTNETLINK_MESSAGE_SIZE > ADDRESS_BATCH_SIZE) {
        address_send(table, batch);
    }
}

static void address_set_retry(struct address_table *table)
{
    const struct address_entry *entry;
    int64_t next = CLOCK_NEVER;

    for (entry = table->entries; entry; entry = entry->hh.next) {
        if (entry->owner && !entry->present && !entry->flying && !entry->skipped &&
            entry->not_before < next) {
            next = entry->not_before;
        }
    }
    loop_timer_set(table->retry, next);
}

static void address_put_all(struct address_table *table, struct address_batch *batch, int need)
{
    int64_t now = clock_now();

    for (struct address_entry *entry = table->entries; entry; entry = entry->hh.next) {
        if (address_need(entry, now) == need) {
            address_put(table, batch, entry, need > 0);
        }
    }
}

void address_commit(struct address_table *table)
{
    struct address_batch batch = {.data = table->batch};

    /* First what comes, then what goes: an address that moves between owners is never absent. What
     * went to come back otherwise comes last. */
    address_put_all(table, &batch, 1);
    address_put_all(table, &batch, -1);
    address_send(table, &batch);
    address_put_all(table, &batch, 1);
    address_send(table, &batch);
    address_set_retry(table);
    address_settle(table);
}

static void address_retry(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    address_commit(argument);
}

/* ---- What others do ---------------------------------------------------------------------------- */

static void address_on_lost(struct address_table *table, struct address_entry *entry)
{
    int64_t now = clock_now();

    if (entry->removing) { /* the echo of our own removal */
        entry->removing--;
        return;
    }
    if (!entry->owner) {
        entry->present = false;
        return;
    }
    entry->present = false;
    entry->lost = true;
    if (now - entry->lost_at > ADDRESS_CALM) {
        entry->wait = 0;
        entry->not_before = now; /* the first time at once */
    } else {
        address_back_off(entry, now);
    }
    entry->lost_at = now;
    address_commit(table);
}

/* The interface is still there where it was renamed: what is on it would stay under its new name. */
static void address_on_link_gone(struct address_table *table, const struct link *link)
{
    const char *device = link->info.name;
    struct address_batch batch = {.data = table->batch};
    struct address_entry *entry;

    for (entry = table->entries; entry; entry = entry->hh.next) {
        if (entry->present && strcmp(entry->key.device, device) == 0) {
            address_put(table, &batch, entry, false);
        }
    }
    address_send(table, &batch);
    for (entry = table->entries; entry; entry = entry->hh.next) {
        if (strcmp(entry->key.device, device) == 0) {
            entry->present = false;
            entry->taken_from = entry->removing ? link->info.index : 0;
            entry->removing = 0; /* the notification will have the new name */
            entry->lost = false; /* nobody took it off: its interface went */
            entry->moved = true;
            entry->not_before = 0; /* what the former one refused says nothing of the next */
        }
    }
    address_drop_finished(table);
}

/* One that has its former name again, before what we took off it was known to be gone: it will be told. */
static void address_on_link_new(struct address_table *table, const struct link *link)
{
    for (struct address_entry *entry = table->entries; entry; entry = entry->hh.next) {
        if (entry->taken_from && strcmp(entry->key.device, link->info.name) == 0) {
            bool known = link_find_address(link, &entry->wanted.prefix) != NULL;

            entry->removing += entry->taken_from == link->info.index && known;
            entry->taken_from = 0;
        }
    }
    address_commit(table);
}

void address_on_link_event(struct address_table *table, const struct link_event *event)
{
    const char *device = event->link->info.name;
    struct address_entry *entry =
        event->address ? address_find(table, device, &event->address->prefix) : NULL;

    switch (event->kind) {
    case LINK_NEW: /* perhaps renamed to what somebody waits for */
        address_on_link_new(table, event->link);
        break;
    case LINK_CHANGED: /* perhaps up again */
        address_commit(table);
        break;
    case LINK_GONE:
        address_on_link_gone(table, event->link);
        break;
    case LINK_ADDRESS_CHANGED:
        break;
    case LINK_ADDRESS_NEW:
        if (entry && !entry->removing) { /* or it is older news than our removal */
            entry->present = true;
        }
        break;
    case LINK_ADDRESS_GONE:
        if (entry) {
            address_on_lost(table, entry);
        }
        break;
    }
}

/* ---- Start, stop, questions -------------------------------------------------------------------- */

static void address_sweep_one(struct address_table *table, const char *device,
                              const struct rtnetlink_address *address)
{
    struct address_entry *entry = address_obtain(table, device, &address->prefix);
    char text[INET_PREFIX_TEXT_SIZE];

    if (!entry->owner) {
        entry->wanted = *address;
        log_notice(table->log, device, "%s was left by an earlier run: removed",
                   address_entry_text(text, entry));
    }
}

static bool address_is_configured(const struct conf *conf, const char *device,
                                  const struct inet_prefix *prefix)
{
    const struct conf_instance *instance;
    const struct conf_address *address;

    STAILQ_FOREACH(instance, &conf->instances, next) {
        STAILQ_FOREACH(address, &instance->addresses, next) {
            if (address->prefix.length == prefix->length &&
                inet_equal(&address->prefix.addr, &prefix->addr) &&
                strcmp(address->device, device) == 0) {
                return true;
            }
        }
    }
    return false;
}

void address_sweep(struct address_table *table, const struct conf *conf)
{
    const struct link *link;

    for (link = link_next(table->links, NULL); link; link = link_next(table->links, link)) {
        for (size_t i = 0; i < link->address_count; i++) {
            const struct rtnetlink_address *address = &link->addresses[i];

            if (address_is_marked(address) ||
                address_is_configured(conf, link->info.name, &address->prefix)) {
                address_sweep_one(table, link->info.name, address);
            }
        }
    }
    address_commit(table);
}

static int address_connect(struct address_table *table)
{
    const int one = 1;
    int fd;

    table->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (!table->socket) {
        return -errno;
    }
    fd = mnl_socket_get_fd(table->socket);
    (void)receive_buffer_set(fd, ADDRESS_RECEIVE_BUFFER, true);
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)); /* short answers */
    return mnl_socket_bind(table->socket, 0, MNL_SOCKET_AUTOPID) != 0 ? -errno : 0;
}

uint32_t address_set_buffer(struct address_table *table, const struct conf_buffer *command)
{
    int fd = mnl_socket_get_fd(table->socket);
    uint32_t own = receive_buffer_set(fd, ADDRESS_RECEIVE_BUFFER, true); /* a batch needs it */

    return command->size > ADDRESS_RECEIVE_BUFFER
               ? receive_buffer_set(fd, command->size, command->force)
               : own;
}

struct address_table *address_open(struct loop *loop, struct log *log,
                                   const struct link_table *links,
                                   const struct address_hooks *hooks, int *error)
{
    struct address_table *table = memory_new(1, sizeof(*table));

    table->log = log;
    table->links = links;
    table->hooks = *hooks;
    table->first_sequence = 1;
    table->batch = memory_resize(NULL, 1, ADDRESS_BATCH_SIZE);
    *error = address_connect(table);
    if (*error) {
        address_close(table);
        return NULL;
    }
    table->watch = loop_watch_new(loop, LOOP_PRIORITY_NETWORK, mnl_socket_get_fd(table->socket),
                                  false, address_answered, table);
    table->retry = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, address_retry, table);
    return table;
}

void address_close(struct address_table *table)
{
    struct address_entry *entry;
    struct address_entry *next;

    if (!table) {
        return;
    }
    HASH_ITER(hh, table->entries, entry, next) {
        address_forget(table, entry);
    }
    loop_watch_free(table->watch);
    loop_timer_free(table->retry);
    if (table->socket) {
        (void)mnl_socket_close(table->socket);
    }
    free(table->flight);
    free(table->batch);
    free(table);
}

bool address_is_present(const struct address_table *table, const char *device,
                        const struct inet_prefix *prefix)
{
    const struct link *link = link_find(table->links, device);

    return link && link_find_address(link, prefix);
}

const struct address_counters *address_counters(const struct address_table *table)
{
    return &table->counters;
}
