/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "base/helper.h"
#include "base/helper_codec.h"
#include "base/loop.h"
#include "base/runner.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MS CLOCK_MILLISECOND
#define S  CLOCK_SECOND

enum { NOBODY = 65534 };

/* The state of each test. */
struct stage {
    struct loop *loop;
    struct runner *runner;
    pid_t helper;
    unsigned lost;  /* calls */
    unsigned ended; /* calls */
    struct runner_result result;
    char directory[32]; /* to write into, for anybody */
};

static void stage_lost(void *argument)
{
    struct stage *stage = argument;

    stage->lost++;
    loop_stop(stage->loop);
}

/* With a helper of its own, which has our environment as it is now. */
static void stage_set_runner(struct stage *stage)
{
    int error = 0;
    struct helper *helper = helper_start(&error);

    runner_free(stage->runner);
    assert_non_null(helper);
    stage->helper = helper_pid(helper);
    stage->runner = runner_new(stage->loop, helper);
    runner_on_lost(stage->runner, stage_lost, stage);
}

static int stage_begin(void **state)
{
    static struct stage stage;

    memset(&stage, 0, sizeof(stage));
    stage.loop = loop_new();
    stage_set_runner(&stage);
    memcpy(stage.directory, "/tmp/runner-XXXXXX", sizeof("/tmp/runner-XXXXXX"));
    *state = &stage;
    return mkdtemp(stage.directory) && chmod(stage.directory, 0777) == 0 ? 0 : -1;
}

static void stage_remove(const struct stage *stage, const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "%s/%s", stage->directory, name);
    (void)unlink(path);
}

static int stage_end(void **state)
{
    const struct stage *stage = *state;

    runner_free(stage->runner);
    loop_free(stage->loop);
    stage_remove(stage, "pid");
    return rmdir(stage->directory);
}

static void stage_ended(void *argument, const struct runner_result *result)
{
    struct stage *stage = argument;

    stage->ended++;
    stage->result = *result;
    loop_stop(stage->loop);
}

static struct runner_job *stage_start(struct stage *stage, const struct runner_request *request)
{
    int error = 0;
    struct runner_job *job = runner_start(stage->runner, request, stage_ended, stage, &error);

    assert_fact(job != NULL, "cannot be started: %s", strerror(-error));
    return job;
}

/* Runs a shell's program to its end. */
static const struct runner_result *stage_run(struct stage *stage, const char *program,
                                             int64_t timeout)
{
    const char *const argv[] = {"/bin/sh", "-c", program, "runner", stage->directory, NULL};
    const struct runner_request request = {
        .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID, .timeout = timeout};

    (void)stage_start(stage, &request);
    assert_int_equal(loop_run(stage->loop), 0);
    return &stage->result;
}

static void stop_loop(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    loop_stop(argument);
}

/* Serves the loop until no program runs, but for 10 s at the most. */
static void stage_drain(struct stage *stage)
{
    struct loop_timer *timer =
        loop_timer_new(stage->loop, LOOP_PRIORITY_NORMAL, stop_loop, stage->loop);
    int64_t limit = clock_now() + 10 * S;

    while (runner_jobs(stage->runner) && clock_now() < limit) {
        loop_timer_set(timer, clock_now() + 5 * MS);
        assert_int_equal(loop_run(stage->loop), 0);
    }
    loop_timer_free(timer);
    assert_int_equal(runner_jobs(stage->runner), 0);
}

/* Waits for a process to be gone: one that is not our child anybody may have to reap first. */
static bool is_gone(pid_t pid)
{
    int64_t limit = clock_now() + 10 * S;
    char path[64];
    char status[512];

    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    while (clock_now() < limit) {
        FILE *file = fopen(path, "re");
        const char *behind_name;

        if (!file) {
            return true;
        }
        behind_name = fgets(status, sizeof(status), file) ? strrchr(status, ')') : NULL;
        (void)fclose(file);
        if (!behind_name || behind_name[2] == 'Z') {
            return true;
        }
        (void)usleep(1000);
    }
    return false;
}

