/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies of DNS servers (RFC 1035 4.1), as far as they say that the server works. Pure.
 */
#ifndef HOLDFAST_CHECK_DNS_REPLY_H
#define HOLDFAST_CHECK_DNS_REPLY_H

#include "check/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DNS_HEADER_SIZE = 12 }; /* RFC 1035 4.1.1 */

/**
 * Judges what came after a query: B44, any reply to it with rcode 0 is good, with answers or without,
 * whole or truncated (RFC 2181 9).
 * @param query  as it was sent, with its id; it has one question and at most additional records
 * @param seen   bytes of the reply that `reply` has
 * @param verdict  set where it is a reply
 * @return false: it is none to this query, but a late one to another, or somebody's guess
 */
bool dns_reply_judge(const unsigned char *query, size_t query_size, const unsigned char *reply,
                     size_t seen, struct verdict *verdict);

#endif
