/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_parser.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "vrrp/proc.h"
#include "vrrp/proc_match.h"
#include "vrrp/proc_pids.h"
#include "vrrp/track.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define S CLOCK_SECOND

/* ---- Which processes --------------------------------------------------------------------------- */

#define WORDS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define LINE(text) text, sizeof(text) /* with the NUL of its last word */

static const struct {
    const char *name;
    const char *const *argv;
    enum conf_param_match match;
    bool full_command;
    const char *comm;
    const char *command;
    size_t size;
    bool matches;
} matches[] = {
    {"its name", WORDS("nginx"), CONF_PARAM_ANY, false, "nginx", LINE("nginx: master"), true},
    {"no part of it", WORDS("ssh"), CONF_PARAM_ANY, false, "sshd", LINE("/usr/sbin/sshd"), false},
    {"a kernel thread's", WORDS("kthreadd"), CONF_PARAM_ANY, false, "kthreadd", "", 0, true},
    {"one that the kernel cut off", WORDS("abcdefghijklmnopq"), CONF_PARAM_ANY, false,
     "abcdefghijklmno", LINE("/bin/abcdefghijklmnopq"), true},
    {"another one that is cut off alike", WORDS("abcdefghijklmnopq"), CONF_PARAM_ANY, false,
     "abcdefghijklmno", LINE("/bin/abcdefghijklmnoXX"), false},
    {"the whole command", WORDS("/usr/sbin/nginx"), CONF_PARAM_ANY, true, "nginx",
     LINE("/usr/sbin/nginx\0-g"), true},
    {"another command", WORDS("nginx"), CONF_PARAM_ANY, true, "nginx", LINE("/usr/sbin/nginx"),
     false},
    {"all parameters", WORDS("/bin/a", "-x", "1 2"), CONF_PARAM_EXACT, false, "a",
     LINE("/bin/a\0-x\0001 2"), true},
    {"one too many", WORDS("/bin/a", "-x"), CONF_PARAM_EXACT, false, "a", LINE("/bin/a\0-x\0-y"),
     false},
    {"one too few", WORDS("/bin/a", "-x", "-y"), CONF_PARAM_EXACT, false, "a", LINE("/bin/a\0-x"),
     false},
    {"none, and it must have none", WORDS("/bin/a"), CONF_PARAM_EXACT, false, "a", LINE("/bin/a"),
     true},
    {"one, and it must have none", WORDS("/bin/a"), CONF_PARAM_EXACT, false, "a",
     LINE("/bin/a\0-x"), false},
    {"the first ones", WORDS("/bin/a", "-x"), CONF_PARAM_PARTIAL, false, "a",
     LINE("/bin/a\0-x\0-y"), true},
    {"the first ones, whole", WORDS("/bin/a", "-x"), CONF_PARAM_PARTIAL, false, "a",
     LINE("/bin/a\0-xy"), false},
    {"the last one may go on", WORDS("/bin/a", "-x", "-c"), CONF_PARAM_INITIAL, false, "a",
     LINE("/bin/a\0-x\0-config"), true},
    {"the others may not", WORDS("/bin/a", "-x", "-c"), CONF_PARAM_INITIAL, false, "a",
     LINE("/bin/a\0-xy\0-config"), false},
    {"a last word that was cut off is none", WORDS("/bin/a", "-x"), CONF_PARAM_PARTIAL, false, "a",
     "/bin/a\0-x", 9, false},
    {"one that is gone meanwhile", WORDS("/bin/a"), CONF_PARAM_EXACT, false, "a", "", 0, false},
};

static void test_processes_are_matched_by_name_or_by_command_and_parameters(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(matches); i++) {
        const struct conf_track_process conf = {.argv = matches[i].argv,
                                                .match = matches[i].match,
                                                .full_command = matches[i].full_command};
        const struct proc_facts facts = {
            .name = matches[i].comm, .command = matches[i].command, .size = matches[i].size};

        assert_fact(proc_matches(&conf, &facts) == matches[i].matches, "%s", matches[i].name);
    }
}

static void test_there_must_be_enough_and_not_too_many(void **state)
{
    const struct conf_track_process two_or_three = {.quorum = 2, .quorum_max = 3};
    const struct conf_track_process none = {.quorum = 0, .quorum_max = 0};

    (void)state;
    assert_false(proc_is_quorate(&two_or_three, 1));
    assert_true(proc_is_quorate(&two_or_three, 2));
    assert_true(proc_is_quorate(&two_or_three, 3));
    assert_false(proc_is_quorate(&two_or_three, 4));
    assert_true(proc_is_quorate(&none, 0));
    assert_false(proc_is_quorate(&none, 1));
}

