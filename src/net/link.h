/* SPDX-License-Identifier: Apache-2.0
 *
 * The link monitor: the kernel's interfaces and their addresses, always up to date, by rtnetlink's
 * notifications. A notification that the kernel dropped (ENOBUFS) is made good by reading
 * everything again; nothing is concluded from a message that is missing.
 */
#ifndef HOLDFAST_NET_LINK_H
#define HOLDFAST_NET_LINK_H

#include "net/rtnetlink.h"
#include "parser/conf.h"

#include <stdbool.h>
#include <stddef.h>

struct log;
struct loop;
struct link_table;

struct link {
    struct rtnetlink_link info;
    struct rtnetlink_address *addresses; /* in the kernel's order, primary ones first */
    size_t address_count;
};

enum link_event_kind {
    LINK_NEW,
    LINK_CHANGED, /* flags, MAC or MTU; a rename is LINK_GONE and LINK_NEW */
    LINK_GONE,    /* the link is still readable during the call */
    LINK_ADDRESS_NEW,
    LINK_ADDRESS_CHANGED, /* its flags: it is not tentative any more, or deprecated */
    LINK_ADDRESS_GONE,
};

struct link_event {
    enum link_event_kind kind;
    const struct link *link;
    const struct rtnetlink_address *address; /* for the LINK_ADDRESS_ kinds */
};

/** Called on the loop for each change, after the table has it (before, for LINK_GONE). */
typedef void (*link_function)(void *argument, const struct link_event *event);

/**
 * Opens the monitor and reads what there is; `function` is not called for that first state.
 * @param error  -errno where NULL is returned
 */
struct link_table *link_open(struct loop *loop, struct log *log, link_function function,
                             void *argument, int *error);

/**
 * Sets the monitor's receive buffer. What does not fit into it is read by a dump afterwards.
 * @return its bytes now, which are fewer where net.core.rmem_max allows no more
 */
uint32_t link_set_buffer(struct link_table *table, const struct conf_buffer *buffer);

/** Frees the monitor. NULL is allowed. */
void link_close(struct link_table *table);

/**
 * Reads what the kernel has told by now, so that the table knows an interface that was just made.
 * Within an event of the table it does nothing: the rest is read after that.
 */
void link_read_queued(struct link_table *table);

/** The interface of that name or index, NULL where there is none. Valid until the next event. */
const struct link *link_find(const struct link_table *table, const char *name);
const struct link *link_find_index(const struct link_table *table, int index);

/** All interfaces, one by one: NULL starts, NULL ends. */
const struct link *link_next(const struct link_table *table, const struct link *link);

/** Whether it carries traffic: administratively up, with a carrier. */
bool link_is_running(const struct link *link);

/**
 * The address that packets from this interface carry by default.
 * @return the first IPv4 address of the widest scope that is not marked as ours and not secondary,
 *         or the first usable IPv6 link-local address; NULL where there is none
 */
const struct inet_addr *link_primary_address(const struct link *link, uint8_t family);

/** The first IPv6 address for traffic beyond the link, or NULL; none of ours. */
const struct inet_addr *link_global_address(const struct link *link);

/** Whether an IPv6 link-local address is there that duplicates are still looked for of: RFC 4862 5.4. */
bool link_is_tentative(const struct link *link);

/** The entry for this address on the interface, NULL where it is not there. */
const struct rtnetlink_address *link_find_address(const struct link *link,
                                                  const struct inet_prefix *prefix);

#endif
