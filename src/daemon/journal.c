/* SPDX-License-Identifier: Apache-2.0
 *
 * The event log of this daemon: what the modules tell goes in here, and the command `events` tells it.
 */
#include "daemon/daemon.h"

#include "base/clock.h"
#include "control/journal.h"
#include "control/protocol.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

enum {
    JOURNAL_LISTED = 1000, /* unless the request says another number */
    JOURNAL_NAME_SIZE = 64,
};

void daemon_note(struct daemon *daemon, const struct journal_entry *entry)
{
    (void)journal_add(daemon->journal, entry, clock_wall());
}

/* The first line of a file of /proc; empty where it cannot be read. */
static void journal_read_line(const char *path, char line[JOURNAL_NAME_SIZE])
{
    FILE *file = fopen(path, "re");

    if (!file || !fgets(line, JOURNAL_NAME_SIZE, file)) {
        line[0] = '\0';
    }
    line[strcspn(line, "\n")] = '\0';
    if (file) {
        (void)fclose(file);
    }
}

/* From the file alone: a name service may be far away, and is not waited for. */
static void journal_user(uid_t uid, char name[JOURNAL_NAME_SIZE])
{
    FILE *file = fopen("/etc/passwd", "re");
    const struct passwd *entry;

    (void)snprintf(name, JOURNAL_NAME_SIZE, "?");
    while (file && (entry = fgetpwent(file))) {
        if (entry->pw_uid == uid) {
            (void)snprintf(name, JOURNAL_NAME_SIZE, "%s", entry->pw_name);
            break;
        }
    }
    if (file) {
        (void)fclose(file);
    }
}

const char *daemon_whom(char text[DAEMON_WHOM_SIZE], const struct control_request *request)
{
    struct control_peer peer = control_peer(request);
    char path[JOURNAL_NAME_SIZE];
    char program[JOURNAL_NAME_SIZE];
    char user[JOURNAL_NAME_SIZE];

    (void)snprintf(path, sizeof(path), "/proc/%ld/comm", (long)peer.pid);
    journal_read_line(path, program);
    journal_user(peer.uid, user);
    (void)snprintf(text, DAEMON_WHOM_SIZE, "%s (uid %lu), %s (process %ld)", user,
                   (unsigned long)peer.uid, *program ? program : "a program that has ended",
                   (long)peer.pid);
    return text;
}

void daemon_note_operator(struct daemon *daemon, const struct control_request *request,
                          const struct journal_entry *entry)
{
    struct journal_entry whole = *entry;
    char by[DAEMON_WHOM_SIZE];

    whole.kind = JOURNAL_OPERATOR;
    whole.by = daemon_whom(by, request);
    daemon_note(daemon, &whole);
}

/* ---- The command ------------------------------------------------------------------------------- */

/* A line for one that follows. */
static json_t *journal_next(void *argument, uint64_t *cursor)
{
    const struct journal *journal = ((const struct daemon *)argument)->journal;
    uint64_t first = journal_first(journal);

    if (*cursor + 1 < first) {
        uint64_t lost = first - *cursor - 1;

        *cursor = first - 1;
        return json_pack("{s:i, s:I}", "version", JOURNAL_VERSION, "lost", (json_int_t)lost);
    }
    if (*cursor >= journal_last(journal)) {
        return NULL;
    }
    ++*cursor;
    return json_pack("{s:i, s:o}", "version", JOURNAL_VERSION, "event",
                     journal_event(journal, *cursor));
}

/* A whole number that an argument may be. @return whether it is one, or is not there */
static bool journal_number(const json_t *value, int64_t most, uint64_t *number)
{
    if (!value) {
        return true;
    }
    *number = (uint64_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) >= 0 &&
           json_integer_value(value) <= most;
}

/* What a request that follows begins with: all that it asks for was told then. */
static uint64_t journal_told(const json_t *list, const struct journal *journal)
{
    const json_t *events = json_object_get(list, "events");
    const json_t *last = json_array_get(events, json_array_size(events) - 1);

    return last ? (uint64_t)json_integer_value(json_object_get(last, "seq"))
                : journal_last(journal);
}

static void journal_command(void *argument, struct control_request *request)
{
    struct daemon *daemon = argument;
    const json_t *arguments = control_arguments(request);
    const json_t *since_seq = json_object_get(arguments, "since_seq");
    const json_t *follow = json_object_get(arguments, "follow");
    const struct control_feed feed = {.argument = daemon, .next = journal_next};
    uint64_t limit = JOURNAL_LISTED;
    uint64_t since = 0;
    json_t *list;

    if (!journal_number(since_seq, INT64_MAX, &since) ||
        !journal_number(json_object_get(arguments, "limit"), JOURNAL_SIZE, &limit) ||
        (follow && !json_is_boolean(follow))) {
        control_fail(request, "bad-argument",
                     "\"since_seq\" is a number, \"limit\" one in 0..%d, \"follow\" true or false",
                     JOURNAL_SIZE);
        return;
    }
    list = journal_list(daemon->journal, since_seq ? &since : NULL, (size_t)limit);
    if (json_is_true(follow)) {
        control_follow(request, list, &feed, journal_told(list, daemon->journal));
    } else {
        control_reply(request, list);
    }
}

static void journal_on_event(void *argument, uint64_t number)
{
    (void)number;
    control_wake(((const struct daemon *)argument)->control);
}

void daemon_open_journal(struct daemon *daemon)
{
    daemon->journal = journal_new(JOURNAL_SIZE);
    journal_listen(daemon->journal, journal_on_event, daemon);
}

void daemon_add_events(struct daemon *daemon)
{
    control_add_look(daemon->control, "events",
                     "what has happened, and why; with follow, as it does", journal_command,
                     daemon);
}
