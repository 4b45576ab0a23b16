/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: the texts that base reads, two lines of them: addresses and numbers are the same
 * after they are written and read again, and two words are as far apart either way.
 */
#include "base/inet.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void fuzz_inet(const char *text)
{
    char shown[INET_PREFIX_TEXT_SIZE];
    struct inet_prefix prefix;
    struct inet_prefix again;
    struct inet_addr addr;

    if (inet_parse(text, &addr)) {
        fuzz_require(inet_parse_prefix(text, &prefix) && inet_equal(&prefix.addr, &addr));
        fuzz_require(prefix.length == inet_family_bits(addr.family));
    }
    if (inet_parse_prefix(text, &prefix)) {
        fuzz_require(inet_parse_prefix(inet_prefix_text(shown, &prefix), &again));
        fuzz_require(inet_equal(&prefix.addr, &again.addr) && prefix.length == again.length);
        fuzz_require(inet_prefix_contains(&prefix, &prefix.addr));
    }
}

static void fuzz_number(const char *text)
{
    char shown[32];
    uint64_t number;
    uint64_t again;
    int64_t signed_number;
    int64_t signed_again;

    if (text_parse_unsigned(text, UINT64_MAX, &number)) {
        (void)snprintf(shown, sizeof(shown), "%" PRIu64, number);
        fuzz_require(text_parse_unsigned(shown, number, &again) && again == number);
        fuzz_require(!number || !text_parse_unsigned(shown, number - 1, &again));
    }
    if (text_parse_signed(text, INT64_MIN, INT64_MAX, &signed_number)) {
        (void)snprintf(shown, sizeof(shown), "%" PRId64, signed_number);
        fuzz_require(text_parse_signed(shown, signed_number, signed_number, &signed_again));
    }
    for (unsigned places = 0; places <= 9; places++) {
        fuzz_require(!text_parse_fraction(text, places, &number) || number <= INT64_MAX);
    }
}

static void fuzz_words(const char *a, const char *b)
{
    unsigned distance = text_distance(a, b);

    fuzz_require(distance == text_distance(b, a) && text_distance(a, a) == 0);
    fuzz_require(text_is_near(a, b, distance) == text_is_near(b, a, distance));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *first = malloc(size + 1);
    char *second;

    memcpy(first, data, size);
    first[size] = '\0';
    second = first + strcspn(first, "\n");
    if (*second) {
        *second++ = '\0';
    }
    fuzz_inet(first);
    fuzz_number(first);
    fuzz_words(first, second);
    free(first);
    return 0;
}
