/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines of the file of remembered settings.
 */
#include "net/sysctl_kept.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

/* Two numbers, blanks and a NUL besides. */
enum { SYSCTL_KEPT_LINE_SIZE = SYSCTL_KEPT_PATH_SIZE + 24 };

/* Letters, digits and what names of interfaces have; no part is "..", since root writes there. */
static bool sysctl_kept_is_path(const char *path)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-./:@+";

    return strncmp(path, "net/", strlen("net/")) == 0 && path[strspn(path, allowed)] == '\0' &&
           !strstr(path, "..");
}

static bool sysctl_kept_parse(char *line, struct sysctl_kept *kept)
{
    const char *path = strsep(&line, " ");
    const char *before = strsep(&line, " ");
    uint64_t numbers[2];

    if (!before || !line || !sysctl_kept_is_path(path) ||
        !text_parse_unsigned(before, UINT32_MAX, &numbers[0]) ||
        !text_parse_unsigned(line, UINT32_MAX, &numbers[1]) ||
        !text_copy(kept->path, sizeof(kept->path), path)) {
        return false;
    }
    kept->before = (uint32_t)numbers[0];
    kept->value = (uint32_t)numbers[1];
    return true;
}

bool sysctl_kept_next(const char **rest, struct sysctl_kept *kept)
{
    char line[SYSCTL_KEPT_LINE_SIZE];
    const char *start = *rest + strspn(*rest, "\n");
    size_t length = strcspn(start, "\n");

    *rest = start + length;
    if (!length) {
        return false;
    }
    if (length < sizeof(line)) {
        memcpy(line, start, length);
        line[length] = '\0';
    }
    if (length >= sizeof(line) || !sysctl_kept_parse(line, kept)) {
        *kept = (struct sysctl_kept){0};
    }
    return true;
}

void sysctl_kept_append(struct text_buffer *text, const struct sysctl_kept *kept)
{
    text_appendf(text, "%s %" PRIu32 " %" PRIu32 "\n", kept->path, kept->before, kept->value);
}
