/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parser asks of the system: files and their names, the environment, random numbers, the
 * host's name. All else is pure.
 */
#include "parser/source.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
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
        if (!error && status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) {
            error = PARSER_FILE_EXECUTABLE;
        }
    }
    (void)close(fd);
    return error;
}

/* A parser_find_function by glob(3). */
static int source_find_files(void *argument, const char *pattern, char ***paths, size_t *count)
{
    glob_t found = {0};
    int result = glob(pattern, 0, NULL, &found);

    (void)argument;
    *paths = NULL;
    *count = 0;
    if (result == GLOB_NOSPACE) {
        return -ENOMEM;
    }
    if (result == 0 && found.gl_pathc) {
        *count = found.gl_pathc;
        *paths = memory_new(*count, sizeof(**paths));
        for (size_t i = 0; i < *count; i++) {
            (*paths)[i] = memory_text(found.gl_pathv[i]);
        }
    }
    globfree(&found);
    return 0;
}

static const char *source_environment(void *argument, const char *name)
{
    (void)argument;
    return getenv(name);
}

static uint32_t source_random(void *argument)
{
    uint32_t number = 0;

    (void)argument;
    (void)!getrandom(&number, sizeof(number), GRND_NONBLOCK);
    return number;
}

static bool source_working_directory(void *argument, char *path, size_t size)
{
    (void)argument;
    return getcwd(path, size) != NULL;
}

static char *source_resolve(void *argument, const char *path)
{
    (void)argument;
    return realpath(path, NULL);
}

struct parser_world source_system(void)
{
    return (struct parser_world){
        .read = source_read_file,
        .find = source_find_files,
        .environment = source_environment,
        .random = source_random,
        .working_directory = source_working_directory,
        .resolve = source_resolve,
    };
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
