/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "parser/diag.h"

#include <stdlib.h>

static struct conf_position at(const char *file, uint32_t line, uint32_t column)
{
    return (struct conf_position){file, line, column};
}

static void add(struct diag_list *list, enum diag_severity severity, struct conf_position position,
                const char *line, uint32_t length, const char *message)
{
    diag_add(list, severity, &position, line, line ? strlen(line) : 0, length, "%s", message);
}

/* A diagnostic, and what people see of it. */
static const struct {
    struct conf_position position;
    const char *line;
    const char *message;
    const char *shown;
    enum diag_severity severity;
    uint32_t length;
} shown_rows[] = {
    {{"a.conf", 12, 15},
     "    priority  300",
     "priority 300 is outside 1..255",
     "a.conf:12:15: error: priority 300 is outside 1..255\n"
     "        priority  300\n"
     "                  ^~~\n",
     DIAG_ERROR,
     3},
    {{"a.conf", 1, 1}, "x", "m", "a.conf:1:1: warning: m\n    x\n    ^\n", DIAG_WARNING, 1},
    /* no length counts as one */
    {{"a.conf", 1, 1}, "x", "m", "a.conf:1:1: note: m\n    x\n    ^\n", DIAG_REMARK, 0},
    /* a whole file, nowhere, a whole line */
    {{"a.conf", 0, 0}, NULL, "m", "a.conf: error: m\n", DIAG_ERROR, 0},
    {{NULL, 0, 0}, NULL, "m", "error: m\n", DIAG_ERROR, 0},
    {{"a.conf", 3, 0}, NULL, "m", "a.conf:3: error: m\n", DIAG_ERROR, 0},
    /* tabs before the caret line up */
    {{"a.conf", 1, 4},
     "\t\tx y",
     "m",
     "a.conf:1:4: error: m\n    \t\tx y\n    \t\t ^\n",
     DIAG_ERROR,
     1},
    /* a character of several bytes is one column */
    {{"a.conf", 1, 5},
     "\xc3\xa4\xc3\xb6xy",
     "m",
     "a.conf:1:5: error: m\n    \xc3\xa4\xc3\xb6xy\n      ^~\n",
     DIAG_ERROR,
     2},
    /* control characters are shown, and counted as they are shown */
    {{"a.conf", 1, 3},
     "\x1b[x",
     "m",
     "a.conf:1:3: error: m\n    \\x1b[x\n         ^\n",
     DIAG_ERROR,
     1},
    {{"a.conf", 1, 1},
     "\x01\x7f",
     "m",
     "a.conf:1:1: error: m\n    \\x01\\x7f\n    ^~~~~~~~\n",
     DIAG_ERROR,
     2},
    /* behind the end of the line */
    {{"a.conf", 1, 3}, "ab", "m", "a.conf:1:3: error: m\n    ab\n      ^\n", DIAG_ERROR, 1},
    {{"a\x1b.conf", 1, 1}, "x", "m", "a\\x1b.conf:1:1: error: m\n    x\n    ^\n", DIAG_ERROR, 1},
};

static void test_one_diagnostic_is_shown_with_its_line_and_a_caret(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(shown_rows); i++) {
        struct diag_list *list = diag_new();
        struct text_buffer out = {0};

        add(list, shown_rows[i].severity, shown_rows[i].position, shown_rows[i].line,
            shown_rows[i].length, shown_rows[i].message);
        diag_write(diag_at(list, 0), &out);
        assert_fact(strcmp(out.data, shown_rows[i].shown) == 0, "row %zu shows\n%s\nnot\n%s", i,
                    out.data, shown_rows[i].shown);
        text_release(&out);
        diag_free(list);
    }
}

