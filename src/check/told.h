/* SPDX-License-Identifier: Apache-2.0
 *
 * What kinds of checks have in common whose answers come by themselves: something has a name and a
 * value, others tell when the value changes, and each check of it is answered then. Values that are
 * told before anybody checks them are kept.
 */
#ifndef HOLDFAST_CHECK_TOLD_H
#define HOLDFAST_CHECK_TOLD_H

#include "check/kind.h"

struct told;
struct told_check;

/** What a value means. @param name  of the thing */
typedef struct verdict (*told_judge_function)(const struct check_spec *spec, const char *name,
                                              int64_t value);

/** The engine of a kind. The caller frees it with told_free(). */
struct told *told_new(told_judge_function judge, check_done_function done, void *context);

/** Frees it; no check is left by then. */
void told_free(struct told *told);

/** Something has this value now: checks of it that wait are answered, unless it had it before. */
void told_tell(struct told *told, const char *name, int64_t value);

/** Forgets the values of all things that are not wanted, and those that nobody checks altogether. */
void told_forget_others(struct told *told,
                        bool (*wanted)(const struct conf *conf, const char *name),
                        const struct conf *conf);

/** A check of something. The caller frees it with told_check_free(). */
struct told_check *told_check_new(struct told *told, const struct check_spec *spec,
                                  const char *name);

/** Takes it out of those that are told, and frees it. */
void told_check_free(struct told_check *check);

/** `start` of struct check_kind. */
void *told_check_start(struct told_check *check, void *argument, struct verdict *verdict);

/** `repeat` of struct check_kind. */
void told_check_repeat(struct told_check *check);

/** `stop` of struct check_kind. */
void told_check_stop(struct told_check *check);

#endif
