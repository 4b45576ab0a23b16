/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole files: what they say is in the structures, in whatever form they say it.
 */
#include "unit_parser.h"

#include "parser/conf_find.h"
#include "parser/conf_text.h"

#include "base/arena.h"
#include "parser/conf_text.h"

#include <linux/ip_vs.h>

#define SECOND INT64_C(1000000000)

static bool is_address(const struct inet_addr *addr, const char *text)
{
    char shown[INET_ADDR_TEXT_SIZE];

    return strcmp(inet_text(shown, addr), text) == 0;
}

/* ---- The user's own file --------------------------------------------------------------------- */

static void check_seed(const struct conf *conf)
{
    const struct conf_instance *instance = STAILQ_FIRST(&conf->instances);
    const struct conf_virtual_server *service = STAILQ_FIRST(&conf->virtual_servers);
    const struct conf_address *address = STAILQ_FIRST(&instance->addresses);
    const struct conf_real_server *server = STAILQ_FIRST(&service->servers);
    static const char *const servers[] = {"172.16.1.7:3306", "172.16.1.51:3306"};

    assert_string_equal(conf->global.router_id, "lb01");
    assert_int_equal(conf->instance_count, 1);
    assert_string_equal(instance->name, "VI_2");
    assert_string_equal(instance->interface, "eth1");
    assert_true(instance->state_master);
    assert_int_equal(instance->vrid, 52);
    assert_int_equal(instance->priority, 150);
    assert_int_equal(instance->advert_interval, SECOND);
    assert_int_equal(instance->auth, CONF_AUTH_PASS);
    assert_memory_equal(instance->auth_pass, "1111\0\0\0\0", CONF_AUTH_PASS_SIZE);
    assert_int_equal(instance->address_count, 1);
    assert_true(is_address(&address->prefix.addr, "172.16.1.18"));
    assert_int_equal(address->prefix.length, 24);
    assert_string_equal(address->device, "eth1");
    assert_string_equal(address->label, "eth1:18");
    assert_int_equal(conf->virtual_server_count, 1);
    assert_int_equal(conf->real_server_count, 2);
    assert_string_equal(service->name, "172.16.1.18:3306/tcp");
    assert_string_equal(service->scheduler, "wrr");
    assert_int_equal(service->forward, CONF_FORWARD_DR);
    assert_int_equal(service->persistence_timeout_s, 20);
    for (size_t i = 0; i < UNIT_COUNT(servers); i++, server = STAILQ_NEXT(server, next)) {
        const struct conf_check *check = STAILQ_FIRST(&server->checks);
        char text[CONF_ENDPOINT_TEXT_SIZE];

        assert_string_equal(conf_server_text(text, &server->key), servers[i]);
        assert_int_equal(server->weight, 1);
        assert_int_equal(server->forward, CONF_FORWARD_DR);
        assert_int_equal(check->kind, CONF_CHECK_TCP);
        assert_int_equal(check->connect_timeout, 5 * SECOND);
        assert_int_equal(check->delay_before_retry, 3 * SECOND);
        assert_int_equal(check->connect_port, 3306);
        assert_int_equal(check->delay_loop, 6 * SECOND);
        assert_true(inet_equal(&check->connect_addr, &server->key.addr));
        assert_null(STAILQ_NEXT(check, next));
    }
    assert_null(server);
}

static void test_the_users_own_file_loads_and_means_what_it_says(void **state)
{
    const char *srcdir = getenv("srcdir");
    struct text_buffer path = {0};
    struct diag_list *list;
    struct conf *conf;

    (void)state;
    text_appendf(&path, "%s/tests/unit/data/mysql-dr-master.conf", srcdir ? srcdir : ".");
    conf = parser_load(path.data, NULL, &list);
    assert_null(diag_at(list, 0));
    assert_non_null(conf);
    check_seed(conf);
    conf_free(conf);
    diag_free(list);
    text_release(&path);
}

/* ---- Our own files --------------------------------------------------------------------------- */

