/* SPDX-License-Identifier: Apache-2.0
 *
 * What forwarding asks of the director's kernel: looking, telling, setting.
 */
#include "net/director.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/director_needs.h"
#include "net/sysctl_keep.h"

#include <errno.h>
#include <stdlib.h>

#define DIRECTOR_SUBJECT "IPVS"

struct director {
    struct log *log;
    struct sysctl_keep *keep;
    unsigned needs;     /* of the configuration: bits of enum director_need */
    unsigned automatic; /* of these: are set */
    unsigned held;      /* needs of what drains: if they are set, they stay */
    unsigned told;      /* are in the log */
};

struct director *director_new(struct log *log, const struct runtime *runtime)
{
    struct director *director = memory_new(1, sizeof(*director));

    director->log = log;
    director->keep = sysctl_keep_new(log, runtime);
    return director;
}

void director_free(struct director *director)
{
    if (director) {
        sysctl_keep_free(director->keep);
        free(director);
    }
}

void director_set_namespace(struct director *director, int fd)
{
    sysctl_keep_set_namespace(director->keep, fd);
}

/* "net.ipv4.ip_forward": as sysctl(8) wants it. */
static void director_write_name(const struct director_setting *setting, struct text_buffer *out)
{
    for (const char *at = setting->path; *at; at++) {
        text_appendf(out, "%c", *at == '/' ? '.' : *at);
    }
}

static bool director_has(const struct director *director, enum director_need need, uint32_t *value)
{
    const struct director_setting *setting = director_setting_of(need);

    return sysctl_keep_read(director->keep, setting->path, value) == 0 && *value == setting->value;
}

static void director_tell(struct director *director, enum director_need need)
{
    const struct director_setting *setting = director_setting_of(need);
    struct text_buffer name = {0};
    uint32_t value = 0;

    if (director_has(director, need, &value)) {
        director->told &= ~(1U << need);
    } else if (!(director->told & 1U << need)) {
        director_write_name(setting, &name);
        log_warning(director->log, DIRECTOR_SUBJECT,
                    "%s: %s is %u; run: sysctl -w %s=%u, or give lvs_auto_sysctl", setting->why,
                    name.data, value, name.data, setting->value);
        text_release(&name);
        director->told |= 1U << need;
    }
}

/* Sets it. @param quiet  it may not be there yet */
static void director_set(struct director *director, enum director_need need)
{
    const struct director_setting *setting = director_setting_of(need);
    char problem[SYSCTL_PROBLEM_SIZE];
    uint32_t value;

    if (sysctl_keep_read(director->keep, setting->path, &value) == -ENOENT) {
        return; /* IPVS is not there: director_on_ipvs() */
    }
    if (sysctl_keep_set(director->keep, setting->path, setting->value, problem)) {
        director->told &= ~(1U << need);
    } else if (!(director->told & 1U << need)) {
        log_error(director->log, DIRECTOR_SUBJECT, "%s: %s", setting->why, problem);
        director->told |= 1U << need;
    }
}

void director_on_ipvs(struct director *director)
{
    for (unsigned need = 0; need < DIRECTOR_NEEDS; need++) {
        unsigned bit = 1U << need;

        if (director->automatic & bit) {
            director_set(director, need);
        } else if (!(director->held & bit)) {
            sysctl_keep_release(director->keep, director_setting_of(need)->path);
        }
        if (director->needs & ~director->automatic & bit) {
            director_tell(director, need);
        }
    }
}

void director_configure(struct director *director, const struct conf *conf,
                        const struct conf_drain *drains, size_t count)
{
    director->held = director_needs_of_drains(drains, count);
    director->needs = director_needs_of(conf);
    director->automatic =
        director->needs & (conf->global.ipvs_auto_sysctl ? ~0U : 1U << DIRECTOR_CONNTRACK);
    director->told &= director->needs;
    director_on_ipvs(director);
}

void director_release(struct director *director)
{
    director->needs = 0;
    director->automatic = 0;
    director->held = 0;
    director_on_ipvs(director);
}

json_t *director_snapshot(const struct director *director)
{
    json_t *missing = json_array();

    for (unsigned need = 0; need < DIRECTOR_NEEDS; need++) {
        const struct director_setting *setting = director_setting_of(need);
        struct text_buffer name = {0};
        uint32_t value = 0;
        int error;

        if (!(director->needs & 1U << need) || director_has(director, need, &value)) {
            continue;
        }
        error = sysctl_keep_read(director->keep, setting->path, &value);
        director_write_name(setting, &name);
        json_array_append_new(
            missing, json_pack("{s:s, s:o, s:i, s:s, s:o}", "setting", name.data, "value",
                               error ? json_null() : json_integer(value), "wanted",
                               (int)setting->value, "problem", setting->why, "cure",
                               json_sprintf("sysctl -w %s=%u", name.data, setting->value)));
        text_release(&name);
    }
    return missing;
}
