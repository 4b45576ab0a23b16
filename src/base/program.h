/* SPDX-License-Identifier: Apache-2.0
 *
 * Before a program of the configuration is run: where it is, as whom it runs, and whether others
 * could replace it.
 */
#ifndef HOLDFAST_BASE_PROGRAM_H
#define HOLDFAST_BASE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum program_verdict {
    PROGRAM_OK,
    PROGRAM_MISSING,        /* no such file, or not a regular one */
    PROGRAM_NOT_EXECUTABLE, /* not for its user */
    PROGRAM_NO_USER,        /* no such user or group */
    PROGRAM_UNSAFE,         /* runs as root, and somebody else could replace it */
};

enum {
    PROGRAM_PATH_SIZE = 4096,
    PROGRAM_REASON_SIZE = 512,
    PROGRAM_GROUPS = 256, /* supplementary groups that are taken, at most */
};

struct program {
    char path[PROGRAM_PATH_SIZE]; /* absolute or as configured; found in PATH for a bare name */
    uid_t uid;
    gid_t gid;
    gid_t groups[PROGRAM_GROUPS]; /* where it is to have supplementary ones: with `gid` */
    size_t group_count;           /* 0: it has `gid` alone */
    char reason
        [PROGRAM_REASON_SIZE]; /* for any verdict but PROGRAM_OK: what is wrong, and the cure */
};

/**
 * Who runs scripts that name nobody: `configured` (script_user) where there is one, else the account
 * keepalived_script where the host has it, else the daemon's own (NULL).
 */
const char *program_default_user(const char *configured);

/**
 * Finds a program and its user, and looks at each component of its path: for a program that runs as
 * root, each must belong to root and be writable by nobody else (keepalived-reference.md B52; a
 * sticky directory is allowed).
 * @param name     a path, or a bare name to be found in PATH
 * @param user     NULL: the daemon's own
 * @param group    NULL: the user's; after a ':' it has the user's supplementary groups, too
 * @param program  filled in as far as it was found
 */
enum program_verdict program_find(const char *name, const char *user, const char *group,
                                  struct program *program);

/**
 * Looks at the path of a program that was found, whoever it runs as: each component must belong to
 * root or to the program's user, and be writable by nobody else (a sticky directory is allowed).
 * @return PROGRAM_OK or PROGRAM_UNSAFE
 */
enum program_verdict program_check_path(struct program *program);

/**
 * The ids of a user and a group, written as for program_find(); those in `program` stay where a name is NULL.
 * @return false with program->reason where there is no such user or group
 */
bool program_find_account(const char *user, const char *group, struct program *program);

#endif
