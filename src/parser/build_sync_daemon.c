/* SPDX-License-Identifier: Apache-2.0
 *
 * The connection sync daemon: lvs_sync_daemon of global_defs, and the old keyword of an instance.
 * Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

/* What is read, until all instances are known. */
struct sync_daemon {
    struct build *build;
    struct build_sync_daemon value;
};

/* The numbers behind their words; what the kernel takes is in start_sync_thread() of ip_vs_sync.c. */
enum {
    SYNC_DAEMON_MOST_ID = 255,
    SYNC_DAEMON_MOST_BYTES = 65507, /* 65535 less the headers of IPv4 and UDP */
};

static bool sync_daemon_read_number(struct sync_daemon *daemon, const char *subject,
                                    const struct lexer_token *token, int64_t minimum,
                                    int64_t maximum, uint32_t *value)
{
    int64_t number;

    if (!build_read_number(daemon->build, subject, token, minimum, maximum, &number)) {
        return false;
    }
    *value = (uint32_t)number;
    return true;
}

static void sync_daemon_set_instance(struct sync_daemon *daemon, const struct lexer_token *token)
{
    daemon->value.conf.instance = arena_text_n(daemon->build->arena, token->text, token->length);
    daemon->value.instance_place = token->place;
}

static void sync_daemon_read_id(struct sync_daemon *daemon, const struct lexer_token *token)
{
    daemon->value.id_given = sync_daemon_read_number(daemon, "lvs_sync_daemon id", token, 0,
                                                     SYNC_DAEMON_MOST_ID, &daemon->value.conf.id);
}

static void sync_daemon_read_maxlen(struct sync_daemon *daemon, const struct lexer_token *token)
{
    (void)sync_daemon_read_number(daemon, "lvs_sync_daemon maxlen", token, 1,
                                  SYNC_DAEMON_MOST_BYTES, &daemon->value.conf.maxlen);
}

static void sync_daemon_read_port(struct sync_daemon *daemon, const struct lexer_token *token)
{
    uint32_t port = 0;

    (void)sync_daemon_read_number(daemon, "lvs_sync_daemon port", token, 1, UINT16_MAX, &port);
    daemon->value.conf.port = (uint16_t)port;
}

static void sync_daemon_read_ttl(struct sync_daemon *daemon, const struct lexer_token *token)
{
    uint32_t ttl = 0;

    (void)sync_daemon_read_number(daemon, "lvs_sync_daemon ttl", token, 1, UINT8_MAX, &ttl);
    daemon->value.conf.ttl = (uint8_t)ttl;
}

static void sync_daemon_read_group(struct sync_daemon *daemon, const struct lexer_token *token)
{
    struct inet_addr group;

    if (!build_read_address(daemon->build, "lvs_sync_daemon group", token, AF_UNSPEC, &group)) {
        return;
    }
    if (!inet_is_multicast(&group)) {
        source_error(daemon->build->source, &token->place,
                     "lvs_sync_daemon group %s is no multicast address; type one in "
                     "224.0.0.0..239.255.255.255 or ff00::/8",
                     token->text);
        return;
    }
    daemon->value.conf.group = group;
}

static const struct sync_daemon_word {
    const char *name;
    void (*read)(struct sync_daemon *daemon, const struct lexer_token *token);
} sync_daemon_words[] = {
    {"inst", sync_daemon_set_instance},  {"id", sync_daemon_read_id},
    {"maxlen", sync_daemon_read_maxlen}, {"port", sync_daemon_read_port},
    {"ttl", sync_daemon_read_ttl},       {"group", sync_daemon_read_group},
};

static const struct sync_daemon_word *sync_daemon_find_word(const struct lexer_token *token)
{
    for (size_t i = 0; i < sizeof(sync_daemon_words) / sizeof(sync_daemon_words[0]); i++) {
        if (strcmp(token->text, sync_daemon_words[i].name) == 0) {
            return &sync_daemon_words[i];
        }
    }
    return NULL;
}

/* What stands where a word should: the old form has an instance there, and behind it an id. */
static bool sync_daemon_read_old(struct sync_daemon *daemon, const struct lexer_token *token,
                                 unsigned position)
{
    if (position == 0) {
        sync_daemon_set_instance(daemon, token);
        return true;
    }
    if (position == 1 && daemon->value.conf.instance) {
        sync_daemon_read_id(daemon, token);
        return true;
    }
    source_error(daemon->build->source, &token->place,
                 "lvs_sync_daemon: \"%.*s\" must be inst, id, maxlen, port, ttl or group",
                 BUILD_WORD(token));
    return false;
}

