/* SPDX-License-Identifier: Apache-2.0
 *
 * Frames that an interface takes as received from the wire, without a wire: a BPF program of four
 * instructions redirects what it is tried with (BPF_PROG_TEST_RUN, bpf_clone_redirect of
 * bpf-helpers(7)) into the interface. It is attached to nothing and ends with its descriptor, so
 * that nothing is left behind whatever happens.
 */
#ifndef HOLDFAST_NET_INJECT_H
#define HOLDFAST_NET_INJECT_H

#include <stddef.h>
#include <stdint.h>

/**
 * @param index  of an Ethernet interface of this network namespace
 * @return a descriptor, to be closed with close(2), or -errno: -EPERM without CAP_SYS_ADMIN (or CAP_BPF
 *         and CAP_NET_ADMIN), -ENOSYS where the kernel has no BPF
 */
int inject_open(int index);

/**
 * The interface receives a frame; what it makes the kernel do at once is done when this returns.
 * @param frame  from its Ethernet header on, at least 14 bytes
 * @return 0 or -errno; -ENETDOWN: the interface takes nothing, as it is down
 */
int inject_frame(int fd, const uint8_t *frame, size_t size);

#endif
