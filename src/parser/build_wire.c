/* SPDX-License-Identifier: Apache-2.0
 *
 * SMTP_CHECK, DNS_CHECK, UDP_CHECK: what their keywords have of their own grammar. Pure.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

/* ---- SMTP_CHECK ------------------------------------------------------------------------------ */

/* The options of this block act on the check that it stands in. */
void build_read_smtp_host(struct build *build, struct build_frame *frame,
                          const struct schema_row *row)
{
    struct build_frame inner;

    build_enter(&inner, frame, row->opens);
    (void)build_read_block(build, &inner);
}

/* What cannot stand in a line to a mail server (RFC 5321 4.1.1.1) is refused here. */
void build_read_check_helo(struct build *build, struct build_frame *frame,
                           const struct schema_row *row)
{
    struct lexer_token token;
    const char *name;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    for (size_t i = 0; i < token.length; i++) {
        if ((unsigned char)token.text[i] <= ' ' || (unsigned char)token.text[i] >= 0x7f) {
            token.length = 0;
        }
    }
    if (!token.length || token.length > CONF_DNS_NAME_MOST) {
        source_error(
            build->source, &token.place,
            "%s takes the name of a host, without blanks and at most %d bytes long; type one "
            "like lb1.example.com",
            row->name, CONF_DNS_NAME_MOST);
        return;
    }
    name = arena_text_n(build->arena, token.text, token.length);
    memcpy(build_field(frame, row), &name, sizeof(name));
}

/* ---- DNS_CHECK ------------------------------------------------------------------------------- */

/* What is wrong with a name; NULL: nothing. RFC 1035 2.3.4: 63 bytes in a label, 255 in all on the wire. */
static const char *wire_name_error(const char *name)
{
    size_t length = strlen(name);
    size_t label = 0;

    if (!length) {
        return "it is empty";
    }
    if (strcmp(name, ".") == 0) {
        return NULL;
    }
    for (const char *at = name; *at; at++) {
        if (*at == '.' && !label) {
            return "it has an empty label";
        }
        if ((unsigned char)*at <= ' ' || (unsigned char)*at >= 0x7f || *at == '\\') {
            return "it has bytes that no name of a host has";
        }
        label = *at == '.' ? 0 : label + 1;
        if (label > CONF_DNS_LABEL_MOST) {
            return "a label has more than 63 bytes";
        }
    }
    length -= name[length - 1] == '.';
    return length > CONF_DNS_NAME_MOST ? "it has more than 253 bytes" : NULL;
}

void build_read_dns_name(struct build *build, struct build_frame *frame,
                         const struct schema_row *row)
{
    struct conf_dns_check *check = frame->object;
    struct lexer_token token;
    const char *error;

    if (!build_argument(build, frame, row, &token)) {
        return;
    }
    error = wire_name_error(token.text);
    if (error) {
        source_error(
            build->source, &token.place,
            "%s \"%.*s\" cannot be asked for: %s; type a name like www.example.com, or . for "
            "the root",
            row->name, BUILD_WORD(&token), error);
        return;
    }
    check->name = arena_text_n(build->arena, token.text, token.length);
}

/* ---- UDP_CHECK ------------------------------------------------------------------------------- */

/* Bytes as they are read: those of a mask say which bits count. */
struct wire_bytes {
    unsigned char data[CONF_UDP_DATA_MOST];
    unsigned char mask[CONF_UDP_DATA_MOST];
    size_t size;
};

enum { WIRE_NO_DIGIT = -2, WIRE_ANY = -1 };

/* A digit. @return its value, WIRE_ANY for an x that is allowed, WIRE_NO_DIGIT for anything else */
static int wire_digit(char c, bool any)
{
    static const char digits[] = "0123456789abcdef";
    char lower = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    const char *at = c ? strchr(digits, lower) : NULL;

    if (at) {
        return (int)(at - digits);
    }
    return any && lower == 'x' ? WIRE_ANY : WIRE_NO_DIGIT;
}

/* Two digits of a word are a byte, and one that is left alone is one: A 1b 2 is 0a 1b 02. */
static bool wire_read_word(struct wire_bytes *bytes, const struct lexer_token *token, bool any)
{
    for (size_t i = 0; i < token->length; i += 2) {
        bool alone = i + 1 == token->length;
        int high = alone ? 0 : wire_digit(token->text[i], any);
        int low = wire_digit(token->text[alone ? i : i + 1], any);

        if (high == WIRE_NO_DIGIT || low == WIRE_NO_DIGIT || bytes->size == CONF_UDP_DATA_MOST) {
            return false;
        }
        bytes->data[bytes->size] =
            (unsigned char)((high == WIRE_ANY ? 0 : high << 4) | (low == WIRE_ANY ? 0 : low));
        bytes->mask[bytes->size++] =
            (unsigned char)((high == WIRE_ANY ? 0 : 0xf0) | (low == WIRE_ANY ? 0 : 0x0f));
    }
    return true;
}

/* Reads the words that follow. @return whether they are good */
static bool wire_read_bytes(struct build *build, struct build_frame *frame,
                            const struct schema_row *row, bool any, struct wire_bytes *bytes)
{
    struct lexer_token token;

    bytes->size = 0;
    while (build_optional(build, frame, &token)) {
        if (token.bad) {
            return false;
        }
        if (!wire_read_word(bytes, &token, any)) {
            source_error(build->source, &token.place,
                         "%s takes hexadecimal digits%s, in all at most %d bytes, not \"%.*s\"",
                         row->name, any ? " or x for any" : "", CONF_UDP_DATA_MOST,
                         BUILD_WORD(&token));
            return false;
        }
    }
    return true;
}

void build_read_payload(struct build *build, struct build_frame *frame,
                        const struct schema_row *row)
{
    struct conf_udp_check *check = frame->object;
    struct wire_bytes bytes;

    if (!wire_read_bytes(build, frame, row, false, &bytes)) {
        return;
    }
    if (!bytes.size) {
        build_report_missing(build, frame, row);
        return;
    }
    check->payload = arena_copy(build->arena, bytes.data, bytes.size);
    check->payload_size = (uint16_t)bytes.size;
}

void build_read_require_reply(struct build *build, struct build_frame *frame,
                              const struct schema_row *row)
{
    struct conf_udp_check *check = frame->object;
    struct wire_bytes bytes;

    if (!wire_read_bytes(build, frame, row, true, &bytes)) {
        return;
    }
    check->require_reply = true;
    check->reply_size = (uint16_t)bytes.size;
    check->reply = arena_copy(build->arena, bytes.data, bytes.size);
    check->reply_mask = arena_copy(build->arena, bytes.mask, bytes.size);
}

void build_end_udp_check(struct build *build, const struct build_frame *inner,
                         struct conf_check *check)
{
    static const char *const lengths[] = {"min_reply_length", "max_reply_length"};
    const struct conf_udp_check *udp = (const struct conf_udp_check *)check;

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        const struct source_place *place = build_mark(build, &inner->marks, lengths[i]);

        if (place && !udp->reply_size) {
            source_warning(
                build->source, place,
                "%s has no effect without the data of a reply; add some to require_reply, "
                "such as: require_reply xx",
                lengths[i]);
        }
    }
    if (udp->reply_size && udp->min_reply_length > udp->max_reply_length) {
        source_error(build->source, &inner->place,
                     "no reply has at least %u and at most %u bytes; change min_reply_length or "
                     "max_reply_length",
                     udp->min_reply_length, udp->max_reply_length);
    }
}