/* Loads a file of ours without a word against it. @return how many things are in it */
static unsigned check_example(const char *path)
{
    struct parser_options options = {.config_id = "db-lb1"};
    struct text_buffer shown = {0};
    struct diag_list *list;
    struct conf *conf = parser_load(path, &options, &list);
    unsigned things;

    text_append(&shown, "");
    diag_write_all(list, &shown);
    assert_fact(conf && !shown.length, "%s", shown.data);
    things = conf->instance_count + conf->virtual_server_count;
    text_release(&shown);
    diag_free(list);
    conf_free(conf);
    return things;
}

static void test_the_sample_and_the_examples_load_without_a_word(void **state)
{
    static const char *const names[] = {
        "holdfast.conf.sample",          "examples/database-checked.conf",
        "examples/database-pair.conf",   "examples/dual-stack-unicast.conf",
        "examples/gateway-bfd.conf",     "examples/gateway-sync-group.conf",
        "examples/local-checks.conf",    "examples/mail-and-dns.conf",
        "examples/tunnel-and-mark.conf", "examples/virtual-mac.conf",
        "examples/service-group.conf",   "examples/web-pair.conf",
    };
    const char *srcdir = getenv("srcdir");

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        struct text_buffer path = {0};

        text_appendf(&path, "%s/etc/%s", srcdir ? srcdir : ".", names[i]);
        assert_true(check_example(path.data) >= 2);
        text_release(&path);
    }
}

/* ---- One meaning, several forms -------------------------------------------------------------- */

#define SERVICE_HEAD "virtual_server 10.0.0.9 80 {\n lb_algo wrr\n lb_kind NAT\n protocol TCP\n"

static void test_several_keywords_on_a_line_mean_what_they_say(void **state)
{
    static const char *const texts[] = {
        SERVICE_HEAD "real_server 10.0.0.1 8080 {\n weight 7\n inhibit_on_failure\n TCP_CHECK {\n"
                     "retry 2\n connect_timeout 4\n}\n}\n}\n",
        SERVICE_HEAD "real_server 10.0.0.1 8080 { weight 7 inhibit_on_failure TCP_CHECK { retry 2 "
                     "connect_timeout 4 } } }",
        SERVICE_HEAD "real_server 10.0.0.1 8080{TCP_CHECK{connect_timeout 4 retry 2}weight 7 "
                     "inhibit_on_failure on}}",
        SERVICE_HEAD "real_server 10.0.0.1 8080\n\n# here\n{\nweight 7 inhibit_on_failure yes "
                     "TCP_CHECK\n{\nretry 2 connect_timeout 4\n}\n}\n}",
        "virtual_server 10.0.0.9 80 { lb_algo wrr lb_kind NAT protocol tcp real_server 10.0.0.1 "
        "8080 { weight 7 inhibit_on_failure true TCP_CHECK { retry 2 connect_timeout 4 } } }",
        "\xef\xbb\xbfvirtual_server 10.0.0.9 80 {\r\n\tlb_algo wrr\r\n\tlb_kind NAT\r\n\tprotocol "
        "TCP\r\n\treal_server 10.0.0.1 8080 {\r\n\t\tweight 7\r\n\t\tinhibit_on_failure\r\n"
        "\t\tTCP_CHECK {\r\n\t\t\tretry 2\r\n\t\t\tconnect_timeout 4\r\n\t\t}\r\n\t}\r\n}\r\n",
        "virtual_server \"10.0.0.9\" \"80\" {\n lb_algo \"wrr\"\n lb_kind \"NAT\"\n protocol TCP\n"
        "real_server 10.0.0.1 8080 { weight \"7\" inhibit_on_failure TCP_CHECK { retry 2 "
        "connect_timeout 4.000 } } }",
        "@lb1 " SERVICE_HEAD "@lb2 real_server 10.0.0.2 80 { }\n@^lb2 real_server 10.0.0.1 8080 { "
        "weight 7 inhibit_on_failure TCP_CHECK { retry 2 connect_timeout 4 } }\n}",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        struct unit_load load = unit_load_clean(texts[i]);
        const struct conf_virtual_server *service = STAILQ_FIRST(&load.conf->virtual_servers);
        const struct conf_real_server *server = STAILQ_FIRST(&service->servers);
        const struct conf_check *check = STAILQ_FIRST(&server->checks);

        assert_fact(strcmp(service->scheduler, "wrr") == 0, "text %zu", i);
        assert_fact(service->server_count == 1, "text %zu: %u servers", i, service->server_count);
        assert_fact(server->weight == 7 && server->inhibit_on_failure, "text %zu", i);
        assert_fact(server->key.port == 8080, "text %zu: port %u", i, server->key.port);
        assert_fact(check && !STAILQ_NEXT(check, next), "text %zu", i);
        assert_fact(check->retry == 2 && check->connect_timeout == 4 * SECOND, "text %zu", i);
        unit_unload(&load);
    }
}

