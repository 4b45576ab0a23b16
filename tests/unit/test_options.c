/* SPDX-License-Identifier: Apache-2.0
 *
 * Command lines of holdfastd: what each means, and what is said of those that mean nothing.
 */
#include "unit.h"

#include "options.h"
#include "parser/lint.h"

#include <getopt.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORDS = 10, LINE_SIZE = 256 };

/* What getopt_long(3) may put into another order, and the strings that the options point into. */
struct line {
    char text[LINE_SIZE];
    char *argv[WORDS + 1];
    int argc;
};

static struct options parse(struct line *line, const char *text)
{
    char *rest = line->text;
    char *word;

    (void)snprintf(line->text, sizeof(line->text), "holdfastd %s", text);
    line->argc = 0;
    while ((word = strsep(&rest, " ")) != NULL) {
        if (*word) {
            assert_true(line->argc < WORDS);
            line->argv[line->argc++] = word;
        }
    }
    line->argv[line->argc] = NULL;
    optind = 0; /* glibc: forget what the last table row was about */
    return options_parse(line->argc, line->argv);
}

/* ---- Good ones --------------------------------------------------------------------------------- */

static const struct {
    const char *line;
    struct options options; /* config_file NULL: the default one */
} good[] = {
    {"", {0}},
    {"-f a.conf", {.config_file = "a.conf"}},
    {"-fa.conf", {.config_file = "a.conf"}},
    {"--use-file a.conf", {.config_file = "a.conf"}},
    {"--use-file=a.conf", {.config_file = "a.conf"}},
    {"-f a.conf -f b.conf", {.config_file = "b.conf"}},
    {"-t", {.action = OPTIONS_TEST}},
    {"-u 027", {.has_umask = true, .umask = 027}},
    {"--umask=IRWXG|IRWXO", {.has_umask = true, .umask = 077}},
    {"--config-test -f a.conf", {.action = OPTIONS_TEST, .config_file = "a.conf"}},
    {"-t --strict", {.action = OPTIONS_TEST, .strict = true}},
    {"-t --json", {.action = OPTIONS_TEST, .json = true}},
    {"--keywords", {.action = OPTIONS_KEYWORDS}},
    {"--lints", {.action = OPTIONS_LINTS}},
    {"-t --silence=vip-not-local",
     {.action = OPTIONS_TEST, .silence = LINT_BIT(LINT_VIP_NOT_LOCAL)}},
    {"--silence vip-not-local,never-yields --silence never-yields,unknown-lint",
     {.silence = LINT_BIT(LINT_VIP_NOT_LOCAL) | LINT_BIT(LINT_NEVER_YIELDS) |
                 LINT_BIT(LINT_UNKNOWN_LINT)}},
    {"-n", {0}},
    {"--dont-fork", {0}},
    {"-l", {.log_console = true}},
    {"--log-console", {.log_console = true}},
    {"-D", {.log_detail = true}},
    {"--log-detail", {.log_detail = true}},
    {"-nlD", {.log_console = true, .log_detail = true}},
    {"-p /x/pid", {.pid_file = "/x/pid"}},
    {"--pid=/x/pid", {.pid_file = "/x/pid"}},
    {"-s lb", {.network_namespace = "lb"}},
    {"--namespace lb", {.network_namespace = "lb"}},
    {"-i lb1", {.config_id = "lb1"}},
    {"--config-id=lb1", {.config_id = "lb1"}},
    {"--socket /x/sock", {.socket_path = "/x/sock"}},
    {"--runtime-dir /x", {.runtime_directory = "/x"}},
    {"-V", {.action = OPTIONS_VERSION}},
    {"--version", {.action = OPTIONS_VERSION}},
    {"-h", {.action = OPTIONS_HELP}},
    {"--help", {.action = OPTIONS_HELP}},
    {"-f a.conf -t -n -l -D -i x",
     {.action = OPTIONS_TEST,
      .config_file = "a.conf",
      .log_console = true,
      .log_detail = true,
      .config_id = "x"}},
};

static void expect_text(const char *line, const char *what, const char *is, const char *should)
{
    assert_fact((!is && !should) || (is && should && strcmp(is, should) == 0), "%s: %s is %s", line,
                what, is ? is : "not set");
}

