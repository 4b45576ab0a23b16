/* SPDX-License-Identifier: Apache-2.0
 *
 * AGENT_CHECK: an agent at the server says how it is, in one line (agent_reply.h).
 */
#ifndef HOLDFAST_CHECK_AGENT_H
#define HOLDFAST_CHECK_AGENT_H

#include "check/kind.h"

extern const struct check_kind agent_kind;

#endif
