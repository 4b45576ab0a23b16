/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at the file of a planned reload, and at the clock on the wall, which may be set meanwhile.
 */
#include "planned.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/when.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLANNED_SUBJECT "reload_time_file"
#define PLANNED_LOOK    (1 * CLOCK_SECOND)

enum { PLANNED_TEXT_SIZE = 64 };

struct planned {
    struct log *log;
    struct loop_timer *timer;
    void (*due)(void *argument);
    void *argument;
    char *path; /* NULL: none */
    bool repeat;
    char text
        [PLANNED_TEXT_SIZE]; /* of the file when it was looked at last; "" where there is none */
    struct when when;
    int64_t at; /* ns since 1970; 0: nothing is planned */
};

/* Reads the beginning of the file: "" where there is none, or nothing can be read. */
static void planned_read(const char *path, char text[PLANNED_TEXT_SIZE])
{
    /* Nothing of what might lie there (a FIFO, a device) may hold the loop up. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    ssize_t size = 0;
    struct stat stat;

    if (fd >= 0 && fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode)) {
        size = read(fd, text, PLANNED_TEXT_SIZE - 1);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    text[size > 0 ? size : 0] = '\0';
}

static void planned_set(struct planned *planned, int64_t at)
{
    char when[CLOCK_TEXT_SIZE];

    if (at) {
        log_event(planned->log, LOG_LEVEL_NOTICE, PLANNED_SUBJECT, "a reload is planned for %s",
                  clock_wall_text(when, at));
    } else if (planned->at) {
        log_event(planned->log, LOG_LEVEL_NOTICE, PLANNED_SUBJECT, "no reload is planned any more");
    }
    planned->at = at;
}

static void planned_look(struct planned *planned, int64_t wall)
{
    char text[PLANNED_TEXT_SIZE];
    int64_t at = 0;

    planned_read(planned->path, text);
    if (strcmp(text, planned->text) == 0) {
        return;
    }
    memcpy(planned->text, text, sizeof(text));
    if (*text && !when_parse(text, &planned->when)) {
        log_warning(
            planned->log, PLANNED_SUBJECT,
            "%s: the first line must be HH:MM:SS, YY-MM-DD HH:MM:SS or YYYY-MM-DD HH:MM:SS, "
            "with Z behind it for UTC: no reload is planned",
            planned->path);
    } else if (*text && !when_next(&planned->when, wall, &at)) {
        log_warning(planned->log, PLANNED_SUBJECT, "%s: that time is over: no reload is planned",
                    planned->path);
        at = 0;
    }
    planned_set(planned, at);
}

/* The time has come: without reload_repeat the file goes. */
static void planned_fire(struct planned *planned, int64_t wall)
{
    int64_t next = 0;

    planned->at = 0;
    log_event(planned->log, LOG_LEVEL_NOTICE, PLANNED_SUBJECT, "the time of %s has come: reload",
              planned->path);
    if (!planned->repeat && unlink(planned->path) != 0 && errno != ENOENT) {
        log_warning(planned->log, PLANNED_SUBJECT, "%s cannot be removed: %s", planned->path,
                    strerror(errno));
    }
    if (planned->repeat && when_next(&planned->when, wall, &next)) {
        planned_set(planned, next);
    }
    planned->due(planned->argument);
}

static void planned_timed(void *argument, int64_t now, int64_t late)
{
    struct planned *planned = argument;
    int64_t wall = clock_wall();
    int64_t wait = PLANNED_LOOK;

    (void)late;
    planned_look(planned, wall);
    if (planned->at && wall >= planned->at) {
        planned_fire(planned, wall);
    }
    if (planned->at && planned->at - wall < wait) {
        wait = planned->at - wall;
    }
    loop_timer_set(planned->timer, now + wait);
}

struct planned *planned_new(struct loop *loop, struct log *log, void (*due)(void *argument),
                            void *argument)
{
    struct planned *planned = memory_new(1, sizeof(*planned));

    planned->log = log;
    planned->due = due;
    planned->argument = argument;
    planned->timer = loop_timer_new(loop, LOOP_PRIORITY_CONTROL, planned_timed, planned);
    return planned;
}

void planned_free(struct planned *planned)
{
    if (!planned) {
        return;
    }
    loop_timer_free(planned->timer);
    free(planned->path);
    free(planned);
}

void planned_configure(struct planned *planned, const char *path, bool repeat)
{
    bool same = path && planned->path && strcmp(path, planned->path) == 0;

    planned->repeat = repeat;
    if (same || (!path && !planned->path)) {
        return;
    }
    free(planned->path);
    planned->path = path ? memory_text(path) : NULL;
    planned->text[0] = '\0';
    planned->at = 0;
    loop_timer_set(planned->timer, path ? clock_now() : CLOCK_NEVER);
}

int64_t planned_at(const struct planned *planned)
{
    return planned->at;
}
