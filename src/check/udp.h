/* SPDX-License-Identifier: Apache-2.0
 *
 * UDP_CHECK: a server is good when no ICMP error answers a datagram, or when a wanted reply does.
 */
#ifndef HOLDFAST_CHECK_UDP_H
#define HOLDFAST_CHECK_UDP_H

#include "check/kind.h"

extern const struct check_kind udp_kind;

#endif
