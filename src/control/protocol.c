/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket: its clients, their requests and replies. What a line means is request's, what
 * commands do is decided by those who add them.
 */
#include "config.h"

#include "control/protocol.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "control/request.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utlist.h>

enum {
    CONTROL_BACKLOG = 64,
    CONTROL_MODE = 0660,
    CONTROL_DUMP = JSON_COMPACT | JSON_REAL_PRECISION(12),
    CONTROL_DOORS = 2,
    CONTROL_READERS = CONTROL_CLIENTS * 3 / 4,             /* at the door for readers, of all */
    CONTROL_READING_FOLLOWERS = CONTROL_FOLLOWERS * 3 / 4, /* of those */
    CONTROL_CHUNK = 64 * 1024, /* bytes that a follower gets before it has taken those before */
};

/* After accept(2) found no descriptor: trying at once would find none either. */
#define CONTROL_ACCEPT_PAUSE CLOCK_SECOND

/* How often it is looked whether a follower that sends no more is still there: nothing else tells. */
#define CONTROL_LOOK_INTERVAL (2 * CLOCK_SECOND)

struct control_command {
    const char *name;
    const char *help;
    control_handler handler;
    void *argument;
    bool looks; /* it changes nothing: readers may */
};

/* A listening socket. */
struct control_door {
    struct control *control;
    char *path;
    int fd;
    bool for_readers;
    dev_t device; /* of the socket's file, so that nobody else's is removed */
    ino_t inode;
    struct loop_watch *watch;  /* NULL during a pause */
    struct loop_timer *resume; /* ends the pause */
};

struct control {
    struct loop *loop;
    struct log *log;
    struct control_door *doors[CONTROL_DOORS]; /* the administrator's first */
    size_t door_count;
    struct loop_timer *news; /* followers are told */
    struct control_command *commands;
    size_t command_count;
    int64_t idle_limit;   /* ns */
    int64_t accept_limit; /* ns */
    struct control_client *clients;
    unsigned client_count;
};

struct control_client {
    struct control *control;
    struct bufferevent *stream;
    struct loop_timer *limit;
    struct control_peer peer;
    struct control_request *pending; /* a handler has it; NULL: none */
    bool reader;                     /* it came by the door for readers */
    bool following;
    struct control_feed feed; /* of a follower */
    uint64_t cursor;
    bool ended;   /* it sends nothing more */
    bool closing; /* nothing more is read; closed when the reply is taken */
    struct control_client *prev;
    struct control_client *next;
};

struct control_request {
    struct control_client *client; /* NULL: it has gone */
    struct control_peer peer;
    bool reader;
    struct request request;
};

/* ---- Clients ----------------------------------------------------------------------------------- */

static void control_client_free(struct control_client *client)
{
    if (client->pending) {
        client->pending->client = NULL;
    }
    DL_DELETE(client->control->clients, client);
    client->control->client_count--;
    bufferevent_free(client->stream);
    loop_timer_free(client->limit);
    free(client);
}

/* Whether the other end is closed for good: unix(7) has no other word for it than POLLHUP. */
static bool control_has_gone(const struct control_client *client)
{
    struct pollfd look = {.fd = bufferevent_getfd(client->stream)};

    return poll(&look, 1, 0) > 0 && look.revents & POLLHUP;
}

/* A follower that sends no more may have gone, or waits for what happens. May free the client. */
static void control_look_after(struct control_client *client)
{
    if (control_has_gone(client)) {
        control_client_free(client);
    } else {
        loop_timer_set(client->limit, clock_now() + CONTROL_LOOK_INTERVAL);
    }
}

static void control_client_late(void *argument, int64_t now, int64_t late)
{
    struct control_client *client = argument;

    (void)now;
    (void)late;
    if (client->following && evbuffer_get_length(bufferevent_get_output(client->stream)) == 0) {
        control_look_after(client);
        return;
    }
    log_debug(client->control->log, "control", "client %ld is dropped: it is too slow",
              (long)client->peer.pid);
    control_client_free(client);
}

static struct evbuffer *control_output(struct control_client *client)
{
    loop_timer_set(client->limit, clock_now() + client->control->accept_limit);
    return bufferevent_get_output(client->stream);
}

