/* SPDX-License-Identifier: Apache-2.0
 *
 * Small files at paths that the configuration names.
 */
#include "mark.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int mark_set(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
    struct stat stat;
    int error = 0;

    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &stat) != 0 || (S_ISREG(stat.st_mode) && ftruncate(fd, 0) != 0)) {
        error = -errno;
    } else if (!S_ISREG(stat.st_mode)) {
        error = -EINVAL;
    }
    (void)close(fd);
    return error;
}

int mark_clear(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT ? 0 : -errno;
}

static int mark_write_all(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t done = write(fd, data, size);

        if (done < 0 && errno != EINTR) {
            return -errno;
        }
        data += done > 0 ? done : 0;
        size -= done > 0 ? (size_t)done : 0;
    }
    return 0;
}

int mark_write(const char *path, const char *data, size_t size)
{
    struct text_buffer beside = {0};
    int error;
    int fd;

    text_appendf(&beside, "%s.new", path);
    (void)unlink(beside.data); /* of a run that ended in the middle */
    fd = open(beside.data, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        error = -errno;
        text_release(&beside);
        return error;
    }
    error = mark_write_all(fd, data, size);
    if (close(fd) != 0 && !error) {
        error = -errno;
    }
    if (!error && rename(beside.data, path) != 0) {
        error = -errno;
    }
    if (error) {
        (void)unlink(beside.data);
    }
    text_release(&beside);
    return error;
}
