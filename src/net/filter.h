/* SPDX-License-Identifier: Apache-2.0
 *
 * Our packet filter: one nftables table, written whole from the configuration. It drops what comes to
 * addresses of instances that do not accept it (RFC 9568 6.1, Accept_Mode); neighbour discovery passes.
 */
#ifndef HOLDFAST_NET_FILTER_H
#define HOLDFAST_NET_FILTER_H

#include "parser/conf.h"

#include <stdbool.h>

struct filter;
struct log;
struct loop;
struct runner;
struct runtime;
struct text_buffer;

/** The filter; nothing is in the kernel yet. What is passed must outlive it. */
struct filter *filter_new(struct loop *loop, struct log *log, struct runner *runner,
                          const struct runtime *runtime);

/** Frees it; the kernel keeps what it has: see filter_remove(). NULL is allowed. */
void filter_free(struct filter *filter);

/**
 * Makes the kernel's table that of the configuration, in one transaction of nft(8), unless it is so
 * already. A table that is not needed is not made, and removed if it was ours.
 */
void filter_configure(struct filter *filter, const struct conf *conf);

/** Removes the table. @return whether there was one of ours: nft is at work then */
bool filter_remove(struct filter *filter);

/**
 * Writes the rules for nft(8): nothing where no instance refuses packets. Pure.
 * @param table  the table's name
 */
void filter_write(const struct conf *conf, const char *table, struct text_buffer *out);

#endif
