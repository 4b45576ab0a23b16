/* SPDX-License-Identifier: Apache-2.0
 *
 * What an instance owns besides addresses, for its status: routes and rules, each with how it is; and
 * the static entries, which no instance owns.
 */
#ifndef HOLDFAST_VRRP_OWNED_H
#define HOLDFAST_VRRP_OWNED_H

#include "parser/conf.h"
#include "vrrp/hooks.h"

#include <jansson.h>

/** A list of {"address", "device", "present"}; the caller's. */
json_t *owned_addresses(const struct vrrp_hooks *hooks, const struct conf_address_list *addresses);

/** A list of {"route", "present", "trouble"}; the caller's. */
json_t *owned_routes(const struct vrrp_hooks *hooks, const struct conf_route_list *routes);

/** A list of {"rule", "present", "trouble"}; the caller's. */
json_t *owned_rules(const struct vrrp_hooks *hooks, const struct conf_rule_list *rules);

/** The static entries: a list of {"track_group", "addresses", "routes", "rules"}; the caller's. */
json_t *owned_static(const struct vrrp_hooks *hooks, const struct conf *conf);

#endif
