/* SPDX-License-Identifier: Apache-2.0
 *
 * The real holdfastctl against a control socket of this process, and against what is none.
 */
#include "unit.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "control/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define S CLOCK_SECOND

struct desk {
    struct loop *loop;
    struct log *log;
    struct control *control;
    char directory[64];
    char path[96];
    struct control_request *held;
    const char *reload; /* the result that "reload" gives, as JSON */
    const char *raw;    /* what a server that is none answers */
    int raw_fd;
    bool large;      /* "status" answers much */
    bool serves;     /* it has services: "10.0.0.1:80/tcp", and "web/tcp" of a group */
    bool keeps;      /* "stop" was asked to keep */
    int status;      /* of the program that was run: waitpid(2) */
    char out[16384]; /* what it wrote */
    char err[4096];
};

/* ---- Servers ----------------------------------------------------------------------------------- */

static void command_status(void *argument, struct control_request *request)
{
    struct desk *desk = argument;
    json_t *filler = json_array();
    json_t *status;

    for (int i = 0; desk->large && i < 200000; i++) {
        json_array_append_new(filler, json_string("a text that takes room in the answer"));
    }
    status = json_pack("{s:{s:s, s:i}, s:{s:f}, s:o}", "daemon", "version", "9.9", "pid", 7, "loop",
                       "half", 0.214, "filler", filler);
    if (desk->serves) {
        json_object_set_new(status, "services",
                            json_pack("[{s:s, s:s, s:s, s:i, s:[{s:s}]}, {s:s, s:s}]", "name",
                                      "10.0.0.1:80/tcp", "protocol", "tcp", "address", "10.0.0.1",
                                      "port", 80, "servers", "name", "bad", "name", "web/tcp",
                                      "group", "web"));
    }
    control_reply(request, status);
}

static void command_reload(void *argument, struct control_request *request)
{
    struct desk *desk = argument;

    if (desk->reload) {
        control_reply(request, json_loads(desk->reload, 0, NULL));
    } else {
        desk->held = request;
    }
}

/* Answers with what it was asked, and a check that failed where the server is "bad". */
static void command_echo(void *argument, struct control_request *request)
{
    json_t *arguments = control_arguments(request);
    const char *server = json_string_value(json_object_get(arguments, "server"));
    bool bad = server && strcmp(server, "bad") == 0;
    const char *action = json_string_value(json_object_get(arguments, "action"));

    (void)argument;
    control_reply(request,
                  json_pack("{s:O, s:[{s:s, s:{s:s, s:s}}], s:s, s:s, s:s, s:i}", "asked",
                            arguments, "checks", "server", server ? server : "-", "result", "class",
                            bad ? "refused" : "ok", "text",
                            bad ? "connection refused" : "connected", "service", "web", "server",
                            server ? server : "-", "admin", action ? action : "-", "weight", 0));
}

static void command_stop(void *argument, struct control_request *request)
{
    struct desk *desk = argument;
    json_t *keep = json_object_get(control_arguments(request), "keep");

    desk->keeps = json_is_true(keep);
    control_reply(request, json_pack("{s:b}", "keep", (int)desk->keeps));
}

static void desk_serve(struct desk *desk)
{
    int error;

    desk->control = control_new(desk->loop, desk->log, desk->path, &error);
    assert_non_null(desk->control);
    control_add_command(desk->control, "status", "", command_status, desk);
    control_add_command(desk->control, "reload", "", command_reload, desk);
    control_add_command(desk->control, "check", "", command_echo, desk);
    control_add_command(desk->control, "server", "", command_echo, desk);
    control_add_command(desk->control, "stop", "", command_stop, desk);
}

/* A server that takes a request and answers it with `raw`, then hangs up. */
static void raw_ready(void *argument)
{
    struct desk *desk = argument;
    int fd = accept4(desk->raw_fd, NULL, NULL, SOCK_CLOEXEC);
    char request[200];

    assert_true(fd >= 0);
    assert_true(recv(fd, request, sizeof(request), 0) > 0);
    assert_int_equal(send(fd, desk->raw, strlen(desk->raw), 0), strlen(desk->raw));
    (void)close(fd);
}

static int socket_at(const char *path, bool listening)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)text_copy(address.sun_path, sizeof(address.sun_path), path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    if (listening) {
        assert_int_equal(listen(fd, 5), 0);
    }
    return fd;
}

/* ---- Running it -------------------------------------------------------------------------------- */

