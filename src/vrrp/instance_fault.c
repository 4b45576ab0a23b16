/* SPDX-License-Identifier: Apache-2.0
 *
 * What keeps an instance from working: the list of reasons, each with what would end it, and the
 * address that the kernel refuses.
 */
#include "base/clock.h"
#include "base/loop.h"
#include "base/memory.h"
#include "vrrp/instance_inside.h"

#include <stdio.h>
#include <stdlib.h>

/* How long an address that the kernel refused keeps its instance in FAULT. */
#define INSTANCE_FIRST_REFUSAL (30 * CLOCK_SECOND)
#define INSTANCE_LAST_REFUSAL  (3600 * CLOCK_SECOND)

void instance_add_fault(struct instance_faults *faults, const char *format, ...)
{
    va_list arguments;

    if (!faults->kept) {
        faults->kept = memory_new(INSTANCE_FAULTS, sizeof(*faults->kept));
    }
    if (faults->count < INSTANCE_FAULTS) {
        va_start(arguments, format);
        faults->kept[faults->count].text = instance_format(format, arguments);
        va_end(arguments);
    }
    faults->count++;
}

void instance_add_cure(struct instance_faults *faults, const char *format, ...)
{
    va_list arguments;

    if (faults->count && faults->count <= INSTANCE_FAULTS) {
        va_start(arguments, format);
        faults->kept[faults->count - 1].cure = instance_format(format, arguments);
        va_end(arguments);
    }
}

void instance_clear_faults(struct instance_faults *faults)
{
    for (unsigned i = 0; i < faults->count && i < INSTANCE_FAULTS; i++) {
        free(faults->kept[i].text);
        free(faults->kept[i].cure);
    }
    free(faults->kept);
    *faults = (struct instance_faults){0};
}

/* How long it stays in FAULT: longer each time, for each try costs the other director the address. */
static int64_t instance_refusal_wait(int64_t before)
{
    if (!before) {
        return INSTANCE_FIRST_REFUSAL;
    }
    return before * 2 < INSTANCE_LAST_REFUSAL ? before * 2 : INSTANCE_LAST_REFUSAL;
}

void instance_address_fault_over(void *argument, int64_t now, int64_t late)
{
    struct instance *instance = argument;

    (void)now;
    (void)late;
    free(instance->address_fault);
    instance->address_fault = NULL;
    instance_observe(instance);
    instance_act(instance);
}

void instance_refuse_address(struct instance *instance, const char *text)
{
    if (instance->stopped) {
        return;
    }
    free(instance->address_fault);
    instance->address_fault = memory_text(text);
    instance->address_fault_wait = instance_refusal_wait(instance->address_fault_wait);
    loop_timer_set(instance->address_fault_timer, clock_now() + instance->address_fault_wait);
    instance_observe(instance);
    instance_act(instance);
}

void instance_forgive_address(struct instance *instance)
{
    instance->address_fault_wait = 0;
    if (instance->address_fault && !instance->stopped) {
        loop_timer_set(instance->address_fault_timer, clock_now());
    }
}
