/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon's end of the helper process: its start, its settling, its end.
 */
#include "base/helper.h"

#include "base/capability.h"
#include "base/helper_codec.h"
#include "base/helper_serve.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    HELPER_SETTLE_MS = 5000,
    HELPER_END_MS = 4000, /* twice what it gives to programs that do not heed SIGTERM */
    HELPER_BUFFER = 4 * HELPER_MESSAGE_SIZE,
};

struct helper {
    pid_t pid;
    int fd;
};

const struct helper_need *helper_needs(size_t *count)
{
    static const struct helper_need needs[] = {
        {CAP_SETUID, "scripts run as their user"},
        {CAP_SETGID, "and in their groups"},
        {CAP_KILL, "and are stopped, whoever runs them"},
        {CAP_DAC_OVERRIDE, "root's scripts may lie in a directory of another user"},
    };

    *count = sizeof(needs) / sizeof(needs[0]);
    return needs;
}

static uint64_t helper_set(void)
{
    size_t count;
    const struct helper_need *needs = helper_needs(&count);
    uint64_t set = 0;

    for (size_t i = 0; i < count; i++) {
        set |= CAPABILITY_SET(needs[i].capability);
    }
    return set;
}

struct helper *helper_start(int *error)
{
    const int buffer = HELPER_BUFFER;
    struct helper *helper;
    int ends[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        *error = -errno;
        return NULL;
    }
    (void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* the other end is another file, and blocks */
    pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        helper_serve(ends[1], helper_set());
    }
    *error = pid < 0 ? -errno : 0;
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return NULL;
    }
    helper = memory_new(1, sizeof(*helper));
    helper->pid = pid;
    helper->fd = ends[0];
    return helper;
}

int helper_socket(const struct helper *helper)
{
    return helper->fd;
}

pid_t helper_pid(const struct helper *helper)
{
    return helper->pid;
}

/* ---- Settling ---------------------------------------------------------------------------------- */

/* @param fd  to go along; -1: none */
static int helper_send_settle(const struct helper *helper, int fd)
{
    const struct helper_message message = {.kind = HELPER_SETTLE};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr header;
    } control = {.bytes = {0}};
    struct text_buffer text = {0};
    struct iovec part;
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    int error = 0;

    helper_encode(&message, &text);
    part = (struct iovec){.iov_base = text.data, .iov_len = text.length};
    if (fd >= 0) {
        control.header = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof(fd)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof(control.bytes);
    }
    if (sendmsg(helper->fd, &header, MSG_NOSIGNAL) < 0) {
        error = -errno;
    }
    text_release(&text);
    return error;
}

int helper_settle(struct helper *helper, uint64_t *kept)
{
    struct pollfd wait = {.fd = helper->fd, .events = POLLIN};
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int error = helper_send_settle(helper, fd);
    struct helper_message answer;
    char message[256];
    ssize_t size;

    if (fd >= 0) {
        (void)close(fd);
    }
    *kept = 0;
    if (error) {
        return error;
    }
    if (poll(&wait, 1, HELPER_SETTLE_MS) <= 0) {
        return -ETIMEDOUT;
    }
    size = recv(helper->fd, message, sizeof(message), 0);
    answer = helper_decode(message, size > 0 ? (size_t)size : 0, NULL, NULL);
    if (answer.kind != HELPER_SETTLED) {
        return -EPIPE;
    }
    *kept = answer.value;
    return -(int)answer.error;
}

/* ---- End --------------------------------------------------------------------------------------- */

/* @return whether it ended by itself */
static bool helper_wait(const struct helper *helper)
{
    int pidfd = (int)syscall(SYS_pidfd_open, helper->pid, 0);
    struct pollfd wait = {.fd = pidfd, .events = POLLIN};
    bool ended = pidfd >= 0 && poll(&wait, 1, HELPER_END_MS) > 0;

    if (pidfd >= 0) {
        (void)close(pidfd);
    }
    return ended;
}

void helper_stop(struct helper *helper)
{
    if (!helper) {
        return;
    }
    (void)close(helper->fd);
    if (!helper_wait(helper)) {
        (void)kill(helper->pid, SIGKILL);
    }
    (void)waitpid(helper->pid, NULL, 0);
    free(helper);
}
