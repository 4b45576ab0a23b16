/* SPDX-License-Identifier: Apache-2.0
 *
 * The tracked processes. Who is there is read from /proc on a thread: at the start, where the kernel
 * dropped news, and once a second where it gives none (the connector is of the first network
 * namespace alone). The end of one that was found is told by its pidfd, anywhere.
 */
#include "vrrp/proc.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/memory.h"
#include "base/receive_buffer.h"
#include "base/text.h"
#include "base/worker.h"
#include "vrrp/proc_match.h"
#include "vrrp/proc_pids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

enum {
    PROC_NAME_SIZE = 17,
    PROC_COMMAND_SIZE = 4096, /* of a command line; what is longer is cut off */
    PROC_NEWS_SIZE = 1024,
    PROC_NEWS_PER_TURN = 64,
    PROC_MOST_CHANGED = 1024,
    PROC_PATH_SIZE = 64,
    PROC_RECEIVE_BUFFER = 1024 * 1024,
};

#define PROC_LOOK_EVERY (1 * CLOCK_SECOND)

/* A process as /proc showed it. */
struct proc_seen {
    int pid;
    char name[PROC_NAME_SIZE];
    char *command;
    size_t size;
};

struct proc_list {
    struct proc_seen *seen;
    size_t count;
};

struct proc_tracked {
    struct proc_table *table;
    struct conf_track_process conf; /* a copy */
    struct proc_pids *pids;
    bool looked; /* `pids` are those of a look, and news since */
    enum track_status status;
    struct loop_timer *delay; /* until a change counts */
    struct proc_tracked *next;
};

struct proc_table {
    struct loop *loop;
    struct log *log;
    proc_function function;
    void *argument;
    struct proc_tracked *tracked;
    int fd; /* of the connector; -1: there is none */
    struct loop_watch *news;
    struct loop_timer *look;
    struct worker *worker; /* looks through /proc */
    bool look_again;       /* asked for while it did */
    int *changed;          /* processes that there was news of while it did */
    size_t changed_count;
};

/* ---- /proc ------------------------------------------------------------------------------------- */

/* @return bytes, 0 where it cannot be read: the process may be gone */
static size_t proc_read_file(int pid, const char *file, char *text, size_t size)
{
    char path[PROC_PATH_SIZE];
    ssize_t length;
    int fd;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    length = read(fd, text, size);
    (void)close(fd);
    return length > 0 ? (size_t)length : 0;
}

/* @return whether there is such a process. `seen->command` is the caller's to free. */
static bool proc_read(int pid, struct proc_seen *seen)
{
    char command[PROC_COMMAND_SIZE];
    size_t length = proc_read_file(pid, "comm", seen->name, sizeof(seen->name) - 1);

    if (!length) {
        return false;
    }
    seen->pid = pid;
    seen->name[length] = '\0';
    seen->name[strcspn(seen->name, "\n")] = '\0';
    seen->size = proc_read_file(pid, "cmdline", command, sizeof(command));
    seen->command = memory_new(seen->size + 1, 1);
    memcpy(seen->command, command, seen->size);
    return true;
}

/* On a thread. @return a struct proc_list */
static void *proc_list_all(void *argument)
{
    struct proc_list *list = memory_new(1, sizeof(*list));
    DIR *directory = opendir("/proc");
    const struct dirent *entry;

    (void)argument;
    while (directory && (entry = readdir(directory))) {
        struct proc_seen seen;
        uint64_t pid; /* of the entries with such a name */

        if (text_parse_unsigned(entry->d_name, INT_MAX, &pid) && pid &&
            proc_read((int)pid, &seen)) {
            list->seen = memory_resize(list->seen, list->count + 1, sizeof(*list->seen));
            list->seen[list->count++] = seen;
        }
    }
    if (directory) {
        (void)closedir(directory);
    }
    return list;
}

static void proc_list_free(struct proc_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->seen[i].command);
    }
    free(list->seen);
    free(list);
}

/* ---- One tracked thing ------------------------------------------------------------------------- */

static enum track_status proc_is(const struct proc_tracked *tracked)
{
    return proc_is_quorate(&tracked->conf, proc_pids_count(tracked->pids)) ? TRACK_GOOD : TRACK_BAD;
}

static void proc_settle(struct proc_tracked *tracked)
{
    enum track_status status = proc_is(tracked);
    unsigned count = proc_pids_count(tracked->pids);

    if (status != tracked->status) {
        log_event(tracked->table->log, LOG_LEVEL_INFO, tracked->conf.name, "%u process%s of %s: %s",
                  count, count == 1 ? "" : "es", tracked->conf.argv[0],
                  status == TRACK_GOOD ? "good" : "bad");
        tracked->status = status;
        tracked->table->function(tracked->table->argument);
    }
}

