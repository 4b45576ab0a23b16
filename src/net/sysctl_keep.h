/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings of the whole host (sysctl(8)) that are made for as long as the configuration wants them, and
 * then put back, also by the run after a crash: what they were is in a file of the runtime directory
 * before they are changed.
 */
#ifndef HOLDFAST_NET_SYSCTL_KEEP_H
#define HOLDFAST_NET_SYSCTL_KEEP_H

#include "net/sysctl.h"

#include <stdbool.h>
#include <stdint.h>

struct log;
struct runtime;
struct sysctl_keep;

/** Knows what the last run left changed. What is passed must outlive it. */
struct sysctl_keep *sysctl_keep_new(struct log *log, const struct runtime *runtime);

/** Frees it; what is changed stays so, and the next run knows. NULL is allowed. */
void sysctl_keep_free(struct sysctl_keep *keep);

/** Where they are. @param fd  of netns_open(); -1: the caller's own namespace */
void sysctl_keep_set_namespace(struct sysctl_keep *keep, int fd);

/** As sysctl_read(), in that namespace. */
int sysctl_keep_read(const struct sysctl_keep *keep, const char *path, uint32_t *value);

/** Sets it and remembers what it was. As sysctl_set(), in that namespace. */
bool sysctl_keep_set(struct sysctl_keep *keep, const char *path, uint32_t value,
                     char problem[SYSCTL_PROBLEM_SIZE]);

/** Puts it back, if it was changed here and has not been changed by others since. */
void sysctl_keep_release(struct sysctl_keep *keep, const char *path);

#endif
