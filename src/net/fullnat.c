/* SPDX-License-Identifier: Apache-2.0
 *
 * FULLNAT: the table of nftables. Its rules are fullnat_rules.c's.
 */
#include "net/fullnat.h"

#include "base/memory.h"
#include "base/text.h"
#include "net/nft.h"

#include <stdlib.h>

#define FULLNAT_TABLE "holdfast"
#define FULLNAT_FILE  "fullnat.nft"

struct fullnat {
    struct nft *nft;
};

struct fullnat *fullnat_new(struct loop *loop, struct log *log, struct runner *runner,
                            const struct runtime *runtime, void (*done)(void *argument),
                            void *argument)
{
    struct fullnat *fullnat = memory_new(1, sizeof(*fullnat));

    fullnat->nft =
        nft_new(loop, log, runner, runtime,
                &(struct nft_purpose){.subject = "FULLNAT",
                                      .file = FULLNAT_FILE,
                                      .lost = "servers behind FULLNAT may see the clients' "
                                              "addresses, and their answers be lost",
                                      .write_leftover = fullnat_write_leftover,
                                      .done = done,
                                      .argument = argument});
    return fullnat;
}

void fullnat_free(struct fullnat *fullnat)
{
    if (fullnat) {
        nft_free(fullnat->nft);
        free(fullnat);
    }
}

void fullnat_set_namespace(struct fullnat *fullnat, const char *path)
{
    nft_set_namespace(fullnat->nft, path);
}

bool fullnat_remove(struct fullnat *fullnat)
{
    return nft_want(fullnat->nft, NULL, NULL);
}

bool fullnat_configure(struct fullnat *fullnat, const struct conf *conf,
                       const struct conf_drain *drains, size_t count)
{
    struct text_buffer table = {0};
    struct text_buffer rules = {0};
    bool busy;

    text_append(&rules, "");
    text_appendf(&table, "%s_fullnat",
                 conf->global.nft_table ? conf->global.nft_table : FULLNAT_TABLE);
    fullnat_write(conf, drains, count, table.data, &rules);
    busy = nft_want(fullnat->nft, table.data, rules.data);
    text_release(&table);
    text_release(&rules);
    return busy;
}

const char *fullnat_problem(const struct fullnat *fullnat)
{
    return nft_problem(fullnat->nft);
}
