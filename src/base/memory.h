/* SPDX-License-Identifier: Apache-2.0
 *
 * Heap memory that is there or ends the process. A director without a page of memory left cannot
 * keep its promises; it stops with a message, and its addresses and its IPVS table stay in the
 * kernel for the process that systemd starts next.
 */
#ifndef HOLDFAST_BASE_MEMORY_H
#define HOLDFAST_BASE_MEMORY_H

#include <stddef.h>

/** Zeroed memory of `count` elements of `size` bytes, neither of them 0. Never NULL; the caller frees it with free(3). */
void *memory_new(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/**
 * Changes the size of an allocation; a grown part is not zeroed.
 * @param old      memory from this module, or NULL
 * @param count    elements wanted, at least 1
 * @param size     bytes of one element, at least 1
 */
void *memory_resize(void *old, size_t count, size_t size) __attribute__((returns_nonnull));

/** A copy of a string; the caller frees it with free(3). */
char *memory_text(const char *text) __attribute__((malloc, returns_nonnull, nonnull));

/**
 * To be called first in a process that lives long: what is freed goes back to the system, however much
 * was used for a moment. By itself glibc raises its limits with each large block (mallopt(3)).
 */
void memory_set_limits(void);

/**
 * Gives back to the system what was freed: after work that needed much for a short time (a reload, a
 * status of thousands of servers) and was done in small pieces. Seen to take 0.4 ms after both with
 * 40,000 real servers. malloc_trim(3).
 */
void memory_return(void);

/** Says that memory ran out and ends the process with status 204, as keepalived does. */
void memory_exhausted(size_t bytes) __attribute__((noreturn));

#endif
