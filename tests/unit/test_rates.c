/* SPDX-License-Identifier: Apache-2.0
 *
 * Rates are differences of counters over the time between, sorted.
 */
#include "unit.h"

#include "base/text.h"
#include "control/rates.h"
#include "control/render.h"

/* A view of two services with one server each, whose counters are these. */
static json_t *view_of(json_int_t clock_us, json_int_t first, json_int_t second)
{
    json_t *view = json_pack(
        "{s:I, s:[{s:s, s:b, s:{s:I, s:I, s:I, s:I, s:I}, s:[{s:s, s:{s:i, s:i}, s:{s:I}}]},"
        "{s:s, s:b, s:{s:I}, s:[]}]}",
        "clock_us", clock_us, "services", "name", "a", "foreign", 0, "counters", "connections",
        first, "packets_in", first, "packets_out", first, "bytes_in", first * 1000, "bytes_out",
        first, "servers", "name", "s", "connections", "active", 3, "inactive", 4, "counters",
        "connections", first, "name", "b", "foreign", 1, "counters", "connections", second,
        "servers");

    assert_non_null(view);
    return view;
}

static const json_t *row_of(const json_t *rates, size_t number, const char *name)
{
    const json_t *row = json_array_get(json_object_get(rates, "services"), number);

    assert_string_equal(json_string_value(json_object_get(row, "name")), name);
    return row;
}

static double rate_of(const json_t *row, const char *name)
{
    return json_real_value(json_object_get(json_object_get(row, "rates"), name));
}

static void test_rates_are_differences_over_the_real_time(void **state)
{
    const json_int_t huge = INT64_C(1) << 50;
    json_t *before = view_of(1000000, huge, 10);
    json_t *after = view_of(3500000, huge + 100, 1010);
    json_t *rates = rates_between(before, after, "connections");
    const json_t *second = row_of(rates, 1, "a");

    (void)state;
    assert_true(json_real_value(json_object_get(rates, "seconds")) == 2.5);
    assert_true(rate_of(row_of(rates, 0, "b"), "connections") == 400);
    assert_true(rate_of(second, "connections") == 40);
    assert_true(rate_of(second, "bytes_in") == 40000);
    assert_true(rate_of(json_array_get(json_object_get(second, "servers"), 0), "connections") ==
                40);
    json_decref(rates);
    rates = rates_between(before, after, "active");
    (void)row_of(rates, 0, "a");
    json_decref(rates);
    json_decref(before);
    json_decref(after);
}

static void test_what_began_anew_has_no_rate(void **state)
{
    json_t *before = view_of(1000000, 100, 10);
    json_t *after = view_of(2000000, 5, 20);
    json_t *rates = rates_between(before, after, "connections");
    json_t *first = rates_between(NULL, after, "connections");

    (void)state;
    assert_true(json_is_null(json_object_get(row_of(rates, 1, "a"), "rates")));
    assert_true(rate_of(row_of(rates, 0, "b"), "connections") == 10);
    assert_true(json_is_null(json_object_get(row_of(first, 0, "a"), "rates")));
    assert_true(json_is_null(json_object_get(first, "seconds")));
    json_decref(first);
    json_decref(rates);
    json_decref(before);
    json_decref(after);
}

static void test_rates_are_a_table(void **state)
{
    const struct render_options options = {.colour = false};
    json_t *before = view_of(0, 0, 0);
    json_t *after = view_of(1000000, 1234, 7);
    json_t *rates = rates_between(before, after, "connections");
    struct text_buffer text = {0};

    (void)state;
    render_rates(rates, &options, &text);
    assert_string_equal(text.data,
                        "PER SECOND    CONNECTIONS  PACKETS IN    OUT  BYTES IN    OUT  ACTIVE\n"
                        "a                   1.23k       1.23k  1.23k     1.23M  1.23k       3\n"
                        "  s                 1.23k           0      0         0      0       3\n"
                        "b (not ours)         7.00           0      0         0      0       0\n");
    text_release(&text);
    json_decref(rates);
    json_decref(before);
    json_decref(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates_are_differences_over_the_real_time),
        cmocka_unit_test(test_what_began_anew_has_no_rate),
        cmocka_unit_test(test_rates_are_a_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
