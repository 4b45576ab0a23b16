/* SPDX-License-Identifier: Apache-2.0
 *
 * A batch on its way: it is sent, and the kernel's answers say what became of each message.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "net/keeper_inside.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEEPER_TROUBLE_AFTER = 3 }; /* refusals in a row until the owner is told */

#define KEEPER_FIRST_WAIT (50 * CLOCK_MILLISECOND)
#define KEEPER_LAST_WAIT  (5 * CLOCK_SECOND)
#define KEEPER_AUDIT_GAP  (20 * CLOCK_MILLISECOND)

void keeper_back_off(struct keeper_entry *entry, int64_t now)
{
    entry->wait = entry->wait ? entry->wait * 2 : KEEPER_FIRST_WAIT;
    if (entry->wait > KEEPER_LAST_WAIT) {
        entry->wait = KEEPER_LAST_WAIT;
    }
    entry->not_before = now + entry->wait;
}

static void keeper_on_added(struct keeper *keeper, struct keeper_entry *entry, const void *value)
{
    keeper_set_present(keeper, entry, value);
    keeper->counters.added++;
    keeper_forgive(entry);
    if (entry->lost) {
        entry->lost = false;
        entry->tell_restored = true;
        keeper->counters.restored++;
        log_warning(keeper->log, keeper_owner(entry),
                    "%s %s was removed by somebody else: put back (find out who: routing daemons "
                    "and network managers do that)",
                    keeper->kind->noun, keeper_text(entry));
    }
}

/* What the kernel's answer means for who reads it. */
static const char *keeper_advice(int error)
{
    static const struct {
        int error;
        const char *text;
    } rows[] = {
        {EPERM, " (CAP_NET_ADMIN is needed)"},
        {EEXIST, " (somebody else has one like it: give this one another metric, table or "
                 "preference)"},
        {ENETUNREACH, " (no interface leads to its gateway)"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].error == error) {
            return rows[i].text;
        }
    }
    return "";
}

static void keeper_on_refused(struct keeper *keeper, struct keeper_entry *entry,
                              const struct rtnetlink_answer *answer)
{
    char trouble[KEEPER_TROUBLE_SIZE];

    keeper_back_off(entry, clock_now());
    keeper->counters.errors++;
    entry->tell_trouble = ++entry->refusals >= KEEPER_TROUBLE_AFTER && entry->lost;
    (void)snprintf(trouble, sizeof(trouble), "%s %.120s is refused: %s%s%s%s", keeper->kind->noun,
                   keeper_text(entry), strerror(-answer->error), *answer->text ? ": " : "",
                   answer->text, keeper_advice(-answer->error));
    if (!entry->trouble || strcmp(trouble, entry->trouble) != 0) { /* once while nothing changes */
        free(entry->trouble);
        entry->trouble = memory_text(trouble);
        log_error(keeper->log, keeper_owner(entry), "%s", trouble);
    }
}

static void keeper_on_answer(struct keeper *keeper, const struct keeper_flight *flight,
                             const struct rtnetlink_answer *answer)
{
    struct keeper_entry *entry = flight->entry;

    bool there = answer->error == 0 || (answer->error == -EEXIST && flight->value &&
                                        !keeper_is_watched(keeper, flight->value));

    if (flight->value && there) {
        keeper_on_added(keeper, entry, flight->value);
    } else if (flight->value) {
        keeper_on_refused(keeper, entry, answer);
    } else {
        if (answer->error == 0) {
            keeper->counters.removed++;
            if (entry->leftover) {
                log_notice(keeper->log, NULL, "%s %s: left by an earlier run: removed",
                           keeper->kind->noun, keeper_text(entry));
            }
        }
        entry->present = false; /* any other answer means that it is not there either */
    }
}

static void keeper_clear_flights(struct keeper *keeper)
{
    for (size_t i = 0; i < keeper->flight_count; i++) {
        free(keeper->flights[i].value);
    }
    keeper->flight_count = 0;
}

/* Reads answers of `first` and the numbers behind it. @return how many were answered */
static size_t keeper_read_answers(struct keeper *keeper, uint32_t first)
{
    uint8_t *data = memory_new(1, KEEPER_READ_SIZE);
    size_t answered = 0;
    ssize_t size;

    while ((size = mnl_socket_recvfrom(keeper->socket, data, KEEPER_READ_SIZE)) >= 0) {
        struct rtnetlink_datagram datagram = {data, (size_t)size};
        const struct nlmsghdr *message;

        while ((message = rtnetlink_next(&datagram)) != NULL) {
            size_t at = message->nlmsg_seq - first;
            struct rtnetlink_answer answer;

            if (at < keeper->flight_count && keeper->flights[at].entry &&
                rtnetlink_decode_answer(message, &answer)) {
                keeper_on_answer(keeper, &keeper->flights[at], &answer);
                keeper->flights[at].entry = NULL;
                answered++;
            }
        }
    }
    free(data);
    return answered;
}

void keeper_audit_soon(struct keeper *keeper)
{
    int64_t now = clock_now();
    int64_t at = keeper->audited_at + KEEPER_AUDIT_GAP;

    if (loop_timer_deadline(keeper->audit) == CLOCK_NEVER) {
        loop_timer_set(keeper->audit, at > now ? at : now);
    }
}

void keeper_send(struct keeper *keeper)
{
    uint32_t first = keeper->sequence - (uint32_t)keeper->flight_count;
    size_t answered = 0;

    if (!keeper->batch_size) {
        return;
    }
    if (mnl_socket_sendto(keeper->socket, keeper->batch, keeper->batch_size) < 0) {
        log_error(keeper->log, NULL, "%ss cannot be changed: %s", keeper->kind->noun,
                  strerror(errno));
    } else {
        answered = keeper_read_answers(keeper, first);
    }
    for (size_t i = 0; i < keeper->flight_count; i++) {
        if (keeper->flights[i].entry) {
            keeper_back_off(keeper->flights[i].entry, clock_now());
        }
    }
    if (answered < keeper->flight_count) { /* what the kernel has, a dump will tell */
        keeper_audit_soon(keeper);
    }
    keeper_clear_flights(keeper);
    free(keeper->batch); /* most have nothing to change for as long as they live */
    keeper->batch = NULL;
    keeper->batch_size = 0;
}
