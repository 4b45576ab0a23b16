/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's settings by the files of /proc/sys, which never block. Which ones, and why, is not
 * known here.
 */
#include "net/sysctl.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

enum {
    SYSCTL_PATH_SIZE = 160,
    SYSCTL_NUMBER_SIZE = 24,
    SYSCTL_WORD_SIZE = 32, /* an interface's name, a key */
};

/* ---- One setting ------------------------------------------------------------------------------- */

static int sysctl_open(const char *path, int flags)
{
    char whole[SYSCTL_PATH_SIZE];
    int fd;

    (void)snprintf(whole, sizeof(whole), "/proc/sys/%s", path);
    fd = open(whole, flags | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int sysctl_read(const char *path, uint32_t *value)
{
    char text[SYSCTL_NUMBER_SIZE];
    uint64_t number = 0;
    ssize_t size;
    int error = 0;
    int fd = sysctl_open(path, O_RDONLY);

    if (fd < 0) {
        return fd;
    }
    size = read(fd, text, sizeof(text) - 1);
    if (size < 0) {
        error = -errno;
    } else {
        text[size] = '\0';
        text[strcspn(text, "\n")] = '\0';
        error = text_parse_unsigned(text, UINT32_MAX, &number) ? 0 : -EINVAL;
    }
    (void)close(fd);
    if (!error) {
        *value = (uint32_t)number;
    }
    return error;
}

static int sysctl_write(const char *path, uint32_t value)
{
    char text[SYSCTL_NUMBER_SIZE];
    int length = snprintf(text, sizeof(text), "%u\n", value);
    int error = 0;
    int fd = sysctl_open(path, O_WRONLY);

    if (fd < 0) {
        return fd;
    }
    if (write(fd, text, (size_t)length) != length) {
        error = -errno;
    }
    (void)close(fd);
    return error;
}

/* What would let the setting be written. */
static const char *sysctl_advice(int error)
{
    switch (error) {
    case -EROFS:
        return ": /proc/sys/net must be writable (in a unit of systemd: ReadWritePaths=/proc/sys/net)";
    case -EACCES:
    case -EPERM:
        return ": CAP_NET_ADMIN is needed";
    case -ENOENT:
        return ": the kernel has no such setting, or the interface has gone";
    default:
        return "";
    }
}

bool sysctl_set(const char *path, uint32_t value, char problem[SYSCTL_PROBLEM_SIZE])
{
    uint32_t is = 0;
    int error = sysctl_read(path, &is);

    if (!error && is == value) {
        return true;
    }
    error = sysctl_write(path, value);
    if (!error) {
        error = sysctl_read(path, &is);
    }
    if (!error && is == value) {
        return true;
    }
    if (error) {
        (void)snprintf(problem, SYSCTL_PROBLEM_SIZE, "%s cannot be set to %u: %s%s", path, value,
                       strerror(-error), sysctl_advice(error));
    } else {
        (void)snprintf(problem, SYSCTL_PROBLEM_SIZE,
                       "%s is %u after %u was written: find out who else sets it", path, is, value);
    }
    return false;
}

/* ---- Settings that are held -------------------------------------------------------------------- */

/* A setting of an interface that others own. */
struct sysctl_held {
    char interface[SYSCTL_WORD_SIZE];
    char key[SYSCTL_WORD_SIZE];
    uint32_t value;
    uint32_t before; /* what it was */
    bool changed;    /* by us: `before` is to be put back */
    unsigned users;
    struct sysctl_held *prev;
    struct sysctl_held *next;
};

struct sysctl_table {
    struct log *log;
    struct sysctl_held *held;
};

struct sysctl_table *sysctl_table_new(struct log *log)
{
    struct sysctl_table *table = memory_new(1, sizeof(*table));

    table->log = log;
    return table;
}

void sysctl_table_free(struct sysctl_table *table)
{
    struct sysctl_held *held;
    struct sysctl_held *next;

    if (table) {
        DL_FOREACH_SAFE(table->held, held, next) {
            DL_DELETE(table->held, held);
            free(held);
        }
        free(table);
    }
}

static struct sysctl_held *sysctl_find(const struct sysctl_table *table, const char *interface,
                                       const char *key)
{
    struct sysctl_held *held;

    DL_FOREACH(table->held, held) {
        if (strcmp(held->interface, interface) == 0 && strcmp(held->key, key) == 0) {
            return held;
        }
    }
    return NULL;
}

static void sysctl_path(char path[SYSCTL_PATH_SIZE], const struct sysctl_held *held)
{
    (void)snprintf(path, SYSCTL_PATH_SIZE, "net/ipv4/conf/%s/%s", held->interface, held->key);
}

static bool sysctl_apply(struct sysctl_held *held, char problem[SYSCTL_PROBLEM_SIZE])
{
    char path[SYSCTL_PATH_SIZE];
    uint32_t is = 0;

    sysctl_path(path, held);
    if (sysctl_read(path, &is) == 0 && is >= held->value) {
        return true;
    }
    if (!held->changed) {
        held->before = is;
    }
    if (!sysctl_set(path, held->value, problem)) {
        return false;
    }
    held->changed = true;
    return true;
}

bool sysctl_hold(struct sysctl_table *table, const char *interface, const char *key, uint32_t value,
                 char problem[SYSCTL_PROBLEM_SIZE])
{
    struct sysctl_held *held = sysctl_find(table, interface, key);

    if (!held) {
        held = memory_new(1, sizeof(*held));
        (void)text_copy(held->interface, sizeof(held->interface), interface);
        (void)text_copy(held->key, sizeof(held->key), key);
        held->value = value;
        DL_APPEND(table->held, held);
    }
    held->users++;
    return sysctl_apply(held, problem);
}

void sysctl_release(struct sysctl_table *table, const char *interface, const char *key)
{
    struct sysctl_held *held = sysctl_find(table, interface, key);
    char problem[SYSCTL_PROBLEM_SIZE];
    char path[SYSCTL_PATH_SIZE];
    uint32_t is;

    if (!held || --held->users) {
        return;
    }
    sysctl_path(path, held);
    /* What somebody else has set meanwhile is his. */
    if (held->changed && sysctl_read(path, &is) == 0 && is == held->value &&
        !sysctl_set(path, held->before, problem)) {
        log_warning(table->log, interface, "%s", problem);
    }
    DL_DELETE(table->held, held);
    free(held);
}

void sysctl_on_link_new(struct sysctl_table *table, const char *interface)
{
    struct sysctl_held *held;

    DL_FOREACH(table->held, held) {
        char problem[SYSCTL_PROBLEM_SIZE];

        if (strcmp(held->interface, interface) == 0) {
            held->changed = false; /* a new interface has values of its own */
            if (!sysctl_apply(held, problem)) {
                log_warning(table->log, interface, "%s", problem);
            }
        }
    }
}
