/* SPDX-License-Identifier: Apache-2.0
 *
 * Network namespaces: opened by name, entered.
 */
#include "base/netns.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#define NETNS_DIRECTORY "/run/netns/"
#define NETNS_OWN       "/proc/thread-self/ns/net"

int netns_open(const char *name)
{
    struct text_buffer path = {0};
    int fd;

    text_append(&path, name ? NETNS_DIRECTORY : NETNS_OWN);
    text_append(&path, name ? name : "");
    fd = open(path.data, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fd = -errno;
    }
    text_release(&path);
    return fd;
}

/* A namespace is the inode of its file: namespaces(7). */
static bool netns_is_here(int fd)
{
    struct stat there;
    struct stat here;

    return fstat(fd, &there) == 0 && stat(NETNS_OWN, &here) == 0 && there.st_dev == here.st_dev &&
           there.st_ino == here.st_ino;
}

int netns_enter(int fd)
{
    return netns_is_here(fd) || setns(fd, CLONE_NEWNET) == 0 ? 0 : -errno;
}
