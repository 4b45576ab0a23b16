/* SPDX-License-Identifier: Apache-2.0
 *
 * Which source the kernel gives a connection to a server behind FULLNAT, where the configuration says it
 * (local_address): that is the same on every director, so another one can go on with it. Pure.
 */
#ifndef HOLDFAST_IPVS_TRANSLATION_H
#define HOLDFAST_IPVS_TRANSLATION_H

#include "ipvs/connection.h"
#include "parser/conf.h"

struct translations;

/**
 * The TCP services behind FULLNAT that have a `local_address`. It is shared: each who has it calls
 * translations_release(), all on one thread; the contents do not change.
 * @param drains  `count` servers that are not configured any more and drain; not needed afterwards
 * @return NULL: there are none
 */
struct translations *translations_new(const struct conf *conf, const struct conf_drain *drains,
                                      size_t count);

/** One more has it. NULL is allowed. @return `translations` */
struct translations *translations_share(struct translations *translations);

/** One less has it; the last one frees it. NULL is allowed. */
void translations_release(struct translations *translations);

/**
 * Where the source of an open TCP connection comes from.
 * @return NULL: it is not behind FULLNAT, or it has an address of the director itself, or it is over
 */
const struct conf_local *translations_find(const struct translations *translations,
                                           const struct connection *connection);

#endif
