/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "control/request.h"

#include <stdlib.h>

static const struct {
    const char *line;
    const char *code; /* NULL: it is a request */
    const char *message;
} lines[] = {
    {"{\"version\":1,\"command\":\"status\"}", NULL, NULL},
    {" {\"command\" : \"status\", \"version\":1 } \r", NULL, NULL},
    {"{\"version\":1,\"command\":\"status\",\"arguments\":{}}", NULL, NULL},
    {"{\"version\":1,\"command\":\"\"}", NULL, NULL},
    {"", "bad-request", "this is not JSON: "},
    {"status", "bad-request", "this is not JSON: "},
    {"{\"version\":1,\"command\":\"status\"", "bad-request", "this is not JSON: "},
    {"{\"version\":1,\"command\":\"status\"} x", "bad-request", "this is not JSON: "},
    {"{\"version\":1,\"version\":1,\"command\":\"status\"}", "bad-request", "this is not JSON: "},
    {"{\"version\":1,\"command\":\"\xff\"}", "bad-request", "this is not JSON: "},
    {"{\"version\":99999999999999999999,\"command\":\"status\"}", "bad-request",
     "this is not JSON: "},
    {"[1]", "bad-request", "a request is a JSON object"},
    {"{}", "bad-request", "\"version\" must be a number"},
    {"{\"version\":\"1\",\"command\":\"status\"}", "bad-request", "\"version\" must be a number"},
    {"{\"version\":1.0,\"command\":\"status\"}", "bad-request", "\"version\" must be a number"},
    {"{\"version\":2,\"command\":\"status\"}", "unsupported-version",
     "version 2 of the protocol is not known, only 1"},
    {"{\"version\":1}", "bad-request", "\"command\" must be a string"},
    {"{\"version\":1,\"command\":7}", "bad-request", "\"command\" must be a string"},
    {"{\"version\":1,\"command\":\"a\",\"arguments\":[]}", "bad-request",
     "\"arguments\" must be an object"},
    {"{\"version\":1,\"command\":\"a\",\"argument\":{}}", "bad-request",
     "\"argument\" is not known"},
};

static void test_lines_are_requests_or_are_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(lines); i++) {
        struct request request;
        struct request_error error = {0};
        bool good = request_parse(lines[i].line, strlen(lines[i].line), &request, &error);

        assert_fact(good == !lines[i].code, "%s: taken %d", lines[i].line, good);
        if (good) {
            assert_non_null(request.command);
            request_release(&request);
        } else if (lines[i].code) {
            assert_fact(strcmp(error.code, lines[i].code) == 0, "%s: %s", lines[i].line,
                        error.code);
            assert_fact(strncmp(error.message, lines[i].message, strlen(lines[i].message)) == 0,
                        "%s: %s", lines[i].line, error.message);
        }
        assert_null(request.root);
    }
}

static void test_a_request_has_its_command_and_arguments(void **state)
{
    static const char line[] =
        "{\"version\":1,\"command\":\"drain\",\"arguments\":{\"a\":[1]}} tail";
    struct request request;
    struct request_error error;

    (void)state;
    assert_true(request_parse(line, strlen(line) - strlen(" tail"), &request, &error));
    assert_string_equal(request.command, "drain");
    assert_int_equal(json_array_size(json_object_get(request.arguments, "a")), 1);
    request_release(&request);
}

static void test_a_line_above_the_limit_is_refused_unread(void **state)
{
    static char line[REQUEST_LIMIT + 2];
    struct request request;
    struct request_error error;

    (void)state;
    (void)snprintf(line, sizeof(line), "%-*s", REQUEST_LIMIT + 1,
                   "{\"version\":1,\"command\":\"a\"}");
    assert_true(request_parse(line, REQUEST_LIMIT, &request, &error));
    request_release(&request);
    assert_false(request_parse(line, REQUEST_LIMIT + 1, &request, &error));
    assert_string_equal(error.code, "too-large");
}

static void test_deep_nesting_is_refused(void **state)
{
    char *line = malloc(REQUEST_LIMIT);
    struct request request;
    struct request_error error;

    (void)state;
    memset(line, '[', REQUEST_LIMIT);
    assert_false(request_parse(line, REQUEST_LIMIT, &request, &error));
    assert_string_equal(error.code, "bad-request");
    free(line);
}

static void expect_text(json_t *reply, const char *text)
{
    char *dumped = json_dumps(reply, JSON_COMPACT);

    assert_string_equal(dumped, text);
    free(dumped);
    json_decref(reply);
}

static void test_replies_say_whether_it_went_well(void **state)
{
    (void)state;
    expect_text(request_success(json_integer(7)), "{\"version\":1,\"ok\":true,\"result\":7}");
    expect_text(request_success(NULL), "{\"version\":1,\"ok\":true,\"result\":null}");
    expect_text(request_failure("no", "it \"is\" so"),
                "{\"version\":1,\"ok\":false,\"error\":{\"code\":\"no\",\"message\":"
                "\"it \\\"is\\\" so\"}}");
    expect_text(request_failure("no", "caf\xe9"), "{\"version\":1,\"ok\":false,\"error\":{\"code\":"
                                                  "\"no\",\"message\":\"caf?\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_requests_or_are_refused_with_a_reason),
        cmocka_unit_test(test_a_request_has_its_command_and_arguments),
        cmocka_unit_test(test_a_line_above_the_limit_is_refused_unread),
        cmocka_unit_test(test_deep_nesting_is_refused),
        cmocka_unit_test(test_replies_say_whether_it_went_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
