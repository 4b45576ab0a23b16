/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "vrrp/admit.h"

#define S CLOCK_SECOND

#define NET(n) 192, 0, 2, n
#define IPV4(n)                                                                                    \
    {                                                                                              \
        AF_INET,                                                                                   \
        {                                                                                          \
            NET(n)                                                                                 \
        }                                                                                          \
    }
#define IPV6(n)                                                                                    \
    {                                                                                              \
        AF_INET6,                                                                                  \
        {                                                                                          \
            0xfe, 0x80, [15] = (n)                                                                 \
        }                                                                                          \
    }
#define BYTES6(n) 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n

enum { MOST_ADDRESSES = 4 };

/* An instance's part that counts here. */
struct ours {
    uint8_t version;
    uint8_t family;
    int64_t interval;
    enum conf_auth auth;
    uint8_t pass[CONF_AUTH_PASS_SIZE];
    bool skip_check;
    struct inet_addr addresses[MOST_ADDRESSES]; /* up to the first that is none */
    struct inet_addr excluded;
};

struct theirs {
    uint8_t version;
    uint8_t family;
    int64_t interval;
    uint8_t auth;
    uint8_t pass[PACKET_AUTH_SIZE];
    struct inet_addr source;
    uint8_t count;
    uint8_t addresses[MOST_ADDRESSES * 16];
};

static const struct inet_addr own_ipv4 = IPV4(10);
static const struct inet_addr own_ipv6 = IPV6(10);

static enum admit_verdict judge_in_room(const struct ours *ours, const struct theirs *theirs,
                                        uint8_t room)
{
    struct conf_address lines[MOST_ADDRESSES + 1] = {0};
    struct conf_instance conf = {.version = ours->version,
                                 .family = ours->family,
                                 .advert_interval = ours->interval,
                                 .auth = ours->auth,
                                 .skip_check_adv_addr = ours->skip_check};
    const struct packet_envelope envelope = {.source = theirs->source, .ttl = PACKET_TTL};
    struct packet_advert advert = {.version = theirs->version,
                                   .family = theirs->family,
                                   .vrid = 1,
                                   .priority = 100,
                                   .auth_type = theirs->auth,
                                   .interval = theirs->interval,
                                   .address_count = theirs->count,
                                   .addresses = theirs->addresses};

    memcpy(conf.auth_pass, ours->pass, sizeof(conf.auth_pass));
    memcpy(advert.auth_data, theirs->pass, sizeof(advert.auth_data));
    STAILQ_INIT(&conf.addresses);
    for (size_t i = 0; i < MOST_ADDRESSES && inet_is_set(&ours->addresses[i]); i++) {
        lines[i].prefix.addr = ours->addresses[i];
        STAILQ_INSERT_TAIL(&conf.addresses, &lines[i], next);
        conf.advertised_count++;
        conf.address_count++;
    }
    if (inet_is_set(&ours->excluded)) {
        lines[MOST_ADDRESSES].prefix.addr = ours->excluded;
        lines[MOST_ADDRESSES].excluded = true;
        STAILQ_INSERT_TAIL(&conf.addresses, &lines[MOST_ADDRESSES], next);
        conf.address_count++;
    }
    return admit_advert(&conf, ours->family == AF_INET6 ? &own_ipv6 : &own_ipv4, room, &envelope,
                        &advert);
}

static enum admit_verdict judge(const struct ours *ours, const struct theirs *theirs)
{
    return judge_in_room(ours, theirs, PACKET_MAX_ADDRESSES);
}

#define OUR_V2(...)                                                                                \
    {                                                                                              \
        2, AF_INET, S, __VA_ARGS__                                                                 \
    }
#define OUR_V3(...)                                                                                \
    {                                                                                              \
        3, AF_INET, S, CONF_AUTH_NONE, {0}, __VA_ARGS__                                            \
    }
#define OUR_V6(...)                                                                                \
    {                                                                                              \
        3, AF_INET6, S, CONF_AUTH_NONE, {0}, __VA_ARGS__                                           \
    }

