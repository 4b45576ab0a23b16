/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_parser.h"

#include "parser/conf_find.h"
#include "parser/patch.h"

#include <string.h>

static const char text[] = "vrrp_instance VI_1 {\n"
                           "    interface eth0\n"
                           "    virtual_router_id 51\n"
                           "    priority 100\n"
                           "    unicast_src_ip 192.0.2.1\n"
                           "    unicast_peer {\n"
                           "        192.0.2.2\n"
                           "        192.0.2.3\n"
                           "    }\n"
                           "    virtual_ipaddress {\n"
                           "        192.0.2.9\n"
                           "    }\n"
                           "}\n"
                           "vrrp_instance VI_2 {\n"
                           "    interface eth0\n"
                           "    virtual_router_id 52\n"
                           "    priority 100\n"
                           "    virtual_ipaddress {\n"
                           "        192.0.2.10\n"
                           "    }\n"
                           "}\n"
                           "virtual_server 192.0.2.9 80 {\n"
                           "    protocol TCP\n"
                           "    lb_kind NAT\n"
                           "    lb_algo wlc\n"
                           "    real_server 10.0.0.7 80 {\n"
                           "        weight 4\n"
                           "        TCP_CHECK {\n"
                           "            connect_timeout 3\n"
                           "        }\n"
                           "    }\n"
                           "    real_server 10.0.0.8 80 {\n"
                           "        weight 1\n"
                           "        MISC_CHECK {\n"
                           "            misc_path \"/bin/true 10.0.0.8\"\n"
                           "        }\n"
                           "    }\n"
                           "}\n";

static const char service[] = "192.0.2.9:80/tcp";

static struct conf *load(struct unit_load *load)
{
    *load = unit_load(text);
    assert_non_null(load->conf);
    return load->conf;
}

static struct override server(enum override_kind kind, const char *part, const char *like,
                              int64_t weight)
{
    return (struct override){
        .kind = kind, .object = service, .part = part, .like = like, .number = weight};
}

static void test_a_server_is_added_as_another_one_is(void **state)
{
    struct unit_load loaded;
    struct conf *conf = load(&loaded);
    struct override_list list = {0};
    const struct override one = server(OVERRIDE_SERVER_ADD, "10.0.0.9:81", "", -1);
    const struct override two = server(OVERRIDE_SERVER_ADD, "10.0.0.10:80", "10.0.0.7:80", 9);
    const struct conf_virtual_server *there = STAILQ_FIRST(&conf->virtual_servers);
    const struct conf_real_server *added;
    const struct conf_check *check;
    struct conf_server_key key;

    (void)state;
    override_put(&list, &one);
    override_put(&list, &two);
    patch_apply(conf, &list);
    assert_int_equal(there->server_count, 4);
    assert_int_equal(conf->real_server_count, 4);
    assert_true(patch_read_endpoint("10.0.0.9:81", &key));
    added = conf_find_server(there, &key);
    assert_non_null(added);
    assert_int_equal(added->weight, 4);
    check = STAILQ_FIRST(&added->checks);
    assert_int_equal(check->kind, CONF_CHECK_TCP);
    assert_true(inet_equal(&check->connect_addr, &key.addr));
    assert_int_equal(check->connect_port, 81);
    assert_null(STAILQ_NEXT(check, next));
    assert_true(patch_read_endpoint("10.0.0.10:80", &key));
    assert_int_equal(conf_find_server(there, &key)->weight, 9);
    check = STAILQ_FIRST(&STAILQ_FIRST(&there->servers)->checks); /* the model is as it was */
    assert_int_equal(check->connect_port, 80);
    override_release(&list);
    unit_unload(&loaded);
}

static void test_servers_and_peers_go(void **state)
{
    struct unit_load loaded;
    struct conf *conf = load(&loaded);
    struct override_list list = {0};
    const struct override gone = server(OVERRIDE_SERVER_DEL, "10.0.0.8:80", "", 0);
    const struct override peer = {OVERRIDE_PEER_DEL, "VI_1", "192.0.2.2", "", 0, 0, 0, ""};
    const struct override more = {OVERRIDE_PEER_ADD, "VI_1", "192.0.2.4", "", 0, 0, 0, ""};
    const struct conf_instance *instance = STAILQ_FIRST(&conf->instances);
    struct conf_server_key key;

    (void)state;
    override_put(&list, &gone);
    override_put(&list, &peer);
    override_put(&list, &more);
    patch_apply(conf, &list);
    assert_true(patch_read_endpoint("10.0.0.8:80", &key));
    assert_null(conf_find_server(STAILQ_FIRST(&conf->virtual_servers), &key));
    assert_int_equal(conf->real_server_count, 1);
    assert_int_equal(instance->peer_count, 2);
    for (size_t i = 0; i < list.count; i++) {
        assert_fact(patch_is_done(conf, override_at(&list, i)), "override %zu is done", i);
    }
    patch_apply(conf, &list); /* twice is once */
    assert_int_equal(instance->peer_count, 2);
    override_release(&list);
    unit_unload(&loaded);
}

