/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_rules.h"

#include "ipvs/owned.h"
#include "net/director_needs.h"
#include "net/fullnat.h"
#include "net/nft.h"

#define SERVICE(header, words, servers)                                                            \
    "virtual_server " header " {\n lb_algo rr\n " words "\n " servers "\n}\n"
#define HEAD                                                                                       \
    "add table inet t\n"                                                                           \
    "add chain inet t postrouting { type nat hook postrouting priority srcnat; policy accept; }\n" \
    "flush chain inet t postrouting\n"
#define SET(name, type, elements)                                                                  \
    "add set inet t " name " { type " type "; }\n"                                                 \
    "flush set inet t " name "\n"                                                                  \
    "add element inet t " name " {\n"                                                              \
    "    " elements "\n"                                                                           \
    "}\n"
#define PORT_SET(name, version, elements)                                                          \
    SET(name, "ipv" version "_addr . inet_service . ipv" version "_addr . inet_service", elements)
#define RULE(text) "add rule inet t postrouting " text "\n"
#define PORT_RULE(family, protocol, ip, name, source)                                              \
    RULE("meta nfproto " family " meta l4proto " protocol " ct original " ip                       \
         " daddr . ct original proto-dst . " ip " daddr . " protocol " dport @" name " " source)

static const struct unit_rules rows[] = {
    {"NAT alone needs no table",
     SERVICE("10.0.0.9 80", "lb_kind NAT\n protocol TCP", "real_server 10.1.0.1 80 { }"), ""},
    {"services that are matched alike are one set, told with the servers",
     SERVICE("10.0.0.9 80", "lb_kind FULLNAT\n protocol TCP", "real_server 10.1.0.1 8080 { }")
         SERVICE("10.0.0.9 443", "lb_kind FULLNAT\n protocol TCP", "real_server 10.1.0.1 443 { }")
             SERVICE("10.0.0.9 25", "lb_kind NAT\n protocol TCP", "real_server 10.1.0.1 25 { }"),
     HEAD PORT_SET("tcp4_port", "4",
                   "10.0.0.9 . 80 . 10.1.0.1 . 8080,\n"
                   "    10.0.0.9 . 443 . 10.1.0.1 . 443")
         PORT_RULE("ipv4", "tcp", "ip", "tcp4_port", "masquerade")},
    {"a pool is a set of its own",
     SERVICE("2001:db8::9 53",
             "lb_kind FULLNAT\n protocol UDP\n local_address 2001:db8::a-2001:db8::c",
             "real_server 2001:db8:1::1 53 { }"),
     HEAD PORT_SET("udp6_port_pool1", "6", "2001:db8::9 . 53 . 2001:db8:1::1 . 53")
         PORT_RULE("ipv6", "udp", "ip6", "udp6_port_pool1", "snat ip6 to 2001:db8::a-2001:db8::c")},
    {"of a service's servers those behind FULLNAT count",
     SERVICE("10.0.0.9 80", "lb_kind NAT\n protocol SCTP",
             "real_server 10.1.0.1 80 { }\n real_server 10.1.0.1 81 { lvs_method FULLNAT }"),
     HEAD PORT_SET("sctp4_port", "4", "10.0.0.9 . 80 . 10.1.0.1 . 81")
         PORT_RULE("ipv4", "sctp", "ip", "sctp4_port", "masquerade")},
    {"a service without a port comes last, and not for what has a port",
     SERVICE("10.0.0.9 0", "lb_kind FULLNAT\n protocol TCP\n persistence_timeout 9",
             "real_server 10.1.0.1 { }") SERVICE("10.0.0.9 25", "lb_kind NAT\n protocol TCP",
                                                 "real_server 10.1.0.1 25 { }")
         SERVICE("10.0.0.9 80", "lb_kind FULLNAT\n protocol TCP\n local_address 10.2.0.1",
                 "real_server 10.1.0.1 80 { }")
             SERVICE("10.0.0.9 53", "lb_kind NAT\n protocol UDP", "real_server 10.1.0.1 53 { }"),
     HEAD PORT_SET("tcp4_port_pool1", "4", "10.0.0.9 . 80 . 10.1.0.1 . 80")
         PORT_RULE("ipv4", "tcp", "ip", "tcp4_port_pool1", "snat ip to 10.2.0.1")
             SET("tcp4_port_else", "ipv4_addr . inet_service", "10.0.0.9 . 25,\n    10.0.0.9 . 80")
                 RULE("meta nfproto ipv4 meta l4proto tcp ct original ip daddr . "
                      "ct original proto-dst @tcp4_port_else return")
                     SET("tcp4_all_ports", "ipv4_addr . ipv4_addr", "10.0.0.9 . 10.1.0.1")
                         RULE("meta nfproto ipv4 meta l4proto tcp ct original ip daddr . ip daddr "
                              "@tcp4_all_ports masquerade")},
    {"a mark comes first, with the servers",
     SERVICE("10.0.0.9 80", "lb_kind FULLNAT\n protocol TCP", "real_server 10.1.0.1 80 { }")
         SERVICE("fwmark 8", "lb_kind NAT", "real_server 10.1.0.1 { }") SERVICE(
             "fwmark 7", "lb_kind FULLNAT\n local_address 10.2.0.1", "real_server 10.1.0.1 { }"),
     HEAD SET("mark4_server_pool1", "mark . ipv4_addr", "7 . 10.1.0.1")
         RULE("meta nfproto ipv4 meta mark . ip daddr @mark4_server_pool1 snat ip to 10.2.0.1")
             SET("mark4_else", "mark", "8,\n    7")
                 RULE("meta nfproto ipv4 meta mark @mark4_else return")
                     PORT_SET("tcp4_port", "4", "10.0.0.9 . 80 . 10.1.0.1 . 80")
                         PORT_RULE("ipv4", "tcp", "ip", "tcp4_port", "masquerade")},
};

