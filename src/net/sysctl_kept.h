/* SPDX-License-Identifier: Apache-2.0
 *
 * What a setting of the host was before we changed it, as a line of a file: "PATH BEFORE VALUE". Pure.
 */
#ifndef HOLDFAST_NET_SYSCTL_KEPT_H
#define HOLDFAST_NET_SYSCTL_KEPT_H

#include <stdbool.h>
#include <stdint.h>

struct text_buffer;

enum { SYSCTL_KEPT_PATH_SIZE = 128 };

struct sysctl_kept {
    char path
        [SYSCTL_KEPT_PATH_SIZE]; /* below /proc/sys, of net/ alone; "": the line was no such line */
    uint32_t before;
    uint32_t value; /* that we gave it */
};

/**
 * Takes the next line that is not empty. A path that could lead out of /proc/sys/net is none.
 * @param rest  moved behind the line
 * @return false: there is none
 */
bool sysctl_kept_next(const char **rest, struct sysctl_kept *kept);

/** Adds the line. */
void sysctl_kept_append(struct text_buffer *text, const struct sysctl_kept *kept);

#endif
