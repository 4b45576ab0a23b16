/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers and durations: reading, range, rounding, and what to type where one is wrong. Pure.
 */
#include "parser/build.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_SECOND INT64_C(1000000000)

/* ---- Numbers --------------------------------------------------------------------------------- */

static size_t number_digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* Says what is wrong with a whole number, and what to type. */
static void number_report_number(struct build *build, const char *subject,
                                 const struct lexer_token *token, int64_t minimum, int64_t maximum)
{
    const char *sign = token->text + (*token->text == '-' || *token->text == '+');
    size_t digits = number_digits(sign);
    const char *rest = sign + digits;

    if (digits && !*rest) {
        source_error(build->source, &token->place, "%s %.*s is outside %" PRId64 "..%" PRId64,
                     subject, BUILD_WORD(token), minimum, maximum);
    } else if (sign[0] == '0' && (sign[1] == 'x' || sign[1] == 'X')) {
        source_error(build->source, &token->place,
                     "%s takes a decimal number, not \"%.*s\"; type %llu", subject,
                     BUILD_WORD(token), strtoull(sign, NULL, 16));
    } else if (digits && digits < 19 && *rest != '.') {
        source_error(build->source, &token->place,
                     "%s takes a number without a unit, not \"%.*s\"; type %.*s", subject,
                     BUILD_WORD(token), (int)(rest - token->text), token->text);
    } else {
        source_error(build->source, &token->place,
                     "%s takes a whole number in %" PRId64 "..%" PRId64 ", not \"%.*s\"", subject,
                     minimum, maximum, BUILD_WORD(token));
    }
}

bool build_read_number(struct build *build, const char *subject, const struct lexer_token *token,
                       int64_t minimum, int64_t maximum, int64_t *value)
{
    if (text_parse_signed(token->text, minimum, maximum, value)) {
        return true;
    }
    number_report_number(build, subject, token, minimum, maximum);
    return false;
}

/* Stores a number; keepalived reads 0 as 1 for some keywords, and so do we, but say so. */
static void number_store(struct build *build, struct build_frame *frame,
                         const struct schema_row *row, const struct lexer_token *token,
                         int64_t value, int64_t one)
{
    if (value == 0 && row->flags & SCHEMA_ZERO_IS_ONE) {
        source_warning(build->source, &token->place,
                       "%s 0 is read as 1, as keepalived does; type 1", row->name);
        value = one;
    }
    build_store(frame, row, value);
}

void build_read_number_row(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    struct lexer_token token;
    int64_t value;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (text_parse_signed(token.text, row->minimum, row->maximum, &value)) {
        number_store(build, frame, row, &token, value, 1);
    } else if (!build_is_missing(build, frame, row, &token)) {
        number_report_number(build, row->name, &token, row->minimum, row->maximum);
    }
}

/* ---- Seconds --------------------------------------------------------------------------------- */

/* Units that people write behind a number. */
static const struct {
    const char *name;
    int64_t nanoseconds;
} number_units[] = {
    {"s", NUMBER_SECOND},           {"sec", NUMBER_SECOND},          {"secs", NUMBER_SECOND},
    {"second", NUMBER_SECOND},      {"seconds", NUMBER_SECOND},      {"ms", NUMBER_SECOND / 1000},
    {"msec", NUMBER_SECOND / 1000}, {"us", NUMBER_SECOND / 1000000}, {"m", 60 * NUMBER_SECOND},
    {"min", 60 * NUMBER_SECOND},    {"h", 3600 * NUMBER_SECOND},
};

/* A number is read in millionths of its unit; an hour is so many nanoseconds for each. */
#define NUMBER_MILLIONTHS     INT64_C(1000000)
#define NUMBER_LARGEST_FACTOR (3600 * NUMBER_SECOND / NUMBER_MILLIONTHS)

/* Appends the duration that "500ms" means. @return whether it is a number with a unit */
static bool number_write_unit(const char *text, struct text_buffer *out)
{
    size_t length = strspn(text, "0123456789.");
    char number[24];
    uint64_t whole;

    if (!length || length >= sizeof(number)) {
        return false;
    }
    memcpy(number, text, length);
    number[length] = '\0';
    for (size_t i = 0; i < sizeof(number_units) / sizeof(number_units[0]); i++) {
        int64_t unit = number_units[i].nanoseconds;

        if (strcmp(text + length, number_units[i].name) != 0) {
            continue;
        }
        if (!text_parse_fraction(number, 6, &whole) || whole > INT64_MAX / NUMBER_LARGEST_FACTOR) {
            return false;
        }
        schema_write_seconds((int64_t)(unit >= NUMBER_MILLIONTHS
                                           ? whole * (uint64_t)(unit / NUMBER_MILLIONTHS)
                                           : whole / (uint64_t)(NUMBER_MILLIONTHS / unit)),
                             out);
        return true;
    }
    return false;
}

