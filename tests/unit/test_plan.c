/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "../ipvs_fixture.h"
#include "ipvs/plan.h"

/* A service with a scheduler and servers 192.0.2.1..count, weight 1 each. */
static struct table_service *given_service(struct table *table, const char *key,
                                           const char *scheduler, unsigned count)
{
    const struct conf_service_key service_key = fixture_service_key(key);
    struct table_service *service = table_put_service(table, &service_key);

    (void)snprintf(service->settings.scheduler, sizeof(service->settings.scheduler), "%s",
                   scheduler);
    for (unsigned i = 1; i <= count; i++) {
        const struct conf_server_key server = {.addr = fixture_ipv4(0xc0000200 + i), .port = 80};

        table_put_destination(service, &server)->settings.weight = 1;
    }
    return service;
}

static struct table_destination *server_of(struct table_service *service, unsigned number)
{
    const struct conf_server_key key = {.addr = fixture_ipv4(0xc0000200 + number), .port = 80};
    struct table_destination *destination = table_find_destination(service, &key);

    assert_non_null(destination);
    return destination;
}

static bool tables_equal(const struct table *a, const struct table *b)
{
    struct table nothing = {0};
    struct plan plan = {0};
    bool equal;

    plan_diff(&plan, a, b, &nothing);
    plan_diff_timeouts(&plan, &a->timeouts, &b->timeouts);
    equal = plan_count(&plan) == 0 && table_count_services(a) == table_count_services(b);
    plan_release(&plan);
    return equal;
}

static void assert_kinds(const struct plan *plan, const enum plan_kind *kinds, size_t count)
{
    assert_int_equal(plan_count(plan), count);
    for (size_t i = 0; i < count; i++) {
        assert_fact(plan_at(plan, i)->kind == kinds[i], "operation %zu is of kind %d, not %d", i,
                    (int)plan_at(plan, i)->kind, (int)kinds[i]);
    }
}

static void test_equal_tables_need_nothing(void **state)
{
    struct table actual = {0};
    struct table wanted = {0};
    struct table retired = {0};
    struct plan plan = {0};

    (void)state;
    plan_diff(&plan, &actual, &wanted, &retired);
    assert_int_equal(plan_count(&plan), 0);
    (void)given_service(&actual, "tcp 10.0.0.1 80", "rr", 3);
    (void)given_service(&wanted, "tcp 10.0.0.1 80", "rr", 3);
    server_of(table_find_service(&actual, &wanted.services->key), 2)->connections.active = 7;
    actual.services->counters.value[TABLE_CONNECTIONS] = 100; /* what is counted makes no change */
    plan_diff(&plan, &actual, &wanted, &retired);
    plan_diff_timeouts(&plan, &actual.timeouts, &wanted.timeouts);
    assert_int_equal(plan_count(&plan), 0);
    plan_release(&plan);
    table_release(&actual);
    table_release(&wanted);
}

static void test_a_new_service_comes_before_its_servers(void **state)
{
    static const enum plan_kind kinds[] = {PLAN_ADD_SERVICE, PLAN_ADD_DESTINATION,
                                           PLAN_ADD_DESTINATION};
    struct table actual = {0};
    struct table wanted = {0};
    struct table retired = {0};
    struct plan plan = {0};

    (void)state;
    (void)given_service(&wanted, "tcp 10.0.0.1 80", "rr", 2);
    plan_diff(&plan, &actual, &wanted, &retired);
    assert_kinds(&plan, kinds, UNIT_COUNT(kinds));
    assert_string_equal(plan_at(&plan, 0)->service_settings.scheduler, "rr");
    assert_int_equal(plan_at(&plan, 1)->destination_settings.weight, 1);
    assert_memory_equal(&plan_at(&plan, 2)->server, &server_of(wanted.services, 2)->key,
                        sizeof(struct conf_server_key));
    plan_release(&plan);
    table_release(&wanted);
}