static int desk_open(void **state)
{
    const struct log_options options = {.console = true, .lowest = LOG_LEVEL_ERROR};
    struct desk *desk = memory_new(1, sizeof(*desk));

    (void)text_copy(desk->directory, sizeof(desk->directory), "test-holdfastctl.XXXXXX");
    assert_non_null(mkdtemp(desk->directory));
    (void)snprintf(desk->path, sizeof(desk->path), "%s/control.sock", desk->directory);
    desk->loop = loop_new();
    desk->log = log_new(&options);
    *state = desk;
    return 0;
}

static int desk_close(void **state)
{
    struct desk *desk = *state;

    if (desk->held) {
        control_fail(desk->held, "late", "late");
    }
    control_free(desk->control);
    log_free(desk->log);
    loop_free(desk->loop);
    (void)unlink(desk->path);
    assert_int_equal(rmdir(desk->directory), 0);
    free(desk);
    return 0;
}

static void program_ended(void *argument)
{
    loop_stop(argument);
}

static void take_file(int fd, char *text, size_t size)
{
    ssize_t got = pread(fd, text, size - 1, 0);

    text[got < 0 ? 0 : got] = '\0';
    (void)close(fd);
}

/* Runs holdfastctl and serves it meanwhile; its words end with NULL. @return its exit status */
static int run(struct desk *desk, ...)
{
    const char *argv[16] = {"holdfastctl", "--socket", desk->path};
    int out = memfd_create("out", MFD_CLOEXEC);
    int err = memfd_create("err", MFD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    struct loop_watch *watch;
    va_list words;
    pid_t pid;
    int pidfd;
    int count = 3;

    va_start(words, desk);
    while ((argv[count] = va_arg(words, const char *))) {
        count++;
    }
    va_end(words);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO), 0);
    assert_int_equal(posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO), 0);
    assert_int_equal(
        posix_spawn(&pid, "./holdfastctl", &actions, NULL, (char *const *)argv, environ), 0);
    assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    assert_true(pidfd >= 0);
    watch =
        loop_watch_new(desk->loop, LOOP_PRIORITY_NORMAL, pidfd, false, program_ended, desk->loop);
    assert_int_equal(loop_run(desk->loop), 0);
    loop_watch_free(watch);
    (void)close(pidfd);
    assert_int_equal(waitpid(pid, &desk->status, 0), pid);
    assert_true(WIFEXITED(desk->status));
    take_file(out, desk->out, sizeof(desk->out));
    take_file(err, desk->err, sizeof(desk->err));
    return WEXITSTATUS(desk->status);
}

static void expect_begins(const char *text, const char *start)
{
    assert_fact(strncmp(text, start, strlen(start)) == 0, "this is: %s", text);
}

static void test_status_is_shown_as_text_without_colour_in_a_file(void **state)
{
    struct desk *desk = *state;

    desk_serve(desk);
    assert_int_equal(run(desk, "status", NULL), 0);
    expect_begins(desk->out, "holdfastd 9.9, pid 7, up -, -\nall well\n");
    assert_null(strchr(desk->out, '\033'));
    assert_string_equal(desk->err, "");
}

static void test_status_is_printed_as_json(void **state)
{
    struct desk *desk = *state;
    json_t *document;

    desk_serve(desk);
    assert_int_equal(run(desk, "--json", "status", NULL), 0);
    document = json_loads(desk->out, 0, NULL);
    assert_non_null(document);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(document, "daemon"), "pid")), 7);
    assert_non_null(strstr(desk->out, "\"half\": 0.214\n"));
    json_decref(document);
}

static void test_an_answer_of_many_megabytes_is_taken(void **state)
{
    struct desk *desk = *state;

    desk_serve(desk);
    desk->large = true;
    assert_int_equal(run(desk, "status", NULL), 0);
    expect_begins(desk->out, "holdfastd 9.9, pid 7");
}

static void test_a_reload_that_went_well_exits_with_0(void **state)
{
    struct desk *desk = *state;

    desk_serve(desk);
    desk->reload = "{\"result\":\"ok\",\"duration_ms\":1.5,\"message\":\"1 instance\","
                   "\"diagnostics\":[]}";
    assert_int_equal(run(desk, "reload", NULL), 0);
    assert_string_equal(desk->out, "reload done in 1.50 ms: 1 instance\n");
    assert_string_equal(desk->err, "");
}

