/* SPDX-License-Identifier: Apache-2.0
 *
 * The interfaces that are polled or have delays, each with what is known of it. How a driver is asked
 * is net/linkbeat.c's, when something is believed net/link_delay.c's.
 */
#include "net/carrier.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/link_delay.h"
#include "net/linkbeat.h"
#include "parser/conf_text.h"

#include <linux/if.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define CARRIER_POLL_INTERVAL CLOCK_SECOND

struct carrier_entry {
    char interface[CONF_INTERFACE_SIZE];
    struct link_delay delay;
    int64_t down; /* the delays that the configuration that is being read gives it */
    int64_t up;
    bool present;            /* there is an interface of the name */
    bool named;              /* by the configuration that is being read */
    bool polled;             /* its driver is asked */
    enum conf_linkbeat kind; /* how */
    enum conf_linkbeat by;   /* how it answered; CONF_LINKBEAT_ANY: not yet */
    bool answered_up;
    struct carrier_entry *prev;
    struct carrier_entry *next;
};

struct carrier_table {
    struct loop *loop;
    struct log *log;
    struct link_table *links;
    carrier_function function;
    void *argument;
    struct loop_timer *believe;
    struct loop_timer *poll;
    struct linkbeat *linkbeat; /* NULL: nothing was ever polled */
    struct carrier_entry *entries;
    unsigned polled;
};

static struct carrier_entry *carrier_find(const struct carrier_table *table, const char *interface)
{
    struct carrier_entry *entry;

    DL_FOREACH(table->entries, entry) {
        if (strcmp(entry->interface, interface) == 0) {
            return entry;
        }
    }
    return NULL;
}

/* What an interface is at this moment, whatever is believed. */
static bool carrier_is_up(const struct carrier_entry *entry, const struct link *link)
{
    if (entry->by == CONF_LINKBEAT_ANY) {
        return link_is_running(link);
    }
    return (link->info.flags & IFF_UP) && entry->answered_up;
}

static void carrier_schedule(struct carrier_table *table)
{
    int64_t next = CLOCK_NEVER;

    for (struct carrier_entry *entry = table->entries; entry; entry = entry->next) {
        int64_t due = link_delay_due(&entry->delay);

        next = entry->present && due < next ? due : next;
    }
    loop_timer_set(table->believe, next);
}

static void carrier_tell(struct carrier_table *table, const struct carrier_entry *entry)
{
    const struct link_delay *delay = &entry->delay;
    int64_t lasted = delay->believed ? delay->up : delay->down;
    char text[CLOCK_TEXT_SIZE];

    if (lasted) {
        log_notice(table->log, entry->interface, "%s, for %s now: believed",
                   delay->believed ? "up" : "down", clock_duration_text(text, lasted));
    }
}

/* Looks at an interface that is there. @return whether what counts has changed */
static bool carrier_look(struct carrier_table *table, struct carrier_entry *entry,
                         const struct link *link, int64_t now)
{
    bool changed = link_delay_step(&entry->delay, carrier_is_up(entry, link), now);

    if (changed) {
        carrier_tell(table, entry);
    }
    return changed;
}

static void carrier_look_at_all(struct carrier_table *table, int64_t now)
{
    bool changed = false;

    for (struct carrier_entry *entry = table->entries; entry; entry = entry->next) {
        const struct link *link = link_find(table->links, entry->interface);

        if (link && entry->present && carrier_look(table, entry, link, now)) {
            changed = true;
        }
    }
    carrier_schedule(table);
    if (changed) {
        table->function(table->argument);
    }
}

static void carrier_on_due(void *argument, int64_t now, int64_t late)
{
    struct carrier_table *table = argument;

    (void)late;
    link_read_queued(table->links); /* where we were late it may have changed back meanwhile */
    carrier_look_at_all(table, now);
}

/* ---- Polling ----------------------------------------------------------------------------------- */

