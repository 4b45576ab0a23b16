/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket with real clients.
 */
#include "unit.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "control/protocol.h"
#include "control/request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MS CLOCK_MILLISECOND
#define S  CLOCK_SECOND

enum { LARGE = 8 * 1024 * 1024, HELD = 8 };

/* ---- The desk: a control socket with a few commands -------------------------------------------- */

struct desk {
    struct loop *loop;
    struct log *log;
    struct control *control;
    char directory[64];
    char path[96];
    struct control_request *held[HELD]; /* by the command "hold" */
    unsigned held_count;
    unsigned large_count; /* calls of "large" */
    uint64_t told;        /* what followers may be told */
};

static void command_echo(void *argument, struct control_request *request)
{
    (void)argument;
    control_reply(request, json_incref(control_arguments(request)));
}

static void command_hold(void *argument, struct control_request *request)
{
    struct desk *desk = argument;

    assert_true(desk->held_count < HELD);
    desk->held[desk->held_count++] = request;
}

static void command_large(void *argument, struct control_request *request)
{
    struct desk *desk = argument;
    char *text = malloc(LARGE);

    desk->large_count++;
    memset(text, 'x', LARGE);
    text[0] = '"';
    text[LARGE - 1] = '"';
    control_reply_text(request, text, LARGE);
}

static void command_refuse(void *argument, struct control_request *request)
{
    (void)argument;
    control_fail(request, "not-so", "%d is too much", 7);
}

static void command_peer(void *argument, struct control_request *request)
{
    struct control_peer peer = control_peer(request);

    (void)argument;
    control_reply(request, json_pack("{s:i, s:i, s:i}", "pid", (int)peer.pid, "uid", (int)peer.uid,
                                     "gid", (int)peer.gid));
}

static json_t *next_number(void *argument, uint64_t *cursor)
{
    const struct desk *desk = argument;

    return *cursor < desk->told
               ? json_pack("{s:i, s:I}", "version", 1, "n", (json_int_t)++ * cursor)
               : NULL;
}

static void command_follow(void *argument, struct control_request *request)
{
    const struct control_feed feed = {.argument = argument, .next = next_number};

    control_follow(request, json_string("from here on"), &feed, 0);
}

static void desk_serve(struct desk *desk)
{
    int error = -1;

    desk->control = control_new(desk->loop, desk->log, desk->path, &error);
    assert_int_equal(error, 0);
    assert_non_null(desk->control);
    control_add_command(desk->control, "echo", "give the arguments back", command_echo, NULL);
    control_add_command(desk->control, "hold", "answer later", command_hold, desk);
    control_add_command(desk->control, "large", "answer much", command_large, desk);
    control_add_command(desk->control, "refuse", "refuse", command_refuse, NULL);
    control_add_command(desk->control, "peer", "tell who asks", command_peer, NULL);
    control_add_look(desk->control, "follow", "tell numbers", command_follow, desk);
}

static int desk_open(void **state)
{
    const struct log_options options = {.console = true, .lowest = LOG_LEVEL_ERROR};
    struct desk *desk = memory_new(1, sizeof(*desk));

    (void)text_copy(desk->directory, sizeof(desk->directory), "test-protocol.XXXXXX");
    assert_non_null(mkdtemp(desk->directory));
    (void)snprintf(desk->path, sizeof(desk->path), "%s/control.sock", desk->directory);
    desk->loop = loop_new();
    desk->log = log_new(&options);
    *state = desk;
    return 0;
}

static int desk_open_serving(void **state)
{
    (void)desk_open(state);
    desk_serve(*state);
    return 0;
}

static int desk_close(void **state)
{
    struct desk *desk = *state;

    control_free(desk->control);
    for (unsigned i = 0; i < desk->held_count; i++) {
        control_reply(desk->held[i], NULL);
    }
    log_free(desk->log);
    loop_free(desk->loop);
    (void)unlink(desk->path);
    assert_int_equal(rmdir(desk->directory), 0);
    free(desk);
    return 0;
}

struct wait {
    struct desk *desk;
    bool (*met)(struct desk *desk, void *argument);
    void *argument;
    struct loop_timer *timer;
    int64_t limit;
    bool failed;
};

