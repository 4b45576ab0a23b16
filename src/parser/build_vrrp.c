/* SPDX-License-Identifier: Apache-2.0
 *
 * The blocks of VRRP: vrrp_instance with authentication, vrrp_script, vrrp_sync_group. What needs
 * the whole text is done in build_finish.c. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "parser/lookup.h"

#include <string.h>

const char *build_read_name(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct lexer_token token;

    if (!build_argument(build, frame, row, &token)) {
        return NULL;
    }
    if (!token.length) {
        source_error(build->source, &token.place, "%s needs a name; \"\" is none", row->name);
        return NULL;
    }
    return arena_text_n(build->arena, token.text, token.length);
}

bool build_add_name(struct build *build, struct lookup *lookup, const struct schema_row *row,
                    const char *name, const struct source_place *place, void *thing)
{
    struct build_named *named = arena_alloc(build->scratch, sizeof(*named));
    const struct build_named *first;

    *named = (struct build_named){name, *place, thing};
    first = lookup_add(lookup, name, strlen(name), named);
    if (first) {
        source_error(build->source, place, "there is a %s %s already; rename or remove one of them",
                     row->name, name);
        source_note(build->source, &first->place, "the first is here");
    }
    return first == NULL;
}

/* ---- vrrp_instance --------------------------------------------------------------------------- */

void build_read_instance(struct build *build, struct build_frame *frame,
                         const struct schema_row *row)
{
    struct build_frame inner;
    struct conf_instance *instance = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);
    struct build_instance *extra = build_new(build, build->scratch, row->opens, SCHEMA_EXTRA);

    build_enter(&inner, frame, row->opens);
    instance->name = build_read_name(build, frame, row);
    instance->position = frame->keyword.position;
    STAILQ_INIT(&instance->addresses);
    STAILQ_INIT(&instance->peers);
    STAILQ_INIT(&instance->hmac_keys);
    STAILQ_INIT(&instance->routes);
    STAILQ_INIT(&instance->rules);
    STAILQ_INIT(&instance->vmacs);
    STAILQ_INIT(&instance->needs);
    STAILQ_INIT(&instance->track_interfaces);
    STAILQ_INIT(&instance->track_scripts);
    extra->instance = instance;
    extra->place = frame->keyword;
    STAILQ_INIT(&extra->track_scripts);
    STAILQ_INIT(&extra->tracks);
    STAILQ_INIT(&instance->tracks);
    inner.object = instance;
    inner.extra = extra;
    inner.name = instance->name;
    (void)build_read_block(build, &inner);
    if (instance->name &&
        build_add_name(build, build->instance_names, row, instance->name, &extra->place, extra)) {
        extra->marks = build_keep_marks(build->scratch, &inner.marks);
        STAILQ_INSERT_TAIL(&build->instances, extra, next);
        STAILQ_INSERT_TAIL(&build->conf->instances, instance, next);
        build->conf->instance_count++;
    }
}

void build_read_authentication(struct build *build, struct build_frame *frame,
                               const struct schema_row *row)
{
    const struct source_place *type;
    const struct source_place *pass;
    struct build_frame inner;

    build_enter(&inner, frame, row->opens);
    (void)build_read_block(build, &inner);
    type = build_mark(build, &inner.marks, "auth_type");
    pass = build_mark(build, &inner.marks, "auth_pass");
    if (type && !pass) {
        source_error(build->source, type,
                     "auth_type needs a password; add: auth_pass PASSWORD, the same on all "
                     "directors");
    } else if (pass && !type) {
        source_warning(build->source, pass,
                       "a password alone does nothing; add auth_type PASS, or remove "
                       "authentication");
    }
}

void build_read_auth_type(struct build *build, struct build_frame *frame,
                          const struct schema_row *row)
{
    struct conf_instance *instance = frame->object;
    struct lexer_token token;
    int64_t value;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (build_read_choice(build, row->name, &token, conf_auth_names, false, &value)) {
        instance->auth = (enum conf_auth)value;
    }
}

