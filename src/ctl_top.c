/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl top: rates, again and again.
 */
#include "ctl.h"

#include "base/clock.h"
#include "base/text.h"
#include "control/rates.h"
#include "control/render.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* XTerm's control sequences (ctlseqs): without a cursor, and with it again; the start of the screen; clear. */
#define TOP_BEGIN "\033[?25l"
#define TOP_END   "\033[?25h"
#define TOP_HOME  "\033[H"
#define TOP_CLEAR "\033[J"

/* The signals that end it: they wait until the screen is whole again. */
static sigset_t top_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGQUIT);
    return set;
}

/* @return whether a signal came before that time */
static bool top_wait(const sigset_t *signals, int64_t until)
{
    int64_t left = until - clock_now();
    struct timespec limit;

    left = left < 0 ? 0 : left;
    limit = (struct timespec){left / CLOCK_SECOND, left % CLOCK_SECOND};
    return sigtimedwait(signals, NULL, &limit) > 0;
}

/* As many lines as the screen has. */
static void top_cut(struct text_buffer *text)
{
    struct winsize size = {0};
    char *at = text->data;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 2) {
        return;
    }
    for (unsigned line = 1; at && line < size.ws_row; line++) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    if (at) {
        *at = '\0';
    }
}

static void top_show(const json_t *rates, const struct ctl_options *options, bool screen)
{
    const struct render_options render = {ctl_wants_colour(), clock_wall()};
    struct text_buffer text = {0};

    if (options->json) {
        (void)json_dumpf(rates, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
        (void)putchar('\n');
    } else {
        render_rates(rates, &render, &text);
        if (screen) {
            top_cut(&text);
            (void)fputs(TOP_HOME TOP_CLEAR, stdout);
        }
        ctl_print(&text, stdout);
        (void)fputs(screen ? "" : "\n", stdout);
    }
    (void)fflush(stdout);
}

/* One view after the other, until a signal, the count, or what is wrong ends it. */
static int top_run(const struct ctl_options *options, const char *word, const sigset_t *signals,
                   bool screen)
{
    int64_t due = clock_now();
    json_t *before = NULL;
    uint64_t shown = 0;
    int code = EXIT_OK;

    for (;;) {
        json_t *after = ctl_view(options, word, &code);
        json_t *rates;

        if (!after) {
            break;
        }
        if (before || screen) { /* the first has no rates: a screen shows that something comes */
            rates = rates_between(before, after, options->sort ? options->sort : "connections");
            top_show(rates, options, screen);
            json_decref(rates);
            shown += before ? 1 : 0;
        }
        json_decref(before);
        before = after;
        due += options->interval;
        if ((options->count && shown == options->count) || ferror(stdout) ||
            top_wait(signals, due)) {
            break;
        }
        due = clock_now() > due + options->interval ? clock_now() : due;
    }
    json_decref(before);
    return code;
}

int ctl_top(const struct ctl_options *options, char **words, int count)
{
    bool screen = isatty(STDOUT_FILENO) && !options->json;
    sigset_t signals = top_signals();
    sigset_t former;
    int code;

    if (count > 1) {
        return -1;
    }
    if (options->sort && !rates_is_key(options->sort)) {
        (void)fprintf(stderr, "holdfastctl: --sort \"%s\" is none of %s\n", options->sort,
                      rates_keys());
        return EXIT_USAGE;
    }
    (void)sigprocmask(SIG_BLOCK, &signals, &former);
    (void)fputs(screen ? TOP_BEGIN : "", stdout);
    code = top_run(options, count ? words[0] : NULL, &signals, screen);
    (void)fputs(screen ? TOP_END : "", stdout);
    (void)fflush(stdout);
    (void)sigprocmask(SIG_SETMASK, &former, NULL);
    return code;
}
