/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.h, and hash.h, which is uthash on top of it.
 */
#include "unit.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- memory.h ---------------------------------------------------------------------------------- */

static void test_new_memory_is_zeroed(void **state)
{
    (void)state;
    for (size_t size = 1; size < 5000; size += 501) {
        unsigned char *memory = memory_new(3, size);

        for (size_t i = 0; i < 3 * size; i++) {
            assert_fact(memory[i] == 0, "byte %zu of %zu is not zero", i, 3 * size);
        }
        memset(memory, 0xff, 3 * size);
        free(memory);
    }
}

static void test_resized_memory_keeps_what_fits(void **state)
{
    uint32_t *numbers = memory_resize(NULL, 4, sizeof(*numbers));

    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        numbers[i] = i + 1;
    }
    numbers = memory_resize(numbers, 100000, sizeof(*numbers));
    numbers[99999] = 5;
    numbers = memory_resize(numbers, 3, sizeof(*numbers));
    assert_true(numbers[0] == 1 && numbers[1] == 2 && numbers[2] == 3);
    free(numbers);
}

static void test_a_copy_of_a_text_is_its_own(void **state)
{
    char text[] = "VI_1";
    char *copy = memory_text(text);
    char *empty = memory_text("");

    (void)state;
    text[0] = 'X';
    assert_string_equal(copy, "VI_1");
    assert_string_equal(empty, "");
    free(copy);
    free(empty);
}

static void test_without_memory_the_process_says_so_and_ends_with_204(void **state)
{
    char message[128] = "";
    int status;
    int ends[2];
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        memory_exhausted(42);
    }
    (void)close(ends[1]);
    assert_true(read(ends[0], message, sizeof(message) - 1) > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 204);
    assert_string_equal(message, "holdfast: out of memory (42 bytes wanted)\n");
    (void)close(ends[0]);
}

/* ---- hash.h ------------------------------------------------------------------------------------ */

struct entry {
    uint32_t key;
    uint32_t value;
    UT_hash_handle hh;
};

static void test_a_table_finds_what_was_added_and_not_what_was_removed(void **state)
{
    enum { ENTRIES = 5000 };
    struct entry *entries = NULL;
    struct entry *entry;
    struct entry *next;

    (void)state;
    for (uint32_t i = 0; i < ENTRIES; i++) {
        uint32_t key = i * 7919;

        entry = memory_new(1, sizeof(*entry));
        entry->key = key;
        entry->value = i;
        HASH_ADD(hh, entries, key, sizeof(entry->key), entry);
    }
    for (uint32_t i = 0; i < ENTRIES; i += 2) {
        uint32_t key = i * 7919;

        HASH_FIND(hh, entries, &key, sizeof(key), entry);
        assert_non_null(entry);
        HASH_DELETE(hh, entries, entry);
        free(entry);
    }
    assert_int_equal(HASH_COUNT(entries), ENTRIES / 2);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        uint32_t key = i * 7919;

        HASH_FIND(hh, entries, &key, sizeof(key), entry);
        assert_fact((entry != NULL) == (i % 2 == 1), "entry %u", i);
        assert_true(!entry || entry->value == i);
    }
    HASH_ITER(hh, entries, entry, next) {
        HASH_DELETE(hh, entries, entry);
        free(entry);
    }
    assert_null(entries);
}

static void test_the_hash_depends_on_every_byte_and_on_the_length_alone(void **state)
{
    (void)state;
    for (size_t size = 1; size <= 40; size++) {
        unsigned char *key =
            memory_new(1, size); /* of exactly this size: ASan sees a byte too far */
        unsigned char *same = memory_new(1, size);
        unsigned hash;

        memset(key, 0x5a, size);
        memset(same, 0x5a, size);
        hash = hash_of_bytes(key, size);
        assert_int_equal(hash_of_bytes(same, size), hash);
        assert_true(hash_of_bytes(same, size - 1) != hash);
        for (size_t i = 0; i < size; i++) {
            same[i] ^= 1;
            assert_fact(hash_of_bytes(same, size) != hash, "byte %zu of %zu is left out", i, size);
            same[i] ^= 1;
        }
        free(key);
        free(same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_memory_is_zeroed),
        cmocka_unit_test(test_resized_memory_keeps_what_fits),
        cmocka_unit_test(test_a_copy_of_a_text_is_its_own),
        cmocka_unit_test(test_without_memory_the_process_says_so_and_ends_with_204),
        cmocka_unit_test(test_a_table_finds_what_was_added_and_not_what_was_removed),
        cmocka_unit_test(test_the_hash_depends_on_every_byte_and_on_the_length_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
