/* SPDX-License-Identifier: Apache-2.0
 *
 * Our packet filter: the rules. What runs nft(8) is nft.c.
 */
#include "net/filter.h"

#include "base/memory.h"
#include "base/text.h"
#include "net/nft.h"

#include <stdlib.h>

#define FILTER_TABLE "holdfast"
#define FILTER_FILE  "filter.nft"

struct filter {
    struct nft *nft;
};

struct filter *filter_new(struct loop *loop, struct log *log, struct runner *runner,
                          const struct runtime *runtime)
{
    struct filter *filter = memory_new(1, sizeof(*filter));

    filter->nft = nft_new(loop, log, runner, runtime,
                          &(struct nft_purpose){.subject = "packet filter",
                                                .file = FILTER_FILE,
                                                .lost = "addresses with no_accept take packets"});
    return filter;
}

void filter_free(struct filter *filter)
{
    if (filter) {
        nft_free(filter->nft);
        free(filter);
    }
}

/* ---- Rules ------------------------------------------------------------------------------------- */

/* Appends the addresses of one family that are refused. @return how many */
static unsigned filter_write_elements(const struct conf *conf, uint8_t family,
                                      struct text_buffer *out)
{
    const struct conf_instance *instance;
    const struct conf_address *address;
    unsigned count = 0;

    STAILQ_FOREACH(instance, &conf->instances, next) {
        if (instance->accept) {
            continue;
        }
        STAILQ_FOREACH(address, &instance->addresses, next) {
            char text[INET_ADDR_TEXT_SIZE];

            if (address->prefix.addr.family == family) {
                text_appendf(out, "%s%s", count++ ? ", " : "",
                             inet_text(text, &address->prefix.addr));
            }
        }
    }
    return count;
}

static void filter_write_family(const struct conf *conf, uint8_t family, struct text_buffer *out)
{
    const char *counter = conf->global.nft_counters ? "counter " : "";
    struct text_buffer elements = {0};

    text_append(&elements, "");
    if (filter_write_elements(conf, family, &elements)) {
        text_appendf(out, "        %s daddr { %s } %sdrop\n", family == AF_INET ? "ip" : "ip6",
                     elements.data, counter);
    }
    text_release(&elements);
}

void filter_write(const struct conf *conf, const char *table, struct text_buffer *out)
{
    struct text_buffer rules = {0};

    text_append(&rules, "");
    filter_write_family(conf, AF_INET, &rules);
    filter_write_family(conf, AF_INET6, &rules);
    if (rules.length) {
        text_appendf(out,
                     "add table inet %s\n"
                     "delete table inet %s\n"
                     "table inet %s {\n"
                     "    chain input {\n"
                     "        type filter hook input priority %d; policy accept;\n"
                     "        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n"
                     "%s"
                     "    }\n"
                     "}\n",
                     table, table, table, conf->global.nft_priority, rules.data);
    }
    text_release(&rules);
}

/* ---- The kernel -------------------------------------------------------------------------------- */

bool filter_remove(struct filter *filter)
{
    return nft_want(filter->nft, NULL, NULL);
}

void filter_configure(struct filter *filter, const struct conf *conf)
{
    const char *table = conf->global.nft_table ? conf->global.nft_table : FILTER_TABLE;
    struct text_buffer rules = {0};

    text_append(&rules, "");
    filter_write(conf, table, &rules);
    (void)nft_want(filter->nft, table, rules.data);
    text_release(&rules);
}
