/* SPDX-License-Identifier: Apache-2.0
 *
 * The script runner: fork, exec, and a pidfd in the loop for the end.
 */
#include "base/runner.h"

#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utlist.h>

#define RUNNER_KILL_DELAY (2 * CLOCK_SECOND)

enum {
    RUNNER_NOT_EXECUTABLE = 126, /* as a shell says it */
    RUNNER_NOT_FOUND = 127,
};

struct runner {
    struct loop *loop;
    struct runner_job *jobs;
    unsigned count;
    void (*idle)(void *argument);
    void *idle_argument;
};

struct runner_job {
    struct runner *runner;
    pid_t pid;
    int pidfd;
    struct loop_watch *watch;
    struct loop_timer *limit;
    runner_done_function done;
    void *argument;
    int64_t started;
    bool stopping;  /* SIGTERM was sent */
    bool timed_out; /* because of the limit */
    struct runner_job *prev;
    struct runner_job *next;
};

struct runner *runner_new(struct loop *loop)
{
    struct runner *runner = memory_new(1, sizeof(*runner));

    runner->loop = loop;
    return runner;
}

unsigned runner_jobs(const struct runner *runner)
{
    return runner->count;
}

static void runner_job_free(struct runner_job *job)
{
    DL_DELETE(job->runner->jobs, job);
    job->runner->count--;
    loop_watch_free(job->watch);
    loop_timer_free(job->limit);
    (void)close(job->pidfd);
    free(job);
}

void runner_free(struct runner *runner)
{
    if (!runner) {
        return;
    }
    while (runner->jobs) {
        struct runner_job *job = runner->jobs;

        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): freeing one takes it out of the list */
        (void)kill(-job->pid, SIGKILL);
        (void)waitpid(job->pid, NULL, WNOHANG); /* what is slower to die is init's to reap */
        runner_job_free(job);
    }
    free(runner);
}

static void runner_job_stop(struct runner_job *job, int64_t now)
{
    (void)kill(-job->pid, job->stopping ? SIGKILL : SIGTERM);
    job->stopping = true;
    loop_timer_set(job->limit, now + RUNNER_KILL_DELAY);
}

static void runner_job_limit(void *argument, int64_t now, int64_t late)
{
    struct runner_job *job = argument;

    (void)late;
    job->timed_out = true;
    runner_job_stop(job, now);
}

void runner_abandon(struct runner_job *job)
{
    job->done = NULL;
    if (!job->stopping) {
        runner_job_stop(job, clock_now());
    }
}

static void runner_job_ended(void *argument)
{
    struct runner_job *job = argument;
    struct runner *runner = job->runner;
    runner_done_function done = job->done;
    void *done_argument = job->argument;
    struct runner_result result = {.duration = clock_now() - job->started};
    siginfo_t info = {0};

    if (waitid((idtype_t)P_PIDFD, (id_t)job->pidfd, &info, WEXITED | WNOHANG) != 0 ||
        info.si_pid == 0) {
        return;
    }
    result.status = info.si_status;
    result.end = info.si_code == CLD_EXITED ? RUNNER_EXITED : RUNNER_SIGNALLED;
    if (job->timed_out) {
        result.end = RUNNER_TIMED_OUT;
    }
    runner_job_free(job);
    if (done) {
        done(done_argument, &result);
    }
    if (!runner->jobs && runner->idle) {
        runner->idle(runner->idle_argument);
    }
}

void runner_on_idle(struct runner *runner, void (*idle)(void *argument), void *argument)
{
    runner->idle = idle;
    runner->idle_argument = argument;
}

static void runner_child_signals(void)
{
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int number = 1; number < NSIG; number++) {
        (void)sigaction(number, &standard, NULL);
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool runner_child_identity(const struct runner_request *request)
{
    if (request->gid != (gid_t)RUNNER_KEEP_ID &&
        (setgroups(1, &request->gid) != 0 || setgid(request->gid) != 0)) {
        return false;
    }
    return request->uid == RUNNER_KEEP_ID || setuid(request->uid) == 0;
}

/* The child between fork and exec: touches nothing that the parent shares with the kernel. */
static void runner_child(const struct runner_request *request) __attribute__((noreturn));
static void runner_child(const struct runner_request *request)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    runner_child_signals();
    (void)setpgid(0, 0);
    for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++) {
        (void)dup2(null, fd);
    }
    (void)unsetenv("IFS");
    (void)unsetenv("LD_PRELOAD");
    (void)unsetenv("LD_LIBRARY_PATH");
    (void)unsetenv("NOTIFY_SOCKET"); /* what systemd hears is the daemon's word alone */
    for (const char *const *entry = request->environment; entry && *entry; entry++) {
        (void)putenv((char *)*entry);
    }
    if (!runner_child_identity(request)) {
        _exit(RUNNER_NOT_EXECUTABLE);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* after setuid(2), which clears it */
    (void)execv(request->argv[0], (char *const *)request->argv);
    _exit(errno == ENOENT ? RUNNER_NOT_FOUND : RUNNER_NOT_EXECUTABLE);
}

struct runner_job *runner_start(struct runner *runner, const struct runner_request *request,
                                runner_done_function done, void *argument, int *error)
{
    struct runner_job *job;
    pid_t pid = fork();
    int pidfd;

    if (pid < 0) {
        *error = -errno;
        return NULL;
    }
    if (pid == 0) {
        runner_child(request);
    }
    (void)setpgid(pid, pid); /* here as well, so that kill(-pid) works at once */
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) {
        *error = -errno;
        (void)kill(-pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        return NULL;
    }
    job = memory_new(1, sizeof(*job));
    job->runner = runner;
    job->pid = pid;
    job->pidfd = pidfd;
    job->done = done;
    job->argument = argument;
    job->started = clock_now();
    job->watch =
        loop_watch_new(runner->loop, LOOP_PRIORITY_NORMAL, pidfd, false, runner_job_ended, job);
    job->limit = loop_timer_new(runner->loop, LOOP_PRIORITY_NORMAL, runner_job_limit, job);
    if (request->timeout) {
        loop_timer_set(job->limit, job->started + request->timeout);
    }
    DL_APPEND(runner->jobs, job);
    runner->count++;
    return job;
}