static const char *default_file(void)
{
    return access(HOLDFAST_SYSCONFDIR "/holdfast/holdfast.conf", F_OK) != 0 &&
                   access("/etc/keepalived/keepalived.conf", F_OK) == 0
               ? "/etc/keepalived/keepalived.conf"
               : HOLDFAST_SYSCONFDIR "/holdfast/holdfast.conf";
}

static void test_each_option_sets_its_own_and_no_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(good); i++) {
        const struct options *should = &good[i].options;
        const char *name = good[i].line;
        struct line line;
        struct options is = parse(&line, name);

        assert_fact(is.action == should->action, "%s: action %d", name, (int)is.action);
        expect_text(name, "config_file", is.config_file,
                    should->config_file ? should->config_file : default_file());
        expect_text(name, "config_id", is.config_id, should->config_id);
        expect_text(name, "network_namespace", is.network_namespace, should->network_namespace);
        expect_text(name, "pid_file", is.pid_file, should->pid_file);
        expect_text(name, "runtime_directory", is.runtime_directory, should->runtime_directory);
        expect_text(name, "socket_path", is.socket_path, should->socket_path);
        assert_fact(is.log_console == should->log_console, "%s: log_console", name);
        assert_fact(is.log_detail == should->log_detail, "%s: log_detail", name);
        assert_fact(is.strict == should->strict, "%s: strict", name);
        assert_fact(is.silence == should->silence, "%s: silence", name);
        assert_fact(is.json == should->json, "%s: json", name);
    }
}

/* ---- Bad ones ---------------------------------------------------------------------------------- */

static void test_what_means_nothing_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *line;
        const char *reason;
    } rows[] = {
        {"-x", "'x'"},
        {"--no-such-option", "--no-such-option"},
        {"-f", "'f'"},
        {"--socket", "--socket"},
        {"--help=x", "--help"},
        {"--log", "ambiguous"},
        {"--silence=vip-not-local,vip", "no lint \"vip\"; the lints are never-takes-over, "},
        {"--silence= -t", "no lint \"\""},
        {"a.conf", "\"a.conf\" is no option: the configuration file is given by -f"},
        {"-t a.conf", "\"a.conf\" is no option"},
        {"-t -- -f", "\"-f\" is no option"},
    };
    int stderr_fd = dup(STDERR_FILENO);

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int file = memfd_create("stderr", MFD_CLOEXEC);
        char said[512] = "";
        struct line line;
        struct options options;

        (void)dup2(file, STDERR_FILENO);
        options = parse(&line, rows[i].line);
        (void)dup2(stderr_fd, STDERR_FILENO);
        assert_true(pread(file, said, sizeof(said) - 1, 0) >= 0);
        (void)close(file);
        assert_fact(options.action == OPTIONS_INVALID, "%s is taken", rows[i].line);
        assert_fact(strncmp(said, "holdfastd: ", 11) == 0 && strstr(said, rows[i].reason),
                    "%s: \"%s\"", rows[i].line, said);
    }
    (void)close(stderr_fd);
}

/* ---- Help -------------------------------------------------------------------------------------- */

static void test_the_help_names_every_option_and_default(void **state)
{
    static const char *const parts[] = {
        "  -f, --use-file=FILE ",
        "  -t, --config-test ",
        "  -n, --dont-fork ",
        "  -l, --log-console ",
        "  -D, --log-detail ",
        "  -p, --pid=FILE ",
        "  -s, --namespace=NAME ",
        "  -i, --config-id=ID ",
        "      --socket=PATH ",
        "      --runtime-dir=DIR ",
        "  -V, --version ",
        "  -h, --help ",
        (HOLDFAST_SYSCONFDIR "/holdfast/holdfast.conf"),
        "/etc/keepalived/keepalived.conf",
        (HOLDFAST_RUNSTATEDIR "/holdfast"),
        "SIGHUP",
    };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    assert_non_null(out);
    options_help(out);
    assert_int_equal(fclose(out), 0);
    for (size_t i = 0; i < UNIT_COUNT(parts); i++) {
        assert_fact(strstr(text, parts[i]) != NULL, "\"%s\" is missing", parts[i]);
    }
    for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
        assert_fact(strcspn(at, "\n") <= 100, "too long: %.120s", at);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_option_sets_its_own_and_no_more),
        cmocka_unit_test(test_what_means_nothing_is_refused_with_a_reason),
        cmocka_unit_test(test_the_help_names_every_option_and_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
