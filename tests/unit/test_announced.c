/* SPDX-License-Identifier: Apache-2.0
 *
 * announce_when: what a file may say, and whether an address is to be here.
 */
#include "unit_parser.h"

#include "net/announced_decide.h"

#include <linux/if_addr.h>
#include <string.h>

#define SERVER(where, words, server)                                                               \
    "virtual_server " where " {\n lb_algo mh\n lb_kind DR\n protocol TCP\n " words                 \
    "\n real_server " server " { }\n}\n"
#define SERVICE(where, words) SERVER(where, words, "10.1.0.1 80")

/* ---- What a file may say ----------------------------------------------------------------------- */

static void test_an_address_has_all_services_that_say_when_it_is_here(void **state)
{
    struct unit_load load = unit_load(
        "virtual_server_group web { 10.0.0.1-2 80\n 10.0.0.2 443\n fwmark 9\n }\n" SERVER(
            "group web", "ip_family inet\n announce_when up", "10.1.0.1")
            SERVER("10.0.0.2 81", "announce_when always", "10.1.0.1 81")
                SERVER("10.0.0.2 82", "", "10.1.0.1 82")
                    SERVER("2001:db8::1 80", "announce_when up dev eth9", "2001:db8:1::1 80"));
    static const struct {
        const char *address;
        const char *device;
        unsigned announcers;
        uint32_t flags;
    } rows[] = {{"10.0.0.1", "lo", 1, 0},
                {"10.0.0.2", "lo", 3, 0},
                {"2001:db8::1", "eth9", 1, IFA_F_NODAD}};
    const struct conf_announced *announced;
    size_t i = 0;

    (void)state;
    assert_fact(load.conf != NULL, "%s", load.shown.data);
    STAILQ_FOREACH(announced, &load.conf->announced, next) {
        const struct conf_announcer *announcer;
        char text[INET_ADDR_TEXT_SIZE];
        unsigned count = 0;

        STAILQ_FOREACH(announcer, &announced->announcers, next) {
            assert_true(inet_equal(&announcer->member->addr, &announced->address.prefix.addr));
            count++;
        }
        assert_true(i < UNIT_COUNT(rows));
        assert_string_equal(inet_text(text, &announced->address.prefix.addr), rows[i].address);
        assert_string_equal(announced->address.device, rows[i].device);
        assert_int_equal(announced->address.prefix.length, strchr(text, ':') ? 128 : 32);
        assert_int_equal(announced->address.flags, rows[i].flags);
        assert_int_equal(count, rows[i].announcers);
        i++;
    }
    assert_int_equal(i, UNIT_COUNT(rows));
    unit_unload(&load);
}