static void test_a_refused_reload_exits_with_1_and_tells_why_on_standard_error(void **state)
{
    struct desk *desk = *state;

    desk_serve(desk);
    desk->reload =
        "{\"result\":\"failed\",\"duration_ms\":1.5,\"message\":\"nothing was changed\","
        "\"diagnostics\":[{\"severity\":\"error\",\"file\":\"a\",\"line\":1,\"column\":2,"
        "\"message\":\"m\"}]}";
    assert_int_equal(run(desk, "reload", NULL), 1);
    assert_string_equal(desk->out, "");
    assert_string_equal(desk->err,
                        "a:1:2: error: m\nreload refused in 1.50 ms: nothing was changed\n");
    assert_int_equal(run(desk, "reload", "--json", NULL), 1);
    expect_begins(desk->out, "{\n  \"result\": \"failed\",\n");
}

static void test_what_the_daemon_refuses_exits_with_1(void **state)
{
    struct desk *desk = *state;
    int error;

    desk->control = control_new(desk->loop, desk->log, desk->path, &error);
    assert_int_equal(run(desk, "status", NULL), 1);
    assert_string_equal(desk->err, "holdfastctl: there is no command \"status\"; try \"help\"\n");
}

static void test_versions_of_both_are_shown(void **state)
{
    struct desk *desk = *state;

    desk_serve(desk);
    assert_int_equal(run(desk, "version", NULL), 0);
    expect_begins(desk->out, "holdfastctl ");
    assert_non_null(strstr(desk->out, "\nholdfastd "));
    assert_int_equal(run(desk, "-V", NULL), 0);
    expect_begins(desk->out, "holdfastctl ");
    assert_null(strstr(desk->out, "holdfastd "));
}

/* What the daemon was asked, as JSON. */
static void expect_asked(struct desk *desk, const char *expected)
{
    json_t *answer = json_loads(desk->out, 0, NULL);
    json_t *wanted = json_loads(expected, 0, NULL);

    assert_non_null(answer);
    assert_non_null(wanted);
    assert_fact(json_equal(json_object_get(answer, "asked"), wanted), "%s\nwanted:\n%s", desk->out,
                expected);
    json_decref(answer);
    json_decref(wanted);
}

static void test_checks_on_request_tell_how_they_ended(void **state)
{
    static const struct {
        const char *name;
        const char *second;
        const char *service;
        bool server;
    } rows[] = {
        {"10.0.0.1", NULL, "10.0.0.1:80/tcp", false},
        {"10.0.0.1", "now", "10.0.0.1:80/tcp", false},
        {"10.0.0.1:80/tcp", NULL, "10.0.0.1:80/tcp", false},
        {"10.0.0.1/bad", NULL, "10.0.0.1:80/tcp", true},
        {"10.0.0.1/bad", "now", "10.0.0.1:80/tcp", true},
        {"10.0.0.1:80/tcp", "bad", "10.0.0.1:80/tcp", true},
        {"10.0.0.1", "bad", "10.0.0.1:80/tcp", true},
        {"web/tcp", NULL, "web/tcp", false},
        {"web", NULL, "web", false},
        {"web", "now", "web", false},
        {"web", "bad", "web", true},
    };
    struct desk *desk = *state;
    char asked[128];

    desk_serve(desk);
    desk->serves = true;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_int_equal(run(desk, "--json", "check", rows[i].name, rows[i].second, NULL),
                         rows[i].server ? 1 : 0);
        (void)snprintf(asked, sizeof(asked), "{\"action\":\"now\",\"service\":\"%s\"%s}",
                       rows[i].service, rows[i].server ? ",\"server\":\"bad\"" : "");
        expect_asked(desk, asked);
    }
    assert_int_equal(run(desk, "check", "10.0.0.1", "bad", NULL), 1);
    assert_non_null(strstr(desk->out, "refused: connection refused"));
    assert_int_equal(run(desk, "check", "10.0.0.2", NULL), 1);
    assert_non_null(strstr(desk->err, "there are: 10.0.0.1:80/tcp"));
    assert_int_equal(run(desk, "check", NULL), 2);
    assert_int_equal(run(desk, "check", "a", "b", "c", NULL), 2);
    assert_int_equal(run(desk, "checks", NULL), 0);
    assert_non_null(strstr(desk->out, "last ten, the latest first"));
}