/* The number that a program has written to the file "pid"; waits for it. */
static pid_t stage_pid(const struct stage *stage)
{
    int64_t limit = clock_now() + 10 * S;
    char path[64];
    pid_t pid = 0;

    (void)snprintf(path, sizeof(path), "%s/pid", stage->directory);
    while (clock_now() < limit) {
        FILE *file = fopen(path, "re");
        char line[32] = "";

        if (file && fgets(line, sizeof(line), file) && strchr(line, '\n')) {
            pid = (pid_t)strtol(line, NULL, 10);
        }
        if (file) {
            (void)fclose(file);
        }
        if (pid) {
            return pid;
        }
        (void)usleep(1000);
    }
    fail_msg("no program has told its number");
    return 0;
}

/* ---- How programs end -------------------------------------------------------------------------- */

static void test_how_a_program_ended_is_told_once(void **state)
{
    static const struct {
        const char *program;
        enum runner_end end;
        int status;
    } rows[] = {
        {"exit 0", RUNNER_EXITED, 0},
        {"exit 3", RUNNER_EXITED, 3},
        {"exit 255", RUNNER_EXITED, 255},
        {"kill -KILL $$", RUNNER_SIGNALLED, SIGKILL},
        {"kill -TERM $$", RUNNER_SIGNALLED, SIGTERM},
    };
    struct stage *stage = *state;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct runner_result *result = stage_run(stage, rows[i].program, 0);

        assert_int_equal(stage->ended, i + 1);
        assert_fact(result->end == rows[i].end && result->status == rows[i].status,
                    "%s: end %d, status %d", rows[i].program, (int)result->end, result->status);
        assert_true(result->duration > 0 && result->duration < 10 * S);
        assert_int_equal(runner_jobs(stage->runner), 0);
    }
}

static void test_what_cannot_be_run_ends_as_a_shell_says_it(void **state)
{
    static const struct {
        const char *path;
        int status;
        int error;
    } rows[] = {
        {"/nowhere/program", 127, ENOENT}, {"/etc/passwd", 126, EACCES}, {"/", 126, EACCES}};
    struct stage *stage = *state;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const char *const argv[] = {rows[i].path, NULL};
        const struct runner_request request = {
            .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID};

        (void)stage_start(stage, &request);
        assert_int_equal(loop_run(stage->loop), 0);
        assert_fact(stage->result.end == RUNNER_EXITED && stage->result.status == rows[i].status,
                    "%s: status %d", rows[i].path, stage->result.status);
        assert_int_equal(stage->result.error, rows[i].error);
    }
}

static void test_a_program_may_end_with_the_status_of_one_that_cannot_be_run(void **state)
{
    static const char *const argv[] = {"/bin/sh", "-c", "exit 127", NULL};
    const struct runner_request request = {
        .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID};
    struct stage *stage = *state;

    (void)stage_start(stage, &request);
    assert_int_equal(loop_run(stage->loop), 0);
    assert_int_equal(stage->result.end, RUNNER_EXITED);
    assert_int_equal(stage->result.status, 127);
    assert_int_equal(stage->result.error, 0);
}

static void test_a_program_that_is_stopped_is_told_of(void **state)
{
    static const char *const argv[] = {"/bin/sleep", "1000", NULL};
    const struct runner_request request = {
        .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID};
    struct stage *stage = *state;

    runner_stop(stage_start(stage, &request));
    assert_int_equal(loop_run(stage->loop), 0);
    assert_int_equal(stage->result.end, RUNNER_SIGNALLED);
    assert_int_equal(stage->result.status, SIGTERM);
}

static void test_programs_run_at_the_same_time(void **state)
{
    enum { PROGRAMS = 20 };
    static const char *const argv[] = {"/bin/true", NULL};
    const struct runner_request request = {
        .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID};
    struct stage *stage = *state;

    for (unsigned i = 0; i < PROGRAMS; i++) {
        (void)stage_start(stage, &request);
    }
    assert_int_equal(runner_jobs(stage->runner), PROGRAMS);
    stage_drain(stage);
    assert_int_equal(stage->ended, PROGRAMS);
}

/* ---- What they find ---------------------------------------------------------------------------- */

