/* SPDX-License-Identifier: Apache-2.0
 *
 * A checker on a real loop for unit tests. Each test has its own.
 */
#include "checker_world.h"

#include "base/arena.h"
#include "base/helper.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/runner.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- Configurations, made by hand -------------------------------------------------------------- */

struct inet_addr address_of(const char *text)
{
    struct inet_addr addr;

    assert_true(inet_parse(text, &addr));
    return addr;
}

struct conf *conf_begin(void)
{
    struct arena *arena = arena_new();
    struct conf *conf = arena_alloc(arena, sizeof(*conf));

    conf->arena = arena;
    conf->global.misc_programs = 32;
    STAILQ_INIT(&conf->virtual_servers);
    STAILQ_INIT(&conf->track_files);
    STAILQ_INIT(&conf->bfds);
    return conf;
}

struct conf_service_key service_key(const char *address, uint16_t port)
{
    struct conf_service_key key;

    memset(&key, 0, sizeof(key));
    key.addr = address_of(address);
    key.family = key.addr.family;
    key.protocol = IPPROTO_TCP;
    key.port = port;
    return key;
}

struct conf_server_key server_key(const char *address, uint16_t port)
{
    struct conf_server_key key;

    memset(&key, 0, sizeof(key));
    key.addr = address_of(address);
    key.port = port;
    return key;
}

struct conf_virtual_server *conf_service(struct conf *conf, const char *address, uint16_t port)
{
    struct conf_virtual_server *service = arena_alloc(conf->arena, sizeof(*service));

    service->key = service_key(address, port);
    service->name = arena_format(conf->arena, "%s:%u/tcp", address, port);
    (void)text_copy(service->scheduler, sizeof(service->scheduler), "wrr");
    service->quorum = 1;
    STAILQ_INIT(&service->servers);
    STAILQ_INSERT_TAIL(&conf->virtual_servers, service, next);
    service->members = &service->key;
    service->member_count = 1;
    return service;
}

struct conf_real_server *conf_server_alone(struct conf *conf, const char *address, uint16_t port)
{
    struct conf_real_server *server = arena_alloc(conf->arena, sizeof(*server));

    server->key = server_key(address, port);
    server->weight = 1;
    server->forward = CONF_FORWARD_DR;
    STAILQ_INIT(&server->checks);
    return server;
}

struct conf_real_server *conf_server(struct conf *conf, struct conf_virtual_server *service,
                                     const char *address, uint16_t port)
{
    struct conf_real_server *server = conf_server_alone(conf, address, port);

    STAILQ_INSERT_TAIL(&service->servers, server, next);
    return server;
}

struct conf_check *conf_check(struct conf *conf, struct conf_real_server *server)
{
    struct conf_check *check = arena_alloc(conf->arena, sizeof(*check));

    check->kind = CONF_CHECK_TCP;
    check->connect_addr = server->key.addr;
    check->connect_port = server->key.port;
    check->connect_timeout = 500 * MS;
    check->delay_loop = 50 * MS;
    check->delay_before_retry = 10 * MS;
    check->retry = 1;
    STAILQ_INSERT_TAIL(&server->checks, check, next);
    return check;
}

struct conf *conf_of_one(uint16_t port, struct conf_virtual_server **service,
                         struct conf_real_server **server, struct conf_check **check)
{
    struct conf *conf = conf_begin();

    *service = conf_service(conf, "192.0.2.1", 80);
    *server = conf_server(conf, *service, "127.0.0.1", port);
    *check = conf_check(conf, *server);
    return conf;
}

/* ---- Listeners --------------------------------------------------------------------------------- */

