/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries and who claims them.
 */
#include "base/hash.h"
#include "base/memory.h"
#include "net/keeper_inside.h"

#include <stdlib.h>
#include <string.h>

enum { KEEPER_KEY_SIZE = 512 }; /* the largest key of a kind */

struct keeper_entry *keeper_find(const struct keeper *keeper, const void *value)
{
    unsigned char key[KEEPER_KEY_SIZE];
    struct keeper_entry *entry;

    keeper->kind->key(value, key);
    HASH_FIND(hh, keeper->entries, key, keeper->kind->key_size, entry);
    return entry;
}

void *keeper_place(const struct keeper *keeper, const void *value)
{
    void *placed = memory_new(1, keeper->kind->value_size);

    memcpy(placed, value, keeper->kind->value_size);
    if (keeper->kind->place) {
        keeper->kind->place(keeper->links, placed);
    }
    return placed;
}

struct keeper_entry *keeper_obtain(struct keeper *keeper, const void *value)
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

void keeper_set_present(struct keeper *keeper, struct keeper_entry *entry, const void *value)
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

void keeper_forget(struct keeper *keeper, struct keeper_entry *entry)
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

void keeper_forget_finished(struct keeper *keeper)
{
    struct keeper_entry *entry;
    struct keeper_entry *next;

    HASH_ITER(hh, keeper->entries, entry, next) {
        if (STAILQ_EMPTY(&entry->claims) && !entry->present) {
            keeper_forget(keeper, entry);
        }
    }
}

bool keeper_is_watched(const struct keeper *keeper, const void *value)
{
    return keeper->kind->protocol(value) == RTNETLINK_PROTOCOL_HOLDFAST;
}

const char *keeper_text(const struct keeper_entry *entry)
{
    return entry->text ? entry->text : "of no instance";
}

const char *keeper_owner(const struct keeper_entry *entry)
{
    const struct keeper_claim *claim = STAILQ_FIRST(&entry->claims);

    return claim ? claim->owner : NULL;
}

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

void keeper_forgive(struct keeper_entry *entry)
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

void keeper_move_claims(struct keeper *keeper)
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
