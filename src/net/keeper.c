/* SPDX-License-Identifier: Apache-2.0
 *
 * Desired entries in, a plan by comparison with what the kernel was seen to have, one rtnetlink
 * batch. What an entry is, who wants it and why is not known here.
 */
#include "net/keeper.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/receive_buffer.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum {
    KEEPER_BATCH_SIZE = 64 * 1024, /* bytes of one sendmsg */
    KEEPER_READ_SIZE = 64 * 1024,
    KEEPER_RECEIVE_BUFFER = 4 * 1024 * 1024,
    KEEPER_READS_PER_TURN = 64,
    KEEPER_TROUBLE_SIZE = 512,
    KEEPER_TROUBLE_AFTER = 3, /* refusals in a row until the owner is told */
    KEEPER_KEY_SIZE = 512,    /* the largest key of a kind */
    KEEPER_FIRST_DUMPS = 3,   /* tries to read all at once while somebody changes it */
};

#define KEEPER_FIRST_WAIT (50 * CLOCK_MILLISECOND)
#define KEEPER_LAST_WAIT  (5 * CLOCK_SECOND)
#define KEEPER_CALM       (10 * CLOCK_SECOND) /* without a loss: the back-off starts anew */
#define KEEPER_AUDIT_GAP  (20 * CLOCK_MILLISECOND)

struct keeper_claim {
    STAILQ_ENTRY(keeper_claim) next;
    char *owner;
    char *text;
    void *value;
    bool track;
    bool fresh; /* told since keeper_claim_begin() */
};
STAILQ_HEAD(keeper_claim_list, keeper_claim);

struct keeper_entry {
    struct keeper_claim_list claims; /* the first one counts; none: to be removed */
    void *is;                        /* what the kernel has, where it is present */
    char *text;                      /* of the last claim, for people; NULL: never claimed */
    bool present;
    bool torn;         /* present in part */
    bool seen;         /* in the dump that is being read */
    bool leftover;     /* of an earlier run, and not claimed yet */
    bool lost;         /* somebody else removed it */
    bool waits;        /* an interface is not there: no message was sent */
    bool tell_trouble; /* hooks are called when the batch is done */
    bool tell_restored;
    char *trouble;     /* what was refused, and why; NULL: nothing was */
    unsigned refusals; /* in a row */
    int64_t wait;      /* back-off: how long the next one is put off */
    int64_t not_before;
    int64_t lost_at;
    UT_hash_handle hh;
    unsigned char key[];
};

/* A message under way. */
struct keeper_flight {
    struct keeper_entry *entry; /* NULL: answered */
    void *value;                /* of the entry afterwards; NULL: it is removed */
};

struct keeper {
    struct log *log;
    const struct link_table *links;
    const struct keeper_kind *kind;
    struct keeper_hooks hooks;
    struct mnl_socket *socket;  /* asks and is answered within the call */
    struct mnl_socket *monitor; /* notifications */
    struct loop_watch *watch;
    struct loop_timer *retry;
    struct loop_timer *audit;
    struct keeper_entry *entries;
    struct keeper_counters counters;
    uint8_t *batch; /* NULL: nothing is to be sent */
    size_t batch_size;
    struct keeper_flight *flights;
    size_t flight_count;
    size_t flight_room;
    uint32_t sequence; /* of the next message */
    bool swept;        /* leftovers may be removed */
    bool by_link;      /* the audit that is due is for a change of interfaces */
    bool by_others;    /* and for a notification of somebody's removal */
    int64_t audited_at;
};

/* ---- Entries ----------------------------------------------------------------------------------- */

static struct keeper_entry *keeper_find(const struct keeper *keeper, const void *value)
{
    unsigned char key[KEEPER_KEY_SIZE];
    struct keeper_entry *entry;

    keeper->kind->key(value, key);
    HASH_FIND(hh, keeper->entries, key, keeper->kind->key_size, entry);
    return entry;
}

