/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the parser: from tokens to structures, by the rows of the schema. What a block's keywords
 * say is stored in its structure of conf.h or, where it is not yet the last word (a default for
 * inner blocks, a name still to be found), in an "extra" beside it. When a block ends, or for VRRP
 * when the whole text has been read, the extras are resolved and what they say is put in its place.
 */
#ifndef HOLDFAST_PARSER_BUILD_H
#define HOLDFAST_PARSER_BUILD_H

#include "parser/conf.h"
#include "parser/lexer.h"
#include "parser/schema.h"
#include "parser/source.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct arena;
struct lookup;

enum {
    BUILD_UNSET = -1,          /* a setting that its block did not give */
    BUILD_PERSISTENCE_S = 360, /* persistence_timeout without a number: keepalived's */
    BUILD_WORD_SHOWN = 64,     /* bytes of a word from the file that a message shows */
};

/* ---- What is kept beside the structures of conf.h -------------------------------------------- */

/* Where the keywords of one block stand; valid where the row's bit in `seen` is set. */
enum { BUILD_SEEN_WORDS = SCHEMA_BLOCK_ROWS / 64 + 1 }; /* room for a bit behind the last row */
struct build_marks {
    enum schema_block block;
    uint64_t seen[BUILD_SEEN_WORDS];
    struct source_place *places; /* by the row's index; packed: of the rows in `seen` alone */
    bool packed;
};

/* Settings that global_defs gives to every vrrp_instance. Durations are ns, truths 0 and 1. */
enum build_vrrp_setting {
    BUILD_VERSION,
    BUILD_DOWN_TIMER_ADVERTS,
    BUILD_LOWER_PRIO_NO_ADVERT,
    BUILD_HIGHER_PRIO_SEND_ADVERT,
    BUILD_HANDOVER,
    BUILD_STRICT,
    BUILD_OWNER_IGNORE_ADVERTS,
    BUILD_NOTIFY_PRIORITY,
    BUILD_VRRP_MAIL,
    BUILD_SKIP_CHECK_ADV_ADDR,
    BUILD_CHECKSUM_AS_V2,
    BUILD_GARP_DELAY,
    BUILD_GARP_REPEAT,
    BUILD_GARP_REFRESH,
    BUILD_GARP_REFRESH_REPEAT,
    BUILD_GARP_LOWER_PRIO_DELAY,
    BUILD_GARP_LOWER_PRIO_REPEAT,
    BUILD_GARP_EXTRA, /* whole seconds, in ns; BUILD_GARP_EXTRA_ALL is added for `all` */
    BUILD_VRRP_SETTINGS,
};

enum {
    BUILD_HIGHEST_REALTIME = 99, /* sched_get_priority_max(SCHED_RR) on Linux: sched(7) */
    BUILD_PROCESS_WORDS = 32,
    BUILD_HIGHEST_CPU = 1023, /* CPU_SETSIZE - 1: CPU_SET(3) */
};

enum { BUILD_MAIL_UNDECIDED = 2 }; /* of struct conf_real_server and struct conf_virtual_server */
enum { BUILD_GARP_EXTRA_ALL = 1 };
enum { BUILD_MOST_GARPS = 100 }; /* for each address in one burst: keepalived sends 5 by default */

/* Settings that a virtual_server gives to its real_servers, and those to their checkers. */
enum build_service_setting {
    BUILD_CONNECT_TIMEOUT,
    BUILD_DELAY_LOOP,
    BUILD_DELAY_BEFORE_RETRY,
    BUILD_WARMUP,
    BUILD_RETRY,
    BUILD_ALPHA,
    BUILD_LOG_ALL_FAILURES,
    BUILD_WEIGHT,
    BUILD_SLOW_START,
    BUILD_DRAIN_TIMEOUT,
    BUILD_INHIBIT_ON_FAILURE,
    BUILD_MAIL, /* a virtual_server's is not its servers' */
    BUILD_SERVICE_SETTINGS,
};

/* The connection sync daemon, until all instances are known. */
struct build_sync_daemon {
    struct conf_sync_daemon conf;
    bool id_given;                      /* else it is the instance's VRID */
    struct source_place instance_place; /* of its name */
};

struct build_global {
    int64_t vrrp[BUILD_VRRP_SETTINGS];
    struct inet_addr mcast_group;
    struct inet_addr mcast_group6;
    const char *vmac_prefix;
    const char *vmac_addr_prefix;
    struct build_sync_daemon sync_daemon;
    int64_t mail;             /* smtp_alert, */
    int64_t checker_mail;     /* smtp_alert_checker: BUILD_UNSET: not given */
    uint8_t log_all_failures; /* checker_log_all_failures */
    uint8_t min_garp;
};

