/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said of interfaces and of where the daemon is: what it means, and what is wrong with it.
 */
#include "unit_parser.h"

#include "parser/dump.h"

#define INSTANCE                                                                                   \
    "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n"                                   \
    " virtual_ipaddress { 10.0.0.1/24 }\n track_interface { eth2 }\n}\n"

static const struct {
    const char *text;
    const char *written; /* a part of what is written of it */
} good[] = {
    {"interface_up_down_delays {\n eth0 0.5 3\n eth1 255\n}\n",
     "interface_up_down_delays {\n    eth0 0.5 3\n    eth1 255 0\n}\n"},
    {"linkbeat_interfaces {\n eth0\n eth1 MII\n eth2 IOCTL\n}\n",
     "linkbeat_interfaces {\n    eth0\n    eth1 MII\n    eth2 IOCTL\n}\n"},
    {"linkbeat_use_polling\n", "\nlinkbeat_use_polling\n"},
    {"net_namespace blue\n", "\nnet_namespace blue\n"},
    {"net_namespace_ipvs\n", "\nnet_namespace_ipvs\n"},
    {"net_namespace_ipvs red\n", "\nnet_namespace_ipvs red\n"},
    {"instance east\n", "\ninstance east\n"},
    {"net_namespace blue\nnet_namespace red\n", "\nnet_namespace blue\n"},
};

/* What is written is read as the same again, too. */
static void test_it_is_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(good); i++) {
        struct text_buffer source = {0};

        text_append(&source, good[i].text);
        for (int again = 0; again < 2; again++) {
            struct text_buffer text = {0};
            struct unit_load load = unit_load(source.data);

            assert_fact(load.conf != NULL, "%s: %s", good[i].text, load.shown.data);
            dump_write(load.conf, &text);
            assert_fact(strstr(text.data, good[i].written) != NULL, "%s: %s", good[i].text,
                        text.data);
            unit_unload(&load);
            text_release(&source);
            source = text;
        }
        text_release(&source);
    }
}

static const struct {
    const char *text;
    const char *told;
} bad[] = {
    {"interface_up_down_delays {\n eth0\n}\n", "t.conf:2:2: error: eth0 lacks its delay"},
    {"interface_up_down_delays {\n eth0 256\n}\n", "takes 0..255 seconds, not \"256\""},
    {"interface_up_down_delays {\n eth0 1 -1\n}\n", "takes 0..255 seconds, not \"-1\""},
    {"interface_up_down_delays {\n eth0 1 2 3\n}\n", "two delays, DOWN and UP; remove \"3\""},
    {"interface_up_down_delays {\n averyverylongname 1\n}\n", "cannot be the name of an interface"},
    {"interface_up_down_delays {\n eth0 1\n eth0 2\n}\n", "eth0 has its delays in line 2 already"},
    {"linkbeat_interfaces {\n eth0 MIIX\n}\n", "did you mean \"MII\"?"},
    {"linkbeat_interfaces {\n eth0\n eth0 MII\n}\n", "eth0 is polled by line 2 already"},
    {"net_namespace ../x\n", "must have 1 to 64 bytes, no '/'"},
    {"net_namespace\n", "net_namespace needs an argument"},
    {"instance a/b\n", "must have 1 to 64 bytes, no '/'"},
};

static void test_what_is_wrong_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        struct unit_load load = unit_load(bad[i].text);

        assert_fact(load.shown.data && strstr(load.shown.data, bad[i].told), "%s: %s", bad[i].text,
                    load.shown.data);
        unit_unload(&load);
    }
}

static unsigned polled_count(const struct conf *conf)
{
    const struct conf_polled *polled;
    unsigned count = 0;

    STAILQ_FOREACH(polled, &conf->polled, next) {
        count++;
    }
    return count;
}

static const struct {
    const char *text;
    unsigned count;
} polled[] = {
    {INSTANCE, 0},
    {"linkbeat_use_polling\n" INSTANCE, 2}, /* its interface, and the one that it tracks */
    {"linkbeat_use_polling\nlinkbeat_interfaces {\n eth0 MII\n eth9\n}\n" INSTANCE, 3},
    {"vrrp_instance A {\n interface eth0\n virtual_router_id 1\n linkbeat_use_polling\n"
     " virtual_ipaddress { 10.0.0.1/24 }\n track_interface { eth2 }\n}\n",
     1},
};

static void test_each_interface_is_polled_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(polled); i++) {
        struct unit_load load = unit_load(polled[i].text);

        assert_fact(load.conf != NULL, "%s: %s", polled[i].text, load.shown.data);
        assert_int_equal(polled_count(load.conf), polled[i].count);
        unit_unload(&load);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_read_and_written),
        cmocka_unit_test(test_what_is_wrong_is_said),
        cmocka_unit_test(test_each_interface_is_polled_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