static void proc_delay_over(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    proc_settle(argument);
}

/* A change counts when it has lasted; one that is undone meanwhile never was. */
static void proc_review(struct proc_tracked *tracked)
{
    enum track_status status = proc_is(tracked);
    int64_t delay = status == TRACK_GOOD ? tracked->conf.fork_delay : tracked->conf.terminate_delay;

    if (status == tracked->status) {
        loop_timer_set(tracked->delay, CLOCK_NEVER);
    } else if (tracked->status == TRACK_UNKNOWN || !delay) {
        loop_timer_set(tracked->delay, CLOCK_NEVER);
        proc_settle(tracked);
    } else if (loop_timer_deadline(tracked->delay) == CLOCK_NEVER) {
        loop_timer_set(tracked->delay, clock_now() + delay);
    }
}

static void proc_set_pid(struct proc_tracked *tracked, int pid, bool matches)
{
    if (!tracked->looked) {
        return; /* one process says nothing without all others */
    }
    if (matches ? proc_pids_add(tracked->pids, pid) : proc_pids_remove(tracked->pids, pid)) {
        proc_review(tracked);
    }
}

static bool proc_seen_matches(const struct proc_tracked *tracked, const struct proc_seen *seen)
{
    const struct proc_facts facts = {
        .name = seen->name, .command = seen->command, .size = seen->size};

    return proc_matches(&tracked->conf, &facts);
}

/* ---- Looking ----------------------------------------------------------------------------------- */

static void proc_look_all(struct proc_table *table);
static void proc_look(struct proc_table *table, int pid);

static void proc_take_list(struct proc_tracked *tracked, const struct proc_list *list)
{
    int *found = memory_new(list->count + 1, sizeof(*found));
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (proc_seen_matches(tracked, &list->seen[i])) {
            found[count++] = list->seen[i].pid;
        }
    }
    tracked->looked = true;
    proc_pids_replace(tracked->pids, found, count);
    free(found);
    proc_review(tracked);
}

static void proc_looked(void *argument, void *result)
{
    struct proc_table *table = argument;
    struct proc_tracked *tracked;

    table->worker = NULL;
    LL_FOREACH(table->tracked, tracked) {
        proc_take_list(tracked, result);
    }
    proc_list_free(result);
    /* The list may be older than the news. */
    for (size_t i = 0; i < table->changed_count; i++) {
        proc_look(table, table->changed[i]);
    }
    table->changed_count = 0;
    if (table->look_again) {
        table->look_again = false;
        proc_look_all(table);
    } else if (table->fd < 0 && table->tracked) {
        loop_timer_set(table->look, clock_now() + PROC_LOOK_EVERY);
    }
}

static void proc_look_all(struct proc_table *table)
{
    if (table->worker) {
        table->look_again = true;
        return;
    }
    table->worker = worker_start(table->loop, proc_list_all, proc_looked, table);
    if (!table->worker) { /* no thread is to be had now */
        loop_timer_set(table->look, clock_now() + PROC_LOOK_EVERY);
    }
}

static void proc_look_due(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    proc_look_all(argument);
}

static void proc_look(struct proc_table *table, int pid)
{
    struct proc_tracked *tracked;
    struct proc_seen seen = {0};
    bool there = proc_read(pid, &seen);

    LL_FOREACH(table->tracked, tracked) {
        proc_set_pid(tracked, pid, there && proc_seen_matches(tracked, &seen));
    }
    free(seen.command);
}

static void proc_gone(struct proc_table *table, int pid)
{
    struct proc_tracked *tracked;

    LL_FOREACH(table->tracked, tracked) {
        proc_set_pid(tracked, pid, false);
    }
}

/* ---- News -------------------------------------------------------------------------------------- */

enum proc_news proc_decode(const uint8_t *data, size_t size, int *pid)
{
    const size_t head = NLMSG_HDRLEN + sizeof(struct cn_msg);
    struct proc_event event = {0};
    struct cn_msg message;

