/* SPDX-License-Identifier: Apache-2.0
 *
 * Text of unknown origin as JSON. A name, a path or a message may hold any bytes; jansson takes UTF-8
 * alone, and gives nothing at all for a document with a single other byte in it.
 */
#ifndef HOLDFAST_BASE_JSON_H
#define HOLDFAST_BASE_JSON_H

#include <jansson.h>

/**
 * A string in which bytes that are no UTF-8 (RFC 3629) are written as \xNN.
 * @return a new reference; JSON's null where `text` is NULL
 */
json_t *json_from_text(const char *text);

#endif
