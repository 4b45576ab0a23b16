/* SPDX-License-Identifier: Apache-2.0
 *
 * What the log writes to standard error. Whether syslog gets it too depends on the host.
 */
#include "unit.h"

#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define S CLOCK_SECOND

/* The state of each test: standard error is a file in memory. */
struct desk {
    int stderr_fd; /* the real one */
    int file;
    char text[8192]; /* what desk_read() found */
};

static int desk_begin(void **state)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    (void)unsetenv("JOURNAL_STREAM");
    desk->file = memfd_create("log", MFD_CLOEXEC);
    desk->stderr_fd = dup(STDERR_FILENO);
    (void)dup2(desk->file, STDERR_FILENO);
    *state = desk;
    return 0;
}

static int desk_end(void **state)
{
    struct desk *desk = *state;

    (void)dup2(desk->stderr_fd, STDERR_FILENO);
    (void)close(desk->stderr_fd);
    (void)close(desk->file);
    free(desk);
    return 0;
}

/* All that was written so far. */
static const char *desk_read(struct desk *desk)
{
    ssize_t size = pread(desk->file, desk->text, sizeof(desk->text) - 1, 0);

    assert_true(size >= 0);
    desk->text[size] = '\0';
    return desk->text;
}

static struct log *console_log(enum log_level lowest)
{
    const struct log_options options = {.console = true, .lowest = lowest};

    return log_new(&options);
}

/* As systemd does for a service: standard error is named as the journal's stream. */
static struct log *journal_log(const struct desk *desk, enum log_level lowest)
{
    const struct log_options options = {.lowest = lowest};
    struct stat info;
    char stream[64];

    assert_int_equal(fstat(desk->file, &info), 0);
    (void)snprintf(stream, sizeof(stream), "%" PRIuMAX ":%" PRIuMAX, (uintmax_t)info.st_dev,
                   (uintmax_t)info.st_ino);
    assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
    return log_new(&options);
}

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;

    while ((text = strstr(text, part)) != NULL) {
        count++;
        text += strlen(part);
    }
    return count;
}

/* ---- Where it goes, and how -------------------------------------------------------------------- */

static void test_the_journal_gets_priorities_and_no_times(void **state)
{
    struct desk *desk = *state;
    struct log *log = journal_log(desk, LOG_LEVEL_DEBUG);

    log_error(log, "VI_1", "one");
    log_warning(log, "VI_1", "two");
    log_notice(log, "VI_1", "BACKUP -> MASTER: no advert for %d s", 3);
    log_info(log, NULL, "four");
    log_debug(log, NULL, "five");
    assert_string_equal(desk_read(desk), "<3>VI_1: error: one\n"
                                         "<4>VI_1: warning: two\n"
                                         "<5>VI_1: BACKUP -> MASTER: no advert for 3 s\n"
                                         "<6>four\n"
                                         "<7>debug: five\n");
    log_free(log);
}

static void test_the_console_gets_the_time_and_a_word_for_what_is_wrong(void **state)
{
    static const struct {
        enum log_level level;
        const char *line; /* behind the time */
    } rows[] = {
        {LOG_LEVEL_ERROR, " VI_1: error: a message 3\n"},
        {LOG_LEVEL_WARNING, " VI_1: warning: a message 4\n"},
        {LOG_LEVEL_NOTICE, " VI_1: a message 5\n"},
        {LOG_LEVEL_INFO, " VI_1: a message 6\n"},
        {LOG_LEVEL_DEBUG, " VI_1: debug: a message 7\n"},
    };
    struct desk *desk = *state;
    struct log *log = console_log(LOG_LEVEL_DEBUG);
    size_t at = 0;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const char *line;

        log_message(log, rows[i].level, "VI_1", "a message %d", (int)rows[i].level);
        line = desk_read(desk) + at;
        assert_fact(strlen(line) == strlen("2026-11-23T08:00:00.123Z") + strlen(rows[i].line),
                    "\"%s\"", line);
        assert_true(line[4] == '-' && line[10] == 'T' && line[19] == '.' && line[23] == 'Z');
        assert_string_equal(line + strlen("2026-11-23T08:00:00.123Z"), rows[i].line);
        at = strlen(desk->text);
    }
    log_free(log);
}

static void test_another_stream_of_the_journal_is_not_ours(void **state)
{
    struct desk *desk = *state;
    struct log *log;

    assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0);
    log = console_log(LOG_LEVEL_NOTICE);
    log_notice(log, NULL, "hello");
    assert_fact(*desk_read(desk) != '<' && strstr(desk->text, "Z hello\n"), "\"%s\"", desk->text);
    log_free(log);
}

static void test_what_is_less_important_than_asked_for_is_dropped(void **state)
{
    struct desk *desk = *state;

    for (enum log_level lowest = LOG_LEVEL_ERROR; lowest <= LOG_LEVEL_DEBUG; lowest++) {
        struct log *log = journal_log(desk, lowest);

        assert_int_equal(ftruncate(desk->file, 0), 0);
        (void)lseek(desk->file, 0, SEEK_SET);
        for (enum log_level level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
            assert_true(log_enabled(log, level) == (level <= lowest));
            log_message(log, level, NULL, "level %d", (int)level);
        }
        assert_int_equal(count_of(desk_read(desk), "\n"), lowest - LOG_LEVEL_ERROR + 1);
        log_free(log);
    }
}

