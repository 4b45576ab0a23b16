/* SPDX-License-Identifier: Apache-2.0
 *
 * What the number in a file says about a server. Pure.
 */
#ifndef HOLDFAST_CHECK_FILE_VERDICT_H
#define HOLDFAST_CHECK_FILE_VERDICT_H

#include "check/verdict.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * The verdict on a number. B26, for servers: with weight 0 any number but 0 is a failure, and with
 * `reverse` 0 is. Else the number times the weight (with `reverse`: times -1) is added to the server's
 * weight; a product of -2147483648 or less is a failure (keepalived.conf(5), "Track files").
 * @param name    of the track_file
 * @param number  in the file
 * @param weight  -2147483647..2147483647
 */
struct verdict file_verdict_of(const char *name, int64_t number, int32_t weight, bool reverse);

#endif
