/* SPDX-License-Identifier: Apache-2.0
 *
 * How large receive buffers are to be.
 */
#include "vrrp/buffer.h"

static uint32_t buffer_limit(uint64_t bytes)
{
    return bytes < BUFFER_MOST ? (uint32_t)bytes : BUFFER_MOST;
}

uint32_t buffer_part(const struct conf_receive_buffers *global, uint32_t own, uint32_t mtu,
                     size_t advert)
{
    if (own) {
        return buffer_limit(own);
    }
    switch (global->policy) {
    case CONF_RECEIVE_MTU:
        return buffer_limit((uint64_t)mtu * global->multiplier);
    case CONF_RECEIVE_ADVERT:
        return buffer_limit((uint64_t)advert * global->multiplier);
    case CONF_RECEIVE_BYTES:
        return buffer_limit(global->bytes);
    default:
        return 0;
    }
}

uint32_t buffer_whole(uint64_t parts, bool ample, uint32_t enough)
{
    return buffer_limit(ample && parts < enough ? enough : parts);
}
