/* SPDX-License-Identifier: Apache-2.0
 *
 * The web server with real clients, by a UNIX socket.
 */
#include "unit.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "control/snapshot.h"
#include "control/web.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MS CLOCK_MILLISECOND
#define S  CLOCK_SECOND

/* ---- The desk: a server with a small document --------------------------------------------------- */

struct desk {
    struct loop *loop;
    struct log *log;
    struct snapshot *snapshot;
    struct web *web;
    char directory[64];
    char path[96];
    const char *state; /* of the only instance */
    unsigned made;     /* documents */
    size_t padding;    /* bytes that the document has beside */
};

static json_t *section_instances(void *argument)
{
    struct desk *desk = argument;
    char *padding = memory_new(desk->padding + 1, 1);
    json_t *instances;

    memset(padding, 'x', desk->padding);
    desk->made++;
    instances = json_pack("[{s:s, s:s, s:s, s:[s], s:s}]", "name", "VI_1", "family", "ipv4",
                          "state", desk->state, "faults", "no carrier", "reason", padding);
    free(padding);
    return instances;
}

static json_t *section_daemon(void *argument)
{
    (void)argument;
    return json_pack("{s:s}", "version", "1");
}

static json_t *no_events(void *argument, uint64_t *since)
{
    (void)argument;
    *since = 1;
    return json_pack("[{s:i}]", "seq", 1);
}

static void desk_listen(struct desk *desk, const char *path)
{
    const struct web_endpoint endpoint = {.path = path};

    web_configure(desk->web, &(struct web_settings){
                                 .endpoints = &endpoint, .count = path ? 1 : 0, .name = "lb1"});
}

static int desk_open(void **state)
{
    const struct log_options options = {.console = true, .lowest = LOG_LEVEL_ERROR};
    struct desk *desk = memory_new(1, sizeof(*desk));

    (void)text_copy(desk->directory, sizeof(desk->directory), "test-web.XXXXXX");
    assert_non_null(mkdtemp(desk->directory));
    (void)snprintf(desk->path, sizeof(desk->path), "%s/web.sock", desk->directory);
    desk->state = "MASTER";
    desk->loop = loop_new();
    desk->log = log_new(&options);
    desk->snapshot = snapshot_new(desk->loop);
    snapshot_add(desk->snapshot, "daemon", section_daemon, NULL);
    snapshot_add(desk->snapshot, "instances", section_instances, desk);
    desk->web = web_new(desk->loop, desk->log, desk->snapshot, no_events, NULL);
    desk_listen(desk, desk->path);
    *state = desk;
    return 0;
}

static int desk_close(void **state)
{
    struct desk *desk = *state;

    snapshot_free(desk->snapshot);
    web_free(desk->web);
    log_free(desk->log);
    loop_free(desk->loop);
    assert_int_equal(rmdir(desk->directory), 0); /* nothing is left there */
    free(desk);
    return 0;
}

/* ---- Clients ------------------------------------------------------------------------------------ */

struct client {
    int fd;
    struct text_buffer got;
    bool ended;
};

static struct client client_new(const struct desk *desk, const char *request)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct client client = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)};

    (void)text_copy(address.sun_path, sizeof(address.sun_path), desk->path);
    assert_int_equal(connect(client.fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(client.fd, request, strlen(request), 0), (ssize_t)strlen(request));
    return client;
}

static void client_free(struct client *client)
{
    (void)close(client->fd);
    text_release(&client->got);
}

static void client_take(struct client *client)
{
    char part[4096];
    ssize_t length;

    while ((length = recv(client->fd, part, sizeof(part), 0)) > 0) {
        text_append_n(&client->got, part, (size_t)length);
    }
    client->ended |= length == 0 || (length < 0 && errno != EAGAIN);
}

static bool client_has(struct client *client, const char *text)
{
    client_take(client);
    return text ? client->got.data && strstr(client->got.data, text) : client->ended;
}

/* What is waited for: a text; NULL: the end. */
struct wait {
    struct desk *desk;
    struct client *client;
    const char *text;
    struct loop_timer *timer;
    int64_t limit;
    bool failed;
};

