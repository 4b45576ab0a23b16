/* SPDX-License-Identifier: Apache-2.0
 *
 * The other end of the control socket: one request, one reply, waiting for it.
 */
#ifndef HOLDFAST_CONTROL_CLIENT_H
#define HOLDFAST_CONTROL_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum client_end {
    CLIENT_ANSWERED,    /* with a result */
    CLIENT_REFUSED,     /* the daemon said no */
    CLIENT_UNREACHABLE, /* nobody is there, or nobody answers in time */
    CLIENT_GARBLED,     /* what came is no reply of the protocol */
};

enum {
    CLIENT_MESSAGE_SIZE = 512,
    CLIENT_REPLY_LIMIT = 256 * 1024 * 1024, /* bytes of a reply that are taken */
};

struct client_reply {
    enum client_end end;
    json_t *result;                    /* of CLIENT_ANSWERED, else NULL; the caller's to free */
    char message[CLIENT_MESSAGE_SIZE]; /* of all others: what is wrong, and what to do about it */
    pid_t
        daemon; /* who listens (SO_PEERCRED, unix(7)); 0: not known, or of another PID namespace */
};

/**
 * Asks the daemon and waits for the answer.
 * @param path       of its socket
 * @param command    a word
 * @param arguments  an object, borrowed; NULL: there are none
 * @param timeout    ns for everything together
 */
struct client_reply client_ask(const char *path, const char *command, json_t *arguments,
                               int64_t timeout);

/**
 * Takes a line that the daemon sent: first the whole reply, then what follows.
 * @return whether more is wanted
 */
typedef bool (*client_take)(void *argument, const json_t *line);

/**
 * Asks the daemon for what goes on, and gives each line to a function, until that has enough, the daemon
 * hangs up, or says no.
 * @param timeout  ns for the first answer; what follows is waited for as long as it takes
 * @return with CLIENT_ANSWERED and without a result where the function had enough
 */
struct client_reply client_follow(const char *path, const char *command, json_t *arguments,
                                  int64_t timeout, client_take take, void *argument);

/**
 * Waits until a process has ended (pidfd_open(2)).
 * @param timeout  ns
 * @return 0; -ETIMEDOUT: it is still there; another -errno: it cannot be waited for
 */
int client_wait_for_end(pid_t process, int64_t timeout);

#endif
