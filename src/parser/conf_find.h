/* SPDX-License-Identifier: Apache-2.0
 *
 * Services and servers of a configuration by their keys, for who is told of one and wants what the
 * configuration says of it: also where there are tens of thousands of them. Pure.
 */
#ifndef HOLDFAST_PARSER_CONF_FIND_H
#define HOLDFAST_PARSER_CONF_FIND_H

#include "parser/conf.h"

/** Lets services and servers be found; each of them is there, and has its key. */
void conf_index(struct conf *conf);

/** The service with this key, or NULL. The sorry server is not among its servers. */
const struct conf_virtual_server *conf_find_service(const struct conf *conf,
                                                    const struct conf_service_key *key);

/** The server of the service with this key, or NULL. */
const struct conf_real_server *conf_find_server(const struct conf_virtual_server *service,
                                                const struct conf_server_key *key);

#endif
