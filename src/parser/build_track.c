/* SPDX-License-Identifier: Apache-2.0
 *
 * track_interface and track_script: what instances and sync groups follow. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

enum {
    TRACK_WEIGHT_READ = 254, /* keepalived reads one more than it uses */
    TRACK_WEIGHT_MAX = 253,
};

/* What both kinds of items keep while their options are read. */
struct track_item {
    const char *name;
    int weight;
    bool weight_given;
    bool reverse;
};

static void track_read_weight(struct build *build, struct build_item *item,
                              const struct schema_option *option)
{
    struct track_item *track = item->object;
    struct lexer_token token;
    int64_t weight = 0;

    track->weight_given = true;
    if (!build_option_argument(build, item, option, &token)) {
        return;
    }
    if (text_parse_signed(token.text, -TRACK_WEIGHT_READ, TRACK_WEIGHT_READ, &weight) &&
        (weight == TRACK_WEIGHT_READ || weight == -TRACK_WEIGHT_READ)) {
        weight = weight > 0 ? TRACK_WEIGHT_MAX : -TRACK_WEIGHT_MAX;
        source_warning(build->source, &token.place,
                       "weight %s is reduced to %d, as keepalived does", token.text, (int)weight);
    } else if (!build_read_number(build, option->name, &token, -TRACK_WEIGHT_MAX, TRACK_WEIGHT_MAX,
                                  &weight)) {
        return;
    }
    track->weight = (int)weight;
}

/* Of files and processes; a file's number is multiplied by it. */
static void track_read_wide_weight(struct build *build, struct build_item *item,
                                   const struct schema_option *option)
{
    struct track_item *track = item->object;
    struct lexer_token token;
    int64_t weight = 0;

    track->weight_given = true;
    if (build_option_argument(build, item, option, &token) &&
        build_read_number(build, option->name, &token, -TRACK_WEIGHT_READ, TRACK_WEIGHT_READ,
                          &weight)) {
        track->weight = (int)weight;
    }
}

static void track_read_reverse(struct build *build, struct build_item *item,
                               const struct schema_option *option)
{
    struct track_item *track = item->object;

    if (!track->weight_given) {
        source_error(build->source, &item->option,
                     "%s stands before the weight; type weight WEIGHT %s", option->name,
                     option->name);
        return;
    }
    track->reverse = strcmp(option->name, "reverse") == 0;
}

#define TRACK_WEIGHT_OPTION                                                                        \
    {                                                                                              \
        .name = "weight", .argument = "-253..253",                                                 \
        .help = "Added to the priority; 0: the instance is in FAULT meanwhile.",                   \
        .read = track_read_weight                                                                  \
    }
#define TRACK_REVERSE_OPTION                                                                       \
    {                                                                                              \
        .name = "reverse", .help = "The weight counts in the opposite case.",                      \
        .read = track_read_reverse                                                                 \
    }

const struct schema_option build_track_interface_options[] = {
    TRACK_WEIGHT_OPTION,
    TRACK_REVERSE_OPTION,
    {.name = NULL},
};

const struct schema_option build_track_script_options[] = {
    TRACK_WEIGHT_OPTION,
    TRACK_REVERSE_OPTION,
    {.name = "noreverse",
     .help = "The weight does not count in the opposite case, though the script's does.",
     .read = track_read_reverse},
    {.name = NULL},
};

const struct schema_option build_track_options[] = {
    {.name = "weight",
     .argument = "-254..254",
     .help = "Added to the priority, times the number of a file; 0: FAULT in the bad case.",
     .read = track_read_wide_weight},
    TRACK_REVERSE_OPTION,
    {.name = "noreverse",
     .help = "The weight does not count in the opposite case, though the block's does.",
     .read = track_read_reverse},
    {.name = NULL},
};

/* A name may be anything but what is nearly the word for an option. */
static bool track_is_item(const struct schema_row *row, const struct lexer_token *word)
{
    struct build_nearest nearest = {.word = word->text};

    if (word->quoted) {
        return true;
    }
    for (const struct schema_option *option = row->options; option->name; option++) {
        build_nearest_try(&nearest, option->name);
    }
    return !nearest.best;
}

static struct track_item *track_new(struct build *build, struct build_item *item, const char *name)
{
    struct track_item *track = arena_alloc(build->scratch, sizeof(*track));