static void write_configured(const struct conf *conf, const char *table, struct text_buffer *out)
{
    fullnat_write(conf, NULL, 0, table, out);
}

static void test_rules_are_those_of_the_services_behind_fullnat(void **state)
{
    (void)state;
    unit_check_rules(rows, UNIT_COUNT(rows), write_configured);
}

static const char guarded[] = "global_defs { lvs_sync_daemon eth0 }\n" SERVICE(
    "10.0.0.9 80", "lb_kind FULLNAT\n protocol TCP\n local_address 10.2.0.1-10.2.0.4",
    "real_server 10.1.0.1 80 { }\n real_server 10.1.0.2 80 { lvs_method NAT }\n"
    " sorry_server 10.1.0.3 80")
    SERVICE("10.0.0.9 81", "lb_kind FULLNAT\n protocol TCP\n local_address 10.2.0.1-10.2.0.4",
            "real_server 10.1.0.4 80 { }") SERVICE("10.0.0.9 82", "lb_kind FULLNAT\n protocol TCP",
                                                   "real_server 10.1.0.5 80 { }")
        SERVICE("2001:db8::9 80", "lb_kind FULLNAT\n protocol TCP\n local_address 2001:db8:2::1",
                "real_server 2001:db8:1::1 80 { }");

static void test_director_does_not_reset_what_it_has_just_taken_over(void **state)
{
    static const char chain[] =
        "add chain inet t guard { type filter hook input priority filter; policy accept; }\n"
        "flush chain inet t guard\n"
        "add rule inet t guard ip daddr 10.2.0.1-10.2.0.4 ip saddr "
        "{ 10.1.0.1, 10.1.0.3, 10.1.0.4 } tcp flags & syn == 0 ct state new,invalid drop\n"
        "add rule inet t guard ip6 daddr 2001:db8:2::1 ip6 saddr { 2001:db8:1::1 } "
        "tcp flags & syn == 0 ct state new,invalid drop\n";
    struct unit_load load = unit_load(guarded);
    struct unit_load alone = unit_load(strchr(guarded, '\n'));
    struct text_buffer rules = {0};
    struct text_buffer out = {0};

    (void)state;
    assert_fact(load.conf && alone.conf, "%s%s", load.shown.data, alone.shown.data);
    text_append(&rules, "");
    fullnat_write_guard(alone.conf, "t", &rules);
    assert_string_equal(rules.data, ""); /* nobody else knows its connections */
    fullnat_write_guard(load.conf, "t", &rules);
    assert_string_equal(rules.data, chain);

    text_append(&out, "");
    fullnat_write_guard_leftover(chain, chain, &out);
    fullnat_write_guard_leftover("", chain, &out);
    assert_string_equal(out.data, "");
    fullnat_write_guard_leftover(chain, "", &out);
    assert_string_equal(out.data, "add chain inet t guard\nflush chain inet t guard\n"
                                  "delete chain inet t guard\n");
    text_release(&rules);
    text_release(&out);
    unit_unload(&load);
    unit_unload(&alone);
}

