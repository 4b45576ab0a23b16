/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of a model, made part by part.
 */
#include "check/model.h"

#include "base/memory.h"

#include <stddef.h>
#include <string.h>

struct model *model_copy_new(const struct model *model)
{
    struct model *copy = model_new();

    copy->service_count = model->service_count;
    copy->server_count = model->server_count;
    copy->link_count = model->link_count;
    copy->check_count = model->check_count;
    copy->names_size = model->names_size;
    copy->services = memory_new(model->service_count + 1, sizeof(*copy->services));
    copy->servers = memory_new(model->server_count + 1, sizeof(*copy->servers));
    copy->links = memory_new(model->link_count + 1, sizeof(*copy->links));
    copy->checks = memory_new(model->check_count + 1, sizeof(struct model_check *));
    copy->own_checks = memory_new(model->check_count + 1, sizeof(*copy->own_checks));
    copy->names = memory_new(model->names_size + 1, 1);
    if (model->names_size) {
        memcpy(copy->names, model->names, model->names_size);
    }
    return copy;
}

static char *copy_text(const char *text)
{
    return text ? memory_text(text) : NULL;
}

/* The copy of a check, made now unless it is there. */
static struct model_check *copy_check(struct model *copy, const struct model_check *check)
{
    struct model_check *own = &copy->own_checks[check->index];

    if (copy->checks[check->index]) {
        return own;
    }
    *own = *check;
    own->links = NULL;
    own->prepared = NULL;
    own->name = NULL;
    own->host = copy_text(check->host);
    own->subject = copy_text(check->subject);
    own->text = copy_text(check->text);
    own->failure = copy_text(check->failure);
    own->spec.detail_size = 0;
    copy->checks[check->index] = own;
    return own;
}

static struct model_server *copy_server(struct model *copy, const struct model *model,
                                        const struct model_server *server,
                                        struct model_service *service)
{
    struct model_server *own = copy->servers + (server - model->servers);

    *own = *server;
    own->service = service;
    if (!server->links) {
        return own;
    }
    own->links = copy->links + (server->links - model->links);
    for (uint32_t i = 0; i < server->link_count; i++) {
        own->links[i] = server->links[i];
        own->links[i].next = NULL;
        own->links[i].server = own;
        own->links[i].check = copy_check(copy, server->links[i].check);
    }
    return own;
}

/* The head of a service: all of it but its servers. */
static void copy_head(struct model *copy, const struct model *model, uint32_t index)
{
    const struct model_service *service = &model->services[index];
    struct model_service *own = &copy->services[index];

    *own = *service;
    own->name = copy->names + (service->name - model->names);
    own->group = service->group ? copy->names + (service->group - model->names) : NULL;
    own->addresses = NULL;
    own->address_count = 0;
    own->by_key = NULL;
    own->servers = copy->servers + (service->servers - model->servers);
    own->sorry = service->sorry ? copy_server(copy, model, service->sorry, own) : NULL;
}

uint32_t model_copy_part(struct model *copy, const struct model *model, uint32_t index,
                         uint32_t first, uint32_t most)
{
    const struct model_service *service = &model->services[index];
    uint32_t left = service->server_count - first;
    uint32_t end = first + (left < most ? left : most);

    if (first == 0) {
        copy_head(copy, model, index);
    }
    for (uint32_t i = first; i < end; i++) {
        (void)copy_server(copy, model, &service->servers[i], &copy->services[index]);
    }
    return end;
}
