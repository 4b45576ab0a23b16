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
#include <unistd.h>

#define FILTER_TABLE   "holdfast"
#define FILTER_FILE    "filter.nft"
#define FILTER_PROGRAM "/usr/sbin/nft" /* where Debian has it; a PATH need not lead there */
#define FILTER_TIMEOUT (10 * CLOCK_SECOND)

struct filter {
    struct log *log;
    struct runner *runner;
    const struct runtime *runtime;
    char *rules;   /* that are wanted; NULL: none */
    char *table;   /* of these; NULL: none */
    char *there;   /* the table that the kernel has of us; NULL: none */
    char *loading; /* what `there` will be when the job has ended well */
    struct runner_job *job;
    bool again;  /* something else is wanted since the job began */
    bool failed; /* the last job */
};

/* What an earlier run may have left in the kernel: its last table is named last in the file. */
static void filter_recall(struct filter *filter)
{
    size_t size;
    char *text = runtime_read(filter->runtime, FILTER_FILE, &size);
    const char *last = NULL;
    char table[128];

    for (const char *at = text; at && (at = strstr(at, "table inet ")); at++) {
        last = at;
    }
    if (last && sscanf(last, "table inet %127s", table) == 1) {
        filter->there = memory_text(table);
    }
    free(text);
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
    if (filter->job) {
        runner_abandon(filter->job);
    }
    free(filter->rules);
    free(filter->table);
    free(filter->there);
    free(filter->loading);
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

static void filter_load(struct filter *filter);

/* Without a table there is nothing that the next run should know of. */
static void filter_tidy(const struct filter *filter)
{
    char *path = runtime_path(filter->runtime, FILTER_FILE);

    if (!filter->there) {
        (void)unlink(path);
    }
    free(path);
}

static void filter_on_done(void *argument, const struct runner_result *result)
{
    struct filter *filter = argument;

    filter->job = NULL;
    filter->failed = result->end != RUNNER_EXITED || result->status != 0;
    if (filter->failed) {
        log_error(filter->log, "packet filter",
                  "nft refused the rules in %s/" FILTER_FILE
                  ": addresses with no_accept take packets; see: nft -f %s/" FILTER_FILE,
                  runtime_directory(filter->runtime), runtime_directory(filter->runtime));
    } else {
        free(filter->there);
        filter->there = filter->loading;
        filter->loading = NULL;
        filter_tidy(filter);
    }
    if (filter->again) {
        filter_load(filter);
    }
}

/* One transaction from what is there to what is wanted; nothing where there is and was no table. */
static void filter_write_change(const struct filter *filter, struct text_buffer *out)
{
    text_append(out, "");
    if (filter->there && (!filter->table || strcmp(filter->there, filter->table) != 0)) {
        text_appendf(out, "add table inet %s\ndelete table inet %s\n", filter->there,
                     filter->there);
    }
    text_append(out, filter->rules ? filter->rules : "");
}

/* Runs nft with a file in the runtime directory, which it reads while it runs. */
static void filter_run(struct filter *filter, const char *text)
{
    char *path = runtime_path(filter->runtime, FILTER_FILE);
    const char *const argv[] = {FILTER_PROGRAM, "-f", path, NULL};
    const struct command_policy policy = {.user = "root"};
    struct command *command = NULL;
    int error = runtime_write(filter->runtime, FILTER_FILE, text, strlen(text));

    if (!error) {
        command = command_new(filter->log, "packet filter", argv, "root", NULL, &policy);
    }
    if (command) {
        filter->job = command_run(command, filter->runner, NULL, NULL, FILTER_TIMEOUT,
                                  filter_on_done, filter, &error);
    }
    if (error) {
        log_error(filter->log, path, "the packet filter cannot be loaded: %s",
                  runner_error_text(error));
    }
    filter->failed = !filter->job;
    command_free(command);
    free(path);
}

static void filter_load(struct filter *filter)
{
    struct text_buffer text = {0};

    if (filter->job) {
        filter->again = true;
        return;
    }
    filter->again = false;
    filter_write_change(filter, &text);
    if (text.length) {
        free(filter->loading);
        filter->loading = filter->table ? memory_text(filter->table) : NULL;
        filter_run(filter, text.data);
    }
    text_release(&text);
}

static void filter_forget(struct filter *filter)
{
    free(filter->rules);
    free(filter->table);
    filter->rules = NULL;
    filter->table = NULL;
}

bool filter_remove(struct filter *filter)
{
    filter_forget(filter);
    filter_load(filter);
    return filter->job != NULL;
}

void filter_configure(struct filter *filter, const struct conf *conf)
{
    const char *table = conf->global.nft_table ? conf->global.nft_table : FILTER_TABLE;
    struct text_buffer rules = {0};

    text_append(&rules, "");
    filter_write(conf, table, &rules);
    if (!rules.length) {
        (void)filter_remove(filter);
    } else if (filter->failed || !filter->rules || strcmp(filter->rules, rules.data) != 0) {
        filter_forget(filter);
        filter->rules = memory_text(rules.data);
        filter->table = memory_text(table);
        filter_load(filter);
    }
    text_release(&rules);
}
