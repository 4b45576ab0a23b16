/* SPDX-License-Identifier: Apache-2.0
 *
 * Announced addresses: those of virtual servers with announce_when, which a routing daemon beside us
 * (FRR, BIRD) tells the network of while they are on an interface of this host. They come when all who
 * say when are served here, and go when one is not; several directors have them at the same time, so
 * neighbours are told nothing.
 *
 * Where this director leaves (a stop, a drain) they go first. Packets come until the routers have heard
 * of it, so for announce_grace a local route takes the place of each address: a routing daemon does not
 * see that, and IPVS gets the packets as before.
 */
#ifndef HOLDFAST_NET_ANNOUNCED_H
#define HOLDFAST_NET_ANNOUNCED_H

#include "net/announced_decide.h"
#include "parser/conf.h"

#include <jansson.h>
#include <stdbool.h>

struct address_table;
struct announced;
struct link_table;
struct log;
struct loop;
struct route_table;

struct announced_hooks {
    void *argument;
    /** What is known of a virtual server now. Called on the loop, after announced_touch(). */
    announced_view_function view;
    /** All that announced_stop() waited for is over. */
    void (*left)(void *argument);
    /**
     * An address came or went, which was decided. NULL: nobody wants to know.
     * @param reason  for people
     */
    void (*changed)(void *argument, const struct conf_address *address, bool on,
                    const char *reason);
};

/** What is given outlives it. The caller frees it with announced_free(). */
struct announced *announced_new(struct loop *loop, struct log *log, const struct link_table *links,
                                struct address_table *addresses, struct route_table *routes,
                                const struct announced_hooks *hooks);

/** Frees it; what is on the host stays. NULL is allowed. */
void announced_free(struct announced *announced);

/**
 * The addresses of a configuration, at the start and at each reload. Those that are on stay so until
 * it is known better, also those that an earlier run left; others wait. The caller commits the
 * addresses, and calls announced_touch() when hook `view` answers by the same configuration.
 * @param conf  used until the next call
 */
void announced_configure(struct announced *announced, const struct conf *conf);

/** What hook `view` answers may have changed: it is asked after this turn of the loop. */
void announced_touch(struct announced *announced);

/**
 * An operator takes this director out of the network, or back in: all addresses go, as at a stop, and
 * come again as after a start. It lasts until it is said otherwise, also over a reload.
 */
void announced_set_drained(struct announced *announced, bool drained);

/** Whether announced_set_drained() has said so. */
bool announced_is_drained(const struct announced *announced);

/**
 * The stop: all addresses go at once, for good. Services go on, and packets come to them by a local route,
 * for announce_grace: then hook `left` is called.
 */
void announced_stop(struct announced *announced);

/** Whether local routes are in the place of addresses still. */
bool announced_is_leaving(const struct announced *announced);

/**
 * The kernel refuses an address of that owner.
 * @return whether it is one of ours
 */
bool announced_on_refused(struct announced *announced, const char *owner, const char *text);

/** The section `announced` of the status document: doc/status.md. @return a new reference */
json_t *announced_snapshot(const struct announced *announced);

#endif
