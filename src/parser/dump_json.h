/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration as JSON: its facts for programs, such as holdfast-drill. holdfastd(8), --dump-config,
 * says what is in it. Pure.
 */
#ifndef HOLDFAST_PARSER_DUMP_JSON_H
#define HOLDFAST_PARSER_DUMP_JSON_H

#include <jansson.h>

struct conf;

enum {
    DUMP_JSON_VERSION = 1
}; /* of the document: a field that goes or changes its meaning adds one */

/** Makes the document of a configuration. @return a new reference, never NULL */
json_t *dump_json(const struct conf *conf);

#endif
