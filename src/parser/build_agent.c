/* SPDX-License-Identifier: Apache-2.0
 *
 * AGENT_CHECK. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"

#include <string.h>

enum { AGENT_SEND_MOST = 1024 }; /* bytes */

/* Replaces escapes by what they stand for. @return false where one is unknown */
static bool agent_unescape(char *text)
{
    static const char letters[] = "nrt\\";
    static const char bytes[] = "\n\r\t\\";
    char *to = text;

    for (const char *from = text; *from; from++) {
        const char *letter;

        if (*from != '\\') {
            *to++ = *from;
            continue;
        }
        letter = from[1] ? strchr(letters, from[1]) : NULL;
        if (!letter) {
            return false;
        }
        *to++ = bytes[letter - letters];
        from++;
    }
    *to = '\0';
    return true;
}

void build_read_agent_send(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    struct lexer_token token;
    char *text;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    text = arena_copy(build->arena, token.text, token.length + 1);
    if (token.length > AGENT_SEND_MOST) {
        source_error(build->source, &token.place, "%s is longer than %d bytes; shorten it",
                     row->name, AGENT_SEND_MOST);
    } else if (!agent_unescape(text)) {
        source_error(build->source, &token.place,
                     "%s \"%.*s\" has an unknown escape; those that there are: \\n \\r \\t \\\\",
                     row->name, BUILD_WORD(&token));
    } else if (!frame->discard) {
        ((struct conf_agent_check *)frame->object)->send = text;
    }
}

/* The server's own port is its service's: no agent is there. */
void build_end_agent_check(struct build *build, const struct build_frame *inner,
                           struct conf_check *check)
{
    if (!check->connect_port) {
        source_error(build->source, &inner->place,
                     "AGENT_CHECK needs the port of the agent; add: connect_port PORT");
        check->connect_port = 1; /* one message is enough */
    }
}