static void test_lines_have_no_limit(void **state)
{
    struct text_buffer text = {0};
    struct unit_load load;

    (void)state;
    text_append(&text, "vrrp_instance A { interface eth0 virtual_router_id 1 virtual_ipaddress {");
    for (int i = 0; i < 200; i++) {
        text_appendf(&text, " 10.0.%d.1/24 dev eth%d label eth%d:%d", i, i, i, i);
    }
    text_append(&text, " } }");
    load = unit_load_clean(text.data);
    assert_int_equal(STAILQ_FIRST(&load.conf->instances)->address_count, 200);
    unit_unload(&load);
    text_release(&text);
}

static void test_references_may_stand_before_what_they_refer_to(void **state)
{
    struct unit_load load = unit_load_clean(
        "vrrp_sync_group G { group { A B } }\n"
        "vrrp_instance A { interface eth0 virtual_router_id 1 track_script { s } }\n"
        "vrrp_instance B { interface eth1 virtual_router_id 1 }\n"
        "vrrp_script s { script /bin/true }\n"
        "vrrp_script unused { script /bin/true }\n"
        "global_defs { vrrp_mcast_group4 224.0.0.19 }\n");
    const struct conf_instance *instance = STAILQ_FIRST(&load.conf->instances);
    const struct conf_vrrp_script *script = STAILQ_FIRST(&load.conf->scripts);

    (void)state;
    assert_string_equal(instance->sync_group->name, "G");
    assert_ptr_equal(STAILQ_FIRST(&instance->track_scripts)->script, script);
    assert_true(is_address(&instance->mcast_group, "224.0.0.19"));
    assert_true(script->tracked);
    assert_false(STAILQ_NEXT(script, next)->tracked);
    unit_unload(&load);
}

/* ---- VRRP ------------------------------------------------------------------------------------ */

static void test_addresses_have_all_their_options(void **state)
{
    struct unit_load load =
        unit_load_clean("vrrp_instance A {\n interface eth0\n virtual_router_id 1\n"
                        " virtual_ipaddress {\n"
                        "  10.0.0.1\n"
                        "  10.0.1.1/24 brd + dev eth1 label eth1:1 scope link\n"
                        "  10.0.2.129/25 broadcast - scope 42 no_track\n"
                        "  10.0.3.1/24 peer 10.9.9.9 10.0.4.1/16 brd 10.0.255.254\n"
                        " }\n virtual_ipaddress_excluded {\n  10.0.5.1/24\n }\n"
                        " virtual_ipaddress {\n  10.0.6.1\n }\n}");
    static const struct {
        const char *addr;
        const char *device;
        const char *label; /* "": none */
        const char *broadcast;
        const char *peer;
        uint8_t length;
        uint8_t scope;
        bool track;
        bool excluded;
    } rows[] = {
        {"10.0.0.1", "eth0", "", "none", "none", 32, 0, true, false},
        {"10.0.1.1", "eth1", "eth1:1", "10.0.1.255", "none", 24, 253, true, false},
        {"10.0.2.129", "eth0", "", "10.0.2.128", "none", 25, 42, false, false},
        {"10.0.3.1", "eth0", "", "none", "10.9.9.9", 32, 0, true, false},
        {"10.0.4.1", "eth0", "", "10.0.255.254", "none", 16, 0, true, false},
        {"10.0.5.1", "eth0", "", "none", "none", 24, 0, true, true},
        {"10.0.6.1", "eth0", "", "none", "none", 32, 0, true, false},
    };
    const struct conf_instance *instance = STAILQ_FIRST(&load.conf->instances);
    const struct conf_address *address = STAILQ_FIRST(&instance->addresses);

    (void)state;
    assert_int_equal(instance->address_count, UNIT_COUNT(rows));
    assert_int_equal(instance->advertised_count, UNIT_COUNT(rows) - 1);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++, address = STAILQ_NEXT(address, next)) {
        assert_true(is_address(&address->prefix.addr, rows[i].addr));
        assert_fact(address->prefix.length == rows[i].length, "%s", rows[i].addr);
        assert_string_equal(address->device, rows[i].device);
        assert_string_equal(address->label ? address->label : "", rows[i].label);
        assert_fact(is_address(&address->broadcast, rows[i].broadcast), "%s", rows[i].addr);
        assert_fact(is_address(&address->peer, rows[i].peer), "%s", rows[i].addr);
        assert_fact(address->scope == rows[i].scope, "%s", rows[i].addr);
        assert_fact(address->track == rows[i].track, "%s", rows[i].addr);
        assert_fact(address->excluded == rows[i].excluded, "%s", rows[i].addr);
    }
    assert_int_equal(STAILQ_FIRST(&instance->addresses)->position.line, 5);
    assert_int_equal(STAILQ_FIRST(&instance->addresses)->position.column, 3);
    unit_unload(&load);
}

