/* SPDX-License-Identifier: Apache-2.0
 *
 * How much a socket keeps until it is read.
 */
#ifndef HOLDFAST_BASE_RECEIVE_BUFFER_H
#define HOLDFAST_BASE_RECEIVE_BUFFER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Sets a socket's receive buffer.
 * @param size   bytes; what the kernel needs for itself comes on top: socket(7)
 * @param force  beyond net.core.rmem_max too, which needs CAP_NET_ADMIN
 * @return the bytes that it is now, which may be fewer; 0: nothing could be set
 */
uint32_t receive_buffer_set(int fd, uint32_t size, bool force);

#endif