static void test_what_does_not_fit_is_refused_with_a_reason(void **state)
{
    static const struct {
        struct override override;
        const char *problem; /* a part of it */
    } rows[] = {
        {{OVERRIDE_SERVER_ADD, "x", "10.0.0.9:80", "", 0, 0, 0, ""}, "no virtual server \"x\""},
        {{OVERRIDE_SERVER_ADD, service, "10.0.0.7:80", "", 0, 0, 0, ""}, "has a real server"},
        {{OVERRIDE_SERVER_ADD, service, "here:80", "", 0, 0, 0, ""}, "no ADDRESS:PORT"},
        {{OVERRIDE_SERVER_ADD, service, "10.0.0.9", "", 0, 0, 0, ""}, "or no port"},
        {{OVERRIDE_SERVER_ADD, service, "[2001:db8::1]:80", "", 0, 0, 0, ""}, "another family"},
        {{OVERRIDE_SERVER_ADD, service, "10.0.0.9:80", "10.0.0.8:80", 0, 0, 0, ""}, "a program"},
        {{OVERRIDE_SERVER_ADD, service, "10.0.0.9:80", "10.0.0.1:80", 0, 0, 0, ""}, "take after"},
        {{OVERRIDE_SERVER_DEL, service, "10.0.0.9:80", "", 0, 0, 0, ""}, "does not have"},
        {{OVERRIDE_PEER_ADD, "VI_9", "192.0.2.4", "", 0, 0, 0, ""}, "no instance \"VI_9\""},
        {{OVERRIDE_PEER_ADD, "VI_2", "192.0.2.4", "", 0, 0, 0, ""}, "multicast"},
        {{OVERRIDE_PEER_ADD, "VI_1", "192.0.2.2", "", 0, 0, 0, ""}, "has a peer"},
        {{OVERRIDE_PEER_ADD, "VI_1", "192.0.2.1", "", 0, 0, 0, ""}, "another router"},
        {{OVERRIDE_PEER_ADD, "VI_1", "224.0.0.18", "", 0, 0, 0, ""}, "another router"},
        {{OVERRIDE_PEER_ADD, "VI_1", "2001:db8::1", "", 0, 0, 0, ""}, "another router"},
        {{OVERRIDE_PEER_DEL, "VI_1", "192.0.2.8", "", 0, 0, 0, ""}, "does not have"},
    };
    struct unit_load loaded;
    struct conf *conf = load(&loaded);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char problem[PATCH_PROBLEM_SIZE] = "";

        assert_fact(!patch_fits(conf, &rows[i].override, problem), "row %zu fits", i);
        assert_fact(strstr(problem, rows[i].problem), "row %zu: %s", i, problem);
    }
    unit_unload(&loaded);
}

static void test_the_last_peer_stays(void **state)
{
    struct unit_load loaded;
    struct conf *conf = load(&loaded);
    struct override_list list = {0};
    const struct override one = {OVERRIDE_PEER_DEL, "VI_1", "192.0.2.2", "", 0, 0, 0, ""};
    const struct override other = {OVERRIDE_PEER_DEL, "VI_1", "192.0.2.3", "", 0, 0, 0, ""};

    (void)state;
    override_put(&list, &one);
    override_put(&list, &other);
    patch_apply(conf, &list);
    assert_int_equal(STAILQ_FIRST(&conf->instances)->peer_count, 1);
    assert_false(patch_is_done(conf, &other));
    override_release(&list);
    unit_unload(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_is_added_as_another_one_is),
        cmocka_unit_test(test_servers_and_peers_go),
        cmocka_unit_test(test_what_does_not_fit_is_refused_with_a_reason),
        cmocka_unit_test(test_the_last_peer_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
