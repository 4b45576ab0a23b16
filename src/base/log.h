/* SPDX-License-Identifier: Apache-2.0
 *
 * The log: subject first, then what, then why, such as
 *     VI_1: BACKUP -> MASTER: no advert for 3.61 s (limit 3.61 s)
 * Transitions are logged, each of them (log_event()), never a line per check or packet; any other
 * message that comes again within 30 s is counted and told once at the end of that time.
 *
 * Where it goes: standard error when that is systemd's journal (with the priority prefix of
 * sd-daemon(3)); otherwise syslog where /dev/log exists, and standard error too when that is a
 * terminal, when there is no syslog, or when the console was asked for.
 */
#ifndef HOLDFAST_BASE_LOG_H
#define HOLDFAST_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* As in syslog(3) and sd-daemon(3). */
enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_NOTICE = 5,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7,
};

struct log;

struct log_options {
    bool console;          /* write to standard error whatever else there is */
    enum log_level lowest; /* what is less important than this is dropped */
};

/** Opens the log. The caller frees it with log_free(). Never NULL. */
struct log *log_new(const struct log_options *options);

/** Tells what is still withheld, then closes the log. NULL is allowed. */
void log_free(struct log *log);

/**
 * What tells this daemon from others on the host: in syslog it is holdfastd_NAMESPACE_INSTANCE.
 * @param instance  as `network_namespace` NULL where there is none
 */
void log_set_name(struct log *log, const char *network_namespace, const char *instance);

/** Another level than that of the options. @param lowest  what is less important is dropped from now on */
void log_set_lowest(struct log *log, enum log_level lowest);

/** Whether messages of this level are written; to save work on messages that are not. */
bool log_enabled(const struct log *log, enum log_level level);

/**
 * Writes one message.
 * @param subject  what it is about: an instance, a service, a file; NULL for the daemon itself
 * @param format   as printf(3), without a newline at its end
 */
void log_message(struct log *log, enum log_level level, const char *subject, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));

/**
 * Like log_message(), for what happens rather than lasts, such as a change of state: the same words
 * again tell of another event, and are written each time.
 */
void log_event(struct log *log, enum log_level level, const char *subject, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/**
 * Keeps lines, with the times at which they were written, until log_release(): what happens a hundredfold
 * in one turn of the loop must not wait for whoever reads the log. More than fit are written as they
 * come. Held already: nothing changes.
 */
void log_hold(struct log *log);

/** Writes what was kept. */
void log_release(struct log *log);

/**
 * Tells what was withheld and is due. To be called about once a second while log_pending().
 * @param now  as clock_now()
 */
void log_flush_repeats(struct log *log, int64_t now);

/** Whether a message is being withheld. */
bool log_pending(const struct log *log);

#define log_error(log, subject, ...)   log_message(log, LOG_LEVEL_ERROR, subject, __VA_ARGS__)
#define log_warning(log, subject, ...) log_message(log, LOG_LEVEL_WARNING, subject, __VA_ARGS__)
#define log_notice(log, subject, ...)  log_message(log, LOG_LEVEL_NOTICE, subject, __VA_ARGS__)
#define log_info(log, subject, ...)    log_message(log, LOG_LEVEL_INFO, subject, __VA_ARGS__)
#define log_debug(log, subject, ...)   log_message(log, LOG_LEVEL_DEBUG, subject, __VA_ARGS__)

#endif
