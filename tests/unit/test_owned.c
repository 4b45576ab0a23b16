/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/clock.h"
#include "ipvs/owned.h"
#include "ipvs/table.h"

static void append(struct text_buffer *text, const struct owned_line *line)
{
    assert_int_not_equal(line->kind, OWNED_BAD);
    if (line->kind == OWNED_DRAIN) {
        owned_append_drain(text, &line->drain, line->until);
    } else {
        owned_append(text, &line->service);
    }
}

static void test_what_is_written_is_read_again(void **state)
{
    static const char *const lines[] = {
        "tcp 172.16.1.18 3306\n",
        "udp 172.16.1.18 53\n",
        "sctp 2001:db8::1 0\n",
        "tcp 2001:db8::1 65535\n",
        "fwmark 7 inet\n",
        "fwmark 4294967295 inet6\n",
        "drain 172.16.1.13 3306 86400000\n",
        "drain 2001:db8::1 0 9223372036854\n",
        "drain 172.16.1.14 3306 86400000 nat\n",
        "drain 172.16.1.14 3306 86400000 fullnat\n",
        "drain 172.16.1.14 0 86400000 fullnat 10.0.0.1 10.0.0.1\n",
        ("drain 1111:2222:3333:4444:5555:6666:7777:8888 65535 9223372036854 fullnat "
         "1111:2222:3333:4444:5555:6666:7777:1111 1111:2222:3333:4444:5555:6666:7777:9999\n"),
    };
    struct text_buffer text = {0};
    const char *rest;
    struct owned_line read;

    (void)state;
    owned_append_heading(&text);
    for (size_t i = 0; i < UNIT_COUNT(lines); i++) {
        const char *line = lines[i];

        assert_true(owned_next(&line, &read));
        assert_string_equal(line, "");
        append(&text, &read);
    }
    rest = text.data;
    for (size_t i = 0; i < UNIT_COUNT(lines); i++) {
        struct text_buffer again = {0};

        assert_true(owned_next(&rest, &read));
        append(&again, &read);
        assert_string_equal(again.data, lines[i]);
        text_release(&again);
    }
    assert_false(owned_next(&rest, &read));
    text_release(&text);
}

static void test_keys_are_read_as_they_are_meant(void **state)
{
    const char *text = "udp 10.0.0.1 53";
    const char *drain = "drain 10.0.0.2 81 1500";
    const char *nat = "drain 10.0.0.2 81 1500 nat";
    const char *pool = "drain 10.0.0.2 81 1500 fullnat 10.0.0.3 10.0.0.4";
    struct owned_line line;

    (void)state;
    memset(&line, 0xff, sizeof(line));
    assert_true(owned_next(&text, &line));
    assert_int_equal(line.kind, OWNED_SERVICE);
    assert_int_equal(line.service.family, AF_INET);
    assert_int_equal(line.service.protocol, IPPROTO_UDP);
    assert_int_equal(line.service.port, 53);
    assert_int_equal(line.service.fwmark, 0);
    assert_int_equal(line.service.addr.bytes[0], 10);
    assert_int_equal(line.service.addr.bytes[15], 0);
    assert_int_equal(line.service.zero[0], 0);
    memset(&line, 0xff, sizeof(line));
    assert_true(owned_next(&drain, &line));
    assert_int_equal(line.kind, OWNED_DRAIN);
    assert_int_equal(line.drain.server.addr.bytes[3], 2);
    assert_int_equal(line.drain.server.port, 81);
    assert_int_equal(line.drain.server.zero, 0);
    assert_int_equal(line.drain.forward, CONF_FORWARD_DR);
    assert_true(line.until == 1500 * CLOCK_MILLISECOND);
    assert_true(owned_next(&nat, &line));
    assert_int_equal(line.drain.forward, CONF_FORWARD_NAT);
    assert_true(owned_next(&pool, &line));
    assert_int_equal(line.drain.forward, CONF_FORWARD_FULLNAT);
    assert_int_equal(line.drain.local.first.bytes[3], 3);
    assert_int_equal(line.drain.local.last.bytes[3], 4);
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
        "drain 10.0.0.1 80",
        "drain 10.0.0.1 80 -1",
        "drain 10.0.0.1 80 9223372036855",
        "drain 10.0.0.1 65536 1",
        "drain 10.0.0 80 1",
        "drain 10.0.0.1 80 1 1",
        "drain 10.0.0.1 80 1 dr",
        "drain 10.0.0.1 80 1 fullnat 10.0.0.3",
        "drain 10.0.0.1 80 1 fullnat 10.0.0.3 10.0.0.4 10.0.0.5",
        "drain 10.0.0.1 80 1 fullnat 10.0.0.3 10.0.0.4,",
        "drain 10.0.0.1 80 1 fullnat 2001:db8::1 2001:db8::2",
        "drain 10.0.0.1 80 1 nat 10.0.0.3 10.0.0.4",
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
        struct owned_line line;

        text_appendf(&text, "%s\n\n# a comment\ntcp 10.0.0.2 80", bad[i]);
        rest = text.data;
        assert_fact(owned_next(&rest, &line) && line.kind == OWNED_BAD, "taken: \"%s\"", bad[i]);
        assert_fact(owned_next(&rest, &line) && line.kind == OWNED_SERVICE,
                    "not read on behind \"%s\"", bad[i]);
        assert_int_equal(line.service.addr.bytes[3], 2);
        assert_false(owned_next(&rest, &line));
        text_release(&text);
    }
}

static void test_an_empty_or_missing_list_has_no_services(void **state)
{
    const char *empty = "";
    const char *missing = NULL;
    struct owned_line line;

    (void)state;
    assert_false(owned_next(&empty, &line));
    assert_false(owned_next(&missing, &line));
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
