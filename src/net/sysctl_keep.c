/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings of the host that are put back: a list of what they were, in memory and in a file with a
 * line "PATH BEFORE VALUE" for each.
 */
#include "net/sysctl_keep.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/netns.h"
#include "base/runtime.h"
#include "base/text.h"
#include "net/sysctl_kept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#define SYSCTL_KEEP_FILE "sysctl"

struct sysctl_entry {
    struct sysctl_kept kept;
    struct sysctl_entry *prev;
    struct sysctl_entry *next;
};

struct sysctl_keep {
    struct log *log;
    const struct runtime *runtime;
    int namespace_fd;
    struct sysctl_entry *entries;
};

static struct sysctl_entry *sysctl_keep_find(const struct sysctl_keep *keep, const char *path)
{
    struct sysctl_entry *entry;

    DL_FOREACH(keep->entries, entry) {
        if (strcmp(entry->kept.path, path) == 0) {
            return entry;
        }
    }
    return NULL;
}

static void sysctl_keep_add(struct sysctl_keep *keep, const struct sysctl_kept *kept)
{
    struct sysctl_entry *entry = memory_new(1, sizeof(*entry));

    entry->kept = *kept;
    DL_APPEND(keep->entries, entry);
}

/* What the last run left; of two lines of one setting the first is what it was. */
static void sysctl_keep_recall(struct sysctl_keep *keep)
{
    char *text = runtime_read(keep->runtime, SYSCTL_KEEP_FILE, NULL);
    const char *rest = text;
    struct sysctl_kept kept;
    unsigned bad = 0;

    while (rest && sysctl_kept_next(&rest, &kept)) {
        if (!*kept.path) {
            bad++;
        } else if (!sysctl_keep_find(keep, kept.path)) {
            sysctl_keep_add(keep, &kept);
        }
    }
    if (bad) {
        log_warning(keep->log, "sysctl",
                    "%u lines of %s/%s cannot be read: these settings stay as they are", bad,
                    runtime_directory(keep->runtime), SYSCTL_KEEP_FILE);
    }
    free(text);
}

struct sysctl_keep *sysctl_keep_new(struct log *log, const struct runtime *runtime)
{
    struct sysctl_keep *keep = memory_new(1, sizeof(*keep));

    keep->log = log;
    keep->runtime = runtime;
    keep->namespace_fd = -1;
    sysctl_keep_recall(keep);
    return keep;
}

void sysctl_keep_free(struct sysctl_keep *keep)
{
    struct sysctl_entry *entry;
    struct sysctl_entry *next;

    if (keep) {
        DL_FOREACH_SAFE(keep->entries, entry, next) {
            DL_DELETE(keep->entries, entry);
            free(entry);
        }
        free(keep);
    }
}

void sysctl_keep_set_namespace(struct sysctl_keep *keep, int fd)
{
    keep->namespace_fd = fd;
}

/* @return a descriptor of where we were, for sysctl_keep_leave(); -1: we stayed there; or -errno */
static int sysctl_keep_enter(const struct sysctl_keep *keep, int *error)
{
    int own = -1;

    *error = 0;
    if (keep->namespace_fd < 0) {
        return -1;
    }
    own = netns_open(NULL);
    *error = own < 0 ? own : netns_enter(keep->namespace_fd);
    if (*error && own >= 0) {
        (void)close(own);
    }
    return *error ? -1 : own;
}

static void sysctl_keep_leave(const struct sysctl_keep *keep, int own)
{
    int error;

    if (own < 0) {
        return;
    }
    error = netns_enter(own);
    if (error) {
        log_error(keep->log, "sysctl", "there is no way back to the own network namespace: %s",
                  strerror(-error));
    }
    (void)close(own);
}

int sysctl_keep_read(const struct sysctl_keep *keep, const char *path, uint32_t *value)
{
    int error;
    int own = sysctl_keep_enter(keep, &error);

    if (!error) {
        error = sysctl_read(path, value);
        sysctl_keep_leave(keep, own);
    }
    return error;
}

static bool sysctl_keep_write(const struct sysctl_keep *keep, const char *path, uint32_t value,
                              char problem[SYSCTL_PROBLEM_SIZE])
{
    int error;
    int own = sysctl_keep_enter(keep, &error);
    bool done = false;

    if (error) {
        (void)snprintf(problem, SYSCTL_PROBLEM_SIZE, "%s: the namespace of IPVS: %s", path,
                       strerror(-error));
        return false;
    }
    done = sysctl_set(path, value, problem);
    sysctl_keep_leave(keep, own);
    return done;
}

/* The file is as the list is. */
static int sysctl_keep_save(const struct sysctl_keep *keep)
{
    const struct sysctl_entry *entry;
    struct text_buffer text = {0};
    char *path = runtime_path(keep->runtime, SYSCTL_KEEP_FILE);
    int error = 0;

    text_append(&text, "");
    DL_FOREACH(keep->entries, entry) {
        sysctl_kept_append(&text, &entry->kept);
    }
    if (text.length) {
        error = runtime_write(keep->runtime, SYSCTL_KEEP_FILE, text.data, text.length);
    } else {
        (void)unlink(path);
    }
    text_release(&text);
    free(path);
    return error;
}

/* Remembers it, in the file too. */
static int sysctl_keep_remember(struct sysctl_keep *keep, const char *path, uint32_t before,
                                uint32_t value)
{
    struct sysctl_kept kept = {.before = before, .value = value};

    if (sysctl_keep_find(keep, path)) {
        return 0; /* what it was before the first change is what is to be put back */
    }
    if (!text_copy(kept.path, sizeof(kept.path), path)) {
        return -ENAMETOOLONG;
    }
    sysctl_keep_add(keep, &kept);
    return sysctl_keep_save(keep);
}

bool sysctl_keep_set(struct sysctl_keep *keep, const char *path, uint32_t value,
                     char problem[SYSCTL_PROBLEM_SIZE])
{
    uint32_t before = 0;
    int error = sysctl_keep_read(keep, path, &before);

    if (!error && before == value) {
        return true;
    }
    if (!error) {
        error = sysctl_keep_remember(keep, path, before, value);
        if (error) {
            log_error(keep->log, path, "what it was cannot be remembered: %s", strerror(-error));
        }
    }
    return sysctl_keep_write(keep, path, value, problem);
}

void sysctl_keep_release(struct sysctl_keep *keep, const char *path)
{
    struct sysctl_entry *entry = sysctl_keep_find(keep, path);
    char problem[SYSCTL_PROBLEM_SIZE];
    uint32_t is;

    if (!entry) {
        return;
    }
    /* What somebody else has set meanwhile is his. */
    if (sysctl_keep_read(keep, path, &is) == 0 && is == entry->kept.value &&
        !sysctl_keep_write(keep, path, entry->kept.before, problem)) {
        log_warning(keep->log, path, "%s", problem);
    }
    DL_DELETE(keep->entries, entry);
    free(entry);
    (void)sysctl_keep_save(keep);
}
