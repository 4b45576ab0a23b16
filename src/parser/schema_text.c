/* SPDX-License-Identifier: Apache-2.0
 *
 * What a row says beyond its syntax: the kind's name, its unit, and a statement that a file could
 * have. Where a row has no example of its own, one is made from its kind, range and default.
 */
#include "base/text.h"
#include "parser/schema.h"
#include "parser/schema_rows.h"

#include <inttypes.h>
#include <string.h>

const char *schema_kind_name(enum schema_kind kind)
{
    static const char *const names[SCHEMA_KINDS] = {
        [SCHEMA_KIND_FLAG] = "flag",
        [SCHEMA_KIND_BOOL] = "switch",
        [SCHEMA_KIND_NUMBER] = "number",
        [SCHEMA_KIND_SECONDS] = "seconds",
        [SCHEMA_KIND_TEXT] = "text",
        [SCHEMA_KIND_INTERFACE] = "interface",
        [SCHEMA_KIND_ADDRESS] = "address",
        [SCHEMA_KIND_CHOICE] = "choice",
        [SCHEMA_KIND_SCRIPT] = "command with user",
        [SCHEMA_KIND_COMMAND] = "command",
        [SCHEMA_KIND_USER] = "user",
        [SCHEMA_KIND_BLOCK] = "block",
        [SCHEMA_KIND_LINES] = "list of lines",
        [SCHEMA_KIND_WORDS] = "list of words",
        [SCHEMA_KIND_SPECIAL] = "words",
    };

    return names[kind];
}

const char *schema_unit(const struct schema_row *row)
{
    if (row->kind == SCHEMA_KIND_SECONDS) {
        return "seconds";
    }
    return row->kind == SCHEMA_KIND_NUMBER ? row->unit : NULL;
}

void schema_write_reason(const char *block, const struct schema_row *row, struct text_buffer *out)
{
    const char *place = strchr(row->reason, '%');

    if (place) {
        text_append_n(out, row->reason, (size_t)(place - row->reason));
        text_appendf(out, "the %s%s", block, place + 1);
    } else {
        text_append(out, row->reason);
    }
}

/* ---- Examples -------------------------------------------------------------------------------- */

/*
 * The default where it is a number, else 1 or the limit that is nearest to it.
 * @param one     1 in the row's own unit
 * @param places  decimals that the unit has
 */
static int64_t example_value(const struct schema_row *row, int64_t one, unsigned places)
{
    uint64_t fallback;

    if (row->has_initial && row->initial >= row->minimum) {
        return row->initial;
    }
    if (row->fallback && text_parse_fraction(row->fallback, places, &fallback) &&
        (int64_t)fallback >= row->minimum) {
        return (int64_t)fallback;
    }
    if (one < row->minimum) {
        return row->minimum;
    }
    return one > row->maximum ? row->maximum : one;
}

/* What is not the default says more than what is. */
static void example_write_switch(const struct schema_row *row, struct text_buffer *out)
{
    bool on =
        row->has_initial ? row->initial == 1 : row->fallback && strcmp(row->fallback, "on") == 0;

    text_append(out, on ? "off" : "on");
}

static void example_write_arguments(const struct schema_row *row, struct text_buffer *out)
{
    static const char *const texts[SCHEMA_KINDS] = {
        [SCHEMA_KIND_INTERFACE] = "eth0",
        [SCHEMA_KIND_ADDRESS] = "192.0.2.1",
        [SCHEMA_KIND_USER] = "keepalived_script",
    };

    switch (row->kind) {
    case SCHEMA_KIND_BOOL:
        example_write_switch(row, out);
        break;
    case SCHEMA_KIND_NUMBER:
        text_appendf(out, "%" PRId64, example_value(row, 1, 0));
        break;
    case SCHEMA_KIND_SECONDS:
        schema_write_seconds(example_value(row, SCHEMA_SECOND, 9), out);
        break;
    case SCHEMA_KIND_CHOICE:
        text_append(out, row->choices->name);
        break;
    case SCHEMA_KIND_SCRIPT:
    case SCHEMA_KIND_COMMAND:
        text_appendf(out, "\"/usr/local/sbin/on-change %s\"", row->name);
        break;
    default:
        text_append(out, texts[row->kind] ? texts[row->kind] : "");
        break;
    }
}

void schema_write_example(const struct schema_row *row, struct text_buffer *out)
{
    size_t end;

    text_appendf(out, "%s ", row->name);
    end = out->length;
    if (row->example) {
        text_append(out, row->example);
    } else {
        example_write_arguments(row, out);
    }
    if (out->length == end) { /* it stands alone */
        out->data[--out->length] = '\0';
    }
}
