/* SPDX-License-Identifier: Apache-2.0
 *
 * How the rows of the schema are written, and where they are. For schema*.c only.
 */
#ifndef HOLDFAST_PARSER_SCHEMA_ROWS_H
#define HOLDFAST_PARSER_SCHEMA_ROWS_H

#include "parser/schema.h"

#include <stddef.h>

#define SCHEMA_SECOND  INT64_C(1000000000)
#define SCHEMA_MILLI   INT64_C(1000000)
#define SCHEMA_MICRO   INT64_C(1000)
#define SCHEMA_U32_MAX INT64_C(4294967295)
#define SCHEMA_I32_MAX INT64_C(2147483647)
#define SCHEMA_LONGEST (SCHEMA_U32_MAX * SCHEMA_SECOND) /* for durations without another limit */

/* A keyword that is implemented. What follows the help are attributes from the list below. */
#define ROW(name_, kind_, tier_, help_, ...)                                                       \
    {                                                                                              \
        .name = (name_), .kind = SCHEMA_KIND_##kind_, .state = SCHEMA_IMPLEMENTED,                 \
        .tier = SCHEMA_TIER_##tier_, .help = (help_), .since = "0.1", __VA_ARGS__                  \
    }

/* One that is read and has no effect, since what it asks for has no place here. */
#define ACCEPTED(name_, kind_, tier_, reason_, help_, ...)                                         \
    {                                                                                              \
        .name = (name_), .kind = SCHEMA_KIND_##kind_, .state = SCHEMA_ACCEPTED,                    \
        .tier = SCHEMA_TIER_##tier_, .help = (help_), .reason = (reason_), __VA_ARGS__             \
    }

/* One that this version does not have. */
#define LATER(name_, kind_, tier_, reason_, help_, ...)                                            \
    {                                                                                              \
        .name = (name_), .kind = SCHEMA_KIND_##kind_, .state = SCHEMA_NOT_SUPPORTED,               \
        .tier = SCHEMA_TIER_##tier_, .help = (help_), .reason = (reason_), __VA_ARGS__             \
    }

/* Attributes. */
#define RANGE(minimum_, maximum_) .minimum = (minimum_), .maximum = (maximum_)
#define SECONDS(places_, minimum_, maximum_)                                                       \
    .places = (places_), .minimum = (minimum_), .maximum = (maximum_)
#define UNIT(text_)        .unit = (text_)
#define NO_UNIT            "none"
#define ARGUMENTS(text_)   .arguments = (text_)
#define EXAMPLE(text_)     .example = (text_)
#define DEFAULT(text_)     .fallback = (text_)
#define INITIAL(value_)    .has_initial = true, .initial = (value_)
#define INHERITED(whence_) .has_initial = true, .initial = -1, .fallback = (whence_)
#define FLAGS(flags_)      .flags = (flags_)
#define CLEARS             .clears = true
#define CHOICES(table_)    .choices = (table_)
#define OPTIONS(table_)    .options = (table_)
#define READER(function_)  .read = (function_)
#define WRITER(function_)  .write = (function_)
#define HIDDEN             FLAGS(SCHEMA_HIDDEN)
#define OPENS(block_)      .opens = (block_)
#define STORE(base_, type_, field_)                                                                \
    .target = {(base_), (uint16_t)offsetof(type_, field_), (uint16_t)sizeof(((type_ *)0)->field_)}
#define OBJECT(type_, field_) STORE(SCHEMA_OBJECT, type_, field_)
#define EXTRA(type_, field_)  STORE(SCHEMA_EXTRA, type_, field_)
#define EFFECTIVE_POINTER(type_, field_)                                                           \
    .effective = {SCHEMA_OBJECT, (uint16_t)offsetof(type_, field_), (uint16_t)sizeof(void *)}
#define EFFECTIVE(type_, field_)                                                                   \
    .effective = {SCHEMA_OBJECT, (uint16_t)offsetof(type_, field_),                                \
                  (uint16_t)sizeof(((type_ *)0)->field_)}

/* Why something has no effect, or what does not happen: what several blocks have in common. */
#define NO_PROCESSES "processes are not tracked"
#define NO_FILES     "files are not tracked"

#define OWN_BUFFERS "buffers have the size that is needed"

/* A block's rows. */
struct schema_rows {
    const struct schema_row *rows;
    size_t count;
};

extern const struct schema_rows schema_top_rows;
extern const struct schema_rows schema_global_rows;
extern const struct schema_rows schema_track_group_rows;
extern const struct schema_rows schema_sync_group_rows;
extern const struct schema_rows schema_garp_group_rows;
extern const struct schema_rows schema_instance_rows;
extern const struct schema_rows schema_authentication_rows;
extern const struct schema_rows schema_auth_hmac_rows;
extern const struct schema_rows schema_script_rows;
extern const struct schema_rows schema_track_process_rows;
extern const struct schema_rows schema_track_file_rows;
extern const struct schema_rows schema_ssl_rows;
extern const struct schema_rows schema_virtual_server_rows;
extern const struct schema_rows schema_real_server_rows;
extern const struct schema_rows schema_tcp_check_rows;
extern const struct schema_rows schema_http_get_rows;
extern const struct schema_rows schema_http_url_rows;
extern const struct schema_rows schema_ssl_get_rows;
extern const struct schema_rows schema_ssl_url_rows;
extern const struct schema_rows schema_smtp_check_rows;
extern const struct schema_rows schema_smtp_host_rows;
extern const struct schema_rows schema_dns_check_rows;
extern const struct schema_rows schema_misc_check_rows;
extern const struct schema_rows schema_udp_check_rows;
extern const struct schema_rows schema_ping_check_rows;
extern const struct schema_rows schema_file_check_rows;
extern const struct schema_rows schema_bfd_check_rows;
extern const struct schema_rows schema_mysql_check_rows;
extern const struct schema_rows schema_agent_check_rows;
extern const struct schema_rows schema_bfd_rows;

#define SCHEMA_ROWS(name_)                                                                         \
    const struct schema_rows name_ = {name_##_table,                                               \
                                      sizeof(name_##_table) / sizeof(name_##_table[0])}

#endif