static void test_a_plan_makes_before_it_breaks(void **state)
{
    static const enum plan_kind kinds[] = {
        PLAN_SET_TIMEOUTS,     PLAN_ADD_SERVICE,        PLAN_ADD_DESTINATION,
        PLAN_ADD_DESTINATION,  PLAN_EDIT_SERVICE,       PLAN_EDIT_DESTINATION,
        PLAN_EDIT_DESTINATION, PLAN_REMOVE_DESTINATION, PLAN_REMOVE_SERVICE,
    };
    struct table actual = {.timeouts = {900, 120, 300}};
    struct table first = {.timeouts = {100, 0, 0}};
    struct table second = {0};
    struct table retired = {0};
    struct table nothing = {0};
    struct table_service *service;
    struct plan plan = {0};

    (void)state;
    (void)given_service(&actual, "tcp 10.0.0.1 80", "rr", 2);
    (void)given_service(&actual, "tcp 10.0.0.2 80", "rr", 2);
    (void)given_service(&actual, "tcp 10.0.0.3 80", "rr", 5);
    (void)given_service(&retired, "tcp 10.0.0.3 80", "rr", 0);

    service = given_service(&first, "tcp 10.0.0.1 80", "rr", 3); /* one added, one edited, */
    server_of(service, 1)->settings.weight = 9;
    table_remove_destination(service, server_of(service, 2)); /* one removed */
    service = given_service(&second, "tcp 10.0.0.2 80", "wrr", 2);
    server_of(service, 2)->settings.weight = 0;
    (void)given_service(&second, "udp 10.0.0.2 80", "rr", 1);

    /* In pieces and in whatever order: the plan keeps its own. */
    plan_diff(&plan, &actual, &nothing, &retired);
    plan_diff(&plan, &actual, &first, &nothing);
    plan_diff(&plan, &actual, &second, &nothing);
    plan_diff_timeouts(&plan, &actual.timeouts, &first.timeouts);
    assert_kinds(&plan, kinds, UNIT_COUNT(kinds));
    plan_release(&plan);
    table_release(&actual);
    table_release(&first);
    table_release(&second);
    table_release(&retired);
}

static void change_scheduler(struct table_service *service)
{
    memcpy(service->settings.scheduler, "wlc", sizeof("wlc"));
}

static void change_engine(struct table_service *service)
{
    memcpy(service->settings.engine, "sip", sizeof("sip"));
}

static void change_flags(struct table_service *service)
{
    service->settings.flags |= IP_VS_SVC_F_ONEPACKET;
}

static void change_timeout(struct table_service *service)
{
    service->settings.timeout_s = 50;
}

static void change_netmask(struct table_service *service)
{
    service->settings.netmask = 0x00ffffff;
}

static void change_forward(struct table_service *service)
{
    server_of(service, 1)->settings.forward = IP_VS_CONN_F_TUNNEL;
}

static void change_weight(struct table_service *service)
{
    server_of(service, 1)->settings.weight = 0;
}

static void change_upper(struct table_service *service)
{
    server_of(service, 1)->settings.upper_threshold = 1;
}

static void change_lower(struct table_service *service)
{
    server_of(service, 1)->settings.lower_threshold = 1;
}

static void change_tunnel(struct table_service *service)
{
    server_of(service, 1)->settings.tunnel.type = IP_VS_CONN_F_TUNNEL_TYPE_GRE;
}

static void test_one_changed_attribute_is_one_edit(void **state)
{
    static const struct {
        const char *what;
        void (*change)(struct table_service *);
        enum plan_kind kind;
    } rows[] = {
        {"scheduler", change_scheduler, PLAN_EDIT_SERVICE},
        {"engine", change_engine, PLAN_EDIT_SERVICE},
        {"flags", change_flags, PLAN_EDIT_SERVICE},
        {"timeout", change_timeout, PLAN_EDIT_SERVICE},
        {"netmask", change_netmask, PLAN_EDIT_SERVICE},
        {"forwarding", change_forward, PLAN_EDIT_DESTINATION},
        {"weight", change_weight, PLAN_EDIT_DESTINATION},
        {"upper threshold", change_upper, PLAN_EDIT_DESTINATION},
        {"lower threshold", change_lower, PLAN_EDIT_DESTINATION},
        {"tunnel", change_tunnel, PLAN_EDIT_DESTINATION},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct table actual = {0};
        struct table wanted = {0};
        struct table retired = {0};
        struct plan plan = {0};

        (void)given_service(&actual, "tcp 10.0.0.1 80", "rr", 3);
        rows[i].change(given_service(&wanted, "tcp 10.0.0.1 80", "rr", 3));
        plan_diff(&plan, &actual, &wanted, &retired);
        assert_fact(plan_count(&plan) == 1, "%s: %zu operations", rows[i].what, plan_count(&plan));
        assert_fact(plan_at(&plan, 0)->kind == rows[i].kind, "%s: kind %d", rows[i].what,
                    (int)plan_at(&plan, 0)->kind);
        plan_apply(&actual, plan_at(&plan, 0));
        assert_fact(tables_equal(&actual, &wanted), "%s: applied, and not as wanted", rows[i].what);
        plan_release(&plan);
        table_release(&actual);
        table_release(&wanted);
    }
}

