/* SPDX-License-Identifier: Apache-2.0
 *
 * What a MYSQL_CHECK asks, as its detail has it. Pure.
 */
#ifndef HOLDFAST_CHECK_MYSQL_QUESTION_H
#define HOLDFAST_CHECK_MYSQL_QUESTION_H

#include "parser/conf.h"

#include <stddef.h>
#include <stdint.h>

struct text_buffer;

/* The members of struct conf_check_mysql, whose texts stay in the detail's memory. */
struct mysql_question {
    enum conf_mysql_level level;
    const char *user;
    const char *password;
    const char *database;
    const char *query; /* NULL: none */
    enum conf_compare compare;
    const char *expected; /* NULL: any answer will do */
    int8_t read_only;     /* below 0: it is not asked for */
    bool replication;
    uint32_t max_lag_s;  /* 0: any */
    uint32_t lag_full_s; /* up to it the weight is whole, */
    uint32_t lag_none_s; /* from it on there is none; 0: it stays as it is */
    enum conf_mysql_galera galera;
    bool tls;
    bool tls_verify;
    const char *tls_ca;
    const char *tls_certificate;
    const char *tls_key;
    const char *tls_name;
};

/** Writes the detail of a MYSQL_CHECK. */
void mysql_question_pack(const struct conf_check *conf, struct text_buffer *out);

/** Reads it. */
struct mysql_question mysql_question_read(const unsigned char *detail, size_t size);

/** How many statements it makes behind the login, or 1 where it pings. */
unsigned mysql_question_count(const struct mysql_question *question);

#endif