void build_read_sync_daemon(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct sync_daemon daemon = {.build = build};
    struct lexer_token token;
    bool old = true;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    daemon.value.conf.interface = build_read_interface(build, row->name, &token);
    for (unsigned position = 0; build_optional(build, frame, &token); position++) {
        const struct sync_daemon_word *word = sync_daemon_find_word(&token);
        struct lexer_token argument;

        old = old && !word;
        if (!word && !sync_daemon_read_old(&daemon, &token, old ? position : UINT32_MAX)) {
            return;
        }
        if (word && !build_argument(build, frame, row, &argument)) {
            return;
        }
        if (word) {
            word->read(&daemon, &argument);
        }
    }
    if (!frame->discard) {
        build->global->sync_daemon = daemon.value;
    }
}

/* ---- When all has been read ------------------------------------------------------------------ */

/* lvs_sync_daemon_interface of an instance is `lvs_sync_daemon INTERFACE inst` that instance. */
static void sync_daemon_take_old(struct build *build, const struct build_instance *instance)
{
    struct build_sync_daemon *daemon = &build->global->sync_daemon;
    const struct source_place *place =
        build_mark(build, &instance->marks, "lvs_sync_daemon_interface");

    if (!instance->sync_interface || !place) {
        return;
    }
    if (daemon->conf.interface) {
        source_warning(build->source, place,
                       "lvs_sync_daemon_interface of %s has no effect, since there is another sync "
                       "daemon, on %s; the kernel runs one: remove one of them",
                       instance->instance->name, daemon->conf.interface);
        return;
    }
    daemon->conf.interface = instance->sync_interface;
    daemon->conf.instance = instance->instance->name;
    daemon->instance_place = *place;
}

/* What stays cannot be removed as well. */
static void sync_daemon_check_keep(struct build *build)
{
    static const char *const others[] = {"lvs_flush_on_stop", "lvs_flush_onstop"};

    if (!build->conf->global.ipvs_keep_on_stop) {
        return;
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const struct source_place *place = build_mark(build, &build->global_marks, others[i]);

        if (place) {
            source_error(build->source, place,
                         "%s removes what lvs_keep_on_stop leaves in the kernel; take one of them "
                         "out",
                         others[i]);
        }
    }
}

void build_finish_sync_daemon(struct build *build)
{
    struct build_sync_daemon *daemon = &build->global->sync_daemon;
    const struct build_instance *instance;

    STAILQ_FOREACH(instance, &build->instances, next) {
        sync_daemon_take_old(build, instance);
    }
    sync_daemon_check_keep(build);
    if (daemon->conf.interface && daemon->conf.instance) {
        instance = build_find_name(build, build->instance_names, "vrrp_instance",
                                   daemon->conf.instance, &daemon->instance_place);
        if (instance && !daemon->id_given) {
            daemon->conf.id = instance->instance->vrid;
        }
    }
    build->conf->global.sync_daemon = daemon->conf;
}

/* ip_vs_genl_new_daemon() of the kernel's ip_vs_ctl.c: its messages have one family for both ends. */
void build_check_sync_families(struct build *build)
{
    if (build->joined_families && build->conf->global.sync_daemon.interface) {
        source_error(build->source, &build->joined_place,
                     "this %s is not of the family of its service, and the kernel refuses that "
                     "beside lvs_sync_daemon",
                     build->joined_families);
    }
}

/* `lvs_flush_on_stop [VS]`: with VS it removes our services alone, which happens in any case. */
void build_read_flush_on_stop(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    struct lexer_token token;
    enum conf_flush flush = CONF_FLUSH_ALL;

    if (build_optional(build, frame, &token)) {
        if (strcmp(token.text, "VS") != 0) {
            source_error(build->source, &token.place,
                         "%s \"%.*s\" must be VS, or nothing to remove all services of the kernel",
                         row->name, BUILD_WORD(&token));
            return;
        }
        flush = CONF_FLUSH_WHOLE;
    }
    build_store(frame, row, flush);
}
