/* SPDX-License-Identifier: Apache-2.0
 *
 * What the daemon may do once it runs: one table of capabilities, each with the feature that needs
 * it and the reason. All others are given up at the start, before anything from the network is read,
 * and cannot be had again; what has to run with more (scripts, nft, modprobe) is run by the helper
 * process (base/helper.h).
 */
#ifndef HOLDFAST_PRIVILEGES_H
#define HOLDFAST_PRIVILEGES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct conf;
struct log;
struct privileges;

/**
 * Gives up what the configuration does not need, for good. To be called before threads are made,
 * which would keep theirs.
 * @param config_file  is read again at a reload
 * @return never NULL; the caller frees it with privileges_free()
 */
struct privileges *privileges_give_up(const struct conf *conf, const char *config_file,
                                      struct log *log);

/** NULL is allowed. */
void privileges_free(struct privileges *privileges);

/**
 * A reload: logs an error for each keyword that needs what was given up.
 * @return how many there are
 */
unsigned privileges_check(struct privileges *privileges, const struct conf *conf);

/** Whether a capability was there at the start and has been given up: it takes a restart to use it. */
bool privileges_lacks(const struct privileges *privileges, int capability);

/**
 * Object with `capabilities`, an array of {name, keyword, why}, and `lacking`, an array of {keyword,
 * capability} that take effect at a restart: doc/status.md.
 */
json_t *privileges_snapshot(const struct privileges *privileges);

/** Array of the names of a set of capabilities. */
json_t *privileges_names(uint64_t set);

#endif
