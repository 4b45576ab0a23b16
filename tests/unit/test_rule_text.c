/* SPDX-License-Identifier: Apache-2.0
 *
 * virtual_rules: what a line means, shown as the configuration that comes of it, and what is wrong
 * with others.
 */
#include "unit_parser.h"

#include "parser/conf_text.h"

#define HEAD "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_rules {\n  "
#define TAIL "\n }\n}\n"

static struct unit_load load_line(const char *line)
{
    struct text_buffer text = {0};
    struct unit_load load;

    text_appendf(&text, "%s%s%s", HEAD, line, TAIL);
    load = unit_load(text.data);
    text_release(&text);
    return load;
}

static const struct {
    const char *line;
    const char *written;
} good[] = {
    {"from 10.1.0.0/16 table 7 preference 100", "from 10.1.0.0/16 table 7 preference 100"},
    {"preference 100 lookup main to 10.1.2.3", "to 10.1.2.3/32 table 254 preference 100"},
    {"from all table 7 order 1", "table 7 preference 1"},
    {"from any to default table 7 priority 1", "table 7 preference 1"},
    {"from 2001:db8::/32 table 7 preference 0x10", "from 2001:db8::/32 table 7 preference 16"},
    {"inet6 table 7 preference 1", "inet6 table 7 preference 1"},
    {"inet from 10.0.0.0/8 table 7 preference 1", "from 10.0.0.0/8 table 7 preference 1"},
    {"not from 10.0.0.0/8 blackhole preference 1", "not from 10.0.0.0/8 blackhole preference 1"},
    {"iif eth0 oif eth1 unreachable preference 1", "iif eth0 oif eth1 unreachable preference 1"},
    {"dev eth0 type prohibit preference 1", "iif eth0 prohibit preference 1"},
    {"tos 0x10 nop preference 1", "tos 0x10 nop preference 1"},
    {"dsfield 8 nop preference 1", "tos 0x08 nop preference 1"},
    {"fwmark 7 table 7 preference 1", "fwmark 0x7 table 7 preference 1"},
    {"fwmark 0x10/0xff table 7 preference 1", "fwmark 0x10/0xff table 7 preference 1"},
    {"uidrange 0-99 table 7 preference 1", "uidrange 0-99 table 7 preference 1"},
    {"tunnel-id 77 table 7 preference 1", "tunnel-id 77 table 7 preference 1"},
    {"ipproto tcp sport 1-2 dport 80 table 7 preference 1",
     "ipproto tcp sport 1-2 dport 80-80 table 7 preference 1"},
    {"ipproto 200 table 7 preference 1", "ipproto 200 table 7 preference 1"},
    {"l3mdev preference 1000", "l3mdev preference 1000"},
    {"goto 200 preference 100", "goto 200 preference 100"},
    {"table 7 realms 3/4 preference 1", "table 7 realms 3/4 preference 1"},
    {"table 7 realms 4 preference 1", "table 7 realms 0/4 preference 1"},
    {"table 7 suppress_prefixlength 0 suppress_ifgroup default preference 1",
     "table 7 suppress_prefixlength 0 suppress_ifgroup 0 preference 1"},
    {"table 7 sup_pl 8 sup_group 3 preference 1",
     "table 7 suppress_prefixlength 8 suppress_ifgroup 3 preference 1"},
    {"table 7 preference 1 no_track protocol static", "table 7 preference 1 protocol 4 no_track"},
};

/* What is written is read as the same again, too. */
static void test_a_rule_is_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const char *line = good[i].line;

        for (int again = 0; again < 2; again++) {
            struct unit_load load = load_line(line);
            struct text_buffer text = {0};
            const struct conf_rule *rule;

            if (!load.conf || diag_count(load.list, DIAG_WARNING)) {
                fail_msg("%s: %s", line, load.shown.data);
            }
            rule = STAILQ_FIRST(&STAILQ_FIRST(&load.conf->instances)->rules);
            assert_non_null(rule);
            assert_null(STAILQ_NEXT(rule, next));
            conf_rule_write(rule, &text);
            assert_string_equal(text.data, good[i].written);
            text_release(&text);
            unit_unload(&load);
            line = good[i].written;
        }
    }
}

