/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages between the daemon and its helper: what is written is read again, and nothing else is.
 */
#include "unit.h"

#include "base/helper_codec.h"

#include <stdlib.h>

static const char *const arguments[] = {"/bin/sh", "-c", "", "a b", NULL};
static const char *const variables[] = {"A=1", "EMPTY=", NULL};
static const uint32_t groups[] = {5, 6, 7};

static void assert_words(const char *const *words, const char *const *expected)
{
    size_t i = 0;

    for (; expected[i]; i++) {
        assert_non_null(words[i]);
        assert_string_equal(words[i], expected[i]);
    }
    assert_null(words[i]);
}

static void test_a_start_comes_back_as_it_was(void **state)
{
    const struct helper_start start = {.uid = 1,
                                       .gid = HELPER_KEEP,
                                       .umask = 0177,
                                       .group_count = 3,
                                       .groups = groups,
                                       .argv = arguments,
                                       .environment = variables};
    struct helper_words *words = malloc(sizeof(*words));
    struct text_buffer text = {0};
    struct helper_start back = {0};
    struct helper_message message;

    (void)state;
    assert_true(helper_encode_start(77, &start, &text));
    message = helper_decode(text.data, text.length, &back, words);
    assert_int_equal(message.kind, HELPER_START);
    assert_int_equal(message.id, 77);
    assert_int_equal(back.uid, 1);
    assert_int_equal(back.gid, HELPER_KEEP);
    assert_int_equal(back.umask, 0177);
    assert_int_equal(back.group_count, 3);
    assert_memory_equal(back.groups, groups, sizeof(groups));
    assert_words(back.argv, arguments);
    assert_words(back.environment, variables);
    assert_int_equal(helper_decode(text.data, text.length, NULL, NULL).kind, HELPER_NOTHING);
    text_release(&text);
    free(words);
}

static void test_a_start_without_environment_has_none(void **state)
{
    const struct helper_start start = {.argv = arguments};
    struct helper_words *words = malloc(sizeof(*words));
    struct text_buffer text = {0};
    struct helper_start back = {0};

    (void)state;
    assert_true(helper_encode_start(1, &start, &text));
    assert_int_equal(helper_decode(text.data, text.length, &back, words).kind, HELPER_START);
    assert_words(back.argv, arguments);
    assert_null(back.environment[0]);
    text_release(&text);
    free(words);
}

static void test_other_messages_come_back_as_they_were(void **state)
{
    static const struct helper_message rows[] = {
        {HELPER_SETTLE, 0, 0, 0},     {HELPER_SIGNAL, 3, 0, 15},
        {HELPER_SETTLED, 0, 1, 0xe0}, {HELPER_EXITED, UINT32_MAX, 0, 255},
        {HELPER_SIGNALLED, 4, 0, 9},  {HELPER_FAILED, 5, 11, UINT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text_buffer text = {0};
        struct helper_message message;

        helper_encode(&rows[i], &text);
        message = helper_decode(text.data, text.length, NULL, NULL);
        assert_fact(message.kind == rows[i].kind && message.id == rows[i].id &&
                        message.error == rows[i].error && message.value == rows[i].value,
                    "row %zu", i);
        text_append_n(&text, "x", 1);
        assert_fact(helper_decode(text.data, text.length, NULL, NULL).kind == HELPER_NOTHING,
                    "row %zu with a byte too many", i);
        text_release(&text);
    }
}

static void test_no_part_of_a_message_is_one(void **state)
{
    const struct helper_start start = {
        .group_count = 3, .groups = groups, .argv = arguments, .environment = variables};
    struct helper_words *words = malloc(sizeof(*words));
    struct text_buffer text = {0};
    struct helper_start back = {0};

    (void)state;
    assert_true(helper_encode_start(1, &start, &text));
    for (size_t size = 0; size < text.length; size++) {
        char *exact = malloc(size + 1); /* so that a sanitizer sees a byte too far */

        memcpy(exact, text.data, size);
        assert_fact(helper_decode(exact, size, &back, words).kind == HELPER_NOTHING, "%zu of %zu",
                    size, text.length);
        free(exact);
    }
    text_append_n(&text, "", 1);
    assert_int_equal(helper_decode(text.data, text.length, &back, words).kind, HELPER_NOTHING);
    text_release(&text);
    free(words);
}

/* Numbers that a message is not long enough for. */
static void test_counts_that_lie_are_refused(void **state)
{
    static const struct {
        size_t at; /* bytes from the start: behind the head of 24 */
        uint32_t value;
    } rows[] = {
        {0, HELPER_NOTHING},
        {0, HELPER_KINDS},
        {0, UINT32_MAX},
        {36, HELPER_GROUPS},
        {36, UINT32_MAX},
        {40, 0},
        {40, 5},
        {40, HELPER_WORDS},
        {40, UINT32_MAX},
        {44, HELPER_WORDS + 1},
        {44, UINT32_MAX},
        {44, 0},
        {40, 3},
    };
    const struct helper_start start = {
        .group_count = 3, .groups = groups, .argv = arguments, .environment = variables};
    struct helper_words *words = malloc(sizeof(*words));
    struct helper_start back = {0};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text_buffer text = {0};

        assert_true(helper_encode_start(1, &start, &text));
        memcpy(text.data + rows[i].at, &rows[i].value, sizeof(rows[i].value));
        assert_fact(helper_decode(text.data, text.length, &back, words).kind == HELPER_NOTHING,
                    "row %zu", i);
        text_release(&text);
    }
    free(words);
}

static void test_what_is_too_large_is_not_written(void **state)
{
    static const char *const none[] = {NULL};
    const char **many = calloc(HELPER_WORDS + 2, sizeof(*many));
    struct helper_start start = {.argv = none};
    struct text_buffer text = {0};

    (void)state;
    assert_false(helper_encode_start(1, &start, &text));
    for (size_t i = 0; i < HELPER_WORDS; i++) {
        many[i] = "x";
    }
    start.argv = many;
    assert_true(helper_encode_start(1, &start, &text));
    text_release(&text);
    many[HELPER_WORDS] = "one too many";
    assert_false(helper_encode_start(1, &start, &text));
    many[HELPER_WORDS] = NULL;
    start.group_count = HELPER_GROUPS + 1;
    assert_false(helper_encode_start(1, &start, &text));
    assert_int_equal(text.length, 0);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_start_comes_back_as_it_was),
        cmocka_unit_test(test_a_start_without_environment_has_none),
        cmocka_unit_test(test_other_messages_come_back_as_they_were),
        cmocka_unit_test(test_no_part_of_a_message_is_one),
        cmocka_unit_test(test_counts_that_lie_are_refused),
        cmocka_unit_test(test_what_is_too_large_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
