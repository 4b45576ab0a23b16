/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reply over UDP is to be. Pure.
 */
#ifndef HOLDFAST_CHECK_UDP_REPLY_H
#define HOLDFAST_CHECK_UDP_REPLY_H

#include "check/verdict.h"

#include <stdbool.h>
#include <stddef.h>

/* Of a reply with wanted data its length counts, too. */
struct udp_reply {
    const unsigned char *data; /* NULL: any reply will do */
    const unsigned char *mask; /* bits of `data` that count */
    size_t size;               /* of both */
    size_t min;                /* bytes of a reply */
    size_t max;
};

/**
 * The verdict on a reply. It is compared up to the end of the shorter one, as keepalived does; bits that
 * do not count in the mask are 0 in the data.
 * @param data  its first bytes, at least as many as are wanted
 * @param size  of the whole
 */
struct verdict udp_reply_judge(const struct udp_reply *wanted, const unsigned char *data,
                               size_t size);

#endif
