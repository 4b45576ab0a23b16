/* SPDX-License-Identifier: Apache-2.0
 *
 * auth_hmac: the keys that adverts are signed with, and how strict that is. Pure, but for what the
 * parser's world reads.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "parser/parser.h"

#include <stdlib.h>
#include <string.h>

enum { HMAC_MIN_KEY = 32 };

static int hmac_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* @return false where it is no even number of hexadecimal digits */
static bool hmac_read_hex(const char *text, struct conf_hmac_key *key)
{
    size_t length = strlen(text);

    if (length % 2 || length / 2 > sizeof(key->bytes)) {
        return false;
    }
    for (size_t i = 0; i < length / 2; i++) {
        int high = hmac_digit(text[2 * i]);
        int low = hmac_digit(text[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        key->bytes[i] = (uint8_t)(high << 4 | low);
    }
    key->size = (uint8_t)(length / 2);
    return true;
}

/* The text of a key: hex:..., or the bytes themselves. @return NULL, or what is wrong */
static const char *hmac_read_text(const char *text, size_t length, struct conf_hmac_key *key)
{
    if (strncmp(text, "hex:", 4) == 0) {
        if (!hmac_read_hex(text + 4, key)) {
            return "is not 64 to 128 hexadecimal digits";
        }
    } else if (length > sizeof(key->bytes)) {
        return "has more than 64 bytes";
    } else {
        memcpy(key->bytes, text, length);
        key->size = (uint8_t)length;
    }
    return key->size < HMAC_MIN_KEY ? "has less than 32 bytes" : NULL;
}

static const char *hmac_read_key(struct build *build, const struct lexer_token *token,
                                 struct conf_hmac_key *key)
{
    struct build_secret secret;
    const char *complaint;

    if (!build_open_secret(build, token->text, &secret, &complaint)) {
        return hmac_read_text(token->text, token->length, key);
    }
    key->from = arena_text_n(build->arena, token->text, token->length);
    if (secret.text) {
        complaint = hmac_read_text(secret.text, secret.size, key);
    }
    build_close_secret(&secret);
    return complaint;
}

void build_read_hmac_key(struct build *build, struct build_frame *frame,
                         const struct schema_row *row)
{
    struct conf_instance *instance = frame->object;
    struct conf_hmac_key *key = arena_alloc(build->arena, sizeof(*key));
    const struct conf_hmac_key *other;
    struct lexer_token token;
    const char *complaint;
    int64_t id;

    if (!build_argument(build, frame, row, &token) ||
        !build_read_number(build, row->name, &token, 1, UINT8_MAX, &id) ||
        !build_argument(build, frame, row, &token)) {
        return;
    }
    key->id = (uint8_t)id;
    key->position = token.place.position;
    complaint = hmac_read_key(build, &token, key);
    if (complaint) { /* the key itself is not shown */
        source_error(build->source, &token.place,
                     "key %d %s; a key has 32 to 64 bytes: text, hex:DIGITS, file:PATH or "
                     "credential:NAME",
                     (int)id, complaint);
        return;
    }
    STAILQ_FOREACH(other, &instance->hmac_keys, next) {
        if (other->id == key->id) {
            source_error(build->source, &token.place,
                         "there is a key %d already; number them apart", (int)id);
            return;
        }
    }
    STAILQ_INSERT_TAIL(&instance->hmac_keys, key, next);
}

void build_read_hmac(struct build *build, struct build_frame *frame, const struct schema_row *row)
{
    struct conf_instance *instance = frame->object;
    const struct source_place *active;
    const struct conf_hmac_key *key;
    struct build_frame inner;
    bool found = false;

    build_enter(&inner, frame, row->opens);
    (void)build_read_block(build, &inner);
    active = build_mark(build, &inner.marks, "active_key");
    STAILQ_FOREACH(key, &instance->hmac_keys, next) {
        found |= key->id == instance->hmac_active;
    }
    if (STAILQ_EMPTY(&instance->hmac_keys) && !expand_left_out(build->expand)) {
        source_error(build->source, &frame->keyword, "auth_hmac has no key; add: key 1 file:PATH");
    } else if (!active && !expand_left_out(build->expand)) {
        source_error(
            build->source, &frame->keyword,
            "auth_hmac has no active_key; add the id of the key to sign with: active_key %d",
            STAILQ_FIRST(&instance->hmac_keys)->id);
    } else if (active && !found && !expand_left_out(build->expand)) {
        source_error(build->source, active, "active_key %d: there is no such key; add: key %d ...",
                     instance->hmac_active, instance->hmac_active);
    }
}

void build_finish_hmac(struct build *build, struct build_instance *extra)
{
    const int64_t second = INT64_C(1000000000);
    struct conf_instance *instance = extra->instance;
    const struct source_place *authentication = build_mark(build, &extra->marks, "authentication");

    if (STAILQ_EMPTY(&instance->hmac_keys)) {
        return;
    }
    if (instance->auth != CONF_AUTH_NONE) { /* B39 */
        source_warning(build->source, authentication ? authentication : &extra->place,
                       "%s has auth_hmac, beside which authentication has no effect; remove it",
                       instance->name);
        instance->auth = CONF_AUTH_NONE;
        memset(instance->auth_pass, 0, sizeof(instance->auth_pass));
    }
    if (!instance->hmac_window) {
        instance->hmac_window = 3 * instance->advert_interval;
        instance->hmac_window =
            instance->hmac_window < 5 * second ? 5 * second : instance->hmac_window;
        instance->hmac_window =
            instance->hmac_window > 300 * second ? 300 * second : instance->hmac_window;
    }
    if (instance->strict && instance->hmac_mode != CONF_HMAC_ENFORCE) { /* B32 */
        source_warning(build->source, &extra->place,
                       "%s: strict VRRP admits signed adverts alone; mode becomes enforce",
                       instance->name);
        instance->hmac_mode = CONF_HMAC_ENFORCE;
    }
}
