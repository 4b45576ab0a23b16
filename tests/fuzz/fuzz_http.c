/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what a web server says. However it is cut, it ends the same way with the same status and
 * body; nothing is read beyond it, and no more bytes are used than there are. The same bytes are a
 * reply for a pattern to be looked for in: it is found or not, whatever the steps.
 */
#include "base/regex.h"
#include "base/text.h"
#include "check/http_match.h"
#include "check/http_reply.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

/* Copies each step, so that a sanitizer sees what is read behind it. */
static enum http_reply_event fuzz_read(const uint8_t *data, size_t size, size_t step,
                                       struct http_reply *reply, struct text_buffer *body)
{
    enum http_reply_event event = HTTP_REPLY_MORE;

    http_reply_begin(reply);
    text_append(body, "");
    for (size_t at = 0; at < size && event < HTTP_REPLY_END; at += step) {
        size_t count = size - at < step ? size - at : step;
        char *copy = malloc(count);
        size_t used = 0;

        memcpy(copy, data + at, count);
        while (used < count && event < HTTP_REPLY_END) {
            struct http_reply_piece piece;

            event = http_reply_feed(reply, copy + used, count - used, &piece);
            fuzz_require(piece.used <= count - used && piece.body_size <= piece.used);
            fuzz_require(piece.used || event >= HTTP_REPLY_END);
            text_append_n(body, piece.body ? piece.body : "", piece.body_size);
            used += piece.used;
        }
        free(copy);
    }
    return event < HTTP_REPLY_END ? http_reply_close(reply) : event;
}

static void fuzz_match(const struct text_buffer *body, const struct http_reply *reply)
{
    static const struct http_range range = {200, 299};
    struct regex_error error;
    struct regex *regex = regex_new("o[k ]+|\\d$", 0, &error);
    const struct http_expected expected = {
        .ranges = &range, .range_count = 1, .regex = regex, .last = SIZE_MAX};
    bool found[2] = {false, false};

    for (int quick = 0; quick < 2; quick++) {
        struct http_match match = {0};
        struct verdict verdict;

        fuzz_require(http_match_begin(&match, &expected));
        http_match_body(&match, body->data, body->length);
        verdict = http_match_end(&match, reply->status);
        if (verdict.class == VERDICT_OK) {
            while (http_match_search(&match, quick, &verdict)) {
            }
        }
        found[quick] = verdict.class == VERDICT_OK;
        http_match_release(&match);
    }
    fuzz_require(found[0] == found[1]);
    regex_free(regex);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_reply whole;
    struct http_reply cut;
    struct text_buffer whole_body = {0};
    struct text_buffer cut_body = {0};
    enum http_reply_event event = fuzz_read(data, size, size ? size : 1, &whole, &whole_body);

    fuzz_require(event == fuzz_read(data, size, 3, &cut, &cut_body));
    fuzz_require((event == HTTP_REPLY_BAD) == (*whole.error != '\0'));
    if (event == HTTP_REPLY_END) {
        fuzz_require(whole.status == cut.status && whole.status >= 100 && whole.status <= 999);
        fuzz_require(whole_body.length == cut_body.length);
        fuzz_require(memcmp(whole_body.data, cut_body.data, whole_body.length) == 0);
        fuzz_require(whole.body_size == whole_body.length);
    }
    fuzz_match(&whole_body, &whole);
    text_release(&whole_body);
    text_release(&cut_body);
    return 0;
}