static void wait_look(void *object, int64_t now, int64_t late)
{
    struct wait *wait = object;

    (void)late;
    wait->failed = now > wait->limit;
    if (wait->failed || wait->met(wait->desk, wait->argument)) {
        loop_stop(wait->desk->loop);
    } else {
        loop_timer_set(wait->timer, now + MS);
    }
}

static void desk_wait(struct desk *desk, const char *what,
                      bool (*met)(struct desk *desk, void *argument), void *argument)
{
    struct wait wait = {.desk = desk, .met = met, .argument = argument};

    wait.limit = clock_now() + 10 * S;
    wait.timer = loop_timer_new(desk->loop, LOOP_PRIORITY_CONTROL, wait_look, &wait);
    loop_timer_set(wait.timer, clock_now());
    (void)loop_run(desk->loop);
    loop_timer_free(wait.timer);
    assert_fact(!wait.failed, "waited in vain for %s", what);
}

static bool met_held(struct desk *desk, void *count)
{
    return desk->held_count >= *(unsigned *)count;
}

static void wait_held(struct desk *desk, unsigned count)
{
    desk_wait(desk, "requests to be held", met_held, &count);
}

static bool met_time(struct desk *desk, void *until)
{
    (void)desk;
    return clock_now() >= *(int64_t *)until;
}

static void wait_time(struct desk *desk, int64_t span)
{
    int64_t until = clock_now() + span;

    desk_wait(desk, "time to pass", met_time, &until);
}

/* ---- Clients ----------------------------------------------------------------------------------- */

/* What a client has read; of a large reply only its size is kept. */
struct reading {
    int fd;
    char line[4096];
    size_t length;
    bool whole;  /* a line is there */
    bool closed; /* the other end is gone */
};

static int client_open(struct desk *desk)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    (void)text_copy(address.sun_path, sizeof(address.sun_path), desk->path);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void client_send(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Asks for a command without arguments. */
static void client_ask(int fd, const char *command)
{
    char line[200];

    (void)snprintf(line, sizeof(line), "{\"version\":1,\"command\":\"%s\"}\n", command);
    client_send(fd, line);
}

static bool met_line(struct desk *desk, void *argument)
{
    struct reading *reading = argument;
    char byte;

    (void)desk;
    while (!reading->whole && !reading->closed) {
        ssize_t got = recv(reading->fd, &byte, 1, 0);

        if (got < 0 && errno == EAGAIN) {
            return false;
        }
        reading->closed = got <= 0;
        reading->whole = got == 1 && byte == '\n';
        if (got == 1 && byte != '\n' && reading->length < sizeof(reading->line) - 1) {
            reading->line[reading->length++] = byte;
        }
    }
    return true;
}

/* The next line that the client gets, as JSON; NULL where it gets none because it was closed. */
static json_t *client_read(struct desk *desk, int fd)
{
    struct reading reading = {.fd = fd};
    json_t *reply;

    desk_wait(desk, "a reply", met_line, &reading);
    if (!reading.whole) {
        return NULL;
    }
    reply = json_loads(reading.line, 0, NULL);
    assert_fact(reply != NULL, "this is no JSON: %s", reading.line);
    assert_int_equal(json_integer_value(json_object_get(reply, "version")), 1);
    return reply;
}

/* The result of the next reply. */
static json_t *client_result(struct desk *desk, int fd)
{
    json_t *reply = client_read(desk, fd);
    json_t *result;

    assert_non_null(reply);
    assert_true(json_is_true(json_object_get(reply, "ok")));
    result = json_incref(json_object_get(reply, "result"));
    json_decref(reply);
    return result;
}

static void expect_error(struct desk *desk, int fd, const char *code, const char *message)
{
    json_t *reply = client_read(desk, fd);
    json_t *error = json_object_get(reply, "error");

    assert_non_null(reply);
    assert_true(json_is_false(json_object_get(reply, "ok")));
    assert_string_equal(json_string_value(json_object_get(error, "code")), code);
    assert_string_equal(json_string_value(json_object_get(error, "message")), message);
    json_decref(reply);
}

static void expect_closed(struct desk *desk, int fd)
{
    assert_null(client_read(desk, fd));
    (void)close(fd);
}

/* The daemon still answers others. */
static void expect_served(struct desk *desk)
{
    int fd = client_open(desk);

    client_ask(fd, "version");
    json_decref(client_result(desk, fd));
    (void)close(fd);
}

/* ---- Requests and replies ---------------------------------------------------------------------- */

static void test_a_request_gets_its_reply(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);
    json_t *result;

    client_send(fd, "{\"version\":1,\"command\":\"echo\",\"arguments\":{\"a\":[1,2]}}\n");
    result = client_result(desk, fd);
    assert_int_equal(json_array_size(json_object_get(result, "a")), 2);
    json_decref(result);
    (void)close(fd);
}

