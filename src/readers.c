/* SPDX-License-Identifier: Apache-2.0
 *
 * The group of the socket for readers.
 */
#include "readers.h"

#include "base/text.h"
#include "parser/conf.h"

#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

bool readers_find(const struct conf *conf, gid_t *group)
{
    const char *named = conf->global.status_socket_group;
    const char *name = named ? named : READERS_GROUP;
    const struct group *entry;
    FILE *file = fopen("/etc/group", "re");
    uint64_t number;

    *group = (gid_t)-1;
    while (file && *group == (gid_t)-1 && (entry = fgetgrent(file))) {
        if (strcmp(entry->gr_name, name) == 0) {
            *group = entry->gr_gid;
        }
    }
    if (file) {
        (void)fclose(file);
    }
    if (*group == (gid_t)-1 && named && text_parse_unsigned(named, INT32_MAX, &number)) {
        *group = (gid_t)number;
    }
    return !named || *group != (gid_t)-1;
}
