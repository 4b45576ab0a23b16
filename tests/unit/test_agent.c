/* SPDX-License-Identifier: Apache-2.0
 *
 * AGENT_CHECK with an agent in a process of its own, which says what a test wants.
 */
#include "checker_world.h"

#include "base/arena.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_SIZE = 2048 };

/* What the agent and the test share. */
struct agent {
    char line[LINE_SIZE]; /* to be said */
    size_t piece;         /* bytes that are written at once; 0: all */
    bool stays;           /* it does not close */
    char heard[64];
    pid_t pid;
    uint16_t port;
};

static void agent_answer(struct agent *agent, int fd)
{
    size_t length = strlen(agent->line);
    size_t piece = agent->piece ? agent->piece : length;
    ssize_t size;

    for (size_t at = 0; at < length; at += piece) {
        (void)!send(fd, agent->line + at, length - at < piece ? length - at : piece, MSG_NOSIGNAL);
        (void)usleep(agent->piece ? 2000 : 0);
    }
    if (agent->stays) {
        (void)!read(fd, agent->heard, 1); /* until the other side closes */
        return;
    }
    (void)shutdown(fd, SHUT_WR);
    size = recv(fd, agent->heard, sizeof(agent->heard) - 1, 0);
    agent->heard[size > 0 ? size : 0] = '\0';
}

static struct agent *agent_start(void)
{
    struct agent *agent =
        mmap(NULL, sizeof(*agent), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint16_t port;
    int listening = listener(&port);
    int flags = fcntl(listening, F_GETFL);
    pid_t pid;

    assert_true(agent != MAP_FAILED);
    (void)fcntl(listening, F_SETFL, flags & ~O_NONBLOCK);
    agent->port = port;
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            int fd = accept(listening, NULL, NULL);

            agent_answer(agent, fd);
            (void)close(fd);
        }
    }
    agent->pid = pid;
    (void)close(listening);
    return agent;
}

static void agent_say(struct agent *agent, const char *line)
{
    assert_true(strlen(line) < sizeof(agent->line));
    memcpy(agent->line, line, strlen(line) + 1);
}

static void agent_end(struct agent *agent)
{
    (void)kill(agent->pid, SIGKILL);
    (void)waitpid(agent->pid, NULL, 0);
    (void)munmap(agent, sizeof(*agent));
}

/* One server of weight 8, and its check by the agent. */
static void configure(struct world *world, const struct agent *agent, const char *send,
                      int64_t delay_loop)
{
    struct conf *conf = conf_begin();
    struct conf_virtual_server *service = conf_service(conf, "192.0.2.1", 80);
    struct conf_real_server *server = conf_server(conf, service, "127.0.0.1", 1);
    struct conf_agent_check *check = arena_alloc(conf->arena, sizeof(*check));

    server->weight = 8;
    check->check.kind = CONF_CHECK_AGENT;
    check->check.connect_addr = server->key.addr;
    check->check.connect_port = agent->port;
    check->check.connect_timeout = 500 * MS;
    check->check.delay_loop = delay_loop;
    check->check.delay_before_retry = 10 * MS;
    check->send = send ? arena_text(conf->arena, send) : NULL;
    STAILQ_INSERT_TAIL(&server->checks, &check->check, next);
    world_configure(world, conf);
}

/* What the last result says. */
static void expect_text(struct world *world, const char *class, const char *text)
{
    json_t *check = first_check(world);
    json_t *result = json_object_get(check, "last_result");

    assert_string_equal(text_at(result, "text"), text);
    assert_string_equal(text_at(result, "class"), class);
    json_decref(check);
}

static void test_what_an_agent_says_becomes_the_weight(void **state)
{
    static const struct {
        const char *line;
        const char *class;
        const char *text;
        bool present;
        uint32_t weight;
    } rows[] = {
        {"75%\n", "ok", "agent: up, 75%", true, 6},
        {"drain\r\n", "ok", "agent: drain, 75%", true, 0},
        {"ready 100%\n", "ok", "agent: up, 100%", true, 8},
        {"maint\n", "answer", "agent: maint", false, 0},
        {"up\nignored\n", "ok", "agent: up, 100%", true, 8},
        {"down # too hot\n", "answer", "agent: down (too hot)", false, 0},
        {"up 200%\n", "ok", "agent: up, 200%", true, 16},
        {"whatever\n", "protocol", "agent: unknown word \"whatever\"", false, 0},
    };
    struct world *world = *state;
    struct agent *agent = agent_start();

    agent_say(agent, "up\n");
    configure(world, agent, NULL, 30 * MS);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        agent_say(agent, rows[i].line);
        wait_results(world, rows[i].class, 2); /* one may have been asked before */
        expect_text(world, rows[i].class, rows[i].text);
        expect_view(world, 1, rows[i].present, rows[i].weight);
    }
    agent_end(agent);
}