static void test_version_and_help_are_there_from_the_start(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);
    json_t *result;
    json_t *commands;

    client_ask(fd, "version");
    result = client_result(desk, fd);
    assert_non_null(json_string_value(json_object_get(result, "version")));
    assert_int_equal(json_integer_value(json_object_get(result, "protocol")), REQUEST_VERSION);
    json_decref(result);
    client_ask(fd, "help");
    result = client_result(desk, fd);
    commands = json_object_get(result, "commands");
    assert_int_equal(json_array_size(commands), 8);
    assert_string_equal(json_string_value(json_object_get(json_array_get(commands, 2), "name")),
                        "echo");
    assert_string_equal(json_string_value(json_object_get(json_array_get(commands, 2), "help")),
                        "give the arguments back");
    json_decref(result);
    (void)close(fd);
}

static void test_a_request_may_come_byte_by_byte(void **state)
{
    struct desk *desk = *state;
    static const char line[] = "{\"version\":1,\"command\":\"version\"}\n";
    int fd = client_open(desk);

    for (size_t i = 0; line[i]; i++) {
        assert_int_equal(send(fd, &line[i], 1, 0), 1);
        wait_time(desk, MS / 2);
    }
    json_decref(client_result(desk, fd));
    (void)close(fd);
}

static void test_two_requests_in_one_write_are_answered_in_their_order(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);

    for (int round = 0; round < 2; round++) {
        client_send(fd, "{\"version\":1,\"command\":\"echo\",\"arguments\":{\"n\":1}}\n"
                        "{\"version\":1,\"command\":\"echo\",\"arguments\":{\"n\":2}}\n");
        for (int i = 1; i <= 2; i++) {
            json_t *result = client_result(desk, fd);

            assert_int_equal(json_integer_value(json_object_get(result, "n")), i);
            json_decref(result);
        }
    }
    (void)close(fd);
}

static void test_an_unknown_command_is_told_and_the_client_stays(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);

    client_ask(fd, "stauts");
    expect_error(desk, fd, "unknown-command", "there is no command \"stauts\"; try \"help\"");
    client_ask(fd, "refuse");
    expect_error(desk, fd, "not-so", "7 is too much");
    client_ask(fd, "version");
    json_decref(client_result(desk, fd));
    (void)close(fd);
}

static void test_garbage_is_told_and_the_client_closed(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);

    client_send(fd, "[]\n{\"version\":1,\"command\":\"version\"}\n");
    expect_error(desk, fd, "bad-request", "a request is a JSON object");
    expect_closed(desk, fd);
    expect_served(desk);
}

static void test_a_request_up_to_the_limit_is_taken_and_above_it_refused(void **state)
{
    static char line[REQUEST_LIMIT + 2];
    struct desk *desk = *state;
    int fd = client_open(desk);

    (void)snprintf(line, sizeof(line), "%-*s", REQUEST_LIMIT + 1,
                   "{\"version\":1,\"command\":\"version\"}");
    assert_int_equal(send(fd, line, REQUEST_LIMIT, 0), REQUEST_LIMIT);
    wait_time(desk, 20 * MS);
    client_send(fd, "\n");
    json_decref(client_result(desk, fd));
    assert_int_equal(send(fd, line, REQUEST_LIMIT + 1, 0), REQUEST_LIMIT + 1);
    expect_error(desk, fd, "too-large", "a request has at most 64 KiB");
    expect_closed(desk, fd);
    expect_served(desk);
}