static void test_rules_stay_for_what_drains(void **state)
{
    static const struct {
        const char *service; /* as in the list of owned services */
        const char *drain;
        const char *rules;
    } drains[] = {
        {"tcp 10.0.0.9 80\n", "drain 10.1.0.2 81 1\n", ""},
        {"tcp 10.0.0.9 80\n", "drain 10.1.0.2 81 1 nat\n", ""},
        {"tcp 10.0.0.9 80\n", "drain 10.1.0.2 81 1 fullnat\n",
         HEAD PORT_SET("tcp4_port", "4", "10.0.0.9 . 80 . 10.1.0.2 . 81")
             PORT_RULE("ipv4", "tcp", "ip", "tcp4_port", "masquerade")},
        {"udp 2001:db8::9 0\n", "drain 2001:db8::2 0 1 fullnat 2001:db8::3 2001:db8::4\n",
         HEAD SET("udp6_all_ports_pool1", "ipv6_addr . ipv6_addr", "2001:db8::9 . 2001:db8::2")
             RULE("meta nfproto ipv6 meta l4proto udp ct original ip6 daddr . ip6 daddr "
                  "@udp6_all_ports_pool1 snat ip6 to 2001:db8::3-2001:db8::4")},
        {"fwmark 7 inet\n", "drain 10.1.0.2 0 1 fullnat\n",
         HEAD SET("mark4_server", "mark . ipv4_addr", "7 . 10.1.0.2")
             RULE("meta nfproto ipv4 meta mark . ip daddr @mark4_server masquerade")},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(drains); i++) {
        struct unit_load load = unit_load(
            SERVICE("10.0.0.9 25", "lb_kind NAT\n protocol TCP", "real_server 10.1.0.1 25 { }"));
        const char *service = drains[i].service;
        const char *drain = drains[i].drain;
        struct text_buffer rules = {0};
        struct owned_line key;
        struct owned_line line;

        assert_true(owned_next(&service, &key) && owned_next(&drain, &line));
        line.drain.service = key.service;
        text_append(&rules, "");
        fullnat_write(load.conf, &line.drain, 1, "t", &rules);
        assert_fact(strcmp(rules.data, drains[i].rules) == 0, "%s:\n%s", drains[i].drain,
                    rules.data);
        text_release(&rules);
        unit_unload(&load);
    }
}

static void test_what_drains_has_needs(void **state)
{
    const char *lines =
        "drain 10.1.0.2 81 1\ndrain 10.1.0.2 81 1 nat\ndrain 2001:db8::2 0 1 fullnat\n";
    struct conf_drain drains[3];
    struct owned_line line;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(drains); i++) {
        assert_true(owned_next(&lines, &line));
        drains[i] = line.drain;
    }
    assert_int_equal(director_needs_of_drains(drains, 1), 0);
    assert_int_equal(director_needs_of_drains(drains, 2), 1U << DIRECTOR_FORWARD_IPV4);
    assert_int_equal(director_needs_of_drains(drains, 3), 1U << DIRECTOR_FORWARD_IPV4 |
                                                              1U << DIRECTOR_FORWARD_IPV6 |
                                                              1U << DIRECTOR_CONNTRACK);
}

static void test_sets_that_are_not_used_any_more_are_deleted(void **state)
{
    struct text_buffer out = {0};

    (void)state;
    text_append(&out, "");
    fullnat_write_leftover("add set inet t tcp4 { type a; }\nadd set inet t udp4 { type b; }\nx\n",
                           "add set inet t udp4 { type b; }\n", &out);
    assert_string_equal(out.data, "add set inet t tcp4 { type a; }\ndelete set inet t tcp4 \n");
    text_release(&out);
}

static void test_a_guard_in_a_line_that_is_no_chain_of_ours_is_left_alone(void **state)
{
    static const char *const files[] = {"x guard { type", " guard { type", "add chain guard { type",
                                        "\nadd .a guard { type x\n"};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(files); i++) {
        struct text_buffer out = {0};

        fullnat_write_leftover(files[i], "", &out);
        assert_fact(out.length == 0, "%s: %s", files[i], out.data);
        text_release(&out);
    }
}