static void check_command(const struct conf_script *script, const char *argv, const char *user,
                          const char *group)
{
    struct text_buffer shown = {0};

    text_append(&shown, "");
    for (size_t i = 0; script->argv && script->argv[i]; i++) {
        text_appendf(&shown, "[%s]", script->argv[i]);
    }
    assert_string_equal(shown.data, argv);
    assert_string_equal(script->user ? script->user : "-", user);
    assert_string_equal(script->group ? script->group : "-", group);
    text_release(&shown);
}

static void test_commands_have_arguments_and_a_user(void **state)
{
    struct unit_load load =
        unit_load_clean("global_defs { script_user scripts ops enable_script_security }\n"
                        "vrrp_script s { user nobody nogroup script \"/bin/check 'a b' c\" }\n"
                        "vrrp_script file { script \"</tmp/ok\" }\n"
                        "vrrp_instance A { interface eth0 virtual_router_id 1\n"
                        " notify_master \"/etc/x.sh master 'now {1}'\" bob ops\n"
                        " notify_backup /etc/x.sh root\n"
                        " notify_fault '/etc/x.sh fault' notify_stop /etc/stop.sh\n"
                        " notify \"/etc/any.sh\"\n"
                        "}\n");
    const struct conf_notify *notify = &STAILQ_FIRST(&load.conf->instances)->notify;
    const struct conf_vrrp_script *script = STAILQ_FIRST(&load.conf->scripts);

    (void)state;
    assert_string_equal(load.conf->global.script_user, "scripts");
    assert_string_equal(load.conf->global.script_group, "ops");
    assert_true(load.conf->global.script_security);
    check_command(&script->script, "[/bin/check][a b][c]", "nobody", "nogroup");
    check_command(&STAILQ_NEXT(script, next)->script, "[/bin/sh][-c][</tmp/ok]", "-", "-");
    check_command(&notify->master, "[/etc/x.sh][master][now {1}]", "bob", "ops");
    check_command(&notify->backup, "[/etc/x.sh]", "root", "-");
    check_command(&notify->fault, "[/etc/x.sh][fault]", "-", "-");
    check_command(&notify->stop, "[/etc/stop.sh]", "-", "-");
    check_command(&notify->any, "[/etc/any.sh]", "-", "-");
    assert_int_equal(notify->master.position.line, 5);
    assert_int_equal(notify->master.position.column, 16);
    unit_unload(&load);
}

