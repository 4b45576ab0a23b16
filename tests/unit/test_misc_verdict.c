/* SPDX-License-Identifier: Apache-2.0
 *
 * What the end of a program says about a server.
 */
#include "unit.h"

#include "check/misc_verdict.h"

static void test_without_misc_dynamic_only_0_is_good(void **state)
{
    (void)state;
    for (int status = 0; status <= 255; status++) {
        struct verdict verdict = misc_verdict_of_status(status, false);
        char text[32];

        assert_fact(verdict.class == (status ? VERDICT_ANSWER : VERDICT_OK), "exit %d", status);
        assert_fact(verdict.change.kind == HEALTH_CHANGE_NONE, "exit %d", status);
        (void)snprintf(text, sizeof(text), "exit status %d", status);
        assert_string_equal(verdict.text, text);
    }
}

static void test_misc_dynamic_makes_weights_of_2_to_255(void **state)
{
    (void)state;
    for (int status = 2; status <= 255; status++) {
        struct verdict verdict = misc_verdict_of_status(status, true);

        assert_fact(verdict.class == VERDICT_OK, "exit %d", status);
        assert_fact(verdict.change.kind == HEALTH_CHANGE_SET && verdict.change.value == status - 2,
                    "exit %d: %d", status, (int)verdict.change.value);
    }
}

static void test_misc_dynamic_leaves_the_configured_weight_with_0_and_fails_with_1(void **state)
{
    struct verdict verdict = misc_verdict_of_status(0, true);

    (void)state;
    assert_int_equal(verdict.class, VERDICT_OK);
    assert_int_equal(verdict.change.kind, HEALTH_CHANGE_NONE);
    verdict = misc_verdict_of_status(1, true);
    assert_int_equal(verdict.class, VERDICT_ANSWER);
}

static void test_a_signal_is_a_failure(void **state)
{
    struct verdict verdict = misc_verdict_of_signal(11);

    (void)state;
    assert_int_equal(verdict.class, VERDICT_ANSWER);
    assert_string_equal(verdict.text, "ended by signal 11");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_misc_dynamic_only_0_is_good),
        cmocka_unit_test(test_misc_dynamic_makes_weights_of_2_to_255),
        cmocka_unit_test(test_misc_dynamic_leaves_the_configured_weight_with_0_and_fails_with_1),
        cmocka_unit_test(test_a_signal_is_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