/* A line of track_script, until all scripts are known. */
struct build_track_script {
    STAILQ_ENTRY(build_track_script) next;
    const char *name;
    int weight;
    bool weight_given;
    bool reverse;
    struct source_place place;
};
STAILQ_HEAD(build_track_script_list, build_track_script);

/* A line of track_file, track_process or track_bfd, until all blocks are known. */
struct build_track {
    STAILQ_ENTRY(build_track) next;
    enum conf_track_kind kind;
    const char *name;
    int weight;
    bool weight_given;
    bool reverse;
    struct source_place place;
};
STAILQ_HEAD(build_track_list, build_track);

/* A FILE_CHECK or BFD_CHECK, until all blocks are known. */
struct build_reference {
    STAILQ_ENTRY(build_reference) next;
    enum conf_track_kind kind;
    struct conf_check *check;
    const char *name;
    struct source_place place; /* of the name */
};
STAILQ_HEAD(build_reference_list, build_reference);

struct build_instance {
    STAILQ_ENTRY(build_instance) next;
    struct conf_instance *instance;
    bool native_ipv6;
    const char *sync_interface; /* lvs_sync_daemon_interface; NULL: none */
    int64_t settings[BUILD_VRRP_SETTINGS];
    struct build_track_script_list track_scripts;
    struct build_track_list tracks;
    struct source_place place; /* of the block */
    struct build_marks marks;
};
STAILQ_HEAD(build_instance_list, build_instance);

struct build_sync_group {
    STAILQ_ENTRY(build_sync_group) next;
    struct conf_sync_group *group;
    int64_t notify_priority; /* BUILD_UNSET: as global_defs has it */
    int64_t mail;            /* the same of smtp_alert */
    struct build_track_script_list track_scripts;
    struct build_track_list tracks;
    struct source_place place; /* of the block */
};
STAILQ_HEAD(build_sync_group_list, build_sync_group);

/* A checker. */
struct build_check {
    int64_t settings[BUILD_SERVICE_SETTINGS];
};

/* A real_server; `entry` is the one that is being read. */
struct build_real_server {
    int64_t settings[BUILD_SERVICE_SETTINGS];
    struct build_server_entry *entry;
};

/* Extras of servers, or of checkers, in one virtual_server. Both begin with their settings. */
struct build_extras {
    void *last;  /* of the last block; NULL: none yet */
    void *spare; /* not needed, since its block shares the last one's; NULL: none */
};

/*
 * What is kept of a checker and of a real_server until their virtual_server ends. There may be very
 * many: neighbours that say the same share their settings, and the place of the keyword is in
 * `position` of the structure of conf.h, but for what stands here.
 */
struct build_check_entry {
    STAILQ_ENTRY(build_check_entry) next;
    struct conf_check *check;
    struct build_check *extra; /* for its settings */
    const struct source_origin *origin;
    uint32_t length;
};
STAILQ_HEAD(build_check_list, build_check_entry);

struct build_server_entry {
    STAILQ_ENTRY(build_server_entry) next;
    struct conf_real_server *server;
    struct build_real_server *extra; /* for its settings */
    struct build_check_list checks;
    const struct source_origin *origin;
    uint32_t length;
    bool forward_given;
};
STAILQ_HEAD(build_server_list, build_server_entry);

/* A virtual_server, until it ends. */
struct build_virtual_server {
    struct conf_virtual_server *service;
    int64_t settings[BUILD_SERVICE_SETTINGS];
    int32_t scheduler; /* index in conf_scheduler_names */
    int32_t protocol;
    int32_t family;            /* ip_family */
    uint32_t ipv6_granularity; /* bits; 0: not given */
    struct inet_addr netmask;  /* persistence_granularity for IPv4 */
    uint8_t ops;
    uint8_t flag_1;
    uint8_t flag_2;
    uint8_t flag_3;
    uint8_t sh_port;
    uint8_t sh_fallback;
    uint8_t mh_port;
    uint8_t mh_fallback;
    struct build_server_list servers;
    bool sorry_forward_given;
    enum conf_forward sorry_forward;
    struct conf_tunnel sorry_tunnel;
    struct source_place sorry_place;
    struct source_place place; /* of the block, as in all others here */
    const char *group;         /* the name of its virtual_server_group; NULL: none */
    struct source_place group_place;
    struct build_marks marks; /* where it has a group: it is finished when all of these are known */
    struct conf_service_key ports;           /* what its servers are told of ports and marks */
    bool several_ports;                      /* its services have */
    STAILQ_ENTRY(build_virtual_server) next; /* where it has a group */
};
STAILQ_HEAD(build_virtual_server_list, build_virtual_server);

