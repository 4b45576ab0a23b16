/* SPDX-License-Identifier: Apache-2.0
 *
 * The text views of what the daemon answers. Where anything is not well they say why.
 */
#include "control/render.h"

#include "base/clock.h"
#include "base/text.h"
#include "control/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    RENDER_NAME_WIDTH = 24, /* a server's name up to here stands in its row, a longer one above */
    RENDER_TEXT_SIZE = 160,
    RENDER_PROBLEMS = 5,         /* of the last reload, in the status */
    RENDER_COMPLAINT_MS = 60000, /* how long what was wrong with an advert counts as trouble */
};

struct render {
    const struct render_options *options;
    struct text_buffer *out;
};

/* ---- Reading ----------------------------------------------------------------------------------- */

static const char *render_string(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "-";
}

static json_int_t render_number(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static bool render_is(const json_t *object, const char *name, const char *word)
{
    return strcmp(render_string(object, name), word) == 0;
}

static bool render_true(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

static bool render_has_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text && *text;
}

/* A number for a column; "-" where there is none. */
static const char *render_count(char text[RENDER_TEXT_SIZE], const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    if (json_is_integer(value)) {
        (void)snprintf(text, RENDER_TEXT_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else {
        (void)text_copy(text, RENDER_TEXT_SIZE, "-");
    }
    return text;
}

/* So many of a unit in nanoseconds; what is beyond all clocks is as far as a clock goes. */
static int64_t render_scale(int64_t number, int64_t unit)
{
    int64_t limit = INT64_MAX / unit - 1;

    if (number > limit) {
        return limit * unit;
    }
    return (number < -limit ? -limit : number) * unit;
}

/* The time since an instant in RFC 3339 form, UTC, such as "3.61 s"; "-" where it is none. */
static const char *render_age(char text[CLOCK_TEXT_SIZE], const struct render *render,
                              const json_t *object, const char *name)
{
    const char *when = render_string(object, name);
    struct tm fields = {0};
    const char *rest = strptime(when, "%Y-%m-%dT%H:%M:%S", &fields);
    int64_t fraction = 0;
    int64_t now = render->options->now_wall;
    int64_t age;

    if (!rest) {
        (void)text_copy(text, CLOCK_TEXT_SIZE, "-");
        return text;
    }
    if (*rest == '.') {
        int64_t place = CLOCK_SECOND / 10;

        for (rest++; *rest >= '0' && *rest <= '9'; rest++, place /= 10) {
            fraction += (*rest - '0') * place;
        }
    }
    age = render_scale(now / CLOCK_SECOND - (int64_t)timegm(&fields), CLOCK_SECOND) +
          now % CLOCK_SECOND - fraction;
    return clock_duration_text(text, age < 0 ? 0 : age);
}

static const char *render_ms(char text[CLOCK_TEXT_SIZE], const json_t *object, const char *name)
{
    double ns = json_number_value(json_object_get(object, name)) * (double)CLOCK_MILLISECOND;
    bool fits = ns > (double)-CLOCK_NEVER && ns < (double)CLOCK_NEVER;

    return clock_duration_text(text, fits ? (int64_t)ns : CLOCK_NEVER);
}

static const char *render_us(char text[CLOCK_TEXT_SIZE], const json_t *object, const char *name)
{
    return clock_duration_text(text, render_scale(render_number(object, name), CLOCK_MICROSECOND));
}

__attribute__((format(printf, 4, 5))) static void render_line(const struct render *render,
                                                              unsigned indent,
                                                              enum table_style style,
                                                              const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    table_write_line(render->out, indent, style, render->options->colour, "%s", text);
}

/* ---- What is wrong ----------------------------------------------------------------------------- */

/* Adds a trouble to the list, such as "2 servers down". */
static void render_trouble(struct text_buffer *list, unsigned count, const char *one,
                           const char *many)
{
    if (count) {
        text_appendf(list, "%s%u %s", list->length ? ", " : "", count, count == 1 ? one : many);
    }
}

/* How many of a master's addresses or routes the kernel does not have. */
static unsigned render_missing(const json_t *instance, const char *list)
{
    unsigned missing = 0;
    json_t *one;
    size_t i;

    if (!render_is(instance, "state", "MASTER")) {
        return 0;
    }
    json_array_foreach(json_object_get(instance, list), i, one) {
        missing += json_is_false(json_object_get(one, "present"));
    }
    return missing;
}

/* Whether another router's adverts were wrong within the last minute. */
static bool render_complains(const json_t *instance)
{
    const json_t *complaint = json_object_get(instance, "complaint");

    return json_is_object(complaint) &&
           json_number_value(json_object_get(complaint, "ms_ago")) < RENDER_COMPLAINT_MS;
}

static void render_instance_troubles(const json_t *status, struct text_buffer *list)
{
    unsigned faults = 0;
    unsigned addresses = 0;
    unsigned routes = 0;
    unsigned rules = 0;
    unsigned complaints = 0;
    json_t *instance;
    size_t i;

    json_array_foreach(json_object_get(status, "instances"), i, instance) {
        faults += render_is(instance, "state", "FAULT");
        addresses += render_missing(instance, "addresses");
        routes += render_missing(instance, "routes");
        rules += render_missing(instance, "rules");
        complaints += render_complains(instance);
    }
    render_trouble(list, faults, "instance in FAULT", "instances in FAULT");
    render_trouble(list, addresses, "address missing", "addresses missing");
    render_trouble(list, routes, "route missing", "routes missing");
    render_trouble(list, rules, "rule missing", "rules missing");
    render_trouble(list, complaints, "instance disagrees with another router",
                   "instances disagree with another router");
}

static void render_bfd_troubles(const json_t *bfd, struct text_buffer *list)
{
    unsigned down = 0;
    json_t *session;
    size_t i;

    json_array_foreach(json_object_get(bfd, "sessions"), i, session) {
        down += render_is(session, "status", "down");
    }
    render_trouble(list, down, "BFD session down", "BFD sessions down");
}

/* Whether one of the server's checks could not be made here the last time. */
static bool render_is_unchecked(const json_t *server)
{
    json_t *check;
    size_t i;

    json_array_foreach(json_object_get(server, "checks"), i, check) {
        if (render_is(json_object_get(check, "last_result"), "class", "local")) {
            return true;
        }
    }
    return false;
}

static void render_service_troubles(const json_t *status, struct text_buffer *list)
{
    unsigned down = 0;
    unsigned unchecked = 0;
    unsigned refused = 0;
    unsigned without_quorum = 0;
    json_t *service;
    json_t *server;
    size_t i;
    size_t j;

    json_array_foreach(json_object_get(status, "services"), i, service) {
        without_quorum += json_is_false(json_object_get(service, "quorum_met"));
        refused += render_has_text(service, "ipvs_error");
        json_array_foreach(json_object_get(service, "servers"), j, server) {
            down += render_is(server, "state", "down");
            unchecked += render_is_unchecked(server);
            refused += render_has_text(server, "ipvs_error");
        }
    }
    render_trouble(list, without_quorum, "service without quorum", "services without quorum");
    render_trouble(list, down, "server down", "servers down");
    render_trouble(list, unchecked, "server cannot be checked", "servers cannot be checked");
    render_trouble(list, refused, "IPVS entry refused by the kernel",
                   "IPVS entries refused by the kernel");
}

/* Whether the sync daemon does not run as it should. */
static bool render_is_not_synchronised(const json_t *daemon)
{
    return render_has_text(daemon, "reason") ||
           render_has_text(json_object_get(daemon, "master"), "error") ||
           render_has_text(json_object_get(daemon, "backup"), "error");
}

static void render_troubles(const struct render *render, const json_t *status)
{
    const json_t *reload = json_object_get(json_object_get(status, "reload"), "last");
    const json_t *ipvs = json_object_get(status, "ipvs");
    const json_t *privileges = json_object_get(status, "privileges");
    struct text_buffer list = {0};

    render_instance_troubles(status, &list);
    render_bfd_troubles(json_object_get(status, "bfd"), &list);
    render_service_troubles(status, &list);
    if (json_is_false(json_object_get(ipvs, "available")) &&
        json_array_size(json_object_get(status, "services"))) {
        text_appendf(&list, "%sno IPVS", list.length ? ", " : "");
    }
    if (render_is_not_synchronised(json_object_get(ipvs, "sync_daemon"))) {
        text_appendf(&list, "%sconnections are not synchronised", list.length ? ", " : "");
    }
    if (json_is_false(json_object_get(json_object_get(privileges, "helper"), "alive"))) {
        text_appendf(&list, "%sno script can be run", list.length ? ", " : "");
    }
    if (json_array_size(json_object_get(privileges, "lacking"))) {
        text_appendf(&list, "%sa setting waits for a restart", list.length ? ", " : "");
    }
    if (render_is(reload, "result", "failed")) {
        text_appendf(&list, "%sthe last reload was refused", list.length ? ", " : "");
    }
    if (list.length) {
        render_line(render, 0, TABLE_BAD, "TROUBLE: %s", list.data);
    } else if (json_is_object(json_object_get(status, "daemon"))) {
        render_line(render, 0, TABLE_GOOD, "all well");
    } else {
        render_line(render, 0, TABLE_ODD, "nothing is known");
    }
    text_release(&list);
}

/* ---- The daemon -------------------------------------------------------------------------------- */

static void render_daemon(const struct render *render, const json_t *daemon)
{
    char age[CLOCK_TEXT_SIZE];
    char pid[RENDER_TEXT_SIZE];

    render_line(render, 0, TABLE_PLAIN, "holdfastd %s, pid %s, up %s, %s%s%s%s%s",
                render_string(daemon, "version"), render_count(pid, daemon, "pid"),
                render_age(age, render, daemon, "started"), render_string(daemon, "config_file"),
                render_has_text(daemon, "config_id") ? ", id " : "",
                render_has_text(daemon, "config_id") ? render_string(daemon, "config_id") : "",
                render_has_text(daemon, "namespace") ? ", namespace " : "",
                render_has_text(daemon, "namespace") ? render_string(daemon, "namespace") : "");
}

static void render_diagnostic(const json_t *diagnostic, char *text, size_t size)
{
    if (render_has_text(diagnostic, "file")) {
        (void)snprintf(text, size, "%s:%" JSON_INTEGER_FORMAT ":%" JSON_INTEGER_FORMAT ": %s: %s",
                       render_string(diagnostic, "file"), render_number(diagnostic, "line"),
                       render_number(diagnostic, "column"), render_string(diagnostic, "severity"),
                       render_string(diagnostic, "message"));
    } else {
        (void)snprintf(text, size, "%s: %s", render_string(diagnostic, "severity"),
                       render_string(diagnostic, "message"));
    }
}

static void render_planned_reload(const struct render *render, const json_t *reload)
{
    if (render_has_text(reload, "planned")) {
        render_line(render, 0, TABLE_ODD, "reload: planned for %s",
                    render_string(reload, "planned"));
    }
}

static void render_reload_state(const struct render *render, const json_t *reload)
{
    const json_t *last = json_object_get(reload, "last");
    bool failed = render_is(last, "result", "failed");
    char age[CLOCK_TEXT_SIZE];
    char took[CLOCK_TEXT_SIZE];
    json_t *diagnostic;
    size_t i;

    if (!json_is_object(last) || render_is(last, "result", "none")) {
        render_line(render, 0, TABLE_PLAIN, "reload: none since the start");
        return;
    }
    render_line(render, 0, failed ? TABLE_BAD : TABLE_PLAIN,
                "reload: %s %s ago, took %s: %s (number %" JSON_INTEGER_FORMAT ")",
                failed ? "REFUSED" : "ok", render_age(age, render, last, "at"),
                render_ms(took, last, "duration_ms"), render_string(last, "message"),
                render_number(reload, "count"));
    json_array_foreach(json_object_get(last, "diagnostics"), i, diagnostic) {
        char text[512];

        if (i == RENDER_PROBLEMS) {
            render_line(render, 2, TABLE_FAINT, "... and %zu more",
                        json_array_size(json_object_get(last, "diagnostics")) - i);
            break;
        }
        render_diagnostic(diagnostic, text, sizeof(text));
        render_line(render, 2, TABLE_PLAIN, "%s", text);
    }
}

static void render_loop(const struct render *render, const json_t *loop)
{
    const json_t *lag = json_object_get(loop, "lag");
    char p50[CLOCK_TEXT_SIZE];
    char p99[CLOCK_TEXT_SIZE];
    char max[CLOCK_TEXT_SIZE];

    render_line(render, 0, TABLE_PLAIN,
                "loop: timers late by %s (half of them), %s (99 %%), %s at most",
                render_us(p50, lag, "p50_us"), render_us(p99, lag, "p99_us"),
                render_us(max, lag, "max_us"));
}

/* ---- VRRP -------------------------------------------------------------------------------------- */

static enum table_style render_instance_style(const json_t *instance)
{
    if (render_is(instance, "state", "MASTER")) {
        return TABLE_GOOD;
    }
    if (render_is(instance, "state", "FAULT")) {
        return TABLE_BAD;
    }
    return render_is(instance, "state", "BACKUP") ? TABLE_PLAIN : TABLE_ODD;
}

static void render_priority(const json_t *instance, struct table *table)
{
    json_int_t base = render_number(instance, "priority_base");
    json_int_t effective = render_number(instance, "priority_effective");

    if (base == effective) {
        table_cell(table, TABLE_PLAIN, "%" JSON_INTEGER_FORMAT, base);
    } else {
        table_cell(table, TABLE_ODD, "%" JSON_INTEGER_FORMAT " (base %" JSON_INTEGER_FORMAT ")",
                   effective, base);
    }
}

static void render_master(const json_t *instance, struct table *table)
{
    const json_t *master = json_object_get(instance, "master");

    if (!json_is_object(master)) {
        table_cell(table, TABLE_PLAIN, "-");
    } else if (render_is(instance, "state", "MASTER")) {
        table_cell(table, TABLE_PLAIN, "%s (this one)", render_string(master, "address"));
    } else {
        table_cell(table, TABLE_PLAIN, "%s (%" JSON_INTEGER_FORMAT ")",
                   render_string(master, "address"), render_number(master, "priority"));
    }
}

static void render_addresses(const json_t *instance, struct table *table)
{
    bool master = render_is(instance, "state", "MASTER");
    struct text_buffer list = {0};
    bool missing = false;
    json_t *address;
    size_t i;

    json_array_foreach(json_object_get(instance, "addresses"), i, address) {
        bool absent = master && json_is_false(json_object_get(address, "present"));

        missing = missing || absent;
        text_appendf(&list, "%s%s dev %s", i ? ", " : "", render_string(address, "address"),
                     render_string(address, "device"));
        if (render_has_text(address, "label")) {
            text_appendf(&list, " label %s", render_string(address, "label"));
        }
        text_append(&list, absent ? " MISSING" : "");
    }
    if (list.length) {
        table_note(table, missing ? TABLE_BAD : TABLE_PLAIN, "%s", list.data);
    }
    text_release(&list);
}

/* Routes or rules: in one line, and below it what is wrong with those that should be there. */
static void render_owned(const json_t *instance, const char *list, const char *key,
                         struct table *table)
{
    bool master = render_is(instance, "state", "MASTER");
    struct text_buffer text = {0};
    bool missing = false;
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(instance, list), i, one) {
        bool absent = master && json_is_false(json_object_get(one, "present"));

        missing = missing || absent;
        text_appendf(&text, "%s%s%s", i ? ", " : "", render_string(one, key),
                     absent ? " MISSING" : "");
    }
    if (text.length) {
        table_note(table, missing ? TABLE_BAD : TABLE_PLAIN, "%s: %s", list, text.data);
    }
    text_release(&text);
    json_array_foreach(json_object_get(instance, list), i, one) {
        if (master && render_has_text(one, "trouble")) {
            table_note(table, TABLE_BAD, "%s", render_string(one, "trouble"));
        }
    }
}

static void render_fault(const char *fault, const char *cure, struct table *table)
{
    bool known = cure && *cure;

    table_note(table, TABLE_BAD, "fault: %s%s%s", fault, known ? "; ends when: " : "",
               known ? cure : "");
}

/* How the others sum version 3 over IPv4 is worth a word, since some refuse what others send. */
static void render_peer(const json_t *instance, const json_t *peer, struct table *table)
{
    static const struct {
        const char *word;
        const char *text;
    } forms[] = {
        {"pseudo_header", ", checksum with pseudo-header"},
        {"message", ", checksum of the message alone"},
        {"old_unicast", ", checksum of an old keepalived (old_unicast_checksum)"},
    };
    bool tell = render_is(instance, "family", "ipv4") && render_number(peer, "version") == 3;
    char heard[CLOCK_TEXT_SIZE];
    const char *form = "";

    if (!json_is_number(json_object_get(peer, "heard_ms_ago"))) {
        table_note(table, TABLE_PLAIN, "peer %s: not heard", render_string(peer, "address"));
        return;
    }
    for (size_t i = 0; tell && i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (render_is(peer, "checksum", forms[i].word)) {
            form = forms[i].text;
        }
    }
    (void)clock_duration_text(heard,
                              (int64_t)json_number_value(json_object_get(peer, "heard_ms_ago")) *
                                  CLOCK_MILLISECOND);
    table_note(table, TABLE_PLAIN, "peer %s: heard %s ago, priority %" JSON_INTEGER_FORMAT "%s",
               render_string(peer, "address"), heard, render_number(peer, "priority"), form);
}

static void render_instance(const struct render *render, const json_t *instance,
                            struct table *table)
{
    enum table_style style = render_instance_style(instance);
    json_int_t late = render_number(json_object_get(instance, "counters"), "late_wakeups");
    char age[CLOCK_TEXT_SIZE];
    json_t *fault;
    json_t *peer;
    size_t i;

    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", render_string(instance, "name"));
    table_cell(table, style, "%s", render_string(instance, "state"));
    table_cell(table, TABLE_PLAIN, "%s", render_age(age, render, instance, "since"));
    render_priority(instance, table);
    render_master(instance, table);
    table_cell(table, TABLE_PLAIN, "%s vrid %" JSON_INTEGER_FORMAT,
               render_string(instance, "interface"), render_number(instance, "vrid"));
    table_cell(table, TABLE_PLAIN, "%s", render_string(instance, "sync_group"));
    if (render_has_text(instance, "reason")) {
        table_note(table, TABLE_PLAIN, "because: %s", render_string(instance, "reason"));
    }
    if (render_complains(instance)) {
        const json_t *complaint = json_object_get(instance, "complaint");

        table_note(table, TABLE_BAD, "complaint: %s", render_string(complaint, "text"));
    }
    if (late) {
        table_note(table, TABLE_PLAIN,
                   "woke up late %" JSON_INTEGER_FORMAT " times: the host stood still, or gave the "
                   "daemon no turn",
                   late);
    }
    json_array_foreach(json_object_get(instance, "faults"), i, fault) {
        render_fault(json_string_value(fault),
                     json_string_value(json_array_get(json_object_get(instance, "cures"), i)),
                     table);
    }
    json_array_foreach(json_object_get(instance, "peers"), i, peer) {
        render_peer(instance, peer, table);
    }
    render_addresses(instance, table);
    render_owned(instance, "routes", "route", table);
    render_owned(instance, "rules", "rule", table);
}

static void render_instances(const struct render *render, const json_t *instances)
{
    static const struct table_column columns[] = {
        {"INSTANCE", false}, {"STATE", false},     {"FOR", false},  {"PRIORITY", false},
        {"MASTER", false},   {"INTERFACE", false}, {"GROUP", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *instance;
    size_t i;

    json_array_foreach(instances, i, instance) {
        render_instance(render, instance, table);
    }
    if (table_rows(table)) {
        text_append(render->out, "\n");
        table_write(table, render->options->colour, render->out);
    }
    table_free(table);
}

/* ---- BFD --------------------------------------------------------------------------------------- */

static void render_bfd_agreed(const json_t *session, struct table *table)
{
    const json_t *agreed = json_object_get(session, "agreed");
    char send[CLOCK_TEXT_SIZE];
    char receive[CLOCK_TEXT_SIZE];
    char detection[CLOCK_TEXT_SIZE];

    if (!json_is_object(agreed)) {
        table_cell(table, TABLE_PLAIN, "-");
        table_cell(table, TABLE_PLAIN, "-");
        table_cell(table, TABLE_PLAIN, "-");
        return;
    }
    table_cell(table, TABLE_PLAIN, "%s", render_ms(send, agreed, "send_ms"));
    table_cell(table, TABLE_PLAIN, "%s", render_ms(receive, agreed, "receive_ms"));
    table_cell(table, TABLE_PLAIN, "%s", render_ms(detection, agreed, "detection_ms"));
}

static void render_bfd_session(const struct render *render, const json_t *session,
                               struct table *table)
{
    enum table_style style = render_is(session, "status", "up")     ? TABLE_GOOD
                             : render_is(session, "status", "down") ? TABLE_BAD
                                                                    : TABLE_ODD;
    char age[CLOCK_TEXT_SIZE];

    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", render_string(session, "name"));
    table_cell(table, style, "%s", render_string(session, "state"));
    table_cell(table, TABLE_PLAIN, "%s", render_age(age, render, session, "since"));
    table_cell(table, TABLE_PLAIN, "%s", render_string(session, "neighbor"));
    render_bfd_agreed(session, table);
    table_cell(table, TABLE_PLAIN, "%s",
               render_string(json_object_get(session, "remote"), "state"));
    if (render_has_text(session, "last_fall")) {
        table_note(table, TABLE_PLAIN, "last went down: %s", render_string(session, "last_fall"));
    }
    if (render_has_text(session, "complaint")) {
        table_note(table, TABLE_BAD, "complaint: %s", render_string(session, "complaint"));
    }
}

static void render_bfd(const struct render *render, const json_t *bfd)
{
    static const struct table_column columns[] = {
        {"BFD SESSION", false}, {"STATE", false},    {"FOR", false},     {"NEIGHBOR", false},
        {"SENDS", false},       {"RECEIVES", false}, {"DETECTS", false}, {"REMOTE", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *session;
    size_t i;

    json_array_foreach(json_object_get(bfd, "sessions"), i, session) {
        render_bfd_session(render, session, table);
    }
    if (table_rows(table)) {
        text_append(render->out, "\n");
        table_write(table, render->options->colour, render->out);
    }
    table_free(table);
    if (render_has_text(bfd, "trouble")) {
        render_line(render, 0, TABLE_BAD, "BFD: nothing is heard: %s",
                    render_string(bfd, "trouble"));
    }
}

/* ---- Static entries ---------------------------------------------------------------------------- */

static void render_static_row(struct table *table, const json_t *entries, const json_t *one,
                              const char *text)
{
    bool present = json_is_true(json_object_get(one, "present"));

    table_row(table);
    table_cell(table, TABLE_PLAIN, "%s", text);
    table_cell(table, present ? TABLE_PLAIN : TABLE_BAD, "%s", present ? "there" : "MISSING");
    table_cell(table, TABLE_PLAIN, "%s", render_string(entries, "track_group"));
    if (render_has_text(one, "trouble")) {
        table_note(table, TABLE_BAD, "%s", render_string(one, "trouble"));
    }
}

static void render_static_entries(const json_t *entries, struct table *table)
{
    struct text_buffer text = {0};
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(entries, "addresses"), i, one) {
        text.length = 0;
        text_appendf(&text, "%s dev %s", render_string(one, "address"),
                     render_string(one, "device"));
        render_static_row(table, entries, one, text.data);
    }
    text_release(&text);
    json_array_foreach(json_object_get(entries, "routes"), i, one) {
        render_static_row(table, entries, one, render_string(one, "route"));
    }
    json_array_foreach(json_object_get(entries, "rules"), i, one) {
        render_static_row(table, entries, one, render_string(one, "rule"));
    }
}

static void render_static(const struct render *render, const json_t *groups)
{
    static const struct table_column columns[] = {
        {"STATIC ENTRY", false}, {"STATE", false}, {"TRACK GROUP", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 0);
    json_t *entries;
    size_t i;

    json_array_foreach(groups, i, entries) {
        render_static_entries(entries, table);
    }
    if (table_rows(table)) {
        text_append(render->out, "\n");
        table_write(table, render->options->colour, render->out);
    }
    table_free(table);
}

/* ---- Services ---------------------------------------------------------------------------------- */

static bool render_check_failed(const json_t *check)
{
    const json_t *last = json_object_get(check, "last_result");

    return json_is_object(last) && !render_is(last, "class", "ok");
}

/* Of several checks the first that fails, else the first. */
static const json_t *render_telling_check(const json_t *server)
{
    const json_t *checks = json_object_get(server, "checks");
    json_t *check;
    size_t i;

    json_array_foreach(checks, i, check) {
        if (render_check_failed(check)) {
            return check;
        }
    }
    return json_array_get(checks, 0);
}

static void render_last_check(const struct render *render, const json_t *server,
                              struct table *table)
{
    const json_t *check = render_telling_check(server);
    const json_t *last = json_object_get(check, "last_result");
    char age[CLOCK_TEXT_SIZE];

    if (!json_is_object(last)) {
        table_cell(table, TABLE_PLAIN, check ? "none yet" : "-");
        return;
    }
    table_cell(table, render_check_failed(check) ? TABLE_BAD : TABLE_PLAIN, "%s %s ago",
               render_string(last, "class"), render_age(age, render, last, "at"));
}

/* Why checks fail, and what the kernel refuses. */
static void render_server_notes(const json_t *server, struct table *table)
{
    json_t *check;
    size_t i;

    json_array_foreach(json_object_get(server, "checks"), i, check) {
        json_int_t fails = render_number(check, "fails_in_row");
        const json_t *last = json_object_get(check, "last_result");

        if (!render_check_failed(check)) {
            continue;
        }
        if (render_is(last, "class", "local")) {
            table_note(table, TABLE_BAD, "%s of %s cannot be made here: %s",
                       render_string(check, "kind"), render_string(check, "target"),
                       render_string(last, "text"));
        } else {
            table_note(table, TABLE_BAD, "%s of %s: %s, %" JSON_INTEGER_FORMAT " %s",
                       render_string(check, "kind"), render_string(check, "target"),
                       render_string(last, "text"), fails, fails == 1 ? "try" : "tries in a row");
        }
    }
    if (json_is_integer(json_object_get(server, "slow_start_left_ms"))) {
        char left[CLOCK_TEXT_SIZE];

        table_note(
            table, TABLE_ODD, "slow start: all of its weight in %s",
            clock_duration_text(left, render_scale(render_number(server, "slow_start_left_ms"),
                                                   CLOCK_MILLISECOND)));
    }
    if (render_has_text(server, "ipvs_error")) {
        table_note(table, TABLE_BAD, "IPVS: %s", render_string(server, "ipvs_error"));
    }
}

static void render_weight(const json_t *server, struct table *table)
{
    json_int_t weight = render_number(server, "weight");
    json_int_t configured = render_number(server, "weight_configured");

    if (weight == configured) {
        table_cell(table, TABLE_PLAIN, "%" JSON_INTEGER_FORMAT, weight);
    } else {
        table_cell(table, TABLE_ODD, "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT, weight,
                   configured);
    }
}

/* Its name in the first cell, or on a line of its own where it would make the table too wide. */
static void render_name(const char *name, struct table *table)
{
    if (strlen(name) > RENDER_NAME_WIDTH) {
        table_cell(table, TABLE_PLAIN, "%s", name);
        table_row(table);
        table_cell(table, TABLE_PLAIN, "%s", "");
    } else {
        table_cell(table, TABLE_PLAIN, "%s", name);
    }
}

static void render_connections(const json_t *server, struct table *table)
{
    const json_t *connections = json_object_get(server, "connections");
    char text[RENDER_TEXT_SIZE];

    table_cell(table, TABLE_PLAIN, "%s", render_count(text, connections, "active"));
    table_cell(table, TABLE_PLAIN, "%s", render_count(text, connections, "inactive"));
}

static void render_server(const struct render *render, const json_t *server, struct table *table)
{
    bool down = render_is(server, "state", "down");
    char age[CLOCK_TEXT_SIZE];

    table_row(table);
    render_name(render_string(server, "name"), table);
    table_cell(table,
               down                               ? TABLE_BAD
               : render_is(server, "state", "up") ? TABLE_GOOD
                                                  : TABLE_ODD,
               "%s", down ? "DOWN" : render_string(server, "state"));
    table_cell(table, TABLE_PLAIN, "%s", render_age(age, render, server, "since"));
    table_cell(table, render_is(server, "admin", "ready") ? TABLE_PLAIN : TABLE_ODD, "%s",
               render_string(server, "admin"));
    render_weight(server, table);
    render_connections(server, table);
    render_last_check(render, server, table);
    render_server_notes(server, table);
}

static void render_sorry_server(const json_t *server, struct table *table)
{
    bool active = render_true(server, "active");

    if (!json_is_object(server)) {
        return;
    }
    table_row(table);
    render_name(render_string(server, "name"), table);
    table_cell(table, active ? TABLE_ODD : TABLE_PLAIN, "%s", active ? "SORRY" : "sorry");
    table_cell(table, TABLE_PLAIN, "-");
    table_cell(table, TABLE_PLAIN, "-");
    render_weight(server, table);
    render_connections(server, table);
    table_cell(table, TABLE_PLAIN, active ? "in, quorum is lost" : "out, quorum is met");
    render_server_notes(server, table);
}

static void render_service_head(const struct render *render, const json_t *service)
{
    bool met = render_true(service, "quorum_met");
    json_int_t persistence = render_number(service, "persistence_timeout_s");
    char persistent[RENDER_TEXT_SIZE] = "";

    if (persistence) {
        (void)snprintf(persistent, sizeof(persistent), ", persistent %" JSON_INTEGER_FORMAT " s",
                       persistence);
    }
    render_line(
        render, 0, met ? TABLE_PLAIN : TABLE_BAD,
        "%s  %s %s%s, %s (live weight %" JSON_INTEGER_FORMAT ", needs %" JSON_INTEGER_FORMAT ")",
        render_string(service, "name"), render_string(service, "scheduler"),
        render_string(service, "forward"), persistent, met ? "quorum met" : "QUORUM LOST",
        render_number(service, "live_weight"), render_number(service, "live_weight_needed"));
    if (render_true(service, "fail_open")) {
        render_line(render, 2, TABLE_BAD,
                    "FAILS OPEN: %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                    " servers up, min_healthy wants %" JSON_INTEGER_FORMAT
                    ": all are used, whatever their checks say",
                    render_number(service, "servers_up"), render_number(service, "servers_ready"),
                    render_number(service, "servers_needed"));
    }
    if (render_has_text(service, "ipvs_error")) {
        render_line(render, 2, TABLE_BAD, "IPVS: %s", render_string(service, "ipvs_error"));
    }
}

static void render_service(const struct render *render, const json_t *service)
{
    static const struct table_column columns[] = {
        {"SERVER", false}, {"STATE", false}, {"FOR", false},     {"ADMIN", false},
        {"WEIGHT", false}, {"ACTIVE", true}, {"INACTIVE", true}, {"LAST CHECK", false}};
    struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]), 2);
    json_t *server;
    size_t i;

    text_append(render->out, "\n");
    render_service_head(render, service);
    json_array_foreach(json_object_get(service, "servers"), i, server) {
        render_server(render, server, table);
    }
    render_sorry_server(json_object_get(service, "sorry_server"), table);
    table_write(table, render->options->colour, render->out);
    table_free(table);
}

static void render_foreign(const struct render *render, const json_t *foreign)
{
    struct text_buffer list = {0};
    json_t *entry;
    size_t i;

    json_array_foreach(foreign, i, entry) {
        const char *name =
            json_is_string(entry) ? json_string_value(entry) : render_string(entry, "service");

        text_appendf(&list, "%s%s", i ? ", " : "", name);
    }
    if (list.length) {
        table_write_line(render->out, 2, TABLE_ODD, render->options->colour,
                         "not ours, left alone: %s", list.data);
    }
    text_release(&list);
}

/* "sync daemon on eth1, id 51: backup (follows VI_1)", and what is wrong with it. */
static void render_sync_daemon(const struct render *render, const json_t *daemon)
{
    static const char *const roles[] = {"master", "backup"};
    bool follows = render_has_text(daemon, "instance");
    char id[RENDER_TEXT_SIZE];

    if (!json_is_object(daemon)) {
        return;
    }
    render_line(render, 2, render_has_text(daemon, "reason") ? TABLE_BAD : TABLE_PLAIN,
                "sync daemon on %s, id %s: %s%s%s%s%s%s", render_string(daemon, "interface"),
                render_count(id, daemon, "id"),
                render_is(daemon, "role", "both") ? "master and backup"
                                                  : render_string(daemon, "role"),
                follows ? " (follows " : "", follows ? render_string(daemon, "instance") : "",
                follows ? ")" : "", render_has_text(daemon, "reason") ? ": " : "",
                render_has_text(daemon, "reason") ? render_string(daemon, "reason") : "");
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        const json_t *role = json_object_get(daemon, roles[i]);

        if (render_has_text(role, "error")) {
            render_line(render, 4, TABLE_BAD, "%s: %s", roles[i], render_string(role, "error"));
        }
    }
}

/* @param wanted  there are services that need it */
static void render_ipvs(const struct render *render, const json_t *ipvs, bool wanted)
{
    char operations[RENDER_TEXT_SIZE];
    char errors[RENDER_TEXT_SIZE];
    char repaired[RENDER_TEXT_SIZE];

    if (json_is_false(json_object_get(ipvs, "available"))) {
        render_line(render, 0, wanted ? TABLE_BAD : TABLE_PLAIN, "IPVS: not available: %s",
                    render_string(ipvs, "reason"));
    } else {
        render_line(render, 0, TABLE_PLAIN,
                    "IPVS %s: %s changes made, %s refused, %s repaired after others' changes",
                    render_string(ipvs, "version"), render_count(operations, ipvs, "operations"),
                    render_count(errors, ipvs, "errors"),
                    render_count(repaired, ipvs, "drift_repaired"));
    }
    render_sync_daemon(render, json_object_get(ipvs, "sync_daemon"));
    render_foreign(render, json_object_get(ipvs, "foreign"));
}

/* ---- Mail -------------------------------------------------------------------------------------- */

static void render_mail(const struct render *render, const json_t *mail)
{
    const json_t *error = json_object_get(mail, "last_error");
    char sent[RENDER_TEXT_SIZE];
    char waiting[RENDER_TEXT_SIZE];
    char lost[RENDER_TEXT_SIZE];

    if (!json_is_object(mail)) {
        return;
    }
    render_line(render, 0, TABLE_PLAIN, "mail by %s: %s sent, %s event%s waiting, %s lost",
                render_string(mail, "server"), render_count(sent, mail, "sent"),
                render_count(waiting, mail, "waiting"),
                text_plural((uint64_t)render_number(mail, "waiting")),
                render_count(lost, mail, "lost"));
    if (json_is_object(error)) {
        char age[CLOCK_TEXT_SIZE];

        render_line(render, 2, TABLE_ODD, "%s (%s ago)", render_string(error, "text"),
                    render_ms(age, error, "ms_ago"));
    }
}

/* ---- Interfaces -------------------------------------------------------------------------------- */

/* Those that are not what they count as. */
static void render_links(const struct render *render, const json_t *links)
{
    json_t *link;
    size_t i;

    json_array_foreach(links, i, link) {
        char left[CLOCK_TEXT_SIZE];

        if (json_is_number(json_object_get(link, "changes_in_ms"))) {
            render_line(
                render, 0, TABLE_ODD, "%s is %s, and counts as %s for another %s",
                render_string(link, "interface"), render_true(link, "seen_up") ? "up" : "down",
                render_true(link, "up") ? "up" : "down", render_ms(left, link, "changes_in_ms"));
        }
    }
}

/* ---- Privileges -------------------------------------------------------------------------------- */

/* Each capability once, with the keywords that it is kept for. */
static void render_capabilities(const json_t *list, struct text_buffer *out)
{
    const char *last = "";
    const json_t *one;
    bool open = false;
    size_t i;

    json_array_foreach(list, i, one) {
        bool same = strcmp(render_string(one, "name"), last) == 0;
        const char *keyword =
            render_has_text(one, "keyword") ? render_string(one, "keyword") : NULL;

        if (!same) {
            text_appendf(out, "%s%s%s", open ? ")" : "", i ? ", " : "", render_string(one, "name"));
            open = false;
        }
        if (keyword) {
            text_appendf(out, "%s%s", open ? ", " : " (", keyword);
            open = true;
        }
        last = render_string(one, "name");
    }
    text_append(out, open ? ")" : list && i ? "" : "none");
}

static void render_privileges(const struct render *render, const json_t *privileges)
{
    const json_t *helper = json_object_get(privileges, "helper");
    struct text_buffer kept = {0};
    char pid[RENDER_TEXT_SIZE];
    char programs[RENDER_TEXT_SIZE];
    const json_t *lacking;
    size_t i;

    render_capabilities(json_object_get(privileges, "capabilities"), &kept);
    render_line(render, 0, TABLE_PLAIN, "privileges: %s", kept.data);
    text_release(&kept);
    json_array_foreach(json_object_get(privileges, "lacking"), i, lacking) {
        render_line(render, 2, TABLE_BAD, "%s has no effect before a restart: it needs %s",
                    render_string(lacking, "keyword"), render_string(lacking, "capability"));
    }
    if (render_true(helper, "alive")) {
        render_line(render, 0, TABLE_PLAIN, "helper: pid %s, runs %s program%s",
                    render_count(pid, helper, "pid"), render_count(programs, helper, "programs"),
                    text_plural((uint64_t)render_number(helper, "programs")));
    } else {
        render_line(render, 0, TABLE_BAD,
                    "helper: it has died, and no script is run: restart holdfastd");
    }
}

/* ---- The whole --------------------------------------------------------------------------------- */

void render_status(const json_t *status, const struct render_options *options,
                   struct text_buffer *out)
{
    const struct render render = {options, out};
    const json_t *services = json_object_get(status, "services");
    json_t *service;
    size_t i;

    render_daemon(&render, json_object_get(status, "daemon"));
    render_troubles(&render, status);
    render_instances(&render, json_object_get(status, "instances"));
    render_bfd(&render, json_object_get(status, "bfd"));
    render_links(&render, json_object_get(json_object_get(status, "network"), "links"));
    render_static(&render, json_object_get(status, "static"));
    json_array_foreach(services, i, service) {
        render_service(&render, service);
    }
    text_append(out, "\n");
    if (json_is_object(json_object_get(status, "ipvs"))) {
        render_ipvs(&render, json_object_get(status, "ipvs"), json_array_size(services) > 0);
    }
    render_mail(&render, json_object_get(status, "mail"));
    render_reload_state(&render, json_object_get(status, "reload"));
    render_planned_reload(&render, json_object_get(status, "reload"));
    render_loop(&render, json_object_get(status, "loop"));
    if (json_is_object(json_object_get(status, "privileges"))) {
        render_privileges(&render, json_object_get(status, "privileges"));
    }
}

void render_reload(const json_t *result, struct text_buffer *out, struct text_buffer *problems)
{
    bool good = render_is(result, "result", "ok");
    char took[CLOCK_TEXT_SIZE];
    json_t *diagnostic;
    size_t i;

    json_array_foreach(json_object_get(result, "diagnostics"), i, diagnostic) {
        char text[1024];

        render_diagnostic(diagnostic, text, sizeof(text));
        text_appendf(problems, "%s\n", text);
    }
    text_appendf(good ? out : problems, "reload %s in %s: %s\n", good ? "done" : "refused",
                 render_ms(took, result, "duration_ms"), render_string(result, "message"));
}

void render_version(const json_t *result, struct text_buffer *out)
{
    text_appendf(out, "holdfastd %s, protocol %" JSON_INTEGER_FORMAT "\n",
                 render_string(result, "version"), render_number(result, "protocol"));
}
