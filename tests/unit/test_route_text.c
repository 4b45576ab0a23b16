/* SPDX-License-Identifier: Apache-2.0
 *
 * virtual_routes: what a line means, shown as the configuration that comes of it, and what is wrong
 * with others.
 */
#include "unit_parser.h"

#include "parser/conf_text.h"

#include <linux/rtnetlink.h>

#define HEAD "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_routes {\n  "
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
    {"10.1.0.0/16 via 10.0.0.1 dev eth0", "10.1.0.0/16 via 10.0.0.1 dev eth0"},
    {"to 10.1.0.0/16 gw 10.0.0.1", "10.1.0.0/16 via 10.0.0.1"},
    {"src 10.0.0.9 to 10.1.0.0/16 oif eth1", "10.1.0.0/16 dev eth1 src 10.0.0.9"},
    {"via 10.0.0.1 dev eth0 10.1.0.0/16", "10.1.0.0/16 via 10.0.0.1 dev eth0"},
    {"10.1.2.3 dev eth0", "10.1.2.3/32 dev eth0"},
    {"default via 10.0.0.1", "default via 10.0.0.1"},
    {"any via 10.0.0.1", "default via 10.0.0.1"},
    {"all dev eth0", "default dev eth0"},
    {"default via 2001:db8::1", "::/0 metric 1024 via 2001:db8::1"},
    {"default6 dev eth0", "::/0 metric 1024 dev eth0"},
    {"inet6 default dev eth0 metric 7", "::/0 metric 7 dev eth0"},
    {"2001:db8:1::/48 from 2001:db8:2::/48 via fe80::1 dev eth0 pref high expires 60",
     "2001:db8:1::/48 from 2001:db8:2::/48 metric 1024 via fe80::1 dev eth0 pref high expires 60"},
    {"10.1.0.0/16 via inet6 fe80::1 dev eth0", "10.1.0.0/16 via inet6 fe80::1 dev eth0"},
    {"10.1.0.0/16 via fe80::1 dev eth0", "10.1.0.0/16 via inet6 fe80::1 dev eth0"},
    {"blackhole 10.1.0.0/16", "10.1.0.0/16 blackhole"},
    {"to unreachable 10.1.0.0/16", "10.1.0.0/16 unreachable"},
    {"10.1.0.0/16 prohibit table 7", "10.1.0.0/16 table 7 prohibit"},
    {"throw default table local", "default table 255 throw"},
    {"local 10.1.2.3 dev lo table 0x10", "10.1.2.3/32 table 16 local dev lo"},
    {"brd 10.1.2.3 dev eth0", "10.1.2.3/32 broadcast dev eth0"},
    {"10.1.0.0/16 dev eth0 table main", "10.1.0.0/16 dev eth0"},
    {"10.1.0.0/16 dev eth0 tos 0x10 priority 5", "10.1.0.0/16 tos 0x10 metric 5 dev eth0"},
    {"10.1.0.0/16 dev eth0 dsfield 8 preference 5", "10.1.0.0/16 tos 0x08 metric 5 dev eth0"},
    {"10.1.0.0/16 dev eth0 scope link", "10.1.0.0/16 dev eth0"},
    {"10.1.0.0/16 dev eth0 scope host", "10.1.0.0/16 dev eth0 scope 254"},
    {"10.1.0.0/16 via 10.0.0.1 dev eth0 onlink realms 3/4",
     "10.1.0.0/16 via 10.0.0.1 dev eth0 realms 3/4 onlink"},
    {"10.1.0.0/16 dev eth0 vrf red metric 5", "10.1.0.0/16 vrf red metric 5 dev eth0"},
    {"10.1.0.0/16 encap mpls 100/200 ttl 9 via 10.0.0.1 dev eth0",
     "10.1.0.0/16 via 10.0.0.1 dev eth0 encap mpls 100/200 ttl 9"},
    {"10.1.0.0/16 encap ip id 7 dst 10.0.0.2 src 10.0.0.1 tos 8 ttl 64 key csum seq dev eth0 mtu 1400",
     "10.1.0.0/16 dev eth0 mtu 1400 encap ip id 7 dst 10.0.0.2 src 10.0.0.1 tos 8 ttl 64 key csum "
     "seq"},
    {"10.1.0.0/16 encap ip6 dst 2001:db8::2 tc 8 hoplimit 64 dev eth0 hoplimit 9",
     "10.1.0.0/16 dev eth0 hoplimit 9 encap ip6 dst 2001:db8::2 tc 8 hoplimit 64"},
    {"2001:db8::/32 encap ila 2001:db8:0:1 csum-mode neutral-map ident-type luid hook-type output dev "
     "eth0",
     "2001:db8::/32 metric 1024 dev eth0 encap ila 2001:db8:0:1 csum-mode neutral-map ident-type luid "
     "hook-type output"},
    {"10.1.0.0/16 nexthop encap mpls 100 dev eth0 nexthop via 10.0.0.2 encap ip dst 10.0.0.3 weight 2",
     "10.1.0.0/16 nexthop dev eth0 encap mpls 100 nexthop via 10.0.0.2 weight 2 encap ip dst 10.0.0.3"},
    {"10.1.0.0/16 dev eth0 realms cosmos/9", "10.1.0.0/16 dev eth0 realms 9"},
    {"10.1.0.0/16 dev eth0 mtu lock 1400 advmss 1360 hoplimit 9",
     "10.1.0.0/16 dev eth0 mtu lock 1400 advmss 1360 hoplimit 9"},
    {"10.1.0.0/16 dev eth0 rtt 300 rttvar lock 0.2s rto_min 40ms",
     "10.1.0.0/16 dev eth0 rtt 300ms rttvar lock 200ms rto_min 40ms"},
    {"10.1.0.0/16 dev eth0 initcwnd 10 initrwnd 20 window 9 cwnd lock 8 ssthresh 7 reordering 6",
     "10.1.0.0/16 dev eth0 window 9 ssthresh 7 cwnd lock 8 reordering 6 initcwnd 10 initrwnd 20"},
    {"10.1.0.0/16 dev eth0 features ecn quickack 1 fastopen_no_cookie 1 congctl lock cubic",
     "10.1.0.0/16 dev eth0 quickack 1 fastopen_no_cookie 1 features ecn congctl lock cubic"},
    {"10.1.0.0/16 dev eth0 ttl-propagate disabled append",
     "10.1.0.0/16 dev eth0 ttl-propagate disabled append"},
    {"10.1.0.0/16 dev eth0 add no_track protocol bgp",
     "10.1.0.0/16 dev eth0 protocol 186 add no_track"},
    {"10.1.0.0/16 dev eth0 prepend", "10.1.0.0/16 dev eth0"},
    {"10.1.0.0/16 nexthop via 10.0.0.1 dev eth0 weight 2 nexthop dev eth1 onlink realms 7",
     "10.1.0.0/16 nexthop via 10.0.0.1 dev eth0 weight 2 nexthop dev eth1 realms 7 onlink"},
    {"10.1.0.0/16 via 10.0.0.1 or 10.0.0.2", "10.1.0.0/16 nexthop via 10.0.0.1 nexthop via "
                                             "10.0.0.2"},
};