static void number_report_seconds(struct build *build, const struct schema_row *row,
                                  const struct lexer_token *token)
{
    struct text_buffer range = {0};
    struct text_buffer cure = {0};
    uint64_t value;

    schema_write_range(row, &range);
    if (!row->places && strchr(token->text, '.')) {
        source_error(build->source, &token->place, "%s takes whole seconds, not \"%.*s\"",
                     row->name, BUILD_WORD(token));
    } else if (text_parse_fraction(token->text, 9, &value) ||
               strspn(token->text, "0123456789") == token->length) {
        source_error(build->source, &token->place, "%s %.*s is outside %s", row->name,
                     BUILD_WORD(token), range.data);
    } else if (number_write_unit(token->text, &cure)) {
        source_error(build->source, &token->place,
                     "%s takes seconds without a unit, not \"%.*s\"; type %s", row->name,
                     BUILD_WORD(token), cure.data);
    } else {
        source_error(build->source, &token->place, "%s takes %s, not \"%.*s\"", row->name,
                     range.data, BUILD_WORD(token));
    }
    text_release(&range);
    text_release(&cure);
}

/*
 * Reads seconds with any number of decimals and rounds to those that the keyword has.
 * @return whether it is a number of seconds; `rounded` tells whether something was lost
 */
static bool number_parse_seconds(unsigned places, const struct lexer_token *token, int64_t *value,
                                 bool *rounded)
{
    const char *point = strchr(token->text, '.');
    int64_t step = NUMBER_SECOND;
    uint64_t fine;
    char cut[40];

    *rounded = false;
    if (point && token->length >= sizeof(cut)) {
        return false;
    }
    if (!text_parse_fraction(token->text, 9, &fine)) {
        /* More than nine decimals: the rest is below what any keyword has. */
        if (!point || number_digits(point + 1) != strlen(point + 1) || strlen(point + 1) <= 9) {
            return false;
        }
        memcpy(cut, token->text, (size_t)(point - token->text) + 10);
        cut[(size_t)(point - token->text) + 10] = '\0';
        if (!text_parse_fraction(cut, 9, &fine)) {
            return false;
        }
        *rounded = true;
    }
    for (unsigned i = 0; i < places; i++) {
        step /= 10;
    }
    *value = (int64_t)((fine + (uint64_t)step / 2) / (uint64_t)step) * step;
    *rounded |= (uint64_t)*value != fine;
    return true;
}

bool build_read_whole_seconds(struct build *build, const char *subject,
                              const struct lexer_token *token, int64_t minimum, int64_t maximum,
                              int64_t *value)
{
    struct text_buffer range = {0};
    bool rounded;
    bool good = number_parse_seconds(0, token, value, &rounded) && !rounded && *value >= minimum &&
                *value <= maximum;

    if (!good) {
        schema_write_seconds(minimum, &range);
        text_append(&range, "..");
        schema_write_seconds(maximum, &range);
        source_error(build->source, &token->place, "%s takes whole seconds, %s, not \"%.*s\"",
                     subject, range.data, BUILD_WORD(token));
        text_release(&range);
    }
    return good;
}

void build_read_seconds_row(struct build *build, struct build_frame *frame,
                            const struct schema_row *row)
{
    struct lexer_token token;
    int64_t value;
    bool rounded;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    if (!number_parse_seconds(row->places, &token, &value, &rounded) || value < row->minimum ||
        value > row->maximum || (rounded && !row->places)) {
        if (!build_is_missing(build, frame, row, &token)) {
            number_report_seconds(build, row, &token);
        }
        return;
    }
    if (rounded) {
        struct text_buffer text = {0};

        schema_write_seconds(value, &text);
        source_warning(build->source, &token.place, "%s %.*s is rounded to %s: it has %u decimals",
                       row->name, BUILD_WORD(&token), text.data, row->places);
        text_release(&text);
    }
    number_store(build, frame, row, &token, value, NUMBER_SECOND);
}
