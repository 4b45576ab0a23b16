/* SPDX-License-Identifier: Apache-2.0
 *
 * A configuration as text that loads to the same one: every include and sequence expanded, what is
 * inherited in its place. Pure.
 */
#ifndef HOLDFAST_PARSER_DUMP_H
#define HOLDFAST_PARSER_DUMP_H

struct conf;
struct text_buffer;

/**
 * Writes a configuration. With the origins of its values (parser_options.origins) each line ends with
 * a comment that says where it came from, and what no file gave is a comment as a whole: a default.
 * Without them all values are written alike.
 */
void dump_write(const struct conf *conf, struct text_buffer *out);

#endif
