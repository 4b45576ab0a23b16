/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands in for libFuzzer in an ordinary build: `make check` runs each target over its seeds.
 * Without arguments fuzz_NAME takes every file of $srcdir/tests/fuzz/corpus/NAME; with arguments the
 * files that they name, such as something that ./dev fuzz has found.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLAY_PATH_SIZE = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_fail(const char *path, const char *why)
{
    (void)fprintf(stderr, "%s: %s\n", path, why);
    return EXIT_FAILURE;
}

/* A copy of exactly the file's size: one byte too far is the sanitizers' to see. */
static uint8_t *replay_read(FILE *file, size_t *size)
{
    long end;
    uint8_t *data;

    if (fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0) {
        return NULL;
    }
    rewind(file);
    *size = (size_t)end;
    data = malloc(*size ? *size : 1);
    if (data && fread(data, 1, *size, file) != *size) {
        free(data);
        data = NULL;
    }
    return data;
}

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data;
    size_t size;

    if (!file) {
        return replay_fail(path, strerror(errno));
    }
    data = replay_read(file, &size);
    (void)fclose(file);
    if (!data) {
        return replay_fail(path, "cannot be read");
    }
    (void)printf("%s\n", path); /* the last line tells which input it was that crashed */
    (void)fflush(stdout);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return EXIT_SUCCESS;
}

static int replay_is_seed(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay_corpus(const char *program)
{
    const char *source = getenv("srcdir");
    const char *slash = strrchr(program, '/');
    const char *name = strstr(slash ? slash : program, "fuzz_");
    char directory[REPLAY_PATH_SIZE];
    char path[REPLAY_PATH_SIZE + NAME_MAX + 2];
    struct dirent **seeds = NULL;
    int status = EXIT_SUCCESS;
    int count;

    if (!name) {
        return replay_fail(program, "is not named fuzz_NAME: which corpus is it?");
    }
    (void)snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus/%s", source ? source : ".",
                   name + strlen("fuzz_"));
    count = scandir(directory, &seeds, replay_is_seed, alphasort);
    if (count <= 0) {
        status = replay_fail(directory, count < 0 ? strerror(errno) : "has no seeds");
    }
    for (int i = 0; i < count; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", directory, seeds[i]->d_name);
        if (replay_file(path) != EXIT_SUCCESS) {
            status = EXIT_FAILURE;
        }
        free(seeds[i]);
    }
    free(seeds);
    return status;
}

int main(int argc, char **argv)
{
    int status = argc > 1 ? EXIT_SUCCESS : replay_corpus(argv[0]);

    for (int i = 1; i < argc; i++) {
        if (replay_file(argv[i]) != EXIT_SUCCESS) {
            status = EXIT_FAILURE;
        }
    }
    return status;
}