static void test_text_from_the_file_cannot_drive_the_terminal(void **state)
{
    static const struct {
        const char *message;
        const char *shown;
    } rows[] = {
        {"plain", "plain"},
        {"bell \a", "bell \\x07"},
        {"esc \x1b[2J", "esc \\x1b[2J"},
        {"newline \n", "newline \\x0a"},
        {"C1 \xc2\x9b", "C1 \\xc2\\x9b"},
        {"good \xe2\x82\xac \xf0\x9f\x98\x80", "good \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"cut \xe2\x82", "cut \\xe2\\x82"},
        {"overlong \xc0\xaf \xe0\x80\xaf", "overlong \\xc0\\xaf \\xe0\\x80\\xaf"},
        {"surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80"},
        {"too large \xf4\x90\x80\x80 \xf5", "too large \\xf4\\x90\\x80\\x80 \\xf5"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct diag_list *list = diag_new();

        add(list, DIAG_ERROR, at("f", 1, 1), NULL, 1, rows[i].message);
        assert_string_equal(diag_at(list, 0)->message, rows[i].shown);
        diag_free(list);
    }
}

static void test_order_is_that_of_the_text_and_notes_stay_with_theirs(void **state)
{
    struct diag_list *list = diag_new();
    struct text_buffer out = {0};

    (void)state;
    add(list, DIAG_WARNING, at("a", 9, 1), NULL, 1, "a9");
    add(list, DIAG_NOTE, at("a", 1, 1), NULL, 1, "note of a9");
    add(list, DIAG_NOTE, at("b", 1, 1), NULL, 1, "second note of a9");
    add(list, DIAG_ERROR, at("b", 1, 1), NULL, 1, "b1");
    add(list, DIAG_ERROR, at("a", 2, 8), NULL, 1, "a2.8");
    add(list, DIAG_ERROR, at("a", 2, 3), NULL, 1, "a2.3");
    add(list, DIAG_NOTE, at("a", 9, 9), NULL, 1, "note of a2.3");
    add(list, DIAG_WARNING, at("a", 2, 3), NULL, 1, "a2.3 again");
    diag_sort(list);
    diag_write_all(list, &out);
    assert_string_equal(out.data, "a:2:3: error: a2.3\n"
                                  "a:9:9: note: note of a2.3\n"
                                  "a:2:3: warning: a2.3 again\n"
                                  "a:2:8: error: a2.8\n"
                                  "a:9:1: warning: a9\n"
                                  "a:1:1: note: note of a9\n"
                                  "b:1:1: note: second note of a9\n"
                                  "b:1:1: error: b1\n");
    text_release(&out);
    diag_free(list);
}

static void test_only_so_many_are_kept_and_the_rest_is_counted(void **state)
{
    struct diag_list *list = diag_new();
    struct text_buffer out = {0};
    size_t lines = 0;

    (void)state;
    for (uint32_t i = 0; i < DIAG_KEPT + 5; i++) {
        add(list, DIAG_ERROR, at("a", i + 1, 1), NULL, 1, "error");
        add(list, DIAG_NOTE, at("a", i + 1, 1), NULL, 1, "its note");
    }
    for (uint32_t i = 0; i < DIAG_KEPT + 1; i++) {
        add(list, DIAG_WARNING, at("a", i + 1, 1), NULL, 1, "warning");
    }
    assert_int_equal(diag_count(list, DIAG_ERROR), DIAG_KEPT + 5);
    assert_int_equal(diag_count(list, DIAG_WARNING), DIAG_KEPT + 1);
    assert_false(diag_has_room(list, DIAG_ERROR));
    assert_false(diag_has_room(list, DIAG_NOTE));
    assert_true(diag_has_room(list, DIAG_REMARK));
    assert_null(diag_at(list, (size_t)3 * DIAG_KEPT));
    diag_write_all(list, &out);
    for (const char *text = out.data; *text; text++) {
        lines += *text == '\n';
    }
    assert_int_equal(lines, 3 * DIAG_KEPT + 2);
    assert_non_null(strstr(out.data, "\n... and 5 more errors\n... and 1 more warning\n"));
    text_release(&out);
    diag_free(list);
}

static void test_of_a_long_line_the_part_around_the_caret_is_shown(void **state)
{
    enum { LENGTH = 100000 };
    static const uint32_t columns[] = {1, 100, 121, 50000, LENGTH, LENGTH + 1};
    char *line = malloc(LENGTH + 1);

    (void)state;
    assert_non_null(line);
    memset(line, 'x', LENGTH);
    line[LENGTH] = '\0';
    for (size_t i = 0; i < UNIT_COUNT(columns); i++) {
        struct diag_list *list = diag_new();
        struct text_buffer out = {0};
        const char *shown;
        const char *under;

        line[columns[i] - 1] = columns[i] <= LENGTH ? '!' : '\0';
        add(list, DIAG_ERROR, at("a", 1, columns[i]), line, 1, "here");
        line[columns[i] - 1] = columns[i] <= LENGTH ? 'x' : '\0';
        diag_write(diag_at(list, 0), &out);
        assert_true(out.length < 700);
        shown = strchr(out.data, '\n') + 1;
        under = strchr(shown, '\n') + 1;
        assert_fact(shown[strcspn(under, "^")] == (columns[i] <= LENGTH ? '!' : '\n'),
                    "column %u: the caret is not below it:\n%s", columns[i], out.data);
        text_release(&out);
        diag_free(list);
    }
    free(line);
}

static void test_what_a_lint_said_is_taken_back_with_its_notes(void **state)
{
    struct diag_list *list = diag_new();

    (void)state;
    diag_speak_for(list, "a");
    add(list, DIAG_WARNING, at("a.conf", 1, 1), NULL, 1, "of a");
    add(list, DIAG_NOTE, at("a.conf", 2, 1), NULL, 1, "note of a");
    add(list, DIAG_ERROR, at("a.conf", 3, 1), NULL, 1, "an error is nobody's");
    diag_speak_for(list, "b");
    add(list, DIAG_WARNING, at("a.conf", 4, 1), NULL, 1, "of b");
    diag_speak_for(list, NULL);
    add(list, DIAG_WARNING, at("a.conf", 5, 1), NULL, 1, "of nobody");
    diag_skip(list);
    add(list, DIAG_NOTE, at("a.conf", 6, 1), NULL, 1, "note of what was skipped");
    assert_int_equal(diag_count(list, DIAG_WARNING), 3);
    assert_string_equal(diag_at(list, 0)->lint, "a");
    assert_null(diag_at(list, 2)->lint);
    diag_silence(list, "a");
    diag_silence(list, "c");
    assert_int_equal(diag_count(list, DIAG_WARNING), 2);
    assert_string_equal(diag_at(list, 0)->message, "an error is nobody's");
    assert_string_equal(diag_at(list, 1)->message, "of b");
    assert_string_equal(diag_at(list, 2)->message, "of nobody");
    assert_null(diag_at(list, 2)->lint);
    assert_null(diag_at(list, 3));
    diag_free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_diagnostic_is_shown_with_its_line_and_a_caret),
        cmocka_unit_test(test_text_from_the_file_cannot_drive_the_terminal),
        cmocka_unit_test(test_order_is_that_of_the_text_and_notes_stay_with_theirs),
        cmocka_unit_test(test_only_so_many_are_kept_and_the_rest_is_counted),
        cmocka_unit_test(test_what_a_lint_said_is_taken_back_with_its_notes),
        cmocka_unit_test(test_of_a_long_line_the_part_around_the_caret_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
