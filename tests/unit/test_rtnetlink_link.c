/* SPDX-License-Identifier: Apache-2.0
 *
 * Links that stand on another one, on the wire of rtnetlink(7): what is written is compared with
 * attributes put together here by linux/if_link.h, and what is read with what was written.
 */
#include "unit.h"

#include "net/rtnetlink_link.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

enum { SEQUENCE = 7, PARENT = 5, INDEX = 9, UP = 1 /* IFF_UP */ };

static struct rtnetlink_stacked sample(enum rtnetlink_kind kind)
{
    struct rtnetlink_stacked stacked = {
        .link = {.name = "vrrp.51"}, .kind = kind, .parent = PARENT, .group = 70000};

    if (kind == RTNETLINK_KIND_MACVLAN) {
        stacked.mode = MACVLAN_MODE_PRIVATE;
        stacked.link.mac_size = 6;
        memcpy(stacked.link.mac, "\x00\x00\x5e\x00\x01\x33", 6);
    } else {
        stacked.mode = IPVLAN_MODE_L2;
        stacked.mode_flags = IPVLAN_F_VEPA;
    }
    return stacked;
}

/* What the kernel would say of it: the request with an index. */
static struct rtnetlink_stacked echo(const struct rtnetlink_stacked *stacked)
{
    _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_LINK_SIZE] = {0};
    struct rtnetlink_stacked read;
    struct ifinfomsg *info;

    assert_true(rtnetlink_encode_stacked(data, SEQUENCE, stacked) <= sizeof(data));
    info = mnl_nlmsg_get_payload((struct nlmsghdr *)(void *)data);
    info->ifi_index = INDEX;
    assert_true(rtnetlink_decode_stacked((struct nlmsghdr *)(void *)data, &read));
    return read;
}

static void test_what_is_written_is_read(void **state)
{
    static const char *const names[] = {
        [RTNETLINK_KIND_MACVLAN] = "macvlan", [RTNETLINK_KIND_IPVLAN] = "ipvlan"};

    (void)state;
    for (int kind = RTNETLINK_KIND_MACVLAN; kind <= RTNETLINK_KIND_IPVLAN; kind++) {
        struct rtnetlink_stacked wanted = sample((enum rtnetlink_kind)kind);
        struct rtnetlink_stacked read = echo(&wanted);

        assert_int_equal(read.kind, wanted.kind);
        assert_string_equal(read.kind_name, names[kind]);
        assert_string_equal(read.link.name, "vrrp.51");
        assert_int_equal(read.link.index, INDEX);
        assert_int_equal(read.parent, PARENT);
        assert_int_equal(read.group, 70000);
        assert_int_equal(read.mode, wanted.mode);
        assert_int_equal(read.mode_flags, wanted.mode_flags);
        assert_int_equal(read.link.mac_size, wanted.link.mac_size);
        assert_memory_equal(read.link.mac, wanted.link.mac, sizeof(wanted.link.mac));
    }
}

static int read_master(const struct nlattr *attribute, void *argument)
{
    uint32_t *master = argument;

    if (mnl_attr_get_type(attribute) == IFLA_MASTER) {
        *master = mnl_attr_get_u32(attribute);
    }
    return MNL_CB_OK;
}

/* Whose port a message says that the link is, or 0. */
static uint32_t master_of(const struct nlmsghdr *message)
{
    uint32_t master = 0;

    (void)mnl_attr_parse(message, sizeof(struct ifinfomsg), read_master, &master);
    return master;
}

static void test_one_is_made_in_a_vrf(void **state)
{
    _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_LINK_SIZE] = {0};
    struct rtnetlink_stacked wanted = sample(RTNETLINK_KIND_MACVLAN);

    (void)state;
    (void)rtnetlink_encode_stacked(data, SEQUENCE, &wanted);
    assert_int_equal(master_of((const struct nlmsghdr *)(void *)data), 0);
    wanted.link.vrf = 12;
    (void)rtnetlink_encode_stacked(data, SEQUENCE, &wanted);
    assert_int_equal(master_of((const struct nlmsghdr *)(void *)data), 12);
}

/* In either order: the master's index, and of what kind it is. */
static void test_the_vrf_of_a_link_is_read_and_no_bridge_is_one(void **state)
{
    static const struct {
        const char *kind;
        bool master_first;
        int vrf;
    } rows[] = {{"vrf", true, 12}, {"vrf", false, 12}, {"bridge", true, 0}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_LINK_SIZE] = {0};
        struct nlmsghdr *message = mnl_nlmsg_put_header(data);
        struct ifinfomsg *info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
        struct rtnetlink_link link;
        struct nlattr *nest;

        message->nlmsg_type = RTM_NEWLINK;
        info->ifi_index = INDEX;
        mnl_attr_put_strz(message, IFLA_IFNAME, "eth1");
        if (rows[i].master_first) {
            mnl_attr_put_u32(message, IFLA_MASTER, 12);
        }
        nest = mnl_attr_nest_start(message, IFLA_LINKINFO);
        mnl_attr_put_strz(message, IFLA_INFO_SLAVE_KIND, rows[i].kind);
        mnl_attr_nest_end(message, nest);
        if (!rows[i].master_first) {
            mnl_attr_put_u32(message, IFLA_MASTER, 12);
        }
        assert_true(rtnetlink_decode_link(message, &link));
        assert_int_equal(link.vrf, rows[i].vrf);
    }
}

