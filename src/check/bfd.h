/* SPDX-License-Identifier: Apache-2.0
 *
 * BFD_CHECK: a server is good while a BFD session is up. Who runs the session tells its state:
 * checker_tell(), 1: up, 0: down.
 */
#ifndef HOLDFAST_CHECK_BFD_H
#define HOLDFAST_CHECK_BFD_H

#include "check/kind.h"

extern const struct check_kind bfd_kind;

#endif
