/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of services that are ours, as the text that one run leaves in the runtime directory for
 * the next: one service a line, such as
 *     tcp 172.16.1.18 3306
 *     fwmark 7 inet6
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
 * Reads one line and moves on to the next.
 * @param text  where to read; set behind the line. NULL, or "" at the list's end, is allowed
 * @param key   the service, where true is returned in `good`
 * @param good  whether the line names a service; comments and empty lines are passed over
 * @return false at the end of the list
 */
bool owned_next(const char **text, struct conf_service_key *key, bool *good);

#endif