static const struct {
    const char *line;
    const char *told;
} bad[] = {
    {"10.1.0.0/16 table 7", "virtual_rules \"10.1.0.0/16\" begins no rule"},
    {"from 10.1.0.0/16 preference 1", "a rule has one action"},
    {"from 10.1.0.0/16 table 7 blackhole preference 1", "a rule has one action"},
    {"from 10.1.0.0/33 table 7 preference 1", "from \"10.1.0.0/33\" is no network"},
    {"from 10.1.0.0/16 to 2001:db8::/32 table 7 preference 1", "IPv4 and IPv6 do not mix"},
    {"inet6 from 10.1.0.0/16 table 7 preference 1", "IPv4 and IPv6 do not mix"},
    {"table 0 preference 1", "table 0 is none"},
    {"table nobody preference 1", "neither a number in 0..4294967295 nor a table"},
    {"fwmark x table 7 preference 1", "fwmark takes a whole number in 0..4294967295"},
    {"fwmark 1/x table 7 preference 1", "fwmark takes a whole number in 0..4294967295"},
    {"uidrange 9-1 table 7 preference 1", "uidrange takes FIRST-LAST"},
    {"sport 1-70000 table 7 preference 1", "sport takes FIRST-LAST in 0..65535"},
    {"dport 0-1 table 7 preference 1", "dport takes ports in 1..65535"},
    {"ipproto nobody table 7 preference 1", "ipproto"},
    {"goto 100 preference 100", "goto leads on, never back"},
    {"inet6 table 7 realms 3 preference 1", "realms is for IPv4 rules alone"},
    {"table 7 suppress_prefixlength 200 preference 1", "is outside 0..128"},
    {"table 7 preference 1 track_group G", "track_group belongs to static rules"},
    {"from 10.1.0.0/16 tabel 7 preference 1",
     "unknown option \"tabel\" in virtual_rules; did you mean \"table\"?"},
};

static void test_what_is_wrong_with_a_rule_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct unit_load load = load_line(bad[i].line);

        if (load.conf || !strstr(load.shown.data, bad[i].told)) {
            fail_msg("%s: should say \"%s\", says: %s", bad[i].line, bad[i].told, load.shown.data);
        }
        unit_unload(&load);
    }
}

static void test_rules_without_a_preference_get_one_each_counting_down(void **state)
{
    struct unit_load load = load_line("from 10.1.0.0/16 table 7\n  from 10.2.0.0/16 table 7\n"
                                      "  inet6 table 7");
    const struct conf_rule *rule;

    (void)state;
    assert_non_null(load.conf);
    assert_int_equal(diag_count(load.list, DIAG_WARNING), 3);
    rule = STAILQ_FIRST(&STAILQ_FIRST(&load.conf->instances)->rules);
    assert_int_equal(rule->preference, 16384);
    rule = STAILQ_NEXT(rule, next);
    assert_int_equal(rule->preference, 16383);
    rule = STAILQ_NEXT(rule, next);
    assert_int_equal(rule->preference, 16384); /* of another family */
    unit_unload(&load);
}

static void test_a_rule_that_is_there_twice_counts_once(void **state)
{
    struct unit_load load = load_line("from 10.1.0.0/16 table 7 preference 1\n"
                                      "  preference 1 from 10.1.0.0/16 lookup 7");

    (void)state;
    assert_non_null(load.conf);
    assert_non_null(strstr(load.shown.data, "this rule is there twice"));
    assert_null(STAILQ_NEXT(STAILQ_FIRST(&STAILQ_FIRST(&load.conf->instances)->rules), next));
    unit_unload(&load);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rule_is_read_and_written),
        cmocka_unit_test(test_what_is_wrong_with_a_rule_is_said),
        cmocka_unit_test(test_rules_without_a_preference_get_one_each_counting_down),
        cmocka_unit_test(test_a_rule_that_is_there_twice_counts_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
