/* SPDX-License-Identifier: Apache-2.0
 *
 * What operators asked for beside the configuration, in one place. What is asked of an instance, or a
 * server's drain, maint and weight, stands at that one, too, and there alone.
 */
#include "control/render_inside.h"

#include "base/text.h"

#include <string.h>

enum { RENDER_HAND_MOST = 20 }; /* lines; `holdfastctl overrides` has them all */

bool render_is_by_hand(const json_t *override)
{
    static const char *const kinds[] = {"node-drain", "peer-add",    "peer-del", "server-add",
                                        "server-del", "check-pause", "log"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (render_is(override, "kind", kinds[i])) {
            return true;
        }
    }
    return false;
}

void render_hand_words(const json_t *override, struct text_buffer *out)
{
    if (render_has_text(override, "object")) {
        text_appendf(out, "%s ", render_string(override, "object"));
    } else if (render_is(override, "kind", "node-drain")) {
        text_append(out, "this director ");
    }
    if (render_has_text(override, "part")) {
        text_appendf(out, "%s ", render_string(override, "part"));
    }
    text_append(out, render_string(override, "text"));
    if (json_is_false(json_object_get(override, "effect"))) {
        text_append(out, " (without effect)");
    }
}

void render_by_hand(const struct render *render, const json_t *overrides)
{
    size_t count = 0;
    json_t *override;
    size_t i;

    json_array_foreach(overrides, i, override) {
        struct text_buffer words = {0};
        char age[CLOCK_TEXT_SIZE];

        if (!render_is_by_hand(override) || ++count > RENDER_HAND_MOST) {
            continue;
        }
        render_hand_words(override, &words);
        render_line(
            render, 0, TABLE_ODD, "by hand: %s: asked for %s ago by %s, until %s", words.data,
            render_age(age, render, override, "since"), render_string(override, "by"),
            render_has_text(override, "until") ? render_string(override, "until") : "it is undone");
        text_release(&words);
    }
    if (count > RENDER_HAND_MOST) {
        render_line(render, 0, TABLE_ODD, "by hand: %zu more: holdfastctl overrides",
                    count - RENDER_HAND_MOST);
    }
}