/* A line with a reply, whose reference is taken, to be freed with free(3). */
static char *control_line(json_t *reply)
{
    char *text = json_dumps(reply, CONTROL_DUMP);
    size_t length;

    json_decref(reply);
    if (!text) {
        memory_exhausted(sizeof(*reply)); /* it fails for no other reason */
    }
    length = strlen(text);
    text = memory_resize(text, length + 2, 1);
    memcpy(text + length, "\n", 2);
    return text;
}

static void control_send(struct control_client *client, json_t *reply)
{
    char *line = control_line(reply);

    (void)evbuffer_add(control_output(client), line, strlen(line));
    free(line);
}

/* Tells what is wrong with what the client sent, and serves it no further. */
static void control_reject(struct control_client *client, const char *code, const char *message)
{
    client->closing = true;
    (void)bufferevent_disable(client->stream, EV_READ);
    control_send(client, request_failure(code, message));
}

static const struct control_command *control_find(const struct control *control, const char *name)
{
    for (size_t i = 0; i < control->command_count; i++) {
        if (strcmp(control->commands[i].name, name) == 0) {
            return &control->commands[i];
        }
    }
    return NULL;
}

static void control_dispatch(struct control_client *client, const char *line, size_t length)
{
    struct control_request *request = memory_new(1, sizeof(*request));
    const struct control_command *command;
    struct request_error error;

    if (!request_parse(line, length, &request->request, &error)) {
        free(request);
        control_reject(client, error.code, error.message);
        return;
    }
    request->client = client;
    request->peer = client->peer;
    request->reader = client->reader;
    client->pending = request;
    loop_timer_set(client->limit, CLOCK_NEVER);
    command = control_find(client->control, request->request.command);
    if (command && client->reader && !command->looks) {
        control_fail(request, "read-only",
                     "this socket is for looking, and \"%.60s\" is for those who may use %.120s",
                     command->name, client->control->doors[0]->path);
    } else if (command) {
        command->handler(command->argument, request);
    } else {
        control_fail(request, "unknown-command", "there is no command \"%.100s\"; try \"help\"",
                     request->request.command);
    }
}

/* No whole line is there: more may come, or it never will. May free the client. */
static void control_wait(struct control_client *client, size_t length)
{
    if (length > REQUEST_LIMIT) {
        control_reject(client, "too-large", request_too_large);
    } else if (client->ended && length) {
        control_reject(client, "bad-request", "a request ends with a newline");
    } else if (client->ended) {
        control_client_free(client);
    } else if (loop_timer_deadline(client->limit) == CLOCK_NEVER) {
        loop_timer_set(client->limit, clock_now() + client->control->idle_limit);
    }
}

/* Serves the next requests, as long as each is answered and its answer taken. May free the client. */
static void control_serve(struct control_client *client)
{
    struct evbuffer *input = bufferevent_get_input(client->stream);
    struct evbuffer *output = bufferevent_get_output(client->stream);

    while (!client->pending && !client->closing && !client->following &&
           evbuffer_get_length(output) == 0) {
        size_t length;
        char *line = evbuffer_readln(input, &length, EVBUFFER_EOL_LF);

        if (!line) {
            control_wait(client, evbuffer_get_length(input));
            return;
        }
        control_dispatch(client, line, length);
        free(line);
    }
}

static void control_client_readable(struct bufferevent *stream, void *argument)
{
    struct control_client *client = argument;
    struct evbuffer *input = bufferevent_get_input(stream);

    if (client
            ->following) { /* nothing more is heard of it but its end, which must not stay behind this */
        (void)evbuffer_drain(input, evbuffer_get_length(input));
        return;
    }
    control_serve(client);
}

/* What has happened since, as far as it fits; the rest when that was taken. */
static void control_feed_client(struct control_client *client)
{
    const struct evbuffer *output = bufferevent_get_output(client->stream);

    while (evbuffer_get_length(output) < CONTROL_CHUNK) {
        json_t *line = client->feed.next(client->feed.argument, &client->cursor);

        if (!line) {
            return;
        }
        control_send(client, line);
    }
}

