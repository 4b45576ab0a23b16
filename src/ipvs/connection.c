/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of /proc/net/ip_vs_conn.
 */
#include "ipvs/connection.h"

#include "base/text.h"

#include <ctype.h>
#include <string.h>
#include <sys/types.h>

enum {
    CONNECTION_WORDS = 9, /* that each line has; engine and data follow */
    CONNECTION_IPV4_DIGITS = 8,
    CONNECTION_PORT_DIGITS = 4,
};

/* Cuts the next word off; NULL: there is none. */
static char *connection_word(char **rest)
{
    char *word = *rest + strspn(*rest, " ");

    if (!*word) {
        return NULL;
    }
    *rest = word + strcspn(word, " ");
    if (**rest) {
        *(*rest)++ = '\0';
    }
    return word;
}

static int connection_digit(char letter)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = letter ? strchr(digits, toupper((unsigned char)letter)) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* So many hexadecimal digits, and nothing else. */
static bool connection_hex(const char *word, size_t digits, uint32_t *value)
{
    if (strlen(word) != digits) {
        return false;
    }
    *value = 0;
    for (; *word; word++) {
        int digit = connection_digit(*word);

        if (digit < 0) {
            return false;
        }
        *value = *value << 4 | (uint32_t)digit;
    }
    return true;
}

static bool connection_read_end(const char *addr, const char *port, struct connection_end *end)
{
    uint32_t value;
    uint32_t number;

    if (!connection_hex(port, CONNECTION_PORT_DIGITS, &number)) {
        return false;
    }
    end->port = (uint16_t)number;
    if (connection_hex(addr, CONNECTION_IPV4_DIGITS, &value)) {
        const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
                                  (uint8_t)(value >> 8), (uint8_t)value};

        end->addr = inet_from_bytes(AF_INET, bytes);
        return true;
    }
    return inet_parse(addr, &end->addr) && end->addr.family == AF_INET6;
}

/* A word for people: printable, and not cut. */
static bool connection_read_word(char *to, size_t size, const char *word)
{
    for (const char *at = word; *at; at++) {
        if (!isgraph((unsigned char)*at)) {
            return false;
        }
    }
    return text_copy(to, size, word);
}

static bool connection_read_words(char *const *words, struct connection *connection)
{
    uint64_t expires;

    if (!connection_read_word(connection->protocol, sizeof(connection->protocol), words[0]) ||
        !connection_read_end(words[1], words[2], &connection->client) ||
        !connection_read_end(words[3], words[4], &connection->virtual) ||
        !connection_read_end(words[5], words[6], &connection->server) ||
        !connection_read_word(connection->state, sizeof(connection->state), words[7]) ||
        !text_parse_unsigned(words[8], UINT32_MAX, &expires)) {
        return false;
    }
    for (char *at = connection->protocol; *at; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    connection->expires_s = (uint32_t)expires;
    return true;
}

bool connection_parse(const char *line, size_t length, struct connection *connection)
{
    struct connection read = {0};
    char copy[CONNECTION_LINE_SIZE];
    char *words[CONNECTION_WORDS];
    char *rest = copy;
    char *word;

    if (length >= sizeof(copy) || memchr(line, '\0', length)) {
        return false;
    }
    memcpy(copy, line, length);
    copy[length] = '\0';
    for (int i = 0; i < CONNECTION_WORDS; i++) {
        words[i] = connection_word(&rest);
        if (!words[i]) {
            return false;
        }
    }
    if (!connection_read_words(words, &read)) {
        return false;
    }
    word = connection_word(&rest);
    if (word && !connection_read_word(read.engine, sizeof(read.engine), word)) {
        return false;
    }
    /* Data of SIP is a Call-ID, any bytes that are no blank; what no terminal shows is left out. */
    word = word ? connection_word(&rest) : NULL;
    if (word && !connection_read_word(read.data, sizeof(read.data), word)) {
        read.data[0] = '\0';
    }
    *connection = read;
    return true;
}
