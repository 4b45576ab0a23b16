/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "check/verdict.h"

#include <errno.h>

static const struct {
    int error;
    enum verdict_class class;
    const char *text;
} errors[] = {
    {0, VERDICT_OK, "connected"},
    {ECONNREFUSED, VERDICT_REFUSED, "connection refused"},
    {ECONNRESET, VERDICT_RESET, "connection reset by peer"},
    {EPIPE, VERDICT_RESET, "broken pipe"},
    {ETIMEDOUT, VERDICT_TIMEOUT, "connection timed out"},
    {EHOSTUNREACH, VERDICT_UNREACHABLE, "no route to host"},
    {ENETUNREACH, VERDICT_UNREACHABLE, "network is unreachable"},
    {EHOSTDOWN, VERDICT_UNREACHABLE, "host is down"},
    {ENETDOWN, VERDICT_UNREACHABLE, "network is down"},
    {ENOPROTOOPT, VERDICT_UNREACHABLE, "protocol not available"},
    {EMFILE, VERDICT_LOCAL, "too many open files"},
    {ENFILE, VERDICT_LOCAL, "too many open files in system"},
    {EADDRNOTAVAIL, VERDICT_LOCAL, "cannot assign requested address"},
    {EADDRINUSE, VERDICT_LOCAL, "address already in use"},
    {ENOBUFS, VERDICT_LOCAL, "no buffer space available"},
    {ENOMEM, VERDICT_LOCAL, "cannot allocate memory"},
    {EPERM, VERDICT_LOCAL, "operation not permitted"},
    {ENODEV, VERDICT_LOCAL, "no such device"},
    {EAGAIN, VERDICT_LOCAL, "resource temporarily unavailable"},
};

static void test_errors_of_a_connection_have_their_class_and_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(errors); i++) {
        struct verdict verdict = verdict_of_connection(errors[i].error);
        char text[VERDICT_TEXT_SIZE];

        assert_fact(verdict.class == errors[i].class, "error %d: class %s", errors[i].error,
                    verdict_class_name(verdict.class));
        assert_string_equal(verdict_text(text, &verdict, "connected"), errors[i].text);
    }
}

static void test_a_prohibition_is_the_servers_only_when_it_came_over_the_network(void **state)
{
    (void)state;
    assert_int_equal(verdict_of_connection(EACCES).class, VERDICT_UNREACHABLE);
    assert_int_equal(verdict_of_local(EACCES).class, VERDICT_LOCAL);
}

static void test_a_timeout_says_how_long_it_waited(void **state)
{
    struct verdict verdict = verdict_of_timeout(NULL, 5 * CLOCK_SECOND);
    char text[VERDICT_TEXT_SIZE];

    (void)state;
    assert_int_equal(verdict.class, VERDICT_TIMEOUT);
    assert_string_equal(verdict_text(text, &verdict, "connected"), "no answer within 5.00 s");
    verdict = verdict_of_timeout("no greeting", CLOCK_SECOND / 2);
    assert_string_equal(verdict_text(text, &verdict, "connected"), "no greeting within 500 ms");
}

static void test_a_verdict_has_the_text_that_it_was_given(void **state)
{
    struct verdict verdict = verdict_of(VERDICT_ANSWER, "status %d, not 200", 503);
    char text[VERDICT_TEXT_SIZE];

    (void)state;
    assert_int_equal(verdict.class, VERDICT_ANSWER);
    assert_string_equal(verdict_text(text, &verdict, "connected"), "status 503, not 200");
    verdict = verdict_of(VERDICT_ANSWER, "%0200d", 1);
    assert_int_equal(strlen(verdict_text(text, &verdict, "connected")), VERDICT_TEXT_SIZE - 1);
    verdict = (struct verdict){.class = VERDICT_PROTOCOL};
    assert_string_equal(verdict_text(text, &verdict, "connected"), "protocol");
}

static void test_only_a_local_error_says_nothing_of_the_server(void **state)
{
    static const char *const names[] = {"ok",  "timeout",  "refused", "unreachable", "reset",
                                        "tls", "protocol", "answer",  "local"};

    (void)state;
    assert_int_equal(UNIT_COUNT(names), VERDICT_CLASSES);
    for (int class = 0; class < VERDICT_CLASSES; class ++) {
        enum health_result expected = class == VERDICT_OK      ? HEALTH_GOOD
                                      : class == VERDICT_LOCAL ? HEALTH_SILENT
                                                               : HEALTH_BAD;

        assert_string_equal(verdict_class_name(class), names[class]);
        assert_int_equal(verdict_health(class), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_of_a_connection_have_their_class_and_text),
        cmocka_unit_test(test_a_prohibition_is_the_servers_only_when_it_came_over_the_network),
        cmocka_unit_test(test_a_timeout_says_how_long_it_waited),
        cmocka_unit_test(test_a_verdict_has_the_text_that_it_was_given),
        cmocka_unit_test(test_only_a_local_error_says_nothing_of_the_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
