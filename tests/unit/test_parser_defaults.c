/* SPDX-License-Identifier: Apache-2.0
 *
 * What a configuration does not say: defaults, and what inner blocks have from those around them.
 */
#include "unit_parser.h"

#define SECOND INT64_C(1000000000)

/* ---- VRRP ------------------------------------------------------------------------------------ */

#define INSTANCE " interface eth0\n virtual_router_id 1\n"

static void test_an_instance_has_keepalived_defaults(void **state)
{
    struct unit_load load = unit_load_clean("vrrp_instance A {\n" INSTANCE "}\n");
    const struct conf_instance *instance = STAILQ_FIRST(&load.conf->instances);
    const uint8_t group[] = {224, 0, 0, 18};

    (void)state;
    assert_int_equal(instance->version, 2);
    assert_int_equal(instance->family, AF_INET);
    assert_int_equal(instance->priority, 100);
    assert_false(instance->state_master);
    assert_true(instance->preempt);
    assert_true(instance->track_primary);
    assert_false(instance->lower_prio_no_advert);
    assert_true(instance->higher_prio_send_advert);
    assert_false(instance->skip_check_adv_addr);
    assert_false(instance->checksum_as_v2);
    assert_int_equal(instance->advert_interval, SECOND);
    assert_int_equal(instance->preempt_delay, 0);
    assert_int_equal(instance->down_timer_adverts, 3);
    assert_int_equal(instance->auth, CONF_AUTH_NONE);
    assert_false(inet_is_set(&instance->source));
    assert_memory_equal(instance->mcast_group.bytes, group, sizeof(group));
    assert_null(instance->sync_group);
    assert_null(instance->notify.master.argv);
    assert_int_equal(instance->announce.repeat, 5);
    assert_int_equal(instance->announce.delay, 5 * SECOND);
    assert_int_equal(instance->announce.refresh, 60 * SECOND); /* keepalived: 0 */
    assert_int_equal(instance->announce.refresh_repeat, 1);
    assert_int_equal(instance->announce.lower_prio_repeat, 5);
    assert_int_equal(instance->announce.lower_prio_delay, 5 * SECOND);
    assert_null(load.conf->global.router_id);
    assert_null(load.conf->global.script_user);
    assert_true(load.conf->global.script_security); /* keepalived: false */
    assert_false(load.conf->global.ipvs_flush);
    assert_int_equal(load.conf->global.ipvs_timeouts.tcp_s, 0);
    unit_unload(&load);
}

/* What a text gives its first instance. */
struct instance_row {
    const char *global;
    const char *instance;
    uint8_t version;
    uint32_t down_timer_adverts;
    bool lower_prio_no_advert;
    bool higher_prio_send_advert;
    bool skip_check_adv_addr;
    bool checksum_as_v2;
    struct conf_announce announce;
};

