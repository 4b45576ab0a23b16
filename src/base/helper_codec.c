/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages between the daemon and its helper process.
 */
#include "base/helper_codec.h"

#include <string.h>

/* What each message begins with. */
struct helper_head {
    uint32_t kind;
    uint32_t id;
    uint32_t error;
    uint32_t unused;
    uint64_t value;
};

/* What a HELPER_START has behind it; then the groups, then the words, a NUL behind each. */
struct helper_start_head {
    uint32_t uid;
    uint32_t gid;
    uint32_t umask;
    uint32_t group_count;
    uint32_t argument_count;
    uint32_t variable_count;
};

_Static_assert(sizeof(struct helper_head) == 24, "a head has no hidden padding");
_Static_assert(sizeof(struct helper_start_head) == 24, "a start has no hidden padding");

/* ---- Writing ----------------------------------------------------------------------------------- */

static void helper_append(struct text_buffer *out, const void *data, size_t size)
{
    text_append_n(out, data, size);
}

void helper_encode(const struct helper_message *message, struct text_buffer *out)
{
    const struct helper_head head = {
        .kind = message->kind, .id = message->id, .error = message->error, .value = message->value};

    helper_append(out, &head, sizeof(head));
}

/* Counts words, and adds up their bytes with the NUL of each. */
static uint32_t helper_measure(const char *const *words, size_t *bytes)
{
    uint32_t count = 0;

    while (words && words[count]) {
        *bytes += strlen(words[count]) + 1;
        count++;
    }
    return count;
}

static void helper_append_words(struct text_buffer *out, const char *const *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        helper_append(out, words[i], strlen(words[i]) + 1);
    }
}

bool helper_encode_start(uint32_t id, const struct helper_start *start, struct text_buffer *out)
{
    const struct helper_message message = {.kind = HELPER_START, .id = id};
    struct helper_start_head head = {.uid = start->uid,
                                     .gid = start->gid,
                                     .umask = start->umask,
                                     .group_count = start->group_count};
    size_t bytes = sizeof(struct helper_head) + sizeof(head);

    head.argument_count = helper_measure(start->argv, &bytes);
    head.variable_count = helper_measure(start->environment, &bytes);
    bytes += (size_t)start->group_count * sizeof(*start->groups);
    if (bytes > HELPER_MESSAGE_SIZE || start->group_count > HELPER_GROUPS || !head.argument_count ||
        head.argument_count + head.variable_count > HELPER_WORDS) {
        return false;
    }
    helper_encode(&message, out);
    helper_append(out, &head, sizeof(head));
    if (start->group_count) {
        helper_append(out, start->groups, start->group_count * sizeof(*start->groups));
    }
    helper_append_words(out, start->argv, head.argument_count);
    helper_append_words(out, start->environment, head.variable_count);
    return true;
}

/* ---- Reading ----------------------------------------------------------------------------------- */

/* What is left of a message. */
struct helper_rest {
    const char *at;
    size_t size;
};

static bool helper_take(struct helper_rest *rest, void *to, size_t size)
{
    if (rest->size < size) {
        return false;
    }
    memcpy(to, rest->at, size);
    rest->at += size;
    rest->size -= size;
    return true;
}

/* Takes `count` words, and writes a NULL behind them. */
static bool helper_take_words(struct helper_rest *rest, const char **words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *end = rest->size ? memchr(rest->at, '\0', rest->size) : NULL;

        if (!end) {
            return false;
        }
        words[i] = rest->at;
        rest->size -= (size_t)(end + 1 - rest->at);
        rest->at = end + 1;
    }
    words[count] = NULL;
    return true;
}

static bool helper_decode_start(struct helper_rest *rest, struct helper_start *start,
                                struct helper_words *words)
{
    struct helper_start_head head;
    const char **variables;

    if (!helper_take(rest, &head, sizeof(head)) || head.group_count > HELPER_GROUPS ||
        !head.argument_count || head.argument_count > HELPER_WORDS ||
        head.variable_count > HELPER_WORDS - head.argument_count) {
        return false;
    }
    variables = words->words + head.argument_count + 1;
    *start = (struct helper_start){.uid = head.uid,
                                   .gid = head.gid,
                                   .umask = head.umask,
                                   .group_count = head.group_count,
                                   .groups = words->groups,
                                   .argv = words->words,
                                   .environment = variables};
    return helper_take(rest, words->groups, head.group_count * sizeof(words->groups[0])) &&
           helper_take_words(rest, words->words, head.argument_count) &&
           helper_take_words(rest, variables, head.variable_count) && !rest->size;
}

struct helper_message helper_decode(const char *data, size_t size, struct helper_start *start,
                                    struct helper_words *words)
{
    struct helper_rest rest = {.at = data, .size = size};
    struct helper_head head;
    bool whole = size <= HELPER_MESSAGE_SIZE && helper_take(&rest, &head, sizeof(head)) &&
                 head.kind > HELPER_NOTHING && head.kind < HELPER_KINDS;

    if (whole) {
        whole = head.kind != HELPER_START ? !rest.size
                                          : start && helper_decode_start(&rest, start, words);
    }
    if (!whole) {
        return (struct helper_message){.kind = HELPER_NOTHING};
    }
    return (struct helper_message){
        .kind = head.kind, .id = head.id, .error = head.error, .value = head.value};
}
