/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "parser/build.h"
#include "parser/schema.h"

/* How many keywords keepalived 2.4.3 has in each block. */
static const struct {
    enum schema_block block;
    size_t count;
} keyword_counts[] = {
    {SCHEMA_TOP, 25},
    {SCHEMA_GLOBAL_DEFS, 140},
    {SCHEMA_TRACK_GROUP, 1},
    {SCHEMA_SYNC_GROUP, 15},
    {SCHEMA_GARP_GROUP, 4},
    {SCHEMA_INSTANCE, 70},
    {SCHEMA_AUTHENTICATION, 2},
    {SCHEMA_AUTH_HMAC, 5},
    {SCHEMA_SCRIPT, 8},
    {SCHEMA_TRACK_PROCESS, 9},
    {SCHEMA_TRACK_FILE, 3},
    {SCHEMA_VRRP_TRACK_FILE, 3},
    {SCHEMA_SSL, 4},
    {SCHEMA_VIRTUAL_SERVER, 39},
    {SCHEMA_REAL_SERVER, 26},
    {SCHEMA_TCP_CHECK, 13},
    {SCHEMA_HTTP_GET, 20},
    {SCHEMA_HTTP_GET_URL, 10},
    {SCHEMA_SSL_GET, 21},
    {SCHEMA_SSL_GET_URL, 11},
    {SCHEMA_SMTP_CHECK, 15},
    {SCHEMA_SMTP_CHECK_HOST, 13},
    {SCHEMA_DNS_CHECK, 15},
    {SCHEMA_MISC_CHECK, 10},
    {SCHEMA_UDP_CHECK, 17},
    {SCHEMA_PING_CHECK, 13},
    {SCHEMA_FILE_CHECK, 2},
    {SCHEMA_BFD_CHECK, 2},
    {SCHEMA_BFD_INSTANCE, 15},
};

/* Calls a function for each row of each block. */
static void each_row(void (*function)(enum schema_block block, const struct schema_row *row))
{
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        struct schema_block_info info = schema_block(block);

        for (size_t i = 0; i < info.count; i++) {
            function(block, &info.rows[i]);
        }
    }
}

/* Those that keepalived does not know. */
static const enum schema_block own_blocks[] = {SCHEMA_MYSQL_CHECK, SCHEMA_AGENT_CHECK};

static void test_every_keyword_of_keepalived_has_a_row(void **state)
{
    size_t total = 0;

    (void)state;
    assert_int_equal(UNIT_COUNT(keyword_counts) + UNIT_COUNT(own_blocks), SCHEMA_BLOCKS);
    for (size_t i = 0; i < UNIT_COUNT(keyword_counts); i++) {
        struct schema_block_info info = schema_block(keyword_counts[i].block);

        size_t count = 0;

        for (size_t j = 0; j < info.count; j++) {
            count += !(info.rows[j].flags & SCHEMA_OURS);
        }
        assert_fact(count == keyword_counts[i].count, "%s has %zu rows", info.name, count);
        assert_true(info.count <= SCHEMA_BLOCK_ROWS);
        total += count;
    }
    assert_int_equal(total, 531);
}

static void check_text(enum schema_block block, const struct schema_row *row)
{
    const char *name = schema_block(block).name;
    size_t length = strlen(row->help);

    assert_fact(length > 3 && row->help[length - 1] == '.', "%s.%s has no help", name, row->name);
    assert_fact(!strchr(row->help, '\n'), "%s.%s: help of several lines", name, row->name);
    assert_fact((row->since != NULL) == (row->state == SCHEMA_IMPLEMENTED), "%s.%s: since", name,
                row->name);
    assert_fact((row->reason == NULL) == (row->state == SCHEMA_IMPLEMENTED), "%s.%s: reason", name,
                row->name);
    assert_fact(!(row->flags & SCHEMA_FATAL) || row->state == SCHEMA_NOT_SUPPORTED,
                "%s.%s: fatal and supported", name, row->name);
}

