/* SPDX-License-Identifier: Apache-2.0
 *
 * SMTP_CHECK: a server is good when it greets and takes HELO.
 */
#ifndef HOLDFAST_CHECK_SMTP_H
#define HOLDFAST_CHECK_SMTP_H

#include "check/kind.h"

extern const struct check_kind smtp_kind;

#endif