/* What is written is read as the same again, too. */
static void test_a_route_is_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const char *line = good[i].line;

        for (int again = 0; again < 2; again++) {
            struct unit_load load = load_line(line);
            struct text_buffer text = {0};
            const struct conf_route *route;

            if (!load.conf) {
                fail_msg("%s: %s", line, load.shown.data);
            }
            route = STAILQ_FIRST(&STAILQ_FIRST(&load.conf->instances)->routes);
            assert_non_null(route);
            assert_null(STAILQ_NEXT(route, next));
            conf_route_write(route, &text);
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
    {"10.1.0.0/33 dev eth0", "virtual_routes \"10.1.0.0/33\" is no network"},
    {"dev eth0", "a route needs a destination"},
    {"10.1.0.0/16", "a route needs via ADDRESS, dev INTERFACE, or both"},
    {"10.1.0.0/16 10.2.0.0/16 dev eth0", "a route has one destination"},
    {"10.1.0.0/16 via", "via needs an argument"},
    {"10.1.0.0/16 via 10.0.0.300", "via \"10.0.0.300\""},
    {"10.1.0.0/16 dev averyverylongname", "cannot be the name of an interface"},
    {"10.1.0.0/16 dev eth0 table nobody", "neither a number in 0..4294967295 nor a table of"},
    {"10.1.0.0/16 dev eth0 tos 256", "tos \"256\" is neither"},
    {"10.1.0.0/16 dev eth0 metric x", "metric takes a whole number"},
    {"10.1.0.0/16 dev eth0 mtu 70000", "mtu 70000 is outside 0..65520"},
    {"10.1.0.0/16 dev eth0 rtt 3h", "rtt takes a time"},
    {"10.1.0.0/16 dev eth0 realms 70000", "realms \"70000\""},
    {"10.1.0.0/16 dev eth0 weight 3", "weight belongs behind a nexthop"},
    {"10.1.0.0/16 nexthop weight 300 dev eth0", "weight 300 is outside 1..256"},
    {"10.1.0.0/16 nexthop weight 3", "a nexthop needs via ADDRESS"},
    {"10.1.0.0/16 via 10.0.0.1 nexthop via 10.0.0.2", "nexthop stands behind via or dev"},
    {"10.1.0.0/16 via 10.0.0.1 onlink", "onlink needs dev"},
    {"10.1.0.0/16 dev eth0 src 2001:db8::1", "IPv4 and IPv6 do not mix"},
    {"2001:db8::/32 via 10.0.0.1", "IPv4 and IPv6 do not mix"},
    {"10.1.0.0/16 dev eth0 pref high", "pref is for IPv6 routes alone"},
    {"2001:db8::/32 dev eth0 realms 3", "realms is for IPv4 routes alone"},
    {"10.1.0.0/16 dev eth0 congctl averyverylongname", "must have 1 to 15 bytes"},
    {"10.1.0.0/16 encap gre 100 dev eth0", "encap takes mpls, ip, ip6 or ila, not \"gre\""},
    {"10.1.0.0/16 encap mpls 1048576 dev eth0", "must be 1 to 8 labels of 0..1048575"},
    {"10.1.0.0/16 encap mpls 1/2/3/4/5/6/7/8/9 dev eth0", "must be 1 to 8 labels"},
    {"10.1.0.0/16 encap mpls 1/ dev eth0", "must be 1 to 8 labels"},
    {"10.1.0.0/16 encap mpls x dev eth0", "must be 1 to 8 labels"},
    {"10.1.0.0/16 encap ip id 5 dev eth0", "add: dst ADDRESS"},
    {"10.1.0.0/16 encap ip dst 2001:db8::1 dev eth0", "2001:db8::1"},
    {"10.1.0.0/16 encap ip dst 10.0.0.2 ttl 256 dev eth0", "ttl 256 is outside 0..255"},
    {"10.1.0.0/16 dev eth0 encap ip dst", "encap needs an argument"},
    {"10.1.0.0/16 encap ila 2001:db8::1 dev eth0", "must be the upper half of an IPv6 address"},
    {"10.1.0.0/16 encap ila 1:2:3:4:5 dev eth0", "must be the upper half of an IPv6 address"},
    {"10.1.0.0/16 encap ila 1:2:3:4 csum-mode x dev eth0", "csum-mode takes"},
    {"10.1.0.0/16 dev eth0 vrf red table 7", "either vrf's or table's"},
    {"10.1.0.0/16 dev eth0 track_group G", "track_group belongs to static routes"},
    {"10.1.0.0/16 dve eth0", "unknown option \"dve\" in virtual_routes; did you mean \"dev\"?"},
};

