/* SPDX-License-Identifier: Apache-2.0
 *
 * What forwarding asks of the director's kernel is looked at, said with the command that mends it, and
 * with lvs_auto_sysctl set. net.ipv4.vs.conntrack is set in any case, since FULLNAT is that.
 */
#ifndef HOLDFAST_NET_DIRECTOR_H
#define HOLDFAST_NET_DIRECTOR_H

#include "parser/conf.h"

#include <jansson.h>

struct director;
struct log;
struct runtime;

/** What is passed must outlive it. */
struct director *director_new(struct log *log, const struct runtime *runtime);

/** Frees it; what is set stays so: see director_release(). NULL is allowed. */
void director_free(struct director *director);

/** Where IPVS is. @param fd  of netns_open(); -1: here */
void director_set_namespace(struct director *director, int fd);

/**
 * Sets what is to be set, puts back what is not wanted any more, and says once what is missing.
 * @param drains  servers that are not configured any more, of any method: what they need is not put back
 */
void director_configure(struct director *director, const struct conf *conf,
                        const struct conf_drain *drains, size_t count);

/** IPVS came into the kernel, and its settings with it. */
void director_on_ipvs(struct director *director);

/** The end: puts everything back. */
void director_release(struct director *director);

/** What is missing now: [{setting, value, wanted, problem, cure}]. `value` is null where there is none. */
json_t *director_snapshot(const struct director *director);

#endif