static const struct instance_row instance_rows[] = {
    {"",
     "",
     2,
     3,
     false,
     true,
     false,
     false,
     {5, 5 * SECOND, 60 * SECOND, 1, 5, 5 * SECOND, 0, false}},
    {"vrrp_version 3 vrrp_down_timer_adverts 7 vrrp_lower_prio_no_advert\n"
     "vrrp_higher_prio_send_advert on vrrp_skip_check_adv_addr yes v3_checksum_as_v2 true\n"
     "vrrp_garp_master_delay 1 vrrp_garp_master_repeat 2 vrrp_garp_master_refresh 3\n"
     "vrrp_garp_master_refresh_repeat 4 vrrp_garp_lower_prio_delay 6\n"
     "vrrp_garp_lower_prio_repeat 7",
     "",
     3,
     7,
     true,
     true,
     true,
     true,
     {2, SECOND, 3 * SECOND, 4, 7, 6 * SECOND, 0, false}},
    {"vrrp_version 3 vrrp_down_timer_adverts 7 vrrp_lower_prio_no_advert\n"
     "vrrp_higher_prio_send_advert vrrp_skip_check_adv_addr v3_checksum_as_v2\n"
     "vrrp_garp_master_delay 1 vrrp_garp_master_repeat 2 vrrp_garp_master_refresh 3\n"
     "vrrp_garp_master_refresh_repeat 4 vrrp_garp_lower_prio_delay 6\n"
     "vrrp_garp_lower_prio_repeat 7",
     "version 2 down_timer_adverts 8 lower_prio_no_advert off higher_prio_send_advert no\n"
     "skip_check_adv_addr false v3_checksum_as_v2 off garp_master_delay 11\n"
     "garp_master_repeat 12 garp_master_refresh 0 garp_master_refresh_repeat 14\n"
     "garp_lower_prio_delay 0 garp_lower_prio_repeat 0",
     2,
     8,
     false,
     false,
     false,
     false,
     {12, 11 * SECOND, 0, 14, 0, 0, 0, false}},
    /* without a word of their own the lower_prio ones follow the instance's */
    {"vrrp_garp_master_delay 1",
     "garp_master_delay 2 garp_master_repeat 3",
     2,
     3,
     false,
     true,
     false,
     false,
     {3, 2 * SECOND, 60 * SECOND, 1, 3, 2 * SECOND, 0, false}},
    {"vrrp_garp_lower_prio_repeat 9",
     "garp_master_repeat 3",
     2,
     3,
     false,
     true,
     false,
     false,
     {3, 5 * SECOND, 60 * SECOND, 1, 9, 5 * SECOND, 0, false}},
    /* vrrp_min_garp fills what nobody said */
    {"vrrp_min_garp", "", 2, 3, false, true, false, false, {1, 0, 0, 1, 1, 0, 0, false}},
    {"vrrp_min_garp vrrp_garp_master_repeat 3",
     "garp_master_refresh 7",
     2,
     3,
     false,
     true,
     false,
     false,
     {3, 0, 7 * SECOND, 1, 3, 0, 0, false}},
    {"vrrp_garp_master_refresh 0",
     "",
     2,
     3,
     false,
     true,
     false,
     false,
     {5, 5 * SECOND, 0, 1, 5, 5 * SECOND, 0, false}},
    {"vrrp_min_garp no",
     "",
     2,
     3,
     false,
     true,
     false,
     false,
     {5, 5 * SECOND, 60 * SECOND, 1, 5, 5 * SECOND, 0, false}},
    {"vrrp_garp_extra_if all 60",
     "",
     2,
     3,
     false,
     true,
     false,
     false,
     {5, 5 * SECOND, 60 * SECOND, 1, 5, 5 * SECOND, 60 * SECOND, true}},
    {"vrrp_garp_extra_if all 60",
     "garp_extra_if 30",
     2,
     3,
     false,
     true,
     false,
     false,
     {5, 5 * SECOND, 60 * SECOND, 1, 5, 5 * SECOND, 30 * SECOND, false}},
    {"vrrp_vmac_garp_intvl 60",
     "vmac_garp_intvl 0",
     2,
     3,
     false,
     true,
     false,
     false,
     {5, 5 * SECOND, 60 * SECOND, 1, 5, 5 * SECOND, 0, false}},
};

