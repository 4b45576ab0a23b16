/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the drivers of interfaces for their carrier, for those that do not tell netlink of it. The
 * system calls wait for the kernel's lock on interfaces and for slow transceivers: they are made on a
 * thread of their own.
 */
#ifndef HOLDFAST_NET_LINKBEAT_H
#define HOLDFAST_NET_LINKBEAT_H

#include "parser/conf.h"

#include <stdbool.h>
#include <stddef.h>

struct loop;
struct linkbeat;

/* A question and its answer. */
struct linkbeat_probe {
    char interface[CONF_INTERFACE_SIZE];
    enum conf_linkbeat kind; /* how to ask first */
    enum conf_linkbeat by;   /* how it was answered; CONF_LINKBEAT_ANY: it was not */
    bool up;                 /* administratively up, with a carrier */
};

/** Called on the loop with the answers, which are the callee's for the call. */
typedef void (*linkbeat_function)(void *argument, const struct linkbeat_probe *probes,
                                  size_t count);

/**
 * Opens its socket in the calling thread's network namespace.
 * @param error  -errno where NULL is returned
 */
struct linkbeat *linkbeat_open(struct loop *loop, linkbeat_function function, void *argument,
                               int *error);

/** Waits for a thread that runs, tells nobody, frees. NULL is allowed. */
void linkbeat_close(struct linkbeat *linkbeat);

/**
 * Asks, unless the last question is not answered yet.
 * @param probes  copied
 * @return whether it was asked
 */
bool linkbeat_ask(struct linkbeat *linkbeat, const struct linkbeat_probe *probes, size_t count);

#endif
