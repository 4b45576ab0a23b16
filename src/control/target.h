/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds services and servers by what people type: SERVICE or SERVICE/SERVER. Pure.
 *
 * SERVICE is a name of the status document ("172.16.1.18:3306/tcp", "[2001:db8::1]:80/tcp",
 * "fwmark 7", "fwmark 7 (IPv6)"), or an address with as much of port and protocol as tells it from others.
 * A mark without a family is that of IPv4 and that of IPv6, "fwmark 7 (IPv4)" the former alone. SERVER is an
 * address with its port, where that is needed. An IPv6 address with a port is in brackets; one without
 * brackets is an address alone, so nothing can be read in two ways.
 */
#ifndef HOLDFAST_CONTROL_TARGET_H
#define HOLDFAST_CONTROL_TARGET_H

#include <jansson.h>
#include <stdbool.h>

struct text_buffer;

/**
 * Finds the one server that a word names.
 * @param services  the section of the status document
 * @param service   set to the service that it is of; borrowed
 * @param problem   where nothing, or more than one, is found: gets a line for people with what there is
 * @return the server, borrowed; NULL: `problem` says why
 */
const json_t *target_server(const json_t *services, const char *word, const json_t **service,
                            struct text_buffer *problem);

/**
 * Finds all services, or of services the servers, that a word names.
 * @return a new array of objects with `service` and `server` (null: the word names none), never empty;
 *         NULL: `problem` says why
 */
json_t *target_all(const json_t *services, const char *word, struct text_buffer *problem);

#endif