/* A copy whose key is that of this moment. The caller frees it. */
static void *keeper_place(const struct keeper *keeper, const void *value)
{
    void *placed = memory_new(1, keeper->kind->value_size);

    memcpy(placed, value, keeper->kind->value_size);
    if (keeper->kind->place) {
        keeper->kind->place(keeper->links, placed);
    }
    return placed;
}

static struct keeper_entry *keeper_obtain(struct keeper *keeper, const void *value)
{
    struct keeper_entry *entry = keeper_find(keeper, value);

    if (!entry) {
        entry = memory_new(1, sizeof(*entry) + keeper->kind->key_size);
        keeper->kind->key(value, entry->key);
        STAILQ_INIT(&entry->claims);
        HASH_ADD_KEYPTR(hh, keeper->entries, entry->key, keeper->kind->key_size, entry);
    }
    return entry;
}

static void keeper_set_present(struct keeper *keeper, struct keeper_entry *entry, const void *value)
{
    if (!entry->is) {
        entry->is = memory_new(1, keeper->kind->value_size);
    }
    memcpy(entry->is, value, keeper->kind->value_size);
    entry->present = true;
    entry->torn = false;
}

static void keeper_free_claim(struct keeper_claim *claim)
{
    free(claim->owner);
    free(claim->text);
    free(claim->value);
    free(claim);
}

static void keeper_forget(struct keeper *keeper, struct keeper_entry *entry)
{
    struct keeper_claim *claim;

    while ((claim = STAILQ_FIRST(&entry->claims))) {
        STAILQ_REMOVE_HEAD(&entry->claims, next);
        keeper_free_claim(claim);
    }
    HASH_DEL(keeper->entries, entry); /* NOLINT(clang-analyzer-unix.Malloc): unlinks it */
    free(entry->is);
    free(entry->text);
    free(entry->trouble);
    free(entry);
}

static void keeper_forget_finished(struct keeper *keeper)
{
    struct keeper_entry *entry;
    struct keeper_entry *next;

    HASH_ITER(hh, keeper->entries, entry, next) {
        if (STAILQ_EMPTY(&entry->claims) && !entry->present) {
            keeper_forget(keeper, entry);
        }
    }
}

/* A dump finds what carries our mark; the rest is there for as long as nobody says otherwise. */
static bool keeper_is_watched(const struct keeper *keeper, const void *value)
{
    return keeper->kind->protocol(value) == RTNETLINK_PROTOCOL_HOLDFAST;
}

/* The words for an entry in a message. */
static const char *keeper_text(const struct keeper_entry *entry)
{
    return entry->text ? entry->text : "of no instance";
}

static const char *keeper_owner(const struct keeper_entry *entry)
{
    const struct keeper_claim *claim = STAILQ_FIRST(&entry->claims);

    return claim ? claim->owner : NULL;
}

/* ---- Claims ------------------------------------------------------------------------------------ */

static struct keeper_claim *keeper_find_claim(const struct keeper_entry *entry, const char *owner)
{
    struct keeper_claim *claim;

    STAILQ_FOREACH(claim, &entry->claims, next) {
        if (strcmp(claim->owner, owner) == 0) {
            return claim;
        }
    }
    return NULL;
}

static void keeper_forgive(struct keeper_entry *entry)
{
    free(entry->trouble);
    entry->trouble = NULL;
    entry->tell_trouble = false;
    entry->refusals = 0;
}

/* Somebody wants it, or wants it otherwise: what went wrong before does not count. */
static void keeper_begin_anew(struct keeper_entry *entry)
{
    entry->lost = false;
    entry->tell_restored = false;
    keeper_forgive(entry);
    entry->wait = 0;
    entry->not_before = 0;
}

void keeper_claim_begin(struct keeper *keeper, const char *owner)
{
    for (struct keeper_entry *entry = keeper->entries; entry; entry = entry->hh.next) {
        struct keeper_claim *claim = keeper_find_claim(entry, owner);

        if (claim) {
            claim->fresh = false;
        }
    }
}

