/* SPDX-License-Identifier: Apache-2.0
 *
 * Network namespaces by the names of ip-netns(8): files of /run/netns.
 */
#ifndef HOLDFAST_BASE_NETNS_H
#define HOLDFAST_BASE_NETNS_H

/**
 * Opens a namespace.
 * @param name  a plain name; NULL: the one that the calling thread is in
 * @return a descriptor, to be closed with close(2), or -errno
 */
int netns_open(const char *name);

/**
 * The calling thread is in that namespace from now on, and so is what it starts; its sockets stay where
 * they were opened. Nothing is done, and no right is needed, where it is there already.
 * @param fd  of netns_open()
 * @return 0 or -errno; -EPERM: CAP_SYS_ADMIN is needed: setns(2)
 */
int netns_enter(int fd);

#endif
