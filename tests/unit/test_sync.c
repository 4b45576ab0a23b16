/* SPDX-License-Identifier: Apache-2.0
 *
 * The reconciler against a kernel and a script runner of our own: what is defined here takes the
 * place of kernel.c and runner.c when this program is linked.
 */
#include "unit.h"

#include "../ipvs_fixture.h"
#include "base/netns.h"
#include "base/runtime.h"
#include "ipvs/sync_state.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define WAIT_LIMIT (20 * CLOCK_SECOND)

/* ---- The kernel ------------------------------------------------------------------------------- */

struct kernel {
    struct kernel_statistics statistics;
};

/* Changed by tests only while the reconciler is idle or held at the gate. */
static struct {
    struct table table;
    int open_error; /* 0: there is an IPVS */
    int ask_error;  /* what any request ends with */
    unsigned lost;  /* so many requests lose answers */
    int apply_error;
    int (*refuse)(const struct plan_operation *operation); /* NULL: nothing is refused */
    unsigned not_owned; /* services that were not in the list when they were made */
    unsigned opens;
    unsigned closes;
    unsigned lists;
    unsigned reads;
    unsigned applies;
    struct plan_operation last; /* that was carried out */
    unsigned counts[PLAN_KINDS];
} fake;

/* Held by a test to keep an apply waiting. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static char directory[64];

static unsigned fake_writes(void)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < PLAN_KINDS; i++) {
        sum += fake.counts[i];
    }
    return sum;
}

/* How a request ends. */
static int fake_end(void)
{
    if (fake.lost) {
        fake.lost--;
        return -ENOBUFS;
    }
    return fake.ask_error;
}

struct kernel *kernel_open(struct kernel_info *info, int *error)
{
    fake.opens++;
    *info = (struct kernel_info){.version = 0x010201, .connection_table_size = 4096};
    *error = fake.open_error;
    return fake.open_error ? NULL : memory_new(1, sizeof(struct kernel));
}

void kernel_close(struct kernel *kernel)
{
    fake.closes += kernel != NULL;
    free(kernel);
}

struct kernel_statistics kernel_statistics(const struct kernel *kernel)
{
    return kernel->statistics;
}

int kernel_list_services(struct kernel *kernel, struct table *table)
{
    (void)kernel;
    fake.lists++;
    for (struct table_service *service = fake.table.services; service; service = service->hh.next) {
        struct table_service *copy = table_put_service(table, &service->key);

        copy->settings = service->settings;
        copy->counters = service->counters;
    }
    table->timeouts = fake.table.timeouts;
    memcpy(table->daemons, fake.table.daemons, sizeof(table->daemons));
    return fake_end();
}

int kernel_read_destinations(struct kernel *kernel, struct table_service *service)
{
    const struct table_service *real = table_find_service(&fake.table, &service->key);

    (void)kernel;
    fake.reads++;
    for (struct table_destination *destination = real ? real->destinations : NULL; destination;
         destination = destination->hh.next) {
        struct table_destination *copy = table_put_destination(service, &destination->key);

        copy->settings = destination->settings;
        copy->connections = destination->connections;
        copy->counters = destination->counters;
    }
    return fake_end();
}

/* What ip_vs_ctl.c answers. */
static int fake_answer(const struct plan_operation *operation)
{
    int refusal = fake.refuse ? fake.refuse(operation) : 0;
    const struct table_service *service = table_find_service(&fake.table, &operation->service);
    const struct table_destination *destination =
        service ? table_find_destination(service, &operation->server) : NULL;

    if (refusal) {
        return refusal;
    }
    switch (operation->kind) {
    case PLAN_ADD_SERVICE:
        return service ? -EEXIST : 0;
    case PLAN_EDIT_SERVICE:
    case PLAN_REMOVE_SERVICE:
        return service ? 0 : -ESRCH;
    case PLAN_ADD_DESTINATION:
        return !service ? -ESRCH : destination ? -EEXIST : 0;
    case PLAN_EDIT_DESTINATION:
    case PLAN_REMOVE_DESTINATION:
        return !service ? -ESRCH : destination ? 0 : -ENOENT;
    case PLAN_START_DAEMON:
        return fake.table.daemons[operation->role].running ? -EEXIST : 0;
    case PLAN_STOP_DAEMON:
        return fake.table.daemons[operation->role].running ? 0 : -ESRCH;
    default:
        return 0;
    }
}

/* On the worker, where no assert may fail: whether the list in the runtime directory has the key. */
static bool fake_is_owned(const struct conf_service_key *key)
{
    struct text_buffer line = {0};
    char path[128];
    char content[65536] = "";
    bool found;
    int fd;

    (void)snprintf(path, sizeof(path), "%s/" OWNED_FILE_NAME, directory);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    owned_append(&line, key);
    found = read(fd, content, sizeof(content) - 1) > 0 && strstr(content, line.data);
    (void)close(fd);
    text_release(&line);
    return found;
}

int kernel_apply(struct kernel *kernel, const struct plan *plan, int *results)
{
    (void)pthread_mutex_lock(&gate);
    fake.applies++;
    kernel->statistics.sends++;
    for (size_t i = 0; i < plan_count(plan); i++) {
        const struct plan_operation *operation = plan_at(plan, i);

        kernel->statistics.writes++;
        results[i] = fake.apply_error ? -ECANCELED : fake_answer(operation);
        if (results[i] == 0) {
            fake.last = *operation;
            fake.counts[operation->kind]++;
            plan_apply(&fake.table, operation);
            if (operation->kind == PLAN_ADD_SERVICE) {
                fake.not_owned += !fake_is_owned(&operation->service);
            }
        }
    }
    (void)pthread_mutex_unlock(&gate);
    return fake.apply_error;
}

/* ---- The script runner ------------------------------------------------------------------------- */

struct runner {
    struct loop *loop;
    struct loop_timer *end;
    char last[64]; /* what was run */
    unsigned started;
    runner_done_function done;
    void *argument;
    void (*effect)(void); /* of the program */
};

static void fake_runner_ended(void *argument, int64_t now, int64_t late)
{
    static const struct runner_result result = {.end = RUNNER_EXITED};
    struct runner *runner = argument;

    (void)now;
    (void)late;
    if (runner->effect) {
        runner->effect();
    }
    runner->done(runner->argument, &result);
}

struct runner *runner_new(struct loop *loop, struct helper *helper)
{
    struct runner *runner = memory_new(1, sizeof(*runner));

    (void)helper;
    runner->loop = loop;
    runner->end = loop_timer_new(loop, LOOP_PRIORITY_NORMAL, fake_runner_ended, runner);
    return runner;
}

void runner_free(struct runner *runner)
{
    loop_timer_free(runner->end);
    free(runner);
}

struct runner_job *runner_start(struct runner *runner, const struct runner_request *request,
                                runner_done_function done, void *argument, int *error)
{
    *error = 0;
    runner->started++;
    (void)snprintf(runner->last, sizeof(runner->last), "%s %s", request->argv[0], request->argv[1]);
    runner->done = done;
    runner->argument = argument;
    loop_timer_set(runner->end, clock_now());
    return (struct runner_job *)runner;
}

void runner_abandon(struct runner_job *job)
{
    loop_timer_set(((struct runner *)job)->end, CLOCK_NEVER);
}

unsigned runner_jobs(const struct runner *runner)
{
    return loop_timer_deadline(runner->end) != CLOCK_NEVER;
}

/* ---- The daemon around it ---------------------------------------------------------------------- */

static struct {
    struct loop *loop;
    struct log *log;
    struct runner *runner;
    struct runtime *runtime;
    struct sync *sync;
    struct conf *conf;
    int log_fd;
    int stderr_fd;
    bool down[256];    /* servers by the last byte of their address */
    bool assumed[256]; /* the same: their state is not known */
    bool sorry;        /* the sorry servers are wanted */
    bool master;       /* the instance that the sync daemon follows is */
    int interface;     /* the index of the sync daemon's; 0: there is none */
    unsigned views;
    unsigned done;          /* refreshes */
    unsigned drains;        /* times that it was told of other drains */
    bool drained_in_kernel; /* when it was told last, the kernel had the server still */
} mock;

/* All that was logged so far; valid until the next call. */
static char *log_text(void)
{
    static char text[65536];
    ssize_t size = pread(mock.log_fd, text, sizeof(text) - 1, 0);

    text[size > 0 ? size : 0] = '\0';
    return text;
}

static unsigned log_count(const char *what)
{
    unsigned count = 0;

    for (const char *at = log_text(); (at = strstr(at, what)); at++) {
        count++;
    }
    return count;
}

static bool server_view(void *argument, const struct conf_virtual_server *virtual_server,
                        const struct conf_real_server *real_server, uint32_t *weight)
{
    assert_ptr_equal(argument, &mock);
    mock.views++;
    *weight = real_server->weight;
    if (real_server == virtual_server->sorry_server) {
        return mock.sorry;
    }
    return !mock.down[real_server->key.addr.bytes[3]];
}

static bool is_assumed(void *argument, const struct conf_virtual_server *virtual_server,
                       const struct conf_real_server *real_server)
{
    const struct conf_real_server *server;
    bool any = false;

    assert_ptr_equal(argument, &mock);
    if (real_server) {
        return mock.assumed[real_server->key.addr.bytes[3]];
    }
    STAILQ_FOREACH(server, &virtual_server->servers, next) {
        any = any || mock.assumed[server->key.addr.bytes[3]];
    }
    return any;
}

static bool is_master(void *argument, const char *instance)
{
    assert_ptr_equal(argument, &mock);
    assert_string_equal(instance, "VI_1");
    return mock.master;
}

static int find_interface(void *argument, const char *name)
{
    assert_ptr_equal(argument, &mock);
    assert_string_equal(name, "eth1");
    return mock.interface;
}

static void drains_changed(void *argument);

static void start_sync(void)
{
    const struct sync_hooks hooks = {.argument = &mock,
                                     .server_view = server_view,
                                     .is_assumed = is_assumed,
                                     .is_master = is_master,
                                     .find_interface = find_interface,
                                     .drains_changed = drains_changed};

    mock.sync = sync_new(mock.loop, mock.log, mock.runner, mock.runtime, &hooks);
}

static int set_up(void **state)
{
    pid_t holder;
    int error;

    (void)state;
    memset(&mock, 0, sizeof(mock));
    (void)snprintf(directory, sizeof(directory), "/tmp/holdfast-test-sync.XXXXXX");
    assert_non_null(mkdtemp(directory));
    (void)unsetenv("JOURNAL_STREAM");
    mock.log_fd = memfd_create("log", MFD_CLOEXEC);
    mock.stderr_fd = dup(STDERR_FILENO);
    assert_true(dup2(mock.log_fd, STDERR_FILENO) >= 0);
    mock.log = log_new(&(struct log_options){.console = true, .lowest = LOG_LEVEL_DEBUG});
    mock.loop = loop_new();
    mock.runner = runner_new(mock.loop, NULL);
    mock.runtime = runtime_open(directory, &holder, &error);
    assert_non_null(mock.runtime);
    fake.table.timeouts = (struct conf_ipvs_timeouts){900, 120, 300};
    start_sync();
    return 0;
}