static void test_the_same_server_in_two_services_is_two(void **state)
{
    struct table actual = {0};
    struct table wanted = {0};
    struct table retired = {0};
    struct plan plan = {0};

    (void)state;
    (void)given_service(&actual, "tcp 10.0.0.1 80", "rr", 1);
    (void)given_service(&actual, "udp 10.0.0.1 80", "rr", 1);
    (void)given_service(&wanted, "tcp 10.0.0.1 80", "rr", 1);
    change_weight(given_service(&wanted, "udp 10.0.0.1 80", "rr", 1));
    plan_diff(&plan, &actual, &wanted, &retired);
    assert_int_equal(plan_count(&plan), 1);
    assert_int_equal(plan_at(&plan, 0)->service.protocol, IPPROTO_UDP);
    plan_release(&plan);
    table_release(&actual);
    table_release(&wanted);
}

static void test_foreign_services_are_left_alone(void **state)
{
    struct table actual = {0};
    struct table wanted = {0};
    struct table retired = {0};
    struct plan plan = {0};

    (void)state;
    (void)given_service(&actual, "tcp 10.0.0.1 80", "rr", 3); /* foreign */
    (void)given_service(&actual, "tcp 10.0.0.2 80", "rr", 3); /* ours, and wanted as it is */
    (void)given_service(&actual, "fwmark 7 inet", "rr", 3);   /* foreign too */
    (void)given_service(&wanted, "tcp 10.0.0.2 80", "rr", 3);
    (void)given_service(&retired, "tcp 10.0.0.9 80", "rr", 0); /* ours, and gone already */
    plan_diff(&plan, &actual, &wanted, &retired);
    assert_int_equal(plan_count(&plan), 0);
    plan_release(&plan);
    table_release(&actual);
    table_release(&wanted);
    table_release(&retired);
}

static void test_a_server_added_by_hand_to_a_service_of_ours_goes(void **state)
{
    static const enum plan_kind kinds[] = {PLAN_REMOVE_DESTINATION};
    struct table actual = {0};
    struct table wanted = {0};
    struct table retired = {0};
    struct plan plan = {0};

    (void)state;
    (void)given_service(&actual, "tcp 10.0.0.1 80", "rr", 4);
    (void)given_service(&wanted, "tcp 10.0.0.1 80", "rr", 3);
    plan_diff(&plan, &actual, &wanted, &retired);
    assert_kinds(&plan, kinds, UNIT_COUNT(kinds));
    assert_memory_equal(&plan_at(&plan, 0)->server, &server_of(actual.services, 4)->key,
                        sizeof(struct conf_server_key));
    plan_release(&plan);
    table_release(&actual);
    table_release(&wanted);
}

static void test_a_retired_service_goes_as_a_whole_unless_it_is_wanted(void **state)
{
    static const enum plan_kind kinds[] = {PLAN_REMOVE_SERVICE};
    struct table actual = {0};
    struct table wanted = {0};
    struct table retired = {0};
    struct plan plan = {0};

    (void)state;
    (void)given_service(&actual, "tcp 10.0.0.1 80", "rr", 3);
    (void)given_service(&actual, "tcp 10.0.0.2 80", "rr", 3);
    (void)given_service(&wanted, "tcp 10.0.0.1 80", "rr", 3);
    (void)given_service(&retired, "tcp 10.0.0.1 80", "rr", 0);
    (void)given_service(&retired, "tcp 10.0.0.2 80", "rr", 0);
    plan_diff(&plan, &actual, &wanted, &retired);
    assert_kinds(&plan, kinds, UNIT_COUNT(kinds));
    assert_int_equal(plan_at(&plan, 0)->service.addr.bytes[3], 2);
    plan_release(&plan);
    table_release(&actual);
    table_release(&wanted);
    table_release(&retired);
}

static void test_only_timeouts_that_differ_are_set(void **state)
{
    static const struct {
        struct conf_ipvs_timeouts actual;
        struct conf_ipvs_timeouts wanted;
        struct conf_ipvs_timeouts set;
    } rows[] = {
        {{900, 120, 300}, {0, 0, 0}, {0, 0, 0}},
        {{900, 120, 300}, {900, 120, 300}, {0, 0, 0}},
        {{900, 120, 300}, {900, 60, 0}, {0, 60, 0}},
        {{900, 120, 300}, {1, 2, 3}, {1, 2, 3}},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct plan plan = {0};
        struct table table = {.timeouts = rows[i].actual};
        bool set = rows[i].set.tcp_s || rows[i].set.tcp_fin_s || rows[i].set.udp_s;

        plan_diff_timeouts(&plan, &rows[i].actual, &rows[i].wanted);
        assert_fact(plan_count(&plan) == set, "row %zu: %zu operations", i, plan_count(&plan));
        if (set) {
            assert_memory_equal(&plan_at(&plan, 0)->timeouts, &rows[i].set, sizeof(rows[i].set));
            plan_apply(&table, plan_at(&plan, 0));
        }
        plan_release(&plan);
        plan_diff_timeouts(&plan, &table.timeouts, &rows[i].wanted);
        assert_int_equal(plan_count(&plan), 0);
    }
}

