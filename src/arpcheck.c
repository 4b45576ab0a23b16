/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfast-arpcheck INTERFACE ADDRESS...: does this host tell neighbours on that interface that it has
 * these addresses? It is asked as from the wire (inject.h), and what leaves the interface is listened
 * to. The interface's own addresses are asked for, too: where they are not answered for, silence means
 * nothing. holdfast-realserver(8) runs it; one line for each address:
 *
 *     172.16.1.18 silent 172.16.1.7      the last address was asked for and answered for
 *     172.16.1.18 answers 52:54:00:...   where it says that the address is
 *     172.16.1.18 unknown why
 *
 * Whoever asks does not exist: a MAC of our own, and an address that nobody is known to have. Answers
 * go to that MAC, so that no neighbour learns from them.
 */
#include "base/clock.h"
#include "base/inet.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/inject.h"
#include "net/solicit.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK_LIMIT CLOCK_SECOND              /* for the own addresses to be answered for */
#define CHECK_GRACE (100 * CLOCK_MILLISECOND) /* for an answer that another processor makes */

enum {
    CHECK_EXIT_FAILED = 1,
    CHECK_EXIT_USAGE = 2,
    CHECK_MAC_FIXED = 4, /* bytes of the asker's MAC that all answers have; the last says the way */
    CHECK_READ_SIZE = 256,
};

/* Hosts may treat these unlike each other. */
enum check_way {
    CHECK_PROBE,     /* who is about to take the address asks: RFC 5227 */
    CHECK_BROADCAST, /* a neighbour asks everybody */
    CHECK_UNICAST,   /* a neighbour makes sure: of proxies, this is answered at once */
    CHECK_WAYS,
};

struct check_target {
    struct inet_addr addr;
    unsigned asked; /* a bit for each way */
    unsigned answered;
    uint8_t mac[SOLICIT_MAC_SIZE]; /* of the answer */
};

struct check {
    const char *interface;
    unsigned index;
    uint8_t mac[SOLICIT_MAC_SIZE];
    uint8_t asker[SOLICIT_MAC_SIZE];
    struct inet_prefix own4; /* AF_UNSPEC: the interface has none */
    struct inet_addr own6;
    struct inet_addr from4; /* AF_UNSPEC: the network has no room for one more */
    struct inet_addr from6;
    struct check_target
        *targets; /* what is asked about; then our own, of each family that we have */
    size_t count;
    size_t own_count;
    int inject;
    int capture;
};

/* ---- The interface and its addresses --------------------------------------------------------------- */

static bool check_is_asked(const struct check *check, const struct inet_addr *addr)
{
    for (size_t i = 0; i < check->count; i++) {
        if (inet_equal(&check->targets[i].addr, addr)) {
            return true;
        }
    }
    return false;
}

static uint8_t check_mask_length(const struct sockaddr *mask)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)mask;

    return mask ? (uint8_t)__builtin_popcount(in->sin_addr.s_addr) : 32;
}

/* One address of the interface: its MAC, or the first one of a family that can be asked for. */
static void check_take_address(struct check *check, const struct ifaddrs *entry)
{
    const void *at = entry->ifa_addr;
    struct inet_addr addr;

    if (entry->ifa_addr->sa_family == AF_PACKET) {
        const struct sockaddr_ll *link = at;

        if (link->sll_hatype == ARPHRD_ETHER && link->sll_halen == SOLICIT_MAC_SIZE) {
            check->index = (unsigned)link->sll_ifindex;
            memcpy(check->mac, link->sll_addr, SOLICIT_MAC_SIZE);
        }
    } else if (entry->ifa_addr->sa_family == AF_INET && !inet_is_set(&check->own4.addr)) {
        addr = inet_from_bytes(AF_INET, &((const struct sockaddr_in *)at)->sin_addr);
        if (!check_is_asked(check, &addr)) {
            check->own4 = (struct inet_prefix){addr, check_mask_length(entry->ifa_netmask)};
        }
    } else if (entry->ifa_addr->sa_family == AF_INET6 && !inet_is_link_local(&check->own6)) {
        addr = inet_from_bytes(AF_INET6, &((const struct sockaddr_in6 *)at)->sin6_addr);
        if (!check_is_asked(check, &addr)) {
            check->own6 = addr;
        }
    }
}

