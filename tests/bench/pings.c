/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks an IPv4 address for an ICMP echo in a steady beat, and prints a line for each answer: the number
 * of the request, when it was sent and when it was answered (seconds since the epoch). What has no line
 * was lost. Not in Python, whose own pauses would count as an outage; of real-time priority where that
 * is allowed, for the same reason.
 */
#include "base/clock.h"
#include "base/inet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
    EXIT_USAGE = 2,
    PINGS_PRIORITY = 50,
    PINGS_UNDER_WAY = 65536, /* an answer to an older one is not told */
};

struct pings_message {
    struct icmphdr header;
    uint32_t number;
};

struct pings {
    int fd;
    uint16_t id;
    uint32_t next;
    double sent[PINGS_UNDER_WAY]; /* by number */
};

static double pings_wall(void)
{
    return (double)clock_wall() / (double)CLOCK_SECOND;
}

static void pings_ask(struct pings *pings)
{
    struct pings_message message = {.header = {.type = ICMP_ECHO}, .number = pings->next};

    message.header.un.echo.id = pings->id;
    message.header.checksum = inet_checksum_end(inet_checksum_add(0, &message, sizeof(message)));
    pings->sent[pings->next++ % PINGS_UNDER_WAY] = pings_wall();
    (void)send(pings->fd, &message, sizeof(message), 0); /* what cannot be sent is lost as well */
}

static void pings_listen(const struct pings *pings)
{
    struct {
        struct iphdr ip; /* a raw socket has it: raw(7) */
        struct pings_message message;
    } answer;
    ssize_t size = recv(pings->fd, &answer, sizeof(answer), MSG_DONTWAIT);
    uint32_t number = answer.message.number;

    if (size == sizeof(answer) && answer.message.header.type == ICMP_ECHOREPLY &&
        answer.message.header.un.echo.id == pings->id && pings->next - number <= PINGS_UNDER_WAY) {
        (void)printf("%u %.6f %.6f\n", number, pings->sent[number % PINGS_UNDER_WAY], pings_wall());
    }
}

static void pings_run(struct pings *pings, int64_t interval)
{
    int64_t due = clock_now();

    for (;;) {
        struct pollfd wait = {.fd = pings->fd, .events = POLLIN};
        int64_t left;

        pings_ask(pings);
        for (due += interval; (left = due - clock_now()) > 0;) {
            const struct timespec rest = {.tv_nsec = left};

            if (ppoll(&wait, 1, &rest, NULL) > 0) {
                pings_listen(pings);
            }
        }
    }
}

int main(int argc, char *argv[])
{
    const struct sched_param priority = {.sched_priority = PINGS_PRIORITY};
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct pings pings = {.id = (uint16_t)clock_now()};
    int64_t interval = argc == 3 ? strtol(argv[2], NULL, 10) * CLOCK_MICROSECOND : 0;

    if (interval <= 0 || interval >= CLOCK_SECOND ||
        inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
        (void)fprintf(stderr, "usage: pings ADDRESS INTERVAL_US\n");
        return EXIT_USAGE;
    }
    pings.fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (pings.fd < 0 || connect(pings.fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        perror("pings");
        return EXIT_FAILURE;
    }
    (void)sched_setscheduler(0, SCHED_FIFO, &priority);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    pings_run(&pings, interval);
}
