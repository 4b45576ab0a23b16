/* SPDX-License-Identifier: Apache-2.0
 *
 * Both ends of what goes through a director, for a while:
 *     flows serve ADDRESS PORT                an end that answers both of the following
 *     flows requests ADDRESS PORT SECONDS     one request after the other, each on a connection of its own
 *     flows bytes ADDRESS PORT SECONDS        a download
 * Prints how many there were in a second. What a client asks for is its first byte.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    FLOWS_CHUNK = 64 * 1024,
    FLOWS_ANSWER = 128, /* bytes of an answer to a request */
    FLOWS_BACKLOG = 1024,
};

static void flows_fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static double flows_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct sockaddr_in flows_address(const char *address, const char *port)
{
    struct sockaddr_in result = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};

    if (inet_pton(AF_INET, address, &result.sin_addr) != 1) {
        (void)fprintf(stderr, "flows: %s is no address\n", address);
        exit(EXIT_FAILURE);
    }
    return result;
}

/* The answer to one connection, which it owns: 'b' is a download without an end, all else a short answer. */
static void *flows_answer(void *argument)
{
    static const char chunk[FLOWS_CHUNK];
    int fd = *(int *)argument;
    char asked = 0;

    if (recv(fd, &asked, 1, 0) == 1 && asked == 'b') {
        while (send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL) > 0) {
        }
    } else {
        (void)!send(fd, chunk, FLOWS_ANSWER, MSG_NOSIGNAL);
    }
    (void)close(fd);
    free(argument);
    return NULL;
}

static void flows_serve(const struct sockaddr_in *address)
{
    const int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_attr_t attributes;

    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(listener, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
        listen(listener, FLOWS_BACKLOG) != 0) {
        flows_fail("flows: listen");
    }
    (void)puts("ready");
    (void)fflush(stdout);
    for (;;) {
        int *fd = malloc(sizeof(*fd));
        pthread_t thread;

        if (!fd) {
            flows_fail("flows: malloc");
        }
        *fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (*fd < 0) {
            free(fd);
        } else if (pthread_create(&thread, &attributes, flows_answer, fd) != 0) {
            (void)close(*fd);
            free(fd);
        }
    }
}

/* @return a connection over which something was asked for */
static int flows_ask(const struct sockaddr_in *address, char what)
{
    const struct timeval limit = {.tv_sec = 10};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
        send(fd, &what, 1, MSG_NOSIGNAL) != 1) {
        flows_fail("flows: connect");
    }
    return fd;
}

/* One request. @return 1 */
static size_t flows_request(const struct sockaddr_in *address)
{
    /* Closing by a reset leaves no port behind in TIME_WAIT, of which there would soon be too many. */
    const struct linger reset = {.l_onoff = 1};
    char answer[FLOWS_ANSWER];
    int fd = flows_ask(address, 'r');

    if (recv(fd, answer, sizeof(answer), MSG_WAITALL) != FLOWS_ANSWER) {
        flows_fail("flows: an answer");
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    (void)close(fd);
    return 1;
}

static double flows_requests(const struct sockaddr_in *address, double seconds)
{
    double start = flows_now();
    size_t count = 0;

    while (flows_now() < start + seconds) {
        count += flows_request(address);
    }
    return (double)count / (flows_now() - start);
}

static double flows_bytes(const struct sockaddr_in *address, double seconds)
{
    static char chunk[FLOWS_CHUNK];
    int fd = flows_ask(address, 'b');
    double start = flows_now();
    size_t count = 0;

    while (flows_now() < start + seconds) {
        ssize_t size = recv(fd, chunk, sizeof(chunk), 0);

        if (size <= 0) {
            flows_fail("flows: the download");
        }
        count += (size_t)size;
    }
    (void)close(fd);
    return (double)count / (flows_now() - start);
}

int main(int argc, char *argv[])
{
    bool serves = argc == 4 && strcmp(argv[1], "serve") == 0;
    bool requests = argc == 5 && strcmp(argv[1], "requests") == 0;
    bool bytes = argc == 5 && strcmp(argv[1], "bytes") == 0;
    struct sockaddr_in address;

    if (!serves && !requests && !bytes) {
        (void)fprintf(stderr, "usage: flows serve|requests|bytes ADDRESS PORT [SECONDS]\n");
        return EXIT_FAILURE;
    }
    address = flows_address(argv[2], argv[3]);
    if (serves) {
        flows_serve(&address);
    }
    (void)printf("%.3f\n", requests ? flows_requests(&address, strtod(argv[4], NULL))
                                    : flows_bytes(&address, strtod(argv[4], NULL)));
    return EXIT_SUCCESS;
}