static void test_a_flush_comes_first_and_leaves_the_timeouts(void **state)
{
    struct table actual = {.timeouts = {900, 120, 300}};
    struct table wanted = {0};
    struct table retired = {0};
    struct plan plan = {0};

    (void)state;
    (void)given_service(&actual, "tcp 10.0.0.1 80", "rr", 3);
    (void)given_service(&wanted, "tcp 10.0.0.2 80", "rr", 0);
    plan_diff(&plan, &actual, &wanted, &retired);
    plan_flush(&plan);
    assert_int_equal(plan_at(&plan, 0)->kind, PLAN_FLUSH);
    plan_apply(&actual, plan_at(&plan, 0));
    assert_int_equal(table_count_services(&actual), 0);
    assert_int_equal(actual.timeouts.udp_s, 300);
    plan_release(&plan);
    table_release(&wanted);
}

/* ---- Any table, from any table ----------------------------------------------------------------- */

static uint32_t random_next(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*random >> 33);
}

static void random_settings(uint64_t *random, struct table_service *service)
{
    static const char *const schedulers[] = {"rr", "wrr", "lc"};

    (void)snprintf(service->settings.scheduler, sizeof(service->settings.scheduler), "%s",
                   schedulers[random_next(random) % UNIT_COUNT(schedulers)]);
    service->settings.flags = random_next(random) % 4;
    service->settings.netmask = random_next(random) % 2;
}

static void random_table(uint64_t *random, struct table *table)
{
    unsigned services = random_next(random) % 12;

    for (unsigned i = 0; i < services; i++) {
        const struct inet_addr addr = fixture_ipv4(0x0a000000 + random_next(random) % 16);
        const struct conf_service_key key = table_key_of_address(IPPROTO_TCP, &addr, 80);
        struct table_service *service = table_put_service(table, &key);
        unsigned servers = random_next(random) % 6;

        random_settings(random, service);
        for (unsigned j = 0; j < servers; j++) {
            const struct conf_server_key server = {
                .addr = fixture_ipv4(0xc0000200 + random_next(random) % 8), .port = 80};
            struct table_destination *destination = table_put_destination(service, &server);

            destination->settings.weight = random_next(random) % 3;
            destination->settings.forward = random_next(random) % 2;
        }
    }
}

/* Applies a plan, holding on the way that nothing foreign is touched and nothing breaks before. */
static void apply_plan(const struct plan *plan, struct table *actual, const struct table *foreign)
{
    bool removing = false;

    for (size_t i = 0; i < plan_count(plan); i++) {
        const struct plan_operation *operation = plan_at(plan, i);
        bool removes =
            operation->kind == PLAN_REMOVE_DESTINATION || operation->kind == PLAN_REMOVE_SERVICE;

        assert_null(table_find_service(foreign, &operation->service));
        assert_fact(removes || !removing, "operation %zu makes after something was removed", i);
        removing = removes;
        plan_apply(actual, operation);
    }
}

/* What is in `actual` and not in `wanted` is retired or foreign, by chance. */
static void share_out(uint64_t *random, const struct table *actual, const struct table *wanted,
                      struct table *retired, struct table *foreign)
{
    for (struct table_service *service = actual->services; service; service = service->hh.next) {
        if (!table_find_service(wanted, &service->key)) {
            (void)table_put_service(random_next(random) % 2 ? retired : foreign, &service->key);
        }
    }
}

static void test_any_plan_leads_to_what_is_wanted_and_then_to_nothing(void **state)
{
    uint64_t random = 20261123;

    (void)state;
    for (unsigned round = 0; round < 5000; round++) {
        struct table actual = {0};
        struct table wanted = {0};
        struct table retired = {0};
        struct table foreign = {0};
        struct plan plan = {0};

        random_table(&random, &actual);
        random_table(&random, &wanted);
        share_out(&random, &actual, &wanted, &retired, &foreign);
        plan_diff(&plan, &actual, &wanted, &retired);
        apply_plan(&plan, &actual, &foreign);
        for (struct table_service *service = foreign.services; service;
             service = service->hh.next) {
            struct table_service *still = table_find_service(&actual, &service->key);

            assert_non_null(still);
            table_remove_service(&actual, still);
        }
        assert_fact(tables_equal(&actual, &wanted), "round %u: not as wanted", round);
        plan_release(&plan);
        plan_diff(&plan, &actual, &wanted, &retired);
        assert_fact(plan_count(&plan) == 0, "round %u: a second plan is not empty", round);
        plan_release(&plan);
        table_release(&actual);
        table_release(&wanted);
        table_release(&retired);
        table_release(&foreign);
    }
}

