/* SPDX-License-Identifier: Apache-2.0
 *
 * File creation masks as keepalived writes them. Pure.
 */
#ifndef HOLDFAST_BASE_FILEMODE_H
#define HOLDFAST_BASE_FILEMODE_H

#include <stdbool.h>
#include <stdint.h>

enum { FILEMODE_DEFAULT_UMASK = 0177 }; /* keepalived's: files are their owner's alone */

/**
 * Reads a umask: a number up to 0777 as C writes it (decimal, 0177, 0x7f), or names of umask(2)'s
 * bits joined by '|', such as "IRWXG|IRWXO" or "IWGRP|IROTH"; an "S_" before a name is allowed.
 * @param mask  set only on success
 * @return false for anything else
 */
bool filemode_parse_umask(const char *text, uint32_t *mask);

#endif