static void test_every_row_has_help_and_says_why_it_has_no_effect(void **state)
{
    (void)state;
    each_row(check_text);
}

static void check_syntax(enum schema_block block, const struct schema_row *row)
{
    const char *name = schema_block(block).name;
    struct text_buffer syntax = {0};
    struct text_buffer fallback = {0};

    schema_write_syntax(row, &syntax);
    schema_write_default(row, &fallback);
    assert_fact((syntax.length == 0) == (row->kind == SCHEMA_KIND_FLAG), "%s.%s: syntax \"%s\"",
                name, row->name, syntax.data ? syntax.data : "");
    assert_fact(fallback.length > 0, "%s.%s has no default", name, row->name);
    assert_fact(row->initial != BUILD_UNSET || row->fallback, "%s.%s inherits from where?", name,
                row->name);
    assert_fact(row->kind != SCHEMA_KIND_SPECIAL || row->arguments, "%s.%s: no arguments", name,
                row->name);
    assert_fact(row->kind != SCHEMA_KIND_NUMBER || row->minimum < row->maximum, "%s.%s: range",
                name, row->name);
    assert_fact(row->kind != SCHEMA_KIND_SECONDS ||
                    (row->minimum < row->maximum && row->places < 7),
                "%s.%s: range", name, row->name);
    text_release(&syntax);
    text_release(&fallback);
}

static void test_every_row_has_a_syntax_and_a_default(void **state)
{
    (void)state;
    each_row(check_syntax);
}

/* Which sizes of fields a kind can store in. */
static bool size_fits(const struct schema_row *row)
{
    size_t size = row->target.size;

    switch (row->kind) {
    case SCHEMA_KIND_FLAG:
    case SCHEMA_KIND_BOOL:
        return size == sizeof(bool) || size == sizeof(int64_t);
    case SCHEMA_KIND_NUMBER:
        return size == 1 || size == 2 || size == 4 || size == 8;
    case SCHEMA_KIND_SECONDS:
        return size == sizeof(int64_t);
    case SCHEMA_KIND_CHOICE:
        return size == 1 || size == 4;
    case SCHEMA_KIND_TEXT:
    case SCHEMA_KIND_INTERFACE:
    case SCHEMA_KIND_USER:
        return size == sizeof(const char *);
    case SCHEMA_KIND_ADDRESS:
        return size == sizeof(struct inet_addr);
    case SCHEMA_KIND_SCRIPT:
    case SCHEMA_KIND_COMMAND:
        return size == sizeof(struct conf_script);
    default:
        return true;
    }
}

static void check_target(enum schema_block block, const struct schema_row *row)
{
    struct schema_block_info info = schema_block(block);
    size_t whole = row->target.base == SCHEMA_OBJECT ? info.object_size : info.extra_size;

    if (block == SCHEMA_AUTHENTICATION) {
        whole = sizeof(struct conf_instance); /* it is stored in its vrrp_instance */
    }
    if (block == SCHEMA_SMTP_CHECK_HOST) { /* in its SMTP_CHECK */
        info = schema_block(SCHEMA_SMTP_CHECK);
        whole = row->target.base == SCHEMA_OBJECT ? info.object_size : info.extra_size;
    }
    if (row->state != SCHEMA_IMPLEMENTED) {
        assert_fact(!row->read, "%s.%s: a reader for nothing", info.name, row->name);
        return;
    }
    assert_fact(row->target.base != SCHEMA_NOWHERE || row->read, "%s.%s is stored nowhere",
                info.name, row->name);
    assert_fact(row->read || build_value_reader(row->kind), "%s.%s has no reader", info.name,
                row->name);
    if (row->target.base != SCHEMA_NOWHERE) {
        assert_fact(row->target.size && row->target.offset + row->target.size <= whole,
                    "%s.%s lies outside its structure", info.name, row->name);
        assert_fact(size_fits(row), "%s.%s does not fit a field of %u bytes", info.name, row->name,
                    row->target.size);
    }
    if (row->kind == SCHEMA_KIND_NUMBER && row->target.size < sizeof(int64_t)) {
        assert_fact((uint64_t)row->maximum < UINT64_C(1) << 8 * row->target.size,
                    "%s.%s: its field is too small", info.name, row->name);
    }
}

