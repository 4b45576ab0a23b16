/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of blocks, and what can be asked of the rows: finding one, its syntax, its default. The
 * rows themselves are in schema_global.c, schema_vrrp.c and schema_service.c.
 */
#include "parser/schema.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "parser/build.h"
#include "parser/schema_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Blocks ---------------------------------------------------------------------------------- */

/* schema_block() joins it with the rows, whose number is known where they are. */
static const struct {
    const char *name;
    const char *parent;
    const struct schema_rows *rows;
    size_t object_size;
    size_t extra_size;
} schema_blocks[SCHEMA_BLOCKS] = {
    [SCHEMA_TOP] = {"top level", NULL, &schema_top_rows, sizeof(struct conf), 0},
    [SCHEMA_GLOBAL_DEFS] = {"global_defs", NULL, &schema_global_rows, sizeof(struct conf_global),
                            sizeof(struct build_global)},
    [SCHEMA_TRACK_GROUP] = {"track_group", NULL, &schema_track_group_rows,
                            sizeof(struct conf_track_group), 0},
    [SCHEMA_SYNC_GROUP] = {"vrrp_sync_group", NULL, &schema_sync_group_rows,
                           sizeof(struct conf_sync_group), sizeof(struct build_sync_group)},
    [SCHEMA_GARP_GROUP] = {"garp_group", NULL, &schema_garp_group_rows,
                           sizeof(struct conf_garp_group), 0},
    [SCHEMA_INSTANCE] = {"vrrp_instance", NULL, &schema_instance_rows, sizeof(struct conf_instance),
                         sizeof(struct build_instance)},
    [SCHEMA_AUTHENTICATION] = {"authentication", "vrrp_instance", &schema_authentication_rows, 0,
                               0},
    [SCHEMA_AUTH_HMAC] = {"auth_hmac", "vrrp_instance", &schema_auth_hmac_rows,
                          sizeof(struct conf_instance), 0},
    [SCHEMA_SCRIPT] = {"vrrp_script", NULL, &schema_script_rows, sizeof(struct conf_vrrp_script),
                       0},
    [SCHEMA_TRACK_PROCESS] = {"vrrp_track_process", NULL, &schema_track_process_rows,
                              sizeof(struct conf_track_process), 0},
    [SCHEMA_TRACK_FILE] = {"track_file", NULL, &schema_track_file_rows,
                           sizeof(struct conf_track_file), 0},
    [SCHEMA_VRRP_TRACK_FILE] = {"vrrp_track_file", NULL, &schema_track_file_rows,
                                sizeof(struct conf_track_file), 0},
    [SCHEMA_SSL] = {"SSL", NULL, &schema_ssl_rows, sizeof(struct conf_tls), 0},
    [SCHEMA_VIRTUAL_SERVER] = {"virtual_server", NULL, &schema_virtual_server_rows,
                               sizeof(struct conf_virtual_server),
                               sizeof(struct build_virtual_server)},
    [SCHEMA_REAL_SERVER] = {"real_server", "virtual_server", &schema_real_server_rows,
                            sizeof(struct conf_real_server), sizeof(struct build_real_server)},
    [SCHEMA_TCP_CHECK] = {"TCP_CHECK", "real_server", &schema_tcp_check_rows,
                          sizeof(struct conf_check), sizeof(struct build_check)},
    [SCHEMA_HTTP_GET] = {"HTTP_GET", "real_server", &schema_http_get_rows,
                         sizeof(struct conf_check_http), sizeof(struct build_check)},
    [SCHEMA_HTTP_GET_URL] = {"url", "HTTP_GET", &schema_http_url_rows, sizeof(struct conf_url), 0},
    [SCHEMA_SSL_GET] = {"SSL_GET", "real_server", &schema_ssl_get_rows,
                        sizeof(struct conf_check_http), sizeof(struct build_check)},
    [SCHEMA_SSL_GET_URL] = {"url", "SSL_GET", &schema_ssl_url_rows, sizeof(struct conf_url), 0},
    [SCHEMA_SMTP_CHECK] = {"SMTP_CHECK", "real_server", &schema_smtp_check_rows,
                           sizeof(struct conf_smtp_check), sizeof(struct build_check)},
    [SCHEMA_SMTP_CHECK_HOST] = {"host", "SMTP_CHECK", &schema_smtp_host_rows, 0, 0},
    [SCHEMA_DNS_CHECK] = {"DNS_CHECK", "real_server", &schema_dns_check_rows,
                          sizeof(struct conf_dns_check), sizeof(struct build_check)},
    [SCHEMA_MISC_CHECK] = {"MISC_CHECK", "real_server", &schema_misc_check_rows,
                           sizeof(struct conf_misc_check), sizeof(struct build_check)},
    [SCHEMA_UDP_CHECK] = {"UDP_CHECK", "real_server", &schema_udp_check_rows,
                          sizeof(struct conf_udp_check), sizeof(struct build_check)},
    [SCHEMA_PING_CHECK] = {"PING_CHECK", "real_server", &schema_ping_check_rows,
                           sizeof(struct conf_check), sizeof(struct build_check)},
    [SCHEMA_FILE_CHECK] = {"FILE_CHECK", "real_server", &schema_file_check_rows,
                           sizeof(struct conf_file_check), sizeof(struct build_check)},
    [SCHEMA_BFD_CHECK] = {"BFD_CHECK", "real_server", &schema_bfd_check_rows,
                          sizeof(struct conf_bfd_check), sizeof(struct build_check)},
    [SCHEMA_AGENT_CHECK] = {"AGENT_CHECK", "real_server", &schema_agent_check_rows,
                            sizeof(struct conf_agent_check), sizeof(struct build_check)},
    [SCHEMA_MYSQL_CHECK] = {"MYSQL_CHECK", "real_server", &schema_mysql_check_rows,
                            sizeof(struct conf_mysql_check), sizeof(struct build_check)},
    [SCHEMA_BFD_INSTANCE] = {"bfd_instance", NULL, &schema_bfd_rows, sizeof(struct conf_bfd), 0},
};

