/* SPDX-License-Identifier: Apache-2.0
 *
 * Linux capabilities of the calling thread (capabilities(7)), by the system calls themselves: what a
 * thread gives up the threads that it makes later do not have either, those that it made before do.
 */
#ifndef HOLDFAST_BASE_CAPABILITY_H
#define HOLDFAST_BASE_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

/** The set of one capability, CAP_NET_ADMIN (linux/capability.h) and the like. */
#define CAPABILITY_SET(number) (UINT64_C(1) << (number))

enum { CAPABILITY_COUNT = 64 }; /* bits of a set; the kernel has fewer */

/** What this thread may use (its permitted set). 0 where it is nobody special. */
uint64_t capability_permitted(void);

/**
 * Gives up all but some: the effective and the permitted set become those of them that are there, the
 * inheritable and the ambient set empty.
 * @return 0 or -errno
 */
int capability_keep(uint64_t set);

/**
 * Lets only some of what is permitted be effective; capability_keep() or this with more of them takes
 * them up again. To try what a smaller set could do.
 * @return 0 or -errno
 */
int capability_set_effective(uint64_t set);

/**
 * Takes all but some out of the bounding set: no program that is executed gets them, root's neither.
 * @return 0 or -errno; -EPERM without CAP_SETPCAP
 */
int capability_bound(uint64_t set);

/** No program that is executed gets more than this process has: PR_SET_NO_NEW_PRIVS of prctl(2). */
int capability_refuse_new(void);

/** The name of a capability, such as "CAP_NET_ADMIN"; "unknown" for one that is newer than we are. */
const char *capability_name(int number);

#endif
