/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"

static void test_unsigned_numbers_are_read_strictly(void **state)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool good;
        uint64_t value;
    } rows[] = {
        {"0", 10, true, 0},
        {"10", 10, true, 10},
        {"11", 10, false, 0},
        {"", 10, false, 0},
        {"1 ", 10, false, 0},
        {"-1", 10, false, 0},
        {"0x1", 10, false, 0},
        {"2s", 10, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999999", UINT64_MAX, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint64_t value = 7;

        assert_fact(text_parse_unsigned(rows[i].text, rows[i].max, &value) == rows[i].good,
                    "\"%s\" up to %ju", rows[i].text, (uintmax_t)rows[i].max);
        assert_fact(value == (rows[i].good ? rows[i].value : 7), "\"%s\" gave %ju", rows[i].text,
                    (uintmax_t)value);
    }
}

static void test_signed_numbers_keep_their_range(void **state)
{
    int64_t value = 0;

    (void)state;
    assert_true(text_parse_signed("-253", -253, 253, &value));
    assert_int_equal(value, -253);
    assert_true(text_parse_signed("+5", -253, 253, &value));
    assert_int_equal(value, 5);
    assert_false(text_parse_signed("-254", -253, 253, &value));
    assert_false(text_parse_signed("--5", -253, 253, &value));
    assert_false(text_parse_signed("-", -253, 253, &value));
}

static void test_fractions_become_whole_small_units(void **state)
{
    static const struct {
        const char *text;
        unsigned places;
        bool good;
        uint64_t value;
    } rows[] = {
        {"1", 9, true, 1000000000}, {"0.25", 9, true, 250000000}, {".5", 3, true, 500},
        {"3.", 3, true, 3000},      {"0.0001", 3, false, 0},      {"0.1000", 3, true, 100},
        {"", 9, false, 0},          {".", 9, false, 0},           {"1.2.3", 9, false, 0},
        {"1s", 9, false, 0},        {"-1", 9, false, 0},          {"9999999999999", 9, false, 0},
        {"3.1234567", 6, false, 0}, {"40.95", 2, true, 4095},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint64_t value = 0;

        assert_fact(text_parse_fraction(rows[i].text, rows[i].places, &value) == rows[i].good,
                    "\"%s\" with %u places", rows[i].text, rows[i].places);
        assert_fact(value == rows[i].value, "\"%s\" gave %ju", rows[i].text, (uintmax_t)value);
    }
}

static void test_distance_counts_single_edits(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        unsigned distance;
        bool near;
    } rows[] = {
        {"priority", "priority", 0, true},
        {"priorty", "priority", 1, true},
        {"prioirty", "priority", 1, true},
        {"weigth", "weight", 1, true},
        {"lb_aglo", "lb_algo", 1, true},
        {"abc", "xyz", 3, false},
        {"", "abc", 3, false},
        {"interface", "instance", 5, false},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        unsigned distance = text_distance(rows[i].a, rows[i].b);

        assert_fact(distance == rows[i].distance, "%s/%s: %u", rows[i].a, rows[i].b, distance);
        assert_fact(text_distance(rows[i].b, rows[i].a) == distance, "%s/%s is not symmetric",
                    rows[i].a, rows[i].b);
        assert_fact(text_is_near(rows[i].a, rows[i].b, distance) == rows[i].near, "%s/%s near",
                    rows[i].a, rows[i].b);
    }
}

static void test_buffer_grows_and_ends_with_nul(void **state)
{
    struct text_buffer buffer = {0};

    (void)state;
    for (int i = 0; i < 1000; i++) {
        text_appendf(&buffer, "%d,", i % 10);
    }
    text_append(&buffer, "end");
    assert_int_equal(buffer.length, 2003);
    assert_string_equal(buffer.data + 1998, "9,end" + 0);
    text_release(&buffer);
    assert_null(buffer.data);
}

static void test_copy_cuts_what_does_not_fit(void **state)
{
    char place[4];

    (void)state;
    assert_true(text_copy(place, sizeof(place), "abc"));
    assert_string_equal(place, "abc");
    assert_false(text_copy(place, sizeof(place), "abcd"));
    assert_string_equal(place, "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsigned_numbers_are_read_strictly),
        cmocka_unit_test(test_signed_numbers_keep_their_range),
        cmocka_unit_test(test_fractions_become_whole_small_units),
        cmocka_unit_test(test_distance_counts_single_edits),
        cmocka_unit_test(test_buffer_grows_and_ends_with_nul),
        cmocka_unit_test(test_copy_cuts_what_does_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