static void test_every_implemented_row_stores_within_its_structure(void **state)
{
    (void)state;
    each_row(check_target);
}

static void check_found(enum schema_block block, const struct schema_row *row)
{
    struct schema_index *index = schema_index_new();

    assert_ptr_equal(schema_find(index, block, row->name, strlen(row->name)), row);
    schema_index_free(index);
}

static void test_every_row_is_found_in_its_block_and_once(void **state)
{
    struct schema_index *index = schema_index_new();

    (void)state;
    each_row(check_found);
    assert_null(schema_find(index, SCHEMA_TCP_CHECK, "quorum", strlen("quorum")));
    assert_null(schema_find(index, SCHEMA_TOP, "", 0));
    assert_null(schema_find(index, SCHEMA_TOP, "GLOBAL_DEFS", strlen("GLOBAL_DEFS")));
    schema_index_free(index);
}

static void test_blocks_lead_to_blocks(void **state)
{
    bool reached[SCHEMA_BLOCKS] = {[SCHEMA_TOP] = true};

    (void)state;
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        struct schema_block_info info = schema_block(block);

        for (size_t i = 0; i < info.count; i++) {
            if (info.rows[i].opens) {
                struct schema_block_info inner = schema_block(info.rows[i].opens);

                assert_int_equal(info.rows[i].kind, SCHEMA_KIND_BLOCK);
                assert_string_equal(inner.name, info.rows[i].name);
                assert_fact(block == SCHEMA_TOP ? !inner.parent
                                                : strcmp(inner.parent, info.name) == 0,
                            "%s stands in %s", inner.name, info.name);
                reached[info.rows[i].opens] = true;
            }
        }
    }
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        assert_fact(reached[block], "nothing opens %s", schema_block(block).name);
    }
}

static void check_options(enum schema_block block, const struct schema_row *row)
{
    (void)block;
    assert_fact(row->kind == SCHEMA_KIND_LINES || !row->options, "%s has options", row->name);
    for (const struct schema_option *option = row->options; option && option->name; option++) {
        assert_fact(option->help != NULL, "%s of %s has no help", option->name, row->name);
        assert_fact((option->read == NULL) != (option->reason == NULL), "%s of %s: read or reason",
                    option->name, row->name);
    }
}

static void test_options_of_items_are_read_or_say_why_not(void **state)
{
    (void)state;
    each_row(check_options);
}

static void test_syntax_and_defaults_are_made_from_the_row(void **state)
{
    static const struct {
        enum schema_block block;
        const char *keyword;
        const char *syntax;
        const char *fallback;
    } rows[] = {
        {SCHEMA_INSTANCE, "virtual_router_id", "1..255", "none"},
        {SCHEMA_INSTANCE, "advert_int", "0.01..255 seconds", "1"},
        {SCHEMA_INSTANCE, "nopreempt", "", "off"},
        {SCHEMA_INSTANCE, "state", "MASTER or BACKUP", "MASTER with priority 255, else BACKUP"},
        {SCHEMA_INSTANCE, "authentication", "{ ... }", "none"},
        {SCHEMA_GLOBAL_DEFS, "vrrp_garp_master_refresh", "0..4294967295 seconds", "60"},
        {SCHEMA_GLOBAL_DEFS, "vrrp_min_garp", "[on|off]", "off"},
        {SCHEMA_GLOBAL_DEFS, "vrrp_version", "2..3", "2"},
        {SCHEMA_VIRTUAL_SERVER, "protocol", "TCP, UDP or SCTP", "UDP"},
        {SCHEMA_REAL_SERVER, "weight", "0..2147483647", "the virtual server's"},
        {SCHEMA_TCP_CHECK, "connect_timeout", "0.000001..4294.967295 seconds", "the real server's"},
    };
    struct schema_index *index = schema_index_new();

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct schema_row *row =
            schema_find(index, rows[i].block, rows[i].keyword, strlen(rows[i].keyword));
        struct text_buffer out = {0};

        assert_non_null(row);
        text_append(&out, "");
        schema_write_syntax(row, &out);
        assert_string_equal(out.data, rows[i].syntax);
        text_release(&out);
        schema_write_default(row, &out);
        assert_string_equal(out.data, rows[i].fallback);
        text_release(&out);
    }
    assert_string_equal(schema_state_name(SCHEMA_IMPLEMENTED), "implemented");
    assert_string_equal(schema_state_name(SCHEMA_ACCEPTED), "accepted");
    assert_string_equal(schema_state_name(SCHEMA_NOT_SUPPORTED), "not supported");
    schema_index_free(index);
}

