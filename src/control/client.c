/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks a daemon one thing. What is done with the answer is holdfastctl's.
 */
#include "control/client.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "control/request.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

struct client {
    int fd;
    const char *path;
    int64_t timeout;
    int64_t deadline;
    bool following; /* it was answered, and more comes */
    struct text_buffer received;
    struct client_reply reply;
};

__attribute__((format(printf, 3, 4))) static int client_fail(struct client *client,
                                                             enum client_end end,
                                                             const char *format, ...)
{
    va_list arguments;

    client->reply.end = end;
    va_start(arguments, format);
    (void)vsnprintf(client->reply.message, sizeof(client->reply.message), format, arguments);
    va_end(arguments);
    return -1;
}

static int client_fail_connect(struct client *client, int error)
{
    switch (error) {
    case ENOENT:
        return client_fail(client, CLIENT_UNREACHABLE,
                           "there is no socket %s: holdfastd does not run, or has its socket "
                           "elsewhere (--socket)",
                           client->path);
    case ECONNREFUSED:
        return client_fail(client, CLIENT_UNREACHABLE,
                           "nobody listens at %s: holdfastd has died; start it again",
                           client->path);
    case EACCES:
    case EPERM:
        return client_fail(client, CLIENT_UNREACHABLE,
                           "%s may not be opened: be root, or in the group of the socket",
                           client->path);
    default:
        return client_fail(client, CLIENT_UNREACHABLE, "%s cannot be reached: %s", client->path,
                           strerror(error));
    }
}

/* Waits until the socket is ready. */
static int client_wait(struct client *client, short events)
{
    struct pollfd ready = {.fd = client->fd, .events = events};
    int64_t left = client->deadline - clock_now();
    char text[CLOCK_TEXT_SIZE];
    int count = 0;

    while (left > 0) {
        int64_t wait = left / CLOCK_MILLISECOND + 1;

        count = poll(&ready, 1, wait > INT_MAX ? INT_MAX : (int)wait);
        if (count > 0) {
            return 0;
        }
        if (count < 0 && errno != EINTR) {
            return client_fail(client, CLIENT_UNREACHABLE, "%s", strerror(errno));
        }
        left = client->deadline - clock_now();
    }
    return client_fail(client, CLIENT_UNREACHABLE,
                       "holdfastd does not answer at %s within %s (--timeout)", client->path,
                       clock_duration_text(text, client->timeout));
}

/* The process that listens, as this PID namespace numbers it. */
static pid_t client_peer(int fd)
{
    struct ucred peer = {.pid = 0};
    socklen_t size = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

static int client_connect(struct client *client)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (!text_copy(address.sun_path, sizeof(address.sun_path), client->path)) {
        return client_fail_connect(client, ENAMETOOLONG);
    }
    client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0) {
        return client_fail_connect(client, errno);
    }
    /* EAGAIN: the daemon's queue is full (unix(7)): it is asked again until there is room. */
    while (connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        if (errno != EAGAIN && errno != EINTR) {
            return client_fail_connect(client, errno);
        }
        if (clock_now() > client->deadline) {
            return client_wait(client, POLLIN);
        }
        (void)poll(NULL, 0, 20);
    }
    client->reply.daemon = client_peer(client->fd);
    return 0;
}

