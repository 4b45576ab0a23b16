/* SPDX-License-Identifier: Apache-2.0
 *
 * The addresses of a host's name. What thread and loop share is freed by who lets go of it last.
 */
#include "base/resolve.h"

#include "base/loop.h"
#include "base/memory.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* What both sides know. */
struct resolve_shared {
    atomic_int users;
    int finished; /* eventfd */
    char *name;
    struct resolve_result result; /* the thread's until `finished` is readable */
};

struct resolve {
    struct resolve_shared *shared;
    struct loop_watch *watch;
    resolve_done_function done;
    void *argument;
};

static void resolve_let_go(struct resolve_shared *shared)
{
    if (atomic_fetch_sub(&shared->users, 1) == 1) {
        (void)close(shared->finished);
        free(shared->name);
        free(shared);
    }
}

/* Where it is new, adds an address. */
static void resolve_add(struct resolve_result *result, const struct addrinfo *info)
{
    const void *bytes = info->ai_family == AF_INET6
                            ? (const void *)&((const struct sockaddr_in6 *)info->ai_addr)->sin6_addr
                            : (const void *)&((const struct sockaddr_in *)info->ai_addr)->sin_addr;
    struct inet_addr addr;

    if ((info->ai_family != AF_INET && info->ai_family != AF_INET6) ||
        result->count == RESOLVE_ADDRESSES) {
        return;
    }
    addr = inet_from_bytes((uint8_t)info->ai_family, bytes);
    for (size_t i = 0; i < result->count; i++) {
        if (inet_equal(&result->addresses[i], &addr)) {
            return;
        }
    }
    result->addresses[result->count++] = addr;
}

static void *resolve_thread(void *argument)
{
    struct resolve_shared *shared = argument;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const uint64_t one = 1;
    struct addrinfo *list = NULL;
    int error = getaddrinfo(shared->name, NULL, &hints, &list);

    for (const struct addrinfo *info = error ? NULL : list; info; info = info->ai_next) {
        resolve_add(&shared->result, info);
    }
    if (!shared->result.count) {
        shared->result.error = error ? gai_strerror(error) : "it has no address";
    }
    if (list) {
        freeaddrinfo(list);
    }
    (void)!write(shared->finished, &one, sizeof(one)); /* an eventfd at 0 takes it */
    resolve_let_go(shared);
    return NULL;
}

static void resolve_ended(void *argument)
{
    struct resolve *resolve = argument;
    struct resolve_result result = resolve->shared->result;
    resolve_done_function done = resolve->done;
    void *done_argument = resolve->argument;

    resolve_abandon(resolve);
    done(done_argument, &result);
}

/* Signals are the loop's: the thread inherits a mask that blocks them. @return whether it runs */
static bool resolve_run(struct resolve_shared *shared)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t before;
    sigset_t all;
    int error;

    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&thread, &attributes, resolve_thread, shared);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return error == 0;
}

struct resolve *resolve_start(struct loop *loop, const char *name, resolve_done_function done,
                              void *argument)
{
    struct resolve_shared *shared = memory_new(1, sizeof(*shared));
    struct resolve *resolve;

    shared->finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    shared->name = memory_text(name);
    atomic_init(&shared->users, 2);
    if (shared->finished < 0 || !resolve_run(shared)) {
        atomic_store(&shared->users, 1);
        resolve_let_go(shared);
        return NULL;
    }
    resolve = memory_new(1, sizeof(*resolve));
    resolve->shared = shared;
    resolve->done = done;
    resolve->argument = argument;
    resolve->watch = loop_watch_new(loop, LOOP_PRIORITY_CONTROL, shared->finished, false,
                                    resolve_ended, resolve);
    return resolve;
}

void resolve_abandon(struct resolve *resolve)
{
    if (resolve) {
        loop_watch_free(resolve->watch);
        resolve_let_go(resolve->shared);
        free(resolve);
    }
}
