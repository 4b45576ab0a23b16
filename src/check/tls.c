/* SPDX-License-Identifier: Apache-2.0
 *
 * TLS by OpenSSL 3. No session is resumed: each check sees the certificate that the server has now.
 */
#include "check/tls.h"

#include "base/loop.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/worker.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TLS_NAME_SIZE = 256 }; /* a host's name has at most 253 bytes: RFC 1035 2.3.4 */

TAILQ_HEAD(tls_session_list, tls_session);
LIST_HEAD(tls_context_list, tls_context);

struct tls {
    struct loop *loop;
    struct turns *turns;
    struct tls_context_list contexts;
};

struct tls_context {
    LIST_ENTRY(tls_context) next;
    struct tls *tls;
    unsigned users;
    struct tls_settings settings;
    char *texts[4]; /* memory of the settings' */
    SSL_CTX *library;
    struct worker *worker; /* reads the files; NULL: it is ready, or failed */
    char error[VERDICT_TEXT_SIZE];
    struct tls_session_list waiting; /* until it is ready */
};

struct tls_session {
    TAILQ_ENTRY(tls_session) next; /* in context->waiting */
    struct tls_context *context;
    int fd;
    struct tls_peer peer;
    SSL *library; /* NULL until its first step */
    struct turns_job job;
    tls_step_function step;
    void *argument;
    bool waits;  /* for its context */
    bool failed; /* nothing more can be said to the server */
};

/* ---- Contexts -------------------------------------------------------------------------------- */

/* Without it OpenSSL would ask on the terminal. */
static int tls_password(char *buffer, int size, int writing, void *argument)
{
    const char *password = argument;
    size_t length = password ? strlen(password) : 0;

    (void)writing;
    if (!password || length > (size_t)size) {
        return -1;
    }
    for (size_t i = 0; i < length; i++) { /* OpenSSL wants no NUL behind it */
        buffer[i] = password[i];
    }
    return (int)length;
}

/* What OpenSSL found wrong first, in words. */
static const char *tls_reason(void)
{
    unsigned long code = ERR_get_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    if (code && ERR_SYSTEM_ERROR(code)) {
        reason = strerror(ERR_GET_REASON(code));
    }
    ERR_clear_error();
    return reason ? reason : "unknown error";
}

static bool tls_load_failed(struct tls_context *context, const char *keyword, const char *path)
{
    (void)snprintf(context->error, sizeof(context->error), "SSL %s %.60s: %s", keyword, path,
                   tls_reason());
    return false;
}

static bool tls_load_certificate(struct tls_context *context, SSL_CTX *library)
{
    const struct tls_settings *settings = &context->settings;
    const char *key = settings->key ? settings->key : settings->certificate;

    if (SSL_CTX_use_certificate_chain_file(library, settings->certificate) != 1) {
        return tls_load_failed(context, "certificate", settings->certificate);
    }
    if (SSL_CTX_use_PrivateKey_file(library, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(library) != 1) {
        return tls_load_failed(context, "key", key);
    }
    return true;
}

/*
 * The system's CA certificates, all of them, here on the thread: what OpenSSL does by default is to look
 * into their directory at each handshake, and that would be on the loop.
 */
static void tls_load_system(SSL_CTX *library)
{
    const char *file = getenv(X509_get_default_cert_file_env());
    /* update-ca-certificates(8) writes the last one. */
    const char *const files[] = {file ? file : X509_get_default_cert_file(),
                                 "/etc/ssl/certs/ca-certificates.crt"};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (SSL_CTX_load_verify_file(library, files[i]) == 1) {
            break;
        }
    }
    ERR_clear_error(); /* without any a server that must prove itself fails, and is told why */
}

/* Where nothing is to be proven, no chain of certificates is built. */
static int tls_verify(X509_STORE_CTX *store, void *argument)
{
    const SSL *library = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

    (void)argument;
    return SSL_get_verify_mode(library) == SSL_VERIFY_NONE ? 1 : X509_verify_cert(store);
}

static bool tls_load_files(struct tls_context *context, SSL_CTX *library)
{
    const struct tls_settings *settings = &context->settings;

    SSL_CTX_set_default_passwd_cb(library, tls_password);
    SSL_CTX_set_default_passwd_cb_userdata(library, (void *)settings->password);
    if (!settings->ca) {
        tls_load_system(library);
    } else if (SSL_CTX_load_verify_file(library, settings->ca) != 1) {
        return tls_load_failed(context, "ca", settings->ca);
    }
    return !settings->certificate || tls_load_certificate(context, library);
}

