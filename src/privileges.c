/* SPDX-License-Identifier: Apache-2.0
 *
 * The capabilities that the daemon keeps, and why.
 */
#include "privileges.h"

#include "base/capability.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "parser/conf.h"
#include "readers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct privileges {
    struct log *log;
    const char *config_file;
    uint64_t had;      /* at the start */
    uint64_t kept;     /* of them */
    uint64_t needed;   /* rows that the configuration in force needs, a bit each */
    bool no_new_privs; /* no program that is executed gets more */
};

/* ---- Who needs what ---------------------------------------------------------------------------- */

/* What a row looks at. Files are looked at with the rights that are always kept. */
struct privileges_view {
    const struct conf *conf;
    const char *config_file;
};

/* One that does not exist yet may come; what is in a directory that we may not search we can't know. */
static bool privileges_is_readable(const char *path)
{
    return faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0 || errno == ENOENT;
}

static bool privileges_need_priority(const struct privileges_view *view)
{
    return view->conf->global.process.nice != CONF_UNSET_NICE;
}

static bool privileges_need_realtime(const struct privileges_view *view)
{
    return view->conf->global.process.realtime;
}

static bool privileges_need_more_realtime(const struct privileges_view *view)
{
    return view->conf->global.process.realtime_most > 0;
}

static bool privileges_need_lock(const struct privileges_view *view)
{
    return view->conf->global.process.no_swap;
}

static bool privileges_need_owner(const struct privileges_view *view)
{
    for (int kind = 0; kind < CONF_FIFOS; kind++) {
        if (view->conf->global.fifos[kind].user) {
            return true;
        }
    }
    return false;
}

static bool privileges_need_readers(const struct privileges_view *view)
{
    gid_t group;

    return readers_find(view->conf, &group) && group != (gid_t)-1 && group != getegid();
}

static bool privileges_need_namespace(const struct privileges_view *view)
{
    return view->conf->place.ipvs_namespace;
}

/* Process 1 has capabilities that we do not keep, so with hidepid= it is not shown to us: proc(5). */
static bool privileges_need_processes(const struct privileges_view *view)
{
    return !STAILQ_EMPTY(&view->conf->track_processes) &&
           faccessat(AT_FDCWD, "/proc/1/stat", R_OK, AT_EACCESS) != 0;
}

static bool privileges_need_configuration(const struct privileges_view *view)
{
    /* One that is not there for us is in a directory that we may not search. */
    return faccessat(AT_FDCWD, view->config_file, R_OK, AT_EACCESS) != 0;
}

static bool privileges_need_tracked_files(const struct privileges_view *view)
{
    const struct conf_track_file *file;

    STAILQ_FOREACH(file, &view->conf->track_files, next) {
        if (!privileges_is_readable(file->path)) {
            return true;
        }
    }
    return false;
}

struct privileges_row {
    int capability;
    const char *keyword; /* NULL: whatever is configured */
    const char *why;
    bool (*needed)(const struct privileges_view *view); /* NULL: always */
};

static const struct privileges_row privileges_rows[] = {
    {CAP_NET_ADMIN, NULL, "addresses, routes, interfaces and their settings, IPVS", NULL},
    {CAP_NET_RAW, NULL, "adverts and gratuitous ARP", NULL},
    {CAP_NET_BIND_SERVICE, NULL, "checks from ports below 1024", NULL},
    {CAP_SYS_NICE, "vrrp_rt_priority", "a reload may raise it", privileges_need_realtime},
    {CAP_SYS_NICE, "vrrp_priority", "a reload may change it", privileges_need_priority},
    {CAP_SYS_NICE, "max_auto_priority", "a late loop raises it", privileges_need_more_realtime},
    {CAP_IPC_LOCK, "vrrp_no_swap", "memory is locked as it is taken", privileges_need_lock},
    {CAP_CHOWN, "notify_fifo", "a FIFO is given to its user", privileges_need_owner},
    {CAP_CHOWN, "status_socket_group", "the socket for readers is given to its group",
     privileges_need_readers},
    {CAP_SYS_ADMIN, "net_namespace_ipvs", "a thread enters it to reach the IPVS table",
     privileges_need_namespace},
    {CAP_SYS_PTRACE, "vrrp_track_process", "/proc is mounted with hidepid",
     privileges_need_processes},
    {CAP_DAC_READ_SEARCH, "configuration file", "root may not read it otherwise",
     privileges_need_configuration},
    {CAP_DAC_READ_SEARCH, "track_file", "root may not read it otherwise",
     privileges_need_tracked_files},
};

enum { PRIVILEGES_ROWS = sizeof(privileges_rows) / sizeof(privileges_rows[0]) };

static uint64_t privileges_row_set(const struct privileges_row *row)
{
    return CAPABILITY_SET(row->capability);
}

/* The capabilities of rows, a bit each. */
static uint64_t privileges_set(uint64_t rows)
{
    uint64_t set = 0;

    for (int i = 0; i < PRIVILEGES_ROWS; i++) {
        set |= rows & UINT64_C(1) << i ? privileges_row_set(&privileges_rows[i]) : 0;
    }
    return set;
}