static void test_a_client_that_sends_no_more_gets_its_answers(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);

    client_ask(fd, "hold");
    client_ask(fd, "version");
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    wait_held(desk, 1);
    wait_time(desk, 20 * MS);
    control_reply(desk->held[--desk->held_count], json_true());
    json_decref(client_result(desk, fd));
    json_decref(client_result(desk, fd));
    expect_closed(desk, fd);
}

static void test_a_request_that_ends_without_a_newline_is_told_so(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);

    client_send(fd, "{\"version\":1,\"command\":\"version\"}");
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    expect_error(desk, fd, "bad-request", "a request ends with a newline");
    expect_closed(desk, fd);
}

static void test_a_handler_may_answer_later_and_others_are_served_meanwhile(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);

    client_ask(fd, "hold");
    wait_held(desk, 1);
    expect_served(desk);
    control_reply(desk->held[--desk->held_count], json_string("late"));
    json_decref(client_result(desk, fd));
    (void)close(fd);
}

static void test_a_client_may_go_before_its_answer(void **state)
{
    struct desk *desk = *state;
    int fds[3] = {client_open(desk), client_open(desk), client_open(desk)};

    for (int i = 0; i < 3; i++) {
        client_ask(fds[i], "hold");
        wait_held(desk, (unsigned)i + 1);
        (void)close(fds[i]);
    }
    wait_time(desk, 20 * MS);
    control_reply(desk->held[0], json_true());
    control_fail(desk->held[1], "no", "no");
    control_reply_text(desk->held[2], strdup("true"), 4);
    desk->held_count = 0;
    wait_time(desk, 20 * MS);
    expect_served(desk);
}

static void test_requests_may_be_answered_after_the_socket_is_gone(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);

    client_ask(fd, "hold");
    wait_held(desk, 1);
    control_free(desk->control);
    desk->control = NULL;
    control_reply(desk->held[--desk->held_count], json_true());
    expect_closed(desk, fd);
}

static void test_an_answer_that_was_given_before_the_end_arrives(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);

    client_ask(fd, "hold");
    wait_held(desk, 1);
    control_reply(desk->held[--desk->held_count], json_string("the last"));
    control_free(desk->control); /* before the loop has had a turn */
    desk->control = NULL;
    json_decref(client_result(desk, fd));
    expect_closed(desk, fd);
}

static void test_the_daemon_knows_who_asks(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);
    json_t *result;

    client_ask(fd, "peer");
    result = client_result(desk, fd);
    assert_int_equal(json_integer_value(json_object_get(result, "pid")), getpid());
    assert_int_equal(json_integer_value(json_object_get(result, "uid")), geteuid());
    assert_int_equal(json_integer_value(json_object_get(result, "gid")), getegid());
    json_decref(result);
    (void)close(fd);
}

/* ---- Limits ------------------------------------------------------------------------------------ */

struct taking {
    int fd;
    size_t size; /* taken so far */
    size_t wanted;
};

static bool met_size(struct desk *desk, void *argument)
{
    static char part[65536];
    struct taking *taking = argument;
    ssize_t got = recv(taking->fd, part, sizeof(part), 0);

    (void)desk;
    assert_true(got > 0 || (got < 0 && errno == EAGAIN));
    taking->size += got > 0 ? (size_t)got : 0;
    return taking->size >= taking->wanted;
}

static void test_a_large_answer_arrives_whole(void **state)
{
    struct desk *desk = *state;
    struct taking taking = {.fd = client_open(desk)};

    taking.wanted = LARGE + strlen("{\"version\":1,\"ok\":true,\"result\":}\n");
    client_ask(taking.fd, "large");
    desk_wait(desk, "all of it", met_size, &taking);
    assert_int_equal(taking.size, taking.wanted);
    client_ask(taking.fd, "version");
    json_decref(client_result(desk, taking.fd));
    (void)close(taking.fd);
}

static void test_who_does_not_read_is_dropped_and_holds_one_answer_at_most(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);
    struct reading reading = {.fd = fd};

    control_set_limits(desk->control, 10 * S, 100 * MS);
    for (int i = 0; i < 100; i++) {
        client_ask(fd, "large");
    }
    wait_time(desk, 250 * MS);
    assert_int_equal(desk->large_count, 1);
    desk_wait(desk, "the end", met_line, &reading);
    assert_true(reading.closed && !reading.whole);
    (void)close(fd);
    expect_served(desk);
}

