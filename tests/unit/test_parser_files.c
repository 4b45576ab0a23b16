/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that are none, and texts that want to be too much.
 */
#include "unit_parser.h"

#include "parser/source.h"

#include <sys/stat.h>
#include <unistd.h>

/* A directory of its own for a test, removed with the one file that may be in it. */
struct fixture {
    char directory[64];
    char path[96];
};

static int setup(void **state)
{
    struct fixture *fixture = memory_new(1, sizeof(*fixture));

    (void)text_copy(fixture->directory, sizeof(fixture->directory), "/tmp/holdfast-unit-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/t.conf", fixture->directory);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    (void)unlink(fixture->path);
    (void)rmdir(fixture->directory);
    free(fixture);
    return 0;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Loads a real file; its first message goes to `shown`. */
static bool load_file(const char *path, struct text_buffer *shown)
{
    struct diag_list *list;
    struct conf *conf = parser_load(path, NULL, &list);
    bool good = conf != NULL;

    text_append(shown, "");
    diag_write_all(list, shown);
    conf_free(conf);
    diag_free(list);
    return good;
}

static void test_a_real_file_is_read_whole(void **state)
{
    struct fixture *fixture = *state;
    struct text_buffer shown = {0};

    write_file(fixture->path, "global_defs {\n router_id a\n}"); /* no newline at its end */
    assert_true(load_file(fixture->path, &shown));
    assert_string_equal(shown.data, "");
    write_file(fixture->path, "");
    assert_true(load_file(fixture->path, &shown));
    text_release(&shown);
}

static void test_what_is_no_file_is_said_with_its_name(void **state)
{
    struct fixture *fixture = *state;
    struct text_buffer shown = {0};
    struct text_buffer expected = {0};

    assert_false(load_file(fixture->path, &shown));
    text_appendf(&expected, "%s: error: \"%s\" cannot be read: there is no such file\n",
                 fixture->path, fixture->path);
    assert_string_equal(shown.data, expected.data);
    text_release(&shown);
    text_release(&expected);
    assert_false(load_file(fixture->directory, &shown));
    assert_non_null(strstr(shown.data, "it is a directory; name a file in it"));
    text_release(&shown);
    assert_int_equal(mkfifo(fixture->path, 0600), 0);
    assert_false(load_file(fixture->path, &shown));
    assert_non_null(strstr(shown.data, "it is no regular file"));
    text_release(&shown);
}

static void test_a_file_has_a_largest_size(void **state)
{
    struct fixture *fixture = *state;
    struct text_buffer shown = {0};

    write_file(fixture->path, "");
    assert_int_equal(truncate(fixture->path, SOURCE_SIZE_LIMIT + 1), 0);
    assert_false(load_file(fixture->path, &shown));
    assert_non_null(strstr(shown.data, "it is larger than 64 MiB"));
    text_release(&shown);
}

/* A reader that gives more than a file may have. */
static int read_too_much(void *argument, const char *path, char **text, size_t *size)
{
    (void)argument;
    (void)path;
    *text = memory_new(1, 1);
    *size = SOURCE_SIZE_LIMIT + 1;
    return 0;
}

static void test_a_reader_cannot_give_more_than_that(void **state)
{
    struct parser_options options = {.world = {.read = read_too_much}};
    struct diag_list *list;

    (void)state;
    assert_null(parser_load("t.conf", &options, &list));
    assert_int_equal(diag_count(list, DIAG_ERROR), 1);
    diag_free(list);
}

static void test_a_nul_byte_ends_no_file(void **state)
{
    static const char text[] = "global_defs {\n router_id a\0b\n vrrp_version 9\n}\n";
    struct unit_load load = unit_load_bytes(text, sizeof(text) - 1);

    (void)state;
    assert_string_equal(load.shown.data,
                        "t.conf:2:13: error: a NUL byte; the file is no text here, and the line is "
                        "not read\n"
                        "     router_id a\\x00b\n"
                        "                ^~~~\n"
                        "t.conf:3:15: error: vrrp_version 9 is outside 2..3\n"
                        "     vrrp_version 9\n"
                        "                  ^\n");
    unit_unload(&load);
}

static void test_unknown_blocks_nest_as_deep_as_they_like(void **state)
{
    enum { DEPTH = 200000 };
    struct text_buffer text = {0};
    struct unit_load load;

    (void)state;
    text_append(&text, "unknown ");
    for (int i = 0; i < DEPTH; i++) {
        text_append(&text, "{ a ");
    }
    for (int i = 0; i < DEPTH; i++) {
        text_append(&text, "}");
    }
    text_append(&text, "\nglobal_defs { vrrp_version 9 }\n");
    load = unit_load(text.data);
    assert_int_equal(diag_count(load.list, DIAG_ERROR), 2);
    unit_unload(&load);
    text_release(&text);
}

static void test_a_flood_of_errors_is_counted(void **state)
{
    enum { ERRORS = 20000 };
    struct text_buffer text = {0};
    struct unit_load load;

    (void)state;
    for (int i = 0; i < ERRORS; i++) {
        text_append(&text, "foo { bar }\n");
    }
    load = unit_load(text.data);
    assert_null(load.conf);
    assert_int_equal(diag_count(load.list, DIAG_ERROR), ERRORS);
    assert_non_null(diag_at(load.list, DIAG_KEPT - 1));
    assert_null(diag_at(load.list, DIAG_KEPT));
    assert_non_null(strstr(load.shown.data, "\n... and 19800 more errors\n"));
    unit_unload(&load);
    text_release(&text);
}

static void test_words_in_messages_have_a_largest_length(void **state)
{
    enum { LENGTH = 100000 };
    char *text = memory_new(LENGTH + 1, 1);
    struct unit_load load;

    (void)state;
    memset(text, 'x', LENGTH);
    load = unit_load(text);
    assert_int_equal(diag_count(load.list, DIAG_ERROR), 1);
    assert_true(load.shown.length < 1000);
    unit_unload(&load);
    free(text);
}

static void test_the_hosts_name_ends_before_its_domain(void **state)
{
    char name[SOURCE_HOST_SIZE];
    char host[SOURCE_HOST_SIZE] = "";

    (void)state;
    assert_int_equal(gethostname(host, sizeof(host) - 1), 0);
    host[strcspn(host, ".")] = '\0';
    assert_string_equal(source_host_name(name), host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_real_file_is_read_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_file_is_said_with_its_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_file_has_a_largest_size, setup, teardown),
        cmocka_unit_test(test_a_reader_cannot_give_more_than_that),
        cmocka_unit_test(test_a_nul_byte_ends_no_file),
        cmocka_unit_test(test_unknown_blocks_nest_as_deep_as_they_like),
        cmocka_unit_test(test_a_flood_of_errors_is_counted),
        cmocka_unit_test(test_words_in_messages_have_a_largest_length),
        cmocka_unit_test(test_the_hosts_name_ends_before_its_domain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
