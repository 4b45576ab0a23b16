/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a program and prints what it took, as JSON. Not in Python: a program that a large process
 * starts begins its peak of resident memory with that of its parent.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_NOT_STARTED = 127 };

/* In the child: its output goes where complaints go, and SIGALRM ends it after the limit. */
static void measure_exec(unsigned limit_s, char *argv[])
{
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    (void)alarm(limit_s);
    (void)execvp(argv[0], argv);
    (void)fprintf(stderr, "measure: %s: %s\n", argv[0], strerror(errno));
    _exit(EXIT_NOT_STARTED);
}

static double measure_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double measure_seconds(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void measure_print(int status, double wall, const struct rusage *usage)
{
    char code[16] = "null"; /* a signal ended it */

    if (WIFEXITED(status)) {
        (void)snprintf(code, sizeof(code), "%d", WEXITSTATUS(status));
    }
    (void)printf("{\"status\": %s, \"in_time\": %s, \"wall_s\": %.6f, \"cpu_s\": %.6f, "
                 "\"peak_bytes\": %ld}\n",
                 code, WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "false" : "true", wall,
                 measure_seconds(&usage->ru_utime) + measure_seconds(&usage->ru_stime),
                 usage->ru_maxrss * 1024);
}

int main(int argc, char *argv[])
{
    struct rusage usage;
    double start;
    int status;
    pid_t child;

    if (argc < 3) {
        (void)fprintf(stderr, "usage: measure LIMIT_S PROGRAM [ARGUMENT...]\n");
        return EXIT_USAGE;
    }
    start = measure_now();
    child = fork();
    if (child == 0) {
        measure_exec((unsigned)strtoul(argv[1], NULL, 10), argv + 2);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        perror("measure");
        return EXIT_FAILURE;
    }
    measure_print(status, measure_now() - start, &usage);
    return EXIT_SUCCESS;
}