int listen_at(const char *address, uint16_t *port, int backlog)
{
    struct inet_addr addr = address_of(address);
    struct sockaddr_storage storage;
    socklen_t size = inet_to_sockaddr(&addr, *port, &storage);
    int fd = socket(addr.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
    if (bind(fd, (struct sockaddr *)&storage, size) != 0 || listen(fd, backlog) != 0) {
        (void)close(fd);
        return -1;
    }
    assert_int_equal(getsockname(fd, (struct sockaddr *)&storage, &size), 0);
    *port = ntohs(((struct sockaddr_in *)&storage)->sin_port); /* at the same place in IPv6 */
    return fd;
}

/*
 * Not an ephemeral port: those are taken by the checks' own ends, for a minute after each check too
 * (TIME_WAIT), so that a test that listens again at its port would not always get it.
 */
int listener(uint16_t *port)
{
    enum { FIRST = 10000, COUNT = 20000 };
    static unsigned tried;
    int fd;

    do {
        *port = (uint16_t)(FIRST + ((unsigned)getpid() * 7919 + tried++) % COUNT);
        fd = listen_at("127.0.0.1", port, 4096);
    } while (fd < 0 && tried < COUNT);
    assert_true(fd >= 0);
    return fd;
}

uint16_t closed_port(void)
{
    uint16_t port;

    (void)close(listener(&port));
    return port;
}

int accept_all(int listening, struct sockaddr_in *peer)
{
    int count = 0;
    socklen_t size = sizeof(*peer);
    int fd;

    while ((fd = accept(listening, (struct sockaddr *)peer, peer ? &size : NULL)) >= 0) {
        (void)close(fd);
        count++;
    }
    return count;
}

int full_listener(uint16_t *port, int clients[4])
{
    struct inet_addr loopback = address_of("127.0.0.1");
    struct sockaddr_storage storage;
    socklen_t size;
    int fd;

    *port = 0;
    fd = listen_at("127.0.0.1", port, 0);
    assert_true(fd >= 0);
    size = inet_to_sockaddr(&loopback, *port, &storage);
    for (int i = 0; i < 4; i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(clients[i], (struct sockaddr *)&storage, size);
    }
    return fd;
}

void close_full_listener(int fd, const int clients[4])
{
    for (int i = 0; i < 4; i++) {
        (void)close(clients[i]);
    }
    (void)close(fd);
}

/* ---- The world of a test ----------------------------------------------------------------------- */

/* The log goes to standard error, where a failing test speaks too: only one of them at a time. */
void world_log_begin(struct world *world)
{
    (void)fflush(stderr);
    assert_int_equal(dup2(world->log_fd, STDERR_FILENO), STDERR_FILENO);
}

void world_log_end(struct world *world)
{
    (void)fflush(stderr);
    assert_int_equal(dup2(world->stderr_fd, STDERR_FILENO), STDERR_FILENO);
}

const char *logged(struct world *world)
{
    static char text[65536];
    ssize_t got = pread(world->log_fd, text, sizeof(text) - 1, 0);

    text[got < 0 ? 0 : got] = '\0';
    return text;
}

static void note_change(void *argument, const struct conf_service_key *service)
{
    struct world *world = argument;

    assert_non_null(service);
    world->changes++;
}

static void note_event(void *argument, const struct checker_event *event)
{
    struct world *world = argument;
    struct seen *seen = &world->seen[world->seen_count];

    assert_true(world->seen_count < UNIT_COUNT(world->seen));
    assert_true(world->changes > 0 || event->removed);
    world->seen_count++;
    seen->kind = event->kind;
    seen->removed = event->removed;
    seen->port = event->server ? event->server->port : 0;
    (void)text_copy(seen->reason, sizeof(seen->reason), event->reason);
}

static void note_orders(void *argument)
{
    struct world *world = argument;

    world->orders++;
}

static void note_asked(void *argument, const struct conf_service_key *service)
{
    struct world *world = argument;

    (void)service;
    world->asked++;
}

static int world_make(void **state, bool programs)
{
    const struct log_options options = {.console = true, .lowest = LOG_LEVEL_DEBUG};
    struct world *world = memory_new(1, sizeof(*world));
    const struct checker_hooks hooks = {world, note_change, note_event, note_orders, note_asked};

    world->log_fd = memfd_create("log", MFD_CLOEXEC);
    world->stderr_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    world->loop = loop_new();
    world->log = log_new(&options);
    if (programs) {
        int error = 0;
        struct helper *helper = helper_start(&error);

        assert_non_null(helper);
        world->helper = helper_pid(helper);
        world->runner = runner_new(world->loop, helper);
    }
    world->checker = checker_new(world->loop, world->runner, world->log, &hooks);
    *state = world;
    return world->log_fd >= 0 && world->stderr_fd >= 0 && world->loop ? 0 : -1;
}

int world_open(void **state)
{
    return world_make(state, false);
}

int world_open_programs(void **state)
{
    return world_make(state, true);
}

int world_close(void **state)
{
    struct world *world = *state;

    checker_free(world->checker);
    runner_free(world->runner);
    world_log_begin(world);
    log_free(world->log);
    world_log_end(world);
    loop_free(world->loop);
    (void)close(world->log_fd);
    (void)close(world->stderr_fd);
    free(world);
    return 0;
}

void world_configure(struct world *world, struct conf *conf)
{
    world_log_begin(world);
    checker_configure(world->checker, conf);
    world_log_end(world);
    arena_free(conf->arena);
}

void world_configure_by_hand(struct world *world, struct conf *conf)
{
    world_log_begin(world);
    checker_configure_by_hand(world->checker, conf);
    world_log_end(world);
    arena_free(conf->arena);
}

struct wait {
    struct world *world;
    bool (*met)(struct world *world, void *argument);
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
    if (wait->failed || wait->met(wait->world, wait->argument)) {
        loop_stop(wait->world->loop);
    } else {
        loop_timer_set(wait->timer, now + 2 * MS);
    }
}

void world_wait(struct world *world, const char *what,
                bool (*met)(struct world *world, void *argument), void *argument)
{
    struct wait wait = {.world = world, .met = met, .argument = argument};

    wait.limit = clock_now() + 10 * S;
    wait.timer = loop_timer_new(world->loop, LOOP_PRIORITY_CONTROL, wait_look, &wait);
    loop_timer_set(wait.timer, clock_now());
    world_log_begin(world);
    (void)loop_run(world->loop);
    world_log_end(world);
    loop_timer_free(wait.timer);
    assert_fact(!wait.failed, "waited in vain for %s; the log has:\n%s", what, logged(world));
}

static bool met_events(struct world *world, void *count)
{
    return world->seen_count >= *(unsigned *)count;
}

void wait_events(struct world *world, unsigned count)
{
    world_wait(world, "events", met_events, &count);
    assert_int_equal(world->seen_count, count);
}

json_int_t results_of(struct world *world, const char *class)
{
    json_t *summary = checker_summary(world->checker);
    json_int_t count =
        json_integer_value(json_object_get(json_object_get(summary, "results"), class));

    json_decref(summary);
    return count;
}

struct count {
    const char *class;
    json_int_t count;
};

static bool met_results(struct world *world, void *argument)
{
    const struct count *wanted = argument;

    return results_of(world, wanted->class) >= wanted->count;
}

void wait_results(struct world *world, const char *class, json_int_t more)
{
    struct count wanted = {class, results_of(world, class) + more};

    world_wait(world, class, met_results, &wanted);
}

static bool met_time(struct world *world, void *until)
{
    (void)world;
    return clock_now() >= *(int64_t *)until;
}

void wait_time(struct world *world, int64_t span)
{
    int64_t until = clock_now() + span;

    world_wait(world, "time to pass", met_time, &until);
}

void expect_seen(struct world *world, unsigned index, enum checker_event_kind kind,
                 const char *reason)
{
    assert_fact(index < world->seen_count, "there are only %u events", world->seen_count);
    assert_int_equal(world->seen[index].kind, kind);
    assert_string_equal(world->seen[index].reason, reason);
}

void expect_view(struct world *world, uint16_t port, bool present, uint32_t weight)
{
    struct conf_service_key service = service_key("192.0.2.1", 80);
    struct conf_server_key server = server_key("127.0.0.1", port);
    uint32_t found = 4711;

    assert_int_equal(checker_server_view(world->checker, &service, &server, &found), present);
    assert_int_equal(found, weight);
}

void expect_sorry(struct world *world, bool present, uint32_t weight)
{
    struct conf_service_key service = service_key("192.0.2.1", 80);
    uint32_t found = 4711;

    assert_int_equal(checker_sorry_view(world->checker, &service, &found), present);
    assert_int_equal(found, weight);
}

json_t *first_server(struct world *world)
{
    json_t *snapshot = checker_snapshot(world->checker);
    json_t *server = json_array_get(json_object_get(json_array_get(snapshot, 0), "servers"), 0);

    assert_non_null(server);
    json_incref(server);
    json_decref(snapshot);
    return server;
}

json_t *first_check(struct world *world)
{
    json_t *server = first_server(world);
    json_t *check = json_array_get(json_object_get(server, "checks"), 0);

    assert_non_null(check);
    json_incref(check);
    json_decref(server);
    return check;
}

void expect_state(struct world *world, const char *state)
{
    json_t *server = first_server(world);

    assert_string_equal(json_string_value(json_object_get(server, "state")), state);
    json_decref(server);
}

json_int_t next_in_ms(struct world *world)
{
    json_t *check = first_check(world);
    json_int_t next = json_integer_value(json_object_get(check, "next_in_ms"));

    json_decref(check);
    return next;
}

const char *text_at(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    assert_fact(text != NULL, "there is no text \"%s\"", key);
    return text;
}

bool met_arrivals(struct world *world, void *argument)
{
    struct arrival *arrival = argument;

    (void)world;
    arrival->count += accept_all(arrival->fd, &arrival->peer);
    return arrival->count >= arrival->wanted;
}
