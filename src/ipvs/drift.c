/* SPDX-License-Identifier: Apache-2.0
 *
 * The words for what differs between two states of one service. What is done about it is sync's.
 */
#include "ipvs/drift.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct drift_number {
    const char *name;
    size_t offset; /* of a uint32_t */
};

static uint32_t drift_number_at(const void *settings, size_t offset)
{
    uint32_t value;

    memcpy(&value, (const char *)settings + offset, sizeof(value));
    return value;
}

/* Appends "NAME OLD -> NEW" for every number that differs; `separator` goes before each. */
static void drift_append_numbers(struct text_buffer *words, const char *separator,
                                 const struct drift_number *numbers, size_t count,
                                 const void *before, const void *now)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t old = drift_number_at(before, numbers[i].offset);
        uint32_t fresh = drift_number_at(now, numbers[i].offset);

        if (old != fresh) {
            text_appendf(words, "%s%s %u -> %u", separator, numbers[i].name, (unsigned)old,
                         (unsigned)fresh);
        }
    }
}

static void drift_append_text(struct text_buffer *words, const char *separator, const char *name,
                              const char *before, const char *now)
{
    if (strcmp(before, now) != 0) {
        text_appendf(words, "%s%s %s -> %s", separator, name, *before ? before : "none",
                     *now ? now : "none");
    }
}

static void drift_append_hex(struct text_buffer *words, const char *separator, const char *name,
                             uint32_t before, uint32_t now)
{
    if (before != now) {
        text_appendf(words, "%s%s 0x%x -> 0x%x", separator, name, (unsigned)before, (unsigned)now);
    }
}

unsigned drift_describe_service(struct text_buffer *words,
                                const struct table_service_settings *before,
                                const struct table_service_settings *now)
{
    static const struct drift_number numbers[] = {
        {"persistence timeout", offsetof(struct table_service_settings, timeout_s)},
    };

    if (table_service_settings_equal(before, now)) {
        return 0;
    }
    text_append(words, "service");
    drift_append_text(words, " ", "scheduler", before->scheduler, now->scheduler);
    drift_append_text(words, " ", "persistence engine", before->engine, now->engine);
    drift_append_numbers(words, " ", numbers, sizeof(numbers) / sizeof(numbers[0]), before, now);
    drift_append_hex(words, " ", "flags", before->flags, now->flags);
    drift_append_hex(words, " ", "persistence netmask", before->netmask, now->netmask);
    return 1;
}

static void drift_append_destination(struct text_buffer *words,
                                     const struct table_destination_settings *before,
                                     const struct table_destination_settings *now)
{
    static const struct drift_number numbers[] = {
        {"weight", offsetof(struct table_destination_settings, weight)},
        {"upper threshold", offsetof(struct table_destination_settings, upper_threshold)},
        {"lower threshold", offsetof(struct table_destination_settings, lower_threshold)},
    };

    drift_append_text(words, " ", "forwarding", table_forward_text(before->forward),
                      table_forward_text(now->forward));
    drift_append_numbers(words, " ", numbers, sizeof(numbers) / sizeof(numbers[0]), before, now);
    drift_append_text(words, " ", "tunnel", table_tunnel_text(before->tunnel.type),
                      table_tunnel_text(now->tunnel.type));
    if (before->tunnel.port != now->tunnel.port) {
        text_appendf(words, " tunnel port %u -> %u", (unsigned)before->tunnel.port,
                     (unsigned)now->tunnel.port);
    }
    drift_append_hex(words, " ", "tunnel flags", before->tunnel.flags, now->tunnel.flags);
}

/* Begins the words for one more destination; answers whether there is still room for them. */
static bool drift_begin_destination(struct text_buffer *words, unsigned *count, unsigned limit,
                                    const struct conf_server_key *key)
{
    char server[INET_ENDPOINT_TEXT_SIZE];

    if ((*count)++ >= limit) {
        return false;
    }
    text_appendf(words, "%sserver %s", *count > 1 ? ", " : "", table_server_text(server, key));
    return true;
}

unsigned drift_describe_destinations(struct text_buffer *words, const struct table_service *before,
                                     const struct table_service *now, unsigned limit)
{
    struct table_destination *destination;
    struct table_destination *next;
    unsigned count = 0;

    HASH_ITER(hh, before->destinations, destination, next) {
        const struct table_destination *fresh = table_find_destination(now, &destination->key);

        if (!fresh) {
            if (drift_begin_destination(words, &count, limit, &destination->key)) {
                text_append(words, " removed");
            }
        } else if (!table_destination_settings_equal(&destination->settings, &fresh->settings) &&
                   drift_begin_destination(words, &count, limit, &destination->key)) {
            drift_append_destination(words, &destination->settings, &fresh->settings);
        }
    }
    HASH_ITER(hh, now->destinations, destination, next) {
        if (!table_find_destination(before, &destination->key) &&
            drift_begin_destination(words, &count, limit, &destination->key)) {
            text_append(words, " added");
        }
    }
    if (count > limit) {
        text_appendf(words, " and %u more", count - limit);
    }
    return count;
}