    if (size < head + offsetof(struct proc_event, event_data)) {
        return PROC_NEWS_NONE;
    }
    memcpy(&message, data + NLMSG_HDRLEN, sizeof(message));
    size -= head;
    memcpy(&event, data + head, size < sizeof(event) ? size : sizeof(event));
    if (message.id.idx != CN_IDX_PROC || message.id.val != CN_VAL_PROC) {
        return PROC_NEWS_NONE;
    }
    switch ((unsigned)event.what) {
    case PROC_EVENT_FORK:
        *pid = event.event_data.fork.child_tgid; /* a thread's is its process's */
        return event.event_data.fork.child_pid == *pid ? PROC_NEWS_LOOK : PROC_NEWS_NONE;
    case PROC_EVENT_EXEC:
        *pid = event.event_data.exec.process_tgid;
        return PROC_NEWS_LOOK;
    case PROC_EVENT_COMM:
        *pid = event.event_data.comm.process_tgid;
        return event.event_data.comm.process_pid == *pid ? PROC_NEWS_LOOK : PROC_NEWS_NONE;
    case PROC_EVENT_EXIT:
        *pid = event.event_data.exit.process_tgid;
        return event.event_data.exit.process_pid == *pid ? PROC_NEWS_GONE : PROC_NEWS_NONE;
    default:
        return PROC_NEWS_NONE;
    }
}

static void proc_note_changed(struct proc_table *table, int pid)
{
    if (table->changed_count == PROC_MOST_CHANGED) { /* a new look is less work */
        table->look_again = true;
        return;
    }
    table->changed =
        memory_resize(table->changed, table->changed_count + 1, sizeof(*table->changed));
    table->changed[table->changed_count++] = pid;
}

/* A pidfd said so: no news of the connector is needed, and in a namespace there is none. */
static void proc_ended(void *argument, int pid)
{
    struct proc_tracked *tracked = argument;

    if (tracked->table->worker) { /* its list may still have it */
        proc_note_changed(tracked->table, pid);
    }
    proc_review(tracked);
}

static void proc_readable(void *argument)
{
    struct proc_table *table = argument;
    uint8_t data[PROC_NEWS_SIZE];

    for (int i = 0; i < PROC_NEWS_PER_TURN; i++) {
        ssize_t size = recv(table->fd, data, sizeof(data), MSG_DONTWAIT);
        int pid = 0;
        enum proc_news news;

        if (size < 0) {
            if (errno == ENOBUFS) { /* some were lost */
                proc_look_all(table);
            }
            return;
        }
        news = proc_decode(data, (size_t)size, &pid);
        if (news != PROC_NEWS_NONE && table->worker) {
            proc_note_changed(table, pid);
        }
        if (news == PROC_NEWS_LOOK) {
            proc_look(table, pid);
        } else if (news == PROC_NEWS_GONE) {
            proc_gone(table, pid);
        }
    }
}

/* Asks the kernel for news: connector of Documentation/driver-api/connector.rst. @return 0 or -errno */
static int proc_listen(int fd)
{
    const struct sockaddr_nl own = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
    const enum proc_cn_mcast_op listen = PROC_CN_MCAST_LISTEN;
    uint8_t data[NLMSG_HDRLEN + sizeof(struct cn_msg) + sizeof(listen)] = {0};
    struct nlmsghdr header = {.nlmsg_len = sizeof(data), .nlmsg_type = NLMSG_DONE};
    struct cn_msg message = {.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC}, .len = sizeof(listen)};

    memcpy(data, &header, sizeof(header));
    memcpy(data + NLMSG_HDRLEN, &message, sizeof(message));
    memcpy(data + NLMSG_HDRLEN + sizeof(message), &listen, sizeof(listen));
    return bind(fd, (const struct sockaddr *)&own, sizeof(own)) != 0 ||
                   send(fd, data, sizeof(data), 0) < 0
               ? -errno
               : 0;
}

static void proc_open_news(struct proc_table *table)
{
    table->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_CONNECTOR);
    if (table->fd >= 0 && proc_listen(table->fd) == 0) {
        table->news = loop_watch_new(table->loop, LOOP_PRIORITY_NORMAL, table->fd, false,
                                     proc_readable, table);
        return;
    }
    log_notice(table->log, "vrrp_track_process",
               "the kernel tells of no new processes here (%s): they are looked for once a second",
               strerror(errno));
    if (table->fd >= 0) {
        (void)close(table->fd);
    }
    table->fd = -1;
}

static void proc_set_buffer(struct proc_table *table, const struct conf_buffer *buffer)
{
    if (table->fd >= 0 && buffer->size) {
        uint32_t size = receive_buffer_set(table->fd, buffer->size, buffer->force);

        if (size < buffer->size) {
            log_notice(
                table->log, "process_monitor_rcv_bufs",
                "net.core.rmem_max allows %u bytes; process_monitor_rcv_bufs_force does more",
                size);
        }
    } else if (table->fd >= 0) {
        (void)receive_buffer_set(table->fd, PROC_RECEIVE_BUFFER, true);
    }
}

