/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading of what the daemon answers: members that are missing show as "-". Pure.
 */
#include "base/text.h"
#include "control/render_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *render_string(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "-";
}

json_int_t render_number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

bool render_is(const json_t *object, const char *name, const char *word)
{
    return strcmp(render_string(object, name), word) == 0;
}

bool render_true(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

bool render_has_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text && *text;
}

const char *render_count(char text[RENDER_TEXT_SIZE], const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    if (json_is_integer(value)) {
        (void)snprintf(text, RENDER_TEXT_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else {
        (void)text_copy(text, RENDER_TEXT_SIZE, "-");
    }
    return text;
}

int64_t render_scale(int64_t number, int64_t unit)
{
    int64_t limit = INT64_MAX / unit - 1;

    if (number > limit) {
        return limit * unit;
    }
    return (number < -limit ? -limit : number) * unit;
}

const char *render_age(char text[CLOCK_TEXT_SIZE], const struct render *render,
                       const json_t *object, const char *name)
{
    const char *when = render_string(object, name);
    struct tm fields = {0};
    const char *rest = strptime(when, "%Y-%m-%dT%H:%M:%S", &fields);
    int64_t fraction = 0;
    int64_t now = render->options->now_wall;
    int64_t age;

    if (!rest) {
        (void)text_copy(text, CLOCK_TEXT_SIZE, "-");
        return text;
    }
    if (*rest == '.') {
        int64_t place = CLOCK_SECOND / 10;

        for (rest++; *rest >= '0' && *rest <= '9'; rest++, place /= 10) {
            fraction += (*rest - '0') * place;
        }
    }
    age = render_scale(now / CLOCK_SECOND - (int64_t)timegm(&fields), CLOCK_SECOND) +
          now % CLOCK_SECOND - fraction;
    return clock_duration_text(text, age < 0 ? 0 : age);
}

const char *render_ms(char text[CLOCK_TEXT_SIZE], const json_t *object, const char *name)
{
    double ns = json_number_value(json_object_get(object, name)) * (double)CLOCK_MILLISECOND;
    bool fits = ns > (double)-CLOCK_NEVER && ns < (double)CLOCK_NEVER;

    return clock_duration_text(text, fits ? (int64_t)ns : CLOCK_NEVER);
}

const char *render_us(char text[CLOCK_TEXT_SIZE], const json_t *object, const char *name)
{
    return clock_duration_text(text, render_scale(render_number(object, name), CLOCK_MICROSECOND));
}

void render_line(const struct render *render, unsigned indent, enum table_style style,
                 const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    table_write_line(render->out, indent, style, render->options->colour, render->options->width,
                     "%s", text);
}