static void test_a_program_finds_a_clean_house(void **state)
{
    static const char *const programs[] = {
        "for fd in 0 1 2; do [ \"$(readlink /proc/$$/fd/$fd)\" = /dev/null ] || exit 1; done",
        "[ -z \"$LD_LIBRARY_PATH$NOTIFY_SOCKET\" ]",
        "[ \"$KEPT\" = kept ]",
        "read -r line </proc/$$/stat; set -- ${line##*)}; [ \"$3\" = $$ ]", /* its own group */
        "exec grep -q '^SigBlk:[[:space:]]*0*$' /proc/self/status",
        /* but for 32 and 33, glibc's own, which its posix_spawn(3) leaves ignored (make's did) */
        "exec grep -q '^SigIgn:[[:space:]]*0*\\(180000000\\)\\{0,1\\}$' /proc/self/status",
    };
    struct stage *stage = *state;
    sigset_t some;
    sigset_t before;
    void (*pipe_before)(int) = signal(SIGPIPE, SIG_IGN);

    (void)sigemptyset(&some);
    (void)sigaddset(&some, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &some, &before);
    assert_int_equal(setenv("NOTIFY_SOCKET", "/nowhere", 1), 0);
    assert_int_equal(setenv("LD_LIBRARY_PATH", "/nowhere", 1), 0);
    assert_int_equal(setenv("KEPT", "kept", 1), 0);
    stage_set_runner(stage);
    for (size_t i = 0; i < UNIT_COUNT(programs); i++) {
        const struct runner_result *result = stage_run(stage, programs[i], 0);

        assert_fact(result->end == RUNNER_EXITED && result->status == 0, "%s: %d", programs[i],
                    result->status);
    }
    (void)unsetenv("NOTIFY_SOCKET");
    (void)unsetenv("LD_LIBRARY_PATH");
    (void)unsetenv("KEPT");
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)signal(SIGPIPE, pipe_before);
}

/* Runs a program by a helper that was forked with some of descriptors 0, 1 and 2 closed, a bit each. */
static void run_with_closed(struct stage *stage, unsigned closed) __attribute__((noreturn));
static void run_with_closed(struct stage *stage, unsigned closed)
{
    static const char *const argv[] = {
        "/bin/sh", "-c",
        "for fd in 0 1 2; do [ \"$(readlink /proc/$$/fd/$fd)\" = /dev/null ] || exit 1; done",
        NULL};
    const struct runner_request request = {
        .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID};
    struct helper *helper;
    int error;

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (closed & 1U << fd) {
            (void)close(fd);
        }
    }
    helper = helper_start(&error);
    stage->loop = loop_new();
    stage->runner = runner_new(stage->loop, helper);
    (void)runner_start(stage->runner, &request, stage_ended, stage, &error);
    (void)loop_run(stage->loop);
    runner_free(stage->runner);
    _exit(stage->result.end == RUNNER_EXITED ? stage->result.status : EXIT_FAILURE);
}

