/* SPDX-License-Identifier: Apache-2.0
 *
 * The tracked files. It is the directories that are watched, since a file may come, go and be
 * replaced; one that is missing is looked for from time to time.
 */
#include "vrrp/file.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utlist.h>

enum {
    FILE_TEXT_SIZE = 64, /* more than any number with its newline */
    FILE_EVENTS_SIZE = 16 * 1024,
};

#define FILE_RETRY (1 * CLOCK_SECOND)

/* It was deleted, which ends its watch, or has another name now. */
#define FILE_DIRECTORY_GONE (IN_IGNORED | IN_MOVE_SELF)

struct tracked_file {
    char *name;
    char *path;
    const char *base; /* the last part of the path */
    int watch;        /* of its directory; -1: that does not exist */
    int64_t value;
    const char *trouble; /* why it counts as 0; NULL: it holds a number */
    struct tracked_file *next;
};

struct file_table {
    struct log *log;
    file_function function;
    void *argument;
    int fd; /* inotify; -errno: there is none */
    struct loop_watch *events;
    struct loop_timer *retry;
    struct tracked_file *files;
    bool started; /* the first configuration has been seen */
};

/* ---- One file ---------------------------------------------------------------------------------- */

/* @return the number, 0 with `trouble` set where there is none */
static int64_t file_read(const char *path, const char **trouble)
{
    char text[FILE_TEXT_SIZE];
    int64_t value = 0;
    ssize_t size = -1;
    /* Nothing of what might lie there (a FIFO, a device) may hold the loop up. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat stat;

    *trouble = fd < 0 ? (errno == ENOENT ? "it does not exist" : strerror(errno)) : NULL;
    if (fd < 0) {
        return 0;
    }
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        *trouble = "it is no regular file";
    } else {
        size = read(fd, text, sizeof(text) - 1);
    }
    (void)close(fd);
    if (size >= 0) {
        text[size] = '\0';
        if (!text_parse_any_base(text, &value)) {
            *trouble = text[strspn(text, " \t\r\n")] ? "it holds no number" : "it is empty";
            value = 0;
        }
    }
    return value;
}

/* @return whether the number is another one */
static bool file_look(struct file_table *table, struct tracked_file *file)
{
    const char *before = file->trouble;
    int64_t value = file_read(file->path, &file->trouble);
    bool changed = value != file->value;

    if (file->trouble && file->trouble != before) {
        log_warning(table->log, file->name, "%s counts as 0: %s", file->path, file->trouble);
    }
    if (changed) {
        log_event(table->log, LOG_LEVEL_INFO, file->name, "%s says %lld", file->path,
                  (long long)value);
    }
    file->value = value;
    return changed;
}

/* @return whether its directory is watched */
static bool file_watch(const struct file_table *table, struct tracked_file *file)
{
    const uint32_t mask =
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR | IN_MOVE_SELF;
    size_t length = (size_t)(file->base - file->path);
    char *directory = memory_text(file->path);

    directory[length > 1 ? length - 1 : length] = '\0'; /* without the '/', unless it is all */
    file->watch = table->fd < 0 ? -1 : inotify_add_watch(table->fd, directory, mask);
    free(directory);
    return file->watch >= 0;
}

static void file_write_first(const struct file_table *table, const struct conf_track_file *conf)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (conf->overwrite ? O_TRUNC : O_EXCL);
    char text[FILE_TEXT_SIZE];
    int length = snprintf(text, sizeof(text), "%lld\n", (long long)conf->init_value);
    int fd = open(conf->path, flags, 0644);

    if (fd < 0) {
        if (errno != EEXIST) {
            log_error(table->log, conf->name, "init_file: %s cannot be written: %s%s", conf->path,
                      strerror(errno),
                      errno == EACCES ? " (holdfastd writes it as root, but passes over no "
                                        "permissions: its directory must be root's)"
                                      : "");
        }
        return;
    }
    if (write(fd, text, (size_t)length) != length) {
        log_warning(table->log, conf->name, "%s cannot be written: %s", conf->path,
                    strerror(errno));
    }
    (void)close(fd);
}

static void file_free(struct tracked_file *file)
{
    free(file->name);
    free(file->path);
    free(file);
}

/* ---- Events ------------------------------------------------------------------------------------ */

static bool file_is_told(const struct tracked_file *file, const struct inotify_event *event)
{
    return event->mask & IN_Q_OVERFLOW || /* anything may have happened */
           (file->watch == event->wd && (event->mask & FILE_DIRECTORY_GONE ||
                                         (event->len && strcmp(event->name, file->base) == 0)));
}

static bool file_on_event(struct file_table *table, const struct inotify_event *event)
{
    struct tracked_file *file;
    bool changed = false;

    LL_FOREACH(table->files, file) {
        if (file_is_told(file, event)) {
            changed |= file_look(table, file);
            if (event->mask & FILE_DIRECTORY_GONE) {
                file->watch = -1;
                loop_timer_set(table->retry, clock_now() + FILE_RETRY);
            }
        }
    }
    return changed;
}

