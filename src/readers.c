/* SPDX-License-Identifier: Apache-2.0
 *
 * The group of the socket for readers.
 */
#include "readers.h"

#include "base/text.h"
#include "parser/conf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of group(5), "name:password:number:members", cut in pieces here. fgetgrent() would do, with two
 * system calls for each line of a file that has hundreds on some machines. */
static bool readers_is(char *line, const char *name, gid_t *group)
{
    const char *word = strsep(&line, ":");
    const char *digits;
    uint64_t number;

    (void)strsep(&line, ":");
    digits = strsep(&line, ":");
    if (!digits || strcmp(word, name) != 0 ||
        !text_parse_unsigned(digits, UINT32_MAX - 1, &number)) {
        return false;
    }
    *group = (gid_t)number;
    return true;
}

bool readers_find(const struct conf *conf, gid_t *group)
{
    const char *named = conf->global.status_socket_group;
    const char *name = named ? named : READERS_GROUP;
    FILE *file = fopen("/etc/group", "re");
    bool is_found = false;
    char *line = NULL;
    size_t size = 0;
    uint64_t number;

    *group = (gid_t)-1;
    while (file && !is_found && getline(&line, &size, file) >= 0) {
        is_found = readers_is(line, name, group);
    }
    free(line);
    if (file) {
        (void)fclose(file);
    }
    if (*group == (gid_t)-1 && named && text_parse_unsigned(named, INT32_MAX, &number)) {
        *group = (gid_t)number;
    }
    return !named || *group != (gid_t)-1;
}
