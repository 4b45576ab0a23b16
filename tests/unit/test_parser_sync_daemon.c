/* SPDX-License-Identifier: Apache-2.0
 *
 * lvs_sync_daemon in all its forms, and the old keyword of an instance.
 */
#include "unit_parser.h"

#include "parser/dump.h"

#define INSTANCE(name_, vrid_, more_)                                                              \
    "vrrp_instance " name_ " {\ninterface eth0\nvirtual_router_id " vrid_ "\n" more_               \
    "\nvirtual_ipaddress { 192.0.2." vrid_ " }\n}\n"
#define VI_1 INSTANCE("VI_1", "51", "")

static void test_every_form_says_what_it_means(void **state)
{
    static const struct {
        const char *arguments;
        const char *instance; /* "": none */
        unsigned id;
        unsigned maxlen;
        unsigned port;
        unsigned ttl;
        const char *group; /* "": the kernel's */
    } rows[] = {
        {"eth1", "", 0, 0, 0, 0, ""},
        {"eth1 inst VI_1", "VI_1", 51, 0, 0, 0, ""},
        {"eth1 id 7 inst VI_1", "VI_1", 7, 0, 0, 0, ""},
        {"eth1 inst VI_1 id 0", "VI_1", 0, 0, 0, 0, ""},
        {"eth1 VI_1", "VI_1", 51, 0, 0, 0, ""},
        {"eth1 VI_1 9", "VI_1", 9, 0, 0, 0, ""},
        {"eth1 VI_1 id 9 ttl 4", "VI_1", 9, 0, 0, 4, ""},
        {"eth1 id 255 maxlen 65507 port 65535 ttl 255 group 239.1.2.3", "", 255, 65507, 65535, 255,
         "239.1.2.3"},
        {"eth1 group ff02::99", "", 0, 0, 0, 0, "ff02::99"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct conf_sync_daemon *daemon;
        char group[INET_ADDR_TEXT_SIZE] = "";
        struct unit_load load;
        char text[512];

        (void)snprintf(text, sizeof(text), "global_defs { lvs_sync_daemon %s }\n" VI_1,
                       rows[i].arguments);
        load = unit_load_clean(text);
        daemon = &load.conf->global.sync_daemon;
        assert_string_equal(daemon->interface, "eth1");
        assert_string_equal(daemon->instance ? daemon->instance : "", rows[i].instance);
        assert_fact(daemon->id == rows[i].id, "%s: id %u", rows[i].arguments, daemon->id);
        assert_int_equal(daemon->maxlen, rows[i].maxlen);
        assert_int_equal(daemon->port, rows[i].port);
        assert_int_equal(daemon->ttl, rows[i].ttl);
        if (inet_is_set(&daemon->group)) {
            (void)inet_text(group, &daemon->group);
        }
        assert_string_equal(group, rows[i].group);
        unit_unload(&load);
    }
}

static void test_what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"global_defs { lvs_sync_daemon }\n", "lvs_sync_daemon"},
        {"global_defs { lvs_sync_daemon eth1 inst VI_2 }\n" VI_1,
         "there is no vrrp_instance \"VI_2\"; did you mean \"VI_1\"?"},
        {"global_defs { lvs_sync_daemon eth1 id 256 }\n", "256"},
        {"global_defs { lvs_sync_daemon eth1 maxlen 65508 }\n", "65508"},
        {"global_defs { lvs_sync_daemon eth1 port 0 }\n", "0"},
        {"global_defs { lvs_sync_daemon eth1 ttl 256 }\n", "256"},
        {"global_defs { lvs_sync_daemon eth1 group 10.0.0.1 }\n", "is no multicast address"},
        {"global_defs { lvs_sync_daemon eth1 id 3 VI_1 }\n" VI_1,
         "\"VI_1\" must be inst, id, maxlen, port, ttl or group"},
        {"global_defs { lvs_sync_daemon eth1 inst VI_1 id }\n" VI_1, "lvs_sync_daemon"},
        {"global_defs { lvs_flush_on_stop all }\n", "\"all\" must be VS, or nothing"},
        {"global_defs {\n lvs_keep_on_stop\n lvs_flush_on_stop\n}\n",
         ":3:2: error: lvs_flush_on_stop removes what lvs_keep_on_stop leaves"},
        {"global_defs {\n lvs_flush_onstop VS\n lvs_keep_on_stop\n}\n",
         ":2:2: error: lvs_flush_onstop removes what lvs_keep_on_stop leaves"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct unit_load load = unit_load(rows[i].text);

        assert_fact(!load.conf, "loaded: %s", rows[i].text);
        assert_fact(strstr(load.shown.data, rows[i].says), "%s\ndoes not say \"%s\":\n%s",
                    rows[i].text, rows[i].says, load.shown.data);
        unit_unload(&load);
    }
}

