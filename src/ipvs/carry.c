/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections to servers behind FULLNAT at a takeover: IPVS's entries are read through on a thread, and
 * each that is told by translation.c becomes one of connection tracking.
 */
#include "ipvs/carry.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/netns.h"
#include "base/text.h"
#include "base/worker.h"
#include "ipvs/conntrack.h"
#include "ipvs/takeover.h"
#include "ipvs/translation.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CARRY_SUBJECT "FULLNAT"
#define CARRY_FILE    "/proc/thread-self/net/ip_vs_conn" /* as of connections.c */

enum {
    CARRY_BATCH = 64, /* messages at a time: their answers fit into any socket's buffer */
    CARRY_ANSWER_SIZE = 8192,
};

#define CARRY_RETRY (100 * CLOCK_MILLISECOND)

/* The worker thread touches nothing else. */
struct carry_job {
    struct carry *owner; /* not the thread's */
    struct translations *translations;
    int namespace_fd;
    int fd;
    alignas(uint32_t) uint8_t messages[CARRY_BATCH * CONNTRACK_MESSAGE_SIZE];
    size_t size;
    unsigned count;
    size_t made;
    size_t refused;
    int error; /* of the last one that was refused, or why nothing was done; -errno */
    int64_t took;
};

struct carry {
    struct loop *loop;
    struct log *log;
    int namespace_fd;
    struct translations *translations; /* NULL: nothing is to be done */
    struct loop_timer *timer;
    struct takeover takeover;
    struct worker *worker; /* NULL: none runs */
    uint64_t made;
    uint64_t refused;
};

/* ---- On the thread ----------------------------------------------------------------------------- */

static void carry_take_answer(struct carry_job *job, int error)
{
    if (!error) {
        job->made++;
    } else if (error != -EEXIST) { /* a packet of the client was faster, or it was there before */
        job->refused++;
        job->error = error;
    }
}

/* The kernel answers before send(2) has returned. */
static void carry_flush(struct carry_job *job)
{
    alignas(uint32_t) uint8_t answer[CARRY_ANSWER_SIZE];
    unsigned answers = 0;
    ssize_t length;

    if (!job->count) {
        return;
    }
    if (send(job->fd, job->messages, job->size, 0) < 0) {
        job->error = -errno;
        job->refused += job->count;
        answers = job->count;
    }
    while (answers < job->count &&
           (length = recv(job->fd, answer, sizeof(answer), MSG_DONTWAIT)) > 0) {
        const void *left = answer;
        size_t size = (size_t)length;
        int error;

        for (; conntrack_decode(&left, &size, &error); answers++) {
            carry_take_answer(job, error);
        }
    }
    job->count = 0;
    job->size = 0;
}

static void carry_take(struct carry_job *job, const char *line)
{
    const struct conf_local *local;
    struct connection connection;

    if (!connection_parse(line, strcspn(line, "\n"), &connection)) {
        return;
    }
    local = translations_find(job->translations, &connection);
    if (!local) {
        return;
    }
    job->size += conntrack_encode(job->messages + job->size, ++job->count, &connection, local);
    if (job->count == CARRY_BATCH) {
        carry_flush(job);
    }
}

/* @return 0 or -errno */
static int carry_read(struct carry_job *job)
{
    char line[CONNECTION_LINE_SIZE + 1];
    FILE *file = fopen(CARRY_FILE, "re");

    if (!file) {
        return errno == ENOENT ? 0 : -errno; /* without IPVS there is none */
    }
    while (fgets(line, sizeof(line), file)) {
        carry_take(job, line);
    }
    carry_flush(job);
    (void)fclose(file);
    return 0;
}

static int carry_open(struct carry_job *job)
{
    int error = job->namespace_fd >= 0 ? netns_enter(job->namespace_fd) : 0;
    int on = 1;

    if (error) {
        return error;
    }
    job->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    if (job->fd < 0) {
        return -errno;
    }
    /* A refusal does not bring the message back: netlink(7). */
    (void)setsockopt(job->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
    return 0;
}

static void *carry_work(void *argument)
{
    struct carry_job *job = argument;
    int64_t begun = clock_now();
    int error = carry_open(job);

    if (!error) {
        error = carry_read(job);
        (void)close(job->fd);
    }
    job->error = error ? error : job->error;
    job->took = clock_now() - begun;
    return job;
}

/* ---- On the loop ------------------------------------------------------------------------------- */

static void carry_job_free(struct carry_job *job)
{
    if (job) {
        translations_release(job->translations);
        free(job);
    }
}

static void carry_tell(const struct carry *carry, const struct carry_job *job)
{
    if (job->made) {
        log_event(carry->log, LOG_LEVEL_NOTICE, CARRY_SUBJECT,
                  "%zu connection%s of the other director taken over, in %.1f ms", job->made,
                  text_plural(job->made), (double)job->took / (double)CLOCK_MILLISECOND);
    }
    if (job->error) {
        log_error(carry->log, CARRY_SUBJECT,
                  "%zu connection%s of the other director cannot be taken over: %s", job->refused,
                  text_plural(job->refused), strerror(-job->error));
    }
}

static void carry_worked(void *argument, void *result)
{
    struct carry_job *job = result;
    struct carry *carry = job->owner;

    (void)argument;
    carry->worker = NULL;
    carry->made += job->made;
    carry->refused += job->refused;
    carry_tell(carry, job);
    carry_job_free(job);
}

static void carry_start(struct carry *carry)
{
    struct carry_job *job = memory_new(1, sizeof(*job));

    job->owner = carry;
    job->translations = translations_share(carry->translations);
    job->namespace_fd = carry->namespace_fd;
    carry->worker = worker_start(carry->loop, carry_work, carry_worked, job);
    if (!carry->worker) {
        job->error = -EAGAIN;
        carry_tell(carry, job);
        carry_job_free(job);
    }
}

static void carry_timed(void *argument, int64_t now, int64_t late)
{
    struct carry *carry = argument;

    (void)late;
    if (!carry->translations) {
        return;
    }
    if (carry->worker) { /* of a large table: once more when it is through */
        loop_timer_set(carry->timer, now + CARRY_RETRY);
        return;
    }
    carry_start(carry);
    loop_timer_set(carry->timer, takeover_step(&carry->takeover, now));
}

void carry_follow(struct carry *carry, unsigned masters)
{
    loop_timer_set(carry->timer, takeover_follow(&carry->takeover, masters,
                                                 loop_timer_deadline(carry->timer), clock_now()));
}

void carry_configure(struct carry *carry, const struct conf *conf, const struct conf_drain *drains,
                     size_t count)
{
    translations_release(carry->translations);
    carry->translations =
        conf->global.sync_daemon.interface ? translations_new(conf, drains, count) : NULL;
}

json_t *carry_snapshot(const struct carry *carry)
{
    return carry->translations ? json_pack("{s:I, s:I}", "carried", (json_int_t)carry->made,
                                           "refused", (json_int_t)carry->refused)
                               : json_null();
}

struct carry *carry_new(struct loop *loop, struct log *log, int namespace_fd)
{
    struct carry *carry = memory_new(1, sizeof(*carry));

    carry->loop = loop;
    carry->log = log;
    carry->namespace_fd = namespace_fd;
    carry->timer = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, carry_timed, carry);
    return carry;
}

void carry_free(struct carry *carry)
{
    if (!carry) {
        return;
    }
    carry_job_free(worker_cancel(carry->worker));
    translations_release(carry->translations);
    loop_timer_free(carry->timer);
    free(carry);
}
