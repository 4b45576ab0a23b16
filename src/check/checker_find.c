/* SPDX-License-Identifier: Apache-2.0
 *
 * Services and servers by the names that people know them by: those of the status document, and for
 * a group's its name alone, which is the first virtual server of it.
 */
#include "check/checker_private.h"

#include "base/hash.h"
#include "base/slots.h"

#include <stdio.h>
#include <string.h>

void checker_forget_names(struct checker *checker)
{
    slots_release(checker->service_names);
}

static void find_add(struct slots *names, const char *name, uint32_t place)
{
    slots_add(names, hash_of_bytes(name, strlen(name)), place);
}

/* Made when the first one looks: of few models anybody asks for a name. */
static const struct slots *find_names(const struct checker *checker)
{
    const struct model *model = checker->model;

    if (!checker->service_names->count) {
        for (uint32_t i = 0; i < model->service_count; i++) {
            find_add(checker->service_names, model->services[i].name, i);
            if (model->services[i].group) {
                find_add(checker->service_names, model->services[i].group, i);
            }
        }
    }
    return checker->service_names;
}

struct model_service *checker_find_service(const struct checker *checker, const char *name,
                                           char problem[CHECKER_PROBLEM_SIZE])
{
    const struct model *model = checker->model;
    const struct slots *names = find_names(checker);
    unsigned hash = hash_of_bytes(name, strlen(name));
    struct model_service *group = NULL;
    uint32_t cursor = 0;
    uint32_t place;

    while ((place = slots_next(names, hash, &cursor)) != SLOTS_NONE) {
        struct model_service *service = &model->services[place];

        if (strcmp(service->name, name) == 0) {
            return service;
        }
        if (!group && service->group && strcmp(service->group, name) == 0) {
            group = service;
        }
    }
    if (!group) {
        (void)snprintf(problem, CHECKER_PROBLEM_SIZE,
                       "there is no virtual server \"%.100s\"; names are as the status has them: "
                       "\"%.60s\"",
                       name, model->service_count ? model->services[0].name : "10.0.0.1:80/tcp");
    }
    return group;
}

struct model_server *checker_find_server(const struct model_service *service, const char *name,
                                         char problem[CHECKER_PROBLEM_SIZE])
{
    struct conf_server_key key;
    char endpoint[INET_ENDPOINT_TEXT_SIZE];
    struct model_server *server = NULL;

    memset(&key, 0, sizeof(key));
    if (inet_parse_endpoint(name, &key.addr, &key.port)) {
        server = model_server(service, &key);
    }
    if (server && strcmp(inet_endpoint_text(endpoint, &key.addr, key.port), name) == 0) {
        return server;
    }
    (void)snprintf(problem, CHECKER_PROBLEM_SIZE,
                   "%.80s has no real server \"%.100s\"; names are as the status has them",
                   service->name, name);
    return NULL;
}

bool checker_has(const struct checker *checker, const char *service, const char *server)
{
    char problem[CHECKER_PROBLEM_SIZE];
    const struct model_service *found = checker_find_service(checker, service, problem);

    return found && (!*server || checker_find_server(found, server, problem));
}
