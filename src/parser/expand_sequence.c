/* SPDX-License-Identifier: Apache-2.0
 *
 * Sequences and lists: `~SEQ(NAME, ...) rest`, `~SEQx`, `~LST(NAME, ...) rest`. The rest of the line
 * is read once for each value. Pure.
 */
#include "base/arena.h"
#include "parser/expand_inside.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text between the parentheses, from which words are taken. */
struct sequence_text {
    const char *at;
    const char *end;
};

static void sequence_skip_blanks(struct sequence_text *text)
{
    while (text->at < text->end && expand_is_blank(*text->at)) {
        text->at++;
    }
}

/* Takes a byte if it is the next one. */
static bool sequence_take(struct sequence_text *text, char c)
{
    sequence_skip_blanks(text);
    if (text->at == text->end || *text->at != c) {
        return false;
    }
    text->at++;
    return true;
}

/* Takes a value, which ends at a blank, a comma or a brace; it may be empty. */
static const char *sequence_word(struct expand *expand, struct sequence_text *text)
{
    const char *start;

    sequence_skip_blanks(text);
    start = text->at;
    while (text->at < text->end && !expand_is_blank(*text->at) && *text->at != ',' &&
           *text->at != '{' && *text->at != '}') {
        text->at++;
    }
    return arena_text_n(expand->arena, start, (size_t)(text->at - start));
}

static bool sequence_is_name(const char *word)
{
    size_t length = strlen(word);

    return length && expand_name_length(word, length) == length;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

/* S52: decimal, 0x hexadecimal, 0 octal, negative. */
static bool sequence_number(struct expand *expand, struct sequence_text *text,
                            const struct source_place *place, int64_t *value)
{
    const char *word = sequence_word(expand, text);
    char *end = NULL;
    long long number;

    errno = 0;
    number = strtoll(word, &end, 0);
    if (!*word || *end || errno || number > INT64_MAX / 4 || number < INT64_MIN / 4) {
        expand_error(expand, place,
                     "\"%.40s\" is no number of a sequence; write ~SEQ(NAME, FIRST, LAST) or "
                     "~SEQ(NAME, FIRST, STEP, LAST)",
                     word);
        return false;
    }
    *value = number;
    return true;
}

/* S51 */
static bool sequence_read_numbers(struct expand *expand, struct sequence_text *text,
                                  struct expand_sequence *sequence)
{
    int64_t numbers[3] = {0};
    size_t count = 0;
    int64_t end;
    uint64_t distance;

    while (count < 3 && sequence_take(text, ',')) {
        if (!sequence_number(expand, text, &sequence->place, &numbers[count++])) {
            return false;
        }
    }
    sequence_skip_blanks(text);
    if (!count || text->at != text->end) {
        expand_error(expand, &sequence->place,
                     "a sequence has one to three numbers: write ~SEQ(NAME, FIRST, LAST) or "
                     "~SEQ(NAME, FIRST, STEP, LAST)");
        return false;
    }
    end = numbers[count - 1];
    sequence->start = count > 1 ? numbers[0] : end < 0 ? -1 : 1;
    sequence->step = count > 2 ? numbers[1] : end < sequence->start ? -1 : 1;
    if (!sequence->step || (end > sequence->start && sequence->step < 0) ||
        (end < sequence->start && sequence->step > 0)) {
        expand_error(expand, &sequence->place,
                     "with steps of %" PRId64 " no sequence leads from %" PRId64 " to %" PRId64
                     "; give the step the other sign",
                     sequence->step, sequence->start, end);
        return false;
    }
    distance = end > sequence->start ? (uint64_t)(end - sequence->start)
                                     : (uint64_t)(sequence->start - end);
    sequence->passes = distance / (uint64_t)llabs(sequence->step) + 1;
    if (sequence->hex && (sequence->start < 0 || end < 0)) {
        expand_error(expand, &sequence->place,
                     "~SEQx counts from 0 upwards only; use ~SEQ for negative numbers");
        return false;
    }
    return true;
}

/* ---- Lists ----------------------------------------------------------------------------------- */

/* `{a,b}` or `a`: words of one pass. @return their number; 0: reported */
static size_t sequence_group(struct expand *expand, struct sequence_text *text,
                             const struct source_place *place, const char **words, size_t most)
{
    size_t count = 0;

    if (!sequence_take(text, '{')) {
        words[0] = sequence_word(expand, text);
        return 1;
    }
    do {
        if (count == most) {
            expand_error(expand, place,
                         "a group of this list has more values than the list has "
                         "names; remove them, or add a name");
            return 0;
        }
        words[count++] = sequence_word(expand, text);
    } while (sequence_take(text, ','));
    if (!sequence_take(text, '}')) {
        expand_error(expand, place,
                     "a group of this list has no }; write "
                     "~LST({NAME,NAME}, {VALUE,VALUE}, ...)");
        return 0;
    }
    return count;
}

/* S54: the values by pass, those of a pass that are not given are empty. */
static bool sequence_read_list(struct expand *expand, struct sequence_text *text,
                               struct expand_sequence *sequence)
{
    size_t width = sequence->variable_count;
    size_t capacity = 0;

    while (sequence_take(text, ',')) {
        const char **values;
        size_t count;

        if (sequence->passes == capacity) {
            const char **old = sequence->values;

            capacity = capacity ? capacity * 4 : 4;
            sequence->values = arena_alloc(expand->arena, capacity * width * sizeof(*old));
            if (old) {
                memcpy(sequence->values, old, sequence->passes * width * sizeof(*old));
            }
        }
        values = sequence->values + sequence->passes * width;
        count = sequence_group(expand, text, &sequence->place, values, width);
        if (!count) {
            return false;
        }
        for (; count < width; count++) {
            values[count] = "";
        }
        sequence->passes++;
    }
    sequence_skip_blanks(text);
    if (text->at != text->end || !sequence->passes) {
        expand_error(expand, &sequence->place,
                     "a list is written ~LST(NAME, VALUE, ...), or "
                     "~LST({NAME,NAME}, {VALUE,VALUE}, ...)");
        return false;
    }
    return true;
}

/* ---- Reading --------------------------------------------------------------------------------- */

enum { SEQUENCE_NAMES = 32 }; /* of one list */

static bool sequence_read_names(struct expand *expand, struct sequence_text *text, bool list,
                                struct expand_sequence *sequence)
{
    const char *names[SEQUENCE_NAMES];
    size_t count = sequence_group(expand, text, &sequence->place, names, list ? SEQUENCE_NAMES : 1);

    sequence->variables = arena_alloc(expand->arena, (count + 1) * sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        if (!sequence_is_name(names[i])) {
            expand_error(expand, &sequence->place,
                         "\"%.40s\" is no name for the values of a sequence; names have letters, "
                         "digits and _",
                         names[i]);
            return false;
        }
        sequence->variables[i] = expand_definition(expand, names[i], strlen(names[i]));
    }
    sequence->variable_count = count;
    return count;
}

/* What is in the parentheses, and where they end. @return whether they are there */
static bool sequence_read(struct expand *expand, const struct expand_line *line, size_t open,
                          struct expand_sequence *sequence)
{
    const char *close = memchr(line->text, ')', line->length);
    bool list = line->text[1] == 'L';
    struct expand_line inner = *line;
    struct sequence_text text;
    size_t length;

    sequence->place = expand_place(line, 0, close ? (size_t)(close - line->text) + 1 : open);
    if (!close) {
        expand_error(expand, &sequence->place, "this sequence has no \")\" on its line; add it");
        return false;
    }
    inner.length = (size_t)(close - line->text);
    expand_cut(&inner, open);
    text.at = expand_plain(expand, &inner, &length);
    text.end = text.at + length;
    sequence->hex = open == strlen("~SEQx(");
    if (!sequence_read_names(expand, &text, list, sequence)) {
        return false;
    }
    return list ? sequence_read_list(expand, &text, sequence)
                : sequence_read_numbers(expand, &text, sequence);
}

bool expand_read_sequence(struct expand *expand, struct expand_line *line)
{
    static const char *const words[] = {"~SEQ(", "~SEQx(", "~LST("};
    struct expand_sequence *sequence;
    struct expand_input *input;
    size_t open = 0;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !open; i++) {
        size_t size = strlen(words[i]);

        if (line->length >= size && memcmp(line->text, words[i], size) == 0) {
            open = size;
        }
    }
    if (!open) {
        return false;
    }
    sequence = arena_alloc(expand->arena, sizeof(*sequence));
    if (!sequence_read(expand, line, open, sequence)) {
        return true;
    }
    sequence->rest = *line;
    expand_cut(&sequence->rest,
               (size_t)((const char *)memchr(line->text, ')', line->length) - line->text) + 1);
    expand_trim(&sequence->rest);
    sequence->rest = expand_keep(expand, &sequence->rest);
    if (!expand_code_length(sequence->rest.text, sequence->rest.length)) {
        source_warning(expand->source, &sequence->place,
                       "this sequence repeats nothing; write what is to be repeated behind it");
        return true;
    }
    if (sequence->passes > expand->lines_left) {
        expand_error(expand, &sequence->place,
                     "this sequence has %" PRIu64 " passes, and only %zu lines are left of the %d "
                     "that definitions and sequences may make",
                     sequence->passes, expand->lines_left, EXPAND_LINES_LIMIT);
        return true;
    }
    input = expand_push(expand, EXPAND_SEQUENCE, &sequence->place);
    if (input) {
        input->sequence = sequence;
    }
    return true;
}

