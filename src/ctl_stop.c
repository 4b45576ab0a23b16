/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl stop: asks the daemon to stop and waits until it has ended.
 */
#include "ctl.h"

#include "base/clock.h"
#include "control/client.h"

#include <errno.h>
#include <string.h>

/* @return the exit code */
static int stop_wait(const struct ctl_options *options, pid_t daemon, int64_t timeout)
{
    char text[CLOCK_TEXT_SIZE];
    int error = daemon ? client_wait_for_end(daemon, timeout) : -ESRCH;

    if (error == -ETIMEDOUT) {
        (void)fprintf(stderr,
                      "holdfastctl: holdfastd is stopping, but has not ended within %s "
                      "(--timeout)\n",
                      clock_duration_text(text, options->timeout));
        return EXIT_UNREACHABLE;
    }
    if (error) {
        (void)fprintf(stderr,
                      "holdfastctl: holdfastd is stopping, but its end cannot be seen from "
                      "here: %s\n",
                      daemon ? strerror(-error) : "it is in another PID namespace");
        return EXIT_UNREACHABLE;
    }
    return EXIT_OK;
}

/* "stopped; the IPVS table stays" */
static void stop_print(const json_t *result)
{
    const char *reason = json_string_value(json_object_get(result, "reason"));

    const json_t *resume = json_object_get(result, "resume");

    if (resume) {
        (void)printf("stopped; everything stays for the next start (%" JSON_INTEGER_FORMAT
                     " as master)\n",
                     json_integer_value(resume));
    } else if (json_is_true(json_object_get(result, "keep"))) {
        (void)printf("stopped; the IPVS table stays\n");
    } else if (reason) {
        (void)printf("stopped; there was no IPVS table that could stay: %s\n", reason);
    } else {
        (void)printf("stopped\n");
    }
}

int ctl_stop(const struct ctl_options *options, char **words, int count)
{
    const int64_t started = clock_now();
    json_t *arguments = NULL;
    struct client_reply reply;
    int code = EXIT_OK;

    (void)words;
    if (count != 0 || (options->keep && options->resume)) {
        return -1;
    }
    if (options->keep || options->resume) {
        arguments = json_pack("{s:b}", options->keep ? "keep" : "resume", 1);
    }
    reply = ctl_ask_whom(options, "stop", arguments, &code);
    json_decref(arguments);
    if (!reply.result) {
        return code;
    }
    code = stop_wait(options, reply.daemon, options->timeout - (clock_now() - started));
    if (options->json) {
        ctl_print_json(reply.result);
    } else if (code == EXIT_OK) {
        stop_print(reply.result);
    }
    json_decref(reply.result);
    return code;
}
