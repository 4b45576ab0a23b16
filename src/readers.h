/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may look at the daemon without being its administrator: the group of the socket for readers.
 */
#ifndef HOLDFAST_READERS_H
#define HOLDFAST_READERS_H

#include <stdbool.h>
#include <sys/types.h>

struct conf;

#define READERS_GROUP "holdfast" /* where the host has it and the configuration says nothing */

/**
 * Finds the group, among those of /etc/group alone: a name service may be far away, and is not waited for.
 * @param group  set to it; -1: there is none, and the socket stays the daemon's own
 * @return whether a group that the configuration names (status_socket_group) is there, or it names none
 */
bool readers_find(const struct conf *conf, gid_t *group);

#endif
