/* SPDX-License-Identifier: Apache-2.0
 *
 * The grammar as a table: one row for each keyword of each block. The parser reads configurations
 * by it; error messages, explanations, the manual and the list of keywords are made from it.
 * Adding a keyword is adding a row.
 */
#ifndef HOLDFAST_PARSER_SCHEMA_H
#define HOLDFAST_PARSER_SCHEMA_H

#include "parser/conf_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct build;
struct build_frame;
struct build_item;
struct schema_index;
struct text_buffer;

/* Blocks that have keywords; the top level counts as one. */
enum schema_block {
    SCHEMA_TOP,
    SCHEMA_GLOBAL_DEFS,
    SCHEMA_TRACK_GROUP,
    SCHEMA_SYNC_GROUP,
    SCHEMA_GARP_GROUP,
    SCHEMA_INSTANCE,
    SCHEMA_AUTHENTICATION,
    SCHEMA_AUTH_HMAC,
    SCHEMA_SCRIPT,
    SCHEMA_TRACK_PROCESS,
    SCHEMA_TRACK_FILE,
    SCHEMA_VRRP_TRACK_FILE,
    SCHEMA_SSL,
    SCHEMA_VIRTUAL_SERVER,
    SCHEMA_REAL_SERVER,
    SCHEMA_TCP_CHECK,
    SCHEMA_HTTP_GET,
    SCHEMA_HTTP_GET_URL,
    SCHEMA_SSL_GET,
    SCHEMA_SSL_GET_URL,
    SCHEMA_SMTP_CHECK,
    SCHEMA_SMTP_CHECK_HOST,
    SCHEMA_DNS_CHECK,
    SCHEMA_MISC_CHECK,
    SCHEMA_UDP_CHECK,
    SCHEMA_PING_CHECK,
    SCHEMA_FILE_CHECK,
    SCHEMA_BFD_CHECK,
    SCHEMA_MYSQL_CHECK,
    SCHEMA_AGENT_CHECK,
    SCHEMA_BFD_INSTANCE,
    SCHEMA_BLOCKS,
};

/* What follows a keyword. */
enum schema_kind {
    SCHEMA_KIND_FLAG,      /* nothing: its presence says it all */
    SCHEMA_KIND_BOOL,      /* on/true/yes, off/false/no, or nothing for "on" */
    SCHEMA_KIND_NUMBER,    /* a whole number in minimum..maximum */
    SCHEMA_KIND_SECONDS,   /* seconds with up to `places` decimals; minimum..maximum in ns */
    SCHEMA_KIND_TEXT,      /* one word */
    SCHEMA_KIND_INTERFACE, /* an interface's name */
    SCHEMA_KIND_ADDRESS,   /* an IPv4 or IPv6 address */
    SCHEMA_KIND_CHOICE,    /* one of `choices` */
    SCHEMA_KIND_SCRIPT,    /* a command with its arguments, then USER [GROUP] or not */
    SCHEMA_KIND_COMMAND,   /* a command with its arguments */
    SCHEMA_KIND_USER,      /* USER [GROUP] */
    SCHEMA_KIND_BLOCK,     /* { keywords of the block `opens` }, perhaps after a name */
    SCHEMA_KIND_LINES,     /* { items with their options } */
    SCHEMA_KIND_WORDS,     /* { words } */
    SCHEMA_KIND_SPECIAL,   /* as `arguments` says, read by the row's own reader */
    SCHEMA_KINDS,
};

enum schema_state {
    SCHEMA_IMPLEMENTED,
    SCHEMA_ACCEPTED,      /* read, without effect, harmlessly so; `reason` says why */
    SCHEMA_NOT_SUPPORTED, /* read over with a warning; `reason` says what does not happen */
    SCHEMA_STATES,
};

/* How often it is met: nearly always where its feature is used, often, seldom. */
enum schema_tier {
    SCHEMA_TIER_CORE,
    SCHEMA_TIER_COMMON,
    SCHEMA_TIER_RARE,
};

enum schema_flag {
    SCHEMA_REQUIRED = 1U << 0,     /* a block without it is an error */
    SCHEMA_FIRST_COUNTS = 1U << 1, /* of several the first one counts, as in keepalived */
    SCHEMA_ZERO_IS_ONE = 1U << 2,  /* 0 is read as 1, as in keepalived */
    SCHEMA_FATAL = 1U << 3,        /* not supported, and without it the rest would do harm */
    SCHEMA_ANY_CASE = 1U << 4,     /* the words of its choice may be in any letter case */
    SCHEMA_REPEATS = 1U << 5,      /* several add up; none is one too many */
    SCHEMA_HIDDEN = 1U << 6,       /* no fact of its own: a default for others, or another's name */
    SCHEMA_OURS = 1U << 7,         /* keepalived does not know it */
    SCHEMA_SECRET = 1U << 8,       /* a password, unless the value says where it is */
};

/* What a row's value is stored in. */
enum schema_base {
    SCHEMA_NOWHERE, /* the row's reader knows */
    SCHEMA_OBJECT,  /* the block's structure of conf.h */
    SCHEMA_EXTRA,   /* what the parser keeps beside it until the load ends (build.h) */
};

struct schema_target {
    enum schema_base base;
    uint16_t offset; /* bytes from the start of the structure */
    uint16_t size;   /* bytes of the field */
};

struct schema_row;
struct schema_option;

/* Reads an option's argument into the item; the option itself has been read. */
typedef void (*schema_option_reader)(struct build *build, struct build_item *item,
                                     const struct schema_option *option);

/* A word that may follow an item of a value block. */
struct schema_option {
    const char *name;
    const char *argument; /* NULL: none */
    const char *help;
    const char *reason;        /* not supported: what does not happen; NULL: it is implemented */
    schema_option_reader read; /* NULL where it is not implemented */
};

