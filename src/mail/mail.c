/* SPDX-License-Identifier: Apache-2.0
 *
 * The connection to the mail server, and the timers around it. A mail that is under way goes on by what
 * it began with, whatever is configured meanwhile. When a mail is due is the queue's
 * decision, what is said smtp's, what it says message's.
 */
#include "mail/mail.h"

#include "base/clock.h"
#include "base/inet.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mailbox.h"
#include "base/memory.h"
#include "base/resolve.h"
#include "base/text.h"
#include "mail/message.h"
#include "mail/queue.h"
#include "mail/smtp.h"

#include <ctype.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAIL_ERROR_SIZE = 320,
    MAIL_INPUT_SIZE = 4096, /* bytes of the server's that are looked at in one turn */
};

/* Who mails whom; all its texts are owned. */
struct mail_route {
    char *server;
    uint16_t port;
    char *helo;
    char *from;
    char mailbox[MAILBOX_SIZE]; /* of `from` */
    char **to;
    char **mailboxes; /* of `to`, as SMTP wants them */
    size_t to_count;
    char *router;
    char *host;
    int64_t timeout;
};

struct mail {
    struct loop *loop;
    struct log *log;
    struct mail_route *route; /* NULL: no mail is sent */
    struct mail_route
        *sending; /* of the mail that is under way: `route`, or a former one; NULL: none is */
    struct queue *queue; /* NULL: no mail is sent */
    struct loop_timer *due;
    struct loop_timer *patience; /* with the server's next answer */
    struct resolve *resolve;     /* its name is being looked up */
    struct resolve_result found; /* its addresses */
    size_t tried;                /* of them */
    bool connected;
    struct bufferevent *connection;
    struct smtp smtp;
    struct smtp_mail dialogue;
    struct text_buffer message;
    bool hurries; /* one last try */
    mail_idle_function idle;
    void *idle_argument;
    uint64_t sent;
    uint64_t failed;
    char error[MAIL_ERROR_SIZE]; /* of the last try; empty: it arrived */
    int64_t error_at;
};

/* ---- Configuration ----------------------------------------------------------------------------- */

static void mail_free_route(struct mail_route *route)
{
    if (!route) {
        return;
    }
    for (size_t i = 0; i < route->to_count; i++) {
        free(route->to[i]);
        free(route->mailboxes[i]);
    }
    free((void *)route->to);
    free((void *)route->mailboxes);
    free(route->server);
    free(route->helo);
    free(route->from);
    free(route->router);
    free(route->host);
    free(route);
}

/* keepalived's default: who runs it, at this host. */
static char *mail_default_from(const char *host)
{
    const struct passwd *entry = getpwuid(geteuid()); /* NOLINT(concurrency-mt-unsafe) */
    struct text_buffer from = {0};

    text_appendf(&from, "%s@%s", entry ? entry->pw_name : "root", host);
    return from.data;
}

static void mail_take_recipients(struct mail_route *route, const struct conf_mail *conf)
{
    route->to = memory_new(conf->to_count, sizeof(*route->to));
    route->mailboxes = memory_new(conf->to_count, sizeof(*route->mailboxes));
    for (size_t i = 0; i < conf->to_count; i++) {
        char address[MAILBOX_SIZE];

        if (mailbox_find(conf->to[i], address)) {
            route->to[route->to_count] = memory_text(conf->to[i]);
            route->mailboxes[route->to_count++] = memory_text(address);
        }
    }
}

/* The host's name as it can be said to a mail server and stand in a Message-ID. */
static void mail_host_name(char host[HOST_NAME_MAX + 1])
{
    (void)memset(host, 0, HOST_NAME_MAX + 1);
    if (gethostname(host, HOST_NAME_MAX) != 0 || !*host) {
        (void)text_copy(host, HOST_NAME_MAX + 1, "localhost");
    }
    for (char *at = host; *at; at++) {
        *at = isalnum((unsigned char)*at) || *at == '.' ? *at : '-';
    }
}

static struct mail_route *mail_new_route(const struct conf_global *global)
{
    const struct conf_mail *conf = &global->mail;
    struct mail_route *route = memory_new(1, sizeof(*route));
    char host[HOST_NAME_MAX + 1];