static int tear_down(void **state)
{
    char command[96];

    (void)state;
    sync_free(mock.sync);
    runner_free(mock.runner);
    runtime_close(mock.runtime);
    loop_free(mock.loop);
    log_free(mock.log);
    if (mock.conf) {
        arena_free(mock.conf->arena);
    }
    assert_true(dup2(mock.stderr_fd, STDERR_FILENO) >= 0);
    if (log_count(__FILE__)) { /* why a test failed went there too */
        (void)fputs(log_text(), stderr);
    }
    (void)close(mock.stderr_fd);
    (void)close(mock.log_fd);
    table_release(&fake.table);
    (void)snprintf(command, sizeof(command), "rm -r %s", directory);
    assert_int_equal(system(command), 0);
    memset(&fake, 0, sizeof(fake));
    return 0;
}

#define assert_logged(times, what)                                                                 \
    assert_fact(log_count(what) == (times), "\"%s\" %u times in the log:\n%s", what,               \
                log_count(what), log_text())

struct wait {
    bool (*fact)(void);
    struct loop_timer *timer;
    int64_t limit;
    bool holds;
};

static void wait_look(void *argument, int64_t now, int64_t late)
{
    struct wait *wait = argument;

    (void)late;
    wait->holds = wait->fact();
    if (wait->holds || now > wait->limit) {
        loop_stop(mock.loop);
    } else {
        loop_timer_set(wait->timer, now + CLOCK_MILLISECOND / 5);
    }
}

/* Serves the loop until a fact holds. */
static void wait_for(bool (*fact)(void), const char *what)
{
    struct wait wait = {.fact = fact, .limit = clock_now() + WAIT_LIMIT};

    wait.timer = loop_timer_new(mock.loop, LOOP_PRIORITY_NORMAL, wait_look, &wait);
    loop_timer_set(wait.timer, clock_now());
    assert_int_equal(loop_run(mock.loop), 0);
    loop_timer_free(wait.timer);
    assert_fact(wait.holds, "never came true: %s; the log:\n%s", what, log_text());
}

static bool is_idle(void)
{
    return !mock.sync->busy && !mock.sync->link.modprobe &&
           loop_timer_deadline(mock.sync->step) == CLOCK_NEVER;
}

static void settle(void)
{
    wait_for(is_idle, "the reconciler is idle");
}

/* A configuration takes the place of the one before, which is gone then. */
static void configure(struct conf *conf)
{
    struct conf *old = mock.conf;

    mock.conf = conf;
    sync_configure(mock.sync, conf);
    if (old) {
        arena_free(old->arena);
    }
}

/* Two services: 10.0.0.1:80/tcp with servers .1 and .2, fwmark 7 with server .3. */
static struct conf *given_conf(void)
{
    struct conf *conf = fixture_conf();
    struct conf_virtual_server *service = fixture_service(conf, "tcp 10.0.0.1 80", "wrr");

    (void)fixture_server(conf, service, "192.0.2.1", 80, CONF_FORWARD_DR, 1);
    (void)fixture_server(conf, service, "192.0.2.2", 80, CONF_FORWARD_DR, 2);
    service = fixture_service(conf, "fwmark 7 inet", "rr");
    (void)fixture_server(conf, service, "192.0.2.3", 0, CONF_FORWARD_NAT, 3);
    return conf;
}

static struct table_service *in_kernel(const char *key)
{
    const struct conf_service_key service = fixture_service_key(key);

    return table_find_service(&fake.table, &service);
}

static struct table_destination *server_in_kernel(const char *key, const char *addr, uint16_t port)
{
    const struct conf_server_key server = fixture_server_key(addr, port);
    struct table_service *service = in_kernel(key);

    return service ? table_find_destination(service, &server) : NULL;
}

/* Somebody else's hand. */
static struct table_service *put_in_kernel(const char *key)
{
    const struct conf_service_key service = fixture_service_key(key);
    struct table_service *made = table_put_service(&fake.table, &service);

    memcpy(made->settings.scheduler, "lc", sizeof("lc"));
    table_service_settings_normalise(&made->settings, service.family);
    return made;
}

static char *owned_text(void)
{
    return runtime_read(mock.runtime, OWNED_FILE_NAME, NULL);
}

static bool is_owned(const char *line)
{
    char *text = owned_text();
    bool found = text && strstr(text, line);

    free(text);
    return found;
}

/* A value of the snapshot by a path such as "services/0/error". */
static json_t *snapshot_at(const char *path)
{
    json_t *json = sync_snapshot(mock.sync);
    json_t *at = json;
    char copy[128];
    char *rest = copy;

    (void)snprintf(copy, sizeof(copy), "%s", path);
    for (char *word; at && (word = strtok_r(rest, "/", &rest));) {
        at = json_is_array(at) ? json_array_get(at, strtoul(word, NULL, 10))
                               : json_object_get(at, word);
    }
    at = json_incref(at);
    json_decref(json);
    return at;
}

static int64_t snapshot_number(const char *path)
{
    json_t *json = snapshot_at(path);
    int64_t number = json_is_integer(json) ? json_integer_value(json)
                     : json_is_array(json) ? (int64_t)json_array_size(json)
                                           : json_is_true(json);

    json_decref(json);
    return number;
}

/* "" for null. */
static const char *snapshot_string(const char *path)
{
    static char text[512];
    json_t *json = snapshot_at(path);

    (void)snprintf(text, sizeof(text), "%s", json_is_string(json) ? json_string_value(json) : "");
    json_decref(json);
    return text;
}

/* ---- Start, reload, restart -------------------------------------------------------------------- */

