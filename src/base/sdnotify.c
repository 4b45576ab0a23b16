/* SPDX-License-Identifier: Apache-2.0
 *
 * systemd's side of the protocol is a datagram socket, and its form is stable: sd_notify(3), "Notes".
 * Without libsystemd, which would bring four compression and cipher libraries into the daemon.
 */
#include "base/sdnotify.h"

#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SDNOTIFY_MESSAGE_SIZE = 512 };

/* The address in NOTIFY_SOCKET: a path, or '@' and an abstract name (unix(7)). @return 0: none */
static socklen_t sdnotify_address(struct sockaddr_un *address)
{
    const char *name = getenv("NOTIFY_SOCKET");
    size_t length = name ? strlen(name) : 0;

    if (length < 2 || length > sizeof(address->sun_path) || (*name != '/' && *name != '@')) {
        return 0;
    }
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, name, length);
    if (*name == '@') {
        address->sun_path[0] = '\0';
    }
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* @param flags  of send(2): what is told again soon does not wait for a manager that is busy */
static void sdnotify_tell(int flags, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void sdnotify_tell(int flags, const char *format, ...)
{
    struct sockaddr_un address;
    socklen_t size = sdnotify_address(&address);
    char message[SDNOTIFY_MESSAGE_SIZE];
    va_list arguments;
    int fd;

    if (!size) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        (void)sendto(fd, message, strlen(message), flags | MSG_NOSIGNAL,
                     (const struct sockaddr *)&address, size);
        (void)close(fd);
    }
}

void sdnotify_ready(const char *status)
{
    sdnotify_tell(0, "READY=1\nSTATUS=%s", status);
}

void sdnotify_reloading(int64_t now)
{
    sdnotify_tell(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now / CLOCK_MICROSECOND);
}

void sdnotify_stopping(void)
{
    sdnotify_tell(0, "STOPPING=1");
}

void sdnotify_extend(int64_t duration)
{
    sdnotify_tell(0, "EXTEND_TIMEOUT_USEC=%" PRId64, duration / CLOCK_MICROSECOND);
}

void sdnotify_status(const char *status)
{
    sdnotify_tell(MSG_DONTWAIT, "STATUS=%s", status);
}

void sdnotify_watchdog(void)
{
    sdnotify_tell(MSG_DONTWAIT, "WATCHDOG=1");
}

/* sd_watchdog_enabled(3): WATCHDOG_USEC, unless WATCHDOG_PID says that another process is meant. */
int64_t sdnotify_watchdog_interval(void)
{
    const char *limit = getenv("WATCHDOG_USEC");
    const char *process = getenv("WATCHDOG_PID");
    uint64_t pid;
    uint64_t limit_us;

    if (process && (!text_parse_unsigned(process, UINT64_MAX, &pid) || pid != (uint64_t)getpid())) {
        return 0;
    }
    if (!limit || !text_parse_unsigned(limit, INT64_MAX / CLOCK_MICROSECOND, &limit_us)) {
        return 0;
    }
    return (int64_t)(limit_us / 2) * CLOCK_MICROSECOND;
}
