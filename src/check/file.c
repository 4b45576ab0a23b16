/* SPDX-License-Identifier: Apache-2.0
 *
 * FILE_CHECK: numbers of files that are told, and what they mean for a check.
 */
#include "check/file.h"

#include "base/memory.h"
#include "base/text.h"
#include "check/detail.h"
#include "check/file_verdict.h"
#include "check/told.h"

#include <string.h>

/* The detail: name, weight, reverse. */
static void file_pack(const struct conf_check *conf, struct text_buffer *out)
{
    const struct conf_file_check *check = (const struct conf_file_check *)conf;

    detail_put_text(out, check->file);
    detail_put_number(out, check->weight);
    detail_put_number(out, check->reverse);
}

static struct detail_reader file_detail(const struct check_spec *spec)
{
    return (struct detail_reader){spec->detail, spec->detail + spec->detail_size};
}

static struct verdict file_judge(const struct check_spec *spec, const char *name, int64_t value)
{
    struct detail_reader reader = file_detail(spec);
    int64_t weight;

    (void)detail_text(&reader);
    weight = detail_number(&reader);
    return file_verdict_of(name, value, (int32_t)weight, detail_number(&reader) != 0);
}

static char *file_subject(const struct check_spec *spec)
{
    struct detail_reader reader = file_detail(spec);

    return memory_text(detail_text(&reader));
}

static void *file_engine_new(const struct check_means *means, check_done_function done,
                             void *context)
{
    (void)means;
    return told_new(file_judge, done, context);
}

static void file_engine_free(void *engine)
{
    told_free(engine);
}

static bool file_is_configured(const struct conf *conf, const char *name)
{
    const struct conf_track_file *file;

    STAILQ_FOREACH(file, &conf->track_files, next) {
        if (strcmp(file->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void file_configure(void *engine, const struct conf *conf)
{
    told_forget_others(engine, file_is_configured, conf);
}

static void file_tell(void *engine, const char *name, int64_t value)
{
    told_tell(engine, name, value);
}

static void *file_prepare(void *engine, const struct check_spec *spec)
{
    struct detail_reader reader = file_detail(spec);

    return told_check_new(engine, spec, detail_text(&reader));
}

static void file_forget(void *prepared)
{
    told_check_free(prepared);
}

static void *file_start(void *engine, const struct check_spec *spec, void *prepared, void *argument,
                        struct verdict *verdict)
{
    (void)engine;
    (void)spec;
    return told_check_start(prepared, argument, verdict);
}

static void file_repeat(void *prepared)
{
    told_check_repeat(prepared);
}

static void file_stop(void *run)
{
    told_check_stop(run);
}

const struct check_kind file_kind = {
    .name = "FILE_CHECK",
    .success = "good",
    .waits = true,
    .engine_new = file_engine_new,
    .engine_free = file_engine_free,
    .configure = file_configure,
    .tell = file_tell,
    .pack = file_pack,
    .subject = file_subject,
    .prepare = file_prepare,
    .forget = file_forget,
    .start = file_start,
    .repeat = file_repeat,
    .stop = file_stop,
};
