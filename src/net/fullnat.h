/* SPDX-License-Identifier: Apache-2.0
 *
 * FULLNAT on the mainline kernel: IPVS masquerades (IP_VS_CONN_F_MASQ) with net.ipv4.vs.conntrack, so
 * that what it forwards is a connection of the kernel's connection tracking, and a table of nftables
 * gives that connection another source. Which connections is told by what the client asked for, the
 * original tuple (nft(8), "ct original"), and by the server that they go to. See Documentation/networking/ipvs-sysctl.rst of the kernel.
 */
#ifndef HOLDFAST_NET_FULLNAT_H
#define HOLDFAST_NET_FULLNAT_H

#include "parser/conf.h"

#include <stdbool.h>
#include <stddef.h>

struct fullnat;
struct log;
struct loop;
struct runner;
struct runtime;
struct text_buffer;

/**
 * Nothing is in the kernel yet, but what an earlier run left. What is passed must outlive it.
 * @param done  called when the kernel's table is as it was wanted last, or cannot be
 */
struct fullnat *fullnat_new(struct loop *loop, struct log *log, struct runner *runner,
                            const struct runtime *runtime, void (*done)(void *argument),
                            void *argument);

/** Frees it; the kernel keeps what it has: see fullnat_remove(). NULL is allowed. */
void fullnat_free(struct fullnat *fullnat);

/** The table is where IPVS is. @param path  of nsenter(1) --net; NULL: here */
void fullnat_set_namespace(struct fullnat *fullnat, const char *path);

/**
 * Makes the kernel's table that of the configuration and of what drains, unless it is so already. Live
 * connections keep what they have.
 * @param drains  servers that are not configured any more, of any method: the table stays for them
 * @return whether nft is at work: new services must wait
 */
bool fullnat_configure(struct fullnat *fullnat, const struct conf *conf,
                       const struct conf_drain *drains, size_t count);

/** Removes the table. @return whether nft is at work */
bool fullnat_remove(struct fullnat *fullnat);

/** Why servers behind FULLNAT may see the clients' addresses; NULL: they do not. */
const char *fullnat_problem(const struct fullnat *fullnat);

/**
 * Writes the table for nft(8), whether or not there is one: nothing where no server is behind FULLNAT,
 * configured or draining. The chain is never deleted, since live connections would lose their translation with it. Pure.
 */
void fullnat_write(const struct conf *conf, const struct conf_drain *drains, size_t count,
                   const char *table, struct text_buffer *out);

/**
 * Writes the chain that keeps this director from resetting a connection that it has just taken over
 * (ipvs/carry.h): nothing without lvs_sync_daemon and `local_address`. Pure.
 */
void fullnat_write_guard(const struct conf *conf, const char *table, struct text_buffer *out);

/** Writes the removal of that chain where `before` has one and `rules` has none. Pure. */
void fullnat_write_guard_leftover(const char *before, const char *rules, struct text_buffer *out);

/** Writes the removal of the sets that `before`, of fullnat_write(), had and `rules` has not. Pure. */
void fullnat_write_leftover(const char *before, const char *rules, struct text_buffer *out);

#endif
