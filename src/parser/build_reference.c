/* SPDX-License-Identifier: Apache-2.0
 *
 * FILE_CHECK and BFD_CHECK: checkers that name another block. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "parser/origins.h"

#include <stdint.h>
#include <string.h>

/* The same session twice for one server says nothing more. */
static void reference_check_twice(struct build *build, const struct build_frame *frame,
                                  const struct lexer_token *token)
{
    const struct build_real_server *server = frame->parent->extra;
    const struct conf_check *check;

    STAILQ_FOREACH(check, &server->entry->server->checks, next) {
        if (check->kind == CONF_CHECK_BFD &&
            strcmp(((const struct conf_bfd_check *)check)->session, token->text) == 0) {
            source_warning(build->source, &token->place,
                           "there is a BFD_CHECK of %.*s in this real_server already; remove one",
                           BUILD_WORD(token));
            return;
        }
    }
}

/* `track_file NAME`, `name NAME`: found when all blocks are known. */
void build_read_reference(struct build *build, struct build_frame *frame,
                          const struct schema_row *row)
{
    struct build_reference *reference;
    struct lexer_token token;
    const char *name;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (frame->block == SCHEMA_BFD_CHECK) {
        reference_check_twice(build, frame, &token);
    }
    if (frame->discard) {
        return;
    }
    name = arena_text_n(build->arena, token.text, token.length);
    memcpy(build_field(frame, row), &name, sizeof(name));
    reference = arena_alloc(build->scratch, sizeof(*reference));
    reference->kind = frame->block == SCHEMA_BFD_CHECK ? CONF_TRACK_BFD : CONF_TRACK_FILE;
    reference->check = frame->object;
    reference->name = name;
    reference->place = token.place;
    STAILQ_INSERT_TAIL(&build->references, reference, next);
}

/* `weight N [reverse|noreverse]` */
void build_read_file_weight(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct conf_file_check *check = frame->object;
    struct lexer_token token;
    int64_t weight;
    bool reverse = false;

    if (!build_argument(build, frame, row, &token) ||
        !build_read_number(build, row->name, &token, row->minimum, row->maximum, &weight)) {
        return;
    }
    if (build_optional(build, frame, &token)) {
        reverse = strcmp(token.text, "reverse") == 0;
        if (!reverse && strcmp(token.text, "noreverse") != 0) {
            lexer_unread(build->lexer, &token);
        }
    }
    if (!frame->discard) {
        check->weight = (int32_t)weight;
        check->reverse = reverse;
        check->weight_given = true;
    }
}

static void reference_take_file(struct build *build, const struct build_reference *reference,
                                struct conf_track_file *file)
{
    struct conf_file_check *check = (struct conf_file_check *)reference->check;

    file->tracked = true;
    if (!check->weight_given) {
        check->weight = file->weight;
        check->reverse = file->reverse;
        origins_copy(build->conf->origins, &check->weight, &file->weight);
    }
}

static void reference_take_session(struct build *build, const struct build_reference *reference,
                                   struct conf_bfd *session)
{
    session->tracked = true;
    if (!session->checker) {
        source_error(build->source, &reference->place,
                     "bfd_instance %s has vrrp without checker, so that no checker may follow it; "
                     "add checker there",
                     session->name);
    }
}

void build_finish_references(struct build *build)
{
    static const char *const keywords[CONF_TRACK_KINDS] = {
        [CONF_TRACK_FILE] = "track_file", [CONF_TRACK_BFD] = "bfd_instance"};
    const struct build_reference *reference;

    STAILQ_FOREACH(reference, &build->references, next) {
        void *thing =
            build_find_name(build, build->track_names[reference->kind], keywords[reference->kind],
                            reference->name, &reference->place);

        if (thing && reference->kind == CONF_TRACK_FILE) {
            reference_take_file(build, reference, thing);
        } else if (thing) {
            reference_take_session(build, reference, thing);
        }
    }
}