static bool check_is_ours(const struct inet_addr *addr)
{
    struct ifaddrs *list;
    bool ours = false;

    if (getifaddrs(&list) != 0) {
        return true; /* better no neighbour than a wrong one */
    }
    for (const struct ifaddrs *entry = list; entry && !ours; entry = entry->ifa_next) {
        const void *at = entry->ifa_addr;

        ours = at && entry->ifa_addr->sa_family == AF_INET &&
               memcmp(&((const struct sockaddr_in *)at)->sin_addr, addr->bytes, 4) == 0;
    }
    freeifaddrs(list);
    return ours;
}

/* Whether an IPv4 address is asked about, is ours, or is a neighbour's that the kernel knows. */
static bool check_is_taken(const void *argument, const struct inet_addr *addr)
{
    char text[INET_ADDR_TEXT_SIZE];
    char line[CHECK_READ_SIZE];
    size_t length = strlen(inet_text(text, addr));
    bool taken = check_is_asked(argument, addr) || check_is_ours(addr);
    FILE *file = fopen("/proc/net/arp", "re"); /* "ADDRESS   0x1  0x2  MAC ...": proc(5) */

    while (file && !taken && fgets(line, sizeof(line), file)) {
        taken = strncmp(line, text, length) == 0 && line[length] == ' ';
    }
    if (file) {
        (void)fclose(file);
    }
    return taken;
}

/* Who asks: an address of the interface's network, a link-local one, a MAC that is administered locally. */
static void check_choose_asker(struct check *check)
{
    uint8_t random[8] = {0};
    uint8_t from6[16] = {0xfe, 0x80};
    static const uint8_t head[] = {0x02, 'H', 'F'};

    (void)getrandom(random, sizeof(random), 0);
    memcpy(check->asker, head, sizeof(head));
    memcpy(check->asker + sizeof(head), random, 2);
    memcpy(from6 + 8, random, sizeof(random));
    check->from6 = inet_from_bytes(AF_INET6, from6);
    (void)solicit_pick_neighbour(&check->own4, check_is_taken, check, &check->from4);
}

static int check_read_interface(struct check *check)
{
    struct ifaddrs *list;

    if (getifaddrs(&list) != 0) {
        return -errno;
    }
    for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
        if (entry->ifa_addr && strcmp(entry->ifa_name, check->interface) == 0) {
            check_take_address(check, entry);
        }
    }
    freeifaddrs(list);
    if (check->index == 0) {
        return -ENODEV;
    }
    check_choose_asker(check);
    check->own_count = 0;
    if (inet_is_set(&check->own4.addr)) {
        check->targets[check->count + check->own_count++].addr = check->own4.addr;
    }
    if (inet_is_set(&check->own6)) {
        check->targets[check->count + check->own_count++].addr = check->own6;
    }
    return 0;
}

/* ---- What leaves the interface ------------------------------------------------------------------------ */

/* Only what goes to the asker's MAC is queued, so that no traffic makes the socket lose an answer. */
static int check_filter(int fd, const uint8_t *asker)
{
    uint32_t word =
        (uint32_t)asker[0] << 24 | (uint32_t)asker[1] << 16 | (uint32_t)asker[2] << 8 | asker[3];
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, CHECK_READ_SIZE),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* Protocol 0 until the filter is there: nothing is queued before. */
static int check_open_capture(struct check *check)
{
    struct sockaddr_ll where = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(ETH_P_ALL),
                                .sll_ifindex = (int)check->index};

    check->capture = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (check->capture < 0 || check_filter(check->capture, check->asker) != 0 ||
        bind(check->capture, (struct sockaddr *)&where, sizeof(where)) != 0) {
        return -errno;
    }
    return 0;
}

static void check_take_answer(struct check *check, const struct solicit_answer *answer)
{
    unsigned way = answer->to[SOLICIT_MAC_SIZE - 1];

    for (size_t i = 0; way < CHECK_WAYS && i < check->count + check->own_count; i++) {
        struct check_target *target = &check->targets[i];

        if (inet_equal(&target->addr, &answer->about)) {
            target->answered |= 1U << way;
            memcpy(target->mac, answer->mac, SOLICIT_MAC_SIZE);
        }
    }
}

