/* SPDX-License-Identifier: Apache-2.0
 *
 * How adverts travel: old checksums, receive buffers, IGMP.
 */
#include "unit_parser.h"

#define INSTANCE                                                                                   \
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nversion 3\n"                          \
    "virtual_ipaddress { 192.0.2.1 }\n"

static void test_receive_buffers_are_read(void **state)
{
    static const struct {
        const char *global;
        const char *own;
        enum conf_receive_policy policy;
        uint32_t bytes;
        uint32_t multiplier;
        uint32_t receive_buffer;
    } rows[] = {
        {"", "", CONF_RECEIVE_AMPLE, 0, 3, 0},
        {"vrrp_rx_bufs_policy MTU", "", CONF_RECEIVE_MTU, 0, 3, 0},
        {"vrrp_rx_bufs_policy mtu\nvrrp_rx_bufs_multiplier 7", "", CONF_RECEIVE_MTU, 0, 7, 0},
        {"vrrp_rx_bufs_policy Advert", "kernel_rx_buf_size 4096", CONF_RECEIVE_ADVERT, 0, 3, 4096},
        {"vrrp_rx_bufs_policy 4294967295", "kernel_rx_buf_size 0", CONF_RECEIVE_BYTES, UINT32_MAX,
         3, 0},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char text[512];
        struct unit_load load;
        const struct conf_receive_buffers *buffers;

        (void)snprintf(text, sizeof(text), "global_defs {\n%s\n}\n" INSTANCE "%s\n}\n",
                       rows[i].global, rows[i].own);
        load = unit_load_clean(text);
        buffers = &load.conf->global.receive_buffers;
        assert_fact(buffers->policy == rows[i].policy, "row %zu: policy %u", i, buffers->policy);
        assert_fact(buffers->bytes == rows[i].bytes, "row %zu: %u bytes", i, buffers->bytes);
        assert_int_equal(buffers->multiplier, rows[i].multiplier);
        assert_int_equal(STAILQ_FIRST(&load.conf->instances)->receive_buffer,
                         rows[i].receive_buffer);
        unit_unload(&load);
    }
}

static void test_old_checksums_and_igmp_are_read(void **state)
{
    static const struct {
        const char *global;
        const char *own;
        enum conf_old_checksum old;
        bool silent;
    } rows[] = {
        {"", "", CONF_OLD_CHECKSUM_DETECT, false},
        {"disable_local_igmp", "old_unicast_checksum", CONF_OLD_CHECKSUM_ALWAYS, true},
        {"", "old_unicast_checksum never", CONF_OLD_CHECKSUM_NEVER, false},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char text[512];
        struct unit_load load;

        (void)snprintf(text, sizeof(text),
                       "global_defs {\n%s\n}\n" INSTANCE "unicast_peer { 192.0.2.9 }\n%s\n}\n",
                       rows[i].global, rows[i].own);
        load = unit_load_clean(text);
        assert_int_equal(STAILQ_FIRST(&load.conf->instances)->old_checksum, rows[i].old);
        assert_int_equal(load.conf->global.no_local_igmp, rows[i].silent);
        unit_unload(&load);
    }
}

static void test_what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"global_defs {\n vrrp_rx_bufs_policy some\n}\n",
         "t.conf:2:22: error: vrrp_rx_bufs_policy takes MTU, ADVERT or a number of bytes, not "
         "\"some\""},
        {"global_defs {\n vrrp_rx_bufs_policy 0\n}\n", "t.conf:2:22: error: vrrp_rx_bufs_policy 0"},
        {"global_defs {\n vrrp_rx_bufs_policy\n}\n", "t.conf:2:2: error: vrrp_rx_bufs_policy"},
        {"global_defs {\n vrrp_rx_bufs_multiplier 0\n}\n",
         "t.conf:2:26: error: vrrp_rx_bufs_multiplier 0 is outside 1..4294967295"},
        {INSTANCE " old_unicast_checksum always\n}\n",
         "error: old_unicast_checksum \"always\" must be never, or nothing to send that checksum"},
        {INSTANCE " kernel_rx_buf_size 4294967296\n}\n",
         "error: kernel_rx_buf_size 4294967296 is outside 0..4294967295"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct unit_load load = unit_load(rows[i].text);

        assert_null(load.conf);
        assert_fact(strstr(load.shown.data, rows[i].says) != NULL, "%s\n%s", rows[i].says,
                    load.shown.data);
        unit_unload(&load);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receive_buffers_are_read),
        cmocka_unit_test(test_old_checksums_and_igmp_are_read),
        cmocka_unit_test(test_what_is_wrong_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
