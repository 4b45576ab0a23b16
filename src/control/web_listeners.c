/* SPDX-License-Identifier: Apache-2.0
 *
 * Listening sockets of the web server.
 */
#include "control/web_listeners.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"

#include <errno.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utlist.h>

enum {
    WEB_BACKLOG = 64,       /* connections that wait to be accepted */
    WEB_SOCKET_MODE = 0666, /* the folder that it lies in decides who may come */
};

/* Until an endpoint that could not be opened is tried again, and one that rests goes on. */
#define WEB_RETRY (5 * CLOCK_SECOND)

struct web_listener {
    struct web_listener *next;
    struct web_listener *prev;
    struct web_listeners *listeners;
    char *path; /* NULL: TCP */
    struct inet_addr addr;
    uint16_t port;
    struct evhttp_bound_socket *socket; /* NULL: it is not open */
    dev_t device;                       /* of the path, as `inode` */
    ino_t inode;                        /* 0: there is nothing of ours at the path */
    int error;                          /* errno of the last try; 0: it is open */
    bool wanted;                        /* by the configuration that is being looked at */
};

struct web_listeners {
    struct log *log;
    struct evhttp *http;
    struct web_listener *list;
    struct loop_timer *retry;
    bool paused;
};

static const char *web_listener_text(char text[INET_ENDPOINT_TEXT_SIZE],
                                     const struct web_listener *listener)
{
    return listener->path ? listener->path
                          : inet_endpoint_text(text, &listener->addr, listener->port);
}

/* ---- Sockets ----------------------------------------------------------------------------------- */

/* Removes a socket that nobody answers at any more. @return 0 or -errno */
static int web_remove_old(const struct sockaddr_un *address)
{
    struct stat info;
    int probe;
    int error = 0;

    if (lstat(address->sun_path, &info) != 0) {
        return errno == ENOENT ? 0 : -errno;
    }
    if (!S_ISSOCK(info.st_mode)) {
        return -EEXIST;
    }
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (probe < 0) {
        return -errno;
    }
    if (connect(probe, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
        errno == EAGAIN) {
        error = -EADDRINUSE; /* another program's */
    }
    (void)close(probe);
    return error || unlink(address->sun_path) == 0 || errno == ENOENT ? error : -errno;
}

/* @return a socket that listens, or -errno */
static int web_open_path(struct web_listener *listener)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat info;
    int error;
    int fd;

    if (strlen(listener->path) >= sizeof(address.sun_path)) {
        return -ENAMETOOLONG;
    }
    memcpy(address.sun_path, listener->path, strlen(listener->path) + 1);
    error = web_remove_old(&address);
    fd = error ? error : socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return error ? error : -errno;
    }
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        lstat(listener->path, &info) != 0 || chmod(listener->path, WEB_SOCKET_MODE) != 0 ||
        listen(fd, WEB_BACKLOG) != 0) {
        error = -errno;
        (void)close(fd);
        return error;
    }
    listener->device = info.st_dev;
    listener->inode = info.st_ino;
    return fd;
}

