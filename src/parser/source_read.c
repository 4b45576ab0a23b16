/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parser asks of the system: the text of files, and the host's name. All else is pure.
 */
#include "parser/source.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads until the end, wherever that is by now: a file may grow or shrink meanwhile. */
static int source_read_all(int fd, size_t expected, char **text, size_t *size)
{
    size_t capacity = expected + 1;
    size_t used = 0;
    char *data = memory_new(capacity + 1, 1);

    for (;;) {
        ssize_t got = read(fd, data + used, capacity - used);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            int error = -errno;

            free(data);
            return error;
        }
        if (got == 0) {
            break;
        }
        used += (size_t)got;
        if (used > SOURCE_SIZE_LIMIT) {
            free(data);
            return -EFBIG;
        }
        if (used == capacity) {
            capacity *= 2;
            data = memory_resize(data, capacity + 1, 1);
        }
    }
    data[used] = '\0';
    *text = data;
    *size = used;
    return 0;
}

int source_read_file(void *argument, const char *path, char **text, size_t *size)
{
    /* O_NONBLOCK: a FIFO by that name must not hold the load up. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    int error;

    (void)argument;
    if (fd < 0) {
        return -errno;
    }
    if (fstat(fd, &status) < 0) {
        error = -errno;
    } else if (S_ISDIR(status.st_mode)) {
        error = -EISDIR;
    } else if (!S_ISREG(status.st_mode)) {
        error = -ENODEV;
    } else if (status.st_size > SOURCE_SIZE_LIMIT) {
        error = -EFBIG;
    } else {
        error = source_read_all(fd, (size_t)status.st_size, text, size);
    }
    (void)close(fd);
    return error;
}

const char *source_host_name(char name[SOURCE_HOST_SIZE])
{
    if (gethostname(name, SOURCE_HOST_SIZE - 1) < 0) {
        name[0] = '\0';
    }
    name[SOURCE_HOST_SIZE - 1] = '\0';
    name[strcspn(name, ".")] = '\0';
    return name;
}