static void test_the_table_of_an_earlier_run_is_the_last_one_of_its_file(void **state)
{
    static const struct {
        const char *text;
        const char *table;
    } files[] = {
        {"add table inet a\ndelete table inet a\nadd table inet b\nadd set inet b tcp4 { }\n", "b"},
        {"add table inet a", "a"},
        {"add table inet ", NULL},
        {"add table ip a\n", NULL},
        {"", NULL},
        {"add table inet aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         NULL},
    };
    char table[NFT_TABLE_SIZE];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(files); i++) {
        bool found = nft_last_table(files[i].text, table);

        assert_fact(found == (files[i].table != NULL), "%s", files[i].text);
        if (files[i].table) {
            assert_string_equal(table, files[i].table);
        }
    }
}

static void test_needs_are_those_of_the_forwarding_methods(void **state)
{
    static const struct {
        const char *file;
        unsigned needs;
    } needs[] = {
        {SERVICE("10.0.0.9 80", "lb_kind DR\n protocol TCP", "real_server 10.1.0.1 80 { }"), 0},
        {SERVICE("10.0.0.9 80", "lb_kind NAT\n protocol TCP", "real_server 10.1.0.1 80 { }"),
         1U << DIRECTOR_FORWARD_IPV4},
        {SERVICE("2001:db8::9 80", "lb_kind FULLNAT\n protocol TCP",
                 "real_server 2001:db8::1 80 { }"),
         1U << DIRECTOR_FORWARD_IPV6 | 1U << DIRECTOR_CONNTRACK},
        {SERVICE("10.0.0.9 80", "lb_kind DR\n protocol TCP\n announce_when up",
                 "real_server 10.1.0.1 80 { }"),
         1U << DIRECTOR_SLOPPY_TCP},
        {SERVICE("10.0.0.9 80", "lb_kind DR\n protocol SCTP\n announce_when always",
                 "real_server 10.1.0.1 80 { }"),
         1U << DIRECTOR_SLOPPY_SCTP},
        {SERVICE("10.0.0.9 80", "lb_kind DR\n protocol UDP\n announce_when up",
                 "real_server 10.1.0.1 80 { }"),
         0},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(needs); i++) {
        struct unit_load load = unit_load(needs[i].file);

        assert_fact(load.conf != NULL, "%s", load.shown.data);
        assert_int_equal(director_needs_of(load.conf), needs[i].needs);
        unit_unload(&load);
    }
}

static void test_what_cannot_be_joined_with_fullnat_is_told(void **state)
{
    static const struct {
        const char *words;
        const char *said;
    } told[] = {
        {"lb_kind FULLNAT\n protocol UDP\n ops", "ops and FULLNAT cannot be joined"},
        {"lb_kind NAT\n protocol UDP\n local_address 10.0.0.1", "has no effect without FULLNAT"},
        {"lb_kind FULLNAT\n protocol UDP\n local_address 2001:db8::1", "has an IPv6 address"},
        {"lb_kind FULLNAT\n protocol UDP\n local_address 10.0.0.2-10.0.0.1", "before it begins"},
        {"lb_kind FULLNAT\n protocol UDP\n local_address 10.0.0.2-x", "is no range"},
        {"lb_kind FULLNAT\n protocol UDP\n local_address 10.0.0.2 10.0.0.3", "one range of each"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(told); i++) {
        struct text_buffer file = {0};
        struct unit_load load;

        text_appendf(&file,
                     "virtual_server 10.0.0.9 53 {\n lb_algo rr\n %s\n"
                     " real_server 10.1.0.1 53 { }\n}\n",
                     told[i].words);
        load = unit_load(file.data);
        assert_fact(strstr(load.shown.data, told[i].said), "%s: %s", told[i].words,
                    load.shown.data);
        unit_unload(&load);
        text_release(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_are_those_of_the_services_behind_fullnat),
        cmocka_unit_test(test_director_does_not_reset_what_it_has_just_taken_over),
        cmocka_unit_test(test_rules_stay_for_what_drains),
        cmocka_unit_test(test_what_drains_has_needs),
        cmocka_unit_test(test_sets_that_are_not_used_any_more_are_deleted),
        cmocka_unit_test(test_a_guard_in_a_line_that_is_no_chain_of_ours_is_left_alone),
        cmocka_unit_test(test_the_table_of_an_earlier_run_is_the_last_one_of_its_file),
        cmocka_unit_test(test_needs_are_those_of_the_forwarding_methods),
        cmocka_unit_test(test_what_cannot_be_joined_with_fullnat_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