/* Runs on a thread: it touches nothing but the context, which waits for it. */
static void *tls_load(void *argument)
{
    struct tls_context *context = argument;
    SSL_CTX *library;

    ERR_clear_error();
    library = SSL_CTX_new(TLS_client_method());
    if (!library) {
        (void)tls_load_failed(context, "library", "");
        return NULL;
    }
    (void)SSL_CTX_set_mode(library, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    /* A server that closes without a word has ended its body where that has no length: as keepalived. */
    (void)SSL_CTX_set_options(library, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_TICKET);
    (void)SSL_CTX_set_session_cache_mode(library, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_cert_verify_callback(library, tls_verify, NULL);
    if (!tls_load_files(context, library)) {
        SSL_CTX_free(library);
        return NULL;
    }
    return library;
}

static void tls_loaded(void *argument, void *result)
{
    struct tls_context *context = argument;
    struct tls_session *session;

    context->worker = NULL;
    context->library = result;
    while ((session = TAILQ_FIRST(&context->waiting))) {
        TAILQ_REMOVE(&context->waiting, session, next);
        session->waits = false;
        turns_add(context->tls->turns, &session->job);
    }
}

struct tls *tls_new(struct loop *loop, struct turns *turns)
{
    struct tls *tls = memory_new(1, sizeof(*tls));

    tls->loop = loop;
    tls->turns = turns;
    LIST_INIT(&tls->contexts);
    return tls;
}

void tls_free(struct tls *tls)
{
    free(tls);
}

static bool tls_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static struct tls_context *tls_context_find(const struct tls *tls,
                                            const struct tls_settings *settings)
{
    struct tls_context *context;

    LIST_FOREACH(context, &tls->contexts, next)
    {
        const struct tls_settings *own = &context->settings;

        if (own->stamp == settings->stamp && tls_same_text(own->password, settings->password) &&
            tls_same_text(own->ca, settings->ca) &&
            tls_same_text(own->certificate, settings->certificate) &&
            tls_same_text(own->key, settings->key)) {
            return context;
        }
    }
    return NULL;
}

struct tls_context *tls_context_get(struct tls *tls, const struct tls_settings *settings)
{
    struct tls_context *context = tls_context_find(tls, settings);
    const char *const from[] = {settings->password, settings->ca, settings->certificate,
                                settings->key};

    if (context) {
        context->users++;
        return context;
    }
    context = memory_new(1, sizeof(*context));
    for (size_t i = 0; i < 4; i++) {
        context->texts[i] = from[i] ? memory_text(from[i]) : NULL;
    }
    context->settings =
        (struct tls_settings){context->texts[0], context->texts[1], context->texts[2],
                              context->texts[3], settings->stamp};
    context->tls = tls;
    context->users = 1;
    TAILQ_INIT(&context->waiting);
    LIST_INSERT_HEAD(&tls->contexts, context, next);
    context->worker = worker_start(tls->loop, tls_load, tls_loaded, context);
    if (!context->worker) {
        tls_loaded(context, tls_load(context)); /* no thread: the loop waits for the files */
    }
    return context;
}

void tls_context_put(struct tls_context *context)
{
    if (--context->users) {
        return;
    }
    if (context->worker) {
        context->library = worker_cancel(context->worker);
    }
    LIST_REMOVE(context, next);
    SSL_CTX_free(context->library);
    if (context->texts[0]) {
        OPENSSL_cleanse(context->texts[0], strlen(context->texts[0]));
    }
    for (size_t i = 0; i < 4; i++) {
        free(context->texts[i]);
    }
    free(context);
}

/* ---- Verdicts -------------------------------------------------------------------------------- */

/* What is wrong with the certificate, and whom it was to be for. */
static struct verdict tls_verdict_certificate(const struct tls_session *session, long error)
{
    char address[INET_ADDR_TEXT_SIZE];
    const char *reason = X509_verify_cert_error_string(error);

    if (error != X509_V_ERR_HOSTNAME_MISMATCH && error != X509_V_ERR_IP_ADDRESS_MISMATCH) {
        return verdict_of(VERDICT_TLS, "certificate: %s", reason);
    }
    return verdict_of(VERDICT_TLS, "certificate: it is not for %.60s",
                      session->peer.name ? session->peer.name
                                         : inet_text(address, &session->peer.address));
}

static struct verdict tls_verdict(const struct tls_session *session)
{
    unsigned long code = ERR_peek_error();
    long certificate = SSL_get_verify_result(session->library);

    if (ERR_GET_LIB(code) == ERR_LIB_SSL &&
        ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED && certificate != X509_V_OK) {
        ERR_clear_error();
        return tls_verdict_certificate(session, certificate);
    }
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER) {
        return verdict_of(VERDICT_TLS, "TLS: %s; is it a TLS port?", tls_reason());
    }
    return verdict_of(VERDICT_TLS, "TLS: %s", tls_reason());
}

/* What a call of OpenSSL means that did not succeed. */
static enum tls_result tls_result_of(struct tls_session *session, int returned,
                                     struct verdict *verdict)
{
    int error = errno;

    switch (SSL_get_error(session->library, returned)) {
    case SSL_ERROR_WANT_READ:
        return TLS_WANTS_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    case SSL_ERROR_SYSCALL:
        session->failed = true;
        if (!error) {
            return TLS_CLOSED;
        }
        *verdict = verdict_of_connection(error);
        return TLS_FAILED;
    default:
        session->failed = true;
        *verdict = tls_verdict(session);
        return TLS_FAILED;
    }
}

/* ---- Sessions -------------------------------------------------------------------------------- */

/* A host's name without a port; a name in brackets, or of digits, is an address. */
static void tls_expect_name(struct tls_session *session)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(session->library);
    const char *name = session->peer.name;
    struct inet_addr addr = session->peer.address;
    char host[TLS_NAME_SIZE];
    size_t length = 0;

    if (name && *name == '[') {
        name++;
        length = strcspn(name, "]");
    } else if (name) {
        length = strcspn(name, ":");
    }
    (void)snprintf(host, sizeof(host), "%.*s", (int)length, name ? name : "");
    if (*host && !inet_parse(host, &addr)) {
        X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        (void)X509_VERIFY_PARAM_set1_host(param, host, 0);
    } else {
        (void)X509_VERIFY_PARAM_set1_ip(param, addr.bytes, addr.family == AF_INET ? 4 : 16);
    }
}

