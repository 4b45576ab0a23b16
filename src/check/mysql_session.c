/* SPDX-License-Identifier: Apache-2.0
 *
 * Logins by libmariadb. It runs on a stack of its own (makecontext(3)), which the loop leaves whenever
 * the library waits and comes back to when the connection is ready. A session that is given up goes on
 * with a connection that is broken until the library has ended, so that it frees what it holds.
 */
#include "check/mysql_session.h"

#include "base/memory.h"
#include "check/mysql_answer.h"
#include "check/mysql_greeting.h"
#include "check/mysql_io.h"

#include <errmsg.h>
#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <ucontext.h>

enum {
    SESSION_ROWS = 1000,          /* of one answer */
    SESSION_COLUMNS = 128,        /* that are looked at: SHOW ALL SLAVES STATUS has about 60 */
    SESSION_PACKET = 1024 * 1024, /* bytes: the largest row */
    SESSION_STACK = 256 * 1024,   /* bytes, of which what is used has memory: some 30 kB */
    SESSION_GUARD = 4096,         /* below it; whoever goes too far is stopped */
};

/* Errors of libmariadb's own: CR_MIN_ERROR, CR_MAX_ERROR, CER_MIN_ERROR of its errmsg.h. */
enum {
    SESSION_CLIENT_ERRORS = 2000,
    SESSION_CLIENT_ERRORS_END = 3000,
    SESSION_OWN_ERRORS = 5000,
    SESSION_OWN_ERRORS_END = 6000,
};

/* Kinds of passwords that are given to a server: none of them hands over the password itself. */
#define SESSION_PLUGINS "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519"

struct mysql_session {
    struct mysql_io io; /* first: io_session_of() */
    MYSQL mysql;
    const struct mysql_question *question;
    const regex_t *pattern;
    const char *host;
    char version[MYSQL_TEXT_SIZE];
    const char *missing; /* what it waits for */
    unsigned step;       /* its number */
    bool given_up;
    bool over;
    short wanted; /* EV_READ or EV_WRITE, while it waits */
    struct verdict verdict;
    struct mysql_answer answer;
    void *stack;
    ucontext_t here; /* the session's, while it waits */
    ucontext_t loop; /* who goes on with it */
    uint8_t ahead[]; /* what was read before */
};

static struct verdict session_good(void)
{
    return (struct verdict){.class = VERDICT_OK};
}

static void session_begin(struct mysql_session *session, const char *missing)
{
    session->missing = missing;
    session->step++;
}

/* ---- Errors ------------------------------------------------------------------------------------ */

/*
 * What libmariadb says of itself. Where it cannot have or may not use the kind of password that the
 * server wants, nothing is known of the server.
 */
static const struct {
    unsigned error;
    enum verdict_class class;
} session_errors[] = {
    {CR_SERVER_GONE_ERROR, VERDICT_RESET},    {CR_SERVER_LOST, VERDICT_RESET},
    {CR_SERVER_LOST_EXTENDED, VERDICT_RESET}, {CR_SSL_CONNECTION_ERROR, VERDICT_TLS},
    {CR_OUT_OF_MEMORY, VERDICT_LOCAL},        {CR_AUTH_PLUGIN_CANNOT_LOAD, VERDICT_LOCAL},
    {CR_PLUGIN_NOT_ALLOWED, VERDICT_LOCAL},
};

static struct verdict session_error(MYSQL *mysql)
{
    unsigned error = mysql_errno(mysql);
    char text[MYSQL_TEXT_SIZE];
    struct verdict verdict;

    mysql_text(text, sizeof(text), mysql_error(mysql), strlen(mysql_error(mysql)));
    verdict = mysql_answer_error(error, text);
    if ((error >= SESSION_CLIENT_ERRORS && error < SESSION_CLIENT_ERRORS_END) ||
        (error >= SESSION_OWN_ERRORS && error < SESSION_OWN_ERRORS_END)) {
        verdict.class = VERDICT_PROTOCOL;
        for (size_t i = 0; i < sizeof(session_errors) / sizeof(session_errors[0]); i++) {
            if (session_errors[i].error == error) {
                verdict.class = session_errors[i].class;
            }
        }
    }
    return verdict;
}

/* ---- What it says ------------------------------------------------------------------------------ */

static struct verdict session_log_in(struct mysql_session *session)
{
    const struct mysql_question *question = session->question;

