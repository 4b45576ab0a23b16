/* SPDX-License-Identifier: Apache-2.0
 *
 * The reconciler on a real kernel: run as root on a kernel with IPVS, in the lab. Makes a network
 * namespace of its own and prints TAP. What we wrote is read back by ipvsadm as well, a reader that
 * is not ours.
 */
#include "../ipvs_fixture.h"
#include "base/helper.h"
#include "base/runtime.h"
#include "ipvs/sync_state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAB_WAIT_LIMIT   (300 * CLOCK_SECOND) /* an emulated processor is slow */
#define LAB_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- TAP --------------------------------------------------------------------------------------- */

static struct {
    unsigned number;
    unsigned failed;
    bool good;        /* the test that runs */
    const char *skip; /* why it does not */
} tap;

static void tap_check(bool fact, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tap_check(bool fact, const char *format, ...)
{
    va_list arguments;

    if (fact) {
        return;
    }
    tap.good = false;
    printf("# failed: ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

/* ---- The daemon around the reconciler ---------------------------------------------------------- */

static struct {
    char directory[64];
    struct loop *loop;
    struct log *log;
    struct runner *runner;
    struct runtime *runtime;
    struct sync *sync;
    struct conf *conf;
    int64_t worst; /* lateness of a 1 ms timer since lab_watch_lag() */
    bool done;
} lab;

static bool lab_view(void *argument, const struct conf_virtual_server *virtual_server,
                     const struct conf_real_server *real_server, uint32_t *weight)
{
    (void)argument;
    (void)virtual_server;
    *weight = real_server->weight;
    return true;
}

static void lab_start(void)
{
    const struct sync_hooks hooks = {.server_view = lab_view};
    pid_t holder;
    int error;

    lab.runtime = runtime_open(lab.directory, &holder, &error);
    if (!lab.runtime) {
        printf("Bail out! cannot open %s: %s\n", lab.directory, strerror(-error));
        exit(1);
    }
    lab.loop = loop_new();
    lab.runner = runner_new(lab.loop, helper_start(&error));
    lab.sync = sync_new(lab.loop, lab.log, lab.runner, lab.runtime, &hooks);
}

/* As a crash does: nothing is put in order. */
static void lab_end(void)
{
    sync_free(lab.sync);
    runner_free(lab.runner);
    runtime_close(lab.runtime);
    loop_free(lab.loop);
}

static void lab_restart(void)
{
    lab_end();
    lab_start();
}

/* The configuration that is built next; the one before is gone. */
static struct conf *lab_conf(void)
{
    return fixture_conf();
}

static void lab_configure(struct conf *conf)
{
    struct conf *old = lab.conf;

    lab.conf = conf;
    sync_configure(lab.sync, conf);
    if (old && old != conf) {
        arena_free(old->arena);
    }
}

struct lab_wait {
    struct loop_timer *timer;
    bool (*fact)(void);
    int64_t limit;
    bool holds;
};

/* Looks every millisecond, whatever else the loop has to do: how late that gets is the loop's lag. */
static void lab_look(void *argument, int64_t now, int64_t late)
{
    struct lab_wait *wait = argument;

    lab.worst = late > lab.worst ? late : lab.worst;
    wait->holds = wait->fact();
    if (wait->holds || now > wait->limit) {
        loop_stop(lab.loop);
    } else {
        loop_timer_set(wait->timer, now + CLOCK_MILLISECOND);
    }
}

static void lab_wait(bool (*fact)(void), const char *what)
{
    struct lab_wait wait = {.fact = fact, .limit = clock_now() + LAB_WAIT_LIMIT};

    wait.timer = loop_timer_new(lab.loop, LOOP_PRIORITY_VRRP, lab_look, &wait);
    loop_timer_set(wait.timer, clock_now());
    (void)loop_run(lab.loop);
    loop_timer_free(wait.timer);
    tap_check(wait.holds, "never came true: %s", what);
}

static bool lab_is_idle(void)
{
    return !lab.sync->busy && !lab.sync->link.modprobe &&
           loop_timer_deadline(lab.sync->step) == CLOCK_NEVER &&
           loop_timer_deadline(lab.sync->tick) > clock_now();
}

/* @return nanoseconds until the reconciler was idle */
static int64_t lab_settle(void)
{
    int64_t started = clock_now();

    lab.worst = 0;
    lab_wait(lab_is_idle, "the reconciler is idle");
    return clock_now() - started;
}

static int64_t lab_apply(struct conf *conf)
{
    lab_configure(conf);
    return lab_settle();
}

/* Sums of the reconciler and of its present connection to the kernel. */
struct lab_sums {
    int operations;
    int errors;
    int drift;
    int system_calls;
    int writes;
    int overruns;
};

static struct lab_sums lab_sums(void)
{
    const struct kernel_statistics *statistics = &lab.sync->link.statistics;

    return (struct lab_sums){
        .operations = (int)lab.sync->operations,
        .errors = (int)lab.sync->errors,
        .drift = (int)lab.sync->drift,
        .system_calls = (int)(statistics->sends + statistics->receives),
        .writes = (int)statistics->writes,
        .overruns = (int)statistics->overruns,
    };
}

/* ---- What others see --------------------------------------------------------------------------- */

static struct text_buffer lab_output; /* of the last command */

/* Runs a shell command. @return its output, valid until the next one */
static const char *lab_run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *lab_run(const char *format, ...)
{
    char command[512];
    char part[4096];
    va_list arguments;
    size_t size;
    FILE *pipe;

    va_start(arguments, format);
    (void)vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    (void)fflush(stdout);
    text_release(&lab_output);
    text_append(&lab_output, "");
    pipe = popen(command, "r");
    while (pipe && (size = fread(part, 1, sizeof(part), pipe)) > 0) {
        text_append_n(&lab_output, part, size);
    }
    tap_check(pipe && pclose(pipe) == 0, "%s failed: %s", command, lab_output.data);
    return lab_output.data;
}

/* Whether `ipvsadm -Sn` shows exactly these lines, in any order. */
static void lab_expect(const char *const *lines, size_t count)
{
    const char *saved = lab_run("ipvsadm -Sn | sed 's/ *$//'");
    size_t have = 0;

    for (const char *at = saved; *at; at++) {
        have += *at == '\n';
    }
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(lines[i]);
        const char *at = saved;

        while (at && (strncmp(at, lines[i], length) != 0 || at[length] != '\n')) {
            at = strchr(at, '\n');
            at = at ? at + 1 : NULL;
        }
        tap_check(at != NULL, "ipvsadm does not show \"%s\" but:\n%s", lines[i], saved);
    }
    tap_check(have == count, "ipvsadm shows %zu lines, not %zu:\n%s", have, count, saved);
}

#define LAB_EXPECT(...)                                                                            \
    do {                                                                                           \
        static const char *const expected_[] = {__VA_ARGS__};                                      \
                                                                                                   \
        lab_expect(expected_, LAB_COUNT(expected_));                                               \
    } while (0)

/* A new reconciler on the table that is there finds nothing to do. */
static void lab_expect_no_difference(void)
{
    lab_restart();
    (void)lab_apply(lab.conf);
    tap_check(lab_sums().writes == 0, "%d writes to a table that is as wanted", lab_sums().writes);
}

static void lab_clear(void)
{
    (void)lab_apply(lab_conf());
    (void)lab_run("ipvsadm -C");
    lab_restart();
}

static void lab_bring_lo_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    tap_check(ioctl(fd, SIOCSIFFLAGS, &request) == 0, "cannot bring lo up");
    (void)close(fd);
}

/*
 * Another network namespace. The kernel keeps removed destinations for some minutes, and looks
 * through all of them for each one that is added (ip_vs_trash_get_dest()): what is measured is not
 * to be what was removed before.
 */
static void lab_fresh_namespace(void)
{
    lab_end();
    tap_check(unshare(CLONE_NEWNET) == 0, "no namespace");
    lab_bring_lo_up();
    lab_start();
}

/* ---- Without an IPVS --------------------------------------------------------------------------- */

static struct conf *given_conf(void)
{
    struct conf *conf = lab_conf();
    struct conf_virtual_server *service = fixture_service(conf, "tcp 10.0.0.1 80", "wrr");

    (void)fixture_server(conf, service, "192.0.2.1", 80, CONF_FORWARD_DR, 1);
    (void)fixture_server(conf, service, "192.0.2.2", 80, CONF_FORWARD_DR, 2);
    return conf;
}

/* Takes the kernel's own way to modules, and the one through modprobe, away or gives it back. */
static void hide_modules(bool hide)
{
    if (hide) {
        tap_check(mount("none", "/lib/modules", "tmpfs", 0, NULL) == 0, "cannot hide the modules");
        (void)lab_run("cat /proc/sys/kernel/modprobe >%s/modprobe; "
                      "echo /nonexistent >/proc/sys/kernel/modprobe",
                      lab.directory);
    } else {
        (void)lab_run("cat %s/modprobe >/proc/sys/kernel/modprobe", lab.directory);
        tap_check(umount("/lib/modules") == 0, "cannot show the modules");
    }
}

/* Takes ip_vs out of the kernel; a kernel that has it built in, or in use elsewhere, keeps it. */
static bool remove_modules(void)
{
    (void)lab_run("for module in $(lsmod | awk '/^ip_vs_/ { print $1 }') ip_vs; do "
                  "rmmod $module 2>/dev/null; done; true");
    tap.skip = access("/proc/self/net/ip_vs", F_OK) == 0 ? "ip_vs cannot be removed here" : NULL;
    return !tap.skip;
}

static void test_a_kernel_without_ipvs_is_told_and_used_when_it_comes(void)
{
    const char *reason;
    json_t *json;

    if (!remove_modules()) {
        return;
    }
    hide_modules(true);
    (void)lab_apply(given_conf());
    json = sync_snapshot(lab.sync);
    reason = json_string_value(json_object_get(json, "reason"));
    tap_check(json_is_false(json_object_get(json, "available")), "available without a module");
    tap_check(reason && strstr(reason, "modprobe ip_vs"), "reason: %s", reason ? reason : "none");
    json_decref(json);
    hide_modules(false);
    loop_timer_set(lab.sync->tick, clock_now()); /* the retry, some seconds early */
    (void)lab_settle();
    tap_check(sync_is_available(lab.sync), "not available with a module");
    tap_check(table_count_services(&lab.sync->actual) == 1, "not configured when it came");
}

static void test_a_namespace_without_addresses_is_named_as_the_reason(void)
{
    const struct sync_fault *fault;

    (void)lab_apply(given_conf());
    fault = lab.sync->services ? lab.sync->services->faults : NULL;
    tap_check(fault && strstr(fault->text, "ip link set lo up"), "not said: %s",
              fault ? fault->text : "no fault");
    LAB_EXPECT("-A -t 10.0.0.1:80 -s wrr");
    lab_bring_lo_up();
    sync_reconcile(lab.sync);
    (void)lab_settle();
    LAB_EXPECT("-A -t 10.0.0.1:80 -s wrr", "-a -t 10.0.0.1:80 -r 192.0.2.1:80 -g -w 1",
               "-a -t 10.0.0.1:80 -r 192.0.2.2:80 -g -w 2");
    tap_check(lab.sync->faults == 0, "a fault is left");
}

/* ---- What is written is what is read ----------------------------------------------------------- */

static void test_every_scheduler(void)
{
    static const char *const schedulers[] = {"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh",
                                             "sh", "sed", "nq", "fo",  "ovf",  "mh"};
    struct conf *conf = lab_conf();
    char lines[2 * LAB_COUNT(schedulers)][128];
    const char *expected[2 * LAB_COUNT(schedulers)];

    for (size_t i = 0; i < LAB_COUNT(schedulers); i++) {
        const struct inet_addr addr = fixture_ipv4(0x0a000001 + (uint32_t)i);
        struct conf_virtual_server *service = fixture_service_of_key(
            conf, table_key_of_address(IPPROTO_TCP, &addr, 80), schedulers[i]);

        (void)fixture_server(conf, service, "192.0.2.1", 80, CONF_FORWARD_DR, 3);
        (void)snprintf(lines[2 * i], sizeof(lines[0]), "-A -t 10.0.0.%zu:80 -s %s", i + 1,
                       schedulers[i]);
        (void)snprintf(lines[2 * i + 1], sizeof(lines[0]),
                       "-a -t 10.0.0.%zu:80 -r 192.0.2.1:80 -g -w 3", i + 1);
        expected[2 * i] = lines[2 * i];
        expected[2 * i + 1] = lines[2 * i + 1];
    }
    (void)lab_apply(conf);
    lab_expect(expected, LAB_COUNT(expected));
    lab_expect_no_difference();
}

static void test_every_scheduler_flag(void)
{
    struct conf *conf = lab_conf();

    fixture_service(conf, "tcp 10.0.0.1 80", "sh")->flags = IP_VS_SVC_F_SCHED1;
    fixture_service(conf, "tcp 10.0.0.2 80", "sh")->flags = IP_VS_SVC_F_SCHED2;
    fixture_service(conf, "tcp 10.0.0.3 80", "mh")->flags = IP_VS_SVC_F_SCHED1 | IP_VS_SVC_F_SCHED2;
    fixture_service(conf, "tcp 10.0.0.4 80", "rr")->flags = IP_VS_SVC_F_SCHED3;
    fixture_service(conf, "udp 10.0.0.5 53", "rr")->flags = IP_VS_SVC_F_ONEPACKET;
    (void)lab_apply(conf);
    LAB_EXPECT("-A -t 10.0.0.1:80 -s sh -b sh-fallback", "-A -t 10.0.0.2:80 -s sh -b sh-port",
               "-A -t 10.0.0.3:80 -s mh -b mh-fallback,mh-port",
               "-A -t 10.0.0.4:80 -s rr -b flag-3", "-A -u 10.0.0.5:53 -s rr -o");
    lab_expect_no_difference();
}

static void test_every_protocol_family_and_forwarding_method(void)
{
    static const struct {
        const char *service;
        const char *server;
        uint16_t port;
        enum conf_forward forward;
    } rows[] = {
        {"tcp 10.0.0.1 80", "192.0.2.1", 80, CONF_FORWARD_DR},
        {"tcp 10.0.0.2 80", "192.0.2.1", 8080, CONF_FORWARD_NAT},
        {"udp 10.0.0.3 53", "192.0.2.1", 53, CONF_FORWARD_TUN},
        {"sctp 10.0.0.4 99", "192.0.2.1", 99, CONF_FORWARD_DR},
        {"tcp 2001:db8::1 80", "2001:db8:1::1", 80, CONF_FORWARD_DR},
        {"udp 2001:db8::2 53", "2001:db8:1::1", 5353, CONF_FORWARD_NAT},
        {"sctp 2001:db8::3 99", "2001:db8:1::1", 99, CONF_FORWARD_TUN},
        {"tcp 10.0.0.5 80", "2001:db8:1::1", 80, CONF_FORWARD_TUN}, /* the other family */
        {"fwmark 7 inet", "192.0.2.1", 0, CONF_FORWARD_DR},
        {"fwmark 8 inet6", "2001:db8:1::1", 0, CONF_FORWARD_DR},
        {"fwmark 2147483647 inet", "192.0.2.1", 0, CONF_FORWARD_NAT},
        {"tcp 10.0.0.6 0", "192.0.2.1", 0, CONF_FORWARD_DR}, /* any port */
    };
    struct conf *conf = lab_conf();

    for (size_t i = 0; i < LAB_COUNT(rows); i++) {
        struct conf_virtual_server *service = fixture_service(conf, rows[i].service, "rr");

        service->persistence_timeout_s = service->key.port || service->key.fwmark ? 0 : 60;
        (void)fixture_server(conf, service, rows[i].server, rows[i].port, rows[i].forward, 1);
    }
    (void)lab_apply(conf);
    LAB_EXPECT(
        "-A -t 10.0.0.1:80 -s rr", "-a -t 10.0.0.1:80 -r 192.0.2.1:80 -g -w 1",
        "-A -t 10.0.0.2:80 -s rr", "-a -t 10.0.0.2:80 -r 192.0.2.1:8080 -m -w 1",
        "-A -u 10.0.0.3:53 -s rr", "-a -u 10.0.0.3:53 -r 192.0.2.1:53 -i -w 1 --tun-type ipip",
        "-A --sctp-service 10.0.0.4:99 -s rr",
        "-a --sctp-service 10.0.0.4:99 -r 192.0.2.1:99 -g -w 1", "-A -t [2001:db8::1]:80 -s rr",
        "-a -t [2001:db8::1]:80 -r [2001:db8:1::1]:80 -g -w 1", "-A -u [2001:db8::2]:53 -s rr",
        "-a -u [2001:db8::2]:53 -r [2001:db8:1::1]:5353 -m -w 1",
        "-A --sctp-service [2001:db8::3]:99 -s rr",
        "-a --sctp-service [2001:db8::3]:99 -r [2001:db8:1::1]:99 -i -w 1 --tun-type ipip",
        "-A -t 10.0.0.5:80 -s rr",
        "-a -t 10.0.0.5:80 -r [2001:db8:1::1]:80 -i -w 1 --tun-type ipip", "-A -f 7 -s rr",
        "-a -f 7 -r 192.0.2.1:0 -g -w 1", "-A -f 8 -6 -s rr",
        "-a -f 8 -6 -r [2001:db8:1::1]:0 -g -w 1", "-A -f 2147483647 -s rr",
        "-a -f 2147483647 -r 192.0.2.1:0 -m -w 1", "-A -t 10.0.0.6:0 -s rr -p 60",
        "-a -t 10.0.0.6:0 -r 192.0.2.1:0 -g -w 1");
    lab_expect_no_difference();
}

static void test_persistence(void)
{
    struct conf *conf = lab_conf();
    struct conf_virtual_server *service;

    fixture_service(conf, "tcp 10.0.0.1 80", "rr")->persistence_timeout_s = 50;
    service = fixture_service(conf, "tcp 10.0.0.2 80", "rr");
    service->persistence_timeout_s = 360;
    service->persistence_netmask = htonl(0xffffff00);
    service = fixture_service(conf, "tcp 2001:db8::1 80", "rr");
    service->persistence_timeout_s = 2678400;
    service->persistence_netmask = 64;
    service = fixture_service(conf, "udp 10.0.0.3 5060", "rr");
    service->persistence_timeout_s = 60;
    service->persistence_engine = "sip";
    service->flags = IP_VS_SVC_F_ONEPACKET;
    (void)lab_apply(conf);
    LAB_EXPECT("-A -t 10.0.0.1:80 -s rr -p 50", "-A -t 10.0.0.2:80 -s rr -p 360 -M 255.255.255.0",
               "-A -t [2001:db8::1]:80 -s rr -p 2678400 -M 64",
               "-A -u 10.0.0.3:5060 -s rr -p 60 --pe sip -o");
    lab_expect_no_difference();
}

/* `ipvsadm -Ln --thresholds` shows "-> SERVER UPPER LOWER ACTIVE INACTIVE". */
static void lab_expect_thresholds(const char *server, unsigned upper, unsigned lower)
{
    const char *at = strstr(lab_run("ipvsadm -Ln --thresholds"), server);
    char *rest = NULL;

    tap_check(at && strtoul(at + strlen(server), &rest, 10) == upper &&
                  strtoul(rest, NULL, 10) == lower,
              "ipvsadm shows %s", lab_output.data);
}

static void test_thresholds_and_tunnels(void)
{
    static const struct conf_tunnel tunnels[] = {
        {IP_VS_CONN_F_TUNNEL_TYPE_IPIP, 0, 0},
        {IP_VS_CONN_F_TUNNEL_TYPE_GUE, 6080, IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM},
        {IP_VS_CONN_F_TUNNEL_TYPE_GUE, 6081, IP_VS_TUNNEL_ENCAP_FLAG_CSUM},
        {IP_VS_CONN_F_TUNNEL_TYPE_GUE, 6082, IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM},
        {IP_VS_CONN_F_TUNNEL_TYPE_GRE, 0, IP_VS_TUNNEL_ENCAP_FLAG_NOCSUM},
        {IP_VS_CONN_F_TUNNEL_TYPE_GRE, 0, IP_VS_TUNNEL_ENCAP_FLAG_CSUM},
    };
    struct conf *conf = lab_conf();
    struct conf_virtual_server *service = fixture_service(conf, "tcp 10.0.0.1 80", "wlc");
    struct conf_real_server *server;

    for (size_t i = 0; i < LAB_COUNT(tunnels); i++) {
        const struct conf_server_key key = {.addr = fixture_ipv4(0xc0000201 + (uint32_t)i),
                                            .port = 80};

        fixture_server_of_key(conf, service, key, CONF_FORWARD_TUN, 1)->tunnel = tunnels[i];
    }
    server = fixture_server(conf, service, "192.0.2.9", 80, CONF_FORWARD_DR, 2147483647);
    server->upper_threshold = 200;
    server->lower_threshold = 100;
    (void)lab_apply(conf);
    LAB_EXPECT(
        "-A -t 10.0.0.1:80 -s wlc", "-a -t 10.0.0.1:80 -r 192.0.2.1:80 -i -w 1 --tun-type ipip",
        "-a -t 10.0.0.1:80 -r 192.0.2.2:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum",
        "-a -t 10.0.0.1:80 -r 192.0.2.3:80 -i -w 1 --tun-type gue --tun-port 6081 --tun-csum",
        ("-a -t 10.0.0.1:80 -r 192.0.2.4:80 -i -w 1 --tun-type gue --tun-port 6082 "
         "--tun-remcsum"),
        "-a -t 10.0.0.1:80 -r 192.0.2.5:80 -i -w 1 --tun-type gre --tun-nocsum",
        "-a -t 10.0.0.1:80 -r 192.0.2.6:80 -i -w 1 --tun-type gre --tun-csum",
        "-a -t 10.0.0.1:80 -r 192.0.2.9:80 -g -w 2147483647");
    lab_expect_thresholds("192.0.2.9:80", 200, 100);
    lab_expect_no_difference();
}

static void test_timeouts(void)
{
    struct conf *conf = given_conf();

    conf->global.ipvs_timeouts = (struct conf_ipvs_timeouts){.tcp_s = 901, .udp_s = 2678400};
    (void)lab_apply(conf);
    tap_check(strstr(lab_run("ipvsadm -Ln --timeout"), "901 120 2678400") != NULL,
              "ipvsadm shows %s", lab_output.data);
    lab_expect_no_difference();
    (void)lab_run("ipvsadm --set 901 120 300");
    sync_reconcile(lab.sync);
    (void)lab_settle();
    tap_check(strstr(lab_run("ipvsadm -Ln --timeout"), "901 120 2678400") != NULL,
              "not put back: %s", lab_output.data);
    conf = lab_conf();
    conf->global.ipvs_timeouts = (struct conf_ipvs_timeouts){900, 120, 300};
    (void)lab_apply(conf);
}

/* ---- Changes in place -------------------------------------------------------------------------- */

static void edit_scheduler(struct conf_virtual_server *service)
{
    memcpy(service->scheduler, "mh", sizeof("mh"));
}

static void edit_flags(struct conf_virtual_server *service)
{
    service->flags = IP_VS_SVC_F_ONEPACKET;
}

static void edit_persistence(struct conf_virtual_server *service)
{
    service->persistence_timeout_s = 90;
    service->persistence_netmask = htonl(0xffff0000);
}

static void edit_nothing(struct conf_virtual_server *service)
{
    (void)service;
}

static void edit_forward(struct conf_virtual_server *service)
{
    STAILQ_FIRST(&service->servers)->forward = CONF_FORWARD_TUN;
}

static void edit_tunnel(struct conf_virtual_server *service)
{
    edit_forward(service);
    STAILQ_FIRST(&service->servers)->tunnel =
        (struct conf_tunnel){IP_VS_CONN_F_TUNNEL_TYPE_GUE, 6080, IP_VS_TUNNEL_ENCAP_FLAG_CSUM};
}

static void edit_nat(struct conf_virtual_server *service)
{
    STAILQ_FIRST(&service->servers)->forward = CONF_FORWARD_NAT;
}

static void edit_weight(struct conf_virtual_server *service)
{
    edit_nat(service);
    STAILQ_FIRST(&service->servers)->weight = 0;
}

static void edit_thresholds(struct conf_virtual_server *service)
{
    edit_weight(service);
    STAILQ_FIRST(&service->servers)->upper_threshold = 9;
    STAILQ_FIRST(&service->servers)->lower_threshold = 8;
}

static void test_every_change_is_one_edit_in_place(void)
{
    /* From one row to the next one thing changes; two of the rows change it back as well. */
    static const struct {
        void (*edit)(struct conf_virtual_server *);
        const char *service;
        const char *server;
        unsigned writes;
    } rows[] = {
        {edit_nothing, "-s rr", "-g -w 1", 2},
        {edit_scheduler, "-s mh", "-g -w 1", 1},
        {edit_flags, "-s rr -o", "-g -w 1", 1},
        {edit_persistence, "-s rr -p 90 -M 255.255.0.0", "-g -w 1", 1},
        {edit_forward, "-s rr", "-i -w 1 --tun-type ipip", 2},
        {edit_tunnel, "-s rr", "-i -w 1 --tun-type gue --tun-port 6080 --tun-csum", 1},
        {edit_nat, "-s rr", "-m -w 1", 1},
        {edit_weight, "-s rr", "-m -w 0", 1},
        {edit_thresholds, "-s rr", "-m -w 0", 1}, /* -Sn shows no thresholds */
        {edit_nothing, "-s rr", "-g -w 1", 1},
    };

    for (size_t i = 0; i < LAB_COUNT(rows); i++) {
        struct conf *conf = lab_conf();
        struct conf_virtual_server *service = fixture_service(conf, "udp 10.0.0.1 53", "rr");
        int before = lab_sums().operations;
        char lines[2][128];
        const char *expected[] = {lines[0], lines[1]};

        (void)fixture_server(conf, service, "192.0.2.1", 53, CONF_FORWARD_DR, 1);
        rows[i].edit(service);
        (void)lab_apply(conf);
        (void)snprintf(lines[0], sizeof(lines[0]), "-A -u 10.0.0.1:53 %s", rows[i].service);
        (void)snprintf(lines[1], sizeof(lines[1]), "-a -u 10.0.0.1:53 -r 192.0.2.1:53 %s",
                       rows[i].server);
        lab_expect(expected, LAB_COUNT(expected));
        if (rows[i].edit == edit_thresholds) {
            lab_expect_thresholds("192.0.2.1:53", 9, 8);
        }
        tap_check(lab_sums().operations - before == (int)rows[i].writes, "row %zu: %d writes", i,
                  lab_sums().operations - before);
    }
    lab_expect_no_difference();
}

/* ---- Others' entries, others' hands ------------------------------------------------------------ */

static void test_foreign_services_survive(void)
{
    json_t *json;

    (void)lab_run("ipvsadm -A -t 10.9.9.9:80 -s lc && ipvsadm -a -t 10.9.9.9:80 -r 192.0.2.99 -m "
                  "&& ipvsadm -A -f 99 -s rr");
    (void)lab_apply(given_conf());
    json = sync_snapshot(lab.sync);
    tap_check(json_array_size(json_object_get(json, "foreign")) == 2, "foreign ones: %zu",
              json_array_size(json_object_get(json, "foreign")));
    json_decref(json);
    sync_reconcile(lab.sync);
    (void)lab_settle();
    sync_stop(lab.sync, false);
    LAB_EXPECT("-A -t 10.9.9.9:80 -s lc", "-a -t 10.9.9.9:80 -r 192.0.2.99:80 -m -w 1",
               "-A -f 99 -s rr");
    lab_restart();
}

static void test_drift_is_put_back(void)
{
    static const char *const hands[] = {
        "ipvsadm -E -t 10.0.0.1:80 -s lc",
        "ipvsadm -e -t 10.0.0.1:80 -r 192.0.2.1:80 -m -w 77",
        "ipvsadm -d -t 10.0.0.1:80 -r 192.0.2.2:80",
        "ipvsadm -a -t 10.0.0.1:80 -r 192.0.2.3:80 -g",
        "ipvsadm -D -t 10.0.0.1:80",
        "ipvsadm -C",
        "ipvsadm -C && ipvsadm -A -t 10.0.0.1:80 -s sh -p 9",
    };

    (void)lab_apply(given_conf());
    for (size_t i = 0; i < LAB_COUNT(hands); i++) {
        int before = lab_sums().drift;

        (void)lab_run("%s", hands[i]);
        sync_reconcile(lab.sync);
        (void)lab_settle();
        LAB_EXPECT("-A -t 10.0.0.1:80 -s wrr", "-a -t 10.0.0.1:80 -r 192.0.2.1:80 -g -w 1",
                   "-a -t 10.0.0.1:80 -r 192.0.2.2:80 -g -w 2");
        tap_check(lab_sums().drift > before, "not counted: %s", hands[i]);
    }
    lab_expect_no_difference();
}

static void test_lvs_flush_removes_everything_first(void)
{
    struct conf *conf = given_conf();

    (void)lab_run("ipvsadm -A -t 10.9.9.9:80 -s lc");
    conf->global.ipvs_flush = true;
    (void)lab_apply(conf);
    LAB_EXPECT("-A -t 10.0.0.1:80 -s wrr", "-a -t 10.0.0.1:80 -r 192.0.2.1:80 -g -w 1",
               "-a -t 10.0.0.1:80 -r 192.0.2.2:80 -g -w 2");
}

static void test_services_of_the_last_run_are_removed(void)
{
    struct conf *conf = lab_conf();

    (void)lab_apply(given_conf());
    lab_restart();
    (void)fixture_service(conf, "fwmark 5 inet", "rr");
    (void)lab_apply(conf);
    LAB_EXPECT("-A -f 5 -s rr");
    sync_stop(lab.sync, true);
    lab_restart();
    LAB_EXPECT("-A -f 5 -s rr");
}

/* ---- Refusals ---------------------------------------------------------------------------------- */

static void test_refused_entries_do_not_stop_the_others(void)
{
    struct conf *conf = lab_conf();
    struct conf_virtual_server *service = fixture_service(conf, "tcp 10.0.0.1 80", "nosuch");
    struct conf_real_server *server;
    const struct sync_service *own;

    (void)fixture_server(conf, service, "192.0.2.1", 80, CONF_FORWARD_DR, 1);
    service = fixture_service(conf, "tcp 10.0.0.2 80", "rr");
    (void)fixture_server(conf, service, "224.0.0.9", 80, CONF_FORWARD_DR, 1);
    (void)fixture_server(conf, service, "192.0.2.1", 80, CONF_FORWARD_DR, 1);
    server = fixture_server(conf, service, "192.0.2.2", 80, CONF_FORWARD_DR, 1);
    server->lower_threshold = 5; /* above the upper one */
    service = fixture_service(conf, "tcp 2001:db8::1 80", "rr");
    (void)fixture_server(conf, service, "fe80::1", 80, CONF_FORWARD_DR, 1);
    (void)fixture_server(conf, service, "192.0.2.1", 80, CONF_FORWARD_DR, 1);
    (void)fixture_server(conf, service, "2001:db8::2", 80, CONF_FORWARD_DR, 1);
    (void)lab_apply(conf);
    LAB_EXPECT("-A -t 10.0.0.2:80 -s rr", "-a -t 10.0.0.2:80 -r 192.0.2.1:80 -g -w 1",
               "-A -t [2001:db8::1]:80 -s rr",
               "-a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -g -w 1");
    tap_check(lab.sync->faults == 5, "%u faults", lab.sync->faults);
    own = sync_service_find(lab.sync, &STAILQ_FIRST(&conf->virtual_servers)->key);
    tap_check(own->faults && strstr(own->faults->text, "ip_vs_nosuch"),
              "the scheduler is not named");
    tap_check(sync_is_available(lab.sync), "taken for a kernel without IPVS");
}

/* ---- Sizes ------------------------------------------------------------------------------------- */

static struct conf *given_many(uint32_t services, uint32_t servers, uint32_t weight)
{
    struct conf *conf = lab_conf();

    for (uint32_t i = 0; i < services; i++) {
        const struct inet_addr addr = fixture_ipv4(0x0a000000 + i);
        struct conf_virtual_server *service =
            fixture_service_of_key(conf, table_key_of_address(IPPROTO_TCP, &addr, 80), "wrr");

        for (uint32_t j = 0; j < servers; j++) {
            const struct conf_server_key key = {.addr = fixture_ipv4(0xac100000 + j), .port = 80};

            (void)fixture_server_of_key(conf, service, key, CONF_FORWARD_DR, 1);
        }
    }
    STAILQ_FIRST(&STAILQ_FIRST(&conf->virtual_servers)->servers)->weight = weight;
    return conf;
}

static void lab_tell(const char *what, int64_t duration)
{
    char text[CLOCK_TEXT_SIZE];
    char worst[CLOCK_TEXT_SIZE];

    printf("# %-44s %8s, %5d system calls, %6d writes, loop late by %s at worst\n", what,
           clock_duration_text(text, duration), lab_sums().system_calls, lab_sums().writes,
           clock_duration_text(worst, lab.worst));
}

static void refreshed(void *argument)
{
    (void)argument;
    lab.done = true;
}

static bool is_refreshed(void)
{
    return lab.done;
}

/* Start, restart, reload, one weight, a read, the end: with the writes that each may cost. */
static void measure(uint32_t services, uint32_t servers)
{
    int entries = (int)(services * (servers + 1));
    int64_t started;
    char what[64];

    lab_fresh_namespace();
    (void)snprintf(what, sizeof(what), "%u services x %u servers: from nothing", services, servers);
    lab_tell(what, lab_apply(given_many(services, servers, 1)));
    tap_check(lab_sums().writes == entries, "%d writes", lab_sums().writes);
    tap_check(lab_sums().errors == 0, "%d errors", lab_sums().errors);
    tap_check(lab_sums().overruns == 0, "%d overruns", lab_sums().overruns);
    tap_check(lab_sums().system_calls * 20 < entries + 400, "%d system calls",
              lab_sums().system_calls);
    lab_restart();
    lab_tell("  restart: adopted", lab_apply(lab.conf));
    tap_check(lab_sums().writes == 0, "%d writes", lab_sums().writes);
    lab_tell("  reload without a change", lab_apply(given_many(services, servers, 1)));
    tap_check(lab_sums().writes == 0, "%d writes", lab_sums().writes);
    lab_tell("  reload with one weight changed", lab_apply(given_many(services, servers, 7)));
    tap_check(lab_sums().writes == 1, "%d writes", lab_sums().writes);
    lab.done = false;
    lab.worst = 0;
    started = clock_now();
    (void)sync_refresh(lab.sync, refreshed, NULL);
    lab_wait(is_refreshed, "refreshed");
    lab_tell("  counters read", clock_now() - started);
    started = clock_now();
    sync_stop(lab.sync, false);
    lab_tell("  removed", clock_now() - started);
    tap_check(*lab_run("ipvsadm -Sn") == '\0', "something is left");
    lab_restart();
}

static void test_1000_services_of_10_servers(void)
{
    measure(1000, 10);
}

static void test_1_service_of_10000_servers(void)
{
    measure(1, 10000);
}

static void test_4000_services_of_10_servers(void)
{
    measure(4000, 10);
}

static void test_a_table_that_is_refused_as_a_whole_loses_no_answer(void)
{
    struct conf *conf = lab_conf();
    struct conf_virtual_server *service = fixture_service(conf, "tcp 10.0.0.1 80", "rr");

    for (uint32_t i = 0; i < 5000; i++) {
        const struct conf_server_key key = {.addr = fixture_ipv4(0xe0000001 + i), .port = 80};

        (void)fixture_server_of_key(conf, service, key, CONF_FORWARD_DR, 1);
    }
    lab_tell("5000 refusals", lab_apply(conf));
    tap_check(lab_sums().errors == 5000, "%d errors", lab_sums().errors);
    tap_check(lab_sums().overruns == 0, "%d overruns", lab_sums().overruns);
    tap_check(lab.sync->faults == 5000, "%u faults", lab.sync->faults);
}

/* What one refusal takes of a receive buffer: see KERNEL_REFUSAL_SIZE of kernel.c. */
static void test_a_refusal_takes_less_of_the_buffer_than_is_reckoned(void)
{
    const int on = 1;
    const struct sockaddr_nl own = {.nl_family = AF_NETLINK};
    struct {
        struct nlmsghdr header;
        char rest[200];
    } message = {.header = {.nlmsg_len = sizeof(message),
                            .nlmsg_type = 0x7fff, /* nobody's */
                            .nlmsg_flags = NLM_F_REQUEST}};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
    uint32_t memory[9] = {0}; /* SK_MEMINFO_* of linux/sock_diag.h; the first is what is queued */
    socklen_t size = sizeof(memory);

    tap_check(bind(fd, (const struct sockaddr *)&own, sizeof(own)) == 0, "no socket");
    (void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
    for (unsigned i = 0; i < 100; i++) {
        tap_check(send(fd, &message, sizeof(message), 0) > 0, "cannot send");
    }
    tap_check(getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) == 0, "no SO_MEMINFO");
    printf("# 100 refusals take %u bytes of the receive buffer\n", memory[0]);
    tap_check(memory[0] > 0 && memory[0] <= 100 * 1024, "more than 1024 bytes each");
    (void)close(fd);
}

/* ---- Calls that are disturbed ------------------------------------------------------------------ */

/* So many calls of the process end as they do on a busy machine; the reconciler's, on its worker. */
static struct {
    atomic_uint interrupted_sends;
    atomic_uint interrupted_receives;
    atomic_uint lost_receives; /* what was received is gone, as when the buffer was full */
    atomic_uint lose_refusals; /* the same, of receives that have a refusal in them */
} disturb;

static bool is_disturbed(atomic_uint *left)
{
    return atomic_load(left) && atomic_fetch_sub(left, 1);
}

static bool has_refusal(const struct mmsghdr *messages, int count)
{
    for (int i = 0; i < count; i++) {
        const struct nlmsghdr *header = messages[i].msg_hdr.msg_iov->iov_base;
        const struct nlmsgerr *answer = NLMSG_DATA(header);

        if (messages[i].msg_len >= NLMSG_LENGTH(sizeof(answer->error)) &&
            header->nlmsg_type == NLMSG_ERROR && answer->error) {
            return true;
        }
    }
    return false;
}

/* These two take the place of the C library's, in kernel.c too. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): its names are reserved ones */
ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *address,
               socklen_t address_size)
{
    if (is_disturbed(&disturb.interrupted_sends)) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_sendto, fd, data, size, flags, address, address_size);
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    int got;

    if (is_disturbed(&disturb.interrupted_receives)) {
        errno = EINTR;
        return -1;
    }
    got = (int)syscall(SYS_recvmmsg, fd, messages, count, flags, timeout);
    if (got > 0 && (is_disturbed(&disturb.lost_receives) ||
                    (has_refusal(messages, got) && is_disturbed(&disturb.lose_refusals)))) {
        errno = ENOBUFS;
        return -1;
    }
    return got;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/* How many services the kernel has, by its own count of lines. */
