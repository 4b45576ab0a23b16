/* SPDX-License-Identifier: Apache-2.0
 *
 * A FIFO that events are written to.
 */
#include "base/fifo.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fifo {
    struct log *log;
    char *path;
    int fd;
    bool made; /* by us */
    uint64_t lost;
};

/* @return NULL, or what is wrong with what lies there */
static const char *fifo_complaint(int fd, uid_t uid)
{
    struct stat stat;

    if (fstat(fd, &stat) != 0) {
        return strerror(errno);
    }
    if (!S_ISFIFO(stat.st_mode)) {
        return "something that is no FIFO lies there: remove it, or choose another path";
    }
    return stat.st_uid == geteuid() || stat.st_uid == uid
               ? NULL
               : "the FIFO there belongs to somebody else: remove it, or name its owner";
}

/* Makes a FIFO that its user has ours for a moment: CAP_CHOWN is enough for that, while opening what
 * is another user's alone would take CAP_DAC_OVERRIDE. What else lies there stays as it is. */
static void fifo_borrow(const char *path, uid_t uid)
{
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat stat;

    if (fd < 0) {
        return;
    }
    if (fstat(fd, &stat) == 0 && S_ISFIFO(stat.st_mode) && stat.st_uid == uid) {
        (void)fchownat(fd, "", geteuid(), (gid_t)-1, AT_EMPTY_PATH);
    }
    (void)close(fd);
}

/* Both ways, so that it stays open while nobody reads: fifo(7). */
static int fifo_open_path(const char *path)
{
    return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
}

struct fifo *fifo_open(struct log *log, const char *path, uid_t uid, gid_t gid)
{
    struct fifo *fifo = memory_new(1, sizeof(*fifo));
    const char *complaint;
    bool borrowed = false;

    fifo->log = log;
    fifo->path = memory_text(path);
    fifo->made = mkfifo(path, 0600) == 0;
    fifo->fd = fifo_open_path(path);
    if (fifo->fd < 0 && errno == EACCES) {
        fifo_borrow(path, uid);
        fifo->fd = fifo_open_path(path);
        borrowed = fifo->fd >= 0;
    }
    complaint = fifo->fd < 0 ? strerror(errno) : fifo_complaint(fifo->fd, uid);
    if (complaint) {
        log_error(log, path, "no events are written there: %s", complaint);
        fifo_close(fifo);
        return NULL;
    }
    if ((fifo->made || borrowed) && fchown(fifo->fd, uid, gid) != 0) {
        log_warning(log, path, "the FIFO's owner was not set: %s", strerror(errno));
    }
    return fifo;
}

void fifo_close(struct fifo *fifo)
{
    if (!fifo) {
        return;
    }
    if (fifo->fd >= 0) {
        (void)close(fifo->fd);
    }
    if (fifo->made) {
        (void)unlink(fifo->path);
    }
    free(fifo->path);
    free(fifo);
}

void fifo_write(struct fifo *fifo, const char *line)
{
    struct text_buffer text = {0};

    if (!fifo) {
        return;
    }
    text_appendf(&text, "%s\n", line);
    /* A line is shorter than PIPE_BUF, so it goes in whole or not at all: pipe(7). */
    if (write(fifo->fd, text.data, text.length) < 0) {
        if (!fifo->lost++) {
            log_warning(fifo->log, fifo->path,
                        "a line is lost, as nobody reads them: %s (further ones are counted)",
                        strerror(errno));
        }
    }
    text_release(&text);
}

const char *fifo_path(const struct fifo *fifo)
{
    return fifo->path;
}

uint64_t fifo_lost(const struct fifo *fifo)
{
    return fifo->lost;
}