static void wait_look(void *argument, int64_t now, int64_t late)
{
    struct wait *wait = argument;

    (void)late;
    wait->failed = now > wait->limit;
    if (wait->failed || (wait->client && client_has(wait->client, wait->text))) {
        loop_stop(wait->desk->loop);
    } else {
        loop_timer_set(wait->timer, clock_now() + 2 * MS);
    }
}

/* Turns the loop until the client has it. @return whether it came within the limit */
static bool turn_until(struct desk *desk, struct client *client, const char *text, int64_t limit)
{
    struct wait wait = {.desk = desk, .client = client, .text = text, .limit = clock_now() + limit};

    wait.timer = loop_timer_new(desk->loop, LOOP_PRIORITY_VRRP, wait_look, &wait);
    loop_timer_set(wait.timer, clock_now());
    assert_int_equal(loop_run(desk->loop), 0);
    loop_timer_free(wait.timer);
    return !wait.failed;
}

static void expect(struct desk *desk, struct client *client, const char *text)
{
    assert_fact(turn_until(desk, client, text, 20 * S), "no %s in: %.2000s (%zu bytes%s)",
                text ? text : "end", client->got.data ? client->got.data : "", client->got.length,
                client->ended ? ", ended" : "");
}

/* One request, its whole answer. */
static struct client answered(struct desk *desk, const char *method, const char *path)
{
    struct client client;
    char request[256];

    (void)snprintf(request, sizeof(request),
                   "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method, path);
    client = client_new(desk, request);
    expect(desk, &client, NULL);
    return client;
}

static int64_t number_of(const struct desk *desk, const char *name)
{
    json_t *section = web_snapshot(desk->web);
    int64_t number = json_integer_value(json_object_get(section, name));

    json_decref(section);
    return number;
}

/* ---- Answers ------------------------------------------------------------------------------------ */

static void test_each_path_has_its_answer(void **state)
{
    static const struct {
        const char *method;
        const char *path;
        const char *has;
        const char *lacks; /* NULL: nothing */
    } rows[] = {
        {"GET", "/", "<!doctype html>", NULL},
        {"GET", "/?x=1", "<!doctype html>", NULL},
        {"GET", "/", "default-src 'none'; script-src 'sha256-", "unsafe"},
        {"HEAD", "/", "Content-Type: text/html", "<!doctype html>"},
        {"GET", "/status.json", "\"instances\":[{\"name\":\"VI_1\"", NULL},
        {"GET", "/status.json", "Content-Type: application/json\r\n", NULL},
        {"HEAD", "/status.json", "Content-Length: ", "VI_1"},
        {"GET", "/healthz", "\r\n\r\nok\n", NULL},
        {"HEAD", "/events", "HTTP/1.1 200 ", "event:"},
        {"GET", "/nothing", "HTTP/1.1 404 ", NULL},
        {"GET", "/../../etc/passwd", "HTTP/1.1 404 ", "root:"},
        {"POST", "/", "HTTP/1.1 405 ", "<!doctype"},
        {"DELETE", "/status.json", "Allow: GET, HEAD\r\n", "VI_1"},
        {"PUT", "/", "HTTP/1.1 405 ", NULL},
    };
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct client client = answered(desk, rows[i].method, rows[i].path);

        assert_fact(strstr(client.got.data, rows[i].has) != NULL, "%s %s: %s", rows[i].method,
                    rows[i].path, client.got.data);
        assert_fact(!rows[i].lacks || !strstr(client.got.data, rows[i].lacks), "%s %s: %s",
                    rows[i].method, rows[i].path, client.got.data);
        assert_non_null(strstr(client.got.data, "X-Content-Type-Options: nosniff\r\n"));
        client_free(&client);
    }
}

static void test_instance_in_fault_is_not_healthy(void **state)
{
    struct desk *desk = *state;
    struct client client;

    desk->state = "FAULT";
    client = answered(desk, "GET", "/healthz");
    assert_non_null(strstr(client.got.data, "HTTP/1.1 503 "));
    assert_non_null(strstr(client.got.data, "critical: 1 instance in FAULT"));
    client_free(&client);
}

static void test_what_is_no_request_is_refused(void **state)
{
    static const char *const requests[] = {"\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                                           "\x16\x03\x01\x02\r\n\r\n"};
    struct desk *desk = *state;

    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct client client = client_new(desk, requests[i]);

        (void)shutdown(client.fd, SHUT_WR);
        expect(desk, &client, NULL);
        assert_true(!client.got.data || !strstr(client.got.data, " 200 "));
        client_free(&client);
    }
}