static void test_a_message_that_is_too_long_is_cut_and_its_line_ends(void **state)
{
    struct desk *desk = *state;
    struct log *log = journal_log(desk, LOG_LEVEL_NOTICE);
    char subject[600];
    char text[4000];

    memset(subject, 's', sizeof(subject) - 1);
    subject[sizeof(subject) - 1] = '\0';
    memset(text, 't', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_notice(log, subject, "%s", text);
    assert_int_equal(count_of(desk_read(desk), "\n"), 1);
    assert_int_equal(desk->text[strlen(desk->text) - 1], '\n');
    assert_int_equal(count_of(desk->text, "s"), 500);
    assert_true(count_of(desk->text, "t") > 1500);
    log_free(log);
}

static void test_an_event_is_written_each_time_in_the_same_words(void **state)
{
    struct desk *desk = *state;
    struct log *log = journal_log(desk, LOG_LEVEL_NOTICE);

    for (int i = 0; i < 3; i++) {
        log_event(log, LOG_LEVEL_NOTICE, "VI_1", "MASTER -> FAULT: interface eth0 is down");
        log_event(log, LOG_LEVEL_INFO, "VI_1", "dropped");
    }
    assert_int_equal(
        count_of(desk_read(desk), "<5>VI_1: MASTER -> FAULT: interface eth0 is down\n"), 3);
    assert_int_equal(count_of(desk->text, "\n"), 3);
    log_free(log);
    assert_int_equal(count_of(desk_read(desk), "\n"), 3);
}

/* ---- Repetitions ------------------------------------------------------------------------------- */

static void test_a_repetition_is_counted_and_told_when_its_time_is_over(void **state)
{
    struct desk *desk = *state;
    struct log *log = journal_log(desk, LOG_LEVEL_NOTICE);

    for (int i = 0; i < 5; i++) {
        log_warning(log, "eth0", "a second master");
    }
    log_warning(log, "eth1", "a second master");
    assert_string_equal(desk_read(desk),
                        "<4>eth0: warning: a second master\n<4>eth1: warning: a second master\n");
    assert_true(log_pending(log));
    log_flush_repeats(log, clock_now() + 20 * S);
    assert_true(log_pending(log));
    log_flush_repeats(log, clock_now() + 31 * S);
    assert_false(log_pending(log));
    assert_string_equal(desk_read(desk),
                        "<4>eth0: warning: a second master\n"
                        "<4>eth1: warning: a second master\n"
                        "<4>eth0: warning: a second master (4 more in the last 30 s)\n");
    log_free(log);
}

static void test_what_is_withheld_is_told_at_the_end(void **state)
{
    struct desk *desk = *state;
    struct log *log = journal_log(desk, LOG_LEVEL_NOTICE);

    log_error(log, NULL, "no");
    log_error(log, NULL, "no");
    log_free(log);
    assert_int_equal(count_of(desk_read(desk), "<3>error: no (1 more"), 1);
    log_free(NULL);
}

static void test_what_is_not_written_is_not_counted_either(void **state)
{
    struct desk *desk = *state;
    struct log *log = journal_log(desk, LOG_LEVEL_NOTICE);

    log_debug(log, NULL, "detail");
    log_debug(log, NULL, "detail");
    assert_false(log_pending(log));
    log_free(log);
    assert_string_equal(desk_read(desk), "");
}

#define LOG_TEST(function) cmocka_unit_test_setup_teardown(function, desk_begin, desk_end)

static void test_held_lines_are_written_at_the_release_in_their_order(void **state)
{
    struct desk *desk = *state;
    struct log *log = console_log(LOG_LEVEL_INFO);
    const char *text;

    log_hold(log);
    log_event(log, LOG_LEVEL_NOTICE, "VI_1", "BACKUP -> MASTER");
    log_event(log, LOG_LEVEL_NOTICE, "VI_2", "BACKUP -> MASTER");
    assert_string_equal(desk_read(desk), "");
    log_release(log);
    text = desk_read(desk);
    assert_non_null(strstr(text, " VI_1: BACKUP -> MASTER\n"));
    assert_true(strstr(text, "VI_2: BACKUP") > strstr(text, "VI_1: BACKUP"));
    log_event(log, LOG_LEVEL_NOTICE, "VI_3", "at once");
    assert_non_null(strstr(desk_read(desk), "VI_3: at once\n"));
    log_free(log);
}

static void test_more_than_can_be_held_is_not_lost(void **state)
{
    struct desk *desk = *state;
    struct log *log = journal_log(desk, LOG_LEVEL_INFO);
    const unsigned count = 3000;
    struct stat info;

    log_hold(log);
    for (unsigned i = 0; i < count; i++) {
        log_event(log, LOG_LEVEL_NOTICE, "VI_1", "%.10s", "0123456789");
    }
    log_free(log); /* it releases, too */
    assert_int_equal(fstat(desk->file, &info), 0);
    assert_int_equal(info.st_size, count * strlen("<5>VI_1: 0123456789\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(test_the_journal_gets_priorities_and_no_times),
        LOG_TEST(test_the_console_gets_the_time_and_a_word_for_what_is_wrong),
        LOG_TEST(test_another_stream_of_the_journal_is_not_ours),
        LOG_TEST(test_what_is_less_important_than_asked_for_is_dropped),
        LOG_TEST(test_a_message_that_is_too_long_is_cut_and_its_line_ends),
        LOG_TEST(test_an_event_is_written_each_time_in_the_same_words),
        LOG_TEST(test_a_repetition_is_counted_and_told_when_its_time_is_over),
        LOG_TEST(test_what_is_withheld_is_told_at_the_end),
        LOG_TEST(test_what_is_not_written_is_not_counted_either),
        cmocka_unit_test_setup_teardown(test_held_lines_are_written_at_the_release_in_their_order,
                                        desk_begin, desk_end),
        cmocka_unit_test_setup_teardown(test_more_than_can_be_held_is_not_lost, desk_begin,
                                        desk_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
