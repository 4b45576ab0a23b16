/* SPDX-License-Identifier: Apache-2.0
 *
 * Services and servers of a configuration by their keys, for who is told of one and wants what the
 * configuration says of it: also where there are tens of thousands of them. Pure.
 */
#ifndef HOLDFAST_PARSER_CONF_FIND_H
#define HOLDFAST_PARSER_CONF_FIND_H

#include "parser/conf.h"

#include <stdbool.h>

/** Lets services and servers be found; each of them is there, and has its key. */
void conf_index(struct conf *conf);

/**
 * The identity of a virtual server of a group: one without an address, with a hash of 128 bits of the
 * group's name in its place.
 * @param protocol  of its addresses; 0: it has marks alone
 */
struct conf_service_key conf_group_key(const char *name, uint8_t protocol);

/** Whether this is the identity of a virtual server of a group. */
bool conf_is_group_key(const struct conf_service_key *key);

/**
 * The server as one of the services of its virtual server has it: NAT may give it a port, else packets
 * keep that of the service, and with a mark whichever they have (keepalived-reference.md B51).
 */
struct conf_server_key conf_member_server(const struct conf_service_key *member,
                                          const struct conf_real_server *server);

/** Whether addresses are rewritten on the way to the server: NAT and FULLNAT. */
bool conf_is_nat(enum conf_forward forward);

/** The address that is so many behind another one. */
struct inet_addr conf_address_after(const struct inet_addr *first, uint32_t steps);

/** The service with this key, or NULL. The sorry server is not among its servers. */
const struct conf_virtual_server *conf_find_service(const struct conf *conf,
                                                    const struct conf_service_key *key);

/** The server of the service with this key, or NULL. */
const struct conf_real_server *conf_find_server(const struct conf_virtual_server *service,
                                                const struct conf_server_key *key);

#endif
