/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps the kernel's entries of one kind (routes, rules) as they are wanted: owners claim and release
 * them, a commit makes the kernel agree in one batch, and what somebody else removes is put back at
 * once, with back-off where it keeps being removed. What an entry is, a keeper_kind says.
 *
 * Ours is what carries our protocol number. What the kernel has is read by dumps of that alone; a
 * notification, a change of an interface or lost notifications (ENOBUFS) only say that it is time
 * for one. So the order in which notifications and answers arrive does not matter.
 */
#ifndef HOLDFAST_NET_KEEPER_H
#define HOLDFAST_NET_KEEPER_H

#include "net/link.h"
#include "net/rtnetlink_route.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keeper;
struct sock_fprog;

/* One kind of entry. A value is a structure of `value_size` bytes that can be copied as memory. */
struct keeper_kind {
    const char *noun;
    size_t value_size;
    size_t key_size;
    size_t message_size;     /* of the largest message */
    unsigned groups;         /* RTMGRP_* to listen to */
    uint16_t new_type;       /* RTM_NEW* */
    uint16_t delete_type;    /* RTM_DEL* */
    const uint8_t *families; /* that are dumped one by one; ends with AF_UNSPEC */
    /* Of what is heard; NULL: all of it. */
    const struct sock_fprog *filter;
    /* Writes what the kernel knows an entry by, as memory without padding. */
    void (*key)(const void *value, void *key);
    /* What that depends on of interfaces is filled in; NULL: nothing does. */
    void (*place)(const struct link_table *links, void *value);
    uint8_t (*protocol)(const void *value);
    /* Fills in the indexes of interfaces. @return whether they are all there */
    bool (*resolve)(const struct link_table *links, void *value);
    bool (*decode)(const struct nlmsghdr *message, void *value);
    size_t (*encode)(uint8_t *data, uint32_t sequence, enum rtnetlink_action action,
                     const void *value);
    size_t (*encode_dump)(uint8_t *data, uint32_t sequence, uint8_t family);
    /* Whether what the kernel has is what is wanted. */
    bool (*is_as_wanted)(const void *wanted, const void *is);
    /* Whether the kernel lost a part of what we put there; NULL: it cannot. */
    bool (*is_torn)(const void *put, const void *is);
    /* Whether the kernel replaces it in one step; else it is removed and added. */
    bool (*is_replaceable)(const void *value);
    /* Whether the kernel removes it of its own accord in time, and it is not to be put back then. */
    bool (*is_fleeting)(const void *value);
};

struct keeper_hooks {
    void *argument;
    /* What was lost cannot be put back, several times in a row, and each time after that; `text`
     * says which and why. */
    void (*trouble)(void *argument, const char *owner, const char *text);
    /* And now it is. */
    void (*restored)(void *argument, const char *owner);
};

struct keeper_counters {
    uint64_t added;
    uint64_t removed;
    uint64_t restored; /* put back after somebody else's removal */
    uint64_t errors;
};

/* How an entry is: for people. */
struct keeper_state {
    bool present;        /* the kernel has it */
    const char *trouble; /* why not; NULL: nothing is known */
};

/**
 * Opens the sockets and reads what an earlier run left behind.
 * @param kind   stays the caller's
 * @param error  -errno where NULL is returned
 */
struct keeper *keeper_open(struct loop *loop, struct log *log, const struct link_table *links,
                           const struct keeper_kind *kind, const struct keeper_hooks *hooks,
                           int *error);

/**
 * Sets the receive buffers. That of the socket which asks is never smaller than a batch needs.
 * @param monitor  of the socket that is notified
 * @param command  of the socket that asks
 */
void keeper_set_buffers(struct keeper *keeper, const struct conf_buffer *monitor,
                        const struct conf_buffer *command);

/** Frees it; the entries stay as they are. NULL is allowed. */
void keeper_close(struct keeper *keeper);

/* An owner's claim is what is told between these two. */
void keeper_claim_begin(struct keeper *keeper, const char *owner);
void keeper_claim_end(struct keeper *keeper, const char *owner);

/**
 * Claims an entry. Several owners may claim one: it stays until the last of them lets go, and is as
 * the first of them wants it.
 * @param value  copied
 * @param text   for people, copied
 * @param track  its loss concerns the owner
 */
void keeper_claim(struct keeper *keeper, const char *owner, const void *value, const char *text,
                  bool track);

/** An owner claims nothing from now on. Takes effect with the next commit. */
void keeper_release(struct keeper *keeper, const char *owner);

/** The half of a commit that removes what nobody claims any more. */
void keeper_withdraw(struct keeper *keeper);

/** Makes the kernel agree with all that was claimed and released. */
void keeper_commit(struct keeper *keeper);

/**
 * An earlier run may have left this behind, without our mark: the sweep removes it where it is there
 * and nobody claims it.
 */
void keeper_suspect(struct keeper *keeper, const void *value, const char *text);

/** Removes what an earlier run left behind and nobody has claimed by now. To be called once. */
void keeper_sweep(struct keeper *keeper);

/** Interfaces or addresses changed, with which the kernel silently drops what depended on them. */
void keeper_on_link_event(struct keeper *keeper);

/** How the entry with this value's key is. */
struct keeper_state keeper_state(const struct keeper *keeper, const void *value);

/** What was counted since the start; valid as long as the keeper. */
const struct keeper_counters *keeper_counters(const struct keeper *keeper);

#endif
