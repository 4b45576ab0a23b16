/* SPDX-License-Identifier: Apache-2.0
 *
 * The log's way out: standard error, the journal, syslog. What is a repetition is log_repeat's.
 */
#include "base/log.h"

#include "base/clock.h"
#include "base/log_repeat.h"
#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define LOG_NAME          "holdfastd"
#define LOG_REPEAT_WINDOW (30 * CLOCK_SECOND)

enum {
    LOG_TEXT_SIZE = 2048,
    LOG_NAME_SIZE = 160,       /* two names of at most 64 bytes fit */
    LOG_HELD_SIZE = 64 * 1024, /* bytes that are kept by log_hold() at the most */
    LOG_HELD_FIRST = 4 * 1024, /* enough for one takeover, and no page more than that touches */
};

/* A line that waits; its text follows. */
struct log_held {
    int64_t at; /* clock_wall() */
    enum log_level level;
    uint32_t size; /* of the text, with its end */
};

struct log {
    enum log_level lowest;
    bool to_journal; /* standard error, with priority prefixes */
    bool to_console; /* standard error, with times */
    bool to_syslog;
    struct log_repeat repeat;
    bool holds;
    uint8_t *held; /* NULL until it is needed */
    size_t held_size;
    size_t held_room;
    char name[LOG_NAME_SIZE]; /* in syslog, which keeps the pointer: openlog(3) */
};

/* JOURNAL_STREAM holds the device and inode of the journal's stream: systemd.exec(5). */
static bool log_stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char mine[64];
    struct stat info;

    if (!stream || fstat(STDERR_FILENO, &info) != 0) {
        return false;
    }
    (void)snprintf(mine, sizeof(mine), "%" PRIuMAX ":%" PRIuMAX, (uintmax_t)info.st_dev,
                   (uintmax_t)info.st_ino);
    return strcmp(stream, mine) == 0;
}

struct log *log_new(const struct log_options *options)
{
    struct log *log = memory_new(1, sizeof(*log));

