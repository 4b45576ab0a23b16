/* SPDX-License-Identifier: Apache-2.0
 *
 * The words that iproute2's files have for numbers: tables, protocols, scopes, tos, realms, groups of
 * interfaces. The files are read once a load, when the first word is met. Pure but for the world's
 * reader.
 */
#include "parser/build.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* A name of its own counts before the distribution's: what stands first in the list. */
#define NAMES_ETC "/etc/iproute2"
#define NAMES_USR "/usr/share/iproute2"
#define NAMES_LIB "/usr/lib/iproute2" /* of some distributions */

/* A file with the words that count without it. */
static const struct {
    const char *file;
    const char *what;
    const char *builtin;
} names_files[BUILD_NAMES] = {
    [BUILD_NAMES_TABLES] = {"rt_tables", "table", "254 main\n253 default\n255 local\n"},
    [BUILD_NAMES_PROTOCOLS] = {"rt_protos", "protocol",
                               "1 redirect\n2 kernel\n3 boot\n4 static\n9 ra\n16 dhcp\n"
                               "18 keepalived\n186 bgp\n187 isis\n188 ospf\n189 rip\n"},
    [BUILD_NAMES_SCOPES] = {"rt_scopes", "scope",
                            "0 global\n0 universe\n200 site\n253 link\n254 host\n255 nowhere\n"},
    [BUILD_NAMES_TOS] = {"rt_dsfield", "tos", ""},
    [BUILD_NAMES_REALMS] = {"rt_realms", "realm", "0 cosmos\n"},
    [BUILD_NAMES_GROUPS] = {"group", "group of interfaces", "0 default\n"},
};

/* Decimal, or hexadecimal behind 0x. */
static bool names_parse_number(const char *text, uint32_t maximum, uint32_t *value)
{
    uint64_t number;
    char *end;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && text[2] &&
        strspn(text + 2, "0123456789abcdefABCDEF") == strlen(text + 2) && strlen(text) <= 10) {
        number = strtoull(text + 2, &end, 16);
    } else if (!text_parse_unsigned(text, maximum, &number)) {
        return false;
    }
    if (number > maximum) {
        return false;
    }
    *value = (uint32_t)number;
    return true;
}

/* The files' text, one behind the other, with what is built in at the end. */
static const char *names_text(struct build *build, enum build_names file)
{
    const struct parser_world *world = source_world(build->source);
    const struct conf_global *global = &build->conf->global;
    const char *const directories[] = {
        global->iproute_etc_dir ? global->iproute_etc_dir : NAMES_ETC,
        global->iproute_usr_dir ? global->iproute_usr_dir : NAMES_USR,
        NAMES_LIB,
    };
    struct text_buffer all = {0};

    if (build->names[file]) {
        return build->names[file];
    }
    build->names_etc = directories[0];
    build->names_usr = directories[1];
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        const char *path =
            arena_format(build->scratch, "%s/%s", directories[i], names_files[file].file);
        char *text = NULL;
        size_t size = 0;
        int status = world->read(world->argument, path, &text, &size);

        if (status >= 0) {
            text_append_n(&all, text, strlen(text)); /* up to a NUL in it */
            text_append(&all, "\n");
            free(text);
        }
    }
    text_append(&all, names_files[file].builtin);
    build->names[file] = arena_text(build->scratch, all.data ? all.data : "");
    text_release(&all);
    return build->names[file];
}

/* Whether a line says "NUMBER NAME", with that name. */
static bool names_match(const char *line, size_t length, const char *name, uint32_t *value)
{
    char number[16];
    size_t at = 0;
    size_t digits;

    while (at < length && (line[at] == ' ' || line[at] == '\t')) {
        at++;
    }
    for (digits = 0; at + digits < length && digits < sizeof(number) - 1 &&
                     strchr(" \t", line[at + digits]) == NULL;
         digits++) {
        number[digits] = line[at + digits];
    }
    number[digits] = '\0';
    for (at += digits; at < length && (line[at] == ' ' || line[at] == '\t');) {
        at++;
    }
    length -= at;
    line += at;
    for (size_t i = 0; i < length; i++) {
        if (strchr(" \t\r#", line[i])) {
            length = i;
        }
    }
    return length && length == strlen(name) && memcmp(line, name, length) == 0 &&
           names_parse_number(number, UINT32_MAX, value);
}

static void names_check(struct build *build, const char *keyword, const char *used, const char *set)
{
    const struct source_place *place = build_mark(build, &build->global_marks, keyword);

    if (place && used && set && strcmp(used, set) != 0) {
        source_error(build->source, place,
                     "%s stands behind a line that uses a name from there; put it first", keyword);
    }
}

void build_check_names(struct build *build)
{
    const struct conf_global *global = &build->conf->global;

    names_check(build, "iproute_etc_dir", build->names_etc, global->iproute_etc_dir);
    names_check(build, "iproute_usr_dir", build->names_usr, global->iproute_usr_dir);
}

bool build_find_number(struct build *build, const char *text, enum build_names file,
                       uint32_t maximum, uint32_t *value)
{
    const char *line;
    uint32_t number;

    if (!*text) {
        return false;
    }
    if (text[0] >= '0' && text[0] <= '9') {
        return names_parse_number(text, maximum, value);
    }
    for (line = names_text(build, file); *line;) {
        size_t length = strcspn(line, "\n");

        if (names_match(line, length, text, &number) && number <= maximum) {
            *value = number;
            return true;
        }
        line += length + (line[length] == '\n');
    }
    return false;
}

bool build_read_named_number(struct build *build, const char *subject,
                             const struct lexer_token *token, enum build_names file,
                             uint32_t maximum, uint32_t *value)
{
    if (build_find_number(build, token->text, file, maximum, value)) {
        return true;
    }
    source_error(build->source, &token->place,
                 "%s \"%.*s\" is neither a number in 0..%u nor a %s of /etc/iproute2/%s", subject,
                 BUILD_WORD(token), maximum, names_files[file].what, names_files[file].file);
    return false;
}
