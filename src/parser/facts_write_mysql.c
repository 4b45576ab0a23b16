/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands behind the keywords of MYSQL_CHECK. Pure.
 */
#include "parser/facts_write.h"

#include "base/text.h"
#include "parser/conf.h"
#include "parser/conf_text.h"
#include "parser/facts.h"

#include <string.h>

bool facts_write_mysql_password(const void *object, const struct schema_row *row,
                                struct text_buffer *out)
{
    const struct conf_mysql_check *check = object;

    (void)row;
    if (check->password && strcmp(check->password, FACTS_UNSHOWN) == 0) {
        text_append(out, FACTS_UNSHOWN); /* it was read from a dump */
    } else if (check->password) {
        facts_write_word(check->password_from ? check->password_from : check->password, out);
    }
    return check->password != NULL;
}

bool facts_write_mysql_expect(const void *object, const struct schema_row *row,
                              struct text_buffer *out)
{
    const struct conf_mysql_check *check = object;

    (void)row;
    if (check->expected) {
        text_appendf(out, "%s ", conf_name_of(conf_compare_names, (int)check->compare));
        facts_write_word(check->expected, out);
    }
    return check->expected != NULL;
}

bool facts_write_mysql_read_only(const void *object, const struct schema_row *row,
                                 struct text_buffer *out)
{
    const struct conf_mysql_check *check = object;

    (void)row;
    text_append(out, check->read_only > 0 ? "on" : "off");
    return check->read_only >= 0;
}

bool facts_write_mysql_lag_weight(const void *object, const struct schema_row *row,
                                  struct text_buffer *out)
{
    const struct conf_mysql_check *check = object;

    (void)row;
    text_appendf(out, "%u %u", check->lag_full_s, check->lag_none_s);
    return check->lag_none_s != 0;
}

bool facts_write_mysql_galera(const void *object, const struct schema_row *row,
                              struct text_buffer *out)
{
    const struct conf_mysql_check *check = object;
    const char *name = conf_name_of(conf_mysql_galera_names, (int)check->galera);

    (void)row;
    text_append(out, name ? name : "");
    return name != NULL;
}
