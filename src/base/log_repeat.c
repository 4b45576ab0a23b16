/* SPDX-License-Identifier: Apache-2.0
 *
 * Decides which log messages are repetitions.
 */
#include "base/log_repeat.h"

#include <stddef.h>
#include <string.h>

static struct log_repeat_slot *log_repeat_find(struct log_repeat *repeat, const char *text)
{
    for (unsigned i = 0; i < LOG_REPEAT_SLOTS; i++) {
        struct log_repeat_slot *slot = &repeat->slots[i];

        if (slot->used && strncmp(slot->text, text, LOG_REPEAT_TEXT_SIZE - 1) == 0) {
            return slot;
        }
    }
    return NULL;
}

/* A free slot, else the oldest that withholds nothing; NULL where all slots have something to tell. */
static struct log_repeat_slot *log_repeat_take(struct log_repeat *repeat)
{
    struct log_repeat_slot *oldest = NULL;

    for (unsigned i = 0; i < LOG_REPEAT_SLOTS; i++) {
        struct log_repeat_slot *slot = &repeat->slots[i];

        if (!slot->used) {
            return slot;
        }
        if (!slot->withheld && (!oldest || slot->since < oldest->since)) {
            oldest = slot;
        }
    }
    return oldest;
}

bool log_repeat_admit(struct log_repeat *repeat, const char *text, int level, int64_t window,
                      int64_t now)
{
    struct log_repeat_slot *slot = log_repeat_find(repeat, text);

    if (slot && now - slot->since < window) {
        slot->withheld++;
        return false;
    }
    if (!slot) {
        slot = log_repeat_take(repeat);
    }
    if (slot) {
        size_t length = strnlen(text, LOG_REPEAT_TEXT_SIZE - 1);

        memcpy(slot->text, text, length);
        slot->text[length] = '\0';
        slot->level = level;
        slot->since = now;
        slot->withheld = 0;
        slot->used = true;
    }
    return true;
}

bool log_repeat_due(struct log_repeat *repeat, int64_t window, int64_t now,
                    struct log_repeat_slot *out)
{
    for (unsigned i = 0; i < LOG_REPEAT_SLOTS; i++) {
        struct log_repeat_slot *slot = &repeat->slots[i];

        if (slot->used && slot->withheld && now - slot->since >= window) {
            *out = *slot;
            slot->since = now;
            slot->withheld = 0;
            return true;
        }
    }
    return false;
}

bool log_repeat_pending(const struct log_repeat *repeat)
{
    for (unsigned i = 0; i < LOG_REPEAT_SLOTS; i++) {
        if (repeat->slots[i].used && repeat->slots[i].withheld) {
            return true;
        }
    }
    return false;
}
