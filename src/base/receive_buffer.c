/* SPDX-License-Identifier: Apache-2.0
 *
 * The receive buffers of sockets.
 */
#include "base/receive_buffer.h"

#include <limits.h>
#include <sys/socket.h>

uint32_t receive_buffer_set(int fd, uint32_t size, bool force)
{
    const int wanted = size < INT_MAX / 2 ? (int)size : INT_MAX / 2;
    int is = 0;
    socklen_t length = sizeof(is);

    if ((!force || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof(wanted)) != 0) &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof(wanted)) != 0) {
        return 0;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &is, &length) != 0 || is < 0) {
        return 0;
    }
    return (uint32_t)is / 2; /* the kernel doubles it: socket(7) */
}