/* The files of /etc/iproute2 and of where the distribution keeps its own. */
enum build_names {
    BUILD_NAMES_TABLES,
    BUILD_NAMES_PROTOCOLS,
    BUILD_NAMES_SCOPES,
    BUILD_NAMES_TOS,
    BUILD_NAMES_REALMS,
    BUILD_NAMES_GROUPS,
    BUILD_NAMES,
};

/* ---- The load -------------------------------------------------------------------------------- */

struct build {
    const struct parser_options *options;
    struct source *source;
    struct expand *expand;
    struct lexer *lexer;
    struct schema_index *schema;
    struct conf *conf;
    struct arena *arena;         /* of the configuration */
    struct arena *scratch;       /* until the load ends */
    struct arena *service;       /* until the virtual_server that is being read ends */
    struct build_extras servers; /* in `service` */
    struct build_extras checks;
    struct build_global *global;
    struct build_marks global_marks; /* global_defs may stand several times */
    struct lookup *instance_names;
    struct lookup *group_names;
    struct lookup *track_group_names;
    struct lookup *script_names;
    struct lookup *track_names[CONF_TRACK_KINDS];
    struct lookup *services; /* by their keys */
    const char
        *joined_families; /* the first server of another family than its service; NULL: none */
    struct source_place joined_place; /* of that */
    struct lookup *service_group_names;
    struct build_virtual_server_list grouped; /* virtual servers of groups */
    uint32_t rules_without_preference[2];     /* IPv4, IPv6 */
    const char *names_usr;                    /* where `names` were looked for first */
    const char *names_etc;
    const char *names[BUILD_NAMES]; /* the text of iproute2's files; NULL: not read yet */
    struct build_instance_list instances;
    struct build_sync_group_list sync_groups;
    struct build_reference_list references;
    bool **late; /* truths that checker_log_all_failures decides, which may stand behind them */
    size_t late_count;
    size_t late_capacity;
    const struct schema_row **told; /* accepted keywords that were remarked on */
    size_t told_count;
    bool unwinding; /* a block lacks its '}': all up to the top level end here */
};

/* A block that is being read. */
struct build_frame {
    const struct build_frame *parent; /* NULL for the top level */
    enum schema_block block;
    void *object;
    void *extra;
    const char *name; /* of the block: "VI_1"; NULL: `write_name`, or none */
    void (*write_name)(const struct build_frame *frame, struct text_buffer *out);
    struct source_place place;   /* of the keyword that opened it */
    struct source_place keyword; /* of the keyword that is being read */
    bool discard;                /* it is a duplicate of one that counts: its value is not stored */
    struct build_marks marks;
    struct source_place places[SCHEMA_BLOCK_ROWS]; /* of marks */
};

/* An item of a value block, with its options. */
struct build_item {
    struct build_frame *frame;
    const struct schema_row *row;
    void *argument; /* of build_read_items() */
    void *object;   /* what `begin` made */
    struct source_place place;
    struct source_place option; /* the option that is being read */
    /* Takes a word that is no option; `begin` may set it. @return whether it is a word of the item */
    bool (*word)(struct build *build, struct build_item *item, const struct lexer_token *word);
};

/* What the items of a value block are. */
struct build_item_type {
    /* Begins an item with its first word. @return whether it is one; what is wrong was reported */
    bool (*begin)(struct build *build, struct build_item *item, const struct lexer_token *word);
    /* Whether a word that is no option begins the next item. */
    bool (*is_item)(const struct schema_row *row, const struct lexer_token *word);
    /* All its options have been read. */
    void (*end)(struct build *build, struct build_item *item);
};

/* ---- build_frame.c: what a block carries ----------------------------------------------------- */

/**
 * Makes a frame for a block that `keyword` of `parent` opens; object and extra are its parent's.
 */
void build_enter(struct build_frame *frame, const struct build_frame *parent,
                 enum schema_block block);

/** Appends what a block is called in messages: "vrrp_instance VI_1", "authentication". */
void build_write_subject(const struct build_frame *frame, struct text_buffer *out);

/** Appends the name of a block's thing: "VI_1", "10.0.0.7:80", or "this real_server". */
void build_write_name(const struct build_frame *frame, struct text_buffer *out);

