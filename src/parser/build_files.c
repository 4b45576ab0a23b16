/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that global_defs names: of planned reloads, of a reload that is under way, of the state's
 * dump. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"

/* Reads a whole path into the row's field. */
static void files_store_path(struct build *build, struct build_frame *frame,
                             const struct schema_row *row, const struct lexer_token *token)
{
    const char **field = build_field(frame, row);

    if (token->text[0] != '/') {
        source_error(build->source, &token->place,
                     "%s \"%.*s\" must begin with a \"/\"; type the whole path", row->name,
                     BUILD_WORD(token));
        return;
    }
    if (!frame->discard) {
        *field = arena_text_n(build->arena, token->text, token->length);
    }
}

void build_read_path(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct lexer_token token;

    if (build_argument(build, frame, row, &token)) {
        files_store_path(build, frame, row, &token);
    }
}

void build_read_reload_file(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct conf_global *global = frame->object;
    struct lexer_token token;

    if (build_optional(build, frame, &token)) {
        files_store_path(build, frame, row, &token);
    } else if (!frame->discard) {
        global->reload_file = "";
    }
}
