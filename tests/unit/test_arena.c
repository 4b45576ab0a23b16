/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/arena.h"

static void test_allocations_are_zeroed_aligned_and_apart(void **state)
{
    struct arena *arena = arena_new();
    unsigned char *before = NULL;

    (void)state;
    for (size_t size = 1; size < 3000; size += 7) {
        unsigned char *memory = arena_alloc(arena, size);

        assert_fact((uintptr_t)memory % 8 == 0, "%zu bytes are not aligned", size);
        for (size_t i = 0; i < size; i++) {
            assert_fact(memory[i] == 0, "byte %zu of %zu is not zero", i, size);
        }
        assert_ptr_not_equal(memory, before);
        memset(memory, 0xa5, size);
        before = memory;
    }
    arena_free(arena);
}

static void test_strings_survive_later_allocations(void **state)
{
    struct arena *arena = arena_new();
    const char *texts[500];

    (void)state;
    for (int i = 0; i < 500; i++) {
        texts[i] = arena_format(arena, "string number %d", i);
        memset(arena_alloc(arena, (size_t)i + 1), 0xff, (size_t)i + 1);
    }
    for (int i = 0; i < 500; i++) {
        char expected[32];

        (void)snprintf(expected, sizeof(expected), "string number %d", i);
        assert_string_equal(texts[i], expected);
    }
    assert_string_equal(arena_text_n(arena, "abcdef", 3), "abc");
    assert_string_equal(arena_text(arena, ""), "");
    arena_free(arena);
}

#define LARGE ((size_t)5 * 1024 * 1024)

static void test_large_allocations_get_a_block_of_their_own(void **state)
{
    struct arena *arena = arena_new();
    char *large = arena_alloc(arena, LARGE);

    (void)state;
    large[LARGE - 1] = 'x';
    assert_true(arena_size(arena) >= LARGE);
    assert_string_equal(arena_copy(arena, "xyz", 4), "xyz");
    arena_free(arena);
    arena_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocations_are_zeroed_aligned_and_apart),
        cmocka_unit_test(test_strings_survive_later_allocations),
        cmocka_unit_test(test_large_allocations_get_a_block_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