static unsigned kernel_services(void)
{
    struct kernel_info info;
    struct table table = {0};
    int error;
    struct kernel *kernel = kernel_open(&info, &error);
    unsigned count;

    tap_check(kernel && kernel_list_services(kernel, &table) == 0, "cannot read the table");
    count = (unsigned)table_count_services(&table);
    table_release(&table);
    kernel_close(kernel);
    return count;
}

static void test_interrupted_calls_are_made_again(void)
{
    atomic_store(&disturb.interrupted_sends, 7);
    atomic_store(&disturb.interrupted_receives, 7);
    (void)lab_apply(given_many(20, 10, 1));
    tap_check(!atomic_load(&disturb.interrupted_sends) &&
                  !atomic_load(&disturb.interrupted_receives),
              "not all were made");
    tap_check(lab_sums().errors == 0 && lab_sums().operations == 220, "%d errors, %d operations",
              lab_sums().errors, lab_sums().operations);
    lab_expect_no_difference();
}

static void test_lost_answers_leave_no_difference(void)
{
    for (unsigned i = 1; i <= 3; i++) { /* in the list, in the destinations, in the batch */
        (void)lab_apply(given_many(20, 10, i));
        (void)lab_run("ipvsadm -C");
        atomic_store(&disturb.lost_receives, i);
        sync_reconcile(lab.sync);
        (void)lab_settle();
        tap_check(!atomic_load(&disturb.lost_receives), "not all were lost");
        tap_check(sync_is_available(lab.sync), "not available");
        tap_check(kernel_services() == 20, "%u services", kernel_services());
        lab_expect_no_difference();
    }
    (void)lab_apply(lab_conf());
    atomic_store(&disturb.lost_receives, 0);
}

