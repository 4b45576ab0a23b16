/* SPDX-License-Identifier: Apache-2.0
 *
 * Things with a name and a value, and the checks that wait for the value to change.
 */
#include "check/told.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

struct told_thing {
    char *name;
    bool known; /* its value was told */
    int64_t value;
    struct told_check *checks;
    UT_hash_handle hh;
};

struct told {
    told_judge_function judge;
    check_done_function done;
    void *context; /* done's */
    struct told_thing *things;
};

struct told_check {
    struct told *told;
    struct told_thing *thing;
    const struct check_spec *spec;
    bool waits; /* a run does */
    void *argument;
    bool again;    /* the answer is to be given once more */
    bool answered; /* with: */
    int64_t value;
    struct told_check *prev; /* of the thing */
    struct told_check *next;
};

struct told *told_new(told_judge_function judge, check_done_function done, void *context)
{
    struct told *told = memory_new(1, sizeof(*told));

    told->judge = judge;
    told->done = done;
    told->context = context;
    return told;
}

static void told_drop(struct told *told, struct told_thing *thing)
{
    HASH_DEL(told->things, thing); /* NOLINT(clang-analyzer-unix.Malloc): unlinks it */
    free(thing->name);
    free(thing);
}

void told_free(struct told *told)
{
    struct told_thing *thing = told->things;

    HASH_CLEAR(hh, told->things);
    while (thing) {
        struct told_thing *next = thing->hh.next;

        free(thing->name);
        free(thing);
        thing = next;
    }
    free(told);
}

static struct told_thing *told_thing(struct told *told, const char *name)
{
    struct told_thing *thing;

    HASH_FIND_STR(told->things, name, thing);
    if (!thing) {
        thing = memory_new(1, sizeof(*thing));
        thing->name = memory_text(name);
        HASH_ADD_KEYPTR(hh, told->things, thing->name, strlen(thing->name), thing);
    }
    return thing;
}

/* The check has its answer. */
static struct verdict told_answer(struct told_check *check)
{
    check->waits = false;
    check->again = false;
    check->answered = true;
    check->value = check->thing->value;
    return check->told->judge(check->spec, check->thing->name, check->value);
}

void told_tell(struct told *told, const char *name, int64_t value)
{
    struct told_thing *thing = told_thing(told, name);
    struct told_check *check;

    if (thing->known && thing->value == value) {
        return;
    }
    thing->known = true;
    thing->value = value;
    DL_FOREACH(thing->checks, check) {
        if (check->waits && !(check->answered && check->value == value)) {
            const struct verdict verdict = told_answer(check);

            told->done(told->context, check->argument, &verdict);
        }
    }
}

void told_forget_others(struct told *told,
                        bool (*wanted)(const struct conf *conf, const char *name),
                        const struct conf *conf)
{
    struct told_thing *thing;
    struct told_thing *next;

    HASH_ITER(hh, told->things, thing, next) {
        if (wanted(conf, thing->name)) {
            continue;
        }
        thing->known = false; /* if it comes back, it is another one */
        if (!thing->checks) {
            told_drop(told, thing);
        }
    }
}

struct told_check *told_check_new(struct told *told, const struct check_spec *spec,
                                  const char *name)
{
    struct told_check *check = memory_new(1, sizeof(*check));

    check->told = told;
    check->thing = told_thing(told, name);
    check->spec = spec;
    DL_APPEND(check->thing->checks, check);
    return check;
}

void told_check_free(struct told_check *check)
{
    struct told_thing *thing = check->thing;

    DL_DELETE(thing->checks, check);
    if (!thing->checks && !thing->known) {
        told_drop(check->told, thing);
    }
    free(check);
}

void *told_check_start(struct told_check *check, void *argument, struct verdict *verdict)
{
    if (check->thing->known &&
        (check->again || !(check->answered && check->value == check->thing->value))) {
        *verdict = told_answer(check);
        return NULL;
    }
    check->waits = true;
    check->argument = argument;
    return check;
}

void told_check_repeat(struct told_check *check)
{
    check->again = true;
}

void told_check_stop(struct told_check *check)
{
    check->waits = false;
}