static void carrier_take_answer(struct carrier_table *table, struct carrier_entry *entry,
                                const struct linkbeat_probe *probe)
{
    if (probe->by != CONF_LINKBEAT_ANY && entry->by != probe->by) {
        const char *by = conf_name_of(conf_linkbeat_names, (int)probe->by);

        if (entry->kind != CONF_LINKBEAT_ANY && entry->kind != probe->by) {
            log_notice(table->log, entry->interface, "its driver does not know %s: polled by %s",
                       conf_name_of(conf_linkbeat_names, (int)entry->kind), by);
        } else {
            log_info(table->log, entry->interface, "polled by %s", by);
        }
    }
    entry->by = probe->by;
    entry->answered_up = probe->up;
}

static void carrier_on_answers(void *argument, const struct linkbeat_probe *probes, size_t count)
{
    struct carrier_table *table = argument;

    for (size_t i = 0; i < count; i++) {
        struct carrier_entry *entry = carrier_find(table, probes[i].interface);

        if (entry && entry->polled) {
            carrier_take_answer(table, entry, &probes[i]);
        }
    }
    carrier_look_at_all(table, clock_now());
}

static void carrier_on_poll(void *argument, int64_t now, int64_t late)
{
    struct carrier_table *table = argument;
    struct linkbeat_probe *probes;
    size_t count = 0;

    (void)late;
    probes = memory_new(table->polled + 1, sizeof(*probes));
    for (struct carrier_entry *entry = table->entries; entry; entry = entry->next) {
        if (entry->polled && entry->present) {
            (void)text_copy(probes[count].interface, sizeof(probes[count].interface),
                            entry->interface);
            probes[count++].kind = entry->kind;
        }
    }
    if (count) {
        (void)linkbeat_ask(table->linkbeat, probes, count); /* what did not answer is asked later */
    }
    free(probes);
    loop_timer_set(table->poll, now + CARRIER_POLL_INTERVAL);
}

static void carrier_start_polling(struct carrier_table *table)
{
    int error = 0;

    if (!table->linkbeat) {
        table->linkbeat = linkbeat_open(table->loop, carrier_on_answers, table, &error);
    }
    if (!table->linkbeat) {
        log_error(table->log, NULL,
                  "no socket to poll interfaces by: %s: their states come from netlink",
                  strerror(-error));
        return;
    }
    if (loop_timer_deadline(table->poll) == CLOCK_NEVER) {
        loop_timer_set(table->poll, clock_now());
    }
}

/* ---- Configuration ----------------------------------------------------------------------------- */

static struct carrier_entry *carrier_name(struct carrier_table *table, const char *interface)
{
    struct carrier_entry *entry = carrier_find(table, interface);
    const struct link *link = link_find(table->links, interface);

    if (!entry) {
        entry = memory_new(1, sizeof(*entry));
        (void)text_copy(entry->interface, sizeof(entry->interface), interface);
        entry->present = link != NULL;
        link_delay_begin(&entry->delay, link && link_is_running(link));
        DL_APPEND(table->entries, entry);
    }
    entry->named = true;
    return entry;
}

static void carrier_forget(struct carrier_table *table, bool all)
{
    struct carrier_entry *entry;
    struct carrier_entry *next;

    DL_FOREACH_SAFE(table->entries, entry, next) {
        if (all || !entry->named) {
            DL_DELETE(table->entries, entry);
            free(entry);
        }
    }
}

static void carrier_set_polled(struct carrier_table *table, const struct conf *conf)
{
    const struct conf_polled *polled;

    table->polled = 0;
    STAILQ_FOREACH(polled, &conf->polled, next) {
        struct carrier_entry *entry = carrier_name(table, polled->interface);

        entry->polled = true;
        entry->kind = polled->kind;
        table->polled++;
    }
}

