/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/arena.h"
#include "base/text.h"
#include "parser/script.h"

static void test_commands_are_split_as_keepalived_does(void **state)
{
    static const struct {
        const char *command;
        const char *arguments; /* each in brackets; NULL: none */
        enum script_error error;
    } rows[] = {
        {"/x.sh", "[/x.sh]", SCRIPT_GOOD},
        {"  /x.sh  a\tb ", "[/x.sh][a][b]", SCRIPT_GOOD},
        {"/x 'a b' \\x41", "[/x][a b][A]", SCRIPT_GOOD},
        {"/x \"a 'b' c\" d", "[/x][a 'b' c][d]", SCRIPT_GOOD},
        {"/x a'b c'\"d e\"f", "[/x][ab cd ef]", SCRIPT_GOOD},
        {"/x '' \"\"", "[/x][][]", SCRIPT_GOOD},
        {"/x \\\"a\\' b\\ c", "[/x][\"a'][b c]", SCRIPT_GOOD},
        {"/x \\a\\b\\E\\f\\n\\r\\t\\v", "[/x][\a\b\x1b\f\n\r\t\v]", SCRIPT_GOOD},
        {"/x \\1 \\12 \\1234 \\x4g \\x414", "[/x][\x01][\n][S4][\x04g][A4]", SCRIPT_GOOD},
        {"/x \\cA\\c[ \\q \\\\", "[/x][\x01\x1b][q][\\]", SCRIPT_GOOD},
        {"/x \\xg \\", "[/x][xg][\\]", SCRIPT_GOOD},
        {"</tmp/ok", "[/bin/sh][-c][</tmp/ok]", SCRIPT_GOOD},
        {"  <  /tmp/ok", "[/bin/sh][-c][<  /tmp/ok]", SCRIPT_GOOD},
        {"/x </tmp/ok", "[/x][</tmp/ok]", SCRIPT_GOOD},
        {"", NULL, SCRIPT_EMPTY},
        {" \t", NULL, SCRIPT_EMPTY},
        {"''", NULL, SCRIPT_EMPTY},
        {"'' a", NULL, SCRIPT_EMPTY},
        {"/x 'a", NULL, SCRIPT_OPEN_QUOTE},
        {"/x \"a'", NULL, SCRIPT_OPEN_QUOTE},
        {"/x \\0", NULL, SCRIPT_NUL},
        {"/x \\x00", NULL, SCRIPT_NUL},
        {"/x \\c@", NULL, SCRIPT_NUL},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct arena *arena = arena_new();
        struct text_buffer shown = {0};
        enum script_error error = SCRIPT_NUL;
        const char *const *argv = script_split(arena, rows[i].command, &error);

        assert_fact((argv != NULL) == (rows[i].arguments != NULL), "\"%s\" split or not",
                    rows[i].command);
        assert_fact(error == rows[i].error, "\"%s\": error %d", rows[i].command, error);
        assert_true(script_error_text(error)[0]);
        for (size_t j = 0; argv && argv[j]; j++) {
            text_appendf(&shown, "[%s]", argv[j]);
        }
        assert_fact(!shown.data || strcmp(shown.data, rows[i].arguments) == 0, "\"%s\" gives %s",
                    rows[i].command, shown.data);
        text_release(&shown);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands_are_split_as_keepalived_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