static void test_groups_give_what_they_track_to_their_members(void **state)
{
    struct unit_load load =
        unit_load_clean("vrrp_script s { script /bin/true weight 5 reverse }\n"
                        "vrrp_script t { script /bin/true }\n"
                        "vrrp_instance A { interface eth0 virtual_router_id 1\n"
                        " track_interface { eth8 weight -7 reverse eth9 }\n track_script { t }\n}\n"
                        "vrrp_instance B { interface eth1 virtual_router_id 1 }\n"
                        "vrrp_sync_group G {\n group { A B }\n sync_group_tracking_weight\n"
                        " track_interface {\n  eth1\n  eth9 weight 3\n }\n"
                        " track_script { s t weight 9 noreverse }\n notify /bin/true\n}\n");
    const struct conf_instance *a = STAILQ_FIRST(&load.conf->instances);
    const struct conf_instance *b = STAILQ_NEXT(a, next);
    const struct conf_sync_group *group = STAILQ_FIRST(&load.conf->sync_groups);
    const struct conf_track_interface *interface = STAILQ_FIRST(&a->track_interfaces);
    const struct conf_track_script *script = STAILQ_FIRST(&a->track_scripts);

    (void)state;
    assert_int_equal(group->member_count, 2);
    assert_true(group->tracking_weight);
    assert_ptr_equal(STAILQ_FIRST(&group->members)->instance, a);
    assert_ptr_equal(a->sync_group, group);
    assert_ptr_equal(b->sync_group, group);
    /* its own first; the group's weight wins */
    assert_string_equal(interface->interface, "eth8");
    assert_int_equal(interface->weight, -7);
    assert_true(interface->reverse);
    interface = STAILQ_NEXT(interface, next);
    assert_string_equal(interface->interface, "eth9");
    assert_int_equal(interface->weight, 3);
    interface = STAILQ_NEXT(interface, next);
    assert_string_equal(interface->interface, "eth1");
    assert_null(STAILQ_NEXT(interface, next));
    assert_string_equal(script->script->name, "t");
    assert_int_equal(script->weight, 9);
    assert_false(script->reverse);
    script = STAILQ_NEXT(script, next);
    assert_string_equal(script->script->name, "s");
    assert_int_equal(script->weight, 5);
    assert_true(script->reverse);
    assert_true(script->script->tracked);
    /* eth1 is B's own interface, which it tracks anyway */
    interface = STAILQ_FIRST(&b->track_interfaces);
    assert_string_equal(interface->interface, "eth9");
    assert_null(STAILQ_NEXT(interface, next));
    unit_unload(&load);
}

/* ---- IPVS ------------------------------------------------------------------------------------ */

static void test_services_are_known_by_their_keys(void **state)
{
    struct unit_load load = unit_load_clean(
        "virtual_server 10.0.0.9 80 { lb_algo rr lb_kind DR protocol UDP ops\n"
        " real_server 10.0.0.1 { } real_server 10.0.0.2 80 { } }\n"
        "virtual_server 10.0.0.9 80 { lb_algo rr lb_kind NAT protocol SCTP\n"
        " real_server 10.0.0.1 { } real_server 10.0.0.2 8080 { } }\n"
        "virtual_server fwmark 7 { lb_algo rr lb_kind DR real_server 10.0.0.1 { } }\n"
        "virtual_server fwmark 7 { lb_algo rr lb_kind TUN ip_family inet6 real_server 10.0.0.1 { } "
        "}\n"
        "virtual_server 2001:db8::9 0 { lb_algo rr lb_kind NAT protocol TCP persistence_timeout\n"
        " real_server 2001:db8::1 { } }\n");
    static const char *const names[] = {"10.0.0.9:80/udp", "10.0.0.9:80/sctp", "fwmark 7",
                                        "fwmark 7 (IPv6)", "2001:db8::9/tcp"};
    static const uint8_t families[] = {AF_INET, AF_INET, AF_INET, AF_INET6, AF_INET6};
    static const uint16_t ports[] = {80, 80, 0, 0, 0};
    const struct conf_virtual_server *service;
    size_t i = 0;

    (void)state;
    STAILQ_FOREACH(service, &load.conf->virtual_servers, next) {
        assert_string_equal(service->name, names[i]);
        assert_int_equal(service->key.family, families[i]);
        assert_int_equal(STAILQ_FIRST(&service->servers)->key.port, ports[i]);
        i++;
    }
    assert_int_equal(i, 5);
    service = STAILQ_FIRST(&load.conf->virtual_servers);
    assert_int_equal(service->flags, IP_VS_SVC_F_ONEPACKET);
    service = STAILQ_NEXT(service, next);
    assert_int_equal(STAILQ_NEXT(STAILQ_FIRST(&service->servers), next)->key.port, 8080);
    service = STAILQ_NEXT(service, next);
    assert_int_equal(service->key.fwmark, 7);
    assert_int_equal(service->key.protocol, 0);
    unit_unload(&load);
}

