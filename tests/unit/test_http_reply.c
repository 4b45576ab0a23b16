/* SPDX-License-Identifier: Apache-2.0
 *
 * Replies of HTTP: what status and body they have, and which are none. Each is fed whole, byte by byte
 * and cut in two at every place, which must make no difference.
 */
#include "check/http_reply.h"

#include "unit.h"

#include "base/text.h"

#include <stdlib.h>

#define OK "HTTP/1.0 200 OK\r\n"

static const struct {
    const char *what;
    const char *bytes;
    unsigned status;
    const char *body;
    const char *error; /* how it is bad, at its end or when it is closed; NULL: it is good */
    size_t rest;       /* bytes behind its end */
} cases[] = {
    {"a length", OK "Content-Length: 5\r\n\r\nhello", 200, "hello", NULL, 0},
    {"no length", OK "\r\nhello", 200, "hello", NULL, 0},
    {"an empty body", OK "Content-Length: 0\r\n\r\n", 200, "", NULL, 0},
    {"any letter case and blanks", OK "cONTENT-lENGTH:\t 5 \t\r\n\r\nhello", 200, "hello", NULL, 0},
    {"bare line feeds", "HTTP/1.1 404\nContent-Length: 1\n\nx", 404, "x", NULL, 0},
    {"no reason", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", 200, "x", NULL, 0},
    {"too long a body", OK "Content-Length: 5\r\n\r\nhello, world", 200, "hello", NULL, 7},
    {"a folded line", OK "X: a\r\n Content-Length: 9\r\nContent-Length: 1\r\n\r\nx", 200, "x", NULL,
     0},
    {"twice the same length", OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 200, "x", NULL,
     0},
    {"a redirect is not followed", "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
     302, "", NULL, 0},
    {"no content", "HTTP/1.1 204 No\r\n\r\nsurplus", 204, "", NULL, 7},
    {"not modified", "HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", 304, "", NULL, 0},
    {"interim replies",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nContent-Length: 9\r\n\r\n" OK
     "Content-Length: 1\r\n\r\nx",
     200, "x", NULL, 0},
    {"chunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
     "5;a=b\r\nhello\r\n00B \r\n, wonderful \r\n4\r\nworl\r\n1\r\nd\r\n0\r\n\r\n",
     200, "hello, wonderful world", "a chunk is longer than its size", 0},
    {"chunks and a trailer",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 3\r\n\r\n"
     "5;a=b\r\nhello\r\nA\r\n, world!!!\r\n0\r\nX: y\r\n\r\n",
     200, "hello, world!!!", NULL, 0},
    {"chunked is nothing to HTTP/1.0", OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200,
     "0\r\n\r\n", NULL, 0},
    {"another coding ends with the connection",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 200, "0\r\n\r\n", NULL, 0},
    {"too short a body", OK "Content-Length: 9\r\n\r\nhello", 200, "hello",
     "its body ends after 5 of 9 bytes", 0},
    {"a length that is none", OK "Content-Length: 5x\r\n\r\nhello", 0, "",
     "Content-Length is \"5x\", which is no number", 6 + 3},
    {"a length below 0", OK "Content-Length: -1\r\n\r\n", 0, "",
     "Content-Length is \"-1\", which is no number", 2},
    {"a length above all", OK "Content-Length: 9223372036854775808\r\n\r\n", 0, "",
     "Content-Length is \"9223372036854775808\", which is no number", 2},
    {"two lengths", OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 0, "",
     "Content-Length is 5 and 6", 7},
    {"no chunk's size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n", 200, "",
     "a chunk's size is \"hello\"", 0},
    {"too large a chunk",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1234567890123456\r\n", 200, "",
     "a chunk's size is \"1234567890123456\"", 0},
    {"chunks without an end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
     200, "x", "its chunked body has no end", 0},
    {"nothing", "", 0, "", "it was closed without a reply", 0},
    {"half a status line", "HTTP/1.1 20", 0, "", "it was closed in its status line", 0},
    {"half a header", OK "X: y\r\n", 0, "", "it was closed in the header", 0},
    {"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", 0, "", "not HTTP/1: it begins with \"SSH-2.0\"",
     14},
    {"another version", "HTTP/2 200\r\n\r\n", 0, "", "not HTTP/1: it begins with \"HTTP/2 \"", 7},
    {"a bad status", "HTTP/1.1 2x0 OK\r\n", 0, "", "not HTTP/1: it begins with \"HTTP/1.1 2x0 OK\"",
     0},
    {"a long status", "HTTP/1.1 2000 OK\r\n", 0, "",
     "not HTTP/1: it begins with \"HTTP/1.1 2000 OK\"", 0},
};

/* What came of a reply. */
struct outcome {
    enum http_reply_event event;
    unsigned status;
    struct text_buffer body;
    char error[HTTP_REPLY_ERROR_SIZE];
    size_t used;
};

/* Feeds the first bytes, then the others in steps, as the network might cut them; then closes. */
static struct outcome feed(const char *bytes, size_t size, size_t first, size_t step)
{
    struct http_reply reply;
    struct outcome outcome = {.event = HTTP_REPLY_MORE};
    size_t end = first;

    text_append(&outcome.body, "");
    http_reply_begin(&reply);
    while (outcome.used < size && outcome.event < HTTP_REPLY_END) {
        struct http_reply_piece piece;

        if (outcome.used == end) {
            end = size - end > step ? end + step : size;
        }
        outcome.event = http_reply_feed(&reply, bytes + outcome.used, end - outcome.used, &piece);
        outcome.used += piece.used;
        if (piece.body_size) {
            text_append_n(&outcome.body, piece.body, piece.body_size);
        }
        if (outcome.event == HTTP_REPLY_HEADER) {
            outcome.status = reply.status;
        }
    }
    if (outcome.event < HTTP_REPLY_END) {
        outcome.event = http_reply_close(&reply);
    }
    (void)text_copy(outcome.error, sizeof(outcome.error), reply.error);
    return outcome;
}

static void check_case(size_t i, size_t first, size_t step)
{
    size_t size = strlen(cases[i].bytes);
    struct outcome outcome = feed(cases[i].bytes, size, first, step);

    assert_fact(outcome.event == (cases[i].error ? HTTP_REPLY_BAD : HTTP_REPLY_END),
                "%s: event %d, %s", cases[i].what, outcome.event, outcome.error);
    assert_fact(strcmp(outcome.error, cases[i].error ? cases[i].error : "") == 0, "%s: %s",
                cases[i].what, outcome.error);
    assert_fact(outcome.status == cases[i].status, "%s: status %u", cases[i].what, outcome.status);
    if (!cases[i].error) {
        assert_fact(strcmp(outcome.body.data, cases[i].body) == 0, "%s: body \"%s\"", cases[i].what,
                    outcome.body.data);
        assert_fact(size - outcome.used <= cases[i].rest, "%s: %zu bytes left", cases[i].what,
                    size - outcome.used);
    }
    text_release(&outcome.body);
}

static void test_replies_are_read_however_they_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        check_case(i, strlen(cases[i].bytes), 1);
        check_case(i, 0, 1);
        for (size_t cut = 1; cut < strlen(cases[i].bytes); cut++) {
            check_case(i, cut, SIZE_MAX);
        }
    }
}

