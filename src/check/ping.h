/* SPDX-License-Identifier: Apache-2.0
 *
 * PING_CHECK: a server is good when it answers an ICMP echo request.
 */
#ifndef HOLDFAST_CHECK_PING_H
#define HOLDFAST_CHECK_PING_H

#include "check/kind.h"

extern const struct check_kind ping_kind;

#endif
