/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's connection entries: a file that may have millions of lines is read through, and no more
 * is kept of it than is told.
 */
#include "ipvs/connections.h"

#include "base/hash.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/netns.h"
#include "base/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* Of the thread, which may be in another namespace than the process: proc(5), net_namespaces(7). */
#define CONNECTIONS_FILE "/proc/thread-self/net/ip_vs_conn"

enum { CONNECTIONS_NAME_SIZE = INET_ENDPOINT_TEXT_SIZE + CONNECTION_PROTOCOL_SIZE + 1 };

/* The entries of one service by state. */
struct connections_sum {
    char name[CONNECTIONS_NAME_SIZE];
    json_t *states;
    size_t total;
    UT_hash_handle hh;
};

/* The worker thread touches nothing else. */
struct connections_job {
    struct connections *owner; /* not the thread's */
    struct worker *worker;
    int namespace_fd;
    struct connections_match *matches;
    size_t match_count;
    size_t limit;
    connections_done done;
    void *argument;
    json_t *told;
    struct connections_sum *sums;
    size_t total;
    size_t unreadable;
    char *text;
    int error;
    LIST_ENTRY(connections_job) next;
};

struct connections {
    struct loop *loop;
    int namespace_fd;
    unsigned running;
    LIST_HEAD(, connections_job) jobs;
};

/* ---- On the thread ----------------------------------------------------------------------------- */

static bool connections_end_fits(const struct connection_end *wanted,
                                 const struct connection_end *end)
{
    return !inet_is_set(&wanted->addr) ||
           (inet_equal(&wanted->addr, &end->addr) && (!wanted->port || wanted->port == end->port));
}

static bool connections_fit(const struct connections_job *job, const struct connection *connection)
{
    for (size_t i = 0; i < job->match_count; i++) {
        const struct connections_match *match = &job->matches[i];

        if ((!*match->protocol || strcmp(match->protocol, connection->protocol) == 0) &&
            connections_end_fits(&match->virtual, &connection->virtual) &&
            connections_end_fits(&match->server, &connection->server)) {
            return true;
        }
    }
    return !job->matches;
}

static struct connections_sum *connections_sum(struct connections_job *job, const char *name)
{
    struct connections_sum *sum;

    HASH_FIND_STR(job->sums, name, sum);
    if (sum) {
        return sum;
    }
    if (HASH_COUNT(job->sums) >= CONNECTIONS_SERVICES && strcmp(name, "others") != 0) {
        return connections_sum(job, "others");
    }
    sum = memory_new(1, sizeof(*sum));
    (void)snprintf(sum->name, sizeof(sum->name), "%s", name);
    sum->states = json_object();
    HASH_ADD_STR(job->sums, name, sum);
    return sum;
}

static void connections_count(struct connections_job *job, const struct connection *connection)
{
    char endpoint[INET_ENDPOINT_TEXT_SIZE];
    char name[CONNECTIONS_NAME_SIZE];
    struct connections_sum *sum;
    json_int_t before;

    (void)snprintf(
        name, sizeof(name), "%s/%s",
        inet_endpoint_text(endpoint, &connection->virtual.addr, connection->virtual.port),
        connection->protocol);
    sum = connections_sum(job, name);
    before = json_integer_value(json_object_get(sum->states, connection->state));
    json_object_set_new(sum->states, connection->state, json_integer(before + 1));
    sum->total++;
    job->total++;
}

static json_t *connections_end_json(const struct connection_end *end)
{
    char text[INET_ENDPOINT_TEXT_SIZE];

    return json_string(inet_endpoint_text(text, &end->addr, end->port));
}

static json_t *connections_json(const struct connection *connection)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:s, s:I, s:s?, s:s?}", "protocol", connection->protocol,
                     "client", connections_end_json(&connection->client), "virtual",
                     connections_end_json(&connection->virtual), "server",
                     connections_end_json(&connection->server), "state", connection->state,
                     "expires_s", (json_int_t)connection->expires_s, "engine",
                     *connection->engine ? connection->engine : NULL, "engine_data",
                     *connection->data ? connection->data : NULL);
}