    session_begin(session, "no end of the login");
    if (!mysql_real_connect(&session->mysql,
                            question->tls_name ? question->tls_name : session->host, question->user,
                            question->password, question->database, 0, NULL, 0)) {
        return session_error(&session->mysql);
    }
    if (question->tls && !mysql_get_ssl_cipher(&session->mysql)) {
        return verdict_of(VERDICT_TLS, "the login was not encrypted");
    }
    return session_good();
}

static void session_take_row(struct mysql_session *session, enum mysql_statement statement,
                             MYSQL_RES *rows, MYSQL_ROW row)
{
    const MYSQL_FIELD *fields = mysql_fetch_fields(rows);
    const char *names[SESSION_COLUMNS];
    const char *values[SESSION_COLUMNS];
    struct mysql_row told = {mysql_num_fields(rows), names, values};

    if (told.count > SESSION_COLUMNS) {
        told.count = SESSION_COLUMNS;
    }
    for (unsigned i = 0; i < told.count; i++) {
        names[i] = fields[i].name;
        values[i] = row[i];
    }
    mysql_answer_row(&session->answer, session->question, statement, &told, session->pattern);
}

static struct verdict session_take_rows(struct mysql_session *session,
                                        enum mysql_statement statement, MYSQL_RES *rows)
{
    MYSQL_ROW row;

    session_begin(session, "no end of the answer");
    while ((row = mysql_fetch_row(rows))) {
        session_take_row(session, statement, rows, row);
        if (session->answer.rows > SESSION_ROWS) {
            session->given_up = true; /* the rest is not read */
            return verdict_of(VERDICT_ANSWER,
                              "the answer has more than %d rows; add LIMIT 1 to the query",
                              SESSION_ROWS);
        }
    }
    return mysql_errno(&session->mysql) ? session_error(&session->mysql) : session_good();
}

static struct verdict session_ask(struct mysql_session *session, enum mysql_statement statement)
{
    const char *text = mysql_statement_text(session->question, statement, session->version);
    struct verdict verdict;
    MYSQL_RES *rows;

    memset(&session->answer, 0, sizeof(session->answer));
    session_begin(session, "no answer to the query");
    if (mysql_real_query(&session->mysql, text, strlen(text)) != 0) {
        return session_error(&session->mysql);
    }
    rows = mysql_use_result(&session->mysql);
    if (rows) {
        verdict = session_take_rows(session, statement, rows);
        mysql_free_result(rows);
    } else {
        verdict =
            mysql_field_count(&session->mysql) ? session_error(&session->mysql) : session_good();
    }
    return verdict.class == VERDICT_OK
               ? mysql_answer_end(&session->answer, session->question, statement)
               : verdict;
}

/* All statements, up to the first that is not answered as it should be. */
static struct verdict session_ask_all(struct mysql_session *session)
{
    struct verdict good = session_good();

    for (int i = 0; i < MYSQL_STATEMENTS; i++) {
        struct verdict verdict;

        if (!mysql_statement_asked(session->question, (enum mysql_statement)i)) {
            continue;
        }
        verdict = session_ask(session, (enum mysql_statement)i);
        if (verdict.class != VERDICT_OK) {
            return verdict;
        }
        if (verdict.text[0]) {
            good = verdict;
        }
    }
    return good;
}

static struct verdict session_ping(struct mysql_session *session)
{
    session_begin(session, "no answer to the ping");
    return mysql_ping(&session->mysql) != 0 ? session_error(&session->mysql) : session_good();
}

/* The whole of it, on the session's stack. */
static void session_talk(struct mysql_session *session)
{
    session->verdict = session_log_in(session);
    if (session->verdict.class == VERDICT_OK) {
        session->verdict = session->question->level == CONF_MYSQL_QUERY ? session_ask_all(session)
                                                                        : session_ping(session);
    }
    session_begin(session, "no end of the farewell");
    session->given_up = true; /* it says good-bye, and waits for nothing */
    mysql_close(&session->mysql);
    session->over = true;
}

/* ---- Stacks ------------------------------------------------------------------------------------ */

/* makecontext(3) hands over integers: two halves of a pointer. It never returns. */
static void session_enter(unsigned high, unsigned low)
{
    const uintptr_t pointer = (uintptr_t)high << 32 | (uintptr_t)low;
    struct mysql_session *session;

    memcpy(&session, &pointer, sizeof(pointer));
    session_talk(session);
    (void)setcontext(&session->loop);
}

