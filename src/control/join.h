/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts together what two modules know of the same services. Pure.
 */
#ifndef HOLDFAST_CONTROL_JOIN_H
#define HOLDFAST_CONTROL_JOIN_H

#include <jansson.h>

/**
 * Adds to the services that health knows what the kernel's IPVS table says of them. Matched by name
 * (and family, since a mark may serve both) and within a service by the server's name. Each server
 * gets `connections`, `counters` and `ipvs_error`, each service `counters` and `ipvs_error`; they are
 * null where the kernel says nothing. `kernel` of both has the settings that the kernel holds, null
 * where it has no such entry, and `unconfigured` of a service the servers that only the kernel has. `weight` becomes the kernel's for what is in the kernel.
 * @param services  the `services` section, an array as from checker_snapshot(); changed
 * @param kernel    an array as in sync_snapshot()'s `services`; NULL: nothing is known
 */
void join_services(json_t *services, const json_t *kernel);

/**
 * Gives what is not ours the form of our services: `name`, `kernel`, and `servers` with `name`,
 * `address`, `port`, `kernel`, `connections`, `counters`.
 * @param foreign  an array as in sync_snapshot()'s `foreign`; changed
 */
void join_foreign(json_t *foreign);

/**
 * The same for services that are ours no longer than their servers drain: these are in `unconfigured`,
 * with `drain_left_ms`, and `servers` is empty.
 * @param leaving  an array as in sync_snapshot()'s `leaving`; changed
 */
void join_leaving(json_t *leaving);

#endif
