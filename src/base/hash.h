/* SPDX-License-Identifier: Apache-2.0
 *
 * uthash with this project's memory: an allocation that fails ends the process with a message, as
 * everywhere else, rather than silently with status 255.
 */
#ifndef HOLDFAST_BASE_HASH_H
#define HOLDFAST_BASE_HASH_H

#include "base/memory.h"

#define uthash_malloc(size) memory_new(1, size)

#include <uthash.h>

#endif