static void proc_close_news(struct proc_table *table)
{
    loop_watch_free(table->news);
    table->news = NULL;
    if (table->fd >= 0) {
        (void)close(table->fd);
    }
    table->fd = -1;
    loop_timer_set(table->look, CLOCK_NEVER);
}

/* ---- Table ------------------------------------------------------------------------------------- */

struct proc_table *proc_table_new(struct loop *loop, struct log *log, proc_function function,
                                  void *argument)
{
    struct proc_table *table = memory_new(1, sizeof(*table));

    table->loop = loop;
    table->log = log;
    table->function = function;
    table->argument = argument;
    table->fd = -1;
    table->look = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, proc_look_due, table);
    return table;
}

static void proc_tracked_free(struct proc_tracked *tracked)
{
    for (size_t i = 0; tracked->conf.argv[i]; i++) {
        free((void *)tracked->conf.argv[i]);
    }
    free((void *)tracked->conf.argv);
    free((void *)tracked->conf.name);
    proc_pids_free(tracked->pids);
    loop_timer_free(tracked->delay);
    free(tracked);
}

static void proc_free_all(struct proc_tracked *tracked)
{
    while (tracked) {
        struct proc_tracked *next = tracked->next;

        proc_tracked_free(tracked);
        tracked = next;
    }
}

void proc_table_free(struct proc_table *table)
{
    if (!table) {
        return;
    }
    if (table->worker) {
        proc_list_free(worker_cancel(table->worker));
    }
    proc_close_news(table);
    proc_free_all(table->tracked);
    loop_timer_free(table->look);
    free(table->changed);
    free(table);
}

static struct proc_tracked *proc_copy(struct proc_table *table,
                                      const struct conf_track_process *conf)
{
    struct proc_tracked *tracked = memory_new(1, sizeof(*tracked));
    const char **argv;
    size_t count = 0;

    while (conf->argv[count]) {
        count++;
    }
    argv = memory_new(count + 1, sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        argv[i] = memory_text(conf->argv[i]);
    }
    tracked->table = table;
    tracked->conf = *conf;
    tracked->conf.name = memory_text(conf->name);
    tracked->conf.argv = argv;
    tracked->status = TRACK_UNKNOWN;
    tracked->pids = proc_pids_new(table->loop, proc_ended, tracked);
    tracked->delay = loop_timer_new(table->loop, LOOP_PRIORITY_NORMAL, proc_delay_over, tracked);
    return tracked;
}

static struct proc_tracked *proc_find(struct proc_tracked *tracked, const char *name)
{
    while (tracked && strcmp(tracked->conf.name, name) != 0) {
        tracked = tracked->next;
    }
    return tracked;
}

void proc_configure(struct proc_table *table, const struct conf *conf)
{
    struct proc_tracked *before = table->tracked;
    const struct conf_track_process *one;

    table->tracked = NULL;
    STAILQ_FOREACH(one, &conf->track_processes, next) {
        const struct proc_tracked *known = proc_find(before, one->name);
        struct proc_tracked *tracked;

        if (one->tracked && one->argv) {
            tracked = proc_copy(table, one);
            tracked->status =
                known ? known->status : TRACK_UNKNOWN; /* until it has been looked at */
            LL_APPEND(table->tracked, tracked);
        }
    }
    proc_free_all(before);
    if (table->tracked && table->fd < 0) {
        proc_open_news(table); /* before the look, so that nothing is missed between them */
    } else if (!table->tracked) {
        proc_close_news(table);
    }
    proc_set_buffer(table, &conf->global.buffers[CONF_BUFFER_PROCESS]);
    if (table->tracked) {
        proc_look_all(table);
    }
}

enum track_status proc_status(const struct proc_table *table, const char *name)
{
    const struct proc_tracked *tracked = proc_find(table->tracked, name);

    return tracked ? tracked->status : TRACK_GOOD;
}

json_t *proc_snapshot(const struct proc_table *table)
{
    static const char *const words[] = {
        [TRACK_UNKNOWN] = "unknown", [TRACK_GOOD] = "good", [TRACK_BAD] = "bad"};
    json_t *list = json_array();
    const struct proc_tracked *tracked;

    LL_FOREACH(table->tracked, tracked) {
        json_array_append_new(list, json_pack("{s:o, s:o, s:I, s:s}", "name",
                                              json_from_text(tracked->conf.name), "process",
                                              json_from_text(tracked->conf.argv[0]), "running",
                                              (json_int_t)proc_pids_count(tracked->pids), "status",
                                              words[tracked->status]));
    }
    return list;
}