static void test_head_of_a_request_is_bounded(void **state)
{
    struct desk *desk = *state;
    struct text_buffer request = {0};
    struct client client;

    text_append(&request, "GET /?");
    while (request.length < WEB_HEADERS_LIMIT + 1024) {
        text_append(&request, "a");
    }
    client = client_new(desk, request.data);
    expect(desk, &client, " 400 ");
    client_free(&client);
    text_release(&request);
}

static void test_a_crowd_shares_a_document(void **state)
{
    enum { CROWD = 40 };
    struct desk *desk = *state;
    struct client clients[CROWD];

    for (int i = 0; i < CROWD; i++) {
        clients[i] =
            client_new(desk, "GET /status.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
    for (int i = 0; i < CROWD; i++) {
        expect(desk, &clients[i], NULL);
        assert_non_null(strstr(clients[i].got.data, "VI_1"));
        client_free(&clients[i]);
    }
    assert_true(desk->made <= 3);
}

static void test_a_connection_serves_one_request_after_the_other(void **state)
{
    struct desk *desk = *state;
    struct client client = client_new(desk, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                                            "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");

    expect(desk, &client, " 404 ");
    assert_non_null(strstr(client.got.data, "\r\n\r\nok\n"));
    client_free(&client);
}

/* ---- The live page ------------------------------------------------------------------------------ */

#define LISTEN "GET /events HTTP/1.1\r\nHost: x\r\n\r\n"

static void test_all_comes_first_then_what_changes(void **state)
{
    struct desk *desk = *state;
    struct client client = client_new(desk, LISTEN);

    expect(desk, &client, "event: full\ndata: {");
    assert_non_null(strstr(client.got.data, "Content-Type: text/event-stream"));
    desk->state = "BACKUP";
    web_touch(desk->web);
    expect(desk, &client, "event: change\ndata: {");
    expect(desk, &client,
           "\"instances\":{\"0\":{\"name\":\"VI_1\",\"family\":\"ipv4\",\"state\":\"BACKUP\"");
    assert_int_equal(number_of(desk, "streams"), 1);
    client_free(&client);
}

static void test_nothing_is_done_while_nobody_listens(void **state)
{
    struct desk *desk = *state;
    struct client client = client_new(desk, LISTEN);
    unsigned made;

    expect(desk, &client, "event: full");
    client_free(&client);
    (void)turn_until(desk, NULL, NULL, 1200 * MS); /* it is noticed, and what was planned is over */
    assert_int_equal(number_of(desk, "streams"), 0);
    made = desk->made;
    web_touch(desk->web);
    (void)turn_until(desk, NULL, NULL, 1200 * MS);
    assert_int_equal(desk->made, made);
}

static void test_listeners_are_bounded(void **state)
{
    struct desk *desk = *state;
    struct client clients[WEB_STREAMS + 1];

    for (int i = 0; i < WEB_STREAMS; i++) {
        clients[i] = client_new(desk, LISTEN);
        expect(desk, &clients[i], " 200 ");
    }
    clients[WEB_STREAMS] = client_new(desk, LISTEN);
    expect(desk, &clients[WEB_STREAMS], " 503 ");
    for (int i = 0; i <= WEB_STREAMS; i++) {
        client_free(&clients[i]);
    }
}

static void test_a_listener_that_takes_nothing_is_dropped(void **state)
{
    struct desk *desk = *state;
    struct client slow;
    struct client quick;

    desk->padding = (size_t)2 * 1024 * 1024; /* more than a socket holds */
    web_set_limits(desk->web, 60 * S, 60 * S, 100 * MS);
    slow = client_new(desk, LISTEN);
    quick = client_new(desk, LISTEN);
    expect(desk, &quick, "event: full");
    for (int64_t end = clock_now() + 20 * S; !number_of(desk, "dropped");) {
        assert_true(clock_now() < end);
        (void)turn_until(desk, &quick, "never", 50 * MS); /* it takes what comes */
    }
    assert_int_equal(number_of(desk, "streams"), 1);
    expect(desk, &quick, "event: change");
    client_free(&slow);
    client_free(&quick);
}

static void test_a_listener_that_was_late_gets_all_again(void **state)
{
    struct desk *desk = *state;
    struct client client;

    desk->padding = (size_t)2 * 1024 * 1024;
    client = client_new(desk, LISTEN);
    for (int64_t end = clock_now() + 20 * S;
         desk->made < 3;) { /* it takes nothing of what there is */
        assert_true(clock_now() < end);
        (void)turn_until(desk, NULL, NULL, 100 * MS);
    }
    expect(desk, &client, "event: full");
    text_release(&client.got);
    expect(desk, &client, "event: full");
    client_free(&client);
}

/* ---- Clients that cost -------------------------------------------------------------------------- */

static void test_who_sends_no_request_makes_room(void **state)
{
    struct desk *desk = *state;
    struct client clients[WEB_CLIENTS];
    struct client next;

    web_set_limits(desk->web, 300 * MS, 60 * S, 60 * S);
    for (int i = 0; i < WEB_CLIENTS; i++) {
        clients[i] = client_new(desk, i % 2 ? "GET / HT" : "");
    }
    next = client_new(desk, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int i = 0; i < 20 && number_of(desk, "clients") < WEB_CLIENTS; i++) {
        (void)turn_until(desk, NULL, NULL, 10 * MS);
    }
    assert_int_equal(number_of(desk, "clients"), WEB_CLIENTS);
    expect(desk, &next, "\r\n\r\nok\n");
    assert_int_equal(number_of(desk, "dropped"), WEB_CLIENTS);
    for (int i = 0; i < WEB_CLIENTS; i++) {
        expect(desk, &clients[i], NULL);
        client_free(&clients[i]);
    }
    client_free(&next);
}

static void test_who_rests_makes_room_and_was_not_slow(void **state)
{
    struct desk *desk = *state;
    struct client client;

    web_set_limits(desk->web, 300 * MS, 60 * S, 60 * S);
    client = client_new(desk, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(desk, &client, "\r\n\r\nok\n");
    expect(desk, &client, NULL);
    assert_int_equal(number_of(desk, "clients"), 0);
    assert_int_equal(number_of(desk, "dropped"), 0);
    client_free(&client);
}

static void test_who_goes_makes_room_at_once(void **state)
{
    struct desk *desk = *state;
    struct client clients[WEB_CLIENTS];
    struct client next;

    for (int i = 0; i < WEB_CLIENTS; i++) {
        clients[i] = client_new(desk, "");
    }
    next = client_new(desk, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)turn_until(desk, NULL, NULL, 50 * MS);
    client_free(&clients[7]);
    expect(desk, &next, "\r\n\r\nok\n");
    assert_int_equal(number_of(desk, "dropped"), 0);
    client_free(&next);
    for (int i = 0; i < WEB_CLIENTS; i++) {
        if (i != 7) {
            client_free(&clients[i]);
        }
    }
}

static void test_an_answer_that_nobody_takes_is_dropped(void **state)
{
    struct desk *desk = *state;
    struct client slow;
    struct client quick;

    desk->padding = (size_t)4 * 1024 * 1024;
    web_set_limits(desk->web, 60 * S, 200 * MS, 60 * S);
    slow = client_new(desk, "GET /status.json HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int64_t end = clock_now() + 20 * S; !number_of(desk, "dropped");) {
        assert_true(clock_now() < end);
        (void)turn_until(desk, NULL, NULL, 50 * MS);
    }
    web_set_limits(desk->web, 60 * S, 60 * S, 60 * S);
    quick = answered(desk, "GET", "/healthz");
    assert_non_null(strstr(quick.got.data, "ok"));
    client_free(&slow);
    client_free(&quick);
}

static void test_who_goes_while_it_waits_is_forgotten(void **state)
{
    struct desk *desk = *state;
    struct client client = client_new(desk, "GET /status.json HTTP/1.1\r\nHost: x\r\n\r\n");

    client_free(&client);
    client = answered(desk, "GET", "/status.json");
    assert_non_null(strstr(client.got.data, "VI_1"));
    client_free(&client);
}

/* ---- Where it listens --------------------------------------------------------------------------- */

static void test_what_stays_is_left_alone_and_what_goes_is_closed(void **state)
{
    struct desk *desk = *state;
    struct client client = client_new(desk, LISTEN);
    struct stat before;
    struct stat after;

    expect(desk, &client, "event: full");
    assert_int_equal(stat(desk->path, &before), 0);
    desk_listen(desk, desk->path);
    assert_int_equal(stat(desk->path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(after.st_mode & 0777, 0666);
    desk_listen(desk, NULL);
    assert_int_equal(stat(desk->path, &after), -1);
    assert_int_equal(number_of(desk, "streams"), 1); /* who is there stays */
    client_free(&client);
}

/* Whether the only listener is open, and why not. */
static bool is_open(const struct desk *desk, char error[64])
{
    json_t *section = web_snapshot(desk->web);
    const json_t *listener = json_array_get(json_object_get(section, "listeners"), 0);
    const char *text = json_string_value(json_object_get(listener, "error"));
    bool open = json_is_true(json_object_get(listener, "open"));

    (void)text_copy(error, 64, text ? text : "");
    json_decref(section);
    return open;
}

static void test_a_file_that_lies_there_is_not_touched(void **state)
{
    struct desk *desk = *state;
    char path[128];
    char error[64];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/file", desk->directory);
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    desk_listen(desk, path);
    assert_false(is_open(desk, error));
    assert_string_equal(error, strerror(EEXIST));
    assert_int_equal(unlink(path), 0);
}

static void test_what_cannot_be_opened_is_tried_again(void **state)
{
    struct desk *desk = *state;
    struct client client;
    char directory[80];
    char error[64];

    (void)snprintf(directory, sizeof(directory), "%s/sub", desk->directory);
    (void)snprintf(desk->path, sizeof(desk->path), "%s/web.sock", directory);
    desk_listen(desk, desk->path);
    assert_false(is_open(desk, error));
    assert_int_equal(mkdir(directory, 0700), 0);
    for (int64_t end = clock_now() + 20 * S; !is_open(desk, error);) {
        assert_true(clock_now() < end);
        (void)turn_until(desk, NULL, NULL, 100 * MS);
    }
    client = answered(desk, "GET", "/healthz");
    assert_non_null(strstr(client.got.data, "ok"));
    client_free(&client);
    desk_listen(desk, NULL);
    assert_int_equal(rmdir(directory), 0);
}

static void test_it_ends_in_the_midst_of_everything(void **state)
{
    struct desk *desk = *state;
    struct client clients[4] = {client_new(desk, LISTEN), client_new(desk, "GET / HT"),
                                client_new(desk, "GET /status.json HTTP/1.1\r\nHost: x\r\n\r\n"),
                                client_new(desk, "")};

    expect(desk, &clients[0], "event: full");
    web_touch(desk->web);
    for (int i = 0; i < 4; i++) {
        client_free(&clients[i]);
    }
}

int main(void)
{
#define WEB_TEST(name) cmocka_unit_test_setup_teardown(name, desk_open, desk_close)
    const struct CMUnitTest tests[] = {
        WEB_TEST(test_each_path_has_its_answer),
        WEB_TEST(test_instance_in_fault_is_not_healthy),
        WEB_TEST(test_what_is_no_request_is_refused),
        WEB_TEST(test_head_of_a_request_is_bounded),
        WEB_TEST(test_a_crowd_shares_a_document),
        WEB_TEST(test_a_connection_serves_one_request_after_the_other),
        WEB_TEST(test_all_comes_first_then_what_changes),
        WEB_TEST(test_nothing_is_done_while_nobody_listens),
        WEB_TEST(test_listeners_are_bounded),
        WEB_TEST(test_a_listener_that_takes_nothing_is_dropped),
        WEB_TEST(test_a_listener_that_was_late_gets_all_again),
        WEB_TEST(test_who_sends_no_request_makes_room),
        WEB_TEST(test_who_rests_makes_room_and_was_not_slow),
        WEB_TEST(test_who_goes_makes_room_at_once),
        WEB_TEST(test_an_answer_that_nobody_takes_is_dropped),
        WEB_TEST(test_who_goes_while_it_waits_is_forgotten),
        WEB_TEST(test_what_stays_is_left_alone_and_what_goes_is_closed),
        WEB_TEST(test_a_file_that_lies_there_is_not_touched),
        WEB_TEST(test_what_cannot_be_opened_is_tried_again),
        WEB_TEST(test_it_ends_in_the_midst_of_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
