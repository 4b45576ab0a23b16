/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl top: rates, again and again.
 */
#include "ctl.h"

#include "base/clock.h"
#include "base/text.h"
#include "control/rates.h"
#include "control/render.h"

/* The kernel adds its counters up every 2 s (net/netfilter/ipvs/ip_vs_est.c): looks at shorter intervals see none of it,
 * then all at once. */
#define TOP_INTERVAL (2 * CLOCK_SECOND)

static void top_show(const json_t *rates, const struct ctl_options *options,
                     const struct ctl_screen *screen)
{
    const struct render_options render = ctl_render_options();
    struct text_buffer text = {0};

    if (options->json) {
        (void)json_dumpf(rates, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
        (void)putchar('\n');
        (void)fflush(stdout);
    } else {
        render_rates(rates, &render, &text);
        ctl_screen_show(screen, &text);
    }
}

/* One view after the other, until a signal, the count, or what is wrong ends it. */
static int top_run(const struct ctl_options *options, const char *word, struct ctl_screen *screen)
{
    json_t *before = NULL;
    uint64_t shown = 0;
    int code = EXIT_OK;

    for (;;) {
        json_t *after = ctl_view(options, word, &code);
        json_t *rates;

        if (!after) {
            break;
        }
        if (before ||
            screen->is_terminal) { /* the first has no rates: it shows that something comes */
            rates = rates_between(before, after, options->sort ? options->sort : "connections");
            top_show(rates, options, screen);
            json_decref(rates);
            shown += before ? 1 : 0;
        }
        json_decref(before);
        before = after;
        if ((options->count && shown == options->count) || ferror(stdout) ||
            ctl_screen_wait(screen, options->interval ? options->interval : TOP_INTERVAL)) {
            break;
        }
    }
    json_decref(before);
    return code;
}

int ctl_top(const struct ctl_options *options, char **words, int count)
{
    struct ctl_screen screen;
    int code;

    if (count > 1) {
        return -1;
    }
    if (options->sort && !rates_is_key(options->sort)) {
        (void)fprintf(stderr, "holdfastctl: --sort \"%s\" is none of %s\n", options->sort,
                      rates_keys());
        return EXIT_USAGE;
    }
    ctl_screen_begin(&screen, options);
    code = top_run(options, count ? words[0] : NULL, &screen);
    ctl_screen_end(&screen);
    return code;
}
