/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of the list of owned services. Who reads and writes the file is sync's.
 */
#include "ipvs/owned.h"

#include "base/clock.h"
#include "ipvs/table.h"

#include <string.h>

enum {
    OWNED_LINE_SIZE = 256, /* the longest one is an IPv6 drain's with its range, some 180 bytes */
    OWNED_SERVICE_WORDS = 3,
    OWNED_DRAIN_WORDS = 4,
    OWNED_METHOD_WORDS = 5, /* of a drain, too */
    OWNED_WORDS = 7,        /* the most that a line has: a drain with its method and a range */
};

static const struct {
    const char *word;
    enum conf_forward forward;
} owned_methods[] = {{"nat", CONF_FORWARD_NAT}, {"fullnat", CONF_FORWARD_FULLNAT}};

static const struct {
    const char *word;
    uint8_t protocol;
} owned_protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}};

static const struct {
    const char *word;
    uint8_t family;
} owned_families[] = {{"inet", AF_INET}, {"inet6", AF_INET6}};

void owned_append_heading(struct text_buffer *buffer)
{
    text_append(buffer, "# IPVS services that holdfastd made or took over; its next start reads "
                        "this list.\n");
}

void owned_append(struct text_buffer *buffer, const struct conf_service_key *key)
{
    char addr[INET_ADDR_TEXT_SIZE];

    if (key->fwmark) {
        text_appendf(buffer, "fwmark %u %s\n", (unsigned)key->fwmark,
                     key->family == AF_INET6 ? "inet6" : "inet");
    } else {
        text_appendf(buffer, "%s %s %u\n", table_protocol_text(key->protocol),
                     inet_text(addr, &key->addr), (unsigned)key->port);
    }
}

void owned_append_drain(struct text_buffer *buffer, const struct conf_drain *drain, int64_t until)
{
    char addr[INET_ADDR_TEXT_SIZE];
    char last[INET_ADDR_TEXT_SIZE];

    text_appendf(buffer, "drain %s %u %lld", inet_text(addr, &drain->server.addr),
                 (unsigned)drain->server.port, (long long)(until / CLOCK_MILLISECOND));
    for (size_t i = 0; i < sizeof(owned_methods) / sizeof(owned_methods[0]); i++) {
        if (owned_methods[i].forward == drain->forward) {
            text_appendf(buffer, " %s", owned_methods[i].word);
        }
    }
    if (inet_is_set(&drain->local.first)) {
        text_appendf(buffer, " %s %s", inet_text(addr, &drain->local.first),
                     inet_text(last, &drain->local.last));
    }
    text_append(buffer, "\n");
}

static bool owned_parse_fwmark(char *const words[OWNED_WORDS], struct conf_service_key *key)
{
    uint64_t fwmark;

    if (!text_parse_unsigned(words[1], UINT32_MAX, &fwmark) || fwmark == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(owned_families) / sizeof(owned_families[0]); i++) {
        if (strcmp(words[2], owned_families[i].word) == 0) {
            *key = table_key_of_fwmark((uint32_t)fwmark, owned_families[i].family);
            return true;
        }
    }
    return false;
}

static bool owned_parse_address(char *const words[OWNED_WORDS], struct conf_service_key *key)
{
    struct inet_addr addr;
    uint64_t port;

    if (!inet_parse(words[1], &addr) || !text_parse_unsigned(words[2], UINT16_MAX, &port)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(owned_protocols) / sizeof(owned_protocols[0]); i++) {
        if (strcmp(words[0], owned_protocols[i].word) == 0) {
            *key = table_key_of_address(owned_protocols[i].protocol, &addr, (uint16_t)port);
            return true;
        }
    }
    return false;
}

/* The range of FULLNAT: of the server's family, as everything that nft is given of it. */
static bool owned_parse_local(char *const words[OWNED_WORDS], struct conf_drain *drain)
{
    const struct conf_local *local = &drain->local;

    return drain->forward == CONF_FORWARD_FULLNAT &&
           inet_parse(words[OWNED_METHOD_WORDS], &drain->local.first) &&
           inet_parse(words[OWNED_METHOD_WORDS + 1], &drain->local.last) &&
           local->first.family == drain->server.addr.family &&
           local->last.family == drain->server.addr.family;
}

static bool owned_parse_method(char *const words[OWNED_WORDS], unsigned count,
                               struct conf_drain *drain)
{
    for (size_t i = 0; i < sizeof(owned_methods) / sizeof(owned_methods[0]); i++) {
        if (strcmp(words[OWNED_DRAIN_WORDS], owned_methods[i].word) == 0) {
            drain->forward = owned_methods[i].forward;
            return count == OWNED_METHOD_WORDS ||
                   (count == OWNED_WORDS && owned_parse_local(words, drain));
        }
    }
    return false;
}

static bool owned_parse_drain(char *const words[OWNED_WORDS], unsigned count,
                              struct owned_line *line)
{
    struct conf_drain *drain = &line->drain;
    uint64_t port;
    uint64_t until;

    if (!inet_parse(words[1], &drain->server.addr) ||
        !text_parse_unsigned(words[2], UINT16_MAX, &port) ||
        !text_parse_unsigned(words[3], INT64_MAX / CLOCK_MILLISECOND, &until)) {
        return false;
    }
    drain->server.port = (uint16_t)port;
    drain->forward = CONF_FORWARD_DR;
    line->until = (int64_t)until * CLOCK_MILLISECOND;
    return count == OWNED_DRAIN_WORDS || owned_parse_method(words, count, drain);
}

static enum owned_kind owned_parse(char *text, struct owned_line *line)
{
    char *words[OWNED_WORDS + 1] = {0};
    char *rest = text;
    unsigned count = 0;
    bool good;

    for (char *word; count <= OWNED_WORDS && (word = strtok_r(rest, " ", &rest));) {
        words[count++] = word;
    }
    if (count >= OWNED_DRAIN_WORDS && count <= OWNED_WORDS && strcmp(words[0], "drain") == 0) {
        return owned_parse_drain(words, count, line) ? OWNED_DRAIN : OWNED_BAD;
    }
    if (count != OWNED_SERVICE_WORDS) {
        return OWNED_BAD;
    }
    good = strcmp(words[0], "fwmark") == 0 ? owned_parse_fwmark(words, &line->service)
                                           : owned_parse_address(words, &line->service);
    return good ? OWNED_SERVICE : OWNED_BAD;
}

bool owned_next(const char **text, struct owned_line *line)
{
    const char *start = *text;

    while (start && *start) {
        size_t length = strcspn(start, "\n");
        char copy[OWNED_LINE_SIZE];

        *text = start + length + (start[length] == '\n');
        if (length && *start != '#') {
            struct owned_line read = {.kind = OWNED_BAD};

            if (length < sizeof(copy)) {
                memcpy(copy, start, length);
                copy[length] = '\0';
                read.kind = owned_parse(copy, &read);
            }
            memset(line, 0, sizeof(*line));
            if (read.kind != OWNED_BAD) { /* else what was read of it means nothing */
                *line = read;
            }
            return true;
        }
        start = *text;
    }
    return false;
}
