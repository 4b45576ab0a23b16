/* SPDX-License-Identifier: Apache-2.0
 *
 * The writers of SMTP_CHECK, DNS_CHECK and UDP_CHECK. Pure.
 */
#include "parser/facts_write.h"

#include "base/text.h"
#include "parser/conf.h"

bool facts_write_payload(const void *object, const struct schema_row *row, struct text_buffer *out)
{
    const struct conf_udp_check *check = object;

    (void)row;
    for (size_t i = 0; i < check->payload_size; i++) {
        text_appendf(out, "%s%02x", i ? " " : "", check->payload[i]);
    }
    return check->payload_size;
}

bool facts_write_require_reply(const void *object, const struct schema_row *row,
                               struct text_buffer *out)
{
    static const char digits[] = "0123456789abcdef";
    const struct conf_udp_check *check = object;

    (void)row;
    for (size_t i = 0; i < check->reply_size; i++) {
        text_appendf(out, "%s%c%c", i ? " " : "",
                     check->reply_mask[i] & 0xf0 ? digits[check->reply[i] >> 4] : 'x',
                     check->reply_mask[i] & 0x0f ? digits[check->reply[i] & 0xf] : 'x');
    }
    return check->require_reply;
}
