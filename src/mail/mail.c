/* SPDX-License-Identifier: Apache-2.0
 *
 * The connection to the mail server, and the timers around it. When a mail is due is the queue's
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
#include "base/text.h"
#include "mail/message.h"
#include "mail/queue.h"
#include "mail/smtp.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
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
    char *server; /* NULL: no mail is sent */
    uint16_t port;
    char *helo;
    char *from;
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
    struct mail_route route;
    struct queue *queue;
    struct loop_timer *due;
    struct loop_timer *patience;    /* with the server's next answer */
    struct bufferevent *connection; /* NULL: no mail is under way */
    struct evdns_base *resolver;
    struct smtp smtp;
    struct smtp_mail dialogue;
    char mailbox[MAILBOX_SIZE]; /* of `from` */
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
    *route = (struct mail_route){0};
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

static void mail_take_route(struct mail_route *route, const struct conf_global *global)
{
    const struct conf_mail *conf = &global->mail;
    char host[HOST_NAME_MAX + 1] = "localhost";

    if (gethostname(host, sizeof(host) - 1) != 0 || !*host) {
        (void)text_copy(host, sizeof(host), "localhost");
    }
    route->server = memory_text(conf->server);
    route->port = conf->port;
    route->timeout = conf->timeout;
    route->host = memory_text(host);
    route->helo = memory_text(conf->helo ? conf->helo : host);
    route->from = conf->from ? memory_text(conf->from) : mail_default_from(host);
    route->router = memory_text(global->router_id ? global->router_id : host);
    mail_take_recipients(route, conf);
}

void mail_configure(struct mail *mail, const struct conf_global *global)
{
    mail_free_route(&mail->route);
    if (!global->mail.server || !global->mail.to_count) {
        queue_free(mail->queue);
        mail->queue = NULL;
        loop_timer_set(mail->due, CLOCK_NEVER);
        return;
    }
    mail_take_route(&mail->route, global);
    if (!mailbox_find(mail->route.from, mail->mailbox)) {
        (void)snprintf(mail->mailbox, sizeof(mail->mailbox), "root@localhost");
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

/* Ends the connection, whatever it is doing; its callbacks are not called any more. */
static void mail_hang_up(struct mail *mail)
{
    if (mail->connection) {
        bufferevent_free(mail->connection);
        mail->connection = NULL;
    }
    if (mail->resolver) {
        evdns_base_free(mail->resolver, 0);
        mail->resolver = NULL;
    }
    loop_timer_set(mail->patience, CLOCK_NEVER);
    text_release(&mail->message);
}

static void mail_end(struct mail *mail)
{
    bool had_its_try = mail->hurries;

    loop_timer_set(mail->due, had_its_try || !mail->queue ? CLOCK_NEVER : queue_due(mail->queue));
    if (mail->idle) {
        mail->idle(mail->idle_argument);
    }
}

static void mail_fail(struct mail *mail, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void mail_fail(struct mail *mail, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(mail->error, sizeof(mail->error), format, arguments);
    va_end(arguments);
    mail->error_at = clock_now();
    mail->failed++;
    mail_hang_up(mail);
    log_warning(mail->log, "mail", "%s:%u: %s; %s",
                mail->route.server ? mail->route.server : "the former server", mail->route.port,
                mail->error, mail->hurries ? "it is lost" : "it is tried again");
    if (mail->queue) {
        queue_failed(mail->queue, mail->error_at);
    }
    mail_end(mail);
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
    mail_end(mail);
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
        loop_timer_set(mail->patience, clock_now() + mail->route.timeout);
    }
}

static void mail_happened(struct bufferevent *connection, short what, void *argument)
{
    struct mail *mail = argument;
    int error = EVUTIL_SOCKET_ERROR();
    int resolving = bufferevent_socket_get_dns_error(connection);

    if (what & BEV_EVENT_CONNECTED) {
        return;
    }
    if (resolving) {
        mail_fail(mail, "no address of the mail server: %s", evutil_gai_strerror(resolving));
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
    mail_fail(mail, "%s did not come within %s", smtp_step_text(mail->smtp.step),
              clock_duration_text(text, mail->route.timeout));
}

/* An address is connected to at once; a name is looked up first, beside the loop. */
static int mail_connect(struct mail *mail)
{
    const struct mail_route *route = &mail->route;
    struct sockaddr_storage server;
    struct inet_addr addr;

    if (inet_parse(route->server, &addr)) {
        socklen_t size = inet_to_sockaddr(&addr, route->port, &server);

        return bufferevent_socket_connect(mail->connection, (struct sockaddr *)&server, (int)size);
    }
    mail->resolver = evdns_base_new(loop_base(mail->loop), EVDNS_BASE_INITIALIZE_NAMESERVERS);
    if (!mail->resolver) {
        return -1;
    }
    return bufferevent_socket_connect_hostname(mail->connection, mail->resolver, AF_UNSPEC,
                                               route->server, route->port);
}

static void mail_write(struct mail *mail)
{
    const struct mail_route *route = &mail->route;
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
        .from = mail->mailbox,
        .to = (const char *const *)route->mailboxes,
        .to_count = route->to_count,
        .message = mail->message.data,
    };
    smtp_begin(&mail->smtp, &mail->dialogue);
}

static void mail_send(struct mail *mail, int64_t now)
{
    mail_write(mail);
    mail->connection = bufferevent_socket_new(loop_base(mail->loop), -1, BEV_OPT_CLOSE_ON_FREE);
    if (!mail->connection) {
        mail_fail(mail, "no memory for a connection");
        return;
    }
    (void)bufferevent_priority_set(mail->connection, LOOP_PRIORITY_CONTROL);
    bufferevent_setcb(mail->connection, mail_readable, NULL, mail_happened, mail);
    (void)bufferevent_enable(mail->connection, EV_READ | EV_WRITE);
    loop_timer_set(mail->patience, now + mail->route.timeout);
    if (mail_connect(mail) != 0 && mail->connection) {
        mail_fail(mail, "no connection: %s", strerror(errno));
    }
}

static void mail_due(void *argument, int64_t now, int64_t late)
{
    struct mail *mail = argument;

    (void)late;
    if (mail->queue && !mail->connection && queue_due(mail->queue) <= now) {
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
        mail_hang_up(mail);
        loop_timer_free(mail->due);
        loop_timer_free(mail->patience);
        queue_free(mail->queue);
        mail_free_route(&mail->route);
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
    return mail->connection || loop_timer_deadline(mail->due) != CLOCK_NEVER;
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
                     json_from_text(mail->route.server), "port", (int)mail->route.port, "waiting",
                     (json_int_t)queue_count(mail->queue), "sent", (json_int_t)mail->sent, "failed",
                     (json_int_t)mail->failed, "lost", (json_int_t)queue_lost(mail->queue),
                     "last_error", error);
}
