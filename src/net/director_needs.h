/* SPDX-License-Identifier: Apache-2.0
 *
 * What forwarding asks of the director's kernel, by the configuration. Pure.
 */
#ifndef HOLDFAST_NET_DIRECTOR_NEEDS_H
#define HOLDFAST_NET_DIRECTOR_NEEDS_H

#include "parser/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum director_need {
    DIRECTOR_FORWARD_IPV4, /* answers of servers behind NAT go through the director */
    DIRECTOR_FORWARD_IPV6,
    DIRECTOR_CONNTRACK, /* FULLNAT is done by connection tracking */
    /* Behind several directors a connection comes to one that has not seen its beginning. */
    DIRECTOR_SLOPPY_TCP,
    DIRECTOR_SLOPPY_SCTP,
    DIRECTOR_NEEDS,
};

/* A setting that is needed. */
struct director_setting {
    const char *path; /* below /proc/sys */
    uint32_t value;
    const char *why;
};

/** The setting of a need. */
const struct director_setting *director_setting_of(enum director_need need);

/** Which needs a configuration has: a bit 1 << need for each. */
unsigned director_needs_of(const struct conf *conf);

/** The same of servers that are not configured any more and have connections still. */
unsigned director_needs_of_drains(const struct conf_drain *drains, size_t count);

#endif