static void test_a_start_fills_an_empty_table(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    assert_int_equal(fake.applies, 1);
    assert_int_equal(fake_writes(), 5);
    assert_int_equal(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.2", 80)->settings.weight, 2);
    assert_int_equal(server_in_kernel("fwmark 7 inet", "192.0.2.3", 0)->settings.forward,
                     IP_VS_CONN_F_MASQ);
    assert_int_equal(fake.not_owned, 0);
    assert_true(is_owned("tcp 10.0.0.1 80\n"));
    assert_true(is_owned("fwmark 7 inet\n"));
    assert_true(sync_is_available(mock.sync));
    assert_logged(1, "IPVS: 2 services, 3 servers: 5 added, 0 changed, 0 removed, 0 refused in ");
}

static void test_a_restart_adopts_what_is_there_and_writes_nothing(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    sync_free(mock.sync); /* as kill -9 does: nothing is put in order */
    start_sync();
    sync_configure(mock.sync, mock.conf);
    settle();
    assert_int_equal(fake_writes(), 5);
    assert_int_equal(fake.applies, 1);
    assert_logged(1, "2 services, 3 servers: 0 added, 0 changed, 0 removed");
    assert_logged(0, "somebody else");
}

static void test_what_is_there_before_us_is_edited_not_replaced(void **state)
{
    struct table_service *service;
    const struct conf_server_key server = fixture_server_key("192.0.2.1", 80);

    (void)state;
    service = put_in_kernel("tcp 10.0.0.1 80");
    table_put_destination(service, &server)->settings =
        (struct table_destination_settings){.forward = IP_VS_CONN_F_DROUTE, .weight = 9};
    configure(given_conf());
    settle();
    assert_int_equal(fake.counts[PLAN_EDIT_SERVICE], 1);
    assert_int_equal(fake.counts[PLAN_EDIT_DESTINATION], 1);
    assert_int_equal(fake.counts[PLAN_ADD_DESTINATION], 2);
    assert_int_equal(fake.counts[PLAN_REMOVE_DESTINATION] + fake.counts[PLAN_REMOVE_SERVICE], 0);
    assert_true(is_owned("tcp 10.0.0.1 80\n"));
}

static void test_a_service_of_the_last_run_that_is_not_configured_goes(void **state)
{
    static const char list[] = "tcp 10.0.0.8 80\nudp 10.0.0.9 53\nnonsense\n";

    (void)state;
    (void)put_in_kernel("tcp 10.0.0.8 80"); /* ours */
    (void)put_in_kernel("tcp 10.0.0.7 80"); /* foreign */
    assert_int_equal(runtime_write(mock.runtime, OWNED_FILE_NAME, list, sizeof(list) - 1), 0);
    configure(given_conf());
    settle();
    assert_null(in_kernel("tcp 10.0.0.8 80"));
    assert_non_null(in_kernel("tcp 10.0.0.7 80"));
    assert_false(is_owned("10.0.0.8"));
    assert_false(is_owned("10.0.0.9"));
    assert_logged(1, "1 lines of ");
    assert_int_equal(snapshot_number("foreign"), 1);
    assert_string_equal(snapshot_string("foreign/0/service"), "10.0.0.7:80/tcp");
    assert_string_equal(snapshot_string("foreign/0/scheduler"), "lc");
}

static void test_a_reload_without_change_writes_nothing(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    configure(given_conf());
    settle();
    assert_int_equal(fake.applies, 1);
    assert_int_equal(fake_writes(), 5);
}

static void test_a_reload_with_one_weight_changed_writes_that(void **state)
{
    struct conf *conf = given_conf();

    (void)state;
    configure(given_conf());
    settle();
    STAILQ_FIRST(&STAILQ_FIRST(&conf->virtual_servers)->servers)->weight = 7;
    configure(conf);
    settle();
    assert_int_equal(fake_writes(), 6);
    assert_int_equal(fake.last.kind, PLAN_EDIT_DESTINATION);
    assert_int_equal(fake.last.destination_settings.weight, 7);
}

static void test_a_service_that_is_no_longer_configured_goes_and_is_not_ours(void **state)
{
    struct conf *conf = given_conf();

    (void)state;
    configure(given_conf());
    settle();
    STAILQ_REMOVE_HEAD(&conf->virtual_servers, next);
    configure(conf);
    settle();
    assert_null(in_kernel("tcp 10.0.0.1 80"));
    assert_non_null(in_kernel("fwmark 7 inet"));
    assert_false(is_owned("10.0.0.1"));
    (void)put_in_kernel("tcp 10.0.0.1 80"); /* from now on it is somebody else's */
    sync_reconcile(mock.sync);
    settle();
    assert_non_null(in_kernel("tcp 10.0.0.1 80"));
    assert_int_equal(snapshot_number("foreign"), 1);
}

static void test_a_foreign_service_that_is_configured_now_is_taken_over_as_it_is(void **state)
{
    struct conf *conf = given_conf();
    const struct conf_server_key server = fixture_server_key("192.0.2.5", 80);
    const struct conf_server_key other = fixture_server_key("192.0.2.6", 80);
    struct table_service *foreign;

    (void)state;
    foreign = put_in_kernel("tcp 10.0.0.5 80");
    table_put_destination(foreign, &server)->settings =
        (struct table_destination_settings){.forward = IP_VS_CONN_F_DROUTE, .weight = 1};
    (void)table_put_destination(foreign, &other);
    configure(given_conf());
    settle();
    assert_int_equal(snapshot_number("foreign"), 1);
    (void)fixture_server(conf, fixture_service(conf, "tcp 10.0.0.5 80", "lc"), "192.0.2.5", 80,
                         CONF_FORWARD_DR, 1);
    configure(conf);
    settle();
    assert_int_equal(fake_writes(), 6); /* what is not wanted is removed, and nothing else done */
    assert_int_equal(fake.last.kind, PLAN_REMOVE_DESTINATION);
    assert_int_equal(snapshot_number("foreign"), 0);
    assert_int_equal(snapshot_number("errors"), 0);
    assert_logged(0, "somebody else");
    assert_true(is_owned("tcp 10.0.0.5 80\n"));
}

static void test_without_services_the_kernel_is_left_alone(void **state)
{
    (void)state;
    configure(fixture_conf());
    settle();
    assert_int_equal(fake.opens, 0);
    assert_false(sync_is_available(mock.sync));
    assert_string_equal(snapshot_string("reason"), "nothing is configured for it");
    configure(given_conf());
    settle();
    assert_int_equal(fake.opens, 1);
    assert_int_equal(fake_writes(), 5);
}

static void test_a_flush_at_the_start_takes_what_is_not_ours(void **state)
{
    struct conf *conf = given_conf();

    (void)state;
    (void)put_in_kernel("tcp 10.0.0.1 80");
    (void)put_in_kernel("tcp 10.0.0.7 80");
    (void)put_in_kernel("fwmark 8 inet");
    conf->global.ipvs_flush = true;
    configure(conf);
    settle();
    assert_int_equal(fake.counts[PLAN_FLUSH], 0); /* ours was never away */
    assert_int_equal(fake.counts[PLAN_REMOVE_SERVICE], 2);
    assert_int_equal(fake.counts[PLAN_ADD_SERVICE], 1);
    assert_null(in_kernel("tcp 10.0.0.7 80"));
    assert_null(in_kernel("fwmark 8 inet"));
    (void)put_in_kernel("tcp 10.0.0.7 80");
    conf = given_conf();
    conf->global.ipvs_flush = true;
    configure(conf);
    settle();
    assert_int_equal(fake.counts[PLAN_REMOVE_SERVICE], 2); /* at the start alone */
    assert_non_null(in_kernel("tcp 10.0.0.7 80"));
}

static void test_a_flush_needs_no_service_of_ours(void **state)
{
    struct conf *conf = fixture_conf();

    (void)state;
    (void)put_in_kernel("tcp 10.0.0.7 80");
    conf->global.ipvs_flush = true;
    configure(conf);
    settle();
    assert_null(in_kernel("tcp 10.0.0.7 80"));
}

static void test_a_flush_that_was_cut_short_is_made_again(void **state)
{
    struct conf *conf = given_conf();

    (void)state;
    (void)put_in_kernel("tcp 10.0.0.7 80");
    conf->global.ipvs_flush = true;
    mock.down[1] = true;
    fake.apply_error = -ENOMEM;
    configure(conf);
    settle();
    assert_non_null(in_kernel("tcp 10.0.0.7 80"));
    fake.apply_error = 0;
    loop_timer_set(mock.sync->tick, clock_now());
    settle();
    assert_null(in_kernel("tcp 10.0.0.7 80"));
}

static void test_timeouts_are_set_once(void **state)
{
    struct conf *conf = given_conf();

    (void)state;
    conf->global.ipvs_timeouts = (struct conf_ipvs_timeouts){.tcp_s = 900, .udp_s = 60};
    configure(conf);
    settle();
    assert_int_equal(fake.counts[PLAN_SET_TIMEOUTS], 1);
    assert_int_equal(fake.table.timeouts.udp_s, 60);
    assert_int_equal(fake.table.timeouts.tcp_fin_s, 120);
    sync_reconcile(mock.sync);
    settle();
    assert_int_equal(fake.counts[PLAN_SET_TIMEOUTS], 1);
    assert_int_equal(snapshot_number("timeouts/udp_s"), 60);
    fake.table.timeouts.udp_s = 5;
    sync_reconcile(mock.sync);
    settle();
    assert_int_equal(fake.table.timeouts.udp_s, 60);
    assert_logged(1, "timeouts changed by somebody else, put back");
    assert_int_equal(snapshot_number("drift_repaired"), 1);
}

/* ---- Health ------------------------------------------------------------------------------------ */

static void mark(const char *key)
{
    const struct conf_service_key service = fixture_service_key(key);

    sync_mark_dirty(mock.sync, &service);
}

static void test_marks_of_one_turn_make_one_batch(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    mock.down[1] = true;
    mock.down[3] = true;
    mark("tcp 10.0.0.1 80");
    mark("tcp 10.0.0.1 80");
    mark("fwmark 7 inet");
    mark("tcp 10.0.0.99 80"); /* nobody's */
    settle();
    assert_int_equal(fake.applies, 2);
    assert_int_equal(fake_writes(), 7);
    assert_null(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.1", 80));
    assert_null(server_in_kernel("fwmark 7 inet", "192.0.2.3", 0));
    assert_logged(1, " servers: "); /* one server more or less is the checker's to tell */
}

static void test_a_mark_without_a_change_writes_nothing(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    mock.views = 0;
    mark("tcp 10.0.0.1 80");
    settle();
    assert_int_equal(fake.applies, 1);
    assert_int_equal(mock.views, 2); /* of the marked service alone */
}

/* 192.0.2.9:80 */
static void add_sorry_server(struct conf *conf, struct conf_virtual_server *service)
{
    struct conf_real_server *sorry = arena_alloc(conf->arena, sizeof(*sorry));

    sorry->key = fixture_server_key("192.0.2.9", 80);
    sorry->forward = CONF_FORWARD_DR;
    sorry->weight = 1;
    service->sorry_server = sorry;
}

static void test_the_sorry_server_comes_before_the_last_server_goes(void **state)
{
    struct conf *conf = given_conf();
    struct conf_virtual_server *service = STAILQ_FIRST(&conf->virtual_servers);

    (void)state;
    add_sorry_server(conf, service);
    configure(conf);
    settle();
    assert_null(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.9", 80));
    mock.down[1] = mock.down[2] = mock.sorry = true;
    mark("tcp 10.0.0.1 80");
    settle();
    assert_non_null(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.9", 80));
    assert_null(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.1", 80));
    assert_int_equal(fake.last.kind, PLAN_REMOVE_DESTINATION);
}

/* ---- Drift ------------------------------------------------------------------------------------- */

static void test_what_somebody_changed_is_put_back_told_and_counted(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    server_in_kernel("tcp 10.0.0.1 80", "192.0.2.2", 80)->settings.weight = 50;
    memcpy(in_kernel("tcp 10.0.0.1 80")->settings.scheduler, "lc", sizeof("lc"));
    sync_reconcile(mock.sync);
    settle();
    assert_int_equal(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.2", 80)->settings.weight, 2);
    assert_string_equal(in_kernel("tcp 10.0.0.1 80")->settings.scheduler, "wrr");
    assert_logged(
        1, "10.0.0.1:80/tcp: warning: changed by somebody else, put back: service scheduler wrr -> "
           "lc");
    assert_logged(1, "put back: server 192.0.2.2:80 weight 2 -> 50");
    assert_int_equal(snapshot_number("drift_repaired"), 2);
    assert_int_equal(fake_writes(), 7);
    sync_reconcile(mock.sync);
    settle();
    assert_int_equal(snapshot_number("drift_repaired"), 2);
    assert_int_equal(fake_writes(), 7);
}

static void test_a_removed_service_comes_back_whole(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    table_remove_service(&fake.table, in_kernel("tcp 10.0.0.1 80"));
    sync_reconcile(mock.sync);
    settle();
    assert_int_equal(table_count_destinations(in_kernel("tcp 10.0.0.1 80")), 2);
    assert_logged(1, "put back: service removed");
    assert_int_equal(snapshot_number("drift_repaired"), 3);
}

static void test_a_server_added_by_hand_goes(void **state)
{
    const struct conf_server_key server = fixture_server_key("192.0.2.77", 80);

    (void)state;
    configure(given_conf());
    settle();
    (void)table_put_destination(in_kernel("tcp 10.0.0.1 80"), &server);
    sync_reconcile(mock.sync);
    settle();
    assert_null(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.77", 80));
    assert_logged(1, "put back: server 192.0.2.77:80 added");
}

static void test_a_reload_puts_drift_back_too(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    server_in_kernel("tcp 10.0.0.1 80", "192.0.2.2", 80)->settings.weight = 50;
    configure(given_conf());
    settle();
    assert_int_equal(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.2", 80)->settings.weight, 2);
}

static void test_drift_of_many_services_is_told_as_a_number(void **state)
{
    struct conf *conf = fixture_conf();

    (void)state;
    for (uint32_t i = 0; i < 300; i++) {
        const struct inet_addr addr = fixture_ipv4(0x0a000000 + i);
        struct conf_virtual_server *service =
            fixture_service_of_key(conf, table_key_of_address(IPPROTO_TCP, &addr, 80), "rr");

        (void)fixture_server(conf, service, "192.0.2.1", 80, CONF_FORWARD_DR, 1);
    }
    configure(conf);
    settle();
    table_release(&fake.table);
    sync_reconcile(mock.sync);
    settle();
    assert_int_equal(table_count_services(&fake.table), 300);
    assert_logged(SYNC_LOG_LIMIT, "service removed");
    assert_logged(1, "295 more services changed by somebody else, put back");
    assert_int_equal(snapshot_number("drift_repaired"), 600);
}

/* ---- Refusals ---------------------------------------------------------------------------------- */

static int refuse_server_2(const struct plan_operation *operation)
{
    return plan_kind_is_of_destination(operation->kind) && operation->server.addr.bytes[3] == 2
               ? -EINVAL
               : 0;
}

static int refuse_wrr(const struct plan_operation *operation)
{
    return operation->kind == PLAN_ADD_SERVICE &&
                   strcmp(operation->service_settings.scheduler, "wrr") == 0
               ? -ENOENT
               : 0;
}

static void test_one_refused_server_does_not_stop_the_others(void **state)
{
    (void)state;
    fake.refuse = refuse_server_2;
    configure(given_conf());
    settle();
    assert_int_equal(fake_writes(), 4);
    assert_non_null(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.1", 80));
    assert_logged(1, "10.0.0.1:80/tcp: error: server 192.0.2.2:80 refused: ");
    assert_logged(1, "1 refused in ");
    assert_string_equal(snapshot_string("services/0/servers/0/error"), "");
    assert_string_equal(snapshot_string("services/0/servers/1/server"), "192.0.2.2:80");
    assert_int_equal(snapshot_number("services/0/servers/1/in_kernel"), 0);
    assert_non_null(strstr(snapshot_string("services/0/servers/1/error"), "bring up lo"));
    assert_int_equal(snapshot_number("errors"), 1);

    sync_reconcile(mock.sync); /* is tried again, and not told again */
    settle();
    assert_int_equal(snapshot_number("errors"), 2);
    assert_logged(1, "refused: ");

    fake.refuse = NULL;
    sync_reconcile(mock.sync);
    settle();
    assert_non_null(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.2", 80));
    assert_int_equal(snapshot_number("services/0/servers/1/in_kernel"), 1);
    assert_string_equal(snapshot_string("services/0/servers/1/error"), "");
    assert_int_equal(mock.sync->faults, 0);
}

static void test_a_refused_service_is_blamed_not_its_servers(void **state)
{
    (void)state;
    fake.refuse = refuse_wrr;
    configure(given_conf());
    settle();
    assert_null(in_kernel("tcp 10.0.0.1 80"));
    assert_non_null(server_in_kernel("fwmark 7 inet", "192.0.2.3", 0));
    assert_logged(1, "refused: ");
    assert_non_null(strstr(snapshot_string("services/0/error"), "ip_vs_wrr"));
    assert_int_equal(snapshot_number("services/0/in_kernel"), 0);
    assert_int_equal(snapshot_number("services/0/servers"), 0);
    assert_int_equal(snapshot_number("errors"), 1);
    assert_int_equal(fake.lists, 1); /* no race, nothing to be read again */
}

static void test_a_reload_that_takes_the_refused_entry_out_forgets_it(void **state)
{
    struct conf *conf = given_conf();

    (void)state;
    fake.refuse = refuse_wrr;
    configure(given_conf());
    settle();
    STAILQ_REMOVE_HEAD(&conf->virtual_servers, next);
    configure(conf);
    settle();
    assert_int_equal(mock.sync->faults, 0);
    assert_int_equal(snapshot_number("services"), 1);
    assert_false(is_owned("10.0.0.1"));
}

static int refuse_all_servers(const struct plan_operation *operation)
{
    return plan_kind_is_of_destination(operation->kind) ? -EINVAL : 0;
}

static void test_many_refusals_are_told_as_a_number(void **state)
{
    struct conf *conf = fixture_conf();
    struct conf_virtual_server *service = fixture_service(conf, "tcp 10.0.0.1 80", "rr");

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        const struct conf_server_key key = {.addr = fixture_ipv4(0xc0000200 + i), .port = 80};

        (void)fixture_server_of_key(conf, service, key, CONF_FORWARD_DR, 1);
    }
    fake.refuse = refuse_all_servers;
    configure(conf);
    settle();
    assert_logged(SYNC_LOG_LIMIT, " refused: the kernel takes it for no unicast address");
    assert_logged(1, "95 more entries refused");
    assert_int_equal(snapshot_number("services/0/servers"), 100);
}

/* ---- Races ------------------------------------------------------------------------------------- */

/* Just before we add the service somebody else does: with servers of his own. */
static int race_service(const struct plan_operation *operation)
{
    if (operation->kind == PLAN_ADD_SERVICE && operation->service.fwmark) {
        (void)put_in_kernel("fwmark 7 inet");
        fake.refuse = NULL;
    }
    return 0;
}

static void test_a_race_is_healed_by_reading_the_table_again(void **state)
{
    (void)state;
    fake.refuse = race_service;
    configure(given_conf());
    settle();
    assert_string_equal(in_kernel("fwmark 7 inet")->settings.scheduler, "rr");
    assert_int_equal(fake.lists, 2);
    assert_int_equal(fake.counts[PLAN_EDIT_SERVICE], 1);
    assert_logged(0, "refused: ");
    assert_int_equal(mock.sync->faults, 0);
}

static int race_forever(const struct plan_operation *operation)
{
    return operation->kind == PLAN_ADD_DESTINATION ? -EEXIST : 0;
}

static void test_a_race_without_end_is_left_to_the_periodic_pass(void **state)
{
    (void)state;
    fake.refuse = race_forever;
    configure(given_conf());
    settle();
    assert_int_equal(fake.lists, 1 + SYNC_HEAL_LIMIT);
    assert_logged(3, "somebody else added it at the same moment");
    assert_int_equal(mock.sync->faults, 3);
}

static int lose_answers(const struct plan_operation *operation)
{
    (void)operation;
    fake.refuse = NULL;
    return -ENOBUFS;
}

static void test_answers_lost_in_reading_are_asked_for_again(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    for (unsigned lost = 1; lost <= SYNC_HEAL_LIMIT; lost++) {
        (void)put_in_kernel("udp 10.0.0.1 80");
        table_remove_service(&fake.table, in_kernel("tcp 10.0.0.1 80"));
        fake.lost = lost;
        sync_reconcile(mock.sync);
        settle();
        assert_true(sync_is_available(mock.sync));
        assert_int_equal(table_count_destinations(in_kernel("tcp 10.0.0.1 80")), 2);
    }
    assert_int_equal(fake.opens, 1);
    fake.lost = SYNC_HEAL_LIMIT + 1; /* that is no accident any more */
    sync_reconcile(mock.sync);
    settle();
    assert_false(sync_is_available(mock.sync));
}

static void test_a_lost_answer_is_no_drift(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    mock.down[1] = true;
    fake.refuse = lose_answers;
    mark("tcp 10.0.0.1 80");
    settle();
    assert_null(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.1", 80));
    assert_logged(0, "somebody else");
    assert_int_equal(snapshot_number("drift_repaired"), 0);
    assert_int_equal(mock.sync->faults, 0);
}

/* ---- With and without an IPVS ------------------------------------------------------------------ */

static int64_t until_retry(void)
{
    return loop_timer_deadline(mock.sync->tick) - clock_now();
}

static void test_a_kernel_without_ipvs_is_said_once_with_the_cure(void **state)
{
    (void)state;
    fake.open_error = -ENOENT;
    configure(given_conf());
    settle();
    assert_string_equal(mock.runner->last, "/sbin/modprobe ip_vs");
    assert_int_equal(mock.runner->started, 1);
    assert_int_equal(fake.opens, 2); /* before modprobe and after it */
    assert_false(sync_is_available(mock.sync));
    assert_int_equal(snapshot_number("available"), 0);
    assert_non_null(strstr(snapshot_string("reason"), "modprobe ip_vs"));
    assert_logged(1, "IPVS: error: unavailable: ");
    assert_true(until_retry() > 8 * CLOCK_SECOND && until_retry() <= 10 * CLOCK_SECOND);

    configure(given_conf()); /* a reload tries at once */
    mark("tcp 10.0.0.1 80");
    settle();
    assert_int_equal(fake.opens, 3);
    assert_int_equal(mock.runner->started, 1);
    assert_logged(1, "IPVS: error: unavailable: ");
    assert_true(until_retry() > 28 * CLOCK_SECOND && until_retry() <= 30 * CLOCK_SECOND);

    fake.open_error = 0;
    loop_timer_set(mock.sync->tick, clock_now());
    settle();
    assert_int_equal(fake_writes(), 5);
    assert_true(sync_is_available(mock.sync));
    assert_string_equal(snapshot_string("reason"), "");
    assert_string_equal(snapshot_string("version"), "1.2.1");
    assert_logged(1, "IPVS: now available: version 1.2.1, 4096 connection buckets");
}

static void ipvs_appears(void)
{
    fake.open_error = 0;
}

static void test_modprobe_may_help(void **state)
{
    (void)state;
    fake.open_error = -ENOENT;
    mock.runner->effect = ipvs_appears;
    configure(given_conf());
    settle();
    assert_int_equal(fake_writes(), 5);
    assert_logged(0, "unavailable");
}

static void test_a_missing_capability_needs_no_modprobe(void **state)
{
    (void)state;
    fake.open_error = -EPERM;
    configure(given_conf());
    settle();
    assert_int_equal(mock.runner->started, 0);
    assert_logged(1, "CAP_NET_ADMIN");
}

/* Without a descriptor there is no way back, so nothing is opened where the daemon is. */
static void test_a_namespace_that_cannot_be_entered_is_an_error(void **state)
{
    int fd = netns_open(NULL);
    struct rlimit before;
    struct rlimit none;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    sync_set_namespace(mock.sync, fd);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    sync_link_connect(mock.sync); /* done at once: a thread would need one, too */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(fake.opens, 0);
    assert_int_equal(mock.sync->link.state, SYNC_LINK_WAITING);
    assert_logged(1, "no file descriptor is left");
    (void)close(fd);
}

static void test_an_ipvs_that_goes_and_comes_back_is_filled_again(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    table_release(&fake.table);
    fake.ask_error = fake.open_error = -ENOENT;
    sync_reconcile(mock.sync);
    settle();
    assert_false(sync_is_available(mock.sync));
    assert_logged(1, "gone from the kernel");
    assert_logged(1, "IPVS: error: unavailable: ");
    assert_int_equal(mock.runner->started, 1);
    assert_int_equal(fake.closes, 1);
    mock.down[1] = true;
    mark("tcp 10.0.0.1 80");
    settle();

    fake.ask_error = fake.open_error = 0;
    configure(given_conf());
    settle();
    assert_int_equal(table_count_destinations(in_kernel("tcp 10.0.0.1 80")), 1);
    assert_logged(1, "IPVS: now available");
    assert_logged(0, "somebody else");
}

static void test_a_batch_that_could_not_be_sent_is_sent_when_it_can(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    mock.down[1] = true;
    fake.apply_error = -ENOMEM;
    mark("tcp 10.0.0.1 80");
    settle();
    assert_false(sync_is_available(mock.sync));
    assert_logged(1, "IPVS: error: unavailable: the kernel answered: Cannot allocate memory");
    fake.apply_error = 0;
    loop_timer_set(mock.sync->tick, clock_now());
    settle();
    assert_null(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.1", 80));
    assert_true(sync_is_available(mock.sync));
}

/* ---- Counters ---------------------------------------------------------------------------------- */

static void refreshed(void *argument)
{
    assert_ptr_equal(argument, &mock);
    mock.done++;
}

static bool is_refreshed(void)
{
    return mock.done > 0;
}

static void test_a_refresh_reads_the_counters(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    server_in_kernel("tcp 10.0.0.1 80", "192.0.2.2", 80)->connections.active = 12;
    in_kernel("tcp 10.0.0.1 80")->counters.value[TABLE_BYTES_IN] = 3456;
    (void)sync_refresh(mock.sync, refreshed, &mock);
    assert_int_equal(mock.done, 0);
    wait_for(is_refreshed, "refreshed");
    assert_int_equal(snapshot_number("services/0/servers/1/active"), 12);
    assert_int_equal(snapshot_number("services/0/counters/bytes_in"), 3456);
    assert_int_equal(snapshot_number("drift_repaired"), 0);
    assert_int_equal(fake_writes(), 5);
}

static void test_one_service_can_be_shown_alone(void **state)
{
    const struct conf_service_key key = fixture_service_key("fwmark 7 inet");
    const struct conf_service_key nobodys = fixture_service_key("fwmark 8 inet");
    json_t *json;
    json_t *same;

    (void)state;
    configure(given_conf());
    settle();
    json = sync_snapshot_service(mock.sync, &key);
    same = snapshot_at("services/1");
    assert_true(json_equal(json, same));
    assert_string_equal(json_string_value(json_object_get(json, "service")), "fwmark 7");
    assert_null(sync_snapshot_service(mock.sync, &nobodys));
    json_decref(json);
    json_decref(same);
}

static void test_a_table_told_in_parts_is_complete_even_if_it_changes(void **state)
{
    struct sync_capture *capture;
    struct conf *conf = given_conf();
    json_t *parts;
    json_t *whole;

    (void)state;
    configure(conf);
    settle();
    capture = sync_capture_new(mock.sync);
    assert_true(sync_capture_more(capture, 0));
    while (sync_capture_more(capture, 0)) {
    }
    parts = sync_capture_json(capture);
    whole = sync_snapshot(mock.sync);
    assert_true(json_equal(parts, whole));
    json_decref(parts);
    json_decref(whole);
    sync_capture_free(capture);

    capture = sync_capture_new(mock.sync);
    assert_true(sync_capture_more(capture, 0)); /* it has come to the first, which goes */
    conf = given_conf();
    STAILQ_REMOVE_HEAD(&conf->virtual_servers, next);
    configure(conf);
    settle();
    while (sync_capture_more(capture, 0)) {
    }
    parts = sync_capture_json(capture);
    whole = sync_snapshot(mock.sync);
    assert_true(json_equal(json_object_get(parts, "services"), json_object_get(whole, "services")));
    json_decref(parts);
    json_decref(whole);
    sync_capture_free(capture);
}

/* One service with so many servers. */
static struct conf *conf_of_servers(unsigned count)
{
    struct conf *conf = fixture_conf();
    struct conf_virtual_server *service = fixture_service(conf, "tcp 10.0.0.1 80", "rr");

    for (unsigned i = 0; i < count; i++) {
        (void)fixture_server(conf, service, "192.0.2.1", (uint16_t)(1000 + i), CONF_FORWARD_NAT, 1);
    }
    return conf;
}

static void test_a_service_of_many_servers_is_told_in_parts_even_if_it_changes(void **state)
{
    const unsigned lefts[] = {200, 100, 50}; /* 64 are told before */
    struct sync_capture *capture;
    json_t *parts;
    json_t *whole;

    (void)state;
    for (size_t l = 0; l < sizeof(lefts) / sizeof(*lefts); l++) {
        unsigned count = 0;

        configure(conf_of_servers(200));
        settle();
        capture = sync_capture_new(mock.sync);
        for (int i = 0; i < 2; i++) { /* the service, its first servers */
            assert_true(sync_capture_more(capture, 0));
        }
        configure(conf_of_servers(lefts[l]));
        settle();
        while (sync_capture_more(capture, 0)) {
            count++;
        }
        assert_true(count > 0);
        parts = sync_capture_json(capture);
        whole = sync_snapshot(mock.sync);
        assert_true(
            json_equal(json_object_get(parts, "services"), json_object_get(whole, "services")));
        assert_int_equal(json_array_size(json_object_get(
                             json_array_get(json_object_get(parts, "services"), 0), "servers")),
                         lefts[l]);
        json_decref(parts);
        json_decref(whole);
        sync_capture_free(capture);
    }
}

static void test_a_refresh_without_ipvs_is_answered(void **state)
{
    (void)state;
    fake.open_error = -ENOENT;
    configure(given_conf());
    settle();
    (void)sync_refresh(mock.sync, refreshed, &mock);
    wait_for(is_refreshed, "refreshed");
    assert_int_equal(mock.done, 1);
}

static void test_a_cancelled_refresh_calls_nobody(void **state)
{
    struct sync_waiter *waiter;

    (void)state;
    configure(given_conf());
    settle();
    waiter = sync_refresh(mock.sync, refreshed, &mock);
    (void)sync_refresh(mock.sync, refreshed, &mock);
    sync_refresh_cancel(mock.sync, waiter);
    sync_refresh_cancel(mock.sync, NULL);
    settle();
    assert_int_equal(mock.done, 1);
}

static void refresh_again(void *argument)
{
    mock.done++;
    if (mock.done < 3) {
        (void)sync_refresh(mock.sync, refresh_again, argument);
    }
}

static void test_a_refresh_may_ask_for_the_next(void **state)
{
    unsigned lists;

    (void)state;
    configure(given_conf());
    settle();
    lists = fake.lists;
    (void)sync_refresh(mock.sync, refresh_again, &mock);
    settle();
    assert_int_equal(mock.done, 3);
    assert_int_equal(fake.lists - lists, 3); /* each was newer than what asked for it */
}

/* ---- Draining ---------------------------------------------------------------------------------- */

#define FIRST "tcp 10.0.0.1 80"

/* given_conf() with a drain_timeout, and without one of the first service's servers. */
static struct conf *given_drain(int64_t timeout, const char *without)
{
    struct conf *conf = fixture_conf();
    struct conf_virtual_server *service = fixture_service(conf, FIRST, "wrr");

    service->drain_timeout = timeout;
    for (unsigned i = 1; i <= 3; i++) {
        char addr[16];

        (void)snprintf(addr, sizeof(addr), "192.0.2.%u", i);
        if (!without || strcmp(without, addr) != 0) {
            fixture_server(conf, service, addr, 80, CONF_FORWARD_DR, i)->drain_timeout = timeout;
        }
    }
    return conf;
}

static void set_connections(const char *addr, struct table_connections connections)
{
    server_in_kernel(FIRST, addr, 80)->connections = connections;
}

static bool was_looked_at(void)
{
    return is_idle() && !mock.sync->drain.due &&
           loop_timer_deadline(mock.sync->drain.timer) != clock_now();
}

/* Looks at those that drain now rather than within a second. */
static void look(void)
{
    mock.sync->drain.due = mock.sync->drain.count > 0;
    mock.sync->drain.number++;
    sync_wake(mock.sync);
    wait_for(was_looked_at, "looked");
}

static void test_a_server_taken_out_drains_until_it_has_no_connections(void **state)
{
    static const struct table_connections some[] = {
        {.active = 1}, {.inactive = 1}, {.persistent = 1}};

    (void)state;
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    set_connections("192.0.2.2", some[0]);
    configure(given_drain(300 * CLOCK_SECOND, "192.0.2.2"));
    settle();
    assert_logged(1, "10.0.0.1:80/tcp: 1 server no longer configured: weight 0 until");
    for (size_t i = 0; i < UNIT_COUNT(some); i++) {
        set_connections("192.0.2.2", some[i]);
        look();
        assert_non_null(server_in_kernel(FIRST, "192.0.2.2", 80));
        assert_int_equal(server_in_kernel(FIRST, "192.0.2.2", 80)->settings.weight, 0);
    }
    assert_true(is_owned("drain 192.0.2.2 80 "));
    set_connections("192.0.2.2", (struct table_connections){0});
    look();
    assert_null(server_in_kernel(FIRST, "192.0.2.2", 80));
    assert_false(is_owned("drain"));
    assert_logged(1, "server 192.0.2.2:80 has drained");
    assert_int_equal(fake.counts[PLAN_EDIT_DESTINATION], 1);
    assert_int_equal(fake.counts[PLAN_REMOVE_DESTINATION], 1);
    assert_true(loop_timer_deadline(mock.sync->drain.timer) == CLOCK_NEVER);
    assert_logged(0, "somebody else");
}

static void test_a_drain_is_looked_at_by_itself(void **state)
{
    (void)state;
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    configure(given_drain(300 * CLOCK_SECOND, "192.0.2.2"));
    settle();
    while (server_in_kernel(FIRST, "192.0.2.2", 80)) { /* it has none; nobody asks for a look */
        (void)event_base_loop(loop_base(mock.loop), EVLOOP_ONCE);
    }
    settle();
    assert_false(is_owned("drain"));
}

static int refuse_weight(const struct plan_operation *operation)
{
    return operation->kind == PLAN_EDIT_DESTINATION ? -EPERM : 0;
}

static void test_a_server_that_may_still_get_connections_is_not_empty(void **state)
{
    (void)state;
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    fake.refuse = refuse_weight;
    configure(given_drain(300 * CLOCK_SECOND, "192.0.2.2"));
    settle();
    look();
    assert_non_null(server_in_kernel(FIRST, "192.0.2.2", 80)); /* without a connection, weight 2 */
    fake.refuse = NULL;
    sync_reconcile(mock.sync);
    settle();
    look();
    assert_null(server_in_kernel(FIRST, "192.0.2.2", 80));
}

static void test_a_drain_ends_with_its_time(void **state)
{
    (void)state;
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    set_connections("192.0.2.2", (struct table_connections){.active = 2, .persistent = 1});
    configure(given_drain(300 * CLOCK_SECOND, "192.0.2.2"));
    settle();
    assert_true(snapshot_number("services/0/servers/1/drain_left_ms") > 290000);
    mock.sync->services->drains->until = clock_now();
    look();
    assert_null(server_in_kernel(FIRST, "192.0.2.2", 80));
    assert_logged(1, "server 192.0.2.2:80: its drain_timeout is over, with 3 connections left");
}

static void test_a_draining_server_that_is_configured_again_has_its_weight_back(void **state)
{
    (void)state;
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    set_connections("192.0.2.2", (struct table_connections){.active = 1});
    configure(given_drain(300 * CLOCK_SECOND, "192.0.2.2"));
    settle();
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    assert_int_equal(server_in_kernel(FIRST, "192.0.2.2", 80)->settings.weight, 2);
    assert_int_equal(server_in_kernel(FIRST, "192.0.2.2", 80)->connections.active, 1);
    assert_int_equal(fake.counts[PLAN_REMOVE_DESTINATION], 0);
    assert_int_equal(fake.counts[PLAN_ADD_DESTINATION], 3);
    assert_false(is_owned("drain"));
}

static void test_a_drain_goes_on_after_a_restart(void **state)
{
    int64_t until;

    (void)state;
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    set_connections("192.0.2.2", (struct table_connections){.active = 1});
    configure(given_drain(300 * CLOCK_SECOND, "192.0.2.2"));
    settle();
    until = mock.sync->services->drains->until;
    sync_free(mock.sync); /* a crash */
    start_sync();
    sync_configure(mock.sync, mock.conf);
    settle();
    assert_int_equal(server_in_kernel(FIRST, "192.0.2.2", 80)->settings.weight, 0);
    assert_true(mock.sync->services->drains->until / CLOCK_MILLISECOND ==
                until / CLOCK_MILLISECOND);
    assert_int_equal(fake.counts[PLAN_EDIT_DESTINATION], 1); /* the last run's */
    set_connections("192.0.2.2", (struct table_connections){0});
    look();
    assert_null(server_in_kernel(FIRST, "192.0.2.2", 80));
}

static void test_a_server_taken_out_while_nothing_ran_drains(void **state)
{
    (void)state;
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    set_connections("192.0.2.2", (struct table_connections){.active = 1});
    sync_stop(mock.sync, true);
    sync_free(mock.sync);
    start_sync();
    configure(given_drain(300 * CLOCK_SECOND, "192.0.2.2"));
    settle();
    assert_non_null(server_in_kernel(FIRST, "192.0.2.2", 80));
    assert_int_equal(server_in_kernel(FIRST, "192.0.2.2", 80)->settings.weight, 0);
    assert_true(is_owned("drain 192.0.2.2 80 "));
}

static void test_a_failed_server_and_one_without_drain_timeout_go_at_once(void **state)
{
    (void)state;
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    set_connections("192.0.2.2", (struct table_connections){.active = 1});
    mock.down[2] = true;
    sync_mark_dirty(mock.sync, &mock.sync->services->key);
    settle();
    assert_null(server_in_kernel(FIRST, "192.0.2.2", 80));
    configure(given_drain(300 * CLOCK_SECOND, "192.0.2.2")); /* it is gone already */
    settle();
    assert_false(is_owned("drain"));
    configure(given_drain(0, NULL));
    mock.down[2] = false;
    settle();
    set_connections("192.0.2.3", (struct table_connections){.active = 1});
    configure(given_drain(0, "192.0.2.3"));
    settle();
    assert_null(server_in_kernel(FIRST, "192.0.2.3", 80));
}

static void test_a_service_taken_out_stays_while_its_servers_drain(void **state)
{
    (void)state;
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    set_connections("192.0.2.2", (struct table_connections){.active = 1});
    configure(fixture_conf());
    settle();
    look();
    assert_int_equal(table_count_destinations(in_kernel(FIRST)), 1); /* the others had none */
    assert_int_equal(server_in_kernel(FIRST, "192.0.2.2", 80)->settings.weight, 0);
    assert_int_equal(snapshot_number("leaving"), 1);
    set_connections("192.0.2.2", (struct table_connections){0});
    look();
    assert_null(in_kernel(FIRST));
    assert_false(is_owned("tcp"));
    assert_int_equal(snapshot_number("leaving"), 0);
}

static void test_a_drain_is_told_where_there_is_something_to_drain(void **state)
{
    (void)state;
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    configure(given_drain(300 * CLOCK_SECOND, "192.0.2.1"));
    settle();
    look();
    assert_null(server_in_kernel(FIRST, "192.0.2.1", 80)); /* it had no connection */
    mock.down[2] = true;
    sync_mark_dirty(mock.sync, &mock.sync->services->key);
    settle();
    configure(fixture_conf()); /* one is not in the kernel, one has no connection */
    settle();
    look();
    assert_null(in_kernel(FIRST));
    assert_logged(0, "no longer configured");
    assert_logged(0, "has drained");
}

/* The first service's second server behind FULLNAT with a pool, its third one behind NAT. */
static struct conf *given_fullnat_drain(void)
{
    struct conf *conf = given_drain(300 * CLOCK_SECOND, NULL);
    struct conf_virtual_server *service = STAILQ_FIRST(&conf->virtual_servers);
    struct conf_real_server *server = STAILQ_NEXT(STAILQ_FIRST(&service->servers), next);

    service->fullnat = CONF_FULLNAT_SOME;
    assert_true(inet_parse("10.1.0.1", &service->local[CONF_LOCAL_IPV4].first));
    assert_true(inet_parse("10.1.0.9", &service->local[CONF_LOCAL_IPV4].last));
    server->forward = CONF_FORWARD_FULLNAT;
    STAILQ_NEXT(server, next)->forward = CONF_FORWARD_NAT;
    return conf;
}

static void drains_changed(void *argument)
{
    assert_ptr_equal(argument, &mock);
    mock.drains++;
    mock.drained_in_kernel = server_in_kernel(FIRST, "192.0.2.2", 80);
}

static void assert_drains(size_t wanted)
{
    size_t count;
    struct conf_drain *drains = sync_drains(mock.sync, &count);
    const struct conf_service_key service = fixture_service_key(FIRST);

    assert_int_equal(count, wanted);
    for (size_t i = 0; i < count; i++) {
        bool fullnat = drains[i].server.addr.bytes[3] == 2;

        assert_memory_equal(&drains[i].service, &service, sizeof(service));
        assert_int_equal(drains[i].forward, fullnat ? CONF_FORWARD_FULLNAT : CONF_FORWARD_NAT);
        assert_int_equal(drains[i].local.first.bytes[3], fullnat ? 1 : 0);
        assert_int_equal(drains[i].local.last.bytes[3], fullnat ? 9 : 0);
    }
    free(drains);
}

static void test_what_drains_behind_nat_is_told_until_the_last_has_gone(void **state)
{
    (void)state;
    configure(given_fullnat_drain());
    settle();
    for (unsigned i = 1; i <= 3; i++) {
        char addr[16];

        (void)snprintf(addr, sizeof(addr), "192.0.2.%u", i);
        set_connections(addr, (struct table_connections){.active = 1});
    }
    configure(fixture_conf());
    assert_drains(2); /* at once; DR needs nothing */
    settle();
    assert_string_equal(snapshot_string("leaving/0/servers/1/forward"), "FULLNAT");
    sync_free(mock.sync); /* a crash */
    start_sync();
    sync_configure(mock.sync, mock.conf);
    assert_drains(2);
    settle();
    assert_drains(2);
    set_connections("192.0.2.1", (struct table_connections){0});
    set_connections("192.0.2.3", (struct table_connections){0});
    look();
    assert_drains(1);
    assert_int_equal(mock.drains, 0);
    set_connections("192.0.2.2", (struct table_connections){0});
    look();
    assert_drains(0);
    assert_int_equal(mock.drains, 1);
    assert_false(mock.drained_in_kernel);
}

static void test_what_was_taken_out_behind_nat_while_nothing_ran_is_told(void **state)
{
    struct conf *conf = given_fullnat_drain();
    struct conf_virtual_server *service = STAILQ_FIRST(&conf->virtual_servers);

    (void)state;
    configure(given_fullnat_drain());
    settle();
    sync_stop(mock.sync, true);
    sync_free(mock.sync);
    start_sync();
    STAILQ_REMOVE(&service->servers, STAILQ_NEXT(STAILQ_FIRST(&service->servers), next),
                  conf_real_server, next);
    set_connections("192.0.2.2", (struct table_connections){.active = 1});
    configure(conf);
    assert_drains(0);
    settle();
    assert_int_equal(mock.drains, 1);
    assert_drains(1);
}

static void test_services_behind_fullnat_alone_wait_for_its_table(void **state)
{
    struct conf *conf = given_conf();

    (void)state;
    STAILQ_FIRST(&conf->virtual_servers)->fullnat = CONF_FULLNAT_ALL;
    configure(conf);
    sync_set_fullnat(mock.sync, true, NULL);
    settle();
    assert_null(in_kernel(FIRST));
    assert_non_null(in_kernel("fwmark 7 inet"));
    mock.down[1] = true;
    mark(FIRST);
    settle();
    assert_null(in_kernel(FIRST));
    sync_set_fullnat(mock.sync, false, NULL);
    settle();
    assert_int_equal(table_count_destinations(in_kernel(FIRST)), 1);
    assert_logged(1, "IPVS: 2 services, 2 servers");

    sync_set_fullnat(mock.sync, true, NULL); /* nothing is due, then something is */
    mock.down[1] = false;
    mark(FIRST);
    settle();
    assert_int_equal(table_count_destinations(in_kernel(FIRST)), 1);
    configure(given_conf()); /* it is not behind FULLNAT any more */
    sync_set_fullnat(mock.sync, true, NULL);
    settle();
    assert_int_equal(table_count_destinations(in_kernel(FIRST)), 2);
    conf = given_conf();
    STAILQ_FIRST(&conf->virtual_servers)->fullnat = CONF_FULLNAT_ALL;
    configure(conf);
    sync_set_fullnat(mock.sync, true, NULL); /* and the end comes while it waits */
    settle();
    sync_stop(mock.sync, false);
    assert_int_equal(table_count_services(&fake.table), 0);
}

static void test_a_reload_without_change_drains_nothing(void **state)
{
    (void)state;
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    configure(given_drain(300 * CLOCK_SECOND, NULL));
    settle();
    assert_int_equal(mock.sync->drain.count, 0);
    assert_int_equal(fake.applies, 1);
}

/* ---- The end ----------------------------------------------------------------------------------- */

static void test_a_stop_removes_what_is_ours_and_nothing_else(void **state)
{
    (void)state;
    (void)put_in_kernel("tcp 10.0.0.7 80");
    configure(given_conf());
    settle();
    sync_stop(mock.sync, false);
    assert_int_equal(table_count_services(&fake.table), 1);
    assert_non_null(in_kernel("tcp 10.0.0.7 80"));
    assert_false(is_owned("tcp"));
    assert_int_equal(snapshot_number("services"), 0);
}

static void test_a_stop_that_keeps_leaves_all_to_the_next_run(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    sync_stop(mock.sync, true);
    assert_int_equal(table_count_services(&fake.table), 2);
    assert_true(is_owned("tcp 10.0.0.1 80\n"));
}

static int refuse_removal(const struct plan_operation *operation)
{
    return operation->kind == PLAN_REMOVE_SERVICE && operation->service.fwmark ? -EPERM : 0;
}

static void test_what_could_not_be_removed_stays_in_the_list(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    fake.refuse = refuse_removal;
    sync_stop(mock.sync, false);
    assert_logged(1, "fwmark 7: error: cannot be removed: not permitted");
    assert_true(is_owned("fwmark 7 inet\n"));
    assert_false(is_owned("10.0.0.1"));
}

static void test_a_stop_in_the_middle_of_a_job_waits_for_it(void **state)
{
    (void)state;
    configure(given_conf());
    (void)sync_refresh(mock.sync, refreshed, &mock);
    while (!mock.sync->busy) { /* until the first job is under way */
        (void)event_base_loop(loop_base(mock.loop), EVLOOP_ONCE);
    }
    sync_stop(mock.sync, false);
    assert_int_equal(table_count_services(&fake.table), 0);
    assert_int_equal(mock.done, 1);
    assert_false(mock.sync->busy);
}

/* ---- While the kernel works -------------------------------------------------------------------- */

static bool is_at_the_gate(void)
{
    return mock.sync->round.phase == SYNC_ROUND_APPLYING;
}

static void test_a_configuration_may_go_while_its_plan_is_applied(void **state)
{
    struct conf *conf = fixture_conf();
    struct conf_virtual_server *service = fixture_service(conf, "udp 10.0.0.5 53", "rr");

    (void)state;
    (void)fixture_server(conf, service, "192.0.2.5", 53, CONF_FORWARD_NAT, 1);
    (void)pthread_mutex_lock(&gate);
    configure(given_conf());
    wait_for(is_at_the_gate, "the plan is being applied");
    configure(conf); /* frees the old one */
    mark("tcp 10.0.0.1 80");
    mark("udp 10.0.0.5 53");
    (void)pthread_mutex_unlock(&gate);
    settle();
    assert_int_equal(table_count_services(&fake.table), 1);
    assert_non_null(server_in_kernel("udp 10.0.0.5 53", "192.0.2.5", 53));
    assert_false(is_owned("10.0.0.1"));
    assert_int_equal(mock.sync->errors, 0);
}

static void test_a_change_while_the_kernel_works_is_not_lost(void **state)
{
    (void)state;
    (void)pthread_mutex_lock(&gate);
    configure(given_conf());
    wait_for(is_at_the_gate, "the plan is being applied");
    mock.down[1] = true;
    mark("tcp 10.0.0.1 80");
    (void)pthread_mutex_unlock(&gate);
    settle();
    assert_null(server_in_kernel("tcp 10.0.0.1 80", "192.0.2.1", 80));
    assert_int_equal(fake.applies, 2);
}

/* Turns of the loop that something else got while the reconciler worked. */
static unsigned turns;

static void count_turn(void *argument, int64_t now, int64_t late)
{
    (void)late;
    turns++;
    loop_timer_set(*(struct loop_timer **)argument, now);
}

static void test_a_large_table_does_not_hold_the_loop_up(void **state)
{
    enum { SERVICES = 2000, SERVERS = 5 };
    struct conf *conf = fixture_conf();
    struct loop_timer *other;

    (void)state;
    for (uint32_t i = 0; i < SERVICES; i++) {
        const struct inet_addr addr = fixture_ipv4(0x0a000000 + i);
        struct conf_virtual_server *service =
            fixture_service_of_key(conf, table_key_of_address(IPPROTO_TCP, &addr, 80), "rr");

        for (uint32_t j = 1; j <= SERVERS; j++) {
            const struct conf_server_key key = {.addr = fixture_ipv4(0xc0000200 + j), .port = 80};

            (void)fixture_server_of_key(conf, service, key, CONF_FORWARD_DR, 1);
        }
    }
    configure(conf);
    (void)pthread_mutex_lock(&gate); /* so that the turns before are the planning's */
    other = loop_timer_new(mock.loop, LOOP_PRIORITY_NORMAL, count_turn, &other);
    loop_timer_set(other, clock_now());
    turns = 0;
    wait_for(is_at_the_gate, "planned");
    (void)pthread_mutex_unlock(&gate);
    loop_timer_free(other);
    assert_fact(turns >= SERVICES * (SERVERS + 1) / SYNC_SLICE, "%u turns while planning", turns);
    settle();
    assert_int_equal(fake.applies, 1);
    assert_int_equal(fake_writes(), SERVICES * (SERVERS + 1));
    assert_logged(1, "2000 services, 10000 servers: 12000 added");
    sync_configure(mock.sync, conf);
    settle();
    assert_int_equal(fake.applies, 1);
}

/* ---- The connection sync daemon ---------------------------------------------------------------- */

#define MASTER (fake.table.daemons[TABLE_DAEMON_MASTER])
#define BACKUP (fake.table.daemons[TABLE_DAEMON_BACKUP])

/* Two services, and a daemon on eth1, which is there. */
static struct conf *given_daemon(void)
{
    struct conf *conf = given_conf();

    conf->global.sync_daemon =
        (struct conf_sync_daemon){.interface = "eth1", .instance = "VI_1", .id = 51};
    return conf;
}

static void start_with_daemon(void)
{
    mock.interface = 3;
    configure(given_daemon());
    settle();
}

static void become(bool master)
{
    mock.master = master;
    sync_mark_daemon(mock.sync);
    settle();
}

/* As if the time for which a role goes on were over. */
static void let_linger_end(void)
{
    for (unsigned role = 0; role < TABLE_DAEMON_ROLES; role++) {
        if (mock.sync->daemon.state.until[role]) {
            mock.sync->daemon.state.until[role] = 1;
        }
    }
    sync_mark_daemon(mock.sync);
    settle();
}

static void test_a_daemon_listens_from_the_start(void **state)
{
    (void)state;
    start_with_daemon();
    assert_true(BACKUP.running);
    assert_false(MASTER.running);
    assert_string_equal(BACKUP.interface, "eth1");
    assert_int_equal(BACKUP.id, 51);
    assert_string_equal(snapshot_string("sync_daemon/role"), "backup");
    assert_logged(1, "IPVS sync daemon: backup started: eth1, id 51");
    sync_reconcile(mock.sync);
    settle();
    assert_int_equal(fake.counts[PLAN_START_DAEMON], 1);
}

static void test_a_takeover_starts_the_new_role_before_the_old_one_ends(void **state)
{
    (void)state;
    start_with_daemon();
    become(true);
    assert_true(MASTER.running);
    assert_true(BACKUP.running);
    assert_true(loop_timer_deadline(mock.sync->daemon.timer) <= clock_now() + ROLE_LINGER);
    let_linger_end();
    assert_true(MASTER.running);
    assert_false(BACKUP.running);
    become(false);
    assert_true(MASTER.running);
    assert_true(BACKUP.running);
    become(true); /* in time: nothing had to be done */
    let_linger_end();
    assert_true(MASTER.running);
    assert_false(BACKUP.running);
    assert_int_equal(fake.counts[PLAN_START_DAEMON], 3);
    assert_int_equal(fake.counts[PLAN_STOP_DAEMON], 2);
    assert_int_equal(mock.sync->errors, 0);
}

static void test_a_daemon_waits_for_its_interface(void **state)
{
    (void)state;
    configure(given_daemon());
    settle();
    assert_false(BACKUP.running);
    assert_int_equal(table_count_services(&fake.table), 2);
    assert_string_equal(snapshot_string("sync_daemon/reason"), "waits for its interface");
    mock.interface = 3;
    sync_mark_daemon(mock.sync);
    settle();
    assert_true(BACKUP.running);
    mock.interface = 0;
    sync_mark_daemon(mock.sync);
    settle();
    assert_false(BACKUP.running);
}

static void test_a_daemon_is_started_anew_on_an_interface_made_anew(void **state)
{
    (void)state;
    start_with_daemon();
    mock.interface = 4;
    sync_mark_daemon(mock.sync);
    settle();
    assert_int_equal(fake.counts[PLAN_STOP_DAEMON], 1);
    assert_int_equal(fake.counts[PLAN_START_DAEMON], 2);
    sync_mark_daemon(mock.sync);
    settle();
    assert_int_equal(fake.counts[PLAN_START_DAEMON], 2);
}

/* The index that VRRP's namespace has for the name means nothing there. */
static void test_a_daemon_s_interface_is_looked_up_where_the_table_is(void **state)
{
    int fd = netns_open(NULL);
    struct conf *conf = given_daemon();

    (void)state;
    sync_set_namespace(mock.sync, fd);
    conf->global.sync_daemon.interface = "lo";
    configure(conf);
    settle();
    assert_true(BACKUP.running);
    assert_int_equal(mock.sync->daemon.roles[TABLE_DAEMON_BACKUP].index, if_nametoindex("lo"));
    mock.sync->daemon.roles[TABLE_DAEMON_BACKUP].index++; /* as if it had been made anew */
    mock.sync->daemon.index_there++;
    sync_reconcile(mock.sync);
    settle();
    assert_int_equal(fake.counts[PLAN_STOP_DAEMON], 1);
    assert_int_equal(fake.counts[PLAN_START_DAEMON], 2);
    conf = given_daemon();
    conf->global.sync_daemon.interface = "nowhere0";
    configure(conf);
    settle();
    assert_false(BACKUP.running);
    assert_string_equal(snapshot_string("sync_daemon/reason"), "waits for its interface");
    (void)close(fd);
}

static void test_daemons_changed_by_hand_are_put_back(void **state)
{
    (void)state;
    start_with_daemon();
    BACKUP.running = false;
    sync_reconcile(mock.sync);
    settle();
    assert_true(BACKUP.running);
    assert_logged(1, "backup stopped by somebody else, put back");
    MASTER = BACKUP;
    BACKUP.id = 9;
    sync_reconcile(mock.sync);
    settle();
    assert_false(MASTER.running);
    assert_int_equal(BACKUP.id, 51);
    assert_logged(1, "master started by somebody else, put back");
    assert_logged(1, "backup changed by somebody else, put back");
    assert_int_equal(mock.sync->drift, 3);
}

/* Somebody stops and starts one behind our back, between two looks: ESRCH and EEXIST. */
static void test_a_race_about_a_daemon_is_survived(void **state)
{
    (void)state;
    start_with_daemon();
    MASTER = BACKUP; /* with the id that we want, too */
    become(true);
    assert_true(MASTER.running);
    BACKUP.running = false;
    let_linger_end();
    assert_true(MASTER.running);
    assert_false(BACKUP.running);
    assert_logged(0, "error");
    assert_string_equal(snapshot_string("sync_daemon/role"), "master");
}

static int refuse_daemon(const struct plan_operation *operation)
{
    return operation->kind == PLAN_START_DAEMON ? -ENETUNREACH : 0;
}

static void test_a_refused_daemon_is_told_once_and_tried_again(void **state)
{
    (void)state;
    fake.refuse = refuse_daemon;
    start_with_daemon();
    sync_reconcile(mock.sync);
    settle();
    assert_logged(1, "backup cannot be started on eth1: the interface is down");
    assert_int_equal(table_count_services(&fake.table), 2);
    assert_non_null(strstr(snapshot_string("sync_daemon/backup/error"), "is down"));
    fake.refuse = NULL;
    sync_reconcile(mock.sync);
    settle();
    assert_true(BACKUP.running);
    assert_string_equal(snapshot_string("sync_daemon/backup/error"), "");
}

static void test_a_stop_removes_the_daemon(void **state)
{
    (void)state;
    start_with_daemon();
    become(true);
    sync_stop(mock.sync, false);
    assert_false(MASTER.running);
    assert_false(BACKUP.running);
}

static void test_somebody_elses_daemon_is_left_alone(void **state)
{
    (void)state;
    BACKUP = (struct table_daemon){.running = true, .interface = "eth9", .id = 3};
    configure(given_conf());
    settle();
    sync_stop(mock.sync, false);
    assert_true(BACKUP.running);
}

static void test_the_last_runs_daemon_is_kept_or_stopped(void **state)
{
    (void)state;
    start_with_daemon();
    sync_free(mock.sync); /* a crash */
    start_sync();
    sync_configure(mock.sync, mock.conf);
    settle();
    assert_int_equal(fake.counts[PLAN_START_DAEMON], 1);
    sync_free(mock.sync);
    start_sync();
    configure(given_conf());
    settle();
    assert_false(BACKUP.running);
    assert_string_equal(snapshot_string("sync_daemon/role"), "");
    BACKUP = (struct table_daemon){.running = true, .interface = "eth9", .id = 3};
    sync_reconcile(mock.sync);
    settle();
    assert_true(BACKUP.running); /* not ours any more */
}

static void test_without_an_instance_both_roles_run(void **state)
{
    struct conf *conf = given_daemon();

    (void)state;
    mock.interface = 3;
    conf->global.sync_daemon.instance = NULL;
    configure(conf);
    settle();
    assert_true(MASTER.running);
    assert_true(BACKUP.running);
    assert_string_equal(snapshot_string("sync_daemon/role"), "both");
}

static void test_a_flush_on_stop_takes_everybodys_services(void **state)
{
    struct conf *conf = given_conf();

    (void)state;
    conf->global.ipvs_flush_on_stop = CONF_FLUSH_ALL;
    (void)put_in_kernel("tcp 10.9.9.9 9");
    configure(conf);
    settle();
    sync_stop(mock.sync, false);
    assert_int_equal(table_count_services(&fake.table), 0);
    assert_false(is_owned("10.0.0.1"));
    assert_logged(0, "error");
}

static void test_a_stop_that_keeps_flushes_nothing(void **state)
{
    struct conf *conf = given_conf();

    (void)state;
    conf->global.ipvs_flush_on_stop = CONF_FLUSH_ALL;
    (void)put_in_kernel("tcp 10.9.9.9 9");
    configure(conf);
    settle();
    sync_stop(mock.sync, true);
    assert_int_equal(table_count_services(&fake.table), 3);
    assert_int_equal(fake.counts[PLAN_FLUSH], 0);
    assert_logged(1, "IPVS: the table stays: 2 services, for the next start to take over");
}

static void test_what_a_stop_kept_is_adopted_without_a_write(void **state)
{
    unsigned writes;

    (void)state;
    configure(given_conf());
    settle();
    sync_stop(mock.sync, true);
    sync_free(mock.sync);
    writes = fake_writes();
    start_sync();
    sync_configure(mock.sync, mock.conf);
    settle();
    assert_int_equal(fake_writes() - writes, 0);
    sync_stop(mock.sync, false); /* it is ours: an ordinary stop removes it */
    assert_int_equal(table_count_services(&fake.table), 0);
}

/* The last run left 192.0.2.1 and .2; .3 was down, and the sorry server .9 out. */
static void start_again_unknowing(void)
{
    struct conf *conf = given_conf();
    struct conf_virtual_server *service = STAILQ_FIRST(&conf->virtual_servers);

    (void)fixture_server(conf, service, "192.0.2.3", 80, CONF_FORWARD_DR, 5);
    add_sorry_server(conf, service);
    mock.down[3] = true;
    configure(conf);
    settle();
    sync_stop(mock.sync, true);
    sync_free(mock.sync);
    start_sync();
    mock.assumed[1] = mock.assumed[2] = mock.assumed[3] = true;
    mock.down[1] = mock.down[2] = true; /* as with alpha */
    mock.down[3] = false;               /* as without */
    mock.sorry = true;
    sync_configure(mock.sync, mock.conf);
    settle();
}

static void expect_servers(bool first, bool second, bool third, bool sorry)
{
    static const char key[] = "tcp 10.0.0.1 80";

    assert_int_equal(server_in_kernel(key, "192.0.2.1", 80) != NULL, first);
    assert_int_equal(server_in_kernel(key, "192.0.2.2", 80) != NULL, second);
    assert_int_equal(server_in_kernel(key, "192.0.2.3", 80) != NULL, third);
    assert_int_equal(server_in_kernel(key, "192.0.2.9", 80) != NULL, sorry);
}

static void test_servers_of_the_last_run_stay_as_they_are_until_more_is_known(void **state)
{
    (void)state;
    start_again_unknowing();
    expect_servers(true, true, false, false);
    mock.assumed[2] = false; /* and down */
    mark("tcp 10.0.0.1 80");
    settle();
    expect_servers(true, false, false, false);
    mock.assumed[1] = mock.assumed[3] = false;
    mock.down[1] = false;
    mock.sorry = false;
    mark("tcp 10.0.0.1 80");
    settle();
    expect_servers(true, false, true, false);
    mock.assumed[1] = mock.assumed[2] =
        true; /* by a reload: no concern of the last run's any more */
    mock.down[1] = true;
    mock.down[2] = false;
    mark("tcp 10.0.0.1 80");
    settle();
    expect_servers(false, true, true, false);
}

static void test_a_service_that_the_kernel_has_not_any_more_begins_anew(void **state)
{
    (void)state;
    configure(given_conf());
    settle();
    sync_stop(mock.sync, true);
    sync_free(mock.sync);
    table_release(&fake.table);
    start_sync();
    mock.assumed[1] = mock.assumed[2] = true;
    mock.down[1] = true;
    sync_configure(mock.sync, mock.conf);
    settle();
    expect_servers(false, true, false, false);
}

static void test_a_master_that_stops_and_keeps_hears_the_others(void **state)
{
    (void)state;
    start_with_daemon();
    become(true);
    let_linger_end();
    assert_false(BACKUP.running);
    sync_stop(mock.sync, true);
    assert_true(MASTER.running); /* what it has gathered is still to be told */
    assert_true(BACKUP.running);
    sync_free(mock.sync);
    start_sync();
    mock.master = false;
    sync_configure(mock.sync, mock.conf);
    settle();
    assert_true(BACKUP.running);
    assert_false(MASTER.running); /* the last run's was ours */
    assert_int_equal(mock.sync->errors, 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_start_fills_an_empty_table),
        TEST(test_a_restart_adopts_what_is_there_and_writes_nothing),
        TEST(test_what_is_there_before_us_is_edited_not_replaced),
        TEST(test_a_service_of_the_last_run_that_is_not_configured_goes),
        TEST(test_a_reload_without_change_writes_nothing),
        TEST(test_a_reload_with_one_weight_changed_writes_that),
        TEST(test_a_service_that_is_no_longer_configured_goes_and_is_not_ours),
        TEST(test_a_foreign_service_that_is_configured_now_is_taken_over_as_it_is),
        TEST(test_without_services_the_kernel_is_left_alone),
        TEST(test_a_flush_at_the_start_takes_what_is_not_ours),
        TEST(test_a_flush_needs_no_service_of_ours),
        TEST(test_a_flush_that_was_cut_short_is_made_again),
        TEST(test_timeouts_are_set_once),
        TEST(test_marks_of_one_turn_make_one_batch),
        TEST(test_a_mark_without_a_change_writes_nothing),
        TEST(test_the_sorry_server_comes_before_the_last_server_goes),
        TEST(test_what_somebody_changed_is_put_back_told_and_counted),
        TEST(test_a_removed_service_comes_back_whole),
        TEST(test_a_server_added_by_hand_goes),
        TEST(test_a_reload_puts_drift_back_too),
        TEST(test_drift_of_many_services_is_told_as_a_number),
        TEST(test_one_refused_server_does_not_stop_the_others),
        TEST(test_a_refused_service_is_blamed_not_its_servers),
        TEST(test_a_reload_that_takes_the_refused_entry_out_forgets_it),
        TEST(test_many_refusals_are_told_as_a_number),
        TEST(test_a_race_is_healed_by_reading_the_table_again),
        TEST(test_a_race_without_end_is_left_to_the_periodic_pass),
        TEST(test_a_lost_answer_is_no_drift),
        TEST(test_answers_lost_in_reading_are_asked_for_again),
        TEST(test_a_kernel_without_ipvs_is_said_once_with_the_cure),
        TEST(test_modprobe_may_help),
        TEST(test_a_missing_capability_needs_no_modprobe),
        TEST(test_a_namespace_that_cannot_be_entered_is_an_error),
        TEST(test_an_ipvs_that_goes_and_comes_back_is_filled_again),
        TEST(test_a_batch_that_could_not_be_sent_is_sent_when_it_can),
        TEST(test_a_refresh_reads_the_counters),
        TEST(test_one_service_can_be_shown_alone),
        TEST(test_a_table_told_in_parts_is_complete_even_if_it_changes),
        TEST(test_a_service_of_many_servers_is_told_in_parts_even_if_it_changes),
        TEST(test_a_refresh_without_ipvs_is_answered),
        TEST(test_a_cancelled_refresh_calls_nobody),
        TEST(test_a_refresh_may_ask_for_the_next),
        TEST(test_a_server_taken_out_drains_until_it_has_no_connections),
        TEST(test_a_drain_is_looked_at_by_itself),
        TEST(test_a_server_that_may_still_get_connections_is_not_empty),
        TEST(test_a_drain_ends_with_its_time),
        TEST(test_a_draining_server_that_is_configured_again_has_its_weight_back),
        TEST(test_a_drain_goes_on_after_a_restart),
        TEST(test_a_server_taken_out_while_nothing_ran_drains),
        TEST(test_a_failed_server_and_one_without_drain_timeout_go_at_once),
        TEST(test_a_service_taken_out_stays_while_its_servers_drain),
        TEST(test_a_drain_is_told_where_there_is_something_to_drain),
        TEST(test_what_drains_behind_nat_is_told_until_the_last_has_gone),
        TEST(test_what_was_taken_out_behind_nat_while_nothing_ran_is_told),
        TEST(test_services_behind_fullnat_alone_wait_for_its_table),
        TEST(test_a_reload_without_change_drains_nothing),
        TEST(test_a_stop_removes_what_is_ours_and_nothing_else),
        TEST(test_a_stop_that_keeps_leaves_all_to_the_next_run),
        TEST(test_what_could_not_be_removed_stays_in_the_list),
        TEST(test_a_stop_in_the_middle_of_a_job_waits_for_it),
        TEST(test_a_configuration_may_go_while_its_plan_is_applied),
        TEST(test_a_change_while_the_kernel_works_is_not_lost),
        TEST(test_a_large_table_does_not_hold_the_loop_up),
        TEST(test_a_daemon_listens_from_the_start),
        TEST(test_a_takeover_starts_the_new_role_before_the_old_one_ends),
        TEST(test_a_daemon_waits_for_its_interface),
        TEST(test_a_daemon_is_started_anew_on_an_interface_made_anew),
        TEST(test_a_daemon_s_interface_is_looked_up_where_the_table_is),
        TEST(test_daemons_changed_by_hand_are_put_back),
        TEST(test_a_race_about_a_daemon_is_survived),
        TEST(test_a_refused_daemon_is_told_once_and_tried_again),
        TEST(test_a_stop_removes_the_daemon),
        TEST(test_somebody_elses_daemon_is_left_alone),
        TEST(test_the_last_runs_daemon_is_kept_or_stopped),
        TEST(test_without_an_instance_both_roles_run),
        TEST(test_a_flush_on_stop_takes_everybodys_services),
        TEST(test_a_stop_that_keeps_flushes_nothing),
        TEST(test_what_a_stop_kept_is_adopted_without_a_write),
        TEST(test_servers_of_the_last_run_stay_as_they_are_until_more_is_known),
        TEST(test_a_service_that_the_kernel_has_not_any_more_begins_anew),
        TEST(test_a_master_that_stops_and_keeps_hears_the_others),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