static void test_the_old_keyword_means_its_instance(void **state)
{
    struct unit_load load =
        unit_load_clean(INSTANCE("A", "5", "lvs_sync_daemon_interface eth2") VI_1);

    (void)state;
    assert_string_equal(load.conf->global.sync_daemon.interface, "eth2");
    assert_string_equal(load.conf->global.sync_daemon.instance, "A");
    assert_int_equal(load.conf->global.sync_daemon.id, 5);
    unit_unload(&load);
}

static void test_there_is_one_daemon(void **state)
{
    struct unit_load load =
        unit_load("global_defs { lvs_sync_daemon eth1 inst VI_1 }\n" VI_1 INSTANCE(
            "B", "5", "lvs_sync_daemon_interface eth2"));

    (void)state;
    assert_non_null(load.conf);
    assert_string_equal(load.conf->global.sync_daemon.interface, "eth1");
    assert_non_null(strstr(load.shown.data, "lvs_sync_daemon_interface of B has no effect"));
    unit_unload(&load);
}

static void test_the_facts_tell_the_whole_of_it(void **state)
{
    struct unit_load load = unit_load_clean(
        "global_defs { lvs_sync_daemon eth1 VI_1 maxlen 9 port 8 ttl 7 group ff02::9\n"
        "lvs_flush_on_stop\n}\n" VI_1);
    struct text_buffer text = {0};

    (void)state;
    dump_write(load.conf, &text);
    assert_non_null(strstr(text.data, "    lvs_sync_daemon eth1 inst VI_1 id 51 maxlen 9 port 8 "
                                      "ttl 7 group ff02::9\n"));
    assert_non_null(strstr(text.data, "    lvs_flush_on_stop\n"));
    text_release(&text);
    unit_unload(&load);
}

static void test_a_flush_has_three_degrees(void **state)
{
    static const struct {
        const char *text;
        enum conf_flush flush;
    } rows[] = {{"router_id a", CONF_FLUSH_OURS},
                {"lvs_flush_on_stop VS", CONF_FLUSH_WHOLE},
                {"lvs_flush_on_stop", CONF_FLUSH_ALL},
                {"lvs_flush_onstop", CONF_FLUSH_ALL}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct unit_load load;
        char text[128];

        (void)snprintf(text, sizeof(text), "global_defs {\n%s\n}\n", rows[i].text);
        load = unit_load_clean(text);
        assert_int_equal(load.conf->global.ipvs_flush_on_stop, rows[i].flush);
        unit_unload(&load);
    }
}

static void test_a_flush_at_the_start_and_a_table_that_stays_go_together(void **state)
{
    struct unit_load load = unit_load_clean("global_defs { lvs_flush\nlvs_keep_on_stop }\n");
    struct text_buffer text = {0};

    (void)state;
    assert_non_null(load.conf);
    assert_true(load.conf->global.ipvs_keep_on_stop);
    assert_true(load.conf->global.ipvs_flush);
    dump_write(load.conf, &text);
    assert_non_null(strstr(text.data, "    lvs_keep_on_stop\n"));
    text_release(&text);
    unit_unload(&load);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_says_what_it_means),
        cmocka_unit_test(test_what_is_wrong_is_said),
        cmocka_unit_test(test_the_old_keyword_means_its_instance),
        cmocka_unit_test(test_there_is_one_daemon),
        cmocka_unit_test(test_the_facts_tell_the_whole_of_it),
        cmocka_unit_test(test_a_flush_has_three_degrees),
        cmocka_unit_test(test_a_flush_at_the_start_and_a_table_that_stays_go_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
