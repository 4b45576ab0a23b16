/* SPDX-License-Identifier: Apache-2.0
 *
 * What the number in a file says about a server.
 */
#include "unit.h"

#include "check/file_verdict.h"

static void test_a_number_times_its_weight_is_added_and_a_weight_of_0_decides(void **state)
{
    static const struct {
        int64_t number;
        int32_t weight;
        bool reverse;
        bool good;
        int32_t added;
    } rows[] = {
        {0, 1, false, true, 0},
        {7, 1, false, true, 7},
        {-7, 1, false, true, -7},
        {7, -3, false, true, -21},
        {7, 3, true, true, -21},
        {-7, 3, true, true, 21},
        {0, 5, true, true, 0},
        /* Weight 0. */
        {0, 0, false, true, 0},
        {1, 0, false, false, 0},
        {-1, 0, false, false, 0},
        {INT64_MAX, 0, false, false, 0},
        {0, 0, true, false, 0},
        {1, 0, true, true, 0},
        /* -2^31 and less is a failure, and nothing wraps. */
        {-2147483647, 1, false, true, -2147483647},
        {INT64_C(-2147483648), 1, false, false, 0},
        {2147483647, -1, false, true, -2147483647},
        {INT64_C(2147483648), -1, false, false, 0},
        {INT64_C(2147483648), 1, true, false, 0},
        {INT64_C(2147483648), 1, false, true, INT32_MAX},
        {65536, -32768, false, false, 0},
        {65536, 65536, false, true, INT32_MAX},
        {INT64_MAX, 2147483647, false, true, INT32_MAX},
        {INT64_MAX, -2147483647, false, false, 0},
        {INT64_MIN, 2147483647, false, false, 0},
        {INT64_MIN, 1, true, true, INT32_MAX},
        {INT64_MIN, -2147483647, false, true, INT32_MAX},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct verdict verdict =
            file_verdict_of("load", rows[i].number, rows[i].weight, rows[i].reverse);

        assert_fact(verdict.class == (rows[i].good ? VERDICT_OK : VERDICT_ANSWER), "row %zu: %s", i,
                    verdict.text);
        assert_fact(verdict.change.kind == (rows[i].added ? HEALTH_CHANGE_ADD : HEALTH_CHANGE_NONE),
                    "row %zu", i);
        assert_fact(verdict.change.value == rows[i].added, "row %zu: %d", i,
                    (int)verdict.change.value);
    }
}

static void test_the_text_names_the_file_and_its_number(void **state)
{
    (void)state;
    assert_string_equal(file_verdict_of("load", -3, 1, false).text, "load says -3");
    assert_string_equal(file_verdict_of("load", 9, 0, false).text, "load says 9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_number_times_its_weight_is_added_and_a_weight_of_0_decides),
        cmocka_unit_test(test_the_text_names_the_file_and_its_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