/* @param value  placed */
static void keeper_add_claim(struct keeper *keeper, const char *owner, const void *value,
                             const char *text, bool track)
{
    struct keeper_entry *entry = keeper_obtain(keeper, value);
    struct keeper_claim *claim = keeper_find_claim(entry, owner);

    if (!claim) {
        claim = memory_new(1, sizeof(*claim));
        claim->owner = memory_text(owner);
        claim->value = memory_new(1, keeper->kind->value_size);
        STAILQ_INSERT_TAIL(&entry->claims, claim, next);
        keeper_begin_anew(entry);
    } else if (memcmp(claim->value, value, keeper->kind->value_size) != 0) {
        keeper_begin_anew(entry);
    }
    memcpy(claim->value, value, keeper->kind->value_size);
    free(claim->text);
    claim->text = memory_text(text);
    free(entry->text);
    entry->text = memory_text(text);
    claim->track = track;
    claim->fresh = true;
    entry->leftover = false;
}

void keeper_claim(struct keeper *keeper, const char *owner, const void *value, const char *text,
                  bool track)
{
    void *placed = keeper_place(keeper, value);

    keeper_add_claim(keeper, owner, placed, text, track);
    free(placed);
}

/* @return whether what the claim wants has another key than its entry by now */
static bool keeper_has_moved(const struct keeper *keeper, const struct keeper_entry *entry,
                             const void *placed)
{
    unsigned char key[KEEPER_KEY_SIZE];

    keeper->kind->key(placed, key);
    return memcmp(key, entry->key, keeper->kind->key_size) != 0;
}

static void keeper_move_claims_of(struct keeper *keeper, struct keeper_entry *entry)
{
    struct keeper_claim *claim = STAILQ_FIRST(&entry->claims);

    while (claim) {
        struct keeper_claim *next = STAILQ_NEXT(claim, next);
        void *placed = keeper_place(keeper, claim->value);

        if (keeper_has_moved(keeper, entry, placed)) {
            STAILQ_REMOVE(&entry->claims, claim, keeper_claim, next);
            keeper_add_claim(keeper, claim->owner, placed, claim->text, claim->track);
            keeper_free_claim(claim);
        }
        free(placed);
        claim = next;
    }
}

/* New entries come at the end, where their claims are in their place. */
static void keeper_move_claims(struct keeper *keeper)
{
    if (keeper->kind->place) {
        for (struct keeper_entry *entry = keeper->entries; entry; entry = entry->hh.next) {
            keeper_move_claims_of(keeper, entry);
        }
    }
}

void keeper_claim_end(struct keeper *keeper, const char *owner)
{
    for (struct keeper_entry *entry = keeper->entries; entry; entry = entry->hh.next) {
        struct keeper_claim *claim = keeper_find_claim(entry, owner);

        if (claim && !claim->fresh) {
            STAILQ_REMOVE(&entry->claims, claim, keeper_claim, next);
            keeper_free_claim(claim);
        }
    }
}

void keeper_release(struct keeper *keeper, const char *owner)
{
    keeper_claim_begin(keeper, owner);
    keeper_claim_end(keeper, owner);
}

/* ---- Answers ----------------------------------------------------------------------------------- */

static void keeper_back_off(struct keeper_entry *entry, int64_t now)
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

/* ---- Plan and apply ---------------------------------------------------------------------------- */

static void keeper_audit_soon(struct keeper *keeper)
{
    int64_t now = clock_now();
    int64_t at = keeper->audited_at + KEEPER_AUDIT_GAP;

    if (loop_timer_deadline(keeper->audit) == CLOCK_NEVER) {
        loop_timer_set(keeper->audit, at > now ? at : now);
    }
}

/* The kernel works a batch off within the call, so the answers are there when it returns. */
static void keeper_send(struct keeper *keeper)
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

/* ---- What the kernel has ----------------------------------------------------------------------- */

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

/*
 * Reads everything of ours. The kernel writes each part of a dump while the part before it is read,
 * so nothing is waited for.
 * @return whether all was seen
 */
static bool keeper_dump(struct keeper *keeper, bool first)
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

static void keeper_audit(void *argument, int64_t now, int64_t late)
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

static void keeper_readable(void *argument)
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

/* ---- Start and stop ---------------------------------------------------------------------------- */

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
