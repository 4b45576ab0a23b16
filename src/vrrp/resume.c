/* SPDX-License-Identifier: Apache-2.0
 *
 * What survives a crash: a memory-mapped file of fixed slots.
 */
#include "vrrp/resume.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/runtime.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* 255 adverts every 40.95 s are more than anybody waits; whatever is in the file is less. */
#define RESUME_LONGEST_GRACE (INT64_C(14400) * CLOCK_SECOND)

static const char resume_magic[] = "holdfast beats 3";

struct resume_record {
    char key[RESUME_NAME_SIZE]; /* empty: free */
    int64_t beat;               /* CLOCK_MONOTONIC ns; 0: not master */
    int64_t grace;              /* ns that peers wait longer than they are configured to */
};

/* The file. CLOCK_MONOTONIC starts anew with each boot, so a beat counts within its boot alone. */
struct resume_file {
    char magic[sizeof(resume_magic)];
    char boot_id[48]; /* /proc/sys/kernel/random/boot_id */
    uint64_t used;    /* records that were ever used: what is behind them takes no memory */
    struct resume_record records[RESUME_SLOTS];
};

struct resume {
    struct resume_file *file; /* NULL: nothing is remembered */
};

static void resume_read_boot_id(char boot_id[48])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

    memset(boot_id, 0, 48);
    if (fd >= 0) {
        (void)!read(fd, boot_id, 47);
        (void)close(fd);
    }
}

static struct resume_file *resume_map(const char *path)
{
    struct resume_file *file;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        return NULL;
    }
    file = MAP_FAILED;
    if (ftruncate(fd, sizeof(*file)) == 0) {
        file = mmap(NULL, sizeof(*file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    (void)close(fd);
    return file == MAP_FAILED ? NULL : file;
}

struct resume *resume_open(const struct runtime *runtime, struct log *log)
{
    struct resume *resume = memory_new(1, sizeof(*resume));
    char *path = runtime_path(runtime, "beats");
    char boot_id[48];

    resume->file = resume_map(path);
    if (!resume->file) {
        log_warning(log, path,
                    "cannot be mapped (%s): after a crash this director will not resume "
                    "as master",
                    strerror(errno));
        free(path);
        return resume;
    }
    resume_read_boot_id(boot_id);
    if (memcmp(resume->file->magic, resume_magic, sizeof(resume_magic)) != 0 ||
        memcmp(resume->file->boot_id, boot_id, sizeof(boot_id)) != 0) {
        resume->file->used = 0;
        memcpy(resume->file->magic, resume_magic, sizeof(resume_magic));
        memcpy(resume->file->boot_id, boot_id, sizeof(boot_id));
    }
    free(path);
    return resume;
}

void resume_close(struct resume *resume)
{
    if (!resume) {
        return;
    }
    if (resume->file) {
        (void)munmap(resume->file, sizeof(*resume->file));
    }
    free(resume);
}

int resume_slot(struct resume *resume, const char *key)
{
    int vacant = -1;
    int used;

    if (!resume->file || strlen(key) >= RESUME_NAME_SIZE) {
        return -1;
    }
    used = resume->file->used < RESUME_SLOTS ? (int)resume->file->used : RESUME_SLOTS;
    for (int i = 0; i < used; i++) {
        const struct resume_record *record = &resume->file->records[i];

        if (strncmp(record->key, key, RESUME_NAME_SIZE) == 0) {
            return i;
        }
        if (!record->key[0] && vacant < 0) {
            vacant = i;
        }
    }
    if (vacant < 0 && used < RESUME_SLOTS) {
        vacant = used;
        resume->file->used = (uint64_t)used + 1;
    }
    if (vacant >= 0) {
        struct resume_record *record = &resume->file->records[vacant];

        memset(record, 0, sizeof(*record));
        (void)text_copy(record->key, sizeof(record->key), key);
    }
    return vacant;
}

void resume_beat(struct resume *resume, int slot, int64_t now)
{
    if (slot >= 0) {
        resume->file->records[slot].beat = now;
        resume->file->records[slot].grace = 0;
    }
}

void resume_pause(struct resume *resume, int slot, int64_t now, int64_t grace)
{
    if (slot >= 0) {
        resume->file->records[slot].beat = now;
        resume->file->records[slot].grace = grace;
    }
}

void resume_clear(struct resume *resume, int slot)
{
    resume_beat(resume, slot, 0);
}

void resume_drop(struct resume *resume, int slot)
{
    if (slot >= 0) {
        memset(&resume->file->records[slot], 0, sizeof(resume->file->records[slot]));
    }
}

int64_t resume_last_beat(const struct resume *resume, int slot)
{
    int64_t beat = slot >= 0 ? resume->file->records[slot].beat : 0;

    return beat > 0 ? beat : 0; /* whatever is in the file, callers can count with it */
}

int64_t resume_grace(const struct resume *resume, int slot)
{
    int64_t grace = slot >= 0 ? resume->file->records[slot].grace : 0;

    return grace > 0 && grace <= RESUME_LONGEST_GRACE ? grace : 0;
}

bool resume_has_beat(const struct resume *resume)
{
    for (int i = 0; resume->file && i < RESUME_SLOTS && (uint64_t)i < resume->file->used; i++) {
        if (resume->file->records[i].key[0] && resume_last_beat(resume, i)) {
            return true;
        }
    }
    return false;
}
