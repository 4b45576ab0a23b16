/* SPDX-License-Identifier: Apache-2.0
 *
 * Facts as JSON. Pure.
 */
#include "parser/dump_json.h"

#include "base/json.h"
#include "parser/facts.h"

#include <assert.h>

/* Blocks in blocks: a url of a check of a server of a service, in the list of all. */
enum { DUMP_JSON_DEPTH = 8 };

struct dump_json {
    json_t *blocks[DUMP_JSON_DEPTH]; /* where the next block of each depth goes; borrowed */
    json_t *open[DUMP_JSON_DEPTH];   /* the block that is open at each depth; borrowed */
    unsigned depth;
};

static void dump_json_position(json_t *object, const struct conf_position *position)
{
    if (position) {
        json_object_set_new(object, "file", json_from_text(position->file));
        json_object_set_new(object, "line", json_integer(position->line));
    }
}

static void dump_json_begin(void *argument, const struct facts_object *object)
{
    struct dump_json *dump = argument;
    json_t *block = json_object();

    assert(dump->depth + 1 < DUMP_JSON_DEPTH);
    json_object_set_new(block, "block", json_from_text(object->keyword));
    json_object_set_new(block, "argument", json_from_text(object->header));
    json_object_set_new(block, "name", json_from_text(object->name));
    dump_json_position(block, object->position);
    json_object_set_new(block, "settings", json_array());
    json_object_set_new(block, "lists", json_object());
    json_object_set_new(block, "blocks", json_array());
    json_array_append_new(dump->blocks[dump->depth], block);
    dump->open[dump->depth] = block;
    dump->depth++;
    dump->blocks[dump->depth] = json_object_get(block, "blocks");
}

/* The lines of a value block, which the first one of them, or its being empty, opens. */
static json_t *dump_json_list(json_t *block, const char *name)
{
    json_t *lists = json_object_get(block, "lists");
    json_t *list = json_object_get(lists, name);

    if (!list) {
        list = json_array();
        json_object_set_new(lists, name, list);
    }
    return list;
}

static void dump_json_value(void *argument, const struct facts_value *value)
{
    struct dump_json *dump = argument;
    json_t *block = dump->open[dump->depth - 1];
    json_t *into =
        value->list ? dump_json_list(block, value->list) : json_object_get(block, "settings");
    json_t *entry;

    if (value->list && !*value->keyword) {
        return; /* an empty list */
    }
    entry = json_object();
    json_object_set_new(entry, "keyword", json_from_text(value->keyword));
    json_object_set_new(entry, "value",
                        json_from_text(value->secret ? FACTS_UNSHOWN : value->value));
    if (value->program) {
        json_object_set_new(entry, "program", json_true());
    }
    dump_json_position(entry, value->position);
    json_array_append_new(into, entry);
}

static void dump_json_end(void *argument)
{
    struct dump_json *dump = argument;

    dump->depth--;
}

json_t *dump_json(const struct conf *conf)
{
    static const struct facts_visitor visitor = {dump_json_begin, dump_json_value, dump_json_end};
    json_t *document = json_object();
    json_t *blocks = json_array();
    struct dump_json dump = {.blocks = {blocks}};

    json_object_set_new(document, "version", json_integer(DUMP_JSON_VERSION));
    json_object_set_new(document, "blocks", blocks);
    facts_visit(conf, &visitor, &dump);
    return document;
}
