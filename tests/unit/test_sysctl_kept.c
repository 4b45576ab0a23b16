/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "net/sysctl_kept.h"

#define LONGEST "net/ipv4/conf/" LONG_NAME "/rp_filter"
#define LONG_NAME                                                                                         \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "aaaa"

static void test_what_is_written_is_read_again(void **state)
{
    static const struct sysctl_kept kept[] = {
        {"net/ipv4/ip_forward", 0, 1},
        {"net/ipv6/conf/all/forwarding", 4294967295U, 0},
        {"net/ipv4/conf/eth0.7/rp_filter", 2, 4294967295U},
        {LONGEST, 1, 0},
    };
    struct text_buffer text = {0};
    struct sysctl_kept read;
    const char *rest;

    (void)state;
    assert_int_equal(sizeof(LONGEST), SYSCTL_KEPT_PATH_SIZE);
    for (size_t i = 0; i < UNIT_COUNT(kept); i++) {
        sysctl_kept_append(&text, &kept[i]);
    }
    rest = text.data;
    for (size_t i = 0; i < UNIT_COUNT(kept); i++) {
        assert_true(sysctl_kept_next(&rest, &read));
        assert_string_equal(read.path, kept[i].path);
        assert_true(read.before == kept[i].before && read.value == kept[i].value);
    }
    assert_false(sysctl_kept_next(&rest, &read));
    text_release(&text);
}

static void test_a_bad_line_is_told_and_the_next_one_is_read(void **state)
{
    static const char *const bad[] = {
        " ",
        "net/ipv4/ip_forward",
        "net/ipv4/ip_forward 0",
        "net/ipv4/ip_forward 0 ",
        "net/ipv4/ip_forward  0 1",
        "net/ipv4/ip_forward 0 1 2",
        "net/ipv4/ip_forward 0 -1",
        "net/ipv4/ip_forward 0 4294967296",
        "net/ipv4/ip_forward 99999999999999999999 1",
        "net/ipv4/ip_forward 0 1\r",
        "net/ipv4/ip\tforward 0 1",
        "net/../kernel/panic 0 1",
        "net/.. 0 1",
        "kernel/panic 0 1",
        "/proc/sys/net/ipv4/ip_forward 0 1",
        "netx 0 1",
        LONGEST "x 0 1",
        LONGEST LONGEST " 0 1",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        struct text_buffer text = {0};
        struct sysctl_kept read = {"x", 9, 9};
        const char *rest;

        text_appendf(&text, "%s\n\nnet/ipv4/ip_forward 3 1", bad[i]);
        rest = text.data;
        assert_fact(sysctl_kept_next(&rest, &read) && !*read.path && !read.before && !read.value,
                    "taken: \"%s\"", bad[i]);
        assert_fact(sysctl_kept_next(&rest, &read) && *read.path && read.before == 3,
                    "not read on behind \"%s\"", bad[i]);
        assert_false(sysctl_kept_next(&rest, &read));
        text_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read_again),
        cmocka_unit_test(test_a_bad_line_is_told_and_the_next_one_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
