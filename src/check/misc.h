/* SPDX-License-Identifier: Apache-2.0
 *
 * MISC_CHECK: a server is good while a program says so by its exit status.
 */
#ifndef HOLDFAST_CHECK_MISC_H
#define HOLDFAST_CHECK_MISC_H

#include "check/kind.h"

extern const struct check_kind misc_kind;

#endif