/* A reply that begins well and goes on with the same text for ever. @return what is said of it */
static size_t feed_for_ever(const char *begin, const char *more, char error[HTTP_REPLY_ERROR_SIZE])
{
    struct http_reply reply;
    struct http_reply_piece piece;
    enum http_reply_event event = HTTP_REPLY_MORE;
    size_t fed = 0;

    http_reply_begin(&reply);
    for (; fed < strlen(begin); fed += piece.used) {
        event = http_reply_feed(&reply, begin + fed, strlen(begin + fed), &piece);
    }
    for (; event == HTTP_REPLY_MORE || event == HTTP_REPLY_HEADER; fed += strlen(more)) {
        assert_true(fed < (size_t)10 * HTTP_REPLY_HEADER_MOST);
        event = http_reply_feed(&reply, more, strlen(more), &piece);
    }
    (void)text_copy(error, HTTP_REPLY_ERROR_SIZE, reply.error);
    return fed;
}

static void test_lines_without_an_end_are_given_up(void **state)
{
    static const struct {
        const char *begin;
        const char *more;
    } endless[] = {
        {"HTTP/1.1 200 ", "OK"},
        {OK, "X: y\r\n"},
        {OK "X: ", "y"},
        {"", "HTTP/1.1 100 Continue\r\n\r\n"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(endless); i++) {
        char error[HTTP_REPLY_ERROR_SIZE];
        size_t fed = feed_for_ever(endless[i].begin, endless[i].more, error);

        assert_fact(fed <= HTTP_REPLY_HEADER_MOST + 100, "%zu: %zu bytes", i, fed);
        assert_fact(strstr(error, "its header is longer than 32768 bytes"), "%zu: %s", i, error);
    }
}

static void test_a_body_has_no_bound_of_its_own(void **state)
{
    static char zeros[65536];
    struct http_reply reply;
    struct http_reply_piece piece;

    (void)state;
    http_reply_begin(&reply);
    assert_int_equal(http_reply_feed(&reply, OK "\r\n", strlen(OK "\r\n"), &piece),
                     HTTP_REPLY_HEADER);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(http_reply_feed(&reply, zeros, sizeof(zeros), &piece), HTTP_REPLY_BODY);
    }
    assert_int_equal(reply.body_size, 1000 * sizeof(zeros));
    assert_int_equal(http_reply_close(&reply), HTTP_REPLY_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies_are_read_however_they_are_cut),
        cmocka_unit_test(test_lines_without_an_end_are_given_up),
        cmocka_unit_test(test_a_body_has_no_bound_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
