/* SPDX-License-Identifier: Apache-2.0
 *
 * What the end of a program says about a server. Pure.
 */
#ifndef HOLDFAST_CHECK_MISC_VERDICT_H
#define HOLDFAST_CHECK_MISC_VERDICT_H

#include "check/verdict.h"

#include <stdbool.h>

enum {
    MISC_EXIT_FAILED = 1,       /* with misc_dynamic: the only exit status that is a failure */
    MISC_EXIT_FIRST_WEIGHT = 2, /* and the one that stands for weight 0 */
};

/**
 * The verdict on an exit status. B44: 0 is good, all else is not. B47, with misc_dynamic: 0 is good and
 * leaves the configured weight, 1 is not, 2..255 are good and set the weight to 0..253.
 * @param status   0..255
 * @param dynamic  misc_dynamic
 */
struct verdict misc_verdict_of_status(int status, bool dynamic);

/** The verdict on a program that a signal ended. */
struct verdict misc_verdict_of_signal(int number);

#endif