/* ---- Sync daemons ------------------------------------------------------------------------------ */

static void test_a_daemon_that_is_to_be_another_is_stopped_and_started(void **state)
{
    const struct table_daemon here = {
        .running = true, .interface = "eth1", .id = 51, .maxlen = 1472, .port = 8848, .ttl = 1};
    struct table_daemon there = here;
    static const struct {
        bool actual;
        bool wanted;
        bool differs;
        unsigned stops;
        unsigned starts;
    } rows[] = {{false, false, false, 0, 0},
                {false, true, false, 0, 1},
                {true, false, false, 1, 0},
                {true, true, false, 0, 0},
                {true, true, true, 1, 1}};

    (void)state;
    there.id = 7;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        for (unsigned role = 0; role < TABLE_DAEMON_ROLES; role++) {
            struct table_daemon wanted[TABLE_DAEMON_ROLES] = {{0}};
            struct table table = {0};
            struct plan plan = {0};

            table.daemons[role] = rows[i].actual ? here : (struct table_daemon){0};
            wanted[role] =
                rows[i].wanted ? rows[i].differs ? there : here : (struct table_daemon){0};
            plan_diff_daemons(&plan, table.daemons, wanted);
            assert_int_equal(plan.lists[PLAN_STOP_DAEMON].count, rows[i].stops);
            assert_int_equal(plan.lists[PLAN_START_DAEMON].count, rows[i].starts);
            for (size_t j = 0; j < plan_count(&plan); j++) {
                assert_int_equal(plan_at(&plan, j)->role, role);
                plan_apply(&table, plan_at(&plan, j));
            }
            assert_memory_equal(table.daemons, wanted, sizeof(wanted));
            plan_release(&plan);
        }
    }
}

static void test_a_daemon_starts_behind_all_services(void **state)
{
    struct table_daemon wanted[TABLE_DAEMON_ROLES] = {{.running = true, .interface = "eth1"}};
    struct table actual = {0};
    struct table services = {0};
    struct table none = {0};
    struct plan plan = {0};
    const struct conf_service_key key = fixture_service_key("tcp 10.0.0.1 80");

    (void)state;
    (void)table_put_service(&services, &key);
    plan_diff_daemons(&plan, actual.daemons, wanted);
    plan_diff(&plan, &actual, &services, &none);
    assert_int_equal(plan_at(&plan, 0)->kind, PLAN_ADD_SERVICE);
    assert_int_equal(plan_at(&plan, 1)->kind, PLAN_START_DAEMON);
    plan_release(&plan);
    table_release(&services);
}

static void test_a_flush_leaves_the_daemons(void **state)
{
    const struct plan_operation flush = {.kind = PLAN_FLUSH};
    struct table table = {0};
    const struct conf_service_key key = fixture_service_key("tcp 10.0.0.1 80");

    (void)state;
    (void)table_put_service(&table, &key);
    table.daemons[TABLE_DAEMON_BACKUP].running = true;
    plan_apply(&table, &flush);
    assert_int_equal(table_count_services(&table), 0);
    assert_true(table.daemons[TABLE_DAEMON_BACKUP].running);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_tables_need_nothing),
        cmocka_unit_test(test_a_new_service_comes_before_its_servers),
        cmocka_unit_test(test_a_plan_makes_before_it_breaks),
        cmocka_unit_test(test_one_changed_attribute_is_one_edit),
        cmocka_unit_test(test_the_same_server_in_two_services_is_two),
        cmocka_unit_test(test_foreign_services_are_left_alone),
        cmocka_unit_test(test_a_server_added_by_hand_to_a_service_of_ours_goes),
        cmocka_unit_test(test_a_retired_service_goes_as_a_whole_unless_it_is_wanted),
        cmocka_unit_test(test_only_timeouts_that_differ_are_set),
        cmocka_unit_test(test_a_flush_comes_first_and_leaves_the_timeouts),
        cmocka_unit_test(test_a_daemon_that_is_to_be_another_is_stopped_and_started),
        cmocka_unit_test(test_a_daemon_starts_behind_all_services),
        cmocka_unit_test(test_a_flush_leaves_the_daemons),
        cmocka_unit_test(test_any_plan_leads_to_what_is_wanted_and_then_to_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