static void test_a_slow_reader_that_gets_it_all_in_time_is_served_on(void **state)
{
    struct desk *desk = *state;
    struct taking taking = {.fd = client_open(desk)};

    control_set_limits(desk->control, 10 * S, 5 * S);
    client_ask(taking.fd, "large");
    for (taking.wanted = 65536; taking.wanted <= LARGE; taking.wanted += LARGE / 4) {
        desk_wait(desk, "a part", met_size, &taking);
        wait_time(desk, 20 * MS);
    }
    taking.wanted = LARGE + strlen("{\"version\":1,\"ok\":true,\"result\":}\n");
    desk_wait(desk, "the rest", met_size, &taking);
    (void)close(taking.fd);
}

static void test_who_sends_no_whole_request_in_time_is_dropped(void **state)
{
    struct desk *desk = *state;
    int silent;
    int slow;
    int good;

    control_set_limits(desk->control, 1 * S, 10 * S);
    silent = client_open(desk);
    slow = client_open(desk);
    good = client_open(desk);
    for (int i = 0; i < 12; i++) { /* a byte now and then does not help */
        (void)send(slow, "{", 1, MSG_NOSIGNAL);
        client_ask(good, "version");
        json_decref(client_result(desk, good));
        wait_time(desk, 100 * MS);
    }
    expect_closed(desk, silent);
    expect_closed(desk, slow);
    client_ask(good, "version");
    json_decref(client_result(desk, good));
    (void)close(good);
}

static void test_the_time_of_a_handler_is_not_the_clients(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);

    control_set_limits(desk->control, 50 * MS, 50 * MS);
    client_ask(fd, "hold");
    wait_held(desk, 1);
    wait_time(desk, 200 * MS);
    control_reply(desk->held[--desk->held_count], json_true());
    json_decref(client_result(desk, fd));
    (void)close(fd);
}

static void test_one_client_too_many_is_told_so(void **state)
{
    struct desk *desk = *state;
    int fds[CONTROL_CLIENTS];
    int fd;

    for (int i = 0; i < CONTROL_CLIENTS; i++) {
        fds[i] = client_open(desk);
        client_ask(fds[i], "version");
        json_decref(client_result(desk, fds[i]));
    }
    fd = client_open(desk);
    expect_error(desk, fd, "too-many-clients", "too many are connected: try again");
    expect_closed(desk, fd);
    (void)close(fds[0]);
    wait_time(desk, 20 * MS);
    expect_served(desk);
    for (int i = 1; i < CONTROL_CLIENTS; i++) {
        (void)close(fds[i]);
    }
}

static void test_clients_wait_while_there_is_no_descriptor(void **state)
{
    struct desk *desk = *state;
    int fd = client_open(desk);
    struct rlimit limit;
    struct rlimit none;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 3, .rlim_max = limit.rlim_max};
    client_ask(fd, "version");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    wait_time(desk, 50 * MS);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    json_decref(client_result(desk, fd));
    (void)close(fd);
}

/* ---- Followers --------------------------------------------------------------------------------- */

/* More happens. */
static void desk_tell(struct desk *desk, uint64_t count)
{
    desk->told += count;
    control_wake(desk->control);
}

static int follower_open(struct desk *desk)
{
    int fd = client_open(desk);

    client_ask(fd, "follow");
    json_decref(client_result(desk, fd));
    return fd;
}

static void expect_numbers(struct desk *desk, int fd, int64_t first, int64_t last)
{
    for (int64_t n = first; n <= last; n++) {
        json_t *line = client_read(desk, fd);

        assert_non_null(line);
        assert_int_equal(json_integer_value(json_object_get(line, "n")), n);
        json_decref(line);
    }
}

static void test_a_follower_is_told_what_was_and_what_comes(void **state)
{
    struct desk *desk = *state;
    int fds[2];

    desk_tell(desk, 3);
    fds[0] = follower_open(desk);
    expect_numbers(desk, fds[0], 1, 3);
    desk_tell(desk, 1);
    expect_numbers(desk, fds[0], 4, 4);
    fds[1] = follower_open(desk);
    client_ask(fds[1], "version"); /* not read any more */
    desk_tell(desk, 2);
    for (int i = 0; i < 2; i++) {
        expect_numbers(desk, fds[i], i ? 1 : 5, 6);
        (void)close(fds[i]);
    }
}

