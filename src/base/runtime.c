/* SPDX-License-Identifier: Apache-2.0
 *
 * The runtime directory: its lock and its small files.
 */
#include "base/runtime.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUNTIME_DEFAULT HOLDFAST_RUNSTATEDIR "/holdfast"

struct runtime {
    char *directory;
    int directory_fd;
    int lock_fd;
};

/* The lock file holds the pid of its holder, for the message only: the lock is what counts. */
static int runtime_lock(struct runtime *runtime, pid_t *holder)
{
    char text[32] = "";
    int length;

    runtime->lock_fd = openat(runtime->directory_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (runtime->lock_fd < 0) {
        return -errno;
    }
    if (flock(runtime->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        uint64_t pid = 0;

        if (errno != EWOULDBLOCK) {
            return -errno;
        }
        if (pread(runtime->lock_fd, text, sizeof(text) - 1, 0) > 0) {
            text[strcspn(text, "\n")] = '\0';
            (void)text_parse_unsigned(text, INT32_MAX, &pid);
        }
        *holder = (pid_t)pid;
        return -EBUSY;
    }
    (void)fchmod(runtime->lock_fd, 0644);
    length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    (void)!ftruncate(runtime->lock_fd, 0);
    (void)!pwrite(runtime->lock_fd, text, (size_t)length, 0);
    return 0;
}

/* And the directory that it is in, but no more: a path that is misspelt higher up is an error. */
static int runtime_make_directory(const char *directory)
{
    char *parent = memory_text(directory);
    char *slash = strrchr(parent, '/');
    int error = 0;

    if (strncmp(directory, RUNTIME_DEFAULT "/", strlen(RUNTIME_DEFAULT "/")) == 0) {
        (void)mkdir(RUNTIME_DEFAULT, 0755); /* which may be two above it */
    }
    if (slash && slash != parent) {
        *slash = '\0';
        if (mkdir(parent, 0755) == 0) { /* what is wrong with it shows in the next one */
            (void)chmod(parent, 0755);
        }
    }
    if (mkdir(directory, 0755) == 0) {
        (void)chmod(directory, 0755); /* whatever the umask is */
    } else if (errno != EEXIST) {
        error = -errno;
    }
    free(parent);
    return error;
}

char *runtime_default_directory(const char *network_namespace, const char *instance)
{
    struct text_buffer path = {0};

    text_append(&path, RUNTIME_DEFAULT);
    if (network_namespace) {
        text_appendf(&path, "/%s", network_namespace);
    }
    if (instance) {
        text_appendf(&path, "/instance-%s", instance);
    }
    return path.data;
}

struct runtime *runtime_open(const char *directory, pid_t *holder, int *error)
{
    struct runtime *runtime = memory_new(1, sizeof(*runtime));

    runtime->directory = memory_text(directory);
    runtime->directory_fd = -1;
    runtime->lock_fd = -1;
    *holder = 0;
    *error = runtime_make_directory(directory);
    if (!*error) {
        runtime->directory_fd = open(directory, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
        *error = runtime->directory_fd < 0 ? -errno : runtime_lock(runtime, holder);
    }
    if (*error) {
        runtime_close(runtime);
        return NULL;
    }
    return runtime;
}

void runtime_close(struct runtime *runtime)
{
    if (!runtime) {
        return;
    }
    if (runtime->lock_fd >= 0) {
        (void)close(runtime->lock_fd);
    }
    if (runtime->directory_fd >= 0) {
        (void)close(runtime->directory_fd);
    }
    free(runtime->directory);
    free(runtime);
}

const char *runtime_directory(const struct runtime *runtime)
{
    return runtime->directory;
}

static int runtime_write_all(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t written = write(fd, data, size);

        if (written < 0 && errno != EINTR) {
            return -errno;
        }
        if (written > 0) {
            data += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

int runtime_write(const struct runtime *runtime, const char *name, const char *data, size_t size)
{
    char fresh[256];
    int fd;
    int error;

    if (snprintf(fresh, sizeof(fresh), ".%s.new", name) >= (int)sizeof(fresh)) {
        return -ENAMETOOLONG;
    }
    fd = openat(runtime->directory_fd, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) {
        return -errno;
    }
    (void)fchmod(fd, 0644);
    error = runtime_write_all(fd, data, size);
    (void)close(fd); /* a runtime directory is memory (tmpfs): nothing to be synced */
    if (!error && renameat(runtime->directory_fd, fresh, runtime->directory_fd, name) != 0) {
        error = -errno;
    }
    if (error) {
        (void)unlinkat(runtime->directory_fd, fresh, 0);
    }
    return error;
}

char *runtime_read(const struct runtime *runtime, const char *name, size_t *size)
{
    int fd = openat(runtime->directory_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct text_buffer buffer = {0};
    char part[4096];
    ssize_t got = 0;

    if (fd < 0) {
        return NULL;
    }
    text_append(&buffer, "");
    do {
        got = read(fd, part, sizeof(part));
        if (got > 0) {
            text_append_n(&buffer, part, (size_t)got);
        }
    } while ((got > 0 && buffer.length < RUNTIME_FILE_LIMIT) || (got < 0 && errno == EINTR));
    (void)close(fd);
    if (got != 0) {
        text_release(&buffer);
        return NULL;
    }
    if (size) {
        *size = buffer.length;
    }
    return buffer.data;
}

char *runtime_path(const struct runtime *runtime, const char *name)
{
    struct text_buffer path = {0};

    text_appendf(&path, "%s/%s", runtime->directory, name);
    return path.data;
}
