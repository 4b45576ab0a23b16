/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP_GET from its block in a file to its verdict: what is sent, what replies are taken for, and whose
 * turn it is among several urls. The servers are threads that read a request and say what they are told.
 */
#include "unit_parser.h"

#include "base/clock.h"
#include "base/loop.h"
#include "check/http.h"
#include "check/http_plan.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD                                                                                       \
    "virtual_server 192.0.2.9 80 { lb_algo rr\nlb_kind NAT\nprotocol TCP\n"                        \
    "delay_loop 9\nconnect_timeout 2\n"
#define OK "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"

/* ---- A server -------------------------------------------------------------------------------- */

enum { REPLIES = 4 };

struct server {
    int fd;
    uint16_t port;
    pthread_t thread;
    const char *replies[REPLIES]; /* to one connection after the other; NULL: no more */
    bool resets;                  /* it breaks off behind its reply */
    char request[1024];           /* the last one */
};

static void server_answer(struct server *server, int client, const char *reply)
{
    const struct linger reset = {.l_onoff = 1};
    size_t got = 0;

    do {
        ssize_t size = recv(client, server->request + got, sizeof(server->request) - 1 - got, 0);

        if (size <= 0) {
            break;
        }
        got += (size_t)size;
        server->request[got] = '\0';
    } while (!strstr(server->request, "\r\n\r\n"));
    (void)send(client, reply, strlen(reply), MSG_NOSIGNAL);
    if (server->resets) {
        usleep(20000); /* what was sent goes first */
        (void)setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }
    (void)close(client);
}

static void *server_run(void *argument)
{
    struct server *server = argument;

    for (int i = 0; i < REPLIES && server->replies[i]; i++) {
        int client = accept(server->fd, NULL, NULL);

        if (client >= 0) {
            server_answer(server, client, server->replies[i]);
        }
    }
    return NULL;
}

static void server_open(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server->fd, 8), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, server_run, server), 0);
}

static void server_close(struct server *server)
{
    (void)shutdown(server->fd, SHUT_RDWR); /* ends accept() */
    assert_int_equal(pthread_join(server->thread, NULL), 0);
    (void)close(server->fd);
}

/* ---- A check --------------------------------------------------------------------------------- */

struct check {
    const struct check_kind *kind;
    struct loop *loop;
    void *engine;
    void *prepared;
    struct check_spec *spec;
    struct verdict verdict;
    bool done;
};

static void check_done(void *context, void *argument, const struct verdict *verdict)
{
    struct check *check = context;

    (void)argument;
    check->verdict = *verdict;
    check->done = true;
    loop_stop(check->loop);
}

/* A check of a server at a port of this host. */
static void check_begin(struct check *check, const struct conf_check *conf, uint16_t port)
{
    const struct check_means means = {.loop = loop_new()};
    struct text_buffer detail = {0};

    http_plan_pack(conf, &detail);
    check->kind = conf->kind == CONF_CHECK_SSL ? &https_kind : &http_kind;
    check->loop = means.loop;
    check->spec = memory_new(1, sizeof(*check->spec) + detail.length);
    check->spec->kind = (uint8_t)conf->kind;
    check->spec->connect_timeout = conf->connect_timeout;
    assert_true(inet_parse("127.0.0.1", &check->spec->connect_addr));
    check->spec->connect_port = port;
    check->spec->detail_size = (uint16_t)detail.length;
    memcpy(check->spec->detail, detail.data, detail.length);
    check->engine = check->kind->engine_new(&means, check_done, check);
    check->prepared = check->kind->prepare(check->engine, check->spec);
    text_release(&detail);
}

/* The same, as the file has it. */
static void check_open(struct check *check, const char *text, uint16_t port)
{
    struct unit_load load = unit_load_clean(text);
    const struct conf_virtual_server *service = STAILQ_FIRST(&load.conf->virtual_servers);

    check_begin(check, STAILQ_FIRST(&STAILQ_FIRST(&service->servers)->checks), port);
    unit_unload(&load);
}

