/* SPDX-License-Identifier: Apache-2.0
 *
 * Leaving a MySQL or MariaDB server after its greeting. Sources: "Protocol::HandshakeResponse41",
 * "Protocol::AuthSwitchRequest", "COM_QUIT" of MySQL's manual of its internals.
 */
#include "check/mysql_farewell.h"

#include <string.h>

enum {
    FAREWELL_PACKET_MOST = 0xffffff, /* the largest packet that we would take */
    FAREWELL_ZEROS = 23,             /* behind the character set */
    FAREWELL_OK = 0x00,              /* the first bytes of the server's packets: it let us in, */
    FAREWELL_MORE = 0x01,            /* its plugin goes on, */
    FAREWELL_SWITCH = 0xfe,          /* it wants another plugin */
    FAREWELL_QUIT = 0x01,            /* COM_QUIT */
    FAREWELL_STEPS = 16,             /* of the server; more than any plugin has */
};

static size_t farewell_put_number(uint8_t *out, uint32_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        out[i] = (uint8_t)(number >> 8 * i);
    }
    return bytes;
}

static size_t farewell_put_text(uint8_t *out, const char *text)
{
    size_t size = strlen(text) + 1;

    memcpy(out, text, size);
    return size;
}

/* Puts a packet's header before it. @return the bytes of the whole */
static size_t farewell_close(uint8_t *out, size_t size, uint8_t sequence)
{
    (void)farewell_put_number(out, (uint32_t)(size - MYSQL_HEADER_SIZE), 3);
    out[3] = sequence;
    return size;
}

_Static_assert(MYSQL_HEADER_SIZE + 4 + 4 + 1 + FAREWELL_ZEROS + sizeof(MYSQL_FAREWELL_USER) + 1 +
                       MYSQL_PLUGIN_SIZE <=
                   MYSQL_FAREWELL_SIZE,
               "there is room for the login");

size_t mysql_farewell_begin(const struct mysql_greeting *greeting, uint8_t out[MYSQL_FAREWELL_SIZE])
{
    uint32_t capabilities =
        greeting->capabilities & (MYSQL_CLIENT_LONG_PASSWORD | MYSQL_CLIENT_PROTOCOL_41 |
                                  MYSQL_CLIENT_SECURE_CONNECTION | MYSQL_CLIENT_PLUGIN_AUTH);
    size_t size = MYSQL_HEADER_SIZE;

    if (!(capabilities & MYSQL_CLIENT_PROTOCOL_41)) {
        return 0;
    }
    size += farewell_put_number(out + size, capabilities, 4);
    size += farewell_put_number(out + size, FAREWELL_PACKET_MOST, 4);
    out[size++] = greeting->charset;
    memset(out + size, 0, FAREWELL_ZEROS);
    size += FAREWELL_ZEROS;
    size += farewell_put_text(out + size, MYSQL_FAREWELL_USER);
    out[size++] = 0; /* no password */
    if (capabilities & MYSQL_CLIENT_PLUGIN_AUTH) {
        size += farewell_put_text(out + size, greeting->plugin);
    }
    return farewell_close(out, size, 1);
}

enum mysql_farewell_step mysql_farewell_go(const uint8_t *bytes, size_t size, size_t *taken,
                                           uint8_t out[MYSQL_FAREWELL_SIZE], size_t *count)
{
    size_t length;

    *taken = 0;
    *count = 0;
    if (size < MYSQL_HEADER_SIZE) {
        return MYSQL_FAREWELL_WAIT;
    }
    length = MYSQL_HEADER_SIZE + (size_t)(bytes[0] | bytes[1] << 8 | (uint32_t)bytes[2] << 16);
    if (length == MYSQL_HEADER_SIZE || length > MYSQL_GREETING_SIZE || bytes[3] > FAREWELL_STEPS) {
        return MYSQL_FAREWELL_OVER;
    }
    if (length > size) {
        return MYSQL_FAREWELL_WAIT;
    }
    *taken = length;
    switch (bytes[MYSQL_HEADER_SIZE]) {
    case FAREWELL_SWITCH:
    case FAREWELL_MORE: /* an empty password, whatever the plugin */
        *count = farewell_close(out, MYSQL_HEADER_SIZE, (uint8_t)(bytes[3] + 1));
        return MYSQL_FAREWELL_SAY;
    case FAREWELL_OK:
        out[MYSQL_HEADER_SIZE] = FAREWELL_QUIT;
        *count = farewell_close(out, MYSQL_HEADER_SIZE + 1, 0);
        return MYSQL_FAREWELL_LAST;
    default:
        return MYSQL_FAREWELL_OVER;
    }
}
