/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of nftables, made by nft(8), which is run at changes of the configuration alone, since the
 * project links no GPL library (DESIGN.md). One file in the runtime directory, one transaction.
 */
#ifndef HOLDFAST_NET_NFT_H
#define HOLDFAST_NET_NFT_H

#include <stdbool.h>

struct log;
struct loop;
struct nft;
struct runner;
struct runtime;
struct text_buffer;

enum { NFT_TABLE_SIZE = 128 };

/* What a table is for. */
struct nft_purpose {
    const char *subject; /* for the log */
    const char *file;    /* in the runtime directory; its last "inet TABLE" names the table */
    const char *lost;    /* what goes wrong without the rules */

    /**
     * Appends what the rules that the kernel has of us leave behind where the table keeps its name.
     * NULL: nothing, since the rules make the table anew.
     */
    void (*write_leftover)(const char *before, const char *rules, struct text_buffer *out);

    void (*done)(void *argument); /* nft has ended, well or not; NULL: nobody waits for it */
    void *argument;
};

/** The table that is named last in a file for nft, as "inet TABLE". @return false: there is none. Pure. */
bool nft_last_table(const char *text, char table[NFT_TABLE_SIZE]);

/**
 * Nothing is in the kernel yet, but what an earlier run left. Every 30 s what nft could not do is tried
 * again, and a table that somebody else has removed is made again (in our own network namespace; in
 * another one at the next nft_want()). All that is passed must outlive it.
 */
struct nft *nft_new(struct loop *loop, struct log *log, struct runner *runner,
                    const struct runtime *runtime, const struct nft_purpose *purpose);

/** Frees it; the kernel keeps what it has. NULL is allowed. */
void nft_free(struct nft *nft);

/** The table is in another network namespace. @param path  of nsenter(1) --net; NULL: in ours */
void nft_set_namespace(struct nft *nft, const char *path);

/**
 * Makes the kernel's table so, in one transaction, also if it should be so already.
 * @param table  its name
 * @param rules  for nft; NULL or empty: the table is removed, if there is one of ours
 * @return whether nft is at work
 */
bool nft_want(struct nft *nft, const char *table, const char *rules);

/** Whether nft is at work. */
bool nft_is_busy(const struct nft *nft);

/** Why the kernel's table is not as it was wanted; NULL: it is. */
const char *nft_problem(const struct nft *nft);

#endif