/* A refusal that nobody heard is not taken for a success: the table is read, and it shows. */
static void test_a_refusal_that_was_lost_is_found(void)
{
    struct conf *conf = given_conf();

    (void)lab_apply(given_conf());
    (void)fixture_server(conf, STAILQ_FIRST(&conf->virtual_servers), "224.0.0.1", 80,
                         CONF_FORWARD_DR, 1);
    atomic_store(&disturb.lose_refusals, 1);
    (void)lab_apply(conf);
    tap_check(!atomic_load(&disturb.lose_refusals), "it was not lost");
    tap_check(lab.sync->faults == 1, "%u faults", lab.sync->faults);
    tap_check(lab_sums().drift == 0, "taken for done, and then for somebody else's change");
    tap_check(table_count_destinations(lab.sync->actual.services) == 2, "%zu servers believed",
              table_count_destinations(lab.sync->actual.services));
}

/* ---- Crashes ----------------------------------------------------------------------------------- */

static bool lab_never(void)
{
    return false;
}

/* A second daemon, which its parent will kill. */
static void crash_child(uint32_t services)
{
    lab_start();
    lab_configure(given_many(services, 10, 1));
    lab_wait(lab_never, "killed");
    _exit(0);
}

static void test_a_kill_in_the_middle_converges_at_the_next_start(void)
{
    enum { SERVICES = 3000 };
    unsigned there = 0;
    pid_t pid;

    lab_fresh_namespace();
    lab_end();
    (void)fflush(stdout);
    pid = fork();
    if (pid == 0) {
        crash_child(SERVICES);
    }
    do {
        there = kernel_services();
    } while (there < SERVICES / 10);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    there = kernel_services();
    printf("# killed with %u of %d services in the table\n", there, SERVICES);
    lab_start();
    (void)lab_apply(given_many(SERVICES / 2, 10, 1)); /* the other half is not wanted any more */
    tap_check(kernel_services() == SERVICES / 2, "%u services", kernel_services());
    tap_check(lab_sums().errors == 0, "%d errors", lab_sums().errors);
    lab_expect_no_difference();
}

