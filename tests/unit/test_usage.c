/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/usage.h"

#include <fcntl.h>
#include <unistd.h>

static void test_what_is_used_is_told_and_grows_with_use(void **state)
{
    struct usage before = usage_now();
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct usage after;

    (void)state;
    assert_true(fd >= 0);
    after = usage_now();
    assert_int_equal(after.open_files, before.open_files + 1);
    assert_true(after.open_files_limit > after.open_files);
    assert_int_equal(after.threads, 1);
    assert_true(after.resident_bytes > 0 && after.virtual_bytes >= after.resident_bytes);
    assert_true(after.user >= before.user && after.system >= before.system && before.user >= 0);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_used_is_told_and_grows_with_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
