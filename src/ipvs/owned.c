/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of the list of owned services. Who reads and writes the file is sync's.
 */
#include "ipvs/owned.h"

#include "ipvs/table.h"

#include <string.h>

enum {
    OWNED_LINE_SIZE = 128, /* the longest one is an IPv6 service's, some 60 bytes */
    OWNED_WORDS = 3,
};

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

static bool owned_parse(char *line, struct conf_service_key *key)
{
    char *words[OWNED_WORDS + 1] = {0};
    char *rest = line;
    unsigned count = 0;

    for (char *word; count <= OWNED_WORDS && (word = strtok_r(rest, " ", &rest));) {
        words[count++] = word;
    }
    if (count != OWNED_WORDS) {
        return false;
    }
    return strcmp(words[0], "fwmark") == 0 ? owned_parse_fwmark(words, key)
                                           : owned_parse_address(words, key);
}

bool owned_next(const char **text, struct conf_service_key *key, bool *good)
{
    const char *line = *text;

    while (line && *line) {
        size_t length = strcspn(line, "\n");
        char copy[OWNED_LINE_SIZE];

        *text = line + length + (line[length] == '\n');
        if (length && *line != '#') {
            *good = length < sizeof(copy);
            if (*good) {
                memcpy(copy, line, length);
                copy[length] = '\0';
                *good = owned_parse(copy, key);
            }
            return true;
        }
        line = *text;
    }
    return false;
}
