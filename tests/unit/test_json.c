/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/json.h"

static void test_any_bytes_become_a_string(void **state)
{
    static const struct {
        const char *text;
        const char *json;
    } rows[] = {
        {"", ""},
        {"VI_1", "VI_1"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xab", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xab"},
        {"caf\xe9", "caf\\xe9"},
        {"\xe9t\xc3\xa9", "\\xe9t\xc3\xa9"},
        {"\xc3", "\\xc3"},                   /* cut */
        {"\xe2\x82", "\\xe2\\x82"},          /* cut */
        {"\xc0\xaf", "\\xc0\\xaf"},          /* a longer form than needed */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond Unicode */
        {"a\nb", "a\nb"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        json_t *json = json_from_text(rows[i].text);

        assert_fact(json && strcmp(json_string_value(json), rows[i].json) == 0, "row %zu: %s", i,
                    json ? json_string_value(json) : "nothing");
        json_decref(json);
    }
}

static void test_no_text_is_null(void **state)
{
    (void)state;
    assert_true(json_is_null(json_from_text(NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_bytes_become_a_string),
        cmocka_unit_test(test_no_text_is_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
