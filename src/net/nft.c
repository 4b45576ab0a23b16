/* SPDX-License-Identifier: Apache-2.0
 *
 * Running nft(8), and knowing what the kernel has of us: also after a crash, by the file that was
 * loaded last.
 */
#include "net/nft.h"

#include "base/clock.h"
#include "base/command.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/runtime.h"
#include "base/text.h"
#include "net/nft_look.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NFT_PROGRAM   "/usr/sbin/nft"     /* where Debian has it; a PATH need not lead there */
#define NFT_NAMESPACE "/usr/bin/nsenter"  /* of util-linux, which every Debian has */
#define NFT_TIMEOUT   (30 * CLOCK_SECOND) /* the kernel may have to load modules first */
#define NFT_LOOK      (30 * CLOCK_SECOND) /* as often as at the table of IPVS */

struct nft {
    struct loop_timer *timer; /* for the next look at it */
    struct log *log;
    struct runner *runner;
    const struct runtime *runtime;
    struct nft_purpose purpose;
    char *namespace_path; /* NULL: ours */
    char *rules;          /* that are wanted; NULL: none */
    char *table;          /* of these; NULL: none */
    char *there;          /* the table that the kernel has of us; NULL: none */
    char *there_rules;    /* what it was made by; NULL: not known */
    char *loading;        /* what `there` and `there_rules` will be when the job has ended well */
    char *loading_rules;
    char *problem; /* of the last job; NULL: it went well */
    struct runner_job *job;
    bool retrying; /* by itself: the same problem is not told again */
    bool again;    /* something else is wanted since the job began */
};

static char *nft_copy(const char *text)
{
    return text ? memory_text(text) : NULL;
}

bool nft_last_table(const char *text, char table[NFT_TABLE_SIZE])
{
    static const char begin[] = " inet ";
    const char *last = NULL;
    size_t length = 0;

    for (const char *at = text; (at = strstr(at, begin)); at++) {
        last = at + strlen(begin);
    }
    while (last && isgraph((unsigned char)last[length])) {
        length++;
    }
    if (!length || length >= NFT_TABLE_SIZE) {
        return false;
    }
    memcpy(table, last, length);
    table[length] = '\0';
    return true;
}

/* What an earlier run may have left in the kernel. */
static void nft_recall(struct nft *nft)
{
    char *text = runtime_read(nft->runtime, nft->purpose.file, NULL);
    char table[NFT_TABLE_SIZE];

    if (text && nft_last_table(text, table)) {
        nft->there = memory_text(table);
        nft->there_rules = text;
        text = NULL;
    }
    free(text);
}

static void nft_on_timer(void *argument, int64_t now, int64_t late);

struct nft *nft_new(struct loop *loop, struct log *log, struct runner *runner,
                    const struct runtime *runtime, const struct nft_purpose *purpose)
{
    struct nft *nft = memory_new(1, sizeof(*nft));

    nft->timer = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, nft_on_timer, nft);
    nft->log = log;
    nft->runner = runner;
    nft->runtime = runtime;
    nft->purpose = *purpose;
    nft_recall(nft);
    return nft;
}

static void nft_forget(struct nft *nft)
{
    free(nft->rules);
    free(nft->table);
    nft->rules = NULL;
    nft->table = NULL;
}

void nft_free(struct nft *nft)
{
    if (!nft) {
        return;
    }
    if (nft->job) {
        runner_abandon(nft->job);
    }
    loop_timer_free(nft->timer);
    nft_forget(nft);
    free(nft->namespace_path);
    free(nft->there);
    free(nft->there_rules);
    free(nft->loading);
    free(nft->loading_rules);
    free(nft->problem);
    free(nft);
}

void nft_set_namespace(struct nft *nft, const char *path)
{
    free(nft->namespace_path);
    nft->namespace_path = nft_copy(path);
}

/* ---- The program ------------------------------------------------------------------------------- */

static void nft_load(struct nft *nft);

/* Without a table there is nothing that the next run should know of. */
static void nft_tidy(const struct nft *nft)
{
    char *path = runtime_path(nft->runtime, nft->purpose.file);

    if (!nft->there) {
        (void)unlink(path);
    }
    free(path);
}

static void nft_fail(struct nft *nft, const char *why)
{
    struct text_buffer text = {0};
    char *path = runtime_path(nft->runtime, nft->purpose.file);

    text_appendf(&text, "%s: %s; see: nft -f %s", why, nft->purpose.lost, path);
    if (!nft->retrying || !nft->problem || strcmp(nft->problem, text.data) != 0) {
        log_error(nft->log, nft->purpose.subject, "%s; tried again every %d s", text.data,
                  (int)(NFT_LOOK / CLOCK_SECOND));
    }
    free(nft->problem);
    nft->problem = memory_text(text.data);
    loop_timer_set(nft->timer, clock_now() + NFT_LOOK);
    text_release(&text);
    free(path);
}