/* The daemon here is this process, which goes on. */
static void test_a_stop_is_waited_for(void **state)
{
    struct desk *desk = *state;

    desk_serve(desk);
    assert_int_equal(run(desk, "--timeout", "0.3", "stop", "--keep", NULL), 3);
    assert_true(desk->keeps);
    assert_string_equal(desk->out, "");
    expect_begins(desk->err, "holdfastctl: holdfastd is stopping, but has not ended within 300");
    assert_int_equal(run(desk, "--timeout", "0.3", "stop", NULL), 3);
    assert_false(desk->keeps);
    assert_int_equal(run(desk, "stop", "now", NULL), 2);
}

static void test_orders_are_told_with_their_time(void **state)
{
    struct desk *desk = *state;

    desk_serve(desk);
    assert_int_equal(run(desk, "-j", "server", "drain", "web", "a", "--for", "90", NULL), 0);
    expect_asked(desk,
                 "{\"action\":\"drain\",\"service\":\"web\",\"server\":\"a\",\"for_ms\":90000}");
    assert_int_equal(run(desk, "-j", "-f", "2h", "server", "maint", "web", "a", NULL), 0);
    expect_asked(desk,
                 "{\"action\":\"maint\",\"service\":\"web\",\"server\":\"a\",\"for_ms\":7200000}");
    assert_int_equal(run(desk, "-j", "server", "weight", "web", "a", "7", NULL), 0);
    expect_asked(desk, "{\"action\":\"weight\",\"service\":\"web\",\"server\":\"a\",\"weight\":7}");
    assert_int_equal(run(desk, "server", "ready", "web", "a", NULL), 0);
    assert_string_equal(desk->out, "web a: ready, weight 0\n");
}

static void test_a_negative_number_is_no_option(void **state)
{
    struct desk *desk = *state;

    desk_serve(desk);
    (void)run(desk, "-j", "prio", "-120", "VI_1", "--for", "90", NULL);
    assert_null(strstr(desk->err, "invalid option"));
    assert_int_equal(run(desk, "prio", "-254", "VI_1", NULL), 2);
    assert_int_equal(run(desk, "-5", "demote", "VI_1", NULL), 2);
}

static void test_wrong_orders_are_usage(void **state)
{
    static const char *const rows[][6] = {
        {"server", NULL},
        {"server", "drain", "web", NULL},
        {"server", "weight", "web", "a", NULL},
        {"server", "weight", "web", "a", "-1", NULL},
        {"server", "weight", "web", "a", "2147483648", NULL},
        {"server", "drain", "web", "a", "7", NULL},
        {"-f", "soon", "status", NULL},
        {"-f", "0", "status", NULL},
        {"-f", "5w", "status", NULL},
        {"-f", "3651d", "status", NULL},
        {"-f", "99999999999999999999", "status", NULL},
    };
    struct desk *desk = *state;

    desk_serve(desk);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_fact(run(desk, rows[i][0], rows[i][1], rows[i][1] ? rows[i][2] : NULL,
                        rows[i][1] && rows[i][2] ? rows[i][3] : NULL,
                        rows[i][1] && rows[i][2] && rows[i][3] ? rows[i][4] : NULL, NULL) == 2,
                    "row %zu", i);
    }
}

static void test_explain_tells_of_a_keyword_and_needs_no_daemon(void **state)
{
    struct desk *desk = *state;
    json_t *json;

    assert_int_equal(run(desk, "explain", "real_server.weight", NULL), 0);
    assert_non_null(strstr(desk->out, "  syntax    weight 0..2147483647\n"));
    assert_string_equal(desk->err, "");
    assert_int_equal(run(desk, "--json", "explain", "weight", NULL), 0);
    json = json_loads(desk->out, 0, NULL);
    assert_true(json_array_size(json_object_get(json, "found")) > 8); /* each block's */
    json_decref(json);
}

static void test_explain_of_an_unknown_keyword_exits_with_1_and_says_what_is_near(void **state)
{
    struct desk *desk = *state;
    json_t *json;

    assert_int_equal(run(desk, "explain", "real_server.wieght", NULL), 1);
    assert_string_equal(desk->out, "");
    assert_string_equal(desk->err,
                        "holdfastctl: there is no keyword \"real_server.wieght\"; did you "
                        "mean \"real_server.weight\"?\n");
    assert_int_equal(run(desk, "explain", "colour", NULL), 1);
    assert_string_equal(desk->err, "holdfastctl: there is no keyword \"colour\"; holdfast.conf(5) "
                                   "has all of them\n");
    assert_int_equal(run(desk, "--json", "explain", "wieght", NULL), 1);
    json = json_loads(desk->out, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "suggestion")), "weight");
    json_decref(json);
}

