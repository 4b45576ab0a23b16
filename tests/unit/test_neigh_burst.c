/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "net/neigh_burst.h"

#include <string.h>

/* Addresses 192.0.2.FIRST and up. */
static void add(struct neigh_bursts *bursts, const char *owner, uint8_t first, size_t count,
                uint32_t repeat)
{
    struct neigh_target targets[8] = {0};

    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++) {
        assert_true(inet_parse("192.0.2.0", &targets[i].addr));
        targets[i].addr.bytes[3] = (uint8_t)(first + i);
    }
    neigh_bursts_add(bursts, owner, targets, count, repeat);
}

/* Takes so many, as the last bytes of the addresses: "1 2 3". */
static const char *take(struct neigh_bursts *bursts, size_t max)
{
    static char text[256];
    struct neigh_target targets[32];
    size_t count = neigh_bursts_take(bursts, targets, max);

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(text);

        (void)snprintf(text + used, sizeof(text) - used, "%s%u", i ? " " : "",
                       targets[i].addr.bytes[3]);
    }
    return text;
}

static void test_every_address_is_told_once_before_any_is_told_again(void **state)
{
    struct neigh_bursts *bursts = neigh_bursts_new();

    (void)state;
    add(bursts, "A", 1, 2, 3);
    add(bursts, "B", 5, 1, 2);
    assert_int_equal(neigh_bursts_waiting(bursts), 8);
    assert_string_equal(take(bursts, 4), "1 2 5 1");
    assert_string_equal(take(bursts, 32), "2 5 1 2");
    assert_string_equal(take(bursts, 32), "");
    assert_int_equal(neigh_bursts_waiting(bursts), 0);
    neigh_bursts_free(bursts);
}

static void test_who_comes_later_is_told_before_repetitions(void **state)
{
    struct neigh_bursts *bursts = neigh_bursts_new();

    (void)state;
    add(bursts, "A", 1, 2, 3);
    assert_string_equal(take(bursts, 3), "1 2 1");
    add(bursts, "B", 7, 2, 1);
    assert_string_equal(take(bursts, 32), "7 8 2 1 2");
    neigh_bursts_free(bursts);
}

static void test_what_an_owner_has_waiting_is_forgotten_wherever_it_stands(void **state)
{
    struct neigh_bursts *bursts = neigh_bursts_new();

    (void)state;
    add(bursts, "A", 1, 2, 3);
    add(bursts, "B", 5, 3, 2);
    assert_string_equal(take(bursts, 6), "1 2 5 6 7 1"); /* A amid its second round */
    add(bursts, "A", 9, 1, 2);
    assert_int_equal(neigh_bursts_drop(bursts, "A"), 5);
    assert_int_equal(neigh_bursts_drop(bursts, "A"), 0);
    assert_int_equal(neigh_bursts_waiting(bursts), 3);
    assert_string_equal(take(bursts, 32), "5 6 7");
    neigh_bursts_free(bursts);
}

static void test_nothing_to_tell_adds_nothing(void **state)
{
    struct neigh_bursts *bursts = neigh_bursts_new();

    (void)state;
    add(bursts, "A", 1, 0, 5);
    add(bursts, "A", 1, 2, 0);
    assert_int_equal(neigh_bursts_waiting(bursts), 0);
    assert_string_equal(take(bursts, 32), "");
    add(bursts, "A", 1, 2, 2); /* freed while it waits */
    neigh_bursts_free(bursts);
    neigh_bursts_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_address_is_told_once_before_any_is_told_again),
        cmocka_unit_test(test_who_comes_later_is_told_before_repetitions),
        cmocka_unit_test(test_what_an_owner_has_waiting_is_forgotten_wherever_it_stands),
        cmocka_unit_test(test_nothing_to_tell_adds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
