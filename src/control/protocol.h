/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket: one JSON request and one JSON reply a line (doc/status.md), for holdfastctl and
 * anybody else who may open it. Never blocks the loop, never holds more than its limits allow, and
 * serves a client's requests one after the other.
 */
#ifndef HOLDFAST_CONTROL_PROTOCOL_H
#define HOLDFAST_CONTROL_PROTOCOL_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct control;
struct control_request;
struct log;
struct loop;

enum {
    CONTROL_CLIENTS = 64,        /* at the same time; what comes above is told so and closed */
    CONTROL_IDLE_LIMIT_S = 60,   /* for a client to send a whole request */
    CONTROL_ACCEPT_LIMIT_S = 10, /* for a client to take a whole reply */
};

/* Who asks: SO_PEERCRED of unix(7). */
struct control_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

/**
 * What carries a command out. It answers with one call of control_reply(), control_reply_text() or
 * control_fail(), at once or at any time later; the request is gone after that call.
 * @param argument  as given to control_add_command()
 */
typedef void (*control_handler)(void *argument, struct control_request *request);

/**
 * Opens the socket, mode 0660. A socket that a dead process left at the path is replaced: the lock of
 * the runtime directory says that nobody uses it; a file of another type is not touched. The commands
 * `help` and `version` are there from the start. SIGPIPE is ignored from now on.
 * @param error  -errno where NULL is returned; -EEXIST: something else is at the path
 */
struct control *control_new(struct loop *loop, struct log *log, const char *path, int *error);

/**
 * Closes and removes the socket and drops all clients; answers that were given are sent as far as the
 * sockets take them. Requests that wait for their answer may still be answered; nobody hears it. NULL is allowed; not to be called by a handler.
 */
void control_free(struct control *control);

/**
 * Other limits than CONTROL_IDLE_LIMIT_S and CONTROL_ACCEPT_LIMIT_S, from the next request on.
 * @param idle    ns
 * @param accept  ns
 */
void control_set_limits(struct control *control, int64_t idle, int64_t accept);

/**
 * Adds a command.
 * @param name  a word of its own; it and `help` must outlive the control
 * @param help  one line
 */
void control_add_command(struct control *control, const char *name, const char *help,
                         control_handler handler, void *argument);

/** What the client gave as "arguments": an object, NULL where there is none. Borrowed. */
json_t *control_arguments(const struct control_request *request);

/** Who asks. */
struct control_peer control_peer(const struct control_request *request);

/** Answers. @param result  its reference is taken */
void control_reply(struct control_request *request, json_t *result);

/**
 * Answers with JSON that was dumped before, for results that are large.
 * @param text  one line of JSON from malloc(3), which is taken; without a newline
 * @param size  its bytes, without a NUL
 */
void control_reply_text(struct control_request *request, char *text, size_t size);

/**
 * Answers that it did not work.
 * @param code    a word for programs, such as "bad-argument"
 * @param format  what is wrong, for people
 */
void control_fail(struct control_request *request, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