/* ---- Passes ---------------------------------------------------------------------------------- */

/* The value of a variable at the next pass. */
static const char *sequence_value(struct expand *expand, const struct expand_sequence *sequence,
                                  size_t variable)
{
    int64_t number = sequence->start + (int64_t)sequence->pass * sequence->step;

    if (sequence->values) {
        return sequence->values[sequence->pass * sequence->variable_count + variable];
    }
    return arena_format(expand->arena, sequence->hex ? "%" PRIx64 : "%" PRId64, number);
}

bool expand_next_pass(struct expand *expand, struct expand_input *input, struct expand_line *line)
{
    struct expand_sequence *sequence = input->sequence;
    struct text_buffer shown = {0};

    if (sequence->pass == sequence->passes || !expand_take(expand, 1, 0, &sequence->place)) {
        return false;
    }
    for (size_t i = 0; i < sequence->variable_count; i++) {
        struct expand_definition *variable = sequence->variables[i];
        const char *value = sequence_value(expand, sequence, i);
        struct expand_line *text = arena_alloc(expand->arena, sizeof(*text));

        *text = (struct expand_line){
            .text = value,
            .length = strlen(value),
            .file = sequence->place.position.file,
            .number = sequence->place.position.line,
            .column = sequence->place.position.column,
        };
        variable->lines = text;
        variable->count = 1;
        variable->several = false;
        variable->place = sequence->place;
        text_appendf(&shown, "%s%s = %s", i ? ", " : "", variable->name, value);
    }
    sequence->pass++;
    *line = sequence->rest;
    line->origin = expand_origin(expand, SOURCE_PASS, "", shown.data, shown.length,
                                 &sequence->place, sequence->rest.origin);
    text_release(&shown);
    return true;
}
