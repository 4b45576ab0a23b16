/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "vrrp/peers.h"

static struct inet_addr host(uint8_t number)
{
    const uint8_t bytes[] = {192, 0, 2, number};

    return inet_from_bytes(AF_INET, bytes);
}

static bool hear(struct peers *peers, uint8_t number, enum packet_checksum checksum, int64_t now)
{
    const struct packet_advert advert = {
        .version = 3, .family = AF_INET, .priority = number, .checksum = checksum};
    const struct inet_addr from = host(number);

    return peers_hear(peers, &from, &advert, now);
}

static const struct peers_entry *find(const struct peers *peers, uint8_t number)
{
    const struct inet_addr addr = host(number);

    return peers_find(peers, &addr);
}

static void test_the_last_advert_of_a_router_is_what_is_known_of_it(void **state)
{
    struct peers peers = {0};
    const struct inet_addr none = {0};

    (void)state;
    assert_null(find(&peers, 7));
    assert_null(peers_find(&peers, &none));
    assert_true(hear(&peers, 7, PACKET_CHECKSUM_PSEUDO, 100));
    assert_false(hear(&peers, 7, PACKET_CHECKSUM_PSEUDO, 200));
    assert_true(hear(&peers, 8, PACKET_CHECKSUM_PSEUDO, 250));
    assert_true(hear(&peers, 7, PACKET_CHECKSUM_GROUP, 300));
    assert_int_equal(find(&peers, 7)->checksum, PACKET_CHECKSUM_GROUP);
    assert_int_equal(find(&peers, 7)->heard_at, 300);
    assert_int_equal(find(&peers, 7)->priority, 7);
    assert_int_equal(find(&peers, 8)->checksum, PACKET_CHECKSUM_PSEUDO);
    assert_null(peers_find(&peers, &none));
    peers_forget(&peers);
    assert_null(find(&peers, 7));
}

static void test_who_was_heard_least_recently_makes_room(void **state)
{
    struct peers peers = {0};

    (void)state;
    for (int i = 1; i <= PEERS_KEPT; i++) {
        assert_true(hear(&peers, (uint8_t)i, PACKET_CHECKSUM_PSEUDO, i));
    }
    assert_false(hear(&peers, 1, PACKET_CHECKSUM_PSEUDO, 100)); /* now 2 is the one */
    assert_true(hear(&peers, 200, PACKET_CHECKSUM_MESSAGE, 101));
    assert_null(find(&peers, 2));
    assert_non_null(find(&peers, 1));
    assert_non_null(find(&peers, 3));
    assert_int_equal(find(&peers, 200)->checksum, PACKET_CHECKSUM_MESSAGE);
    peers_forget(&peers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_advert_of_a_router_is_what_is_known_of_it),
        cmocka_unit_test(test_who_was_heard_least_recently_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