static void connections_take(struct connections_job *job, const char *line)
{
    struct connection connection;

    if (!connection_parse(line, strcspn(line, "\n"), &connection)) {
        job->unreadable++;
        return;
    }
    if (connections_fit(job, &connection)) {
        connections_count(job, &connection);
        if (json_array_size(job->told) < job->limit) {
            json_array_append_new(job->told, connections_json(&connection));
        }
    }
}

/* Reads the file through. @return 0 or -errno */
static int connections_read(struct connections_job *job)
{
    char line[CONNECTION_LINE_SIZE + 1];
    bool heading = true;
    FILE *file;
    int error = job->namespace_fd >= 0 ? netns_enter(job->namespace_fd) : 0;

    file = error ? NULL : fopen(CONNECTIONS_FILE, "re");
    if (!file) {
        return error ? error : -errno;
    }
    while (fgets(line, sizeof(line), file)) {
        if (!heading) {
            connections_take(job, line);
        }
        heading = false;
    }
    error = ferror(file) ? -EIO : 0;
    (void)fclose(file);
    return error;
}

/* The counts as an array; they are used up. */
static json_t *connections_summary(struct connections_job *job)
{
    json_t *summary = json_array();
    struct connections_sum *sum;
    struct connections_sum *next;

    HASH_ITER(hh, job->sums, sum, next) {
        json_array_append_new(summary, json_pack("{s:s, s:I, s:o}", "service", sum->name, "total",
                                                 (json_int_t)sum->total, "states", sum->states));
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc,clang-analyzer-core.NullDereference): uthash */
        HASH_DEL(job->sums, sum);
        free(sum);
    }
    return summary;
}

static void *connections_work(void *argument)
{
    struct connections_job *job = argument;
    size_t told;
    json_t *document;

    job->told = json_array();
    job->error = connections_read(job);
    told = json_array_size(job->told);
    document = json_pack("{s:i, s:o, s:I, s:I, s:I, s:o}", "version", CONNECTIONS_VERSION,
                         "connections", job->told, "total", (json_int_t)job->total, "left_out",
                         (json_int_t)(job->total - told), "unreadable", (json_int_t)job->unreadable,
                         "summary", connections_summary(job));
    if (!job->error) {
        job->text = json_dumps(document, JSON_COMPACT);
    }
    json_decref(document);
    return job;
}

/* ---- On the loop ------------------------------------------------------------------------------- */

static void connections_end(struct connections_job *job, char *text, int error)
{
    LIST_REMOVE(job, next);
    job->owner->running--;
    job->done(job->argument, text, error);
    free(job->matches);
    free(job);
}

static void connections_worked(void *argument, void *result)
{
    struct connections_job *job = argument;

    (void)result;
    connections_end(job, job->text, job->error);
}

bool connections_ask(struct connections *connections, const struct connections_match *matches,
                     size_t count, size_t limit, connections_done done, void *argument)
{
    struct connections_job *job;

    if (connections->running == CONNECTIONS_READERS) {
        return false;
    }
    job = memory_new(1, sizeof(*job));
    job->owner = connections;
    job->namespace_fd = connections->namespace_fd;
    if (matches) {
        job->matches = memory_new(count + 1, sizeof(*matches));
        memcpy(job->matches, matches, count * sizeof(*matches));
    }
    job->match_count = count;
    job->limit = limit;
    job->done = done;
    job->argument = argument;
    /* Where no thread is to be had it is refused: the loop must not wait for this. */
    job->worker = worker_start(connections->loop, connections_work, connections_worked, job);
    if (!job->worker) {
        free(job->matches);
        free(job);
        return false;
    }
    LIST_INSERT_HEAD(&connections->jobs, job, next);
    connections->running++;
    return true;
}

struct connections *connections_new(struct loop *loop, int namespace_fd)
{
    struct connections *connections = memory_new(1, sizeof(*connections));

    connections->loop = loop;
    connections->namespace_fd = namespace_fd;
    LIST_INIT(&connections->jobs);
    return connections;
}

void connections_free(struct connections *connections)
{
    struct connections_job *job;

    if (!connections) {
        return;
    }
    while ((job = LIST_FIRST(&connections->jobs))) {
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): each is out of the list before it goes */
        (void)worker_cancel(job->worker);
        free(job->text);
        connections_end(job, NULL, -ECANCELED);
    }
    free(connections);
}