struct schema_block_info schema_block(enum schema_block block)
{
    return (struct schema_block_info){
        .name = schema_blocks[block].name,
        .parent = schema_blocks[block].parent,
        .rows = schema_blocks[block].rows->rows,
        .count = schema_blocks[block].rows->count,
        .object_size = schema_blocks[block].object_size,
        .extra_size = schema_blocks[block].extra_size,
    };
}

const char *schema_state_name(enum schema_state state)
{
    static const char *const names[SCHEMA_STATES] = {
        [SCHEMA_IMPLEMENTED] = "implemented",
        [SCHEMA_ACCEPTED] = "accepted",
        [SCHEMA_NOT_SUPPORTED] = "not supported",
    };

    return names[state];
}

/* ---- Syntax and defaults as text ------------------------------------------------------------- */

void schema_write_seconds(int64_t duration, struct text_buffer *out)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%" PRId64 ".%09" PRId64, duration / SCHEMA_SECOND,
                          duration % SCHEMA_SECOND);

    while (text[length - 1] == '0') {
        length--;
    }
    length -= text[length - 1] == '.';
    text_append_n(out, text, (size_t)length);
}

void schema_write_range(const struct schema_row *row, struct text_buffer *out)
{
    if (row->kind == SCHEMA_KIND_SECONDS) {
        schema_write_seconds(row->minimum, out);
        text_append(out, "..");
        schema_write_seconds(row->maximum, out);
        text_append(out, " seconds");
    } else {
        text_appendf(out, "%" PRId64 "..%" PRId64, row->minimum, row->maximum);
    }
}

void schema_write_choices(const struct conf_name *choices, struct text_buffer *out)
{
    for (const struct conf_name *choice = choices; choice->name; choice++) {
        text_append(out, choice == choices ? "" : choice[1].name ? ", " : " or ");
        text_append(out, choice->name);
    }
}

void schema_write_syntax(const struct schema_row *row, struct text_buffer *out)
{
    static const char *const texts[SCHEMA_KINDS] = {
        [SCHEMA_KIND_FLAG] = "",
        [SCHEMA_KIND_BOOL] = "[on|off]",
        [SCHEMA_KIND_TEXT] = "TEXT",
        [SCHEMA_KIND_INTERFACE] = "INTERFACE",
        [SCHEMA_KIND_ADDRESS] = "ADDRESS",
        [SCHEMA_KIND_SCRIPT] = "\"COMMAND ARGUMENT...\" [USER [GROUP]]",
        [SCHEMA_KIND_COMMAND] = "\"COMMAND ARGUMENT...\"",
        [SCHEMA_KIND_USER] = "USER [GROUP]",
        [SCHEMA_KIND_BLOCK] = "{ ... }",
        [SCHEMA_KIND_LINES] = "{ ... }",
        [SCHEMA_KIND_WORDS] = "{ WORD... }",
        [SCHEMA_KIND_SPECIAL] = "...",
    };

    if (row->arguments) {
        text_append(out, row->arguments);
    } else if (row->kind == SCHEMA_KIND_NUMBER || row->kind == SCHEMA_KIND_SECONDS) {
        schema_write_range(row, out);
    } else if (row->kind == SCHEMA_KIND_CHOICE && row->choices) {
        schema_write_choices(row->choices, out);
    } else if (texts[row->kind]) {
        text_append(out, texts[row->kind]);
    }
}

