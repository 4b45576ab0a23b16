/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "ipvs/owned.h"
#include "ipvs/table.h"

static void test_what_is_written_is_read_again(void **state)
{
    static const char *const lines[] = {
        "tcp 172.16.1.18 3306\n",  "udp 172.16.1.18 53\n", "sctp 2001:db8::1 0\n",
        "tcp 2001:db8::1 65535\n", "fwmark 7 inet\n",      "fwmark 4294967295 inet6\n",
    };
    struct text_buffer text = {0};
    const char *rest;
    struct conf_service_key key;
    bool good;

    (void)state;
    owned_append_heading(&text);
    for (size_t i = 0; i < UNIT_COUNT(lines); i++) {
        const char *line = lines[i];

        assert_true(owned_next(&line, &key, &good) && good);
        assert_string_equal(line, "");
        owned_append(&text, &key);
    }
    rest = text.data;
    for (size_t i = 0; i < UNIT_COUNT(lines); i++) {
        struct text_buffer again = {0};

        assert_true(owned_next(&rest, &key, &good));
        assert_true(good);
        owned_append(&again, &key);
        assert_string_equal(again.data, lines[i]);
        text_release(&again);
    }
    assert_false(owned_next(&rest, &key, &good));
    text_release(&text);
}

static void test_keys_are_read_as_they_are_meant(void **state)
{
    const char *text = "udp 10.0.0.1 53";
    struct conf_service_key key;
    bool good;

    (void)state;
    memset(&key, 0xff, sizeof(key));
    assert_true(owned_next(&text, &key, &good) && good);
    assert_int_equal(key.family, AF_INET);
    assert_int_equal(key.protocol, IPPROTO_UDP);
    assert_int_equal(key.port, 53);
    assert_int_equal(key.fwmark, 0);
    assert_int_equal(key.addr.bytes[0], 10);
    assert_int_equal(key.addr.bytes[15], 0);
    assert_int_equal(key.zero[0], 0);
}

static void test_a_bad_line_is_told_and_the_next_one_is_read(void **state)
{
    static const char *const bad[] = {
        "tcp 10.0.0.1",
        "tcp 10.0.0.1 80 90",
        "icmp 10.0.0.1 80",
        "tcp 10.0.0.256 80",
        "tcp 10.0.0.1 65536",
        "tcp 10.0.0.1 -1",
        "fwmark 0 inet",
        "fwmark 7 ipv4",
        "fwmark 4294967296 inet",
        "fwmark 7",
        "tcp",
        " ",
        "tcp 10.0.0.1 80\rx",
        ("tcp 111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
         "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111 80"),
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        struct text_buffer text = {0};
        const char *rest;
        struct conf_service_key key;
        bool good = true;

        text_appendf(&text, "%s\n\n# a comment\ntcp 10.0.0.2 80", bad[i]);
        rest = text.data;
        assert_fact(owned_next(&rest, &key, &good) && !good, "taken: \"%s\"", bad[i]);
        assert_fact(owned_next(&rest, &key, &good) && good, "not read on behind \"%s\"", bad[i]);
        assert_int_equal(key.addr.bytes[3], 2);
        assert_false(owned_next(&rest, &key, &good));
        text_release(&text);
    }
}

static void test_an_empty_or_missing_list_has_no_services(void **state)
{
    const char *empty = "";
    const char *missing = NULL;
    struct conf_service_key key;
    bool good;

    (void)state;
    assert_false(owned_next(&empty, &key, &good));
    assert_false(owned_next(&missing, &key, &good));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read_again),
        cmocka_unit_test(test_keys_are_read_as_they_are_meant),
        cmocka_unit_test(test_a_bad_line_is_told_and_the_next_one_is_read),
        cmocka_unit_test(test_an_empty_or_missing_list_has_no_services),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
