/* SPDX-License-Identifier: Apache-2.0
 *
 * A MySQL or MariaDB server's first packet.
 */
#include "check/mysql_greeting.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
    GREETING_ERROR = 0xff,    /* the first byte of an error's packet */
    GREETING_STATE_SIZE = 6,  /* '#' and five letters: SQLSTATE */
    GREETING_FIXED = 13,      /* behind the version: connection id, 8 bytes of salt, 0 */
    GREETING_LATER = 16,      /* behind the lower capabilities, up to the rest of the salt */
    GREETING_SALT_FIRST = 8,  /* bytes of the salt that stand before */
    GREETING_SALT_LEAST = 13, /* bytes of it that stand behind, at least */
    GREETING_SHOWN = 24,      /* bytes of something else that a message shows */
};

#define GREETING_MARIADB_PREFIX "5.5.5-"

/* What is left of a packet. */
struct greeting_reader {
    const uint8_t *at;
    size_t left;
};

void mysql_text(char *out, size_t size, const void *text, size_t length)
{
    const char *from = text;
    size_t used = length < size - 1 ? length : size - 1;

    for (size_t i = 0; i < used; i++) {
        out[i] = '?';
        if (from[i] >= ' ' && from[i] <= '~') {
            out[i] = from[i];
        }
    }
    out[used] = '\0';
}

/* @return NULL where there are less bytes */
static const uint8_t *greeting_take(struct greeting_reader *reader, size_t size)
{
    const uint8_t *taken = reader->at;

    if (reader->left < size) {
        return NULL;
    }
    reader->at += size;
    reader->left -= size;
    return taken;
}

static uint16_t greeting_number(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

__attribute__((format(printf, 2, 3))) static void greeting_spoil(struct mysql_greeting *greeting,
                                                                 const char *format, ...)
{
    va_list arguments;

    greeting->kind = MYSQL_GREETING_BAD;
    va_start(arguments, format);
    (void)vsnprintf(greeting->text, sizeof(greeting->text), format, arguments);
    va_end(arguments);
}

static void greeting_parse_error(struct mysql_greeting *greeting, struct greeting_reader reader)
{
    const uint8_t *number = greeting_take(&reader, sizeof(uint16_t));

    if (!number) {
        greeting_spoil(greeting, "its error has no number");
        return;
    }
    greeting->kind = MYSQL_GREETING_ERROR;
    greeting->error = greeting_number(number);
    if (reader.left >= GREETING_STATE_SIZE && *reader.at == '#') {
        (void)greeting_take(&reader, GREETING_STATE_SIZE);
    }
    mysql_text(greeting->text, sizeof(greeting->text), reader.at, reader.left);
}

/*
 * What servers since MySQL 4.1 say behind the lower half of their capabilities. The length of the salt
 * is 0 where there is no plugin. The plugin's name has no NUL in some versions of 5.5.
 */
static bool greeting_parse_later(struct mysql_greeting *greeting, struct greeting_reader *reader)
{
    const uint8_t *later = greeting_take(reader, GREETING_LATER);
    size_t salt = GREETING_SALT_LEAST;
    const uint8_t *end;

    if (!later) {
        return false;
    }
    greeting->charset = later[0];
    greeting->capabilities |= (uint32_t)greeting_number(later + 3) << 16;
    if (later[5] > GREETING_SALT_FIRST + GREETING_SALT_LEAST) {
        salt = later[5] - GREETING_SALT_FIRST;
    }
    if (greeting->capabilities & MYSQL_CLIENT_SECURE_CONNECTION && !greeting_take(reader, salt)) {
        return false;
    }
    if (greeting->capabilities & MYSQL_CLIENT_PLUGIN_AUTH) {
        end = memchr(reader->at, 0, reader->left);
        mysql_text(greeting->plugin, sizeof(greeting->plugin), reader->at,
                   end ? (size_t)(end - reader->at) : reader->left);
    }
    return true;
}

/* MariaDB since 10.0 says a version of MySQL before its own, for replicas of that time. */
static void greeting_read_version(struct mysql_greeting *greeting, const uint8_t *text,
                                  size_t length)
{
    const size_t prefix = strlen(GREETING_MARIADB_PREFIX);

    if (length > prefix && memcmp(text, GREETING_MARIADB_PREFIX, prefix) == 0) {
        text += prefix;
        length -= prefix;
    }
    mysql_text(greeting->text, sizeof(greeting->text), text, length);
}

static void greeting_parse_hello(struct mysql_greeting *greeting, struct greeting_reader reader)
{
    const uint8_t *end = memchr(reader.at, 0, reader.left);
    const uint8_t *capabilities;

    if (!end) {
        greeting_spoil(greeting, "its greeting has no version of the server");
        return;
    }
    greeting_read_version(greeting, reader.at, (size_t)(end - reader.at));
    (void)greeting_take(&reader, (size_t)(end - reader.at) + 1);
    if (!greeting_take(&reader, GREETING_FIXED) ||
        !(capabilities = greeting_take(&reader, sizeof(uint16_t)))) {
        greeting_spoil(greeting, "its greeting is too short");
        return;
    }
    greeting->kind = MYSQL_GREETING_GOOD;
    greeting->capabilities = greeting_number(capabilities);
    if (reader.left && !greeting_parse_later(greeting, &reader)) {
        greeting_spoil(greeting, "its greeting is too short");
    }
}

/* The header is there. @return whether a greeting can follow */
static bool greeting_check_header(struct mysql_greeting *greeting, const uint8_t *bytes,
                                  size_t size)
{
    char shown[GREETING_SHOWN + 1];

    greeting->size =
        MYSQL_HEADER_SIZE + (size_t)(bytes[0] | bytes[1] << 8 | (uint32_t)bytes[2] << 16);
    if (bytes[3] == 0 && greeting->size > MYSQL_HEADER_SIZE &&
        greeting->size <= MYSQL_GREETING_SIZE) {
        return true;
    }
    mysql_text(shown, sizeof(shown), bytes, size);
    greeting_spoil(greeting, "this is no MySQL: it said \"%s\"", shown);
    return false;
}

struct mysql_greeting mysql_greeting_parse(const uint8_t *bytes, size_t size)
{
    struct mysql_greeting greeting = {.kind = MYSQL_GREETING_PART};
    struct greeting_reader reader = {bytes, size};
    const uint8_t *version;

    if (!greeting_take(&reader, MYSQL_HEADER_SIZE) ||
        !greeting_check_header(&greeting, bytes, size) || greeting.size > size) {
        return greeting;
    }
    reader.left = greeting.size - MYSQL_HEADER_SIZE;
    version = greeting_take(&reader, 1);
    if (*version == GREETING_ERROR) {
        greeting_parse_error(&greeting, reader);
    } else if (*version == MYSQL_GREETING_VERSION) {
        greeting_parse_hello(&greeting, reader);
    } else {
        greeting_spoil(&greeting, "its protocol has version %u, not %d", *version,
                       MYSQL_GREETING_VERSION);
    }
    return greeting;
}