static void test_a_daemon_without_standard_descriptors_gives_them_to_programs(void **state)
{
    for (unsigned closed = 1; closed < 8; closed++) {
        int status = -1;
        pid_t pid = fork();

        if (pid == 0) {
            run_with_closed(*state, closed);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_fact(status == 0, "closed %u: %d", closed, status);
    }
}

static void test_a_program_gets_its_arguments_and_environment(void **state)
{
    static const char *const argv[] = {
        "/bin/sh", "-c",  "[ \"$1|$2|$#\" = 'a b||2' ] && [ \"$STATE\" = 'MASTER now' ]",
        "sh",      "a b", "",
        NULL};
    static const char *const environment[] = {"STATE=MASTER now", "OTHER=1", NULL};
    const struct runner_request request = {
        .argv = argv, .environment = environment, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID};
    struct stage *stage = *state;

    (void)stage_start(stage, &request);
    assert_int_equal(loop_run(stage->loop), 0);
    assert_int_equal(stage->result.end, RUNNER_EXITED);
    assert_int_equal(stage->result.status, 0);
    assert_null(getenv("STATE"));
}

static void test_a_program_runs_as_the_user_asked_for_or_not_at_all(void **state)
{
    static const char *const argv[] = {
        "/bin/sh", "-c", "[ \"$(id -u) $(id -g) $(id -G)\" = '65534 65534 65534' ]", NULL};
    const struct runner_request request = {.argv = argv, .uid = NOBODY, .gid = NOBODY};
    struct stage *stage = *state;

    (void)stage_start(stage, &request);
    assert_int_equal(loop_run(stage->loop), 0);
    assert_int_equal(stage->result.end, RUNNER_EXITED);
    assert_int_equal(stage->result.status, geteuid() == 0 ? 0 : 126);
}

/* ---- How they are ended ------------------------------------------------------------------------ */

static void test_a_program_that_takes_too_long_is_stopped(void **state)
{
    struct stage *stage = *state;
    const struct runner_result *result = stage_run(stage, "exec sleep 1000", 50 * MS);

    assert_int_equal(result->end, RUNNER_TIMED_OUT);
    assert_int_equal(result->status, SIGTERM);
    assert_true(result->duration >= 50 * MS && result->duration < 1900 * MS);
}

static void test_a_program_that_ends_on_sigterm_itself_has_timed_out_all_the_same(void **state)
{
    struct stage *stage = *state;
    const struct runner_result *result =
        stage_run(stage, "trap 'exit 7' TERM; while :; do sleep 0.02; done", 100 * MS);

    assert_int_equal(result->end, RUNNER_TIMED_OUT);
    assert_true(result->status == 7 || result->status == SIGTERM); /* before the trap was set */
}

static void test_a_program_that_ignores_sigterm_is_killed_with_its_children(void **state)
{
    struct stage *stage = *state;
    const struct runner_result *result = stage_run(
        stage, "trap '' TERM; sleep 1000 & echo $! >\"$1/pid\"; while :; do sleep 1000; done",
        300 * MS);

    assert_int_equal(result->end, RUNNER_TIMED_OUT);
    assert_int_equal(result->status, SIGKILL);
    assert_true(result->duration >= 2300 * MS && result->duration < 10 * S);
    assert_true(is_gone(stage_pid(stage)));
}

static void test_nobody_hears_of_an_abandoned_program(void **state)
{
    const char *const argv[] = {"/bin/sleep", "1000", NULL};
    const struct runner_request request = {
        .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID};
    struct stage *stage = *state;
    struct runner_job *job = stage_start(stage, &request);

    runner_abandon(job);
    runner_abandon(job); /* says no more than the first time */
    assert_int_equal(runner_jobs(stage->runner), 1);
    stage_drain(stage);
    assert_int_equal(stage->ended, 0);
}

static void test_freeing_the_runner_kills_what_runs_and_calls_nobody(void **state)
{
    struct stage *stage = *state;
    const char *const argv[] = {
        "/bin/sh",        "-c", "trap '' TERM; echo $$ >\"$1/pid\"; sleep 1000", "sh",
        stage->directory, NULL};
    const struct runner_request request = {
        .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID};
    pid_t pid;

    (void)stage_start(stage, &request);
    pid = stage_pid(stage);
    runner_free(stage->runner);
    stage->runner = NULL;
    assert_true(is_gone(pid));
    assert_int_equal(stage->ended, 0);
    runner_free(NULL);
}

/* ---- What can go wrong with the helper --------------------------------------------------------- */

static void test_many_large_requests_wait_for_room_and_all_of_them_run(void **state)
{
    enum { PROGRAMS = 200, SIZE = 60000 };
    struct stage *stage = *state;
    char *large = malloc(SIZE + 1);
    const char *const argv[] = {"/bin/sh", "-c", "[ ${#1} = 60000 ] && exit 9", "sh", large, NULL};
    const struct runner_request request = {
        .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID};

    assert_non_null(large);
    memset(large, 'x', SIZE);
    large[SIZE] = '\0';
    for (unsigned i = 0; i < PROGRAMS; i++) {
        (void)stage_start(stage, &request); /* 12 MB, which no socket holds */
    }
    free(large);
    stage_drain(stage);
    assert_int_equal(stage->ended, PROGRAMS);
    assert_int_equal(stage->result.status, 9);
}

static void test_a_request_that_is_too_large_is_refused(void **state)
{
    enum { SIZE = 70000 };
    struct stage *stage = *state;
    char *large = malloc(SIZE + 1);
    const char *const argv[] = {"/bin/true", large, NULL};
    const struct runner_request request = {
        .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID};
    int error = 0;

    assert_non_null(large);
    memset(large, 'x', SIZE);
    large[SIZE] = '\0';
    assert_null(runner_start(stage->runner, &request, stage_ended, stage, &error));
    assert_int_equal(error, -E2BIG);
    assert_non_null(strstr(runner_error_text(error), "64 KiB"));
    free(large);
}

static void test_the_helper_s_death_is_told_and_what_it_ran_is_lost(void **state)
{
    struct stage *stage = *state;
    const char *const argv[] = {
        "/bin/sh", "-c", "echo $$ >\"$1/pid\"; exec sleep 1000", "sh", stage->directory, NULL};
    const struct runner_request request = {
        .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID, .timeout = 100 * S};
    int error = 0;
    pid_t pid;

    assert_true(runner_is_alive(stage->runner));
    (void)stage_start(stage, &request);
    pid = stage_pid(stage);
    assert_int_equal(kill(stage->helper, SIGKILL), 0);
    while (!stage->lost) {
        assert_int_equal(loop_run(stage->loop), 0);
    }
    assert_false(runner_is_alive(stage->runner));
    assert_int_equal(stage->ended, 1);
    assert_int_equal(stage->result.end, RUNNER_LOST);
    assert_int_equal(runner_jobs(stage->runner), 0);
    assert_true(is_gone(pid)); /* by its parent-death signal */
    assert_null(runner_start(stage->runner, &request, stage_ended, stage, &error));
    assert_int_equal(error, -EPIPE);
    assert_int_equal(stage->lost, 1);
}

/* A daemon with a program that heeds no SIGTERM. @return its process id */
static pid_t stage_fork_daemon(const struct stage *stage, pid_t *helper_there)
{
    const char *const argv[] = {"/bin/sh",
                                "-c",
                                "trap '' TERM; echo $$ >\"$1/pid\"; while :; do sleep 1; done",
                                "sh",
                                stage->directory,
                                NULL};
    const struct runner_request request = {
        .argv = argv, .uid = RUNNER_KEEP_ID, .gid = RUNNER_KEEP_ID};
    int ends[2];
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        int error;
        struct helper *helper = helper_start(&error);
        struct loop *loop = loop_new();
        pid_t number = helper_pid(helper);

        (void)runner_start(runner_new(loop, helper), &request, NULL, NULL, &error);
        (void)!write(ends[1], &number, sizeof(number));
        (void)loop_run(loop);
        _exit(1);
    }
    assert_int_equal(read(ends[0], helper_there, sizeof(*helper_there)), sizeof(*helper_there));
    (void)close(ends[0]);
    (void)close(ends[1]);
    return pid;
}