static void test_forwarding_persistence_and_flags(void **state)
{
    struct unit_load load = unit_load_clean(
        "virtual_server 10.0.0.9 80 {\n protocol UDP\n lvs_sched sh\n sh-port\n sh-fallback\n"
        " lvs_method TUN type gue port 5555 remcsum\n"
        " persistence_timeout 50\n persistence_granularity 255.255.0.0\n persistence_engine sip\n"
        " sorry_server 10.0.0.8 80\n sorry_server_inhibit\n"
        " sorry_server_lvs_method DR\n"
        " real_server 10.0.0.1 80 { }\n"
        " real_server 10.0.0.2 8080 { lvs_method NAT uthreshold 100 lthreshold 50 }\n"
        " real_server fd00::1 80 { lvs_method TUN type gre csum }\n}\n"
        "virtual_server fd00::9 80 { protocol TCP lb_algo mh lb_kind DR mh-port flag-3\n"
        " persistence_granularity 64 real_server fd00::1 80 { weight 0 } }\n");
    const struct conf_virtual_server *service = STAILQ_FIRST(&load.conf->virtual_servers);
    const struct conf_real_server *server = STAILQ_FIRST(&service->servers);
    const uint8_t netmask[] = {255, 255, 0, 0};

    (void)state;
    assert_int_equal(service->flags, IP_VS_SVC_F_SCHED1 | IP_VS_SVC_F_SCHED2);
    assert_int_equal(service->persistence_timeout_s, 50);
    assert_memory_equal(&service->persistence_netmask, netmask, 4);
    assert_string_equal(service->persistence_engine, "sip");
    assert_true(is_address(&service->sorry_server->key.addr, "10.0.0.8"));
    assert_int_equal(service->sorry_server->forward, CONF_FORWARD_DR);
    assert_int_equal(service->sorry_server->weight, 1);
    assert_true(service->sorry_server_inhibit);
    assert_int_equal(server->forward, CONF_FORWARD_TUN);
    assert_int_equal(server->tunnel.type, IP_VS_CONN_F_TUNNEL_TYPE_GUE);
    assert_int_equal(server->tunnel.port, 5555);
    assert_int_equal(server->tunnel.flags, IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM);
    server = STAILQ_NEXT(server, next);
    assert_int_equal(server->forward, CONF_FORWARD_NAT);
    assert_int_equal(server->tunnel.port, 0);
    assert_int_equal(server->upper_threshold, 100);
    assert_int_equal(server->lower_threshold, 50);
    server = STAILQ_NEXT(server, next);
    assert_int_equal(server->tunnel.type, IP_VS_CONN_F_TUNNEL_TYPE_GRE);
    assert_int_equal(server->tunnel.flags, IP_VS_TUNNEL_ENCAP_FLAG_CSUM);
    service = STAILQ_NEXT(service, next);
    assert_int_equal(service->flags, IP_VS_SVC_F_SCHED2 | IP_VS_SVC_F_SCHED3);
    assert_int_equal(service->persistence_netmask, 64);
    assert_int_equal(service->persistence_timeout_s, 360);
    assert_int_equal(STAILQ_FIRST(&service->servers)->weight, 0);
    unit_unload(&load);
}

/* ---- Groups of services ---------------------------------------------------------------------- */

