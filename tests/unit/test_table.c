/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "../ipvs_fixture.h"

static void test_services_and_destinations_are_found_by_key_and_removed(void **state)
{
    const struct conf_service_key first = fixture_service_key("tcp 10.0.0.1 80");
    const struct conf_service_key second = fixture_service_key("udp 10.0.0.1 80");
    const struct conf_server_key server = fixture_server_key("192.0.2.1", 8080);
    const struct conf_server_key other = fixture_server_key("192.0.2.1", 8081);
    struct table table = {0};
    struct table_service *service = table_put_service(&table, &first);
    struct table_destination *destination = table_put_destination(service, &server);

    (void)state;
    assert_ptr_equal(table_put_service(&table, &first), service);
    assert_ptr_equal(table_find_service(&table, &first), service);
    assert_null(table_find_service(&table, &second));
    assert_ptr_equal(table_put_destination(service, &server), destination);
    assert_null(table_find_destination(service, &other));
    (void)table_put_destination(service, &other);
    (void)table_put_service(&table, &second);
    assert_int_equal(table_count_services(&table), 2);
    assert_int_equal(table_count_destinations(service), 2);
    table_remove_destination(service, destination);
    assert_null(table_find_destination(service, &server));
    assert_int_equal(table_count_destinations(service), 1);
    table_remove_service(&table, service);
    assert_null(table_find_service(&table, &first));
    assert_int_equal(table_count_services(&table), 1);
    table_release(&table);
    assert_int_equal(table_count_services(&table), 0);
    table_release(&table);
}

static void test_service_settings_get_one_form(void **state)
{
    static const struct {
        const char *what;
        uint8_t family;
        struct table_service_settings settings;
        struct table_service_settings normal;
    } rows[] = {
        {"the kernel's own flag is dropped",
         AF_INET,
         {.flags = IP_VS_SVC_F_HASHED, .netmask = UINT32_MAX},
         {.netmask = UINT32_MAX}},
        {"without persistence its parameters mean nothing",
         AF_INET,
         {.flags = IP_VS_SVC_F_SCHED1, .timeout_s = 50, .netmask = 0x00ffffff},
         {.flags = IP_VS_SVC_F_SCHED1, .netmask = UINT32_MAX}},
        {"the same for IPv6", AF_INET6, {.timeout_s = 50, .netmask = 64}, {.netmask = 128}},
        {"with persistence they stay",
         AF_INET,
         {.flags = IP_VS_SVC_F_PERSISTENT, .timeout_s = 50, .netmask = 0x00ffffff},
         {.flags = IP_VS_SVC_F_PERSISTENT, .timeout_s = 50, .netmask = 0x00ffffff}},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct table_service_settings settings = rows[i].settings;

        table_service_settings_normalise(&settings, rows[i].family);
        assert_fact(table_service_settings_equal(&settings, &rows[i].normal), "%s", rows[i].what);
    }
}

static void test_destination_settings_get_one_form(void **state)
{
    static const struct {
        const char *what;
        uint32_t forward;
        struct conf_tunnel tunnel;
        struct conf_tunnel normal;
    } rows[] = {
        {"DR has no tunnel", IP_VS_CONN_F_DROUTE, {2, 99, 1}, {0, 0, 0}},
        {"ipip has neither port nor checksum", IP_VS_CONN_F_TUNNEL, {0, 99, 1}, {0, 0, 0}},
        {"gue has both", IP_VS_CONN_F_TUNNEL, {1, 6080, 2}, {1, 6080, 2}},
        {"gre has no port", IP_VS_CONN_F_TUNNEL, {2, 99, 1}, {2, 0, 1}},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct table_destination_settings settings = {.forward = rows[i].forward,
                                                      .tunnel = rows[i].tunnel};
        const struct table_destination_settings normal = {.forward = rows[i].forward,
                                                          .tunnel = rows[i].normal};

        table_destination_settings_normalise(&settings);
        assert_fact(table_destination_settings_equal(&settings, &normal), "%s", rows[i].what);
    }
}

