/* SPDX-License-Identifier: Apache-2.0
 *
 * The event log: a ring of events.
 */
#include "control/journal.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { JOURNAL_TEXTS = 7 };

struct journal_slot {
    enum journal_kind kind;
    int64_t wall;
    char *texts[JOURNAL_TEXTS]; /* NULL: it has none; in the order of journal_members */
};

struct journal_listener {
    journal_function function;
    void *argument;
};

struct journal {
    struct journal_slot *slots;
    size_t capacity;
    uint64_t last;
    struct journal_listener *listeners;
    size_t listener_count;
};

static const char *const journal_members[JOURNAL_TEXTS] = {"object", "server", "from", "to",
                                                           "code",   "reason", "by"};

const char *journal_kind_text(enum journal_kind kind)
{
    static const char *const words[JOURNAL_KINDS] = {
        [JOURNAL_DAEMON] = "daemon",
        [JOURNAL_INSTANCE] = "instance",
        [JOURNAL_PRIORITY] = "priority",
        [JOURNAL_SYNC_GROUP] = "sync_group",
        [JOURNAL_BFD] = "bfd",
        [JOURNAL_ADDRESS] = "address",
        [JOURNAL_SERVER] = "server",
        [JOURNAL_QUORUM] = "quorum",
        [JOURNAL_FAIL_OPEN] = "fail_open",
        [JOURNAL_IPVS] = "ipvs",
        [JOURNAL_SYNC_DAEMON] = "sync_daemon",
        [JOURNAL_RELOAD] = "reload",
        [JOURNAL_OPERATOR] = "operator",
    };

    return words[kind];
}

struct journal *journal_new(size_t capacity)
{
    struct journal *journal = memory_new(1, sizeof(*journal));

    journal->slots = memory_new(capacity, sizeof(*journal->slots));
    journal->capacity = capacity;
    return journal;
}

static void journal_clear(struct journal_slot *slot)
{
    for (int i = 0; i < JOURNAL_TEXTS; i++) {
        free(slot->texts[i]);
    }
    *slot = (struct journal_slot){0};
}

void journal_free(struct journal *journal)
{
    if (!journal) {
        return;
    }
    for (size_t i = 0; i < journal->capacity; i++) {
        journal_clear(&journal->slots[i]);
    }
    free(journal->slots);
    free(journal->listeners);
    free(journal);
}

/* How much of a text is kept: no character of UTF-8 is cut in two. */
static size_t journal_length(const char *text)
{
    size_t length = strnlen(text, JOURNAL_TEXT_SIZE);

    if (length == JOURNAL_TEXT_SIZE) {
        length--;
        while (length > 0 && ((unsigned char)text[length] & 0xc0U) == 0x80) {
            length--;
        }
    }
    return length;
}

static char *journal_text(const char *text)
{
    size_t length;
    char *copy;

    if (!text) {
        return NULL;
    }
    length = journal_length(text);
    copy = memory_new(length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

static struct journal_slot *journal_slot(const struct journal *journal, uint64_t number)
{
    return &journal->slots[number % journal->capacity];
}

uint64_t journal_add(struct journal *journal, const struct journal_entry *entry, int64_t wall)
{
    const char *const texts[JOURNAL_TEXTS] = {entry->object, entry->server, entry->from, entry->to,
                                              entry->code,   entry->reason, entry->by};
    uint64_t number = ++journal->last;
    struct journal_slot *slot = journal_slot(journal, number);

    journal_clear(slot);
    slot->kind = entry->kind;
    slot->wall = wall;
    for (int i = 0; i < JOURNAL_TEXTS; i++) {
        slot->texts[i] = journal_text(texts[i]);
    }
    for (size_t i = 0; i < journal->listener_count; i++) {
        journal->listeners[i].function(journal->listeners[i].argument, number);
    }
    return number;
}

uint64_t journal_last(const struct journal *journal)
{
    return journal->last;
}

uint64_t journal_first(const struct journal *journal)
{
    return journal->last > journal->capacity ? journal->last - journal->capacity + 1 : 1;
}

json_t *journal_event(const struct journal *journal, uint64_t number)
{
    const struct journal_slot *slot;
    char at[CLOCK_TEXT_SIZE];
    json_t *event;

    if (number < journal_first(journal) || number > journal->last) {
        return NULL;
    }
    slot = journal_slot(journal, number);
    event = json_pack("{s:I, s:s, s:s}", "seq", (json_int_t)number, "at",
                      clock_wall_text(at, slot->wall), "kind", journal_kind_text(slot->kind));
    for (int i = 0; i < JOURNAL_TEXTS; i++) {
        json_object_set_new(event, journal_members[i], json_from_text(slot->texts[i]));
    }
    return event;
}

json_t *journal_list(const struct journal *journal, const uint64_t *since, size_t limit)
{
    uint64_t first = journal_first(journal);
    uint64_t last = journal->last;
    uint64_t next = first;
    uint64_t lost = 0;
    json_t *events = json_array();

    if (!since) {
        next = last + 1 - first > limit ? last + 1 - limit : first;
    } else if (*since <= last) {
        next = *since + 1 > first ? *since + 1 : first;
        lost = next - (*since + 1);
    }
    for (; next <= last && json_array_size(events) < limit; next++) {
        json_array_append_new(events, journal_event(journal, next));
    }
    return json_pack("{s:i, s:I, s:I, s:I, s:o}", "version", JOURNAL_VERSION, "first",
                     (json_int_t)first, "last", (json_int_t)last, "lost", (json_int_t)lost,
                     "events", events);
}

void journal_listen(struct journal *journal, journal_function function, void *argument)
{
    journal->listeners =
        memory_resize(journal->listeners, journal->listener_count + 1, sizeof(*journal->listeners));
    journal->listeners[journal->listener_count++] = (struct journal_listener){function, argument};
}