static const struct verdict *check_run(struct check *check)
{
    check->done = false;
    check->verdict = (struct verdict){0};
    if (check->kind->start(check->engine, check->spec, check->prepared, check, &check->verdict)) {
        assert_int_equal(loop_run(check->loop), 0);
        assert_true(check->done);
    }
    return &check->verdict;
}

static void check_close(struct check *check)
{
    check->kind->forget(check->prepared);
    check->kind->engine_free(check->engine);
    loop_free(check->loop);
    free(check->spec);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void test_requests_are_keepaliveds_byte_by_byte(void **state)
{
    /* Captured from keepalived 2.2.7 of Debian 12. */
    static const struct {
        const char *outer;
        const char *server;
        const char *check;
        const char *url;
        const char *request;
    } cases[] = {
        {"", "", "", "path /a?b=c",
         "GET /a?b=c HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.1:@"},
        {"virtualhost vs.example\n", "", "", "path /",
         "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: vs.example\r\n\r\n"},
        {"virtualhost vs.example\n", "virtualhost rs.example\n", "http_protocol 1.0C\n", "path /",
         "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\n"
         "Host: rs.example\r\n\r\n"},
        {"virtualhost vs.example\n", "virtualhost rs.example\n",
         "http_protocol 1.1\nvirtualhost check.example\n", "path /",
         "GET / HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\n"
         "Host: check.example\r\n\r\n"},
        {"virtualhost vs.example\n", "", "virtualhost check.example\n",
         "path /\nvirtualhost url.example:8080",
         "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: url.example:8080\r\n\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct server server = {.replies = {OK}};
        struct check check;
        char text[1024];
        char request[1024];

        server_open(&server);
        (void)snprintf(text, sizeof(text),
                       HEAD "%sreal_server 192.0.2.1 80 {\n%sHTTP_GET {\n%surl {\n%s\n} } } }\n",
                       cases[i].outer, cases[i].server, cases[i].check, cases[i].url);
        check_open(&check, text, server.port);
        assert_int_equal(check_run(&check)->class, VERDICT_OK);
        server_close(&server);
        (void)snprintf(request, sizeof(request), "%.*s", (int)strcspn(cases[i].request, "@"),
                       cases[i].request);
        if (strchr(cases[i].request, '@')) {
            (void)snprintf(request + strlen(request), 16, "%u\r\n\r\n", server.port);
        }
        assert_string_equal(server.request, request);
        check_close(&check);
    }
}

static const struct {
    const char *url; /* keywords behind the path */
    const char *reply;
    bool resets;
    enum verdict_class class;
    const char *text;
} judged[] = {
    {"", OK, false, VERDICT_OK, ""},
    {"", "HTTP/1.1 503 No\r\n\r\n", false, VERDICT_ANSWER, "status 503, not 200-299"},
    {"", "HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n", false, VERDICT_ANSWER,
     "status 302, not 200-299"},
    {"status_code 100-199 302 404-405", "HTTP/1.1 302 Found\r\n\r\n", false, VERDICT_OK, ""},
    {"status_code 100-199 302\nstatus_code 404-405", OK, false, VERDICT_ANSWER,
     "status 200, not 100-199 302 404-405"},
    {"digest 5d41402abc4b2a76b9719d911017c592", OK, false, VERDICT_OK, ""},
    {"digest 5D41402ABC4B2A76B9719D911017C592", OK, false, VERDICT_OK, ""},
    {"digest 5d41402abc4b2a76b9719d911017c592",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", false,
     VERDICT_OK, ""},
    {"digest 5d41402abc4b2a76b9719d911017c592", "HTTP/1.0 200 OK\r\n\r\nhello", false, VERDICT_OK,
     ""},
    {"digest 00000000000000000000000000000000", OK, false, VERDICT_ANSWER,
     "body's MD5 is 5d41402abc4b2a76b9719d911017c592, not 00000000000000000000000000000000"},
    {"digest 5d41402abc4b2a76b9719d911017c592", "HTTP/1.0 404 No\r\n\r\nhello", false,
     VERDICT_ANSWER, "status 404, not 200-299"},
    {"regex \"hel+o$\"", OK, false, VERDICT_OK, ""},
    {"regex \"^HTTP/1\\\\.0 200\"", OK, false, VERDICT_OK, ""},
    {"regex \"^hello\"", OK, false, VERDICT_ANSWER, "regex does not match"},
    {"regex \"^hello\"\nregex_options multiline", OK, false, VERDICT_OK, ""},
    {"regex HELLO\nregex_options caseless", OK, false, VERDICT_OK, ""},
    {"regex 200\nregex_no_match", OK, false, VERDICT_ANSWER,
     "regex matches, and regex_no_match is set"},
    {"regex 404\nregex_no_match", OK, false, VERDICT_OK, ""},
    {"regex hello\nregex_max_offset 5", OK, false, VERDICT_ANSWER, "regex does not match"},
    {"regex HTTP\nregex_min_offset 1", OK, false, VERDICT_ANSWER, "regex does not match"},
    {"regex hello\nregex_min_offset 10\nregex_stack 4096 65536", OK, false, VERDICT_OK, ""},
    {"regex \"(a+)+$\"", "HTTP/1.0 200 OK\r\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
     false, VERDICT_ANSWER, "regex gives up at offset 0: match limit exceeded"},
    {"regex .\nregex_options utf", "HTTP/1.0 200 OK\r\n\r\n\xff", false, VERDICT_ANSWER,
     "regex gives up at offset 0: UTF-8 error: illegal byte (0xfe or 0xff)"},
    {"", "HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nhello", false, VERDICT_PROTOCOL,
     "its body ends after 5 of 9 bytes"},
    {"", "HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nhello", true, VERDICT_RESET, ""},
    {"", "", false, VERDICT_PROTOCOL, "it was closed without a reply"},
    {"", "220 mail.example ESMTP\r\n", false, VERDICT_PROTOCOL,
     "not HTTP/1: it begins with \"220 mai\""},
};

static void test_replies_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(judged); i++) {
        struct server server = {.replies = {judged[i].reply}, .resets = judged[i].resets};
        const struct verdict *verdict;
        struct check check;
        char text[1024];

        server_open(&server);
        (void)snprintf(text, sizeof(text),
                       HEAD "real_server 192.0.2.1 80 {\nHTTP_GET { url { path /\n%s\n} } } }\n",
                       judged[i].url);
        check_open(&check, text, server.port);
        verdict = check_run(&check);
        assert_fact(verdict->class == judged[i].class, "row %zu: class %s, \"%s\"", i,
                    verdict_class_name(verdict->class), verdict->text);
        assert_fact(strcmp(verdict->text, judged[i].text) == 0, "row %zu: \"%s\"", i,
                    verdict->text);
        server_close(&server);
        check_close(&check);
    }
}