static void check_instance(const struct instance_row *row, bool global_first, size_t number)
{
    struct text_buffer text = {0};
    struct unit_load load;
    const struct conf_instance *instance;

    for (int part = 0; part < 2; part++) {
        if ((part == 0) == global_first) {
            text_appendf(&text, "global_defs {\n %s\n}\n", row->global);
        } else {
            text_appendf(&text,
                         "vrrp_instance A {\n" INSTANCE " %s\n virtual_ipaddress { 10.0.0.1 }\n}\n",
                         row->instance);
        }
    }
    load = unit_load_clean(text.data);
    instance = STAILQ_FIRST(&load.conf->instances);
    assert_fact(instance->version == row->version, "row %zu", number);
    assert_fact(instance->down_timer_adverts == row->down_timer_adverts, "row %zu", number);
    assert_fact(instance->lower_prio_no_advert == row->lower_prio_no_advert, "row %zu", number);
    assert_fact(instance->higher_prio_send_advert == row->higher_prio_send_advert, "row %zu",
                number);
    assert_fact(instance->skip_check_adv_addr == row->skip_check_adv_addr, "row %zu", number);
    assert_fact(instance->checksum_as_v2 == row->checksum_as_v2, "row %zu", number);
    assert_fact(memcmp(&instance->announce.repeat, &row->announce.repeat, sizeof(uint32_t)) == 0,
                "row %zu: repeat %u", number, instance->announce.repeat);
    assert_fact(instance->announce.delay == row->announce.delay, "row %zu: delay", number);
    assert_fact(instance->announce.refresh == row->announce.refresh, "row %zu: refresh", number);
    assert_fact(instance->announce.refresh_repeat == row->announce.refresh_repeat,
                "row %zu: refresh repeat", number);
    assert_fact(instance->announce.lower_prio_repeat == row->announce.lower_prio_repeat,
                "row %zu: lower repeat %u", number, instance->announce.lower_prio_repeat);
    assert_fact(instance->announce.lower_prio_delay == row->announce.lower_prio_delay,
                "row %zu: lower delay", number);
    assert_fact(instance->announce.extra == row->announce.extra, "row %zu: extra", number);
    assert_fact(instance->announce.extra_all == row->announce.extra_all, "row %zu: all", number);
    unit_unload(&load);
    text_release(&text);
}

static void test_an_instance_inherits_from_global_defs_wherever_that_stands(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(instance_rows); i++) {
        check_instance(&instance_rows[i], true, i);
        check_instance(&instance_rows[i], false, i);
    }
}

