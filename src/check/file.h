/* SPDX-License-Identifier: Apache-2.0
 *
 * FILE_CHECK: the number in a file (track_file) changes the weight of a server, or takes it down. Who
 * watches the file tells the number: checker_tell().
 */
#ifndef HOLDFAST_CHECK_FILE_H
#define HOLDFAST_CHECK_FILE_H

#include "check/kind.h"

extern const struct check_kind file_kind;

#endif
