/* SPDX-License-Identifier: Apache-2.0
 *
 * The blocks track_file and vrrp_track_process, and who tracks them. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"
#include "parser/lookup.h"

#include <string.h>

enum { TRACKED_WEIGHT = 254 };

static const char *const tracked_keywords[CONF_TRACK_KINDS] = {[CONF_TRACK_FILE] = "track_file",
                                                               [CONF_TRACK_PROCESS] =
                                                                   "vrrp_track_process",
                                                               [CONF_TRACK_BFD] = "bfd_instance"};

/* ---- track_file ------------------------------------------------------------------------------ */

void build_read_track_file(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    struct conf_track_file *file = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);
    struct build_frame inner;

    build_enter(&inner, frame, row->opens);
    file->name = build_read_name(build, frame, row);
    file->position = frame->keyword.position;
    inner.object = file;
    inner.name = file->name;
    (void)build_read_block(build, &inner);
    if (file->path && file->path[0] != '/') {
        source_error(build->source, build_mark(build, &inner.marks, "file"),
                     "file \"%.*s\" must begin with a \"/\"; type the whole path", BUILD_WORD_SHOWN,
                     file->path);
    }
    if (file->name && build_add_name(build, build->track_names[CONF_TRACK_FILE], row, file->name,
                                     &inner.place, file)) {
        STAILQ_INSERT_TAIL(&build->conf->track_files, file, next);
    }
}

/* `weight N [reverse]`, of a file or a process. */
void build_read_track_weight(struct build *build, struct build_frame *frame,
                             const struct schema_row *row)
{
    struct conf_track_process *process = frame->object;
    struct conf_track_file *file = frame->object;
    bool is_process = frame->block == SCHEMA_TRACK_PROCESS;
    struct lexer_token token;
    int64_t weight;
    bool reverse = false;

    if (!build_argument(build, frame, row, &token) ||
        !build_read_number(build, row->name, &token, -TRACKED_WEIGHT, TRACKED_WEIGHT, &weight)) {
        return;
    }
    if (build_optional(build, frame, &token)) {
        reverse = strcmp(token.text, "reverse") == 0;
        if (!reverse) {
            lexer_unread(build->lexer, &token);
        }
    }
    *(is_process ? &process->weight : &file->weight) = (int)weight;
    *(is_process ? &process->reverse : &file->reverse) = reverse;
}

void build_read_init_file(struct build *build, struct build_frame *frame,
                          const struct schema_row *row)
{
    struct conf_track_file *file = frame->object;
    struct lexer_token token;

    file->init = true;
    while (build_optional(build, frame, &token)) {
        if (strcmp(token.text, "overwrite") == 0) {
            file->overwrite = true;
        } else if (!text_parse_any_base(token.text, &file->init_value)) {
            source_error(build->source, &token.place,
                         "%s takes a number and the word overwrite, not \"%.*s\"", row->name,
                         BUILD_WORD(&token));
            return;
        }
    }
}

/* ---- vrrp_track_process ---------------------------------------------------------------------- */

static void tracked_check_process(struct build *build, const struct build_frame *inner,
                                  struct conf_track_process *process)
{
    const struct source_place *most = build_mark(build, &inner->marks, "quorum_max");

    if (process->quorum_max == 0 && !build_mark(build, &inner->marks, "quorum")) {
        process->quorum = 0; /* it must not run */
    }
    if (process->quorum > process->quorum_max) {
        source_error(build->source, most, "quorum_max %u is below the quorum %u; raise it",
                     process->quorum_max, process->quorum);
    }
    if (process->match == CONF_PARAM_ANY && process->argv && process->argv[1]) {
        process->match = CONF_PARAM_EXACT;
    }
}

void build_read_track_process(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    struct conf_track_process *process = build_new(build, build->arena, row->opens, SCHEMA_OBJECT);
    struct build_frame inner;

    build_enter(&inner, frame, row->opens);
    process->name = build_read_name(build, frame, row);
    process->position = frame->keyword.position;
    process->quorum_max = UINT32_MAX;
    inner.object = process;
    inner.name = process->name;
    (void)build_read_block(build, &inner);
    tracked_check_process(build, &inner, process);
    if (process->name && build_add_name(build, build->track_names[CONF_TRACK_PROCESS], row,
                                        process->name, &inner.place, process)) {
        STAILQ_INSERT_TAIL(&build->conf->track_processes, process, next);
    }
}

