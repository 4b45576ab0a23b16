/* SPDX-License-Identifier: Apache-2.0
 *
 * So many TCP servers in one process: it accepts and closes, at two ports of all local addresses, and
 * knows how long after the one before each address's connections came. Steered by lines on its
 * standard input, each answered by one line:
 *
 *   reset  begins to count anew
 *   stats  the connections since, and how far their intervals were from the one that is wanted (us)
 *   close  nobody listens at the second port any more; answered by the time, in seconds since 1970
 *
 * Addresses count by their last 17 bits.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    ADDRESSES = 1 << 17,
    PORTS = 2,
    DEVIATIONS = 1 << 22, /* more are not kept */
    EXIT_USAGE = 2,
};

struct servers {
    int64_t interval;                /* ns */
    int listening[PORTS];            /* -1: closed */
    int64_t last[ADDRESSES];         /* when the last connection came to each; 0: none did */
    uint32_t deviations[DEVIATIONS]; /* us */
    size_t count;                    /* of them */
    uint64_t connections;
};

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int listen_at(uint16_t port)
{
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, 65535) != 0) {
        perror("servers");
        exit(EXIT_FAILURE);
    }
    return fd;
}

static void note(struct servers *servers, uint32_t address, int64_t now)
{
    int64_t *last = &servers->last[address % ADDRESSES];

    servers->connections++;
    if (*last && servers->count < DEVIATIONS) {
        int64_t deviation = now - *last - servers->interval;

        servers->deviations[servers->count++] =
            (uint32_t)((deviation < 0 ? -deviation : deviation) / 1000);
    }
    *last = now;
}

static void accept_all(struct servers *servers, int listening)
{
    for (;;) {
        int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct sockaddr_in here = {0};
        socklen_t size = sizeof(here);

        if (fd < 0) {
            return;
        }
        if (getsockname(fd, (struct sockaddr *)&here, &size) == 0) {
            note(servers, ntohl(here.sin_addr.s_addr), now_ns(CLOCK_MONOTONIC));
        }
        (void)close(fd);
    }
}

static int compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

static void tell_stats(struct servers *servers)
{
    size_t count = servers->count;
    const uint32_t *sorted = servers->deviations;

    qsort(servers->deviations, count, sizeof(*servers->deviations), compare);
    (void)printf("{\"connections\": %" PRIu64 ", \"intervals\": %zu, \"p50_us\": %" PRIu32
                 ", \"p99_us\": %" PRIu32 ", \"max_us\": %" PRIu32 "}\n",
                 servers->connections, count, count ? sorted[count / 2] : 0,
                 count ? sorted[count * 99 / 100] : 0, count ? sorted[count - 1] : 0);
}

/* @return false at the end of the input */
static bool obey(struct servers *servers)
{
    char line[64];

    if (!fgets(line, sizeof(line), stdin)) {
        return false;
    }
    if (strcmp(line, "reset\n") == 0) {
        memset(servers->last, 0, ADDRESSES * sizeof(*servers->last));
        servers->count = 0;
        servers->connections = 0;
        (void)printf("reset\n");
    } else if (strcmp(line, "stats\n") == 0) {
        tell_stats(servers);
    } else if (strcmp(line, "close\n") == 0) {
        (void)close(servers->listening[1]);
        servers->listening[1] = -1;
        (void)printf("%.6f\n", (double)now_ns(CLOCK_REALTIME) / 1e9);
    }
    (void)fflush(stdout);
    return true;
}

int main(int argc, char *argv[])
{
    static struct servers servers;

    if (argc != 4) {
        (void)fprintf(stderr, "usage: servers INTERVAL_MS PORT PORT\n");
        return EXIT_USAGE;
    }
    servers.interval = strtol(argv[1], NULL, 10) * 1000000;
    (void)setvbuf(stdin, NULL, _IONBF, 0);
    for (int i = 0; i < PORTS; i++) {
        servers.listening[i] = listen_at((uint16_t)strtoul(argv[2 + i], NULL, 10));
    }
    for (;;) {
        struct pollfd waits[PORTS + 1] = {{.fd = STDIN_FILENO, .events = POLLIN}};

        for (int i = 0; i < PORTS; i++) {
            waits[1 + i] = (struct pollfd){.fd = servers.listening[i], .events = POLLIN};
        }
        if (poll(waits, PORTS + 1, -1) < 0 && errno != EINTR) {
            return EXIT_FAILURE;
        }
        for (int i = 0; i < PORTS; i++) {
            if (waits[1 + i].revents) {
                accept_all(&servers, servers.listening[i]);
            }
        }
        if (waits[0].revents && !obey(&servers)) {
            break;
        }
    }
    return EXIT_SUCCESS;
}
