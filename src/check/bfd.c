/* SPDX-License-Identifier: Apache-2.0
 *
 * BFD_CHECK: states of sessions that are told.
 */
#include "check/bfd.h"

#include "base/memory.h"
#include "base/text.h"
#include "check/detail.h"
#include "check/told.h"

#include <string.h>

/* The detail: name. */
static void bfd_pack(const struct conf_check *conf, struct text_buffer *out)
{
    detail_put_text(out, ((const struct conf_bfd_check *)conf)->session);
}

static struct detail_reader bfd_detail(const struct check_spec *spec)
{
    return (struct detail_reader){spec->detail, spec->detail + spec->detail_size};
}

static struct verdict bfd_judge(const struct check_spec *spec, const char *name, int64_t value)
{
    (void)spec;
    return value ? verdict_of(VERDICT_OK, "%.64s is up", name)
                 : verdict_of(VERDICT_UNREACHABLE, "%.64s is down", name);
}

static char *bfd_subject(const struct check_spec *spec)
{
    struct detail_reader reader = bfd_detail(spec);

    return memory_text(detail_text(&reader));
}

static void *bfd_engine_new(const struct check_means *means, check_done_function done,
                            void *context)
{
    (void)means;
    return told_new(bfd_judge, done, context);
}

static void bfd_engine_free(void *engine)
{
    told_free(engine);
}

static bool bfd_is_configured(const struct conf *conf, const char *name)
{
    const struct conf_bfd *session;

    STAILQ_FOREACH(session, &conf->bfds, next) {
        if (strcmp(session->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void bfd_configure(void *engine, const struct conf *conf)
{
    told_forget_others(engine, bfd_is_configured, conf);
}

static void bfd_tell(void *engine, const char *name, int64_t value)
{
    told_tell(engine, name, value);
}

static void *bfd_prepare(void *engine, const struct check_spec *spec)
{
    struct detail_reader reader = bfd_detail(spec);

    return told_check_new(engine, spec, detail_text(&reader));
}

static void bfd_forget(void *prepared)
{
    told_check_free(prepared);
}

static void *bfd_start(void *engine, const struct check_spec *spec, void *prepared, void *argument,
                       struct verdict *verdict)
{
    (void)engine;
    (void)spec;
    return told_check_start(prepared, argument, verdict);
}

static void bfd_repeat(void *prepared)
{
    told_check_repeat(prepared);
}

static void bfd_stop(void *run)
{
    told_check_stop(run);
}

const struct check_kind bfd_kind = {
    .name = "BFD_CHECK",
    .success = "the session is up",
    .waits = true,
    .engine_new = bfd_engine_new,
    .engine_free = bfd_engine_free,
    .configure = bfd_configure,
    .tell = bfd_tell,
    .pack = bfd_pack,
    .subject = bfd_subject,
    .prepare = bfd_prepare,
    .forget = bfd_forget,
    .start = bfd_start,
    .repeat = bfd_repeat,
    .stop = bfd_stop,
};
