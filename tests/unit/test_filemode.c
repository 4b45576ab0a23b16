/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/filemode.h"

static void test_a_mask_is_a_number_or_named_bits(void **state)
{
    static const struct {
        const char *text;
        int32_t mask; /* -1: it is none */
    } rows[] = {
        {"0", 0},
        {"0177", 0177},
        {"63", 077},
        {"0x1ff", 0777},
        {"0777", 0777},
        {"IRUSR", 0400},
        {"IXUSR|IRWXG|IRWXO", 0177},
        {"S_IWGRP|S_IWOTH", 0022},
        {"IRUSR|IWUSR|IXUSR|IRGRP|IWGRP|IXGRP|IROTH|IWOTH|IXOTH", 0777},
        {"IRWXU", 0700},
        {"01000", -1},
        {"-1", -1},
        {"", -1},
        {"|", -1},
        {"IRUSR|", -1},
        {"|IRUSR", -1},
        {"IRUSR||IWUSR", -1},
        {"IRUS", -1},
        {"IRUSRX", -1},
        {"irusr", -1},
        {"S_", -1},
        {"022|IRUSR", -1},
        {"99999999999999999999", -1},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        uint32_t mask = 4711;
        bool good = filemode_parse_umask(rows[i].text, &mask);

        assert_fact(good == (rows[i].mask >= 0), "\"%s\"", rows[i].text);
        assert_fact(mask == (good ? (uint32_t)rows[i].mask : 4711), "\"%s\": %o", rows[i].text,
                    mask);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_mask_is_a_number_or_named_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
