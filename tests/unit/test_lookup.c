/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/arena.h"
#include "parser/lookup.h"

static void count_thing(void *argument, void *thing)
{
    char **seen = argument;

    *(*seen)++ = *(const char *)thing;
}

static void test_the_first_thing_with_a_key_stays(void **state)
{
    struct arena *arena = arena_new();
    struct lookup *lookup = lookup_new(arena);
    char a[] = "a";
    char b[] = "b";
    char seen[4] = "";
    char *end = seen;

    (void)state;
    assert_null(lookup_find(lookup, "key", 3));
    assert_null(lookup_add(lookup, "key", 3, b));
    assert_ptr_equal(lookup_add(lookup, "key", 3, a), b);
    assert_null(lookup_add(lookup, "kez", 3, a));
    assert_null(lookup_add(lookup, "ke\0", 3, a)); /* any bytes */
    assert_ptr_equal(lookup_find(lookup, "key", 3), b);
    assert_null(lookup_find(lookup, "key", 2));
    lookup_each(lookup, count_thing, &end);
    assert_string_equal(seen, "baa");
    lookup_free(lookup);
    lookup_free(NULL);
    arena_free(arena);
}

static void test_many_keys_are_all_found(void **state)
{
    enum { KEYS = 50000 };
    struct arena *arena = arena_new();
    struct lookup *lookup = lookup_new(arena);
    uint32_t *keys = arena_alloc(arena, KEYS * sizeof(*keys));

    (void)state;
    for (uint32_t i = 0; i < KEYS; i++) {
        keys[i] = i * 2654435761U;
        assert_null(lookup_add(lookup, &keys[i], sizeof(keys[i]), &keys[i]));
    }
    for (uint32_t i = 0; i < KEYS; i++) {
        uint32_t key = i * 2654435761U;

        assert_ptr_equal(lookup_find(lookup, &key, sizeof(key)), &keys[i]);
    }
    lookup_free(lookup);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_thing_with_a_key_stays),
        cmocka_unit_test(test_many_keys_are_all_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