static void nft_succeed(struct nft *nft)
{
    if (nft->problem && nft->retrying) {
        log_event(nft->log, LOG_LEVEL_NOTICE, nft->purpose.subject, "nft has made the rules now");
    }
    free(nft->problem);
    nft->problem = NULL;
}

static void nft_on_done(void *argument, const struct runner_result *result)
{
    struct nft *nft = argument;

    nft->job = NULL;
    if (result->end != RUNNER_EXITED || result->status != 0) {
        nft_fail(nft, result->end == RUNNER_EXITED ? "nft refused the rules"
                                                   : "nft did not end, and was ended");
    } else {
        nft_succeed(nft);
        loop_timer_set(nft->timer, clock_now() + NFT_LOOK);
        free(nft->there);
        free(nft->there_rules);
        nft->there = nft->loading;
        nft->there_rules = nft->loading_rules;
        nft->loading = NULL;
        nft->loading_rules = NULL;
        nft_tidy(nft);
    }
    if (nft->again) {
        nft_load(nft);
    }
    if (!nft->job && nft->purpose.done) {
        nft->purpose.done(nft->purpose.argument);
    }
}

/* One transaction from what is there to what is wanted; nothing where there is and was no table. */
static void nft_write_change(const struct nft *nft, struct text_buffer *out)
{
    bool stays = nft->there && nft->table && strcmp(nft->there, nft->table) == 0;

    text_append(out, "");
    if (nft->there && !stays) {
        text_appendf(out, "add table inet %s\ndelete table inet %s\n", nft->there, nft->there);
    }
    text_append(out, nft->rules ? nft->rules : "");
    if (stays && nft->purpose.write_leftover && nft->there_rules) {
        nft->purpose.write_leftover(nft->there_rules, nft->rules, out);
    }
}

/* Runs nft with a file in the runtime directory, which it reads while it runs. */
static void nft_run(struct nft *nft, const char *text)
{
    char *path = runtime_path(nft->runtime, nft->purpose.file);
    char net[160];
    const char *const here[] = {NFT_PROGRAM, "-f", path, NULL};
    const char *const there[] = {NFT_NAMESPACE, net, NFT_PROGRAM, "-f", path, NULL};
    const struct command_policy policy = {.user = "root"};
    struct command *command = NULL;
    int error = runtime_write(nft->runtime, nft->purpose.file, text, strlen(text));

    if (access(NFT_PROGRAM, F_OK) != 0 && errno == ENOENT) {
        nft_fail(nft, NFT_PROGRAM " is not installed (run: apt install nftables)");
        free(path);
        return;
    }
    (void)snprintf(net, sizeof(net), "--net=%s", nft->namespace_path ? nft->namespace_path : "");
    if (!error) {
        command = command_new(nft->log, nft->purpose.subject, nft->namespace_path ? there : here,
                              "root", NULL, &policy);
    }
    if (command) {
        nft->job =
            command_run(command, nft->runner, NULL, NULL, NFT_TIMEOUT, nft_on_done, nft, &error);
    }
    if (!nft->job) {
        nft_fail(nft, error ? runner_error_text(error) : NFT_PROGRAM " cannot be run");
    }
    command_free(command);
    free(path);
}

static void nft_load(struct nft *nft)
{
    struct text_buffer text = {0};

    if (nft->job) {
        nft->again = true;
        return;
    }
    nft->again = false;
    loop_timer_set(nft->timer, CLOCK_NEVER);
    nft_write_change(nft, &text);
    if (text.length) {
        free(nft->loading);
        free(nft->loading_rules);
        nft->loading = nft_copy(nft->table);
        nft->loading_rules = nft_copy(nft->rules);
        nft_run(nft, text.data);
    }
    text_release(&text);
}

/* Somebody has flushed all tables, perhaps: `nft -f /etc/nftables.conf` does on Debian. */
static bool nft_is_lost(const struct nft *nft)
{
    return !nft->job && nft->there && !nft->namespace_path && !nft_look(nft->there);
}

static void nft_on_timer(void *argument, int64_t now, int64_t late)
{
    struct nft *nft = argument;

    (void)late;
    if (nft->problem) {
        nft->retrying = true;
        nft_load(nft);
    } else if (nft_is_lost(nft)) {
        log_warning(nft->log, nft->purpose.subject,
                    "table inet %s was removed by somebody else, put back", nft->there);
        nft_load(nft);
    } else if (nft->there) {
        loop_timer_set(nft->timer, now + NFT_LOOK);
    }
}

bool nft_want(struct nft *nft, const char *table, const char *rules)
{
    nft->retrying = false;
    if (!rules || !*rules) {
        nft_forget(nft);
        nft_load(nft);
    } else {
        nft_forget(nft);
        nft->rules = memory_text(rules);
        nft->table = memory_text(table);
        nft_load(nft);
    }
    return nft_is_busy(nft);
}

bool nft_is_busy(const struct nft *nft)
{
    return nft->job != NULL;
}

const char *nft_problem(const struct nft *nft)
{
    return nft->problem;
}