/* ---- The connector ----------------------------------------------------------------------------- */

struct news {
    uint8_t bytes[NLMSG_HDRLEN + sizeof(struct cn_msg) + sizeof(struct proc_event)];
};

static struct news news_of(const struct proc_event *event, uint32_t idx)
{
    struct cn_msg message = {.id = {.idx = idx, .val = CN_VAL_PROC}, .len = sizeof(*event)};
    struct news news = {0};

    memcpy(news.bytes + NLMSG_HDRLEN, &message, sizeof(message));
    memcpy(news.bytes + NLMSG_HDRLEN + sizeof(message), event, sizeof(*event));
    return news;
}

static enum proc_news decode(const struct proc_event *event, int *pid)
{
    struct news news = news_of(event, CN_IDX_PROC);

    return proc_decode(news.bytes, sizeof(news.bytes), pid);
}

static void test_news_tell_of_processes_and_not_of_their_threads(void **state)
{
    struct proc_event event = {.what = PROC_EVENT_FORK};
    struct news other;
    int pid = 0;

    (void)state;
    event.event_data.fork.child_pid = 7;
    event.event_data.fork.child_tgid = 7;
    assert_int_equal(decode(&event, &pid), PROC_NEWS_LOOK);
    assert_int_equal(pid, 7);
    event.event_data.fork.child_pid = 8;
    assert_int_equal(decode(&event, &pid), PROC_NEWS_NONE);
    event = (struct proc_event){.what = PROC_EVENT_EXEC};
    event.event_data.exec.process_tgid = 9;
    assert_int_equal(decode(&event, &pid), PROC_NEWS_LOOK);
    assert_int_equal(pid, 9);
    event = (struct proc_event){.what = PROC_EVENT_EXIT};
    event.event_data.exit.process_pid = 5;
    event.event_data.exit.process_tgid = 5;
    assert_int_equal(decode(&event, &pid), PROC_NEWS_GONE);
    assert_int_equal(pid, 5);
    event.event_data.exit.process_pid = 6;
    assert_int_equal(decode(&event, &pid), PROC_NEWS_NONE);
    event = (struct proc_event){.what = PROC_EVENT_UID};
    assert_int_equal(decode(&event, &pid), PROC_NEWS_NONE);
    other = news_of(&event, CN_IDX_PROC + 1);
    assert_int_equal(proc_decode(other.bytes, sizeof(other.bytes), &pid), PROC_NEWS_NONE);
    for (size_t size = 0; size < NLMSG_HDRLEN + sizeof(struct cn_msg); size++) {
        assert_int_equal(proc_decode(other.bytes, size, &pid), PROC_NEWS_NONE);
    }
}

/* ---- Numbers ----------------------------------------------------------------------------------- */

static const struct {
    int64_t value;
    int weight;
    bool reverse;
    int contribution;
    bool fault;
} numbers[] = {
    {0, 1, false, 0, false},
    {10, 1, false, 10, false},
    {-10, 3, false, -30, false},
    {10, 3, true, -30, false},
    {300, 1, false, 254, false},
    {INT64_MAX, 254, false, 254, false},
    {INT64_MIN, 254, false, -254, true},
    {INT64_MIN, -254, false, 254, false},
    {-253, 1, false, -253, false},
    {-254, 1, false, -254, true},
    {-127, 2, false, -254, true},
    {0, 0, false, 0, false}, /* weight 0: any number but 0 is a fault, or 0 is, reversed */
    {1, 0, false, 0, true},
    {-1, 0, false, 0, true},
    {0, 0, true, 0, true},
    {1, 0, true, 0, false},
};

static void test_a_number_counts_times_its_weight(void **state)
{
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(numbers); i++) {
        const struct track_input input = {.status = TRACK_GOOD,
                                          .weight = numbers[i].weight,
                                          .reverse = numbers[i].reverse,
                                          .numeric = true,
                                          .value = numbers[i].value};

        assert_fact(track_contribution(&input) == numbers[i].contribution, "row %zu: %d", i,
                    track_contribution(&input));
        assert_fact(track_demands_fault(&input) == numbers[i].fault, "row %zu: fault", i);
    }
}

/* ---- The table --------------------------------------------------------------------------------- */

struct watcher {
    struct loop *loop;
    struct proc_table *table;
    struct loop_timer *limit;
    unsigned bad; /* how often the status was that */
};

