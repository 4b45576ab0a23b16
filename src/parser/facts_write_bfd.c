/* SPDX-License-Identifier: Apache-2.0
 *
 * The writers of bfd_instance. Pure.
 */
#include "parser/facts_write.h"

#include "base/text.h"
#include "parser/conf.h"

#include <string.h>

bool facts_write_bfd_neighbor(const void *object, const struct schema_row *row,
                              struct text_buffer *out)
{
    const struct conf_bfd *bfd = object;
    char text[INET_ADDR_TEXT_SIZE];

    (void)row;
    text_append(out, inet_text(text, &bfd->neighbor));
    if (bfd->interface) {
        text_appendf(out, "%%%s", bfd->interface);
    }
    return true;
}

bool facts_write_bfd_address(const void *object, const struct schema_row *row,
                             struct text_buffer *out)
{
    const struct conf_bfd *bfd = object;
    char text[INET_ADDR_TEXT_SIZE];

    (void)row;
    text_append(out, inet_text(text, &bfd->source));
    return inet_is_set(&bfd->source);
}

bool facts_write_bfd_weight(const void *object, const struct schema_row *row,
                            struct text_buffer *out)
{
    const struct conf_bfd *bfd = object;

    (void)row;
    text_appendf(out, "%d%s", bfd->weight, bfd->reverse ? " reverse" : "");
    return true;
}

bool facts_write_milliseconds(const void *object, const struct schema_row *row,
                              struct text_buffer *out)
{
    int64_t value;

    memcpy(&value, (const char *)object + row->target.offset, sizeof(value));
    schema_write_seconds(value * 1000, out);
    return true;
}