static void test_wrong_usage_exits_with_2_and_asks_nobody(void **state)
{
    static const char *const wrong[][2] = {
        {"stauts", NULL},      {"status", "reload"},   {"--no-such", NULL},    {NULL, NULL},
        {"--timeout=0", NULL}, {"--timeout=1h", NULL}, {"--timeout=-1", NULL}, {"", NULL},
        {"explain", NULL},     {"help", "status"}};
    struct desk *desk = *state;

    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        assert_fact(run(desk, wrong[i][0], wrong[i][1], NULL) == 2, "row %zu: %s", i, desk->err);
        assert_string_equal(desk->out, "");
        assert_true(strlen(desk->err) > 20);
    }
    (void)run(desk, "stauts", NULL);
    assert_string_equal(desk->err,
                        "holdfastctl: there is no command \"stauts\"; did you mean \"status\"?\n");
}

/* Each keyword is there alone and behind its block's name. */
static void test_names_of_keywords_need_no_daemon(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(run(desk, "names", "keywords", NULL), 0);
    assert_non_null(strstr(desk->out, "\nBFD_CHECK.alpha\n"));
    assert_non_null(strstr(desk->out, "\nadvert_int\n"));
    assert_int_equal(run(desk, "names", "peers", NULL), 2);
    assert_int_equal(run(desk, "names", "keywords", "VI_1", NULL), 2);
    assert_int_equal(run(desk, "names", "nonsense", NULL), 2);
}

static void test_help_needs_no_daemon(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(run(desk, "help", NULL), 0);
    expect_begins(desk->out, "Usage: holdfastctl ");
    assert_int_equal(run(desk, "-h", NULL), 0);
    expect_begins(desk->out, "Usage: holdfastctl ");
}

static void test_no_daemon_exits_with_3_and_names_the_socket(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(run(desk, "status", NULL), 3);
    expect_begins(desk->err, "holdfastctl: there is no socket test-holdfastctl.");
    (void)close(socket_at(desk->path, false));
    assert_int_equal(run(desk, "status", NULL), 3);
    expect_begins(desk->err, "holdfastctl: nobody listens at test-holdfastctl.");
}

static void test_a_daemon_that_does_not_answer_exits_with_3(void **state)
{
    struct desk *desk = *state;

    desk_serve(desk);
    assert_int_equal(run(desk, "--timeout", "0.2", "reload", NULL), 3);
    assert_non_null(strstr(desk->err, "does not answer at test-holdfastctl."));
    assert_non_null(strstr(desk->err, "within 200 ms"));
}

static void test_events_are_followed_until_the_daemon_hangs_up(void **state)
{
    struct desk *desk = *state;
    struct loop_watch *watch;

    desk->raw_fd = socket_at(desk->path, true);
    watch = loop_watch_new(desk->loop, LOOP_PRIORITY_NORMAL, desk->raw_fd, false, raw_ready, desk);
    desk->raw = "{\"version\":1,\"ok\":true,\"result\":{\"lost\":2,\"events\":[{\"seq\":7}]}}\n"
                "{\"version\":1,\"event\":{\"seq\":8}}\n{\"version\":1,\"lost\":5}\n";
    assert_int_equal(run(desk, "--json", "events", "-f", NULL), 3);
    assert_string_equal(desk->out, "{\"lost\":2}\n{\"seq\":7}\n{\"seq\":8}\n"
                                   "{\"version\":1,\"lost\":5}\n");
    assert_string_equal(desk->err, "holdfastctl: holdfastd hung up: it has ended, or this reader "
                                   "was too slow\n");
    desk->raw = "{\"version\":1,\"ok\":false,\"error\":{\"code\":\"x\",\"message\":\"no\"}}\n";
    assert_int_equal(run(desk, "events", "--follow", NULL), 1);
    assert_string_equal(desk->err, "holdfastctl: no\n");
    loop_watch_free(watch);
    (void)close(desk->raw_fd);
}

