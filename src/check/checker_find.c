/* SPDX-License-Identifier: Apache-2.0
 *
 * Services and servers by the names that people know them by: those of the status document, and for
 * a group's its name alone, which is the first virtual server of it.
 */
#include "check/checker_private.h"

#include <stdio.h>
#include <string.h>

struct model_service *checker_find_service(const struct checker *checker, const char *name,
                                           char problem[CHECKER_PROBLEM_SIZE])
{
    const struct model *model = checker->model;

    for (uint32_t i = 0; i < model->service_count; i++) {
        if (strcmp(model->services[i].name, name) == 0) {
            return &model->services[i];
        }
    }
    for (uint32_t i = 0; i < model->service_count; i++) {
        if (model->services[i].group && strcmp(model->services[i].group, name) == 0) {
            return &model->services[i];
        }
    }
    (void)snprintf(problem, CHECKER_PROBLEM_SIZE,
                   "there is no virtual server \"%.100s\"; names are as the status has them: "
                   "\"%.60s\"",
                   name, model->service_count ? model->services[0].name : "10.0.0.1:80/tcp");
    return NULL;
}

struct model_server *checker_find_server(const struct model_service *service, const char *name,
                                         char problem[CHECKER_PROBLEM_SIZE])
{
    for (uint32_t i = 0; i < service->server_count; i++) {
        const struct conf_server_key *key = &service->servers[i].key;
        char endpoint[INET_ENDPOINT_TEXT_SIZE];

        if (strcmp(inet_endpoint_text(endpoint, &key->addr, key->port), name) == 0) {
            return &service->servers[i];
        }
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