    track->name = name;
    item->object = track;
    return track;
}

/* ---- Interfaces ------------------------------------------------------------------------------ */

static bool track_begin_interface(struct build *build, struct build_item *item,
                                  const struct lexer_token *word)
{
    const char *name = build_read_interface(build, item->row->name, word);

    if (name) {
        (void)track_new(build, item, name);
    }
    return name != NULL;
}

/* That a line is there twice is found when all have been read: validate.c. */
static void track_end_interface(struct build *build, struct build_item *item)
{
    struct conf_track_interface_list *list = item->argument;
    const struct track_item *track = item->object;
    struct conf_track_interface *line = arena_alloc(build->arena, sizeof(*line));

    line->interface = track->name;
    line->weight = track->weight;
    line->reverse = track->reverse;
    line->position = item->place.position;
    STAILQ_INSERT_TAIL(list, line, next);
}

void build_read_track_interfaces(struct build *build, struct build_frame *frame,
                                 const struct schema_row *row)
{
    static const struct build_item_type type = {track_begin_interface, track_is_item,
                                                track_end_interface};
    struct conf_instance *instance = frame->object;
    struct conf_sync_group *group = frame->object;

    build_read_items(build, frame, row, &type,
                     frame->block == SCHEMA_INSTANCE ? &instance->track_interfaces
                                                     : &group->track_interfaces);
}

/* ---- Scripts --------------------------------------------------------------------------------- */

static bool track_begin_script(struct build *build, struct build_item *item,
                               const struct lexer_token *word)
{
    (void)track_new(build, item, arena_text_n(build->scratch, word->text, word->length));
    return true;
}

static void track_end_script(struct build *build, struct build_item *item)
{
    struct build_track_script_list *list = item->argument;
    const struct track_item *track = item->object;
    struct build_track_script *line = arena_alloc(build->scratch, sizeof(*line));

    line->name = track->name;
    line->weight = track->weight;
    line->weight_given = track->weight_given;
    line->reverse = track->reverse;
    line->place = item->place;
    STAILQ_INSERT_TAIL(list, line, next);
}

void build_read_track_scripts(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    static const struct build_item_type type = {track_begin_script, track_is_item,
                                                track_end_script};
    struct build_instance *instance = frame->extra;
    struct build_sync_group *group = frame->extra;

    build_read_items(build, frame, row, &type,
                     frame->block == SCHEMA_INSTANCE ? &instance->track_scripts
                                                     : &group->track_scripts);
}

/* ---- Files, processes and BFD sessions ------------------------------------------------------- */

static void track_end(struct build *build, struct build_item *item, enum conf_track_kind kind)
{
    struct build_track_list *list = item->argument;
    const struct track_item *track = item->object;
    struct build_track *line = arena_alloc(build->scratch, sizeof(*line));

    line->kind = kind;
    line->name = track->name;
    line->weight = track->weight;
    line->weight_given = track->weight_given;
    line->reverse = track->reverse;
    line->place = item->place;
    STAILQ_INSERT_TAIL(list, line, next);
}

static void track_end_file(struct build *build, struct build_item *item)
{
    track_end(build, item, CONF_TRACK_FILE);
}

static void track_end_process(struct build *build, struct build_item *item)
{
    track_end(build, item, CONF_TRACK_PROCESS);
}

static void track_end_bfd(struct build *build, struct build_item *item)
{
    track_end(build, item, CONF_TRACK_BFD);
}

static struct build_track_list *track_list(const struct build_frame *frame)
{
    struct build_instance *instance = frame->extra;
    struct build_sync_group *group = frame->extra;

    return frame->block == SCHEMA_INSTANCE ? &instance->tracks : &group->tracks;
}

void build_read_track_files(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    static const struct build_item_type type = {track_begin_script, track_is_item, track_end_file};

    build_read_items(build, frame, row, &type, track_list(frame));
}

void build_read_track_processes(struct build *build, struct build_frame *frame,
                                const struct schema_row *row)
{
    static const struct build_item_type type = {track_begin_script, track_is_item,
                                                track_end_process};

    build_read_items(build, frame, row, &type, track_list(frame));
}

void build_read_track_bfds(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    static const struct build_item_type type = {track_begin_script, track_is_item, track_end_bfd};

    build_read_items(build, frame, row, &type, track_list(frame));
}