    mail_host_name(host);
    route->server = memory_text(conf->server);
    route->port = conf->port;
    route->timeout = conf->timeout;
    route->host = memory_text(host);
    route->helo = memory_text(conf->helo ? conf->helo : host);
    route->from = conf->from ? memory_text(conf->from) : mail_default_from(host);
    route->router = memory_text(global->router_id ? global->router_id : host);
    if (!mailbox_find(route->from, route->mailbox)) {
        (void)text_copy(route->mailbox, sizeof(route->mailbox), "root@localhost");
    }
    mail_take_recipients(route, conf);
    return route;
}

void mail_configure(struct mail *mail, const struct conf_global *global)
{
    bool wanted = global->mail.server && global->mail.to_count;

    if (mail->route != mail->sending) {
        mail_free_route(mail->route);
    }
    mail->route = wanted ? mail_new_route(global) : NULL;
    if (!wanted) {
        queue_free(mail->queue);
        mail->queue = NULL;
        loop_timer_set(mail->due, CLOCK_NEVER);
        return;
    }
    if (!mail->queue) {
        mail->queue = queue_new();
    }
    if (*mail->error) { /* perhaps that is what was mended */
        queue_hurry(mail->queue, clock_now());
    }
    loop_timer_set(mail->due, queue_due(mail->queue));
}

/* ---- One mail ---------------------------------------------------------------------------------- */

/* What was said last is still sent, as far as the socket takes it: QUIT. */
static void mail_close(struct mail *mail)
{
    if (mail->connection) {
        struct evbuffer *output = bufferevent_get_output(mail->connection);

        if (mail->connected && evbuffer_unfreeze(output, 1) == 0) { /* it is libevent's to drain */
            (void)evbuffer_write(output, bufferevent_getfd(mail->connection));
        }
        bufferevent_free(mail->connection);
        mail->connection = NULL;
    }
    mail->connected = false;
}

/* Ends what is under way, whatever it is doing; its callbacks are not called any more. */
static void mail_hang_up(struct mail *mail)
{
    mail_close(mail);
    resolve_abandon(mail->resolve);
    mail->resolve = NULL;
    loop_timer_set(mail->patience, CLOCK_NEVER);
    text_release(&mail->message);
    if (mail->sending != mail->route) {
        mail_free_route(mail->sending);
    }
    mail->sending = NULL;
}

/* What is next? At a stop what came meanwhile has its try, too, unless the server has just failed. */
static void mail_end(struct mail *mail, bool arrived)
{
    bool again = mail->queue && (arrived || !mail->hurries);

    if (again && mail->hurries) {
        queue_hurry(mail->queue, clock_now());
    }
    loop_timer_set(mail->due, again ? queue_due(mail->queue) : CLOCK_NEVER);
    if (mail->idle && !mail_is_busy(mail)) {
        mail->idle(mail->idle_argument);
    }
}