/* Reads a keyword's arguments or its block; the keyword itself has been read. */
typedef void (*schema_reader)(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);

/* Writes what the reader read. @return whether there is something; a flag has no text */
typedef bool (*schema_writer)(const void *object, const struct schema_row *row,
                              struct text_buffer *out);

struct schema_row {
    const char *name;
    enum schema_kind kind;
    enum schema_state state;
    enum schema_tier tier;
    unsigned flags;        /* of enum schema_flag */
    const char *help;      /* one line */
    const char *since;     /* the version that has it; NULL where it is not implemented */
    const char *reason;    /* see enum schema_state; a '%' stands for the block's subject */
    const char *arguments; /* as the manual writes them; NULL: schema_write_syntax() derives them */
    const char *example;   /* arguments of an example; NULL: schema_write_example() derives them */
    const char *unit;      /* of SCHEMA_KIND_NUMBER: "packets", or "none" */
    const char *fallback;  /* the default as text; NULL: `initial`, or none */
    int64_t minimum;
    int64_t maximum;
    unsigned places; /* decimals of SCHEMA_KIND_SECONDS */
    bool clears;     /* a flag that stores 0 where others store 1 */
    bool has_initial;
    int64_t initial; /* the field's value until the keyword is read, in the field's own unit */
    const struct conf_name *choices;     /* ends with a NULL name */
    const struct schema_option *options; /* of the items of a value block; ends with a NULL name */
    enum schema_block opens;             /* of SCHEMA_KIND_BLOCK */
    struct schema_target target;
    struct schema_target effective; /* where the last word is, if the target is an extra */
    schema_reader read;             /* NULL: the kind's */
    schema_writer write;            /* NULL: the kind's */
};

struct schema_block_info {
    const char *name;   /* as it is written: "real_server" */
    const char *parent; /* where it stands: "virtual_server"; NULL at the top level */
    const struct schema_row *rows;
    size_t count;
    size_t object_size; /* of the structure for SCHEMA_OBJECT; 0: its parent's */
    size_t extra_size;  /* of the structure for SCHEMA_EXTRA; 0: its parent's */
};

enum { SCHEMA_BLOCK_ROWS = 160 }; /* no block has more rows */

/** What is known of a block; `block` is below SCHEMA_BLOCKS. */
struct schema_block_info schema_block(enum schema_block block);

/** The name of a state: "implemented", "accepted" or "not supported". */
const char *schema_state_name(enum schema_state state);

/** The name of a kind: "switch", "number", "seconds", "block". */
const char *schema_kind_name(enum schema_kind kind);

/**
 * Appends what follows a keyword, as a manual writes it: "1..255", "[on|off]", "NAME { ... }".
 * Nothing is appended for a keyword that stands alone.
 */
void schema_write_syntax(const struct schema_row *row, struct text_buffer *out);

/** Appends the default as text ("5", "none", "the virtual server's"). */
void schema_write_default(const struct schema_row *row, struct text_buffer *out);

/** Where the effective value of a row is; its base is SCHEMA_OBJECT where there is one. */
static inline struct schema_target schema_effective(const struct schema_row *row)
{
    return row->effective.base == SCHEMA_NOWHERE ? row->target : row->effective;
}

/** Whether a keyword has a block or a value block. */
static inline bool schema_has_braces(const struct schema_row *row)
{
    return row->kind == SCHEMA_KIND_BLOCK || row->kind == SCHEMA_KIND_LINES ||
           row->kind == SCHEMA_KIND_WORDS;
}

/** Appends a duration in ns as seconds: "0.5". */
void schema_write_seconds(int64_t duration, struct text_buffer *out);

/** Appends the range of a number or a duration: "1..255", "0.01..255 seconds". */
void schema_write_range(const struct schema_row *row, struct text_buffer *out);

/** The unit of a number or a duration: "packets", "seconds", or "none"; NULL for other kinds. */
const char *schema_unit(const struct schema_row *row);

/**
 * Appends a statement that a file could have: the keyword with good arguments, and the block that
 * it opens on further lines. The last line has no newline.
 */
void schema_write_example(const struct schema_row *row, struct text_buffer *out);

/**
 * Appends why a row has no effect, or what does not happen; its `reason` is not NULL.
 * @param block  the name of the block that it stands in, which the reason may have
 */
void schema_write_reason(const char *block, const struct schema_row *row, struct text_buffer *out);

/** Appends words as "NAT, DR or TUN". */
void schema_write_choices(const struct conf_name *choices, struct text_buffer *out);

/**
 * A hash of all rows, and for each block the structures with all defaults in place. It is made for
 * a load, so that nothing global changes.
 */
struct schema_index *schema_index_new(void);

/** Frees it. NULL is allowed. */
void schema_index_free(struct schema_index *index);

/**
 * Finds a keyword of a block.
 * @param length  bytes of `name`
 * @return the row, or NULL
 */
const struct schema_row *schema_find(const struct schema_index *index, enum schema_block block,
                                     const char *name, size_t length);

/**
 * The first row of all blocks that has these options, where they are told; NULL where none has.
 * @param where  set to the row's block
 */
const struct schema_row *schema_first_with_options(const struct schema_option *options,
                                                   struct schema_block_info *where);

/**
 * A block's structure with every default in place, to be copied.
 * @return NULL where the block has no such structure of its own
 */
const void *schema_template(const struct schema_index *index, enum schema_block block,
                            enum schema_base base);

/** Stores a whole number in a field of 1, 2, 4 or 8 bytes of a structure. */
void schema_store(void *structure, const struct schema_target *target, int64_t value);

#endif
