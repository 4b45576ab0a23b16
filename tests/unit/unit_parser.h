/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of the parser: a file is a string, and what is wrong with it comes back as the text
 * that people see. The file is called "t.conf", and the host is called "lb1".
 */
#ifndef HOLDFAST_TESTS_UNIT_PARSER_H
#define HOLDFAST_TESTS_UNIT_PARSER_H

#include "unit.h"

#include "base/memory.h"
#include "base/text.h"
#include "parser/conf.h"
#include "parser/diag.h"
#include "parser/parser.h"

#include <errno.h>
#include <stdlib.h>

#define UNIT_FILE "t.conf"

/* A string with its length, which may have a NUL in it. */
struct unit_file {
    const char *text;
    size_t size;
};

/* A certificate or a key: there is one of each name, and nothing in it. */
#define UNIT_PEM "/etc/holdfast/client.pem"

static inline bool unit_is_pem(const char *path)
{
    const char *ending = strrchr(path, '.');

    return *path == '/' && ending &&
           (strcmp(ending, ".pem") == 0 || strcmp(ending, ".crt") == 0 ||
            strcmp(ending, ".key") == 0);
}

static inline int unit_read(void *argument, const char *path, char **text, size_t *size)
{
    const struct unit_file *file = argument;

    if (unit_is_pem(path)) {
        *text = memory_new(1, 1);
        *size = 0;
        return 0;
    }
    if (strcmp(path, UNIT_FILE) != 0) {
        return -ENOENT;
    }
    *text = memory_new(file->size + 1, 1);
    memcpy(*text, file->text, file->size);
    *size = file->size;
    return 0;
}

/* What a load gave. Freed with unit_unload(). */
struct unit_load {
    struct conf *conf; /* NULL where there were errors */
    struct diag_list *list;
    struct text_buffer shown; /* as people see it; `data` is never NULL */
};

static inline struct unit_load unit_load_bytes(const char *text, size_t size)
{
    struct unit_file file = {text, size};
    struct parser_options options = {.config_id = "lb1",
                                     .world = {.read = unit_read, .argument = &file}};
    struct unit_load load = {0};

    load.conf = parser_load(UNIT_FILE, &options, &load.list);
    text_append(&load.shown, "");
    diag_write_all(load.list, &load.shown);
    return load;
}

static inline struct unit_load unit_load(const char *text)
{
    return unit_load_bytes(text, strlen(text));
}

static inline void unit_unload(struct unit_load *load)
{
    conf_free(load->conf);
    diag_free(load->list);
    text_release(&load->shown);
}

/* Loads what must be good, without any message, and answers it. */
static inline struct unit_load unit_load_clean(const char *text)
{
    struct unit_load load = unit_load(text);

    assert_fact(load.conf != NULL, "not loaded:\n%s\n%s", text, load.shown.data);
    assert_fact(!load.shown.length, "should be without a message:\n%s\n%s", text, load.shown.data);
    return load;
}

/* What a text is expected to bring forth. */
struct unit_message_row {
    const char *text;
    const char *shown; /* all that people see */
};

/* Compares each row's messages, whole and rendered. */
static inline void unit_check_messages(const struct unit_message_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct unit_load load = unit_load(rows[i].text);

        assert_fact(strcmp(load.shown.data, rows[i].shown) == 0,
                    "row %zu:\n%s\nshows:\n%s\nshould show:\n%s", i, rows[i].text, load.shown.data,
                    rows[i].shown);
        assert_fact((load.conf == NULL) == (strstr(rows[i].shown, " error: ") != NULL),
                    "row %zu: a configuration with errors, or none without", i);
        unit_unload(&load);
    }
}

#endif
