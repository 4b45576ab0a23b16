/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl healthy: a line and an exit code for monitoring systems; holdfastctl names: what there is,
 * for completion.
 */
#include "ctl.h"

#include "base/memory.h"
#include "base/text.h"
#include "control/client.h"
#include "control/wellness.h"
#include "parser/schema.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* "WARNING: 2 servers down" */
static void healthy_say(const struct ctl_options *options, const struct wellness *wellness,
                        const char *why)
{
    char word[16] = "";

    if (options->quiet) {
        return;
    }
    if (options->json) {
        json_t *json = wellness_json(wellness);

        if (why) {
            json_object_set_new(
                json, "troubles",
                json_pack("[{s:s, s:s}]", "level", wellness_word(WELLNESS_UNKNOWN), "text", why));
        }
        ctl_print_json(json);
        json_decref(json);
        return;
    }
    (void)text_copy(word, sizeof(word), wellness_word(wellness->level));
    for (char *at = word; *at; at++) {
        *at = (char)toupper((unsigned char)*at);
    }
    (void)printf("%s: ", word);
    if (why) {
        (void)puts(why);
    } else {
        struct text_buffer text = {0};

        wellness_write(wellness, &text);
        text_append(&text, "\n");
        ctl_print(&text, stdout);
    }
}

int ctl_healthy(const struct ctl_options *options, char **words, int count)
{
    struct client_reply reply;
    struct wellness wellness = {.level = WELLNESS_UNKNOWN};
    int code;

    (void)words;
    if (count) {
        return -1;
    }
    reply = client_ask(options->socket, "status", NULL, options->timeout);
    if (reply.result) {
        wellness = wellness_judge(reply.result);
    }
    healthy_say(options, &wellness, reply.result ? NULL : reply.message);
    code = (int)wellness.level;
    wellness_release(&wellness);
    json_decref(reply.result);
    return code;
}

/* ---- Names ------------------------------------------------------------------------------------- */

static void names_print(const json_t *array)
{
    json_t *one;
    size_t i;

    json_array_foreach(array, i, one) {
        const char *name = json_string_value(json_object_get(one, "name"));

        if (name && *name && strcspn(name, "\n") == strlen(name)) {
            (void)puts(name);
        }
    }
}

static void names_print_servers(const json_t *services)
{
    json_t *service;
    json_t *server;
    size_t i;
    size_t k;

    json_array_foreach(services, i, service) {
        json_array_foreach(json_object_get(service, "servers"), k, server) {
            (void)printf("%s/%s\n", json_string_value(json_object_get(service, "name")),
                         json_string_value(json_object_get(server, "name")));
        }
    }
}

/* The addresses in an instance's unicast_peer. */
static void names_print_peers(const json_t *instances, const char *name)
{
    json_t *instance;
    json_t *peer;
    size_t i;
    size_t k;

    json_array_foreach(instances, i, instance) {
        const char *found = json_string_value(json_object_get(instance, "name"));

        json_array_foreach(json_object_get(instance, "peers"), k, peer) {
            if (found && strcmp(found, name) == 0 &&
                json_is_true(json_object_get(peer, "configured"))) {
                (void)puts(json_string_value(json_object_get(peer, "address")));
            }
        }
    }
}

static int names_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Each keyword, alone and behind its block's name, once. */
static int names_print_keywords(void)
{
    struct text_buffer name = {0};
    char **names = memory_new((size_t)SCHEMA_BLOCKS * SCHEMA_BLOCK_ROWS * 2, sizeof(*names));
    size_t count = 0;

    for (enum schema_block number = 0; number < SCHEMA_BLOCKS; number++) {
        struct schema_block_info block = schema_block(number);

        for (size_t i = 0; i < block.count; i++) {
            names[count++] = memory_text(block.rows[i].name);
            if (number != SCHEMA_TOP) {
                name.length = 0;
                text_appendf(&name, "%s.%s", block.name, block.rows[i].name);
                names[count++] = memory_text(name.data);
            }
        }
    }
    qsort(names, count, sizeof(names[0]), names_compare);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0) {
            (void)puts(names[i]);
        }
    }
    while (count) {
        free(names[--count]);
    }
    free(names);
    text_release(&name);
    return EXIT_OK;
}

/* The kinds that the daemon is asked for. @return false: there is no such kind */
static bool names_print_kind(const json_t *status, char **words)
{
    static const char *const sections[] = {"instances", "sync_groups", "services"};

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        if (strcmp(sections[i], words[0]) == 0) {
            names_print(json_object_get(status, words[0]));
            return true;
        }
    }
    if (strcmp(words[0], "servers") == 0) {
        names_print_servers(json_object_get(status, "services"));
        return true;
    }
    if (strcmp(words[0], "peers") == 0) {
        names_print_peers(json_object_get(status, "instances"), words[1]);
        return true;
    }
    return false;
}

int ctl_names(const struct ctl_options *options, char **words, int count)
{
    int code = EXIT_OK;
    json_t *status;

    if (count < 1 || count != (strcmp(words[0], "peers") == 0 ? 2 : 1)) {
        return -1;
    }
    if (strcmp(words[0], "commands") == 0) {
        ctl_print_commands();
        return EXIT_OK;
    }
    if (strcmp(words[0], "keywords") == 0) {
        return names_print_keywords();
    }
    if (!names_print_kind(NULL, words)) {
        return -1;
    }
    status = ctl_ask(options, "status", NULL, &code);
    (void)names_print_kind(status, words);
    json_decref(status);
    return code;
}
