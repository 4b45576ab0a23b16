/* SPDX-License-Identifier: Apache-2.0
 *
 * Names and their addresses. One timer serves all of them: it starts the look-ups that are due, as
 * many as may run at once.
 */
#include "check/names.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/resolve.h"
#include "base/text.h"
#include "check/schedule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    NAMES_AT_ONCE = 4, /* threads */
    NAMES_ERROR_SIZE = 96,
};

/* After a look-up that failed. */
#define NAMES_AGAIN (5 * CLOCK_SECOND)

struct names_entry {
    struct schedule_entry scheduled; /* while it is not being looked up */
    struct names *names;
    char *key; /* '4' or '6', and the name */
    uint8_t family;
    uint32_t users;
    bool known;
    struct inet_addr address;
    char error[NAMES_ERROR_SIZE]; /* of the last look-up; "": it went well */
    struct resolve *resolve;      /* NULL: it is not being looked up */
    UT_hash_handle hh;
};

struct names {
    struct loop *loop;
    struct log *log;
    struct loop_timer *timer;
    int64_t interval;
    unsigned running;
    struct schedule *schedule;
    struct names_entry *entries;
};

static void names_turn(void *argument, int64_t now, int64_t late);

struct names *names_new(struct loop *loop, struct log *log)
{
    struct names *names = memory_new(1, sizeof(*names));

    names->loop = loop;
    names->log = log;
    names->interval = 30 * CLOCK_SECOND;
    names->timer = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, names_turn, names);
    names->schedule = schedule_new();
    return names;
}

void names_free(struct names *names)
{
    if (!names) {
        return;
    }
    loop_timer_free(names->timer);
    schedule_free(names->schedule);
    free(names);
}

static const char *names_name(const struct names_entry *entry)
{
    return entry->key + 1;
}

/* Lets the timer fire when the first look-up is due that may begin. */
static void names_arm(struct names *names)
{
    const struct schedule_entry *first = schedule_first(names->schedule);

    loop_timer_set(names->timer, first && names->running < NAMES_AT_ONCE
                                     ? schedule_deadline(names->schedule, first)
                                     : CLOCK_NEVER);
}

void names_set_interval(struct names *names, int64_t interval)
{
    int64_t latest = clock_now() + interval;

    names->interval = interval;
    for (struct names_entry *entry = names->entries; entry; entry = entry->hh.next) {
        if (!entry->resolve && schedule_deadline(names->schedule, &entry->scheduled) > latest) {
            schedule_set(names->schedule, &entry->scheduled, latest);
        }
    }
    names_arm(names);
}

/* The address that is used of those that were found; NULL: none is of the family. */
static const struct inet_addr *names_choose(const struct names_entry *entry,
                                            const struct resolve_result *result)
{
    const struct inet_addr *first = NULL;

    for (size_t i = 0; i < result->count; i++) {
        const struct inet_addr *address = &result->addresses[i];

        if (address->family != entry->family) {
            continue;
        }
        if (entry->known && memcmp(address, &entry->address, sizeof(*address)) == 0) {
            return address;
        }
        first = first ? first : address;
    }
    return first;
}

static void names_take(struct names_entry *entry, const struct inet_addr *address)
{
    char before[INET_ADDR_TEXT_SIZE];
    char after[INET_ADDR_TEXT_SIZE];

    entry->error[0] = '\0';
    if (!entry->known) {
        log_info(entry->names->log, names_name(entry), "its address is %s",
                 inet_text(after, address));
    } else if (memcmp(&entry->address, address, sizeof(*address)) != 0) {
        log_notice(entry->names->log, names_name(entry), "its address is %s now, no longer %s",
                   inet_text(after, address), inet_text(before, &entry->address));
    }
    entry->address = *address;
    entry->known = true;
}

static void names_fail(struct names_entry *entry, const char *why)
{
    char address[INET_ADDR_TEXT_SIZE];

    if (strncmp(entry->error, why, sizeof(entry->error) - 1) == 0) {
        return;
    }
    (void)text_copy(entry->error, sizeof(entry->error), why);
    if (entry->known) {
        log_warning(entry->names->log, names_name(entry),
                    "cannot look it up: %s; %s stays its address", why,
                    inet_text(address, &entry->address));
    } else {
        log_warning(entry->names->log, names_name(entry),
                    "cannot look it up: %s; it is not checked", why);
    }
}

static void names_found(void *argument, const struct resolve_result *result)
{
    struct names_entry *entry = argument;
    struct names *names = entry->names;
    const struct inet_addr *address = names_choose(entry, result);

    entry->resolve = NULL;
    names->running--;
    if (address) {
        names_take(entry, address);
    } else {
        names_fail(entry, result->error              ? result->error
                          : entry->family == AF_INET ? "it has no IPv4 address"
                                                     : "it has no IPv6 address");
    }
    schedule_set(names->schedule, &entry->scheduled,
                 clock_now() + (address ? names->interval : NAMES_AGAIN));
    names_arm(names);
}

static struct names_entry *names_entry_of(struct schedule_entry *scheduled)
{
    return (struct names_entry *)((char *)scheduled - offsetof(struct names_entry, scheduled));
}

static void names_turn(void *argument, int64_t now, int64_t late)
{
    struct names *names = argument;
    struct schedule_entry *first = schedule_first(names->schedule);

    (void)late;
    while (first && names->running < NAMES_AT_ONCE &&
           schedule_deadline(names->schedule, first) <= now) {
        struct names_entry *entry = names_entry_of(first);

        entry->resolve = resolve_start(names->loop, names_name(entry), names_found, entry);
        if (entry->resolve) {
            schedule_clear(names->schedule, first);
            names->running++;
        } else {
            names_fail(entry, "no thread for it");
            schedule_set(names->schedule, first, now + NAMES_AGAIN);
        }
        first = schedule_first(names->schedule);
    }
    names_arm(names);
}

struct names_entry *names_use(struct names *names, const char *name, uint8_t family)
{
    size_t size = strlen(name) + 2;
    char *key = memory_new(size, 1);
    struct names_entry *entry = NULL;

    key[0] = family == AF_INET ? '4' : '6';
    memcpy(key + 1, name, size - 1);
    HASH_FIND_STR(names->entries, key, entry);
    if (entry) {
        free(key);
        entry->users++;
        return entry;
    }
    entry = memory_new(1, sizeof(*entry));
    entry->names = names;
    entry->key = key;
    entry->family = family;
    entry->users = 1;
    HASH_ADD_KEYPTR(hh, names->entries, key, size - 1, entry);
    schedule_set(names->schedule, &entry->scheduled, clock_now());
    names_arm(names);
    return entry;
}

void names_drop(struct names_entry *entry)
{
    struct names *names;

    if (!entry || --entry->users > 0) {
        return;
    }
    names = entry->names;
    names->running -= entry->resolve ? 1 : 0;
    resolve_abandon(entry->resolve);
    schedule_clear(names->schedule, &entry->scheduled);
    HASH_DELETE(hh, names->entries, entry);
    free(entry->key);
    free(entry);
    names_arm(names);
}

const struct inet_addr *names_address(const struct names_entry *entry, const char **error)
{
    if (entry->known) {
        return &entry->address;
    }
    *error = entry->error[0] ? entry->error : "it is being looked up";
    return NULL;
}
