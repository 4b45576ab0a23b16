/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/slots.h"

enum { MANY = 5000 };

/* Many have the same, and all end near each other: whatever can collide does. */
static unsigned hash_of(uint32_t number)
{
    return UINT32_MAX - number % 1000;
}

static void expect_all(const struct slots *slots)
{
    for (uint32_t hash = 0; hash < 1000; hash++) {
        uint32_t cursor = 0;

        for (uint32_t number = hash; number < MANY; number += 1000) {
            assert_int_equal(slots_next(slots, hash_of(hash), &cursor), number);
        }
        assert_int_equal(slots_next(slots, hash_of(hash), &cursor), SLOTS_NONE);
    }
}

static void test_all_of_a_hash_are_found_in_their_order(void **state)
{
    struct slots slots = {0};
    struct slots copy;
    uint32_t cursor = 0;

    (void)state;
    assert_int_equal(slots_next(&slots, 7, &cursor), SLOTS_NONE);
    for (uint32_t number = 0; number < MANY; number++) {
        slots_add(&slots, hash_of(number), number);
    }
    expect_all(&slots);
    copy = slots_copy(&slots);
    slots_release(&slots);
    assert_int_equal(slots_next(&slots, hash_of(0), &cursor), SLOTS_NONE);
    expect_all(&copy);
    slots_add(&copy, 7, 1);
    cursor = 0;
    assert_int_equal(slots_next(&copy, 7, &cursor), 1);
    expect_all(&copy);
    slots_release(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_a_hash_are_found_in_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
