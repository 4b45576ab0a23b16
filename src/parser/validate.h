/* SPDX-License-Identifier: Apache-2.0
 *
 * What is right alone and wrong together: collisions, duplicates, sums, families.
 */
#ifndef HOLDFAST_PARSER_VALIDATE_H
#define HOLDFAST_PARSER_VALIDATE_H

#include "parser/build.h"

/**
 * Drops lines that track something a second time, or what is tracked anyway, with a warning.
 * @param own  the instance's own interface; NULL for a group
 */
void validate_tracks(struct build *build, const char *own,
                     struct conf_track_interface_list *interfaces,
                     struct conf_track_script_list *scripts);

/** Where an address of an instance stands in the text. */
struct source_place validate_address_place(const struct conf_address *address);

/** Drops routes that are there already as far as the kernel can tell, with a warning. */
void validate_routes(struct build *build, struct conf_route_list *routes);

/** Drops rules that are there twice, with a warning. */
void validate_rules(struct build *build, struct conf_rule_list *rules);

/** Static addresses that are an instance's too. To be called when all static entries are settled. */
void validate_static(struct build *build);

/** Virtual router IDs and addresses that two instances claim, interfaces that cannot be right. */
void validate_instances(struct build *build);

/**
 * A virtual server whose servers have their defaults: duplicates, families, quorum, persistence.
 */
void validate_service(struct build *build, struct build_virtual_server *extra,
                      const struct build_marks *marks);

#endif
