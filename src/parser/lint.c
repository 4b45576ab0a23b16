/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of lints, and a run of those that look at the whole. What each of them holds to be wrong
 * is in lint_vrrp.c, lint_service.c and lint_program.c. Pure.
 */
#include "parser/lint.h"

#include "base/text.h"
#include "parser/lint_view.h"
#include "parser/lookup.h"

#include <string.h>

static const struct lint_row lint_rows[LINTS] = {
    [LINT_NEVER_TAKES_OVER] = {"never-takes-over",
                               "An instance can never take the addresses from another director.",
                               lint_never_takes_over},
    [LINT_NEVER_YIELDS] = {"never-yields",
                           "A tracker that fails does not make its instance yield to another "
                           "director.",
                           lint_never_yields},
    [LINT_NOPREEMPT_MASTER] = {"nopreempt-master",
                               "nopreempt with state MASTER or priority 255, where it has no "
                               "effect.",
                               NULL},
    [LINT_VIP_NOT_LOCAL] = {"vip-not-local",
                            "A virtual address that lies in no subnet of this machine.",
                            lint_vip_not_local},
    [LINT_GROUP_ADVERT_INTERVAL] = {"group-advert-interval",
                                    "Members of a sync group have different advert intervals.",
                                    lint_group_advert_interval},
    [LINT_SERVICE_ADDRESS_UNHELD] = {"service-address-unheld",
                                     "A virtual server at an address that no instance holds.",
                                     lint_service_address_unheld},
    [LINT_ANNOUNCED_SCHEDULER] = {"announced-scheduler",
                                  "Several directors announce a service, and each would choose "
                                  "another server for a connection.",
                                  lint_announced_scheduler},
    [LINT_CHECK_TIMEOUT_EXCEEDS_INTERVAL] = {"check-timeout-exceeds-interval",
                                             "A check or a script may take longer than its turns "
                                             "are apart.",
                                             lint_check_timeout},
    [LINT_DR_OTHER_PORT] = {"dr-other-port",
                            "A server behind DR or TUN with a port other than the service's.",
                            NULL},
    [LINT_SERVER_IS_VIP] = {"server-is-vip",
                            "A real server at a virtual address, which is a director's.",
                            lint_server_is_vip},
    [LINT_QUORUM_UNREACHABLE] = {"quorum-unreachable",
                                 "A quorum above the weight of all real servers.", NULL},
    [LINT_BFD_NO_HOPS] = {"bfd-no-hops",
                          "A BFD session over several hops that hears nobody beyond the first.",
                          lint_bfd_no_hops},
    [LINT_SCRIPT_MISSING] = {"script-missing", "A program that does not exist.", lint_programs},
    [LINT_SCRIPT_NOT_EXECUTABLE] = {"script-not-executable",
                                    "A program that its user may not execute.", lint_programs},
    [LINT_SCRIPT_WRITABLE] = {"script-writable",
                              "A program that somebody else than its user could replace.",
                              lint_programs},
    [LINT_MAIL_UNSENT] = {"mail-unsent",
                          "Recipients of mail without a mail server, or the other way round.",
                          NULL},
    [LINT_UNKNOWN_LINT] = {"unknown-lint", "A comment silences a lint that does not exist.", NULL},
};

_Static_assert(LINTS <= 64, "a set of lints fits 64 bits");

const struct lint_row *lint_row(enum lint lint)
{
    return &lint_rows[lint];
}

enum lint lint_find(const char *name, size_t length)
{
    for (enum lint lint = 0; lint < LINTS; lint++) {
        if (strlen(lint_rows[lint].name) == length &&
            memcmp(lint_rows[lint].name, name, length) == 0) {
            return lint;
        }
    }
    return LINTS;
}

const char *lint_nearest(const char *word)
{
    struct build_nearest nearest = {.word = word};

    for (enum lint lint = 0; lint < LINTS; lint++) {
        build_nearest_try(&nearest, lint_rows[lint].name);
    }
    return nearest.best;
}

bool lint_parse_list(const char *text, uint64_t *set, const char **wrong, size_t *length)
{
    for (;;) {
        size_t size = strcspn(text, ",");
        enum lint lint = lint_find(text, size);

        if (lint == LINTS) {
            *wrong = text;
            *length = size;
            return false;
        }
        *set |= LINT_BIT(lint);
        if (!text[size]) {
            return true;
        }
        text += size + 1;
    }
}

struct source_place lint_place(const struct conf_position *position, const char *text)
{
    return (struct source_place){.position = *position, .length = (uint32_t)strlen(text)};
}

void lint_write_seconds(int64_t duration, struct text_buffer *out)
{
    schema_write_seconds(duration, out);
    text_append(out, " s");
}

static void lint_collect_addresses(struct lint_view *view)
{
    const struct parser_machine *machine = view->machine;
    const struct conf_instance *instance;
    struct conf_announced *announced;
    struct conf_address *address;

    for (size_t i = 0; machine && i < machine->count; i++) {
        const struct parser_subnet *subnet = &machine->subnets[i];

        (void)lookup_add(view->interfaces, subnet->interface, strlen(subnet->interface),
                         (void *)subnet);
        (void)lookup_add(view->local, &subnet->prefix.addr, sizeof(subnet->prefix.addr),
                         (void *)subnet);
    }
    STAILQ_FOREACH(instance, &view->conf->instances, next) {
        STAILQ_FOREACH(address, &instance->addresses, next) {
            (void)lookup_add(view->held, &address->prefix.addr, sizeof(address->prefix.addr),
                             address);
        }
    }
    STAILQ_FOREACH(announced, &view->conf->announced, next) {
        (void)lookup_add(view->held, &announced->address.prefix.addr,
                         sizeof(announced->address.prefix.addr), &announced->address);
    }
}

void lint_run(struct build *build)
{
    struct lint_view view = {
        .build = build,
        .conf = build->conf,
        .machine = build->options->inside || !build->conf->place.network_namespace
                       ? build->options->machine
                       : NULL,
        .held = lookup_new(build->scratch),
        .local = lookup_new(build->scratch),
        .interfaces = lookup_new(build->scratch),
        .programs = lookup_new(build->scratch),
    };

    lint_collect_addresses(&view);
    for (enum lint lint = 0; lint < LINTS; lint++) {
        if (lint_rows[lint].run && !(source_silenced(build->source) & LINT_BIT(lint))) {
            lint_rows[lint].run(&view, lint);
        }
    }
    lookup_free(view.held);
    lookup_free(view.local);
    lookup_free(view.interfaces);
    lookup_free(view.programs);
}
