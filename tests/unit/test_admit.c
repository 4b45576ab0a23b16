/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "vrrp/admit.h"

static const struct inet_addr ours = {.family = AF_INET, .bytes = {172, 16, 1, 5}};
static const struct packet_envelope theirs = {
    .source = {.family = AF_INET, .bytes = {172, 16, 1, 6}}, .ttl = 255};

static const uint8_t two[] = {172, 16, 1, 18, 172, 16, 1, 19};
static const uint8_t turned[] = {172, 16, 1, 19, 172, 16, 1, 18};
static const uint8_t other[] = {172, 16, 1, 18, 172, 16, 1, 20};
static const uint8_t with_excluded[] = {172, 16, 1, 18, 172, 16, 1, 99};

/* Two addresses that are advertised, one that is not. */
struct house {
    struct conf_instance conf;
    struct conf_address addresses[3];
};

static void house_build(struct house *house, uint8_t version, enum conf_auth auth)
{
    static const uint8_t last[] = {18, 19, 99};

    memset(house, 0, sizeof(*house));
    STAILQ_INIT(&house->conf.addresses);
    house->conf.version = version;
    house->conf.auth = auth;
    house->conf.advert_interval = CLOCK_SECOND;
    house->conf.advertised_count = 2;
    memcpy(house->conf.auth_pass, "1111", 4);
    for (size_t i = 0; i < UNIT_COUNT(last); i++) {
        house->addresses[i].prefix.addr =
            (struct inet_addr){.family = AF_INET, .bytes = {172, 16, 1, last[i]}};
        house->addresses[i].excluded = last[i] == 99;
        STAILQ_INSERT_TAIL(&house->conf.addresses, &house->addresses[i], next);
    }
}

#define ADVERT(version_)                                                                           \
    .version = (version_), .family = AF_INET, .vrid = 52, .priority = 100, .address_count = 2
#define V2 ADVERT(2), .interval = CLOCK_SECOND, .addresses = two
#define V3 ADVERT(3), .interval = CLOCK_SECOND, .addresses = two

static void test_an_advert_is_judged_by_what_the_instance_says(void **state)
{
    static const struct {
        const char *name;
        uint8_t version;
        enum conf_auth auth;
        struct packet_advert advert;
        enum admit_verdict verdict;
    } rows[] = {
        {"plain version 2", 2, CONF_AUTH_NONE, {V2}, ADMIT_OK},
        {"plain version 3", 3, CONF_AUTH_NONE, {V3}, ADMIT_OK},
        {"version 3 to version 2", 2, CONF_AUTH_NONE, {V3}, ADMIT_OTHER_VERSION},
        {"version 2 to version 3", 3, CONF_AUTH_NONE, {V2}, ADMIT_OTHER_VERSION},
        {"the password", 2, CONF_AUTH_PASS, {V2, .auth_type = 1, .auth_data = "1111"}, ADMIT_OK},
        {"another password",
         2,
         CONF_AUTH_PASS,
         {V2, .auth_type = 1, .auth_data = "1112"},
         ADMIT_WRONG_PASSWORD},
        {"a longer password",
         2,
         CONF_AUTH_PASS,
         {V2, .auth_type = 1, .auth_data = "11111"},
         ADMIT_WRONG_PASSWORD},
        {"no password", 2, CONF_AUTH_PASS, {V2}, ADMIT_OTHER_AUTH_TYPE},
        {"a password that is not asked for",
         2,
         CONF_AUTH_NONE,
         {V2, .auth_type = 1, .auth_data = "1111"},
         ADMIT_OTHER_AUTH_TYPE},
        {"another interval in version 2",
         2,
         CONF_AUTH_NONE,
         {ADVERT(2), .interval = 2 * CLOCK_SECOND, .addresses = two},
         ADMIT_OTHER_INTERVAL},
        {"another interval in version 3",
         3,
         CONF_AUTH_NONE,
         {ADVERT(3), .interval = 2 * CLOCK_SECOND, .addresses = two},
         ADMIT_OK},
        {"the addresses in another order",
         3,
         CONF_AUTH_NONE,
         {ADVERT(3), .interval = CLOCK_SECOND, .addresses = turned},
         ADMIT_OK},
        {"another address",
         3,
         CONF_AUTH_NONE,
         {ADVERT(3), .interval = CLOCK_SECOND, .addresses = other},
         ADMIT_ADDRESSES_DIFFER},
        {"an excluded address",
         3,
         CONF_AUTH_NONE,
         {ADVERT(3), .interval = CLOCK_SECOND, .addresses = with_excluded},
         ADMIT_ADDRESSES_DIFFER},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct house house;
        enum admit_verdict verdict;

        house_build(&house, rows[i].version, rows[i].auth);
        verdict = admit_advert(&house.conf, &ours, &theirs, &rows[i].advert);
        assert_fact(verdict == rows[i].verdict, "%s: %s", rows[i].name, admit_word(verdict));
    }
}

static void test_fewer_addresses_differ_unless_nobody_asks(void **state)
{
    struct packet_advert advert = {V3};
    struct house house;

    (void)state;
    house_build(&house, 3, CONF_AUTH_NONE);
    advert.address_count = 1;
    assert_int_equal(admit_advert(&house.conf, &ours, &theirs, &advert), ADMIT_ADDRESSES_DIFFER);
    house.conf.skip_check_adv_addr = true;
    assert_int_equal(admit_advert(&house.conf, &ours, &theirs, &advert), ADMIT_OK);
}

static void test_our_own_address_as_the_source_is_refused_before_all_else(void **state)
{
    const struct packet_advert advert = {V3};
    struct packet_envelope own = theirs;
    struct house house;

    (void)state;
    own.source = ours;
    house_build(&house, 2, CONF_AUTH_PASS);
    assert_int_equal(admit_advert(&house.conf, &ours, &own, &advert), ADMIT_OWN_SOURCE);
}

static void test_other_addresses_alone_are_admitted_all_the_same(void **state)
{
    (void)state;
    for (enum admit_verdict verdict = 0; verdict < ADMIT_VERDICTS; verdict++) {
        bool passes = verdict == ADMIT_OK || verdict == ADMIT_ADDRESSES_DIFFER;

        assert_true(admit_passes(verdict) == passes);
        assert_non_null(admit_word(verdict));
        assert_non_null(admit_text(verdict));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_advert_is_judged_by_what_the_instance_says),
        cmocka_unit_test(test_fewer_addresses_differ_unless_nobody_asks),
        cmocka_unit_test(test_our_own_address_as_the_source_is_refused_before_all_else),
        cmocka_unit_test(test_other_addresses_alone_are_admitted_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