static void test_a_follower_that_sends_no_more_is_told_on_until_it_goes(void **state)
{
    struct desk *desk = *state;
    int fds[CONTROL_FOLLOWERS];
    int fd;

    for (int round = 0; round < 2; round++) { /* the second has room: the first ones have gone */
        for (int i = 0; i < CONTROL_FOLLOWERS; i++) {
            fds[i] = follower_open(desk);
            if (i % 2) {
                assert_int_equal(shutdown(fds[i], SHUT_WR), 0);
            }
        }
        wait_time(desk, 20 * MS);
        fd = client_open(desk);
        client_ask(fd, "follow");
        expect_error(desk, fd, "unavailable", "16 follow already: try again later");
        (void)close(fd);
        desk_tell(desk, round ? 0 : 1);
        for (int i = 0; i < CONTROL_FOLLOWERS; i++) {
            expect_numbers(desk, fds[i], 1, 1);
            (void)close(fds[i]);
        }
        wait_time(desk,
                  (round ? 0 : 2200) * MS); /* those who had sent their last are looked at then */
    }
    expect_served(desk);
}

/* Follows as soon as there is a place. */
static int follower_open_soon(struct desk *desk)
{
    for (int i = 0; i < 100; i++) {
        int fd = client_open(desk);
        json_t *reply;
        bool follows;

        client_ask(fd, "follow");
        reply = client_read(desk, fd);
        follows = json_is_true(json_object_get(reply, "ok"));
        json_decref(reply);
        if (follows) {
            return fd;
        }
        (void)close(fd);
        wait_time(desk, 50 * MS);
    }
    fail_msg("no place becomes free");
    return -1;
}

/* More than the daemon would ever keep of it: what it says must not hide that it goes. */
static void test_a_follower_that_talks_on_and_goes_leaves_its_place(void **state)
{
    struct desk *desk = *state;
    char *talk = memory_new(REQUEST_LIMIT + 4096, 1);
    int fds[CONTROL_FOLLOWERS];

    memset(talk, 'x', REQUEST_LIMIT + 4095);
    for (int i = 0; i < CONTROL_FOLLOWERS; i++) {
        fds[i] = follower_open(desk);
        client_send(fds[i], talk);
    }
    expect_served(desk); /* it has been heard by now, as far as it is heard */
    for (int i = 0; i < CONTROL_FOLLOWERS; i++) {
        (void)close(fds[i]);
    }
    for (int i = 0; i < CONTROL_FOLLOWERS; i++) {
        fds[i] = follower_open_soon(desk);
    }
    for (int i = 0; i < CONTROL_FOLLOWERS; i++) {
        (void)close(fds[i]);
    }
    free(talk);
}

static void test_a_follower_that_does_not_take_what_it_is_told_is_dropped(void **state)
{
    struct desk *desk = *state;
    struct reading reading;
    unsigned lines = 0;

    control_set_limits(desk->control, 10 * S, 100 * MS);
    reading = (struct reading){.fd = follower_open(desk)};
    desk_tell(desk, UINT32_MAX);
    wait_time(desk, 300 * MS);
    expect_served(desk);
    while (!reading.closed && lines < 1000 * 1000) {
        desk_wait(desk, "the end", met_line, &reading);
        reading = (struct reading){.fd = reading.fd, .closed = reading.closed};
        lines++;
    }
    assert_true(reading.closed && lines > 1);
    (void)close(reading.fd);
}

/* ---- The socket for readers -------------------------------------------------------------------- */

