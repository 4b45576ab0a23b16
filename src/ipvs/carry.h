/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections to servers behind FULLNAT go on at the director that takes over. IPVS's sync daemon tells
 * it which there are, but not what connection tracking made of their source; and the packet of a server
 * that comes first would find nothing. So the entries of connection tracking are made beforehand, off
 * the loop, for those whose source is the same here: `local_address`.
 */
#ifndef HOLDFAST_IPVS_CARRY_H
#define HOLDFAST_IPVS_CARRY_H

#include "parser/conf.h"

#include <jansson.h>

struct carry;
struct log;
struct loop;

/** What is passed must outlive it. @param namespace_fd  of the IPVS table; -1: the daemon's own */
struct carry *carry_new(struct loop *loop, struct log *log, int namespace_fd);

/** Frees it; waits for what is under way. NULL is allowed. */
void carry_free(struct carry *carry);

/**
 * From now on it is about the services of this configuration and about servers that drain, as of
 * sync_drains(); neither needs to live on.
 */
void carry_configure(struct carry *carry, const struct conf *conf, const struct conf_drain *drains,
                     size_t count);

/**
 * Something of VRRP has changed. Where this director has taken over: makes the entries, and again for
 * what the other director tells of in its last seconds, unless it is master of nothing by then. Nothing
 * without a sync daemon or a service behind FULLNAT with `local_address`.
 * @param masters  of how many instances it is master: those whose connections its sync daemon hears of
 */
void carry_follow(struct carry *carry, unsigned masters);

/** {carried, refused}: connections since the start; null where there is nothing to carry. */
json_t *carry_snapshot(const struct carry *carry);

#endif
