/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that the administrator names and we write: the mark that a configuration is being read
 * (reload_file), the dump of the state (state_dump_file). For worker threads: a file may hang.
 */
#ifndef HOLDFAST_MARK_H
#define HOLDFAST_MARK_H

#include <stddef.h>

/**
 * Makes an empty file; one that is there is emptied. No link is followed.
 * @return 0 or -errno
 */
int mark_set(const char *path);

/** Removes it. @return 0, also where there is none, or -errno */
int mark_clear(const char *path);

/**
 * Replaces a file at once and whole, mode 0600: a new one beside it, renamed.
 * @return 0 or -errno
 */
int mark_write(const char *path, const char *data, size_t size);

#endif
