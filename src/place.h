/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the daemon is: its network namespace, that of its IPVS table, and the name that tells it from
 * others on the host. All that is settled at the start; a reload does not change it.
 */
#ifndef HOLDFAST_PLACE_H
#define HOLDFAST_PLACE_H

#include "parser/conf.h"

#include <stdbool.h>

struct place;

enum { PLACE_PROBLEM_SIZE = 256 };

/**
 * Notes where the process was started.
 * @param network_namespace  --namespace, which counts before net_namespace; NULL: not given
 */
struct place *place_new(const char *network_namespace);

/** NULL is allowed. */
void place_free(struct place *place);

/**
 * Goes where the options, and if they name nothing the configuration, say. To be called before any
 * socket is opened and any thread started.
 * @param conf     NULL: it is not known yet; what the options say is done
 * @param problem  where it fails: why
 * @return whether it is there
 */
bool place_enter(struct place *place, const struct conf_place *conf,
                 char problem[PLACE_PROBLEM_SIZE]);

/** The network namespace's name; NULL: where it was started, as for a NULL place. */
const char *place_namespace(const struct place *place);

/** The instance's name; NULL: none. */
const char *place_instance(const struct place *place);

/** A descriptor of the namespace of the IPVS table; -1: the daemon's own. It stays place's. */
int place_ipvs(const struct place *place);

/**
 * Whether a configuration asks for another place, which needs a restart: keepalived-reference.md B59.
 * @param problem  where it does: which keyword
 */
bool place_differs(const struct place *place, const struct conf_place *conf,
                   char problem[PLACE_PROBLEM_SIZE]);

#endif
