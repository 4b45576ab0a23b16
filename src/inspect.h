/* SPDX-License-Identifier: Apache-2.0
 *
 * What lints ask of this machine: the addresses of its interfaces, and what a program of the
 * configuration is like. For diagnostics alone; nothing else relies on the answers.
 */
#ifndef HOLDFAST_INSPECT_H
#define HOLDFAST_INSPECT_H

#include "parser/parser.h"

#include <stddef.h>

/**
 * Asks for the addresses of all interfaces of the network namespace that the caller is in.
 * @param machine  filled in, to be given to inspect_machine_free()
 * @return 0 or -errno, with nothing in `machine`
 */
int inspect_machine(struct parser_machine *machine);

/** Frees what inspect_machine() filled in; makes it empty. */
void inspect_machine_free(struct parser_machine *machine);

/**
 * Judges a program as base/program.h does (a parser_inspect_function; `argument` is not used). A
 * script that names no user is taken for one that the daemon runs as program_default_user() says,
 * else as root. What the caller may not look at is good.
 */
enum parser_program inspect_program(void *argument, const char *program, const char *user,
                                    const char *group, char *reason, size_t size);

#endif
