/* SPDX-License-Identifier: Apache-2.0
 *
 * The detail of a MYSQL_CHECK: both functions have the members in the same order.
 */
#include "check/mysql_question.h"

#include "base/text.h"
#include "check/detail.h"

void mysql_question_pack(const struct conf_check *conf, struct text_buffer *out)
{
    const struct conf_mysql_check *check = (const struct conf_mysql_check *)conf;

    detail_put_number(out, check->level);
    detail_put_text(out, check->user);
    detail_put_text(out, check->password);
    detail_put_text(out, check->database);
    detail_put_text(out, check->query);
    detail_put_number(out, check->compare);
    detail_put_text(out, check->expected);
    detail_put_number(out, check->read_only);
    detail_put_number(out, check->replication);
    detail_put_number(out, check->max_lag_s);
    detail_put_number(out, check->lag_full_s);
    detail_put_number(out, check->lag_none_s);
    detail_put_number(out, check->galera);
    detail_put_number(out, check->tls);
    detail_put_number(out, check->tls_verify);
    detail_put_text(out, check->tls_ca);
    detail_put_text(out, check->tls_certificate);
    detail_put_text(out, check->tls_key);
    detail_put_text(out, check->tls_name);
}

struct mysql_question mysql_question_read(const unsigned char *detail, size_t size)
{
    struct detail_reader reader = {detail, detail + size};
    struct mysql_question question;

    question.level = (enum conf_mysql_level)detail_number(&reader);
    question.user = detail_text(&reader);
    question.password = detail_text(&reader);
    question.database = detail_text(&reader);
    question.query = detail_text(&reader);
    question.compare = (enum conf_compare)detail_number(&reader);
    question.expected = detail_text(&reader);
    question.read_only = (int8_t)detail_number(&reader);
    question.replication = detail_number(&reader) != 0;
    question.max_lag_s = (uint32_t)detail_number(&reader);
    question.lag_full_s = (uint32_t)detail_number(&reader);
    question.lag_none_s = (uint32_t)detail_number(&reader);
    question.galera = (enum conf_mysql_galera)detail_number(&reader);
    question.tls = detail_number(&reader) != 0;
    question.tls_verify = detail_number(&reader) != 0;
    question.tls_ca = detail_text(&reader);
    question.tls_certificate = detail_text(&reader);
    question.tls_key = detail_text(&reader);
    question.tls_name = detail_text(&reader);
    return question;
}

unsigned mysql_question_count(const struct mysql_question *question)
{
    return question->level == CONF_MYSQL_PING
               ? 1
               : (question->read_only >= 0) + question->replication +
                     (question->galera != CONF_MYSQL_GALERA_NONE) + (question->query != NULL);
}
