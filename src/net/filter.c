/* SPDX-License-Identifier: Apache-2.0
 *
 * Our packet filter. nft(8) is run, at changes of the configuration alone, since the project links no
 * GPL library (DESIGN.md).
 */
#include "net/filter.h"

#include "base/clock.h"
#include "base/command.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/runtime.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILTER_TABLE   "holdfast"
#define FILTER_FILE    "filter.nft"
#define FILTER_TIMEOUT (10 * CLOCK_SECOND)

struct filter {
    struct log *log;
    struct runner *runner;
    const struct runtime *runtime;
    char *rules; /* in the kernel, as far as we know; NULL: none */
    char *table; /* of them */
};

/* What an earlier run may have left in the kernel: its rules begin with "add table inet NAME". */
static void filter_recall(struct filter *filter)
{
    size_t size;
    char *rules = runtime_read(filter->runtime, FILTER_FILE, &size);
    char table[128];

    if (rules && sscanf(rules, "add table inet %127s", table) == 1) {
        filter->table = memory_text(table);
        filter->rules = rules;
        return;
    }
    free(rules);
}

struct filter *filter_new(struct log *log, struct runner *runner, const struct runtime *runtime)
{
    struct filter *filter = memory_new(1, sizeof(*filter));

    filter->log = log;
    filter->runner = runner;
    filter->runtime = runtime;
    filter_recall(filter);
    return filter;
}

void filter_free(struct filter *filter)
{
    if (!filter) {
        return;
    }
    free(filter->rules);
    free(filter->table);
    free(filter);
}

/* ---- Rules ------------------------------------------------------------------------------------- */

/* Appends the addresses of one family that are refused. @return how many */
static unsigned filter_write_elements(const struct conf *conf, uint8_t family,
                                      struct text_buffer *out)
{
    const struct conf_instance *instance;
    const struct conf_address *address;
    unsigned count = 0;

    STAILQ_FOREACH(instance, &conf->instances, next) {
        if (instance->accept) {
            continue;
        }
        STAILQ_FOREACH(address, &instance->addresses, next) {
            char text[INET_ADDR_TEXT_SIZE];

            if (address->prefix.addr.family == family) {
                text_appendf(out, "%s%s", count++ ? ", " : "",
                             inet_text(text, &address->prefix.addr));
            }
        }
    }
    return count;
}

static void filter_write_family(const struct conf *conf, uint8_t family, struct text_buffer *out)
{
    const char *counter = conf->global.nft_counters ? "counter " : "";
    struct text_buffer elements = {0};

    text_append(&elements, "");
    if (filter_write_elements(conf, family, &elements)) {
        text_appendf(out, "        %s daddr { %s } %sdrop\n", family == AF_INET ? "ip" : "ip6",
                     elements.data, counter);
    }
    text_release(&elements);
}

void filter_write(const struct conf *conf, const char *table, struct text_buffer *out)
{
    struct text_buffer rules = {0};

    text_append(&rules, "");
    filter_write_family(conf, AF_INET, &rules);
    filter_write_family(conf, AF_INET6, &rules);
    if (rules.length) {
        text_appendf(out,
                     "add table inet %s\n"
                     "delete table inet %s\n"
                     "table inet %s {\n"
                     "    chain input {\n"
                     "        type filter hook input priority %d; policy accept;\n"
                     "        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n"
                     "%s"
                     "    }\n"
                     "}\n",
                     table, table, table, conf->global.nft_priority, rules.data);
    }
    text_release(&rules);
}

/* ---- The kernel -------------------------------------------------------------------------------- */

static void filter_on_done(void *argument, const struct runner_result *result)
{
    struct filter *filter = argument;

    if (result->end != RUNNER_EXITED || result->status != 0) {
        log_error(filter->log, "packet filter",
                  "nft refused the rules in %s/" FILTER_FILE
                  ": addresses with no_accept take packets; "
                  "see: nft -f %s/" FILTER_FILE,
                  runtime_directory(filter->runtime), runtime_directory(filter->runtime));
        free(filter->rules);
        filter->rules = NULL;
    }
}

/* Runs nft with the rules of a file in the runtime directory. */
static void filter_load(struct filter *filter, const char *rules)
{
    char *path = runtime_path(filter->runtime, FILTER_FILE);
    const char *const argv[] = {"/usr/sbin/nft", "-f", path, NULL};
    const struct command_policy policy = {.user = "root"};
    struct command *command = NULL;
    int error = runtime_write(filter->runtime, FILTER_FILE, rules, strlen(rules));

    if (!error) {
        command = command_new(filter->log, "packet filter", argv, "root", NULL, &policy);
    }
    if (error) {
        log_error(filter->log, path, "cannot be written: %s", strerror(-error));
    } else if (command && !command_run(command, filter->runner, NULL, NULL, FILTER_TIMEOUT,
                                       filter_on_done, filter, &error)) {
        log_error(filter->log, "packet filter", "nft cannot be started: %s", strerror(-error));
    }
    command_free(command);
    free(path);
}

void filter_remove(struct filter *filter)
{
    struct text_buffer rules = {0};

    if (filter->rules) {
        text_appendf(&rules, "add table inet %s\ndelete table inet %s\n", filter->table,
                     filter->table);
        filter_load(filter, rules.data);
        text_release(&rules);
    }
    free(filter->rules);
    free(filter->table);
    filter->rules = NULL;
    filter->table = NULL;
}

void filter_configure(struct filter *filter, const struct conf *conf)
{
    const char *table = conf->global.nft_table ? conf->global.nft_table : FILTER_TABLE;
    struct text_buffer rules = {0};

    text_append(&rules, "");
    filter_write(conf, table, &rules);
    if (!rules.length || (filter->table && strcmp(filter->table, table) != 0)) {
        filter_remove(filter);
    }
    if (rules.length && (!filter->rules || strcmp(filter->rules, rules.data) != 0)) {
        free(filter->rules);
        free(filter->table);
        filter->rules = memory_text(rules.data);
        filter->table = memory_text(table);
        filter_load(filter, rules.data);
    }
    text_release(&rules);
}