static void check_read_answers(struct check *check)
{
    uint8_t frame[CHECK_READ_SIZE];
    struct sockaddr_ll from = {0};
    socklen_t from_size = sizeof(from);
    struct solicit_answer answer;
    ssize_t size;

    while ((size = recvfrom(check->capture, frame, sizeof(frame), 0, (struct sockaddr *)&from,
                            &from_size)) >= 0) {
        if (from.sll_pkttype == PACKET_OUTGOING && solicit_read(frame, (size_t)size, &answer)) {
            check_take_answer(check, &answer);
        }
        from_size = sizeof(from);
    }
}

/* Whether our own addresses are answered for in every way in which they were asked for. */
static bool check_is_proven(const struct check_target *target)
{
    return target->asked != 0 && (target->asked & ~target->answered) == 0;
}

static bool check_is_complete(const struct check *check)
{
    for (size_t i = 0; i < check->own_count; i++) {
        if (!check_is_proven(&check->targets[check->count + i])) {
            return false;
        }
    }
    return true;
}

/* Until the own addresses, which were asked for last, are answered for, and a while longer. */
static void check_listen(struct check *check)
{
    int64_t now = clock_now();
    int64_t end = now + CHECK_LIMIT;
    struct pollfd ready = {.fd = check->capture, .events = POLLIN};
    bool complete = false;

    while (now < end) {
        check_read_answers(check);
        if (!complete && check_is_complete(check)) {
            complete = true;
            end = now + CHECK_GRACE;
        }
        (void)poll(&ready, 1, (int)((end - now) / CLOCK_MILLISECOND) + 1);
        now = clock_now();
    }
    check_read_answers(check);
}

static bool check_lost_packets(const struct check *check)
{
    struct tpacket_stats stats = {0};
    socklen_t size = sizeof(stats);

    return getsockopt(check->capture, SOL_PACKET, PACKET_STATISTICS, &stats, &size) != 0 ||
           stats.tp_drops != 0;
}

/* ---- Asking -------------------------------------------------------------------------------------------- */

static int check_ask(struct check *check, struct check_target *target, enum check_way way)
{
    struct solicit_question question = {.about = target->addr};
    uint8_t frame[SOLICIT_FRAME_SIZE];
    size_t size;
    int error;

    if (way != CHECK_PROBE) {
        question.from = target->addr.family == AF_INET6 ? check->from6 : check->from4;
        if (!inet_is_set(&question.from)) {
            return 0;
        }
    } else if (target->addr.family == AF_INET6) {
        return 0; /* what looks for duplicates is answered to all nodes: RFC 4861 7.2.4 */
    }
    question.to = way == CHECK_UNICAST ? check->mac : NULL;
    memcpy(question.mac, check->asker, SOLICIT_MAC_SIZE);
    question.mac[SOLICIT_MAC_SIZE - 1] = (uint8_t)way;
    size = solicit_write(frame, &question);
    error = inject_frame(check->inject, frame, size);
    if (error == 0) {
        target->asked |= 1U << way;
    }
    return error;
}

static int check_ask_all(struct check *check)
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < check->count + check->own_count; i++) {
        for (unsigned way = 0; error == 0 && way < CHECK_WAYS; way++) {
            error = check_ask(check, &check->targets[i], (enum check_way)way);
        }
    }
    return error;
}

/* The kernel has learnt where the asker is: it forgets that again. */
static void check_forget(const struct check *check, const struct inet_addr *neighbour)
{
    struct {
        struct nlmsghdr header;
        struct ndmsg body;
        struct rtattr attribute;
        uint8_t addr[16];
    } message = {
        .header = {.nlmsg_type = RTM_DELNEIGH, .nlmsg_flags = NLM_F_REQUEST},
        .body = {.ndm_family = neighbour->family, .ndm_ifindex = (int)check->index},
        .attribute = {.rta_type = NDA_DST},
    };
    size_t size = inet_family_size(neighbour->family);
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    memcpy(message.addr, neighbour->bytes, size);
    message.attribute.rta_len = (uint16_t)RTA_LENGTH(size);
    message.header.nlmsg_len = (uint32_t)(NLMSG_LENGTH(sizeof(message.body)) + RTA_LENGTH(size));
    if (fd >= 0) {
        (void)send(fd, &message, message.header.nlmsg_len, 0); /* done when it returns */
        (void)close(fd);
    }
}

