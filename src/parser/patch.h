/* SPDX-License-Identifier: Apache-2.0
 *
 * What operators change of a configuration that was just loaded: real servers and unicast peers that they
 * add or take out (base/override.h). Pure.
 */
#ifndef HOLDFAST_PARSER_PATCH_H
#define HOLDFAST_PARSER_PATCH_H

#include "base/override.h"
#include "parser/conf.h"

enum { PATCH_PROBLEM_SIZE = 256 };

/** Whether a kind of overrides changes the configuration. */
bool patch_is_one(enum override_kind kind);

/**
 * Whether an override could be applied to a configuration that does not have it yet.
 * @param problem  set where false is returned: what stands in the way
 */
bool patch_fits(const struct conf *conf, const struct override *override,
                char problem[PATCH_PROBLEM_SIZE]);

/** Whether a configuration is as an override wants it. */
bool patch_is_done(const struct conf *conf, const struct override *override);

/** Applies all that fit, to a configuration that nobody works by yet. Others are left out. */
void patch_apply(struct conf *conf, const struct override_list *list);

/**
 * Reads "192.0.2.7:80", "[2001:db8::7]:80" or an address alone.
 * @return false: it is none of these
 */
bool patch_read_endpoint(const char *text, struct conf_server_key *key);

#endif