    log->lowest = options->lowest;
    log->to_journal = log_stderr_is_journal();
    log->to_syslog = !log->to_journal && access("/dev/log", W_OK) == 0;
    log->to_console =
        !log->to_journal && (options->console || !log->to_syslog || isatty(STDERR_FILENO));
    (void)text_copy(log->name, sizeof(log->name), LOG_NAME);
    if (log->to_syslog) {
        openlog(log->name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
    }
    return log;
}

/* A line as standard error gets it. */
static void log_add_line(const struct log *log, enum log_level level, int64_t at, const char *text,
                         struct text_buffer *lines)
{
    if (log->to_journal) {
        text_appendf(lines, "<%d>%s\n", (int)level, text);
    }
    if (log->to_console) {
        char when[CLOCK_TEXT_SIZE];

        text_appendf(lines, "%s %s\n", clock_wall_text(when, at), text);
    }
}

/* In one piece: each write may wake the reader. */
static void log_put_lines(struct text_buffer *lines)
{
    if (lines->length) {
        (void)fwrite(lines->data, 1, lines->length, stderr);
    }
    text_release(lines);
}

static void log_put_held(struct log *log)
{
    struct text_buffer lines = {0};

    for (size_t at = 0; at < log->held_size;) {
        struct log_held line;
        const char *text = (const char *)log->held + at + sizeof(line);

        memcpy(&line, log->held + at, sizeof(line));
        log_add_line(log, line.level, line.at, text, &lines);
        if (log->to_syslog) {
            syslog((int)line.level, "%s", text);
        }
        at += sizeof(line) + line.size;
    }
    log->held_size = 0;
    log_put_lines(&lines);
}

static void log_keep(struct log *log, enum log_level level, const char *text)
{
    const struct log_held line = {
        .at = clock_wall(), .level = level, .size = (uint32_t)strlen(text) + 1};

    if (log->held_size + sizeof(line) + line.size > LOG_HELD_SIZE) {
        log_put_held(log);
    }
    while (log->held_size + sizeof(line) + line.size > log->held_room) {
        log->held_room = log->held_room ? 2 * log->held_room : LOG_HELD_FIRST;
        log->held = memory_resize(log->held, log->held_room, 1);
    }
    memcpy(log->held + log->held_size, &line, sizeof(line));
    memcpy(log->held + log->held_size + sizeof(line), text, line.size);
    log->held_size += sizeof(line) + line.size;
}

static void log_write(struct log *log, enum log_level level, const char *text)
{
    struct text_buffer lines = {0};

    if (log->holds) {
        log_keep(log, level, text);
        return;
    }
    log_add_line(log, level, clock_wall(), text, &lines);
    log_put_lines(&lines);
    if (log->to_syslog) {
        syslog((int)level, "%s", text);
    }
}

void log_hold(struct log *log)
{
    log->holds = true;
}

void log_release(struct log *log)
{
    log_put_held(log);
    free(log->held); /* what happens once in a long while needs no memory for ever */
    log->held = NULL;
    log->held_room = 0;
    log->holds = false;
}

/* What was withheld is told for every message whose window ended before `now`. */
static void log_tell_repeats(struct log *log, int64_t window, int64_t now)
{
    struct log_repeat_slot slot;

    while (log_repeat_due(&log->repeat, window, now, &slot)) {
        char text[LOG_REPEAT_TEXT_SIZE + 64];

        (void)snprintf(text, sizeof(text), "%s (%" PRIu64 " more in the last %d s)", slot.text,
                       slot.withheld, (int)(LOG_REPEAT_WINDOW / CLOCK_SECOND));
        log_write(log, (enum log_level)slot.level, text);
    }
}

void log_set_name(struct log *log, const char *network_namespace, const char *instance)
{
    (void)snprintf(log->name, sizeof(log->name), LOG_NAME "%s%s%s%s", network_namespace ? "_" : "",
                   network_namespace ? network_namespace : "", instance ? "_" : "",
                   instance ? instance : "");
    if (log->to_syslog) {
        closelog();
        openlog(log->name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
    }
}

void log_free(struct log *log)
{
    if (!log) {
        return;
    }
    log_release(log);
    log_tell_repeats(log, 0, clock_now());
    if (log->to_syslog) {
        closelog();
    }
    free(log);
}

void log_set_lowest(struct log *log, enum log_level lowest)
{
    log->lowest = lowest;
}

bool log_enabled(const struct log *log, enum log_level level)
{
    return level <= log->lowest;
}

/* The whole line, cut where it is too long. */
static void log_compose(char text[LOG_TEXT_SIZE], enum log_level level, const char *subject,
                        const char *format, va_list arguments)
{
    static const char *const words[] = {[LOG_LEVEL_ERROR] = "error: ",
                                        [LOG_LEVEL_WARNING] = "warning: ",
                                        [LOG_LEVEL_NOTICE] = "",
                                        [LOG_LEVEL_INFO] = "",
                                        [LOG_LEVEL_DEBUG] = "debug: "};
    int length = snprintf(text, LOG_TEXT_SIZE, "%.500s%s%s", subject ? subject : "",
                          subject ? ": " : "", words[level]);

    (void)vsnprintf(text + length, LOG_TEXT_SIZE - (size_t)length, format, arguments);
}

void log_message(struct log *log, enum log_level level, const char *subject, const char *format,
                 ...)
{
    char text[LOG_TEXT_SIZE];
    va_list arguments;

    if (!log_enabled(log, level)) {
        return;
    }
    va_start(arguments, format);
    log_compose(text, level, subject, format, arguments);
    va_end(arguments);
    if (log_repeat_admit(&log->repeat, text, (int)level, LOG_REPEAT_WINDOW, clock_now())) {
        log_write(log, level, text);
    }
}

void log_event(struct log *log, enum log_level level, const char *subject, const char *format, ...)
{
    char text[LOG_TEXT_SIZE];
    va_list arguments;

    if (!log_enabled(log, level)) {
        return;
    }
    va_start(arguments, format);
    log_compose(text, level, subject, format, arguments);
    va_end(arguments);
    log_write(log, level, text);
}

void log_flush_repeats(struct log *log, int64_t now)
{
    log_tell_repeats(log, LOG_REPEAT_WINDOW, now);
}

bool log_pending(const struct log *log)
{
    return log_repeat_pending(&log->repeat);
}
