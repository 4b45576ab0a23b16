/* SPDX-License-Identifier: Apache-2.0
 *
 * Why the kernel refused an operation, in words that say what to do. Pure.
 */
#ifndef HOLDFAST_IPVS_KERNEL_ERROR_H
#define HOLDFAST_IPVS_KERNEL_ERROR_H

#include "ipvs/plan.h"

enum { KERNEL_ERROR_TEXT_SIZE = 256 };

/* What a refusal means for what comes next. */
enum kernel_error_class {
    KERNEL_ERROR_FATAL, /* the entry cannot be as it is wanted; trying again at once is no use */
    KERNEL_ERROR_RACE,  /* somebody else changed the table; read it again, then plan again */
    KERNEL_ERROR_GONE,  /* what was to be removed is not there: as good as done */
};

/** @param error  -errno as the kernel answered, not 0 */
enum kernel_error_class kernel_error_class(enum plan_kind kind, int error);

/**
 * The words for one refused operation, without a subject and without a full stop.
 * @param error  -errno as the kernel answered, not 0
 * @return `text`
 */
const char *kernel_error_text(char text[KERNEL_ERROR_TEXT_SIZE],
                              const struct plan_operation *operation, int error);

/**
 * The words for the whole of IPVS being out of reach.
 * @param error  -errno as kernel_open() or any other kernel function returned, not 0
 * @return `text`
 */
const char *kernel_error_unavailable_text(char text[KERNEL_ERROR_TEXT_SIZE], int error);

#endif
