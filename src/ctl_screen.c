/* SPDX-License-Identifier: Apache-2.0
 *
 * holdfastctl's screen: how much room there is, and views that are shown again and again.
 */
#include "ctl.h"

#include "base/clock.h"
#include "base/text.h"
#include "control/render.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* XTerm's control sequences (ctlseqs): without a cursor, and with it again; the start of the screen; clear. */
#define SCREEN_BEGIN "\033[?25l"
#define SCREEN_END   "\033[?25h"
#define SCREEN_HOME  "\033[H"
#define SCREEN_CLEAR "\033[J"

enum { SCREEN_WIDEST = 1000 };

/* Characters of a line of the terminal; 0: it is none, and COLUMNS says nothing. */
static unsigned screen_width(void)
{
    struct winsize size = {0};
    const char *columns = getenv("COLUMNS");
    uint64_t width = 0;

    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col) {
        return size.ws_col;
    }
    return columns && text_parse_unsigned(columns, SCREEN_WIDEST, &width) ? (unsigned)width : 0;
}

/* Colour where somebody looks at it: no-color.org. */
bool ctl_wants_colour(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

struct render_options ctl_render_options(void)
{
    return (struct render_options){
        .colour = ctl_wants_colour(), .now_wall = clock_wall(), .width = screen_width()};
}

/* The signals that end it: they wait until the screen is whole again. */
static sigset_t screen_signals(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGQUIT);
    return set;
}

void ctl_screen_begin(struct ctl_screen *screen, const struct ctl_options *options)
{
    *screen = (struct ctl_screen){.is_terminal = isatty(STDOUT_FILENO) && !options->json,
                                  .signals = screen_signals(),
                                  .due = clock_now()};
    (void)sigprocmask(SIG_BLOCK, &screen->signals, &screen->former);
    (void)fputs(screen->is_terminal ? SCREEN_BEGIN : "", stdout);
}

/* As many lines as the screen has. */
static void screen_cut(struct text_buffer *text)
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

void ctl_screen_clear(const struct ctl_screen *screen)
{
    (void)fputs(screen->is_terminal ? SCREEN_HOME SCREEN_CLEAR : "", stdout);
    (void)fflush(stdout);
}

void ctl_screen_show(const struct ctl_screen *screen, struct text_buffer *text)
{
    if (screen->is_terminal) {
        screen_cut(text);
        (void)fputs(SCREEN_HOME SCREEN_CLEAR, stdout);
    }
    ctl_print(text, stdout);
    (void)fputs(screen->is_terminal ? "" : "\n", stdout);
    (void)fflush(stdout);
}

bool ctl_screen_wait(struct ctl_screen *screen, int64_t interval)
{
    struct timespec limit;
    int64_t left;
    bool ends;

    screen->due += interval;
    left = screen->due - clock_now();
    left = left < 0 ? 0 : left;
    limit = (struct timespec){left / CLOCK_SECOND, left % CLOCK_SECOND};
    ends = sigtimedwait(&screen->signals, NULL, &limit) > 0;
    if (clock_now() > screen->due + interval) {
        screen->due = clock_now();
    }
    return ends;
}

void ctl_screen_end(struct ctl_screen *screen)
{
    (void)fputs(screen->is_terminal ? SCREEN_END : "", stdout);
    (void)fflush(stdout);
    (void)sigprocmask(SIG_SETMASK, &screen->former, NULL);
}

/* ---- Looks ------------------------------------------------------------------------------------- */

static void look_show(const struct ctl_options *options, const struct ctl_look *look,
                      const json_t *view)
{
    const struct render_options render = ctl_render_options();
    struct text_buffer text = {0};

    if (options->json) {
        ctl_print_json(view);
    } else {
        look->render(view, &render, &text);
        ctl_print(&text, stdout);
    }
}

/* One look of those that go on. */
static void look_again(const struct ctl_options *options, const struct ctl_look *look,
                       const struct ctl_screen *screen, const json_t *view)
{
    const struct render_options render = ctl_render_options();
    struct text_buffer text = {0};

    if (options->json) {
        (void)json_dumpf(view, stdout, JSON_COMPACT | JSON_REAL_PRECISION(12));
        (void)putchar('\n');
        (void)fflush(stdout);
    } else {
        look->render(view, &render, &text);
        ctl_screen_show(screen, &text);
    }
}

/* Until a signal or the count ends it. A daemon that is started again meanwhile is waited for. */
static int look_watch(const struct ctl_options *options, const struct ctl_look *look, char **words,
                      int count)
{
    struct ctl_screen screen;
    uint64_t shown = 0;
    bool complains = true; /* the last look failed, and what was said of it goes */
    int code;

    ctl_screen_begin(&screen, options);
    do {
        json_t *view;

        code = EXIT_OK;
        if (complains) { /* else what is seen stays until there is something newer */
            ctl_screen_clear(&screen);
        }
        view = look->fetch(options, words, count, &code);
        if (!view && (code != EXIT_UNREACHABLE || !screen.is_terminal)) {
            break;
        }
        complains = !view;
        if (view) {
            look_again(options, look, &screen, view);
            json_decref(view);
            shown++;
        }
    } while (!(options->count && shown == options->count) && !ferror(stdout) &&
             !ctl_screen_wait(&screen, options->interval ? options->interval : CLOCK_SECOND));
    ctl_screen_end(&screen);
    return code;
}

int ctl_look(const struct ctl_options *options, const struct ctl_look *look, char **words,
             int count)
{
    int code = EXIT_OK;
    json_t *view;

    if (options->watch) {
        return look_watch(options, look, words, count);
    }
    view = look->fetch(options, words, count, &code);
    if (view) {
        look_show(options, look, view);
    }
    json_decref(view);
    return code;
}
