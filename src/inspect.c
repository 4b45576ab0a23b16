/* SPDX-License-Identifier: Apache-2.0
 *
 * What lints ask of this machine. A few system calls each, none of which waits for anybody.
 */
#include "inspect.h"

#include "base/inet.h"
#include "base/memory.h"
#include "base/program.h"
#include "base/text.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Addresses ------------------------------------------------------------------------------- */

static struct inet_addr inspect_address(const struct sockaddr *from)
{
    if (from && from->sa_family == AF_INET) {
        return inet_from_bytes(AF_INET,
                               &((const struct sockaddr_in *)(const void *)from)->sin_addr);
    }
    if (from && from->sa_family == AF_INET6) {
        return inet_from_bytes(AF_INET6,
                               &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr);
    }
    return (struct inet_addr){0};
}

/* The leading ones of a mask; a mask without a family has none. */
static uint8_t inspect_length(const struct sockaddr *mask)
{
    struct inet_addr bits = inspect_address(mask);
    uint8_t length = 0;

    while (length < inet_family_bits(bits.family) &&
           bits.bytes[length / 8] & (0x80 >> (length % 8))) {
        length++;
    }
    return length;
}

int inspect_machine(struct parser_machine *machine)
{
    struct ifaddrs *list = NULL;
    struct parser_subnet *subnets;
    size_t count = 0;

    *machine = (struct parser_machine){0};
    if (getifaddrs(&list) != 0) {
        return -errno;
    }
    for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
        count++;
    }
    subnets = memory_new(count + 1, sizeof(*subnets));
    for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
        subnets[machine->count++] = (struct parser_subnet){
            .interface = memory_text(entry->ifa_name),
            .prefix = {inspect_address(entry->ifa_addr), inspect_length(entry->ifa_netmask)},
        };
    }
    machine->subnets = subnets;
    freeifaddrs(list);
    return 0;
}

void inspect_machine_free(struct parser_machine *machine)
{
    for (size_t i = 0; i < machine->count; i++) {
        free((char *)machine->subnets[i].interface);
    }
    free((struct parser_subnet *)machine->subnets);
    *machine = (struct parser_machine){0};
}

/* ---- Programs -------------------------------------------------------------------------------- */

/* Whether a program cannot be seen for want of rights, which says nothing about it. */
static bool inspect_is_hidden(const char *path)
{
    struct stat info;

    return stat(path, &info) != 0 && errno == EACCES;
}

enum parser_program inspect_program(void *argument, const char *program, const char *user,
                                    const char *group, char *reason, size_t size)
{
    struct program *found = memory_new(1, sizeof(*found));
    enum parser_program verdict = PARSER_PROGRAM_GOOD;

    (void)argument;
    user = program_default_user(user);
    switch (program_find(program, user ? user : "root", group, found)) {
    case PROGRAM_OK:
        verdict =
            program_check_path(found) == PROGRAM_OK ? PARSER_PROGRAM_GOOD : PARSER_PROGRAM_WRITABLE;
        break;
    case PROGRAM_MISSING:
        verdict = inspect_is_hidden(found->path) ? PARSER_PROGRAM_GOOD : PARSER_PROGRAM_MISSING;
        break;
    case PROGRAM_NOT_EXECUTABLE:
        verdict = PARSER_PROGRAM_NOT_EXECUTABLE;
        break;
    case PROGRAM_UNSAFE:
        verdict = PARSER_PROGRAM_WRITABLE;
        break;
    case PROGRAM_NO_USER: /* the daemon's log says so; the program may be as good as any */
        break;
    }
    (void)text_copy(reason, size, found->reason);
    free(found);
    return verdict;
}
