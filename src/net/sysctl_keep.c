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

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#define SYSCTL_KEEP_FILE "sysctl"

enum { SYSCTL_KEEP_PATH_SIZE = 128 };

struct sysctl_kept {
    char path[SYSCTL_KEEP_PATH_SIZE];
    uint32_t before;
    uint32_t value;
    struct sysctl_kept *prev;
    struct sysctl_kept *next;
};

struct sysctl_keep {
    struct log *log;
    const struct runtime *runtime;
    int namespace_fd;
    struct sysctl_kept *kept;
};

/* "PATH BEFORE VALUE". @return whether it is such a line */
static bool sysctl_keep_parse(char *line, struct sysctl_kept *kept)
{
    const char *path = strsep(&line, " ");
    const char *before = strsep(&line, " ");
    uint64_t numbers[2];

    if (!before || !line || !text_copy(kept->path, sizeof(kept->path), path) ||
        !text_parse_unsigned(before, UINT32_MAX, &numbers[0]) ||
        !text_parse_unsigned(line, UINT32_MAX, &numbers[1])) {
        return false;
    }
    kept->before = (uint32_t)numbers[0];
    kept->value = (uint32_t)numbers[1];
    return true;
}

static void sysctl_keep_recall(struct sysctl_keep *keep)
{
    size_t size;
    char *text = runtime_read(keep->runtime, SYSCTL_KEEP_FILE, &size);
    char *rest = text;
    char *line;

    while ((line = strsep(&rest, "\n"))) {
        struct sysctl_kept *kept = memory_new(1, sizeof(*kept));

        if (sysctl_keep_parse(line, kept)) {
            DL_APPEND(keep->kept, kept);
        } else {
            free(kept);
        }
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
    struct sysctl_kept *kept;
    struct sysctl_kept *next;

    if (keep) {
        DL_FOREACH_SAFE(keep->kept, kept, next) {
            DL_DELETE(keep->kept, kept);
            free(kept);
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
    const struct sysctl_kept *kept;
    struct text_buffer text = {0};
    char *path = runtime_path(keep->runtime, SYSCTL_KEEP_FILE);
    int error = 0;

    text_append(&text, "");
    DL_FOREACH(keep->kept, kept) {
        text_appendf(&text, "%s %" PRIu32 " %" PRIu32 "\n", kept->path, kept->before, kept->value);
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

static struct sysctl_kept *sysctl_keep_find(const struct sysctl_keep *keep, const char *path)
{
    struct sysctl_kept *kept;

    DL_FOREACH(keep->kept, kept) {
        if (strcmp(kept->path, path) == 0) {
            return kept;
        }
    }
    return NULL;
}

/* Remembers it, in the file too. */
static int sysctl_keep_remember(struct sysctl_keep *keep, const char *path, uint32_t before,
                                uint32_t value)
{
    struct sysctl_kept *kept = sysctl_keep_find(keep, path);

    if (kept) {
        return 0; /* what it was before the first change is what is to be put back */
    }
    kept = memory_new(1, sizeof(*kept));
    (void)text_copy(kept->path, sizeof(kept->path), path);
    kept->before = before;
    kept->value = value;
    DL_APPEND(keep->kept, kept);
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
    struct sysctl_kept *kept = sysctl_keep_find(keep, path);
    char problem[SYSCTL_PROBLEM_SIZE];
    uint32_t is;

    if (!kept) {
        return;
    }
    /* What somebody else has set meanwhile is his. */
    if (sysctl_keep_read(keep, path, &is) == 0 && is == kept->value &&
        !sysctl_keep_write(keep, path, kept->before, problem)) {
        log_warning(keep->log, path, "%s", problem);
    }
    DL_DELETE(keep->kept, kept);
    free(kept);
    (void)sysctl_keep_save(keep);
}
