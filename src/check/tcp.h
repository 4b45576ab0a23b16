/* SPDX-License-Identifier: Apache-2.0
 *
 * TCP_CHECK: a server is good when it accepts a TCP connection.
 */
#ifndef HOLDFAST_CHECK_TCP_H
#define HOLDFAST_CHECK_TCP_H

#include "check/kind.h"

extern const struct check_kind tcp_kind;

#endif
