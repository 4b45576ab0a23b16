/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of services that are ours, as the text that one run leaves in the runtime directory for
 * the next: one service a line, and behind it one line for each of its servers that is draining, with
 * the instant of CLOCK_MONOTONIC in ms at which its time is over, and where its connections need more
 * than IPVS, how they are forwarded, with the range of local_address:
 *     tcp 172.16.1.18 3306
 *     drain 172.16.1.13 3306 86400000
 *     drain 172.16.1.14 3306 86400000 nat
 *     fwmark 7 inet6
 *     drain 2001:db8::7 0 86400000 fullnat
 *     drain 2001:db8::8 0 86400000 fullnat 2001:db8:1::1 2001:db8:1::9
 * The directory does not outlive a boot, and neither does that clock.
 * Pure: text in, keys out, and back.
 */
#ifndef HOLDFAST_IPVS_OWNED_H
#define HOLDFAST_IPVS_OWNED_H

#include "base/text.h"
#include "parser/conf.h"

/** The name of the list within the runtime directory. */
#define OWNED_FILE_NAME "owned-services"

/** Appends the list's first line, a comment that says what it is. */
void owned_append_heading(struct text_buffer *buffer);

/** Appends one service's line. */
void owned_append(struct text_buffer *buffer, const struct conf_service_key *key);

/**
 * Appends the line of a server that is draining: all but its service.
 * @param until  ns, by CLOCK_MONOTONIC, 0 or more
 */
void owned_append_drain(struct text_buffer *buffer, const struct conf_drain *drain, int64_t until);

enum owned_kind {
    OWNED_BAD, /* not understood */
    OWNED_SERVICE,
    OWNED_DRAIN, /* of the service before it */
};

struct owned_line {
    enum owned_kind kind;
    struct conf_service_key service; /* of OWNED_SERVICE */
    struct conf_drain drain; /* of OWNED_DRAIN, without its service; DR where no method is said: */
    int64_t until;           /* ns, in whole ms */
};

/**
 * Reads one line and moves on to the next; comments and empty lines are passed over.
 * @param text  where to read; set behind the line. NULL, or "" at the list's end, is allowed
 * @param line  set where true is returned; what its kind does not have is zero
 * @return false at the end of the list
 */
bool owned_next(const char **text, struct owned_line *line);

#endif
