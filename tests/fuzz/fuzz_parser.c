/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole loader: any bytes as the files of a configuration (unit_files.h). Whatever they are, a
 * load ends, its messages can be shown, and there is a configuration exactly where there is no
 * error. What is written of that loads to the same.
 */
#include "../unit/unit_files.h"
#include "base/memory.h"
#include "base/text.h"
#include "parser/conf.h"
#include "parser/diag.h"
#include "parser/dump.h"
#include "parser/parser.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_require(int fact)
{
    if (!fact) {
        abort();
    }
}

/* Everything that a list counts is reachable, and every reference leads somewhere. */
static void fuzz_check(const struct conf *conf)
{
    const struct conf_instance *instance;
    const struct conf_virtual_server *service;
    const struct conf_sync_group *group;
    uint32_t servers = 0;

    STAILQ_FOREACH(instance, &conf->instances, next) {
        const struct conf_address *address;
        uint32_t addresses = 0;

        fuzz_require(instance->name && *instance->interface && instance->vrid);
        fuzz_require(instance->version == 2 || instance->version == 3);
        fuzz_require(instance->priority && instance->advert_interval > 0);
        STAILQ_FOREACH(address, &instance->addresses, next) {
            fuzz_require(address->device != NULL && address->prefix.length <= 32);
            addresses++;
        }
        fuzz_require(addresses == instance->address_count);
        fuzz_require(instance->advertised_count <= 255);
    }
    STAILQ_FOREACH(group, &conf->sync_groups, next) {
        const struct conf_group_member *member;

        STAILQ_FOREACH(member, &group->members, next) {
            fuzz_require(member->instance && member->instance->sync_group == group);
        }
    }
    STAILQ_FOREACH(service, &conf->virtual_servers, next) {
        const struct conf_real_server *server;

        fuzz_require(service->name && service->scheduler[0] && !STAILQ_EMPTY(&service->servers));
        fuzz_require(service->hysteresis < service->quorum);
        STAILQ_FOREACH(server, &service->servers, next) {
            const struct conf_check *check;

            servers++;
            STAILQ_FOREACH(check, &server->checks, next) {
                fuzz_require(check->connect_port && check->connect_timeout > 0);
                fuzz_require(check->delay_loop > 0 && check->delay_before_retry >= 0);
                fuzz_require(inet_is_set(&check->connect_addr));
            }
        }
    }
    fuzz_require(servers == conf->real_server_count);
}

/* Any verdict, the same for the same program. */
static enum parser_program fuzz_inspect(void *argument, const char *program, const char *user,
                                        const char *group, char *reason, size_t size)
{
    (void)argument;
    fuzz_require(program != NULL && size > 0 && (user || !group));
    *reason = '\0';
    return (enum parser_program)(strlen(program) % (PARSER_PROGRAM_WRITABLE + 1));
}

/* What is written of a configuration loads to what is written as `expected`. */
static void fuzz_round_trip(const struct conf *conf, const struct text_buffer *expected)
{
    struct text_buffer written = {0};
    struct text_buffer again = {0};
    struct diag_list *list;
    struct parser_options options = {.config_id = "lb1"};
    struct conf *copy;

    dump_write(conf, &written);
    options.world = unit_files_world(written.data);
    copy = parser_load(UNIT_FILES_FIRST, &options, &list);
    fuzz_require(copy != NULL);
    dump_write(copy, &again);
    fuzz_require(strcmp(expected->data, again.data) == 0);
    conf_free(copy);
    diag_free(list);
    text_release(&written);
    text_release(&again);
}

/*
 * A configuration survives being written, and so does the same one loaded with origins: there
 * defaults are comments, so what is left must be enough to find them again.
 */
static void fuzz_check_dumps(const struct conf *conf, struct parser_options options)
{
    struct text_buffer expected = {0};
    struct diag_list *list;
    struct conf *annotated;

    dump_write(conf, &expected);
    fuzz_round_trip(conf, &expected);
    options.origins = true;
    annotated = parser_load(UNIT_FILES_FIRST, &options, &list);
    fuzz_require(annotated != NULL);
    fuzz_round_trip(annotated, &expected);
    conf_free(annotated);
    diag_free(list);
    text_release(&expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct parser_subnet subnets[] = {
        {"eth0", {{AF_UNSPEC, {0}}, 0}},
        {"eth0", {{AF_INET, {10, 0, 0, 2}}, 24}},
        {"eth1", {{AF_INET6, {0xfd}}, 64}},
    };
    static const struct parser_machine machine = {subnets, sizeof(subnets) / sizeof(subnets[0])};
    char *text = memory_new(size + 1, 1);
    struct parser_options options = {
        .config_id = "lb1",
        .world = unit_files_world(text),
        .expansion_limit = 10000,
        .machine = &machine,
        .inspect = fuzz_inspect,
    };
    struct text_buffer shown = {0};
    struct diag_list *list;
    struct conf *conf;

    if (size) {
        memcpy(text, data, size);
    }
    conf = parser_load(UNIT_FILES_FIRST, &options, &list);
    fuzz_require((conf == NULL) == (diag_count(list, DIAG_ERROR) > 0));
    if (conf) {
        fuzz_check(conf);
        fuzz_check_dumps(conf, options);
    }
    diag_write_all(list, &shown);
    for (size_t i = 0; i < shown.length; i++) {
        unsigned char c = (unsigned char)shown.data[i];

        fuzz_require(c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f));
    }
    text_release(&shown);
    diag_free(list);
    conf_free(conf);
    free(text);
    return 0;
}