static void test_a_group_is_one_virtual_server_of_many_services(void **state)
{
    static const char *const members[] = {
        "10.0.0.254:80/tcp", "10.0.0.255:80/tcp",     "10.0.1.0:80/tcp",        "10.0.2.0:81/tcp",
        "10.0.2.1:81/tcp",   "[2001:db8::ff]:80/tcp", "[2001:db8::100]:80/tcp", "fwmark 7 (IPv6)"};
    struct unit_load load = unit_load_clean("virtual_server group web {\n"
                                            " lb_algo rr\n lb_kind TUN\n protocol TCP\n"
                                            " real_server 10.1.0.1 80 {\n TCP_CHECK {\n }\n }\n"
                                            "}\n"
                                            "virtual_server_group web {\n"
                                            " 10.0.0.254-10.0.1.0 80\n"
                                            " 10.0.2.0/31 81\n"
                                            " 2001:db8::ff-100 80\n"
                                            " fwmark 7 inet6\n"
                                            "}\n");
    const struct conf_virtual_server *service = STAILQ_FIRST(&load.conf->virtual_servers);
    const struct conf_service_key key = conf_group_key("web", IPPROTO_TCP);
    const struct conf_real_server *server = STAILQ_FIRST(&service->servers);

    (void)state;
    assert_int_equal(load.conf->virtual_server_count, 1);
    assert_string_equal(service->name, "web/tcp");
    assert_ptr_equal(conf_find_service(load.conf, &key), service);
    assert_int_equal(service->member_count, UNIT_COUNT(members));
    for (size_t i = 0; i < UNIT_COUNT(members); i++) {
        char text[CONF_ENDPOINT_TEXT_SIZE];

        assert_string_equal(conf_service_text(text, &service->members[i]), members[i]);
    }
    assert_int_equal(service->members[7].family, AF_INET6);
    assert_int_equal(conf_member_server(&service->members[0], server).port, 80);
    assert_int_equal(conf_member_server(&service->members[3], server).port, 81);
    assert_int_equal(conf_member_server(&service->members[7], server).port, 0);
    assert_int_equal(STAILQ_FIRST(&server->checks)->connect_port, 80);
    unit_unload(&load);
}

/* ---- What the kernel lacks ------------------------------------------------------------------- */

static bool lacks_one(void *argument, const char *module)
{
    return strcmp(argument, module) == 0;
}

static void test_a_scheduler_or_engine_that_the_kernel_lacks_is_an_error(void **state)
{
    static const struct {
        const char *module;
        const char *message;
    } rows[] = {
        {"ip_vs_mh", "the scheduler \"mh\" is not in this kernel, which has no module ip_vs_mh; "
                     "choose another one, or install the module"},
        {"ip_vs_pe_sip",
         "the persistence engine \"sip\" is not in this kernel, which has no module "
         "ip_vs_pe_sip; choose another one, or install the module"},
        {"ip_vs_rr", NULL},
    };
    static const char text[] = "virtual_server 10.0.0.9 80 {\n lb_algo mh\n lb_kind NAT\n"
                               " protocol UDP\n persistence_timeout\n"
                               " persistence_engine sip\n real_server 10.0.0.1 80 { }\n}\n";
    struct unit_file file = {text, sizeof(text) - 1};
    char module[32];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct parser_options options = {.world = {.read = unit_read, .argument = &file},
                                         .lacks = lacks_one,
                                         .lacks_argument = module};
        struct diag_list *list;
        struct conf *conf;

        assert_true(text_copy(module, sizeof(module), rows[i].module));
        conf = parser_load(UNIT_FILE, &options, &list);
        assert_int_equal(conf == NULL, rows[i].message != NULL);
        if (rows[i].message) {
            assert_string_equal(diag_at(list, 0)->message, rows[i].message);
        }
        conf_free(conf);
        diag_free(list);
    }
}

