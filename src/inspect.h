/* SPDX-License-Identifier: Apache-2.0
 *
 * What diagnostics ask of this machine: the addresses of its interfaces, what a program of the
 * configuration is like, what its kernel has of IPVS. Nothing else relies on the answers.
 */
#ifndef HOLDFAST_INSPECT_H
#define HOLDFAST_INSPECT_H

#include "parser/parser.h"

#include <stddef.h>
#include <stdint.h>

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

/* What this kernel has of IPVS. */
struct inspect_kernel;

/**
 * Looks at nothing yet.
 * @param directory  of modules.dep and modules.builtin; NULL: /lib/modules and what uname -r says
 * @return to be freed with inspect_kernel_free(); never NULL
 */
struct inspect_kernel *inspect_kernel_new(const char *directory);

/** NULL is allowed. */
void inspect_kernel_free(struct inspect_kernel *kernel);

/**
 * Whether this kernel lacks a module of IPVS (a parser_lacks_function): it is not loaded, and not
 * among those that the lists of depmod(8) and of the kernel's build have, which have ip_vs. Where
 * they are not to be seen, as in most containers, or have no IPVS at all, nobody can tell.
 * @param argument  struct inspect_kernel *
 */
bool inspect_lacks_module(void *argument, const char *module);

/** The version that a release says ("6.1.0-56-amd64"), as parser_kernel_version() has it; or 0. */
uint32_t inspect_version_of(const char *release);

/** The version of the kernel that runs, or 0. */
uint32_t inspect_kernel_version(void);

#endif
