/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "../ipvs_fixture.h"
#include "ipvs/kernel_error.h"

#include <errno.h>

static void test_an_error_says_what_comes_next(void **state)
{
    static const struct {
        enum plan_kind kind;
        int error;
        enum kernel_error_class class;
    } rows[] = {
        {PLAN_ADD_SERVICE, EEXIST, KERNEL_ERROR_RACE},
        {PLAN_ADD_SERVICE, ENOENT, KERNEL_ERROR_FATAL}, /* no such scheduler */
        {PLAN_ADD_DESTINATION, EEXIST, KERNEL_ERROR_RACE},
        {PLAN_ADD_DESTINATION, ESRCH, KERNEL_ERROR_RACE},
        {PLAN_ADD_DESTINATION, EINVAL, KERNEL_ERROR_FATAL},
        {PLAN_EDIT_SERVICE, ESRCH, KERNEL_ERROR_RACE},
        {PLAN_EDIT_SERVICE, ENOENT, KERNEL_ERROR_FATAL},
        {PLAN_EDIT_DESTINATION, ENOENT, KERNEL_ERROR_RACE},
        {PLAN_EDIT_DESTINATION, ESRCH, KERNEL_ERROR_RACE},
        {PLAN_REMOVE_DESTINATION, ENOENT, KERNEL_ERROR_GONE},
        {PLAN_REMOVE_DESTINATION, ESRCH, KERNEL_ERROR_GONE},
        {PLAN_REMOVE_SERVICE, ESRCH, KERNEL_ERROR_GONE},
        {PLAN_REMOVE_SERVICE, EPERM, KERNEL_ERROR_FATAL},
        {PLAN_SET_TIMEOUTS, EINVAL, KERNEL_ERROR_FATAL},
        {PLAN_ADD_DESTINATION, ENOBUFS, KERNEL_ERROR_RACE},
        {PLAN_FLUSH, ENOBUFS, KERNEL_ERROR_RACE},
        {PLAN_START_DAEMON, EEXIST, KERNEL_ERROR_RACE},
        {PLAN_START_DAEMON, ENODEV, KERNEL_ERROR_FATAL},
        {PLAN_STOP_DAEMON, ESRCH, KERNEL_ERROR_GONE},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_fact(kernel_error_class(rows[i].kind, -rows[i].error) == rows[i].class,
                    "kind %d, error %d", (int)rows[i].kind, rows[i].error);
    }
}

static struct plan_operation given(enum plan_kind kind, const char *server, uint32_t forward,
                                   uint8_t tunnel)
{
    struct plan_operation operation = {.kind = kind,
                                       .service = fixture_service_key("tcp 10.0.0.1 80")};

    if (plan_kind_is_of_destination(kind)) {
        operation.server = fixture_server_key(server, 80);
        operation.destination_settings.forward = forward;
        operation.destination_settings.tunnel.type = tunnel;
    } else {
        memcpy(operation.service_settings.scheduler, "twos", sizeof("twos"));
    }
    return operation;
}

