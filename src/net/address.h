/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual addresses that this director holds: owners claim and release them, the table makes the
 * kernel agree, in one batch, and keeps it that way: what somebody else removes is put back at once,
 * with back-off where it keeps being removed.
 */
#ifndef HOLDFAST_NET_ADDRESS_H
#define HOLDFAST_NET_ADDRESS_H

#include "net/link.h"
#include "parser/conf.h"

#include <stdbool.h>
#include <stdint.h>

struct address_table;

struct address_hooks {
    void *argument;
    /* An address is on again after somebody else took it off, or on another interface that has the name
     * of its former one now: the neighbours should hear of it. */
    void (*restored)(void *argument, const char *owner);
    /* The kernel refused an address several times in a row, and each time after that; `text` says
     * which and why. */
    void (*trouble)(void *argument, const char *owner, const char *text);
};

struct address_counters {
    uint64_t added;
    uint64_t removed;
    uint64_t restored; /* put back after somebody else's removal */
    uint64_t errors;
};

/** @param error  -errno where NULL is returned */
struct address_table *address_open(struct loop *loop, struct log *log,
                                   const struct link_table *links,
                                   const struct address_hooks *hooks, int *error);

/**
 * Sets the receive buffer of the socket that asks; it is never smaller than a batch needs.
 * @return its bytes now
 */
uint32_t address_set_buffer(struct address_table *table, const struct conf_buffer *command);

/** Frees the table; the addresses stay as they are. NULL is allowed. */
void address_close(struct address_table *table);

/**
 * An owner (an instance's name) holds exactly these addresses from now on. Takes effect with
 * address_commit(). What is needed of the list is copied.
 */
void address_claim(struct address_table *table, const char *owner,
                   const struct conf_address_list *list);

/** An owner holds nothing from now on. Takes effect with address_commit(). */
void address_release(struct address_table *table, const char *owner);

/** Makes the kernel agree: one batch with all that was claimed and released since the last call. */
void address_commit(struct address_table *table);

/**
 * Removes what an earlier run left behind: addresses of the configuration that nobody claims, and
 * any others that carry our mark. To be called once, when those who resume have claimed theirs.
 */
void address_sweep(struct address_table *table, const struct conf *conf);

/** The link monitor's event, to be passed on by whoever owns both. */
void address_on_link_event(struct address_table *table, const struct link_event *event);

/** Whether the kernel has this address on this interface. */
bool address_is_present(const struct address_table *table, const char *device,
                        const struct inet_prefix *prefix);

/** What was counted since the start; valid as long as the table. */
const struct address_counters *address_counters(const struct address_table *table);

#endif