void build_read_auth_pass(struct build *build, struct build_frame *frame,
                          const struct schema_row *row)
{
    struct conf_instance *instance = frame->object;
    struct lexer_token token;
    uint32_t length;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    length = token.length;
    if (!length) {
        source_error(build->source, &token.place,
                     "auth_pass is empty; type a password of 1 to 8 "
                     "bytes");
        return;
    }
    if (length > CONF_AUTH_PASS_SIZE) {
        length = CONF_AUTH_PASS_SIZE;
        source_warning(build->source, &token.place,
                       "auth_pass has %u bytes and VRRP sends %d of them; shorten it to \"%.*s\"",
                       token.length, CONF_AUTH_PASS_SIZE, CONF_AUTH_PASS_SIZE, token.text);
    }
    memset(instance->auth_pass, 0, sizeof(instance->auth_pass));
    memcpy(instance->auth_pass, token.text, length);
}

/* ---- vrrp_script ----------------------------------------------------------------------------- */

void build_read_vrrp_script(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct build_frame inner;
    struct conf_vrrp_script *script = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);

    build_enter(&inner, frame, row->opens);
    script->name = build_read_name(build, frame, row);
    script->position = frame->keyword.position;
    inner.object = script;
    inner.name = script->name;
    (void)build_read_block(build, &inner);
    if (script->timeout == BUILD_UNSET) {
        script->timeout = script->interval;
    }
    if (script->name &&
        build_add_name(build, build->script_names, row, script->name, &inner.place, script)) {
        STAILQ_INSERT_TAIL(&build->conf->scripts, script, next);
    }
}

void build_read_script_weight(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    struct conf_vrrp_script *script = frame->object;
    struct lexer_token token;
    int64_t weight;

    if (!build_argument(build, frame, row, &token) ||
        !build_read_number(build, row->name, &token, row->minimum, row->maximum, &weight)) {
        return;
    }
    script->weight = (int)weight;
    script->reverse = false;
    if (build_optional(build, frame, &token)) {
        if (strcmp(token.text, "reverse") == 0) {
            script->reverse = true;
        } else {
            lexer_unread(build->lexer, &token);
        }
    }
}

/* ---- vrrp_sync_group ------------------------------------------------------------------------- */

static void build_add_member(struct build *build, struct build_frame *frame,
                             const struct lexer_token *token)
{
    struct conf_sync_group *group = frame->object;
    struct conf_group_member *member = arena_alloc(build->arena, sizeof(*member));

    member->name = arena_text_n(build->arena, token->text, token->length);
    member->position = token->place.position;
    STAILQ_INSERT_TAIL(&group->members, member, next);
}

void build_read_group_members(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    const struct conf_sync_group *group = frame->object;

    build_read_words(build, frame, row, build_add_member);
    if (STAILQ_EMPTY(&group->members) && !expand_left_out(build->expand)) {
        source_warning(build->source, &frame->keyword,
                       "the vrrp_sync_group %s has no member and does nothing; name its instances "
                       "here, or remove it",
                       frame->name ? frame->name : "");
    }
}

void build_read_sync_group(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    struct build_frame inner;
    struct conf_sync_group *group = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);
    struct build_sync_group *extra = build_new(build, build->scratch, row->opens, SCHEMA_EXTRA);

    build_enter(&inner, frame, row->opens);
    group->name = build_read_name(build, frame, row);
    group->position = frame->keyword.position;
    STAILQ_INIT(&group->members);
    STAILQ_INIT(&group->track_interfaces);
    STAILQ_INIT(&group->track_scripts);
    extra->group = group;
    extra->place = frame->keyword;
    STAILQ_INIT(&extra->track_scripts);
    STAILQ_INIT(&extra->tracks);
    STAILQ_INIT(&group->tracks);
    inner.object = group;
    inner.extra = extra;
    inner.name = group->name;
    (void)build_read_block(build, &inner);
    if (group->name &&
        build_add_name(build, build->group_names, row, group->name, &extra->place, extra)) {
        STAILQ_INSERT_TAIL(&build->sync_groups, extra, next);
        STAILQ_INSERT_TAIL(&build->conf->sync_groups, group, next);
    }
}