void build_read_process(struct build *build, struct build_frame *frame,
                        const struct schema_row *row)
{
    struct conf_track_process *process = frame->object;
    const char *words[BUILD_PROCESS_WORDS + 1] = {NULL};
    struct lexer_token token;
    size_t count = 0;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    do {
        if (count == BUILD_PROCESS_WORDS) {
            source_error(build->source, &token.place, "%s takes up to %d words; leave some out",
                         row->name, BUILD_PROCESS_WORDS);
            return;
        }
        words[count++] = arena_text_n(build->arena, token.text, token.length);
    } while (build_optional(build, frame, &token));
    process->argv = arena_copy(build->arena, words, (count + 1) * sizeof(words[0]));
}

void build_read_param_match(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct conf_track_process *process = frame->object;
    struct lexer_token token;
    int64_t match = CONF_PARAM_EXACT;

    if (build_optional(build, frame, &token) &&
        !build_read_choice(build, row->name, &token, conf_param_names, false, &match)) {
        return;
    }
    process->match = (enum conf_param_match)match;
}

/* `delay` sets both. */
void build_read_process_delay(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    struct conf_track_process *process = frame->object;

    build_read_seconds_row(build, frame, row); /* into terminate_delay, where the row points */
    process->fork_delay = process->terminate_delay;
}

/* ---- Who tracks them ------------------------------------------------------------------------- */

/* The weight of the block, and that somebody tracks it. */
static void tracked_take(struct conf_track *track, void *thing)
{
    struct conf_track_process *process = thing;
    struct conf_track_file *file = thing;
    struct conf_bfd *bfd = thing;

    switch (track->kind) {
    case CONF_TRACK_FILE:
        file->tracked = true;
        track->weight = file->weight;
        track->reverse = file->reverse;
        break;
    case CONF_TRACK_PROCESS:
        process->tracked = true;
        track->weight = process->weight;
        track->reverse = process->reverse;
        break;
    case CONF_TRACK_BFD:
        bfd->tracked = true;
        track->weight = bfd->weight;
        track->reverse = bfd->reverse;
        break;
    case CONF_TRACK_KINDS:
        break;
    }
}

/* A session that is for checkers alone. */
static bool tracked_is_withheld(struct build *build, const struct build_track *line,
                                const void *thing)
{
    const struct conf_bfd *bfd = thing;

    if (line->kind != CONF_TRACK_BFD || bfd->vrrp) {
        return false;
    }
    source_error(build->source, &line->place,
                 "bfd_instance %s has checker without vrrp, so that nothing of VRRP may track it; "
                 "add vrrp there",
                 bfd->name);
    return true;
}

static struct conf_track *tracked_find(const struct conf_track_list *list,
                                       const struct conf_track *like)
{
    struct conf_track *track;

    STAILQ_FOREACH(track, list, next) {
        if (track->kind == like->kind && strcmp(track->name, like->name) == 0) {
            return track;
        }
    }
    return NULL;
}

void build_finish_tracks(struct build *build, const struct build_track_list *from,
                         struct conf_track_list *to)
{
    const struct build_track *line;

    STAILQ_FOREACH(line, from, next) {
        struct conf_track *track = arena_alloc(build->arena, sizeof(*track));
        void *thing = build_find_name(build, build->track_names[line->kind],
                                      tracked_keywords[line->kind], line->name, &line->place);

        if (!thing || tracked_is_withheld(build, line, thing)) {
            continue;
        }
        track->kind = line->kind;
        track->name = arena_text_n(build->arena, line->name, strlen(line->name));
        track->position = line->place.position;
        tracked_take(track, thing);
        if (line->weight_given) {
            track->weight = line->weight;
            track->reverse = line->reverse;
        }
        if (tracked_find(to, track)) {
            source_warning(build->source, &line->place,
                           "%s is tracked twice; the first line counts, remove this one",
                           line->name);
        } else {
            STAILQ_INSERT_TAIL(to, track, next);
        }
    }
}

void build_share_tracks(struct build *build, const struct conf_sync_group *group,
                        struct conf_instance *instance)
{
    struct conf_track *line;

    STAILQ_FOREACH(line, &group->tracks, next) {
        struct conf_track *mine = tracked_find(&instance->tracks, line);

        if (mine) {
            mine->weight = line->weight;
            mine->reverse = line->reverse;
        } else {
            mine = arena_copy(build->arena, line, sizeof(*line));
            STAILQ_INSERT_TAIL(&instance->tracks, mine, next);
        }
    }
}
