/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS of checks, by OpenSSL, on connections that do not block. Certificates of our own are read on a
 * thread; handshakes are done in turns (turns.h).
 */
#ifndef HOLDFAST_CHECK_TLS_H
#define HOLDFAST_CHECK_TLS_H

#include "base/inet.h"
#include "check/turns.h"
#include "check/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;
struct tls;
struct tls_context;
struct tls_session;

/* Who we are to servers, and whom we believe. Equal ones share a context. */
struct tls_settings {
    const char *password;    /* of the key; NULL: none */
    const char *ca;          /* file; NULL: the system's */
    const char *certificate; /* file; NULL: none is shown */
    const char *key;         /* file; NULL: it is in the certificate's */
    int64_t stamp;           /* another one where the files hold something else */
};

/* Whom a connection is to. */
struct tls_peer {
    const char *sni;  /* NULL: none is sent */
    bool verify;      /* its certificate must be good, and for: */
    const char *name; /* a host's, or NULL: */
    struct inet_addr address;
};

/** What the TLS of one kind of checks shares. The caller frees it with tls_free(). */
struct tls *tls_new(struct loop *loop, struct turns *turns);

/** Frees it; no context and no session is left. NULL is allowed. */
void tls_free(struct tls *tls);

/**
 * A context for settings, which is ready once their files have been read. Each one that was got is
 * given back with tls_context_put().
 * @param settings  copied
 */
struct tls_context *tls_context_get(struct tls *tls, const struct tls_settings *settings);

/** Gives back what tls_context_get() gave: the last one frees it. */
void tls_context_put(struct tls_context *context);

/* What a step of a session waits for, or how it ended. */
enum tls_result {
    TLS_DONE,
    TLS_WANTS_READ,
    TLS_WANTS_WRITE,
    TLS_CLOSED, /* the server has closed it */
    TLS_FAILED, /* `verdict` says how */
};

/**
 * What a session calls behind each step of its handshake.
 * @param verdict  where the result is TLS_FAILED
 */
typedef void (*tls_step_function)(void *argument, enum tls_result result,
                                  const struct verdict *verdict);

/**
 * A session over a connection that is there. The caller ends it with tls_session_end().
 * @param fd    stays the caller's
 * @param peer  copied; its texts must stay until the session ends
 */
struct tls_session *tls_session_new(struct tls_context *context, int fd,
                                    const struct tls_peer *peer, tls_step_function step,
                                    void *argument);

/** Takes the next step of the handshake when its turn comes, and calls the step function. */
void tls_session_handshake(struct tls_session *session);

/**
 * Why the next step of the handshake is not taken yet: the server is not waited for, but we are.
 * @return for people; NULL: the server is waited for
 */
const char *tls_session_queued(const struct tls_session *session);

/** Reads up to `size` bytes. @param got  set where TLS_DONE is returned */
enum tls_result tls_session_read(struct tls_session *session, void *data, size_t size, size_t *got,
                                 struct verdict *verdict);

/** Writes; after TLS_WANTS_READ or _WRITE it is to be called again with the same bytes. */
enum tls_result tls_session_write(struct tls_session *session, const void *data, size_t size,
                                  size_t *written, struct verdict *verdict);

/** Ends and frees a session. @param notify  tell the server (close_notify) */
void tls_session_end(struct tls_session *session, bool notify);

#endif
