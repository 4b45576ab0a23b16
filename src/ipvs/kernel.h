/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's IPVS through a generic netlink socket: what it holds, and a plan carried out in
 * batches of many messages.
 *
 * The kernel works a request off within the system call that sends it, and that can take long: a
 * module is loaded for a scheduler, a change of scheduler waits for an RCU grace period, a service
 * with thousands of servers is taken apart, another program holds the table's lock. So these
 * functions belong on a worker thread, never on the loop; none of them waits for anything else, for
 * the answer lies in the socket's buffer when sending is over. One thread at a time may use a
 * connection.
 */
#ifndef HOLDFAST_IPVS_KERNEL_H
#define HOLDFAST_IPVS_KERNEL_H

#include "ipvs/kernel_codec.h"
#include "ipvs/plan.h"

struct kernel;

/* What a connection cost so far. */
struct kernel_statistics {
    uint64_t sends;    /* system calls that sent */
    uint64_t receives; /* system calls that received */
    uint64_t requests; /* messages that asked for information */
    uint64_t writes;   /* messages that asked for a change */
    uint64_t overruns; /* times that the kernel had no room for an answer */
};

/**
 * Connects. Asking for the family by name makes the kernel try to load ip_vs itself.
 * @param info   what the kernel's IPVS is
 * @param error  where NULL is returned, -errno: -ENOENT: there is no IPVS; -EPERM: CAP_NET_ADMIN is
 *               missing; or whatever opening a socket can end with
 * @return the connection, to be freed with kernel_close()
 */
struct kernel *kernel_open(struct kernel_info *info, int *error);

/** NULL is allowed. */
void kernel_close(struct kernel *kernel);

/**
 * Reads all services, without their destinations, the timeouts and the connection sync daemons.
 * @param table  empty; filled
 * @return 0 or -errno; -ENOENT: IPVS has gone from the kernel
 */
int kernel_list_services(struct kernel *kernel, struct table *table);

/**
 * Reads the destinations of a service; none where the kernel does not have the service.
 * @param service  without destinations; they are added
 * @return 0 or -errno
 */
int kernel_read_destinations(struct kernel *kernel, struct table_service *service);

/**
 * Carries a plan out, many messages in each system call. One refused operation does not stop the
 * others.
 * @param results  one for each operation of the plan: 0 or -errno; -ENOBUFS: its answer was lost
 * @return 0, or -errno where the kernel could not be asked; -ENOENT: IPVS has gone from it. The
 *         results are set in any case: -ECANCELED for operations that were not tried
 */
int kernel_apply(struct kernel *kernel, const struct plan *plan, int *results);

/** What the connection cost so far. */
struct kernel_statistics kernel_statistics(const struct kernel *kernel);

#endif
