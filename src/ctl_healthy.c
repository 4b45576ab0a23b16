/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl healthy: a line and an exit code for monitoring systems; holdfastctl names: what there is,
 * for completion.
 */
#include "ctl.h"

#include "base/text.h"
#include "control/client.h"
#include "control/wellness.h"

#include <ctype.h>
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

int ctl_names(const struct ctl_options *options, char **words, int count)
{
    static const struct {
        const char *word;
        const char *section;
    } kinds[] = {{"instances", "instances"},
                 {"sync_groups", "sync_groups"},
                 {"services", "services"},
                 {"servers", NULL}};
    int code = EXIT_OK;
    json_t *status;

    if (count != 1) {
        return -1;
    }
    if (strcmp(words[0], "commands") == 0) {
        ctl_print_commands();
        return EXIT_OK;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].word, words[0]) != 0) {
            continue;
        }
        status = ctl_ask(options, "status", NULL, &code);
        if (kinds[i].section) {
            names_print(json_object_get(status, kinds[i].section));
        } else {
            names_print_servers(json_object_get(status, "services"));
        }
        json_decref(status);
        return code;
    }
    return -1;
}
