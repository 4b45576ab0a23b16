/* SPDX-License-Identifier: Apache-2.0
 *
 * The helper process: one loop over its socket and its children. It owns no file but these, logs
 * nothing and reads no configuration; what went wrong it answers.
 */
#include "base/helper_serve.h"

#include "base/capability.h"
#include "base/clock.h"
#include "base/helper_codec.h"
#include "base/memory.h"
#include "base/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utlist.h>

#define SERVE_KILL_DELAY (2 * CLOCK_SECOND) /* between SIGTERM and SIGKILL, as the runner's */

enum {
    SERVE_NOT_EXECUTABLE = 126, /* as a shell says it */
    SERVE_NOT_FOUND = 127,
    SERVE_FIRST_FD = STDERR_FILENO + 1,
    SERVE_FAILURES = 512,
};

/*
 * Why a program could not be run: written by the child that was to become it, in memory that it shares
 * with the helper, since its exit status alone might be the program's own.
 */
struct serve_failure {
    uint32_t id;
    uint32_t error; /* errno; 0: none */
};

/* A program that runs. */
struct serve_program {
    uint32_t id;
    pid_t pid; /* and its process group */
    struct serve_program *prev;
    struct serve_program *next;
};

struct serve {
    int fd;
    int children; /* signalfd(2) of SIGCHLD */
    pid_t pid;
    uint64_t keep;
    struct serve_program *programs;
    struct serve_failure *failures; /* by id modulo SERVE_FAILURES; NULL: there was no memory */
    char message[HELPER_MESSAGE_SIZE];
    struct helper_start start;
    struct helper_words words;
};

static void serve_answer(const struct serve *serve, const struct helper_message *message)
{
    struct text_buffer text = {0};

    helper_encode(message, &text);
    (void)send(serve->fd, text.data, text.length, MSG_NOSIGNAL); /* its end is seen by poll(2) */
    text_release(&text);
}

/* ---- A program --------------------------------------------------------------------------------- */

