/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel has: dumps, and the notifications and changes that say that it is time for one.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "net/keeper_inside.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

enum { KEEPER_READS_PER_TURN = 64 };

#define KEEPER_CALM (10 * CLOCK_SECOND) /* without a loss: the back-off starts anew */

/* One of ours that a dump shows. */
static void keeper_on_dumped(struct keeper *keeper, const void *value, bool first)
{
    struct keeper_entry *entry = first ? keeper_obtain(keeper, value) : keeper_find(keeper, value);

    if (!entry) {
        return; /* somebody else's who uses the same number */
    }
    entry->seen = true;
    if (first) {
        entry->leftover = true;
    }
    if (!entry->present) {
        keeper_set_present(keeper, entry, value);
    } else if (keeper->kind->is_torn && keeper->kind->is_torn(entry->is, value)) {
        entry->torn = true;
    }
}

/* @return whether the dump's end was reached */
static bool keeper_read_dump(struct keeper *keeper, uint32_t sequence, bool first, bool *again)
{
    uint8_t *data = memory_new(1, KEEPER_READ_SIZE);
    void *value = memory_new(1, keeper->kind->value_size);
    bool done = false;

    while (!done) {
        ssize_t size = mnl_socket_recvfrom(keeper->socket, data, KEEPER_READ_SIZE);
        struct rtnetlink_datagram datagram = {data, (size_t)size};
        const struct nlmsghdr *message;

        if (size < 0) {
            break;
        }
        while ((message = rtnetlink_next(&datagram)) != NULL) {
            if (message->nlmsg_seq != sequence) {
                continue;
            }
            *again |= message->nlmsg_flags & NLM_F_DUMP_INTR; /* changed under the dump's feet */
            done |= message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR;
            if (message->nlmsg_type == keeper->kind->new_type &&
                keeper->kind->decode(message, value) && keeper_is_watched(keeper, value)) {
                keeper_on_dumped(keeper, value, first);
            }
        }
    }
    free(value);
    free(data);
    return done;
}

bool keeper_dump(struct keeper *keeper, bool first)
{
    uint8_t data[RTNETLINK_MESSAGE_SIZE];
    bool again = false;

    for (struct keeper_entry *entry = keeper->entries; entry; entry = entry->hh.next) {
        entry->seen = false;
    }
    for (const uint8_t *family = keeper->kind->families; *family != AF_UNSPEC; family++) {
        uint32_t sequence = keeper->sequence++;
        size_t size = keeper->kind->encode_dump(data, sequence, *family);

        if (mnl_socket_sendto(keeper->socket, data, size) < 0 ||
            !keeper_read_dump(keeper, sequence, first, &again)) {
            log_warning(keeper->log, NULL, "the kernel's %ss cannot be read: %s",
                        keeper->kind->noun, strerror(errno));
            return false;
        }
    }
    return !again;
}

static void keeper_on_missing(struct keeper *keeper, struct keeper_entry *entry, int64_t now)
{
    entry->present = false;
    if (STAILQ_EMPTY(&entry->claims)) {
        return;
    }
    if (keeper->kind->is_fleeting(entry->is)) {
        entry->not_before = CLOCK_NEVER; /* it had its time */
        return;
    }
    /* The kernel drops what depends on an interface or an address with it: nobody's doing. */
    entry->lost = entry->lost || !keeper->by_link || keeper->by_others;
    if (now - entry->lost_at > KEEPER_CALM) {
        entry->wait = 0;
        entry->not_before = now; /* the first time at once */
    } else {
        keeper_back_off(entry, now);
    }
    entry->lost_at = now;
}

static void keeper_on_torn(struct keeper_entry *entry, int64_t now)
{
    if (entry->not_before < now) { /* again and again: less and less often */
        keeper_back_off(entry, now);
    }
}

void keeper_audit(void *argument, int64_t now, int64_t late)
{
    struct keeper *keeper = argument;

    (void)late;
    keeper->audited_at = now;
    if (!keeper->entries) {
        return;
    }
    if (!keeper_dump(keeper, false)) {
        keeper_audit_soon(keeper);
        return;
    }
    for (struct keeper_entry *entry = keeper->entries; entry; entry = entry->hh.next) {
        if (keeper->by_link && !entry->present && entry->not_before != CLOCK_NEVER) {
            entry->not_before = now; /* what was refused may do now */
        }
        if (entry->present && !entry->seen && keeper_is_watched(keeper, entry->is)) {
            keeper_on_missing(keeper, entry, now);
        } else if (entry->torn) {
            keeper_on_torn(entry, now);
        }
    }
    keeper->by_link = false;
    keeper->by_others = false;
    keeper_commit(keeper);
}

/* Whether a notification is about something that is wanted. */
static bool keeper_concerns(const struct keeper *keeper, const struct nlmsghdr *message,
                            const void *value)
{
    const struct keeper_entry *entry = keeper_find(keeper, value);
    bool ours = keeper_is_watched(keeper, value);

    if (!entry || !entry->present || STAILQ_EMPTY(&entry->claims)) {
        return false;
    }
    /* Who replaces ours by his own says so in one message. */
    return message->nlmsg_type == keeper->kind->delete_type
               ? ours
               : !ours && message->nlmsg_flags & NLM_F_REPLACE;
}

/* Reads one datagram. @return whether there was one */
static bool keeper_read_notice(struct keeper *keeper, uint8_t *data, void *value)
{
    ssize_t size = mnl_socket_recvfrom(keeper->monitor, data, KEEPER_READ_SIZE);
    struct rtnetlink_datagram datagram = {data, (size_t)size};
    const struct nlmsghdr *message;

    if (size < 0 && errno == ENOBUFS) { /* some were dropped: who knows which */
        keeper->by_others = true;
        keeper_audit_soon(keeper);
        return true;
    }
    if (size < 0) {
        return false;
    }
    while ((message = rtnetlink_next(&datagram)) != NULL) {
        if ((message->nlmsg_type == keeper->kind->new_type ||
             message->nlmsg_type == keeper->kind->delete_type) &&
            keeper->kind->decode(message, value) && keeper_concerns(keeper, message, value)) {
            keeper->by_others = true;
            keeper_audit_soon(keeper);
        }
    }
    return true;
}

void keeper_readable(void *argument)
{
    struct keeper *keeper = argument;
    uint8_t *data = memory_new(1, KEEPER_READ_SIZE);
    void *value = memory_new(1, keeper->kind->value_size);

    /* Bounded, so that a storm of changes cannot keep the loop from its timers. */
    for (int i = 0; i < KEEPER_READS_PER_TURN && keeper_read_notice(keeper, data, value); i++) {
    }
    free(value);
    free(data);
}

void keeper_on_link_event(struct keeper *keeper)
{
    keeper_move_claims(keeper);
    if (keeper->entries) {
        keeper->by_link = true;
        keeper_audit_soon(keeper);
    }
}

void keeper_suspect(struct keeper *keeper, const void *value, const char *text)
{
    void *resolved = keeper_place(keeper, value);
    struct keeper_entry *entry = keeper_obtain(keeper, resolved);

    if (STAILQ_EMPTY(&entry->claims)) {
        (void)keeper->kind->resolve(keeper->links, resolved);
        free(entry->text);
        entry->text = memory_text(text);
        entry->leftover = true;
        if (!entry->present) {
            keeper_set_present(keeper, entry, resolved);
        }
    }
    free(resolved);
}

void keeper_sweep(struct keeper *keeper)
{
    keeper->swept = true;
    keeper_commit(keeper);
}