static void test_state_and_priority_follow_each_other(void **state)
{
    static const struct {
        const char *text;
        uint8_t priority;
        bool state_master;
        bool preempt;
        int64_t preempt_delay;
        size_t warnings;
    } rows[] = {
        {"", 100, false, true, 0, 0},
        {"priority 255", 255, true, true, 0, 0},
        {"state BACKUP priority 255", 255, false, true, 0, 0},
        {"state MASTER", 255, true, true, 0, 1},
        {"state MASTER priority 100", 100, true, true, 0, 0},
        {"nopreempt", 100, false, false, 0, 0},
        {"nopreempt preempt", 100, false, true, 0, 0},
        {"preempt nopreempt", 100, false, false, 0, 0},
        {"nopreempt state MASTER priority 9", 9, true, true, 0, 1},
        {"nopreempt priority 255 state BACKUP", 255, false, true, 0, 1},
        {"preempt_delay 1.5", 100, false, true, SECOND * 3 / 2, 0},
        {"preempt_delay 5 nopreempt", 100, false, false, 0, 1},
        {"preempt_delay 5 state MASTER priority 9", 9, true, true, 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text_buffer text = {0};
        struct unit_load load;
        const struct conf_instance *instance;

        text_appendf(&text, "vrrp_instance A {\n" INSTANCE "%s\n}\n", rows[i].text);
        load = unit_load(text.data);
        assert_non_null(load.conf);
        instance = STAILQ_FIRST(&load.conf->instances);
        assert_fact(instance->priority == rows[i].priority, "%s", rows[i].text);
        assert_fact(instance->state_master == rows[i].state_master, "%s", rows[i].text);
        assert_fact(instance->preempt == rows[i].preempt, "%s", rows[i].text);
        assert_fact(instance->preempt_delay == rows[i].preempt_delay, "%s", rows[i].text);
        assert_fact(diag_count(load.list, DIAG_WARNING) == rows[i].warnings, "%s", rows[i].text);
        unit_unload(&load);
        text_release(&text);
    }
}

static void test_a_late_master_may_be_told_to_step_down(void **state)
{
    static const struct {
        const char *text;
        uint8_t late_priority;
        size_t warnings;
    } rows[] = {
        {"", 0, 0},
        {"nopreempt timer_expired_backup", 254, 0},
        {"nopreempt timer_expired_backup 90", 90, 0},
        {"timer_expired_backup 90\nnopreempt", 90, 0},
        {"nopreempt thread_timer_expired 1", 1, 0},
        {"nopreempt timer_expired_backup\npriority 90", 254, 0},
        {"timer_expired_backup 90", 0, 1},
        {"nopreempt timer_expired_backup 90 state MASTER priority 9", 0, 2},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text_buffer text = {0};
        struct unit_load load;

        text_appendf(&text, "vrrp_instance A {\n" INSTANCE "%s\n}\n", rows[i].text);
        load = unit_load(text.data);
        assert_non_null(load.conf);
        assert_fact(STAILQ_FIRST(&load.conf->instances)->late_priority == rows[i].late_priority,
                    "%s", rows[i].text);
        assert_fact(diag_count(load.list, DIAG_WARNING) == rows[i].warnings, "%s", rows[i].text);
        unit_unload(&load);
        text_release(&text);
    }
}

static void test_adverts_have_intervals_that_the_version_can_send(void **state)
{
    static const struct {
        const char *text;
        int64_t interval;
    } rows[] = {
        {"advert_int 1", SECOND},
        {"advert_int 255", 255 * SECOND},
        {"advert_int 1.4", SECOND},
        {"advert_int 1.5", 2 * SECOND},
        {"advert_int 0.01", SECOND},
        {"version 3 advert_int 0.01", SECOND / 100},
        {"version 3 advert_int 1.234", SECOND * 123 / 100},
        {"version 3 advert_int 40.95", SECOND * 4095 / 100},
        {"version 3 advert_int 40.96", SECOND * 4095 / 100},
        {"advert_int 0.5 version 3", SECOND / 2},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct text_buffer text = {0};
        struct unit_load load;

        text_appendf(&text, "vrrp_instance A {\n" INSTANCE "%s virtual_ipaddress { 10.0.0.1 } }\n",
                     rows[i].text);
        load = unit_load(text.data);
        assert_non_null(load.conf);
        assert_fact(STAILQ_FIRST(&load.conf->instances)->advert_interval == rows[i].interval, "%s",
                    rows[i].text);
        unit_unload(&load);
        text_release(&text);
    }
}

static void test_more_addresses_than_an_advert_holds_are_excluded(void **state)
{
    struct text_buffer text = {0};
    struct unit_load load;
    const struct conf_instance *instance;
    const struct conf_address *address;
    unsigned number = 0;

    (void)state;
    text_append(&text, "vrrp_instance A {\n" INSTANCE " virtual_ipaddress {\n");
    for (int i = 0; i < 258; i++) {
        text_appendf(&text, "  10.0.%d.%d\n", i / 250, i % 250);
    }
    text_append(&text, " }\n}\n");
    load = unit_load(text.data);
    assert_non_null(load.conf);
    instance = STAILQ_FIRST(&load.conf->instances);
    assert_int_equal(instance->address_count, 258);
    assert_int_equal(instance->advertised_count, 255);
    STAILQ_FOREACH(address, &instance->addresses, next) {
        assert_int_equal(address->excluded, number >= 255);
        number++;
    }
    assert_int_equal(diag_count(load.list, DIAG_WARNING), 1);
    unit_unload(&load);
    text_release(&text);
}

static void test_a_script_has_keepalived_defaults(void **state)
{
    struct unit_load load = unit_load_clean(
        "vrrp_script a { script /bin/true }\n"
        "vrrp_script b { script /bin/true interval 0.5 weight -10 rise 2 fall 3 }\n"
        "vrrp_script c { script /bin/true timeout 7 interval 9 weight 5 reverse }\n");
    const struct conf_vrrp_script *script = STAILQ_FIRST(&load.conf->scripts);

    (void)state;
    assert_int_equal(script->interval, SECOND);
    assert_int_equal(script->timeout, SECOND);
    assert_int_equal(script->rise, 1);
    assert_int_equal(script->fall, 1);
    assert_int_equal(script->weight, 0);
    assert_false(script->reverse);
    assert_false(script->tracked);
    script = STAILQ_NEXT(script, next);
    assert_int_equal(script->interval, SECOND / 2);
    assert_int_equal(script->timeout, SECOND / 2);
    assert_int_equal(script->rise, 2);
    assert_int_equal(script->fall, 3);
    assert_int_equal(script->weight, -10);
    script = STAILQ_NEXT(script, next);
    assert_int_equal(script->timeout, 7 * SECOND);
    assert_int_equal(script->weight, 5);
    assert_true(script->reverse);
    unit_unload(&load);
}

/* ---- IPVS ------------------------------------------------------------------------------------ */

#define SERVICE "virtual_server 10.0.0.9 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n"

static void test_a_service_has_keepalived_defaults(void **state)
{
    struct unit_load load =
        unit_load("virtual_server 10.0.0.9 80 { real_server 10.0.0.1 80 { TCP_CHECK { } } }");
    const struct conf_virtual_server *service = STAILQ_FIRST(&load.conf->virtual_servers);
    const struct conf_real_server *server = STAILQ_FIRST(&service->servers);
    const struct conf_check *check = STAILQ_FIRST(&server->checks);

    (void)state;
    assert_int_equal(diag_count(load.list, DIAG_WARNING), 3); /* scheduler, method, protocol */
    assert_string_equal(service->scheduler, "wlc");
    assert_int_equal(service->forward, CONF_FORWARD_NAT);
    assert_int_equal(service->key.protocol, IPPROTO_UDP);
    assert_int_equal(service->flags, 0);
    assert_int_equal(service->persistence_timeout_s, 0);
    assert_int_equal(service->persistence_netmask, UINT32_MAX);
    assert_null(service->persistence_engine);
    assert_int_equal(service->quorum, 1);
    assert_int_equal(service->hysteresis, 0);
    assert_false(service->alpha);
    assert_false(service->omega);
    assert_false(service->inhibit_on_failure);
    assert_null(service->sorry_server);
    assert_null(service->quorum_up.argv);
    assert_int_equal(server->weight, 1);
    assert_int_equal(server->upper_threshold, 0);
    assert_int_equal(server->lower_threshold, 0);
    assert_null(server->notify_up.argv);
    assert_int_equal(check->connect_timeout, 5 * SECOND);
    assert_int_equal(check->delay_loop, 60 * SECOND);
    assert_int_equal(check->delay_before_retry, SECOND);
    assert_int_equal(check->warmup, 60 * SECOND);
    assert_int_equal(check->retry, 1);
    assert_int_equal(check->connect_port, 80);
    assert_int_equal(check->bind_port, 0);
    assert_int_equal(check->fwmark, 0);
    assert_null(check->bind_interface);
    assert_false(inet_is_set(&check->bind_addr));
    assert_false(check->alpha);
    assert_false(check->log_all_failures);
    unit_unload(&load);
}

/* Neighbours that say the same share what is kept of them until the service ends. */
static void test_servers_that_say_the_same_keep_apart_what_they_inherit(void **state)
{
    static const struct {
        uint32_t weight;
        int delay_loop;
        int connect_timeout;
        uint32_t retry;
    } rows[] = {
        {3, 9, 2, 4}, {3, 9, 2, 4}, {3, 11, 2, 4}, {3, 11, 2, 7}, {3, 9, 2, 4}, {6, 60, 5, 1},
    };
    struct unit_load load = unit_load_clean(
        SERVICE
        "real_server 10.0.0.1 80 { weight 3 delay_loop 9 TCP_CHECK { connect_timeout 2 } }\n"
        "real_server 10.0.0.2 80 { weight 3 delay_loop 9 TCP_CHECK { connect_timeout 2 } }\n"
        "real_server 10.0.0.3 80 { weight 3 TCP_CHECK { connect_timeout 2 } }\n"
        "real_server 10.0.0.4 80 { weight 3 TCP_CHECK { connect_timeout 2 retry 7 } }\n"
        "real_server 10.0.0.5 80 { weight 3 delay_loop 9 TCP_CHECK { connect_timeout 2 } }\n"
        "retry 4\n delay_loop 11\n}\n"
        "virtual_server 10.0.0.8 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n"
        "real_server 10.0.0.1 80 { TCP_CHECK { } }\n weight 6\n}\n");
    const struct conf_virtual_server *service;
    const struct conf_real_server *server;
    size_t i = 0;

    (void)state;
    STAILQ_FOREACH(service, &load.conf->virtual_servers, next) {
        STAILQ_FOREACH(server, &service->servers, next) {
            const struct conf_check *check = STAILQ_FIRST(&server->checks);

            assert_true(i < UNIT_COUNT(rows));
            assert_int_equal(server->weight, rows[i].weight);
            assert_int_equal(check->delay_loop, rows[i].delay_loop * SECOND);
            assert_int_equal(check->connect_timeout, rows[i].connect_timeout * SECOND);
            assert_int_equal(check->retry, rows[i].retry);
            i++;
        }
    }
    assert_int_equal(i, UNIT_COUNT(rows));
    unit_unload(&load);
}

/* What a check has in the end. Durations are whole seconds. */
struct check_row {
    const char *service;
    const char *server;
    const char *check;
    int connect_timeout;
    int delay_loop;
    int delay_before_retry;
    int warmup;
    uint32_t retry;
    bool alpha;
};

static void check_check(const struct check_row *row, bool service_first, size_t number)
{
    struct text_buffer text = {0};
    struct unit_load load;
    const struct conf_check *check;

    text_appendf(&text, SERVICE "%s\n real_server 10.0.0.1 80 { %s TCP_CHECK { %s } %s }\n%s\n}\n",
                 service_first ? row->service : "", service_first ? row->server : "", row->check,
                 service_first ? "" : row->server, service_first ? "" : row->service);
    load = unit_load_clean(text.data);
    check =
        STAILQ_FIRST(&STAILQ_FIRST(&STAILQ_FIRST(&load.conf->virtual_servers)->servers)->checks);
    assert_fact(check->connect_timeout == row->connect_timeout * SECOND, "row %zu", number);
    assert_fact(check->delay_loop == row->delay_loop * SECOND, "row %zu", number);
    assert_fact(check->delay_before_retry == row->delay_before_retry * SECOND, "row %zu", number);
    assert_fact(check->warmup == row->warmup * SECOND, "row %zu", number);
    assert_fact(check->retry == row->retry, "row %zu: %u", number, check->retry);
    assert_fact(check->alpha == row->alpha, "row %zu", number);
    unit_unload(&load);
    text_release(&text);
}

static void test_a_check_inherits_from_its_server_and_its_service(void **state)
{
    static const char all[] =
        "connect_timeout 2 delay_loop 3 delay_before_retry 4 warmup 5 retry 6 alpha";
    static const char other[] =
        "connect_timeout 12 delay_loop 13 delay_before_retry 14 warmup 15 retry 16";
    static const struct check_row rows[] = {
        {"", "", "", 5, 60, 1, 60, 1, false},
        {all, "", "", 2, 3, 4, 5, 6, true},
        {"", all, "", 2, 3, 4, 5, 6, true},
        {"", "", all, 2, 3, 4, 5, 6, true},
        {other, all, "", 2, 3, 4, 5, 6, true},
        {other, "", all, 2, 3, 4, 5, 6, true},
        {all, other, "alpha off", 12, 13, 14, 15, 16, false},
        {all, "alpha no", "", 2, 3, 4, 5, 6, false},
        {"delay_loop 9", "", "", 5, 9, 1, 9, 1, false},
        {"delay_loop 9", "warmup 0", "", 5, 9, 1, 0, 1, false},
        {"", "", "retry 0 delay_before_retry 0 warmup 0", 5, 60, 0, 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        check_check(&rows[i], true, i);
        check_check(&rows[i], false, i);
    }
}

static void test_a_server_inherits_from_its_service(void **state)
{
    struct unit_load load = unit_load_clean(
        SERVICE " real_server 10.0.0.1 80 { }\n"
                " real_server 10.0.0.2 80 { weight 9 inhibit_on_failure off alpha false }\n"
                " weight 7\n inhibit_on_failure\n alpha\n}\n"
                "global_defs { checker_log_all_failures }\n");
    const struct conf_virtual_server *service = STAILQ_FIRST(&load.conf->virtual_servers);
    const struct conf_real_server *server = STAILQ_FIRST(&service->servers);

    (void)state;
    assert_true(service->inhibit_on_failure);
    assert_true(service->alpha);
    assert_int_equal(server->weight, 7);
    assert_true(server->inhibit_on_failure);
    assert_true(server->alpha);
    server = STAILQ_NEXT(server, next);
    assert_int_equal(server->weight, 9);
    assert_false(server->inhibit_on_failure);
    assert_false(server->alpha);
    unit_unload(&load);
}

static void test_checks_log_failures_as_global_defs_says_behind_them(void **state)
{
    struct unit_load load = unit_load_clean(
        SERVICE " real_server 10.0.0.1 80 { TCP_CHECK { } TCP_CHECK { log_all_failures off } }\n"
                "}\nglobal_defs { checker_log_all_failures }\n");
    const struct conf_check *check =
        STAILQ_FIRST(&STAILQ_FIRST(&STAILQ_FIRST(&load.conf->virtual_servers)->servers)->checks);

    (void)state;
    assert_true(check->log_all_failures);
    assert_false(STAILQ_NEXT(check, next)->log_all_failures);
    unit_unload(&load);
}

static void test_a_check_connects_where_the_server_is_or_where_it_is_told(void **state)
{
    struct unit_load load = unit_load_clean(
        SERVICE " real_server 10.0.0.1 { TCP_CHECK { } }\n"
                " real_server 10.0.0.2 8080 {\n"
                "  TCP_CHECK { connect_ip 10.9.9.9 connect_port 99 bindto 10.8.8.8 bind_port 88\n"
                "   bind_if eth7 fwmark 4294967295 } } }\n"
                "virtual_server fwmark 1 { lb_algo rr lb_kind DR real_server 10.0.0.3 {\n"
                "  TCP_CHECK { connect_port 77 } } }\n");
    const struct conf_virtual_server *service = STAILQ_FIRST(&load.conf->virtual_servers);
    const struct conf_real_server *server = STAILQ_FIRST(&service->servers);
    const struct conf_check *check = STAILQ_FIRST(&server->checks);
    char text[INET_ENDPOINT_TEXT_SIZE];

    (void)state;
    assert_string_equal(inet_endpoint_text(text, &check->connect_addr, check->connect_port),
                        "10.0.0.1:80");
    check = STAILQ_FIRST(&STAILQ_NEXT(server, next)->checks);
    assert_string_equal(inet_endpoint_text(text, &check->connect_addr, check->connect_port),
                        "10.9.9.9:99");
    assert_string_equal(inet_endpoint_text(text, &check->bind_addr, check->bind_port),
                        "10.8.8.8:88");
    assert_string_equal(check->bind_interface, "eth7");
    assert_int_equal(check->fwmark, UINT32_MAX);
    check = STAILQ_FIRST(&STAILQ_FIRST(&STAILQ_NEXT(service, next)->servers)->checks);
    assert_string_equal(inet_endpoint_text(text, &check->connect_addr, check->connect_port),
                        "10.0.0.3:77");
    unit_unload(&load);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_instance_has_keepalived_defaults),
        cmocka_unit_test(test_an_instance_inherits_from_global_defs_wherever_that_stands),
        cmocka_unit_test(test_state_and_priority_follow_each_other),
        cmocka_unit_test(test_a_late_master_may_be_told_to_step_down),
        cmocka_unit_test(test_adverts_have_intervals_that_the_version_can_send),
        cmocka_unit_test(test_more_addresses_than_an_advert_holds_are_excluded),
        cmocka_unit_test(test_a_script_has_keepalived_defaults),
        cmocka_unit_test(test_a_service_has_keepalived_defaults),
        cmocka_unit_test(test_servers_that_say_the_same_keep_apart_what_they_inherit),
        cmocka_unit_test(test_a_check_inherits_from_its_server_and_its_service),
        cmocka_unit_test(test_a_server_inherits_from_its_service),
        cmocka_unit_test(test_checks_log_failures_as_global_defs_says_behind_them),
        cmocka_unit_test(test_a_check_connects_where_the_server_is_or_where_it_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