static void test_readers_may_look_and_nothing_else(void **state)
{
    struct desk *desk = *state;
    char path[sizeof(desk->path)];
    char message[REQUEST_MESSAGE_SIZE];
    struct stat info;
    json_t *result;
    int fd;

    (void)text_copy(path, sizeof(path), desk->path);
    (void)snprintf(desk->path, sizeof(desk->path), "%s/status.sock", desk->directory);
    assert_int_equal(control_open_for_readers(desk->control, desk->path, getegid()), 0);
    assert_int_equal(lstat(desk->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0660);
    assert_int_equal(info.st_gid, getegid());
    fd = client_open(desk);
    client_ask(fd, "help");
    result = client_result(desk, fd);
    assert_int_equal(json_array_size(json_object_get(result, "commands")), 3);
    json_decref(result);
    client_ask(fd, "echo");
    (void)snprintf(message, sizeof(message),
                   "this socket is for looking, and \"echo\" is for those who may use %s", path);
    expect_error(desk, fd, "read-only", message);
    client_ask(fd, "no-such");
    expect_error(desk, fd, "unknown-command", "there is no command \"no-such\"; try \"help\"");
    client_ask(fd, "follow");
    json_decref(client_result(desk, fd));
    desk_tell(desk, 1);
    expect_numbers(desk, fd, 1, 1);
    (void)close(fd);
    control_free(desk->control);
    desk->control = NULL;
    assert_int_equal(lstat(desk->path, &info), -1);
    (void)text_copy(desk->path, sizeof(desk->path), path);
}

/* They fill their places, and more; the administrator has those that are theirs never. */
static void test_readers_never_keep_the_administrator_out(void **state)
{
    struct desk *desk = *state;
    int fds[CONTROL_CLIENTS];
    char path[sizeof(desk->path)];
    int followers = 0;

    (void)text_copy(path, sizeof(path), desk->path);
    (void)snprintf(desk->path, sizeof(desk->path), "%s/status.sock", desk->directory);
    assert_int_equal(control_open_for_readers(desk->control, desk->path, getegid()), 0);
    for (int i = 0; i < CONTROL_CLIENTS * 3 / 4; i++) {
        fds[i] = client_open(desk);
        client_ask(fds[i], followers < CONTROL_FOLLOWERS * 3 / 4 ? "follow" : "version");
        json_decref(client_result(desk, fds[i]));
        followers++;
    }
    client_ask(fds[CONTROL_CLIENTS * 3 / 4 - 1], "follow");
    expect_error(desk, fds[CONTROL_CLIENTS * 3 / 4 - 1], "unavailable",
                 "12 follow already: try again later");
    fds[CONTROL_CLIENTS * 3 / 4] = client_open(desk);
    expect_error(desk, fds[CONTROL_CLIENTS * 3 / 4], "too-many-clients",
                 "too many are connected: try again");
    (void)close(fds[CONTROL_CLIENTS * 3 / 4]);
    (void)text_copy(desk->path, sizeof(desk->path), path);
    expect_served(desk);
    (void)close(follower_open(desk));
    for (int i = 0; i < CONTROL_CLIENTS * 3 / 4; i++) {
        (void)close(fds[i]);
    }
}

static void test_readers_without_a_socket_cost_nothing_else(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(control_open_for_readers(desk->control, "no-such-directory/s", (gid_t)-1),
                     -ENOENT);
    expect_served(desk);
}

/* ---- The socket -------------------------------------------------------------------------------- */

static void test_the_socket_is_for_its_owner_and_group_and_goes_with_the_daemon(void **state)
{
    struct desk *desk = *state;
    struct stat info;

    assert_int_equal(lstat(desk->path, &info), 0);
    assert_true(S_ISSOCK(info.st_mode));
    assert_int_equal(info.st_mode & 07777, 0660);
    control_free(desk->control);
    desk->control = NULL;
    assert_int_equal(lstat(desk->path, &info), -1);
    assert_int_equal(errno, ENOENT);
}

static void test_the_socket_of_a_dead_process_is_replaced(void **state)
{
    struct desk *desk = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)text_copy(address.sun_path, sizeof(address.sun_path), desk->path);
    assert_int_equal(bind(dead, (struct sockaddr *)&address, sizeof(address)), 0);
    (void)close(dead);
    desk_serve(desk);
    expect_served(desk);
}

static void test_a_socket_that_another_made_at_the_path_is_left_alone(void **state)
{
    struct desk *desk = *state;
    struct control *first;
    int error;

    desk_serve(desk);
    first = desk->control;
    desk->control = control_new(desk->loop, desk->log, desk->path, &error);
    assert_non_null(desk->control);
    control_free(first);
    expect_served(desk);
}

static void expect_no_socket(struct desk *desk, int expected)
{
    int error = 0;

    assert_null(control_new(desk->loop, desk->log, desk->path, &error));
    assert_int_equal(error, expected);
}

