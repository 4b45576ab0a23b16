/* SPDX-License-Identifier: Apache-2.0
 *
 * bfd_instance and track_bfd: what they make, and whole messages where they are wrong.
 */
#include "unit_parser.h"

#include "base/clock.h"
#include "parser/dump.h"

#define MS CLOCK_MILLISECOND

#define INSTANCE(tracks_)                                                                          \
    "vrrp_instance A { interface eth0\n virtual_router_id 1\n track_bfd { " tracks_                \
    " }\n virtual_ipaddress { 192.0.2.9/24 } }\n"

static void test_a_session_has_keepalived_s_defaults_and_the_ttl_of_the_rfc(void **state)
{
    struct unit_load load = unit_load_clean("bfd_instance b { neighbor_ip 2001:db8::1 }\n");
    const struct conf_bfd *bfd = STAILQ_FIRST(&load.conf->bfds);

    (void)state;
    assert_string_equal(bfd->name, "b");
    assert_int_equal(bfd->neighbor.family, AF_INET6);
    assert_true(bfd->min_rx == 10 * MS && bfd->min_tx == 10 * MS && bfd->idle_tx == 1000 * MS);
    assert_true(bfd->multiplier == 5 && bfd->ttl == 255 && bfd->max_hops == 0);
    assert_true(!bfd->passive && !bfd->multihop && !bfd->weight && !bfd->reverse);
    assert_true(bfd->vrrp && bfd->checker && !bfd->interface);
    assert_false(inet_is_set(&bfd->source));
    unit_unload(&load);
}

static void test_every_keyword_is_stored(void **state)
{
    struct unit_load load = unit_load_clean("bfd_instance b {\n"
                                            " neighbour_ip fe80::2%eth1\n"
                                            " source_ip fe80::1\n"
                                            " min_rx 1.001\n"
                                            " min_tx 4294967\n"
                                            " idle_tx 2000.5\n"
                                            " multiplier 255\n"
                                            " passive\n"
                                            " hoplimit 64\n"
                                            " max_hops -1\n"
                                            " weight -253 reverse\n"
                                            " vrrp\n"
                                            "}\n"
                                            "bfd_instance c {\n"
                                            " neighbor_ip 192.0.2.1\n"
                                            " multihop\n"
                                            " max_hops 2\n"
                                            " checker\n"
                                            "}\n");
    const struct conf_bfd *bfd = STAILQ_FIRST(&load.conf->bfds);
    const struct conf_bfd *other = STAILQ_NEXT(bfd, next);

    (void)state;
    assert_string_equal(bfd->interface, "eth1");
    assert_true(inet_is_link_local(&bfd->neighbor) && inet_is_link_local(&bfd->source));
    assert_true(bfd->min_rx == 1001000 && bfd->min_tx == 4294967 * MS);
    assert_true(bfd->idle_tx == 2000500 * (MS / 1000) && bfd->multiplier == 255 && bfd->passive);
    assert_true(bfd->ttl == 64 && bfd->max_hops == -1);
    assert_true(bfd->weight == -253 && bfd->reverse && bfd->vrrp && !bfd->checker);
    assert_true(other->multihop && other->checker && !other->vrrp);
    unit_unload(&load);
}

static void test_a_line_has_the_session_s_weight_unless_it_says_its_own(void **state)
{
    struct unit_load load = unit_load_clean(
        INSTANCE("b c weight 7") "bfd_instance b { neighbor_ip 192.0.2.1\n weight -20 reverse }\n"
                                 "bfd_instance c { neighbor_ip 192.0.2.2\n weight -20 reverse }\n");
    const struct conf_track *first = STAILQ_FIRST(&STAILQ_FIRST(&load.conf->instances)->tracks);
    const struct conf_track *second = STAILQ_NEXT(first, next);

    (void)state;
    assert_true(first->kind == CONF_TRACK_BFD && first->weight == -20 && first->reverse);
    assert_true(second->kind == CONF_TRACK_BFD && second->weight == 7 && !second->reverse);
    assert_true(STAILQ_FIRST(&load.conf->bfds)->tracked);
    unit_unload(&load);
}

static void test_members_of_a_group_track_its_sessions(void **state)
{
    struct unit_load load = unit_load_clean("bfd_instance b { neighbor_ip 192.0.2.1 }\n" INSTANCE(
        "") "vrrp_sync_group G { group { A }\n track_bfd { b } }\n");
    const struct conf_track *track = STAILQ_FIRST(&STAILQ_FIRST(&load.conf->instances)->tracks);

    (void)state;
    assert_non_null(track);
    assert_int_equal(track->kind, CONF_TRACK_BFD);
    assert_string_equal(track->name, "b");
    unit_unload(&load);
}

static void test_two_sessions_may_share_a_neighbor_if_something_tells_them_apart(void **state)
{
    struct unit_load load =
        unit_load_clean("bfd_instance a { neighbor_ip 192.0.2.1 }\n"
                        "bfd_instance b { neighbor_ip 192.0.2.1\n multihop\n max_hops -1 }\n"
                        "bfd_instance c { neighbor_ip 192.0.2.1\n source_ip 192.0.2.3 }\n"
                        "bfd_instance d { neighbor_ip fe80::1%eth0 }\n"
                        "bfd_instance e { neighbor_ip fe80::1%eth1 }\n");

    (void)state;
    unit_unload(&load);
}

