/* SPDX-License-Identifier: Apache-2.0
 *
 * SMTP_CHECK, DNS_CHECK, UDP_CHECK, PING_CHECK: what their keywords mean, and what is wrong with them.
 */
#include "unit_parser.h"

#include "parser/dump.h"

#define BEFORE                                                                                     \
    "virtual_server 10.0.0.9 53 {\nlb_algo rr\nlb_kind NAT\nprotocol UDP\ndelay_loop 7\n"          \
    "real_server 10.0.0.1 53 {\n"
#define BEHIND "} }\n"

static struct unit_load load_check(const char *check)
{
    struct text_buffer text = {0};
    struct unit_load load;

    text_appendf(&text, "%s%s\n%s", BEFORE, check, BEHIND);
    load = unit_load(text.data);
    text_release(&text);
    return load;
}

static const struct conf_check *check_of(const struct unit_load *load)
{
    assert_fact(load->conf != NULL, "not loaded: %s", load->shown.data);
    return STAILQ_FIRST(
        &STAILQ_FIRST(&STAILQ_FIRST(&load->conf->virtual_servers)->servers)->checks);
}

/* ---- UDP_CHECK ------------------------------------------------------------------------------- */

static const struct {
    const char *keywords;
    const char *dumped; /* a line of the dump; NULL: the word is not there */
    size_t payload;
    size_t reply;
    bool required;
} udp_rows[] = {
    {"", NULL, 0, 0, false},
    {"payload A 1b 2", "payload 0a 1b 02\n", 3, 0, false},
    {"payload 0a1B2", "payload 0a 1b 02\n", 3, 0, false},
    {"require_reply", "require_reply\n", 0, 0, true},
    {"require_reply 00 xx", "require_reply 00 xx\n", 0, 2, true},
    {"require_reply X1 2x x fF", "require_reply x1 2x 0x ff\n", 0, 4, true},
    {"require_reply 00\nmin_reply_length 4\nmax_reply_length 65535", "max_reply_length 65535\n", 0,
     1, true},
};

static void test_bytes_are_read_by_digits(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(udp_rows); i++) {
        struct text_buffer text = {0};
        struct text_buffer dumped = {0};
        const struct conf_udp_check *check;
        struct unit_load load;

        text_appendf(&text, "UDP_CHECK {\n%s\n}", udp_rows[i].keywords);
        load = load_check(text.data);
        check = (const struct conf_udp_check *)check_of(&load);
        assert_fact(!load.shown.length, "%s: %s", text.data, load.shown.data);
        assert_int_equal(check->payload_size, udp_rows[i].payload);
        assert_int_equal(check->reply_size, udp_rows[i].reply);
        assert_int_equal(check->require_reply, udp_rows[i].required);
        dump_write(load.conf, &dumped);
        assert_fact(!udp_rows[i].dumped || strstr(dumped.data, udp_rows[i].dumped), "%s: %s",
                    text.data, dumped.data);
        unit_unload(&load);
        text_release(&text);
        text_release(&dumped);
    }
}

static void test_digits_that_are_any_are_no_bits_of_the_mask(void **state)
{
    struct unit_load load = load_check("UDP_CHECK { require_reply 12 x3 4x xx 5 x }");
    const struct conf_udp_check *check = (const struct conf_udp_check *)check_of(&load);

    (void)state;
    assert_int_equal(check->reply_size, 6);
    assert_memory_equal(check->reply, "\x12\x03\x40\x00\x05\x00", 6);
    assert_memory_equal(check->reply_mask, "\xff\x0f\xf0\x00\xff\xf0", 6);
    assert_int_equal(check->min_reply_length, 0);
    assert_int_equal(check->max_reply_length, 255);
    unit_unload(&load);
}

static void test_a_payload_has_a_limit(void **state)
{
    struct text_buffer text = {0};
    struct unit_load load;

    (void)state;
    text_append(&text, "UDP_CHECK {\npayload ");
    for (int i = 0; i < CONF_UDP_DATA_MOST; i++) {
        text_append(&text, "00");
    }
    text_append(&text, "\n}");
    load = load_check(text.data);
    assert_int_equal(((const struct conf_udp_check *)check_of(&load))->payload_size,
                     CONF_UDP_DATA_MOST);
    unit_unload(&load);
    text.length -= 2;
    text_append(&text, " 0\n}");
    load = load_check(text.data);
    assert_null(load.conf);
    assert_non_null(strstr(load.shown.data, "in all at most 4096 bytes, not \"0\""));
    unit_unload(&load);
    text_release(&text);
}

/* ---- SMTP_CHECK, DNS_CHECK ------------------------------------------------------------------- */

static void test_the_host_block_acts_on_the_whole_check(void **state)
{
    struct unit_load load =
        load_check("SMTP_CHECK {\nhelo_name lb.example.com\nhost {\nconnect_ip 10.0.0.25\n"
                   "connect_port 25\nretry 4\n}\nconnect_timeout 2\n}");
    const struct conf_smtp_check *check = (const struct conf_smtp_check *)check_of(&load);

    (void)state;
    assert_fact(!load.shown.length, "%s", load.shown.data);
    assert_string_equal(check->helo_name, "lb.example.com");
    assert_memory_equal(check->check.connect_addr.bytes, "\x0a\0\0\x19", 4);
    assert_int_equal(check->check.connect_port, 25);
    assert_int_equal(check->check.retry, 4);
    assert_true(check->check.connect_timeout == INT64_C(2000000000));
    unit_unload(&load);
}

