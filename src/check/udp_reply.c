/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies over UDP.
 */
#include "check/udp_reply.h"

struct verdict udp_reply_judge(const struct udp_reply *wanted, const unsigned char *data,
                               size_t size)
{
    if (!wanted->data) {
        return (struct verdict){.class = VERDICT_OK};
    }
    if (size < wanted->min) {
        return verdict_of(VERDICT_ANSWER, "a reply of %zu bytes, below %zu", size, wanted->min);
    }
    if (size > wanted->max) {
        return verdict_of(VERDICT_ANSWER, "a reply of %zu bytes, above %zu", size, wanted->max);
    }
    for (size_t i = 0; i < size && i < wanted->size; i++) {
        if ((data[i] & wanted->mask[i]) != wanted->data[i]) {
            return verdict_of(VERDICT_ANSWER, "byte %zu of the reply is %02x", i + 1, data[i]);
        }
    }
    return (struct verdict){.class = VERDICT_OK};
}
