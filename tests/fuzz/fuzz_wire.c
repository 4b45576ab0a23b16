/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what servers answer to UDP_CHECK, DNS_CHECK and SMTP_CHECK. The first byte says to
 * which. Whatever comes, there is a verdict or there is none, and no byte behind the end is looked at.
 */
#include "check/dns_reply.h"
#include "check/smtp_talk.h"
#include "check/udp_reply.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void fuzz_verdict(const struct verdict *verdict)
{
    char text[VERDICT_TEXT_SIZE];

    fuzz_require(verdict->class == VERDICT_OK || verdict->class == VERDICT_ANSWER ||
                 verdict->class == VERDICT_PROTOCOL);
    fuzz_require(memchr(verdict->text, '\0', sizeof(verdict->text)) != NULL);
    for (const char *at = verdict_text(text, verdict, "ok"); *at; at++) {
        fuzz_require((unsigned char)*at >= ' ' && (unsigned char)*at < 0x7f);
    }
}

/* The first half is the reply, the second one what is wanted, its bits all counting. */
static void fuzz_udp(const uint8_t *data, size_t size)
{
    unsigned char mask[4096];
    const struct udp_reply wanted = {
        .data = data + size / 2, .mask = mask, .size = size - size / 2, .min = 2, .max = 300};
    struct verdict verdict;

    if (wanted.size > sizeof(mask)) {
        return;
    }
    memset(mask, 0xff, sizeof(mask));
    verdict = udp_reply_judge(&wanted, data, size / 2);
    fuzz_verdict(&verdict);
    fuzz_require((verdict.class == VERDICT_OK) ==
                 (size / 2 >= 2 && size / 2 <= 300 && memcmp(data, wanted.data, size / 2) == 0));
}

static void fuzz_dns(const uint8_t *data, size_t size)
{
    static const unsigned char query[] =
        "\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1";
    struct verdict verdict = {.class = VERDICT_LOCAL};

    if (dns_reply_judge(query, sizeof(query) - 1, data, size, &verdict)) {
        fuzz_verdict(&verdict);
        fuzz_require(size >= 2 && memcmp(data, query, 2) == 0);
        fuzz_require(verdict.class != VERDICT_OK || size >= sizeof(query) - 1);
    } else {
        fuzz_require(verdict.class == VERDICT_LOCAL);
    }
}

static enum smtp_talk_result fuzz_talk(const uint8_t *data, size_t size, size_t step,
                                       struct verdict *verdict)
{
    enum smtp_talk_result result = SMTP_TALK_MORE;
    struct smtp_talk talk = {0};

    smtp_talk_begin(&talk);
    for (size_t at = 0; at < size && result != SMTP_TALK_END;) {
        size_t taken = 0;

        result = smtp_talk_feed(&talk, (const char *)data + at, size - at < step ? size - at : step,
                                &taken, verdict);
        fuzz_require(taken > 0 && talk.step < SMTP_TALK_STEPS);
        at += taken;
    }
    return result;
}

static void fuzz_smtp(const uint8_t *data, size_t size)
{
    struct verdict whole = {.class = VERDICT_OK};
    struct verdict cut = {.class = VERDICT_OK};

    if (fuzz_talk(data, size, size, &whole) == SMTP_TALK_END) {
        fuzz_verdict(&whole);
        fuzz_require(fuzz_talk(data, size, 3, &cut) == SMTP_TALK_END);
        fuzz_require(cut.class == whole.class && strcmp(cut.text, whole.text) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(const uint8_t *, size_t) = {fuzz_udp, fuzz_dns, fuzz_smtp};
    uint8_t *bytes;

    if (size < 2) {
        return 0;
    }
    bytes = malloc(size - 1); /* so that the sanitizer sees where it ends */
    memcpy(bytes, data + 1, size - 1);
    parsers[data[0] % 3](bytes, size - 1);
    free(bytes);
    return 0;
}