static void test_every_attribute_of_a_service_counts(void **state)
{
    static const struct table_service_settings base = {
        .scheduler = "wrr",
        .engine = "sip",
        .flags = IP_VS_SVC_F_PERSISTENT,
        .timeout_s = 50,
        .netmask = 1,
    };
    struct table_service_settings other;

    (void)state;
    assert_true(table_service_settings_equal(&base, &base));
#define DIFFERS(change)                                                                            \
    other = base;                                                                                  \
    change;                                                                                        \
    assert_fact(!table_service_settings_equal(&base, &other), "not seen: %s", #change)
    DIFFERS(other.scheduler[2] = 'x');
    DIFFERS(other.engine[0] = '\0');
    DIFFERS(other.flags |= IP_VS_SVC_F_ONEPACKET);
    DIFFERS(other.timeout_s++);
    DIFFERS(other.netmask++);
#undef DIFFERS
}

static void test_every_attribute_of_a_destination_counts(void **state)
{
    static const struct table_destination_settings base = {
        .forward = IP_VS_CONN_F_TUNNEL,
        .weight = 3,
        .upper_threshold = 20,
        .lower_threshold = 10,
        .tunnel = {1, 6080, 1},
    };
    struct table_destination_settings other;

    (void)state;
    assert_true(table_destination_settings_equal(&base, &base));
#define DIFFERS(change)                                                                            \
    other = base;                                                                                  \
    change;                                                                                        \
    assert_fact(!table_destination_settings_equal(&base, &other), "not seen: %s", #change)
    DIFFERS(other.forward = IP_VS_CONN_F_MASQ);
    DIFFERS(other.weight = 0);
    DIFFERS(other.upper_threshold++);
    DIFFERS(other.lower_threshold++);
    DIFFERS(other.tunnel.type = 2);
    DIFFERS(other.tunnel.port++);
    DIFFERS(other.tunnel.flags = 0);
#undef DIFFERS
}

static void test_a_virtual_server_becomes_settings(void **state)
{
    struct conf *conf = fixture_conf();
    struct conf_virtual_server *service = fixture_service(conf, "tcp 10.0.0.1 80", "sh");
    struct table_service_settings settings;

    (void)state;
    service->flags = IP_VS_SVC_F_SCHED_SH_PORT;
    settings = table_service_settings_of(service, service->key.family);
    assert_string_equal(settings.scheduler, "sh");
    assert_int_equal(settings.flags, IP_VS_SVC_F_SCHED_SH_PORT);
    assert_int_equal(settings.timeout_s, 0);
    assert_int_equal(settings.netmask, UINT32_MAX);

    service->persistence_timeout_s = 50;
    service->persistence_netmask = htonl(0xffffff00);
    service->persistence_engine = "sip";
    settings = table_service_settings_of(service, service->key.family);
    assert_int_equal(settings.flags, IP_VS_SVC_F_SCHED_SH_PORT | IP_VS_SVC_F_PERSISTENT);
    assert_int_equal(settings.timeout_s, 50);
    assert_int_equal(settings.netmask, htonl(0xffffff00));
    assert_string_equal(settings.engine, "sip");

    service = fixture_service(conf, "tcp 2001:db8::1 80", "rr");
    assert_int_equal(table_service_settings_of(service, service->key.family).netmask, 128);
    arena_free(conf->arena);
}

static void test_a_real_server_becomes_settings(void **state)
{
    static const struct {
        enum conf_forward forward;
        uint32_t kernel;
    } rows[] = {{CONF_FORWARD_NAT, IP_VS_CONN_F_MASQ},
                {CONF_FORWARD_DR, IP_VS_CONN_F_DROUTE},
                {CONF_FORWARD_TUN, IP_VS_CONN_F_TUNNEL}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct conf_real_server server = {
            .forward = rows[i].forward,
            .weight = 7, /* the configuration's: what counts is the argument */
            .upper_threshold = 20,
            .lower_threshold = 10,
            .tunnel = {IP_VS_CONN_F_TUNNEL_TYPE_GUE, 6080, IP_VS_TUNNEL_ENCAP_FLAG_CSUM},
        };
        struct table_destination_settings settings = table_destination_settings_of(&server, 3);

        assert_int_equal(settings.forward, rows[i].kernel);
        assert_int_equal(settings.weight, 3);
        assert_int_equal(settings.upper_threshold, 20);
        assert_int_equal(settings.lower_threshold, 10);
        assert_int_equal(settings.tunnel.port, rows[i].forward == CONF_FORWARD_TUN ? 6080 : 0);
    }
}

static void test_entries_have_names_for_people(void **state)
{
    static const struct {
        const char *key;
        const char *text;
    } rows[] = {
        {"tcp 172.16.1.18 3306", "172.16.1.18:3306/tcp"},
        {"udp 2001:db8::1 53", "[2001:db8::1]:53/udp"},
        {"sctp 10.0.0.1 0", "10.0.0.1/sctp"},
        {"fwmark 7 inet", "fwmark 7"},
        {"fwmark 7 inet6", "fwmark 7 (IPv6)"},
    };
    char text[TABLE_SERVICE_TEXT_SIZE];
    char server[INET_ENDPOINT_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct conf_service_key key = fixture_service_key(rows[i].key);

        assert_string_equal(table_service_text(text, &key), rows[i].text);
    }
    assert_string_equal(
        table_server_text(server,
                          &(struct conf_server_key){.addr = fixture_ipv4(0x0a000001), .port = 80}),
        "10.0.0.1:80");
    assert_string_equal(table_forward_text(IP_VS_CONN_F_MASQ), "NAT");
    assert_string_equal(table_forward_text(IP_VS_CONN_F_DROUTE), "DR");
    assert_string_equal(table_forward_text(IP_VS_CONN_F_TUNNEL), "TUN");
    assert_string_equal(table_forward_text(IP_VS_CONN_F_LOCALNODE), "local");
    assert_string_equal(table_forward_text(7), "unknown");
    assert_string_equal(table_tunnel_text(IP_VS_CONN_F_TUNNEL_TYPE_GUE), "gue");
    assert_string_equal(table_tunnel_text(9), "unknown");
    assert_string_equal(table_checksum_text(IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM), "nocsum");
    assert_string_equal(table_checksum_text(IP_VS_TUNNEL_ENCAP_FLAG_CSUM), "csum");
    assert_string_equal(table_checksum_text(IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM), "remcsum");
    assert_string_equal(table_protocol_text(IPPROTO_SCTP), "sctp");
    assert_string_equal(table_protocol_text(1), "unknown");
}

/* ---- Sync daemons ------------------------------------------------------------------------------ */

static void test_a_daemon_has_the_kernels_defaults_and_limits(void **state)
{
    static const struct {
        struct conf_sync_daemon conf;
        enum table_daemon_role role;
        uint16_t maxlen;
        uint16_t port;
        uint8_t ttl;
    } rows[] = {
        {{.interface = "eth1"}, TABLE_DAEMON_MASTER, 0, 8848, 1},
        {{.interface = "eth1", .maxlen = 100}, TABLE_DAEMON_MASTER, 100, 8848, 1},
        {{.interface = "eth1", .maxlen = 100}, TABLE_DAEMON_BACKUP, 1024, 8848, 1},
        {{.interface = "eth1", .maxlen = 65507, .port = 9, .ttl = 4},
         TABLE_DAEMON_BACKUP,
         65507,
         9,
         4},
        {{.interface = "eth1", .maxlen = 65507, .group = {.family = AF_INET6, .bytes = {0xff, 2}}},
         TABLE_DAEMON_MASTER,
         65487,
         8848,
         1},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct table_daemon daemon = table_daemon_of(&rows[i].conf, rows[i].role);
        char group[INET_ADDR_TEXT_SIZE];

        assert_true(daemon.running);
        assert_string_equal(daemon.interface, "eth1");
        assert_fact(daemon.maxlen == rows[i].maxlen, "row %zu: %u bytes", i, daemon.maxlen);
        assert_int_equal(daemon.port, rows[i].port);
        assert_int_equal(daemon.ttl, rows[i].ttl);
        assert_string_equal(inet_text(group, &daemon.group),
                            rows[i].conf.group.family ? "ff02::" : "224.0.0.81");
    }
}

static void test_a_daemon_fits_where_nothing_that_is_known_differs(void **state)
{
    const struct conf_sync_daemon conf = {.interface = "eth1", .id = 51};
    const struct table_daemon wanted = table_daemon_of(&conf, TABLE_DAEMON_BACKUP);
    const struct table_daemon none = {0};
    struct table_daemon actual = wanted;

    (void)state;
    actual.maxlen = 8972; /* the kernel chose it */
    assert_true(table_daemon_fits(&actual, &wanted));
    assert_true(table_daemon_fits(&none, &none));
    assert_false(table_daemon_fits(&none, &wanted));
    assert_false(table_daemon_fits(&actual, &none));
    actual.port = 0; /* what kernels before 4.3 tell */
    actual.ttl = 0;
    actual.maxlen = 0;
    actual.group = (struct inet_addr){0};
    assert_true(table_daemon_fits(&actual, &wanted));
    actual.id = 52;
    assert_false(table_daemon_fits(&actual, &wanted));
    actual = wanted;
    actual.ttl = 2;
    assert_false(table_daemon_fits(&actual, &wanted));
    actual = wanted;
    actual.group.bytes[3] = 1;
    assert_false(table_daemon_fits(&actual, &wanted));
    actual = wanted;
    actual.interface[0] = '\0';
    assert_false(table_daemon_fits(&actual, &wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_services_and_destinations_are_found_by_key_and_removed),
        cmocka_unit_test(test_service_settings_get_one_form),
        cmocka_unit_test(test_destination_settings_get_one_form),
        cmocka_unit_test(test_every_attribute_of_a_service_counts),
        cmocka_unit_test(test_every_attribute_of_a_destination_counts),
        cmocka_unit_test(test_a_virtual_server_becomes_settings),
        cmocka_unit_test(test_a_real_server_becomes_settings),
        cmocka_unit_test(test_entries_have_names_for_people),
        cmocka_unit_test(test_a_daemon_has_the_kernels_defaults_and_limits),
        cmocka_unit_test(test_a_daemon_fits_where_nothing_that_is_known_differs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
