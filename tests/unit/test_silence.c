/* SPDX-License-Identifier: Apache-2.0
 *
 * Comments that silence lints: which are meant so, what they name, and what of the text is none.
 */
#include "unit.h"

#include "parser/silence.h"
#include "parser/source.h"

enum { WORDS = 64 };

/* What a scan gave. */
struct scan {
    struct silence *silence;
    struct source_file file;
    char unknown[WORDS]; /* "LINE:COLUMN+LENGTH " of each */
};

static void scan_unknown(void *argument, const struct source_place *place, const char *word)
{
    struct scan *scan = argument;
    size_t used = strlen(scan->unknown);

    (void)word;
    (void)snprintf(scan->unknown + used, sizeof(scan->unknown) - used, "%u:%u+%u ",
                   place->position.line, place->position.column, place->length);
}

static void scan_text(struct scan *scan, const char *text, size_t size)
{
    *scan = (struct scan){.silence = silence_new(),
                          .file = {.path = "t.conf", .text = text, .size = size}};
    silence_scan(scan->silence, &scan->file, scan_unknown, scan);
}

#define VIP   LINT_BIT(LINT_VIP_NOT_LOCAL)
#define YIELD LINT_BIT(LINT_NEVER_YIELDS)

static const struct {
    const char *text;
    uint64_t everywhere;
    uint32_t line; /* where vip-not-local is silenced; 0: nowhere */
    const char *unknown;
} rows[] = {
    {"", 0, 0, ""},
    {"# holdfast: silence vip-not-local", VIP, 0, ""},
    {"# holdfast: silence vip-not-local\r\n", VIP, 0, ""},
    {"\t#holdfast:\tsilence\tvip-not-local  never-yields \n", VIP | YIELD, 0, ""},
    {"!! holdfast: silence never-yields,vip-not-local,\n", VIP | YIELD, 0, ""},
    {"a\nb # holdfast: silence vip-not-local\nc\n", 0, 2, ""},
    {"a \"#\" # holdfast: silence vip-not-local", 0, 1, ""},
    {"a # holdfast: silence vip-not-local # holdfast: silence never-yields", 0, 1,
     "1:37+1 1:39+9 1:49+7 "},
    {"# holdfast: silence\n", 0, 0, "1:19+0 "},
    {"# holdfast: silence \r\n", 0, 0, "1:21+0 "},
    {"\n\n# holdfast: silence x vip-not-local yy", VIP, 0, "3:21+1 3:37+2 "},
    /* None of these is such a comment. */
    {"holdfast: silence vip-not-local", 0, 0, ""},
    {"a# holdfast: silence vip-not-local", 0, 0, ""},
    {"a \" # holdfast: silence vip-not-local\"", 0, 0, ""},
    {"# in holdfast: silence vip-not-local", 0, 0, ""},
    {"# holdfast: silences vip-not-local", 0, 0, ""},
    {"# holdfast: sil", 0, 0, ""},
    {"# holdfast:\n silence vip-not-local", 0, 0, ""},
    {"# holdfast:", 0, 0, ""},
};

static void test_comments_name_what_they_silence(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct scan scan;

        scan_text(&scan, rows[i].text, strlen(rows[i].text));
        assert_fact(silence_everywhere(scan.silence) == rows[i].everywhere, "row %zu: %llx", i,
                    (unsigned long long)silence_everywhere(scan.silence));
        for (uint32_t line = 1; line < 5; line++) {
            const struct conf_position position = {scan.file.path, line, 1};
            const struct conf_position other = {"other.conf", line, 1};

            assert_fact(silence_on_line(scan.silence, LINT_VIP_NOT_LOCAL, &position) ==
                            (line == rows[i].line),
                        "row %zu, line %u", i, line);
            assert_fact(!silence_on_line(scan.silence, LINT_VIP_NOT_LOCAL, &other),
                        "row %zu: another file", i);
        }
        assert_fact(strcmp(scan.unknown, rows[i].unknown) == 0, "row %zu: unknown %s", i,
                    scan.unknown);
        silence_free(scan.silence);
    }
}

static void test_many_lines_are_told_apart(void **state)
{
    static const char line[] = "x # holdfast: silence vip-not-local\nx\n";
    static char text[1000 * (sizeof(line) - 1) + 1];
    struct scan scan;

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        memcpy(text + i * (sizeof(line) - 1), line, sizeof(line) - 1);
    }
    scan_text(&scan, text, sizeof(text) - 1);
    for (uint32_t number = 1; number <= 2000; number++) {
        const struct conf_position position = {scan.file.path, number, 1};

        assert_fact(silence_on_line(scan.silence, LINT_VIP_NOT_LOCAL, &position) == (number % 2),
                    "line %u", number);
        assert_fact(!silence_on_line(scan.silence, LINT_NEVER_YIELDS, &position),
                    "line %u: another lint", number);
    }
    silence_free(scan.silence);
}

static void test_a_nul_ends_no_scan(void **state)
{
    static const char text[] = "a\0b\n# holdfast: silence vip-not-local\0";
    struct scan scan;

    (void)state;
    scan_text(&scan, text, sizeof(text) - 2);
    assert_int_equal(silence_everywhere(scan.silence), VIP);
    silence_free(scan.silence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comments_name_what_they_silence),
        cmocka_unit_test(test_many_lines_are_told_apart),
        cmocka_unit_test(test_a_nul_ends_no_scan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