/** Allocates a block's structure from `arena` with its defaults in place. */
void *build_new(struct build *build, struct arena *arena, enum schema_block block,
                enum schema_base base);

/** Stores a number where the row says, unless the keyword is a duplicate that does not count. */
void build_store(struct build_frame *frame, const struct schema_row *row, int64_t value);

/** Where a row's value is stored. */
void *build_field(struct build_frame *frame, const struct schema_row *row);

/** Where a keyword of the block stands; NULL where it was not given. */
const struct source_place *build_mark(const struct build *build, const struct build_marks *marks,
                                      const char *keyword);

/** Whether the row with this index was given. */
bool build_seen(const struct build_marks *marks, size_t index);

/** Notes where a keyword first stands. */
void build_see(struct build_frame *frame, size_t index, const struct source_place *place);

/** A copy of marks that outlives their frame. */
struct build_marks build_keep_marks(struct arena *arena, const struct build_marks *marks);

/** Replaces what is BUILD_UNSET by the outer block's value. */
void build_inherit(struct build *build, int64_t *settings, const int64_t *outer, size_t count);

/** Notes where the keyword that was read stands, for its field. */
void build_note_origin(struct build *build, const struct build_frame *frame,
                       const struct schema_row *row);

/** The block is finished: what its extra says has come into its object, and its places with it. */
void build_settle_origins(struct build *build, enum schema_block block, const void *object,
                          const void *extra);

/* The nearest of several words for "did you mean"; `best` is NULL where none is near. */
struct build_nearest {
    const char *word;
    const char *best;
    unsigned distance;
};

/** @return whether this one is nearer than all before it */
bool build_nearest_try(struct build_nearest *nearest, const char *candidate);

/* ---- build.c: statements and blocks ---------------------------------------------------------- */

/** Reads the whole text; what it says is in the structures when this returns. */
void build_read_all(struct build *build);

/**
 * Reads a block from its '{' to its '}', and says which required keywords it lacks.
 * @return whether it had its '}'
 */
bool build_read_block(struct build *build, struct build_frame *frame);

/**
 * Reads the '{' of a block, on this line or a later one; words before it are reported.
 * @param token  the '{', or what is there in its place, which is left to be read
 */
bool build_find_open(struct build *build, struct lexer_token *token);

/** Reads from behind a '{' to its '}', whatever is between. */
void build_skip_block(struct build *build, const struct source_place *open);

/**
 * Reads an argument that must be there.
 * @return whether there is one that can be used; what is wrong was reported
 */
bool build_argument(struct build *build, struct build_frame *frame, const struct schema_row *row,
                    struct lexer_token *token);

/** Reads an argument that may be there: a word that is quoted or no keyword of the block. */
bool build_optional(struct build *build, struct build_frame *frame, struct lexer_token *token);

/** Whether a word is an unquoted keyword of the block. */
bool build_is_keyword(const struct build *build, const struct build_frame *frame,
                      const struct lexer_token *token);

/** Reports that the keyword being read lacks an argument. */
void build_report_missing(struct build *build, struct build_frame *frame,
                          const struct schema_row *row);

/**
 * Takes an argument back that is the next keyword, and says that one is missing.
 * @return whether it is one
 */
bool build_is_missing(struct build *build, struct build_frame *frame, const struct schema_row *row,
                      const struct lexer_token *token);

/* ---- build_items.c: value blocks ------------------------------------------------------------- */

/** Reads a value block from its '{' to its '}'. @param argument  for the items' functions */
void build_read_items(struct build *build, struct build_frame *frame, const struct schema_row *row,
                      const struct build_item_type *type, void *argument);

/** The option that a word is; NULL: none. */
const struct schema_option *build_find_option(const struct schema_row *row,
                                              const struct lexer_token *word);

/** Reads the argument of an option, which must be there. @return whether it can be used */
bool build_option_argument(struct build *build, struct build_item *item,
                           const struct schema_option *option, struct lexer_token *token);

/** Reads a value block of single words; `word` is called for each. */
void build_read_words(struct build *build, struct build_frame *frame, const struct schema_row *row,
                      void (*word)(struct build *build, struct build_frame *frame,
                                   const struct lexer_token *token));

/* ---- build_value.c, build_number.c, build_command.c: the arguments of each kind -------------- */

/* For "%.*s": a word from the file, which may be long. */
#define BUILD_WORD(token) BUILD_WORD_SHOWN, (token)->text

