/* SPDX-License-Identifier: Apache-2.0
 *
 * The policy rules that this director holds: owners claim and release them, and the kernel is made to
 * agree (net/keeper.h). Ours carry the protocol number 112, but for those with no_track and a
 * protocol of their own, which are set and removed and not watched.
 */
#ifndef HOLDFAST_NET_RULE_H
#define HOLDFAST_NET_RULE_H

#include "net/keeper.h"
#include "parser/conf.h"

struct rule_table;

/** As keeper_open(). */
struct rule_table *rule_open(struct loop *loop, struct log *log, const struct link_table *links,
                             const struct keeper_hooks *hooks, int *error);

/** As keeper_set_buffers(). */
void rule_set_buffers(struct rule_table *table, const struct conf_buffer *monitor,
                      const struct conf_buffer *command);

/** Frees the table; the rules stay as they are. NULL is allowed. */
void rule_close(struct rule_table *table);

/** An owner holds exactly these rules from now on. Takes effect with rule_commit(). */
void rule_claim(struct rule_table *table, const char *owner, const struct conf_rule_list *list);

/** An owner holds nothing from now on. Takes effect with rule_withdraw() or rule_commit(). */
void rule_release(struct rule_table *table, const char *owner);

/** Removes what nobody claims any more; for those who remove other things in between. */
void rule_withdraw(struct rule_table *table);

/** Makes the kernel agree: one batch with all that was claimed and released since the last call. */
void rule_commit(struct rule_table *table);

/** Removes what an earlier run left behind; as address_sweep(). */
void rule_sweep(struct rule_table *table, const struct conf *conf);

/** Whether the kernel has it, and what it said if not. */
struct keeper_state rule_state(const struct rule_table *table, const struct conf_rule *rule);

/** What was counted since the start; valid as long as the table. */
const struct keeper_counters *rule_counters(const struct rule_table *table);

#endif