static const struct {
    const char *name;
    struct ours ours;
    struct theirs theirs;
    enum admit_verdict verdict;
} adverts[] = {
    {"version 2, all the same",
     OUR_V2(CONF_AUTH_NONE, {0}, false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 0, {0}, IPV4(9), 1, {NET(1)}},
     ADMIT_OK},
    {"version 3, all the same",
     OUR_V3(false, {IPV4(1)}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 1, {NET(1)}},
     ADMIT_OK},
    {"version 3 over IPv6, all the same",
     OUR_V6(false, {IPV6(1), IPV6(2)}, {0}),
     {3, AF_INET6, S, 0, {0}, IPV6(9), 2, {BYTES6(1), BYTES6(2)}},
     ADMIT_OK},
    {"our own source, before anything else is looked at",
     OUR_V2(CONF_AUTH_PASS, "ours", false, {IPV4(1)}, {0}),
     {3, AF_INET, 9 * S, 0, {0}, IPV4(10), 0, {0}},
     ADMIT_OWN_SOURCE},
    {"our own source over IPv6",
     OUR_V6(false, {IPV6(1)}, {0}),
     {3, AF_INET6, S, 0, {0}, IPV6(10), 1, {BYTES6(1)}},
     ADMIT_OWN_SOURCE},
    {"B11: version 3 for a router of version 2",
     OUR_V2(CONF_AUTH_NONE, {0}, false, {IPV4(1)}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 1, {NET(1)}},
     ADMIT_OTHER_VERSION},
    {"B11: version 2 for a router of version 3",
     OUR_V3(false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 0, {0}, IPV4(9), 1, {NET(1)}},
     ADMIT_OTHER_VERSION},
    {"B11: the right password",
     OUR_V2(CONF_AUTH_PASS, "12345678", false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 1, "12345678", IPV4(9), 1, {NET(1)}},
     ADMIT_OK},
    {"B11: a password where we have none",
     OUR_V2(CONF_AUTH_NONE, {0}, false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 1, "secret", IPV4(9), 1, {NET(1)}},
     ADMIT_OTHER_AUTH_TYPE},
    {"B11: no password where we have one",
     OUR_V2(CONF_AUTH_PASS, "secret", false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 0, "secret", IPV4(9), 1, {NET(1)}},
     ADMIT_OTHER_AUTH_TYPE},
    {"B11: AH, which is neither",
     OUR_V2(CONF_AUTH_PASS, "secret", false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 2, "secret", IPV4(9), 1, {NET(1)}},
     ADMIT_OTHER_AUTH_TYPE},
    {"B11: a password that differs in its first byte",
     OUR_V2(CONF_AUTH_PASS, "12345678", false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 1, "02345678", IPV4(9), 1, {NET(1)}},
     ADMIT_WRONG_PASSWORD},
    {"B11: a password that differs in its last byte",
     OUR_V2(CONF_AUTH_PASS, "12345678", false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 1, "12345679", IPV4(9), 1, {NET(1)}},
     ADMIT_WRONG_PASSWORD},
    {"B11: a password that ours is the beginning of",
     OUR_V2(CONF_AUTH_PASS, "secret", false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 1, "secrets", IPV4(9), 1, {NET(1)}},
     ADMIT_WRONG_PASSWORD},
    {"B11: two differences do not take each other away",
     OUR_V2(CONF_AUTH_PASS, "ab", false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 1, "ba", IPV4(9), 1, {NET(1)}},
     ADMIT_WRONG_PASSWORD},
    {"without authentication the data is not looked at",
     OUR_V2(CONF_AUTH_NONE, {0}, false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 0, "anything", IPV4(9), 1, {NET(1)}},
     ADMIT_OK},
    {"version 3 has no authentication: RFC 9568 9",
     {3, AF_INET, S, CONF_AUTH_PASS, "secret", false, {IPV4(1)}, {0}},
     {3, AF_INET, S, 0, {0}, IPV4(9), 1, {NET(1)}},
     ADMIT_OK},
    {"B4: version 2 refuses a longer interval",
     OUR_V2(CONF_AUTH_NONE, {0}, false, {IPV4(1)}, {0}),
     {2, AF_INET, 2 * S, 0, {0}, IPV4(9), 1, {NET(1)}},
     ADMIT_OTHER_INTERVAL},
    {"B4: version 2 refuses a shorter interval",
     {2, AF_INET, 3 * S, CONF_AUTH_NONE, {0}, false, {IPV4(1)}, {0}},
     {2, AF_INET, 2 * S, 0, {0}, IPV4(9), 1, {NET(1)}},
     ADMIT_OTHER_INTERVAL},
    {"B4: version 3 takes any interval",
     OUR_V3(false, {IPV4(1)}, {0}),
     {3, AF_INET, 7 * S, 0, {0}, IPV4(9), 1, {NET(1)}},
     ADMIT_OK},
    {"a wrong password is told before another interval",
     OUR_V2(CONF_AUTH_PASS, "a", false, {IPV4(1)}, {0}),
     {2, AF_INET, 2 * S, 1, "b", IPV4(9), 1, {NET(1)}},
     ADMIT_WRONG_PASSWORD},
    {"another interval is told before other addresses",
     OUR_V2(CONF_AUTH_NONE, {0}, false, {IPV4(1)}, {0}),
     {2, AF_INET, 2 * S, 0, {0}, IPV4(9), 0, {0}},
     ADMIT_OTHER_INTERVAL},

    {"B11: the same addresses in another order",
     OUR_V3(false, {IPV4(1), IPV4(2), IPV4(3)}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 3, {NET(3), NET(1), NET(2)}},
     ADMIT_OK},
    {"B11: one address more",
     OUR_V3(false, {IPV4(1)}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 2, {NET(1), NET(2)}},
     ADMIT_ADDRESSES_DIFFER},
    {"B11: one address less",
     OUR_V3(false, {IPV4(1), IPV4(2)}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 1, {NET(1)}},
     ADMIT_ADDRESSES_DIFFER},
    {"B11: no address",
     OUR_V3(false, {IPV4(1)}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 0, {0}},
     ADMIT_ADDRESSES_DIFFER},
    {"no address on either side",
     OUR_V3(false, {{0}}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 0, {0}},
     ADMIT_OK},
    {"B11: the last of two addresses is another",
     OUR_V3(false, {IPV4(1), IPV4(2)}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 2, {NET(1), NET(3)}},
     ADMIT_ADDRESSES_DIFFER},
    {"B11: one of our addresses twice in place of another",
     OUR_V3(false, {IPV4(1), IPV4(2)}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 2, {NET(1), NET(1)}},
     ADMIT_ADDRESSES_DIFFER},
    {"B11: another address in place of one that we have on two devices",
     OUR_V3(false, {IPV4(1), IPV4(1)}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 2, {NET(1), NET(2)}},
     ADMIT_ADDRESSES_DIFFER},
    {"B11: an excluded address in place of one that we have on two devices",
     OUR_V3(false, {IPV4(1), IPV4(1)}, IPV4(2)),
     {3, AF_INET, S, 0, {0}, IPV4(9), 2, {NET(1), NET(2)}},
     ADMIT_ADDRESSES_DIFFER},
    {"B11: once an address that we have on two devices",
     OUR_V3(false, {IPV4(1), IPV4(1)}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 1, {NET(1)}},
     ADMIT_ADDRESSES_DIFFER},
    {"B11: another address over IPv6, in its last byte",
     OUR_V6(false, {IPV6(1)}, {0}),
     {3, AF_INET6, S, 0, {0}, IPV6(9), 1, {BYTES6(2)}},
     ADMIT_ADDRESSES_DIFFER},
    {"B11: version 2 judges addresses too",
     OUR_V2(CONF_AUTH_NONE, {0}, false, {IPV4(1)}, {0}),
     {2, AF_INET, S, 0, {0}, IPV4(9), 1, {NET(2)}},
     ADMIT_ADDRESSES_DIFFER},
    {"an excluded address is not missed",
     OUR_V3(false, {IPV4(1)}, IPV4(2)),
     {3, AF_INET, S, 0, {0}, IPV4(9), 1, {NET(1)}},
     ADMIT_OK},
    {"an excluded address that the other advertises is a difference",
     OUR_V3(false, {IPV4(1)}, IPV4(2)),
     {3, AF_INET, S, 0, {0}, IPV4(9), 1, {NET(2)}},
     ADMIT_ADDRESSES_DIFFER},
    {"skip_check_adv_addr looks at no address",
     OUR_V3(true, {IPV4(1)}, {0}),
     {3, AF_INET, S, 0, {0}, IPV4(9), 2, {NET(3), NET(4)}},
     ADMIT_OK},
};

