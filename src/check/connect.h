/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections of checks: from the address, port and interface and with the mark that a check asks for.
 */
#ifndef HOLDFAST_CHECK_CONNECT_H
#define HOLDFAST_CHECK_CONNECT_H

#include "check/kind.h"

#include <stdbool.h>

/**
 * A socket that does not block, bound and marked as the spec asks, not connected.
 * @param type      SOCK_STREAM, SOCK_DGRAM
 * @param protocol  of socket(2); 0: the type's own
 * @param verdict   set where -1 is returned
 * @return a descriptor, which the caller closes
 */
int connect_socket(const struct check_spec *spec, int type, int protocol, struct verdict *verdict);

/**
 * Begins a TCP connection; connect_outcome() tells how it ended when the descriptor is writable.
 * @param verdict  set where -1 is returned: it ended at once
 * @return a descriptor, which the caller closes
 */
int connect_begin(const struct check_spec *spec, struct verdict *verdict);

/**
 * A UDP socket that is connected: what comes is the server's, and ICMP errors about it are told
 * (IP_RECVERR in ip(7)) by whatever is called next. Datagrams may be cut in fragments on their way.
 * @param verdict  set where -1 is returned
 * @return a descriptor, which the caller closes
 */
int connect_datagram(const struct check_spec *spec, struct verdict *verdict);

/**
 * The verdict on an error of connect(2) or sendmsg(2) themselves: what they refuse was refused here,
 * except for what they know of the network.
 */
struct verdict connect_refusal(int error);

/** How a connection that connect_begin() began has ended: VERDICT_OK where it is there. */
struct verdict connect_outcome(int fd, const struct check_spec *spec);

#endif