void carrier_configure(struct carrier_table *table, const struct conf *conf)
{
    const struct conf_link_delay *delay;
    struct carrier_entry *entry;
    int64_t now = clock_now();

    for (entry = table->entries; entry; entry = entry->next) {
        entry->named = false;
        entry->polled = false;
        entry->down = 0;
        entry->up = 0;
    }
    carrier_set_polled(table, conf);
    STAILQ_FOREACH(delay, &conf->link_delays, next) {
        entry = carrier_name(table, delay->interface);
        entry->down = delay->down;
        entry->up = delay->up;
    }
    carrier_forget(table, false);
    for (entry = table->entries; entry; entry = entry->next) {
        entry->by = entry->polled ? entry->by : CONF_LINKBEAT_ANY;
        (void)link_delay_set(&entry->delay, entry->down, entry->up, now);
    }
    if (table->polled) {
        carrier_start_polling(table);
    } else {
        loop_timer_set(table->poll, CLOCK_NEVER);
    }
    carrier_look_at_all(table, now);
}

/* ---- Events and questions ---------------------------------------------------------------------- */

void carrier_on_link_event(struct carrier_table *table, const struct link_event *event)
{
    struct carrier_entry *entry = carrier_find(table, event->link->info.name);

    if (!entry || event->address) {
        return;
    }
    if (event->kind == LINK_GONE || event->kind == LINK_NEW) { /* another interface: all is new */
        entry->present = event->kind == LINK_NEW;
        entry->by = CONF_LINKBEAT_ANY;
        link_delay_begin(&entry->delay, false);
    }
    if (entry->present) {
        (void)carrier_look(table, entry, event->link, clock_now());
    }
    carrier_schedule(table);
}

struct carrier_state carrier_state(const struct carrier_table *table, const struct link *link)
{
    const struct carrier_entry *entry = carrier_find(table, link->info.name);

    if (!entry) {
        return (struct carrier_state){.up = link_is_running(link)};
    }
    return (struct carrier_state){.up = entry->delay.believed,
                                  .awaited = entry->delay.believed != entry->delay.seen};
}

static double carrier_ms(int64_t duration)
{
    return (double)duration / (double)CLOCK_MILLISECOND;
}

json_t *carrier_snapshot(const struct carrier_table *table)
{
    json_t *list = json_array();
    int64_t now = clock_now();

    for (struct carrier_entry *entry = table->entries; entry; entry = entry->next) {
        int64_t due = entry->present ? link_delay_due(&entry->delay) : CLOCK_NEVER;

        json_array_append_new(
            list, json_pack("{s:o, s:b, s:b, s:b, s:o, s:f, s:f, s:s?}", "interface",
                            json_from_text(entry->interface), "present", entry->present, "up",
                            entry->delay.believed, "seen_up", entry->delay.seen, "changes_in_ms",
                            due == CLOCK_NEVER ? json_null()
                                               : json_real(carrier_ms(due > now ? due - now : 0)),
                            "down_delay_ms", carrier_ms(entry->delay.down), "up_delay_ms",
                            carrier_ms(entry->delay.up), "polled_by",
                            entry->by == CONF_LINKBEAT_ANY
                                ? NULL
                                : conf_name_of(conf_linkbeat_names, (int)entry->by)));
    }
    return list;
}

struct carrier_table *carrier_new(struct loop *loop, struct log *log, struct link_table *links,
                                  carrier_function function, void *argument)
{
    struct carrier_table *table = memory_new(1, sizeof(*table));

    table->loop = loop;
    table->log = log;
    table->links = links;
    table->function = function;
    table->argument = argument;
    table->believe = loop_timer_new(loop, LOOP_PRIORITY_VRRP, carrier_on_due, table);
    table->poll = loop_timer_new(loop, LOOP_PRIORITY_NETWORK, carrier_on_poll, table);
    return table;
}

void carrier_free(struct carrier_table *table)
{
    if (table) {
        linkbeat_close(table->linkbeat);
        loop_timer_free(table->believe);
        loop_timer_free(table->poll);
        carrier_forget(table, true);
        free(table);
    }
}