/* @return a socket that listens, or -errno */
static int web_open_tcp(const struct web_listener *listener)
{
    struct sockaddr_storage address;
    socklen_t size = inet_to_sockaddr(&listener->addr, listener->port, &address);
    int fd = socket(listener->addr.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int yes = 1;
    int error;

    if (fd < 0) {
        return -errno;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (listener->addr.family == AF_INET6) { /* IPv4 has a socket of its own */
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
    }
    if (bind(fd, (const struct sockaddr *)&address, size) != 0 || listen(fd, WEB_BACKLOG) != 0) {
        error = -errno;
        (void)close(fd);
        return error;
    }
    return fd;
}

/*
 * accept(2) fails, since descriptors are short: a socket that stays ready would keep the loop busy. What
 * libevent gives as the argument is the evhttp, so it goes on with the next look at all.
 */
static void web_on_accept_error(struct evconnlistener *socket, void *argument)
{
    (void)argument;
    (void)evconnlistener_disable(socket);
}

static void web_set_enabled(const struct web_listener *listener, bool enabled)
{
    struct evconnlistener *socket = evhttp_bound_socket_get_listener(listener->socket);

    (void)(enabled ? evconnlistener_enable(socket) : evconnlistener_disable(socket));
}

static void web_listener_open(struct web_listener *listener)
{
    struct web_listeners *listeners = listener->listeners;
    char text[INET_ENDPOINT_TEXT_SIZE];
    int fd = listener->path ? web_open_path(listener) : web_open_tcp(listener);
    int before = listener->error;

    listener->error = fd < 0 ? -fd : 0;
    if (fd < 0) {
        if (listener->error != before) {
            log_warning(listeners->log, "http_listen",
                        "%s cannot be opened: %s; tried again every 5 s",
                        web_listener_text(text, listener), strerror(listener->error));
        }
        return;
    }
    listener->socket = evhttp_accept_socket_with_handle(listeners->http, fd);
    if (!listener->socket) {
        memory_exhausted(sizeof(*listener)); /* it fails for no other reason */
    }
    evconnlistener_set_error_cb(evhttp_bound_socket_get_listener(listener->socket),
                                web_on_accept_error);
    web_set_enabled(listener, !listeners->paused);
    log_event(listeners->log, LOG_LEVEL_INFO, "http_listen", "open at %s",
              web_listener_text(text, listener));
}

static void web_listener_free(struct web_listener *listener)
{
    struct web_listeners *listeners = listener->listeners;
    char text[INET_ENDPOINT_TEXT_SIZE];
    struct stat info;

    if (listener->socket) {
        evhttp_del_accept_socket(listeners->http, listener->socket);
        log_event(listeners->log, LOG_LEVEL_INFO, "http_listen", "closed at %s",
                  web_listener_text(text, listener));
    }
    if (listener->inode && lstat(listener->path, &info) == 0 && info.st_dev == listener->device &&
        info.st_ino == listener->inode) {
        (void)unlink(listener->path);
    }
    DL_DELETE(listeners->list, listener);
    free(listener->path);
    free(listener);
}

/* ---- What is configured ------------------------------------------------------------------------ */

/* Opens those that are not open, and lets those go on that rest. */
static void web_listeners_try(struct web_listeners *listeners)
{
    struct web_listener *listener;

    DL_FOREACH(listeners->list, listener) {
        if (!listener->socket) {
            web_listener_open(listener);
        } else {
            web_set_enabled(listener, !listeners->paused);
        }
    }
    loop_timer_set(listeners->retry, listeners->list ? clock_now() + WEB_RETRY : CLOCK_NEVER);
}

static void web_on_retry(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    web_listeners_try(argument);
}

static bool web_is_at(const struct web_listener *listener, const struct web_endpoint *endpoint)
{
    if (listener->path || endpoint->path) {
        return listener->path && endpoint->path && strcmp(listener->path, endpoint->path) == 0;
    }
    return listener->port == endpoint->port && inet_equal(&listener->addr, &endpoint->addr);
}

/* Marks the listener of an endpoint as wanted, and makes it where there is none. */
static void web_want(struct web_listeners *listeners, const struct web_endpoint *endpoint)
{
    struct web_listener *listener;

    DL_FOREACH(listeners->list, listener) {
        if (web_is_at(listener, endpoint)) {
            listener->wanted = true;
            return;
        }
    }
    listener = memory_new(1, sizeof(*listener));
    listener->listeners = listeners;
    listener->path = endpoint->path ? memory_text(endpoint->path) : NULL;
    listener->addr = endpoint->addr;
    listener->port = endpoint->port;
    listener->wanted = true;
    DL_APPEND(listeners->list, listener);
}

void web_listeners_configure(struct web_listeners *listeners, const struct web_endpoint *endpoints,
                             size_t count)
{
    struct web_listener *listener;
    struct web_listener *next;

    DL_FOREACH(listeners->list, listener) {
        listener->wanted = false;
    }
    for (size_t i = 0; i < count; i++) {
        web_want(listeners, &endpoints[i]);
    }
    DL_FOREACH_SAFE(listeners->list, listener, next) {
        if (!listener->wanted) {
            web_listener_free(listener);
        }
    }
    web_listeners_try(listeners);
}

void web_listeners_pause(struct web_listeners *listeners, bool paused)
{
    struct web_listener *listener;

    listeners->paused = paused;
    DL_FOREACH(listeners->list, listener) {
        if (listener->socket) {
            web_set_enabled(listener, !paused);
        }
    }
}

json_t *web_listeners_json(const struct web_listeners *listeners)
{
    char text[INET_ENDPOINT_TEXT_SIZE];
    const struct web_listener *listener;
    json_t *list = json_array();

    DL_FOREACH(listeners->list, listener) {
        json_array_append_new(list, json_pack("{s:o, s:b, s:s?}", "address",
                                              json_from_text(web_listener_text(text, listener)),
                                              "open", listener->socket != NULL, "error",
                                              listener->error ? strerror(listener->error) : NULL));
    }
    return list;
}

size_t web_listeners_count(const struct web_listeners *listeners)
{
    const struct web_listener *listener;
    size_t count;

    DL_COUNT(listeners->list, listener, count);
    return count;
}

/* ---- Life -------------------------------------------------------------------------------------- */

struct web_listeners *web_listeners_new(struct loop *loop, struct log *log, struct evhttp *http)
{
    struct web_listeners *listeners = memory_new(1, sizeof(*listeners));

    listeners->log = log;
    listeners->http = http;
    listeners->retry = loop_timer_new(loop, LOOP_PRIORITY_CONTROL, web_on_retry, listeners);
    return listeners;
}

void web_listeners_free(struct web_listeners *listeners)
{
    struct web_listener *listener;
    struct web_listener *next;

    if (!listeners) {
        return;
    }
    DL_FOREACH_SAFE(listeners->list, listener, next) {
        web_listener_free(listener);
    }
    loop_timer_free(listeners->retry);
    free(listeners);
}