static void serve_reset_signals(void)
{
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int number = 1; number < NSIG; number++) {
        (void)sigaction(number, &standard, NULL);
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool serve_change_identity(const struct helper_start *start)
{
    gid_t gid = start->gid;

    if (start->gid != HELPER_KEEP) {
        const gid_t *groups = start->group_count ? start->groups : &gid;
        size_t count = start->group_count ? start->group_count : 1;

        if (setgroups(count, groups) != 0 || setgid(gid) != 0) {
            return false;
        }
    }
    return start->uid == HELPER_KEEP || setuid(start->uid) == 0;
}

/* Why this one could not be run; 0: it was, or nobody knows. */
static uint32_t serve_failure_of(const struct serve *serve, uint32_t id)
{
    const struct serve_failure *failure =
        serve->failures ? &serve->failures[id % SERVE_FAILURES] : NULL;

    return failure && failure->id == id ? failure->error : 0;
}

/* Ends the child with the status of a shell. */
static void serve_give_up(const struct serve *serve, uint32_t id, int error)
    __attribute__((noreturn));
static void serve_give_up(const struct serve *serve, uint32_t id, int error)
{
    if (serve->failures) {
        serve->failures[id % SERVE_FAILURES] = (struct serve_failure){id, (uint32_t)error};
    }
    _exit(error == ENOENT ? SERVE_NOT_FOUND : SERVE_NOT_EXECUTABLE);
}

/* The child between fork and exec. */
static void serve_run(const struct serve *serve, uint32_t id) __attribute__((noreturn));
static void serve_run(const struct serve *serve, uint32_t id)
{
    const struct helper_start *start = &serve->start;

    serve_reset_signals();
    (void)setpgid(0, 0);
    for (const char *const *entry = start->environment; *entry; entry++) {
        (void)putenv((char *)*entry);
    }
    if (start->umask != HELPER_KEEP) {
        (void)umask(start->umask);
    }
    if (!serve_change_identity(start)) {
        serve_give_up(serve, id, errno);
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* after setuid(2), which clears it */
    if (getppid() != serve->pid) {          /* it died before that */
        serve_give_up(serve, id, ESRCH);
    }
    (void)execv(start->argv[0], (char *const *)start->argv);
    serve_give_up(serve, id, errno);
}

static void serve_start(struct serve *serve, uint32_t id)
{
    struct serve_program *program;
    pid_t pid = fork();

    if (pid < 0) {
        serve_answer(serve, &(struct helper_message){
                                .kind = HELPER_FAILED, .id = id, .error = (uint32_t)errno});
        return;
    }
    if (pid == 0) {
        serve_run(serve, id);
    }
    (void)setpgid(pid, pid); /* here as well, so that kill(-pid) works at once */
    program = memory_new(1, sizeof(*program));
    program->id = id;
    program->pid = pid;
    DL_APPEND(serve->programs, program);
}

static void serve_signal(const struct serve *serve, uint32_t id, uint64_t number)
{
    const struct serve_program *program;

    /* One that has ended is still in the list until it is waited for, so its number is not reused. */
    DL_FOREACH(serve->programs, program) {
        if (program->id == id) {
            (void)kill(-program->pid, (int)number);
            return;
        }
    }
}

static void serve_ended(struct serve *serve, pid_t pid, int status)
{
    struct serve_program *program;

    DL_FOREACH(serve->programs, program) {
        if (program->pid == pid) {
            bool exited = WIFEXITED(status);

            serve_answer(serve,
                         &(struct helper_message){
                             .kind = exited ? HELPER_EXITED : HELPER_SIGNALLED,
                             .id = program->id,
                             .error = exited ? serve_failure_of(serve, program->id) : 0,
                             .value = (uint64_t)(exited ? WEXITSTATUS(status) : WTERMSIG(status))});
            DL_DELETE(serve->programs, program);
            free(program);
            return;
        }
    }
}

static void serve_reap(struct serve *serve)
{
    struct signalfd_siginfo info;
    int status;
    pid_t pid;

    (void)!read(serve->children, &info, sizeof(info));
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        serve_ended(serve, pid, status);
    }
}

/* ---- What the daemon asks for ------------------------------------------------------------------ */

/*
 * The permitted set stays as it was: root's programs get it back by execve(2) in any case, and the
 * kernel forgets the parent-death signal of a program that gains permitted capabilities there
 * (commit_creds() of kernel/cred.c), which would leave root's scripts behind when the helper dies.
 *
 * @param fd  of the daemon's network namespace; -1: there is none
 */
static void serve_settle(const struct serve *serve, int fd)
{
    int error = fd < 0 ? 0 : netns_enter(fd);

    if (!error) {
        error = capability_set_effective(serve->keep);
    }
    serve_answer(serve, &(struct helper_message){.kind = HELPER_SETTLED,
                                                 .error = (uint32_t)-error,
                                                 .value = capability_permitted() & serve->keep});
}

/*
 * The descriptor that came along with a message; -1: none. The padding of CMSG_SPACE() has room for
 * a second one (cmsg(3)), and the kernel says MSG_CTRUNC where it left others out: none is taken
 * then, and what came is closed.
 */
static int serve_take_descriptor(struct msghdr *header)
{
    const struct cmsghdr *control = CMSG_FIRSTHDR(header);
    size_t count = 0;
    int fd = -1;

    if (control && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS) {
        count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(&fd, CMSG_DATA(control) + i * sizeof(fd), sizeof(fd));
        if (count > 1 || header->msg_flags & MSG_CTRUNC) {
            (void)close(fd);
            fd = -1;
        }
    }
    return fd;
}

/* @return whether the daemon is still there */
static bool serve_receive(struct serve *serve)
{
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {.iov_base = serve->message, .iov_len = sizeof(serve->message)};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof(control.bytes)};
    ssize_t size = recvmsg(serve->fd, &header, MSG_CMSG_CLOEXEC);
    struct helper_message message;
    int fd;

    if (size <= 0) {
        return size < 0 && errno == EINTR;
    }
    fd = serve_take_descriptor(&header);
    message = helper_decode(serve->message, (size_t)size, &serve->start, &serve->words);
    if (message.kind == HELPER_START) {
        serve_start(serve, message.id);
    } else if (message.kind == HELPER_SIGNAL) {
        serve_signal(serve, message.id, message.value);
    } else if (message.kind == HELPER_SETTLE) {
        serve_settle(serve, fd);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return true;
}

/* ---- Life -------------------------------------------------------------------------------------- */

static void serve_kill(const struct serve *serve, int number)
{
    const struct serve_program *program;

    DL_FOREACH(serve->programs, program) {
        (void)kill(-program->pid, number);
    }
}

/* The daemon is gone: what it had started goes too. */
static void serve_finish(struct serve *serve)
{
    int64_t limit = clock_now() + SERVE_KILL_DELAY;

    serve_kill(serve, SIGTERM);
    while (serve->programs && clock_now() < limit) {
        struct pollfd wait = {.fd = serve->children, .events = POLLIN};

        if (poll(&wait, 1, (int)((limit - clock_now()) / CLOCK_MILLISECOND) + 1) > 0) {
            serve_reap(serve);
        }
    }
    serve_kill(serve, SIGKILL);
}

/* Nothing of the daemon's stays open or in force here. */
static void serve_prepare(struct serve *serve, int fd)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE};
    /* IFS to LD_LIBRARY_PATH: keepalived-reference.md B55; what systemd hears is the daemon's word. */
    static const char *const variables[] = {"IFS",           "LD_PRELOAD",   "LD_LIBRARY_PATH",
                                            "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"};
    sigset_t child;
    int null;

    /* Where one of the three was closed, either may get its number: dup2(n, n) would change nothing. */
    serve->fd = fcntl(fd, F_DUPFD_CLOEXEC, SERVE_FIRST_FD + 1);
    if (serve->fd < 0) {
        _exit(EXIT_FAILURE);
    }
    null = open("/dev/null", O_RDWR); /* not O_CLOEXEC, and closed below unless it is one of them */
    for (int standard = STDIN_FILENO; null >= 0 && standard <= STDERR_FILENO; standard++) {
        (void)dup2(null, standard);
    }
    (void)close_range(SERVE_FIRST_FD, (unsigned)serve->fd - 1, 0);
    (void)close_range((unsigned)serve->fd + 1, ~0U, 0);
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
        (void)signal(ignored[i], SIG_IGN);
    }
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        (void)unsetenv(variables[i]);
    }
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    serve->children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    /* So that a program that is ended at once, before it is itself, hears of it when it is: signal(7). */
    (void)sigaddset(&child, SIGTERM);
    (void)sigprocmask(SIG_SETMASK, &child, NULL);
    (void)prctl(PR_SET_NAME, "holdfast-helper");
}

static struct serve_failure *serve_share_failures(void)
{
    void *memory = mmap(NULL, SERVE_FAILURES * sizeof(struct serve_failure), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void helper_serve(int fd, uint64_t keep)
{
    struct serve *serve = memory_new(1, sizeof(*serve));
    struct pollfd waits[2];

    serve->pid = getpid();
    serve->keep = keep;
    serve_prepare(serve, fd);
    serve->failures = serve_share_failures();
    for (;;) {
        waits[0] = (struct pollfd){.fd = serve->fd, .events = POLLIN};
        waits[1] = (struct pollfd){.fd = serve->children, .events = POLLIN};
        if (poll(waits, 2, -1) < 0) {
            continue; /* EINTR: only of a debugger */
        }
        if (waits[1].revents) {
            serve_reap(serve);
        }
        if (waits[0].revents && !serve_receive(serve)) {
            break;
        }
    }
    serve_finish(serve);
    _exit(EXIT_SUCCESS);
}
