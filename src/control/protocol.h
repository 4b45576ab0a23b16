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
    CONTROL_FOLLOWERS = 16,      /* of these, at the most */
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
 * Opens another socket beside the first one, mode 0660, on which only commands of control_add_look() are
 * served; others are refused with the code `read-only`. Once at the most.
 * @param group  of the socket; -1: it stays as it is made
 * @return 0, or -errno: there is none, and everything else goes on
 */
int control_open_for_readers(struct control *control, const char *path, gid_t group);

/** The group of that socket is another one from now on; as there. @return 0 or -errno; -ENOENT: there is none */
int control_set_readers(struct control *control, gid_t group);

/**
 * Adds a command for the administrator's socket.
 * @param name  a word of its own; it and `help` must outlive the control
 * @param help  one line
 */
void control_add_command(struct control *control, const char *name, const char *help,
                         control_handler handler, void *argument);

/** Adds a command that changes nothing and tells no secret: for those who may only look, too. */
void control_add_look(struct control *control, const char *name, const char *help,
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

/* What a follower gets line by line. */
struct control_feed {
    void *argument;
    /**
     * The next line.
     * @param cursor  how far this follower has come, to be moved on
     * @return new; NULL: there is nothing more now
     */
    json_t *(*next)(void *argument, uint64_t *cursor);
};

/**
 * Answers, and from then on sends a line for each that the feed gives, until the client goes. Nothing is
 * kept for it but its cursor: the feed is asked when what came before was taken, and who does not take it in
 * CONTROL_ACCEPT_LIMIT_S is dropped. What else the client sends is not read any more. Above
 * CONTROL_FOLLOWERS it is refused.
 * @param result  as in control_reply()
 * @param cursor  where it begins
 */
void control_follow(struct control_request *request, json_t *result,
                    const struct control_feed *feed, uint64_t cursor);

/** The feeds have more: followers are asked in a turn of the loop of their own. NULL is allowed. */
void control_wake(struct control *control);

/**
 * Answers that it did not work.
 * @param code    a word for programs, such as "bad-argument"
 * @param format  what is wrong, for people
 */
void control_fail(struct control_request *request, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