static void on_status(void *argument)
{
    struct watcher *watcher = argument;

    watcher->bad += proc_status(watcher->table, "sleepers") == TRACK_BAD;
    loop_stop(watcher->loop);
}

static void on_limit(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    loop_stop(((struct watcher *)argument)->loop);
}

/* Sleeps for a time that no other run of this test has: one that was killed may have left some. */
static const char *sleeper_time(void)
{
    static char text[16];

    (void)snprintf(text, sizeof(text), "%d", 100000000 + (int)getpid());
    return text;
}

static pid_t start_sleeper(void)
{
    const char *time = sleeper_time();
    int ends[2];
    char nothing;
    pid_t pid;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)execl("/bin/sleep", "/bin/sleep", time, (char *)NULL);
        _exit(127);
    }
    assert_true(pid > 0);
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &nothing, 1), 0); /* closed by execve(2) */
    (void)close(ends[0]);
    return pid;
}

static void end_sleeper(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

/* Runs the loop for a while, or until the status changes. */
static void run_for(struct watcher *watcher, int64_t duration)
{
    loop_timer_set(watcher->limit, clock_now() + duration);
    assert_int_equal(loop_run(watcher->loop), 0);
}

static void test_a_reload_does_not_forget_who_runs(void **state)
{
    char text[512];
    struct unit_load load;
    struct watcher watcher = {.loop = loop_new()};
    struct log *log = log_new(&(struct log_options){.lowest = LOG_LEVEL_ERROR});
    pid_t sleepers[3] = {start_sleeper(), start_sleeper(), 0};
    int64_t limit = clock_now() + 20 * S;

    (void)state;
    (void)snprintf(text, sizeof(text),
                   "vrrp_track_process sleepers { process /bin/sleep %s\n quorum 2 }\n"
                   "vrrp_instance A { interface eth0\n virtual_router_id 1\n"
                   " track_process { sleepers }\n virtual_ipaddress { 192.0.2.1 } }\n",
                   sleeper_time());
    load = unit_load_clean(text);
    watcher.table = proc_table_new(watcher.loop, log, on_status, &watcher);
    watcher.limit = loop_timer_new(watcher.loop, LOOP_PRIORITY_NORMAL, on_limit, &watcher);
    proc_configure(watcher.table, load.conf);
    while (proc_status(watcher.table, "sleepers") != TRACK_GOOD && clock_now() < limit) {
        run_for(&watcher, S / 10); /* they may not have become what they are to be yet */
    }
    assert_int_equal(proc_status(watcher.table, "sleepers"), TRACK_GOOD);
    watcher.bad = 0;
    sleepers[2] = start_sleeper(); /* its news is there before the look is over */
    proc_configure(watcher.table, load.conf);
    assert_int_equal(proc_status(watcher.table, "sleepers"), TRACK_GOOD);
    run_for(&watcher, S);
    assert_int_equal(watcher.bad, 0);
    end_sleeper(sleepers[0]);
    end_sleeper(sleepers[1]);
    while (proc_status(watcher.table, "sleepers") == TRACK_GOOD && clock_now() < limit) {
        run_for(&watcher, S / 10);
    }
    assert_int_equal(proc_status(watcher.table, "sleepers"), TRACK_BAD);
    end_sleeper(sleepers[2]);
    proc_table_free(watcher.table);
    loop_timer_free(watcher.limit);
    loop_free(watcher.loop);
    log_free(log);
    unit_unload(&load);
}

/* ---- pidfds ------------------------------------------------------------------------------------ */

struct ends {
    struct loop *loop;
    struct proc_pids *pids;
    struct loop_timer *limit;
    unsigned count;
    int last;
};

static void on_end(void *argument, int pid)
{
    struct ends *ends = argument;

    ends->count++;
    ends->last = pid;
    loop_stop(ends->loop);
}

static void on_end_limit(void *argument, int64_t now, int64_t late)
{
    (void)now;
    (void)late;
    loop_stop(((struct ends *)argument)->loop);
}

static void ends_open(struct ends *ends)
{
    *ends = (struct ends){.loop = loop_new()};
    ends->pids = proc_pids_new(ends->loop, on_end, ends);
    ends->limit = loop_timer_new(ends->loop, LOOP_PRIORITY_NORMAL, on_end_limit, ends);
}

static void ends_close(struct ends *ends)
{
    proc_pids_free(ends->pids);
    loop_timer_free(ends->limit);
    loop_free(ends->loop);
}

/* Runs until an end is told, or for so long. */
static void ends_wait(struct ends *ends, int64_t limit)
{
    loop_timer_set(ends->limit, clock_now() + limit);
    assert_int_equal(loop_run(ends->loop), 0);
}

static unsigned count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;

    assert_non_null(directory);
    while (readdir(directory)) {
        count++;
    }
    (void)closedir(directory);
    return count;
}