static void control_tell_followers(void *argument, int64_t now, int64_t late)
{
    const struct control *control = argument;
    struct control_client *client;

    (void)now;
    (void)late;
    DL_FOREACH(control->clients, client) {
        if (client->following && evbuffer_get_length(bufferevent_get_output(client->stream)) == 0) {
            control_feed_client(client);
        }
    }
}

void control_wake(struct control *control)
{
    if (control && loop_timer_deadline(control->news) == CLOCK_NEVER) {
        loop_timer_set(control->news, clock_now());
    }
}

/* The reply was taken. */
static void control_client_drained(struct bufferevent *stream, void *argument)
{
    struct control_client *client = argument;

    (void)stream;
    if (client->closing) {
        control_client_free(client);
        return;
    }
    loop_timer_set(client->limit, CLOCK_NEVER);
    if (client->following) {
        if (client->ended) {
            loop_timer_set(client->limit, clock_now() + CONTROL_LOOK_INTERVAL);
        }
        control_feed_client(client);
        return;
    }
    control_serve(client);
}

/* A client that sends no more may still wait for its answer: `echo … | nc -U` does. */
static void control_client_event(struct bufferevent *stream, short what, void *argument)
{
    struct control_client *client = argument;

    (void)stream;
    if (what & BEV_EVENT_ERROR) {
        control_client_free(client);
        return;
    }
    client->ended = true;
    if (client->following) {
        if (control_has_gone(client)) {
            control_client_free(client);
        } else if (loop_timer_deadline(client->limit) == CLOCK_NEVER) {
            loop_timer_set(client->limit, clock_now() + CONTROL_LOOK_INTERVAL);
        }
    } else if (!client->closing) {
        control_serve(client);
    }
}

static void control_client_new(const struct control_door *door, int fd)
{
    struct control *control = door->control;
    struct control_client *client = memory_new(1, sizeof(*client));
    struct ucred credentials = {.pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1};
    socklen_t size = sizeof(credentials);

    (void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size);
    client->peer = (struct control_peer){credentials.pid, credentials.uid, credentials.gid};
    client->control = control;
    client->reader = door->for_readers;
    client->stream = bufferevent_socket_new(loop_base(control->loop), fd, BEV_OPT_CLOSE_ON_FREE);
    if (!client->stream) {
        memory_exhausted(sizeof(*client)); /* it fails for no other reason */
    }
    client->limit =
        loop_timer_new(control->loop, LOOP_PRIORITY_CONTROL, control_client_late, client);
    loop_timer_set(client->limit, clock_now() + control->idle_limit);
    (void)bufferevent_priority_set(client->stream, LOOP_PRIORITY_CONTROL);
    bufferevent_setwatermark(client->stream, EV_READ, 0, REQUEST_LIMIT + 1);
    bufferevent_setcb(client->stream, control_client_readable, control_client_drained,
                      control_client_event, client);
    (void)bufferevent_enable(client->stream, EV_READ | EV_WRITE);
    DL_APPEND(control->clients, client);
    control->client_count++;
}

/* ---- The sockets ------------------------------------------------------------------------------- */