static void test_an_agent_hears_what_is_configured(void **state)
{
    struct world *world = *state;
    struct agent *agent = agent_start();

    agent_say(agent, "up\n");
    configure(world, agent, "web1\n", 30 * MS);
    wait_results(world, "ok", 2);
    assert_string_equal(agent->heard, "web1\n");
    agent_end(agent);
}

static void test_a_line_may_come_byte_by_byte_and_its_end_is_not_waited_beyond(void **state)
{
    struct world *world = *state;
    struct agent *agent = agent_start();

    agent->piece = 1;
    agent->stays = true;
    agent_say(agent, "up 50% maxconn:30\n");
    configure(world, agent, NULL, 100 * MS);
    wait_results(world, "ok", 1);
    expect_text(world, "ok", "agent: up, 50%");
    expect_view(world, 1, true, 4);
    agent_end(agent);
}

static void test_an_agent_that_misbehaves_is_told_from_one_that_says_down(void **state)
{
    static const struct {
        const char *line;
        bool stays;
        const char *class;
        const char *text;
    } rows[] = {
        {"", false, "protocol", "agent: it closed without a line"},
        {"up", false, "protocol", "agent: it closed within its line"},
        {"up", true, "timeout", "no line of the agent within "},
        {"", true, "timeout", "no line of the agent within "},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        void *own;
        struct world *world;
        struct agent *agent = agent_start();
        json_t *check;
        const char *text;

        assert_int_equal(world_open(&own), 0);
        world = own;
        agent->stays = rows[i].stays;
        agent_say(agent, rows[i].line);
        configure(world, agent, NULL, 60 * S);
        wait_results(world, rows[i].class, 1);
        check = first_check(world);
        text = text_at(json_object_get(check, "last_result"), "text");
        assert_fact(strncmp(text, rows[i].text, strlen(rows[i].text)) == 0, "row %zu: %s", i, text);
        json_decref(check);
        expect_view(world, 1, false, 0);
        (void)world_close(&own);
        agent_end(agent);
    }
}

static void test_a_line_without_an_end_is_not_read_for_ever(void **state)
{
    struct world *world = *state;
    struct agent *agent = agent_start();

    memset(agent->line, 'x', sizeof(agent->line) - 1);
    agent->stays = true;
    configure(world, agent, NULL, 60 * S);
    wait_results(world, "protocol", 1);
    expect_text(world, "protocol", "agent: its line is longer than 1023 bytes");
    agent_end(agent);
}

static void test_an_agent_that_is_gone_fails_the_check(void **state)
{
    struct world *world = *state;
    struct agent *agent = agent_start();

    agent_say(agent, "50%\n");
    configure(world, agent, NULL, 30 * MS);
    wait_results(world, "ok", 1);
    (void)kill(agent->pid, SIGKILL);
    wait_results(world, "refused", 2);
    expect_view(world, 1, false, 0);
    agent_end(agent);
}

static void test_a_reload_keeps_what_the_agent_has_said(void **state)
{
    struct world *world = *state;
    struct agent *agent = agent_start();

    agent_say(agent, "25%\n");
    configure(world, agent, NULL, 30 * MS);
    wait_results(world, "ok", 1);
    expect_view(world, 1, true, 2);
    agent_say(agent, "\n"); /* it says nothing new */
    configure(world, agent, NULL, 30 * MS);
    expect_view(world, 1, true, 2);
    wait_results(world, "ok", 3);
    expect_view(world, 1, true, 2);
    agent_end(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_what_an_agent_says_becomes_the_weight),
        WORLD_TEST(test_an_agent_hears_what_is_configured),
        WORLD_TEST(test_a_line_may_come_byte_by_byte_and_its_end_is_not_waited_beyond),
        cmocka_unit_test(test_an_agent_that_misbehaves_is_told_from_one_that_says_down),
        WORLD_TEST(test_a_line_without_an_end_is_not_read_for_ever),
        WORLD_TEST(test_an_agent_that_is_gone_fails_the_check),
        WORLD_TEST(test_a_reload_keeps_what_the_agent_has_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
