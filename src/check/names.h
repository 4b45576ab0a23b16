/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses of hosts that checks know by name: looked up on threads of their own, a few at a time,
 * and again at an interval. What was found stays while a later look-up fails.
 */
#ifndef HOLDFAST_CHECK_NAMES_H
#define HOLDFAST_CHECK_NAMES_H

#include "base/inet.h"

#include <stdint.h>

struct log;
struct loop;
struct names;
struct names_entry;

/** No names. The caller frees it with names_free(); loop and log outlive it. */
struct names *names_new(struct loop *loop, struct log *log);

/** Frees it; nobody uses a name by then. NULL is allowed. */
void names_free(struct names *names);

/** How long what was found counts. @param interval  ns, above 0 */
void names_set_interval(struct names *names, int64_t interval);

/**
 * A name that is used from now on: its look-up begins unless somebody uses it already.
 * @param family  AF_INET or AF_INET6: which of its addresses are of use
 * @return to be given back by names_drop()
 */
struct names_entry *names_use(struct names *names, const char *name, uint8_t family);

/** It is used once less. NULL is allowed. */
void names_drop(struct names_entry *entry);

/**
 * Its address. Of several the one that it had before, as long as it is among them.
 * @param error  why there is none, where NULL is returned
 */
const struct inet_addr *names_address(const struct names_entry *entry, const char **error);

#endif
