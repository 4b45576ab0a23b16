/* SPDX-License-Identifier: Apache-2.0
 *
 * MYSQL_CHECK: whether a MySQL or MariaDB server greets, which needs no account; takes a login; and
 * answers as it should.
 */
#ifndef HOLDFAST_CHECK_MYSQL_H
#define HOLDFAST_CHECK_MYSQL_H

#include "check/kind.h"

/** The row of the table of kinds. */
extern const struct check_kind mysql_kind;

#endif