void schema_write_default(const struct schema_row *row, struct text_buffer *out)
{
    if (row->fallback) {
        text_append(out, row->fallback);
    } else if (row->kind == SCHEMA_KIND_FLAG) {
        text_append(out, "off");
    } else if (!row->has_initial) {
        text_append(out, "none");
    } else if (row->kind == SCHEMA_KIND_SECONDS) {
        schema_write_seconds(row->initial, out);
    } else if (row->kind == SCHEMA_KIND_BOOL) {
        text_append(out, row->initial ? "on" : "off");
    } else {
        text_appendf(out, "%" PRId64, row->initial);
    }
}

/* ---- Finding a row --------------------------------------------------------------------------- */

enum { SCHEMA_SLOTS = 2048 }; /* a power of two, about four times the number of rows */

struct schema_slot {
    const struct schema_row *row;
    uint32_t hash;
    uint16_t length;
    uint16_t block;
};

struct schema_index {
    struct arena *arena;
    struct schema_slot slots[SCHEMA_SLOTS];
    void *objects[SCHEMA_BLOCKS];
    void *extras[SCHEMA_BLOCKS];
};

static uint32_t schema_hash(enum schema_block block, const char *name, size_t length)
{
    return hash_of_bytes(name, length) + (uint32_t)block * 2654435761U;
}

static void schema_index_row(struct schema_index *index, enum schema_block block,
                             const struct schema_row *row)
{
    size_t length = strlen(row->name);
    uint32_t hash = schema_hash(block, row->name, length);
    uint32_t slot = hash % SCHEMA_SLOTS;

    while (index->slots[slot].row) {
        slot = (slot + 1) % SCHEMA_SLOTS;
    }
    index->slots[slot] = (struct schema_slot){row, hash, (uint16_t)length, (uint16_t)block};
    if (row->has_initial && row->target.base == SCHEMA_OBJECT && index->objects[block]) {
        schema_store(index->objects[block], &row->target, row->initial);
    } else if (row->has_initial && row->target.base == SCHEMA_EXTRA && index->extras[block]) {
        schema_store(index->extras[block], &row->target, row->initial);
    }
}

struct schema_index *schema_index_new(void)
{
    struct schema_index *index = memory_new(1, sizeof(*index));

    index->arena = arena_new();
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        struct schema_block_info info = schema_block(block);

        if (info.object_size) {
            index->objects[block] = arena_alloc(index->arena, info.object_size);
        }
        if (info.extra_size) {
            index->extras[block] = arena_alloc(index->arena, info.extra_size);
        }
        for (size_t i = 0; i < info.count; i++) {
            schema_index_row(index, block, &info.rows[i]);
        }
    }
    return index;
}

void schema_index_free(struct schema_index *index)
{
    if (index) {
        arena_free(index->arena);
        free(index);
    }
}

const struct schema_row *schema_find(const struct schema_index *index, enum schema_block block,
                                     const char *name, size_t length)
{
    uint32_t hash = schema_hash(block, name, length);

    for (uint32_t slot = hash % SCHEMA_SLOTS; index->slots[slot].row;
         slot = (slot + 1) % SCHEMA_SLOTS) {
        const struct schema_slot *found = &index->slots[slot];

        if (found->hash == hash && found->block == block && found->length == length &&
            memcmp(found->row->name, name, length) == 0) {
            return found->row;
        }
    }
    return NULL;
}

const struct schema_row *schema_first_with_options(const struct schema_option *options,
                                                   struct schema_block_info *where)
{
    for (enum schema_block block = 0; block < SCHEMA_BLOCKS; block++) {
        *where = schema_block(block);
        for (size_t i = 0; i < where->count; i++) {
            if (where->rows[i].options == options) {
                return &where->rows[i];
            }
        }
    }
    return NULL;
}

const void *schema_template(const struct schema_index *index, enum schema_block block,
                            enum schema_base base)
{
    return base == SCHEMA_OBJECT ? index->objects[block] : index->extras[block];
}

void schema_store(void *structure, const struct schema_target *target, int64_t value)
{
    unsigned char *field = (unsigned char *)structure + target->offset;

    switch (target->size) {
    case sizeof(uint8_t):
        *field = (uint8_t)value;
        break;
    case sizeof(uint16_t):
        memcpy(field, &(uint16_t){(uint16_t)value}, sizeof(uint16_t));
        break;
    case sizeof(uint32_t):
        memcpy(field, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
        break;
    default:
        memcpy(field, &value, sizeof(value));
        break;
    }
}
