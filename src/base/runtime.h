/* SPDX-License-Identifier: Apache-2.0
 *
 * The runtime directory (/run/holdfast): who runs (a lock, which the kernel drops with its process,
 * so no stale pid file can be), the control socket, and small files that the next run reads.
 */
#ifndef HOLDFAST_BASE_RUNTIME_H
#define HOLDFAST_BASE_RUNTIME_H

#include <stddef.h>
#include <sys/types.h>

struct runtime;

enum { RUNTIME_FILE_LIMIT = 64 * 1024 * 1024 }; /* bytes that runtime_read() takes at the most */

/**
 * Where the runtime directory is unless somebody names another one: /run/holdfast, with the network
 * namespace's name and "instance-NAME" below it, so that daemons that have these do not meet.
 * @param network_namespace  NULL: the host's own; `instance`: NULL: none
 * @return the path, to be freed with free(3)
 */
char *runtime_default_directory(const char *network_namespace, const char *instance);

/**
 * Makes the directory (0755), and the one that it is in, where they are missing, and locks it.
 * @param directory  its path
 * @param holder     where NULL is returned with -EBUSY: the process that holds the lock, 0 unknown
 * @param error      -errno where NULL is returned; -EBUSY: another instance runs
 */
struct runtime *runtime_open(const char *directory, pid_t *holder, int *error);

/** Drops the lock and frees; the directory and its files stay. NULL is allowed. */
void runtime_close(struct runtime *runtime);

/** The directory's path, as given. */
const char *runtime_directory(const struct runtime *runtime);

/**
 * Replaces a file at once and whole (a new file, renamed over the old one), mode 0644.
 * @param name  a plain name within the directory
 * @return 0 or -errno; on an error the old file is as it was
 */
int runtime_write(const struct runtime *runtime, const char *name, const char *data, size_t size);

/**
 * Reads a whole file.
 * @param size  its bytes; may be NULL
 * @return its content with a NUL behind it, to be freed with free(3); NULL where there is none
 */
char *runtime_read(const struct runtime *runtime, const char *name, size_t *size);

/** The path of a file within the directory; to be freed with free(3). */
char *runtime_path(const struct runtime *runtime, const char *name);

#endif