/* Sends the helper a message with some descriptors of ours. */
static void send_with_descriptors(int socket, const struct helper_message *message, size_t count)
{
    enum { MOST = 3 };
    union {
        char bytes[CMSG_SPACE(MOST * sizeof(int))];
        struct cmsghdr header;
    } control = {.bytes = {0}};
    struct text_buffer text = {0};
    struct iovec part;
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = CMSG_SPACE(count * sizeof(int))};

    assert_true(count <= MOST);
    helper_encode(message, &text);
    part = (struct iovec){.iov_base = text.data, .iov_len = text.length};
    control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(count * sizeof(int)),
                                      .cmsg_level = SOL_SOCKET,
                                      .cmsg_type = SCM_RIGHTS};
    for (size_t i = 0; i < count; i++) {
        memcpy(CMSG_DATA(&control.header) + i * sizeof(int), &socket, sizeof(int));
    }
    assert_true(sendmsg(socket, &header, MSG_NOSIGNAL) >= 0);
    text_release(&text);
}

static size_t open_descriptors(pid_t pid)
{
    char path[64];
    size_t count = 0;
    DIR *directory;

    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    directory = opendir(path);
    assert_non_null(directory);
    while (readdir(directory)) {
        count++;
    }
    (void)closedir(directory);
    return count;
}

static void test_no_descriptor_stays_open_in_the_helper_however_many_come(void **state)
{
    static const struct helper_message messages[] = {
        {.kind = HELPER_SIGNAL, .id = 77, .value = SIGTERM}, /* of a program that there is not */
        {.kind = HELPER_EXITED},                             /* not the daemon's to send */
        {.kind = HELPER_NOTHING},
    };
    struct stage *stage = *state;
    int error = 0;
    struct helper *helper = helper_start(&error);
    size_t before;

    runner_free(stage->runner);
    stage->runner = runner_new(stage->loop, helper);
    (void)stage_run(stage, "exit 0", 0); /* so that it is ready */
    before = open_descriptors(helper_pid(helper));
    for (size_t i = 0; i < UNIT_COUNT(messages); i++) {
        for (size_t count = 1; count <= 3; count++) {
            send_with_descriptors(helper_socket(helper), &messages[i], count);
            assert_int_equal(stage_run(stage, "exit 5", 0)->status, 5); /* it has read that */
            assert_fact(open_descriptors(helper_pid(helper)) == before,
                        "row %zu with %zu descriptors", i, count);
        }
    }
}

