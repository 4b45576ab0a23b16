/* SPDX-License-Identifier: Apache-2.0
 *
 * What MYSQL_CHECK has beside the keywords of all checkers. For schema_service.c only.
 */
#ifndef HOLDFAST_PARSER_SCHEMA_MYSQL_H
#define HOLDFAST_PARSER_SCHEMA_MYSQL_H

#include "parser/schema_rows.h"

#define MYSQL_TEXT(name_, tier_, help_, field_, ...)                                               \
    ROW(name_, TEXT, tier_, help_, OBJECT(struct conf_mysql_check, field_), __VA_ARGS__)

#define MYSQL_ROWS                                                                                 \
    ROW("level", CHOICE, COMMON, "How far the check goes.", CHOICES(conf_mysql_level_names),       \
        INITIAL(CONF_MYSQL_LEVELS),                                                                \
        DEFAULT("query where it asks something, else ping where it has a user, else handshake"),   \
        OBJECT(struct conf_mysql_check, level), EXAMPLE("ping")),                                  \
        MYSQL_TEXT("user", COMMON, "Who logs in.", user, ARGUMENTS("NAME"), EXAMPLE("holdfast")),  \
        ROW("password", SPECIAL, COMMON, "The user's password, or where it is.",                   \
            ARGUMENTS("TEXT, file:PATH or credential:NAME"), FLAGS(SCHEMA_SECRET),                 \
            OBJECT(struct conf_mysql_check, password), READER(build_read_mysql_password),          \
            WRITER(facts_write_mysql_password), EXAMPLE("s3cret")),                                \
        MYSQL_TEXT("database", RARE, "The database that is used.", database, ARGUMENTS("NAME"),    \
                   EXAMPLE("shop")),                                                               \
        MYSQL_TEXT("query", COMMON, "A statement that must succeed.", query,                       \
                   ARGUMENTS("\"STATEMENT\""), EXAMPLE("\"SELECT 1\"")),                           \
        ROW("expect", SPECIAL, COMMON, "What the first value of the query's answer must be.",      \
            ARGUMENTS("[=|<>|<|<=|>|>=|match] VALUE"), OBJECT(struct conf_mysql_check, expected),  \
            READER(build_read_mysql_expect), WRITER(facts_write_mysql_expect), EXAMPLE("= 1")),    \
        ROW("read_only", BOOL, COMMON, "What @@global.read_only must be.", INITIAL(-1),            \
            OBJECT(struct conf_mysql_check, read_only), WRITER(facts_write_mysql_read_only),       \
            DEFAULT("it is not asked for")),                                                       \
        ROW("replication", FLAG, COMMON, "The server must be a replica that follows its source.",  \
            INITIAL(0), OBJECT(struct conf_mysql_check, replication)),                             \
        ROW("max_lag", NUMBER, COMMON, "How far a replica may be behind.",                         \
            RANGE(1, SCHEMA_U32_MAX), INITIAL(0), DEFAULT("any lag"), UNIT("seconds"),             \
            OBJECT(struct conf_mysql_check, max_lag_s), WRITER(facts_write_nonzero),               \
            EXAMPLE("30")),                                                                        \
        ROW("lag_weight", SPECIAL, RARE,                                                           \
            "Up to FULL seconds of lag the weight is whole, from NONE on it is 0; between them "   \
            "it falls.",                                                                           \
            ARGUMENTS("FULL NONE"), RANGE(0, SCHEMA_U32_MAX), DEFAULT("the weight stays"),         \
            OBJECT(struct conf_mysql_check, lag_none_s), READER(build_read_mysql_lag_weight),      \
            WRITER(facts_write_mysql_lag_weight), EXAMPLE("5 25")),                                \
        ROW("galera", CHOICE, COMMON,                                                              \
            "The server must be a node of the primary component: synced, or a donor too.",         \
            CHOICES(conf_mysql_galera_names), INITIAL(CONF_MYSQL_GALERA_NONE),                     \
            DEFAULT("it is not asked for"), OBJECT(struct conf_mysql_check, galera),               \
            WRITER(facts_write_mysql_galera), EXAMPLE("synced")),                                  \
        ROW("tls", BOOL, COMMON, "Log in over TLS, or not at all.", INITIAL(0),                    \
            OBJECT(struct conf_mysql_check, tls)),                                                 \
        ROW("tls_verify", BOOL, COMMON, "The certificate must be by the CA, for the server.",      \
            INITIAL(1), OBJECT(struct conf_mysql_check, tls_verify)),                              \
        MYSQL_TEXT("tls_ca", COMMON, "Certificates of the CAs (PEM).", tls_ca, ARGUMENTS("PATH"),  \
                   EXAMPLE("/etc/mysql/ca.pem")),                                                  \
        MYSQL_TEXT("tls_certificate", RARE, "Our certificate (PEM).", tls_certificate,             \
                   ARGUMENTS("PATH"), EXAMPLE("/etc/holdfast/mysql.pem")),                         \
        MYSQL_TEXT("tls_key", RARE, "Its key (PEM).", tls_key, ARGUMENTS("PATH"),                  \
                   EXAMPLE("/etc/holdfast/mysql.key")),                                            \
        MYSQL_TEXT("tls_name", RARE, "Whom the server's certificate must be for.", tls_name,       \
                   ARGUMENTS("NAME"), DEFAULT("the address that is checked"),                      \
                   EXAMPLE("db1.example.com"))

#endif