/* Called by the library, on the session's stack. */
static bool session_wait(struct mysql_io *io, bool writable)
{
    struct mysql_session *session = (struct mysql_session *)io;

    if (!session->given_up) {
        session->wanted = writable ? EV_WRITE : EV_READ;
        (void)swapcontext(&session->here, &session->loop);
    }
    return !session->given_up;
}

/* @return whether there was memory for it */
static bool session_make_stack(struct mysql_session *session)
{
    uintptr_t pointer = (uintptr_t)session;

    session->stack = mmap(NULL, SESSION_STACK, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (session->stack == MAP_FAILED) {
        return false;
    }
    (void)mprotect(session->stack, SESSION_GUARD, PROT_NONE);
    (void)getcontext(&session->here);
    session->here.uc_stack.ss_sp = session->stack;
    session->here.uc_stack.ss_size = SESSION_STACK;
    session->here.uc_link = NULL;
    makecontext(&session->here, (void (*)(void))session_enter, 2, (unsigned)(pointer >> 32),
                (unsigned)pointer);
    return true;
}

short mysql_session_go(struct mysql_session *session, struct verdict *verdict)
{
    (void)swapcontext(&session->loop, &session->here);
    if (!session->over) {
        return session->wanted;
    }
    *verdict = session->verdict;
    return 0;
}

/* ---- Life -------------------------------------------------------------------------------------- */

/* @return 0, or an error of libmariadb's */
static int session_set_tls(MYSQL *mysql, const struct mysql_question *question)
{
    const my_bool on = question->tls ? 1 : 0;
    const my_bool verify = question->tls && question->tls_verify ? 1 : 0;
    int failed = mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on) |
                 mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);

    if (question->tls_ca) {
        failed |= mysql_options(mysql, MYSQL_OPT_SSL_CA, question->tls_ca);
    }
    if (question->tls_certificate) {
        failed |= mysql_options(mysql, MYSQL_OPT_SSL_CERT, question->tls_certificate);
        failed |= mysql_options(mysql, MYSQL_OPT_SSL_KEY, question->tls_key);
    }
    return failed;
}

/* @return 0, or an error of libmariadb's */
static int session_set(struct mysql_session *session)
{
    MYSQL *mysql = &session->mysql;
    unsigned protocol = MYSQL_PROTOCOL_TCP;
    unsigned none = 0;
    size_t packet = SESSION_PACKET;

    return mysql_io_give(mysql, &session->io) |
           mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol) |
           mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &none) | /* no file of ours to a server */
           mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet) |
           mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4") |
           mysql_optionsv(mysql, MARIADB_OPT_RESTRICTED_AUTH, SESSION_PLUGINS) |
           mysql_optionsv(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "holdfastd") |
           session_set_tls(mysql, session->question);
}

static void session_release(struct mysql_session *session)
{
    if (session->stack && session->stack != MAP_FAILED) {
        (void)munmap(session->stack, SESSION_STACK);
    }
    free(session);
}

struct mysql_session *mysql_session_new(const struct mysql_session_plan *plan,
                                        struct verdict *verdict)
{
    struct mysql_session *session = memory_new(1, sizeof(*session) + plan->size);

    memcpy(session->ahead, plan->bytes, plan->size);
    session->io = (struct mysql_io){
        .fd = plan->fd, .ahead = session->ahead, .ahead_size = plan->size, .wait = session_wait};
    session->question = plan->question;
    session->pattern = plan->pattern;
    session->host = plan->host;
    mysql_text(session->version, sizeof(session->version), plan->version, strlen(plan->version));
    if (!session_make_stack(session)) {
        *verdict = verdict_of_local(errno);
        session_release(session);
        return NULL;
    }
    (void)mysql_init(&session->mysql);
    if (session_set(session) != 0) {
        *verdict = verdict_of(VERDICT_LOCAL, "libmariadb: %.80s", mysql_error(&session->mysql));
        mysql_close(&session->mysql);
        session_release(session);
        return NULL;
    }
    return session;
}

unsigned mysql_session_step(const struct mysql_session *session)
{
    return session->step;
}

const char *mysql_session_missing(const struct mysql_session *session)
{
    return session->missing;
}

void mysql_session_free(struct mysql_session *session)
{
    struct verdict verdict;

    if (!session) {
        return;
    }
    if (!session->over) {
        session->given_up = true;
        (void)shutdown(session->io.fd, SHUT_RDWR);
        (void)mysql_session_go(session, &verdict);
    }
    session_release(session);
}