static void file_readable(void *argument)
{
    struct file_table *table = argument;
    union {
        struct inotify_event event; /* for its alignment */
        char bytes[FILE_EVENTS_SIZE];
    } events;
    ssize_t size = read(table->fd, &events, sizeof(events));
    bool changed = false;
    size_t at = 0;

    /* inotify(7): whole events alone, each with `len` bytes of name behind it. */
    while (size > 0 && at + sizeof(struct inotify_event) <= (size_t)size) {
        const struct inotify_event *event = (const void *)(events.bytes + at);

        at += sizeof(*event) + event->len;
        if (at <= (size_t)size) {
            changed |= file_on_event(table, event);
        }
    }
    if (changed) {
        table->function(table->argument);
    }
}

/* Directories that were missing may be there now. */
static void file_retry(void *argument, int64_t now, int64_t late)
{
    struct file_table *table = argument;
    struct tracked_file *file;
    bool missing = false;
    bool changed = false;

    (void)late;
    LL_FOREACH(table->files, file) {
        if (file->watch < 0) {
            missing |= !file_watch(table, file);
            changed |= file_look(table, file);
        }
    }
    if (missing) {
        loop_timer_set(table->retry, now + FILE_RETRY);
    }
    if (changed) {
        table->function(table->argument);
    }
}

/* ---- Table ------------------------------------------------------------------------------------- */

struct file_table *file_table_new(struct loop *loop, struct log *log, file_function function,
                                  void *argument)
{
    struct file_table *table = memory_new(1, sizeof(*table));

    table->log = log;
    table->function = function;
    table->argument = argument;
    table->retry = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, file_retry, table);
    table->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (table->fd < 0) {
        log_error(log, "track_file", "no inotify: %s; files are looked at once a second",
                  strerror(errno));
    } else {
        table->events =
            loop_watch_new(loop, LOOP_PRIORITY_NORMAL, table->fd, false, file_readable, table);
    }
    return table;
}

static void file_free_all(struct tracked_file *files)
{
    while (files) {
        struct tracked_file *next = files->next;

        file_free(files);
        files = next;
    }
}

void file_table_free(struct file_table *table)
{
    if (!table) {
        return;
    }
    file_free_all(table->files);
    loop_watch_free(table->events);
    loop_timer_free(table->retry);
    if (table->fd >= 0) {
        (void)close(table->fd);
    }
    free(table);
}

static struct tracked_file *file_find(const struct file_table *table, const char *name)
{
    struct tracked_file *file = table->files;

    while (file && strcmp(file->name, name) != 0) {
        file = file->next;
    }
    return file;
}

/* Ends the watches of directories that hold none of the files of now. */
static void file_unwatch(const struct file_table *table, const struct tracked_file *before)
{
    for (; before; before = before->next) {
        const struct tracked_file *file = table->files;

        while (file && file->watch != before->watch) {
            file = file->next;
        }
        if (!file && before->watch >= 0) {
            (void)inotify_rm_watch(table->fd, before->watch);
        }
    }
}

void file_configure(struct file_table *table, const struct conf *conf)
{
    struct tracked_file *before = table->files;
    const struct conf_track_file *one;

    table->files = NULL;
    STAILQ_FOREACH(one, &conf->track_files, next) {
        struct tracked_file *file;

        if (one->init && !table->started) {
            file_write_first(table, one);
        }
        if (!one->tracked) {
            continue;
        }
        file = memory_new(1, sizeof(*file));
        file->name = memory_text(one->name);
        file->path = memory_text(one->path);
        file->base = strrchr(file->path, '/') + 1; /* the parser wants a whole path */
        if (!file_watch(table, file)) {
            loop_timer_set(table->retry, clock_now() + FILE_RETRY);
        }
        (void)file_look(table, file);
        LL_APPEND(table->files, file);
    }
    file_unwatch(table, before);
    file_free_all(before);
    table->started = true;
}

int64_t file_value(const struct file_table *table, const char *name)
{
    const struct tracked_file *file = file_find(table, name);

    return file ? file->value : 0;
}

void file_each(const struct file_table *table,
               void (*function)(void *argument, const char *name, int64_t value), void *argument)
{
    const struct tracked_file *file;

    LL_FOREACH(table->files, file) {
        function(argument, file->name, file->value);
    }
}

json_t *file_snapshot(const struct file_table *table)
{
    json_t *list = json_array();
    const struct tracked_file *file;

    LL_FOREACH(table->files, file) {
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:I, s:o}", "name", json_from_text(file->name), "path",
                            json_from_text(file->path), "value", (json_int_t)file->value, "trouble",
                            json_from_text(file->trouble)));
    }
    return list;
}
