/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses of a host's name, as the system finds them (/etc/hosts, DNS, whatever nsswitch.conf(5)
 * names), on a thread of their own: neither the loop nor the end of the process waits for a resolver.
 */
#ifndef HOLDFAST_BASE_RESOLVE_H
#define HOLDFAST_BASE_RESOLVE_H

#include "base/inet.h"

#include <stddef.h>

struct loop;
struct resolve;

enum { RESOLVE_ADDRESSES = 8 }; /* more than these are not looked at */

/* What was found. */
struct resolve_result {
    const char *error; /* why there is none; NULL: there are some */
    struct inet_addr addresses[RESOLVE_ADDRESSES];
    size_t count;
};

/** Called on the loop, once; the look-up is gone by then. */
typedef void (*resolve_done_function)(void *argument, const struct resolve_result *result);

/** Looks a name up. @return NULL where no thread could be made: nobody is called */
struct resolve *resolve_start(struct loop *loop, const char *name, resolve_done_function done,
                              void *argument);

/** Lets go of it: nobody is called, and what still runs ends by itself. NULL is allowed. */
void resolve_abandon(struct resolve *resolve);

#endif
