/* SPDX-License-Identifier: Apache-2.0
 *
 * Rates of services and servers: differences of the kernel's counters over the time between. Pure.
 */
#ifndef HOLDFAST_CONTROL_RATES_H
#define HOLDFAST_CONTROL_RATES_H

#include <jansson.h>
#include <stdbool.h>

/** Whether services can be sorted by this word. */
bool rates_is_key(const char *key);

/** The words that rates_is_key() knows, for a message. */
const char *rates_keys(void);

/**
 * What passed between two views of view_services().
 * @param before  NULL: there is none, and all rates are null
 * @param key     as rates_is_key() knows; services, and servers within each, are sorted by it, the most first
 * @return new: an object with `seconds` between them (null without `before`) and `services`, each with
 *         `name`, `foreign`, `rates` and `servers`, each with `name`, `rates`, `active`, `inactive`.
 *         `rates`, per second, has `connections`, `packets_in`, `packets_out`, `bytes_in`, `bytes_out`;
 *         it is null for what was not there before, or whose counters began anew.
 */
json_t *rates_between(const json_t *before, const json_t *after, const char *key);

#endif
