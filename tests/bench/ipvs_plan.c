/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the kernel's whole IPVS table and compares it with a configuration whose servers are all up:
 * what the daemon does at each look, on its own thread and in slices. With "fill" it carries the
 * difference out as well, which is the kernel's work and little else. Prints what each took, as JSON.
 */
#include "base/clock.h"
#include "ipvs/kernel.h"
#include "ipvs/plan.h"
#include "parser/conf.h"
#include "parser/conf_find.h"
#include "parser/diag.h"
#include "parser/parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct conf *ipvs_plan_load(const char *path)
{
    struct diag_list *diagnostics;
    struct conf *conf = parser_load(path, NULL, &diagnostics);

    diag_free(diagnostics);
    if (!conf) {
        (void)fprintf(stderr, "ipvs_plan: %s has errors\n", path);
    }
    return conf;
}

static void ipvs_plan_want(struct table *table, const struct conf_virtual_server *virtual_server,
                           const struct conf_service_key *key)
{
    struct table_service *service = table_put_service(table, key);
    const struct conf_real_server *server;

    service->settings = table_service_settings_of(virtual_server, key->family);
    STAILQ_FOREACH(server, &virtual_server->servers, next) {
        const struct conf_server_key place = conf_member_server(key, server);

        table_put_destination(service, &place)->settings =
            table_destination_settings_of(server, server->weight);
    }
}

static void ipvs_plan_want_all(struct table *table, const struct conf *conf)
{
    const struct conf_virtual_server *virtual_server;

    STAILQ_FOREACH(virtual_server, &conf->virtual_servers, next) {
        for (uint32_t i = 0; i < virtual_server->member_count; i++) {
            ipvs_plan_want(table, virtual_server, &virtual_server->members[i]);
        }
    }
}

/* @return 0 or -errno */
static int ipvs_plan_dump(struct kernel *kernel, struct table *table)
{
    struct table_service *service;
    struct table_service *next;
    int error = kernel_list_services(kernel, table);

    HASH_ITER(hh, table->services, service, next) {
        error = error ? error : kernel_read_destinations(kernel, service);
    }
    return error;
}

static size_t ipvs_plan_count(const struct table *table)
{
    const struct table_service *service;
    size_t count = 0;

    for (service = table->services; service; service = service->hh.next) {
        count += table_count_destinations(service);
    }
    return count;
}

/* @return ns that the kernel took to carry it out */
static int64_t ipvs_plan_apply(struct kernel *kernel, const struct plan *plan)
{
    int *results = memory_new(plan_count(plan) + 1, sizeof(*results));
    int64_t start = clock_now();
    int error = kernel_apply(kernel, plan, results);
    int64_t took = clock_now() - start;

    for (size_t i = 0; i < plan_count(plan) && !error; i++) {
        error = results[i];
    }
    if (error) {
        (void)fprintf(stderr, "ipvs_plan: refused: %s\n", strerror(-error));
        exit(EXIT_FAILURE);
    }
    free(results);
    return took;
}

/* @return an exit status */
static int ipvs_plan_measure(struct kernel *kernel, const struct conf *conf, bool fill)
{
    struct table actual = {0};
    struct table wanted = {0};
    struct table retired = {0};
    struct plan plan = {0};
    int64_t start = clock_now();
    int error = ipvs_plan_dump(kernel, &actual);
    int64_t dumped = clock_now();
    int64_t planned;
    int64_t applied = 0;
    struct kernel_statistics statistics = kernel_statistics(kernel);

    ipvs_plan_want_all(&wanted, conf);
    plan_diff(&plan, &actual, &wanted, &retired);
    planned = clock_now();
    if (fill && !error) {
        applied = ipvs_plan_apply(kernel, &plan);
    }
    if (error) {
        (void)fprintf(stderr, "ipvs_plan: the table cannot be read: %s\n", strerror(-error));
    } else {
        (void)printf(
            "{\"dump_s\": %.9f, \"plan_s\": %.9f, \"apply_s\": %.9f, \"services\": %zu, \"servers\": %zu, "
            "\"operations\": %zu, \"system_calls\": %llu}\n",
            (double)(dumped - start) / (double)CLOCK_SECOND,
            (double)(planned - dumped) / (double)CLOCK_SECOND,
            (double)applied / (double)CLOCK_SECOND, table_count_services(&actual),
            ipvs_plan_count(&actual), plan_count(&plan),
            (unsigned long long)statistics.sends + statistics.receives);
    }
    plan_release(&plan);
    table_release(&actual);
    table_release(&wanted);
    return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
    bool fill = argc == 3 && strcmp(argv[2], "fill") == 0;
    struct conf *conf = argc == 2 || fill ? ipvs_plan_load(argv[1]) : NULL;
    struct kernel *kernel = NULL;
    struct kernel_info info;
    int status = EXIT_FAILURE;
    int error = 0;

    if (argc != 2 && !fill) {
        (void)fprintf(stderr, "usage: ipvs_plan CONFIGURATION [fill]\n");
    } else if (conf) {
        kernel = kernel_open(&info, &error);
    }
    if (error) {
        (void)fprintf(stderr, "ipvs_plan: no IPVS: %s\n", strerror(-error));
    }
    if (kernel) {
        status = ipvs_plan_measure(kernel, conf, fill);
    }
    kernel_close(kernel);
    conf_free(conf);
    return status;
}