static void mail_fail(struct mail *mail, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void mail_fail(struct mail *mail, const char *format, ...)
{
    bool for_good = mail->smtp.result == SMTP_FAILED && mail->smtp.for_good;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(mail->error, sizeof(mail->error), format, arguments);
    va_end(arguments);
    mail->error_at = clock_now();
    mail->failed++;
    log_warning(mail->log, "mail", "%s:%u: %s; %s", mail->sending->server, mail->sending->port,
                mail->error, mail->hurries || for_good ? "it is lost" : "it is tried again");
    mail_hang_up(mail);
    if (mail->queue && for_good) {
        queue_refused(mail->queue, mail->error_at);
    } else if (mail->queue) {
        queue_failed(mail->queue, mail->error_at);
    }
    mail_end(mail, for_good);
}

static void mail_succeed(struct mail *mail)
{
    mail->error[0] = '\0';
    mail->sent++;
    if (*mail->smtp.error) {
        (void)text_copy(mail->error, sizeof(mail->error), mail->smtp.error);
        mail->error_at = clock_now();
        log_warning(mail->log, "mail", "%s; the others were told", mail->smtp.error);
    }
    mail_hang_up(mail);
    if (mail->queue) {
        queue_sent(mail->queue, clock_now());
    }
    mail_end(mail, true);
}

static void mail_readable(struct bufferevent *connection, void *argument)
{
    struct mail *mail = argument;
    struct text_buffer out = {0};
    char data[MAIL_INPUT_SIZE];
    bool moved = false;
    size_t size;

    while ((size = bufferevent_read(connection, data, sizeof(data))) > 0 &&
           mail->smtp.result == SMTP_RUNNING) {
        moved |= smtp_feed(&mail->smtp, data, size, &out);
    }
    if (out.length) {
        (void)bufferevent_write(connection, out.data, out.length);
    }
    text_release(&out);
    if (mail->smtp.result == SMTP_SENT) {
        mail_succeed(mail);
    } else if (mail->smtp.result == SMTP_FAILED) {
        mail_fail(mail, "%s", mail->smtp.error);
    } else if (moved) {
        loop_timer_set(mail->patience, clock_now() + mail->sending->timeout);
    }
}

static void mail_connect(struct mail *mail, int error);

static void mail_happened(struct bufferevent *connection, short what, void *argument)
{
    struct mail *mail = argument;
    int error = EVUTIL_SOCKET_ERROR();

    (void)connection;
    if (what & BEV_EVENT_CONNECTED) {
        mail->connected = true;
    } else if (!mail->connected) {
        mail_connect(mail, error);
    } else if (what & BEV_EVENT_ERROR) {
        mail_fail(mail, "%s", strerror(error));
    } else if (what & BEV_EVENT_EOF) {
        mail_fail(mail, "the server closed before %s", smtp_step_text(mail->smtp.step));
    }
}

static void mail_impatient(void *argument, int64_t now, int64_t late)
{
    struct mail *mail = argument;
    char text[CLOCK_TEXT_SIZE];

    (void)now;
    (void)late;
    if (mail->connection && !mail->connected && mail->tried < mail->found.count) {
        mail_connect(mail, ETIMEDOUT); /* perhaps its next address answers */
        return;
    }
    mail_fail(mail, "%s did not come within %s",
              mail->resolve      ? "the address of the mail server"
              : mail->connection ? smtp_step_text(mail->smtp.step)
                                 : "a connection",
              clock_duration_text(text, mail->sending->timeout));
}

/* @return 0, when it is under way, or -errno */
static int mail_try_address(struct mail *mail, const struct inet_addr *addr)
{
    struct sockaddr_storage server;
    socklen_t size = inet_to_sockaddr(addr, mail->sending->port, &server);
    int fd = socket(addr->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -errno;
    }
    mail->connection = bufferevent_socket_new(loop_base(mail->loop), fd, BEV_OPT_CLOSE_ON_FREE);
    if (!mail->connection) {
        (void)close(fd);
        return -ENOMEM;
    }
    (void)bufferevent_priority_set(mail->connection, LOOP_PRIORITY_CONTROL);
    bufferevent_setcb(mail->connection, mail_readable, NULL, mail_happened, mail);
    errno = 0;
    if (bufferevent_socket_connect(mail->connection, (struct sockaddr *)&server, (int)size) != 0) {
        return errno ? -errno : -ECONNREFUSED;
    }
    (void)bufferevent_enable(mail->connection, EV_READ | EV_WRITE);
    loop_timer_set(mail->patience, clock_now() + mail->sending->timeout);
    return 0;
}

/* Tries the next address of the server. @param error  why the last one failed: errno */
static void mail_connect(struct mail *mail, int error)
{
    mail_close(mail);
    while (mail->tried < mail->found.count) {
        error = -mail_try_address(mail, &mail->found.addresses[mail->tried++]);
        if (!error) {
            return;
        }
        mail_close(mail);
    }
    mail_fail(mail, "%s", strerror(error));
}

static void mail_found(void *argument, const struct resolve_result *result)
{
    struct mail *mail = argument;

    mail->resolve = NULL;
    if (result->error) {
        mail_fail(mail, "no address of the mail server: %s", result->error);
        return;
    }
    mail->found = *result;
    mail_connect(mail, 0);
}

static void mail_write(struct mail *mail)
{
    const struct mail_route *route = mail->sending;
    const struct message_head head = {
        .router = route->router,
        .host = route->host,
        .from = route->from,
        .to = (const char *const *)route->to,
        .to_count = route->to_count,
        .wall = clock_wall(),
        .number = mail->sent + mail->failed,
    };
    uint64_t lost;
    size_t count = queue_count(mail->queue);
    const struct message_event *events = queue_begin(mail->queue, &lost);

    message_write(&head, events, count, lost, &mail->message);
    mail->dialogue = (struct smtp_mail){
        .helo = route->helo,
        .from = route->mailbox,
        .to = (const char *const *)route->mailboxes,
        .to_count = route->to_count,
        .message = mail->message.data,
    };
    smtp_begin(&mail->smtp, &mail->dialogue);
}

/* An address is connected to at once; a name is looked up first, beside the loop. */
static void mail_send(struct mail *mail, int64_t now)
{
    mail->sending = mail->route;
    mail->found = (struct resolve_result){.count = 1};
    mail->tried = 0;
    mail_write(mail);
    if (inet_parse(mail->sending->server, &mail->found.addresses[0])) {
        mail_connect(mail, 0);
        return;
    }
    mail->resolve = resolve_start(mail->loop, mail->sending->server, mail_found, mail);
    if (mail->resolve) {
        loop_timer_set(mail->patience, now + mail->sending->timeout);
    } else {
        mail_fail(mail, "there is no thread that would look its name up");
    }
}

static void mail_due(void *argument, int64_t now, int64_t late)
{
    struct mail *mail = argument;

    (void)late;
    if (mail->queue && !mail->sending && queue_due(mail->queue) <= now) {
        mail_send(mail, now);
    }
}

/* ---- Interface --------------------------------------------------------------------------------- */

struct mail *mail_new(struct loop *loop, struct log *log)
{
    struct mail *mail = memory_new(1, sizeof(*mail));

    mail->loop = loop;
    mail->log = log;
    mail->due = loop_timer_new(loop, LOOP_PRIORITY_CONTROL, mail_due, mail);
    mail->patience = loop_timer_new(loop, LOOP_PRIORITY_CONTROL, mail_impatient, mail);
    return mail;
}

void mail_free(struct mail *mail)
{
    if (mail) {
        if (mail->queue && queue_count(mail->queue)) {
            log_warning(mail->log, "mail", "no mail tells of the last %zu event%s",
                        queue_count(mail->queue), text_plural(queue_count(mail->queue)));
        }
        mail_hang_up(mail);
        loop_timer_free(mail->due);
        loop_timer_free(mail->patience);
        queue_free(mail->queue);
        mail_free_route(mail->route);
        free(mail);
    }
}

void mail_tell(struct mail *mail, const char *subject, const char *reason)
{
    if (mail->queue) {
        queue_add(
            mail->queue,
            &(struct message_event){.subject = subject, .reason = reason, .wall = clock_wall()},
            clock_now());
        loop_timer_set(mail->due, queue_due(mail->queue));
    }
}

void mail_hurry(struct mail *mail, mail_idle_function idle, void *argument)
{
    mail->hurries = true;
    mail->idle = idle;
    mail->idle_argument = argument;
    if (mail->queue) {
        queue_hurry(mail->queue, clock_now());
        loop_timer_set(mail->due, queue_due(mail->queue));
    }
}

bool mail_is_busy(const struct mail *mail)
{
    return mail->sending || loop_timer_deadline(mail->due) != CLOCK_NEVER;
}

json_t *mail_snapshot(const struct mail *mail)
{
    json_t *error;

    if (!mail->queue) {
        return json_null();
    }
    error = *mail->error
                ? json_pack("{s:o, s:I}", "text", json_from_text(mail->error), "ms_ago",
                            (json_int_t)((clock_now() - mail->error_at) / CLOCK_MILLISECOND))
                : json_null();
    return json_pack("{s:o, s:i, s:I, s:I, s:I, s:I, s:o}", "server",
                     json_from_text(mail->route->server), "port", (int)mail->route->port, "waiting",
                     (json_int_t)queue_count(mail->queue), "sent", (json_int_t)mail->sent, "failed",
                     (json_int_t)mail->failed, "lost", (json_int_t)queue_lost(mail->queue),
                     "last_error", error);
}
