/* SPDX-License-Identifier: Apache-2.0
 *
 * Text of unknown origin as JSON.
 */
#include "base/json.h"

#include "base/text.h"

#include <string.h>

/* RFC 3629 4: bytes of the character that begins there, 0 where none does. jansson has the last word
 * on it (surrogates, too long forms), since it refuses what it does not like. */
static size_t json_character_size(const char *text)
{
    unsigned char first = (unsigned char)*text;
    size_t size = first < 0x80                    ? 1
                  : first >= 0xc2 && first < 0xe0 ? 2
                  : first >= 0xe0 && first < 0xf0 ? 3
                  : first >= 0xf0 && first < 0xf5 ? 4
                                                  : 0;
    json_t *character = size && strnlen(text, size) == size ? json_stringn(text, size) : NULL;

    if (!character) {
        return 0;
    }
    json_decref(character);
    return size;
}

json_t *json_from_text(const char *text)
{
    struct text_buffer clean = {0};
    json_t *string;

    if (!text) {
        return json_null();
    }
    string = json_string(text);
    if (string) {
        return string;
    }
    while (*text) {
        size_t size = json_character_size(text);

        if (size) {
            text_append_n(&clean, text, size);
        } else {
            text_appendf(&clean, "\\x%02x", (unsigned)(unsigned char)*text);
        }
        text += size ? size : 1;
    }
    string = json_string(clean.data);
    text_release(&clean);
    return string;
}
