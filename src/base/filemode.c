/* SPDX-License-Identifier: Apache-2.0
 *
 * File creation masks.
 */
#include "base/filemode.h"

#include "base/text.h"

#include <string.h>

enum { FILEMODE_ALL = 0777 };

/* Their names without "S_": inode(7). */
static const struct {
    const char *name;
    uint32_t bits;
} filemode_bits[] = {
    {"IRUSR", 0400}, {"IWUSR", 0200}, {"IXUSR", 0100}, {"IRGRP", 0040},
    {"IWGRP", 0020}, {"IXGRP", 0010}, {"IROTH", 0004}, {"IWOTH", 0002},
    {"IXOTH", 0001}, {"IRWXU", 0700}, {"IRWXG", 0070}, {"IRWXO", 0007},
};

static uint32_t filemode_find(const char *name, size_t length)
{
    if (length > 2 && strncmp(name, "S_", 2) == 0) {
        name += 2;
        length -= 2;
    }
    for (size_t i = 0; i < sizeof(filemode_bits) / sizeof(filemode_bits[0]); i++) {
        if (strlen(filemode_bits[i].name) == length &&
            strncmp(name, filemode_bits[i].name, length) == 0) {
            return filemode_bits[i].bits;
        }
    }
    return 0;
}

bool filemode_parse_umask(const char *text, uint32_t *mask)
{
    uint32_t bits = 0;
    int64_t number;

    if (text_parse_any_base(text, &number)) {
        if (number < 0 || number > FILEMODE_ALL) {
            return false;
        }
        *mask = (uint32_t)number;
        return true;
    }
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, "|");
        uint32_t one = filemode_find(at, length);

        if (!one) {
            return false;
        }
        bits |= one;
        at += length;
        if (!*at) {
            break;
        }
    }
    *mask = bits;
    return true;
}
