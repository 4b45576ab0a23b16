/* SPDX-License-Identifier: Apache-2.0
 *
 * To be loaded into keepalived (LD_PRELOAD) where the kernel has no IPVS: without it keepalived does
 * not check anything. What it says to IPVS by socket options is taken and forgotten, which costs less
 * than a kernel with IPVS would; so nothing that is compared by this is to our advantage.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/ip_vs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static int is_ipvs(int level, int name)
{
    return level == IPPROTO_IP && name >= IP_VS_BASE_CTL && name <= IP_VS_SO_SET_MAX + 16;
}

/* The header has names for parameters that are reserved to it. */
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    static int (*real)(int, int, int, const void *, socklen_t);

    if (is_ipvs(level, name)) {
        return 0;
    }
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "setsockopt");
    }
    return real(fd, level, name, value, size);
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
int getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
    static int (*real)(int, int, int, void *, socklen_t *);

    if (is_ipvs(level, name)) {
        memset(value, 0, *size);
        return 0;
    }
    if (!real) {
        *(void **)&real = dlsym(RTLD_NEXT, "getsockopt");
    }
    return real(fd, level, name, value, size);
}
