/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of processes, in the order of their numbers, with a pidfd for each where that can be had.
 */
#include "vrrp/proc_pids.h"

#include "base/loop.h"
#include "base/memory.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct proc_pid {
    struct proc_pids *pids;
    int pid;
    int fd; /* -1: none */
    struct loop_watch *watch;
    bool kept; /* while the set is replaced */
};

struct proc_pids {
    struct loop *loop;
    proc_pids_function function;
    void *argument;
    struct proc_pid **list; /* in the order of `pid` */
    size_t count;
    size_t room;
    unsigned watched;
};

struct proc_pids *proc_pids_new(struct loop *loop, proc_pids_function function, void *argument)
{
    struct proc_pids *pids = memory_new(1, sizeof(*pids));

    pids->loop = loop;
    pids->function = function;
    pids->argument = argument;
    return pids;
}

static void proc_pid_free(struct proc_pid *one)
{
    if (one->fd >= 0) {
        loop_watch_free(one->watch);
        (void)close(one->fd);
        one->pids->watched--;
    }
    free(one);
}

void proc_pids_free(struct proc_pids *pids)
{
    if (!pids) {
        return;
    }
    for (size_t i = 0; i < pids->count; i++) {
        proc_pid_free(pids->list[i]);
    }
    free(pids->list);
    free(pids);
}

unsigned proc_pids_count(const struct proc_pids *pids)
{
    return (unsigned)pids->count;
}

/* @return where it is, or where it belongs */
static size_t proc_pids_place(const struct proc_pids *pids, int pid)
{
    size_t low = 0;
    size_t high = pids->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (pids->list[middle]->pid < pid) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool proc_pids_is_at(const struct proc_pids *pids, size_t at, int pid)
{
    return at < pids->count && pids->list[at]->pid == pid;
}

static void proc_pid_ended(void *argument)
{
    const struct proc_pid *one = argument;
    struct proc_pids *pids = one->pids;
    int pid = one->pid;

    (void)proc_pids_remove(pids, pid); /* frees `one` */
    pids->function(pids->argument, pid);
}

/* @return whether the process may still run: true where nothing tells. A zombie has ended. */
static bool proc_pid_watch(struct proc_pid *one)
{
    struct proc_pids *pids = one->pids;
    struct pollfd ended = {.events = POLLIN};

    if (one->fd >= 0 || pids->watched >= PROC_PIDS_WATCHED) {
        return true;
    }
    ended.fd = (int)syscall(SYS_pidfd_open, one->pid, 0); /* closed by execve(2): pidfd_open(2) */
    if (ended.fd < 0) {
        return errno != ESRCH;
    }
    if (poll(&ended, 1, 0) > 0) {
        (void)close(ended.fd);
        return false;
    }
    one->fd = ended.fd;
    one->watch =
        loop_watch_new(pids->loop, LOOP_PRIORITY_NORMAL, one->fd, false, proc_pid_ended, one);
    pids->watched++;
    return true;
}

bool proc_pids_add(struct proc_pids *pids, int pid)
{
    size_t at = proc_pids_place(pids, pid);
    struct proc_pid *one;

    if (proc_pids_is_at(pids, at, pid)) {
        return false;
    }
    one = memory_new(1, sizeof(*one));
    *one = (struct proc_pid){.pids = pids, .pid = pid, .fd = -1};
    if (!proc_pid_watch(one)) {
        proc_pid_free(one);
        return false;
    }
    if (pids->count == pids->room) {
        pids->room = pids->room ? 2 * pids->room : 4;
        pids->list = memory_resize(pids->list, pids->room, sizeof(struct proc_pid *));
    }
    memmove(pids->list + at + 1, pids->list + at, (pids->count - at) * sizeof(struct proc_pid *));
    pids->list[at] = one;
    pids->count++;
    return true;
}

static void proc_pids_remove_at(struct proc_pids *pids, size_t at)
{
    proc_pid_free(pids->list[at]);
    pids->count--;
    memmove(pids->list + at, pids->list + at + 1, (pids->count - at) * sizeof(struct proc_pid *));
}

bool proc_pids_remove(struct proc_pids *pids, int pid)
{
    size_t at = proc_pids_place(pids, pid);

    if (!proc_pids_is_at(pids, at, pid)) {
        return false;
    }
    proc_pids_remove_at(pids, at);
    return true;
}

/* Whoever is not among those that are kept leaves, before others come: the pidfds are limited. */
static void proc_pids_drop(struct proc_pids *pids, const int *now, size_t count)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++) {
        size_t at = proc_pids_place(pids, now[i]);

        if (proc_pids_is_at(pids, at, now[i])) {
            pids->list[at]->kept = true;
        }
    }
    for (size_t i = 0; i < pids->count; i++) {
        struct proc_pid *one = pids->list[i];

        if (one->kept) {
            one->kept = false;
            pids->list[left++] = one;
        } else {
            proc_pid_free(one);
        }
    }
    pids->count = left;
}

void proc_pids_replace(struct proc_pids *pids, const int *now, size_t count)
{
    proc_pids_drop(pids, now, count);
    for (size_t i = 0; i < count; i++) {
        size_t at = proc_pids_place(pids, now[i]);

        if (!proc_pids_is_at(pids, at, now[i])) {
            (void)proc_pids_add(pids, now[i]);
        } else if (!proc_pid_watch(pids->list[at])) {
            proc_pids_remove_at(pids, at);
        }
    }
}