static void control_turn_away(int fd)
{
    char *line =
        control_line(request_failure("too-many-clients", "too many are connected: try again"));

    (void)send(fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
    free(line);
    (void)close(fd);
}

static void control_pause(struct control_door *door, int error)
{
    log_warning(door->control->log, "control", "no client can be served: %s", strerror(error));
    loop_watch_free(door->watch);
    door->watch = NULL;
    loop_timer_set(door->resume, clock_now() + CONTROL_ACCEPT_PAUSE);
}

/* Readers never take the places of all: an administrator can always steer, whatever they do. */
static bool control_has_room(const struct control_door *door)
{
    const struct control_client *other;
    unsigned readers = 0;

    DL_FOREACH(door->control->clients, other) {
        readers += other->reader;
    }
    return door->control->client_count < CONTROL_CLIENTS &&
           (!door->for_readers || readers < CONTROL_READERS);
}

static void control_acceptable(void *argument)
{
    struct control_door *door = argument;
    int fd = accept4(door->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0 && control_has_room(door)) {
        control_client_new(door, fd);
    } else if (fd >= 0) {
        control_turn_away(fd);
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        control_pause(door, errno);
    }
}

static void control_listen(struct control_door *door)
{
    door->watch = loop_watch_new(door->control->loop, LOOP_PRIORITY_CONTROL, door->fd, false,
                                 control_acceptable, door);
}

static void control_resume(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    control_listen(argument);
}

static int control_remove_old(const char *path)
{
    struct stat info;

    if (lstat(path, &info) != 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    if (!S_ISSOCK(info.st_mode)) {
        return -EEXIST;
    }
    return unlink(path) == 0 || errno == ENOENT ? 0 : -errno;
}

/* Nobody can connect before listen(2), and by then group and mode are right. */
static int control_bind(struct control_door *door, gid_t group)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat info;
    int error;

    if (strlen(door->path) >= sizeof(address.sun_path)) {
        return -ENAMETOOLONG;
    }
    memcpy(address.sun_path, door->path, strlen(door->path) + 1);
    error = control_remove_old(door->path);
    if (error) {
        return error;
    }
    door->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (door->fd < 0 || bind(door->fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        lstat(door->path, &info) != 0) {
        return -errno;
    }
    door->device = info.st_dev;
    door->inode = info.st_ino;
    if ((group != (gid_t)-1 && lchown(door->path, (uid_t)-1, group) != 0) ||
        chmod(door->path, CONTROL_MODE) != 0 || listen(door->fd, CONTROL_BACKLOG) != 0) {
        return -errno;
    }
    return 0;
}

static void control_unbind(const struct control_door *door)
{
    struct stat info;

    if (door->inode && lstat(door->path, &info) == 0 && info.st_dev == door->device &&
        info.st_ino == door->inode) {
        (void)unlink(door->path);
    }
}

static void control_close(struct control_door *door)
{
    control_unbind(door);
    loop_watch_free(door->watch);
    loop_timer_free(door->resume);
    if (door->fd >= 0) {
        (void)close(door->fd);
    }
    free(door->path);
    free(door);
}

/* @return 0 or -errno */
static int control_open(struct control *control, const char *path, bool for_readers, gid_t group)
{
    struct control_door *door = memory_new(1, sizeof(*door));
    int error;

    door->control = control;
    door->path = memory_text(path);
    door->fd = -1;
    door->for_readers = for_readers;
    door->resume = loop_timer_new(control->loop, LOOP_PRIORITY_CONTROL, control_resume, door);
    error = control_bind(door, group);
    if (error) {
        control_close(door);
        return error;
    }
    control_listen(door);
    control->doors[control->door_count++] = door;
    return 0;
}

int control_open_for_readers(struct control *control, const char *path, gid_t group)
{
    return control_open(control, path, true, group);
}

int control_set_readers(struct control *control, gid_t group)
{
    for (size_t i = 0; i < control->door_count; i++) {
        const struct control_door *door = control->doors[i];

        if (door->for_readers) {
            return lchown(door->path, (uid_t)-1, group) == 0 ? 0 : -errno;
        }
    }
    return -ENOENT;
}

/* ---- Commands ---------------------------------------------------------------------------------- */

static void control_command_help(void *argument, struct control_request *request)
{
    const struct control *control = argument;
    json_t *commands = json_array();

    for (size_t i = 0; i < control->command_count; i++) {
        if (!request->reader || control->commands[i].looks) {
            json_array_append_new(commands,
                                  json_pack("{s:s, s:s}", "name", control->commands[i].name, "help",
                                            control->commands[i].help));
        }
    }
    control_reply(request, json_pack("{s:o}", "commands", commands));
}

static void control_command_version(void *argument, struct control_request *request)
{
    (void)argument;
    control_reply(request,
                  json_pack("{s:s, s:i}", "version", PACKAGE_VERSION, "protocol", REQUEST_VERSION));
}

void control_add_command(struct control *control, const char *name, const char *help,
                         control_handler handler, void *argument)
{
    control->commands =
        memory_resize(control->commands, control->command_count + 1, sizeof(*control->commands));
    control->commands[control->command_count++] =
        (struct control_command){name, help, handler, argument, false};
}

void control_add_look(struct control *control, const char *name, const char *help,
                      control_handler handler, void *argument)
{
    control_add_command(control, name, help, handler, argument);
    control->commands[control->command_count - 1].looks = true;
}

/* ---- Answers ----------------------------------------------------------------------------------- */

json_t *control_arguments(const struct control_request *request)
{
    return request->request.arguments;
}

struct control_peer control_peer(const struct control_request *request)
{
    return request->peer;
}

/* The request has its answer. @return the client that waits for it, NULL where it has gone */
static struct control_client *control_finish(struct control_request *request)
{
    struct control_client *client = request->client;

    if (client) {
        client->pending = NULL;
    }
    request_release(&request->request);
    free(request);
    return client;
}

static void control_answer(struct control_request *request, json_t *reply)
{
    struct control_client *client = control_finish(request);

    if (client) {
        control_send(client, reply);
    } else {
        json_decref(reply);
    }
}

void control_reply(struct control_request *request, json_t *result)
{
    control_answer(request, request_success(result));
}

void control_follow(struct control_request *request, json_t *result,
                    const struct control_feed *feed, uint64_t cursor)
{
    struct control_client *client = request->client;
    unsigned followers = 0;

    if (client) {
        const struct control_client *other;

        DL_FOREACH(client->control->clients, other) {
            followers += other->following && (!client->reader || other->reader);
        }
    }
    if (followers >= (client && client->reader ? CONTROL_READING_FOLLOWERS : CONTROL_FOLLOWERS)) {
        json_decref(result);
        control_fail(request, "unavailable", "%u follow already: try again later", followers);
        return;
    }
    if (client) {
        client->following = true;
        client->feed = *feed;
        client->cursor = cursor;
    }
    control_reply(request, result);
}

static void control_text_free(const void *text, size_t size, void *extra)
{
    (void)size;
    (void)extra;
    free((void *)text);
}

void control_reply_text(struct control_request *request, char *text, size_t size)
{
    struct control_client *client = control_finish(request);
    struct evbuffer *output;

    if (!client) {
        free(text);
        return;
    }
    output = control_output(client);
    (void)evbuffer_add_printf(output, "{\"version\":%d,\"ok\":true,\"result\":", REQUEST_VERSION);
    if (evbuffer_add_reference(output, text, size, control_text_free, NULL) != 0) {
        memory_exhausted(size); /* it fails for no other reason */
    }
    (void)evbuffer_add(output, "}\n", 2);
}

void control_fail(struct control_request *request, const char *code, const char *format, ...)
{
    char message[REQUEST_MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    control_answer(request, request_failure(code, message));
}

/* ---- Life -------------------------------------------------------------------------------------- */

void control_set_limits(struct control *control, int64_t idle, int64_t accept)
{
    control->idle_limit = idle;
    control->accept_limit = accept;
}

struct control *control_new(struct loop *loop, struct log *log, const char *path, int *error)
{
    struct control *control = memory_new(1, sizeof(*control));

    (void)signal(SIGPIPE, SIG_IGN); /* a client that has gone must not end the daemon */
    control->loop = loop;
    control->log = log;
    control_set_limits(control, CONTROL_IDLE_LIMIT_S * CLOCK_SECOND,
                       CONTROL_ACCEPT_LIMIT_S * CLOCK_SECOND);
    control->news = loop_timer_new(loop, LOOP_PRIORITY_CONTROL, control_tell_followers, control);
    *error = control_open(control, path, false, (gid_t)-1);
    if (*error) {
        control_free(control);
        return NULL;
    }
    control_add_look(control, "help", "list the commands", control_command_help, control);
    control_add_look(control, "version", "tell the versions of daemon and protocol",
                     control_command_version, NULL);
    return control;
}

/* Nothing is waited for: a reply that the socket's buffer does not take is lost. */
static void control_send_last(struct control_client *client)
{
    struct evbuffer *output = bufferevent_get_output(client->stream);

    (void)evbuffer_unfreeze(output, 1); /* a bufferevent keeps others from taking what is its own */
    (void)evbuffer_write(output, bufferevent_getfd(client->stream));
}

void control_free(struct control *control)
{
    struct control_client *client;
    struct control_client *next;

    if (!control) {
        return;
    }
    DL_FOREACH_SAFE(control->clients, client, next) {
        control_send_last(client);
        control_client_free(client);
    }
    for (size_t i = 0; i < control->door_count; i++) {
        control_close(control->doors[i]);
    }
    loop_timer_free(control->news);
    free(control->commands);
    free(control);
}