/* A client, IPVS and a server on lo. */
struct lab_connection {
    int listener;
    int client;
    int server;
};

static struct sockaddr_in loopback(uint8_t last, uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(0x7f000000U + last)};
}

static struct lab_connection connection_open(void)
{
    const struct sockaddr_in real = loopback(1, 9090);
    const struct sockaddr_in virtual = loopback(2, 8080);
    struct lab_connection connection = {.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                                        .client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

    tap_check(bind(connection.listener, (const struct sockaddr *)&real, sizeof(real)) == 0 &&
                  listen(connection.listener, 1) == 0,
              "cannot listen: %s", strerror(errno));
    tap_check(connect(connection.client, (const struct sockaddr *)&virtual, sizeof(virtual)) == 0,
              "cannot connect through IPVS: %s", strerror(errno));
    connection.server = accept(connection.listener, NULL, NULL);
    return connection;
}

static void connection_use(const struct lab_connection *connection, const char *when)
{
    char byte = 'x';

    tap_check(send(connection->client, "a", 1, MSG_NOSIGNAL) == 1 &&
                  recv(connection->server, &byte, 1, 0) == 1 && byte == 'a',
              "client to server, %s", when);
    tap_check(send(connection->server, "b", 1, MSG_NOSIGNAL) == 1 &&
                  recv(connection->client, &byte, 1, 0) == 1 && byte == 'b',
              "server to client, %s", when);
}

static void connection_close(const struct lab_connection *connection)
{
    (void)close(connection->client);
    (void)close(connection->server);
    (void)close(connection->listener);
}

static struct conf *given_local(void)
{
    struct conf *conf = lab_conf();
    struct conf_virtual_server *service = fixture_service(conf, "tcp 127.0.0.2 8080", "rr");