static void test_making_one_fails_where_there_is_one_and_leaves_it_down(void **state)
{
    _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_LINK_SIZE] = {0};
    const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)data;
    const struct rtnetlink_stacked wanted = sample(RTNETLINK_KIND_MACVLAN);
    const struct ifinfomsg *info;
    size_t size = rtnetlink_encode_stacked(data, SEQUENCE, &wanted);

    (void)state;
    info = mnl_nlmsg_get_payload(message);
    assert_int_equal(size, message->nlmsg_len);
    assert_int_equal(message->nlmsg_type, RTM_NEWLINK);
    assert_int_equal(message->nlmsg_seq, SEQUENCE);
    assert_int_equal(message->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
    assert_int_equal(info->ifi_flags, 0);
    assert_int_equal(info->ifi_change, 0);
}

static void test_up_and_down_change_that_flag_alone(void **state)
{
    (void)state;
    for (unsigned up = 0; up < 2; up++) {
        _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_LINK_SIZE] = {0};
        const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)data;
        const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);

        assert_int_equal(rtnetlink_encode_up(data, SEQUENCE, INDEX, up),
                         NLMSG_LENGTH(sizeof(*info)));
        assert_int_equal(message->nlmsg_type, RTM_NEWLINK);
        assert_int_equal(message->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK); /* it makes none */
        assert_int_equal(info->ifi_index, INDEX);
        assert_int_equal(info->ifi_flags, up ? UP : 0);
        assert_int_equal(info->ifi_change, UP);
    }
}

static void test_removal_and_questions_name_one_link(void **state)
{
    _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_LINK_SIZE] = {0};
    const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)data;
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
    const struct nlattr *name = (const void *)(data + NLMSG_LENGTH(sizeof(*info)));

    (void)state;
    (void)rtnetlink_encode_delete(data, SEQUENCE, INDEX);
    assert_int_equal(message->nlmsg_type, RTM_DELLINK);
    assert_int_equal(message->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
    assert_int_equal(info->ifi_index, INDEX);
    (void)rtnetlink_encode_get_index(data, SEQUENCE, INDEX);
    assert_int_equal(message->nlmsg_type, RTM_GETLINK);
    assert_int_equal(message->nlmsg_flags, NLM_F_REQUEST); /* no dump */
    assert_int_equal(info->ifi_index, INDEX);
    (void)rtnetlink_encode_get(data, SEQUENCE, "vrrp.51");
    assert_int_equal(message->nlmsg_type, RTM_GETLINK);
    assert_int_equal(info->ifi_index, 0);
    assert_int_equal(mnl_attr_get_type(name), IFLA_IFNAME);
    assert_string_equal(mnl_attr_get_str(name), "vrrp.51");
}

static void test_longest_mark_is_read_back(void **state)
{
    _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_LINK_SIZE] = {0};
    struct nlmsghdr *message = (struct nlmsghdr *)(void *)data;
    char alias[RTNETLINK_ALIAS_SIZE + 40];
    struct rtnetlink_stacked read;

    (void)state;
    memset(alias, 'm', sizeof(alias) - 1);
    alias[sizeof(alias) - 1] = '\0';
    assert_true(rtnetlink_encode_mark(data, SEQUENCE, INDEX, alias, 3) <= sizeof(data));
    mnl_attr_put_strz(message, IFLA_IFNAME, "vrrp.51");
    assert_true(rtnetlink_decode_stacked(message, &read));
    assert_int_equal(strlen(read.alias), RTNETLINK_ALIAS_SIZE - 1);
    assert_int_equal(strncmp(read.alias, alias, RTNETLINK_ALIAS_SIZE - 1), 0);
    assert_int_equal(read.group, 3);
}

static void test_other_links_are_of_another_kind(void **state)
{
    _Alignas(struct nlmsghdr) uint8_t data[RTNETLINK_LINK_SIZE] = {0};
    struct nlmsghdr *message = (struct nlmsghdr *)(void *)data;
    struct rtnetlink_stacked read;
    struct nlattr *nest;

    (void)state;
    (void)rtnetlink_encode_group(data, SEQUENCE, INDEX, 0);
    mnl_attr_put_strz(message, IFLA_IFNAME, "vrrp.51");
    nest = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "dummy");
    mnl_attr_nest_end(message, nest);
    assert_true(rtnetlink_decode_stacked(message, &read));
    assert_int_equal(read.kind, RTNETLINK_KIND_OTHER);
    assert_string_equal(read.kind_name, "dummy");
    message->nlmsg_type = RTM_DELLINK;
    assert_false(rtnetlink_decode_stacked(message, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_one_is_made_in_a_vrf),
        cmocka_unit_test(test_the_vrf_of_a_link_is_read_and_no_bridge_is_one),
        cmocka_unit_test(test_making_one_fails_where_there_is_one_and_leaves_it_down),
        cmocka_unit_test(test_up_and_down_change_that_flag_alone),
        cmocka_unit_test(test_removal_and_questions_name_one_link),
        cmocka_unit_test(test_longest_mark_is_read_back),
        cmocka_unit_test(test_other_links_are_of_another_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
