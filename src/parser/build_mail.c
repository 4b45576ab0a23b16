/* SPDX-License-Identifier: Apache-2.0
 *
 * Mails about events: smtp_server, notification_email, and whom smtp_alert is about. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/mailbox.h"
#include "parser/origins.h"

#include <string.h>

enum { MAIL_PORT = 25 }; /* RFC 5321 4.5.4.2 */

void build_read_smtp_server(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct conf_mail *mail = &((struct conf_global *)frame->object)->mail;
    struct lexer_token server;
    struct lexer_token token;
    int64_t port = MAIL_PORT;

    if (!build_argument(build, frame, row, &server)) {
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

/* The list grows by one; what it was is the arena's. */
static void mail_add_recipient(struct build *build, struct build_frame *frame,
                               const struct lexer_token *token)
{
    static const struct schema_row row = {.name = "notification_email"};
    struct conf_mail *mail = &((struct conf_global *)frame->object)->mail;
    const char **to;

    if (!mail_check_address(build, &row, token)) {
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
}
