/* SPDX-License-Identifier: Apache-2.0
 *
 * Facts as text. Pure.
 */
#include "parser/dump.h"

#include "base/text.h"
#include "parser/facts.h"

#include <string.h>

enum { DUMP_INDENT = 4, DUMP_COLUMN = 56 }; /* where the comments begin, if there is room */

struct dump {
    struct text_buffer *out;
    bool origins;
    unsigned depth;
    char list[32]; /* the value block that is open; empty: none */
    size_t line;   /* where the line begins */
    bool word;     /* a keyword of the top level is open, which has no block */
};

static void dump_begin_line(struct dump *dump, bool comment)
{
    dump->line = dump->out->length;
    text_appendf(dump->out, "%*s%s", (int)(dump->depth * DUMP_INDENT), "", comment ? "# " : "");
}

/* Ends a line with where it came from. */
static void dump_end_line(struct dump *dump, const struct conf_position *position, bool value)
{
    size_t width = dump->out->length - dump->line;

    if (dump->origins && (position || value)) {
        text_appendf(dump->out, "%*s", width < DUMP_COLUMN ? (int)(DUMP_COLUMN - width) : 2, "");
        if (!position) {
            text_append(dump->out, "# default");
        } else {
            text_appendf(dump->out, "# %s:%u", position->file, position->line);
        }
    }
    text_append(dump->out, "\n");
}

static void dump_close_list(struct dump *dump)
{
    if (*dump->list) {
        dump->list[0] = '\0';
        dump->depth--;
        dump_begin_line(dump, false);
        text_append(dump->out, "}");
        dump_end_line(dump, NULL, false);
    }
}

static void dump_open_list(struct dump *dump, const char *list)
{
    if (strcmp(dump->list, list) == 0) {
        return;
    }
    dump_close_list(dump);
    dump_begin_line(dump, false);
    text_appendf(dump->out, "%s {", list);
    dump_end_line(dump, NULL, false);
    (void)text_copy(dump->list, sizeof(dump->list), list);
    dump->depth++;
}

static void dump_begin(void *argument, const struct facts_object *object)
{
    struct dump *dump = argument;

    dump_close_list(dump);
    if (!dump->depth && dump->out->length) {
        text_append(dump->out, "\n");
    }
    dump->word = object->kind == FACTS_WORD;
    if (dump->word) {
        return;
    }
    dump_begin_line(dump, false);
    text_appendf(dump->out, "%s%s%s {", object->keyword, *object->header ? " " : "",
                 object->header);
    dump_end_line(dump, object->position, false);
    dump->depth++;
}

static void dump_value(void *argument, const struct facts_value *value)
{
    struct dump *dump = argument;
    bool is_default = dump->origins && !value->position && !dump->word;

    if (value->list) {
        dump_open_list(dump, value->list);
        if (!*value->keyword) {
            return; /* an empty list */
        }
        is_default = false;
    } else {
        dump_close_list(dump);
    }
    dump_begin_line(dump, is_default);
    text_appendf(dump->out, "%s%s%s", value->keyword, *value->value ? " " : "",
                 value->secret && !value->list ? FACTS_UNSHOWN : value->value);
    dump_end_line(dump, value->position, !dump->word);
}

static void dump_end(void *argument)
{
    struct dump *dump = argument;

    if (dump->word) {
        dump->word = false;
        return;
    }
    dump_close_list(dump);
    dump->depth--;
    dump_begin_line(dump, false);
    text_append(dump->out, "}");
    dump_end_line(dump, NULL, false);
}

void dump_write(const struct conf *conf, struct text_buffer *out)
{
    static const struct facts_visitor visitor = {dump_begin, dump_value, dump_end};
    struct dump dump = {.out = out, .origins = conf->origins};

    facts_visit(conf, &visitor, &dump);
}
