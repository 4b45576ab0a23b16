/* SPDX-License-Identifier: Apache-2.0
 *
 * Regular expressions: what is found, where it may begin, and that no pattern works for long.
 */
#include "base/regex.h"

#include "unit.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Searches to the end, in steps that are always taken for slow or for quick ones. */
static enum regex_result search_all(struct regex *regex, struct regex_search search, bool quick,
                                    unsigned *calls)
{
    struct regex_error error;
    enum regex_result result;

    *calls = 0;
    do {
        result = regex_search(regex, &search, quick, &error);
        (*calls)++;
    } while (result == REGEX_MORE);
    return result;
}

static void test_matches_begin_between_the_offsets(void **state)
{
    static const struct {
        const char *pattern;
        uint32_t options;
        const char *subject;
        size_t first;
        size_t last;
        enum regex_result result;
    } cases[] = {
        {"ok", 0, "is ok", 0, SIZE_MAX, REGEX_MATCHED},
        {"OK", 0, "is ok", 0, SIZE_MAX, REGEX_NOT_MATCHED},
        {"OK", PCRE2_CASELESS, "is ok", 0, SIZE_MAX, REGEX_MATCHED},
        {"ok", 0, "is ok", 3, SIZE_MAX, REGEX_MATCHED},
        {"ok", 0, "is ok", 4, SIZE_MAX, REGEX_NOT_MATCHED},
        {"ok", 0, "is ok", 0, 3, REGEX_MATCHED},
        {"ok", 0, "is ok", 0, 2, REGEX_NOT_MATCHED},
        {"ok", 0, "is ok", 6, SIZE_MAX, REGEX_NOT_MATCHED},
        {"$", 0, "is ok", 5, SIZE_MAX, REGEX_MATCHED},
        {"", 0, "", 0, SIZE_MAX, REGEX_MATCHED},
        {"^ok", 0, "is\nok", 0, SIZE_MAX, REGEX_NOT_MATCHED},
        {"^ok", PCRE2_MULTILINE, "is\nok", 0, SIZE_MAX, REGEX_MATCHED},
        {"is.ok", 0, "is\nok", 0, SIZE_MAX, REGEX_NOT_MATCHED},
        {"is.ok", PCRE2_DOTALL, "is\nok", 0, SIZE_MAX, REGEX_MATCHED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct regex_error error;
        struct regex *regex = regex_new(cases[i].pattern, cases[i].options, &error);
        const struct regex_search search = {.subject = cases[i].subject,
                                            .length = strlen(cases[i].subject),
                                            .first = cases[i].first,
                                            .last = cases[i].last};
        unsigned calls;

        assert_non_null(regex);
        assert_int_equal(search_all(regex, search, true, &calls), cases[i].result);
        assert_int_equal(search_all(regex, search, false, &calls), cases[i].result);
        regex_free(regex);
    }
}

static void test_a_search_in_steps_finds_what_one_search_finds(void **state)
{
    enum { SIZE = 3000 };
    static const char needle[] = {'n', 'e', 'e', 'd', 'l', 'e'};
    char subject[SIZE];
    struct regex_error error;
    struct regex *regex = regex_new("(?<=x)needle$", 0, &error);

    (void)state;
    memset(subject, 'x', sizeof(subject));
    for (size_t at = 0; at + 6 <= SIZE; at += 41) {
        unsigned calls;
        const struct regex_search search = {
            .subject = subject, .length = at + 6, .first = 0, .last = SIZE_MAX};

        memcpy(subject + at, needle, sizeof(needle));
        assert_int_equal(search_all(regex, search, false, &calls),
                         at ? REGEX_MATCHED : REGEX_NOT_MATCHED);
        memset(subject + at, 'x', 6);
    }
    regex_free(regex);
}

static void test_steps_end_behind_whole_characters(void **state)
{
    enum { COUNT = 500, SIZE = COUNT * 3 + 1 };
    static const char euro[] = {'\xe2', '\x82', '\xac'};
    char subject[SIZE];
    struct regex_error error;
    struct regex *regex = regex_new("\\x{20ac}!", PCRE2_UTF, &error);
    unsigned calls;

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        memcpy(subject + i * 3, euro, sizeof(euro));
    }
    subject[SIZE - 1] = '!';
    assert_int_equal(
        search_all(regex,
                   (struct regex_search){.subject = subject, .length = SIZE, .last = SIZE_MAX},
                   false, &calls),
        REGEX_MATCHED);
    assert_true(calls > 10);
    regex_free(regex);
}

static void test_a_pattern_that_does_not_compile_is_told_with_its_offset(void **state)
{
    static const struct {
        const char *pattern;
        size_t offset;
    } cases[] = {{"(unclosed", 9}, {"x{2,1}", 5}, {"\\", 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct regex_error error = {0};

        assert_null(regex_new(cases[i].pattern, 0, &error));
        assert_int_equal(error.offset, cases[i].offset);
        assert_true(strlen(error.text) > 5);
    }
}

static void test_a_pattern_that_backtracks_without_end_is_given_up(void **state)
{
    char subject[64];
    struct regex_error error;
    struct regex *regex = regex_new("(a+)+$", PCRE2_NO_START_OPTIMIZE, &error);
    unsigned calls;

    (void)state;
    memset(subject, 'a', sizeof(subject));
    subject[sizeof(subject) - 1] = 'b';
    assert_int_equal(
        search_all(
            regex,
            (struct regex_search){.subject = subject, .length = sizeof(subject), .last = SIZE_MAX},
            true, &calls),
        REGEX_GAVE_UP);
    regex_free(regex);
}

static void test_a_small_stack_is_no_error(void **state)
{
    enum { SIZE = 20000 };
    char *subject = malloc(SIZE);
    struct regex_error error;
    struct regex *regex = regex_new("^(?:(a|b)c?)*+z", 0, &error);
    unsigned calls;

    (void)state;
    memset(subject, 'a', SIZE);
    subject[SIZE - 1] = 'z';
    regex_set_stack(regex, 1024, 1024);
    assert_int_equal(
        search_all(regex,
                   (struct regex_search){.subject = subject, .length = SIZE, .last = SIZE_MAX},
                   true, &calls),
        REGEX_MATCHED);
    regex_set_stack(regex, 1024, 1 << 20);
    assert_int_equal(
        search_all(regex,
                   (struct regex_search){.subject = subject, .length = SIZE, .last = SIZE_MAX},
                   true, &calls),
        REGEX_MATCHED);
    regex_free(regex);
    free(subject);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches_begin_between_the_offsets),
        cmocka_unit_test(test_a_search_in_steps_finds_what_one_search_finds),
        cmocka_unit_test(test_steps_end_behind_whole_characters),
        cmocka_unit_test(test_a_pattern_that_does_not_compile_is_told_with_its_offset),
        cmocka_unit_test(test_a_pattern_that_backtracks_without_end_is_given_up),
        cmocka_unit_test(test_a_small_stack_is_no_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
