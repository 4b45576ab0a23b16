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
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

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

/* ---- The kernel ------------------------------------------------------------------------------- */

struct inspect_kernel {
    char *directory;            /* of the lists; NULL: not looked for yet, the usual one */
    struct text_buffer modules; /* those of IPVS, each with a newline before and behind it */
    struct text_buffer loaded;  /* the same of those that were found to be loaded */
    struct text_buffer missing; /* and of those that were not */
    bool read;
};

struct inspect_kernel *inspect_kernel_new(const char *directory)
{
    struct inspect_kernel *kernel = memory_new(1, sizeof(*kernel));

    kernel->directory = directory ? memory_text(directory) : NULL;
    return kernel;
}

void inspect_kernel_free(struct inspect_kernel *kernel)
{
    if (kernel) {
        text_release(&kernel->modules);
        text_release(&kernel->loaded);
        text_release(&kernel->missing);
        free(kernel->directory);
        free(kernel);
    }
}

/* A line begins with a path, as in "kernel/net/netfilter/ipvs/ip_vs_mh.ko.xz: kernel/..." */
static void inspect_note_module(struct inspect_kernel *kernel, const char *line)
{
    static const char prefix[] = "ip_vs";
    size_t path = strcspn(line, ":\n");
    const char *name = line;
    const char *end;

    for (size_t i = 0; i < path; i++) {
        name = line[i] == '/' ? line + i + 1 : name;
    }
    end = strstr(name, ".ko");
    if (strncmp(name, prefix, sizeof(prefix) - 1) == 0 && end && end < line + path) {
        text_append_n(&kernel->modules, name, (size_t)(end - name));
        text_append(&kernel->modules, "\n");
    }
}

static void inspect_read_list(struct inspect_kernel *kernel, const char *file)
{
    char path[PATH_MAX];
    char *line = NULL;
    size_t size = 0;
    FILE *list;

    (void)snprintf(path, sizeof(path), "%s/%s", kernel->directory, file);
    list = fopen(path, "re");
    if (!list) {
        return;
    }
    while (getline(&line, &size, list) >= 0) {
        inspect_note_module(kernel, line);
    }
    free(line);
    (void)fclose(list);
}

/* What depmod(8) wrote and what the build did: some thousand lines, read once. */
static void inspect_read_modules(struct inspect_kernel *kernel)
{
    char usual[PATH_MAX];
    struct utsname name;

    kernel->read = true;
    text_append(&kernel->modules, "\n");
    if (!kernel->directory && uname(&name) == 0) {
        (void)snprintf(usual, sizeof(usual), "/lib/modules/%s", name.release);
        kernel->directory = memory_text(usual);
    }
    if (kernel->directory) {
        inspect_read_list(kernel, "modules.dep");
        inspect_read_list(kernel, "modules.builtin");
    }
}

static bool inspect_lists(const struct text_buffer *modules, const char *module)
{
    char line[PATH_MAX];

    (void)snprintf(line, sizeof(line), "\n%s\n", module);
    return modules->length > 0 && strstr(modules->data, line) != NULL;
}

static void inspect_note(struct text_buffer *modules, const char *module)
{
    text_append(modules, modules->length > 0 ? "" : "\n");
    text_append(modules, module);
    text_append(modules, "\n");
}

/* Thousands of services have the same few schedulers: the kernel is asked once about each. */
static bool inspect_is_loaded(struct inspect_kernel *kernel, const char *module)
{
    char path[PATH_MAX];
    bool is_loaded;

    if (inspect_lists(&kernel->loaded, module)) {
        return true;
    }
    if (inspect_lists(&kernel->missing, module)) {
        return false;
    }
    (void)snprintf(path, sizeof(path), "/sys/module/%s", module);
    is_loaded = access(path, F_OK) == 0;
    inspect_note(is_loaded ? &kernel->loaded : &kernel->missing, module);
    return is_loaded;
}

bool inspect_lacks_module(void *argument, const char *module)
{
    struct inspect_kernel *kernel = argument;

    if (inspect_is_loaded(kernel, module)) {
        return false; /* also one that somebody loaded by its path */
    }
    if (!kernel->read) {
        inspect_read_modules(kernel);
    }
    return inspect_lists(&kernel->modules, "ip_vs") && !inspect_lists(&kernel->modules, module);
}

uint32_t inspect_version_of(const char *release)
{
    char *end;
    unsigned long major = strtoul(release, &end, 10);
    unsigned long minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;

    return parser_kernel_version((unsigned)major, (unsigned)minor);
}

uint32_t inspect_kernel_version(void)
{
    struct utsname name;

    return uname(&name) == 0 ? inspect_version_of(name.release) : 0;
}