static int client_send(struct client *client, const char *text, size_t length)
{
    while (length) {
        ssize_t sent = send(client->fd, text, length, MSG_NOSIGNAL);

        if (sent > 0) {
            text += sent;
            length -= (size_t)sent;
        } else if (errno == EPIPE || errno == ECONNRESET) {
            return 0; /* it may have said why before it hung up */
        } else if (errno != EAGAIN && errno != EINTR) {
            return client_fail(client, CLIENT_UNREACHABLE, "%s: %s", client->path, strerror(errno));
        } else if (client_wait(client, POLLOUT) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Reads up to the end of the line. */
static int client_receive(struct client *client)
{
    char part[16384];

    for (;;) {
        ssize_t got = recv(client->fd, part, sizeof(part), 0);

        if (got > 0) {
            text_append_n(&client->received, part, (size_t)got);
            if (memchr(part, '\n', (size_t)got)) {
                return 0;
            }
            if (client->received.length > CLIENT_REPLY_LIMIT) {
                return client_fail(client, CLIENT_GARBLED, "the answer has no end");
            }
        } else if (client->following && (got == 0 || errno == ECONNRESET)) {
            return client_fail(client, CLIENT_UNREACHABLE,
                               "holdfastd hung up: it has ended, or this reader was too slow");
        } else if (got == 0 || errno == ECONNRESET) {
            return client_fail(client,
                               client->received.length ? CLIENT_GARBLED : CLIENT_UNREACHABLE,
                               "holdfastd hung up before it had answered");
        } else if (errno != EAGAIN && errno != EINTR) {
            return client_fail(client, CLIENT_UNREACHABLE, "%s: %s", client->path, strerror(errno));
        } else if (client_wait(client, POLLIN) != 0) {
            return -1;
        }
    }
}

static void client_read(struct client *client)
{
    json_error_t error;
    json_t *reply = json_loadb(client->received.data, client->received.length, 0, &error);
    const json_t *version = json_object_get(reply, "version");
    const json_t *failure = json_object_get(reply, "error");
    json_t *result = json_object_get(reply, "result");

    if (!reply) {
        (void)client_fail(client, CLIENT_GARBLED, "the answer is no JSON: %s", error.text);
    } else if (!json_is_integer(version) || json_integer_value(version) != REQUEST_VERSION) {
        (void)client_fail(client, CLIENT_GARBLED,
                          "the answer is not of version %d of the protocol: holdfastd and "
                          "holdfastctl are of different releases",
                          REQUEST_VERSION);
    } else if (json_is_true(json_object_get(reply, "ok")) && result) {
        client->reply.end = CLIENT_ANSWERED;
        client->reply.result = json_incref(result);
    } else if (json_is_string(json_object_get(failure, "message"))) {
        (void)client_fail(client, CLIENT_REFUSED, "%s",
                          json_string_value(json_object_get(failure, "message")));
    } else {
        (void)client_fail(client, CLIENT_GARBLED, "the answer has neither a result nor an error");
    }
    json_decref(reply);
}

/* Connects and sends the request. */
static int client_request(struct client *client, const char *command, json_t *arguments)
{
    json_t *request = json_pack("{s:i, s:s}", "version", REQUEST_VERSION, "command", command);
    struct text_buffer line = {0};
    char *text;
    int error = -1;

    if (arguments) {
        json_object_set(request, "arguments", arguments);
    }
    text = json_dumps(request, JSON_COMPACT);
    text_appendf(&line, "%s\n", text ? text : "");
    client->deadline = clock_now() + client->timeout;
    if (client_connect(client) == 0) {
        error = client_send(client, line.data, line.length);
    }
    text_release(&line);
    free(text);
    json_decref(request);
    return error;
}

static void client_close(struct client *client)
{
    if (client->fd >= 0) {
        (void)close(client->fd);
    }
    text_release(&client->received);
}

struct client_reply client_ask(const char *path, const char *command, json_t *arguments,
                               int64_t timeout)
{
    struct client client = {.fd = -1, .path = path, .timeout = timeout};

    if (client_request(&client, command, arguments) == 0 && client_receive(&client) == 0) {
        client_read(&client);
    }
    client_close(&client);
    return client.reply;
}

/* Gives the whole lines that have come to the function. @return whether more is wanted */
static bool client_give(struct client *client, client_take take, void *argument)
{
    char *at = client->received.data;
    char *end = at + client->received.length;
    char *newline;
    bool more = true;

    while (more && (newline = memchr(at, '\n', (size_t)(end - at)))) {
        json_t *line = json_loadb(at, (size_t)(newline - at), 0, NULL);

        if (!line) {
            (void)client_fail(client, CLIENT_GARBLED, "a line is no JSON");
        }
        more = line && take(argument, line);
        json_decref(line);
        at = newline + 1;
    }
    client->received.length = (size_t)(end - at);
    memmove(client->received.data, at, client->received.length);
    return more;
}

/* The first line is a reply: of one that says no, nothing follows. */
static bool client_begins(struct client *client)
{
    char *data = client->received.data;
    size_t length = client->received.length;
    const char *newline = memchr(data, '\n', length);

    client->received.length = (size_t)(newline - data);
    client_read(client);
    client->received.length = length;
    json_decref(client->reply.result);
    client->reply.result = NULL;
    return client->reply.end == CLIENT_ANSWERED;
}

struct client_reply client_follow(const char *path, const char *command, json_t *arguments,
                                  int64_t timeout, client_take take, void *argument)
{
    struct client client = {.fd = -1, .path = path, .timeout = timeout};

    if (client_request(&client, command, arguments) == 0 && client_receive(&client) == 0 &&
        client_begins(&client)) {
        client.deadline = CLOCK_NEVER;
        client.following = true;
        while (client_give(&client, take, argument) && client_receive(&client) == 0) {
        }
    }
    client_close(&client);
    return client.reply;
}

int client_wait_for_end(pid_t process, int64_t timeout)
{
    const int64_t deadline = clock_now() + timeout;
    struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, process, 0), .events = POLLIN};
    int64_t left = timeout;
    int count = 0;
    int error = 0;

    if (ended.fd < 0) {
        return errno == ESRCH ? 0 : -errno;
    }
    while (count <= 0 && left > 0 && !error) {
        count = poll(&ended, 1, (int)(left / CLOCK_MILLISECOND) + 1);
        error = count < 0 && errno != EINTR ? -errno : 0;
        left = deadline - clock_now();
    }
    (void)close(ended.fd);
    return count > 0 ? 0 : error ? error : -ETIMEDOUT;
}
