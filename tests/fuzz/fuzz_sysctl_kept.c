/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of remembered settings, whatever is in it: what is taken is the same after it is written and
 * read again, and leads nowhere but below /proc/sys/net.
 */
#include "base/text.h"
#include "net/sysctl_kept.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_line(const struct sysctl_kept *kept)
{
    struct text_buffer text = {0};
    struct sysctl_kept again;
    const char *rest;

    if (strncmp(kept->path, "net/", strlen("net/")) != 0 || strstr(kept->path, "..")) {
        abort();
    }
    sysctl_kept_append(&text, kept);
    rest = text.data;
    if (!sysctl_kept_next(&rest, &again) || strcmp(again.path, kept->path) != 0 ||
        again.before != kept->before || again.value != kept->value ||
        sysctl_kept_next(&rest, &again)) {
        abort();
    }
    text_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    const char *rest = text;
    struct sysctl_kept kept;

    memcpy(text, data, size);
    text[size] = '\0';
    while (sysctl_kept_next(&rest, &kept)) {
        if (*kept.path) {
            fuzz_line(&kept);
        }
    }
    free(text);
    return 0;
}