static void test_what_cannot_be_announced_is_told(void **state)
{
    static const struct {
        const char *file;
        const char *said; /* NULL: nothing */
    } rows[] = {
        {SERVICE("10.0.0.1 80", "announce_when up"), NULL},
        {SERVICE("10.0.0.1 80", "announce_when always\n ha_suspend"), NULL},
        {SERVICE("10.0.0.1 80", "announce_when sometimes"),
         "announce_when takes up or always, not \"sometimes\""},
        {SERVICE("10.0.0.1 80", "announce_when up eth9"),
         "announce_when has no word \"eth9\"; it takes dev INTERFACE behind up"},
        {SERVICE("10.0.0.1 80", "announce_when up dev"), "dev"},
        {SERVICE("10.0.0.1 80", "announce_when up dev a/b"), "a/b"},
        {SERVICE("10.0.0.1 80", "announce_when up\n ha_suspend"),
         "announce_when up waits for the checks, and with ha_suspend these wait for the address"},
        {"virtual_server fwmark 9 {\n lb_algo mh\n lb_kind DR\n announce_when up\n real_server "
         "10.1.0.1 { }\n}\n",
         "announce_when needs an address, and a fwmark service has none"},
        {"net_namespace_ipvs other\n" SERVICE("10.0.0.1 80", "announce_when up"),
         "net_namespace_ipvs has the services elsewhere"},
        {SERVICE("10.0.0.1 80", "announce_when up")
             SERVICE("10.0.0.1 81", "announce_when up dev eth9"),
         "announce_when puts 10.0.0.1 on eth9 here and on lo elsewhere; name one interface"},
        {SERVICE("10.0.0.1 80", "announce_when up") "static_ipaddress { 10.0.0.1/24 dev eth9 }\n",
         "10.0.0.1 is a static address, too"},
        {SERVICE("10.0.0.1 80", "announce_when up") "vrrp_instance VI_1 {\n interface eth9\n "
                                                    "virtual_router_id 5\n priority 100\n "
                                                    "virtual_ipaddress { 10.0.0.1/24 }\n}\n",
         "10.0.0.1 is an address of the vrrp_instance VI_1, too"},
        {"virtual_server 10.0.0.1 80 {\n lb_algo rr\n lb_kind DR\n protocol TCP\n announce_when "
         "up\n real_server 10.1.0.1 80 { }\n}\n",
         "with lb_algo rr each director would choose another server"},
        {"global_defs { lvs_sync_daemon eth9 }\nvirtual_server 10.0.0.1 80 {\n lb_algo rr\n lb_kind "
         "DR\n protocol TCP\n announce_when up\n real_server 10.1.0.1 80 { }\n}\n",
         NULL},
        /* The address is held, though not by an instance. */
        {"vrrp_instance VI_1 {\n interface eth9\n virtual_router_id 5\n priority 100\n "
         "virtual_ipaddress { 10.0.0.2/24 }\n}\n" SERVICE("10.0.0.1 80", "announce_when up"),
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct unit_load load = unit_load(rows[i].file);
        const char *shown = load.shown.data ? load.shown.data : "";

        if (rows[i].said) {
            assert_fact(strstr(shown, rows[i].said) != NULL, "%s\n%s", rows[i].file, shown);
        } else {
            assert_fact(load.conf && !*shown, "%s\n%s", rows[i].file, shown);
        }
        unit_unload(&load);
    }
}

/* ---- Decisions --------------------------------------------------------------------------------- */

/* What is known of services by their names: "0" is the best view. */
static enum announced_view view_of(void *argument, const struct conf_announcer *announcer)
{
    (void)argument;
    return (enum announced_view)(announcer->service->name[0] - '0');
}

static void test_the_worst_service_decides_and_what_is_not_known_changes_nothing(void **state)
{
    static const struct {
        const char *views[3]; /* of services: enum announced_view; NULL: no more */
        bool is_on;
        bool adopted;
        bool on;
        unsigned worst; /* the index of the service that is named */
    } rows[] = {
        {{"0"}, false, false, true, 0},
        {{"0", "0", "0"}, false, false, true, 0},
        {{"0", "4", "0"}, true, false, false, 1}, /* one without quorum is enough */
        {{"0", "4", "4"}, true, true, false, 1},
        {{"3", "0"}, true, true, false, 0}, /* not in the kernel */
        {{"3", "4"}, true, true, false, 1},
        {{"1", "0"}, false, false, false, 0}, /* assumed: it waits, or stays */
        {{"1", "0"}, true, false, true, 0},
        {{"1", "4"}, true, false, false, 1},
        {{"2"}, false, true, false, 0}, /* awaited: what an earlier run left stays */
        {{"2"}, true, true, true, 0},
        {{"2"}, true, false, false, 0},
        {{"1", "2"}, true, true, true, 1},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct conf_announced announced = {0};
        struct conf_virtual_server services[3] = {0};
        struct conf_announcer announcers[3] = {0};
        struct announced_verdict verdict;

        STAILQ_INIT(&announced.announcers);
        for (size_t k = 0; k < 3 && rows[i].views[k]; k++) {
            services[k].name = rows[i].views[k];
            announcers[k].service = &services[k];
            STAILQ_INSERT_TAIL(&announced.announcers, &announcers[k], next);
        }
        verdict = announced_decide(&announced, view_of, NULL, rows[i].is_on, rows[i].adopted);
        assert_fact(verdict.on == rows[i].on, "row %zu", i);
        assert_fact(verdict.service == &services[rows[i].worst], "row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_address_has_all_services_that_say_when_it_is_here),
        cmocka_unit_test(test_what_cannot_be_announced_is_told),
        cmocka_unit_test(test_the_worst_service_decides_and_what_is_not_known_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
