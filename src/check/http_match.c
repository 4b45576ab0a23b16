/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a reply is as it must be.
 */
#include "check/http_match.h"

#include "base/memory.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum {
    MATCH_RANGES_SHOWN = 64,       /* bytes of ranges that a verdict shows */
    MATCH_KEPT_BETWEEN = 64 << 10, /* bytes of memory that stay from one reply to the next */
};

bool http_match_begin(struct http_match *match, const struct http_expected *expected)
{
    match->expected = expected;
    match->kept.length = 0;
    match->searches = false;
    if (!expected->digest) {
        return true;
    }
    if (!match->digest) {
        match->digest = EVP_MD_CTX_new();
    }
    return match->digest && EVP_DigestInit_ex(match->digest, EVP_md5(), NULL) == 1;
}

static void match_keep(struct http_match *match, const char *data, size_t size)
{
    size_t room = HTTP_MATCH_KEPT_MOST - match->kept.length;

    if (match->expected->regex && room) {
        text_append_n(&match->kept, data, size < room ? size : room);
    }
}

void http_match_header(struct http_match *match, const char *data, size_t size)
{
    match_keep(match, data, size);
}

void http_match_body(struct http_match *match, const char *data, size_t size)
{
    match_keep(match, data, size);
    if (match->expected->digest) {
        (void)EVP_DigestUpdate(match->digest, data, size);
    }
}

static struct verdict match_status(const struct http_expected *expected, unsigned status)
{
    char ranges[MATCH_RANGES_SHOWN] = "";
    size_t length = 0;

    for (size_t i = 0; i < expected->range_count; i++) {
        const struct http_range *range = &expected->ranges[i];

        if (status >= range->low && status <= range->high) {
            return (struct verdict){.class = VERDICT_OK};
        }
    }
    for (size_t i = 0; i < expected->range_count && length < sizeof(ranges); i++) {
        const struct http_range *range = &expected->ranges[i];
        int more = snprintf(ranges + length, sizeof(ranges) - length,
                            range->low == range->high ? "%s%u" : "%s%u-%u", i ? " " : "",
                            range->low, range->high);

        length += (size_t)more;
    }
    return verdict_of(VERDICT_ANSWER, "status %u, not %s", status, ranges);
}

static void match_write_digest(char text[2 * HTTP_MATCH_DIGEST_SIZE + 1],
                               const unsigned char *digest)
{
    for (size_t i = 0; i < HTTP_MATCH_DIGEST_SIZE; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
}

static struct verdict match_digest(struct http_match *match)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char got[2 * HTTP_MATCH_DIGEST_SIZE + 1];
    char wanted[2 * HTTP_MATCH_DIGEST_SIZE + 1];

    if (EVP_DigestFinal_ex(match->digest, digest, NULL) == 1 &&
        memcmp(digest, match->expected->digest, HTTP_MATCH_DIGEST_SIZE) == 0) {
        return (struct verdict){.class = VERDICT_OK};
    }
    match_write_digest(got, digest);
    match_write_digest(wanted, match->expected->digest);
    return verdict_of(VERDICT_ANSWER, "body's MD5 is %s, not %s", got, wanted);
}

struct verdict http_match_end(struct http_match *match, unsigned status)
{
    const struct http_expected *expected = match->expected;
    struct verdict verdict = match_status(expected, status);

    if (verdict.class == VERDICT_OK && expected->digest) {
        verdict = match_digest(match);
    }
    match->searches = verdict.class == VERDICT_OK && expected->regex;
    if (match->searches) {
        match->search = (struct regex_search){
            .subject = match->kept.length ? match->kept.data : "",
            .length = match->kept.length,
            .first = expected->first,
            .last = expected->last,
        };
    }
    return verdict;
}

bool http_match_search(struct http_match *match, bool quick, struct verdict *verdict)
{
    const struct http_expected *expected = match->expected;
    struct regex_error error;
    enum regex_result result = regex_search(expected->regex, &match->search, quick, &error);

    if (result == REGEX_MORE) {
        return true;
    }
    *verdict = (struct verdict){.class = VERDICT_OK};
    if (result == REGEX_GAVE_UP) {
        *verdict = verdict_of(VERDICT_ANSWER, "regex gives up at offset %zu: %s", error.offset,
                              error.text);
    } else if (result == REGEX_MATCHED && expected->no_match) {
        *verdict = verdict_of(VERDICT_ANSWER, "regex matches, and regex_no_match is set");
    } else if (result == REGEX_NOT_MATCHED && !expected->no_match) {
        *verdict = verdict_of(VERDICT_ANSWER, "regex does not match");
    }
    match->searches = false;
    if (match->kept.capacity > MATCH_KEPT_BETWEEN) {
        text_release(&match->kept);
    }
    return false;
}

void http_match_release(struct http_match *match)
{
    EVP_MD_CTX_free(match->digest);
    match->digest = NULL;
    text_release(&match->kept);
}
