/* SPDX-License-Identifier: Apache-2.0
 *
 * Mails about events: smtp_server, notification_email, and whom smtp_alert is about. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/mailbox.h"
#include "parser/lint.h"
#include "parser/origins.h"

#include <string.h>

enum {
    MAIL_PORT = 25,      /* RFC 5321 4.5.4.2 */
    MAIL_HOST_SIZE = 256 /* RFC 5321 4.5.3.1.2: a domain has 255 octets at most */
};

#define MAIL_HOST_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:"

/* Whether a word can be a name or an address of a host; it goes to the resolver, or into SMTP. */
static bool mail_check_host(struct build *build, const struct schema_row *row,
                            const struct lexer_token *token, const char *letters)
{
    if (token->length && token->length < MAIL_HOST_SIZE &&
        strspn(token->text, letters) == token->length) {
        return true;
    }
    source_error(build->source, &token->place,
                 "%s \"%.*s\" is neither the name of a host nor an address", row->name,
                 BUILD_WORD(token));
    return false;
}

void build_read_helo(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct conf_mail *mail = &((struct conf_global *)frame->object)->mail;
    struct lexer_token token;

    if (build_argument(build, frame, row, &token) &&
        mail_check_host(build, row, &token, MAIL_HOST_LETTERS "[]")) { /* RFC 5321 4.1.3 */
        mail->helo = arena_text_n(build->arena, token.text, token.length);
    }
}

void build_read_smtp_server(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct conf_mail *mail = &((struct conf_global *)frame->object)->mail;
    struct lexer_token server;
    struct lexer_token token;
    int64_t port = MAIL_PORT;

    if (!build_argument(build, frame, row, &server) ||
        !mail_check_host(build, row, &server, MAIL_HOST_LETTERS)) {
        return;
    }
    if (build_optional(build, frame, &token) &&
        !build_read_number(build, row->name, &token, row->minimum, row->maximum, &port)) {
        return;
    }
    mail->server = arena_text_n(build->arena, server.text, server.length);
    mail->port = (uint16_t)port;
}

/*
 * An address, perhaps with a name before it: `ops@example.com`, "On call <ops@example.com>". What cannot
 * be in a command to a mail server (RFC 5321 4.1.2) is refused here, where somebody reads the answer.
 */
static bool mail_check_address(struct build *build, const struct schema_row *row,
                               const struct lexer_token *token)
{
    char mailbox[MAILBOX_SIZE];

    if (!mailbox_find(token->text, mailbox)) {
        source_error(build->source, &token->place,
                     "%s \"%.*s\" is no mail address; type one like ops@example.com, or \"On call "
                     "<ops@example.com>\" in double quotes",
                     row->name, BUILD_WORD(token));
        return false;
    }
    return true;
}

void build_read_mail_from(struct build *build, struct build_frame *frame,
                          const struct schema_row *row)
{
    struct conf_mail *mail = &((struct conf_global *)frame->object)->mail;
    struct lexer_token token;

    if (build_argument(build, frame, row, &token) && mail_check_address(build, row, &token)) {
        mail->from = arena_text_n(build->arena, token.text, token.length);
    }
}

static bool mail_is_double(struct build *build, const struct conf_mail *mail,
                           const struct lexer_token *token)
{
    char mailbox[MAILBOX_SIZE];
    char known[MAILBOX_SIZE];

    (void)mailbox_find(token->text, mailbox);
    for (uint32_t i = 0; i < mail->to_count; i++) {
        if (mailbox_find(mail->to[i], known) && strcmp(known, mailbox) == 0) {
            source_warning(build->source, &token->place,
                           "notification_email has %s already; remove one of them", mailbox);
            return true;
        }
    }
    return false;
}

/* The list grows by one; what it was is the arena's. */
static void mail_add_recipient(struct build *build, struct build_frame *frame,
                               const struct lexer_token *token)
{
    static const struct schema_row row = {.name = "notification_email"};
    struct conf_mail *mail = &((struct conf_global *)frame->object)->mail;
    const char **to;

    if (!mail_check_address(build, &row, token) || mail_is_double(build, mail, token)) {
        return;
    }
    to = arena_alloc(build->arena, (mail->to_count + 1) * sizeof(*to));
    if (mail->to_count) {
        memcpy((void *)to, (const void *)mail->to, mail->to_count * sizeof(*to));
    }
    to[mail->to_count++] = arena_text_n(build->arena, token->text, token->length);
    mail->to = to;
}

void build_read_recipients(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    build_read_words(build, frame, row, mail_add_recipient);
}

/* ---- smtp_alert ------------------------------------------------------------------------------ */

static void mail_decide(struct build *build, uint8_t *field, const int64_t *global, bool otherwise)
{
    if (*field == BUILD_MAIL_UNDECIDED) {
        *field = *global == BUILD_UNSET ? otherwise : *global == 1;
        origins_copy(build->conf->origins, field, global);
    }
}

/* Half of what a mail needs is a slip. */
static void mail_lint(struct build *build)
{
    const struct conf_mail *mail = &build->conf->global.mail;
    const struct source_place *server = build_mark(build, &build->global_marks, "smtp_server");
    const struct source_place *to = build_mark(build, &build->global_marks, "notification_email");

    if (mail->server && server && !to) {
        (void)source_lint(build->source, LINT_MAIL_UNSENT, server,
                          "no mail is sent: smtp_server is given without notification_email; add "
                          "notification_email { ADDRESS }, or remove it");
    } else if (mail->to_count && to && !server) {
        (void)source_lint(build->source, LINT_MAIL_UNSENT, to,
                          "no mail is sent: notification_email is given without smtp_server; add "
                          "smtp_server HOST, or remove it");
    }
}

/* keepalived-reference.md 2.15: real servers are told of unless somebody says no. */
void build_finish_mail(struct build *build)
{
    const struct build_global *global = build->global;
    const int64_t *checker =
        global->checker_mail == BUILD_UNSET ? &global->mail : &global->checker_mail;
    const int64_t *vrrp = global->vrrp[BUILD_VRRP_MAIL] == BUILD_UNSET
                              ? &global->mail
                              : &global->vrrp[BUILD_VRRP_MAIL];
    struct conf_virtual_server *service;
    struct conf_real_server *server;
    struct build_sync_group *group;

    STAILQ_FOREACH(group, &build->sync_groups, next) {
        const int64_t *decides = group->mail == BUILD_UNSET ? vrrp : &group->mail;

        group->group->notify.mail = *decides == 1;
        origins_copy(build->conf->origins, &group->group->notify.mail, decides);
    }
    STAILQ_FOREACH(service, &build->conf->virtual_servers, next) {
        mail_decide(build, &service->mail, checker, false);
        STAILQ_FOREACH(server, &service->servers, next) {
            mail_decide(build, &server->mail, checker, true);
        }
    }
    if (!expand_left_out(build->expand)) { /* what is missing may stand in what was not read */
        mail_lint(build);
    }
}