static bool tls_session_open(struct tls_session *session)
{
    session->library = SSL_new(session->context->library);
    if (!session->library || SSL_set_fd(session->library, session->fd) != 1) {
        return false;
    }
    if (session->peer.sni) {
        (void)SSL_set_tlsext_host_name(session->library, session->peer.sni);
    }
    if (session->peer.verify) {
        SSL_set_verify(session->library, SSL_VERIFY_PEER, NULL);
        tls_expect_name(session);
    }
    SSL_set_connect_state(session->library);
    return true;
}

static enum tls_result tls_session_step(struct tls_session *session, struct verdict *verdict)
{
    enum tls_result result;
    int returned;

    ERR_clear_error();
    if (!session->context->library) {
        *verdict = verdict_of(VERDICT_LOCAL, "%s", session->context->error);
        return TLS_FAILED;
    }
    if (!session->library && !tls_session_open(session)) {
        session->failed = true;
        *verdict = verdict_of(VERDICT_LOCAL, "TLS: %s", tls_reason());
        return TLS_FAILED;
    }
    errno = 0;
    returned = SSL_do_handshake(session->library);
    if (returned == 1) {
        return TLS_DONE;
    }
    result = tls_result_of(session, returned, verdict);
    if (result == TLS_CLOSED) {
        session->failed = true;
        *verdict = verdict_of(VERDICT_TLS, "TLS: the server closed the connection");
        return TLS_FAILED;
    }
    return result;
}

static void tls_session_serve(void *argument)
{
    struct tls_session *session = argument;
    struct verdict verdict = {.class = VERDICT_OK};
    enum tls_result result = tls_session_step(session, &verdict);

    session->step(session->argument, result, &verdict); /* may end the session */
}

struct tls_session *tls_session_new(struct tls_context *context, int fd,
                                    const struct tls_peer *peer, tls_step_function step,
                                    void *argument)
{
    struct tls_session *session = memory_new(1, sizeof(*session));

    session->context = context;
    session->fd = fd;
    session->peer = *peer;
    session->step = step;
    session->argument = argument;
    session->job.function = tls_session_serve;
    session->job.argument = session;
    return session;
}

void tls_session_handshake(struct tls_session *session)
{
    struct tls_context *context = session->context;

    if (!context->worker) {
        turns_add(context->tls->turns, &session->job);
    } else if (!session->waits) {
        session->waits = true;
        TAILQ_INSERT_TAIL(&context->waiting, session, next);
    }
}

const char *tls_session_queued(const struct tls_session *session)
{
    if (session->waits) {
        return "the files of SSL are still being read";
    }
    return session->job.waits ? "more handshakes than this host can make" : NULL;
}

enum tls_result tls_session_read(struct tls_session *session, void *data, size_t size, size_t *got,
                                 struct verdict *verdict)
{
    int returned;

    ERR_clear_error();
    errno = 0;
    returned = SSL_read_ex(session->library, data, size, got);
    return returned == 1 ? TLS_DONE : tls_result_of(session, returned, verdict);
}

enum tls_result tls_session_write(struct tls_session *session, const void *data, size_t size,
                                  size_t *written, struct verdict *verdict)
{
    int returned;

    ERR_clear_error();
    errno = 0;
    returned = SSL_write_ex(session->library, data, size, written);
    return returned == 1 ? TLS_DONE : tls_result_of(session, returned, verdict);
}

void tls_session_end(struct tls_session *session, bool notify)
{
    turns_remove(session->context->tls->turns, &session->job);
    if (session->waits) {
        TAILQ_REMOVE(&session->context->waiting, session, next);
    }
    if (session->library && notify && !session->failed && SSL_is_init_finished(session->library)) {
        (void)SSL_shutdown(session->library);
    } else if (session->library) {
        SSL_set_quiet_shutdown(session->library, 1);
    }
    SSL_free(session->library);
    ERR_clear_error();
    free(session);
}