/** The readers of numbers, durations, commands and users. */
void build_read_number_row(struct build *build, struct build_frame *frame,
                           const struct schema_row *row);
void build_read_seconds_row(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_command_row(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_user_row(struct build *build, struct build_frame *frame,
                         const struct schema_row *row);

/** The reader of a kind of argument; NULL for kinds that need one of their own. */
schema_reader build_value_reader(enum schema_kind kind);

/**
 * Reads a number, and says what is wrong with it and what to type.
 * @param subject  how a message names it: the keyword, or the keyword and an option
 */
bool build_read_number(struct build *build, const char *subject, const struct lexer_token *token,
                       int64_t minimum, int64_t maximum, int64_t *value);

/**
 * Reads a time in whole seconds, into ns.
 * @param minimum  ns, as `maximum`
 */
bool build_read_whole_seconds(struct build *build, const char *subject,
                              const struct lexer_token *token, int64_t minimum, int64_t maximum,
                              int64_t *value);

/** Reads one of several words; `any_case` accepts any letter case. */
bool build_read_choice(struct build *build, const char *subject, const struct lexer_token *token,
                       const struct conf_name *choices, bool any_case, int64_t *value);

/** Reads an address; AF_UNSPEC for `family` means any. */
bool build_read_address(struct build *build, const char *subject, const struct lexer_token *token,
                        uint8_t family, struct inet_addr *addr);

/** Reads the name of an interface into the configuration's arena; NULL where it cannot be one. */
const char *build_read_interface(struct build *build, const char *subject,
                                 const struct lexer_token *token);

/* ---- names.c: the words of iproute2 for numbers ----------------------------------------------- */

/**
 * Reads a number or the name for one: decimal, 0x... or a word of the file. What is wrong with it is
 * reported.
 * @param subject  how a message names it
 * @param maximum  the largest number
 */
bool build_read_named_number(struct build *build, const char *subject,
                             const struct lexer_token *token, enum build_names file,
                             uint32_t maximum, uint32_t *value);

/**
 * Reads what follows `encap` of a route: the kind, and all words behind it that are the kind's.
 * @return it, in the arena; NULL: reported
 */
const struct conf_encap *build_read_encap(struct build *build, struct build_item *item,
                                          const struct schema_option *option);

/** Reads `[FROM/]TO` as from << 16 | to. */
bool build_read_realms(struct build *build, struct build_item *item,
                       const struct schema_option *option, uint32_t *realms);

/**
 * Reads a network, or a word for any: its length is 0 then, and its family AF_UNSPEC but for
 * "default6".
 */
bool build_read_prefix(struct build *build, const char *subject, const struct lexer_token *token,
                       struct inet_prefix *prefix);

/** Clears the bits behind a network's length; that there were some is remarked on. */
void build_clear_host_bits(struct build *build, struct inet_prefix *prefix,
                           const struct source_place *place);

/** Reports where the directories of the names came behind a line that uses one. */
void build_check_names(struct build *build);

/** Like build_read_named_number() for text, without a word about what is wrong. */
bool build_find_number(struct build *build, const char *text, enum build_names file,
                       uint32_t maximum, uint32_t *value);

/* ---- Readers of single rows and blocks, named by the schema ---------------------------------- */

void build_read_global_defs(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_peers(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_old_checksum(struct build *build, struct build_frame *frame,
                             const struct schema_row *row);
void build_read_receive_policy(struct build *build, struct build_frame *frame,
                               const struct schema_row *row);

/** Strict mode, accept and what belongs to owners of addresses. */
void build_finish_strict(struct build *build, struct build_instance *extra);

void build_read_fifo(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_notify_deleted(struct build *build, struct build_frame *frame,
                               const struct schema_row *row);
void build_read_helo(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_smtp_server(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_mail_from(struct build *build, struct build_frame *frame,
                          const struct schema_row *row);
void build_read_recipients(struct build *build, struct build_frame *frame,
                           const struct schema_row *row);
void build_read_http_listen(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_http_host(struct build *build, struct build_frame *frame,
                          const struct schema_row *row);
void build_read_nftables(struct build *build, struct build_frame *frame,
                         const struct schema_row *row);
void build_read_auto_priority(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);
void build_read_umask(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_cpus(struct build *build, struct build_frame *frame, const struct schema_row *row);

void build_read_track_file(struct build *build, struct build_frame *frame,
                           const struct schema_row *row);
void build_read_track_process(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);
void build_read_track_weight(struct build *build, struct build_frame *frame,
                             const struct schema_row *row);
void build_read_init_file(struct build *build, struct build_frame *frame,
                          const struct schema_row *row);
void build_read_process(struct build *build, struct build_frame *frame,
                        const struct schema_row *row);
void build_read_param_match(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_process_delay(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);
void build_read_track_files(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_track_processes(struct build *build, struct build_frame *frame,
                                const struct schema_row *row);
void build_read_track_bfds(struct build *build, struct build_frame *frame,
                           const struct schema_row *row);
void build_read_bfd(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_bfd_neighbor(struct build *build, struct build_frame *frame,
                             const struct schema_row *row);
void build_read_bfd_weight(struct build *build, struct build_frame *frame,
                           const struct schema_row *row);

/** Reads milliseconds with up to three decimals, within the row's range, into ns. */
void build_read_milliseconds(struct build *build, struct build_frame *frame,
                             const struct schema_row *row);

/** Resolves what an instance or a group tracks by name. @param keyword  for messages */
void build_finish_tracks(struct build *build, const struct build_track_list *from,
                         struct conf_track_list *to);

/** A group's tracks become those of a member, with the group's weights. */
void build_share_tracks(struct build *build, const struct conf_sync_group *group,
                        struct conf_instance *instance);

/** What a name refers to; an unknown one is reported, with the nearest that there is. */
void *build_find_name(struct build *build, const struct lookup *lookup, const char *keyword,
                      const char *name, const struct source_place *place);

void build_read_hmac(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_hmac_key(struct build *build, struct build_frame *frame,
                         const struct schema_row *row);

/** What auth_hmac means beside the rest of an instance. */
void build_finish_hmac(struct build *build, struct build_instance *extra);

/** The multicast groups that instances use where they name none. */
void build_finish_groups(struct build *build);

/** Family, interface, source, group and peers of an instance: what its transport is. */
void build_finish_transport(struct build *build, struct build_instance *extra);

void build_read_late_priority(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);
void build_read_mcast_group(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_lvs_timeouts(struct build *build, struct build_frame *frame,
                             const struct schema_row *row);

void build_read_path(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_reload_file(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_sync_daemon(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_flush_on_stop(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);

/** The connection sync daemon, when all instances are known. */
void build_finish_sync_daemon(struct build *build);

/** Refuses lvs_sync_daemon beside a server of another family than its service, when all are known. */
void build_check_sync_families(struct build *build);

void build_read_include_check(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);

void build_read_instance(struct build *build, struct build_frame *frame,
                         const struct schema_row *row);
void build_read_authentication(struct build *build, struct build_frame *frame,
                               const struct schema_row *row);
void build_read_auth_type(struct build *build, struct build_frame *frame,
                          const struct schema_row *row);
void build_read_auth_pass(struct build *build, struct build_frame *frame,
                          const struct schema_row *row);
void build_read_addresses(struct build *build, struct build_frame *frame,
                          const struct schema_row *row);
void build_read_use_vmac(struct build *build, struct build_frame *frame,
                         const struct schema_row *row);
void build_read_use_ipvlan(struct build *build, struct build_frame *frame,
                           const struct schema_row *row);
void build_read_vrrp_script(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_script_weight(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);
void build_read_sync_group(struct build *build, struct build_frame *frame,
                           const struct schema_row *row);
/* A block with a name, in the tables that references are looked up in. */
struct build_named {
    const char *name;
    struct source_place place;
    void *thing;
};

/**
 * Adds a named block to its table.
 * @return whether it is the first of its name; a second one is reported
 */
bool build_add_name(struct build *build, struct lookup *lookup, const struct schema_row *row,
                    const char *name, const struct source_place *place, void *thing);

/** Reads the name of a block. @return it, in the configuration's arena; NULL: none (reported) */
const char *build_read_name(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);

void build_read_group_members(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);
void build_read_track_interfaces(struct build *build, struct build_frame *frame,
                                 const struct schema_row *row);
void build_read_track_scripts(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);

void build_read_virtual_server(struct build *build, struct build_frame *frame,
                               const struct schema_row *row);
void build_read_real_server(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_sorry_server(struct build *build, struct build_frame *frame,
                             const struct schema_row *row);
void build_read_forward(struct build *build, struct build_frame *frame,
                        const struct schema_row *row);
void build_read_persistence_timeout(struct build *build, struct build_frame *frame,
                                    const struct schema_row *row);
void build_read_persistence_granularity(struct build *build, struct build_frame *frame,
                                        const struct schema_row *row);
void build_read_min_healthy(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_announce_when(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);
void build_read_check(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_smtp_host(struct build *build, struct build_frame *frame,
                          const struct schema_row *row);
void build_read_check_helo(struct build *build, struct build_frame *frame,
                           const struct schema_row *row);
void build_read_dns_name(struct build *build, struct build_frame *frame,
                         const struct schema_row *row);
void build_read_mysql_password(struct build *build, struct build_frame *frame,
                               const struct schema_row *row);
void build_read_mysql_expect(struct build *build, struct build_frame *frame,
                             const struct schema_row *row);
void build_read_mysql_lag_weight(struct build *build, struct build_frame *frame,
                                 const struct schema_row *row);
void build_read_payload(struct build *build, struct build_frame *frame,
                        const struct schema_row *row);
void build_read_require_reply(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);

void build_read_routes(struct build *build, struct build_frame *frame,
                       const struct schema_row *row);
void build_read_rules(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_garp_group(struct build *build, struct build_frame *frame,
                           const struct schema_row *row);
void build_read_garp_interface(struct build *build, struct build_frame *frame,
                               const struct schema_row *row);
void build_read_garp_interfaces(struct build *build, struct build_frame *frame,
                                const struct schema_row *row);
void build_read_link_delays(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_linkbeat(struct build *build, struct build_frame *frame,
                         const struct schema_row *row);
void build_read_polling(struct build *build, struct build_frame *frame,
                        const struct schema_row *row);
void build_read_instance_polling(struct build *build, struct build_frame *frame,
                                 const struct schema_row *row);
void build_read_place(struct build *build, struct build_frame *frame, const struct schema_row *row);
/** What announce_when of a virtual server, whose members are known, cannot be joined with. */
void build_check_announced(struct build *build, const struct build_virtual_server *extra,
                           const struct build_marks *marks);
/** The addresses that services announce. To be called when instances and static entries are settled. */
void build_finish_announced(struct build *build);
/** Which servers are behind FULLNAT, and what it cannot be joined with. */
void build_finish_fullnat(struct build *build, const struct build_virtual_server *extra,
                          const struct build_marks *marks);
void build_read_local_address(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);
void build_read_ipvs_namespace(struct build *build, struct build_frame *frame,
                               const struct schema_row *row);

/** Adds the interfaces that linkbeat_use_polling names. */
void build_finish_links(struct build *build);

void build_read_extra_garp(struct build *build, struct build_frame *frame,
                           const struct schema_row *row);
void build_read_track_group(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_track_group_members(struct build *build, struct build_frame *frame,
                                    const struct schema_row *row);

/* The options of items, for the schema. */
extern const struct schema_option build_peer_options[];
extern const struct schema_option build_address_options[];
extern const struct schema_option build_route_options[];
extern const struct schema_option build_delay_options[];
extern const struct schema_option build_group_options[];
extern const struct schema_option build_linkbeat_options[];
extern const struct schema_option build_rule_options[];
extern const struct schema_option build_track_interface_options[];
extern const struct schema_option build_track_script_options[];
extern const struct schema_option build_track_options[];

/* ---- Secrets --------------------------------------------------------------------------------- */

/* What a file or a credential holds. */
struct build_secret {
    char *text;  /* NULL: it was not read, since the configuration is not for use here */
    size_t size; /* bytes, without the newlines at its end */
};

/**
 * Reads what a word names: file:PATH, or credential:NAME of systemd.
 * @param complaint  set to what is wrong with it, for behind "the password"; NULL: nothing
 * @return false where the word names neither, and is the secret itself; nothing is read then.
 *         Otherwise build_close_secret() is owed
 */
bool build_open_secret(struct build *build, const char *word, struct build_secret *secret,
                       const char **complaint);

/** Wipes and frees it. */
void build_close_secret(struct build_secret *secret);

/* ---- Checkers -------------------------------------------------------------------------------- */

/* What a kind of checker needs to know of its target. */
enum build_check_needs {
    BUILD_CHECK_NOTHING, /* it has no connection options */
    BUILD_CHECK_ADDRESS,
    BUILD_CHECK_PORT, /* and an address */
};

/* What the parser knows of a kind of checker, beside the rows of its block. */
struct build_check_kind {
    enum schema_block block;
    enum build_check_needs needs;
    int64_t retry;              /* where nothing around it says something else; */
    int64_t delay_before_retry; /* BUILD_UNSET: delay_loop */

    /** Makes its own lists and the like; NULL: it has none. */
    void (*begin)(struct conf_check *check);

    /** What its block must have, and what its keywords mean together; NULL: nothing. */
    void (*end)(struct build *build, const struct build_frame *inner, struct conf_check *check);
};

/** The end of a MYSQL_CHECK. */
void build_end_mysql_check(struct build *build, const struct build_frame *inner,
                           struct conf_check *conf);

/** The end of a UDP_CHECK. */
void build_end_udp_check(struct build *build, const struct build_frame *inner,
                         struct conf_check *check);

/** The row of a kind. */
const struct build_check_kind *build_check_kind(enum conf_check_kind kind);

/** `end` of struct build_check_kind for the kinds that have a file of their own. */
void build_end_misc_check(struct build *build, const struct build_frame *inner,
                          struct conf_check *check);

void build_end_agent_check(struct build *build, const struct build_frame *inner,
                           struct conf_check *check);

/** The readers of FILE_CHECK, BFD_CHECK and AGENT_CHECK. */
void build_read_reference(struct build *build, struct build_frame *frame,
                          const struct schema_row *row);
void build_read_file_weight(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_agent_send(struct build *build, struct build_frame *frame,
                           const struct schema_row *row);

/** All blocks are known: finds the files and sessions that checkers name. */
void build_finish_references(struct build *build);

/** Makes the extra of a block, from what the one before has left if it shares. */
void *build_new_extra(struct build *build, struct build_extras *extras, enum schema_block block);

/**
 * Keeps an extra until the virtual_server ends. A block mostly says the same as the one before, and
 * then shares its settings; not with origins, which know each setting by its address.
 * @return the extra that has the settings
 */
void *build_keep_extra(const struct build *build, struct build_extras *extras, void *extra);

/* ---- HTTP_GET and SSL_GET: build_http.c ------------------------------------------------------- */

void build_begin_http(struct conf_check *check);

/** What HTTP_GET and SSL_GET have from the blocks around them; other checkers are left alone. */
void build_inherit_http(struct build *build, const struct conf_virtual_server *service,
                        const struct conf_real_server *server, struct conf_check *check);
void build_read_ssl(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_url(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_digest(struct build *build, struct build_frame *frame,
                       const struct schema_row *row);
void build_read_statuses(struct build *build, struct build_frame *frame,
                         const struct schema_row *row);
void build_read_regex(struct build *build, struct build_frame *frame, const struct schema_row *row);
void build_read_regex_options(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);
void build_read_regex_stack(struct build *build, struct build_frame *frame,
                            const struct schema_row *row);
void build_read_sni_name(struct build *build, struct build_frame *frame,
                         const struct schema_row *row);

/* ---- When everything has been read ----------------------------------------------------------- */

/** Where the keyword of a checker stands. */
static inline struct source_place build_check_place(const struct build_check_entry *entry)
{
    return (struct source_place){entry->check->position, entry->length, entry->origin};
}

/** Where the keyword of a real_server stands. */
static inline struct source_place build_server_place(const struct build_server_entry *entry)
{
    return (struct source_place){entry->server->position, entry->length, entry->origin};
}

/**
 * Resolves what a virtual server gives to its servers and they to their checkers, validates it, and
 * adds it to the configuration.
 */
void build_finish_service(struct build *build, struct build_virtual_server *extra,
                          const struct build_marks *marks);

/** Reads a virtual_server_group. */
void build_read_service_group(struct build *build, struct build_frame *frame,
                              const struct schema_row *row);

/** The virtual servers of groups, when all groups have been read. */
void build_finish_grouped(struct build *build);

/** Whether all services of a virtual server are marks. */
bool build_is_marked(const struct conf_virtual_server *service);

/** Whether one of the services of a virtual server is of this family. */
bool build_has_family(const struct conf_virtual_server *service, uint8_t family);

/** Empty lists of static entries. */
void build_init_static(struct conf_static *entries);

/** Hands static entries to the groups that they name, and resolves the groups' instances. */
void build_finish_static(struct build *build);

/** Names all virtual interfaces and says which address is on which interface. */
void build_finish_vmacs(struct build *build);

/** Lists the interfaces that each instance needs besides its own; after all devices are known. */
void build_finish_needs(struct build *build);

/** Gives an instance's virtual interface the MAC of RFC 9568, whatever its file says. */
void build_reset_vmac(struct conf_instance *instance);

/** Decides who is mailed about, once all of global_defs is known. */
void build_finish_mail(struct build *build);

/** Resolves the defaults and references that need the whole text, then validates it as a whole. */
void build_finish(struct build *build);

#endif