static void test_nothing_is_left_of_a_daemon_that_is_killed(void **state)
{
    struct stage *stage = *state;
    pid_t helper = 0;
    pid_t daemon = stage_fork_daemon(stage, &helper);
    pid_t program = stage_pid(stage);

    assert_true(kill(helper, SIGTERM) == 0 && kill(helper, SIGINT) == 0 &&
                kill(helper, SIGHUP) == 0); /* it heeds none of them */
    assert_int_equal(kill(program, 0), 0);
    assert_int_equal(kill(daemon, SIGKILL), 0);
    assert_int_equal(waitpid(daemon, NULL, 0), daemon);
    assert_true(is_gone(program));
    assert_true(is_gone(helper));
}

static void test_a_settled_helper_still_runs_programs_as_others(void **state)
{
    static const char *const argv[] = {
        "/bin/sh", "-c", "[ \"$(id -u) $(id -G) $(umask)\" = '65534 65534 7 9 0027' ]", NULL};
    static const gid_t groups[] = {NOBODY, 7, 9};
    const struct runner_request request = {
        .argv = argv, .uid = NOBODY, .gid = NOBODY, .groups = groups, .group_count = 3};
    struct stage *stage = *state;
    uint64_t kept = ~UINT64_C(0);
    int error = 0;
    struct helper *helper = helper_start(&error);

    runner_free(stage->runner);
    assert_int_equal(helper_settle(helper, &kept), 0);
    assert_true(geteuid() != 0 || kept); /* nobody special keeps nothing */
    stage->runner = runner_new(stage->loop, helper);
    runner_set_umask(stage->runner, 0027);
    (void)stage_start(stage, &request);
    assert_int_equal(loop_run(stage->loop), 0);
    assert_int_equal(stage->result.end, RUNNER_EXITED);
    assert_int_equal(stage->result.status, geteuid() == 0 ? 0 : 126);
}

#define RUNNER_TEST(function) cmocka_unit_test_setup_teardown(function, stage_begin, stage_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNER_TEST(test_how_a_program_ended_is_told_once),
        RUNNER_TEST(test_what_cannot_be_run_ends_as_a_shell_says_it),
        RUNNER_TEST(test_programs_run_at_the_same_time),
        RUNNER_TEST(test_a_program_finds_a_clean_house),
        RUNNER_TEST(test_a_daemon_without_standard_descriptors_gives_them_to_programs),
        RUNNER_TEST(test_a_program_gets_its_arguments_and_environment),
        RUNNER_TEST(test_a_program_runs_as_the_user_asked_for_or_not_at_all),
        RUNNER_TEST(test_a_program_that_takes_too_long_is_stopped),
        RUNNER_TEST(test_a_program_that_ends_on_sigterm_itself_has_timed_out_all_the_same),
        RUNNER_TEST(test_a_program_that_ignores_sigterm_is_killed_with_its_children),
        RUNNER_TEST(test_a_program_may_end_with_the_status_of_one_that_cannot_be_run),
        RUNNER_TEST(test_a_program_that_is_stopped_is_told_of),
        RUNNER_TEST(test_nobody_hears_of_an_abandoned_program),
        RUNNER_TEST(test_freeing_the_runner_kills_what_runs_and_calls_nobody),
        RUNNER_TEST(test_many_large_requests_wait_for_room_and_all_of_them_run),
        RUNNER_TEST(test_a_request_that_is_too_large_is_refused),
        RUNNER_TEST(test_the_helper_s_death_is_told_and_what_it_ran_is_lost),
        RUNNER_TEST(test_no_descriptor_stays_open_in_the_helper_however_many_come),
        RUNNER_TEST(test_nothing_is_left_of_a_daemon_that_is_killed),
        RUNNER_TEST(test_a_settled_helper_still_runs_programs_as_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
