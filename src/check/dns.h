/* SPDX-License-Identifier: Apache-2.0
 *
 * DNS_CHECK: a server is good when it answers a query with rcode 0.
 */
#ifndef HOLDFAST_CHECK_DNS_H
#define HOLDFAST_CHECK_DNS_H

#include "check/kind.h"

extern const struct check_kind dns_kind;

#endif
