/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: metrics of any JSON. Whatever the document is, each line is one that a collector reads:
 * one bad line costs it all metrics.
 */
#include "base/text.h"
#include "control/metrics.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz_";

static void fuzz_expect(bool true_fact)
{
    if (!true_fact) {
        abort();
    }
}

/* name="value",... up to the brace. @return what follows it */
static const char *fuzz_labels(const char *at)
{
    do {
        at++; /* the brace, or a comma */
        fuzz_expect(strspn(at, name_letters) > 0);
        at += strspn(at, name_letters);
        fuzz_expect(at[0] == '=' && at[1] == '"');
        for (at += 2; *at != '"'; at++) {
            fuzz_expect(*at && *at != '\n');
            if (*at == '\\') {
                at++;
                fuzz_expect(*at == '\\' || *at == '"' || *at == 'n');
            }
        }
        at++;
    } while (*at == ',');
    fuzz_expect(*at == '}');
    return at + 1;
}

/* A sample: name, labels, number. @return the next line */
static const char *fuzz_sample(const char *at)
{
    size_t digits;

    fuzz_expect(strspn(at, name_letters) > 0);
    at += strspn(at, name_letters);
    if (*at == '{') {
        at = fuzz_labels(at);
    }
    fuzz_expect(*at == ' ');
    at += 1 + (at[1] == '-');
    digits = strspn(at, "0123456789");
    fuzz_expect(digits > 0);
    at += digits;
    if (*at == '.') {
        digits = strspn(at + 1, "0123456789");
        fuzz_expect(digits > 0 && digits <= 6 && at[digits] != '0');
        at += 1 + digits;
    }
    fuzz_expect(*at == '\n');
    return at + 1;
}

static void fuzz_text(const char *text, bool open)
{
    bool ended = false;

    while (*text) {
        fuzz_expect(!ended);
        if (*text == '#') {
            ended = strcmp(text, "# EOF\n") == 0;
            text = strchr(text, '\n') + 1;
        } else {
            text = fuzz_sample(text);
        }
    }
    fuzz_expect(ended == open);
}

static void fuzz_write(const json_t *value, struct metrics_options options)
{
    struct text_buffer text = {0};

    metrics_write(value, &options, &text);
    fuzz_expect(text.data != NULL);
    fuzz_text(text.data, options.format == METRICS_OPEN);
    text_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);

    if (!value) {
        return 0;
    }
    fuzz_write(value, metrics_options_of(value, METRICS_OPEN));
    fuzz_write(value, (struct metrics_options){METRICS_OPEN, METRICS_DEPTH_SERVER, true, 10000});
    fuzz_write(value, (struct metrics_options){METRICS_TEXT, METRICS_DEPTH_SERVER, true, 0});
    json_decref(value);
    return 0;
}