    (void)fixture_server(conf, service, "127.0.0.1", 9090, CONF_FORWARD_NAT, 1);
    return conf;
}

static unsigned active_connections(void)
{
    const struct table_service *service = lab.sync->actual.services;

    lab.done = false;
    (void)sync_refresh(lab.sync, refreshed, NULL);
    lab_wait(is_refreshed, "refreshed");
    return service && service->destinations ? service->destinations->connections.active : 0;
}

static void test_a_connection_lives_through_crash_restart_reload_and_edit(void)
{
    struct lab_connection connection;
    struct conf *conf;

    (void)lab_apply(given_local());
    connection = connection_open();
    connection_use(&connection, "at first");
    tap_check(active_connections() == 1, "%u active connections", active_connections());
    lab_restart();
    connection_use(&connection, "while no daemon runs");
    (void)lab_apply(lab.conf);
    connection_use(&connection, "after a restart");
    conf = given_local();
    memcpy(STAILQ_FIRST(&conf->virtual_servers)->scheduler, "wlc", sizeof("wlc"));
    STAILQ_FIRST(&STAILQ_FIRST(&conf->virtual_servers)->servers)->weight = 5;
    (void)lab_apply(conf);
    connection_use(&connection, "after edits");
    tap_check(active_connections() == 1, "%u active connections", active_connections());
    sync_stop(lab.sync, true);
    connection_use(&connection, "after a stop that keeps");
    connection_close(&connection);
    lab_restart();
}

/* ---- The module goes --------------------------------------------------------------------------- */

static void test_a_module_that_is_removed_comes_back_filled(void)
{
    (void)lab_apply(given_conf());
    (void)lab_run("ipvsadm -C");
    if (!remove_modules()) {
        return;
    }
    sync_reconcile(lab.sync);
    (void)lab_settle();
    tap_check(sync_is_available(lab.sync), "not available");
    LAB_EXPECT("-A -t 10.0.0.1:80 -s wrr", "-a -t 10.0.0.1:80 -r 192.0.2.1:80 -g -w 1",
               "-a -t 10.0.0.1:80 -r 192.0.2.2:80 -g -w 2");
}

/* ---- All of it --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*function)(void);
} lab_tests[] = {
#define LAB_TEST(function)                                                                         \
    {                                                                                              \
#function, function                                                                        \
    }
    LAB_TEST(test_a_kernel_without_ipvs_is_told_and_used_when_it_comes),
    LAB_TEST(test_a_namespace_without_addresses_is_named_as_the_reason),
    LAB_TEST(test_every_scheduler),
    LAB_TEST(test_every_scheduler_flag),
    LAB_TEST(test_every_protocol_family_and_forwarding_method),
    LAB_TEST(test_persistence),
    LAB_TEST(test_thresholds_and_tunnels),
    LAB_TEST(test_timeouts),
    LAB_TEST(test_every_change_is_one_edit_in_place),
    LAB_TEST(test_foreign_services_survive),
    LAB_TEST(test_drift_is_put_back),
    LAB_TEST(test_lvs_flush_removes_everything_first),
    LAB_TEST(test_services_of_the_last_run_are_removed),
    LAB_TEST(test_refused_entries_do_not_stop_the_others),
    LAB_TEST(test_a_refusal_takes_less_of_the_buffer_than_is_reckoned),
    LAB_TEST(test_a_table_that_is_refused_as_a_whole_loses_no_answer),
    LAB_TEST(test_interrupted_calls_are_made_again),
    LAB_TEST(test_lost_answers_leave_no_difference),
    LAB_TEST(test_a_refusal_that_was_lost_is_found),
    LAB_TEST(test_1000_services_of_10_servers),
    LAB_TEST(test_1_service_of_10000_servers),
    LAB_TEST(test_4000_services_of_10_servers),
    LAB_TEST(test_a_kill_in_the_middle_converges_at_the_next_start),
    LAB_TEST(test_a_connection_lives_through_crash_restart_reload_and_edit),
    LAB_TEST(test_a_module_that_is_removed_comes_back_filled),
#undef LAB_TEST
};

static void lab_run_test(size_t index)
{
    tap.good = true;
    tap.skip = NULL;
    lab_tests[index].function();
    lab_clear();
    tap.failed += !tap.good;
    printf("%sok %u - %s%s%s\n", tap.good ? "" : "not ", ++tap.number, lab_tests[index].name,
           tap.skip ? " # SKIP " : "", tap.skip ? tap.skip : "");
    (void)fflush(stdout);
}

/* Without arguments all of them; else those whose names contain one of the arguments. */
static bool lab_is_chosen(size_t index, int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        if (strstr(lab_tests[index].name, arguments[i])) {
            return true;
        }
    }
    return count == 1;
}

int main(int count, char **arguments)
{
    (void)snprintf(lab.directory, sizeof(lab.directory), "/tmp/holdfast-lab-ipvs.XXXXXX");
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || !mkdtemp(lab.directory)) {
        printf("Bail out! needs root: %s\n", strerror(errno));
        return 1;
    }
    lab.log = log_new(&(struct log_options){.console = true, .lowest = LOG_LEVEL_NOTICE});
    lab_start();
    for (size_t i = 0; i < LAB_COUNT(lab_tests); i++) {
        if (lab_is_chosen(i, count, arguments)) {
            lab_run_test(i);
        }
    }
    printf("1..%u\n", tap.number);
    lab_end();
    arena_free(lab.conf->arena);
    log_free(lab.log);
    (void)lab_run("rm -r %s", lab.directory);
    text_release(&lab_output);
    return tap.failed ? 1 : 0;
}