static void test_a_dns_check_has_defaults_of_its_own(void **state)
{
    struct unit_load load = load_check("DNS_CHECK { }");
    const struct conf_dns_check *check = (const struct conf_dns_check *)check_of(&load);

    (void)state;
    assert_int_equal(check->check.retry, 3);
    assert_true(check->check.delay_before_retry == INT64_C(7000000000)); /* delay_loop */
    assert_int_equal(check->type, 6);                                    /* SOA */
    assert_null(check->name);
    unit_unload(&load);
}

static void test_types_and_names_of_queries(void **state)
{
    static const struct {
        const char *word;
        int number;
    } types[] = {{"A", 1},    {"NS", 2},    {"CNAME", 5},  {"SOA", 6},    {"MX", 15},
                 {"TXT", 16}, {"AAAA", 28}, {"RRSIG", 46}, {"DNSKEY", 48}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(types); i++) {
        char text[100];
        struct unit_load load;
        const struct conf_dns_check *check;

        (void)snprintf(text, sizeof(text), "DNS_CHECK {\ntype %s\nname _a.example.org.\n}",
                       types[i].word);
        load = load_check(text);
        check = (const struct conf_dns_check *)check_of(&load);
        assert_int_equal(check->type, types[i].number);
        assert_string_equal(check->name, "_a.example.org.");
        unit_unload(&load);
    }
}

#define LABEL  "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0" /* 63 bytes */
#define LABELS LABEL "." LABEL "." LABEL "."

static const struct {
    const char *name;
    const char *error; /* NULL: it is good */
} names[] = {
    {".", NULL},
    {"a", NULL},
    {"a.", NULL},
    {LABEL ".x", NULL},
    {LABELS "0123456789012345678901234567890123456789012345678901234567890", NULL}, /* 253 */
    {LABELS "0123456789012345678901234567890123456789012345678901234567890.", NULL},
    {"\"\"", "it is empty"},
    {"..", "it has an empty label"},
    {".a", "it has an empty label"},
    {"a..b", "it has an empty label"},
    {"a\\b", "it has bytes that no name of a host has"},
    {"\"a b\"", "it has bytes that no name of a host has"},
    {LABEL "x.y", "a label has more than 63 bytes"},
    {LABELS "01234567890123456789012345678901234567890123456789012345678901",
     "it has more than 253 bytes"},
};

static void test_names_that_cannot_be_asked_for_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        struct text_buffer text = {0};
        struct unit_load load;

        text_appendf(&text, "DNS_CHECK {\nname %s\n}", names[i].name);
        load = load_check(text.data);
        assert_fact((load.conf != NULL) == !names[i].error, "%s: %s", names[i].name,
                    load.shown.data);
        assert_fact(!names[i].error || strstr(load.shown.data, names[i].error), "%s: %s",
                    names[i].name, load.shown.data);
        unit_unload(&load);
        text_release(&text);
    }
}

/* ---- What is wrong --------------------------------------------------------------------------- */

static const struct {
    const char *check;
    const char *message;
} wrong[] = {
    {"UDP_CHECK {\npayload 0g\n}",
     "t.conf:8:9: error: payload takes hexadecimal digits, in all at most 4096 bytes, not \"0g\"\n"},
    {"UDP_CHECK {\npayload xx\n}",
     "t.conf:8:9: error: payload takes hexadecimal digits, in all at most 4096 bytes, not \"xx\"\n"},
    {"UDP_CHECK {\npayload\n}", "t.conf:8:1: error: payload needs an argument: payload HEX...\n"},
    {"UDP_CHECK {\nrequire_reply 0y\n}",
     "t.conf:8:15: error: require_reply takes hexadecimal digits or x for any, in all at most 4096 "
     "bytes, not \"0y\"\n"},
    {"UDP_CHECK {\nrequire_reply\nmin_reply_length 3\n}",
     "t.conf:9:1: warning: min_reply_length has no effect without the data of a reply; add some to "
     "require_reply, such as: require_reply xx\n"},
    {"UDP_CHECK {\nrequire_reply 00\nmin_reply_length 300\n}",
     "t.conf:7:1: error: no reply has at least 300 and at most 255 bytes; change min_reply_length or "
     "max_reply_length\n"},
    {"DNS_CHECK {\ntype PTR\n}",
     "t.conf:8:6: error: type takes A, NS, CNAME, SOA, MX, TXT, AAAA, RRSIG or DNSKEY, not "
     "\"PTR\"\n"},
    {"SMTP_CHECK {\nhelo_name \"a b\"\n}",
     "t.conf:8:11: error: helo_name takes the name of a host, without blanks and at most 253 bytes "
     "long; type one like lb1.example.com\n"},
    {"PING_CHECK {\nconnect_port 7\n}",
     "t.conf:8:1: note: connect_port has no effect: an echo request has no port\n"},
};

static void test_what_is_wrong_is_said_where_it_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        struct unit_load load = load_check(wrong[i].check);

        assert_fact(strncmp(load.shown.data, wrong[i].message, strlen(wrong[i].message)) == 0,
                    "%s\nshows:\n%s\nshould show:\n%s", wrong[i].check, load.shown.data,
                    wrong[i].message);
        unit_unload(&load);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_are_read_by_digits),
        cmocka_unit_test(test_digits_that_are_any_are_no_bits_of_the_mask),
        cmocka_unit_test(test_a_payload_has_a_limit),
        cmocka_unit_test(test_the_host_block_acts_on_the_whole_check),
        cmocka_unit_test(test_a_dns_check_has_defaults_of_its_own),
        cmocka_unit_test(test_types_and_names_of_queries),
        cmocka_unit_test(test_names_that_cannot_be_asked_for_are_refused),
        cmocka_unit_test(test_what_is_wrong_is_said_where_it_stands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