static void test_an_error_says_what_to_do(void **state)
{
    static const struct {
        enum plan_kind kind;
        int error;
        const char *server;
        uint32_t forward;
        uint8_t tunnel;
        const char *says;
    } rows[] = {
        {PLAN_ADD_SERVICE, ENOENT, "", 0, 0, "\"twos\": is the module ip_vs_twos installed"},
        {PLAN_EDIT_SERVICE, ENOENT, "", 0, 0, "ip_vs_twos"},
        {PLAN_ADD_SERVICE, EPERM, "", 0, 0, "CAP_NET_ADMIN"},
        {PLAN_REMOVE_SERVICE, EPERM, "", 0, 0, "CAP_NET_ADMIN"},
        {PLAN_ADD_SERVICE, EAFNOSUPPORT, "", 0, 0, "CONFIG_IP_VS_IPV6"},
        {PLAN_ADD_SERVICE, EEXIST, "", 0, 0, "somebody else added it"},
        {PLAN_ADD_DESTINATION, EINVAL, "10.0.0.2", 0, 0, "ip link set lo up"},
        {PLAN_ADD_DESTINATION, EINVAL, "fe80::1", 2, 0, "cannot be used while the connection sync"},
        {PLAN_ADD_DESTINATION, EINVAL, "2001:db8::1", 0, 0, "needs the forwarding method TUN"},
        {PLAN_ADD_DESTINATION, EINVAL, "10.0.0.2", 2, 1, "a GUE tunnel needs a port"},
        {PLAN_ADD_DESTINATION, ERANGE, "10.0.0.2", 0, 0, "threshold"},
        {PLAN_EDIT_DESTINATION, ENOENT, "10.0.0.2", 0, 0, "somebody else removed it"},
        {PLAN_ADD_DESTINATION, ESRCH, "10.0.0.2", 0, 0, "its service is not in the kernel"},
        {PLAN_ADD_DESTINATION, ENOMEM, "10.0.0.2", 0, 0, "out of memory"},
        {PLAN_START_DAEMON, ENODEV, "", 0, 0, "no such interface"},
        {PLAN_START_DAEMON, ENETUNREACH, "", 0, 0, "is down"},
        {PLAN_START_DAEMON, EINVAL, "", 0, 0, "of the other address family"},
        {PLAN_START_DAEMON, EEXIST, "", 0, 0, "somebody else started one"},
        {PLAN_ADD_DESTINATION, EXDEV, "10.0.0.2", 0, 0, "Invalid cross-device link"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct plan_operation operation =
            given(rows[i].kind, rows[i].server, rows[i].forward, rows[i].tunnel);
        char text[KERNEL_ERROR_TEXT_SIZE];

        (void)kernel_error_text(text, &operation, -rows[i].error);
        assert_fact(strstr(text, rows[i].says), "row %zu: \"%s\" does not say \"%s\"", i, text,
                    rows[i].says);
        assert_fact(strlen(text) < sizeof(text) - 1, "row %zu is cut: \"%s\"", i, text);
    }
}

static void test_a_link_local_server_is_named_as_such(void **state)
{
    struct plan_operation operation = given(PLAN_ADD_DESTINATION, "fe80::1", 0, 0);
    char text[KERNEL_ERROR_TEXT_SIZE];

    (void)state;
    operation.service = fixture_service_key("tcp 2001:db8::1 80");
    assert_non_null(strstr(kernel_error_text(text, &operation, -EINVAL), "link-local"));
}

static void test_a_missing_engine_is_named_beside_the_scheduler(void **state)
{
    struct plan_operation operation = given(PLAN_ADD_SERVICE, "", 0, 0);
    char text[KERNEL_ERROR_TEXT_SIZE];

    (void)state;
    memcpy(operation.service_settings.engine, "sip", sizeof("sip"));
    (void)kernel_error_text(text, &operation, -ENOENT);
    assert_non_null(strstr(text, "ip_vs_twos"));
    assert_non_null(strstr(text, "ip_vs_pe_sip"));
    /* Even the longest names leave the text whole. */
    memset(operation.service_settings.scheduler, 'x',
           sizeof(operation.service_settings.scheduler) - 1);
    memset(operation.service_settings.engine, 'y', sizeof(operation.service_settings.engine) - 1);
    (void)kernel_error_text(text, &operation, -ENOENT);
    assert_int_equal(text[strlen(text) - 1], ')');
}

static void test_an_absent_kernel_side_has_a_cure(void **state)
{
    static const struct {
        int error;
        const char *says;
    } rows[] = {
        {ENOENT, "modprobe ip_vs"},           {EPERM, "CAP_NET_ADMIN"},
        {EAFNOSUPPORT, "AF_NETLINK"},         {EMFILE, "LimitNOFILE"},
        {EPROTONOSUPPORT, "generic netlink"}, {EIO, "Input/output error"},
    };
    char text[KERNEL_ERROR_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_fact(strstr(kernel_error_unavailable_text(text, -rows[i].error), rows[i].says),
                    "\"%s\" does not say \"%s\"", text, rows[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_error_says_what_comes_next),
        cmocka_unit_test(test_an_error_says_what_to_do),
        cmocka_unit_test(test_a_link_local_server_is_named_as_such),
        cmocka_unit_test(test_a_missing_engine_is_named_beside_the_scheduler),
        cmocka_unit_test(test_an_absent_kernel_side_has_a_cure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