static void test_what_is_dumped_is_read_as_the_same(void **state)
{
    static const char text[] = "bfd_instance b {\n"
                               " neighbor_ip fe80::2%eth1\n"
                               " min_rx 20.25\n"
                               " max_hops -1\n"
                               " weight 9 reverse\n"
                               " checker\n"
                               "}\n";
    struct unit_load load = unit_load_clean(text);
    struct text_buffer first = {0};
    struct text_buffer second = {0};

    (void)state;
    dump_write(load.conf, &first);
    unit_unload(&load);
    assert_non_null(strstr(first.data, "neighbor_ip fe80::2%eth1\n"));
    assert_non_null(strstr(first.data, "min_rx 20.25\n"));
    assert_non_null(strstr(first.data, "weight 9 reverse\n"));
    assert_null(strstr(first.data, " vrrp\n"));
    load = unit_load_clean(first.data);
    dump_write(load.conf, &second);
    unit_unload(&load);
    assert_string_equal(first.data, second.data);
    text_release(&first);
    text_release(&second);
}

static void test_what_is_wrong_with_a_session(void **state)
{
    static const struct unit_message_row rows[] = {
        {"bfd_instance b {\n"
         " min_tx 50ms\n"
         " min_rx 0.5\n"
         " idle_tx 999.999\n"
         "}\n",
         "t.conf:1:1: error: bfd_instance b has no neighbor; add: neighbor_ip ADDRESS\n"
         "    bfd_instance b {\n"
         "    ^~~~~~~~~~~~\n"
         "t.conf:2:9: error: min_tx takes milliseconds with up to 3 decimals, without a unit, not "
         "\"50ms\"\n"
         "     min_tx 50ms\n"
         "            ^~~~\n"
         "t.conf:3:9: error: min_rx 0.5 is outside 1..4294967 milliseconds\n"
         "     min_rx 0.5\n"
         "            ^~~\n"
         "t.conf:4:10: error: idle_tx 999.999 is outside 1000..4294967 milliseconds\n"
         "     idle_tx 999.999\n"
         "             ^~~~~~~\n"},
        {"bfd_instance b { neighbor_ip fe80::1 }\n",
         "t.conf:1:30: error: neighbor_ip fe80::1 is link-local: type fe80::1%INTERFACE, with the "
         "interface that it is on\n"
         "    bfd_instance b { neighbor_ip fe80::1 }\n"
         "                                 ^~~~~~~\n"},
        {"bfd_instance b { neighbor_ip 192.0.2.1%eth0 }\n",
         "t.conf:1:30: error: neighbor_ip 192.0.2.1 is not link-local, so that no interface belongs "
         "behind it; type 192.0.2.1\n"
         "    bfd_instance b { neighbor_ip 192.0.2.1%eth0 }\n"
         "                                 ^~~~~~~~~~~~~~\n"},
        {"bfd_instance b { neighbor_ip ff02::1 }\n",
         "t.conf:1:30: error: neighbor_ip takes the address of one host, not ff02::1\n"
         "    bfd_instance b { neighbor_ip ff02::1 }\n"
         "                                 ^~~~~~~\n"},
        {"bfd_instance b { neighbor_ip 192.0.2.1\n"
         " source_ip 2001:db8::1\n"
         " ttl 4\n"
         " max_hops 5\n"
         "}\n",
         "t.conf:2:2: error: source_ip must be an IPv4 address, as the neighbor's is\n"
         "     source_ip 2001:db8::1\n"
         "     ^~~~~~~~~\n"
         "t.conf:4:2: error: max_hops 5 is above ttl 4: type -1 if packets may come from anywhere\n"
         "     max_hops 5\n"
         "     ^~~~~~~~\n"},
        {"bfd_instance b { neighbor_ip fe80::1%eth0\n"
         " multihop\n"
         "}\n",
         "t.conf:2:2: error: a link-local neighbor is one hop away; remove multihop\n"
         "     multihop\n"
         "     ^~~~~~~~\n"},
        {"bfd_instance a { neighbor_ip 192.0.2.1 }\n"
         "bfd_instance b { neighbor_ip 192.0.2.1 }\n",
         "t.conf:2:18: error: bfd_instance a has this neighbor already; one session is enough for "
         "all that track it\n"
         "    bfd_instance b { neighbor_ip 192.0.2.1 }\n"
         "                     ^~~~~~~~~~~\n"},
        {"bfd_instance router { neighbor_ip 192.0.2.1\n checker }\n" INSTANCE("router ruoter"),
         "t.conf:5:14: error: bfd_instance router has checker without vrrp, so that nothing of VRRP "
         "may track it; add vrrp there\n"
         "     track_bfd { router ruoter }\n"
         "                 ^~~~~~\n"
         "t.conf:5:21: error: there is no bfd_instance \"ruoter\"; did you mean \"router\"?\n"
         "     track_bfd { router ruoter }\n"
         "                        ^~~~~~\n"},
    };

    (void)state;
    unit_check_messages(rows, UNIT_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_session_has_keepalived_s_defaults_and_the_ttl_of_the_rfc),
        cmocka_unit_test(test_every_keyword_is_stored),
        cmocka_unit_test(test_a_line_has_the_session_s_weight_unless_it_says_its_own),
        cmocka_unit_test(test_members_of_a_group_track_its_sessions),
        cmocka_unit_test(test_two_sessions_may_share_a_neighbor_if_something_tells_them_apart),
        cmocka_unit_test(test_what_is_dumped_is_read_as_the_same),
        cmocka_unit_test(test_what_is_wrong_with_a_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