static void test_numbers_are_stored_in_fields_of_every_size(void **state)
{
    struct {
        uint8_t a;
        uint16_t b;
        uint32_t c;
        int d;
        int64_t e;
        uint8_t guard;
    } fields = {.guard = 0x5a};
    const struct schema_target targets[] = {
        {SCHEMA_OBJECT, offsetof(__typeof__(fields), a), 1},
        {SCHEMA_OBJECT, offsetof(__typeof__(fields), b), 2},
        {SCHEMA_OBJECT, offsetof(__typeof__(fields), c), 4},
        {SCHEMA_OBJECT, offsetof(__typeof__(fields), d), 4},
        {SCHEMA_OBJECT, offsetof(__typeof__(fields), e), 8},
    };

    (void)state;
    schema_store(&fields, &targets[0], 255);
    schema_store(&fields, &targets[1], 65535);
    schema_store(&fields, &targets[2], UINT32_MAX);
    schema_store(&fields, &targets[3], -253);
    schema_store(&fields, &targets[4], INT64_MAX);
    assert_int_equal(fields.a, 255);
    assert_int_equal(fields.b, 65535);
    assert_int_equal(fields.c, UINT32_MAX);
    assert_int_equal(fields.d, -253);
    assert_true(fields.e == INT64_MAX);
    assert_int_equal(fields.guard, 0x5a);
}

/* What is not there is in global_defs: SNMP, D-Bus, and these. */
static void check_supported(enum schema_block block, const struct schema_row *row)
{
    static const char *const missing[] = {"nftables_ipvs", "nftables_ipvs_priority",
                                          "nftables_ipvs_start_fwmark", "config_save_dir",
                                          "json_version"};
    bool expected = strncmp(row->name, "snmp_", 5) == 0 || strstr(row->name, "enable_snmp") ||
                    strstr(row->name, "dbus") || strcmp(row->name, "enable_traps") == 0;

    if (row->state != SCHEMA_NOT_SUPPORTED) {
        return;
    }
    for (size_t i = 0; i < UNIT_COUNT(missing); i++) {
        expected |= strcmp(row->name, missing[i]) == 0;
    }
    assert_fact(block == SCHEMA_GLOBAL_DEFS && expected, "%s of %s is not supported", row->name,
                schema_block(block).name);
}

static void test_every_keyword_outside_global_defs_is_supported(void **state)
{
    (void)state;
    each_row(check_supported);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_keyword_of_keepalived_has_a_row),
        cmocka_unit_test(test_every_keyword_outside_global_defs_is_supported),
        cmocka_unit_test(test_every_row_has_help_and_says_why_it_has_no_effect),
        cmocka_unit_test(test_every_row_has_a_syntax_and_a_default),
        cmocka_unit_test(test_every_implemented_row_stores_within_its_structure),
        cmocka_unit_test(test_every_row_is_found_in_its_block_and_once),
        cmocka_unit_test(test_blocks_lead_to_blocks),
        cmocka_unit_test(test_options_of_items_are_read_or_say_why_not),
        cmocka_unit_test(test_syntax_and_defaults_are_made_from_the_row),
        cmocka_unit_test(test_numbers_are_stored_in_fields_of_every_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
