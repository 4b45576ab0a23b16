/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "check/detail.h"

static void test_what_was_written_is_read_in_the_same_order(void **state)
{
    struct text_buffer buffer = {0};
    struct detail_reader reader;
    size_t size = 0;

    (void)state;
    detail_put_number(&buffer, -7);
    detail_put_text(&buffer, NULL);
    detail_put_text(&buffer, "");
    detail_put_text(&buffer, "/health");
    detail_put_bytes(&buffer, "\0\1\2", 3);
    detail_put_bytes(&buffer, NULL, 0);
    detail_put_number(&buffer, INT64_MAX);
    reader.at = (const unsigned char *)buffer.data;
    reader.end = reader.at + buffer.length;
    assert_int_equal(detail_number(&reader), -7);
    assert_null(detail_text(&reader));
    assert_string_equal(detail_text(&reader), "");
    assert_string_equal(detail_text(&reader), "/health");
    assert_memory_equal(detail_bytes(&reader, &size), "\0\1\2", 3);
    assert_int_equal(size, 3);
    (void)detail_bytes(&reader, &size);
    assert_int_equal(size, 0);
    assert_true(detail_number(&reader) == INT64_MAX);
    assert_ptr_equal(reader.at, reader.end);
    text_release(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_written_is_read_in_the_same_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
