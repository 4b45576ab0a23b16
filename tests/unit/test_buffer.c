/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "vrrp/buffer.h"

static void test_each_instance_asks_for_its_part(void **state)
{
    static const struct {
        struct conf_receive_buffers global;
        uint32_t own;
        uint32_t mtu;
        size_t advert;
        uint32_t part;
    } rows[] = {
        {{CONF_RECEIVE_AMPLE, 0, 3}, 0, 1500, 40, 0},
        {{CONF_RECEIVE_AMPLE, 0, 3}, 4096, 1500, 40, 4096},
        {{CONF_RECEIVE_MTU, 0, 3}, 0, 1500, 40, 4500},
        {{CONF_RECEIVE_MTU, 0, 7}, 0, 9000, 40, 63000},
        {{CONF_RECEIVE_MTU, 0, 7}, 5, 9000, 40, 5},
        {{CONF_RECEIVE_ADVERT, 0, 3}, 0, 1500, 40, 120},
        {{CONF_RECEIVE_BYTES, 65536, 3}, 0, 1500, 40, 65536}, /* not multiplied */
        {{CONF_RECEIVE_MTU, 0, UINT32_MAX}, 0, 1500, 40, BUFFER_MOST},
        {{CONF_RECEIVE_BYTES, UINT32_MAX, 3}, 0, 1500, 40, BUFFER_MOST},
        {{CONF_RECEIVE_AMPLE, 0, 3}, UINT32_MAX, 1500, 40, BUFFER_MOST},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint32_t part = buffer_part(&rows[i].global, rows[i].own, rows[i].mtu, rows[i].advert);

        assert_fact(part == rows[i].part, "row %zu: %u", i, part);
    }
}

static void test_a_socket_has_all_parts_and_enough_for_who_asked_for_none(void **state)
{
    static const struct {
        uint64_t parts;
        bool ample;
        uint32_t whole;
    } rows[] = {
        {4500, false, 4500},
        {4500, true, 1000000},
        {0, true, 1000000},
        {2000000, true, 2000000},
        {UINT64_MAX, false, BUFFER_MOST},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint32_t whole = buffer_whole(rows[i].parts, rows[i].ample, 1000000);

        assert_fact(whole == rows[i].whole, "row %zu: %u", i, whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_instance_asks_for_its_part),
        cmocka_unit_test(test_a_socket_has_all_parts_and_enough_for_who_asked_for_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