/* Unicast: from whom, over how many routers. */
static const struct {
    const char *name;
    struct inet_addr source;
    uint8_t min_ttl;
    uint8_t max_ttl;
    uint8_t ttl;
    enum admit_verdict verdict;
} peers[] = {
    {"a peer's", IPV4(9), 0, 255, 1, ADMIT_OK},
    {"somebody else's", IPV4(8), 0, 255, 255, ADMIT_NOT_A_PEER},
    {"over as many routers as it may", IPV4(9), 253, 254, 253, ADMIT_OK},
    {"over too many routers", IPV4(9), 253, 254, 252, ADMIT_OTHER_TTL},
    {"over too few routers", IPV4(9), 253, 254, 255, ADMIT_OTHER_TTL},
};

static enum admit_verdict judge_peer(size_t i)
{
    struct conf_peer peer = {
        .addr = IPV4(9), .min_ttl = peers[i].min_ttl, .max_ttl = peers[i].max_ttl};
    struct conf_instance conf = {
        .version = 3, .family = AF_INET, .advert_interval = S, .peer_count = 1};
    const struct packet_envelope envelope = {.source = peers[i].source, .ttl = peers[i].ttl};
    const struct packet_advert advert = {
        .version = 3, .family = AF_INET, .vrid = 1, .priority = 100, .interval = S};

