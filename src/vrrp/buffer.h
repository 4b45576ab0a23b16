/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of one instance in the receive buffer of its socket: kernel_rx_buf_size,
 * vrrp_rx_bufs_policy. Pure.
 */
#ifndef HOLDFAST_VRRP_BUFFER_H
#define HOLDFAST_VRRP_BUFFER_H

#include "parser/conf.h"

#include <stddef.h>

/* What a socket may ask for; the kernel doubles it, which must not overflow its int: socket(7). */
enum { BUFFER_MOST = INT32_MAX / 2 };

/**
 * @param global  global_defs' policy
 * @param own     the instance's kernel_rx_buf_size; 0: none
 * @param mtu     bytes, of the interface that it hears on
 * @param advert  bytes of a datagram with an advert such as ours
 * @return bytes, up to BUFFER_MOST; 0: nothing was asked for
 */
uint32_t buffer_part(const struct conf_receive_buffers *global, uint32_t own, uint32_t mtu,
                     size_t advert);

/**
 * What a socket asks for.
 * @param parts   the sum of its instances' parts
 * @param ample   whether one of them has asked for nothing
 * @param enough  bytes for such a one
 */
uint32_t buffer_whole(uint64_t parts, bool ample, uint32_t enough);

#endif