static pid_t start_pause(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nobody behind */
        (void)pause();
        _exit(0);
    }
    assert_true(pid > 0);
    return pid;
}

static void test_an_end_is_told_and_a_zombie_has_ended(void **state)
{
    struct ends ends;
    pid_t one = start_pause();
    pid_t other = start_pause();

    (void)state;
    ends_open(&ends);
    assert_true(proc_pids_add(ends.pids, other));
    assert_true(proc_pids_add(ends.pids, one));
    assert_false(proc_pids_add(ends.pids, one));
    (void)kill(one, SIGKILL); /* and nobody waits for it */
    ends_wait(&ends, 10 * S);
    assert_int_equal(ends.count, 1);
    assert_int_equal(ends.last, one);
    assert_int_equal(proc_pids_count(ends.pids), 1);
    assert_false(proc_pids_add(ends.pids, one));
    proc_pids_replace(ends.pids, (const int[]){one, other}, 2);
    assert_int_equal(proc_pids_count(ends.pids), 1);
    (void)waitpid(one, NULL, 0);
    assert_false(proc_pids_add(ends.pids, one));
    assert_true(proc_pids_remove(ends.pids, other));
    assert_false(proc_pids_remove(ends.pids, other));
    end_sleeper(other);
    ends_wait(&ends, S / 20); /* it was removed: nobody is told */
    assert_int_equal(ends.count, 1);
    ends_close(&ends);
}

static void test_without_a_pidfd_a_process_counts_and_the_next_look_tries_again(void **state)
{
    struct rlimit before;
    struct rlimit small;
    struct ends ends;
    pid_t pid = start_pause();

    (void)state;
    ends_open(&ends);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    small = before;
    small.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
    assert_true(proc_pids_add(ends.pids, pid));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(proc_pids_count(ends.pids), 1);
    proc_pids_replace(ends.pids, (const int[]){pid}, 1);
    (void)kill(pid, SIGKILL);
    ends_wait(&ends, 10 * S);
    assert_int_equal(ends.last, pid);
    assert_int_equal(proc_pids_count(ends.pids), 0);
    (void)waitpid(pid, NULL, 0);
    ends_close(&ends);
}

static void test_pidfds_are_limited_and_none_is_left(void **state)
{
    enum { COUNT = PROC_PIDS_WATCHED + 3 };
    const rlim_t wanted = (rlim_t)4 * COUNT;
    int pids[COUNT];
    struct rlimit before;
    struct rlimit enough;
    struct ends ends;
    unsigned open_before;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    enough = before;
    enough.rlim_cur = before.rlim_max < wanted ? before.rlim_max : wanted;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &enough), 0);
    for (size_t i = 0; i < COUNT; i++) {
        pids[i] = start_pause();
    }
    ends_open(&ends);
    open_before = count_descriptors();
    proc_pids_replace(ends.pids, pids, COUNT);
    assert_int_equal(proc_pids_count(ends.pids), COUNT);
    assert_in_range(count_descriptors(), open_before + 1, open_before + PROC_PIDS_WATCHED);
    proc_pids_replace(ends.pids, pids + COUNT - 3, 3); /* those that had none get theirs */
    assert_int_equal(proc_pids_count(ends.pids), 3);
    assert_int_equal(count_descriptors(), open_before + 3);
    proc_pids_replace(ends.pids, NULL, 0);
    assert_int_equal(count_descriptors(), open_before);
    ends_close(&ends);
    for (size_t i = 0; i < COUNT; i++) {
        end_sleeper(pids[i]);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processes_are_matched_by_name_or_by_command_and_parameters),
        cmocka_unit_test(test_there_must_be_enough_and_not_too_many),
        cmocka_unit_test(test_news_tell_of_processes_and_not_of_their_threads),
        cmocka_unit_test(test_a_number_counts_times_its_weight),
        cmocka_unit_test(test_a_reload_does_not_forget_who_runs),
        cmocka_unit_test(test_an_end_is_told_and_a_zombie_has_ended),
        cmocka_unit_test(test_without_a_pidfd_a_process_counts_and_the_next_look_tries_again),
        cmocka_unit_test(test_pidfds_are_limited_and_none_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
