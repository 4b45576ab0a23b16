/* SPDX-License-Identifier: Apache-2.0
 *
 * Mail addresses.
 */
#include "base/mailbox.h"

#include <stddef.h>
#include <string.h>

static bool mailbox_is(const char *text, size_t length)
{
    if (!length || length >= MAILBOX_SIZE || *text == '@' || text[length - 1] == '@') {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte <= ' ' || byte >= 0x7f || strchr("<>()[]\\,;:\"", byte)) {
            return false;
        }
    }
    return true;
}

bool mailbox_find(const char *text, char mailbox[MAILBOX_SIZE])
{
    const char *open = strrchr(text, '<');
    const char *start = open ? open + 1 : text;
    size_t length = open ? strcspn(start, ">") : strlen(start);

    if ((open && strcmp(start + length, ">") != 0) || !mailbox_is(start, length)) {
        return false;
    }
    memcpy(mailbox, start, length);
    mailbox[length] = '\0';
    return true;
}