/* The rows that a configuration needs, a bit each. */
static uint64_t privileges_find(const struct privileges *privileges, const struct conf *conf)
{
    const struct privileges_view view = {.conf = conf, .config_file = privileges->config_file};
    uint64_t rows = 0;

    for (int i = 0; i < PRIVILEGES_ROWS; i++) {
        rows |= !privileges_rows[i].needed ? UINT64_C(1) << i : 0;
    }
    (void)capability_set_effective(privileges_set(rows));
    for (int i = 0; i < PRIVILEGES_ROWS; i++) {
        if (privileges_rows[i].needed && privileges_rows[i].needed(&view)) {
            rows |= UINT64_C(1) << i;
        }
    }
    (void)capability_set_effective(~UINT64_C(0));
    return rows;
}

/* ---- Life -------------------------------------------------------------------------------------- */

struct privileges *privileges_give_up(const struct conf *conf, const char *config_file,
                                      struct log *log)
{
    struct privileges *privileges = memory_new(1, sizeof(*privileges));
    int error;

    privileges->log = log;
    privileges->config_file = config_file;
    privileges->had = capability_permitted();
    privileges->needed = privileges_find(privileges, conf);
    /* Without CAP_SETPCAP the bounding set stays; nothing can be executed to make use of it. */
    (void)capability_bound(privileges_set(privileges->needed));
    error = capability_keep(privileges_set(privileges->needed));
    privileges->no_new_privs = capability_refuse_new() == 0;
    privileges->kept = capability_permitted();
    if (error || !privileges->no_new_privs) {
        log_error(log, "privileges", "they could not be given up: %s",
                  error ? strerror(-error) : "the kernel knows no PR_SET_NO_NEW_PRIVS");
    }
    return privileges;
}

void privileges_free(struct privileges *privileges)
{
    free(privileges);
}

bool privileges_lacks(const struct privileges *privileges, int capability)
{
    return CAPABILITY_SET(capability) & privileges->had & ~privileges->kept;
}

/* Whether a row of the configuration in force needs what was given up. */
static bool privileges_row_lacks(const struct privileges *privileges, int row)
{
    return privileges->needed & UINT64_C(1) << row &&
           privileges_lacks(privileges, privileges_rows[row].capability);
}

unsigned privileges_check(struct privileges *privileges, const struct conf *conf)
{
    unsigned count = 0;

    privileges->needed = privileges_find(privileges, conf);
    for (int i = 0; i < PRIVILEGES_ROWS; i++) {
        const struct privileges_row *row = &privileges_rows[i];

        if (privileges_row_lacks(privileges, i)) {
            count++;
            log_error(privileges->log, "privileges",
                      "%s needs %s (%s), which was given up at the start since nothing needed it: "
                      "restart holdfastd, until then it has no effect",
                      row->keyword, capability_name(row->capability), row->why);
        }
    }
    return count;
}

/* ---- Status ------------------------------------------------------------------------------------ */

json_t *privileges_names(uint64_t set)
{
    json_t *names = json_array();

    for (int number = 0; number < CAPABILITY_COUNT; number++) {
        if (set & CAPABILITY_SET(number)) {
            json_array_append_new(names, json_from_text(capability_name(number)));
        }
    }
    return names;
}

/* A row for each reason to keep one, and one without a reason for what a reload no longer needs. */
static json_t *privileges_kept(const struct privileges *privileges)
{
    uint64_t unneeded = privileges->kept & ~privileges_set(privileges->needed);
    json_t *list = json_array();

    for (int i = 0; i < PRIVILEGES_ROWS; i++) {
        const struct privileges_row *row = &privileges_rows[i];

        if (privileges->needed & UINT64_C(1) << i && privileges->kept & privileges_row_set(row)) {
            json_array_append_new(list, json_pack("{s:s, s:o, s:s}", "name",
                                                  capability_name(row->capability), "keyword",
                                                  json_from_text(row->keyword), "why", row->why));
        }
    }
    for (int number = 0; number < CAPABILITY_COUNT; number++) {
        if (unneeded & CAPABILITY_SET(number)) {
            json_array_append_new(list,
                                  json_pack("{s:s, s:n, s:s}", "name", capability_name(number),
                                            "keyword", "why", "it was needed before a reload"));
        }
    }
    return list;
}

json_t *privileges_snapshot(const struct privileges *privileges)
{
    json_t *lacking = json_array();

    for (int i = 0; i < PRIVILEGES_ROWS; i++) {
        if (privileges_row_lacks(privileges, i)) {
            json_array_append_new(
                lacking, json_pack("{s:s, s:s}", "keyword", privileges_rows[i].keyword,
                                   "capability", capability_name(privileges_rows[i].capability)));
        }
    }
    return json_pack("{s:o, s:b, s:o}", "capabilities", privileges_kept(privileges), "no_new_privs",
                     privileges->no_new_privs, "lacking", lacking);
}
