/* SPDX-License-Identifier: Apache-2.0
 *
 * The virtual interfaces of one instance: keeps what was obtained, so that what is configured no more
 * can be released.
 */
#include "vrrp/virtual.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { VIRTUAL_OWNER_SIZE = 64 };

/* One that was asked for. */
struct virtual_interface {
    char name[CONF_INTERFACE_SIZE];
    char owner[VIRTUAL_OWNER_SIZE];
    bool wanted; /* by the configuration that is being looked at */
};

struct virtual
{
    const struct vrrp_hooks *hooks;
    struct virtual_interface *interfaces;
    size_t count;
    int index;
    bool up;
    char promoted[CONF_INTERFACE_SIZE]; /* whose promote_secondaries is held; "": none */
};

struct virtual *virtual_new(const struct vrrp_hooks *hooks)
{
    struct virtual *virtual = memory_new(1, sizeof(*virtual));

    virtual->hooks = hooks;
    return virtual;
}

static void virtual_promote(struct virtual *virtual, const char *interface)
{
    const struct vrrp_hooks *hooks = virtual->hooks;

    if (strcmp(virtual->promoted, interface) == 0) {
        return;
    }
    if (*virtual->promoted) {
        hooks->promote(hooks->argument, virtual->promoted, false);
    }
    if (*interface) {
        hooks->promote(hooks->argument, interface, true);
    }
    (void)text_copy(virtual->promoted, sizeof(virtual->promoted), interface);
}

/* Lets go of what nobody wants any more. */
static void virtual_sweep(struct virtual *virtual)
{
    const struct vrrp_hooks *hooks = virtual->hooks;
    size_t kept = 0;

    for (size_t i = 0; i < virtual->count; i++) {
        struct virtual_interface *one = &virtual->interfaces[i];

        if (one->wanted) {
            virtual->interfaces[kept++] = *one;
        } else {
            hooks->release_virtual(hooks->argument, one->owner, one->name);
        }
    }
    virtual->count = kept;
}

void virtual_free(struct virtual *virtual)
{
    if (!virtual) {
        return;
    }
    for (size_t i = 0; i < virtual->count; i++) {
        virtual->interfaces[i].wanted = false;
    }
    virtual_sweep(virtual);
    virtual_promote(virtual, "");
    free(virtual->interfaces);
    free(virtual);
}

static void virtual_note(struct virtual *virtual, const char *owner, const char *name)
{
    size_t at = 0;

    while (at < virtual->count && strcmp(virtual->interfaces[at].name, name) != 0) {
        at++;
    }
    if (at == virtual->count) {
        virtual->interfaces = memory_resize(virtual->interfaces, ++virtual->count,
                                            sizeof(*virtual->interfaces));
        (void)text_copy(virtual->interfaces[at].name, CONF_INTERFACE_SIZE, name);
    }
    (void)text_copy(virtual->interfaces[at].owner, VIRTUAL_OWNER_SIZE, owner);
    virtual->interfaces[at].wanted = true;
}

void virtual_observe(struct virtual *virtual, const struct conf_instance *conf, bool up,
                     void (*problem)(void *argument, const char *text), void *argument)
{
    const struct vrrp_hooks *hooks = virtual->hooks;
    const struct conf_vmac *vmac;

    virtual->index = 0;
    for (size_t i = 0; i < virtual->count; i++) {
        virtual->interfaces[i].wanted = false;
    }
    STAILQ_FOREACH(vmac, &conf->vmacs, next) {
        char text[VRRP_PROBLEM_SIZE];
        int index = hooks->obtain_virtual(hooks->argument, conf->name, vmac, text);

        virtual_note(virtual, conf->name, vmac->name);
        if (!index) {
            problem(argument, text);
        } else if (vmac == conf->vmac) {
            virtual->index = index;
        }
    }
    virtual_sweep(virtual);
    virtual_set_up(virtual, up);
    virtual_promote(virtual, conf->promote_secondaries ? conf->interface : "");
}

void virtual_set_up(struct virtual *virtual, bool up)
{
    const struct vrrp_hooks *hooks = virtual->hooks;

    virtual->up = up;
    for (size_t i = 0; i < virtual->count; i++) {
        const struct virtual_interface *one = &virtual->interfaces[i];

        hooks->raise_virtual(hooks->argument, one->owner, one->name, up);
    }
}

bool virtual_has_any(const struct virtual *virtual)
{
    return virtual->count > 0;
}

bool virtual_is_up(const struct virtual *virtual)
{
    return virtual->up;
}

int virtual_index(const struct virtual *virtual)
{
    return virtual->index;
}
