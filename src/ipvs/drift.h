/* SPDX-License-Identifier: Apache-2.0
 *
 * Drift: what somebody else changed of a service that is ours, in words. Pure.
 */
#ifndef HOLDFAST_IPVS_DRIFT_H
#define HOLDFAST_IPVS_DRIFT_H

#include "base/text.h"
#include "ipvs/table.h"

/**
 * Appends how a service's own settings differ, such as "scheduler wrr -> rr".
 * @param before  as we left it
 * @param now     as the kernel has it
 * @return how many entries differ: 0 or 1; nothing is appended for 0
 */
unsigned drift_describe_service(struct text_buffer *words,
                                const struct table_service_settings *before,
                                const struct table_service_settings *now);

/**
 * Appends how its destinations differ, such as "server 10.0.0.1:80 weight 1 -> 5, server
 * 10.0.0.2:80 removed".
 * @param limit  how many are named; the others are told as a number
 * @return how many destinations differ; nothing is appended for 0
 */
unsigned drift_describe_destinations(struct text_buffer *words, const struct table_service *before,
                                     const struct table_service *now, unsigned limit);

#endif
