/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a director is well.
 */
#include "control/health_word.h"

#include "base/text.h"

#include <string.h>

static const char *health_text(const json_t *value, const char *otherwise)
{
    const char *text = json_string_value(value);

    return text ? text : otherwise;
}

bool health_word_of(const json_t *status, struct text_buffer *why)
{
    json_t *instance;
    size_t i;

    json_array_foreach(json_object_get(status, "instances"), i, instance) {
        const json_t *fault = json_array_get(json_object_get(instance, "faults"), 0);

        if (strcmp(health_text(json_object_get(instance, "state"), ""), "FAULT") == 0) {
            text_appendf(why, "%sinstance %s is in FAULT: %s", why->length ? "; " : "",
                         health_text(json_object_get(instance, "name"), "?"),
                         health_text(fault, "the reason is not known"));
        }
    }
    return !why->length;
}