static void test_what_is_wrong_with_a_route_is_said(void **state)
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

static const struct {
    const char *line;
    const char *told;
    const char *written;
} odd[] = {
    {"10.1.2.3/16 dev eth0", "a network has no host bits: this becomes 10.1.0.0/16",
     "10.1.0.0/16 dev eth0"},
    {"10.1.0.0/16 dev eth0 protocol static", "protocol counts with no_track alone",
     "10.1.0.0/16 dev eth0"},
    {"10.1.0.0/16 dev eth0 as to 10.2.0.0", "as has no effect", "10.1.0.0/16 dev eth0"},
    {"10.1.0.0/16 dev eth0\n  10.1.0.0/16 dev eth1", "there is a route to this network already",
     "10.1.0.0/16 dev eth0"},
};

static void test_what_is_odd_about_a_route_is_said_and_mended(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct unit_load load = load_line(odd[i].line);
        struct text_buffer text = {0};

        if (!load.conf || !strstr(load.shown.data, odd[i].told)) {
            fail_msg("%s: should say \"%s\", says: %s", odd[i].line, odd[i].told, load.shown.data);
        }
        conf_route_write(STAILQ_FIRST(&STAILQ_FIRST(&load.conf->instances)->routes), &text);
        assert_string_equal(text.data, odd[i].written);
        text_release(&text);
        unit_unload(&load);
    }
}

