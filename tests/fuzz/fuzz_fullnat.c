/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of rules that nft(8) loaded last, whatever is in it: the table that it names is a word, and
 * what is left of it is removed set by set. A NUL parts it from the rules of now.
 */
#include "base/text.h"
#include "net/fullnat.h"
#include "net/nft.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void fuzz_table(const char *text)
{
    char table[NFT_TABLE_SIZE];

    if (nft_last_table(text, table)) {
        fuzz_require(*table && strlen(table) < sizeof(table) && strstr(text, table) != NULL);
        for (const char *at = table; *at; at++) {
            fuzz_require(isgraph((unsigned char)*at));
        }
    }
}

/* Whole lines, and none that does anything but to make sure that something is there and remove it. */
static void fuzz_leftover(const char *before, const char *rules)
{
    static const char *const words[] = {"add ", "delete ", "flush "};
    struct text_buffer out = {0};

    text_append(&out, "");
    fullnat_write_leftover(before, rules, &out);
    for (const char *line = out.data; *line; line++) {
        bool known = false;

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            known |= strncmp(line, words[i], strlen(words[i])) == 0;
        }
        fuzz_require(known);
        line = strchr(line, '\n');
        fuzz_require(line != NULL);
    }
    text_release(&out);
}

/* Of rules that are the same nothing is left. */
static void fuzz_nothing_left(const char *rules)
{
    struct text_buffer out = {0};

    fullnat_write_leftover(rules, rules, &out);
    fuzz_require(out.length == 0);
    text_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *before = malloc(size + 2);
    const char *rules;

    memcpy(before, data, size);
    before[size] = '\0';
    before[size + 1] = '\0';
    rules = before + strlen(before) + 1;
    fuzz_table(before);
    fuzz_leftover(before, rules);
    fuzz_nothing_left(before);
    free(before);
    return 0;
}