static void test_what_cannot_be_a_socket_is_refused_and_left_as_it_is(void **state)
{
    struct desk *desk = *state;
    struct stat info;
    int fd = open(desk->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_int_equal(write(fd, "kept", 4), 4);
    (void)close(fd);
    expect_no_socket(desk, -EEXIST);
    assert_int_equal(lstat(desk->path, &info), 0);
    assert_int_equal(info.st_size, 4);
    assert_int_equal(unlink(desk->path), 0);
    assert_int_equal(symlink("elsewhere", desk->path), 0);
    expect_no_socket(desk, -EEXIST);
}

static void test_a_path_that_does_not_fit_or_is_not_there_is_refused(void **state)
{
    struct desk *desk = *state;
    char path[sizeof(desk->path)];
    char long_path[200];
    int error = 0;

    (void)text_copy(path, sizeof(path), desk->path);
    (void)text_copy(desk->path, sizeof(desk->path), "no-such-directory/control.sock");
    expect_no_socket(desk, -ENOENT);
    memset(long_path, 'a', sizeof(long_path));
    long_path[sizeof(long_path) - 1] = '\0';
    assert_null(control_new(desk->loop, desk->log, long_path, &error));
    assert_int_equal(error, -ENAMETOOLONG);
    (void)text_copy(desk->path, sizeof(desk->path), path);
}

#define DESK_TEST(name) cmocka_unit_test_setup_teardown(name, desk_open_serving, desk_close)
#define BARE_TEST(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(test_a_request_gets_its_reply),
        DESK_TEST(test_version_and_help_are_there_from_the_start),
        DESK_TEST(test_a_request_may_come_byte_by_byte),
        DESK_TEST(test_a_follower_is_told_what_was_and_what_comes),
        DESK_TEST(test_a_follower_that_sends_no_more_is_told_on_until_it_goes),
        DESK_TEST(test_a_follower_that_talks_on_and_goes_leaves_its_place),
        DESK_TEST(test_a_follower_that_does_not_take_what_it_is_told_is_dropped),
        DESK_TEST(test_readers_may_look_and_nothing_else),
        DESK_TEST(test_readers_never_keep_the_administrator_out),
        DESK_TEST(test_readers_without_a_socket_cost_nothing_else),
        DESK_TEST(test_two_requests_in_one_write_are_answered_in_their_order),
        DESK_TEST(test_an_unknown_command_is_told_and_the_client_stays),
        DESK_TEST(test_garbage_is_told_and_the_client_closed),
        DESK_TEST(test_a_request_up_to_the_limit_is_taken_and_above_it_refused),
        DESK_TEST(test_a_client_that_sends_no_more_gets_its_answers),
        DESK_TEST(test_a_request_that_ends_without_a_newline_is_told_so),
        DESK_TEST(test_a_handler_may_answer_later_and_others_are_served_meanwhile),
        DESK_TEST(test_a_client_may_go_before_its_answer),
        DESK_TEST(test_requests_may_be_answered_after_the_socket_is_gone),
        DESK_TEST(test_an_answer_that_was_given_before_the_end_arrives),
        DESK_TEST(test_the_daemon_knows_who_asks),
        DESK_TEST(test_a_large_answer_arrives_whole),
        DESK_TEST(test_who_does_not_read_is_dropped_and_holds_one_answer_at_most),
        DESK_TEST(test_a_slow_reader_that_gets_it_all_in_time_is_served_on),
        DESK_TEST(test_who_sends_no_whole_request_in_time_is_dropped),
        DESK_TEST(test_the_time_of_a_handler_is_not_the_clients),
        DESK_TEST(test_one_client_too_many_is_told_so),
        DESK_TEST(test_clients_wait_while_there_is_no_descriptor),
        DESK_TEST(test_the_socket_is_for_its_owner_and_group_and_goes_with_the_daemon),
        BARE_TEST(test_the_socket_of_a_dead_process_is_replaced),
        BARE_TEST(test_a_socket_that_another_made_at_the_path_is_left_alone),
        BARE_TEST(test_what_cannot_be_a_socket_is_refused_and_left_as_it_is),
        BARE_TEST(test_a_path_that_does_not_fit_or_is_not_there_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