static const char two_urls[] =
    HEAD "real_server 192.0.2.1 80 {\nHTTP_GET {\nurl { path /a }\nurl { path /b } } } }\n";
static const char fast_urls[] =
    HEAD "real_server 192.0.2.1 80 {\nHTTP_GET {\nfast_recovery\nurl { path /a }\nurl { path /b } "
         "} } }\n";

static void test_one_url_has_its_turn_after_the_other(void **state)
{
    struct server server = {.replies = {OK, OK, OK}};
    struct check check;

    (void)state;
    server_open(&server);
    check_open(&check, two_urls, server.port);
    (void)check_run(&check);
    assert_true(check.verdict.partial);
    assert_string_equal(check.verdict.text, "1 of 2 urls are good");
    assert_memory_equal(server.request, "GET /a ", 7);
    (void)check_run(&check);
    assert_false(check.verdict.partial);
    assert_memory_equal(server.request, "GET /b ", 7);
    (void)check_run(&check);
    assert_false(check.verdict.partial);
    assert_int_equal(check.verdict.class, VERDICT_OK);
    assert_memory_equal(server.request, "GET /a ", 7);
    server_close(&server);
    check_close(&check);
}

static void test_a_url_that_failed_is_asked_again_and_then_all(void **state)
{
    struct server server = {.replies = {"HTTP/1.0 500 No\r\n\r\n", OK, OK}};
    struct check check;

    (void)state;
    server_open(&server);
    check_open(&check, two_urls, server.port);
    assert_int_equal(check_run(&check)->class, VERDICT_ANSWER);
    assert_string_equal(check.verdict.text, "/a: status 500, not 200-299");
    assert_memory_equal(server.request, "GET /a ", 7);
    assert_true(check_run(&check)->partial);
    assert_memory_equal(server.request, "GET /a ", 7);
    assert_false(check_run(&check)->partial);
    assert_memory_equal(server.request, "GET /b ", 7);
    server_close(&server);
    check_close(&check);
}