static void test_monitoring_is_answered_by_the_exit_status(void **state)
{
    struct desk *desk = *state;

    desk_serve(desk);
    assert_int_equal(run(desk, "healthy", NULL), 0);
    assert_string_equal(desk->out, "OK: all well\n");
    assert_int_equal(run(desk, "healthy", "-q", NULL), 0);
    assert_string_equal(desk->out, "");
    assert_int_equal(run(desk, "healthy", "much", NULL), 3);
    assert_int_equal(run(desk, "healthy", "--so", NULL), 3);
    control_free(desk->control);
    desk->control = NULL;
    assert_int_equal(run(desk, "healthy", NULL), 3);
    expect_begins(desk->out, "UNKNOWN: there is no socket ");
    assert_int_equal(run(desk, "healthy", "--json", NULL), 3);
    expect_begins(desk->out, "{\n  \"version\": 1,\n  \"level\": \"unknown\",\n  \"code\": 3,");
}

static void test_the_letter_f_is_for_a_time_and_of_events_to_follow(void **state)
{
    struct desk *desk = *state;

    desk_serve(desk);
    assert_int_equal(run(desk, "server", "drain", "a", "b", "-f", "soon", NULL), 2);
    assert_string_equal(desk->err,
                        "holdfastctl: \"soon\" is no time: type 90 (seconds), 30m, 2h or 7d\n");
    assert_int_equal(run(desk, "events", "-f", "soon", NULL), 2);
    assert_string_equal(desk->err, "holdfastctl: one command is needed, and events stands alone\n");
    assert_int_equal(run(desk, "events", "--watch", "-f", NULL), 2);
}

static void test_what_is_no_reply_exits_with_4(void **state)
{
    static const struct {
        const char *raw;
        int code;
        const char *message;
    } rows[] = {
        {"HTTP/1.0 400 Bad Request\n", 4, "the answer is no JSON: "},
        {"{\"version\":1,\"ok\":true,\"result\":", 4, "holdfastd hung up before it had answered"},
        {"{\"version\":2,\"ok\":true,\"result\":{}}\n", 4,
         "the answer is not of version 1 of the protocol"},
        {"{\"version\":1,\"ok\":true}\n", 4, "the answer has neither a result nor an error"},
        {"{\"version\":1,\"ok\":false,\"error\":\"x\"}\n", 4,
         "the answer has neither a result nor an error"},
        {"[]\n", 4, "the answer is not of version 1"},
        {"", 3, "holdfastd hung up before it had answered"},
    };
    struct desk *desk = *state;
    struct loop_watch *watch;

    desk->raw_fd = socket_at(desk->path, true);
    watch = loop_watch_new(desk->loop, LOOP_PRIORITY_NORMAL, desk->raw_fd, false, raw_ready, desk);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char expected[200];

        desk->raw = rows[i].raw;
        assert_fact(run(desk, "status", NULL) == rows[i].code, "row %zu: %s", i, desk->err);
        (void)snprintf(expected, sizeof(expected), "holdfastctl: %s", rows[i].message);
        expect_begins(desk->err, expected);
    }
    loop_watch_free(watch);
    (void)close(desk->raw_fd);
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_status_is_shown_as_text_without_colour_in_a_file),
        DESK_TEST(test_status_is_printed_as_json),
        DESK_TEST(test_an_answer_of_many_megabytes_is_taken),
        DESK_TEST(test_a_reload_that_went_well_exits_with_0),
        DESK_TEST(test_a_refused_reload_exits_with_1_and_tells_why_on_standard_error),
        DESK_TEST(test_what_the_daemon_refuses_exits_with_1),
        DESK_TEST(test_versions_of_both_are_shown),
        DESK_TEST(test_checks_on_request_tell_how_they_ended),
        DESK_TEST(test_a_stop_is_waited_for),
        DESK_TEST(test_orders_are_told_with_their_time),
        DESK_TEST(test_a_negative_number_is_no_option),
        DESK_TEST(test_wrong_orders_are_usage),
        DESK_TEST(test_explain_tells_of_a_keyword_and_needs_no_daemon),
        DESK_TEST(test_explain_of_an_unknown_keyword_exits_with_1_and_says_what_is_near),
        DESK_TEST(test_wrong_usage_exits_with_2_and_asks_nobody),
        DESK_TEST(test_names_of_keywords_need_no_daemon),
        DESK_TEST(test_help_needs_no_daemon),
        DESK_TEST(test_no_daemon_exits_with_3_and_names_the_socket),
        DESK_TEST(test_a_daemon_that_does_not_answer_exits_with_3),
        DESK_TEST(test_events_are_followed_until_the_daemon_hangs_up),
        DESK_TEST(test_monitoring_is_answered_by_the_exit_status),
        DESK_TEST(test_the_letter_f_is_for_a_time_and_of_events_to_follow),
        DESK_TEST(test_what_is_no_reply_exits_with_4),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
