/* SPDX-License-Identifier: Apache-2.0
 *
 * What holdfastd prints to standard output for people and programs, without running.
 */
#ifndef HOLDFAST_PRINT_H
#define HOLDFAST_PRINT_H

#include <stdbool.h>

struct conf;

/** Each keyword with its block and state, a line each. */
void print_keywords(void);

/** Each lint with what it finds, a line each. */
void print_lints(void);

/** The effective configuration. @return whether all of it was written */
bool print_configuration(const struct conf *conf);

/** The same as JSON, for programs. @return whether all of it was written */
bool print_facts(const struct conf *conf);

#endif