static void test_fast_recovery_asks_all_at_once(void **state)
{
    struct server server = {.replies = {OK, OK, OK}};
    struct check check;

    (void)state;
    server_open(&server);
    check_open(&check, fast_urls, server.port);
    assert_false(check_run(&check)->partial);
    assert_int_equal(check.verdict.class, VERDICT_OK);
    assert_memory_equal(server.request, "GET /b ", 7);
    assert_false(check_run(&check)->partial);
    assert_memory_equal(server.request, "GET /a ", 7);
    server_close(&server);
    check_close(&check);
}

static void test_a_server_that_says_nothing_is_given_up_in_time(void **state)
{
    struct server server = {.replies = {NULL}};
    struct check check;
    int64_t began = clock_now();

    (void)state;
    server_open(&server);
    check_open(&check, two_urls, server.port);
    check.spec->connect_timeout = 50 * CLOCK_MILLISECOND;
    assert_int_equal(check_run(&check)->class, VERDICT_TIMEOUT);
    assert_non_null(strstr(check.verdict.text, "/a: no answer to GET /a within "));
    assert_true(clock_now() - began < 10 * CLOCK_SECOND);
    server_close(&server);
    check_close(&check);
}

/* A pipe that nobody writes to stands for a disk that does not answer. */
static void test_a_handshake_that_we_do_not_begin_is_not_the_servers_silence(void **state)
{
    struct server server = {.replies = {NULL}};
    char path[] = "/tmp/holdfast-test-XXXXXX";
    const struct conf_tls tls = {.ca = path};
    struct conf_url url = {.path = "/"};
    struct conf_check_http conf = {
        .check = {.kind = CONF_CHECK_SSL, .connect_timeout = 50 * CLOCK_MILLISECOND}, .tls = &tls};
    struct check check;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    STAILQ_INIT(&url.statuses);
    STAILQ_INIT(&conf.urls);
    STAILQ_INSERT_TAIL(&conf.urls, &url, next);
    server_open(&server);
    check_begin(&check, &conf.check, server.port);
    assert_int_equal(check_run(&check)->class, VERDICT_LOCAL);
    assert_string_equal(check.verdict.text,
                        "no TLS handshake in time: the files of SSL are still being read");
    fd = open(path, O_WRONLY | O_CLOEXEC); /* once it is being read */
    (void)close(fd);
    check_close(&check);
    server_close(&server);
    (void)unlink(path);
}

static void test_nobody_there_is_told_as_it_is(void **state)
{
    struct server server = {.replies = {NULL}};
    struct check check;

    (void)state;
    server_open(&server);
    check_open(&check, two_urls, server.port);
    server_close(&server);
    assert_int_equal(check_run(&check)->class, VERDICT_REFUSED);
    check_close(&check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_are_keepaliveds_byte_by_byte),
        cmocka_unit_test(test_replies_are_judged),
        cmocka_unit_test(test_one_url_has_its_turn_after_the_other),
        cmocka_unit_test(test_a_url_that_failed_is_asked_again_and_then_all),
        cmocka_unit_test(test_fast_recovery_asks_all_at_once),
        cmocka_unit_test(test_a_server_that_says_nothing_is_given_up_in_time),
        cmocka_unit_test(test_a_handshake_that_we_do_not_begin_is_not_the_servers_silence),
        cmocka_unit_test(test_nobody_there_is_told_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
