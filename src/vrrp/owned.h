/* SPDX-License-Identifier: Apache-2.0
 *
 * What an instance owns besides addresses, for its status: routes and rules, each with how it is.
 */
#ifndef HOLDFAST_VRRP_OWNED_H
#define HOLDFAST_VRRP_OWNED_H

#include "parser/conf.h"
#include "vrrp/hooks.h"

#include <jansson.h>

/** A list of {"route", "present", "trouble"}; the caller's. */
json_t *owned_routes(const struct vrrp_hooks *hooks, const struct conf_instance *instance);

/** A list of {"rule", "present", "trouble"}; the caller's. */
json_t *owned_rules(const struct vrrp_hooks *hooks, const struct conf_instance *instance);

#endif
