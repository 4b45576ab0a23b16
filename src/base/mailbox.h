/* SPDX-License-Identifier: Apache-2.0
 *
 * Mail addresses as people write them.
 */
#ifndef HOLDFAST_BASE_MAILBOX_H
#define HOLDFAST_BASE_MAILBOX_H

#include <stdbool.h>

enum { MAILBOX_SIZE = 321 }; /* 64 + 1 + 255 and a NUL: RFC 5321 4.5.3.1 */

/**
 * Finds the mailbox in "ops@example.com" or "Operations <ops@example.com>".
 * @return false for one that cannot be in an SMTP command: empty, too long, with blanks, brackets, quotes
 *         or control characters (RFC 5321 4.1.2)
 */
bool mailbox_find(const char *text, char mailbox[MAILBOX_SIZE]);

#endif