static int check_run(struct check *check)
{
    int error = check_read_interface(check);

    if (error == 0) {
        error = check_open_capture(check);
    }
    if (error == 0) {
        check->inject = inject_open((int)check->index);
        error = check->inject < 0 ? check->inject : check_ask_all(check);
        if (error == 0) {
            check_listen(check);
        }
        if (inet_is_set(&check->from4)) {
            check_forget(check, &check->from4);
        }
        check_forget(check, &check->from6);
    }
    return error;
}

/* ---- The verdict ------------------------------------------------------------------------------------------ */

/* The own address that stands for a family; the other family's, where there is none: NULL: there is none. */
static const struct check_target *check_find_own(const struct check *check, uint8_t family)
{
    const struct check_target *own = check->targets + check->count;

    for (size_t i = 0; i < check->own_count; i++) {
        if (own[i].addr.family == family) {
            return &own[i];
        }
    }
    return check->own_count > 0 ? own : NULL;
}

static void check_print(const struct check *check, const struct check_target *target, bool lost)
{
    const struct check_target *own = check_find_own(check, target->addr.family);
    char addr[INET_ADDR_TEXT_SIZE];
    char other[INET_ADDR_TEXT_SIZE];
    const uint8_t *mac = target->mac;

    (void)printf("%s ", inet_text(addr, &target->addr));
    if (target->answered) {
        (void)printf("answers %02x:%02x:%02x:%02x:%02x:%02x\n", mac[0], mac[1], mac[2], mac[3],
                     mac[4], mac[5]);
    } else if (!own) {
        (void)printf("unknown has no address to try with\n");
    } else if (!check_is_proven(own)) {
        (void)printf("unknown is not seen to answer for its own %s\n",
                     inet_text(other, &own->addr));
    } else if (lost) {
        (void)printf("unknown lost packets, try again\n");
    } else {
        (void)printf("silent %s\n", inet_text(other, &own->addr));
    }
}

static const char *check_error_text(int error)
{
    switch (error) {
    case -ENODEV:
        return "is no Ethernet interface of this host";
    case -ENETDOWN:
        return "takes no packets: is it up?";
    case -EPERM:
    case -EACCES:
        return "cannot be tried: this takes root (CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF)";
    case -ENOSYS:
    case -EINVAL:
        return "cannot be tried: this kernel has no BPF (CONFIG_BPF_SYSCALL)";
    default:
        return strerror(-error);
    }
}

/* An end by a signal waits, a second at most, so that what the kernel has learnt is forgotten before. */
static void check_hold_signals(void)
{
    sigset_t signals;

    (void)sigfillset(&signals);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
}

int main(int argc, char **argv)
{
    struct check check = {.inject = -1, .capture = -1};
    int status = EXIT_SUCCESS;
    int error;

    if (argc < 3) {
        (void)fputs("usage: holdfast-arpcheck INTERFACE ADDRESS... (see holdfast-realserver(8))\n",
                    stderr);
        return CHECK_EXIT_USAGE;
    }
    check.interface = argv[1];
    check.targets =
        memory_new((size_t)argc, sizeof(*check.targets)); /* two more than asked about */
    for (int i = 2; i < argc; i++) {
        if (!inet_parse(argv[i], &check.targets[check.count++].addr)) {
            (void)fprintf(stderr, "holdfast-arpcheck: \"%s\" is not an IP address\n", argv[i]);
            free(check.targets);
            return CHECK_EXIT_USAGE;
        }
    }
    check_hold_signals();
    error = check_run(&check);
    if (error == 0) {
        bool lost = check_lost_packets(&check);

        for (size_t i = 0; i < check.count; i++) {
            check_print(&check, &check.targets[i], lost);
        }
    } else {
        (void)fprintf(stderr, "%s %s\n", check.interface, check_error_text(error));
        status = CHECK_EXIT_FAILED;
    }
    free(check.targets);
    return status;
}
