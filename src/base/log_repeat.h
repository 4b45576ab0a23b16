/* SPDX-License-Identifier: Apache-2.0
 *
 * Decides which log messages are repetitions. A message is printed the first time; the same text
 * again within the window is only counted, and when the window ends the count is told once. Pure:
 * time comes in as an argument.
 */
#ifndef HOLDFAST_BASE_LOG_REPEAT_H
#define HOLDFAST_BASE_LOG_REPEAT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LOG_REPEAT_SLOTS = 32,
    LOG_REPEAT_TEXT_SIZE = 512,
};

struct log_repeat_slot {
    char text[LOG_REPEAT_TEXT_SIZE]; /* the message, cut where it is longer */
    int level;
    int64_t since;     /* ns: when it was last printed */
    uint64_t withheld; /* times it came again since then */
    bool used;
};

/* All zero is a fresh one. */
struct log_repeat {
    struct log_repeat_slot slots[LOG_REPEAT_SLOTS];
};

/**
 * A message is about to be printed.
 * @param text    the whole message
 * @param level   kept with it, for log_repeat_due()
 * @param window  nanoseconds within which a repetition is withheld
 * @return whether to print it
 */
bool log_repeat_admit(struct log_repeat *repeat, const char *text, int level, int64_t window,
                      int64_t now);

/**
 * Takes one withheld message whose window has ended.
 * @param out  gets text, level and count; valid where true is returned
 * @return false when no more are due
 */
bool log_repeat_due(struct log_repeat *repeat, int64_t window, int64_t now,
                    struct log_repeat_slot *out);

/** Whether anything is being withheld, so that log_repeat_due() must be asked again later. */
bool log_repeat_pending(const struct log_repeat *repeat);

#endif