static void test_what_is_younger_than_the_kernel_is_warned_of(void **state)
{
    static const struct {
        const char *words;
        unsigned major;
        unsigned minor;
        const char *message; /* NULL: none */
    } rows[] = {
        {"lb_algo rr\n lb_kind TUN type gue port 6080", 5, 1, "type gue came with Linux 5.2"},
        {"lb_algo rr\n lb_kind TUN type gue port 6080", 5, 2, NULL},
        {"lb_algo rr\n lb_kind TUN type gre", 5, 2,
         "type gre came with Linux 5.3, and this is Linux 5.2"},
        {"lb_algo rr\n lb_kind TUN type gre", 6, 1, NULL},
        {"lb_algo rr\n lb_kind TUN type gre", 0, 0, NULL}, /* nobody can tell */
        {"lb_algo rr\n lb_kind TUN", 4, 18, NULL},
        {"lb_algo sh\n sh-port\n lb_kind DR", 3, 10, "came with Linux 3.11"},
        {"lb_algo sh\n sh-fallback\n lb_kind DR", 3, 10, "came with Linux 3.11"},
        {"lb_algo sh\n sh-fallback\n lb_kind DR", 3, 11, NULL},
        {"lb_algo sh\n lb_kind DR", 3, 10, NULL},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char text[512];
        struct unit_file file = {text, 0};
        struct parser_options options = {.world = {.read = unit_read, .argument = &file},
                                         .kernel_version =
                                             parser_kernel_version(rows[i].major, rows[i].minor)};
        struct diag_list *list;
        struct conf *conf;

        file.size = (size_t)snprintf(text, sizeof(text),
                                     "virtual_server 10.0.0.9 80 {\n %s\n protocol TCP\n"
                                     " real_server 10.0.0.1 80 { }\n}\n",
                                     rows[i].words);
        conf = parser_load(UNIT_FILE, &options, &list);
        assert_non_null(conf);
        assert_int_equal(diag_count(list, DIAG_WARNING), rows[i].message != NULL);
        if (rows[i].message) {
            assert_non_null(strstr(diag_at(list, 0)->message, rows[i].message));
        }
        conf_free(conf);
        diag_free(list);
    }
}

static void test_an_empty_configuration_is_one(void **state)
{
    static const char *const texts[] = {"", "\n", "# nothing\n", "global_defs { }", "\xef\xbb\xbf"};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        struct unit_load load = unit_load_clean(texts[i]);

        assert_int_equal(load.conf->instance_count, 0);
        assert_true(STAILQ_EMPTY(&load.conf->virtual_servers));
        unit_unload(&load);
    }
}

static void test_a_server_with_a_check_costs_little_memory(void **state)
{
    enum { SERVERS = 2000 };
    struct text_buffer text = {0};
    struct unit_load load;

    (void)state;
    text_append(&text, SERVICE_HEAD);
    for (int i = 0; i < SERVERS; i++) {
        text_appendf(&text,
                     "real_server 10.1.%d.%d 80 { weight 1 TCP_CHECK { connect_timeout 5 } }\n",
                     i / 250, i % 250);
    }
    text_append(&text, "}\n");
    load = unit_load_clean(text.data);
    assert_int_equal(load.conf->real_server_count, SERVERS);
    assert_fact(arena_size(load.conf->arena) / SERVERS < 700, "%zu bytes for a server",
                arena_size(load.conf->arena) / SERVERS);
    unit_unload(&load);
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_users_own_file_loads_and_means_what_it_says),
        cmocka_unit_test(test_the_sample_and_the_examples_load_without_a_word),
        cmocka_unit_test(test_several_keywords_on_a_line_mean_what_they_say),
        cmocka_unit_test(test_lines_have_no_limit),
        cmocka_unit_test(test_references_may_stand_before_what_they_refer_to),
        cmocka_unit_test(test_addresses_have_all_their_options),
        cmocka_unit_test(test_commands_have_arguments_and_a_user),
        cmocka_unit_test(test_groups_give_what_they_track_to_their_members),
        cmocka_unit_test(test_services_are_known_by_their_keys),
        cmocka_unit_test(test_forwarding_persistence_and_flags),
        cmocka_unit_test(test_a_group_is_one_virtual_server_of_many_services),
        cmocka_unit_test(test_a_scheduler_or_engine_that_the_kernel_lacks_is_an_error),
        cmocka_unit_test(test_what_is_younger_than_the_kernel_is_warned_of),
        cmocka_unit_test(test_an_empty_configuration_is_one),
        cmocka_unit_test(test_a_server_with_a_check_costs_little_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