/* ---- Names ----------------------------------------------------------------------------------- */

static int names_read(void *argument, const char *path, char **text, size_t *size)
{
    static const struct {
        const char *path;
        const char *text;
    } files[] = {
        {UNIT_FILE, HEAD "10.1.0.0/16 dev eth0 table blue tos gold\n"
                         "  10.2.0.0/16 dev eth0 table red" TAIL},
        {"/etc/iproute2/rt_tables", "# ours\n 100\tblue # the first\n101 red"},
        {"/usr/share/iproute2/rt_tables", "7 blue\n8 reddish\n"},
        {"/usr/share/iproute2/rt_dsfield", "0x1c\tgold\n"},
    };

    (void)argument;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strcmp(files[i].path, path) == 0) {
            *text = memory_text(files[i].text);
            *size = strlen(*text);
            return 0;
        }
    }
    return -ENOENT;
}

static void test_names_come_from_the_files_of_iproute2(void **state)
{
    const struct parser_options options = {.config_id = "lb1", .world = {.read = names_read}};
    struct diag_list *list;
    struct conf *conf = parser_load(UNIT_FILE, &options, &list);
    const struct conf_route *route;

    (void)state;
    assert_non_null(conf);
    route = STAILQ_FIRST(&STAILQ_FIRST(&conf->instances)->routes);
    assert_int_equal(route->table, 100);
    assert_int_equal(route->tos, 0x1c);
    assert_int_equal(STAILQ_NEXT(route, next)->table, 101);
    conf_free(conf);
    diag_free(list);
}

static int other_names_read(void *argument, const char *path, char **text, size_t *size)
{
    const char *const *file = argument;

    if (strcmp(path, "/mine/rt_tables") != 0 && strcmp(path, UNIT_FILE) != 0) {
        return -ENOENT;
    }
    *text = memory_text(strcmp(path, UNIT_FILE) == 0 ? *file : "77 blue\n");
    *size = strlen(*text);
    return 0;
}

#define OTHER_NAMES "global_defs { iproute_etc_dir /mine }\n"

static void test_the_names_may_be_elsewhere(void **state)
{
    const char *texts[] = {OTHER_NAMES HEAD "10.1.0.0/16 dev eth0 table blue" TAIL,
                           HEAD "10.1.0.0/16 dev eth0 table main" TAIL OTHER_NAMES};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        const struct parser_options options = {
            .config_id = "lb1", .world = {.read = other_names_read, .argument = &texts[i]}};
        struct diag_list *list;
        struct conf *conf = parser_load(UNIT_FILE, &options, &list);
        struct text_buffer shown = {0};

        diag_write_all(list, &shown);
        if (i == 0) {
            assert_non_null(conf);
            assert_int_equal(STAILQ_FIRST(&STAILQ_FIRST(&conf->instances)->routes)->table, 77);
        } else {
            assert_null(conf);
            assert_non_null(strstr(shown.data, "iproute_etc_dir stands behind a line"));
        }
        text_release(&shown);
        conf_free(conf);
        diag_free(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_route_is_read_and_written),
        cmocka_unit_test(test_what_is_wrong_with_a_route_is_said),
        cmocka_unit_test(test_what_is_odd_about_a_route_is_said_and_mended),
        cmocka_unit_test(test_names_come_from_the_files_of_iproute2),
        cmocka_unit_test(test_the_names_may_be_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
