/* SPDX-License-Identifier: Apache-2.0
 *
 * What the answers of a MySQL or MariaDB server mean. Pure.
 */
#ifndef HOLDFAST_CHECK_MYSQL_ANSWER_H
#define HOLDFAST_CHECK_MYSQL_ANSWER_H

#include "check/verdict.h"

/**
 * The verdict on an error that the server tells: "too many connections (1040)".
 * @param number  the server's
 * @param text    the server's, in printable ASCII
 */
struct verdict mysql_answer_error(unsigned number, const char *text);

#endif