    STAILQ_INIT(&conf.addresses);
    STAILQ_INIT(&conf.peers);
    STAILQ_INSERT_TAIL(&conf.peers, &peer, next);
    return admit_advert(&conf, &own_ipv4, PACKET_MAX_ADDRESSES, &envelope, &advert);
}

static void test_each_advert_gets_its_verdict(void **state)
{
    bool reached[ADMIT_VERDICTS] = {false};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(adverts); i++) {
        enum admit_verdict verdict = judge(&adverts[i].ours, &adverts[i].theirs);

        assert_fact(verdict == adverts[i].verdict, "%s: %s", adverts[i].name, admit_word(verdict));
        reached[verdict] = true;
    }
    for (size_t i = 0; i < UNIT_COUNT(peers); i++) {
        enum admit_verdict verdict = judge_peer(i);

        assert_fact(verdict == peers[i].verdict, "%s: %s", peers[i].name, admit_word(verdict));
        reached[verdict] = true;
    }
    for (size_t i = 0; i < ADMIT_VERDICTS; i++) {
        assert_fact(reached[i], "no row for: %s", admit_word((enum admit_verdict)i));
    }
}

static void test_the_addresses_that_count_are_those_that_our_adverts_have_room_for(void **state)
{
    static const struct ours ours = OUR_V3(false, {IPV4(1), IPV4(2), IPV4(3)}, {0});
    static const struct {
        uint8_t room;
        struct theirs theirs;
        enum admit_verdict verdict;
    } rows[] = {
        {2, {3, AF_INET, S, 0, {0}, IPV4(9), 2, {NET(2), NET(1)}}, ADMIT_OK},
        {2, {3, AF_INET, S, 0, {0}, IPV4(9), 2, {NET(1), NET(3)}}, ADMIT_ADDRESSES_DIFFER},
        {2, {3, AF_INET, S, 0, {0}, IPV4(9), 3, {NET(1), NET(2), NET(3)}}, ADMIT_ADDRESSES_DIFFER},
        {3, {3, AF_INET, S, 0, {0}, IPV4(9), 2, {NET(1), NET(2)}}, ADMIT_ADDRESSES_DIFFER},
        {4, {3, AF_INET, S, 0, {0}, IPV4(9), 3, {NET(1), NET(2), NET(3)}}, ADMIT_OK},
        {0, {3, AF_INET, S, 0, {0}, IPV4(9), 0, {0}}, ADMIT_OK},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        enum admit_verdict verdict = judge_in_room(&ours, &rows[i].theirs, rows[i].room);

        assert_fact(verdict == rows[i].verdict, "row %zu: %s", i, admit_word(verdict));
    }
}

static void test_other_addresses_alone_are_no_reason_to_refuse(void **state)
{
    (void)state;
    for (size_t i = 0; i < ADMIT_VERDICTS; i++) {
        assert_fact(admit_passes((enum admit_verdict)i) ==
                        (i == ADMIT_OK || i == ADMIT_ADDRESSES_DIFFER),
                    "%s", admit_word((enum admit_verdict)i));
    }
}

static void test_every_verdict_has_a_word_and_a_text_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < ADMIT_VERDICTS; i++) {
        const char *word = admit_word((enum admit_verdict)i);
        const char *text = admit_text((enum admit_verdict)i);

        assert_non_null(word);
        assert_non_null(text);
        assert_fact(word[0] && strspn(word, "abcdefghijklmnopqrstuvwxyz_") == strlen(word),
                    "verdict %zu: %s", i, word);
        assert_fact(text[0], "verdict %zu has an empty text", i);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(word, admit_word((enum admit_verdict)j));
            assert_string_not_equal(text, admit_text((enum admit_verdict)j));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_advert_gets_its_verdict),
        cmocka_unit_test(test_the_addresses_that_count_are_those_that_our_adverts_have_room_for),
        cmocka_unit_test(test_other_addresses_alone_are_no_reason_to_refuse),
        cmocka_unit_test(test_every_verdict_has_a_word_and_a_text_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
